-- MAP-Elites and CMA-ME on the benchmark of CMA-ME's paper: a shifted sphere, measured by its projection on a plane
-- (Fontaine et al. 2020, "Covariance matrix adaptation for the rapid illumination of behavior space", section 4).
-- tests/peers/ribs.sh sets pyribs beside it.
--
--   build/rlrun scripts/bench/illuminate.lua --set seeds=10
local rl = require "rl"

local opt = rl.options { dimension = 20, cells = 100, evaluations = 50000, first = 1, seeds = 3, only = "" }

local n, half = opt.dimension, opt.dimension / 2
local WIDEST, SHIFT = 5.12, 2.048
local reach = half * WIDEST
local worst = n * (WIDEST + SHIFT) ^ 2

-- Beyond the widest a coordinate counts less, so that the ends of the plane are hard to reach.
local function folded(x) return math.abs(x) <= WIDEST and x or WIDEST / x end

local function evaluate(x)
  local sum, first, second = 0, 0, 0
  for i = 1, n do
    sum = sum + (x[i] - SHIFT) ^ 2
    if i <= half then first = first + folded(x[i]) else second = second + folded(x[i]) end
  end
  return 100 * (worst - sum) / worst, { first, second }
end

local SETTINGS = { -- as pyribs' gaussian, iso-line and evolution strategy emitters
  { "map_elites, gaussian", "map_elites", { sigma = 0.5, line = 0, popsize = 36 } },
  { "map_elites, line", "map_elites", { sigma = 0.1, line = 0.2, popsize = 36 } },
  { "cma_me, 5 emitters", "cma_me", { sigma = 0.5, emitters = 5, popsize = 5 * 36 } },
  { "cma_me, 15 emitters", "cma_me", { sigma = 0.5, emitters = 15, popsize = 15 * 36 } },
}

local function run(setting, seed)
  local options = { x0 = {}, seed = seed, measures = {} }
  for i = 1, n do options.x0[i] = 0 end
  for i, name in ipairs { "first", "second" } do
    options.measures[i] = { name = name, lower = -reach, upper = reach, cells = opt.cells }
  end
  for key, value in pairs(setting[3]) do options[key] = value end
  if setting[2] == "map_elites" then options.initial, options.initial_sigma = 36, options.sigma end
  local es = rl[setting[2]](options)
  while es.evaluations < opt.evaluations do
    local x, values, measures = es:ask_lists(), {}, {}
    for k, row in ipairs(x) do values[k], measures[k] = evaluate(row) end
    es:tell(x, values, measures)
  end
  return es
end

for _, setting in ipairs(SETTINGS) do
  for seed = opt.first, opt.first + opt.seeds - 1 do
    if setting[1]:find(opt.only, 1, true) then
      local es = run(setting, seed)
      print(("%-20s seed %d: %d evaluations, coverage %.4f, QD score %.0f, best %.2f"):format(setting[1], seed,
        es.evaluations, es.coverage, es.qd_score, es.best_return))
    end
  end
end
