-- The whole loop at full speed: PPO on Pendulum, 303,104 steps (4 copies x 1024 steps, minibatches of 256, 2 epochs,
-- 64-64 nets, gamma .9), where environment, collecting and update all weigh alike. Prints seconds, steps a second and
-- the return of the trained policy (deterministic, 100 episodes) for each seed; solved is about -175.
--
--   build/rlrun scripts/bench/pendulum.lua
--   build/rlrun scripts/bench/pendulum.lua --set seeds=10
local rl = require "rl"

local opt = rl.options { seeds = 5, iterations = 74, lr = 2e-3, epochs = 2, minibatch = 256, lambda = 0.95 }

local seconds = { collect = 0, update = 0 }

local function train(seed)
  local env = rl.env("pendulum", { n = 4, seed = seed })
  local policy = rl.policy(env, { hidden = { 64, 64 }, normalize = false, log_std = 0.5, seed = seed })
  local value = rl.value(env, { hidden = { 64, 64 }, normalize = false, seed = seed })
  local ppo = rl.ppo {
    env = env, policy = policy, value = value, seed = seed, reward_scaling = true,
    gamma = 0.9, lambda = opt.lambda, lr = opt.lr, epochs = opt.epochs, minibatch = opt.minibatch,
  }
  local start = rl.time()
  for _ = 1, opt.iterations do
    local before = rl.time()
    local batch = ppo:collect(1024)
    local between = rl.time()
    ppo:update(batch)
    seconds.collect = seconds.collect + between - before
    seconds.update = seconds.update + rl.time() - between
  end
  local took = rl.time() - start
  return took, env:evaluate(policy, { episodes = 100, seed = 1000 + seed }).mean_return
end

rl.timing.describe_machine()
local steps = opt.iterations * 4096
local times, returns = {}, {}
for seed = 1, opt.seeds do
  times[seed], returns[seed] = train(seed)
  print(("seed %d: %.3f s, %.2f million steps/s, return %.1f"):format(
    seed, times[seed], steps / times[seed] / 1e6, returns[seed]))
end
table.sort(times)
table.sort(returns)
local seconds_each, middle = rl.statistics.median(times), rl.statistics.median(returns)
print(("%d steps on %d threads: median %.3f s (%.2f million steps/s), return %.1f [%.1f, %.1f]"):format(
  steps, rl.threads(), seconds_each, steps / seconds_each / 1e6, middle, returns[1], returns[opt.seeds]))
local share = 100 * seconds.collect / (seconds.collect + seconds.update)
print(("collecting %.0f%% of the time, updating %.0f%%"):format(share, 100 - share))
