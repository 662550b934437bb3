-- Markers of a .c3d file: the points, of the parts of that format (c3d.org) which this needs. Numbers are integers or
-- floats, in the byte order of Intel, DEC or MIPS.
--
--   local markers = c3d.open(bytes, path)      see markers.lua for what it has
--
-- Nothing is made because a header says so: what it counts must be in the file, and points are decoded when they are
-- asked for. A point is missing where its fourth word is negative; of that word readers take different bytes otherwise.
local core = require "rl.core"

local c3d = {}

local BLOCK = 512
local INTEL, DEC, MIPS = 84, 85, 86

local byte = string.byte

local function fail(format, ...) error(core.format(format, ...), 0) end

local function signed(value, bits)
  if value >= 2 ^ (bits - 1) then return value - 2 ^ bits end
  return value
end

-- Numbers from bytes

local function float_of(b1, b2, b3, b4, order) -- as they stand in the file
  local sign, exponent, fraction
  if order == MIPS then b1, b2, b3, b4 = b4, b3, b2, b1 end
  if order == DEC then b1, b2, b3, b4 = b3, b4, b1, b2 end -- words are swapped, and 4 times as much is meant
  sign = b4 >= 128 and -1 or 1
  exponent = b4 % 128 * 2 + math.floor(b3 / 128)
  fraction = b3 % 128 * 65536 + b2 * 256 + b1
  if order == DEC then
    if exponent == 0 then return 0 end
    return sign * (1 + fraction / 8388608) * 2 ^ (exponent - 129)
  end
  if exponent == 255 then return fraction > 0 and 0 / 0 or sign * math.huge end
  if exponent == 0 then return sign * fraction * 2 ^ -149 end
  return sign * (1 + fraction / 8388608) * 2 ^ (exponent - 127)
end

local function word_of(b1, b2, order)
  if order == MIPS then return b1 * 256 + b2 end
  return b2 * 256 + b1
end

