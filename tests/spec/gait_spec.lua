-- rl.gait against recordings made by hand, whose figures can be worked out, and recordings of creatures.
local rl = require "rl"
local limbs = require "rl.limbs"

local DT = 0.02
local STRIDE = 50 -- moments: 1 s

-- From -1 up to 1 and down again in a stride: of its values nine tenths lie within .9.
local function wave(k)
  local t = k % STRIDE / STRIDE
  return t < 0.5 and 4 * t - 1 or 3 - 4 * t
end

-- A two-legged walk at 1 m/s with a stride a second. what: shares of a stride that feet stand for (duty_l, duty_r; 0
-- never), how much later the right one comes down (phase), middle and amplitude of the hips' angles, seconds.
local function walk(what)
  local n = math.floor((what.seconds or 11.98) / DT + 0.5) + 1
  local fields = { com_x = {}, angle = {}, power = {} }
  for _, name in ipairs { "foot_%s_contact", "foot_%s_load", "hip_%s_angle", "knee_%s_angle" } do
    fields[name:format("l")], fields[name:format("r")] = {}, {}
  end
  for i = 1, n do
    local k = i - 1
    fields.com_x[i] = (what.speed or 1) * k * DT
    fields.angle[i] = 0.1 * wave(k)
    fields.power[i] = 160
    for _, side in ipairs { "l", "r" } do
      local moved = side == "r" and k - math.floor((what.phase or 0.5) * STRIDE + 0.5) or k
      local stands = moved % STRIDE < math.floor((what["duty_" .. side] or 0.6) * STRIDE + 0.5)
      local foot = "foot_" .. side
      fields[foot .. "_contact"][i] = stands and 1 or 0
      fields[foot .. "_load"][i] = stands and 0.8 or 0
      local middle, reach = what["middle_" .. side] or 0, what["reach_" .. side] or 0.4
      fields["hip_" .. side .. "_angle"][i] = middle + reach * wave(moved)
      fields["knee_" .. side .. "_angle"][i] = stands and -(what["bent_" .. side] or 0.1) or -0.8
    end
  end
  return { dt = DT, gravity = 9.81, mass = 80, terminated = what.terminated or false, fields = fields }
end

local function near(expected, value, within)
  assert.is_true(math.abs(expected - value) <= (within or 1e-9), ("%g expected, got %.9g"):format(expected, value))
end

