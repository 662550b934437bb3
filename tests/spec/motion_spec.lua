-- Motion as numbers: what is measured in a recording against mechanics, and the files that other programs read.
local rl = require "rl"
local child = require "spec.child"

local root = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources")
local GRAVITY = 9.81

local function near(expected, value, within)
  assert.is_true(math.abs(expected - value) <= within, ("%.9g expected, got %.9g"):format(expected, value))
end

local function human(seconds)
  local design = assert(rl.load_design(root .. "/scripts/designs/human_1.3.lua"))
  return rl.env(design, { n = 1, time_limit = seconds, reset_noise = 0 })
end

-- A block of 10 kg and an arm of 2 kg on a hinge on top of it.
local function arm(joint, more)
  local creature = {
    name = "crane", position = { 0, 0.1 }, trunk = "block", feet = { "block" },
    bodies = {
      { name = "block", mass = 10, shape = { kind = "box", width = 1, height = 0.2 } },
      { name = "boom", mass = 2, joint = joint,
        shape = { kind = "box", width = 0.6, height = 0.1, center = { 0.3, 0 } } },
    },
  }
  for name, value in pairs(more) do creature[name] = value end
  return creature
end

local function hinge(lower, upper, at)
  return { name = "j", parent = "block", at = at or { 0.2, 0.4 }, lower = lower, upper = upper }
end

