-- The folders that runs leave, read back: their settings and their rows, which of them differ in their seeds alone, and
-- how good they came out.
--
--   local run = assert(runs.read(folder))       { folder =, name =, config =, columns = { name, ... }, rows = count,
--                                                 values = { name = { number, ... } } }, NaN where one is missing
--   local groups = runs.group { run, ... }      { { label =, settings =, runs = { ... } }, ... }
--   local score = runs.score(run, "mean_return")
local core = require "rl.core"
local run_config = require "rl.run_config"
local sorted_keys = require "rl.sorted_keys"
local statistics = require "rl.statistics"

local runs = {}

local NAN = 0 / 0

-- The text of a file that runs write, or nil and a message.
function runs.read_text(path)
  local file, message = io.open(core.write_path(path), "r")
  if not file then return nil, message end
  local text, reason = file:read("*a")
  file:close()
  return text, reason
end

-- For the message about a folder that is no run: "; the newest run in it is ..." where it holds runs, else "".
function runs.hint(folder)
  local newest, time
  folder = folder:gsub("(.)/+$", "%1")
  for _, name in ipairs(core.list_directory(folder) or {}) do
    local path = folder .. "/" .. name
    local text = runs.read_text(path .. "/config.json")
    local config = text and run_config.parse(text)
    local own = config and config.time and config.time .. " " .. name
    if own and (not time or own > time) then newest, time = path, own end
  end
  return newest and "; the newest run in it is " .. newest or ""
end

local function number_of(text)
  if text == "nan" or text == "-nan" or text == "" then return NAN end
  return tonumber(text) or NAN
end

