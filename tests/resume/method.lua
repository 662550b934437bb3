-- A method with the parts that it wants, on an environment written in Lua or in C, with an optimiser and a stream of
-- the script's own beside it.
local rl = require "rl"

local opt = rl.options { method = "trpo", env = "pendulum", iterations = 30, slow = 0 }
local env
if opt.env == "lua" then
  env = rl.lua_env {
    name = "target", n = 8, observation = 2, action = { "box", 1 }, limit = 20, repeatable = true,
    options = { far = 1 },
    reset = function(self, rng, options)
      self.at, self.goal = 0, options.far * (2 * rng:uniform() - 1)
      return { self.at, self.goal }
    end,
    step = function(self, action)
      self.at = self.at + 0.2 * action[1]
      return { self.at, self.goal }, -math.abs(self.at - self.goal)
    end,
  }
else
  env = rl.env(opt.env, { n = 8 })
end
local grpo = opt.method == "grpo"
local policy, value = rl.policy(env, { hidden = { 16 } }), not grpo and rl.value(env, { hidden = { 16 } }) or nil
local method = rl[opt.method] { env = env, policy = policy, value = value, group = grpo and 4 or nil }
local rng = rl.rng(7)
local bias = rl.zeros(3)
local adam = rl.adam(bias, { lr = 0.1 })
local run = rl.run { name = opt.method, options = opt, method = method, rng = rng, optimizer = adam,
                     iterations = opt.iterations, state = { bias = { 0, 0, 0 } } }
for i = 1, 3 do bias:set(i, run.state.bias[i]) end
for i in run:iterations() do
  local batch = method:collect(grpo and 20 or 32)
  local stats = method:update(batch)
  adam:step(bias - rng:normal(3))
  run.state.bias = bias:totable()
  if opt.env == "lua" and i == 10 then env:set { far = 2 } end
  run:log(i, batch.stats, stats, { bias = bias:sum() })
  local start = rl.time()
  while rl.time() - start < opt.slow do end
end
print(("return %.9g"):format(env:evaluate(policy, { episodes = 8 }).mean_return))
run:finish()
