-- Sumo: you against a wrestler that has learnt by self-play (scripts/sumo.lua). LOVE 11, with the module rl (see
-- ../README.md).
--
-- You are the blue one: left and right drive, down leans forward and up back, space thrusts the arm. Who touches the
-- ground with trunk, head or base has lost, and so has who is out of the ring. Your foe is brain.safetensors, or, with
-- SUMO_RUN=runs/sumo-..., the league of that run, from which 1 to 9 choose: 1 is a beginner.
local rl = require "rl"
local core = require "rl.core" -- for where bodies are and how they look, as `rlrun watch` has them

local RING, METER, LIMIT = 2, 200, 30 -- m, pixels, s of a bout
local SECONDS = tonumber(os.getenv("SUMO_SECONDS") or math.huge) -- then it ends by itself
local here = love.filesystem.getSource()
local wrestler = assert(rl.load_design(here .. "/../../designs/wrestler.lua"))

local function place(x, foe)
  local senses = {}
  for _, body in ipairs { "trunk", "base", "hand" } do senses["foe_" .. body] = { of = foe, body = body } end
  return { creature = wrestler, x = x, turned = x > 0, senses = senses }
end

local HOW = { "down", "out of the ring" } -- a wrestler has lost; 0: not at all
local function lost(s) return s.fallen > 0 and 1 or math.abs(s.world_x) > RING and 2 or 0 end

local world = rl.env {
  name = "sumo", n = 1, time_limit = LIMIT, together = true, reset_noise = 0.05,
  creatures = { a = place(-0.9, "b"), b = place(0.9, "a") },
  reward = lost, -- nobody learns here: it says how a bout ends
  done = function(s) return lost(s) > 0 end,
}

local foes, foe -- { name =, policy = }, the weakest first
local observation, scene, pose
local rest, pause, time, left = 0, 1, 0, LIMIT -- s
local score, word = { won = 0, lost = 0, drawn = 0 }, ""
local number = {} -- of the observation, by name
local small, large -- fonts

