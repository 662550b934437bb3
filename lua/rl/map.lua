-- A function in plain Lua on every row of a population.
--
--   es:tell(x, rl.map(function(row) return -(row[1] - 1) ^ 2 end, x))
--
-- Rows are taken one after another or, where that takes long enough, by copies of the function on all threads, with
-- the same values (lua/core/carry/crew.h).
local core = require "rl.core"

local WORTH = 2e-4 -- seconds that the rows must take to be worth it

-- A message gets the traceback of where it was raised; another value stays what it is.
local function explain(message)
  if type(message) ~= "string" or not debug then return message end
  return debug.traceback(message, 2)
end

-- Several numbers, as of objectives or constraints.
local function check_list(value, n, i)
  if #value ~= n then
    local message = "rl.map: the function must return as many numbers for each row: %d for row %d, %d before"
    error(message:format(#value, i, n), 3)
  end
  for _, number in ipairs(value) do
    if type(number) ~= "number" then
      local message = "rl.map: the function must return numbers, got a list with a %s for row %d"
      error(message:format(type(number), i), 3)
    end
  end
end

-- fn(row, index) -> number, or a list of them; a row is a list of numbers. xs: a tensor [n, d], or a list of lists as
-- ask_lists gives.
-- The values as a tensor [n] or [n, m], and as a list, which does not round to float32.
return function(fn, xs)
  if not core.is_callable(fn) then error("rl.map: a function expected, got a " .. type(fn), 2) end
  if getmetatable(xs) == "rl.tensor" then xs = xs:totable() end
  if type(xs) ~= "table" then error("rl.map: a tensor or a list of rows expected, got a " .. type(xs), 2) end
  local values, ahead = {}, nil
  for i = 1, #xs do
    if type(xs[i]) ~= "table" then error(("rl.map: row %d is a %s, not a list"):format(i, type(xs[i])), 2) end
    local value = ahead and ahead[i]
    if value == nil then
      local ok
      local start = core.time()
      ok, value = xpcall(function() return fn(xs[i], i) end, explain)
      if not ok then error(value, 0) end
      if i == 1 and (core.time() - start) * (#xs - 1) > WORTH then ahead = core.map(fn, xs, 2) end
    end
    value = core.plain(value)
    local first = values[1] or value
    if type(value) == "table" and type(first) == "table" then
      check_list(value, #first, i)
    elseif type(value) ~= "number" or type(first) == "table" then
      error(("rl.map: the function must return a number, got a %s for row %d"):format(type(value), i), 2)
    end
    values[i] = value
  end
  return core.tensor(values), values
end
