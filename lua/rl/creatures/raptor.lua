-- The raptor: a level trunk between a heavy tail and a large head, small arms, crouched legs; 1.3 m high, 2.5 m long.
local muscles = require "rl.creatures.muscles"
local parts = require "rl.creatures.parts"

local raptor = { summary = "a level trunk with a heavy tail and small arms on crouched legs, 2.5 m long" }

local PULLS = {
  hip = { hip_flex = 1, hip_ext = -1 }, knee = { knee_ext = 1, knee_flex = -1 },
  ankle = { ankle_flex = 1, ankle_ext = -1 },
  tail_root = { tail_down = 1, tail_up = -1 },
}

function raptor.design(p, actuation)
  local design = {
    body = {
      thigh = p(0.40, 0.03, 0.3, 0.5), shank = p(0.42, 0.03, 0.3, 0.55), foot = p(0.24, 0.03, 0.15, 0.35), -- m
      thigh_radius = p(0.09, 0.01, 0.06, 0.12), shank_radius = p(0.05, 0.005, 0.03, 0.08),
      tail = p(0.9, 0.08, 0.5, 1.2), tail_root = p(0.24, 0.02, 0.12, 0.32), -- length and thickness
      arm = p(0.22, 0.02, 0.12, 0.3),
      crouch = p(0.5, 0.1, 0.1, 0.8), -- rad that the thigh leans forward, and the shank back
    },
  }
  if not parts.on_muscles(actuation) then
    design.motors = { -- N m
      hip = p(220, 30, 80, 350), knee = p(200, 30, 80, 350), ankle = p(150, 20, 50, 250),
      tail_root = p(120, 20, 30, 250),
    }
    return design
  end
  local function x(mean) return muscles.near(p, mean, 0.03) end
  design.physiology = { -- N
    hip_flex_l = p(3000, 400, 1000, 6000), hip_ext_l = p(5000, 600, 1500, 9000),
    knee_flex_l = p(2000, 250, 600, 4000), knee_ext_l = p(6000, 700, 2000, 10000),
    ankle_flex_l = p(1500, 200, 500, 3000), ankle_ext_l = p(5500, 600, 2000, 9000),
    tail_up = p(2500, 300, 800, 5000), tail_down = p(1500, 200, 400, 3000),
  }
  design.geometry = {
    hip_flex_l = { { "trunk", x(0.1), 0.2 }, { "thigh_l", x(0.03), 0.75 } },
    hip_ext_l = { { "trunk", x(-0.12), 0.14 }, { "thigh_l", x(-0.05), 0.7 } },
    knee_flex_l = { { "thigh_l", x(-0.05), 0.3 }, { "thigh_l", x(-0.05), 0.95 }, { "shank_l", x(-0.04), 0.2 } },
    knee_ext_l = { { "thigh_l", x(0.07), 0.3 }, { "thigh_l", x(0.08), 1 }, { "shank_l", x(0.06), 0.15 } },
    ankle_flex_l = { { "shank_l", x(0.04), 0.3 }, { "shank_l", x(0.04), 0.9 }, { "foot_l", x(0.08), 0 } },
    ankle_ext_l = { { "shank_l", x(-0.05), 0.3 }, { "foot_l", x(-0.06), -0.02 } },
    tail_up = { { "trunk", x(-0.02), 0.27 }, { "tail", x(-0.25), 0.08 } },
    tail_down = { { "trunk", x(-0.05), -0.04 }, { "tail", x(-0.25), -0.08 } },
  }
  design.transition, design.features, design.feedback = muscles.gait(p, {
    hip = { 0.3, 0.2, -0.1, -0.3, 0.35 }, knee = { 0, -0.1, 0, -0.2, -0.7 }, ankle = { 0, 0, 0.1, -0.3, 0.2 },
  }, { hip_ext = 0.1, knee_ext = 0.15, ankle_ext = 0.1 })
  design.features.tail_root = p(0, 0.1, -0.4, 0.4)
  design.feedback.tail_root, design.feedback.tail_root_speed = p(1, 0.3, 0, 3), p(0.1, 0.03, 0, 0.3)
  design.start = { vx = p(0.8, 0.2, 0, 1.6), lean = p(0, 0.05, -0.2, 0.2), hip_l = p(-0.2, 0.1, -0.5, 0.3),
                   hip_r = p(0.3, 0.1, -0.2, 0.8), knee_r = p(-0.3, 0.1, -0.9, 0.2) }
  return design
end

function raptor.build(design)
  parts.check("raptor", raptor, design)
  local body = design.body
  local lean, ankle_height, half = body.crouch, body.shank_radius + 0.015, body.tail_root / 2
  local _, drop = parts.reach({ body.thigh, lean }, { body.shank, -lean })
  local creature = {
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
    trunk = "trunk", head = { body = "trunk", point = { 0.78, 0.46 } }, feet = { "foot_l" },
  }
  return parts.actuate(creature, design, { hip_l = 10, knee_l = 12, ankle_l = 12, tail_root = 6 }, PULLS,
    { thigh_l = body.thigh, shank_l = body.shank })
end

return raptor
