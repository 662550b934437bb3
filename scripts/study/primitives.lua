-- Peters & Schaal's comparison of policy gradients on movement primitives ("Reinforcement learning of motor skills
-- with policy gradients", Neural Networks 21, 2008): a stroke of one joint whose forcing term has eleven weights is
-- to take the least motor command (reach), or to pass through a point on its way (pass); environment `stroke`. Methods:
--
--   finite_difference   differences along each weight, of strokes without noise
--   vanilla             sum of grad log pi times the return, without a baseline
--   vanilla_constant    less the mean return of the batch
--   vanilla_time        each reward-to-go less its mean at that time
--   enac_constant       the natural gradient of whole episodes, one offset
--   enac_time           the same with an offset for each time
--
--   build/rlrun --threads 1 scripts/study/primitives.lua                    240 runs, seconds each
--   build/rlrun --threads 1 --task 1/4 scripts/study/primitives.lua         a quarter of them
--   build/rlrun --threads 1 scripts/study/primitives.lua --set tune=true    what their steps were chosen by
--
-- A run that is done is a line in `out` and is not done again. All take plain steps of a constant length factor: of
-- 10^(k/2) the one with the least mean cost at the end in seeds 101 to 103. Cost is that of a stroke without noise.
local rl = require "rl"
local plot = require "rl.plot"

local opt = rl.options {
  task = "",        -- "": both
  method = "",      -- the methods whose name contains this
  runs = 20,
  episodes = 6000,  -- of each run
  batch = 30,       -- episodes before a step
  noise = 0.05,     -- deviation of the forcing term
  tune = false,
  out = "primitives.csv",
  figure = "primitives.svg",
}

