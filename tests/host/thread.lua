-- A trainer's thread and an evaluation's, which are still at work when the state closes; their loops have two threads.
-- train() polls both, also in a forked child.
local rl = require "rl"
rl.threads(2)
local env = rl.env("cartpole", { n = 8 })
local ppo = rl.ppo { env = env, policy = rl.policy(env), value = rl.value(env) }
local trainer, judged = ppo:trainer { steps = 32 }, rl.policy(env)
local evaluation
local function evaluate()
  evaluation = env:evaluation(judged, rl.rng(1):normal(20, #judged.theta))
  evaluation:start()
end
function train()
  local phase, fraction
  for _ = 1, 2 do
    repeat
      phase = trainer:poll()
      if phase == "stopped" then trainer:start() end -- in a forked child
    until phase == "done"
  end
  repeat fraction = evaluation:poll() until fraction == 1
  evaluate()
end
trainer:start()
evaluate()
train()
