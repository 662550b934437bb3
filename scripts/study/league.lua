-- Sumo by plain self-play beside sumo against opponents drawn from a league: the leagues that runs of scripts/sumo.lua
-- have left play against each other.
--
--   for seed in 11 12 13 14 15; do
--     build/rlrun --seed $seed scripts/sumo.lua --set opponents=self
--     build/rlrun --seed $seed scripts/sumo.lua --set opponents=league
--   done
--   build/rlrun scripts/study/league.lua              of what is in runs, some minutes
--
-- One rating of all members: each plays against all of its seed, and the last ones of all runs against each other. Then
-- what a run has forgotten, who wins where two last ones meet, and how bouts end: a wrestler who falls or leaves the
-- ring without having been touched in the last half second did so by himself.
local rl = require "rl"
local core = require "rl.core"
local statistics = rl.statistics

local opt = rl.options {
  runs = "runs",        -- the folder of the runs
  out = "league.csv",   -- a line for each two that have met
  bouts = 10,           -- of two members of a seed
  final_bouts = 200,    -- of two last members
  own_bouts = 100,      -- of the last member against each earlier one of its run
  watched = 100,        -- bouts whose ends are looked at, of a last member against itself and against the other kind's
  ring = 2, seconds = 10, -- as in scripts/sumo.lua
}

for _, name in ipairs { "bouts", "final_bouts", "own_bouts" } do -- half of them are from either side
  if opt[name] < 2 or opt[name] % 2 ~= 0 then
    error(("option %s: an even number from 2 on expected, got %s"):format(name, opt[name]), 0)
  end
end
if opt.watched < 1 then error(("option watched: 1 or more expected, got %s"):format(opt.watched), 0) end

local here = (arg and arg[0] or "scripts/study/league.lua"):match("^(.*)/") or "."
local wrestler = assert(rl.load_design(here .. "/../designs/wrestler.lua"))

local function place(x, foe)
  local senses = {}
  for _, body in ipairs { "trunk", "base", "hand" } do senses["foe_" .. body] = { of = foe, body = body } end
  return { creature = wrestler, x = x, turned = x > 0, senses = senses }
end

-- The ring of scripts/sumo.lua, with another reward.
local function ring(n, reward)
  return rl.env {
    name = "sumo", n = n, time_limit = opt.seconds, together = true, reset_noise = 0.1, seed = opt.seed,
    creatures = { a = place(-0.9, "b"), b = place(0.9, "a") }, reward = reward,
    done = function(s) return s.fallen > 0 or math.abs(s.world_x) > opt.ring end,
  }
end

local function out(s) return math.abs(s.world_x) > opt.ring and 1 or 0 end
local function lost(s) return math.max(s.fallen, out(s)) end

local env = ring(1, function(s)
  local foe = s.agent == "a" and s.b or s.a
  return { bout = lost(foe) - lost(s) }
end)
local watch = ring(opt.watched, function(s)
  return 4 * out(s) + 2 * s.fallen + math.max(s.foe_trunk_touch, s.foe_base_touch, s.foe_hand_touch)
end)
local referee = rl.league { env = env, seed = opt.seed, score = function(e) return e.terms.bout end }

-- Runs

