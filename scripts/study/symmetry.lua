-- Does a walker learn to walk on both legs when it learns from mirror images, too? The same learning without them
-- (symmetric = false), with the image of every sample (data), with a loss on the difference between what the policy
-- does in a state and in its image (loss), and with networks that are symmetric by construction (network).
--
--   build/rlrun scripts/study/symmetry.lua                         all modes and seeds, one after the other
--   build/rlrun --task 3/16 scripts/study/symmetry.lua             the third of sixteen shares of them
--   build/rlrun scripts/study/symmetry.lua --set body=quadruped    a body with its environment's own reward
--
-- A line for each: mean return of the last tenth of the iterations, then what rl.gait says of 20 episodes of the policy
-- that samples nothing: speed, falls, share of alternating touchdowns, overlap of the hips' ranges, shares of left and
-- right in standing; CPU seconds.
local rl = require "rl"

local opt = rl.options {
  body = "moonwalk",     -- the biped with the reward of scripts/moonwalk.lua; or biped, quadruped, human
  gravity = 1.62,        -- m/s^2, of moonwalk
  iterations = 400,      -- of collecting 8192 steps and learning from them
  symmetric = "",        -- "": all four
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

local function new_env(seed)
  if opt.body ~= "moonwalk" then return rl.env(opt.body, { n = 64, seed = seed }) end
  return rl.env("biped", {
    n = 64, seed = seed, control_rate = 50, substeps = 4, gravity = opt.gravity, reward = walk,
    done = function(s) return s.fallen > 0 or s.head_height < 1.3 end,
  })
end

local modes = opt.symmetric ~= "" and { opt.symmetric } or { "false", "data", "loss", "network" }
for task in rl.tasks({ mode = modes, seed = { 61, 62, 63, 64 } }, opt) do
  local began = os.clock()
  local env = new_env(task.seed)
  local shape = { hidden = { 64, 64 }, seed = task.seed, symmetric = task.mode == "network" }
  local policy, value = rl.policy(env, shape), rl.value(env, shape)
  local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 256, epochs = 6, seed = task.seed,
                       symmetric = task.mode, reward_scaling = false }
  local run = rl.run { name = ("symmetry-%s-%s"):format(opt.body, task.mode), options = task, seed = task.seed,
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
  local gait = rl.gait(env:evaluate(policy, { episodes = opt.episodes, record = true }).recordings)
  run:finish()
  print(("%s %s seed %d: return %.2f, speed %.2f m/s, falls %d of %d, alternating %.2f of %d, overlap %.2f, stance "
    .. "%.2f/%.2f, %s, %.0f s of CPU"):format(opt.body, task.mode, task.seed, sum / max(count, 1), gait.speed,
    gait.falls, opt.episodes, gait.alternating, gait.steps, gait.overlap, gait.stance[1], gait.stance[2], gait.kind,
    os.clock() - began))
end
