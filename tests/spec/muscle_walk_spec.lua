-- scripts/muscle_walk.lua searches, and the design that is kept from it walks.
local rl = require "rl"
local child = require "spec.child"

local scripts = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources") .. "/scripts/"

describe("the walk of the muscle-driven human", function()
  it("is searched for from the published gains", function()
    local folder = child.folder()
    local options = " --set generations=2 --set popsize=4 --set seconds=1 --set test_seconds=1"
    local status, out, errors = child.shell(folder,
      ("'%s' '%s'"):format(child.rlrun, scripts .. "muscle_walk.lua") .. options)
    assert.are.equal(0, status, errors)
    assert.is_truthy(out:find("feedback control (", 1, true), out)
    assert.is_truthy(out:find("initial state (7)", 1, true), out)
    assert.is_truthy(out:find("test: 1.0 s upright of 1,", 1, true), out)
    local where = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    assert.is_true(rl.feasible(assert(rl.load_design(where .. "/design.lua"))))
    assert.is_truthy(child.read(where .. "/replay.html"))
    child.remove(folder)
  end)

  -- Its search started always alike: it must also bear another start.
  it("goes on from other starts than it was found with", function()
    local design = assert(rl.load_design(scripts .. "designs/human_1.3.lua"))
    local env = rl.env(design, { time_limit = 10, reset_noise = 0.01 })
    local designs = {}
    for i = 1, 8 do designs[i] = design end
    local _, _, details = env:evaluate_designs(designs, { seed = 1, details = true })
    local walked = 0
    for _, detail in ipairs(details) do
      local speed = detail.fields.x / detail.fields.time
      if detail.terminated == 0 and math.abs(speed - 1.3) < 0.1 then walked = walked + 1 end
    end
    assert.is_true(walked >= 7, walked .. " of 8")
  end)
end)
