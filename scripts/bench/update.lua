-- How fast is a PPO update? 2048 samples, policy 24-64-64-4, value 24-64-64-1, 10 epochs of minibatches of 64, beside
-- the time that sgemm alone needs for the same matrix products, in the same run.
local rl = require "rl"
local timing = require "timing"

local opt = rl.options { rounds = 31, minibatch = 64, epochs = 10 }

-- A creature with 24 observations and 4 actions: a chain of ten links, every other of the first joints driven.
-- (5 of the trunk, 9 joint angles, 9 joint speeds, 1 contact.)
local worm = {
  name = "worm", position = { 0, 0.1 }, trunk = "link1", head = { body = "link1" }, feet = { "link10" },
  bodies = { { name = "link1", mass = 1, shape = { kind = "box", width = 0.2, height = 0.1 } } },
  motors = {},
}
for i = 2, 10 do
  worm.bodies[i] = {
    name = "link" .. i, mass = 1, shape = { kind = "box", width = 0.2, height = 0.1 },
    joint = {
      name = "joint" .. i, parent = "link" .. i - 1, at = { 0.1, 0 }, from = { -0.1, 0 }, lower = -1, upper = 1,
    },
  }
  if i % 2 == 0 and i <= 8 then table.insert(worm.motors, { joint = "joint" .. i, torque = 5, speed = 5 }) end
end

local env = rl.env(worm, { n = 16, done = function() return false end })
local policy, value = rl.policy(env), rl.value(env)
local ppo = rl.ppo {
  env = env, policy = policy, value = value, minibatch = opt.minibatch, epochs = opt.epochs, lr = 1e-5,
}
assert(env.observation_space.size == 24 and env.action_space.size == 4)

-- The products of one minibatch: forward, weight gradients, input gradients (none for the first layer).
local function products(outputs)
  local sizes, list = { 24, 64, 64, outputs }, {}
  for l = 1, 3 do
    list[#list + 1] = { opt.minibatch, sizes[l + 1], sizes[l], false, false }
    list[#list + 1] = { sizes[l], sizes[l + 1], opt.minibatch, true, false }
    if l > 1 then list[#list + 1] = { opt.minibatch, sizes[l], sizes[l + 1], false, true } end
  end
  return list
end

local function median(list)
  table.sort(list)
  return list[math.floor(#list / 2) + 1]
end

local minibatches = opt.epochs * math.ceil(2048 / opt.minibatch)
local update = { {}, {} }
local gemm = {}
for round = 1, opt.rounds do
  for threads = 1, 2 do
    rl.threads(threads)
    local batch = ppo:collect(128)
    local start = rl.time()
    ppo:update(batch)
    update[threads][round] = rl.time() - start
  end
  gemm[round] = 0
  for _, outputs in ipairs { 4, 1 } do
    for _, p in ipairs(products(outputs)) do
      gemm[round] = gemm[round] + minibatches * rl.bench.sgemm(p[1], p[2], p[3], p[4], p[5], minibatches)
    end
  end
end

timing.describe_machine()
local one, two, bare = median(update[1]), median(update[2]), median(gemm)
print(("PPO update, 2048 x 24-64-64-4 and 24-64-64-1, %d epochs, minibatches of %d, medians of %d rounds"):format(
  opt.epochs, opt.minibatch, opt.rounds))
print(("bare sgemm:  %7.2f ms"):format(1e3 * bare))
print(("1 thread:    %7.2f ms  %.2f times the bare sgemm"):format(1e3 * one, one / bare))
print(("2 threads:   %7.2f ms  speed-up %.2f"):format(1e3 * two, one / two))
