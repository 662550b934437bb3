-- From markers in space to the angles of a creature in the plane.
--
--   local columns = markers.columns(source, {
--     segments = { trunk = { "SHOULDER", "HIP" }, left_thigh = { "HIP", "KNEE" },
--                  foot = { "HEEL", "TOE", rest = "forward" } },
--     origin = "HIP", forward = "x", up = "y",
--   }, bodies)                        { { name =, values =, gap = function(row) -> words }, ... }, note
--
-- A segment is a body of the creature, seen as the direction from a marker to another (or from and to the middle of
-- several), and `rest` is where that points when the creature stands: "down" (default), "up", "forward", "back" or
-- degrees counter-clockwise from forward. The angle of a joint is how much further its body has turned than the one
-- that it hangs on.
--
-- source: trc.lua or c3d.lua: path, time, labels, units, up, where(self, row), coordinate(self, k, axis).
local core = require "rl.core"
local list = require("rl.motion_table").list

local markers = {}

local atan2 = rawget(math, "atan2") or math.atan
local AXIS = { x = 1, y = 2, z = 3 }
local METRES = { m = 1, meter = 1, meters = 1, metre = 1, metres = 1, cm = 0.01, mm = 0.001 }
local DIRECTION = { forward = 0, up = math.pi / 2, back = math.pi, down = -math.pi / 2 }

local function fail(format, ...) error(core.format(format, ...), 0) end

local function axis_of(option, text)
  local sign, name = tostring(text):match("^([+-]?)([xyz])$")
  if not name then fail("%s: x, y, z, -x, -y or -z expected, got %s", option, tostring(text)) end
  return AXIS[name], sign == "-" and -1 or 1
end

-- Points in the plane

local function find_marker(source, name)
  local found
  for k, label in ipairs(source.labels) do
    if label == name then
      if found then fail("%s: two markers are called %s", source.path, name) end
      found = k
    end
  end
  return found or fail("%s: there is no marker %s; there are %s", source.path, tostring(name), list(source.labels))
end

-- Coordinates forward and up of each marker, in the file's unit, read once.
local function new_plane(source, options)
  local up, up_sign = axis_of("up", options.up or source.up)
  local forward, forward_sign = axis_of("forward", options.forward or "x")
  if up == forward then
    fail("forward and up are both the axis %s of %s; say forward = ...", ("xyz"):sub(up, up), source.path)
  end
  local function read(k, axis, sign)
    local values = source:coordinate(k, axis)
    for i = 1, #values do values[i] = sign * values[i] end
    return values
  end
  local known = {}
  return function(name)
    if not known[name] then
      local k = find_marker(source, name)
      known[name] = { name = name, x = read(k, forward, forward_sign), y = read(k, up, up_sign) }
    end
    return known[name]
  end
end

-- names: one, or a list whose middle is meant.
local function point_of(plane, names, what)
  if type(names) == "string" then return plane(names) end
  if type(names) ~= "table" or #names == 0 then fail("%s: names of markers expected", what) end
  local point = { parts = {}, x = {}, y = {} }
  for k, name in ipairs(names) do point.parts[k] = plane(name) end
  for i = 1, #point.parts[1].x do
    local x, y = 0, 0
    for _, part in ipairs(point.parts) do x, y = x + part.x[i], y + part.y[i] end
    point.x[i], point.y[i] = x / #names, y / #names
  end
  return point
end

local function missing_in(points, row)
  for _, point in ipairs(points) do
    for _, part in ipairs(point.parts or { point }) do
      local x, y = part.x[row], part.y[row]
      if x ~= x or y ~= y then return "marker " .. part.name .. " is missing" end
    end
  end
  return "its markers are in one place"
end

-- Directions

local function rest_of(segment, what)
  local rest = segment.rest == nil and "down" or segment.rest
  if type(rest) == "number" and rest - rest == 0 then return math.rad(rest) end
  return DIRECTION[rest] or fail("%s: rest: up, down, forward, back or degrees expected, got %s", what, tostring(rest))
