-- The walking human: rl.walking, scripts/speeds.lua, and the walk that is kept in the repository.
local rl = require "rl"
local child = require "spec.child"

local scripts = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources") .. "/scripts/"

describe("the walk that is kept in the repository", function()
  -- Time and speed are what the search was asked for; a walker's foot stands for some 60 % of a stride (Perry 1992).
  it("goes on for ten seconds at 1.3 m/s", function()
    local design = assert(rl.load_design(scripts .. "designs/human_1.3.lua"))
    local walk = rl.walking.watch(design, { target_speed = 1.3, time_limit = 10, reset_noise = 0 })
    assert.are.equal("walk", walk.gait)
    assert.is_true(math.abs(walk.fields.time - 10) < 0.02)
    assert.is_true(math.abs(walk.fields.x / walk.fields.time - 1.3) < 0.1)
    assert.is_true(math.abs(walk.duty - 0.6) < 0.05, walk.duty)
    assert.is_true(walk.flight < 0.01, walk.flight)
  end)
end)

describe("what a search may change", function()
  it("is the controller's, and a creature without one is named", function()
    local ok, message = pcall(rl.walking.free, rl.creature("human"))
    assert.is_false(ok)
    assert.is_truthy(message:find("human has no controller", 1, true), message)
  end)
end)

describe("a walk that is watched", function()
  it("is told from a fall", function()
    local limp = rl.creature("human")
    local walk = rl.walking.watch(limp, { time_limit = 5 })
    assert.are.equal("falls", walk.gait)
    assert.is_true(walk.fields.time < 5)
  end)
end)

describe("scripts/speeds.lua", function()
  it("goes outwards from the first speed and to lighter worlds, and leaves a design of each", function()
    local folder = child.folder()
    local command = ("'%s' --quiet '%sspeeds.lua' --set generations=1 --set popsize=4 --set seconds=0.5 "):format(
      child.rlrun, scripts) .. "--set test_seconds=0.5 --set speeds='1.3 0.8 1.5' --set gravities=1.62"
    local status, out, errors = child.shell(folder, command)
    assert.are.equal(0, status, errors)
    local tasks = {}
    for speed, gravity in out:gmatch("\n([%d.]+) m/s, ([%d.]+) m/s^2") do
      tasks[#tasks + 1] = speed .. " " .. gravity
    end
    -- The Moon's speed has the Froude number v^2 / (g l) of 1.3 m/s here: 1.3 sqrt(1.62 / 9.81) = .528.
    assert.are.same({ "0.80 9.81", "1.30 9.81", "1.50 9.81", "0.53 1.62" }, tasks)
    local runs = child.list(folder .. "/runs")
    assert.are.equal(4, #runs)
    for _, name in ipairs(runs) do
      local design = assert(rl.load_design(folder .. "/runs/" .. name .. "/design.lua"))
      assert.is_true(design.start.vx >= 0)
    end
    child.remove(folder)
  end)

  it("names a speed that is no number", function()
    local folder = child.folder()
    local status, _, errors = child.shell(folder,
      ("'%s' --quiet '%sspeeds.lua' --set speeds=fast"):format(child.rlrun, scripts))
    assert.are_not.equal(0, status)
    assert.is_truthy(errors:find('speeds and gravities are numbers, got "fast"', 1, true), errors)
    child.remove(folder)
  end)
end)
