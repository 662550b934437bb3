local child = require "spec.child"
local core = require "rl.core"
local replay = require "rl.replay"
local rl = require "rl"

local has_chromium = child.execute("command -v chromium >/dev/null") == 0

describe("a replay", function()
  local folder, path
  before_each(function()
    folder = child.folder()
    path = folder .. "/replay.html"
  end)
  after_each(function() child.remove(folder) end)

  local function recording(n)
    local frames, speed = {}, {}
    for i = 1, n do
      frames[i] = { i / 3, 1, 0.1, i / 3, 0.5, -i / 7 }
      speed[i] = 1 / i
    end
    return {
      title = "walk", dt = 0.02, gravity = 1.62, n_bodies = 2, frames = frames,
      shapes = {
        { body = 0, kind = "polygon", points = { -10, 0, 100, 0 }, closed = false },
        { body = 1, kind = "polygon", points = { -0.1, 0, 0.1, 0, 0.1, 0.5, -0.1, 0.5 }, name = "trunk" },
        { body = 2, kind = "circle", x = 0, y = 0, radius = 0.1, name = "foot_l" },
      },
      series = { { name = "speed", unit = "m/s", values = speed }, { name = "reward: upright", values = speed } },
    }
  end

  -- The JSON inside the file.
  local function data() return child.read(path):match('type="application/json">(.-)</script>') end

  it("is one file with the recording inside that loads nothing from elsewhere", function()
    assert.is_true(replay.write(path, recording(3)))
    local text = child.read(path)
    for _, word in ipairs { "http", "src=", "@import", "url(", "fetch(", "XMLHttpRequest", "import(", "@RECORDING@" } do
      assert.falsy(text:lower():find(word:lower(), 1, true), word)
    end
    assert.truthy(text:find("^<!DOCTYPE html>"))
    assert.truthy(data():find('"frames":[[0.3333,1,0.1,0.3333,0.5,-0.1429],', 1, true), data())
    assert.truthy(data():find('"values":[1,0.5,0.3333]', 1, true), data())
    assert.truthy(data():find('"closed":false', 1, true))
    assert.truthy(data():find('"name":"foot_l"', 1, true))
  end)

  it("has a strand with the bodies it goes over and its colour in each frame", function()
    local r = recording(2)
    r.shapes[4] = { kind = "strand", name = "sol_l", bodies = { 1, 2 }, points = { 0, 0.25, 1, 1 },
                    values = { 0.012, 0.5 } }
    assert.is_true(replay.write(path, r))
    assert.truthy(data():find('"bodies":[1,2]', 1, true), data())
    assert.truthy(data():find('"points":[0,0.25,1,1],"values":[0.01,0.5]', 1, true), data())
  end)

  it("has no reward at the start, and what the ground does to the feet", function()
    local r = recording(3)
    r.series[3] = { name = "reward", values = { 0, 1, 2 } }
    r.feet = { { name = "foot_l", x = { 0.1234, 0, 1 }, forward = { 0, 0.101, 0 }, upward = { 1.008, 1, 0 } } }
    r.note, r.view = "limps", "side"
    assert.is_true(replay.write(path, r))
    assert.truthy(data():find('"name":"reward: upright","values":[null,0.5,0.3333]', 1, true), data())
    assert.truthy(data():find('"name":"reward","values":[null,1,2]', 1, true))
    local foot = '{"forward":[0,0.1,0],"name":"foot_l","upward":[1.01,1,0],"x":[0.123,0,1]}'
    assert.truthy(data():find('"feet":[' .. foot .. "]", 1, true), data())
    local read = assert(replay.read(path))
    assert.same({ "limps", "side", 1.01 }, { read.note, read.view, read.feet[1].upward[1] })
    assert.is_true(replay.write(path, read)) -- also from what was read
    assert.same(read.feet, assert(replay.read(path)).feet)
  end)

  -- What the ground gives beyond the weight is the change of momentum, of whom nothing but feet touches the ground.
  it("of a creature says how it walks, and has the forces of its fields", function()
    for _, gravity in ipairs { 1.62, 9.81 } do
      local env = rl.env("biped", { gravity = gravity, reset_noise = 0, time_limit = 1, control_rate = 50 })
      local fell = env:record("zero")
      local got, speed = replay.data(fell), fell.fields.com_vy:totable()
      assert.equal("foot_l foot_r", got.feet[1].name .. " " .. got.feet[2].name)
      assert.equal(#got.frames, #got.feet[1].x)
      local beyond = 0
      for i = 2, 16 do beyond = beyond + (got.feet[1].upward[i] + got.feet[2].upward[i] - 1) * gravity * got.dt end
      local rounding = 15 * 2 * 0.005 * gravity * got.dt
      assert.is_true(math.abs(speed[16] - speed[1] - beyond) < rounding + 0.01 * 15 * gravity * got.dt)
      assert.is_true(math.abs(got.feet[1].x[10]) < 0.3)
      assert.is_truthy(got.note:find("^%l+"), got.note)
    end
  end)

  it("is written by the recording itself", function()
    local env = rl.env("hopper", { time_limit = 0.2 })
    assert.is_true(env:record("zero", { title = "it stands" }):write(path))
    assert.equal("it stands", assert(replay.read(path)).title)
    local track = env:evaluate("zero", { episodes = 1, record = true }).recordings[1]
    assert.has_error(function() track:write(path) end, "recording:write: a replay (.html) is of what env:record gives")
  end)

  it("may have curves alone", function()
    local r = recording(2)
    r.n_bodies, r.shapes, r.frames = 0, {}, { {}, {} }
    assert.is_true(replay.write(path, r))
    assert.truthy(data():find('"bodies":0', 1, true))
    assert.truthy(data():find('"frames":[{},{}]', 1, true), data())
  end)

  it("stays small", function()
    assert.is_true(replay.write(path, recording(1000)))
    assert.is_true(#child.read(path) < 120000)
  end)

  it("keeps 50 frames a second of more", function()
    local r = recording(5)
    r.dt = 0.01
    r.shapes[4] = { kind = "strand", bodies = { 1, 2 }, points = { 0, 0, 0, 0 }, values = { 0.1, 0.2, 0.3, 0.4, 0.5 } }
    assert.is_true(replay.write(path, r))
    assert.truthy(data():find('"dt":0.02', 1, true), data())
    assert.truthy(data():find('"frames":[[0.3333,1,0.1,0.3333,0.5,-0.1429],[1,', 1, true), data())
    assert.truthy(data():find('"values":[0.1,0.3,0.5]', 1, true), data())
    assert.truthy(data():find('"values":[1,0.3333,0.2]', 1, true), data())
    r.dt = 0.011 -- every second one would be fewer
    assert.is_true(replay.write(path, r))
    assert.truthy(data():find('"dt":0.011', 1, true), data())
  end)

  it("shows a title with markup in it as it is", function()
    local r = recording(1)
    r.title = "a </script><b>&\" %1"
    assert.is_true(replay.write(path, r))
    assert.truthy(data():find([["title":"a \u003c/script>\u003cb>&\" %1"]], 1, true), data())
  end)

  it("writes a number that is none as null", function()
    local r = recording(2)
    r.series[1].values = { 0 / 0, math.huge }
    assert.is_true(replay.write(path, r))
    assert.truthy(data():find('"values":[null,null]', 1, true))
  end)

  it("refuses a recording that does not fit together, naming what does not", function()
    local function refused(message, change)
      local r = recording(2)
      change(r)
      local ok, err = pcall(replay.write, path, r)
      assert.is_false(ok)
      assert.truthy(tostring(err):find(message, 1, true), err)
      assert.is_nil(child.read(path))
    end
    refused("dt must be a number, got a nil", function(r) r.dt = nil end)
    refused("dt must be positive", function(r) r.dt = 0 end)
    refused("there are no frames", function(r) r.frames = {} end)
    refused("frame 2 holds 5 numbers, not x, y and angle of n_bodies = 2", function(r) r.frames[2][6] = nil end)
    refused("shape 3: body 3 is outside 0..2", function(r) r.shapes[3].body = 3 end)
    refused('shape 2: kind must be "polygon", "circle" or "strand", got box', function(r) r.shapes[2].kind = "box" end)
    local strand = { kind = "strand", bodies = { 1, 2 }, points = { 0, 0, 1, 1 }, values = { 0, 1 } }
    local function with(name, value)
      return function(r)
        r.shapes[4] = {}
        for k, v in pairs(strand) do r.shapes[4][k] = v end
        r.shapes[4][name] = value
      end
    end
    refused("shape 4: bodies must be a list of 2 at least", with("bodies", { 1 }))
    refused("shape 4: body 3 is outside 1..2", with("bodies", { 1, 3 }))
    refused("shape 4: points must be a list {x1, y1, x2, y2, ...}, a point for each", with("points", { 0, 0 }))
    refused("shape 4: values must be a list of a number for each of 2 frames", with("values", { 1 }))
    refused('shape 2: colour must be "#rrggbb", got red', function(r) r.shapes[2].colour = "red" end)
    refused('view must be "side" or "above", got below', function(r) r.view = "below" end)
    refused("foot 1: upward must be a list of a number for each of 2 frames", function(r)
      r.feet = { { name = "foot_l", x = { 0, 0 }, forward = { 0, 0 }, upward = { 0 } } }
    end)
    refused("shape 2: points must be a list", function(r) r.shapes[2].points = { 1, 2, 3 } end)
    refused("series speed: 1 values for 2 frames", function(r) r.series[1].values = { 1 } end)
  end)

  it("that cannot be written gives nil and the reason", function()
    local ok, message = replay.write("/nowhere/replay.html", recording(1))
    assert.is_nil(ok)
    assert.equal("cannot write /nowhere/replay.html: No such file or directory", message)
  end)
end)

-- What a browser makes of it. A script that is added to the page says in its title what it finds there.
describe("a replay in Chromium", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  -- The value of a JavaScript expression, when the second that is asked for is shown.
  local function ask(recording, time, size, dark, expression)
    local path = folder .. "/replay.html"
    assert(replay.write(path, recording))
    child.write(path, child.read(path) .. "<script>setTimeout(() => { document.title = JSON.stringify(" .. expression ..
      "); }, 500);</script>")
    local status, dom, log = child.shell(folder, ("chromium --headless=new --no-sandbox --disable-gpu " ..
      "--user-data-dir=profile --enable-logging=stderr --virtual-time-budget=2000 --window-size=%s " ..
      "--blink-settings=preferredColorScheme=%d --dump-dom 'file://%s#t=%g'"):format(size, dark and 0 or 1, path, time))
    assert.equal(0, status, log)
    assert.is_nil(log:find("CONSOLE", 1, true), log)
    local title = dom:match("<title>(.-)</title>"):gsub("&amp;", "&"):gsub("&lt;", "<"):gsub("&gt;", ">")
    return assert(core.parse_json(title), title)
  end

  -- Two feet that take turns: 0.5 s on the ground, 0.5 s off it.
  local function walk(seconds)
    local r = { title = "a walk", note = "walks", dt = 0.02, gravity = 3.71, n_bodies = 3, frames = {}, shapes = {},
                feet = {}, series = {} }
    for k, name in ipairs { "foot_l", "foot_r" } do
      r.shapes[k] = { kind = "circle", body = k, radius = 0.1, name = name }
      r.feet[k] = { name = name, x = {}, forward = {}, upward = {} }
    end
    r.shapes[3] = { kind = "polygon", body = 3, points = { -0.2, 0, 0.2, 0, 0.2, 0.8, -0.2, 0.8 }, name = "trunk" }
    for k, name in ipairs { "speed", "reward", "reward: alive", "reward: effort" } do
      r.series[k] = { name = name, unit = k == 1 and "m/s" or "", values = {} }
    end
    for i = 1, seconds * 50 + 1 do
      local x = 0.02 * (i - 1)
      r.frames[i] = { x, 0.1, 0, x, 0.1, 0, x, 0.5, 0 }
      local left = (i - 1) % 50 < 25
      for k, foot in ipairs(r.feet) do
        foot.x[i], foot.forward[i], foot.upward[i] = x, 0, (k == 1) == left and 1 or 0
      end
      for k, value in ipairs { 1, 0.75, 1, -0.25 } do r.series[k].values[i] = i == 1 and k > 1 and 0 or value end
    end
    return r
  end

  it("reads speed, distance, steps and forces, and its legend says what each term is", function()
    if not has_chromium then return pending("there is no chromium") end
    for _, size in ipairs { "400,900", "1280,720" } do
      local seen = ask(walk(4), 3, size, true, [[ {
        theme: document.documentElement.dataset.theme,
        beyond: document.documentElement.scrollWidth - innerWidth,
        hud: Object.fromEntries([...document.querySelectorAll("#hud dl div")].map(d => [d.children[0].textContent,
          d.children[1].textContent])),
        legend: [...document.querySelectorAll(".legend button")].map(b => b.textContent.trim()),
        playing: player.playing, prints: stepsUntil(150).length, start: charts[1].lines[0].values[0],
        strip: strip.clientHeight } ]])
      assert.equal("dark", seen.theme)
      assert.is_true(seen.beyond <= 0, seen.beyond)
      -- Touchdowns after half of a second in the air: right at .5, left at 1, ... 3 s.
      assert.same({ speed = "1.00 m/s", distance = "3.0 m", steps = "6", ["ground, body weights"] = "1.00",
                    ["return so far"] = "113", ["gravity, Mars"] = "3.71 m/s²" }, seen.hud)
      assert.same({ "alive1.00", "effort-0.25", "sum0.75" }, seen.legend)
      assert.is_false(seen.playing)
      assert.equal(6, seen.prints)
      assert.is_nil(seen.start)
      assert.equal(30, seen.strip) -- a row for each foot
    end
  end)

  it("leaves room for the figure on a phone on its side, and shows no -0.0", function()
    if not has_chromium then return pending("there is no chromium") end
    local back = walk(2)
    for i, frame in ipairs(back.frames) do
      for k = 1, 9, 3 do frame[k] = -1e-4 * (i - 1) end
    end
    back.series[1].values = {}
    for i = 1, #back.frames do back.series[1].values[i] = -1e-4 end
    for _, size in ipairs { "844,390", "667,375" } do
      local seen = ask(back, 1, size, true, [[ {
        beyond: document.documentElement.scrollWidth - innerWidth,
        stage: document.getElementById("stage").clientHeight / innerHeight,
        hud: document.getElementById("hud").clientHeight / document.getElementById("stage").clientHeight,
        hud_text: [...document.querySelectorAll("#hud .large dd")].map(d => d.textContent) } ]])
      assert.is_true(seen.beyond <= 0, size)
      assert.is_true(seen.stage > 0.6, size .. " " .. seen.stage)
      assert.is_true(seen.hud < 0.5, size .. " " .. seen.hud)
      assert.same({ "0.00 m/s", "0.0 m" }, { seen.hud_text[1], seen.hud_text[2] })
    end
  end)

  it("is played by keys, by the time below what each foot bears, and by its charts", function()
    if not has_chromium then return pending("there is no chromium") end
    local seen = ask(walk(10), 4, "1280,720", true, [[ (() => {
      const times = [], note = () => times.push(+player.time.toFixed(3), player.playing, player.rate);
      const press = (key, shiftKey) =>
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key, shiftKey, bubbles: true }));
      press("ArrowRight"); note();
      press("ArrowLeft", true); note();
      press("ArrowUp"); note();
      press("End"); note();
      press("Home"); press(" "); note();
      scrub.value = 6; scrub.oninput(); note();
      document.querySelector(".legend button").click();
      return { times, hidden: charts[1].lines[0].hidden };
    })() ]])
    assert.same({ 4.02, false, 1, 3.02, false, 1, 3.02, false, 2, 10, false, 2, 0, true, 2, 6, true, 2 }, seen.times)
    assert.is_true(seen.hidden)
  end)

  it("goes from light to dark by its button, and has other colours then", function()
    if not has_chromium then return pending("there is no chromium") end
    local seen = ask(walk(1), 0.2, "1280,720", false, [=[ (() => {
      const look = () => [document.documentElement.dataset.theme, getComputedStyle(document.body).backgroundColor,
        theme === world[document.documentElement.dataset.theme]];
      const first = look();
      document.querySelector("button.theme").click();
      return [first, look()];
    })() ]=])
    assert.same({ "light", "rgb(255, 255, 255)", true }, seen[1])
    assert.same({ "dark", "rgb(17, 20, 29)", true }, seen[2])
  end)

  it("shows all of a world that is seen from above, in its colours", function()
    if not has_chromium then return pending("there is no chromium") end
    local r = { title = "tag", dt = 0.1, view = "above", n_bodies = 2, frames = {}, shapes = {
      { body = 0, kind = "polygon", points = { -5, -2, 5, -2, 5, 2, -5, 2, -5, -2 }, closed = false },
      { body = 0, kind = "circle", x = 3, y = 1, radius = 0.5, colour = "#112233" },
      { body = 1, kind = "circle", radius = 0.4, colour = "#ff0000" }, { body = 2, kind = "circle", radius = 0.4 },
    } }
    for i = 1, 20 do r.frames[i] = { -4 + 0.1 * i, 1, 0, 4 - 0.1 * i, -1, 0 } end
    for _, size in ipairs { "400,900", "1280,720" } do
      local seen = ask(r, 1, size, false, [[ (() => {
        const image = ctx.getImageData(0, 0, view.width, view.height).data;
        const hex = (x, y) => {
          const k = 4 * (Math.round(screenY(y)) * view.width + Math.round(screenX(x)));
          return "#" + [...image.slice(k, k + 3)].map(v => v.toString(16).padStart(2, "0")).join("");
        };
        return { left: screenX(-5), right: view.width - screenX(5), top: screenY(2), bottom: view.height - screenY(-2),
          square: (screenX(5) - screenX(-5)) / (screenY(-2) - screenY(2)), one: hex(-2.9, 1.2), two: hex(2.9, -0.8),
          tree: hex(3, 1), floor: hex(0.53, 0.27), head: document.getElementById("hud").offsetHeight };
      })() ]])
      assert.is_true(seen.left >= 0 and seen.right >= 0 and seen.top >= seen.head and seen.bottom >= 0)
      assert.is_true(seen.left < 25 or seen.bottom < 60) -- as large as there is room
      assert.is_true(math.abs(seen.square - 2.5) < 1e-6)
      assert.same({ "#ff0000", "#e69f00", "#112233", "#f8f9fc" }, { seen.one, seen.two, seen.tree, seen.floor })
    end
  end)
