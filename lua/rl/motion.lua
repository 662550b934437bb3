-- A recording as a table of numbers, for programs of biomechanics and statistics.
--
--   motion.write(path, recording, { columns = { "time", "hip_l_angle" } }) -> true, note | nil, message
--   motion.columns(recording) -> { { name =, unit =, meaning =, values = }, ... }, note
--
-- The path's end says which kind: .bvh is in bvh.lua; .sto and .mot are OpenSim's, .csv has a line of names and
-- commas. One row a moment, all of the recording's columns in their order: the fields, what only recordings have, the
-- reward and its terms; for .sto and .mot behind each force and point of a foot in the plane a third component, 0, so
-- that they serve as external loads.
--
-- What readers want (OpenSim 4.6): tabs; "time" first, which strictly increases; nRows and nColumns right; no blank
-- line, no nan and no inf, at which a row is spoilt silently. So a column with a number that is not finite is left
-- out, and the note says so.
local core = require "rl.core"
local sorted_keys = require "rl.sorted_keys"

local motion = {}

local function fail(format, ...) error("recording:write: " .. core.format(format, ...), 0) end

local function list_of(values)
  if type(values) == "userdata" then return values:totable() end
  return values
end

-- Names without what separates columns or lines.
local function plain_name(name, taken)
  local plain = tostring(name):gsub("[^%w_.%-]", "_")
  local unique, n = plain, 1
  while taken[unique] do
    n = n + 1
    unique = ("%s_%d"):format(plain, n)
  end
  taken[unique] = true
  return unique
end

-- The moment at which a number is not finite, or a message about the values as a whole; nil: they are fine.
local function what_is_wrong(values, length)
  if type(values) ~= "table" then return "is no list" end
  if #values ~= length then return ("has %d numbers for %d moments"):format(#values, length) end
  for i = 1, length do
    local x = values[i]
    if type(x) ~= "number" or x - x ~= 0 then return ("is %s at moment %d"):format(tostring(x), i) end
  end
end

