-- Does it learn, and how fast? Every method on the tasks it should solve, over seeds: environment steps and seconds to
-- the threshold, as a table. The policy is evaluated deterministically over 100 episodes every few thousand steps
-- (in the searches, the mean after each iteration).
--
--   build/rlrun scripts/bench/learn.lua                          all, about ten minutes on two cores
--   build/rlrun scripts/bench/learn.lua --set only=cartpole      the cases whose name contains this
--   build/rlrun scripts/bench/learn.lua --set seeds=3 --set verbose=true
local rl = require "rl"

local opt = rl.options { seeds = 5, only = "", verbose = false, budget = 0 } -- steps; 0: each case has its own

-- What the cases of one environment share.
local function cartpole(method, case)
  case.name, case.env, case.method = "cartpole " .. method, "cartpole", method
  case.measure, case.threshold, case.text = "return", 475, "return 475"
  case.every = case.every or 4096
  return case
end

local function pendulum(method, case)
  case.name, case.env, case.method = "pendulum " .. method, "pendulum", method
  case.measure, case.threshold, case.text = "return", -200, "return -200"
  case.budget, case.every = 200000, 8192
  case.policy, case.value = { normalize = false, log_std = 0.5 }, { normalize = false }
  return case
end

-- A linear policy's weights are its gain; the figure is its distance from the Riccati solution, as a share of that, at
-- the end of the budget. A trust region that is wide to the end would leave it wandering about the optimum, so it
-- shrinks; the exploration is fixed, because the optimal one is none.
local function lqr(method, case)
  case.name, case.env, case.method = "lqr " .. method, "lqr", method
  case.matrices = { A = { { 1 } }, B = { { 1 } }, Q = { { 1 } }, R = { { 1 } } }
  case.measure, case.threshold, case.text = "gain", -0.02, "gain within 2%"
  case.env_options = { noise = 0.1 }
  case.policy = { hidden = {}, normalize = false, std = "fixed", log_std = 0 }
  case.n, case.steps, case.budget, case.every, case.need = 16, 128, 200000, 200000, 1
  case.options = { gamma = 0.9 }
  case.schedule = function(m, progress) m:set { max_kl = math.max(0.01 * (1 - progress) ^ 2, 1e-8) } end
  return case
end

-- A search for the weights of a linear policy, from zero; a candidate's return is the mean of three episodes.
local function search(method, options)
  local case = cartpole(method, { options = options, search = true, budget = 500000, every = 1, need = 1 })
  case.policy = { hidden = {}, normalize = false }
  return case
end

local function falling(iteration) return math.max(0.1 * (1 - iteration / 20), 0) end

-- need: of the seeds, by the issue this table answers. steps: of each copy, an iteration.
local cases = {
  cartpole("ppo", { n = 8, steps = 32, budget = 150000, need = 1,
    options = { lambda = 0.8, gamma = 0.98, epochs = 20, minibatch = 256, lr = 1e-3 } }),
  cartpole("trpo", { n = 8, steps = 128, budget = 150000, need = 1, options = { gamma = 0.99 } }),
  cartpole("a2c", { n = 16, steps = 16, budget = 150000, need = 1, options = { lr = 3e-3, gamma = 0.98 } }),
  cartpole("ppo_penalty", { n = 8, steps = 128, budget = 150000, need = 1, options = { lr = 1e-3 } }),
  cartpole("npg", { n = 8, steps = 128, budget = 500000, need = 0.8, options = {} }),
  cartpole("grpo", { n = 32, steps = 500, budget = 500000, need = 0.8, options = { lr = 1e-3 } }),
  cartpole("reinforce", { n = 16, steps = 500, budget = 500000, need = 0.8, options = {} }),
  cartpole("actor_critic", { n = 16, steps = 1, budget = 500000, need = 0.8, options = {} }),
  pendulum("ppo", { n = 4, steps = 1024, need = 0.8,
    options = { gamma = 0.9, lr = 1e-3, reward_scaling = true, minibatch = 256 } }),
  pendulum("trpo", { n = 4, steps = 512, need = 0.8, options = { gamma = 0.9, reward_scaling = true } }),
  lqr("npg", {}),
  lqr("trpo", {}),
  search("cmaes", { sigma = 0.5 }),
  search("cem", { popsize = 40, elite = 0.2, noise = falling }),
  search("rwr", { popsize = 40, beta = 5, noise = falling }),
  search("pi2", { popsize = 40, decay = 0.95 }),
  search("power", { popsize = 40, elite = 0.2 }),
  search("ars", { sigma = 0.1, lr = 0.1 }),
  search("openai_es", { sigma = 0.5, lr = 0.2, directions = 10 }),
  search("finite_difference", { sigma = 0.1, lr = 0.1, normalize = true }),
  search("hill_climb", { sigma = 0.5, reevaluate = true, adapt = false }), -- a chance return must not stay the best
}

