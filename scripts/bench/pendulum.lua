-- The whole loop at full speed: PPO on Pendulum, 303,104 steps (4 copies x 1024 steps, minibatches of 256, 2 epochs,
-- 64-64 nets, gamma .9), where environment, collecting and update all weigh alike. Prints seconds, steps a second and
-- the return of the trained policy (deterministic, 100 episodes) for each seed; solved is about -175.
--
--   build/rlrun scripts/bench/pendulum.lua
--   build/rlrun scripts/bench/pendulum.lua --set seeds=10
--
-- like_rl_tools: as rl_tools' benchmark has it (rl_tools.sh): ReLU, observations normalised, lr 1e-3, std 2 at first.
local rl = require "rl"

local opt = rl.options { seeds = 5, iterations = 74, lr = 2e-3, epochs = 2, minibatch = 256, lambda = 0.95,
  like_rl_tools = false }

local net = { hidden = { 64, 64 }, normalize = opt.like_rl_tools, activation = opt.like_rl_tools and "relu" or "tanh" }
local log_std, lr = opt.like_rl_tools and math.log(2) or 0.5, opt.like_rl_tools and 1e-3 or opt.lr
local seconds, cpu = { collect = 0, update = 0 }, math.huge

local function with(options)
  for name, value in pairs(net) do options[name] = value end
  return options
end

local function train(seed)
  local env = rl.env("pendulum", { n = 4, seed = seed })
  local policy = rl.policy(env, with { log_std = log_std, seed = seed })
  local value = rl.value(env, with { seed = seed })
  local ppo = rl.ppo {
    env = env, policy = policy, value = value, seed = seed, reward_scaling = true,
    gamma = 0.9, lambda = opt.lambda, lr = lr, epochs = opt.epochs, minibatch = opt.minibatch,
  }
  local start, cpu_start = rl.time(), os.clock()
  for _ = 1, opt.iterations do
    local before = rl.time()
    local batch = ppo:collect(1024)
    local between = rl.time()
    ppo:update(batch)
    seconds.collect = seconds.collect + between - before
    seconds.update = seconds.update + rl.time() - between
  end
  local took = rl.time() - start
  cpu = math.min(cpu, os.clock() - cpu_start)
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
print(("CPU seconds: %.4f"):format(cpu)) -- of all threads, of the quickest seed
