-- Run by LOVE (love.sh): creatures of make.lua observe here what they observe there, and the walker walks. Box2D goes
-- through the corners of a shape counter-clockwise, here of the mirrored one: contacts are solved in another order, and
-- after some steps that shows. With y upward nothing is further apart than 3e-6.
local folder, walker = arg[2], arg[3]

local function put(creature, meter, x, y, ground)
  love.physics.setMeter(meter)
  local world = love.physics.newWorld(0, creature.gravity * meter)
  creature.ground(world, ground)
  return creature.new(world, x, y), world
end

local function apart(a, b)
  assert(#a == #b)
  local most = 0
  for i, value in ipairs(a) do most = math.max(most, math.abs(value - b[i])) end
  return most
end

local stood, moved, steps, first, soon, later = 0, 0, 0, 0, 0, 0
for _, entry in ipairs(dofile(folder .. "/list.lua")) do
  local body = put(dofile(("%s/%s.lua"):format(folder, entry.name)), 30, 250, 470, { -3e4, 470, 1e3, 470, 3e4, 470 })
  stood, first = stood + 1, math.max(first, apart(body:observe(), entry[1].seen))
  for i = 2, #entry do
    body:step(entry[i].action)
    local there = apart(body:observe(), entry[i].seen)
    if i == 2 then soon, moved = math.max(soon, there), moved + 1 end
    steps, later = steps + 1, math.max(later, there)
  end
end
print(("%d creatures stand, %.1g apart"):format(stood, first))
print(("%d move for %d steps, %.1g apart after one, %.1g at most"):format(moved, steps, soon, later))

local biped, brain = dofile(walker .. "/biped.lua"), dofile(walker .. "/brain.lua")
local falls, metres = 0, 0
for trial = 1, 10 do
  local body, world = put(biped, 64, 0, 0)
  for step = 0, 999 do -- 20 s; every 2 s a push of .2 s, at another moment of its gait each trial
    local phase = step - 50 - 7 * trial
    body:act(brain(body:observe()))
    for _ = 1, biped.substeps do
      if phase >= 0 and phase % 100 < 10 then body.trunk:applyForce(64 * (phase % 200 < 100 and 150 or -150), 0) end
      world:update(biped.dt, biped.velocity_iterations, biped.position_iterations)
    end
    if body:fallen() then
      falls = falls + 1
      break
    end
  end
  metres = metres + body.trunk:getX() / 64
  world:destroy()
end

local body = put(biped, 64, 0, 0)
for message, f in pairs {
  ["biped: 2 actions given, 6 needed"] = function() body:act { 0, 0 } end,
  ["biped has no joint tail"] = function() biped.new(body.world, 0, 0, { angles = { tail = 1 } }) end,
} do
  local good, said = pcall(f)
  assert(not good and said:find(message, 1, true), said)
end
assert(body.joints.knee_l == body.joints[2] and body.bodies.trunk == body.trunk)
body:destroy()
assert(body.world:getBodyCount() == 1 and body.world:getJointCount() == 0) -- the ground

print(("10 walks of 20 s, pushed by 150 N: %d falls, %.1f m"):format(falls, metres))

local alike = stood >= 8 and first <= 1e-5 and soon <= 1e-4 and steps >= 20 and later <= 1e-2
local walks = falls == 0 and metres > 180
print((alike and "alike" or "not alike") .. (walks and ", and walks" or ", and does not walk"))
love.event.quit(alike and walks and 0 or 1)
