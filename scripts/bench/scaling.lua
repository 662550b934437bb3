-- What do more cores bring? Units of work a second on several numbers of threads, and beside them what as many
-- processes of one thread do together in the same run: these share nothing, so that is what the machine has to give.
--
--   build/rlrun scripts/bench/scaling.lua                          1, 2, 4 ... as many threads as there are cores
--   build/rlrun scripts/bench/scaling.lua --set cores=1,16 --set budget=60 --set figure=scaling.svg
--
-- A population has 256 linear policies a thread; `population 256` has 256 in all, and ends with the longest episode of
-- one of them. A figure is the median of three stretches of time. moonwalk is scripts/moonwalk.lua in processes of its
-- own: ten iterations more or less, and with whole=true all of it once on the most threads.
local rl = require "rl"

local opt = rl.options {
  cores = "",   -- numbers of threads, as 1,2,16
  works = "",   -- of those below; all
  budget = 150, -- s, for all of it but moonwalk, about
  moonwalk = true,
  whole = false,  -- moonwalk; not where it would take as long as the budget
  figure = "",    -- an .svg
  work = "",      -- in a process of the comparison: which,
  begin = 0,      -- at what time (s since 1970) it begins,
  seconds = 1,    -- and how long it works
}

local ROUNDS = 3

-- Each makes a function that does some units of work and returns how many, and in what time where not all of it counts.

local function six_fields(s)
  return 1 - math.abs(s.vx - 1) + 0.2 * s.upright - 0.1 * s.effort - 0.1 * s.foot_l_slide - 0.1 * s.foot_r_slide
    + 0.1 * s.height
end

local function population(threads)
  local env = rl.env("biped", { seed = 1 })
  local policy = rl.policy(env, { hidden = {} })
  local x = rl.rng(1):normal(256 * threads, policy.theta:shape()[1]) * 0.3
  return function()
    local _, stats = env:evaluate(policy, x, { episodes = 1, seed = 1, round = 0 })
    return stats.new_steps or stats.steps -- of an older version
  end
end

local function step(reward)
  local env = rl.env("biped", { n = 256, seed = 1, reward = reward })
  local rng, actions, i = rl.rng(2), {}, 0
  for k = 1, 16 do actions[k] = rng:uniform(256, env.action_space.size) * 2 - 1 end
  env:reset()
  return function()
    for _ = 1, 4 do
      i = i % 16 + 1
      env:step(actions[i])
    end
    return 4 * 256
  end
end

local function learner(n, reward)
  local env = rl.env("biped", { n = n, seed = 1, reward = reward })
  local policy, value = rl.policy(env, { hidden = { 64, 64 } }), rl.value(env, { hidden = { 64, 64 } })
  return rl.ppo { env = env, policy = policy, value = value, minibatch = 256, epochs = 6, reward_scaling = false }
end

local function collect(reward)
  local ppo = learner(256, reward)
  return function()
    ppo:collect(32)
    return 256 * 32
  end
end

local function update()
  local ppo = learner(256, nil)
  return function()
    local batch = ppo:collect(32)
    local start = rl.time()
    ppo:update(batch)
    return 256 * 32, rl.time() - start
  end
end

local WORKS = {
  { "population", population },
  { "population 256", function() return population(1) end },
  { "step, C reward", function() return step(nil) end },
  { "step, Lua reward", function() return step(six_fields) end },
  { "collect, C reward", function() return collect(nil) end },
  { "collect, Lua reward", function() return collect(six_fields) end },
  { "update", update },
}

