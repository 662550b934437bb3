-- The keys of a table in order: numbers, then names.
local function before(a, b)
  if type(a) ~= type(b) then return type(a) == "number" end
  return a < b
end

return function(map)
  local keys = {}
  for key in pairs(map) do keys[#keys + 1] = key end
  table.sort(keys, before)
  return keys
end
