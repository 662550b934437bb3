-- Worlds of several creatures: rl.env{ creatures = ... }. Their physics is tested in c/test_world.c, one agent
-- in agents_spec, runs in world_runs_spec.
local rl = require "rl"
local pair = require "spec.pair"
local refused = require("spec.refusal").refuses

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

  it("goes through the fields of a state, whatever agents are called", function()
    if _VERSION == "Lua 5.1" then return end
    local seen, none
    local env = rl.env(pair {
      n = 1,
      creatures = {
        vx = { creature = "biped", x = -1, senses = { other = "b" } },
        b = { creature = "biped", x = 1, turned = true, senses = { other = "vx" } },
      },
      reward = function(s)
        seen = 0
        local next_of = pairs(s)
        for _ in next_of, s do
          seen = seen + 1
          if seen > 1000 then break end
        end
        none = select(2, pcall(next_of, s, "nonsense"))
        return 0
      end,
    })
    env:reset()
    env:step(rl.zeros(2, env.action_space.size))
    assert.are.equal(#env:fields(), seen)
    assert.is_truthy(none:find('unknown field "nonsense"', 1, true), none)
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
