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

local function controller_of(creature)
  if type(creature) ~= "table" then
    error("rl.walking: a creature expected, as rl.creature(\"reflex_human\") gives it, got a " .. type(creature), 0)
  end
  return creature.controller or
    error((creature.name or "it") .. " has no controller whose gains could be searched: take reflex_human", 0)
end

-- The creature with its free numbers in place: the gains of its reflexes, the thresholds of its gait and the first
-- moment of its walk. Numbers that are 0 are rules that do not exist and stay so.
function walking.free(creature)
  local controller, feedback = controller_of(creature), "feedback control"
  for _, reflex in ipairs(controller.reflexes) do
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
  local transitions = controller.transitions
  transitions.stance_load = param { mean = transitions.stance_load, std = 0.02, min = 0.01, max = 0.5,
                                       group = "state transition" }
  transitions.swing_load = transitions.stance_load
  for name, unused in pairs { landing = 0, liftoff = -1 } do
    if transitions[name] and transitions[name] ~= unused then
      transitions[name] = near(transitions[name], 0.05, 0.5, "state transition")
    end
  end
  local start = creature.start
  for joint, angle in pairs(start.angles) do
    start.angles[joint] = near(angle, 0.02, 0.3, "initial state")
  end
  start.vx = param { mean = start.vx, std = 0.05, min = 0, max = 4, group = "initial state" }
  return creature
end

-- Reflexes beside those of Geyer and Herr, with gains to begin a search from; after Song and Geyer 2015 (a target for
-- the thigh in swing, a leg made ready to land), Yin, Loken and van de Panne 2007 (where the foot is set down follows
-- from how fast the body passes over the other one) and what people do when they trip.
local function more_reflexes()
  local list = {}
  local function add(muscle, delay, states, rule)
    rule.muscle, rule.delay, rule.states = muscle, delay, states
    list[#list + 1] = rule
  end
  local ANKLE, KNEE, HIP = 0.02, 0.01, 0.005 -- s: delays
  local LANDING, EARLY, LATE, SWING = "landing", "early_stance", "late_stance", "swing"

  -- Before it lands the leg is made ready to bear weight: the foot held up, the knee stretched, the hip going back.
  add("ta", ANKLE, { LANDING }, { name = "ta_landing", constant = 0.2 })
  add("sol", ANKLE, { LANDING }, { name = "sol_landing", constant = 0.01 })
  add("vas", KNEE, { LANDING }, { name = "vas_landing", constant = 0.05, positive = true, terms = {
    { sense = "angle", of = "knee", gain = -0.3, offset = -0.1 } } })
  add("ham", HIP, { LANDING }, { name = "ham_landing", constant = 0.03, positive = true, terms = {
    { sense = "speed", of = "knee", gain = 0.01 } } })
  add("glu", HIP, { LANDING }, { name = "glu_landing", constant = 0.03 })
  -- Then the foot is let down slowly and the knee gives a little.
  add("ta", ANKLE, { EARLY }, { name = "ta_rocker", constant = 0.1, positive = true, terms = {
    { sense = "speed", of = "ankle", gain = -0.02 } } })
  add("vas", KNEE, { EARLY }, { name = "vas_early", constant = 0.02, terms = {
    { sense = "speed", of = "knee", gain = -0.01 }, { sense = "lean_speed", of = "thigh", gain = 0.005 } } })
  add("vas", KNEE, { EARLY, LATE }, { name = "vas_catch", positive = true, terms = {
    { sense = "angle", of = "knee", gain = -0.4, offset = -0.4 } } })
  add("glu", HIP, { EARLY, LATE }, { name = "glu_catch", positive = true, terms = {
    { sense = "lean", gain = 0.3, offset = 0.25 } } })
  add("sol", ANKLE, { LATE, "liftoff" }, { name = "sol_late", constant = 0.01 })
  add("gas", ANKLE, { LATE, "liftoff" }, { name = "gas_late", constant = 0.02 })
  add("hfl", HIP, { LATE }, { name = "hfl_late", constant = 0.01 })
  -- In swing the knee folds no further than it must, and stretches no faster.
  add("vas", KNEE, { SWING }, { name = "vas_brake", positive = true,
    terms = { { sense = "speed", of = "knee", gain = -0.02 } },
    when = { { sense = "angle", of = "knee", below = -0.7 } } })
  add("ham", HIP, { SWING, LANDING }, { name = "ham_brake", positive = true, terms = {
    { sense = "speed", of = "knee", gain = 0.01 } } })
  -- A foot that meets the ground on its way is lifted.
  for muscle, delay in pairs { hfl = HIP, ham = HIP, ta = ANKLE } do
    add(muscle, delay, { SWING }, { name = muscle .. "_scuff", terms = { { sense = "load", gain = 0.2 } } })
  end
  -- The thigh goes where balance wants the foot: further ahead the faster the body passes over the other foot.
  for muscle, sign in pairs { hfl = 1, glu = -1 } do
    add(muscle, HIP, { SWING, LANDING }, { name = muscle .. "_thigh", positive = true, terms = {
      { sense = "lean", of = "thigh", gain = 0.3 * sign, offset = -0.5 },
      { sense = "lean_speed", of = "thigh", gain = 0.02 * sign },
      { sense = "lean_speed", of = "shank", leg = "other", gain = 0.02 * sign, offset = 1.3 },
      { sense = "position", leg = "other", gain = -0.02 * sign } } })
  end
  table.sort(list, function(a, b) return a.name < b.name end)
  return list
end

-- The creature with those reflexes and with the states of the gait that they need, in place. For the planar human.
function walking.ready(creature)
  local controller, more, names = controller_of(creature), more_reflexes(), {}
  for _, reflex in ipairs(controller.reflexes) do names[reflex.name or ""] = true end
  if names[more[1].name] then error("rl.walking.ready: these reflexes are there already", 0) end
  for _, reflex in ipairs(more) do
    reflex.constant, reflex.load_gain = reflex.constant or 0, 0
    reflex.terms, reflex.when = reflex.terms or {}, reflex.when or {}
    for _, term in ipairs(reflex.terms) do term.offset = term.offset or 0 end
    table.insert(controller.reflexes, reflex)
  end
  controller.transitions.landing, controller.transitions.liftoff = 0.25, -0.8
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
