-- Markers of a .trc file: text, separated by tabs. Header in three lines, the names of the markers, X1 Y1 Z1 ..., rows.
--
--   local markers = trc.open(text, path)      see markers.lua for what it has
--
-- What OpenSim 4.6 takes is taken: a missing blank line, frames that do not count from 1, empty cells (which are gaps),
-- also at the end of a row, where it refuses the file.
local core = require "rl.core"
local motion_table = require "rl.motion_table"

local trc = {}

local shown, split = motion_table.shown, motion_table.split

local function fail(format, ...) error(core.format(format, ...), 0) end

local function read_header(path, lines)
  if #lines < 5 or not lines[1]:find("^PathFileType") then
    fail("%s:1: PathFileType expected: it is no TRC file, or lacks its five lines of header", path)
  end
  local header, names, values = {}, split(lines[2], "\t"), split(lines[3], "\t")
  for k, name in ipairs(names) do header[name] = values[k] end
  local rate = core.tonumber(header.DataRate or "")
  if not rate or not (rate > 0 and rate < 1e6) then
    fail("%s:3: DataRate: a positive number of Hz expected, got \"%s\"", path, shown(header.DataRate or ""))
  end
  return header, rate
end

-- Names stand above the first of three columns, or one behind the other.
local function read_labels(path, line, header)
  local labels, cells = {}, split(line, "\t")
  for k = 3, #cells do
    if cells[k] ~= "" then labels[#labels + 1] = cells[k] end
  end
  if #labels == 0 then fail("%s:4: Frame#, Time and the names of markers expected", path) end
  local said = core.tonumber(header.NumMarkers or "")
  if said and said ~= #labels then
    fail("%s:4: the header says NumMarkers %s, there are %d names", path, shown(header.NumMarkers), #labels)
  end
  return labels
end

function trc.open(text, path)
  local lines, n = motion_table.lines(text, path)
  local header, rate = read_header(path, lines)
  local labels = read_labels(path, lines[4], header)
  local self = { path = path, rate = rate, labels = labels, units = header.Units or "mm", up = "y" }
  local rows, time, at = {}, {}, {}
  for i = 6, n do
    if lines[i]:find("%S") then
      local cells = split(lines[i], "\t")
      while #cells > 2 + 3 * #labels and cells[#cells] == "" do cells[#cells] = nil end
      if #cells > 2 + 3 * #labels then
        fail("%s:%d: %d numbers for %d markers", path, i, #cells - 2, #labels)
      end
      if #cells < 2 then fail("%s:%d: tabs between Frame#, Time and the markers' numbers expected", path, i) end
      local row = #rows + 1
      rows[row], at[row] = cells, i
      time[row] = motion_table.number_of(self, cells[2] or "", i, "Time")
    elseif #rows > 0 then
      fail("%s:%d is blank, and rows follow: remove the line", path, i)
    end
  end
  if #rows == 0 then fail("%s has no rows", path) end
  local said = core.tonumber(header.NumFrames or "")
  if said and said ~= #rows then
    fail("%s: the header says NumFrames %s, there are %d: was it cut short? Otherwise correct the header", path,
      shown(header.NumFrames), #rows)
  end
  self.time = time
  local seen = (#rows - 1) / (time[#rows] - time[1])
  if seen > 1.05 * rate or seen < 0.7 * rate then -- rows may be missing
    self.note = core.format("the header says DataRate %.6g, and the column Time goes on at %.6g Hz: that is taken",
      rate, seen)
  end
  function self.where(_, row) return path .. ":" .. at[row] end
  function self.coordinate(_, k, axis) -- of the k-th marker; axis 1, 2, 3
    local values, column = {}, 2 + 3 * (k - 1) + axis
    for row, cells in ipairs(rows) do
      values[row] = motion_table.number_of(self, cells[column] or "", at[row], labels[k])
    end
    return values
  end
  return self
end

return trc
