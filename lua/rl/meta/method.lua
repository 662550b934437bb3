---@meta
-- For editors: policy-gradient methods, trainers and agents.

---@class rl
local rl = {}

-- Policy-gradient methods ---------------------------------------------------------------------------------------------

-- Every method has the same face; what it is made of are its options. Defaults stand after the meaning, one for all
-- methods unless it says which.

---@class rl.method_parts
---@field env rl.env
---@field policy? rl.policy without one the method makes its own, and a value, and gives them besides: method, policy, value
---with a few defaults of their own: rl.trpo and rl.npg a max_kl of .01 and a damping of .1 for each number of an action; rl.trpo, where actions are a
---box, normalizer "large" of both and a log_std of 0; rl.ppo, unless lr is given, a value_lr of 1e-3, and of
---creatures a lambda of .9
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
---None clips the value unless asked. Presets of TRPO have a max_kl of .01 and a damping of .1 for each number of an
---action; those of PPO that anneal begin at an lr of 6e-4 and a value_lr of 3e-3 where no lr is given.
---@class rl.preset_options
---@field updates? integer how many there will be, for annealing
---@field value_function_clipping? boolean value_clip .2; in no preset, the paper's PPO has it
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

return rl
