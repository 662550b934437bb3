-- rl.ars, rl.openai_es, rl.finite_difference and rl.hill_climb as scripts see them. The face they share with the
-- other searches is tested in search_spec.lua, their steps in tests/c/test_directions.c.
local child = require "spec.child"
local rl = require "rl"
local refuses = require("spec.refusal").refuses

local function bowl(row) return -(row[1] - 1) ^ 2 - (row[2] + 2) ^ 2 end

local function advance(search, iterations, f)
  for _ = 1, iterations do
    local x = search:ask_lists()
    local _, values = rl.map(f, x)
    search:tell(x, values)
  end
  return search
end

describe("search along directions", function()
  it("goes by the order of returns alone where candidates are ranked", function()
    for _, name in ipairs { "openai_es", "hill_climb" } do
      local plain = advance(rl[name] { x0 = { 2, -1 }, seed = 7 }, 15, bowl)
      local bent = advance(rl[name] { x0 = { 2, -1 }, seed = 7 }, 15, function(row) return math.exp(bowl(row)) - 3 end)
      assert.are.same(plain:ask_lists(), bent:ask_lists(), name)
    end
  end)

  it("takes scaled returns for the same ones where their spread is divided out", function()
    local plain = advance(rl.ars { x0 = { 2, -1 }, seed = 7 }, 15, bowl)
    local bent = advance(rl.ars { x0 = { 2, -1 }, seed = 7 }, 15, function(row) return 8 * bowl(row) + 1024 end)
    assert.is_true((plain:ask() - bent:ask()):abs():max() < 1e-5)
  end)

  it("finds an optimum on a bound", function()
    for name, options in pairs {
      ars = { lr = 0.1 }, openai_es = { lr = 0.1 }, finite_difference = { lr = 0.05 }, hill_climb = {},
    } do
      options.x0, options.lower, options.weight_decay = { 3, 1 }, { 2, -math.huge }, name == "openai_es" and 0 or nil
      local search = advance(rl[name](options), 150, bowl)
      assert.is_true(math.abs(search.best:get(1) - 2) < 0.05, name)
      assert.is_true(math.abs(search.mean:get(2) + 2) < 0.2, name)
    end
  end)

  it("asks for as many candidates as its options say", function()
    assert.are.equal(10, rl.ars({ x0 = { 0, 0 }, directions = 5, top = 2 }).popsize)
    assert.are.equal(100, rl.openai_es({ x0 = { 0, 0 } }).popsize)
    assert.are.equal(4, rl.finite_difference({ x0 = { 0, 0 } }).popsize)
    assert.are.equal(3, rl.finite_difference({ x0 = { 0, 0 }, central = false }).popsize)
    assert.are.equal(6, rl.finite_difference({ x0 = { 0, 0 }, central = false, directions = 5 }).popsize)
    assert.are.equal(9, rl.hill_climb({ x0 = { 0, 0 }, reevaluate = true }).popsize)
    refuses("rl.ars: option top: 9 is more than the 8 directions", rl.ars, { x0 = { 0 }, top = 9 })
    refuses("rl.ars: option directions: 0", rl.ars, { x0 = { 0 }, directions = 0 })
    refuses("rl.ars: unknown option", rl.ars, { x0 = { 0 }, popsize = 8 })
  end)

  it("follows a schedule of sigma and of lr", function()
    local search = rl.ars { x0 = { 0 }, sigma = function(t) return 1 / t end, lr = function(t) return 0.1 * t end }
    advance(search, 4, function(row) return row[1] end)
    assert.are.equal(0.25, search.sigma)
    assert.are.equal(0.4, search:options().lr)
  end)
end)

describe("scripts/ars.lua", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local function run(options) return child.script(folder, "ars.lua", "--seed 1 " .. options) end

  -- What is at zero falls over after about 10 steps; the best there is holds on for 500.
  it("learns to balance a pole in every version", function()
    for _, variant in ipairs { "V1", "V1-t", "V2", "V2-t" } do
      local status, out, errors = run("--env cartpole --iterations 20 --variant " .. variant)
      assert.equal(0, status, errors)
      local mean = tonumber(out:match("mean_return (%S+)"))
      assert.is_true(mean >= 400, variant .. ": " .. out)
    end
  end)

  it("takes the settings of the environment, and what the command line says before them", function()
    assert.equal(0, (run("--env hopper --iterations 1 --test_every 99 --sigma 0.5 --variant V1")))
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    local config = child.read(path .. "/config.json")
    for _, text in ipairs { '"sigma":%s*0.5', '"lr":%s*0.01', '"directions":%s*8', '"top":%s*0,', '"hidden":%s*0,' } do
      assert.truthy(config:find(text), text .. config)
    end
  end)

  it("refuses a version that there is not", function()
    for _, name in ipairs { "V3", "V1t", "ars" } do
      local status, _, errors = run("--variant " .. name)
      assert.not_equal(0, status)
      local message = ('variant must be "V1", "V1-t", "V2" or "V2-t", got "%s"'):format(name)
      assert.truthy(errors:find(message, 1, true), errors)
    end
  end)
end)
