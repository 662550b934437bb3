-- A run each of CMA-ES, OpenAI-ES with observations, PPO, PPO that collects ahead (lag), SAC, and bodies; what is asked
-- for happens in the one that is named:
--   WHEN="ppo 2 1" WHAT="kill -9"    after iteration 2 of ppo, to rank 1
local rl = require "rl"

local opt = rl.options { only = "all", iterations = 3 }
local when, iteration, rank = (os.getenv("WHEN") or ""):match("^(%S+) (%d+) (%d+)$")

local function happens(name, i)
  return name == when and i == tonumber(iteration) and rl.ranks().rank == tonumber(rank)
end

local function follow(run, name, step)
  for i in run:iterations() do
    run:log(i, step(i))
    if happens(name, i) then os.execute(os.getenv("WHAT") .. " $PPID") end
  end
  if run:stopping() then print(name .. " stopped behind iteration " .. run.state.last) end
  run:finish()
end

local function search(name, make, options)
  local env = rl.env("hopper", { time_limit = 2 })
  local policy = rl.policy(env, { hidden = { 8 } })
  local es = make(policy)
  local run = rl.run { name = name, env = env, policy = policy, search = es, iterations = opt.iterations, state = {} }
  follow(run, name, function(i)
    run.state.last = i
    local x = es:ask()
    local returns, stats = env:evaluate(policy, x, options)
    es:tell(x, returns)
    return stats, { mean_return = returns:mean() }
  end)
end

local function cmaes()
  search("cmaes", function(policy)
    return rl.cmaes { x0 = policy.theta, sigma = 0.3, popsize = 10, diagonal = true }
  end)
end

local function openai_es()
  search("openai_es", function(policy) return rl.openai_es { x0 = policy.theta, directions = 5 } end,
    { observe = true, episodes = 2, deterministic = false })
end

local function learn(name, make)
  local env = rl.env("hopper", { n = 9, time_limit = 1, reward = function(s)
    return { speed = s.vx, upright = s.upright, fallen = s.fallen > 0 and -1 or nil }
  end })
  local method, policy = make(env)
  local run = rl.run { name = name, method = method, iterations = opt.iterations, state = {} }
  follow(run, name, function(i)
    run.state.last = i
    local batch = method:collect(30)
    return batch.stats, method:update(batch), { judged = env:evaluate(policy, { episodes = 4 }).mean_return }
  end)
end

local function ppo(name, lag)
  learn(name, function(env)
    local policy, value = rl.policy(env, { hidden = { 8 } }), rl.value(env, { hidden = { 8 } })
    return rl.ppo { env = env, policy = policy, value = value, epochs = 2, minibatch = 64, lag = lag }, policy
  end)
end

local function sac()
  learn("sac", function(env)
    local policy = rl.policy(env, { hidden = { 8 }, squash = true })
    local value = rl.value(env, { hidden = { 8 }, action = true })
    return rl.sac { env = env, policy = policy, value = value, minibatch = 64, memory = 400, warmup = 300,
      replay = 0.05 }, policy
  end)
end

local function bodies()
  local creature = rl.creatures.strider
  local function mean(number) return number end
  local space = rl.space(creature.design(rl.param, "muscles"))
  local env = rl.env(creature.build(creature.design(mean, "muscles")), { time_limit = 1 })
  local es = rl.cmaes { space = space, sigma = 1, popsize = 8, diagonal = true }
  local run = rl.run { name = "bodies", env = env, search = es, iterations = opt.iterations, state = {} }
  follow(run, "bodies", function(i)
    run.state.last = i
    local x, designs = es:ask(), {}
    for k = 1, #x do designs[k] = creature.build(space:decode(x[k])) end
    local returns, stats = env:evaluate_designs(designs)
    es:tell(x, returns)
    return { steps = stats.steps, refused = stats.refused, mean_return = returns:mean() }
  end)
end

-- Two in a world, who end apart, and whose reward is their own or a function's.
local function world(judged)
  local function at(x) return { creature = "hopper", x = x, turned = x > 0, walks = true } end
  local env = rl.env {
    name = "pair", n = 5, time_limit = 1, creatures = { a = at(-1), b = at(1) },
    reward = judged and function(s) return { speed = s.vx, apart = s.agent == "b" and s.a.world_x or nil } end or nil,
  }
  local policy = rl.policy(env, { hidden = { 8 }, history = 2 })
  local value = rl.value(env, { hidden = { 8 }, history = 2 })
  local method = rl.ppo { env = env, policy = policy, value = value, epochs = 2, minibatch = 64 }
  local run = rl.run { name = judged and "judged" or "world", method = method, iterations = opt.iterations, state = {} }
  follow(run, run.name, function(i)
    run.state.last = i
    local batch = method:collect(30)
    local stats = method:update(batch)
    local reward = env:step(rl.zeros(env.n, env.action_space.size)) -- all of it is here
    return batch.stats, stats, { seen = reward:abs():sum() + env.worlds }
  end)
end

local works = { cmaes = cmaes, openai_es = openai_es, bodies = bodies, ppo = function() ppo("ppo", 0) end,
                lag = function() ppo("lag", 1) end, sac = sac, world = function() world(false) end,
                judged = function() world(true) end }
for _, name in ipairs { "cmaes", "openai_es", "ppo", "lag", "sac", "bodies", "world", "judged" } do
  if opt.only == "all" or opt.only == name then works[name]() end
end
