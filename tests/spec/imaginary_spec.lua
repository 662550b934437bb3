-- scripts/imaginary.lua searches every creature, tells of each, and leaves designs that it can show again.
local rl = require "rl"
local child = require "spec.child"

local script = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources") .. "/scripts/imaginary.lua"

describe("the search for walks of imaginary creatures", function()
  it("leaves a table, and a design that shows the same walk when it is loaded", function()
    local folder = child.folder()
    local command = ("'%s' '%s' --set generations=2 --set popsize=6 --set seconds=1"):format(child.rlrun, script)
    local status, out, errors = child.shell(folder, command .. " --set test_episodes=2")
    assert.are.equal(0, status, errors)
    local found = {}
    for name, numbers in out:gmatch("\n(%a+) +(%d+ +[-%d.]+ +[%d.]+ +%d+%% +[-%d.]+)") do found[name] = numbers end
    for name in pairs(rl.creatures) do assert.is_truthy(found[name], name .. "\n" .. out) end
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
end)
