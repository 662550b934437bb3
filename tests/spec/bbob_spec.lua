-- scripts/bench/bbob.lua on a function of this file's own in the place of COCO's.
local child = require "spec.child"

describe("scripts/bench/bbob.lua", function()
  it("answers each line with a run's evaluations and when it was as good as each target", function()
    local folder = child.folder()
    child.write(folder .. "/bbob_coco.lua", [[
      local function problem(number, dimension, instance)
        local least = 100 * number + instance
        return function(x)
          assert(#x == dimension)
          local sum = least
          for i = 1, dimension do sum = sum + (x[i] - 1) ^ 2 end
          return sum
        end, least
      end
      return { problem = problem }]])
    child.write(folder .. "/lines", "3 2 7 1 20000 0.5 -3\n4 5 1 2 40 3 3 3 3 3\n")
    local command = "LUA_PATH='%s/?.lua;'\"$LUA_PATH\" '%s' --quiet '%s/scripts/bench/bbob.lua' < lines"
    local status, out, errors = child.shell(folder, command:format(folder, child.rlrun, os.getenv("RL_ROOT")))
    child.remove(folder)
    assert.are.equal(0, status, errors)
    local lines = {}
    for line in out:gmatch("[^\n]+") do
      local words = {}
      for word in line:gmatch("%S+") do words[#words + 1] = tonumber(word) end
      lines[#lines + 1] = words
    end
    assert.are.equal(2, #lines, out)
    local solved, cut = lines[1], lines[2]
    assert.is_true(solved[2] <= 1e-8 and solved[1] < 2000)
    for k = 3, 7 do
      local least = k > 3 and solved[k - 1] or 1
      assert.is_true(solved[k] >= least and solved[k] <= solved[1])
    end
    assert.are.equal(40, cut[1])
    assert.is_true(cut[2] > 1e-8)
    assert.are.equal(0, cut[7])
  end)
end)
