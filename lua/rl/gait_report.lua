-- A walk as curves over the gait cycle and as a table, beside how people walk (norms.lua) where the creature is built
-- as people are: hip, knee and ankle, a knee that folds backward, and a standing pose with straight legs.
--
--   local report = gait_report.new(recordings)        of rl.gait
--   report.gait, report.charts, report.rows           charts for plot.lua; rows for a table, the first is its head
--   report:html(title) -> text       report:svg() -> text       report:text() -> text
local core = require "rl.core"
local limbs = require "rl.limbs"
local measure = require "rl.gait"
local norms = require "rl.norms"
local page = require "rl.page"
local plot = require "rl.plot"

local gait_report = {}
gait_report.__index = gait_report

local PEOPLE = 7 -- colour
local SIGNS = { -- ours to how people's are given
  angle = { hip = 1, knee = -1, ankle = 1 },
  moment = { hip = -1, knee = 1, ankle = -1 },
  power = { hip = 1, knee = 1, ankle = 1 },
}
local WORDS = {
  angle = { hip = "flexed", knee = "flexed", ankle = "toes up" },
  moment = { hip = "extends", knee = "extends", ankle = "toes down" },
}

-- Which pair is meant, where there are several.
function gait_report:prefix(pair) return #self.gait.pairs > 1 and pair.name .. ": " or "" end

local function percents(n)
  local x = {}
  for i = 1, n do x[i] = 100 * (i - 1) / (n - 1) end
  return x
end

-- Is the creature built as people are?
local function like_people(recording, legs)
  if not recording.creature or #legs ~= 2 then return false end
  local wanted = { hip = true, knee = true, ankle = true }
  local seen = 0
  for _, body in ipairs(recording.creature.bodies) do
    local joint = body.joint
    local name = joint and limbs.base_of(joint.name)
    if wanted[name] then
      seen = seen + 1
      if math.abs(joint.rest) > 1e-3 or name == "knee" and -joint.lower < joint.upper then return false end
    end
  end
  return seen == 6
end

-- Curves

local function scaled(values, scale)
  local out = {}
  for i, x in ipairs(values) do out[i] = scale * x end
  return out
end

