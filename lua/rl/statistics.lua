-- What the results of a few seeds say about the mean over all seeds.
--
-- Lists are lists of numbers. Where results are of several tasks with seeds each, `bootstrap` takes a list of such
-- lists and draws within each: Agarwal et al. 2021 (arXiv 2108.13264), who also recommend the interquartile mean. Of a
-- list that is too short for a figure the answer is NaN.
local core = require "rl.core"

local statistics = {}

local NAN = 0 / 0

function statistics.mean(list)
  local sum = 0
  for _, x in ipairs(list) do sum = sum + x end
  return sum / #list
end
local mean = statistics.mean

-- The standard deviation, with n - 1.
function statistics.deviation(list)
  local n, middle, squares = #list, mean(list), 0
  if n < 2 then return NAN end
  for _, x in ipairs(list) do squares = squares + (x - middle) ^ 2 end
  return math.sqrt(squares / (n - 1))
end

-- Of the mean.
function statistics.standard_error(list) return statistics.deviation(list) / math.sqrt(#list) end

local function sort(list)
  local sorted = {}
  for i, x in ipairs(list) do sorted[i] = x end
  table.sort(sorted)
  return sorted
end

-- By linear interpolation between the two nearest, of a list that is sorted.
local function sorted_quantile(sorted, share)
  local n = #sorted
  if n == 0 then return NAN end
  local at = 1 + share * (n - 1)
  local low = math.floor(at)
  return sorted[low] + (at - low) * (sorted[math.min(low + 1, n)] - sorted[low])
end

-- The value below which this share of the list lies.
function statistics.quantile(list, share)
  if type(share) ~= "number" or not (share >= 0 and share <= 1) then
    error(("rl.statistics.quantile: a share from 0 to 1 expected, got %s"):format(tostring(share)), 2)
  end
  return sorted_quantile(sort(list), share)
end

function statistics.median(list)
  local sorted = sort(list)
  local middle = math.floor(#sorted / 2)
  if #sorted == 0 then return NAN end
  return #sorted % 2 == 1 and sorted[middle + 1] or (sorted[middle] + sorted[middle + 1]) / 2
end

-- The interquartile mean: the quarter of the list at either end, rounded down to whole results, is left out.
function statistics.iqm(list)
  local sorted, sum = sort(list), 0
  local cut = math.floor(#sorted / 4)
  for i = cut + 1, #sorted - cut do sum = sum + sorted[i] end
  return sum / (#sorted - 2 * cut)
end

-- Student's t

-- The logarithm of the gamma function (Lanczos, g = 7), for x > 0; 15 digits.
local LANCZOS = {
  676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
  -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
}

local function log_gamma(x)
  if x < 0.5 then return math.log(math.pi / math.sin(math.pi * x)) - log_gamma(1 - x) end
  local sum, t = 0.99999999999980993, x + 6.5
  for i, c in ipairs(LANCZOS) do sum = sum + c / (x + i - 1) end
  return 0.5 * math.log(2 * math.pi) + (x - 0.5) * math.log(t) - t + math.log(sum)
end

-- The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by Lentz's method.
local function beta_fraction(x, a, b)
  local tiny = 1e-300
  local c, d = 1, 1 / (1 - (a + b) * x / (a + 1))
  local h = d
  for m = 1, 1000 do
    local even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
    local odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    local step = 1
    for _, coefficient in ipairs { even, odd } do
      d, c = 1 + coefficient * d, 1 + coefficient / c
      if math.abs(d) < tiny then d = tiny end
      if math.abs(c) < tiny then c = tiny end
      d = 1 / d
      step = d * c
      h = h * step
    end
    if math.abs(step - 1) < 1e-15 then break end
  end
  return h
end

-- I_x(a, b), the regularised incomplete beta function.
local function incomplete_beta(x, a, b)
  if x <= 0 then return 0 elseif x >= 1 then return 1 end
  local front = math.exp(log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * math.log(x) + b * math.log(1 - x))
  if x < (a + 1) / (a + b + 2) then return front * beta_fraction(x, a, b) / a end
  return 1 - front * beta_fraction(1 - x, b, a) / b
end

-- The probability that |T| is greater than |t|.
local function two_sided(t, freedom) return incomplete_beta(freedom / (freedom + t * t), freedom / 2, 0.5) end

-- The t that |T| exceeds with a probability of 1 - level.
local function student(freedom, level)
  local low, high = 0, 1
  while two_sided(high, freedom) > 1 - level do high = 2 * high end
  for _ = 1, 200 do
    local middle = (low + high) / 2
    if middle == low or middle == high then break end
    if two_sided(middle, freedom) > 1 - level then low = middle else high = middle end
  end
  return (low + high) / 2
end

local function check_level(level, what)
  level = level or 0.95
  if type(level) ~= "number" or not (level > 0 and level < 1) then
    error(("%s: a level between 0 and 1 expected, got %s"):format(what, tostring(level)), 3)
  end
  return level
end

-- Half the width of the confidence interval of the mean by Student's t, for independent, roughly normal results; 95%
-- unless another level is given.
function statistics.half_width(list, level)
  level = check_level(level, "rl.statistics.half_width")
  if #list < 2 then return NAN end
  return student(#list - 1, level) * statistics.standard_error(list)
end

-- The interval itself: low, high.
function statistics.interval(list, level)
  level = check_level(level, "rl.statistics.interval")
  local middle, half = mean(list), statistics.half_width(list, level)
  return middle - half, middle + half
end

-- Welch's test of whether two lists have one mean: t, degrees of freedom, two-sided p.
function statistics.welch(a, b)
  local va, vb = statistics.standard_error(a) ^ 2, statistics.standard_error(b) ^ 2
  local t = (mean(a) - mean(b)) / math.sqrt(va + vb)
  local freedom = (va + vb) ^ 2 / (va ^ 2 / (#a - 1) + vb ^ 2 / (#b - 1))
  return t, freedom, t == t and two_sided(t, freedom) or NAN
end

-- The interval within which the probability of `count` successes in `n` trials lies (Wilson 1927): low, high, at 95%.
function statistics.proportion(count, n)
  local z = 1.959963984540054
  local middle = (count + z * z / 2) / (n + z * z)
  local half = z / (n + z * z) * math.sqrt(count * (n - count) / n + z * z / 4)
  return math.max(middle - half, 0), math.min(middle + half, 1)
end

-- The bootstrap

local OPTIONS = { "level", "resamples", "seed", "statistic" }

local function check_bootstrap(options)
  local known = {}
  for _, name in ipairs(OPTIONS) do known[name] = true end
  for name in pairs(options) do
    if not known[name] then
      error("rl.statistics.bootstrap: " .. core.unknown_name("option", tostring(name), OPTIONS), 3)
    end
  end
  local statistic = options.statistic or "iqm"
  if type(statistic) == "string" then statistic = statistics[statistic] end
  if not core.is_callable(statistic) then
    error(("rl.statistics.bootstrap: statistic must be a function of a list, or the name of one here, got %s"):format(
      tostring(options.statistic)), 3)
  end
  return statistic
end

-- The percentile bootstrap interval of a statistic ("iqm" unless said; a name of this module or a function of a list):
-- low, high. `data` is a list of numbers, or of such lists (strata): each is drawn from anew, with replacement, and all
-- that is drawn makes one list.
--
--   statistics.bootstrap({ 231, 305, 187, 240, 262 }, { statistic = "mean", level = .95, resamples = 2000, seed = 1 })
function statistics.bootstrap(data, options)
  options = options or {}
  local statistic, level = check_bootstrap(options), check_level(options.level, "rl.statistics.bootstrap")
  local resamples, rng = options.resamples or 2000, core.rng(options.seed or 1)
  local strata, total = type(data[1]) == "table" and data or { data }, 0
  for _, list in ipairs(strata) do total = total + #list end
  if total < 2 then return NAN, NAN end
  local found = {}
  for r = 1, resamples do
    local drawn = {}
    for _, list in ipairs(strata) do
      for _ = 1, #list do drawn[#drawn + 1] = list[rng:integer(#list)] end
    end
    found[r] = statistic(drawn)
  end
  table.sort(found)
  return sorted_quantile(found, (1 - level) / 2), sorted_quantile(found, (1 + level) / 2)
end

return statistics
