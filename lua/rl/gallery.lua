-- An archive of many creatures as a page: a map of its cells over two measures, coloured by value, and the replay of
-- the cell that is picked, by pointer or arrow keys. One HTML file that loads nothing from elsewhere.
--
--   rl.gallery(path, {
--     title = "walkers", text = "what the page says about it",
--     measures = { { name = "speed", unit = "m/s", lower = 0, upper = 2, cells = 20 }, { name = "leg", ... } }, -- x, y
--     value = "return",
--     cells = { { index = { 3, 7 }, value = 4.2, text = "what is said of it", recording = recording }, ... },
--   }) -> true | nil, message
--
-- `measures`, and `index` and `value` of cells, as es:archive() has them; a recording, as env:record gives it, may be
-- missing. Replays have 25 frames a second, 150 at most, to a millimetre; all together have 24 MiB: the best cells have
-- theirs first.
local core = require "rl.core"
local drawing = require "rl.drawing"
local new_page = require("rl.page").new
local plot = require "rl.plot"
local replay = require "rl.replay"

local EVERY, MOST_FRAMES, MOST_BYTES = 0.04, 150, 24 * 1024 * 1024
local COLOURS = { { 68, 1, 84 }, { 59, 82, 139 }, { 33, 145, 140 }, { 94, 201, 98 }, { 253, 231, 37 } } -- viridis
local WIDTH, LEFT, TOP, BOTTOM, RIGHT = 720, 64, 16, 52, 96

local HEAD = [[
<style>
  .gallery { display: grid; gap: 14px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); }
  .gallery .map { align-self: start; background: var(--card); border-radius: 9px; padding: 6px; }
  .gallery svg { display: block; width: 100%; height: auto; touch-action: manipulation; }
  .gallery svg:focus-visible { outline: 2px solid #7cc4ff; border-radius: 6px; }
  .gallery rect[data-cell] { cursor: pointer; }
  .gallery rect.chosen { stroke: var(--ink); stroke-width: 2.5; }
  .gallery text { fill: var(--ink); font-size: 13px; }
  .gallery output { display: block; min-height: 1.5em; margin: 0 2px 6px; overflow-wrap: anywhere; }
  .gallery iframe { height: min(62vh, 520px); }
</style>
]]

local SCRIPT = [=[
<script>
"use strict";
{
  const data = JSON.parse(document.getElementById("gallery").textContent);
  const cells = data.cells, map = document.getElementById("map");
  const output = document.getElementById("about"), frame = document.getElementById("player");
  const rects = [...map.querySelectorAll("rect[data-cell]")];

  // Numbers of a frame are differences from the frame before.
  const frames = (rows, sizes) => {
    const sums = sizes.map(() => 0);
    return rows.map(row => row.map((x, k) => (sums[k] += x) / sizes[k]));
  };
  const recording = packed => {
    const sizes = packed.frames[0].map((_, k) => k % 3 === 2 ? 200 : 1000);
    const shapes = packed.shapes.map(s => s.values ? { ...s, values: frames(s.values, [100]).flat() } : s);
    return { ...packed, shapes, frames: frames(packed.frames, sizes) };
  };

  let chosen = -1;
  const choose = k => {
    if (k === chosen || !cells[k]) return;
    rects.forEach(rect => rect.classList.toggle("chosen", +rect.dataset.cell === k));
    map.appendChild(rects.find(rect => +rect.dataset.cell === k)); // its border is above the others
    chosen = k;
    output.textContent = cells[k].text;
    const packed = cells[k].recording;
    frame.hidden = !packed;
    const json = packed && JSON.stringify(recording(packed)).replace(/</g, "\\u003c");
    if (packed) frame.srcdoc = data.player[0] + json + data.player[1];
  };
  map.addEventListener("click", event => {
    const rect = event.target.closest("rect[data-cell]");
    if (rect) choose(+rect.dataset.cell);
  });
  // To the nearest cell in the direction of the arrow.
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] };
  map.addEventListener("keydown", event => {
    const to = arrows[event.key];
    if (!to || chosen < 0) return;
    event.preventDefault();
    let best = -1, least = Infinity;
    cells.forEach((cell, k) => {
      const dx = cell.index[0] - cells[chosen].index[0], dy = cell.index[1] - cells[chosen].index[1];
      const along = dx * to[0] + dy * to[1], across = Math.abs(dx * to[1]) + Math.abs(dy * to[0]);
      if (along > 0 && along + 3 * across < least) [best, least] = [k, along + 3 * across];
    });
    choose(best);
  });
  choose(0);
}
</script>
]=]