end)

describe("JSON", function()
  it("has lists for keys 1..n, else objects with sorted keys", function()
    assert.equal('{"a":1,"b":[1,2,[3]],"c":{}}', core.json({ b = { 1, 2, { 3 } }, a = 1, c = {} }))
    assert.equal('{"1":1,"3":3}', core.json({ 1, [3] = 3 }))
    assert.equal('{"1":1,"x":2}', core.json({ 1, x = 2 }))
  end)

  it("has numbers of the fewest digits that read back the same", function()
    assert.equal("[0.1,0.3333333333333333,3,-1e+300,9007199254740992]", core.json({ 0.1, 1 / 3, 3.0, -1e300, 2 ^ 53 }))
    assert.equal("[null,null,null]", core.json({ 0 / 0, math.huge, -math.huge }))
  end)

  it("escapes strings and names types it has no word for", function()
    assert.equal([=["a\"\\\n\u0001ü"]=], core.json("a\"\\\n\1ü"))
    assert.equal('["function","userdata",true]', core.json({ print, io.stdout, true }))
  end)

  it("refuses a table that holds itself", function()
    local t = {}
    t.t = t
    local ok, message = pcall(core.json, t)
    assert.is_false(ok)
    assert.truthy(message:find("nested deeper than 100", 1, true))
  end)

  it("is not read where it is no JSON or nested too deep, and says which", function()
    local function nested(levels) return ("["):rep(levels) .. ("]"):rep(levels) end
    assert.equal("table", type(core.parse_json(nested(101))))
    for text, reason in pairs { [nested(102)] = "nested deeper than 100", ["[1, "] = "no JSON" } do
      local value, message = core.parse_json(text)
      assert.is_nil(value)
      assert.equal(reason, message)
    end
  end)
end)
