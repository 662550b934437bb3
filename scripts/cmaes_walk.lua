-- A creature's controller by CMA-ES: no gradient, a whole population of linear policies evaluated over all cores.
--
--   build/rlrun scripts/cmaes_walk.lua                               the hopper, about a minute on two cores
--   build/rlrun scripts/cmaes_walk.lua --set creature=biped --set generations=300
--   build/rlrun scripts/cmaes_walk.lua --set creature=biped --set symmetric=true     over half as many numbers
local rl = require "rl"

local opt = rl.options {
  creature = "hopper",
  generations = 150,
  popsize = 32,
  episodes = 2,     -- of each candidate
  sigma = 0.3,
  hidden = 0,       -- width of one hidden layer; 0: a linear policy
  symmetric = false, -- what the policy does for a mirror image is the image of what it does
}

local env = rl.env(opt.creature, { time_limit = 10 })
local policy = rl.policy(env, { hidden = opt.hidden > 0 and { opt.hidden } or {}, symmetric = opt.symmetric })
local es = rl.cmaes { x0 = policy:free(), sigma = opt.sigma, popsize = opt.popsize, max_iterations = opt.generations }
local run = rl.run { name = "cmaes_" .. opt.creature, options = opt, env = env, policy = policy, search = es,
                     iterations = opt.generations }

-- The normaliser is filled by a first random population and then left alone: the task must not move.
local first = rl.rng(opt.seed):normal(opt.popsize, es.dim) * opt.sigma
local _, before = env:evaluate(policy, policy:spread(first), { observe = true })

for generation in run:iterations() do
  local x = es:ask()
  local returns, stats = env:evaluate(policy, policy:spread(x), { episodes = opt.episodes })
  es:tell(x, returns)
  policy.theta:copy_(policy:spread(es.mean))
  run.state.steps = stats.steps - before.steps
  run:log(generation, { steps = run.state.steps, mean_return = returns:mean(), best_return = returns:max(),
                        sigma = es.sigma })
end

local result = env:evaluate(policy, { episodes = 20 })
run:replay(env:record(policy, { title = opt.creature .. " by CMA-ES" }))
run:finish()
print(("stopped by %s after %d steps"):format(table.concat(es:stop(), ", "), run.state.steps))
print(("evaluation: episodes 20 mean_return %.2f falls %d"):format(result.mean_return, result.terminated))
