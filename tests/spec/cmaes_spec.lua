-- rl.cmaes and rl.functions. What the search computes is tested in tests/c/test_cmaes.c; here: what Lua sees of it.
local rl = require "rl"

local function run(options, f)
  local es = rl.cmaes(options)
  while not es:stop() do
    local x, values = es:ask_lists(), {}
    for k, candidate in ipairs(x) do values[k] = f(candidate) end
    es:tell(x, values)
  end
  return es
end

local function met(es, name)
  for _, criterion in ipairs(es:stop() or {}) do
    if criterion == name then return true end
  end
  return false
end

describe("rl.functions", function()
  it("are 0 at their optimum and as defined elsewhere", function()
    for name, f in pairs(rl.functions) do
      local at = name == "rosenbrock" and 1 or 0
      assert.are.equal(0, f { at, at, at, at })
    end
    -- by hand, at (1, 2, 3)
    local x, f = { 1, 2, 3 }, rl.functions
    assert.are.equal(14, f.sphere(x))
    assert.is_true(math.abs(f.ellipsoid(x) - (1 + 1e3 * 4 + 1e6 * 9)) < 1e-6)
    assert.are.equal(1 + 1e6 * 13, f.cigar(x))
    assert.are.equal(1e6 + 13, f.discus(x))
    assert.are.equal(100 * 1 + 0 + 100 * 1 + 1, f.rosenbrock(x))
    assert.is_true(math.abs(f.different_powers(x) - (1 + 2 ^ 4 + 3 ^ 6)) < 1e-9)
    assert.is_true(math.abs(f.rastrigin(x) - 14) < 1e-9)
    assert.is_true(math.abs(f.rastrigin { 0.5 } - (0.25 + 20)) < 1e-9)
  end)

  it("take tensors too", function()
    assert.are.equal(14, rl.functions.sphere(rl.tensor { 1, 2, 3 }))
  end)
end)

