-- The latest policy of a run, live: one copy of its environment, in real time or slower, that somebody can push about.
-- Window and keys are those of commands/watch.lua.
--
--   local w = watch.new { env =, policy =, title =, load = function() return policy | nil end }
--   w:advance(seconds)          by the clock of whoever looks; asks load() for a newer policy now and then
--   w:key { kind = "key", key = "Space", down = true }, w:mouse { x =, y =, down = true }
--   w:picture(width, height)    the drawing; w.done: somebody wants to leave
local colours = require "rl.colours"
local core = require "rl.core"
local scene = require "rl.scene"

local watch = {}
watch.__index = watch

local SLOW = 0.2                 -- of real time
local PUSH, PULL = 6, 12         -- m/s^2: of an arrow; for each height of the creature that the mouse is away
local MOST_PULL = 40             -- m/s^2
local GRAVITY_STEP = 1.15
local MOST_STEPS = 50            -- at once, where the machine is too slow for real time
local LOOK_FOR_POLICY = 1        -- seconds
local LEAST_GRAVITY, MOST_GRAVITY = 0.01, 100

watch.KEYS = "space pause   s slow motion   arrows or mouse push   g less gravity   G more   r reset   q quit"

-- Where bodies and muscles are now.
local function look(self)
  local pose, fields = core.env_pose(self.env)
  local levels = {}
  for i, strand in ipairs(self.scene.strands) do levels[i] = fields[strand.field] or 0 end
  return pose, levels
end

-- A new episode: its ground may be another.
local function begin(self)
  local head = core.env_scene(self.env)
  head.gravity = self.gravity or head.gravity
  self.head = head
  self.scene = scene.new(head, (core.env_pose(self.env)))
  self.pose, self.levels = look(self)
  self.before = self.pose
  self.steps, self.sum, self.lag, self.ended = 0, 0, 0, {}
  self.start = self.scene:middle(self.pose)
  self.camera = nil
  if self.gravity then core.disturb(self.env, 0, 0, self.gravity) end
end

function watch.new(settings)
  local self = setmetatable({ env = settings.env, policy = settings.policy, title = settings.title,
                              load = settings.load, rate = 1, held = {}, seats = {}, episodes = 0, policies = 1,
                              since = 0 }, watch)
  self.observation = self.env:reset()
  begin(self)
  self.can_push = core.disturb(self.env, 0, 0, nil)
  return self
end

-- m/s^2 that keys and mouse give.
local function push_of(self)
  local ax, ay, held = 0, 0, self.held
  if held.Left then ax = ax - PUSH end
  if held.Right then ax = ax + PUSH end
  if held.Up then ay = ay + PUSH end
  if held.Down then ay = ay - PUSH end
  local mouse = self.pulled
  if mouse then
    local x, y = self.scene:middle(self.pose)
    local size = math.max(self.scene.height, 0.1)
    local dx, dy = PULL * (mouse.x - x) / size, PULL * (mouse.y - y) / size
    local share = math.min(1, MOST_PULL / math.max(math.sqrt(dx * dx + dy * dy), 1e-9))
    ax, ay = ax + share * dx, ay + share * dy
  end
  return ax, ay
end

-- By the policy, or each agent by its own.
local function act(self)
  local env, players = self.env, self.policy
  if type(players) ~= "table" then return (players:mean(self.observation)) end
  local actions = core.zeros(env.n, env.action_space.size)
  for row, agent in ipairs(env.agents) do
    local player = players[agent.name]
    if type(player) == "userdata" then
      self.seats[row] = self.seats[row] or env:agent(agent.name)
      local size = self.seats[row].observation_space.size
      local action = player:mean(self.observation:narrow(1, row, 1):narrow(2, 1, size):clone())
      actions:narrow(1, row, 1):narrow(2, 1, action:size(2)):copy_(action)
    end
  end
  return actions
end

-- Whether that was the end of the episode: of a world, when all have ended.
local function is_over(self, terminated, truncated)
  local over = true
  for row = 1, self.env.n do
    self.ended[row] = self.ended[row] or terminated:get(row) + truncated:get(row) > 0
    over = over and self.ended[row]
  end
  return over
end

local function step(self)
  local ax, ay = push_of(self)
  if self.can_push and (ax ~= 0 or ay ~= 0) then core.disturb(self.env, ax, ay, nil) end
  local reward, terminated, truncated
  self.observation, reward, terminated, truncated = self.env:step(act(self))
  self.steps, self.sum = self.steps + 1, self.sum + reward:mean()
  if is_over(self, terminated, truncated) then
    self.episodes, self.last = self.episodes + 1, self.sum
    begin(self)
    return
  end
  self.before = self.pose
  self.pose, self.levels = look(self)
end

local function ask_for_policy(self, seconds)
  self.since = self.since + seconds
  if self.since < LOOK_FOR_POLICY or not self.load then return end
  self.since = 0
  local policy = self.load()
  if policy then self.policy, self.policies = policy, self.policies + 1 end
