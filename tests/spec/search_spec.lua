-- Every derivative-free method through the one face. What each method computes is tested in tests/c.
local rl = require "rl"
local columns = require "spec.columns"
local refuses = require("spec.refusal").refuses

local function with(options, more)
  local result = {}
  for name, value in pairs(options) do result[name] = value end
  for name, value in pairs(more or {}) do result[name] = value end
  return result
end

-- Returns above 0, as rl.power wants them, greatest at (1, 1, ...).
local function hill(row)
  local sum = 0
  for _, x in ipairs(row) do sum = sum + (x - 1) ^ 2 end
  return math.exp(-0.05 * sum)
end

local function advance(search, iterations, f)
  for _ = 1, iterations do
    local x = search:ask_lists()
    local _, values = rl.map(f or hill, x)
    search:tell(x, columns(search, values))
  end
  return search
end

local function each(f)
  for _, name in ipairs(rl.searches) do f(name, rl[name]) end
end

describe("every search", function()
  it("asks, is told, and says what it found and why it stopped", function()
    each(function(name, new)
      local search = new { x0 = { 2, -1, 0 }, seed = 3, max_iterations = 5 }
      assert.is_nil(search:stop(), name)
      assert.is_nil(search.best)
      assert.is_nil(search.best_return)
      assert.are.same({ 2, -1, 0 }, search.mean:totable())
      local best, evaluations = -math.huge, 0
      while not search:stop() do
        local x = search:ask()
        assert.are.same({ search.popsize, 3 }, x:shape())
        local values = rl.map(hill, x)
        search:tell(x, columns(search, values))
        best, evaluations = math.max(best, values:max()), evaluations + #values
      end
      assert.are.same({ "max_iterations" }, search:stop())
      if search.objectives == 1 then
        assert.are.equal(best, search.best_return)
        assert.is_true(math.abs(hill(search.best:totable()) - best) < 1e-6)
        assert.is_true(search.best_evaluation >= 1 and search.best_evaluation <= evaluations)
        refuses("front: a search of one objective has no front, but a best", search.front, search)
      else
        assert.is_nil(search.best)
        assert.is_nil(search.best_return)
        assert.is_nil(search.best_evaluation)
      end
      assert.are.equal(5, search.iterations)
      assert.are.equal(evaluations, search.evaluations)
      assert.are.equal(0, search.not_finite)
      assert.are.equal(3, search.dim)
      assert.are.equal(3, #search.deviation)
      assert.is_true(search.sigma > 0)
      local what = ("best %.6g"):format(best)
      if search.objectives > 1 then what = ("%d on the front"):format(#(search:front())) end
      assert.are.equal(("rl.%s of 3 coordinates: iteration 5, %s"):format(name, what), tostring(search))
      assert.are.equal(name, search:options().name)
      assert.are.same({ 2, -1, 0 }, search:options().x0)
      assert.is_nil(search.nothing)
    end)
  end)

  it("gives the same run for the same seed, another for another", function()
    each(function(name, new)
      local function run(seed) return advance(new { x0 = { 0, 0, 0 }, seed = seed }, 3):ask() end
      assert.is_true(run(1):equal(run(1)), name)
      if name ~= "finite_difference" then assert.is_false(run(1):equal(run(2)), name) end
    end)
  end)

  it("keeps to bounds, whole numbers and fixed coordinates", function()
    each(function(name, new)
      local search = new {
        x0 = { 0.1, 5, 2, 1 }, lower = { 0.1, -math.huge, -4, 0 }, upper = 5, scale = { 9, 9, 9, 0.01 },
        fixed = { 2 }, integer = { 3 }, seed = 2,
      }
      for _ = 1, 4 do
        local x = search:ask()
        for _, row in ipairs(x:totable()) do
          assert.is_true(row[1] >= rl.tensor { 0.1 }:get(1) and row[1] <= 5, name)
          assert.are.equal(5, row[2])
          assert.is_true(row[3] == math.floor(row[3]) and row[3] >= -4 and row[3] <= 5)
          assert.is_true(row[4] >= 0)
        end
        search:tell(x, columns(search, rl.map(hill, x)))
        assert.are.equal(5, search.mean:get(2))
        assert.are.equal(0, search.deviation:get(2))
        assert.are.equal(search.mean:get(3), math.floor(search.mean:get(3)))
      end
      assert.are.same({ 3 }, search:options().integer)
      assert.are.same({ 2 }, search:options().fixed)
    end)
  end)

  it("finds an optimum on a bound", function()
    for _, name in ipairs { "cmaes", "cem", "rwr", "pi2", "power" } do
      local search = advance(rl[name] { x0 = { 3, 3 }, lower = { 2, -math.huge }, sigma = 1, popsize = 60 }, 40)
      assert.is_true(math.abs(search.best:get(1) - 2) < 0.01, name)
      assert.is_true(math.abs(search.mean:get(2) - 1) < 0.5, name)
    end
  end)

  it("resumes in mid-run, also between ask and tell, as the same run", function()
    local path = os.tmpname()
    each(function(name, new)
      local options = { x0 = { 2, 0, -3, 2 }, lower = -4, integer = { 3 }, fixed = { 2 }, seed = 5 }
      local function same(a, b)
        assert.are.same(a:ask_lists(), b:ask_lists(), name)
        assert.is_true(a.mean:equal(b.mean) and a.deviation:equal(b.deviation), name)
        if a.best then assert.is_true(a.best:equal(b.best), name) end
        if not a.best then assert.are.same({ a:front_lists() }, { b:front_lists() }) end
        for _, field in ipairs { "best_return", "best_evaluation", "iterations", "evaluations", "sigma" } do
          assert.are.equal(a[field], b[field], name .. ": " .. field)
        end
      end
      local a, b = advance(new(options), 6), new(with(options, { seed = 6 }))
      assert.is_true(a:save(path))
      assert.is_true(b:load(path))
      advance(a, 4)
      advance(b, 4)
      same(a, b)
      local x, c = a:ask_lists(), new(options)
      assert.is_true(a:save(path))
      assert.is_true(c:load(path))
      local _, values = rl.map(hill, x)
      a:tell(x, columns(a, values))
      c:tell(x, columns(c, values))
      same(advance(a, 2), advance(c, 2))
    end)
    os.remove(path)
  end)

  it("does not resume another problem, and says what differs", function()
    local path = os.tmpname()
    local p = rl.param
    each(function(name, new)
      local options = { x0 = { 1, 2 }, lower = { 0, 0 }, upper = 5, seed = 1, minimize = false }
      local function differs(more, message)
        local search = new(with(options, more))
        local before = search:ask()
        search:tell(before, columns(search, rl.map(hill, before)))
        local mean = search.mean
        local ok, got = search:load(path)
        assert.is_nil(ok, name)
        assert.is_truthy(got:find(message, 1, true), name .. ": " .. got)
        assert.is_true(mean:equal(search.mean))
      end
      assert.is_true(advance(new(options), 2):save(path))
      differs({ x0 = { 1, 2, 3 }, lower = 0 }, "2 coordinates there, 3 here")
      differs({ x0 = { 1, 3 } }, "x0 of coordinate 2 is 2 there, 3 here")
      differs({ lower = { 0, 1 } }, "lower of coordinate 2 is 0 there, 1 here")
      differs({ upper = 6 }, "upper of coordinate 1 is 5 there, 6 here")
      differs({ scale = 2 }, "scale of coordinate 1 is 1 there, 2 here")
      differs({ fixed = { 1 } }, "coordinate 1 is not fixed there")
      differs({ integer = { 2 } }, "coordinate 2 is not integer there")
      if name ~= "power" then differs({ minimize = true }, "minimize is 0 there, 1 here") end
      local other = rl[name == "cem" and "rwr" or "cem"] { x0 = { 1, 2 } }
      local ok, message = other:load(path)
      assert.is_nil(ok)
      assert.is_truthy(message:find("the method is " .. name .. " there", 1, true), message)
      local named = new { space = rl.space { a = p(1, 1, 0, 5), b = p(2, 1, 0, 5) } }
      assert.is_nil(named:load(path))
      assert.is_true(named:save(path))
      ok, message = new({ space = rl.space { a = p(1, 1, 0, 5), c = p(2, 1, 0, 5) } }):load(path)
      assert.is_nil(ok)
      assert.is_truthy(message:find("the name of coordinate 2 is b there, c here", 1, true), message)
    end)
    assert.is_true(rl.cem({ x0 = { 1 }, popsize = 20 }):save(path))
    local ok, message = rl.cem({ x0 = { 1 }, popsize = 30 }):load(path)
    assert.is_nil(ok)
    assert.is_truthy(message:find("popsize is 20 there, 30 here", 1, true), message)
    assert.is_true(rl.cem({ x0 = { 1 }, popsize = 20, noise = 1, tolx = 1e-3 }):load(path)) -- they are live
    os.remove(path)
    assert.is_nil((rl.cem({ x0 = { 1 } }):load(path)))
  end)

  it("describes its options: default, unit, meaning, range", function()
    local core = require "rl.core"
    each(function(name, new)
      local search = new { x0 = { 2, -1, 0 } }
      local options, rows, named = search:options(), search:describe(), {}
      for _, row in ipairs(rows) do
        local what = name .. "." .. row.name
        assert.is_nil(named[row.name], what)
        named[row.name] = row
        assert.is_true(#row.meaning > 5 and type(row.unit) == "string" and type(row.live) == "boolean", what)
        local filled_in = row.default == 0 and (row.name == "popsize" or row.name == "max_iterations")
        if not filled_in then assert.are.equal(row.default, options[row.name], what) end
        if row.min and row.default then assert.is_true(row.default >= row.min, what) end
        if row.max and row.default then assert.is_true(row.default <= row.max, what) end
      end
      for option in pairs(options) do assert.is_truthy(named[option] or option == "name" or option == "x0", option) end
      assert.are.same(rows, core.describe_search(name))
    end)
    refuses("did you mean", core.describe_search, "cmaess")
  end)

  it("names what is wrong with its problem", function()
    each(function(name, new)
      local function wrong(options, message) refuses("rl." .. name .. ": " .. message, new, options) end
      wrong({}, "x0: a table of numbers or a tensor expected, got nil")
      wrong({ x0 = {} }, "x0: at least one number expected")
      wrong({ x0 = { 1, 0 / 0 } }, "x0: coordinate 2 is")
      wrong({ x0 = { 1, "a" } }, "x0: element 2 is a string")
      wrong({ x0 = rl.zeros(2, 2) }, "x0: a flat tensor expected, got 2 dimensions")
      wrong({ x0 = { 0, 0 }, lower = 1 }, "x0: coordinate 1 is 0, outside its bounds [1, inf]")
      wrong({ x0 = { 0, 0 }, upper = { 1, -1 } }, "x0: coordinate 2 is 0, outside its bounds [-inf, -1]")
      wrong({ x0 = { 0, 0 }, lower = 1, upper = 0 }, "bounds of coordinate 1: lower 1 is not below upper 0")
      wrong({ x0 = { 0, 0 }, lower = { 0 } }, "option lower: 2 numbers expected, as in x0, got 1")
      wrong({ x0 = { 0, 0 }, scale = { 1, 0 } }, "scale of coordinate 2: a positive number, got 0")
      wrong({ x0 = { 0, 0 }, integer = { 3 } },
        "option integer: a list of coordinates from 1 to 2 expected, element 1 is 3")
      wrong({ x0 = { 0, 0 }, fixed = { [2] = true } }, "option fixed: a list of coordinates expected, as {1, 3}")
      wrong({ x0 = { 0.5 }, lower = 0.4, upper = 0.6, integer = { 1 } }, "coordinate 1: no whole number in [0.4, 0.6]")
      wrong({ x0 = { 0 }, fixed = { 1 } }, "no coordinate is searched")
      wrong({ x0 = { 0 }, max_secondz = 1 }, 'unknown option "max_secondz"; did you mean "max_seconds"?')
      wrong({ x0 = { 0 }, seed = -1 }, "option seed")
      if new({ x0 = { 0 } }).objectives == 1 then wrong({ x0 = { 0 }, target = 0 / 0 }, "option target") end
      wrong({ x0 = { 0 }, space = {} }, "option space: what rl.space gives expected")
      wrong({ x0 = { 0 }, max_evaluations = function() return 1 end }, "option max_evaluations: integer expected")
    end)
    for _, name in ipairs(rl.searches) do
      refuses("option sigma: 0 is outside", rl[name], { x0 = { 0 }, sigma = 0 })
      refuses("option sigma", rl[name], { x0 = { 0 }, sigma = -1 })
    end
  end)

  it("takes only the values of what it asked for, and counts those that are no numbers", function()
    each(function(name, new)
      local search = new { x0 = { 0, 0 }, seed = 1 }
      local function wrong(x, values, message) refuses(message, search.tell, search, x, values) end
      wrong(rl.zeros(search.popsize, 2), { 1 }, "tell: ask first")
      local old = search:ask()
      local x = search:ask()
      local n = #x
      if name ~= "finite_difference" then wrong(old, rl.zeros(n), "x is not what the last ask gave: candidate ") end
      wrong(x + 1, rl.zeros(n), "x is not what the last ask gave: candidate 1, coordinate 1 differs")
      wrong(rl.zeros(n + 1, 2), rl.zeros(n), "x: shape [" .. n .. ", 2] expected")
      local m = search.objectives
      if m == 1 then
        wrong(x, rl.zeros(n + 1), n .. " values expected, one a candidate, got " .. n + 1)
        wrong(x, rl.zeros(n, 1, 1), "values: a flat tensor expected, got 3 dimensions")
        wrong(x, rl.zeros(n, 2), "tell: 1 objectives a candidate expected, got 2")
      else
        wrong(x, rl.zeros(n), ("tell: %d objectives a candidate expected, got 1"):format(m))
        wrong(x, rl.zeros(n + 1, m), ("values of %d candidates expected, got %d"):format(n, n + 1))
        wrong(x, rl.zeros(n, m, 1), "values: a flat tensor or one of rows expected, got 3 dimensions")
        wrong(x, rl.zeros(n, m + 1), ("tell: %d objectives a candidate expected, got %d"):format(m, m + 1))
      end
      wrong(x, "a", "values: a table of numbers or a tensor expected, got string")
      assert.are.equal(0, search.evaluations)
      local values = rl.map(hill, x)
      if n > 2 then
        values:set(1, 0 / 0)
        values:set(2, math.huge)
      end
      search:tell(x, columns(search, values))
      assert.are.equal(n > 2 and 2 or 0, search.not_finite)
      if m == 1 then assert.is_true(search.best_return <= 1) end
      local mean = search.mean:totable()
      assert.is_true(mean[1] == mean[1] and math.abs(mean[1]) < math.huge)
      wrong(x, values, "ask first")
    end)
  end)

  it("does not run away from returns as large as numbers are", function()
    each(function(name, new)
      -- A gradient of that size is no number; its direction is.
      local search = new { x0 = { 0, 0 }, seed = 1, normalize = name == "finite_difference" or nil }
      for _ = 1, 3 do
        local x, values = search:ask_lists(), {}
        for k = 1, #x do values[k] = k % 2 == 0 and 1.7e308 or 0 end
        search:tell(x, columns(search, values))
      end
      for _, mean in ipairs(search.mean:totable()) do assert.is_true(mean == mean and math.abs(mean) < math.huge) end
    end)
  end)

  it("stops for want of time when told to", function()
    each(function(_, new)
      local search = new { x0 = { 0 }, max_seconds = 0 }
      assert.are.same({ "max_seconds" }, search:stop())
      assert.are.equal(0, search:options().max_seconds)
      search:set { max_seconds = 1e6 }
      assert.is_nil(search:stop())
    end)
  end)

  it("changes limits in mid-run", function()
    each(function(_, new)
      local search = advance(new { x0 = { 0, 0 } }, 2)
      local one = search.objectives == 1 or nil
      search:set { max_iterations = 2, target = one and 1e-300 }
      assert.are.same({ "max_iterations", one and "target" }, search:stop())
      search:set { max_iterations = 3, target = one and 10, max_evaluations = 1 }
      assert.are.same({ "max_evaluations" }, search:stop())
      assert.are.equal(one and 10, search:options().target)
      refuses("option seed", search.set, search, { seed = 2 })
      refuses("did you mean", search.set, search, { max_iteration = 2 })
      refuses("option max_iterations", search.set, search, { max_iterations = -1 })
    end)
  end)
end)

describe("what a search hands out", function()
  local p = rl.param

  it("is within the bounds in float32, and is taken back", function()
    each(function(name, new)
      -- Bounds that float32 does not hold on either side of 0, and two between which there is no float32.
      local options = { x0 = { 0.05, -0.05, 0.1 + 4e-10 }, lower = { -0.1, -0.1, 0.1 + 3e-10 }, seed = 1,
                        upper = { 0.1, 0.1, 0.1 + 5e-10 }, sigma = 0.05 }
      for sign = -1, 1, 2 do
        local search = new(options)
        local function within(x)
          for i = 1, 2 do assert.is_true(x:get(i) >= -0.1 and x:get(i) <= 0.1, name) end
          if pcall(search.inject, search, options.x0) then search:inject(x) end
          new { x0 = x, lower = options.lower, upper = options.upper }
        end
        advance(search, 30, function(row) return 3 + sign * (row[1] + row[2]) end)
        within(search.mean)
        if search.objectives == 1 then within(search.best) end
        within(search:ask()[1])
        for i, x in ipairs(search:mean_list()) do
          assert.is_true(x >= options.lower[i] and x <= options.upper[i])
        end
      end
    end)
  end)

  it("is the best candidate as it was evaluated, in double or as the tensor held it", function()
    each(function(name, new)
      for _, ask in ipairs { "ask", "ask_lists" } do
        local search = new { x0 = { 0.3, 0.7 }, lower = { 0.3, -1 }, seed = 2 }
        assert.is_nil(search:best_list())
        for _ = 1, 4 do
          local x = search[ask](search)
          local _, values = rl.map(hill, x)
          search:tell(x, columns(search, values))
        end
        if search.objectives == 1 then
          assert.are.equal(search.best_return, hill(search:best_list()), name .. " " .. ask)
        end
      end
    end)
  end)

  it("goes through a space and a design file to the bit", function()
    local path = os.tmpname()
    local space = rl.space { a = p(0.05, 0.03, 0, 0.1), b = p(0.123456789, 1, -2, 2) }
    local search = advance(rl.cmaes { space = space, seed = 1 }, 20, function(row) return row[1] - row[2] ^ 2 end)
    local design = space:decode(search:best_list())
    assert.are.same(search:best_list(), space:encode(design))
    assert.is_true(space:save(path, design))
    assert.are.same(search:best_list(), space:encode(assert(rl.load_design(path))))
    os.remove(path)
    local bound = rl.tensor { 0.1 }:get(1) -- above 0.1
    assert.are.equal(0.1, space:encode({ a = bound, b = 0 })[1])
    assert.are.equal(0.1, p(bound, 1, 0, 0.1).mean)
    refuses("a: 0.1 is outside [0, 0.1]", space.encode, space, { a = 0.1 + 1e-9, b = 0 })
  end)
end)

describe("a search of a small box", function()
  it("takes a third of the range for its deviation, says so, and finds the optimum", function()
    each(function(name, new)
      local options = { x0 = { 0.005, 0.005 }, lower = 0, upper = 0.01, seed = 1, sigma = 1 }
      local search = new(options)
      assert.are.equal("the standard deviation of coordinate 1 is 0.003333, a third of its range [0, 0.01], where " ..
        "sigma and scale say 1; 1 more are changed so", search.notice)
      assert.is_true(math.abs(search.deviation:max() - 0.01 / 3) < 1e-8, name)
      assert.is_true(math.abs(search:options().sigma - 0.01 / 3) < 1e-12, name)
      assert.is_nil(new({ x0 = { 0 }, lower = -9, upper = 9 }).notice)
    end)
    local solved = 0
    for seed = 1, 20 do
      local search = rl.cmaes { x0 = rl.zeros(5) + 0.005, lower = 0, upper = 0.01, seed = seed, minimize = true }
      while not search:stop() do
        advance(search, 1, function(row)
          local sum = 0
          for _, x in ipairs(row) do sum = sum + (x / 0.01 - 0.3) ^ 2 end
          return sum
        end)
      end
      if search.best_return < 1e-4 then solved = solved + 1 end
    end
    assert.are.equal(20, solved)
  end)
end)

describe("whole numbers", function()
  it("come down from 6 in every method, at its default step", function()
    each(function(name, new)
      for seed = 1, 5 do
        local search = new { x0 = { 6, 3 }, integer = { 1 }, seed = seed, max_evaluations = 20000 }
        if search.objectives > 1 then return end
        while not search:stop() and not (search.mean:get(1) == 0 and search.iterations > 3) do
          advance(search, 1, function(row) return math.exp(-0.05 * (row[1] ^ 2 + (row[2] - 1) ^ 2)) end)
        end
        assert.are.equal(0, search.mean:get(1), name .. ", seed " .. seed)
      end
    end)
  end)

  it("that have no choice are fixed, and bounds without one are named", function()
    each(function(name, new)
      local search = new { x0 = { 0.5, 2 }, lower = { 0.4, 0 }, upper = { 1.4, 3 }, integer = { 1 } }
      assert.are.same({ 1 }, search:options().fixed, name)
      assert.are.equal(1, search.mean:get(1))
      refuses("coordinate 2: no whole number in [0.2, 0.9]", new,
        { x0 = { 0, 0.5 }, lower = { -1, 0.2 }, upper = { 1, 0.9 }, integer = { 2 } })
    end)
  end)
end)

describe("an ask without a finite value", function()
  it("is counted, changes nothing else, and ends the search after many", function()
    each(function(name, new)
      local search = advance(new { x0 = { 0, 0 }, seed = 1 }, 1)
      local mean, before, asked = search.mean, search.evaluations, search.popsize
      for t = 1, 50 do
        assert.is_nil(search:stop(), name)
        advance(search, 1, function(_, k) return k % 2 == 0 and math.huge or 0 / 0 end)
        assert.are.equal(before + t * asked, search.evaluations)
      end
      assert.are.equal(50 * asked, search.not_finite)
      assert.are.equal(1, search.iterations)
      assert.is_true(mean:equal(search.mean))
      assert.are.same({ "not_finite" }, search:stop())
      advance(search, 1)
      assert.is_nil(search:stop())
    end)
  end)
end)

describe("a search that version 0.1 has saved", function()
  local folder = assert(os.getenv("RL_ROOT")) .. "/tests/spec/fixtures/search/"
  local cases = dofile(folder .. "expected.lua")

  local function tell(search, x, wobble)
    local _, values = rl.map(function(row, k)
      local sum = 1
      for i, at in ipairs(row) do sum = sum + i * (at - 1) ^ 2 end
      return 1 / sum * (wobble and 1 + k * 7 % 5 / 10 or 1)
    end, x)
    search:tell(x, values)
  end

  -- `within` is for processors that round a product before it is added; 0 where nothing has been computed since.
  local function near(want, got, within, what)
    if type(want) == "table" then
      assert.are.equal(#want, #got, what)
      for i in ipairs(want) do near(want[i], got[i], within, what) end
    else
      local apart = math.abs(want - got)
      assert.is_true(apart <= within * math.max(1, math.abs(want)), ("%s: %.17g, got %.17g"):format(what, want, got))
    end
  end

  local function is_at(want, search, within, name)
    for field, number in pairs(want) do
      local got = search[field]
      if field == "asked" then
        got = search:ask_lists()
      elseif type(number) == "table" then
        got = got:totable()
      end
      near(number, got, within, name .. "." .. field)
    end
  end

  it("is there for every method", function()
    local there = {}
    for _, case in ipairs(cases) do there[case.method] = true end
    local then_there = "cmaes cem rwr pi2 power ars openai_es finite_difference hill_climb"
    for name in then_there:gmatch("%S+") do assert.is_true(there[name], name) end
  end)

  it("goes on where it was, after a tell and after an ask", function()
    for _, case in ipairs(cases) do
      for _, when in ipairs { "told", "asked" } do
        local search = rl[case.method](case.options)
        assert.is_true(search:load(folder .. case.name .. "." .. when))
        if case.changed then case.told.deviation = nil end -- of whole numbers, which are held
        is_at(case.told, search, 0, case.name)
        if when == "told" then near(case.asked, search:ask_lists(), 1e-9, case.name .. ".asked") end
        tell(search, case.asked, case.wobble)
        for _ = 1, 3 do tell(search, search:ask_lists(), case.wobble) end
        if case.changed then -- the method itself: it goes on from there
          assert.are.equal(case.told.iterations + 4, search.iterations, case.name)
          assert.is_true(search.best_return >= case.told.best_return or case.options.minimize, case.name)
        else
          assert.are.same(case.stop, search:stop() or {}, case.name)
          is_at(case.later, search, 1e-9, case.name)
        end
      end
    end
  end)

  it("is checked like any other", function()
    for _, case in ipairs(cases) do
      local elsewhere = { x0 = { 1, 1 }, lower = -math.huge, upper = math.huge, scale = 1, fixed = {}, integer = {} }
      local search = rl[case.method](with(case.options, elsewhere))
      local ok, message = search:load(folder .. case.name .. ".told")
      assert.is_nil(ok)
      assert.is_truthy(message:find("saved from another problem", 1, true), message)
    end
  end)
end)

-- Iterations until the mean balances the pole for 475 steps, the mean of 100 episodes; nil: never.
local function balance(name, options, seed, iterations)
  local env = rl.env("cartpole", { seed = seed })
  local policy = rl.policy(env, { hidden = {}, normalize = false })
  policy.theta:zero_()
  options.x0, options.seed, options.max_iterations = policy.theta, seed, iterations
  local search = rl[name](options)
  while not search:stop() do
    local x = search:ask()
    search:tell(x, env:evaluate(policy, x, { episodes = 3 }))
    policy.theta:copy_(search.mean)
    if env:evaluate(policy, { episodes = 10 }).mean_return >= 475 and
      env:evaluate(policy, { episodes = 100 }).mean_return >= 475 then return search.iterations end
  end
end

describe("a search for the weights of a linear policy", function()
  it("balances a pole from zero, on 5 seeds of 5", function()
    local methods = {
      cmaes = { sigma = 0.5 },
      cem = { popsize = 40, elite = 0.2, noise = function(t) return math.max(0.1 * (1 - t / 20), 0) end },
      ars = { sigma = 0.1, lr = 0.1 },
      openai_es = { sigma = 0.1, lr = 0.05, directions = 20 },
      finite_difference = { sigma = 0.1, lr = 0.1, normalize = true },
      -- A return that is high by chance must not stay the best for ever, nor end the search for a better one.
      hill_climb = { sigma = 0.5, reevaluate = true, adapt = false },
    }
    for name, options in pairs(methods) do
      for seed = 1, 5 do assert.is_number(balance(name, options, seed, 60), name .. ", seed " .. seed) end
    end
  end)
end)

describe("an invariance of searches:", function()
  local ROTATED = { 0.6, 0.8 } -- a direction of the plane

  local function bowl(row)
    local along = ROTATED[1] * row[1] + ROTATED[2] * row[2]
    return -(row[1] ^ 2 + row[2] ^ 2 + 20 * along ^ 2)
  end

  it("only the order of returns matters where candidates are ranked", function()
    for _, name in ipairs { "cmaes", "cem" } do
      local options = { x0 = { 2, -1 }, sigma = 1, popsize = 20, seed = 7 }
      local plain = advance(rl[name](options), 15, bowl)
      local bent = advance(rl[name](options), 15, function(row) return math.exp(bowl(row) / 100) - 3 end)
      assert.is_true(plain:ask():equal(bent:ask()), name)
    end
  end)

  it("a shifted and scaled return is the same return where candidates are weighed", function()
    for _, name in ipairs { "rwr", "pi2" } do
      local options = { x0 = { 2, -1 }, sigma = 1, popsize = 20, seed = 7 }
      local plain = advance(rl[name](options), 10, bowl)
      local bent = advance(rl[name](options), 10, function(row) return 8 * bowl(row) + 1024 end)
      assert.is_true((plain:ask() - bent:ask()):abs():max() < 1e-5, name)
    end
  end)

  it("a shifted function is searched as the function is", function()
    for _, name in ipairs { "cmaes", "cem", "rwr", "pi2" } do
      local function run(shift)
        local search = rl[name] { x0 = { 2 + shift, -1 + shift }, sigma = 1, popsize = 20, seed = 7 }
        advance(search, 10, function(row) return bowl { row[1] - shift, row[2] - shift } end)
        return search.mean - shift
      end
      assert.is_true((run(0) - run(64)):abs():max() < 1e-4, name) -- float32 at 64: 4e-6
    end
  end)

  it("what is told as costs is searched as its negative is", function()
    for _, name in ipairs(rl.searches) do
      if name ~= "power" then
        local options = { x0 = { 2, -1 }, seed = 7 }
        local up = advance(rl[name](options), 5, bowl)
        local down = advance(rl[name](with(options, { minimize = true })), 5, function(row) return -bowl(row) end)
        assert.are.same(up:ask_lists(), down:ask_lists(), name)
        if up.best then assert.are.equal(up.best_return, -down.best_return) end
      end
    end
  end)
end)

describe("an option that is a function of the iteration", function()
  it("is asked once an iteration and can be set in mid-run", function()
    local asked = {}
    local search = rl.cem {
      x0 = { 0 }, popsize = 10,
      noise = function(t)
        asked[#asked + 1] = t
        return t / 10
      end,
    }
    advance(search, 2)
    search:ask()
    advance(search, 1)
    assert.are.same({ 1, 2, 3 }, asked)
    assert.are.equal(0.3, search:options().noise)
    assert.is_true(search.deviation:get(1) >= math.sqrt(0.3) - 1e-6)
    search:set { noise = 2, decay = function(t) return 1 / t end }
    advance(search, 1)
    assert.are.same({ 1, 2, 3 }, asked)
    assert.are.equal(2, search:options().noise)
    assert.are.equal(0.25, search:options().decay)
  end)

  it("acts on the tell of a run that was resumed after its ask", function()
    local path = os.tmpname()
    local options = { x0 = { 0, 0 }, popsize = 10, noise = function(t) return t end }
    local a, b = advance(rl.cem(options), 2), rl.cem(options)
    local x = a:ask()
    assert.is_true(a:save(path))
    assert.is_true(b:load(path))
    os.remove(path)
    a:tell(x, rl.map(hill, x))
    b:tell(x, rl.map(hill, x))
    assert.is_true(a.deviation:equal(b.deviation))
    assert.is_true(b.deviation:min() >= math.sqrt(3) - 1e-6)
  end)

  it("must return a number in the option's range, and leaves the search as it was when it fails", function()
    local function bad(noise, message)
      local search = rl.cem { x0 = { 0 }, popsize = 4, noise = noise }
      refuses(message, search.ask, search)
      assert.are.equal(0, search.iterations)
    end
    bad(function() return -1 end, "rl.cem: option noise: -1 is outside")
    bad(function() return 0 / 0 end, "rl.cem: option noise")
    bad(function() end, "rl.cem: option noise: its function must return a number, got nil")
    bad(function() error("oh") end, "oh")
  end)

  it("may look at its search and change nothing of it", function()
    local search
    local try
    search = rl.cem { x0 = { 0 }, popsize = 4, noise = function() return try(search) end }
    local calls = {
      function(s) s:ask() end, function(s) s:ask_lists() end, function(s) s:tell({ { 1 } }, { 1 }) end,
      function(s) s:inject { 1 } end, function(s) s:set { noise = 1 } end, function(s) s:load("none") end,
    }
    for _, call in ipairs(calls) do
      try = call
      refuses("rl.cem is busy: its own functions cannot use it", search.ask, search)
    end
    try = function(s) return s.iterations + #s:options().x0 end
    assert.are.equal(4, search:ask():shape()[1])
    assert.are.equal(1, search:options().noise)
  end)

  it("raises what it raises, with its traceback", function()
    local value = {}
    local search = rl.cem { x0 = { 0 }, noise = function() error(value) end }
    local _, got = pcall(search.ask, search)
    assert.are.equal(value, got)
    local function helper() error("my own mistake") end
    search:set { noise = function() helper() return 1 end }
    refuses("'helper'", search.ask, search)
  end)
end)

describe("rl.map", function()
  it("calls a plain function on every row, of tensors and of lists", function()
    local values, list = rl.map(function(row, i) return row[1] + 10 * i end, rl.tensor { { 1, 2 }, { 3, 4 } })
    assert.are.same({ 11, 23 }, values:totable())
    assert.are.same({ 11, 23 }, list)
    assert.are.same({ 0.1 }, select(2, rl.map(function(row) return row[1] end, { { 0.1 } })))
  end)

  it("tells where the function failed", function()
    local function fails() error("no good") end
    refuses("no good", rl.map, fails, { { 1 } })
    refuses("stack traceback", rl.map, fails, { { 1 } })
    refuses("must return a number, got a nil for row 1", rl.map, function() end, { { 1 } })
    refuses("a function expected, got a number", rl.map, 1, {})
    refuses("row 1 is a number, not a list", rl.map, fails, rl.zeros(2))
    refuses("a tensor or a list of rows expected, got a userdata", rl.map, fails, rl.rng(1))
  end)
end)
