-- What allocations.c interrupts.
local rl = require "rl"
rl.threads(1)
local env = rl.env("cartpole", { n = 2, reward = function(s) return { a = 1, b = s.angle } end })
local policy, value = rl.policy(env, { hidden = { 4 } }), rl.value(env, { hidden = { 4 } })
local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 4, epochs = 1 }
local search = rl.cem { x0 = { 0, 0 }, popsize = 4, noise = function() return 0.1 end }
local game = rl.lua_env {
  observation = { "x" }, action = { "discrete", 2 }, n = 2, reset = function() return { 0 } end,
  step = function() return { 0 }, 0, false end,
}
local hopper = rl.env("hopper", { time_limit = .1 })
local file = os.tmpname()

function again()
  ppo:update(ppo:collect(8))
  local x = search:ask()
  search:tell(x, rl.map(function(row) return row[1] end, x))
  os.remove(file)
end

function work()
  ppo:update(ppo:collect(8))
  local _ = policy.theta
  env:step(env:reset() and rl.zeros(2))
  env:evaluate(policy, { episodes = 2 })
  env:record(policy, { seconds = .2 })
  game:reset()
  game:step { 0, 1 }
  assert(policy:save(file))
  rl.load_policy(file, env)
  local x = search:ask()
  search:tell(x, rl.map(function(row) return row[1] end, x))
  assert(search:save(file))
  assert(search:load(file))
  local weights = rl.variable(rl.ones(2, 2))
  ;(weights * weights):mean():grad(weights)
  hopper:evaluate_designs({ rl.creature("hopper") }, { episodes = 1 })
end
