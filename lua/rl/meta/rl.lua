---@meta rl
-- What editors (LuaLS) know about the module: completion, types and hovers for scripts. Never loaded at run time.

---@class rl
---@field version string
---@field _VERSION string "rl 0.2.0"
---@field revision string git revision of the build
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

-- Environments --------------------------------------------------------------------------------------------------------

---What a reward reads of an environment that the editor does not know: numbers by name. env:fields() lists them.
---@alias rl.reward fun(state: table<string, number>, action: number[]): number|table<string, number>
---@alias rl.done fun(state: table<string, number>, action: number[]): boolean

---What every environment takes.
---@class rl.common_options
---@field n? integer copies, 1
---@field seed? integer that of the run
---@field reward? rl.reward a number or named terms; without it the environment's own
---@field done? rl.done without it the environment's own end: a fall
---@field save? fun(): any plain data: what `reward` and `done` keep in variables of their own; comes with load
---@field load? fun(data: any) takes what save gave

---A matrix: a table of rows, or a tensor [n, m].
---@alias rl.matrix number[][]|rl.tensor

---The linear-quadratic problem: s' = A s + B a + noise, reward -(s'Q s + a'R a). Up to 16 states and actions; a matrix
---that is not given is the identity.
---@class rl.lqr_problem
---@field A? rl.matrix [n, n]
---@field B? rl.matrix [n, m]
---@field Q? rl.matrix [n, n], symmetric, positive semidefinite
---@field R? rl.matrix [m, m], symmetric, positive definite

---@class rl.lqr_gain_options: rl.lqr_problem
---@field gamma? number discount, 1

---Of actions or observations; rl.space is another thing.
---@class rl.env_space
---@field kind "box"|"discrete"|"factors" factors: several of the others at once
---@field size integer numbers or choices; of factors all of them
---@field low number
---@field high number
---@field names? string[] of its numbers: those of creatures and of environments written in Lua have names
---@field factors? rl.factor[] of kind "factors"
---@field width? integer numbers that an action of several factors has in a tensor: of each choice one, from 0 on
---@field masked? boolean not all choices can be taken in every state: an observation ends with a number for each, 1 or 0
---@field choices? integer numbers of a mask

---@class rl.factor
---@field name? string
---@field kind "box"|"discrete"
---@field size integer
---@field low number
---@field high number

---@class rl.env
---@field n integer copies; of a world rows: an agent in a world each, those of a world one after the other
---@field worlds integer copies; n / #agents of a world of several
---@field agents? { name: string, team: integer }[] of a world, in the order of its rows
---@field name string
---@field dt number s of a step
---@field observation_space rl.env_space
---@field action_space rl.env_space
---@field physics_seconds number wall-clock time spent in Box2D since it was first asked for, all copies
---@field notice? string why its functions in Lua run on one thread; nil where they do not, or nobody has tried
local env = {}
---A seed: all copies draw from here on as those of a new environment with this seed.
---@param options? { seed: integer? }
---@return rl.tensor observations [n, obs]
function env:reset(options) end
---@param actions rl.tensorlike [n, act]; [n] of a discrete space. What the mask of a copy forbids is an error
---@return rl.tensor observations [n, obs]; finished copies have restarted
---@return rl.tensor reward [n]
---@return rl.tensor terminated [n] 1 where the task ended
---@return rl.tensor truncated [n] 1 where time or range ran out
function env:step(actions) end
---@return rl.tensor [n, obs] where the last step ended an episode, what it ended with
function env:final_observation() end
---What each copy may do now: the end of its observation.
---@return rl.tensor? [n, choices] 1: allowed, 0: not; nil where actions are not masked
function env:action_mask() end
---@return { name: string, unit: string, meaning: string }[]
function env:fields() end
---Mirror images: actions and states of which left and right have changed places. Of a creature they follow from its
---description: the parts that are alike in shape, joint, motor and muscles. nil where there are none, and what differs.
---@return { observation: rl.mirror, action: rl.mirror, fields: rl.mirror }?
---@return string? message
function env:symmetry() end
---What can be set, as it will be at the next reset.
---@return table<string, number|string|boolean>
function env:options() end
---The rows of the options: type is "number", "integer", "boolean" or "choice".
---@return { name: string, type: string, default: number|string|boolean, min: number?, max: number?, unit: string, meaning: string, choices: string[]?, live: boolean }[]
function env:describe() end
---Options from each copy's next reset on; `reward` and `done` from the next step on (false: the environment's own).
---@param options rl.env_options|{ reward: rl.reward|false|nil, done: rl.done|false|nil }
function env:set(options) end
---Every copy in the middle of its episode, streams, sums and options that were set. Creatures are saved as the actions
---since their episode began.
---@param path string
---@return boolean? ok
---@return string? message or, beside true, what does not go on bit for bit
function env:save(path) end
---Goes on bit for bit, in one of the same kind with as many copies; a copy that cannot begins its next episode, and the
---message says so. A refused load changes nothing.
---@param path string
---@return boolean? ok
---@return string? message or, beside true, what does not go on bit for bit
function env:load(path) end
---Actions of long episodes go to this file, in pieces, so that memory stays bounded; a save refers to them there. rl.run
---does it. Without, an episode with more than 16 MiB of actions is not saved; longer than a million steps it never is.
---@param path string? nil: nowhere, as at first
function env:spill(path) end

---@class rl.episode
---@field return number sum of rewards
---@field length integer steps
---@field terminated boolean
---@field fields table<string, number> at the end
---@field terms table<string, number> sums
---@field agent? string whose it is, in a world

---@class rl.evaluation
---@field agents? table<string, { mean_return: number, mean_length: number }> in a world
---@field mean_return number
---@field mean_length number
---@field terminated integer how many
---@field episodes rl.episode[]
---@field recordings? rl.track[] of the first so many episodes, where `record` asks for them

---On copies of its own: training is not disturbed. `record`: of how many of the episodes recordings are kept, true: all.
---In a world each of the episodes counts once for every agent. Of env:agent(name) it is that agent's episodes alone that count, which
---the policy plays; others are then played as env:players says, and `agents` has the means of all.
---Of a list of policies, here or there, they play the episodes in turn, the first ones where there are fewer episodes than policies.
---@param policy rl.policy|"random"|"zero"|table<string, rl.policy|rl.policy[]|"random"|"zero"> as env:record takes it
---@param options? { episodes: integer?, deterministic: boolean?, seed: integer?, record: boolean|integer|nil }
---@return rl.evaluation
---@overload fun(self: rl.env, policy: rl.policy, candidates: rl.tensorlike, options?: rl.population_options): rl.tensor, rl.population_stats, rl.tensor
function env:evaluate(policy, options) end

---Of a population: a parameter vector of the policy in each row of `candidates`, each in copies of its own, over all
---cores. Gives the mean return of each (NaN where an action or a reward was not finite), the sums over all, and the
---mean length of each one's episodes in steps.
---@class rl.population_options
---@field episodes? integer of each candidate, 1
---@field max_steps? integer of an episode, 0: until it ends
---@field deterministic? boolean the likeliest actions (true), or sampled ones
---@field common? boolean common random numbers: episode e of every candidate begins alike, false
---@field observe? boolean take all observations into the policy's normaliser afterwards, false
---@field seed? integer
---@field round? integer other streams for each; by default one more at each call
---@field first? integer where the first of these candidates stands in the population that they are a part of, 1: with
---the seed and the round of the whole a part has the luck that it has there
---@field means? string[] fields and terms of the reward: stats.means

---@class rl.population_stats
---@field steps integer of all that the environment has evaluated so far
---@field new_steps integer of this call
---@field episodes integer
---@field terminated integer how many
---@field not_finite integer how many were given up
---@field means? rl.tensor [n, means] of what the option `means` names, over all steps of each candidate; NaN: refused

---Of bodies: each design is a creature table (as `space:decode` gives it) with the joints, motors, muscles and feet of
---this environment's creature, and lives with this environment's options and reward, over all cores. The mean return of
---each; NaN for a design that cannot be built, which costs no simulation.
---@class rl.design_options: rl.population_options
---@field policy? rl.policy drives every body; without one actions are zeros, for creatures with a controller of their own
---@field candidates? rl.tensorlike [n, parameters of the policy]: row k drives body k
---@field details? boolean the third result, false

---@class rl.design_stats: rl.population_stats
---@field refused integer designs that could not be built
---@field reasons table<integer, string> why, by the number of the design

---@class rl.design_detail means over the episodes; only `refused` where that is set
---@field refused? string why
---@field return number
---@field length number steps
---@field terminated number share of the episodes
---@field fields table<string, number> at the end
---@field terms table<string, number> sums

---What env:evaluate does with candidates, or env:evaluate_designs, in slices or in a thread of its own: the same bytes.
---Meanwhile the policy must stay what it is; the environment is free, the copies are others.
---@class rl.population_evaluation
local population_evaluation = {}
---Works for about so long: at least one piece (some steps on each thread, one of each copy where the reward is Lua), and
---no further one that would take longer than what is left if it takes as long as the last.
---@param milliseconds number 0 or more
---@return number fraction of the episodes that are over; 1: here are the results, and the evaluation is over
---@return rl.tensor? returns [n]
---@return rl.population_stats? stats
---@return rl.tensor|rl.design_detail[]|nil lengths [n]; of designs the details, when asked for
function population_evaluation:advance(milliseconds) end
---In a thread, for environments that call no function in Lua.
function population_evaluation:start() end
---Never waits for the thread.
---@return number fraction of the episodes that are over; 1: here are the results, and the evaluation is over
---@return rl.tensor? returns [n]
---@return rl.population_stats? stats
---@return rl.tensor|rl.design_detail[]|nil lengths [n]; of designs the details, when asked for
function population_evaluation:poll() end
---@param policy rl.policy
---@param candidates rl.tensorlike [n, parameters], which are copied
---@param options? rl.population_options
---@return rl.population_evaluation
function env:evaluation(policy, candidates, options) end

---Is a body one that a search over bodies is allowed: it can be built, its joints are in its parts, its limbs do not
---overlap, its feet are lowest, and mass and strength are an animal's?
---@param design rl.creature
---@return boolean feasible
---@return string? why not
function rl.feasible(design) end

