-- A curriculum: the task grows harder when it is mastered. A puck is to come to rest at a mark, and nothing else is
-- rewarded: from far away chance never finds it, from near it does, and what is learnt there leads on.
--
--   build/rlrun scripts/curriculum.lua                                    a few seconds
--   build/rlrun scripts/curriculum.lua --set curriculum=false             far away at once: nothing is learnt
--   build/rlrun --live scripts/curriculum.lua --set functions=my.lua      a reward that you edit as it learns
--
-- my.lua returns { reward = function(arrived, effort) return (arrived and 1 or 0) - 0.001 * effort end }. A run that
-- was ended, by whatever, goes on: build/rlrun --resume runs/curriculum-...
local rl = require "rl"

local opt = rl.options {
  iterations = 60,  -- of collecting 4096 steps and learning from them
  curriculum = true,
  functions = "",   -- a file for rl.live
}

-- m from the mark; the share of arrivals that leads to the next stage
local STAGES = {
  { set = { far = 0.8 }, above = 0.8 }, { set = { far = 2 }, above = 0.8 }, { set = { far = 4 }, above = 0.8 },
  { set = { far = 8 } },
}
local DT, THRUST, NEAR, SLOW = 0.1, 2, 0.5, 1 -- s a step, m/s^2, m, m/s

local function reward(arrived, effort) return (arrived and 1 or 0) - 0.001 * effort end
if opt.functions ~= "" then reward = rl.live(opt.functions).reward end

local function observe(self) return { self.x / 4, self.y / 4, self.vx / 2, self.vy / 2 } end

local env = rl.lua_env {
  name = "puck", n = 32, limit = 100, dt = DT, repeatable = true,
  observation = { "x", "y", "vx", "vy" }, action = { "box", 2 },
  options = { far = 8 },
  reset = function(self, rng, options)
    local angle = 2 * math.pi * rng:uniform()
    self.x, self.y, self.vx, self.vy = options.far * math.cos(angle), options.far * math.sin(angle), 0, 0
    return observe(self)
  end,
  step = function(self, action)
    self.vx, self.vy = 0.95 * self.vx + DT * THRUST * action[1], 0.95 * self.vy + DT * THRUST * action[2]
    self.x, self.y = self.x + DT * self.vx, self.y + DT * self.vy
    local arrived = self.x ^ 2 + self.y ^ 2 < NEAR ^ 2 and self.vx ^ 2 + self.vy ^ 2 < SLOW ^ 2
    return observe(self), reward(arrived, action[1] ^ 2 + action[2] ^ 2), arrived
  end,
  shapes = {
    { kind = "circle", body = 0, radius = NEAR },
    { kind = "circle", body = 1, radius = 0.2 },
  },
  poses = function(self) return { self.x, self.y, 0 } end,
}

local policy, value = rl.policy(env), rl.value(env)
local ppo = rl.ppo { env = env, policy = policy, value = value, lr = 1e-3, minibatch = 256, epochs = 6,
                     reward_scaling = false }
local curriculum = rl.curriculum { env = env, number = "arrived", window = 3,
                                   stages = opt.curriculum and STAGES or { STAGES[#STAGES] } }
local run = rl.run { name = "curriculum", options = opt, method = ppo, iterations = opt.iterations,
                     curriculum = curriculum }
for i in run:iterations() do
  local batch = ppo:collect(128)
  local arrived = batch.stats.episodes > 0 and batch.stats.terminated / batch.stats.episodes or 0
  run:log(i, batch.stats, ppo:update(batch), { arrived = arrived })
end

env:set(STAGES[#STAGES].set)
local result = env:evaluate(policy, { episodes = 100 })
run:replay(env:record(policy, { title = "puck" }))
run:finish()
print(("stage %d; from %g m %d of 100 arrive"):format(curriculum.stage, STAGES[#STAGES].set.far, result.terminated))
