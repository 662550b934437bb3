-- Self-play: ratings from a table of bouts, and a league of the policies of a run.
local child = require "spec.child"
local rl = require "rl"
local refusal = require "spec.refusal"
local has, refused = refusal.has, refusal.refuses

describe("ratings", function()
  it("of two players are the odds of their bouts, with the interval of a proportion's logit", function()
    local list = rl.ratings({ { 0, 1 }, { 3, 0 } }, { prior = 0 })
    assert.equal(0, list[1].rating)
    assert.is_near(400 * math.log(3) / math.log(10), list[2].rating, 1e-6) -- three wins to one
    -- The variance of a logit is 1 / (n p (1 - p)).
    local half = 1.959963984540054 * 400 / math.log(10) / math.sqrt(4 * 0.75 * 0.25)
    assert.is_near(list[2].rating - half, list[2].low, 1e-6)
    assert.is_near(list[2].rating + half, list[2].high, 1e-6)
    assert.equal(4, list[2].bouts)
  end)

  it("add up along a chain, in which the variances do too", function()
    local list = rl.ratings({ { 0, 2, 0 }, { 6, 0, 1 }, { 0, 9, 0 } }, { prior = 0 })
    assert.is_near(400 * math.log(27) / math.log(10), list[3].rating, 1e-6) -- 3 to 1 and 9 to 1
    local variance = 1 / (8 * 0.75 * 0.25) + 1 / (10 * 0.9 * 0.1)
    assert.is_near(400 / math.log(10) * math.sqrt(variance), list[3].deviation, 1e-6)
  end)

  it("are found again from bouts by chance, within their intervals", function()
    local rng, truth, n = rl.rng(5), {}, 12
    for i = 1, n do truth[i] = 120 * (i - 1) end
    local points = {}
    for i = 1, n do points[i] = {} end
    for i = 1, n do
      for j = i + 1, math.min(i + 4, n) do
        local won, p = 0, 1 / (1 + 10 ^ ((truth[j] - truth[i]) / 400))
        for _ = 1, 40 do won = won + (rng:uniform() < p and 1 or 0) end
        points[i][j], points[j][i] = won, 40 - won
      end
    end
    local inside = 0
    for i, r in ipairs(rl.ratings(points)) do
      assert.is_near(truth[i], r.rating, 3.5 * r.deviation + 1e-9)
      if r.low <= truth[i] and truth[i] <= r.high then inside = inside + 1 end
    end
    assert.is_true(inside >= 10, inside) -- of 12, at 95%
  end)

  it("stay finite where all bouts were won, or none was fought, and say so without a prior", function()
    local list = rl.ratings { { 0, 0, 0 }, { 10, 0, 0 }, { 0, 0, 0 } }
    assert.is_true(list[2].rating > 300 and list[2].rating < 1000)
    assert.is_true(list[3].rating > 0 and list[3].rating < list[2].rating)
    refused("without a prior", rl.ratings, { { 0, 0 }, { 10, 0 } }, { prior = 0 })
    refused("points[1][2] must be a number of bouts won, got -1", rl.ratings, { { 0, -1 }, { 1, 0 } })
    refused("points[1][1] must be", rl.ratings, { { 1 } })
    refused("unknown option", rl.ratings, { {} }, { priors = 1 })
    refused("points[1]: a table expected, got a number", rl.ratings, { 1, 2 })
    refused("points[1][3]: there are 2 players", rl.ratings, { { 0, 1, 5 }, { 0, 0 } })
    local points = {} -- each newcomer beats the four before it, always
    for i = 1, 40 do
      points[i] = {}
      for j = math.max(1, i - 4), i - 1 do points[i][j] = 1000 end
    end
    list = rl.ratings(points)
    for i = 2, 40 do assert.is_true(list[i].rating > list[i - 1].rating + 100, i) end
    assert.same({}, rl.ratings {})
  end)
end)

-- Two hoppers; who jumps further forward wins. What a policy does is its bias alone, so strength can be made.
local function world()
  return rl.env {
    name = "pair", n = 2, seed = 1, time_limit = 0.2,
    creatures = { a = { creature = "hopper", x = -2 }, b = { creature = "hopper", x = 2, turned = true } },
    reward = function(s) return s.effort end,
  }