local function load_foes()
  local run = os.getenv("SUMO_RUN")
  if not run then
    local policy = assert(rl.load_policy(here .. "/brain.safetensors", world:agent("b")))
    return { { name = "the champion", policy = policy } }
  end
  local members, list = assert(rl.load_league(run .. "/league", { env = world })):table(), {}
  for i = 1, math.min(9, #members) do
    local m = members[#members < 9 and i or math.floor(1 + (i - 1) * (#members - 1) / 8 + 0.5)]
    list[i] = { name = ("iteration %d, rating %.0f"):format(m.at, m.rating), policy = m.policy }
  end
  return list
end

local function begin()
  observation = world:reset()
  scene, pose = core.env_scene(world), core.env_pose(world)
  pause, left, word = 1, LIMIT, "ready"
end

function love.load()
  rl.threads(1)
  small, large = love.graphics.newFont(15), love.graphics.newFont(44)
  foes = load_foes()
  foe = foes[#foes]
  for i, name in ipairs(world.observation_space.names) do number[name] = i end
  begin()
end

function love.keypressed(key)
  if key == "escape" then love.event.quit() end
  if key == "r" then begin() end
  local chosen = foes[tonumber(key)]
  if chosen then
    foe = chosen
    begin()
  end
end

-- Your keys: wheels by force, the rest by where it shall be, to which a spring pulls.
local function player(see)
  local down = love.keyboard.isDown
  local function hold(joint, angle)
    local force = 4 * (angle - see[number[joint .. "_angle"]]) - 0.3 * see[number[joint .. "_speed"]]
    return math.max(-1, math.min(1, force))
  end
  local drive = (down("right") and -1 or 0) + (down("left") and 1 or 0) -- to the right a wheel turns clockwise
  local thrust = down("space")
  return { drive, drive, hold("waist", down("down") and -0.8 or down("up") and 0.4 or -0.2),
           hold("shoulder", thrust and 0.5 or -0.4), hold("elbow", thrust and 0 or 1.5) }
end

local function step()
  local sees = observation:totable()
  local foes_action = foe.policy:mean(observation:narrow(1, 2, 1)):clamp(-1, 1):totable()[1]
  local reward, terminated, truncated
  observation, reward, terminated, truncated = world:step { player(sees[1]), foes_action }
  left = left - world.dt
  if terminated:get(1) + truncated:get(1) == 0 then
    pose = core.env_pose(world)
    return
  end
  local yours, foes_end = reward:get(1), reward:get(2)
  local result = "drawn"
  if (yours > 0) ~= (foes_end > 0) then
    result = yours > 0 and "lost" or "won"
    word = ("%s: %s %s"):format(result, yours > 0 and "you are" or "your foe is", HOW[yours + foes_end])
  else
    word = yours > 0 and "drawn: both at once" or "drawn: time is up"
  end
  score[result] = score[result] + 1
  pause = 2 -- with the end in sight; the next bout stands ready
end

function love.update(dt)
  time = time + dt
  if time > SECONDS then love.event.quit() end
  if pause > 0 then
    pause = pause - dt
    if pause <= 0 then pose, left, word = core.env_pose(world), LIMIT, "" end
    return
  end
  rest = math.min(rest + dt, 0.1)
  while rest >= world.dt and pause <= 0 do
    rest = rest - world.dt
    step()
  end
end

local function colour_of(text)
  local r, g, b = text:match("#(%x%x)(%x%x)(%x%x)")
  return tonumber(r, 16) / 255, tonumber(g, 16) / 255, tonumber(b, 16) / 255
end

local function draw_shape(shape, shade)
  local k = 3 * (shape.body - 1)
  local r, g, b = colour_of(shape.colour)
  love.graphics.push()
  love.graphics.translate(pose[k + 1], pose[k + 2])
  love.graphics.rotate(pose[k + 3])
  for _, mode in ipairs { "fill", "line" } do
    local light = mode == "fill" and 1 or shade
    love.graphics.setColor(r * light, g * light, b * light)
    if shape.kind == "circle" then
      love.graphics.circle(mode, shape.x, shape.y, shape.radius)
      if mode == "line" then love.graphics.line(shape.x, shape.y, shape.x + shape.radius, shape.y) end
    else
      love.graphics.polygon(mode, shape.points)
    end
  end
  love.graphics.pop()
end

function love.draw()
  local width, height = love.graphics.getDimensions()
  love.graphics.clear(0.96, 0.93, 0.86)
  love.graphics.push()
  love.graphics.translate(width / 2, height - 110)
  love.graphics.scale(METER, -METER)
  love.graphics.setLineWidth(2 / METER)
  love.graphics.setColor(0.55, 0.42, 0.3)
  love.graphics.rectangle("fill", -10, -2, 20, 2)
  love.graphics.setColor(0.85, 0.72, 0.5)
  love.graphics.rectangle("fill", -RING, -0.12, 2 * RING, 0.12)
  love.graphics.setColor(0.95, 0.9, 0.7)
  for side = -1, 1, 2 do love.graphics.circle("fill", side * (RING + 0.06), 0, 0.06) end
  for _, shape in ipairs(scene.shapes) do
    if (shape.body or 0) > 0 and shape.colour then draw_shape(shape, 0.6) end
  end
  love.graphics.pop()
  love.graphics.setLineWidth(1)
  love.graphics.setColor(0.2, 0.15, 0.1)
  love.graphics.setFont(large)
  love.graphics.printf(word, 0, 80, width, "center")
  love.graphics.setFont(small)
  love.graphics.print(("you won %d, lost %d, drew %d   against %s   %.0f s left"):format(
    score.won, score.lost, score.drawn, foe.name, math.max(0, left)), 20, 20)
  love.graphics.print("left, right: drive   down, up: lean   space: thrust   R again   Esc end" ..
    (#foes > 1 and ("   1 to %d: your foe"):format(#foes) or ""), 20, 40)
end

function love.quit()
  if SECONDS == math.huge then return end
  print(("%d won, %d lost, %d drawn against %s"):format(score.won, score.lost, score.drawn, foe.name))
end
