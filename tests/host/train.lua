-- Two updates on two threads.
local rl = require "rl"
rl.threads(2)
local env = rl.env("cartpole", { n = 8 })
local ppo = rl.ppo { env = env, policy = rl.policy(env), value = rl.value(env) }
function train() for _ = 1, 2 do ppo:update(ppo:collect(128)) end end
train()
