-- Option lag: the next batch is collected while this one is learnt from, with V-trace; the same loop as without it.
local rl = require "rl"
local core = require "rl.core"
local child = require "spec.child"
local message_of = require("spec.refusal").message_of

local function parts(env, seed)
  return { env = env, policy = rl.policy(env, { hidden = { 16 }, seed = seed }),
           value = rl.value(env, { hidden = { 16 }, seed = seed }), seed = seed, lag = 1 }
end

local function new(name, env, options)
  local all = parts(env, 3)
  for key, x in pairs(options or {}) do all[key] = x end
  return rl[name](all), all.policy, all.value
end

-- What a loop comes to; between: called with the environment between collect and update.
local function train(name, env, options, iterations, between)
  local method, policy = new(name, env, options)
  local lines = {}
  for _ = 1, iterations do
    local batch = method:collect(32)
    if between then between(env) end
    local stats = method:update(batch)
    lines[#lines + 1] = ("%d %.17g %.17g %.17g"):format(batch.stats.steps, batch.stats.mean_reward,
      batch.advantage:mean(), stats.approx_kl)
  end
  return table.concat(lines, "\n") .. "\n" .. table.concat(policy.theta:totable(), " ")
end

local function for_threads(action)
  local results = {}
  for threads = 1, 3 do
    rl.threads(threads)
    results[threads] = action()
  end
  rl.threads(0)
  assert.are.equal(results[1], results[2])
  assert.are.equal(results[1], results[3])
  return results[1]
end

