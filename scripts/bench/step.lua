-- How fast is a step of the biped, and where does its time go? Steps a second, the share of b2World::Step in it (Box2D
-- times itself), what a Lua reward that reads six fields adds, and what a second thread brings.
local rl = require "rl"

local opt = rl.options { copies = 64, steps = 200, rounds = 15 }

local function six_fields(s)
  return 1 - math.abs(s.vx - 1) + 0.2 * s.upright - 0.1 * s.effort - 0.1 * s.foot_l_slide - 0.1 * s.foot_r_slide
    + 0.1 * s.height
end

local function named_terms(s)
  return {
    speed = 1 - math.abs(s.vx - 1),
    upright = 0.2 * s.upright,
    effort = -0.1 * s.effort,
    slide = -0.1 * s.foot_l_slide - 0.1 * s.foot_r_slide,
    height = 0.1 * s.height,
  }
end

-- Every case sees the same worlds and actions.
local function stepper(reward)
  local env = rl.env("biped", { n = opt.copies, seed = 1, reward = reward })
  local rng = rl.rng(2)
  local actions = {}
  for i = 1, 16 do actions[i] = rng:uniform(opt.copies, env.action_space.size) * 2 - 1 end
  env:reset()
  return function(threads)
    return function()
      rl.threads(threads)
      for i = 1, opt.steps do env:step(actions[(i - 1) % 16 + 1]) end
    end
  end, env
end

local plain, plain_env = stepper(nil)
local lua_number = stepper(six_fields)
local lua_terms = stepper(named_terms)

-- The share of physics: one thread, so that wall-clock time is the time of the core.
local shares = {}
for round = 1, opt.rounds do
  local step = plain(1)
  local start, physics = rl.time(), plain_env.physics_seconds
  step()
  shares[round] = (plain_env.physics_seconds - physics) / (rl.time() - start)
end
table.sort(shares)

local seconds = rl.timing.medians(opt.rounds, {
  c1 = plain(1), c2 = plain(2), number1 = lua_number(1), terms1 = lua_terms(1), number2 = lua_number(2),
})
local count = opt.copies * opt.steps
local micro = 1e6 / count

rl.timing.describe_machine()
print(("biped, %d copies, 50 Hz, 4 sub-steps at 8/3 iterations, medians of %d rounds"):format(opt.copies, opt.rounds))
print(("1 thread, C reward:      %8.0f steps/s  %6.2f us a step"):format(count / seconds.c1, seconds.c1 * micro))
print(("2 threads, C reward:     %8.0f steps/s  speed-up %.2f"):format(count / seconds.c2, seconds.c1 / seconds.c2))
print(("b2World::Step:           %8.1f %% of the time (1 thread)"):format(100 * shares[math.floor(opt.rounds / 2) + 1]))
print(("Lua reward, six fields:  %8.1f %% of a step  %6.2f us"):format(
  100 * (seconds.number1 / seconds.c1 - 1), (seconds.number1 - seconds.c1) * micro))
print(("Lua reward, five terms:  %8.1f %% of a step  %6.2f us"):format(
  100 * (seconds.terms1 / seconds.c1 - 1), (seconds.terms1 - seconds.c1) * micro))
print(("2 threads, Lua reward:   %8.0f steps/s  speed-up %.2f"):format(
  count / seconds.number2, seconds.number1 / seconds.number2))
