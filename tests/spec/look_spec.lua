-- rlrun render and rlrun watch: pictures, films and a window of what a run has learnt.
local child = require "spec.child"
local colours = require "rl.colours"
local core = require "rl.core"
local drawing = require "rl.drawing"
local picture = require "rl.picture"
local replay = require "rl.replay"
local rl = require "rl"
local watch = require "rl.watch"

local has_cairo, has_window = pcall(require, "rl.cairo"), pcall(require, "rl.window")
local has_ffmpeg = child.execute("command -v ffmpeg >/dev/null") == 0
local pi = math.pi

local folder
before_each(function() folder = child.folder() end)
after_each(function() child.remove(folder) end)

local function rlrun(arguments, before)
  return child.shell(folder, ("%s '%s' %s"):format(before or "", child.rlrun, arguments))
end

-- A trunk at 1.5 m/s over two feet that come down every 0.8 s, the right one half of that later.
local PERIOD, SPEED, LIFT = 0.8, 1.5, 0.2
local function walker(seconds)
  local recording = {
    title = "two feet", dt = 0.02, gravity = 9.81, n_bodies = 3, followed = 3, frames = {},
    shapes = {
      { body = 0, kind = "polygon", closed = false, points = { -10, 0, 50, 0 } },
      { body = 1, kind = "polygon", points = { -0.1, 0, 0.1, 0, 0.1, 0.5, -0.1, 0.5 } },
      { body = 2, kind = "circle", x = 0, y = 0, radius = 0.1, name = "foot_l" },
      { body = 3, kind = "circle", x = 0, y = 0, radius = 0.1, name = "foot_r" },
    },
    series = { { name = "speed", unit = "m/s", values = {} } },
  }
  for i = 0, math.floor(seconds / 0.02 + 0.5) do
    local t = i * 0.02
    local function height(phase) return 0.1 + math.max(0, LIFT * math.sin(2 * pi * (t / PERIOD + phase))) end
    recording.frames[i + 1] = { SPEED * t, 0.6, 0, SPEED * t, height(0), 0, SPEED * t, height(0.5), 0 }
    recording.series[1].values[i + 1] = i == 3 and 0 / 0 or SPEED
  end
  return recording
end

local function write_run(name, recording)
  assert(core.make_directory(folder .. "/" .. name))
  assert(replay.write(folder .. "/" .. name .. "/replay.html", recording))
end

local function train()
  local status, _, errors = child.run(folder, [[
    local rl = require "rl"
    local env = rl.env("biped", { n = 2, gravity = 1.62, time_limit = 2 })
    local policy = rl.policy(env, { hidden = { 8 } })
    local ppo = rl.ppo { env = env, policy = policy, value = rl.value(env) }
    local run = rl.run { name = "walk", env = env, policy = policy, method = ppo }
    run:log(1, ppo:update(ppo:collect(64)))
    run:finish()]], "--quiet")
  assert.are.equal(0, status, errors)
  return "runs/" .. child.list(folder .. "/runs")[1]
end

local function count(text, pattern)
  local n = 0
  for _ in text:gmatch(pattern) do n = n + 1 end
  return n
end

-- Width and height that a PNG says.
local function size_of_png(path)
  local bytes = child.read(folder .. "/" .. path)
  assert.are.equal("\137PNG\r\n\26\n", bytes:sub(1, 8))
  local function number(i)
    local a, b, c, d = bytes:byte(i, i + 3)
    return ((a * 256 + b) * 256 + c) * 256 + d
  end
  return number(17), number(21)
end

