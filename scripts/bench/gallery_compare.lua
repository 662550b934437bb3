-- How many kinds of walking bodies do searches find? MAP-Elites, CMA-ME, CMA-ES for the best alone, and random search
-- on the task of scripts/gallery.lua, with the same number of evaluations; all that they try goes into the same grid.
--
--   build/rlrun scripts/bench/gallery_compare.lua --set out=compare.csv          hours; goes on where it ended
--   build/rlrun scripts/bench/gallery_compare.lua --set out=compare.csv --set only=cma_me --set first=3 --set seeds=1
--
-- A row of the file is a tenth of a run. A cell walks where its body is on its feet to the end.
local rl = require "rl"
local core = require "rl.core"

local opt = rl.options {
  out = "gallery_compare.csv",
  only = "",            -- one of the four
  first = 1, seeds = 3, -- the first seed, and how many
  evaluations = 5000,
  creature = "strider",
  seconds = 6,          -- of an episode
}

local creature = rl.creatures[opt.creature]
local space = rl.space(creature.design(rl.param, "muscles"))
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or ""
local start = space:encode(assert(rl.load_design(("%s../designs/%s_1.2.lua"):format(here, opt.creature))))
local env = rl.env(creature.build(space:decode(start)),
  { objective = "gait", speed_weight = 0, time_limit = opt.seconds, reset_noise = 0 })
local GRID = {
  { name = "speed", lower = 0.2, upper = 2.4, cells = 22 }, { name = "leg", lower = 0.58, upper = 1, cells = 14 },
}

local function search_of(name, seed)
  local options = { space = space, x0 = start, seed = seed }
  local function with(more)
    for key, value in pairs(more) do options[key] = value end
    return options
  end
  if name == "map_elites" then
    return rl.map_elites(with { measures = GRID, sigma = 0.3, popsize = 48, initial = 96, initial_sigma = 0.5 })
  end
  if name == "cma_me" then return rl.cma_me(with { measures = GRID, sigma = 0.3, popsize = 96, emitters = 4 }) end
  if name == "cmaes" then return rl.cmaes(with { sigma = 0.3, popsize = 24, restarts = "ipop" }) end
  return rl.map_elites(with { measures = GRID, popsize = 48, initial = 2 ^ 40, initial_sigma = 0.5 }) -- random
end

-- Returns and measures, a row each.
local function evaluate(x)
  local bodies, measures = {}, {}
  for k = 1, #x do
    local design = space:decode(x[k])
    bodies[k], measures[k] = creature.build(design), { 0, design.body.thigh + design.body.shank }
  end
  local returns, stats, details = env:evaluate_designs(bodies, { means = { "com_vx" }, details = true })
  for k = 1, #x do measures[k][1] = stats.means:get(k, 1) end
  return returns, measures, details
end

local function cell_of(measures)
  local cell = 0
  for j, m in ipairs(GRID) do
    local at = (measures[j] - m.lower) / (m.upper - m.lower)
    if not (at >= 0 and at <= 1) then return nil end
    cell = cell * m.cells + math.min(math.floor(at * m.cells), m.cells - 1)
  end
  return cell
end

-- Puts what was tried into the grid { cell = { value =, walks = } }.
local function add(grid, returns, measures, details)
  for k = 1, #returns do
    local value, cell = returns:get(k), cell_of(measures[k])
    if value == value and cell and not (grid[cell] and grid[cell].value >= value) then
      grid[cell] = { value = value, walks = details[k].terminated == 0 }
    end
  end
end

local function row_of(name, seed, evaluations, grid)
  local filled, walking, score, best = 0, 0, 0, -math.huge
  for _, cell in pairs(grid) do
    filled, score, best = filled + 1, score + cell.value, math.max(best, cell.value)
    walking = walking + (cell.walks and 1 or 0)
  end
  return core.format("%s,%d,%d,%d,%d,%.4f,%.4f\n", name, seed, evaluations, filled, walking, score, best)
end

-- A run that has ended need not be run again.
local function is_done(name, seed)
  local file = io.open(opt.out)
  if not file then return false end
  local text = file:read("*a")
  file:close()
  for evaluations in text:gmatch(("\n%s,%d,(%%d+),"):format(name, seed)) do
    if tonumber(evaluations) >= opt.evaluations then return true end
  end
  return false
end

local function append(text)
  local file = assert(io.open(opt.out, "a"))
  assert(file:write(text))
  file:close()
end

local function run(name, seed)
  local es, grid, tenth = search_of(name, seed), {}, 1
  while es.evaluations < opt.evaluations do
    local x = es:ask()
    local returns, measures, details = evaluate(x)
    es:tell(x, returns, es.cells and measures or nil)
    add(grid, returns, measures, details)
    if es.evaluations >= tenth * opt.evaluations / 10 then
      local row = row_of(name, seed, es.evaluations, grid)
      append(row)
      io.write(row)
      io.flush()
      tenth = math.floor(10 * es.evaluations / opt.evaluations) + 1
    end
  end
end

local there = io.open(opt.out)
if there then there:close() else append("search,seed,evaluations,filled,walking,qd_score,best\n") end
for seed = opt.first, opt.first + opt.seeds - 1 do
  for _, name in ipairs { "map_elites", "cma_me", "cmaes", "random" } do
    if (opt.only == "" or opt.only == name) and not is_done(name, seed) then run(name, seed) end
  end
end
