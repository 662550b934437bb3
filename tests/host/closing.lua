-- A finaliser of the game that runs after ours, when the state closes, calls every method of every object: each must
-- raise an error, and so must what makes objects; only a text of them can be had. The file of a policy stays what it
-- was. (An rl.rng is all in its own memory: it does not end, and neither does what is Lua alone.)
local finalizer = require "finalizer"
local calls, saved = {}, nil
local function read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end
local function call_all()
  local alive = {}
  for _, call in ipairs(calls) do
    local ok, message = pcall(call.run, call.object, call.argument, { 1, 2 })
    if ok then alive[#alive + 1] = call.name elseif type(message) ~= "string" then alive[#alive + 1] = "no message" end
  end
  if not pcall(read, "closing.none") and read("closing.saved") == saved then
    print(("refused %d of %d"):format(#calls - #alive, #calls), table.concat(alive, " "))
  end
end
GAME = finalizer(call_all)

local rl = require "rl"
local env = rl.env("cartpole", { n = 2 })
local policy, value = rl.policy(env), rl.value(env)
local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 16 }
local batch = ppo:collect(16)
local search = rl.cmaes { x0 = { 0, 0 }, sigma = 1 }
local kept_run = rl.run { name = "closing", policy = policy, env = env }
assert(policy:save("closing.saved"))
saved = read("closing.saved")
local demo = env:demonstrate("random", { episodes = 1 })
local objects = {
  env = env, policy = policy, value = value, ppo = ppo, search = search, tensor = rl.ones(2, 2),
  rollout = rl.rollout { env = env, policy = policy, value = value }, variable = rl.variable(rl.ones(2)),
  adam = rl.adam(policy), tetris = rl.tetris and rl.tetris() or nil,
  lua_env = rl.lua_env { observation = { "x" }, action = { "discrete", 2 }, reset = function() return { 0 } end,
                         step = function() return { 0 }, 0, false end },
  trainer = rl.ppo({ env = env, policy = rl.policy(env), value = value }):trainer { steps = 4 },
  agent = rl.ppo({ env = env, policy = rl.policy(env), value = value }):agent(2),
  demonstration = demo, clone = rl.clone { policy = policy, demonstrations = demo },
  evaluation = env:evaluation(policy, rl.zeros(2, policy.theta:size())), dist = policy:dist(env:reset()),
}
-- What each takes, where that is not a number.
local arguments = { update = batch, export = "closing.none", act = { { 1, 2, 3, 4 } },
                    gradient = batch, set = {}, save = "closing.none", load = "closing.none",
                    tell = { { 0, 0 } }, record = policy, evaluate = policy, demonstrate = policy,
                    mean = { 1, 2, 3, 4 } }
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
-- Of the module itself.
local function add(what, run, object, argument)
  calls[#calls + 1] = { name = "rl." .. what, object = object, run = run, argument = argument }
end
for _, name in ipairs { "zeros", "ones", "eye", "arange", "tensor", "variable", "rng" } do add(name, rl[name], 2) end
for _, name in ipairs(rl.envs()) do add("env " .. name, rl.env, name) end
for _, name in ipairs(rl.searches) do add(name, rl[name], { x0 = { 1 } }) end
for _, name in ipairs(rl.methods) do add(name, rl[name], { env = env, policy = policy }) end
for _, name in ipairs { "policy", "value" } do add(name, rl[name], env) end
add("load_policy", rl.load_policy, "closing.saved")
add("demonstration", rl.demonstration, env)
add("load_demonstration", rl.load_demonstration, "closing.saved")
add("clone", rl.clone, { policy = policy, demonstrations = demo })
add("tetris", rl.tetris)
-- A run is Lua alone, but what it would save is not.
add("run:log", kept_run.log, kept_run, 1)
add("run:finish", kept_run.finish, kept_run)
