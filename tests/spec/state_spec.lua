-- What is saved goes on in another process, on any number of threads, to the same bytes of everything: every method,
-- every search, trainers in the middle of a slice, agents between two steps.
local rl = require "rl"
local core = require "rl.core"
local child = require "spec.child"
local suited = require "spec.suited"
local tests = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources") .. "/tests/?.lua"

-- The objects of a run and a turn of its loop. Run in processes of their own: `folder/archive.N` after turn N.
local common = [[
local rl = require "rl"
local core = require "rl.core"
local kind, name, from, to, threads = arg[1], arg[2], tonumber(arg[3]), tonumber(arg[4]), tonumber(arg[5])
package.path = arg[6] .. ";" .. package.path
local columns = require "spec.columns"
local shown = require "spec.shown"
local suited = require "spec.suited"
rl.threads(threads)
local function has(list, option)
  for _, row in ipairs(list) do if row.name == option then return true end end
  return false
end

local function method_parts()
  local rows = core.describe_method(name)
  local groups = has(rows, "group")
  local ahead = kind:find("ahead", 1, true)
  local env = (kind == "creature" or kind == "ahead") and rl.env("hopper", { n = 4, seed = 3 }) or
    rl.env(suited.remembers(name) and "pendulum" or "cartpole", { n = 4, seed = 3, reward = function(s)
      return { stay = 1, lean = -s.angle ^ 2, much = -s.angle ^ 4 }
    end })
  local demonstrations = shown(name, env)
  local history = kind ~= "creature" and not demonstrations and 3 or nil -- demonstrations are learnt step by step
  local policy = suited.policy(rl, name, env, { hidden = { 8 }, seed = 2, history = history })
  local value = suited.value(rl, name, env, { hidden = { 8 }, seed = 5, history = history })
  local options = { env = env, policy = policy, value = value, seed = 9, group = groups and 4 or nil }
  options.lag = ahead and 1 or nil
  options.demonstrations = demonstrations
  if kind == "agent" and has(rows, "episodes") then options.episodes = false end
  local wanted = { reward_scaling = true, reward_clip = 5, anneal = 20, minibatch = 32, epochs = 2, base_kl_coef = .1,
    entropy_coef = .01, fisher_fraction = .5, memory = 130, warmup = 100, replay = .13 }
  for option, x in pairs(wanted) do if has(rows, option) then options[option] = x end end
  if options.base_kl_coef then options.base = rl.policy(env, { hidden = { 8 }, seed = 4, history = history }) end
  local method = rl[name](options)
  local turn = function(i)
    if i == 2 and has(rows, "entropy_coef") then method:set { entropy_coef = .02 } end
    if i == 2 then env:set { gravity = 9 } end
    method:update(method:collect(24))
  end
  if kind:find("sliced", 1, true) then -- a slice is a little of a batch or an update
    local trainer = method:trainer { steps = 24 }
    turn = function(i) -- what is half done, and then a part of a batch, a whole one, or a part of its update
      while trainer:advance(0) ~= "done" do end
      for _ = 1, i == 1 and 10 or 0 do trainer:advance(0) end
      if i == 2 or i == 3 then
        while trainer:advance(0) ~= "update" do end
        for _ = 1, i == 3 and 5 or 0 do assert(trainer:advance(0) == "update") end
      end
    end
    return { env = env, policy = policy, value = value, method = method, trainer = trainer }, turn
  elseif kind == "by hand" then -- a rollout, and steps of one's own
    local rollout, adam, shuffle = rl.rollout { env = env, policy = policy, value = value, seed = 9 }, rl.adam(policy),
      rl.rng(9, "shuffle")
    turn = function(i)
      local batch = rollout:collect(10 + i)
      policy:observe(batch.obs)
      policy:act(shuffle:normal(4, 4), shuffle) -- which it remembers
      adam:step(shuffle:normal(#policy.theta) * batch.advantage:mean())
      env:evaluate(policy, shuffle:normal(2, #policy.theta))
    end
    return { env = env, policy = policy, value = value, rollout = rollout, adam = adam, shuffle = shuffle }, turn
  elseif kind == "agent" then
    local agent, rng = method:agent(4, { steps = 8, slices = true }), rl.rng(6)
    turn = function(i)
      local size = env.observation_space.size
      local x = rng:normal(4, size)
      for _ = 1, 5 + i do
        agent:act(x)
        x = rng:normal(4, size)
        agent:reward(rng:normal(4), nil, nil)
        if rng:uniform() < .5 then agent:advance(0) end
      end
    end
    return { env = env, policy = policy, value = value, method = method, agent = agent, rng = rng }, turn
  end
  return { env = env, policy = policy, value = value, method = method }, turn
end

local function search_parts()
  local options = { x0 = { 1, 2, 3, 4 }, seed = 3 }
  if has(core.describe_search(name), "noise_handling") then options.noise_handling = true end
  if has(core.describe_search(name), "restarts") then options.restarts = "bipop" end
  local search, rng = rl[name](options), rl.rng(4)
  return { search = search, rng = rng }, function()
    for _ = 1, 5 do
      local x, values = search:ask(), {}
      for i = 1, #x do
        local sum = 1e4
        for k = 1, 4 do sum = sum - x[i][k] ^ 2 end
        values[i] = sum + .1 * rng:normal()
      end
      search:tell(x, columns(search, values))
    end
    search:ask()
  end
end

local parts, turn
if kind == "search" then parts, turn = search_parts() else parts, turn = method_parts() end
local names = {}
for part in pairs(parts) do names[#names + 1] = part end
table.sort(names, function(a, b) return tonumber(threads) % 2 == 1 and a < b or threads % 2 == 0 and a > b end)
if from > 0 then
  local archive = assert(core.read_archive("archive." .. from))
  for _, part in ipairs(names) do assert(archive:take(part, parts[part])) end
end
for i = from + 1, to do
  turn(i)
  local archive = core.archive()
  table.sort(names)
  for _, part in ipairs(names) do
    local ok, notice = archive:put(part, parts[part])
    assert(ok and not notice, notice)
  end
  assert(archive:write("archive." .. i))
end
]]

-- The same bytes after the last turn, whether the process goes on or another one takes over after each turn. An agent
-- that learns plays meanwhile, and how long it takes to learn depends on the number of threads.
local function check(kind, name, turns)
  local folder = child.folder()
  local function run(from, to, threads)
    local arguments = ("SCRIPT %s %s %d %d %d %s"):format(kind, name, from, to, threads, tests)
    local status, _, errors = child.run(folder, common, arguments)
    assert.are.equal(0, status, errors)
  end
  run(0, turns, 2)
  local whole = child.read(folder .. "/archive." .. turns)
  for i = 1, turns - 1 do run(i, i + 1, kind == "agent" and 2 or i % 3 + 1) end
  assert.is_true(whole == child.read(folder .. "/archive." .. turns), kind .. " " .. name .. " goes on to other bytes")
  child.remove(folder)
end

describe("another process goes on to the same bytes", function()
  for _, name in ipairs(rl.methods) do
    it("with " .. name .. ", a reward in Lua and options that were set", function() check("method", name, 4) end)
    it("with " .. name .. " in the middle of a slice", function() check("sliced", name, 4) end)
    if suited.has(name, "lag") then
      it("with " .. name .. " and a batch ahead", function() check("ahead", name, 4) end)
      it("with " .. name .. " in the middle of a slice, and a batch ahead", function()
        check("sliced_ahead", name, 4)
      end)
    end
  end
  for _, name in ipairs(rl.searches) do
    it("with " .. name .. ", between ask and tell", function() check("search", name, 4) end)
  end
  it("with a loop of one's own", function() check("'by hand'", "ppo", 4) end)
  it("with a creature", function() check("creature", "ppo", 3) end)
  for _, name in ipairs(rl.methods) do
    if not suited.groups(name) then it("with an agent of " .. name, function() check("agent", name, 5) end) end
  end
end)

describe("a method's state", function()
  local path = os.tmpname()
  after_each(function() os.remove(path) end)

  local function make(options, n)
    options.env = rl.env("pendulum", { n = n or 2, seed = 1 })
    options.policy = rl.policy(options.env, { hidden = { 8 } })
    options.value = rl.value(options.env, { hidden = { 8 } })
    local name = options.name or "ppo"
    options.name = nil
    return rl[name](options), options
  end

  local function refused(expected, saved, other, n)
    local method = make(saved)
    method:update(method:collect(64))
    assert(method:save(path))
    local second = make(other, n)
    local ok, message = second:load(path)
    assert.is_nil(ok)
    assert.is_truthy(message:find(expected, 1, true), message)
  end

  it("is refused with what differs", function()
    refused("method: of another method: ppo there, a2c here", {}, { name = "a2c" })
    refused("method: 2 copies there, 3 here", {}, {}, 3)
  end)

  it("keeps what was set since it was made, and leaves what the script makes otherwise", function()
    local first, second = make { lr = 1e-3, clip = .3 }, make { lr = 2e-3, clip = .3 }
    first:set { clip = .1, lr = 5e-4 }
    assert(first:save(path))
    local ok, notice = second:load(path)
    assert.is_true(ok)
    assert.are.equal("rl.ppo: option lr was made 0.001 there and 0.002 here, which it stays", notice)
    assert.are.same({ .1, 2e-3 }, { second:options().clip, second:options().lr })
  end)

  it("has the batch that waits for its update", function()
    local first, a = make {}
    local second, b = make {}
    assert.is_nil(first:batch())
    local batch = first:collect(64)
    assert.are.equal(batch, first:batch())
    batch.target:mul_(2)
    batch.reward:add_(1) -- the advantages follow, here and where it is loaded
    local archive = core.archive()
    archive:put("method", first)
    archive:put("policy", a.policy)
    archive:put("value", a.value)
    for name, object in pairs { method = second, policy = b.policy, value = b.value } do
      assert(archive:take(name, object))
    end
    assert.is_true(second:batch().reward:equal(batch.reward))
    assert.are.same(first:update(batch), second:update(second:batch()))
    assert.is_true(a.policy.theta:equal(b.policy.theta))
    assert.is_nil(second:batch())
  end)

  it("is left alone by a file that is none", function()
    local method = make {}
    local before = method:collect(64)
    child.write(path, "nothing of the kind")
    local ok, message = method:load(path)
    assert.is_nil(ok)
    assert.is_truthy(message:find(path, 1, true))
    assert.are.equal(before, method:batch())
    assert.is_nil((method:load("/nowhere/at/all")))
  end)

  it("holds what is half done, and its trainer or agent know which they are", function()
    local first, second = make {}, make {}
    local trainer, agent = first:trainer { steps = 8 }, first:agent(2, { steps = 4 })
    trainer:advance(0)
    assert(first:save(path))
    assert(second:load(path))
    local ok, message = pcall(second.collect, second, 8)
    assert.is_false(ok)
    assert.is_truthy(message:find("a batch is half done, by a trainer", 1, true), message)
    assert(trainer:save(path))
    assert.is_nil((second:trainer { steps = 9 }:load(path)))
    message = select(2, second:trainer { steps = 8 }:load(path))
    assert.is_truthy(message:find("trainer 1 of its method, with 8 steps, there; 2, with 8, here", 1, true), message)
    assert(agent:save(path))
    message = select(2, second:agent(2, { steps = 5 }):load(path))
    assert.is_truthy(message:find("agent 1 of its method, 2 copies and 4 steps there", 1, true), message)
    assert(second:agent(2, { steps = 4 }) ~= agent)
  end)

  it("is refused while a thread has it, and saved when the thread has stopped in the middle", function()
    local first, parts = make {}
    local trainer = first:trainer { steps = 64 }
    trainer:start()
    for _, object in ipairs { first, parts.env } do
      local ok, message = pcall(object.save, object, path)
      assert.is_false(ok)
      assert.is_truthy(message:find("the thread of a trainer has it", 1, true), message)
    end
    trainer:stop()
    local archive, second, other = core.archive(), make {}
    for name, object in pairs { env = parts.env, policy = parts.policy, value = parts.value, method = first } do
      assert(archive:put(name, object))
    end
    for name, object in pairs { env = other.env, policy = other.policy, value = other.value, method = second } do
      assert(archive:take(name, object))
    end
    local again = second:trainer { steps = 64 }
    for _, t in ipairs { trainer, again } do
      while t:advance(0) ~= "done" do end
    end
    assert.is_true(parts.policy.theta:equal(other.policy.theta))
    assert.is_true(parts.value.theta:equal(other.value.theta))
  end)

  it("of an optimiser is its moments and settings", function()
    local theta, other = rl.ones(4), rl.ones(4)
    for _, name in ipairs { "adam", "sgd", "rmsprop" } do
      local first, second = rl[name](theta, { lr = .1 }), rl[name](other, { lr = .1 })
      first:step(rl.arange(4))
      other:copy_(theta)
      first:set { lr = .05 }
      assert(first:save(path))
      assert(second:load(path))
      first:step(rl.arange(4))
      second:step(rl.arange(4))
      assert.is_true(theta:equal(other))
    end
    local _, message = rl.adam(theta):load(path)
    assert.is_truthy(message:find("cannot be loaded into rl.adam", 1, true), message)
    assert(rl.adam(theta):save(path))
    _, message = rl.adam(theta, { beta1 = .8 }):load(path)
    assert.is_truthy(message:find("optimizer: made otherwise: option beta1 is 0.9 there, 0.8 here", 1, true), message)
    assert.is_nil((rl.sgd(rl.ones(3), { lr = .1 }):load("/nowhere")))
  end)

  it("of a value is a file of its own", function()
    local env = rl.env("pendulum")
    local value, same = rl.value(env, { hidden = { 8 } }), rl.value(env, { hidden = { 8 }, seed = 3 })
    value:observe(rl.rng(1):normal(20, 3))
    assert(value:save(path))
    local x = rl.rng(2):normal(5, 3)
    local loaded = assert(rl.load_value(path, env))
    assert(same:load(path))
    assert.is_true(loaded:predict(x):equal(value:predict(x)))
    assert.is_true(same:predict(x):equal(value:predict(x)))
    local _, message = rl.value(env, { hidden = { 9 } }):load(path)
    assert.is_truthy(message:find('another network: layers is "3 8 1" there, "3 9 1" here', 1, true), message)
    _, message = rl.load_value(path, rl.env("cartpole"))
    assert.is_truthy(message:find("it takes 3 observations, environment cartpole gives 4", 1, true), message)
    _, message = rl.load_policy(path)
    assert.is_truthy(message:find("not a policy file", 1, true), message)
  end)

  it("that is not there, or not what is asked for, is nil and a message", function()
    local env = rl.env("pendulum")
    assert(rl.rng(1):save(path)) -- an archive of something else
    for _, name in ipairs { "load_policy", "load_value", "load_demonstration" } do
      for _, file in ipairs { path, path .. ".gone" } do
        for _, beside in ipairs { false, env } do
          local loaded, message = rl[name](file, beside or nil)
          assert.is_nil(loaded)
          assert.is_truthy(message:find(file, 1, true), message)
        end
      end
    end
  end)

  it("of a policy loads into one that is there", function()
    local env = rl.env("pendulum")
    for _, std in ipairs { "free", "state", "fixed" } do
      local first, second = rl.policy(env, { std = std, seed = 3, log_std = -1 }), rl.policy(env, { std = std })
      first:observe(rl.rng(1):normal(20, 3))
      assert(first:save(path))
      assert(second:load(path))
      local x = rl.rng(2):normal(5, 3)
      assert.is_true(first:act(x, rl.rng(1)):equal((second:act(x, rl.rng(1)))))
    end
    local _, message = rl.policy(env):load(path)
    assert.is_truthy(message:find('another policy: std is "fixed" there, "free" here', 1, true), message)
    _, message = rl.policy(rl.env("cartpole")):load(path)
    assert.is_truthy(message:find('another policy: action is "box 1" there, "discrete 2" here', 1, true), message)
  end)
end)

describe("a state that version 0.1 has saved", function()
  it("loads and goes on", function()
    local env = rl.env("pendulum", { n = 3, seed = 8 })
    local policy, value = rl.policy(env, { hidden = { 4 } }), rl.value(env, { hidden = { 4 }, seed = 7 })
    local ppo = rl.ppo { env = env, policy = policy, value = value, minibatch = 16, seed = 6 }
    local root = assert(os.getenv("RL_ROOT"))
    local archive = assert(core.read_archive(root .. "/tests/spec/fixtures/state/pendulum.0.1"))
    for name, object in pairs { env = env, value = value, method = ppo } do
      local ok, notice = archive:take(name, object)
      assert.is_true(ok, notice)
      assert.is_nil(notice)
    end
    local expected = { -.807709, -.589581, -.393019, -.571194, .820815, 5.42179, .862356, .506303, .399475 }
    local seen = env:step(rl.zeros(3, 1)):reshape(9)
    for i = 1, 9 do assert.is_near(expected[i], seen[i], 1e-3) end
    local batch = ppo:collect(15)
    assert.are.equal(3 * 15 * 3, batch.stats.steps) -- two batches came before
    assert.is_true(ppo:update(batch).entropy > 0)
  end)
end)

-- A run with an endless episode whose actions go to a file is killed at any moment, and goes on from its last save.
describe("a process that is killed", function()
  local script = [[
    local rl = require "rl"
    local core = require "rl.core"
    local WIDE, turns = 1024, tonumber(arg[1])
    local env = rl.lua_env { observation = 1, action = { "box", WIDE }, limit = 0, repeatable = true, seed = 3,
      reset = function(self, rng) self.rng, self.x = rng, rng:uniform() return { self.x } end,
      step = function(self, action)
        self.x = .9 * self.x + action[1] + .1 * self.rng:normal()
        return { self.x }, self.x
      end }
    env:spill("actions")
    local done, rng = 0, rl.rng(1)
    local archive = core.read_archive("saved")
    if archive then
      local ok, notice = archive:take("env", env)
      assert(ok and not notice, notice)
      assert(archive:take("rng", rng))
      done = tonumber(archive:text("done"))
    else
      env:reset()
    end
    local seen
    while done < turns do
      for _ = 1, 40 do seen = env:step(rng:uniform(1, WIDE) - .5) end
      done = done + 1
      local state = core.archive()
      assert(state:put("env", env))
      assert(state:put("rng", rng))
      state:put_text("done", tostring(done))
      assert(state:write("saved"))
      io.stdout:write(done, "\n")
      io.stdout:flush()
    end
    local file = io.open("end", "w")
    file:write(("%.17g"):format((seen or env:final_observation())[1][1]))
    file:close()
  ]]

  it("goes on from its last save, with the actions that lie in the file", function()
    local folder = child.folder()
    local status, _, errors = child.run(folder, script, "30")
    assert.are.equal(0, status, errors)
    local expected = child.read(folder .. "/end")
    os.execute(("rm '%s/saved' '%s/actions' '%s/end'"):format(folder, folder, folder))
    for round = 1, 8 do -- it has saved at least once, and is at any place of its loop
      child.shell(folder, ([[
        '%s' script.lua 29 >out & pid=$!
        %s
        sleep 0.0%d; kill -KILL $pid; wait $pid]]):format(child.rlrun, child.wait_for("[ -s out ]"), round))
      assert.is_truthy(child.read(folder .. "/saved"))
    end
    status, _, errors = child.run(folder, script, "30")
    assert.are.equal(0, status, errors)
    assert.are.equal(expected, child.read(folder .. "/end"))
    child.remove(folder)
  end)
end)
