-- What ../love_chase.sh measures, in one of three runs: "slices", the game as it is, with a clock around each
-- trainer:advance and each frame; "empty", a window that draws its frame and nothing else; "piece", as many iterations
-- at a stroke as the game has done in slices, on the same seeds. Each leaves one line of numbers for the script.
local ffi = require "ffi"
ffi.cdef [[
  typedef struct { long sec, nsec; } chase_time;
  int clock_gettime(int clock, chase_time *time);
]]
local MONOTONIC, THREAD_CPUTIME = 1, 3
local now = ffi.new("chase_time")
local function clock(id)
  ffi.C.clock_gettime(id, now)
  return tonumber(now.sec) * 1e3 + tonumber(now.nsec) * 1e-6 -- ms
end

local mode = os.getenv("CHASE_MODE") or "slices"
local seconds = tonumber(os.getenv("CHASE_SECONDS") or 60)
local iterations = tonumber(os.getenv("CHASE_ITERATIONS"))

local function percentile(list, share)
  table.sort(list)
  return list[math.max(1, math.ceil(#list * share))] or 0
end

local function sum(text) -- of bytes, to compare
  local a, b = 1, 0
  for i = 1, #text do
    a = (a + text:byte(i)) % 65521
    b = (b + a) % 65521
  end
  return ("%04x%04x"):format(b, a)
end

local frames, last = {}, nil
local function count_frame()
  local t = clock(MONOTONIC)
  if last then frames[#frames + 1] = t - last end
  last = t
end

local function report_frames(out)
  local n = math.min(#frames, 3600)
  local first = {}
  for i = 1, n do first[i] = frames[#frames - n + i] end -- the last ones: opening a window takes its time
  out("frames %d, of the last %d: median %.2f ms, 99.9th percentile %.2f ms, longest %.2f ms", #frames, n,
    percentile(first, 0.5), percentile(first, 0.999), percentile(first, 1))
end

local function out(format, ...) print((format):format(...)) end

if mode == "empty" then
  local start = clock(MONOTONIC)
  function love.update()
    count_frame()
    if clock(MONOTONIC) - start > seconds * 1e3 then love.event.quit() end
  end
  function love.draw() love.graphics.clear(0.1, 0.1, 0.12) end
  function love.quit() report_frames(out) end
  return
end

-- The game's own calls, watched.
local rl = require "rl"
local policy, ppo, steps
local cpu, wall, returns, after, longest = {}, {}, {}, nil, { 0 }
do
  local env = rl.env("cartpole")
  local some = rl.ppo { env = env, policy = rl.policy(env), value = rl.value(env) }
  local methods, of_trainer = debug.getmetatable(some).__index, debug.getmetatable(some:trainer { steps = 1 }).__index
  local make_policy, make_ppo, make_trainer, advance = rl.policy, rl.ppo, methods.trainer, of_trainer.advance
  rl.policy = function(...)
    policy = make_policy(...)
    return policy
  end
  rl.ppo = function(...)
    ppo = make_ppo(...)
    return ppo
  end
  methods.trainer = function(self, options)
    steps = options.steps
    return make_trainer(self, options)
  end
  of_trainer.advance = function(self, budget)
    local w, c = clock(MONOTONIC), clock(THREAD_CPUTIME)
    local phase, fraction, batch, update = advance(self, budget)
    cpu[#cpu + 1] = clock(THREAD_CPUTIME) - c
    wall[#wall + 1] = clock(MONOTONIC) - w
    if cpu[#cpu] > longest[1] then longest = { cpu[#cpu], #cpu, phase, fraction } end
    if phase == "done" then
      returns[#returns + 1] = batch.mean_return or 0 / 0
      after = policy.theta:tobytes()
    end
    return phase, fraction, batch, update
  end
end

dofile(os.getenv("CHASE_GAME") .. "/main.lua")

local function mean_of(first, final)
  local total, n = 0, 0
  for i = first, final do
    if returns[i] and returns[i] == returns[i] then total, n = total + returns[i], n + 1 end
  end
  return total / n
end

local function report_learning()
  local n = #returns
  out("updates %d, return %.3f of the first 20, %.3f of the last 20, parameters %s", n, mean_of(1, 20),
    mean_of(n - 19, n), sum(after))
end

if mode == "piece" then
  local load_game = love.load
  function love.load()
    load_game()
    for _ = 1, iterations do
      local batch = ppo:collect(steps)
      ppo:update(batch)
      returns[#returns + 1] = batch.stats.mean_return or 0 / 0
    end
    after = policy.theta:tobytes()
    report_learning()
    love.event.quit()
  end
  function love.update() end
  function love.quit() end
  return
end

local update_game = love.update
function love.update(dt)
  count_frame()
  update_game(dt)
end

function love.quit()
  report_frames(out)
  out("advance %d calls, of its thread's time: median %.2f ms, 99.9th percentile %.2f ms, longest %.2f ms", #cpu,
    percentile(cpu, 0.5), percentile(cpu, 0.999), percentile(cpu, 1))
  out("the longest was call %d, which came to %s %.2f", longest[2], longest[3], longest[4])
  out("advance on the wall clock: median %.2f ms, 99.9th percentile %.2f ms, longest %.2f ms",
    percentile(wall, 0.5), percentile(wall, 0.999), percentile(wall, 1))
  report_learning()
end
