-- A muscle-driven human learns to walk: the gains of its reflexes, the thresholds of its gait and the first moment of
-- its walk by CMA-ES, from the numbers that Geyer and Herr published.
--
--   build/rlrun scripts/muscle_walk.lua                         1.3 m/s, at most half an hour on two cores
--   build/rlrun scripts/muscle_walk.lua --set speed=1 --set seconds=20
--   build/rlrun scripts/muscle_walk.lua --set load=runs/.../design.lua        goes on from a design
--   build/rlrun scripts/muscle_walk.lua --set load=scripts/designs/muscle_walk.lua --set max_minutes=0     shows one
--
-- Each candidate is a creature of its own; its episode starts from its own initial state and earns the gait's objective
-- (envs/gait_objective.h). The run's folder gets the best design as a Lua data file (rl.load_design reads it) and a
-- replay.
local rl = require "rl"

local opt = rl.options {
  creature = "reflex_human",
  speed = 1.3,         -- m/s
  seconds = 10,        -- of an episode
  popsize = 24,
  sigma = 1,           -- first step, in the deviations below
  max_minutes = 30,    -- 0: no search, the start is tested as it is
  generations = 100000,
  episodes = 1,        -- of each candidate
  noise = 0,           -- rad and m/s by which the start differs from episode to episode
  test_seconds = 20,
  load = "",           -- a design to start from; else the creature
}

local function start() return opt.load ~= "" and assert(rl.load_design(opt.load)) or rl.creature(opt.creature) end

-- A number that may be from 0 to four times what it is, and is a sixth of itself off at first.
local function around(value, group)
  return rl.param { mean = value, std = math.abs(value) / 6, min = math.min(0, 4 * value), max = math.max(0, 4 * value),
                    group = group }
end

local function near(value, std, range, group)
  return rl.param { mean = value, std = std, min = value - range, max = value + range, group = group }
end

-- The human with its free numbers in place. Numbers that are 0 are rules that do not exist and stay so.
local function free(creature)
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
  transitions.stance_load = rl.param { mean = transitions.stance_load, std = 0.02, min = 0.01, max = 0.5,
                                       group = "state transition" }
  transitions.swing_load = transitions.stance_load
  local moment = creature.start
  for joint, angle in pairs(moment.angles) do
    moment.angles[joint] = near(angle, 0.02, 0.3, "initial state")
  end
  moment.vx = near(moment.vx, 0.05, 0.6, "initial state")
  return creature
end

local space = rl.space(free(start()))
print(space:summary())

local world = { objective = "gait", target_speed = opt.speed, time_limit = opt.seconds, reset_noise = opt.noise }
local function env_of(design, seconds)
  world.time_limit = seconds
  return rl.env(design, world)
end

local env = env_of(space:decode(space.mean), opt.seconds)
local run = rl.run { name = "muscle_walk", options = opt, env = env }
local greatest = opt.seconds * (1 + 0.2 + 0.1 + 0.2 + 0.2) -- the weights of the objective, for every second

local function search()
  local es = rl.cmaes { space = space, sigma = opt.sigma, popsize = opt.popsize, seed = opt.seed,
                        max_iterations = opt.generations, max_seconds = 60 * opt.max_minutes }
  local steps, generation = 0, 0
  while not es:stop() do
    local x, designs = es:ask(), {}
    for k = 1, opt.popsize do designs[k] = space:decode(x[k]) end
    local returns, stats, details = env:evaluate_designs(designs,
      { seed = opt.seed, episodes = opt.episodes, details = true })
    es:tell(x, returns)
    steps, generation = steps + stats.steps, generation + 1
    local best = 1
    for k = 2, opt.popsize do if returns:get(k) > returns:get(best) then best = k end end
    local last = details[best].fields
    run:log(generation, {
      steps = steps, mean_return = returns:mean(), best_return = es.best_return, lost = greatest - es.best_return,
      seconds_upright = last.time, speed = last.x / last.time, cost_of_transport = last.cost_of_transport,
      sigma = es.sigma, refused = stats.refused,
    })
  end
  print(("stopped by %s after %d generations"):format(table.concat(es:stop(), ", "), generation))
  return space:decode(es.best)
end

local best = opt.max_minutes > 0 and search() or start()

-- What the best does beyond the time that it was chosen for.
local test = env_of(best, opt.test_seconds)
local _, _, details = test:evaluate_designs({ best }, { details = true })
local last = details[1].fields
assert(space:save(run:path("design.lua"), best))
run:replay(env_of(best, opt.seconds):record("zero", { title = "the muscle-driven human" }))
run:finish()
print(("test: %.1f s upright of %g, %.2f m/s, cost of transport %.2f J/(kg m)"):format(
  last.time, opt.test_seconds, last.x / last.time, last.cost_of_transport))
