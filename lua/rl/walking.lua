-- What a search for the walk of a creature on muscles and reflexes needs: which of its numbers the search may change,
-- and what can be said of the walk that came out.
local core = require "rl.core"
local param = require("rl.param").new

local walking = {}

-- A number that may be from 0 to four times what it is, and is a sixth of itself off at first.
local function around(value, group)
  return param { mean = value, std = math.abs(value) / 6, min = math.min(0, 4 * value), max = math.max(0, 4 * value),
                    group = group }
end

local function near(value, std, range, group)
  return param { mean = value, std = std, min = value - range, max = value + range, group = group }
end

-- The creature with its free numbers in place: the gains of its reflexes, the thresholds of its gait and the first
-- moment of its walk. Numbers that are 0 are rules that do not exist and stay so.
function walking.free(creature)
  if not creature.controller then
    error((creature.name or "it") .. " has no controller whose gains could be searched: take reflex_human", 0)
  end
  local feedback = "feedback control"
  for _, reflex in ipairs(creature.controller.reflexes) do
    if reflex.constant ~= 0 then reflex.constant = around(reflex.constant, feedback) end
    if reflex.load_gain ~= 0 then reflex.load_gain = around(reflex.load_gain, feedback) end
    for _, term in ipairs(reflex.terms) do
      term.gain = around(term.gain, feedback)
      if term.offset ~= 0 then
        local offset = near(term.offset, 0.02, 0.3, term.sense == "lean" and "target features" or feedback)
        for _, condition in ipairs(reflex.when) do -- a stop begins where its rule does
          if condition.sense == term.sense and condition.above == term.offset then condition.above = offset end
        end
        term.offset = offset
      end
    end
  end
  local transitions = creature.controller.transitions
  transitions.stance_load = param { mean = transitions.stance_load, std = 0.02, min = 0.01, max = 0.5,
                                       group = "state transition" }
  transitions.swing_load = transitions.stance_load
  local start = creature.start
  for joint, angle in pairs(start.angles) do
    start.angles[joint] = near(angle, 0.02, 0.3, "initial state")
  end
  start.vx = param { mean = start.vx, std = 0.05, min = 0, max = 4, group = "initial state" }
  return creature
end

-- Feet on the ground decide what a gait is called: a foot of a walker is there for more than half of the time (its
-- duty factor), a runner's for less; both feet of a hopper come and go together.
local function name_gait(duty, both)
  if duty > 0.5 then return "walk" end
  return both > duty / 2 and "hop" or "run"
end

-- One episode of a design in a world of rl.env's options: its last `fields`, and of what came after the first two
-- seconds `duty`, `flight` (share of the time without a foot on the ground), `sway` (degrees, standard deviation of the
-- head's angle), and `gait`, by name.
function walking.watch(design, world)
  local steps, feet, both, none, sum, squares = 0, 0, 0, 0, 0, 0
  local options = {}
  for name, value in pairs(world) do options[name] = value end
  function options.reward(s)
    if s.time < 2 then return 0 end
    local down = s.foot_l_contact + s.foot_r_contact
    steps, feet = steps + 1, feet + down / 2
    if down == 2 then both = both + 1 elseif down == 0 then none = none + 1 end
    sum, squares = sum + s.head_angle, squares + s.head_angle ^ 2
    return 0
  end
  local _, _, details = core.env(design, options):evaluate_designs({ design }, { details = true })
  local n = math.max(steps, 1)
  return {
    fields = details[1].fields, duty = feet / n, flight = none / n,
    gait = details[1].terminated > 0 and "falls" or name_gait(feet / n, both / n),
    sway = math.deg(math.sqrt(math.max(squares / n - (sum / n) ^ 2, 0))),
  }
end

return walking
