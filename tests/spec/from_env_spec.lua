-- With nothing but an environment: every method and every search makes the policy that it needs.
local rl = require "rl"
local pair = require "spec.pair"
local suited = require "spec.suited"

local function fails_here(pattern, f)
  local ok, message = pcall(f)
  assert.is_false(ok)
  assert.truthy(message:find("from_env_spec%.lua:%d+: "), message)
  assert.truthy(message:find(pattern), message)
end

describe("nothing but an environment", function()
  for _, name in ipairs(rl.methods) do
    it("is enough for rl." .. name, function()
      local shape = { n = 16, seed = 2 }
      local env = suited.env(name, rl.env("cartpole", shape), function() return rl.env("pendulum", shape) end)
      local shown = name == "dapg" and env:demonstrate("random", { episodes = 2 }) or nil
      local method, policy, value = rl[name] { env = env, seed = 3, demonstrations = shown }
      assert.are.equal(suited.groups(name), value == nil)
      assert.are.equal(3, policy:options().seed)
      if method:options().episodes ~= false then -- grpo has nothing else
        fails_here("of how many steps at most", function() method:collect() end)
        method:update(method:collect(50))
      else
        local batch = method:collect()
        local own = { a2c = 256, a3c = 80, coma = 256, actor_critic = 16 }
        assert.are.equal(suited.remembers(name) and 16 or own[name] or 2048, batch.stats.steps)
        assert.truthy(method:update(batch))
      end
    end)
  end

  for _, name in ipairs(rl.searches) do
    it("is enough for rl." .. name, function()
      local env = rl.env("cartpole", { seed = 2 })
      local es, policy = rl[name] { env = env, seed = 3 }
      assert.are.equal(10, es.dim)
      assert.are.equal(0, policy.theta:abs():max())
      local x = es:ask()
      local returns = env:evaluate(policy, policy:spread(x))
      assert.are.equal(x:size(1), returns:size(1))
    end)
  end

  it("is an environment, and not its name", function()
    for _, name in ipairs { "cmaes", "trpo" } do
      fails_here(("rl%%.%s: option env: rl%%.env expected, got string"):format(name),
        function() return rl[name] { env = "pendulum" }.name end)
    end
  end)

  it("begins a search with actions that deviate as much for any number of observations", function()
    for name, observations in pairs { cartpole = 4, pendulum = 3, hopper = 12, human = 61 } do
      local options = rl.cmaes { env = rl.env(name) }:options()
      assert.are.equal(#options.x0, #options.scale)
      for _, scale in ipairs(options.scale) do assert.is_near(1 / math.sqrt(observations + 1), scale, 1e-12) end
    end
    for _, name in ipairs { "ars", "openai_es", "finite_difference" } do -- lr goes by scale
      assert.is_nil(rl[name] { env = rl.env("hopper") }:options().scale)
    end
    assert.are.equal(8, rl.ars { env = rl.env("pendulum"), sigma = function() return 0.1 end }:options().directions)
    assert.are.equal(3, rl.ars { env = rl.env("pendulum"), scale = 3 }:options().scale[1])
    local each = rl.cem { env = rl.env("pendulum"), scale = { 1, 2, 3, 4 } }:options().scale
    assert.are.same({ 1, 2, 3, 4 }, each)
  end)

  it("learns variances alone where there are hundreds of numbers", function()
    for observations, diagonal in pairs { [74] = false, [75] = true } do -- 300 parameters, and 304
      local zeros = {}
      for i = 1, observations do zeros[i] = 0 end
      local env = rl.lua_env { observation = observations, action = { "discrete", 4 },
                               reset = function() return zeros end, step = function() return zeros, 0, true end }
      assert.are.equal(diagonal, rl.cmaes { env = env }:options().diagonal)
      assert.are.equal(diagonal, rl.mo_cmaes { env = env, popsize = 2 }:options().diagonal)
      assert.are.equal(not diagonal, rl.cmaes { env = env, diagonal = not diagonal }:options().diagonal)
    end
  end)

  it("reads observations divided by their size for a search, and leaves 0 where it is", function()
    local seen = { { 8, -0.5 }, { 6, 0.5 } }
    local env = rl.lua_env { observation = 2, action = { "box", 2, -100, 100 }, reset = function() return seen[1] end,
                             step = function() return seen[2], 0, true end } -- acted on is the first alone
    local _, policy = rl.ars { env = env }
    policy.theta:copy_(rl.tensor { 1, 0, 0, 1, 0, 0 })
    local read = policy:mean(rl.tensor { { 0, 0 }, { 8, -0.5 }, { -4, 1 } })
    assert.is_true((read - rl.tensor { { 0, 0 }, { 1, -1 }, { -0.5, 2 } }):abs():max() < 1e-5)
  end)

  it("keeps what it is given", function()
    local env = rl.env("cartpole")
    local value = rl.value(env, { hidden = { 8 } })
    local _, _, kept = rl.ppo { env = env, value = value }
    assert.are.equal(value, kept)
    assert.is_nil((select(2, rl.ppo { env = env, policy = rl.policy(env), value = value })))
  end)

  it("gives TRPO a trust region and a damping by the numbers of an action", function()
    local function both(name, more)
      local options = { env = rl.env(name) }
      for key, x in pairs(more or {}) do options[key] = x end
      local o = rl.trpo(options):options()
      return o.max_kl, o.damping
    end
    local function near(nats, damping, max_kl, damped)
      assert.is_near(nats, max_kl, 1e-9)
      assert.is_near(damping, damped, 1e-9)
    end
    for name, n in pairs { cartpole = 1, gears = 1, pendulum = 1, hopper = 3, biped = 6 } do
      near(0.01 * n, 0.1 * n, both(name))
    end
    near(0.02, 0.6, both("biped", { max_kl = 0.02 }))
    local npg = rl.npg { env = rl.env("biped") }:options()
    near(0.06, 0.6, npg.max_kl, npg.damping)
    near(0.06, 0.2, both("biped", { damping = 0.2 }))
    local biped = rl.env("biped")
    near(0.01, 0.1, both("biped", { policy = rl.policy(biped), value = rl.value(biped) }))
  end)

  it("makes no observation larger for TRPO, where actions are numbers, and begins with a larger deviation", function()
    local function networks(name, env)
      local _, policy, value = rl[name] { env = rl.env(env) }
      assert.are.equal(policy:options().normalizer, value:options().normalizer)
      return policy:options().normalizer, policy.log_std and policy.log_std[1]
    end
    assert.are.same({ "large", 0 }, { networks("trpo", "pendulum") })
    assert.are.equal("standard", (networks("trpo", "cartpole")))
    assert.are.same({ "standard", -0.5 }, { networks("ppo", "pendulum") })
  end)

  it("gives PPO a value that learns faster than the policy", function()
    local env = rl.env("cartpole")
    local function rates(options)
      options.env = env
      local o = rl.ppo(options):options()
      return { o.lr, o.value_lr }
    end
    assert.are.same({ 3e-4, 1e-3 }, rates {})
    assert.are.same({ 3e-4, 2e-3 }, rates { value_lr = 2e-3 })
    assert.are.same({ 1e-4, 0 }, rates { lr = 1e-4 }) -- that of the policy
    assert.are.same({ 3e-4, 0 }, rates { policy = rl.policy(env), value = rl.value(env) })
  end)

  it("gives PPO of creatures a shorter trace", function()
    local function lambda(env, options)
      options.env = env
      return (rl.ppo(options):options().lambda)
    end
    local hopper, world = rl.env("hopper"), rl.env(pair())
    assert.is_near(0.9, lambda(hopper, {}), 1e-9)
    assert.is_near(0.9, lambda(hopper, { advantage = "gae" }), 1e-9)
    assert.is_near(0.95, lambda(hopper, { lambda = 0.95 }), 1e-9)
    assert.is_near(0.95, lambda(hopper, { advantage = "vtrace" }), 1e-9)
    assert.is_near(0.95, lambda(hopper, { policy = rl.policy(hopper), value = rl.value(hopper) }), 1e-9)
    for _, of in ipairs { rl.env("bipedal_walker"), world, world:agent("a") } do
      assert.is_near(0.95, lambda(of, {}), 1e-9)
    end
    assert.is_near(0.95, rl.trpo { env = rl.env("hopper") }:options().lambda, 1e-9)
  end)

  it("makes networks that are symmetric where it is asked to", function()
    local biped = rl.env("biped")
    local function made(method, policy, own_value)
      assert.are.equal(policy:options().symmetric, own_value:options().symmetric)
      assert.are.equal(policy:options().symmetric and "network" or false, method:options().symmetric)
      return policy:free():size(1) < policy.theta:size(1)
    end
    for asked, got in pairs { network = true, ["false"] = false } do
      assert.are.equal(got, made(rl.ppo { env = biped, symmetric = asked }))
      assert.are.equal(got, made(rl.preset("ppo", biped, { updates = 2, symmetric = asked })))
    end
    assert.is_false(made(rl.ppo { env = biped }))
    assert.is_false(made(rl.preset("ppo", biped, { updates = 2 })))
  end)

  it("searches for half of a symmetric policy where it is asked to", function()
    local biped = rl.env("biped")
    local images = biped:symmetry()
    local whole = rl.cmaes { env = biped }
    local es, policy = rl.cmaes { env = biped, symmetric = "network", seed = 1 }
    assert.are.equal(whole.dim / 2, es.dim)
    policy.theta:copy_(policy:spread(es:ask())[1])
    local state, image = biped:reset(), {}
    for i, from in ipairs(images.observation.index) do image[i] = images.observation.sign[i] * state:get(1, from) end
    local done, mirrored = policy:mean(state), policy:mean(rl.tensor { image })
    for i, from in ipairs(images.action.index) do
      assert.is_true(math.abs(mirrored:get(1, i) - images.action.sign[i] * done:get(1, from)) < 1e-5)
    end
    assert.is_true(done:abs():max() > 0)
    assert.are.equal(whole.dim, (rl.cmaes { env = biped, symmetric = false }).dim)
    for _, asked in ipairs { "data", "loss", true } do
      fails_here("a search has no samples to mirror", function() rl.cmaes { env = biped, symmetric = asked } end)
    end
    fails_here("is not symmetric", function() rl.cmaes { env = rl.env("hopper"), symmetric = "network" } end)
  end)

  it("blames the line that asked", function()
    local env = rl.env("cartpole")
    fails_here("unknown option \"lrr\"", function() rl.ppo { env = env, lrr = 1 } end)
    fails_here("unknown option \"sigm\"", function() rl.cmaes { env = env, sigm = 1 } end)
    fails_here("is not symmetric", function() rl.ppo { env = rl.env("bipedal_walker"), symmetric = "network" } end)
    fails_here("option env: rl.env expected, got number", function() rl.ppo { env = 1 } end)
    fails_here("unknown option \"env\"", function() rl.cmaes { env = env, x0 = { 1, 2 } } end)
  end)

  it("is refused by a method that is for other actions, which says what to use", function()
    local free = rl.lua_env { name = "free", observation = 1, action = { "box", 1, -math.huge, math.huge },
                              reset = function() return { 0 } end, step = function() return { 0 }, 0, true end }
    local of_numbers = 0
    for _, name in ipairs(rl.methods) do
      if rl.describe(name).policy.squash then
        of_numbers = of_numbers + 1
        fails_here(("rl%%.%s: %s is for actions of numbers, those of cartpole are choices: use rl%%.ppo"):format(name,
          name), function() rl[name] { env = rl.env("cartpole") } end)
        fails_here(("rl%%.%s: it acts within bounds, and the actions of free have none: .* use rl%%.ppo"):format(name),
          function() rl[name] { env = free } end)
      end
    end
    assert.is_true(of_numbers >= 3)
  end)
end)

describe("a normaliser that moves", function()
  local rng = rl.rng(4)
  local first = rng:normal(200, 12)

  it("leaves the network the function that it is", function()
    local env = rl.env("hopper")
    for _, options in ipairs { {}, { hidden = {} }, { layer_norm = true }, { std = "state" },
                               { normalizer = "scale" } } do
      local policy = rl.policy(env, options)
      policy:observe(first)
      local theta, before = policy.theta:clone(), policy:mean(first)
      policy:observe(rng:normal(300, 12) * 0.3 + 0.1)
      assert.is_true((policy:mean(first) - before):abs():max() < 1e-6)
      assert.is_false(policy.theta:equal(theta))
    end
  end)

  it("leaves the value at the new mean where a range has grown, and weights as they are", function()
    local start, second = first * 2 + 1, rng:normal(300, 12) * 6 + 3
    local mean = (start:sum(1) + second:sum(1)):reshape(1, 12) / 500
    for _, normalizer in ipairs { "standard", "scale", "large" } do
      local policy = rl.policy(rl.env("hopper"), { normalizer = normalizer })
      policy:observe(start)
      local before, theta = policy:mean(mean), policy.theta:clone()
      policy:observe(second)
      assert.is_true((policy:mean(mean) - before):abs():max() < 1e-6, normalizer)
      assert.is_true(policy.theta:narrow(1, 1, 12 * 64):equal(theta:narrow(1, 1, 12 * 64)))
      assert.is_false(policy.theta:equal(theta))
    end
  end)

  it("leaves a symmetric one symmetric to the bit", function()
    local env = rl.env("biped")
    local policy = rl.policy(env, { symmetric = true })
    local obs = rl.rng(5):normal(200, 19)
    policy:observe(obs)
    policy:observe(obs * 2 + 1)
    assert.is_true(policy:spread(policy:free()):equal(policy.theta))
  end)

  it("begins without a change of weights", function()
    local policy = rl.policy(rl.env("hopper"))
    local theta = policy.theta:clone()
    policy:observe(first)
    assert.is_true(policy.theta:equal(theta))
  end)
end)
