-- Chase: a hunter that learns while you run from it. LOVE 11, with the module rl (see ../README.md).
--
-- You are the blue disc: arrow keys or the mouse. Every frame the hunter learns for some milliseconds in eight games of
-- its own, and plays against you with what it knows by then. S saves its brain, L loads it, R starts from nothing.
-- The sliders are what it earns: they act at once. V writes a replay of a game of its own. D writes down how you have
-- run, as a demonstration of the game "prey" below, from which rl.clone makes a prey that runs as you do.
local rl = require "rl"
local arena = require "arena"

local BUDGET = tonumber(os.getenv("CHASE_BUDGET") or 4) -- ms a frame
local SECONDS = tonumber(os.getenv("CHASE_SECONDS") or math.huge) -- then it ends by itself

local env = rl.lua_env {
  name = "chase", n = 8, seed = 1, dt = arena.DT, limit = 300,
  observation = { "dx", "dy", "prey_vx", "prey_vy", "vx", "vy", "x", "y" },
  action = { "box", 2 },
  reset = function(self, rng)
    self.random = function() return rng:uniform() end
    arena.begin(self, self.random)
    return arena.observe(self)
  end,
  step = function(self, action)
    local reward, caught = arena.step(self, action, arena.flee(self, self.random))
    return arena.observe(self), reward, caught
  end,
  view = "above", -- y is down in LOVE
  shapes = {
    { kind = "polygon", points = { -5, -5, 5, -5, 5, 5, -5, 5, -5, -5 }, closed = false },
    { kind = "circle", body = 1, radius = arena.RADIUS, colour = "#d9593f" },
    { kind = "circle", body = 2, radius = arena.RADIUS, colour = "#4d99e6" },
  },
  poses = function(self)
    local hx, hy = self.hunter:getPosition()
    local px, py = self.prey:getPosition()
    return { hx, -hy, -self.hunter:getAngle(), px, -py, -self.prey:getAngle() }
  end,
}

local game, caught, started, frames, worst = {}, 0, nil, {}, 0

-- The game as you see it: where the hunter is from you, how both move, and what you push.
local prey = rl.lua_env {
  name = "prey", dt = arena.DT, observation = { "dx", "dy", "hunter_vx", "hunter_vy", "vx", "vy", "x", "y" },
  action = { "box", 2 }, -- no step: it is played
}
local played = rl.demonstration(prey)

local policy, ppo, trainer
local curve, every, updates, smooth = {}, 1, 0, nil -- the return, after every so many updates: points that are seen

local function from_nothing(loaded)
  policy = loaded or rl.policy(env, { hidden = { 32, 32 }, seed = 1 })
  ppo = rl.ppo {
    env = env, policy = policy, value = rl.value(env, { hidden = { 32, 32 }, seed = 2 }),
    minibatch = 64, epochs = 6, lr = 1e-3, gamma = 0.98, reward_scaling = false, seed = 1,
  }
  trainer = ppo:trainer { steps = 64 }
  curve, every, updates, smooth = {}, 1, 0, nil
end

local sliders = {
  { name = "closer", max = 3, x = 640, y = 300 },
  { name = "caught", max = 20, x = 640, y = 350 },
  { name = "effort", max = 0.5, x = 640, y = 400 },
}
local WIDTH = 280

local function file() return love.filesystem.getSaveDirectory() .. "/brains/hunter.safetensors" end

local function save()
  love.filesystem.createDirectory("brains")
  local ok, message = policy:save(file())
  return ok and "saved to " .. file() or message
end

local function load_brain()
  local loaded, message = rl.load_policy(file(), env)
  if not loaded then return message end
  from_nothing(loaded)
  return "loaded " .. file()
end

local function write_replay()
  local path = love.filesystem.getSaveDirectory() .. "/replay.html"
  love.filesystem.createDirectory("")
  local ok, message = env:record(policy, { title = "chase" }):write(path)
  return ok and "wrote " .. path or message
end