local function copy(table, more)
  local result = {}
  for k, v in pairs(table or {}) do result[k] = v end
  for k, v in pairs(more or {}) do result[k] = v end
  return result
end

-- Minus the distance of a linear policy's gain from the optimal one, as a share of that.
local function gain_error(case, policy)
  local best = rl.lqr_gain(copy(case.matrices, { gamma = case.options.gamma }))
  best = rl.tensor(best)
  local m, n = best:shape()[1], best:shape()[2]
  local gain = policy.theta:narrow(1, 1, n * m):reshape(n, m):t()
  local d = gain - best
  return -math.sqrt(d:square():sum() / best:square():sum())
end

local function measure(case, env, policy, seed)
  if case.measure == "gain" then return gain_error(case, policy) end
  return env:evaluate(policy, { episodes = 100, seed = 1000 + seed }).mean_return
end

-- Each gives a function that does one iteration and returns the steps so far, and statistics.

local function policy_gradient(case, env, policy, seed)
  local options = copy({ reward_scaling = false }, case.options)
  options.env, options.policy, options.seed = env, policy, seed
  if case.method ~= "grpo" then options.value = rl.value(env, copy(case.value, { seed = seed })) end
  local method = rl[case.method](options)
  return function()
    local batch = method:collect(case.steps)
    local stats = method:update(batch)
    if case.schedule then case.schedule(method, math.min(batch.stats.steps / case.budget, 1)) end
    return batch.stats.steps, stats
  end
end

local function derivative_free(case, env, policy, seed)
  policy.theta:zero_()
  local es, steps = rl[case.method](copy(case.options, { x0 = policy.theta, seed = seed })), 0
  return function()
    local x = es:ask()
    local returns, stats = env:evaluate(policy, x, { episodes = 3, seed = seed })
    es:tell(x, returns)
    policy.theta:copy_(es.mean)
    steps = steps + stats.steps
    return steps, { best_return = es.best_return }
  end
end

local function print_look(case, seed, steps, figure, stats)
  local text = {}
  for _, name in ipairs { "approx_kl", "entropy", "explained_variance", "best_return" } do
    if stats[name] then text[#text + 1] = (", %s %.3f"):format(name, stats[name]) end
  end
  print(("    %s seed %d: %d steps, %.4g%s"):format(case.name, seed, steps, figure, table.concat(text)))
end

-- Steps and seconds until the threshold (nil when it is not reached), and the last figure.
local function learn(case, seed)
  local env = rl.env(case.env, copy(case.env_options, copy(case.matrices, { n = case.n, seed = seed })))
  local policy = rl.policy(env, copy(case.policy, { seed = seed }))
  local iterate = (case.search and derivative_free or policy_gradient)(case, env, policy, seed)
  local seconds, steps, next_look, figure = 0, 0, case.every, nil
  while steps < case.budget do
    local start = rl.time()
    local taken, stats = iterate()
    steps = taken
    seconds = seconds + rl.time() - start
    if steps >= next_look then
      figure = measure(case, env, policy, seed)
      if opt.verbose then print_look(case, seed, steps, figure, stats) end
      if figure >= case.threshold then return steps, seconds, figure end
      next_look = steps + case.every
    end
  end
  return nil, seconds, figure
end

local function range(list, format)
  if #list == 0 then return "-" end
  table.sort(list)
  local text = table.concat { format, " [", format, ", ", format, "]" }
  return text:format(rl.statistics.median(list), list[1], list[#list])
end

rl.timing.describe_machine()
print(("%d seeds, %d threads; medians and ranges over the seeds that reached the threshold"):format(
  opt.seeds, rl.threads()))
print("")
print("| task and method | threshold | within steps | reached | steps | seconds |")
print("|---|---|---|---|---|---|")
local missed = 0
for _, case in ipairs(cases) do
  if opt.budget > 0 then case.budget, case.every = opt.budget, math.min(case.every, opt.budget) end
  if case.name:find(opt.only, 1, true) then
    local steps, seconds = {}, {}
    for seed = 1, opt.seeds do
      local s, t = learn(case, seed)
      if s then
        steps[#steps + 1], seconds[#seconds + 1] = s, t
      end
    end
    local enough = #steps >= case.need * opt.seeds
    if not enough then missed = missed + 1 end
    print(("| %s | %s | %d | %d of %d%s | %s | %s |"):format(case.name, case.text, case.budget, #steps, opt.seeds,
      enough and "" or " (too few)", range(steps, "%.0f"), range(seconds, "%.2f")))
    io.stdout:flush()
  end
end
print("")
print(missed == 0 and "every case reached its threshold on as many seeds as asked for" or missed .. " cases missed")
