-- People of other proportions than the model of Geyer & Herr (2010), which stands 1.79 m tall here and has 80 kg
-- (envs/bodies/human.c). What is not asked for is as there, so that nothing asked for is that model.
--
--   height     m, from the ground to the top of the head. Segments keep their shares of it (Drillis & Contini 1966).
--   mass       kg; without it that of the model's body mass index. Segments keep their shares of it, centres of mass
--              and radii of gyration their shares of the lengths (Dempster 1955, as in Winter 2009): an inertia goes
--              with mass and length squared.
--   leg        how many times as long legs are as their share of the height; trunk and head take what is left. Their
--              mass goes with their length, the trunk takes what is left.
--   strength   how many times as strong muscles are as their volume says. The volume of a leg's muscles is 47 cm^3 a
--              kg and m of mass times height, and 1285 cm^3 (Handsfield et al. 2014); each keeps its share, and its
--              force is volume by fibre length.
--
-- Fibres, tendons, arms and paths go with the leg, so that a muscle has the same length in fibre lengths at the same
-- angles; arms at the ankle and feet go with the height. Stops are as stiff as mass and leg say. Speeds (of the start,
-- asked for) keep their Froude number. Gains of reflexes and delays stay: scripts/muscle_walk.lua searches gains.
local core = require "rl.core"
local parts = require "rl.creatures.parts"

local HEIGHT, MASS, LEG = 1.79, 80, 1 -- of the model
local RANGES = {
  { "height", 1.2, 2.2, " m" }, { "mass", 20, 300, " kg" }, { "leg", 0.8, 1.2, "" }, { "strength", 0.05, 10, "" },
}
local GRAVITY = 9.81
local SHORTEST_TRUNK = 0.5 -- m, with neck and head

local function volume(mass, height) return 47 * mass * height + 1285 end

local function scale_point(point, scale)
  if point then point[1], point[2] = scale * point[1], scale * point[2] end
end

local function scale_shape(shape, scale)
  for _, size in ipairs { "width", "height", "radius" } do
    if shape[size] then shape[size] = scale * shape[size] end
  end
  scale_point(shape.center, scale)
  for _, point in ipairs(shape.points or {}) do scale_point(point, scale) end
end

local function is_leg(body) return body.name ~= "trunk" end

-- scales: of lengths, by body.
local function scale_bodies(creature, scales, mass, leg)
  local trunk, legs = nil, 0
  for _, body in ipairs(creature.bodies) do
    local scale, before = scales[body.name], body.mass
    for _, shape in ipairs(body.shapes or { body.shape }) do scale_shape(shape, scale) end
    scale_point(body.center, scale)
    if is_leg(body) then
      body.mass = before * mass / MASS * (body.name == "foot_l" and 1 or leg)
      body.inertia = body.inertia * body.mass / before * scale ^ 2
      legs = legs + 2 * body.mass
      scale_point(body.joint.at, scales[body.joint.parent])
      scale_point(body.joint.from, scale)
      body.joint.soft.stiffness = body.joint.soft.stiffness * mass / MASS * scales.thigh_l
    else
      trunk = body
    end
  end
  local before = trunk.mass
  trunk.mass = mass - legs
  trunk.inertia = trunk.inertia * trunk.mass / before * scales.trunk ^ 2
end

local function scale_muscles(creature, scales, force)
  for _, muscle in ipairs(creature.muscles) do
    muscle.f_max = muscle.f_max * force
    muscle.l_opt, muscle.l_slack = muscle.l_opt * scales.thigh_l, muscle.l_slack * scales.thigh_l
    for _, point in ipairs(muscle.path) do scale_point(point.at, scales[point.body]) end
    for _, arm in ipairs(muscle.arms) do
      arm.arm = arm.arm * scales[arm.joint == "ankle_l" and "foot_l" or "thigh_l"]
    end
  end
end

-- Most that the muscles turn a joint with, N m, to the side of `sign`.
local function strongest(creature, joint, sign)
  local sum = 0
  for _, muscle in ipairs(creature.muscles) do
    for _, arm in ipairs(muscle.arms) do
      if arm.joint == joint and sign * arm.arm > 0 then sum = sum + muscle.f_max * math.abs(arm.arm) end
    end
  end
  return sum
end

