-- A table of numbers that grows by a row an iteration and now and then by a column, kept as a CSV file.
--
-- Columns are `iteration`, the others in alphabetical order, and last the ones that measure time, so that the rest of
-- two runs can be compared byte for byte. A name that appears later makes the file be written again as a whole.

local core = require "rl.core"
local format = core.format -- a decimal point in every locale

local progress = {}
progress.__index = progress

local TIME_COLUMNS = { seconds = 1, steps_per_second = 2 }

local function before(a, b)
  local time_a, time_b = TIME_COLUMNS[a], TIME_COLUMNS[b]
  if time_a and time_b then return time_a < time_b end
  if time_a or time_b then return not time_a end
  if a == "iteration" or b == "iteration" then return a == "iteration" and b ~= "iteration" end
  return a < b
end

-- The text of a number, the same on every machine.
local function cell(value)
  if value == nil then return "" end
  if value ~= value then return "nan" end
  if value == math.floor(value) and math.abs(value) < 2 ^ 53 then return format("%.0f", value) end
  return format("%.9g", value)
end

local function line(columns, cells)
  local parts = {}
  for i, name in ipairs(columns) do parts[i] = cells[name] or "" end
  return table.concat(parts, ",") .. "\n"
end

local function fail(message) error("rl.run: cannot write the progress: " .. tostring(message), 0) end

-- The rows of the file as tables of texts.
local function read_rows(path, columns)
  local rows, file = {}, io.open(core.write_path(path), "r") -- what this wrote
  if not file then return rows end
  file:read("*l")
  for text in file:lines() do
    local row, i = {}, 1
    for value in (text .. ","):gmatch("([^,]*),") do
      row[columns[i]], i = value, i + 1
    end
    rows[#rows + 1] = row
  end
  file:close()
  return rows
end

-- `path` is written when the first row comes.
function progress.new(path)
  return setmetatable({ path = path, columns = {}, known = {}, file = nil }, progress)
end

local function add_columns(self, names)
  local rows = {}
  if self.file then
    self:close()
    rows = read_rows(self.path, self.columns)
  end
  for _, name in ipairs(names) do
    self.known[name] = true
    self.columns[#self.columns + 1] = name
  end
  table.sort(self.columns, before)
  local text = { table.concat(self.columns, ",") .. "\n" }
  for _, row in ipairs(rows) do text[#text + 1] = line(self.columns, row) end
  local ok, message = core.write_file(self.path, table.concat(text))
  if not ok then fail(message) end
  self.file, message = io.open(core.write_path(self.path), "a")
  if not self.file then fail(message) end
end

-- Adds a row {name = number} and flushes it.
function progress:add(row)
  local new, cells = {}, {}
  for name, value in pairs(row) do
    cells[name] = cell(value)
    if not self.known[name] then new[#new + 1] = name end
  end
  if #new > 0 then add_columns(self, new) end
  local ok, message = self.file:write(line(self.columns, cells))
  if ok then ok, message = self.file:flush() end
  if not ok then fail(message) end
end

function progress:close()
  if self.file then self.file:close() end
  self.file = nil
end

return progress
