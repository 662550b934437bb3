-- A short episode of the biped as one number.
local rl = require "rl"
local env = rl.env("biped", { n = 2, seed = 1 })
local push, sum = rl.zeros(2, env.action_space.size) + 0.3, env:reset():abs():sum()
for _ = 1, 100 do sum = sum + env:step(push):abs():sum() end
print(("%.17g"):format(sum))
return sum
