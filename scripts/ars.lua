-- Augmented random search (Mania, Guy & Recht 2018): a policy without hidden layers, which begins at zero, is tried out
-- with small steps in random directions and moves along those that paid.
--
--   build/rlrun scripts/ars.lua                                   BipedalWalker with the settings of rl-zoo
--   build/rlrun scripts/ars.lua --set env=cartpole --set iterations=15
--   build/rlrun scripts/ars.lua --set env=hopper --set variant=V1
--
-- V1 sees the observations as they are, V2 divides them by their running mean and standard deviation, V1-t and V2-t
-- move along the best directions only.
local rl = require "rl"

local PUBLISHED = -1 -- an option that is left to the table below

local opt = rl.options {
  env = "bipedal_walker",
  variant = "V2-t",         -- or V1, V1-t, V2
  iterations = 300,
  episodes = 1,             -- of each candidate
  hidden = PUBLISHED,       -- width of one hidden layer; 0: a linear policy
  lr = PUBLISHED,           -- alpha
  sigma = PUBLISHED,        -- nu
  directions = PUBLISHED,   -- N, two candidates each
  top = PUBLISHED,          -- b of V1-t and V2-t
  alive = PUBLISHED,        -- what each step gives for not having fallen: taken off, or else standing still pays
  test_every = 10,          -- iterations
  test_episodes = 20,
}

-- The paper's for Hopper, though on another body; rl-zoo's for BipedalWalker, where what is taken off is not a bonus
-- but makes waiting cost. Those of the other environments were published nowhere.
local settings = {
  bipedal_walker = { hidden = 16, lr = 0.02, sigma = 0.0075, directions = 64, top = 32, alive = 0.1 },
  hopper = { hidden = 0, lr = 0.01, sigma = 0.025, directions = 8, top = 4, alive = 0 },
}
settings.bipedal_walker_hardcore = settings.bipedal_walker
local published = settings[opt.env] or { hidden = 0, lr = 0.1, sigma = 0.1, directions = 8, top = 4, alive = 0 }
for name, value in pairs(published) do
  if opt[name] == PUBLISHED then opt[name] = value end
end
local version, top = opt.variant:match("^(V[12])(%-?t?)$")
if not version then error('variant must be "V1", "V1-t", "V2" or "V2-t", got "' .. opt.variant .. '"') end
if top ~= "-t" then opt.top = 0 end

local env = rl.env(opt.env, {})
local policy = rl.policy(env, { hidden = opt.hidden > 0 and { opt.hidden } or {}, normalize = version == "V2",
                                std = "fixed" })
if opt.hidden == 0 then policy.theta:zero_() end
local ars = rl.ars { x0 = policy.theta, lr = opt.lr, sigma = opt.sigma, directions = opt.directions, top = opt.top,
                     seed = opt.seed, max_iterations = opt.iterations }
local run = rl.run { name = "ars_" .. opt.env, options = opt, env = env, policy = policy,
                     iterations = opt.iterations }

local steps, episodes, start = 0, 0, rl.time()
while not ars:stop() do
  local x = ars:ask()
  local returns, stats, lengths = env:evaluate(policy, x, { episodes = opt.episodes, observe = version == "V2" })
  ars:tell(x, returns - opt.alive * lengths)
  policy.theta:copy_(ars.mean)
  steps, episodes = steps + stats.steps, episodes + stats.episodes
  local row = { steps = steps, episodes = episodes, mean_return = returns:mean(), best_return = returns:max(),
                length = lengths:mean() }
  if ars.iterations % opt.test_every == 0 then
    row.test_return = env:evaluate(policy, { episodes = opt.test_episodes }).mean_return
  end
  run:log(ars.iterations, row)
end
local seconds = rl.time() - start

local result = env:evaluate(policy, { episodes = 100 })
run:replay(env:record(policy, { title = opt.env .. " by ARS " .. opt.variant }))
run:finish()
print(("training: episodes %d steps %d seconds %.0f"):format(episodes, steps, seconds))
print(("evaluation: episodes 100 mean_return %.1f terminated %d"):format(result.mean_return, result.terminated))