---A muscle by itself, as rl.muscle_rest and rl.muscle_step give it.
---@class rl.muscle_state
---@field unit_length number m, of fibre and tendon together
---@field activation number .01 to 1
---@field length number l_opt, of the fibre
---@field velocity number l_opt/s, of its lengthening
---@field force number N, of the tendon
---@field contractile number N, the active part of the force

---The curves that all muscles share, in f_max; velocity as a factor.
---@param at { length: number?, velocity: number?, strain: number? } l_opt (1), v_max (0), of the tendon (0)
---@return { active: number, passive: number, buffer: number, velocity: number, tendon: number }
function rl.muscle_curves(at) end
---Where fibre and tendon of this length together rest.
---@param muscle rl.muscle needs f_max, l_opt, l_slack
---@param unit_length number m
---@param activation number
---@return rl.muscle_state
function rl.muscle_rest(muscle, unit_length, activation) end
---The state dt seconds later; the unit goes evenly to its new length.
---@param muscle rl.muscle
---@param state rl.muscle_state
---@param excitation number held within .01 and 1
---@param unit_length number m, at the end
---@param dt number s
---@param steps? integer finer steps, 1
---@return rl.muscle_state
function rl.muscle_step(muscle, state, excitation, unit_length, dt, steps) end

---@param designs rl.creature[]
---@param options? rl.design_options
---@return rl.tensor returns [n]
---@return rl.design_stats stats
---@return rl.design_detail[] details when asked for
function env:evaluate_designs(designs, options) end
---The same in slices, or in a thread of its own. The designs are built in this call, some tenths of a millisecond each.
---@param designs rl.creature[]
---@param options? rl.design_options
---@return rl.population_evaluation
function env:design_evaluation(designs, options) end

---What one agent of a world sees and does, as an environment with a copy for each world: for a policy and a method of its own.
---A step of it is one of the worlds, whose other agents are played (env:players). While it rests its steps are in no batch.
---@param name string
---@return rl.env
function env:agent(name) end

---Says who plays agents of a world for methods of the others (env:agent, env:collect), from the next step on: a policy, a list of
---them that is dealt out to the worlds in turn, uniformly random actions, actions of zeros, or nobody (false). Policies are used
---as they are, with actions as sampled, and are not changed. Agents that are not named keep who they have.
---@param players table<string, rl.policy|rl.policy[]|"random"|"zero"|false>?
---@param options { deterministic: boolean? }? deterministic: the most likely actions
---@return table<string, rl.policy|rl.policy[]|"random"|"zero"> # who plays now
function env:players(players, options) end

---A batch for each of several methods that learn side by side, made of env:agent(name): one step of the world is a step of each.
---Agents without a method are played (env:players). Then each takes its update: `a:update(batches.a)`.
---@param methods table<string, rl.method>
---@param steps integer of each world
---@return table<string, rl.batch>
function env:collect(methods, steps) end

---One episode on a copy of its own.
---In a world all agents act by the policy, or each by its own: `{ a = policy, b = other, c = "zero" }`, and who is not named as
---env:players says; fields, rewards and observations are those of the first agent, or of the one whose env:agent(name) it is. Of a
---list of policies the first plays.
---@param policy rl.policy|"random"|"zero"|table<string, rl.policy|rl.policy[]|"random"|"zero"> "random": uniformly random actions, normal ones where a box has no bounds;
---"zero": actions of zeros, for a creature with a controller of its own
---`plain`: with the environment's own reward and ends, so that no function of the script is called.
---@param options? { seconds: number?, deterministic: boolean?, seed: integer?, title: string?, plain: boolean? }
---@return rl.recording for run:replay
function env:record(policy, options) end
---Episodes of a controller, on copies of their own, written down. A function gets the observation and the fields by name, and
---gives an action as env:step takes it. An environment that is alike but has a controller of its own (a human with reflexes
---for one without) shows what that asks of the muscles. noise: deviation of what is added to real numbers of actions and
---not written down, so that what is learnt includes the way back.
---@param controller rl.policy|"random"|"zero"|rl.env|fun(observation: number[], fields: table<string, number>): any
---@param options? { episodes: integer?, seconds: number?, seed: integer?, deterministic: boolean?, noise: number? } 10 episodes
---@return rl.demonstration
function env:demonstrate(controller, options) end

---What others did in an environment, to be learnt from. `#demo` is its steps. The file's format: "Demonstrations" in README.md.
---@class rl.demonstration
local demonstration = {}
---A step, with numbers as env:step takes and gives them.
---@param observation rl.tensorlike before it
---@param action rl.tensorlike choices from 0 on
---@param reward rl.tensorlike
---@param terminated? boolean|number the task ended
---@param truncated? boolean|number it was cut; never both
---@param after? rl.tensorlike what was observed then; needed where the episode ends
function demonstration:add(observation, action, reward, terminated, truncated, after) end
---Ends an episode that goes on, as truncated. Without what was observed after its last step, that step is left out.
---@param observation? rl.tensorlike
function demonstration:cut(observation) end
---@param seed integer that the episode which begins was made with
function demonstration:seed(seed) end
---@param other rl.demonstration whose episodes come behind these
function demonstration:append(other) end
---An episode that goes on is cut.
---@param path string
---@return boolean? ok
---@return string? message
function demonstration:save(path) end
---@return { observation: rl.tensor, action: rl.tensor, reward: rl.tensor, terminated: rl.tensor, truncated: rl.tensor, next_observation: rl.tensor } copies, a row for each step
function demonstration:tensors() end
---@return { return: number, length: integer, terminated: boolean, seed: integer? }[]
function demonstration:episodes() end
---@return string name of the environment
function demonstration:environment() end

---@param environment rl.env
---@return rl.demonstration empty
function rl.demonstration(environment) end

---@param path string
---@param environment? rl.env that it must be of
---@return rl.demonstration? demonstration
---@return string? message
function rl.load_demonstration(path, environment) end

---@class rl.track
---@field dt number s between two moments: the start of the episode, and one after each step
---@field gravity? number m/s^2; below 3 the replay is on the Moon, below 6 on Mars
---@field terminated boolean how the episode ended
---@field fields table<string, rl.tensor> by name, [moments]: all fields of the environment, and what only recordings have
---@field columns { name: string, unit: string, meaning: string }[] what those are
---@field reward rl.tensor [moments]; 0 at the start
---@field terms table<string, rl.tensor> of the reward, [moments]
---@field agent? string of a world: whose fields, columns and reward they are; x is forward as it looks, from where it starts
---@field creature? table the bodies, joints, motors and feet that the world is built from; of a world the agent's

local track = {}

---Writes all of it as a table, a row each moment: .sto and .mot for OpenSim, .csv. Columns with a number that is not finite
---are left out, and named in the note. Or, of a creature, the joints as .bvh for animators: centimetres and degrees. As .html
---what env:record gives is a replay. nil and a message where the file cannot be written.
---@param path string
---@param options? { columns: string[]? } those that are wanted, in this order; all
---@return boolean? ok
---@return string? note or message
function track:write(path, options) end
---What its walk is like: rl.gait of this one.
---@param options? { after: number?, bounce: number? }
---@return rl.gait
function track:gait(options) end

---@class rl.recording: rl.track
---@field title string
---@field note? string a line below the title; of a creature how it walks
---@field view? "side"|"above"
---@field feet? { name: string, x: number[], forward: number[], upward: number[] }[] forces of the ground in body weights, where
--- and on which foot, for each frame; of a creature those that its fields tell
---@field n_bodies integer 0: the replay shows curves only
---@field followed? integer the camera follows the first so many of them; all
---@field shapes rl.drawn_shape[]
---@field frames number[][] x, y, angle of each body
---@field series { name: string, unit: string, values: number[] }[]
---@field observation rl.tensor [frames, obs]

---The best action of "lqr" is K s: K by the discrete Riccati equation, m rows of n numbers.
---@param problem rl.lqr_gain_options
---@return number[][]
function rl.lqr_gain(problem) end
---The exact expected return of the policy a ~ N(k s, exp(log_std)^2) on s' = s + a + noise, r = -s^2 - a^2 (one
---dimension), and its derivatives by k and by log_std.
---@param problem { gamma: number, steps: integer, start: number, noise: number } standard deviations of the first state, and of the noise
---@param k number
---@param log_std number
---@return number J
---@return number dJ_dk
---@return number dJ_dlog_std
function rl.lqr_return(problem, k, log_std) end
---@return string[] names
---@return table<string, string> what each is
function rl.envs() end

---@class rl.tetris_options
---@field width? integer cells, 4 to 16, 10
---@field height? integer cells, 4 to 32, 20
---@field features? "bertsekas"|"dellacherie"|"dellacherie_thiery" 2 width + 2, 6 or 8 of them; the last
---@field entry? "above"|"fit" where a piece enters: above the board, where nothing can stop it ("above", the game
--- ends with the first piece that sticks out at the top), or in its topmost rows, where it must fit to turn and to move
--- ("fit", which ends with the first piece that does not). Lines differ by a factor of ten: envs/tetris/tetris.h

---@class rl.tetris
---@field width integer
---@field height integer
---@field features string
---@field entry string
---@field n_features integer
local tetris = {}

---@class rl.tetris_match
---@field games? integer of each vector, 30
---@field common? boolean common random numbers: game g brings every vector the same pieces, false
---@field seed? integer
---@field max_pieces? integer of a game, which is then cut

---@class rl.tetris_stats
---@field pieces integer of all games
---@field placements integer looked at
---@field cut integer games that max_pieces ended: with more there might be more lines
---@field lines? integer[] of each game, where there is one vector [features]

---@return string[] of the features, in the order of the weights
function tetris:names() end
---Whole games with the controller that places each piece so that weights . features of the board afterwards is greatest,
---the first of equals. Candidates and games run on all threads; the same seed gives the same lines for any number of them.
---A good controller of 10 x 20 plays for hours where max_pieces does not stop it.
---@param weights rl.tensorlike [n, features] or [features]
---@param options? rl.tetris_match
---@return rl.tensor mean lines of each vector [n]
---@return rl.tetris_stats
function tetris:play(weights, options) end