describe("option lag", function()
  after_each(function() rl.threads(0) end)

  it("brings V-trace with it, where there is a critic and nothing else is said", function()
    local env = rl.env("cartpole", { n = 4 })
    assert.are.equal("vtrace", new("ppo", env):options().advantage)
    assert.are.equal("vtrace", new("reinforce", env):options().advantage)
    assert.are.equal("gae", new("ppo", env, { advantage = "gae" }):options().advantage)
    assert.are.equal("gae", new("ppo", env, { lag = 0 }):options().advantage)
    local without = rl.reinforce { env = env, policy = rl.policy(env), lag = 1 }
    assert.are.equal("reward_to_go", without:options().advantage)
    assert.are.equal(0, rl.reinforce { env = env, policy = rl.policy(env) }:options().lag)
  end)

  it("stays as the method was made", function()
    local ppo = new("ppo", rl.env("cartpole", { n = 4 }))
    assert.is_truthy(message_of(ppo.set, ppo, { lag = 0 }):find("option lag cannot change during a run", 1, true))
    ppo:set { lag = 1, lr = 1e-3 }
    assert.is_truthy(message_of(new, "ppo", rl.env "cartpole", { lag = 65 }):find("lag", 1, true))
  end)

  it("is not for an agent, which is handed its steps", function()
    local ppo = new("ppo", rl.env("cartpole", { n = 4 }))
    assert.is_truthy(message_of(ppo.agent, ppo, 4):find("make the method without option lag", 1, true))
  end)

  for _, name in ipairs { "ppo", "a2c", "trpo" } do
    it("gives the same bytes for any number of threads: " .. name .. " on a creature", function()
      for_threads(function() return train(name, rl.env("hopper", { n = 6, seed = 2 }), { minibatch = 64 }, 4) end)
    end)
  end

  it("gives the same bytes with a reward in Lua, and one that follows the loop", function()
    for_threads(function()
      local weight = 1
      local env = rl.env("hopper", { n = 4, seed = 2, reward = function(s) return weight * s.vx end })
      return train("ppo", env, nil, 3, function() weight = weight + 1 end)
    end)
  end)

  it("lets the environment be used in between, after the batch ahead", function()
    local plain = for_threads(function() return train("ppo", rl.env("hopper", { n = 4, seed = 2 }), nil, 4) end)
    local moved = for_threads(function()
      return train("ppo", rl.env("hopper", { n = 4, seed = 2 }), nil, 4, function(env)
        env:set { gravity = 5 }
        env:reset()
        for _ = 1, 3 do env:step(rl.zeros(4, env.action_space.size)) end
      end)
    end)
    assert.are_not.equal(plain, moved)
    assert.are.equal(plain:match("^[^\n]*"), moved:match("^[^\n]*")) -- the first batch was there
  end)

  it("is watched and pushed after the batch ahead", function()
    local seen = for_threads(function()
      local poses = {}
      local trained = train("ppo", rl.env("hopper", { n = 4, seed = 2 }), nil, 4, function(env)
        poses[#poses + 1] = table.concat(core.env_pose(env), " ")
        assert.is_true(core.disturb(env, 0, 3))
        poses[#poses + 1] = core.env_scene(env).gravity
      end)
      return table.concat(poses, "\n") .. trained
    end)
    assert.is_truthy(seen:find("\n9.81\n", 1, true))
  end)

  it("is the same by a trainer, in slices and in a thread", function()
    local function by(how)
      local env = rl.env("hopper", { n = 4, seed = 2 })
      local ppo, policy = new("ppo", env)
      if how == "loop" then
        for _ = 1, 3 do ppo:update(ppo:collect(32)) end
        return policy.theta
      end
      local trainer = ppo:trainer { steps = 32 }
      if how == "slices" then
        for _ = 1, 3 do repeat until trainer:advance(1) == "done" end
      else
        trainer:start(3)
        for _ = 1, 3 do repeat until trainer:poll() == "done" end
        trainer:stop()
      end
      return policy.theta
    end
    local loop = by "loop"
    assert.is_true(loop:equal(by "slices"))
    assert.is_true(loop:equal(by "thread"))
  end)

  it("serves updates of one's own, whose log_prob is of the policy as it is", function()
    local env = rl.env("hopper", { n = 4, seed = 2 })
    local all = parts(env, 3)
    local rollout = rl.rollout(all)
    local first = rollout:collect(16).log_prob:clone()
    all.policy.theta:copy_(all.policy.theta + 0.02)
    local batch = rollout:collect(16)
    local now = all.policy:dist(batch.obs:reshape(64, env.observation_space.size)):log_prob(
      batch.action:reshape(64, env.action_space.size)):value()
    assert.is_true(now:allclose(batch.log_prob:reshape(64), 1e-4))
    assert.is_false(first:equal(batch.log_prob))
    assert.are.equal(128, batch.stats.steps)
  end)

  it("raises what a reward raises in the call that runs it, and keeps the batch that was there", function()
    local calls = 0
    local env = rl.env("cartpole", { n = 2, seed = 1, reward = function()
      calls = calls + 1
      return calls > 2 * 8 + 5 and error("no more") or 1
    end })
    local ppo = new("ppo", env, { minibatch = 8 })
    local message = message_of(ppo.collect, ppo, 8)
    assert.is_truthy(message:find("no more", 1, true), message)
    calls = -1000
    ppo:update(ppo:batch())
    assert.are.equal(32, ppo:collect(8).stats.steps)
  end)

  it("ends with its method and its environment while a thread collects", function()
    rl.threads(2)
    for _ = 1, 5 do
      new("a2c", rl.env("hopper", { n = 4 })):collect(500)
      collectgarbage()
      collectgarbage()
    end
  end)

  it("says once that a reward in Lua keeps updates waiting", function()
    local folder = child.folder()
    local status, _, errors = child.run(folder, [[
      local rl = require "rl"
      local env = rl.env("cartpole", { n = 2, reward = function() return 1 end })
      local ppo = rl.ppo{ env = env, policy = rl.policy(env), value = rl.value(env), lag = 1, minibatch = 16 }
      for _ = 1, 3 do ppo:update(ppo:collect(8)) end
    ]])
    assert.are.equal(0, status, errors)
    local _, count = errors:gsub("rl.ppo: option lag: cartpole calls functions of the script", "")
    assert.are.equal(1, count, errors)
    child.remove(folder)
  end)
end)
