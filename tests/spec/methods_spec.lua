-- The policy-gradient methods as scripts see them: one face, options by method, what a batch and an update report, and
-- what is said of wrong parts, samples and batches. That they compute the right thing is tested in C.
local rl = require "rl"
local core = require "rl.core"
local refuses = require("spec.refusal").refuses
local shown = require "spec.shown"
local suited = require "spec.suited"

local NAMES = rl.methods
local ALL = { "rollout" }
for _, name in ipairs(NAMES) do ALL[#ALL + 1] = name end

local env = rl.env("cartpole", { n = 8, seed = 1 })
local policy, value = rl.policy(env, { hidden = { 8 } }), rl.value(env, { hidden = { 8 } })

local NONE = {} -- an option to leave out

-- The names of the options that a method has.
local function options_of(name)
  local set = {}
  for _, row in ipairs(core.describe_method(name)) do set[row.name] = true end
  return set
end

-- A method that compares groups has no critic.
local function may_have_critic(name) return name == "rollout" or not options_of(name).group end

-- For methods that want actions of numbers.
local swing = rl.env("pendulum", { n = 8, seed = 1 })
local squashed = rl.policy(swing, { hidden = { 8 }, squash = true })
local critic_of_choices = rl.value(env, { hidden = { 8 }, action = true, central = true })

local function new(name, options)
  local all = { env = env, policy = policy, value = may_have_critic(name) and value or nil, seed = 1 }
  if suited.has(name, "minibatch") then all.minibatch = 32 end
  if suited.remembers(name) then
    all.env, all.policy = swing, suited.policy(rl, name, swing, { hidden = { 8 } })
    all.value = suited.value(rl, name, swing, { hidden = { 8 } })
    all.warmup, all.replay, all.memory = 0, 0.02, 1000
  end
  if suited.judges_actions(name) then all.value = critic_of_choices end
  all.demonstrations = shown(name, options and options.env or env)
  for key, x in pairs(options or {}) do
    all[key] = x
    if x == NONE then all[key] = nil end
  end
  return rl[name](all)
end

local function set_of(list)
  local set = {}
  for _, name in ipairs(list) do set[name] = true end
  return set
end


describe("every method", function()
  it("collects and updates", function()
    for _, name in ipairs(NAMES) do
      local method = new(name)
      local net = core.method_parts(method).policy
      local before = net.theta:clone()
      local stats = method:update(method:collect(30))
      assert.is_false(net.theta:equal(before), name)
      assert.is_true(suited.is_deterministic(name) == not (stats.entropy and stats.entropy > 0), name)
    end
  end)

  -- The gradients, bytes for any number of threads and through a save are compared in C, for every method of the list.
  it("trains a while on either kind of action, and all that it reports stays finite", function()
    for _, of in ipairs { "cartpole", "pendulum", "gears" } do
      for _, name in ipairs(NAMES) do
        local own = suited.env(name, rl.env(of, { n = 8, seed = 2 }), function()
          return rl.env("hopper", { n = 8, seed = 2 })
        end)
        local net = suited.policy(rl, name, own, { hidden = { 8 } })
        local method = new(name, {
          env = own, policy = net, value = suited.value(rl, name, own, { hidden = { 8 } }) or NONE,
        })
        for _ = 1, 5 do
          for stat, x in pairs(method:update(method:collect(40))) do
            assert.is_true(x == x and math.abs(x) < math.huge, name .. " " .. stat)
          end
        end
        assert.is_true(net.theta:abs():max() < 100)
      end
    end
  end)

  it("goes on with the penalty that it has adapted, or with the one it is given", function()
    local method = new("ppo_penalty", { max_kl = 10, lr = 1e-4 }) -- so wide that the penalty halves each time
    assert.are.equal(0.5, method:update(method:collect(30)).beta)
    assert.are.equal(0.5, method:options().kl_coef)
    method:set { lr = 1e-5 }
    assert.are.equal(0.25, method:update(method:collect(30)).beta)
    method:set { kl_coef = 1 }
    assert.are.equal(0.5, method:update(method:collect(30)).beta)
  end)

  it("scales rewards that do not vary yet by 1", function()
    local method = new("actor_critic", { reward_scaling = true, minibatch = NONE })
    local batch = method:collect(1)
    assert.is_true(batch.advantage:abs():max() < 10)
    assert.are.equal(8, batch.stats.cut + batch.stats.episodes)
  end)

  it("lists its options as they are, and takes them back", function()
    for _, name in ipairs(NAMES) do
      local weight = "entropy_coef"
      for _, other in ipairs { "target_entropy", "advantage_scale", "output_coef" } do
        if suited.has(name, other) then weight = other end
      end
      local method = new(name, { gamma = 0.9, [weight] = 0.25 })
      local options = method:options()
      assert.are.equal(name, options.name)
      assert.are.equal(1, options.seed)
      assert.are.equal(0.9, options.gamma)
      assert.are.equal(0.25, options[weight])
      options.name = nil
      local names = {}
      for key in pairs(options) do names[key] = true end
      assert.are.same(options_of(name), names)
      local fixed = {}
      for _, row in ipairs(method:describe()) do fixed[row.name] = not row.live end
      fixed.lag = nil -- may be given as it is
      for key in pairs(fixed) do if fixed[key] then options[key] = nil end end
      options.gamma = 0.8
      if options.epochs then options.normalize_advantage = not options.normalize_advantage end
      method:set(options)
      local after = method:options()
      after.name = nil
      for key in pairs(fixed) do if fixed[key] then after[key] = nil end end
      assert.are.same(options, after)
    end
  end)

  it("can have each estimator that its parts allow", function()
    for _, name in ipairs(ALL) do
      if suited.remembers(name) then refuses('unknown option "advantage"', new, name, { advantage = "td" }) end
      local estimators = { "total", "reward_to_go", "baseline", "q", "advantage", "td", "gae" }
      for _, estimator in ipairs(suited.remembers(name) and {} or estimators) do
        local critic = may_have_critic(name) or estimator ~= "total" and estimator ~= "reward_to_go"
        local method = new(name, { advantage = estimator, value = critic and value or NONE })
        assert.are.equal(estimator, method:options().advantage)
        assert.are.same({ 5, 8 }, method:collect(5).advantage:shape())
      end
    end
  end)

  it("reports what it has, and nothing else", function()
    local of_all = { "approx_kl", "entropy", "policy_loss", "grad_norm", "epochs_done" }
    local critic = { "value_loss", "explained_variance" }
    for _, name in ipairs(NAMES) do
      local expected, own = set_of(of_all), options_of(name)
      -- Measured where it decides, and after a single step, but not to as many policies as there are workers.
      expected.kl = own.max_kl or not own.target_kl and own.minibatch or nil
      expected.clip_fraction, expected.beta = own.clip, own.kl_coef
      expected.demonstrated = shown(name, env) and true or nil
      expected.improvement, expected.backtracks = own.damping, own.max_backtracks
      for _, field in ipairs(may_have_critic(name) and critic or {}) do expected[field] = true end
      if suited.remembers(name) then
        expected = set_of { "entropy", "policy_loss", "value_loss", "grad_norm", "mean_q",
                            "gradient_steps", "remembered" }
        expected[suited.squashes(name) and "alpha" or "effective_fraction"] = true
        if suited.is_deterministic(name) then expected.alpha, expected.entropy = nil, nil end
      end
      local method, got = new(name), {}
      for field in pairs(method:update(method:collect(30))) do got[field] = true end
      assert.are.same(expected, got, name)
    end
    local method = new("ppo", { base = rl.policy(env, { hidden = { 4 } }), base_kl_coef = 0.1 })
    assert.is_true(method:update(method:collect(30)).base_kl > 0)
  end)

  it("reports the learning rate where it is annealed", function()
    local method = new("ppo", { anneal = 4, lr = 0.5 })
    for _, lr in ipairs { 0.5, 0.375, 0.25, 0.125, 0, 0 } do
      assert.are.equal(lr, method:update(method:collect(30)).lr)
    end
  end)

  it("takes a batch with a bonus in its rewards", function()
    local function moved(edit)
      local own = rl.policy(env, { hidden = { 4 }, seed = 3 })
      local method = rl.a2c { env = rl.env("cartpole", { n = 8, seed = 1 }), policy = own,
                              value = rl.value(env, { hidden = { 4 }, seed = 3 }), seed = 1 }
      local batch = method:collect(30)
      edit(batch)
      method:update(batch)
      return own.theta, batch
    end
    local plain = moved(function() end)
    local bonus, batch = moved(function(batch) batch.reward:add_(batch.obs:narrow(3, 1, 1):reshape(30, 8)) end)
    assert.is_false(plain:equal(bonus))
    assert.is_true(plain:equal((moved(function(b) b.reward:add_(1) b.reward:add_(-1) end))))
    assert.is_true(batch.advantage:abs():max() > 0)
  end)
end)

describe("a description", function()
  -- What is listed as a default is what the method starts from, with and without a critic.
  it("of a method has the defaults that it starts from, and their ranges hold them", function()
    for _, name in ipairs(ALL) do
      for _, critic in ipairs(may_have_critic(name) and { true, false } or { false }) do
        local advantage = not critic and may_have_critic(name) and "reward_to_go" or nil -- which needs none
        if suited.remembers(name) then critic, advantage = true, nil end
        local own = suited.env(name, env, function() return swing end)
        local method = rl[name] { env = own, policy = suited.policy(rl, name, own), advantage = advantage,
                                  demonstrations = shown(name, own),
                                  value = critic and suited.value(rl, name, own) or nil }
        local options, rows = method:options(), method:describe()
        assert.are.equal(name, options.name)
        assert.are.equal(name, rows.name)
        assert.is_true(#rows.meaning > 10)
        for _, row in ipairs(rows) do
          if row.name ~= "advantage" then assert.are.equal(row.default, options[row.name], name .. " " .. row.name) end
          assert.is_true(#row.meaning > 5, row.name)
          assert.is_true(row.type ~= "number" or row.min <= row.default and row.default <= row.max, row.name)
        end
      end
    end
    local function default_of(rows, name)
      for _, row in ipairs(rows) do if row.name == name then return row.default end end
    end
    assert.are.equal("baseline", default_of(core.describe_method("reinforce"), "advantage"))
    assert.are.equal("reward_to_go", default_of(new("reinforce", { value = NONE }):describe(), "advantage"))
    assert.are.equal(0.01, default_of(core.describe_method("reinforce"), "lr"))
    assert.is_truthy(core.describe_method("ppo").source:find("Schulman et al. 2017", 1, true))
    refuses('unknown method "pop"; did you mean "ppo"?', core.describe_method, "pop")
  end)

  it("is made of a policy and a value that are what their rows say", function()
    local pendulum = rl.env("pendulum")
    for name, make in pairs { policy = rl.policy, value = rl.value } do
      local plain, given = make(pendulum), {}
      for _, row in ipairs(plain:describe()) do given[row.name] = row.default end
      assert.are.same({ 64, 64 }, given.hidden, name)
      local same = make(pendulum, given)
      assert.are.same(plain:options(), same:options())
      assert.are.same(plain.theta:totable(), same.theta:totable())
    end
  end)

  it("has names of 0.1 that raise the ones of today", function()
    for _, name in ipairs(NAMES) do
      local method = new(name)
      for _, row in ipairs(method:describe()) do
        local message = ("rl.%s: option %s is called %s since version 0.2"):format(name, tostring(row.was), row.name)
        if row.was then refuses(message, new, name, { [row.was] = 0.1 }) end
        if row.was then refuses(message, method.set, method, { [row.was] = 0.1 }) end
      end
    end
    local ppo = new("ppo")
    local stats = ppo:update(ppo:collect(30))
    refuses("statistic epochs is called epochs_done since version 0.2", function() return stats.epochs end)
    assert.is_nil(stats.epoch)
    for old, name in pairs { entropy = "entropy_coef", base_kl = "base_kl_coef" } do
      refuses(("rl.ppo: option %s is called %s since version 0.2"):format(old, name), new, "ppo", { [old] = 0 })
    end
    refuses("rl.trpo: option kl is called max_kl since version 0.2", new, "trpo", { kl = 0.1 })
    refuses("option backtracks is called max_backtracks since", new, "trpo", { backtracks = 3 })
    refuses("option beta is called kl_coef since", new, "ppo_penalty", { beta = 3 })
    refuses('rl.ppo: unknown option "kl"', new, "ppo", { kl = 0.1 }) -- it never had one
  end)
end)

describe("a network", function()
  it("describes the options that it can be made with", function()
    for of, object in pairs { policy = policy, value = value } do
      local made = {}
      for _, row in ipairs(object:describe()) do
        assert.is_true(#row.meaning > 5)
        made[row.name] = row.default
      end
      assert.is_truthy(rl[of](env, made)) -- each is an option
      assert.are.equal(of == "policy" and "free" or nil, made.std)
      assert.are.equal("tanh", made.activation)
    end
  end)
end)

describe("a rollout", function()
  it("is no method: it collects, and has no step", function()
    local rollout = new("rollout", { gamma = 0.9 })
    assert.is_nil(rollout.update)
    assert.is_nil(rollout.gradient)
    assert.are.equal("rl.rollout of cartpole", tostring(rollout))
    for _, name in ipairs(NAMES) do assert.are_not.equal("rollout", name) end
    assert.are.same({ 5, 8 }, rollout:collect(5).advantage:shape())
    rollout:set { gamma = 0.8, episodes = true, group = 4 }
    assert.are.equal(0.8, rollout:options().gamma)
    assert.are.equal(8, rollout:collect(500).stats.episodes)
    refuses("rl.rollout: option seed cannot change during a run", rollout.set, rollout, { seed = 3 })
    refuses('rl.rollout: unknown option "lr"', rollout.set, rollout, { lr = 1 })
    refuses("rl.rollout: option group: copies begin alike in batches of episodes", rollout.set, rollout,
      { episodes = false })
    refuses('unknown option "base"', new, "rollout", { base = policy })
    assert.are.equal(4, rollout:options().group) -- nothing has changed
  end)

  it("gives choices that go straight back into the environment", function()
    for _, name in ipairs { "cartpole", "pendulum", "gears" } do
      local env_of = function() return rl.env(name, { n = 4, seed = 5 }) end
      local first, again = env_of(), env_of()
      local mover = rl.policy(first)
      local batch = rl.rollout { env = first, policy = mover, advantage = "reward_to_go" }:collect(6)
      again:reset()
      for t = 1, 6 do
        local _, reward = again:step(batch.action[t])
        assert.is_true(reward:equal(batch.reward[t]), name)
        assert.are.same(mover:act(batch.obs[t], rl.rng(1)):shape(), batch.action[t]:shape())
        local log_prob = mover:dist(batch.obs[t]):log_prob(batch.action[t])
        assert.is_true(log_prob:value():allclose(batch.log_prob[t], 1e-5))
      end
    end
  end)
end)

describe("a batch", function()
  it("holds tensors of steps by copies, and what was collected", function()
    local batch = new("rollout", { advantage = "gae" }):collect(6)
    assert.are.same({ 6, 8, 4 }, batch.obs:shape())
    for _, name in ipairs { "action", "log_prob", "reward", "value", "advantage", "target", "terminated", "truncated",
                            "valid", "cut_value" } do
      assert.are.same({ 6, 8 }, batch[name]:shape(), name)
    end
    assert.are.same({ 8 }, batch.last_value:shape())
    assert.are.equal(48, batch.valid:sum())
    assert.are.equal(48, batch.stats.steps)
    assert.are.equal(1, batch.stats.mean_reward)
    assert.are.equal(1, batch.stats.terms.balance)
  end)

  it("of episodes is valid until each copy's episode ended", function()
    local method = new("reinforce", { policy = rl.policy(env, { hidden = { 8 } }) }) -- the others have learnt
    local batch = method:collect(500)
    assert.are.equal(8, batch.stats.episodes)
    for copy = 1, 8 do
      local taken, ends = 0, 0
      for step = 1, 500 do
        if batch.valid:get(step, copy) == 1 then
          assert.are.equal(step - 1, taken) -- no gap
          taken = taken + 1
          ends = ends + batch.terminated:get(step, copy) + batch.truncated:get(step, copy)
        end
      end
      assert.are.equal(1, ends)
      assert.is_true(taken < 500) -- an untrained pole falls
    end
    assert.are.equal(batch.stats.steps, batch.valid:sum())
    local last = batch.valid:select(2, 1):sum()
    refuses("step 500 of copy 1 is not a sample", method.gradient, method, batch, { 499 * 8 + 1 })
    assert.is_truthy(method:gradient(batch, { (last - 1) * 8 + 1 }))
  end)

  it("gives the gradients of both losses over any of its samples, and no step", function()
    local method = new("ppo", { normalize_advantage = false })
    local batch = method:collect(10)
    local before, value_before = policy.theta:clone(), value.theta:clone()
    local g1, v1 = method:gradient(batch, { 1, 2, 3 })
    local g2, v2 = method:gradient(batch, { 7 })
    local g, v = method:gradient(batch, { 1, 2, 3, 7 })
    assert.are.same(policy.theta:shape(), g:shape())
    assert.are.same(value.theta:shape(), v:shape())
    assert.is_true(((g1 * 3 + g2) / 4):allclose(g, 1e-5)) -- a mean over samples
    assert.is_true(((v1 * 3 + v2) / 4):allclose(v, 1e-5))
    assert.is_true(policy.theta:equal(before) and value.theta:equal(value_before))
    local without = new("grpo")
    assert.are.equal(1, select("#", without:gradient(without:collect(5), { 1 })))
  end)
end)

describe("a method refuses", function()
  local hopper = rl.env("hopper", { n = 4 })

  local function lua_env(options)
    local size = options.observation or 1
    local zeros = rl.zeros(size):totable()
    return rl.lua_env {
      n = 8, observation = size, action = options.action or { "discrete", 2 }, repeatable = options.repeatable,
      reset = function() return zeros end, step = function() return zeros, 1, true end,
    }
  end

  it("unknown options, with the nearest and with its own", function()
    refuses('rl.trpo: unknown option "clip"', new, "trpo", { clip = 0.2 })
    refuses('rl.grpo: unknown option "gruop"; did you mean "group"?', new, "grpo", { gruop = 4 })
    refuses('rl.a2c: option advantage: unknown advantage "gea"; did you mean "gae"?', new, "a2c", { advantage = "gea" })
    local method = new("ppo")
    refuses('rl.ppo: unknown option "clp"; did you mean "clip"?', method.set, method, { clp = 0.1 })
    refuses("rl.ppo: option clip: -1 is outside [0, 1000000]", method.set, method, { clip = -1 })
    refuses("rl.ppo: option epochs: integer expected, got 1.5", new, "ppo", { epochs = 1.5 })
    assert.are.equal(0.2, method:options().clip)
  end)

  it("parts that are missing or of another kind", function()
    refuses("rl.ppo: option env: rl.env expected, got nothing", rl.ppo, { policy = policy, value = value })
    refuses("rl.ppo: option policy: rl.policy expected, got rl.value", new, "ppo", { policy = value })
    refuses("rl.ppo: option value: rl.value expected, got rl.policy", new, "ppo", { value = policy })
    refuses("rl.ppo: option base: rl.policy expected, got number", new, "ppo", { base = 3 })
    refuses("there is no base: give base = a policy", new, "ppo", { base_kl_coef = 0.1 })
  end)

  it("to do without a critic where the estimator needs one", function()
    for _, name in ipairs { "actor_critic", "a2c", "npg", "trpo", "ppo", "ppo_penalty" } do
      refuses(("rl.%s: advantage \"%s\" needs a critic: give value = rl.value(env)"):format(name,
        name == "actor_critic" and "td" or "gae"), new, name, { value = NONE })
    end
    refuses('advantage "baseline" needs a critic', new, "reinforce", { value = NONE, advantage = "baseline" })
    assert.are.equal("reward_to_go", new("reinforce", { value = NONE }):options().advantage)
    local shared = rl.policy(env, { hidden = { 8 }, value_head = true })
    local method = new("ppo", { policy = shared, value = NONE })
    assert.is_truthy(method:update(method:collect(30)).value_loss)
    refuses("fitting a value head would move the policy out of its trust region: give value = rl.value(env)", new,
      "trpo", { policy = shared, value = NONE })
  end)

  it("networks for other spaces, naming both", function()
    refuses("policy takes 12 observations, environment cartpole gives 4", new, "ppo", { policy = rl.policy(hopper) })
    refuses("value takes 12 observations, environment cartpole gives 4", new, "ppo", { value = rl.value(hopper) })
    local function of(action) return lua_env { observation = 4, action = action, repeatable = true } end
    local pushing, steering = of { "discrete", 3 }, of { "box", 2 }
    refuses("rl.ppo: policy gives a discrete action of size 3, environment cartpole takes discrete of size 2", new,
      "ppo", { policy = rl.policy(pushing) })
    refuses("policy gives a discrete action of size 2, environment lua_env takes box of size 2", new, "ppo",
      { env = steering })
    refuses("policy gives a box action of size 2, environment cartpole takes discrete of size 2", new, "ppo",
      { policy = rl.policy(steering) })
    refuses("make it for this environment", new, "ppo", { env = steering })
  end)

  it("groups that cannot be", function()
    local random = lua_env {}
    refuses("cannot repeat a start state", rl.grpo, { env = random, policy = rl.policy(random) })
    refuses("say repeatable = true; or use rl.ppo", rl.grpo, { env = random, policy = rl.policy(random) })
    refuses("8 copies do not make groups of 3: make the environment with n = a multiple", new, "grpo", { group = 3 })
    refuses('"group" compares episodes that begin alike, in groups of 2 or more: use rl.grpo', new, "ppo",
      { advantage = "group" })
  end)

  it("baselines that actions of one number or choice cannot have, with what they can", function()
    local function of(name, baseline)
      local own = rl.env(name, { n = 2 })
      return { env = own, policy = rl.policy(own), value = rl.value(own), baseline = baseline }
    end
    refuses('rl.ppo: option baseline: "factorised" is for actions of several numbers or choices, those of cartpole are '
      .. 'one choice: use baseline = "state"', rl.ppo, of("cartpole", "factorised"))
    refuses('baseline = "q_prop" or', rl.trpo, of("pendulum", "factorised"))
    refuses('use baseline = "factorised"', rl.a2c, of("gears", "q_prop"))
    refuses("known: state, factorised, q_prop", rl.a2c, of("gears", "advantage"))
    local a2c = rl.a2c(of("gears", "factorised"))
    refuses("option baseline", a2c.set, a2c, { baseline = "state" })
    a2c:update(a2c:collect(4))
  end)

  it("critics that nothing asks for, and a policy as its own base", function()
    refuses('rl.grpo: advantage "group" needs no critic: leave the value out', new, "grpo", { value = value })
    local shared = rl.policy(env, { hidden = { 8 }, value_head = true })
    refuses("there is a value besides: leave one out", new, "ppo", { policy = shared })
    refuses("the policy cannot be its own base", new, "ppo", { base = policy })
    refuses("option base: policy takes 12 observations", new, "ppo", { base = rl.policy(hopper) })
    local method = new("ppo", { base = policy:clone(), base_kl_coef = 1 })
    assert.is_true(method:update(method:collect(30)).base_kl >= 0)
  end)

  -- A choice is an index in C, and a batch is the user's to change.
  it("choices that do not exist in a batch", function()
    for _, bad in ipairs { -1, 2, 0.5, 40000 } do
      local method = new("ppo")
      local batch = method:collect(30)
      batch.action:set(7, 3, bad)
      refuses("rl.ppo: action of step 7, copy 3 is", method.update, method, batch)
      refuses("not one of 0 .. 1", method.gradient, method, batch, { 1 })
    end
  end)

  it("a part of a batch that was replaced, but not one that was changed in place", function()
    local method = new("ppo", { normalize_advantage = false })
    local batch = method:collect(30)
    local advantage = batch.advantage
    batch.advantage = rl.zeros(30, 8)
    refuses("rl.ppo: batch.advantage was replaced: change it in place, batch.advantage:copy_(x)", method.update, method,
      batch)
    batch.advantage = advantage
    batch.advantage:fill_(0)
    assert.are.equal(0, method:update(batch).policy_loss)
  end)

  it("steps that lead nowhere, and keeps the last good parameters", function()
    local pendulum = rl.env("pendulum", { n = 8 })
    for _, std in ipairs { "free", "state" } do
      local walker = rl.policy(pendulum, { hidden = { 8 }, std = std })
      local method = rl.npg { env = pendulum, policy = walker, value = rl.value(pendulum), step = 1e6, minibatch = 32 }
      local batch, before = method:collect(30), walker.theta:clone()
      refuses("A smaller step (now 1e+06)", method.update, method, batch)
      assert.is_true(walker.theta:equal(before))
      method:set { step = 0.01 }
      assert.is_truthy(method:update(method:collect(30)))
    end
    local adam = rl.adam(policy)
    refuses("beyond 1e18", adam.step, adam, policy.theta:clone():fill_(1e30))
    refuses("lr", rl.adam, policy, { lr = math.huge })
  end)

  it("calls of functions that its own collect is running", function()
    local method, batch
    local try = function() end
    local judged = rl.env("pendulum", { reward = function() try() return 0 end })
    method = rl.ppo { env = judged, policy = rl.policy(judged), value = rl.value(judged), minibatch = 8 }
    batch = method:collect(8)
    for _, call in ipairs {
      function() method:collect(8) end, function() method:update(batch) end,
      function() method:gradient(batch, { 1 }) end, function() method:set { lr = 1e-3 } end,
    } do
      try = call
      refuses("pendulum is busy: its own functions cannot use it", method.collect, method, 8)
    end
    try = function() assert(method:options().lr) end
    assert.is_truthy(method:update(method:collect(8)))
  end)

  it("batches and samples that are not its own", function()
    local method = new("ppo", { minibatch = 64 })
    refuses("steps of each copy expected", method.collect, method, 0)
    local batch = method:collect(5)
    refuses("rl.ppo: option minibatch: 64 is more than the 40 steps of the batch", method.update, method, batch)
    assert.is_truthy(method:gradient(batch, { 1, 40 })) -- no minibatch of that size is asked for
    refuses("rl.ppo: sample 0 is not one of 1 .. 40", method.gradient, method, batch, { 0 })
    refuses("rl.ppo: sample 41 is not one of 1 .. 40", method.gradient, method, batch, { 41 })
    refuses("rl.ppo: sample 1.5 is not one of 1 .. 40", method.gradient, method, batch, { 1.5 })
    refuses("is not one of 1 .. 40", method.gradient, method, batch, { 0 / 0 })
    refuses("a list of samples expected", method.gradient, method, batch, {})
    refuses("takes the batch that its own last collect gave", method.gradient, method, {}, { 1 })
  end)
end)

describe("a method on many threads", function()
  it("trains policy and value side by side to the same bytes on any number of threads", function()
    local before = rl.threads()
    -- Minibatches of several pieces, the last one short; with a target for the KL the policy ends before the value.
    local function parameters(threads, target_kl)
      rl.threads(threads)
      local pendulum = rl.env("pendulum", { n = 8, seed = 3 })
      local actor, critic = rl.policy(pendulum, { hidden = { 17 } }), rl.value(pendulum, { hidden = { 17 } })
      local ppo = rl.ppo { env = pendulum, policy = actor, value = critic, minibatch = 200, epochs = 5,
                           lr = 0.01, target_kl = target_kl }
      local epochs
      for _ = 1, 3 do epochs = ppo:update(ppo:collect(64)).epochs_done end
      return actor.theta:totable(), critic.theta:totable(), epochs
    end
    for _, target_kl in ipairs { 0, 1e-4 } do
      local one, other, epochs = parameters(1, target_kl)
      if target_kl > 0 then assert.is_true(epochs < 5) end
      for _, threads in ipairs { 3, 8 } do
        local one_too, other_too, epochs_too = parameters(threads, target_kl)
        assert.same(one, one_too)
        assert.same(other, other_too)
        assert.equal(epochs, epochs_too)
      end
    end
    rl.threads(before)
  end)
end)

describe("a method with a memory", function()
  local function sac(options) return new("sac", options) end

  it("says what it wants of its parts", function()
    refuses("option memory: 100 steps are fewer than a minibatch of 256", sac, { memory = 100, minibatch = 256 })
    refuses("at least 1 is needed", sac, { minibatch = 0 })
    refuses("make the policy with rl.policy(env, { squash = true })", sac, { policy = rl.policy(swing) })
    for _, of in ipairs { NONE, rl.value(swing) } do
      refuses("give value = rl.value(env, { action = true })", sac, { value = of })
    end
    refuses("those of cartpole are choices: use rl.ppo", sac, { env = env, policy = policy, value = value })
    refuses("option base: sac keeps near no policy", sac, { base = squashed:clone() })
    refuses('unknown option "lag"', sac, { lag = 1 })
    refuses("option memory", function() sac():set { memory = 7 } end)
    refuses("it learns from its memory, not from a batch", function()
      local method = sac()
      method:gradient(method:collect(4), { 1 })
    end)
    refuses("a squashed policy has no entropy and KL in closed form", new, "ppo",
      { env = swing, policy = squashed, value = rl.value(swing) })
    refuses("option squash: actions are not numbers within bounds", rl.policy, env, { squash = true })
  end)

  it("keeps what it does within the bounds, also what policy:mean says and a file brings back", function()
    local path = os.tmpname()
    local net = rl.policy(swing, { squash = true, seed = 3 })
    net.theta:mul_(200)
    local rows = rl.rng(1):normal(64, 3)
    for _, action in ipairs { net:mean(rows), (net:act(rows, rl.rng(2))) } do
      assert.is_true(action:abs():max() <= 2)
    end
    assert.is_true(net:mean(rows):abs():max() > 1.9)
    assert(net:save(path))
    local again = assert(rl.load_policy(path, swing))
    os.remove(path)
    assert.is_true(again:options().squash)
    assert.is_true(again:mean(rows):equal(net:mean(rows)))
  end)
end)
