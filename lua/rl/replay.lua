-- Writes a recording as one HTML file that plays it: nothing is loaded from elsewhere, any browser will do.
--
--   replay.write(path, {
--     title = "moonwalk", note = "walks",                    -- a line below the title
--     dt = 0.02, gravity = 1.62,                             -- seconds between frames, m/s^2
--     view = "above",                                        -- x and y are a plane that is seen as a whole; else the
--                                                            -- ground is below, and the camera goes along
--     n_bodies = 7,                                          -- 0, and no shapes: the replay shows the series alone
--     followed = 7,                                          -- the camera follows the first so many; all of them
--     shapes = {                                             -- in the coordinates of their body; body 0 is the world
--       { body = 0, kind = "polygon", points = { x1, y1, x2, y2, ... }, closed = false },
--       { body = 1, kind = "circle", x = 0, y = 0, radius = 0.1, name = "foot_l" },  -- _l and _r are coloured apart,
--       { body = 2, kind = "circle", radius = 0.1, colour = "#5b8def" },             -- if they have no colour
--       { kind = "strand", bodies = { 1, 2 }, points = { x1, y1, x2, y2 },   -- a line from body to body, coloured by
--         values = { ... } },                                                -- a number from 0 to 1 for each frame
--     },
--     frames = { { x, y, angle, x, y, angle, ... }, ... },   -- metres, radians counterclockwise; 3 n_bodies numbers
--     feet = { { name = "foot_l",                            -- in each frame where the ground pushes it, and how much
--                x = { ... }, forward = { ... }, upward = { ... } } },                -- in body weights
--     series = { { name = "speed", unit = "m/s", values = { ... } }, { name = "reward: upright", values = ... } },
--   }) -> true | nil, message
--
--   replay.read(path) -> recording | nil, message           -- what was written, to 0.1 mm
--
-- All but dt, n_bodies and frames may be missing. Of a recording of a creature (env:record) `feet` and `note` follow
-- from its fields. The first value of a reward is left out: the start has none.
--
-- The player is replay.html beside this file, with markers where the recording and the colours go.

local colours = require "rl.colours"
local core = require "rl.core"
local measure_gait = require "rl.gait"

local MARKER = "@RECORDING@"

local function fail(format, ...) error("replay: " .. core.format(format, ...), 0) end

local function check_number(value, what)
  if type(value) ~= "number" then fail("%s must be a number, got a %s", what, type(value)) end
end

local function check_strand(shape, what, n_bodies, n_frames)
  local bodies, points, values = shape.bodies, shape.points, shape.values
  if type(bodies) ~= "table" or #bodies < 2 then fail("%s: bodies must be a list of 2 at least", what) end
  if type(points) ~= "table" or #points ~= 2 * #bodies then
    fail("%s: points must be a list {x1, y1, x2, y2, ...}, a point for each of bodies", what)
  end
  if type(values) ~= "table" or #values ~= n_frames then
    fail("%s: values must be a list of a number for each of %d frames", what, n_frames)
  end
  for _, body in ipairs(bodies) do
    check_number(body, what .. ": bodies")
    if body < 1 or body > n_bodies then fail("%s: body %g is outside 1..%d", what, body, n_bodies) end
  end
end

local function check_colour(colour, what)
  if colour ~= nil and not (type(colour) == "string" and colour:find("^#%x%x%x%x%x%x$")) then
    fail("%s: colour must be \"#rrggbb\", got %s", what, tostring(colour))
  end
end

local function check_shape(shape, i, n_bodies, n_frames)
  local what = "shape " .. i
  check_colour(shape.colour, what)
  if shape.kind == "strand" then return check_strand(shape, what, n_bodies, n_frames) end
  check_number(shape.body, what .. ": body")
  if shape.body < 0 or shape.body > n_bodies then
    fail("%s: body %g is outside 0..%d", what, shape.body, n_bodies)
  end
  if shape.kind == "circle" then
    check_number(shape.radius, what .. ": radius")
  elseif shape.kind == "polygon" then
    if type(shape.points) ~= "table" or #shape.points < 4 or #shape.points % 2 ~= 0 then
      fail("%s: points must be a list {x1, y1, x2, y2, ...}", what)
    end
  else
    fail("%s: kind must be \"polygon\", \"circle\" or \"strand\", got %s", what, tostring(shape.kind))
  end
