-- Against scipy 1.17.1 (numpy 2.4.6), whose figures stand here: sem, trim_mean(x, .25), t.interval, ttest_ind with
-- equal_var=False, binomtest(..).proportion_ci(method="wilson"), bootstrap(method="percentile", n_resamples=200000).
local rl = require "rl"

local statistics = rl.statistics
local a = { 231.5, 305.25, 187, 240, 262.75, 199, 310.5 }
local b = { 150, 221.5, 260, 98.25, 180 }

local function near(expected, got, tolerance)
  assert.is_true(math.abs(got - expected) <= (tolerance or 1e-12) * math.max(math.abs(expected), 1),
    ("%.17g, expected %.17g"):format(got, expected))
end

local function nan(...)
  for i = 1, select("#", ...) do assert.are_not.equal(select(i, ...), (select(i, ...))) end
end

describe("statistics", function()
  it("of a list are scipy's", function()
    near(248, statistics.mean(a))
    near(48.0618091627854, statistics.deviation(a))
    near(18.1656563720822, statistics.standard_error(a))
    near(240, statistics.median(a))
    near(200.5, statistics.median { 221.5, 150, 260, 180, 98.25, 221 })
    near(247.7, statistics.iqm(a))
    near(194.2, statistics.quantile(a, .1))
    near(289.1, statistics.quantile(a, .77))
  end)

  it("leave the list as it is", function()
    local list = { 3, 1, 2 }
    statistics.median(list)
    statistics.iqm(list)
    statistics.bootstrap(list)
    assert.are.same({ 3, 1, 2 }, list)
  end)

  it("have scipy's intervals of the mean", function()
    local low, high = statistics.interval(a)
    near(203.550240139325, low)
    near(292.449759860675, high)
    low, high = statistics.interval(b, .99)
    near(53.0094481693914, low)
    near(310.890551830609, high)
  end)

  it("have scipy's quantiles of Student's t for few results and for many", function()
    -- Of n results -1, 1, -1, 1 ... the half width tells the quantile.
    for freedom, expected in pairs { [1] = { 12.7062047361747, 63.6567411628715 },
                                     [3] = { 3.18244630528371, 5.84090930973336 },
                                     [5] = { 2.57058183563631, 4.03214298355523 },
                                     [100] = { 1.98397151852355, 2.62589052143802 },
                                     [1000] = { 1.96233908082641, 2.58075469806595 } } do
      local list = {}
      for i = 1, freedom + 1 do list[i] = i % 2 end
      near(expected[1], statistics.half_width(list) / statistics.standard_error(list), 1e-12)
      near(expected[2], statistics.half_width(list, .99) / statistics.standard_error(list), 1e-12)
    end
  end)

  it("test two means as scipy does", function()
    local t, freedom, p = statistics.welch(a, b)
    near(1.97865726293368, t)
    near(7.22172346801214, freedom)
    near(0.087095121812964, p)
    t, freedom, p = statistics.welch(b, a)
    near(-1.97865726293368, t)
    near(7.22172346801214, freedom)
    near(0.087095121812964, p)
  end)

  it("have scipy's intervals of a proportion", function()
    for _, case in ipairs { { 0, 10, 0, 0.277532799862889 }, { 7, 20, 0.181191824101082, 0.567145723314764 },
                            { 100, 100, 0.963006501793014, 1 } } do
      local low, high = statistics.proportion(case[1], case[2])
      near(case[3], low, 1e-14)
      near(case[4], high, 1e-14)
    end
  end)

  -- 20,000 resamples here: the tolerance, half a per cent, is four of their standard errors.
  it("have scipy's bootstrap intervals, also drawn within strata", function()
    local low, high = statistics.bootstrap(a, { statistic = "mean", resamples = 20000 })
    near(215.357142857143, low, .005)
    near(281.285714285714, high, .005)
    low, high = statistics.bootstrap(a, { resamples = 20000 })
    near(208.9, low, .005)
    near(289.3, high, .005)
    low, high = statistics.bootstrap({ a, b }, { resamples = 20000 })
    near(192.083333333333, low, .005)
    near(256.833333333333, high, .005)
  end)

  it("bootstrap the same for the same seed, and any function", function()
    local function widest(list)
      local most = list[1]
      for _, x in ipairs(list) do most = math.max(most, x) end
      return most
    end
    local low, high = statistics.bootstrap(a, { statistic = widest, seed = 3, resamples = 100 })
    assert.are.same({ low, high }, { statistics.bootstrap(a, { statistic = widest, seed = 3, resamples = 100 }) })
    assert.are.equal(310.5, high)
    assert.are_not.same({ statistics.bootstrap(a, { seed = 1 }) }, { statistics.bootstrap(a, { seed = 2 }) })
  end)

  it("draw within strata only", function()
    -- Whatever is drawn, two of the four are 0 and two are 10.
    local low, high = statistics.bootstrap({ { 0, 0 }, { 10, 10 } }, { statistic = "mean", resamples = 50 })
    assert.are.same({ 5, 5 }, { low, high })
  end)

  it("are NaN for lists that are too short", function()
    nan(statistics.mean {}, statistics.median {}, statistics.iqm {}, statistics.deviation { 1 },
      statistics.standard_error { 1 }, statistics.half_width { 1 }, statistics.quantile({}, .5))
    nan(statistics.interval { 1 })
    nan(statistics.bootstrap { 1 })
    nan(statistics.bootstrap { {}, {} })
    nan(statistics.welch({ 1 }, { 1, 2 }))
  end)

  it("refuse what makes no sense by name", function()
    for message, call in pairs {
      ['rl.statistics.bootstrap: unknown option "resample"; did you mean "resamples"?'] =
        function() statistics.bootstrap(a, { resample = 3 }) end,
      ["statistic must be a function of a list, or the name of one here, got avg"] =
        function() statistics.bootstrap(a, { statistic = "avg" }) end,
      ["rl.statistics.half_width: a level between 0 and 1 expected, got 95"] =
        function() statistics.half_width(a, 95) end,
      ["rl.statistics.quantile: a share from 0 to 1 expected, got 2"] = function() statistics.quantile(a, 2) end,
    } do
      local ok, text = pcall(call)
      assert.is_false(ok)
      assert.is_truthy(text:find(message, 1, true), text)
      assert.is_truthy(text:find("statistics_spec.lua", 1, true), text)
    end
  end)
end)
