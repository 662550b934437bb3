-- The states of objects in one file: core.archive.
local rl = require "rl"
local core = require "rl.core"

local function open_parts()
  local env = rl.env("pendulum", { n = 3, seed = 4 })
  local policy, value = rl.policy(env, { hidden = { 8 } }), rl.value(env, { hidden = { 8 } })
  local ppo = rl.ppo { env = env, policy = policy, value = value, epochs = 2, minibatch = 16 }
  return { env = env, policy = policy, value = value, method = ppo, rng = rl.rng(3),
    optimizer = rl.adam(value, { lr = 1e-3 }), search = rl.cmaes { x0 = { 1, 2, 3 }, sigma = 1 } }
end

local order = { "env", "policy", "value", "method", "rng", "optimizer", "search" }

local function work(parts)
  parts.method:update(parts.method:collect(16))
  parts.optimizer:step(rl.ones(#parts.value.theta))
  local values = {}
  local candidates = parts.search:ask()
  for i = 1, #candidates do values[i] = -(candidates[i][1] ^ 2) - candidates[i][2] ^ 2 end
  parts.search:tell(candidates, values)
  return { parts.policy.theta:clone(), parts.value.theta:clone(), parts.rng:normal(4), parts.search.mean }
end

describe("an archive", function()
  local path = os.tmpname()
  after_each(function() os.remove(path) end)

  it("keeps many objects in one file, and each goes on with the same bytes", function()
    local first, second = open_parts(), open_parts()
    work(first)
    local archive = core.archive()
    for _, name in ipairs(order) do assert.is_true(archive:put(name, first[name])) end
    archive:put_text("script", "a\0b\255")
    assert.is_true(archive:write(path))
    local copy = assert(core.read_archive(path))
    assert.are.equal("a\0b\255", copy:text("script"))
    assert.is_nil(copy:text("nothing"))
    for _, name in ipairs(order) do assert.is_true(copy:take(name, second[name])) end
    for _ = 1, 2 do
      local a, b = work(first), work(second)
      for i = 1, #a do assert.is_true(a[i]:equal(b[i])) end
    end
  end)

  it("lists what it holds, and refuses a name twice", function()
    local archive = core.archive()
    archive:put("luck", rl.rng(1))
    archive:put_text("note", "x")
    local names = archive:names()
    table.sort(names)
    assert.are.same({ "luck.stream", "note" }, names)
    assert.has_error(function() archive:put("luck", rl.rng(2)) end, 'the archive has a "luck" already')
    assert.has_error(function() archive:put("other", {}) end)
    assert.has_error(function() archive:put(("x"):rep(49), rl.rng(2)) end)
    archive:close()
    assert.has_error(function() archive:names() end)
  end)

  it("says what is missing or of another type, and changes nothing", function()
    local archive = core.archive()
    local rng = rl.rng(1)
    archive:put("luck", rng)
    local before = rng:state()
    local _, message = archive:take("fortune", rng)
    assert.are.equal('there is no "fortune", which would be of type rl.rng', message)
    _, message = archive:take("luck", rl.cem { x0 = { 0 }, sigma = 1 })
    assert.are.equal('"luck" was saved from rl.rng and cannot be loaded into rl.search', message)
    assert.are.equal(before, rng:state())
    assert.is_nil((core.read_archive("/nowhere/at/all")))
    assert.is_nil((archive:write("/nowhere/at/all")))
  end)
end)
