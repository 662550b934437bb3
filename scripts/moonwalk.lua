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
local abs, max, min = math.abs, math.max, math.min

-- What is good, each moment. Every name becomes a column of progress.csv and a curve in the replay.
local function reward(s)
  local left, right = min(s.foot_l_load, 1), min(s.foot_r_load, 1) -- body weights
  local beat = s.clock_sin -- from 1, the left leg's turn to stand, to -1, the right one's
  return {
    alive = 1,
    speed = 1.5 * (1 - abs(s.com_vx - opt.speed) / max(opt.speed, 0.5)),
    stand = 0.3 * ((1 + beat) * left + (1 - beat) * right),
    swing = -0.05 * ((1 - beat) * s.foot_l_contact + (1 + beat) * s.foot_r_contact),
    tilt = -0.5 * abs(s.angle), -- the trunk upright
    effort = -price * s.effort,
  }
end

local body = rl.creature(muscles and "reflex_human" or "biped")
body.clock = opt.clock -- the policy hears it, too
local env = rl.env(body, {
  n = 64,
  control_rate = 50,              -- actions a second
  substeps = muscles and 10 or 4, -- tendons are stiff
  gravity = opt.gravity,
  reward = reward,
  done = function(s) return s.fallen > 0 or s.head_height < 1.3 end, -- m; it stands with 1.7
})

local shape = { hidden = { 64, 64 }, symmetric = opt.symmetric == "network" }
local policy, value = rl.policy(env, shape), rl.value(env, shape)
if opt.load ~= "" then policy = assert(rl.load_policy(opt.load, env)) end
local ppo = rl.ppo {
  env = env, policy = policy, value = value, minibatch = 256, epochs = 6,
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
local gait = rl.gait(result.recordings)
run:replay(env:record(policy, { title = "moonwalk" }))
run:finish()
print(("evaluation: episodes 20 mean_speed %.3f falls %d %s"):format(gait.speed, result.terminated, gait:line()))
