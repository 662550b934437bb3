-- A row of a run's progress from what run:log is given.
local core = require "rl.core"

-- Puts the numbers of a table into the row; { terms = { speed = 1 } } becomes "reward/speed".
local function merge(row, stats, prefix)
  for key, value in pairs(stats) do
    local kind, name = type(value), prefix .. tostring(key):gsub('[,"%c]', "_")
    if kind == "number" then
      row[name] = value
    elseif kind == "boolean" then
      row[name] = value and 1 or 0
    elseif kind == "table" and prefix == "" then
      merge(row, value, (key == "terms" and "reward" or name) .. "/")
    else
      error(("run:log: %q is a %s; only numbers can be logged"):format(name, kind), 4)
    end
  end
end

-- run: start, last_log, last_ranks and last_steps, which it moves on.
return function(run, iteration, ...)
  local row = {}
  for i = 1, select("#", ...) do
    local stats = select(i, ...)
    if stats ~= nil and type(stats) ~= "table" then
      error(("run:log: a table of numbers expected, got a %s"):format(type(stats)), 3)
    end
    merge(row, stats or {}, "")
  end
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
