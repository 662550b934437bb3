-- SAC, or DDPG, on an environment: returns without noise every so many steps, for one seed; scripts/bench/sac.sh
-- runs five of SAC beside those of Stable-Baselines3. And PPO, with the options and learning rates of
-- scripts/study/implementation_matters.lua.
--
--   build/rlrun --quiet --seed 1 scripts/bench/sac_learn.lua                                    Pendulum, 10,000 steps
--   build/rlrun --quiet --seed 1 scripts/bench/sac_learn.lua --set env=hopper --set steps=100000 --set every=10000
--   build/rlrun --quiet --seed 1 scripts/bench/sac_learn.lua --set env=hopper --set steps=300000 --set method=ppo
--   build/rlrun --quiet --seed 1 scripts/bench/sac_learn.lua --set method=ddpg
local rl = require "rl"

local opt = rl.options {
  env = "pendulum", method = "sac", steps = 10000, every = 1000, episodes = 20, width = 64, lr = 0, warmup = 0,
}
local pendulum = opt.env == "pendulum"
local BATCH = 2048 -- steps, of PPO

-- A method, its policy, and steps of a copy in one turn of its loop.
local function from_memory(env)
  local about, lr = rl.describe(opt.method), opt.lr > 0 and opt.lr or pendulum and 1e-3 or 3e-4
  for _, shape in ipairs { about.policy, about.value } do
    shape.hidden, shape.activation, shape.normalize = { opt.width, opt.width }, "relu", not pendulum
    shape.seed = opt.seed
  end
  local settings = {
    env = env, policy = rl.policy(env, about.policy), value = rl.value(env, about.value), seed = opt.seed,
    memory = 100000, warmup = opt.warmup > 0 and opt.warmup or pendulum and 100 or 1000, lr = lr,
  }
  if opt.method == "sac" then settings.temperature_lr, settings.temperature = lr, pendulum and 1 or 0.2 end
  return rl[opt.method](settings), settings.policy, 1
end

local function ppo(env)
  local lr = opt.lr > 0 and opt.lr or 1e-3
  local method, policy = rl.preset("ppo", env, {
    hidden = { opt.width, opt.width }, seed = opt.seed, updates = math.ceil(opt.steps / BATCH), minibatch = 64,
    epochs = 10, gamma = 0.99, lambda = 0.95, lr = lr, value_lr = lr,
  })
  return method, policy, BATCH / 8
end

if not ({ sac = true, ddpg = true, maddpg = true, ppo = true })[opt.method] then
  error(("option method: sac, ddpg, maddpg or ppo expected, got %s"):format(opt.method), 0)
end
local copies = opt.method == "ppo" and 8 or 1
local env = rl.env(opt.env, { n = copies, seed = opt.seed })
local method, policy, steps = (opt.method == "ppo" and ppo or from_memory)(env)
local test = rl.env(opt.env, { n = opt.episodes, seed = 1000 })
local taken, look = 0, opt.every
while taken < opt.steps do
  method:update(method:collect(steps))
  taken = taken + steps * copies
  if taken >= look or taken >= opt.steps then
    local result = test:evaluate(policy, { episodes = opt.episodes, seed = 7 })
    print(("%d,%.1f"):format(taken, result.mean_return))
    io.stdout:flush()
    look = look + opt.every
  end
end
