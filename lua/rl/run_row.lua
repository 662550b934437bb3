-- A row of a run's progress from what run:log is given.
local core = require "rl.core"

-- Puts the numbers of a table into the row; { terms = { speed = 1 } } becomes "reward/speed", and what is given by
-- agents "a/mean_return" and "a/reward/speed". levels: of tables in tables; up: whose mistake it is.
local function merge(row, stats, prefix, levels, agents, up)
  for key, value in pairs(stats) do
    local kind, name = type(value), prefix .. tostring(key):gsub('[,"%c]', "_")
    if kind == "number" then
      row[name] = value
    elseif kind == "boolean" then
      row[name] = value and 1 or 0
    elseif kind == "table" and agents[key] then
      merge(row, value, name .. "/", levels, {}, up + 1)
    elseif kind == "table" and levels > 0 then
      merge(row, value, (key == "terms" and prefix .. "reward" or name) .. "/", levels - 1, {}, up + 1)
    else
      error(("run:log: %q is a %s; only numbers can be logged"):format(name, kind), up)
    end
  end
end

-- What the row says of all agents together, unless the script does: the sum of their steps, means of what they have.
local function sum_up(row, seats)
  for name, share in pairs { steps = 1, mean_return = 1 / #seats, mean_length = 1 / #seats } do
    local sum = 0
    for _, agent in ipairs(seats) do
      local of = row[agent .. "/" .. name]
      sum = of and sum and sum + of
    end
    if sum and row[name] == nil then row[name] = sum * share end
  end
end

-- run: start, last_log, last_ranks and last_steps, which it moves on.
return function(run, iteration, ...)
  local row, agents, seats = {}, {}, run.parts.seats
  for _, name in ipairs(seats or {}) do agents[name] = true end
  for i = 1, select("#", ...) do
    local stats = select(i, ...)
    if stats ~= nil and type(stats) ~= "table" then
      error(("run:log: a table of numbers expected, got a %s"):format(type(stats)), 3)
    end
    merge(row, stats or {}, "", 1, agents, 4)
  end
  if seats then sum_up(row, seats) end
  local now, ranks = core.time(), core.ranks()
  row.iteration, row.seconds = iteration, now - run.start
  if row.steps and now > run.last_log then
    row.steps_per_second = (row.steps - run.last_steps) / (now - run.last_log)
    run.last_steps = row.steps
  end
  run.last_log = now
  if ranks.count > 1 then
    local last = run.last_ranks
    row.bytes_sent, row.seconds_waited, run.last_ranks = ranks.bytes - last.bytes, ranks.waited - last.waited, ranks
  end
  return row
end