end

local function wrap(angle) return angle - 2 * math.pi * math.floor(angle / (2 * math.pi) + 0.5) end

-- How far it has turned from where it rests, within half a turn.
local function turn_of(plane, name, segment)
  local what = "segments: " .. name
  if type(segment) ~= "table" or #segment ~= 2 then
    fail("%s: { from, to } expected, two markers, or lists of markers whose middle is meant", what)
  end
  for key in pairs(segment) do
    if type(key) ~= "number" and key ~= "rest" then
      fail("%s: %s", what, core.unknown_name("key", tostring(key), { "rest" }))
    end
  end
  local from, to = point_of(plane, segment[1], what), point_of(plane, segment[2], what)
  local rest, turn, x, y = rest_of(segment, what), {}, 0, 0
  for i = 1, #from.x do
    local dx, dy = to.x[i] - from.x[i], to.y[i] - from.y[i]
    turn[i] = (dx ~= 0 or dy ~= 0) and wrap(atan2(dy, dx) - rest) or 0 / 0
    if turn[i] == turn[i] then x, y = x + math.cos(turn[i]), y + math.sin(turn[i]) end
  end
  local mean = math.deg(atan2(y, x))
  if math.abs(mean) > 75 then
    fail("%s: it points %.0f degrees away from where it rests (%s), on average: look at its rest, at which marker " ..
      "comes first, and at the axes (forward, up)", what, mean, tostring(segment.rest or "down"))
  end
  return { turn = turn, points = { from, to } }
end

local function difference(child, parent)
  local values, before = {}, nil
  for i = 1, #child.turn do
    local angle = wrap(child.turn[i] - (parent and parent.turn[i] or 0))
    if before then angle = angle + 2 * math.pi * math.floor((before - angle) / (2 * math.pi) + 0.5) end
    values[i] = angle
    if angle == angle then before = angle end
  end
  return values
end

local function scale_of(source)
  local units = tostring(source.units):lower():gsub("%s", "")
  return METRES[units] or fail("%s: its units are \"%s\": m, cm or mm expected; say units = \"mm\"", source.path,
    (tostring(source.units):gsub("[%c\127]", "?")))
end

function markers.columns(source, options, bodies)
  local plane, columns, turns = new_plane(source, options), {}, {}
  if type(options.segments) ~= "table" or next(options.segments) == nil then
    fail("%s has markers, of which angles are made: segments = { BODY = { from, to }, ... } is missing; there are %s",
      source.path, list(source.labels))
  end
  local names, known = {}, {}
  for i, body in ipairs(bodies) do names[i], known[body.name] = body.name, true end
  for name in pairs(options.segments) do
    if not known[name] then fail("segments: %s", core.unknown_name("body", tostring(name), names)) end
  end
  local function add(name, values, points)
    columns[#columns + 1] = { name = name, values = values, gap = function(row) return missing_in(points, row) end }
  end
  for _, body in ipairs(bodies) do -- parents come first
    local segment, joint = options.segments[body.name], body.joint
    if segment then
      local own = turn_of(plane, body.name, segment)
      local parent = joint and bodies[joint.parent].name
      turns[body.name] = own
      if not joint then
        add("root_angle", difference(own), own.points)
      elseif turns[parent] then
        local points = { own.points[1], own.points[2], turns[parent].points[1], turns[parent].points[2] }
        add(joint.name .. "_angle", difference(own, turns[parent]), points)
      else
        fail("segments: %s hangs on %s, which is missing: the angle of %s is between the two", body.name, parent,
          joint.name)
      end
    end
  end
  if options.origin then
    local origin, scale = point_of(plane, options.origin, "origin"), scale_of(source)
    for _, axis in ipairs { "x", "y" } do
      local values = {}
      for i, value in ipairs(origin[axis]) do values[i] = scale * value end
      add("root_" .. axis, values, { origin })
    end
  end
  return columns
end

return markers
