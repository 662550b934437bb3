-- What is gained in time where the next batch is collected while this one is learnt from (option lag)? PPO on the biped
-- and on Pendulum, A2C on Pendulum, for several numbers of threads; with and without the option in turn.
--
--   build/rlrun scripts/bench/lag.lua
--   build/rlrun scripts/bench/lag.lua --set cores=2,16 --set seconds=3
--
-- A figure is the best of three stretches: milliseconds an iteration. `at best` is the longer of collect and update,
-- each on all threads, over their sum.
local rl = require "rl"

local opt = rl.options {
  cores = "",    -- numbers of threads, as 1,2,16
  seconds = 1.5, -- of a stretch
  rounds = 3,
  only = "",     -- the works whose name contains this
}

local WORKS = {
  { name = "ppo biped", method = "ppo", env = "biped", copies = 64, horizon = 64, hidden = { 64, 64 },
    options = { minibatch = 256, epochs = 4 } },
  { name = "ppo pendulum", method = "ppo", env = "pendulum", copies = 16, horizon = 256, hidden = { 64, 64 },
    options = { minibatch = 256, epochs = 2 } },
  { name = "a2c pendulum", method = "a2c", env = "pendulum", copies = 64, horizon = 32, hidden = { 64, 64 },
    options = {} },
}

local function list_cores()
  local list, n = {}, 1
  for text in opt.cores:gmatch("%d+") do list[#list + 1] = tonumber(text) end
  if #list > 0 then return list end
  while n < rl.threads() do
    list[#list + 1] = n
    n = 2 * n
  end
  list[#list + 1] = rl.threads()
  return list
end

local function make(work, lag)
  local env = rl.env(work.env, { n = work.copies, seed = 1 })
  local options = { env = env, policy = rl.policy(env, { hidden = work.hidden, seed = 1 }),
                    value = rl.value(env, { hidden = work.hidden, seed = 1 }), reward_scaling = true, lag = lag }
  for name, x in pairs(work.options) do options[name] = x end
  return rl[work.method](options)
end

-- Milliseconds an iteration of a stretch: all of it, collect, update.
local function stretch(method, horizon)
  local start, n, collecting = rl.time(), 0, 0
  repeat
    local before = rl.time()
    local batch = method:collect(horizon)
    collecting = collecting + rl.time() - before
    method:update(batch)
    n = n + 1
  until rl.time() - start > opt.seconds
  local all = rl.time() - start
  return 1e3 * all / n, 1e3 * collecting / n, 1e3 * (all - collecting) / n
end

local function better(best, ...)
  return (not best or ... < best[1]) and { ... } or best
end

rl.timing.describe_machine()
print("work            threads   collect    update   one by one   lag 1   time   at best")
for _, work in ipairs(WORKS) do
  if work.name:find(opt.only, 1, true) then
    for _, threads in ipairs(list_cores()) do
      rl.threads(threads)
      local plain, lagging = make(work, 0), make(work, 1)
      local a, b
      for _ = 1, opt.rounds do
        a = better(a, stretch(plain, work.horizon))
        b = better(b, stretch(lagging, work.horizon))
      end
      print(("%-15s %7d %9.2f %9.2f %12.2f %7.2f %6.2f %9.2f"):format(work.name, threads, a[2], a[3], a[1], b[1],
        b[1] / a[1], math.max(a[2], a[3]) / a[1]))
      io.stdout:flush()
    end
  end
end
