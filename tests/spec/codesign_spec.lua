-- scripts/codesign.lua leaves a comparison, the best design as data, and a replay.
local rl = require "rl"
local child = require "spec.child"

local script = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources") .. "/scripts/codesign.lua"

-- Runs it for two generations of two seeds; the numbers of parameters it tells, and its best design.
local function run(options)
  local folder = child.folder()
  options = options .. " --set creature=gnome --set seeds=2 --set generations=2 --set popsize=6 --set seconds=1" ..
              " --set test_episodes=2"
  local status, out, errors = child.shell(folder, ("'%s' '%s'"):format(child.rlrun, script) .. options)
  assert.are.equal(0, status, errors)
  assert.is_truthy(out:find("better in %d of 2"), out)
  local where = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
  local design = assert(rl.load_design(where .. "/design.lua"))
  assert.is_true(rl.feasible(rl.creatures.gnome.build(design)))
  assert.is_truthy(child.read(where .. "/replay.html"))
  child.remove(folder)
  local control, both = out:match("control alone, +(%d+) parameters +body and control, +(%d+) parameters")
  return tonumber(control), tonumber(both), design
end

describe("co-design", function()
  it("compares body and control with control alone, and saves a design that can be built", function()
    local control, both, design = run("")
    local groups = {}
    for _, group in ipairs(rl.space(rl.creatures.gnome.design(rl.param, "muscles")).groups) do
      groups[group] = (groups[group] or 0) + 1
    end
    assert.are.equal(groups.body + groups.physiology + groups.geometry, both - control)
    assert.is_truthy(design.feedback.lean)
  end)

  it("does so for motors with a policy too", function()
    local control, both, design = run(" --set actuation=motors")
    -- the gnome: 21 observations and 1 to each of 7 actions; then 7 sizes and 4 motors
    assert.are.equal(154, control)
    assert.are.equal(165, both)
    assert.are.equal(154, #design.policy)
  end)
end)
