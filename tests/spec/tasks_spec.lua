-- rl.tasks and rlrun --task: one list of seeds and settings, done in shares by processes that share nothing.
local child = require "spec.child"
local core = require "rl.core"
local rl = require "rl"

describe("a list of tasks", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local list = [[
    local rl = require "rl"
    local opt = rl.options { noise = "constant", length = 3 }
    for task in rl.tasks({ noise = { "none", "constant" }, seed = { 11, 12, 13 } }, opt) do
      print(task.noise, task.seed, task.length)
    end
  ]]
  local function lines_of(text)
    local lines = {}
    for line in text:gmatch("[^\n]+") do lines[#lines + 1] = line end
    return lines
  end

  it("is done whole without --task, the seed changing fastest, with the options beside the lists", function()
    local status, out = child.run(folder, list, "--length 4")
    assert.equal(0, status)
    assert.are.same({ "constant\t11\t4", "constant\t12\t4", "constant\t13\t4", "none\t11\t4", "none\t12\t4",
                      "none\t13\t4" }, (function()
      local lines = lines_of(out)
      table.sort(lines)
      return lines
    end)())
    assert.equal("none\t11\t4", lines_of(out)[1])
    assert.equal("none\t12\t4", lines_of(out)[2])
  end)

  it("has each task in one share, whatever the number of shares; those without one end well and say so", function()
    local _, whole = child.run(folder, list)
    for _, count in ipairs { 1, 2, 4, 6, 8 } do
      local all, order = lines_of(whole), {}
      for i, line in ipairs(all) do order[line] = i end
      local seen = {}
      for number = 1, count do
        local status, out, errors = child.run(folder, list, ("--task %d/%d"):format(number, count))
        assert.equal(0, status, errors)
        local expected = ("rl.tasks: nothing to do for %d/%d: there are 6 tasks\n"):format(number, count)
        assert.equal(number > 6 and expected or "", errors)
        for _, line in ipairs(lines_of(out)) do
          assert.is_nil(seen[line])
          seen[line] = true
          assert.equal((number - 1) % count, (order[line] - 1) % count) -- dealt in turn
        end
      end
      for _, line in ipairs(all) do assert.is_true(seen[line]) end
    end
  end)

  it("takes what the command line gives in the place of its list", function()
    local _, out = child.run(folder, list, "--set noise=none --seed 7")
    assert.equal("none\t7\t3\n", out)
    _, out = child.run(folder, list, "--noise none --task 2/3")
    assert.equal("none\t12\t3\n", out)
    local narrow = list:gsub("constant\", length", "other\", length")
    _, out = child.run(folder, narrow, "--seed 0")
    assert.equal("none\t0\t3\nconstant\t0\t3\n", out)
  end)

  it("has an option that is false where the command line says so", function()
    local _, out = child.run(folder, [[
      local rl = require "rl"
      local opt = rl.options { fast = true }
      for task in rl.tasks({ fast = { true, false } }, opt) do io.write(tostring(task.fast), " ") end
    ]], "--set fast=false")
    assert.equal("false ", out)
  end)

  it("must be lists of something", function()
    for _, case in ipairs {
      { nil, "a table of lists expected, got a nil" },
      { {}, "at least one list expected, as in { seed = { 1, 2, 3 } }" },
      { { 1, 2 }, "the name of a list must be a string, got 1" },
      { { seed = 3 }, "seed must be a list with at least one value, got number" },
      { { seed = {} }, "seed must be a list with at least one value, got none" },
    } do
      local ok, message = pcall(rl.tasks, case[1])
      assert.is_false(ok)
      assert.equal("rl.tasks: " .. case[2], (message:gsub("^.-: rl.tasks", "rl.tasks")))
    end
    local ok, message = pcall(rl.tasks, { seed = { 1 } }, 4)
    assert.is_false(ok)
    assert.truthy(message:find("rl.tasks: a table of options expected, got a number", 1, true), message)
  end)

  it("is missing where every share would do the same: a run is refused, else it is told", function()
    local status, _, errors = child.run(folder, [[
      local rl = require "rl"
      local run = rl.run { name = "x" }
      for i in run:iterations(1) do run:log(i, { a = 1 }) end
    ]], "--task 1/2")
    assert.equal(2, status)
    assert.truthy(errors:find("--task: the script has no list of tasks (rl.tasks)", 1, true), errors)
    assert.are.same({ "script.lua" }, child.list(folder))
    status, _, errors = child.run(folder, "print 'x'", "--task 1/2")
    assert.equal(0, status)
    assert.equal("rlrun: --task had no effect: the script has no list of tasks (rl.tasks)\n", errors)
  end)

  -- Two settings with two seeds each; the second process dies in its second task.
  local function study(death)
    return ([[
      local rl = require "rl"
      local opt = rl.options { sigma = 1, die = false }
      for task in rl.tasks({ sigma = { 0.5, 2 }, seed = { 101, 205 } }, opt) do
        local es = rl.cmaes { x0 = { 3, 4, 5 }, sigma = task.sigma, seed = task.seed, minimize = true }
        local run = rl.run { name = "s", options = task, search = es, iterations = 9, checkpoint = 0 }
        for i in run:iterations() do
          local x = es:ask()
          es:tell(x, (x * x):sum(2))
          run:log(i, { best = es.best_return })
          if i == 5 and task.seed == 205 and task.sigma == 2 and not io.open("died") then %s end
        end
        run:finish()
      end
    ]]):format(death or "")
  end
  local DIE = "io.open('died', 'w'):close() os.exit(9)"

  local function table_of(folders)
    local status, out = child.shell(folder, ("'%s' report --metric best --minimize --out page.html %s"):format(
      child.rlrun, folders))
    assert.equal(0, status)
    return (out:gsub(" +[%d.e-]+\n", "\n"):gsub(" +seconds", "")) -- but for those
  end

  it("in shares leaves folders that a report merges to the table of one process", function()
    assert.equal(0, (child.run(folder, study(), "--quiet --out whole")))
    for number = 1, 3 do
      assert.equal(0, (child.run(folder, study(), ("--quiet --out m%d --task %d/3"):format(number % 2, number))))
    end
    assert.equal(4, #child.list(folder .. "/m0") + #child.list(folder .. "/m1"))
    assert.equal(table_of("whole"), table_of("m0 m1"))
    assert.truthy(table_of("m0 m1"):find("sigma=0.5 +2 "))
  end)

  it("goes on where a share was ended, by its run or by its number, and in no other share", function()
    assert.equal(0, (child.run(folder, study(), "--quiet --out whole")))
    assert.equal(0, (child.run(folder, study(DIE), "--quiet --out out --task 1/2")))
    assert.equal(9, (child.run(folder, study(DIE), "--quiet --out out --task 2/2")))
    local function resume(arguments)
      return child.shell(folder, ("'%s' --quiet --resume %s"):format(child.rlrun, arguments))
    end
    local status, _, errors = resume("out --task 1/3")
    assert.equal(2, status)
    assert.equal("rlrun: out has no run of task 1/3: name the script too, and it begins\n", errors)
    local first = "out/" .. child.list(folder .. "/out")[1]
    status, _, errors = resume(first .. " --task 2/2")
    assert.equal(2, status)
    assert.equal(("rlrun: %s was started with --task 1/2\n"):format(first), errors)
    status, _, errors = resume("out --task 2/2")
    assert.equal(0, status, errors)
    assert.equal(4, #child.list(folder .. "/out"))
    assert.equal(table_of("whole"), table_of("out"))
    status, _, errors = resume(first) -- its share is told by its config.json
    assert.equal(0, status, errors)
    assert.equal(4, #child.list(folder .. "/out"))
    status, _, errors = resume("whole/" .. child.list(folder .. "/whole")[1] .. " --task 1/2")
    assert.equal(2, status)
    assert.truthy(errors:find("was started without --task", 1, true), errors)
  end)

  it("goes on or begins beside a run of its share that does not say how it was started", function()
    assert(core.make_directory(folder .. "/out"))
    assert(core.make_directory(folder .. "/out/spoiled"))
    child.write(folder .. "/out/spoiled/config.json",
      '{"time": "9999", "command": {"task": {"number": 1, "count": 2}}}')
    child.write(folder .. "/script.lua", study())
    local function begin(arguments)
      return child.shell(folder, ("'%s' --quiet --out out --task 1/2 --resume out %s"):format(child.rlrun, arguments))
    end
    local status, _, errors = begin ""
    assert.equal(2, status)
    assert.equal("rlrun: out has no run of task 1/2: name the script too, and it begins\n", errors)
    for _ = 1, 2 do -- the second time it goes on, with nothing left to do
      status, _, errors = begin "script.lua"
      assert.equal(0, status, errors)
      assert.equal(3, #child.list(folder .. "/out"))
    end
  end)

  it("is shared out by the job of README.md, which goes on with its share when it is begun again", function()
    local text = assert(child.read(os.getenv("RL_ROOT") .. "/README.md"))
    local function block(pattern)
      local lines = {}
      for line in (text:match("\n(    " .. pattern .. ".-\n)\n%S")):gmatch("([^\n]*)\n") do
        lines[#lines + 1] = line:sub(5)
      end
      return table.concat(lines, "\n") .. "\n"
    end
    child.write(folder .. "/many.lua", 'local rl = require "rl"\n' .. block("local opt = rl.options { lr"))
    child.write(folder .. "/job.sh", block("#!/bin/sh"))
    child.write(folder .. "/rlrun", ("#!/bin/sh\nexec '%s' --quiet \"$@\"\n"):format(child.rlrun))
    local function submit(id, more)
      local status, _, errors = child.shell(folder, ("chmod +x rlrun; PATH=$PWD:$PATH SLURM_ARRAY_TASK_ID=%d " ..
        "SLURM_ARRAY_TASK_COUNT=2 SLURM_CPUS_PER_TASK=1 %s sh job.sh"):format(id, more or ""))
      assert.equal(0, status, errors)
      return #child.list(folder .. "/many")
    end
    assert.equal(3, submit(1, "SLURM_RESTART_COUNT=1")) -- it was ended before it had a run
    assert.equal(6, submit(2))
    assert.equal(6, submit(2, "SLURM_RESTART_COUNT=1")) -- it was done
  end)
end)
