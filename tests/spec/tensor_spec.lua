-- The tensor face. Expected values are worked out by hand.
local rl = require "rl"
local core = require "rl.core"
local refusal = require "spec.refusal"
local refuses = refusal.refuses

local nan = 0 / 0

describe("making tensors", function()
  it("turns bytes into tensors and back, whatever a view leaves out", function()
    local x = rl.tensor { { 1, 2, 3 }, { 4, 5, 6.5 } }
    assert.are.equal(24, #x:tobytes())
    assert.are.same(x:totable(), rl.frombytes(x:tobytes(), 2, 3):totable())
    assert.are.same({ 1, 4, 2, 5, 3, 6.5 }, rl.frombytes(x:t():tobytes(), 6):totable())
    assert.are.equal("\0\0\128\63", rl.tensor({ 1 }):tobytes()) -- 0x3f800000, the lowest byte first
    assert.are.same({}, rl.frombytes("", 0):totable())
    for _, sizes in ipairs { { 2 }, { 2, 4 }, { -2, -3 }, { 2 ^ 40, 2 ^ 40 }, {} } do
      refuses("24 bytes are not float32 numbers", rl.frombytes, x:tobytes(), sizes)
    end
    refuses("23 bytes are not float32 numbers of shape [5]", rl.frombytes, x:tobytes():sub(2), 5)
  end)

  it("turns nested tables into tensors and back", function()
    local x = rl.tensor{{1, 2, 3}, {4, 5, 6}}
    assert.are.same({2, 3}, x:shape())
    assert.are.same({{1, 2, 3}, {4, 5, 6}}, x:totable())
    assert.are.equal(2, #x)
    assert.are.equal(2, x:dim())
    assert.are.equal(3, x:size(2))
    assert.are.equal(3, x:size(-1))
    assert.are.equal(6, x:size())
  end)

  it("makes zeros, ones, filled and unit tensors from sizes or a table of sizes", function()
    assert.are.same({{0, 0}}, rl.zeros(1, 2):totable())
    assert.are.same({{0, 0}}, rl.zeros({1, 2}):totable())
    assert.are.same({1, 1}, rl.ones(2):totable())
    assert.are.same({2.5, 2.5}, rl.full(2.5, 2):totable())
    assert.are.same({{1, 0}, {0, 1}}, rl.eye(2):totable())
  end)

  it("counts with arange as a numeric for does", function()
    assert.are.same({1, 2, 3}, rl.arange(3):totable())
    assert.are.same({5, 3, 1}, rl.arange(5, 1, -2):totable())
    assert.are.same({}, rl.arange(0):totable())
    assert.are.equal(11, #rl.arange(0, 1, 0.1))
  end)

  it("copies a tensor given to rl.tensor", function()
    local x = rl.ones(2)
    rl.tensor(x):zero_()
    assert.are.same({1, 1}, x:totable())
  end)

  it("has empty tensors", function()
    assert.are.same({0}, rl.tensor({}):shape())
    assert.are.same({2, 0}, rl.tensor({{}, {}}):shape())
    assert.are.equal(0, rl.zeros(0, 3):sum())
    assert.are.same({0, 0, 0}, rl.zeros(0, 3):sum(1):totable())
  end)

  it("names the place where a table is ragged or not a number", function()
    refuses("[2]: 1 elements, but 2 in the tables before it", rl.tensor, {{1, 2}, {3}})
    refuses("[2][1]: number expected, got string", rl.tensor, {{1, 2}, {"x", 3}})
    refuses("[2]: table expected, got number", rl.tensor, {{1, 2}, 3})
    refuses("[1]: number expected, got rl.tensor", rl.tensor, {rl.ones(1)})
  end)

  it("rejects a table that holds itself", function()
    local loop = {}
    loop[1] = loop
    refuses("nested deeper than 8", rl.tensor, loop)
  end)

  it("rejects sizes that are negative, fractional, NaN, too many or too large", function()
    refuses("size -1 of dimension", rl.zeros, -1)
    refuses("integer expected, got 1.5", rl.zeros, 1.5)
    refuses("integer expected", rl.zeros, nan)
    refuses("integer expected", rl.zeros, 1e300)
    refuses("integer expected, got string", rl.zeros, "3")
    refuses("integer expected, got nil", rl.zeros, 3, nil, 3)
    refuses("9 dimensions: at most 8", rl.zeros, 1, 1, 1, 1, 1, 1, 1, 1, 1)
    refuses("too large", rl.zeros, 2 ^ 40, 2 ^ 40)
    refuses("shape [1125899906842624] is too large", rl.zeros, 2 ^ 50)
    refuses("size -9223372036854775808 of", rl.zeros, -2 ^ 63)
    refuses("not both", rl.zeros, {1}, 2)
    refuses("no end", rl.arange, 1, 2, 0)
    refuses("no end", rl.arange, nan)
  end)

  it("raises errors with the position of the caller", function()
    assert.is_truthy(refusal.message_of(function() rl.zeros(-1) end):find("tensor_spec.lua:%d+: "))
  end)
end)

describe("indexing", function()
  local x
  before_each(function() x = rl.tensor{{1, 2, 3}, {4, 5, 6}} end)

  it("gives views of the first dimension, and numbers of a vector", function()
    assert.are.same({4, 5, 6}, x[2]:totable())
    assert.are.equal(5, x[2][2])
    x[2][2] = 50
    assert.are.equal(50, x:get(2, 2))
  end)

  it("assigns numbers, tables and tensors that broadcast", function()
    x[1] = 7
    x[2] = {8, 9, 10}
    assert.are.same({{7, 7, 7}, {8, 9, 10}}, x:totable())
    x[1] = x[2]
    assert.are.same({8, 9, 10}, x[1]:totable())
    refuses("shape [2] does not broadcast to [3]", function() x[1] = {1, 2} end)
  end)

  it("gets and sets single elements", function()
    assert.are.equal(6, x:get(2, 3))
    assert.are.equal(-6, x:set(2, 3, -6):get(2, 3))
    refuses("a tensor of shape [2, 3] takes an index for each dimension, 2, got 1", x.get, x, 1)
  end)

  it("names index and size when out of range", function()
    refuses("index 3 is outside 1 .. 2, dimension 1 of shape [2, 3]", function() return x[3] end)
    refuses("index 0 is outside 1 .. 3, dimension 2 of shape [2, 3]", x.get, x, 1, 0)
    refuses("index 1.5 is outside", function() return x[1.5] end)
    refuses("index nan is outside", function() return x[math.abs(nan)] end)
    refuses("index true is outside", function() return x[true] end)
    refuses("index 4 is outside", function() x[4] = 0 end)
    refuses("no field \"name\"", function() x.name = 1 end)
    assert.is_nil(x.nothing)
  end)

  it("narrows and selects views along any dimension", function()
    assert.are.same({{2, 3}, {5, 6}}, x:narrow(2, 2, 2):totable())
    assert.are.same({2, 5}, x:select(2, 2):totable())
    assert.are.same({3, 6}, x:select(-1, 3):totable())
    x:narrow(2, 1, 1):fill_(0)
    assert.are.same({{0, 2, 3}, {0, 5, 6}}, x:totable())
    assert.are.same({2, 0}, x:narrow(2, 4, 0):shape())
    refuses("bad argument #3", function() x.narrow(x, 2, 5, 0) end)
    refuses("bad argument #2 to 'rl.tensor:narrow'", x.narrow, x, 2, 5, 0) -- called by pcall, which gives it no name
    refuses("calling 'rl.tensor:narrow' on bad self", x.narrow)
    refuses("3 is outside 0 .. 2", x.narrow, x, 2, 2, 3)
    refuses("dimension 3 of a tensor of shape [2, 3]", x.select, x, 3, 1)
  end)

  it("picks rows in any order", function()
    assert.are.same({{4, 5, 6}, {1, 2, 3}, {4, 5, 6}}, x:rows{2, 1, 2}:totable())
    assert.are.same({{2, 5}}, rl.tensor{{1, 4}, {2, 5}}:rows(rl.tensor{2}):totable())
    refuses("index 3 is outside 1 .. 2", x.rows, x, {3})
    refuses("index 1.5 is outside 1 .. 2", x.rows, x, {1.5})
    refuses("outside", x.rows, x, {nan})
  end)

  it("reshapes, with one size left open", function()
    assert.are.same({{1, 2}, {3, 4}, {5, 6}}, x:reshape(3, 2):totable())
    assert.are.same({6}, x:reshape(-1):shape())
    x:reshape(6)[6] = 60
    assert.are.equal(60, x:get(2, 3))
    assert.are.same({1, 4, 2, 5, 3, 60}, x:t():reshape{6}:totable())
    refuses("shape [2, 3] (6 elements) cannot become [4, 2]", x.reshape, x, 4, 2)
    refuses("cannot become", x.reshape, x, -1, -1)
    refuses("cannot become", x.reshape, x, -1, 0)
    local none = rl.zeros(0)
    assert.are.same({ 3, 0, 5 }, none:reshape(3, 0, 5):shape())
    for _, sizes in ipairs { { 0, 3, 2 ^ 62 }, { 0, 2 ^ 62, 2 ^ 62 }, { 2 ^ 40, 0, 2 } } do -- beside a 0 any would do
      refuses("too large", none.reshape, none, sizes)
    end
  end)

  it("transposes as a view", function()
    assert.are.same({{1, 4}, {2, 5}, {3, 6}}, x:t():totable())
    x:t():set(3, 1, 30)
    assert.are.equal(30, x:get(1, 3))
    assert.are.same({4, 3, 2}, rl.zeros(2, 3, 4):t(1, 3):shape())
    refuses("two dimensions expected, got shape [3]", function() rl.ones(3):t() end)
  end)

  it("gives the number of a tensor with one element", function()
    assert.are.equal(5, rl.tensor{{5}}:item())
    assert.are.equal(5, rl.tensor(5):item())
    refuses("one element expected, got shape [2, 3]", x.item, x)
  end)

  it("prints shape and values, abbreviated when long", function()
    assert.are.equal("tensor [2, 3]\n{{1, 2, 3},\n {4, 5, 6}}", tostring(x))
    assert.are.equal("tensor [100] {1, 2, 3, ..., 98, 99, 100}", tostring(rl.arange(100)))
    assert.are.equal("tensor [] 2.5", tostring(rl.tensor(2.5)))
  end)
end)

describe("arithmetic", function()
  local x = rl.tensor{{1, 2}, {3, 4}}

  it("is elementwise, with numbers and tables on either side", function()
    assert.are.same({{2, 4}, {6, 8}}, (x + x):totable())
    assert.are.same({{3, 4}, {5, 6}}, (2 + x):totable())
    assert.are.same({{0, -1}, {-2, -3}}, (1 - x):totable())
    assert.are.same({{11, 22}, {13, 24}}, (x + {10, 20}):totable())
    assert.are.same({{2, 1}, {0.6666666865348816, 0.5}}, (2 / x):totable())
    assert.are.same({{1, 4}, {9, 16}}, (x ^ 2):totable())
    assert.are.same({{2, 4}, {8, 16}}, (2 ^ x):totable())
    assert.are.same({{-1, -2}, {-3, -4}}, (-x):totable())
  end)

  it("broadcasts from the last dimension", function()
    local column, row = rl.tensor{{10}, {20}}, rl.tensor{1, 2, 3}
    assert.are.same({{11, 12, 13}, {21, 22, 23}}, (column + row):totable())
    assert.are.same({2, 2, 3}, (rl.zeros(2, 1, 3) + rl.zeros(2, 1)):shape())
    refuses("shapes [2, 2] and [3] do not broadcast", function() return x + row end)
  end)

  it("works on views that are not contiguous", function()
    assert.are.same({{2, 5}, {5, 8}}, (x + x:t()):totable())
    assert.are.same({4, 6}, (x:select(2, 2) + 2):totable())
  end)

  it("acts in place under names that end in _", function()
    local y = x:clone()
    assert.are.equal(y, y:add_(1):mul_{1, 10})
    assert.are.same({{2, 30}, {4, 50}}, y:totable())
    assert.are.same({{2, 3}, {4, 5}}, y:div_(rl.tensor{1, 10}):totable())
    assert.are.same({{0, 0}, {0, 0}}, y:sub_(y):totable())
    assert.are.same({{7, 8}, {7, 8}}, y:copy_{7, 8}:totable())
    refuses("shape [3] does not broadcast to [2, 2]", y.add_, y, {1, 2, 3})
    refuses("shape [2, 2, 2] does not broadcast to [2, 2]", y.add_, y, rl.zeros(2, 2, 2))
  end)

  it("reads an operand before it overwrites it, however the two overlap", function()
    local y = x:clone()
    assert.are.same({{2, 5}, {5, 8}}, y:add_(y:t()):totable())
    local v = rl.tensor{1, 2, 3, 4}
    v:narrow(1, 2, 3):copy_(v:narrow(1, 1, 3))
    assert.are.same({1, 1, 2, 3}, v:totable())
    local z = x:clone()
    assert.are.same({{1, 1}, {3, 2}}, z:div_(z[1]):totable())
    local w = rl.tensor{{2, 4}, {4, 8}}
    assert.are.same({{1, 2}, {1, 2}}, w:div_(w:narrow(2, 1, 1)):totable())
  end)

  it("computes functions of each element", function()
    local v = rl.tensor{-4, 0, 4}
    assert.are.same({4, 0, 4}, v:abs():totable())
    assert.are.same({-1, 0, 1}, v:sign():totable())
    assert.are.same({16, 0, 16}, v:square():totable())
    assert.are.same({0, 0, 4}, v:relu():totable())
    assert.are.same({0, 0, 2}, v:relu():sqrt():totable())
    assert.is_true(v:tanh():allclose({-0.99932930, 0, 0.99932930}, 1e-6))
    assert.is_true(v:sigmoid():allclose({0.01798621, 0.5, 0.98201379}, 1e-6))
    assert.is_true(v:exp():allclose({0.01831564, 1, 54.5981500}, 1e-6))
    assert.is_true(v:exp():log():allclose(v, 1e-6))
    assert.are.same({1, 54}, rl.tensor{1.9, 54.5}:floor():totable())
    assert.are.same({1, 1, 1}, v:clone():zero_():exp_():totable())
  end)

  it("gives one tanh for a vector, a column and a single element", function()
    local m = rl.rng(1):normal(5, 7)
    local all = m:tanh()
    assert.is_true(all:t():equal(m:t():tanh()))
    assert.are.equal(all:get(3, 4), m:narrow(1, 3, 1):narrow(2, 4, 1):tanh():item())
  end)

  it("clamps to one bound or two", function()
    local v = rl.tensor{-4, 0, 4}
    assert.are.same({-1, 0, 1}, v:clamp(-1, 1):totable())
    assert.are.same({-4, 0, 1}, v:clamp(nil, 1):totable())
    assert.are.same({0, 0, 4}, v:clone():clamp_(0):totable())
    refuses("no number is between 1 and -1", v.clamp, v, 1, -1)
    refuses("no number is between", v.clamp, v, nan, 1)
  end)

  it("compares and chooses elementwise", function()
    local v = rl.tensor{1, 2, 3}
    assert.are.same({1, 0, 0}, v:lt(2):totable())
    assert.are.same({1, 1, 0}, v:le(2):totable())
    assert.are.same({0, 0, 1}, v:gt(2):totable())
    assert.are.same({0, 1, 1}, v:ge(2):totable())
    assert.are.same({0, 1, 0}, v:eq{0, 2, 0}:totable())
    assert.are.same({-1, 2, 3}, rl.where(v:lt(2), -1, v):totable())
    assert.are.same({2, 2, 3}, rl.max(v, 2):totable())
    assert.are.same({1, 2, 2}, rl.min(2, v):totable())
  end)

  it("keeps a NaN a NaN", function()
    local v = rl.tensor{1, nan, 3}
    assert.is_true(v:max() ~= v:max())
    assert.is_true(v:min() ~= v:min())
    assert.are.equal(2, v:argmax())
    for _, y in ipairs{v:clamp(0, 1), rl.max(v, 2), rl.max(2, v), v:sign(), v:relu()} do
      assert.is_true(y[2] ~= y[2])
    end
  end)

  it("tells equal from close", function()
    assert.is_true(x:equal{{1, 2}, {3, 4}})
    assert.is_false(x:equal{1, 2})
    assert.is_false(x:equal(x + 1e-3))
    assert.is_true(x:allclose(x + 1e-3, 1e-2))
    assert.is_false(x:allclose(x + 1e-3, 1e-4))
    assert.is_false(rl.tensor{nan}:allclose{nan})
    assert.is_true(rl.tensor{math.huge}:allclose{math.huge})
    assert.is_false(x == x:clone())
  end)
end)

describe("reductions", function()
  local x = rl.tensor{{1, 5, 3}, {4, 2, 6}}

  it("over everything are numbers", function()
    assert.are.equal(21, x:sum())
    assert.are.equal(3.5, x:mean())
    assert.are.equal(6, x:max())
    assert.are.equal(1, x:min())
    assert.are.equal(6, x:argmax())
    assert.are.equal(1, x:argmin())
    assert.are.equal(21, x:t():sum())
  end)

  it("over one dimension are tensors without it", function()
    assert.are.same({5, 7, 9}, x:sum(1):totable())
    assert.are.same({9, 12}, x:sum(2):totable())
    assert.are.same({9, 12}, x:sum(-1):totable())
    assert.are.same({3, 4}, x:mean(2):totable())
    assert.are.same({4, 5, 6}, x:max(1):totable())
    assert.are.same({1, 2}, x:min(2):totable())
    assert.are.same({2, 3}, x:argmax(2):totable())
    assert.are.same({1, 2, 1}, x:argmin(1):totable())
    assert.are.equal(6, rl.arange(3):sum(1))
  end)

  it("over the middle of three dimensions keep the outer two", function()
    local y = rl.arange(24):reshape(2, 3, 4)
    assert.are.same({{15, 18, 21, 24}, {51, 54, 57, 60}}, y:sum(2):totable())
    assert.are.same({{9, 10, 11, 12}, {21, 22, 23, 24}}, y:max(2):totable())
  end)

  it("add in double, so that a million tenths are a hundred thousand", function()
    local tenth = rl.tensor{0.1}[1]
    assert.is_true(math.abs(rl.full(0.1, 1000000):sum() - 1e6 * tenth) < 1e-6)
    assert.are.equal(tenth, rl.full(0.1, 1000000, 2):mean(1)[2])
  end)

  it("of nothing are errors, except the sum", function()
    refuses("max of nothing", function() rl.zeros(0):max() end)
    refuses("mean of nothing", function() rl.zeros(0, 2):mean(1) end)
    assert.are.same({0, 0}, rl.zeros(2, 0):sum(2):totable())
  end)
end)

describe("matrix products", function()
  local x, y = rl.tensor{{1, 2, 3}, {4, 5, 6}}, rl.tensor{{1, 0}, {0, 1}, {2, 2}}

  it("multiply matrices, matrices by vectors and vectors by matrices", function()
    assert.are.same({{7, 8}, {16, 17}}, x:matmul(y):totable())
    assert.are.same({14, 32}, x:matmul{1, 2, 3}:totable())
    assert.are.same({9, 12, 15}, rl.tensor{1, 2}:matmul(x):totable())
    assert.are.equal(32, rl.tensor{1, 2, 3}:matmul{4, 5, 6})
    assert.are.equal(32, rl.tensor{1, 2, 3}:dot{4, 5, 6})
  end)

  it("take transposed and strided operands", function()
    assert.are.same({{17, 22, 27}, {22, 29, 36}, {27, 36, 45}}, x:t():matmul(x):totable())
    assert.are.same({{14, 32}, {32, 77}}, x:matmul(x:t()):totable())
    local column = x:t():narrow(1, 2, 2):narrow(2, 1, 1) -- {{2}, {3}}
    assert.are.same({{8}, {23}}, x:narrow(2, 1, 2):matmul(column):totable())
    assert.are.same({5, 14}, x:narrow(2, 1, 2):matmul(y:select(2, 2):narrow(1, 2, 2)):totable())
  end)

  it("of nothing are zero", function()
    assert.are.same({{0, 0}}, rl.zeros(1, 0):matmul(rl.zeros(0, 2)):totable())
  end)

  it("print both shapes when they do not fit", function()
    refuses("shapes [2, 3] and [2, 3] do not multiply", x.matmul, x, x)
    refuses("shapes [2, 2, 2] and [2] do not multiply", function() rl.zeros(2, 2, 2):matmul{1, 2} end)
    refuses("two vectors expected, got shapes [2, 3] and [3]", x.dot, x, {1, 2, 3})
  end)

  it("give the rows of a batch what single rows give", function()
    local rng = rl.rng(3)
    local a, b = rng:normal(16, 64), rng:normal(64, 64)
    local batch = a:matmul(b)
    for i = 1, 16 do assert.is_true(batch[i]:allclose(a[i]:matmul(b), 1e-5)) end
  end)
end)

describe("misuse", function()
  it("names what was expected and what came", function()
    local x = rl.ones(2)
    refuses("tensor, table of numbers or number expected, got string", function() return x + "a" end)
    refuses("rl.tensor expected, got table", x.sum, {})
    refuses("rl.tensor expected, got rl.rng", x.sum, rl.rng(1))
    refuses("number expected, got no value", function() x.fill_(x) end)
    refuses("integer expected, got string", x.sum, x, "1")
    refuses("integer expected, got 1.5", x.sum, x, 1.5)
    refuses("rl.tensor expected, got no value", x.sum)
    refuses("rl.tensor expected, got number", x.add_, 1, x)
  end)

  it("cannot reach the metatable", function()
    assert.are.equal("rl.tensor", getmetatable(rl.ones(1)))
    assert.is_false(pcall(setmetatable, rl.ones(1), {}))
    assert.is_nil(rl.ones(1).__gc)
  end)

  it("survives arbitrary arguments", function()
    local rng = rl.rng(11)
    local x = rl.ones(2, 3)
    local junk = {0, 1, -1, 2, 3, 7, 0.5, nan, math.huge, -math.huge, 2 ^ 31, 2 ^ 53, -2 ^ 63, 2 ^ 63, "1", "", true,
      {}, {1, 2}, {{1}, {2}}, {{}}, print, rng, x, x:t(), x[1], rl.zeros(0), rl.zeros(0, 3), rl.tensor(1),
      rl.zeros(3, 2, 1)}
    local names = {"get", "set", "item", "select", "narrow", "rows", "reshape", "t", "clone", "shape", "size", "dim",
      "totable", "neg", "abs", "sign", "square", "sqrt", "exp", "log", "tanh", "sigmoid", "relu", "sin", "cos", "floor",
      "add", "sub", "mul", "div", "pow", "lt", "le", "eq", "gt", "ge", "sum", "mean", "max", "min", "argmax", "argmin",
      "clamp", "clamp_", "fill_", "zero_", "copy_", "matmul", "dot", "equal", "allclose", "add_", "tanh_", "pow_"}
    local makers = {"full", "where", "min", "max", "tensor"}
    local function any()
      local value = junk[rng:integer(#junk + 1)]
      return value
    end
    for _ = 1, 20000 do
      local self = any()
      local f
      if rng:uniform() < 0.1 then
        f = rl[makers[rng:integer(#makers)]]
        pcall(f, any(), rng:integer(4), rng:integer(4))
        if f ~= rl.full then pcall(f, self, any(), any()) end
      else
        f = x[names[rng:integer(#names)]]
        local ok, y = pcall(f, self, any(), any(), any())
        if ok and type(y) == "userdata" then tostring(y) end
      end
    end
  end)
end)

describe("memory", function()
  it("of temporaries is collected although Lua sees only small objects", function()
    collectgarbage()
    local before, most = core.memory(), 0
    local x = rl.ones(100, 100)
    for _ = 1, 100000 do
      local _ = x + 1
      most = math.max(most, core.memory())
    end
    assert.is_true(most - before < 150e6, ("%.0f bytes"):format(most - before))
  end)

  it("comes back when tensors and their views are collected", function()
    collectgarbage()
    collectgarbage()
    local before = core.memory()
    do
      local views = {}
      for i = 1, 100 do views[i] = rl.ones(100, 100):t():select(1, 5) end
      assert.are.equal(100, #views)
    end
    collectgarbage()
    collectgarbage()
    assert.are.equal(before, core.memory())
  end)

  it("outlives the tensor while a view lives", function()
    local row = rl.full(3, 1000, 10)[500]
    collectgarbage()
    collectgarbage()
    assert.are.equal(30, row:sum())
  end)

  it("can be given back early by a to-be-closed variable", function()
    local chunk = (rawget(_G, "loadstring") or load)("local x <close> = ...; return x")
    if not chunk then return end -- only Lua 5.4 has them
    local x = rl.ones(3)
    chunk(x)
    assert.are.same({0}, x:shape())
    assert.are.equal(0, x:sum())
    assert.are.same({0}, x:clone():shape()) -- of no memory at all: the sanitizers look
    assert.are.equal("", x:tobytes())
    assert.are.same({0}, x:copy_(x + 1):shape())
  end)
end)

describe("the module", function()
  it("opens again, and defines no globals", function()
    local globals = {}
    for name in pairs(_G) do globals[name] = true end
    package.loaded["rl"], package.loaded["rl.core"] = nil, nil
    local again = require "rl"
    assert.are.same({2, 2}, (again.ones(2) + rl.ones(2)):totable())
    package.loaded["rl"], package.loaded["rl.core"] = rl, core
    for name in pairs(_G) do assert.is_true(globals[name], name) end
  end)

  it("says what it is", function()
    assert.is_truthy(rl.version:find("^%d+%.%d+%.%d+$"))
    assert.are.equal("string", type(rl.revision))
  end)

  it("sets and tells the number of threads", function()
    local threads = core.threads()
    assert.are.equal(1, core.threads(1))
    assert.are.equal(threads, core.threads(threads))
    refuses("-1 is outside 0 .. 1024", core.threads, -1)
  end)
end)
