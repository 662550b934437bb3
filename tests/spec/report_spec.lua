-- What is read from runs: report.html of one, rlrun report of many, rlrun eval; and the charts in them.
local child = require "spec.child"
local core = require "rl.core"
local plot = require "rl.plot"
local runs = require "rl.runs"

local TRAIN = [[
local rl = require "rl"
local opt = rl.options { gravity = 1.62, iterations = 3, lr = 1e-3, note = "<b>&\"bold\"</b>" }
local env = rl.env("biped", {
  n = 2, gravity = opt.gravity, reward = function(s) return { upright = s.upright, alive = 1 } end,
})
local policy = rl.policy(env, { hidden = { 8 } })
local ppo = rl.ppo { env = env, policy = policy, value = rl.value(env), lr = opt.lr }
local run = rl.run { name = "walk", options = opt, env = env, policy = policy, method = ppo,
                     iterations = opt.iterations }
for i = 1, opt.iterations do
  local batch = ppo:collect(200)
  run:log(i, batch.stats, ppo:update(batch))
end
run:replay(env:record(policy, { seconds = 0.2 }))
run:finish()
]]

local folder
before_each(function() folder = child.folder() end)
after_each(function() child.remove(folder) end)

local function rlrun(arguments) return child.shell(folder, ("'%s' %s"):format(child.rlrun, arguments)) end

local function train(arguments)
  local status, out, errors = child.run(folder, TRAIN, "--quiet " .. (arguments or ""))
  assert.are.equal(0, status, errors .. out)
end

local DEEP = ("["):rep(150) .. ("]"):rep(150) -- more than is read of JSON

local function read(path) return child.read(folder .. "/" .. path) end

-- A run made by hand: columns and rows as in progress.csv.
local function make_run(name, config, text)
  assert(core.make_directory(folder .. "/" .. name))
  child.write(folder .. "/" .. name .. "/config.json", core.json(config))
  child.write(folder .. "/" .. name .. "/progress.csv", text)
end