local function curve_of(cycle, name, scale, colour)
  local low, high = {}, {}
  for p, x in ipairs(cycle.mean) do
    local spread = cycle.deviation[p] == cycle.deviation[p] and math.abs(scale) * cycle.deviation[p] or 0
    low[p], high[p] = scale * x - spread, scale * x + spread
  end
  return { name = name, x = percents(#cycle.mean), y = scaled(cycle.mean, scale), low = low, high = high,
           colour = colour }
end

local function people_curve(band)
  local middle = {}
  for i = 1, #band.low do middle[i] = (band.low[i] + band.high[i]) / 2 end
  return { name = "people", x = percents(#band.low), y = middle, low = band.low, high = band.high, colour = PEOPLE }
end

-- How a curve of 101 points keeps to a band of 51: share of the cycle within, and the root of the mean square of how
-- far it is outside.
local function keeping(y, band)
  local within, squares, n = 0, 0, 0
  for i = 1, #band.low do
    local value = y[2 * i - 1]
    local beyond = math.max(band.low[i] - value, value - band.high[i], 0)
    within, squares, n = within + (beyond == 0 and 1 or 0), squares + beyond ^ 2, n + 1
  end
  return within / n, math.sqrt(squares / n)
end

local function chart_of(title, curves)
  return { title = title, x_label = "% of the gait cycle", curves = curves, width = 420, height = 240 }
end

-- The curves of both legs and, of who is built as people are, theirs; what is called `what` in the table keeps to them.
local function beside_people(self, curves, band, what, unit)
  curves[1].width = 3.5 -- so that it is seen where the other lies on it
  if not (self.people and band) then return curves end
  for _, curve in ipairs { curves[1], curves[2] } do
    local within, beyond = keeping(curve.y, band)
    self.kept[#self.kept + 1] = { what = what, side = curve.name, within = within, beyond = beyond, unit = unit }
  end
  curves[3] = people_curve(band)
  return curves
end

-- The charts of one kind (angle, moment, power) of a pair's joints; nil where the recordings do not have it.
local function joint_charts(self, pair, kind, unit, scale)
  local legs, list = self.legs, {}
  for j, joint in ipairs(legs[pair[1]].joints) do
    local other, base = legs[pair[2]].joints[j], limbs.base_of(joint)
    if self.fields[joint .. "_" .. kind] and other and scale == scale then
      local sign = self.people and SIGNS[kind][base] or 1
      local curves = {}
      for side, k in ipairs { pair[1], pair[2] } do
        local name = ("%s_%s"):format(side == 1 and joint or other, kind)
        curves[side] = curve_of(self.gait:cycle(k, name), side == 1 and "left" or "right", sign * scale, side)
      end
      beside_people(self, curves, norms[kind][base], base .. " " .. kind, unit)
      local word = self.people and WORDS[kind] and WORDS[kind][base]
      list[#list + 1] = chart_of(("%s %s, %s%s"):format(base, kind, unit, word and ", " .. word or ""), curves)
    end
  end
  return list
end

-- Forces of the ground on each leg of a pair, in body weights.
local function force_charts(self, pair)
  local list, weight = {}, self.gait.mass * self.gait.gravity
  for _, axis in ipairs { { "y", "upward" }, { "x", "forward" } } do
    local curves = {}
    for side, k in ipairs { pair[1], pair[2] } do
      local names = {}
      for i, foot in ipairs(self.legs[k].feet) do names[i] = ("%s_force_%s"):format(foot, axis[1]) end
      if not self.fields[names[1]] or weight ~= weight or weight <= 0 then return {} end
      curves[side] = curve_of(self.gait:cycle(k, names), side == 1 and "left" or "right", 1 / weight, side)
    end
    local title = self:prefix(pair) .. "force of the ground"
    beside_people(self, curves, norms.force[axis[2]], ("%s, %s"):format(title, axis[2]), "body weights")
    list[#list + 1] = chart_of(("%s, body weights, %s"):format(title, axis[2]), curves)
  end
  return list
end

local function greatest(values)
  local most = -math.huge
  for _, x in ipairs(values) do most = math.max(most, x) end
  return most
end

-- The table

local function number(x, format) return type(x) == "number" and x == x and core.format(format or "%.3g", x) or "-" end
local function degrees(x, format) return number(math.deg(x), format or "%.1f") end

local function rows_of(self)
  local gait, rows = self.gait, { { "", "", "unit", self.people and "people" or "" } }
  local function row(name, value, unit, people) rows[#rows + 1] = { name, value, unit or "", people or "" } end
  local people = self.people
  row("gait", gait.kind)
  row("speed", number(gait.speed), "m/s")
  row("speed / sqrt(gravity leg)", number(math.sqrt(gait.froude)), "", people and
    core.format("%.2f +- %.2f", norms.speed[1], norms.speed[2]))
  row("Froude number", number(gait.froude), "", people and number(norms.speed[1] ^ 2))
  row("cadence", number(gait.cadence, "%.0f"), "steps/min", people and
    core.format("%.0f to %.0f", norms.cadence[1], norms.cadence[2]))
  row("step length", number(gait.step_length), "m")
  row("cost of transport", number(gait.cost_of_transport), "J/(kg m)")
  row("trunk nods by", degrees(gait.nodding), "degrees")
  row("flight", number(100 * gait.flight, "%.1f"), "% of the time")
  row("double support", number(100 * gait.double_support, "%.1f"), "% of the time")
  row("falls", ("%d of %d"):format(gait.falls, gait.recordings))
  for _, pair in ipairs(gait.pairs) do
    local a, b = "", ""
    for _, leg in ipairs(gait.legs) do
      if leg.name == pair.left then a = leg elseif leg.name == pair.right then b = leg end
    end
    local prefix = self:prefix(pair)
    local function both(f) return f(a) .. " / " .. f(b) end
    row(prefix .. "alternating steps", number(100 * pair.alternating, "%.0f"), "%", people and "100")
    row(prefix .. "overlap of the ranges", number(pair.overlap, "%.2f"), "1: the same")
    row(prefix .. "stance, left / right", both(function(leg) return number(100 * leg.duty, "%.0f") end),
      "% of the time", people and number(norms.stance))
    row(prefix .. "shares of stance", ("%s / %s"):format(number(pair.stance[1], "%.2f"),
      number(pair.stance[2], "%.2f")))
    row(prefix .. "step length, left / right", both(function(leg) return number(leg.step_length) end), "m")
    for _, joint in ipairs(self.joints[pair.name]) do
      row(joint .. ": symmetry of the curves", number(pair.symmetry[joint], "%.2f"), "1: the same")
    end
    if a.knee and b.knee then
      row(("%s: bent in stance, left / right"):format(self.joints[pair.name][2]),
        both(function(leg) return degrees(leg.knee.stance) end), "degrees, mean")
      row(("%s: bent at most, left / right"):format(self.joints[pair.name][2]),
        both(function(leg) return degrees(leg.knee.swing) end), "degrees")
    end
  end
  for _, name in ipairs(self.peaks) do row(name[1], name[2], "body weights") end
  return rows
end

local function kept_rows(kept)
  local rows = { { "curve", "leg", "within people's band", "beyond it by (root mean square)" } }
  for _, k in ipairs(kept) do
    rows[#rows + 1] = { k.what, k.side, core.format("%.0f %% of the cycle", 100 * k.within),
                        core.format("%.2g %s", k.beyond, k.unit) }
  end
  return rows
end

-- recordings: one, or a list of them.
function gait_report.new(recordings, options)
  local list = recordings.fields and { recordings } or recordings
  local self = setmetatable({ gait = measure(recordings, options), charts = {}, kept = {}, peaks = {}, joints = {} },
    gait_report)
  self.fields, self.legs = list[1].fields, (limbs.find(list[1]))
  local _, found = limbs.find(list[1])
  self.people = like_people(list[1], self.legs)
  for _, pair in ipairs(found) do
    local names = {}
    for j, joint in ipairs(self.legs[pair[1]].joints) do names[j] = limbs.base_of(joint) end
    self.joints[pair.name] = names
    if #self.gait.legs[pair[1]].strides > 0 and #self.gait.legs[pair[2]].strides > 0 then
      local sets = {
        joint_charts(self, pair, "angle", "degrees", 180 / math.pi),
        joint_charts(self, pair, "moment", "N m/kg", 1 / self.gait.mass),
        joint_charts(self, pair, "power", "W/kg", 1 / self.gait.mass),
        force_charts(self, pair),
      }
      for _, set in ipairs(sets) do
        for _, chart in ipairs(set) do self.charts[#self.charts + 1] = chart end
      end
      local forces = sets[4][1]
      if forces then
        self.peaks[#self.peaks + 1] = { self:prefix(pair) .. "greatest upward force, left / right", ("%s / %s"):format(
          number(greatest(forces.curves[1].y)), number(greatest(forces.curves[2].y))) }
      end
    end
  end
  self.rows = rows_of(self)
  return self
end

local ABOUT = "Each curve goes from a touchdown of its leg to the next: the mean of %d strides of the left one and " ..
  "%d of the right one, with one standard deviation to either side."
local ABOUT_PEOPLE = "People: %s; the mean with one standard deviation to either side. Their hip is measured " ..
  "against a pelvis that leans forward by some 10 degrees, ours against the trunk. Cadence: Winter 1991; stance: " ..
  "Perry 1992."

-- What is said about the curves, a paragraph each.
function gait_report:notes()
  local gait, list = self.gait, {}
  if #self.charts == 0 then
    return { #gait.pairs == 0 and "There is no pair of legs to compare." or
      "There are no strides of both legs: no curves." }
  end
  for _, pair in ipairs(gait.pairs) do
    local n = {}
    for _, leg in ipairs(gait.legs) do
      if leg.name == pair.left then n[1] = #leg.strides elseif leg.name == pair.right then n[2] = #leg.strides end
    end
    list[#list + 1] = self:prefix(pair) .. ABOUT:format(n[1], n[2])
  end
  if self.people then
    list[#list + 1] = ABOUT_PEOPLE:format(norms.source)
    if math.abs(gait.gravity - 9.81) > 0.1 then
      list[#list + 1] = core.format("They walked on Earth; here gravity is %.4g m/s^2.", gait.gravity)
    end
  end
  return list
end

-- Into a page.
function gait_report:add_to(into)
  into:text(self.gait:line())
  into:charts(self.charts)
  for _, note in ipairs(self:notes()) do into:text(note) end
  into:tables(self.rows, #self.kept > 0 and kept_rows(self.kept) or nil)
end

function gait_report:html(title)
  local made = page.new(title)
  self:add_to(made)
  return made:close()
end

-- Three charts in a row; nil where there are no curves.
function gait_report:svg()
  if #self.charts == 0 then return nil end
  return plot.grid(self.charts, 3)
end

local function text_of(rows)
  local widths, lines = {}, {}
  for _, row in ipairs(rows) do
    for k, cell in ipairs(row) do widths[k] = math.max(widths[k] or 0, #cell) end
  end
  for i, row in ipairs(rows) do
    local cells = {}
    for k, cell in ipairs(row) do cells[k] = cell .. (" "):rep(widths[k] - #cell) end
    lines[i] = (table.concat(cells, "  "):gsub("%s+$", ""))
  end
  return table.concat(lines, "\n")
end

function gait_report:text()
  local parts = { self.gait:line(), text_of(self.rows) }
  if #self.kept > 0 then parts[3] = text_of(kept_rows(self.kept)) end
  return table.concat(parts, "\n")
end

return gait_report
