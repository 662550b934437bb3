-- Actions of several factors, and masks, as scripts see them: what step is given, what a mask may be, who keeps to it.
-- Gradients and ten million draws are in C.
local rl = require "rl"
local child = require "spec.child"
local random_actions = require "spec.random_actions"
local suited = require "spec.suited"
local refusal = require "spec.refusal"
local demonstrated = require "spec.shown"
local refuses, message_of = refusal.refuses, refusal.message_of

local function copy(t, more)
  local out = {}
  for k, v in pairs(t) do out[k] = v end
  for k, v in pairs(more or {}) do out[k] = v end
  return out
end

-- A game whose rules are checked wherever it is played: a lift goes up or down, not beyond its ends, and has a speed;
-- its bell can be rung on even floors only. A chunk has the globals of Lua; here a spec has its own.
local compile = rawget(_G, "loadstring") or load
local LIFT = assert(compile [[
  local function moves(s) return { move = { s.floor > 1, true, s.floor < 5 }, bell = { 1, 1 - s.floor % 2 } } end
  return {
    name = "lift", n = 6, seed = 3, repeatable = true, masked = true, limit = 30, observation = { "floor", "goal" },
    action = { move = { "discrete", { "down", "stay", "up" } }, speed = { "box", 1, 0, 2 }, bell = { "discrete", 2 } },
    reset = function(self, rng)
      self.floor, self.goal = rng:integer(5), rng:integer(5)
      return { self.floor, self.goal }, moves(self)
    end,
    step = function(self, action)
      local may = moves(self)
      local go = ({ down = -1, stay = 0, up = 1 })[action.move]
      if not may.move[go + 2] or may.bell[action.bell] == 0 then error "against the rules" end
      if #action.speed ~= 1 or action.speed[1] < 0 or action.speed[1] > 2 then error "no such speed" end
      self.floor = self.floor + go
      local there = self.floor == self.goal
      return { self.floor, self.goal }, there and 1 or -0.1 - 0.01 * action.speed[1], there, false, moves(self)
    end,
    save = function(self) return { self.floor, self.goal } end,
    load = function(self, data) self.floor, self.goal = data[1], data[2] end,
  }]])()

local function lift(more) return rl.lua_env(copy(LIFT, more)) end

-- One that takes any action and shows what it got.
local got
local function echo(action, more)
  return rl.lua_env(copy({ name = "echo", observation = 1, action = action, reset = function() return { 0 } end,
    step = function(_, a) got = a return { 0 }, 0 end }, more))
end

describe("an action", function()
  it("of several factors by name reaches step by name, of a list as a list", function()
    local env = echo { steer = { "box", 2, -1, 3 }, gear = { "discrete", { "up", "down" } }, fire = { "discrete", 2 } }
    local space = env.action_space
    assert.are.same({ "factors", 6, 4 }, { space.kind, space.size, space.width })
    assert.are.same({ "fire.1", "fire.2", "gear.up", "gear.down", "steer.1", "steer.2" }, space.names)
    assert.are.same({ { name = "fire", kind = "discrete", size = 2, low = 0, high = 0 },
      { name = "gear", kind = "discrete", size = 2, low = 0, high = 0 },
      { name = "steer", kind = "box", size = 2, low = -1, high = 3 } }, space.factors)
    env:reset()
    env:step { { 1, 0, -7, 2.5 } }
    assert.are.same({ fire = 2, gear = "up", steer = { -1, 2.5 } }, got)
    env = echo { { "discrete", 3 }, { "box", 1 }, { "discrete", { "a", "b" } } }
    env:reset()
    env:step { { 2, 0.5, 1 } }
    assert.are.same({ 3, { 0.5 }, "b" }, got)
  end)

  it("that is one choice may have names", function()
    local env = echo { "discrete", { "left", "right" } }
    assert.are.same({ "left", "right" }, env.action_space.names)
    env:reset()
    env:step { 1 }
    assert.are.equal("right", got)
  end)

  it("says what is wrong with its description", function()
    for expected, action in pairs {
      ['action: gear: {"discrete", choices} or {"box", size, low, high} expected'] = { gear = { "dice", 3 } },
      ["action: factor 2: a number of choices of 1 to 65536 expected, got 0"] = { { "box", 1 }, { "discrete", 0 } },
      ["action: aim: its lower bound 2 is not below its upper bound 1"] = { aim = { "box", 1, 2, 1 } },
      ['it has more than {"discrete", choices} or {"box", size, low, high}'] = { "box", 1, low = 0, high = 2 },
      ["action: gear: it has more than"] = { gear = { "discrete", 3, names = { "a" } } },
      ["action: gear: two choices are named \"up\""] = { gear = { "discrete", { "up", "up" } } },
      ["action: gear: choice 2: a name of 1 to 47 letters expected, got 2"] = { gear = { "discrete", { "up", 2 } } },
      ["is not of up to 31 letters, digits and _"] = { ["a, b"] = { "discrete", 2 } },
      ["action: names or a list expected, not both"] = { { "box", 1 }, gear = { "discrete", 2 } },
      ["action: names or a list expected, got a number"] = { [7] = { "discrete", 2 } },
      ['{"discrete", choices} or {"box", size, low, high} expected'] = {},
    } do refuses(expected, echo, action) end
    local many = {}
    for i = 1, 65 do many[i] = { "discrete", 2 } end
    refuses("65 factors, at most 64", echo, many)
    refuses("it has no choice that a mask could forbid", echo, { "box", 2 }, { masked = true })
  end)
end)

