-- What a state that lives for a moment does: a little of everything that leaves something to be closed.
local rl = require "rl"
rl.threads(2)
local env = rl.env("hopper", { n = 2, reward = function(s) return s.vx end })
local policy = rl.policy(env, { hidden = { 8 } })
local ppo = rl.ppo { env = env, policy = policy, value = rl.value(env, { hidden = { 8 } }) }
GAME = { ppo:collect(8), ppo:trainer { steps = 4 }, rl.cmaes { x0 = { 0, 0 } }, rl.variable(rl.ones(2)) * 2 }
ppo:trainer({ steps = 8 }):advance(0) -- half done
rl.env("cartpole"):evaluate(rl.policy(rl.env("cartpole")), { episodes = 2 })
