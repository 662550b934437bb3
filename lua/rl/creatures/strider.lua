-- The strider: a runner on reversed knees and long feet, the neck stretched forward; 1.6 m, about 50 kg.
local muscles = require "rl.creatures.muscles"
local parts = require "rl.creatures.parts"

local strider = { summary = "reversed knees and long feet under a trunk with a stretched neck, 1.6 m" }

-- Hip and ankle as in a person, forward and toes up to higher angles. What straightens the knee lies behind it.
local PULLS = {
  hip = { hip_flex = 1, hip_ext = -1 }, knee = { knee_flex = 1, knee_ext = -1 },
  ankle = { ankle_flex = 1, ankle_ext = -1 },
}

-- What is free about it. p(mean, deviation, least, greatest) says what becomes of a number: rl.param, or the mean.
function strider.design(p, actuation)
  local design = {
    body = {
      thigh = p(0.38, 0.03, 0.28, 0.48), shank = p(0.42, 0.03, 0.30, 0.52), foot = p(0.34, 0.03, 0.22, 0.44), -- m
      thigh_radius = p(0.075, 0.01, 0.05, 0.1), shank_radius = p(0.045, 0.005, 0.03, 0.07),
      crouch = p(0.5, 0.1, 0.1, 0.9), -- rad that the thigh leans back, and the shank forward
    },
  }
  if not parts.on_muscles(actuation) then
    design.motors = { hip = p(150, 20, 50, 250), knee = p(150, 20, 50, 250), ankle = p(110, 15, 30, 180) } -- N m
    return design
  end
  local function x(mean) return muscles.near(p, mean, 0.03) end
  design.physiology = { -- N
    hip_flex_l = p(2500, 300, 800, 5000), hip_ext_l = p(3500, 400, 1000, 6000),
    knee_flex_l = p(1500, 200, 500, 3000), knee_ext_l = p(4500, 500, 1500, 7000),
    ankle_flex_l = p(1200, 150, 400, 2500), ankle_ext_l = p(4500, 500, 1500, 7000),
  }
  design.geometry = {
    hip_flex_l = { { "trunk", x(0.12), 0.12 }, { "thigh_l", x(0.05), 0.6 } },
    hip_ext_l = { { "trunk", x(-0.12), 0.16 }, { "thigh_l", x(-0.04), 0.7 } },
    knee_flex_l = { { "thigh_l", x(0.045), 0.3 }, { "thigh_l", x(0.045), 0.95 }, { "shank_l", x(0.04), 0.2 } },
    knee_ext_l = { { "thigh_l", x(-0.06), 0.3 }, { "thigh_l", x(-0.07), 1 }, { "shank_l", x(-0.06), 0.15 } },
    ankle_flex_l = { { "shank_l", x(0.04), 0.3 }, { "shank_l", x(0.04), 0.9 }, { "foot_l", x(0.09), 0 } },
    ankle_ext_l = { { "shank_l", x(-0.05), 0.3 }, { "foot_l", x(-0.07), -0.02 } },
  }
  design.transition, design.features, design.feedback = muscles.gait(p, {
    hip = { 0.35, 0.25, -0.05, -0.25, 0.35 }, knee = { 0, 0.1, 0, 0.2, 0.7 }, ankle = { 0, 0, 0.1, -0.3, 0.2 },
  }, { hip_ext = 0.05, knee_ext = 0.15, ankle_ext = 0.1 })
  design.start = { vx = p(0.8, 0.2, 0, 1.6), lean = p(0, 0.05, -0.2, 0.2), hip_l = p(-0.2, 0.1, -0.5, 0.3),
                   hip_r = p(0.3, 0.1, -0.2, 0.8), knee_r = p(0.3, 0.1, -0.2, 0.9) }
  return design
end

function strider.build(design)
  parts.check("strider", strider, design)
  local body = design.body
  local lean, ankle_height = body.crouch, body.shank_radius + 0.015
  local _, drop = parts.reach({ body.thigh, -lean }, { body.shank, lean })
  local creature = {
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
    trunk = "trunk", head = { body = "trunk", point = { 0.48, 0.74 } }, feet = { "foot_l" },
  }
  return parts.actuate(creature, design, { hip_l = 10, knee_l = 12, ankle_l = 12 }, PULLS,
    { thigh_l = body.thigh, shank_l = body.shank })
end

return strider
