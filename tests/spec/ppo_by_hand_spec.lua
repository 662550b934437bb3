-- scripts/ppo_by_hand.lua: PPO written in Lua and rl.ppo learn the same. The hopper's return is about -9 at first.
local child = require "spec.child"

local script = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources") .. "/scripts/ppo_by_hand.lua"

-- The two columns of mean returns.
local function learn(seed)
  local folder = child.folder()
  local command = ("'%s' '%s' --seed %d --env hopper --copies 8 --iterations 14 --compare"):format(
    child.rlrun, script, seed)
  local status, out, errors = child.shell(folder, command)
  child.remove(folder)
  assert.are.equal(0, status, errors)
  local by_hand, ppo = {}, {}
  for a, b in out:gmatch("\n *%d+ +%d+ +(%S+) +(%S+)") do
    by_hand[#by_hand + 1], ppo[#ppo + 1] = tonumber(a), tonumber(b)
  end
  assert.are.equal(14, #by_hand, out)
  return by_hand, ppo
end

describe("PPO written out in Lua", function()
  it("begins with the numbers of rl.ppo and learns as it does, on 2 of 2 seeds", function()
    for seed = 1, 2 do
      local by_hand, ppo = learn(seed)
      assert.are.equal(by_hand[1], ppo[1])
      assert.is_true(math.abs(by_hand[2] - ppo[2]) < 0.01, "after 160 steps of Adam") -- physics amplifies rounding
      for name, curve in pairs { by_hand = by_hand, ppo = ppo } do
        local late = (curve[13] + curve[14]) / 2
        assert.is_true(curve[1] < 0 and late > 15, ("%s, seed %d: %.1f"):format(name, seed, late))
      end
    end
  end)
end)
