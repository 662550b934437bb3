-- rlrun gait and its page: curves over the gait cycle, beside those of people where that means something.
local rl = require "rl"
local child = require "spec.child"
local gait_report = require "rl.gait_report"
local norms = require "rl.norms"

local root = assert(os.getenv("RL_ROOT"), "RL_ROOT must name the folder of the sources")
local DESIGN = root .. "/scripts/designs/human_1.3.lua"

local function human(seconds)
  return rl.env(assert(rl.load_design(DESIGN)), { n = 1, time_limit = seconds, reset_noise = 0 })
end

local function near(expected, value, within)
  assert.is_true(math.abs(expected - value) <= within, ("%g expected, got %.9g"):format(expected, value))
end

local function find_chart(report, title)
  for _, chart in ipairs(report.charts) do
    if chart.title:find(title, 1, true) == 1 then return chart end
  end
end

describe("published curves", function()
  it("have 51 points in each band, the lower end below the upper one, and are those of the source", function()
    for _, kind in ipairs { "angle", "moment", "power", "force" } do
      for name, band in pairs(norms[kind]) do
        assert.are.equal(51, #band.low)
        assert.are.equal(51, #band.high)
        for i = 1, 51 do assert.is_true(band.low[i] < band.high[i], kind .. name .. i) end
      end
    end
    -- What Schwartz, Rozumalski and Trost print: the knee bends by 59 degrees at most, at some 72% of the cycle.
    local most, where = 0, 0
    for i = 1, 51 do
      local middle = (norms.angle.knee.low[i] + norms.angle.knee.high[i]) / 2
      if middle > most then most, where = middle, 2 * (i - 1) end
    end
    near(59, most, 1)
    assert.are.equal(72, where)
  end)

  -- Two legs carry the weight, and whoever keeps a speed is pushed forward as much as back.
  it("of the forces of the ground are those of somebody who keeps height and speed", function()
    local function mean(band)
      local sum = 0
      for i = 1, 50 do sum = sum + (band.low[i] + band.high[i]) / 2 end
      return sum / 50
    end
    near(0.5, mean(norms.force.upward), 0.005)
    near(0, mean(norms.force.forward), 0.005)
    assert.is_true(norms.force.forward.high[6] < -0.1 and norms.force.forward.low[26] > 0.1) -- brakes, then pushes off
  end)
end)

describe("a gait report", function()
  local report = gait_report.new(human(8):record("zero"))

  it("has angles, moments, powers and forces, left, right and people's", function()
    assert.are.equal(11, #report.charts)
    local knee = find_chart(report, "knee angle, degrees, flexed")
    assert.are.same({ "left", "right", "people" }, { knee.curves[1].name, knee.curves[2].name, knee.curves[3].name })
    -- A knee that folds backward turns clockwise, and is drawn flexed upward.
    local cycle = report.gait:cycle(1, "knee_l_angle")
    for p = 1, 101 do
      near(-math.deg(cycle.mean[p]), knee.curves[1].y[p], 1e-9)
      near(math.deg(cycle.deviation[p]), knee.curves[1].high[p] - knee.curves[1].y[p], 1e-9)
    end
    local force = find_chart(report, "force of the ground, body weights, upward")
    assert.are.equal(3, #force.curves)
    -- Over a stride both legs carry the weight, and each is carried half of the time's mean.
    local mean = 0
    for _, curve in ipairs { force.curves[1], force.curves[2] } do
      for p = 1, 100 do mean = mean + curve.y[p] / 100 end
    end
    near(1, mean, 0.03)
  end)

  it("says by how much a curve misses people's band", function()
    local knee = find_chart(report, "knee angle, degrees, flexed")
    local band, within, squares = norms.angle.knee, 0, 0
    for i = 1, 51 do
      local y = knee.curves[1].y[2 * i - 1]
      if y >= band.low[i] and y <= band.high[i] then within = within + 1 end
      squares = squares + math.max(band.low[i] - y, y - band.high[i], 0) ^ 2
    end
    for _, kept in ipairs(report.kept) do
      if kept.what == "knee angle" and kept.side == "left" then
        near(within / 51, kept.within, 1e-12)
        near(math.sqrt(squares / 51), kept.beyond, 1e-9)
        within = nil
      end
    end
    assert.is_nil(within)
  end)

  it("says where those people have walked, who walks elsewhere", function()
    local recording = human(4):record("zero")
    local last = gait_report.new(recording):notes()
    assert.is_truthy(last[#last]:find("^People: "), last[#last])
    recording.gravity = 3.71
    last = gait_report.new(recording):notes()
    assert.are.equal("They walked on Earth; here gravity is 3.71 m/s^2.", last[#last])
  end)

  it("is a page, a picture and text", function()
    local html = report:html("a walk")
    assert.is_truthy(html:find("^<!DOCTYPE html>"))
    assert.is_nil(html:gsub("http://www.w3.org/2000/svg", ""):find("http", 1, true))
    assert.are.equal(11, select(2, html:gsub("<svg", "")))
    local svg = report:svg()
    assert.is_truthy(svg:find('width="1260" height="960"', 1, true), svg:sub(1, 200))
    assert.is_truthy(svg:find(">ankle moment, N m/kg, toes down<", 1, true))
    local text = report:text()
    assert.is_truthy(text:find("\nFroude number +[%d.]+ +0.184\n"), text)
    assert.is_truthy(text:find("\nfalls +0 of 1\n"), text)
    assert.is_truthy(text:find("\nknee angle +left +%d+ %% of the cycle +[%d.]+ degrees\n"), text)
    assert.is_truthy(text:find("\nforce of the ground, upward +right +%d+ %% of the cycle +[%d.]+ body weights\n"))
  end)

  it("compares nobody with people who is built otherwise, and says where there are no strides", function()
    local still = gait_report.new(rl.env("quadruped", { n = 1, time_limit = 3 }):record("zero"))
    assert.is_falsy(still.people)
    assert.are.same({}, still.charts)
    assert.is_nil(still:svg())
    assert.are.same({ "There are no strides of both legs: no curves." }, still:notes())
    assert.is_truthy(still:html("x"):find("no strides of both legs", 1, true))
    local one = gait_report.new(rl.env("hopper", { n = 1, time_limit = 1 }):record("zero"))
    assert.are.same({ "There is no pair of legs to compare." }, one:notes())
    assert.is_falsy(gait_report.new(rl.env("raptor", { n = 1, time_limit = 1 }):record("zero")).people)
    assert.is_true(gait_report.new(rl.env("biped", { n = 1, time_limit = 1 }):record("zero")).people)
  end)
end)

describe("rlrun gait", function()
  local folder
  before_each(function() folder = child.folder() end)
  after_each(function() child.remove(folder) end)

  local function rlrun(arguments) return child.shell(folder, ("'%s' gait %s"):format(child.rlrun, arguments)) end

  it("prints a table, and writes a page and a picture", function()
    local status, out, errors = rlrun(("'%s' --set time_limit=6 --episodes 2 --out g.html --svg g.svg"):format(DESIGN))
    assert.are.equal(0, status, errors)
    local line = "^walks: alternating 1.00, hips overlap .9%d, stance .%d%d/.%d%d, knees bent %d+/%d+ degrees\n"
    assert.is_truthy(out:find(line), out)
    assert.is_truthy(out:find("\nfalls +0 of 2\n"), out)
    assert.is_truthy(out:find("\nwrote g.html\nwrote g.svg\n$"), out)
    assert.is_truthy(child.read(folder .. "/g.html"):find("reflex_human: gait", 1, true))
    assert.is_truthy(child.read(folder .. "/g.svg"):find("^<svg"))
  end)

  it("says what is wrong", function()
    local status, _, errors = child.run(folder, [[
      local rl = require "rl"
      local env = rl.env("cartpole", { n = 1 })
      rl.run { name = "c", env = env, policy = rl.policy(env) }:finish()]])
    assert.are.equal(0, status, errors)
    local run = "runs/" .. child.list(folder .. "/runs")[1]
    for arguments, message in pairs {
      [""] = "a folder is missing", ["nowhere"] = "there is neither a policy nor a design: cannot read nowhere",
      ["a --episodes 0"] = "--episodes takes a whole number from 1 to 1000, not 0",
      ["a --out a.pdf"] = "--out: the end of the path must be .html, got a.pdf",
      ["a --svg a.png"] = "--svg: the end of the path must be .svg, got a.png",
      [run] = "cartpole has no gait: no legs were found",
      [("'%s' --set gravty=1"):format(DESIGN)] = "",
    } do
      status, _, errors = rlrun(arguments)
      assert.are.equal(2, status, arguments)
      assert.is_truthy(errors:find("rlrun gait: " .. message, 1, true), errors)
    end
  end)
end)