---@class rl.tetris_ascent
---@field games? integer that are played, 30
---@field seed? integer
---@field max_pieces? integer of a game, which is then cut
---@field gamma? number discount of lines, by piece, 0.95
---@field lambda? number of the critic and of advantages, 0.9
---@field max_kl? number nats a piece, by which the policy moves, 0.01
---@field damping? number added to the diagonal of the Fisher matrix, 0.001

---A step along the natural gradient of the policy that places a piece with a probability that goes with
---exp(weights . features), found from games by that policy. It is to be added to the weights.
---@param weights rl.tensorlike [features]
---@param options? rl.tetris_ascent
---@return rl.tensor step [features]
---@return number lines mean of the games
---@return rl.tetris_stats
function tetris:ascend(weights, options) end

---Tetris for linear controllers: seven pieces, independent and uniform, only the current one known; an action is a
---rotation and a column, dropped straight down.
---@param options? rl.tetris_options
---@return rl.tetris
function rl.tetris(options) end

---@class rl.drawn_shape
---@field kind "polygon"|"circle"
---@field body? integer in whose frame it is; 0, the default: the world's
---@field points? number[] { x1, y1, x2, y2, ... } m, of a polygon
---@field closed? boolean of a polygon, true; false: a line
---@field x? number m, the centre of a circle
---@field y? number m
---@field radius? number m
---@field name? string names in _l and _r are coloured apart where they have no colour
---@field colour? string "#rrggbb"

---@class rl.lua_agent
---@field name string of 1 to 31 letters, digits and _
---@field team? integer
---@field observation? integer|string[] its own, in place of that of all
---@field action? integer|table its own: of the kind, and with the bounds, of those of others, without masks

---An environment whose logic is Lua. Copies are stepped one after the other on the calling thread. Without `reset` and
---`step` it only says what is seen and done, for method:agent.
---
---    local env = rl.lua_env {
---      observation = { "x", "v" }, action = { "discrete", 3 }, limit = 200,
---      reset = function(self, rng) self.x, self.v = rng:uniform(), 0 return { self.x, self.v } end,
---      step = function(self, action)
---        self.v = 0.9 * self.v + 0.1 * (action - 2) -- action is 1, 2 or 3
---        self.x = self.x + self.v
---        return { self.x, self.v }, -math.abs(self.x), math.abs(self.x) > 3
---      end,
---    }
---@class rl.lua_env_options
---@field observation integer|string[] how many numbers, or their names (else o1, o2 ...); they are its fields, too
---@field action table { "discrete", choices }, or { "box", size, low, high } with bounds -1 and 1 if not given; choices: how
--- many, or a list of their names, which step is then given. Several at once: a list of those, or a table of them by name;
--- step gets what each would be alone, in a list or by name ({ steer = { 0.3 }, gear = "up" })
---@field masked? boolean reset and step return a mask, too, behind all else: nil, or true or false (1 or 0) for each choice, in
--- a list; of several factors such a list for each, where not all is allowed ({ gear = { true, false, true } }). What is
--- forbidden is never drawn. Observations end with the mask. false: a mask that is returned is not heeded; nil: it is an error
---@field reset? fun(self: table, rng: rl.rng, options: table): number[]|rl.tensor, any begins an episode and returns its first
--- observation. `self` is a table of this copy alone, empty before its first episode; all randomness must come from `rng`
---@field step? fun(self: table, action: any, rng: rl.rng, options: table): number[]|rl.tensor, number, boolean?, boolean?, any
--- returns the observation, the reward, whether the task has ended, and whether time or range has run out. A discrete
--- action is 1 .. choices (in the tensors of env:step and policy:act it is 0 .. choices - 1); an action of a box is a
--- list within the bounds, which may be kept
---@field agents? (string|rl.lua_agent)[] a world of several, which see and do the same but for what is their own: reset and step then
--- return tables of observations (and masks) by agents, step of rewards and ends, too, or one for all; it gets the actions of
--- those that are still there, by their names
---@field together? boolean the end of one agent is that of all; else it rests until all have ended
---@field options? table<string, number|boolean> options of its own and their defaults: reset and step are given those that
--- hold for the episode, env:set changes them from each copy's next reset on
---@field n? integer copies, 1
---@field seed? integer that of the run
---@field name? string for messages and replays, "lua_env"
---@field limit? integer steps at which an episode is truncated, 1000; 0: none. env:set can change it
---@field dt? number s of a step, for replays, 0.05
---@field symmetry? { observation: integer[], action: integer[] } mirror images: which number of the state, from 1 on, becomes which of the image, negative where its sign changes ({ 2, 1, -3 }); of discrete actions, which choice
---@field repeatable? boolean a promise: the numbers of rng and the actions alone decide an episode. Needed for groups
--- that begin alike (rl.grpo) and for checkpoints
---@field shapes? rl.drawn_shape[] what a replay draws
---@field view? "side"|"above" "side": y is up, the ground is below, and the camera goes along; "above": x and y are a plane, of
--- which all is seen. Closed shapes of the world are solid there, open ones walls
---@field poses? fun(self: table): number[] x, y (m) and angle (rad) of body 1, of body 2 ...; where shapes have bodies
---@field save? fun(self: table): any plain data: what a copy is. With load the environment is saved and goes on bit for bit
---@field load? fun(self: table, data: any, rng: rl.rng, options: table<string, number|boolean>) a new self becomes that copy

---@param options rl.lua_env_options
---@return rl.env
function rl.lua_env(options) end

---Choices of which one forbids others, as one choice of all combinations that can ever be.
---@class rl.joint_action
---@field action { [1]: "discrete", [2]: string[] } for rl.lua_env
---@field list table[] the parts of each, as a step of several factors would get them
---@field of table<string, table> the parts by the name that step gets
---@field mask fun(allows: fun(parts: table): boolean?): boolean[] for what reset and step return

---@param factors table by name, or a list: {"discrete", how many or names} each
---@param possible? fun(parts: table): boolean? whether a combination can be at any time
---@return rl.joint_action
function rl.joint(factors, possible) end

---What a new task looks like: records an episode of random actions, writes the replay, and prints return, length, and
---mean and range of reward and observations (but for rlrun --quiet).
---@param environment rl.env
---@param options? { path: string?, seconds: number?, seed: integer?, title: string? } random.html, at most 60 s
---@return string? path
---@return rl.random_summary|string summary or, without a path, why it could not be written
function rl.visualize_random(environment, options) end

---@class rl.range
---@field name string
---@field mean number
---@field min number
---@field max number

---@class rl.random_summary
---@field return number
---@field length integer steps
---@field terminated boolean
---@field reward rl.range
---@field observation rl.range[]

---@class rl.shape: rl.shape_numbers
---@field points? number[][] of a convex polygon, 3 to 8

---@class rl.joint: rl.joint_numbers
---@field soft? rl.soft_numbers stops that give way, in joints without a motor

---@class rl.body: rl.body_numbers
---@field shape? rl.shape
---@field shapes? rl.shape[]
---@field joint? rl.joint none for the root

---A muscle with its tendon; it needs a path or arms.
---@class rl.muscle: rl.muscle_numbers
---@field path? rl.point_numbers[] 2 to 8 points; only drawn beside arms
---@field arms? rl.arm_numbers[]

---@alias rl.gait_state "landing"|"early_stance"|"late_stance"|"liftoff"|"swing"
---One rule, for both legs: constant and terms are added to the muscle's excitation.
---@class rl.reflex: rl.reflex_numbers
---@field states? rl.gait_state|"stance"|"all"|rl.gait_state[] in which it is active, "all"
---@field terms? rl.term_numbers[] at most 4: gain * (sense - offset)
---@field when? rl.condition_numbers[] at most 2, all must hold

---Muscles follow a target: weight * (kp (target - sense) - kd rate).
---@class rl.target_feature: rl.feature_numbers
---@field target number|rl.target_numbers rad, always or in some states
---@field muscles table<string, number> weights: 1 for a muscle that turns it up, -1 down

---A stroke or a rhythm of a joint with a motor.
---@class rl.primitive: rl.primitive_numbers
---@field weights number[] 1 to 32: each moves what the spring pulls to by so many amplitudes while its basis is on

---What drives a creature, on two legs where it has muscles; actions add to it, so that an action of 0 leaves it alone.
---@class rl.controller
---@field transitions? rl.transitions_numbers
---@field reflexes? rl.reflex[]
---@field features? rl.target_feature[]
---@field primitives? rl.primitive[] of motors

---@class rl.world_sense
---@field name? string in a list: of its fields
---@field of string the agent or loose body
---@field body? string of the agent; its trunk

---An agent of a world.
---@class rl.world_creature
---@field name? string in a list
---@field creature string|rl.creature
---@field x? number m, where the middle of its trunk starts; 0
---@field turned? boolean it looks back along x, and all that it sees and does is the mirror image
---@field team? integer by default each is its own
---@field leaves? boolean the world when it has ended; otherwise it stays, limp
---@field walks? boolean it has the reward of its creature
---@field senses? table<string, string|rl.world_sense> or a list of them

---@class rl.world_body: rl.body
---@field x? number m
---@field y? number m, above the ground below it
---@field angle? number rad
---@field vx? number m/s
---@field vy? number m/s

---Several creatures and loose bodies, with the options of the world beside them. Rewards and ends are a function for all agents or
---one for each, by names.
---@class rl.world: rl.env_options
---@field name? string
---@field creatures table<string, string|rl.creature|rl.world_creature> or a list
---@field bodies? table<string, rl.world_body> or a list
---@field together? boolean one agent's end is that of all

---@class rl.creature: rl.creature_numbers
---@field bodies rl.body[]
---@field motors? rl.motor_numbers[]
---@field muscles? rl.muscle[]
---@field head? rl.head_numbers of the trunk
---@field feet string[]
---@field start? rl.start rl.start_numbers and angles: how an episode begins
---@field controller? rl.controller|false
---@field motion? rl.motion|false to follow: its columns JOINT_angle, root_angle, root_x, root_y

---@class rl.start: rl.start_numbers
---@field angles? table<string, number> rad of joints from the standing pose

