-- Moonwalk: a two-legged creature teaches itself to walk under lunar gravity.
--
--   build/rlrun scripts/moonwalk.lua                        learn (about a minute), evaluate, write a replay
--   build/rlrun scripts/moonwalk.lua --set gravity=3.71     the same on Mars
--   build/rlrun scripts/moonwalk.lua --set gravity=9.81 --set symmetric=false     on Earth, where it struts or hops
--                                                           as yet, and symmetric networks fall after two seconds
--   build/rlrun scripts/moonwalk.lua --set actuation=muscles --set iterations=200      the same with muscles
--   build/rlrun scripts/moonwalk.lua --load runs/.../policy.safetensors     only show what was learnt
--
-- With muscles the creature is the planar human, seven of them a leg. Its reflexes walk on Earth and fall here; the
-- policy adds to what they ask of each muscle, anything from relaxing it to exciting it fully.
--
-- The run folder holds config.json, progress.csv, policy.safetensors and replay.html: open the last in a browser.
local rl = require "rl"

local opt = rl.options {
  actuation = "motors", -- or "muscles"
  gravity = 1.62,       -- m/s^2: the Moon
  speed = 1.0,          -- m/s: how fast it shall walk
  iterations = 400,     -- of collecting 8192 steps and learning from them
  symmetric = "network", -- left and right exchanged give the same walk; or "data", "loss", "false"
  load = "",            -- a policy.safetensors to show instead of learning
}

if opt.actuation ~= "motors" and opt.actuation ~= "muscles" then
  error('actuation is "motors" or "muscles", got ' .. opt.actuation)
end
local muscles = opt.actuation == "muscles"

local abs, min, max = math.abs, math.min, math.max

-- With more weight the policy would rather stand still, so speed counts more: 1 on the Moon, 2 on Earth.
local push = min(math.sqrt(opt.gravity / 1.62), 2)

-- What effort costs: muscles burn W/kg, motors a share of their torque.
local price = muscles and 0.02 or 0.3

-- How much longer than 0.7 s a foot is in the air or 0.9 s on the ground.
local function idle(air, stance) return max(air - 0.7, 0) + max(stance - 0.9, 0) end

-- What is good, each moment. Every name becomes a column of progress.csv and a curve in the replay.
local function reward(s)
  local load_l, load_r = min(s.foot_l_load, 1.5), min(s.foot_r_load, 1.5) -- body weights
  local scissor = max(-2.5 * opt.speed, min(s.hip_r_speed - s.hip_l_speed, 2.5 * opt.speed))
  return {
    alive = 1.2, -- falling must never pay
    speed = push * (1 - abs(s.com_vx - opt.speed) / max(opt.speed, 0.5)),
    -- The loaded leg goes back, the other one forward: over a whole step only the use of both in turn is rewarded.
    stride = 0.5 * (min(load_l, 1) - min(load_r, 1)) * scissor,
    knees = -(load_l * abs(s.knee_l_angle) + load_r * abs(s.knee_r_angle)), -- stand on a straight leg
    tilt = -0.5 * abs(s.angle), -- the trunk upright
    flight = s.foot_l_contact + s.foot_r_contact == 0 and -1 or 0, -- walk, do not hop
    idle = -0.5 * min(idle(s.foot_l_air, s.foot_l_stance) + idle(s.foot_r_air, s.foot_r_stance), 2),
    slide = -0.3 * min(s.foot_l_slide + s.foot_r_slide, 2),
    effort = -price * s.effort,
  }
end

local env = rl.env(muscles and "reflex_human" or "biped", {
  n = 64,
  control_rate = 50,              -- actions a second
  substeps = muscles and 10 or 4, -- tendons are stiff
  gravity = opt.gravity,
  reward = reward,
  done = function(s) return s.fallen > 0 or s.head_height < 1.3 end, -- m; it stands with 1.7
})

local shape = { hidden = { 64, 64 }, symmetric = opt.symmetric == "network" }
local policy, value = rl.policy(env, shape), rl.value(env, shape)
if opt.load ~= "" then
  local notice
  policy, notice = assert(rl.load_policy(opt.load, env))
  if notice then print(notice) end
end
local ppo = rl.ppo {
  env = env, policy = policy, value = value, minibatch = 256, epochs = 6, reward_scaling = false,
  symmetric = opt.load == "" and opt.symmetric or "false", -- what is shown may be of any symmetry
}
local run = rl.run {
  name = "moonwalk", options = opt, env = env, policy = policy, method = ppo, iterations = opt.iterations,
}

if opt.load == "" then
  for i in run:iterations() do
    ppo:set { lr = 3e-4 * (1 - (i - 1) / opt.iterations) }
    local batch = ppo:collect(128)
    local stats = ppo:update(batch)
    run:log(i, batch.stats, stats)
  end
end

local result = env:evaluate(policy, { episodes = 20, record = true })
local speed = 0
for _, episode in ipairs(result.episodes) do
  speed = speed + episode.fields.x / episode.fields.time / #result.episodes
end
run:replay(env:record(policy, { title = "moonwalk" }))
run:finish()
print(("evaluation: episodes %d mean_speed %.3f falls %d %s"):format(#result.episodes, speed, result.terminated,
  rl.gait(result.recordings):line()))