end
local function player(env, push)
  local policy = rl.policy(env, { hidden = {}, seed = 1, std = "fixed" })
  policy.theta:fill_(0)
  policy.theta:narrow(1, #policy.theta - env.action_space.size + 1 - (#policy.log_std), 1):fill_(push)
  return policy
end

describe("a league", function()
  it("rates who wins above who loses, from either side", function()
    local env = world()
    local league = rl.league { env = env, opponents = 3, bouts = 4 }
    for i, push in ipairs { 0.1, 0.4, 0.8 } do assert.equal(i, league:add(player(env, push), 10 * i)) end
    local list = league:table()
    assert.is_true(list[1].rating < list[2].rating and list[2].rating < list[3].rating)
    assert.same({ 10, 20, 30 }, { list[1].at, list[2].at, list[3].at })
    assert.equal(8, list[3].bouts) -- four against each of two
    assert.equal(list[3].rating, league:stats().rating)
    local match = league:match(3, list[1].policy, 6)
    assert.same({ won = 6, drawn = 0, lost = 0, points = 6,
                  sides = { { won = 3, drawn = 0, lost = 0 }, { won = 3, drawn = 0, lost = 0 } } }, match)
    assert.equal(2, league:match(1, 1, 4).points) -- against itself: draws
  end)

  it("draws mostly those who are as strong as the newest", function()
    local env = world()
    local league, count = rl.league { env = env, uniform = 0.1 }, { 0, 0, 0 }
    for i = 1, 3 do league:add(player(env, 0.2 * i), i) end
    league.ratings = { { rating = 0 }, { rating = 900 }, { rating = 1000 } }
    local list = league:table()
    for _, policy in ipairs(league:draw(600)) do
      for i, member in ipairs(list) do if member.policy == policy then count[i] = count[i] + 1 end end
    end
    -- .9 w + .1 / 3 with w of p (1 - p) = .0031, .2301, .25 over their sum; five deviations of 600 draws
    for i, share in ipairs { 0.039, 0.462, 0.499 } do
      assert.is_near(share, count[i] / 600, 5 * math.sqrt(share * (1 - share) / 600))
    end
  end)

  it("is as it was after a member that could not be rated", function()
    local env, worth = world(), nil
    local league = rl.league { env = env, bouts = 2, score = function(e) return worth or e["return"] end }
    league:add(player(env, 0.1), 1)
    worth = 0 / 0
    refused("score: a number that is finite expected for agent a, got", league.add, league, player(env, 0.2), 2)
    assert.equal(1, #league:table())
    worth = nil
    assert.equal(2, league:add(player(env, 0.2), 2))
    local straight = rl.league { env = env, bouts = 2 }
    for i = 1, 2 do straight:add(player(env, 0.1 * i), i) end
    assert.equal(straight:stats().rating, league:stats().rating)
    assert.equal(straight.drawn, league.drawn)
  end)

  it("is rated by a score that does not add to it", function()
    local env = world()
    local league, message
    league = rl.league { env = env, bouts = 2, score = function(e)
      message = select(2, pcall(league.add, league, player(env, 0.3)))
      return e["return"]
    end }
    for i = 1, 2 do assert.equal(i, league:add(player(env, 0.1 * i))) end
    has(message, "add: a member is being rated")
    assert.equal(2, #league:table())
  end)

  it("has a state that stays what it was", function()
    local folder, env = child.folder(), world()
    local league = rl.league { env = env, folder = folder, bouts = 2 }
    for i = 1, 2 do league:add(player(env, 0.2 * i)) end
    local state, before = league:state(), league:stats()
    league:add(player(env, 0.6))
    assert.is_true(league:restore(state))
    assert.same(before, league:stats())
    league:add(player(env, 0.8))
    assert.is_true(league:restore(state))
    assert.same(before, league:stats())
    child.remove(folder)
  end)

  it("leaves out opponents that a newcomer has no chance against", function()
    local folder, env = child.folder(), world()
    local league = rl.league { env = env, folder = folder, bouts = 2, uniform = 0, opponents = 2 }
    for i = 1, 2 do league:add(player(env, 0.2 * i)) end
    league.ratings[2].rating = 1e5 -- as far as the chain of many members leads
    assert.equal(3, league:add(player(env, 0.6)))
    assert.equal(2, league:table()[3].bouts)
    child.remove(folder)
  end)

  it("goes on from a folder, and says whose file is gone or of another size", function()
    local folder, env = child.folder(), world()
    local settings = { env = env, folder = folder .. "/league", opponents = 2, bouts = 2 }
    local league = rl.league(settings)
    for i = 1, 3 do league:add(player(env, 0.2 * i), i) end
    local other = assert(rl.load_league(folder .. "/league", { env = env, opponents = 2, bouts = 2 }))
    local newest = player(env, 0.9)
    league:add(newest, 4)
    local text = child.read(folder .. "/league/league.json")
    other:add(newest, 4)
    assert.equal(text, child.read(folder .. "/league/league.json"))
    assert.same(league:stats(), other:stats())

    local biped = rl.env { name = "pair", creatures = { a = { creature = "biped", x = -2 },
                           b = { creature = "biped", x = 2 } }, reward = function() return 0 end }
    local none, message = rl.load_league(folder .. "/league", { env = biped })
    assert.is_nil(none)
    has(message, "member 1 (at 1) of the league: ")
    refused("the policy is of another size than pair.a", league.add, league, rl.policy(biped), 9)

    os.remove(folder .. "/league/00000002.safetensors")
    local state = league:state()
    none, message = league:restore(state)
    assert.is_nil(none)
    has(message, "member 2 (at 2) of the league: ")
    has(message, "00000002.safetensors")
    assert.equal(4, #league:table())
    none, message = rl.load_league(folder .. "/nowhere", { env = env })
    assert.is_nil(none)
    has(message, "league.json")
    child.remove(folder)
  end)

  it("is resumed with its run to the same bytes, and is a curve of the report", function()
    local folder = child.folder()
    local script = [[
      local rl = require "rl"
      local env = rl.env { name = "pair", n = 2, seed = 1, time_limit = 0.2,
        reward = function(s) return s.effort + s[s.agent == "a" and "b" or "a"].effort end,
        creatures = { a = { creature = "hopper", x = -2 }, b = { creature = "hopper", x = 2, turned = true } } }
      local seat = env:agent("a")
      local policy, value = rl.policy(seat, { hidden = { 4 } }), rl.value(seat, { hidden = { 4 } })
      local method = rl.a2c { env = seat, policy = policy, value = value }
      local run = rl.run { name = "k", method = method, iterations = 6, checkpoint = 0 }
      local league = run:keep("league", rl.league { env = env, folder = run:path("league"), opponents = 2, bouts = 2 })
      for i in run:iterations() do
        league:add(policy, i)
        env:players { b = league:draw(env.worlds) }
        local batch = method:collect(16)
        run:log(i, batch.stats, method:update(batch), league:stats())
        if i == 4 and not io.open("killed") and arg[1] == "kill" then io.open("killed", "w"):close() os.exit(9) end
      end
      run:finish()
    ]]
    local function left(out, name)
      return child.read(("%s/%s/%s/%s"):format(folder, out, child.list(folder .. "/" .. out)[1], name))
    end
    child.write(folder .. "/script.lua", script)
    assert.equal(0, (child.shell(folder, ("'%s' --quiet --out whole script.lua"):format(child.rlrun))))
    assert.equal(9, (child.shell(folder, ("'%s' --quiet script.lua kill"):format(child.rlrun))))
    local run = folder .. "/runs/" .. child.list(folder .. "/runs")[1]
    local resume = ("'%s' --quiet --resume '%s'"):format(child.rlrun, run)
    local gone = run .. "/league/00000002.safetensors"
    os.rename(gone, gone .. ".away")
    local status, _, errors = child.shell(folder, resume)
    assert.equal(1, status)
    has(errors, "league does not go on from its checkpoint: member 2 (at 2) of the league: ")
    os.rename(gone .. ".away", gone)
    status, _, errors = child.shell(folder, resume)
    assert.equal(0, status, errors)
    for _, name in ipairs { "league/league.json", "league/00000006.safetensors", "policy.safetensors" } do
      assert.equal(left("whole", name), left("runs", name), name)
    end
    has(child.read(run .. "/report.html"), "League: ratings against the first member")
    child.remove(folder)
  end)

  it("refuses what is no league", function()
    local env = world()
    local league = rl.league { env = env }
    refused("env must be a world of several agents", rl.league, { env = rl.env("hopper") })
    refused('unknown setting "bout"', rl.league, { env = env, bout = 3 })
    refused("uniform must be a number from 0 to 1, got 2", rl.league, { env = env, uniform = 2 })
    refused("no members yet", league.draw, league, 2)
    refused("there is no member 1, there are 0", league.match, league, 1, 1)
    refused("a policy or the number of a member expected, got a string", league.add, league, "x")
    refused("needs a folder", league.state, league)
    league:add(player(env, 0.1), 5)
    refused("greater than that of the newest member (5) expected, got 5", league.add, league, player(env, 0.1), 5)
    refused("agents a and b are not alike", rl.league, { env = rl.env { name = "pair", creatures = {
      a = { creature = "biped", x = -2 }, b = { creature = "hopper", x = 2 } }, reward = function() return 0 end } })
  end)
end)
