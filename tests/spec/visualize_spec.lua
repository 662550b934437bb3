-- rl.visualize_random: the replay it writes and the numbers it gives of a new task.
local rl = require "rl"
local child = require "spec.child"

-- Counts the steps and shows the action: what the summary must say can be worked out.
local function counter(action)
  return rl.lua_env {
    name = "counter", observation = { "steps", "action" }, action = action or { "box", 1 }, dt = 0.5, seed = 1,
    reset = function(self) self.steps = 0 return { 0, 0 } end,
    step = function(self, a)
      self.steps = self.steps + 1
      return { self.steps, type(a) == "table" and a[1] or a }, 2 * self.steps, self.steps == 40
    end,
  }
end

describe("rl.visualize_random", function()
  local folder, path
  before_each(function()
    folder = child.folder()
    path = folder .. "/random.html"
  end)
  after_each(function() child.remove(folder) end)

  local function visualize(env, options)
    options.path = path
    local print_ = print
    local lines = {}
    _G.print = function(line) lines[#lines + 1] = line end -- luacheck: ignore
    local ok, got, summary = pcall(rl.visualize_random, env, options)
    _G.print = print_ -- luacheck: ignore
    assert(ok, got)
    return got, summary, lines
  end

  -- Steps 0 to 40: mean 20; rewards 2, 4 ... 80: sum 40 * 41 = 1640, mean 41.
  it("writes a replay and says how long, how well and between which numbers", function()
    local got, summary, lines = visualize(counter(), {})
    assert.equal(path, got)
    assert.truthy(child.read(path):find('"title":"counter, random actions"', 1, true))
    assert.equal(1640, summary["return"])
    assert.equal(40, summary.length)
    assert.is_true(summary.terminated)
    assert.same({ name = "reward", mean = 41, min = 2, max = 80 }, summary.reward)
    assert.same({ name = "steps", mean = 20, min = 0, max = 40 }, summary.observation[1])
    assert.equal("action", summary.observation[2].name)
    assert.equal("random actions on counter: return 1640 in 40 steps (20.0 s), terminated; see " .. path, lines[1])
    assert.equal("  steps          20          0         40", lines[4])
  end)

  -- The mean of 40 uniform numbers on [-1, 1] deviates by sqrt(1 / 3 / 40) = .09.
  it("acts uniformly within the bounds of a box, and each choice alike", function()
    local _, summary = visualize(counter(), {})
    local action = summary.observation[2]
    assert.is_true(action.min < -0.7 and action.min >= -1 and action.max > 0.7 and action.max <= 1)
    assert.is_true(math.abs(action.mean) < 0.4)
    _, summary = visualize(counter { "box", 1, 10, 12 }, {})
    assert.is_true(summary.observation[2].max > 11.5 and summary.observation[2].max <= 12)
    _, summary = visualize(counter { "box", 1, -math.huge, math.huge }, {})
    assert.is_true(summary.observation[2].max > 1 and summary.observation[2].max < 5)
    _, summary = visualize(counter { "discrete", 3 }, {})
    assert.equal(3, summary.observation[2].max)
  end)

  it("takes seconds, a seed and a title", function()
    local _, one = visualize(counter(), { seconds = 5, seed = 1, title = "a test" })
    assert.truthy(child.read(path):find('"title":"a test"', 1, true))
    assert.equal(10, one.length)
    assert.is_false(one.terminated)
    local _, same = visualize(counter(), { seconds = 5, seed = 1 })
    local _, other = visualize(counter(), { seconds = 5, seed = 2 })
    assert.same(one, same)
    assert.are_not.same(one, other)
  end)

  it("shows a creature, too", function()
    local env = rl.env("hopper", { seed = 1 })
    local _, summary = visualize(env, {})
    assert.equal(env.observation_space.size, #summary.observation)
    assert.equal("height", summary.observation[1].name)
    assert.truthy(child.read(path):find('"name":"speed"', 1, true))
  end)

  it("names what is wrong", function()
    local function message_of(...)
      local ok, message = pcall(rl.visualize_random, ...)
      assert.is_false(ok)
      return message
    end
    assert.truthy(message_of(counter(), { pth = "x" }):find('did you mean "path"', 1, true))
    assert.truthy(message_of(counter(), { path = 7 }):find("option path: string expected, got number", 1, true))
    assert.truthy(message_of(counter(), 7):find("table of options expected, got number", 1, true))
    assert.truthy(message_of():find("environment", 1, true))
    local got, message = rl.visualize_random(counter(), { path = "/nowhere/random.html" })
    assert.is_nil(got)
    assert.truthy(message:find("/nowhere/random.html", 1, true))
  end)

  it("is silent when rlrun is", function()
    local status, out = child.run(folder, [[
      local rl = require "rl"
      assert(rl.visualize_random(rl.env("hopper"), { seconds = 0.1 }))]], "--quiet SCRIPT")
    assert.equal(0, status)
    assert.equal("", out)
    assert.truthy(child.read(path))
  end)
end)
