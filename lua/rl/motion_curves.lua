-- A reference motion: named curves on a common clock, as rl.motion reads them. Plain numbers and functions that only
-- compute, so that a reward which uses one is asked on all cores.
--
--   motion.time, motion.columns (names), motion.values[name] (a list of numbers), motion.rate, motion.duration
--   motion:at(phase, name), motion:speed_at(phase, name), motion:track(s, phase)
--
-- Phase is 0 at the start and 1 at the end. A cycle goes on beyond that, what travels (root_x) by `advance` a cycle;
-- another motion stays at its ends.
local curves = {}
local floor, min, max, exp = math.floor, math.min, math.max, math.exp

local methods = {}

-- Where a phase lies: the moments before and behind it, how far between them, and whole cycles gone by.
local function place_of(self, phase)
  if self.periodic then
    local n = #self.time
    local whole = floor(phase)
    local place = (phase - whole) * n
    local i = min(floor(place), n - 1)
    return i + 1, (i + 1) % n + 1, place - i, whole, i + 1 == n
  end
  local last = #self.time - 1
  local place = min(max(phase, 0), 1) * last
  local i = min(floor(place), last - 1)
  return i + 1, i + 2, place - i, 0, false
end

local function values_of(self, name)
  local values = self.values[name]
  if values then return values end
  error("motion: there is no column " .. tostring(name) .. "; there are " .. table.concat(self.columns, ", "), 3)
end

local function check_phase(phase)
  if type(phase) ~= "number" or phase - phase ~= 0 then
    error("motion: a phase is a finite number, got " .. tostring(phase), 3)
  end
end

local function between(self, values, name, phase)
  local i, k, share, whole, wraps = place_of(self, phase)
  local advance = self.advance[name] or 0
  local a, b = values[i], values[k] + (wraps and advance or 0)
  return a + share * (b - a) + whole * advance
end

-- The value of a column.
function methods:at(phase, name)
  check_phase(phase)
  return between(self, values_of(self, name), name, phase)
end

-- By how much a curve that is no cycle changes in a moment, at one of n: to both sides of it, at an end to one.
local function slope(values, n, moment)
  local before, behind = max(moment - 1, 1), min(moment + 1, n)
  return (values[behind] - values[before]) / (behind - before)
end

-- Its change a second: over a moment to either side.
function methods:speed_at(phase, name)
  check_phase(phase)
  local values = values_of(self, name)
  local n = #self.time
  if self.periodic then
    local step = 1 / n
    return (between(self, values, name, phase + step) - between(self, values, name, phase - step))
      / (2 * step * self.duration)
  end
  local i, k, share = place_of(self, phase)
  return ((1 - share) * slope(values, n, i) + share * slope(values, n, k)) * (n - 1) / self.duration
end

-- The phase `time` seconds after one.
function methods:phase(time, from)
  check_phase(time)
  return (from or 0) + time / self.duration
end

-- How near the joints of a state are to the motion: from 1, in place, to 0; exp(-d^2) with d the root mean square of
-- the differences over `width` (0.3 rad). s: what a reward is given, or any table with these names. phase: s.phase
-- when it is left out, which creatures have that follow a motion.
function methods:track(s, phase, width)
  if s == nil then error("motion: track: the state of a creature, or a table with its joints, expected", 2) end
  phase = phase or s.phase
  check_phase(phase)
  local i, k, share = place_of(self, phase)
  local sum, values = 0, self.values
  local names = self.angles
  if #names == 0 then error("motion: track: no column of the motion is the angle of a joint, JOINT_angle", 2) end
  for j = 1, #names do
    local name = names[j]
    local column = values[name]
    local a = column[i]
    local is = s[name]
    if is == nil then error("motion: track: the state has no " .. name, 2) end
    local off = is - a - share * (column[k] - a)
    sum = sum + off * off
  end
  width = width or 0.3
  return exp(-sum / (#names * width * width))
end

local metatable = { __index = methods }

function metatable:__tostring()
  return ("motion: %d columns, %d moments, %.3g s%s"):format(#self.columns, #self.time, self.duration,
    self.periodic and ", a cycle" or "")
end

-- Adds what follows from the rest.
function curves.new(self)
  self.angles = {} -- of joints, which states have by the same names
  for _, name in ipairs(self.columns) do
    if name:find("_angle$") and name ~= "root_angle" then self.angles[#self.angles + 1] = name end
  end
  return setmetatable(self, metatable)
end

return curves
