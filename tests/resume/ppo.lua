-- PPO with a reward in Lua of named terms, and a curriculum that changes the world.
local rl = require "rl"

local opt = rl.options { iterations = 30, slow = 0 } -- s that every iteration waits
local env = rl.env("hopper", {
  n = 8, time_limit = 3,
  reward = function(s, a) return { alive = 1, speed = s.vx, effort = -0.01 * a[1] ^ 2 } end,
})
local policy, value = rl.policy(env, { hidden = { 16 } }), rl.value(env, { hidden = { 16 } })
local ppo = rl.ppo { env = env, policy = policy, value = value, epochs = 3, reward_scaling = true }
local run = rl.run {
  name = "ppo", options = opt, method = ppo, iterations = opt.iterations, state = { sum = 0 },
  curriculum = rl.curriculum { env = env, number = "mean_length", window = 2, stages = {
    { set = { gravity = 2 }, above = 20 }, { set = { gravity = 5 }, above = 20 }, { set = { gravity = 9.81 } },
  } },
}
for i in run:iterations() do
  ppo:set { lr = 1e-3 * (1 - (i - 1) / opt.iterations) }
  local batch = ppo:collect(32)
  local stats = ppo:update(batch)
  run.state.sum = run.state.sum + batch.stats.mean_reward / 3
  run:log(i, batch.stats, stats, { sum = run.state.sum })
  local start = rl.time()
  while rl.time() - start < opt.slow do end
end
print(("return %.9g"):format(env:evaluate(policy, { episodes = 8 }).mean_return))
run:finish()