local LOOKS, STEPS = 40, 100 -- costs that are kept of a run; of a stroke
-- k: of the chosen step, by task; from, to: of the least and the greatest that were tried.
local methods = {
  { name = "finite_difference", from = -6, to = -3, k = { reach = -4, pass = -5 } },
  { name = "vanilla", advantage = "total", from = -7, to = -3, k = { reach = -5, pass = -4 } },
  { name = "vanilla_constant", advantage = "constant_baseline", from = -3, to = 1, k = { reach = -1, pass = -1 } },
  { name = "vanilla_time", advantage = "time_baseline", from = -3, to = 1, k = { reach = -1, pass = -1 } },
  { name = "enac_constant", advantage = "constant_baseline", natural = true, from = 0, to = 4,
    k = { reach = 2, pass = 2 } },
  { name = "enac_time", advantage = "time_baseline", natural = true, from = 0, to = 4, k = { reach = 2, pass = 2 } },
}
local function step_of(k) return 10 ^ (k / 2) end
local tasks, names, by_name = { "reach", "pass" }, {}, {}
for _, method in ipairs(methods) do
  by_name[method.name] = method
  if method.name:find(opt.method, 1, true) then names[#names + 1] = method.name end
end

-- What is done: "task method lr seed" -> costs, episodes apart.
local function key_of(task, method, lr, seed) return ("%s %s %g %d"):format(task, method, lr, seed) end
local function read()
  local rows, file = {}, io.open(opt.out)
  if not file then return rows end
  for line in file:lines() do
    local words = {}
    for word in line:gmatch("[^,]+") do words[#words + 1] = tonumber(word) or word end
    if #words == 5 + LOOKS then
      local row = { episodes = words[5] }
      for i = 1, LOOKS do row[i] = words[5 + i] end
      rows[key_of(words[1], words[2], words[3], words[4])] = row
    end
  end
  file:close()
  return rows
end

-- A function that learns from `episodes` more, at least, and returns how many it took.
local function learner_of(method, env, policy, lr, seed)
  if not method.advantage then
    local search = rl.finite_difference { x0 = policy.theta, sigma = opt.noise, lr = lr, seed = seed }
    return function()
      local x = search:ask()
      search:tell(x, env:evaluate(policy, x, { episodes = 1, seed = seed }))
      policy.theta:copy_(search.mean)
      return #x
    end
  end
  local options = { env = env, policy = policy, seed = seed, gamma = 1, episodes = true, advantage = method.advantage,
                    normalize_advantage = false, max_grad_norm = 0 }
  if method.natural then
    options.step, options.damping = lr, 1e-3
  else
    options.sgd, options.lr = true, lr
  end
  local learner = rl[method.natural and "enac" or "reinforce"](options)
  return function()
    local batch = learner:collect(STEPS)
    return pcall(learner.update, learner, batch) and opt.batch or math.huge -- a gradient that is not finite ends it
  end
end

-- The costs of a run at LOOKS moments; a method that has thrown itself off stays where it is.
local function learn(task, method, lr, seed)
  local env = rl.env("stroke", { n = opt.batch, seed = seed, task = task })
  local policy = rl.policy(env, { hidden = {}, normalize = false, std = "fixed", log_std = math.log(opt.noise) })
  policy.theta:mul_(0)
  local go_on, taken, costs = learner_of(method, env, policy, lr, seed), 0, {}
  for look = 1, LOOKS do
    while taken < look * opt.episodes / LOOKS do taken = taken + go_on() end
    costs[look] = -env:evaluate(policy, { episodes = 1, seed = 1 }).mean_return
  end
  local words = { task, method.name, ("%g"):format(lr), seed, opt.episodes }
  for look = 1, LOOKS do words[#words + 1] = ("%.6g"):format(costs[look]) end
  local file = assert(io.open(opt.out, "a"))
  file:write(table.concat(words, ","), "\n")
  file:close()
  return costs
end

local function mean_of(rows, look)
  local list = {}
  for i, row in ipairs(rows) do list[i] = row[look] end
  return rl.statistics.mean(list), list
end

if opt.tune then
  for _, task in ipairs(tasks) do
    for _, name in ipairs(names) do
      local line = {}
      for k = by_name[name].from, by_name[name].to do
        local lr, rows = step_of(k), {}
        for seed = 101, 103 do
          rows[#rows + 1] = read()[key_of(task, name, lr, seed)] or learn(task, by_name[name], lr, seed)
        end
        line[#line + 1] = ("%.2g: %.4g"):format(lr, (mean_of(rows, LOOKS)))
      end
      print(task, name, table.concat(line, "  "))
    end
  end
  return
end

local began, seeds = os.clock(), {}
for i = 1, opt.runs do seeds[i] = i end
for task in rl.tasks({ task = opt.task ~= "" and { opt.task } or tasks, method = names, seed = seeds }, opt) do
  local method = by_name[task.method]
  local lr = step_of(method.k[task.task])
  if not read()[key_of(task.task, task.method, lr, task.seed)] then learn(task.task, method, lr, task.seed) end
end
print(("%.0f s of CPU"):format(os.clock() - began))

-- The table, and the figure: means over runs with their 95% intervals, as powers of ten.
local done, charts = read(), {}
local at = { 1, 4, 10, LOOKS }
print(("| task | method | step | runs | cost after %d episodes | %d | %d | %d |"):format(at[1] * opt.episodes / LOOKS,
  at[2] * opt.episodes / LOOKS, at[3] * opt.episodes / LOOKS, opt.episodes))
print("|---|---|---|---|---|---|---|---|")
for _, task in ipairs(opt.task ~= "" and { opt.task } or tasks) do
  local chart = { title = task, x_label = "episodes", y_label = "log10 of the cost", curves = {} }
  for c, name in ipairs(names) do
    local lr, rows, cells = step_of(by_name[name].k[task]), {}, {}
    for seed = 1, opt.runs do rows[#rows + 1] = done[key_of(task, name, lr, seed)] end
    local curve = { name = name, colour = c, x = {}, y = {}, low = {}, high = {} }
    for look = 1, #rows > 0 and LOOKS or 0 do
      local logs = {}
      for i, row in ipairs(rows) do logs[i] = math.log(row[look]) / math.log(10) end
      local mean = rl.statistics.mean(logs)
      local half = #logs > 1 and rl.statistics.half_width(logs) or 0
      curve.x[look], curve.y[look] = look * opt.episodes / LOOKS, mean
      curve.low[look], curve.high[look] = mean - half, mean + half
    end
    chart.curves[#chart.curves + 1] = curve
    for i, look in ipairs(at) do
      local mean, list = 0, {}
      if #rows > 0 then mean, list = mean_of(rows, look) end
      cells[i] = #list > 1 and ("%.3g (%.2g)"):format(mean, rl.statistics.deviation(list)) or ("%.3g"):format(mean)
    end
    print(("| %s | %s | %.3g | %d | %s |"):format(task, name, lr, #rows, table.concat(cells, " | ")))
  end
  charts[#charts + 1] = chart
end
local file = assert(io.open(opt.figure, "w"))
file:write(plot.grid(charts, 2))
file:close()