end

local function check(recording)
  if type(recording) ~= "table" then fail("a recording expected, got a %s", type(recording)) end
  check_number(recording.dt, "dt")
  check_number(recording.n_bodies, "n_bodies")
  local followed = recording.followed
  if followed ~= nil then
    check_number(followed, "followed")
    if followed < 0 or followed > recording.n_bodies then
      fail("followed must be 0 to n_bodies = %d, got %g", recording.n_bodies, followed)
    end
  end
  if recording.dt <= 0 then fail("dt must be positive, got %g", recording.dt) end
  local frames = recording.frames
  if type(frames) ~= "table" or #frames == 0 then fail("there are no frames") end
  for i, frame in ipairs(frames) do
    if #frame ~= 3 * recording.n_bodies then
      fail("frame %d holds %d numbers, not x, y and angle of n_bodies = %d", i, #frame, recording.n_bodies)
    end
  end
  for i, shape in ipairs(recording.shapes or {}) do
    check_shape(shape, i, recording.n_bodies, #frames)
  end
  if recording.view ~= nil and recording.view ~= "side" and recording.view ~= "above" then
    fail("view must be \"side\" or \"above\", got %s", tostring(recording.view))
  end
  for i, foot in ipairs(recording.feet or {}) do
    for _, key in ipairs { "x", "forward", "upward" } do
      if type(foot[key]) ~= "table" or #foot[key] ~= #frames then
        fail("foot %d: %s must be a list of a number for each of %d frames", i, key, #frames)
      end
    end
  end
  for i, series in ipairs(recording.series or {}) do
    if type(series.values) ~= "table" or #series.values ~= #frames then
      fail("series %s: %d values for %d frames", tostring(series.name or i), #(series.values or {}), #frames)
    end
  end
end

-- Muscles are stepped more often than a screen shows: of so many frames one is kept, at 50 a second or more.
local function stride_of(dt, seconds) return math.max(math.floor((seconds or 0.02) / dt + 1e-6), 1) end

-- Every stride-th element from the first on.
local function every(stride, list)
  local out = {}
  for i = 1, #list, stride do out[#out + 1] = list[i] end
  return out
end

-- A tenth of a millimetre is finer than a screen, a hundredth of a muscle's or a body's strength too: files are small.
local function fixed(values, scale)
  local out = {}
  for i, value in ipairs(values) do out[i] = math.floor(value * scale + 0.5) / scale end
  return out
end

local function four_digits(values)
  local out = {}
  for i, value in ipairs(values) do out[i] = core.tonumber(core.format("%.4g", value)) or 0 / 0 end
  return out
end

-- What a recording of a creature has beside what is drawn

-- The forces of the ground, in what the creature weighs; on Earth where there is no gravity. Those of one agent of a
-- world are where that agent counts from, and not drawn.
local function feet_of(recording)
  if recording.feet or not recording.creature or recording.agent then return recording.feet or {} end
  local feet, mass, gravity = {}, 0, recording.gravity or 0
  for _, body in ipairs(recording.creature.bodies) do mass = mass + body.mass end
  local weight = mass * (gravity > 0 and gravity or 9.81)
  for _, body in ipairs(recording.creature.bodies) do
    local function field(name) return recording.fields[body.name .. name] end
    if body.foot and field "_point_x" then
      local function weights(name)
        local values = field(name):totable()
        for i, force in ipairs(values) do values[i] = force / weight end
        return values
      end
      feet[#feet + 1] = { name = body.name, x = field "_point_x":totable(), forward = weights "_force_x",
                          upward = weights "_force_y" }
    end
  end
  return feet
end

local function note_of(recording)
  if recording.note or not recording.creature or recording.agent then return recording.note end
  local measured, gait = pcall(measure_gait, recording)
  return measured and gait:line() or nil
end

local function values_of(series, stride)
  local values = four_digits(every(stride, series.values))
  if (series.name or ""):find("^reward") then values[1] = 0 / 0 end
  return values
end

-- What the player reads. every_s: seconds between frames, at least; 0.02
local function data_of(recording, every_s)
  local stride = stride_of(recording.dt, every_s)
  local data = { title = recording.title or "replay", note = note_of(recording), dt = stride * recording.dt,
                 gravity = recording.gravity, view = recording.view, bodies = recording.n_bodies,
                 followed = recording.followed, shapes = {}, frames = {}, feet = {}, series = {} }
  for i, shape in ipairs(recording.shapes or {}) do
    data.shapes[i] = { body = shape.body, kind = shape.kind, name = shape.name, colour = shape.colour,
                       closed = shape.closed ~= false, points = shape.points and fixed(shape.points, 1e4), x = shape.x,
                       y = shape.y, radius = shape.radius, bodies = shape.bodies,
                       values = shape.values and fixed(every(stride, shape.values), 100) }
  end
  for i, frame in ipairs(every(stride, recording.frames)) do data.frames[i] = fixed(frame, 1e4) end
  for i, foot in ipairs(feet_of(recording)) do
    data.feet[i] = { name = foot.name, x = fixed(every(stride, foot.x), 1e3),
                     forward = fixed(every(stride, foot.forward), 100),
                     upward = fixed(every(stride, foot.upward), 100) }
  end
  for i, series in ipairs(recording.series or {}) do
    data.series[i] = { name = series.name, unit = series.unit, values = values_of(series, stride) }
  end
  return data
end

-- Beside this file, or where package.path would have it.
local function open_template()
  local source = debug.getinfo(1, "S").source
  local file = source:sub(1, 1) == "@" and io.open((source:sub(2):gsub("%.lua$", ".html")), "r")
  if file then return file end
  for template in package.path:gmatch("[^;]+") do
    file = io.open((template:gsub("%?", "rl/replay"):gsub("%.lua$", ".html")), "r")
    if file then return file end
  end
  return nil
end

local replay = {}

-- The player: what comes before and what comes after the JSON of a recording; nil and a message.
function replay.player()
  local file = open_template()
  if not file then return nil, "replay.html, the player, is missing beside replay.lua" end
  local text = file:read("*a")
  file:close()
  text = text:gsub("@STYLE@", colours.style):gsub("@SWITCH@", colours.switch):gsub("@COLOURS@", core.json {
    curves = colours.curves, sides = colours.sides, worlds = colours.worlds,
  })
  local first, last = text:find(MARKER, 1, true)
  if not first then return nil, "replay.html, the player, has no marker " .. MARKER end
  return text:sub(1, first - 1), text:sub(last + 1)
end

-- What the player reads of a recording, of which other pages write it as they like; every_s: seconds between frames, at
-- least, 0.02.
function replay.data(recording, every_s)
  local valid, wrong = pcall(check, recording)
  if not valid then error(wrong, 2) end
  return data_of(recording, every_s)
end

replay.feet = feet_of

-- A "<" in a title must not end the script element; in JSON it can be written as a number.
function replay.json(data) return (core.json(data):gsub("<", "\\u003c")) end

function replay.write(path, recording)
  local data, before, after = replay.data(recording), replay.player()
  if not before then return nil, after end
  return core.write_file(path, before .. replay.json(data) .. after)
end

-- What JSON has of a recording, as it was; nil where it is none.
local function from_json(text)
  local data = core.parse_json(text)
  if type(data) ~= "table" then return nil end
  local recording = { title = data.title, note = data.note, dt = data.dt, gravity = data.gravity, view = data.view,
                      n_bodies = data.bodies, followed = data.followed, shapes = data.shapes, frames = data.frames,
                      feet = data.feet, series = data.series }
  for _, series in ipairs(type(data.series) == "table" and data.series or {}) do
    for i = 1, type(data.frames) == "table" and #data.frames or 0 do
      if type(series.values[i]) ~= "number" then series.values[i] = 0 / 0 end -- null
    end
  end
  if not pcall(check, recording) then return nil end
  return recording
end

function replay.read(path)
  local file, message = io.open(core.read_path(path), "r")
  if not file then return nil, message end
  local text = file:read("*a")
  file:close()
  local json = text and text:match('<script id="recording" type="application/json">(.-)</script>')
  if not json then return nil, path .. " is no replay: it holds no recording" end
  local read, recording = pcall(from_json, json)
  if not read or not recording then return nil, path .. ": the recording in it is damaged" end
  return recording
end

return replay
