-- Debian's lua5.4 links GNU readline, which has a function of the name of one of ours (rl_variable_value).
local rl = require "rl"
local env = rl.env("cartpole", { n = 2 })
assert(#rl.value(env):forward(env:reset()):value():totable() == 2)
print "our own"
