-- Does a walker learn to walk on both legs when it learns from mirror images, too? The same learning without them
-- (symmetric = false), with the image of every sample (data), with a loss on the difference between what the policy does
-- in a state and in its image (loss), and with networks that are symmetric by construction (network).
--
--   build/rlrun scripts/study/symmetry.lua                         all modes and seeds, one after the other
--   build/rlrun --task 3/16 scripts/study/symmetry.lua             the third of sixteen shares of them
--   build/rlrun scripts/study/symmetry.lua --set body=quadruped    a body with its environment's own reward
--
-- A line for each: mean return of the last tenth of the iterations, then of a policy that samples nothing and begins
-- 20 times: speed, falls, share of touchdowns that are of another foot than the one before, overlap of the hips' ranges
-- (1: the same, below 0: one leg is always in front), the feet's shares of time on the ground, CPU seconds.
local rl = require "rl"

local opt = rl.options {
  body = "moonwalk",     -- the biped with the reward of scripts/moonwalk.lua; or biped, quadruped, human
  gravity = 1.62,        -- m/s^2, of moonwalk
  iterations = 400,      -- of collecting 8192 steps and learning from them
  symmetric = "",        -- "": all four
  symmetry_coef = 4.0,   -- of symmetric = "loss"
  episodes = 20,
}

local abs, min, max = math.abs, math.min, math.max

-- The reward of scripts/moonwalk.lua, for motors.
local push = min(math.sqrt(opt.gravity / 1.62), 2)
local function idle(air, stance) return max(air - 0.7, 0) + max(stance - 0.9, 0) end
local function walk(s)
  local load_l, load_r = min(s.foot_l_load, 1.5), min(s.foot_r_load, 1.5)
  local scissor = max(-2.5, min(s.hip_r_speed - s.hip_l_speed, 2.5))
  return 1.2 + push * (1 - abs(s.com_vx - 1)) + 0.5 * (min(load_l, 1) - min(load_r, 1)) * scissor
    - (load_l * abs(s.knee_l_angle) + load_r * abs(s.knee_r_angle)) - 0.5 * abs(s.angle)
    - (s.foot_l_contact + s.foot_r_contact == 0 and 1 or 0)
    - 0.5 * min(idle(s.foot_l_air, s.foot_l_stance) + idle(s.foot_r_air, s.foot_r_stance), 2)
    - 0.3 * min(s.foot_l_slide + s.foot_r_slide, 2) - 0.3 * s.effort
end

local function new_env(n, seed, watch)
  if opt.body ~= "moonwalk" then return rl.env(opt.body, { n = n, seed = seed, reward = watch }) end
  return rl.env("biped", {
    n = n, seed = seed, control_rate = 50, substeps = 4, gravity = opt.gravity, reward = watch or walk,
    done = function(s) return s.fallen > 0 or s.head_height < 1.3 end,
  })
end

-- The fields of the two feet and hips, which are images of each other.
local function sides(env)
  local fields, contact, hip = env:symmetry().fields, {}, {}
  for i, field in ipairs(env:fields()) do
    local other = fields.name[i]
    if field.name:find("_contact$") and other ~= field.name and not contact[1] then contact = { field.name, other } end
    if field.name:find("^hip_.*_angle$") and other ~= field.name and not hip[1] then hip = { field.name, other } end
  end
  return contact, hip
end

local function quantile(sorted, q) return sorted[max(1, math.ceil(q * #sorted))] end

-- Of two lists of angles: how much of what they range over together both range over, without the tails.
local function overlap(a, b)
  table.sort(a)
  table.sort(b)
  local low, high = { quantile(a, 0.05), quantile(b, 0.05) }, { quantile(a, 0.95), quantile(b, 0.95) }
  local both = min(high[1], high[2]) - max(low[1], low[2])
  return both / max(max(high[1], high[2]) - min(low[1], low[2]), 1e-9)
end

-- Episodes of one copy, whose states come in their order; the first two seconds do not count.
local function measure(policy)
  local steps, down, was, last, touchdowns, changes = 0, { 0, 0 }, {}, nil, 0, 0
  local angles, distance, time, falls = { {}, {} }, 0, 0, 0
  local x, t = 0, 0
  local contact, hip
  local env = new_env(1, 1, function(s)
    x, t = s.x, s.time
    if s.time < 2 then return 0 end
    steps = steps + 1
    for leg = 1, 2 do
      local on = s[contact[leg]]
      down[leg] = down[leg] + on
      angles[leg][steps] = s[hip[leg]]
      if on == 1 and was[leg] == 0 then
        touchdowns, changes = touchdowns + (last and 1 or 0), changes + (last and last ~= leg and 1 or 0)
        last = leg
      end
      was[leg] = on
    end
    return 0
  end)
  contact, hip = sides(env)
  for _ = 1, opt.episodes do
    local obs, over = env:reset(), false
    was, last = {}, nil
    while not over do
      local _, terminated, truncated
      obs, _, terminated, truncated = env:step(policy:mean(obs))
      over = terminated[1] == 1 or truncated[1] == 1
      falls = falls + (terminated[1] == 1 and 1 or 0)
    end
    distance, time = distance + x, time + t
  end
  steps = max(steps, 1)
  return { speed = distance / time, falls = falls, alternating = changes / max(touchdowns, 1), touchdowns = touchdowns,
           overlap = #angles[1] > 0 and overlap(angles[1], angles[2]) or 0 / 0, stance = { down[1] / steps, down[2] / steps } }
end

local modes = opt.symmetric ~= "" and { opt.symmetric } or { "false", "data", "loss", "network" }
for task in rl.tasks({ mode = modes, seed = { 61, 62, 63, 64 } }, opt) do
  local began = os.clock()
  local env = new_env(64, task.seed)
  local shape = { hidden = { 64, 64 }, seed = task.seed, symmetric = task.mode == "network" }
  local policy, value = rl.policy(env, shape), rl.value(env, shape)
  local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 256, epochs = 6, seed = task.seed,
                       symmetric = task.mode, symmetry_coef = opt.symmetry_coef }
  local run = rl.run { name = ("symmetry-%s-%s-%d"):format(opt.body, task.mode, task.seed), options = task, seed = task.seed,
                       env = env, policy = policy, method = ppo, iterations = opt.iterations }
  local sum, count = 0, 0
  for i in run:iterations() do
    ppo:set { lr = 3e-4 * (1 - (i - 1) / opt.iterations) }
    local batch = ppo:collect(128)
    local stats = ppo:update(batch)
    run:log(i, batch.stats, stats)
    local mean = batch.stats.mean_return
    if i > 0.9 * opt.iterations and mean == mean and mean then sum, count = sum + mean, count + 1 end
  end
  local m = measure(policy)
  run:finish()
  print(("%s %-7s seed %d: return %8.2f  speed %.2f m/s  falls %2d of %d  alternating %.2f of %3d  overlap %5.2f  "
    .. "stance %.2f %.2f  %.0f s of CPU"):format(opt.body, task.mode, task.seed, sum / max(count, 1), m.speed, m.falls,
    opt.episodes, m.alternating, m.touchdowns, m.overlap, m.stance[1], m.stance[2], os.clock() - began))
end
