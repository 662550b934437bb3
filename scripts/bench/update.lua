-- How fast are updates? 2048 samples, policy 24-64-64-4, value 24-64-64-1: PPO with 10 epochs of minibatches of 64, 256
-- and 512, and TRPO (10 conjugate-gradient steps on the whole batch, 10 epochs of the value), each beside the time that
-- sgemm alone needs for the same matrix products, in the same run.
--
-- Medians of wall time on 1 thread and on `threads`; the least CPU times on one, which a busy machine hardly changes.
--
--   build/rlrun scripts/bench/update.lua
--   build/rlrun scripts/bench/update.lua --set threads=16
--   build/rlrun --quiet scripts/bench/update.lua --set threads=16 --set rounds=15 --set csv=true
--
-- csv: lines for programs, times in milliseconds (about 15 s for the last command on a quiet machine).
local rl = require "rl"

local opt = rl.options { rounds = 31, epochs = 10, threads = 2, csv = false }

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

local ROWS = 2048
local env = rl.env(worm, { n = 16, done = function() return false end })
assert(env.observation_space.size == 24 and env.action_space.size == 4)

-- The products of `rows` samples through a net with so many outputs: { m, n, k, transpose a, transpose b } each.
local function list_products(rows, outputs, kinds)
  local sizes, list = { 24, 64, 64, outputs }, {}
  for l = 1, 3 do
    local inputs, width = sizes[l], sizes[l + 1]
    if kinds.forward then list[#list + 1] = { rows, width, inputs, false, false } end
    if kinds.tangent then list[#list + 1] = { rows, width, inputs, false, false } end -- by the weights' tangent
    if kinds.tangent and l > 1 then list[#list + 1] = { rows, width, inputs, false, false } end -- by the input's
    if kinds.backward then list[#list + 1] = { inputs, width, rows, true, false } end -- gradient of the weights
    if kinds.backward and l > 1 then list[#list + 1] = { rows, inputs, width, false, true } end -- of the input
  end
  return list
end

-- Seconds that sgemm needs for `times` times these products.
local function bare(times, list)
  local seconds = 0
  for _, p in ipairs(list) do seconds = seconds + times * rl.bench.sgemm(p[1], p[2], p[3], p[4], p[5], times) end
  return seconds
end

local gradient = { forward = true, backward = true }

local function bare_training(outputs, minibatch)
  return bare(opt.epochs * ROWS / minibatch, list_products(minibatch, outputs, gradient))
end

local function bare_ppo(minibatch) return bare_training(4, minibatch) + bare_training(1, minibatch) end

-- One gradient, ten products with the Fisher matrix, one evaluation of the line search; the value as in PPO. The batch
-- goes through in pieces of 64.
local function bare_trpo()
  local pieces = ROWS / 64
  return bare(pieces, list_products(64, 4, gradient))
    + bare(10 * pieces, list_products(64, 4, { forward = true, tangent = true, backward = true }))
    + bare(pieces, list_products(64, 4, { forward = true })) + bare_training(1, 64)
end

local function method(name, options)
  options.env, options.policy, options.value = env, rl.policy(env), rl.value(env)
  options.epochs, options.lr = opt.epochs, 1e-5
  return rl[name](options)
end

local cases = {
  {
    name = "PPO, minibatches of 64", method = method("ppo", { minibatch = 64 }),
    bare = function() return bare_ppo(64) end,
  },
  {
    name = "PPO, minibatches of 256", method = method("ppo", { minibatch = 256 }),
    bare = function() return bare_ppo(256) end,
  },
  {
    name = "PPO, minibatches of 512", method = method("ppo", { minibatch = 512 }),
    bare = function() return bare_ppo(512) end,
  },
  -- so small a region that the first step of the line search is taken
  { name = "TRPO", method = method("trpo", { minibatch = 64, max_kl = 1e-6 }), bare = bare_trpo },
}

for _, case in ipairs(cases) do
  case.update, case.gemm, case.least, case.least_gemm = { {}, {} }, {}, math.huge, math.huge
end
for round = 1, opt.rounds do
  for _, case in ipairs(cases) do
    for i, threads in ipairs { 1, opt.threads } do
      rl.threads(threads)
      local batch = case.method:collect(ROWS / env.n)
      local start, cpu = rl.time(), os.clock()
      local stats = case.method:update(batch)
      case.update[i][round] = rl.time() - start
      if threads == 1 then case.least = math.min(case.least, os.clock() - cpu) end
      assert((stats.backtracks or 0) == 0, "the line search took more than one evaluation")
    end
    local cpu = os.clock()
    case.gemm[round] = case.bare()
    case.least_gemm = math.min(case.least_gemm, os.clock() - cpu)
  end
end

local median = rl.statistics.median
if opt.csv then
  print "update,threads,bare_sgemm,one_thread,of_bare_sgemm,many_threads,speedup,least_cpu,least_bare_sgemm,least_ratio"
else
  rl.timing.describe_machine()
  print(("%d samples, policy 24-64-64-4, value 24-64-64-1, %d epochs, medians of %d rounds"):format(
    ROWS, opt.epochs, opt.rounds))
  print(("%-24s %11s %11s %15s %11s %9s %15s %11s"):format("", "bare sgemm", "1 thread", "of bare sgemm",
    opt.threads .. " threads", "speed-up", "least CPU", "least bare"))
end
for _, case in ipairs(cases) do
  local one, many, gemm = 1e3 * median(case.update[1]), 1e3 * median(case.update[2]), 1e3 * median(case.gemm)
  local least, least_gemm = 1e3 * case.least, 1e3 * case.least_gemm
  if opt.csv then
    print(("%s,%d,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f,%.3f"):format((case.name:gsub(",", "")), opt.threads, gemm, one,
      one / gemm, many, one / many, least, least_gemm, least / least_gemm))
  else
    print(("%-24s %8.2f ms %8.2f ms %15.2f %8.2f ms %9.2f %12.2f ms %8.2f ms"):format(case.name, gemm, one, one / gemm,
      many, one / many, least, least_gemm))
  end
end
