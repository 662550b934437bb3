-- What operations of tensors cost: microseconds a call, of the least of several runs, one line each.
--
--   build/rlrun scripts/bench/tensor.lua               one thread, in CPU time; tensor.sh puts numpy beside it
--   build/rlrun scripts/bench/tensor.lua --cores 2     in time of the clock: keep the machine quiet
local rl = require "rl"

local opt = rl.options {
  rounds = 5,
  run = 0.05, -- seconds of a round
  cores = 1,
  least = 0,  -- leaves out tensors of fewer numbers
}

rl.threads(opt.cores)
local clock = opt.cores == 1 and os.clock or rl.time

-- Numbers between .1 and 1.1 that are no pattern.
local function numbers(rows, columns)
  local x = rl.rng(1):uniform(rows, columns)
  return x:add_(0.1)
end

local sizes = { { 4, 4 }, { 25, 40 }, { 1000, 1000 } }

local function operations(rows, columns)
  local a, b = numbers(rows, columns), numbers(rows, columns)
  local row, column = numbers(1, columns), numbers(rows, 1)
  local turned = numbers(columns, rows):t()
  local order = rl.arange(rows, 1, -1)
  local list = {
    { "a + b", function() return a + b end },
    { "a * b", function() return a * b end },
    { "a / b", function() return a / b end },
    { "a + 1", function() return a + 1 end },
    { "a + row", function() return a + row end },
    { "a + column", function() return a + column end },
    { "a < b", function() return a:lt(b) end },
    { "a == b", function() return a:eq(b) end },
    { "a^2", function() return a ^ 2 end },
    { "max(a, b)", function() return rl.max(a, b) end },
    { "clamp", function() return a:clamp(0.3, 0.7) end },
    { "where", function() return rl.where(b, a, b) end },
    { "neg", function() return -a end },
    { "abs", function() return a:abs() end },
    { "sqrt", function() return a:sqrt() end },
    { "exp", function() return a:exp() end },
    { "log", function() return a:log() end },
    { "tanh", function() return a:tanh() end },
    { "sigmoid", function() return a:sigmoid() end },
    { "sin", function() return a:sin() end },
    { "a += b", function() return a:copy_(b):add_(b) end },
    { "sum", function() return a:sum() end },
    { "sum, dim 1", function() return a:sum(1) end },
    { "sum, dim 2", function() return a:sum(2) end },
    { "mean, dim 1", function() return a:mean(1) end },
    { "max", function() return a:max() end },
    { "min", function() return a:min() end },
    { "argmax", function() return a:argmax() end },
    { "max, dim 1", function() return a:max(1) end },
    { "argmax, dim 1", function() return a:argmax(1) end },
    { "max, dim 2", function() return a:max(2) end },
    { "argmax, dim 2", function() return a:argmax(2) end },
    { "copy", function() return a:clone() end },
    { "rows", function() return a:rows(order) end },
    { "transposed copy", function() return turned:clone() end },
    { "a + transposed", function() return a + turned end },
  }
  if rows == columns then list[#list + 1] = { "matmul", function() return a:matmul(b) end } end
  if rows == 1000 then
    list[#list + 1] = { "sgemm", function() return rl.bench.sgemm(rows, rows, rows, false, false, 1) end }
  end
  return list
end

-- Seconds of one call.
local function time(f, calls)
  local start = clock()
  for _ = 1, calls do f() end
  return (clock() - start) / calls
end

for _, size in ipairs(sizes) do
  local count = size[1] * size[2]
  for _, operation in ipairs(count >= opt.least and operations(size[1], size[2]) or {}) do
    local name, f = operation[1], operation[2]
    local best = time(f, 10)
    local calls = math.max(10, math.min(100000, math.floor(opt.run / best)))
    for _ = 1, opt.rounds do best = math.min(best, time(f, calls)) end
    print(string.format("%d\t%s\t%.3f", count, name, 1e6 * best))
  end
end