local function fail(format, ...) error("rl.gallery: " .. core.format(format, ...), 0) end

local function check(archive)
  if type(archive) ~= "table" then fail("a table expected, got a %s", type(archive)) end
  if type(archive.measures) ~= "table" or #archive.measures ~= 2 then fail("measures: a list of two expected") end
  for i, m in ipairs(archive.measures) do
    for _, key in ipairs { "lower", "upper", "cells" } do
      if type(m[key]) ~= "number" then fail("measure %d: %s must be a number, got a %s", i, key, type(m[key])) end
    end
    if not (m.upper - m.lower > 0 and m.cells >= 1 and m.cells <= 1000) then
      fail("measure %d: an empty range, or not 1 to 1000 cells", i)
    end
  end
  if type(archive.cells) ~= "table" then fail("cells: a list expected, got a %s", type(archive.cells)) end
  for k, cell in ipairs(archive.cells) do
    local value = cell.value
    if type(value) ~= "number" or value - value ~= 0 then fail("cell %d: value: a finite number expected", k) end
    for i = 1, 2 do
      local at = type(cell.index) == "table" and cell.index[i]
      if type(at) ~= "number" or at < 1 or at > archive.measures[i].cells then
        fail("cell %d: index: two numbers of cells expected", k)
      end
    end
  end
end

