-- Moonwalk: a two-legged creature teaches itself to walk under lunar gravity.
--
--   build/rlrun scripts/moonwalk.lua                        learn (about two minutes), evaluate, write a replay
--   build/rlrun scripts/moonwalk.lua --set gravity=9.81     the same on Earth
--   build/rlrun scripts/moonwalk.lua --load runs/.../policy.safetensors     only show what was learnt
--
-- The run folder holds config.json, progress.csv, policy.safetensors and replay.html: open the last in a browser.
local rl = require "rl"

local opt = rl.options {
  gravity = 1.62,    -- m/s^2: the Moon
  speed = 1.0,       -- m/s: how fast it shall walk
  iterations = 300,  -- of collecting 8192 steps and learning from them
  load = "",         -- a policy.safetensors to show instead of learning
}

-- What is good, each moment. Every name becomes a column of progress.csv and a curve in the replay.
local function reward(s)
  return {
    speed = 1 - math.abs(s.vx - opt.speed) / opt.speed,
    upright = 0.2 * s.upright,
    slide = -0.2 * math.min(s.foot_l_slide + s.foot_r_slide, 2),
    effort = -0.1 * s.effort,
  }
end

local env = rl.env("biped", {
  n = 64,
  gravity = opt.gravity,
  reward = reward,
  done = function(s) return s.fallen > 0 end,
})

local policy = rl.policy(env, { hidden = { 64, 64 } })
if opt.load ~= "" then policy = assert(rl.load_policy(opt.load, env)) end
local run = rl.run { name = "moonwalk", options = opt, policy = policy, iterations = opt.iterations }

if opt.load == "" then
  local value = rl.value(env, { hidden = { 64, 64 } })
  local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 256, epochs = 6 }
  for i = 1, opt.iterations do
    ppo:set { lr = 3e-4 * (1 - (i - 1) / opt.iterations) }
    local batch = ppo:collect(128)
    local stats = ppo:update(batch)
    run:log(i, batch.stats, stats)
  end
end

local result = env:evaluate(policy, { episodes = 20 })
local speed = 0
for _, episode in ipairs(result.episodes) do
  speed = speed + episode.fields.x / episode.fields.time / #result.episodes
end
run:replay(env:record(policy, { title = "moonwalk" }))
run:finish()
print(("evaluation: episodes %d mean_speed %.3f falls %d"):format(#result.episodes, speed, result.terminated))
