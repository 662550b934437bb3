-- What a sweep runs: the settings that follow from --set, and the search over them. Processes: commands/sweep.lua.
--
--   local plan = sweep.plan { sets = { "lr=1e-4:1e-2:log", "epochs=3,6" }, types = { lr = "number", ... }, random = 9 }
--   for _, setting in ipairs(plan.settings) do ... end       -- { { name =, text = }, ... } in the order of the sets
--
-- A set is NAME=VALUE,VALUE,... or, for --random and --search, NAME=LOW:HIGH, with :log where sizes matter rather than
-- differences, and :int for whole numbers.
local core = require "rl.core"
local sorted_keys = require "rl.sorted_keys"
local statistics = require "rl.statistics"

local sweep = {}

local function fail(format, ...) error(format:format(...), 0) end

local function number(name, text)
  local value = tonumber(text)
  if not value or value - value ~= 0 then fail("option %q must be a number, got %q", name, text) end
  return value
end

-- One of the values that an option is given, checked against the option's type.
local function check_value(name, text, kind)
  if kind == "number" then number(name, text) end
  if kind == "boolean" and text ~= "true" and text ~= "false" then
    fail("option %q must be true or false, got %q", name, text)
  end
  return text
end

local function parse_range(name, text)
  local parts = {}
  for part in (text .. ":"):gmatch("([^:]*):") do parts[#parts + 1] = part end
  local range = { name = name, low = number(name, parts[1]), high = number(name, parts[2] or "") }
  for i = 3, #parts do
    if parts[i] ~= "log" and parts[i] ~= "int" then
      fail("option %q: a range is LOW:HIGH, LOW:HIGH:log or LOW:HIGH:int, got %q", name, text)
    end
    range[parts[i]] = true
  end
  if range.low >= range.high then fail("option %q: the range %s is empty", name, text) end
  if range.log and range.low <= 0 then fail("option %q: a range with :log begins above 0, got %q", name, text) end
  if range.int and (range.low ~= math.floor(range.low) or range.high ~= math.floor(range.high)) then
    fail("option %q: a range with :int goes from a whole number to another, got %q", name, text)
  end
  return range
end

-- "NAME=..." as { name =, values = { text, ... } } or { name =, low =, high =, log =, int = }.
local function parse_set(set, types, ranges)
  local name, text = set:match("^([^=]+)=(.*)$")
  if not name then fail("--set takes NAME=VALUE,VALUE,..., not %q", set) end
  if name == "seed" then fail("seeds are given by --seeds, not by --set") end
  if not types[name] then
    fail("%s", core.unknown_name("option", name, sorted_keys(types)))
  end
  if types[name] == "number" and text:find(":", 1, true) then
    if not ranges then fail("option %q: the range %s needs --random N or --search N", name, text) end
    return parse_range(name, text)
  end
  local values = {}
  for value in (text .. ","):gmatch("([^,]*),") do values[#values + 1] = check_value(name, value, types[name]) end
  return { name = name, values = values }
end

-- "1..5" or "1,2,7" as a list of whole numbers.
function sweep.seeds(text)
  local first, last = text:match("^(%d+)%.%.(%d+)$")
  local list, seen = {}, {}
  if first then
    first, last = tonumber(first), tonumber(last)
    if last < first then fail("--seeds %s: the last is before the first", text) end
    if last - first >= 10000 then fail("--seeds %s: more than 10000", text) end
    for seed = first, last do list[#list + 1] = seed end
    return list
  end
  for word in (text .. ","):gmatch("([^,]*),") do
    if not word:find("^%d+$") then fail("--seeds takes 1..5 or 1,2,7, not %q", text) end
    local seed = tonumber(word)
    if seen[seed] then fail("--seeds %s: %d is there twice", text, seed) end
    seen[seed], list[#list + 1] = true, seed
  end
  return list
end

-- The value of a set at u from 0 to 1.
local function at(set, u)
  if set.values then return set.values[math.min(math.floor(u * #set.values) + 1, #set.values)] end
  local low, high = set.low, set.high
  if set.int then high = high + 1 end -- the last whole number is as likely as the others
  local value
  if set.log then
    value = math.exp(math.log(low) + u * (math.log(high) - math.log(low)))
  else
    value = low + u * (high - low)
  end
  if set.int then return ("%.0f"):format(math.min(math.floor(value), set.high)) end
  return ("%.6g"):format(math.min(math.max(value, set.low), set.high))
end

local function setting_of(sets, place)
  local setting = {}
  for i, set in ipairs(sets) do
    setting[i] = { name = set.name, text = at(set, place[i]), fixed = set.values and #set.values == 1 }
  end
  return setting
end

local function grid(sets)
  local settings = { {} }
  for _, set in ipairs(sets) do
    local more = {}
    for _, setting in ipairs(settings) do
      for _, value in ipairs(set.values) do
        local longer = {}
        for i, pair in ipairs(setting) do longer[i] = pair end
        longer[#longer + 1] = { name = set.name, text = value, fixed = #set.values == 1 }
        more[#more + 1] = longer
      end
    end
    settings = more
  end
  return settings
end

local function draw(sets, n)
  local rng, settings = core.rng(1), {}
  for i = 1, n do
    local place = {}
    for k = 1, #sets do place[k] = rng:uniform() end
    settings[i] = setting_of(sets, place)
  end
  return settings
end

-- options: sets, types (option -> type), random or search (how many settings). Raises a message for wrong sets.
function sweep.plan(options)
  local plan, seen = { sets = {} }, {}
  for i, set in ipairs(options.sets) do
    plan.sets[i] = parse_set(set, options.types, options.random or options.search)
    if seen[plan.sets[i].name] then fail("option %q is set twice", plan.sets[i].name) end
    seen[plan.sets[i].name] = true
  end
  if (options.random or options.search) and #plan.sets == 0 then
    fail("--random and --search need a --set to draw from")
  end
  if options.random then
    plan.settings = draw(plan.sets, options.random)
  elseif not options.search then
    plan.settings = grid(plan.sets)
  end
  return plan
end

-- A search over the sets by CMA-ES: asks for settings as long as whole generations of them fit into `n`. minimize: less
-- is better.
--   for settings in function() return search:ask() end do search:tell(figures) end     -- NaN: it failed
function sweep.search(sets, n, minimize)
  local middle, low, high = {}, {}, {}
  for i = 1, #sets do middle[i], low[i], high[i] = 0.5, 0, 1 end
  local generations = math.max(math.floor(n / (4 + 3 * math.log(#sets)) + 0.5), 1)
  local popsize = math.floor(n / generations)
  local es = core.cmaes { x0 = middle, sigma = 0.3, lower = low, upper = high, popsize = popsize, minimize = minimize,
                          seed = 1 }
  local search, candidates = { told = 0 }, nil
  function search.ask()
    if search.told == generations * popsize then return nil end
    local settings = {}
    candidates = es:ask_lists()
    for i, place in ipairs(candidates) do settings[i] = setting_of(sets, place) end
    return settings
  end
  function search.tell(_, figures)
    search.told = search.told + #figures
    es:tell(candidates, figures)
  end
  return search
end

-- "lr=0.001 epochs=6": what all settings have in common is left out.
function sweep.label(setting)
  local parts = {}
  for _, pair in ipairs(setting) do
    if not pair.fixed then parts[#parts + 1] = pair.name .. "=" .. pair.text end
  end
  return table.concat(parts, " ")
end

-- The median rule (Golovin et al. 2017, section 3.2.2): a run is hopeless when the best that it has seen by its row k
-- is worse than the median over the ended runs of the mean of what they had seen by theirs. `values` and each of
-- `ended` are lists of a metric; nothing is said of the first quarter, or beside fewer than three.
function sweep.hopeless(values, ended, minimize)
  local sign, best, means, lengths = minimize and -1 or 1, -math.huge, {}, {}
  local k = #values
  for _, x in ipairs(values) do
    if x == x then best = math.max(best, sign * x) end
  end
  for _, list in ipairs(ended) do
    local sum, count = 0, 0
    for i = 1, math.min(k, #list) do
      if list[i] == list[i] then sum, count = sum + sign * list[i], count + 1 end
    end
    if count > 0 then means[#means + 1], lengths[#lengths + 1] = sum / count, #list end
  end
  if #means < 3 or k < statistics.median(lengths) / 4 or best == -math.huge then return false end
  return best < statistics.median(means)
end

return sweep
