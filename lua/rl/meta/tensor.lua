---@meta
-- For editors: tensors and random streams.

---@class rl
local rl = {}

-- Tensors: float32, row-major, 1-based; views share memory; operators are elementwise and broadcast. -------------------

---A tensor, or a (nested) table of numbers, or a number.
---@alias rl.tensorlike rl.tensor|number|table

---@class rl.tensor
---@operator add(rl.tensorlike): rl.tensor
---@operator sub(rl.tensorlike): rl.tensor
---@operator mul(rl.tensorlike): rl.tensor
---@operator div(rl.tensorlike): rl.tensor
---@operator pow(rl.tensorlike): rl.tensor
---@operator unm: rl.tensor
---@operator len: integer
---@field [integer] rl.tensor|number
local tensor = {}

---@return integer[]
function tensor:shape() end
---@param dim integer
---@return integer
function tensor:size(dim) end
---@return integer number of dimensions
function tensor:dim() end
---@param ... integer indices
---@return number
function tensor:get(...) end
---@param ... number indices, then the value
function tensor:set(...) end
---@return number of a tensor with one element
function tensor:item() end
---@return table nested
function tensor:totable() end
---@return string its float32 numbers as memory holds them, row by row
function tensor:tobytes() end
---@return rl.tensor
function tensor:clone() end
---A view of `n` rows from `first` on along `dim`.
---@param dim integer
---@param first integer
---@param n integer
---@return rl.tensor
function tensor:narrow(dim, first, n) end
---@param dim integer
---@param index integer
---@return rl.tensor
function tensor:select(dim, index) end
---@param ... integer
---@return rl.tensor
function tensor:reshape(...) end
---@param indices integer[]|rl.tensor
---@return rl.tensor copies of these rows
function tensor:rows(indices) end
---@return rl.tensor
function tensor:t() end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:matmul(other) end
---@param other rl.tensorlike
---@return number
function tensor:dot(other) end
---@param dim? integer
---@return rl.tensor|number
function tensor:sum(dim) end
---@param dim? integer
---@return rl.tensor|number
function tensor:mean(dim) end
---@param dim? integer
---@return rl.tensor|number
function tensor:max(dim) end
---@param dim? integer
---@return rl.tensor|number
function tensor:min(dim) end
---@param dim? integer
---@return rl.tensor|integer
function tensor:argmax(dim) end
---@param low number
---@param high number
---@return rl.tensor
function tensor:clamp(low, high) end
---@return rl.tensor
function tensor:exp() end
---@return rl.tensor
function tensor:log() end
---@return rl.tensor
function tensor:sqrt() end
---@return rl.tensor
function tensor:abs() end
---@return rl.tensor
function tensor:square() end
---@return rl.tensor
function tensor:tanh() end
---@return rl.tensor
function tensor:relu() end
---@return rl.tensor
function tensor:sigmoid() end
---@param other rl.tensorlike
---@return boolean same shape and values
function tensor:equal(other) end
---@param other rl.tensorlike
---@param tolerance? number
---@return boolean
function tensor:allclose(other, tolerance) end
---@return rl.tensor
function tensor:neg() end
---@return rl.tensor
function tensor:sign() end
---@return rl.tensor
function tensor:sin() end
---@return rl.tensor
function tensor:cos() end
---@return rl.tensor
function tensor:floor() end
---@param dim? integer
---@return rl.tensor|integer
function tensor:argmin(dim) end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:add(other) end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:sub(other) end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:mul(other) end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:div(other) end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:pow(other) end
---@param other rl.tensorlike
---@return rl.tensor 1 where it holds, else 0
function tensor:lt(other) end
---@param other rl.tensorlike
---@return rl.tensor 1 where it holds, else 0
function tensor:le(other) end
---@param other rl.tensorlike
---@return rl.tensor 1 where it holds, else 0
function tensor:eq(other) end
---@param other rl.tensorlike
---@return rl.tensor 1 where it holds, else 0
function tensor:ge(other) end
---@param other rl.tensorlike
---@return rl.tensor 1 where it holds, else 0
function tensor:gt(other) end