local function colour_of(share)
  local at = math.min(math.max(share, 0), 1) * (#COLOURS - 1)
  local i = math.min(math.floor(at), #COLOURS - 2)
  local low, high, rgb = COLOURS[i + 1], COLOURS[i + 2], {}
  for k = 1, 3 do rgb[k] = math.floor(low[k] + (at - i) * (high[k] - low[k]) + 0.5) end
  return ("#%02x%02x%02x"):format(rgb[1], rgb[2], rgb[3])
end

local function range_of(cells)
  local low, high = math.huge, -math.huge
  for _, cell in ipairs(cells) do low, high = math.min(low, cell.value), math.max(high, cell.value) end
  if low > high then return 0, 1 end
  return low, high > low and high or low + 1
end

local function label_of(measure)
  local unit = measure.unit or ""
  return tostring(measure.name or "") .. (unit ~= "" and (", %s"):format(unit) or "")
end

-- Cells over the two measures, axes, and what the colours mean.
local function map_of(archive, cells)
  local mx, my = archive.measures[1], archive.measures[2]
  local across = WIDTH - LEFT - RIGHT
  local side = math.min(across / mx.cells, 460 / my.cells)
  local width, height = across, math.max(math.min(side * my.cells, 460), 160)
  local right, bottom = LEFT + width, TOP + height
  local w, h = width / mx.cells, height / my.cells
  local low, high = range_of(cells)
  local parts = {}
  local function put(format, ...) parts[#parts + 1] = core.format(format, ...) end
  local function text(x, y, words, anchor, more)
    put('<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>', x, y, anchor, more or "", drawing.escape(words))
  end
  put('<svg id="map" viewBox="0 0 %d %.0f" tabindex="0" role="img" aria-label="%s">', WIDTH, bottom + BOTTOM,
    drawing.escape(("map of %d cells; arrow keys choose one"):format(#cells)))
  put('<rect x="%d" y="%d" width="%.1f" height="%.1f" fill="none" stroke="var(--line)"/>', LEFT, TOP, width, height)
  for _, x in ipairs(plot.ticks(mx.lower, mx.upper, 7)) do
    local at = LEFT + (x - mx.lower) / (mx.upper - mx.lower) * width
    put('<path d="M%.1f %.1fv4" stroke="var(--dim)"/>', at, bottom)
    text(at, bottom + 17, plot.short(x), "middle")
  end
  for _, y in ipairs(plot.ticks(my.lower, my.upper, 6)) do
    local at = bottom - (y - my.lower) / (my.upper - my.lower) * height
    put('<path d="M%d %.1fh-4" stroke="var(--dim)"/>', LEFT, at)
    text(LEFT - 7, at + 4, plot.short(y), "end")
  end
  text(LEFT + width / 2, bottom + 38, label_of(mx), "middle")
  text(0, 0, label_of(my), "middle", core.format(' transform="translate(14 %.1f) rotate(-90)"', TOP + height / 2))
  local x = right + 22
  for i = 0, 39 do
    put('<rect x="%.1f" y="%.2f" width="14" height="%.2f" fill="%s"/>', x, bottom - (i + 1) * height / 40,
      height / 40 + 0.3, colour_of((i + 0.5) / 40))
  end
  for _, value in ipairs(plot.ticks(low, high, 5)) do
    text(x + 19, bottom - (value - low) / (high - low) * height + 4, plot.short(value), "start")
  end
  text(WIDTH - 6, bottom + 38, archive.value or "value", "end")
  for k, cell in ipairs(cells) do
    put('<rect data-cell="%d" x="%.2f" y="%.2f" width="%.2f" height="%.2f" fill="%s"><title>%s</title></rect>', k - 1,
      LEFT + (cell.index[1] - 1) * w, bottom - cell.index[2] * h, w + 0.2, h + 0.2,
      colour_of((cell.value - low) / (high - low)), drawing.escape(cell.text or plot.short(cell.value)))
  end
  put("</svg>")
  return table.concat(parts, "\n")
end

-- Whole numbers, each less the one in the row before: short, and exact to half a unit however many there are.
local function differences(rows, sizes, n)
  local out, before = {}, {}
  for i = 1, math.min(#rows, n) do
    out[i] = {}
    for k, x in ipairs(rows[i]) do
      local whole = math.floor(x * sizes[(k - 1) % #sizes + 1] + 0.5)
      out[i][k], before[k] = whole - (before[k] or 0), whole
    end
  end
  return out
end

-- As the page's script unpacks it.
local function pack(recording)
  local data = replay.data(recording, EVERY)
  data.frames = differences(data.frames, { 1000, 1000, 200 }, MOST_FRAMES)
  for _, shape in ipairs(data.shapes) do
    if shape.values then
      local rows = {}
      for i, value in ipairs(shape.values) do rows[i] = { value } end
      shape.values = differences(rows, { 100 }, MOST_FRAMES)
    end
  end
  data.series = nil
  return replay.json(data)
end

-- The best first, each as JSON, until there is room for no more; and how many have a replay.
local function pack_cells(cells)
  local room, replays, out = MOST_BYTES, 0, {}
  for k, cell in ipairs(cells) do
    local recording = room > 0 and cell.recording and pack(cell.recording) or nil
    if recording then room, replays = room - #recording, replays + 1 end
    local json = replay.json { text = cell.text or plot.short(cell.value), index = { cell.index[1], cell.index[2] } }
    out[k] = json:sub(1, -2) .. (recording and ',"recording":' .. recording or "") .. "}"
  end
  return table.concat(out, ",\n"), replays
end

return function(path, archive)
  local valid, wrong = pcall(check, archive)
  if not valid then error(wrong, 2) end
  local before, after = replay.player()
  if not before then return nil, after end
  local cells = {}
  for k, cell in ipairs(archive.cells) do cells[k] = cell end
  table.sort(cells, function(a, b)
    if a.value ~= b.value then return a.value > b.value end
    if a.index[1] ~= b.index[1] then return a.index[1] < b.index[1] end
    return a.index[2] < b.index[2]
  end)
  local packed, replays = pack_cells(cells)
  local page = new_page(archive.title or "gallery")
  local all = archive.measures[1].cells * archive.measures[2].cells
  page:add(HEAD)
  if archive.text then page:text(archive.text) end
  page:text(("%d of %d cells are filled, %d with a replay: pick one, or go with the arrow keys."):format(#cells, all,
    replays))
  page:add(('<div class="gallery"><div class="map">\n%s\n</div><div><output id="about"></output>' ..
    '<iframe id="player" title="replay" hidden></iframe></div></div>\n'):format(map_of(archive, cells)))
  page:add('<script id="gallery" type="application/json">{"player":' .. replay.json { before, after } .. ',"cells":[\n')
  page:add(packed .. "\n]}</script>\n" .. SCRIPT)
  return core.write_file(core.write_path(path), page:close())
end
