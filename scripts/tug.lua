-- Two trolleys carry a beam that neither can carry alone: it lies across both, and falls when they part, meet or jerk. All that
-- they are paid for is how far the beam comes; neither sees the other, only how the beam lies on itself.
--
--   build/rlrun scripts/tug.lua                            with a critic that knows both (rl.mappo)
--   build/rlrun scripts/tug.lua --set method=ppo           with one that sees what the trolley sees
--   build/rlrun scripts/tug.lua --set method=coma --set lr=0.002
local rl = require "rl"

local opt = rl.options {
  method = "mappo",         -- ppo, mappo, coma, a2c ...
  central = true,           -- of methods that need not: whether their critic reads both
  lr = 3e-4,
  steps = 300000,           -- of all trolleys together
  roughness = 0.05, friction = 0.15,
  copies = 16, horizon = 0, -- steps of each trolley in a batch; 0: what the method is made for
  evaluations = 10, test_episodes = 20, seconds = 10,
}

local WHEEL, REACH = 0.12, 1e3
local function wheel(name, x)
  return { name = name, mass = 0.5, friction = 1, shape = { kind = "circle", radius = WHEEL },
           joint = { name = name, parent = "bed", at = { x, -0.1 }, from = { 0, 0 }, lower = -REACH, upper = REACH } }
end
local trolley = {
  name = "trolley", position = { 0, WHEEL + 0.1 },
  bodies = { { name = "bed", mass = 5, friction = 0.3, shape = { kind = "box", width = 0.6, height = 0.1 } },
             wheel("back", -0.25), wheel("front", 0.25) },
  motors = { { joint = "back", torque = 3, speed = 20 }, { joint = "front", torque = 3, speed = 20 } },
  feet = { "back", "front" },
}

local function open(n, seed)
  return rl.env {
    name = "tug", n = n, seed = seed, together = true, time_limit = opt.seconds,
    ground = "rough", roughness = opt.roughness,
    creatures = { first = { creature = trolley, x = 0.6, senses = { beam = "beam" } },
                  last = { creature = trolley, x = -0.6, senses = { beam = "beam" } } },
    bodies = { beam = { mass = 3, friction = opt.friction, x = 0, y = 0.34, shape = { kind = "box", width = 2, height = 0.1 } } },
    reward = function(s) return { way = s.beam_vx * 0.02 } end,
    done = function(s) return s.beam_y < 0.25 end,
  }
end

local env = open(opt.copies, rl.seed)
local policy = rl.policy(env, { hidden = { 32, 32 }, seed = rl.seed })
local reads = rl.describe(opt.method).value
local value = rl.value(env, { hidden = { 64, 64 }, seed = rl.seed, central = opt.central, action = reads.action })
local learner = rl[opt.method] { env = env, policy = policy, value = value, seed = rl.seed, lr = opt.lr }

local function test(episodes, seed)
  return env:evaluate(policy, { episodes = episodes, seed = seed }).mean_return
end
local taken = 0
while taken < opt.steps do
  local batch = learner:collect(opt.horizon > 0 and opt.horizon or nil)
  local s = learner:update(batch)
  taken = batch.stats.steps
  if math.floor(taken / 20000) > math.floor((taken - #batch.reward * 32) / 20000) then print(taken, test(20, 7), s.explained_variance, s.entropy, batch.stats.mean_length) end
end