-- In place:

---@param value number
---@return rl.tensor
function tensor:fill_(value) end
---@return rl.tensor
function tensor:zero_() end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:copy_(other) end
---@return rl.tensor
function tensor:abs_() end
---@return rl.tensor
function tensor:exp_() end
---@return rl.tensor
function tensor:log_() end
---@return rl.tensor
function tensor:sqrt_() end
---@return rl.tensor
function tensor:square_() end
---@return rl.tensor
function tensor:tanh_() end
---@return rl.tensor
function tensor:relu_() end
---@return rl.tensor
function tensor:sigmoid_() end
---@return rl.tensor
function tensor:neg_() end
---@return rl.tensor
function tensor:sign_() end
---@return rl.tensor
function tensor:sin_() end
---@return rl.tensor
function tensor:cos_() end
---@return rl.tensor
function tensor:floor_() end
---@param low number
---@param high number
---@return rl.tensor
function tensor:clamp_(low, high) end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:add_(other) end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:sub_(other) end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:mul_(other) end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:div_(other) end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:pow_(other) end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:lt_(other) end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:le_(other) end
---@param other rl.tensorlike
---@return rl.tensor
function tensor:eq_(other) end

---@param values rl.tensorlike
---@return rl.tensor
function rl.tensor(values) end
---The tensor of a string of float32 numbers, as tensor:tobytes and numpy's tobytes give it.
---@param bytes string
---@param ... integer sizes
---@return rl.tensor
function rl.frombytes(bytes, ...) end
---@param ... integer
---@return rl.tensor
function rl.zeros(...) end
---@param ... integer
---@return rl.tensor
function rl.ones(...) end
---@param value number
---@param ... integer
---@return rl.tensor
function rl.full(value, ...) end
---@param n integer
---@return rl.tensor
function rl.eye(n) end
---1..n, or first..last by step.
---@param first number
---@param last? number
---@param step? number
---@return rl.tensor
function rl.arange(first, last, step) end
---@generic T: rl.tensorlike|rl.variable
---@param a T
---@param b rl.tensorlike|rl.variable
---@return T a variable if one of the two is
function rl.min(a, b) end
---@generic T: rl.tensorlike|rl.variable
---@param a T
---@param b rl.tensorlike|rl.variable
---@return T a variable if one of the two is
function rl.max(a, b) end
---@generic T: rl.tensorlike|rl.variable
---@param condition rl.tensorlike
---@param a T where it is not 0
---@param b rl.tensorlike|rl.variable elsewhere
---@return T a variable if one of the two is
function rl.where(condition, a, b) end

-- Random streams ------------------------------------------------------------------------------------------------------

---@class rl.rng
local rng = {}
---@param ... integer sizes; none: one number
---@return rl.tensor|number
function rng:normal(...) end
---In [0, 1).
---@param ... integer sizes; none: one number
---@return rl.tensor|number
function rng:uniform(...) end
---1..n, or low..high.
---@param low integer
---@param high? integer
---@return integer
function rng:integer(low, high) end
---@param n integer
---@return rl.tensor 1..n in random order, which x:rows takes
function rng:permutation(n) end
---@return rl.rng independent
function rng:split() end
---@return string
function rng:state() end
---@param state string
function rng:restore(state) end
---The stream and its position.
---@param path string
---@return boolean? ok
---@return string? message or, beside true, what does not go on bit for bit
function rng:save(path) end
---Goes on where the saved one stood.
---@param path string
---@return boolean? ok
---@return string? message or, beside true, what does not go on bit for bit
function rng:load(path) end

---@param seed integer
---@param stream? integer|"shuffle" the last: by which a method of this seed shuffles its minibatches
---@return rl.rng
function rl.rng(seed, stream) end

return rl
