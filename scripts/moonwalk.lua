-- Moonwalk: a two-legged creature teaches itself to walk under lunar gravity.
--
--   build/rlrun scripts/moonwalk.lua                        learn (half a minute), evaluate, write a replay
--   build/rlrun scripts/moonwalk.lua --set gravity=9.81     the same on Earth; 3.71 on Mars
--   build/rlrun scripts/moonwalk.lua --set actuation=muscles      by the seven muscles a leg of the planar human
--   build/rlrun scripts/moonwalk.lua --load runs/.../policy.safetensors     only show what was learnt
--
-- With muscles there are reflexes, which walk on Earth and fall here; the policy adds to what they ask of each muscle,
-- anything from relaxing it to exciting it fully.
-- The run folder holds config.json, progress.csv, policy.safetensors and replay.html: open the last in a browser.
local rl = require "rl"

local opt = rl.options {
  actuation = "motors",  -- or "muscles"
  gravity = 1.62,        -- m/s^2: the Moon
  speed = 1.0,           -- m/s: how fast it shall walk
  clock = 1.2,           -- s: of two steps
  iterations = 250,      -- of collecting 8192 steps and learning from them
  symmetric = "network", -- left and right exchanged give the same walk; or "data", "loss", "false"
  load = "",             -- a policy.safetensors to show instead of learning
}
if opt.actuation ~= "motors" and opt.actuation ~= "muscles" then
  error('actuation is "motors" or "muscles", got ' .. opt.actuation)
end
local muscles = opt.actuation == "muscles"
local price = muscles and 0.02 or 0.1 -- of effort: muscles burn W/kg, motors a share of their torque
local abs, cos, max, min = math.abs, math.cos, math.max, math.min

-- Of a leg that shall bear: body weights, less on a bent knee; that shall swing: -1 on the ground, 1 with a bent knee.
local function bear(load, knee) return min(load, 1) * cos(knee) end
local function lift(contact, knee) return contact > 0 and -1 or min(abs(knee), 1) end

-- What is good, each moment. Every name becomes a column of progress.csv and a curve in the replay.
local function reward(s)
  -- In the left leg's half of the clock's period the left one shall bear the weight and the right one swing.
  local left, right = 1 + s.clock_sin, 1 - s.clock_sin
  return {
    alive = 1, -- falling must never pay
    speed = 1.5 * (1 - abs(s.com_vx - opt.speed) / max(opt.speed, 0.5)),
    stand = 0.6 * (left * bear(s.foot_l_load, s.knee_l_angle) + right * bear(s.foot_r_load, s.knee_r_angle)),
    swing = 0.15 * (right * lift(s.foot_l_contact, s.knee_l_angle) + left * lift(s.foot_r_contact, s.knee_r_angle)),
    tilt = -0.5 * abs(s.angle), -- the trunk upright
    effort = -price * s.effort,
  }
end

local body = rl.creature(muscles and "reflex_human" or "biped")
body.clock = opt.clock -- the policy hears it, too
local env = rl.env(body, {
  n = 64,
  control_rate = 50, substeps = muscles and 10 or 4, -- actions a second, steps of physics to one: tendons are stiff
  gravity = opt.gravity, reward = reward,
  done = function(s) return s.fallen > 0 or s.head_height < 1.3 end, -- m; it stands with 1.7
})

local shape = { hidden = { 64, 64 }, symmetric = opt.symmetric == "network" }
local policy, value = rl.policy(env, shape), rl.value(env, shape)
local notice
if opt.load ~= "" then policy, notice = assert(rl.load_policy(opt.load, env)) end
if notice then print(notice) end
local ppo = rl.ppo {
  env = env, policy = policy, value = value, minibatch = 256, epochs = 6, reward_scaling = false,
  symmetric = opt.load == "" and opt.symmetric or "false", -- what is shown may be of any symmetry
}
local run = rl.run {
  name = "moonwalk", options = opt, env = env, policy = policy, method = ppo, iterations = opt.iterations,
}

for i in run:iterations(opt.load == "" and opt.iterations or 0) do
  ppo:set { lr = 5e-4 * (1 - (i - 1) / opt.iterations) }
  local batch = ppo:collect(128)
  run:log(i, batch.stats, ppo:update(batch))
end

local result = env:evaluate(policy, { episodes = 20, record = true })
local gait = rl.gait(result.recordings)
run:replay(env:record(policy, { title = "moonwalk" }))
run:finish()
print(("evaluation: episodes 20 mean_speed %.3f falls %d %s"):format(gait.speed, result.terminated, gait:line()))
