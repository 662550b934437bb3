-- The strider: a runner on reversed knees and long feet, the neck stretched forward; 1.6 m, about 50 kg.
local parts = require "rl.creatures.parts"

local strider = { summary = "reversed knees and long feet under a trunk with a stretched neck, 1.6 m" }

-- What is free about it. p(mean, deviation, least, greatest) says what becomes of a number: rl.param, or the mean.
function strider.design(p)
  return {
    body = {
      thigh = p(0.38, 0.03, 0.28, 0.48), shank = p(0.42, 0.03, 0.30, 0.52), foot = p(0.34, 0.03, 0.22, 0.44), -- m
      thigh_radius = p(0.075, 0.01, 0.05, 0.1), shank_radius = p(0.045, 0.005, 0.03, 0.07),
      crouch = p(0.5, 0.1, 0.1, 0.9), -- rad that the thigh leans back, and the shank forward
    },
    motors = { hip = p(150, 20, 50, 250), knee = p(150, 20, 50, 250), ankle = p(110, 15, 30, 180) }, -- N m
  }
end

function strider.build(design)
  local body, torque = design.body, design.motors
  local lean, ankle_height = body.crouch, body.shank_radius + 0.015
  local _, drop = parts.reach({ body.thigh, -lean }, { body.shank, lean })
  return {
    name = "strider", symmetric = true, target_speed = 1.2,
    position = { 0, ankle_height - drop },
    bodies = {
      { name = "trunk", density = parts.density(0.26), shapes = {
        { kind = "polygon", points = {
          { -0.28, 0.06 }, { -0.1, -0.06 }, { 0.2, 0.0 }, { 0.34, 0.2 }, { 0.2, 0.3 }, { -0.2, 0.26 },
        } },
        { kind = "polygon", points = { { 0.2, 0.2 }, { 0.34, 0.16 }, { 0.47, 0.7 }, { 0.37, 0.7 } } },
        { kind = "polygon", points = { { 0.32, 0.66 }, { 0.68, 0.66 }, { 0.48, 0.82 }, { 0.34, 0.8 } } },
      } },
      parts.limb("thigh_l", body.thigh, body.thigh_radius,
        { name = "hip_l", parent = "trunk", rest = -lean, lower = -0.7, upper = 1.5 }),
      parts.limb("shank_l", body.shank, body.shank_radius, {
        name = "knee_l", parent = "thigh_l", at = { 0, -body.thigh }, rest = 2 * lean,
        lower = -2 * lean + 0.05, upper = 1.2, -- it never straightens, and bends the other way
      }),
      parts.foot("foot_l", -0.08, body.foot, ankle_height,
        { name = "ankle_l", parent = "shank_l", at = { 0, -body.shank }, rest = -lean, lower = -1.2, upper = 0.8 }),
    },
    motors = {
      { joint = "hip_l", torque = torque.hip, speed = 10 }, { joint = "knee_l", torque = torque.knee, speed = 12 },
      { joint = "ankle_l", torque = torque.ankle, speed = 12 },
    },
    trunk = "trunk", head = { body = "trunk", point = { 0.48, 0.74 } }, feet = { "foot_l" },
  }
end

return strider
