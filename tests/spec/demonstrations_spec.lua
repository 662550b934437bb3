-- Demonstrations as scripts see them: who can show what, what a file must be of, and what learns from them. The format,
-- damaged files and gradients are tested in C.
local rl = require "rl"
local refuses = require("spec.refusal").refuses

local function file() return os.tmpname() .. ".safetensors" end

local function balance(o) return o[3] + 0.3 * o[4] > 0 and 1 or 0 end

describe("a demonstration", function()
  it("is what a function does, and comes back from its file", function()
    local env, path = rl.env("cartpole"), file()
    local demo = env:demonstrate(balance, { episodes = 3, seed = 7 })
    assert.are.equal(1500, #demo) -- it balances until time runs out
    for _, episode in ipairs(demo:episodes()) do
      assert.are.same({ ["return"] = 500, length = 500, terminated = false, seed = 7 }, episode)
    end
    assert(demo:save(path))
    local a, b = demo:tensors(), assert(rl.load_demonstration(path, env)):tensors()
    for name, tensor in pairs(a) do assert.is_true(tensor:equal(b[name]), name) end
    assert.is_true(a.next_observation:narrow(1, 1, 499):equal(a.observation:narrow(1, 2, 499)))
    assert.are.equal(3, a.truncated:sum())
    assert.are.equal(0, a.terminated:sum())
    local nothing, message = rl.load_demonstration(path, rl.env("pendulum"))
    assert.is_nil(nothing)
    assert.is_truthy(message:find(path .. ": demonstrations of environment cartpole, wanted is pendulum", 1, true))
    os.remove(path)
  end)

  it("is what a policy does, or chance, or the fields say", function()
    local env = rl.env("hopper")
    local policy = rl.policy(env)
    local one = env:demonstrate(policy, { episodes = 2, seconds = 1 })
    local other = env:demonstrate(policy, { episodes = 2, seconds = 1 })
    assert.is_true(one:tensors().action:equal(other:tensors().action))
    assert.is_true(#env:demonstrate("random", { episodes = 2, seconds = 1 }) > 0)
    local seen
    env:demonstrate(function(_, s)
      seen = s.height
      return rl.zeros(env.action_space.size)
    end, { episodes = 1, seconds = 0.1 })
    assert.is_true(seen > 0)
    refuses("its controller must return an action, got nil", env.demonstrate, env, function() end)
    refuses("return a list of numbers, 3 here, as env:step takes them (choices count from 0), got a table without [1]",
      env.demonstrate, env, function() return { push = "left" } end)
    refuses("the controller's action: shape", env.demonstrate, env, function() return { 1 } end)
    refuses("in vain", env.demonstrate, env, function() error("in vain") end)
    refuses('a function, rl.policy, rl.env, "random" or "zero" expected', env.demonstrate, env, 3)
  end)

  it("is what reflexes ask of the muscles, without the noise", function()
    local body = rl.creature("reflex_human")
    local reflexes = rl.env(body)
    body.controller = nil
    local env = rl.env(body)
    local demo = env:demonstrate(reflexes, { episodes = 1, seconds = 0.2, seed = 3 })
    local noisy = env:demonstrate(reflexes, { episodes = 1, seconds = 0.2, seed = 3, noise = 0.2 })
    local a, b = demo:tensors(), noisy:tensors()
    assert.is_true(a.action:min() >= -1 and a.action:max() <= 1 and a.action:max() > -1)
    assert.is_true(a.action[1]:equal(b.action[1]) == false or a.observation[2]:equal(b.observation[2]) == false)
    refuses("has no controller of its own", env.demonstrate, env, env)
  end)

  it("is written step by step by a game", function()
    local game = rl.lua_env { name = "game", observation = 2, action = { "discrete", 3 } }
    local demo = rl.demonstration(game)
    refuses("truncate", demo.add, demo, { 0, 0 }, 1, 0, true, true, { 0, 0 })
    refuses("missing", demo.add, demo, { 0, 0 }, 1, 0, true)
    refuses("3", demo.add, demo, { 0, 0 }, 3, 0)
    refuses("not finite", demo.add, demo, { 0, 0 / 0 }, 1, 0)
    demo:seed(5)
    demo:add({ 0, 0 }, 1, 0.5)
    demo:add({ 1, 0 }, 2, 0.5, true, false, { 2, 0 })
    demo:add({ 0, 1 }, 0, 1)
    demo:cut { 0, 2 }
    local t = demo:tensors()
    assert.are.same({ { 1, 0 }, { 2, 0 }, { 0, 2 } }, t.next_observation:totable())
    assert.are.same({ 0, 1, 0 }, t.terminated:totable())
    assert.are.same({ 0, 0, 1 }, t.truncated:totable())
    assert.are.equal(5, demo:episodes()[1].seed)
    assert.is_nil(demo:episodes()[2].seed)
    local path = file()
    local saved, message = rl.demonstration(game):save(path)
    assert.is_nil(saved)
    assert.is_truthy(message:find("no step", 1, true))
  end)
end)

describe("rl.clone", function()
  local env = rl.env("cartpole")
  local demo = env:demonstrate(balance, { episodes = 4 })

  local function new(options)
    local all = { policy = rl.policy(env, { hidden = { 16 }, seed = 2 }), demonstrations = demo, epochs = 6 }
    for name, value in pairs(options or {}) do all[name] = value end
    return rl.clone(all), all.policy
  end

  it("does what was shown", function()
    local clone = new { env = env, epochs = 15, lr = 3e-3 }
    local last
    local stats = clone:run { each = function(s) last = s.epoch end, episodes = 5 }
    assert.are.equal(15, last)
    assert.are.equal("epochs", clone:stop())
    assert.is_true(stats.mean_return > 400 and stats.best > math.log(0.5))
    refuses("it has stopped after 15 epochs", clone.update, clone)
  end)

  it("comes to the same bytes on any threads, in slices, and from a file", function()
    local whole, policy = new()
    whole:run()
    for threads = 1, 2 do
      rl.threads(threads)
      local sliced, other = new()
      while not sliced:stop() do sliced:advance(0) end
      assert.is_true(policy.theta:equal(other.theta))
    end
    rl.threads(0)
    local path, first, begun = file(), new()
    for _ = 1, 3 do first:update() end
    assert(first:save(path))
    local second, resumed = new()
    resumed.theta:copy_(begun.theta)
    assert(second:load(path))
    second:run()
    assert.is_true(policy.theta:equal(resumed.theta))
    local others = new { demonstrations = env:demonstrate(balance, { episodes = 4, seed = 9 }) }
    local ok, message = others:load(path)
    assert.is_nil(ok)
    assert.is_truthy(message:find("of other demonstrations", 1, true))
    os.remove(path)
  end)

  it("says what does not fit", function()
    refuses("wanted is pendulum", new, { env = rl.env("pendulum") })
    refuses("observations of 4 numbers, wanted are 3", new, { policy = rl.policy(rl.env("pendulum")) })
    refuses("give env, which knows the mirror images", new, { symmetric = "data" })
    refuses("held_out", new, { held_out = 1 })
    refuses("no option", function() new():run { episode = 3 } end)
    assert.is_true(new({ env = env, symmetric = "data" }):update().likelihood < 0)
  end)
end)

describe("a method with a memory", function()
  it("remembers demonstrations, its rows those of remember{} to the byte, and says who cannot", function()
    local env = rl.env("pendulum", { n = 2, seed = 1 })
    local demo = env:demonstrate("random", { episodes = 2, seed = 3, seconds = 1 })
    local function new(name, history)
      local shape = { hidden = { 8 }, seed = 1, history = history }
      local policy = rl.policy(env, shape)
      shape.action = name == "awac"
      return rl[name] { env = env, policy = policy, value = rl.value(env, shape), minibatch = 8 }, policy
    end
    local shown, one = new("awac")
    assert.are.equal(#demo, shown:remember(demo))
    local told, other = new("awac")
    local t = demo:tensors()
    told:remember { obs = t.observation, action = t.action, reward = t.reward, next_obs = t.next_observation,
                    terminated = t.terminated }
    shown:update(3)
    told:update(3)
    assert.is_true(one.theta:equal(other.theta))
    local frames = new("awac", 3)
    assert.are.equal(#demo, frames:remember(demo))
    assert.are.equal(3, frames:update(3).gradient_steps)
    refuses("obs", frames.remember, frames, { obs = t.observation })
    local ratios = new("off_pac")
    refuses("log_prob is missing", ratios.remember, ratios, demo)
    refuses("wanted is pendulum", shown.remember, shown, rl.env("cartpole"):demonstrate("random"))
    refuses("table expected", shown.remember, shown, 3)
    refuses("has no memory", function()
      rl.ppo({ env = env, policy = rl.policy(env), value = rl.value(env) }):remember(demo)
    end)
    refuses("method:remember(demonstrations)", rl.awac, { env = env, policy = rl.policy(env), demonstrations = demo,
                                                           value = rl.value(env, { action = true }) })
    refuses("awac cannot train networks with a recurrent layer (gru)", rl.awac, {
      env = env, policy = rl.policy(env, { gru = 4 }), value = rl.value(env, { action = true }) })
    refuses("off_pac cannot train networks with a recurrent layer (gru)", rl.off_pac, {
      env = env, policy = rl.policy(env, { gru = 4 }), value = rl.value(env, { gru = 4 }) })
  end)
end)

describe("rl.dapg", function()
  it("needs demonstrations of its environment, goes by them, and is told when others are there", function()
    local env = rl.env("cartpole", { n = 4, seed = 1 })
    local function new(demo, coef)
      return rl.dapg { env = env, policy = rl.policy(env, { hidden = { 8 }, seed = 1 }), seed = 3,
                       value = rl.value(env, { hidden = { 8 }, seed = 2 }), demonstrations = demo,
                       demonstration_coef = coef }
    end
    refuses("there are no demonstrations", new)
    refuses("wanted is cartpole", new, rl.env("pendulum"):demonstrate("random"))
    refuses("it cannot learn from them", rl.trpo, { env = env, policy = rl.policy(env), value = rl.value(env),
                                                     demonstrations = env:demonstrate("random") })
    local demo, path = env:demonstrate(balance, { episodes = 2 }), file()
    local method = new(demo, 1)
    local before = method:update(method:collect(32)).demonstrated
    for _ = 1, 5 do method:update(method:collect(32)) end
    assert.is_true(method:update(method:collect(32)).demonstrated > before)
    assert(method:save(path))
    assert(new(demo, 1):load(path))
    local ok, message = new(env:demonstrate(balance, { episodes = 1 }), 1):load(path)
    assert.is_nil(ok)
    assert.is_truthy(message:find("other demonstrations there", 1, true))
    os.remove(path)
  end)
end)
