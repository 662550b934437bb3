-- What allocations.c interrupts, in parts that are short, since what is before an allocation is done anew for each of
-- them: work.lua NUMBER gives the name of this part, what is interrupted, and what must work afterwards; nothing when
-- there are no more parts. Leaves files in the working directory.
local number = ...

-- Faults of the Luas themselves are not ours to find: memory refused inside a trace ends LuaJIT, and Lua 5.4 keeps the
-- metatable of long buffers half made.
local jit = rawget(_G, "jit")
if jit then jit.off() end
assert(#("x"):rep(100000) == 100000)

if number == 1 then
  local function open() return require("rl").version end
  return "require", open, function()
    for name, module in pairs(package.loaded) do -- Lua 5.1 and LuaJIT keep a mark, no table, for what did not load
      if type(module) ~= "table" then package.loaded[name] = nil end
    end
    open()
  end
end

local rl = require "rl"
rl.threads(1)
local parts = {}
-- prepare() -> what is interrupted, and what must work afterwards: the same, unless there is another.
local function part(name, prepare) parts[#parts + 1] = { name = name, prepare = prepare } end

local function each(list, f)
  for _, name in ipairs(list) do f(name) end
end

local function keys(t) -- in the same order each time
  local names = {}
  for name in pairs(t) do names[#names + 1] = name end
  table.sort(names)
  return names
end

local function cartpole(options)
  options = options or {}
  options.n = 2
  return rl.env("cartpole", options)
end

local function small() return { hidden = { 4 } } end

local function option_names(rows)
  local names = {}
  for _, row in ipairs(rows) do names[row.name] = row end
  return names
end

local function method(name, env)
  local options = option_names(rl.describe(name))
  local of_policy, of_value = small(), small()
  for option, on in pairs(rl.describe(name).policy) do of_policy[option] = on end
  for option, on in pairs(rl.describe(name).value) do of_value[option] = on end
  return rl[name] {
    env = env, policy = rl.policy(env, of_policy), value = not options.group and rl.value(env, of_value) or nil,
    demonstrations = options.demonstration_coef and options.demonstration_coef.default > 0
      and env:demonstrate("random", { episodes = 1 }) or nil,
    group = options.group and 2 or nil, minibatch = options.minibatch and 4 or nil,
    epochs = options.epochs and 1 or nil, memory = options.memory and 40 or nil, warmup = options.memory and 0 or nil,
  }
end

-- One whose actions the method can take.
local function suited(name)
  return rl.describe(name).policy.squash and rl.env("pendulum", { n = 2 }) or cartpole()
end

-- Methods.

part("a reward of terms", function()
  local ppo = method("ppo", cartpole { reward = function(s) return { a = 1, b = s.angle } end,
                                       done = function(s) return s.x > 1 end })
  return function() ppo:update(ppo:collect(8)) end
end)

part("a baseline of the action", function()
  local env = rl.env("hopper", { n = 2 })
  local trpo = rl.trpo { env = env, policy = rl.policy(env, small()), value = rl.value(env, small()), epochs = 1,
                         minibatch = 4, baseline = "factorised" }
  return function() trpo:update(trpo:collect(4)) end
end)

each(rl.methods, function(name)
  part(name, function()
    local learner = method(name, suited(name))
    local from_batch = option_names(learner:describe()).epochs
    return function()
      local batch = learner:collect(8)
      local _ = { batch.obs + 1, batch.stats.terms, batch.advantage }
      if from_batch then learner:gradient(batch, { 1, 2 }) end
      learner:update(batch)
      learner:set(learner:options() and { lr = 1e-3 })
      learner:describe()
    end
  end)
end)

part("making methods", function()
  return function() each(rl.methods, function(name) method(name, suited(name)) end) end
end)

part("memory", function()
  local env = rl.env("pendulum", { n = 2 })
  local function remembering(gru, history) return { hidden = { 4 }, gru = gru, history = history } end
  return function()
    local policy, value = rl.policy(env, remembering(3, 2)), rl.value(env, remembering(2, 2))
    local ppo = rl.ppo { env = env, policy = policy, value = value, sequence = 3, minibatch = 4, epochs = 1 }
    for _ = 1, 2 do ppo:update(ppo:collect(8)) end
    policy:act(rl.zeros(2, 3), rl.rng(1))
    value:predict(rl.zeros(2, 3))
    policy:reset()
    value:reset { 1, 0 }
    env:evaluate(policy, rl.zeros(2, policy.theta:size()), { max_steps = 3 })
    env:evaluate(policy, { episodes = 1 })
    assert(ppo:save("remembering"))
    assert(ppo:load("remembering"))
    assert(policy:save("saved"))
    assert(rl.load_policy("saved", env))
    assert(policy:export("brain.lua"))
    assert(policy:export("brain.onnx"))
  end
end)

part("demonstrations", function()
  local env = cartpole()
  local policy = rl.policy(env, small())
  return function()
    local demo = env:demonstrate(function(observation) return observation[3] > 0 and 1 or 0 end,
      { episodes = 2, seconds = 0.2 })
    local by_hand = rl.demonstration(env)
    by_hand:add({ 0, 0, 0, 0 }, 1, 1, false, true, { 0, 0, 0, 1 })
    by_hand:append(demo)
    local clone = rl.clone { policy = policy, demonstrations = by_hand, epochs = 3, minibatch = 8 }
    while not clone:stop() do clone:update() end
    return by_hand:tensors(), by_hand:episodes()
  end
end)

part("rollout", function()
  local env = cartpole()
  local policy = rl.policy(env, small())
  return function()
    local rollout = rl.rollout { env = env, policy = policy, value = rl.value(env, small()) }
    rollout:collect(4)
    rollout:set { gamma = 0.9 }
    return rollout:options(), rollout:describe()
  end
end)

part("trainer", function()
  local ppo = method("ppo", cartpole { reward = function(s) return 1 - s.angle end })
  return function()
    local trainer = ppo:trainer { steps = 4 }
    trainer:reset() -- what an earlier one may have left half done
    repeat local phase = trainer:advance(0) until phase == "done"
  end
end)

part("agent", function()
  local env = rl.lua_env { observation = 2, action = { "box", 1 }, n = 2 }
  local ppo = method("ppo", env)
  return function()
    local agent = ppo:agent(2, { steps = 4 })
    agent:reset()
    for i = 1, 5 do
      agent:act { { i, 0 }, { 0, i } }
      agent:reward({ 1, i }, { i == 2, false }, { false, i == 3 }, { { i, 1 }, { 1, i } })
    end
  end
end)

part("agent in slices", function()
  local ppo = method("ppo", rl.lua_env { observation = { "x" }, action = { "discrete", 2 }, n = 1 })
  return function()
    local agent = ppo:agent(1, { steps = 4, slices = true })
    agent:reset()
    for i = 1, 4 do
      agent:act { i }
      agent:reward { 1 }
    end
    agent:act { 5 }
    repeat local phase = agent:advance(0) until phase == "done"
  end
end)

part("preset", function()
  local env = cartpole()
  return function()
    each(keys(rl.presets), function(name) rl.preset(name, env, { hidden = { 4 }, updates = 2 }) end)
  end
end)

-- Policies.

part("policy", function()
  local env, rng = cartpole(), rl.rng(1)
  local x = env:reset()
  return function()
    local policy = rl.policy(env, { hidden = { 4, 3 }, value_head = true })
    policy:act(x, rng)
    policy:mean { 1, 2, 3, 4 }
    policy:observe(x)
    local dist = policy:dist(x)
    local loss = (dist:log_prob { 0, 1 } * dist:entropy() + dist:kl(dist:detach()) + dist:value()):mean()
    local gradient = loss:grad(policy)
    policy.theta:add_(gradient)
    return policy:clone():options(), policy:describe(), tostring(policy)
  end
end)

part("policy files", function()
  local env = cartpole()
  local policy = rl.policy(env, small())
  return function()
    assert(policy:save("saved"))
    assert(rl.load_policy("saved", env))
  end
end)

each({ ".lua", ".onnx", ".h" }, function(extension)
  part("export " .. extension, function()
    local policy = rl.policy(cartpole(), small())
    return function() assert(policy:export("brain" .. extension)) end
  end)
end)

part("value", function()
  local env = cartpole()
  local x = env:reset()
  return function()
    local value = rl.value(env, small())
    value:observe(x)
    local gradient = (value:forward(x) - value:predict(x)):square():mean():grad(value)
    local adam, sgd, rmsprop = rl.adam(value, { lr = 1e-3 }), rl.sgd(value), rl.rmsprop(value)
    adam:step(gradient)
    sgd:step(gradient)
    rmsprop:step(gradient)
    adam:set { lr = 1e-4 }
    return value:options(), value:describe(), adam:options(), adam:describe()
  end
end)

-- Environments.

-- For each copy zeros, and of choices the first that its mask allows at the start.
local function allowed(env)
  local space, seen, list = env.action_space, env:reset(), {}
  local mask = space.masked and env:action_mask():totable() or {}
  for i = 1, seen:shape()[1] do
    local row, at = {}, 0
    for _, factor in ipairs(space.factors or { space }) do
      local choice = 0
      if factor.kind == "discrete" then
        while mask[i] and mask[i][at + choice + 1] ~= 1 do choice = choice + 1 end
        at, row[#row + 1] = at + factor.size, choice
      else
        for _ = 1, factor.size do row[#row + 1] = 0 end
      end
    end
    list[i] = space.kind == "discrete" and row[1] or row
  end
  return list
end

each((rl.envs()), function(name)
  part(name, function()
    local env = rl.env(name, { n = 2 })
    local action = allowed(env)
    return function()
      env:step(env:reset() and rl.tensor(action))
      env:final_observation()
      env:set(env:options() and { seed = nil })
      return env:fields(), env:describe(), env.observation_space
    end
  end)
  part("making " .. name, function()
    return function() rl.env(name, { n = 2, reward = function() return 1 end }) end
  end)
end)

part("evaluate and record", function()
  local env = cartpole { reward = function(s) return { a = 1, b = s.angle } end }
  local policy = rl.policy(env, small())
  return function()
    env:evaluate(policy, { episodes = 2 })
    env:record(policy, { seconds = .2 })
    env:record("random", { seconds = .2 })
  end
end)

part("a population", function()
  local env = cartpole { reward = function(s) return 1 - s.x end }
  local policy = rl.policy(env, small())
  return function()
    local candidates = rl.zeros(3, policy.theta:size())
    env:evaluate(policy, candidates, { max_steps = 3 })
    local evaluation = env:evaluation(policy, candidates, { max_steps = 3, episodes = 2 })
    repeat until evaluation:advance(0) == 1
  end
end)

part("an environment in Lua", function()
  local function make()
    return rl.lua_env {
      observation = { "x" }, action = { "box", 2, -1, 1 }, n = 2, limit = 3, name = "game",
      reset = function(self, rng) self.x = rng:uniform() return { self.x } end,
      step = function(self, action, rng) return rl.tensor { action[1] + rng:normal() }, action[2], self.x > 2 end,
      shapes = { { kind = "circle", radius = 1, body = 1 }, { kind = "polygon", points = { 0, 0, 1, 1, 0, 1 } } },
      poses = function(self) return { self.x, 0, 0 } end,
    }
  end
  local env = make()
  local policy = rl.policy(env, small())
  return function()
    make()
    env:reset()
    env:step { { 0, 1 }, { 1, 0 } }
    env:evaluate(policy, { episodes = 1 })
    env:record(policy, { seconds = .2 })
  end
end)

-- Creatures and designs.

each(rl.describe().environments, function(name)
  local found, creature = pcall(rl.creature, name)
  if not found then return end
  part("creature " .. name, function()
    local env = rl.env(name, { time_limit = .1 })
    return function()
      local again = rl.creature(name)
      rl.env(creature)
      rl.feasible(again)
      env:evaluate_designs({ again, again }, { episodes = 1, details = true })
    end
  end)
end)

each(keys(rl.creatures), function(name)
  local module = rl.creatures[name]
  part("design " .. name, function()
    return function()
      local space = rl.space(module.design(rl.param, "motors"))
      module.build(space:decode(space.mean))
    end
  end)
end)

part("a world", function()
  local function world()
    return rl.env {
      n = 2, time_limit = .1, reward = function(s) return s.vx end,
      creatures = { a = { creature = "hopper", x = -1 }, b = { creature = "hopper", x = 1, turned = true } },
    }
  end
  local env = world()
  local a, b = method("ppo", env:agent("a")), method("ppo", env:agent("b"))
  local policy = rl.policy(env:agent("b"), { hidden = { 4 }, history = 2 })
  local whole = method("maddpg", world())
  return function()
    world():reset()
    whole:update(whole:collect(4))
    env:players { b = { policy, policy } }
    a:update(a:collect(4))
    env:players { b = "random" }
    local batches = env:collect({ a = a, b = b }, 4)
    b:update(batches.b)
    env:evaluate({ a = rl.policy(env:agent("a"), small()), b = policy }, { episodes = 1 })
    assert(env:save("world"))
    assert(env:load("world"))
  end
end)

part("a world in Lua", function()
  local function game()
    return rl.lua_env {
      n = 2, agents = { "a", "b" }, observation = 1, action = { "discrete", 2 }, limit = 3,
      reset = function() return { a = { 1 }, b = { 2 } } end,
      step = function(_, action) return { a = { 1 }, b = { action.a or 0 } }, 1, { a = action.a == 1 } end,
      save = function() return 1 end, load = function() end,
    }
  end
  local env = game()
  local ppo = method("ppo", env)
  return function()
    game():reset()
    ppo:update(ppo:collect(4))
    assert(env:save("game"))
    assert(env:load("game"))
  end
end)

part("space", function()
  local function description()
    return { thigh = { length = rl.param(.45, .05, .3, .6), group = "legs" },
             parts = { { name = "foot", mass = rl.param { mean = 1, std = 1, integer = true } } } }
  end
  local space = rl.space(description())
  return function()
    local made = rl.space(description())
    assert(space:save("design", space:decode(made.mean)))
    space:encode(assert(rl.load_design("design")))
    return made:summary(), tostring(made)
  end
end)

part("describe", function()
  return function()
    local all = rl.describe()
    each(keys(all), function(kind) each(all[kind], rl.describe) end)
  end
end)

-- Searches.

each(rl.searches, function(name)
  part(name, function()
    local search = rl[name] { x0 = { 0, 0 }, lower = -1 }
    local function value(row)
      local v = row[1] ^ 2
      return search.objectives == 1 and v or { v, -v }
    end
    local function go()
      local x = search:ask()
      search:tell(x, rl.map(value, x))
      local lists = search:ask_lists()
      local _, values = rl.map(value, lists)
      search:tell(lists, values)
    end
    return function()
      rl[name] { x0 = rl.zeros(2), scale = { 1, 2 }, upper = { 1, 1 } }
      go()
      local _ = { search.best, search.mean, search.deviation, search:stop() }
      assert(search:save("search"))
      assert(search:load("search"))
      search:set { max_iterations = 1000 }
      return search:options(), search:describe(), tostring(search)
    end, go
  end)
end)

part("schedules", function()
  local search = rl.cem { x0 = { 0, 0 }, popsize = 4, noise = function() return 0.1 end }
  return function()
    local x = search:ask()
    search:tell(x, rl.map(function(row) return row[1] end, x))
  end
end)

-- Numbers.

part("tensors", function()
  return function()
    local x, y = rl.ones(2, 3), rl.tensor { { 1, 2, 3 }, { 4, 5, 6 } }
    local bytes = y:tobytes()
    x = rl.where(x:lt(y), rl.min(x, y), rl.max(x, 2)) + rl.frombytes(bytes, 2, 3) * 2 - rl.full(1, 2, 3)
    x = x:matmul(y:t()) / rl.eye(2):add(1)
    x[1], x[2][1] = { 1, 2 }, 3
    local _ = { x:sum(1):exp(), x:mean(), x:argmax(2), x:narrow(1, 1, 1), x:select(2, 1), y:reshape(3, 2), x:clone() }
    return y:rows { 2, 1 }, x:totable(), x:shape(), tostring(y), rl.arange(3):dot { 1, 2, 3 }, x:clamp(0, 1) ^ 2, -x
  end
end)

part("random streams", function()
  return function()
    local rng = rl.rng(3)
    rng:restore(rng:split():state())
    return rng:normal(2), rng:uniform(2, 2), rng:permutation(4), rng:integer(3), tostring(rng)
  end
end)

part("variables", function()
  local x = rl.ones(2, 2)
  return function()
    local a, b = rl.variable(x), rl.variable { { 1, 2 }, { 3, 4 } }
    local c = (a * b + 1 - a / b):exp():log():tanh():relu():matmul(b:t()):reshape(4):clamp(-1, 1)
    local loss = rl.where(c:gt(0), c, rl.min(c, 1)):sum() + b:select(1, 1):mean() + b:rows({ 1 }):max()
    return loss:grad(a, x), tostring(loss), loss:item(), b:narrow(1, 1, 1):value():totable()
  end
end)

part("small problems", function()
  return function()
    rl.tetris({ width = 6, height = 8 }):play(rl.zeros(2, 8), { games = 1, max_pieces = 5 })
    rl.tetris({ width = 6, height = 8 }):ascend(rl.zeros(8), { games = 2, max_pieces = 5 })
    rl.lqr_gain { A = { { 1, .1 }, { 0, 1 } }, B = { { 0 }, { .1 } }, R = { { 1 } } }
    rl.lqr_return({ gamma = .9, steps = 5, start = 1, noise = .1 }, -.5, -1)
    each(keys(rl.functions), function(name) rl.functions[name] { 1, 2 } end)
    rl.statistics.half_width { 1, 2, 3 }
  end
end)

-- Files of a run.

if not jit then part("run", function() -- LuaJIT's string functions end it now and then
  local env = cartpole()
  local policy = rl.policy(env, small())
  local recording = env:record(policy, { seconds = .2 })
  local count = 0
  return function()
    count = count + 1
    local run = rl.run { name = ("part-%d"):format(count), policy = policy, env = env }
    run:log(1, { mean_return = 1, terms = { speed = 2 } })
    run:replay(recording)
    run:finish()
  end
end) end

part("confine", function()
  return function() rl.confine { read = "/tmp", write = "/tmp", memory = 1e8 } end, function() rl.zeros(2) end
end)

local chosen = parts[number - 1]
if chosen then
  local work, again = chosen.prepare()
  return chosen.name, work, again or work
end