local function byte_at(self, at)
  return byte(self.bytes, at) or
    fail("%s: it is cut short: it has %d bytes, and something is said to be at %d", self.path, #self.bytes, at)
end

local function word_at(self, at) return word_of(byte_at(self, at), byte_at(self, at + 1), self.order) end

local function float_at(self, at)
  byte_at(self, at + 3)
  local b1, b2, b3, b4 = byte(self.bytes, at, at + 3)
  return float_of(b1, b2, b3, b4, self.order)
end

-- Parameters

local SIZE = { [-1] = 1, [1] = 1, [2] = 2, [4] = 4 }

-- The values of the parameter whose type stands at `at`, read where they are asked for.
local function parameter(self, at, name)
  local kind, n_dims = signed(byte_at(self, at), 8), byte_at(self, at + 1)
  local size = SIZE[kind] or fail("%s: parameter %s is of type %d, which there is not", self.path, name, kind)
  local dims, count = {}, 1
  for d = 1, n_dims do
    dims[d] = byte_at(self, at + 1 + d)
    count = count * dims[d]
  end
  local data = at + 2 + n_dims
  if data + count * size - 1 > #self.bytes then
    fail("%s: it is cut short within parameter %s", self.path, name)
  end
  local found = { kind = kind, dims = dims, count = count }
  function found.number(i)
    if i > count then return nil end
    if kind == 4 then return float_at(self, data + 4 * (i - 1)) end
    if kind == 2 then return word_at(self, data + 2 * (i - 1)) end
    return byte_at(self, data + i - 1)
  end
  function found.texts()
    if kind ~= -1 then return {} end
    local width, list = dims[1] or 1, {}
    for i = 1, width > 0 and count / width or 0 do
      list[i] = self.bytes:sub(data + width * (i - 1), data + width * i - 1):gsub("[%z%s]+$", ""):gsub("^%s+", "")
    end
    return list
  end
  return found
end

local function read_parameters(self, at)
  local groups, found = {}, {}
  local blocks = byte_at(self, at + 2)
  local at_end = blocks > 0 and at + BLOCK * blocks or math.huge -- 0: not said
  at = at + 4
  while at < at_end do
    local length = math.abs(signed(byte_at(self, at), 8))
    if length == 0 then break end
    local id, name = signed(byte_at(self, at + 1), 8), self.bytes:sub(at + 2, at + 1 + length):upper()
    local link = at + 2 + length
    local offset = signed(word_at(self, link), 16)
    if id < 0 then
      groups[-id] = name
    elseif id > 0 then
      found[#found + 1] = { group = id, name = name, at = link + 2 }
    end
    if offset == 0 then break end
    if offset < 2 then fail("%s: its parameters are damaged behind %s", self.path, (name:gsub("[^%w_]", "?"))) end
    at = link + offset
  end
  local parameters = {}
  for _, row in ipairs(found) do
    parameters[(groups[row.group] or "") .. ":" .. row.name] = row.at
  end
  return function(name) return parameters[name] and parameter(self, parameters[name], name) end
end

local function read_labels(self, get, n)
  local labels = {}
  for part = 1, 256 do -- 255 to a parameter
    local list = get("POINT:LABELS" .. (part > 1 and part or ""))
    if not list then break end
    for _, label in ipairs(list.texts()) do labels[#labels + 1] = label end
  end
  for k = #labels, n + 1, -1 do labels[k] = nil end
  for k = 1, n do
    if not labels[k] or labels[k] == "" then labels[k] = "#" .. k end
  end
  self.labels = labels
end

-- Counts

-- A count above 65,535 does not fit where the format has it; some programs put it here, in two words.
local function long_count(get)
  local first, last = get("TRIAL:ACTUAL_START_FIELD"), get("TRIAL:ACTUAL_END_FIELD")
  if not (first and last and first.count >= 2 and last.count >= 2) then return nil end
  local function whole(field) return field.number(1) + 65536 * field.number(2) end
  local n = whole(last) - whole(first) + 1
  return n > 65535 and n or nil
end

-- Of `bytes` each; partial: those that are there where the header says more.
local function count_frames(self, get, bytes, partial)
  local first, last = word_at(self, 7), word_at(self, 9)
  local said = long_count(get) or last - first + 1
  local room = math.max(0, math.floor((#self.bytes - self.data + 1) / bytes))
  if said < 1 then fail("%s: the header counts from frame %d to %d: there is none", self.path, first, last) end
  if said > room and not (partial and room > 0) then
    fail("%s: it is cut short, or its header is wrong: %d frames are said to be there, of %d bytes each, and there " ..
      "are data for %d%s", self.path, said, bytes, room, room > 0 and "; partial = true takes these" or "")
  end
  if (room - said) * bytes > 64 * BLOCK then
    self.note = ("the header says %d frames, and there are data for %d: a count above 65535 does not fit there"):format(
      said, room)
  end
  return math.min(said, room)
end

-- partial: takes the frames that are there where the header says more.
function c3d.open(bytes, path, partial)
  local self = { bytes = bytes, path = path, up = "z", order = INTEL }
  if #bytes < BLOCK or byte(bytes, 2) ~= 0x50 then
    fail("%s: it is no C3D file: its second byte is not 80, or it is shorter than a block of 512", path)
  end
  local parameters = BLOCK * (byte(bytes, 1) - 1) + 1
  if parameters < 1 then fail("%s: its header does not say where parameters are", path) end
  self.order = byte_at(self, parameters + 3)
  if self.order < INTEL or self.order > MIPS then
    fail("%s: unknown byte order %d: 84 (Intel), 85 (DEC) or 86 (MIPS) expected", path, self.order)
  end
  local get = read_parameters(self, parameters)
  local function number(name, other)
    local found = get(name)
    return found and found.number(1) or other or fail("%s: parameter %s is missing", path, name)
  end
  local points, analog = word_at(self, 3), word_at(self, 5)
  local used, scale = number("POINT:USED", points), number("POINT:SCALE", float_at(self, 13))
  if used ~= points then
    fail("%s: the header counts %d points a frame, POINT:USED %d: it is damaged", path, points, used)
  end
  if points == 0 then fail("%s: it has no points, only other measurements", path) end
  self.rate = number("POINT:RATE", float_at(self, 21))
  if not (self.rate > 0 and self.rate < 1e6) then
    fail("%s: POINT:RATE is %s: a positive number of Hz expected", path, tostring(self.rate))
  end
  if not (scale ~= 0 and scale - scale == 0) then fail("%s: POINT:SCALE is %s", path, tostring(scale)) end
  local units, vertical = get("POINT:UNITS"), get("POINT:Y_SCREEN")
  self.units = units and units.texts()[1] or "mm"
  self.up = vertical and (vertical.texts()[1] or ""):lower():match("^%+?([xyz])$") or "z"
  self.size = scale < 0 and 4 or 2
  self.data = BLOCK * (number("POINT:DATA_START", word_at(self, 17)) - 1) + 1
  if self.data < 1 then fail("%s: it does not say where its data are", path) end
  local width = 4 * points + analog
  local frames = count_frames(self, get, width * self.size, partial)
  read_labels(self, get, points)
  self.time = {}
  for i = 1, frames do self.time[i] = (i - 1) / self.rate end

  function self.where(_, row) return ("%s: frame %d"):format(path, word_at(self, 7) + row - 1) end

  local stride, order = width * self.size, self.order
  function self.coordinate(_, k, axis) -- of the k-th point; axis 1, 2, 3
    local values, at = {}, self.data + 4 * self.size * (k - 1)
    if scale < 0 then
      for i = 1, frames do
        local from = at + 4 * (axis - 1)
        local a, b, c, d = byte(bytes, from, from + 3)
        local e, f, g, h = byte(bytes, at + 12, at + 15)
        local x = float_of(a, b, c, d, order)
        local missing = x - x ~= 0 or float_of(e, f, g, h, order) < 0
        values[i] = missing and 0 / 0 or x
        at = at + stride
      end
    else
      for i = 1, frames do
        local from = at + 2 * (axis - 1)
        local a, b = byte(bytes, from, from + 1)
        local c, d = byte(bytes, at + 6, at + 7)
        local missing = word_of(c, d, order) >= 32768
        values[i] = missing and 0 / 0 or signed(word_of(a, b, order), 16) * scale
        at = at + stride
      end
    end
    return values
  end
  return self
end

return c3d
