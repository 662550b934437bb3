-- The clock of a motion: whether time goes on evenly, gaps, another rate, one stride of many.
--
-- columns: { { name =, values =, gap = function(row) -> words or nil }, ... }; where(row) -> "file:line".
local core = require "rl.core"

local clock = {}

local floor, max, min, abs = math.floor, math.max, math.min, math.abs

local function fail(format, ...) error(core.format(format, ...), 0) end

-- That time increases, in all rows.
function clock.check(time, where)
  for i = 1, #time do
    if time[i] ~= time[i] then fail("%s: time is missing", where(i)) end
    if i > 1 and time[i] <= time[i - 1] then
      fail("%s: time does not increase: %.10g after %.10g", where(i), time[i], time[i - 1])
    end
  end
end

-- The seconds between two rows, and whether all rows are on such a grid; missing rows do not matter. Times are often
-- written with three decimals.
function clock.step_of(time)
  local n, steps = #time, {}
  for i = 2, n do steps[i - 1] = time[i] - time[i - 1] end
  table.sort(steps)
  local median, count = steps[floor(n / 2)], 0
  local function fits(dt)
    local tolerance = max(0.1 * dt, min(0.4 * dt, 0.00051))
    for i = 2, n do
      local place = (time[i] - time[1]) / dt
      if abs(place - floor(place + 0.5)) * dt > tolerance then return false end
    end
    return true
  end
  local mean = (time[n] - time[1]) / (n - 1)
  if steps[n - 1] < 1.5 * median and fits(mean) then return mean, true, median end
  for i = 2, n do count = count + max(floor((time[i] - time[i - 1]) / median + 0.5), 1) end
  local dt = (time[n] - time[1]) / count
  return dt, fits(dt), median
end

-- Gaps

-- Rows that are not there; how many gaps there are of that kind.
function clock.check_rows(time, median, fill, where)
  local gaps = 0
  for i = 2, #time do
    local step = time[i] - time[i - 1]
    if step > 1.5 * median then
      if not fill or step > fill + 1e-9 then
        fail("%s: rows are missing: time goes from %.6g to %.6g s, in steps of %.3g; fill = %.3g fills such gaps",
          where(i), time[i - 1], time[i], median, step)
      end
      gaps = gaps + 1
    end
  end
  return gaps
end

-- Fills a column's gaps in a straight line where they are short enough; how many numbers.
local function fill_column(time, column, fill, where)
  local values, n, filled, i = column.values, #time, 0, 1
  while i <= n do
    if values[i] == values[i] then
      i = i + 1
    else
      local last = i
      while last < n and values[last + 1] ~= values[last + 1] do last = last + 1 end
      local why = column.gap and column.gap(i) or "there is no number"
      local what = core.format("%s: column %s: %s, in %d rows", where(i), column.name, why, last - i + 1)
      if i == 1 and last == n then fail("%s: there is nothing in it", what) end
      if i == 1 or last == n then
        local at_start = i == 1
        fail("%s at the %s, where nothing can be filled in: %s = %.6g leaves them out", what,
          at_start and "start" or "end", at_start and "from" or "to", time[at_start and last + 1 or i - 1])
      end
      local length = time[last + 1] - time[i - 1]
      if not fill or length > fill + 1e-9 then
        fail("%s; fill = %.3g fills gaps of up to so many seconds in a straight line", what, length)
      end
      for k = i, last do
        values[k] = values[i - 1] + (values[last + 1] - values[i - 1]) * (time[k] - time[i - 1]) / length
      end
      filled, i = filled + last - i + 1, last + 1
    end
  end
  return filled
end

