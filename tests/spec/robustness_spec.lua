-- scripts/robustness.lua: the table it prints and the replays it leaves.
local child = require "spec.child"
local rl = require "rl"

describe("scripts/robustness.lua", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local function run(arguments) return child.script(folder, "robustness.lua", arguments) end

  -- The ends p of Wilson's interval solve n (k/n - p)^2 = z^2 p (1 - p).
  it("prints the share of trials survived, with the interval of Wilson", function()
    local status, out, errors =
      run("--creature hopper --trials 12 --seconds 1.2 --throw_interval 0.3 --throw_start 0.3")
    assert.are.equal(0, status, errors)
    local lines, mixed = 0, 0
    for k, n, share, low, high in out:gmatch("(%d+) of +(%d+) +([%d.]+) %% +([%d.]+) %.%.%. +([%d.]+) %%") do
      lines = lines + 1
      assert.are.equal(12, tonumber(n))
      assert.is_true(math.abs(k / n * 100 - share) <= 0.05)
      assert.is_true(low / 100 <= k / n and k / n <= high / 100)
      for _, bound in ipairs { low, high } do
        local p = bound / 100
        local left, right = n * (k / n - p) ^ 2, 1.959964 ^ 2 * p * (1 - p)
        assert.is_true(math.abs(left - right) < 0.02, ("%s of %s: %s %%"):format(k, n, bound))
      end
      if tonumber(k) > 0 and tonumber(k) < 12 then mixed = mixed + 1 end
    end
    assert.are.equal(6, lines)
    assert.is_true(mixed > 0, out)
    local runs = child.list(folder .. "/runs")
    local page = child.read(folder .. "/runs/" .. runs[1] .. "/fallen.html")
    assert.is_truthy(page:find("hopper, fallen", 1, true))
    local _, rows = child.read(folder .. "/runs/" .. runs[1] .. "/progress.csv"):gsub("\n", "")
    assert.are.equal(7, rows)
  end)

  it("says what is missing", function()
    local status, _, errors = run("--design nowhere.lua")
    assert.are_not.equal(0, status)
    assert.is_truthy(errors:find("nowhere.lua", 1, true))
    child.write(folder .. "/free.lua", "return { thigh = 1 }\n")
    status, _, errors = run("--design free.lua --creature hopper")
    assert.are_not.equal(0, status)
    assert.is_truthy(errors:find("free.lua has no bodies, and there is no creature of rl.creatures: hopper", 1, true))
  end)

  it("tries no body that a search would be refused: it would seem never to fall", function()
    local body = rl.creature("hopper")
    body.motors[1].torque = 1e5
    assert(rl.save_design(folder .. "/strong.lua", body))
    local status, out, errors = run("--design strong.lua --trials 2 --seconds 0.2")
    assert.are_not.equal(0, status, out)
    assert.is_truthy(errors:find("torque 1e+05 N m is above", 1, true), errors)
  end)
end)
