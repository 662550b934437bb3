-- Worlds of several creatures: rl.env{ creatures = ... }. Their physics is tested in c/test_world.c.
local rl = require "rl"
local child = require "spec.child"
local core = require "rl.core"
local refusal = require "spec.refusal"
local has, refused = refusal.has, refusal.refuses

-- Two that look at each other.
local function pair(change)
  local world = {
    name = "pair", n = 2, seed = 1,
    creatures = {
      a = { creature = "biped", x = -1, senses = { other = "b" } },
      b = { creature = "biped", x = 1, turned = true, senses = { other = "a" } },
    },
    reward = function(s) return s.vx end,
  }
  for name, value in pairs(change or {}) do world[name] = value end
  return world
end

local function bytes(env, steps)
  local rng, seen = rl.rng(3), {}
  env:reset()
  for _ = 1, steps do
    local obs, reward, terminated = env:step(rng:uniform(env.n, env.action_space.size) * 2 - 1)
    seen[#seen + 1] = obs:tobytes() .. reward:tobytes() .. terminated:tobytes()
  end
  return table.concat(seen)
end

describe("a world", function()
  it("has a row for every agent, those of a world one after the other", function()
    local env = rl.env(pair())
    assert.are.same({ 4, 2 }, { env.n, env.worlds })
    assert.are.same({ { name = "a", team = 1 }, { name = "b", team = 2 } }, env.agents)
    local obs = env:reset()
    assert.are.same({ 4, env.observation_space.size }, obs:shape())
    assert.equal("other_touch", env.observation_space.names[env.observation_space.size])
    local _, reward = env:step(rl.zeros(4, env.action_space.size))
    assert.are.same({ 4 }, reward:shape())
  end)

  it("lets rewards and ends of an agent read the others", function()
    local seen = {}
    local env = rl.env(pair {
      n = 1, reset_noise = 0,
      reward = {
        a = function(s) seen[s.agent] = { s.x, s.world_x, s.b.world_x, s.b.agent, s.other_dx }; return { one = 1 } end,
        b = function(s) return { two = s.a.vx * 0 + 2 } end,
      },
      done = { b = function(s) return s.time > 0.05 end },
    })
    env:reset()
    local _, reward = env:step(rl.zeros(2, 6))
    assert.are.same({ 1, 2 }, reward:totable())
    assert.is_near(0, seen.a[1], 0.01)
    assert.is_near(-1, seen.a[2], 0.01)
    assert.is_near(1, seen.a[3], 0.01)
    assert.equal("b", seen.a[4])
    assert.is_near(2, seen.a[5], 0.02)
    local ended
    for _ = 1, 3 do ended = select(3, env:step(rl.zeros(2, 6))):totable() end
    assert.are.same({ 0, 0 }, ended) -- b ended in the step before and rests, a goes on
    refused("unknown agent \"c\"", env.set, env, { reward = { c = function() return 0 end } })
    env:set { done = function() return false end, reward = function(s) return s.agent == "a" and 3 or 4 end }
    assert.are.same({ 3, 4 }, select(2, (function() env:reset() return env:step(rl.zeros(2, 6)) end)()):totable())
  end)

  it("gives the same bytes for any number of threads", function()
    local before, seen = rl.threads(), {}
    for i, threads in ipairs { 1, 3 } do
      rl.threads(threads)
      seen[i] = bytes(rl.env(pair { n = 5, throw_interval = 0.4 }), 60)
    end
    rl.threads(before)
    assert.equal(seen[1], seen[2])
  end)

  it("goes on from a save bit for bit, with agents that have ended", function()
    local path = os.tmpname()
    local env, other = rl.env(pair()), rl.env(pair())
    bytes(env, 70)
    assert(env:save(path))
    assert(other:load(path))
    os.remove(path)
    local rng = rl.rng(9)
    for _ = 1, 80 do
      local action = rng:uniform(env.n, env.action_space.size) * 2 - 1
      local one, two = env:step(action), other:step(action)
      assert.equal(one:tobytes(), two:tobytes())
    end
  end)

  it("trains a shared policy, and evaluates and records it", function()
    local env = rl.env(pair { n = 4 })
    local policy = rl.policy(env, { hidden = { 16 }, seed = 1 })
    local value = rl.value(env, { hidden = { 16 } })
    local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 64, seed = 1 }
    local batch = ppo:collect(150)
    assert.is_true(batch.stats.episodes > 0)
    assert.is_true(batch.stats.steps < 8 * 150) -- agents that have ended carry no weight
    assert.is_true(ppo:update(batch).approx_kl >= 0)
    local result = env:evaluate(policy, { episodes = 3, record = 1 })
    assert.equal(6, #result.episodes)
    assert.equal("b", result.episodes[2].agent)
    assert.is_near(result.mean_return, (result.agents.a.mean_return + result.agents.b.mean_return) / 2, 1e-6)
    local recording = env:record(policy, { seconds = 1 })
    assert.equal(2 * 7, recording.n_bodies)
    local plain = env:record(policy, { seconds = 1, plain = true }) -- as reports show it
    assert.is_true(#plain.frames > 1)
    assert.equal(0, plain.reward:abs():sum())
    local colours = {}
    for _, shape in ipairs(recording.shapes) do if shape.colour then colours[shape.colour] = shape.name end end
    local names = {}
    for _, name in pairs(colours) do names[#names + 1] = name end
    table.sort(names)
    assert.are.same({ "a", "b" }, names) -- a colour for each team
  end)

  it("trains from a memory of whole worlds", function()
    local env = rl.env(pair { n = 2 })
    local maddpg, policy, value = rl.maddpg { env = env, minibatch = 32, memory = 101, warmup = 0, replay = 0.1 }
    local sees, does = env.observation_space.size, env.action_space.size
    assert.equal(("rl.value: %d observations"):format(2 * (sees + does) + 2), tostring(value):match("^[^,]+"))
    local before = policy.theta:clone()
    local stats = maddpg:update(maddpg:collect(20))
    assert.equal(80, stats.remembered)
    assert.is_true(stats.gradient_steps > 0 and stats.value_loss > 0)
    assert.is_false(policy.theta:equal(before))
    local obs = env:reset()
    local action = policy:mean(obs)
    local next_obs, reward, terminated = env:step(action)
    local steps = { obs = obs, action = action, reward = reward, next_obs = next_obs, terminated = terminated }
    assert.equal(84, maddpg:remember(steps))
    steps.valid = rl.ones(4)
    steps.valid[3], steps.valid[4] = 0, 0 -- nobody took a step in the second world
    assert.equal(86, maddpg:remember(steps))
    for name, x in pairs(steps) do steps[name] = x:narrow(1, 1, 3) end
    refused("3 steps are not those of all agents of some worlds", maddpg.remember, maddpg, steps)
    assert.equal(86, maddpg:update(2).remembered)
    local ddpg = rl.ddpg { env = env, minibatch = 32, warmup = 0 }
    assert.is_true(ddpg:update(ddpg:collect(20)).value_loss > 0)
    local agent = maddpg:agent(env.n, { steps = 2 })
    for _ = 1, 3 do
      agent:act(obs)
      agent:reward(reward)
    end
    local ppo = rl.ppo { env = env, policy = rl.policy(env), value = rl.value(env) }
    for _, name in ipairs(rl.methods) do -- those with a memory are the remedy
      for _, row in ipairs(rl.describe(name)) do
        if row.name == "memory" then refused("rl." .. name, ppo.remember, ppo, steps) end
      end
    end
    local own = { env = env, policy = policy, value = rl.value(env, { action = true }) }
    refused("give value = rl.value(env, { central = true, action = true })", rl.maddpg, own)
    own.policy = rl.policy(env, { squash = true })
    refused('rl.policy(env, { squash = true, std = "fixed" })', rl.ddpg, own)
    own.env = env:agent("a")
    refused("of a whole world with one policy", rl.maddpg, own)
  end)

  it("trains with a critic that reads all agents", function()
    local env = rl.env(pair { n = 2 })
    local mappo, policy, value = rl.mappo { env = env, minibatch = 32 }
    local size = env.observation_space.size
    assert.equal(("rl.value: %d observations"):format(2 * size + 2), tostring(value):match("^[^,]+"))
    local batch = mappo:collect(50)
    local obs = batch.obs:reshape(50, 2, 2 * size) -- of a world, side by side
    local who = rl.tensor { { 0, 1 } }
    local joined = obs:narrow(2, 2, 1):reshape(50, 2 * size):narrow(1, 1, 1):clone()
    local read = rl.zeros(1, 2 * size + 2)
    read:narrow(2, 1, 2 * size):copy_(joined)
    read:narrow(2, 2 * size + 1, 2):copy_(who)
    assert.is_near(batch.value:get(1, 4), value:predict(read):get(1), 1e-6)
    assert.is_true(mappo:update(batch).value_loss > 0)
    local path = os.tmpname()
    assert(value:save(path))
    assert.equal(value.theta:tobytes(), rl.load_value(path, env).theta:tobytes())
    os.remove(path)
    assert.is_true(rl.ppo { env = env, policy = policy, value = value }:collect(8).stats.steps > 0)
    refused("give value = rl.value(env, { central = true })", rl.mappo,
      { env = env, policy = policy, value = rl.value(env) })
    refused("option history: not of a central value", rl.value, env, { central = true, history = 2 })
  end)

  it("collects in slices what it collects at once, where no function in Lua is asked also by several steps", function()
    local before = rl.threads()
    local function train(sliced, threads, world)
      rl.threads(threads)
      local env = rl.env(world)
      local policy = rl.policy(env, { hidden = { 8 }, seed = 1, history = 2 })
      local value = rl.value(env, { hidden = { 8 }, seed = 2, history = 2 })
      local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 32, seed = 1 }
      local seen = {}
      for i = 1, 2 do
        if sliced then
          local trainer = ppo:trainer { steps = 60 }
          repeat seen[i] = select(3, trainer:advance(0.1)) until seen[i]
        else
          local batch = ppo:collect(60)
          seen[i] = batch.stats
          ppo:update(batch)
        end
      end
      return { policy.theta:tobytes(), seen[1], seen[2] }
    end
    local plain = pair { n = 5, time_limit = 0.9 }
    plain.reward = nil
    for _, c in pairs(plain.creatures) do c.walks = true end
    for _, world in ipairs { pair { n = 2 }, plain } do
      local one = train(true, 1, world)
      assert.is_true(one[3].episodes > 0 and one[3].steps < 60 * 2 * 2 * world.n) -- somebody has rested
      for threads = 1, 3 do assert.same(one, train(false, threads, world)) end
      local env = rl.env(world)
      local policy = rl.policy(env, { hidden = { 8 } })
      local ppo = rl.ppo { env = env, policy = policy, value = rl.value(env) }
      policy.theta:fill_(3e38)
      refused("action 1 of copy 1 is nan", ppo.collect, ppo, 10)
      policy.theta:fill_(0)
      assert.is_true(ppo:collect(10).stats.steps > 0)
    end
    rl.threads(before)
  end)
end)

it("is described before it is made", function()
  local all = rl.describe(pair())
  assert.equal("a world of 2 agents and 0 loose bodies", all.meaning)
  local b = all.agents[2]
  assert.are.same({ "b", 2 }, { b.name, b.team })
  assert.equal("other_touch", b.observations[#b.observations])
  assert.equal(6, #b.actions)
  assert.is_true(#b.fields == #rl.env(pair()):agent("b"):fields())
end)

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

describe("the run of a world", function()
  -- Of all agents by one policy, or of one agent against another that remembers; ends itself in iteration 3.
  local SCRIPT = [[
    local rl = require "rl"
    local env = rl.env {
      name = "pair", n = 2, together = true, gravity = 3, reward = { a = function(s) return s.vx end },
      creatures = { a = { creature = "hopper", x = -1, senses = { other = "b" } },
                    b = { creature = "hopper", x = 1, turned = true, walks = true,
                          senses = { { name = "other", of = "a" } } } },
      bodies = { ball = { mass = 2, shape = { kind = "circle", radius = 0.15 }, y = 1.5 } },
    }
    local opt = rl.options { seat = false, kill = false }
    local own = opt.seat and env:agent("a") or env
    if opt.seat then env:players { b = rl.policy(env:agent("b"), { hidden = { 4 }, seed = 9, history = 2 }) } end
    local policy = rl.policy(own, { hidden = { 8 } })
    local ppo = rl.ppo { env = own, policy = policy, value = rl.value(own, { hidden = { 8 } }) }
    local run = rl.run { name = "pair", method = ppo, iterations = 4 }
    for i in run:iterations() do
      local batch = ppo:collect(33)
      run:log(i, batch.stats, ppo:update(batch))
      if opt.kill and i == 3 and not run.resumed then os.execute("kill -KILL $PPID") end
    end
    run:finish()]]

  local function rlrun(folder, arguments)
    return child.shell(folder, ("'%s' %s"):format(child.rlrun, arguments))
  end

  for _, seat in ipairs { false, true } do
    it("goes on bit for bit and is played without its script" .. (seat and ", of one agent too" or ""), function()
      local folder = child.folder()
      child.write(folder .. "/pair.lua", SCRIPT)
      local arguments = ("--quiet --checkpoint 0 --set seat=%s pair.lua"):format(tostring(seat))
      local status, _, errors = rlrun(folder, "--out whole " .. arguments)
      assert.equal(0, status, errors)
      rlrun(folder, "--out cut --set kill=true " .. arguments)
      status, _, errors = rlrun(folder, "--quiet --resume cut/*")
      assert.equal(0, status, errors)
      local whole, cut = folder .. "/whole/", folder .. "/cut/"
      whole, cut = whole .. child.list(whole)[1], cut .. child.list(cut)[1]
      assert.equal(child.read(whole .. "/policy.safetensors"), child.read(cut .. "/policy.safetensors"))
      local out
      status, out, errors = rlrun(folder, "eval --episodes 2 whole/*")
      assert.equal(0, status, errors)
      has(errors, "reward and ends are the environment's own, and 0 for an agent that has none")
      has(out, "pair, 4 episodes\nreturn")
      has(out, "\nagent a      return 0, ")
      status, out, errors = rlrun(folder, "motion whole/* --out a.csv --columns time,world_x")
      assert.equal(0, status, errors)
      has(out, "wrote a.csv: ")
      has(errors, "of agent a; --agent has others: a, b\n")
      has(child.read(folder .. "/a.csv"), "\n0,-1\n")
      status, _, errors = rlrun(folder, "motion whole/* --agent b --out b.csv --columns time,world_x")
      assert.equal(0, status, errors)
      has(child.read(folder .. "/b.csv"), "\n0,1\n")
      status, out, errors = rlrun(folder, "gait whole/* --agent b --episodes 1 --out b.html")
      assert.equal(0, status, errors)
      has(out, "wrote b.html")
      status, _, errors = rlrun(folder, "gait whole/* --agent c")
      assert.equal(2, status)
      has(errors, 'rlrun gait: unknown agent "c"')
      local config = core.parse_json(child.read(whole .. "/config.json")).environment
      assert.are.same({ 2, seat and "a" or nil }, { config.copies, config.agent })
      local other = rl.load_policy(whole .. "/policy.b.safetensors")
      assert.equal(seat and 2 or nil, other and other:options().history) -- who is played against is there too
      local options = { reward = { a = function() return 0 end } }
      for name, value in pairs(config.options) do options[name] = value end
      for name, value in pairs(config.world) do options[name] = value end
      local again = rl.env(options)
      assert.are.same(config.world, core.parse_json(core.json(core.env_facts(again).world)))
      assert.equal(3, again:options().gravity)
      child.remove(folder)
    end)
  end
end)

describe("the run of agents that learn side by side", function()
  -- Two or three who are not alike; c is played. Ends itself in iteration 3.
  local SCRIPT = [[
    local rl = require "rl"
    local opt = rl.options { kill = false, player = "policy" }
    local env = rl.env {
      name = "trio", n = 2, together = true, time_limit = 0.5,
      creatures = { a = { creature = "hopper", x = -2, walks = true, senses = { other = "b" } },
                    b = { creature = "biped", x = 0, walks = true },
                    c = { creature = "biped", x = 2, walks = true, senses = { other = "b" } } },
    }
    local third = env:agent("c")
    local kinds = { policy = rl.policy(third, { hidden = { 3 }, seed = 9 }), random = "random",
                    list = { rl.policy(third, { hidden = { 3 }, seed = 9 }), rl.policy(third) } }
    env:players({ c = kinds[opt.player] }, { deterministic = true })
    local methods, policies = {}, {}
    for i, name in ipairs { "a", "b" } do
      local own = env:agent(name)
      policies[name] = rl.policy(own, { hidden = { 4 * i } })
      methods[name] = rl.ppo { env = own, policy = policies[name], seed = i, value = rl.value(own, { hidden = { 8 } }),
                               lr = i == 1 and 1e-3 or nil }
    end
    local run = rl.run { name = "trio", method = methods, iterations = 4 }
    for i in run:iterations() do
      local batches = env:collect(methods, 40)
      local stats = {}
      for name, method in pairs(methods) do stats[name] = method:update(batches[name]) end
      run:log(i, { a = batches.a.stats, b = batches.b.stats }, stats)
      if opt.kill and i == 3 and not run.resumed then os.execute("kill -KILL $PPID") end
    end
    run:finish()
    local result = env:evaluate(policies, { episodes = 3, seed = 1 })
    for _, name in ipairs { "a", "b", "c" } do
      local of = result.agents[name]
      print(("agent %-6s return %.5g, length %.5g steps"):format(name, of.mean_return, of.mean_length))
    end]]

  local folder
  before_each(function()
    folder = child.folder()
    child.write(folder .. "/trio.lua", SCRIPT)
  end)
  after_each(function() child.remove(folder) end)
  local function rlrun(arguments) return child.shell(folder, ("'%s' %s"):format(child.rlrun, arguments)) end
  local function only(out) return folder .. "/" .. out .. "/" .. child.list(folder .. "/" .. out)[1] end

  it("goes on bit for bit, and each is evaluated and shown by its own policy", function()
    local status, own, errors = rlrun "--out whole --quiet --checkpoint 0 trio.lua"
    assert.equal(0, status, errors)
    rlrun "--out cut --quiet --checkpoint 0 --set kill=true trio.lua"
    local out
    status, out, errors = rlrun "--quiet --resume cut/*"
    assert.equal(0, status, errors)
    assert.equal(own, out)
    local whole, cut = only "whole", only "cut"
    for _, name in ipairs { "a", "b", "c" } do
      local file = ("/policy.%s.safetensors"):format(name)
      assert.equal(child.read(whole .. file), child.read(cut .. file), name)
    end
    local config = core.parse_json(child.read(whole .. "/config.json"))
    assert.same({ a = "policy.a.safetensors", b = "policy.b.safetensors", c = "policy.c.safetensors" }, config.players)
    assert.same({ "ppo", 0.001, 2 }, { config.method.a.name, config.method.a.lr, config.method.b.seed })
    assert.same({ 4, 8 }, { config.policy.a.layers[2], config.policy.b.layers[2] })
    status, out, errors = rlrun "eval --episodes 3 --seed 1 whole/*"
    assert.equal(0, status, errors)
    assert.equal("", errors)
    for line in own:gmatch("agent [^\n]+") do has(out, line) end
    status, out = rlrun "eval --episodes 3 --seed 1 whole/*/policy.b.safetensors"
    assert.equal(0, status)
    for line in own:gmatch("agent [^\n]+") do has(out, line) end
    child.shell(folder, "cd whole/* && mkdir best && cp policy.b.safetensors best")
    status, out, errors = rlrun "eval --episodes 3 --seed 1 whole/*/best/policy.b.safetensors" -- the others' are above
    assert.equal(0, status, errors)
    for line in own:gmatch("agent [^\n]+") do has(out, line) end
    status, out, errors = rlrun "render --pose --time 0.1 --out pose.svg whole/*"
    assert.equal(0, status, out .. errors)
    has(child.read(folder .. "/pose.svg"), "<svg")
    if pcall(require, "rl.window") and require("rl.drawing").cairo() then
      local command = ("SDL_VIDEODRIVER=dummy '%s' watch --frames 3 whole/*"):format(child.rlrun)
      status, out, errors = child.shell(folder, command)
      assert.equal(0, status, out .. errors)
    end
    os.remove(whole .. "/policy.c.safetensors")
    status, out, errors = rlrun "eval --episodes 3 whole/*"
    assert.equal(1, status, out)
    has(errors, "policy.c.safetensors")
  end)

  it("tells of each and of all, in its rows and in report.html", function()
    local status, _, errors = rlrun "--out runs --quiet trio.lua"
    assert.equal(0, status, errors)
    local rows = assert(require("rl.runs").read(only "runs"))
    local v = rows.values
    assert.equal(v["a/steps"][4] + v["b/steps"][4], v.steps[4])
    assert.is_near((v["a/mean_return"][4] + v["b/mean_return"][4]) / 2, v.mean_return[4], 1e-6)
    assert.is_true(v["b/approx_kl"][2] ~= v["a/approx_kl"][2])
    assert.truthy(child.read(only "runs" .. "/checkpoints/best.safetensors"))
    local page = child.read(only "runs" .. "/report.html")
    has(page, "a: Options of ppo that are not the defaults")
    has(page, "a/mean_return")
    has(page, "<td>collect</td>")
  end)

  it("says who was played at random, and has the policy of those that are alike in place of a list", function()
    rlrun "--out runs --quiet --set player=random trio.lua"
    local config = core.parse_json(child.read(only "runs" .. "/config.json"))
    assert.equal("random", config.players.c)
    local status, out, errors = rlrun "eval --episodes 2 runs/*"
    assert.equal(0, status, errors)
    has(out, "agent c")
    rlrun "--out lists --quiet --set player=list trio.lua"
    config = core.parse_json(child.read(only "lists" .. "/config.json"))
    assert.equal("policy.c.safetensors", config.players.c) -- a hopper's policy is none of a biped
    assert.truthy(child.read(only "lists" .. "/policy.c.safetensors"))
  end)

  it("names the method that is wrong", function()
    local env, other = rl.env(pair()), rl.env(pair())
    local function ppo(own) return rl.ppo { env = own, policy = rl.policy(own), value = rl.value(own) } end
    local a, b = ppo(env:agent("a")), ppo(env:agent("b"))
    local policy = rl.policy(env)
    refused("rl.run: method.b is of pair.a, not of env:agent(\"b\")", rl.run, { method = { b = a } })
    refused("rl.run: method.a is of pair, not of env:agent", rl.run, { method = { a = ppo(env) } })
    refused("rl.run: method.b: a method expected, got string", rl.run, { method = { a = a, b = "ppo" } })
    refused("of another world than the others", rl.run, { method = { a = a, b = ppo(other:agent("b")) } })
    refused("rl.run: policy: policies by agents expected, as the methods are", rl.run,
      { method = { a = a, b = b }, policy = policy })
    refused("rl.run: policy: policies by agents want env", rl.run, { policy = { a = policy } })
    refused('rl.run: policy: unknown agent "c"', rl.run, { env = env, policy = { a = policy, c = policy } })
    refused("rl.run: policy.b: a policy expected, got string", rl.run,
      { env = env, policy = { a = policy, b = "zero" } })
    local biped, value = rl.policy(rl.env("biped")), rl.value(env:agent("a"))
    refused("rl.run: method.a: a method expected, got rl.search", rl.run, { method = { a = rl.cem { x0 = { 0 } } } })
    refused("rl.run: method.a: a method expected, got userdata", rl.run, { method = { a = io.stdout } })
    refused("rl.run: policy.a: a policy expected, got rl.value", rl.run, { env = env, policy = { a = value } })
    refused("environment pair.a gives " .. env:agent("a").observation_space.size, rl.run,
      { env = env, policy = { a = biped } })
    refused("rl.run: policy.a is not the one of method.a: leave it out, or make the method with it", rl.run,
      { method = { a = a, b = b }, policy = { a = policy } })
    refused("rl.run: value: each of the methods by agents has its own: leave it out", rl.run,
      { method = { a = a, b = b }, value = rl.value(env:agent("a")) })
    refused('rl.run: objects: "policy" and "policy.a" cannot be kept beside each other', rl.run,
      { method = { a = a, b = b }, objects = { policy = policy } })
  end)
end)

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

describe("a wrong world", function()
  it("is named with the remedy", function()
    refused("agents a and b overlap at the start: they are 0 m apart; give them x that are", rl.env,
      { creatures = { a = "biped", b = "biped" } })
    refused('two are named "a"; rename one', rl.env,
      { creatures = { { name = "a", creature = "biped" }, { name = "a", creature = "biped", x = 3 } } })
    local env = rl.env(pair { reward = { a = function() return 1 end } })
    refused("agent b has no reward: give the environment a reward", env.reset, env)
    refused('unknown option "gravty"; did you mean "gravity"?', rl.env, pair { gravty = 1 })
    refused("in one table; got two arguments", rl.env, pair(), { n = 2 })
    refused('agent a: sense other: a name', rl.env,
      { creatures = { a = { creature = "biped", senses = { other = ("x"):rep(40) } } } })
    refused("knows of one only", function()
      local e = rl.env(pair())
      local policy = rl.policy(e, { hidden = { 4 } })
      e:evaluate(policy, rl.zeros(2, policy.theta:shape()[1]))
    end)
    refused("option group", function()
      local e = rl.env(pair())
      rl.grpo { env = e, policy = rl.policy(e), group = 2 }
    end)
  end)
end)
