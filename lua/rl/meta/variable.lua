---@meta
-- For editors: variables, distributions and optimisers, for losses of one's own.

---@class rl
local rl = {}

-- Variables: tensors that remember how they were computed, for gradients of losses of one's own -------------------------

---Operators mix with numbers, tables and tensors; they are constants. Nothing changes a variable.
---@class rl.variable
---@operator add(rl.tensorlike|rl.variable): rl.variable
---@operator sub(rl.tensorlike|rl.variable): rl.variable
---@operator mul(rl.tensorlike|rl.variable): rl.variable
---@operator div(rl.tensorlike|rl.variable): rl.variable
---@operator pow(rl.tensorlike|rl.variable): rl.variable
---@operator unm: rl.variable
---@operator len: integer
---@field [integer] rl.variable
local variable = {}
---d loss / d target for each target: a policy or value (all its parameters), a variable, or the tensor that variables
---were made of. The loss is one number: :mean() or :sum() make it.
---@param ... rl.policy|rl.value|rl.variable|rl.tensor
---@return rl.tensor ...
function variable:grad(...) end
---@return rl.tensor the numbers, a copy without the past
function variable:value() end
---@return number of a variable with one element
function variable:item() end
---@return integer[]
function variable:shape() end
---@param dim? integer
---@return integer
function variable:size(dim) end
---@return integer number of dimensions
function variable:dim() end
---@param dim? integer
---@return rl.variable
function variable:sum(dim) end
---@param dim? integer
---@return rl.variable
function variable:mean(dim) end
---@param dim? integer
---@return rl.variable its gradient goes to the first of equals
function variable:max(dim) end
---@param dim? integer
---@return rl.variable
function variable:min(dim) end
---@param low? number
---@param high? number
---@return rl.variable
function variable:clamp(low, high) end
---@param other rl.tensorlike|rl.variable
---@return rl.variable
function variable:matmul(other) end
---@return rl.variable
function variable:t() end
---@param ... integer
---@return rl.variable
function variable:reshape(...) end
---@param dim integer
---@param first integer
---@param n integer
---@return rl.variable
function variable:narrow(dim, first, n) end
---@param dim integer
---@param index integer
---@return rl.variable
function variable:select(dim, index) end
---@param indices integer[]|rl.tensor
---@return rl.variable
function variable:rows(indices) end
---@return rl.variable
function variable:exp() end
---@return rl.variable
function variable:log() end
---@return rl.variable
function variable:sqrt() end
---@return rl.variable
function variable:square() end
---@return rl.variable
function variable:abs() end
---@return rl.variable
function variable:tanh() end
---@return rl.variable
function variable:sigmoid() end
---@return rl.variable
function variable:relu() end
---@return rl.variable
function variable:neg() end
---@return rl.variable
function variable:sign() end
---@return rl.variable
function variable:sin() end
---@return rl.variable
function variable:cos() end
---@return rl.variable
function variable:floor() end
---@param other rl.tensorlike|rl.variable
---@return rl.variable
function variable:add(other) end
---@param other rl.tensorlike|rl.variable
---@return rl.variable
function variable:sub(other) end
---@param other rl.tensorlike|rl.variable
---@return rl.variable
function variable:mul(other) end
---@param other rl.tensorlike|rl.variable
---@return rl.variable
function variable:div(other) end
---@param other rl.tensorlike|rl.variable
---@return rl.variable
function variable:pow(other) end
---@param other rl.tensorlike|rl.variable
---@return rl.tensor 1 where it holds, else 0
function variable:lt(other) end
---@param other rl.tensorlike|rl.variable
---@return rl.tensor 1 where it holds, else 0
function variable:le(other) end
---@param other rl.tensorlike|rl.variable
---@return rl.tensor 1 where it holds, else 0
function variable:eq(other) end
---@param other rl.tensorlike|rl.variable
---@return rl.tensor 1 where it holds, else 0
function variable:ge(other) end
---@param other rl.tensorlike|rl.variable
---@return rl.tensor 1 where it holds, else 0
function variable:gt(other) end

---A leaf, to differentiate by: a copy of the numbers.
---@param values rl.tensorlike
---@return rl.variable
function rl.variable(values) end

---What a policy does in n states.
---@class rl.dist
local dist = {}
---@param actions rl.tensorlike as policy:act gives them
---@return rl.variable [n]
function dist:log_prob(actions) end
---@return rl.variable [n]
function dist:entropy() end
---KL(this || other).
---@param other rl.dist
---@return rl.variable [n]
function dist:kl(other) end
---@return rl.variable [n, act] of a Gaussian
function dist:mean() end
---@return rl.variable [act], or [n, act] when it depends on the state, of a Gaussian
function dist:log_std() end
---@return rl.variable [n, choices] of discrete actions
function dist:logits() end
---Of any kind: means of numbers and logits of choices, factor after factor; those of masked choices are -1e30.
---@return rl.variable [n, size]
function dist:head() end
---@return rl.variable [n] of a policy with a value head
function dist:value() end
---@return rl.dist the same, as a constant: an older policy to compare with
function dist:detach() end

---@class rl.optimizer
local optimizer = {}
---One step downhill.
---@param gradient rl.tensorlike
---@return number norm of the gradient, before clipping
function optimizer:step(gradient) end
---@param settings { lr: number?, max_grad_norm: number? }
function optimizer:set(settings) end
---@return table<string, number> the options as they are now
function optimizer:options() end
---@return table[] rows of the options: name, type, default, range, unit, meaning
function optimizer:describe() end
---Moments, steps and what was set since it was made, not the parameters.
---@param path string
---@return boolean? ok
---@return string? message or, beside true, what does not go on bit for bit
function optimizer:save(path) end
---Into one of the same kind and size; a refused load changes nothing.
---@param path string
---@return boolean? ok
---@return string? message or, beside true, what does not go on bit for bit
function optimizer:load(path) end

---@param target rl.policy|rl.value|rl.tensor whose numbers it changes
---@param options? { lr: number?, beta1: number?, beta2: number?, epsilon: number?, max_grad_norm: number? }
---@return rl.optimizer
function rl.adam(target, options) end
---@param target rl.policy|rl.value|rl.tensor
---@param options? { lr: number?, max_grad_norm: number? }
---@return rl.optimizer
function rl.sgd(target, options) end
---theta -= lr gradient / sqrt(v + epsilon), v the running mean of its squares.
---@param target rl.policy|rl.value|rl.tensor
---@param options? { lr: number?, decay: number?, epsilon: number?, max_grad_norm: number? }
---@return rl.optimizer
function rl.rmsprop(target, options) end

return rl
