-- The standard functions on which search methods are compared, without shift and rotation. Each takes a list of
-- numbers, or a tensor, and is to be minimised: 0 at the origin, rosenbrock at 1, 1, ...
--
--   local es = rl.cmaes { x0 = { 3, 3, 3 }, sigma = 2, minimize = true, target = 1e-9 }
--   while not es:stop() do
--     local x, values = es:ask_lists(), {}
--     for k, candidate in ipairs(x) do values[k] = rl.functions.sphere(candidate) end
--     es:tell(x, values)
--   end

local functions = {}

-- 0, ..., 1 over the n coordinates: where between easiest and hardest coordinate i is.
local function place(i, n) return n > 1 and (i - 1) / (n - 1) or 0 end

function functions.sphere(x)
  local sum = 0
  for i = 1, #x do sum = sum + x[i] * x[i] end
  return sum
end

-- Condition 1e6, evenly spread.
function functions.ellipsoid(x)
  local sum = 0
  for i = 1, #x do sum = sum + 1e6 ^ place(i, #x) * x[i] * x[i] end
  return sum
end

-- One easy direction ...
function functions.cigar(x)
  local sum = x[1] * x[1]
  for i = 2, #x do sum = sum + 1e6 * x[i] * x[i] end
  return sum
end

-- ... and one hard.
function functions.discus(x)
  local sum = 1e6 * x[1] * x[1]
  for i = 2, #x do sum = sum + x[i] * x[i] end
  return sum
end

-- A bent valley; from 4 dimensions on with a local optimum near (-1, 1, 1, ...).
function functions.rosenbrock(x)
  local sum = 0
  for i = 1, #x - 1 do
    local off, left = x[i] * x[i] - x[i + 1], x[i] - 1
    sum = sum + 100 * off * off + left * left
  end
  return sum
end

-- |x_i| to powers from 2 to 6: ever worse conditioned towards the optimum.
function functions.different_powers(x)
  local sum = 0
  for i = 1, #x do sum = sum + math.abs(x[i]) ^ (2 + 4 * place(i, #x)) end
  return sum
end

-- About 10^n local optima.
function functions.rastrigin(x)
  local sum = 10 * #x
  for i = 1, #x do sum = sum + x[i] * x[i] - 10 * math.cos(2 * math.pi * x[i]) end
  return sum
end

return functions
