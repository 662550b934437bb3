-- Motion as BVH, for animators.
local rl = require "rl"
local child = require "spec.child"
local motions = require "spec.motions"

local near = motions.near

local folder
local function setup_folder()
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)
end

describe("a BVH file", function()
  setup_folder()

  -- The joints' places, in m, by forward kinematics as any reader does it: rotations about z only.
  local function play(text)
    local names, parents, offsets, channels, stack, frames = {}, {}, {}, {}, {}, {}
    for line in text:match("^(.-)\nMOTION\n"):gmatch("[^\n]+") do
      local name = line:match("ROOT (%S+)") or line:match("JOINT (%S+)") or line:match("End Site") and "end"
      local x, y = line:match("OFFSET (%S+) (%S+) 0%.000000")
      if name then
        names[#names + 1] = name
        parents[#names] = stack[#stack]
      elseif line:find("{") then
        stack[#stack + 1] = #names
      elseif line:find("}") then
        stack[#stack] = nil
      elseif x then
        offsets[#names] = { tonumber(x) / 100, tonumber(y) / 100 }
      elseif line:find("CHANNELS") then
        channels[#names] = tonumber(line:match("CHANNELS (%d)"))
      end
    end
    local count, step, rows = text:match("MOTION\nFrames: (%d+)\nFrame Time: (%S+)\n(.*)$")
    for row in rows:gmatch("[^\n]+") do
      local numbers, at, frame = {}, 1, {}
      for x in row:gmatch("%S+") do numbers[#numbers + 1] = tonumber(x) end
      for i, name in ipairs(names) do
        local parent = frame[parents[i] or 0]
        local x, y, angle
        if not parent then
          x, y, angle = numbers[1] / 100, numbers[2] / 100, 0
          at = 4
        else
          local c, s = math.cos(parent.angle), math.sin(parent.angle)
          x = parent.x + c * offsets[i][1] - s * offsets[i][2]
          y, angle = parent.y + s * offsets[i][1] + c * offsets[i][2], parent.angle
        end
        if channels[i] then
          angle = angle + math.rad(numbers[at])
          at = at + 3
        end
        frame[i] = { name = name, x = x, y = y, angle = angle }
      end
      assert.are.equal(#numbers + 1, at)
      frames[#frames + 1] = frame
    end
    assert.are.equal(tonumber(count), #frames)
    return frames, tonumber(step)
  end

  it("puts every joint where it was", function()
    for _, name in ipairs { "reflex_human", "quadruped", "hopper", "raptor" } do
      local env = rl.env(name, { n = 1 })
      local recording = env:record("random", { seconds = 0.5, seed = 3 })
      assert(recording:write(folder .. "/walk.bvh"))
      local frames, step = play(child.read(folder .. "/walk.bvh"))
      near(env.dt, step, 1e-9)
      assert.are.equal(#recording.frames, #frames)
      local bodies = recording.creature.bodies
      local index, seen = {}, 0
      for i, body in ipairs(bodies) do index[body.name] = i end
      for t, frame in ipairs(frames) do
        for _, joint in ipairs(frame) do
          local i = index[joint.name]
          if i then -- the hinge in the frame of the body, which counts from its centre of mass
            local at, body = recording.frames[t], bodies[i]
            local from = body.joint and body.joint.from or { -body.center[1], -body.center[2] }
            local fx, fy, angle = from[1] + body.center[1], from[2] + body.center[2], at[3 * i]
            local c, s = math.cos(angle), math.sin(angle)
            local within = t == 1 and 1e-5 or 0.02 -- hinges of Box2D give way by some mm
            near(at[3 * i - 2] + c * fx - s * fy, joint.x, within, joint.name)
            near(at[3 * i - 1] + s * fx + c * fy, joint.y, within, joint.name)
            seen = seen + 1
          end
        end
      end
      assert.are.equal(#bodies * #frames, seen)
    end
  end)

  it("is of creatures", function()
    local recording = rl.env("cartpole", { n = 1 }):record("zero", { seconds = 0.1 })
    local ok, message = pcall(recording.write, recording, folder .. "/a.bvh")
    assert.is_false(ok)
    assert.is_truthy(message:find("this recording is of none", 1, true), message)
  end)
end)
