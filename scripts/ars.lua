-- Augmented random search (Mania, Guy & Recht 2018): a policy without hidden layers, which begins at zero, is tried out
-- with small steps in random directions and moves along those that paid.
--
--   build/rlrun scripts/ars.lua                                   BipedalWalker
--   build/rlrun scripts/ars.lua --set env=cartpole --set iterations=15
--   build/rlrun scripts/ars.lua --set env=hopper --set variant=V1
--
-- rl-zoo's settings for BipedalWalker, published for 1e8 steps, in which a hidden layer begins at random:
--
--   build/rlrun scripts/ars.lua --set hidden=16 --set sigma=0.0075 --set directions=64 --set top=32
--
-- V1 sees the observations as they are, V2 divides them by their running mean and standard deviation, V1-t and V2-t
-- move along the best directions only.
local rl = require "rl"

local DEFAULT = -1 -- an option that is left to the table below

local opt = rl.options {
  env = "bipedal_walker",
  variant = "V2-t",         -- or V1, V1-t, V2
  iterations = 600,
  episodes = 1,             -- of each candidate
  hidden = DEFAULT,         -- width of one hidden layer; 0: a linear policy
  lr = DEFAULT,             -- alpha
  sigma = DEFAULT,          -- nu
  directions = DEFAULT,     -- N, two candidates each
  top = DEFAULT,            -- b of V1-t and V2-t
  alive = DEFAULT,          -- taken off each step: a bonus for not having fallen, or what makes standing still cost
  test_every = 10,          -- iterations
  test_episodes = 20,
}

-- Hopper: the paper's, though on another body. The others are ours.
local SETTINGS = {
  bipedal_walker = { hidden = 0, lr = 0.02, sigma = 0.03, directions = 16, top = 8, alive = 0.1 },
  hopper = { hidden = 0, lr = 0.01, sigma = 0.025, directions = 8, top = 4, alive = 0 },
}
SETTINGS.bipedal_walker_hardcore = SETTINGS.bipedal_walker
local any = { hidden = 0, lr = 0.1, sigma = 0.1, directions = 8, top = 4, alive = 0 }
for name, value in pairs(SETTINGS[opt.env] or any) do
  if opt[name] == DEFAULT then opt[name] = value end
end
local version, top = opt.variant:match("^(V[12])(.*)$")
if top ~= "" and top ~= "-t" then error('variant must be "V1", "V1-t", "V2" or "V2-t", got "' .. opt.variant .. '"') end
if top ~= "-t" then opt.top = 0 end

local env = rl.env(opt.env, {})
local policy = rl.policy(env, { hidden = opt.hidden > 0 and { opt.hidden } or {}, normalize = version == "V2",
                                std = "fixed" })
if opt.hidden == 0 then policy.theta:zero_() end
local ars = rl.ars { x0 = policy.theta, lr = opt.lr, sigma = opt.sigma, directions = opt.directions, top = opt.top,
                     seed = opt.seed, max_iterations = opt.iterations }
local run = rl.run { name = "ars_" .. opt.env, options = opt, env = env, policy = policy, search = ars,
                     iterations = opt.iterations, state = { steps = 0, episodes = 0 } }

local state, start = run.state, rl.time()
for i in run:iterations() do
  local x = ars:ask()
  local returns, stats, lengths = env:evaluate(policy, x, { episodes = opt.episodes, observe = version == "V2" })
  ars:tell(x, returns - opt.alive * lengths)
  policy.theta:copy_(ars.mean)
  state.steps, state.episodes = stats.steps, state.episodes + stats.episodes
  local row = { steps = state.steps, episodes = state.episodes, mean_return = returns:mean(),
                best_return = returns:max(), length = lengths:mean() }
  if i % opt.test_every == 0 then
    row.test_return = env:evaluate(policy, { episodes = opt.test_episodes }).mean_return
  end
  run:log(i, row)
end
local seconds = rl.time() - start

local result = env:evaluate(policy, { episodes = 100 })
run:replay(env:record(policy, { title = opt.env .. " by ARS " .. opt.variant }))
run:finish()
print(("training: episodes %d steps %d seconds %.0f"):format(state.episodes, state.steps, seconds))
print(("evaluation: episodes 100 mean_return %.1f terminated %d"):format(result.mean_return, result.terminated))
