-- Creatures written in Lua: bodies that are functions of a design.
local rl = require "rl"

local function mean(value) return value end

-- Those that are wholly written in Lua, with a design of groups; the human is one of C that can be scaled
-- (bodies_spec.lua).
local imaginary = {}
for name, module in pairs(rl.creatures) do imaginary[name] = name ~= "human" and module or nil end

local function body_of(creature, name)
  for _, body in ipairs(creature.bodies) do
    if body.name == name then return body end
  end
end

describe("a creature written in Lua", function()
  it("goes by its name like any other, and is listed", function()
    local names, summaries = rl.envs()
    for name, module in pairs(rl.creatures) do
      local env = rl.env(name, { n = 2 })
      assert.are.equal(name, env.name)
      assert.are.equal(name, rl.creature(name).name)
      assert.are.equal(module.summary, summaries[name])
      local listed = 0
      for _, each in ipairs(names) do listed = listed + (each == name and 1 or 0) end
      assert.are.equal(1, listed)
      assert.are.same({ true }, { rl.feasible(rl.creature(name)) })
    end
  end)

  it("shares no table with another, with its design, or with itself", function()
    local core = require "rl.core"
    local function spoil(t)
      for key, value in pairs(t) do
        if type(value) == "table" then spoil(value) else t[key] = type(value) == "number" and -1e9 or nil end
      end
    end
    local function tables(t, seen, name)
      assert.is_nil(seen[t], name)
      seen[t] = true
      for _, value in pairs(t) do
        if type(value) == "table" then tables(value, seen, name) end
      end
    end
    for name, module in pairs(rl.creatures) do
      for _, actuation in ipairs { "motors", "muscles" } do
        local design = module.design(mean, actuation)
        local creature = module.build(design)
        local wanted, built = core.json(design), core.json(creature)
        local seen = {}
        tables(design, seen, name)
        tables(creature, seen, name)
        spoil(creature)
        assert.are.equal(wanted, core.json(design))
        assert.are.equal(built, core.json(module.build(design)))
        spoil(design)
        assert.are.equal(wanted, core.json(module.design(mean, actuation)))
        assert.are.equal(built, core.json(module.build(module.design(mean, actuation))))
      end
    end
  end)

  it("stands where its description says: its feet on the ground, at the same height once it is set down", function()
    for name in pairs(rl.creatures) do
      local described = rl.creature(name)
      local env = rl.env(name, { reset_noise = 0, reward = function() return 0 end })
      local _, _, details = env:evaluate_designs({ described }, { max_steps = 1, details = true })
      local higher = rl.creature(name)
      higher.position[2] = higher.position[2] + 0.5 -- hangs in the air; the world sets it down
      local _, _, again = env:evaluate_designs({ higher }, { max_steps = 1, details = true })
      assert.is_true(math.abs(details[1].fields.head_y - again[1].fields.head_y) < 1e-4)
    end
  end)

  it("is wholly free: what a search draws within the bounds mostly can be built, and the rest is refused", function()
    local rng = rl.rng(4)
    local function draw(middle, deviation, least, greatest)
      assert.is_true(least < middle and middle < greatest and deviation > 0)
      return math.max(least, math.min(middle + deviation * rng:normal(1):item(), greatest))
    end
    for _, module in pairs(rl.creatures) do
      for _, actuation in ipairs { "motors", "muscles" } do
        local designs = {}
        for i = 1, 40 do designs[i] = module.build(module.design(draw, actuation)) end
        local env = rl.env(module.build(module.design(mean, actuation)))
        local returns, stats = env:evaluate_designs(designs, { max_steps = 2 })
        assert.is_true(stats.refused <= 4, stats.reasons[next(stats.reasons) or 1]) -- a tenth
        assert.are.equal(0, stats.not_finite)
        assert.are.equal(40, #returns)
      end
    end
  end)

  it("has motors or muscles, and nothing else", function()
    for _, module in pairs(rl.creatures) do
      assert.is_nil(module.design(mean).physiology)
      for _, actuation in ipairs { "muscle", "", false } do
        local ok, message = pcall(module.design, mean, actuation)
        assert.is_false(ok)
        assert.is_truthy(message:find('"motors" or "muscles", not ' .. tostring(actuation), 1, true), message)
      end
    end
  end)

  it("names what a design lacks, or has of another kind", function()
    local function message_of(module, design)
      local ok, message = pcall(module.build, design)
      assert.is_false(ok)
      return message
    end
    for name, module in pairs(imaginary) do
      assert.is_truthy(message_of(module):find(name .. ": a design expected, a table, got nil", 1, true))
      local design = module.design(mean, "muscles")
      design.feedback.force.knee_ext = nil
      assert.is_truthy(message_of(module, design):find(
        name .. ".feedback.force.knee_ext: number expected, got nil", 1, true))
      design = module.design(mean)
      design.body = "thin"
      assert.is_truthy(message_of(module, design):find(name .. ".body: table expected, got string", 1, true))
      local undecoded = message_of(module, module.design(rl.param))
      assert.is_truthy(undecoded:find(": number expected, got table", 1, true), undecoded)
    end
  end)

  it("has muscles whose groups and counts are those of Geijtenbeek et al. 2013", function()
    -- their table: physiology 3-30, geometry 12-39, transition 3, target features 14, feedback 14-63, start 6 numbers
    for _, module in pairs(imaginary) do
      local counts = {}
      for _, group in ipairs(rl.space(module.design(rl.param, "muscles")).groups) do
        counts[group] = (counts[group] or 0) + 1
      end
      assert.is_true(counts.physiology >= 3 and counts.physiology <= 30)
      assert.is_true(counts.geometry >= 12 and counts.geometry <= 39)
      assert.are.equal(3, counts.transition)
      assert.is_true(counts.features >= 14 and counts.features <= 20)
      assert.is_true(counts.feedback >= 14 and counts.feedback <= 63)
      assert.is_true(counts.start >= 4 and counts.start <= 6)
    end
  end)

  it("stands on its muscles for a while: none turns a joint the wrong way", function()
    for name, module in pairs(imaginary) do
      local env = rl.env(module.build(module.design(mean, "muscles")), { reset_noise = 0 })
      local design = module.design(mean, "muscles")
      local limp = module.design(mean, "muscles")
      for muscle in pairs(limp.physiology) do limp.physiology[muscle] = 1 end -- N: it collapses
      local _, _, details = env:evaluate_designs({ module.build(design), module.build(limp) }, { details = true })
      assert.is_true(details[1].length > 1.3 * details[2].length,
        ("%s: %d steps, limp %d"):format(name, details[1].length, details[2].length))
    end
  end)

  it("weighs more where it is larger", function()
    local small = rl.creatures.gnome.build(rl.creatures.gnome.design(mean))
    local design = rl.creatures.gnome.design(mean)
    design.body.head = 2 * design.body.head
    local large = rl.creatures.gnome.build(design)
    -- a ball: 8 times the mass, so twice the density of its disc
    assert.are.equal(2, body_of(large, "head").density / body_of(small, "head").density)
  end)
end)
