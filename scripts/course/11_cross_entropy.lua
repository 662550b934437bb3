-- 11. The cross-entropy method, and Tetris: no gradient at all.
--
--     mu, sigma^2  <-  mean and variance of the best share of the samples  x_i ~ N(mu, diag(sigma^2)),   + noise_t
--
-- (Rubinstein 1999; the noise: Szita & Lorincz 2006). A sample is a whole controller, judged by what games of it score
-- and nothing else. The Gaussian that the best of them were most likely drawn from draws the next ones. Each such fit
-- narrows it, often before it has arrived; a variance added each time, less of it later, keeps it searching.
--
-- The decks' example is Tetris: x are weights of 22 features of a board (Bertsekas & Ioffe), a piece goes where the
-- board that it leaves has the greatest weighted sum. The board is half as high as usual here, for games of seconds.
-- The figure: lines in a game of the mean controller, by iterations, without noise and with two kinds of it.
local rl = require "rl"
local plot = require "rl.plot"

local opt = rl.options {
  height = 10,
  population = 100,
  elite = 0.1,       -- share that is the best
  games = 3,         -- of each candidate
  iterations = 40,
  test_games = 30,
  features = "bertsekas",
  figure = "11_cross_entropy.svg",
}

local tetris = rl.tetris { height = opt.height, features = opt.features }
local kinds = {
  { name = "none", noise = 0 },
  { name = "constant", noise = 4 },
  { name = "decreasing", noise = function(t) return math.max(5 - t / 10, 0) end },
}
for _, kind in ipairs(kinds) do
  local cem = rl.cem { x0 = rl.zeros(tetris.n_features), sigma = 10, popsize = opt.population, elite = opt.elite,
                       noise = kind.noise, seed = opt.seed }
  kind.x, kind.y = {}, {}
  for i = 1, opt.iterations do
    local x = cem:ask()
    cem:tell(x, (tetris:play(x, { games = opt.games, seed = opt.seed + 2 * i })))
    local lines = tetris:play(cem.mean, { games = opt.test_games, seed = opt.seed + 2 * i + 1 })
    kind.x[i], kind.y[i] = i, math.log(math.max(lines:mean(), 0.1)) / math.log(10)
  end
  print(("noise %-10s %5.0f lines, mean deviation of the weights %.2f"):format(kind.name, 10 ^ kind.y[opt.iterations],
    cem.deviation:mean()))
end
assert(plot.write(opt.figure, { title = "log10 of the lines", x_label = "iterations", curves = kinds }))

-- Exercises
-- 1. --set population=30: the best tenth are 3, too few to tell a variance from. Without noise the search ends at 3
--    lines, and constant noise at 89 in place of 435.
-- 2. --set elite=0.5: half of the samples are kept, the Gaussian narrows slowly: 94 lines without noise, 141 with
--    constant, 225 with decreasing noise. What noise is for, a larger elite does in part.
-- 3. Constant noise adds 4 to a variance. Why is the deviation 4, not 2? Each fit leaves a share c of the variance v,
--    which settles where v = c v + 4; 4.05^2 says that c is about three quarters.
