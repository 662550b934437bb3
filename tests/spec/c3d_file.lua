-- Writes C3D files for the specs: points with labels, as integers or floats, in the order of Intel, DEC or MIPS.
--
--   local bytes = c3d_file { labels = { "HIP" }, rate = 100, frames = { { { x, y, z }, false }, ... }, float = true,
--                            order = 84, analog = 0, full = true }
--
-- A point that is false is missing; full: parameters fill their blocks, and nothing but the count of these ends them.
return function(what)
  local order, out = what.order or 84, {}
  local function put(text) out[#out + 1] = text end

  local function word(value)
    value = value % 65536
    local low, high = value % 256, math.floor(value / 256)
    if order == 86 then low, high = high, low end
    return string.char(low, high)
  end

  local function float(x) -- to the nearest
    if x == 0 then return "\0\0\0\0" end
    local sign = x < 0 and 128 or 0
    x = math.abs(x)
    local exponent = math.floor(math.log(x) / math.log(2))
    while 2 ^ exponent > x do exponent = exponent - 1 end
    while 2 ^ (exponent + 1) <= x do exponent = exponent + 1 end
    local fraction = math.floor((x / 2 ^ exponent - 1) * 2 ^ 23 + 0.5)
    local biased = exponent + (order == 85 and 129 or 127)
    local b4, b3 = sign + math.floor(biased / 2), biased % 2 * 128 + math.floor(fraction / 65536)
    local b2, b1 = math.floor(fraction / 256) % 256, fraction % 256
    if order == 86 then return string.char(b4, b3, b2, b1) end
    if order == 85 then return string.char(b3, b4, b1, b2) end
    return string.char(b1, b2, b3, b4)
  end

  local n, analog, scale = #what.labels, what.analog or 0, what.float and -1 or what.scale or 0.5
  local width = 0
  for _, label in ipairs(what.labels) do width = math.max(width, #label) end

  local parameters = {}
  local function add(id, name, rest) -- the last one has an offset of 0
    parameters[#parameters + 1] = { string.char(#name) .. string.char(id) .. name, rest }
  end
  add(255, "POINT", "\0")
  add(1, "USED", "\2\0" .. word(n) .. "\0")
  add(1, "SCALE", "\4\0" .. float(scale) .. "\0")
  add(1, "RATE", "\4\0" .. float(what.rate) .. "\0")
  add(1, "DATA_START", "\2\0" .. word(4) .. "\0")
  add(1, "FRAMES", "\2\0" .. word(#what.frames) .. "\0")
  local units = what.units or "mm"
  add(1, "UNITS", "\255\1" .. string.char(#units) .. units .. "\0")
  local labels = {}
  for k, label in ipairs(what.labels) do labels[k] = label .. (" "):rep(width - #label) end
  add(1, "LABELS", "\255\2" .. string.char(width, n) .. table.concat(labels) .. "\0")
  local size = 4
  for _, row in ipairs(parameters) do size = size + 2 + #row[1] + #row[2] end
  while what.full and size < 1024 do -- the section has no end but that of its blocks
    local more = math.min(1024 - size, 1024 - size < 400 and 1024 - size > 200 and 150 or 200)
    add(1, "F", "\255\1" .. string.char(more - 9) .. ("x"):rep(more - 9) .. "\0")
    size = size + more
  end
  local section = string.char(1, 80, 2, order)
  for k, row in ipairs(parameters) do
    section = section .. row[1] .. word((what.full or k < #parameters) and 2 + #row[2] or 0) .. row[2]
  end

  local header = string.char(2, 80) .. word(n) .. word(analog) .. word(1) .. word(what.said or #what.frames) ..
    word(10) .. float(scale) .. word(4) .. word(analog > 0 and 1 or 0) .. float(what.rate)
  put(header .. ("\0"):rep(512 - #header))
  put(section .. ("\0"):rep(1024 - #section))
  local number = what.float and float or function(x) return word(math.floor(x / scale + 0.5)) end
  for _, frame in ipairs(what.frames) do
    for k = 1, n do
      local point = frame[k]
      if point then
        put(number(point[1]) .. number(point[2]) .. number(point[3]) .. (what.float and float(0) or word(0)))
      else
        put(number(0):rep(3) .. (what.float and float(-1) or word(65535)))
      end
    end
    for _ = 1, analog do put(what.float and float(1) or word(1)) end
  end
  local text = table.concat(out)
  return text .. ("\0"):rep(-#text % 512)
end
