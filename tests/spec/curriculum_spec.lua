-- Stages of a task, and options of an environment's own that they set.
local rl = require "rl"

local function count(options)
  local seen = {}
  local env = rl.lua_env {
    n = 1, observation = 1, action = { "discrete", 2 }, limit = 2, repeatable = true, options = options,
    reset = function(self, _, given)
      self.far = given.far
      seen[#seen + 1] = given.far
      return { given.far }
    end,
    step = function(self, _, _, given)
      assert(given.far == self.far) -- within an episode they stay
      return { given.far }, given.far
    end,
  }
  return env, seen
end

describe("options of an environment of one's own", function()
  it("reach reset and step, from each copy's next reset on", function()
    local env, seen = count { far = 1, windy = true }
    assert.same({ far = 1, windy = true, limit = 2, dt = 0.05 }, env:options())
    env:reset()
    env:set { far = 2.5, windy = false }
    local _, reward = env:step(rl.zeros(1))
    assert.equal(1, reward:get(1))
    env:step(rl.zeros(1)) -- its end, and the next begins
    _, reward = env:step(rl.zeros(1))
    assert.equal(2.5, reward:get(1))
    assert.equal(2.5, seen[#seen])
    assert.is_false(env:options().windy)
    local rows = {}
    for _, row in ipairs(env:describe()) do rows[row.name] = row end
    assert.equal("boolean", rows.windy.type)
    assert.equal(1, rows.far.default)
  end)

  it("reach the copies of an evaluation too", function()
    local env = count { far = 1 }
    env:set { far = 3 }
    assert.equal(6, env:evaluate(rl.policy(env), { episodes = 2 }).mean_return)
  end)

  it("are refused when they are none", function()
    for message, options in pairs {
      ["a finite number, true or false expected, got string"] = { far = "x" },
      ["a finite number"] = { far = 0 / 0 },
      ['"limit" is an option already'] = { limit = 3 },
      ["names expected, got a number"] = { 3 },
      ["table expected, got number"] = 3,
    } do
      local ok, error_message = pcall(count, options)
      assert.is_false(ok)
      assert.truthy(error_message:find("rl.lua_env: option options: ", 1, true), error_message)
      assert.truthy(error_message:find(message, 1, true), error_message)
    end
    local env = count { far = 1 }
    assert.is_false(pcall(env.set, env, { near = 1 }))
    assert.is_false(pcall(env.set, env, { far = 0 / 0 }))
    assert.is_false(pcall(env.set, env, { far = "x" }))
  end)
end)

describe("rl.curriculum", function()
  local function three(env, more)
    local settings = { env = env, number = "score", window = 2, stages = {
      { set = { far = 1 }, above = 10 }, { set = { far = 2 }, below = 3, number = "loss" }, { set = { far = 3 } },
    } }
    for key, value in pairs(more or {}) do settings[key] = value end
    return rl.curriculum(settings)
  end

  it("begins a stage when the mean of the last rows is beyond its bound", function()
    local env = count { far = 7 }
    local curriculum = three(env)
    assert.equal(1, env:options().far)
    assert.is_false(curriculum:observe { score = 100 }) -- one of two
    assert.is_false(curriculum:observe { score = -90 })
    assert.is_false(curriculum:observe { score = 0 / 0 }) -- says nothing
    assert.is_false(curriculum:observe {})
    assert.is_true(curriculum:observe { score = 111 }) -- (-90 + 111) / 2 > 10
    assert.equal(2, curriculum.stage)
    assert.equal(2, env:options().far)
    assert.is_false(curriculum:observe { score = 1000, loss = 4 })
    assert.is_true(curriculum:observe { loss = 1 })
    assert.equal(3, env:options().far)
    for _ = 1, 5 do assert.is_false(curriculum:observe { score = 1000, loss = -1000 }) end
  end)

  it("calls what a stage wants to do", function()
    local entered = {}
    local function enter(i) entered[#entered + 1] = i end
    local curriculum = rl.curriculum { stages = { { enter = enter, above = 1 }, { enter = enter } } }
    curriculum:observe { mean_return = 2 }
    assert.same({ 1, 2 }, entered)
  end)

  it("notices that its number is never logged", function()
    local function after(rows, row)
      local curriculum = three(count { far = 1 })
      for _ = 1, rows do curriculum:observe(row) end
      return curriculum.notice
    end
    assert.is_nil(after(9, { scor = 1 }))
    local notice = after(10, { scor = 1 })
    assert.truthy(notice:find('ends stage 1: unknown number "score"; did you mean "scor"?', 1, true), notice)
    assert.is_nil(after(10, { score = 0 / 0 }))
  end)

  it("notices it in each stage, of rows that could have it, and not in the last one", function()
    local curriculum = three(count { far = 1 }, { number = "mean_return" })
    for _ = 1, 24 do curriculum:observe { episodes = 0 } end -- none has ended yet
    assert.is_nil(curriculum.notice)
    for _ = 1, 2 do curriculum:observe { episodes = 4, mean_return = 11 } end
    assert.equal(2, curriculum.stage)
    for _ = 1, 9 do curriculum:observe { episodes = 4, mean_return = 11 } end
    assert.is_nil(curriculum.notice)
    curriculum:observe { episodes = 4, mean_return = 11 }
    assert.truthy(curriculum.notice:find('ends stage 2: unknown number "loss"', 1, true), curriculum.notice)
    for _, state in ipairs { { stage = 3, seen = {} }, { stage = 1, seen = {} } } do
      local other = three(count { far = 1 })
      for _ = 1, 9 do other:observe {} end
      other:restore(state)
      for _ = 1, state.stage == 3 and 20 or 9 do other:observe {} end
      assert.is_nil(other.notice)
    end
    local again = rl.curriculum { number = "score", stages = { { above = 1 }, { above = 3 }, {} } }
    again:observe { score = 2 }
    for _ = 1, 20 do again:observe {} end -- logged now and then
    assert.is_nil(again.notice)
    local agents = rl.curriculum { number = "a/mean_return", stages = { { above = 1 }, {} } }
    for _ = 1, 20 do agents:observe { ["a/episodes"] = 0 } end
    assert.is_nil(agents.notice)
  end)

  it("is set back to where it stood", function()
    local env = count { far = 1 }
    local curriculum = three(env)
    curriculum:observe { score = 11 }
    curriculum:observe { score = 12 }
    curriculum:observe { loss = 9 }
    local state = curriculum:state()
    local other_env = count { far = 1 }
    local other = three(other_env)
    other:restore(state)
    assert.equal(2, other.stage)
    assert.equal(2, other_env:options().far)
    assert.is_true(other:observe { loss = -9 }) -- the mean of 9 and -9
    curriculum:observe { loss = 9 }
    assert.same({ stage = 2, seen = { 9 } }, state) -- it is nobody's but the caller's
  end)

  it("says what is wrong with its settings", function()
    local env = count { far = 1 }
    for message, settings in pairs {
      ['unknown setting "stage"; did you mean "stages"?'] = { stage = {} },
      ["stages must be a list of them"] = { stages = {} },
      ["stage 1 never ends: it needs above or below, a bound on mean_return"] = { stages = { {}, {} } },
      ['unknown setting of stage 1 "abve"; did you mean "above"?'] = { stages = { { abve = 1 }, {} } },
      ["stage 1: above must be a number, got x"] = { stages = { { above = "x" }, {} } },
      ["stage 2: a table expected, got a number"] = { stages = { { above = 1 }, 2 } },
      ["stage 1: set needs the setting env"] = { stages = { { set = { far = 1 } } } },
      ["window must be a number of rows, got 0"] = { window = 0, stages = { {} } },
      ["number must be the name of a number"] = { number = 3, stages = { {} } },
    } do
      local ok, error_message = pcall(rl.curriculum, settings)
      assert.is_false(ok)
      assert.truthy(error_message:find("rl.curriculum: " .. message, 1, true), error_message)
    end
    for _, wrong in ipairs { 3, { set = print }, { options = print }, io.stdout } do
      local ok, error_message = pcall(rl.curriculum, { env = wrong, stages = { { set = { far = 1 } } } })
      assert.is_false(ok)
      assert.truthy(error_message:find("rl.curriculum: env must be an environment, got a " .. type(wrong), 1, true),
        error_message)
    end
    local first = env:options().far
    local _, told = pcall(function()
      local made = rl.curriculum { env = env, stages = { { set = { far = 9 }, above = 1 }, { set = { fur = 1 } } } }
      return made
    end)
    assert.truthy(told:find("^[^\n]*curriculum_spec.lua:%d+: rl.curriculum: stage 2: [^\n]*did you mean \"far\""), told)
    assert.equal(first, env:options().far)
    assert.is_false(pcall(rl.curriculum, 3))
    assert.is_false(pcall(three, env, { stages = { { set = { fur = 1 } } } }))
  end)
end)