local function write_demonstration()
  local path = love.filesystem.getSaveDirectory() .. "/played.safetensors"
  love.filesystem.createDirectory("")
  played:cut(arena.see(game))
  local ok, message = played:save(path)
  return ok and ("%d steps of you to %s"):format(#played, path) or message
end

local notice = ""

function love.load()
  rl.threads(1) -- the game has the other cores
  from_nothing()
  arena.begin(game, love.math.random)
  started = love.timer.getTime()
end

function love.keypressed(key)
  if key == "s" then notice = save() end
  if key == "l" then notice = load_brain() end
  if key == "r" then from_nothing() end
  if key == "d" then notice = write_demonstration() end
  if key == "v" then notice = write_replay() end
  if key == "escape" then love.event.quit() end
end

-- The player's push, toward the pressed keys or the mouse.
local function player()
  local x, y = 0, 0
  if love.keyboard.isDown("left") then x = x - 1 end
  if love.keyboard.isDown("right") then x = x + 1 end
  if love.keyboard.isDown("up") then y = y - 1 end
  if love.keyboard.isDown("down") then y = y + 1 end
  if love.mouse.isDown(1) and love.mouse.getX() < 600 then
    local px, py = game.prey:getPosition()
    x, y = love.mouse.getX() / 60 - 5 - px, love.mouse.getY() / 60 - 5 - py
  end
  local length = math.sqrt(x * x + y * y)
  if length < 1e-6 then return nil end
  return x / length, y / length
end

local function drag_sliders()
  if not love.mouse.isDown(1) then return end
  local mx, my = love.mouse.getPosition()
  for _, slider in ipairs(sliders) do
    if math.abs(my - slider.y) < 14 and mx >= slider.x - 8 and mx <= slider.x + WIDTH + 8 then
      arena.weights[slider.name] = slider.max * math.min(math.max((mx - slider.x) / WIDTH, 0), 1)
    end
  end
end

local function learn()
  local start = love.timer.getTime()
  local what, _, batch = trainer:advance(BUDGET)
  local spent = (love.timer.getTime() - start) * 1000
  worst = math.max(worst, spent)
  if what ~= "done" or not batch.mean_return then return end
  smooth = (smooth or batch.mean_return) + 0.1 * (batch.mean_return - (smooth or batch.mean_return))
  updates = updates + 1
  if updates % every ~= 0 then return end
  curve[#curve + 1] = smooth
  if #curve < 2 * WIDTH then return end
  every = 2 * every
  for i = 1, WIDTH do curve[i] = curve[2 * i] end
  for i = #curve, WIDTH + 1, -1 do curve[i] = nil end
end

local rest = 0
function love.update(dt)
  if SECONDS < math.huge then frames[#frames + 1] = dt end
  drag_sliders()
  learn()
  rest = math.min(rest + dt, 0.1)
  while rest >= arena.DT do
    rest = rest - arena.DT
    local action = policy:mean(arena.observe(game)):clamp(-1, 1)
    local fx, fy = player()
    local before, yours = arena.see(game), fx ~= nil
    if not yours then
      played:cut(before) -- where you have let go
      fx, fy = arena.flee(game, love.math.random)
    end
    local _, ended = arena.step(game, { action:get(1, 1), action:get(1, 2) }, fx, fy)
    local late = not ended and game.time > 10
    if yours then played:add(before, { fx, fy }, ended and -1 or arena.DT, ended, late, arena.see(game)) end
    if ended then caught = caught + 1 end
    if ended or late then arena.begin(game, love.math.random) end
  end
  if love.timer.getTime() - started > SECONDS then love.event.quit() end
end

local function draw_curve(x, y, w, h)
  love.graphics.setColor(0.5, 0.5, 0.5)
  love.graphics.rectangle("line", x, y, w, h)
  if #curve < 2 then return end
  local low, high = math.huge, -math.huge
  for _, value in ipairs(curve) do low, high = math.min(low, value), math.max(high, value) end
  local points = {}
  for i, value in ipairs(curve) do
    points[#points + 1] = x + w * (i - 1) / (#curve - 1)
    points[#points + 1] = y + h - h * (value - low) / math.max(high - low, 1e-6)
  end
  love.graphics.setColor(0.9, 0.6, 0.2)
  love.graphics.line(points)
  love.graphics.setColor(0.9, 0.9, 0.9)
  local text = "return of its games %.1f (%.1f to %.1f)   %d updates"
  love.graphics.print(text:format(curve[#curve], low, high, updates), x, y - 18)
end

function love.draw()
  love.graphics.clear(0.1, 0.1, 0.12)
  love.graphics.push()
  love.graphics.translate(300, 300)
  love.graphics.scale(60)
  love.graphics.setLineWidth(0.03)
  love.graphics.setColor(0.4, 0.4, 0.45)
  love.graphics.rectangle("line", -5, -5, 10, 10)
  love.graphics.setColor(0.85, 0.35, 0.25)
  local x, y = game.hunter:getPosition()
  love.graphics.circle("fill", x, y, arena.RADIUS)
  love.graphics.setColor(0.3, 0.6, 0.9)
  x, y = game.prey:getPosition()
  love.graphics.circle("fill", x, y, arena.RADIUS)
  love.graphics.pop()
  love.graphics.setLineWidth(1)
  love.graphics.setLineJoin("bevel")
  draw_curve(640, 60, WIDTH, 180)
  for _, slider in ipairs(sliders) do
    local value = arena.weights[slider.name]
    love.graphics.setColor(0.5, 0.5, 0.5)
    love.graphics.line(slider.x, slider.y, slider.x + WIDTH, slider.y)
    love.graphics.setColor(0.9, 0.9, 0.9)
    love.graphics.circle("fill", slider.x + WIDTH * value / slider.max, slider.y, 7)
    love.graphics.print(("%s %.2f"):format(slider.name, value), slider.x, slider.y - 24)
  end
  love.graphics.print(("caught %d times"):format(caught), 640, 450)
  love.graphics.print(
    "arrows or mouse: run\nS save   L load   R forget\nV replay   D demonstration   Esc end", 640, 490)
  love.graphics.print(notice, 20, 580)
end

function love.quit()
  if SECONDS == math.huge then return end
  table.sort(frames)
  local function percentile(share) return frames[math.ceil(#frames * share)] * 1000 end
  print(("%d frames, median %.2f ms, 99.9th percentile %.2f ms; advance at most %.2f ms"):format(
    #frames, percentile(0.5), percentile(0.999), worst))
  print(("%d updates, return %.2f to %.2f; caught %d"):format(updates, curve[1] or 0, curve[#curve] or 0, caught))
end