describe("rl.cmaes", function()
  it("solves a function on lists of doubles to 1e-9", function()
    local options = { x0 = { 2, 2, 2, 2, 2 }, sigma = 1, minimize = true, target = 1e-9, seed = 1 }
    local es = run(options, rl.functions.ellipsoid)
    assert.is_true(met(es, "target"))
    assert.is_true(es.best_return <= 1e-9)
    assert.is_true(rl.functions.ellipsoid(es.best) < 1.01e-9)
    assert.is_true(es.best_evaluation <= es.evaluations and es.best_evaluation > es.evaluations - es.popsize)
    assert.are.equal(es.iterations * es.popsize, es.evaluations)
  end)

  it("does not take the time in which it learns the covariance for stagnation", function()
    for _, seed in ipairs { 1013, 1018, 1021 } do -- ended so with a window of 120 + 30 N / popsize generations
      local rng, x0 = rl.rng(seed, 20), {}
      for i = 1, 20 do x0[i] = 8 * rng:uniform() - 4 end
      local options = { x0 = x0, sigma = 2, active = false, minimize = true, target = 1e-9, seed = seed }
      assert.is_true(met(run(options, rl.functions.discus), "target"))
    end
  end)

  it("asks for tensors and takes tensors of values, which it maximises", function()
    local es = rl.cmaes { x0 = rl.tensor { 3, 3, 3 }, sigma = 1, seed = 2 }
    assert.are.same({ 3, 3, 3 }, es.mean:totable())
    assert.is_nil(es.best)
    assert.is_nil(es.best_return)
    for _ = 1, 100 do
      local x = es:ask()
      assert.are.same({ 7, 3 }, x:shape())
      es:tell(x, -x:square():sum(2))
    end
    assert.is_true(es.best_return < 0 and es.best_return > -1e-6)
    assert.is_true(es.mean:square():sum() < 1e-6)
    assert.is_true(es.sigma < 0.1)
  end)

  it("gives the same run for the same seed, another for another", function()
    local function first(seed) return rl.cmaes({ x0 = { 0, 0 }, seed = seed }):ask() end
    assert.is_true(first(1):equal(first(1)))
    assert.is_false(first(1):equal(first(2)))
  end)

  it("takes bounds, scales, fixed and integer coordinates", function()
    local es = rl.cmaes {
      x0 = { 0.1, 5, 2, 1 }, sigma = 3, lower = { 0.1, -math.huge, -4, 0 }, upper = 5, scale = { 1, 1, 1, 0.01 },
      fixed = { 2 }, integer = { 3 }, popsize = 50,
    }
    for _ = 1, 5 do
      local x = es:ask()
      for _, row in ipairs(x:totable()) do
        assert.is_true(row[1] >= 0.1 and row[1] <= 5)
        assert.are.equal(5, row[2])
        assert.is_true(row[3] == math.floor(row[3]) and row[3] >= -4 and row[3] <= 5)
        assert.is_true(math.abs(row[4] - 1) < 0.5)
      end
      es:tell(x, x:sum(2))
    end
  end)

  it("names what is wrong with its options", function()
    local function refused(options, message)
      local ok, got = pcall(rl.cmaes, options)
      assert.is_false(ok)
      assert.is_truthy(got:find(message, 1, true), got)
    end
    refused({ sigma = 1 }, "x0: a table of numbers or a tensor expected, got nil")
    refused({ x0 = {} }, "at least one number")
    refused({ x0 = { 1, "a" } }, "x0: element 2 is a string")
    refused({ x0 = { 0 }, sigma = 0 }, "option sigma: 0 is outside")
    refused({ x0 = { 0 }, sigme = 1 }, "sigma")
    refused({ x0 = { 0, 0 }, lower = { 1, 1, 1 } }, "option lower: 2 numbers expected, as in x0, got 3")
    refused({ x0 = { 0, 0 }, lower = 1 }, "x0: coordinate 1 is 0, outside its bounds [1, inf]")
    refused({ x0 = { 0, 0 }, lower = 1, upper = 0 }, "lower 1 is not below upper 0")
    refused({ x0 = { 0, 0 }, fixed = { 3 } }, "option fixed: a list of coordinates from 1 to 2")
    refused({ x0 = { 0, 0 }, fixed = { 1, 2 } }, "no coordinate is searched")
    refused({ x0 = { 0, 0 }, popsize = 1 }, "popsize: at least 2 candidates, got 1")
  end)

  it("refuses values of other candidates, and too few values", function()
    local es = rl.cmaes { x0 = { 0, 0 }, seed = 1 }
    local function refused(x, values, message)
      local ok, got = pcall(es.tell, es, x, values)
      assert.is_false(ok)
      assert.is_truthy(got:find(message, 1, true), got)
    end
    local values = { 1, 2, 3, 4, 5, 6 }
    refused(rl.zeros(6, 2), values, "ask first")
    local old = es:ask()
    local x = es:ask()
    refused(old, values, "x is not what the last ask gave: candidate 1, coordinate 1 differs")
    refused(rl.zeros(5, 2), values, "x: shape [6, 2] expected")
    refused(x, { 1, 2, 3 }, "6 values expected, one a candidate, got 3")
    refused(x, { 1, 2, 3, 4, 5, "6" }, "values: element 6 is a string")
    es:tell(x, { 1, 0 / 0, 3, math.huge, 5, 6 })
    assert.are.equal(2, es.not_finite)
    assert.are.equal(6, es.best_return)
    assert.are.equal(6, es.best_evaluation)
    refused(x, values, "ask first")
  end)

  it("puts an injected solution among the candidates", function()
    local es = rl.cmaes { x0 = { 0, 0 }, seed = 1 }
    es:inject { 7, 8 }
    assert.are.same({ 7, 8 }, es:ask_lists()[1])
    assert.has_error(function() es:inject { 7 } end)
  end)

  it("resumes from a file as the same run, and only in the same problem", function()
    local path = os.tmpname()
    local options = { x0 = { 2, 2, 2 }, sigma = 1, minimize = true, seed = 3 }
    local function advance(es, generations)
      for _ = 1, generations do
        local x, values = es:ask(), {}
        for k = 1, es.popsize do values[k] = rl.functions.rosenbrock(x[k]) end
        es:tell(x, values)
      end
    end
    local a, b = rl.cmaes(options), rl.cmaes(options)
    advance(a, 20)
    assert.is_true(a:save(path))
    assert.is_true(b:load(path))
    advance(a, 20)
    advance(b, 20)
    assert.is_true(a:ask():equal(b:ask()))
    assert.are.equal(a.best_return, b.best_return)
    options.x0 = { 2, 2, 3 }
    local ok, message = rl.cmaes(options):load(path)
    assert.is_nil(ok)
    assert.is_truthy(message:find("another problem: x0 of coordinate 3 is 2 there, 3 here", 1, true), message)
    os.remove(path)
    assert.is_nil((a:load(path)))
  end)

  it("restarts where it is told to, and says how often and why", function()
    for _, restarts in ipairs { "ipop", "bipop" } do
      local es = rl.cmaes {
        x0 = { 2.3, -1.4, 3.1 }, sigma = 2, minimize = true, seed = 2, target = 1e-9, restarts = restarts,
      }
      assert.are.equal(0, es.restarts)
      assert.is_nil(es.last_stop)
      local first, largest = es.popsize, 0
      while not es:stop() do
        local x, values = es:ask_lists(), {}
        for k = 1, #x do values[k] = rl.functions.rastrigin(x[k]) end
        es:tell(x, values)
        largest = math.max(largest, #x)
      end
      assert.are.same({ "target" }, es:stop())
      assert.is_true(es.best_return <= 1e-9)
      assert.is_true(es.restarts > 0 and largest > first)
      assert.are.equal("string", type(es.last_stop[1]))
      assert.are.equal(restarts, es:options().restarts)
      assert.are.equal(first, es:options().popsize)
    end
    assert.has_error(function() rl.cmaes { x0 = { 0, 0 }, restarts = "always" } end)
  end)

  it("resumes in a later run than the first, between ask and tell", function()
    local path = os.tmpname()
    local options = { x0 = { 2, 2, 2 }, sigma = 2, minimize = true, seed = 3, restarts = "bipop" }
    local function told(es, x)
      local values = {}
      for k = 1, #x do values[k] = rl.functions.rastrigin(x[k]) end
      es:tell(x, values)
    end
    local a, b = rl.cmaes(options), rl.cmaes(options)
    while a.restarts < 3 do told(a, a:ask_lists()) end
    for _ = 1, 5 do told(a, a:ask_lists()) end
    local x = a:ask_lists()
    assert.is_true(a:save(path))
    assert.is_true(b:load(path))
    told(a, x)
    told(b, x)
    for _ = 1, 300 do
      local p, q = a:ask_lists(), b:ask_lists()
      assert.are.same(p, q)
      told(a, p)
      told(b, q)
    end
    assert.are.equal(a.evaluations, b.evaluations)
    assert.are.equal(a.best_evaluation, b.best_evaluation)
    os.remove(path)
  end)

  it("asks for some candidates twice under noise, and for more evaluations of each", function()
    local rng = rl.rng(1)
    local es = rl.cmaes { x0 = { 1, 1, 1 }, minimize = true, seed = 1, reevaluate = 0.1, max_noise_evaluations = 50 }
    local most = 1
    for _ = 1, 100 do
      local x, values = es:ask_lists(), {}
      assert.are.equal(7 + 2, #x) -- 4 + floor(3 ln 3), and two at least
      assert.are.same(x[2], x[9])
      for k = 1, #x do
        local sum = 0
        for _ = 1, es.noise_evaluations do sum = sum + rl.functions.sphere(x[k]) + rng:normal() end
        values[k] = sum / es.noise_evaluations
      end
      es:tell(x, values)
      most = math.max(most, es.noise_evaluations)
    end
    assert.is_true(most > 10)
    assert.are.equal(1, rl.cem({ x0 = { 1 } }).noise_evaluations)
  end)

  it("shows its options, with the defaults of the problem's size", function()
    local o = rl.cmaes({ x0 = rl.zeros(20), active = false, seed = 5 }):options()
    assert.are.equal(12, o.popsize) -- 4 + floor(3 ln 20)
    assert.are.equal(100 + math.floor(150 * 23 ^ 2 / math.sqrt(12)), o.max_iterations)
    assert.are.equal(5, o.seed)
    assert.is_false(o.active)
    assert.is_nil(o.target)
  end)
end)
