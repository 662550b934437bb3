-- The rules of the game: a hunter and its prey in a box, in love.physics. The game that is played and those that the
-- hunter learns in are the same code.
local arena = {}

arena.SIZE = 10 -- m, the side of the box
local RADIUS, FORCE, DT = 0.4, 12, 1 / 30
local PREY_FORCE = 9

-- What the hunter earns, a second or at once; the sliders of the game change these numbers while it learns.
arena.weights = { closer = 1, caught = 5, effort = 0.02 }

local function disc(world, x, y, r, damping)
  local body = love.physics.newBody(world, x, y, "dynamic")
  love.physics.newFixture(body, love.physics.newCircleShape(r), 1):setRestitution(0.4)
  body:setLinearDamping(damping)
  body:setMass(1)
  return body
end

-- A new game in `self`; random() gives numbers in [0, 1).
function arena.begin(self, random)
  if self.world then self.world:destroy() end
  self.world = love.physics.newWorld(0, 0, true)
  local walls, s = love.physics.newBody(self.world, 0, 0, "static"), arena.SIZE / 2
  love.physics.newFixture(walls, love.physics.newChainShape(true, -s, -s, s, -s, s, s, -s, s))
  local function place() return (random() - 0.5) * (arena.SIZE - 2) end
  self.hunter = disc(self.world, place(), place(), RADIUS, 1)
  local hx, hy = self.hunter:getPosition()
  local x, y
  repeat x, y = place(), place() until (x - hx) ^ 2 + (y - hy) ^ 2 > 9
  self.prey = disc(self.world, x, y, RADIUS, 1.5)
  self.turn, self.time = random() * 6.28, 0
end

local function distance(self)
  local hx, hy = self.hunter:getPosition()
  local px, py = self.prey:getPosition()
  return math.sqrt((px - hx) ^ 2 + (py - hy) ^ 2)
end

-- Where the prey is and how it moves, seen from the hunter; how the hunter moves, and where in the box it is.
local function seen_by(me, other)
  local mx, my = me:getPosition()
  local ox, oy = other:getPosition()
  local mvx, mvy = me:getLinearVelocity()
  local ovx, ovy = other:getLinearVelocity()
  local s = arena.SIZE / 2
  return { (ox - mx) / s, (oy - my) / s, ovx / 5, ovy / 5, mvx / 5, mvy / 5, mx / s, my / s }
end

function arena.observe(self) return seen_by(self.hunter, self.prey) end

-- The same for the prey, which a person may be.
function arena.see(self) return seen_by(self.prey, self.hunter) end

-- A prey that nobody plays: away from the hunter, along the walls, with turns of its own.
function arena.flee(self, random)
  local hx, hy = self.hunter:getPosition()
  local px, py = self.prey:getPosition()
  local d = math.max(distance(self), 0.1)
  self.turn = self.turn + (random() - 0.5)
  local fx = (px - hx) / d + 0.7 * math.cos(self.turn) - 1.6 * px / arena.SIZE
  local fy = (py - hy) / d + 0.7 * math.sin(self.turn) - 1.6 * py / arena.SIZE
  local length = math.max(math.sqrt(fx * fx + fy * fy), 1e-6)
  return fx / length, fy / length
end

-- One thirtieth of a second: what the hunter does (two numbers in [-1, 1]), where the prey pushes; gives the reward and
-- whether the prey is caught.
function arena.step(self, action, fx, fy)
  local before = distance(self)
  self.hunter:applyForce(FORCE * action[1], FORCE * action[2])
  self.prey:applyForce(PREY_FORCE * fx, PREY_FORCE * fy)
  self.world:update(DT)
  self.time = self.time + DT
  local after, w = distance(self), arena.weights
  local caught = after < 2 * RADIUS + 0.06
  local effort = action[1] ^ 2 + action[2] ^ 2
  return w.closer * (before - after) - w.effort * effort * DT + (caught and w.caught or 0), caught
end

arena.RADIUS, arena.DT = RADIUS, DT
return arena
