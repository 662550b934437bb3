---@meta
-- For editors: policies, values and behaviour cloning.

---@class rl
local rl = {}

-- Policies and values -------------------------------------------------------------------------------------------------

---@class rl.network_options
---@field hidden? integer[] widths, {64, 64}
---@field activation? "tanh"|"relu"|"identity"
---@field normalize? boolean running normalisation of observations, true
---@field normalizer? "standard"|"scale"|"large" how: standard: less the mean, divided by the deviation; scale: divided by the root of the mean
---square, so that 0 stays 0; large: like scale, but where that root is below 1 the observation stays as it is
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

return rl
