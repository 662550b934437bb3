-- rl.export_creature(creature | env, path[, options]): a creature as one file of plain Lua for love.physics that
-- needs nothing of rl: bodies, hinges, motors, ground, what is observed and what an action does, as in the environment.
-- With policy:export("brain.lua") a game has all to let it walk.
local core = require "rl.core"
local design = require "rl.design"

local CODE = [==[

-- LOVE counts in pixels, y downward and angles clockwise; what is above in metres, y upward and counter-clockwise.
local creature = {
  name = data.name,
  observations = #data.observations, actions = #data.motors,
  dt = data.dt, substeps = data.substeps, -- s of a step of the world, steps to an action
  velocity_iterations = data.velocity_iterations, position_iterations = data.position_iterations,
  gravity = data.gravity, -- m/s^2
  group = -1, -- of the fixtures' filters: what has the same negative one does not collide
}
creature.__index = creature

-- Heights above the ground at which Box2D lets circles and polygons come to rest, in m.
local CIRCLE_REST, POLYGON_REST = 0.005, 0.015
local RAY = 10 -- m below the trunk within which the ground is looked for

local function turn(angle, x, y)
  local c, s = math.cos(angle), math.sin(angle)
  return c * x - s * y, s * x + c * y
end

-- The lowest point of a body at this pose when it rests.
local function lowest(body, pose)
  local low = math.huge
  for _, piece in ipairs(body.pieces) do
    local below = piece.radius and piece.radius + CIRCLE_REST or POLYGON_REST
    for k = 1, #piece, 2 do
      local _, y = turn(pose.angle, piece[k], piece[k + 1])
      low = math.min(low, pose.y + y - below)
    end
  end
  return low
end

-- Where the bodies' centres of mass are, in m: the trunk above 0, the lowest point on the ground at 0.
local function stand(start)
  local poses, low = {}, math.huge
  for i, body in ipairs(data.bodies) do
    local joint, pose = body.joint, { x = 0, y = 0, angle = -start.lean }
    if joint then
      local parent = poses[joint.parent]
      local hx, hy = turn(parent.angle, joint.at[1], joint.at[2])
      pose.angle = parent.angle + joint.rest + (start.angles[joint.name] or joint.start)
      local fx, fy = turn(pose.angle, joint.from[1], joint.from[2])
      pose.hinge = { x = parent.x + hx, y = parent.y + hy }
      pose.x, pose.y = pose.hinge.x - fx, pose.hinge.y - fy
    end
    poses[i], low = pose, math.min(low, lowest(body, pose))
  end
  local x = poses[data.trunk].x
  for _, pose in ipairs(poses) do
    pose.x, pose.y = pose.x - x, pose.y - low
    if pose.hinge then pose.hinge.x, pose.hinge.y = pose.hinge.x - x, pose.hinge.y - low end
  end
  return poses
end

local function starting(given)
  local start = { angles = given and given.angles or {} }
  for name, value in pairs(data.start) do start[name] = given and given[name] or value end
  local known = {}
  for _, body in ipairs(data.bodies) do known[body.joint and body.joint.name or ""] = true end
  for name in pairs(start.angles) do
    if not known[name] then error(data.name .. " has no joint " .. tostring(name), 3) end
  end
  return start
end

local function new_body(world, body, pose, x, y, meter)
  local made = love.physics.newBody(world, x + meter * pose.x, y - meter * pose.y, "dynamic")
  made:setAngle(-pose.angle)
  made:setSleepingAllowed(false)
  for _, piece in ipairs(body.pieces) do
    local xy = {}
    for k = 1, #piece, 2 do xy[k], xy[k + 1] = meter * piece[k], -meter * piece[k + 1] end
    local shape = piece.radius and love.physics.newCircleShape(xy[1], xy[2], meter * piece.radius)
      or love.physics.newPolygonShape(xy)
    local fixture = love.physics.newFixture(made, shape, 0)
    fixture:setFriction(body.friction)
    fixture:setGroupIndex(creature.group)
  end
  made:setMassData(0, 0, body.mass, meter * meter * body.inertia)
  return made
end

local function new_joint(parent, body, joint, hinge, x, y, meter)
  x, y = x + meter * hinge.x, y - meter * hinge.y
  local made = love.physics.newRevoluteJoint(parent, body, x, y, x, y, false, -joint.rest)
  made:setLimits(-joint.upper, -joint.lower)
  made:setLimitsEnabled(true)
  return made
end

-- The creature, its trunk above x and its feet on the ground at y. start: { vx =, vy =, lean =, angles = { hip = } } in
-- m/s and rad, as in a description. self.bodies and self.joints are LOVE's, by number (parents first) and by name.
function creature.new(world, x, y, start)
  local meter = love.physics.getMeter()
  start = starting(start)
  local self = setmetatable({ world = world, meter = meter, bodies = {}, joints = {}, ground_y = y,
    phase = 0 }, creature) -- of its clock, in periods; yours to set
  for i, pose in ipairs(stand(start)) do
    local body = data.bodies[i]
    local made = new_body(world, body, pose, x, y, meter)
    made:setLinearVelocity(meter * start.vx, -meter * start.vy)
    self.bodies[i], self.bodies[body.name] = made, made
    if body.joint then
      local joint = new_joint(self.bodies[body.joint.parent], made, body.joint, pose.hinge, x, y, meter)
      self.joints[i - 1], self.joints[body.joint.name] = joint, joint
    end
  end
  self.trunk = self.bodies[data.trunk]
  function self.meet(fixture, _, hit, _, fraction) -- of a ray downward from the trunk
    if fixture:getBody():getType() == "dynamic" then return -1 end
    self.ground_y = hit
    return fraction
  end
  world:update(0) -- takes no time, but contacts are known from now on
  return self
end

-- Ground with the friction of the training. xy: { x1, y1, x2, y2, ... } from left to right; level at y = 0 without.
function creature.ground(world, xy)
  local meter = love.physics.getMeter()
  xy = xy or { -1000 * meter, 0, 1000 * meter, 0 }
  local body, n = love.physics.newBody(world, 0, 0, "static"), #xy
  local shape = n == 4 and love.physics.newEdgeShape(xy[1], xy[2], xy[3], xy[4])
    or love.physics.newChainShape(false, xy)
  shape:setPreviousVertex(xy[1] - meter, xy[2]) -- goes on level, so that nothing catches on its ends
  shape:setNextVertex(xy[n - 1] + meter, xy[n])
  love.physics.newFixture(body, shape, 0):setFriction(data.friction)
  return body
end

-- Whether a body touches what does not move by itself.
local function touches(body)
  for _, contact in ipairs(body:getContacts()) do
    if contact:isTouching() then
      local a, b = contact:getFixtures()
      if a:getBody():getType() ~= "dynamic" or b:getBody():getType() ~= "dynamic" then return true end
    end
  end
  return false
end

-- What its policy sees: a list of numbers.
function creature:observe()
  local list, meter, trunk = {}, self.meter, self.trunk
  local x, y = trunk:getPosition()
  local vx, vy = trunk:getLinearVelocity()
  self.world:rayCast(x, y, x, y + RAY * meter, self.meet)
  list[1] = (self.ground_y - y) / meter / data.height
  list[2] = -trunk:getAngle()
  list[3] = vx / meter
  list[4] = -vy / meter
  list[5] = -trunk:getAngularVelocity()
  for _, joint in ipairs(self.joints) do list[#list + 1] = -joint:getJointAngle() end
  for i, joint in ipairs(self.joints) do
    list[#list + 1] = -joint:getJointSpeed() / data.bodies[i + 1].joint.speed_scale
  end
  for _, foot in ipairs(data.feet) do list[#list + 1] = touches(self.bodies[foot]) and 1 or 0 end
  if data.clock > 0 then
    list[#list + 1] = math.sin(2 * math.pi * self.phase)
    list[#list + 1] = math.cos(2 * math.pi * self.phase)
  end
  return list
end

-- An action holds until the next one: it is for `substeps` steps of `dt` of the world.
function creature:act(action)
  if #action ~= #data.motors then
    error(("%s: %d actions given, %d needed"):format(data.name, #action, #data.motors), 2)
  end
  for i, motor in ipairs(data.motors) do
    local a = math.max(-1, math.min(action[i], 1))
    local joint = self.joints[motor.joint]
    joint:setMotorEnabled(true)
    joint:setMotorSpeed(a < 0 and motor.speed or -motor.speed)
    joint:setMaxMotorTorque(math.abs(a) * motor.torque * self.meter * self.meter)
  end
  if data.clock > 0 then self.phase = (self.phase + data.substeps * data.dt / data.clock) % 1 end
end

-- An action and the world's steps that go with it, for a world of one creature.
function creature:step(action)
  self:act(action)
  for _ = 1, data.substeps do self.world:update(data.dt, data.velocity_iterations, data.position_iterations) end
end

-- Whether another part than a foot is on the ground.
function creature:fallen()
  for i, body in ipairs(data.bodies) do
    if not body.foot and touches(self.bodies[i]) then return true end
  end
  return false
end

function creature:destroy()
  for _, body in ipairs(self.bodies) do body:destroy() end -- and with it its joints
end

return creature
]==]

local function refuse(name, what, remedy)
  error(("rl.export_creature: creature %s has %s, which love.physics has not; %s"):format(name, what, remedy), 0)
end

local function check(model)
  if model.muscles > 0 then
    refuse(model.name, ("%d muscles"):format(model.muscles), "give it motors, or use the module rl in LOVE")
  end
  for _, body in ipairs(model.bodies) do
    if body.joint and body.joint.soft > 0 then
      refuse(model.name, "soft stops at joint " .. body.joint.name, "leave out `soft`: a joint has its limits")
    end
    if body.joint then body.joint.soft = nil end
  end
end

-- The clock of a motion is among what its policy sees, and not in the file.
local function check_motion(model, names)
  for _, name in ipairs(names) do
    if name == "phase_sin" then
      error(("rl.export_creature: creature %s follows a motion, which stays behind; leave out `motion`, or use the " ..
        "module rl in LOVE"):format(model.name), 0)
    end
  end
end

local function environment(what, options)
  local kind = type(what)
  if kind == "string" or kind == "table" then return core.env(what, options) end
  if kind ~= "userdata" or not tostring(what):find("^rl%.env ") then
    error("rl.export_creature: a creature's name, its description or an environment expected, got " ..
      (kind == "userdata" and tostring(what):match("^[%w%._]*") or kind), 3)
  end
  if options ~= nil then error("rl.export_creature: an environment has its options already", 3) end
  return what
end

-- True, or nil and a message, for the file.
return function(what, path, options)
  if type(path) ~= "string" then error("rl.export_creature: the path must be a string, got a " .. type(path), 2) end
  local env = environment(what, options)
  local model, set = core.creature_model(env), env:options()
  check(model)
  model.muscles = nil
  for _, body in ipairs(model.bodies) do body.center = nil end
  model.observations = env.observation_space.names
  check_motion(model, model.observations)
  model.dt, model.substeps = 1 / (set.control_rate * set.substeps), set.substeps
  model.velocity_iterations, model.position_iterations = set.velocity_iterations, set.position_iterations
  model.gravity, model.friction = set.gravity, set.friction
  local name = model.name:gsub("[^%w_]", "_") -- a comment is one line
  local file = (path:match("([^/\\]*)%.[^.]*$") or name):gsub("%c", "_")
  local text = core.format([[
-- A creature of rlrun for love.physics of LOVE 11, in plain Lua.
--   local %s = require "%s"
--   local world = love.physics.newWorld(0, %s.gravity * love.physics.getMeter())
--   local ground, body = %s.ground(world), %s.new(world, 0, 0)
--   body:step(brain(body:observe()))     every %g s: brain of policy:export
local data = ]], name, file, name, name, name, 1 / set.control_rate)
  return core.write_file(core.write_path(path), text .. design.text(model) .. "\n" .. CODE)
end
