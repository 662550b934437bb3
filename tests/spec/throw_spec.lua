-- Balls thrown at creatures, as scripts see them.
local rl = require "rl"
local child = require "spec.child"
local replay = require "rl.replay"
local any_threads = require "spec.any_threads"

describe("thrown balls", function()
  it("give the same steps on one thread as on two", function()
    local function thrown_at()
      return rl.env("biped", { n = 4, seed = 5, throw_interval = 0.2, throw_start = 0,
                               done = function() return false end })
    end
    any_threads.same_steps(thrown_at, 100)
  end)

  it("are drawn in a recording where they are thrown, and the camera does not follow them", function()
    local env = rl.env("biped", { throw_interval = 0.2, throw_start = 0.1, throw_side = "front" })
    local recording = env:record("random", { seconds = 0.2, seed = 2 })
    assert.are.equal(11, recording.n_bodies)
    assert.are.equal(7, recording.followed)
    local circles = 0
    for _, shape in ipairs(recording.shapes) do
      if shape.body > 7 then
        circles = circles + 1
        assert.is_true(math.abs(shape.radius - 0.08947) < 1e-5) -- of 3 kg of water
      end
    end
    assert.are.equal(4, circles)
    assert.is_true(recording.frames[5][3 * 7 + 2] < -100) -- out of sight until 0.1 s
    assert.is_true(recording.frames[8][3 * 7 + 1] > 0.5 and recording.frames[8][3 * 7 + 2] > 0)
    local path = child.folder() .. "/throws.html"
    assert.is_true(replay.write(path, recording))
    recording.followed = 12
    assert.has_error(function() replay.write(path, recording) end,
      "replay: followed must be 0 to n_bodies = 11, got 12")
  end)

  it("are no part of a recording without throws", function()
    local recording = rl.env("biped"):record("random", { seconds = 0.1 })
    assert.are.equal(7, recording.n_bodies)
    assert.are.equal(7, recording.followed)
    assert.are.equal(21, #recording.frames[1])
  end)

  it("are refused out of their range or from nowhere", function()
    local function refused(text, options)
      local ok, message = pcall(rl.env, "biped", options)
      assert.is_false(ok)
      assert.is_truthy(tostring(message):find(text, 1, true), message)
    end
    refused("throw_mass", { throw_mass = 0 })
    refused("throw_speed", { throw_speed = 1e3 })
    refused("throw_interval", { throw_interval = -1 })
    refused("throw_side", { throw_side = "above" })
  end)
end)
