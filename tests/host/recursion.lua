-- A game's functions that call what is calling them: an error, not an end of the host.
local rl = require "rl"
local search, env
search = rl.cem { x0 = { 0 }, popsize = 4, noise = function() return search:ask() end }
assert(not pcall(search.ask, search))
env = rl.env("cartpole", { reward = function() env:reset() return 1 end })
assert(not pcall(env.step, env, env:reset() and { 0 }))
local deep = {}
for _ = 1, 300 do deep = { deep } end
assert(not pcall(rl.tensor, deep))
print "refused"
