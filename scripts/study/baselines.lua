-- Baselines that depend on the action (runtime/method/baseline.h): factorised ones (Wu et al. 2018) and Q-Prop (Gu et
-- al. 2016) beside GAE's, on the hopper: how much the gradient varies, what policies come to, and where the variance is
-- (Tucker et al. 2018, "The mirage of action-dependent baselines in reinforcement learning").
--
--   build/rlrun --threads 1 --out study scripts/study/baselines.lua              all, one after the other
--   build/rlrun --threads 1 --out study --task 1/2 scripts/study/baselines.lua   the first of two shares
--   build/rlrun scripts/study/baselines.lua --set report=study                   the tables of what is there
--
-- Stated before it was run: ten seeds on which nothing was tuned, none left out; TRPO with its defaults. A task is a
-- seed and one of
--
--   gae, factorised, q_prop   TRPO with that baseline; returns of the likeliest actions
--   variance                  TRPO with GAE, and beside it a critic for each baseline that sees the same batches;
--                             measured is the trace of the covariance of single steps' score-function gradients
--   parts                     the same policies; actions and futures are drawn again from their states, for GAE:
--                             Var = Sigma_tau (what follows) + Sigma_a (the action) + Sigma_s (the state).
--                             Of Sigma_a, which is with the value that was learnt, a better value would take a part:
--                             what is left with the mean over other actions of the state as the value, Sigma_a*, is all
--                             that a baseline can owe to the action
local rl = require "rl"
local study = require "rl.study"

local opt = rl.options {
  what = "gae",                    -- this and the seed: one, else all
  first = 11, seeds = 10,
  steps = 102400, copies = 8, horizon = 256,
  every = 25600,                   -- steps between measurements
  episodes = 20,                   -- of an evaluation
  samples = 512,                   -- steps of a batch whose gradients are taken one by one
  states = 30, latest = 300, actions = 8, futures = 4, length = 80, -- of the parts; (gamma lambda)^80 = .008
  report = "",                     -- a folder
}
local WHAT = { "gae", "factorised", "q_prop", "variance", "parts" }
local ROWS = { "returns", "gae", "factorised", "q_prop" }
local GAMMA, LAMBDA = 0.99, 0.95

local function make(task, method, options)
  local env = rl.env("hopper", { n = task.copies, seed = task.seed })
  local settings = { env = env, policy = rl.policy(env, { seed = task.seed }), seed = task.seed,
                     value = rl.value(env, { seed = task.seed }), reward_scaling = true }
  for name, x in pairs(options) do settings[name] = x end
  return { env = env, policy = settings.policy, value = settings.value, method = rl[method](settings) }
end

-- Mean and trace of the covariance of vectors.
local Spread = {}
Spread.__index = Spread
local function spread() return setmetatable({ n = 0, squares = 0 }, Spread) end
function Spread:add(x)
  self.n, self.squares = self.n + 1, self.squares + x:square():sum()
  self.sum = self.sum and self.sum + x or x:clone()
end
function Spread:mean() return self.sum / self.n end
function Spread:trace() return (self.squares - self.n * self:mean():square():sum()) / (self.n - 1) end

-- TRPO for task.steps, with what is to be done before and after each update.
local function train(task, run, baseline, hooks)
  local a, due, i, steps = make(task, "trpo", { baseline = baseline }), task.every, 0, 0
  while steps < task.steps do
    local batch = a.method:collect(task.horizon)
    i, steps = i + 1, batch.stats.steps
    local row, measured = { steps = steps }, steps >= due
    if measured then due = due + task.every end
    hooks.before(a, batch, row, measured)
    a.method:update(batch)
    hooks.after(a, row, measured)
    run:log(i, row)
  end
end

local function nothing() end

local function returns(task, run)
  train(task, run, task.what ~= "gae" and task.what or nil, { before = nothing, after = function(a, row, measured)
    if not measured then return end
    row.tested = a.env:evaluate(a.policy, { episodes = task.episodes, seed = 1e6 + task.seed }).mean_return
  end })
end

-- --- the variance, with each baseline ---

local function trace_of(task, method, batch)
  local all, found = task.horizon * task.copies, spread()
  for k = 0, task.samples - 1 do
    found:add((method:gradient(batch, { 1 + math.floor(k * all / task.samples) })))
  end
  return found:trace()
end

