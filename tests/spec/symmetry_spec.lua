-- Mirror images: of environments, in what methods learn from, and of networks.
local rl = require "rl"
local refuses = require("spec.refusal").refuses
local suited = require "spec.suited"
local child = require "spec.child"
local shown = require "spec.shown"

local MODES = { false, "data", "loss", "network" }

-- A block on two legs whose names are left and right; other: what differs on the right.
local function walker(other)
  local function leg(side, changes)
    local thigh = { name = side .. "_thigh", mass = 2, shapes = { { kind = "capsule", height = 0.45, radius = 0.05,
                    center = { 0, -0.2 } } },
                    joint = { name = side .. "_hip", parent = "block", at = { 0, 0 }, lower = -1, upper = 1 } }
    if changes then changes(thigh) end
    return thigh
  end
  return {
    name = "walker", position = { 0, 0.45 }, trunk = "block", feet = { "left_thigh", "right_thigh" },
    bodies = { { name = "block", mass = 10, shapes = { { kind = "box", width = 0.3, height = 0.3,
                 center = { 0, 0.2 } } } }, leg("left"), leg("right", other) },
    motors = { { joint = "left_hip", torque = 50, speed = 8 }, { joint = "right_hip", torque = 50, speed = 8 } },
  }
end

-- The image of rows of numbers.
local function image_of(mirror, rows)
  local out = {}
  for r, row in ipairs(rows) do
    out[r] = {}
    for i = 1, #row do out[r][i] = mirror.sign[i] * row[mirror.index[i]] end
  end
  return out
end

local function assert_near(expected, actual, tolerance)
  for r, row in ipairs(expected) do
    for i, value in ipairs(row) do assert.is_near(value, actual[r][i], tolerance) end
  end
end

