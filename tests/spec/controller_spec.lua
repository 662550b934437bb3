-- Controllers of muscles as Lua tables, and controllers written in Lua.
local core = require "rl.core"
local rl = require "rl"
local refuses = require("spec.refusal").refuses

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

  -- Which `rlrun eval` and others make their environment of: without the controller the human fell.
  it("is part of what a run keeps of its environment", function()
    local kept = core.parse_json(core.json(core.env_facts(rl.env("reflex_human")).creature))
    local a, b = after("reflex_human", 60), after(kept, 60)
    assert.are.same(a, b)
    local stroke = rl.creature("biped")
    local primitive = { joint = "hip", kind = "rhythmic", duration = 1, amplitude = 0.1, weights = { 1, 0 } }
    stroke.controller = { primitives = { primitive } }
    kept = core.parse_json(core.json(core.env_facts(rl.env(stroke)).creature))
    assert.are.equal(1, #kept.controller.primitives)
    assert.are.equal(rl.env(stroke).action_space.size, rl.env(kept).action_space.size)
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
    spoilt("reflex 3 on gas: delay 0.0001 is outside [0.001, 0.5] s", function(c) c.reflexes[3].delay = 1e-4 end)
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
  -- Where each name stands in a list.
  local function places(names)
    local place = {}
    for i, name in ipairs(names) do place[name] = i end
    return place
  end

  it("finds every number of the observation and of the action by name", function()
    local human, biped = rl.env("human"), rl.env("biped")
    assert.are.equal(human.observation_space.size, #human.observation_space.names)
    assert.are.equal(biped.observation_space.size, #biped.observation_space.names)
    assert.are.same({ "hip_l", "knee_l", "ankle_l", "hip_r", "knee_r", "ankle_r" }, biped.action_space.names)
    assert.are.equal("sol_l ta_l gas_l vas_l ham_l glu_l hfl_l sol_r ta_r gas_r vas_r ham_r glu_r hfl_r",
      table.concat(human.action_space.names, " "))
    assert.is_nil(rl.env("cartpole").observation_space.names)
  end)

  it("senses the world now and muscles late, by the delay of each", function()
    local steps = {} -- the fields after each step, of 0.01 s
    local names = { "angle", "vx", "vy", "angular_speed", "knee_r_angle", "ankle_l_angle", "foot_r_contact",
                    "sol_r_length", "sol_r_velocity", "sol_r_force", "vas_l_length", "vas_l_velocity", "vas_l_force" }
    local env = rl.env("human", { seed = 4, reward = function(s)
      local seen = {}
      for _, name in ipairs(names) do seen[name] = s[name] end
      steps[#steps + 1] = seen
      return 0
    end })
    local place, rng = places(env.observation_space.names), rl.rng(1)
    local observation = env:reset()
    for _ = 1, 12 do observation = env:step(rng:uniform(1, 14) * 2 - 1) end
    local ago = { sol = 2, vas = 1 }                        -- steps: delays of 0.02 and 0.01 s
    local scale = { sol_r_velocity = 6, vas_l_velocity = 12 } -- l_opt/s: observed as shares of v_max
    for _, name in ipairs(names) do
      local felt = steps[12 - (ago[name:sub(1, 3)] or 0)][name]
      assert.is_true(math.abs(observation:get(1, place[name]) * (scale[name] or 1) - felt) < 1e-6, name)
    end
    assert.is_true(math.abs(steps[10].sol_r_length - steps[12].sol_r_length) > 1e-3) -- the delay shows
  end)

  it("reads delayed senses and sets excitations at every step", function()
    local activation
    local env = rl.env("human", { seed = 1, reward = function(state)
      activation = state.sol_l_activation
      return 0
    end })
    local place, muscles = places(env.observation_space.names), env.action_space.names
    local function reflexes(observation) -- positive force feedback, as soleus has it when it bears weight
      local action = {}
      for m, muscle in ipairs(muscles) do
        local excitation = math.min(0.02 + 1.2 * observation:get(1, place[muscle .. "_force"]), 1)
        action[m] = 2 * excitation - 1
      end
      return { action }
    end
    local observation = env:reset()
    for _ = 1, 30 do observation = env:step(reflexes(observation)) end
    assert.is_true(activation > 0.03 and activation < 1) -- it answers the load of standing
  end)
end)
