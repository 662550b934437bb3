-- rl.cem, rl.rwr, rl.pi2 and rl.power as scripts see them; that their updates are right is tested in C.
local rl = require "rl"

local function refuses(expected, f, ...)
  local ok, message = pcall(f, ...)
  assert.is_false(ok)
  assert.is_truthy(tostring(message):find(expected, 1, true), tostring(message))
end

describe("search by weighted maximum likelihood", function()
  it("asks, is told, and says what it found and why it stopped", function()
    for _, name in ipairs { "cem", "rwr", "pi2", "power" } do
      local search = rl[name] { x0 = { 3, -2 }, sigma = 3, popsize = 40, max_iterations = 60, seed = 2 }
      assert.is_nil(search:stop())
      assert.is_nil(search.best_return)
      while not search:stop() do
        local x = search:ask()
        assert.are.same({ 40, 2 }, x:shape())
        search:tell(x, (-0.1 * (x - 1):square():sum(2)):exp())
      end
      assert.are.same({ "max_iterations" }, search:stop())
      assert.are.equal(2400, search.evaluations)
      assert.are.equal(60, search.iterations)
      assert.is_true(search.best_return > 0.99, name)
      assert.is_true((search.best - 1):abs():max() < 0.35, name)
    end
  end)

  it("balances a pole with a linear policy, on 5 seeds of 5", function()
    for seed = 1, 5 do
      local env = rl.env("cartpole", { seed = seed })
      local policy = rl.policy(env, { hidden = {}, normalize = false })
      local search = rl.cem {
        x0 = policy.theta, popsize = 40, elite = 0.2, seed = seed, max_iterations = 20,
        noise = function(t) return 0.1 * (1 - t / 20) end,
      }
      while not search:stop() do
        local x = search:ask()
        search:tell(x, env:evaluate(policy, x, { episodes = 3, seed = seed }))
      end
      policy.theta:copy_(search.mean)
      assert.is_true(env:evaluate(policy, { episodes = 100 }).mean_return >= 475)
    end
  end)

  it("takes noise as a function of the iteration", function()
    local asked = {}
    local search = rl.cem {
      x0 = { 0 }, popsize = 10, minimize = true, noise = function(t) asked[#asked + 1] = t return t / 10 end,
    }
    for _ = 1, 3 do
      local x = search:ask()
      search:tell(x, x:reshape(10):square())
    end
    assert.are.same({ 1, 2, 3 }, asked)
    assert.is_true(search.deviation:get(1) >= math.sqrt(0.3) - 1e-6)
  end)

  it("refuses what its methods cannot do", function()
    refuses('rl.power: unknown option "elit"; did you mean "elite"?', rl.power, { x0 = { 1 }, elit = 1 })
    refuses('rl.rwr: unknown option "elite"', rl.rwr, { x0 = { 1 }, elite = 0.5 })
    local power = rl.power { x0 = { 1 }, popsize = 2 }
    refuses("must not be negative: add a constant", power.tell, power, power:ask(), { 1, -1 })
  end)
end)
