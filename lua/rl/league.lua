-- A league for self-play: frozen copies of a policy as it learns, what they have won against each other, and their
-- ratings (ratings.lua). Opponents of the next batch are drawn from it.
--
--   local league = run:keep("league", rl.league { env = env, folder = run:path("league") })
--   for i in run:iterations() do
--     if i % 10 == 1 then league:add(policy, i) end            -- plays against members, and is rated
--     own:players { b = league:draw(own.n) }                   -- one for each world
--     local batch = ppo:collect(128)
--     run:log(i, batch.stats, ppo:update(batch), league:stats())
--   end
--
-- The environment is a world of two sides, agents or teams, whose agents are alike, so that a policy can take either.
-- A match is half of its bouts from either side. A side's score in a bout is the sum over its agents of score(episode),
-- by default their returns; the greater one wins.
--
-- The folder holds a policy file for each member, and league.json, from which the report draws the curve of ratings
-- and rl.load_league goes on. All that is drawn follows from the seed and from how often something was drawn before, so
-- a run that is resumed goes on to the same bytes.
local core = require "rl.core"
local ratings = require "rl.ratings"

local league = {}
league.__index = league

local KNOWN = { "bouts", "deterministic", "env", "folder", "opponents", "score", "seed", "uniform" }
local STREAMS = 2 ^ 24 -- draws of a seed
local MOST = 2 ^ 16     -- bouts from a side, policies drawn at once

local function refuse(level, ...) error("rl.league: " .. (...):format(select(2, ...)), level + 1) end

-- Settings

local function check_number(settings, name, default, low, high, whole)
  local x = settings[name]
  if x == nil then return default end
  if type(x) ~= "number" or not (x >= low and x <= high) or whole and x ~= math.floor(x) then
    local kind = whole and "whole number" or "number"
    refuse(4, "%s must be a %s from %g to %g, got %s", name, kind, low, high, tostring(x))
  end
  return x
end

