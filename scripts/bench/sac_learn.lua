-- SAC on an environment: returns without noise every so many steps, for one seed; scripts/bench/sac.sh runs five beside
-- those of Stable-Baselines3.
--
--   build/rlrun --quiet --seed 1 scripts/bench/sac_learn.lua                                    Pendulum, 10,000 steps
--   build/rlrun --quiet --seed 1 scripts/bench/sac_learn.lua --set env=hopper --set steps=100000 --set every=10000
local rl = require "rl"

local opt = rl.options {
  env = "pendulum", steps = 10000, every = 1000, episodes = 20, width = 64, lr = 0, warmup = 0,
}
local pendulum = opt.env == "pendulum"
local env = rl.env(opt.env, { n = 1, seed = opt.seed })
local shape = { hidden = { opt.width, opt.width }, activation = "relu", normalize = not pendulum, seed = opt.seed }
shape.squash = true
local policy = rl.policy(env, shape)
shape.squash, shape.action = nil, true
local sac = rl.sac {
  env = env, policy = policy, value = rl.value(env, shape), seed = opt.seed, memory = 100000,
  warmup = opt.warmup > 0 and opt.warmup or pendulum and 100 or 1000,
  lr = opt.lr > 0 and opt.lr or pendulum and 1e-3 or 3e-4,
  temperature_lr = opt.lr > 0 and opt.lr or pendulum and 1e-3 or 3e-4,
  temperature = pendulum and 1 or 0.2,
}
local test = rl.env(opt.env, { n = opt.episodes, seed = 1000 })
for step = 1, opt.steps do
  sac:update(sac:collect(1))
  if step % opt.every == 0 then
    local result = test:evaluate(policy, { episodes = opt.episodes, seed = 7 })
    print(("%d,%.1f"):format(step, result.mean_return))
    io.stdout:flush()
  end
end
