-- Tables of motion: OpenSim's .sto and .mot, and CSV.
--
--   local file = motion_table.open(text, path)     .names, .time (the name of that column, nil where it is not clear),
--                                                  .degrees (true, false or nil: the file does not say)
--   local columns, lines = file:read(names, time)  name -> numbers; the line of each row
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

-- The same where cells may be quoted, as spreadsheets do with names that have commas in them; "" is then a quote. nil
-- and a message where text stands behind a quote: which of the two is the cell?
local function split_quoted(line, separator)
  if not line:find('"', 1, true) then return split(line, separator) end
  local cells, n, from = {}, 0, 1
  local opening = separator == "\t" and '^ *"()' or '^%s*"()' -- a tab that separates is no blank
  while true do
    local quote = line:match(opening, from)
    local last = quote
    while last and line:sub(last, last) ~= "" do -- to the quote that ends it
      last = line:find('"', last, true) or #line + 1
      if line:sub(last + 1, last + 1) ~= '"' then break end
      last = last + 2
    end
    local at = line:find(separator, last or from, true)
    n = n + 1
    local behind = quote and line:find("%S", last + 1)
    if behind and behind < (at or math.huge) then
      return nil, ("column %d: text behind the quote that ends it"):format(n)
    end
    cells[n] = quote and line:sub(quote, last - 1):gsub('""', '"') or
      line:sub(from, at and at - 1):match("^%s*(.-)%s*$")
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
function motion_table.lines(text, path)
  if text:find("^\255\254") or text:find("^\254\255") or text:find("%z") then
    fail("%s is no text in UTF-8, but perhaps in UTF-16: save it as UTF-8", path)
  end
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

-- OpenSim writes it above names in a .csv, too.
local function has_header(self)
  for i = 1, math.min(self.n_lines, 100) do
    if self.lines[i]:lower():match("^%s*endheader%s*$") then return true end
  end
end

local function read_degrees(self)
  local said = self.header.indegrees
  if said == nil then return nil end
  local word = said:lower()
  if word == "yes" or word == "true" then return true end
  if word == "no" or word == "false" then return false end
  fail("%s: inDegrees=%s: yes or no expected", self.path, shown(said))
end

-- Time, in seconds: as it is called, in any case, alone or with its unit.
local function is_time(name)
  name = name:lower()
  return name == "time" or name == "t" or name:find("^time%s*[%(%[]%s*s%s*[%)%]]$") ~= nil
end

local function cells_of(self, i)
  local cells, wrong = self.split(self.lines[i], self.separator)
  return cells or fail("%s:%d: %s", self.path, i, wrong)
end

local function read_names(self)
  local line = self.lines[self.first]
  if not line or not line:find("%S") then fail("%s:%d: names of columns expected", self.path, self.first) end
  if not self.separator then
    local plain = line:gsub('"[^"]*"', "")
    self.separator = plain:find("\t", 1, true) and "\t" or plain:find(";", 1, true) and ";" or
      plain:find(",", 1, true) and "," or "\t"
  end
  self.names, self.place = {}, {}
  local cells = cells_of(self, self.first)
  self.width = #cells
  for k, name in ipairs(cells) do
    name = name:match('^"(.*)"$') or name
    if name == "" then -- what counts the rows, in a .csv of pandas
      if not self.quoted then fail("%s:%d: column %d has no name", self.path, self.first, k) end
    else
      if self.place[name] then
        fail("%s:%d: two columns are called %s", self.path, self.first, shown(name))
      end
      self.names[#self.names + 1], self.place[name] = name, k
    end
  end
  for _, name in ipairs(self.names) do
    if is_time(name) and (not self.time or name == "time") then self.time = name end
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
  self.lines, self.n_lines = motion_table.lines(text, path)
  if self.n_lines == 0 then fail("%s is empty", path) end
  self.quoted = kind == "csv"
  self.split = self.quoted and split_quoted or split
  if kind == "csv" then
    local separator = self.lines[1]:lower():match("^sep=([,;\t])$") -- for Excel
    if separator then self.separator, self.first = separator, 2 end
    if has_header(self) then read_header(self) end
  else
    read_header(self)
    self.separator = "\t"
    local names = self.lines[self.first]
    if names and not names:find("\t", 1, true) then self.separator = nil end
  end
  self.degrees = read_degrees(self)
  read_names(self)
  check_count(self, "nColumns", self.width)
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
    cell:find("^[%+%-]?%d+,%d+$") and ": write a point, not a comma" or
      self.names and "; map = { NAME, ... } reads these columns alone" or "")
end

-- names: without time, which comes always; its column, if it is not self.time.
function methods:read(names, time)
  time = time or self.time
  if not time then
    fail("%s:%d: there is no column time, in seconds; there are %s; map = { time = NAME } takes another, { NAME, " ..
      "scale = 0.001 } one in milliseconds", self.path, self.first, motion_table.list(self.names))
  end
  local columns, lines = { time = {} }, {}
  for _, name in ipairs(names) do columns[name] = {} end
  for i = self.first + 1, self.n_lines do
    local line = self.lines[i]
    if not line:find("%S") then
      fail("%s:%d is blank, and rows follow: OpenSim ends there; remove the line", self.path, i)
    end
    local cells = cells_of(self, i)
    if #cells == self.width + 1 and cells[#cells] == "" then cells[#cells] = nil end -- a separator at the end
    if #cells ~= self.width then
      fail("%s:%d: %d numbers for %d columns", self.path, i, #cells, self.width)
    end
    local row = #lines + 1
    lines[row] = i
    columns.time[row] = number_of(self, cells[self.place[time]], i, time)
    for _, name in ipairs(names) do
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
