-- Motion from tables: what is read back of what was written, one stride, gaps, and what is no such table.
local rl = require "rl"
local child = require "spec.child"
local motions = require "spec.motions"

local near = motions.near
local refused = motions.refused
local human = motions.human
local sto = motions.sto
local plain_globals = motions.plain_globals

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