local function read_runs()
  local runs = {}
  for _, name in ipairs(core.list_directory(opt.runs) or {}) do
    local folder = opt.runs .. "/" .. name
    local config = name:find("^sumo%-") and core.parse_json(core.read_file(folder .. "/config.json", 2 ^ 24) or "")
    if config then
      local set = config.command.set or {}
      local kind = set.opponents == "league" and "league" or "self"
      local members = assert(rl.load_league(folder .. "/league", { env = env })):table()
      runs[#runs + 1] = { seed = config.command.seed, kind = kind, members = members }
    end
  end
  table.sort(runs, function(x, y) return x.seed < y.seed or x.seed == y.seed and x.kind < y.kind end)
  return runs
end

local runs = read_runs()
if #runs == 0 then error(("no run of scripts/sumo.lua in %s: run it first"):format(opt.runs), 0) end

local players = {} -- the members of all runs, the numbers of those of a run in a row
for _, run in ipairs(runs) do
  run.first = #players + 1
  for _, member in ipairs(run.members) do
    players[#players + 1] = { run = run, at = member.at, policy = member.policy }
  end
  run.last = #players
end

-- Bouts, each pair of which is written down at once

local file = assert(io.open(opt.out, "w"))
file:write("seed,kind,at,other_seed,other_kind,other_at,bouts,won,drawn,lost,won_from_left,won_from_right\n")
local met = {} -- met[i][j]: what i has won against j
for i = 1, #players do met[i] = {} end

local function meet(i, j, bouts)
  if met[i][j] then return end
  local one, other = players[i], players[j]
  local match = referee:match(one.policy, other.policy, bouts)
  met[i][j], met[j][i] = match.points, bouts - match.points
  file:write(("%d,%s,%d,%d,%s,%d,%d,%d,%d,%d,%d,%d\n"):format(one.run.seed, one.run.kind, one.at, other.run.seed,
    other.run.kind, other.at, bouts, match.won, match.drawn, match.lost, match.sides[1].won, match.sides[2].won))
  file:flush()
end

for i, run in ipairs(runs) do
  for j = i + 1, #runs do meet(run.last, runs[j].last, opt.final_bouts) end
  for member = run.first, run.last - 1 do meet(run.last, member, opt.own_bouts) end
end
for i, one in ipairs(players) do
  for j = i + 1, #players do
    if players[j].run.seed == one.run.seed then meet(i, j, opt.bouts) end
  end
end
file:close()

-- What it says

local ratings = rl.ratings(met)
print("ratings, of all runs together; the least points of the last member against an earlier one of its run")
local finals = {}
for _, run in ipairs(runs) do
  local text, below, least, worst = {}, 0, math.huge, 0
  for i = run.first, run.last do
    text[#text + 1] = ("%.0f"):format(ratings[i].rating)
    if i > run.first and ratings[i].rating < ratings[i - 1].rating then below = below + 1 end
    if i < run.last and met[run.last][i] < least then least, worst = met[run.last][i], players[i].at end
  end
  local final = ratings[run.last]
  finals[run.kind] = finals[run.kind] or {}
  table.insert(finals[run.kind], final.rating)
  local own = "no earlier member"
  if run.first < run.last then
    own = ("of %d against the first %g, least %g (%d)"):format(opt.own_bouts, met[run.last][run.first], least, worst)
  end
  print(("%-6s %3d: %s; the last %.0f, 95%% %.0f to %.0f; %d below the one before; %s"):format(run.kind, run.seed,
    table.concat(text, " "), final.rating, final.low, final.high, below, own))
end

local function share_of(kind, other) -- of the points, for each run of a kind against all of the other
  local shares = {}
  for _, run in ipairs(runs) do
    local points, bouts = 0, 0
    for _, foe in ipairs(runs) do
      if run.kind == kind and foe.kind == other then
        points, bouts = points + met[run.last][foe.last], bouts + opt.final_bouts
      end
    end
    if bouts > 0 then shares[#shares + 1] = points / bouts end
  end
  return shares
end

if finals.self and finals.league then
  local function line(list)
    local half = #list > 1 and statistics.half_width(list) or math.huge
    return ("%.3g, 95%% %.3g to %.3g"):format(statistics.mean(list), statistics.mean(list) - half,
      statistics.mean(list) + half)
  end
  local _, _, p = statistics.welch(finals.league, finals.self)
  print(("last ratings: league %s; self %s; p %.2g by Welch's test"):format(line(finals.league), line(finals.self), p))
  local shares = share_of("league", "self")
  print("points of the last of league against all last of self: " .. line(shares))
end

-- How bouts end

local function look(one, other)
  local memory, count = math.floor(0.5 / watch.dt + 0.5), {}
  local touched, ended = {}, {} -- by world: the step of the last touch, whether it is over
  local observation, step, open = watch:reset(), 0, watch.worlds
  while open > 0 do
    step = step + 1
    local a, b = one:mean(observation):totable(), other:mean(observation):totable()
    local actions = {}
    for i = 1, watch.n do actions[i] = (i % 2 == 1 and a or b)[i] end
    local codes, _, truncated
    observation, codes, _, truncated = watch:step(rl.tensor(actions):clamp(-1, 1))
    for world = 1, watch.worlds do
      local x, y = codes:get(2 * world - 1), codes:get(2 * world)
      if x % 2 == 1 or y % 2 == 1 then touched[world] = step end
      if not ended[world] then
        local word = truncated:get(2 * world) > 0 and "time"
        if x >= 2 or y >= 2 then
          local alone = step - (touched[world] or -math.huge) > memory
          local fell = x % 4 >= 2 or y % 4 >= 2
          word = (fell and "fell" or "out") .. (alone and " by himself" or "")
        end
        if word then
          count[word], ended[world], open = (count[word] or 0) + 1, true, open - 1
          count.steps = (count.steps or 0) + step
        end
      end
    end
  end
  local list = {}
  for _, word in ipairs { "fell", "out", "fell by himself", "out by himself", "time" } do
    list[#list + 1] = ("%s %d"):format(word, count[word] or 0)
  end
  return ("%s; %.1f s in the mean"):format(table.concat(list, ", "), count.steps * watch.dt / watch.worlds)
end

print(("how %d bouts end"):format(opt.watched))
for i, run in ipairs(runs) do
  local policy, next_run = players[run.last].policy, runs[i + 1]
  print(("%-6s %3d against itself: %s"):format(run.kind, run.seed, look(policy, policy)))
  if run.last > run.first then
    print(("%-6s %3d against the one before: %s"):format(run.kind, run.seed,
      look(policy, players[run.last - 1].policy)))
  end
  if next_run and next_run.seed == run.seed and next_run.kind ~= run.kind then
    print(("%d: league against self: %s"):format(run.seed, look(policy, players[next_run.last].policy)))
  end
end
