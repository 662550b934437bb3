-- A finaliser of the game, younger than the module, makes objects of ours while the state closes: they hold memory in
-- C, which must not stay behind (rounds.c sees that, and the address sanitizer).
local finalizer = require "finalizer"
local rl = require "rl"
GAME = finalizer(function()
  local big = rl.zeros(100000)
  GAME = { big + 1, rl.env("cartpole"), rl.variable(big) * 2, rl.cmaes { x0 = { 0, 0 } } }
end)
