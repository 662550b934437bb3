-- Tetris by the natural policy gradient (Kakade 2001, "A natural policy gradient", whose example it is; Szita & Lorincz
-- 2006 list it with about 6,800 lines): a softmax over the placements of each piece, linear in 22 features of the board
-- that is left (Bertsekas & Ioffe), from weights of 0, steps of one length in KL (tetris:ascend).
--
--   build/rlrun --threads 1 --out study scripts/study/tetris_gradient.lua               ten runs of each rule
--   build/rlrun --threads 1 --out study --task 3/16 scripts/study/tetris_gradient.lua   the third of 16 shares
--   build/rlrun scripts/study/tetris_gradient.lua --report study                        the table of what is there
--
-- A run goes on where it was (`rlrun --resume`). It learns from 30 games an iteration, each cut after 2000 pieces, and
-- is judged by games of its weights, by the likeliest placement and by chance as it learns. Seeds are those of
-- scripts/study/tetris.lua, on which nothing was tuned; no run is left out. gamma, lambda and max_kl are the first that
-- were tried.
local rl = require "rl"
local study = require "rl.study"

local opt = rl.options {
  entry = "above",                    -- this and the seed: one, else all
  height = 20,
  runs = 10,                          -- of each rule
  iterations = 40,
  games = 30, learn_pieces = 2000,    -- of an iteration; of a game that is learnt from
  gamma = 0.95, lambda = 0.9, max_kl = 0.05,
  test_every = 20, test_games = 30, max_pieces = 1e6,
  sampled_games = 5, sampled_pieces = 1e5, -- these are slow: a step is found from them, and not taken
  report = "",                        -- a folder
}
local ENTRIES, WAYS = { "above", "fit" }, { "greedy", "sampled" }

local seeds = {}
for i = 1, opt.runs do seeds[i] = 7001003 * i + 17 end

local function train(task)
  local began, tetris = os.clock(), rl.tetris { height = task.height, entry = task.entry, features = "bertsekas" }
  local run = rl.run { name = "tetris_gradient", options = task, iterations = task.iterations,
                       state = { pieces = 0, cpu = 0, weights = rl.zeros(tetris.n_features):totable() } }
  local state = run.state
  local before = state.cpu
  local function seed_of(n) return (1e6 * task.seed + n) % 2 ^ 53 end
  for t in run:iterations() do
    local step, lines, stats = tetris:ascend(state.weights, { games = task.games, seed = seed_of(2 * t),
      max_pieces = task.learn_pieces, gamma = task.gamma, lambda = task.lambda, max_kl = task.max_kl })
    for i = 1, #state.weights do state.weights[i] = state.weights[i] + step:get(i) end
    state.pieces = state.pieces + stats.pieces
    local row = { steps = state.pieces, training = lines, training_cut = stats.cut }
    if t % task.test_every == 0 or t == task.iterations then
      local mean, games = tetris:play(state.weights, { games = task.test_games, max_pieces = task.max_pieces,
                                                       seed = seed_of(2 * t + 1) })
      row.greedy, row.greedy_cut = mean[1], games.cut
      local _, sampled, of_sampled = tetris:ascend(state.weights, { games = task.sampled_games,
        max_pieces = task.sampled_pieces, seed = seed_of(2 * t + 1) })
      row.sampled, row.sampled_cut = sampled, of_sampled.cut
    end
    state.cpu = before + os.clock() - began
    row.cpu = state.cpu
    run:log(t, row)
  end
  run:finish()
end

-- entry -> way -> list of { lines, cut, cpu } at each iteration that was tested.
local function read_runs(folder)
  local found = {}
  for _, entry in ipairs(ENTRIES) do
    found[entry] = { greedy = {}, sampled = {} }
  end
  for run in study.runs(folder) do
    for k = 1, run.rows do
      for _, way in ipairs(WAYS) do
        local lines = run.values[way] and run.values[way][k]
        if lines == lines then
          local at, list = run.values.iteration[k], found[run.config.options.entry][way]
          list[at] = list[at] or {}
          table.insert(list[at], { lines = lines, cut = run.values[way .. "_cut"][k], cpu = run.values.cpu[k] })
        end
      end
    end
  end
  return found
end

local function report()
  local found = read_runs(opt.report)
  print("| rule | placements | iteration | runs | lines: mean | geometric mean [95%] | least to most | games cut "
    .. "| CPU s a run |")
  print("|---|---|---|---|---|---|---|---|---|")
  for _, entry in ipairs(ENTRIES) do
    for _, way in ipairs(WAYS) do
      for t = 1, opt.iterations do
        local list, logs, lines, cut, cpu = found[entry][way][t] or {}, {}, {}, 0, {}
        for i, row in ipairs(list) do
          logs[i], lines[i], cpu[i] = math.log(math.max(row.lines, 1)), row.lines, row.cpu
          cut = cut + row.cut
        end
        if #list > 1 then
          local mean, half = rl.statistics.mean(logs), rl.statistics.half_width(logs)
          print(("| %s | %s | %d | %d | %.0f | %.0f [%.0f, %.0f] | %.0f to %.0f | %d of %d | %.0f |"):format(entry, way,
            t, #list, rl.statistics.mean(lines), math.exp(mean), math.exp(mean - half), math.exp(mean + half),
            rl.statistics.quantile(lines, 0), rl.statistics.quantile(lines, 1), cut,
            #list * (way == "greedy" and opt.test_games or opt.sampled_games),
            rl.statistics.mean(cpu)))
        end
      end
    end
  end
end

if opt.report ~= "" then
  report()
else
  for task in rl.tasks({ entry = ENTRIES, seed = seeds }, opt) do train(task) end
end