---What is different about a human: lua/rl/creatures/human.lua says how all else follows.
---@class rl.proportions
---@field height? number m, 1.79
---@field mass? number kg; left out: by the body mass index of 80 kg at 1.79 m
---@field leg? number times the length that the height gives, 1
---@field strength? number times the force that mass and height give, 1
---@field motors? { hip?: number, knee?: number, ankle?: number } N m of motors, in place of muscles

---A copy of the description, to change and give to rl.env.
---@param name string
---@param numbers? rl.proportions|table what is different: of "human" and "reflex_human" proportions, of the creatures of rl.creatures parts of their design
---@return rl.creature
function rl.creature(name, numbers) end

---A creature that is a function of a design: what rl.creature(name) gives is built of the means.
---@class rl.creature_module
---@field summary string
---@field design fun(p: fun(mean: number, deviation: number, least: number, greatest: number): any, actuation?: "motors"|"muscles"): table what is free, each number made by p: rl.param for a search
---@field build fun(design: table): rl.creature the creature of a design with numbers in it

---@type table<"gnome"|"human"|"raptor"|"strider", rl.creature_module>
rl.creatures = {}

-- Policies, values, methods -------------------------------------------------------------------------------------------

---@class rl.network_options
---@field hidden? integer[] widths, {64, 64}
---@field activation? "tanh"|"relu"|"identity"
---@field normalize? boolean running normalisation of observations, true
---@field clip? number of the (normalised) observations, 10 when they are normalised, else none
---@field layer_norm? boolean layer normalisation of the hidden layers, false
---@field gru? integer units of a recurrent layer between the hidden layers and the output, 0
---@field history? integer observations that it reads, the last ones, 1; policy and value of a method need the same
---@field init? "orthogonal"|"xavier" orthogonal: hidden gain sqrt 2, output gain .01 of a policy and 1 of a value
---@field seed? integer that of the run

---@class rl.value_options: rl.network_options
---@field action? boolean the value of an action in a state: it takes both, side by side (predict [n, obs + act]), false

---@class rl.policy_options: rl.network_options
---@field squash? boolean actions within their bounds, by tanh (then std is "state"); for methods that learn from a memory, false
---@field log_std? number initial, or fixed, -0.5; of box actions
---@field std? "free"|"state"|"fixed" log-std as a parameter, as outputs of the network, or as it is, "free"
---@field value_head? boolean the value is one more output of this network, false

---@class rl.policy
---@field theta rl.tensor every parameter, a live view
---@field action_space rl.env_space what it does, as env.action_space: with the names of choices, also from a file
---@field log_std rl.tensor the part of theta with the log standard deviations (box actions), a live view
local policy = {}
---A policy with a history or a recurrent layer (gru) remembers what it was given in the calls before, of each row; rows of [n, history * obs], the
---oldest first, as batch.obs has them, are all that it reads and are not remembered.
---@param observations rl.tensorlike [n, obs]
---@param rng rl.rng
---@return rl.tensor actions
---@return rl.tensor log_prob [n]
function policy:act(observations, rng) end
---The most likely actions; remembers as act does.
---@param observations rl.tensorlike [n, obs]
---@return rl.tensor
function policy:mean(observations) end
---Forgets what act and mean have remembered: an episode begins.
---@param done? rl.tensorlike [n]: only of rows where it is not 0
function policy:reset(done) end
---The distributions over actions, whose log-probabilities, entropy and KL are variables.
---@param observations rl.tensorlike [n, history * obs]
---@return rl.dist
function policy:dist(observations) end
---Takes observations into the normaliser, as an update does at its end.
---@param observations rl.tensorlike [..., obs]
function policy:observe(observations) end
---@param path string
---@return boolean? ok
---@return string? message
function policy:save(path) end
---Parameters and statistics of a file, into one of the same architecture; a refused load changes nothing.
---@param path string
---@return boolean? ok
---@return string? message
function policy:load(path) end
---Writes the policy for programs without this module, in the form that the extension names: plain Lua (brain.lua), ONNX
---(brain.onnx) or C99 (brain.h). Another extension is an error.
---@param path string
---@return boolean? ok
---@return string? message
function policy:export(path) end
---The same in memory of its own: a base to keep near, a snapshot.
---@return rl.policy
function policy:clone() end
---What is free of theta, a copy: of a symmetric policy one of each two parameters, else all.
---@return rl.tensor [n]
function policy:free() end
---theta as it follows from what is free: env:evaluate(policy, policy:spread(es:ask())).
---@param free rl.tensorlike [n] or [rows, n]
---@return rl.tensor [parameters] or [rows, parameters]
function policy:spread(free) end
---@return table<string, any> the architecture
function policy:options() end
---@return table[] rows of the options it is made with: name, type, default, range, unit, meaning
function policy:describe() end

---@param environment rl.env
---@param options? rl.policy_options
---@return rl.policy
function rl.policy(environment, options) end
---@param path string
---@param environment? rl.env that it must fit
---@return rl.policy?
---@return string? message beside a policy: a notice that its file was altered after it was saved
function rl.load_policy(path, environment) end
---@param path string of value:save
---@param environment? rl.env that it must fit
---@return rl.value?
---@return string? message beside a value: a notice that its file was altered after it was saved
function rl.load_value(path, environment) end

---@class rl.value
---@field theta rl.tensor
local value = {}
---Forgets what predict has remembered, as policy:reset does.
---@param done? rl.tensorlike [n]: only of rows where it is not 0
function value:reset(done) end
---Remembers as policy:act does.
---@param observations rl.tensorlike [n, obs]
---@return rl.tensor [n]
function value:predict(observations) end
---The same as a variable.
---@param observations rl.tensorlike [n, obs]
---@return rl.variable [n]
function value:forward(observations) end
---Takes observations into the normaliser, as an update does at its end.
---@param observations rl.tensorlike [..., obs]
function value:observe(observations) end
---@return table<string, any> the architecture
function value:options() end
---@return table[] rows of the options it is made with: name, type, default, range, unit, meaning
function value:describe() end
---@param path string
---@return boolean? ok
---@return string? message or, beside true, what does not go on bit for bit
function value:save(path) end
---Parameters and statistics, into one of the same architecture; a refused load changes nothing.
---@param path string
---@return boolean? ok
---@return string? message or, beside true, what does not go on bit for bit
function value:load(path) end

---@param environment rl.env
---@param options? rl.value_options
---@return rl.value
function rl.value(environment, options) end

---@class rl.clone_options: rl.clone_settings
---@field policy rl.policy
---@field demonstrations rl.demonstration copied
---@field env? rl.env of the demonstrations: for symmetric, and for run

---@class rl.clone_stats
---@field epoch integer
---@field likelihood number mean log-probability of what is learnt from, while it was
---@field held_out? number of what is held out, after the epoch
---@field best? number of held_out so far
---@field entropy number
---@field grad_norm number mean over the epoch, before clipping
---@field mean_return? number of the episodes that run plays at the end; so mean_length
---@field mean_length? number
---@field terminated? integer how many of them

---Behaviour cloning: the likeliest parameters by Adam on minibatches, until all epochs are over or what is held out has got no
---likelier for `patience` epochs; the policy then has the parameters that were best. A normaliser that has seen nothing
---gets the statistics of the demonstrations.
---@class rl.cloning
local cloning = {}
---@return rl.clone_stats of one epoch
function cloning:update() end
---@param milliseconds number about so long
---@return rl.clone_stats? when an epoch is complete
function cloning:advance(milliseconds) end
---@return "epochs"|"held_out"|nil reason why it has stopped
function cloning:stop() end
---All epochs. each: called after every one, false ends it. With an environment, episodes of it at the end: 20.
---@param options? { each: fun(stats: rl.clone_stats): boolean?, episodes: integer?, seed: integer? }
---@return rl.clone_stats of the last epoch
function cloning:run(options) end
---@return rl.policy
---@return rl.env?
function cloning:parts() end
---@return table<string, any>
function cloning:options() end
---@return table[] rows of the options
function cloning:describe() end
---Between epochs; the policy saves itself.
---@param path string
---@return boolean? ok
---@return string? message
function cloning:save(path) end
---With the same demonstrations; a refused load changes nothing.
---@param path string
---@return boolean? ok
---@return string? message
function cloning:load(path) end

---@param options rl.clone_options
---@return rl.cloning
function rl.clone(options) end

-- Every method has the same face; what it is made of are its options. Defaults stand after the meaning, one for all
-- methods unless it says which.

---@class rl.method_parts
---@field env rl.env
---@field policy? rl.policy without one the method makes its own, and a value, and gives them besides: method, policy, value
---@field value? rl.value the critic; none with a value_head, and for estimators that need none
---@field base? rl.policy that base_kl_coef keeps the policy near
---@field demonstrations? rl.demonstration whose actions demonstration_coef makes likely: copied, with mirror images where the samples have them
---@field seed? integer of actions and shuffles, that of the run
---@class rl.collect_stats
---@field steps integer of all batches so far
---@field episodes integer that finished in this batch
---@field terminated integer of those
---@field cut integer copies whose episode went on when the batch ended; of a batch of episodes, those judged by a part
---@field mean_return? number of those; nil: none finished
---@field mean_length? number of those
---@field mean_reward number a step
---@field terms table<string, number> mean of each term of the reward a step

---Its tensors may be changed in place: what follows from rewards and values follows from what they are when the batch is
---used; advantages and targets that were changed themselves stay.
---@class rl.batch
---@field stats rl.collect_stats
---@field obs rl.tensor [steps, n, obs]
---@field action rl.tensor [steps, n, act]; [steps, n] where actions are discrete, from 0 on: env:step takes batch.action[t]
---@field log_prob rl.tensor [steps, n] of the policy that acted; with advantage vtrace and lag, of the policy as it was at collect
---@field reward rl.tensor [steps, n] as the environment gave it
---@field value rl.tensor [steps, n] 0 without a critic
---@field advantage rl.tensor [steps, n] not normalised
---@field target rl.tensor [steps, n] what V should have been by the same estimate
---@field terminated rl.tensor [steps, n] 1 where the task ended
---@field truncated rl.tensor [steps, n] 1 where time or range ran out
---@field valid rl.tensor [steps, n] 1 where a step was taken: in a batch of episodes the others are of no meaning
---@field cut_value rl.tensor [steps, n] value of the state a truncated step ended at
---@field last_value rl.tensor [n] value of the state after the last step

