-- Movement primitives in a creature's table, and the stroke that policy gradients are compared on. Their equations are
-- checked in tests/c/test_primitive.c.
local core = require "rl.core"
local rl = require "rl"
local refused = require("spec.refusal").refuses

-- A biped without weight, that stands still but for its primitives.
local function floating(primitives)
  local biped = rl.creature("biped")
  biped.controller = { primitives = primitives }
  return biped
end

-- The angle of each joint after every hundredth of a second.
local function angles(description, names, seconds, action)
  local list = {}
  for i, name in ipairs(names) do
    local field = name .. "_angle"
    local env = rl.env(description, { gravity = 0, reset_noise = 0, seed = 1, control_rate = 100,
                                      reward = function(s) return s[field] end, done = function() return false end })
    env:reset()
    local actions = rl.full(action or 0, 1, env.action_space.size)
    for t = 1, seconds * 100 do
      local _, reward = env:step(actions)
      list[t] = list[t] or {}
      list[t][i] = reward:get(1)
    end
  end
  return list
end

describe("a creature with movement primitives", function()
  it("goes to the goal of a stroke in its duration", function()
    local reached = angles(floating { { joint = "hip_l", duration = 0.6, goal = 0.4, weights = { 0, 0, 0 } } },
      { "hip_l", "hip_r" }, 0.6)
    assert.is_true(math.abs(reached[60][1] - 0.4) < 0.05, tostring(reached[60][1]))
    -- a spring, critically damped: y = g (1 - (1 + w t) exp(-w t))
    local w = 25 / 2 / 0.6
    for t = 10, 60, 10 do
      local y = 0.4 * (1 - (1 + w * t / 100) * math.exp(-w * t / 100))
      assert.is_true(math.abs(reached[t][1] - y) < 0.08, ("%d: %g, not %g"):format(t, reached[t][1], y))
    end
  end)

  it("swings its legs in turns by a rhythm of both", function()
    local rhythm = { joint = "hip", kind = "rhythmic", duration = 0.8, amplitude = 0.3, weights = { 1, 0, -1, 0 } }
    local swing = angles(floating { rhythm }, { "hip_l", "hip_r" }, 3.2)
    local most = 0
    for t = 161, 240 do
      most = math.max(most, math.abs(swing[t][1]))
      assert.is_true(math.abs(swing[t][1] - swing[t + 40][2]) < 0.05, t .. ": the right leg is half a cycle behind")
      assert.is_true(math.abs(swing[t][1] - swing[t + 80][1]) < 0.05, t .. ": the next cycle is the same")
    end
    assert.is_true(most > 0.1)
  end)

  it("adds its actions to them", function()
    local primitive = { joint = "hip_l", duration = 1, goal = 0, weights = { 0 }, kp = 1 }
    local alone = angles(floating { primitive }, { "hip_l" }, 1)
    local pushed = angles(floating { primitive }, { "hip_l" }, 1, 0.2)
    assert.is_true(math.abs(alone[100][1]) < 0.02)
    assert.is_true(pushed[100][1] > 0.1)
  end)

  it("has free parameters in them like in all of its table", function()
    local biped = floating { { joint = "hip", kind = "rhythmic", duration = rl.param(1, 0.1, 0.5, 2),
                               weights = { rl.param(0, 1), 0, rl.param(0, 1) } } }
    local space = rl.space(biped)
    assert.are.same({ "controller.primitives.hip.duration", "controller.primitives.hip.weights[1]",
      "controller.primitives.hip.weights[3]" }, space.names)
    local design = space:decode { 0.7, 0.5, -0.25 }
    assert.are.same({ joint = "hip", kind = "rhythmic", duration = 0.7, weights = { 0.5, 0, -0.25 } },
      design.controller.primitives[1])
    assert.are.equal("biped", rl.env(design).name)
  end)

  it("has no mirror image", function()
    local env = rl.env(floating { { joint = "hip", kind = "rhythmic", duration = 1, weights = { 1, 0.1 } } })
    refused("primitives run on a clock", rl.policy, env, { symmetric = true })
  end)

  it("names what is wrong", function()
    local function refuses(message, primitive, other)
      refused(message, rl.env, floating { primitive, other })
    end
    local one = { joint = "hip_l", duration = 1, weights = { 0 } }
    refuses("creature biped: primitive 1 on hip_l: it has no duration; give it in seconds",
      { joint = "hip_l", weights = { 0 } })
    refuses("primitive 1 on hip_l: it has no weights", { joint = "hip_l", duration = 1 })
    refuses('primitive 1 on hib: unknown joint "hib"', { joint = "hib", duration = 1, weights = { 0 } })
    refuses("primitive 1: of which joint?", { duration = 1, weights = { 0 } })
    refuses("primitive 2 on hip: joint hip_l has another one already", one,
      { joint = "hip", duration = 1, weights = { 0 } })
    refuses("weight 1: number expected, got string", { joint = "hip_l", duration = 1, weights = { "much" } })
    refuses("at most 32 weights, got 33", { joint = "hip_l", duration = 1, weights = rl.zeros(33):totable() })
    refuses('unknown kind "rythmic"', { joint = "hip_l", kind = "rythmic", duration = 1, weights = { 0 } })
    refuses('"wieghts"', { joint = "hip_l", duration = 1, wieghts = { 0 } })
  end)

  it("describes its numbers", function()
    local names = {}
    for _, row in ipairs(core.describe_part("primitive")) do names[row.name] = row end
    assert.are.equal("s", names.duration.unit)
    assert.is_truthy(names.amplitude)
  end)
end)

describe("the stroke", function()
  it("is learnt by the episodic natural actor-critic in a few hundred strokes", function()
    local passed = 0
    for seed = 1, 3 do
      local env = rl.env("stroke", { n = 30, seed = seed })
      local policy = rl.policy(env, { hidden = {}, normalize = false, std = "fixed", log_std = -3, seed = seed })
      policy.theta:mul_(0)
      local enac = rl.enac { env = env, policy = policy, seed = seed, gamma = 1, step = 10 }
      local function cost() return -env:evaluate(policy, { episodes = 1, seed = 1 }).mean_return end
      local before = cost()
      for _ = 1, 20 do enac:update(enac:collect(100)) end
      if cost() < before / 2 then passed = passed + 1 end
    end
    assert.are.equal(3, passed)
  end)
end)
