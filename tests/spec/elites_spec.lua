-- Searches for many good candidates: measures, archives, and what evaluations say of each candidate. What they compute
-- is tested in tests/c/test_elites.c.
local rl = require "rl"
local child = require "spec.child"
local refuses = require("spec.refusal").refuses

local SQUARE = {
  { name = "x", lower = -2, upper = 2, cells = 4 }, { name = "y", lower = -2, upper = 2, cells = 8 },
}
local NAMES = { "map_elites", "cma_me" }

local function new(name, more)
  local options = { x0 = { 0, 0, 0 }, measures = SQUARE, seed = 3, sigma = 0.5 }
  for key, value in pairs(more or {}) do options[key] = value end
  return rl[name](options)
end

-- What is measured are the first two numbers; the third costs.
local function advance(es, iterations)
  for _ = 1, iterations do
    local x = es:ask()
    local returns, measures = {}, {}
    for k, row in ipairs(x:totable()) do returns[k], measures[k] = -row[3] ^ 2, { row[1], row[2] } end
    es:tell(x, returns, measures)
  end
  return es
end

describe("a search with an archive", function()
  it("says what is in it, in the order of the cells", function()
    for _, name in ipairs(NAMES) do
      local es = new(name)
      assert.are.equal(32, es.cells)
      assert.are.equal(0, es.filled)
      assert.are.same({}, es:archive())
      advance(es, 12)
      local cells, lists, sum, before = es:archive(), es:archive_lists(), 0, 0
      assert.are.equal(es.filled, #cells)
      assert.are.equal(es.filled / 32, es.coverage)
      assert.is_true(es.filled > 10 and es.outside >= 0)
      for k, cell in ipairs(cells) do
        local x, y = cell.x:get(1), cell.x:get(2)
        assert.are.equal(x, cell.measures.x)
        assert.are.equal(y, cell.measures.y)
        assert.are.same({ math.min(math.floor(x + 2) + 1, 4), math.min(math.floor(2 * (y + 2)) + 1, 8) }, cell.index)
        assert.are.equal(-cell.x:get(3) ^ 2, cell.value)
        local place = 8 * cell.index[1] + cell.index[2]
        assert.is_true(place > before)
        before, sum = place, sum + cell.value
        assert.are.same(cell.index, lists[k].index)
        for i = 1, 3 do assert.is_true(math.abs(lists[k].x[i] - cell.x:get(i)) < 1e-6) end
      end
      assert.is_true(math.abs(sum - es.qd_score) < 1e-9)
      es:set { score_from = -1 }
      assert.is_true(math.abs(sum + es.filled - es.qd_score) < 1e-9)
      assert.are.same(SQUARE, es:options().measures)
    end
    local cem = rl.cem { x0 = { 0 } }
    assert.is_nil(cem.cells or cem.filled or cem.coverage or cem.outside or cem.qd_score)
    refuses("rl.cem: keeps no archive", cem.archive, cem)
  end)

  it("counts measures that are out of range, and those that are no numbers", function()
    for _, name in ipairs(NAMES) do
      local es = new(name, { popsize = 10 })
      local x, returns, measures = es:ask(), {}, {}
      for k = 1, 10 do returns[k], measures[k] = k, { 0, 0 } end
      measures[10], measures[9], measures[8] = { 3, 0 }, { 0, -2.5 }, { 0 / 0, 0 }
      es:tell(x, returns, measures)
      assert.are.equal(2, es.outside)
      assert.are.equal(1, es.not_finite)
      assert.are.equal(1, es.filled)
      assert.are.equal(7, es:archive()[1].value)
      x = es:ask()
      measures[3] = { 0 }
      refuses("2 measures a candidate expected, candidate 3 has 1", es.tell, es, x, returns, measures)
      refuses("2 measures a candidate expected, got none", es.tell, es, x, returns)
      refuses("2 measures a candidate expected, got 3", es.tell, es, x, returns, rl.zeros(10, 3))
      es:tell(x, returns, rl.zeros(10, 2))
    end
  end)

  it("names what is wrong with its measures", function()
    for _, name in ipairs(NAMES) do
      local function wrong(measures, message)
        refuses("rl." .. name .. ": " .. message, new, name, { measures = measures })
      end
      local x = SQUARE[1]
      wrong(3, "option measures: a list of measures expected, got number")
      wrong({ 3 }, "measure 1: a table {name =, lower =, upper =, cells =} expected")
      wrong({ a = x }, "option measures: a list of measures expected; this table has other keys")
      wrong({ x, { name = "y", lower = 0, upper = 1, cell = 3 } }, 'measure 2: unknown option "cell"')
      wrong({ { lower = 0, upper = 1, cells = 3 } }, "measure 1: a name of at most 47 letters expected")
      wrong({ { name = ("a"):rep(48), lower = 0, upper = 1, cells = 3 } }, "measure 1: a name of at most 47 letters")
      wrong({ x, x }, "measures: two are called x")
      wrong({ { name = "x", lower = 1, upper = 1, cells = 3 } }, "measures: x: lower 1 is not below upper 1")
      wrong({ { name = "x", lower = 0, upper = 1, cells = 0 } }, "measures: x: at least one cell, got 0")
      wrong({ { name = "x", lower = 0, upper = 1 } }, "measure 1: cells is missing")
      wrong({ { name = "x", lower = 0, upper = 1, cells = 2.5 } }, "measure 1: option cells")
      wrong({ { name = "x", upper = 1, cells = 2 } }, "measure 1: lower is missing")
      wrong({ x, { name = "y", lower = 0, upper = 1, cells = 2 ^ 24 } }, "measures: more than 16777216 cells")
      wrong({ x, x, x, x, x, x, x, x, x }, "option measures: at most 8, got 9")
    end
    refuses("measures: cem keeps no archive of candidates", rl.cem, { x0 = { 0 }, measures = SQUARE })
  end)

  it("says where its covariances are large", function()
    local x0 = {}
    for i = 1, 1000 do x0[i] = 0 end
    assert.is_truthy(rl.cma_me({ x0 = x0, emitters = 2 }).notice:find("takes 32 MB", 1, true))
    assert.is_nil(rl.cma_me({ x0 = x0, emitters = 2, diagonal = true }).notice)
  end)

  it("goes on from a file, which must be of the same measures", function()
    local path = os.tmpname()
    for _, name in ipairs(NAMES) do
      local a, b = advance(new(name), 5), new(name, { seed = 9 })
      assert.is_true(a:save(path))
      assert.is_true(b:load(path))
      assert.is_true(advance(a, 5):ask():equal(advance(b, 5):ask()))
      assert.are.same(a:archive_lists(), b:archive_lists())
      local other = new(name, { measures = { SQUARE[1], { name = "z", lower = -2, upper = 2, cells = 8 } } })
      local ok, message = other:load(path)
      assert.is_nil(ok)
      assert.is_truthy(message:find("measure 2 is y there, z here", 1, true), message)
    end
    os.remove(path)
  end)

  it("keeps to bounds, whole and fixed numbers, and minimises", function()
    for _, name in ipairs(NAMES) do
      local es = rl[name] { x0 = { 1, 5, 2 }, lower = { 0, 0, -3 }, upper = { 2, 9, 3 }, fixed = { 2 }, integer = { 3 },
                            minimize = true, measures = { { name = "whole", lower = -3.5, upper = 3.5, cells = 7 } },
                            sigma = 0.7, seed = 2 }
      for _ = 1, 30 do
        local x = es:ask_lists()
        local _, costs = rl.map(function(row) return (row[1] - 2) ^ 2 end, x)
        local _, measures = rl.map(function(row) return row[3] + 0 end, x)
        es:tell(x, costs, measures)
      end
      local cells = es:archive_lists()
      assert.are.equal(7, #cells, name)
      for k, cell in ipairs(cells) do
        assert.are.equal(k - 4, cell.x[3])
        assert.are.equal(5, cell.x[2])
        assert.is_true(cell.x[1] >= 0 and cell.x[1] <= 2 and cell.value < 0.1, name)
      end
    end
  end)
end)

describe("means of an evaluation", function()
  it("are those of fields and terms over all steps of a candidate", function()
    local sums = {}
    local env = rl.env("hopper", { time_limit = 1, reward = function(s)
      sums[1], sums[2] = (sums[1] or 0) + 1, (sums[2] or 0) + s.vx
      return { forward = s.vx, alive = 1 }
    end })
    local policy = rl.policy(env, { hidden = {} })
    local candidates = rl.zeros(3, #policy.theta)
    local _, stats = env:evaluate(policy, candidates, { episodes = 4, means = { "vx", "alive", "forward", "height" } })
    assert.are.same({ 3, 4 }, stats.means:shape())
    assert.are.equal(stats.new_steps, sums[1])
    local lengths, total = select(3, env:evaluate(policy, candidates, { episodes = 4, round = 0 })), 0
    for k = 1, 3 do
      assert.are.equal(1, stats.means:get(k, 2))
      assert.is_true(math.abs(stats.means:get(k, 1) - stats.means:get(k, 3)) < 1e-5)
      assert.is_true(stats.means:get(k, 4) > 0.1)
      total = total + stats.means:get(k, 1) * lengths:get(k) * 4
    end
    assert.is_true(math.abs(total - sums[2] / 2) < 1e-3 * math.abs(sums[2])) -- both evaluations were summed
  end)

  it("are the same in slices, of designs too, and none where a design is refused", function()
    local body = rl.creature("hopper")
    local env = rl.env(body, { time_limit = 1 })
    local refused_one = rl.creature("hopper")
    refused_one.bodies[1].mass = 0 / 0
    local options = { means = { "height", "upright" }, seed = 4, round = 2 }
    local _, stats = env:evaluate_designs({ body, refused_one, body }, options)
    assert.are.equal(1, stats.refused)
    assert.is_true(stats.means:get(2, 1) ~= stats.means:get(2, 1))
    local evaluation = env:design_evaluation({ body, refused_one, body }, options)
    local fraction, _, sliced = 0, nil, nil
    while fraction < 1 do fraction, _, sliced = evaluation:advance(5) end
    for k = 1, 3, 2 do
      for j = 1, 2 do assert.are.equal(stats.means:get(k, j), sliced.means:get(k, j)) end
    end
    refuses('unknown field or term "heigth"; did you mean "height"?', env.evaluate_designs, env, { body },
      { means = { "heigth" } })
    refuses("option means: name 1 is no string", env.evaluate_designs, env, { body }, { means = { 1 } })
    refuses("option means: a list of names expected", env.evaluate_designs, env, { body }, { means = "height" })
    assert.is_nil(select(2, env:evaluate_designs({ body })).means)
  end)
end)

describe("rl.gallery", function()
  local measures = {
    { name = "speed <fast>", unit = "m/s", lower = 0, upper = 2, cells = 4 },
    { name = "y", lower = 0, upper = 1, cells = 2 },
  }

  local function write(archive)
    local folder = child.folder()
    local path = folder .. "/gallery.html"
    assert(rl.gallery(path, archive))
    local text = child.read(path)
    child.remove(folder)
    return text
  end

  it("writes one page with a map, what is said of each cell, and replays", function()
    local env = rl.env("hopper", { time_limit = 1 })
    local recording = env:record("zero", { title = "a <script> hops" })
    local text = write { title = "Hoppers & more", text = "some text", measures = measures, value = "return", cells = {
      { index = { 2, 1 }, value = 1, text = "slow <b>" }, { index = { 4, 2 }, value = 3, recording = recording },
    } }
    assert.is_truthy(text:find("<h1>Hoppers &amp; more</h1>", 1, true))
    assert.is_truthy(text:find("2 of 8 cells are filled, 1 with a replay", 1, true))
    assert.is_truthy(text:find("speed &lt;fast&gt;, m/s", 1, true))
    assert.is_nil(text:find("https?://%w", text:find("<body>", 1, true)) and text:find("src=", 1, true))
    local _, rects = text:gsub("<rect data%-cell=", "")
    assert.are.equal(2, rects)
    local json = text:match('<script id="gallery" type="application/json">(.-)</script>')
    local data = require("rl.core").parse_json(json)
    assert.are.equal(2, #data.cells)
    assert.are.same({ 4, 2 }, data.cells[1].index) -- the best first
    assert.are.equal("slow <b>", data.cells[2].text)
    assert.is_nil(data.cells[2].recording)
    local packed, sums = data.cells[1].recording, {}
    assert.are.equal("a <script> hops", packed.title)
    assert.is_true(#packed.frames <= 150 and packed.dt >= 0.03)
    for i, row in ipairs(packed.frames) do -- as the page's script adds them up
      local frame = recording.frames[math.floor((i - 1) * packed.dt / recording.dt + 0.5) + 1]
      for k, x in ipairs(row) do
        sums[k] = (sums[k] or 0) + x
        local size = k % 3 == 0 and 200 or 1000
        assert.is_true(math.abs(sums[k] / size - frame[k]) <= 0.51 / size + 1e-4)
      end
    end
    assert.is_truthy(data.player[1]:find("<!DOCTYPE html>", 1, true))
  end)

  it("bears an empty archive, and refuses what is none", function()
    assert.is_truthy(write({ measures = measures, cells = {} }):find("0 of 8 cells are filled", 1, true))
    local function wrong(archive, message) refuses(message, rl.gallery, "x.html", archive) end
    wrong(nil, "rl.gallery: a table expected")
    wrong({ measures = { measures[1] }, cells = {} }, "measures: a list of two expected")
    wrong({ measures = measures }, "cells: a list expected")
    wrong({ measures = measures, cells = { { index = { 5, 1 }, value = 1 } } }, "cell 1: index: two numbers of cells")
    wrong({ measures = measures, cells = { { index = { 1, 1 }, value = 0 / 0 } } }, "cell 1: value: a finite number")
  end)

  it("goes on bit for bit with two candidates an emitter", function()
    local function made()
      return rl.cma_me { x0 = { 1, 1 }, measures = { { name = "a", lower = -5, upper = 5, cells = 9 } }, popsize = 2,
        emitters = 1 }
    end
    local a, b, path = made(), made(), os.tmpname()
    local function go(es, x)
      local values, told = {}, {}
      for k, p in ipairs(x) do values[k], told[k] = -p[1] ^ 2, { p[2] } end
      es:tell(x, values, told)
    end
    go(a, a:ask_lists())
    assert(a:save(path))
    assert(b:load(path))
    for _ = 1, 20 do
      local x, y = a:ask_lists(), b:ask_lists()
      assert.are.same(x, y)
      go(a, x)
      go(b, y)
    end
    os.remove(path)
  end)
end)