describe("rl.gait", function()
  it("measures a walk", function()
    local gait = rl.gait(walk {})
    assert.are.equal("walks", gait.kind)
    -- From second 2 on the left foot comes down at 2, 3 ... 11, the right one at 2.5 ... 11.5, in 500 moments.
    assert.are.equal(10, gait.legs[1].touchdowns)
    assert.are.equal(10, gait.legs[2].touchdowns)
    near(120, gait.cadence) -- of whole strides
    near(1, gait.speed)
    near(0.5, gait.step_length)
    assert.are.equal(1, gait.alternating)
    near(0.5, gait.pairs[1].phase)
    near(1, gait.overlap, 0.03)
    near(1, gait.pairs[1].symmetry.hip)
    near(1, gait.pairs[1].symmetry.knee)
    assert.are.same({ 0.5, 0.5 }, gait.stance)
    -- Each foot stands for .6 of a stride: twice .1 together, and never in the air.
    near(0.6, gait.legs[1].duty)
    near(0.2, gait.double_support)
    assert.are.equal(0, gait.flight)
    near(1, gait.support[0] + gait.support[1] + gait.support[2])
    near(0.1, gait.legs[1].knee.stance)
    near(0.8, gait.legs[2].knee.swing)
    -- Of a triangle of amplitude .1: deviation .1 / sqrt(3); of its 50 moments nine tenths lie within .184.
    near(0.1 / math.sqrt(3), gait.nodding, 5e-4)
    near(0.184, gait.nodding_range)
    near(160 / 80, gait.cost_of_transport)
    assert.are.equal("walks: alternating 1.00, hips overlap 1.00, stance .50/.50, knees bent 6/6 degrees",
      gait:line())
    assert.are.equal(gait:line(), tostring(gait))
  end)

  it("tells a walk from a run by how long it is in the air", function()
    local gait = rl.gait(walk { duty_l = 0.36, duty_r = 0.36 })
    assert.are.equal("runs", gait.kind)
    near(0.28, gait.flight)
    assert.are.equal(0, gait.double_support)
    gait = rl.gait(walk { duty_l = 0.44, duty_r = 0.44 }) -- as on the Moon
    near(0.12, gait.flight)
    assert.are.equal("walks", gait.kind)
  end)

  it("finds a leg that is always in front", function()
    -- Ranges of .72 that are .3 apart share .42 of 1.02; .9 apart they have a gap of .18 in 1.62.
    local gait = rl.gait(walk { middle_l = 0.3 })
    near(0.42 / 1.02, gait.overlap, 0.02)
    near(1 - 0.3 / 1.1, gait.pairs[1].symmetry.hip)
    assert.are.equal("limps", gait.kind)
    near(-0.18 / 1.62, rl.gait(walk { middle_l = 0.9 }).overlap, 0.02)
    near(0.5, rl.gait(walk { reach_r = 0.2 }).overlap, 0.01)
    local line = rl.gait(walk { middle_l = 0.9 }):line()
    assert.is_truthy(line:find("^limps: alternating 1.00, hips overlap %-%.1%d, stance"), line)
  end)

  it("tells a crouch from a walk by how bent the knees are that bear", function()
    local gait = rl.gait(walk { bent_l = 0.5, bent_r = 0.8 })
    near(0.5, gait.pairs[1].knees[1])
    near(0.8, gait.pairs[1].knees[2])
    assert.are.equal("crouches", gait.kind)
    assert.are.equal("crouches: alternating 1.00, hips overlap 1.00, stance .50/.50, knees bent 29/46 degrees",
      gait:line())
    assert.are.equal("walks", rl.gait(walk { bent_l = 0.5, bent_r = 0.65 }).kind)
    assert.are.equal("runs", rl.gait(walk { duty_l = 0.36, duty_r = 0.36, bent_l = 0.8, bent_r = 0.8 }).kind)
  end)

  it("finds a leg that stands for longer", function()
    local gait = rl.gait(walk { duty_l = 0.7, duty_r = 0.3 })
    near(0.7, gait.stance[1])
    assert.are.equal("limps", gait.kind)
  end)

  it("finds hops on one leg and on both", function()
    local one = rl.gait(walk { duty_r = 0 })
    assert.are.equal(0, one.legs[2].touchdowns)
    assert.are.equal(0, one.alternating)
    assert.are.equal("hops", one.kind)
    assert.are.same({ 1, 0 }, one.stance)
    local both = rl.gait(walk { phase = 0.04 })
    assert.are.equal(0, both.alternating)
    assert.are.equal("hops", both.kind)
  end)

  it("counts steps that the same leg takes twice", function()
    -- The right foot stays up in every fourth stride: of l r l r l r l, l r ... two of eight steps follow none of the
    -- other's.
    local recording = walk { seconds = 34.4 } -- until the left foot has come down at 34
    local contact = recording.fields.foot_r_contact
    for i = 1, #contact do
      if math.floor((i - 1 - STRIDE / 2) / STRIDE) % 4 == 3 then contact[i] = 0 end
    end
    local gait = rl.gait(recording)
    -- Touchdowns of the left at 2 ... 34, of the right at 2.5 ... 33.5 without 3.5, 7.5 ... 31.5; twice the left from
    -- 3 to 4 ...
    assert.are.equal(33, gait.legs[1].touchdowns)
    assert.are.equal(24, gait.legs[2].touchdowns)
    near(48 / 56, gait.alternating)
  end)

  it("says that nobody walks", function()
    local gait = rl.gait(walk { duty_l = 1, duty_r = 1, speed = 0 })
    assert.are.equal("stands", gait.kind)
    assert.are.equal("stands: no steps", gait:line())
    assert.is_truthy(gait:details():find("^%S+ m/s, no steps, double support "), gait:details())
    assert.are.equal(0, gait.steps)
    assert.are.equal("slides: no steps", rl.gait(walk { duty_l = 1, duty_r = 1 }):line())
    assert.are.equal("floats: no steps", rl.gait(walk { duty_l = 0, duty_r = 0 }):line())
    for _, name in ipairs { "alternating", "overlap", "step_length", "cost_of_transport" } do
      assert.are_not.equal(gait[name], gait[name], name)
    end
  end)

  it("says who falls", function()
    local fall = walk { seconds = 1.5, terminated = true }
    local gait = rl.gait { fall, walk {}, fall }
    assert.are.equal(2, gait.falls)
    assert.are.equal("falls", gait.kind)
    assert.are.equal("walks", rl.gait({ fall, walk {}, walk {} }).kind)
  end)

  it("counts neither bounces nor noise nor scuffs as steps", function()
    local clean = rl.gait(walk {})
    local rng = rl.rng(3)
    local recording = walk {}
    for _, foot in ipairs { "foot_l", "foot_r" } do
      local contact, load = recording.fields[foot .. "_contact"], recording.fields[foot .. "_load"]
      local noise = rng:uniform(#contact):totable()
      local was = {}
      for i = 1, #contact do was[i] = contact[i] end
      for i = 2, #contact do
        if was[i] == 1 and was[i - 1] == 0 then contact[i + 3], contact[i + 4] = 0, 0 end -- a bounce
        if was[i] == 0 and (i % STRIDE == 40 or i % STRIDE == 15) then -- toes brush the ground for .12 s
          for k = i, math.min(i + 5, #contact) do
            if was[k] == 0 then contact[k], load[k] = 1, 0.01 end
          end
        end
        if noise[i] < 0.03 then contact[i] = 1 - contact[i] end
      end
    end
    local gait = rl.gait(recording)
    assert.are.equal(clean.legs[1].touchdowns, gait.legs[1].touchdowns)
    assert.are.equal(clean.legs[2].touchdowns, gait.legs[2].touchdowns)
    assert.are.equal(1, gait.alternating)
    near(clean.stance[1], gait.stance[1], 0.01)
  end)

  it("pools recordings, and takes tensors for lists", function()
    local recording = walk { middle_l = 0.3 }
    for name, values in pairs(recording.fields) do recording.fields[name] = rl.tensor(values) end
    local one, two = rl.gait(recording), rl.gait { recording, recording }
    assert.are.equal(2 * one.steps, two.steps)
    near(one.overlap, two.overlap, 0.01)
    near(one.speed, two.speed)
  end)

  it("has steps as long beside a recording that stands, and the mean of strides of unlike ones", function()
    local gait = rl.gait { walk {}, walk { duty_l = 1, duty_r = 1, speed = 0 } }
    near(0.5, gait.speed)
    near(120, gait.cadence)
    near(0.5, gait.step_length)
    -- Of each leg 9 strides of 1 m, and 3 of .5 m.
    gait = rl.gait { walk {}, walk { speed = 0.5, seconds = 5.98 } }
    near((9 * 1 + 3 * 0.5) / 12 / 2, gait.step_length)
    gait = rl.gait(walk { seconds = 1.48 }) -- of .98 m, and one touchdown of each leg
    assert.are.same({ 1, 1 }, { gait.legs[1].touchdowns, gait.legs[2].touchdowns })
    near(0.98 / 2, gait.step_length)
  end)

  it("gives a curve over the gait cycle", function()
    local gait = rl.gait(walk {})
    local hip = gait:cycle(1, "hip_l_angle")
    assert.are.equal(101, #hip.mean)
    assert.are.equal(9, hip.n)
    near(-0.4, hip.mean[1])
    near(0, hip.mean[26])
    near(0.4, hip.mean[51])
    near(0, hip.deviation[51])
  end)

  it("leaves out what is asked to be left out, and takes step lengths from feet", function()
    local recording = walk {}
    local fields = recording.fields
    fields.foot_l_x, fields.foot_r_x = {}, {}
    for i, x in ipairs(fields.com_x) do fields.foot_l_x[i], fields.foot_r_x[i] = x + 0.3, x end
    local gait = rl.gait(recording, { after = 3.98 })
    assert.are.equal(8, gait.legs[1].touchdowns)
    near(0.8, gait.legs[1].step_length) -- half a second at 1 m/s, and .3 m ahead
    near(0.2, gait.legs[2].step_length)
    for i in ipairs(fields.com_x) do fields.foot_r_contact[i] = 0 end -- the other one comes down nowhere
    local one = rl.gait(recording).legs[1]
    assert.is_true(one.step_length ~= one.step_length)
  end)

  it("names what is wrong", function()
    local function refused(words, ...)
      local ok, message = pcall(rl.gait, ...)
      assert.is_false(ok)
      assert.is_truthy(message:find(words, 1, true), message)
    end
    refused("a recording expected, got a nil", nil)
    refused("no recording, which has fields", {})
    refused("dt must be a positive number", { fields = {} })
    refused("no field com_x", { dt = DT, fields = {} })
    refused("no legs were found", { dt = DT, fields = { com_x = { 0, 1 } } })
    refused("recording 1: a table with fields expected, as env:record gives it, got one without", { {} })
    refused("recording 1: a table with fields expected, as env:record gives it, got a number", { 7 })
    refused("dt must be a positive number of seconds, got inf", { dt = math.huge, fields = {} })
    refused("recording 1 has 0 moments: two are needed", { dt = DT, fields = { com_x = {} } })
    refused("recording 1 has 1 moments: two are needed", { dt = DT, fields = { com_x = { 1 }, foot_contact = { 1 } } })
    refused("legs: { { feet = { names }, joints = { names } }, ... } expected, got a number",
      { dt = DT, fields = { com_x = { 0, 1 } }, legs = 5 })
    local recording = walk {}
    recording.fields.hip_l_angle[7] = 0 / 0
    refused("field hip_l_angle", recording)
    recording = walk {}
    table.remove(recording.fields.knee_r_angle)
    refused("field knee_r_angle has 599 numbers, others 600", recording)
    refused("option after takes seconds, got -1", walk {}, { after = -1 })
    refused("befor", walk {}, { befor = 1 })
  end)
end)

describe("legs", function()
  local function of(body)
    return limbs.find(rl.env(body, { n = 1 }):record("zero", { seconds = 0.1 }))
  end

  it("are found in every creature by structure", function()
    for _, name in ipairs { "biped", "human", "reflex_human", "strider", "raptor", "gnome" } do
      local legs, found = of(name)
      assert.are.equal(2, #legs, name)
      assert.are.same({ { name = "hip", 1, 2 } }, found, name)
      assert.are.same({ "hip_l", "knee_l", "ankle_l" }, legs[1].joints, name)
    end
    local legs, found = of "quadruped"
    assert.are.equal(4, #legs)
    assert.are.same({ { name = "shoulder", 1, 3 }, { name = "hip", 2, 4 } }, found)
    near(0.6, legs[1].length, 1e-6)
    legs, found = of "hopper"
    assert.are.same({ "hip", "knee", "ankle" }, legs[1].joints)
    assert.are.same({}, found)
  end)

  it("are found in a creature that is described here, whatever its names", function()
    local function limb(name, parent, at, joint)
      return { name = name, mass = 2, shape = { kind = "box", width = 0.06, height = 0.4, center = { 0, -0.2 } },
               joint = { name = joint, parent = parent, at = at, lower = -1, upper = 1 } }
    end
    local legs, found = of {
      name = "table", position = { 0, 0.8 }, trunk = "board", feet = { "near2", "toe", "far2" },
      bodies = {
        { name = "board", mass = 10, shape = { kind = "box", width = 0.8, height = 0.1 } },
        limb("near1", "board", { 0, 0 }, "a"), limb("near2", "near1", { 0, -0.4 }, "b"),
        { name = "toe", mass = 0.2, shape = { kind = "box", width = 0.1, height = 0.02 },
          joint = { name = "t", parent = "near2", at = { 0, -0.39 }, lower = -1, upper = 1 } },
        limb("far1", "board", { 0, 0 }, "c"), limb("far2", "far1", { 0, -0.4 }, "d"),
      },
      motors = { { joint = "a", torque = 10, speed = 1 }, { joint = "c", torque = 10, speed = 1 } },
    }
    assert.are.same({ "near2", "toe" }, legs[1].feet)
    assert.are.same({ "a", "b" }, legs[1].joints)
    assert.are.same({ { name = "a", 1, 2 } }, found)
    near(0.8, legs[2].length, 1e-6)
  end)
end)

describe("recordings", function()
  it("have all fields of the environment, with their units", function()
    local env = rl.env("biped", { n = 1 })
    local recording = env:record(rl.policy(env), { seconds = 0.5 })
    for _, field in ipairs(env:fields()) do
      assert.are.equal(#recording.frames, #recording.fields[field.name], field.name)
    end
    assert.are.same(env:fields()[2].unit, recording.columns[2].unit)
    near(0.02, recording.fields.time[2], 1e-7)
    near(recording.frames[3][3], recording.fields.angle[3], 1e-6)
    local sum = 0
    for _, values in pairs(recording.terms) do sum = sum + values[3] end
    near(recording.reward[3], sum, 1e-6)
  end)

  it("are taken of all episodes of an evaluation, which stays the same", function()
    local env = rl.env("biped", { n = 1, time_limit = 1 })
    local policy = rl.policy(env)
    local plain = env:evaluate(policy, { episodes = 4 })
    local result = env:evaluate(policy, { episodes = 4, record = true })
    assert.is_nil(plain.recordings)
    assert.are.equal(2, #env:evaluate(policy, { episodes = 4, record = 2 }).recordings)
    assert.is_nil(env:evaluate(policy, { episodes = 4, record = false }).recordings)
    local ok, message = pcall(env.evaluate, env, policy, { episodes = 4, record = 5 })
    assert.is_false(ok)
    assert.is_truthy(message:find("option record: 5 is outside [0, 4]", 1, true), message)
    for i, recording in ipairs(result.recordings) do
      local episode = result.episodes[i]
      assert.are.equal(plain.episodes[i]["return"], episode["return"])
      assert.are.equal(episode.length + 1, #recording.fields.x)
      assert.are.equal(episode.fields.x, recording.fields.x[episode.length + 1])
      assert.are.equal(episode.terminated, recording.terminated)
      near(episode["return"], recording.reward:sum(), 1e-4)
    end
    assert.are.equal(result.terminated, rl.gait(result.recordings).falls)
  end)

  it("are measured where a gait of its own walks", function()
    local design = assert(rl.load_design(os.getenv("RL_ROOT") .. "/scripts/designs/human_1.3.lua"))
    local env = rl.env(design, { n = 1, time_limit = 8, reset_noise = 0 })
    local gait = rl.gait(env:evaluate("zero", { episodes = 2, record = true }).recordings)
    assert.are.equal("walks", gait.kind, gait:line())
    assert.are.equal(1, gait.alternating)
    near(1.3, gait.speed, 0.15)
    near(1, gait.legs[1].length, 1e-6)
    near(gait.speed ^ 2 / 9.81, gait.froude, 1e-6)
    near(0.6, gait.legs[1].duty, 0.06)
  end)

  it("have no Froude number where nothing falls", function()
    local gait = rl.gait(rl.env("biped", { n = 1, gravity = 0, time_limit = 1 }):record("zero"))
    assert.are.equal(0, gait.gravity)
    assert.is_true(gait.legs[1].length > 0.5)
    assert.is_true(gait.froude ~= gait.froude, gait.froude)
    assert.are.equal("floats", gait.kind)
  end)
end)
