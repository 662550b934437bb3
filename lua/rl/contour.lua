-- A picture of paths over the contours of a function of two variables: one HTML file with an SVG, nothing loaded.
--
--   rl.contour(path, {
--     title =, note =, x = { low, high, label = "k" }, y = { low, high, label = },
--     f = function(x, y) return height end, levels = { ... },
--     line = { x =, label = },                                       -- dashed and upright: where the optimum is
--     paths = { { label = "plain", color = "#c33", points = { { x, y }, ... }, mark = 10 }, ... },
--   }) -> true | nil, message
--
-- Paths of one label share an entry of the legend; every `mark`-th point is a dot.
local core = require "rl.core"
local format = core.format -- a decimal point in every locale

local WIDTH, HEIGHT, LEFT, TOP, CELLS = 720, 540, 60, 20, 96

local function scales(picture)
  local x, y = picture.x, picture.y
  return function(at) return LEFT + (at - x[1]) / (x[2] - x[1]) * WIDTH end,
    function(at) return TOP + (y[2] - at) / (y[2] - y[1]) * HEIGHT end
end

-- Where the level crosses the edge from a to b.
local function crossing(a, b, level)
  local t = (level - a.f) / (b.f - a.f)
  return a.x + t * (b.x - a.x), a.y + t * (b.y - a.y)
end

-- Marching triangles: each cell is two, and a level crosses none or two edges of a triangle.
local function triangle(out, corners, level)
  local ends = {}
  for i = 1, 3 do
    local a, b = corners[i], corners[i % 3 + 1]
    if (a.f < level) ~= (b.f < level) then ends[#ends + 1] = { crossing(a, b, level) } end
  end
  if #ends == 2 then
    out[#out + 1] = format("M%.1f %.1fL%.1f %.1f", ends[1][1], ends[1][2], ends[2][1], ends[2][2])
  end
end

local function grid(picture, to_x, to_y)
  local x, y, rows = picture.x, picture.y, {}
  for i = 0, CELLS do
    rows[i] = {}
    for j = 0, CELLS do
      local at_x, at_y = x[1] + (x[2] - x[1]) * i / CELLS, y[1] + (y[2] - y[1]) * j / CELLS
      rows[i][j] = { x = to_x(at_x), y = to_y(at_y), f = picture.f(at_x, at_y) }
    end
  end
  return rows
end

local function contours(picture, to_x, to_y)
  local rows, text = grid(picture, to_x, to_y), {}
  for _, level in ipairs(picture.levels) do
    local out = {}
    for i = 0, CELLS - 1 do
      for j = 0, CELLS - 1 do
        local a, b, c, d = rows[i][j], rows[i + 1][j], rows[i + 1][j + 1], rows[i][j + 1]
        triangle(out, { a, b, c }, level)
        triangle(out, { a, c, d }, level)
      end
    end
    text[#text + 1] = format('<path class="level" d="%s"><title>%g</title></path>', table.concat(out), level)
  end
  return table.concat(text, "\n")
end

local function axes(picture, to_x, to_y)
  local text = {}
  for i = 0, 5 do
    local x = picture.x[1] + (picture.x[2] - picture.x[1]) * i / 5
    local y = picture.y[1] + (picture.y[2] - picture.y[1]) * i / 5
    text[#text + 1] = format('<text x="%.1f" y="%d" text-anchor="middle">%.2f</text>', to_x(x), TOP + HEIGHT + 18, x)
    text[#text + 1] = format('<text x="%d" y="%.1f" text-anchor="end">%.2f</text>', LEFT - 8, to_y(y) + 4, y)
  end
  text[#text + 1] = ('<text x="%d" y="%d" text-anchor="middle">%s</text>'):format(LEFT + WIDTH / 2,
    TOP + HEIGHT + 38, picture.x.label)
  text[#text + 1] = ('<text transform="translate(14 %d) rotate(-90)" text-anchor="middle">%s</text>'):format(
    TOP + HEIGHT / 2, picture.y.label)
  return table.concat(text, "\n")
end

local function path(one, to_x, to_y)
  local d, dots = {}, {}
  for i, point in ipairs(one.points) do
    local x, y = to_x(point[1]), to_y(point[2])
    d[i] = format("%s%.1f %.1f", i == 1 and "M" or "L", x, y)
    if (i - 1) % one.mark == 0 then dots[#dots + 1] = format('<circle cx="%.1f" cy="%.1f" r="3"/>', x, y) end
  end
  return ('<g style="stroke:%s;fill:%s"><path class="way" d="%s"/>%s</g>'):format(one.color, one.color,
    table.concat(d), table.concat(dots))
end

local function legend(picture)
  local seen, text = {}, {}
  for _, one in ipairs(picture.paths) do
    if not seen[one.label] then
      seen[one.label] = true
      text[#text + 1] = ('<span style="color:%s">&#9679; %s</span>'):format(one.color, one.label)
    end
  end
  return table.concat(text, " &nbsp; ")
end

local PAGE = [[
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>%s</title>
<style>
body { font: 15px sans-serif; max-width: 820px; margin: 2em auto; color: #222 }
svg { width: 100%%; height: auto } text { font-size: 13px; fill: #444 }
.level { fill: none; stroke: #b8c4d0; stroke-width: 1 } .way { fill: none; stroke-width: 1.6 }
.frame { fill: none; stroke: #888 } .optimum { stroke: #222; stroke-dasharray: 6 4 }
</style></head><body>
<h2>%s</h2>
<p>%s</p>
<p>%s</p>
<svg viewBox="0 0 %d %d"><clipPath id="frame"><rect x="%d" y="%d" width="%d" height="%d"/></clipPath>
<g clip-path="url(#frame)">
%s
<line class="optimum" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>
%s
</g>
<rect class="frame" x="%d" y="%d" width="%d" height="%d"/>
<text x="%.1f" y="%d">%s</text>
%s
</svg></body></html>
]]

local function contour(name, picture)
  local to_x, to_y = scales(picture)
  local paths, line_x = {}, to_x(picture.line.x)
  for i, one in ipairs(picture.paths) do paths[i] = path(one, to_x, to_y) end
  local text = format(PAGE, picture.title, picture.title, picture.note, legend(picture), LEFT + WIDTH + 20,
    TOP + HEIGHT + 50, LEFT, TOP, WIDTH, HEIGHT, contours(picture, to_x, to_y), line_x, line_x, TOP, TOP + HEIGHT,
    table.concat(paths, "\n"), LEFT, TOP, WIDTH, HEIGHT, line_x + 6, TOP + 16, picture.line.label,
    axes(picture, to_x, to_y))
  return core.write_file(name, text)
end

return contour
