-- Environments as scripts see them: rewards and ends as Lua functions, options, fields, what is refused.
local rl = require "rl"
local message_of = require("spec.refusal").message_of

local function zeros(env) return rl.zeros(env.n, env.action_space.size) end

describe("rl.env", function()
  it("steps copies together and says which shapes it gives", function()
    local env = rl.env("biped", { n = 3, seed = 1 })
    assert.are.equal("box", env.action_space.kind)
    assert.are.equal(6, env.action_space.size)
    assert.are.same({ 3, env.observation_space.size }, env:reset():shape())
    local obs, reward, terminated, truncated = env:step(zeros(env))
    assert.are.same({ 3, env.observation_space.size }, obs:shape())
    assert.are.same({ 3 }, reward:shape())
    assert.are.same({ 0, 0, 0 }, terminated:totable())
    assert.are.same({ 0, 0, 0 }, truncated:totable())
  end)

  it("takes actions as a plain table", function()
    local env = rl.env("hopper", { seed = 1 })
    env:reset()
    local actions = {}
    for i = 1, env.action_space.size do actions[i] = 0 end
    assert.are.same({ 1 }, select(2, env:step(actions)):shape())
  end)

  it("knows three creatures and the classics, and says what each is", function()
    local names, summaries = rl.envs()
    names = table.concat(names, " ")
    for _, name in ipairs { "biped", "hopper", "quadruped", "human", "cartpole", "pendulum", "lqr" } do
      assert.is_truthy(names:find(name))
      assert.is_true(#summaries[name] > 10)
    end
  end)

  it("notices a creature that has fallen where it stands", function()
    local hopper = rl.creature("hopper")
    assert.is_nil(rl.env(hopper).notice)
    for _, body in ipairs(hopper.bodies) do
      if body.name == "shank" then body.shapes[1].height = 0.6 end
    end
    hopper.position[2] = hopper.position[2] + 0.1
    local env = rl.env(hopper)
    assert.is_truthy(env.notice:find("it stands on body shank, which is none of its feet", 1, true))
    env:reset()
    local fallen = false
    for _ = 1, 10 do fallen = fallen or select(3, env:step { { 0, 0, 0 } })[1] == 1 end
    assert.is_true(fallen)
    assert.is_nil(rl.env(hopper, { done = function() return false end }).notice)
    hopper.position[2] = hopper.position[2] + 5 -- in the air it stands on nothing
    assert.is_nil(rl.env(hopper).notice)
  end)

  it("knows what options are called elsewhere, and what only looks alike", function()
    local env = rl.env("cartpole")
    local function told(f, settings) return message_of(f, settings):match('unknown option "[^"]*"; (.-) ?known: ') end
    for there, here in pairs { learning_rate = "lr", batch_size = "minibatch", gae_lambda = "lambda" } do
      assert.equal(('did you mean "%s"?'):format(here), told(rl.ppo, { env = env, [there] = 1 }))
    end
    assert.equal('did you mean "max_evaluations"?', told(rl.cmaes, { x0 = { 1 }, maxfevals = 1 }))
    assert.equal('did you mean "sigma"?', told(rl.cmaes, { x0 = { 1 }, std = 1 }))
    assert.equal('did you mean "value_clip"?', told(rl.ppo, { env = env, clip_vloss = true }))
    for there, here in pairs { policy_lr = "lr", q_lr = "value_lr", start_steps = "warmup", update_after = "warmup" } do
      assert.equal(('did you mean "%s"?'):format(here), told(rl.sac, { env = rl.env("hopper"), [there] = 1 }))
    end
    for _, name in ipairs { "n_steps", "verbose", "device", "tau", "gae" } do -- two of three letters: another word
      assert.equal("", told(rl.ppo, { env = env, [name] = 1 }))
    end
    assert.is_truthy(message_of(rl.env, "cartpole", { num_envs = 4 }):find('did you mean "n"?', 1, true))
    assert.is_truthy(message_of(rl.env, "hopper", { max_steps = 4 }):find('did you mean "time_limit"?', 1, true))
  end)

  it("lists unknown environments, options and fields with the nearest name", function()
    for typo, name in pairs { rewrd = "reward", sed = "seed", don = "done", gravty = "gravity" } do
      local ok, message = pcall(rl.env, "hopper", { [typo] = function() end })
      assert.is_false(ok)
      assert.is_truthy(message:find(('unknown option "%s"; did you mean "%s"?'):format(typo, name), 1, true), message)
    end
    assert.is_truthy(message_of(rl.env, "bipet"):find('did you mean "biped"', 1, true))
    assert.is_truthy(message_of(rl.env, "stryder"):find('did you mean "strider"', 1, true))
    for _, name in ipairs(rl.envs()) do
      assert.is_truthy(message_of(rl.env, "no such"):find(name, 1, true), name)
    end
    assert.is_truthy(message_of(rl.env, "biped", { gravty = 1 }):find('did you mean "gravity"', 1, true))
    local env = rl.env("biped", { reward = function(s) return s.vxx end })
    env:reset()
    local message = message_of(env.step, env, zeros(env))
    assert.is_truthy(message:find('unknown field "vxx"', 1, true))
    assert.is_truthy(message:find("upright", 1, true)) -- the list of what exists
  end)

  it("refuses option values of the wrong type or out of range by name", function()
    assert.is_truthy(message_of(rl.env, "biped", { gravity = -1 }):find("gravity", 1, true))
    assert.is_truthy(message_of(rl.env, "biped", { gravity = 0 / 0 }):find("gravity", 1, true))
    assert.is_truthy(message_of(rl.env, "biped", { gravity = true }):find("gravity", 1, true))
    assert.is_truthy(message_of(rl.env, "biped", { ground = "lava" }):find("rough", 1, true))
    assert.is_truthy(message_of(rl.env, "biped", { n = 0 }):find("n", 1, true))
    assert.is_truthy(message_of(rl.env, "biped", { reward = 3 }):find("reward", 1, true))
  end)

  it("prints both shapes when actions do not fit", function()
    local env = rl.env("biped", { n = 2 })
    env:reset()
    local message = message_of(env.step, env, rl.zeros(2, 4))
    assert.is_truthy(message:find("[2, 6]", 1, true))
    assert.is_truthy(message:find("[2, 4]", 1, true))
  end)

  it("refuses actions that are not numbers and steps before a reset", function()
    local env = rl.env("biped", {})
    assert.is_truthy(message_of(env.step, env, zeros(env)):find("reset", 1, true))
    env:reset()
    assert.is_truthy(message_of(env.step, env, rl.full(0 / 0, 1, 6)):find("copy 1", 1, true))
  end)

  it("describes every field with unit and meaning", function()
    local env = rl.env("quadruped", {})
    for _, field in ipairs(env:fields()) do
      assert.are.equal("string", type(field.unit))
      assert.is_true(#field.meaning > 3)
    end
  end)

  it("begins again as a new one does where a reset is given a seed", function()
    for _, make in ipairs {
      function(o) return rl.env("cartpole", o) end, function(o) return rl.env("hopper", o) end,
      function(o)
        o.observation, o.action = 1, { "discrete", 2 }
        o.reset = function(self, rng)
          self.rng = rng
          return { rng:normal() }
        end
        o.step = function(self) return { self.rng:normal() }, 0 end
        return rl.lua_env(o)
      end,
    } do
      local env, other = make { n = 3, seed = 1 }, make { n = 3, seed = 5 }
      env:reset()
      env:step(env.action_space.kind == "box" and rl.zeros(3, env.action_space.size) or rl.zeros(3))
      assert.is_true(other:reset():equal(env:reset { seed = 5 }))
      assert.is_true(other:reset():equal(env:reset())) -- it goes on with those streams
      assert.is_true(env:reset { seed = 5 }:equal(env:reset { seed = 5 }))
      assert.is_false(env:reset { seed = 5 }:equal(env:reset { seed = 6 }))
      assert.is_truthy(message_of(env.reset, env, { sed = 5 }):find('unknown option "sed"; did you mean "seed"'))
      assert.is_truthy(message_of(env.reset, env, 5):find("table of options expected, got number", 1, true))
      assert.is_truthy(message_of(env.reset, env, { seed = -1 }):find("outside", 1, true))
    end
  end)

  it("takes up changed options at each copy's next reset", function()
    local env = rl.env("biped", { gravity = 9.81, seed = 1, reward = function(s) return s.com_vy end })
    env:reset()
    env:set { gravity = 1.62 }
    local _, before = env:step(zeros(env))
    env:reset()
    local _, after = env:step(zeros(env))
    assert.is_true(math.abs(before:get(1)) > 2 * math.abs(after:get(1)))
    assert.is_truthy(message_of(env.set, env, { gravity = 1, nonsense = 2 }):find("nonsense", 1, true))
  end)
end)

describe("a reward function", function()
  local function step_once(options)
    local env = rl.env("biped", options)
    env:reset()
    return select(2, env:step(rl.full(0.5, env.n, 6)))
  end

  it("returns a number", function()
    assert.are.same({ 2.5, 2.5 }, step_once { n = 2, reward = function() return 2.5 end }:totable())
  end)

  it("or named terms, which are summed", function()
    local reward = step_once { reward = function() return { a = 1, b = 0.5, c = -0.25 } end }
    assert.are.equal(1.25, reward:get(1))
  end)

  it("reads the fields and the action", function()
    local reward = step_once { reward = function(s, a) return s.time * 0 + a[1] + #a end }
    assert.are.equal(6.5, reward:get(1))
  end)

  it("goes through the fields and the action, where Lua has __pairs", function()
    if _VERSION == "Lua 5.1" then return end
    local names, values = {}, {}
    local reward = step_once { reward = function(s, a)
      local sum = 0
      for name, value in pairs(s) do names[#names + 1], values[#values + 1] = name, value == s[name] end
      for i, value in pairs(a) do sum = sum + i * value end
      return sum
    end }
    assert.are.equal(10.5, reward:get(1))
    local fields = rl.env("biped"):fields()
    assert.are.equal(#fields, #names)
    for i, field in ipairs(fields) do
      assert.are.equal(field.name, names[i])
      assert.is_true(values[i])
    end
    if _VERSION == "Lua 5.2" then return end -- its ipairs wants a table
    assert.are.equal(3, step_once { reward = function(_, a)
      local sum = 0
      for _, value in ipairs(a) do sum = sum + value end
      return sum
    end }:get(1))
    assert.is_truthy(message_of(step_once, { reward = function(_, a) return a[7] end })
      :find("action has elements 1 to 6, not 7", 1, true))
  end)

  it("whose term has a zero byte in its name is told so", function()
    local message = message_of(step_once, { reward = function() return { ["a\0b"] = 1 } end })
    assert.is_truthy(message:find('the name of a term has a zero byte behind "a"', 1, true))
  end)

  it("that returns nil, a string, or NaN is named with its place", function()
    local function of(result) return function() return step_once { reward = function() return result end } end end
    assert.is_truthy(message_of(of(nil)):find("reward %(.*env_spec.lua:%d+%) must return .* got nil"))
    assert.is_truthy(message_of(of("good")):find("got string", 1, true))
    assert.is_truthy(message_of(of(0 / 0)):find("nan", 1, true))
    assert.is_truthy(message_of(of { speed = 0 / 0 }):find("term speed", 1, true))
    assert.is_truthy(message_of(of { speed = "fast" }):find("speed = string", 1, true))
    assert.is_truthy(message_of(of { 1, 2 }):find("named numbers", 1, true))
  end)

  it("that raises gives the traceback of the user's function", function()
    local function helper() error("my own mistake") end
    local message = message_of(step_once, { reward = function() helper() return 1 end })
    assert.is_truthy(message:find("my own mistake", 1, true))
    assert.is_truthy(message:find("traceback", 1, true))
    assert.is_truthy(message:find("helper", 1, true))
  end)

  it("cannot write the state, keep it, or use its own environment", function()
    assert.is_truthy(message_of(step_once, { reward = function(s) s.vx = 1 return 0 end }):find("read only", 1, true))
    local kept
    step_once { reward = function(s) kept = s return 0 end }
    assert.is_truthy(message_of(function() return kept.vx end):find("only inside", 1, true))
    local env
    env = rl.env("biped", { reward = function() env:reset() return 0 end })
    env:reset()
    assert.is_truthy(message_of(env.step, env, zeros(env)):find("biped is busy", 1, true))
  end)

  it("may keep the state longer than the environment lives without harm", function()
    local kept
    do
      local env = rl.env("biped", { reward = function(s, a) kept = { s, a } return 0 end })
      env:reset()
      env:step(zeros(env))
    end
    collectgarbage()
    collectgarbage()
    assert.is_truthy(message_of(function() return kept[1].vx end):find("only inside", 1, true))
    assert.is_truthy(message_of(function() return #kept[2] end):find("only inside", 1, true))
  end)

  it("that raises another value than a message raises that value", function()
    local value = setmetatable({ code = 1 }, { __tostring = function() return "told" end })
    for _, raised in ipairs { value, 7, true, print } do
      local ok, got = pcall(step_once, { reward = function() error(raised, 0) end })
      assert.is_false(ok)
      assert.are.equal(raised, got)
    end
  end)

  it("can fail and the environment can be used again after a reset", function()
    local fail = true
    local env = rl.env("biped", { reward = function() if fail then error("now") end return 1 end })
    env:reset()
    assert.is_false(pcall(env.step, env, zeros(env)))
    fail = false
    env:reset()
    assert.are.same({ 1 }, select(2, env:step(zeros(env))):totable())
  end)

  it("cannot yield", function()
    local thread = coroutine.wrap(function()
      step_once { reward = function() coroutine.yield() return 1 end }
    end)
    assert.is_truthy(message_of(thread):find("yield", 1, true))
  end)
end)

describe("done", function()
  it("ends an episode, which is then terminated and not truncated", function()
    local env = rl.env("biped", { done = function(s) return s.time > 0.05 end })
    env:reset()
    for step = 1, 6 do
      local _, _, terminated, truncated = env:step(zeros(env))
      assert.are.equal(step % 3 == 0 and 1 or 0, terminated:get(1))
      assert.are.equal(0, truncated:get(1))
    end
  end)

  it("must return true or false", function()
    local env = rl.env("biped", { done = function() end })
    env:reset()
    assert.is_truthy(message_of(env.step, env, zeros(env)):find("true or false", 1, true))
  end)

  it("that never comes true leaves a fallen creature lying until the time limit truncates", function()
    local env = rl.env("biped", {
      time_limit = 4, done = function() return false end, reward = function(s) return s.fallen end,
    })
    env:reset()
    local fallen = 0
    for step = 1, 200 do
      local _, reward, terminated, truncated = env:step(rl.full(-1, 1, 6))
      fallen = fallen + reward:get(1)
      assert.are.equal(0, terminated:get(1))
      assert.are.equal(step == 200 and 1 or 0, truncated:get(1))
    end
    assert.is_true(fallen > 50)
  end)

  it("without it the time limit truncates", function()
    local env = rl.env("biped", { time_limit = 0.1, done = function() return false end })
    env:reset()
    for step = 1, 5 do
      local _, _, terminated, truncated = env:step(zeros(env))
      assert.are.equal(0, terminated:get(1))
      assert.are.equal(step == 5 and 1 or 0, truncated:get(1))
    end
  end)
end)

describe("a creature's table", function()
  it("can be taken, changed and given back", function()
    local creature = rl.creature("hopper")
    creature.name = "heavy"
    creature.bodies[1].mass = creature.bodies[1].mass * 2
    local env = rl.env(creature, { seed = 1 })
    assert.are.equal("heavy", env.name)
    env:reset()
    env:step(zeros(env))
  end)

  it("gives the same steps as the built-in one when unchanged", function()
    for _, name in ipairs { "biped", "hopper", "quadruped" } do
      local a, b = rl.env(name, { seed = 3 }), rl.env(rl.creature(name), { seed = 3 })
      assert.is_true(a:reset():equal(b:reset()))
      for _ = 1, 50 do
        local action = rl.full(0.3, 1, a.action_space.size)
        assert.is_true((a:step(action)):equal((b:step(action))))
      end
    end
  end)

  local function refused(change)
    local creature = rl.creature("hopper")
    change(creature)
    return message_of(rl.env, creature)
  end

  local function joint_of(creature)
    for _, body in ipairs(creature.bodies) do if body.joint then return body.joint, body end end
  end

  it("with a bad part is refused by the part's name", function()
    local joint, body = joint_of(rl.creature("hopper"))
    local cases = {
      { joint.name, function(c) local j = joint_of(c) j.lower, j.upper = 1, -1 end },
      { body.name, function(c) select(2, joint_of(c)).mass = -1 end },
      { joint.name, function(c) joint_of(c).parent = "nobody" end },
      { "cycl", function(c)
        local first = joint_of(c)
        first.parent = c.bodies[#c.bodies].name
      end },
      { body.name, function(c)
        select(2, joint_of(c)).shapes = { { kind = "polygon", points = { { 0, 0 }, { 1e-4, 0 }, { 0, 1e-4 } } } }
      end },
      { body.name, function(c) select(2, joint_of(c)).shapes = {} end },
      { body.name, function(c) select(2, joint_of(c)).mas = 1 end },
      { "motor", function(c) c.motors[1].torque = 0 / 0 end },
      { "knee_x", function(c) c.motors[1].joint = "knee_x" end },
    }
    for _, case in ipairs(cases) do
      local message = refused(case[2])
      assert.is_truthy(message:find(case[1], 1, true), message)
      assert.is_truthy(message:find("hopper", 1, true), message)
    end
  end)
end)

describe("what is no function and can be called", function()
  local function callable(f) return setmetatable({}, { __call = function(_, ...) return f(...) end }) end

  it("rewards and ends as a function does, with messages that name it", function()
    local function reward(s) return s.x + 1 end
    local function done(s) return s.x > 0.5 end
    local function total(r, d)
      local env = rl.env("cartpole", { n = 2, seed = 3, reward = r, done = d })
      local sum = env:reset():sum()
      for _ = 1, 60 do
        local _, rewards = env:step(rl.ones(2))
        sum = sum + rewards:sum()
      end
      return sum
    end
    assert.equal(total(reward, done), total(callable(reward), callable(done)))
    local ok, message = pcall(total, callable(function() return rl.ones(1) end))
    assert.is_false(ok)
    assert.is_truthy(message:find("reward must return a number or .* got rl.tensor"), message)
    assert.is_false((pcall(rl.env, "cartpole", { reward = {} })))
  end)

  it("is an environment in Lua, a schedule, and what rl.map applies", function()
    local env = rl.lua_env { observation = 1, action = { "box", 1, -1, 1 },
                             reset = callable(function() return { 0 } end),
                             step = callable(function() return { 1 }, 2, false end) }
    env:reset()
    assert.same({ 2 }, (select(2, env:step(rl.zeros(1, 1)))):totable())
    local search = rl.hill_climb { x0 = { 1 }, sigma = callable(function(i) return i / 8 end) }
    search:ask()
    assert.equal(0.125, search:options().sigma)
    assert.same({ 3, 4 }, select(2, rl.map(callable(function(row) return row[1] + 2 end), { { 1 }, { 2 } })))
  end)
end)
