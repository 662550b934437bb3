-- scripts/imaginary.lua searches every creature, tells of each, and leaves designs that it can show again.
local rl = require "rl"
local child = require "spec.child"

local scripts = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources") .. "/scripts"
local script = scripts .. "/imaginary.lua"

describe("the search for walks of imaginary creatures", function()
  it("leaves a table, and a design that shows the same walk when it is loaded", function()
    local folder = child.folder()
    local command = ("'%s' '%s' --set generations=2 --set popsize=6 --set seconds=1"):format(child.rlrun, script)
    local status, out, errors = child.shell(folder, command .. " --set test_episodes=2")
    assert.are.equal(0, status, errors)
    local found = {}
    for name, numbers in out:gmatch("\n(%a+) +(%d+ +[-%d.]+ +[%d.]+ +%d+%% +[-%d.]+)") do found[name] = numbers end
    for name in pairs(rl.creatures) do
      assert.are.equal(name ~= "human", found[name] ~= nil, name .. "\n" .. out)
    end
    local where
    for _, name in ipairs(child.list(folder .. "/runs")) do
      if name:find("imaginary_gnome", 1, true) then where = folder .. "/runs/" .. name end
    end
    local load = (" --set test_episodes=2 --set creature=gnome --set load='%s/design.lua'"):format(where)
    local again, shown, problems = child.shell(folder, command .. load)
    assert.are.equal(0, again, problems)
    assert.is_truthy(shown:find(found.gnome, 1, true), shown .. found.gnome)
    child.remove(folder)
  end)

  it("has found walks of 10 s at 1.2 m/s, kept as designs", function()
    for _, name in ipairs { "gnome", "raptor", "strider" } do
      local module = rl.creatures[name]
      local creature = module.build(assert(rl.load_design(("%s/designs/%s_1.2.lua"):format(scripts, name))))
      local env = rl.env(creature, { time_limit = 10, target_speed = 1.2, reset_noise = 0.01 })
      local _, _, details = env:evaluate_designs({ creature }, { episodes = 2, seed = 1, round = 0, details = true })
      assert.are.equal(0, details[1].terminated, name)
      assert.is_true(math.abs(details[1].fields.x / 10 - 1.2) < 0.1, ("%s: %g m"):format(name, details[1].fields.x))
    end
  end)
end)
