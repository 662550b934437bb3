-- rlrun sweep: grids, draws and searches, what fails, what is stopped, and that an interrupted sweep goes on.
local child = require "spec.child"
local core = require "rl.core"
local sweep = require "rl.sweep"

-- A run without an environment: its return is best at lr = 0.01 and grows with the seed; it counts how often it is run.
local SCRIPT = [[
local rl = require "rl"
local opt = rl.options { lr = 1, rows = 4, kind = "a", crash = 0, wait = 0 }
local count = assert(io.open("count", "a"))
count:write(("%g %s %d\n"):format(opt.lr, opt.kind, opt.seed))
count:close()
if opt.crash == opt.seed then error("this one is broken") end
local run = rl.run { name = "curve", options = opt }
for i = 1, opt.rows do
  run:log(i, { steps = 10 * i, mean_return = -math.abs(math.log(opt.lr / 0.01)) + opt.seed / 100 + i / 1000 })
  while opt.wait > 0 and io.open("go_on") == nil do
    io.open("ready" .. opt.seed, "w"):close()
    os.execute("sleep 0.05")
    run:log(i, {})
  end
end
run:finish()
]]

describe("a sweep", function()
  local folder
  before_each(function()
    folder = child.folder()
    child.write(folder .. "/script.lua", SCRIPT)
  end)
  after_each(function() child.remove(folder) end)

  local function rlrun(arguments) return child.shell(folder, ("'%s' %s"):format(child.rlrun, arguments)) end

  local function lines(path)
    local list = {}
    for line in (child.read(folder .. "/" .. path) or ""):gmatch("[^\n]+") do list[#list + 1] = line end
    return list
  end

  local function only() return "sweeps/" .. child.list(folder .. "/sweeps")[1] end

  it("runs each combination with each seed once, and sets them side by side", function()
    local status, out, errors = rlrun("sweep script.lua --set lr=0.1,0.01 --set kind=a,b --seeds 1..3 --jobs 2")
    assert.are.equal(0, status, errors .. out)
    local runs = lines("count")
    table.sort(runs)
    assert.are.same({ "0.01 a 1", "0.01 a 2", "0.01 a 3", "0.01 b 1", "0.01 b 2", "0.01 b 3", "0.1 a 1", "0.1 a 2",
                      "0.1 a 3", "0.1 b 1", "0.1 b 2", "0.1 b 3" }, runs)
    assert.is_truthy(out:find("\nlr=0.01 kind=a +3 +0.024 +0.014 %.%. 0.034 +0.024 +0.01 +40 "), out)
    assert.is_truthy(out:find("12 runs done, 0 stopped, 0 failed; sweeps/script", 1, true), out)
    local rows = lines(only() .. "/sweep.csv")
    assert.are.equal(13, #rows)
    assert.are.equal("setting,seed,state,metric,figure,iterations,seconds,folder", rows[1])
    assert.is_truthy(rows[2]:find("^lr=0.1 kind=a,1,done,mean_return,%-2.288%d+,4,[%d.]+,sweeps/"), rows[2])
    local page = child.read(folder .. "/" .. only() .. "/report.html")
    assert.is_truthy(page:find("lr=0.01 kind=b", 1, true))
    assert.is_falsy(page:find("http[s]?://[^w]")) -- nothing is loaded: the name space of SVG alone
  end)

  it("says what is wrong with it before anything is run", function()
    for arguments, message in pairs {
      ["--set lr=1,heavy"] = 'option "lr" must be a number, got "heavy"',
      ["--set lr=1,"] = 'option "lr" must be a number, got ""',
      ["--set lrr=1"] = 'unknown option "lrr"; did you mean "lr"?',
      ["--set lr"] = '--set takes NAME=VALUE,VALUE,..., not "lr"',
      ["--set lr=1 --set lr=2"] = 'option "lr" is set twice',
      ["--set seed=1,2"] = "seeds are given by --seeds",
      ["--set lr=1:2"] = 'option "lr": the range 1:2 needs --random N or --search N',
      ["--set lr=2:1 --random 3"] = 'option "lr": the range 2:1 is empty',
      ["--set lr=0:1:log --random 3"] = 'option "lr": a range with :log begins above 0',
      ["--set lr=1:2:lg --random 3"] = 'option "lr": a range is LOW:HIGH',
      ["--set rows=1:2.5:int --random 3"] = "from a whole number to another",
      ["--random 3"] = "--random and --search need a --set to draw from",
      ["--random 3 --search 9"] = "two ways: take one",
      ["--random x"] = '--random takes a number, not "x"',
      ["--jobs 0"] = "--jobs takes a whole number from 1 to 1024, not 0",
      ["--seeds 3..1"] = "the last is before the first",
      ["--seeds 1,1"] = "1 is there twice",
      ["--seeds a"] = '--seeds takes 1..5 or 1,2,7, not "a"',
      ["--stop mean"] = '--stop knows "median", not "mean"',
      ["--search 2 --set lr=1:2"] = "--search takes a whole number from 4",
      ["--sed 1"] = 'unknown option "sed"; did you mean "set"?',
      ["more.lua"] = 'one script expected, got "more.lua" too',
    } do
      local status, out, errors = rlrun("sweep script.lua " .. arguments)
      assert.are.equal(2, status, arguments .. ": " .. errors .. out)
      assert.is_truthy(errors:find("rlrun sweep: " .. message, 1, true) or errors:find(message, 1, true), errors)
    end
    for arguments, message in pairs {
      ["sweep"] = "a script is missing", ["sweep nowhere.lua"] = "cannot open nowhere.lua",
      ["sweep --resume ."] = ". is no sweep: it has no sweep.json",
    } do
      local status, _, errors = rlrun(arguments)
      assert.are.equal(2, status)
      assert.is_truthy(errors:find("rlrun sweep: " .. message, 1, true), errors)
    end
    assert.is_nil(child.read(folder .. "/count"))
    assert.is_nil(child.read(folder .. "/sweeps"))
  end)

  it("tells of runs that fail, goes on, and exits with 1", function()
    local status, out, errors = rlrun("sweep script.lua --set lr=0.1,0.01 --set crash=2 --seeds 1..3 --jobs 2")
    assert.are.equal(1, status)
    assert.is_truthy(out:find("failed: lr=0.1 seed 2 with status 1: rlrun: script.lua:6: this one is broken", 1,
      true), out)
    assert.is_truthy(errors:find("4 runs done, 0 stopped, 2 failed", 1, true), errors)
    assert.is_truthy(out:find("\nlr=0.01     2 ", 1, true), out)
    local rows = table.concat(lines(only() .. "/sweep.csv"), "\n")
    assert.is_truthy(rows:find("\nlr=0.1,2,failed,mean_return,,0,,sweeps/", 1, true), rows)
  end)

  it("takes no part of a value for a shell", function()
    local status, out, errors = rlrun([[sweep script.lua --set 'kind=$(touch evil),`touch evil`,;touch evil']])
    assert.are.equal(0, status, errors .. out)
    assert.is_nil(child.read(folder .. "/evil"))
    local kinds = lines("count")
    table.sort(kinds)
    assert.are.same({ "1 $(touch evil) 1", "1 ;touch evil 1", "1 `touch evil` 1" }, kinds)
  end)

  it("draws settings from ranges, the same each time", function()
    local arguments = "sweep script.lua --set lr=0.0001:1:log --set kind=a,b --set rows=2:4:int --random 6 --jobs 2"
    local status, out, errors = rlrun(arguments)
    assert.are.equal(0, status, errors .. out)
    assert.are.equal(0, (rlrun(arguments)))
    local seen, count = {}, 0
    for _, line in ipairs(lines("count")) do seen[line] = (seen[line] or 0) + 1 end
    for line, times in pairs(seen) do
      local lr = tonumber(line:match("^%S+"))
      assert.is_true(lr >= 1e-4 and lr <= 1)
      assert.are.equal(2, times)
      count = count + 1
    end
    assert.are.equal(6, count)
  end)

  it("searches by CMA-ES: the best is near the optimum", function()
    local status, out, errors = rlrun("sweep script.lua --set lr=0.000001:1:log --search 32 --jobs 2 --set kind=a")
    assert.are.equal(0, status, errors .. out)
    local lr = tonumber(out:match("\nlr=(%S+) "))
    assert.is_true(math.abs(math.log(lr / 0.01)) < 0.7, out) -- of a range of 13.8
  end)

  it("ends runs without hope by the median rule", function()
    local good, bad, middle = { 1, 2, 3, 4 }, { 0.5, 0.5 }, { 2, 2, 2, 2 }
    assert.is_true(sweep.hopeless(bad, { good, good, middle }))
    assert.is_false(sweep.hopeless(bad, { good, good })) -- too few to say
    assert.is_false(sweep.hopeless(good, { good, good, middle }))
    assert.is_false(sweep.hopeless({ 0 / 0 }, { good, good, middle }))
    assert.is_false(sweep.hopeless({ 0.5 }, { { 1, 1, 1, 1, 1 }, { 1, 1, 1, 1, 1 }, { 1, 1, 1, 1, 1 } })) -- too early
    assert.is_true(sweep.hopeless(good, { bad, bad, { 0, 0 } }, true)) -- less is better
    -- Of six runs that each take four seconds where nothing stops them, the last three are worse and begin later.
    child.write(folder .. "/slow.lua", [[
      local rl = require "rl"
      local opt = rl.options { level = 1 }
      local run = rl.run { options = opt }
      for i = 1, opt.level > 0 and 8 or 400 do
        run:log(i, { mean_return = opt.level + i / 1000 })
        if opt.level <= 0 then os.execute("sleep 0.1") end
      end]])
    local status, out, errors = rlrun("sweep slow.lua --set level=3,2,1,0 --stop median --jobs 1")
    assert.are.equal(0, status, errors .. out)
    assert.is_truthy(out:find("3 runs done, 1 stopped, 0 failed", 1, true), out)
    local rows = table.concat(lines(only() .. "/sweep.csv"), "\n")
    assert.is_truthy(rows:find("\nlevel=0,1,stopped,mean_return,0.0", 1, true), rows)
  end)

  it("hands a signal on, and goes on where it was", function()
    child.write(folder .. "/wait.sh", ([[
      '%s' sweep script.lua --set lr=0.1,0.01 --seeds 1,2 --set wait=1 --jobs 2 & pid=$!
      %s
      kill -INT $pid; wait $pid]]):format(child.rlrun, child.wait_for("[ -e ready1 ] && [ -e ready2 ]")))
    local status, out, errors = child.shell(folder, "sh wait.sh")
    assert.are.equal(130, status, errors .. out)
    local path = errors:match("interrupted: 0 of 4 runs have ended; go on with: rlrun sweep %-%-resume (%S+)\n")
    assert.are.equal(only(), path, errors)
    assert.are.equal(2, #lines("count"))
    child.write(folder .. "/go_on", "")
    status, out, errors = rlrun("sweep --resume " .. path)
    assert.are.equal(0, status, errors .. out)
    assert.is_truthy(out:find("4 runs done, 0 stopped, 0 failed", 1, true), out)
    local count = #lines("count")
    assert.are.equal(4, #core.list_directory(folder .. "/" .. path) - 3) -- and sweep.json, sweep.csv, report.html
    -- What has ended is not run again.
    status, out, errors = rlrun("sweep --resume " .. path)
    assert.are.equal(0, status, errors)
    assert.are.equal(count, #lines("count"))
    assert.is_truthy(out:find("4 runs done", 1, true), out)
    status, out, errors = rlrun("sweep --seeds 1..9 --resume " .. path)
    assert.are.equal(2, status)
    assert.is_truthy(errors:find("--seeds belongs to the sweep", 1, true), errors .. out)
  end)

  it("has an interrupted run go on from its checkpoint", function()
    child.write(folder .. "/loop.lua", [[
      local rl = require "rl"
      local opt = rl.options { level = 1 }
      local run = rl.run { name = "loop", options = opt, iterations = 6, state = { sum = 0 } }
      for i in run:iterations() do
        run.state.sum = run.state.sum + i
        run:log(i, { mean_return = run.state.sum })
        if i == 3 and not io.open("go_on") then
          io.open("ready", "w"):close()
          while not run:stopping() do end
        end
      end
      run:finish()]])
    child.write(folder .. "/wait.sh", ([[
      '%s' sweep loop.lua --jobs 1 & pid=$!
      %s
      kill -TERM $pid; wait $pid]]):format(child.rlrun, child.wait_for("[ -e ready ]")))
    local status, out, errors = child.shell(folder, "sh wait.sh")
    assert.are.equal(143, status, errors .. out)
    local run = require("rl.runs").find(folder .. "/" .. only() .. "/0001-1")[1]:sub(#folder + 2)
    assert.are.equal("3,6,", lines(run .. "/progress.csv")[4]:sub(1, 4))
    child.write(folder .. "/go_on", "")
    status, out, errors = rlrun("sweep --resume " .. only())
    assert.are.equal(0, status, errors .. out)
    local rows = lines(run .. "/progress.csv")
    assert.are.equal(7, #rows)
    assert.are.equal("6,21,", rows[7]:sub(1, 5))
  end)

  it("says so when the script makes no run, or takes no options", function()
    child.write(folder .. "/nothing.lua", "require('rl').options {}")
    local status, out, errors = rlrun("sweep nothing.lua")
    assert.are.equal(1, status, out)
    assert.is_truthy(out:find("seed 1 made no run (rl.run): there is nothing to compare", 1, true), out .. errors)
    child.write(folder .. "/plain.lua", "local run = require('rl').run {} run:log(1, { mean_return = 2 })")
    assert.are.equal(0, (rlrun("sweep plain.lua --seeds 1..2")))
    status, out, errors = rlrun("sweep plain.lua --set lr=1")
    assert.are.equal(2, status)
    assert.is_truthy(errors:find('unknown option "lr"', 1, true), errors .. out)
    child.write(folder .. "/broken.lua", "error 'oh'")
    status, out, errors = rlrun("sweep broken.lua")
    assert.are.equal(2, status)
    assert.is_truthy(errors:find("broken.lua:1: oh", 1, true), errors .. out)
  end)

  it("has help, as report and eval", function()
    for _, command in ipairs { "sweep", "report", "eval" } do
      local status, out = rlrun(command .. " --help")
      assert.are.equal(0, status)
      assert.is_truthy(out:find("^usage: rlrun " .. command), out)
    end
  end)
end)
