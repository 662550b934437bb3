-- What does it cost in return that a batch is collected by the policy one update old, and what does V-trace give
-- back? PPO and A2C without lag, with lag 1 and V-trace, and with lag 1 and the advantages that they have without.
--
--   build/rlrun --out study scripts/study/lag.lua                           pendulum, all runs
--   build/rlrun --out study scripts/study/lag.lua --set env=hopper --set steps=300000
--   build/rlrun scripts/study/lag.lua --report study                        the table of what is there
--
-- --resume study/FOLDER goes on with a run that was ended.
--
-- Returns are of the deterministic policy, means over seeds with their 95% interval by Student's t; `area` is the mean
-- over all evaluations of a run. Results do not depend on the number of threads, seconds do: scripts/bench/lag.lua.
local rl = require "rl"
local study = require "rl.study"

local opt = rl.options {
  env = "pendulum",
  point = "ppo",         -- one of the table below; else all
  steps = 150000,        -- of each training
  evaluations = 25,      -- of each training
  episodes = 20,         -- of each evaluation
  report = "",           -- a folder
}

local PPO = { method = "ppo", copies = 8, horizon = 256, options = { lr = 1e-3, epochs = 4, minibatch = 256 } }
local A2C = { method = "a2c", copies = 16, horizon = 8, options = {} }
local POINTS = {
  { name = "ppo", of = PPO },
  { name = "ppo_lag", of = PPO, lag = 1 },
  { name = "ppo_lag_gae", of = PPO, lag = 1, advantage = "gae" },
  { name = "a2c", of = A2C },
  { name = "a2c_lag", of = A2C, lag = 1 },
  { name = "a2c_lag_gae", of = A2C, lag = 1, advantage = "gae" },
}

local names, point_of = {}, {}
for i, point in ipairs(POINTS) do
  names[i], point_of[point.name] = point.name, point
end

local function train(task)
  local point = point_of[task.point]
  local env = rl.env(task.env, { n = point.of.copies, seed = task.seed })
  local policy = rl.policy(env, { hidden = { 64, 64 }, seed = task.seed })
  local options = { env = env, policy = policy, value = rl.value(env, { hidden = { 64, 64 }, seed = task.seed }),
                    seed = task.seed, gamma = task.env == "pendulum" and 0.9 or 0.99, reward_scaling = true,
                    lag = point.lag, advantage = point.advantage }
  for name, x in pairs(point.of.options) do options[name] = x end
  local method = rl[point.of.method](options)
  local iterations = math.ceil(task.steps / (point.of.copies * point.of.horizon))
  local run = rl.run { name = "lag", options = task, method = method, iterations = iterations, state = { seconds = 0 } }
  for i in run:iterations() do
    local start = rl.time()
    local batch = method:collect(point.of.horizon)
    local stats = method:update(batch)
    run.state.seconds = run.state.seconds + rl.time() - start
    if math.floor(i * task.evaluations / iterations) > math.floor((i - 1) * task.evaluations / iterations) then
      local result = env:evaluate(policy, { episodes = task.episodes, seed = task.seed })
      run:log(i, { steps = batch.stats.steps, seconds_of_training = run.state.seconds, approx_kl = stats.approx_kl,
                   explained_variance = stats.explained_variance, test_return = result.mean_return })
    end
  end
  run:finish()
end

local function report()
  local runs_of, envs = study.by_point(opt.report)
  print("| environment | point | runs | return, last three evaluations | area | seconds |\n|---|---|---|---|---|---|")
  for _, env in ipairs(envs) do
    for _, name in ipairs(names) do
      local last, area, seconds = {}, {}, {}
      for i, values in ipairs(runs_of[env][name] or {}) do
        local returns, n = values.test_return, #values.test_return
        last[i] = rl.statistics.mean { returns[n], returns[n - 1], returns[n - 2] }
        area[i], seconds[i] = rl.statistics.mean(returns), values.seconds_of_training[n]
      end
      if runs_of[env][name] then
        print(("| %s | %s | %d | %s | %s | %s |"):format(env, name, #last, study.cell(last, "%.1f"),
          study.cell(area, "%.1f"), study.cell(seconds, "%.1f")))
      end
    end
  end
end

if opt.report ~= "" then
  report()
else
  for task in rl.tasks({ point = names, seed = { 1, 2, 3, 4, 5 } }, opt) do train(task) end
end
