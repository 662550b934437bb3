-- A signal and what computes for long in C: it ends within a moment, and what was open is saved.
local child = require "spec.child"

describe("a signal", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local prelude = [[
    local rl = require "rl"
    local env = rl.env("biped", { n = 4, seed = 1 })
    local policy, value = rl.policy(env, { hidden = { 8 } }), rl.value(env, { hidden = { 8 } })
    local a2c = rl.a2c{ env = env, policy = policy, value = value }
    local theta = policy.theta:clone()
    local endless = rl.env("biped", { time_limit = 3600, done = function() return false end })
    local function ready() io.open("ready", "w"):close() end
    -- Its steps take long: memory for a batch of ten seconds is soon had.
    local function slow()
      local human = rl.env("human", { n = 4, substeps = 32 })
      return rl.a2c{ env = human, policy = rl.policy(human, { hidden = { 8 } }), value = rl.value(human) }
    end
  ]]

  -- Each says when it begins, and takes several seconds, with a quick machine, too: a signal cuts after one.
  local CALLS = {
    collect = "local long = slow() ready() long:collect(20000)",
    update = [[local ppo = rl.ppo{ env = env, policy = policy, value = value, epochs = 1000, minibatch = 4 }
      local batch = ppo:collect(10000)
      ready()
      ppo:update(batch)]],
    gradient = [[local batch = a2c:collect(1000)
      ready()
      while true do a2c:gradient(batch, rl.arange(1, 4000)) end]],
    evaluate = "ready() endless:evaluate(policy)",
    ["evaluate of candidates"] = [[ready()
      env:evaluate(policy, rl.zeros(1000, policy.theta:size()), { episodes = 1000 })]],
    evaluation = [[local work = env:evaluation(policy, rl.zeros(1000, policy.theta:size()), { episodes = 1000 })
      ready()
      repeat until work:advance(1e6) == 1]],
    evaluate_designs = [[local body = rl.creature "biped" local bodies = {}
      for i = 1, 50 do bodies[i] = body end
      ready()
      env:evaluate_designs(bodies, { policy = policy, episodes = 10000 })]],
    trainer = [[local trainer = slow():trainer{ steps = 20000 }
      ready()
      repeat until trainer:advance(1e6) == 'done']],
    agent = [[local ppo = rl.ppo{ env = env, policy = policy, value = value, epochs = 1000, minibatch = 4 }
      local agent = ppo:agent(4, { steps = 4000 })
      local see, pay = rl.zeros(4, env.observation_space.size), rl.zeros(4)
      for i = 1, 4001 do
        if i == 4000 then ready() end
        agent:act(see)
        agent:reward(pay)
      end]],
    record = "ready() endless:record 'zero'",
    ["a step whose reward never ends"] = [[rl.threads(2)
      local stuck = rl.env("biped", { n = 4, reward = function() while true do end end })
      stuck:reset()
      ready()
      stuck:step(rl.zeros(4, 6))]],
    ["a step whose reward catches what ends it"] = [[rl.threads(2)
      local stuck = rl.env("biped", { n = 4, reward = function() while true do pcall(error) end end })
      stuck:reset()
      ready()
      stuck:step(rl.zeros(4, 6))]],
  }

  -- Runs a script and sends it a signal as soon as it is ready.
  local function interrupt(script, arguments, signal)
    return child.signal(folder, script, { signal or "INT" }, arguments)
  end

  for name, call in pairs(CALLS) do
    it("ends " .. name .. " where no run is open", function()
      local status, _, errors = interrupt(prelude .. call)
      assert.equal(130, status, errors)
      -- It was an error: what does not end within a second has no traceback.
      assert.truthy(errors:find("interrupted\nstack traceback:\n", 1, true), errors)
    end)
  end

  for _, name in ipairs { "collect", "update", "evaluate_designs" } do
    it("cuts " .. name .. " after a second where a run is open, and the policy is as before the call", function()
      local status, _, errors = interrupt(prelude .. [[
        local run = rl.run{ name = "walk", env = env, policy = policy }
        run:log(1, {})
      ]] .. CALLS[name], "--quiet")
      assert.equal(130, status, errors)
      assert.truthy(errors:find("once more stops at once\n", 1, true), errors)
      assert.truthy(errors:find("it is cut short\n", 1, true), errors)
      assert.truthy(errors:find("interrupted\nsaved runs/walk[^\n]* %(interrupted after iteration 1%)\n"), errors)
      assert.falsy(errors:find("traceback", 1, true))
      local _, same = child.run(folder, prelude .. ([[
        print(rl.load_policy("%s/policy.safetensors", env).theta:equal(theta))
      ]]):format("runs/" .. child.list(folder .. "/runs")[1]))
      assert.equal("true\n", same)
    end)
  end

  it("lets an iteration end that takes a few seconds, as those before it did, and the replay is written", function()
    local status, out, errors = interrupt(prelude .. [[
      local run = rl.run{ name = "walk", method = a2c }
      for i in run:iterations(100) do
        if i == 2 then ready() end
        local begin = rl.time()
        while rl.time() < begin + 2.2 do end
        run:log(i, {})
      end
      run:replay(env:record(policy, { seconds = 1 }))
      print "the replay is written"
      run:finish()
    ]], "--quiet")
    assert.equal(130, status, errors)
    assert.equal("the replay is written\n", out)
    assert.truthy(errors:find("stopping after this iteration, within %d s; once more stops at once\n"), errors)
    assert.falsy(errors:find("cut short", 1, true), errors)
  end)

  it("leaves alone who has been told that he shall stop, as long as a run is open", function()
    local status, out, errors = interrupt([[
      local core = require "rl.core"
      local run = require "rl".run{ name = "walk" }
      io.open("ready", "w"):close()
      while not core.stopping(true) do end
      local begin = core.time()
      while not core.stopping() do end
      while core.time() < begin + 2.2 do end
      print "the replay is written"
      run:finish()
    ]], "--quiet")
    assert.equal(130, status, errors)
    assert.equal("the replay is written\n", out)
    assert.falsy(errors:find("cut short", 1, true), errors)
  end)

  it("comes again a second later where a pcall swallowed it", function()
    local status, _, errors = interrupt([[
      io.open("ready", "w"):close()
      while true do pcall(function() for _ = 1, 1e6 do io.type(0) end end) end
    ]])
    assert.equal(130, status, errors)
    assert.truthy(errors:find("interrupted", 1, true), errors)
  end)

  it("comes again where a pcall swallowed the end of a run", function()
    local status, _, errors = interrupt([[
      local run = require "rl".run{ name = "walk" }
      io.open("ready", "w"):close()
      while true do pcall(function() for _ = 1, 1e6 do io.type(0) end run:log(1, {}) end) end
    ]], "--quiet")
    assert.equal(130, status, errors)
    assert.truthy(errors:find("interrupted", 1, true), errors)
  end)

  it("gives who catches it a second to save what there is", function()
    local status, out, errors = interrupt(prelude .. "local ok, why = pcall(function() " .. CALLS.collect ..
      " end) policy:save('saved') print(ok, (why:gsub('.*: ', '')))")
    assert.equal(130, status, errors)
    assert.equal("false\tinterrupted\n", out)
    assert.truthy(child.read(folder .. "/saved"))
  end)

  it("ends the process where nothing hears of it", function()
    local status, _, errors = interrupt([[
      io.open("ready", "w"):close()
      coroutine.wrap(function() while true do io.type(0) end end)()
    ]])
    assert.equal(130, status, errors)
    assert.truthy(errors:find("interrupted\n", 1, true), errors)
  end)

  it("of a closed terminal saves the runs, unless nohup(1) keeps it away", function()
    local script = prelude .. [[
      local run = rl.run{ name = "walk", env = env, policy = policy }
      ready()
      local i, left = 0, 5
      while left > 0 do
        if io.open "sent" then left = left - 1 end
        i = i + 1
        os.execute "sleep 0.02"
        run:log(i, {})
      end
      print "all of it"
    ]]
    local status, out, errors = interrupt(script, "--quiet", "HUP")
    assert.equal(129, status, errors)
    assert.equal("", out)
    os.remove(folder .. "/ready")
    status, out = child.shell(folder, ("nohup '%s' --quiet script.lua & pid=$!\n"):format(child.rlrun) ..
      child.wait_for("[ -e ready ]") .. "kill -HUP $pid; : >sent; wait $pid")
    assert.equal(0, status)
    assert.equal("all of it\n", out)
  end)

  it("of a closed pipe ends a filter and no training", function()
    child.write(folder .. "/filter.lua", "while true do print 'x' end")
    child.write(folder .. "/train.lua", prelude .. [[
      local run = rl.run{ name = "walk", env = env, policy = policy }
      for i = 1, 10 do
        for _ = 1, 10000 do print "x" end
        run:log(i, {})
      end
      run:finish()
      io.stderr:write "all of it\n"
    ]])
    local filter = ("( '%s' filter.lua; echo $? >&2 ) | head -n 1"):format(child.rlrun)
    local status, out, errors = child.shell(folder, filter)
    assert.same({ 0, "x\n", "141\n" }, { status, out, errors })
    status, out, errors = child.shell(folder, ("'%s' train.lua | head -n 1"):format(child.rlrun))
    local told = "rl.run: no progress is shown any more: Broken pipe\nall of it\n"
    assert.same({ 0, "x\n", told }, { status, out, errors })
  end)
end)
