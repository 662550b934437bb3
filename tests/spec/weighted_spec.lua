-- rl.cem, rl.rwr, rl.pi2 and rl.power as scripts see them; that their updates are right is tested in C.
local rl = require "rl"
local refuses = require("spec.refusal").refuses

describe("search by weighted maximum likelihood", function()
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
