-- Drawings: lists of lines, areas and words in pixels, y downward, that become SVG, or PNG and the pixels of films and
-- windows by Cairo (rl/cairo.so, where it was built).
--
--   local drawn = { width = 640, height = 360,
--     { kind = "line", points = { x, y, ... }, width = 1, round = true },         -- round: its ends
--     { kind = "area", points = { x, y, ... } },
--     { kind = "disc", x =, y =, radius =, flat = 1 },                            -- flat: height by width
--     { kind = "text", x =, y =, text =, size =, anchor = "start" | "middle" | "end", bold = true },
--   }
--   drawing.svg(drawn) -> text         drawing.png(path, drawn, scale) -> true | nil, message
--   local canvas = drawing.canvas(width, height)       canvas:draw(drawn), canvas:pixels() -> bytes b, g, r, unused
--
-- Each may have colour = "#rrggbb", by default ink, and alpha = 1. In place of a colour, areas and discs may have
-- shade = { y1, y2, "#rrggbb", ... }: colours at equal distances from y1 down to y2.
local core = require "rl.core"

local drawing = {}

function drawing.escape(text)
  return (text:gsub("[&<>\"']", { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }))
end

local function coordinates(points)
  local parts = {}
  for i = 1, #points, 2 do parts[#parts + 1] = core.format("%.1f,%.1f", points[i], points[i + 1]) end
  return table.concat(parts, " ")
end

local write = {} -- by kind: (item, colour, alpha) -> element

function write.line(item, colour, alpha)
  return core.format('<polyline points="%s" fill="none" stroke="%s" stroke-opacity="%g" stroke-width="%.3g" ' ..
    'stroke-linejoin="round"%s/>', coordinates(item.points), colour, alpha, item.width,
    item.round and ' stroke-linecap="round"' or "")
end

function write.area(item, colour, alpha)
  return core.format('<polygon points="%s" fill="%s" fill-opacity="%g"/>', coordinates(item.points), colour, alpha)
end

function write.disc(item, colour, alpha)
  return core.format('<ellipse cx="%.1f" cy="%.1f" rx="%.1f" ry="%.1f" fill="%s" fill-opacity="%g"/>', item.x, item.y,
    item.radius, item.radius * (item.flat or 1), colour, alpha)
end

function write.text(item, colour, alpha)
  if item.text == "" then return nil end
  return core.format('<text x="%.1f" y="%.1f" font-size="%g" text-anchor="%s" fill="%s" fill-opacity="%g"%s>%s</text>',
    item.x, item.y, item.size, item.anchor or "start", colour, alpha, item.bold and ' font-weight="600"' or "",
    drawing.escape(item.text))
end

local function gradient(shade, name)
  local stops, last = {}, #shade - 3
  for i = 0, last do
    stops[#stops + 1] = core.format('<stop offset="%.3g" stop-color="%s"/>', i / math.max(last, 1), shade[i + 3])
  end
  return core.format('<linearGradient id="%s" gradientUnits="userSpaceOnUse" x1="0" x2="0" y1="%.1f" y2="%.1f">%s' ..
    '</linearGradient>', name, shade[1], shade[2], table.concat(stops))
end

-- What stands between <svg> and </svg>.
function drawing.elements(drawn)
  local parts, shades = {}, {}
  for _, item in ipairs(drawn) do
    local colour = item.colour or "currentColor"
    if item.shade then
      if not shades[item.shade] then
        shades[item.shade] = "shade" .. #parts
        parts[#parts + 1] = gradient(item.shade, shades[item.shade])
      end
      colour = ("url(#%s)"):format(shades[item.shade])
    end
    parts[#parts + 1] = write[item.kind](item, colour, item.alpha or 1)
  end
  return table.concat(parts, "\n")
end

local SVG = [[
<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" color="#222"
  font-family="Helvetica, Arial, DejaVu Sans, sans-serif">
<rect width="100%%" height="100%%" fill="#fff"/>
%s
</svg>
]]

-- A file of its own: on white.
function drawing.svg(drawn)
  return SVG:format(drawn.width, drawn.height, drawn.width, drawn.height, drawing.elements(drawn))
end

-- The module in C, or nil and what there is to do.
function drawing.cairo()
  local found, cairo = pcall(require, "rl.cairo")
  if found then return cairo end
  return nil, "this build has no Cairo (Debian: libcairo2-dev, then build again)"
end

-- scale: pixels for each of the drawing's; 2 for print.
function drawing.png(path, drawn, scale)
  local cairo, message = drawing.cairo()
  if not cairo then return nil, message .. "; .svg needs none" end
  local canvas = cairo.canvas(drawn.width, drawn.height, scale or 2)
  canvas:draw(drawn)
  return canvas:png(core.write_path(path))
end

-- Of whole pixels, to be drawn on again and again; nil and a message without Cairo.
function drawing.canvas(width, height)
  local cairo, message = drawing.cairo()
  if not cairo then return nil, message end
  return cairo.canvas(width, height, 1)
end

return drawing