-- The columns of a CSV file of numbers. A last row that is not complete yet is left out; of more than `most` rows every
-- second, third ... is read, and the last.
local function parse(text, most)
  local columns, values, rows, seen = {}, {}, 0, -1
  local _, last = text:gsub("\n", "\n")
  local stride = math.max(math.ceil((last - 1) / (most or math.huge)), 1)
  for line in text:gmatch("([^\n]*)\n") do
    seen = seen + 1
    if #columns == 0 then
      for name in (line .. ","):gmatch("([^,]*),") do
        columns[#columns + 1] = name
        values[name] = {}
      end
    elseif seen % stride == 0 or seen == last - 1 then
      local i = 0
      rows = rows + 1
      for cell in (line .. ","):gmatch("([^,]*),") do
        i = i + 1
        if columns[i] then values[columns[i]][rows] = number_of(cell) end
      end
      for k = i + 1, #columns do values[columns[k]][rows] = NAN end
    end
  end
  return columns, values, rows
end

-- Nil and a message for a folder that is no run. most: rows, of a run that has many.
function runs.read(folder, most)
  local text = runs.read_text(folder .. "/progress.csv")
  if not text then return nil, folder .. " is no run: it has no progress.csv" end
  local json = runs.read_text(folder .. "/config.json")
  if not json then return nil, folder .. " is no run: it has no config.json" end
  local config, message = run_config.parse(json)
  if not config then return nil, ("%s: config.json is damaged: %s"):format(folder, message) end
  local run = { folder = folder, name = config.name or "run", config = config }
  run.columns, run.values, run.rows = parse(text, most)
  if #run.columns > 0 and not run.values.iteration then
    return nil, folder .. "/progress.csv is damaged: its first line names no column iteration"
  end
  return run
end

local function exists(path)
  local file = io.open(core.write_path(path), "r")
  return file and file:close() or false
end

-- The folders of runs at or below a folder, in order: { path, ... }, or nil and a message.
function runs.find(folder)
  folder = folder:gsub("(.)/+$", "%1")
  local found = {}
  local function look(path, depth)
    if exists(path .. "/config.json") and exists(path .. "/progress.csv") then
      found[#found + 1] = path
      return true
    end
    local names, message = core.list_directory(path)
    if not names then return nil, message end
    table.sort(names)
    for _, name in ipairs(names) do
      if depth > 0 then look(path .. "/" .. name, depth - 1) end
    end
    return true
  end
  local ok, message = look(folder, 3)
  if not ok then return nil, message end
  if #found == 0 then return nil, folder .. " is no run and holds none: there is no config.json with a progress.csv" end
  return found
end

-- Settings

-- What is not a setting: it differs between runs of the same kind.
local SETTINGS = { "options", "environment", "policy", "value", "method", "search", "iterations" }
local NOT_COMPARED = { seed = true, load = true, source = true, line = true } -- of a function its text counts

local function flatten(settings, value, path)
  if type(value) ~= "table" then
    settings[path] = type(value) == "number" and ("%.9g"):format(value) or tostring(value)
    return
  end
  for key, item in pairs(value) do
    local name = path == "" and tostring(key) or path .. "." .. tostring(key)
    if not NOT_COMPARED[key] then flatten(settings, item, name) end
  end
end

-- All settings of a run but its seeds: name -> text. Options of the script have their own names, others are
-- method.gamma, environment.options.gravity ...
function runs.settings(run)
  local settings = { name = run.name }
  for _, section in ipairs(SETTINGS) do
    local value = run.config[section]
    if value ~= nil then flatten(settings, value, section == "options" and "" or section) end
  end
  return settings
end

-- As part of a label: functions are long.
local function short(text)
  text = text:gsub("%s+", " ")
  return #text > 40 and text:sub(1, 37) .. "..." or text
end

local function key_of(settings)
  local parts = {}
  for _, name in ipairs(sorted_keys(settings)) do parts[#parts + 1] = name .. "=" .. settings[name] end
  return table.concat(parts, "\n")
end

-- The names of the settings in which the groups differ. An option of the script that all others follow says enough.
local function differences(groups)
  local names, all = {}, {}
  for _, group in ipairs(groups) do
    for name in pairs(group.settings) do all[name] = true end
  end
  for _, name in ipairs(sorted_keys(all)) do
    for _, group in ipairs(groups) do
      if group.settings[name] ~= groups[1].settings[name] then
        names[#names + 1] = name
        break
      end
    end
  end
  local own, told = {}, {}
  for _, name in ipairs(names) do
    if not name:find(".", 1, true) then own[#own + 1] = name end
  end
  for _, group in ipairs(groups) do
    local parts = {}
    for _, name in ipairs(own) do parts[#parts + 1] = tostring(group.settings[name]) end
    local text = table.concat(parts, "\n")
    if told[text] then return names end
    told[text] = true
  end
  return own
end

-- Runs that have all settings but the seed in common make a group, in the order in which they come. Its label is what
-- tells it from the others.
function runs.group(list)
  local groups, by_key = {}, {}
  for _, run in ipairs(list) do
    local settings = runs.settings(run)
    local key = key_of(settings)
    if not by_key[key] then
      by_key[key] = { settings = settings, runs = {} }
      groups[#groups + 1] = by_key[key]
    end
    table.insert(by_key[key].runs, run)
  end
  local names = differences(groups)
  for _, group in ipairs(groups) do
    local parts = {}
    for _, name in ipairs(names) do
      parts[#parts + 1] = name == "name" and group.settings.name or name .. "=" .. short(group.settings[name] or "none")
    end
    group.label = #parts > 0 and table.concat(parts, " ") or group.runs[1].name
  end
  return groups
end

-- Columns

local function is_time(name) return name == "seconds" or name == "steps_per_second" or name == "iteration" end

-- The columns that all runs have, as a set; and whether there is one that could be compared.
function runs.common(list)
  local counts, common, any = {}, {}, false
  for _, run in ipairs(list) do
    for _, name in ipairs(run.columns) do counts[name] = (counts[name] or 0) + 1 end
  end
  for name, count in pairs(counts) do
    if count == #list then
      common[name] = true
      any = any or not is_time(name) and name ~= "steps"
    end
  end
  return common, any
end

-- What a curve of these runs goes along: steps of the environment where all know them, else iterations.
function runs.axis(list)
  return runs.common(list).steps and "steps" or "iteration"
end

-- The mean of a column over the last tenth of the rows that have it; NaN where none has.
function runs.score(run, name)
  local finite = {}
  for _, x in ipairs(run.values[name] or {}) do
    if x - x == 0 then finite[#finite + 1] = x end
  end
  local last = {}
  for i = #finite - math.max(math.ceil(#finite / 10), 1) + 1, #finite do last[#last + 1] = finite[i] end
  return #finite > 0 and statistics.mean(last) or NAN
end

-- A run's column at the places `xs` of the axis, by linear interpolation; NaN outside of what it has.
function runs.sample(run, axis, name, xs)
  local x, y, at = {}, {}, 1
  for i = 1, run.rows do
    local here, value = run.values[axis][i], run.values[name][i]
    if here - here == 0 and value - value == 0 then x[#x + 1], y[#y + 1] = here, value end
  end
  local sampled = {}
  for i, wanted in ipairs(xs) do
    while at < #x - 1 and x[at + 1] < wanted do at = at + 1 end
    if #x < 2 or wanted < x[1] or wanted > x[#x] then
      sampled[i] = #x == 1 and wanted == x[1] and y[1] or NAN
    else
      local width = x[at + 1] - x[at]
      sampled[i] = width > 0 and y[at] + (y[at + 1] - y[at]) * (wanted - x[at]) / width or y[at + 1]
    end
  end
  return sampled
end

local POINTS, RESAMPLES = 60, 400

-- The curve of a group for a chart: the interquartile mean over its runs and its 95% bootstrap interval, as far as all
-- of them have come. Of a single run: the run.
function runs.curve(group, axis, name)
  local first, last = -math.huge, math.huge
  for _, run in ipairs(group.runs) do
    local low, high = math.huge, -math.huge
    for i = 1, run.rows do
      local x, y = run.values[axis][i], run.values[name][i]
      if x - x == 0 and y - y == 0 then low, high = math.min(low, x), math.max(high, x) end
    end
    first, last = math.max(first, low), math.min(last, high)
  end
  local curve = { name = group.label, x = {}, y = {} }
  if first > last then return curve end
  local points = last > first and POINTS or 1
  for i = 1, points do curve.x[i] = first + (last - first) * (i - 1) / math.max(points - 1, 1) end
  curve.x[points] = points > 1 and last or first -- without the rounding, which could lie outside
  local sampled = {}
  for i, run in ipairs(group.runs) do sampled[i] = runs.sample(run, axis, name, curve.x) end
  if #group.runs > 1 then curve.low, curve.high = {}, {} end
  for i = 1, points do
    local here = {}
    for _, list in ipairs(sampled) do here[#here + 1] = list[i] end
    curve.y[i] = statistics.iqm(here)
    if #here > 1 then curve.low[i], curve.high[i] = statistics.bootstrap(here, { resamples = RESAMPLES }) end
  end
  return curve
end

return runs