-- Raises for muscles that do not bear the body on one leg, as every step asks of them.
local function check_stance(creature, scales, mass, strength)
  local weight = mass * GRAVITY
  for _, need in ipairs {
    { "ankle", -1, weight * 0.14 * scales.foot_l, "on the ball of one foot" },
    { "knee", 1, weight * 0.5 * scales.thigh_l * math.sin(math.rad(15)), "on one leg, its knee bent by 30 degrees" },
  } do
    local joint, sign, moment, pose = need[1], need[2], need[3], need[4]
    local most = strongest(creature, joint .. "_l", sign)
    if most < moment then
      error(core.format("%s: it cannot stand: the muscles of its %s make %.0f N m, and it needs %.0f to stand %s: " ..
        "strength %.2f", creature.name, joint, most, moment, pose, math.ceil(100 * strength * moment / most) / 100), 0)
    end
  end
end

local function check_ranges(name, design)
  for _, range in ipairs(RANGES) do
    local number, least, greatest, unit = range[1], range[2], range[3], range[4]
    local value = design[number]
    if not (value >= least and value <= greatest) then
      error(core.format("%s: %s %g is outside [%g, %g]%s", name, number, value, least, greatest, unit), 0)
    end
  end
end

local function scale(creature, design)
  local name = creature.name
  check_ranges(name, design)
  local height, mass, leg = design.height, design.mass, design.leg
  local long = height / HEIGHT * leg
  local above = height - long * LEG
  if above < SHORTEST_TRUNK then
    error(core.format("%s: legs of %.2f m leave %.2f m of %g m for trunk and head, less than %g", name, long * LEG,
      above, height, SHORTEST_TRUNK), 0)
  end
  local scales = { trunk = above / (HEIGHT - LEG), thigh_l = long, shank_l = long, foot_l = height / HEIGHT }
  scale_bodies(creature, scales, mass, leg)
  scale_muscles(creature, scales, design.strength * volume(mass, height) / volume(MASS, HEIGHT) / scales.foot_l)
  scale_point(creature.position, long)
  scale_point(creature.head.point, scales.trunk)
  creature.target_speed = creature.target_speed * math.sqrt(long)
  creature.start.vx = creature.start.vx * math.sqrt(long)
  check_stance(creature, scales, mass, design.strength)
  local feasible, reason = core.feasible(creature)
  if not feasible then error(reason, 0) end
  return creature
end

-- Drives hip, knee and ankle by motors instead of muscles; the stops are the joints' limits then.
local function motorise(creature, torques)
  creature.muscles, creature.controller, creature.motors = nil, nil, {}
  for _, body in ipairs(creature.bodies) do
    if is_leg(body) then
      body.joint.soft = nil
      local joint = body.joint.name
      table.insert(creature.motors, { joint = joint, torque = torques[joint:gsub("_l$", "")], speed = 12 })
    end
  end
  return creature
end

-- The module of the creature `name` of C.
local function module_of(name, summary)
  local human = { summary = summary }

  function human.design(p, actuation)
    local design = {
      height = p(HEIGHT, 0.05, 1.45, 2.05), mass = p(MASS, 8, 50, 120), leg = p(1, 0.03, 0.94, 1.06),
      strength = p(1, 0.1, 0.6, 1.6),
    }
    if actuation ~= nil and not parts.on_muscles(actuation) then
      design.motors = { hip = p(200, 25, 50, 400), knee = p(250, 30, 50, 400), ankle = p(180, 25, 40, 300) } -- N m
    end
    return design
  end

  function human.build(design)
    parts.check(name, human, design)
    local ok, creature = pcall(scale, core.creature(name), design)
    if not ok then error(creature, 3) end
    return design.motors and motorise(creature, design.motors) or creature
  end

  -- What is asked for of a design, completed: without a mass that of the model's body mass index.
  function human.complete(given)
    local height = given.height
    if given.mass or type(height) ~= "number" then return given end
    local completed = { mass = MASS * (height / HEIGHT) ^ 2 }
    for number, value in pairs(given) do completed[number] = value end
    return completed
  end

  return human
end

return {
  human = module_of("human", "a person of 80 kg in seven segments, driven by seven muscles a leg"),
  reflex_human = module_of("reflex_human", "the human walking by its reflexes; actions add to the excitations"),
}
