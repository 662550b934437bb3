-- Creatures as plain Lua for love.physics. LOVE itself runs them in tests/host/love.sh.
local rl = require "rl"
local child = require "spec.child"

local root = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources")

-- What the file gives, and its text.
local function exported(...)
  local path = os.tmpname()
  assert(rl.export_creature((...), path, select(2, ...)))
  local made, text = dofile(path), child.read(path)
  os.remove(path)
  return made, text
end

-- The table `data` of the file.
local function data_of(text)
  local first, last = text:find("\nlocal data = (%b{})\n")
  local path = os.tmpname()
  child.write(path, "return " .. text:sub(first + #"\nlocal data = ", last))
  local data = dofile(path)
  os.remove(path)
  return data
end

describe("an exported creature", function()
  it("is plain Lua for every Lua there is, and says at which rate it acts", function()
    local path = os.tmpname()
    assert(rl.export_creature("hopper", path))
    local tried = 0
    for _, lua in ipairs { "lua5.1", "lua5.2", "lua5.3", "lua5.4", "lua5.5", "luajit" } do
      if child.shell(".", "command -v " .. lua) == 0 then
        local status, out = child.shell(".", ([[%s -e 'local c = dofile("%s")
          print(c.name, c.observations, c.actions, c.substeps, c.velocity_iterations, c.dt, type(c.new))']])
          :format(lua, path))
        assert.are.equal(0, status, lua)
        assert.are.equal("hopper\t12\t3\t4\t8\t0.005\tfunction\n", out)
        tried = tried + 1
      end
    end
    os.remove(path)
    assert.is_true(tried > 0)
  end)

  it("has the masses, hinges, motors and senses of its environment", function()
    for _, name in ipairs(rl.envs()) do
      local found, creature = pcall(rl.creature, name)
      if found and #(creature.muscles or {}) == 0 then
        local env = rl.env(name)
        local made, text = exported(env)
        local data, mass = data_of(text), 0
        assert.are.equal(name, made.name)
        assert.are.same(env.observation_space.names, data.observations)
        assert.are.equal(env.observation_space.size, made.observations)
        assert.are.equal(env.action_space.size, made.actions)
        assert.are.equal(data.bodies[data.trunk].name, creature.trunk)
        local joints = {}
        for i, body in ipairs(data.bodies) do
          mass = mass + body.mass
          assert.is_true(body.mass > 0 and body.inertia > 0 and #body.pieces > 0)
          assert.are.equal(i == 1, body.joint == nil)
          if body.joint then
            assert.is_true(body.joint.parent < i)
            joints[#joints + 1] = body.joint.name
          end
        end
        for m, motor in ipairs(data.motors) do
          assert.are.equal(env.action_space.names[m], joints[motor.joint])
        end
        for _, foot in ipairs(data.feet) do assert.is_true(data.bodies[foot].foot) end
        if name == "biped" then assert.is_near(80 * (0.678 + 2 * 0.161), mass, 1e-4) end -- Winter's shares
      end
    end
  end)

  it("has the options of the environment that it is given with", function()
    local made, text = exported("biped", { gravity = 1.62, control_rate = 25, substeps = 8, friction = 0.5,
      velocity_iterations = 10, position_iterations = 4 })
    assert.are.equal(1.62, made.gravity)
    assert.are.equal(1 / 200, made.dt)
    assert.are.equal(8, made.substeps)
    assert.are.equal(10, made.velocity_iterations)
    assert.are.equal(4, made.position_iterations)
    assert.are.equal(0.5, data_of(text).friction)
    assert.are.equal(0, data_of(text).clock)
    local body = rl.creature("biped")
    body.clock = 1.25
    made, text = exported(body)
    assert.are.equal(1.25, data_of(text).clock)
    assert.are.equal(21, made.observations)
    local env = rl.env("biped", { gravity = 1.62 })
    env:set { gravity = 3.71 }
    assert.are.equal(3.71, (exported(env)).gravity)
  end)

  it("is refused with what love.physics has not, and what to do", function()
    local function message_of(...)
      local good, message = pcall(rl.export_creature, ...)
      assert.is_false(good)
      return message
    end
    assert.is_truthy(message_of("human", "unwritten.lua"):find("creature human has 14 muscles.*motors"))
    local creature = rl.creature("hopper")
    creature.motors = { creature.motors[1], creature.motors[2] }
    creature.bodies[4].joint.soft = { lower = -0.5, upper = 0.5, stiffness = 20 }
    assert.is_truthy(message_of(creature, "unwritten.lua"):find("soft stops at joint ankle.*leave out"))
    creature = rl.creature("biped")
    creature.motion = { rate = 10, values = { hip_l_angle = { 0, 0.1 } } }
    assert.is_truthy(message_of(creature, "unwritten.lua"):find("creature biped follows a motion", 1, true))
    assert.is_truthy(message_of("cartpole", "unwritten.lua"):find("environment cartpole is not a creature", 1, true))
    assert.is_truthy(message_of("hopper", nil):find("path must be a string, got a nil", 1, true))
    assert.is_truthy(message_of(nil, "unwritten.lua"):find("environment expected, got nil", 1, true))
    local env = rl.env("hopper")
    assert.is_truthy(message_of(rl.policy(env), "unwritten.lua"):find("environment expected, got rl.policy", 1, true))
    assert.is_truthy(message_of(env, "unwritten.lua", { gravity = 1 }):find("has its options already", 1, true))
    assert.is_nil(io.open("unwritten.lua"))
  end)

  it("is data, whatever its name and that of its file", function()
    local folder = child.folder()
    local creature = rl.creature("hopper")
    creature.name = '"]]\nerror("ran")--'
    for _, file in ipairs { "plain.lua", 'a"]]\nerror("ran")--.lua' } do
      assert(rl.export_creature(creature, folder .. "/" .. file))
      assert.are.equal(creature.name, dofile(folder .. "/" .. file).name)
    end
    child.remove(folder)
  end)

  it("gives nil and a message where it cannot be written", function()
    local done, message = rl.export_creature("hopper", "/nowhere/hopper.lua")
    assert.is_nil(done)
    assert.is_truthy(message:find("/nowhere/hopper.lua", 1, true), message)
  end)
end)

describe("the walker of scripts/love", function()
  local folder = root .. "/scripts/love/walker/"

  it("is the biped as it is exported, and the brain walks with it here too", function()
    local _, text = exported("biped")
    local function code(whole) return whole:match("\nlocal data = .*") end -- behind the comment with the file's name
    assert.are.equal(code(text), code(child.read(folder .. "biped.lua")))
    local env, brain = rl.env("biped", { n = 1, seed = 3 }), dofile(folder .. "brain.lua")
    local seen, x = env:reset(), 0
    for _ = 1, 500 do -- 10 s
      local ended
      seen, _, ended = env:step({ brain(seen:reshape(19):totable()) })
      assert.are.equal(0, ended[1])
      x = x + seen:get(1, 3) / 50
    end
    assert.is_true(x > 9, x)
  end)

  it("is written by make.lua from a policy", function()
    local here = child.folder()
    assert(rl.policy(rl.env("biped"), { hidden = { 4 } }):save(here .. "/policy.safetensors"))
    local status, _, errors = child.shell(here,
      ("'%s' --quiet '%smake.lua' --set load=policy.safetensors --set folder=."):format(child.rlrun, folder))
    assert.are.equal(0, status, errors)
    local zeros = {}
    for i = 1, 19 do zeros[i] = 0 end
    assert.are.equal(6, #dofile(here .. "/brain.lua")(zeros))
    assert.are.equal(child.read(folder .. "biped.lua"), child.read(here .. "/biped.lua"))
    child.remove(here)
  end)
end)