-- Others collect the same batches: their environments have the same seed, their networks are copied. What they learn
-- is the critic of actions.
local function variance(task, run)
  local others, seen = {}, {}
  for _, name in ipairs { "gae", "factorised", "q_prop" } do
    others[name] = make(task, "a2c", { baseline = name ~= "gae" and name or nil, lr = 0, value_lr = 1e-3,
                                       minibatch = 64, normalize_advantage = false })
  end
  local function follow(leader, batch, row, measured)
    for name, other in pairs(others) do
      other.policy.theta:copy_(leader.policy.theta)
      other.value.theta:copy_(leader.value.theta)
      seen[name] = other.method:collect(task.horizon)
      assert((seen[name].action - batch.action):abs():max() == 0, "a follower has taken another way")
      if measured then row[name] = trace_of(task, other.method, seen[name]) end
    end
    if not measured then return end
    local advantage = seen.gae.advantage:clone()
    seen.gae.advantage:copy_(seen.gae.target) -- the same estimate with no baseline
    row.returns = trace_of(task, others.gae.method, seen.gae)
    seen.gae.advantage:copy_(advantage)
  end
  train(task, run, nil, { before = function(leader, batch, row, measured)
    follow(leader, batch, row, measured)
    for name, other in pairs(others) do other.method:update(seen[name]) end
  end, after = nothing })
end

-- --- the parts of the variance ---

