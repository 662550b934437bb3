-- A game with a heap of its own: for how long do calls of ours stop it by collecting garbage?
local rl = require "rl"
local heap = {}
for i = 1, 1500000 do heap[i] = { i } end
collectgarbage()
local policy = rl.policy(rl.env("cartpole"))
local longest = 0
for _ = 1, 100000 do
  local start = os.clock() -- of this process: others on the machine do not count
  policy:mean { .1, .2, .3, .4 }
  longest = math.max(longest, os.clock() - start)
end
print(("longest call %.1f ms beside %.0f MB of the game's"):format(longest * 1e3, collectgarbage "count" / 1024))
assert(#heap == 1500000)
os.exit(longest < 0.005 and 0 or 1) -- seconds; a game's frame has 16 ms for everything
