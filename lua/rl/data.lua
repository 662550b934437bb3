-- Plain data as a line of text and back, exactly: nil, true and false, numbers to the last bit, strings of any bytes, and
-- tables of them. What a script's own state looks like in a checkpoint.
--
--   n t f          nil, true, false
--   i-3;           an integer (of Lua 5.3 on)
--   d5e-1;         5 * 2^-1: no decimal point, whatever the locale; also dnan; dinf; d-inf; d-0;
--   "a\010b"       a string; what is not printable by its number
--   {k v k v ...}  a table, its keys in order
local data = {}

local MOST_DEPTH = 100

local math_type = rawget(math, "type") or function() return "float" end

local function number_text(x)
  if math_type(x) == "integer" then return ("i%d;"):format(x) end
  if x ~= x then return "dnan;" end
  if x == math.huge then return "dinf;" end
  if x == -math.huge then return "d-inf;" end
  if x == 0 then return 1 / x < 0 and "d-0;" or "d0e0;" end
  local exponent = 0
  while x ~= math.floor(x) do
    x, exponent = x * 2, exponent - 1
  end
  return ("d%.0fe%d;"):format(x, exponent)
end

local function string_text(s)
  return '"' .. s:gsub('[%c"\\\127-\255]', function(c) return ("\\%03d"):format(c:byte()) end) .. '"'
end

local function before(a, b)
  if type(a) ~= type(b) then return type(a) < type(b) end
  if type(a) == "boolean" then return not a and b end
  return a < b
end

local write

local function write_table(out, value, depth)
  if depth > MOST_DEPTH then error(("tables nested deeper than %d (one that holds itself?)"):format(MOST_DEPTH), 0) end
  if getmetatable(value) then error("a table with a metatable is no plain data", 0) end
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  for _, key in ipairs(keys) do
    local kind = type(key)
    if kind ~= "string" and kind ~= "number" and kind ~= "boolean" then
      error(("a key that is a %s is no plain data"):format(kind), 0)
    end
  end
  table.sort(keys, before)
  out[#out + 1] = "{"
  for _, key in ipairs(keys) do
    write(out, key, depth + 1)
    write(out, value[key], depth + 1)
  end
  out[#out + 1] = "}"
end

function write(out, value, depth)
  local kind = type(value)
  if kind == "table" then
    write_table(out, value, depth)
  elseif kind == "number" then
    out[#out + 1] = number_text(value)
  elseif kind == "string" then
    out[#out + 1] = string_text(value)
  elseif kind == "boolean" then
    out[#out + 1] = value and "t" or "f"
  elseif kind == "nil" then
    out[#out + 1] = "n"
  else
    error(("a %s is no plain data"):format(kind), 0)
  end
end

-- The text of a value; raises for what is no plain data.
function data.encode(value)
  local out = {}
  write(out, value, 0)
  return table.concat(out)
end

local SPECIAL = { ["nan"] = 0 / 0, ["inf"] = math.huge, ["-inf"] = -math.huge, ["-0"] = -1 / math.huge }

local function read_number(text, at)
  local kind, word, behind = text:match("^([id])([^;]*);()", at)
  if not kind then return nil end
  if kind == "i" then return tonumber(word), behind end
  if SPECIAL[word] then return SPECIAL[word], behind end
  local mantissa, exponent = word:match("^(%-?%d+)e(%-?%d+)$")
  if not mantissa then return nil end
  return tonumber(mantissa) * 2.0 ^ tonumber(exponent), behind
end

-- The value at a place of the text, and the place behind it; nil for the place: there is none.
local function read(text, at, depth)
  local first = text:sub(at, at)
  if first == "n" then return nil, at + 1 end
  if first == "t" or first == "f" then return first == "t", at + 1 end
  if first == "i" or first == "d" then return read_number(text, at) end
  if first == '"' then
    local body, behind = text:match('^"([^"]*)"()', at)
    if not body then return nil end
    return (body:gsub("\\(%d%d%d)", function(code) return string.char(tonumber(code) % 256) end)), behind
  end
  if first ~= "{" or depth > MOST_DEPTH then return nil end
  local result = {}
  at = at + 1
  while text:sub(at, at) ~= "}" do
    local key, value
    key, at = read(text, at, depth + 1)
    if at and key ~= nil and key == key then value, at = read(text, at, depth + 1) else at = nil end
    if not at then return nil end
    result[key] = value
  end
  return result, at + 1
end

-- The value of a text that encode gave; nil and a message for another.
function data.decode(text)
  local value, behind = read(text, 1, 0)
  if behind ~= #text + 1 then return nil, "it is not what was written" end
  return value
end

return data
