-- Many settings and seeds by one script, of which a process may do a share.
--
--   local opt = rl.options { noise = "constant", iterations = 80 }
--   for task in rl.tasks({ noise = { "none", "constant" }, seed = { 1, 2, 3, 4, 5 } }, opt) do
--     local run = rl.run { options = task, ... }                -- task.noise, task.seed, task.iterations
--
--   rlrun script.lua                    all ten, one after the other
--   rlrun --task 2/4 script.lua         the second of four shares: tasks 2, 6 and 10
--
-- Processes know nothing of each other: what they leave is merged by reading all folders (rlrun report). An option that
-- the command line gives takes the place of its list. The seed changes fastest and shares are dealt in turn: each has
-- cheap and costly settings.
local core = require "rl.core"

local function fail(...) error("rl.tasks: " .. (...):format(select(2, ...)), 3) end

local function check(lists, opt)
  if type(lists) ~= "table" then fail("a table of lists expected, got a %s", type(lists)) end
  if opt ~= nil and type(opt) ~= "table" then fail("a table of options expected, got a %s", type(opt)) end
  local names = {}
  for name, list in pairs(lists) do
    if type(name) ~= "string" then fail("the name of a list must be a string, got %s", tostring(name)) end
    if type(list) ~= "table" or #list == 0 then
      fail("%s must be a list with at least one value, got %s", name, type(list) == "table" and "none" or type(list))
    end
    names[#names + 1] = name
  end
  if #names == 0 then fail("at least one list expected, as in { seed = { 1, 2, 3 } }") end
  table.sort(names, function(a, b) -- the seed last
    if (a == "seed") ~= (b == "seed") then return b == "seed" end
    return a < b
  end)
  return names
end

-- Task k, from 0, of all: the last name changes fastest.
local function task_of(names, lists, opt, k)
  local task = {}
  for name, value in pairs(opt or {}) do task[name] = value end
  for i = #names, 1, -1 do
    local list = lists[names[i]]
    task[names[i]] = list[k % #list + 1]
    k = math.floor(k / #list)
  end
  return task
end

-- tasks(lists, opt): over the tasks of this process. lists: name -> list of values; opt: what rl.options gave, of which
-- each task has all that no list gives.
return function(lists, opt)
  local names, launch, count = check(lists, opt), core.launch(), 1
  local chosen = {}
  for _, name in ipairs(names) do
    chosen[name] = lists[name]
    if opt and launch.changed and launch.changed[name] then chosen[name] = { opt[name] } end
    if name == "seed" and launch.seed_given then chosen[name] = { launch.seed } end
    count = count * #chosen[name]
  end
  launch.tasks_read = true
  local share = launch.task or { number = 1, count = 1 }
  if share.number > count then
    io.stderr:write(("rl.tasks: nothing to do for %.0f/%.0f: there are %.0f tasks\n"):format(share.number, share.count,
      count))
  end
  local k = share.number - 1 - share.count
  return function()
    k = k + share.count
    return k < count and task_of(names, chosen, opt, k) or nil
  end
end
