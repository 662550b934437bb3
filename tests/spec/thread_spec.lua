-- Training, and evaluating, in a thread of its own while the script goes on: the same bytes, policies that are handed
-- over whole, what is refused meanwhile, errors, and ends at any moment.
local rl = require "rl"
local core = require "rl.core"
local child = require "spec.child"
local suited = require "spec.suited"
local refuses = require("spec.refusal").refuses

local function new(name, env, options) return suited.method(rl, name, env, options) end

local function cartpole() return rl.env("cartpole", { n = 8, seed = 3 }) end

-- Polls, and does something else between, until the next iteration is told.
local function wait(trainer, meanwhile)
  while true do
    local phase, fraction, batch, update = trainer:poll()
    assert.is_true(fraction >= 0 and fraction <= 1)
    if phase == "done" then return batch, update end
    assert.is_nil(batch)
    assert.are_not.equal("stopped", phase)
    if meanwhile then meanwhile() end
  end
end

describe("a trainer's thread", function()
  after_each(function() rl.threads(0) end)

  it("gives the same bytes as collect and update, for every method, whatever the script does meanwhile", function()
    for i, name in ipairs(rl.methods) do
      rl.threads(i % 3 + 1)
      local function open()
        return suited.remembers(name) and rl.env("bipedal_walker", { n = 8, seed = 3 }) or cartpole()
      end
      local method, policy, value = new(name, open())
      local threaded, policy2, value2 = new(name, open())
      local size = policy:options().layers[1]
      local env = rl.env("pendulum", { n = 8 })
      local other = new("ppo", env)
      local trainer = threaded:trainer { steps = 40 }
      trainer:start(5)
      for _ = 1, 5 do
        local batch, update = wait(trainer, function()
          other:update(other:collect(20))
          policy2:mean(rl.zeros(1, size))
        end)
        local expected = method:collect(40)
        assert.are.same(expected.stats, batch, name)
        assert.are.same(method:update(expected), update, name)
      end
      threaded:collect(1) -- the script's own again
      assert.are.equal("stopped", (trainer:poll()), name)
      assert.is_true(policy.theta:equal(policy2.theta), name)
      if value then assert.is_true(value.theta:equal(value2.theta), name) end
      local rows = rl.rng(4):normal(2, size)
      assert.is_true(policy:mean(rows):equal(policy2:mean(rows)), name) -- the normalisers too
    end
  end)

  it("trains creatures", function()
    local function hopper() return rl.env("hopper", { n = 4, seed = 3 }) end
    local method, policy = new("ppo", hopper())
    local threaded, policy2 = new("ppo", hopper())
    for _ = 1, 3 do method:update(method:collect(32)) end
    local trainer = threaded:trainer { steps = 32 }
    trainer:start(3)
    for _ = 1, 3 do wait(trainer) end
    assert.is_true(policy.theta:equal(policy2.theta))
  end)

  it("writes the policy in poll and stop alone", function()
    local method, policy = new("ppo", cartpole())
    local before = policy.theta:clone()
    local trainer = method:trainer { steps = 40 }
    trainer:start()
    local start = core.time()
    while core.time() - start < 0.05 do assert.is_true(policy.theta:equal(before)) end
    wait(trainer)
    assert.is_false(policy.theta:equal(before))
    repeat
      local phase
      repeat phase = trainer:poll() until phase ~= "done"
      before, start = policy.theta:clone(), core.time()
      while core.time() - start < 0.02 do policy:mean(rl.zeros(1, 4)) end
      assert.is_true(policy.theta:equal(before))
      trainer:stop()
      trainer:start()
    until not policy.theta:equal(before)
  end)

  it("is stopped anywhere, and what is half done goes on in a thread, in slices, or is given up", function()
    local method, policy = new("ppo", cartpole())
    local threaded, policy2 = new("ppo", cartpole())
    local trainer, round, iterations = threaded:trainer { steps = 40 }, 0, 0
    local function count(phase)
      if phase == "done" then iterations = iterations + 1 end
      return phase == "done"
    end
    while iterations < 8 do
      round = round + 1
      trainer:start()
      for _ = 1, round % 30 * 20 do policy2:mean(rl.zeros(1, 4)) end
      trainer:stop()
      while count(trainer:poll()) do end
      if round % 3 == 0 then count(trainer:advance(0.2)) end
    end
    while not count(trainer:advance(1)) do end
    for _ = 1, iterations do method:update(method:collect(40)) end
    assert.is_true(policy.theta:equal(policy2.theta))
    trainer:reset()
    trainer:start()
    local before
    for _ = 1, 3 do wait(trainer) end
    trainer:stop()
    before = policy2.theta:clone()
    trainer:reset() -- the update, if there was one, and not what is complete
    assert.is_true(policy2.theta:equal(before))
    assert.are.equal("collect", (trainer:advance(0)))
  end)

  it("refuses, as long as it is at work, what would change method or environment", function()
    local env = cartpole()
    local method, policy = new("ppo", env)
    local batch, agent = method:collect(8), method:agent(8)
    local trainer, other = method:trainer { steps = 40 }, method:trainer { steps = 20 }
    local second = new("ppo", env):trainer { steps = 4 }
    trainer:start()
    local busy = "the thread of a trainer has it"
    for _, call in ipairs {
      { method.collect, method, 8 }, { method.update, method, batch }, { method.set, method, { lr = 1 } },
      { method.gradient, method, batch, { 1 } }, { method.options, method }, { agent.act, agent, rl.zeros(8, 4) },
      { trainer.start, trainer }, { trainer.advance, trainer, 1 }, { other.start, other }, { other.advance, other, 1 },
      { second.start, second }, { second.advance, second, 1 }, { env.reset, env }, { env.step, env, rl.zeros(8) },
      { env.set, env, {} }, { env.final_observation, env },
    } do refuses(busy, call[1], call[2], call[3], call[4]) end
    env:evaluate(policy, { episodes = 2 }) -- in copies of its own
    assert.are.equal(8, env.n)
    assert.are.equal("rl.ppo of cartpole", tostring(method))
    second:reset() -- has nothing to do with it
    refuses(busy, env.reset, env)
    other:reset() -- ends it, as it ends whatever is half done
    local phase
    repeat phase = trainer:poll() until phase ~= "done"
    assert.are.equal("stopped", phase)
    env:reset()
    method:update(method:collect(8))
  end)

  it("is not for functions in Lua, and says what is", function()
    local judged = rl.env("cartpole", { n = 8, reward = function() return 1 end })
    local ended = rl.env("cartpole", { n = 8, done = function() return false end })
    local written = rl.lua_env {
      name = "still", observation = 1, action = { "discrete", 2 }, n = 8, limit = 10,
      reset = function() return { 0 } end, step = function() return { 0 }, 0 end,
    }
    for _, env in ipairs { judged, ended, written } do
      local method = new("ppo", env)
      local trainer = method:trainer { steps = 40 }
      refuses("do it in slices there, with advance", trainer.start, trainer)
      while trainer:advance(5) ~= "done" do end -- which can do it
    end
    refuses("what it does is a function", function() new("ppo", written):trainer({ steps = 1 }):start() end)
    refuses("environment cartpole", function() new("ppo", judged):trainer({ steps = 1 }):start() end)
    local trainer = new("ppo", cartpole()):trainer { steps = 40 }
    refuses("is outside 1", trainer.start, trainer, 0)
    refuses("integer expected", trainer.start, trainer, 1.5)
    assert.are.equal("stopped", (trainer:poll()))
    trainer:stop()
  end)

  it("gives its error to poll, once, and can be started again", function()
    local method, policy = new("ppo", cartpole())
    local good = policy.theta:get(1)
    local trainer = method:trainer { steps = 40 }
    policy.theta:set(1, 0 / 0)
    trainer:start()
    local message
    repeat
      local ok, phase = pcall(trainer.poll, trainer)
      message = not ok and phase
    until message
    assert.is_truthy(message:find("rl.ppo: parameter 1 of the policy is not", 1, true), message)
    assert.are.equal("stopped", (trainer:poll()))
    policy.theta:set(1, good)
    trainer:start()
    wait(trainer)
    trainer:stop()
  end)

  it("ends with its trainer, with its method, and with the script", function()
    for _ = 1, 30 do
      new("ppo", cartpole()):trainer({ steps = 40 }):start()
      collectgarbage()
    end
    local folder = child.folder()
    for _, last in ipairs {
      "", "os.exit(0)", "os.exit(0, true)", "trainer:stop()", "trainer, ppo = nil collectgarbage()",
    } do
      local status, _, errors = child.run(folder, [[
        local rl = require "rl"
        rl.threads(2)
        env = rl.env("hopper", { n = 8 })
        ppo = rl.ppo { env = env, policy = rl.policy(env), value = rl.value(env) }
        trainer = ppo:trainer { steps = 64 }
        trainer:start()
        repeat local phase = trainer:poll() until phase == "done"
      ]] .. last, "--quiet")
      assert.are.equal(0, status, last .. errors)
    end
    child.remove(folder)
  end)

  it("takes memory from the script's limit, and an error says so", function()
    local folder = child.folder()
    local status, output, errors = child.run(folder, [[
      local rl = require "rl"
      rl.confine { memory = 10e6 }
      local env = rl.env("cartpole", { n = 64 })
      local policy = rl.policy(env)
      local ppo = rl.ppo { env = env, policy = policy, value = rl.value(env) }
      local trainer = ppo:trainer { steps = 100000 }
      trainer:start()
      local ok, message
      repeat ok, message = pcall(trainer.poll, trainer) until not ok
      print(message)
      trainer = ppo:trainer { steps = 64 }
      trainer:start()
      repeat local phase = trainer:poll() until phase == "done"
      print("learns")
    ]], "--quiet")
    child.remove(folder)
    assert.are.equal(0, status, errors)
    assert.is_truthy(output:find("not enough memory: rl.confine allows", 1, true), output)
    assert.is_truthy(output:find("learns", 1, true), output)
  end)
end)