-- The names of the agents of the two sides.
local function sides_of(env)
  local agents = (type(env) == "userdata" or type(env) == "table") and env.agents
  if not agents then refuse(4, "env must be a world of several agents (rl.env { creatures = ... })") end
  local sides, by_team = {}, {}
  for _, agent in ipairs(agents) do
    if not by_team[agent.team] then
      by_team[agent.team] = {}
      sides[#sides + 1] = by_team[agent.team]
    end
    table.insert(by_team[agent.team], agent.name)
  end
  if #sides ~= 2 then refuse(4, "%s: two sides expected, its agents have %d teams", env.name, #sides) end
  return sides
end

local function check_alike(env)
  local first = env:agent(env.agents[1].name)
  local sees, does = first.observation_space.size, first.action_space.size
  for _, agent in ipairs(env.agents) do
    local own = env:agent(agent.name)
    if own.observation_space.size ~= sees or own.action_space.size ~= does then
      refuse(4, "%s: agents %s and %s are not alike, so that no policy can take either side", env.name,
        env.agents[1].name, agent.name)
    end
  end
  return first
end

local function new(settings)
  if type(settings) ~= "table" then refuse(3, "a table of settings expected, got a %s", type(settings)) end
  for name in pairs(settings) do
    local known = false
    for _, other in ipairs(KNOWN) do known = known or other == name end
    if not known then refuse(3, "%s", core.unknown_name("setting", tostring(name), KNOWN)) end
  end
  local score, folder = settings.score, settings.folder
  if score ~= nil and not core.is_callable(score) then refuse(3, "score must be a function of an episode") end
  if settings.deterministic ~= nil and type(settings.deterministic) ~= "boolean" then
    refuse(3, "deterministic must be true or false, got %s", tostring(settings.deterministic))
  end
  if folder ~= nil and type(folder) ~= "string" then refuse(3, "folder must be a path, got a %s", type(folder)) end
  return setmetatable({
    env = settings.env, sides = sides_of(settings.env), own = check_alike(settings.env), folder = folder,
    score = score or function(episode) return episode["return"] end,
    bouts = 2 * math.ceil(check_number(settings, "bouts", 10, 1, 2 * MOST, true) / 2),
    opponents = check_number(settings, "opponents", 4, 1, 1e6, true),
    uniform = check_number(settings, "uniform", 0.2, 0, 1),
    seed = check_number(settings, "seed", 1, 0, 2 ^ 28, true),
    deterministic = settings.deterministic ~= false,
    members = {}, points = {}, ratings = {}, drawn = 0,
  }, league)
end

-- Chance: each draw has a stream of its own.

local function next_seed(self)
  self.drawn = self.drawn + 1
  return self.seed * STREAMS + self.drawn
end

-- A number of the list of weights; nil where none is positive.
local function pick(weights, rng)
  local total = 0
  for _, w in ipairs(weights) do total = total + w end
  local at = rng:uniform() * total
  local last
  for i, w in ipairs(weights) do
    if w > 0 then last = i end
    at = at - w
    if w > 0 and at < 0 then return i end
  end
  return last
end

-- How often who is as strong as the newest member shall meet each: mostly those whom it may beat or not, p (1 - p),
-- where p is the chance to win; and with the chance `uniform` anyone.
local function weights_of(self, n)
  local weights, total, newest = {}, 0, self.ratings[n].rating
  for i = 1, n do
    local p = 1 / (1 + 10 ^ ((self.ratings[i].rating - newest) / 400))
    weights[i] = p * (1 - p)
    total = total + weights[i]
  end
  for i = 1, n do weights[i] = (1 - self.uniform) * weights[i] / total + self.uniform / n end
  return weights
end

-- n members' policies, which may be the same: opponents for n worlds.
function league:draw(n)
  if #self.members == 0 then refuse(2, "nobody to draw: the league has no members yet") end
  if type(n) ~= "number" or n < 1 or n > MOST or n ~= math.floor(n) then
    refuse(2, "draw: a number of policies from 1 to %d expected, got %s", MOST, tostring(n))
  end
  local weights, rng, drawn = weights_of(self, #self.members), core.rng(next_seed(self)), {}
  for i = 1, n do drawn[i] = self.members[pick(weights, rng)].policy end
  return drawn
end

-- Bouts

local function policy_of(self, x, what)
  if type(x) == "number" then
    local member = self.members[x]
    if not member then refuse(3, "%s: there is no member %s, there are %d", what, tostring(x), #self.members) end
    return member.policy
  end
  if type(x) ~= "userdata" or not x.theta or not x.action_space then
    refuse(3, "%s: a policy or the number of a member expected, got a %s", what, type(x))
  end
  return x
end

local function score_of(self, episode)
  local x = self.score(episode)
  if type(x) == "number" and x - x == 0 then return x end
  refuse(5, "score: a number that is finite expected for agent %s, got %s", episode.agent, tostring(x))
end

-- Of `bouts` bouts with policy `one` on the first side and `other` on the second: won, drawn, lost by the first side.
local function play(self, one, other, bouts, seed)
  local players, side_of = {}, {}
  for s, names in ipairs(self.sides) do
    for _, name in ipairs(names) do players[name], side_of[name] = s == 1 and one or other, s end
  end
  local options = { episodes = bouts, seed = seed, deterministic = self.deterministic }
  local episodes, agents = self.env:evaluate(players, options).episodes, #self.env.agents
  local result = { won = 0, drawn = 0, lost = 0 }
  for first = 1, #episodes, agents do
    local sums = { 0, 0 }
    for i = first, first + agents - 1 do
      local side = side_of[episodes[i].agent]
      sums[side] = sums[side] + score_of(self, episodes[i])
    end
    local word = sums[1] > sums[2] and "won" or sums[1] < sums[2] and "lost" or "drawn"
    result[word] = result[word] + 1
  end
  return result
end

-- Bouts of one against another, policies or numbers of members, half of them from either side, which do not count for
-- the ratings. What the first has won, in all and from each side:
-- { points =, won =, drawn =, lost =, sides = { { won =, drawn =, lost = }, { ... } } }.
function league:match(one, other, bouts)
  local a, b = policy_of(self, one, "match"), policy_of(self, other, "match")
  bouts = bouts or self.bouts
  if type(bouts) ~= "number" or bouts < 2 or bouts > 2 * MOST or bouts % 2 ~= 0 then
    refuse(2, "match: an even number of bouts from 2 to %d expected, got %s", 2 * MOST, tostring(bouts))
  end
  local home = play(self, a, b, bouts / 2, next_seed(self))
  local away = play(self, b, a, bouts / 2, next_seed(self))
  away.won, away.lost = away.lost, away.won
  local result = { sides = { home, away } }
  for _, word in ipairs { "won", "drawn", "lost" } do result[word] = home[word] + away[word] end
  result.points = result.won + result.drawn / 2
  return result
end

-- Members

local function path_of(self, at) return ("%s/%08.0f.safetensors"):format(self.folder, at) end

-- A copy of the table of bouts, for n players.
local function copied(points, n)
  local rows = {}
  for i = 1, n do
    rows[i] = {}
    for j = 1, n do rows[i][j] = points[i][j] or 0 end
  end
  return rows
end

local function plain(self)
  local members = {}
  for i, member in ipairs(self.members) do members[i] = { at = member.at } end
  return { members = members, points = copied(self.points, #members), drawn = self.drawn }
end

local function write(self)
  if not self.folder then return end
  local data = plain(self)
  for i, member in ipairs(data.members) do
    local r = self.ratings[i]
    member.rating, member.low, member.high, member.bouts = r.rating, r.low, r.high, r.bouts
  end
  local ok, message = core.write_file(self.folder .. "/league.json", core.json(data, true) .. "\n")
  if not ok then refuse(3, "%s", message) end
end

-- The policy as a member keeps it: frozen, and of the size of the agents.
local function frozen(self, policy)
  local own, copy = self.own, policy:clone()
  local fits = policy.action_space.size == own.action_space.size
  fits = fits and pcall(copy.mean, copy, core.zeros(1, own.observation_space.size))
  if not fits then
    refuse(3, "add: the policy is of another size than %s, which sees %d numbers and does %d", own.name,
      own.observation_space.size, own.action_space.size)
  end
  copy:reset()
  return copy
end

local function save(self, policy, at)
  if not self.folder then return end
  local ok, message = core.make_directory(self.folder)
  if ok then ok, message = policy:save(path_of(self, at)) end
  if not ok then refuse(3, "%s", message) end
end

-- Members that the newest, n, meets: not the same twice.
local function choose_opponents(self, n)
  local weights, rng, chosen = weights_of(self, n - 1), core.rng(next_seed(self)), {}
  while #chosen < math.min(self.opponents, n - 1) do
    local i = pick(weights, rng)
    if not i then break end -- the others are out of its reach, and nobody is drawn uniformly
    weights[i] = 0
    chosen[#chosen + 1] = i
  end
  return chosen
end

-- Member n, who has met nobody yet, plays against those chosen for it.
local function enter(self, n)
  self.points[n] = {}
  for i = 1, n do self.points[n][i], self.points[i][n] = 0, 0 end
  if n > 1 then
    for _, i in ipairs(choose_opponents(self, n)) do
      local points = self:match(n, i).points
      self.points[n][i], self.points[i][n] = points, self.bouts - points
    end
  end
  self.ratings = ratings(self.points)
  save(self, self.members[n].policy, self.members[n].at)
  write(self)
end

-- Takes in a copy of the policy as it is, `at` (an iteration, say; greater than those before), has it play `bouts`
-- bouts against each of `opponents` members, and rates all anew. Returns its number. After an error, and where the
-- program was asked to stop, the league is as it was.
function league:add(policy, at)
  policy_of(self, policy, "add")
  if self.adding then refuse(2, "add: a member is being rated: score cannot add another") end
  local n, last = #self.members + 1, self.members[#self.members]
  at = at or last and last.at + 1 or 1
  if type(at) ~= "number" or at < 0 or at > 2 ^ 53 or at ~= math.floor(at) or last and at <= last.at then
    refuse(2, "add: a whole number greater than that of the newest member (%s) expected, got %s",
      last and last.at or "none", tostring(at))
  end
  local before, drawn = self.ratings, self.drawn
  self.members[n] = { policy = frozen(self, policy), at = at }
  self.adding = true
  local ok, message = pcall(enter, self, n)
  self.adding = nil
  if ok then return n end
  self.members[n], self.points[n], self.ratings, self.drawn = nil, nil, before, drawn
  for i = 1, n - 1 do self.points[i][n] = nil end
  error(message, 0)
end

-- All members, the oldest first: { at =, policy =, rating =, low =, high =, bouts = }; the first has rating 0.
function league:table()
  local list = {}
  for i, member in ipairs(self.members) do
    local r = self.ratings[i]
    list[i] = { at = member.at, policy = member.policy, rating = r.rating, low = r.low, high = r.high, bouts = r.bouts }
  end
  return list
end

-- Of the newest member, for run:log.
function league:stats()
  local r = self.ratings[#self.ratings]
  if not r then return {} end
  return { rating = r.rating, rating_low = r.low, rating_high = r.high, members = #self.members }
end

-- Checkpoints

function league:state()
  if not self.folder then refuse(1, "a league that a run keeps needs a folder: folder = run:path(\"league\")") end
  return plain(self)
end

-- Whether it has the form of a state.
local function is_state(state)
  if type(state) ~= "table" or type(state.members) ~= "table" or type(state.points) ~= "table" then return false end
  local drawn = state.drawn
  if type(drawn) ~= "number" or drawn ~= math.floor(drawn) or drawn < 0 then return false end
  if #state.points ~= #state.members then return false end
  for i, member in ipairs(state.members) do
    if type(member) ~= "table" or type(member.at) ~= "number" or type(state.points[i]) ~= "table" then return false end
  end
  return true
end

-- true, or nil and a message, and nothing is changed: files that are gone, policies of another size.
function league:restore(state)
  if not is_state(state) then return nil, "the state of the league is damaged" end
  local members = {}
  for i, member in ipairs(state.members) do
    local policy, message = core.load_policy(path_of(self, member.at), self.own)
    if not policy then return nil, ("member %d (at %g) of the league: %s"):format(i, member.at, message) end
    members[i] = { policy = policy, at = member.at }
  end
  local ok, found = pcall(ratings, state.points)
  if not ok then return nil, found end
  self.members, self.points, self.drawn, self.ratings = members, copied(state.points, #members), state.drawn, found
  return true
end

return function(settings)
  local self = new(settings)
  return self
end
