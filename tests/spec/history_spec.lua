-- Policies and values that read the last observations: what they do from Lua, row by row, and what is refused.
local rl = require "rl"

local function env_of(n, options)
  local made = { n = n or 1, observation = 2, action = { "box", 1, -1, 1 },
    reset = function(self, rng) self.t = 0 return { rng:uniform(), 0 } end,
    step = function(self, action)
      self.t = self.t + 1
      return { self.t, action[1] }, -(action[1] - self.t / 10) ^ 2, false, self.t == 5
    end }
  for key, value in pairs(options or {}) do made[key] = value end
  return rl.lua_env(made)
end

describe("a policy with a history", function()
  local env = env_of()
  local policy = rl.policy(env, { history = 3, hidden = { 5 }, seed = 2 })
  local value = rl.value(env, { history = 3, hidden = { 5 }, seed = 2 })
  local rng = rl.rng(1)
  policy:observe(2 * rng:normal(20, 2) + 1)
  policy.theta:add_(0.1 * rng:normal(#policy.theta))
  local x = rng:normal(6, 4, 2) -- steps, rows, observation

  -- All that is read of step t (from 1 on), with the first steps of each row's episode.
  local function whole(t, begins)
    local rows = {}
    for r = 1, 4 do
      rows[r] = {}
      for k = t - 2, t do
        for _, number in ipairs(x[math.max(k, begins[r])][r]:totable()) do rows[r][#rows[r] + 1] = number end
      end
    end
    return rl.tensor(rows)
  end

  local function expect_same(a, b)
    a, b = a:reshape(-1):totable(), b:reshape(-1):totable()
    for i = 1, #b do assert.are.equal(b[i], a[i]) end
  end

  it("remembers, of each row, until it is reset", function()
    local begins = { 1, 1, 1, 1 }
    for t = 1, 6 do
      expect_same(policy:mean(x[t]), policy:mean(whole(t, begins)))
      expect_same(value:predict(x[t]), value:predict(whole(t, begins)))
      if t == 3 then
        policy:reset { 0, 1, 0, 1 }
        value:reset(rl.tensor { 0, 1, 0, 1 })
        begins[2], begins[4] = 4, 4
      end
    end
    policy:reset()
    expect_same(policy:act(x[6], rl.rng(3)), policy:act(whole(6, { 6, 6, 6, 6 }), rl.rng(3)))
    policy:reset()
    assert.are.equal(1, #policy:mean { { 1, 2 } })
    policy:reset()
    value:reset()
  end)

  it("says of another number of rows, or of numbers, what it has", function()
    policy:mean(x[1])
    local good, message = pcall(policy.mean, policy, { { 1, 2 } })
    assert.is_false(good)
    assert.is_truthy(message:find("remembers 4 rows of observations, 1 are given: policy:reset()", 1, true), message)
    good, message = pcall(policy.reset, policy, { 1, 0 })
    assert.is_false(good)
    assert.is_truthy(message:find("done", 1, true), message)
    policy:reset()
    good, message = pcall(policy.mean, policy, { { 1, 2, 3 } })
    assert.is_false(good)
    assert.is_truthy(message:find("observations", 1, true), message)
  end)

  it("has a normaliser of observations", function()
    local other = rl.policy(env, { history = 3, hidden = {}, seed = 2 })
    other:observe(x)
    local again = rl.policy(env, { history = 3, hidden = {}, seed = 2 })
    again:observe(whole(6, { 1, 1, 1, 1 })) -- of these the newest
    local newest = rl.policy(env, { history = 3, hidden = {}, seed = 2 })
    newest:observe(x[6])
    expect_same(again:mean(whole(3, { 1, 1, 1, 1 })), newest:mean(whole(3, { 1, 1, 1, 1 })))
    assert.are_not.equal(other:mean(whole(3, { 1, 1, 1, 1 }))[1][1], newest:mean(whole(3, { 1, 1, 1, 1 }))[1][1])
  end)

  it("is saved and loaded with it, and refused by one of another history", function()
    local path = os.tmpname()
    assert(policy:save(path))
    local loaded = assert(rl.load_policy(path, env))
    assert.are.equal(3, loaded:options().history)
    expect_same(loaded:mean(whole(4, { 1, 1, 1, 1 })), policy:mean(whole(4, { 1, 1, 1, 1 })))
    local done, message = rl.policy(env, { history = 1, hidden = { 5 } }):load(path)
    assert.is_nil(done)
    assert.is_truthy(message:find("another network: layers", 1, true), message)
    assert(value:save(path))
    expect_same(assert(rl.load_value(path, env)):predict(x[1]), value:predict(x[1]))
    value:reset()
    os.remove(path)
    local wide = rl.lua_env { observation = 6, action = { "box", 1 }, reset = function() end, step = function() end }
    assert(policy:save(path))
    done, message = rl.load_policy(path, wide)
    assert.is_nil(done)
    assert.is_truthy(message:find("2 observations, environment lua_env gives 6", 1, true), message)
    done, message = rl.policy(wide, { hidden = { 5 } }):load(path) -- as many inputs
    os.remove(path)
    assert.is_nil(done)
    assert.is_truthy(message:find('history is "3" there, "1" here', 1, true), message)
  end)

  it("goes on with what it remembers after it was loaded", function()
    local path = os.tmpname()
    policy:reset()
    policy:mean(x[1])
    policy:mean(x[2])
    local archive = require "rl.core".archive()
    archive:put("policy", policy)
    assert(archive:write(path))
    local other = rl.policy(env, { history = 3, hidden = { 5 }, seed = 7 })
    other:mean { { 1, 2 } }
    assert(require "rl.core".read_archive(path)):take("policy", other)
    os.remove(path)
    expect_same(other:mean(x[3]), policy:mean(whole(3, { 1, 1, 1, 1 })))
    policy:reset()
  end)

  it("acts in evaluations as it does step by step", function()
    local memory = env_of(1, { reset = function(self) self.t = 0 return { 0.5, 0 } end })
    local _, stats = memory:evaluate(policy, rl.tensor(policy.theta:reshape(1, #policy.theta)))
    local obs, total = memory:reset(), 0
    for _ = 1, 5 do
      local reward
      obs, reward = memory:step(policy:mean(obs))
      total = total + reward[1]
    end
    policy:reset()
    local returns = memory:evaluate(policy, policy.theta:reshape(1, #policy.theta))
    assert.is_near(total, returns[1], 1e-5)
    assert.is_truthy(stats == nil or stats)
  end)
end)