---Number i of an image is sign[i] times number index[i] of what it is the image of, which is called name[i]; of
---discrete actions the choices change places.
---@class rl.mirror
---@field index integer[]
---@field sign integer[] 1 or -1
---@field name string[]

---Means over the last epoch, of what the method has.
---@class rl.update_stats
---@field approx_kl? number of the old policy to the new, by the samples: mean of (ratio - 1) - log ratio
---@field kl? number the same exactly, after the update; not of ppo, grpo and a3c
---@field entropy? number not of ddpg and maddpg; nil, as losses are, of an update without a gradient step
---@field policy_loss? number
---@field value_loss? number with a critic
---@field explained_variance? number of the targets by the values before the update, with a critic
---@field clip_fraction? number of ppo and grpo
---@field grad_norm? number of the policy, before clipping
---@field base_kl? number of the policy to the base
---@field demonstrated? number log-probability of demonstrated actions, where demonstration_coef is above 0
---@field asymmetry? number mean over states of |mean action - image of the mean action in the image|^2, with symmetric = "data" or "loss"
---@field beta? number of ppo_penalty, from now on
---@field improvement? number of the surrogate objective by the step of npg and trpo
---@field backtracks? integer of trpo's line search; -1: no step was good enough, the policy stays
---@field lr? number that this update had, where option anneal lets it fall: 0 when its updates are over
---@field epochs_done? integer that the policy began; not with a memory
---@field alpha? number of methods with a memory, as what follows: what weighs the entropy, from now on
---@field mean_q? number what the critics say of the policy's actions
---@field effective_fraction? number of awac and off_pac: share of a minibatch that its weights are worth
---@field gradient_steps? number made in this update
---@field remembered? number steps in the memory

---@class rl.steps
---@field obs rl.tensorlike [steps, obs]; [steps, history * obs], as batch.obs has them, where the policy has a history
---@field action rl.tensorlike [steps, act]; [steps] where actions are discrete, from 0 on
---@field reward rl.tensorlike [steps]
---@field next_obs rl.tensorlike [steps, obs] likewise: what was seen after the step; whatever where it terminated
---@field terminated rl.tensorlike [steps] 1 where the task ended, else 0
---@field log_prob? rl.tensorlike [steps] of the action, by who took it; rl.off_pac needs it
---@field valid? rl.tensorlike [steps] as batch.valid: 0 where none was taken, as an agent had ended and its world went on; 1 unless said

---@class rl.method
local method = {}
---With option lag: the batch that was collected meanwhile, and begins the next one, of so many steps.
---@param steps? integer of each copy; where batches are episodes, at most, and needed. Else 2048 of all copies together, 256 of
---a2c, one of each copy of actor_critic and of methods with a memory
---@return rl.batch its tensors are written over by the next collect
function method:collect(steps) end
---A number instead of a batch: so many gradient steps on what the memory of the method has; a batch that waits still waits.
---@param batch rl.batch|integer
---@return rl.update_stats
function method:update(batch) end
---Puts steps of whoever took them, or demonstrations, into the memory of a method that has one. Of demonstrations nobody knows
---how likely they were: rl.off_pac cannot weigh them. rl.maddpg takes steps as a world's rows lie in the environment, all agents of
---each, those that rest marked by `valid`, and no demonstrations where there are several.
---@param steps rl.steps|rl.demonstration
---@return integer remembered steps in the memory
function method:remember(steps) end
---The gradients of the losses over these samples as one minibatch; no step is taken.
---@param batch rl.batch
---@param samples rl.tensorlike from 1 to steps x n, as the batch's tensors reshaped to one dimension count them
---@return rl.tensor policy
---@return rl.tensor? value
function method:gradient(batch, samples) end
---Between updates: schedules.
---@param settings rl.method_settings
function method:set(settings) end
---Training in slices, for a program that must draw.
---@param options rl.trainer_options
---@return rl.trainer
function method:trainer(options) end
---For a game that owns its loop: it asks for actions and hands in what came of them.
---@param n? integer copies, those of the environment, which is not stepped
---@param options? rl.agent_options
---@return rl.agent
function method:agent(n, options) end
---@return table<string, any> the options as they are now
function method:options() end
---@return table[] rows of the options: name, type, default, min, max, choices, unit, meaning; and name, meaning, source of the method, and policy and value, the options that those are made with
function method:describe() end
---Optimisers, streams, counters, scales, coefficients, options that were set; in the middle of a batch or an update, or
---between them, the batch as well. Not policy, value and environment, which have their own.
---@param path string
---@return boolean? ok
---@return string? message or, beside true, what does not go on bit for bit
function method:save(path) end
---Goes on bit for bit, in one of the same method, options and sizes; a refused load changes nothing.
---@param path string
---@return boolean? ok
---@return string? message or, beside true, what does not go on bit for bit
function method:load(path) end
---The batch that the last collect gave, for update after a load; nil: there is none.
---@return rl.batch?
function method:batch() end

---@class rl.trainer_options
---@field steps integer of each copy in a batch, as method:collect takes it

---Collects and updates in pieces: the same bytes as method:collect and method:update, whatever the slices. While an
---iteration is half done the method takes no other call that would change it, and the environment must not be stepped.
---@class rl.trainer
local trainer = {}
---Works for about so long: at least one piece (a step of all copies, a minibatch), and no further one that would take
---longer than what is left if it takes as long as the last. Returns at the end of an iteration.
---@param milliseconds number 0 or more
---@return "collect"|"update"|"done" phase "done": this call has ended an update
---@return number fraction of the phase that is done
---@return rl.collect_stats? batch with "done"
---@return rl.update_stats? update with "done"
function trainer:advance(milliseconds) end
---Goes on with what is half done, or begins, in a thread of its own, for environments that call no function in Lua. It
---trains copies of the networks: `poll` and `stop` hand policy and value over, whole, after complete iterations.
---Until `stop` method and environment refuse what the thread needs. The bytes are those of method:collect and
---method:update.
---@param iterations? integer after which it ends by itself; none: it goes on until `stop`
function trainer:start(iterations) end
---Never waits for the thread. Raises the error that has ended it, when all iterations are told.
---@return "collect"|"update"|"done"|"stopped" phase "done": here is an iteration that was not told of; ask again for the next
---@return number fraction of the phase that is done
---@return rl.collect_stats? batch with "done"
---@return rl.update_stats? update with "done"
function trainer:poll() end
---Ends the thread within a piece. What is half done stays so: start and advance go on with it, on the thread's copies, so
---that what the script writes to policy or value meanwhile is lost; reset gives it up.
function trainer:stop() end
---Gives up what is half done, whoever began it; policy and value are then as before the update.
function trainer:reset() end
---Which trainer of its method it is; what is half done is saved with the method.
---@param path string
---@return boolean? ok
---@return string? message
function trainer:save(path) end
---Into the trainer that was made as the same, of a method that is loaded as well.
---@param path string
---@return boolean? ok
---@return string? message
function trainer:load(path) end

---@class rl.agent_options
---@field steps? integer of each copy in a batch, 128
---@field slices? boolean the game calls agent:advance; else agent:act does all of an update when a batch is full; false

---A method that is handed its steps. Terminated: the task ended, nothing comes after. Truncated: the episode was cut,
---and what would have come is valued by the last observation.
---@class rl.agent
local agent = {}
---@param observations rl.tensorlike [n, obs] what each copy sees now; after the end of an episode, the first of the next
---@return rl.tensor actions [n, act] or [n] choices, as sampled, not clamped
---@return rl.collect_stats? batch where this call has done an update
---@return rl.update_stats? update
function agent:act(observations) end
---What came of the actions.
---@param rewards rl.tensorlike [n]
---@param terminated? boolean|boolean[]|rl.tensorlike [n]; none by default; wins over truncated
---@param truncated? boolean|boolean[]|rl.tensorlike [n]; none by default
---@param final_observations? rl.tensorlike [n, obs] read where truncated, or beside such a row by critics of all agents
function agent:reward(rewards, terminated, truncated, final_observations) end
---With `slices`: a slice of the update that a full batch is for, as trainer:advance. What is played until it is done is
---no part of any batch.
---@param milliseconds number 0 or more
---@return "collect"|"update"|"done" phase
---@return number fraction
---@return rl.collect_stats? batch
---@return rl.update_stats? update
function agent:advance(milliseconds) end
---All copies begin anew, and what is half done is given up, whoever began it.
function agent:reset() end
---What was seen and handed in so far; the batch is saved with the method.
---@param path string
---@return boolean? ok
---@return string? message
function agent:save(path) end
---Into the agent that was made as the same, of a method that is loaded as well.
---@param path string
---@return boolean? ok
---@return string? message
function agent:load(path) end

---Collects batches for an update of one's own.
---@class rl.rollout
local rollout = {}
---@param steps integer of each copy; where batches are episodes, at most
---@return rl.batch its tensors are written over by the next collect
function rollout:collect(steps) end
---Between batches.
---@param settings rl.rollout_settings
function rollout:set(settings) end
---@return table<string, any> the options as they are now
function rollout:options() end
---@return table[] rows of the options: name, type, default, range, unit, meaning
function rollout:describe() end
---Streams, counters, scales and options that were set.
---@param path string
---@return boolean? ok
---@return string? message or, beside true, what does not go on bit for bit
function rollout:save(path) end
---Goes on bit for bit, in one of the same sizes; a refused load changes nothing.
---@param path string
---@return boolean? ok
---@return string? message or, beside true, what does not go on bit for bit
function rollout:load(path) end
---The names of all of them.
---@type string[]
rl.methods = {}
---Collects and estimates, for an update of one's own.
---@param options rl.rollout_options
---@return rl.rollout
function rl.rollout(options) end

---The nine code-level optimisations of Engstrom et al. 2020. A preset gives each; beside them go the options of the
---networks (but clip) and of the method, which win over what a switch implies.
---@class rl.preset_options
---@field updates? integer how many there will be, for annealing
---@field value_function_clipping? boolean value_clip .2
---@field reward_scaling? boolean
---@field orthogonal_initialization? boolean and layer scaling; off: init "xavier"
---@field adam_lr_annealing? boolean to 0 over `updates`
---@field reward_clipping? boolean reward_clip 10
---@field observation_normalization? boolean normalize
---@field observation_clipping? boolean to +- 10
---@field tanh_activations? boolean off: "relu"
---@field global_gradient_clipping? boolean max_grad_norm .5
---@field method? string whose constructor it is for
---@field seed? integer of everything, that of the run
---@field [string] any

