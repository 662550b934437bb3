-- How fast are the gradient steps of SAC? Minibatches of 256 from a memory, 24 observations and 4 actions, policy and
-- both critics of two hidden layers of relu: steps a second on 1 thread and on `threads`, beside the time that sgemm
-- alone needs for the same matrix products, in the same run. Least times of `rounds`: wall, and CPU, of all threads.
--
--   build/rlrun scripts/bench/sac.lua
--   scripts/bench/sac.sh build      beside SAC of Stable-Baselines3, which also learns Pendulum beside ours
local rl = require "rl"

local opt = rl.options { rounds = 15, steps = 20, threads = 2, csv = false }
local ROWS, OBS, ACT = 256, 24, 4

local function learner(width)
  local env = rl.env("bipedal_walker", { n = 1, seed = 1 })
  local shape = { hidden = { width, width }, activation = "relu", squash = true }
  local policy = rl.policy(env, shape)
  shape.squash, shape.action = nil, true
  local sac = rl.sac {
    env = env, policy = policy, value = rl.value(env, shape), minibatch = ROWS, warmup = 2001, memory = 100000,
    replay = opt.steps,
  }
  sac:update(sac:collect(2000))
  return sac
end

-- The products: { m, n, k, transpose a, transpose b } each.
local function list_products(width)
  local list = {}
  local function add(...) list[#list + 1] = { ... } end
  local function net(inputs, outputs, kinds, times)
    local sizes = { inputs, width, width, outputs }
    for _ = 1, times do
      for l = 1, 3 do
        local from, to = sizes[l], sizes[l + 1]
        if kinds.forward then add(ROWS, to, from, false, false) end
        if kinds.weights then add(from, to, ROWS, true, false) end
        if kinds.inputs and l > 1 then add(ROWS, from, to, false, true) end
        if kinds.action and l == 1 then add(ROWS, ACT, to, false, true) end
      end
    end
  end
  net(OBS, 2 * ACT, { forward = true }, 1)                                      -- what comes after: the policy,
  net(OBS + ACT, 1, { forward = true }, 2)                                      -- the slow critics
  net(OBS + ACT, 1, { forward = true, weights = true, inputs = true }, 2)       -- the critics
  net(OBS, 2 * ACT, { forward = true, weights = true, inputs = true }, 1)       -- the policy,
  net(OBS + ACT, 1, { forward = true, inputs = true, action = true }, 2)        -- through the critics
  return list
end

-- Seconds of wall and of CPU for all of them.
local function bare(width)
  local seconds, start = 0, os.clock()
  for _, p in ipairs(list_products(width)) do
    seconds = seconds + rl.bench.sgemm(p[1], p[2], p[3], p[4], p[5], 20)
  end
  return seconds, (os.clock() - start) / 20
end

local function least(list)
  table.sort(list)
  return list[1]
end

if not opt.csv then print("hidden threads  steps/s  us of a step  CPU us  sgemm us, CPU us  of wall  of CPU") end
for _, width in ipairs { 64, 256 } do
  local products, product_cpu = {}, {}
  local sac = learner(width)
  for _, threads in ipairs { 1, opt.threads } do
    rl.threads(threads)
    local wall, cpu = {}, {}
    for i = 1, opt.rounds do
      local batch = sac:collect(1)
      local start, busy = rl.time(), os.clock()
      assert(sac:update(batch).gradient_steps == opt.steps)
      wall[i], cpu[i] = (rl.time() - start) / opt.steps, (os.clock() - busy) / opt.steps
      products[#products + 1], product_cpu[#product_cpu + 1] = bare(width)
    end
    local one, busy, alone, alone_cpu = least(wall), least(cpu), least(products), least(product_cpu)
    local format = opt.csv and "%d,%d,%.1f,%.1f,%.1f,%.1f,%.1f,%.3f,%.3f\n"
      or "%-6d %-8d %7.0f %13.1f %7.1f %9.1f %7.1f %8.2f %7.2f\n"
    io.write(format:format(width, threads, 1 / one, 1e6 * one, 1e6 * busy, 1e6 * alone, 1e6 * alone_cpu, alone / one,
      alone_cpu / busy))
  end
end