end

function watch:advance(seconds)
  ask_for_policy(self, seconds)
  if self.paused then return end
  self.lag = math.min(self.lag + seconds * self.rate, MOST_STEPS * self.env.dt)
  while self.lag >= self.env.dt - 1e-9 do
    self.lag = self.lag - self.env.dt
    step(self)
  end
end

local function set_gravity(self, times)
  local now = self.gravity or self.head.gravity
  if not now then return end
  local wanted = math.min(math.max(now * times, LEAST_GRAVITY), MOST_GRAVITY)
  if not core.disturb(self.env, 0, 0, wanted) then return end
  self.gravity, self.scene.world = wanted, colours.world_of { gravity = wanted }
end

function watch:reset()
  self.observation = self.env:reset()
  begin(self)
end

local ARROWS = { Left = true, Right = true, Up = true, Down = true }

function watch:key(event)
  local key = event.key
  if ARROWS[key] then
    self.held[key] = event.down or nil
  elseif event.down then
    if key == "Space" then
      self.paused = not self.paused
    elseif key == "S" then
      self.rate = self.rate == 1 and SLOW or 1
    elseif key == "G" then
      set_gravity(self, event.shift and GRAVITY_STEP or 1 / GRAVITY_STEP)
    elseif key == "R" then
      self.gravity = nil
      self:reset()
    elseif key == "Q" or key == "Escape" then
      self.done = true
    end
  end
end

-- The view of the last picture says where in the world it points.
function watch:mouse(event)
  local view = self.view
  self.pulled = event.down and view and {
    x = view.x + (event.x - view.width / 2) / view.scale,
    y = view.y - (event.y - view.height * view.anchor) / view.scale,
  } or nil
end

-- Between the last two steps, so that slow motion is smooth.
local function drawn_pose(self)
  local t, pose = math.min(math.max(self.lag, 0) / self.env.dt, 1), {}
  for i, x in ipairs(self.pose) do pose[i] = self.before[i] + (x - self.before[i]) * t end
  for k = 3 * self.scene.followed + 1, #pose, 3 do -- these jump when they are used again
    if math.abs(self.pose[k] - self.before[k]) > 1 then
      pose[k], pose[k + 1], pose[k + 2] = self.pose[k], self.pose[k + 1], self.pose[k + 2]
    end
  end
  return pose
end

local function draw_pull(self, view, pose)
  local ax, ay = push_of(self)
  if not self.can_push or (ax == 0 and ay == 0) then return end
  local x, y = self.scene:middle(pose)
  local sx, sy = scene.to_x(view, x), scene.to_y(view, y)
  local length = 0.05 * self.scene.height * view.scale
  local ex, ey = sx + ax * length, sy - ay * length
  local size = math.max(math.sqrt(ax * ax + ay * ay), 1e-9)
  local ux, uy, colour = ax / size, -ay / size, "#ff5a4d"
  view.drawn[#view.drawn + 1] = { kind = "line", points = { sx, sy, ex, ey }, colour = colour, width = 4, round = true }
  view.drawn[#view.drawn + 1] = { kind = "area", colour = colour, points = {
    ex + 12 * ux, ey + 12 * uy, ex - 8 * uy, ey + 8 * ux, ex + 8 * uy, ey - 8 * ux } }
end

local function words_of(self, pose)
  local words = ("%.2f s   %.2f m   return %.1f"):format(self.steps * self.env.dt,
    self.scene:middle(pose) - self.start, self.sum)
  if self.last then words = words .. ("   last episode %.1f"):format(self.last) end
  local gravity = self.gravity or self.head.gravity
  if gravity then words = words .. ("   g %.2f m/s²"):format(gravity) end
  if self.policies > 1 then words = words .. ("   policy %d"):format(self.policies) end
  if self.rate ~= 1 then words = words .. "   slow motion" end
  if self.paused then words = words .. "   paused" end
  return words
end

function watch:picture(width, height)
  local pose = drawn_pose(self)
  local x, y = self.scene:middle(pose)
  local camera = self.camera or { x = x, y = y }
  camera.x, camera.y = camera.x + 0.2 * (x - camera.x), camera.y + 0.04 * (y - camera.y) -- glides
  self.camera = camera
  local view = self.scene:view { width = width, height = height, x = camera.x, y = camera.y }
  self.view = view
  self.scene:backdrop(view)
  self.scene:shadows(view, pose)
  self.scene:creature(view, pose, self.levels)
  draw_pull(self, view, pose)
  scene.caption(view, self.title, words_of(self, pose))
  view.drawn[#view.drawn + 1] = { kind = "text", x = 20, y = height - 14, size = 12, text = watch.KEYS,
                                  colour = "#ffffff", alpha = 0.6 }
  return view.drawn
end

return watch
