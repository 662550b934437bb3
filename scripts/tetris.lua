-- Tetris by the noisy cross-entropy method (Szita & Lorincz 2006): candidates are the weights of a linear controller,
-- each plays one game, the best tenth says where the next candidates are drawn, and noise added to their variance
-- keeps the search from closing in too early.
--
--   build/rlrun scripts/tetris.lua                          decreasing noise; tens of thousands of lines in minutes
--   build/rlrun scripts/tetris.lua --set noise=none         or constant
--
-- A cheap check on a small board; also with features=bertsekas and iterations=60:
--
--   build/rlrun scripts/tetris.lua --set features=dellacherie_thiery --set height=10 --set noise=constant
--     --set population=1000 --set games=10 --set iterations=10
--
-- A table at the end sets the result beside what was published. envs/tetris/tetris.h states the rules played here.
local rl = require "rl"

local opt = rl.options {
  width = 10,
  height = 20,
  entry = "above",         -- or fit: the rule by which a game ends, see envs/tetris/tetris.h
  features = "bertsekas",  -- or dellacherie, dellacherie_thiery
  noise = "decreasing",    -- of the variance: none, constant (4) or decreasing (5 - t/10, not below 0)
  population = 100,
  elite = 0.1,             -- share of the population
  games = 1,               -- of each candidate
  iterations = 50,
  seconds = 3600,          -- no further iteration begins after so long
  test_games = 30,         -- of the mean, after each iteration
  max_pieces = 1e7,        -- of a game: some four million lines on ten columns
}

local NOISE = {
  none = 0,
  constant = 4,
  decreasing = function(t) return math.max(5 - t / 10, 0) end,
}
local noise = NOISE[opt.noise] or error('noise must be "none", "constant" or "decreasing", got "' .. opt.noise .. '"')

-- Mean and 95% confidence interval. The lines of a game are about exponentially distributed: the chance that the next
-- piece is the last hardly depends on how long the game has been going. Then twice their sum over the true mean is
-- chi-square with 2 n degrees of freedom (here by Wilson and Hilferty, good to .1% from n = 10), for 30 games from 0.72
-- to 1.48 times the mean. A game that was cut adds its lines, but no degrees of freedom: the mean is then the
-- likeliest one of all games played to their end.
local function exponential_mean(lines, cut)
  local sum, ended = 0, #lines - cut
  for _, x in ipairs(lines) do sum = sum + x end
  if ended == 0 then return sum / #lines, sum / #lines, math.huge end
  local function chi_square(z)
    local c = 2 / (9 * 2 * ended)
    return 2 * ended * (1 - c + z * math.sqrt(c)) ^ 3
  end
  return sum / ended, 2 * sum / chi_square(1.96), 2 * sum / chi_square(-1.96)
end

local tetris = rl.tetris { width = opt.width, height = opt.height, features = opt.features,
                         entry = opt.entry }
local cem = rl.cem { x0 = rl.zeros(tetris.n_features), sigma = 10, popsize = opt.population, elite = opt.elite,
                     noise = noise, seed = opt.seed }
local run = rl.run { name = "tetris", options = opt, search = cem, iterations = opt.iterations,
                     state = { pieces = 0, best = -1 } }

local function pieces_seed(n) return (1e6 * opt.seed + n) % 2 ^ 53 end -- each call of play has games of its own

local function save_weights(weights)
  local file = assert(io.open(run:path("weights.csv"), "w"))
  file:write("feature,weight\n")
  for i, name in ipairs(tetris:names()) do file:write(("%s,%.9g\n"):format(name, weights[i])) end
  file:close()
end

print(("%s; noise %s, seed %d; mean lines of %d games [95%% confidence interval]"):format(
  tostring(tetris), opt.noise, opt.seed, opt.test_games))
local start, state = rl.time(), run.state
for iteration in run:iterations() do
  local weights = cem:ask()
  local lines, stats = tetris:play(weights, { games = opt.games, max_pieces = opt.max_pieces,
                                              seed = pieces_seed(2 * iteration) })
  cem:tell(weights, lines)

  local _, test = tetris:play(cem.mean, { games = opt.test_games, max_pieces = opt.max_pieces,
                                          seed = pieces_seed(2 * iteration + 1) })
  local mean, low, high = exponential_mean(test.lines, test.cut)
  if mean > state.best then
    state.best = mean
    save_weights(cem.mean)
  end
  state.pieces = state.pieces + stats.pieces + test.pieces
  print(("%4d %10.0f lines [%.0f, %.0f]%s"):format(iteration, mean, low, high,
    test.cut > 0 and (", %d games cut at %.0f pieces"):format(test.cut, opt.max_pieces) or ""))
  run:log(iteration, { steps = state.pieces, lines = mean, lines_low = low, lines_high = high,
                       cut = test.cut, best_candidate = lines:max(), candidates_cut = stats.cut,
                       deviation = cem.deviation:mean() })
  if rl.time() - start > opt.seconds then break end
end
run:finish()

print(("\nbest mean of the run: %.0f lines (the best of many, so too high by itself)\n"):format(state.best))
print([[
Published mean lines, 10 x 20, by the rules of their authors    (which can differ by a factor of 40)
  noisy cross-entropy, 22 features     none 21252, constant 72705, decreasing 348895
  Dellacherie's controller, by hand    631167
  genetic algorithm                    586103
  natural policy gradient              about 6800
  linear programming with bootstrap    4274
  policy iteration                     3183
  LSPI                                 below 3000
10 x 10, constant noise, population 1000, 10 games
  dellacherie_thiery                   about 3000 after 10 iterations
  bertsekas                            about 500 after 60 iterations]])
