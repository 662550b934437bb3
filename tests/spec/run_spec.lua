local child = require "spec.child"

describe("a run", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  -- A policy that saves how often it was asked to; `run` is open.
  local prelude = [[
    local rl = require "rl"
    local opt = rl.options { iterations = 3, gravity = 1.62 }
    local saves = 0
    local policy = {}
    function policy:save(path)
      saves = saves + 1
      local file = assert(io.open(path, "w"))
      file:write("policy ", saves)
      file:close()
      return true
    end
    local run = rl.run { name = "walk", options = opt, policy = policy, iterations = opt.iterations }
  ]]

  local function start(script, arguments) return child.run(folder, prelude .. script, arguments) end

  -- The only run's folder.
  local function only(out)
    local names = child.list(folder .. "/" .. (out or "runs"))
    assert.equal(1, #names)
    return folder .. "/" .. (out or "runs") .. "/" .. names[1], names[1]
  end

  local function lines(path)
    local list = {}
    for line in io.lines(path) do list[#list + 1] = line end
    return list
  end

  it("gets a folder of its own with its configuration at once", function()
    local status, _, errors = start("os.exit(0)", "--seed 5 --gravity 3")
    assert.equal(0, status, errors)
    local path, name = only()
    assert.truthy(name:find("^walk%-%d%d%d%d%d%d%d%d%-%d%d%d%d%d%d%-5%-gravity=3$"), name)
    local config = child.read(path .. "/config.json")
    for _, part in ipairs { '"gravity":\t3', '"iterations":\t3', '"seed":\t5', '"threads":', '"version":\t"',
                            '"revision":\t"', '"script":\t"script.lua"', '"time":\t"20' } do
      assert.truthy(config:find(part, 1, true), part .. " in " .. config)
    end
  end)

  it("of the same name and second gets another folder", function()
    local status, _, errors = start("for i = 1, 3 do rl.run { name = 'walk', options = opt } end", "--out a/b")
    assert.equal(0, status, errors)
    assert.equal(4, #child.list(folder .. "/a/b"))
  end)

  it("that cannot have a folder says so before training starts", function()
    child.write(folder .. "/file", "")
    local status, out, errors = start("print 'training'", "--out file/runs")
    assert.equal(1, status)
    assert.equal("", out)
    assert.truthy(errors:find("rl.run: cannot create folder file/runs/walk-.*: Not a directory"), errors)
    assert.falsy(errors:find("traceback"))
    local sysfs = io.open("/sys/kernel") -- where nobody can make one
    if not sysfs then return end
    sysfs:close()
    status, out, errors = start("print 'training'", "--out /sys/rl/runs")
    assert.equal(1, status, out)
    assert.truthy(errors:find("rl.run: cannot create folder /sys/rl/runs/walk-", 1, true), errors)
    assert.falsy(errors:find("No such file", 1, true), errors)
  end)

  it("says which standard library a program has left out", function()
    local _, out, errors = child.run(folder, [[
      local rl, parts = require "rl", { io = io, os = os }
      for name in pairs(parts) do
        _G[name] = nil
        print(pcall(rl.run, {}))
        _G[name] = parts[name]
      end]])
    for _, what in ipairs { "rl.run needs Lua's standard library io", "rl.run needs Lua's standard library os" } do
      assert.truthy(out:find(what, 1, true), out .. errors)
    end
  end)

  it("refuses unknown and wrong settings", function()
    for script, message in pairs {
      ["rl.run { nane = 'x' }"] = 'unknown setting "nane"; did you mean "name"?',
      ["rl.run { name = 'a/b' }"] = [[name must be a string without a slash or a zero byte, got "a/b"]],
      ["rl.run { name = 5 }"] = "name must be a string without a slash or a zero byte, got a number",
      ["rl.run { name = '' }"] = [[name must be a string without a slash or a zero byte, got ""]],
      ["rl.run { name = 'a' .. string.char(0) .. 'b' }"] = "name must be a string without a slash or a zero byte",
      ["rl.run { iterations = 0 / 0 }"] = "iterations must be a number, got nan",
      ["rl.run { seed = 1.5 }"] = "seed must be a whole number, got 1.5",
      ["rl.run { seed = 1 / 0 }"] = "seed must be a whole number, got inf",
      ["rl.run { checkpoint = -1 }"] = "checkpoint must be 0 seconds or more, got -1",
      ["rl.run { resume = 'a' .. string.char(0) .. 'b' }"] =
        "resume must be a folder, whose path has no zero byte, got \"a",
      ["rl.run { options = 5 }"] = "options must be a table, got a number",
      ["local o = {} o.x = o rl.run { options = o }"] =
        "options: tables nested deeper than 100 (one that holds itself?)",
      ["rl.run { best = 5 }"] = "best must be a string, got a number",
      ["rl.run { curriculum = 5 }"] =
        "curriculum must be what rl.curriculum gives, or a function(row, run), got a number",
      ["rl.run { curriculum = rl.rng(1) }"] =
        "curriculum must be what rl.curriculum gives, or a function(row, run), got a rl.rng",
      ["rl.run { state = rl.rng(1) }"] = "state must be a table, got a rl.rng",
      ["rl.run { state = { a = { 1, print } } }"] =
        "plain data expected (numbers, strings, booleans, tables of these), got function at state.a.2",
      ["rl.run { policy = { save = 5 } }"] = "policy must have a method save(path)",
      ["rl.run { iterations = 'x' }"] = "iterations must be a number, got a string",
      ["rl.run { policy = {} }"] = "policy must have a method save(path)",
      ["rl.run { objects = { run = rl.rng(1) } }"] = "objects: \"run\" is a name of the run's own: choose another",
      ["rl.run { objects = { [('x'):rep(49)] = rl.rng(1) } }"] =
        ('objects: "%s": a name of 1 to 48 letters expected'):format(("x"):rep(49)),
      ["rl.run { objects = { ['a' .. string.char(0) .. 'b'] = rl.rng(1) } }"] = 'objects: "a',
      ["rl.run { objects = { ['a.b'] = rl.rng(1), a = rl.rng(2) } }"] =
        'objects: "a.b" and "a" cannot be kept beside each other: choose a name',
    } do
      local status, _, errors = child.run(folder, "local rl = require 'rl'\n" .. script)
      assert.equal(1, status)
      assert.truthy(errors:find("script.lua:2: rl.run: " .. message, 1, true), errors)
    end
  end)

  it("takes options and a state that are as deep as its files can hold, and no deeper ones", function()
    local deep = [[
      local rl = require "rl"
      local function nested(n) return n > 0 and { nested(n - 1) } or 5 end
      for _, more in ipairs { 0, 1 } do
        local ok, message = pcall(rl.run, { options = nested(OPTIONS + more), state = nested(STATE + more) })
        print(ok, message)
        if ok then message:checkpoint() message:finish() end
      end]]
    for depths, refusal in pairs {
      [ [[OPTIONS=99 STATE=9]] ] = "rl.run: options: tables nested deeper than 100 (one that holds itself?)",
      [ [[OPTIONS=9 STATE=99]] ] = "rl.run: tables are nested too deep (one that holds itself?)",
    } do
      local script = deep
      for name, depth in depths:gmatch("(%u+)=(%d+)") do script = script:gsub(name, depth) end
      local status, out, errors = child.run(folder, script)
      assert.equal(0, status, errors)
      assert.equal("", errors)
      assert.truthy(out:find("^true"), out)
      assert.truthy(out:find("\nfalse\t[^\n]*" .. refusal:gsub("%p", "%%%0")), out)
    end
  end)

  it("refuses to keep a name that is the beginning of another, so that no checkpoint is lost", function()
    local status, out, errors = child.run(folder, [[
      local rl = require "rl"
      local run = rl.run { objects = { a = rl.rng(1) } }
      print(pcall(run.keep, run, "a.b", rl.rng(2)))
      run:keep("ab", rl.rng(3))
      run:keep("a", nil)
      run:keep("a.b", rl.rng(4))
      run:checkpoint()
      run:finish()]])
    assert.equal(0, status, errors)
    assert.truthy(out:find('run:keep: "a.b" and "a" cannot be kept beside each other', 1, true), out)
    assert.equal("", errors)
  end)

  it("writes a row of numbers for each log, the time last", function()
    local status, _, errors = start([[
      for i = 1, 3 do
        run:log(i, { steps = 1000000000 * i, mean_return = i / 3, terms = { speed = i, upright = 0.5 } },
                { approx_kl = 0 / 0, stopped = i == 3 })
      end
      run:finish()
    ]])
    assert.equal(0, status, errors)
    local rows = lines(only() .. "/progress.csv")
    assert.equal(4, #rows)
    assert.equal("iteration,approx_kl,mean_return,reward/speed,reward/upright,steps,stopped,seconds,steps_per_second",
                 rows[1])
    assert.truthy(rows[2]:find("^1,nan,0%.333333333,1,0%.5,1000000000,0,[%d.]+,[%d.e+]+$"), rows[2])
    assert.truthy(rows[4]:find("^3,nan,1,3,0%.5,3000000000,1,"), rows[4])
  end)

  it("tells once what its search does otherwise, keeps what it does, and ends when no value is finite", function()
    local status, out, errors = child.run(folder, [[
      local rl = require "rl"
      local es = rl.cem { x0 = { 0.005 }, lower = 0, upper = 0.01, popsize = 4 }
      local run = rl.run { name = "narrow", search = es }
      for i in run:iterations(1000) do
        local x = es:ask()
        es:tell(x, { 0 / 0, 0 / 0, math.huge, -math.huge })
        run:log(i, { asked = es.evaluations })
      end
      print(es.evaluations, es:stop()[1])
      run:finish()
    ]], "--quiet")
    assert.equal(0, status, errors)
    assert.truthy(out:find("^200%s+not_finite"), out)
    local told = "rl.run: search: the standard deviation of coordinate 1 is 0.003333, a third of its range [0, 0.01]"
    local first = errors:find(told, 1, true)
    assert.truthy(first, errors)
    assert.is_nil(errors:find(told, first + 1, true))
    assert.truthy(child.read(only() .. "/config.json"):find('"sigma":%s*0.00333'))
  end)

  it("keeps earlier rows when a column appears later", function()
    local status, _, errors = start([[
      run:log(1, { b = 1 })
      run:log(2, { b = 2, a = 0.1 })
      run:log(3, { c = 3 })
    ]])
    assert.equal(0, status, errors)
    local rows = lines(only() .. "/progress.csv")
    assert.equal("iteration,a,b,c,seconds", rows[1])
    assert.truthy(rows[2]:find("^1,,1,,[%d.e-]+$"), rows[2])
    assert.truthy(rows[3]:find("^2,0%.1,2,,[%d.e-]+$"), rows[3])
    assert.truthy(rows[4]:find("^3,,,3,[%d.e-]+$"), rows[4])
  end)

  it("keeps the row that its curriculum, a function, has written to", function()
    local status, _, errors = start([[
      local function clear(row) for name in pairs(row) do row[name] = nil end end
      local run = rl.run { name = "other", curriculum = clear }
      for i in run:iterations(2) do run:log(i, { a = 5 }) end
      run:finish()
    ]], "--out out")
    assert.equal(0, status, errors)
    local names = child.list(folder .. "/out")
    table.sort(names)
    local text = child.read(folder .. "/out/" .. names[1] .. "/progress.csv")
    assert.truthy(text:find("^iteration,a,seconds\n1,5,[^\n]+\n2,5,"), text)
  end)

  it("says where its state is no plain data, and goes on", function()
    local status, _, errors = start([[
      run.state.deep = { x = print }
      for i in run:iterations(1) do run:log(i, { a = 5 }) end
      run:finish()
    ]])
    assert.equal(0, status, errors)
    local told = "rl.run: the checkpoint could not be written: the run: plain data expected (numbers, strings, " ..
      "booleans, tables of these), got function at state.deep.x\n"
    assert.truthy(errors:find(told, 1, true), errors)
  end)

  it("refuses to log what is not a number, and anything after it is finished", function()
    local _, out = start([[
      print(pcall(run.log, run, 1, { note = "x" }))
      print(pcall(run.log, run, "1", {}))
      print(pcall(run.log, run, 0 / 0, {}))
      print(pcall(run.log, run, 1, 5))
      print(pcall(function() run:log(1, { a = { b = { c = 1 } } }) end))
      run:finish()
      print(pcall(run.log, run, 1, {}))
    ]])
    assert.truthy(out:find('run:log: "note" is a string; only numbers can be logged', 1, true), out)
    assert.truthy(out:find("run:log: the iteration must be a number, got a string", 1, true), out)
    assert.truthy(out:find("run:log: the iteration must be a number up to 2^53, got %-?nan"), out)
    assert.truthy(out:find('script.lua:%d+: run:log: "a/b" is a table; only numbers can be logged'), out)
    assert.truthy(out:find("run:log: a table of numbers expected, got a number", 1, true), out)
    assert.truthy(out:find("run:log: the run is finished", 1, true), out)
  end)

  describe("shows its progress", function()
    local fast = "for i = 1, 40 do run:log(i, { steps = 100 * i, mean_return = i, mean_length = 12 }) end run:finish()"

    it("in few plain lines where there is no terminal", function()
      local _, out = start(fast, "--iterations 40")
      local first = "^walk 1/40  steps 100  [%d.kM-]+ steps/s  return 1  length 12  left %d+:%d%d\n"
      assert.truthy(out:find(first), out)
      assert.truthy(out:find("\nwalk 40/40  steps 4000  [^\n]*  left 0:00\nsaved runs/walk%-[^\n]*\n$"), out)
      assert.equal(3, select(2, out:gsub("\n", "")))
    end)

    it("in one line on a terminal, cut to its width", function()
      local none = child.execute("script -qec true /dev/null >/dev/null 2>&1") ~= 0
      if none then return pending("no terminal to be had") end
      child.write(folder .. "/script.lua", prelude .. fast)
      local command = ("stty cols 50; %s script.lua --iterations 40"):format(child.rlrun)
      local _, out = child.shell(folder, ("script -qec '%s' /dev/null"):format(command))
      local live, rest = out:match("^(.-)\r?\n(.*)$")
      assert.equal("\rwalk 1/40  steps 100", live:sub(1, 21))
      for text in live:gmatch("\r([^\r]*)\27%[K") do assert.is_true(#text < 50, text) end
      assert.truthy(live:find("\rwalk 40/40", 1, true), live)
      assert.truthy(rest:find("^saved runs/walk"), rest)
    end)

    it("also of iterations without an end, and of parts of them", function()
      local script = [[
        local rl = require "rl"
        for _, n in ipairs { math.huge, 1e308 } do
          local run = rl.run { name = "u", iterations = n }
          run:log(1.5, {})
          run:finish()
        end]]
      local status, out, errors = child.run(folder, script)
      assert.equal(0, status, errors)
      local nothing = "  steps -  - steps/s  return -  left -\n"
      for _, head in ipairs { "u 1.5", "u 1.5/1e+308" } do
        assert.truthy(out:find(head .. nothing, 1, true), out)
      end
    end)

    it("not at all when rlrun is quiet", function()
      local status, out, errors = start(fast, "--quiet")
      assert.equal(0, status)
      assert.equal("", out .. errors)
    end)
  end)

  it("that ends before its first row says nothing of a report", function()
    local status, _, errors = start("error('early')")
    assert.equal(1, status)
    assert.is_nil(errors:find("report", 1, true), errors)
  end)

  it("saves its policy soon, not at every log, and at the end", function()
    local status, out, errors = start("for i = 1, 50 do run:log(i, {}) end run:finish() run:finish()")
    assert.equal(0, status, errors)
    local path, name = only()
    assert.equal("policy 2", child.read(path .. "/policy.safetensors"))
    assert.truthy(out:find("saved runs/" .. name, 1, true), out)
  end)

  it("that is never finished is saved when the script ends", function()
    local status, _, errors = start("run:log(1, {})")
    assert.equal(0, status)
    assert.equal("policy 2", child.read(only() .. "/policy.safetensors"))
    assert.truthy(errors:find("saved runs/walk-", 1, true), errors)
  end)

  it("is saved when the script fails, and rlrun says where", function()
    local status, _, errors = start("run:log(1, {}) run:log(2, {}) error 'oh'")
    assert.equal(1, status)
    local path, name = only()
    assert.equal("policy 2", child.read(path .. "/policy.safetensors"))
    assert.truthy(errors:find("^rlrun: script%.lua:%d+: oh\nstack traceback:"), errors)
    assert.truthy(errors:find(("\nsaved runs/%s (error after iteration 2)\n"):format(name), 1, true), errors)
  end)

  it("says when its policy cannot be saved", function()
    local status, _, errors = start("policy.save = function() return nil, 'disk full' end run:log(1, {}) run:finish()")
    assert.equal(1, status)
    assert.truthy(errors:find("the policy could not be saved: disk full", 1, true), errors)
  end)

  local endless = [[
    local i = 0
    while true do
      i = i + 1
      local until_then = os.clock() + 0.01
      while os.clock() < until_then do end
      run:log(i, { steps = i })
      if i == 3 then io.open("ready", "w"):close() end
    end
  ]]

  it("ends at its next log when asked to stop, saves and says where", function()
    for name, code in pairs { INT = 130, TERM = 143 } do
      child.remove(folder .. "/runs")
      os.remove(folder .. "/ready")
      local status, _, errors = child.signal(folder, prelude .. endless, { name })
      assert.equal(code, status, errors)
      local path, run_name = only()
      assert.truthy(errors:find("once more stops at once\n", 1, true), errors)
      assert.truthy(errors:find("\ninterrupted: saved runs/" .. run_name .. "\n", 1, true), errors)
      assert.truthy(child.read(path .. "/policy.safetensors"))
      local rows = lines(path .. "/progress.csv")
      assert.truthy(rows[#rows]:find("^%d+,%d+,[%d.]+,[%d.e+]+$"), rows[#rows])
    end
  end)

  it("leaves the script alone between two logs when asked to stop", function()
    local status, out, errors = child.signal(folder, prelude .. [[
      io.open("ready", "w"):close()
      while not require("rl.core").stopping() do end
      print "iteration is complete"
      run:log(1, {})
    ]], { "INT" }, "--quiet")
    assert.equal(130, status, errors)
    assert.equal("iteration is complete\n", out)
  end)

  it("stops at its finish, too", function()
    local status, _, errors = child.signal(folder, prelude .. [[
      io.open("ready", "w"):close()
      while not require("rl.core").stopping() do end
      run:finish()
    ]], { "TERM" })
    assert.equal(143, status, errors)
    assert.truthy(errors:find("\ninterrupted: saved runs/walk"), errors)
  end)
end)