describe("a replay", function()
  it("is read back as it was written, to a tenth of a millimetre", function()
    local recording = walker(1)
    write_run("a", recording)
    local read = assert(replay.read(folder .. "/a/replay.html"))
    assert.are.same({ "two feet", 0.02, 9.81, 3, 3, 51 },
      { read.title, read.dt, read.gravity, read.n_bodies, read.followed, #read.frames })
    for i, frame in ipairs(recording.frames) do
      for k, x in ipairs(frame) do assert.is_near(x, read.frames[i][k], 0.51e-4) end
    end
    local values = read.series[1].values
    assert.are.equal(51, #values)
    assert.is_true(values[4] ~= values[4] and values[5] == SPEED)
    assert.are.equal("foot_r", read.shapes[4].name)
  end)

  it("that is none or is damaged is refused", function()
    write_run("a", walker(1))
    local text = child.read(folder .. "/a/replay.html")
    child.write(folder .. "/none.html", "<p>")
    child.write(folder .. "/frame.html", (text:gsub('"bodies":%s*3', '"bodies":4')))
    child.write(folder .. "/json.html", (text:gsub('"frames":', '"frames"')))
    child.write(folder .. "/list.html", (text:gsub('"shapes":', '"shapes":7,"other":')))
    for name, message in pairs { none = "is no replay", frame = "is damaged", json = "is damaged", list = "is damaged",
                                 missing = "No such file" } do
      local read, reason = replay.read(folder .. "/" .. name .. ".html")
      assert.is_nil(read)
      assert.is_truthy(reason:find(message, 1, true), reason)
    end
  end)
end)

describe("a stride", function()
  it("goes from a touchdown of a foot to its next, around the second that is asked for", function()
    local drawn = picture.new(walker(6))
    for _, time in ipairs { 1.3, 3, 4.1 } do
      local _, stride = drawn:stride { width = 600, time = time }
      assert.is_near(PERIOD, stride.to - stride.from, 1e-9)
      assert.is_true(stride.from - 0.03 <= time and time <= stride.to + 0.03)
      local phase = (stride.from / PERIOD) % 0.5 -- either foot comes down at half a period
      assert.is_true(phase < 0.04 or phase > 0.46, phase)
    end
  end)

  it("is a second where nothing comes down", function()
    local recording = walker(4)
    for _, frame in ipairs(recording.frames) do frame[5], frame[8] = 0.3, 0.3 end
    local list, stride = picture.new(recording):stride { width = 600, poses = 7 }
    assert.is_near(1, stride.to - stride.from, 1e-9)
    assert.is_near(1.5, stride.from, 0.03)
    assert.is_truthy(drawing.svg(list):find(">1.50 m in 1.00 s, 1.50 m/s, 7 poses<", 1, true))
  end)

  it("fades toward its beginning, and stays within the picture", function()
    local list = picture.new(walker(3)):stride { width = 600, poses = 5 }
    local feet = {}
    for _, item in ipairs(list) do
      if item.kind == "disc" then
        assert.is_true(item.x > 0 and item.x < 600 and item.y > 0 and item.y < list.height)
        feet[#feet + 1] = tonumber(item.colour:sub(4, 5), 16) -- green, which grows toward white
      end
    end
    assert.are.equal(5 * 2 * 2, #feet) -- an edge and a face each
    for i = 5, #feet do assert.is_true(feet[i] < feet[i - 4]) end
  end)

  it("does not go over the beginning of an episode", function()
    local recording = walker(3)
    for i, frame in ipairs(recording.frames) do
      if i > 90 then
        for k = 1, 9, 3 do frame[k] = frame[k] - 5 end
      end
    end
    local drawn = picture.new(recording)
    for time = 0, 3, 0.1 do
      local _, stride = drawn:stride { width = 600, time = time }
      assert.is_true(stride.to <= 89 * 0.02 + 1e-9 or stride.from >= 90 * 0.02 - 1e-9)
    end
  end)
end)

describe("rlrun render", function()
  it("draws a stride into the folder, which needs nothing", function()
    write_run("a", walker(6))
    local status, out, errors = rlrun("render a")
    assert.are.equal(0, status, errors)
    assert.are.equal("wrote a/stride.svg\n", out)
    local svg = child.read(folder .. "/a/stride.svg")
    assert.is_truthy(svg:find("^<svg ") and svg:find("</svg>\n$"))
    assert.is_truthy(svg:find("a stride of 1.20 m in 0.80 s, 1.50 m/s", 1, true))
    assert.are.equal(count(svg, "<polyline"), count(svg, "<polyline[^<>]*/>"))
    assert.is_nil(svg:find("nan", 1, true) or svg:find("inf", 1, true))
    assert.are.equal(0, (rlrun("render a/replay.html --pose --time 2.5 --out pose.svg")))
    assert.is_truthy(child.read(folder .. "/pose.svg"):find(">2.50 s   3.75 m   1.50 m/s<", 1, true))
  end)

  it("draws as pixels", function()
    if not has_cairo then return pending("built without Cairo") end
    write_run("a", walker(3))
    assert.are.equal(0, (rlrun("render a --time 1 --width 320 --out pose.png")))
    assert.are.same({ 640, 360 }, { size_of_png("pose.png") })
    assert.are.equal(0, (rlrun("render a --pose --paper --time 1 --width 320 --out paper.png")))
    assert.are_not.equal(child.read(folder .. "/pose.png"), child.read(folder .. "/paper.png"))
    local canvas = drawing.canvas(4, 3)
    canvas:draw { { kind = "area", points = { 0, 0, 2, 0, 2, 3, 0, 3 }, colour = "#ff8000" },
                  { kind = "disc", x = 3, y = 1, radius = 9, colour = "#0000ff", alpha = 0 } }
    local blue, green, red = canvas:pixels():byte(1, 3)
    assert.are.same({ 0, 128, 255, 4 * 4 * 3 }, { blue, green, red, #canvas:pixels() })
    assert.are.equal(("\255"):rep(3), canvas:pixels():sub(13, 15)) -- white
  end)

  it("films, where ffmpeg is", function()
    if not (has_cairo and has_ffmpeg) then return pending("no Cairo or no ffmpeg") end
    write_run("a", walker(3))
    local status, out, errors = rlrun("render a --width 160 --from 1 --to 1.4 --out a/%d:x.gif")
    assert.are.equal(0, status, errors)
    assert.are.equal("wrote a/%d:x.gif\n", out)
    local gif = child.read(folder .. "/a/%d:x.gif")
    assert.are.equal("GIF89a\160\0\90\0", gif:sub(1, 10)) -- 160 by 90
    assert.are.equal(10, count(gif, "\33\249\4")) -- a control block for each picture, 25 a second
    assert.are.equal(0, (rlrun("render a --movie --width 161 --to 0.2")))
    assert.are.equal("ftyp", child.read(folder .. "/a/movie.mp4"):sub(5, 8))
    assert.are.same({ "%d:x.gif", "movie.mp4", "replay.html" }, child.list(folder .. "/a"))
  end)

  it("leaves nothing of a film that is interrupted", function()
    if not (has_cairo and has_ffmpeg) then return pending("no Cairo or no ffmpeg") end
    write_run("a", walker(60))
    assert(core.make_directory(folder .. "/bin"))
    child.write(folder .. "/bin/ffmpeg", "#!/bin/sh\nfor film; do :; done\nfilm=${film#file:}\n" ..
      "head -c 100000 >\"$film\"\n: >ready\nexec cat >>\"$film\"\n") -- in the middle of the first picture
    child.execute("chmod +x '" .. folder .. "/bin/ffmpeg'")
    local status, _, errors = child.signal_command(folder,
      ("PATH='%s/bin':$PATH '%s' render a --movie --width 800"):format(folder, child.rlrun), { "INT" })
    assert.are.equal(130, status, errors)
    assert.are.equal("interrupted\n", errors)
    assert.are.same({ "replay.html" }, child.list(folder .. "/a"))
  end)

  it("leaves nothing of a film that fails, and says why", function()
    if not has_cairo then return pending("built without Cairo") end
    write_run("a", walker(1))
    local status, _, errors = rlrun("render a --movie", "PATH=/nowhere")
    assert.are.equal(1, status)
    assert.are.equal("rlrun render: films need ffmpeg, which is not on PATH (Debian: apt-get install ffmpeg)\n", errors)
    assert(core.make_directory(folder .. "/bin"))
    child.write(folder .. "/bin/ffmpeg", "#!/bin/sh\necho no such codec >&2\nexit 3\n")
    child.execute("chmod +x '" .. folder .. "/bin/ffmpeg'")
    status, _, errors = rlrun("render a --movie", "PATH=" .. folder .. "/bin:$PATH")
    assert.are.equal(1, status)
    assert.are.equal("rlrun render: ffmpeg: no such codec\n", errors)
    status, _, errors = rlrun("render a --movie --out no/where.mp4", "PATH=" .. folder .. "/bin:$PATH")
    assert.are.equal(1, status)
    assert.is_truthy(errors:find("no/where.mp4", 1, true), errors)
    assert.are.same({ "replay.html" }, child.list(folder .. "/a"))
  end)

  it("plays the policy of a run that has no replay", function()
    local run = train()
    for _, name in ipairs { "replay.html", "best.html", "latest.html" } do
      os.remove(folder .. "/" .. run .. "/" .. name)
    end
    local status, out, errors = rlrun("render " .. run)
    assert.are.equal(0, status, errors)
    assert.are.equal("wrote " .. run .. "/stride.svg\n", out)
    assert.is_truthy(child.read(folder .. "/" .. run .. "/stride.svg"):find(">biped<", 1, true))
  end)

  it("says what is wrong", function()
    write_run("a", walker(1))
    assert(core.make_directory(folder .. "/empty"))
    child.write(folder .. "/bad.html", "<p>")
    for arguments, message in pairs {
      [""] = "a folder is missing", ["a b"] = 'one folder expected, got "b" too',
      ["nowhere"] = "there is no folder nowhere",
      ["empty"] = "empty has neither a replay.html nor a policy.safetensors",
      ["bad.html"] = "bad.html is no replay", ["a --time 1.5"] = "--time takes a second from 0 to 1.00",
      ["a --out a.jpg"] = "--out takes a file that ends in .svg, .png, .gif or .mp4, not a.jpg",
      ["a --movie --out a.svg"] = "a film goes to .gif or .mp4, not to a.svg",
      ["a --stride --out a.gif"] = "a picture goes to .svg or .png, not to a.gif",
      ["a --stride --pose"] = "--stride and --pose: one of them", ["a --width 1"] = "--width takes a number of pixels",
      ["a --poses 1.5"] = "--poses takes a whole number",
      ["a --movie --from 0.5 --to 0.2"] = "--from 0.5 lies behind --to",
      ["a --pose --tme 1"] = 'unknown option "tme"; did you mean "time"?',
    } do
      local status, _, errors = rlrun("render " .. arguments)
      assert.are.equal(2, status, arguments .. errors)
      assert.is_truthy(errors:find("rlrun render: " .. message, 1, true), errors)
    end
    assert.are.equal(1, (rlrun("render a --out no/where.svg")))
  end)
end)

describe("a pose", function()
  local function find(list, check)
    local found = {}
    for _, item in ipairs(list) do
      if check(item) then found[#found + 1] = item end
    end
    return found
  end
  local function of_colour(list, colour) return find(list, function(item) return item.colour == colour end) end

  -- The right foot stands with one and a half of the weight behind x = 3, the left one is up; it has come down twice.
  it("has the forces of the ground and where feet came down, by night and by day", function()
    local recording = walker(2)
    recording.feet = {}
    for k, name in ipairs { "foot_l", "foot_r" } do
      local foot = { name = name, x = {}, forward = {}, upward = {} }
      for i = 1, #recording.frames do
        local down = math.floor((i - 1) * 0.02 / 0.4) % 2 == k - 1
        foot.x[i], foot.forward[i], foot.upward[i] = math.floor((i - 1) * 0.02 / 0.8) + 0.5 * k, 0, down and 1.5 or 0
      end
      recording.feet[k] = foot
    end
    local drawn = picture.new(recording)
    for _, light in ipairs { false, true } do
      local theme = colours.worlds.earth[light and "light" or "dark"]
      local list = drawn:pose(1.3, { width = 640, height = 360, light = light })
      local arrow = of_colour(list, theme.force)
      assert.are.equal(2, #arrow) -- its shaft and its tip, of one foot
      local size = drawn.scene.height * drawn.scene:scale(640, 360)
      assert.is_near(1.5 * 0.3 * size, arrow[1].points[2] - arrow[2].points[2], 1e-6) -- upward
      assert.is_near(arrow[1].points[1], arrow[2].points[1], 1e-6)
      local prints = {}
      for side, colour in pairs { l = 1, r = 2 } do
        local face = colours.sides[light and "light" or "dark"][side][1][1]
        prints[colour] = #find(list, function(item) return item.kind == "line" and item.colour == face end)
      end
      assert.are.same({ 1, 2 }, prints) -- left at .8 s, right at .4 and 1.2 s
      assert.are.equal(theme.sky[1], list[1].shade[3])
    end
  end)

  it("of a world that is seen from above has all of it, in its colours, and nothing of a ground", function()
    local recording = { title = "tag", dt = 0.1, view = "above", n_bodies = 2, frames = {}, shapes = {
      { body = 0, kind = "polygon", points = { -5, -2, 5, -2, 5, 2, -5, 2, -5, -2 }, closed = false },
      { body = 0, kind = "polygon", points = { 0, 0, 1, 0, 1, 1 }, colour = "#112233" },
      { body = 1, kind = "circle", radius = 0.5, colour = "#ff0000" }, { body = 2, kind = "circle", radius = 0.5 },
    } }
    for i = 1, 20 do recording.frames[i] = { -4 + 0.1 * i, 1, 0, 4 - 0.1 * i, -1, 0 } end
    for _, size in ipairs { { 640, 360 }, { 300, 600 } } do
      local list = picture.new(recording):pose(1, { width = size[1], height = size[2] })
      local wall = of_colour(list, colours.worlds.above.dark.wall)[1].points
      for i = 1, #wall, 2 do
        assert.is_true(wall[i] >= 0 and wall[i] <= size[1] and wall[i + 1] >= 60 and wall[i + 1] <= size[2])
      end
      local scale = (wall[3] - wall[1]) / 10
      assert.is_near(4 * scale, wall[4] - wall[6], 1e-6) -- as high as it is
      assert.is_true(scale * 10 > size[1] - 50 or scale * 4 > size[2] - 120) -- and as large as there is room
      local one, two = of_colour(list, "#ff0000")[1], of_colour(list, colours.curves[2])[1]
      assert.is_near(wall[1] + 2.1 * scale, one.x, 1e-6) -- frame 11: -4 + 1.1
      assert.is_near(wall[1] + 7.9 * scale, two.x, 1e-6)
      assert.is_near(0.5 * scale, one.radius, 1)
      assert.are.equal(2, #of_colour(list, "#112233")) -- face and edge
      for _, item in ipairs(list) do assert.is_falsy(item.shade) end
    end
    local _, all = picture.new(recording):stride { width = 300 }
    assert.is_near(0, all.from, 1e-9)
    assert.is_near(1.9, all.to, 1e-9)
  end)
end)

-- The number of a field.
local function field_of(env, name)
  for i, field in ipairs(env:fields()) do
    if field.name == name then return i end
  end
end

describe("a push", function()
  it("gives a body that touches nothing the acceleration, and gravity takes hold at once", function()
    local env = rl.env("biped", { reset_noise = 0, friction = 0, gravity = 0.01, control_rate = 50 })
    local vx, vy = field_of(env, "com_vx"), field_of(env, "com_vy")
    local still = rl.zeros(1, env.action_space.size)
    local function velocity()
      local _, fields = core.env_pose(env)
      return fields[vx], fields[vy]
    end
    env:reset()
    for _ = 1, 3 do -- off the ground
      assert.is_true(core.disturb(env, 0, 30))
      env:step(still)
    end
    local x0, y0 = velocity()
    core.disturb(env, 5, 2, 3)
    env:step(still)
    local x1, y1 = velocity()
    assert.is_near(5 * 0.02, x1 - x0, 1e-3) -- joints' limits give and take a little
    assert.is_near((2 - 3) * 0.02, y1 - y0, 1e-3)
    env:step(still) -- a push lasts a step, gravity the episode
    local x2, y2 = velocity()
    assert.is_near(0, x2 - x1, 1e-3)
    assert.is_near(-3 * 0.02, y2 - y1, 1e-3)
    env:reset()
    assert.is_near(0.01, core.env_scene(env).gravity, 1e-9)
  end)

  it("of a cart adds to its speed, and of what cannot be pushed is refused", function()
    local env, other = rl.env("cartpole", { seed = 3 }), rl.env("cartpole", { seed = 3 })
    env:reset()
    other:reset()
    core.disturb(env, 4, 0)
    local a, b = env:step({ 1 }), other:step({ 1 })
    assert.is_near(4 * env.dt, a:get(1, 2) - b:get(1, 2), 1e-6)
    local pendulum = rl.env("pendulum")
    assert.has_error(function() core.disturb(pendulum, 1, 0) end, "pendulum: reset comes first")
    pendulum:reset()
    assert.is_false(core.disturb(pendulum, 1, 0))
  end)

  it("is told where the environment is saved, which begins its next episode then", function()
    local env = rl.env("biped", { n = 2 })
    env:reset()
    assert.is_true(env:save(folder .. "/env.safetensors"))
    core.disturb(env, 1, 0)
    local ok, notice = env:save(folder .. "/env.safetensors")
    assert.is_true(ok)
    assert.is_truthy(notice:find("1 of 2 copies begin their next episode: somebody has disturbed it", 1, true), notice)
  end)
end)

local function new_watch(settings)
  local env = rl.env("biped", { gravity = 1.62, time_limit = 1, seed = 1 })
  local made = { env = env, policy = rl.policy(env, { seed = 1 }), title = "w" }
  for key, value in pairs(settings or {}) do made[key] = value end
  return watch.new(made)
end

describe("what is watched", function()
  local function press(w, key, shift)
    w:key { kind = "key", key = key, shift = shift, down = true }
    w:key { kind = "key", key = key, shift = shift, down = false }
  end
  local function words(w)
    local text = {}
    for _, item in ipairs(w:picture(400, 300)) do
      if item.kind == "text" then text[#text + 1] = item.text end
    end
    return table.concat(text, "\n")
  end

  it("goes on in time with the clock, slower, or not at all", function()
    local w = new_watch()
    w:advance(0.1)
    assert.are.equal(5, w.steps)
    press(w, "S")
    w:advance(0.1)
    assert.are.equal(6, w.steps)
    press(w, "S")
    press(w, "Space")
    w:advance(0.1)
    assert.are.equal(6, w.steps)
    assert.is_truthy(words(w):find("0.12 s .*paused"))
    press(w, "Space")
    w:advance(1e9) -- a machine that was asleep does not catch up
    assert.is_true(w.steps < 50 and w.episodes == 1)
    assert.is_truthy(words(w):find("last episode", 1, true))
    press(w, "Q")
    assert.is_true(w.done)
  end)

  it("is pushed by keys and mouse, and by nothing is what it would be", function()
    local function height_and_way(prepare)
      local w = new_watch()
      w:picture(400, 300)
      prepare(w)
      w:advance(0.4)
      return w.scene:middle(w.pose)
    end
    local x, y = height_and_way(function() end)
    local env = rl.env("biped", { gravity = 1.62, time_limit = 1, seed = 1 })
    local policy, observation = rl.policy(env, { seed = 1 }), env:reset()
    for _ = 1, 20 do observation = env:step(policy:mean(observation)) end
    local w = new_watch()
    assert.are.same({ x, y }, { w.scene:middle((core.env_pose(env))) })
    local right = height_and_way(function(v) v:key { key = "Right", down = true } end)
    local left = height_and_way(function(v) v:key { key = "Left", down = true } end)
    local _, up = height_and_way(function(v) v:mouse { x = 200, y = 0, down = true } end)
    assert.is_true(left < x - 0.1 and right > x + 0.1 and up > y + 0.1)
    local let_go = height_and_way(function(v)
      v:mouse { x = 400, y = 100, down = true }
      v:mouse { x = 400, y = 100, down = false }
      press(v, "Left")
    end)
    assert.are.equal(x, let_go)
  end)

  it("has another gravity until it is reset", function()
    local w = new_watch()
    press(w, "G")
    assert.is_near(1.62 / 1.15, w.gravity, 1e-9)
    for _ = 1, 3 do press(w, "G", true) end
    assert.is_truthy(words(w):find("g 2.14 m/s", 1, true))
    w:advance(1) -- also in the next episode
    w:advance(0.5)
    assert.is_true(w.episodes > 0 and w.gravity > 2)
    press(w, "R")
    assert.is_truthy(words(w):find("0.00 s .* g 1.62 m/s"))
  end)

  it("takes a newer policy up", function()
    local newer
    local w = new_watch { load = function() return newer end }
    w:advance(1.1)
    assert.are.equal(1, w.policies)
    newer = rl.policy(w.env, { seed = 2 })
    w:advance(1.1)
    assert.are.equal(newer, w.policy)
    assert.is_truthy(words(w):find("policy 2", 1, true))
  end)
end)

describe("rlrun watch", function()
  it("shows a run in a window, and the same frames again", function()
    if not (has_cairo and has_window) then return pending("built without Cairo or SDL") end
    local run = train()
    for _, name in ipairs { "a", "b" } do
      local command = ("watch %s --width 320 --height 180 --frames 30 --screenshot %s.png"):format(run, name)
      local status, out, errors = rlrun(command, "SDL_VIDEODRIVER=dummy")
      assert.are.equal(0, status, errors)
      assert.are.equal("", out .. errors)
    end
    assert.are.same({ 320, 180 }, { size_of_png("a.png") })
    assert.are.equal(child.read(folder .. "/a.png"), child.read(folder .. "/b.png"))
  end)

  it("ends at Ctrl-C", function()
    if not (has_cairo and has_window) then return pending("built without Cairo or SDL") end
    local run = train()
    assert(core.make_directory(folder .. "/rl"))
    child.write(folder .. "/rl/window.lua", [[
      local path = assert(package.searchpath("rl.window", package.cpath))
      local module = assert(package.loadlib(path, "luaopen_rl_window"))()
      local open = module.open
      function module.open(...)
        local window = open(...)
        local function method(_, name)
          return function(_, ...)
            if name == "show" then io.open("ready", "w"):close() end -- the first picture is drawn
            return window[name](window, ...)
          end
        end
        return setmetatable({}, { __index = method })
      end
      return module]])
    local status, _, errors = child.signal_command(folder,
      ("LUA_PATH='./?.lua;;' SDL_VIDEODRIVER=dummy '%s' watch %s"):format(child.rlrun, run), { "INT" })
    assert.are.equal(130, status, errors)
    assert.are.equal("interrupted\n", errors)
  end)

  it("says what is wrong", function()
    if not (has_cairo and has_window) then return pending("built without Cairo or SDL") end
    assert(core.make_directory(folder .. "/empty"))
    for _, name in ipairs { "searched", "nobody" } do assert(core.make_directory(folder .. "/" .. name)) end
    child.write(folder .. "/nobody/config.json", '{"environment": {"name": "duo", "world": {"creatures": []}}}')
    child.write(folder .. "/nobody/policy.safetensors", "")
    child.write(folder .. "/searched/config.json", "{}")
    child.write(folder .. "/searched/design.lua", "return {}")
    for arguments, message in pairs {
      ["nobody"] = "world world: no agents",
      ["searched"] = "the run searched has no policy; rlrun gait and rlrun motion show its design",
      [""] = "a folder is missing", ["empty"] = "empty has no policy.safetensors (yet)",
      ["nowhere"] = "nowhere has no policy.safetensors (yet)", ["empty --frames 0"] = "--frames takes a whole number",
      ["empty --width 1.5"] = "--width takes a whole number from 100 to 8000, not 1.5",
    } do
      local status, _, errors = rlrun("watch " .. arguments, "SDL_VIDEODRIVER=dummy")
      assert.are.equal(2, status, errors)
      assert.is_truthy(errors:find("rlrun watch: " .. message, 1, true), errors)
    end
    local run = train()
    local status, _, errors = rlrun("watch " .. run, "SDL_VIDEODRIVER=nonesuch")
    assert.are.equal(1, status)
    assert.is_truthy(errors:find("rlrun watch: there is no screen to open a window on: ", 1, true), errors)
  end)
end)

describe("a window", function()
  it("tells of keys and the mouse, and refuses what is no canvas", function()
    if not (has_cairo and has_window) then return pending("built without Cairo or SDL") end
    local status, out, errors = child.shell(folder, ("SDL_VIDEODRIVER=dummy '%s' '%s/window.lua'"):format(child.rlrun,
      os.getenv("RL_ROOT") .. "/tests/spec/fixtures"))
    assert.are.equal(0, status, errors)
    assert.are.equal("key G true true\nkey G true false\nkey Space false true\nkey Space false false\n" ..
      "mouse 12 34 true\nmouse 12 34 false\n320 180\nclosed\n", out)
  end)
end)