local function median(list)
  table.sort(list)
  return (list[math.floor((#list + 1) / 2)] + list[math.ceil((#list + 1) / 2)]) / 2
end

-- Units a second.
local function rate(unit, seconds)
  local start, units, spent = rl.time(), 0, 0
  repeat
    local before = rl.time()
    local n, time = unit()
    units, spent = units + n, spent + (time or rl.time() - before)
  until rl.time() - start >= seconds
  return units / spent
end

-- A process of the comparison: begins when all do.
if opt.work ~= "" then
  rl.threads(1)
  for _, work in ipairs(WORKS) do
    if work[1] == opt.work then
      local unit = work[2](1)
      unit()
      repeat until os.time() >= opt.begin
      print(("rate %.6g"):format(rate(unit, opt.seconds)))
    end
  end
  return
end

local function read(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

local RLRUN = read("readlink /proc/$PPID/exe"):match("[^\n]+")
local FOLDER = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"

-- Units a second of n processes of one thread, together.
local function processes(name, n, seconds)
  local pipes, sum = {}, 0
  local begin = os.time() + 2 + math.ceil(n / 16)
  for k = 1, n do
    pipes[k] = assert(io.popen(("'%s' --threads 1 '%sscaling.lua' --work '%s' --begin %d --seconds %g 2>&1"):format(
      RLRUN, FOLDER, name, begin, seconds)))
  end
  for k = 1, n do
    local text = pipes[k]:read("*a")
    pipes[k]:close()
    sum = sum + (tonumber(text:match("rate (%S+)")) or error("a process said: " .. text))
  end
  return sum
end

local all = tonumber(read("nproc"))
local counts = {}
for n in opt.cores:gmatch("%d+") do counts[#counts + 1] = tonumber(n) end
if #counts == 0 then
  local n = 1
  while n < all do
    counts[#counts + 1] = n
    n = n * 2
  end
  counts[#counts + 1] = all
end
local most = counts[#counts]

local chosen = {}
for _, work in ipairs(WORKS) do
  if opt.works == "" or opt.works:find(work[1], 1, true) then chosen[#chosen + 1] = work end
end
-- A measurement is made once for threads and once for processes, which need two seconds to start.
local seconds = math.max(0.2, (opt.budget / (#chosen * #counts) - 3) / (ROUNDS + 1))

if rl.timing then rl.timing.describe_machine() end -- older versions have none
print(("%d cores; a unit is a step of the biped (50 Hz, 4 sub-steps, 8/3 iterations) or a sample; %.2g s a measurement")
  :format(all, seconds))
print(("%-20s %7s %12s %9s %12s %10s"):format("work", "threads", "units/s", "speed-up", "processes", "of these"))
local curves = {}
for _, work in ipairs(chosen) do
  local curve = { name = work[1], x = {}, y = {} }
  for _, n in ipairs(counts) do
    rl.threads(n)
    local unit, rates = work[2](n), {}
    unit()
    for round = 1, ROUNDS do rates[round] = rate(unit, seconds) end
    local threads, alone = median(rates), processes(work[1], n, seconds)
    curve.first = curve.first or threads / n
    print(("%-20s %7d %12.0f %9.2f %12.0f %9.0f%%"):format(work[1], n, threads, threads / curve.first, alone,
      100 * threads / alone))
    io.stdout:flush()
    curve.x[#curve.x + 1], curve.y[#curve.y + 1] = n, threads / curve.first
    collectgarbage()
  end
  curves[#curves + 1] = curve
end

-- Seconds that scripts/moonwalk.lua takes.
local function moonwalk(threads, iterations)
  local folder = os.tmpname()
  os.remove(folder)
  local start = rl.time()
  local text = read(("'%s' --quiet --threads %d --out %s '%s../moonwalk.lua' --iterations %d 2>&1; rm -r %s"):format(
    RLRUN, threads, folder, FOLDER, iterations, folder))
  assert(text:find("mean_speed"), text)
  return rl.time() - start
end

if opt.moonwalk then
  local each
  for _, n in ipairs(most > 1 and { 1, most } or { 1 }) do
    local few = moonwalk(n, 2)
    each = (moonwalk(n, 12) - few) / 10
    print(("%-20s %7d %12.2f s an iteration"):format("moonwalk", n, each))
  end
  if opt.whole and 250 * each < opt.budget then
    print(("%-20s %7d %12.1f s in all"):format("moonwalk", most, moonwalk(most, 250)))
  end
end

if opt.figure ~= "" then
  local file = assert(io.open(opt.figure, "w"))
  file:write(require("rl.plot").svg { title = "speed-up", x_label = "threads", y_label = "", curves = curves })
  file:close()
end
