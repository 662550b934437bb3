-- Body and control together: CMA-ES over the lengths, masses and motors of a creature and the weights of its controller
-- at once, against the weights alone on the starting body. Both may look at the same number of episodes; several seeds.
--
--   build/rlrun scripts/codesign.lua                          the strider, about a quarter of an hour on two cores
--   build/rlrun scripts/codesign.lua --set creature=gnome --set seeds=3 --set generations=60
--
-- A table at the end compares them. The run's folder keeps the best design of all (design.lua, a data file that
-- rl.load_design reads) and a replay of it.
local rl = require "rl"

local opt = rl.options {
  creature = "strider",  -- a creature of rl.creatures
  speed = 1.2,           -- m/s that the reward asks for
  seconds = 8,           -- of an episode
  generations = 120,
  popsize = 24,
  episodes = 2,          -- of each candidate
  sigma = 1,             -- initial step, in the standard deviations that the parameters are described with
  seeds = 5,
  test_episodes = 20,
}

local creature = rl.creatures[opt.creature] or error("no creature of rl.creatures: " .. opt.creature)
local function mean(value) return value end
local start = creature.design(mean)

local env = rl.env(creature.build(start), { time_limit = opt.seconds, target_speed = opt.speed })
local policy = rl.policy(env, { hidden = {}, std = "fixed", normalize = false })
local run = rl.run {
  name = "codesign_" .. opt.creature, options = opt, env = env, iterations = 2 * opt.seeds * opt.generations,
}

local function weights()
  local list = {}
  for i = 1, policy.theta:shape()[1] do list[i] = rl.param(0, 0.3) end
  return list
end

-- What is searched: everything that the design leaves free, or the weights alone.
local spaces = {
  { name = "control", space = rl.space { body = start, policy = weights() } },
  { name = "together", space = rl.space { body = creature.design(rl.param), policy = weights() } },
}

-- Mean returns of candidates of a space, and what they cost.
local function evaluate(space, candidates, options)
  local bodies, controllers = {}, {}
  for k = 1, #candidates do
    local design = space:decode(candidates[k])
    bodies[k], controllers[k] = creature.build(design.body), design.policy
  end
  options.policy, options.candidates = policy, controllers
  return env:evaluate_designs(bodies, options)
end

local function finite_mean(returns)
  local sum, n = 0, 0
  for i = 1, #returns do
    local value = returns:get(i)
    if value == value then sum, n = sum + value, n + 1 end
  end
  return sum / n
end

local iteration, steps = 0, 0
local function search(which, seed)
  local space, refused = which.space, 0
  local es = rl.cmaes { space = space, sigma = opt.sigma, popsize = opt.popsize, seed = seed,
                        max_iterations = opt.generations }
  while not es:stop() do
    local x = es:ask()
    local returns, stats = evaluate(space, x, { episodes = opt.episodes, seed = seed })
    if stats.refused == opt.popsize then error("every design was refused: " .. stats.reasons[1]) end
    es:tell(x, returns)
    iteration, steps, refused = iteration + 1, steps + stats.steps, refused + stats.refused
    run:log(iteration, {
      seed = seed, parameters = #space, mean_return = finite_mean(returns), best_return = es.best_return,
      sigma = es.sigma, steps = steps, refused = stats.refused,
    })
  end
  -- Tested on episodes that the search has not seen: the best candidate ever, which was lucky too, and the mean.
  local test, _, details = evaluate(space, { es.best, es.mean }, {
    episodes = opt.test_episodes, seed = 1e6 + seed, round = 0, common = true, details = true,
  })
  return {
    best = test[1], mean = test[2], x = es.best, refused = refused,
    speed = details[1].fields.x / details[1].fields.time, falls = details[1].terminated,
  }
end

local rows, winner = {}, nil
for seed = 1, opt.seeds do
  local row = { seed = seed }
  for i, which in ipairs(spaces) do
    row[i] = search(which, seed)
    if not winner or row[i].best > winner.best then
      winner = row[i]
      winner.space = which.space
    end
  end
  rows[seed] = row
end

-- The best design of all: saved, and shown.
local design = winner.space:decode(winner.x)
assert(winner.space:save(run:path("design.lua"), design))
policy.theta:copy_(design.policy)
local shown = rl.env(creature.build(design.body), { time_limit = opt.seconds, target_speed = opt.speed })
run:replay(shown:record(policy, { title = opt.creature .. ": best design of " .. opt.seeds .. " seeds" }))
run:finish()

print(("%d episodes a search; returns of %d fresh ones: the best candidate's (its speed and falls), the mean's"):format(
  opt.generations * opt.popsize * opt.episodes, opt.test_episodes))
print(("seed  control alone, %3d parameters        body and control, %3d parameters"):format(
  #spaces[1].space, #spaces[2].space))
local function cell(r) return ("%7.1f (%5.2f m/s, %3.0f%%) %7.1f"):format(r.best, r.speed, 100 * r.falls, r.mean) end
local sums, wins = { 0, 0 }, 0
for seed, row in ipairs(rows) do
  print(("%4d  %s     %s   %d designs refused"):format(seed, cell(row[1]), cell(row[2]), row[2].refused))
  for i = 1, 2 do sums[i] = sums[i] + row[i].best / opt.seeds end
  wins = wins + (row[2].best > row[1].best and 1 or 0)
end
print(("mean  %7.1f                            %7.1f   body and control better in %d of %d"):format(
  sums[1], sums[2], wins, opt.seeds))
