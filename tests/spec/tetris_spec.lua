-- Tetris as scripts see it. Rules and features are checked in tests/c/test_tetris.c.
local rl = require "rl"
local child = require "spec.child"
local refuses = require("spec.refusal").refuses

local DELLACHERIE = { -1, 1, -1, -1, -4, -1 }

local function tetris_of(entry) return rl.tetris{ width = 6, height = 8, features = "dellacherie", entry = entry } end

describe("rl.tetris", function()
  it("is 10 x 20 with eight features unless it is told otherwise", function()
    local tetris = rl.tetris()
    assert.are.same({ 10, 20, "dellacherie_thiery", 8 },
      { tetris.width, tetris.height, tetris.features, tetris.n_features })
    assert.are.same({ "landing_height", "eroded_cells", "row_transitions", "column_transitions", "holes",
      "cumulative_wells", "hole_depth", "rows_with_holes" }, tetris:names())
    assert.are.equal("rl.tetris: 10 x 20, dellacherie_thiery, entry above", tostring(tetris))
    assert.are.equal("above", tetris.entry)
    assert.are.equal("fit", rl.tetris{ entry = "fit" }.entry)
    assert.are.equal(6, rl.tetris{ features = "dellacherie" }.n_features)
    for width = 4, 16 do
      local bertsekas = rl.tetris{ width = width, features = "bertsekas" }
      assert.are.equal(2 * width + 2, bertsekas.n_features)
      assert.are.equal(2 * width + 2, #bertsekas:names())
    end
  end)

  it("clears many lines with Dellacherie's weights and next to none without any", function()
    local tetris = rl.tetris{ features = "dellacherie" }
    local mean, stats = tetris:play(DELLACHERIE, { games = 10, max_pieces = 500, seed = 1 })
    -- 500 pieces are 2000 cells, so at most 200 lines; his games last millions of lines
    assert.are.same({ 1 }, mean:shape())
    assert.are.equal(10, #stats.lines)
    assert.are.equal(10, stats.cut)
    assert.are.equal(5000, stats.pieces)
    -- a piece has 162 / 7 placements on average while the board is low
    assert.is_true(stats.placements > 0.95 * 5000 * 162 / 7 and stats.placements < 1.05 * 5000 * 162 / 7)
    assert.is_true(mean[1] > 150 and mean[1] <= 200)
    assert.is_true(tetris:play({ 0, 0, 0, 0, 0, 0 }, { games = 10, max_pieces = 500, seed = 1 })[1] < 5)
  end)

  it("gives the mean of each vector, and the games of one", function()
    local tetris = rl.tetris{ width = 6, height = 8, features = "dellacherie" }
    local weights = rl.tensor{ DELLACHERIE, { 0, 0, 0, 0, 0, 0 }, DELLACHERIE }
    local means, stats = tetris:play(weights, { games = 4, seed = 2 })
    assert.are.same({ 3 }, means:shape())
    assert.is_nil(stats.lines)
    assert.are.equal(0, stats.cut)
    local mean, of_one = tetris:play(weights[1], { games = 4, seed = 2 })
    local sum = 0
    for _, lines in ipairs(of_one.lines) do sum = sum + lines end
    assert.are.equal(sum / 4, mean[1])
    assert.are.equal(means[1], mean[1]) -- the first vector has the first games either way
    assert.are.same({ 0 }, tetris:play(rl.zeros(0, 6)):shape())
    assert.are.equal(30, #select(2, tetris:play(DELLACHERIE)).lines)
  end)

  it("gives the same lines for any number of threads and others for another seed", function()
    local tetris = rl.tetris{ width = 6, height = 8 }
    local weights = rl.rng(1):normal(40, 8)
    local before, means = rl.threads(), {}
    for threads = 1, 2 do
      rl.threads(threads)
      means[threads] = tetris:play(weights, { games = 3, seed = 3 })
    end
    rl.threads(before)
    assert.is_true(means[1]:equal(means[2]))
    assert.is_false(means[1]:equal(tetris:play(weights, { games = 3, seed = 4 })))
  end)

  it("ends games many times earlier where pieces have to fit as they enter", function()
    -- Dellacherie's 660,000 lines and 5.2 million by Thiery & Scherrer (2009); here less, but less by more than half
    local function mean(entry)
      return tetris_of(entry):play(DELLACHERIE, { games = 200, seed = 1 })[1]
    end
    assert.is_true(mean("fit") < 0.5 * mean("above"))
  end)

  it("gives every candidate the same pieces where random numbers are common", function()
    local tetris = rl.tetris{ width = 6, height = 8, features = "dellacherie" }
    local function means(common)
      return tetris:play({ DELLACHERIE, DELLACHERIE, DELLACHERIE }, { games = 5, seed = 1, common = common })
    end
    local same, own = means(true), means(false)
    assert.are.same({ same[1], same[1] }, { same[2], same[3] })
    assert.are_not.equal(own[1], own[2])
    assert.are.equal(own[1], same[1])
  end)

  it("refuses what it cannot play, and says why", function()
    refuses("rl.tetris: option width: 3 is outside", rl.tetris, { width = 3 })
    refuses("rl.tetris: option width: 17 is outside", rl.tetris, { width = 17 })
    refuses("rl.tetris: option height: 33 is outside", rl.tetris, { height = 33 })
    refuses('unknown features "dellacheri"; did you mean "dellacherie"', rl.tetris, { features = "dellacheri" })
    refuses('unknown entry "below"', rl.tetris, { entry = "below" })
    refuses('unknown option "hieght"; did you mean "height"', rl.tetris, { hieght = 10 })
    local tetris = rl.tetris{ features = "dellacherie" }
    local function play(...) return tetris:play(...) end
    refuses("weights: shape [n, 6] expected, got [8]", play, rl.zeros(8))
    refuses("weights: shape [n, 6] expected, got [2, 8]", play, rl.zeros(2, 8))
    refuses("weights: number 2 of vector 2 is not finite", play, { DELLACHERIE, { 0, 0 / 0, 0, 0, 0, 0 } })
    refuses("weights: number 1 of vector 1 is not finite", play, { math.huge, 0, 0, 0, 0, 0 })
    refuses("tetris:play: option games: 0 is outside", play, DELLACHERIE, { games = 0 })
    refuses("tetris:play: option max_pieces: 0 is outside", play, DELLACHERIE, { max_pieces = 0 })
    refuses('unknown option "pieces"', play, DELLACHERIE, { pieces = 10 })
  end)

  describe("asked to stop in the middle of games that would go on for hours", function()
    local folder
    before_each(function() folder = child.folder() end)
    after_each(function() child.remove(folder) end)
    local play = [[
      local tetris = require "rl".tetris{ width = 16, height = 32, features = "dellacherie" }
      io.open("ready", "w"):close()
      tetris:play({ -1, 1, -1, -1, -4, -1 }, { games = 4 })
      print "the games are over"
    ]]

    -- The thread sanitizer hands a signal over at the next system call, and a game makes none.
    local unless_tsan = os.getenv("RL_SANITIZE") == "thread" and pending or it

    unless_tsan("ends the script", function()
      local status, out, errors = child.signal(folder, play, { "INT" })
      assert.equal(130, status, errors)
      assert.equal("", out)
      assert.truthy(errors:find("interrupted", 1, true), errors)
    end)

    unless_tsan("saves the runs that are open first", function()
      local script = [[
        local run = require "rl".run{ name = "stack" }
        run:log(1, { lines = 1 })
      ]]
      local status, out, errors = child.signal(folder, script .. play, { "TERM" }, "--quiet")
      assert.equal(143, status, errors)
      assert.equal("", out)
      assert.truthy(errors:find("interrupted\nsaved runs/stack", 1, true), errors)
    end)
  end)
end)

describe("scripts/tetris.lua", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local function run(options) return child.script(folder, "tetris.lua", "--seed 1 " .. options) end

  -- Columns of the last row of progress.csv by name.
  local function last_row()
    local path = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    local header, row = child.read(path .. "/progress.csv"):match("^(.-)\n.-([^\n]+)\n$")
    local values, columns = {}, {}
    for value in row:gmatch("[^,]+") do values[#values + 1] = tonumber(value) or math.huge end
    for name in header:gmatch("[^,]+") do columns[name] = table.remove(values, 1) end
    return columns, path
  end

  it("learns, and gives the interval of exponentially distributed games", function()
    local status, out, errors = run("--population 40 --iterations 6")
    assert.equal(0, status, errors)
    assert.truthy(out:find("\n +6 +%d+ lines %[%d+, %d+%]\n"), out)
    local row, path = last_row()
    assert.is_true(row.lines > 10) -- a random controller: about 1
    -- 60 over the quantiles of chi-square with 60 degrees of freedom, 83.298 and 40.482 by table
    assert.is_true(math.abs(row.lines_low / row.lines - 60 / 83.298) < 1e-3)
    assert.is_true(math.abs(row.lines_high / row.lines - 60 / 40.482) < 1e-3)
    local _, rows = child.read(path .. "/weights.csv"):gsub("\n", "")
    assert.equal(1 + 22, rows)
  end)

  it("says that games were cut, and then no upper bound", function()
    local status, out, errors = run("--population 10 --iterations 1 --max_pieces 2")
    assert.equal(0, status, errors)
    assert.truthy(out:find("30 games cut at 2 pieces", 1, true), out)
    local row = last_row()
    assert.are.same({ 30, 0, math.huge }, { row.cut, row.lines_low, row.lines_high })
  end)

  it("refuses a noise it does not know", function()
    local status, _, errors = run("--noise loud")
    assert.equal(1, status)
    assert.truthy(errors:find('noise must be "none", "constant" or "decreasing", got "loud"', 1, true), errors)
  end)
end)

describe("the study of Tetris", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local function study(arguments)
    local status, out, errors = child.shell(folder, ("'%s' --quiet --out runs %s --test_every 1 %s"):format(child.rlrun,
      os.getenv("RL_ROOT") .. "/scripts/study/tetris.lua", arguments))
    assert.are.equal(0, status, errors)
    return out
  end
  -- Two runs as mdptetris writes them: iteration, mean, ..., 21 weights.
  local function publish(path, means)
    local lines = {}
    for _, run in ipairs(means) do
      lines[#lines + 1] = "# Episode\tMean score"
      for t, mean in ipairs(run) do
        lines[#lines + 1] = ("%d\t\t%f\t1\t9\t2.5\t\t%d %d \t# %s "):format(t, mean, mean, mean,
          ("-1 "):rep(19) .. "-0.5 -4")
      end
    end
    child.write(folder .. "/" .. path, table.concat(lines, "\n") .. "\n")
  end

  it("does its runs in shares, and sets them beside the published ones", function()
    for share = 1, 3 do study(("--runs 2 --iterations 2 --max_pieces 100 --task %d/3"):format(share)) end
    assert.are.equal(12, #child.list(folder .. "/runs"))
    assert.are.equal(0, (child.shell(folder, "mkdir published")))
    for _, name in ipairs { "none", "constant", "linear" } do
      publish("published/" .. name, { { 5, 10 }, { 7, 40 } })
    end
    local out = study("--iterations 2 --report runs --published published --svg tetris.svg")
    for _, entry in ipairs { "fit", "above" } do
      for _, noise in ipairs { "none", "constant", "decreasing" } do
        assert.is_truthy(out:find(("| %s, %s | 2 | 2 | %%d"):format(entry, noise)), out)
      end
    end
    -- sqrt(10 40) = 20; ln 2 sqrt(2) = .98; Student's t of one degree of freedom 12.7062, so 20 e^(12.7062 ln 2)
    assert.is_truthy(out:find("| published, decreasing | 2 | 2 | 20 [0, 133653] | 0.98 | 10 to 40 |", 1, true), out)
    assert.is_truthy(out:find("| published, decreasing | best | 2 | 20 ", 1, true), out)
    assert.is_truthy(out:find("| above, constant, over published, constant | 2 | 2, 2 | [%d.]+ | [%d.]+ |"), out)
    assert.is_truthy(child.read(folder .. "/tetris.svg"):find("published, constant", 1, true))
  end)

  it("plays published controllers", function()
    publish("file", { { 5, 1e4 }, { 30000, 1e4 } }) -- the first plays too few lines, the third too many
    local out = study("--play file --iterations 2 --max_pieces 1000 --test_games 2")
    local n, ratio = out:match("^above, 20 rows: (%d) controllers, lines here over lines published: ([%d.]+) ")
    assert.are.equal("2", n)
    assert.is_truthy(math.abs(tonumber(ratio) - 0.0395) < 0.001, out) -- 1000 pieces are at the most 400 lines of 10,000
  end)
end)
