-- A trainer's thread, which is still at work when the state closes; its loops have two threads. train() polls it.
local rl = require "rl"
rl.threads(2)
local env = rl.env("cartpole", { n = 8 })
local ppo = rl.ppo { env = env, policy = rl.policy(env), value = rl.value(env) }
local trainer = ppo:trainer { steps = 32 }
function train()
  local phase
  for _ = 1, 2 do
    repeat
      phase = trainer:poll()
      if phase == "stopped" then trainer:start() end -- in a forked child
    until phase == "done"
  end
end
trainer:start()
train()
