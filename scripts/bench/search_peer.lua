-- Our half of search_peer.sh: rl.cmaes on the rows that search_peer.py gives to pycma. Prints for each run
--   row run solved evaluations value
local rl = require "rl"

local opt = rl.options { rows = "all", runs = 20, first = 1000000 }

-- Numbers in (0, 1) that Python draws exactly so (Park & Miller 1988).
local function uniform(seed, count)
  local state, numbers = seed % 2147483646 + 1, {}
  for i = 1, count + 20 do
    state = state * 16807 % 2147483647
    numbers[i - 20] = state / 2147483647
  end
  return numbers
end

local function box(low, high)
  return function(u) return low + (high - low) * u end
end

local function flat(value)
  return function() return value end
end

local function every(last, step)
  local list = {}
  for i = 1, last, step do list[#list + 1] = i end
  return list
end

local function sphere(x)
  local sum = 0
  for _, v in ipairs(x) do sum = sum + v * v end
  return sum
end

local function ellipsoid(decades)
  local scale = {}
  return function(x)
    local sum = 0
    for i, v in ipairs(x) do
      scale[i] = scale[i] or 10 ^ (decades * (i - 1) / (#x - 1))
      sum = sum + scale[i] * v * v
    end
    return sum
  end
end

local function onemax(x, last)
  local zeros = 0
  for i = 1, last or #x do zeros = zeros + (x[i] < 0.5 and 1 or 0) end
  return zeros
end

local function leading_ones(x, last)
  for i = 1, last or #x do if x[i] < 0.5 then return (last or #x) - i + 1 end end
  return 0
end

local function mixed(binary)
  return function(x)
    local sum = binary(x, #x / 2)
    for i = #x / 2 + 1, #x do sum = sum + x[i] * x[i] end
    return sum
  end
end

-- The whole numbers and the others depend on each other.
local function coupled(x)
  local half, sum = #x / 2, 0
  for i = 1, half do sum = sum + (x[i] + x[half + i] - 5.3) ^ 2 + x[half + i] ^ 2 end
  return sum - half * 0.3 ^ 2 / 2 -- the least
end

-- The optimum is a thousand deviations away.
local function far(x)
  local sum = 0
  for i, v in ipairs(x) do sum = sum + (v - 1000 - i) ^ 2 end
  return sum
end

local function halves(low, high)
  local list = {}
  for i = 1, 20 do list[i] = i <= 10 and low or high end
  return list
end

local ROWS = {
  { "sphere_40_of_50_whole", 50, sphere, flat(0.3), 40000, sigma = 1, target = 1e-6, integer = every(40, 1) },
  { "ellipsoid_15_of_30_whole", 30, ellipsoid(6), box(-4, 4), 200000, integer = every(30, 2) },
  { "ellipsoid_5_of_10_whole", 10, ellipsoid(6), box(-4, 4), 50000, integer = every(5, 1) },
  { "ellipsoid_10_whole_wide", 10, ellipsoid(3), box(-300, 300), 50000, sigma = 100, integer = every(10, 1),
    target = 0 },
  { "sphere_10_of_20_wide", 20, sphere, box(-300, 300), 50000, sigma = 100, integer = every(20, 2),
    lower = -500, upper = 500 },
  { "onemax_20", 20, onemax, flat(0.5), 20000, sigma = 0.5, integer = every(20, 1), lower = 0, upper = 1, target = 0 },
  { "leading_ones_20", 20, leading_ones, flat(0.5), 20000, sigma = 0.5, integer = every(20, 1), lower = 0, upper = 1,
    target = 0 },
  { "sphere_onemax_20", 20, mixed(onemax), flat(0.5), 50000, sigma = 0.5, integer = every(10, 1),
    lower = halves(0, -10), upper = halves(1, 10) },
  { "sphere_leading_20", 20, mixed(leading_ones), flat(0.5), 50000, sigma = 0.5, integer = every(10, 1),
    lower = halves(0, -10), upper = halves(1, 10) },
  { "coupled_10_of_20", 20, coupled, box(-4, 4), 50000, integer = every(10, 1) },
  { "rosenbrock_3_of_6", 6, rl.functions.rosenbrock, box(-4, 4), 50000, integer = every(6, 2) },
  { "far_10_of_20", 20, far, box(-4, 4), 50000, integer = every(10, 1), sigma = 1 },
  { "ellipsoid_50_of_100_whole", 100, ellipsoid(2), box(-4, 4), 200000, integer = every(100, 2) },
  { "onemax_100", 100, onemax, flat(0.5), 40000, sigma = 0.5, integer = every(100, 1), lower = 0, upper = 1,
    target = 0 },
  { "ellipsoid_condition_1e24", 10, ellipsoid(24), box(-4, 4), 100000 },
  { "ellipsoid_condition_1e24_20", 20, ellipsoid(24), box(-4, 4), 400000 },
}
local function row(...) ROWS[#ROWS + 1] = { ... } return ROWS[#ROWS] end
for _, n in ipairs { 5, 10, 20 } do
  for popsize = 2, 5 do
    row(("sphere_%d_popsize_%d"):format(n, popsize), n, sphere, box(-4, 4), 100000).popsize = popsize
  end
end
for _, n in ipairs { 100, 300, 1000 } do row("diagonal_sphere_" .. n, n, sphere, box(-4, 4), 1e6).diagonal = true end
for _, n in ipairs { 100, 300, 1000 } do
  row("diagonal_ellipsoid_" .. n, n, ellipsoid(6), box(-4, 4), 1e6).diagonal = true
end
for _, n in ipairs { 5, 10, 20 } do
  local at = row("noise_sphere_" .. n, n, sphere, box(-4, 4), 10000)
  at.noise, at.popsize = 1, 100
end
row("infinities", 10, sphere, box(-4, 4), 20000).infinite = 1
local narrow = row("sigma_over_bounds", 5, function(x)
  local sum = 0
  for _, v in ipairs(x) do sum = sum + (v / 0.01 - 0.3) ^ 2 end
  return sum
end, flat(0.005), 40000)
narrow.sigma, narrow.lower, narrow.upper, narrow.target = 0.3, 0, 0.01, 1e-4

local OPTIONS = { "integer", "lower", "upper", "popsize", "diagonal" }

local function run(at, number, seed)
  local name, n, f, start, budget = at[1], at[2], at[3], at[4], at[5]
  local u, x0, target = uniform(seed, n), {}, at.target or 1e-9
  for i = 1, n do x0[i] = start(u[i]) end
  local o = { x0 = x0, sigma = at.sigma or 2, seed = seed, minimize = true, max_evaluations = budget }
  for _, option in ipairs(OPTIONS) do o[option] = at[option] end
  if not at.noise then o.target = target end
  local es, noise, infinite = rl.cmaes(o), rl.rng(seed, 7), at.infinite or 0
  while not es:stop() do
    local x, values = es:ask_lists(), {}
    for k = 1, #x do
      values[k] = infinite > 0 and math.huge or f(x[k]) + (at.noise and at.noise * noise:normal() or 0)
    end
    infinite = infinite - 1
    es:tell(x, values)
  end
  local value = at.noise and f(es.mean_list and es:mean_list() or es.mean:totable()) or es.best_return
  local solved = at.noise or value <= target
  print(("%s %d %d %d %.17g"):format(name, number, solved and 1 or 0, es.evaluations, value))
  if not solved then io.stderr:write(name, " ", number, ": ", table.concat(es:stop(), " "), "\n") end
end

for i, at in ipairs(ROWS) do
  local prefix = opt.rows:match("^(.*)%*$")
  if opt.rows == "all" or at[1] == opt.rows or prefix and at[1]:sub(1, #prefix) == prefix then
    for number = 1, opt.runs do run(at, number, opt.first + 7919 * number + 104729 * (i - 1)) end
  end
end
