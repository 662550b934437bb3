-- The gnome: a head as heavy as the trunk, on a neck that gives, over short legs; 1 m.
local muscles = require "rl.creatures.muscles"
local parts = require "rl.creatures.parts"

local gnome = { summary = "a big head on a neck that gives, over short legs, 1 m" }

local PULLS = {
  hip = { hip_flex = 1, hip_ext = -1 }, knee = { knee_ext = 1, knee_flex = -1 },
  ankle = { ankle_flex = 1, ankle_ext = -1 },
  neck = { neck_back = 1, neck_front = -1 },
}

function gnome.design(p, actuation)
  local design = {
    body = {
      thigh = p(0.17, 0.015, 0.11, 0.24), shank = p(0.16, 0.015, 0.11, 0.24), foot = p(0.14, 0.015, 0.08, 0.2), -- m
      thigh_radius = p(0.055, 0.005, 0.04, 0.075), shank_radius = p(0.04, 0.005, 0.03, 0.06),
      trunk = p(0.26, 0.02, 0.18, 0.36), -- height
      head = p(0.19, 0.01, 0.15, 0.22), -- radius: it stays a big one
    },
  }
  if not parts.on_muscles(actuation) then
    design.motors = { -- N m
      hip = p(50, 7, 15, 90), knee = p(50, 7, 15, 90), ankle = p(35, 5, 10, 60), neck = p(40, 5, 10, 80),
    }
    return design
  end
  local function x(mean) return muscles.near(p, mean, 0.018) end
  design.physiology = { -- N
    hip_flex_l = p(1200, 150, 400, 2500), hip_ext_l = p(1800, 200, 600, 3500),
    knee_flex_l = p(800, 100, 300, 1600), knee_ext_l = p(2200, 250, 700, 4000),
    ankle_flex_l = p(700, 100, 200, 1400), ankle_ext_l = p(2200, 250, 700, 4000),
    neck_back = p(900, 120, 300, 2000), neck_front = p(900, 120, 300, 2000),
  }
  design.geometry = {
    hip_flex_l = { { "trunk", x(0.05), 0.12 }, { "thigh_l", x(0.02), 0.75 } },
    hip_ext_l = { { "trunk", x(-0.06), 0.1 }, { "thigh_l", x(-0.03), 0.75 } },
    knee_flex_l = { { "thigh_l", x(-0.03), 0.3 }, { "thigh_l", x(-0.03), 0.95 }, { "shank_l", x(-0.03), 0.2 } },
    knee_ext_l = { { "thigh_l", x(0.04), 0.3 }, { "thigh_l", x(0.05), 1 }, { "shank_l", x(0.04), 0.2 } },
    ankle_flex_l = { { "shank_l", x(0.03), 0.3 }, { "shank_l", x(0.03), 0.9 }, { "foot_l", x(0.05), 0 } },
    ankle_ext_l = { { "shank_l", x(-0.03), 0.3 }, { "foot_l", x(-0.045), -0.02 } },
    neck_back = { { "trunk", x(-0.08), 0.12 }, { "head", x(-0.08), 0.08 } },
    neck_front = { { "trunk", x(0.08), 0.12 }, { "head", x(0.08), 0.08 } },
  }
  design.transition, design.features, design.feedback = muscles.gait(p, {
    hip = { 0.35, 0.25, 0, -0.2, 0.4 }, knee = { -0.1, -0.15, -0.1, -0.4, -0.9 }, ankle = { 0, 0, 0.1, -0.3, 0.2 },
  }, { hip_ext = 0.05, knee_ext = 0.1, ankle_ext = 0.1 })
  design.features.neck = p(0, 0.05, -0.2, 0.2)
  design.feedback.neck, design.feedback.neck_speed = p(1.5, 0.4, 0, 4), p(0.15, 0.05, 0, 0.4)
  design.start = { vx = p(0.5, 0.15, 0, 1.2), lean = p(0, 0.05, -0.2, 0.2), hip_l = p(-0.2, 0.1, -0.5, 0.3),
                   hip_r = p(0.3, 0.1, -0.2, 0.8), knee_r = p(-0.3, 0.1, -0.9, 0) }
  return design
end

function gnome.build(design)
  parts.check("gnome", gnome, design)
  local body = design.body
  local ankle_height = body.shank_radius + 0.015
  local creature = {
    name = "gnome", symmetric = true, target_speed = 0.8,
    position = { 0, body.thigh + body.shank + ankle_height },
    bodies = {
      { name = "trunk", density = parts.density(0.16), shape = { kind = "polygon", points = {
        { -0.09, -0.04 }, { 0.1, -0.04 }, { 0.11, 0.3 * body.trunk }, { 0.06, body.trunk }, { -0.06, body.trunk },
        { -0.1, 0.4 * body.trunk },
      } } },
      { name = "head", density = parts.density(4 / 3 * body.head),
        joint = { name = "neck", parent = "trunk", at = { 0, body.trunk - 0.02 }, lower = -0.35, upper = 0.35 },
        shapes = {
          { kind = "circle", radius = body.head, center = { 0.02, 0.9 * body.head } },
          { kind = "polygon", points = { -- a nose
            { body.head, 0.75 * body.head }, { body.head + 0.09, 0.8 * body.head }, { body.head, 1.1 * body.head },
          } },
        } },
      parts.limb("thigh_l", body.thigh, body.thigh_radius,
        { name = "hip_l", parent = "trunk", lower = -0.7, upper = 1.4 }),
      parts.limb("shank_l", body.shank, body.shank_radius,
        { name = "knee_l", parent = "thigh_l", at = { 0, -body.thigh }, lower = -2.0, upper = 0.05 }),
      parts.foot("foot_l", -0.05, body.foot, ankle_height,
        { name = "ankle_l", parent = "shank_l", at = { 0, -body.shank }, lower = -0.8, upper = 0.7 }),
    },
    trunk = "trunk", head = { body = "head", point = { 0, body.head } }, feet = { "foot_l" },
  }
  return parts.actuate(creature, design, { hip_l = 12, knee_l = 14, ankle_l = 12, neck = 8 }, PULLS,
    { thigh_l = body.thigh, shank_l = body.shank })
end

return gnome
