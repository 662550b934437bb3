-- Steps of rl.lua_env on all threads: what may be copied gives the same bytes as on one thread, what may not stays
-- there, with the effects and the errors that it has without copies.
local rl = require "rl"
local any_threads = require "spec.any_threads"

local COPIES, STEPS = 9, 25

-- A chunk has the globals of Lua; here a spec has its own.
local compile = rawget(_G, "loadstring") or load
local function chunk(code) return assert(compile(code, "=game.lua"))() end

local function bytes(seen, tensor)
  seen[#seen + 1] = table.concat(tensor:reshape(tensor:size()):totable(), " ")
end

local function make(game)
  return rl.lua_env {
    name = "game", n = COPIES, seed = 4, observation = { "x", "v" }, action = game.action or { "discrete", 3 },
    limit = game.limit or 12, options = game.options, reset = game.reset, step = game.step, save = game.save,
    load = game.load,
  }
end

local function step(env, i, seen)
  local action, box = {}, env.action_space.kind == "box"
  for k = 1, COPIES do action[k] = box and { math.sin(i * k) } or (i * k) % 3 end
  local results = { env:step(action) }
  for _, tensor in ipairs { results[1], results[2], results[3], results[4] } do bytes(seen, tensor) end
end

-- A chunk returns reset, step, ... by name, and change(i, env), what a script does between steps; effects(), a text.
local function try(threads, code)
  rl.threads(threads)
  local game = chunk(code)
  local env = make(game)
  local seen = {}
  bytes(seen, env:reset())
  for i = 1, STEPS do
    if game.change then game.change(i, env) end
    step(env, i, seen)
  end
  local policy = rl.policy(env, { seed = 1, hidden = { 8 } })
  local ppo = rl.ppo { env = env, policy = policy, value = rl.value(env, { seed = 2, hidden = { 8 } }) }
  for i = 1, 2 do
    if game.change then game.change(i, env) end
    local batch = ppo:collect(STEPS)
    bytes(seen, batch.reward)
    bytes(seen, batch.terminated)
  end
  local judged = env:evaluate(policy, { episodes = 5, seed = 3 })
  for _, episode in ipairs(judged.episodes) do
    seen[#seen + 1] = ("%.17g %d"):format(episode["return"], episode.length)
  end
  step(env, 1, seen) -- its own copies are as they were
  if game.effects then seen[#seen + 1] = game.effects() end
  local notice = env.notice
  rl.threads(1)
  return table.concat(seen, "\n"), notice
end

local POINT = [[
  local function reset(self, rng)
    self.x, self.v, self.trail = 2 * rng:uniform() - 1, 0, {}
    self.wins = self.wins or 0
    return { self.x, self.v }
  end
  local function step(self, action, rng)
    self.v = 0.5 * self.v + 0.2 * (action - 2) + 0.05 * rng:normal() + 0.01 * rng:integer(3)
    self.x = self.x + self.v
    self.trail[#self.trail + 1] = { self.x, late = #self.trail > 3 }
    local ended = math.abs(self.x) > 1
    if ended then self.wins = self.wins + 1 end
    return { self.x, self.v + self.wins + #self.trail }, 1 - self.x * self.x, ended
  end
]]

local CARRIED = {
  ["a state of its own"] = POINT .. [[return { reset = reset, step = step }]],
  ["a continuous action that is kept"] = POINT .. [[
    return { reset = reset, action = { "box", 1, -1, 1 }, step = function(self, action, rng)
      local before = self.last and self.last[1] or 0
      self.last = action
      local o, r, t = step(self, 2 + action[1] - before, rng)
      return o, r, t
    end }]],
  ["options of its own, which it writes to"] = POINT .. [[
    return { reset = function(self, rng, options)
        reset(self, rng)
        self.x = self.x * options.difficulty
        return { self.x, 0 }
      end,
      step = function(self, action, rng, options)
        options.count = (options.count or 0) + 1
        local o, r, t = step(self, action, rng)
        o[2] = o[2] + options.count + (options.windy and 1 or 0)
        return o, r, t
      end,
      options = { difficulty = 1, windy = false },
      change = function(i, env) env:set { difficulty = i / 10, windy = i % 2 == 0 } end }]],
  ["an upvalue that the script changes"] = [[local wind = 0 ]] .. POINT .. [[
    return { reset = reset, change = function(i) wind = i / 100 end, step = function(self, action, rng)
      local o, r, t = step(self, action + wind, rng)
      return o, r + wind, t
    end }]],
  ["globals and methods"] = [[env_spec_scale = 2 ]] .. POINT .. [[
    local Ball = {} Ball.__index = Ball
    function Ball.push(self, x) return env_spec_scale * x + self.bias end
    local ball = setmetatable({ bias = .5 }, Ball)
    return { reset = reset, change = function(i) env_spec_scale = i end, step = function(self, action, rng)
      local o, r, t = step(self, action, rng)
      return o, ball:push(r), t
    end }]],
  ["text, whole numbers and a signed zero"] = POINT .. [[
    return { reset = function(self, rng)
        local o = reset(self, rng)
        self.text, self.whole, self.zero, self.flags = "a\0b", 1, -0.0, { true, false }
        return o
      end,
      step = function(self, action, rng)
        self.text = self.text:sub(-20) .. self.whole
        self.whole = self.whole * 3 % 1000
        local o, r, t = step(self, action, rng)
        return o, #self.text + (1 / self.zero < 0 and r or 0) + #tostring(self.whole), t
      end }]],
  ["its stream in its state"] = POINT .. [[
    return { reset = function(self, rng)
        self.luck = { source = rng, rng }
        return reset(self, rng)
      end,
      step = function(self, action)
        local x = self.luck[1]:normal()
        local o, r, t = step(self, action, self.luck.source)
        return o, r + x, t
      end }]],
  ["the state of its stream"] = POINT .. [[
    return { reset = reset, step = function(self, action, rng)
      local before = rng:state()
      local x = rng:uniform()
      rng:restore(before)
      local o, r, t = step(self, action, rng)
      return o, r + x, t
    end }]],
}

local STAYS = {
  ["a counter in an upvalue"] = { "it writes upvalue 'count'", [[local count = 0 ]] .. POINT .. [[
    return { reset = reset, effects = function() return count end, step = function(self, action, rng)
      count = count + 1
      local o, r, t = step(self, action, rng)
      return o, r + count, t
    end }]] },
  ["a counter that begins late"] = { "it writes upvalue 'count'", [[local count = 0 ]] .. POINT .. [[
    return { reset = reset, effects = function() return count end, step = function(self, action, rng)
      local o, r, t = step(self, action, rng)
      if t then count = count + 1 end
      return o, r + count, t
    end }]] },
  ["a table that all states share"] = { "found outside of it", [[local shared = { hits = 0 } ]] .. POINT .. [[
    return { effects = function() return shared.hits end,
      reset = function(self, rng)
        self.shared = shared
        return reset(self, rng)
      end,
      step = function(self, action, rng)
        self.shared.hits = self.shared.hits + 1
        local o, r, t = step(self, action, rng)
        return o, r + self.shared.hits, t
      end }]] },
  ["states that know each other"] = { "it writes", [[local all = {} ]] .. POINT .. [[
    return { reset = function(self, rng)
        if not self.place then
          self.place = #all + 1
          all[self.place] = self
        end
        return reset(self, rng)
      end,
      step = function(self, action, rng)
        local o, r, t = step(self, action, rng)
        return o, r + all[self.place % #all + 1].x, t
      end }]] },
  ["a table in two places"] = { "in two places", POINT .. [[
    return { step = step, reset = function(self, rng)
      local o = reset(self, rng)
      self.again = self.trail
      return o
    end }]] },
  ["a table with holes"] = { "in a row", POINT .. [[
    return { step = step, reset = function(self, rng)
      local o = reset(self, rng)
      self.grid = { [5] = 1, [9] = 2 }
      return o
    end }]] },
  ["an object"] = { "a metatable", [[local Ball = {} Ball.__index = Ball ]] .. POINT .. [[
    return { step = step, reset = function(self, rng)
      self.ball = setmetatable({}, Ball)
      return reset(self, rng)
    end }]] },
  ["a large state"] = { "64 KiB", POINT .. [[
    return { step = step, reset = function(self, rng)
      self.text = ("long"):rep(2 ^ 14)
      return reset(self, rng)
    end }]] },
  ["what is no data"] = { "no plain data", POINT .. [[
    return { step = step, reset = function(self, rng)
      self.push = function() return 1 end
      return reset(self, rng)
    end }]] },
  ["tensors of random numbers"] = { "makes tensors", POINT .. [[
    return { reset = reset, step = function(self, action, rng)
      local noise = rng:normal(2)
      local o, r, t = step(self, action, rng)
      return o, r + noise[1], t
    end }]] },
  ["pairs over a state"] = { "by pairs", POINT .. [[
    return { reset = reset, step = function(self, action, rng)
      local n = 0
      for _ in pairs(self) do n = n + 1 end
      local o, r, t = step(self, action, rng)
      return o, r + n, t
    end }]] },
}

describe("rl.lua_env on threads", function()
  after_each(function() rl.threads(1) end)

  for name, code in pairs(CARRIED) do
    it("copies what only computes: " .. name, function() assert.is_nil((any_threads.alike(try, code))) end)
  end

  for name, case in pairs(STAYS) do
    it("leaves on one thread: " .. name, function()
      local notice = any_threads.alike(try, case[2])
      assert.truthy(notice, "it is copied")
      assert.truthy(notice:find("reset and step run on one thread: ", 1, true), notice)
      assert.truthy(notice:find(case[1], 1, true), notice)
    end)
  end

  it("tells an error with the traceback of the function, and goes on after a reset", function()
    local messages = {}
    for threads = 1, 3, 2 do
      rl.threads(threads)
      local game = chunk(POINT .. [[
        local function deep(self) if self.count == 4 and self.late then error("no more") end end
        return { step = function(self, action, rng)
            self.count = self.count + 1
            deep(self)
            return step(self, action, rng)
          end,
          reset = function(self, rng)
            self.count, self.late = 0, rng:uniform() > 0.5
            return reset(self, rng)
          end }]])
      local env = make(game)
      local seen = {}
      env:reset()
      local ok, message
      local i = 0
      repeat
        i = i + 1
        ok, message = pcall(step, env, i, seen)
      until not ok
      assert.truthy(message:find("no more", 1, true), message)
      assert.truthy(message:find("game.lua", 1, true), message)
      assert.truthy(message:find("deep", 1, true), message)
      messages[#messages + 1] = message:match("^[^\n]*") .. i .. table.concat(seen, "\n")
      env:reset()
      step(env, 1, {})
      assert.is_nil(env.notice) -- the function fails, not its copy
    end
    assert.equal(messages[1], messages[2])
  end)

  it("saves in mid-episode and goes on, on any number of threads", function()
    local code = POINT .. [[return { reset = reset, step = step,
      save = function(self) return self end,
      load = function(self, saved) for name, value in pairs(saved) do self[name] = value end end }]]
    local path = os.tmpname()
    local function run(threads, resumed)
      rl.threads(threads)
      local env, seen = make(chunk(code)), {}
      if resumed then
        assert(env:load(path))
      else
        env:reset()
        for i = 1, 5 do step(env, i, {}) end
        assert(env:save(path))
      end
      for i = 6, 40 do step(env, i, seen) end
      assert.is_nil(env.notice)
      return table.concat(seen, "\n")
    end
    local one = run(1)
    for _, threads in ipairs { 1, 2, 4 } do
      assert.is_true(one == run(threads, true), "resumed on " .. threads)
      assert.is_true(one == run(threads), "saved on " .. threads)
    end
    os.remove(path)
  end)

  it("leaves a state where a script sees it", function()
    local found = {}
    for threads = 1, 3 do
      rl.threads(1)
      local game = chunk(POINT .. [[
        env_spec_first = nil
        return { step = step, reset = function(self, rng)
          local o = reset(self, rng)
          if not env_spec_first and not self.told then env_spec_first = self end
          self.told = true
          return o
        end }]])
      game.limit = 0
      game.step = chunk(POINT .. [[return function(self, action, rng)
        local o, r = step(self, action, rng)
        return o, r
      end]])
      local env, seen = make(game), {}
      env:reset()
      local state = rawget(_G, "env_spec_first")
      rl.threads(threads)
      for i = 1, 5 do
        step(env, i, {})
        seen[#seen + 1] = ("%.17g %d %.17g"):format(state.x, #state.trail, state.trail[#state.trail][1])
        state.x = state.x / 2 -- heard, too
      end
      assert.is_nil(env.notice)
      found[threads] = table.concat(seen, "\n")
    end
    assert.equal(found[1], found[2])
    assert.equal(found[1], found[3])
  end)
end)
