-- Tables of motion: OpenSim's .sto and .mot, and CSV.
--
--   local file = motion_table.open(text, path)     .names, .degrees (true, false or nil: the file does not say)
--   local columns, lines = file:read(names)        name -> numbers; the line of each row
--
-- A cell without a number (empty, nan) is NaN; whoever wants the column says what becomes of that. All else that is
-- wrong is an error with file, line and column: OpenSim's own readers end at a blank line, and shift values, without a
-- word.
local core = require "rl.core"

local motion_table = {}
local methods = {}
local metatable = { __index = methods }

local function fail(format, ...) error(core.format(format, ...), 0) end

local function split(line, separator)
  local cells, n, from = {}, 0, 1
  while true do
    local at = line:find(separator, from, true)
    n = n + 1
    cells[n] = line:sub(from, at and at - 1):match("^%s*(.-)%s*$")
    if not at then return cells end
    from = at + 1
  end
end

-- A name as it is shown in a message: a file may hold anything.
local function shown(text)
  local plain = text:gsub("[%c\127]", "?")
  return #plain > 40 and plain:sub(1, 37) .. "..." or plain
end

-- All lines, without what ends them; a last one that is empty is none.
function motion_table.lines(text)
  local lines, n = {}, 0
  for line in text:gmatch("([^\r\n]*)\r?\n?") do
    n = n + 1
    lines[n] = line
  end
  while n > 0 and not lines[n]:find("%S") do
    lines[n] = nil
    n = n - 1
  end
  if n > 0 and lines[1]:sub(1, 3) == "\239\187\191" then lines[1] = lines[1]:sub(4) end -- the mark of UTF-8
  return lines, n
end

-- Lines before endheader that say what they are: nRows=, nColumns=, inDegrees=.
local function read_header(self)
  local header = {}
  for i, line in ipairs(self.lines) do
    if line:lower():match("^%s*endheader%s*$") then
      self.first = i + 1
      self.header = header
      return
    end
    local key, value = line:match("^%s*([%w_]+)%s*=%s*(.-)%s*$")
    if key then header[key:lower()] = value end
  end
  fail("%s: there is no line endheader, behind which names and rows stand", self.path)
end

local function read_degrees(self)
  local said = self.header.indegrees
  if said == nil then return nil end
  local word = said:lower()
  if word == "yes" or word == "true" then return true end
  if word == "no" or word == "false" then return false end
  fail("%s: inDegrees=%s: yes or no expected", self.path, shown(said))
end

local function read_names(self)
  local line = self.lines[self.first]
  if not line or not line:find("%S") then fail("%s:%d: names of columns expected", self.path, self.first) end
  if not self.separator then
    self.separator = line:find("\t", 1, true) and "\t" or line:find(";", 1, true) and ";" or
      line:find(",", 1, true) and "," or "\t"
  end
  self.names, self.place = split(line, self.separator), {}
  for k, name in ipairs(self.names) do
    name = name:match('^"(.*)"$') or name
    self.names[k] = name
    if name == "" then fail("%s:%d: column %d has no name", self.path, self.first, k) end
    if self.place[name] then
      fail("%s:%d: two columns are called %s", self.path, self.first, shown(name))
    end
    self.place[name] = k
  end
  if not self.place.time then
    local time = self.place.Time or self.place.TIME
    if not time then
      fail("%s:%d: there is no column time, in seconds; there are %s", self.path, self.first,
        motion_table.list(self.names))
    end
    self.place.time = time
  end
end

-- "a, b, c and 40 more"
function motion_table.list(names)
  local few = {}
  for i = 1, math.min(#names, 12) do few[i] = shown(tostring(names[i])) end
  return table.concat(few, ", ") .. (#names > 12 and (" and %d more"):format(#names - 12) or "")
end

local function check_count(self, key, found)
  local said = core.tonumber(self.header[key:lower()])
  if said and said ~= found then
    fail("%s: the header says %s=%s, there are %d: was it cut short? Otherwise correct the header", self.path, key,
      shown(self.header[key:lower()]), found)
  end
end

function motion_table.open(text, path, kind)
  local self = setmetatable({ path = path, header = {}, first = 1 }, metatable)
  self.lines, self.n_lines = motion_table.lines(text)
  if self.n_lines == 0 then fail("%s is empty", path) end
  if kind ~= "csv" then
    read_header(self)
    self.separator = "\t"
    local names = self.lines[self.first]
    if names and not names:find("\t", 1, true) then self.separator = nil end
  end
  self.degrees = read_degrees(self)
  read_names(self)
  check_count(self, "nColumns", #self.names)
  check_count(self, "nRows", self.n_lines - self.first)
  return self
end

local NOTHING = { [""] = true, ["nan"] = true, ["-nan"] = true, ["na"] = true, ["none"] = true }

local function number_of(self, cell, i, name)
  local x = core.tonumber(cell)
  if x and cell:find("^[%+%-%.%d]") and not cell:find("[xX]") then
    if x - x ~= 0 then fail("%s:%d: column %s: %s is too large", self.path, i, shown(name), shown(cell)) end
    return x
  end
  if NOTHING[cell:lower()] then return 0 / 0 end
  fail("%s:%d: column %s: \"%s\" is no number%s", self.path, i, shown(name), shown(cell),
    cell:find("^[%+%-]?%d+,%d+$") and ": write a point, not a comma" or "")
end

-- names: without time, which comes always.
function methods:read(names)
  local columns, lines, chosen = { time = {} }, {}, { "time" }
  for k, name in ipairs(names) do
    chosen[k + 1] = name
    columns[name] = {}
  end
  for i = self.first + 1, self.n_lines do
    local line = self.lines[i]
    if not line:find("%S") then
      fail("%s:%d is blank, and rows follow: OpenSim ends there; remove the line", self.path, i)
    end
    local cells = split(line, self.separator)
    if #cells == #self.names + 1 and cells[#cells] == "" then cells[#cells] = nil end -- a separator at the end
    if #cells ~= #self.names then
      fail("%s:%d: %d numbers for %d columns", self.path, i, #cells, #self.names)
    end
    local row = #lines + 1
    lines[row] = i
    for _, name in ipairs(chosen) do
      columns[name][row] = number_of(self, cells[self.place[name]], i, name)
    end
  end
  if #lines == 0 then fail("%s has no rows", self.path) end
  return columns, lines
end

motion_table.shown = shown
motion_table.split = split
motion_table.number_of = number_of

return motion_table