-- All that could be written.
local function collect(recording)
  local all, taken = {}, {}
  local function add(name, unit, meaning, values)
    all[#all + 1] = { name = plain_name(name, taken), unit = unit, meaning = meaning, values = list_of(values) }
  end
  taken.time = true
  for _, column in ipairs(recording.columns or {}) do
    if column.name ~= "time" then
      add(column.name, column.unit, column.meaning, recording.fields[column.name])
      local foot = column.name:match("^(.+_force)_y$") or column.name:match("^(.+_point)_y$")
      if foot and recording.fields[foot .. "_x"] then
        all[#all + 1] = { name = plain_name(foot .. "_z", taken), unit = column.unit, meaning = "0: in the plane",
                          flat = true }
      end
    end
  end
  if not recording.columns then
    for _, name in ipairs(sorted_keys(recording.fields or {})) do
      if name ~= "time" then add(name, "", "", recording.fields[name]) end
    end
  end
  if recording.reward then
    add("reward", "", "of the action that led here; 0 at the start", recording.reward)
  end
  for _, name in ipairs(sorted_keys(recording.terms or {})) do
    add("reward_" .. name, "", "a term of the reward", recording.terms[name])
  end
  return all
end

local function check(recording)
  if type(recording) ~= "table" or type(recording.fields) ~= "table" then
    fail("a recording expected, which has fields, as env:record gives it")
  end
  if type(recording.dt) ~= "number" or not (recording.dt > 0 and recording.dt < math.huge) then
    fail("dt must be a positive number of seconds, got %s", tostring(recording.dt))
  end
end

local function choose(all, names)
  if not names then return all end
  if type(names) ~= "table" then fail("columns: a list of names expected, got a %s", type(names)) end
  local by_name, chosen, taken, known = {}, {}, {}, { "time" }
  for _, column in ipairs(all) do by_name[column.name], known[#known + 1] = column, column.name end
  for _, name in ipairs(names) do
    if name ~= "time" then
      chosen[#chosen + 1] = by_name[name] or fail("%s", core.unknown_name("column", tostring(name), known))
    end
    if taken[name] then fail("columns: %s comes twice", name) end
    taken[name] = true
  end
  return chosen
end

-- The columns, time first, and what was left out, in words, or nil. names: of those that are wanted; nil: all.
function motion.columns(recording, names)
  check(recording)
  local length = 0
  for _, values in pairs(recording.fields) do length = math.max(length, #values) end
  if length == 0 then fail("there are no moments in it") end
  local time = {}
  for i = 1, length do time[i] = (i - 1) * recording.dt end
  local columns = { { name = "time", unit = "s", meaning = "since the start of the episode", values = time } }
  local left_out = {}
  for _, column in ipairs(choose(collect(recording), names)) do
    if column.flat then
      column.values = {}
      for i = 1, length do column.values[i] = 0 end
    end
    local wrong = what_is_wrong(column.values, length)
    if wrong then
      left_out[#left_out + 1] = ("%s, which %s"):format(column.name, wrong)
    else
      columns[#columns + 1] = column
    end
  end
  return columns, #left_out > 0 and "left out: " .. table.concat(left_out, "; ") or nil
end

-- Nine digits tell two floats apart; times are doubles that are multiples of dt.
local function rows_of(columns, separator)
  local lines, cells = {}, {}
  for i = 1, #columns[1].values do
    for k, column in ipairs(columns) do
      local x = column.values[i]
      cells[k] = core.format(k == 1 and "%.10g" or "%.9g", x == 0 and 0 or x) -- never -0
    end
    lines[i] = table.concat(cells, separator)
  end
  return table.concat(lines, "\n") .. "\n"
end

local function names_of(columns, separator)
  local names = {}
  for k, column in ipairs(columns) do names[k] = column.name end
  return table.concat(names, separator) .. "\n"
end

-- The first line is a name, which must not look like one of the header's own.
local function opensim(columns, title)
  local name = tostring(title or "motion"):gsub("[^%w_%-. ]", "_"):gsub("^%s+", "")
  if name == "" or name:lower():find("endheader", 1, true) then name = "motion" end
  return ("%s\nversion=1\nnRows=%d\nnColumns=%d\ninDegrees=no\nendheader\n"):format(name, #columns[1].values,
    #columns) ..
    names_of(columns, "\t") .. rows_of(columns, "\t")
end

local writers = {
  sto = opensim,
  mot = opensim,
  csv = function(columns) return names_of(columns, ",") .. rows_of(columns, ",") end,
}

local KINDS = { sto = true, mot = true, csv = true, bvh = true }

local function in_the_plane(columns)
  local kept = {}
  for _, column in ipairs(columns) do
    if not column.flat then kept[#kept + 1] = column end
  end
  return kept
end

-- replay: what else could be written, for the message.
function motion.kind(path, replay)
  local kind = type(path) == "string" and path:lower():match("%.(%w+)$")
  if kind and KINDS[kind] then return kind end
  return nil, ("the end of the path must be .sto, .mot, .csv%s, got %s"):format(
    replay and ", .bvh or .html" or " or .bvh", tostring(path))
end

local function write(path, recording, options)
  if type(options) ~= "table" then fail("options: a table expected, got a %s", type(options)) end
  local kind, message = motion.kind(path, true)
  if not kind then fail("%s", message) end
  for name in pairs(options) do
    if name ~= "columns" then fail("%s", core.unknown_name("option", tostring(name), { "columns" })) end
  end
  if kind == "bvh" then
    if options.columns then fail("columns: a .bvh file has all joints") end
    check(recording)
    return require("rl.bvh").text(recording)
  end
  local columns, note = motion.columns(recording, options.columns)
  if kind == "csv" then columns = in_the_plane(columns) end
  return writers[kind](columns, recording.title), note
end

function motion.write(path, recording, options)
  local ok, text, note = pcall(write, path, recording, options or {})
  if not ok then error(text, 2) end
  local written, message = core.write_file(path, text)
  if not written then return nil, message end
  return true, note
end

return motion
