-- Many runs of Tetris by the noisy cross-entropy method: how far do runs of one setting lie apart?
--
--   build/rlrun --out study scripts/study/tetris.lua                        all runs, hours
--   build/rlrun --out study --task 3/16 scripts/study/tetris.lua            the third of 16 shares, for a process
--   build/rlrun scripts/study/tetris.lua --report study --svg tetris.svg    table and figure of what is there
--
-- Beside the runs that Thiery & Scherrer themselves have published, and how their controllers do in our game:
--
--   git clone https://github.com/brunoscherrer/mdptetris
--   ... --report study --published mdptetris/experiments/cross_entropy_reproducing_original
--   ... --play mdptetris/experiments/cross_entropy_reproducing_original/none
--
-- Protocol of Szita & Lorincz 2006 as Thiery & Scherrer repeated it (ten runs of 80 iterations of each noise): 100
-- controllers of 22 features, one game each, the best ten make the next mean and variance, noise is added to the
-- variance; the mean is judged by 30 games. Seeds are far apart, and no run is left out. Lines, at least one, are
-- compared by their logarithms: geometric mean, its 95% interval by Student's t.
local rl = require "rl"
local study = require "rl.study"

local opt = rl.options {
  noise = "decreasing", entry = "above", -- these and the seed: one, else all
  height = 20,                           -- of the board
  runs = 10,                             -- of each noise and rule
  iterations = 80,
  test_every = 10, test_games = 30,      -- of the mean
  max_pieces = 1e7,                      -- of a game
  report = "", svg = "",                 -- a folder, and a picture to be written
  published = "", play = "",             -- a folder and a file of the published runs
  most = 25000,                          -- lines of a controller that is played: more take long
}
local NOISES, ENTRIES = { "none", "constant", "decreasing" }, { "fit", "above" }
local NOISE = { none = 0, constant = 4, decreasing = function(t) return math.max(5 - t / 10, 0) end }

local seeds = {}
for i = 1, opt.runs do seeds[i] = 7001003 * i + 17 end

local function train(task)
  local tetris = rl.tetris { height = task.height, entry = task.entry, features = "bertsekas" }
  local cem = rl.cem { x0 = rl.zeros(tetris.n_features), sigma = 10, popsize = 100, elite = 0.1,
                       noise = NOISE[task.noise], seed = task.seed }
  local run = rl.run { name = "tetris", options = task, search = cem, iterations = task.iterations,
                       state = { pieces = 0 } }
  local function play(weights, games, n) -- each call has games of its own
    return tetris:play(weights, { games = games, max_pieces = task.max_pieces, seed = (1e6 * task.seed + n) % 2 ^ 53 })
  end
  for t in run:iterations() do
    local weights = cem:ask()
    local lines, stats = play(weights, 1, 2 * t)
    cem:tell(weights, lines)
    run.state.pieces = run.state.pieces + stats.pieces
    local row = { steps = run.state.pieces, candidates = lines:mean(), candidates_cut = stats.cut,
                  deviation = cem.deviation:mean() }
    if t % task.test_every == 0 then
      local mean, test = play(cem.mean, task.test_games, 2 * t + 1)
      row.lines, row.cut = mean[1], test.cut
    end
    run:log(t, row)
  end
  run:finish()
end

-- The report

-- Of one noise and rule: for each run what its mean reached, by iteration.
local function new_series(label) return { label = label, runs = {} } end

