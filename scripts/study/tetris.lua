-- Many runs of Tetris by the noisy cross-entropy method: how far do runs of one setting lie apart?
--
--   build/rlrun --out study scripts/study/tetris.lua                        all runs, hours
--   build/rlrun --out study --task 3/16 scripts/study/tetris.lua            the third of 16 shares, for a process
--   build/rlrun scripts/study/tetris.lua --report study --svg tetris.svg    table and figure of what is there
--
-- Protocol of Szita & Lorincz 2006 as Thiery & Scherrer repeated it (ten runs of 80 iterations of each noise): 100
-- controllers of 22 features, one game each, the best ten make the next mean and variance, noise is added to the
-- variance; the mean is judged by 30 games. Seeds are far apart, and no run is left out. Lines are compared by their
-- logarithms, in which runs lie about normally: geometric mean, with its 95% interval by Student's t.
local rl = require "rl"

local opt = rl.options {
  noise = "decreasing", entry = "above", -- these and the seed: one, else all
  runs = 10,                             -- of each noise and rule
  iterations = 80,
  test_every = 10, test_games = 30,      -- of the mean
  max_pieces = 1e7,                      -- of a game
  report = "", svg = "",                 -- a folder, and a picture to be written
}
local NOISES, ENTRIES = { "none", "constant", "decreasing" }, { "fit", "above" }
local NOISE = { none = 0, constant = 4, decreasing = function(t) return math.max(5 - t / 10, 0) end }

local seeds = {}
for i = 1, opt.runs do seeds[i] = 7001003 * i + 17 end

local function train(task)
  local tetris = rl.tetris { entry = task.entry, features = "bertsekas" }
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

-- Lines of every run with this noise and rule at this iteration.
local function lines_at(runs, noise, entry, iteration)
  local list = {}
  for _, run in ipairs(runs) do
    local options = run.config.options
    if options.noise == noise and options.entry == entry then
      for k = 1, run.rows do
        local lines = run.values.lines and run.values.lines[k]
        if run.values.iteration[k] == iteration and lines == lines then list[#list + 1] = math.max(lines, 1) end
      end
    end
  end
  return list
end

-- Of the logarithms: mean, half of its interval, standard deviation.
local function summary(lines)
  local logs = {}
  for i, x in ipairs(lines) do logs[i] = math.log(x) end
  return rl.statistics.mean(logs), rl.statistics.half_width(logs), rl.statistics.deviation(logs)
end

local function print_row(runs, noise, entry, iteration)
  local lines = lines_at(runs, noise, entry, iteration)
  if #lines < 2 then return end
  table.sort(lines)
  local mean, half, deviation = summary(lines)
  print(("| %s | %s | %d | %d | %.0f [%.0f, %.0f] | %.2f | %.0f to %.0f |"):format(entry, noise, iteration, #lines,
    math.exp(mean), math.exp(mean - half), math.exp(mean + half), deviation, lines[1], lines[#lines]))
end

local function curve_of(runs, noise, entry)
  local curve = { name = ("%s, %s"):format(noise, entry), x = {}, y = {}, low = {}, high = {} }
  for iteration = opt.test_every, opt.iterations, opt.test_every do
    local lines = lines_at(runs, noise, entry, iteration)
    if #lines > 1 then
      local mean, half = summary(lines)
      local k, scale = #curve.x + 1, math.log(10)
      curve.x[k], curve.y[k], curve.low[k], curve.high[k] = iteration, mean / scale, (mean - half) / scale,
        (mean + half) / scale
    end
  end
  return #curve.x > 0 and curve or nil
end

local function report()
  local read, plot, runs = require "rl.runs", require "rl.plot", {}
  local folders, message = read.find(opt.report)
  if not folders then error(message, 0) end
  for i, folder in ipairs(folders) do runs[i] = assert(read.read(folder)) end
  print("| rule | noise | iteration | runs | lines, geometric mean [95%] | deviation of ln | least to most |")
  print("|---|---|---|---|---|---|---|")
  local curves = {}
  for _, entry in ipairs(ENTRIES) do
    for _, noise in ipairs(NOISES) do
      for iteration = opt.test_every, opt.iterations, opt.test_every do print_row(runs, noise, entry, iteration) end
      curves[#curves + 1] = curve_of(runs, noise, entry)
    end
  end
  if opt.svg == "" then return end
  local chart = { title = "Tetris by noisy cross-entropy: log10 of lines, geometric mean of runs", curves = curves,
                  x_label = "iteration", width = 640, height = 400 }
  assert(require("rl.core").write_file(opt.svg, plot.svg(chart)))
end

if opt.report ~= "" then
  report()
else
  for task in rl.tasks({ noise = NOISES, entry = ENTRIES, seed = seeds }, opt) do train(task) end
end
