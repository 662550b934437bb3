-- Functions that change while training goes on.
local child = require "spec.child"

describe("rl.live", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  -- Writes the texts into the file one after the other, each behind an iteration that `at` names; what the reward is
  -- called in each iteration.
  local function training(at, kill)
    local changes = {}
    for iteration, text in pairs(at) do changes[#changes + 1] = ("[%d] = %q"):format(iteration, text) end
    return ([[
      local rl = require "rl"
      local f = rl.live "functions.lua"
      local env = rl.env("pendulum", { n = 2, reward = f.reward, done = f.done })
      local method = rl.a2c { env = env, policy = rl.policy(env, { hidden = { 4 } }), value = rl.value(env) }
      local run = rl.run { name = "live", method = method, checkpoint = 0 }
      local changes = { %s }
      for i in run:iterations(8) do
        local batch = method:collect(4)
        run:log(i, method:update(batch), { reward = batch.stats.mean_reward })
        print(i, batch.stats.mean_reward)
        %s
        if changes[i] then
          local file = io.open("functions.lua", "w")
          file:write(changes[i])
          file:close()
          local start = rl.time()
          while rl.time() - start < 0.25 do end
        end
      end
      run:finish()
    ]]):format(table.concat(changes, ", "), kill or "")
  end

  local ONE = "return { reward = function() return 1 end, done = function() return false end }"
  local TWO = "return { reward = function() return 2 end, done = function() return false end }"

  local function rewards(out)
    local list = {}
    for i, reward in out:gmatch("(%d+)\t(%S+)\n") do list[tonumber(i)] = tonumber(reward) end
    return list
  end

  it("takes what was saved at the next iteration, under --live alone", function()
    for options, expected in pairs { ["--live"] = 2, [""] = 1 } do
      child.write(folder .. "/functions.lua", ONE)
      local status, out, errors = child.run(folder, training { [3] = TWO }, "--quiet " .. options)
      assert.equal(0, status, errors)
      assert.same({ 1, 1, 1, expected, expected, expected, expected, expected }, rewards(out))
      assert.equal(expected == 2, errors:find("functions.lua: new functions from iteration 4 on", 1, true) ~= nil)
    end
    local config = child.read(folder .. "/runs/" .. child.list(folder .. "/runs")[1] .. "/config.json")
    local other = child.read(folder .. "/runs/" .. child.list(folder .. "/runs")[2] .. "/config.json")
    assert.truthy((config .. other):find("functions.lua: new functions", 1, true))
  end)

  it("tells what is wrong with a text, and the old functions stay", function()
    for text, message in pairs {
      ["return {"] = "functions.lua:1: unexpected symbol near",
      ["error 'oh'"] = "functions.lua:1: oh",
      ["return 3"] = "functions.lua must return a table of functions, got a number",
      ["return { reward = 3 }"] = "functions.lua: reward is a number, no function",
      ["return { reward = function() return 2 end }"] = "there is no done any more",
      [TWO:gsub("return 2 ", "error 'ah' ")] = "reward: functions.lua:1: ah",
      [TWO:gsub("return 2 ", "return 'x' ")] = "reward: it returned string, not a number or a table of named terms",
      [TWO:gsub("return 2 ", "return 0 / 0 ")] = "nan, not a number or a table of named terms",
      [TWO:gsub("return false", "return 1")] = "done: it returned a number, not true or false",
    } do
      child.write(folder .. "/functions.lua", ONE)
      local status, out, errors = child.run(folder, training { [2] = text, [5] = TWO }, "--quiet --live")
      assert.equal(0, status, errors)
      assert.truthy(errors:find(message, 1, true), errors)
      assert.truthy(errors:find("functions.lua: the functions that were there stay", 1, true), errors)
      local list = rewards(out)
      assert.equal(1, list[5])
      assert.equal(2, list[6])
    end
  end)

  it("goes on where its file was left as it was changed, without --force", function()
    child.write(folder .. "/functions.lua", ONE)
    local script = training({ [2] = TWO },
      'if i == 5 and not io.open("killed") then io.open("killed", "w"):close() os.exit(9) end')
    assert.equal(9, (child.run(folder, script, "--quiet --live")))
    local status, out, errors = child.shell(folder, ("'%s' --quiet --resume runs/*"):format(child.rlrun))
    assert.equal(0, status, errors)
    assert.equal("", errors)
    assert.same({ [5] = 2, [6] = 2, [7] = 2, [8] = 2 }, rewards(out))
  end)

  it("goes on with the text that the run had, unless --force takes the file's", function()
    for arguments, expected in pairs { [""] = 2, ["--force"] = 1 } do
      child.remove(folder .. "/runs")
      os.remove(folder .. "/killed")
      child.write(folder .. "/functions.lua", ONE)
      local script = training({ [2] = TWO },
        'if i == 5 and not io.open("killed") then io.open("killed", "w"):close() os.exit(9) end')
      assert.equal(9, (child.run(folder, script, "--quiet --live")))
      child.write(folder .. "/functions.lua", ONE)
      local status, out, errors = child.shell(folder,
        ("'%s' --quiet --resume runs/* %s"):format(child.rlrun, arguments))
      assert.equal(0, status, errors)
      assert.same({ [5] = expected, [6] = expected, [7] = expected, [8] = expected }, rewards(out))
      assert.equal(arguments == "", errors:find("goes on with the text that the run had", 1, true) ~= nil, errors)
    end
  end)

  it("refuses what it cannot load", function()
    child.write(folder .. "/bad.lua", "return {")
    local _, out = child.run(folder, [[
      local rl = require "rl"
      print(pcall(rl.live))
      print(pcall(rl.live, "nowhere.lua"))
      print(pcall(rl.live, "bad.lua"))
      rl.confine { read = "." }
      print(pcall(rl.live, "bad.lua"))]])
    for _, text in ipairs { "the path of a file expected, got nil", "nowhere.lua: No such file",
                            "bad.lua:1: unexpected", "a script that is confined cannot load code" } do
      assert.truthy(out:find("rl.live: " .. text, 1, true) or out:find(text, 1, true), out)
    end
  end)

  it("is not needed to change functions: env:set takes them", function()
    local rl = require "rl"
    local env = rl.env("pendulum", { reward = function() return { one = 1 } end })
    local function step()
      local _, reward, terminated = env:step(rl.zeros(1, 1))
      return reward:get(1), terminated:get(1)
    end
    env:reset()
    assert.equal(1, step())
    env:set { reward = function() return { two = 2, one = 1 } end, done = function() return true end }
    local reward, terminated = step()
    assert.equal(3, reward)
    assert.equal(1, terminated)
    local own = rl.env("pendulum")
    env:set { reward = false, done = false }
    own:reset()
    env:reset()
    assert.is_true(step() < 0)
    for _, wrong in ipairs { { reward = 3 }, { done = true }, { reward = "x" } } do
      local ok, message = pcall(env.set, env, wrong)
      assert.is_false(ok)
      assert.truthy(message:find("a function, or false for its own, expected, got", 1, true), message)
    end
    local lua_env = rl.lua_env { observation = 1, action = { "discrete", 2 }, step = function() return { 0 }, 0 end,
                                 reset = function() return { 0 } end }
    assert.is_false(pcall(lua_env.set, lua_env, { reward = print }))
  end)
end)