---@param name "ppo"|"ppo_m"|"ppo_noclip"|"trpo"|"trpo_plus"|string
---@param environment rl.env
---@param options? rl.preset_options
---@return rl.method
---@return rl.policy
---@return rl.value
function rl.preset(name, environment, options) end
---What each preset gives; one of your own is one more entry.
---@type table<string, rl.preset_options>
rl.presets = {}

-- Derivative-free methods ---------------------------------------------------------------------------------------------

---What every search takes: a start, or a space.
---What every search takes: a start, or a space.
---@class rl.search_problem
---@field env? rl.env without x0: a linear policy of it is searched for, and given besides: search, policy
---@field x0? number[]|rl.tensor where it begins: policy.theta, or a list; with a space: elsewhere than at its means
---@field space? rl.space start, scales, bounds and whole numbers of a description; sigma is then in units of std, 1
---@field lower? number|number[]|rl.tensor bounds, -math.huge: none
---@field upper? number|number[]|rl.tensor
---@field scale? number|number[]|rl.tensor factor on sigma of each coordinate, 1
---@field fixed? integer[] coordinates, from 1, that stay at x0
---@field integer? integer[] coordinates, from 1, that are whole numbers
---@field measures? rl.measure[] of what candidates do: the grid of the archive of map_elites and cma_me, 8 at most; none:
---one cell. 2^24 cells at most, and 2^27 numbers: cells times (coordinates + measures + 2)
---@field max_seconds? number looked at by stop() alone

---@class rl.measure
---@field name string
---@field lower number both ends belong to the range
---@field upper number
---@field cells integer of equal width

---@class rl.elite the best candidate of a cell of an archive
---@field x rl.tensor|number[]
---@field value number as it was told
---@field measures table<string, number>
---@field index integer[] of the cell: one for each measure, from 1

---A derivative-free search, whichever method: ask, tell, until it stops. Everything is float64 but the tensors.
---Bounds, whole numbers and fixed coordinates work in every method: it searches numbers without bounds, which a smooth
---transformation brings inside them. Whole numbers are tried at every step size, however small sigma is. A standard
---deviation is at most a third of the range of a coordinate with two bounds: `notice` says so. ask, best and mean are
---within the bounds as float32 too (where a float32 is), so that inject and x0 take them.
---@class rl.search
---@field best? rl.tensor the best candidate so far: where values are noisy, its value may be too good. With constraints the best feasible one, while there is none the one that violates least. Several objectives have none, but a front
---@field best_return? number its value (its cost with `minimize`)
---@field best_evaluation? integer which evaluation it was
---@field best_constraints? rl.tensor [extras] what the best was told beside its value
---@field violation? number with constraints: 0 where the best is feasible, else the sum of those of its constraints that are above 0
---@field mean rl.tensor of the distribution: where values are noisy, the better answer
---@field deviation rl.tensor standard deviations, 0 where fixed
---@field sigma number the step size; where a method has none, root mean square of deviation / scale
---@field popsize integer candidates of the next ask
---@field dim integer
---@field iterations integer
---@field evaluations integer
---@field not_finite integer candidates that were told a number that is NaN or infinite; they rank worst. Where all are, nothing else changes
---@field objectives integer values that a candidate is told: 1 but in methods for several
---@field extras integer numbers that a candidate is told beside: constraints or measures, else 0
---@field restarts integer so far; cmaes, and of the emitters of cma_me
---@field last_stop? string[] why the run before the latest restart ended
---@field notice? string what the search does otherwise than it was told (a deviation that bounds make smaller), or a full
---covariance of 1,000 coordinates and more that nobody asked for; run:log prints it once
---@field noise_evaluations integer of each candidate of the next ask, whose mean is to be told; 1 but in cmaes with reevaluate
---@field space? rl.space that it was made with
---@field cells? integer of the archive; map_elites and cma_me
---@field filled? integer cells that hold a candidate
---@field coverage? number filled / cells
---@field best_measures? rl.tensor [measures] of the best
---@field outside? integer candidates whose measures were out of range: no cell takes them
---@field qd_score? number sum over the filled cells of value - score_from; with `minimize` of score_from - value
local search = {}
---The best candidate in double precision, exactly as it was evaluated: of candidates that were told as a tensor, the
---float32 that it held. nil before there is one.
---@return number[]?
function search:best_list() end
---The mean in double precision.
---@return number[]
function search:mean_list() end
---The next candidates, [count, dim]; count is popsize, which may change from one to the next.
---@return rl.tensor
function search:ask() end
---The same as lists of numbers in double precision, for functions in plain Lua.
---@return number[][]
function search:ask_lists() end
---@param x rl.tensor|number[][] what the last ask gave
---@param values number[]|number[][]|rl.tensor one a candidate, maximised unless `minimize`; of several objectives a row each
---@param more? number[]|number[][]|rl.tensor `extras` numbers a candidate, where the search expects some; else not looked at
function search:tell(x, values, more) end
---Of several objectives: the points that no other one dominates, of the popsize that the search keeps, ordered by the first
---objective, best first, and what they returned. A search of one objective has none.
---@return rl.tensor x [count, dim]
---@return rl.tensor values [count, objectives]
function search:front() end
---The same as lists, in double precision.
---@return number[][] x
---@return number[][] values
function search:front_lists() end
---The area, volume ... between the front and a reference: values that all points of interest are better than. The larger,
---the better the front.
---@param reference number[]|rl.tensor a number an objective
---@return number
function search:hypervolume(reference) end
---x will be among the candidates of the next ask; cmaes, mo_cmaes.
---@param x number[]|rl.tensor
function search:inject(x) end
---The filled cells, in the order of their indices; x as `ask` rounds it. map_elites and cma_me.
---@return rl.elite[]
function search:archive() end
---The same, x as lists of numbers in double precision.
---@return rl.elite[]
function search:archive_lists() end
---nil, or why the run should end, by name: the limits (max_iterations, max_evaluations, max_seconds, target),
---"not_finite" after 50 asks in a row without a finite value, and the method's own; cmaes: "tolfun", "tolfunhist", "tolx", "tolupsigma", "conditioncov", "noeffectaxis",
---"noeffectcoord", "stagnation", "flatfitness", with restarts "tolgap" and "tolxup", and after those of the last run "max_restarts".
---@return string[]?
function search:stop() end
---As they are now, with numbers for what was left to it and for schedules.
---@return table
function search:options() end
---What each option is: name, type, default, range, unit and meaning, and whether `set` can change it.
---@return table[]
function search:describe() end
---Changes schedules, tolerances and limits during a run.
---@param options table<string, rl.schedule|boolean>
function search:set(options) end
---The whole state, also between ask and tell.
---@param path string
---@return boolean? ok
---@return string? message
function search:save(path) end
---Continues the saved run bit for bit; of the same problem, else the message says what differs. What `set` has changed goes
---on; an option that this one was made with and the saved one was not stays as it is here.
---@param path string
---@return boolean? ok
---@return string? message or, beside true, what stays as it is here
function search:load(path) end
---The names of all of them.
---@type string[]
rl.searches = {}

---A function in plain Lua on every row: what a search is told. Where it takes long enough, copies of a function that only
---computes run on all threads, with the same values; one that writes to what outlives its call runs on the calling one.
---The values also as a list, which float32 does not round. Where the function returns a list, as of several objectives or
---constraints, [n, m] and a list of lists.
---@param fn fun(row: number[], index: integer): number|number[]
---@param xs rl.tensor|number[][] [n, d]
---@return rl.tensor values [n], or [n, m]
---@return number[]|number[][]
function rl.map(fn, xs) end

---One free number of a description. The same object at two places is one number.
---@class rl.param
---@field mean number
---@field std number
---@field min number
---@field max number
---@field integer? boolean
---@field group? string for summary; else the first part of its path

---@param mean number where a search begins
---@param std number how far it looks around at first
---@param min? number none
---@param max? number none
---@return rl.param
---@overload fun(options: { mean: number, std: number, min: number?, max: number?, integer: boolean?, group: string? }): rl.param
function rl.param(mean, std, min, max) end

---Every rl.param of a nested table, by its path: "thigh.length"; elements of lists by their `name` or `joint`, else by
---index: "motors.hip.torque", "path[1].x". #space: how many.
---@class rl.space
---@field names string[]
---@field mean number[]
---@field std number[]
---@field lower number[]
---@field upper number[]
---@field integer integer[] which are whole numbers
---@field [integer] rl.param
local space = {}
---A copy of the table with numbers in place, within their bounds.
---@param x rl.tensor|number[]
---@return table design
function space:decode(x) end
---The way back. Raises for what is missing, outside of its bounds, or not the same at all places of a parameter.
---@param design table
---@return number[]
function space:encode(design) end
---A table to print: groups, counts, bounds.
---@return string
function space:summary() end
---A readable Lua data file; the design is checked first.
---@param path string
---@param design table
---@return boolean? ok
---@return string? message
function space:save(path, design) end
---@param description table
---@return rl.space
function rl.space(description) end
---Reads a design file as data: literals only, nothing is run. nil and a message with line and column.
---@param path string
---@return table? design
---@return string? message
function rl.load_design(path) end
---A design as a Lua data file; space:save checks it against its space first. nil and a message.
---@param path string
---@param design table
---@return boolean? ok
---@return string? message
function rl.save_design(path, design) end
---The creature of a design file: a whole one, or what is free about the creature `name` of rl.creatures. nil and a message.
---@param path string
---@param name? string
---@return rl.creature? creature
---@return string? message
function rl.load_creature(path, name) end
---A creature as a file of plain Lua for love.physics of LOVE 11, which needs nothing of rl. `require` gives a table with new(world, x,
---y, start), ground(world, xy), dt, substeps, velocity_iterations, position_iterations, gravity; what new gives has observe(),
---act(action), step(action), fallen(), destroy(), bodies, joints, trunk. In pixels of love.physics.setMeter, y downward.
---Raises for muscles and soft stops.
---@param creature string|rl.creature|rl.env an environment with its options, or what rl.env takes
---@param path string
---@param options? rl.env_options when `creature` is not an environment
---@return boolean? ok nil and a message when the file cannot be written
---@return string? message
function rl.export_creature(creature, path, options) end