-- What rewards are divided by: r / scale + gamma V' - V is the advantage of the last step of a batch.
local function reward_scale(batch)
  local n, scales = batch.reward:size(1), {}
  for c = 1, batch.reward:size(2) do
    local left = batch.advantage:get(n, c) + batch.value:get(n, c) - GAMMA * batch.last_value[c]
    if batch.terminated:get(n, c) + batch.truncated:get(n, c) == 0 then
      scales[#scales + 1] = batch.reward:get(n, c) / left
    end
  end
  return #scales > 0 and rl.statistics.median(scales) or nil
end

-- All copies in one state, at `time` of an episode; nil if that ended before.
local function come_to(policy, env, time, rng)
  local obs, n = env:reset(), env.n
  for _ = 1, time do
    local action = policy:act(obs:narrow(1, 1, 1), rng)
    local _, terminated, truncated
    obs, _, terminated, truncated = env:step(rl.zeros(n, env.action_space.size) + action)
    if terminated[1] + truncated[1] > 0 then return nil end
  end
  return obs
end

-- GAE of the first action of each copy.
local function advantages(a, env, obs, action, scale, length, rng)
  local n, total, weight, alive = env.n, rl.zeros(env.n), 1, rl.ones(env.n)
  local now = a.value:forward(obs):value():reshape(n)
  for _ = 1, length do
    local next_obs, reward, terminated, truncated = env:step(action)
    local next_value = a.value:forward(next_obs):value():reshape(n)
    total = total + alive * weight * (reward / scale + GAMMA * (1 - terminated) * next_value - now)
    alive = alive * (1 - terminated) * (1 - truncated)
    now, weight, action = next_value, weight * GAMMA * LAMBDA, a.policy:act(next_obs, rng)
  end
  return total
end

-- The gradients of a state's actions, from scores and mean advantages: with the value, and with the mean over the other
-- actions in its place. The second vary more by a share 1 / actions, since those are few; that is taken out.
local function of_actions(scores, means)
  local with_value, with_mean, n, total = spread(), spread(), #means, 0
  for i = 1, n do total = total + means[i] end
  for i = 1, n do
    with_value:add(scores[i] * means[i])
    with_mean:add(scores[i] * (means[i] - (total - means[i]) / (n - 1)))
  end
  return with_value, with_mean:trace() * (n - 1) / n
end

local function decompose(task, a, scale, row)
  local seed = 1e6 * task.seed + row.steps
  local env = rl.env("hopper", { n = task.actions * task.futures, seed = seed, reset_noise = 0 }) -- copies begin alike
  local rng, all, of_tau, of_a, of_best = rl.rng(seed), spread(), 0, 0, 0
  while all.n < task.states do
    local obs = come_to(a.policy, env, rng:integer(task.latest) - 1, rng)
    if obs then
      local chosen = a.policy:act(obs:narrow(1, 1, task.actions), rng)
      local copies = {}
      for c = 1, env.n do copies[c] = 1 + (c - 1) % task.actions end
      local found = advantages(a, env, obs, chosen:rows(copies), scale, task.length, rng):totable()
      local scores, means = {}, {}
      for i = 1, task.actions do
        local score = a.policy:dist(obs:narrow(1, 1, 1)):log_prob(chosen:narrow(1, i, 1)):sum():grad(a.policy)
        local own = {}
        for f = 1, task.futures do own[f] = found[i + (f - 1) * task.actions] end
        local size = score:square():sum() * rl.statistics.deviation(own) ^ 2
        of_tau = of_tau + size / (task.actions * task.states)
        scores[i], means[i] = score, rl.statistics.mean(own)
      end
      local of_state, best = of_actions(scores, means)
      of_a, of_best = of_a + of_state:trace() / task.states, of_best + best / task.states
      all:add(of_state:mean())
    end
  end
  -- Means of few vary by what is within them as well.
  row.sigma_tau = of_tau
  row.sigma_a = of_a - of_tau / task.futures
  row.sigma_a_best = of_best - of_tau / task.futures
  row.sigma_s = all:trace() - of_a / task.actions
end

local function parts(task, run)
  local scale
  train(task, run, nil, { after = nothing, before = function(a, batch, row, measured)
    scale = reward_scale(batch) or scale
    if measured then decompose(task, a, scale, row) end
  end })
end

-- --- tables ---

-- what -> column -> steps -> list over runs
local function read_runs(folder)
  local found = {}
  for run in study.runs(folder) do
    local of = found[run.config.options.what] or {}
    found[run.config.options.what] = of
    for name, values in pairs(run.values) do
      of[name] = of[name] or {}
      for k = 1, run.rows do
        local steps, x = run.values.steps[k], values[k]
        if x == x then
          of[name][steps] = of[name][steps] or {}
          table.insert(of[name][steps], x)
        end
      end
    end
  end
  return found
end

local function sorted_steps(lists)
  local all = {}
  for steps in pairs(lists or {}) do all[#all + 1] = steps end
  table.sort(all)
  return all
end

local function ratios(of, name, steps)
  local list = {}
  for i, x in ipairs(of[name][steps]) do list[i] = math.log(x / of.gae[steps][i]) end
  local middle, half = rl.statistics.mean(list), #list > 1 and rl.statistics.half_width(list) or 0
  return ("%.3f [%.3f, %.3f]"):format(math.exp(middle), math.exp(middle - half), math.exp(middle + half))
end

local function report()
  local found = read_runs(opt.report)
  print("| baseline | steps | runs | return |\n|---|---|---|---|")
  for _, what in ipairs { "gae", "factorised", "q_prop" } do
    local tested = found[what] and found[what].tested
    for _, steps in ipairs(sorted_steps(tested)) do
      print(("| %s | %d | %d | %s |"):format(what, steps, #tested[steps], study.cell(tested[steps], "%.0f")))
    end
  end
  print("\n| baseline | steps | runs | variance of the gradient of a step, of GAE's |\n|---|---|---|---|")
  local of = found.variance or {}
  for _, name in ipairs(ROWS) do
    for _, steps in ipairs(sorted_steps(of[name])) do
      print(("| %s | %d | %d | %s |"):format(name, steps, #of[name][steps], ratios(of, name, steps)))
    end
  end
  print("\n| steps | runs | Sigma_tau, % | Sigma_a, % | Sigma_a*, % | Sigma_s, % |\n|---|---|---|---|---|---|")
  of = found.parts or {}
  for _, steps in ipairs(sorted_steps(of.sigma_a)) do
    local shares = { {}, {}, {}, {} }
    for i, tau in ipairs(of.sigma_tau[steps]) do
      local a, s = of.sigma_a[steps][i], of.sigma_s[steps][i]
      for k, x in ipairs { tau, a, of.sigma_a_best[steps][i], s } do shares[k][i] = 100 * x / (tau + a + s) end
    end
    local cells = {}
    for k, list in ipairs(shares) do cells[k] = study.cell(list, "%.1f") end
    print(("| %d | %d | %s |"):format(steps, #shares[1], table.concat(cells, " | ")))
  end
end

if opt.report ~= "" then
  report()
else
  local seeds = {}
  for i = 1, opt.seeds do seeds[i] = opt.first + i - 1 end
  for task in rl.tasks({ seed = seeds, what = WHAT }, opt) do
    local run = rl.run { name = "baselines", options = task }
    local work = task.what == "variance" and variance or task.what == "parts" and parts or returns
    work(task, run)
    run:finish()
  end
end
