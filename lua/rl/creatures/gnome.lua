-- The gnome: a head as heavy as the trunk, on a neck that gives, over short legs; 1 m.
local parts = require "rl.creatures.parts"

local gnome = { summary = "a big head on a neck that gives, over short legs, 1 m" }

function gnome.design(p)
  return {
    body = {
      thigh = p(0.17, 0.015, 0.11, 0.24), shank = p(0.16, 0.015, 0.11, 0.24), foot = p(0.14, 0.015, 0.08, 0.2), -- m
      thigh_radius = p(0.055, 0.005, 0.04, 0.075), shank_radius = p(0.04, 0.005, 0.03, 0.06),
      trunk = p(0.26, 0.02, 0.18, 0.36), -- height
      head = p(0.19, 0.01, 0.15, 0.22), -- radius: it stays a big one
    },
    motors = { -- N m
      hip = p(50, 7, 15, 90), knee = p(50, 7, 15, 90), ankle = p(35, 5, 10, 60), neck = p(40, 5, 10, 80),
    },
  }
end

function gnome.build(design)
  local body, torque = design.body, design.motors
  local ankle_height = body.shank_radius + 0.015
  return {
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
    motors = {
      { joint = "hip_l", torque = torque.hip, speed = 12 }, { joint = "knee_l", torque = torque.knee, speed = 14 },
      { joint = "ankle_l", torque = torque.ankle, speed = 12 }, { joint = "neck", torque = torque.neck, speed = 8 },
    },
    trunk = "trunk", head = { body = "head", point = { 0, body.head } }, feet = { "foot_l" },
  }
end

return gnome
