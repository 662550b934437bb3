-- How far do the published controllers of Tetris get here, and how fast is that?
--
--   build/rlrun scripts/bench/tetris.lua                     five minutes on two cores
--   build/rlrun scripts/bench/tetris.lua --scale 0.05        a twentieth of the games
--   build/rlrun scripts/bench/tetris.lua --games false       the speed alone, seconds
--
-- The lines of a game are about exponentially distributed, their deviation is their mean. So the 95% confidence
-- interval of a mean of n games is 1.96 / sqrt(n) of it to either side.
local rl = require "rl"

local opt = rl.options {
  scale = 1,        -- of the numbers of games
  games = true, speed = true,
  rounds = 7,       -- of the speed
  pieces = 1e5,     -- of the game whose speed is taken
  max_pieces = 0,   -- after which every other game is cut; 0: it goes on
}

-- Dellacherie's by hand, 2003; BCTS by cross-entropy, of Thiery & Scherrer, 2009.
local CONTROLLERS = {
  Dellacherie = { features = "dellacherie", weights = { -1, 1, -1, -1, -4, -1 } },
  BCTS = { features = "dellacherie_thiery",
           weights = { -12.63, 6.60, -9.22, -19.77, -13.08, -10.49, -1.61, -24.04 } },
}

-- 631167 is Fahey's figure of 2003, the others are those of Thiery & Scherrer, each within 20%.
-- BCTS with pieces from above is not among them: 35 million lines, minutes a game.
local CASES = {
  { controller = "Dellacherie", height = 10, entry = "above", games = 3000 },
  { controller = "Dellacherie", height = 10, entry = "fit", games = 3000 },
  { controller = "BCTS", height = 10, entry = "above", games = 3000 },
  { controller = "BCTS", height = 10, entry = "fit", games = 3000 },
  { controller = "Dellacherie", height = 20, entry = "fit", games = 60, published = "631167, 660000" },
  { controller = "BCTS", height = 20, entry = "fit", games = 30, published = "910000" },
  { controller = "Dellacherie", height = 20, entry = "above", games = 8, published = "5200000" },
}

local function print_games()
  print(("\n%-12s %-8s %-6s %6s %10s %8s %10s  %s"):format("controller", "board", "entry", "games", "mean lines",
    "+-", "seconds", "published"))
  for _, case in ipairs(CASES) do
    local controller = CONTROLLERS[case.controller]
    local tetris = rl.tetris { height = case.height, entry = case.entry, features = controller.features }
    local games, start = math.max(1, math.floor(case.games * opt.scale)), rl.time()
    local mean = tetris:play(controller.weights, {
      games = games, seed = opt.seed, max_pieces = opt.max_pieces > 0 and opt.max_pieces or nil,
    })[1]
    print(("%-12s %-8s %-6s %6d %10.0f %8.0f %10.1f  %s"):format(case.controller, "10 x " .. case.height, case.entry,
      games, mean, 1.96 * mean / math.sqrt(games), rl.time() - start, case.published or ""))
    io.flush()
  end
end

-- A controller for the features without a published one: flat, low and without holes.
local function flat(width)
  local weights = {}
  for i = 1, 2 * width + 2 do weights[i] = i <= width and -0.5 or -1 end
  weights[2 * width + 1] = -4
  return weights
end

local function print_speed()
  local players, placements = {}, {}
  for features, weights in pairs {
    bertsekas = flat(10),
    dellacherie = CONTROLLERS.Dellacherie.weights,
    dellacherie_thiery = CONTROLLERS.BCTS.weights,
  } do
    local tetris = rl.tetris { features = features }
    players[features] = function()
      local _, stats = tetris:play(weights, { games = 1, max_pieces = opt.pieces, seed = opt.seed })
      placements[features] = stats.placements
    end
  end
  local before = rl.threads()
  rl.threads(1)
  local seconds = rl.timing.medians(opt.rounds, players)
  rl.threads(before)
  print(("\nOne thread, 10 x 20, at most %.0f pieces, median of %d rounds"):format(opt.pieces, opt.rounds))
  for _, features in ipairs { "bertsekas", "dellacherie", "dellacherie_thiery" } do
    print(("%-20s %5.1f million placements/s"):format(features, 1e-6 * placements[features] / seconds[features]))
  end
end

rl.timing.describe_machine()
if opt.speed then print_speed() end
if opt.games then print_games() end
