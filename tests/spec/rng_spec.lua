-- Random streams. Moments are compared with five standard errors of their estimate.
local rl = require "rl"

describe("a random stream", function()
  it("gives the same numbers for the same seed and stream, others for others", function()
    local x = rl.rng(7):normal(100)
    assert.is_true(x:equal(rl.rng(7):normal(100)))
    assert.is_false(x:equal(rl.rng(8):normal(100)))
    assert.is_false(x:equal(rl.rng(7, 1):normal(100)))
    assert.is_true(x:equal(rl.rng(7, 0):normal(100)))
  end)

  it("starts with the words of Philox4x32-10 for counter 0 and the seed as key", function()
    -- Random123's first known answer: 6627e8d5 for key 0; uniform keeps the upper 24 bits.
    assert.are.equal(0x6627e8 / 2 ^ 24, rl.rng(0):uniform())
  end)

  it("has normal deviates of mean 0 and variance 1", function()
    local n = 200000
    local x = rl.rng(1):normal(n)
    assert.is_true(math.abs(x:mean()) < 5 / math.sqrt(n))
    assert.is_true(math.abs(x:square():mean() - 1) < 5 * math.sqrt(2 / n))
  end)

  it("has uniform deviates in [0, 1) of mean 1/2 and variance 1/12", function()
    local n = 200000
    local x = rl.rng(2):uniform(n)
    assert.is_true(x:min() >= 0 and x:max() < 1)
    assert.is_true(math.abs(x:mean() - 0.5) < 5 * math.sqrt(1 / 12 / n))
    assert.is_true(math.abs((x - 0.5):square():mean() - 1 / 12) < 5 * math.sqrt(1 / 180 / n))
  end)

  it("takes sizes like rl.zeros, and gives a number without any", function()
    local rng = rl.rng(1)
    assert.are.same({2, 3}, rng:normal(2, 3):shape())
    assert.are.same({2, 3}, rng:uniform{2, 3}:shape())
    assert.are.equal("number", type(rng:normal()))
    assert.are.equal("number", type(rng:uniform()))
  end)

  it("draws integers from 1 .. n or low .. high, both ends included", function()
    local rng = rl.rng(5)
    local count = {0, 0, 0}
    for _ = 1, 3000 do
      local i = rng:integer(3)
      count[i] = count[i] + 1
    end
    for i = 1, 3 do assert.is_true(math.abs(count[i] - 1000) < 5 * math.sqrt(3000 * 2 / 9)) end
    local seen = {}
    for _ = 1, 200 do seen[rng:integer(-1, 1)] = true end
    assert.are.same({[-1] = true, [0] = true, [1] = true}, seen)
    assert.are.equal(4, rng:integer(4, 4))
    assert.has_error(function() rng:integer(0) end)
    assert.has_error(function() rng:integer(2, 1) end)
    assert.has_error(function() rng:integer(1.5) end)
    assert.has_error(function() rng:integer() end)
  end)

  it("permutes 1 .. n, each place as likely as the other", function()
    local rng, sum = rl.rng(6), 0
    for _ = 1, 3000 do
      local order = rng:permutation(5)
      assert.are.equal(15, order:sum())
      assert.are.equal(120, order[1] * order[2] * order[3] * order[4] * order[5])
      sum = sum + order[1]
    end
    assert.is_true(math.abs(sum / 3000 - 3) < 5 * math.sqrt(2 / 3000)) -- variance of 1 .. 5: 2
    assert.are.same({}, rng:permutation(0):totable())
    assert.is_false(rl.rng(1, "shuffle"):permutation(50):equal(rl.rng(1):permutation(50)))
    assert.has_error(function() rng:permutation(-1) end)
    assert.has_error(function() rng:permutation(2 ^ 25) end)
    assert.has_error(function() rl.rng(1, "shufle") end)
  end)

  it("splits off streams that share nothing with it", function()
    local parent = rl.rng(9)
    local child, second = parent:split(), parent:split()
    local a, b, c = parent:normal(10000), child:normal(10000), second:normal(10000)
    for _, product in ipairs{a:dot(b), a:dot(c), b:dot(c)} do assert.is_true(math.abs(product) < 5 * 100) end
    assert.is_true(rl.rng(9):split():normal(10000):equal(b))
  end)

  it("goes on from a saved state, in this or another stream", function()
    local rng = rl.rng(3)
    rng:normal(7)
    local state = rng:state()
    local x = rng:normal(9)
    assert.is_true(x:equal(rng:restore(state):normal(9)))
    assert.is_true(x:equal(rl.rng(0):restore(state):normal(9)))
  end)

  it("refuses what is not a seed or a state", function()
    local rng = rl.rng(1)
    assert.has_error(function() rl.rng() end)
    assert.has_error(function() rl.rng(1.5) end)
    assert.has_error(function() rl.rng("1") end)
    assert.has_error(function() rl.rng(1, -1) end)
    assert.has_error(function() rng:restore("") end)
    assert.has_error(function() rng:restore(("f"):rep(112)) end)
    assert.has_error(function() rng:restore((" 1"):rep(56)) end)
    assert.has_error(function() rng:normal(-1) end)
  end)
end)
