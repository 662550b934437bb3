-- The raptor: a level trunk between a heavy tail and a large head, small arms, crouched legs; 1.3 m high, 2.5 m long.
local parts = require "rl.creatures.parts"

local raptor = { summary = "a level trunk with a heavy tail and small arms on crouched legs, 2.5 m long" }

function raptor.design(p)
  return {
    body = {
      thigh = p(0.40, 0.03, 0.3, 0.5), shank = p(0.42, 0.03, 0.3, 0.55), foot = p(0.24, 0.03, 0.15, 0.35), -- m
      thigh_radius = p(0.09, 0.01, 0.06, 0.12), shank_radius = p(0.05, 0.005, 0.03, 0.08),
      tail = p(0.9, 0.08, 0.5, 1.2), tail_root = p(0.24, 0.02, 0.12, 0.32), -- length and thickness
      arm = p(0.22, 0.02, 0.12, 0.3),
      crouch = p(0.5, 0.1, 0.1, 0.8), -- rad that the thigh leans forward, and the shank back
    },
    motors = { -- N m
      hip = p(220, 30, 80, 350), knee = p(200, 30, 80, 350), ankle = p(150, 20, 50, 250), tail = p(120, 20, 30, 250),
    },
  }
end

function raptor.build(design)
  local body, torque = design.body, design.motors
  local lean, ankle_height, half = body.crouch, body.shank_radius + 0.015, body.tail_root / 2
  local _, drop = parts.reach({ body.thigh, lean }, { body.shank, -lean })
  return {
    name = "raptor", symmetric = true, target_speed = 1.2,
    position = { 0, ankle_height - drop },
    bodies = {
      { name = "trunk", density = parts.density(0.26), shapes = {
        { kind = "polygon", points = {
          { -0.25, 0.0 }, { -0.08, -0.08 }, { 0.4, 0.02 }, { 0.58, 0.2 },
          { 0.45, 0.36 }, { -0.05, 0.3 }, { -0.25, 0.24 },
        } },
        { kind = "polygon", points = { { 0.4, 0.26 }, { 0.56, 0.14 }, { 0.72, 0.42 }, { 0.6, 0.5 } } },
        { kind = "polygon", points = { { 0.56, 0.38 }, { 1.0, 0.34 }, { 1.0, 0.44 }, { 0.8, 0.58 }, { 0.6, 0.58 } } },
      } },
      { name = "tail", density = parts.density(0.2),
        joint = { name = "tail_root", parent = "trunk", at = { -0.2, 0.14 }, lower = -0.5, upper = 0.5 },
        shape = { kind = "polygon", points = {
          { 0.05, -half }, { 0.05, half }, { -body.tail, 0.03 }, { -body.tail, -0.03 },
        } } },
      parts.limb("thigh_l", body.thigh, body.thigh_radius,
        { name = "hip_l", parent = "trunk", rest = lean, lower = -1.3, upper = 0.9 }),
      parts.limb("shank_l", body.shank, body.shank_radius, {
        name = "knee_l", parent = "thigh_l", at = { 0, -body.thigh }, rest = -2 * lean,
        lower = -1.2, upper = 2 * lean - 0.05,
      }),
      parts.foot("foot_l", -0.07, body.foot, ankle_height,
        { name = "ankle_l", parent = "shank_l", at = { 0, -body.shank }, rest = lean, lower = -1.0, upper = 0.8 }),
      parts.limb("arm_l", body.arm, 0.025, -- hangs loose
        { name = "shoulder_l", parent = "trunk", at = { 0.47, 0.12 }, rest = 0.6, lower = -0.4, upper = 0.4 }),
    },
    motors = {
      { joint = "hip_l", torque = torque.hip, speed = 10 }, { joint = "knee_l", torque = torque.knee, speed = 12 },
      { joint = "ankle_l", torque = torque.ankle, speed = 12 },
      { joint = "tail_root", torque = torque.tail, speed = 6 },
    },
    trunk = "trunk", head = { body = "trunk", point = { 0.78, 0.46 } }, feet = { "foot_l" },
  }
end

return raptor
