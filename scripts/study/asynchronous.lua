-- What does it cost, in steps and in time, that those who act have old parameters? A3C, whose workers each step the
-- shared parameters along gradients that are old by the steps of the others; A2C, where nothing is old; and A2C on
-- batches that were collected 1, 4 and 16 updates ago, weighed by V-trace. All take 5 steps of 16 copies; with them A3C
-- makes 16 steps of its optimiser, A2C one.
--
--   build/rlrun --out study scripts/study/asynchronous.lua                           cart-pole, all runs
--   build/rlrun --out study scripts/study/asynchronous.lua --set env=hopper --set steps=400000
--   build/rlrun scripts/study/asynchronous.lua --set report=study --set svg=asynchronous.svg
--
-- --resume study/FOLDER goes on with a run that was ended. Returns are of the deterministic policy, means over seeds
-- with their 95% interval by Student's t; `area` is the mean over all evaluations of a run. Results do not depend on
-- the number of threads; times do, and are of the training alone: `cpu` of all threads, which a busy machine leaves
-- about as it is, and `wall`, which says something on a quiet one (--set time=wall draws that).
local rl = require "rl"
local study = require "rl.study"

local opt = rl.options {
  env = "cartpole",
  point = "a3c",      -- one of the table below; else all
  steps = 200000,     -- of each training
  lr = 0,             -- other than a point's own
  evaluations = 25,   -- of each training
  episodes = 10,      -- of each evaluation
  report = "",        -- a folder, of runs of one or more environments
  time = "cpu",       -- or wall: of the picture
  svg = "",           -- a picture to be written
}

local COPIES, STEPS = 16, 5
-- Learning rates are the best, by area, of those tried on seed 101, of which no figure is: 1e-3, 3e-3, for some 3e-4.
local POINTS = {
  { name = "a3c", method = "a3c", lr = { cartpole = 1e-3, hopper = 3e-4 } },
  { name = "a2c", method = "a2c", lr = { cartpole = 3e-3, hopper = 3e-3 } },
  { name = "lag_1", method = "a2c", lag = 1, lr = { cartpole = 1e-3, hopper = 1e-3 } },
  { name = "lag_4", method = "a2c", lag = 4, lr = { cartpole = 3e-3, hopper = 1e-3 } },
  { name = "lag_16", method = "a2c", lag = 16, lr = { cartpole = 1e-3, hopper = 1e-3 } },
}

local names, point_of = {}, {}
for i, point in ipairs(POINTS) do
  names[i], point_of[point.name] = point.name, point
end

local function train(task)
  local point = point_of[task.point]
  local env = rl.env(task.env, { n = COPIES, seed = task.seed })
  local policy = rl.policy(env, { hidden = { 64, 64 }, seed = task.seed })
  local method = rl[point.method] {
    env = env, policy = policy, value = rl.value(env, { hidden = { 64, 64 }, seed = task.seed }), seed = task.seed,
    lr = task.lr > 0 and task.lr or point.lr[task.env] or 1e-3, lambda = 1, entropy_coef = 0, reward_scaling = true,
    lag = point.lag,
  }
  local iterations = math.ceil(task.steps / (COPIES * STEPS))
  local run = rl.run { name = "asynchronous", options = task, method = method, iterations = iterations,
                       state = { cpu = 0, wall = 0 } }
  local spent = run.state
  for i in run:iterations() do
    local cpu, wall = os.clock(), rl.time()
    local batch = method:collect(STEPS)
    local stats = method:update(batch)
    spent.cpu, spent.wall = spent.cpu + os.clock() - cpu, spent.wall + rl.time() - wall
    if math.floor(i * task.evaluations / iterations) > math.floor((i - 1) * task.evaluations / iterations) then
      local result = env:evaluate(policy, { episodes = task.episodes, seed = task.seed })
      run:log(i, { steps = batch.stats.steps, cpu = spent.cpu, wall = spent.wall, approx_kl = stats.approx_kl,
                   test_return = result.mean_return })
    end
  end
  run:finish()
end

-- The curve of a point by `x`, one of the columns: at each evaluation the means over runs.
local function curve(name, runs, column, index)
  local line = { name = name, colour = index, x = {}, y = {}, low = {}, high = {} }
  for k = 1, #runs[1].test_return do
    local xs, ys = {}, {}
    for i, values in ipairs(runs) do xs[i], ys[i] = values[column][k], values.test_return[k] end
    local mean, half = study.interval(ys)
    line.x[k], line.y[k], line.low[k], line.high[k] = rl.statistics.mean(xs), mean, mean - half, mean + half
  end
  return line
end

local function report()
  local runs_of, envs = study.by_point(opt.report)
  local charts = {}
  print("| environment | point | runs | return, last three evaluations | area | approx. KL | cpu s | wall s |")
  print("|---|---|---|---|---|---|---|---|")
  for _, env in ipairs(envs) do
    local by_steps = { title = env, x_label = "steps", y_label = "return", curves = {} }
    local by_time = { title = env, x_label = opt.time .. " seconds", y_label = "return", curves = {} }
    for index, name in ipairs(names) do
      local runs, last, area, kl, cpu, wall = runs_of[env][name] or {}, {}, {}, {}, {}, {}
      for i, values in ipairs(runs) do
        local n = #values.test_return
        last[i] = (values.test_return[n] + values.test_return[n - 1] + values.test_return[n - 2]) / 3
        area[i], kl[i] = rl.statistics.mean(values.test_return), rl.statistics.mean(values.approx_kl)
        cpu[i], wall[i] = values.cpu[n], values.wall[n]
      end
      if #runs > 0 then
        print(("| %s | %s | %d | %s | %s | %.2g | %.2f | %.2f |"):format(env, name, #runs, study.cell(last, "%.1f"),
          study.cell(area, "%.1f"), rl.statistics.mean(kl), rl.statistics.mean(cpu), rl.statistics.mean(wall)))
        table.insert(by_steps.curves, curve(name, runs, "steps", index))
        table.insert(by_time.curves, curve(name, runs, opt.time, index))
      end
    end
    charts[#charts + 1], charts[#charts + 2] = by_steps, by_time
  end
  if opt.svg == "" then return end
  local file = assert(io.open(opt.svg, "w"))
  file:write(require("rl.plot").grid(charts, 2))
  file:close()
end

if opt.report ~= "" then
  report()
else
  for task in rl.tasks({ point = names, seed = { 1, 2, 3, 4, 5 } }, opt) do train(task) end
end
