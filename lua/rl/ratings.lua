-- How strong is each of several players? From the table of their bouts, by the model of Bradley and Terry (1952): i
-- beats j with probability 1 / (1 + exp(r_j - r_i)). The ratings are those of greatest likelihood, so the order in
-- which the bouts took place does not matter; a draw counts as half a bout won by each. Intervals follow from the
-- Fisher information. All on Elo's scale: 400 more is ten wins to one.
--
--   local list = rl.ratings(points)           -- points[i][j]: what i has won against j; missing: nothing
--   list[2].rating, list[2].low, list[2].high -- against the first player, whose rating is 0; 95%
--
-- Who has won every bout would be infinitely strong: so each player has also had one bout (`prior`; 0: none) against
-- one of unknown strength, drawn, which also bounds the rating of who has met nobody.
local core = require "rl.core"

local ELO = 400 / math.log(10) -- points of a rating for one of the logarithm of odds
local NORMAL = 1.959963984540054 -- within so many deviations lies 95%
local MOST_ROUNDS, LEAST_SHARE, ENOUGH = 200, 1e-6, 1e-8

local function chance(difference) return 1 / (1 + math.exp(-difference)) end

local function log_chance(difference)
  if difference < 0 then return difference - math.log(1 + math.exp(difference)) end
  return -math.log(1 + math.exp(-difference))
end

local function check_row(row, i, n)
  if type(row) ~= "table" then error(("rl.ratings: points[%d]: a table expected, got a %s"):format(i, type(row)), 4) end
  for j in pairs(row) do
    if type(j) ~= "number" or j < 1 or j > n or j ~= math.floor(j) then
      error(("rl.ratings: points[%d][%s]: there are %d players"):format(i, tostring(j), n), 4)
    end
  end
end

-- What players i and j have won against each other, and the bouts of each.
local function count(points, n)
  local won, bouts = {}, {}
  for i = 1, n do
    check_row(points[i], i, n)
    won[i], bouts[i] = {}, 0
  end
  for i = 1, n do
    for j = 1, n do
      local x = points[i][j] or 0
      if type(x) ~= "number" or not (x >= 0 and x < math.huge) or i == j and x ~= 0 then
        error(("rl.ratings: points[%d][%d] must be a number of bouts won, got %s"):format(i, j, tostring(x)), 3)
      end
      won[i][j] = x
      bouts[i], bouts[j] = bouts[i] + x, bouts[j] + x
    end
  end
  return won, bouts
end

-- The slope of the logarithm of the likelihood, and the information, of all but the first player.
local function slope_and_information(won, r)
  local n = #r
  local slope, information = {}, {}
  for i = 2, n do slope[i - 1], information[i - 1] = 0, {} end
  for i = 2, n do
    for j = 2, n do information[i - 1][j - 1] = 0 end
  end
  for i = 2, n do
    for j = 1, n do
      local bouts = won[i][j] + won[j][i]
      if bouts > 0 then
        local p = chance(r[i] - r[j])
        slope[i - 1] = slope[i - 1] + won[i][j] - bouts * p
        information[i - 1][i - 1] = information[i - 1][i - 1] + bouts * p * (1 - p)
        if j > 1 then information[i - 1][j - 1] = information[i - 1][j - 1] - bouts * p * (1 - p) end
      end
    end
  end
  return slope, information
end

-- The inverse of a symmetric positive definite matrix; nil of one that is not (Gauss and Jordan, in place).
local function invert(a)
  local n = #a
  for k = 1, n do
    local pivot = a[k][k]
    if pivot ~= pivot or pivot <= 1e-12 then return nil end
    a[k][k] = 1
    for j = 1, n do a[k][j] = a[k][j] / pivot end
    for i = 1, n do
      local factor = a[i][k]
      if i ~= k and factor ~= 0 then
        a[i][k] = 0
        for j = 1, n do a[i][j] = a[i][j] - factor * a[k][j] end
      end
    end
  end
  return a
end

local function likelihood(won, r)
  local sum = 0
  for i = 1, #r do
    for j = 1, #r do
      if won[i][j] > 0 then sum = sum + won[i][j] * log_chance(r[i] - r[j]) end
    end
  end
  return sum
end

-- r + share * step, but for the first player, who stays where he is.
local function moved(r, step, share)
  local to = { r[1] }
  for i = 2, #r do to[i] = r[i] + share * step[i - 1] end
  return to
end

-- The ratings of greatest likelihood, by Newton's method in steps that do not lower it, and their covariance.
local function fit(won)
  local r = {}
  for i = 1, #won do r[i] = 0 end
  local now = likelihood(won, r)
  for _ = 1, MOST_ROUNDS do
    local slope, information = slope_and_information(won, r)
    local covariance = invert(information)
    if not covariance then return nil end
    local step, longest, furthest = {}, 0, 0
    for i = 1, #slope do
      step[i] = 0
      for j = 1, #slope do step[i] = step[i] + covariance[i][j] * slope[j] end
      longest, furthest = math.max(longest, math.abs(step[i])), math.max(furthest, math.abs(r[i + 1]))
    end
    if longest ~= longest or longest == math.huge then return nil end
    local share, to = 1, moved(r, step, 1)
    local new = likelihood(won, to)
    while new < now and share > LEAST_SHARE do
      share = share / 2
      to = moved(r, step, share)
      new = likelihood(won, to)
    end
    if longest < ENOUGH * (1 + furthest) then return to, covariance end
    r, now = to, new
  end
  return nil
end

-- Of each player: rating, deviation, low, high, bouts.
local function ratings(points, options)
  if type(points) ~= "table" then error("rl.ratings: a table of points expected, got a " .. type(points), 2) end
  if options ~= nil and type(options) ~= "table" then
    error("rl.ratings: a table of options expected, got a " .. type(options), 2)
  end
  for name in pairs(options or {}) do
    if name ~= "prior" then error("rl.ratings: " .. core.unknown_name("option", tostring(name), { "prior" }), 2) end
  end
  local prior, n = options and options.prior or 1, #points
  if type(prior) ~= "number" or not (prior >= 0 and prior < math.huge) then
    error("rl.ratings: prior must be a number of bouts, got " .. tostring(prior), 2)
  end
  if n == 0 then return {} end
  local won, bouts = count(points, n)
  if prior > 0 then -- the unknown one comes last
    won[n + 1] = { [n + 1] = 0 }
    for i = 1, n do won[i][n + 1], won[n + 1][i] = prior / 2, prior / 2 end
  end
  local r, covariance = fit(won)
  if not r and prior > 0 then
    error("rl.ratings: found no ratings for a table as one-sided as this: give more prior", 2)
  end
  if not r then
    error("rl.ratings: without a prior nobody may have won, or lost, every bout, and all must have met", 2)
  end
  local list = {}
  for i = 1, n do
    local deviation = i > 1 and ELO * math.sqrt(covariance[i - 1][i - 1]) or 0
    local rating = ELO * r[i]
    list[i] = { rating = rating, deviation = deviation, bouts = bouts[i], low = rating - NORMAL * deviation,
                high = rating + NORMAL * deviation }
  end
  return list
end

return ratings
