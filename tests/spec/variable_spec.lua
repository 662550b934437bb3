-- Variables as scripts use them: the face of tensors, gradients against formulas, what is refused; and losses written
-- in Lua against the gradients that the methods compute in C.
local rl = require "rl"
local refuses = require("spec.refusal").refuses
local core = require "rl.core"

-- |x - y| / |y|
local function apart(x, y) return math.sqrt((x - y):square():sum() / y:square():sum()) end

local function assert_gradient(want, loss, x)
  local got = loss:grad(x)
  assert.are.same(x:shape(), got:shape())
  assert.is_true(got:allclose(want, 1e-6), tostring(got))
end

describe("a variable", function()
  local data = rl.tensor{{0.5, -1, 2}, {1.5, 0.25, -0.75}}

  it("has the values that a tensor has, for every operation", function()
    local x, y = rl.variable(data), rl.tensor{2, -0.5, 1}
    for _, name in ipairs{"neg", "abs", "sign", "square", "exp", "tanh", "sigmoid", "relu", "sin", "cos", "floor"} do
      assert.is_true(x[name](x):value():equal(data[name](data)), name)
    end
    for _, name in ipairs{"add", "sub", "mul", "div"} do
      assert.is_true(x[name](x, y):value():equal(data[name](data, y)), name)
      assert.is_true(y[name](y, x):value():equal(y[name](y, data)), name)
    end
    local positive = rl.variable(data:abs())
    assert.is_true(positive:sqrt():value():equal(data:abs():sqrt()))
    assert.is_true(positive:log():value():equal(data:abs():log()))
    assert.is_true(positive:pow(y):value():equal(data:abs():pow(y)))
    for _, name in ipairs{"sum", "mean", "max", "min"} do
      assert.is_true(x[name](x, 1):value():equal(data[name](data, 1)), name)
      assert.is_true(x[name](x, -1):value():equal(data[name](data, 2)), name)
      assert.is_true(math.abs(x[name](x):item() - data[name](data)) < 1e-6, name)
    end
    assert.is_true(x:clamp(-0.5, 1):value():equal(data:clamp(-0.5, 1)))
    assert.is_true(x:clamp(nil, 1):value():equal(data:clamp(nil, 1)))
    assert.is_true(x:matmul(y):value():equal(data:matmul(y)))
    assert.is_true(rl.ones(2):matmul(x):value():equal(rl.ones(2):matmul(data)))
    assert.is_true(x:t():value():equal(data:t()))
    assert.is_true(x:reshape(3, -1):value():equal(data:reshape(3, -1)))
    assert.is_true(x:narrow(2, 2, 2):value():equal(data:narrow(2, 2, 2)))
    assert.is_true(x:select(2, 3):value():equal(data:select(2, 3)))
    assert.is_true(x:rows{2, 1, 2}:value():equal(data:rows{2, 1, 2}))
    assert.is_true(x[2]:value():equal(data[2]))
    assert.are.same({2, 3}, x:shape())
    assert.are.equal(2, #x)
    assert.are.equal(3, x:size(2))
    assert.are.equal(2, x:dim())
    assert.are.equal(tostring(data):gsub("tensor", "variable"), tostring(x))
  end)

  it("mixes with numbers, tables and tensors on either side", function()
    local x, ones = rl.variable{1, 2}, rl.ones(2)
    for _, y in ipairs{x + 1, 1 + x, x + ones, ones + x, x - -1, ones - -x, x:add{1, 1}, -(-x - 1)} do
      assert.are.same({2, 3}, y:value():totable())
    end
    assert.are.same({2, 4}, (2 * x):value():totable())
    assert.are.same({1, 4}, (x ^ 2):value():totable())
    assert.are.same({2, 4}, (2 ^ x):value():totable())
    assert.are.same({2, 1}, (2 / x):value():totable())
    assert.are.same({1, 1.5}, rl.min(x, 1.5):value():totable())
    assert.are.same({1.5, 2}, rl.max(ones * 1.5, x):value():totable())
    assert.are.same({0, 2}, rl.where(x:gt(1), x, 0):value():totable())
    assert.are.same({5, 0}, rl.where({0, 1}, 0 * x, 5):value():totable())
  end)

  it("is compared to tensors of 1 and 0", function()
    local x = rl.variable{1, 2, 3}
    assert.are.same({1, 0, 0}, x:lt(2):totable())
    assert.are.same({1, 1, 0}, x:le(2):totable())
    assert.are.same({0, 0, 1}, x:gt(2):totable())
    assert.are.same({0, 1, 1}, x:ge(2):totable())
    assert.are.same({0, 1, 0}, rl.tensor{2, 2, 2}:eq(x):totable())
  end)

  it("has a value of its own that does not change with what is done to the tensors around it", function()
    local source = rl.tensor{1, 2}
    local x = rl.variable(source)
    local loss = (x * x):sum()
    source:fill_(7)
    x:value():fill_(7)
    assert_gradient({2, 4}, loss, x)
  end)

  it("has a gradient by each target, in their order", function()
    local x, y = rl.variable{1, 2}, rl.variable(3)
    local loss = (x:square() * y):sum()
    local by_y, by_x = loss:grad(y, x)
    assert.are.equal(5, by_y:item())
    assert.are.same({6, 12}, by_x:totable())
  end)

  it("has the gradient of the tensor it was made of", function()
    local w = rl.tensor{1, 2}
    local loss = (rl.variable(w) * rl.variable(w)):sum()
    assert.are.same({2, 4}, loss:grad(w):totable())
  end)

  it("lets gradients through every kind of operation", function()
    local x = rl.variable{{1, 2}, {3, 4}}
    assert_gradient({{1, 1}, {1, 1}}, x:sum(), x)
    assert_gradient({{0.25, 0.25}, {0.25, 0.25}}, x:mean(), x)
    assert_gradient({{0, 0}, {0, 1}}, x:max(), x)
    assert_gradient({{1, 1}, {0, 0}}, x:min(1):sum(), x)
    assert_gradient({{3, 7}, {3, 7}}, x:matmul{{1, 2}, {3, 4}}:sum(), x)
    assert_gradient({{4, 4}, {6, 6}}, rl.tensor{{1, 2}, {3, 4}}:matmul(x):sum(), x)
    assert_gradient({{0, 1}, {0, 0}}, x:t()[2][1], x)
    assert_gradient({{0, 0}, {2, 0}}, x:rows{2, 2}:select(2, 1):sum(), x)
    assert_gradient({{0, 0}, {1, 1}}, rl.where(x:gt(2.5), x, -1):sum(), x)
    assert_gradient({{0, 1}, {0, 1}}, x:narrow(2, 2, 1):sum(), x)
    assert_gradient({{1, 1}, {0.5, 0}}, rl.min(x, 3):sum(), x) -- equals share
    assert_gradient({{1, 1}, {0, 0}}, x:clamp(1, 2):sum(), x) -- the bounds belong to the range
  end)

  it("may be used in a loop of any length", function()
    local x = rl.variable(1)
    local y = x
    for _ = 1, 20000 do y = y + x end
    assert.are.equal(20001, y:grad(x):item())
  end)

  it("gives its memory back, and its garbage is collected although Lua sees only small objects", function()
    collectgarbage()
    collectgarbage()
    local before, most = core.memory(), 0
    local x = rl.variable(rl.ones(100, 100))
    for _ = 1, 20000 do
      local _ = x + 1
      most = math.max(most, core.memory())
    end
    assert.is_true(most - before < 150e6, ("%.0f bytes"):format(most - before))
    x = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.are.equal(before, core.memory())
  end)

  it("that is closed says so", function()
    local chunk = (rawget(_G, "loadstring") or load)("local x <close> = ...; return x")
    if not chunk then return end -- only Lua 5.4 has them
    local x = rl.variable(1)
    chunk(x)
    refuses("the variable is closed", function() return x:sum() end)
    refuses("the variable is closed", function() return 1 + x end)
  end)
end)

describe("a loss that cannot be differentiated", function()
  local x = rl.variable{1, 2}

  it("for its shape says which", function()
    refuses("loss is not a scalar: shape [2]; use :mean() or :sum()", function() return (x * x):grad(x) end)
  end)

  it("by what it does not depend on names that", function()
    local env = rl.env("hopper", {})
    local policy, value = rl.policy(env), rl.value(env)
    local loss = policy:dist(env:reset()):entropy():mean()
    refuses("the loss does not depend on the parameters of the value", loss.grad, loss, policy, value)
    refuses("the loss does not depend on argument 1, a variable of shape [2]", loss.grad, loss, x)
    refuses("the loss does not depend on the parameters of the policy", function() return x:sum():grad(policy) end)
    refuses("argument 1, a tensor of shape [1]", function() return x:sum():grad(rl.ones(1)) end)
  end)

  it("because it is not finite says what is not", function()
    refuses("the loss is not finite (-inf)", function() return (0 * x):log():sum():grad(x) end)
    refuses("the gradient by argument 1, a variable of shape [2] is not finite", function()
      return (0 * x):sqrt():sum():grad(x)
    end)
  end)

  it("since it mixes parameters before and after a step says so", function()
    local env = rl.env("hopper", {})
    local policy = rl.policy(env)
    local obs = env:reset()
    local old = policy:dist(obs)
    policy.theta:mul_(0.5)
    local new = policy:dist(obs)
    refuses("two states of the parameters of the policy", function() return old:kl(new):mean():grad(policy) end)
    assert.are.equal(#policy.theta, #old:detach():kl(new):mean():grad(policy))
    assert.are.equal(#policy.theta, #old:entropy():mean():grad(policy)) -- where it was
  end)

  it("by something else is refused", function()
    refuses("policy, value or variable expected, got number", function() return x:sum():grad(1) end)
    refuses("policy, value or variables to differentiate by", function() return x:sum():grad() end)
  end)
end)

describe("misuse of a variable", function()
  local x = rl.variable{1, 2}

  it("in place is refused with what to write", function()
    refuses("exp_: a variable is not changed in place, since gradients need its numbers; use y = x:exp()",
      function() return x:exp_() end)
    refuses("not changed in place", function() x[1] = 3 end)
    refuses("use :value()", function() return rl.ones(2):add_(x) end)
    refuses("use :value()", function() return rl.ones(2):copy_(x) end)
  end)

  it("with shapes that do not fit gives both", function()
    refuses("[2] and [3]", function() return x + rl.ones(3) end)
    refuses("[3] and [2]", function() return rl.ones(3) * x end)
    refuses("[2] and [3]", function() return x:matmul(rl.ones(3)) end)
    refuses("[2] (2 elements) cannot become [3]", x.reshape, x, 3)
  end)

  it("out of range is refused", function()
    refuses("dimension 2 of a tensor of shape [2]", x.sum, x, 2)
    refuses("outside 1 .. 2", function() return x[3] end)
    refuses("index 3 is outside 1 .. 2", x.rows, x, {3})
    refuses("two dimensions expected", x.t, x)
    refuses("no number is between 2 and 1", x.clamp, x, 2, 1)
    refuses("one element expected, got shape [2]", x.item, x)
    refuses("a condition has no gradient", rl.where, x, 1, 2)
    refuses("it is a variable already", rl.variable, x)
    refuses("tensor, table of numbers or number expected", function() return x + "a" end)
  end)
end)

describe("a policy's distribution", function()
  local env = rl.env("hopper", { n = 5, seed = 1 })
  local obs = env:reset()

  it("has the log-probabilities of the actions drawn, and the mean of the policy", function()
    local policy = rl.policy(env, { hidden = {8} })
    local action, log_prob = policy:act(obs, rl.rng(1))
    local dist = policy:dist(obs)
    assert.is_true(dist:log_prob(action):value():equal(log_prob))
    assert.is_true(dist:mean():value():equal(policy:mean(obs)))
    assert.is_true(dist:log_std():value():equal(policy.log_std))
    -- sum of 1/2 log(2 pi e) + log std, over 3 actions with the initial log std of -0.5
    local entropy = 3 * (0.5 * math.log(2 * math.pi * math.exp(1)) - 0.5)
    assert.is_true(dist:entropy():value():allclose(rl.full(entropy, 5), 1e-6))
    assert.are.same({0, 0, 0, 0, 0}, dist:kl(dist):value():totable())
    assert.are.equal("rl.dist: Gaussian, 5 states, 3 actions", tostring(dist))
  end)

  it("has KL(p || q) in the order of reading", function()
    -- equal means, log std 0 and log 2: log 2 + 1/8 - 1/2 an action, or -log 2 + 4/2 - 1/2
    local narrow, wide = rl.policy(env, { log_std = 0 }), rl.policy(env, { log_std = math.log(2) })
    local p, q = narrow:dist(obs), wide:dist(obs)
    assert.is_true(p:kl(q):value():allclose(rl.full(3 * (math.log(2) + 0.125 - 0.5), 5), 1e-5))
    assert.is_true(q:kl(p):value():allclose(rl.full(3 * (-math.log(2) + 2 - 0.5), 5), 1e-5))
  end)

  it("has the value of the policy's value head, and says where one is missing", function()
    local policy = rl.policy(env, { value_head = true })
    assert.are.same({5}, policy:dist(obs):value():shape())
    local plain = rl.policy(env):dist(obs)
    refuses("value_head = true", plain.value, plain)
    refuses("a Gaussian has none", plain.logits, plain)
  end)

  it("over choices has logits and log-probabilities, and refuses what is no choice", function()
    local cartpole = rl.env("cartpole", { n = 4, seed = 1 })
    local policy = rl.policy(cartpole)
    local states = cartpole:reset()
    local action, log_prob = policy:act(states, rl.rng(1))
    local dist = policy:dist(states)
    assert.is_true(dist:log_prob(action):value():equal(log_prob))
    assert.is_true(dist:log_prob(action:reshape(4, 1)):value():equal(log_prob))
    assert.are.same({4, 2}, dist:logits():shape())
    local p = dist:logits():exp() / dist:logits():exp():sum(2):reshape(4, 1)
    assert.is_true(dist:entropy():value():allclose((-(p * p:log()):sum(2)):value(), 1e-6))
    refuses("action 2 of row 3 is not one of the 2 choices", dist.log_prob, dist, {0, 1, 2, 0})
    refuses("choices have none", dist.mean, dist)
    refuses("choices have none", dist.log_std, dist)
  end)

  it("refuses observations and actions of another shape with both", function()
    local policy, value = rl.policy(env), rl.value(env)
    refuses("got [5, 2]", policy.dist, policy, rl.zeros(5, 2))
    refuses("got [5, 2]", value.forward, value, rl.zeros(5, 2))
    local dist = policy:dist(obs)
    refuses("actions of shape [5, 3] expected, got [4, 3]", dist.log_prob, dist, rl.zeros(4, 3))
    local other = policy:dist(obs:narrow(1, 1, 2))
    refuses("of shape [2, 3]", dist.kl, dist, other)
  end)

  it("goes on after its policy is gone", function()
    local loss = rl.policy(env):dist(obs):entropy():mean() + rl.value(env):forward(obs):mean()
    collectgarbage()
    collectgarbage()
    assert.is_true(loss:item() == loss:item())
  end)
end)

-- The gradient that a method computes in C against that of the same loss in Lua, away from where the batch was
-- collected, so that ratios are clipped. Both are float32: 1e-5 relative is their rounding.
describe("a loss written in Lua has the gradient of", function()
  local hopper, cartpole = rl.env("hopper", { n = 8, seed = 1 }), rl.env("cartpole", { n = 8, seed = 1 })

  local function normalize(x)
    local centered = x - x:mean()
    return centered / (math.sqrt(centered:square():mean()) + 1e-8)
  end

  local function value_loss(v, old, target, clip)
    local clipped = old + (v - old):clamp(-clip, clip)
    return 0.5 * 0.5 * rl.max((v - target):square(), (clipped - target):square()):mean()
  end

  -- Collects, moves the parameters but for the log-std, and hands the minibatch to `loss`, which gives both losses.
  local function compare(name, policy_options, options, loss)
    local env = options.env or hopper
    options.env, options.seed, policy_options.seed = env, 1, 1
    options.policy = rl.policy(env, policy_options)
    if not policy_options.value_head then options.value = rl.value(env, { seed = 1 }) end
    local policy, value, rng = options.policy, options.value, rl.rng(2)
    local method = rl[name](options)
    local batch = method:collect(64)
    local log_std = policy.log_std and policy.log_std:clone()
    local obs = batch.obs:reshape(512, -1)
    local old = policy:dist(obs):detach()
    policy.theta:add_(0.03 * rng:normal(#policy.theta))
    if value then value.theta:add_(0.03 * rng:normal(#value.theta)) end
    if log_std then policy.log_std:copy_(log_std) end
    local samples = rng:permutation(512):narrow(1, 1, 200)
    local want_policy, want_value = method:gradient(batch, samples)
    local at = { obs = obs:rows(samples), advantage = batch.advantage:reshape(512):rows(samples) }
    if method:options().normalize_advantage then at.advantage = normalize(at.advantage) end
    for _, part in ipairs{"action", "log_prob", "value", "target"} do
      at[part] = (part == "action" and batch.action:reshape(512, -1) or batch[part]:reshape(512)):rows(samples)
    end
    at.dist = policy:dist(at.obs)
    if env == hopper then at.old = { mean = old:mean():rows(samples), log_std = old:log_std() } end
    at.ratio = (at.dist:log_prob(at.action) - at.log_prob):exp()
    local of_policy, of_value = loss(at, value)
    assert.is_true(apart(of_policy:grad(policy), want_policy) < 1e-5)
    if value then assert.is_true(apart(of_value:grad(value), want_value) < 1e-5) end
    return at
  end

  local function clipped_loss(at)
    return -rl.min(at.ratio * at.advantage, at.ratio:clamp(0.8, 1.2) * at.advantage):mean()
             - 0.01 * at.dist:entropy():mean()
  end

  it("rl.ppo", function()
    local options = { entropy_coef = 0.01, value_clip = 0.1 }
    local at = compare("ppo", {}, options, function(at, value)
      return clipped_loss(at), value_loss(value:forward(at.obs), at.value, at.target, 0.1)
    end)
    local outside = at.ratio:gt(1.2):sum() + at.ratio:lt(0.8):sum()
    assert.is_true(outside > 20 and outside < 180)
  end)

  it("rl.ppo with layer norm and a log-std that depends on the state", function()
    local network = { std = "state", layer_norm = true, activation = "relu" }
    compare("ppo", network, { entropy_coef = 0.01 }, function(at, value)
      return clipped_loss(at), value_loss(value:forward(at.obs), at.value, at.target, 1e9)
    end)
  end)

  it("rl.ppo with a value head", function()
    compare("ppo", { value_head = true }, { entropy_coef = 0.01 }, function(at)
      return clipped_loss(at) + value_loss(at.dist:value(), at.value, at.target, 1e9)
    end)
  end)

  it("rl.ppo on discrete actions", function()
    local base = rl.policy(cartpole, { seed = 3 })
    local options = { env = cartpole, entropy_coef = 0.01, base = base, base_kl_coef = 0.1 }
    compare("ppo", {}, options, function(at, value)
      return clipped_loss(at) + 0.1 * at.dist:kl(base:dist(at.obs)):mean(),
        value_loss(value:forward(at.obs), at.value, at.target, 1e9)
    end)
  end)

  it("rl.ppo kept near a base policy", function()
    local base = rl.policy(hopper, { seed = 3, log_std = -0.2 })
    compare("ppo", {}, { entropy_coef = 0.01, base = base, base_kl_coef = 0.1 }, function(at, value)
      return clipped_loss(at) + 0.1 * at.dist:kl(base:dist(at.obs)):mean(),
        value_loss(value:forward(at.obs), at.value, at.target, 1e9)
    end)
  end)

  it("rl.ppo_penalty, the KL written out", function()
    compare("ppo_penalty", {}, { kl_coef = 2 }, function(at, value)
      local shrink = (at.old.log_std - at.dist:log_std()):exp()
      local shift = (at.old.mean - at.dist:mean()) / at.dist:log_std():exp()
      local kl = (0.5 * (shrink:square() + shift:square() - 1) - shrink:log()):sum(2)
      return -(at.ratio * at.advantage):mean() + 2 * kl:mean(),
        value_loss(value:forward(at.obs), at.value, at.target, 1e9)
    end)
  end)

  it("rl.a2c", function()
    compare("a2c", {}, {}, function(at, value)
      return -(at.dist:log_prob(at.action) * at.advantage):mean(),
        value_loss(value:forward(at.obs), at.value, at.target, 1e9)
    end)
  end)
end)

describe("optimisers", function()
  it("step down the gradient by the first step of Adam and by plain descent", function()
    local w = rl.tensor{1, 2, 3}
    local adam = rl.adam(w, { lr = 0.1, epsilon = 1e-8 }) -- m_hat = g, v_hat = g^2: lr against the sign of g
    assert.is_true(math.abs(adam:step{3, -4, 0} - 5) < 1e-6) -- the norm
    assert.is_true(w:allclose({0.9, 2.1, 3}, 1e-6))
    w:copy_{1, 2, 3}
    local sgd = rl.sgd(w, { lr = 0.1, max_grad_norm = 1 })
    sgd:step{3, -4, 0}
    assert.is_true(w:allclose({1 - 0.06, 2 + 0.08, 3}, 1e-6))
    sgd:set{ max_grad_norm = 0, lr = 1 }
    sgd:step{3, -4, 0}
    assert.is_true(w:allclose({-2.06, 6.08, 3}, 1e-6))
    w:copy_{1, 2, 3} -- v = .1 g^2, then .09 g^2 + .4 g^2
    local rmsprop = rl.rmsprop(w, { lr = 0.1, decay = 0.9, epsilon = 0.01 })
    rmsprop:step{3, -4, 0}
    assert.is_true(w:allclose({1 - 0.3 / math.sqrt(0.91), 2 + 0.4 / math.sqrt(1.61), 3}, 1e-6))
    w:copy_{1, 2, 3}
    rmsprop:step{6, -8, 0}
    assert.is_true(w:allclose({1 - 0.6 / math.sqrt(4.41 + 0.01), 2 + 0.8 / math.sqrt(7.84 + 0.01), 3}, 1e-6))
  end)

  it("find the least squares", function()
    local w, features, rng = rl.zeros(3), rl.rng(1):normal(50, 3), rl.rng(2)
    local target = features:matmul{1, -2, 0.5} + 0 * rng:normal(50)
    local adam = rl.adam(w, { lr = 0.05 })
    for _ = 1, 300 do
      local x = rl.variable(w)
      adam:step((features:matmul(x) - target):square():mean():grad(x))
    end
    assert.is_true(w:allclose({1, -2, 0.5}, 1e-2), tostring(w))
  end)

  it("move the parameters of policies and values, seen from everywhere", function()
    local env = rl.env("hopper", {})
    local policy, value = rl.policy(env), rl.value(env)
    local theta, before = policy.theta, policy.theta:clone()
    rl.sgd(policy, { lr = 1 }):step(rl.ones(#theta))
    assert.is_true(theta:allclose(before - 1, 1e-6))
    rl.adam(value):step(value:forward(env:reset()):mean():grad(value))
  end)

  it("refuse gradients that are not finite or not theirs, and change nothing", function()
    local w = rl.tensor{1, 2}
    local adam = rl.adam(w)
    refuses("element 2 of the gradient is not a finite number; nothing was changed", adam.step, adam, {1, 0 / 0})
    refuses("gradient: shape [2] expected, got [3]", adam.step, adam, {1, 2, 3})
    refuses("expected, got rl.variable", adam.step, adam, rl.variable{1, 2})
    assert.are.same({1, 2}, w:totable())
  end)

  it("name impossible options and what they cannot move", function()
    local w = rl.tensor{1, 2}
    refuses('did you mean "lr"', rl.adam, w, { rl = 1 })
    refuses("beta1: 1 is outside", rl.adam, w, { beta1 = 1 })
    refuses("lr", rl.sgd, w, { lr = 0 / 0 })
    refuses("policy, value or tensor expected, got rl.variable", rl.adam, rl.variable(w))
    refuses(":clone() it first", rl.adam, rl.ones(2, 2):t():narrow(1, 1, 1))
    local adam = rl.adam(w)
    refuses("lr: -1 is outside", adam.set, adam, { lr = -1 })
    refuses("option beta1 cannot change during a run", adam.set, adam, { beta1 = 0.5 })
  end)

  it("have options and can describe them", function()
    local adam, sgd = rl.adam(rl.ones(2), { beta1 = 0.5 }), rl.sgd(rl.ones(2))
    adam:set { lr = 0.25 }
    assert.are.same({ lr = 0.25, beta1 = 0.5, beta2 = 0.999, epsilon = 1e-5, max_grad_norm = 0 }, adam:options())
    assert.are.same({ lr = 0.01, max_grad_norm = 0 }, sgd:options())
    local rmsprop = rl.rmsprop(rl.ones(2))
    assert.are.same({ lr = 7e-4, decay = 0.99, epsilon = 1e-5, max_grad_norm = 0 }, rmsprop:options())
    for _, optimizer in ipairs { adam, sgd, rmsprop } do
      local options = optimizer:options()
      for _, row in ipairs(optimizer:describe()) do
        assert.is_true(#row.meaning > 0)
        assert.is_truthy(options[row.name])
        options[row.name] = nil
      end
      assert.are.same({}, options)
    end
  end)
end)

describe("observing", function()
  it("moves the normaliser as an update does", function()
    local env = rl.env("hopper", { n = 4, seed = 1 })
    local policy, value = rl.policy(env, { seed = 1 }), rl.value(env, { seed = 1 })
    local ppo = rl.ppo { env = env, policy = policy, value = value, lr = 0 }
    local batch = ppo:collect(64)
    local mine, my_value = rl.policy(env, { seed = 1 }), rl.value(env, { seed = 1 })
    local probe = batch.obs[1]
    assert.is_true(mine:mean(probe):equal(policy:mean(probe)))
    ppo:update(batch)
    assert.is_false(mine:mean(probe):equal(policy:mean(probe)))
    mine:observe(batch.obs)
    my_value:observe(batch.obs:reshape(256, -1))
    assert.is_true(mine:mean(probe):equal(policy:mean(probe)))
    assert.is_true(my_value:predict(probe):equal(value:predict(probe)))
  end)

  it("refuses what is no observation", function()
    local env = rl.env("hopper", {})
    local policy, size = rl.policy(env), env.observation_space.size
    refuses(("shape [..., %d] expected, got [2, 3]"):format(size), policy.observe, policy, rl.zeros(2, 3))
    local obs = rl.zeros(4, size)
    obs:set(3, 1, 1 / 0)
    refuses("row 3", policy.observe, policy, obs)
    rl.policy(env, { normalize = false }):observe(rl.zeros(4, size)) -- nothing to move
  end)
end)
