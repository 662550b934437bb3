-- The biped learns to follow a walk that another one has walked: the human on muscles, whose joints it has.
--
--   build/rlrun scripts/track.lua                              20 s on one core
--   build/rlrun scripts/track.lua --set motion=walk.sto        another walk: columns hip_l_angle, ..., root_x
--
-- The walk is recorded, written as an .sto file and read back: one stride, at the biped's rate. Episodes begin anywhere
-- in it, with the angles and speeds of that moment; the policy sees a clock, and the reward is for being where the
-- motion is (Peng et al. 2018, DeepMimic). Where it is lost there is nothing more to learn: the episode ends.
local rl = require "rl"

local opt = rl.options {
  motion = "",                       -- a file; "": the human's walk
  iterations = 100, copies = 64, horizon = 128,
  lost = 0.5,                        -- rad, root mean square over the joints
  seconds = 10, test_episodes = 20,
}

local RATE = 50 -- actions a second

local function record_walk()
  local here = (arg and arg[0] or "scripts/track.lua"):match("^(.*)/") or "."
  local human = rl.env(assert(rl.load_design(here .. "/designs/human_1.3.lua")), { time_limit = 8, reset_noise = 0 })
  local name = os.tmpname()
  assert(human:record("zero"):write(name .. ".sto"))
  return name .. ".sto", name
end

local path, temporary = opt.motion, nil
if path == "" then path, temporary = record_walk() end
local motion = rl.motion(path, { creature = "biped", cycle = true, rate = RATE, symmetric = true })
if temporary then
  os.remove(path)
  os.remove(temporary)
end
print(("%s at %.2f m/s; %s"):format(tostring(motion), motion.speed, motion.note))

local exp = math.exp
local speed, lost = motion.speed, opt.lost

local function reward(s)
  return {
    pose = 0.5 * exp(-(s.motion_error / 0.2) ^ 2),
    swing = 0.2 * exp(-(s.motion_speed_error / 3) ^ 2),
    speed = 0.2 * exp(-((s.com_vx - speed) / 0.4) ^ 2),
    upright = 0.1 * exp(-(s.angle / 0.2) ^ 2),
  }
end

local env = rl.env("biped", {
  n = opt.copies, motion = motion, control_rate = RATE, time_limit = opt.seconds, reward = reward,
  done = function(s) return s.fallen > 0 or s.motion_error > lost end,
})
local policy, value = rl.policy(env, { symmetric = true }), rl.value(env, { symmetric = true })
local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 512, epochs = 6, symmetric = "network",
                     reward_scaling = false }
local run = rl.run { name = "track", options = opt, method = ppo, iterations = opt.iterations }

for i in run:iterations() do
  ppo:set { lr = 5e-4 * (1 - (i - 1) / opt.iterations) }
  local batch = ppo:collect(opt.horizon)
  run:log(i, batch.stats, ppo:update(batch))
end

local result = env:evaluate(policy, { episodes = opt.test_episodes, record = true, seed = 1e6 })
local sum, count = 0, 0
for _, recording in ipairs(result.recordings) do
  local off = recording.fields.motion_error
  sum, count = sum + off:square():sum(), count + #off
end
run:replay(env:record(policy, { title = "track", seed = 1e6 }))
run:finish()
print(("%d episodes of %g s: %d lost it; %.3f rad off in the mean; %s"):format(opt.test_episodes, opt.seconds,
  result.terminated, math.sqrt(sum / count), rl.gait(result.recordings):line()))
