-- What a search is told, from one value a candidate, where a test goes through all of them: as it is, or in as many
-- columns as the search expects, and with what it expects beside.
return function(search, values)
  if search.objectives == 1 and search.extras == 0 then return values end
  if type(values) ~= "table" then values = values:totable() end
  local rows, more = {}, {}
  for k, value in ipairs(values) do
    rows[k], more[k] = {}, {}
    for j = 1, search.objectives do rows[k][j] = value * (1 + (j - 1) * (k % 3) / 10) end
    for j = 1, search.extras do more[k][j] = (k + j) % 5 / 5 end
  end
  return rows, search.extras > 0 and more or nil
end
