-- One of the methods on one of the environments, with the environment's own reward: what comparisons are made of.
--
--   build/rlrun scripts/train.lua --set env=hopper --set method=trpo
--   build/rlrun sweep scripts/train.lua --set method=ppo,trpo,a2c --seeds 1..5     three methods, five seeds each
--   build/rlrun report sweeps/train-...                                            their table, and a page of curves
--   build/rlrun sweep scripts/train.lua --set lr=1e-5:1e-2:log --set lambda=0.9:0.99 --search 24 --seeds 1..2
local rl = require "rl"

local opt = rl.options {
  env = "biped",     -- a name of rl.envs
  method = "ppo",    -- a name of rl.methods
  iterations = 60,
  copies = 16,       -- of the environment
  horizon = 128,     -- steps of each copy an iteration
  lr = 0,            -- 0: the method's own
  gamma = 0.99,
  lambda = 0.95,
}

local known = {}
for _, name in ipairs(rl.methods) do known[name] = true end
if not known[opt.method] then
  error(("no method is named %q; there are %s"):format(opt.method, table.concat(rl.methods, ", ")), 0)
end

local env = rl.env(opt.env, { n = opt.copies, seed = opt.seed })
local about = rl.describe(opt.method)
local of_policy, of_value = about.policy, about.value -- how the method wants them
of_policy.hidden, of_policy.seed = { 64, 64 }, opt.seed
of_value.hidden, of_value.seed = { 64, 64 }, opt.seed
local memory = of_policy.squash or opt.method == "awac" or opt.method == "off_pac"
if env.action_space.kind ~= "box" then of_policy.squash = nil end -- a method that wants it says what it is for
local policy = rl.policy(env, of_policy)
local settings = { env = env, policy = policy, gamma = opt.gamma, seed = opt.seed }
if opt.method ~= "grpo" then -- which compares episodes in place of learning a value
  settings.value = rl.value(env, of_value)
  settings.lambda = not memory and opt.lambda or nil
end
if opt.lr > 0 then settings.lr = opt.lr end
local method = rl[opt.method](settings)

local run = rl.run {
  name = "train", options = opt, env = env, policy = policy, method = method, iterations = opt.iterations,
}
for i = 1, opt.iterations do
  local batch = method:collect(opt.horizon)
  run:log(i, batch.stats, method:update(batch))
end
run:finish()
local result = env:evaluate(policy, { episodes = 20, seed = opt.seed })
print(("evaluation: episodes %d mean_return %.2f falls %d"):format(#result.episodes, result.mean_return,
  result.terminated))
