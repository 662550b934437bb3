-- The nine switches of Engstrom et al. 2020: what each one changes, and nothing else; the presets made of them.
local rl = require "rl"

local env = rl.env("hopper", { n = 2, seed = 1 })

-- Everything a preset decides, as one flat table.
local function decided(name, options)
  local settings = { updates = 50, seed = 3, hidden = { 8 } }
  for key, value in pairs(options or {}) do settings[key] = value end
  local method, policy, value = rl.preset(name, env, settings)
  local all = {}
  for part, object in pairs { method = method, policy = policy, value = value } do
    for key, x in pairs(object:options()) do
      if type(x) ~= "table" then all[part .. "." .. key] = x end
    end
  end
  all["policy.theta"] = table.concat(policy.theta:totable(), " ")
  all["value.theta"] = table.concat(value.theta:totable(), " ")
  return all
end

local function changes(before, after)
  local changed = {}
  for key, value in pairs(before) do
    if after[key] ~= value then changed[key] = after[key] == nil and "none" or after[key] end
  end
  return changed
end

local function message_of(name, environment, options)
  local ok, message = pcall(function() rl.preset(name, environment, options) end)
  assert.is_false(ok)
  return message
end

describe("a switch", function()
  local all_on = decided("ppo", { value_function_clipping = true })
  for switch, expected in pairs {
    value_function_clipping = { ["method.value_clip"] = 0 },
    reward_scaling = { ["method.reward_scaling"] = false },
    adam_lr_annealing = { ["method.anneal"] = 0, ["method.lr"] = 3e-4, ["method.value_lr"] = 0 }, -- see below
    reward_clipping = { ["method.reward_clip"] = 0 },
    observation_normalization = { ["policy.normalize"] = false, ["value.normalize"] = false },
    observation_clipping = { ["policy.clip"] = "none", ["value.clip"] = "none" },
    tanh_activations = { ["policy.activation"] = "relu", ["value.activation"] = "relu" },
    global_gradient_clipping = { ["method.max_grad_norm"] = 0 },
  } do
    it(switch .. " changes the option it names and no other", function()
      local off = { value_function_clipping = true }
      off[switch] = false
      assert.are.same(expected, changes(all_on, decided("ppo", off)))
    end)
  end

  it("orthogonal_initialization changes the first parameters and nothing else", function()
    local changed = changes(all_on,
      decided("ppo", { value_function_clipping = true, orthogonal_initialization = false }))
    changed["policy.theta"], changed["value.theta"] = nil, nil
    assert.are.same({}, changed)
  end)

  -- Layer scaling: the policy's last layer has gain 0.01, so a linear one has singular values of 0.01; Xavier is
  -- uniform to sqrt(6 / (inputs + outputs)) (Glorot & Bengio 2010).
  it("orthogonal_initialization is the one of the paper, off it is Xavier's", function()
    local function weights(on)
      local _, policy = rl.preset("ppo", env, { updates = 1, hidden = {}, seed = 3, orthogonal_initialization = on })
      return policy.theta:narrow(1, 1, 3 * env.observation_space.size):reshape(env.observation_space.size, 3)
    end
    local w = weights(true)
    assert.is_true((w:t():matmul(w)):allclose(rl.eye(3) * 1e-4, 1e-8))
    local bound = math.sqrt(6 / (env.observation_space.size + 3))
    local largest = weights(false):abs():max()
    assert.is_true(largest <= bound and largest > 0.8 * bound)
  end)

  it("gives way to an option that is named", function()
    local all = decided("ppo", { reward_clip = 5, anneal = 7, max_grad_norm = 1, activation = "relu" })
    assert.are.equal(5, all["method.reward_clip"])
    assert.are.equal(7, all["method.anneal"])
    assert.are.equal(1, all["method.max_grad_norm"])
    assert.are.equal("relu", all["policy.activation"])
  end)
end)

