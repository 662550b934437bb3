-- Event files of runs. That TensorBoard reads them is shown by tests/peers/tensorboard.sh, their bytes by test_event.c.
local child = require "spec.child"
local core = require "rl.core"
local events = require "rl.events"

describe("the event files of a run", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local function files()
    local names = {}
    for _, name in ipairs(core.list_directory(folder)) do
      if name:find("tfevents") then names[#names + 1] = name end
    end
    table.sort(names)
    return names
  end

  local function text_of(name) return child.read(folder .. "/" .. name) end

  -- The float32 that stands behind a tag, as its four bytes.
  local function bytes_behind(text, tag)
    local _, last = text:find(tag .. "\21", 1, true)
    return last and text:sub(last + 1, last + 4)
  end

  local function fill(file, first, last)
    for i = first, last do assert(file:add(10 * i, i / 2, { iteration = i, steps = 10 * i, mean_return = i })) end
  end

  it("hold each number under Stable-Baselines3's name where it means the same", function()
    local method = { options = function() return { lr = 0.5, clip = 0.25, entropy_coef = 2, value_coef = 4 } end }
    local file = events.new(folder, nil, method, { gravity = 1.62, env = "biped" })
    assert(file:add(8, 1, { iteration = 1, steps = 8, mean_return = 1.5, mean_length = 2, entropy = 3, value_loss = 4,
                            policy_loss = -1, clip_fraction = 0, ["reward/speed"] = 0.5, explained_variance = 0 / 0,
                            sigma = 1 / 0, best_return = 2 }))
    file:close()
    local text = text_of(files()[1])
    for tag, bytes in pairs {
      ["rollout/ep_rew_mean"] = "\0\0\192\63", ["rollout/ep_len_mean"] = "\0\0\0\64", -- 1.5, 2
      ["train/entropy_loss"] = "\0\0\64\192", ["train/value_loss"] = "\0\0\0\65", -- -3, 8
      ["train/loss"] = "\0\0\16\65", ["train/learning_rate"] = "\0\0\0\63", -- -1 - 2 * 3 + 4 * 4 = 9, 0.5
      ["train/clip_range"] = "\0\0\128\62", ["reward/speed"] = "\0\0\0\63", ["run/best_return"] = "\0\0\0\64",
    } do assert.are.equal(bytes, bytes_behind(text, tag), tag) end
    assert.is_nil(text:find("explained_variance", 1, true)) -- NaN
    assert.is_nil(text:find("run/sigma", 1, true)) -- infinity
    for _, setting in ipairs { "hparams", "gravity", "biped" } do assert.is_truthy(text:find(setting, 1, true)) end
  end)

  it("say no learning rate that they do not know", function()
    local method = { options = function() return { lr = 0.5, anneal = 100, entropy_coef = 0 } end }
    local file = events.new(folder, nil, method)
    assert(file:add(1, 0, { iteration = 1 }))
    file:close()
    assert.is_nil(text_of(files()[1]):find("learning_rate", 1, true))
  end)

  it("are cut behind the step of a checkpoint, and go on in a file whose name comes later", function()
    local whole = events.new(folder)
    fill(whole, 1, 9)
    whole:close()
    local one = files()[1]
    local before = text_of(one)
    child.write(folder .. "/" .. one, before .. "\1half a record")
    local resumed = events.new(folder, 50)
    fill(resumed, 6, 7)
    resumed:close()
    local names = files()
    assert.are.equal(2, #names)
    assert.are.equal(one, names[1])
    assert.are.equal(core.cut_events(before, 50), text_of(one))
    assert.are.equal(#before / 9 * 5, #text_of(one))
    local again = events.new(folder, 60)
    fill(again, 7, 8)
    again:close()
    assert.are.equal(3, #files())
    assert.are.equal(#before / 9, #text_of(names[2])) -- of 6 and 7, 6
    events.new(folder, 10):close()
    assert.are.equal(1, #files()) -- those that would be empty are gone
  end)

  it("of other programs stay, and what comes is named behind them", function()
    child.write(folder .. "/events.out.tfevents.2999999999.host.1.2", "theirs")
    events.new(folder, 5):close()
    local file = events.new(folder, 5)
    fill(file, 1, 1)
    file:close()
    local names = files()
    assert.are.equal("events.out.tfevents.3000000000.0001.rl", names[2])
    assert.are.equal("theirs", text_of(names[1]))
  end)

  it("end where one could not be written, and go on in the next", function()
    local file = events.new(folder)
    fill(file, 1, 2)
    file.file:close()
    file.file = { write = function() return nil, "No space left on device" end, close = function() end }
    assert.are.same({ nil, "No space left on device" }, { file:add(30, 1, { iteration = 3, a = 1 }) })
    fill(file, 4, 5)
    file:close()
    assert.are.equal(2, #files())
  end)

  it("that cannot be written end no training: it is said once", function()
    local status, out, errors = child.run(folder, [[
      local rl = require "rl"
      local run = rl.run { name = "walk" }
      local full = function() return nil, "disk full" end
      for i = 1, 4 do
        run:log(i, { a = i })
        run.events.file = { write = full, close = full }
      end
      run:finish()]], "--quiet")
    assert.are.equal(0, status, errors .. out)
    assert.are.equal("\nrl.run: no events for TensorBoard: disk full\n", errors)
  end)
end)
