-- A design as a file: one Lua table of literals, which people read and edit and which is read as data, never run.
--
--   return {
--     thigh = { length = 0.45 },
--     muscles = {
--       { name = "vastus", f_max = 6000 },
--     },
--   }
--
-- Messages say where something is wrong and not what is there: a path may lead to a file that is none of the script's
-- business. Literals are numbers, strings in quotes, true, false and tables of them; comments begin with --. Nothing
-- else is read.
local core = require "rl.core"
local sorted_keys = require "rl.sorted_keys"

local design = {}

local MOST_BYTES, MOST_DEPTH, MOST_VALUES = 4 * 1024 * 1024, 100, 100000

local KEYWORDS = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true until
  while]]):gmatch("%a+") do KEYWORDS[word] = true end

-- Writing.

-- As short as says it exactly.
local function number_text(x)
  if x == math.huge then return "1e999" end
  if x == -math.huge then return "-1e999" end
  for digits = 14, 17 do
    local text = core.format("%." .. digits .. "g", x)
    if core.tonumber(text) == x then return text end
  end
  return core.format("%.17g", x)
end

local ESCAPES = { ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t", ["\\"] = "\\\\", ['"'] = '\\"' }

local function string_text(s)
  return '"' .. s:gsub('[%c\\"]', function(c) return ESCAPES[c] or ("\\%03d"):format(c:byte()) end) .. '"'
end

local function is_name(key) return type(key) == "string" and key:find("^[%a_][%w_]*$") and not KEYWORDS[key] end

local function key_text(key)
  if is_name(key) then return key .. " = " end
  return ("[%s] = "):format(type(key) == "number" and number_text(key) or string_text(key))
end

-- A table on one line when it fits, else an element a line.
local function join(parts, depth)
  if #parts == 0 then return "{}" end
  local line = "{ " .. table.concat(parts, ", ") .. " }"
  if #line + 2 * depth <= 100 and not line:find("\n") then return line end
  local indent = ("  "):rep(depth + 1)
  return "{\n" .. indent .. table.concat(parts, ",\n" .. indent) .. ",\n" .. ("  "):rep(depth) .. "}"
end

-- Without those of a list that come before `first`.
local function keys_of(t, first, path)
  for key in pairs(t) do
    local kind = type(key)
    if kind ~= "string" and (kind ~= "number" or key ~= key) then
      error(("%s: a key is a %s"):format(path, kind), 0)
    end
  end
  local keys = {}
  for _, key in ipairs(sorted_keys(t)) do
    local listed = type(key) == "number" and key >= 1 and key < first and key == math.floor(key)
    if not listed then keys[#keys + 1] = key end
  end
  return keys
end

-- `count.left`: how many more values there may be. A table that is at two places is written at both.
local function value_text(value, path, depth, count)
  local kind = type(value)
  count.left = count.left - 1
  if count.left < 0 then error(("design: more than %d values"):format(MOST_VALUES), 0) end
  if kind == "number" then
    if value ~= value then error(path .. ": nan cannot be saved", 0) end
    return number_text(value)
  end
  if kind == "string" then return string_text(value) end
  if kind == "boolean" then return tostring(value) end
  if kind ~= "table" or getmetatable(value) ~= nil then
    error(("%s: a %s cannot be saved: numbers, strings, booleans and tables of them can"):format(path,
      kind == "table" and "table with a metatable" or kind), 0)
  end
  if depth == MOST_DEPTH then error(path .. ": nested too deeply (a table that holds itself?)", 0) end
  local parts, n = {}, 0
  while value[n + 1] ~= nil do
    n = n + 1
    parts[n] = value_text(value[n], ("%s[%d]"):format(path, n), depth + 1, count)
  end
  for _, key in ipairs(keys_of(value, n + 1, path)) do
    parts[#parts + 1] = key_text(key) .. value_text(value[key], path .. "." .. tostring(key), depth + 1, count)
  end
  return join(parts, depth)
end

-- A table of literals as Lua text; raises, naming the place, for what cannot be written.
function design.text(value) return value_text(value, "design", 0, { left = MOST_VALUES }) end

-- Raises, naming the place, for what cannot be written; true, or nil and a message, for the file.
function design.save(path, value)
  if type(path) ~= "string" then error("save: the path must be a string, got a " .. type(path), 3) end
  if type(value) ~= "table" then error("save: the design must be a table, got a " .. type(value), 3) end
  local text = "-- A design: data, read by rl.load_design and never run.\nreturn " .. design.text(value) .. "\n"
  return core.write_file(core.write_path(path), text)
end

-- Reading. `at` is the place of the next character.

local Reader = {}
Reader.__index = Reader

function Reader:fail(message, at)
  local lines, begin = 0, 1 -- of the line
  at = at or self.at
  while true do
    local stop = self.text:find("\n", begin, true)
    if not stop or stop >= at then break end
    lines, begin = lines + 1, stop + 1
  end
  error({ refused = ("%s:%d:%d: %s"):format(self.path, lines + 1, at - begin + 1, message) }, 0)
end

function Reader:skip()
  while true do
    local _, stop = self.text:find("^%s+", self.at)
    if not stop then
      if self.text:find("^%-%-%[=*%[", self.at) then self:fail("comments end with their line") end
      _, stop = self.text:find("^%-%-[^\n]*", self.at)
    end
    if not stop then return end
    self.at = stop + 1
  end
end

-- Takes the text that matches, after blanks; nil if there is none.
function Reader:take(pattern)
  self:skip()
  local start, stop = self.text:find("^" .. pattern, self.at)
  if not start then return nil end
  self.at = stop + 1
  return self.text:sub(start, stop)
end

local UNESCAPES = { n = "\n", r = "\r", t = "\t", a = "\a", b = "\b", f = "\f", v = "\v", ["\\"] = "\\", ['"'] = '"',
  ["'"] = "'", ["\n"] = "\n" }

function Reader:string(quote)
  local start, parts = self.at - 1, {}
  while true do
    local plain = self.text:match("^[^\\\n" .. quote .. "]*", self.at)
    parts[#parts + 1], self.at = plain, self.at + #plain
    local c = self.text:sub(self.at, self.at)
    if c == quote then
      self.at = self.at + 1
      return table.concat(parts)
    end
    if c ~= "\\" then self:fail("the string has no end", start) end
    local digits = self.text:match("^%d%d?%d?", self.at + 1)
    local letter = self.text:sub(self.at + 1, self.at + 1)
    if digits and tonumber(digits) < 256 then
      parts[#parts + 1], self.at = string.char(tonumber(digits)), self.at + 1 + #digits
    elseif UNESCAPES[letter] then
      parts[#parts + 1], self.at = UNESCAPES[letter], self.at + 2
    else
      self:fail("this is no escape sequence")
    end
  end
end

function Reader:number()
  local text = self:take("%-?%.?%d[%w.]*")
  if not text then return nil end
  local exponent = text:find("[eEpP]$") and self.text:match("^[+-]%d+", self.at) or ""
  text, self.at = text .. exponent, self.at + #exponent
  local value = core.tonumber(text)
  if not value then self:fail("this is not a number", self.at - #text) end
  return value
end

function Reader:value(depth)
  local quote = self:take("[\"']")
  if quote then return self:string(quote) end
  if self:take("{") then return self:table(depth + 1) end
  local number = self:number()
  if number then return number end
  local at, word = self.at, self:take("[%a_][%w_]*")
  if word == "true" then return true end
  if word == "false" then return false end
  if word then self.at = at end
  return self:fail("a number, string, true, false or table expected")
end

-- Key and value; the key is nil for the next element of a list.
function Reader:field(depth)
  self:skip()
  local at = self.at
  if self:take("%[") then
    local key = self:value(depth)
    if type(key) ~= "number" and type(key) ~= "string" then self:fail("a number or a string expected as key", at) end
    if not self:take("%]") then self:fail("] expected") end
    if not self:take("=") then self:fail("= expected") end
    return key, self:value(depth)
  end
  local word = self:take("[%a_][%w_]*")
  if word and not KEYWORDS[word] then
    if not self:take("=") then self:fail("only literals are read, no names and calls", at) end
    return word, self:value(depth)
  end
  self.at = at
  return nil, self:value(depth)
end

function Reader:table(depth)
  if depth > MOST_DEPTH then self:fail(("tables are nested deeper than %d"):format(MOST_DEPTH)) end
  local result, n = {}, 0
  while not self:take("}") do
    self:skip()
    local at = self.at
    local key, value = self:field(depth)
    if key == nil then
      n = n + 1
      key = n
    end
    if result[key] ~= nil then self:fail("this key is there twice", at) end
    result[key] = value
    if not self:take("[,;]") then
      if not self:take("}") then self:fail("a comma or } expected") end
      break
    end
  end
  return result
end

local function read(text, path)
  local reader = setmetatable({ text = text, path = path, at = 1 }, Reader)
  reader:take("return%f[^%w_]")
  if not reader:take("{") then reader:fail("a table expected") end
  local result = reader:table(1)
  reader:skip()
  if reader.at <= #text then reader:fail("the end of the file expected") end
  return result
end

-- The design; nil and a message when the file cannot be read, with line and column where it is not a design.
function design.load(path)
  if type(path) ~= "string" then error("rl.load_design: the path must be a string, got a " .. type(path), 2) end
  local text, message = core.read_file(core.read_path(path), MOST_BYTES)
  if not text then return nil, message end
  if text == "" then return nil, path .. ": the file is empty" end
  local ok, result = pcall(read, text, path)
  if ok then return result end
  if type(result) ~= "table" then error(result, 0) end
  return nil, result.refused
end

return design
