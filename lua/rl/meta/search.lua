---@meta
-- For editors: derivative-free searches and their spaces.

---@class rl
local rl = {}

-- Derivative-free methods ---------------------------------------------------------------------------------------------

---What every search takes: a start, or a space.
---@class rl.search_problem
---@field env? rl.env without x0: a linear policy of it is searched for, and given besides: search, policy; scale is then, unless it is given or there is an lr, 1
---by the root of observations + 1, so that first actions deviate by sigma however many numbers they follow from, and
---diagonal, of those that have it, whether there are more than 300 parameters
---@field symmetric? "network"|false with env: a policy whose left and right are alike, of which half is searched for; false
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

return rl
