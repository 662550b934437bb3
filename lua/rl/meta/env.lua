---@meta
-- For editors: environments, their episodes and recordings.

---@class rl
local rl = {}

-- Environments --------------------------------------------------------------------------------------------------------

---What a reward reads of an environment that the editor does not know: numbers by name. env:fields() lists them, and pairs goes
---through them (Lua 5.2 and later).
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
---@field notice? string why its functions in Lua run on one thread (nil where they do not, or nobody has tried); or the body that is no
---foot, on which a creature stands
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

return rl
