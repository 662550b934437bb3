-- What Box2D's steps lose: the energy that a double pendulum without friction, motor or air has left after ten seconds
-- and after the time that a leg swings; and what a walk costs when the same gains run at other rates.
--
--   build/rlrun scripts/bench/energy.lua
--   build/rlrun scripts/bench/energy.lua --set design=runs/.../design.lua     another walk on muscles
--
-- The pendulum hangs on a gallows of 1000 t that stands on the ground. Its energy counts from where it hangs still.
local rl = require "rl"

local opt = rl.options {
  seconds = 10,
  swing = 0.4,       -- s
  design = "",       -- of a human that walks; the project's own at 1.3 m/s when empty
  walk_seconds = 20,
}

local LENGTH, WIDTH, MASS, GRAVITY = 0.5, 0.04, 1, 9.81 -- m, m, kg of each link; m/s^2

local function rod(name, parent, joint)
  return {
    name = name, mass = MASS, shape = { kind = "box", width = WIDTH, height = LENGTH, center = { 0, -LENGTH / 2 } },
    joint = {
      name = joint, parent = parent, at = { 0, parent == "gallows" and 0 or -LENGTH }, lower = -1000, upper = 1000,
    },
  }
end

-- Both motors are as weak as they may be.
local pendulum = {
  name = "double_pendulum", position = { 0, 3 }, feet = { "gallows" },
  bodies = {
    {
      name = "gallows", mass = 1e6, shapes = {
        { kind = "box", width = 0.2, height = 3, center = { -2, -1.5 } },
        { kind = "box", width = 0.2, height = 3, center = { 2, -1.5 } },
      },
    },
    rod("upper", "gallows", "shoulder"), rod("lower", "upper", "elbow"),
  },
  motors = { { joint = "shoulder", torque = 1e-6, speed = 1e-6 }, { joint = "elbow", torque = 1e-6, speed = 1e-6 } },
  start = { angles = { shoulder = 0 } },
}

-- J above hanging still, from the angles and speeds of the joints.
local function energy(a, b, wa, wb)
  local first, second = a, a + b -- from straight down
  local w1, w2 = wa, wa + wb
  local inertia = MASS * (LENGTH ^ 2 + WIDTH ^ 2) / 12
  local h = LENGTH / 2
  local v1 = (h * w1) ^ 2
  local v2 = (LENGTH * w1) ^ 2 + (h * w2) ^ 2 + 2 * LENGTH * h * w1 * w2 * math.cos(second - first)
  local kinetic = 0.5 * MASS * (v1 + v2) + 0.5 * inertia * (w1 ^ 2 + w2 ^ 2)
  local height = h * (1 - math.cos(first)) + LENGTH * (1 - math.cos(first)) + h * (1 - math.cos(second))
  return kinetic + MASS * GRAVITY * height
end

local function at(fields, moment)
  return energy(fields.shoulder_angle:get(moment), fields.elbow_angle:get(moment), fields.shoulder_speed:get(moment),
    fields.elbow_speed:get(moment))
end

print(("double pendulum, shares of its energy: from level, after %g s and %g s; from 30 degrees, after %g s"):format(
  opt.seconds, opt.swing, opt.swing))
for _, rate in ipairs { { 60, 1 }, { 50, 4 }, { 100, 6 }, { 100, 10 }, { 100, 20 }, { 200, 30 } } do
  local function shares(angle)
    pendulum.start.angles.shoulder = angle
    local env = rl.env(pendulum, { control_rate = rate[1], substeps = rate[2], time_limit = opt.seconds,
                                   reset_noise = 0, gravity = GRAVITY })
    local fields = env:record("zero").fields
    local swing = math.floor(opt.swing * rate[1] + 0.5) + 1
    return at(fields, #fields.time) / at(fields, 1), at(fields, swing) / at(fields, 1)
  end
  local whole, swing = shares(math.pi / 2)
  local _, small = shares(math.pi / 6)
  print(("%5d Hz  %.3f  %.3f  %.3f"):format(rate[1] * rate[2], whole, swing, small))
end

local here = (arg and arg[0] or "scripts/bench/energy.lua"):match("^(.*)/") or "."
local design = assert(rl.load_design(opt.design ~= "" and opt.design or here .. "/../designs/human_1.3.lua"))
print(("a human's walk by the same gains, at most %g s"):format(opt.walk_seconds))
for _, substeps in ipairs { 5, 10, 20, 32 } do
  local env = rl.env(design, { objective = "gait", target_speed = 1.3, time_limit = opt.walk_seconds,
                               substeps = substeps, reset_noise = 0 })
  local _, _, details = env:evaluate_designs({ design }, { details = true })
  local last = details[1].fields
  print(("%5d Hz  %.2f s upright  %.3f m/s  %.3f J/(kg m)"):format(100 * substeps, last.time, last.x / last.time,
    last.cost_of_transport))
end
