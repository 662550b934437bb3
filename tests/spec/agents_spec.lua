-- One agent of a world: policies of agents that are not alike, and an agent's own environment, played against others.
local rl = require "rl"
local child = require "spec.child"
local core = require "rl.core"
local pair = require "spec.pair"
local refused = require("spec.refusal").refuses

describe("agents that are not alike", function()
  local function unlike(change)
    local world = pair(change)
    world.creatures.b = { creature = "hopper", x = 1, turned = true, team = 1 }
    return world
  end

  it("have policies of their own", function()
    local env = rl.env(unlike())
    local a, b = env:agent("a"), env:agent("b")
    assert.equal("pair.b", b.name)
    assert.is_true(a.action_space.size > b.action_space.size)
    assert.are.same({ 2, 2 }, { a.n, b.n })
    local players = { a = rl.policy(a, { hidden = { 8 } }), b = rl.policy(b, { hidden = { 8 } }) }
    local result = env:evaluate(players, { episodes = 2 })
    assert.equal(4, #result.episodes)
    assert.is_not_nil(result.episodes[2].fields.world_x)
    assert.is_true(#env:record(players, { seconds = 0.5 }).frames > 1)
    assert.is_true(env:evaluate({ a = "zero", b = players.b }, { episodes = 1 }).episodes[1].length > 0)
    refused("nobody plays agent b: say who, env:players { b = policy }", env.evaluate, env, { a = players.a })
    refused("cannot share a policy", function() return env:evaluate(rl.policy(a)) end)
    refused("unknown agent \"c\"", env.agent, env, "c")
    refused("of a whole world with one policy", rl.value, a, { central = true })
    for method, own in pairs { coma = "ppo", mappo = "ppo", maddpg = "ddpg" } do
      refused(("rl.%s: its critic is of a whole world with one policy, and pair.a is an agent of one: use rl.%s, or "
        .. "give the environment of the world"):format(method, own), rl[method], { env = a })
    end
    refused("of a whole world with one policy", rl.mappo, { env = a, policy = players.a, value = rl.value(a) })
    refused("of a whole world with one policy", rl.ppo,
      { env = a, policy = players.a, value = rl.value(a, { action = true }), advantage = "counterfactual" })
  end)

  it("learn side by side from one world", function()
    local env = rl.env(unlike { together = true, n = 3 })
    local learners, players = {}, {}
    for _, agent in ipairs(env.agents) do
      local own = env:agent(agent.name)
      players[agent.name] = rl.policy(own, { hidden = { 8 }, seed = 1 })
      local value = rl.value(own, { hidden = { 8 } })
      local ppo = rl.ppo { env = own, policy = players[agent.name], value = value, minibatch = 16 }
      learners[#learners + 1] = { own = own, policy = players[agent.name], agent = ppo:agent(3, { steps = 16 }) }
    end
    local before = players.b.theta:tobytes()
    local obs, width, size = env:reset(), env.action_space.size, env.observation_space.size
    local function rows(x, agent, columns) -- of one agent
      local all = x:shape()[2]
      return x:reshape(3, 2, all):narrow(2, agent, 1):reshape(3, all):narrow(2, 1, columns):clone()
    end
    for _ = 1, 40 do
      local actions = rl.zeros(3, 2, width)
      for i, l in ipairs(learners) do
        local action = l.agent:act(rows(obs, i, l.own.observation_space.size))
        for w = 1, 3 do for k = 1, l.own.action_space.size do actions:set(w, i, k, action:get(w, k)) end end
      end
      local reward, terminated, truncated
      obs, reward, terminated, truncated = env:step(actions:reshape(6, width))
      local last = env:final_observation()
      for i, l in ipairs(learners) do
        local function of(x) return x:reshape(3, 2):narrow(2, i, 1):reshape(3):clone() end
        l.agent:reward(of(reward), of(terminated), of(truncated), rows(last, i, l.own.observation_space.size))
      end
    end
    assert.is_true(size >= learners[1].own.observation_space.size)
    assert.are_not.equal(before, players.b.theta:tobytes())
  end)
end)

-- As `pair`, but of a biped and a hopper.
local function unlike_pair()
  local world = pair()
  world.creatures.b = { creature = "hopper", x = 1, turned = true, senses = { other = "a" } }
  return world
end

-- How `policy` does as `own`, which is agent b, against one who plays a.
local function world_of(own, against, policy, settings)
  own:players({ a = against }, { deterministic = true })
  return own:evaluate(policy, settings)
end

describe("an agent's own environment", function()
  -- The two of `pair`, of which "a" learns.
  local function learner(change)
    local env = rl.env(pair(change))
    local own = env:agent("a")
    local policy = rl.policy(own, { hidden = { 8 }, seed = 1 })
    local value = rl.value(own, { hidden = { 8 }, seed = 2 })
    return env, rl.ppo { env = own, policy = policy, value = value, minibatch = 32, seed = 3 }, policy
  end
  local function older(env, count)
    local list = {}
    for i = 1, count do list[i] = rl.policy(env:agent("b"), { hidden = { 8 * i }, seed = i + 5, history = i }) end
    return list
  end

  it("is played against others, whose steps are the world's", function()
    local env, ppo = learner { n = 3 }
    refused("nobody plays agent b: say who, env:players { b = policy }", ppo.collect, ppo, 4)
    env:players { b = "zero" }
    assert.are.same({ b = "zero" }, env:players())
    env:reset { seed = 1 }
    local batch, twin = ppo:collect(70), rl.env(pair { n = 3 })
    local obs, width, there, rested, ended = twin:reset(), env.action_space.size, {}, 0, 0
    for row = 1, 6 do there[row] = true end
    local function step(actions)
      local next_obs, reward, terminated, truncated = twin:step(actions)
      for w = 2, 6, 2 do
        for row = w - 1, w do there[row] = there[row] and terminated:get(row) + truncated:get(row) == 0 end
        if not (there[w - 1] or there[w]) then there[w - 1], there[w] = true, true end
      end
      return next_obs, reward, terminated, truncated
    end
    for t = 1, 70 do
      while not (there[1] or there[3] or there[5]) do obs = step(rl.zeros(6, width)) end
      local actions, acts = rl.zeros(6, width), {}
      for w = 1, 3 do
        acts[w] = there[2 * w - 1]
        assert.equal(acts[w] and 1 or 0, batch.valid:get(t, w))
        rested = rested + (acts[w] and 0 or 1)
        for k = 1, acts[w] and width or 0 do actions:set(2 * w - 1, k, batch.action:get(t, w, k)) end
        for k = 1, acts[w] and obs:shape()[2] or 0 do
          assert.equal(obs:get(2 * w - 1, k), batch.obs:get(t, w, k))
        end
      end
      local reward, terminated, truncated
      obs, reward, terminated, truncated = step(actions)
      for w = 1, 3 do
        if acts[w] then
          assert.equal(reward:get(2 * w - 1), batch.reward:get(t, w))
          assert.equal(terminated:get(2 * w - 1), batch.terminated:get(t, w))
          ended = ended + terminated:get(2 * w - 1) + truncated:get(2 * w - 1)
        end
      end
    end
    assert.is_true(rested > 0)
    assert.equal(ended, batch.stats.episodes)
    assert.equal(210 - rested, batch.stats.steps)
    assert.is_true(ppo:update(batch).approx_kl >= 0)
  end)

  it("gives the same bytes for any number of threads, whoever plays in each world", function()
    local before, seen = rl.threads(), {}
    for i, threads in ipairs { 1, 3 } do
      rl.threads(threads)
      local env, ppo, policy = learner { n = 5 }
      env:players { b = older(env, 2) }
      ppo:update(ppo:collect(30))
      env:players({ b = older(env, 3) }, { deterministic = true })
      ppo:update(ppo:collect(30))
      env:players { b = "random" }
      ppo:update(ppo:collect(30))
      seen[i] = policy.theta:tobytes()
    end
    rl.threads(before)
    assert.equal(seen[1], seen[2])
  end)

  it("is played by whom it was told, whatever a script does with the list that it is given", function()
    local env, ppo = learner()
    env:players { b = older(env, 2) }
    local list = env:players().b
    list[1], list[2] = nil, nil
    collectgarbage()
    collectgarbage()
    assert.equal(2, #env:players().b)
    assert.is_true(ppo:update(ppo:collect(20)).approx_kl >= 0)
  end)

  it("goes on from a save bit for bit, and what players remember with it", function()
    local function begin()
      local env, ppo, policy = learner()
      env:players { b = older(env, 2) }
      return env, ppo, policy
    end
    local env, ppo, policy = begin()
    ppo:update(ppo:collect(33))
    local archive = core.archive()
    for name, object in pairs { env = env:agent("a"), ppo = ppo, policy = policy } do archive:put(name, object) end
    local other, again, twin = begin()
    for name, object in pairs { env = other, ppo = again, policy = twin } do assert(archive:take(name, object)) end
    archive:close()
    local one, two = ppo:collect(40), again:collect(40)
    assert.equal(one.obs:tobytes(), two.obs:tobytes())
    assert.equal(one.action:tobytes(), two.action:tobytes())
  end)

  it("rests while its world goes on, which is in no batch", function()
    local done = { a = function(s) return s.time > 0.1 end, b = function() return false end }
    local env, ppo = learner { n = 1, done = done, time_limit = 1 }
    env:players { b = "zero" }
    for _ = 1, 3 do
      local batch = ppo:collect(9)
      assert.equal(9, batch.valid:sum()) -- one world: it goes on by itself while nobody learns there
      assert.is_true(batch.stats.episodes > 0)
      ppo:update(batch)
    end
  end)

  it("is evaluated and recorded against those who play the others", function()
    local function world() return rl.env(unlike_pair()) end
    local env, settings = world(), { episodes = 5, seed = 3, record = 2 }
    local own, other = env:agent("a"), env:agent("b")
    local policy = rl.policy(own, { hidden = { 8 }, seed = 1 })
    local foe = rl.policy(other, { hidden = { 4 }, seed = 2, gru = 3 })
    refused("nobody plays agent b: say who, env:players { b = policy }", own.evaluate, own, policy)
    refused("nobody plays agent b", own.record, own, policy)
    refused("nobody plays agent a", env.evaluate, env, {})
    refused('rl.policy, "random" or "zero" expected, got no value', own.evaluate, own)
    env:players({ b = foe }, { deterministic = true })
    local all = env:evaluate({ a = policy, b = foe }, settings)
    for _, result in ipairs { own:evaluate(policy, settings), env:evaluate({ a = policy }, settings) } do
      assert.same(all.agents, result.agents)
    end
    for side, of in pairs { a = own:evaluate(policy, settings), b = world_of(other, policy, foe, settings) } do
      assert.same({ 5, 2 }, { #of.episodes, #of.recordings })
      assert.is_near(all.agents[side].mean_return, of.mean_return, 1e-12)
      assert.is_near(all.agents[side].mean_length, of.mean_length, 1e-12)
      local terminated = 0
      for i, episode in ipairs(of.episodes) do
        assert.equal(side, episode.agent)
        assert.same(all.episodes[2 * i - (side == "a" and 1 or 0)], episode)
        terminated = terminated + (episode.terminated and 1 or 0)
      end
      assert.equal(terminated, of.terminated)
      assert.is_near(of.episodes[1]["return"], of.recordings[1].reward:sum(), 1e-4)
    end
    local seen = other:record(foe, { seconds = 0.5, seed = 4 })
    assert.same({ "pair.b", other.observation_space.size }, { seen.title, seen.observation:size(2) })
    local both = env:record({ a = policy, b = foe }, { seconds = 0.5, seed = 4 })
    assert.same(both.frames, seen.frames)
    assert.equal(own.observation_space.size, both.observation:size(2))
    assert.are_not.same(both.reward:totable(), seen.reward:totable())
  end)

  it("keeps nothing of the worlds of an evaluation, whenever the collector comes", function()
    local folder = child.folder()
    local status, _, errors = child.run(folder, [[
      local rl = require "rl"
      collectgarbage "stop"
      rl.confine { memory = 10e6 } -- a state of its own: for good
      local env = rl.env { name = "pair", reward = function() return 0 end, time_limit = 0.1,
        creatures = { a = { creature = "hopper", x = -1 }, b = { creature = "hopper", x = 1 } } }
      local rest = { a = "zero", b = "zero" }
      local function fits(episodes) return pcall(env.evaluate, env, rest, { episodes = episodes }) end
      local most, step = 0, 256
      assert(not fits(2 * step))
      while step > 0 do
        if fits(most + step) then most = most + step end
        step = math.floor(step / 2)
      end
      collectgarbage() -- below: what was dropped is not looked for before half of the limit is taken
      collectgarbage()
      assert(most > 20 and fits(math.floor(0.45 * most)))
      assert(fits(math.floor(0.75 * most)))
    ]])
    child.remove(folder)
    assert.equal(0, status, errors)
  end)

  it("is evaluated against several, by turns, or by chance, the same for any number of threads", function()
    local before, seen = rl.threads(), {}
    for i, threads in ipairs { 1, 3 } do
      rl.threads(threads)
      local env = rl.env(pair())
      local own, list = env:agent("a"), older(env, 2)
      local policy = rl.policy(own, { hidden = { 8 }, seed = 1 })
      local function mean(player, sampled)
        env:players { b = player }
        return own:evaluate(policy, { episodes = 6, seed = 2, deterministic = not sampled }).mean_return
      end
      seen[i] = { mean(list), mean(list[1]), mean("random"), mean("zero"), mean("zero", true),
                  env:evaluate({ a = "random", b = policy }, { episodes = 3 }).mean_return }
    end
    rl.threads(before)
    assert.same(seen[1], seen[2])
    for k = 2, 6 do assert.are_not.equal(seen[1][k - 1], seen[1][k]) end
    local env = rl.env(pair())
    env:players { b = "zero" }
    local own = env:agent("a")
    assert.same(own:evaluate("zero", { episodes = 2 }).agents, env:evaluate("zero", { episodes = 2 }).agents)
    refused("environment pair.a", own.evaluate, own, rl.policy(rl.env("cartpole")))
    refused('"random" or "zero" expected, got "best"', env.evaluate, env, { a = "best" })
    refused('unknown agent "c"', env.evaluate, env, { c = "zero" })
    refused('pair.a: a policy, a list of policies, "random" or "zero" expected, got boolean', env.evaluate, env,
      { a = false })
    refused("pair.a: a list of policies expected, got one of none", env.evaluate, env, { a = {} })
    local list, few = older(env, 3), { episodes = 2, seed = 3 }
    local own_policy = rl.policy(own, { hidden = { 8 }, seed = 1 })
    local handed = env:evaluate({ a = own_policy, b = list }, few)
    assert.same(env:evaluate({ a = own_policy, b = { list[1], list[2] } }, few).agents, handed.agents)
    local large = rl.env(pair { n = 3 })
    large:players({ b = list }, { deterministic = true })
    assert.same(handed.agents, large:evaluate({ a = own_policy }, few).agents)
    assert.same(env:record({ a = own_policy, b = list[1] }, { seconds = 0.3, seed = 2 }).frames,
      env:record({ a = own_policy, b = list }, { seconds = 0.3, seed = 2 }).frames)
  end)

  it("learns side by side with others", function()
    local function train(sizes)
      local env = rl.env(pair { n = 3 })
      local methods, policies = {}, {}
      for name, size in pairs(sizes) do
        local own = env:agent(name)
        policies[name] = rl.policy(own, { hidden = { size }, seed = 1 })
        local value = rl.value(own, { hidden = { size }, seed = 1 })
        methods[name] = rl.ppo { env = own, policy = policies[name], value = value, minibatch = 32 }
      end
      local batches = env:collect(methods, 40)
      for name, method in pairs(methods) do method:update(batches[name]) end
      batches = env:collect(methods, 40)
      assert.is_true(batches.a.stats.steps <= 240 and batches.a.stats.steps > 120)
      return policies.a.theta:tobytes() .. policies.b.theta:tobytes(), env, methods
    end
    local one, env, methods = train { a = 8, b = 16 }
    assert.equal(one, (train { a = 8, b = 16 }))
    refused("of env:agent", env.collect, env, { a = methods.b }, 3)
    refused("none of its agents", env.collect, env, { c = methods.b }, 3)
    refused("methods by agents expected", env.collect, env, {}, 3)
    refused("nobody plays agent b", env.collect, env, { a = methods.a }, 3)
    local own = env:agent("b")
    local reinforce = rl.reinforce { env = own, policy = rl.policy(own), episodes = true }
    refused("take steps as they come", env.collect, env, { a = methods.a, b = reinforce }, 3)
  end)

  it("names who cannot play", function()
    local env = rl.env(pair())
    local small = rl.policy(rl.env("cartpole"))
    refused("environment pair.b", env.players, env, { b = small })
    refused('unknown agent "c"', env.players, env, { c = "zero" })
    refused('"random" or "zero" expected, got "best"', env.players, env, { b = "best" })
    refused("players: a list of policies expected, got one of none", env.players, env, { b = {} })
    local one = rl.policy(env:agent("b"))
    refused("players: a list of 1 to 2 policies, one for each world", env.players, env, { b = { one, one, one } })
    refused("or false expected, got number", env.players, env, { b = 3 })
    refused("is no world of several agents", env.players, rl.env("cartpole"), { b = "zero" })
    refused("reward and done are functions of the world", env.set, env:agent("a"), { reward = function() return 1 end })
  end)
end)
