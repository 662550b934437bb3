-- Muscles and a gait for creatures on two legs, from the numbers of a design. A design with muscles has, beside `body`,
-- the groups of Geijtenbeek, van de Panne & van der Stappen (2013):
--
--   physiology   f_max of every muscle, N
--   geometry     the points of its path: { body, x, y } in m; on a limb y is the share of its length
--   transition   when a leg's state of the gait changes
--   features     targets of hip, knee and ankle in each state (rad from the standing pose), and the trunk's lean
--   feedback     gains, and constants, of the muscles
--   start        the first moment
--
-- Fibres and tendons are left out: they follow from the paths.
local sorted_keys = require "rl.sorted_keys"
local muscles = {}

local STATES = { "landing", "early_stance", "late_stance", "liftoff", "swing" }

-- s: of what is felt at each joint.
local DELAY = { hip = 0.005, knee = 0.01, ankle = 0.02 }

-- A number of a path that may move by `reach` m to either side.
function muscles.near(p, mean, reach) return p(mean, reach / 3, mean - reach, mean + reach) end

-- The muscles table of a creature; lengths: of its limbs, by body.
function muscles.build(design, lengths)
  local list = {}
  for i, name in ipairs(sorted_keys(design.geometry)) do
    local path = {}
    for k, point in ipairs(design.geometry[name]) do
      local length = lengths[point[1]]
      path[k] = { body = point[1], at = { point[2], length and -point[3] * length or point[3] } }
    end
    list[i] = { name = name, f_max = design.physiology[name], path = path, delay = DELAY[name:match("^%a+")] or 0.01 }
  end
  return list
end

-- What a gait leaves free. targets: { hip = { landing, early_stance, late_stance, liftoff, swing }, knee =, ankle = };
-- stance: constants of muscles in stance.
function muscles.gait(p, targets, stance)
  local features = { lean = p(0.05, 0.05, -0.3, 0.4) }
  local feedback = { lean = p(1.5, 0.4, 0, 4), lean_speed = p(0.2, 0.06, 0, 0.6) }
  for joint, means in pairs(targets) do
    features[joint] = {}
    for i, state in ipairs(STATES) do features[joint][state] = p(means[i], 0.15, means[i] - 0.7, means[i] + 0.7) end
    feedback[joint] = p(1, 0.3, 0, 3)
    feedback[joint .. "_speed"] = p(0.08, 0.03, 0, 0.3)
  end
  feedback.stance, feedback.force = {}, {}
  for muscle, constant in pairs(stance) do
    feedback.stance[muscle] = p(constant, 0.05, 0, 0.5)
    feedback.force[muscle] = p(0.8, 0.2, 0, 2)
  end
  local transition = {
    stance_load = p(0.1, 0.03, 0.02, 0.4), late_stance = p(0, 0.1, -0.4, 0.4), landing = p(0.1, 0.1, -0.2, 0.5),
  }
  return transition, features, feedback
end

-- The controller table of a creature. pulls: { knee = { knee_ext = 1, knee_flex = -1 } }, which muscle turns a joint to
-- higher angles (1) and which to lower ones.
function muscles.controller(design, pulls)
  local features, feedback, list, reflexes = design.features, design.feedback, {}, {}
  for _, joint in ipairs(sorted_keys(pulls)) do
    list[#list + 1] = {
      sense = "angle", of = joint, target = features[joint], kp = feedback[joint], kd = feedback[joint .. "_speed"],
      delay = DELAY[joint] or 0.01, muscles = pulls[joint],
    }
  end
  -- The standing leg keeps the trunk upright: leaning forward excites the muscles that turn the hip back.
  for muscle, sign in pairs(pulls.hip) do
    reflexes[#reflexes + 1] = {
      muscle = muscle, states = "stance", delay = DELAY.hip, positive = true, load_gain = 1,
      terms = {
        { sense = "lean", gain = -sign * feedback.lean, offset = features.lean },
        { sense = "lean_speed", gain = -sign * feedback.lean_speed },
      },
    }
  end
  for muscle, constant in pairs(feedback.stance) do
    reflexes[#reflexes + 1] = {
      muscle = muscle, states = "stance", delay = DELAY[muscle:match("^%a+")], constant = constant,
      terms = { { sense = "force", gain = feedback.force[muscle] } },
    }
  end
  table.sort(reflexes, function(a, b)
    if a.muscle ~= b.muscle then return a.muscle < b.muscle end
    return (a.constant or -1) < (b.constant or -1)
  end)
  return {
    transitions = {
      stance_load = design.transition.stance_load, swing_load = design.transition.stance_load,
      late_stance = design.transition.late_stance, landing = design.transition.landing,
    },
    features = list, reflexes = reflexes,
  }
end

return muscles
