-- Motion from files: what is read back of what was written, markers, one stride, gaps, and what is no such file.
local rl = require "rl"
local c3d_file = require "spec.c3d_file"
local child = require "spec.child"

local root = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources")

local function near(expected, value, within, what)
  local message = ("%s: %.9g expected, got %.9g"):format(what or "", expected, value)
  assert.is_true(math.abs(expected - value) <= within, message)
end

local folder
local function setup_folder()
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)
end

local function file(name, text)
  child.write(folder .. "/" .. name, text)
  return folder .. "/" .. name
end

local function refused(words, ...)
  local ok, message = pcall(rl.motion, ...)
  assert.is_false(ok, words)
  assert.are.equal("string", type(message))
  for _, part in ipairs(type(words) == "table" and words or { words }) do
    assert.is_truthy(message:find(part, 1, true), message)
  end
end

local function human(seconds)
  local design = assert(rl.load_design(root .. "/scripts/designs/human_1.3.lua"))
  return rl.env(design, { n = 1, time_limit = seconds, reset_noise = 0 })
end

-- Rows of a table with a header; cells as they are.
local function sto(header, names, rows)
  local lines = { "walk\n" .. header .. "endheader\n" .. table.concat(names, "\t") .. "\n" }
  for i, row in ipairs(rows) do lines[i + 1] = table.concat(row, "\t") .. "\n" end
  return table.concat(lines)
end

local function wave(n, dt, f)
  local rows = {}
  for i = 1, n do rows[i] = { ("%.4f"):format((i - 1) * dt), ("%.9g"):format(f((i - 1) * dt)) } end
  return rows
end

-- With Lua 5.1 and LuaJIT busted gives what is in a spec globals of its own, with which a function stays on its thread.
local function plain_globals(f)
  local set = rawget(_G, "setfenv")
  if set then set(f, rawget(_G, "getfenv")(require)) end
end

