-- How often does a creature stay on its feet when balls are thrown at it and the ground is uneven?
--
--   build/rlrun scripts/robustness.lua --load runs/.../policy.safetensors      a policy that has learnt to walk
--   build/rlrun scripts/robustness.lua --creature reflex_human                 a controller of the creature's own
--   build/rlrun scripts/robustness.lua --creature strider --design runs/.../best.lua   a design, with or without --load
--   build/rlrun scripts/robustness.lua --load ... --throw_speed 8 --ground steps --gravity 1.62
--
-- Each line is `trials` episodes of `seconds`; a trial is survived when nothing but feet has touched the ground. The
-- interval beside the share is Wilson's, at 95 %. The run folder gets the table (progress.csv) and, of throws on
-- uneven ground, a replay of a trial that was survived and of one that was not.
local rl = require "rl"
local replay = require "rl.replay"

local opt = rl.options {
  creature = "biped",
  design = "",          -- a file of rl.load_creature: a whole creature, or what is free about `creature`
  load = "",            -- a policy.safetensors; without one actions are zeros
  trials = 100,
  seconds = 10,
  gravity = 9.81,       -- m/s^2
  target_speed = 1,     -- m/s, of the creature's own reward: some controllers need it
  throw_mass = 3,       -- kg
  throw_speed = 5,      -- m/s
  throw_interval = 2,   -- s
  throw_start = 1,      -- s: the first one
  ground = "rough",     -- "rough", "slope" or "steps"
  roughness = 0.03,     -- m
  slope = 5,            -- degrees
  step_height = 0.05,   -- m
}

local body = opt.design ~= "" and assert(rl.load_creature(opt.design, opt.creature)) or rl.creature(opt.creature)

local function world(more)
  local options = {
    gravity = opt.gravity, target_speed = opt.target_speed, time_limit = opt.seconds, seed = opt.seed,
    roughness = opt.roughness, slope = opt.slope, step_height = opt.step_height,
    throw_mass = opt.throw_mass, throw_speed = opt.throw_speed, throw_start = opt.throw_start,
  }
  for name, value in pairs(more) do options[name] = value end
  return rl.env(body, options)
end

local worlds = {
  { "undisturbed", world {} },
  { "thrown at from the front", world { throw_interval = opt.throw_interval, throw_side = "front" } },
  { "thrown at from behind", world { throw_interval = opt.throw_interval, throw_side = "back" } },
  { "thrown at from both sides", world { throw_interval = opt.throw_interval } },
  { "on ground: " .. opt.ground, world { ground = opt.ground } },
  { "on ground: " .. opt.ground .. ", thrown at", world { ground = opt.ground, throw_interval = opt.throw_interval } },
}
local hardest = worlds[#worlds][2]

local policy
if opt.load ~= "" then
  local notice
  policy, notice = assert(rl.load_policy(opt.load, hardest))
  if notice then print(notice) end
end

local function falls(env)
  if policy then return env:evaluate(policy, { episodes = opt.trials, seed = opt.seed }).terminated end
  local _, stats = env:evaluate_designs({ body }, { episodes = opt.trials, seed = opt.seed })
  if stats.refused > 0 then error(stats.reasons[1], 0) end -- it has not fallen: it was not tried
  return stats.terminated
end

local run = rl.run { name = "robustness_" .. body.name, options = opt, env = hardest, iterations = #worlds }
local rows = run.state
for i in run:iterations() do
  local row = worlds[i]
  local survived = opt.trials - falls(row[2])
  local low, high = rl.statistics.proportion(survived, opt.trials)
  run:log(i, { trials = opt.trials, survived = survived / opt.trials, low = low, high = high })
  rows[i] = ("%-30s %4d of %4d   %5.1f %%   %5.1f ... %5.1f %%"):format(row[1], survived, opt.trials,
    100 * survived / opt.trials, 100 * low, 100 * high)
end

-- The first of each kind among as many trials again.
local wanted = { survived = false, fallen = true } -- whether it terminates
for seed = opt.seed, opt.seed + opt.trials - 1 do
  if not next(wanted) then break end
  local recording = hardest:record(policy or "zero", { seed = seed })
  for name, terminated in pairs(wanted) do
    if recording.terminated == terminated then
      recording.title = ("%s, %s"):format(body.name, name)
      assert(replay.write(run:path(name .. ".html"), recording))
      wanted[name] = nil
      break
    end
  end
end
run:finish()
print(("%s, %g kg at %g m/s every %g s, %g s"):format(body.name, opt.throw_mass, opt.throw_speed, opt.throw_interval,
  opt.seconds))
print(table.concat(rows, "\n"))
for name in pairs(wanted) do print(("no trial of %d was %s: there is no replay of one"):format(opt.trials, name)) end
