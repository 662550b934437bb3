-- Rewards and ends in Lua on all threads: what may be copied gives the same bytes as on one thread, what may not stays
-- there, with the effects and the errors that it has without copies.
local child = require "spec.child"
local rl = require "rl"
local any_threads = require "spec.any_threads"

local COPIES, STEPS = 10, 15

-- A chunk has the globals of Lua; here a spec has its own.
local compile = rawget(_G, "loadstring") or load
local function chunk(code) return assert(compile(code, "=reward.lua")) end

-- A chunk returns reward, done, what changes between calls (i), and what it has done (a text).
local function try(threads, code)
  rl.threads(threads)
  local reward, done, change, effects = chunk(code)()
  local env = rl.env("biped", { n = COPIES, seed = 5, time_limit = 1, reward = reward, done = done })
  local policy = rl.policy(env, { seed = 1, hidden = { 8 } })
  local ppo = rl.ppo { env = env, policy = policy, value = rl.value(env, { seed = 2, hidden = { 8 } }) }
  local seen = {}
  local function note(tensor) seen[#seen + 1] = table.concat(tensor:reshape(tensor:size()):totable(), " ") end
  env:reset()
  for i = 1, STEPS do
    if change then change(i) end
    local observation, rewards, terminated = env:step(rl.zeros(COPIES, env.action_space.size) + math.sin(i))
    note(observation)
    note(rewards)
    note(terminated)
  end
  for i = 1, 2 do
    if change then change(i) end
    local batch, stats = ppo:collect(STEPS)
    note(batch.reward)
    note(batch.terminated)
    seen[#seen + 1] = tostring(stats and stats.mean_reward)
  end
  local judged = env:evaluate(policy, { episodes = 5, seed = 3 })
  for _, episode in ipairs(judged.episodes) do
    seen[#seen + 1] = ("%.17g %d"):format(episode["return"], episode.length)
    local names = {}
    for name in pairs(episode.terms) do names[#names + 1] = name end
    table.sort(names)
    for _, name in ipairs(names) do seen[#seen + 1] = ("%s %.17g"):format(name, episode.terms[name]) end
  end
  local count = policy.theta:size()
  local returns = env:evaluate(policy, rl.arange(1, 7 * count):reshape(7, count) / (1e4 * count), { max_steps = 30 })
  note(returns)
  if effects then seen[#seen + 1] = effects() end
  local notice = env.notice
  rl.threads(1)
  return table.concat(seen, "\n"), notice
end

local function carried(code)
  local notice, bytes = any_threads.alike(try, code)
  assert.is_nil(notice)
  return bytes
end

local function stays(why, code)
  local notice = any_threads.alike(try, code)
  assert.truthy(notice, "it is copied")
  assert.truthy(notice:find(why, 1, true), notice)
  return notice
end

local CARRIED = {
  ["a number"] = [[return function(s, a) return s.vx - 0.1 * a[1] ^ 2 end]],
  ["named terms"] = [[return function(s, a) return { speed = s.vx, effort = -math.abs(a[1]), height = s.height } end]],
  ["terms that come one by one"] = [[return function(s)
    local terms = { speed = s.vx }
    if s.time > 0.1 then terms.late = s.upright end
    if s.vx > 0.3 then terms.fast = 1 end
    return terms
  end]],
  ["an end"] = [[return nil, function(s) return s.time > 0.25 or s.fallen > 0 end]],
  ["a reward and an end"] = [[return function(s) return s.vx end, function(s) return s.height < 0.8 end]],
  ["a curriculum in an upvalue"] = [[local aim = 0
    return function(s) return -(s.vx - aim) ^ 2 end, nil, function(i) aim = i / 10 end]],
  ["a curriculum in a table"] = [[local stage = { aim = 0, limits = { 1, 2 } }
    return function(s) return -(s.vx - stage.aim) ^ 2 * stage.limits[2] end, nil,
      function(i) stage.aim = i / 10 stage.limits = { 1, i } end]],
  ["a curriculum in a global"] = [[carry_spec_aim = 0
    return function(s) return -(s.vx - carry_spec_aim) ^ 2 end, nil, function(i) carry_spec_aim = i / 10 end]],
  ["a global that comes later"] = [[carry_spec_late = nil
    return function(s) return s.vx * (carry_spec_late or 1) end, nil,
      function(i) if i > 3 then carry_spec_late = i end end]],
  ["a function that is replaced"] = [[local shape = function(x) return x end
    return function(s) return shape(s.vx) end, nil,
      function(i) shape = i % 2 == 0 and math.abs or function(x) return x / i end end]],
  ["functions that share an upvalue"] = [[local depth = 0
    local function get() return depth end
    local function within(f) depth = depth + 1 local x = f() depth = depth - 1 return x end
    return function(s) return s.vx + within(function() return get() + within(get) end) end]],
  ["recursion"] = [[local function sum(t, i) return i > #t and 0 or t[i] + sum(t, i + 1) end
    local even, odd
    function even(n) return n == 0 or odd(n - 1) end
    function odd(n) return n ~= 0 and even(n - 1) end
    local weights = { .5, .25, .125 }
    return function(s) return s.vx * sum(weights, 1) + (even(10) and 1 or 0) end]],
  ["varargs"] = [[local function mean(...) local t, n = { ... }, select("#", ...)
      for i = 2, n do t[1] = t[1] + t[i] end return t[1] / n end
    return function(...) local s, a = ... return mean(s.vx, s.vy, a[1], a[#a]) end]],
  ["tables that hold each other"] = [[local a, b = { weight = 2 }, { weight = 3 }
    a.other, b.other, a.self = b, a, a
    return function(s) return s.vx * a.self.other.other.weight + (a.other.other == a and 1 or 0) end]],
  ["an object with methods"] = [[local Shape = {} Shape.__index = Shape
    Shape.__call = function(self, x) return self:scaled(x) + 1 end
    function Shape.scaled(self, x) return self.scale * x end
    local shape = setmetatable({ scale = 3 }, Shape)
    return function(s) return shape(s.vx) + shape:scaled(s.vy) end]],
  ["the order of pairs over data"] = [[
    local weights = { vx = .1, vy = .3, angle = .7, upright = .2, height = .9, head_x = .4 }
    weights[1], weights[2], weights.vy = .05, .06, nil
    return function(s)
      local sum = 0
      for name, weight in pairs(weights) do sum = sum * 1.1 + weight * (type(name) == "string" and s[name] or name) end
      local name, weight = next(weights)
      while name do sum = sum * 0.9 + weight name, weight = next(weights, name) end
      return sum
    end]],
  ["going through the fields and the action"] = [[if _VERSION == "Lua 5.1" then return function(s) return s.vx end end
    return function(s, a)
      local sum = 0
      for name, value in pairs(s) do sum = sum * 0.5 + #name * value end
      for i, value in pairs(a) do sum = sum + i * value end
      return sum
    end]],
  ["the libraries"] = [[local floor, format = math.floor, string.format
    return function(s, a)
      local t = { s.vx, s.vy, a[1] }
      table.sort(t)
      local text = format("%.3f,", t[1]):rep(2):upper()
      return floor(t[3]) + #text + tonumber(text:match("^[^,]+")) + math.max(t[1], t[2]) + (table.unpack or unpack)(t)
    end]],
  ["an error that is caught"] = [[return function(s)
      local ok, message = pcall(function() error("too fast: " .. #tostring(s.vx > 0)) end)
      return s.vx + #message
    end]],
  ["a large table"] = [[local gait = {}
    for i = 1, 400 do gait[i] = { math.sin(i), math.cos(i) } end
    return function(s) return s.vx * gait[1 + math.floor(s.time * 50) % 400][2] end]],
  ["what it does not use"] = [[local rl = require "rl"
    local env, print, random = rl.env "biped", print, math.random
    return function(s) if s.vx > 1e9 then print(env, random()) end return s.vx + (env and 1 or 0) end]],
  ["a function of a module"] = [[local clamp = setmetatable({}, { __call = function(_, x, low, high)
      return math.max(low, math.min(high, x)) end })
    return function(s) return clamp(s.vx, -1, 1) end]],
  ["a module that uses this library elsewhere"] = [[local rl = require "rl"
    local tools = { speed = 1 }
    function tools.make() return rl.env("biped") end
    function tools.error(s) return math.abs(s.vx - tools.speed) end
    return function(s) return -tools.error(s) end, nil, function(i) tools.speed = i / 10 end]],
}

local STAYS = {
  ["a running mean"] = { "it writes upvalue 'n'", [[local mean, n = 0, 0
    return function(s) n = n + 1 mean = mean + (s.vx - mean) / n return s.vx - mean end, nil, nil,
      function() return ("%.17g %d"):format(mean, n) end]] },
  ["a log"] = { "it writes upvalue 'log'", [[local log = {}
    return function(s) log[#log + 1] = s.vx return s.vx end, nil, nil, function() return table.concat(log, " ") end]] },
  ["a log that is large"] = { "it writes upvalue 'log'", [[local log = {}
    for i = 1, 100 do log[i] = i end
    return function(s) log[#log + 1] = s.vx return s.vx end, nil, nil, function() return table.concat(log, " ") end]] },
  ["a value that is overwritten in a large table"] = { "it writes upvalue 'last'", [[local last = {}
    for i = 1, 100 do last[i] = 0 end
    return function(s)
      local i = 1 + math.floor(s.time * 60) % 100
      local r = s.vx - last[i]
      last[i] = s.vx
      return r
    end]] },
  ["what the last call left"] = { "it writes upvalue 'before'", [[local before = 0
    return function(s) local r = s.vx - before before = s.vx return r end]] },
  ["what changes to and fro"] = { "it writes upvalue 'odd'", [[local odd = false
    return function(s) odd = not odd return odd and s.vx or -s.vx end]] },
  ["what changes to and fro in a table"] = { "it writes upvalue 'state'", [[local state = { odd = false }
    return function(s) state.odd = not state.odd return state.odd and s.vx or -s.vx end]] },
  ["a table that is replaced"] = { "it writes upvalue 'state'", [[
    local state = { x = 1 }
    return function(s) state = { x = 1 } return s.vx * state.x end, nil, nil, function() return state.x .. "" end]] },
  ["a write at a far end"] = { "it writes upvalue 'tree'", [[local tree = { a = { b = { c = { 0 } } } }
    local function touch(x) tree.a.b.c[1] = x end
    return function(s) touch(s.vx) return s.vx end]] },
  ["a metatable that is set"] = { "it writes upvalue 't'", [[local t = {}
    return function(s) setmetatable(t, { __index = function() return 1 end }) return s.vx * t.x end]] },
  ["a global that is written"] = { "it writes global 'carry_spec_count'", [[carry_spec_count = 0
    return function(s) carry_spec_count = carry_spec_count + 1 return s.vx / carry_spec_count end, nil, nil,
      function() return tostring(carry_spec_count) end]] },
  ["a global that is made"] = { "it writes a global", [[carry_spec_new = nil
    return function(s) carry_spec_new = s.vx return s.vx end, nil, nil,
      function() return ("%.17g"):format(carry_spec_new) end]] },
  ["a library that is written to"] = { "it writes to a library", [[
    return function(s) math.twice = 2 return s.vx * math.twice end]] },
  ["math.random"] = { "it calls math.random", [[math.randomseed(7)
    return function(s) return s.vx + math.random() end]] },
  ["math.random under a name of its own"] = { "it calls upvalue 'random'", [[math.randomseed(7)
    local random = math.random
    return function(s) return s.vx + random() end]] },
  ["io that is caught"] = { "it calls io.open", [[return function(s)
      if pcall(function() io.open("/dev/null"):close() end) then return s.vx + 1 end
      return s.vx
    end]] },
  ["os"] = { "it calls os.time", [[return function(s) return s.vx + (os.time() > 0 and 1 or 0) end]] },
  ["collectgarbage"] = { "it calls global 'collectgarbage'", [[return function(s)
      return s.vx + (s.time > 0.4 and collectgarbage("count") < 0 and 1 or 0)
    end]] },
  ["require"] = { "it calls global 'require'", [[return function(s) return s.vx + (require "rl" and 1 or 0) end]] },
  ["load"] = { "it calls global 'load", [[return function(s) return s.vx + (loadstring or load)("return 1")() end]] },
  ["debug"] = { "it calls debug.getinfo", [[return function(s) return s.vx + debug.getinfo(1, "l").currentline end]] },
  ["a tensor"] = { "it uses upvalue 'weights'", [[local weights = require "rl".tensor { 1, 2 }
    return function(s) return s.vx * weights:sum() end]] },
  ["an rl object that is caught"] = { "it uses upvalue 'rng'", [[local rng = require "rl".rng(3)
    return function(s) local ok, x = pcall(function() return rng:uniform() end) return ok and s.vx + x or s.vx end]] },
  ["this library"] = { "it uses upvalue 'rl' (reward.lua:2), which is this library", [[local rl = require "rl"
    return function(s) return s.vx + (s.time > 0.1 and rl.tensor({ 1, 2 }):sum() or 0) end]] },
  ["a function of a library that is replaced"] = { "functions of math have been replaced or taken away", [[
    local sin = math.sin
    math.sin = function(x) return sin(x) + 1 end
    return function(s) return s.vx + math.sin(s.vx) end, nil, nil, function() math.sin = sin return "" end]] },
  ["a coroutine"] = { "is a coroutine", [[
    local co = coroutine.create(function() while true do coroutine.yield(1) end end)
    return function(s) local _, x = coroutine.resume(co) return s.vx + x end]] },
  ["coroutines of its own"] = { "it calls coroutine.wrap", [[
    return function(s) return s.vx + coroutine.wrap(function() return 1 end)() end]] },
  ["a huge table"] = { "more than 10000 values", [[local t = {}
    for i = 1, 20000 do t[i] = i end
    return function(s) return s.vx + t[1 + math.floor(s.time * 100)] end]] },
  ["a deep table"] = { "nested too deep", [[local t = { 1 }
    for _ = 1, 300 do t = { t } end
    return function(s) return s.vx + #t end]] },
  ["weak references"] = { "weak references", [[local cache = setmetatable({}, { __mode = "k" })
    return function(s) return s.vx + (next(cache) and 1 or 0) end]] },
  ["the order of pairs over what it has made"] = { "in an order that no other state has", [[return function(s)
      local terms, sum = { vx = s.vx, vy = s.vy, up = s.upright, height = s.height }, 0
      for _, x in pairs(terms) do sum = sum * 1.1 + x end
      return sum > -1e9 and s.vx or 0
    end]] },
  ["the address of a table"] = { "text of the address", [[local t, known = {}, {}
    known[tostring(t)] = 5
    return function(s) return s.vx + known[tostring(t)] end]] },
}

-- In an rlrun of its own: status, output, what it said on standard error.
local function run(code, arguments)
  local folder = child.folder()
  local status, out, errors = child.run(folder, code, arguments or "--threads 2")
  child.remove(folder)
  return status, out, errors
end

if _VERSION == "Lua 5.1" and not rawget(_G, "jit") then -- upvalues cannot be joined there
  STAYS["functions that share an upvalue"] = { "is shared by functions", CARRIED["functions that share an upvalue"] }
  CARRIED["functions that share an upvalue"] = nil
end

describe("a reward in Lua on all threads", function()
  after_each(function() rl.threads(1) end)

  for name, code in pairs(CARRIED) do
    it("is copied, and gives the same bytes: " .. name, function() carried(code) end)
  end

  for name, case in pairs(STAYS) do
    it("stays on the calling thread, with its effects, and is named: " .. name, function()
      local notice = stays(case[1], case[2])
      assert.truthy(notice:find("reward (reward.lua:", 1, true), notice)
    end)
  end

  -- What an error says, by threads.
  local function failure(threads, code)
    rl.threads(threads)
    local env = rl.env("biped", { n = COPIES, reward = chunk(code)() })
    env:reset()
    local ok, message
    for _ = 1, 5 do
      ok, message = pcall(env.step, env, rl.zeros(COPIES, env.action_space.size))
      if not ok then break end
    end
    assert.is_false(ok)
    -- and it goes on behind it
    env:set { reward = function(s) return s.vx end }
    env:reset()
    env:step(rl.zeros(COPIES, env.action_space.size))
    rl.threads(1)
    return message
  end

  for name, code in pairs {
    ["of its own"] = [[local function check(s) if s.time > 0.04 then error("too late", 2) end end
      return function(s) check(s) return s.vx end]],
    ["of Lua"] = [[local function deep(s) return s.vx + nothing end
      return function(s) local x = deep(s) return x end]],
    ["for what it returned"] = "return function(s) return s.time > 0.04 and {} or { vx = 'fast' } end",
    ["for a number that is none"] = "return function(s) return 0 / (s.time > 0.04 and 0 or 1) end",
    ["of a copy before the last"] = [[local n = 0
      return function(s) n = n + 1 if n == 20 then error("copy 8") end return s.vx end]],
    ["that is a table"] = "return function(s) error({ code = 5 }) end",
    ["for a field that there is not"] = "return function(s) return s.velocity end",
  } do
    it("raises the errors that it raises on one thread, with its traceback: " .. name, function()
      local one, two = failure(1, code), failure(2, code)
      if type(one) == "table" then
        assert.equal(5, one.code)
        assert.equal(5, two.code)
      else
        assert.truthy(one:find("stack traceback:\n", 1, true) and one:find("reward.lua:", 1, true), one)
        assert.equal(one, two)
      end
    end)
  end

  it("is copied again when another takes its place", function()
    local counting = chunk("local t = 0 return function(s) t = t + 1 return t end")()
    local env = rl.env("biped", { n = COPIES, reward = counting })
    rl.threads(2)
    env:reset()
    env:step(rl.zeros(COPIES, env.action_space.size))
    assert.truthy(env.notice:find("writes upvalue 't'", 1, true))
    env:set { reward = chunk("return function(s) return s.vx end")() }
    env:step(rl.zeros(COPIES, env.action_space.size))
    assert.is_nil(env.notice)
  end)

  it("is named once, on standard error", function()
    local status, _, errors = run [[
      local rl = require "rl"
      local total = 0
      local env = rl.env("biped", { n = 8, reward = function(s) total = total + 1 return s.vx end })
      env:reset()
      for _ = 1, 10 do env:step(rl.zeros(8, env.action_space.size)) end]]
    assert.equal(0, status, errors)
    local line = "biped: reward %([^\n]*script.lua:3%) is asked on one thread: it writes upvalue 'total'"
    local _, times = errors:gsub(line, "")
    assert.equal(1, times, errors)
  end)

  it("works in a confined state, and within its memory", function()
    local status, out, errors = run [[
      local rl = require "rl"
      local core = require "rl.core"
      rl.confine { memory = 64e6 }
      local aim = 1
      local function steps(reward)
        local env = rl.env("hopper", { n = 8, reward = reward })
        env:reset()
        for _ = 1, 10 do aim = aim + 1 env:step(rl.zeros(8, env.action_space.size)) end
        return env.notice
      end
      print(steps(function(s) return s.vx * aim end))
      print(steps(function(s) local t = {} for i = 1, 2e5 do t[i] = i end return s.vx + #t end))]]
    assert.equal(0, status, errors)
    assert.truthy(out:find("^nil\n.*a copy of it failed: not enough memory"), out)
  end)

  it("runs in its own state while that has a hook", function()
    local lines = 0
    local env = rl.env("biped", { n = COPIES, reward = chunk("return function(s)\n return s.vx\n end")() })
    rl.threads(2)
    env:reset()
    debug.sethook(function(_, line) if line == 2 then lines = lines + 1 end end, "l")
    env:step(rl.zeros(COPIES, env.action_space.size))
    debug.sethook()
    assert.is_true(lines >= COPIES)
    assert.is_nil(env.notice)
  end)

  it("is ended by the hook that a host has set before or sets while copies of it run", function()
    local status, out, errors = run [[
      local rl = require "rl"
      local env = rl.env("biped", { n = 8, reward = function() while true do end end })
      env:reset()
      if jit then jit.off() end
      debug.sethook(function() error("enough", 0) end, "", 1e6)
      print(pcall(env.step, env, rl.zeros(8, env.action_space.size)))]]
    assert.equal(0, status, errors)
    assert.truthy(out:find("^false\t.*enough"), out)
  end)
end)

describe("rl.map on all threads", function()
  after_each(function() rl.threads(1) end)

  -- Values by a function that a chunk makes, on so many threads; and what else the chunk shows.
  local function map(threads, code, rows)
    local f, effects = chunk(code)()
    rl.threads(threads)
    local tensor, list = rl.map(f, rows or rl.arange(1, 200):reshape(50, 4) / 100)
    rl.threads(1)
    local seen = {}
    for i, value in ipairs(list) do
      seen[i] = type(value) == "table" and ("%.17g %.17g"):format(value[1], value[2]) or ("%.17g"):format(value)
    end
    return table.concat(seen, "\n") .. tostring(tensor) .. (effects and effects() or "")
  end

  local WORK = "local function work(row, i) for n = 1, 3000 do i = i + math.sin(row[1] * n) end return i end\n"
  for name, code in pairs {
    ["a number"] = "return work",
    ["several numbers"] = "return function(row, i) return { work(row, i), row[2] } end",
    ["a count in an upvalue"] = [[local n = 0
      return function(row, i) n = n + 1 return work(row, i) + n end, function() return tostring(n) end]],
    ["math.random"] = "math.randomseed(3) return function(row, i) return work(row, i) + math.random() end",
    ["a row that is written to"] = "return function(row, i) row[1] = row[1] + 1 return work(row, i) end",
  } do
    it("gives the values of one thread: " .. name, function()
      local one = map(1, WORK .. code)
      assert.is_true(one == map(2, WORK .. code))
      assert.is_true(one == map(4, WORK .. code))
    end)
  end

  it("leaves in the rows what the function writes to them", function()
    local rows = {}
    for i = 1, 30 do rows[i] = { i } end
    map(2, WORK .. "return function(row, i) row[1] = row[1] + 1 return work(row, i) end", rows)
    for i = 1, 30 do assert.equal(i + 1, rows[i][1]) end
  end)

  it("gives the values of one thread where the function knows a row as an object", function()
    for _, code in ipairs {
      "ROWS = { { 1 }, { 2 }, { 3 } } return function(row, i) return row == ROWS[i] and 1 or work(row, i) end",
      "ROWS = { { 1 }, { 2 } } local r = ROWS return function(row, i) return row == r[i] and 1 or work(row, i) end",
      [[local t = { 2 } ROWS = { t, { 3 }, t, t, { 4 } }
        return function(row, i) return row == t and 1 or work(row, i) end]],
    } do
      local function values(threads)
        local f = chunk(WORK .. code)()
        rl.threads(threads)
        local _, list = rl.map(f, _G.ROWS)
        rl.threads(1)
        return table.concat(list, " ")
      end
      local one = values(1)
      assert.equal(one, values(2))
      assert.equal(one, values(2)) -- ROWS is a global that is carried by now
    end
  end)

  it("raises the error of the first row that fails, with its traceback", function()
    local code = WORK .. "return function(row, i) if i > 20 then error('row ' .. i) end return work(row, i) end"
    local ok, message = pcall(map, 2, code)
    assert.is_false(ok)
    assert.truthy(message:find("^reward.lua:2: row 21\nstack traceback:"), message)
  end)

  it("really runs on other threads, and says what does not", function()
    local NOTICE = "rl.map: function %([^\n]*script.lua:8%) runs on one thread: it writes upvalue 'n'"
    local status, out, errors = run([[
      local rl = require "rl"
      local core = require "rl.core"
      local x = rl.arange(1, 200):reshape(50, 4)
      local function work(row) local s = 0 for n = 1, 20000 do s = s + math.sin(row[1] * n) end return s end
      print(#core.map(work, x:totable(), 2))
      local n = 0
      for _ = 1, 3 do
        rl.map(function(row) n = n + 1 return work(row) end, x)
      end
      print(n)]])
    assert.equal(0, status, errors)
    assert.equal("50\n150\n", out)
    local _, times = errors:gsub(NOTICE, "")
    assert.equal(1, times, errors)
  end)

  it("works in a finaliser that runs when the state closes, after its copies have gone", function()
    local status, out, errors = run([[
      local rl = require "rl"
      local function square(row)
        local sum = 0
        for _ = 1, 1e5 do sum = sum + row[1] ^ 2 end
        return sum / 1e5
      end
      local rows = { { 1 }, { 2 }, { 3 } }
      local function last() print(select(2, rl.map(square, rows))[3]) end
      local older
      if newproxy then
        older = newproxy(true)
        getmetatable(older).__gc = last
      else
        older = setmetatable({}, { __gc = last })
      end
      kept = { older }
      assert(select(2, rl.map(square, rows))[2] == 4)
    ]])
    assert.equal(0, status, errors)
    assert.equal("9", (out:gsub("%.0", ""):gsub("\n", "")))
  end)
end)