describe("what a recording measures", function()
  it("is statics while nothing moves", function()
    local body = arm(hinge(0, 0), { motors = { { joint = "j", torque = 1e-3, speed = 1 } } })
    local recording = rl.env(body, { n = 1, reset_noise = 0 }):record("zero", { seconds = 2 })
    local f, last = recording.fields, #recording.fields.time
    -- The boom's centre is .3 m ahead of its hinge: the stop holds it with 2 g .3, counter-clockwise.
    near(2 * GRAVITY * 0.3, f.j_moment[last], 0.02)
    near(0, f.j_power[last], 1e-3)
    near(12 * GRAVITY, f.block_force_y[last], 0.1)
    near(0, f.block_force_x[last], 0.1)
    -- The ground presses below the centre of mass of both: (2 (.2 + .3)) / 12 ahead of the block's.
    near(f.block_x[last] + 1 / 12, f.block_point_x[last], 0.003)
    near(0, f.block_point_y[last], 0.02)
    near(12 * GRAVITY / (12 * GRAVITY), f.block_load[last], 1e-3)
  end)

  it("is the motor's moment and work while it turns the joint", function()
    local body = arm(hinge(-1, 1), { motors = { { joint = "j", torque = 20, speed = 5 } } })
    local env = rl.env(body, { n = 1, reset_noise = 0 })
    local policy = rl.policy(env, { hidden = {} })
    policy.theta:mul_(0)
    policy.theta[policy.theta:shape()[1] - 1] = 10 -- the bias: full torque upward; behind it the deviation
    local recording = env:record(policy, { seconds = 0.2 })
    local f = recording.fields
    for i = 2, 5 do
      near(20, f.j_moment[i], 1e-3)
      assert.is_true(f.j_speed[i] > f.j_speed[i - 1])
      near(f.power[i], f.j_power[i], 1e-4 * f.power[i]) -- the work that the environment counts
    end
  end)

  it("is the force of a muscle times its arm", function()
    local along = { name = "m", f_max = 100, l_opt = 0.4, l_slack = 0.15,
                    path = { { body = "block", at = { 0.25, 0.1 } }, { body = "boom", at = { 0.3, 0.05 } } } }
    local by_arm = { name = "m", f_max = 100, l_opt = 0.4, l_slack = 0.15,
                     arms = { { joint = "j", arm = 0.05, reference = 0, rho = 1 } } }
    for kind, muscle in pairs { along = along, by_arm = by_arm } do
      local env = rl.env(arm(hinge(-1, 1), { muscles = { muscle } }), { n = 1, reset_noise = 0, control_rate = 200,
                                                                        substeps = 1, objective = "plain" })
      local f = env:record("zero", { seconds = 0.1 }).fields
      for i = 3, 15 do -- the moment of a step is of the angle and the force that the step before has left
        local q, force = f.j_angle[i - 1], f.m_tendon_force[i - 1]
        local expected = 0.05 * force
        if kind == "along" then -- from the hinge: the end on the boom, and the way to the one on the block
          local x, y = 0.3 * math.cos(q) - 0.05 * math.sin(q), 0.3 * math.sin(q) + 0.05 * math.cos(q)
          local dx, dy = 0.05 - x, -0.3 - y
          expected = force * (x * dy - y * dx) / math.sqrt(dx * dx + dy * dy)
        end
        near(expected, f.j_moment[i], 1e-3 + 1e-3 * math.abs(expected))
      end
      assert.is_true(f.m_tendon_force[15] > 1)
      near(f.m_length[9] * 0.4, f.m_fibre_length[9], 1e-6)
      near(f.m_velocity[9] * 0.4, f.m_fibre_velocity[9], 1e-6)
      near(f.m_force[9] * 100, f.m_tendon_force[9], 1e-4)
      near(0.5, f.m_excitation[9], 1e-6)
    end
  end)

  it("is what each muscle burns, which with the basal rate is what all burn", function()
    local recording = human(2):record("zero")
    local f, mass, rates = recording.fields, 0, {}
    for _, body in ipairs(recording.creature.bodies) do mass = mass + body.mass end
    for name, values in pairs(f) do
      if name:find("_metabolic_rate$") then rates[#rates + 1] = values end
    end
    assert.are.equal(14, #rates)
    for i = 2, #f.time do
      local sum = 1.51 * mass -- W: Wang et al. 2012
      for _, values in ipairs(rates) do sum = sum + values[i] end
      near(f.metabolic_power[i], sum, 1e-4 * sum)
    end
    for _, values in ipairs(rates) do assert.are.equal(0, values[1]) end
  end)

  it("has forces of the ground that are the change of momentum, in every action", function()
    local quadruped = rl.env("quadruped", { n = 1, time_limit = 2 })
    for _, case in ipairs { { human(4), "zero", { "foot_l", "foot_r" } },
                            { quadruped, "random",
                              { "fore_lower_l", "fore_lower_r", "hind_lower_l", "hind_lower_r" } } } do
      local recording = case[1]:record(case[2], { seed = 1 })
      local f, mass = recording.fields, 0
      for _, body in ipairs(recording.creature.bodies) do mass = mass + body.mass end
      for i = 2, #f.time - (recording.terminated and 1 or 0) do -- in a fall other bodies touch the ground
        local x, y = 0, 0
        for _, foot in ipairs(case[3]) do x, y = x + f[foot .. "_force_x"][i], y + f[foot .. "_force_y"][i] end
        near(mass * (f.com_vx[i] - f.com_vx[i - 1]), x * recording.dt, 2e-3)
        near(mass * (f.com_vy[i] - f.com_vy[i - 1]), (y - mass * GRAVITY) * recording.dt, 2e-3)
      end
    end
  end)

  it("is of each agent of a world as of one that is alone, also of one that is turned", function()
    local alone = rl.env("biped", { n = 1, time_limit = 0.6, reset_noise = 0 }):record("zero")
    local world = rl.env { name = "two", time_limit = 0.6, reset_noise = 0, creatures = {
      a = { creature = "biped", x = -2, walks = true },
      b = { creature = "biped", x = 2, walks = true, turned = true },
    } }
    for _, name in ipairs { "a", "b" } do
      local seat = world:agent(name)
      world:players { a = "zero", b = "zero" }
      local recording = seat:record("zero")
      assert.are.equal(name, recording.agent)
      assert.are.equal("biped", recording.creature.name)
      for _, field in ipairs { "foot_l_force_x", "foot_l_force_y", "foot_l_point_x", "foot_r_x", "knee_l_moment",
                               "hip_r_power", "root_x", "root_angle" } do
        local own, other, most = recording.fields[field], alone.fields[field], 0
        for i = 1, 16 do most = math.max(most, math.abs(other[i])) end
        -- Floats of places 2 m off are rounded otherwise, and contacts of a mirrored world are solved in another order.
        for i = 1, 16 do near(other[i], own[i], 0.02 * most) end
      end
      local f = recording.fields
      for i = 2, 16 do
        local y = f.foot_l_force_y[i] + f.foot_r_force_y[i]
        near(80 * (f.com_vy[i] - f.com_vy[i - 1]), (y - 80 * GRAVITY) * recording.dt, 2e-3)
      end
      assert.are.equal(80, math.floor(rl.gait(recording).mass + 0.5))
    end
    local both = world:evaluate("zero", { episodes = 1, record = true }).recordings[1]
    assert.are.equal("a", both.agent)
    assert.is_true(both.fields.foot_l_force_y[5] > 100)
    local ball = { mass = 1, x = 0, y = 1, shape = { kind = "circle", radius = 0.1 } }
    local ok, message = pcall(rl.env, { name = "two", bodies = { root = ball },
                                        creatures = { a = { creature = "biped", x = -2, walks = true } } })
    assert.is_false(ok)
    assert.is_truthy(message:find("two fields would be called root_", 1, true), message)
  end)

  it("carries the weight over a stride, and presses where the foot is", function()
    local recording = human(8):record("zero")
    local f, gait = recording.fields, rl.gait(recording)
    local strides = gait.legs[1].strides
    local from, to = strides[1][1], strides[#strides][2]
    local impulse = 0
    for i = from + 1, to do impulse = impulse + (f.foot_l_force_y[i] + f.foot_r_force_y[i]) * recording.dt end
    near(1, impulse / (gait.mass * GRAVITY * (to - from) * recording.dt), 0.01)
    for i = 2, #f.time do
      if f.foot_l_force_y[i] > 20 then
        near(f.foot_l_x[i], f.foot_l_point_x[i], 0.2) -- the foot is .2 m long, and moves during an action
        near(0, f.foot_l_point_y[i], 0.02)
      elseif f.foot_l_force_y[i] == 0 then
        near(f.foot_l_x[i], f.foot_l_point_x[i], 1e-6)
      end
    end
    -- The ankle of a leg that pushes off turns the foot's toes down: clockwise.
    local ankle = gait:cycle(1, "ankle_l_moment").mean
    local least, where = math.huge, 0
    for p, x in ipairs(ankle) do
      if x < least then least, where = x, p end
    end
    assert.is_true(least < -60 and where > 30 and where < 65, least .. " at " .. where)
  end)

  it("is zero in an episode's first moment, and the same for 200 steps a second", function()
    local env = rl.env("biped", { n = 1, control_rate = 200, substeps = 1 })
    local recording = env:record("zero", { seconds = 0.1 })
    for _, name in ipairs { "hip_l_moment", "hip_l_power", "foot_l_force_x", "foot_l_force_y" } do
      assert.are.equal(0, recording.fields[name][1])
    end
    near(recording.fields.foot_l_x[1], recording.fields.foot_l_point_x[1], 1e-6)
  end)
end)

-- Reads as the strictest of OpenSim's readers would: tabs, counts that are right, time that increases, finite numbers.
local function read_sto(text)
  assert.is_nil(text:find("\r", 1, true))
  local header, body = text:match("^(.-\nendheader\n)(.*)$")
  local rows, n_rows = {}, tonumber(header:match("\nnRows=(%d+)\n"))
  local n_columns = tonumber(header:match("\nnColumns=(%d+)\n"))
  local names, last = nil, -1
  for line in body:gmatch("([^\n]*)\n") do
    local cells = {}
    for cell in (line .. "\t"):gmatch("([^\t]*)\t") do cells[#cells + 1] = cell end
    assert.are.equal(n_columns, #cells)
    if not names then
      names = cells
      assert.are.equal("time", names[1])
    else
      local row = {}
      for k, cell in ipairs(cells) do
        assert.is_truthy(cell:find("^%-?[%d.]+e?[%d+-]*$"), cell)
        row[names[k]] = tonumber(cell)
      end
      assert.is_true(row.time > last)
      last, rows[#rows + 1] = row.time, row
    end
  end
  assert.are.equal(n_rows, #rows)
  return rows, names
end

describe("recording:write", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  it("writes what OpenSim and others read, to the last bit", function()
    local recording = human(1):record("zero", { title = "a walk" })
    for _, kind in ipairs { "sto", "mot" } do
      assert.is_true(recording:write(folder .. "/walk." .. kind))
      local text = child.read(folder .. "/walk." .. kind)
      assert.is_truthy(text:find("^a walk\nversion=1\nnRows=101\nnColumns=%d+\ninDegrees=no\nendheader\ntime\t"))
      local rows, names = read_sto(text)
      assert.are.equal(#recording.fields.time, #rows)
      local listed = {}
      for _, name in ipairs(names) do listed[name] = true end
      for name, values in pairs(recording.fields) do
        assert.is_true(listed[name], name)
        for _, i in ipairs { 1, 2, 57, 101 } do
          if name ~= "time" then -- the nine digits give back the float
            assert.are.equal(values[i], rl.tensor({ rows[i][name] })[1], name)
          end
        end
      end
      near(0.57, rows[58].time, 1e-12)
      assert.are.equal(0, rows[9].foot_l_force_z)
      near(recording.reward[9], rows[9].reward, 1e-7)
      near(recording.terms.speed[9], rows[9].reward_speed, 1e-7)
    end
    assert.is_true(recording:write(folder .. "/walk.csv"))
    local text = child.read(folder .. "/walk.csv")
    assert.is_truthy(text:find("^time,x,y,"))
    assert.is_nil(text:find("force_z", 1, true))
    assert.are.equal(102, select(2, text:gsub("\n", "")))
    assert.is_nil(text:find("\n\n", 1, true))
  end)

  it("leaves out what no reader takes, and says so", function()
    local recording = {
      title = "endheader\nnRows=7", dt = 0.1,
      fields = { x = { 1, 2, 3 }, bad = { 1, 0 / 0, 3 }, worse = { 1, 2, math.huge }, short = { 1 } },
      terms = { ["a b\tc"] = { 0, 1, 2 }, ["a_b_c"] = { 5, 6, 7 } },
    }
    local written, note = require("rl.motion").write(folder .. "/m.sto", recording)
    assert.is_true(written)
    assert.is_truthy(note:find("^left out: bad, which is %-?nan at moment 2; short, which has 1 numbers for 3 " ..
      "moments; worse, which is inf at moment 3$"), note)
    local text = child.read(folder .. "/m.sto")
    assert.is_truthy(text:find("^motion\nversion=1\n"), text)
    local rows, names = read_sto(text)
    assert.are.same({ "time", "x", "reward_a_b_c", "reward_a_b_c_2" }, names)
    assert.are.equal(3, rows[3].x)
    near(0.2, rows[3].time, 1e-12)
  end)

  it("writes the columns that are asked for", function()
    local recording = rl.env("cartpole", { n = 1 }):record("zero", { seconds = 1 })
    assert.is_true(recording:write(folder .. "/c.csv", { columns = { "time", "x", "reward" } }))
    assert.is_truthy(child.read(folder .. "/c.csv"):find("^time,x,reward\n0,"))
  end)

  it("names what is wrong", function()
    local recording = rl.env("cartpole", { n = 1 }):record("zero", { seconds = 0.1 })
    local function refused(words, ...)
      local ok, message = pcall(recording.write, recording, ...)
      assert.is_false(ok)
      assert.is_truthy(message:find(words, 1, true), message)
    end
    refused("must be .sto, .mot, .csv, .bvh or .html, got walk.c3d", "walk.c3d")
    refused("must be .sto, .mot, .csv, .bvh or .html, got nil")
    refused('unknown column "hip"', folder .. "/a.csv", { columns = { "hip" } })
    refused("columns: a list of names expected, got a string", folder .. "/a.csv", { columns = "time" })
    refused("columns: x comes twice", folder .. "/a.csv", { columns = { "x", "x" } })
    refused("options: a table expected, got a string", folder .. "/a.csv", "time")
    refused('unknown option "colums"', folder .. "/a.csv", { colums = {} })
    local written, message = recording:write(folder .. "/no/where.csv")
    assert.is_nil(written)
    assert.is_truthy(message:find("where.csv", 1, true), message)
  end)
end)

describe("rlrun motion", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local function rlrun(arguments) return child.shell(folder, ("'%s' motion %s"):format(child.rlrun, arguments)) end

  it("plays what a run has learnt, or a design, and writes it", function()
    local status, _, errors = child.run(folder, [[
      local rl = require "rl"
      local env = rl.env("biped", { n = 1, time_limit = 1 })
      local run = rl.run { name = "m", env = env, policy = rl.policy(env) }
      run:finish()]])
    assert.are.equal(0, status, errors)
    local run = "runs/" .. child.list(folder .. "/runs")[1]
    local out
    status, out, errors = rlrun(run)
    assert.are.equal(0, status, errors)
    assert.is_truthy(out:find("^wrote " .. run:gsub("%p", "%%%0") .. "/motion.sto: %d+ moments, [%d.]+ s\n$"), out)
    local rows = read_sto(child.read(folder .. "/" .. run .. "/motion.sto"))
    assert.are.equal(tonumber(out:match("(%d+) moments")), #rows)
    status, out, errors = rlrun(("'%s/scripts/designs/human_1.3.lua' --set time_limit=0.5 --out walk.csv"):format(root))
    assert.are.equal(0, status, errors)
    assert.are.equal("wrote walk.csv: 51 moments, 0.50 s\n", out)
    status, _, errors = rlrun(run .. " --agent a")
    assert.are.equal(2, status)
    assert.is_truthy(errors:find("--agent is for worlds of several agents; biped is none", 1, true), errors)
    child.shell(folder, ("mkdir bare && cp %s/config.json bare"):format(run))
    status, _, errors = rlrun("bare")
    assert.are.equal(2, status)
    assert.is_truthy(errors:find("rlrun motion: the run bare has neither a policy nor a design", 1, true), errors)
    status, out = rlrun(run .. " --list")
    assert.are.equal(0, status)
    assert.is_truthy(out:find("\nhip_l_moment +N m +hip_l: of muscles, motor and stops"), out)
    assert.is_truthy(out:find("\nreward_upright +"), out)
  end)

  it("says what is wrong", function()
    for arguments, message in pairs {
      [""] = "a folder is missing", ["a b"] = 'one folder expected, got "b" too',
      ["nowhere"] = "there is neither a policy nor a design: cannot read nowhere",
      ["a --out a.txt"] = "--out: the end of the path must be .sto, .mot, .csv or .bvh, got a.txt",
      ["a --seed 1.5"] = "--seed takes a whole number from 0",
      ["a --seconds -1"] = "--seconds takes a number from 0 to 1000000, not -1",
    } do
      local status, _, errors = rlrun(arguments)
      assert.are.equal(2, status, arguments)
      assert.is_truthy(errors:find("rlrun motion: " .. message, 1, true), errors)
    end
  end)
end)
