-- What the forces of the ground add up to while a human on muscles walks: over a stride the upward ones to weight times
-- time but for the change of upward momentum, the forward ones to the change of forward momentum.
--
--   build/rlrun scripts/study/ground_forces.lua
--   build/rlrun scripts/study/ground_forces.lua --set designs=runs/.../design.lua
local rl = require "rl"

local opt = rl.options {
  designs = "human_1.3 human_walk human_2.5", -- files, or names in scripts/designs
  seconds = 20,
}

local function sum(fields, names, from, to)
  local total = 0
  for _, name in ipairs(names) do
    for i = from + 1, to do total = total + fields[name]:get(i) end -- each is the mean of the action before it
  end
  return total
end

local here = (arg and arg[0] or "scripts/study/ground_forces.lua"):match("^(.*)/") or "."
for name in opt.designs:gmatch("%S+") do
  local path = name:find("%.lua$") and name or ("%s/../designs/%s.lua"):format(here, name)
  local recording = rl.env(assert(rl.load_design(path)), { time_limit = opt.seconds, reset_noise = 0 }):record("zero")
  local gait, f, dt = rl.gait(recording), recording.fields, recording.dt
  local strides, weight = gait.legs[1].strides, gait.mass * gait.gravity
  local greatest, left_x, left_y = 0, 0, 0
  local function off(from, to)
    local up = sum(f, { "foot_l_force_y", "foot_r_force_y" }, from, to) * dt
    local forward = sum(f, { "foot_l_force_x", "foot_r_force_x" }, from, to) * dt
    local time = weight * (to - from) * dt
    left_x = math.max(left_x, math.abs(forward - gait.mass * (f.com_vx:get(to) - f.com_vx:get(from))))
    left_y = math.max(left_y, math.abs(up - time - gait.mass * (f.com_vy:get(to) - f.com_vy:get(from))))
    return up / time - 1
  end
  for _, stride in ipairs(strides) do greatest = math.max(greatest, math.abs(off(stride[1], stride[2]))) end
  if #strides == 0 then error(name .. ": no strides in " .. opt.seconds .. " s", 0) end
  local all = off(strides[1][1], strides[#strides][2])
  print(("%s: %d strides; upward over weight times time: %+.2f %% in all, at most %.2f %% of one; less the change of "
    .. "momentum %.1g N s upward, %.1g N s forward at most"):format(name, #strides, 100 * all, 100 * greatest, left_y,
    left_x))
end
