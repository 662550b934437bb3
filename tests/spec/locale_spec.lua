-- A host may set a locale that writes 0,5. What the module writes and reads has points all the same.
local child = require "spec.child"

describe("in a locale with a decimal comma", function()
  local folder = child.folder()
  teardown(function() child.remove(folder) end)
  local status = child.shell(folder, "localedef -i de_DE -f UTF-8 ./de_DE.UTF-8")
  local there = status <= 1 and child.execute("test -e '" .. folder .. "/de_DE.UTF-8/LC_NUMERIC'") == 0
  local test = there and it or pending -- no localedef, or no sources of locales

  -- Runs a script in the locale, and without; what it prints must be the same.
  local function same(script)
    child.write(folder .. "/script.lua", [[
      if os.getenv "LOCPATH" then
        assert(os.setlocale "de_DE.UTF-8")
        assert(rawget(_G, "jit") or ("%.1f"):format(0.5) == "0,5")
      end
    ]] .. script)
    local command = ("'%s' --quiet script.lua"):format(child.rlrun)
    local code, here, errors = child.shell(folder, command)
    assert.equal(0, code, errors)
    local other, abroad, why = child.shell(folder, "LOCPATH=. " .. command)
    assert.equal(0, other, why)
    assert.truthy(here:find("%d%.%d"), here)
    assert.equal(here, abroad)
  end

  local SHOW = [[
    local rl, core = require "rl", require "rl.core"
    local function show(path)
      local file = assert(io.open(path, "rb"))
      local text = file:read "*a"
      file:close()
      return text
    end
  ]]

  test("designs are written and read", function()
    same(SHOW .. [[
      local design = { a = 0.5, [2.5] = 1e-300, b = { 1.25, 0.1, 1 / 3 }, p = rl.param{ mean = 1.5, std = 0.25 } }
      local space = rl.space(design)
      assert(space:save("d.lua", space:decode(space.mean)))
      print(show "d.lua")
      local read = assert(rl.load_design "d.lua")
      assert(read.a == 0.5 and read[2.5] == 1e-300 and #read.b == 3 and read.b[3] == 1 / 3 and read.p == 1.5)
      print(design.p, space:summary())
    ]])
  end)

  test("JSON, tensors and messages too", function()
    same(SHOW .. [[
      print(core.json{ x = 0.5, y = { 1.25, 1e300 }, [2.5] = true }, rl.tensor{ 1.5, 2.25 }, rl.tensor(0.5))
      print(rl.cmaes{ x0 = { 0 }, sigma = 0.5 })
      for _, wrong in ipairs {
        function() rl.ppo{ env = 1, gamma = 1.5 } end,
        function() rl.cmaes{ x0 = { 0 }, sigma = -0.5 } end,
        function() rl.env("biped", { gravity = -0.5 }) end,
        function() rl.zeros(2.5) end,
        function() rl.tensor{ 1, 2 }:select(1, 1.5) end,
        function() rl.param{ mean = 1.5, std = -0.5 } end,
        function() rl.space{ a = rl.param{ mean = 1.5, std = 1, max = 2.5 } }:encode{ a = 3.5 } end,
      } do print(select(2, pcall(wrong))) end
    ]])
  end)

  test("a run's files, its line, and a replay", function()
    same(SHOW .. [[
      local run = rl.run{ name = "walk", options = { lr = 0.5 } }
      run:log(1, { mean_return = 1.5, loss = 1e-9 })
      run:log(2, { mean_return = 2.25, other = 0.5 })
      for row in show(run:path "progress.csv"):gmatch "[^\n]+" do print((row:gsub(",[^,]*$", ""))) end
      run:replay{ title = "x", dt = 0.125, n_bodies = 1, shapes = {
        { kind = "circle", body = 1, x = 0.5, y = 0.25, radius = 1.5 } },
        frames = { { 0.5, 1.5, 2.5 } }, series = { { name = "s", unit = "m", values = { 0.123456 } } } }
      print(show(run:path "replay.html"):match '{[^\n]*"title":"x"}')
      print(show(run:path "config.json"):match '"options":%s*(%b{})')
    ]])
  end)

  test("exported policies", function()
    same(SHOW .. [[
      local policy = rl.policy(rl.env "pendulum", { hidden = { 3 }, seed = 1 })
      for _, name in ipairs { "brain.lua", "brain.h" } do
        assert(policy:export(name))
        print(show(name))
      end
      local run = assert(loadfile "brain.lua")()
      policy:save "p"
      assert(rl.load_policy("p", rl.env "pendulum").theta:equal(policy.theta))
    ]])
  end)
end)
