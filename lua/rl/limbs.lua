-- The legs of a creature in a recording, and which of them are pairs.
--
--   local legs, pairs = limbs.find(recording)
--   legs[1]    { name = "hip_l", side = "l", feet = { "foot_l" }, joints = { "hip_l", "knee_l", "ankle_l" },
--                length = 0.9 }     joints from the top down; m, from the first of them to the sole; nil: unknown
--   pairs[1]   { name = "hip", 1, 2 }       places in `legs`: left and right
--
-- A leg begins where the tree of bodies forks to feet: its first joint is the one by which it hangs on the rest. What
-- has one side's name all over is one leg however it forks, as a foot of two toes. Left and right go by names in _l
-- and _r, or else by hanging in one place. Of a recording without a creature: `recording.legs` (as above, in pairs
-- left and right where names do not tell), or what the names of the fields tell.
local sorted_keys = require "rl.sorted_keys"
local limbs = {}

local function side_of(name) return name:match("_([lr])$") end
local function base_of(name) return (name:gsub("_[lr]$", "")) end

-- By structure

-- For each body: its children, and whether a foot is at or below it.
local function survey(bodies)
  local children, bears = {}, {}
  for i = 1, #bodies do children[i] = {} end
  for i = #bodies, 1, -1 do -- parents come first
    local joint = bodies[i].joint
    bears[i] = bears[i] or bodies[i].foot
    if joint then
      table.insert(children[joint.parent], 1, i)
      bears[joint.parent] = bears[joint.parent] or bears[i]
    end
  end
  return children, bears
end

local function one_sided(bodies, children, top)
  local side = side_of(bodies[top].name)
  if not side then return false end
  for _, child in ipairs(children[top]) do
    if side_of(bodies[child].name) ~= side or not one_sided(bodies, children, child) then return false end
  end
  return true
end

local function distance(a, b) return math.sqrt((a[1] - b[1]) ^ 2 + (a[2] - b[2]) ^ 2) end

-- How far a body reaches from a point of it.
local function reach(body, from)
  local longest = 0
  for _, piece in ipairs(body.pieces) do
    for k = 1, #piece, 2 do
      local y = from[2] - piece[k + 1] + (piece.radius or 0)
      longest = math.max(longest, y)
    end
  end
  return longest
end

local function new_leg(bodies, children, bears, top)
  local leg = { name = bodies[top].joint.name, feet = {}, joints = {}, top = top, length = 0 }
  local function collect(i)
    if bodies[i].foot then leg.feet[#leg.feet + 1] = bodies[i].name end
    for _, child in ipairs(children[i]) do collect(child) end
  end
  collect(top)
  local at = top
  while at do -- down to the first foot
    local joint = bodies[at].joint
    leg.joints[#leg.joints + 1] = joint.name
    local below
    for _, child in ipairs(children[at]) do
      if bears[child] and not bodies[at].foot then below = below or child end
    end
    leg.length = leg.length + (below and distance(joint.from, bodies[below].joint.at) or reach(bodies[at], joint.from))
    at = below
  end
  leg.side = side_of(leg.name)
  return leg
end

local function from_creature(creature)
  local bodies, legs = creature.bodies, {}
  local children, bears = survey(bodies)
  local function forks(i)
    local count = 0
    for _, child in ipairs(children[i]) do
      if bears[child] then count = count + 1 + (forks(child) and 1 or 0) end
    end
    return count > 1
  end
  local function split(i)
    for _, child in ipairs(children[i]) do
      if bears[child] then
        if not forks(child) or one_sided(bodies, children, child) then
          legs[#legs + 1] = new_leg(bodies, children, bears, child)
        else
          split(child)
        end
      end
    end
  end
  split(1)
  return legs
end

-- By names

local RANK = { hip = 1, shoulder = 1, thigh = 1, knee = 2, elbow = 2, shank = 2, ankle = 3, wrist = 3 }

local function from_names(fields)
  local legs, by_side, names = {}, {}, sorted_keys(fields)
  for _, name in ipairs(names) do
    local foot = name:match("^(.+)_contact$")
    if foot then
      local side = side_of(foot) or ""
      local leg = by_side[side]
      if not leg then
        leg = { name = foot, side = side ~= "" and side or nil, feet = {}, joints = {} }
        by_side[side], legs[#legs + 1] = leg, leg
      end
      leg.feet[#leg.feet + 1] = foot
    end
  end
  for _, name in ipairs(names) do
    local joint = name:match("^(.+)_angle$")
    local leg = joint and joint ~= "head" and by_side[side_of(joint) or ""]
    if leg then leg.joints[#leg.joints + 1] = joint end
  end
  for _, leg in ipairs(legs) do
    table.sort(leg.joints, function(a, b)
      local i, k = RANK[base_of(a)] or 9, RANK[base_of(b)] or 9
      if i ~= k then return i < k end
      return a < b
    end)
    leg.name = leg.joints[1] or leg.name
  end
  return legs
end

-- Pairs

local function hang_together(creature, a, b)
  local bodies = creature and creature.bodies
  if not (bodies and a.top and b.top) then return false end
  local i, k = bodies[a.top].joint, bodies[b.top].joint
  return #a.joints == #b.joints and i.parent == k.parent and distance(i.at, k.at) < 1e-3
end

local function find_pairs(legs, creature)
  local found, taken = {}, {}
  for i, a in ipairs(legs) do
    for k = i + 1, #legs do
      local b = legs[k]
      local named = a.side and b.side and a.side ~= b.side and base_of(a.name) == base_of(b.name)
      if not taken[i] and not taken[k] and (named or not a.side and not b.side and hang_together(creature, a, b)) then
        taken[i], taken[k] = true, true
        local left, right = i, k
        if a.side == "r" then left, right = k, i end
        found[#found + 1] = { name = base_of(a.name), left, right }
      end
    end
  end
  if #found == 0 and not creature then -- as they are listed
    for i = 1, #legs - 1, 2 do found[#found + 1] = { name = base_of(legs[i].name), i, i + 1 } end
  end
  return found
end

local function check(legs)
  if type(legs) ~= "table" then
    error("legs: { { feet = { names }, joints = { names } }, ... } expected, got a " .. type(legs), 0)
  end
  for i, leg in ipairs(legs) do
    if type(leg) ~= "table" or type(leg.feet) ~= "table" or type(leg.joints) ~= "table" or #leg.feet == 0 then
      error(("legs[%d]: { feet = { names }, joints = { names } } expected"):format(i), 0)
    end
    leg.name = leg.name or leg.joints[1] or leg.feet[1]
    leg.side = leg.side or side_of(leg.name)
  end
  return legs
end

function limbs.find(recording)
  local creature = recording.creature
  local legs = recording.legs and check(recording.legs) or creature and from_creature(creature) or
    from_names(recording.fields)
  return legs, find_pairs(legs, not recording.legs and creature or nil)
end

limbs.base_of = base_of

return limbs
