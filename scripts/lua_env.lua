-- Lander: a small game written in Lua, and a policy that learns to play it.
--
--   build/rlrun scripts/lua_env.lua                     learn (some seconds), evaluate, write a replay
--   build/rlrun scripts/lua_env.lua --gravity 3.71      on Mars
--
-- A lander comes down on the Moon with one main engine and two small ones that turn it. The game keeps its state in
-- `self`, says in `reset` how an episode begins and in `step` what an action does; rl.lua_env makes it an environment
-- like any other.
local rl = require "rl"

local opt = rl.options { gravity = 1.62, iterations = 100 } -- m/s^2; of 4096 steps each

local DT, PAD = 0.1, 2 -- s a step; m, half the width of where it shall land
local LEFT, MAIN, RIGHT = 2, 3, 4 -- action 1 does nothing

local function observe(s)
  return { s.x / 10, s.y / 10, s.vx / 5, s.vy / 5, s.angle, s.spin }
end

-- How good a moment is: near the pad, slow, upright. Only its change is paid, so that waiting earns nothing.
local function potential(s)
  return -math.sqrt(s.x ^ 2 + s.y ^ 2) / 10 - math.sqrt(s.vx ^ 2 + s.vy ^ 2) / 5 - math.abs(s.angle)
end

local function reset(self, rng)
  self.x, self.y = 16 * rng:uniform() - 8, 10
  self.vx, self.vy = 2 * rng:uniform() - 1, -1
  self.angle, self.spin = 0.4 * rng:uniform() - 0.2, 0
  return observe(self)
end

local function step(self, action)
  local before = potential(self)
  local main = action == MAIN and 2.5 * opt.gravity or 0
  self.spin = self.spin + DT * (action == LEFT and 1 or action == RIGHT and -1 or 0)
  self.angle = self.angle + DT * self.spin
  self.vx = self.vx - DT * main * math.sin(self.angle)
  self.vy = self.vy + DT * (main * math.cos(self.angle) - opt.gravity)
  self.x, self.y = self.x + DT * self.vx, self.y + DT * self.vy
  local reward = potential(self) - before - 0.03 -- time costs, or it would hover
  local down, lost = self.y <= 0, math.abs(self.x) > 15 or self.y > 20 or math.abs(self.angle) > 2
  local soft = math.abs(self.x) < PAD and math.abs(self.vx) < 1 and self.vy > -1.5 and math.abs(self.angle) < 0.3
  if down or lost then reward = reward + (down and soft and 5 or -5) end
  return observe(self), reward, down or lost
end

local env = rl.lua_env {
  name = "lander", n = 32, dt = DT, limit = 400, repeatable = true,
  observation = { "x", "y", "vx", "vy", "angle", "spin" },
  action = { "discrete", 4 },
  reset = reset,
  step = step,
  shapes = { -- what a replay draws
    { kind = "polygon", body = 0, points = { -40, 0, 40, 0 }, closed = false },
    { kind = "polygon", body = 0, points = { -PAD, 0, PAD, 0, PAD, 0.15, -PAD, 0.15 } },
    { kind = "polygon", body = 1, points = { -0.5, 0.4, 0.5, 0.4, 0.3, 1.2, -0.3, 1.2 } },
    { kind = "polygon", body = 1, points = { -0.4, 0.4, -0.8, 0 }, closed = false },
    { kind = "polygon", body = 1, points = { 0.4, 0.4, 0.8, 0 }, closed = false },
  },
  poses = function(self) return { self.x, self.y, self.angle } end,
}

local policy, value = rl.policy(env, { hidden = { 64, 64 } }), rl.value(env, { hidden = { 64, 64 } })
local ppo = rl.ppo {
  env = env, policy = policy, value = value, gamma = 0.995, minibatch = 256, epochs = 6, entropy_coef = 0.005,
  reward_scaling = false,
}
local run = rl.run {
  name = "lander", options = opt, env = env, policy = policy, method = ppo, iterations = opt.iterations,
}

for i in run:iterations() do
  ppo:set { lr = 1e-3 * (1 - (i - 1) / opt.iterations) }
  local batch = ppo:collect(128)
  run:log(i, batch.stats, ppo:update(batch))
end

local result = env:evaluate(policy, { episodes = 100 })
local landed = 0
for _, episode in ipairs(result.episodes) do landed = landed + (episode["return"] > 0 and 1 or 0) end
local recording = env:record(policy, { title = "lander" })
recording.gravity = opt.gravity
run:replay(recording)
run:finish()
print(("evaluation: %d of %d landings, mean return %.2f"):format(landed, #result.episodes, result.mean_return))
