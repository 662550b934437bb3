-- Constraints and several objectives: how many evaluations until a feasible candidate is as good as the optimum, and
-- how much of the space a front covers.
--
--   build/rlrun scripts/bench/objectives.lua --set runs=20       half a minute
--   scripts/bench/objectives.sh build 20                         the same beside pycma, DEAP and comocma, an hour
--
-- Constraints: TR2 (Kramer & Schwefel 2006), 2.40 and 2.41 (Schwefel 1995), g06, g07, g09, g10 (Michalewicz &
-- Schoenauer 1996), Himmelblau's; rotated Klee-Minty cubes; and spheres and ellipsoids of condition 1e6 with 1, 5 or 9
-- planes through the optimum (as in Atamna, Auger & Hansen 2017). Aims are relative to max(1, |f*|). Objectives: ZDT1
-- to 3 (Zitzler, Deb & Thiele 2000) with 10 coordinates, 20 points, reference (1.1, 1.1); all begin at the same points.
local rl = require "rl"

local opt = rl.options { runs = 20, only = "", most = 100000, csv = "" }

local AIMS = { 1e-2, 1e-4, 1e-6 }
local N, POINTS, BUDGET, MARKS = 10, 20, 10000, 5

-- The generator of the peers' script: the same problems and starts (Park & Miller 1988).
local function uniform(seed)
  local state, rng = seed % 2147483647, {}
  function rng.uniform()
    state = state * 16807 % 2147483647
    return state / 2147483647
  end
  function rng.normal()
    local u, v = rng.uniform(), rng.uniform()
    return math.sqrt(-2 * math.log(u)) * math.cos(2 * math.pi * v)
  end
  for _ = 1, 20 do rng.uniform() end
  return rng
end

local function list(n, f)
  local out = {}
  for i = 1, n do out[i] = f(i) end
  return out
end

local function dot(a, b)
  local sum = 0
  for i = 1, #a do sum = sum + a[i] * b[i] end
  return sum
end