local function read_runs(folder)
  local by_label, list = {}, {}
  for _, entry in ipairs(ENTRIES) do
    for _, noise in ipairs(NOISES) do
      list[#list + 1] = new_series(("%s, %s"):format(entry, noise))
      by_label[list[#list].label] = list[#list]
    end
  end
  for run in study.runs(folder) do
    local reached = {}
    for k = 1, run.rows do
      local lines = run.values.lines and run.values.lines[k]
      if lines == lines then reached[run.values.iteration[k]] = lines end
    end
    local series = by_label[("%s, %s"):format(run.config.options.entry, run.config.options.noise)]
    table.insert(series.runs, reached)
  end
  return list
end

-- Lines of mdptetris: iteration, mean, and the weights behind the last #; a comment begins a run.
local function read_published(path)
  local runs = {}
  for line in assert(io.open(path)):lines() do
    local iteration, mean = line:match("^(%d+)%s+(%S+)")
    if line:find("^#") then
      runs[#runs + 1] = { weights = {} }
    elseif iteration then
      local run, weights = runs[#runs], {}
      for weight in line:match("[^#]*$"):gmatch("%S+") do weights[#weights + 1] = tonumber(weight) end
      run[tonumber(iteration)], run.weights[tonumber(iteration)] = tonumber(mean), weights
    end
  end
  return runs
end

-- The logarithms at an iteration, or at "best" of the greatest of each run. None where a run has not come so far: those
-- that play well are the slow ones, and would be missing.
local function logs_at(series, iteration)
  local logs = {}
  for _, run in ipairs(series.runs) do
    local lines = run[iteration == "best" and opt.iterations or iteration]
    if not lines then return {} end
    for t = opt.test_every, iteration == "best" and opt.iterations or 0, opt.test_every do
      lines = math.max(lines, run[t])
    end
    logs[#logs + 1] = math.log(math.max(lines, 1))
  end
  table.sort(logs)
  return logs
end

local function print_row(series, iteration)
  local logs = logs_at(series, iteration)
  if #logs < 2 then return end
  local mean, half = rl.statistics.mean(logs), rl.statistics.half_width(logs)
  print(("| %s | %s | %d | %.0f [%.0f, %.0f] | %.2f | %.0f to %.0f |"):format(series.label, iteration, #logs,
    math.exp(mean), math.exp(mean - half), math.exp(mean + half), rl.statistics.deviation(logs), math.exp(logs[1]),
    math.exp(logs[#logs])))
end

local function curve_of(series)
  local curve, ten = { name = series.label, x = {}, y = {}, low = {}, high = {} }, math.log(10)
  for t = opt.test_every, opt.iterations, opt.test_every do
    local logs = logs_at(series, t)
    if #logs > 1 then
      local k, mean, half = #curve.x + 1, rl.statistics.mean(logs), rl.statistics.half_width(logs)
      curve.x[k], curve.y[k], curve.low[k], curve.high[k] = t, mean / ten, (mean - half) / ten, (mean + half) / ten
    end
  end
  return #curve.x > 0 and curve or nil
end

-- Whether two series differ, by Welch's test of their logarithms.
local function print_comparison(a, b, iteration)
  local x, y = logs_at(a, iteration), logs_at(b, iteration)
  if #x < 2 or #y < 2 then return end
  local _, _, p = rl.statistics.welch(x, y)
  print(("| %s, over %s | %s | %d, %d | %.2f | %.2f |"):format(a.label, b.label, iteration, #x, #y,
    math.exp(rl.statistics.mean(x) - rl.statistics.mean(y)), p))
end

local function report()
  local list, pairs_of = read_runs(opt.report), {}
  for i, noise in ipairs(opt.published ~= "" and NOISES or {}) do
    local series = new_series("published, " .. noise)
    series.runs = read_published(("%s/%s"):format(opt.published, noise == "decreasing" and "linear" or noise))
    pairs_of[i] = { list[#NOISES + i], series } -- "above", which is the published game
  end
  for _, pair in ipairs(pairs_of) do list[#list + 1] = pair[2] end
  print("| rule and noise | iteration | runs | lines, geometric mean [95%] | deviation of ln | least to most |")
  print("|---|---|---|---|---|---|")
  for _, series in ipairs(list) do
    for t = opt.test_every, opt.iterations, opt.test_every do print_row(series, t) end
    print_row(series, "best")
  end
  if #pairs_of > 0 then
    print("\n| | iteration | runs | ratio of geometric means | p |\n|---|---|---|---|---|")
  end
  for _, pair in ipairs(pairs_of) do
    for t = opt.test_every, opt.iterations, opt.test_every do print_comparison(pair[1], pair[2], t) end
    print_comparison(pair[1], pair[2], "best")
  end
  if opt.svg == "" then return end
  local curves = {} -- of the published game, with bands for ours
  for i = #NOISES + 1, #list do
    curves[#curves + 1] = curve_of(list[i])
    if i > 2 * #NOISES and curves[#curves] then curves[#curves].low = nil end
  end
  local chart = { title = "Tetris by noisy cross-entropy: log10 of lines, geometric mean of runs", curves = curves,
                  x_label = "iteration", width = 640, height = 400 }
  local file = assert(io.open(opt.svg, "w"))
  file:write(require("rl.plot").svg(chart))
  file:close()
end

-- Lines of the published means in our game, over the published lines: which game was it?
local function play_published()
  local tetris, logs = rl.tetris { height = opt.height, entry = opt.entry, features = "bertsekas" }, {}
  for i, run in ipairs(read_published(opt.play)) do
    for t = opt.test_every, opt.iterations, opt.test_every do
      if run[t] and run[t] > 20 and run[t] < opt.most then
        local weights = run.weights[t]
        weights[22] = 0 -- the constant, which theirs has not
        local lines = tetris:play(weights, { games = opt.test_games, max_pieces = opt.max_pieces, seed = 1e6 * i + t })
        logs[#logs + 1] = math.log(lines[1] / run[t])
      end
    end
  end
  local mean, half = rl.statistics.mean(logs), rl.statistics.half_width(logs)
  print(("%s, %d rows: %d controllers, lines here over lines published: %.3f [%.3f, %.3f]"):format(opt.entry,
    opt.height, #logs, math.exp(mean), math.exp(mean - half), math.exp(mean + half)))
end

if opt.play ~= "" then
  play_published()
elseif opt.report ~= "" then
  report()
else
  for task in rl.tasks({ noise = NOISES, entry = ENTRIES, seed = seeds }, opt) do train(task) end
end