-- What was filled, in words; nil: nothing.
function clock.fill(time, columns, fill, where)
  local parts = {}
  for _, column in ipairs(columns) do
    local filled = fill_column(time, column, fill, where)
    if filled > 0 then parts[#parts + 1] = ("%d numbers of %s"):format(filled, column.name) end
  end
  return #parts > 0 and "filled in: " .. table.concat(parts, ", ") or nil
end

-- Another clock

-- A function time -> value through all rows: cubic, with the slopes of the neighbours (Catmull and Rom 1974), or
-- straight.
local function curve_through(time, values, straight)
  local n = #time
  local function slope(i)
    local a, b = max(i - 1, 1), min(i + 1, n)
    return (values[b] - values[a]) / (time[b] - time[a])
  end
  local at = 1
  return function(t)
    if t < time[at] then at = 1 end
    while at < n - 1 and t >= time[at + 1] do at = at + 1 end
    local h = time[at + 1] - time[at]
    local u = max(min((t - time[at]) / h, 1), 0)
    local a, b = values[at], values[at + 1]
    if straight then return a + u * (b - a) end
    if u == 0 then return a elseif u == 1 then return b end
    local v = 1 - u
    return v * v * (1 + 2 * u) * a + u * u * (3 - 2 * u) * b + u * v * (v * slope(at) - u * slope(at + 1)) * h
  end
end

local MOST = 1e7 -- numbers; a file may say that its rows are years apart

-- Each column at n moments from `from` on, `step` seconds apart.
function clock.sample(time, columns, from, step, n)
  if n * #columns > MOST then
    fail("%d columns of %.4g s at %.4g Hz are more than %d million numbers; options rate, from, to and map", #columns,
      n * step, 1 / step, MOST / 1e6)
  end
  for _, column in ipairs(columns) do
    local curve, values = curve_through(time, column.values, column.name:find("_contact$")), {}
    for i = 1, n do values[i] = curve(from + (i - 1) * step) end
    column.values = values
  end
  local even = {}
  for i = 1, n do even[i] = from + (i - 1) * step end
  return even
end

-- One stride

local SHORTEST, LONGEST = 0.25, 3 -- s
local FASTEST = 2000              -- rows a second
local ALIKE = 0.2                 -- mean squared difference over twice the variance: 0 repeats, 1 is unlike

local function deviation(values)
  local mean, sum = 0, 0
  for i = 1, #values do mean = mean + values[i] / #values end
  for i = 1, #values do sum = sum + (values[i] - mean) ^ 2 / #values end
  return math.sqrt(sum)
end

-- Curves of one variance; those that stand still are left out.
local function scale(columns)
  local scaled = {}
  for _, column in ipairs(columns) do
    local spread, values = deviation(column.values), {}
    if spread > 1e-3 then
      for i, x in ipairs(column.values) do values[i] = x / spread end
      scaled[#scaled + 1] = values
    end
  end
  return scaled
end

local function apart(curves, i, k)
  local sum = 0
  for _, values in ipairs(curves) do sum = sum + (values[i] - values[k]) ^ 2 end
  return sum / (2 * #curves)
end

-- The first third of what there is does not count: who walks has to begin.
local function first_of(n, lag) return floor((n - lag) / 3) + 1 end

-- How little the curves are themselves again `lag` moments later; at most 2000 pairs are looked at.
local function unlike(curves, n, lag)
  local sum, count, stride = 0, 0, max(1, floor((n - lag) / 2000))
  for i = first_of(n, lag), n - lag, stride do sum, count = sum + apart(curves, i, i + lag), count + 1 end
  return sum / count
end

-- The stride that closes best, in seconds from and to, of even rows.
function clock.find_stride(time, columns, path)
  local n, dt = #time, (time[#time] - time[1]) / (#time - 1)
  local curves = scale(columns)
  if #curves == 0 then fail("%s: no strides are to be found: no joint moves", path) end
  local first, last = max(2, floor(SHORTEST / dt)), min(floor(LONGEST / dt), floor((n - 1) * 0.75))
  if dt < 1 / FASTEST then
    fail("%s: strides are looked for in up to %d rows a second, there are %.4g; cycle = { from, to } names one", path,
      FASTEST, 1 / dt)
  end
  if last <= first + 2 then
    fail("%s: no strides are to be found in %.3g s; cycle = \"whole\" takes all of it as one", path, time[n] - time[1])
  end
  local off, best = {}, math.huge
  for lag = first, last do
    off[lag] = unlike(curves, n, lag)
    if lag > first and lag < last then best = min(best, off[lag]) end
  end
  local period
  for lag = first + 1, last - 1 do
    local is_least = off[lag] <= off[lag - 1] and off[lag] <= off[lag + 1]
    if not period and is_least and off[lag] < 1.5 * best + 0.01 then period = lag end
  end
  if not period or off[period] > ALIKE then
    fail("%s: no strides are to be found: no period of %.3g to %.3g s repeats the curves; cycle = { from, to } " ..
      "names one", path, first * dt, last * dt)
  end
  local start, least = 1, math.huge
  for i = first_of(n, period), n - period do
    local closing = apart(curves, i, i + period)
    if closing < least then start, least = i, closing end
  end
  return time[start], time[start + period]
end

return clock
