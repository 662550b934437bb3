-- Markers of TRC and C3D files as the angles of a creature, and what is no such file.
local rl = require "rl"
local c3d_file = require "spec.c3d_file"
local child = require "spec.child"
local motions = require "spec.motions"

local near = motions.near
local refused = motions.refused
local sto = motions.sto

local folder
local function setup_folder()
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)
end

local function file(name, text)
  child.write(folder .. "/" .. name, text)
  return folder .. "/" .. name
end

local function wave(n, dt, f)
  local rows = {}
  for i = 1, n do rows[i] = { ("%.4f"):format((i - 1) * dt), ("%.9g"):format(f((i - 1) * dt)) } end
  return rows
end

-- A leg of 0.9 m that swings: markers in millimetres, y up, or z up; the foot points forward.
local SEGMENTS = { trunk = { "SHO", "HIP" }, thigh_l = { "HIP", "KNE" }, shank_l = { "KNE", "ANK" },
                   foot_l = { "HEE", "TOE", rest = "forward" } }
local LABELS = { "SHO", "HIP", "KNE", "ANK", "HEE", "TOE" }

local function pose(t)
  return { lean = 0.1, hip = 0.4 * math.sin(6 * t), knee = -0.5 + 0.3 * math.cos(6 * t), ankle = 0.1 * math.sin(3 * t) }
end

-- Places of the six markers, in mm forward and up.
local function places(t)
  local q = pose(t)
  local x, y = 1300 * t, 950
  local function go(from, angle, length)
    return { from[1] + length * math.cos(angle), from[2] + length * math.sin(angle) }
  end
  local down = -math.pi / 2
  local hip = { x, y }
  local thigh, shank = q.lean + q.hip, q.lean + q.hip + q.knee
  local knee = go(hip, down + thigh, 400)
  local ankle = go(knee, down + shank, 400)
  local foot = shank + q.ankle
  return { go(hip, down + q.lean + math.pi, 500), hip, knee, ankle, go(ankle, foot + math.pi, 50),
           go(ankle, foot, 150) }
end

local function check_pose(motion, within)
  for i, t in ipairs(motion.time) do
    local q = pose(t)
    near(q.lean, motion.values.root_angle[i], within, "lean")
    near(q.hip, motion.values.hip_l_angle[i], within, "hip")
    near(q.knee, motion.values.knee_l_angle[i], within, "knee")
    near(q.ankle, motion.values.ankle_l_angle[i], within, "ankle")
    near(1.3 * t, motion.values.root_x[i], 1e-3, "x")
  end
  near(1.3, motion.speed, 1e-3)
end

