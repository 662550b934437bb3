-- env:evaluate of a population: the same answers as one policy at a time gives, for any number of threads, with rewards
-- in C or in Lua, and with environments in Lua.
local rl = require "rl"
local refuses = require("spec.refusal").refuses

local threads = rl.threads()

-- `n` parameter vectors around nothing.
local function candidates(policy, n, seed) return rl.rng(seed or 1):normal(n, policy.theta:shape()[1]) end

describe("a population", function()
  after_each(function() rl.threads(threads) end)

  it("gets the returns that its members get one by one", function()
    local env = rl.env("pendulum", { start_angle = 0, start_speed = 0 }) -- every episode begins the same
    for _, std in ipairs { "free", "state", "fixed" } do
      local policy = rl.policy(env, { hidden = { 8 }, std = std })
      local x = candidates(policy, 5)
      local returns, stats = env:evaluate(policy, x, { episodes = 2 })
      assert.are.same({ 5 }, returns:shape())
      assert.are.equal(5 * 2 * 200, stats.new_steps)
      for i = 1, 5 do
        policy.theta:copy_(x[i])
        local one = env:evaluate(policy, { episodes = 1 }).mean_return
        assert.is_true(math.abs(one - returns:get(i)) < 1e-3 * math.abs(one)) -- sums of other batches round otherwise
      end
    end
  end)

  it("gets the same for any number of threads, and for a reward in Lua", function()
    local function one() return 1 end
    local plain, judged = rl.env("cartpole", {}), rl.env("cartpole", { reward = one })
    local policy = rl.policy(plain, { hidden = { 4 } })
    local x = candidates(policy, 150)
    for _, deterministic in ipairs { true, false } do
      local how = { episodes = 2, round = 3, deterministic = deterministic }
      rl.threads(1)
      local returns, stats, lengths = plain:evaluate(policy, x, how)
      assert.are.equal(300, stats.terminated)
      assert.is_true(lengths:equal(returns)) -- a step upright gives 1
      assert.are.equal(stats.new_steps, 2 * lengths:sum())
      for n = 1, 3 do
        rl.threads(n)
        assert.is_true(returns:equal((plain:evaluate(policy, x, how))))
        assert.is_true(returns:equal((judged:evaluate(policy, x, how))))
      end
    end
  end)

  it("shares random numbers where that is asked for, and has others in each round", function()
    local env = rl.env("cartpole")
    local policy = rl.policy(env, { hidden = {} })
    local x = candidates(policy, 1):reshape(1, -1) + rl.zeros(20, policy.theta:shape()[1]) -- all the same
    local shared = env:evaluate(policy, x, { common = true, round = 1 })
    assert.are.equal(shared:min(), shared:max())
    local own = env:evaluate(policy, x, { round = 1 })
    assert.is_true(own:min() < own:max())
    assert.is_false(own:equal((env:evaluate(policy, x, { round = 2 }))))
    assert.is_false((env:evaluate(policy, x)):equal((env:evaluate(policy, x)))) -- each call is a round
  end)

  it("has in a part of it the luck that it has in the whole", function()
    for _, env in ipairs { rl.env("cartpole"), rl.env("cartpole", { reward = function() return 1 end }) } do
      local policy = rl.policy(env, { hidden = {} })
      local x = candidates(policy, 6)
      for _, how in ipairs { { deterministic = false }, { common = true } } do
        how.episodes, how.seed, how.round = 2, 5, 3
        local whole = env:evaluate(policy, x, how)
        how.first = 4
        local part = x:narrow(1, 4, 3)
        assert.is_true(whole:narrow(1, 4, 3):equal((env:evaluate(policy, part, how))))
        local work, returns = env:evaluation(policy, part, how), nil
        while not returns do returns = select(2, work:advance(1)) end
        assert.is_true(whole:narrow(1, 4, 3):equal(returns))
        assert.is_true(how.common or not whole:narrow(1, 1, 3):equal(returns))
      end
    end
    local env = rl.env("cartpole")
    local policy = rl.policy(env, { hidden = {} })
    refuses("evaluate: option first: 0 is outside [1, 1048576]", env.evaluate, env, policy, candidates(policy, 1),
            { first = 0 })
    refuses("a population has 1 to 16777216 episodes in all", env.evaluate, env, policy, candidates(policy, 1),
            { first = 1048576, episodes = 17 })
  end)

  it("stops at max_steps, and gives up what is not finite", function()
    local env = rl.env("hopper")
    local policy = rl.policy(env, { hidden = { 4 } })
    local x = candidates(policy, 4)
    x:select(1, 2):fill_(0 / 0)
    for _, e in ipairs { env, rl.env("hopper", { reward = function() return 1 end }) } do
      local returns, stats = e:evaluate(policy, x, { max_steps = 7 })
      assert.are.equal(3 * 7, stats.new_steps)
      assert.are.equal(1, stats.not_finite)
      assert.is_true(returns:get(2) ~= returns:get(2))
      assert.is_true(returns:get(1) == returns:get(1))
    end
  end)

  it("takes what it observed into the normaliser where that is asked for", function()
    local env = rl.env("cartpole")
    local policy = rl.policy(env, { hidden = {} })
    local x = candidates(policy, 30)
    local before = env:evaluate(policy, x, { round = 5, common = true })
    assert.is_true(before:equal((env:evaluate(policy, x, { round = 5, common = true, observe = true }))))
    assert.is_false(before:equal((env:evaluate(policy, x, { round = 5, common = true })))) -- it sees normalised states
  end)

  it("scales by what it observed and leaves 0 where it is, where that is asked for", function()
    local seen = { { 1, -3 }, { 3, -5 } } -- at the beginning of an episode, and after its step
    local env = rl.lua_env {
      observation = 2, action = { "box", 2 }, reset = function(self) self.k = 1 return seen[1] end,
      step = function(self)
        self.k = self.k + 1
        return seen[math.min(self.k, 2)], 0, self.k == 3
      end,
    }
    local rest = rl.tensor { { 0, 0 }, { math.sqrt(5), math.sqrt(17) } } -- roots of the mean squares
    local function reads(normalizer, times)
      local policy = rl.policy(env, { hidden = {}, std = "fixed", normalizer = normalizer })
      policy.theta:copy_(rl.tensor { 1, 0, 0, 1, 0, 0 })
      for _ = 1, times do env:evaluate(policy, policy.theta:reshape(1, 6), { observe = true }) end
      return policy:mean(rest)
    end
    for times = 1, 2 do
      assert.is_true((reads("scale", times) - rl.tensor { { 0, 0 }, { 1, 1 } }):abs():max() < 1e-6)
    end
    assert.is_near(-2, reads("standard", 1):get(1, 1), 1e-5)
  end)

  it("plays games in Lua, and its errors come back", function()
    local env = rl.lua_env {
      observation = 1, action = { "discrete", 2 },
      reset = function(self, rng) self.x = rng:uniform(1):item() return { self.x } end,
      step = function(self, action)
        if self.broken then error("broken game") end
        self.x = self.x + (action == 1 and 0.25 or 0.1)
        return { self.x }, self.x, self.x > 1
      end,
    }
    local policy = rl.policy(env, { hidden = {} })
    local x = candidates(policy, 8)
    local returns = env:evaluate(policy, x, { episodes = 3, round = 1 })
    assert.is_true(returns:min() > 1)
    assert.is_true(returns:equal((env:evaluate(policy, x, { episodes = 3, round = 1 }))))
    local bad = rl.env("cartpole", { reward = function() error("no reward") end })
    refuses("no reward", bad.evaluate, bad, rl.policy(bad), candidates(rl.policy(bad), 3))
  end)

  it("wants rows of as many parameters as the policy has, and known options", function()
    local env = rl.env("cartpole")
    local policy = rl.policy(env, { hidden = {} })
    refuses("candidates: shape [n, 10] expected, got [3, 9]", env.evaluate, env, policy, rl.zeros(3, 9))
    refuses("candidates expected", env.evaluate, env, policy, rl.zeros(0, 10))
    refuses('unknown option "episode"; did you mean "episodes"?', env.evaluate, env, policy, rl.zeros(3, 10),
      { episode = 2 })
    refuses("option episodes: 0 is outside", env.evaluate, env, policy, rl.zeros(3, 10), { episodes = 0 })
    local other = rl.policy(rl.env("hopper"), { hidden = {} })
    refuses("policy takes 12 observations", env.evaluate, env, other, candidates(other, 2))
  end)
end)
