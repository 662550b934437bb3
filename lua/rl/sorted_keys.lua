-- The keys of a table in order: numbers, then names, then what is neither, as it prints.
local ORDER = { number = 1, string = 2 }

local function before(a, b)
  local one, other = ORDER[type(a)] or 3, ORDER[type(b)] or 3
  if one ~= other then return one < other end
  if one == 3 then return tostring(a) < tostring(b) end
  return a < b
end

return function(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys, before)
  return keys
end
