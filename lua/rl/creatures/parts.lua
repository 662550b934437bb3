-- Parts of which creatures are put together: bodies whose mass follows from their size, and the place of a chain of
-- them. A limb hangs down from its joint; angles count counter-clockwise from there, so forward is positive.
local muscles = require "rl.creatures.muscles"

local parts = {}

local FLESH = 1050 -- kg/m^3

-- kg/m^2 of a round limb or a ball of this radius: what the plane shows has the depth of a body of revolution.
local function round_density(radius) return FLESH * math.pi / 2 * radius end

-- A limb of `length` from joint to joint, with round ends.
function parts.limb(name, length, radius, joint)
  return {
    name = name, density = round_density(radius), joint = joint,
    shape = { kind = "capsule", radius = radius, height = length + 2 * radius, center = { 0, -length / 2 } },
  }
end

-- A flat foot under its joint, from heel to toe (m from the joint, forward).
function parts.foot(name, heel, toe, height, joint)
  return {
    name = name, density = 0.6 * FLESH * 0.08, joint = joint, -- a wedge, 8 cm wide
    shape = {
      kind = "polygon",
      points = {
        { heel, -height }, { toe, -height }, { toe, -0.7 * height },
        { 0.3 * toe, 0.2 * height }, { heel, 0.2 * height },
      },
    },
  }
end

-- Where the end of a chain of { length, angle } is, from its beginning: x, y.
function parts.reach(...)
  local x, y = 0, 0
  for _, link in ipairs { ... } do
    x, y = x + link[1] * math.sin(link[2]), y - link[1] * math.cos(link[2])
  end
  return x, y
end

-- kg/m^2 of a trunk, head or tail of this depth (m).
function parts.density(depth) return 0.8 * FLESH * depth end

-- Whether the design asked for is one with muscles; motors are the default.
function parts.on_muscles(actuation)
  if actuation ~= nil and actuation ~= "motors" and actuation ~= "muscles" then
    error(('design: actuation is "motors" or "muscles", not %s'):format(tostring(actuation)), 4)
  end
  return actuation == "muscles"
end

local function mean(value) return value end

local function compare(template, design, path)
  for key, value in pairs(template) do
    local here = path .. "." .. key
    if type(design[key]) ~= type(value) then
      error(("%s: %s expected, got %s"):format(here, type(value), type(design[key])), 0)
    end
    if type(value) == "table" then compare(value, design[key], here) end
  end
end

-- Raises at the caller of build for a design, read from a file perhaps, that lacks something, and names it.
function parts.check(name, module, design)
  if type(design) ~= "table" then error(("%s: a design expected, a table, got %s"):format(name, type(design)), 4) end
  local actuation = design.physiology and "muscles" or design.motors and "motors" or nil
  local ok, message = pcall(compare, module.design(mean, actuation), design, name)
  if not ok then error(message, 4) end
end

-- Gives the creature what its design has: motors (speeds: rad/s, by joint, of those that have one), or muscles with a
-- gait.
function parts.actuate(creature, design, speeds, pulls, lengths)
  if design.physiology then
    creature.muscles = muscles.build(design, lengths)
    creature.controller = muscles.controller(design, pulls)
    local angles = {}
    for name, value in pairs(design.start) do
      if name ~= "vx" and name ~= "lean" then angles[name] = value end
    end
    creature.start = { vx = design.start.vx, lean = design.start.lean, angles = angles }
    return creature
  end
  creature.motors = {}
  for joint, speed in pairs(speeds) do
    table.insert(creature.motors, { joint = joint, torque = design.motors[joint:gsub("_l$", "")], speed = speed })
  end
  table.sort(creature.motors, function(a, b) return a.joint < b.joint end)
  return creature
end

return parts
