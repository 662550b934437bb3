-- A creature that one run has found, trained further in another: the design is loaded as data, and PPO learns what to
-- add to its controller; or, where it has motors and none, all of the walk.
--
--   build/rlrun scripts/train_design.lua --set design=scripts/designs/human_1.3.lua    found by muscle_walk.lua
--   build/rlrun scripts/train_design.lua --set design=runs/.../design.lua              found by a run of yours
--   build/rlrun scripts/train_design.lua --set creature=strider --set design=...       by imaginary.lua or codesign.lua
--
-- Actions are zero at first, but for a little noise: training begins with the gait as it was found. The world is
-- harder than that of the search: rough ground. Both are tested in it, in the same fresh episodes.
local rl = require "rl"

local opt = rl.options {
  design = "",         -- a file of rl.load_creature: a whole creature, or what is free about `creature`
  creature = "reflex_human",
  speed = 1.3,         -- m/s
  gravity = 9.81,      -- m/s^2
  ground = "rough",    -- harder than where most designs are found
  roughness = 0.02,    -- m
  reset_noise = 0.05,  -- rad and m/s by which an episode begins otherwise
  seconds = 10,        -- of an episode
  iterations = 60,     -- of collecting 8192 steps and learning from them
  lr = 1e-4,           -- at first; falls to 0
  log_std = -3,        -- of actions, at first: the gait that was found falls with more noise
  test_episodes = 50,
}

local body = opt.design ~= "" and assert(rl.load_creature(opt.design, opt.creature)) or rl.creature(opt.creature)
assert(rl.feasible(body))
local on_muscles = body.muscles and #body.muscles > 0
local env = rl.env(body, {
  n = 64, objective = "gait", target_speed = opt.speed, gravity = opt.gravity, reset_noise = opt.reset_noise,
  ground = opt.ground, roughness = opt.roughness, time_limit = opt.seconds,
  control_rate = 50, substeps = on_muscles and 20 or 4, -- tendons are stiff
})

-- What `policy` makes of the body in fresh episodes; without one its actions are zeros.
local function test(policy)
  local _, _, details = env:evaluate_designs({ body }, {
    policy = policy, episodes = opt.test_episodes, seed = 1e6 + opt.seed, round = 0, details = true,
  })
  local one = details[1]
  return ("return %5.2f  %5.2f s upright  %3.0f%% falls  %.2f m/s"):format(one["return"], one.length * env.dt,
    100 * one.terminated, one.fields.x / one.fields.time)
end

local policy, value = rl.policy(env, { log_std = opt.log_std }), rl.value(env)
local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 256, epochs = 6, reward_scaling = false }
local run = rl.run {
  name = "train_design", options = opt, env = env, policy = policy, method = ppo, iterations = opt.iterations,
}
local found = test(nil)
for i in run:iterations() do
  ppo:set { lr = opt.lr * (1 - (i - 1) / opt.iterations) }
  local batch = ppo:collect(128)
  run:log(i, batch.stats, ppo:update(batch))
end
assert(rl.save_design(run:path("design.lua"), body)) -- the whole creature, which the policy belongs to
run:replay(env:record(policy, { title = "a design, trained further", seed = 1e6 + opt.seed }))
run:finish()
print("found:   " .. found)
print("trained: " .. test(policy))
