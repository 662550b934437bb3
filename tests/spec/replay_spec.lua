local child = require "spec.child"
local core = require "rl.core"
local replay = require "rl.replay"

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
    refused("shape 2: points must be a list", function(r) r.shapes[2].points = { 1, 2, 3 } end)
    refused("series speed: 1 values for 2 frames", function(r) r.series[1].values = { 1 } end)
  end)

  it("that cannot be written gives nil and the reason", function()
    local ok, message = replay.write("/nowhere/replay.html", recording(1))
    assert.is_nil(ok)
    assert.equal("cannot write /nowhere/replay.html: No such file or directory", message)
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
end)
