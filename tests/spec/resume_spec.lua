-- Runs that are ended and go on.
local child = require "spec.child"

local root = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources")

describe("a run that was ended", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  -- Trains on a pendulum; `inside` is run in the loop, after the log.
  local function training(inside, settings)
    return ([[
      local rl = require "rl"
      local opt = rl.options { iterations = 12 }
      local env = rl.env("pendulum", { n = 4 })
      local policy, value = rl.policy(env, { hidden = { 8 } }), rl.value(env, { hidden = { 8 } })
      local method = rl.a2c { env = env, policy = policy, value = value }
      local run = rl.run { name = "k", options = opt, method = method, iterations = opt.iterations, checkpoint = 0, %s }
      for i in run:iterations() do
        local batch = method:collect(16)
        run:log(i, batch.stats, method:update(batch))
        %s
      end
      print("behind the loop", run:stopping())
      run:finish()
    ]]):format(settings or "", inside or "")
  end

  local function only(out)
    local names = child.list(folder .. "/" .. (out or "runs"))
    assert.equal(1, #names)
    return folder .. "/" .. (out or "runs") .. "/" .. names[1], names[1]
  end

  local function resume(arguments)
    local path = only()
    return child.shell(folder, ("'%s' --quiet --resume '%s' %s"):format(child.rlrun, path, arguments or ""))
  end

  -- progress.csv but for its columns of time.
  local function rows(path)
    local text = assert(child.read(path .. "/progress.csv"))
    local n = 0
    for name in text:match("^[^\n]*"):gmatch("[^,]+") do
      if name == "seconds" then break end
      n = n + 1
    end
    return (text:gsub("[^\n]+", function(line) return line:match("^" .. ("[^,]*,"):rep(n)) end))
  end

  local function whole(script)
    local status, _, errors = child.run(folder, script, "--quiet --out whole")
    assert.equal(0, status, errors)
    return (only("whole"))
  end

  local function same(path, other)
    assert.equal(child.read(path .. "/policy.safetensors"), child.read(other .. "/policy.safetensors"))
    assert.equal(rows(path), rows(other))
  end

  -- An exit that nothing of the run sees, in this iteration, once.
  local function kill(iteration)
    local mark = folder .. "/killed"
    return ("if i == %d and not io.open('%s') then io.open('%s', 'w'):close() os.exit(9) end"):format(iteration or 7,
      mark, mark)
  end

  it("goes on to the same bytes, on another number of threads", function()
    local reference = whole(training())
    assert.equal(9, (child.run(folder, training(kill()), "--quiet --threads 1")))
    child.write(folder .. "/script.lua", training(kill()))
    local status, out, errors = resume("--threads 2")
    assert.equal(0, status, errors)
    assert.equal("behind the loop\tfalse\n", out)
    same(reference, only())
  end)

  it("ends its loop at a signal, runs what is behind it, and says how it goes on", function()
    local script = training('if i == 5 then io.open("ready", "w"):close() end while i == 5 and ' ..
                              'not require("rl.core").stopping(true) do end')
    for name, code in pairs { INT = 130, TERM = 143, HUP = 129 } do
      child.remove(folder .. "/runs")
      os.remove(folder .. "/ready")
      local status, out, errors = child.signal(folder, script, { name }, "--quiet")
      assert.equal(code, status, errors)
      assert.equal(("behind the loop\t%d\n"):format(code - 128), out)
      local _, run_name = only()
      local told = ("interrupted: saved runs/%s\nrlrun --resume runs/%s goes on behind iteration 5\n"):format(run_name,
        run_name)
      assert.truthy(errors:find(told, 1, true), errors)
    end
    local status, out = resume()
    assert.equal(0, status)
    assert.equal("behind the loop\tfalse\n", out)
    same(whole(training()), only())
  end)

  it("goes on while a thread has its method, tells once that it has no checkpoint, and has one in the end", function()
    local status, _, errors = child.run(folder, [[
      local rl = require "rl"
      local env = rl.env("pendulum", { n = 4 })
      local method = rl.a2c { env = env, policy = rl.policy(env), value = rl.value(env) }
      local run = rl.run { name = "k", method = method, iterations = 20, checkpoint = 0 }
      local trainer = method:trainer { steps = 8 }
      trainer:start(20)
      for i in run:iterations() do
        local phase, _, batch, update
        repeat phase, _, batch, update = trainer:poll() until phase == "done"
        run:log(i, batch, update)
      end
      trainer:stop()
      run:finish()
    ]], "--quiet")
    assert.equal(0, status, errors)
    local told = "rl.run: the checkpoint could not be written: pendulum is busy: the thread of a trainer has it, " ..
      "and its method, until trainer:stop()"
    assert.equal(told, (errors:gsub("^%s+", ""):gsub("%s+$", "")))
    assert.truthy(child.read(only() .. "/checkpoints/00000020.safetensors"))
  end)

  it("tells what a curriculum has changed, once, and commands play there", function()
    local script = [[
      local rl = require "rl"
      local env = rl.env("hopper", { n = 2, time_limit = 1 })
      local method = rl.a2c { env = env, policy = rl.policy(env, { hidden = { 4 } }), value = rl.value(env) }
      local curriculum = rl.curriculum { env = env, number = "step", stages = {
        { set = { gravity = 3 }, above = 1 }, { set = { gravity = 5 } },
      } }
      local run = rl.run { name = "k", method = method, curriculum = curriculum, iterations = 6, checkpoint = 0 }
      for i in run:iterations() do
        local batch = method:collect(8)
        run:log(i, batch.stats, method:update(batch), { step = i })
        if i == 4 and not os.getenv "ON" then error "an end" end
      end
      run:finish()
    ]]
    assert.equal(1, (child.run(folder, script, "--quiet")))
    local path = only()
    local status, _, errors = child.shell(folder, ("ON=1 '%s' --quiet --resume '%s'"):format(child.rlrun, path))
    assert.equal(0, status, errors)
    local record = require("rl.core").parse_json(child.read(path .. "/config.json"))
    assert.equal(1, #record.resumed)
    local notes = { { iteration = 2, text = "stage 2" }, { iteration = 2, text = "env: gravity 5, was 3" } }
    assert.same(notes, record.notes)
    assert.equal(3, record.environment.options.gravity)
    assert.same({ gravity = 5 }, record.changed)
    local report = child.read(path .. "/report.html")
    assert.truthy(report:find("<td>2</td><td>env: gravity 5, was 3</td>", 1, true))
    local function eval(arguments)
      local _, out, told = child.shell(folder, ("'%s' eval '%s' --episodes 2 %s"):format(child.rlrun, path, arguments))
      return out, told
    end
    local out, told = eval("")
    assert.equal("the environment is that of the run's end: gravity 5, 3 at first\n", told)
    assert.equal(out, (eval("--set gravity=5")))
    local first, nothing = eval("--set gravity=3")
    assert.not_equal(out, first)
    assert.equal("", nothing) -- the change is undone
    local text = child.read(path .. "/config.json")
    child.write(path .. "/config.json", (text:gsub('("changed":%s*{%s*"gravity":%s*)5', "%1{}")))
    assert.equal(first, (eval(""))) -- what is no number changes no number
  end)

  it("has nothing left to do when it was finished", function()
    local reference = whole(training())
    local before = child.read(reference .. "/policy.safetensors")
    local status, out, errors = child.shell(folder, ("'%s' --quiet --resume '%s/'"):format(child.rlrun, reference))
    assert.equal(0, status, errors)
    assert.equal("behind the loop\tfalse\n", out)
    assert.equal(before, child.read(reference .. "/policy.safetensors"))
  end)

  it("goes on from the checkpoint before one that is damaged, and says so", function()
    local reference = whole(training())
    child.run(folder, training(kill()), "--quiet")
    local path = only()
    local names = child.list(path .. "/checkpoints")
    table.sort(names)
    assert.same({ "00000004.safetensors", "00000005.safetensors", "00000006.safetensors" }, names)
    local text = child.read(path .. "/checkpoints/00000006.safetensors")
    child.write(path .. "/checkpoints/00000006.safetensors", text:sub(1, #text - 8) .. "damaged!")
    local status, _, errors = resume()
    assert.equal(0, status, errors)
    assert.truthy(errors:find("the checkpoint of iteration 6 is damaged: ", 1, true), errors)
    same(reference, path)
  end)

  it("does not begin anew over what it cannot read, but with --force", function()
    local reference = whole(training())
    child.run(folder, training(kill()), "--quiet")
    local path = only()
    local learnt = child.read(path .. "/policy.safetensors")
    for _, name in ipairs(child.list(path .. "/checkpoints")) do
      child.write(path .. "/checkpoints/" .. name, "damaged")
    end
    local status, _, errors = resume()
    assert.equal(1, status)
    assert.truthy(errors:find("can be read; --force begins anew", 1, true), errors)
    assert.equal(learnt, child.read(path .. "/policy.safetensors"))
    status, _, errors = resume("--force")
    assert.equal(0, status, errors)
    assert.truthy(errors:find("has no checkpoint: it begins anew", 1, true), errors)
    same(reference, path)
  end)

  it("says what is otherwise than it was, and goes on only with --force", function()
    child.run(folder, training(kill()), "--quiet")
    child.write(folder .. "/script.lua", "-- another line\n" .. training(kill()))
    local status, _, errors = resume("--set iterations=15")
    assert.equal(2, status)
    for _, text in ipairs { "script.lua: another text from line 1 on", "iterations: 12, now 15",
                            "options.iterations: 12, now 15", "--force goes on all the same" } do
      assert.truthy(errors:find(text, 1, true), errors)
    end
    status, _, errors = resume("--set iterations=15 --force")
    assert.equal(0, status, errors)
    assert.truthy(errors:find("it goes on all the same (--force)", 1, true), errors)
    assert.truthy(rows(only()):find("\n15,", 1, true))
    assert.equal(0, (resume())) -- as it was started last
  end)

  it("takes what is set as it is resumed over the arguments that it was started with, from then on", function()
    child.run(folder, training(), "--quiet --iterations 4")
    local status, _, errors = resume("--set iterations=6 --force")
    assert.equal(0, status, errors)
    assert.truthy(rows(only()):find("\n6,[^\n]*\n*$"))
    status, _, errors = resume("")
    assert.equal(0, status, errors)
    assert.falsy(errors:find("otherwise", 1, true), errors)
    status, _, errors = resume("--set iterations=7 --force")
    assert.equal(0, status, errors)
    assert.truthy(rows(only()):find("\n7,[^\n]*\n*$"))
  end)

  it("of another version, or with a checkpoint of another run, is refused", function()
    child.run(folder, training(kill()), "--quiet")
    local path = only()
    local config = child.read(path .. "/config.json")
    child.write(path .. "/config.json", (config:gsub('"version":%s*"[^"]*"', '"version": "0.0.9"')))
    local status, _, errors = resume()
    assert.equal(2, status)
    assert.truthy(errors:find("version: 0.0.9, now " .. require("rl.core").version, 1, true), errors)
    child.write(path .. "/config.json", config)
    assert.equal(0, (child.run(folder, "local a = require('rl.core').archive() " ..
      "a:put_text('run', 'other') assert(a:write('other.safetensors'))", "--quiet")))
    child.write(folder .. "/script.lua", training(kill()))
    os.execute(("cp '%s/other.safetensors' '%s/checkpoints/00000006.safetensors'"):format(folder, path))
    status, _, errors = resume()
    assert.equal(1, status)
    assert.truthy(errors:find("its checkpoint is of no run", 1, true), errors)
  end)

  it("of other copies or networks is refused", function()
    child.run(folder, training(kill()), "--quiet")
    child.write(folder .. "/script.lua", (training(kill()):gsub("n = 4", "n = 8")))
    local status, _, errors = resume()
    assert.equal(2, status)
    assert.truthy(errors:find("environment.copies: 4, now 8", 1, true), errors)
    child.write(folder .. "/script.lua", (training(kill()):gsub("{ 8 }", "{ 9 }")))
    status, _, errors = resume()
    assert.equal(2, status)
    assert.truthy(errors:find("policy.layers", 1, true), errors)
  end)

  it("is told from what is none", function()
    child.write(folder .. "/config.json", "{")
    for arguments, message in pairs {
      ["nowhere"] = "nowhere is not the folder of a run",
      ["."] = "./config.json is damaged",
      ["'' "] = "--resume takes the folder of a run",
      [". script.lua"] = "--resume runs the script of the run",
    } do
      local status, _, errors = child.shell(folder, ("'%s' --resume %s"):format(child.rlrun, arguments))
      assert.equal(2, status)
      assert.truthy(errors:find(message, 1, true), errors)
    end
    child.write(folder .. "/config.json", "{}")
    local _, _, errors = child.shell(folder, ("'%s' --resume ."):format(child.rlrun))
    assert.truthy(errors:find("cannot be resumed: its config.json does not say how it was started", 1, true), errors)
  end)

  it("goes on beside one whose config.json somebody has made something else of", function()
    child.run(folder, training(kill()), "--quiet")
    local path = only()
    for i, text in ipairs { '{"command": 5}', '{"command": {"session": [], "run": {}, "task": true}}', "[null, 1]",
                            ("["):rep(150) .. ("]"):rep(150) } do
      child.shell(folder, "mkdir runs/other" .. i)
      child.write(("%s/runs/other%d/config.json"):format(folder, i), text)
    end
    local config = child.read(path .. "/config.json")
    for _, command in ipairs { '"set_later": 5, ', '"set": [7], ', '"arguments": [null, "x"], ', '"task": {}, ' } do
      child.write(path .. "/config.json", (config:gsub('("command":%s*{)', "%1 " .. command)))
      local status, _, errors = child.shell(folder, ("'%s' --quiet --resume '%s'"):format(child.rlrun, path))
      assert.equal(0, status, command .. errors)
    end
  end)

  it("is named to who names the folder of runs, to all commands", function()
    child.run(folder, training(), "--quiet")
    local path = "runs/" .. child.list(folder .. "/runs")[1]
    for _, command in ipairs { "--resume", "eval", "gait", "motion", "render", "watch" } do
      local status, _, errors = child.shell(folder, ("'%s' %s runs/"):format(child.rlrun, command))
      if not errors:find("rlrun watch: this build has no SDL 2", 1, true) then
        assert.equal(2, status, errors)
        assert.truthy(errors:find("; the newest run in it is " .. path .. "\n", 1, true), command .. ": " .. errors)
      end
    end
  end)

  it("is found with its script from another folder, or says that the script is not there", function()
    child.run(folder, training(kill()), "--quiet")
    local command = ("cd / && '%s' --quiet --resume '%s'"):format(child.rlrun, (only()))
    assert.equal(0, (child.shell(folder, command)))
    os.remove(folder .. "/script.lua")
    local status, _, errors = child.shell(folder, command)
    assert.equal(2, status)
    assert.truthy(errors:find("script.lua is not there; its text is in", 1, true), errors)
  end)

  it("is not resumed while it still goes on", function()
    local script = training([[
      io.open("ready", "w"):close()
      while i == 3 and not io.open("refused") do os.execute("sleep 0.05") end]])
    child.write(folder .. "/script.lua", script)
    local _, _, errors = child.shell(folder, ([[
      '%s' --quiet script.lua & pid=$!
      %s
      '%s' --quiet --resume runs/*
      : >refused
      wait $pid]]):format(child.rlrun, child.wait_for("[ -e ready ]"), child.rlrun))
    assert.truthy(errors:find("rl.run: another process writes to runs/k-", 1, true), errors)
  end)

  it("restores the script's own table and objects to the bit", function()
    local inside = [[
      run.state.list[i] = { 1 / 3 * i, -1 / math.huge, "a\0\n\255", i % 2 == 0, 2 ^ 60 + i }
      mine.n = mine.n + i
      run:note("iteration " .. i)
    ]] .. kill()
    local script = training(inside, "state = { list = {} }, objects = { mine = mine }"):gsub(
      "local run =", [[
      local mine = { n = 0 }
      function mine:state() return { n = self.n } end
      function mine:restore(data) self.n = data.n end
      local run =]])
    script = script:gsub("print%(.-%)\n", [[
      for i, row in ipairs(run.state.list) do
        assert(row[1] == 1 / 3 * i and row[2] == 0 and 1 / row[2] == -math.huge and row[3] == "a\0\n\255")
        assert(row[4] == (i %% 2 == 0) and row[5] == 2 ^ 60 + i)
      end
      print(#run.state.list, mine.n)
    ]])
    assert.equal(9, (child.run(folder, script, "--quiet")))
    local status, out, errors = resume()
    assert.equal(0, status, errors)
    assert.equal("12\t78\n", out)
    local config = child.read(only() .. "/config.json")
    assert.equal(12, select(2, config:gsub('"text":%s*"iteration %d+"', "")))
  end)

  it("goes on in a program that is not rlrun, by the setting resume", function()
    local reference = whole(training())
    local script = training(kill(), "resume = arg[1]"):gsub("%f[%w]opt = [^\n]*", "opt = { iterations = 12 }")
    assert.equal(9, (child.run(folder, script, "--quiet")))
    local status, out, errors = child.run(folder, script, "--quiet '" .. only() .. "'")
    assert.equal(0, status, errors)
    assert.equal("behind the loop\tfalse\n", out)
    same(reference, (only()))
  end)

  it("goes on in the copy that was asked for", function()
    assert.equal(9, (child.run(folder, training(kill()), "--quiet")))
    local path = only()
    os.execute(("cp -r '%s' '%s/runs/a' && cp -r '%s' '%s/runs/z'"):format(path, folder, path, folder))
    for name, changed in pairs { a = true, z = true } do
      local before = child.read(path .. "/progress.csv")
      local status, _, errors = child.shell(folder, ("'%s' --quiet --resume runs/%s"):format(child.rlrun, name))
      assert.equal(0, status, errors)
      assert.equal(before, child.read(path .. "/progress.csv"))
      assert.equal(changed, child.read(folder .. "/runs/" .. name .. "/progress.csv") ~= before)
    end
  end)

  it("begins anew where there was no checkpoint yet", function()
    local reference = whole(training())
    local script = training(kill(1))
    assert.equal(9, (child.run(folder, script, "--quiet --checkpoint 1000")))
    assert.equal(0, (resume()))
    same(reference, only())
  end)

  it("in a loop over seeds goes on; those before it stay, those behind it begin", function()
    local function seeds(inside)
      return ([[
        local rl = require "rl"
        for seed = 1, 3 do
          local env = rl.env("cartpole", { n = 4, seed = seed })
          local policy = rl.policy(env, { seed = seed })
          local method = rl.a2c { env = env, policy = policy, value = rl.value(env, { seed = seed }), seed = seed }
          local run = rl.run { name = "seeds", method = method, iterations = 5, checkpoint = 0 }
          for i in run:iterations() do
            local batch = method:collect(8)
            run:log(i, batch.stats, method:update(batch))
            if seed == 2 then %s end
          end
          print(seed, env:evaluate(policy, { episodes = 2 }).mean_return)
          run:finish()
        end
      ]]):format(inside)
    end
    local _, reference = child.run(folder, seeds(""), "--quiet --out whole")
    assert.equal(9, (child.run(folder, seeds(kill(3)), "--quiet")))
    assert.equal(2, #child.list(folder .. "/runs"))
    local first = child.list(folder .. "/runs")[1]
    local status, out, errors = child.shell(folder,
      ("'%s' --quiet --resume 'runs/%s'"):format(child.rlrun, first))
    assert.equal(0, status, errors)
    assert.equal(reference, out)
    local names, others = child.list(folder .. "/runs"), child.list(folder .. "/whole")
    assert.equal(3, #names)
    for i = 1, 3 do same(folder .. "/whole/" .. others[i], folder .. "/runs/" .. names[i]) end
  end)

  it("must have a loop that knows where it stands", function()
    local script = training(kill())
    assert.equal(9, (child.run(folder, script, "--quiet")))
    child.write(folder .. "/script.lua", (script:gsub("for i in run:iterations%(%) do", "for i = 1, 12 do")))
    local status, _, errors = resume("--force")
    assert.equal(1, status)
    assert.truthy(errors:find("a run is resumed by its loop: for i in run:iterations(n) do", 1, true), errors)
  end)

  it("by a kill at a random moment is resumed to the same bytes, and leaves nothing over", function()
    local status, out, errors = child.shell(folder,
      ("RLRUN='%s' '%s/scripts/bench/kill_resume.sh' 2 ppo grpo a2c_lua ars motors"):format(child.rlrun, root))
    assert.equal(0, status, out .. errors)
    assert.truthy(out:find("10 of 10 kills resumed to the same bytes", 1, true), out)
  end)
end)
