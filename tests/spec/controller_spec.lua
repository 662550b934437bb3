-- Controllers of muscles as Lua tables, and controllers written in Lua.
local rl = require "rl"

local function refuses(message, f, ...)
  local ok, err = pcall(f, ...)
  assert.is_false(ok)
  assert.is_truthy(tostring(err):find(message, 1, true), tostring(err))
end

-- What a reward sees after `steps` actions of zeros.
local function after(creature, steps)
  local seen = {}
  local env = rl.env(creature, { seed = 3, reward = function(s)
    for _, name in ipairs { "x", "time", "sol_l_activation", "vas_l_activation" } do seen[name] = s[name] end
    return 0
  end })
  env:reset()
  local idle = rl.zeros(1, env.action_space.size)
  for _ = 1, steps do env:step(idle) end
  return seen
end

describe("a controller as a table", function()
  it("is the same controller", function()
    local description = rl.creature("reflex_human")
    local a = after("reflex_human", 60)
    local b = after(description, 60)
    assert.are.same(a, b)
    description.controller.reflexes[2].terms[1].gain = 1.3 -- soleus
    assert.are_not.same(a, after(description, 60))
  end)

  it("may be left out, or be false", function()
    local without = rl.creature("reflex_human")
    without.controller = nil
    local never = rl.creature("reflex_human")
    never.controller = false
    local a, b = after(without, 20), after(never, 20)
    assert.are.same(a, b)
    assert.is_true(math.abs(a.sol_l_activation - 0.5) < 1e-3) -- an action of 0 asks for half of the excitation
  end)

  it("has features of one target, or of some states", function()
    local human = rl.creature("reflex_human")
    human.controller = { features = {
      { sense = "angle", of = "knee", target = -0.5, kp = 2, kd = 0.1, muscles = { vas = 1, ham = -1 } },
      { sense = "lean", target = { early_stance = 0.1, late_stance = 0.1 }, kp = 2, muscles = { glu = -1 } },
    } }
    assert.is_true(after(human, 20).vas_l_activation < 0.02) -- at 175 degrees it is to bend
    human.controller.features[1].target = 0.5
    assert.is_true(after(human, 20).vas_l_activation > 0.5)
  end)

  it("may have parameters anywhere, named by their rules", function()
    local human = rl.creature("reflex_human")
    human.controller.reflexes[2].terms[1].gain = rl.param(1.2, 0.2, 0, 4)
    human.controller.transitions.stance_load = rl.param(0.1, 0.02, 0.01, 0.5)
    local space = rl.space(human)
    assert.are.same({ "controller.reflexes.sol_force.terms[1].gain", "controller.transitions.stance_load" },
      space.names)
    assert.are.equal(1.5, space:decode({ 1.5, 0.2 }).controller.reflexes[2].terms[1].gain)
  end)

  it("that is wrong is refused by name", function()
    local function spoilt(message, spoil)
      local human = rl.creature("reflex_human")
      spoil(human.controller)
      refuses(message, rl.env, human)
    end
    spoilt('reflex 2 on slo: unknown muscle "slo"', function(c) c.reflexes[2].muscle = "slo" end)
    spoilt('reflex 2: unknown state "stnace"; known: landing', function(c) c.reflexes[2].states = "stnace" end)
    spoilt("reflex 2: states: the name of a state expected, got number", function(c) c.reflexes[2].states = { 1 } end)
    spoilt("reflex 2 on sol: it is active in no state", function(c) c.reflexes[2].states = {} end)
    spoilt("reflex 2: term 1: sense: which one?", function(c) c.reflexes[2].terms[1].sense = nil end)
    spoilt("froce", function(c) c.reflexes[2].terms[1].sense = "froce" end)
    spoilt('reflex 2: term 1: unknown option "gian"', function(c) c.reflexes[2].terms[1].gian = 1 end)
    spoilt("reflex 6: condition 1: either above or below", function(c) c.reflexes[6].when[1].below = 1 end)
    spoilt("reflex 2: at most 4 terms, got 5", function(c)
      for i = 2, 5 do c.reflexes[2].terms[i] = c.reflexes[2].terms[1] end
    end)
    spoilt("reflex 3 on gas: delay 0.0001 s is shorter", function(c) c.reflexes[3].delay = 1e-4 end)
    spoilt("feature 1: muscles: the name of a muscle = its weight expected", function(c)
      c.features[1] = { sense = "lean", muscles = { "glu" } }
    end)
    spoilt("feature 1: 0 muscles follow it", function(c) c.features[1] = { sense = "lean" } end)
    local human = rl.creature("reflex_human")
    human.controller = "geyer"
    refuses("controller: table expected, got string", rl.env, human)
  end)
end)

describe("a controller written in Lua", function()
  -- Observations end in length (l_opt), velocity (v_max) and force (f_max) of each muscle, late by the muscle's delay.
  it("reads delayed senses and sets excitations at every step", function()
    local activation
    local env = rl.env("human", { seed = 1, reward = function(state)
      activation = state.sol_l_activation
      return 0
    end })
    local n = env.action_space.size
    local function reflexes(observation)
      local action, first = {}, env.observation_space.size - 3 * n
      for m = 1, n do
        local force = observation:get(1, first + 3 * m)
        local excitation = math.min(0.02 + 1.2 * force, 1)
        action[m] = 2 * excitation - 1
      end
      return { action }
    end
    local observation = env:reset()
    for _ = 1, 30 do observation = env:step(reflexes(observation)) end
    assert.is_true(activation > 0.03 and activation < 1) -- it answers the load of standing
  end)
end)
