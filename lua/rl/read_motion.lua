-- rl.motion: a reference motion from a file, or from a recording.
--
--   local motion = rl.motion("walk.sto", { creature = "human", cycle = true, rate = 100 })
--   local motion = rl.motion("subject.mot", { map = { hip_l_angle = "hip_flexion_l",
--                                                     knee_l_angle = { "knee_angle_l", scale = -1 } } })
--   local motion = rl.motion("walk.c3d", { creature = "human", segments = { ... } })           markers.lua
--
-- What it has is in motion_curves.lua. What is done with the numbers is asked for, and said in motion.note.
local core = require "rl.core"
local clock = require "rl.motion_clock"
local curves = require "rl.motion_curves"
local list = require("rl.motion_table").list

local MOST = 2 ^ 30 -- bytes of a file

local OPTIONS = { "map", "creature", "segments", "origin", "forward", "up", "units", "degrees", "from", "to", "fill",
                  "rate", "cycle", "symmetric", "partial" }

local function fail(format, ...) error(core.format(format, ...), 0) end

-- Columns by name

local METRES_A_SECOND = { recent_speed = true, head_speed = true }

local function is_angle(name) return name == "angle" or name:find("_angle$") ~= nil end
local function turns(name) return is_angle(name) or name:find("_speed$") and not METRES_A_SECOND[name] end
local function finite(x) return type(x) == "number" and x - x == 0 end
local function travels(name) return name == "x" or name:find("_x$") and not name:find("_force_x$") end

