-- rl.param, rl.space and design files.
local rl = require "rl"
local columns = require "spec.columns"
local refuses = require("spec.refusal").refuses
local p = rl.param

-- A body with a shared number, a named and a plain list, and things that are no numbers.
local function body()
  local torque = p(120, 20, 50, 200)
  return {
    name = "hopper",
    thigh = { length = p(0.45, 0.05, 0.3, 0.6), mass = 6 },
    motors = { { joint = "hip", torque = torque }, { joint = "knee", torque = torque } },
    muscles = {
      { name = "vastus", strands = p { mean = 3, std = 1, min = 1, max = 9, integer = true, group = "strong" } },
    },
    path = { { x = p(0.1, 0.02) }, { x = 0.2 } },
    ready = true,
  }
end

describe("rl.param", function()
  it("refuses what is no range, at the line that says it", function()
    refuses("rl.param: min 2 is above max 1", p, 1, 1, 2, 1)
    refuses("rl.param: mean 3 is outside [1, 2]", p, 3, 1, 1, 2)
    refuses("rl.param: std: 0 is not above 0", p, 1, 0)
    refuses("rl.param: std: a finite number expected, got nil", p, 1)
    refuses("rl.param: mean: a finite number expected", p, 0 / 0, 1)
    refuses("rl.param: mean: a finite number expected, got string", p, "1", 1)
    refuses("rl.param: min: a number expected", p, 1, 1, 0 / 0)
    refuses("rl.param: min: a number below infinity expected", p, 1, 1, math.huge)
    refuses("rl.param: max: a number above minus infinity expected", p, 1, 1, nil, -math.huge)
    refuses("rl.param: min and max are both 1: write the number itself", p, 1, 1, 1, 1)
    refuses('rl.param: unknown option "st"; did you mean "std"?', p, { mean = 1, st = 1 })
    refuses("rl.param: no whole number in [0.2, 0.8]", p, { mean = 0.5, std = 1, min = 0.2, max = 0.8, integer = true })
    refuses("rl.param: group: a string expected", p, { mean = 1, std = 1, group = 1 })
    refuses("space_spec.lua:", function()
      local x = p(1, -1)
      return x
    end)
  end)
end)