local function turned(Q, x) return list(#Q, function(i) return dot(Q[i], x) end) end

local function turned_back(Q, x)
  return list(#x, function(i)
    local sum = 0
    for k = 1, #x do sum = sum + Q[k][i] * x[k] end
    return sum
  end)
end

local function rotation(n, rng)
  local rows = {}
  for i = 1, n do
    local v = list(n, rng.normal)
    for j = 1, i - 1 do
      local along = dot(v, rows[j])
      for k = 1, n do v[k] = v[k] - along * rows[j][k] end
    end
    local length = math.sqrt(dot(v, v))
    rows[i] = list(n, function(k) return v[k] / length end)
  end
  return rows
end

-- A quadratic function whose optimum under m planes is (10, 10, ...), with multipliers 1.
local function linear(n, m, condition, rotated)
  return function(rng)
    local Q = rotated and rotation(n, rng)
    local d = list(n, function(i) return condition ^ ((i - 1) / (n - 1)) end)
    local best = list(n, function() return 10 end)
    local function f(x)
      local y, sum = Q and turned(Q, x) or x, 0
      for i = 1, n do sum = sum + d[i] * y[i] * y[i] end
      return sum / 2
    end
    local y = Q and turned(Q, best) or best
    local downhill = list(n, function(i) return -d[i] * y[i] end)
    if Q then downhill = turned_back(Q, downhill) end
    local length = math.sqrt(dot(downhill, downhill)) / math.sqrt(n) / m
    local planes, rest = {}, list(n, function(i) return downhill[i] end)
    for j = 1, m - 1 do
      local b = list(n, function() return rng.normal() * length end)
      local sign = dot(b, downhill) < 0 and -1 or 1
      planes[j] = list(n, function(i) return sign * b[i] end)
      for i = 1, n do rest[i] = rest[i] - planes[j][i] end
    end
    planes[m] = rest
    local x0 = list(n, function() return 10 * rng.normal() end)
    return { x0 = x0, sigma = 5, k = m, f = f, best = f(best), g = function(x)
      local away = list(n, function(i) return x[i] - best[i] end)
      return list(m, function(j) return dot(planes[j], away) end)
    end }
  end
end

local function boxed(lower, upper, k, f, g, best)
  return function(rng)
    local scale = list(#lower, function(i) return upper[i] - lower[i] end)
    local x0 = list(#lower, function(i) return lower[i] + scale[i] * (.1 + .8 * rng.uniform()) end)
    return { x0 = x0, lower = lower, upper = upper, scale = scale, sigma = .3, k = k, f = f, g = g, best = best }
  end
end

local function schwefel(weights, best)
  return function(rng)
    return {
      x0 = list(5, function() return 500 * rng.uniform() end), sigma = 150, k = 6, best = best,
      f = function(x) return -dot(weights, x) end,
      g = function(x) return { -x[1], -x[2], -x[3], -x[4], -x[5], dot({ 10, 11, 12, 13, 14 }, x) - 50000 } end,
    }
  end
end

local function tr2(rng)
  return {
    x0 = { 20 * rng.uniform(), 20 * rng.uniform() }, sigma = 3, k = 1, best = 2,
    f = function(x) return x[1] ^ 2 + x[2] ^ 2 end, g = function(x) return { 2 - x[1] - x[2] } end,
  }
end

local function klee_minty(rng)
  local n, share = 6, .3
  local Q = rotation(n, rng)
  local x0 = turned_back(Q, list(n, rng.uniform))
  return { x0 = x0, sigma = .3, k = 2 * n, best = -1, f = function(x) return -turned(Q, x)[n] end, g = function(x)
    local y, out = turned(Q, x), {}
    for i = 1, n do
      local before = i > 1 and share * y[i - 1] or 0
      out[2 * i - 1], out[2 * i] = before - y[i], y[i] - 1 + before
    end
    return out
  end }
end

local function same(n, x) return list(n, function() return x end) end

local PROBLEMS = {
  { "TR2", tr2 },
  { "2.40", schwefel({ 1, 1, 1, 1, 1 }, -5000) },
  { "2.41", schwefel({ 1, 2, 3, 4, 5 }, -125000 / 7) },
  { "g06", boxed({ 13, 0 }, { 100, 100 }, 2, function(x) return (x[1] - 10) ^ 3 + (x[2] - 20) ^ 3 end, function(x)
    return { 100 - (x[1] - 5) ^ 2 - (x[2] - 5) ^ 2, (x[1] - 6) ^ 2 + (x[2] - 5) ^ 2 - 82.81 }
  end, -6961.81387558) },
  { "g07", boxed(same(10, -10), same(10, 10), 8, function(x)
    return x[1] ^ 2 + x[2] ^ 2 + x[1] * x[2] - 14 * x[1] - 16 * x[2] + (x[3] - 10) ^ 2 + 4 * (x[4] - 5) ^ 2
      + (x[5] - 3) ^ 2 + 2 * (x[6] - 1) ^ 2 + 5 * x[7] ^ 2 + 7 * (x[8] - 11) ^ 2 + 2 * (x[9] - 10) ^ 2 + (x[10] - 7) ^ 2
      + 45
  end, function(x)
    return {
      4 * x[1] + 5 * x[2] - 3 * x[7] + 9 * x[8] - 105, 10 * x[1] - 8 * x[2] - 17 * x[7] + 2 * x[8],
      -8 * x[1] + 2 * x[2] + 5 * x[9] - 2 * x[10] - 12,
      3 * (x[1] - 2) ^ 2 + 4 * (x[2] - 3) ^ 2 + 2 * x[3] ^ 2 - 7 * x[4] - 120,
      5 * x[1] ^ 2 + 8 * x[2] + (x[3] - 6) ^ 2 - 2 * x[4] - 40,
      x[1] ^ 2 + 2 * (x[2] - 2) ^ 2 - 2 * x[1] * x[2] + 14 * x[5] - 6 * x[6],
      .5 * (x[1] - 8) ^ 2 + 2 * (x[2] - 4) ^ 2 + 3 * x[5] ^ 2 - x[6] - 30,
      -3 * x[1] + 6 * x[2] + 12 * (x[9] - 8) ^ 2 - 7 * x[10],
    }
  end, 24.30620906818) },
  { "g09", boxed(same(7, -10), same(7, 10), 4, function(x)
    return (x[1] - 10) ^ 2 + 5 * (x[2] - 12) ^ 2 + x[3] ^ 4 + 3 * (x[4] - 11) ^ 2 + 10 * x[5] ^ 6 + 7 * x[6] ^ 2
      + x[7] ^ 4 - 4 * x[6] * x[7] - 10 * x[6] - 8 * x[7]
  end, function(x)
    return {
      2 * x[1] ^ 2 + 3 * x[2] ^ 4 + x[3] + 4 * x[4] ^ 2 + 5 * x[5] - 127,
      7 * x[1] + 3 * x[2] + 10 * x[3] ^ 2 + x[4] - x[5] - 282,
      23 * x[1] + x[2] ^ 2 + 6 * x[6] ^ 2 - 8 * x[7] - 196,
      4 * x[1] ^ 2 + x[2] ^ 2 - 3 * x[1] * x[2] + 2 * x[3] ^ 2 + 5 * x[6] - 11 * x[7],
    }
  end, 680.630057374402) },
  { "g10", boxed({ 100, 1000, 1000, 10, 10, 10, 10, 10 }, { 10000, 10000, 10000, 1000, 1000, 1000, 1000, 1000 }, 6,
    function(x) return x[1] + x[2] + x[3] end, function(x)
      return {
        .0025 * (x[4] + x[6]) - 1, .0025 * (x[5] + x[7] - x[4]) - 1, .01 * (x[8] - x[5]) - 1,
        833.33252 * x[4] + 100 * x[1] - 83333.333 - x[1] * x[6],
        1250 * x[5] + x[2] * x[4] - 1250 * x[4] - x[2] * x[7], 1250000 + x[3] * x[5] - 2500 * x[5] - x[3] * x[8],
      }
    end, 7049.24802052867) },
  { "Himmelblau", boxed({ 78, 33, 27, 27, 27 }, { 102, 45, 45, 45, 45 }, 6, function(x)
    return 5.3578547 * x[3] ^ 2 + .8356891 * x[1] * x[5] + 37.293239 * x[1] - 40792.141
  end, function(x)
    local u = 85.334407 + .0056858 * x[2] * x[5] + .0006262 * x[1] * x[4] - .0022053 * x[3] * x[5]
    local v = 80.51249 + .0071317 * x[2] * x[5] + .0029955 * x[1] * x[2] + .0021813 * x[3] ^ 2
    local w = 9.300961 + .0047026 * x[3] * x[5] + .0012547 * x[1] * x[3] + .0019085 * x[3] * x[4]
    return { u - 92, -u, v - 110, 90 - v, w - 25, 20 - w }
  end, -30665.53867178332) },
  { "rotated 6-D", linear(6, 2, 1e4, true) },
  { "Klee-Minty 6-D", klee_minty },
  { "sphere 1", linear(10, 1, 1) }, { "sphere 5", linear(10, 5, 1) }, { "sphere 9", linear(10, 9, 1) },
  { "ellipsoid 1", linear(10, 1, 1e6, true) }, { "ellipsoid 5", linear(10, 5, 1e6, true) },
  { "ellipsoid 9", linear(10, 9, 1e6, true) },
}

local function seed_of(run) return 104729 + 7919 * run end

-- Evaluations until each of the aims is met by a feasible candidate.
local function solve(make, run)
  local p, done = make(uniform(seed_of(run))), {}
  local es = rl.cmaes {
    x0 = p.x0, sigma = p.sigma, lower = p.lower, upper = p.upper, scale = p.scale, constraints = p.k, minimize = true,
    seed = seed_of(run), max_evaluations = opt.most, max_iterations = opt.most,
  }
  while not es:stop() and #done < #AIMS do
    local x = es:ask_lists()
    local _, costs = rl.map(p.f, x)
    local _, limits = rl.map(p.g, x)
    es:tell(x, costs, limits)
    while es.violation == 0 and #done < #AIMS
      and es.best_return - p.best <= AIMS[#done + 1] * math.max(1, math.abs(p.best)) do
      done[#done + 1] = es.evaluations
    end
  end
  for aim = #done + 1, #AIMS do done[aim] = math.huge end
  return done
end

local function zdt(k)
  return function(x)
    local sum = 0
    for i = 2, #x do sum = sum + x[i] end
    local g = 1 + 9 * sum / (#x - 1)
    local h = x[1] / g
    local tail = math.sqrt(h)
    if k == 2 then tail = h * h elseif k == 3 then tail = tail + h * math.sin(10 * math.pi * x[1]) end
    return { x[1], g * (1 - tail) }
  end
end

-- What the front covers after each fifth of the budget.
local function cover(k, run)
  local rng, marks = uniform(seed_of(run)), {}
  local es = rl.mo_cmaes {
    x0 = same(N, .5), lower = 0, upper = 1, popsize = POINTS, minimize = true, seed = seed_of(run),
  }
  for _ = 1, POINTS do es:inject(list(N, rng.uniform)) end
  while #marks < MARKS do
    local x = es:ask_lists()
    local _, values = rl.map(zdt(k), x)
    es:tell(x, values)
    if es.evaluations >= (#marks + 1) * BUDGET / MARKS then marks[#marks + 1] = es:hypervolume { 1.1, 1.1 } end
  end
  return marks
end

local csv = opt.csv ~= "" and assert(io.open(opt.csv, "w"))
local function keep(name, run, numbers)
  if not csv then return end
  for i, number in ipairs(numbers) do numbers[i] = number == math.huge and "inf" or ("%.17g"):format(number) end
  csv:write(("rl,%s,%d,%s\n"):format(name, run, table.concat(numbers, ",")))
end

local function median(numbers)
  table.sort(numbers)
  return numbers[math.floor((#numbers + 1) / 2)]
end

local function columns(row, runs)
  return list(#runs[1], function(i) return row(median(list(#runs, function(run) return runs[run][i] end))) end)
end

print(("Evaluations to 1e-2, 1e-4 and 1e-6, medians of %d runs"):format(opt.runs))
for _, problem in ipairs(PROBLEMS) do
  if problem[1]:find(opt.only, 1, true) then
    local runs, solved = list(opt.runs, function(run) return solve(problem[2], run) end), 0
    for _, done in ipairs(runs) do solved = solved + (done[#AIMS] < math.huge and 1 or 0) end
    local medians = columns(function(x) return ("%8.0f"):format(x) end, runs)
    print(("%-16s %s %4d/%d"):format(problem[1], table.concat(medians), solved, opt.runs))
    for run, done in ipairs(runs) do keep(problem[1], run, done) end
  end
end
print(("\nHypervolume after each %d evaluations, medians of %d runs"):format(BUDGET / MARKS, opt.runs))
for k = 1, 3 do
  local name = "ZDT" .. k
  if name:find(opt.only, 1, true) then
    local runs = list(opt.runs, function(run) return cover(k, run) end)
    print(("%-16s %s"):format(name, table.concat(columns(function(x) return (" %.5f"):format(x) end, runs))))
    for run, marks in ipairs(runs) do keep(name, run, marks) end
  end
end
if csv then csv:close() end
