-- Walker: a trained creature in love.physics, LOVE 11, in plain Lua. Nothing of rlrun is needed to play, only two files
-- that make.lua has written: biped.lua (rl.export_creature) and brain.lua (policy:export).
--
-- Push it with the arrow keys, or pull it by the mouse. R puts it back on its feet, which it also gets by itself.
local biped = require "biped"
local brain = require "brain"

local METER, PUSH = 100, 150 -- pixels; N
local GET_UP = 2 -- s that it lies
local FROM_BEHIND = { "thigh_r", "shank_r", "foot_r", "trunk", "thigh_l", "shank_l", "foot_l" }
local SECONDS = tonumber(os.getenv("WALKER_SECONDS") or math.huge) -- then it ends by itself

local world, walker, observation
local time, begun, lying, falls = 0, 0, 0, 0 -- s, but for falls
local longest, distance = 0, 0 -- m
local speeds = {} -- m/s, one an action: the last of them are shown

local function stand()
  if walker then walker:destroy() end
  walker = biped.new(world, 0, 0)
  observation, begun, lying, distance = walker:observe(), time, 0, 0
end

function love.load()
  love.physics.setMeter(METER)
  world = love.physics.newWorld(0, biped.gravity * METER)
  biped.ground(world)
  stand()
end

function love.keypressed(key)
  if key == "r" then stand() end
  if key == "escape" then love.event.quit() end
end

-- From the screen to the world: the camera follows the trunk.
local function camera() return walker.trunk:getX() - love.graphics.getWidth() / 3, -love.graphics.getHeight() + 110 end

-- Holds for one step of the world.
local function push()
  local force = METER * PUSH
  if love.keyboard.isDown("right") then walker.trunk:applyForce(force, 0) end
  if love.keyboard.isDown("left") then walker.trunk:applyForce(-force, 0) end
  if love.mouse.isDown(1) then
    local cx, cy = camera()
    local x, y = walker.trunk:getPosition()
    local dx, dy = love.mouse.getX() + cx - x, love.mouse.getY() + cy - y
    walker.trunk:applyForce(PUSH * dx, PUSH * dy) -- N a metre
  end
end

local function act()
  walker:act(brain(observation))
  for _ = 1, biped.substeps do
    push()
    world:update(biped.dt, biped.velocity_iterations, biped.position_iterations)
  end
  local interval = biped.substeps * biped.dt
  observation = walker:observe()
  time = time + interval
  distance = walker.trunk:getX() / METER
  longest = math.max(longest, distance)
  speeds[#speeds + 1] = observation[3]
  if #speeds > 100 then table.remove(speeds, 1) end
  if lying > 0 or walker:fallen() then
    if lying == 0 then falls = falls + 1 end
    lying = lying + interval
    if lying > GET_UP then stand() end
  end
end

local rest = 0
function love.update(dt)
  rest = math.min(rest + dt, 0.1)
  while rest >= biped.substeps * biped.dt do
    rest = rest - biped.substeps * biped.dt
    act()
  end
  if time >= SECONDS then love.event.quit() end
end

local function draw_body(body)
  love.graphics.push()
  love.graphics.translate(body:getPosition())
  love.graphics.rotate(body:getAngle())
  for _, fixture in ipairs(body:getFixtures()) do
    local shape = fixture:getShape()
    if shape:getType() == "circle" then
      local x, y = shape:getPoint()
      love.graphics.circle("fill", x, y, shape:getRadius())
    else
      love.graphics.polygon("fill", shape:getPoints())
    end
  end
  love.graphics.pop()
end

local function mean(list)
  local sum = 0
  for _, x in ipairs(list) do sum = sum + x end
  return sum / math.max(#list, 1)
end

function love.draw()
  local cx, cy = camera()
  love.graphics.clear(0.1, 0.1, 0.12)
  love.graphics.push()
  love.graphics.translate(-cx, -cy)
  love.graphics.setColor(0.3, 0.32, 0.36)
  love.graphics.rectangle("fill", cx, 0, love.graphics.getWidth(), 200)
  love.graphics.setColor(0.55, 0.57, 0.6)
  for mark = math.floor(cx / METER), math.ceil((cx + love.graphics.getWidth()) / METER) do
    love.graphics.line(mark * METER, 0, mark * METER, 10)
    love.graphics.print(("%d m"):format(mark), mark * METER + 4, 12)
  end
  for i, name in ipairs(FROM_BEHIND) do
    local shade = 0.4 + 0.08 * i
    love.graphics.setColor(0.95 * shade, 0.7 * shade, 0.35 * shade)
    draw_body(walker.bodies[name])
  end
  love.graphics.pop()
  love.graphics.setColor(0.9, 0.9, 0.9)
  love.graphics.print(("%.1f m in %.1f s, %.2f m/s at present; fell %d times, went %.1f m at most"):format(distance,
    time - begun, mean(speeds), falls, longest), 20, 20)
  love.graphics.print("left, right: push   mouse: pull   R put it up   Esc end", 20, 40)
end

function love.quit()
  if SECONDS == math.huge then return end
  print(("%.1f s, %d falls, %.2f m at last, %.2f m/s"):format(time, falls, distance, distance / (time - begun)))
end
