-- Charts of curves: as SVG, for a page or a file, and as PNG where Cairo is (see drawing.lua).
--
--   local chart = {
--     title = "mean_return", x_label = "steps", y_label = "",       -- width and height in pixels: 560 by 300
--     curves = { { name = "ppo", x = { ... }, y = { ... }, low = { ... }, high = { ... },  -- a band; may be missing
--                  colour = 1, width = 1.6 }, ... },                                      -- no name: not in the legend
--   }
--   plot.svg(chart) -> text          plot.page_svg(chart) -> text, in the colours of a page
--   plot.png(path, chart, scale) -> true | nil, message           plot.write(path, chart): the same as SVG
--   plot.grid(charts, columns) -> text               charts of one size in rows, as a file of their own
local colours = require "rl.colours"
local core = require "rl.core"
local drawing = require "rl.drawing"

local plot = {}

function plot.colour(i) return colours.curves[(i - 1) % #colours.curves + 1] end

local MARGIN = { left = 52, right = 14, top = 26, bottom = 34 }
local SIZE, ROW = 11, 15 -- of letters, of a row of the legend

-- 1200000 -> "1.2M"
function plot.short(x)
  if x ~= x then return "nan" end
  for _, unit in ipairs { { 1e9, "G" }, { 1e6, "M" }, { 1e3, "k" } } do
    if math.abs(x) >= unit[1] then return ("%.4g%s"):format(x / unit[1], unit[2]) end
  end
  return ("%.4g"):format(x)
end

local LARGEST = 1e300 -- what is greater has no place on an axis

local function is_finite(x) return type(x) == "number" and math.abs(x) < LARGEST end

local function refuse(...) error("rl.plot: " .. (...):format(select(2, ...)), 0) end

local function check(chart)
  if type(chart) ~= "table" or type(chart.curves) ~= "table" then
    refuse("a table { curves = { { x = { ... }, y = { ... } }, ... } } expected")
  end
  for _, name in ipairs { "width", "height" } do
    local x = chart[name] or 100
    if type(x) ~= "number" or not (x >= 50 and x <= 20000) then
      refuse("%s must be a number of pixels from 50 to 20000, got %s", name, tostring(x))
    end
  end
  for i, curve in ipairs(chart.curves) do
    for _, name in ipairs { "x", "y", curve.low and "high" or "x" } do
      if type(curve[name]) ~= "table" then
        refuse("curve %d: %s must be a list of numbers, got a %s", i, name, type(curve[name]))
      end
    end
  end
end

-- The least and the greatest of the numbers that are finite; nothing where there are none.
local function range_of(lists)
  local low, high = math.huge, -math.huge
  for _, list in ipairs(lists) do
    for i = 1, list.n or #list do
      if is_finite(list[i]) then low, high = math.min(low, list[i]), math.max(high, list[i]) end
    end
  end
  if low > high then return nil end
  if low == high then
    local room = low == 0 and 1 or math.abs(low) * 0.1
    low, high = low - room, high + room
  end
  return low, high
end

-- Round numbers, about `count` of them, that lie in the range.
local function ticks(low, high, count)
  local step = 10 ^ math.floor(math.log((high - low) / count) / math.log(10))
  for _, times in ipairs { 5, 2 } do
    if (high - low) / (step * times) >= count * 0.7 then
      step = step * times
      break
    end
  end
  local list = {}
  for k = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) do
    list[#list + 1] = k == 0 and 0 or k * step -- never -0
  end
  return list
end

plot.ticks = ticks

-- Title and legend above the curves, in as many rows as they need; returns how many.
local function head(chart, width, text, add)
  local letter, x, y = 0.55 * SIZE, MARGIN.left, 16 -- pixels a letter, about
  text(x, y, chart.title or "", "start", SIZE + 2)
  if #chart.curves < 2 or chart.legend == false then return 1 end
  local rows, sum = 1, 0
  for _, curve in ipairs(chart.curves) do sum = sum + (curve.name and 40 + letter * #curve.name or 0) end
  x = x + (letter + 1) * #(chart.title or "") + 16
  if x + sum > width then x, y, rows = MARGIN.left, y + ROW, 2 else x = math.max(x, width - sum) end
  for i, curve in ipairs(chart.curves) do
    if curve.name then
      local long = 40 + letter * #curve.name
      if x + long > width and x > MARGIN.left then x, y, rows = MARGIN.left, y + ROW, rows + 1 end
      add { kind = "line", points = { x, y - 4, x + 18, y - 4 }, colour = plot.colour(curve.colour or i), alpha = 1,
            width = math.max(curve.width or 0, 3) }
      text(x + 23, y, curve.name, "start")
      x = x + long
    end
  end
  return rows
end

-- The drawing of a chart.
local function compose(chart)
  check(chart)
  local width, height = chart.width or 560, chart.height or 300
  local xs, ys = {}, {}
  for _, curve in ipairs(chart.curves) do
    xs[#xs + 1] = curve.x
    for _, name in ipairs { "y", "low", "high" } do ys[#ys + 1] = curve[name] end
  end
  local drawn = { width = width, height = height }
  local function add(item) drawn[#drawn + 1] = item end
  local function text(x, y, words, anchor, size, alpha)
    add { kind = "text", x = x, y = y, text = words, anchor = anchor, size = size or SIZE, alpha = alpha or 1 }
  end
  local rows = head(chart, width, text, add)
  local x_low, x_high = range_of(xs)
  local y_low, y_high = range_of(ys)
  if not x_low or not y_low then
    text(width / 2, height / 2, "no numbers yet", "middle")
    return drawn
  end
  local left, right = MARGIN.left, width - MARGIN.right
  local top, bottom = MARGIN.top + (rows - 1) * ROW, height - MARGIN.bottom
  local function to_x(x) return left + (x - x_low) / (x_high - x_low) * (right - left) end
  local function to_y(y) return bottom - (y - y_low) / (y_high - y_low) * (bottom - top) end
  drawn.frame = { left = left, right = right, top = top, bottom = bottom, x_low = x_low, x_high = x_high, y_low = y_low,
                  y_high = y_high }
  for _, y in ipairs(ticks(y_low, y_high, math.max(height / 60, 2))) do
    add { kind = "line", points = { left, to_y(y), right, to_y(y) }, alpha = 0.15, width = 1 }
    text(left - 6, to_y(y) + 4, plot.short(y), "end", SIZE, 0.75)
  end
  for _, x in ipairs(ticks(x_low, x_high, math.max(width / 90, 2))) do
    add { kind = "line", points = { to_x(x), bottom, to_x(x), bottom + 4 }, alpha = 0.5, width = 1 }
    text(to_x(x), bottom + 16, plot.short(x), "middle", SIZE, 0.75)
  end
  add { kind = "line", points = { left, bottom, right, bottom }, alpha = 0.5, width = 1 }
  text(right, height - 5, chart.x_label or "", "end", SIZE, 0.75)

  for i, curve in ipairs(chart.curves) do
    if curve.low then
      local points = {}
      for k = 1, #curve.x do
        if is_finite(curve.high[k]) then
          points[#points + 1], points[#points + 2] = to_x(curve.x[k]), to_y(curve.high[k])
        end
      end
      for k = #curve.x, 1, -1 do
        if is_finite(curve.low[k]) then
          points[#points + 1], points[#points + 2] = to_x(curve.x[k]), to_y(curve.low[k])
        end
      end
      if #points > 4 then
        add { kind = "area", points = points, colour = plot.colour(curve.colour or i), alpha = 0.2 }
      end
    end
  end
  for i, curve in ipairs(chart.curves) do
    local points = {}
    for k = 1, #curve.x do
      if is_finite(curve.y[k]) then
        points[#points + 1], points[#points + 2] = to_x(curve.x[k]), to_y(curve.y[k])
      end
    end
    if #points == 2 then -- one point: a short dash
      points = { points[1] - 3, points[2], points[1] + 3, points[2] }
    end
    add { kind = "line", points = points, colour = plot.colour(curve.colour or i), alpha = 1,
          width = curve.width or 1.6 }
  end
  return drawn
end

-- A file of its own: on white.
function plot.svg(chart) return drawing.svg(compose(chart)) end

function plot.write(path, chart) return core.write_file(core.write_path(path), plot.svg(chart)) end

local function moved(item, x, y)
  local copy = {}
  for name, value in pairs(item) do copy[name] = value end
  if item.points then
    copy.points = {}
    for i, value in ipairs(item.points) do copy.points[i] = value + (i % 2 == 1 and x or y) end
  else
    copy.x, copy.y = item.x + x, item.y + y
  end
  return copy
end

function plot.grid(charts, columns)
  local drawn = { width = 0, height = 0 }
  for i, chart in ipairs(charts) do
    local one = compose(chart)
    local x, y = (i - 1) % columns * one.width, math.floor((i - 1) / columns) * one.height
    for _, item in ipairs(one) do drawn[#drawn + 1] = moved(item, x, y) end
    drawn.width, drawn.height = math.max(drawn.width, x + one.width), math.max(drawn.height, y + one.height)
  end
  return drawing.svg(drawn)
end

-- Part of a page; `data-frame` lets its script say what lies below the pointer.
function plot.page_svg(chart)
  local drawn, frame = compose(chart), ""
  local f = drawn.frame
  if f then
    frame = (' data-frame="%.1f %.1f %.1f %.1f %.9g %.9g %.9g %.9g"'):format(f.left, f.right, f.top, f.bottom, f.x_low,
      f.x_high, f.y_low, f.y_high)
  end
  return ('<svg viewBox="0 0 %d %d" role="img" aria-label="%s"%s>\n%s\n</svg>'):format(drawn.width, drawn.height,
    drawing.escape(chart.title or "curves"), frame, drawing.elements(drawn))
end

-- scale: pixels for each of the chart's; 2 for print.
function plot.png(path, chart, scale) return drawing.png(path, compose(chart), scale) end

return plot
