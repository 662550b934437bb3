-- A recording of a creature as a BVH file, for animators: bodies as a hierarchy of joints, and their rotations.
--
--   local text = bvh.text(recording)
--
-- The pose without rotations is the standing pose. Lengths are centimetres, as is usual there, x forward, y up, and z
-- toward who looks with x to the right; rotations are degrees about z, those about x and y 0. The root's joint is the
-- origin of the root body, any other the hinge on which its body hangs, called as the body.
local core = require "rl.core"

local bvh = {}

local CM = 100

local function fail(format, ...) error("recording:write: " .. core.format(format, ...), 0) end

local function number(x)
  local text = core.format("%.6f", x)
  return text == "-0.000000" and "0.000000" or text
end

local function offset(x, y) return ("OFFSET %s %s 0.000000"):format(number(CM * x), number(CM * y)) end

local function turned(point, angle)
  local c, s = math.cos(angle), math.sin(angle)
  return c * point[1] - s * point[2], s * point[1] + c * point[2]
end

-- Where each body's joint is, and its angle, in the standing pose, from the centre of mass of the root; and what turns
-- with it.
local function standing(bodies)
  local places, children = {}, {}
  for i, body in ipairs(bodies) do
    children[i] = {}
    local joint = body.joint
    if not joint then
      places[i] = { x = 0, y = 0, angle = 0, joint_x = 0, joint_y = 0 }
    else
      local parent = places[joint.parent]
      local ax, ay = turned(joint.at, parent.angle)
      local angle = parent.angle + joint.rest
      local fx, fy = turned(joint.from, angle)
      local hinge_x, hinge_y = parent.x + ax, parent.y + ay
      places[i] = { x = hinge_x - fx, y = hinge_y - fy, angle = angle, joint_x = hinge_x, joint_y = hinge_y }
      table.insert(children[joint.parent], i)
    end
  end
  return places, children
end

-- The end of a body on which nothing hangs: what of it is farthest from its joint.
local function tip(body, place)
  local best, bx, by = -1, 0, 0
  for _, piece in ipairs(body.pieces) do
    for k = 1, #piece, 2 do
      local x, y = turned({ piece[k], piece[k + 1] }, place.angle)
      x, y = place.x + x - place.joint_x, place.y + y - place.joint_y
      local reach = math.sqrt(x * x + y * y)
      if reach > best then best, bx, by = reach, x, y end
    end
  end
  return bx, by
end

local function hierarchy(bodies, places, children)
  local lines, order = { "HIERARCHY" }, {}
  local function put(depth, text) lines[#lines + 1] = ("  "):rep(depth) .. text end
  local function add(i, depth)
    local parent = bodies[i].joint and places[bodies[i].joint.parent]
    local x, y = 0, 0
    if parent then x, y = places[i].joint_x - parent.joint_x, places[i].joint_y - parent.joint_y end
    if parent and not bodies[bodies[i].joint.parent].joint then -- from the origin of the root's frame
      x, y = x + bodies[1].center[1], y + bodies[1].center[2]
    end
    put(depth, (parent and "JOINT " or "ROOT ") .. bodies[i].name)
    put(depth, "{")
    put(depth + 1, offset(x, y))
    put(depth + 1, parent and "CHANNELS 3 Zrotation Xrotation Yrotation" or
      "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation")
    order[#order + 1] = i
    for _, child in ipairs(children[i]) do add(child, depth + 1) end
    if #children[i] == 0 then
      put(depth + 1, "End Site")
      put(depth + 1, "{")
      put(depth + 2, offset(tip(bodies[i], places[i])))
      put(depth + 1, "}")
    end
    put(depth, "}")
  end
  add(1, 0)
  return lines, order
end

local function list_of(values)
  if type(values) == "userdata" then return values:totable() end
  return values
end

function bvh.text(recording)
  local creature, fields = recording.creature, recording.fields
  if not creature then fail("a .bvh file is of a creature with joints; this recording is of none") end
  local bodies = creature.bodies
  local places, children = standing(bodies)
  local function field(name) return list_of(fields[name]) or fail("the recording has no field %s", name) end
  local x, y, angle = field("root_x"), field("root_y"), field("root_angle")
  local lines, order = hierarchy(bodies, places, children)
  local angles = {}
  for i, body in ipairs(bodies) do angles[i] = body.joint and field(body.joint.name .. "_angle") end
  local put = function(text) lines[#lines + 1] = text end
  put("MOTION")
  put(("Frames: %d"):format(#x))
  put("Frame Time: " .. core.format("%.8g", recording.dt))
  for t = 1, #x do
    local row = {}
    for k, i in ipairs(order) do
      if k == 1 then
        row[1] = ("%s %s 0.000000 %s 0.000000 0.000000"):format(number(CM * x[t]), number(CM * y[t]),
          number(math.deg(angle[t])))
      else
        row[k] = number(math.deg(angles[i][t])) .. " 0.000000 0.000000"
      end
    end
    put(table.concat(row, " "))
  end
  return table.concat(lines, "\n") .. "\n"
end

return bvh