-- The same evaluation of candidates, or of bodies; `at_once` gives what it is to come to.
local function evaluations()
  local env = rl.env("hopper", { n = 1, seed = 1 })
  local policy = rl.policy(env, { hidden = { 4 }, seed = 1 })
  local how = { episodes = 2, max_steps = 60, seed = 5, round = 7, deterministic = false }
  local candidates = rl.rng(1):normal(5, #policy.theta)
  local designs = {}
  for i = 1, 5 do
    designs[i] = rl.creature("hopper")
    designs[i].bodies[1].mass = 10 + i
  end
  designs[3].motors[1].torque = 1e9 -- refused
  local with = { policy = policy, candidates = candidates, details = true }
  for key, value in pairs(how) do with[key] = value end
  return {
    candidates = {
      open = function() return env:evaluation(policy, candidates, how) end,
      at_once = function() return { env:evaluate(policy, candidates, how) } end,
    },
    designs = {
      open = function() return env:design_evaluation(designs, with) end,
      at_once = function() return { env:evaluate_designs(designs, with) } end,
    },
    plain = {
      open = function() return env:design_evaluation(designs, { max_steps = 20, round = 1 }) end,
      at_once = function() return { env:evaluate_designs(designs, { max_steps = 20, round = 1 }) } end,
    },
  }, env, policy, candidates, designs
end

local function same_results(expected, got, what)
  assert.are.equal(#expected, #got, what)
  for i = 1, #expected do
    if core.is_callable(expected[i]) or type(expected[i]) == "table" then
      local steps = { expected[i].steps, got[i].steps } -- of all evaluations so far
      expected[i].steps, got[i].steps = nil, nil
      assert.are.same(expected[i], got[i], what)
      expected[i].steps, got[i].steps = steps[1], steps[2]
    else
      assert.are.equal(tostring(expected[i]), tostring(got[i]), what) -- NaN where one was refused
      for k = 1, #expected[i] do
        local a, b = expected[i]:get(k), got[i]:get(k)
        assert.is_true(a == b or (a ~= a and b ~= b), what)
      end
    end
  end
end

local function last(f, evaluation, ...)
  local results
  repeat results = { f(evaluation, ...) } until results[1] == 1
  table.remove(results, 1)
  return results
end

describe("an evaluation", function()
  after_each(function() rl.threads(0) end)

  it("of candidates or of designs is the same at once, in slices and in a thread", function()
    local all, _, _, candidates, designs = evaluations()
    for what, one in pairs(all) do
      local expected = one.at_once()
      for i, milliseconds in ipairs { 0, 0.2, 1000 } do
        rl.threads(i)
        local evaluation = one.open()
        if i == 1 and what ~= "plain" then
          candidates:mul_(2) -- its own were copied
          designs[1].bodies[1].mass = 99
        end
        same_results(expected, last(evaluation.advance, evaluation, milliseconds), what)
        refuses("the evaluation is over", evaluation.advance, evaluation, 1)
        if i == 1 and what ~= "plain" then
          candidates:mul_(0.5)
          designs[1].bodies[1].mass = 11
        end
        evaluation = one.open()
        evaluation:advance(0)
        evaluation:start()
        refuses("a thread works at it", evaluation.start, evaluation)
        local ok, message = pcall(evaluation.advance, evaluation, 1)
        assert.is_truthy(not ok and message:find("a thread works at it", 1, true), message)
        same_results(expected, last(evaluation.poll, evaluation), what)
        refuses("the evaluation is over", evaluation.poll, evaluation)
      end
    end
  end)

  it("is of the policy as it was at its beginning, whatever learns meanwhile", function()
    local all, _, policy = evaluations()
    for what, one in pairs(all) do
      for _, how in ipairs { "advance", "poll" } do
        local expected, evaluation = one.at_once(), one.open()
        if how == "poll" then evaluation:start() end
        policy:observe(rl.rng(2):normal(50, 12):mul_(30))
        policy.theta:mul_(1.5)
        same_results(expected, last(evaluation[how], evaluation, 0.2), what)
      end
    end
  end)

  it("of designs works in slices with a reward in Lua, and a thread refuses that", function()
    local env = rl.env("hopper", { reward = function(s) return { height = s.height } end })
    local designs = { rl.creature("hopper"), rl.creature("hopper") }
    local how = { max_steps = 30, round = 2, details = true }
    local expected = { env:evaluate_designs(designs, how) }
    local evaluation = env:design_evaluation(designs, how)
    refuses("no thread works at it", evaluation.poll, evaluation)
    refuses("in slices there, with advance", evaluation.start, evaluation)
    same_results(expected, last(evaluation.advance, evaluation, 0), "a reward in Lua")
  end)

  it("several at a time share the environment, and may be dropped in their threads", function()
    local all, env = evaluations()
    local expected, open = all.candidates.at_once(), {}
    for i = 1, 4 do
      open[i] = all.candidates.open()
      open[i]:start()
    end
    env:reset()
    for i = 1, 4 do same_results(expected, last(open[i].poll, open[i]), "several") end
    for _ = 1, 20 do
      all.designs.open():start()
      collectgarbage()
    end
  end)

  it("of designs refuses what evaluate_designs refuses", function()
    local env = rl.env("hopper")
    refuses("design_evaluation: design 1: table expected", env.design_evaluation, env, { 1 })
    refuses("design_evaluation: option candidates needs the option policy", env.design_evaluation, env,
      { rl.creature("hopper") }, { candidates = { { 1 } } })
    refuses("design 1: quadruped has the field", env.design_evaluation, env, { rl.creature("quadruped") })
    refuses("detials", env.design_evaluation, env, { rl.creature("hopper") }, { detials = true })
  end)
end)