describe("a preset", function()
  -- Which algorithm has which: Engstrom et al. 2020, table 1, and the configurations they published, where PPO-M and
  -- TRPO normalise observations and use tanh like the others. None clips the value here.
  it("has the switches of its algorithm", function()
    local minimal = { observation_normalization = true, tanh_activations = true }
    for name, has in pairs { ppo = "all", ppo_noclip = "all", trpo_plus = "all", ppo_m = minimal, trpo = minimal } do
      local switches = 0
      for key, value in pairs(rl.presets[name]) do
        if type(value) == "boolean" then
          switches = switches + 1
          local on = has == "all" and key ~= "value_function_clipping"
          assert.are.equal(on or has ~= "all" and has[key] or false, value, name .. " " .. key)
        end
      end
      assert.are.equal(9, switches)
    end
  end)

  it("makes the method of its algorithm", function()
    local expected = { ppo = "ppo", ppo_m = "ppo", ppo_noclip = "ppo", trpo = "trpo", trpo_plus = "trpo" }
    for name, method in pairs(expected) do assert.are.equal(method, decided(name)["method.name"]) end
    assert.are.equal(0.2, decided("ppo")["method.clip"])
    assert.are.equal(0, decided("ppo_noclip")["method.clip"])
    assert.are.equal(0.1, decided("trpo")["method.fisher_fraction"])
    assert.are.equal(50, decided("trpo_plus")["method.anneal"])
    for name in pairs(expected) do
      assert.are.equal(0, decided(name)["method.value_clip"])
      assert.are.equal(0.2, decided(name, { value_function_clipping = true })["method.value_clip"])
    end
  end)

  it("has a trust region and a damping by the numbers of an action", function()
    for _, name in ipairs { "trpo", "trpo_plus" } do
      local all = decided(name)
      assert.is_near(0.03, all["method.max_kl"], 1e-9)
      assert.is_near(0.3, all["method.damping"], 1e-9)
    end
    local named = decided("trpo", { max_kl = 0.01, damping = 0.1 })
    assert.is_near(0.01, named["method.max_kl"], 1e-9)
    assert.is_near(0.1, named["method.damping"], 1e-9)
  end)

  it("begins at higher rates where they fall to nothing", function()
    local function rates(name, options)
      local all = decided(name, options)
      return { all["method.lr"], all["method.value_lr"] or false }
    end
    assert.are.same({ 6e-4, 3e-3 }, rates("ppo"))
    assert.are.same({ 6e-4, 3e-3 }, rates("ppo_noclip"))
    assert.are.same({ 3e-4, 0 }, rates("ppo_m"))
    assert.are.same({ 1e-3, false }, rates("trpo_plus"))
    assert.are.same({ 1e-3, false }, rates("trpo"))
    assert.are.same({ 1e-3, 2e-3 }, rates("ppo", { lr = 1e-3, value_lr = 2e-3 }))
    assert.are.same({ 1e-4, 0 }, rates("ppo", { lr = 1e-4 })) -- 0: the same
    assert.are.same({ 6e-4, 2e-3 }, rates("ppo", { value_lr = 2e-3 }))
    for _, off in ipairs { { adam_lr_annealing = false }, { anneal = 0 } } do
      assert.are.same({ 3e-4, 0 }, rates("ppo", off))
    end
    assert.are.same({ 6e-4, 3e-3 }, rates("ppo_m", { adam_lr_annealing = true }))
  end)

  it("takes options of the networks and of the method", function()
    local method, policy, value = rl.preset("trpo", env, { hidden = { 5 }, gamma = 0.9, max_kl = 0.02, log_std = -1 })
    assert.are.equal(5, policy:options().layers[2])
    assert.are.equal(5, value:options().layers[2])
    assert.are.equal(0.9, method:options().gamma)
    assert.are.equal(0.02, method:options().max_kl)
    assert.are.equal(-1, policy.log_std[1])
  end)

  it("learns: an update moves both networks", function()
    for name in pairs(rl.presets) do
      local method, policy, value = rl.preset(name, env, { updates = 2, hidden = { 8 } })
      local before, value_before = policy.theta:clone(), value.theta:clone()
      local stats = method:update(method:collect(64))
      assert.is_false(policy.theta:equal(before), name)
      assert.is_false(value.theta:equal(value_before), name)
      assert.are.equal(stats.approx_kl, stats.approx_kl) -- no NaN
    end
  end)

  it("of one's own is one more entry of the table", function()
    rl.presets.mine = { method = "a2c", reward_scaling = true }
    local method = rl.preset("mine", env, { gamma = 0.9 })
    rl.presets.mine = nil
    assert.are.equal("a2c", method:options().name)
    assert.is_true(method:options().reward_scaling)
  end)

  it("refuses what it does not know, in the caller's line", function()
    local unknown = message_of("ppo", env, { updates = 1, reward_cliping = true })
    assert.is_truthy(unknown:find('did you mean "reward_clipping"', 1, true), unknown)
    assert.is_truthy(message_of("ppo_n", env):find("known: ppo, ppo_m, ppo_noclip, trpo, trpo_plus", 1, true))
    assert.is_truthy(message_of("trpo", env, { clip = 0.2 }):find('unknown option "clip"', 1, true))
    assert.is_truthy(message_of("trpo", env, { method = "tpo" }):find('did you mean "trpo"', 1, true))
    assert.is_truthy(message_of("trpo", env, { method = {} }):find("unknown method", 1, true))
    assert.is_truthy(message_of("trpo", env, { kl = 0.2 }):find("kl is called max_kl since version 0.2", 1, true))
    assert.is_truthy(message_of("ppo", env, { updates = 1, gamma = 2 }):find("^[^:]*_spec.lua:%d+: rl.ppo: .*gamma"))
    assert.is_truthy(message_of("ppo", env):find("updates", 1, true))
    assert.is_truthy(message_of("ppo", nil):find("environment expected", 1, true))
    assert.is_truthy(message_of("ppo", env, { reward_clipping = 5 }):find("true or false", 1, true))
  end)
end)
