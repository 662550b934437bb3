---@meta
-- For editors: ratings and leagues.

---@class rl
local rl = {}

-- Leagues: frozen copies of a policy, and what they have won ----------------------------------------------------------

---@class rl.rated
---@field rating number on Elo's scale: 400 more is ten wins to one; the first has 0
---@field deviation number standard deviation of its difference from the first
---@field low number 95% from here
---@field high number to here
---@field bouts number

---Ratings of greatest likelihood from a table of bouts, by the model of Bradley and Terry, whatever their order, with
---intervals by the Fisher information. A draw counts as half a bout won by each.
---@param points number[][] points[i][j]: what player i has won against j
---@param options? { prior: number? } bouts, drawn, of each against one of unknown strength, 1
---@return rl.rated[]
function rl.ratings(points, options) end

---@class rl.league_settings
---@field env rl.env a world of two sides, agents or teams, whose agents are alike
---@field folder? string for policies and league.json: run:path("league"); without it nothing is kept
---@field score? fun(episode: table): number of an agent's episode as env:evaluate gives it; more wins. Its return
---@field bouts? integer with each opponent of a new member, half of them from either side, 10
---@field opponents? integer whom a new member meets, 4
---@field uniform? number share of those who are drawn without regard to ratings, 0.2
---@field deterministic? boolean of actions in bouts, true
---@field seed? integer 1

---@class rl.league
local league = {}
---Takes in a copy of a policy, has it play against some members, and rates all anew.
---@param policy rl.policy
---@param at? integer an iteration, say; greater than those before
---@return integer number of the member
function league:add(policy, at) end
---Opponents, which may be the same: mostly of about the strength of the newest member.
---@param n integer
---@return rl.policy[]
function league:draw(n) end
---Bouts that do not count for the ratings, half of them from either side: what the first has won.
---@param one rl.policy|integer a policy, or the number of a member
---@param other rl.policy|integer
---@param bouts? integer even
---@return { points: number, won: integer, drawn: integer, lost: integer, sides: { won: integer, drawn: integer, lost: integer }[] }
function league:match(one, other, bouts) end
---The members, the oldest first.
---@return { at: integer, policy: rl.policy, rating: number, low: number, high: number, bouts: number }[]
function league:table() end
---Of the newest member, for run:log.
---@return { rating: number, rating_low: number, rating_high: number, members: integer }
function league:stats() end
---@return table plain data, for checkpoints: run:keep("league", league)
function league:state() end
---Nil and a message, and nothing is changed, where a member's file is gone or its policy is of another size.
---@param state table
---@return boolean? ok
---@return string? message
function league:restore(state) end

---Frozen copies of a policy as it learns, what they have won against each other, and their ratings: for self-play.
---@param settings rl.league_settings
---@return rl.league
function rl.league(settings) end
---What a run has left in a folder; nil and a message where it, or a member's file, is gone or damaged.
---@param folder string
---@param settings rl.league_settings
---@return rl.league? league
---@return string? message
function rl.load_league(folder, settings) end

return rl
