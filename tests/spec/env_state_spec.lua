-- Environments that are saved and go on: every one of the registry, those written in Lua, and what Lua functions keep.
local rl = require "rl"
local core = require "rl.core"

local child = require "spec.child"
local random_actions = require "spec.random_actions"

local path, actions = os.tmpname(), os.tmpname()

-- The results of some steps, all in one.
local function walk(env, rng, steps)
  local seen = {}
  for _ = 1, steps do
    for _, x in ipairs { env:step(random_actions(env, rng)) } do seen[#seen + 1] = x end
  end
  return seen
end

local function assert_same(a, b)
  assert.are.equal(#a, #b)
  for i = 1, #a do assert.is_true(a[i]:equal(b[i])) end
end

local function goes_on(make, steps)
  local first, second = make(), make()
  first:reset()
  walk(first, rl.rng(1), steps)
  local saved, notice = first:save(path)
  assert.is_true(saved)
  local loaded, other = second:load(path)
  assert.is_true(loaded, other)
  assert_same(walk(first, rl.rng(2), 40), walk(second, rl.rng(2), 40))
  return notice, other
end

describe("env:save and env:load", function()
  after_each(function()
    os.remove(path)
    os.remove(actions)
  end)

  for _, name in ipairs(rl.envs()) do
    it("go on with the same bytes: " .. name, function()
      for _, steps in ipairs { 0, 1, 30 } do
        assert.is_nil((goes_on(function() return rl.env(name, { n = 3, seed = 7 }) end, steps)))
      end
    end)
  end

  it("go on in a creature's long episode, whose actions are in a file", function()
    local function make()
      local env = rl.env("biped", { n = 1, done = function() return false end, time_limit = 1000 })
      env:spill(actions)
      return env
    end
    assert.is_nil((goes_on(make, 11000)))
    assert.are.equal(2 ^ 18, #child.read(actions))
  end)

  it("keep the options that were set, and not those that the script has changed", function()
    local first, second = rl.env("cartpole", { gravity = 5, force = 8 }), rl.env("cartpole", { gravity = 6, force = 8 })
    first:set { force = 4, limit = 77 }
    first:reset()
    assert(first:save(path))
    local _, notice = second:load(path)
    assert.are.equal("cartpole: option gravity was made 5 there and 6 here, which it stays", notice)
    assert.are.same({ 6, 4, 77 }, { second:options().gravity, second:options().force, second:options().limit })
  end)

  it("refuse what was no plain data when it was written in Lua, and change nothing", function()
    local env = rl.lua_env {
      name = "word", n = 2, observation = 1, action = { "discrete", 2 },
      reset = function(self) self.word = "UNALTERED" return { 0 } end,
      step = function(self) return { #self.word }, 0 end,
      save = function(self) return self.word end,
      load = function(self, word) self.word = word end,
    }
    env:reset()
    assert(env:save(path))
    local text = child.read(path):gsub("fnv1a64", "another"):gsub("....UNALTERED", "\255\255\255\255UNALTERED")
    child.write(path, text)
    local loaded, message = env:load(path)
    assert.is_nil(loaded)
    assert.is_truthy(message:find("word: what was saved is no plain data", 1, true), message)
    assert.are.same({ { 9 }, { 9 } }, env:step({ 0, 1 }):totable())
  end)

  it("refuse another environment, or other copies, and change nothing", function()
    local first, second = rl.env("cartpole", { n = 2 }), rl.env("pendulum", { n = 2 })
    first:reset()
    second:reset()
    assert(first:save(path))
    local before = walk(second, rl.rng(3), 1)
    local loaded, message = second:load(path)
    assert.is_nil(loaded)
    assert.is_truthy(message:find('env: state of "cartpole", not of pendulum', 1, true), message)
    message = select(2, rl.env("cartpole", { n = 3 }):load(path))
    assert.is_truthy(message:find("env: 2 copies of cartpole there, 3 here", 1, true), message)
    local third = rl.env("pendulum", { n = 2 })
    third:reset()
    assert_same(before, walk(third, rl.rng(3), 1))
    assert_same(walk(second, rl.rng(4), 5), walk(third, rl.rng(4), 5))
  end)
end)

describe("an environment in Lua", function()
  after_each(function() os.remove(path) end)

  -- A walk that remembers, and draws from its stream.
  local function game(more)
    return function()
      local options = { n = 2, seed = 3, observation = 2, action = { "discrete", 3 }, limit = 9,
        reset = function(self, rng)
          self.x, self.seen, self.rng = rng:uniform(), {}, rng
          return { self.x, 0 }
        end,
        step = function(self, action)
          self.seen[#self.seen + 1] = action
          self.x = self.x + self.rng:normal() * 0.1 + #self.seen * 0.01
          return { self.x, #self.seen }, -self.x, self.x > 2
        end }
      for key, value in pairs(more) do options[key] = value end
      return rl.lua_env(options)
    end
  end

  it("goes on with the same bytes where it is repeatable", function()
    assert.is_nil((goes_on(game { repeatable = true }, 5)))
  end)

  it("goes on with the same bytes where it has save and load", function()
    local make = game {
      save = function(self) return { x = self.x, seen = self.seen } end,
      load = function(self, data, rng) self.x, self.seen, self.rng = data.x, data.seen, rng end,
    }
    for _, steps in ipairs { 0, 1, 5, 9, 14 } do assert.is_nil((goes_on(make, steps))) end
  end)

  it("begins its next episode otherwise, and says so", function()
    local make = game {}
    local first, second = make(), make()
    first:reset()
    walk(first, rl.rng(1), 4)
    local _, notice = first:save(path)
    assert.are.equal("lua_env: not bit for bit: 2 of 2 copies begin their next episode: it is not repeatable and " ..
      "has no save and load", notice)
    _, notice = second:load(path)
    assert.is_truthy(notice:find("2 of 2 copies have begun their next episode", 1, true))
    first:reset()
    assert_same(walk(first, rl.rng(2), 5), walk(second, rl.rng(2), 5))
  end)

  it("is not changed by a load that fails", function()
    local bad = false
    local make = game {
      save = function(self) return self.x end,
      load = function(self, data, rng)
        if bad then error("no such level") end
        self.x, self.seen, self.rng = data, {}, rng
      end,
    }
    local first, second = make(), make()
    first:reset()
    second:reset()
    assert(first:save(path))
    bad = true
    local ok, message = pcall(second.load, second, path)
    assert.is_false(ok)
    assert.is_truthy(message:find("no such level", 1, true), message)
    assert_same(walk(first, rl.rng(2), 5), walk(second, rl.rng(2), 5))
  end)

  it("refuses what is no plain data", function()
    local env = game { save = function(self) return self end, load = function() end }()
    env:reset()
    local ok, message = pcall(env.save, env, path)
    assert.is_false(ok)
    assert.is_truthy(message:find("plain data expected", 1, true), message)
    assert.has_error(game { save = print }, "rl.lua_env: options save and load come together")
  end)
end)

describe("a reward that keeps something", function()
  after_each(function() os.remove(path) end)

  local function counting(with)
    return function()
      local count, scale = 0, { 1, 2, 3 }
      local function reward(s)
        count = count + 1
        return { steps = count, x = s.x * scale[1] }
      end
      return rl.env("cartpole", { n = 2, seed = 2, reward = reward,
        save = with and function() return { count } end or nil,
        load = with and function(data) count = data[1] end or nil })
    end
  end

  it("goes on with save and load", function()
    assert.is_nil((goes_on(counting(true), 6)))
  end)

  it("is said to be not bit for bit without", function()
    local first, second = counting(false)(), counting(false)()
    first:reset()
    assert.is_true(first:save(path))
    assert.is_nil((select(2, first:save(path))))
    walk(first, rl.rng(1), 3)
    local expected = 'cartpole: not bit for bit: reward reads "count", which has changed since it was given; ' ..
      "say save and load"
    local _, notice = first:save(path)
    assert.are.equal(expected, notice)
    _, notice = second:load(path)
    assert.are.equal(expected, notice)
  end)

  it("may read what does not change: tables, modules, functions", function()
    local weights, floor = { x = 2, more = { 1, 2 } }, math.floor
    local env = rl.env("cartpole", { reward = function(s) return floor(s.x) * weights.x + rl.threads() end })
    env:reset()
    walk(env, rl.rng(1), 3)
    assert.is_nil((select(2, env:save(path))))
    weights.more[2] = 3
    assert.is_truthy(select(2, env:save(path)):find('reads "weights"', 1, true))
  end)

  it("shows its state where that is a random stream, a field of an object or behind a function", function()
    local rng, box = rl.rng(1), setmetatable({ n = 0 }, { __call = function(self) self.n = self.n + 1 return 1 end })
    local hidden = 0
    local function tick() hidden = hidden + 1 return hidden end
    local rewards = { { function() return rng:uniform() end, "rng" }, { box, "its fields" },
      { function() return tick() end, "tick" } }
    for _, case in ipairs(rewards) do
      local env = rl.env("cartpole", { reward = case[1] })
      env:reset()
      walk(env, rl.rng(1), 3)
      assert.is_truthy(select(2, env:save(path)):find(('reward reads "%s"'):format(case[2]), 1, true))
    end
  end)

  it("gives its terms the places that they had", function()
    local names = {}
    for i = 1, 20 do names[i] = "term" .. i end
    local function make(order)
      return rl.env("cartpole", { n = 1, reward = function()
        local terms = {}
        for i = 1, 20 do terms[names[order(i)]] = order(i) end
        return terms
      end })
    end
    local function collect(env)
      local rollout = rl.rollout { env = env, policy = rl.policy(env) }
      return rollout:collect(8).stats.terms
    end
    local first, second = make(function(i) return i end), make(function(i) return 21 - i end)
    collect(first)
    collect(second)
    assert(first:save(path))
    assert(second:load(path))
    local terms = collect(second)
    for i = 1, 20 do assert.are.equal(i, terms["term" .. i]) end
  end)
end)

describe("plain data", function()
  it("comes back as it was", function()
    local huge = { 1, "two", [3.5] = true, x = { y = { 0 / 0 }, z = false }, [""] = "a\0b", n = -0.0, tiny = 5e-324 }
    local _, back = core.unpack(core.pack(huge))
    assert.are_not.equal(back.x.y[1], back.x.y[1])
    back.x.y, huge.x.y = nil, nil
    assert.are.same(huge, back)
    assert.are.equal(-1 / 0, 1 / back.n)
  end)

  it("is refused when it is not", function()
    local loop = {}
    loop[1] = loop
    assert.has_error(function() core.pack(loop) end)
    assert.has_error(function() core.pack { print } end)
    local bytes = core.pack { 1, "two", { x = 1.5 } }
    for i = 0, #bytes - 1 do assert.is_false((core.unpack(bytes:sub(1, i)))) end
    assert.is_false((core.unpack(bytes .. "n")))
    assert.is_false((core.unpack(("{"):rep(1000))))
    assert.is_false((core.unpack("{nn}")))
  end)

  it("is refused in few words that say where it is none", function()
    local function place(data)
      local ok, message = pcall(core.pack, data, "it")
      assert.is_false(ok)
      return (message:gsub("^it: plain data expected %b(), got ", ""))
    end
    assert.are.equal("function", place(print))
    assert.are.equal("function at a.2", place { a = { 1, print } })
    assert.are.equal("function as a key", place { [print] = 1 })
    assert.are.equal("function as a key of a.true", place { a = { [true] = { [print] = 1 } } })
    assert.are.equal("rl.rng at a\\010b\\000\\127.0.5", place { ["a\nb\0\127"] = { [0.5] = rl.rng(1) } })
    assert.are.equal(("function at %s."):format(("x"):rep(40)) .. ("y"):rep(39) .. "...",
      place { [("x"):rep(40)] = { [("y"):rep(39) .. "\195\164"] = print } })
    local deep = print
    for i = 99, 1, -1 do deep = { [i] = deep } end
    assert.are.equal("function at 1.2.3.4.5.6.7...99", place(deep))
    for _ = 1, 2 do deep = { x = deep } end
    assert.are.equal("it: tables are nested too deep (one that holds itself?) at x.x.1.2.3.4.5...98", place(deep))
    deep = print
    for _ = 1, 99 do deep = { [("\n"):rep(1000)] = deep } end
    assert.is_true(#place(deep) < 1400)
  end)
end)

describe("what Lua has put beside the state of an environment", function()
  it("is the same in every process, in whatever order that goes through a table of terms", function()
    local folder, states = child.folder(), {}
    for i = 1, 3 do
      assert.are.equal(0, (child.run(folder, [[
        local rl = require "rl"
        local env = rl.env("cartpole", { seed = 1, reward = function(s)
          return { zeal = 1, stay = 1, lean = -s.angle ^ 2, much = 2, calm = 3, drift = 4, edge = 5, near = 6 }
        end })
        env:reset()
        env:step(rl.zeros(1))
        assert(env:save("state"))
      ]])))
      states[i] = child.read(folder .. "/state")
    end
    child.remove(folder)
    assert.is_true(states[1] == states[2] and states[2] == states[3])
  end)

  it("is checked before anything changes", function()
    local function make()
      return rl.env("cartpole", { reward = function() return { a = 1, b = 2 } end, save = function() return 1 end,
        load = function() end })
    end
    local first, second = make(), make()
    first:reset()
    second:reset()
    local before = walk(second, rl.rng(1), 3)
    for name, text in pairs { ["env.kept"] = "{no", ["env.term_names"] = ("x"):rep(100), ["env.note"] = ("%s"):rep(400),
      ["env.rounds"] = "text", ["env.made"] = "" } do
      local archive = core.archive()
      archive:put("env", first)
      archive:put_text(name, text)
      local copy = make()
      copy:reset()
      local ok = archive:take("env", copy)
      if not ok then assert_same(before, walk(copy, rl.rng(1), 3)) end
      assert.are.equal(ok ~= nil, name == "env.note" or name == "env.made")
    end
  end)
end)
