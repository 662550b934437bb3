local child = require "spec.child"

describe("rlrun", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local function run(script, arguments) return child.run(folder, script, arguments) end

  describe("the command line", function()
    local show = [[
      local launch = require("rl.core").launch()
      io.write(table.concat({ ... }, "|"), " ", arg[0], " ", #arg, " ", launch.seed, " ", launch.out, " ",
               tostring(launch.quiet), " ", tostring(launch.set.a), " ", tostring(launch.set.b))
    ]]

    it("passes what stands after the script to it, in arg and as its arguments", function()
      local status, out = run(show, "one --two 'three four' -5")
      assert.equal(0, status)
      assert.equal("one|--two|three four|-5 script.lua 4 1 runs false nil nil", out)
    end)

    it("understands its own options before and after the script, with a space or an equals sign", function()
      local status, out = run(show, "--seed 7 --set a=1 SCRIPT x --out=there --set=b=c=d y --quiet")
      assert.equal(0, status)
      assert.equal("x|y script.lua 2 7 there true 1 c=d", out)
    end)

    it("is one rank of one without --mpi, which wants a script and its text as it is", function()
      local _, out = run("local r = require('rl').ranks() print(r.rank, r.count, r.bytes, r.waited)", "")
      assert.equal("0\t1\t0\t0", (out:gsub("%.0", ""):gsub("%s+$", "")))
      local status, _, told = run("print 'never'", "--mpi --live")
      assert.equal(2, status)
      assert.is_truthy(told:find("--mpi and --live do not go together", 1, true), told)
      status, _, told = child.shell(folder, child.rlrun .. " --mpi report")
      assert.equal(2, status)
      assert.is_truthy(told:find("--mpi goes with a script", 1, true), told)
    end)

    it("leaves everything after -- to the script", function()
      local _, out = run(show, "x -- --seed 7 --help --")
      assert.equal("x|--seed|7|--help|-- script.lua 5 1 runs false nil nil", out)
    end)

    it("refuses wrong usage with a message, a short usage and exit status 2", function()
      for arguments, message in pairs {
        ["--sed 3 SCRIPT"] = 'unknown option "--sed"',
        ["-x SCRIPT"] = 'unknown option "-x"',
        ["SCRIPT --seed"] = 'a value is missing after "--seed"',
        ["--seed 1.5 SCRIPT"] = '--seed takes a whole number from 0 to 2^53, not "1.5"',
        ["--seed= SCRIPT"] = '--seed takes a whole number from 0 to 2^53, not ""',
        ["--seed 99999999999999999999 SCRIPT"] = "--seed takes a whole number",
        ["SCRIPT --seed -1"] = "--seed takes a whole number",
        ["SCRIPT --threads 0"] = "--threads takes a whole number from 1 to 1024",
        ["SCRIPT --set gravity"] = '--set takes NAME=VALUE, not "gravity"',
        ["SCRIPT --set =3"] = "--set takes NAME=VALUE",
        ["SCRIPT --out ''"] = "--out takes a folder",
        ["--task 0/3 SCRIPT"] = '--task takes I/N with I from 1 to N, not "0/3"',
        ["--task 4/3 SCRIPT"] = '--task takes I/N with I from 1 to N, not "4/3"',
        ["SCRIPT --task=two"] = '--task takes I/N, as in 3/16, not "two"',
        ["--task 2 SCRIPT"] = '--task takes I/N, as in 3/16, not "2"',
        ["--task 1/0 SCRIPT"] = '--task takes I/N, as in 3/16, not "1/0"',
        ["--task /3 SCRIPT"] = '--task takes I/N, as in 3/16, not "/3"',
        ["--task 1/3x SCRIPT"] = '--task takes I/N, as in 3/16, not "1/3x"',
        ["--task -1/3 SCRIPT"] = '--task takes I/N, as in 3/16, not "-1/3"',
        ["--task 1.5/3 SCRIPT"] = '--task takes I/N, as in 3/16, not "1.5/3"',
      } do
        local status, out, errors = run("print 'ran'", arguments)
        assert.equal(2, status, arguments)
        assert.equal("", out)
        assert.truthy(errors:find("rlrun: " .. message, 1, true), errors)
        assert.truthy(errors:find("usage: rlrun [options] script.lua", 1, true), errors)
      end
    end)

    it("says that the script is missing, or cannot be opened, with exit status 2", function()
      local status, _, errors = child.shell(folder, child.rlrun)
      assert.equal(2, status)
      assert.truthy(errors:find("rlrun: a script is missing", 1, true))
      status, _, errors = child.shell(folder, child.rlrun .. " nowhere.lua")
      assert.equal(2, status)
      assert.equal("rlrun: cannot open nowhere.lua: No such file or directory\n", errors)
    end)

    it("prints help and version on standard output", function()
      local status, out = child.shell(folder, child.rlrun .. " --help")
      assert.equal(0, status)
      for _, option in ipairs { "seed", "threads", "out", "set", "quiet", "help", "version" } do
        assert.truthy(out:find("--" .. option, 1, true), option)
      end
      status, out = child.shell(folder, child.rlrun .. " --version")
      assert.equal(0, status)
      assert.truthy(out:find("^rlrun %d+%.%d+%.%d+ [^\n]*\n$"), out)
    end)

    it("says which kernels run, after the version", function()
      local _, version = child.shell(folder, child.rlrun .. " --version")
      local status, out = child.shell(folder, "RL_KERNELS=plain " .. child.rlrun .. " --version --verbose")
      assert.equal(0, status)
      assert.equal(version, out:sub(1, #version))
      assert.truthy(out:find("\nkernels: plain, the best here is %w+ %(RL_KERNELS lowers it%)\nOpenBLAS: %w+\n"), out)
      status = child.shell(folder, child.rlrun .. " --verbose nowhere.lua")
      assert.equal(2, status)
    end)

    it("warns where OpenBLAS has taken kernels of a far older processor, and names the remedy", function()
      local best = select(2, child.shell(folder, child.rlrun .. " --version --verbose")):match("best here is (%w+)")
      if best == "plain" then return end -- no kernels that would be far older
      child.write(folder .. "/empty.lua", "")
      local old, known = "OPENBLAS_CORETYPE=Prescott ", "OPENBLAS_CORETYPE=Haswell "
      local remedy = "OPENBLAS_CORETYPE=" .. (best == "avx2" and "Haswell" or "SkylakeX")
      local _, _, errors = child.shell(folder, old .. child.rlrun .. " empty.lua")
      assert.truthy(errors:find(remedy, 1, true), errors)
      _, _, errors = child.shell(folder, known .. child.rlrun .. " empty.lua")
      assert.equal("", errors)
      local _, out = child.shell(folder, old .. child.rlrun .. " --version --verbose")
      assert.truthy(out:find(remedy, 1, true), out)
    end)
  end)

  describe("a script", function()
    it("that does not parse gives its file and line and exit status 1", function()
      local status, _, errors = run("local x = 1\nx = = 2\n")
      assert.equal(1, status)
      assert.truthy(errors:find("^rlrun: script%.lua:2: "), errors)
    end)

    it("that raises gives file, line, message and traceback and exit status 1", function()
      local status, out, errors = run("io.write 'before'\nlocal function f() error('oh') end\nf()\n")
      assert.equal(1, status)
      assert.equal("before", out)
      assert.truthy(errors:find("^rlrun: script%.lua:2: oh\nstack traceback:\n"), errors)
      assert.truthy(errors:find("script.lua:3: in main chunk", 1, true), errors)
    end)

    it("may raise anything", function()
      local status, _, errors = run("error({})")
      assert.equal(1, status)
      assert.truthy(errors:find("rlrun: (error object is a table value)", 1, true), errors)
      status, _, errors = run("error(setmetatable({}, { __tostring = function() return 'told' end }))")
      assert.equal(1, status)
      assert.truthy(errors:find("rlrun: told", 1, true), errors)
      assert.equal(1, (run("error()")))
    end)

    it("decides about the exit status with os.exit", function()
      assert.equal(7, (run("os.exit(7)")))
      if _VERSION ~= "Lua 5.1" or rawget(_G, "jit") then -- 5.1 takes numbers only
        assert.equal(0, (run("os.exit(true)")))
      end
    end)

    it("draws the same random numbers for the same seed", function()
      local script = "io.write(math.random(1e9), ' ', math.random(1e9))"
      local _, one = run(script)
      local _, again = run(script, "--seed 1")
      local _, other = run(script, "--seed 2")
      assert.equal(one, again)
      assert.not_equal(one, other)
    end)

    it("gives its seed to all that has none of its own", function()
      local script = [[
        local rl = require "rl"
        local env = rl.env("cartpole", { n = 2 })
        local policy, value = rl.policy(env), rl.value(env)
        local function put(name, x) print(name, table.concat(x:reshape(x:size()):totable(), " ")) end
        local function settings(name, more)
          local parts = { env = env, policy = policy, value = name ~= "grpo" and value or nil,
                          group = name == "grpo" and 2 or nil, demonstration_coef = name == "dapg" and 0 or nil }
          if name == "coma" then parts.value = rl.value(env, { hidden = { 4 }, action = true, central = true }) end
          for key, x in pairs(more or {}) do parts[key] = x end
          return parts
        end
        put("env", env:reset())
        put("policy", policy.theta)
        put("value", value.theta)
        put("evaluate", env:evaluate(policy, rl.ones(2, #policy.theta)))
        put("lua_env", rl.lua_env { observation = 1, action = { "discrete", 2 }, step = function() return { 0 }, 0 end,
                                    reset = function(_, rng) return { rng:normal(1):item() } end }:reset())
        for _, name in ipairs(rl.searches) do print(name, rl[name]({ x0 = { 1 } }):options().seed) end
        put("ask", rl.cem({ x0 = { 1 } }):ask())
        local swing = rl.env("pendulum", { n = 2 })
        for _, name in ipairs(rl.methods) do
          local parts = settings(name)
          local of_policy = rl.describe(name).policy
          if of_policy.squash or name == "awac" then
            parts = { env = swing, policy = rl.policy(swing, of_policy) }
            parts.value = rl.value(swing, { action = true })
          end
          print(name, rl[name](parts):options().seed)
        end
        print("rollout", rl.rollout(settings("rollout")):options().seed)
        print("tetris", (rl.tetris {}:play(rl.ones(8), { games = 2, max_pieces = 20 })):item())]]
      local function lines(options)
        local status, out, errors = run(script, options)
        assert.equal(0, status, errors)
        local list = {}
        for name, text in out:gmatch("([^\t\n]+)\t([^\n]*)") do list[#list + 1] = { name, text } end
        return list
      end
      local one, again, other = lines("--seed 1"), lines(), lines("--seed 2")
      assert.is_true(#one > 20)
      assert.are.same(one, again)
      for i, line in ipairs(one) do
        if line[1] ~= "tetris" then assert.are_not.equal(line[2], other[i][2], line[1]) end
      end
    end)

    it("finds the module, and Lua files in its own folder from anywhere", function()
      assert(require("rl.core").make_directory(folder .. "/sub"))
      child.write(folder .. "/sub/helper.lua", "return 'helped'")
      child.write(folder .. "/sub/main.lua", "io.write(type(require 'rl'), ' ', (require 'helper'))")
      local status, out, errors = child.shell(folder, child.rlrun .. " sub/main.lua")
      assert.equal("table helped", out, errors)
      assert.equal(0, status)
    end)

    it("runs on as many threads as --threads says", function()
      local _, out = run("io.write(require('rl.core').threads())", "--threads 3")
      assert.equal("3", out)
    end)
  end)

  describe("options", function()
    local script = [[
      local opt = require("rl").options { gravity = 1.62, iterations = 150, load = "", render = false }
      io.write(opt.gravity, " ", opt.iterations, " ", opt.load, " ", tostring(opt.render), " ", opt.seed)
    ]]

    it("are the script's defaults, and the seed of rlrun", function()
      local status, out, errors = run(script)
      assert.equal("1.62 150  false 1", out, errors)
      assert.equal(0, status)
    end)

    it("are overridden by --set and by the script's own arguments, with the type of the default", function()
      local _, out, errors = run(script, "--set gravity=-9.5 --load=a=b --render --iterations 3 --seed 5")
      assert.equal("-9.5 3 a=b true 5", out, errors)
      _, out = run(script, "--render false --set load=12 --set render=true")
      assert.equal("1.62 150 12 false 1", out)
    end)

    it("keep a seed that the script has unless --seed is given", function()
      local seeded = "io.write(require('rl').options { seed = 9 }.seed)"
      assert.equal("9", (select(2, run(seeded))))
      assert.equal("4", (select(2, run(seeded, "--seed 4"))))
    end)

    it("of a wrong name or type end the script with what is known and exit status 2", function()
      for arguments, message in pairs {
        ["--set gravty=1"] = 'unknown option "gravty"; did you mean "gravity"? known: gravity, iterations, load',
        ["--zzz 1"] = 'unknown option "zzz"; known: gravity',
        ["--gravity heavy"] = 'option "gravity" must be a number, got "heavy"',
        ["--gravity nan"] = 'option "gravity" must be a number, got "nan"',
        ["--set gravity=1e999"] = 'option "gravity" must be a number',
        ["--set render=maybe"] = 'option "render" must be true or false, got "maybe"',
        ["--gravity"] = "a value is missing after --gravity",
        ["gravity=3"] = 'unexpected argument "gravity=3"',
      } do
        local status, out, errors = run(script, arguments)
        assert.equal(2, status, errors)
        assert.equal("", out)
        assert.truthy(errors:find("rlrun: script.lua: " .. message, 1, true), errors)
        assert.falsy(errors:find("traceback"))
      end
    end)

    it("are listed, and the script not run, when --options asks for them", function()
      local status, out, errors = run(script .. " print 'ran'", "--options --set iterations=3 --seed 7")
      assert.equal(0, status, errors)
      assert.equal("gravity\tnumber\t1.62\niterations\tnumber\t3\nload\tstring\t\nrender\tboolean\tfalse\n" ..
                   "seed\tnumber\t7\n", out)
      assert.equal("", errors)
      status, out, errors = run("local run = require('rl').run {} print 'ran'", "--options")
      assert.equal(0, status)
      assert.equal("", out .. errors)
    end)

    it("cannot have a default of another type", function()
      local status, _, errors = run("require('rl').options { hidden = {} }")
      assert.equal(1, status)
      assert.truthy(errors:find('the default of "hidden" must be a number, a string or a boolean, got', 1, true))
    end)

    it("that nobody reads are mentioned", function()
      local status, _, errors = run("", "--set gravity=1")
      assert.equal(0, status)
      assert.truthy(errors:find("--set had no effect", 1, true), errors)
    end)
  end)

  describe("a stream", function()
    it("that was closed before does not become a file of the run", function()
      child.write(folder .. "/train.lua", [[
        local rl = require "rl"
        local env = rl.env("cartpole")
        local run = rl.run{ name = "walk", env = env, policy = rl.policy(env, { hidden = { 4 } }) }
        for i = 1, 3 do
          print "PRINTED"
          io.stdout:flush()
          io.stderr:write "PRINTED"
          run:log(i, {})
        end
        run:finish()
      ]])
      for _, closed in ipairs { ">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-" } do
        local status, found = child.shell(folder, ("rm -rf runs; ( '%s' train.lua %s ) >/dev/null 2>&1 || exit 3; " ..
          "grep -rl PRINTED runs; cat runs/*/progress.csv | wc -l"):format(child.rlrun, closed))
        assert.equal(0, status)
        assert.truthy(found:find("^runs/[^/]+/script.lua\n%s*4\n$"), closed .. ": " .. found)
      end
    end)
  end)

  describe("a signal", function()
    local wait = "io.open('ready', 'w'):close() "
    -- The thread sanitizer hands a signal over at the next system call: its loops make one.
    local pause = os.getenv("RL_SANITIZE") == "thread" and "io.open('') " or ""
    local forever = "while true do " .. pause .. "end "

    it("interrupts a script without runs where it stands", function()
      local status, _, errors = child.signal(folder, wait .. forever, { "INT" })
      assert.equal(130, status)
      assert.truthy(errors:find("interrupted\n", 1, true), errors)
      assert.equal(143, (child.signal(folder, wait .. forever, { "TERM" })))
    end)

    it("that comes a second time ends the process whatever the script does", function()
      local status = child.signal(folder, wait .. "while true do pcall(function() " .. forever .. "end) end",
                                  { "TERM", "TERM" })
      assert.equal(143, status)
    end)
  end)
end)
