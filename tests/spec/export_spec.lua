-- Exported policies say what policy:mean says: plain Lua in every Lua there is here, C99 under a strict compiler. What
-- is in an ONNX file is read here; ONNX itself runs it in tests/peers/onnx.sh.
local rl = require "rl"
local child = require "spec.child"

local root = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources")
local peers = root .. "/tests/peers/"
local names = { "small", "discrete", "relu", "normed", "linear", "clipped", "deep", "squashed", "masked", "factors",
                 "named", "history", "pair", "recurrent", "chosen", "scaled", "lessened", "kept" }

local function env_of(n, action)
  return rl.lua_env {
    observation = n, action = action, reset = function() return {} end, step = function() return {}, 0 end }
end

local function output_of(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

-- The policy as a brain of this Lua.
local function brain_of(policy)
  local path = os.tmpname()
  os.remove(path)
  assert(policy:export(path .. ".lua"))
  local brain = dofile(path .. ".lua")
  os.remove(path .. ".lua")
  return brain
end

describe("an exported policy", function()
  local folder
  setup(function()
    folder = child.folder()
    assert.are.equal(0, (child.shell(folder, ("'%s' '%scases.lua' --folder . --rows 300"):format(child.rlrun, peers))))
  end)
  teardown(function() child.remove(folder) end)

  local function expect_alike(command, more)
    local tried = 0
    for _, lua in ipairs { "lua5.1", "lua5.2", "lua5.3", "lua5.4", "lua5.5", "luajit" } do
      local there = output_of("command -v " .. lua) ~= ""
      for _, name in ipairs(there and names or {}) do
        local said = output_of(("%s %s '%sbrain.lua' '%s' %s %s"):format(command, lua, peers, folder, name, more))
        local apart = tonumber(said:match "^(%S+) apart")
        assert.is_truthy(apart and apart <= 1e-5, lua .. ", " .. name .. ": " .. said)
        tried = tried + 1
      end
    end
    assert.is_true(tried >= #names)
  end

  it("in plain Lua acts as policy:mean says, in every Lua there is", function() expect_alike("", "") end)

  it("in plain Lua is written, and acts, the same where numbers have a comma", function()
    local locales = folder .. "/locales"
    output_of(("mkdir -p '%s' && localedef -i de_DE -f UTF-8 '%s/de_DE.UTF-8'"):format(locales, locales))
    local environment = ("LOCPATH='%s'"):format(locales)
    local said = output_of(environment .. [[ lua5.4 -e 'os.setlocale("de_DE.UTF-8") print(0.5)']])
    if said ~= "0,5\n" then return pending("no localedef, its de_DE or lua5.4: " .. said) end
    expect_alike(environment, "0 de_DE.UTF-8")
    child.write(folder .. "/written.lua", [[
      local rl = require "rl"
      local env = rl.env("biped", { friction = 0.75 })
      local policy = rl.policy(env, { hidden = { 5 }, seed = 1 })
      os.execute("mkdir plain comma")
      for _, way in ipairs { "plain", "comma" } do
        if way == "comma" then assert(os.setlocale("de_DE.UTF-8")) end
        for _, name in ipairs { "brain.lua", "brain.onnx", "brain.h" } do assert(policy:export(way .. "/" .. name)) end
        assert(rl.export_creature(env, way .. "/biped.lua"))
        assert(rl.save_design(way .. "/design.lua", { 0.5 }))
      end]])
    local status, _, errors = child.shell(folder, ("%s '%s' --quiet written.lua && diff -r plain comma")
      :format(environment, child.rlrun))
    assert.are.equal(0, status, errors)
    assert.is_truthy(child.read(folder .. "/comma/biped.lua"):find("friction = 0.75", 1, true))
  end)

  it("in C99 compiles without a warning and acts as policy:mean says", function()
    for _, name in ipairs(names) do
      local program = ("%s/%s"):format(folder, name)
      local remembers = child.read(program .. ".h"):find("_reset", 1, true)
      local memory = remembers and ("-DMEMORY=%s_memory -DRESET=%s_reset"):format(name, name) or ""
      local said = output_of(("cc -std=c99 -pedantic -Wall -Wextra -Werror -O1 -include '%s.h' -DBRAIN=%s %s -o '%s' "
        .. "'%sbrain.c' -lm && '%s' '%s.txt'"):format(program, name, memory, program, peers, program, program))
      local apart = tonumber(said:match "^(%S+) apart")
      assert.is_truthy(apart and apart <= 1e-5, name .. ": " .. said)
    end
  end)

  it("in ONNX has the versions of 2020 and nodes that take only what is there before them", function()
    -- A message as a list of { field, value }: numbers and strings.
    local function fields(message)
      local list, at = {}, 1
      local function varint()
        local value, scale = 0, 1
        repeat
          local byte = message:byte(at)
          value, scale, at = value + byte % 128 * scale, scale * 128, at + 1
        until byte < 128
        return value
      end
      while at <= #message do
        local key = varint()
        local value = varint()
        if key % 8 == 2 then
          value, at = message:sub(at, at + value - 1), at + value
        end
        list[#list + 1] = { (key - key % 8) / 8, value }
      end
      assert.are.equal(#message + 1, at)
      return list
    end
    local function all(message, field)
      local found = {}
      for _, item in ipairs(fields(message)) do
        if item[1] == field then found[#found + 1] = item[2] end
      end
      return found
    end
    for _, name in ipairs(names) do
      local model = child.read(("%s/%s.onnx"):format(folder, name))
      assert.are.equal(7, all(model, 1)[1])
      assert.are.equal(13, all(all(model, 8)[1], 2)[1])
      local graph, known = all(model, 7)[1], {}
      assert.are.equal(name, all(graph, 2)[1])
      for _, tensor in ipairs(all(graph, 5)) do
        local size = all(tensor, 2)[1] == 7 and 8 or 4
        for _, dim in ipairs(all(tensor, 1)) do size = size * dim end
        assert.are.equal(size, #all(tensor, 9)[1])
        known[all(tensor, 8)[1]] = true
      end
      for _, input in ipairs(all(graph, 11)) do known[all(input, 1)[1]] = true end
      for _, node in ipairs(all(graph, 1)) do
        for _, input in ipairs(all(node, 1)) do assert.is_true(known[input], input) end
        known[all(node, 2)[1]] = true
      end
      for _, output in ipairs(all(graph, 12)) do assert.is_true(known[all(output, 1)[1]]) end
    end
  end)

  it("in plain Lua keeps numbers to 2^-56 of the largest of their table", function()
    local policy = rl.policy(env_of(1, { "box", 4, -1, 1 }), { hidden = {}, normalize = false })
    local weights = { 1e6, -1e-9, 1e-40, 0.1 }
    for i = 1, 8 do policy.theta[i] = weights[i] or 0 end
    local got, want = brain_of(policy) { 1 }, policy:mean { { 1 } }:reshape(4):totable()
    for i = 1, 4 do assert.is_near(want[i], got[i], 1e6 * 2 ^ -55) end
    assert.are.equal(want[1], got[1])
    assert.are.equal(want[4], got[4])
  end)

  it("says how many observations it was given and how many it needs", function()
    local brain = brain_of(rl.policy(env_of(3, { "box", 2, -1, 1 })))
    local good, message = pcall(brain, { 1, 2 })
    assert.is_false(good)
    assert.is_truthy(message:find("2 observations given, 3 needed", 1, true), message)
    assert.are.equal(2, #brain { 1, 2, 3 })
  end)

  it("draws from the policy's Gaussian, whose deviation may depend on the state", function()
    local draws = 20000
    for _, std in ipairs { "free", "fixed", "state", "squashed" } do
      local shape = { std = std, log_std = -0.7, seed = 5 }
      if std == "squashed" then shape.std, shape.squash = nil, true end
      local policy = rl.policy(env_of(2, { "box", 2, -1, 1 }), shape)
      policy.theta:add_(0.2 * rl.rng(8):normal(#policy.theta))
      local brain, random = brain_of(policy), rl.rng(9)
      local x = { 0.3, -0.8 }
      local drawn = policy:act(rl.zeros(draws, 2) + rl.tensor(x), rl.rng(7))
      local want, want_square = drawn:mean(1):totable(), (drawn * drawn):mean(1):totable()
      local sum, square = { 0, 0 }, { 0, 0 }
      for _ = 1, draws do
        local action = brain(x, function() return random:uniform() end)
        for i = 1, 2 do
          sum[i], square[i] = sum[i] + action[i], square[i] + action[i] * action[i]
        end
      end
      for i = 1, 2 do -- five standard errors of a difference of two means
        local variance = want_square[i] - want[i] * want[i]
        assert.is_near(want[i], sum[i] / draws, 5 * math.sqrt(2 * variance / draws))
        assert.is_near(variance, square[i] / draws - (sum[i] / draws) ^ 2, 5 * variance * math.sqrt(4 / draws))
      end
    end
  end)

  it("draws choices with the policy's probabilities", function()
    local policy = rl.policy(env_of(2, { "discrete", 3 }), { seed = 5 })
    policy.theta:add_(0.2 * rl.rng(8):normal(#policy.theta))
    local brain, random, x, draws = brain_of(policy), rl.rng(9), { 0.3, -0.8 }, 20000
    local counts, best = { [0] = 0, 0, 0 }, brain(x)
    for _ = 1, draws do
      local choice = brain(x, function() return random:uniform() end)
      counts[choice] = counts[choice] + 1
    end
    local seen = {}
    for seed = 1, 40 do
      local action, log = policy:act(rl.tensor(x):reshape(1, 2), rl.rng(seed))
      seen[action[1]] = math.exp(log[1])
    end
    for choice = 0, 2 do
      local p = assert(seen[choice])
      assert.is_near(p, counts[choice] / draws, 5 * math.sqrt(p * (1 - p) / draws))
      assert.is_true(counts[choice] <= counts[best])
    end
  end)

  it("is refused for an extension that is none, with those there are", function()
    local policy = rl.policy(env_of(2, { "discrete", 3 }))
    for _, path in ipairs { "brain.txt", "brain", "brain.lua.bak" } do
      local good, message = pcall(policy.export, policy, path)
      assert.is_false(good)
      assert.is_truthy(message:find(path, 1, true) and message:find(".lua, .onnx, .h", 1, true), message)
    end
  end)

  it("gives nil and a message where it cannot be written, or is not finite", function()
    local policy = rl.policy(env_of(2, { "discrete", 3 }))
    local done, message = policy:export("/nowhere/brain.lua")
    assert.is_nil(done)
    assert.is_truthy(message:find("/nowhere/brain.lua", 1, true), message)
    policy.theta[3] = 0 / 0
    done, message = policy:export(folder .. "/broken.lua")
    assert.is_nil(done)
    assert.is_truthy(message:find("parameter 3", 1, true), message)
    assert.is_nil(io.open(folder .. "/broken.lua"))
  end)
end)

describe("a policy's file", function()
  it("has the arrays of each layer by name", function()
    local path = os.tmpname()
    local env = env_of(3, { "box", 2, -1, 1 })
    assert(rl.policy(env, { hidden = { 4 }, layer_norm = true }):save(path))
    local header = child.read(path)
    os.remove(path)
    for name, shape in pairs { ["layers.0.weight"] = "3,4", ["layers.0.bias"] = "4", ["layers.0.gain"] = "4",
      ["layers.0.shift"] = "4", ["layers.1.weight"] = "4,2", ["layers.1.bias"] = "2", log_std = "2", clip = "1" } do
      local entry = ('"policy.%s":{"dtype":"F32","shape":[%s]'):format(name, shape)
      assert.is_truthy(header:find(entry, 1, true), entry)
    end
  end)

  it("of version 0.1 loads and acts as it did", function()
    local means = { -- as version 0.1 printed them
      free = { 0.41982835531235, 0.59369522333145, 0.12966866791248, 0.29443988204002 },
      fixed = { 0.88740837574005, 0.40620854496956, 0.4959442615509, 0.11723327636719 },
      state = { -0.46169915795326, 0.099468588829041, 0.045200541615486, -0.29412066936493 },
    }
    local log_std = { free = { -0.45117017626762, -0.52971488237381 }, fixed = { -0.5, -0.5 } }
    for std, want in pairs(means) do
      local path = ("%s/tests/spec/fixtures/policy/0.1-%s.safetensors"):format(root, std)
      local policy, notice = rl.load_policy(path, env_of(3, { "box", 2, -2, 2 }))
      assert.is_truthy(policy, notice)
      assert.is_nil(notice)
      local got = policy:mean { { 1, -2, 3 }, { 0.5, 0, -1 } }:reshape(4):totable()
      for i = 1, 4 do assert.is_near(want[i], got[i], 1e-6) end
      for i, x in ipairs(log_std[std] or {}) do assert.is_near(x, policy.log_std[i], 1e-7) end
    end
  end)
end)
