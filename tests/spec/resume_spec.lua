-- Runs that are ended and go on, and what they leave when the world is against them.
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

describe("a run with a search", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  -- Ends in the fifth iteration as Ctrl-C ends it.
  local function interrupted(loop, settings)
    return ([[
      local rl = require "rl"
      local env = rl.env("cartpole")
      local policy = rl.policy(env, { hidden = {} })
      local es = rl.cmaes { x0 = policy.theta, sigma = 0.3 }
      local run = rl.run { name = "es", env = env, policy = policy, %s }
      for i %s do
        local x = es:ask()
        local returns, stats = env:evaluate(policy, x)
        es:tell(x, returns)
        run:log(i, { mean_return = returns:mean(), steps = stats.steps })
        if i == 5 then
          io.open("ready", "w"):close()
          while not require("rl.core").stopping(true) do end
        end
      end
      run:finish()
    ]]):format(settings, loop)
  end

  for name, script in pairs {
    ["in a loop of its own"] = interrupted("= 1, 1000", "method = es, iterations = 1000"),
    ["in the run's loop"] = interrupted("in run:iterations(1000)", "search = es"),
  } do
    it("leaves what it found when it is interrupted " .. name, function()
      local status, _, errors = child.signal(folder, script, { "INT" }, "--quiet")
      assert.equal(130, status, errors)
      local _, out, more = child.run(folder, [[
        local rl = require "rl"
        local env = rl.env("cartpole")
        local policy = rl.policy(env, { hidden = {} })
        local saved = assert(rl.load_policy(arg[1] .. "/policy.safetensors", env))
        local es = rl.cmaes { x0 = policy.theta, sigma = 0.3 }
        assert(es:load(arg[1] .. "/search.safetensors"))
        print(saved.theta:equal(policy.theta), saved.theta:equal(es.mean), es.iterations)
      ]], "runs/*")
      assert.truthy(out:find("^false\ttrue\t[56]\n"), out .. more)
    end)
  end

  it("keeps the policy that the script has put into place", function()
    local script = interrupted("in run:iterations(3)", "search = es"):gsub("run:finish%(%)",
      "policy.theta:fill_(7) run:finish()")
    local status, _, errors = child.run(folder, script, "--quiet")
    assert.equal(0, status, errors)
    local _, out = child.run(folder, [[
      print(require("rl").load_policy(arg[1] .. "/policy.safetensors").theta[1])
    ]], "runs/*")
    assert.equal("7.0\n", (out:gsub("^7\n", "7.0\n")))
  end)

  it("over a description leaves its best design and itself when it is interrupted", function()
    local status, _, errors = child.signal(folder, [[
      local rl = require "rl"
      local es = rl.cmaes { space = rl.space { size = rl.param(1, 0.5, 0, 3) }, seed = 1 }
      local run = rl.run { name = "design", search = es }
      for i in run:iterations() do
        local x = es:ask()
        es:tell(x, rl.map(function(k) return -(k[1] - 2) ^ 2 end, x))
        run:log(i, { best_return = es.best_return })
        if i == 3 then
          io.open("ready", "w"):close()
          while not require("rl.core").stopping(true) do end
        end
      end
      run:finish()
    ]], { "INT" }, "--quiet")
    assert.equal(130, status, errors)
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    local size = assert(require("rl").load_design(path .. "/design.lua")).size
    assert.is_true(math.abs(size - 2) < 0.5, size)
    assert.truthy(child.read(path .. "/search.safetensors"))
  end)

  it("over a description leaves its best design, unless the script has left another", function()
    local script = [[
      local rl = require "rl"
      local space = rl.space { size = rl.param(1, 0.5, 0, 3), legs = { rl.param(2, 1, 0, 5) } }
      local es = rl.cmaes { space = space, seed = 1 }
      local run = rl.run { name = "design", search = es }
      for i in run:iterations(4) do
        local x = es:ask()
        local values = {}
        for k = 1, #x do values[k] = -(x[k]:get(1) - 2) ^ 2 end
        es:tell(x, values)
        run:log(i, { best_return = es.best_return })
      end
      %s
      run:finish()
      local design = assert(rl.load_design(run:path("design.lua")))
      print(design.size, space:decode(es.best).size)
    ]]
    local status, out, errors = child.run(folder, script:format(""), "--quiet")
    assert.equal(0, status, errors)
    local saved, best = out:match("^(%S+)\t(%S+)\n$")
    assert.equal(best, saved)
    local own = select(2, child.run(folder, script:format(
      "rl.save_design(run:path('design.lua'), { size = 42 })"), "--quiet"))
    assert.truthy(own:find("^42\t"), own)
  end)

  it("counts steps as a method does: all so far", function()
    local _, out = child.run(folder, [[
      local rl = require "rl"
      local env = rl.env("pendulum", { limit = 10 })
      local policy = rl.policy(env, { hidden = {} })
      local x = rl.zeros(3, #policy.theta)
      for _ = 1, 2 do
        local _, stats = env:evaluate(policy, x)
        print(stats.steps, stats.new_steps)
      end
      print(select(2, env:evaluate(policy, x)).steps)]])
    assert.equal("30\t30\n60\t30\n90\n", out)
  end)
end)

describe("a run in a hard world", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local function training(inside)
    return ([[
      local rl = require "rl"
      local env = rl.env("pendulum", { n = 4 })
      local method = rl.a2c { env = env, policy = rl.policy(env, { hidden = { 8 } }),
                               value = rl.value(env, { hidden = { 8 } }) }
      local run = rl.run { name = "k", method = method, checkpoint = 0 }
      for i in run:iterations(9) do
        local batch = method:collect(8)
        run:log(i, batch.stats, method:update(batch))
        %s
      end
      run:finish()
    ]]):format(inside)
  end

  it("makes its folder again when somebody has removed it", function()
    local status, _, errors = child.run(folder, training("if i == 4 then os.execute('rm -r runs') end"), "--quiet")
    assert.equal(0, status, errors)
    assert.truthy(errors:find("was removed; it has been made again", 1, true), errors)
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    for _, name in ipairs { "config.json", "script.lua", "policy.safetensors", "checkpoints/00000009.safetensors" } do
      assert.truthy(child.read(path .. "/" .. name), name)
    end
    local rows = select(2, child.read(path .. "/progress.csv"):gsub("\n", ""))
    assert.equal(10, rows)
    local names = table.concat(child.list(path), " ")
    assert.truthy(names:find("events.out.tfevents", 1, true), names) -- of the rest
  end)

  it("is not told that its folder was removed when no more files can be opened", function()
    child.write(folder .. "/script.lua", training([[
      if i == 4 then
        held = {}
        repeat held[#held + 1] = io.open("/dev/null") until not io.open("/dev/null")
      elseif i == 6 then
        for _, file in ipairs(held) do file:close() end
      end
    ]]))
    local status, _, errors = child.shell(folder, ("ulimit -n 64; '%s' --quiet script.lua"):format(child.rlrun))
    assert.equal(0, status, errors)
    assert.truthy(errors:find("Too many open files", 1, true), errors)
    assert.falsy(errors:find("was removed", 1, true), errors)
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    assert.equal(10, select(2, child.read(path .. "/progress.csv"):gsub("\n", "")))
    assert.truthy(child.read(path .. "/checkpoints/00000009.safetensors"))
  end)

  it("goes on when nobody reads what it prints", function()
    child.write(folder .. "/script.lua", training("print(i) io.stdout:flush()"))
    local status, _, errors = child.shell(folder, ("( '%s' script.lua; echo $? >status ) | head -1"):format(
      child.rlrun)) -- a shell waits for all of a pipe
    assert.equal(0, status, errors)
    assert.equal("0\n", child.read(folder .. "/status"), errors)
  end)

  it("goes on while the disk is full, and is whole when there is room again", function()
    local disk = folder .. "/disk"
    os.execute("mkdir " .. disk)
    if child.execute(("mount -t tmpfs -o size=256k tmpfs '%s' 2>/dev/null"):format(disk)) ~= 0 then
      return pending("only root can make a small disk")
    end
    local status, _, errors = child.run(folder, training([[
      if i == 3 then
        local f = io.open("disk/fill", "wb")
        f:setvbuf("no")
        for _ = 1, 300 do f:write(("x"):rep(1000)) end
        f:close()
      end
      if i == 6 then os.remove("disk/fill") end
    ]]), "--quiet --out disk")
    local names = child.list(disk)
    local path = disk .. "/" .. names[#names]
    local rows = select(2, (child.read(path .. "/progress.csv") or ""):gsub("\n", ""))
    local last = child.read(path .. "/checkpoints/00000009.safetensors")
    os.execute(("umount '%s'"):format(disk))
    assert.equal(0, status, errors)
    assert.truthy(errors:find("No space left on device", 1, true), errors)
    assert.equal(10, rows)
    assert.truthy(last)
  end)

  it("goes on where files may not be as large as its own", function()
    -- Checkpoints have six times 4 kB of parameters, other files much less. A block has 512 bytes or 1024, as the shell
    -- wants, so files may have 8 or 16 kB.
    child.write(folder .. "/script.lua", (training(""):gsub("{ 8 }", "{ 28, 28 }")))
    local status, _, errors = child.shell(folder, ("ulimit -f 16; '%s' --quiet script.lua"):format(child.rlrun))
    assert.equal(0, status, errors)
    assert.truthy(errors:find("checkpoints/00000000.safetensors: File too large", 1, true), errors)
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    assert.equal(10, select(2, child.read(path .. "/progress.csv"):gsub("\n", "")))
  end)

  it("has no replay where the disk is full, and says so", function()
    local status, out, errors = child.run(folder, training([[if i == 3 then
        os.execute("mkdir '" .. run:path("replay.html") .. "'")
        print(run:replay { title = "x", dt = 0.1, n_bodies = 1, frames = { { 0, 0, 0 } }, series = {},
          shapes = { { kind = "circle", body = 1, x = 0, y = 0, radius = 1 } } })
      end]]), "--quiet")
    assert.equal(0, status, errors)
    assert.truthy(out:find("^nil\tcannot write runs/"), out)
    assert.truthy(errors:find("rl.run: no replay.html: cannot write runs/", 1, true), errors)
  end)

  it("leaves its last good state when the script fails, and says where", function()
    local status, _, errors = child.run(folder, training("if i == 6 then error 'oh' end"), "--quiet")
    assert.equal(1, status)
    assert.truthy(errors:find("%(error after iteration 6%)\nrlrun %-%-resume runs/k%-%S+ goes on behind iteration 5\n"),
      errors)
  end)

  it("keeps the rows of a progress.csv that cannot be read when it goes on", function()
    assert.equal(1, (child.run(folder, training("if i == 6 then error 'oh' end"), "--quiet")))
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1] .. "/progress.csv"
    assert(os.rename(path, path .. ".old"))
    os.execute(("ln -s progress.csv '%s'"):format(path)) -- to itself
    local again = ("'%s' --quiet --resume runs/*"):format(child.rlrun)
    local status, _, errors = child.shell(folder, again)
    assert.equal(1, status)
    assert.truthy(errors:find("rl.run: cannot read runs/", 1, true), errors)
    assert(os.rename(path .. ".old", path))
    child.write(folder .. "/script.lua", training(""))
    child.write(folder .. "/runs/" .. child.list(folder .. "/runs")[1] .. "/script.lua", training(""))
    status, _, errors = child.shell(folder, again)
    assert.equal(0, status, errors)
    assert.equal(10, select(2, child.read(path):gsub("\n", "")))
  end)

  it("keeps them where they cannot be written, and says why", function()
    assert.equal(1, (child.run(folder, training("if i == 6 then error 'oh' end"), "--quiet")))
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1] .. "/progress.csv"
    local rows_before = child.read(path)
    local command = ("(ulimit -f 0; exec '%s' --quiet --resume runs/*) 2>&1 | cat"):format(child.rlrun)
    local _, out = child.shell(folder, command)
    assert.truthy(out:find("^rl.run: cannot write the progress: cannot write runs/[^\n]+: File too large\n"), out)
    assert.falsy(out:find("traceback", 1, true), out)
    assert.equal(rows_before, child.read(path))
  end)

  it("goes on beside a report.json and events that somebody has spoiled", function()
    for _, notes in ipairs { "5", '{"collect":"x","update":{},"seconds":[],"best":{"iteration":"x"},"latest":3}' } do
      assert.equal(1, (child.run(folder, training("if i == 6 then error 'oh' end"), "--quiet")))
      local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
      child.write(path .. "/report.json", notes)
      os.execute(("rm '%s'/events.* && mkdir '%s'/events.out.tfevents.1000000000.0001.rl"):format(path, path))
      child.write(folder .. "/script.lua", training(""))
      child.write(path .. "/script.lua", training(""))
      local status, _, errors = child.shell(folder, ("'%s' --quiet --resume runs/*"):format(child.rlrun))
      assert.equal(0, status, errors)
      assert.truthy(errors:find("^rl.run: events of TensorBoard stay as they are: cannot read runs/[^\n]+\n$"), errors)
      assert.truthy(child.read(path .. "/report.html"))
      child.remove(folder .. "/runs")
    end
  end)

  it("sweeps what a killed process left half written", function()
    assert.equal(0, (child.run(folder, training(""), "--quiet")))
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    child.write(path .. "/.rl-99999999-1.tmp", "half")
    child.write(path .. "/checkpoints/.rl-99999999-2.tmp", "half")
    assert.equal(0, (child.shell(folder, ("'%s' --quiet --resume runs/*"):format(child.rlrun))))
    assert.is_nil(child.read(path .. "/.rl-99999999-1.tmp"))
    assert.is_nil(child.read(path .. "/checkpoints/.rl-99999999-2.tmp"))
  end)
end)

describe("the record of a run", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  -- config.json as a table.
  local function config(script, arguments)
    local status, _, errors = child.run(folder, script, arguments)
    assert.equal(0, status, errors)
    local text = child.read(folder .. "/runs/" .. child.list(folder .. "/runs")[1] .. "/config.json")
    return require("rl.core").parse_json(text), text
  end

  it("names the seed of each object, the folder too", function()
    local record = config([[
      local rl = require "rl"
      local env = rl.env("cartpole", { seed = 11 })
      local policy, value = rl.policy(env, { seed = 12 }), rl.value(env, { seed = 13 })
      rl.run { name = "s", method = rl.ppo { env = env, policy = policy, value = value, seed = 14 } }:finish()
    ]], "--quiet")
    assert.same({ 11, 12, 13, 14, 14 }, { record.environment.seed, record.policy.seed, record.value.seed,
                                          record.method.seed, record.seed })
    assert.truthy(child.list(folder .. "/runs")[1]:find("^s%-%d+%-%d+%-14$"))
  end)

  it("has the reward's text, the creature, and what env:set changed", function()
    local record = config([[
      local rl = require "rl"
      local env = rl.env("hopper", {
        reward = function(s)
          return s.vx
        end,
      })
      local run = rl.run { name = "s", env = env }
      env:set { gravity = 3 }
      run:log(1, {})
      env:set { reward = function(s) return -s.vx end, done = function() return false end }
      env:reset()
      env:step(rl.zeros(1, 3))
      run:finish()
    ]], "--quiet --seed 3")
    local reward = record.environment.functions.reward
    assert.equal("        reward = function(s)\n          return s.vx\n        end,", reward.text)
    assert.equal(3, reward.line)
    assert.equal("hopper", record.environment.creature.name)
    assert.truthy(#record.environment.creature.bodies > 2)
    assert.equal("env: gravity 3, was 9.81", record.notes[1].text)
    assert.equal(1, record.notes[1].iteration)
    assert.equal(require("rl.core").kernels(), record.kernels)
    assert.equal("script.lua", record.command.script)
    assert.equal(3, record.command.seed)
  end)

  it("has matrices, searches and all environments", function()
    local record = config([[
      local rl = require "rl"
      local env = rl.env("lqr", { A = { { 1, 0.5 }, { 0, 1 } }, B = { { 0 }, { 1 } } })
      local es = rl.cem { x0 = { 1, 2 }, seed = 9 }
      rl.run { name = "s", env = env, envs = { rl.env("cartpole", { seed = 5 }) }, search = es }:finish()
    ]], "--quiet")
    assert.same({ { 1, 0.5 }, { 0, 1 } }, record.environment.matrices.A)
    assert.equal("cem", record.search.name)
    assert.equal(9, record.search.seed)
    assert.equal(5, record.environments[2].seed)
  end)

  it("keeps the script's text", function()
    local script = "local rl = require 'rl'\nrl.run { name = 's' }:finish() -- \233\n"
    config(script, "--quiet")
    assert.equal(script, child.read(folder .. "/runs/" .. child.list(folder .. "/runs")[1] .. "/script.lua"))
  end)
end)
