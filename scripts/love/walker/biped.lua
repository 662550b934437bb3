-- A creature of rlrun for love.physics of LOVE 11, in plain Lua.
--   local biped = require "biped"
--   local world = love.physics.newWorld(0, biped.gravity * love.physics.getMeter())
--   local ground, body = biped.ground(world), biped.new(world, 0, 0)
--   body:step(brain(body:observe()))     every 0.02 s: brain of policy:export
local data = {
  bodies = {
    {
      foot = false,
      friction = 0.9,
      inertia = 4.226831,
      mass = 54.239998,
      name = "trunk",
      pieces = {
        { -0.12, -0.46098372, 0.12, -0.46098372, 0.12, 0.27101627, -0.12, 0.27101627 },
        { 0, 0.38801625, radius = 0.11699999 },
      },
    },
    {
      foot = false,
      friction = 0.9,
      inertia = 0.13619412,
      joint = {
        at = { 0, -0.34098372 },
        from = { 0, 0.19223076 },
        lower = -0.6,
        name = "hip_l",
        parent = 1,
        rest = 0,
        speed_scale = 9,
        start = 0,
        upper = 1.6,
      },
      mass = 8,
      name = "thigh_l",
      pieces = { { -0.09, 0.19223076, -0.04, -0.24876922, 0.04, -0.24876922, 0.09, 0.19223076 } },
    },
    {
      foot = false,
      friction = 0.9,
      inertia = 0.060196105,
      joint = {
        at = { 0, -0.24876922 },
        from = { 0, 0.193725 },
        lower = -2.2,
        name = "knee_l",
        parent = 2,
        rest = 0,
        speed_scale = 10,
        start = 0,
        upper = 0.05,
      },
      mass = 3.72,
      name = "shank_l",
      pieces = { { -0.055, 0.193725, -0.025, -0.24907501, 0.025, -0.24907501, 0.055, 0.193725 } },
    },
    {
      foot = true,
      friction = 0.9,
      inertia = 0.006682814,
      joint = {
        at = { 0, -0.24907501 },
        from = { -0.04804043, 0.040302422 },
        lower = -0.7,
        name = "ankle_l",
        parent = 3,
        rest = 0,
        speed_scale = 9,
        start = 0,
        upper = 0.6,
      },
      mass = 1.16,
      name = "foot_l",
      pieces = {
        {
          -0.11644043,
          -0.029897574,
          0.15715955,
          -0.029897574,
          0.15715955,
          -0.004897576,
          -0.018040432,
          0.040302422,
          -0.11644043,
          0.040302422,
        },
      },
    },
    {
      foot = false,
      friction = 0.9,
      inertia = 0.13619412,
      joint = {
        at = { 0, -0.34098372 },
        from = { 0, 0.19223076 },
        lower = -0.6,
        name = "hip_r",
        parent = 1,
        rest = 0,
        speed_scale = 9,
        start = 0,
        upper = 1.6,
      },
      mass = 8,
      name = "thigh_r",
      pieces = { { -0.09, 0.19223076, -0.04, -0.24876922, 0.04, -0.24876922, 0.09, 0.19223076 } },
    },
    {
      foot = false,
      friction = 0.9,
      inertia = 0.060196105,
      joint = {
        at = { 0, -0.24876922 },
        from = { 0, 0.193725 },
        lower = -2.2,
        name = "knee_r",
        parent = 5,
        rest = 0,
        speed_scale = 10,
        start = 0,
        upper = 0.05,
      },
      mass = 3.72,
      name = "shank_r",
      pieces = { { -0.055, 0.193725, -0.025, -0.24907501, 0.025, -0.24907501, 0.055, 0.193725 } },
    },
    {
      foot = true,
      friction = 0.9,
      inertia = 0.006682814,
      joint = {
        at = { 0, -0.24907501 },
        from = { -0.04804043, 0.040302422 },
        lower = -0.7,
        name = "ankle_r",
        parent = 6,
        rest = 0,
        speed_scale = 9,
        start = 0,
        upper = 0.6,
      },
      mass = 1.16,
      name = "foot_r",
      pieces = {
        {
          -0.11644043,
          -0.029897574,
          0.15715955,
          -0.029897574,
          0.15715955,
          -0.004897576,
          -0.018040432,
          0.040302422,
          -0.11644043,
          0.040302422,
        },
      },
    },
  },
  clock = 0,
  dt = 0.005,
  feet = { 4, 7 },
  friction = 0.9,
  gravity = 9.81,
  height = 1.2949837,
  motors = {
    { joint = 1, speed = 9, torque = 150 },
    { joint = 2, speed = 10, torque = 150 },
    { joint = 3, speed = 9, torque = 120 },
    { joint = 4, speed = 9, torque = 150 },
    { joint = 5, speed = 10, torque = 150 },
    { joint = 6, speed = 9, torque = 120 },
  },
  name = "biped",
  observations = {
    "height",
    "angle",
    "vx",
    "vy",
    "angular_speed",
    "hip_l_angle",
    "knee_l_angle",
    "ankle_l_angle",
    "hip_r_angle",
    "knee_r_angle",
    "ankle_r_angle",
    "hip_l_speed",
    "knee_l_speed",
    "ankle_l_speed",
    "hip_r_speed",
    "knee_r_speed",
    "ankle_r_speed",
    "foot_l_contact",
    "foot_r_contact",
  },
  position_iterations = 3,
  start = { lean = 0, vx = 0, vy = 0 },
  substeps = 4,
  trunk = 1,
  velocity_iterations = 8,
}

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
