-- Two riders on a wheel each carry a beam on their heads, a thin one ahead, a stout one behind. Each has to keep its
-- balance and the pace of the other, whom it does not see: it feels the beam, where its middle is and how it slides.
-- All that both are paid for is the way of the beam, up to a pace; the end is when it or one of them falls.
--
--   build/rlrun scripts/tug.lua                     with a critic that knows what both sense (rl.mappo)
--   build/rlrun scripts/tug.lua --set method=ppo    with one that knows what the rider itself senses
--   build/rlrun scripts/tug.lua --set method=coma   with one that also knows what both do
--   build/rlrun scripts/tug.lua --set method=maddpg with two of that kind, from a memory; ddpg: with a rider's own
local rl = require "rl"

local opt = rl.options {
  method = "mappo",          -- ppo, mappo, coma, ddpg, maddpg
  lr = 0,                    -- to begin with, falling to none; 0: the method's own here
  advantage = "own",         -- "gae": of coma, all but what is counterfactual about it
  steps = 2000000,           -- of both riders together
  copies = 32, horizon = 64, -- of a batch
  replay = 0.125,            -- gradient steps a step, from a memory,
  minibatch = 128,           -- on so many steps
  seconds = 10,              -- of an episode
  pace = 2,                  -- m/s: what is faster earns no more
  roughness = 0.05,          -- of the ground, m
  episodes = 100,            -- of the test
}
local rates = { ppo = 1e-3, mappo = 1e-3, coma = 4e-3, ddpg = 1e-3, maddpg = 1e-3 }
if not rates[opt.method] then
  error(("option method: ppo, mappo, coma, ddpg or maddpg expected, got %s"):format(opt.method), 0)
end

-- A rider of so many kilograms, and so wide at the shoulders.
local function rider(mass, width)
  return {
    name = "rider", position = { 0, 0.15 }, feet = { "wheel" },
    bodies = {
      { name = "body", mass = mass, friction = 1, shapes = {
        { kind = "polygon", points = {
          { -0.03, 0 }, { 0.03, 0 }, { width, 0.3 }, { 0.7 * width, 0.48 }, { -0.7 * width, 0.48 }, { -width, 0.3 },
        } },
        { kind = "circle", radius = 0.11, center = { 0, 0.58 } }, -- the head
      } },
      { name = "wheel", mass = 2, friction = 1, shape = { kind = "circle", radius = 0.15 },
        joint = { name = "axle", parent = "body", at = { 0, 0 }, lower = -1e6, upper = 1e6 } },
    },
    motors = { { joint = "axle", torque = 10, speed = 20 } }, -- N m, rad/s
  }
end

local senses = { beam = "beam" }
local env = rl.env {
  name = "tug", n = opt.copies, time_limit = opt.seconds, together = true,
  ground = "rough", roughness = opt.roughness,
  creatures = { first = { creature = rider(4, 0.1), x = 0.8, senses = senses },
                last = { creature = rider(10, 0.17), x = -0.8, senses = senses } },
  bodies = { beam = { mass = 3, friction = 0.05, x = 0, y = 0.895,
                      shape = { kind = "box", width = 2, height = 0.07 } } },
  reward = function(s) return { way = 0.02 * math.min(s.beam_vx, opt.pace) } end,
  done = function(s) return s.beam_y < 0.6 or s.first.fallen + s.last.fallen > 0 end,
}

local own = opt.advantage == "own"
local about = rl.describe(opt.method)
local shape, reads = about.policy, about.value
shape.hidden = { 32, 32 }
local policy = rl.policy(env, shape)
local value = rl.value(env, { hidden = { 64, 64 }, central = reads.central, action = own and reads.action })
local iterations = math.ceil(opt.steps / (env.n * opt.horizon))
local rate = opt.lr > 0 and opt.lr or rates[opt.method]
local learner = rl[opt.method] { env = env, policy = policy, value = value, replay = shape.squash and opt.replay,
                                 minibatch = shape.squash and opt.minibatch,
                                 advantage = not own and opt.advantage or nil }
local run = rl.run { name = "tug", options = opt, method = learner, iterations = iterations }
local sum, batches = 0, 0 -- of the returns in training
for i in run:iterations() do
  learner:set { lr = rate * (1 - (i - 1) / iterations) }
  local batch = learner:collect(opt.horizon)
  run:log(i, batch.stats, learner:update(batch))
  if batch.stats.mean_return then sum, batches = sum + batch.stats.mean_return, batches + 1 end
end

local test = env:evaluate(policy, { episodes = opt.episodes, seed = 7 })
run:replay(env:record(policy, { title = "tug", seconds = opt.seconds }))
run:finish()
print(("%s: the beam comes %.2f m in %.2f s; %d of %d fall; %.2f m in the mean of training"):format(
  opt.method, test.mean_return, test.mean_length * env.dt, test.terminated / 2, opt.episodes,
  sum / math.max(batches, 1)))
