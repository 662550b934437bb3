-- scripts/codesign.lua leaves a comparison, the best design as data, and a replay.
local rl = require "rl"
local child = require "spec.child"

local script = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources") .. "/scripts/codesign.lua"

describe("co-design", function()
  it("compares body and control with control alone, and saves a design that can be built", function()
    local folder = child.folder()
    local options = " --set creature=gnome --set seeds=2 --set generations=2 --set popsize=6 --set seconds=1"
    local status, out, errors = child.shell(folder, ("'%s' '%s'"):format(child.rlrun, script) .. options)
    assert.are.equal(0, status, errors)
    local control, both = out:match("control alone, +(%d+) parameters +body and control, +(%d+) parameters")
    -- the gnome: 21 observations and 1 to each of 7 actions; then 7 sizes and 4 motors
    assert.are.equal("154", control, out)
    assert.are.equal("165", both, out)
    assert.is_truthy(out:find("better in %d of 2"), out)
    local where = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    local design = assert(rl.load_design(where .. "/design.lua"))
    assert.are.equal(154, #design.policy)
    assert.is_true(rl.feasible(rl.creatures.gnome.build(design.body)))
    assert.is_truthy(child.read(where .. "/replay.html"))
    child.remove(folder)
  end)
end)
