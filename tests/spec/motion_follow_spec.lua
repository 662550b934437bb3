-- A creature that follows a motion: where it begins, its clock, how far off it is.
local rl = require "rl"
local child = require "spec.child"
local motions = require "spec.motions"

local near = motions.near
local human = motions.human
local plain_globals = motions.plain_globals

local folder
local function setup_folder()
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)
end

local function file(name, text)
  child.write(folder .. "/" .. name, text)
  return folder .. "/" .. name
end

local walk -- recorded once

-- One stride of the human's walk, for who has its joints.
local function stride(more)
  local options = { creature = "human", cycle = true, rate = 100 }
  for name, value in pairs(more or {}) do options[name] = value end
  walk = walk or human(6):record("zero")
  return rl.motion(walk, options)
end

describe("a creature that follows a motion", function()
  setup_folder()

  it("begins anywhere in it, moving as it does", function()
    local motion = stride()
    local env = rl.env("reflex_human", { n = 1, motion = motion, reset_noise = 0 })
    local phases = {}
    for seed = 1, 5 do
      local f = env:record("zero", { seconds = 0.02, seed = seed }).fields
      local phase = f.phase[1]
      phases[phase] = true
      for _, name in ipairs(motion.angles) do
        local joint = name:match("^(.*)_angle$")
        near(motion:at(phase, name), f[name][1], 1e-4, name)
        near(motion:at(phase, name), f[joint .. "_reference"][1], 1e-4, name)
        near(motion:speed_at(phase, name), f[joint .. "_speed"][1], 0.35, name) -- of a moment, and over two
      end
      near(0, f.motion_error[1], 1e-5)
      near(0, f.motion_speed_error[1], 1e-4)
      near(motion:at(phase, "root_angle"), f.root_angle[1], 1e-4)
      near(motion:speed_at(phase, "root_x"), f.root_vx[1], 0.05)
      near(motion:speed_at(phase, "root_y"), f.root_vy[1], 0.1)
      near((phase + 0.02 / motion.duration) % 1, f.phase[3], 1e-5)
      near(math.sin(2 * math.pi * f.phase[3]), f.phase_sin[3], 1e-5)
      near(math.cos(2 * math.pi * f.phase[3]), f.phase_cos[3], 1e-5)
      near(1, motion:track { phase = phase, hip_l_angle = f.hip_l_angle[1], knee_l_angle = f.knee_l_angle[1],
        ankle_l_angle = f.ankle_l_angle[1], hip_r_angle = f.hip_r_angle[1], knee_r_angle = f.knee_r_angle[1],
        ankle_r_angle = f.ankle_r_angle[1] }, 1e-6)
    end
    local count = 0
    for _ in pairs(phases) do count = count + 1 end
    assert.are.equal(5, count)
    local set = rl.env("reflex_human", { n = 1, motion = motion, reset_noise = 0, start_phase = 0.5 })
    near(0.5, set:record("zero", { seconds = 0.01 }).fields.phase[1], 1e-7)
    assert.are.equal(0.5, set:options().start_phase)
    assert.is_nil(rl.env("biped", { n = 1 }):options().start_phase)
  end)

  it("stands on the foot that the motion stands on", function()
    -- Angles, speeds and the root's velocity of one moment belong together: a foot that bears weight hardly slides.
    local motion = stride()
    local env = rl.env("reflex_human", { n = 1, motion = motion, reset_noise = 0 })
    local slides = {}
    for seed = 1, 20 do
      local f = env:record("zero", { seconds = 0.01, seed = seed }).fields
      slides[seed] = f.foot_l_slide[1] + f.foot_r_slide[1]
    end
    table.sort(slides)
    assert.is_true(slides[10] < 0.1, slides[10])
  end)

  it("shows its clock to the policy, and how far off it is to the reward", function()
    local motion = stride { symmetric = true }
    local exp = math.exp -- busted's globals stay here
    local function reward(s)
      return { pose = exp(-(s.motion_error / 0.3) ^ 2), here = 0 * s.hip_l_reference }
    end
    plain_globals(reward)
    local env = rl.env("biped", { n = 2, motion = motion, control_rate = 50, reward = reward, reset_noise = 0.1 })
    local plain = rl.env("biped", { n = 2 })
    assert.are.equal(plain.observation_space.size + 2, env.observation_space.size)
    local names = env.observation_space.names
    assert.are.same({ "phase_sin", "phase_cos" }, { names[#names - 1], names[#names] })
    local recording = env:record("zero", { seconds = 0.2, seed = 5 })
    local f = recording.fields
    for i = 1, #f.phase do
      local sum = 0
      for _, name in ipairs(motion.angles) do
        local joint = name:match("^(.*)_angle$")
        sum = sum + (f[name][i] - f[joint .. "_reference"][i]) ^ 2 / 6
      end
      near(math.sqrt(sum), f.motion_error[i], 1e-5)
      near(f.phase_sin[i], recording.observation[i][#names - 1], 1e-6)
      if i > 1 then near(math.exp(-(f.motion_error[i] / 0.3) ^ 2), recording.terms.pose[i], 1e-6) end
    end
    assert.is_true(f.motion_error[1] > 0.01) -- the noise of the start
    env:reset()
    env:step(rl.zeros(2, env.action_space.size))
    assert.is_nil(env.notice)
  end)

  it("has an image where left and right do the same half a cycle later", function()
    local env = rl.env("biped", { n = 1, motion = stride { symmetric = true } })
    local symmetry = assert(env:symmetry())
    local n = env.observation_space.size
    assert.are.equal(-1, symmetry.observation.sign[n])
    assert.are.equal(-1, symmetry.observation.sign[n - 1])
    assert.are.equal(1, symmetry.observation.sign[1])
    local motion = stride { symmetric = true }
    for _, phase in ipairs { 0, 0.11, 0.4 } do
      near(motion:at(phase, "knee_l_angle"), motion:at(phase + 0.5, "knee_r_angle"), 1e-9)
      near(motion:at(phase, "root_angle"), motion:at(phase + 0.5, "root_angle"), 1e-9)
      near(motion.advance.root_x / 2, motion:at(phase + 0.5, "root_x") - motion:at(phase, "root_x"), 1e-9)
    end
    local bare = rl.env("biped", { n = 1, motion = stride() })
    local none, why = bare:symmetry()
    assert.is_nil(none)
    assert.is_truthy(why:find("rad from where .* is half a cycle later; option symmetric of rl.motion"), why)
  end)

  it("goes on bit for bit after a save, and keeps its motion in the facts of a run", function()
    local motion = stride()
    local function make() return rl.env("biped", { n = 3, motion = motion, seed = 4 }) end
    local env, other = make(), make()
    local actions = rl.zeros(3, env.action_space.size)
    env:reset()
    for _ = 1, 7 do env:step(actions) end
    assert(env:save(folder .. "/env.state"))
    assert.is_true(other:load(folder .. "/env.state"))
    for _ = 1, 60 do
      local a, b = env:step(actions), other:step(actions)
      assert.are.equal(0, (a - b):abs():max())
    end
    local facts = require("rl.core").env_facts(env)
    local again = rl.env(facts.creature, { n = 3, seed = 4 })
    assert.are.equal(0, (make():reset() - again:reset()):abs():max())
  end)

  it("ends where a motion ends that is no cycle", function()
    local path = file("reach.csv", "time,hip_l_angle,knee_l_angle\n0,0,0\n0.1,0.2,-0.2\n0.2,0.3,-0.4\n0.3,0.3,-0.5\n")
    local motion = rl.motion(path, { creature = "biped", map = { "hip_l_angle", "knee_l_angle" } })
    local env = rl.env("biped", { n = 1, motion = motion, start_phase = 0, control_rate = 50,
                                  done = function() return false end })
    local f = env:record("zero").fields
    assert.are.equal(16, #f.phase)
    near(1, f.phase[16], 1e-6)
    near(1, f.phase_sin[9], 0.01) -- half a turn from start to end
    near(-1, f.phase_cos[16], 1e-5)
    near(0.25, f.hip_l_reference[9], 0.02)
  end)

  it("begins and ends at full speed where it is no cycle", function()
    local hip, knee = {}, {}
    for i = 1, 11 do hip[i], knee[i] = 0.01 * i, -0.05 * i end
    local motion = { rate = 10, values = { hip_l_angle = hip, knee_l_angle = knee } }
    for _, phase in ipairs { 0, 0.04, 0.3, 0.97, 1 } do
      local env = rl.env("biped", { n = 1, motion = motion, reset_noise = 0, start_phase = phase })
      local f = env:record("zero", { seconds = 0.02 }).fields
      near(0.1, f.hip_l_speed[1], 1e-4, phase)
      near(-0.5, f.knee_l_speed[1], 1e-4, phase)
      near(0, f.motion_speed_error[1], 1e-4, phase)
    end
  end)

  it("must have its joints, and numbers", function()
    local function wrong(words, motion, name)
      local ok, message = pcall(rl.env, name or "biped", { n = 1, motion = motion })
      assert.is_false(ok)
      assert.is_truthy(message:find(words, 1, true), message)
    end
    wrong("there is no joint ankle_l of its column ankle_l_angle; options creature and map", stride(), "hopper")
    wrong("what rl.motion gives expected, got string", "walk.sto")
    wrong("what rl.motion gives expected, got a table without values", { rate = 10 })
    wrong("motion: it has no joint", { rate = 10, values = {} })
    wrong("motion: 1 moments; it has two at least", { rate = 10, values = { hip_l_angle = { 1 } } })
    wrong("rate is 0 Hz, outside [1, 1000]", { values = { hip_l_angle = { 1, 2 } } })
    wrong("hip_l is nan at moment 2", { rate = 10, values = { hip_l_angle = { 1, 0 / 0 } } })
    wrong("column hip_r_angle has 3 numbers, others have 2",
      { rate = 10, values = { hip_l_angle = { 1, 2 }, hip_r_angle = { 1, 2, 3 } } })
    wrong("number 2 is a string", { rate = 10, values = { hip_l_angle = { 1, "b" } } })
    wrong("environment cartpole is not a creature", stride(), "cartpole")
    local ok, message = pcall(rl.env, "biped", { n = 1, start_phase = 0.5 })
    assert.is_false(ok)
    assert.is_truthy(message:find("start_phase", 1, true), message)
  end)
end)