local function trc(n, change)
  local lines = { "PathFileType\t4\t(X/Y/Z)\twalk.trc",
    "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames",
    ("100\t100\t%d\t6\tmm\t100\t1\t%d"):format(n, n), "Frame#\tTime\t" .. table.concat(LABELS, "\t\t\t") .. "\t\t",
    "\t\tX1\tY1\tZ1\tX2\tY2\tZ2\tX3\tY3\tZ3\tX4\tY4\tZ4\tX5\tY5\tZ5\tX6\tY6\tZ6", "" }
  for i = 1, n do
    local cells = { i, ("%.3f"):format((i - 1) / 100) }
    for _, place in ipairs(places((i - 1) / 100)) do
      cells[#cells + 1], cells[#cells + 2], cells[#cells + 3] = ("%.6f"):format(place[1]), ("%.6f"):format(place[2]), 20
    end
    lines[#lines + 1] = table.concat(cells, "\t")
  end
  if change then change(lines) end
  return table.concat(lines, "\r\n") .. "\r\n"
end

local function c3d(n, what)
  what = what or {}
  what.labels, what.rate, what.frames = LABELS, 100, {}
  for i = 1, n do
    local frame = {}
    for k, place in ipairs(places((i - 1) / 100)) do frame[k] = { 20, -place[1], place[2] } end
    what.frames[i] = frame
  end
  if what.change then what.change(what.frames) end
  return c3d_file(what)
end

local MARKERS = { creature = "human", segments = SEGMENTS, origin = "HIP" }
local function with(more)
  local options = {}
  for name, value in pairs(MARKERS) do options[name] = value end
  for name, value in pairs(more or {}) do options[name] = value end
  return options
end

describe("markers", function()
  setup_folder()

  it("of a TRC file become the angles of a creature", function()
    check_pose(rl.motion(file("walk.trc", trc(40)), MARKERS), 1e-5)
    check_pose(rl.motion(file("noblank.trc", trc(40, function(lines) table.remove(lines, 6) end)), MARKERS), 1e-5)
    local split = { trunk = { "SHO", { "HIP", "HIP" } }, thigh_l = { { "HIP" }, "KNE" }, shank_l = SEGMENTS.shank_l,
                    foot_l = SEGMENTS.foot_l }
    check_pose(rl.motion(folder .. "/walk.trc", with { segments = split }), 1e-5)
  end)

  it("of a C3D file too, as integers and floats, in three byte orders, beside other measurements", function()
    for _, order in ipairs { 84, 85, 86 } do
      for _, float in ipairs { true, false } do
        local path = file("walk.c3d", c3d(40, { order = order, float = float, scale = 0.1, analog = 5 }))
        check_pose(rl.motion(path, with { forward = "-y" }), float and 1e-5 or 2e-3)
      end
    end
    for _, float in ipairs { true, false } do
      local full = file("full.c3d", c3d(40, { float = float, scale = 0.1, full = true }))
      check_pose(rl.motion(full, with { forward = "-y" }), float and 1e-5 or 2e-3)
    end
  end)

  it("are gaps where they are missing", function()
    local function lose(frames)
      for i = 10, 14 do frames[i][3] = false end
    end
    for _, float in ipairs { true, false } do
      local path = file("gap.c3d", c3d(40, { float = float, scale = 0.1, change = lose }))
      refused({ "gap.c3d: frame 10: column hip_l_angle: marker KNE is missing, in 5 rows", "fill = 0.06" }, path,
        with { forward = "-y" })
      local motion = rl.motion(path, with { forward = "-y", fill = 0.06 })
      near(pose(0.11).hip, motion.values.hip_l_angle[12], 0.02)
      assert.is_truthy(motion.note:find("5 numbers of hip_l_angle, 5 numbers of knee_l_angle", 1, true), motion.note)
    end
    local path = file("gap.trc", trc(40, function(lines)
      for i = 15, 17 do lines[i] = lines[i]:gsub("[^\t]*\t[^\t]*\t[^\t]*$", "\t\t") end
    end))
    refused({ "gap.trc:15: column ankle_l_angle: marker TOE is missing, in 3 rows" }, path, MARKERS)
    assert.is_true(#rl.motion(path, with { fill = 0.1 }).time == 40)
  end)

  it("need names, axes and bodies that there are", function()
    local path = file("walk.trc", trc(40))
    refused("there is no marker HIPS; there are SHO, HIP, KNE", path, with { origin = "HIPS" })
    refused("segments = { BODY = { from, to }, ... } is missing; there are SHO", path, { creature = "human" })
    refused("creature = NAME is missing", path, { segments = SEGMENTS })
    refused('unknown body "thigh"', path, with { segments = { thigh = { "HIP", "KNE" } } })
    refused("thigh_l hangs on trunk, which is missing", path, with { segments = { thigh_l = { "HIP", "KNE" } } })
    refused("segments: trunk: it points -174 degrees away from where it rests (down)", path,
      with { segments = { trunk = { "HIP", "SHO" } } })
    refused("degrees away from where it rests", path, with { up = "-y" })
    refused("forward and up are both the axis x", path, with { up = "x" })
    refused("up: x, y, z, -x, -y or -z expected, got w", path, with { up = "w" })
    refused("rest: up, down, forward, back or degrees expected", path,
      with { segments = { trunk = { "HIP", "SHO", rest = "left" } } })
    refused("map is for files with columns", path, with { map = { "a" } })
    refused("degrees is for files with columns", path, with { degrees = true })
    refused("partial is for .c3d", path, with { partial = true })
    refused("rest: up, down, forward, back or degrees expected, got", path,
      with { segments = { trunk = { "SHO", "HIP", rest = 0 / 0 } } })
    refused('segments: trunk: unknown key "rset"; did you mean "rest"', path,
      with { segments = { trunk = { "SHO", "HIP", rset = "up" } } })
    assert.is_nil(rl.motion(path, MARKERS).note)
    local function double(lines) lines[3] = lines[3]:gsub("^100", "200") end
    local note = rl.motion(file("rate.trc", trc(40, double)), MARKERS).note
    assert.are.equal("the header says DataRate 200, and the column Time goes on at 100 Hz: that is taken", note)
    local function change(lines) lines[3] = lines[3]:gsub("mm", "furlongs") end
    refused('its units are "furlongs"', file("u.trc", trc(10, change)), MARKERS)
    assert.are.equal(10, #rl.motion(folder .. "/u.trc", with { units = "mm" }).time)
  end)

  it("are refused with file, line and remedy where a TRC file is wrong", function()
    local function broken(change) return file("bad.trc", trc(10, change)) end
    refused("the header says NumFrames 10, there are 8",
      broken(function(lines) lines[16], lines[15] = nil, nil end), MARKERS)
    refused("NumMarkers 7, there are 6 names", broken(function(lines) lines[3] = lines[3]:gsub("\t6\t", "\t7\t") end),
      MARKERS)
    refused("bad.trc:7: tabs between Frame#, Time and the markers' numbers expected",
      broken(function(lines) lines[7] = lines[7]:gsub("\t", " ") end), MARKERS)
    refused("bad.trc is no text in UTF-8, but perhaps in UTF-16", broken(function(lines)
      lines[1] = "\255\254P\0a\0"
    end), MARKERS)
    refused("bad.trc:9: 19 numbers for 6 markers", broken(function(lines) lines[9] = lines[9] .. "\t7" end), MARKERS)
    refused("bad.trc:9: column HIP: \"x\" is no number",
      broken(function(lines) lines[9] = lines[9]:gsub("^(%S+\t%S+\t%S+\t%S+\t%S+\t)%S+", "%1x") end), MARKERS)
    refused("bad.trc:9: time does not increase", broken(function(lines) lines[9] = lines[8] end), MARKERS)
    refused("DataRate: a positive number of Hz expected",
      broken(function(lines) lines[3] = "\t" .. lines[3] end), MARKERS)
    refused("PathFileType expected", file("no.trc", "hello\n"), MARKERS)
    refused("bad.trc:9 is blank, and rows follow", broken(function(lines) lines[9] = "" end), MARKERS)
  end)

  it("are refused where a C3D file is cut, or counts what is not there", function()
    local options = with { forward = "-y" }
    local bytes = c3d(40, { float = true })
    local data = 3 * 512 + 1
    refused({ "40 frames are said to be there, of 96 bytes each, and there are data for 20", "partial = true" },
      file("cut.c3d", bytes:sub(1, data - 1 + 20 * 96 + 50)), options)
    local part = rl.motion(folder .. "/cut.c3d", with { forward = "-y", partial = true })
    assert.are.equal(20, #part.time)
    check_pose(part, 1e-5)
    for _, size in ipairs { 0, 1, 511, 512, 515, 600, 700, 1024 } do
      local ok, message = pcall(rl.motion, file("cut.c3d", bytes:sub(1, size)), options)
      assert.is_false(ok)
      assert.is_truthy(message:find("cut.c3d: it is ", 1, true), message)
    end
    -- 65,535 frames and points are 17 GB; nothing of that is asked for.
    local before = collectgarbage("count")
    refused("65535 frames are said to be there", file("many.c3d", c3d(40, { float = true, said = 65535 })), options)
    refused("the header counts 65535 points a frame, POINT:USED 6", file("points.c3d", bytes:sub(1, 2) .. "\255\255" ..
      bytes:sub(5)), options)
    assert.is_true(collectgarbage("count") - before < 4096)
    refused("the header counts from frame 1 to 0: there is none", file("none.c3d", c3d(40, { float = true, said = 0 })),
      options)
    refused("unknown byte order 83", file("order.c3d", bytes:sub(1, 515) .. "\83" .. bytes:sub(517)), options)
    refused("it is no C3D file", file("text.c3d", ("hello "):rep(200)), options)
  end)

  it("and tables of any bytes are read or refused, and nothing else", function()
    local rng = rl.rng(7)
    local seeds = { ["x.c3d"] = c3d(12, { float = true }), ["y.c3d"] = c3d(12, { order = 86 }), ["x.trc"] = trc(12),
                    ["x.sto"] = sto("nRows=12\ninDegrees=no\n", { "time", "hip_l_angle" },
                      wave(12, 0.1, function(t) return t end)) }
    local read = 0
    for name, text in pairs(seeds) do
      for _ = 1, 150 do
        local bytes = text
        for _ = 1, math.floor(1 + 3 * rng:uniform()) do
          local at = math.floor(rng:uniform() * (rng:uniform() < 0.7 and math.min(#bytes, 1100) or #bytes)) + 1
          local kind = rng:uniform()
          if kind < 0.15 then
            bytes = bytes:sub(1, at)
          elseif kind < 0.3 then
            bytes = bytes:sub(1, at) .. bytes:sub(math.floor(at + 30 * rng:uniform()))
          else
            local special = { 0, 1, 127, 128, 255, 9, 10, 45 }
            local new = math.floor(256 * rng:uniform())
            if new < 128 then new = special[new % 8 + 1] end
            bytes = bytes:sub(1, at - 1) .. string.char(new) .. bytes:sub(at + 1)
          end
        end
        local is_c3d = name:find("c3d") and true or nil
        local options = name:find("sto") and { fill = 1 } or
          with { forward = is_c3d and "-y" or "x", fill = 1, partial = is_c3d }
        local ok, result = pcall(rl.motion, file(name, bytes), options)
        read = read + (ok and 1 or 0)
        if not ok then
          assert.is_truthy(result:find("rl.motion: ", 1, true), result)
          assert.is_nil(result:find("attempt to", 1, true), result)
          assert.is_nil(result:find("%.lua:%d+: .*%.lua:%d+"), result)
        end
      end
    end
    assert.is_true(read > 40 and read < 560, read)
  end)
end)