---@alias rl.standard_function fun(x: number[]|rl.tensor): number

---Standard functions of a list of numbers, to be minimised: 0 at the origin, rosenbrock at 1, 1, ...
---@type { sphere: rl.standard_function, ellipsoid: rl.standard_function, cigar: rl.standard_function, discus: rl.standard_function, rosenbrock: rl.standard_function, different_powers: rl.standard_function, rastrigin: rl.standard_function }
rl.functions = {}

---An option, or a number in a description.
---@class rl.row
---@field name string
---@field type "number"|"integer"|"boolean"|"choice"|"pair"|"name"|"list"
---@field unit string "" where there is none
---@field meaning string
---@field default? any none where the number must be given, or follows from others
---@field min? number
---@field max? number
---@field choices? string[]
---@field live? boolean may change during a run
---@field was? string its name in version 0.1

---What can be told to a method, a search, or an environment (then with `fields`, what its reward reads), or stands in
---the table of a part of a creature, by its name; of a world before it is made, given as its table, also its agents; without
---a name all names that there are, by kind.
---@param name? string|table
---@return rl.row[]|{ options: rl.row[], fields: rl.row[], agents: table[]? }|table<"methods"|"searches"|"environments"|"parts", string[]>
function rl.describe(name) end

-- Experiments ---------------------------------------------------------------------------------------------------------

---The options of a script, with what the command line set, that of a plain lua5.4 too; `seed` is always there.
---@generic T: table
---@param defaults T
---@return T
function rl.options(defaults) end

---Over the tasks of this process: every combination of a value from each list, the seed changing fastest; of `rlrun --task
---I/N` each N-th from the I-th on. What the command line sets takes the place of its list. A task has the options of opt too.
---@param lists table<string, any[]>
---@param opt? table what rl.options gave
---@return fun(): table|nil
function rl.tasks(lists, opt) end

---@class rl.run
---@field folder string
---@field state table plain data of the script's own, kept in checkpoints; a resumed run finds them as they were
local run = {}
---The loop of a script: the iterations up to n that are still to be done. Between two of them checkpoints are written.
---Ends early when the script has been asked to stop, and when the run's search has met one of its criteria.
---@param n? integer by default the run's
---@return fun(): integer?
function run:iterations(n) end
---One row of progress.csv and the progress line; outside of run:iterations it ends the script after Ctrl-C.
---@param iteration integer
---@param ... table<string, any> stats
function run:log(iteration, ...) end
---The signal by which the script has been asked to stop.
---@return integer|false
function run:stopping() end
---Keeps an object in the checkpoints from here on (nil: no more), and gives it back; a run that is resumed sets it back.
---The name "search" makes it the run's search.
---@generic T
---@param name string
---@param object T of the module, or a table with state() -> plain data and restore(data)
---@return T
function run:keep(name, object) end
---Writes a checkpoint now, for loops without run:iterations.
function run:checkpoint() end
---Writes down, by iteration, what has happened: in config.json.
---@param text string
function run:note(text) end
---@param name string
---@return string
function run:path(name) end
---Writes replay.html. Its path; nil and a message, which is told, where it cannot be written.
---@param recording rl.recording
---@return string? path
---@return string? message
function run:replay(recording) end
function run:finish() end

---@class rl.run_settings
---@field name? string of the folder; the script's
---@field options? table of the script, for config.json
---@field iterations? integer
---@field method? rl.method|rl.rollout|rl.search|table<string, rl.method> with its environment, policy and value; of agents that
---learn side by side all, by name, as env:collect takes them
---@field search? rl.search
---@field env? rl.env
---@field envs? rl.env[] more of them
---@field policy? rl.policy|table<string, rl.policy> what is saved as policy.safetensors; anything with save(path); in a world also
---policies by agents
---@field value? rl.value
---@field optimizer? rl.optimizer
---@field rng? rl.rng
---@field objects? table<string, any> more for checkpoints: objects of the module, or with state() and restore(data)
---@field state? table what run.state begins with
---@field curriculum? rl.curriculum|fun(row: table<string, number>, run: rl.run) is given every row that is logged
---@field best? string the number by which checkpoints/best.safetensors is chosen, "mean_return"
---@field checkpoint? number seconds from one checkpoint to the next, 5
---@field seed? integer for the folder's name; that of the options, or of the method or search
---@field resume? string a folder to go on in, where there is no rlrun --resume

---Creates the folder of a run, or goes on with one. What it is given goes into config.json and into checkpoints.
---@param settings rl.run_settings
---@return rl.run
function rl.run(settings) end

---@class rl.curriculum
---@field stage integer
local curriculum = {}
---Takes in a row of numbers; a run does that with each that it logs.
---@param row table<string, number>
---@return boolean whether a new stage has begun
function curriculum:observe(row) end
---@return table plain data: where it stands
function curriculum:state() end
---@param state table
function curriculum:restore(state) end

---@class rl.stage
---@field set? table options for the environment's set
---@field enter? fun(stage: integer) called when the stage begins
---@field above? number until the mean of the last rows' number is above it
---@field below? number
---@field number? string another number for this stage

---Stages of a task; the last one stays.
---@param settings { stages: rl.stage[], env: rl.env?, number: string?, window: integer? } number "mean_return", window 1
---@return rl.curriculum
function rl.curriculum(settings) end

---The functions of a file that returns a table of them. Under rlrun --live they become those of the file when it has been
---saved, at the next iteration of a run; what does not work is told, and the old ones stay.
---@param path string
---@return table<string, function>
function rl.live(path) end

---Gets or sets the threads of the loops in C; 0: one a core. Results do not depend on it.
---@param n? integer
---@return integer
function rl.threads(n) end

---Which of the processes that share the work of `rlrun --mpi` this one is, from 0 (which writes files and shows progress),
---of how many (1 without --mpi); the bytes that it has given to the others so far, and the seconds it has waited for them.
---@return { rank: integer, count: integer, bytes: integer, waited: number }
function rl.ranks() end
---For a host that runs scripts it does not trust, before it runs them: from here on the module reads files only below
---the folder `read` and writes only below `write` (where runs then leave their folders), links and ".." followed, and
---holds at most `memory` bytes in C; what goes beyond raises. A folder that is not given: none. Once and for good for a
---state. What else of Lua a script may call is for the host to choose.
---@param limits { read: string?, write: string?, memory: integer? }
function rl.confine(limits) end
---@return number s of a clock that only goes forward
function rl.time() end
---What the results of a few seeds say about the mean over all seeds.
rl.statistics = {}
---@param list number[]
---@return number
function rl.statistics.mean(list) end
---With n - 1.
---@param list number[]
---@return number
function rl.statistics.deviation(list) end
---Of the mean.
---@param list number[]
---@return number
function rl.statistics.standard_error(list) end
---@param list number[]
---@return number
function rl.statistics.median(list) end
---The value below which this share of the list lies.
---@param list number[]
---@param share number 0 to 1
---@return number
function rl.statistics.quantile(list, share) end
---The interquartile mean: without the lowest and the highest quarter.
---@param list number[]
---@return number
function rl.statistics.iqm(list) end
---Half the width of the confidence interval of the mean by Student's t; NaN for fewer than two.
---@param list number[]
---@param level? number 0.95
---@return number
function rl.statistics.half_width(list, level) end
---The confidence interval of the mean by Student's t.
---@param list number[]
---@param level? number 0.95
---@return number low
---@return number high
function rl.statistics.interval(list, level) end
---The percentile bootstrap interval of a statistic, by default of the interquartile mean. Lists in `data` are strata,
---each drawn from for itself.
---@param data number[]|number[][]
---@param options? { statistic: (string|fun(list: number[]): number)?, level: number?, resamples: integer?, seed: integer? }
---@return number low
---@return number high
function rl.statistics.bootstrap(data, options) end
---The interval of the probability of `count` successes in `n` trials (Wilson), at 95%.
---@param count integer
---@param n integer
---@return number low
---@return number high
function rl.statistics.proportion(count, n) end
---Welch's test of whether two lists have one mean.
---@param a number[]
---@param b number[]
---@return number t
---@return number freedom
---@return number p two-sided
function rl.statistics.welch(a, b) end

---Time measurements for benchmarks.
rl.timing = {}
---Calls each function once a round, in turn, after one call to warm up.
---@param rounds integer
---@param cases table<string, function>
---@return table<string, number> medians s
function rl.timing.medians(rounds, cases) end
---Prints version, revision and the kernels that run: ours and those of OpenBLAS.
function rl.timing.describe_machine() end

---@class rl.gait_leg
---@field name string of its first joint
---@field side? "l"|"r"
---@field length? number m, stretched, from the first joint to the sole
---@field touchdowns integer
---@field duty number share of the time that it stands
---@field stride_time number s from touchdown to touchdown, the median
---@field range? number[] rad: what its first joint's angle is within for nine tenths of the time
---@field knee? { stance: number, swing: number } rad, of the second joint: mean size of its angle while the leg stands; greatest of a stride, in the mean
---@field step_length number m that its foot is set down ahead of where the other one was before: left and right add up to a stride

---@class rl.gait_pair
---@field name string of the joints without _l and _r
---@field left string
---@field right string
---@field steps integer
---@field alternating number share of steps that another leg takes than the step before; feet that come down together, within a tenth of a stride, are one step of neither
---@field overlap number of the ranges of the first joints: (least upper end - greatest lower end) / (greatest - least); below 0 one leg is always in front
---@field stance number[] shares of left and right in the time that legs stand
---@field symmetry table<string, number> of each joint: 1 - root mean squared difference of left and right curve over the gait cycle / their range
---@field phase number where in the left leg's stride the right foot comes down: .5 in a walk
---@field flight number share of the time in which neither stands
---@field double_support number in which both do

