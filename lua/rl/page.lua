-- The page that reports are: one HTML file, nothing loaded from elsewhere, for phones and desks, by day and by night.
--
--   local page = page.new("moonwalk")        page:heading(text), page:text(text), page:charts { chart, ... },
--   core.write_file(path, page:close())      page:table { { cell, ... }, ... }, page:replay(title, html)
local colours = require "rl.colours"
local plot = require "rl.plot"

local page = {}
page.__index = page

local escape = require("rl.drawing").escape

local HEAD = [[
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
%s<link rel="icon" href="data:,">
<title>%s</title>
<style>
%s  * { box-sizing: border-box; }
  body {
    margin: 0 auto; padding: 14px; max-width: 1400px; background: var(--paper); color: var(--ink);
    font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
    font-variant-numeric: tabular-nums;
  }
  h1 { font-size: 21px; margin: 0 46px 4px 0; overflow-wrap: anywhere; }
  button.theme {
    float: right; width: 34px; height: 34px; border: 0; border-radius: 7px; background: var(--card); color: var(--ink);
    font: inherit; cursor: pointer;
  }
  button.theme:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  h2 { font-size: 15px; margin: 24px 0 8px; }
  p { margin: 4px 0; color: var(--dim); overflow-wrap: anywhere; }
  .charts { display: grid; gap: 10px; grid-template-columns: repeat(auto-fill, minmax(min(100%%, 330px), 1fr)); }
  .large { grid-template-columns: minmax(0, 760px); }
  .chart { position: relative; background: var(--card); border-radius: 9px; padding: 4px; }
  .chart svg { display: block; width: 100%%; height: auto; touch-action: pan-y; }
  .chart output {
    position: absolute; bottom: 6px; left: 10px; font-size: 12px; background: var(--card); padding: 1px 4px;
    border-radius: 4px; pointer-events: none;
  }
  .wide { overflow-x: auto; }
  .tables { display: flex; flex-wrap: wrap; gap: 14px 40px; margin-top: 14px; }
  .tables > .wide { max-width: 100%%; }
  table { border-collapse: collapse; }
  th, td { text-align: left; padding: 3px 14px 3px 0; border-bottom: 1px solid var(--line); white-space: nowrap; }
  th { color: var(--dim); font-weight: 600; }
  tr.other td { font-weight: 600; }
  @media (max-width: 600px) { th, td { white-space: normal; } }
  iframe {
    width: 100%%; height: min(70vh, 560px); border: 1px solid var(--line); border-radius: 9px; background: var(--paper);
  }
</style>
%s</head>
<body>
<button class="theme" aria-label="light or dark" title="light or dark">&#9680;</button>
]]

-- Says what the curves are where the pointer is.
local SCRIPT = [=[
<script>
"use strict";
const short = x => Math.abs(x) >= 1e4 ? x.toPrecision(4) * 1 : +x.toPrecision(4);
for (const svg of document.querySelectorAll("svg[data-frame]")) {
  const [left, right, top, bottom, x0, x1, y0, y1] = svg.dataset.frame.split(" ").map(Number);
  const curves = [...svg.querySelectorAll("polyline[stroke^='#']")].filter(line => line.points.length > 2);
  const output = svg.parentNode.appendChild(document.createElement("output"));
  const rule = document.createElementNS("http://www.w3.org/2000/svg", "line");
  rule.setAttribute("stroke", "currentColor");
  rule.setAttribute("stroke-opacity", "0.4");
  svg.addEventListener("pointermove", event => {
    const x = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse()).x;
    if (x < left || x > right) return;
    const parts = [short(x0 + (x - left) / (right - left) * (x1 - x0))];
    for (const line of curves) {
      const points = line.points;
      let k = 0;
      while (k < points.length - 1 && points[k + 1].x <= x) k++;
      const near = k < points.length - 1 && points[k + 1].x - x < x - points[k].x ? points[k + 1] : points[k];
      const value = document.createElement("span");
      value.style.color = line.getAttribute("stroke");
      value.textContent = " " + short(y0 + (bottom - near.y) / (bottom - top) * (y1 - y0));
      parts.push(value);
    }
    output.replaceChildren(...parts);
    for (const [name, value] of [["x1", x], ["x2", x], ["y1", top], ["y2", bottom]]) rule.setAttribute(name, value);
    svg.appendChild(rule);
  });
  svg.addEventListener("pointerleave", () => { output.replaceChildren(); rule.remove(); });
}
</script>
</body>
</html>
]=]

-- refresh: seconds after which a browser reads the page anew; nil: never.
function page.new(title, refresh)
  local head = refresh and ('<meta http-equiv="refresh" content="%d">\n'):format(refresh) or ""
  local self = setmetatable({ parts = { HEAD:format(head, escape(title), colours.style, colours.switch) } }, page)
  self:add(("<h1>%s</h1>\n"):format(escape(title)))
  return self
end

function page:add(text) self.parts[#self.parts + 1] = text end
function page:heading(text) self:add(("<h2>%s</h2>\n"):format(escape(text))) end
function page:text(text) self:add(("<p>%s</p>\n"):format(escape(text))) end

-- large: one below the other.
function page:charts(list, large)
  if #list == 0 then return end
  self:add(('<div class="charts%s">\n'):format(large and " large" or ""))
  for _, chart in ipairs(list) do self:add(('<div class="chart">%s</div>\n'):format(plot.page_svg(chart))) end
  self:add("</div>\n")
end

-- The first row is the head. A row may say `other = true`: it stands out.
function page:table(rows)
  self:add('<div class="wide"><table>\n')
  for i, row in ipairs(rows) do
    local cells, tag = {}, i == 1 and "th" or "td"
    for k, cell in ipairs(row) do cells[k] = ("<%s>%s</%s>"):format(tag, escape(tostring(cell)), tag) end
    self:add(("<tr%s>%s</tr>\n"):format(row.other and ' class="other"' or "", table.concat(cells)))
  end
  self:add("</table></div>\n")
end

-- Beside each other where there is room.
function page:tables(...)
  self:add('<div class="tables">\n')
  for _, rows in ipairs { ... } do self:table(rows) end
  self:add("</div>\n")
end

-- A page within the page, read when it is scrolled to.
function page:replay(title, html)
  self:heading(title)
  self:add(('<iframe loading="lazy" title="%s" srcdoc="%s"></iframe>\n'):format(escape(title), escape(html)))
end

function page:close()
  self:add(SCRIPT)
  return table.concat(self.parts)
end

return page
