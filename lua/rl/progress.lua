-- A table of numbers that grows by a row an iteration and now and then by a column, kept as a CSV file.
--
-- Columns are `iteration`, the others in alphabetical order, and last the ones that measure time, or what ranks
-- exchange, so that the rest of two runs can be compared byte for byte. A name that appears later makes the file be
-- written again as a whole; so does a write that has failed, once it can be done. Until then its rows wait.

local core = require "rl.core"
local format = core.format -- a decimal point in every locale

local progress = {}
progress.__index = progress

local TIME_COLUMNS = { seconds = 1, steps_per_second = 2, seconds_waited = 3, bytes_sent = 4 }
local NOT_THERE = 2 -- ENOENT
local RETRY = 1 -- seconds from one failure to the next try

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

local function split(text)
  local list = {}
  for value in (text .. ","):gmatch("([^,]*),") do list[#list + 1] = value end
  return list
end

-- Columns and rows of a file's text, as tables of texts; a line without an end was not written whole.
local function parse(text)
  local columns, rows
  for complete in text:gmatch("([^\n]*)\n") do
    local values = split(complete)
    if columns then
      local row = {}
      for i, name in ipairs(columns) do row[name] = values[i] end
      rows[#rows + 1] = row
    else
      columns, rows = values, {}
    end
  end
  return columns or {}, rows or {}
end

-- `path` is written when the first row comes.
function progress.new(path)
  return setmetatable({ path = path, columns = {}, known = {}, written = 0, waiting = {}, stale = true,
                        last_try = -math.huge }, progress)
end

-- What there is already, up to an iteration.
function progress.resume(path, iteration)
  local self = progress.new(path)
  local file, message, reason = io.open(core.write_path(path), "rb") -- what this wrote
  local text = ""
  if file then
    text, message = file:read("*a")
    file:close()
  end
  if not text or not (file or reason == NOT_THERE) then -- its rows are not lost for that
    core.leave(1, ("rl.run: cannot read %s: %s"):format(path, message))
  end
  local columns, rows = parse(text)
  for _, row in ipairs(rows) do
    local number = tonumber(row.iteration)
    if number and number <= iteration then self.waiting[#self.waiting + 1] = row end
  end
  if #self.waiting > 0 then
    self.columns = columns
    for _, name in ipairs(columns) do self.known[name] = true end
    local ok, trouble = self:flush()
    if not ok then core.leave(1, "rl.run: " .. trouble) end
  elseif file then
    os.remove(core.write_path(path))
  end
  return self
end

-- The rows that are in the file; by the open file, because the path may lead nowhere any more.
local function read_rows(self)
  if not self.file then return {} end
  self.file:seek("set")
  local _, rows = parse(self.file:read("*a") or "")
  for i = #rows, self.written + 1, -1 do rows[i] = nil end
  return rows
end

local function rewrite(self)
  local rows = read_rows(self)
  for _, row in ipairs(self.waiting) do rows[#rows + 1] = row end
  local text = { table.concat(self.columns, ",") .. "\n" }
  for _, row in ipairs(rows) do text[#text + 1] = line(self.columns, row) end
  local ok, message = core.write_file(self.path, table.concat(text))
  if not ok then return nil, message end
  local file
  file, message = io.open(core.write_path(self.path), "a+")
  if not file then return nil, message end
  if self.file then self.file:close() end
  self.file, self.written, self.stale = file, #rows, false
  return true
end

local function append(self)
  local text = {}
  for i, row in ipairs(self.waiting) do text[i] = line(self.columns, row) end
  local ok, message = self.file:write(table.concat(text))
  if ok then ok, message = self.file:flush() end
  if not ok then return nil, message end
  self.written = self.written + #self.waiting
  return true
end

-- Writes what waits. true, or nil and a message.
function progress:flush()
  if #self.waiting == 0 then return true end
  local ok, message
  if self.stale then ok, message = rewrite(self) else ok, message = append(self) end
  self.stale = not ok
  if not ok then
    self.last_try, self.failure = core.time(), "cannot write the progress: " .. tostring(message)
    return nil, self.failure
  end
  self.waiting = {}
  return true
end

-- Adds a row {name = number} and flushes it. true, or nil and a message: then it waits.
function progress:add(row)
  local cells = {}
  for name, value in pairs(row) do
    cells[name] = cell(value)
    if not self.known[name] then
      self.known[name], self.stale = true, true
      self.columns[#self.columns + 1] = name
    end
  end
  table.sort(self.columns, before)
  self.waiting[#self.waiting + 1] = cells
  if #self.waiting > 1 and core.time() - self.last_try < RETRY then return nil, self.failure end
  return self:flush()
end

-- Writes all of it anew: its folder has been removed.
function progress:renew()
  self.stale = true
  if #self.waiting > 0 then return self:flush() end
  if self.written == 0 then return true end
  return rewrite(self)
end

-- true, or nil and a message when rows are lost.
function progress:close()
  local ok, message = self:flush()
  if self.file then self.file:close() end
  self.file = nil
  return ok, message
end

return progress
