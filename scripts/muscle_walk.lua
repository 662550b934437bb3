-- A muscle-driven human learns to walk: the gains of its reflexes, the thresholds of its gait and the first moment of
-- its walk by CMA-ES, from the numbers that Geyer and Herr published.
--
--   build/rlrun scripts/muscle_walk.lua                         1.3 m/s, at most half an hour on two cores
--   build/rlrun scripts/muscle_walk.lua --set speed=1 --set seconds=20
--   build/rlrun scripts/muscle_walk.lua --set load=runs/.../design.lua        goes on from a design
--   build/rlrun scripts/muscle_walk.lua --set load=scripts/designs/human_1.3.lua --set max_minutes=0     shows one
--   build/rlrun scripts/muscle_walk.lua --set throws=2 --set noise=0.05 --set episodes=4      hit every two seconds
--   build/rlrun scripts/muscle_walk.lua --set height=1.5 --set speed=1.19     somebody of 1.5 m (rl.creatures.human)
--
-- Each candidate is a creature of its own; its episode starts from its own initial state and earns the gait's objective
-- (envs/creature/gait_objective.h). The run's folder gets the best design as a Lua data file (rl.load_design reads it)
-- and a replay.
local rl = require "rl"

local opt = rl.options {
  creature = "reflex_human",
  height = 0,          -- m, of a human of other proportions; 0: those of the model, for these four
  mass = 0,            -- kg
  leg = 0,             -- times the length that the height gives
  strength = 0,        -- times the strength that mass and height give
  speed = 1.3,         -- m/s
  seconds = 10,        -- of an episode
  popsize = 24,
  sigma = 1,           -- first step, in the deviations of walking.lua
  max_minutes = 30,    -- 0: no search, the start is tested as it is
  generations = 100000,
  noise = 0,           -- rad and m/s by which the start differs from episode to episode
  throws = 0,          -- s from one ball of 3 kg at 5 m/s, from either side, to the next; 0: none
  episodes = 1,        -- of each candidate: more than one where they differ, by noise or throws
  test_seconds = 20,
  load = "",           -- a design to start from; else the creature
}

local asked
for _, number in ipairs { "height", "mass", "leg", "strength" } do
  if opt[number] ~= 0 then
    asked = asked or {}
    asked[number] = opt[number]
  end
end

local function start()
  return opt.load ~= "" and assert(rl.load_design(opt.load)) or rl.creature(opt.creature, asked)
end
local space = rl.space(rl.walking.free(start()))
print(space:summary())

local world = { objective = "gait", target_speed = opt.speed, reset_noise = opt.noise, throw_interval = opt.throws }
local function env_of(design, seconds)
  world.time_limit = seconds
  return rl.env(design, world)
end

local env = env_of(start(), opt.seconds)
local es = opt.max_minutes > 0 and rl.cmaes {
  space = space, sigma = opt.sigma, popsize = opt.popsize, seed = opt.seed, max_iterations = opt.generations,
  max_seconds = 60 * opt.max_minutes,
} or nil
local run = rl.run { name = "muscle_walk", options = opt, env = env, search = es }
local greatest = opt.seconds * (1 + 0.2 + 0.1 + 0.2 + 0.2) -- the weights of the objective, for every second

-- The best candidate and the mean of the search, which is the better one where episodes differ.
local function search()
  for generation in run:iterations(opt.generations) do
    local x, designs = es:ask(), {}
    for k = 1, opt.popsize do designs[k] = space:decode(x[k]) end
    local returns, stats, details = env:evaluate_designs(designs, {
      episodes = opt.episodes, common = true, seed = opt.seed, details = true, -- common: random numbers
    })
    es:tell(x, returns)
    local best, greatest_return = 1, -math.huge
    for k = 1, opt.popsize do -- a design that was refused has a NaN, which is greater than nothing
      if returns:get(k) > greatest_return then best, greatest_return = k, returns:get(k) end
    end
    local last = details[best].fields
    run:log(generation, {
      steps = stats.steps, mean_return = returns:mean(), best_return = es.best_return, lost = greatest - es.best_return,
      seconds_upright = last.time, speed = last.x / last.time, cost_of_transport = last.cost_of_transport,
      sigma = es.sigma, refused = stats.refused,
    })
  end
  local reasons = es:stop()
  if reasons then print(("stopped by %s after %d generations"):format(table.concat(reasons, ", "), es.iterations)) end
  return es.best and { space:decode(es:best_list()), space:decode(es:mean_list()) } or { start() }
end

-- What was found, beyond the time and on other episodes than it was chosen for.
local found = es and search() or { start() }
local test = env_of(found[1], opt.test_seconds)
local returns, _, details = test:evaluate_designs(found, {
  episodes = 5 * opt.episodes, common = true, seed = 1e6, details = true,
})
local better = #found == 2 and returns:get(2) > returns:get(1) and 2 or 1
local best, last = found[better], details[better].fields
assert(space:save(run:path("design.lua"), best))
run:replay(env_of(best, opt.seconds):record("zero", { title = "the muscle-driven human" }))
run:finish()
print(("test: %.1f s upright of %g, %.2f m/s, cost of transport %.2f J/(kg m)"):format(
  last.time, opt.test_seconds, last.x / last.time, last.cost_of_transport))
