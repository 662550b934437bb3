-- What the results of a few seeds say about the mean over all seeds.
local statistics = {}

function statistics.mean(list)
  local sum = 0
  for _, x in ipairs(list) do sum = sum + x end
  return sum / #list
end

-- The 97.5% quantile of Student's t: by table where the Cornish-Fisher expansion is not yet good to 0.2%.
local T = { 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228 }
local function student(freedom) return T[freedom] or 1.96 + 2.372 / freedom + 2.823 / freedom ^ 2 end

-- Half the width of the 95% confidence interval of the mean by Student's t, for independent, roughly normal results;
-- NaN for fewer than two.
function statistics.half_width(list)
  local n, mean, squares = #list, statistics.mean(list), 0
  if n < 2 then return 0 / 0 end
  for _, x in ipairs(list) do squares = squares + (x - mean) ^ 2 end
  return student(n - 1) * math.sqrt(squares / (n - 1) / n)
end

function statistics.median(list)
  local sorted = {}
  for i, x in ipairs(list) do sorted[i] = x end
  table.sort(sorted)
  local middle = math.floor(#sorted / 2)
  return #sorted % 2 == 1 and sorted[middle + 1] or (sorted[middle] + sorted[middle + 1]) / 2
end

return statistics