-- { { own name, name in the file, scale, offset }, ... }: all in the order of the file, or those of a map, sorted;
-- whether the map has own names, and is no list of what is wanted.
local function all_of(names, time)
  local rows = {}
  for _, name in ipairs(names) do
    if name ~= time then rows[#rows + 1] = { name, name, 1, 0 } end
  end
  return rows
end

local function wanted(map)
  local rows, renames = {}, false
  if type(map) ~= "table" then fail("map: { column = name in the file, ... } expected, got a %s", type(map)) end
  for own, theirs in pairs(map) do
    local from = theirs
    if type(theirs) == "table" then from = theirs[1] else theirs = {} end
    if type(own) == "number" then own = from else renames = renames or own ~= "time" end
    local factor, offset = theirs.scale or 1, theirs.offset or 0
    if type(own) ~= "string" or type(from) ~= "string" or not finite(factor) or not finite(offset) then
      fail("map: %s: the name of a column, or { name, scale =, offset = } with finite numbers, expected",
        tostring(own))
    end
    for key in pairs(theirs) do
      if key ~= 1 and key ~= "scale" and key ~= "offset" then
        fail("map: %s: %s", own, core.unknown_name("key", tostring(key), { "scale", "offset" }))
      end
    end
    rows[#rows + 1] = { own, from, factor, offset }
  end
  table.sort(rows, function(a, b) return a[1] < b[1] end)
  if #rows == 0 then fail("map names no column") end
  return rows, renames
end

-- The row that says which column time is, apart.
local function without_time(rows)
  local others, time = {}, nil
  for _, row in ipairs(rows) do
    if row[1] == "time" then time = row else others[#others + 1] = row end
  end
  return others, time
end

local function check_names(rows, time, names, path)
  local known, missing = {}, {}
  for _, name in ipairs(names) do known[name] = true end
  for _, row in ipairs(rows) do
    if not known[row[2]] then missing[#missing + 1] = row[2] end
  end
  if time and not known[time[2]] then missing[#missing + 1] = time[2] end
  if #missing > 0 then
    fail("%s: missing: %s; there are %s; map = { %s = NAME } takes another", path, list(missing), list(names),
      missing[1])
  end
end

-- Of a creature: the joints, which all must be there, and of the root what there is.
local function columns_of(bodies, names)
  local known, rows = {}, {}
  for _, name in ipairs(names) do known[name] = true end
  for _, name in ipairs { "root_angle", "root_x", "root_y" } do
    if known[name] then rows[#rows + 1] = { name, name, 1, 0 } end
  end
  for _, body in ipairs(bodies) do
    if body.joint then
      local name = body.joint.name .. "_angle"
      rows[#rows + 1] = { name, name, 1, 0 }
    end
  end
  return rows
end

-- Radians. What is no angle by its name stays as it is, and is named.
local function to_radians(columns, said, option, path)
  local degrees = said
  if option ~= nil then degrees = option end
  local greatest, others, where = 0, {}, nil
  for _, column in ipairs(columns) do
    if is_angle(column.name) then
      for _, x in ipairs(column.values) do
        if math.abs(x) > greatest then greatest, where = math.abs(x), column.name end
      end
    end
    if degrees and turns(column.name) then
      for i, x in ipairs(column.values) do column.values[i] = math.rad(x) end
    elseif degrees then
      others[#others + 1] = column.name
    end
  end
  if not degrees and option == nil and greatest > 6.5 then
    fail("%s: %s reaches %.4g: are these degrees? degrees = true, or false where they are radians", path, where,
      greatest)
  end
  local notes = {}
  if degrees and option == nil and where and greatest < 2 then
    notes[1] = ("no angle is above %.2g degrees: if they are radians, degrees = false"):format(greatest)
  end
  if #others > 0 then
    notes[#notes + 1] = "taken as they are, since their names do not end in _angle: " .. list(others)
  end
  return table.concat(notes, "; ")
end

-- Where numbers come from: time, columns, where(row), note

-- clock: the row of a map that says which column time is, or nil.
local function from_table(file, rows, clock_row, options)
  check_names(rows, clock_row, file.names, file.path)
  local names, seen = {}, {}
  for _, row in ipairs(rows) do
    if not seen[row[2]] then names[#names + 1], seen[row[2]] = row[2], true end
  end
  local read, lines = file:read(names, clock_row and clock_row[2])
  local columns, time = {}, {}
  for i, x in ipairs(read.time) do time[i] = clock_row and clock_row[3] * x + clock_row[4] or x end
  for k, row in ipairs(rows) do
    local values = {}
    for i, x in ipairs(read[row[2]]) do values[i] = x end
    columns[k] = { name = row[1], values = values }
  end
  local note = to_radians(columns, file.degrees, options.degrees, file.path)
  for k, row in ipairs(rows) do
    if row[3] ~= 1 or row[4] ~= 0 then
      for i, x in ipairs(columns[k].values) do columns[k].values[i] = row[3] * x + row[4] end
    end
  end
  return time, columns, function(i) return file.path .. ":" .. lines[i] end, note
end

-- A recording as a file that has been read.
local function file_of(recording)
  local names, fields = {}, recording.fields
  if type(recording.dt) ~= "number" or not (recording.dt > 0 and recording.dt < math.huge) then
    fail("the recording's dt must be a positive number of seconds, got %s", tostring(recording.dt))
  end
  for name in pairs(fields) do names[#names + 1] = tostring(name) end
  table.sort(names)
  local file = { names = names, time = "time", degrees = false, path = tostring(recording.title or "the recording") }
  function file.read(_, wanted_names)
    local columns, lines, n = { time = {} }, {}, nil
    for _, name in ipairs(wanted_names) do
      local values = fields[name]
      if type(values) == "userdata" then values = values:totable() end
      if type(values) ~= "table" then fail("%s: numbers expected, got a %s", name, type(values)) end
      for i, x in ipairs(values) do
        if type(x) ~= "number" then fail("%s: number %d is a %s", name, i, type(x)) end
      end
      n = n or #values
      if #values ~= n then fail("%s has %d numbers, others have %d", name, #values, n) end
      columns[name] = values
    end
    for i = 1, n or 0 do columns.time[i], lines[i] = (i - 1) * recording.dt, i end
    return columns, lines
  end
  return file
end

local READERS = {
  sto = function(text, path) return require("rl.motion_table").open(text, path, "sto") end,
  mot = function(text, path) return require("rl.motion_table").open(text, path, "sto") end,
  csv = function(text, path) return require("rl.motion_table").open(text, path, "csv") end,
  trc = function(text, path) return require("rl.trc").open(text, path) end,
  c3d = function(text, path, options) return require("rl.c3d").open(text, path, options.partial) end,
}

local function open(source, options)
  if type(source) == "table" then
    if type(source.fields) ~= "table" then fail("a path or a recording, which has fields, expected") end
    return file_of(source)
  end
  local kind = source:lower():match("%.(%w+)$")
  local reader = READERS[kind] or fail("the end of the path must be .sto, .mot, .csv, .trc or .c3d, got %s", source)
  local text, message = core.read_file(source, MOST)
  if not text then fail("%s", message) end
  return reader(text, source, options)
end

local function model_of(env)
  local ok, model = pcall(core.creature_model, env)
  if not ok then fail("option creature: %s", model) end
  return model.bodies
end

local function bodies_of(creature)
  if creature == nil then return nil end
  if type(creature) == "userdata" then return model_of(creature) end
  local ok, env = pcall(core.env, creature, { n = 1 })
  if not ok then fail("option creature: %s", env) end
  return model_of(env)
end

-- Behind the rows of a map what a creature has besides, as far as the file has it by its own name, and the map has not
-- said that it is something else; the joints that it has not.
local function complete(rows, bodies, file)
  local there, taken, missing = {}, {}, {}
  for _, name in ipairs(file.names) do there[name] = true end
  for _, row in ipairs(rows) do
    taken[row[1]], there[row[2]] = true, nil
  end
  for _, row in ipairs(columns_of(bodies, file.names)) do
    if not taken[row[1]] and there[row[2]] then rows[#rows + 1] = row
    elseif not taken[row[1]] then missing[#missing + 1] = row[1] end
  end
  return #missing > 0 and "not followed, for there are no columns of theirs: " .. list(missing) or ""
end

-- What is nearly the name of a joint's angle: but shoulder_l_speed is a name of its own.
local function is_nearly_joint(name, problem)
  return not name:find("_speed$") and (name:find("angle") or problem:find('; did you mean "', 1, true))
end

-- A map's new name that is nearly a joint's is a mistake: as a curve of its own it would leave the joint out, unseen.
local function check_joints(rows, bodies)
  local names, known = {}, { root_angle = true, root_x = true, root_y = true }
  for _, body in ipairs(bodies) do
    if body.joint then
      names[#names + 1] = body.joint.name .. "_angle"
      known[names[#names]] = true
    end
  end
  for _, row in ipairs(rows) do
    local own, problem = row[1], not known[row[1]] and core.unknown_name("joint", row[1], names)
    if problem and (is_angle(own) or own ~= row[2] and is_nearly_joint(own, problem)) then
      fail("map: %s", problem)
    end
  end
end

local function read(source, options)
  local file, bodies = open(source, options), bodies_of(options.creature)
  if file.coordinate then
    if not bodies then fail("%s has markers: creature = NAME is missing, whose joints are to be known", file.path) end
    if options.map then fail("map is for files with columns; %s has markers, which take segments", file.path) end
    if options.degrees ~= nil then fail("degrees is for files with columns; %s has markers", file.path) end
    if options.partial ~= nil and not file.path:lower():find("%.c3d$") then fail("partial is for .c3d") end
    if options.units then file.units = options.units end
    local columns = require("rl.markers").columns(file, options, bodies)
    return file.path, file.time, columns, function(i) return file:where(i) end, file.note
  end
  for _, name in ipairs { "segments", "origin", "forward", "up", "units", "partial" } do
    if options[name] ~= nil then fail("%s is for markers; %s has columns, which take map", name, file.path) end
  end
  local rows, renames, clock_row, left = {}, false, nil, ""
  if options.map ~= nil then
    rows, renames = wanted(options.map)
    rows, clock_row = without_time(rows)
  end
  if clock_row and not file.place then fail("map: time: a recording has its own") end
  if #rows == 0 then
    local time = clock_row and clock_row[2] or file.time
    rows = bodies and columns_of(bodies, file.names) or all_of(file.names, time)
  elseif bodies and renames then
    left = complete(rows, bodies, file)
  end
  local time, columns, where, note = from_table(file, rows, clock_row, options)
  if left ~= "" then note = note ~= "" and note .. "; " .. left or left end
  if bodies then check_joints(rows, bodies) end
  return file.path, time, columns, where, note
end

-- Rows from and to these seconds.
local function cut(time, columns, from, to, where, path)
  local first, last = 1, #time
  while from and first <= last and time[first] < from - 1e-9 do first = first + 1 end
  while to and last >= first and time[last] > to + 1e-9 do last = last - 1 end
  if last - first + 1 < 3 then
    fail("%s: %d rows%s: three are needed at least", path, math.max(0, last - first + 1),
      (from or to) and core.format(" from %s to %s, of %.6g to %.6g", from or "the start", to or "the end", time[1],
        time[#time]) or "")
  end
  local function piece(values)
    local part = {}
    for i = first, last do part[#part + 1] = values[i] end
    return part
  end
  for _, column in ipairs(columns) do
    column.values = piece(column.values)
    local gap = column.gap
    if gap then column.gap = function(i) return gap(i + first - 1) end end
  end
  return piece(time), function(i) return where(i + first - 1) end
end

-- Left and right do the same half a cycle later: the mean of both. Where names do not tell, a curve is its own other
-- side.
local function even_out(self, columns, n)
  local by_name, half, new = {}, n / 2, {}
  for _, column in ipairs(columns) do by_name[column.name] = column.values end
  for k, column in ipairs(columns) do
    local other = column.name:gsub("_([lr])_", { l = "_r_", r = "_l_" }, 1)
    local values, image = column.values, by_name[other]
    if not image then fail("option symmetric: there is %s and not %s", column.name, other) end
    local advance = self.advance[column.name] or 0
    new[k] = {}
    for i = 1, n do
      local later = i + half
      local behind = later > n and advance or 0
      new[k][i] = (values[i] + image[(later - 1) % n + 1] + behind - advance / 2) / 2
    end
  end
  for k, column in ipairs(columns) do column.values = new[k] end
end

-- One stride on the clock of the rate. What does not end where it began is bent straight, if it is by little.
local function close(self, time, columns, from, to, path, symmetric)
  local n = math.max(2, math.floor((to - from) * self.rate + 0.5))
  if (to - from) * self.rate < 1.5 then
    fail("cycle: %.6g to %.6g s are less than two moments at %.4g Hz; rate = %.4g has more", from, to, self.rate,
      20 / (to - from))
  end
  if symmetric and n % 2 == 1 then n = n + 1 end
  local step, worst, where = (to - from) / n, 0, nil
  clock.sample(time, columns, from, step, n + 1)
  for _, column in ipairs(columns) do
    local values, name = column.values, column.name
    local drift = values[n + 1] - values[1]
    if travels(name) then
      self.advance[name] = drift
    elseif is_angle(name) or name:find("_y$") and not name:find("_force_y$") then
      local low, high = math.huge, -math.huge
      for i = 1, n + 1 do low, high = math.min(low, values[i]), math.max(high, values[i]) end
      if is_angle(name) and math.abs(drift) > 0.35 * (high - low) and math.abs(drift) > 0.05 then
        fail("%s: from %.6g to %.6g s is no cycle: %s ends %.3g rad from where it began, of %.3g that it moves", path,
          from, to, name, drift, high - low)
      end
      if math.abs(drift) > worst then worst, where = math.abs(drift), name end
      for i = 1, n + 1 do values[i] = values[i] - drift * (i - 1) / n end
    end
    values[n + 1] = nil
  end
  if symmetric then even_out(self, columns, n) end
  self.rate, self.duration, self.periodic, self.from = 1 / step, to - from, true, from
  return core.format("the cycle from %.6g to %.6g s%s", from, to,
    where and core.format("; its ends, up to %.2g apart (%s), are made to meet", worst, where) or "")
end

local function number_option(options, name, least)
  local value = options[name]
  if value == nil then return nil end
  if type(value) ~= "number" or not (value >= least and value < math.huge) then
    fail("option %s: a number from %g on expected, got %s", name, least, tostring(value))
  end
  return value
end

local function check_options(options)
  for name in pairs(options) do
    local known = false
    for _, one in ipairs(OPTIONS) do known = known or one == name end
    if not known then fail("%s", core.unknown_name("option", tostring(name), OPTIONS)) end
  end
  if options.degrees ~= nil and type(options.degrees) ~= "boolean" then
    fail("option degrees: true or false expected, got %s", tostring(options.degrees))
  end
  local cycle = options.cycle
  if options.symmetric and not cycle then
    fail("option symmetric: left and right are half a cycle apart, so it needs one: cycle = true")
  end
  if type(cycle) == "table" then
    if not finite(cycle[1]) or not finite(cycle[2]) or cycle[1] >= cycle[2] then
      fail("cycle: { from, to } expected, in seconds, from before to")
    end
  elseif cycle ~= nil and type(cycle) ~= "boolean" and cycle ~= "whole" then
    fail("cycle: true, \"whole\" or { from, to } in seconds expected, got %s", tostring(cycle))
  end
end

local function joints_among(columns)
  local angles = {}
  for _, column in ipairs(columns) do
    if is_angle(column.name) then angles[#angles + 1] = column end
  end
  return #angles > 0 and angles or columns
end

local function make(source, options)
  check_options(options)
  local fill, rate = number_option(options, "fill", 0), number_option(options, "rate", 1e-3)
  local from, to = number_option(options, "from", -1e9), number_option(options, "to", -1e9)
  local path, time, columns, where, note = read(source, options)
  if #columns == 0 then fail("%s: there are no columns but time", path) end
  local notes = { note ~= "" and note or nil }
  clock.check(time, where)
  time, where = cut(time, columns, from, to, where, path)
  local step, even, median = clock.step_of(time)
  local gaps = clock.check_rows(time, median, fill, where)
  if not even and not rate then
    fail("%s: time goes on in uneven steps, of %.4g s in the middle; rate = %.4g gives it an even clock", path, median,
      math.floor(1 / median + 0.5))
  end
  notes[#notes + 1] = clock.fill(time, columns, fill, where)
  if gaps > 0 then notes[#notes + 1] = ("filled in: rows in %d gap%s"):format(gaps, gaps > 1 and "s" or "") end
  local self = { rate = rate or 1 / step, periodic = false, advance = {}, values = {}, columns = {}, time = {} }
  local same = even and gaps == 0 and (not rate or math.abs(rate * step - 1) < 1e-6)
  local start = time[1]
  if options.cycle then
    local cycle = options.cycle
    if cycle == "whole" then
      cycle = { time[1], time[#time] }
    elseif cycle == true then
      if not even or gaps > 0 then
        time = clock.sample(time, columns, start, step, math.floor((time[#time] - start) / step + 1e-6) + 1)
      end
      cycle = { clock.find_stride(time, joints_among(columns), path) }
    elseif cycle[1] < time[1] - 1e-9 or cycle[2] > time[#time] + 1e-9 then
      fail("cycle: %.6g to %.6g s is not within the %.6g to %.6g s of %s", cycle[1], cycle[2], time[1], time[#time],
        path)
    end
    notes[#notes + 1] = close(self, time, columns, cycle[1], cycle[2], path, options.symmetric)
  else
    local n = #time
    if not same then
      n = math.floor((time[n] - start) * self.rate + 1e-6) + 1
      if n < 2 then fail("option rate: %g Hz leaves less than two moments of %.3g s", rate, time[#time] - start) end
      clock.sample(time, columns, start, 1 / self.rate, n)
    end
    self.duration, self.from = (n - 1) / self.rate, start
  end
  for i = 1, #columns[1].values do self.time[i] = (i - 1) / self.rate end
  for k, column in ipairs(columns) do
    if self.values[column.name] then fail("map: two columns would be called %s", column.name) end
    self.columns[k], self.values[column.name] = column.name, column.values
  end
  for _, name in ipairs { "root_x", "com_x", "x" } do -- m/s forward on average; nil: not known
    local x = self.values[name]
    if x and not self.speed then self.speed = (self.advance[name] or x[#x] - x[1]) / self.duration end
  end
  self.note = #notes > 0 and table.concat(notes, "; ") or nil
  return curves.new(self)
end

return function(source, options)
  if type(source) ~= "string" and type(source) ~= "table" then
    error("rl.motion: a path or a recording expected, got a " .. type(source), 2)
  end
  if options ~= nil and type(options) ~= "table" then error("rl.motion: options must be a table", 2) end
  local ok, result = pcall(make, source, options or {})
  if not ok then error("rl.motion: " .. tostring(result):gsub("[%c\127]", "?"), 2) end -- names may be anything
  return result
end
