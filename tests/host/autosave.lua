-- A game's own object, older than ours, saves its brain when the state closes: autosave.lua FILE. The file must keep
-- the last good policy; `autosave.lua FILE check` loads it.
local file, check = ...
local finalizer = require "finalizer"
local rl
local policy
if not check then GAME = finalizer(function() print("refused", not pcall(policy.save, policy, file)) end) end
rl = require "rl"
local env = rl.env("cartpole")
if check then
  assert(rl.load_policy(file, env))
  print "the good file"
else
  policy = rl.policy(env)
  assert(policy:save(file))
end