describe("rl.space", function()
  it("finds every parameter and calls it by its path, in the order of the keys", function()
    local space = rl.space(body())
    assert.are.same({ "motors.hip.torque", "muscles.vastus.strands", "path[1].x", "thigh.length" }, space.names)
    assert.are.equal(4, #space)
    assert.are.same({ 120, 3, 0.1, 0.45 }, space.mean)
    assert.are.same({ 20, 1, 0.02, 0.05 }, space.std)
    assert.are.same({ 50, 1, -math.huge, 0.3 }, space.lower)
    assert.are.same({ 200, 9, math.huge, 0.6 }, space.upper)
    assert.are.same({ 2 }, space.integer)
    assert.are.equal(0.05, space[4].std)
  end)

  it("puts numbers in place in a copy, within their bounds", function()
    local description = body()
    local design = rl.space(description):decode { 1000, 3.6, 0.3, 0.1 }
    assert.are.same({
      name = "hopper",
      thigh = { length = 0.3, mass = 6 },
      motors = { { joint = "hip", torque = 200 }, { joint = "knee", torque = 200 } },
      muscles = { { name = "vastus", strands = 4 } },
      path = { { x = 0.3 }, { x = 0.2 } },
      ready = true,
    }, design)
    design.thigh.mass = 7
    assert.are.equal(6, description.thigh.mass)
  end)

  it("goes back from a design to its numbers, and names what is not in it", function()
    local space = rl.space(body())
    local x = { 130, 4, -5, 0.5 }
    assert.are.same(x, space:encode(space:decode(x)))
    local function wrong(message, change)
      local design = space:decode(x)
      change(design)
      refuses("encode: " .. message, space.encode, space, design)
    end
    wrong("thigh.length: 0.7 is outside [0.3, 0.6]", function(d) d.thigh.length = 0.7 end)
    wrong("thigh.length: nan is outside", function(d) d.thigh.length = math.abs(0 / 0) end)
    wrong("thigh.length: a number expected, got nothing", function(d) d.thigh = nil end)
    wrong("thigh.length: a number expected, got string", function(d) d.thigh.length = "0.5" end)
    wrong("muscles.vastus.strands: 2.5 is not a whole number", function(d) d.muscles[1].strands = 2.5 end)
    wrong("motors.hip.torque is 130 and motors.knee.torque, the same parameter, is 131",
      function(d) d.motors[2].torque = 131 end)
    refuses("encode: a design expected, a table, got number", space.encode, space, 7)
    refuses("encode: a design expected, a table, got nil", space.encode, space)
  end)

  it("decodes rows of what a search asks for", function()
    for _, name in ipairs(rl.searches) do
      local space = rl.space(body())
      local search = rl[name] { space = space, seed = 4 }
      assert.are.equal(space, search.space)
      assert.are.equal(4, search.dim)
      local x = search:ask()
      local values = {}
      for k = 1, #x do
        local design = space:decode(x[k])
        assert.is_true(design.thigh.length >= 0.3 and design.thigh.length <= 0.6, name)
        assert.are.equal(design.motors[1].torque, design.motors[2].torque)
        assert.are.equal(design.muscles[1].strands, math.floor(design.muscles[1].strands))
        values[k] = design.thigh.length
      end
      search:tell(x, columns(search, values))
      assert.is_true(space:decode(search.best or (search:front())[1]).thigh.length > 0)
    end
  end)

  it("gives a search its start, its steps and its bounds", function()
    local space = rl.space(body())
    local o = rl.cmaes({ space = space }):options()
    assert.are.same({ 120, 3, 0.1, 0.45 }, o.x0)
    assert.are.same(space.std, o.scale)
    assert.are.same(space.lower, o.lower)
    assert.are.same({ 2 }, o.integer)
    assert.are.equal(1, o.sigma)
    local elsewhere = rl.cem { space = space, x0 = { 100, 2, 0, 0.5 }, fixed = { 4 }, sigma = 0.5 }
    assert.is_true((elsewhere.deviation - rl.tensor { 10, 0.5, 0.01, 0 }):abs():max() < 1e-6)
    refuses("rl.cem: x0: coordinate 4 (thigh.length) is 1, outside its bounds [0.3, 0.6]", rl.cem,
      { space = space, x0 = { 100, 2, 0, 1 } })
    refuses("option lower: the space says it already", rl.cem, { space = space, lower = 0 })
  end)

  it("shows its groups with counts and bounds", function()
    local space = rl.space(body())
    assert.are.equal("rl.space of 4 parameters in 4 groups", tostring(space))
    local text = space:summary()
    for _, line in ipairs { "strong (1)", "motors (1)", "thigh (1)", "path (1)" } do
      assert.is_truthy(text:find("\n" .. line, 1, true), text)
    end
    assert.is_truthy(text:find("thigh%.length +0%.45 +0%.05 +0%.3 +0%.6"), text)
    assert.is_truthy(text:find("muscles%.vastus%.strands +3 +1 +1 +9 whole"), text)
  end)

  it("takes a table that is at two places as one", function()
    local shank = { length = p(0.4, 0.1, 0.2, 0.6) }
    local space = rl.space { left = shank, right = shank }
    assert.are.same({ "left.length" }, space.names)
    local design = space:decode { 0.5 }
    assert.are.equal(0.5, design.right.length)
    assert.are.same({ 0.5 }, space:encode { left = { length = 0.5 }, right = { length = 0.5 } })
    refuses("right.length, the same parameter, is 0.3", space.encode, space,
      { left = { length = 0.5 }, right = { length = 0.3 } })
    local deep = { x = p(1, 1) }
    for _ = 1, 60 do deep = { deep, deep } end -- 2^60 places
    local many = rl.space(deep)
    assert.are.equal(1, #many)
    assert.are.same({ 2 }, many:encode(many:decode { 2 }))
  end)

  it("refuses tables that are no description", function()
    refuses("rl.space: two parameters are called list.a.x: give the elements of a list names of their own", rl.space,
      { list = { { name = "a", x = p(1, 1) }, { name = "a", x = p(1, 1) } } })
    refuses("two parameters are called a.b", rl.space, { a = { b = p(1, 1) }, ["a.b"] = p(1, 1) })
    refuses("rl.space: there is no parameter in the table", rl.space, { a = 1 })
    refuses("rl.space: a table with parameters in it expected, got number", rl.space, 1)
    refuses("got one parameter", rl.space, p(1, 1))
    local round = { a = p(1, 1), b = {} }
    round.b.c = round
    refuses("rl.space: b.c: the table holds itself", rl.space, round)
    refuses("rl.space: b: a key is a boolean", rl.space, { a = p(1, 1), b = { [true] = 1 } })
  end)

  it("decodes only as many finite numbers as it has", function()
    local space = rl.space { a = p(1, 1, 0, 2), b = p(1, 1) }
    refuses("decode: 2 numbers expected, got 3", space.decode, space, { 1, 2, 3 })
    refuses("decode: 2 numbers expected, got nil", space.decode, space, nil)
    refuses("decode: 2 numbers expected, got userdata", space.decode, space, rl.rng(1))
    refuses("decode: b: a number expected, got string", space.decode, space, { 1, "1" })
    refuses("decode: a:", space.decode, space, { 0 / 0, 1 })
    refuses("decode: b: inf is not finite", space.decode, space, { 1, math.huge })
    refuses("decode: 2 numbers expected, got 5", space.decode, space, rl.zeros(5, 2))
  end)
end)

describe("a design file", function()
  local path = os.tmpname()
  teardown(function() os.remove(path) end)

  local function load(text)
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
    return rl.load_design(path)
  end

  it("brings back what was saved, exactly", function()
    local space = rl.space(body())
    local design = space:decode { 100 + 1 / 3, 4, 2 ^ -40, 0.1 + 0.2 }
    design["if"] = { [3] = "third", ["a b"] = 'quo"te\\ \n\1' .. "2\200", nothing = {}, far = math.huge, low = -1e-300 }
    assert.is_true(space:save(path, design))
    local loaded = assert(rl.load_design(path))
    assert.are.same(design, loaded)
    assert.are.same(space:encode(design), space:encode(loaded))
  end)

  it("is Lua, which gives the same when it is run", function()
    local design = { list = { 1, 2.5, { x = -3 } }, s = "a\n\0b", ["while"] = true }
    for i = 1, 40 do design.list[i + 3] = { number = i } end
    local space = rl.space { list = { [2] = p(2, 1) } }
    assert.is_true(space:save(path, design))
    assert.are.same(design, dofile(path))
    assert.are.same(design, rl.load_design(path))
  end)

  it("is read as data: literals with either quote, comments, hexadecimal", function()
    assert.are.same({ a = 1, 2, ["b c"] = { 0.5, -25 }, d = "x'A\t", [7] = false, e = 16 },
      load [[-- made by hand
        return { a = 1, -- one
          2; ['b c'] = { .5, -2.5e+1 }, d = "x'\065\t", [7] = false, e = 0x10, }]])
    assert.are.same({}, load "{}")
  end)

  it("is refused with line and column where it is anything else", function()
    local function wrong(text, message)
      local design, got = load(text)
      assert.is_nil(design, text)
      assert.is_truthy(got:find(path .. message, 1, true), got)
    end
    wrong("return { a = os.exit() }", ':1:14: a number, string, true, false or table expected')
    wrong("return { os.exit() }", ":1:10: only literals are read, no names and calls")
    wrong("return {\n  a = 1,\n  a = 2 }", ":3:3: this key is there twice")
    wrong("{ 1, [1] = 2 }", ":1:6: this key is there twice")
    wrong("{ a = 1", ":1:8: a comma or } expected")
    wrong("{ 'abc }", ":1:3: the string has no end")
    wrong("{ 'a\nb' }", ":1:3: the string has no end")
    wrong("{ '\\400' }", ":1:4: this is no escape sequence")
    wrong("{ 1..2 }", ":1:3: this is not a number")
    wrong("{ 1 } { 2 }", ':1:7: the end of the file expected')
    wrong("{ nil }", ':1:3: a number, string, true, false or table expected')
    wrong("{ [[long]] }", ":1:4: a number, string, true, false or table expected")
    wrong("{ --[[ long ]] 1 }", ":1:3: comments end with their line")
    wrong("{ [{}] = 1 }", ":1:3: a number or a string expected as key")
    wrong("return 1", ':1:8: a table expected')
    wrong(("{"):rep(1e5), ":1:102: tables are nested deeper than 100")
    wrong("\27Lua", ":1:1: a table expected")
    wrong("", ": the file is empty")
    -- Time that grows with the square of a length would be an hour and more.
    local long = 1e6
    wrong("{ a = " .. ("x"):rep(long) .. "}", ":1:7: a number, string, true, false or table expected")
    wrong(("x"):rep(long) .. "\n@", ":1:1: a table expected")
    wrong("{" .. (" "):rep(long) .. "@", (":1:%d: a number"):format(long + 2))
    wrong("{" .. ("--x\n"):rep(long / 4) .. "@", (":%d:1: a number"):format(long / 4 + 1))
    local text = 'return { a = -1.5e-3, ["b"] = { "c\\n", true }, [4] = 0x1F, }'
    for length = 1, #text - 1 do assert.is_nil((load(text:sub(1, length))), length) end -- whatever is cut off
    assert.is_truthy(load(text))
  end)

  it("that is missing, or cannot be written, gives nil and a message", function()
    local design, message = rl.load_design("no/such.lua")
    assert.is_nil(design)
    assert.is_truthy(message:find("no/such.lua", 1, true))
    assert.is_nil((rl.load_design("/")))
    local fifo = os.tmpname()
    os.remove(fifo)
    os.execute("mkfifo " .. fifo)
    for _, call in ipairs { rl.load_design, rl.save_design } do
      design, message = call(fifo, { a = 1 }) -- does not wait for another process
      assert.is_nil(design)
      assert.is_truthy(message:find(fifo .. ": it is not a regular file", 1, true), message)
    end
    os.remove(fifo)
    local space = rl.space { a = p(1, 1) }
    local ok, why = space:save("no/such.lua", { a = 1 })
    assert.is_nil(ok)
    assert.is_truthy(why:find("no/such.lua", 1, true))
  end)

  it("is not written for a design that is outside of its space, or holds what is no data", function()
    local space = rl.space { a = p(1, 1, 0, 2) }
    refuses("save: a: 3 is outside [0, 2]", space.save, space, path, { a = 3 })
    refuses("design.f: a function cannot be saved", space.save, space, path, { a = 1, f = print })
    refuses("design.b.c: nan cannot be saved", space.save, space, path, { a = 1, b = { c = 0 / 0 } })
    local round = { a = 1 }
    round.b = round
    refuses("nested too deeply", space.save, space, path, round)
    local deep = {}
    for _ = 1, 60 do deep = { deep, deep } end
    refuses("more than 100000 values", space.save, space, path, { a = 1, deep = deep })
  end)
end)