describe("report.html of a run", function()
  it("shows every column, the options and their defaults, the phases and the replay, and loads nothing", function()
    train("--set gravity=3.7")
    local page = read("runs/" .. child.list(folder .. "/runs")[1] .. "/report.html")
    for _, name in ipairs { "mean_return", "approx_kl", "entropy", "explained_variance", "upright", "alive",
                            "steps_per_second", "Terms of the reward" } do
      assert.is_truthy(page:find(">" .. name .. "[^<]*</"), name)
    end
    assert.is_truthy(page:find('<tr class="other"><td>gravity</td><td>3.7</td><td>1.62</td></tr>', 1, true))
    assert.is_truthy(page:find("<tr><td>iterations</td><td>3</td><td>3</td></tr>", 1, true))
    assert.is_truthy(page:find('<tr class="other"><td>lr</td><td>0.001</td><td>0.0003</td></tr>', 1, true)) -- PPO's
    assert.is_truthy(page:find("<td>collect</td><td>%d+%.%d</td>"))
    assert.is_truthy(page:find("&lt;b&gt;&amp;&quot;bold&quot;&lt;/b&gt;", 1, true)) -- no part of the page
    assert.is_nil(page:find("<b>", 1, true))
    assert.is_truthy(page:find('srcdoc="&lt;!DOCTYPE html&gt;', 1, true))
    assert.is_truthy(page:find("Ended: iteration 3 of 3", 1, true))
    assert.is_nil(page:find('http-equiv="refresh"', 1, true)) -- it has ended
    assert.is_nil(page:gsub("http://www.w3.org/2000/svg", ""):find("http", 1, true))
    for _, attribute in ipairs { ' src="', "@import", "url%(" } do assert.is_nil(page:find(attribute), attribute) end
  end)

  it("is there while the run goes on, with replays that change nothing", function()
    -- The clock of reports is set forward: it would be half a minute.
    local hurry = [[
      local report = require "rl.report"
      local new = report.new
      function report.new(settings)
        local self = new(settings)
        local add = self.add
        function self.add(me, row)
          me.next = 0
          assert(add(me, row))
          local page = assert(io.open(settings.folder .. "/report.html")):read("*a")
          assert(page:find('http-equiv="refresh"', 1, true))
          assert(page:find("Running: iteration " .. row.iteration, 1, true))
          return true
        end
        return self
      end
    ]]
    train("--out plain")
    local status, _, errors = child.run(folder, hurry .. TRAIN, "--quiet --out hurried")
    assert.are.equal(0, status, errors)
    local plain, hurried = "plain/" .. child.list(folder .. "/plain")[1],
      "hurried/" .. child.list(folder .. "/hurried")[1]
    for _, file in ipairs { "policy.safetensors", "replay.html" } do
      assert.are.equal(read(plain .. "/" .. file), read(hurried .. "/" .. file))
    end
    assert.is_nil(read(plain .. "/latest.html"))
    for _, file in ipairs { "latest.html", "best.html" } do
      assert.is_truthy(read(hurried .. "/" .. file):find('"title":"iteration %d"'), file)
    end
    assert.is_truthy(read(hurried .. "/report.html"):find("Best replay: iteration %d, mean_return"))
    assert.is_truthy(read(hurried .. "/gait.html"):find("<h1>gait, iteration %d"))
    assert.is_truthy(read(hurried .. "/report.html"):find('title="Gait"', 1, true))
  end)

  it("calls no function of the script for its replays", function()
    local status, out, errors = child.run(folder, [[
      local rl = require "rl"
      local calls = 0
      local function count() calls = calls + 1 return 1 end
      local env = rl.env("hopper", { n = 1, reward = count, done = function() calls = calls + 1 return false end })
      local policy = rl.policy(env)
      local recording = env:record(policy, { plain = true, seconds = 0.2 })
      assert(calls == 0 and #recording.frames > 2)
      env:record(policy, { seconds = 0.2 })
      assert(calls > 0)]])
    assert.are.equal(0, status, errors .. out)
  end)

  it("that cannot be written ends no training", function()
    local status, _, errors = child.run(folder, [[
      local report = require "rl.report"
      local add = report.add
      function report:add(row) self.next = 0 self.folder = "/nowhere" return add(self, row) end
      local rl = require "rl"
      local run = rl.run {}
      for i = 1, 3 do run:log(i, { a = i }) end
      run:finish()]], "--quiet")
    assert.are.equal(0, status, errors)
    local _, count = errors:gsub("rl.run: no report.html: cannot write /nowhere/", "")
    assert.are.equal(1, count, errors)
  end)
end)

describe("rlrun report", function()
  local function config(seed, lr) return { name = "walk", seed = seed, options = { seed = seed, lr = lr } } end
  local HEAD = "iteration,mean_return,steps,seconds\n"

  local function rows(...)
    local text = { HEAD }
    for i = 1, select("#", ...) do text[i + 1] = ("%d,%g,%d,%g\n"):format(i, select(i, ...), 100 * i, i / 2) end
    return table.concat(text)
  end

  it("groups runs that differ in their seed alone, by the interquartile mean", function()
    for seed, last in ipairs { 1, 2, 30, 4, 5 } do make_run("a" .. seed, config(seed, 0.1), rows(0, last)) end
    for seed, last in ipairs { 6, 7, 8 } do make_run("b/" .. seed, config(seed, 0.01), rows(0, last)) end
    local status, out, errors = rlrun("report . --svg curve.svg")
    assert.are.equal(0, status, errors .. out)
    -- 1 and 30 are left out: (2 + 4 + 5) / 3; its interval as rl.statistics.bootstrap draws it
    local low, high = require("rl.statistics").bootstrap { 1, 2, 30, 4, 5 }
    assert.is_truthy(out:find("\nlr=0.01 +3 +7 +6 %.%. 8 +7 +1 +200 +1\n"), out)
    assert.is_truthy(out:find(("\nlr=0.1 +5 +3.6667 +%.5g %%.%%. %.5g +8.4 +"):format(low, high)), out)
    local page = read("report.html")
    for _, part in ipairs { "lr=0.01", "lr=0.1", "b/1", "<td>6 .. 8</td>" } do
      assert.is_truthy(page:find(part, 1, true), part)
    end
    local svg = read("curve.svg")
    assert.is_truthy(svg:find("^<svg xmlns=") and svg:find("lr=0.01", 1, true) and svg:find("<polygon", 1, true))
    status, out = rlrun("report . --minimize --out other.html")
    assert.are.equal(0, status)
    assert.is_truthy(out:find("\nlr=0.1 .*\nlr=0.01 "), out)
  end)

  it("tells runs apart by the text of a reward, but not by where it was written", function()
    local function made_of(seed, text, line)
      local reward = { text = text, line = line, source = "script" .. line }
      return { name = "walk", seed = seed, options = { lr = 1 }, environment = { functions = { reward = reward } } }
    end
    make_run("a", made_of(1, "return 1", 1), rows(1))
    make_run("b", made_of(2, "return 1", 2), rows(2))
    make_run("c", made_of(3, "return 2 + " .. ("x"):rep(100), 1), rows(3))
    local status, out, errors = rlrun("report a b c")
    assert.are.equal(0, status, errors)
    assert.is_truthy(out:find("\nenvironment.functions.reward.text=return 1 +2 "), out)
    assert.is_truthy(out:find("\nenvironment.functions.reward.text=return 2 %+ x+%.%.%. +1 "), out)
  end)

  it("writes a picture as PNG where Cairo is, and else says that it is not", function()
    make_run("a", config(1, 0.1), rows(0, 1, 2))
    local status, out, errors = rlrun("report a --png curve.png --width 300 --height 200")
    if pcall(require, "rl.cairo") then
      assert.are.equal(0, status, errors .. out)
      local png = read("curve.png")
      assert.are.equal("\137PNG\r\n\26\n", png:sub(1, 8))
      assert.are.equal("\0\0\2\88\0\0\1\144", png:sub(17, 24)) -- 600 by 400
    else
      assert.are.equal(1, status)
      assert.is_truthy(errors:find("this build has no Cairo (Debian: libcairo2-dev", 1, true), errors)
    end
  end)

  it("says what is no run, and what runs do not share", function()
    make_run("a", config(1, 0.1), rows(0, 1))
    make_run("b", config(2, 0.1), "iteration,lines,seconds\n1,2,3\n")
    make_run("headless", config(1, 0.1), "1,2,3\n2,3,4\n")
    assert(core.make_directory(folder .. "/empty"))
    for arguments, message in pairs {
      ["a headless"] = "headless/progress.csv is damaged: its first line names no column iteration",
      ["nowhere"] = "cannot read folder nowhere: No such file or directory",
      ["empty"] = "empty is no run and holds none",
      ["a b"] = "the runs have no column in common but the time: a has iteration, mean_return, steps, seconds; b " ..
        "has iteration, lines, seconds",
      ["a --metric lines"] = 'a has no column "lines"; all runs have iteration, mean_return, seconds, steps',
      [""] = "a folder is missing",
      ["a --width 3"] = "--width takes a number of pixels from 100 to 10000, not 3",
      ["a --wide 3"] = 'unknown option "wide"; did you mean "width"?',
      ["-x a"] = 'unknown option "-x"',
      ["a --metric"] = "a value is missing after --metric",
      ["a --minimize=1"] = "--minimize takes no value",
    } do
      local status, _, errors = rlrun("report " .. arguments)
      assert.are.equal(2, status, errors)
      assert.is_truthy(errors:find("rlrun report: " .. message, 1, true), errors)
    end
    for text, message in pairs { ["{"] = "no JSON", [DEEP] = "nested deeper than 100" } do
      child.write(folder .. "/a/config.json", text)
      local status, _, errors = rlrun("report a")
      assert.are.equal(2, status)
      assert.are.equal(("rlrun report: a: config.json is damaged: %s\n"):format(message), errors)
    end
  end)

  it("leaves out of a config.json what somebody has made of another type", function()
    local damaged = { name = 5, options = { lr = 1 }, defaults = 3, iterations = { 1 }, method = "ppo", changed = 1,
                      environment = { name = {}, options = 5, matrices = "A" }, players = 1,
                      notes = { { iteration = 1 }, 2 } }
    make_run("a", damaged, rows(0, 1))
    local status, out, errors = rlrun("report a")
    assert.are.equal(0, status, errors)
    assert.is_truthy(out:find("wrote report.html", 1, true), out)
    child.write(folder .. "/a/policy.safetensors", "")
    status, out, errors = rlrun("eval a")
    assert.are.equal(2, status, out)
    assert.is_truthy(errors:find("name an environment by --env", 1, true), errors)
  end)

  it("says where the first line of a progress.csv is none, also without rows, as does a run's own page", function()
    for _, text in ipairs { "\n", "\n\n1,2\n", "iteration;a\n1;2", "iteration;a\n" } do
      make_run("a", config(1, 0.1), text)
      local damaged = "a/progress.csv is damaged: its first line names no column iteration"
      local status, _, errors = rlrun("report a")
      assert.are.equal(2, status)
      assert.are.equal("rlrun report: " .. damaged .. "\n", errors)
      local written, message = require("rl.report").write(folder .. "/a")
      assert.is_nil(written)
      assert.are.equal(folder .. "/" .. damaged, message)
    end
    make_run("a", config(1, 0.1), "iter") -- a first line that is being written
    assert.is_true(require("rl.report").write(folder .. "/a"))
  end)

  it("does without a column of seconds or notes that can be read, as does a run's own page", function()
    make_run("a", config(1, 0.1), "iteration,mean_return\n1,2\n2,3\n")
    child.write(folder .. "/a/report.json", DEEP)
    local status, _, errors = rlrun("report a")
    assert.are.equal(0, status, errors)
    assert.is_true(require("rl.report").write(folder .. "/a"))
    assert.is_truthy(read("a/report.html"):find("Ended: iteration 2, mean_return 3", 1, true))
  end)

  it("takes runs that have not come as far, or that have logged nothing", function()
    make_run("a", config(1, 0.1), rows(0, 1, 2, 3))
    make_run("b", config(2, 0.1), rows(0, 1))
    make_run("c", config(3, 0.1), HEAD)
    make_run("d", config(4, 0.1), HEAD .. "1,nan,100,0.5\n2,3,200,1\n3,") -- a row that is being written
    local status, out, errors = rlrun("report a b c d")
    assert.are.equal(0, status, errors)
    assert.is_truthy(out:find("4 %(1 without it%)"), out)
  end)
end)

describe("rlrun eval", function()
  it("plays the policy in the environment of its run", function()
    train("--set iterations=1")
    local run = "runs/" .. child.list(folder .. "/runs")[1]
    local status, out, errors = rlrun("eval " .. run .. "/policy.safetensors --episodes 12")
    assert.are.equal(0, status, errors)
    assert.are.equal("functions of the script are not known here: reward and ends are the environment's own\n", errors)
    assert.is_truthy(out:find("^biped, 12 episodes\nreturn +%-?[%d.]+, deviation [%d.]+, 95%% of the mean "), out)
    assert.is_truthy(out:find("terminated +%d+ of 12: [%d.]+ %%, 95%% "), out)
    assert.is_truthy(out:find("\ngait +%l+: [^\n]+\n +%-?[%d.e-]+ m/s, %S+ steps a minute of %S+ m, [^\n]+\n$"), out)
    assert.are.equal(out, (select(2, rlrun("eval " .. run .. " --episodes=12"))))
    -- The same as in Lua, with the environment's own reward.
    local _, expected = child.run(folder, ([[
      local rl = require "rl"
      local env = rl.env("biped", { gravity = 1.62, seed = 1 })
      local result = env:evaluate(assert(rl.load_policy("%s/policy.safetensors", env)), { episodes = 12, seed = 1 })
      io.write(("return      %%.5g,"):format(result.mean_return))]]):format(run))
    assert.is_truthy(out:find(expected, 1, true), expected)
    local _, other = rlrun("eval " .. run .. " --episodes 12 --set gravity=9.81")
    assert.are_not.equal(out, other)
    local _, sampled = rlrun("eval " .. run .. " --episodes 12 --sample")
    assert.are_not.equal(out, sampled)
  end)

  it("says what it does not know", function()
    train("--set iterations=1")
    local run = "runs/" .. child.list(folder .. "/runs")[1]
    local text = read(run .. "/policy.safetensors")
    child.write(folder .. "/policy.safetensors", text)
    make_run("own", { name = "x", environment = { name = "lander", options = {} } }, "iteration\n")
    child.write(folder .. "/own/policy.safetensors", text)
    make_run("searched", { name = "x" }, "iteration\n")
    child.write(folder .. "/searched/design.lua", "return {}")
    for arguments, message in pairs {
      ["policy.safetensors"] = "there is no config.json beside policy.safetensors that tells the environment",
      ["nowhere"] = "there is no policy: cannot read nowhere",
      ["searched"] = "the run searched has no policy; rlrun gait and rlrun motion show its design",
      ["searched/design.lua"] = "searched/design.lua is a design, which has no policy: rlrun gait and rlrun motion",
      ["own"] = "the environment lander of the run is the script's own",
      ["policy.safetensors --env bipde"] = 'unknown environment "bipde"; did you mean "biped"?',
      [run .. " --set gravity=heavy"] = 'option "gravity" must be a number, got "heavy"',
      [run .. " --set gravty=1"] = 'unknown option "gravty"; did you mean "gravity"?',
      [run .. " --episodes 0"] = "--episodes takes a whole number from 1 to 65536, not 0",
      [run .. " --seed 1.5"] = "--seed takes a whole number",
      [""] = "a policy is missing",
    } do
      local status, _, errors = rlrun("eval " .. arguments)
      assert.are.equal(2, status, errors)
      assert.is_truthy(errors:find(message, 1, true), errors)
    end
    assert.are.equal(0, (rlrun("eval policy.safetensors --env biped --episodes 2")))
    local status, _, errors = rlrun("eval policy.safetensors --env cartpole")
    assert.are.equal(1, status)
    assert.is_truthy(errors:find("19 observations, environment cartpole gives 4", 1, true), errors)
  end)
end)

describe("a chart", function()
  it("has round ticks, leaves out what is not finite, and escapes its texts", function()
    local svg = plot.svg {
      title = "a < b", x_label = "steps",
      curves = { { name = "&", x = { 0, 50, 100 }, y = { 0, 0 / 0, 10 } }, { x = { 0, 100 }, y = { 1 / 0, 5 } } },
    }
    assert.is_truthy(svg:find("a &lt; b", 1, true) and svg:find("&amp;", 1, true))
    for _, tick in ipairs { ">0<", ">2<", ">10<", ">100<" } do assert.is_truthy(svg:find(tick, 1, true), tick) end
    assert.is_nil(svg:find("nan", 1, true) or svg:find("inf", 1, true))
  end)

  it("has its legend above the curves, in as many rows as it needs", function()
    local curves = {}
    for i = 1, 12 do curves[i] = { name = ("curve number %d"):format(i), x = { 0, 1 }, y = { 0, i } } end
    local svg = plot.page_svg { title = "many", curves = curves, width = 420 }
    local top, rows = tonumber(svg:match('data%-frame="[%d.]+ [%d.]+ ([%d.]+)')), {}
    for i = 1, 12 do
      local x, y = svg:match(('<text x="([%%d.]+)" y="([%%d.]+)"[^>]*>curve number %d<'):format(i))
      assert.is_true(tonumber(y) < top, y)
      assert.is_true(tonumber(x) + 6 * #"curve number 1" <= 420, x)
      rows[y] = (rows[y] or 0) + 1
    end
    for _, n in pairs(rows) do assert.is_true(n > 1 and n < 5) end
  end)

  it("is written to a file, with a legend of the curves that have names", function()
    local chart = { curves = { { name = "one", x = { 0, 1 }, y = { 0, 1 } }, { x = { 0, 1 }, y = { 1, 0 } } } }
    assert.is_true(plot.write(folder .. "/chart.svg", chart))
    local text = child.read(folder .. "/chart.svg")
    assert.are.equal(plot.svg(chart), text)
    assert.are.equal(1, select(2, text:gsub('stroke%-width="3"', ""))) -- lines of the legend
    local fine, why = pcall(plot.write, folder .. "/chart.svg", {})
    assert.is_false(fine)
    assert.truthy(why:find("curves", 1, true))
    assert.equal(text, child.read(folder .. "/chart.svg")) -- the old one is still there
    local ok, message = plot.write(folder .. "/none/chart.svg", chart)
    assert.is_nil(ok)
    assert.is_truthy(message:find("none/chart.svg", 1, true), message)
  end)

  it("of nothing says so", function()
    assert.is_truthy(plot.svg { curves = {} }:find("no numbers yet", 1, true))
    assert.is_truthy(plot.svg { curves = { { x = { 1 }, y = { 0 / 0 } } } }:find("no numbers yet", 1, true))
  end)
end)

describe("a run that is read back", function()
  it("is sampled between its rows, and nowhere else", function()
    make_run("a", { name = "x" }, "iteration,y\n1,10\n3,30\n4,nan\n5,50\n")
    local run = assert(runs.read(folder .. "/a"))
    local sampled = runs.sample(run, "iteration", "y", { 0, 1, 2, 4, 5, 6 })
    assert.are.same({ 10, 20, 40, 50 }, { sampled[2], sampled[3], sampled[4], sampled[5] })
    assert.is_true(sampled[1] ~= sampled[1] and sampled[6] ~= sampled[6])
    assert.are.equal(50, runs.score(run, "y"))
  end)

  it("is thinned where it is long", function()
    local text = { "iteration,y\n" }
    for i = 1, 1003 do text[i + 1] = ("%d,%d\n"):format(i, 2 * i) end
    make_run("a", { name = "x" }, table.concat(text) .. "1004,")
    local run = assert(runs.read(folder .. "/a", 100))
    assert.are.equal(92, run.rows) -- 11, 22 ... 1001, 1003
    local x = run.values.iteration
    assert.are.same({ 11, 22, 1001, 1003 }, { x[1], x[2], x[91], x[92] })
    assert.are.equal(2006, run.values.y[92])
    assert.are.equal(1003, assert(runs.read(folder .. "/a")).rows)
  end)
end)
