-- Worlds written in Lua: rl.lua_env{ agents = ... }.
local rl = require "rl"
local refused = require("spec.refusal").refuses

describe("a world in Lua", function()
  -- Two on a line, who end where they leave it. A chunk has the globals of Lua, which threads take along; here a spec
  -- has its own.
  local compile = rawget(_G, "loadstring") or load
  local CODE = [[
    return {
      name = "tag", n = 3, seed = 1, observation = { "own", "other" }, action = { "discrete", 3 }, limit = 40,
      agents = { "a", { name = "b", team = 7 } },
      reset = function(self, rng)
        self.x = { a = -rng:uniform(), b = rng:uniform() }
        return { a = { self.x.a, self.x.b }, b = { self.x.b, self.x.a } }
      end,
      step = function(self, action, rng)
        local x = self.x
        for _, name in ipairs { "a", "b" } do
          if action[name] then x[name] = x[name] + 0.3 * (action[name] - 2) + 0.1 * rng:uniform() end
        end
        return { a = { x.a, x.b }, b = { x.b, x.a } }, { a = -math.abs(x.a - x.b), b = math.abs(x.a - x.b) },
          { a = math.abs(x.a) > 2, b = math.abs(x.b) > 2 }
      end,
      save = function(self) return self.x end,
      load = function(self, x) self.x = x end,
    }]]
  local function game(change)
    local world = assert(compile(CODE, "=tag.lua"))()
    for name, value in pairs(change or {}) do world[name] = value end
    return rl.lua_env(world)
  end

  it("has rows, rewards and ends of each agent", function()
    local acted
    local env = game { n = 1, step = function(_, action)
      acted = action
      return { a = { 1, 2 }, b = { 3, 4 } }, { a = 5, b = 6 }, { a = true }
    end }
    assert.are.same({ { name = "a", team = 1 }, { name = "b", team = 7 } }, env.agents)
    assert.are.same({ 2, 1 }, { env.n, env.worlds })
    env:reset()
    local obs, reward, terminated = env:step { 0, 2 }
    assert.are.same({ a = 1, b = 3 }, acted)
    assert.are.same({ { 1, 2 }, { 3, 4 } }, obs:totable())
    assert.are.same({ { 5, 6 }, { 1, 0 } }, { reward:totable(), terminated:totable() })
    terminated = select(3, env:step { 0, 1 })
    assert.are.same({ b = 2 }, acted) -- a rests
    assert.are.same({ 0, 0 }, terminated:totable())
    env = game { n = 1, together = true, step = function() return { a = { 1, 2 }, b = { 3, 4 } }, 1, true end }
    env:reset()
    reward, terminated = select(2, env:step { 0, 0 })
    assert.are.same({ { 1, 1 }, { 1, 1 } }, { reward:totable(), terminated:totable() }) -- one for all
  end)

  it("learns and is played as others, the same by any number of threads", function()
    local before, seen = rl.threads(), {}
    for i, threads in ipairs { 1, 3 } do
      rl.threads(threads)
      local env = game()
      local policy = rl.policy(env, { hidden = { 8 }, seed = 1 })
      local value = rl.value(env, { hidden = { 8 }, seed = 1 })
      local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 32 }
      ppo:update(ppo:collect(40))
      local own = env:agent("a")
      local alone = rl.ppo { env = own, policy = rl.policy(own, { seed = 2 }), value = rl.value(own, { seed = 2 }) }
      env:players { b = policy }
      local batch = alone:collect(40)
      alone:update(batch)
      local path = os.tmpname()
      assert(env:save(path))
      local other = game()
      assert(other:load(path))
      os.remove(path)
      local actions = rl.ones(6)
      for _ = 1, 20 do assert.equal(env:step(actions):tobytes(), other:step(actions):tobytes()) end
      assert.is_nil(env.notice)
      seen[i] = policy.theta:tobytes() .. batch.obs:tobytes()
      local result = env:evaluate(policy, { episodes = 2 })
      assert.are.same({ 4, "b" }, { #result.episodes, result.episodes[4].agent })
      assert.is_true(#env:record({ a = policy, b = "zero" }, { seconds = 1 }).frames > 1)
    end
    rl.threads(before)
    assert.equal(seen[1], seen[2])
  end)

  -- A hunter sees three numbers and has four choices, a hare two and two.
  local HUNT = [[
    return {
      name = "hunt", n = 3, seed = 1, limit = 30,
      agents = { { name = "hunter", observation = { "own", "other", "left" }, action = { "discrete", 4 } },
                 { name = "hare", observation = 2, action = { "discrete", { "stay", "run" } } } },
      reset = function(self, rng)
        self.x, self.left = { hunter = -rng:uniform(), hare = rng:uniform() }, 30
        return { hunter = { self.x.hunter, self.x.hare, 30 }, hare = { self.x.hare, self.x.hunter } }
      end,
      step = function(self, action, rng)
        local x = self.x
        self.left = self.left - 1
        if action.hunter then x.hunter = x.hunter + 0.05 * action.hunter end
        if action.hare == "run" then x.hare = x.hare + 0.1 * rng:uniform() end
        local d = x.hare - x.hunter
        return { hunter = { x.hunter, x.hare, self.left }, hare = { x.hare, x.hunter } }, { hunter = -d, hare = d },
          { hunter = d < 0 }
      end,
      save = function(self) return { self.x.hunter, self.x.hare, self.left } end,
      load = function(self, s) self.x, self.left = { hunter = s[1], hare = s[2] }, s[3] end,
    }]]
  local function hunt(change)
    local world = assert(compile(HUNT, "=hunt.lua"))()
    for name, value in pairs(change or {}) do world[name] = value end
    return rl.lua_env(world)
  end

  it("has agents that see and do what is their own", function()
    local before, seen = rl.threads(), {}
    for i, threads in ipairs { 1, 3 } do
      rl.threads(threads)
      local env = hunt()
      local hunter, hare = env:agent("hunter"), env:agent("hare")
      assert.same({ 3, 4, 2, 2 }, { hunter.observation_space.size, hunter.action_space.size,
                                    hare.observation_space.size, hare.action_space.size })
      assert.equal("left", hunter.observation_space.names[3])
      local methods, policies = {}, {}
      for _, own in ipairs { hunter, hare } do
        local name = own.name:match("%a+$")
        policies[name] = rl.policy(own, { hidden = { 8 }, seed = 1 })
        local value = rl.value(own, { seed = 2 })
        methods[name] = rl.ppo { env = own, policy = policies[name], value = value, minibatch = 32 }
      end
      local batches = env:collect(methods, 40)
      for name, method in pairs(methods) do method:update(batches[name]) end
      assert.same({ 40, 3, 2 }, batches.hare.obs:shape())
      assert.is_true(batches.hare.action:max() <= 1)
      local path, other = os.tmpname(), hunt()
      assert(env:save(path))
      assert(other:load(path))
      os.remove(path)
      local actions = rl.ones(6)
      for _ = 1, 20 do assert.equal(env:step(actions):tobytes(), other:step(actions):tobytes()) end
      assert.is_nil(env.notice)
      local result = env:evaluate(policies, { episodes = 4, seed = 2 })
      assert.is_nil(result.episodes[2].fields.left)
      assert.is_true(result.episodes[1].fields.left < 30)
      assert.is_true(env:evaluate("random", { episodes = 4, seed = 2 }).mean_length > 0)
      assert.equal(2, hare:players({ hunter = "random" }) and hare:record(policies.hare).observation:size(2))
      seen[i] = policies.hare.theta:tobytes() .. policies.hunter.theta:tobytes() .. result.mean_return
    end
    rl.threads(before)
    assert.equal(seen[1], seen[2])
    refused("cannot share a policy", function() return rl.ppo { env = hunt(), policy = rl.policy(hunt()) } end)
  end)

  it("names the agent whose own senses are wrong", function()
    local function agents(hunter, hare, change)
      hunter.name, hare.name = "hunter", "hare"
      return { hunt, { agents = { hunter, hare }, masked = change } }
    end
    local function wrong(part, hunter, hare, masked)
      local made = agents(hunter, hare, masked)
      refused(part, made[1], made[2])
    end
    local two = { "discrete", 2 }
    wrong("agent hare has no observation: give it one, or one for all beside agents",
      { observation = 3, action = two }, { action = two })
    wrong("agent hare: its action is of another kind", { observation = 3, action = two },
      { observation = 2, action = { "box", 1 } })
    wrong("agent hare: its action is of another kind, or has other bounds",
      { observation = 3, action = { "box", 1, -1, 1 } }, { observation = 2, action = { "box", 2, -2, 2 } })
    wrong("an action of its own is a box or one choice", { observation = 3, action = two },
      { observation = 2, action = two }, true)
    wrong("option observation: integer expected, got 0.5", { observation = 3, action = two },
      { observation = 0.5, action = two })
    local env = hunt { n = 1 }
    env:reset()
    refused("the action of agent hare is choice 4 of 2", env.step, env, { 0, 3 })
    env = hunt { n = 1, step = function() return { hunter = { 1, 2, 3 }, hare = { 1, 2, 3 } }, 0 end }
    env:reset()
    refused("returned 3 observations of agent hare, 2 expected", env.step, env, { 0, 0 })
  end)

  it("names the agent that something is wrong with", function()
    local function step(part, observations, rewards, ends)
      local env = game { n = 1, step = function() return observations, rewards, ends end }
      env:reset()
      refused(part, env.step, env, { 0, 0 })
    end
    local both = { a = { 1, 2 }, b = { 1, 2 } }
    refused('two are named "a"; rename one', game, { agents = { "a", "a" } })
    for _, name in ipairs { "", "a/x", "..", "a b", "2nd", ("a"):rep(32) } do
      local message = ('a name of 1 to 31 letters, digits and _ expected, got "%s"'):format(name)
      refused(message, game, { agents = { name, "b" } })
      refused(message, game, { agents = { "b", { name = name } } })
    end
    assert.equal("a_2", game({ agents = { "a_2", ("b"):rep(31) } }).agents[1].name)
    refused("the names of 2 to 16 agents expected, got 1", game, { agents = { "a" } })
    step("agent b has no reward", both, { a = 1 })
    step("the reward of agent b is nan", both, { a = 1, b = 0 / 0 })
    step("agent b has no observations", { a = { 1, 2 } }, 1)
    step('rewards: unknown agent "A"; did you mean "a"?', both, { a = 1, b = 1, A = 5 })
    step('observations: unknown agent "3"', { a = { 1, 2 }, b = { 1, 2 }, [3] = { 1, 2 } }, 1)
    step('terminated: unknown agent "B"; did you mean "b"?', both, 1, { B = true })
    step("returned 1 observations of agent a, 2 expected", { a = { 1 } }, 1)
    step("a table of observations by agents, got number", 1, 1)
    refused("leave one of both out", game, { symmetry = { observation = { 1, 2 }, action = { 1, 2, 3 } } })
  end)
end)