describe("a motion", function()
  setup_folder()

  it("has the numbers that recording:write wrote, to the last bit", function()
    local recording = human(1):record("zero")
    for _, kind in ipairs { "sto", "mot", "csv" } do
      assert(recording:write(folder .. "/walk." .. kind))
      local motion = rl.motion(folder .. "/walk." .. kind)
      assert.are.equal(101, #motion.time)
      near(100, motion.rate, 1e-9)
      assert.is_nil(motion.note)
      local count = 0
      for name, values in pairs(recording.fields) do
        if name ~= "time" then
          local read = rl.tensor(motion.values[name])
          for i = 1, 101 do assert.are.equal(values[i], read[i], name) end
          count = count + 1
        end
      end
      assert.is_true(count > 200)
      near(0.57, motion.time[58], 1e-12)
    end
    local direct = rl.motion(recording, { map = { "hip_l_angle" } })
    assert.are.equal(recording.fields.hip_l_angle[33], direct.values.hip_l_angle[33])
  end)

  it("takes columns by name, with a sign and an offset, from degrees", function()
    local path = file("a.mot", sto("nRows=3\nnColumns=3\ninDegrees=yes\n", { "time", "hip_flexion_l", "knee" },
      { { 0, 10, 20 }, { 0.1, 40, 90 }, { 0.2, 20, 45 } }))
    local motion = rl.motion(path, { map = { hip_l_angle = "hip_flexion_l",
                                             knee_l_angle = { "knee", scale = -1, offset = 0.1 } } })
    assert.are.same({ "hip_l_angle", "knee_l_angle" }, motion.columns)
    near(math.rad(40), motion.values.hip_l_angle[2], 1e-12)
    near(0.1 - math.rad(90), motion.values.knee_l_angle[2], 1e-12)
    near(math.rad(25), motion:at(0.25, "hip_l_angle"), 1e-12)
    local as_said = rl.motion(path, { degrees = false, map = { hip_l_angle = "hip_flexion_l" } })
    assert.are.equal(40, as_said.values.hip_l_angle[2])
    local plain = rl.motion(path)
    assert.are.equal(40, plain.values.hip_flexion_l[2])
    assert.is_truthy(plain.note:find("do not end in _angle: hip_flexion_l, knee", 1, true), plain.note)
  end)

  it("takes a creature's other joints by their own names where a map has new ones for some", function()
    local header, rows = { "time", "hip", "knee_l_angle", "ankle_l_angle", "root_x", "other" }, {}
    for i = 1, 3 do rows[i] = { i / 10, 0.1 * i, -0.2 * i, 0.3, i, 7 } end
    local path = file("a.sto", sto("nRows=3\nnColumns=6\n", header, rows))
    local motion = rl.motion(path, { creature = "biped", map = { hip_l_angle = { "hip", scale = -1 } } })
    assert.are.same({ "hip_l_angle", "root_x", "knee_l_angle", "ankle_l_angle" }, motion.columns)
    near(-0.3, motion.values.hip_l_angle[3], 1e-12)
    near(-0.6, motion.values.knee_l_angle[3], 1e-12)
    assert.are.equal("not followed, for there are no columns of theirs: hip_r_angle, knee_r_angle, ankle_r_angle",
      motion.note)
    local listed = rl.motion(path, { creature = "biped", map = { "knee_l_angle", time = "time" } })
    assert.are.same({ "knee_l_angle" }, listed.columns)
    assert.is_nil(listed.note)
  end)

  it("takes a joint that a map has nearly named for a mistake, and no column twice", function()
    local header, rows = { "time", "hip", "knee_l_angle", "knee_r_angle", "root_x" }, {}
    for i = 1, 3 do rows[i] = { i / 10, 0.1 * i, -0.2 * i, 0.3, i } end
    local path = file("a.sto", sto("nRows=3\nnColumns=5\n", header, rows))
    for _, name in ipairs { "hip_l_anle", "hip_l", "hip_l_angel" } do
      refused(('map: unknown joint "%s"; did you mean "hip_l_angle"?'):format(name), path,
        { creature = "biped", map = { [name] = "hip" } })
    end
    for _, name in ipairs { "hip_angle_l", "toe_angle" } do
      refused(('map: unknown joint "%s"; known: hip_l_angle, knee_l_angle'):format(name), path,
        { creature = "biped", map = { [name] = "hip" } })
    end
    local motion = rl.motion(path, { creature = "biped", map = { hip_l_angle = "knee_l_angle", hip_l_speed = "hip" } })
    assert.are.same({ "hip_l_angle", "hip_l_speed", "root_x", "knee_r_angle" }, motion.columns)
    near(-0.6, motion.values.hip_l_angle[3], 1e-12)
    near(0.3, motion.values.hip_l_speed[3], 1e-12)
    assert.are.equal("not followed, for there are no columns of theirs: knee_l_angle, ankle_l_angle, hip_r_angle, " ..
      "ankle_r_angle", motion.note)
  end)

  it("reads .csv as spreadsheets, pandas and OpenSim write them", function()
    local function check(text, options)
      local motion = rl.motion(file("a.csv", text), options or { map = { "hip_angle" } })
      assert.are.same({ "hip_angle" }, motion.columns)
      near(0.3, motion.values.hip_angle[2], 1e-12)
      near(10, motion.rate, 1e-9)
      return motion
    end
    check('\t"time"\t"hip_angle"\n"0"\t"0"\t"0.1"\n"1"\t"0.1"\t"0.3"\n"2"\t"0.2"\t"0.1"\n') -- by tabs, all quoted
    check('time\tnote\thip_angle\n0\t\t"0.1"\n0.1\t\t "0.3" \n0.2\t\t"0.1"\n') -- an empty cell before a quoted one
    check("sep=;\ntime;hip_angle\n0;0.1\n0.1;0.3\n0.2;0.1\n") -- Excel's
    check(",time,hip_angle\n0,0,0.1\n1,0.1,0.3\n2,0.2,0.1\n") -- to_csv counts the rows in a column without a name
    check(',time,hip_angle\n0,0,0.1\n1,0.1,0.3\n2,0.2,0.1\n', {})
    check('"time","hip_angle"\n"0","0.1"\n"0.1","0.3"\n"0.2","0.1"\n')
    check('time,"a, b","say ""c""",hip_angle\n0,1,1,0.1\n0.1,"1",2,0.3\n0.2,1, "3" ,0.1\n')
    check('"a, b";time;hip_angle\n1;0;0.1\n1;0.1;0.3\n1;0.2;0.1\n')
    check("inDegrees=no\nversion=3\nendheader\ntime,hip_angle\n0,0.1\n0.1,0.3\n0.2,0.1\n")
    check("\239\187\191Time (s),hip_angle\r\n0,0.1\r\n0.1,0.3\r\n0.2,0.1\r\n", {})
    check("t,hip_angle\n0,0.1\n0.1,0.3\n0.2,0.1\n", {})
    local odd = "ms,hip_angle\n7,0.1\n107,0.3\n207,0.1\n"
    near(0.007, check(odd, { map = { time = { "ms", scale = 0.001 } } }).from, 1e-12)
    check(odd, { map = { "hip_angle", time = { "ms", scale = 0.001 } } })
    refused("there is no column time, in seconds; there are ms, hip_angle; map = { time = NAME } takes another",
      file("b.csv", odd))
    refused("missing: s; there are ms, hip_angle; map = { s = NAME }", file("b.csv", odd), { map = { time = "s" } })
    refused("map: time: a recording has its own", { fields = { a = { 1, 2, 3 } }, dt = 0.1 }, { map = { time = "a" } })
    refused('b.csv:3: column hip_angle: ""x" is no number', file("b.csv", 'time,hip_angle\n0,1\n0.1,"""x"\n'))
    refused("b.csv:1: column 1: text behind the quote that ends it", file("b.csv", '"time"x,"hip_angle"\n0,1\n'))
    refused("b.csv:2: column 2: text behind the quote that ends it", file("b.csv", 'time,hip_angle\n0,"1" 2\n'))
    refused("b.csv:2: 4 numbers for 3 columns", file("b.csv", 'time\ta\thip_angle\n0\t\t"1"\t5\n'))
    refused("b.csv:2: 1 numbers for 2 columns", file("b.csv", 'time,hip_angle\n"0,1\n'))
    refused("perhaps in UTF-16: save it as UTF-8", file("c.csv", "\255\254t\0,\0h\0\n\0"))
  end)

  it("goes to another rate, and keeps what lies on both", function()
    local lines = { "time,hip_angle" }
    for i, row in ipairs(wave(101, 0.01, function(t) return math.sin(6 * t) end)) do
      lines[i + 1] = table.concat(row, ",")
    end
    local path = file("a.csv", table.concat(lines, "\n"))
    local motion = rl.motion(path, { rate = 250 })
    assert.are.equal(251, #motion.time)
    for i, t in ipairs(motion.time) do near(math.sin(6 * t), motion.values.hip_angle[i], 1e-4) end
    near(math.sin(6 * 0.5), motion.values.hip_angle[126], 1e-8)
    near(6 * math.cos(6 * 0.5), motion:speed_at(0.5, "hip_angle"), 2e-3)
    local slow = rl.motion(path, { rate = 50, from = 0.2, to = 0.6 })
    assert.are.equal(21, #slow.time)
    near(math.sin(6 * 0.4), slow:at(0.5, "hip_angle"), 1e-8)
  end)

  it("finds one stride, which goes on without an end", function()
    local recording = human(8):record("zero")
    local gait = rl.gait(recording)
    local motion = rl.motion(recording, { creature = "human", cycle = true, rate = 100 })
    near(60 / gait.cadence * 2, motion.duration, 0.04)
    near(gait.speed, motion.speed, 0.03)
    assert.is_true(motion.periodic)
    assert.is_truthy(motion.note:find("the cycle from ", 1, true))
    for _, name in ipairs(motion.angles) do
      near(motion:at(0, name), motion:at(1, name), 1e-12)
      near(motion:at(0.25, name), motion:at(7.25, name), 1e-9)
      near(motion:at(0, name), motion:at(1 - 1e-9, name), 1e-6)
    end
    near(3 * motion.advance.root_x, motion:at(3.5, "root_x") - motion:at(0.5, "root_x"), 1e-9)
    -- At each moment of the stride it is where the recording is.
    local from = motion.from
    for _, k in ipairs { 0, 17, 60 } do
      local i = math.floor(from * 100 + 0.5) + k + 1
      near(recording.fields.knee_l_angle[i], motion:at(k / (100 * motion.duration), "knee_l_angle"), 0.02)
    end
    local whole = rl.motion(recording, { creature = "human", cycle = { from, from + motion.duration } })
    near(motion:at(0.3, "hip_r_angle"), whole:at(0.3, "hip_r_angle"), 1e-6)
  end)

  it("finds the stride of a walk whose first third is no walk", function()
    local function walk(t) return t < 1.3 and 2 * t or math.sin(2 * math.pi * t) end
    local path = file("late.sto", sto("", { "time", "hip_angle" }, wave(500, 0.01, walk)))
    local motion = rl.motion(path, { cycle = true })
    near(1, motion.duration, 1e-6)
    assert.is_true(motion.from >= 1.3)
  end)

  it("says how near a state is", function()
    local motion = rl.motion(human(8):record("zero"), { creature = "human", cycle = true })
    local s = { phase = 0.4 }
    for _, name in ipairs(motion.angles) do s[name] = motion:at(0.4, name) end
    assert.are.equal(6, #motion.angles)
    near(1, motion:track(s, 0.4), 1e-12)
    near(1, motion:track(s), 1e-12)
    s.knee_l_angle = s.knee_l_angle + 0.3
    near(math.exp(-1 / 6), motion:track(s, 0.4), 1e-9)
    near(math.exp(-9 / 6), motion:track(s, 0.4, 0.1), 1e-9)
    assert.is_true(motion:track(s, 0.9) < motion:track(s, 0.4))
    local function says(words, f, ...)
      local ok, message = pcall(f, ...)
      assert.is_false(ok)
      assert.is_truthy(message:find(words, 1, true), message)
    end
    s.knee_l_angle = nil
    says("the state has no knee_l_angle", motion.track, motion, s)
    says("a table with its joints, expected", motion.track, motion)
    says("finite number, got nil", motion.phase, motion)
    local still = rl.motion({ fields = { height = { 1, 1, 1 } }, dt = 0.1 })
    says("no column of the motion is the angle of a joint", still.track, still, {}, 0)
  end)

  it("is asked on all cores by a reward", function()
    local motion = rl.motion(human(6):record("zero"), { creature = "human", cycle = true })
    local function reward(s) return motion:track(s, s.time / motion.duration) + motion.speed end
    plain_globals(reward)
    local env = rl.env("reflex_human", { n = 4, reward = reward })
    local policy = rl.policy(env)
    local result = env:evaluate(policy, { episodes = 4, seed = 1 })
    assert.is_nil(env.notice)
    assert.is_true(result.mean_return > 0)
  end)

  it("fills gaps only when asked, and says so", function()
    local text = "time,hip_angle,b_angle\n0,0,1\n0.1,,1\n0.2,nan,1\n0.3,0.6,1\n0.4,0.8,1\n"
    local path = file("gap.csv", text)
    refused({ "gap.csv:3: column hip_angle: there is no number, in 2 rows", "fill = 0.3 fills gaps" }, path)
    refused("fill = 0.3 fills gaps", path, { fill = 0.2 })
    local motion = rl.motion(path, { fill = 0.3 })
    near(0.2, motion.values.hip_angle[2], 1e-12)
    near(0.4, motion.values.hip_angle[3], 1e-12)
    assert.are.equal("filled in: 2 numbers of hip_angle", motion.note)
    assert.are.equal(1, #rl.motion(path, { map = { "b_angle" } }).columns) -- a gap that nobody reads
    refused({ "end.csv:4: column a_angle: there is no number, in 1 rows at the end", "to = 0.1 leaves them out" },
      file("end.csv", "time,a_angle\n0,1\n0.1,1\n0.2,\n"))
    local rows = file("rows.csv", "time,a_angle\n0,0\n0.1,0.1\n0.2,0.2\n0.5,0.5\n0.6,0.6\n")
    refused({ "rows.csv:5: rows are missing: time goes from 0.2 to 0.5 s", "fill = 0.3" }, rows)
    local filled = rl.motion(rows, { fill = 0.3 })
    assert.are.equal(7, #filled.time)
    near(0.4, filled.values.a_angle[5], 1e-9)
    assert.is_truthy(filled.note:find("rows in 1 gap", 1, true))
  end)

  it("names file, line, column and remedy of what is wrong in a table", function()
    local function table_of(rows, header) return sto(header or "", { "time", "hip_angle" }, rows) end
    local good = { { 0, 0 }, { 0.1, 0.1 }, { 0.2, 0.1 }, { 0.3, 0.1 } }
    refused("a.sto: missing: knee_angle; there are time, hip_angle; map = { knee_angle = NAME } takes another",
      file("a.sto", table_of(good)), { map = { "knee_angle", "hip_angle" } })
    refused("b.sto:6: time does not increase: 0.1 after 0.1",
      file("b.sto", table_of { { 0, 0 }, { 0.1, 0 }, { 0.1, 0 } }))
    refused("c.sto:5: time is missing", file("c.sto", table_of { { 0, 0 }, { "nan", 0 }, { 0.1, 0 } }))
    refused("hip_angle reaches 43: are these degrees? degrees = true",
      file("d.sto", table_of { { 0, 0 }, { 1, 43 }, { 2, 0 } }))
    refused("e.sto:5: column hip_angle: \"0,1\" is no number: write a point, not a comma",
      file("e.sto", table_of { { 0, 0 }, { 0.1, "0,1" } }))
    refused("f.sto:5: column hip_angle: 1e999 is too large", file("f.sto", table_of { { 0, 0 }, { 0.1, "1e999" } }))
    refused("f.sto:5: column hip_angle: \"inf\" is no number; map = { NAME, ... } reads",
      file("f.sto", table_of { { 0, 0 }, { 0.1, "inf" } }))
    refused("g.sto:5: 3 numbers for 2 columns", file("g.sto", table_of { { 0, 0 }, { 0.1, 0, 7 } }))
    refused("the header says nRows=9, there are 4", file("h.sto", table_of(good, "nRows=9\n")))
    refused("the header says nColumns=3, there are 2", file("i.sto", table_of(good, "nColumns=3\n")))
    refused("j.sto:5 is blank, and rows follow", file("j.sto", table_of { { 0, 0 }, {}, { 0.1, 0 } }))
    refused("no line endheader", file("k.sto", "time\thip_angle\n0\t0\n"))
    refused("is empty", file("l.csv", ""))
    refused("there is no column time, in seconds; there are hip, knee", file("m.csv", "hip,knee\n0,0\n"))
    refused("is no cycle: a?_angle ends", file("m.csv", "time,a\27_angle\n0,0\n1,0\n2,1\n"), { cycle = "whole" })
    refused("m.csv:1: two columns are called hip", file("m.csv", "time,hip,hip\n0,0,0\n"))
    refused("0 rows from 7 to the end, of 0 to 0.3: three are needed", file("n.sto", table_of(good)), { from = 7 })
    refused("inDegrees=perhaps: yes or no expected", file("o.sto", table_of(good, "inDegrees=perhaps\n")))
    refused("time goes on in uneven steps", file("p.sto", table_of { { 0, 0 }, { 0.1, 0 }, { 0.24, 0 }, { 0.3, 0 } }))
    assert.are.equal(4, #rl.motion(folder .. "/p.sto", { rate = 10 }).time)
    refused("no strides are to be found", file("q.sto", table_of(wave(400, 0.01, function(t) return t * t end))),
      { cycle = true, degrees = false })
    refused("no joint moves", file("r.sto", table_of(wave(400, 0.01, function() return 1 end))), { cycle = true })
    refused("is no cycle: hip_angle ends", folder .. "/q.sto", { cycle = { 0, 1 }, degrees = false })
    refused("is not within the 0 to 3.99 s of", folder .. "/q.sto", { cycle = { 0, 10 }, degrees = false })
    local years = file("years.sto", table_of { { 0, 0 }, { 1e8, 0 }, { 2e8, 0 } })
    refused("1 columns of 2e+08 s at 100 Hz are more than 10 million numbers; options rate, from, to", years,
      { rate = 100 })
    local fast = file("fast.sto", table_of(wave(4000, 1e-4, math.sin)))
    refused("strides are looked for in up to 2000 rows a second", fast, { cycle = true })
    local radians = rl.motion(file("s.sto", table_of(good, "inDegrees=yes\n")))
    assert.is_truthy(radians.note:find("if they are radians, degrees = false", 1, true), radians.note)
    refused("cannot read", folder .. "/none.sto")
    for _, cycle in ipairs { { 0, 0 / 0 }, { 0 / 0, 1 }, { 1, 0 }, { 0, math.huge } } do
      refused("cycle: { from, to } expected", folder .. "/n.sto", { cycle = cycle })
    end
    refused("are less than two moments at 10 Hz; rate = 2e+10 has more", folder .. "/n.sto", { cycle = { 0, 1e-9 } })
    refused('map: hip_angle: unknown key "scal"; did you mean "scale"', folder .. "/n.sto",
      { map = { hip_angle = { "hip_angle", scal = -1 } } })
    refused("with finite numbers, expected", folder .. "/n.sto",
      { map = { hip_angle = { "hip_angle", scale = 0 / 0 } } })
    refused('rl.motion: option creature: unknown environment "bipd"; did you mean "biped"', folder .. "/n.sto",
      { creature = "bipd" })
    refused("rl.motion: option creature: environment cartpole is not a creature", folder .. "/n.sto",
      { creature = rl.env "cartpole" })
    refused("rl.motion: a_angle: numbers expected, got a string", { fields = { a_angle = "x" }, dt = 0.1 })
    refused("rl.motion: a_angle: number 2 is a string", { fields = { a_angle = { 1, "x", 2 } }, dt = 0.1 })
    refused("must be .sto, .mot, .csv, .trc or .c3d, got walk.fbx", "walk.fbx")
    refused('unknown option "fil"', folder .. "/n.sto", { fil = 1 })
    refused("segments is for markers", folder .. "/n.sto", { segments = {} })
    refused("human.sto: missing: hip_l_angle, knee_l_angle", file("human.sto", table_of(good)), { creature = "human" })
    refused('unknown joint "hp_l_angle"; did you mean "hip_l_angle"', folder .. "/n.sto",
      { creature = "human", map = { hp_l_angle = "hip_angle" } })
  end)
end)

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

local walk -- recorded once

-- One stride of the human's walk, for who has its joints.
local function stride(more)
  local options = { creature = "human", cycle = true, rate = 100 }
  for name, value in pairs(more or {}) do options[name] = value end
  walk = walk or human(6):record("zero")
  return rl.motion(walk, options)
end

describe("a creature that follows a motion", function()
  setup_folder()

  it("begins anywhere in it, moving as it does", function()
    local motion = stride()
    local env = rl.env("reflex_human", { n = 1, motion = motion, reset_noise = 0 })
    local phases = {}
    for seed = 1, 5 do
      local f = env:record("zero", { seconds = 0.02, seed = seed }).fields
      local phase = f.phase[1]
      phases[phase] = true
      for _, name in ipairs(motion.angles) do
        local joint = name:match("^(.*)_angle$")
        near(motion:at(phase, name), f[name][1], 1e-4, name)
        near(motion:at(phase, name), f[joint .. "_reference"][1], 1e-4, name)
        near(motion:speed_at(phase, name), f[joint .. "_speed"][1], 0.35, name) -- of a moment, and over two
      end
      near(0, f.motion_error[1], 1e-5)
      near(0, f.motion_speed_error[1], 1e-4)
      near(motion:at(phase, "root_angle"), f.root_angle[1], 1e-4)
      near(motion:speed_at(phase, "root_x"), f.root_vx[1], 0.05)
      near(motion:speed_at(phase, "root_y"), f.root_vy[1], 0.1)
      near((phase + 0.02 / motion.duration) % 1, f.phase[3], 1e-5)
      near(math.sin(2 * math.pi * f.phase[3]), f.phase_sin[3], 1e-5)
      near(math.cos(2 * math.pi * f.phase[3]), f.phase_cos[3], 1e-5)
      near(1, motion:track { phase = phase, hip_l_angle = f.hip_l_angle[1], knee_l_angle = f.knee_l_angle[1],
        ankle_l_angle = f.ankle_l_angle[1], hip_r_angle = f.hip_r_angle[1], knee_r_angle = f.knee_r_angle[1],
        ankle_r_angle = f.ankle_r_angle[1] }, 1e-6)
    end
    local count = 0
    for _ in pairs(phases) do count = count + 1 end
    assert.are.equal(5, count)
    local set = rl.env("reflex_human", { n = 1, motion = motion, reset_noise = 0, start_phase = 0.5 })
    near(0.5, set:record("zero", { seconds = 0.01 }).fields.phase[1], 1e-7)
    assert.are.equal(0.5, set:options().start_phase)
    assert.is_nil(rl.env("biped", { n = 1 }):options().start_phase)
  end)

  it("stands on the foot that the motion stands on", function()
    -- Angles, speeds and the root's velocity of one moment belong together: a foot that bears weight hardly slides.
    local motion = stride()
    local env = rl.env("reflex_human", { n = 1, motion = motion, reset_noise = 0 })
    local slides = {}
    for seed = 1, 20 do
      local f = env:record("zero", { seconds = 0.01, seed = seed }).fields
      slides[seed] = f.foot_l_slide[1] + f.foot_r_slide[1]
    end
    table.sort(slides)
    assert.is_true(slides[10] < 0.1, slides[10])
  end)

  it("shows its clock to the policy, and how far off it is to the reward", function()
    local motion = stride { symmetric = true }
    local exp = math.exp -- busted's globals stay here
    local function reward(s)
      return { pose = exp(-(s.motion_error / 0.3) ^ 2), here = 0 * s.hip_l_reference }
    end
    plain_globals(reward)
    local env = rl.env("biped", { n = 2, motion = motion, control_rate = 50, reward = reward, reset_noise = 0.1 })
    local plain = rl.env("biped", { n = 2 })
    assert.are.equal(plain.observation_space.size + 2, env.observation_space.size)
    local names = env.observation_space.names
    assert.are.same({ "phase_sin", "phase_cos" }, { names[#names - 1], names[#names] })
    local recording = env:record("zero", { seconds = 0.2, seed = 5 })
    local f = recording.fields
    for i = 1, #f.phase do
      local sum = 0
      for _, name in ipairs(motion.angles) do
        local joint = name:match("^(.*)_angle$")
        sum = sum + (f[name][i] - f[joint .. "_reference"][i]) ^ 2 / 6
      end
      near(math.sqrt(sum), f.motion_error[i], 1e-5)
      near(f.phase_sin[i], recording.observation[i][#names - 1], 1e-6)
      if i > 1 then near(math.exp(-(f.motion_error[i] / 0.3) ^ 2), recording.terms.pose[i], 1e-6) end
    end
    assert.is_true(f.motion_error[1] > 0.01) -- the noise of the start
    env:reset()
    env:step(rl.zeros(2, env.action_space.size))
    assert.is_nil(env.notice)
  end)

  it("has an image where left and right do the same half a cycle later", function()
    local env = rl.env("biped", { n = 1, motion = stride { symmetric = true } })
    local symmetry = assert(env:symmetry())
    local n = env.observation_space.size
    assert.are.equal(-1, symmetry.observation.sign[n])
    assert.are.equal(-1, symmetry.observation.sign[n - 1])
    assert.are.equal(1, symmetry.observation.sign[1])
    local motion = stride { symmetric = true }
    for _, phase in ipairs { 0, 0.11, 0.4 } do
      near(motion:at(phase, "knee_l_angle"), motion:at(phase + 0.5, "knee_r_angle"), 1e-9)
      near(motion:at(phase, "root_angle"), motion:at(phase + 0.5, "root_angle"), 1e-9)
      near(motion.advance.root_x / 2, motion:at(phase + 0.5, "root_x") - motion:at(phase, "root_x"), 1e-9)
    end
    local bare = rl.env("biped", { n = 1, motion = stride() })
    local none, why = bare:symmetry()
    assert.is_nil(none)
    assert.is_truthy(why:find("rad from where .* is half a cycle later; option symmetric of rl.motion"), why)
  end)

  it("goes on bit for bit after a save, and keeps its motion in the facts of a run", function()
    local motion = stride()
    local function make() return rl.env("biped", { n = 3, motion = motion, seed = 4 }) end
    local env, other = make(), make()
    local actions = rl.zeros(3, env.action_space.size)
    env:reset()
    for _ = 1, 7 do env:step(actions) end
    assert(env:save(folder .. "/env.state"))
    assert.is_true(other:load(folder .. "/env.state"))
    for _ = 1, 60 do
      local a, b = env:step(actions), other:step(actions)
      assert.are.equal(0, (a - b):abs():max())
    end
    local facts = require("rl.core").env_facts(env)
    local again = rl.env(facts.creature, { n = 3, seed = 4 })
    assert.are.equal(0, (make():reset() - again:reset()):abs():max())
  end)

  it("ends where a motion ends that is no cycle", function()
    local path = file("reach.csv", "time,hip_l_angle,knee_l_angle\n0,0,0\n0.1,0.2,-0.2\n0.2,0.3,-0.4\n0.3,0.3,-0.5\n")
    local motion = rl.motion(path, { creature = "biped", map = { "hip_l_angle", "knee_l_angle" } })
    local env = rl.env("biped", { n = 1, motion = motion, start_phase = 0, control_rate = 50,
                                  done = function() return false end })
    local f = env:record("zero").fields
    assert.are.equal(16, #f.phase)
    near(1, f.phase[16], 1e-6)
    near(1, f.phase_sin[9], 0.01) -- half a turn from start to end
    near(-1, f.phase_cos[16], 1e-5)
    near(0.25, f.hip_l_reference[9], 0.02)
  end)

  it("begins and ends at full speed where it is no cycle", function()
    local hip, knee = {}, {}
    for i = 1, 11 do hip[i], knee[i] = 0.01 * i, -0.05 * i end
    local motion = { rate = 10, values = { hip_l_angle = hip, knee_l_angle = knee } }
    for _, phase in ipairs { 0, 0.04, 0.3, 0.97, 1 } do
      local env = rl.env("biped", { n = 1, motion = motion, reset_noise = 0, start_phase = phase })
      local f = env:record("zero", { seconds = 0.02 }).fields
      near(0.1, f.hip_l_speed[1], 1e-4, phase)
      near(-0.5, f.knee_l_speed[1], 1e-4, phase)
      near(0, f.motion_speed_error[1], 1e-4, phase)
    end
  end)

  it("must have its joints, and numbers", function()
    local function wrong(words, motion, name)
      local ok, message = pcall(rl.env, name or "biped", { n = 1, motion = motion })
      assert.is_false(ok)
      assert.is_truthy(message:find(words, 1, true), message)
    end
    wrong("there is no joint ankle_l of its column ankle_l_angle; options creature and map", stride(), "hopper")
    wrong("what rl.motion gives expected, got string", "walk.sto")
    wrong("what rl.motion gives expected, got a table without values", { rate = 10 })
    wrong("motion: it has no joint", { rate = 10, values = {} })
    wrong("motion: 1 moments; it has two at least", { rate = 10, values = { hip_l_angle = { 1 } } })
    wrong("rate is 0 Hz, outside [1, 1000]", { values = { hip_l_angle = { 1, 2 } } })
    wrong("hip_l is nan at moment 2", { rate = 10, values = { hip_l_angle = { 1, 0 / 0 } } })
    wrong("column hip_r_angle has 3 numbers, others have 2",
      { rate = 10, values = { hip_l_angle = { 1, 2 }, hip_r_angle = { 1, 2, 3 } } })
    wrong("number 2 is a string", { rate = 10, values = { hip_l_angle = { 1, "b" } } })
    wrong("environment cartpole is not a creature", stride(), "cartpole")
    local ok, message = pcall(rl.env, "biped", { n = 1, start_phase = 0.5 })
    assert.is_false(ok)
    assert.is_truthy(message:find("start_phase", 1, true), message)
  end)
end)
