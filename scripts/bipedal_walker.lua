-- PPO on BipedalWalker-v3 with the published settings (rl-zoo: 32 copies x 2048 steps, minibatches of 64, 10 epochs,
-- gamma .999, lambda .95, clip .18, observations and rewards normalised), 5 million steps; published: 287.9.
--
--   build/rlrun scripts/bipedal_walker.lua                         a few minutes on two cores
--   build/rlrun --seed 2 scripts/bipedal_walker.lua
--   build/rlrun scripts/bipedal_walker.lua --set env=bipedal_walker_hardcore --set steps=20e6
local rl = require "rl"

local opt = rl.options {
  env = "bipedal_walker",
  steps = 5e6,
  copies = 32,
  horizon = 2048,    -- steps of each copy, to one update
  hidden = 64,       -- width of both hidden layers
  lr = 3e-4,
  clip = 0.18,
  epochs = 10,
  minibatch = 64,
  gamma = 0.999,
  lambda = 0.95,
  log_std = 0,
  entropy_coef = 0,
  anneal = true,     -- the learning rate to 0 (the published run kept it)
  episodes = 100,    -- to evaluate with
}

local env = rl.env(opt.env, { n = opt.copies })
local net = { hidden = { opt.hidden, opt.hidden } }
local policy = rl.policy(env, { hidden = net.hidden, log_std = opt.log_std })
local iterations = math.ceil(opt.steps / (opt.copies * opt.horizon))
local ppo = rl.ppo {
  env = env, policy = policy, value = rl.value(env, net), gamma = opt.gamma, lambda = opt.lambda, lr = opt.lr,
  clip = opt.clip, epochs = opt.epochs, minibatch = opt.minibatch, entropy_coef = opt.entropy_coef,
  reward_scaling = true,
  reward_clip = 10, anneal = opt.anneal and iterations or 0,
}
local run = rl.run {
  name = opt.env, options = opt, env = env, policy = policy, method = ppo, iterations = iterations,
}

local start = rl.time()
for i in run:iterations() do
  local batch = ppo:collect(opt.horizon)
  run:log(i, batch.stats, ppo:update(batch))
end
local seconds = rl.time() - start

local result = env:evaluate(policy, { episodes = opt.episodes })
local squares = 0
for _, episode in ipairs(result.episodes) do squares = squares + (episode["return"] - result.mean_return) ^ 2 end
run:replay(env:record(policy, { title = opt.env }))
run:finish()
local steps = iterations * opt.copies * opt.horizon
print(("training: steps %d seconds %.0f steps_per_second %.0f"):format(steps, seconds, steps / seconds))
print(("evaluation: episodes %d mean_return %.1f std %.1f terminated %d"):format(opt.episodes, result.mean_return,
  math.sqrt(squares / opt.episodes), result.terminated))