describe("the symmetry of an environment", function()
  it("says where the numbers of an image come from, by index, sign and name", function()
    local env = rl.env("biped", { n = 1 })
    local symmetry = assert(env:symmetry())
    assert.are.same({ 4, 5, 6, 1, 2, 3 }, symmetry.action.index)
    assert.are.same({ "hip_r", "knee_r", "ankle_r", "hip_l", "knee_l", "ankle_l" }, symmetry.action.name)
    local fields = env:fields()
    assert.are.equal(#fields, #symmetry.fields.index)
    for i, field in ipairs(fields) do
      local other = field.name:gsub("_([lr])_", { l = "_r_", r = "_l_" })
      assert.are.equal(other, symmetry.fields.name[i])
      assert.are.equal(other, fields[symmetry.fields.index[i]].name)
      assert.are.equal(1, symmetry.fields.sign[i])
    end
    assert.are.equal(env.observation_space.size, #symmetry.observation.index)
    local turned = rl.env("pendulum", { n = 1 }):symmetry()
    assert.are.same({ 1, -1, -1 }, turned.observation.sign)
    assert.are.same({ -1 }, turned.action.sign)
    assert.are.same({ 2, 1 }, rl.env("cartpole", { n = 1 }):symmetry().action.index)
  end)

  it("is found in the structure of any creature", function()
    for name in pairs(rl.creatures) do assert.is_table(rl.env(name, { n = 1 }):symmetry(), name) end
    assert.are.same({ 2, 1 }, rl.env(walker(), { n = 1 }):symmetry().action.index)
  end)

  it("is missing where something differs, which is said", function()
    local cases = {
      ["right_thigh: height is 0.4 m, of left_thigh 0.45 m"] = function(thigh) thigh.shapes[1].height = 0.4 end,
      ["right_hip: upper is 1.5 rad, of left_hip 1 rad"] = function(thigh) thigh.joint.upper = 1.5 end,
      ["right_thigh: mass is 3 kg, of left_thigh 2 kg"] = function(thigh) thigh.mass = 3 end,
    }
    for expected, change in pairs(cases) do
      local env = rl.env(walker(change), { n = 1 })
      local none, message = env:symmetry()
      assert.is_nil(none)
      assert.are.equal("environment walker is not symmetric: " .. expected, message)
      refuses("rl.policy: option symmetric: environment walker is not symmetric: " .. expected, rl.policy, env,
        { symmetric = true })
      refuses(expected, rl.value, env, { symmetric = true })
      for _, mode in ipairs { "data", "loss", "network" } do
        refuses("option symmetric: environment walker is not symmetric: " .. expected, rl.ppo,
          { env = env, policy = rl.policy(env), value = rl.value(env), symmetric = mode })
      end
    end
    local none, message = rl.env("hopper", { n = 1 }):symmetry()
    assert.is_nil(none)
    assert.is_truthy(message:find("no two limbs", 1, true), message)
  end)
end)

describe("the symmetry of an environment in Lua", function()
  local function point(symmetry) -- two places, and a push to the left, none, or to the right
    return rl.lua_env {
      n = 4, observation = { "x", "y", "speed" }, action = { "discrete", 3 }, limit = 20, symmetry = symmetry,
      reset = function(self, rng)
        self.x, self.speed = 2 * rng:uniform() - 1, 0
        return { self.x, -self.x, self.speed }
      end,
      step = function(self, action)
        self.speed = 0.8 * self.speed + 0.1 * (action - 2)
        self.x = self.x + self.speed
        return { self.x, -self.x, self.speed }, -self.x ^ 2, false
      end,
    }
  end

  it("is told by places, negative where a sign changes", function()
    local env = point { observation = { 2, 1, -3 }, action = { 3, 2, 1 } }
    local symmetry = env:symmetry()
    assert.are.same({ 2, 1, 3 }, symmetry.observation.index)
    assert.are.same({ 1, 1, -1 }, symmetry.observation.sign)
    assert.are.same({ "y", "x", "speed" }, symmetry.observation.name)
    assert.are.same({ 3, 2, 1 }, symmetry.action.index)
    local policy, value = rl.policy(env, { symmetric = true }), rl.value(env, { symmetric = true })
    local ppo = rl.ppo { env = env, policy = policy, value = value, symmetric = "network" }
    ppo:update(ppo:collect(32))
    local none, message = point():symmetry()
    assert.is_nil(none)
    assert.are.equal("environment lua_env is not symmetric: it has told no mirror images", message)
  end)

  it("is refused where it is none", function()
    for expected, symmetry in pairs {
      ["observation: a list of 3 places expected, got another number of them"] = { observation = { 2, 1 },
                                                                                    action = { 3, 2, 1 } },
      ["action: a list of 3 places expected, got nil"] = { observation = { 2, 1, 3 } },
      ["observation: place 2 is one of 1 to 3, or its negative"] = { observation = { 1, 4, 3 }, action = { 3, 2, 1 } },
      ["number 1 comes from 2, but that from 3"] = { observation = { 2, 3, 1 }, action = { 3, 2, 1 } },
      ["numbers 1 and 2 have different signs"] = { observation = { 2, -1, 3 }, action = { 3, 2, 1 } },
      ["choices change places, and have no sign"] = { observation = { 2, 1, 3 }, action = { 3, -2, 1 } },
      ['unknown option "actions"'] = { observation = { 2, 1, 3 }, actions = { 3, 2, 1 } },
      ["table of options expected"] = "mirror",
    } do
      refuses(expected, point, symmetry)
    end
  end)
end)

describe("a symmetric policy", function()
  local env = rl.env("biped", { n = 3, seed = 4 })
  local symmetry = env:symmetry()

  it("gives for an image the image of what it gives, and value the same", function()
    local policy = rl.policy(env, { hidden = { 16, 9 }, symmetric = true, seed = 3 })
    local value = rl.value(env, { symmetric = true })
    assert.is_true(policy:options().symmetric)
    assert.is_true(value:options().symmetric)
    assert.is_false(rl.policy(env):options().symmetric)
    local rows = rl.rng(1):normal(5, env.observation_space.size):totable()
    local images = image_of(symmetry.observation, rows)
    assert_near(image_of(symmetry.action, policy:mean(rows):totable()), policy:mean(images):totable(), 1e-6)
    local own, same = value:predict(rows):totable(), value:predict(images):totable()
    for i = 1, 5 do assert.is_near(own[i], same[i], 1e-5) end
  end)

  it("is an ordinary one for other programs", function()
    local folder = child.folder()
    local policy = rl.policy(env, { hidden = { 8 }, symmetric = true, seed = 3 })
    assert(policy:export(folder .. "/brain.lua"))
    local brain = dofile(folder .. "/brain.lua")
    local rows = rl.rng(1):normal(1, env.observation_space.size):totable()
    local action, expected = brain(rows[1]), policy:mean(rows):totable()[1]
    for i = 1, #expected do assert.is_near(expected[i], action[i], 1e-5) end
    assert(policy:save(folder .. "/policy.safetensors"))
    local loaded = assert(rl.load_policy(folder .. "/policy.safetensors", env))
    assert.is_true(loaded:options().symmetric)
    assert.is_true(loaded.theta:equal(policy.theta))
    local plain = rl.policy(env, { hidden = { 8 } })
    local ok, message = plain:load(folder .. "/policy.safetensors")
    child.remove(folder)
    assert.is_nil(ok)
    assert.is_truthy(message:find("symmetric there, not here", 1, true), message)
  end)

  it("has half of its parameters free, for a search", function()
    for _, hidden in ipairs { {}, { 8 } } do
      local policy = rl.policy(env, { hidden = hidden, symmetric = true })
      local free, all = policy:free(), policy.theta:size(1)
      assert.is_true(free:size(1) <= all / 2 + 10, free:size(1) .. " of " .. all)
      assert.is_true(policy:spread(free):equal(policy.theta))
      assert.are.same(policy.theta:totable(), policy:spread(free:totable()):totable())
      local es = rl.openai_es { x0 = free, seed = 2 }
      for _ = 1, 2 do
        local x = es:ask()
        local spread = policy:spread(x)
        assert.are.same({ x:size(1), all }, spread:shape())
        es:tell(x, (env:evaluate(policy, spread, { max_steps = 20 })))
      end
      policy.theta:copy_(policy:spread(es.mean))
      local rows = rl.rng(1):normal(2, env.observation_space.size):totable()
      assert_near(image_of(symmetry.action, policy:mean(rows):totable()),
        policy:mean(image_of(symmetry.observation, rows)):totable(), 1e-6)
      refuses("expected, got [1, " .. free:size(1) .. "]", env.evaluate, env, policy, rl.zeros(1, free:size(1)))
    end
    local plain = rl.policy(env)
    assert.is_true(plain:free():equal(plain.theta))
    assert.is_true(plain:spread(plain.theta):equal(plain.theta))
    refuses("free parameters: shape [" .. plain.theta:size(1) .. "] expected", plain.spread, plain, rl.zeros(3))
  end)
end)

describe("option symmetric of a method", function()
  -- One that learns from a memory has no loss of images, and says nothing of how far the policy is from its own.
  it("is there for every method, with images, with a loss, with symmetric networks", function()
    for _, name in ipairs { "cartpole", "pendulum", "biped" } do
      for _, method in ipairs(rl.methods) do
        for _, mode in ipairs(MODES) do
          local env = rl.env(name, { n = 8, seed = 1 })
          if not suited.actions(method, env) or suited.judges_actions(method) then break end
          local remembers = suited.remembers(method)
          local shape = { hidden = { 8 }, symmetric = mode == "network" }
          local parts = { env = env, policy = suited.policy(rl, method, env, shape), symmetric = mode,
                          value = suited.value(rl, method, env, shape), demonstrations = shown(method, env) }
          if remembers then parts.minibatch, parts.warmup = 32, 0 end
          if remembers and mode == "loss" then
            refuses("option symmetric: " .. method .. ' has no "loss" of images: use "data" or "network"',
              rl[method], parts)
            parts.symmetric, mode = "data", "data"
          end
          local learner = rl[method](parts)
          assert.are.equal(mode, learner:options().symmetric)
          local stats = learner:update(learner:collect(12))
          assert.are.equal((mode == "data" or mode == "loss") and not remembers, stats.asymmetry ~= nil, method)
          learner:set { symmetric = false }
          assert.is_false(learner:options().symmetric)
          assert.is_nil(learner:update(learner:collect(12)).asymmetry)
        end
      end
    end
  end)

  it("names the networks that it needs", function()
    local env = rl.env("biped", { n = 2 })
    local tied = rl.policy(env, { symmetric = true })
    refuses("the policy is not symmetric: make it with rl.policy(env, { symmetric = true })", rl.ppo,
      { env = env, policy = rl.policy(env), value = rl.value(env), symmetric = "network" })
    refuses("the value is not symmetric: make it with rl.value(env, { symmetric = true })", rl.ppo,
      { env = env, policy = tied, value = rl.value(env), symmetric = "network" })
    local critic = { env = env, policy = rl.policy(env, { symmetric = true, squash = true }), symmetric = "network" }
    critic.value = rl.value(env, { action = true })
    refuses("the value is not symmetric: make it with rl.value(env, { symmetric = true })", rl.sac, critic)
    refuses('symmetric: unknown', rl.ppo, { env = env, policy = tied, value = rl.value(env), symmetric = "both" })
    refuses('unknown symmetric "true"; known: false, data, loss, network', rl.ppo, { env = env, symmetric = true })
    local ppo = rl.ppo { env = env, policy = tied, value = rl.value(env, { symmetric = true }), symmetric = "network" }
    tied.theta:add_(rl.rng(1):normal(tied.theta:size(1)))
    refuses("of the policy are no longer what symmetry makes of one another", ppo.set, ppo, { lr = 1e-3 })
  end)

  it("is refused later as well as at first by a method with a memory that reads a history", function()
    local env, read = rl.env("pendulum", { n = 1 }), { squash = true, std = "fixed", history = 2 }
    local parts = { env = env, policy = rl.policy(env, read), value = rl.value(env, { action = true, history = 2 }) }
    local ddpg, message = rl.ddpg(parts), "option symmetric: not of ddpg with a history"
    refuses(message, ddpg.set, ddpg, { symmetric = "data" })
    assert.is_false(ddpg:options().symmetric)
    parts.symmetric = "data"
    refuses(message, rl.ddpg, parts)
  end)

  it("is described as what it is", function()
    local row
    for _, each in ipairs(rl.describe("ppo")) do
      if each.name == "symmetric" then row = each end
    end
    assert.are.same({ "false", "data", "loss", "network" }, row.choices)
    assert.is_false(row.default)
    assert.is_true(row.live)
  end)

  it("sees each sample with its image: from a batch of its own images nothing else is learnt", function()
    local function learn(mirrored)
      local env = rl.env("cartpole", { n = 8, seed = 1 })
      local symmetry = env:symmetry()
      local policy = rl.policy(env, { symmetric = true, seed = 5 })
      local value = rl.value(env, { symmetric = true, seed = 5 })
      local ppo = rl.ppo { env = env, policy = policy, value = value, symmetric = "data", minibatch = 0, epochs = 2 }
      local batch = ppo:collect(32)
      if mirrored then -- of a symmetric policy images have the same probability
        batch.obs:mul_(-1)
        batch.action:mul_(-1)
        batch.action:add_(1)
        assert.are.same({ 2, 1 }, symmetry.action.index)
      end
      ppo:update(batch)
      return policy.theta:totable()
    end
    local plain, mirrored = learn(false), learn(true)
    for i = 1, #plain do assert.is_near(plain[i], mirrored[i], 2e-6) end
  end)
end)
