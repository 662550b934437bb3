-- A finaliser of the game that runs after ours, when the state closes, calls every method of every object: each must
-- raise an error; only a text of it can be had. (An rl.rng is all in its own memory: it does not end.)
local finalizer = require "finalizer"
local calls = {}
local function call_all()
  local alive = {}
  for _, call in ipairs(calls) do
    local ok, message = pcall(call.run, call.object, call.argument, { 1, 2 })
    if ok then alive[#alive + 1] = call.name elseif type(message) ~= "string" then alive[#alive + 1] = "no message" end
  end
  print(("refused %d of %d"):format(#calls - #alive, #calls), table.concat(alive, " "))
end
GAME = finalizer(call_all)

local rl = require "rl"
local env = rl.env("cartpole", { n = 2 })
local policy, value = rl.policy(env), rl.value(env)
local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 16 }
local batch = ppo:collect(16)
local search = rl.cmaes { x0 = { 0, 0 }, sigma = 1 }
local objects = {
  env = env, policy = policy, value = value, ppo = ppo, search = search, tensor = rl.ones(2, 2),
  rollout = rl.rollout { env = env, policy = policy, value = value }, variable = rl.variable(rl.ones(2)),
  adam = rl.adam(policy), tetris = rl.tetris and rl.tetris() or nil,
  lua_env = rl.lua_env { observation = { "x" }, action = { "discrete", 2 }, reset = function() return { 0 } end,
                         step = function() return { 0 }, 0, false end },
}
-- What each takes, where that is not a number.
local arguments = { update = batch, gradient = batch, set = {}, save = "closing.none", load = "closing.none",
                    tell = { { 0, 0 } }, record = policy, evaluate = policy, mean = { 1, 2, 3, 4 } }
for name, object in pairs(objects) do
  local methods = assert(debug.getmetatable(object).methods, name)
  local function add(what, run, argument)
    calls[#calls + 1] = { name = name .. "." .. what, object = object, run = run, argument = argument }
  end
  for method, run in pairs(methods) do
    if method ~= "names" then add(method, run, arguments[method] or 1) end -- rl.tetris's takes no object
  end
  add("tostring", function(o) error(tostring(o), 0) end)
  add("theta", function(o) return o.theta + 1 end)
  add("options", function(o) return o:options() end)
end
