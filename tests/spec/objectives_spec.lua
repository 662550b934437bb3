-- Constraints and several objectives through Lua: what is told, what is kept, what is refused.
local rl = require "rl"
local refuses = require("spec.refusal").refuses

local function sphere(x)
  local sum = 0
  for _, v in ipairs(x) do sum = sum + v * v end
  return sum
end

local function constrained(options)
  options.x0, options.constraints, options.minimize = options.x0 or { 3, 4 }, options.constraints or 1, true
  return rl.cmaes(options)
end

local function tell(es, x, f, g)
  local _, values = rl.map(f, x)
  local _, more = rl.map(g, x)
  es:tell(x, values, more)
end

local function plane(x) return { 2 - x[1] - x[2] } end

describe("constraints", function()
  it("are told beside the returns, as tensors or lists, one a candidate or a row of them", function()
    local whole = constrained { seed = 3 }
    local ways = {
      function(g) return g end,
      function(g) return rl.tensor(g) end,
      function(g) return rl.map(function(row) return row[1] end, g) end,
      function(g) return select(2, rl.map(function(row) return row[1] end, g)) end,
    }
    for step, way in ipairs(ways) do
      local x = whole:ask_lists()
      local _, values = rl.map(sphere, x)
      local _, limits = rl.map(plane, x)
      whole:tell(x, values, way(limits))
      assert.are.equal(step, whole.iterations)
    end
    assert.are.equal(1, whole.extras)
    assert.are.equal(1, whole.objectives)
    while not whole:stop() do tell(whole, whole:ask_lists(), sphere, plane) end
    assert.are.equal(0, whole.violation)
    assert.is_true(whole.best_return >= 2 and whole.best_return < 2 + 1e-6)
    assert.are.same({ 1 }, whole.best_constraints:shape())
    assert.is_true(whole.best_constraints:get(1) <= 0)
    assert.is_true(math.abs(whole.mean:get(1) - 1) < 1e-3)
    assert.are.equal(1, whole:options().constraints)
  end)

  it("work with bounds, whole and fixed numbers, restarts and maximising", function()
    local es = rl.cmaes {
      x0 = { 3, 2, 5, .5 }, lower = { 0, 0, -math.huge, 0 }, upper = { 10, 10, math.huge, 1 },
      integer = { 2 }, fixed = { 3 }, constraints = 2, restarts = "bipop", seed = 5, max_evaluations = 20000,
    }
    while not es:stop() do -- x1 + 2 x2 + x4 under x1 + x2 <= 6.5 and x2 <= 3.7: 3.5 + 6 + 1
      local x = es:ask_lists()
      for _, row in ipairs(x) do assert.is_true(row[2] == math.floor(row[2]) and row[3] == 5) end
      tell(es, x, function(r) return r[1] + 2 * r[2] + r[4] end,
        function(r) return { r[1] + r[2] - 6.5, r[2] - 3.7 } end)
    end
    assert.are.equal(0, es.violation)
    assert.is_true(es.best_return <= 10.5 and es.best_return > 10.5 - 1e-3, es.best_return)
    assert.are.equal(3, es.best:get(2))
    assert.is_true(es.restarts > 0)
  end)

  it("that are never met end by saying what was nearest", function()
    local es = constrained { constraints = 2, seed = 2 }
    assert.is_nil(es.violation)
    assert.is_nil(es.best_constraints)
    while not es:stop() do
      tell(es, es:ask_lists(), sphere, function(x) return { 1 + (x[1] - 2) ^ 2, x[2] - 9 } end)
    end
    local stop = es:stop()
    assert.are.equal("infeasible", stop[#stop])
    assert.is_true(math.abs(es.violation - 1) < 1e-6)
    assert.is_true(math.abs(es.best:get(1) - 2) < 1e-3)
    assert.is_true(es.best_constraints:get(1) > 0 and es.best_constraints:get(2) < 0)
    assert.is_truthy(tostring(es):find("no candidate is feasible: constraints are violated by 1 at least", 1, true))
  end)

  it("that are steps, and not finite, are ranked too", function()
    local es = constrained { seed = 4, max_evaluations = 5000 }
    while not es:stop() do
      tell(es, es:ask_lists(), sphere, function(x)
        if x[1] < -3 then return { 0 / 0 } elseif x[2] < -3 then return { -math.huge } end
        return { x[1] + x[2] < 2 and 1 or 0 }
      end)
    end
    assert.are.equal(0, es.violation)
    assert.is_true(es.best_return < 2.01, es.best_return)
  end)

  it("refuse what is not theirs", function()
    local es = constrained { constraints = 2, popsize = 4 }
    local x = es:ask_lists()
    local function wrong(message, values, more) refuses("rl.cmaes: " .. message, es.tell, es, x, values, more) end
    local rows = { { 1, 2 }, { 1, 2 }, { 1, 2 }, { 1, 2 } }
    wrong("tell: 2 constraints a candidate expected, got none", { 1, 2, 3, 4 })
    wrong("tell: 2 constraints a candidate expected, candidate 3 has 1", { 1, 2, 3, 4 },
      { { 1, 2 }, { 1, 2 }, { 1 }, { 1, 2 } })
    wrong("tell: 2 constraints a candidate expected, candidate 1 has 1", { 1, 2, 3, 4 }, { 1, 2, 3, 4 })
    wrong("tell: 2 constraints a candidate expected, got 3", { 1, 2, 3, 4 }, rl.zeros(4, 3))
    wrong("tell: 2 constraints a candidate expected, got 1", { 1, 2, 3, 4 }, rl.zeros(4))
    wrong("tell: constraints of 4 candidates expected, got 3", { 1, 2, 3, 4 }, { { 1, 2 }, { 1, 2 }, { 1, 2 } })
    wrong("tell: constraints of 4 candidates expected, got 5", { 1, 2, 3, 4 }, rl.zeros(5, 2))
    wrong("tell: constraints: a table of numbers or a tensor expected, got boolean", { 1, 2, 3, 4 }, true)
    wrong("tell: constraints: element 2 is a string", { 1, 2, 3, 4 }, { { 1, 2 }, { 1, "a" }, { 1, 2 }, { 1, 2 } })
    wrong("tell: 1 objectives a candidate expected", rows, rows)
    assert.are.equal(0, es.evaluations)
    es:tell(x, { 1, 2, 3, 4 }, rows)
    local one = constrained { popsize = 4 }
    x = one:ask()
    refuses("the constraints are the values themselves: of rl.map take the first result alone",
      function() one:tell(x, rl.map(sphere, x)) end)
    refuses("option constraints: -1 is outside", rl.cmaes, { x0 = { 1 }, constraints = -1 })
    refuses('unknown option "constraints"', rl.cem, { x0 = { 1 }, constraints = 1 })
  end)

  it("are saved with the search, and a search with another number of them is another one", function()
    local path = os.tmpname()
    local a, b = constrained { constraints = 2, seed = 1 }, constrained { constraints = 2, seed = 9 }
    local function g(x) return { 2 - x[1] - x[2], x[1] - 5 } end
    for _ = 1, 12 do tell(a, a:ask_lists(), sphere, g) end
    local x = a:ask_lists()
    assert.is_true(a:save(path))
    assert.is_true(b:load(path))
    for _ = 1, 30 do
      tell(a, x, sphere, g)
      tell(b, x, sphere, g)
      assert.are.same(a.best_constraints:totable(), b.best_constraints:totable())
      assert.are.equal(a.violation, b.violation)
      x = a:ask_lists()
      assert.are.same(x, b:ask_lists())
    end
    local ok, message = constrained({ constraints = 3 }):load(path)
    assert.is_nil(ok)
    assert.is_truthy(message:find("constraints is 2 there, 3 here", 1, true), message)
    os.remove(path)
  end)
end)

-- Distances to (0, 0, 0) and (2, 0, 0): the front is the line between them.
local function distances(x) return { sphere(x), sphere { x[1] - 2, x[2], x[3] } } end

local function search(options)
  options.x0, options.sigma, options.popsize = { 1, 1, 1 }, 1, options.popsize or 12
  return rl.mo_cmaes(options)
end

local function advance(es, iterations, f, sign)
  for _ = 1, iterations do
    local x = es:ask_lists()
    local _, values = rl.map(f or distances, x)
    if sign then
      for _, row in ipairs(values) do for j = 1, #row do row[j] = sign * row[j] end end
    end
    es:tell(x, values)
  end
  return es
end

describe("several objectives", function()
  it("give a front, ordered, as tensors and as lists", function()
    local es = advance(search { minimize = true, seed = 2 }, 300)
    local x, values = es:front()
    assert.are.same({ 12, 3 }, x:shape())
    assert.are.same({ 12, 2 }, values:shape())
    local points, costs = es:front_lists()
    for k = 1, 12 do
      assert.are.same(distances(points[k]), costs[k])
      assert.is_true(math.abs(points[k][2]) < .05 and points[k][1] > -.01 and points[k][1] < 2.01)
      if k > 1 then assert.is_true(costs[k][1] > costs[k - 1][1] and costs[k][2] < costs[k - 1][2]) end
      assert.is_true(math.abs(values[k][1] - costs[k][1]) < 1e-6 and math.abs(x[k][1] - points[k][1]) < 1e-6)
    end
    assert.is_true(es:hypervolume { 4, 4 } > 12.5 and es:hypervolume { 4, 4 } < 16 - 8 / 3)
    assert.are.equal(0, es:hypervolume { -1, -1 })
    assert.is_nil(es.best)
    assert.is_nil(es.best_return)
    assert.is_nil(es.violation)
    assert.are.equal(2, es.objectives)
    assert.are.equal("rl.mo_cmaes of 3 coordinates: iteration 300, 12 on the front", tostring(es))
  end)

  it("are the same search as costs and as returns", function()
    local down = advance(search { minimize = true, seed = 3 }, 20)
    local up = advance(search { seed = 3 }, 20, distances, -1)
    assert.are.same(down:ask_lists(), up:ask_lists())
    local points, costs = down:front_lists()
    local same_points, returns = up:front_lists()
    assert.are.same(points, same_points)
    assert.are.equal(costs[1][1], -returns[1][1])
    assert.are.equal(down:hypervolume { 4, 4 }, up:hypervolume { -4, -4 })
  end)

  it("can be three, with few candidates a time, bounds, whole and fixed numbers", function()
    local es = rl.mo_cmaes {
      x0 = { 1, 2, 3, .5 }, lower = 0, upper = 4, integer = { 2 }, fixed = { 3 }, objectives = 3, popsize = 10,
      offspring = 3, minimize = true, seed = 1,
    }
    assert.are.equal(10, es.popsize)
    advance(es, 150, function(x)
      assert.is_true(x[2] == math.floor(x[2]) and x[3] == 3 and x[1] >= 0 and x[4] <= 4)
      return { x[1] + x[4], (x[2] - 2) ^ 2 + x[4], (x[1] - 4) ^ 2 + x[4] }
    end)
    assert.are.equal(3, es.popsize)
    assert.are.equal(10 + 149 * 3, es.evaluations)
    local points = es:front_lists()
    assert.are.equal(10, #points)
    for _, row in ipairs(points) do assert.is_true(row[2] == 2 and row[4] == 0, table.concat(row, " ")) end
    refuses("hypervolume: 3 numbers expected, one an objective, got 2", es.hypervolume, es, { 1, 1 })
  end)

  it("count what is not finite in one of them, and never put it on the front", function()
    local es = search { minimize = true, seed = 4 }
    advance(es, 30, function(x)
      local f = distances(x)
      if x[2] > .5 then f[1] = 0 / 0 elseif x[3] > .5 then f[2] = -math.huge end
      return f
    end)
    assert.is_true(es.not_finite > 0)
    local points = es:front_lists()
    for _, row in ipairs(points) do assert.is_true(row[2] <= .5 and row[3] <= .5) end
  end)

  it("refuse counts that change, and a front before there is one", function()
    local es = search { popsize = 3 }
    refuses("rl.mo_cmaes: front: nothing has been told: ask and tell first", es.front, es)
    refuses("rl.mo_cmaes: hypervolume: nothing has been told", es.hypervolume, es, { 1, 1 })
    local x = es:ask_lists()
    local function wrong(message, values) refuses("rl.mo_cmaes: " .. message, es.tell, es, x, values) end
    wrong("tell: 2 objectives a candidate expected, candidate 1 has 1", { 1, 2, 3 })
    wrong("tell: 2 objectives a candidate expected, candidate 2 has 3", { { 1, 2 }, { 1, 2, 3 }, { 1, 2 } })
    wrong("tell: 2 objectives a candidate expected, got 1", rl.zeros(3))
    wrong("tell: values of 3 candidates expected, got 2", { { 1, 2 }, { 1, 2 } })
    es:tell(x, { { 1, 2 }, { 2, 1 }, { 0, 0 } })
    refuses("hypervolume: reference: numbers that are finite expected", es.hypervolume, es, { 0 / 0, 1 })
    refuses("hypervolume: reference", es.hypervolume, es)
    refuses("option objectives: 1 is outside", rl.mo_cmaes, { x0 = { 1 }, objectives = 1 })
    refuses("offspring: at most popsize, 3, got 4", rl.mo_cmaes, { x0 = { 1 }, popsize = 3, offspring = 4 })
    local cem = rl.cem { x0 = { 1 } }
    refuses("front: a search of one objective has no front, but a best", cem.front, cem)
  end)
end)

describe("rl.map", function()
  it("takes functions that return lists", function()
    local rows, list = rl.map(function(x) return { x[1], -x[2] } end, { { 1, 2 }, { 3, 4 } })
    assert.are.same({ { 1, -2 }, { 3, -4 } }, list)
    assert.are.same({ 2, 2 }, rows:shape())
    local function wrong(message, first, second)
      refuses(message, rl.map, function(_, i) return i == 1 and first or second end, { { 1 }, { 2 } })
    end
    wrong("as many numbers for each row: 1 for row 2, 2 before", { 1, 2 }, { 3 })
    wrong("must return a number, got a number for row 2", { 1 }, 3)
    wrong("must return a number, got a table for row 2", 1, { 3 })
    refuses("got a list with a string for row 1", rl.map, function() return { "a" } end, { { 1 } })
  end)

  it("takes a constraint that equals the value, unless both are what rl.map returned", function()
    local es = rl.cmaes { x0 = { 1, 2 }, constraints = 1 }
    local x = es:ask()
    local zeros = rl.map(function() return 0 end, x)
    es:tell(x, zeros, zeros)
    x = es:ask()
    local costs = rl.map(function(p) return p[1] end, x)
    es:tell(x, costs, costs)
    x = es:ask()
    local list
    costs, list = rl.map(function(p) return p[1] end, x)
    assert.has_error(function() es:tell(x, costs, list) end)
    es:tell(x, list, list)
  end)
end)
