-- How the human on muscles walks by the designs in scripts/designs: how fast, how much like people, and how
-- often it stays up on rough ground and under balls from behind.
--
--   build/rlrun scripts/study/human_gaits.lua                       all of them, seeds 1 to 3
--   build/rlrun scripts/study/human_gaits.lua --set designs=human_walk=1.3 --set seeds=1
--
-- How their gains were found: scripts/human_gait.lua, whose seeds are other ones.
local rl = require "rl"
local gait_report = require "rl.gait_report"

local opt = rl.options {
  designs = "human_1.3=1.3 human_walk=1.3 human_2.5=2.5", -- and the speeds asked for, m/s
  seeds = "1 2 3",
  trials = 100,          -- of each world and seed
  seconds = 20,          -- on level ground,
  hard_seconds = 10,     -- on rough ground and under balls
  noise = 0.05,          -- rad and m/s by which starts differ there,
  level_noise = 0.01,    -- and on level ground
  recordings = 5,        -- that are compared with people
}

local here = (arg and arg[0] or "scripts/study/human_gaits.lua"):match("^(.*)/") or "."

local function env_of(design, speed, more)
  local world = { objective = "gait", target_speed = speed, reset_noise = opt.noise, time_limit = opt.hard_seconds }
  for name, value in pairs(more) do world[name] = value end
  return rl.env(design, world)
end

local WORLDS = {
  { "rough ground, 3 cm", { ground = "rough", roughness = 0.03 } },
  { "5 m/s from behind", { throw_interval = 2, throw_side = "back", throw_speed = 5 } },
  { "10 m/s from behind", { throw_interval = 2, throw_side = "back", throw_speed = 10 } },
  { "rough ground, 5 m/s from behind",
    { ground = "rough", roughness = 0.03, throw_interval = 2, throw_side = "back", throw_speed = 5 } },
}

local function level(design, speed, seed)
  local env = env_of(design, speed, { reset_noise = opt.level_noise, time_limit = opt.seconds })
  local _, stats, details = env:evaluate_designs({ design }, { episodes = opt.trials, seed = seed, details = true })
  if stats.refused > 0 then error(stats.reasons[1], 0) end
  local last = details[1].fields
  print(("seed %d: %g s on level ground: %d of %d fall; %.2f m/s, %.2f J/(kg m)"):format(seed, opt.seconds,
    stats.terminated, opt.trials, last.x / last.time, last.cost_of_transport))
end

local function hard(design, speed, seed)
  for _, world in ipairs(WORLDS) do
    local env = env_of(design, speed, world[2])
    local _, stats = env:evaluate_designs({ design }, { episodes = opt.trials, seed = seed })
    local survived = opt.trials - stats.terminated
    local low, high = rl.statistics.proportion(survived, opt.trials)
    print(("seed %d: %s: %d of %d [%.0f, %.0f]"):format(seed, world[1], survived, opt.trials, 100 * low, 100 * high))
  end
end

-- Of all stances the greatest force, as means over 10 ms: the one in the middle.
local function middle_peak(gait, recordings)
  local peaks = {}
  for _, leg in ipairs(gait.legs) do
    local load = {}
    for _, recording in ipairs(recordings) do load[recording.fields] = recording.fields[leg.feet[1]]:totable() end
    for _, stride in ipairs(leg.strides) do
      local most, loads = 0, load[stride[3].fields]
      for i = stride[1], stride[2] do most = math.max(most, loads[i]) end
      peaks[#peaks + 1] = most
    end
  end
  return rl.statistics.median(peaks)
end

local function beside_people(design, speed)
  local env, recordings = env_of(design, speed, { reset_noise = opt.level_noise, time_limit = opt.seconds }), {}
  for i = 1, opt.recordings do recordings[i] = env:record("zero", { seed = 1000 + i }) end
  local report = gait_report.new(recordings)
  print(report:text())
  for _, leg in ipairs(report.gait.legs) do leg.feet = { "foot_" .. leg.side .. "_load" } end
  print(("greatest force of a stance, median: %.2f body weights"):format(middle_peak(report.gait, recordings)))
end

for name, speed in opt.designs:gmatch("([%w_.]+)=([%d.]+)") do
  speed = tonumber(speed)
  local design = assert(rl.load_design(("%s/../designs/%s.lua"):format(here, name)))
  print(("\n%s, %g m/s asked for"):format(name, speed))
  for seed in opt.seeds:gmatch("%d+") do
    level(design, speed, tonumber(seed))
    hard(design, speed, tonumber(seed))
  end
  beside_people(design, speed)
end
