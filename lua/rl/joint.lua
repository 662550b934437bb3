-- Choices of which one forbids others, as one choice: of all combinations those that can ever be. A mask then says
-- which can be now, exactly: masks of several factors, each for itself, cannot say "the queen only there, the pawn only
-- here".
--
--   local moves = rl.joint({ piece = { "discrete", { "queen", "pawn" } }, to = { "discrete", 64 } }, possible)
--   rl.lua_env { action = moves.action, masked = true,
--     step = function(self, action)
--       local move = moves.of[action]                     -- { piece = "queen", to = 12 }
--       ...
--       return observation, reward, over, false, moves.mask(function(m) return is_legal(self, m) end)
--     end }
--
-- possible(move), if given: whether the combination can be at any time. Each is a choice with a name, "queen.12": parts
-- in the order of the alphabet, or of the list.
local MOST, LONGEST = 65536, 47 -- choices of an action, and letters of their names

local function fail(...) error("rl.joint: " .. (...):format(select(2, ...)), 0) end

-- The values of a factor, as step would get them.
local function values_of(key, factor)
  local choices = type(factor) == "table" and factor[1] == "discrete" and factor[2]
  if type(choices) == "table" and #choices > 0 then return choices end
  if type(choices) ~= "number" or choices < 1 or choices > MOST or choices % 1 ~= 0 then
    fail('factor %s: {"discrete", choices} expected, how many or a list of names', tostring(key))
  end
  local list = {}
  for i = 1, choices do list[i] = i end
  return list
end

local function read(factors)
  if type(factors) ~= "table" then fail("a table of factors expected, got a %s", type(factors)) end
  local keys, values, count = {}, {}, 1
  for key in pairs(factors) do keys[#keys + 1] = key end
  if #keys == 0 then fail("at least one factor expected") end
  table.sort(keys, function(a, b)
    if type(a) ~= type(b) then fail("names or a list expected, not both") end
    return a < b
  end)
  for i, key in ipairs(keys) do
    values[i] = values_of(key, factors[key])
    count = count * #values[i]
  end
  if count > MOST * 16 then fail("%.0f combinations: too many to make a choice of", count) end
  return keys, values, count
end

-- Combination k, from 0: the last factor changes fastest.
local function combine(keys, values, k)
  local parts, names = {}, {}
  for i = #keys, 1, -1 do
    local n = #values[i]
    parts[keys[i]] = values[i][k % n + 1]
    names[i] = tostring(parts[keys[i]])
    k = math.floor(k / n)
  end
  return parts, table.concat(names, ".")
end

return function(factors, possible)
  local keys, values, count = read(factors)
  local names, list, of = {}, {}, {}
  for k = 0, count - 1 do
    local parts, name = combine(keys, values, k)
    if not possible or possible(parts) then
      if #name > LONGEST then fail('"%s" is longer than %d letters', name, LONGEST) end
      if of[name] then fail('two combinations are named "%s"', name) end
      names[#names + 1], list[#list + 1], of[name] = name, parts, parts
    end
  end
  if #names == 0 then fail("none of %d combinations is possible", count) end
  if #names > MOST then fail("%d combinations, at most %d", #names, MOST) end
  local function mask(allows)
    local allowed = {}
    for i = 1, #list do allowed[i] = allows(list[i]) and true or false end
    return allowed
  end
  return { action = { "discrete", names }, list = list, of = of, mask = mask }
end