---Figures of what did not happen are NaN.
---@class rl.gait
---@field kind "walks"|"runs"|"limps"|"hops"|"slides"|"stands"|"floats"|"falls" limps: alternating below .95, overlap below .6 or stance shares that differ by more than .2; hops: alternating below .5; runs: in the air for more than a fifth of the time; slides: goes without steps; floats: is in the air without steps, as without gravity; falls: in more than half of the recordings
---@field recordings integer
---@field falls integer of them
---@field seconds number measured
---@field distance number m
---@field speed number m/s
---@field steps integer touchdowns of all legs
---@field cadence number of them a minute, of each leg from its first to its last
---@field step_length number m forward for each
---@field legs rl.gait_leg[]
---@field pairs rl.gait_pair[] left and right: two of a quadruped
---@field alternating number of the worst pair
---@field overlap number of the worst pair
---@field stance number[] of the first pair
---@field support table<integer, number> shares of the time with 0, 1, 2 ... legs on the ground
---@field flight number support[0]
---@field double_support number support[2]
---@field nodding number rad, standard deviation of the trunk's angle
---@field nodding_range number rad, what it is within for nine tenths of the time
---@field cost_of_transport number J/(kg m)
---@field froude number speed^2 / (gravity * length of a leg)
---@field mass number kg
---@field gravity number m/s^2
local gait = {}

---"walks: alternating .98, hips overlap .85, stance .49/.51": what an evaluation ends with.
---@return string
function gait:line() end
---Speed, cadence, step length, double support, flight, nodding and effort in a line.
---@return string
function gait:details() end
---A field over the gait cycle of a leg, in 101 points from a touchdown to the next.
---@param leg integer
---@param field string
---@return { mean: number[], deviation: number[], n: integer } n: strides
function gait:cycle(leg, field) end

---What a walk is like. The legs are found in the creature of the recording; one made by hand may name them: legs =
---{ { feet = names, joints = names from the top down }, ... }.
---@param recordings rl.track|rl.track[] of one creature
---@param options? { after: number?, bounce: number? } s that are left out at the start, 2 (a third at most); s for which a foot must be up to have left the ground, 0.1
---@return rl.gait
function rl.gait(recordings, options) end

---@class rl.motion_options
---@field map? table<string|integer, string|{ [1]: string, scale: number?, offset: number? }> own name = name in the file; or a list of names; all. Own = scale * file + offset, angles in radians by then. time = { NAME, scale = 0.001 }: its column, of milliseconds
---@field creature? string|rl.creature|rl.env takes its joints (JOINT_angle), which must be there, and of the root what there is (root_angle, root_x, root_y)
---@field degrees? boolean angles of the file are degrees; as its header says (inDegrees), or radians
---@field from? number s of the file's clock; what is before is left out
---@field to? number s
---@field fill? number s: gaps up to so long are filled in a straight line, and named in the note; none
---@field rate? number Hz of the motion; as in the file
---@field cycle? boolean|"whole"|number[] one stride, which goes on without an end: found where the curves repeat, all of it, or from and to these seconds
---@field symmetric? boolean of a cycle: left and right do the same half a cycle later, the mean of both
---@field segments? table<string, { [1]: string|string[], [2]: string|string[], rest: ("up"|"down"|"forward"|"back"|number)? }> of markers: body = from and to a marker, or the middle of several; rest is where that points when the creature stands, "down"
---@field origin? string|string[] of markers: the one that root_x and root_y are of
---@field forward? "x"|"y"|"z"|"-x"|"-y"|"-z" axis of the markers, "x"
---@field up? "x"|"y"|"z"|"-x"|"-y"|"-z" "y" of .trc, and what .c3d says, or "z"
---@field units? "m"|"cm"|"mm" of the markers; as the file says
---@field partial? boolean of .c3d: takes the frames that are there where the header says more

---A motion to follow: named curves on a common clock. Plain data, so that a reward may use it on all cores. Phase is 0 at
---the start and 1 at the end.
---@class rl.motion
---@field time number[] s from the start
---@field columns string[] names
---@field values table<string, number[]>
---@field angles string[] the columns that are angles of joints: what `track` compares
---@field rate number Hz
---@field duration number s; of a cycle up to where it begins again
---@field periodic boolean a cycle
---@field advance table<string, number> of what travels (root_x): how far in a cycle
---@field speed? number m/s forward, in the mean
---@field from number s of the file's clock at which it begins
---@field note? string what was done to the numbers
local motion = {}

---A column's value; a cycle goes on beyond 1.
---@param phase number
---@param name string
---@return number
function motion:at(phase, name) end
---A column's change a second.
---@param phase number
---@param name string
---@return number
function motion:speed_at(phase, name) end
---The phase so many seconds after one, 0.
---@param time number
---@param from? number
---@return number
function motion:phase(time, from) end
---How near the joints of a state are to the motion: exp(-d^2), d the root mean square of the differences over `width`.
---@param s table what a reward is given, or any table with these names
---@param phase? number s.phase, which creatures have that follow a motion
---@param width? number rad, 0.3
---@return number 1: in place, to 0
function motion:track(s, phase, width) end

---A motion from .sto, .mot, .csv (columns), .trc, .c3d (markers), or from a recording.
---@param source string|rl.track
---@param options? rl.motion_options
---@return rl.motion
function rl.motion(source, options) end

---For the search of a walk on muscles and reflexes.
rl.walking = {}
---Makes free numbers (rl.param) of the gains of its reflexes, the thresholds of its gait and its start, in place.
---@param creature rl.creature with a controller
---@return rl.creature
function rl.walking.free(creature) end
---Adds reflexes to those of the planar human, in place: a leg that is made ready to land, a knee that folds no further than
---it must, feet that go where balance wants them, and what people do when they trip. With gains to begin a search from.
---@param creature rl.creature with a controller, and the muscles and joints of reflex_human
---@return rl.creature
function rl.walking.ready(creature) end
---One episode, and what it was like after the first two seconds: `duty` and `flight` are shares of the time, `sway` is
---in degrees.
---@param design rl.creature
---@param world table options of rl.env
---@return { fields: table<string, number>, duty: number, flight: number, gait: "walk"|"run"|"hop"|"falls", sway: number }
function rl.walking.watch(design, world) end

---@class rl.picture
---@field title string
---@field note string
---@field x { [1]: number, [2]: number, label: string } from, to
---@field y { [1]: number, [2]: number, label: string }
---@field f fun(x: number, y: number): number
---@field levels number[] of f, a contour each
---@field line { x: number, label: string } dashed, where the optimum is
---@field paths { label: string, color: string, mark: integer, points: { [1]: number, [2]: number }[] }[]

---Writes paths over the contours of a function of two variables as one HTML file. nil and a message.
---@param path string
---@param picture rl.picture
---@return boolean? ok
---@return string? message
function rl.contour(path, picture) end

---@class rl.gallery_archive
---@field title? string
---@field text? string
---@field measures { name: string, unit: string?, lower: number, upper: number, cells: integer }[] two: along, and up
---@field value? string what the colours mean
---@field cells { index: integer[], value: number, text: string?, recording: rl.recording? }[] as search:archive() gives them

---@class rl.rated
---@field rating number on Elo's scale: 400 more is ten wins to one; the first has 0
---@field deviation number standard deviation of its difference from the first
---@field low number 95% from here
---@field high number to here
---@field bouts number

---Ratings of greatest likelihood from a table of bouts, by the model of Bradley and Terry, whatever their order, with
---intervals by the Fisher information. A draw counts as half a bout won by each.
---@param points number[][] points[i][j]: what player i has won against j
---@param options? { prior: number? } bouts, drawn, of each against one of unknown strength, 1
---@return rl.rated[]
function rl.ratings(points, options) end

---@class rl.league_settings
---@field env rl.env a world of two sides, agents or teams, whose agents are alike
---@field folder? string for policies and league.json: run:path("league"); without it nothing is kept
---@field score? fun(episode: table): number of an agent's episode as env:evaluate gives it; more wins. Its return
---@field bouts? integer with each opponent of a new member, half of them from either side, 10
---@field opponents? integer whom a new member meets, 4
---@field uniform? number share of those who are drawn without regard to ratings, 0.2
---@field deterministic? boolean of actions in bouts, true
---@field seed? integer 1

---@class rl.league
local league = {}
---Takes in a copy of a policy, has it play against some members, and rates all anew.
---@param policy rl.policy
---@param at? integer an iteration, say; greater than those before
---@return integer number of the member
function league:add(policy, at) end
---Opponents, which may be the same: mostly of about the strength of the newest member.
---@param n integer
---@return rl.policy[]
function league:draw(n) end
---Bouts that do not count for the ratings, half of them from either side: what the first has won.
---@param one rl.policy|integer a policy, or the number of a member
---@param other rl.policy|integer
---@param bouts? integer even
---@return { points: number, won: integer, drawn: integer, lost: integer, sides: { won: integer, drawn: integer, lost: integer }[] }
function league:match(one, other, bouts) end
---The members, the oldest first.
---@return { at: integer, policy: rl.policy, rating: number, low: number, high: number, bouts: number }[]
function league:table() end
---Of the newest member, for run:log.
---@return { rating: number, rating_low: number, rating_high: number, members: integer }
function league:stats() end
---@return table plain data, for checkpoints: run:keep("league", league)
function league:state() end
---Nil and a message, and nothing is changed, where a member's file is gone or its policy is of another size.
---@param state table
---@return boolean? ok
---@return string? message
function league:restore(state) end

---Frozen copies of a policy as it learns, what they have won against each other, and their ratings: for self-play.
---@param settings rl.league_settings
---@return rl.league
function rl.league(settings) end
---What a run has left in a folder; nil and a message where it, or a member's file, is gone or damaged.
---@param folder string
---@param settings rl.league_settings
---@return rl.league? league
---@return string? message
function rl.load_league(folder, settings) end

---Writes an archive as one HTML file: a map, and the replay of the cell that is picked. Replays have 25 frames a second,
---150 at most, and 24 MiB together, the best cells first. nil and a message.
---@param path string
---@param archive rl.gallery_archive
---@return boolean? ok
---@return string? message
function rl.gallery(path, archive) end

---For benchmarks: seconds of one sgemm, C [m, n] = op(A) op(B).
rl.bench = { sgemm = function(m, n, k, trans_a, trans_b, repeats) end }

return rl
