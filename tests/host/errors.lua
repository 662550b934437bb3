-- What a function of the game raises comes out of our call as the value that it was.
local rl = require "rl"
local value
local function raise() error(value, 0) end
local function point(step)
  return rl.lua_env { observation = { "x" }, action = { "discrete", 2 }, reset = function() return { 0 } end,
                      step = step }
end
local judged, game = rl.env("cartpole", { reward = raise }), point(raise)
local search = rl.cem { x0 = { 0 }, noise = raise }
local calls = {
  step = function() judged:step(judged:reset() and { 0 }) end,
  collect = function()
    rl.ppo({ env = judged, policy = rl.policy(judged), value = rl.value(judged), minibatch = 4 }):collect(8)
  end,
  evaluate = function() judged:evaluate(rl.policy(judged), { episodes = 1 }) end,
  record = function() judged:record(rl.policy(judged), { seconds = 1 }) end,
  lua_step = function() game:step(game:reset() and { 0 }) end,
  lua_record = function() game:record("random", { seconds = 1 }) end,
  ask = function() search:ask() end,
  map = function() rl.map(raise, { { 1 } }) end,
}
for name, call in pairs(calls) do
  for _, raised in ipairs { { code = 7 }, 7, true, print, io.stdout, coroutine.create(print) } do
    value = raised
    local ok, got = pcall(call)
    assert(not ok and rawequal(got, raised), name .. ": " .. tostring(got))
  end
  value = "a message"
  local ok, got = pcall(call)
  assert(not ok and tostring(got):find("a message", 1, true), name)
end
print "as they were"