describe("a mask", function()
  it("is the end of the observation, and in env:action_mask", function()
    local env = lift()
    assert.are.same({ "floor", "goal", "can.bell.1", "can.bell.2", "can.move.down", "can.move.stay", "can.move.up" },
      env.observation_space.names)
    assert.are.same({ true, 5 }, { env.action_space.masked, env.action_space.choices })
    assert.are.equal(2, #env:fields())
    local seen = env:reset()
    assert.are.same({ 6, 7 }, seen:shape())
    assert.is_true(seen:narrow(2, 3, 5):equal(env:action_mask()))
    for _, row in ipairs(seen:totable()) do
      assert.are.same({ 1, 1 - row[1] % 2, row[1] > 1 and 1 or 0, 1, row[1] < 5 and 1 or 0 }, { row[3], row[4], row[5],
        row[6], row[7] })
    end
    assert.is_nil(rl.env("cartpole"):action_mask())
  end)

  it("may be a list, a tensor, parts of it, or nothing", function()
    local mask
    local function try(action, given)
      mask = given
      return echo(action, { masked = true, reset = function() return { 0 }, mask end }):action_mask():totable()[1]
    end
    local function shown(action, given)
      mask = given
      local env = echo(action, { masked = true, reset = function() return { 0 }, mask end })
      env:reset()
      return env:action_mask():totable()[1]
    end
    assert.are.same({ 0, 0 }, try({ "discrete", 2 }, nil)) -- before the first reset
    assert.are.same({ 1, 1, 1 }, shown({ "discrete", 3 }, nil))
    assert.are.same({ 1, 0, 1 }, shown({ "discrete", 3 }, { true, false, 1 }))
    assert.are.same({ 1, 0, 1 }, shown({ "discrete", 3 }, rl.tensor { 1, 0, 1 }))
    local two = { a = { "discrete", 2 }, b = { "discrete", 2 } }
    assert.are.same({ 1, 1, 0, 1 }, shown(two, { b = { false, true } }))
    assert.are.same({ 0, 1, 0, 1 }, shown(two, rl.tensor { 0, 1, 0, 1 }))
    local list = { { "discrete", 2 }, { "box", 1 }, { "discrete", 2 } }
    assert.are.same({ 1, 1, 0, 1 }, shown(list, { nil, nil, { 0, 1 } }))
    for expected, given in pairs {
      ["the mask of b has 1 numbers, 2 expected"] = { b = { true } },
      ["the mask of b: choice 2: true, false, 1 or 0 expected, got 2"] = { b = { 1, 2 } },
      ["the mask of a: a list of 2 truth values expected, got string"] = { a = "all" },
      ["the mask: a list of 4 truth values expected, got boolean"] = true,
      ["the mask has a part c, and no factor is called so"] = { a = { 1, 1 }, c = { 0, 1 } },
      ["the mask has a part bb, and no factor is called so"] = { a = { 1, 1 }, b = { 0, 1 }, bb = { 1, 1 } },
      ["the mask has a part 1, and no factor is called so"] = { 0, 1, 1, 1 },
    } do refuses(expected, shown, two, given) end
  end)

  it("that nobody has asked for is an error that says what to do, unless that is wanted", function()
    local function given(masked)
      local function reset() return { 0 }, { 1, 0 } end
      local env = echo({ "discrete", 2 }, { masked = masked, reset = reset })
      env:reset()
      return env
    end
    refuses("returned a mask, and the environment has none: make it with masked = true", given, nil)
    assert.are.equal("table", type(given(true):action_mask():totable()[1]))
    assert.is_nil(given(false):action_mask())
    refuses('two numbers are named "can.up": that is what the mask calls one of its own', rl.lua_env, {
      observation = { "x", "can.up" }, action = { "discrete", { "up", "down" } }, masked = true })
  end)

  it("that allows nothing is an error that names copy and step", function()
    local function starving(at, ended)
      return lift { step = function(self, action)
        self.n = (self.n or 0) + 1
        local over = self.n == at
        local _ = action
        return { 1, 2 }, 0, over and ended, false, over and { move = { false, false, false } } or nil
      end }
    end
    local env = starving(3, false)
    local policy = rl.policy(env)
    local ppo = rl.ppo { env = env, policy = policy, value = rl.value(env) }
    local message = message_of(ppo.collect, ppo, 8)
    assert.is_truthy(message:find("lift: copy 1, step 3: step %(.*actions_spec.lua:%d+%): "
      .. "the mask of move allows none of 3 choices"), message)
    message = message_of(env.evaluate, env, policy, { episodes = 2 })
    assert.is_truthy(message:find("the mask of move allows none of 3 choices", 1, true), message)
    env = starving(3, true) -- nothing is done where an episode has ended
    assert.is_truthy(env:evaluate(rl.policy(env), { episodes = 2 }))
    refuses("observation 1: the mask of bell allows none of 2 choices", policy.act, policy, rl.zeros(1, 7), rl.rng(1))
    refuses("observation 2: the mask of move allows none of 3 choices", policy.mean, policy,
      { { 1, 1, 1, 1, 1, 1, 1 }, { 1, 1, 1, 1, 0, 0, 0 } })
  end)

  it("is kept to by env:step, which says what is forbidden, in which copy, at which step", function()
    local env = lift { n = 2 }
    env:reset()
    local action = random_actions(env, rl.rng(1))
    env:step(action)
    action = random_actions(env, rl.rng(2))
    local mask = env:action_mask():totable()[2]
    local forbidden = mask[3] == 0 and 0 or mask[5] == 0 and 2
    action:set(2, 2, forbidden or 3)
    refuses(forbidden and ("copy 2, step 2: move is %d, which the mask does not allow"):format(forbidden)
      or "copy 2, step 2: move is 3, not one of 0 .. 2", env.step, env, action)
  end)

  it("is kept to by every method, with V-trace, by searches, evaluations and recordings", function()
    local learnt = 0
    for _, name in ipairs(rl.methods) do
      local env = lift()
      if suited.actions(name, env) then
        local policy = rl.policy(env, { hidden = { 8 } })
        local method = rl[name] { env = env, policy = policy, value = suited.value(rl, name, env),
          group = name == "grpo" and 3 or nil, demonstrations = demonstrated(name, env) }
        for _ = 1, 3 do
          local stats = method:update(method:collect(40))
          assert.is_true(stats.entropy > 0 and stats.entropy < 10, name)
        end
        learnt = learnt + 1
      end
    end
    assert.is_true(learnt >= 8)
    local env = rl.env("gears", { n = 4 })
    local policy = rl.policy(env, { hidden = { 8 } })
    local lagging = rl.a2c { env = env, policy = policy, value = rl.value(env), lag = 1 }
    for _ = 1, 4 do lagging:update(lagging:collect(16)) end
    env = lift()
    policy = rl.policy(env, { hidden = { 8 } })
    local es = rl.cmaes { x0 = policy.theta, sigma = 1, popsize = 8, seed = 1 }
    for _ = 1, 2 do
      local x = es:ask()
      es:tell(x, env:evaluate(policy, x, { episodes = 2 }))
    end
    assert.is_truthy(env:record(policy))
    assert.is_truthy(env:record("random"))
    assert.is_truthy(env:record("zero")) -- and of choices the first that is allowed
    assert.is_truthy(env:record(policy, { deterministic = false }))
  end)

  it("is learnt under: a lift soon goes where it is to go", function()
    local env = lift { n = 16 }
    local policy, value = rl.policy(env, { hidden = { 32 }, seed = 1 }), rl.value(env, { hidden = { 32 }, seed = 1 })
    local ppo = rl.ppo { env = env, policy = policy, value = value, seed = 1, lr = 1e-3 }
    for _ = 1, 25 do ppo:update(ppo:collect(64)) end
    local result = env:evaluate(policy, { episodes = 50, seed = 9 })
    assert.is_true(result.mean_return > 0.5, tostring(result.mean_return))
  end)

  it("is carried by agents whose game is elsewhere", function()
    local env = rl.lua_env { observation = 2, action = LIFT.action, masked = true }
    local policy = rl.policy(env)
    local agent = rl.a2c { env = env, policy = policy, value = rl.value(env) }:agent(1, { steps = 8 })
    local self = {}
    local seen, may = LIFT.reset(self, rl.rng(1))
    for _ = 1, 40 do
      local function n(flag) return (flag == true or flag == 1) and 1 or 0 end
      local action = agent:act { { seen[1], seen[2], n(may.bell[1]), n(may.bell[2]), n(may.move[1]), n(may.move[2]),
        n(may.move[3]) } }
      local row = action:totable()[1] -- bell, move, speed
      local reward, over, _
      seen, reward, over, _, may = LIFT.step(self, { bell = row[1] + 1, move = ({ "down", "stay", "up" })[row[2] + 1],
        speed = { math.max(0, math.min(2, row[3])) } })
      agent:reward(reward, over)
      if over then seen, may = LIFT.reset(self, rl.rng(2)) end
    end
    refuses("copy 1, step ", agent.act, agent, { { 1, 1, 1, 1, 0, 0, 0 } })
  end)
end)

describe("steps under masks", function()
  it("are the same bytes on one thread and on several", function()
    local function bytes(threads)
      rl.threads(threads)
      local env = lift()
      local policy = rl.policy(env, { hidden = { 8 }, seed = 1 })
      local ppo = rl.ppo { env = env, policy = policy, value = rl.value(env, { hidden = { 8 } }), seed = 1 }
      for _ = 1, 3 do ppo:update(ppo:collect(30)) end
      rl.threads(1)
      return policy.theta
    end
    local one, three = bytes(1), bytes(3)
    assert.is_true(one:equal(three))
  end)

  it("go on from a save", function()
    local folder = child.folder()
    local function make()
      local env = lift()
      local policy, value = rl.policy(env, { hidden = { 8 }, seed = 1 }), rl.value(env, { hidden = { 8 }, seed = 1 })
      return env, policy, value, rl.ppo { env = env, policy = policy, value = value, seed = 1 }
    end
    local env, policy, value, ppo = make()
    for _ = 1, 2 do ppo:update(ppo:collect(20)) end
    for name, object in pairs { env = env, policy = policy, value = value, ppo = ppo } do
      assert(object:save(folder .. "/" .. name))
    end
    local env2, policy2, value2, ppo2 = make()
    for name, object in pairs { env = env2, policy = policy2, value = value2, ppo = ppo2 } do
      assert(object:load(folder .. "/" .. name))
    end
    local _, notice = env2:load(folder .. "/env")
    assert.is_nil(notice)
    for _ = 1, 2 do
      ppo:update(ppo:collect(20))
      ppo2:update(ppo2:collect(20))
    end
    assert.is_true(policy.theta:equal(policy2.theta))
    child.remove(folder)
  end)

  it("of a policy for other masks or factors are refused", function()
    local policy = rl.policy(lift())
    local other = lift { action = { move = LIFT.action.move, speed = LIFT.action.speed }, observation = 4,
      reset = function() return {} end, step = function() return {} end }
    refuses('policy gives actions "factors: bell discrete 2, move discrete 3, speed box 1, masked", environment lift '
      .. 'takes "factors: move discrete 3, speed box 1, masked"', rl.ppo, { env = other, policy = policy,
      value = rl.value(other) })
    local free = echo({ "discrete", 2 }, { observation = 3 })
    local masked = echo({ "discrete", 2 }, { observation = 1, masked = true })
    refuses('environment echo takes "discrete 2, masked"', rl.ppo,
      { env = masked, policy = rl.policy(free), value = rl.value(masked) })
  end)
end)

describe("a policy of several factors", function()
  it("acts, and says by its distribution how likely that was, with the gradient that methods follow", function()
    local env = lift()
    local policy = rl.policy(env, { hidden = { 8 }, seed = 1 })
    local a2c = rl.a2c { env = env, policy = policy, value = rl.value(env, { hidden = { 8 } }), seed = 1,
      normalize_advantage = false, entropy_coef = 0.03 }
    local batch = a2c:collect(10)
    local rows = batch.obs:reshape(60, 7)
    local dist = policy:dist(rows)
    local log_prob = dist:log_prob(batch.action:reshape(60, 3))
    assert.is_true(log_prob:value():allclose(batch.log_prob:reshape(60), 1e-5))
    local loss = -(log_prob * batch.advantage:reshape(60)):mean() - 0.03 * dist:entropy():mean()
    local index = {}
    for i = 1, 60 do index[i] = i end
    assert.is_true(loss:grad(policy):allclose((a2c:gradient(batch, index)), 1e-4))
    assert.are.same({ 60, 6 }, dist:head():value():shape())
    assert.are.same({ 1 }, dist:log_std():value():shape())
    assert.is_true(dist:kl(dist:detach()):value():abs():max() < 1e-6)
    refuses("mean: these are several factors; use :head()", dist.mean, dist)
    refuses("logits: these are several factors; use :head()", dist.logits, dist)
    refuses("not one of 0 .. 1", dist.log_prob, dist, rl.full(5, 60, 3))
    local action, log = policy:act(rows, rl.rng(1))
    assert.is_true(policy:dist(rows):log_prob(action):value():allclose(log, 1e-5))
    assert.are.same({ 60, 3 }, policy:mean(rows):shape())
  end)

  it("loads with what its actions are", function()
    local path = os.tmpname()
    local env = lift()
    local policy = rl.policy(env, { std = "state" })
    assert(policy:save(path))
    local loaded = assert(rl.load_policy(path, env))
    local rows = env:reset()
    assert.is_true(loaded:mean(rows):equal(policy:mean(rows)))
    local nothing, message = rl.load_policy(path, rl.env "gears")
    assert.is_nil(nothing)
    assert.is_truthy(message:find "observations", message)
    os.remove(path)
  end)

  it("keeps the names of its choices, also in a file", function()
    local path = os.tmpname()
    for _, env in ipairs { lift(), rl.env "gears", rl.env "cartpole", rl.env "hopper" } do
      local policy = rl.policy(env, { hidden = { 4 } })
      assert.are.same(env.action_space, policy.action_space)
      assert(policy:save(path))
      local space = env.action_space
      if space.kind == "box" then space.names = nil end -- of joints, which a file does not need
      assert.are.same(space, assert(rl.load_policy(path)).action_space)
    end
    assert.are.equal("move.down", rl.policy(lift()).action_space.names[3])
    os.remove(path)
  end)
end)

describe("rl.joint", function()
  local function possible(move) return move.piece == "queen" or move.to > 1 end
  local moves = rl.joint({ piece = { "discrete", { "queen", "pawn" } }, to = { "discrete", 3 } }, possible)

  it("lists the combinations that can be, with names and parts", function()
    assert.are.same({ "discrete", { "queen.1", "queen.2", "queen.3", "pawn.2", "pawn.3" } }, moves.action)
    assert.are.same({ piece = "pawn", to = 2 }, moves.of["pawn.2"])
    assert.are.same({ piece = "pawn", to = 3 }, moves.list[5])
    assert.are.same({ "1.1", "1.2", "2.1", "2.2" }, rl.joint({ { "discrete", 2 }, { "discrete", 2 } }).action[2])
    assert.are.same({ false, true, false, true, false }, moves.mask(function(move) return move.to == 2 end))
  end)

  it("makes an action of which exactly the legal combinations are taken, on all threads", function()
    local env = rl.lua_env {
      n = 8, seed = 1, observation = 1, masked = true, limit = 20, action = moves.action,
      reset = function(self)
        self.at = 1
        return { 1 }, moves.mask(function(move) return move.to ~= 1 end)
      end,
      step = function(self, action)
        local move = moves.of[action]
        local legal = move.to ~= self.at and (move.piece == "queen" or move.to == self.at + 1)
        if not legal and not (self.at == 1 and move.to ~= 1) then error "against the rules" end
        self.at = move.to
        return { self.at }, 1, false, false, moves.mask(function(m)
          return m.to ~= self.at and (m.piece == "queen" or m.to == self.at + 1)
        end)
      end,
    }
    local policy = rl.policy(env, { hidden = { 8 } })
    local ppo = rl.ppo { env = env, policy = policy, value = rl.value(env), minibatch = 64 }
    ppo:update(ppo:collect(64))
    assert.are.equal(20, env:evaluate(policy, { episodes = 4, deterministic = false }).mean_return)
  end)

  it("says what cannot be a choice", function()
    refuses('rl.joint: factor a: {"discrete", choices} expected', rl.joint, { a = { "box", 1 } })
    refuses("rl.joint: at least one factor expected", rl.joint, {})
    refuses("rl.joint: a table of factors expected, got a number", rl.joint, 3)
    refuses("rl.joint: none of 4 combinations is possible", rl.joint, { a = { "discrete", 4 } }, function() end)
    refuses("rl.joint: 100000 combinations, at most 65536", rl.joint,
      { { "discrete", 1000 }, { "discrete", 100 } })
    refuses("is longer than 47 letters", rl.joint, { { "discrete", { ("x"):rep(48) } } })
    refuses('two combinations are named "a.b.c"', rl.joint,
      { { "discrete", { "a.b", "a" } }, { "discrete", { "c", "b.c" } } })
  end)
end)
