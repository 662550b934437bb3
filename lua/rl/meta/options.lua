---@meta
-- Written by lua/docs/definition.lua from the tables of the runtime, not to be edited: what methods, searches,
-- environments and the parts of a creature can be told, with units, defaults and ranges.

---@class rl
local rl = {}

-- Methods -------------------------------------------------------------------------------------------------------------

---@class rl.reinforce_settings
---@field seed? integer of actions and shuffles; default 1
---@field advantage? "total"|"reward_to_go"|"baseline"|"q"|"advantage"|"td"|"gae"|"group"|"vtrace"|"constant_baseline"|"time_baseline"|"counterfactual" the estimator of how good an action was; default "baseline"
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field lambda? number of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns; default 0.95, 0 to 1
---@field n_step? integer rewards before the critic: of advantages q and advantage (steps); default 5, 1 to 16777216
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field c_clip? number of advantage vtrace: most that the ratio weighs what comes after a step; default 1, 0 to 1000000
---@field samples? integer of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it is not a sum over one choice (actions); default 8, 1 to 4096
---@field lag? integer the policy that acts is so many updates old, and the next batch is collected while this one is learnt from; advantage is vtrace then, unless another is given (batches); default 0, 0 to 64
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default true
---@field reward_scaling? boolean rewards are divided by the deviation of a running discounted sum; default false
---@field reward_clip? number rewards are clipped to plus or minus this, after scaling; 0: off; default 0, 0 to 1e+09
---@field sequence? integer of recurrent networks: batches are cut so, and gradients go back to where a part begins (steps); default 32, 1 to 64
---@field normalize_advantage? boolean advantages get mean 0 and deviation 1, by minibatch; default true
---@field discounted_gradient? boolean step t of an episode weighs gamma^t, as in the policy gradient theorem; default false
---@field baseline? "state"|"factorised"|"q_prop" what is taken from advantages beside what their estimator does: nothing (state); for each number or choice of an action what a critic makes of the others (factorised); what goes along that critic's slope, which is put back as an expectation (q_prop); default "state"
---@field entropy_coef? number weight of the entropy bonus: more of it explores more; default 0, -1000 to 1000
---@field base_kl_coef? number weight of the KL to the base policy; default 0, 0 to 1000000
---@field value_clip? number the value moves at most this far from its old one; 0: off; default 0, 0 to 1e+09
---@field value_coef? number weight of the value's loss; default 0.5, 0 to 1000000
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field symmetry_coef? number weight of the loss that symmetric = "loss" adds; default 4, 0 to 1000000
---@field demonstration_coef? number weight of the log-probability of demonstrated actions, times the greatest advantage of the batch; 0: off; default 0, 0 to 1000000
---@field demonstration_decay? number factor on that weight after every update; default 0.95, 0 to 1
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.01, 0 to 10
---@field value_lr? number learning rate of the value; 0: lr; default 0.001, 0 to 10
---@field sgd? boolean plain gradient steps instead of those of Adam, or RMSProp; default false
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field epochs? integer passes over the batch; where the policy takes one step, of the value alone; default 10, 1 to 1000
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 64, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0.5, 0 to 1e+09

---@class rl.reinforce_options: rl.reinforce_settings, rl.method_parts

---an episode of each copy, then one step along the sum of return times grad log pi; the value, if there is one, is the baseline (Williams 1992)
---@param options rl.reinforce_options
---@return rl.method
function rl.reinforce(options) end

---@class rl.actor_critic_settings
---@field seed? integer of actions and shuffles; default 1
---@field advantage? "total"|"reward_to_go"|"baseline"|"q"|"advantage"|"td"|"gae"|"group"|"vtrace"|"constant_baseline"|"time_baseline"|"counterfactual" the estimator of how good an action was; default "td"
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field lambda? number of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns; default 0.95, 0 to 1
---@field n_step? integer rewards before the critic: of advantages q and advantage (steps); default 5, 1 to 16777216
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field c_clip? number of advantage vtrace: most that the ratio weighs what comes after a step; default 1, 0 to 1000000
---@field samples? integer of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it is not a sum over one choice (actions); default 8, 1 to 4096
---@field lag? integer the policy that acts is so many updates old, and the next batch is collected while this one is learnt from; advantage is vtrace then, unless another is given (batches); default 0, 0 to 64
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field reward_scaling? boolean rewards are divided by the deviation of a running discounted sum; default false
---@field reward_clip? number rewards are clipped to plus or minus this, after scaling; 0: off; default 0, 0 to 1e+09
---@field sequence? integer of recurrent networks: batches are cut so, and gradients go back to where a part begins (steps); default 32, 1 to 64
---@field normalize_advantage? boolean advantages get mean 0 and deviation 1, by minibatch; default false
---@field discounted_gradient? boolean step t of an episode weighs gamma^t, as in the policy gradient theorem; default false
---@field baseline? "state"|"factorised"|"q_prop" what is taken from advantages beside what their estimator does: nothing (state); for each number or choice of an action what a critic makes of the others (factorised); what goes along that critic's slope, which is put back as an expectation (q_prop); default "state"
---@field entropy_coef? number weight of the entropy bonus: more of it explores more; default 0, -1000 to 1000
---@field base_kl_coef? number weight of the KL to the base policy; default 0, 0 to 1000000
---@field value_clip? number the value moves at most this far from its old one; 0: off; default 0, 0 to 1e+09
---@field value_coef? number weight of the value's loss; default 0.5, 0 to 1000000
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field symmetry_coef? number weight of the loss that symmetric = "loss" adds; default 4, 0 to 1000000
---@field demonstration_coef? number weight of the log-probability of demonstrated actions, times the greatest advantage of the batch; 0: off; default 0, 0 to 1000000
---@field demonstration_decay? number factor on that weight after every update; default 0.95, 0 to 1
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.001, 0 to 10
---@field value_lr? number learning rate of the value; 0: lr; default 0, 0 to 10
---@field sgd? boolean plain gradient steps instead of those of Adam, or RMSProp; default false
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field epochs? integer passes over the batch; where the policy takes one step, of the value alone; default 1, 1 to 1000
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 0, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0.5, 0 to 1e+09

---@class rl.actor_critic_options: rl.actor_critic_settings, rl.method_parts

---one-step actor-critic: a step after every step of the copies, collect(1) (Sutton & Barto 2018, 13.5)
---@param options rl.actor_critic_options
---@return rl.method
function rl.actor_critic(options) end

---@class rl.a2c_settings
---@field seed? integer of actions and shuffles; default 1
---@field advantage? "total"|"reward_to_go"|"baseline"|"q"|"advantage"|"td"|"gae"|"group"|"vtrace"|"constant_baseline"|"time_baseline"|"counterfactual" the estimator of how good an action was; default "gae"
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field lambda? number of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns; default 0.95, 0 to 1
---@field n_step? integer rewards before the critic: of advantages q and advantage (steps); default 5, 1 to 16777216
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field c_clip? number of advantage vtrace: most that the ratio weighs what comes after a step; default 1, 0 to 1000000
---@field samples? integer of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it is not a sum over one choice (actions); default 8, 1 to 4096
---@field lag? integer the policy that acts is so many updates old, and the next batch is collected while this one is learnt from; advantage is vtrace then, unless another is given (batches); default 0, 0 to 64
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field reward_scaling? boolean rewards are divided by the deviation of a running discounted sum; default false
---@field reward_clip? number rewards are clipped to plus or minus this, after scaling; 0: off; default 0, 0 to 1e+09
---@field sequence? integer of recurrent networks: batches are cut so, and gradients go back to where a part begins (steps); default 32, 1 to 64
---@field normalize_advantage? boolean advantages get mean 0 and deviation 1, by minibatch; default false
---@field discounted_gradient? boolean step t of an episode weighs gamma^t, as in the policy gradient theorem; default false
---@field baseline? "state"|"factorised"|"q_prop" what is taken from advantages beside what their estimator does: nothing (state); for each number or choice of an action what a critic makes of the others (factorised); what goes along that critic's slope, which is put back as an expectation (q_prop); default "state"
---@field entropy_coef? number weight of the entropy bonus: more of it explores more; default 0, -1000 to 1000
---@field base_kl_coef? number weight of the KL to the base policy; default 0, 0 to 1000000
---@field value_clip? number the value moves at most this far from its old one; 0: off; default 0, 0 to 1e+09
---@field value_coef? number weight of the value's loss; default 0.5, 0 to 1000000
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field symmetry_coef? number weight of the loss that symmetric = "loss" adds; default 4, 0 to 1000000
---@field demonstration_coef? number weight of the log-probability of demonstrated actions, times the greatest advantage of the batch; 0: off; default 0, 0 to 1000000
---@field demonstration_decay? number factor on that weight after every update; default 0.95, 0 to 1
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.0007, 0 to 10
---@field value_lr? number learning rate of the value; 0: lr; default 0, 0 to 10
---@field sgd? boolean plain gradient steps instead of those of Adam, or RMSProp; default false
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field epochs? integer passes over the batch; where the policy takes one step, of the value alone; default 1, 1 to 1000
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 0, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0.5, 0 to 1e+09

---@class rl.a2c_options: rl.a2c_settings, rl.method_parts

---advantage actor-critic, synchronous: one step a batch, which should be small (Mnih et al. 2016)
---@param options rl.a2c_options
---@return rl.method
function rl.a2c(options) end

---@class rl.a3c_settings
---@field seed? integer of actions and shuffles; default 1
---@field advantage? "total"|"reward_to_go"|"baseline"|"q"|"advantage"|"td"|"gae"|"group"|"vtrace"|"constant_baseline"|"time_baseline"|"counterfactual" the estimator of how good an action was; default "baseline"
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field lambda? number of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns; default 0.95, 0 to 1
---@field n_step? integer rewards before the critic: of advantages q and advantage (steps); default 5, 1 to 16777216
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field c_clip? number of advantage vtrace: most that the ratio weighs what comes after a step; default 1, 0 to 1000000
---@field samples? integer of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it is not a sum over one choice (actions); default 8, 1 to 4096
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field reward_scaling? boolean rewards are divided by the deviation of a running discounted sum; default false
---@field reward_clip? number rewards are clipped to plus or minus this, after scaling; 0: off; default 0, 0 to 1e+09
---@field normalize_advantage? boolean advantages get mean 0 and deviation 1, by minibatch; default false
---@field discounted_gradient? boolean step t of an episode weighs gamma^t, as in the policy gradient theorem; default false
---@field entropy_coef? number weight of the entropy bonus: more of it explores more; default 0.01, -1000 to 1000
---@field base_kl_coef? number weight of the KL to the base policy; default 0, 0 to 1000000
---@field value_clip? number the value moves at most this far from its old one; 0: off; default 0, 0 to 1e+09
---@field value_coef? number weight of the value's loss; default 0.5, 0 to 1000000
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field symmetry_coef? number weight of the loss that symmetric = "loss" adds; default 4, 0 to 1000000
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.0007, 0 to 10
---@field value_lr? number learning rate of the value; 0: lr; default 0, 0 to 10
---@field sgd? boolean plain gradient steps instead of those of Adam, or RMSProp; default false
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0.5, 0 to 1e+09

---@class rl.a3c_options: rl.a3c_settings, rl.method_parts

---asynchronous advantage actor-critic: each copy is a worker that acts and learns by the parameters it took after its own last step; a step for each in its turn, of RMSProp, after few steps of the copies (Mnih et al. 2016)
---@param options rl.a3c_options
---@return rl.method
function rl.a3c(options) end

---@class rl.npg_settings
---@field seed? integer of actions and shuffles; default 1
---@field advantage? "total"|"reward_to_go"|"baseline"|"q"|"advantage"|"td"|"gae"|"group"|"vtrace"|"constant_baseline"|"time_baseline"|"counterfactual" the estimator of how good an action was; default "gae"
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field lambda? number of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns; default 0.95, 0 to 1
---@field n_step? integer rewards before the critic: of advantages q and advantage (steps); default 5, 1 to 16777216
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field c_clip? number of advantage vtrace: most that the ratio weighs what comes after a step; default 1, 0 to 1000000
---@field samples? integer of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it is not a sum over one choice (actions); default 8, 1 to 4096
---@field lag? integer the policy that acts is so many updates old, and the next batch is collected while this one is learnt from; advantage is vtrace then, unless another is given (batches); default 0, 0 to 64
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field reward_scaling? boolean rewards are divided by the deviation of a running discounted sum; default false
---@field reward_clip? number rewards are clipped to plus or minus this, after scaling; 0: off; default 0, 0 to 1e+09
---@field normalize_advantage? boolean advantages get mean 0 and deviation 1, by minibatch; default true
---@field discounted_gradient? boolean step t of an episode weighs gamma^t, as in the policy gradient theorem; default false
---@field baseline? "state"|"factorised"|"q_prop" what is taken from advantages beside what their estimator does: nothing (state); for each number or choice of an action what a critic makes of the others (factorised); what goes along that critic's slope, which is put back as an expectation (q_prop); default "state"
---@field entropy_coef? number weight of the entropy bonus: more of it explores more; default 0, -1000 to 1000
---@field base_kl_coef? number weight of the KL to the base policy; default 0, 0 to 1000000
---@field value_clip? number the value moves at most this far from its old one; 0: off; default 0, 0 to 1e+09
---@field value_coef? number weight of the value's loss; default 0.5, 0 to 1000000
---@field max_kl? number KL of the old policy to the new that a step may reach, or that the penalty aims at (nats); default 0.01, 1e-09 to 1000
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field symmetry_coef? number weight of the loss that symmetric = "loss" adds; default 4, 0 to 1000000
---@field demonstration_coef? number weight of the log-probability of demonstrated actions, times the greatest advantage of the batch; 0: off; default 0, 0 to 1000000
---@field demonstration_decay? number factor on that weight after every update; default 0.95, 0 to 1
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.001, 0 to 10
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field epochs? integer passes over the batch; where the policy takes one step, of the value alone; default 10, 1 to 1000
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 64, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0.5, 0 to 1e+09
---@field step? number theta += step F^-1 g; 0: as long as max_kl allows; default 0, 0 to 1000000
---@field damping? number added to the diagonal of the Fisher matrix; default 0.1, 0 to 1000000
---@field cg_iterations? integer steps of conjugate gradient towards the natural direction; default 10, 1 to 1000
---@field fisher_fraction? number share of the batch that the Fisher matrix is taken on; default 1, 1e-06 to 1

---@class rl.npg_options: rl.npg_settings, rl.method_parts

---natural policy gradient: a step whose length is measured in the policy, not in its parameters (Kakade 2002)
---@param options rl.npg_options
---@return rl.method
function rl.npg(options) end

---@class rl.enac_settings
---@field seed? integer of actions and shuffles; default 1
---@field advantage? "total"|"reward_to_go"|"baseline"|"q"|"advantage"|"td"|"gae"|"group"|"vtrace"|"constant_baseline"|"time_baseline"|"counterfactual" the estimator of how good an action was; default "baseline"
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field lambda? number of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns; default 0.95, 0 to 1
---@field n_step? integer rewards before the critic: of advantages q and advantage (steps); default 5, 1 to 16777216
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field c_clip? number of advantage vtrace: most that the ratio weighs what comes after a step; default 1, 0 to 1000000
---@field samples? integer of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it is not a sum over one choice (actions); default 8, 1 to 4096
---@field lag? integer the policy that acts is so many updates old, and the next batch is collected while this one is learnt from; advantage is vtrace then, unless another is given (batches); default 0, 0 to 64
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default true
---@field reward_scaling? boolean rewards are divided by the deviation of a running discounted sum; default false
---@field reward_clip? number rewards are clipped to plus or minus this, after scaling; 0: off; default 0, 0 to 1e+09
---@field normalize_advantage? boolean advantages get mean 0 and deviation 1, by minibatch; default false
---@field discounted_gradient? boolean step t of an episode weighs gamma^t, as in the policy gradient theorem; default false
---@field entropy_coef? number weight of the entropy bonus: more of it explores more; default 0, -1000 to 1000
---@field base_kl_coef? number weight of the KL to the base policy; default 0, 0 to 1000000
---@field value_clip? number the value moves at most this far from its old one; 0: off; default 0, 0 to 1e+09
---@field value_coef? number weight of the value's loss; default 0.5, 0 to 1000000
---@field max_kl? number KL of the old policy to the new that a step may reach, or that the penalty aims at (nats); default 0.01, 1e-09 to 1000
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field symmetry_coef? number weight of the loss that symmetric = "loss" adds; default 4, 0 to 1000000
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.001, 0 to 10
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field epochs? integer passes over the batch; where the policy takes one step, of the value alone; default 10, 1 to 1000
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 64, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0.5, 0 to 1e+09
---@field step? number theta += step F^-1 g; 0: as long as max_kl allows; default 0, 0 to 1000000
---@field damping? number added to the diagonal of the Fisher matrix; default 0.1, 0 to 1000000
---@field cg_iterations? integer steps of conjugate gradient towards the natural direction; default 50, 1 to 1000
---@field fisher_fraction? number share of the batch that the Fisher matrix is taken on; default 1, 1e-06 to 1

---@class rl.enac_options: rl.enac_settings, rl.method_parts

---episodic natural actor-critic: returns of whole episodes are fitted by sums of grad log pi over each, and the fit is the natural gradient (Peters & Schaal 2008)
---@param options rl.enac_options
---@return rl.method
function rl.enac(options) end

---@class rl.dapg_settings
---@field seed? integer of actions and shuffles; default 1
---@field advantage? "total"|"reward_to_go"|"baseline"|"q"|"advantage"|"td"|"gae"|"group"|"vtrace"|"constant_baseline"|"time_baseline"|"counterfactual" the estimator of how good an action was; default "gae"
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field lambda? number of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns; default 0.95, 0 to 1
---@field n_step? integer rewards before the critic: of advantages q and advantage (steps); default 5, 1 to 16777216
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field c_clip? number of advantage vtrace: most that the ratio weighs what comes after a step; default 1, 0 to 1000000
---@field samples? integer of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it is not a sum over one choice (actions); default 8, 1 to 4096
---@field lag? integer the policy that acts is so many updates old, and the next batch is collected while this one is learnt from; advantage is vtrace then, unless another is given (batches); default 0, 0 to 64
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field reward_scaling? boolean rewards are divided by the deviation of a running discounted sum; default false
---@field reward_clip? number rewards are clipped to plus or minus this, after scaling; 0: off; default 0, 0 to 1e+09
---@field normalize_advantage? boolean advantages get mean 0 and deviation 1, by minibatch; default true
---@field discounted_gradient? boolean step t of an episode weighs gamma^t, as in the policy gradient theorem; default false
---@field baseline? "state"|"factorised"|"q_prop" what is taken from advantages beside what their estimator does: nothing (state); for each number or choice of an action what a critic makes of the others (factorised); what goes along that critic's slope, which is put back as an expectation (q_prop); default "state"
---@field entropy_coef? number weight of the entropy bonus: more of it explores more; default 0, -1000 to 1000
---@field base_kl_coef? number weight of the KL to the base policy; default 0, 0 to 1000000
---@field value_clip? number the value moves at most this far from its old one; 0: off; default 0, 0 to 1e+09
---@field value_coef? number weight of the value's loss; default 0.5, 0 to 1000000
---@field max_kl? number KL of the old policy to the new that a step may reach, or that the penalty aims at (nats); default 0.01, 1e-09 to 1000
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field symmetry_coef? number weight of the loss that symmetric = "loss" adds; default 4, 0 to 1000000
---@field demonstration_coef? number weight of the log-probability of demonstrated actions, times the greatest advantage of the batch; 0: off; default 0.1, 0 to 1000000
---@field demonstration_decay? number factor on that weight after every update; default 0.95, 0 to 1
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.001, 0 to 10
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field epochs? integer passes over the batch; where the policy takes one step, of the value alone; default 10, 1 to 1000
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 64, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0.5, 0 to 1e+09
---@field step? number theta += step F^-1 g; 0: as long as max_kl allows; default 0, 0 to 1000000
---@field damping? number added to the diagonal of the Fisher matrix; default 0.1, 0 to 1000000
---@field cg_iterations? integer steps of conjugate gradient towards the natural direction; default 10, 1 to 1000
---@field fisher_fraction? number share of the batch that the Fisher matrix is taken on; default 1, 1e-06 to 1

---@class rl.dapg_options: rl.dapg_settings, rl.method_parts

---demonstration-augmented policy gradient: a natural step along the gradient of the batch and of demonstrated actions, which fade; begins with a policy that rl.clone has fitted (Rajeswaran et al. 2018)
---@param options rl.dapg_options
---@return rl.method
function rl.dapg(options) end

---@class rl.trpo_settings
---@field seed? integer of actions and shuffles; default 1
---@field advantage? "total"|"reward_to_go"|"baseline"|"q"|"advantage"|"td"|"gae"|"group"|"vtrace"|"constant_baseline"|"time_baseline"|"counterfactual" the estimator of how good an action was; default "gae"
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field lambda? number of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns; default 0.95, 0 to 1
---@field n_step? integer rewards before the critic: of advantages q and advantage (steps); default 5, 1 to 16777216
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field c_clip? number of advantage vtrace: most that the ratio weighs what comes after a step; default 1, 0 to 1000000
---@field samples? integer of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it is not a sum over one choice (actions); default 8, 1 to 4096
---@field lag? integer the policy that acts is so many updates old, and the next batch is collected while this one is learnt from; advantage is vtrace then, unless another is given (batches); default 0, 0 to 64
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field reward_scaling? boolean rewards are divided by the deviation of a running discounted sum; default true
---@field reward_clip? number rewards are clipped to plus or minus this, after scaling; 0: off; default 0, 0 to 1e+09
---@field normalize_advantage? boolean advantages get mean 0 and deviation 1, by minibatch; default true
---@field discounted_gradient? boolean step t of an episode weighs gamma^t, as in the policy gradient theorem; default false
---@field baseline? "state"|"factorised"|"q_prop" what is taken from advantages beside what their estimator does: nothing (state); for each number or choice of an action what a critic makes of the others (factorised); what goes along that critic's slope, which is put back as an expectation (q_prop); default "state"
---@field entropy_coef? number weight of the entropy bonus: more of it explores more; default 0, -1000 to 1000
---@field base_kl_coef? number weight of the KL to the base policy; default 0, 0 to 1000000
---@field value_clip? number the value moves at most this far from its old one; 0: off; default 0, 0 to 1e+09
---@field value_coef? number weight of the value's loss; default 0.5, 0 to 1000000
---@field max_kl? number KL of the old policy to the new that a step may reach, or that the penalty aims at (nats); default 0.01, 1e-09 to 1000
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field symmetry_coef? number weight of the loss that symmetric = "loss" adds; default 4, 0 to 1000000
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.001, 0 to 10
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field epochs? integer passes over the batch; where the policy takes one step, of the value alone; default 10, 1 to 1000
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 64, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0.5, 0 to 1e+09
---@field damping? number added to the diagonal of the Fisher matrix; default 0.1, 0 to 1000000
---@field cg_iterations? integer steps of conjugate gradient towards the natural direction; default 10, 1 to 1000
---@field fisher_fraction? number share of the batch that the Fisher matrix is taken on; default 1, 1e-06 to 1
---@field max_backtracks? integer tries of the line search; default 10, 1 to 100
---@field backtrack_ratio? number each try is this share of the one before; default 0.8, 0.01 to 0.99

---@class rl.trpo_options: rl.trpo_settings, rl.method_parts

---trust region: the natural gradient with a line search that keeps to max_kl (Schulman et al. 2015)
---@param options rl.trpo_options
---@return rl.method
function rl.trpo(options) end

---@class rl.ppo_settings
---@field seed? integer of actions and shuffles; default 1
---@field advantage? "total"|"reward_to_go"|"baseline"|"q"|"advantage"|"td"|"gae"|"group"|"vtrace"|"constant_baseline"|"time_baseline"|"counterfactual" the estimator of how good an action was; default "gae"
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field lambda? number of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns; default 0.95, 0 to 1
---@field n_step? integer rewards before the critic: of advantages q and advantage (steps); default 5, 1 to 16777216
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field c_clip? number of advantage vtrace: most that the ratio weighs what comes after a step; default 1, 0 to 1000000
---@field samples? integer of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it is not a sum over one choice (actions); default 8, 1 to 4096
---@field lag? integer the policy that acts is so many updates old, and the next batch is collected while this one is learnt from; advantage is vtrace then, unless another is given (batches); default 0, 0 to 64
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field reward_scaling? boolean rewards are divided by the deviation of a running discounted sum; default true
---@field reward_clip? number rewards are clipped to plus or minus this, after scaling; 0: off; default 0, 0 to 1e+09
---@field sequence? integer of recurrent networks: batches are cut so, and gradients go back to where a part begins (steps); default 32, 1 to 64
---@field normalize_advantage? boolean advantages get mean 0 and deviation 1, by minibatch; default true
---@field discounted_gradient? boolean step t of an episode weighs gamma^t, as in the policy gradient theorem; default false
---@field baseline? "state"|"factorised"|"q_prop" what is taken from advantages beside what their estimator does: nothing (state); for each number or choice of an action what a critic makes of the others (factorised); what goes along that critic's slope, which is put back as an expectation (q_prop); default "state"
---@field clip? number of the probability ratio: beyond 1 plus or minus this the objective no longer rises; 0: off; default 0.2, 0 to 1000000
---@field entropy_coef? number weight of the entropy bonus: more of it explores more; default 0, -1000 to 1000
---@field base_kl_coef? number weight of the KL to the base policy; default 0, 0 to 1000000
---@field value_clip? number the value moves at most this far from its old one; 0: off; default 0, 0 to 1e+09
---@field value_coef? number weight of the value's loss; default 0.5, 0 to 1000000
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field symmetry_coef? number weight of the loss that symmetric = "loss" adds; default 4, 0 to 1000000
---@field demonstration_coef? number weight of the log-probability of demonstrated actions, times the greatest advantage of the batch; 0: off; default 0, 0 to 1000000
---@field demonstration_decay? number factor on that weight after every update; default 0.95, 0 to 1
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.0003, 0 to 10
---@field value_lr? number learning rate of the value; 0: lr; default 0, 0 to 10
---@field sgd? boolean plain gradient steps instead of those of Adam, or RMSProp; default false
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field epochs? integer passes over the batch; where the policy takes one step, of the value alone; default 10, 1 to 1000
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 64, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0.5, 0 to 1e+09
---@field target_kl? number the policy rests once a minibatch's KL is over 1.5 times this; 0: off (nats); default 0, 0 to 1000000

---@class rl.ppo_options: rl.ppo_settings, rl.method_parts

---proximal policy optimisation: epochs of minibatches on a clipped ratio (Schulman et al. 2017, equation 7)
---@param options rl.ppo_options
---@return rl.method
function rl.ppo(options) end

---@class rl.mappo_settings
---@field seed? integer of actions and shuffles; default 1
---@field advantage? "total"|"reward_to_go"|"baseline"|"q"|"advantage"|"td"|"gae"|"group"|"vtrace"|"constant_baseline"|"time_baseline"|"counterfactual" the estimator of how good an action was; default "gae"
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field lambda? number of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns; default 0.95, 0 to 1
---@field n_step? integer rewards before the critic: of advantages q and advantage (steps); default 5, 1 to 16777216
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field c_clip? number of advantage vtrace: most that the ratio weighs what comes after a step; default 1, 0 to 1000000
---@field samples? integer of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it is not a sum over one choice (actions); default 8, 1 to 4096
---@field lag? integer the policy that acts is so many updates old, and the next batch is collected while this one is learnt from; advantage is vtrace then, unless another is given (batches); default 0, 0 to 64
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field reward_scaling? boolean rewards are divided by the deviation of a running discounted sum; default true
---@field reward_clip? number rewards are clipped to plus or minus this, after scaling; 0: off; default 0, 0 to 1e+09
---@field sequence? integer of recurrent networks: batches are cut so, and gradients go back to where a part begins (steps); default 32, 1 to 64
---@field normalize_advantage? boolean advantages get mean 0 and deviation 1, by minibatch; default true
---@field discounted_gradient? boolean step t of an episode weighs gamma^t, as in the policy gradient theorem; default false
---@field baseline? "state"|"factorised"|"q_prop" what is taken from advantages beside what their estimator does: nothing (state); for each number or choice of an action what a critic makes of the others (factorised); what goes along that critic's slope, which is put back as an expectation (q_prop); default "state"
---@field clip? number of the probability ratio: beyond 1 plus or minus this the objective no longer rises; 0: off; default 0.2, 0 to 1000000
---@field entropy_coef? number weight of the entropy bonus: more of it explores more; default 0, -1000 to 1000
---@field base_kl_coef? number weight of the KL to the base policy; default 0, 0 to 1000000
---@field value_clip? number the value moves at most this far from its old one; 0: off; default 0, 0 to 1e+09
---@field value_coef? number weight of the value's loss; default 0.5, 0 to 1000000
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field symmetry_coef? number weight of the loss that symmetric = "loss" adds; default 4, 0 to 1000000
---@field demonstration_coef? number weight of the log-probability of demonstrated actions, times the greatest advantage of the batch; 0: off; default 0, 0 to 1000000
---@field demonstration_decay? number factor on that weight after every update; default 0.95, 0 to 1
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.0003, 0 to 10
---@field value_lr? number learning rate of the value; 0: lr; default 0, 0 to 10
---@field sgd? boolean plain gradient steps instead of those of Adam, or RMSProp; default false
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field epochs? integer passes over the batch; where the policy takes one step, of the value alone; default 10, 1 to 1000
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 64, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0.5, 0 to 1e+09
---@field target_kl? number the policy rests once a minibatch's KL is over 1.5 times this; 0: off (nats); default 0, 0 to 1000000

---@class rl.mappo_options: rl.mappo_settings, rl.method_parts

---ppo in a world of several agents with one policy: the critic reads what all of them observe, and which of them it is for; of one agent it is ppo (Yu et al. 2022)
---@param options rl.mappo_options
---@return rl.method
function rl.mappo(options) end

---@class rl.coma_settings
---@field seed? integer of actions and shuffles; default 1
---@field advantage? "total"|"reward_to_go"|"baseline"|"q"|"advantage"|"td"|"gae"|"group"|"vtrace"|"constant_baseline"|"time_baseline"|"counterfactual" the estimator of how good an action was; default "counterfactual"
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field lambda? number of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns; default 0.8, 0 to 1
---@field n_step? integer rewards before the critic: of advantages q and advantage (steps); default 5, 1 to 16777216
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field c_clip? number of advantage vtrace: most that the ratio weighs what comes after a step; default 1, 0 to 1000000
---@field samples? integer of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it is not a sum over one choice (actions); default 8, 1 to 4096
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field reward_scaling? boolean rewards are divided by the deviation of a running discounted sum; default true
---@field reward_clip? number rewards are clipped to plus or minus this, after scaling; 0: off; default 0, 0 to 1e+09
---@field normalize_advantage? boolean advantages get mean 0 and deviation 1, by minibatch; default false
---@field discounted_gradient? boolean step t of an episode weighs gamma^t, as in the policy gradient theorem; default false
---@field entropy_coef? number weight of the entropy bonus: more of it explores more; default 0, -1000 to 1000
---@field base_kl_coef? number weight of the KL to the base policy; default 0, 0 to 1000000
---@field value_clip? number the value moves at most this far from its old one; 0: off; default 0, 0 to 1e+09
---@field value_coef? number weight of the value's loss; default 0.5, 0 to 1000000
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field symmetry_coef? number weight of the loss that symmetric = "loss" adds; default 4, 0 to 1000000
---@field demonstration_coef? number weight of the log-probability of demonstrated actions, times the greatest advantage of the batch; 0: off; default 0, 0 to 1000000
---@field demonstration_decay? number factor on that weight after every update; default 0.95, 0 to 1
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.0007, 0 to 10
---@field value_lr? number learning rate of the value; 0: lr; default 0, 0 to 10
---@field sgd? boolean plain gradient steps instead of those of Adam, or RMSProp; default false
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field epochs? integer passes over the batch; where the policy takes one step, of the value alone; default 4, 1 to 1000
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 64, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0.5, 0 to 1e+09

---@class rl.coma_options: rl.coma_settings, rl.method_parts

---counterfactual multi-agent policy gradient: a critic of what all agents of a world observe and do; the advantage of an agent is to what it might have done while the others did the same (Foerster et al. 2018)
---@param options rl.coma_options
---@return rl.method
function rl.coma(options) end

---@class rl.ppo_penalty_settings
---@field seed? integer of actions and shuffles; default 1
---@field advantage? "total"|"reward_to_go"|"baseline"|"q"|"advantage"|"td"|"gae"|"group"|"vtrace"|"constant_baseline"|"time_baseline"|"counterfactual" the estimator of how good an action was; default "gae"
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field lambda? number of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns; default 0.95, 0 to 1
---@field n_step? integer rewards before the critic: of advantages q and advantage (steps); default 5, 1 to 16777216
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field c_clip? number of advantage vtrace: most that the ratio weighs what comes after a step; default 1, 0 to 1000000
---@field samples? integer of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it is not a sum over one choice (actions); default 8, 1 to 4096
---@field lag? integer the policy that acts is so many updates old, and the next batch is collected while this one is learnt from; advantage is vtrace then, unless another is given (batches); default 0, 0 to 64
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field reward_scaling? boolean rewards are divided by the deviation of a running discounted sum; default true
---@field reward_clip? number rewards are clipped to plus or minus this, after scaling; 0: off; default 0, 0 to 1e+09
---@field sequence? integer of recurrent networks: batches are cut so, and gradients go back to where a part begins (steps); default 32, 1 to 64
---@field normalize_advantage? boolean advantages get mean 0 and deviation 1, by minibatch; default true
---@field discounted_gradient? boolean step t of an episode weighs gamma^t, as in the policy gradient theorem; default false
---@field baseline? "state"|"factorised"|"q_prop" what is taken from advantages beside what their estimator does: nothing (state); for each number or choice of an action what a critic makes of the others (factorised); what goes along that critic's slope, which is put back as an expectation (q_prop); default "state"
---@field entropy_coef? number weight of the entropy bonus: more of it explores more; default 0, -1000 to 1000
---@field base_kl_coef? number weight of the KL to the base policy; default 0, 0 to 1000000
---@field value_clip? number the value moves at most this far from its old one; 0: off; default 0, 0 to 1e+09
---@field value_coef? number weight of the value's loss; default 0.5, 0 to 1000000
---@field max_kl? number KL of the old policy to the new that a step may reach, or that the penalty aims at (nats); default 0.01, 1e-09 to 1000
---@field kl_coef? number weight of the KL penalty, at first; default 1, 0 to 1e+09
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field symmetry_coef? number weight of the loss that symmetric = "loss" adds; default 4, 0 to 1000000
---@field demonstration_coef? number weight of the log-probability of demonstrated actions, times the greatest advantage of the batch; 0: off; default 0, 0 to 1000000
---@field demonstration_decay? number factor on that weight after every update; default 0.95, 0 to 1
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.0003, 0 to 10
---@field value_lr? number learning rate of the value; 0: lr; default 0, 0 to 10
---@field sgd? boolean plain gradient steps instead of those of Adam, or RMSProp; default false
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field epochs? integer passes over the batch; where the policy takes one step, of the value alone; default 10, 1 to 1000
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 64, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0.5, 0 to 1e+09
---@field target_kl? number the policy rests once a minibatch's KL is over 1.5 times this; 0: off (nats); default 0, 0 to 1000000

---@class rl.ppo_penalty_options: rl.ppo_penalty_settings, rl.method_parts

---proximal policy optimisation with a KL penalty that adapts to max_kl (Schulman et al. 2017, section 4)
---@param options rl.ppo_penalty_options
---@return rl.method
function rl.ppo_penalty(options) end

---@class rl.grpo_settings
---@field seed? integer of actions and shuffles; default 1
---@field advantage? "total"|"reward_to_go"|"baseline"|"q"|"advantage"|"td"|"gae"|"group"|"vtrace"|"constant_baseline"|"time_baseline"|"counterfactual" the estimator of how good an action was; default "group"
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field lambda? number of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns; default 0.95, 0 to 1
---@field n_step? integer rewards before the critic: of advantages q and advantage (steps); default 5, 1 to 16777216
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field c_clip? number of advantage vtrace: most that the ratio weighs what comes after a step; default 1, 0 to 1000000
---@field samples? integer of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it is not a sum over one choice (actions); default 8, 1 to 4096
---@field lag? integer the policy that acts is so many updates old, and the next batch is collected while this one is learnt from; advantage is vtrace then, unless another is given (batches); default 0, 0 to 64
---@field group? integer how many in a row begin alike; 1: none (copies); default 8, 1 to 65536
---@field reward_scaling? boolean rewards are divided by the deviation of a running discounted sum; default false
---@field reward_clip? number rewards are clipped to plus or minus this, after scaling; 0: off; default 0, 0 to 1e+09
---@field sequence? integer of recurrent networks: batches are cut so, and gradients go back to where a part begins (steps); default 32, 1 to 64
---@field normalize_advantage? boolean advantages get mean 0 and deviation 1, by minibatch; default false
---@field discounted_gradient? boolean step t of an episode weighs gamma^t, as in the policy gradient theorem; default false
---@field baseline? "state"|"factorised"|"q_prop" what is taken from advantages beside what their estimator does: nothing (state); for each number or choice of an action what a critic makes of the others (factorised); what goes along that critic's slope, which is put back as an expectation (q_prop); default "state"
---@field clip? number of the probability ratio: beyond 1 plus or minus this the objective no longer rises; 0: off; default 0.2, 0 to 1000000
---@field entropy_coef? number weight of the entropy bonus: more of it explores more; default 0, -1000 to 1000
---@field base_kl_coef? number weight of the KL to the base policy; default 0, 0 to 1000000
---@field value_clip? number the value moves at most this far from its old one; 0: off; default 0, 0 to 1e+09
---@field value_coef? number weight of the value's loss; default 0.5, 0 to 1000000
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field symmetry_coef? number weight of the loss that symmetric = "loss" adds; default 4, 0 to 1000000
---@field demonstration_coef? number weight of the log-probability of demonstrated actions, times the greatest advantage of the batch; 0: off; default 0, 0 to 1000000
---@field demonstration_decay? number factor on that weight after every update; default 0.95, 0 to 1
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.0003, 0 to 10
---@field value_lr? number learning rate of the value; 0: lr; default 0, 0 to 10
---@field sgd? boolean plain gradient steps instead of those of Adam, or RMSProp; default false
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field epochs? integer passes over the batch; where the policy takes one step, of the value alone; default 4, 1 to 1000
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 64, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0.5, 0 to 1e+09
---@field target_kl? number the policy rests once a minibatch's KL is over 1.5 times this; 0: off (nats); default 0, 0 to 1000000

---@class rl.grpo_options: rl.grpo_settings, rl.method_parts

---an episode of each copy, compared with those that began alike; no critic. The mean is over all steps, so longer episodes weigh more than in the paper (Shao et al. 2024)
---@param options rl.grpo_options
---@return rl.method
function rl.grpo(options) end

---@class rl.sac_settings
---@field seed? integer of actions and shuffles; default 1
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.0003, 0 to 10
---@field value_lr? number learning rate of the value; 0: lr; default 0, 0 to 10
---@field sgd? boolean plain gradient steps instead of those of Adam, or RMSProp; default false
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 256, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0, 0 to 1e+09
---@field memory? integer remembered at most, rounded up to whole worlds in maddpg; the newest replaces the oldest (steps); default 250000, 1 to 268435456
---@field warmup? integer before anything is learnt; batches that begin before are of actions by chance (steps); default 1000, 0 to 268435456
---@field replay? number gradient steps for each step that is collected; default 1, 0 to 1000
---@field tau? number share of the critics, and of a deterministic policy, that their slow copies take over with each gradient step; default 0.005, 0 to 1
---@field temperature? number weight of the entropy, at first; default 1, 0 to 1000000
---@field temperature_lr? number learning rate of the temperature; 0: it stays; default 0.0003, 0 to 10
---@field target_entropy? number that the temperature aims at, for each number of an action as if its bounds were -1 and 1 (nats); default -1, -100 to 0.69

---@class rl.sac_options: rl.sac_settings, rl.method_parts

---soft actor-critic: from a memory, a policy for reward and entropy, with two critics of actions and a temperature that adapts (Haarnoja et al. 2018)
---@param options rl.sac_options
---@return rl.method
function rl.sac(options) end

---@class rl.ddpg_settings
---@field seed? integer of actions and shuffles; default 1
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.0003, 0 to 10
---@field value_lr? number learning rate of the value; 0: lr; default 0, 0 to 10
---@field sgd? boolean plain gradient steps instead of those of Adam, or RMSProp; default false
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 256, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0, 0 to 1e+09
---@field memory? integer remembered at most, rounded up to whole worlds in maddpg; the newest replaces the oldest (steps); default 250000, 1 to 268435456
---@field warmup? integer before anything is learnt; batches that begin before are of actions by chance (steps); default 1000, 0 to 268435456
---@field replay? number gradient steps for each step that is collected; default 1, 0 to 1000
---@field tau? number share of the critics, and of a deterministic policy, that their slow copies take over with each gradient step; default 0.005, 0 to 1
---@field output_coef? number weight of the mean square of what the policy gives before its bounds, which keeps actions off them; default 0.001, 0 to 1000000

---@class rl.ddpg_options: rl.ddpg_settings, rl.method_parts

---deep deterministic policy gradient: from a memory, the policy's mean along the slope of two critics of actions; it explores by the policy's deviation, which stays (Lillicrap et al. 2016)
---@param options rl.ddpg_options
---@return rl.method
function rl.ddpg(options) end

---@class rl.maddpg_settings
---@field seed? integer of actions and shuffles; default 1
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.0003, 0 to 10
---@field value_lr? number learning rate of the value; 0: lr; default 0, 0 to 10
---@field sgd? boolean plain gradient steps instead of those of Adam, or RMSProp; default false
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 256, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0, 0 to 1e+09
---@field memory? integer remembered at most, rounded up to whole worlds in maddpg; the newest replaces the oldest (steps); default 250000, 1 to 268435456
---@field warmup? integer before anything is learnt; batches that begin before are of actions by chance (steps); default 1000, 0 to 268435456
---@field replay? number gradient steps for each step that is collected; default 1, 0 to 1000
---@field tau? number share of the critics, and of a deterministic policy, that their slow copies take over with each gradient step; default 0.005, 0 to 1
---@field output_coef? number weight of the mean square of what the policy gives before its bounds, which keeps actions off them; default 0.001, 0 to 1000000

---@class rl.maddpg_options: rl.maddpg_settings, rl.method_parts

---multi-agent deterministic policy gradient: ddpg in a world of several agents with one policy; its critics read what all of them observe and do, and whose step it is; of one agent it is ddpg (Lowe et al. 2017)
---@param options rl.maddpg_options
---@return rl.method
function rl.maddpg(options) end

---@class rl.awac_settings
---@field seed? integer of actions and shuffles; default 1
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.0003, 0 to 10
---@field value_lr? number learning rate of the value; 0: lr; default 0, 0 to 10
---@field sgd? boolean plain gradient steps instead of those of Adam, or RMSProp; default false
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 256, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0, 0 to 1e+09
---@field memory? integer remembered at most, rounded up to whole worlds in maddpg; the newest replaces the oldest (steps); default 250000, 1 to 268435456
---@field warmup? integer before anything is learnt; batches that begin before are of actions by chance (steps); default 0, 0 to 268435456
---@field replay? number gradient steps for each step that is collected; default 1, 0 to 1000
---@field tau? number share of the critics, and of a deterministic policy, that their slow copies take over with each gradient step; default 0.005, 0 to 1
---@field advantage_scale? number a step weighs exp(advantage / this): small values imitate the best only; default 1, 1e-09 to 1e+09

---@class rl.awac_options: rl.awac_settings, rl.method_parts

---advantage-weighted actor-critic: from a memory, of demonstrations too, the likelihood of what was done, the more the better two critics of actions find it (Nair et al. 2020)
---@param options rl.awac_options
---@return rl.method
function rl.awac(options) end

---@class rl.off_pac_settings
---@field seed? integer of actions and shuffles; default 1
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field entropy_coef? number weight of the entropy bonus: more of it explores more; default 0, -1000 to 1000
---@field symmetric? false|"data"|"loss"|"network" how mirror images take part: as samples (data), by a loss on the difference (loss), by networks that are symmetric (network); default false
---@field lr? number learning rate of policy and value; where the policy takes natural steps, of the value alone; default 0.0003, 0 to 10
---@field value_lr? number learning rate of the value; 0: lr; default 0, 0 to 10
---@field sgd? boolean plain gradient steps instead of those of Adam, or RMSProp; default false
---@field anneal? integer time in which lr falls to 0; 0: never (updates); default 0, 0 to 1e+09
---@field minibatch? integer size of a minibatch; where the policy takes one step, of the value alone; 0: the whole batch (steps); default 256, 0 to 268435456
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0.5, 0 to 1e+09
---@field memory? integer remembered at most, rounded up to whole worlds in maddpg; the newest replaces the oldest (steps); default 250000, 1 to 268435456
---@field warmup? integer before anything is learnt; batches that begin before are of actions by chance (steps); default 0, 0 to 268435456
---@field replay? number gradient steps for each step that is collected; default 1, 0 to 1000
---@field ratios? boolean a step weighs by how likely the policy would take it, to who took it; false: all alike; default true
---@field correction? boolean the value learns with the gradient correction; false: by plain TD errors; default true

---@class rl.off_pac_options: rl.off_pac_settings, rl.method_parts

---off-policy actor-critic: from a memory, the policy gradient under the steps of other policies, by probability ratios and a value with gradient correction (Degris et al. 2012)
---@param options rl.off_pac_options
---@return rl.method
function rl.off_pac(options) end

---@class rl.rollout_settings
---@field seed? integer of actions and shuffles; default 1
---@field advantage? "total"|"reward_to_go"|"baseline"|"q"|"advantage"|"td"|"gae"|"group"|"vtrace"|"constant_baseline"|"time_baseline"|"counterfactual" the estimator of how good an action was; default "gae"
---@field gamma? number discount of rewards, by step; default 0.99, 0 to 1
---@field lambda? number of advantages gae, vtrace and counterfactual: 0 trusts the critic, 1 the returns; default 0.95, 0 to 1
---@field n_step? integer rewards before the critic: of advantages q and advantage (steps); default 5, 1 to 16777216
---@field rho_clip? number of advantage vtrace and of off_pac: most that the ratio to the policy that acted weighs a step; default 1, 0 to 1000000
---@field c_clip? number of advantage vtrace: most that the ratio weighs what comes after a step; default 1, 0 to 1000000
---@field samples? integer of advantage counterfactual: how many the expectation over an agent's actions is the mean of, where it is not a sum over one choice (actions); default 8, 1 to 4096
---@field lag? integer the policy that acts is so many updates old, and the next batch is collected while this one is learnt from; advantage is vtrace then, unless another is given (batches); default 0, 0 to 64
---@field episodes? boolean a batch is one episode of each copy, else it goes on where the copies stand; default false
---@field group? integer how many in a row begin alike; 1: none (copies); default 1, 1 to 65536
---@field reward_scaling? boolean rewards are divided by the deviation of a running discounted sum; default false
---@field reward_clip? number rewards are clipped to plus or minus this, after scaling; 0: off; default 0, 0 to 1e+09
---@field sequence? integer of recurrent networks: batches are cut so, and gradients go back to where a part begins (steps); default 32, 1 to 64

---@class rl.rollout_options: rl.rollout_settings, rl.method_parts

---collects batches for an update of one's own
---@param options rl.rollout_options
---@return rl.rollout
function rl.rollout(options) end

---@class rl.clone_settings
---@field seed? integer of what is held out, and of shuffles; default 1
---@field lr? number learning rate of Adam; default 0.001, 0 to 10
---@field epochs? integer passes over the demonstrations, at most; default 100, 1 to 1048576
---@field minibatch? integer size of a minibatch; 0: all at once (steps); default 256, 0 to 268435456
---@field held_out? number share of the episodes that is not learnt from; of a single one, of its steps, the last; default 0.1, 0 to 0.9
---@field patience? integer without a better likelihood of what is held out, after which it stops; 0: never (epochs); default 10, 0 to 1048576
---@field entropy_coef? number weight of an entropy bonus: keeps the policy exploring; default 0, -1000 to 1000
---@field max_grad_norm? number a longer gradient is scaled to this norm; 0: never; default 0, 0 to 1e+09
---@field symmetric? false|"data" data: mirror images of the steps are learnt from as well; default false

---@alias rl.method_settings rl.reinforce_settings|rl.actor_critic_settings|rl.a2c_settings|rl.a3c_settings|rl.npg_settings|rl.enac_settings|rl.dapg_settings|rl.trpo_settings|rl.ppo_settings|rl.mappo_settings|rl.coma_settings|rl.ppo_penalty_settings|rl.grpo_settings|rl.sac_settings|rl.ddpg_settings|rl.maddpg_settings|rl.awac_settings|rl.off_pac_settings

-- Searches ------------------------------------------------------------------------------------------------------------

---@class rl.cmaes_options: rl.search_problem
---@field sigma? number standard deviation of every coordinate at first, times its scale; default 0.3, 1e-300 to 1e+150
---@field popsize? integer candidates an iteration; 0: 4 + floor(3 ln n), with w whole numbers 4 + floor(3 ln n + 3 ln w); default 0, 0 to 16777216
---@field active? boolean the worse half of the candidates has negative weights; default true
---@field diagonal? boolean variances only, in time linear in n (sep-CMA-ES); default false
---@field restarts? "none"|"ipop"|"bipop" what follows a run that its own criteria have ended: nothing, runs with a growing population, or those and short ones in turn; default "none"
---@field max_restarts? integer|fun(iteration: integer): number restarts with a larger population than the first; default 9, 0 to 1000
---@field popsize_factor? number by which the population grows with a restart; default 2, 1 to 1000
---@field restart_lower? number|fun(iteration: integer): number no run but the first begins below it; the bound by default
---@field restart_upper? number|fun(iteration: integer): number no run but the first begins above it; the bound by default
---@field tolgap? number|fun(iteration: integer): number ends a run but the first when the best values of recent iterations differ by less than this share of their distance from the best of all runs; 0: never; default 0.03, at least 0
---@field tolxup? number|fun(iteration: integer): number with restarts, ends a run when it steps more than this times as far as at first; 0: never; default 10000, at least 0
---@field constraints? integer numbers told beside each value that must not be above 0 (augmented Lagrangian); default 0, 0 to 10000
---@field reevaluate? number for noisy returns: share of the candidates, two at least, that is asked for twice; 0: none; default 0, 0 to 1
---@field max_noise_evaluations? integer|fun(iteration: integer): number evaluations of a candidate beyond which noise is met by a wider sigma; default 100, 1 to 2.147484e+09
---@field tolfun? number|fun(iteration: integer): number ends a run when recent values differ by less; default 1e-11, at least 0
---@field tolfunhist? number|fun(iteration: integer): number ends a run when the best values of recent iterations differ by less; default 1e-12, at least 0
---@field tolx? number|fun(iteration: integer): number ends a run when it steps less than this in every coordinate; default 1e-11, at least 0
---@field tolupsigma? number|fun(iteration: integer): number ends a run when sigma has grown more than this and the eigenvalues have not; default 1e+20, at least 0
---@field conditioncov? number|fun(iteration: integer): number ends a run when the condition of the covariance is above it; 0: never; default 1e+14, at least 0
---@field flatfitness? integer|fun(iteration: integer): number ends a run after so many iterations in a row with equal values, more where whole numbers are held; 0: never; default 2, 0 to 2.147484e+09
---@field stagnation? boolean ends a run whose values have not become better for long; default true
---@field max_iterations? integer|fun(iteration: integer): number ends a run after so many iterations; 0: 100 + 150 (n + 3)^2 / sqrt(popsize); default 0
---@field seed? integer of the random numbers; default 1
---@field minimize? boolean whether the values told are costs, else returns; default false
---@field max_evaluations? integer|fun(iteration: integer): number ends the search after so many evaluations; 0: no limit; default 0
---@field target? number|fun(iteration: integer): number ends the search at a value that is as good; none by default

---covariance matrix adaptation evolution strategy (Hansen 2016, arXiv:1604.00772)
---@param options rl.cmaes_options
---@return rl.search
function rl.cmaes(options) end

---@class rl.cem_options: rl.search_problem
---@field sigma? number standard deviation of every coordinate at first, times its scale; default 1, 1e-150 to 1e+150
---@field popsize? integer candidates an iteration; default 100, 2 to 1048576
---@field full? boolean the whole covariance, else variances only; default false
---@field elite? number share of popsize that the mean is fitted to; default 0.1, 1e-06 to 1
---@field rate? number|fun(iteration: integer): number share of the new covariance in an update; default 1, 0 to 1
---@field decay? number|fun(iteration: integer): number factor on every standard deviation after an update; default 1, 0 to 1
---@field noise? number|fun(iteration: integer): number added to every variance after an update; default 0, 0 to 1e+300
---@field tolx? number|fun(iteration: integer): number ends the search when no standard deviation is above it; default 1e-12, 0 to 1e+300
---@field max_iterations? integer|fun(iteration: integer): number ends the search after so many iterations; 0: no limit; default 0
---@field seed? integer of the random numbers; default 1
---@field minimize? boolean whether the values told are costs, else returns; default false
---@field max_evaluations? integer|fun(iteration: integer): number ends the search after so many evaluations; 0: no limit; default 0
---@field target? number|fun(iteration: integer): number ends the search at a value that is as good; none by default

---cross-entropy method: the Gaussian of the best share (Rubinstein 1999; with noise as Szita & Lorincz 2006)
---@param options rl.cem_options
---@return rl.search
function rl.cem(options) end

---@class rl.rwr_options: rl.search_problem
---@field sigma? number standard deviation of every coordinate at first, times its scale; default 1, 1e-150 to 1e+150
---@field popsize? integer candidates an iteration; default 100, 2 to 1048576
---@field full? boolean the whole covariance, else variances only; default false
---@field beta? number|fun(iteration: integer): number weights are exp(beta r), with returns r scaled to [0, 1]; default 10, 0 to 1000000
---@field rate? number|fun(iteration: integer): number share of the new covariance in an update; default 1, 0 to 1
---@field decay? number|fun(iteration: integer): number factor on every standard deviation after an update; default 1, 0 to 1
---@field noise? number|fun(iteration: integer): number added to every variance after an update; default 0, 0 to 1e+300
---@field tolx? number|fun(iteration: integer): number ends the search when no standard deviation is above it; default 1e-12, 0 to 1e+300
---@field max_iterations? integer|fun(iteration: integer): number ends the search after so many iterations; 0: no limit; default 0
---@field seed? integer of the random numbers; default 1
---@field minimize? boolean whether the values told are costs, else returns; default false
---@field max_evaluations? integer|fun(iteration: integer): number ends the search after so many evaluations; 0: no limit; default 0
---@field target? number|fun(iteration: integer): number ends the search at a value that is as good; none by default

---reward-weighted regression (Peters & Schaal 2007)
---@param options rl.rwr_options
---@return rl.search
function rl.rwr(options) end

---@class rl.pi2_options: rl.search_problem
---@field sigma? number standard deviation of every coordinate at first, times its scale; default 1, 1e-150 to 1e+150
---@field popsize? integer candidates an iteration; default 100, 2 to 1048576
---@field full? boolean the whole covariance, else variances only; default false
---@field beta? number|fun(iteration: integer): number weights are exp(beta r), with returns r scaled to [0, 1]; default 10, 0 to 1000000
---@field adapt? boolean learns the covariance too, else keeps it; default false
---@field rate? number|fun(iteration: integer): number share of the new covariance in an update; default 1, 0 to 1
---@field decay? number|fun(iteration: integer): number factor on every standard deviation after an update; default 1, 0 to 1
---@field noise? number|fun(iteration: integer): number added to every variance after an update; default 0, 0 to 1e+300
---@field tolx? number|fun(iteration: integer): number ends the search when no standard deviation is above it; default 1e-12, 0 to 1e+300
---@field max_iterations? integer|fun(iteration: integer): number ends the search after so many iterations; 0: no limit; default 0
---@field seed? integer of the random numbers; default 1
---@field minimize? boolean whether the values told are costs, else returns; default false
---@field max_evaluations? integer|fun(iteration: integer): number ends the search after so many evaluations; 0: no limit; default 0
---@field target? number|fun(iteration: integer): number ends the search at a value that is as good; none by default

---policy improvement with path integrals, as black-box search (Stulp & Sigaud 2012)
---@param options rl.pi2_options
---@return rl.search
function rl.pi2(options) end

---@class rl.power_options: rl.search_problem
---@field sigma? number standard deviation of every coordinate at first, times its scale; default 1, 1e-150 to 1e+150
---@field popsize? integer candidates an iteration; default 10, 2 to 1048576
---@field full? boolean the whole covariance, else variances only; default false
---@field elite? number how many of the best ever are kept, as a share of popsize; default 1, 1e-06 to 1
---@field rate? number|fun(iteration: integer): number share of the new covariance in an update; default 1, 0 to 1
---@field decay? number|fun(iteration: integer): number factor on every standard deviation after an update; default 1, 0 to 1
---@field noise? number|fun(iteration: integer): number added to every variance after an update; default 0, 0 to 1e+300
---@field tolx? number|fun(iteration: integer): number ends the search when no standard deviation is above it; default 1e-12, 0 to 1e+300
---@field max_iterations? integer|fun(iteration: integer): number ends the search after so many iterations; 0: no limit; default 0
---@field seed? integer of the random numbers; default 1
---@field minimize? boolean whether the values told are costs, else returns; default false
---@field max_evaluations? integer|fun(iteration: integer): number ends the search after so many evaluations; 0: no limit; default 0
---@field target? number|fun(iteration: integer): number ends the search at a value that is as good; none by default

---PoWER: weights proportional to the return, which must not be negative (Kober & Peters 2009)
---@param options rl.power_options
---@return rl.search
function rl.power(options) end

---@class rl.ars_options: rl.search_problem
---@field sigma? number|fun(iteration: integer): number how far candidates are from the mean, in units of scale; default 0.03, 1e-150 to 1e+150
---@field directions? integer directions an iteration, of two candidates each; default 8, 0 to 1048576
---@field top? integer how many directions, the best, are used; 0: all; default 0, 0 to 1048576
---@field lr? number|fun(iteration: integer): number factor on the step of the mean; default 0.02, 0 to 1e+150
---@field tolx? number|fun(iteration: integer): number ends the search when the mean moves no more than this in any coordinate; 0: never; default 0, 0 to 1e+300
---@field max_iterations? integer|fun(iteration: integer): number ends the search after so many iterations; 0: no limit; default 0
---@field seed? integer of the random numbers; default 1
---@field minimize? boolean whether the values told are costs, else returns; default false
---@field max_evaluations? integer|fun(iteration: integer): number ends the search after so many evaluations; 0: no limit; default 0
---@field target? number|fun(iteration: integer): number ends the search at a value that is as good; none by default

---augmented random search: V1-t and V2-t by `top`, V2 by a policy that normalises and observes (Mania, Guy & Recht 2018)
---@param options rl.ars_options
---@return rl.search
function rl.ars(options) end

---@class rl.openai_es_options: rl.search_problem
---@field sigma? number|fun(iteration: integer): number how far candidates are from the mean, in units of scale; default 0.02, 1e-150 to 1e+150
---@field directions? integer directions an iteration, of two candidates each; default 50, 0 to 1048576
---@field lr? number|fun(iteration: integer): number learning rate of Adam; default 0.01, 0 to 1e+150
---@field weight_decay? number|fun(iteration: integer): number how strongly the mean is pulled to 0; default 0.005, 0 to 1
---@field tolx? number|fun(iteration: integer): number ends the search when the mean moves no more than this in any coordinate; 0: never; default 0, 0 to 1e+300
---@field max_iterations? integer|fun(iteration: integer): number ends the search after so many iterations; 0: no limit; default 0
---@field seed? integer of the random numbers; default 1
---@field minimize? boolean whether the values told are costs, else returns; default false
---@field max_evaluations? integer|fun(iteration: integer): number ends the search after so many evaluations; 0: no limit; default 0
---@field target? number|fun(iteration: integer): number ends the search at a value that is as good; none by default

---evolution strategy with mirrored sampling, ranks and Adam (Salimans et al. 2017)
---@param options rl.openai_es_options
---@return rl.search
function rl.openai_es(options) end

---@class rl.finite_difference_options: rl.search_problem
---@field sigma? number|fun(iteration: integer): number how far candidates are from the mean, in units of scale; default 0.01, 1e-150 to 1e+150
---@field directions? integer directions at random an iteration; 0: along every coordinate; default 0, 0 to 1048576
---@field lr? number|fun(iteration: integer): number factor on the gradient, or the length of the step where it is normalized; default 0.1, 0 to 1e+150
---@field central? boolean differences from pairs of candidates, else from one candidate each and the mean; default true
---@field normalize? boolean the step has the length lr, in units of scale; default false
---@field tolx? number|fun(iteration: integer): number ends the search when the mean moves no more than this in any coordinate; 0: never; default 0, 0 to 1e+300
---@field max_iterations? integer|fun(iteration: integer): number ends the search after so many iterations; 0: no limit; default 0
---@field seed? integer of the random numbers; default 1
---@field minimize? boolean whether the values told are costs, else returns; default false
---@field max_evaluations? integer|fun(iteration: integer): number ends the search after so many evaluations; 0: no limit; default 0
---@field target? number|fun(iteration: integer): number ends the search at a value that is as good; none by default

---the gradient by finite differences, along coordinates or by regression (Peters & Schaal 2008)
---@param options rl.finite_difference_options
---@return rl.search
function rl.finite_difference(options) end

---@class rl.hill_climb_options: rl.search_problem
---@field sigma? number|fun(iteration: integer): number how far candidates are from the mean at first, in units of scale; starts again from a changed value; default 0.1, 1e-150 to 1e+150
---@field popsize? integer candidates an iteration; default 8, 1 to 1048576
---@field adapt? boolean sigma grows with success and shrinks without; else a random search about the best; default true
---@field decay? number|fun(iteration: integer): number factor on sigma after an iteration; default 1, 0 to 1
---@field reevaluate? boolean for noisy returns: the mean is a candidate of each ask, and counts by the average of all it has returned; default false
---@field tolx? number|fun(iteration: integer): number ends the search when sigma times scale is not above it in any coordinate; 0: never; default 1e-12, 0 to 1e+300
---@field max_iterations? integer|fun(iteration: integer): number ends the search after so many iterations; 0: no limit; default 0
---@field seed? integer of the random numbers; default 1
---@field minimize? boolean whether the values told are costs, else returns; default false
---@field max_evaluations? integer|fun(iteration: integer): number ends the search after so many evaluations; 0: no limit; default 0
---@field target? number|fun(iteration: integer): number ends the search at a value that is as good; none by default

---to the best of some candidates around the best so far (step size by the one-fifth rule, Kern et al. 2004)
---@param options rl.hill_climb_options
---@return rl.search
function rl.hill_climb(options) end

---@class rl.mo_cmaes_options: rl.search_problem
---@field sigma? number standard deviation of every coordinate at first, times its scale; default 0.3, 1e-150 to 1e+150
---@field objectives? integer values that each candidate is told; default 2, 2 to 20
---@field popsize? integer points of the front that is searched, and candidates of the first iteration; default 100, 2 to 65536
---@field offspring? integer candidates of other iterations; 0: one of each point; default 0, 0 to 65536
---@field diagonal? boolean variances only, in time and memory linear in n; default false
---@field tolx? number|fun(iteration: integer): number ends the search when no standard deviation, averaged over the points, is above it; default 1e-12, 0 to 1e+300
---@field max_iterations? integer|fun(iteration: integer): number ends the search after so many iterations; 0: no limit; default 0
---@field seed? integer of the random numbers; default 1
---@field minimize? boolean whether the values told are costs, else returns; default false
---@field max_evaluations? integer|fun(iteration: integer): number ends the search after so many evaluations; 0: no limit; default 0

---several objectives, by a front of (1+1)-CMA-ES (Igel, Hansen & Roth 2007; Voss, Hansen & Igel 2010)
---@param options rl.mo_cmaes_options
---@return rl.search
function rl.mo_cmaes(options) end

---@class rl.map_elites_options: rl.search_problem
---@field sigma? number|fun(iteration: integer): number standard deviation by which an elite is moved at random, in units of scale; default 0.1, 1e-150 to 1e+150
---@field line? number|fun(iteration: integer): number standard deviation of the share of the way to another elite by which it is moved too; default 0.2, 0 to 1000
---@field popsize? integer candidates an iteration; default 32, 1 to 1048576
---@field initial? integer|fun(iteration: integer): number candidates that are drawn before elites are moved, x0 the first of them; default 100
---@field initial_sigma? number|fun(iteration: integer): number their standard deviation about x0, in units of scale; 0: anywhere between the bounds, or as sigma says; default 0, 0 to 1e+150
---@field score_from? number|fun(iteration: integer): number value of a filled cell that counts nothing in qd_score; default 0, -1000000000000000 to 1e+15
---@field tolx? number|fun(iteration: integer): number ends the search when sigma times scale is not above it in any coordinate; 0: never; default 0, 0 to 1e+300
---@field max_iterations? integer|fun(iteration: integer): number ends the search after so many iterations; 0: no limit; default 0
---@field seed? integer of the random numbers; default 1
---@field minimize? boolean whether the values told are costs, else returns; default false
---@field max_evaluations? integer|fun(iteration: integer): number ends the search after so many evaluations; 0: no limit; default 0
---@field target? number|fun(iteration: integer): number ends the search at a value that is as good; none by default

---many good candidates that differ by measures: the best in each cell of an archive, moved at random (Mouret & Clune 2015, Vassiliades & Mouret 2018)
---@param options rl.map_elites_options
---@return rl.search
function rl.map_elites(options) end

---@class rl.cma_me_options: rl.search_problem
---@field sigma? number standard deviation of every coordinate with which an emitter begins, times its scale; default 0.3, 1e-300 to 1e+150
---@field emitters? integer that search at the same time; default 5, 1 to 64
---@field popsize? integer candidates an iteration, of all emitters together; 0: 36 of each; default 0, 0 to 1048576
---@field diagonal? boolean variances only, in time linear in n (sep-CMA-ES); default false
---@field score_from? number|fun(iteration: integer): number value of a filled cell that counts nothing in qd_score; default 0, -1000000000000000 to 1e+15
---@field tolx? number an emitter begins again when it steps less than this in every coordinate; default 1e-11, 0 to 1e+300
---@field max_iterations? integer|fun(iteration: integer): number ends the search after so many iterations; 0: no limit; default 0
---@field seed? integer of the random numbers; default 1
---@field minimize? boolean whether the values told are costs, else returns; default false
---@field max_evaluations? integer|fun(iteration: integer): number ends the search after so many evaluations; 0: no limit; default 0
---@field target? number|fun(iteration: integer): number ends the search at a value that is as good; none by default

---many good candidates that differ by measures: CMA-ES for what improves an archive, several at a time (Fontaine et al. 2020)
---@param options rl.cma_me_options
---@return rl.search
function rl.cma_me(options) end

-- Environments --------------------------------------------------------------------------------------------------------

---What a reward reads of every creature; env:fields() lists what it reads of one.
---@class rl.state
---@field time number since the start of the episode (s)
---@field x number trunk's centre of mass, forward from the start (m)
---@field y number trunk's centre of mass, upward from the ground at the start (m)
---@field vx number trunk's velocity forward (m/s)
---@field vy number trunk's velocity upward (m/s)
---@field angle number of the trunk from upright, counter-clockwise (leaning back is positive) (rad)
---@field angular_speed number of the trunk, counter-clockwise (rad/s)
---@field upright number cosine of the trunk's angle: 1 upright, -1 upside down
---@field height number trunk's centre of mass above the ground below it (m)
---@field head_x number head, forward from the start (m)
---@field head_y number head, upward from the ground at the start (m)
---@field head_vx number head's velocity forward (m/s)
---@field head_vy number head's velocity upward (m/s)
---@field head_height number head above the ground below it (m)
---@field com_x number centre of mass of the whole creature, forward (m)
---@field com_y number centre of mass of the whole creature, upward (m)
---@field com_vx number velocity forward of the centre of mass of the whole creature (m/s)
---@field com_vy number velocity upward of the centre of mass of the whole creature (m/s)
---@field recent_speed number com_vx averaged over the last second or so: a time t ago counts exp(-t / 1 s) (m/s)
---@field head_angle number of the head from the standing pose, counter-clockwise (rad)
---@field head_speed number of the head against the trunk's centre of mass (m/s)
---@field power number positive work of the motors and what muscles burn, mean over the last action (W)
---@field recent_cost_of_transport number power averaged as recent_speed is, for each kilogram and for recent_speed (at least 0.5 m/s) (J/(kg m))
---@field fallen number 1 when a body that is not a foot touched the ground
---@field [string] number of joints, feet and muscles, by their names

---What every creature takes.
---@class rl.env_options: rl.common_options
---@field gravity? number downward acceleration; 9.81 Earth, 3.71 Mars, 1.62 Moon, 0 in orbit (m/s^2); default 9.81, 0 to 100
---@field velocity_iterations? integer of Box2D's solver; default 8, 1 to 500
---@field position_iterations? integer of Box2D's solver; default 3, 1 to 500
---@field ground? "flat"|"rough"|"slope"|"steps" its profile; default "flat"
---@field roughness? number standard deviation of the height of rough ground (m); default 0.03, 0 to 0.5
---@field slope? number of sloping ground, uphill forward (degrees); default 5, -45 to 45
---@field step_height? number each step of stepped ground goes up or down by this (m); default 0.05, 0 to 0.5
---@field step_length? number from one step to the next (m); default 1, 0.2 to 10
---@field ground_seed? integer 0: new ground every episode; otherwise the same ground always; default 0, 0 to 4.294967e+09
---@field friction? number Coulomb coefficient of the ground; the contact has sqrt(ground * body); default 0.9, 0 to 10
---@field time_limit? number after which an episode is truncated (s); default 20, 0.1 to 3600
---@field reset_noise? number joint angles (rad) and velocity (m/s) start off by up to this; default 0.05, 0 to 1
---@field throw_mass? number of a ball thrown at the creature (kg); default 3, 0.01 to 100
---@field throw_speed? number of a ball, relative to the trunk (m/s); default 5, 0.5 to 20
---@field throw_interval? number from one ball to the next; 0: none is thrown (s); default 0, 0 to 3600
---@field throw_side? "both"|"front"|"back" where balls come from; both: at random; default "both"
---@field throw_start? number when the first ball is thrown (s); default 1, 0 to 3600
---@field speed_weight? number gait: of missing the target speed (1/s); default 1, 0 to 1000
---@field speed_threshold? number gait: a mean speed this near is on target (m/s); default 0.05, 0 to 20
---@field head_orientation_weight? number gait: of a head that is not level (1/s); default 0.2, 0 to 1000
---@field head_orientation_threshold? number gait: a head this level is (rad); default 0.1, 0 to 10
---@field head_velocity_weight? number gait: of a head that is not steady (1/s); default 0.1, 0 to 1000
---@field head_velocity_threshold? number gait: a head this slow is steady (m/s); default 0.2, 0 to 100
---@field slide_weight? number gait: of feet that slide (1/s); default 0.2, 0 to 1000
---@field slide_threshold? number gait: feet this slow on the ground do not slide (m/s); default 0.1, 0 to 100
---@field effort_weight? number gait: of the cost of transport (1/s); default 0.2, 0 to 1000
---@field effort_threshold? number gait: a cost of transport this low is none (J/(kg m)); default 0, 0 to 1000
---@field continuous? "auto"|"always"|"never" collision, which lets nothing pass through the ground within a step; auto: looked for in the steps that may have it, with the results of always; default "auto"
---@field motion? rl.motion to follow; it is part of the description, as rl.creature has it
---@field start_phase? number with a motion: where in it episodes begin, 0 to 1; -1, the default: anywhere

---a person of 1.8 m and 80 kg in seven segments: hips, knees and ankles
---@class rl.biped_state: rl.state
---@field hip_l_angle number hip_l: angle of the joint from the standing pose, counter-clockwise (rad)
---@field hip_l_speed number hip_l: angular speed of the joint (rad/s)
---@field knee_l_angle number knee_l: angle of the joint from the standing pose, counter-clockwise (rad)
---@field knee_l_speed number knee_l: angular speed of the joint (rad/s)
---@field ankle_l_angle number ankle_l: angle of the joint from the standing pose, counter-clockwise (rad)
---@field ankle_l_speed number ankle_l: angular speed of the joint (rad/s)
---@field hip_r_angle number hip_r: angle of the joint from the standing pose, counter-clockwise (rad)
---@field hip_r_speed number hip_r: angular speed of the joint (rad/s)
---@field knee_r_angle number knee_r: angle of the joint from the standing pose, counter-clockwise (rad)
---@field knee_r_speed number knee_r: angular speed of the joint (rad/s)
---@field ankle_r_angle number ankle_r: angle of the joint from the standing pose, counter-clockwise (rad)
---@field ankle_r_speed number ankle_r: angular speed of the joint (rad/s)
---@field foot_l_contact number foot_l: 1 while it touches the ground, else 0
---@field foot_l_load number foot_l: force of the ground on it along the normal, mean over the last action; weights on Earth without gravity (body weights)
---@field foot_l_slide number foot_l: speed along the ground while touching it, else 0 (m/s)
---@field foot_l_air number foot_l: since it last touched the ground; 0 while it does (s)
---@field foot_l_stance number foot_l: since it came to touch the ground; 0 while it does not (s)
---@field foot_r_contact number foot_r: 1 while it touches the ground, else 0
---@field foot_r_load number foot_r: force of the ground on it along the normal, mean over the last action; weights on Earth without gravity (body weights)
---@field foot_r_slide number foot_r: speed along the ground while touching it, else 0 (m/s)
---@field foot_r_air number foot_r: since it last touched the ground; 0 while it does (s)
---@field foot_r_stance number foot_r: since it came to touch the ground; 0 while it does not (s)
---@field effort number mean over motors and physics steps of (torque / greatest torque)^2

---@class rl.biped_options: rl.env_options
---@field reward? fun(state: rl.biped_state, action: number[]): number|table<string, number>
---@field done? fun(state: rl.biped_state, action: number[]): boolean
---@field control_rate? number actions a second (Hz); default 50, 10 to 200
---@field substeps? integer physics steps to an action; default 4, 1 to 32
---@field target_speed? number forward speed that the environment's own reward asks for (m/s); default 1, -20 to 20
---@field objective? "plain"|"gait" the environment's own reward: plain (speed, upright, effort) or that of a gait; default "plain"

---a trunk on one leg of three segments, 1.25 m and 12.5 kg
---@class rl.hopper_state: rl.state
---@field hip_angle number hip: angle of the joint from the standing pose, counter-clockwise (rad)
---@field hip_speed number hip: angular speed of the joint (rad/s)
---@field knee_angle number knee: angle of the joint from the standing pose, counter-clockwise (rad)
---@field knee_speed number knee: angular speed of the joint (rad/s)
---@field ankle_angle number ankle: angle of the joint from the standing pose, counter-clockwise (rad)
---@field ankle_speed number ankle: angular speed of the joint (rad/s)
---@field foot_contact number foot: 1 while it touches the ground, else 0
---@field foot_load number foot: force of the ground on it along the normal, mean over the last action; weights on Earth without gravity (body weights)
---@field foot_slide number foot: speed along the ground while touching it, else 0 (m/s)
---@field foot_air number foot: since it last touched the ground; 0 while it does (s)
---@field foot_stance number foot: since it came to touch the ground; 0 while it does not (s)
---@field effort number mean over motors and physics steps of (torque / greatest torque)^2

---@class rl.hopper_options: rl.env_options
---@field reward? fun(state: rl.hopper_state, action: number[]): number|table<string, number>
---@field done? fun(state: rl.hopper_state, action: number[]): boolean
---@field control_rate? number actions a second (Hz); default 50, 10 to 200
---@field substeps? integer physics steps to an action; default 4, 1 to 32
---@field target_speed? number forward speed that the environment's own reward asks for (m/s); default 1, -20 to 20
---@field objective? "plain"|"gait" the environment's own reward: plain (speed, upright, effort) or that of a gait; default "plain"

---a trunk with a head on four legs of two segments, the size of a big dog: 36 kg
---@class rl.quadruped_state: rl.state
---@field shoulder_l_angle number shoulder_l: angle of the joint from the standing pose, counter-clockwise (rad)
---@field shoulder_l_speed number shoulder_l: angular speed of the joint (rad/s)
---@field elbow_l_angle number elbow_l: angle of the joint from the standing pose, counter-clockwise (rad)
---@field elbow_l_speed number elbow_l: angular speed of the joint (rad/s)
---@field hip_l_angle number hip_l: angle of the joint from the standing pose, counter-clockwise (rad)
---@field hip_l_speed number hip_l: angular speed of the joint (rad/s)
---@field knee_l_angle number knee_l: angle of the joint from the standing pose, counter-clockwise (rad)
---@field knee_l_speed number knee_l: angular speed of the joint (rad/s)
---@field shoulder_r_angle number shoulder_r: angle of the joint from the standing pose, counter-clockwise (rad)
---@field shoulder_r_speed number shoulder_r: angular speed of the joint (rad/s)
---@field elbow_r_angle number elbow_r: angle of the joint from the standing pose, counter-clockwise (rad)
---@field elbow_r_speed number elbow_r: angular speed of the joint (rad/s)
---@field hip_r_angle number hip_r: angle of the joint from the standing pose, counter-clockwise (rad)
---@field hip_r_speed number hip_r: angular speed of the joint (rad/s)
---@field knee_r_angle number knee_r: angle of the joint from the standing pose, counter-clockwise (rad)
---@field knee_r_speed number knee_r: angular speed of the joint (rad/s)
---@field fore_lower_l_contact number fore_lower_l: 1 while it touches the ground, else 0
---@field fore_lower_l_load number fore_lower_l: force of the ground on it along the normal, mean over the last action; weights on Earth without gravity (body weights)
---@field fore_lower_l_slide number fore_lower_l: speed along the ground while touching it, else 0 (m/s)
---@field fore_lower_l_air number fore_lower_l: since it last touched the ground; 0 while it does (s)
---@field fore_lower_l_stance number fore_lower_l: since it came to touch the ground; 0 while it does not (s)
---@field hind_lower_l_contact number hind_lower_l: 1 while it touches the ground, else 0
---@field hind_lower_l_load number hind_lower_l: force of the ground on it along the normal, mean over the last action; weights on Earth without gravity (body weights)
---@field hind_lower_l_slide number hind_lower_l: speed along the ground while touching it, else 0 (m/s)
---@field hind_lower_l_air number hind_lower_l: since it last touched the ground; 0 while it does (s)
---@field hind_lower_l_stance number hind_lower_l: since it came to touch the ground; 0 while it does not (s)
---@field fore_lower_r_contact number fore_lower_r: 1 while it touches the ground, else 0
---@field fore_lower_r_load number fore_lower_r: force of the ground on it along the normal, mean over the last action; weights on Earth without gravity (body weights)
---@field fore_lower_r_slide number fore_lower_r: speed along the ground while touching it, else 0 (m/s)
---@field fore_lower_r_air number fore_lower_r: since it last touched the ground; 0 while it does (s)
---@field fore_lower_r_stance number fore_lower_r: since it came to touch the ground; 0 while it does not (s)
---@field hind_lower_r_contact number hind_lower_r: 1 while it touches the ground, else 0
---@field hind_lower_r_load number hind_lower_r: force of the ground on it along the normal, mean over the last action; weights on Earth without gravity (body weights)
---@field hind_lower_r_slide number hind_lower_r: speed along the ground while touching it, else 0 (m/s)
---@field hind_lower_r_air number hind_lower_r: since it last touched the ground; 0 while it does (s)
---@field hind_lower_r_stance number hind_lower_r: since it came to touch the ground; 0 while it does not (s)
---@field effort number mean over motors and physics steps of (torque / greatest torque)^2

---@class rl.quadruped_options: rl.env_options
---@field reward? fun(state: rl.quadruped_state, action: number[]): number|table<string, number>
---@field done? fun(state: rl.quadruped_state, action: number[]): boolean
---@field control_rate? number actions a second (Hz); default 50, 10 to 200
---@field substeps? integer physics steps to an action; default 4, 1 to 32
---@field target_speed? number forward speed that the environment's own reward asks for (m/s); default 1.5, -20 to 20
---@field objective? "plain"|"gait" the environment's own reward: plain (speed, upright, effort) or that of a gait; default "plain"

---a person of 80 kg in seven segments, driven by seven muscles a leg
---@class rl.human_state: rl.state
---@field hip_l_angle number hip_l: angle of the joint from the standing pose, counter-clockwise (rad)
---@field hip_l_speed number hip_l: angular speed of the joint (rad/s)
---@field knee_l_angle number knee_l: angle of the joint from the standing pose, counter-clockwise (rad)
---@field knee_l_speed number knee_l: angular speed of the joint (rad/s)
---@field ankle_l_angle number ankle_l: angle of the joint from the standing pose, counter-clockwise (rad)
---@field ankle_l_speed number ankle_l: angular speed of the joint (rad/s)
---@field hip_r_angle number hip_r: angle of the joint from the standing pose, counter-clockwise (rad)
---@field hip_r_speed number hip_r: angular speed of the joint (rad/s)
---@field knee_r_angle number knee_r: angle of the joint from the standing pose, counter-clockwise (rad)
---@field knee_r_speed number knee_r: angular speed of the joint (rad/s)
---@field ankle_r_angle number ankle_r: angle of the joint from the standing pose, counter-clockwise (rad)
---@field ankle_r_speed number ankle_r: angular speed of the joint (rad/s)
---@field foot_l_contact number foot_l: 1 while it touches the ground, else 0
---@field foot_l_load number foot_l: force of the ground on it along the normal, mean over the last action; weights on Earth without gravity (body weights)
---@field foot_l_slide number foot_l: speed along the ground while touching it, else 0 (m/s)
---@field foot_l_air number foot_l: since it last touched the ground; 0 while it does (s)
---@field foot_l_stance number foot_l: since it came to touch the ground; 0 while it does not (s)
---@field foot_r_contact number foot_r: 1 while it touches the ground, else 0
---@field foot_r_load number foot_r: force of the ground on it along the normal, mean over the last action; weights on Earth without gravity (body weights)
---@field foot_r_slide number foot_r: speed along the ground while touching it, else 0 (m/s)
---@field foot_r_air number foot_r: since it last touched the ground; 0 while it does (s)
---@field foot_r_stance number foot_r: since it came to touch the ground; 0 while it does not (s)
---@field effort number metabolic power over mass, mean over the last action; with motors, plus the mean of (torque / greatest torque)^2 (W/kg)
---@field sol_l_length number sol_l: fibre, in optimal fibre lengths (l_opt)
---@field sol_l_velocity number sol_l: of the fibre, lengthening is positive (l_opt/s)
---@field sol_l_force number sol_l: of the tendon, in greatest isometric forces (f_max)
---@field sol_l_activation number sol_l: 0.01 at rest to 1
---@field ta_l_length number ta_l: fibre, in optimal fibre lengths (l_opt)
---@field ta_l_velocity number ta_l: of the fibre, lengthening is positive (l_opt/s)
---@field ta_l_force number ta_l: of the tendon, in greatest isometric forces (f_max)
---@field ta_l_activation number ta_l: 0.01 at rest to 1
---@field gas_l_length number gas_l: fibre, in optimal fibre lengths (l_opt)
---@field gas_l_velocity number gas_l: of the fibre, lengthening is positive (l_opt/s)
---@field gas_l_force number gas_l: of the tendon, in greatest isometric forces (f_max)
---@field gas_l_activation number gas_l: 0.01 at rest to 1
---@field vas_l_length number vas_l: fibre, in optimal fibre lengths (l_opt)
---@field vas_l_velocity number vas_l: of the fibre, lengthening is positive (l_opt/s)
---@field vas_l_force number vas_l: of the tendon, in greatest isometric forces (f_max)
---@field vas_l_activation number vas_l: 0.01 at rest to 1
---@field ham_l_length number ham_l: fibre, in optimal fibre lengths (l_opt)
---@field ham_l_velocity number ham_l: of the fibre, lengthening is positive (l_opt/s)
---@field ham_l_force number ham_l: of the tendon, in greatest isometric forces (f_max)
---@field ham_l_activation number ham_l: 0.01 at rest to 1
---@field glu_l_length number glu_l: fibre, in optimal fibre lengths (l_opt)
---@field glu_l_velocity number glu_l: of the fibre, lengthening is positive (l_opt/s)
---@field glu_l_force number glu_l: of the tendon, in greatest isometric forces (f_max)
---@field glu_l_activation number glu_l: 0.01 at rest to 1
---@field hfl_l_length number hfl_l: fibre, in optimal fibre lengths (l_opt)
---@field hfl_l_velocity number hfl_l: of the fibre, lengthening is positive (l_opt/s)
---@field hfl_l_force number hfl_l: of the tendon, in greatest isometric forces (f_max)
---@field hfl_l_activation number hfl_l: 0.01 at rest to 1
---@field sol_r_length number sol_r: fibre, in optimal fibre lengths (l_opt)
---@field sol_r_velocity number sol_r: of the fibre, lengthening is positive (l_opt/s)
---@field sol_r_force number sol_r: of the tendon, in greatest isometric forces (f_max)
---@field sol_r_activation number sol_r: 0.01 at rest to 1
---@field ta_r_length number ta_r: fibre, in optimal fibre lengths (l_opt)
---@field ta_r_velocity number ta_r: of the fibre, lengthening is positive (l_opt/s)
---@field ta_r_force number ta_r: of the tendon, in greatest isometric forces (f_max)
---@field ta_r_activation number ta_r: 0.01 at rest to 1
---@field gas_r_length number gas_r: fibre, in optimal fibre lengths (l_opt)
---@field gas_r_velocity number gas_r: of the fibre, lengthening is positive (l_opt/s)
---@field gas_r_force number gas_r: of the tendon, in greatest isometric forces (f_max)
---@field gas_r_activation number gas_r: 0.01 at rest to 1
---@field vas_r_length number vas_r: fibre, in optimal fibre lengths (l_opt)
---@field vas_r_velocity number vas_r: of the fibre, lengthening is positive (l_opt/s)
---@field vas_r_force number vas_r: of the tendon, in greatest isometric forces (f_max)
---@field vas_r_activation number vas_r: 0.01 at rest to 1
---@field ham_r_length number ham_r: fibre, in optimal fibre lengths (l_opt)
---@field ham_r_velocity number ham_r: of the fibre, lengthening is positive (l_opt/s)
---@field ham_r_force number ham_r: of the tendon, in greatest isometric forces (f_max)
---@field ham_r_activation number ham_r: 0.01 at rest to 1
---@field glu_r_length number glu_r: fibre, in optimal fibre lengths (l_opt)
---@field glu_r_velocity number glu_r: of the fibre, lengthening is positive (l_opt/s)
---@field glu_r_force number glu_r: of the tendon, in greatest isometric forces (f_max)
---@field glu_r_activation number glu_r: 0.01 at rest to 1
---@field hfl_r_length number hfl_r: fibre, in optimal fibre lengths (l_opt)
---@field hfl_r_velocity number hfl_r: of the fibre, lengthening is positive (l_opt/s)
---@field hfl_r_force number hfl_r: of the tendon, in greatest isometric forces (f_max)
---@field hfl_r_activation number hfl_r: 0.01 at rest to 1
---@field metabolic_power number burnt by muscles and the basal rate, mean over the last action (W)
---@field energy number burnt since the start of the episode (J)
---@field cost_of_transport number energy / (mass * forward distance, 1 m at least) (J/(kg m))

---@class rl.human_options: rl.env_options
---@field reward? fun(state: rl.human_state, action: number[]): number|table<string, number>
---@field done? fun(state: rl.human_state, action: number[]): boolean
---@field control_rate? number actions a second (Hz); default 100, 10 to 200
---@field substeps? integer physics steps to an action; default 10, 1 to 32
---@field target_speed? number forward speed that the environment's own reward asks for (m/s); default 1.3, -20 to 20
---@field objective? "plain"|"gait" the environment's own reward: plain (speed, upright, effort) or that of a gait; default "gait"

---the human walking by its reflexes; actions add to the excitations
---@class rl.reflex_human_state: rl.state
---@field hip_l_angle number hip_l: angle of the joint from the standing pose, counter-clockwise (rad)
---@field hip_l_speed number hip_l: angular speed of the joint (rad/s)
---@field knee_l_angle number knee_l: angle of the joint from the standing pose, counter-clockwise (rad)
---@field knee_l_speed number knee_l: angular speed of the joint (rad/s)
---@field ankle_l_angle number ankle_l: angle of the joint from the standing pose, counter-clockwise (rad)
---@field ankle_l_speed number ankle_l: angular speed of the joint (rad/s)
---@field hip_r_angle number hip_r: angle of the joint from the standing pose, counter-clockwise (rad)
---@field hip_r_speed number hip_r: angular speed of the joint (rad/s)
---@field knee_r_angle number knee_r: angle of the joint from the standing pose, counter-clockwise (rad)
---@field knee_r_speed number knee_r: angular speed of the joint (rad/s)
---@field ankle_r_angle number ankle_r: angle of the joint from the standing pose, counter-clockwise (rad)
---@field ankle_r_speed number ankle_r: angular speed of the joint (rad/s)
---@field foot_l_contact number foot_l: 1 while it touches the ground, else 0
---@field foot_l_load number foot_l: force of the ground on it along the normal, mean over the last action; weights on Earth without gravity (body weights)
---@field foot_l_slide number foot_l: speed along the ground while touching it, else 0 (m/s)
---@field foot_l_air number foot_l: since it last touched the ground; 0 while it does (s)
---@field foot_l_stance number foot_l: since it came to touch the ground; 0 while it does not (s)
---@field foot_r_contact number foot_r: 1 while it touches the ground, else 0
---@field foot_r_load number foot_r: force of the ground on it along the normal, mean over the last action; weights on Earth without gravity (body weights)
---@field foot_r_slide number foot_r: speed along the ground while touching it, else 0 (m/s)
---@field foot_r_air number foot_r: since it last touched the ground; 0 while it does (s)
---@field foot_r_stance number foot_r: since it came to touch the ground; 0 while it does not (s)
---@field effort number metabolic power over mass, mean over the last action; with motors, plus the mean of (torque / greatest torque)^2 (W/kg)
---@field sol_l_length number sol_l: fibre, in optimal fibre lengths (l_opt)
---@field sol_l_velocity number sol_l: of the fibre, lengthening is positive (l_opt/s)
---@field sol_l_force number sol_l: of the tendon, in greatest isometric forces (f_max)
---@field sol_l_activation number sol_l: 0.01 at rest to 1
---@field ta_l_length number ta_l: fibre, in optimal fibre lengths (l_opt)
---@field ta_l_velocity number ta_l: of the fibre, lengthening is positive (l_opt/s)
---@field ta_l_force number ta_l: of the tendon, in greatest isometric forces (f_max)
---@field ta_l_activation number ta_l: 0.01 at rest to 1
---@field gas_l_length number gas_l: fibre, in optimal fibre lengths (l_opt)
---@field gas_l_velocity number gas_l: of the fibre, lengthening is positive (l_opt/s)
---@field gas_l_force number gas_l: of the tendon, in greatest isometric forces (f_max)
---@field gas_l_activation number gas_l: 0.01 at rest to 1
---@field vas_l_length number vas_l: fibre, in optimal fibre lengths (l_opt)
---@field vas_l_velocity number vas_l: of the fibre, lengthening is positive (l_opt/s)
---@field vas_l_force number vas_l: of the tendon, in greatest isometric forces (f_max)
---@field vas_l_activation number vas_l: 0.01 at rest to 1
---@field ham_l_length number ham_l: fibre, in optimal fibre lengths (l_opt)
---@field ham_l_velocity number ham_l: of the fibre, lengthening is positive (l_opt/s)
---@field ham_l_force number ham_l: of the tendon, in greatest isometric forces (f_max)
---@field ham_l_activation number ham_l: 0.01 at rest to 1
---@field glu_l_length number glu_l: fibre, in optimal fibre lengths (l_opt)
---@field glu_l_velocity number glu_l: of the fibre, lengthening is positive (l_opt/s)
---@field glu_l_force number glu_l: of the tendon, in greatest isometric forces (f_max)
---@field glu_l_activation number glu_l: 0.01 at rest to 1
---@field hfl_l_length number hfl_l: fibre, in optimal fibre lengths (l_opt)
---@field hfl_l_velocity number hfl_l: of the fibre, lengthening is positive (l_opt/s)
---@field hfl_l_force number hfl_l: of the tendon, in greatest isometric forces (f_max)
---@field hfl_l_activation number hfl_l: 0.01 at rest to 1
---@field sol_r_length number sol_r: fibre, in optimal fibre lengths (l_opt)
---@field sol_r_velocity number sol_r: of the fibre, lengthening is positive (l_opt/s)
---@field sol_r_force number sol_r: of the tendon, in greatest isometric forces (f_max)
---@field sol_r_activation number sol_r: 0.01 at rest to 1
---@field ta_r_length number ta_r: fibre, in optimal fibre lengths (l_opt)
---@field ta_r_velocity number ta_r: of the fibre, lengthening is positive (l_opt/s)
---@field ta_r_force number ta_r: of the tendon, in greatest isometric forces (f_max)
---@field ta_r_activation number ta_r: 0.01 at rest to 1
---@field gas_r_length number gas_r: fibre, in optimal fibre lengths (l_opt)
---@field gas_r_velocity number gas_r: of the fibre, lengthening is positive (l_opt/s)
---@field gas_r_force number gas_r: of the tendon, in greatest isometric forces (f_max)
---@field gas_r_activation number gas_r: 0.01 at rest to 1
---@field vas_r_length number vas_r: fibre, in optimal fibre lengths (l_opt)
---@field vas_r_velocity number vas_r: of the fibre, lengthening is positive (l_opt/s)
---@field vas_r_force number vas_r: of the tendon, in greatest isometric forces (f_max)
---@field vas_r_activation number vas_r: 0.01 at rest to 1
---@field ham_r_length number ham_r: fibre, in optimal fibre lengths (l_opt)
---@field ham_r_velocity number ham_r: of the fibre, lengthening is positive (l_opt/s)
---@field ham_r_force number ham_r: of the tendon, in greatest isometric forces (f_max)
---@field ham_r_activation number ham_r: 0.01 at rest to 1
---@field glu_r_length number glu_r: fibre, in optimal fibre lengths (l_opt)
---@field glu_r_velocity number glu_r: of the fibre, lengthening is positive (l_opt/s)
---@field glu_r_force number glu_r: of the tendon, in greatest isometric forces (f_max)
---@field glu_r_activation number glu_r: 0.01 at rest to 1
---@field hfl_r_length number hfl_r: fibre, in optimal fibre lengths (l_opt)
---@field hfl_r_velocity number hfl_r: of the fibre, lengthening is positive (l_opt/s)
---@field hfl_r_force number hfl_r: of the tendon, in greatest isometric forces (f_max)
---@field hfl_r_activation number hfl_r: 0.01 at rest to 1
---@field metabolic_power number burnt by muscles and the basal rate, mean over the last action (W)
---@field energy number burnt since the start of the episode (J)
---@field cost_of_transport number energy / (mass * forward distance, 1 m at least) (J/(kg m))

---@class rl.reflex_human_options: rl.env_options
---@field reward? fun(state: rl.reflex_human_state, action: number[]): number|table<string, number>
---@field done? fun(state: rl.reflex_human_state, action: number[]): boolean
---@field control_rate? number actions a second (Hz); default 100, 10 to 200
---@field substeps? integer physics steps to an action; default 10, 1 to 32
---@field target_speed? number forward speed that the environment's own reward asks for (m/s); default 1.3, -20 to 20
---@field objective? "plain"|"gait" the environment's own reward: plain (speed, upright, effort) or that of a gait; default "gait"

---walk a two-legged robot over uneven ground that it sees by lidar (BipedalWalker-v3)
---@class rl.bipedal_walker_state
---@field time number since the start of the episode (s)
---@field x number hull, forward from the left end of the terrain; it starts at 4.7, the goal is at 88.7 (m)
---@field y number hull, upward; the terrain starts at 3.33 (m)
---@field vx number hull's velocity forward (m/s)
---@field vy number hull's velocity upward (m/s)
---@field angle number of the hull, counter-clockwise (leaning back is positive) (rad)
---@field angular_speed number of the hull, counter-clockwise (rad/s)
---@field height number hull above what is straight below it, up to 5.33 (m)
---@field fallen number 1 once the hull has touched the ground
---@field arrived number 1 beyond the goal
---@field hip_l_angle number from -0.8 to 1.1; the leg forward is positive (rad)
---@field hip_l_speed number angular speed of the hip (rad/s)
---@field knee_l_angle number from -1.6, bent, to -0.1 (rad)
---@field knee_l_speed number angular speed of the knee (rad/s)
---@field foot_l_contact number 1 from a touch of the ground to the next leaving of any of it
---@field hip_r_angle number from -0.8 to 1.1; the leg forward is positive (rad)
---@field hip_r_speed number angular speed of the hip (rad/s)
---@field knee_r_angle number from -1.6, bent, to -0.1 (rad)
---@field knee_r_speed number angular speed of the knee (rad/s)
---@field foot_r_contact number 1 from a touch of the ground to the next leaving of any of it

---@class rl.bipedal_walker_options: rl.common_options
---@field reward? fun(state: rl.bipedal_walker_state, action: number[]): number|table<string, number>
---@field done? fun(state: rl.bipedal_walker_state, action: number[]): boolean
---@field gravity? number downward acceleration (m/s^2); default 10, 0.01 to 100
---@field velocity_iterations? integer of Box2D's solver; default 180, 1 to 500
---@field position_iterations? integer of Box2D's solver; default 60, 1 to 500
---@field limit? integer after which an episode is truncated (steps); default 1600, 1 to 1000000
---@field continuous? "auto"|"always"|"never" collision, which lets nothing pass through the ground within a step; auto: looked for in the steps that may have it, with the results of always; default "auto"

---the same over stumps, stairs and pits (BipedalWalkerHardcore-v3)
---@class rl.bipedal_walker_hardcore_state
---@field time number since the start of the episode (s)
---@field x number hull, forward from the left end of the terrain; it starts at 4.7, the goal is at 88.7 (m)
---@field y number hull, upward; the terrain starts at 3.33 (m)
---@field vx number hull's velocity forward (m/s)
---@field vy number hull's velocity upward (m/s)
---@field angle number of the hull, counter-clockwise (leaning back is positive) (rad)
---@field angular_speed number of the hull, counter-clockwise (rad/s)
---@field height number hull above what is straight below it, up to 5.33 (m)
---@field fallen number 1 once the hull has touched the ground
---@field arrived number 1 beyond the goal
---@field hip_l_angle number from -0.8 to 1.1; the leg forward is positive (rad)
---@field hip_l_speed number angular speed of the hip (rad/s)
---@field knee_l_angle number from -1.6, bent, to -0.1 (rad)
---@field knee_l_speed number angular speed of the knee (rad/s)
---@field foot_l_contact number 1 from a touch of the ground to the next leaving of any of it
---@field hip_r_angle number from -0.8 to 1.1; the leg forward is positive (rad)
---@field hip_r_speed number angular speed of the hip (rad/s)
---@field knee_r_angle number from -1.6, bent, to -0.1 (rad)
---@field knee_r_speed number angular speed of the knee (rad/s)
---@field foot_r_contact number 1 from a touch of the ground to the next leaving of any of it

---@class rl.bipedal_walker_hardcore_options: rl.common_options
---@field reward? fun(state: rl.bipedal_walker_hardcore_state, action: number[]): number|table<string, number>
---@field done? fun(state: rl.bipedal_walker_hardcore_state, action: number[]): boolean
---@field gravity? number downward acceleration (m/s^2); default 10, 0.01 to 100
---@field velocity_iterations? integer of Box2D's solver; default 180, 1 to 500
---@field position_iterations? integer of Box2D's solver; default 60, 1 to 500
---@field limit? integer after which an episode is truncated (steps); default 2000, 1 to 1000000
---@field continuous? "auto"|"always"|"never" collision, which lets nothing pass through the ground within a step; auto: looked for in the steps that may have it, with the results of always; default "auto"

---keep a pole upright on a cart that is pushed left or right (CartPole-v1)
---@class rl.cartpole_state
---@field time number since the episode began (s)
---@field x number the cart's place on the track (m)
---@field vx number the cart's speed (m/s)
---@field angle number of the pole from upright, positive to the right (rad)
---@field angular_speed number of the pole (rad/s)

---@class rl.cartpole_options: rl.common_options
---@field reward? fun(state: rl.cartpole_state, action: number[]): number|table<string, number>
---@field done? fun(state: rl.cartpole_state, action: number[]): boolean
---@field gravity? number downward acceleration (m/s^2); default 9.8, 0 to 100
---@field masscart? number of the cart (kg); default 1, 0.01 to 100
---@field masspole? number of the pole (kg); default 0.1, 0.001 to 100
---@field half_length? number from the hinge to the middle of the pole (m); default 0.5, 0.05 to 10
---@field force? number that an action pushes with (N); default 10, 0 to 1000
---@field time_step? number of an action (s); default 0.02, 0.001 to 0.1
---@field x_limit? number half the track: a cart beyond it ends the episode (m); default 2.4, 0.1 to 100
---@field angle_limit? number a pole that leans more has fallen (degrees); default 12, 1 to 180
---@field start? number position, angle and speeds begin within this of 0, evenly; default 0.05, 0 to 1
---@field limit? integer after which an episode is truncated (steps); default 500, 1 to 1000000

---swing a rod up and hold it there with a weak torque (Pendulum-v1)
---@class rl.pendulum_state
---@field time number since the episode began (s)
---@field angle number from upright, counter-clockwise, in [-pi, pi] (rad)
---@field angular_speed number counter-clockwise (rad/s)
---@field upright number cosine of the angle: 1 upright, -1 hanging

---@class rl.pendulum_options: rl.common_options
---@field reward? fun(state: rl.pendulum_state, action: number[]): number|table<string, number>
---@field done? fun(state: rl.pendulum_state, action: number[]): boolean
---@field gravity? number downward acceleration (m/s^2); default 10, 0 to 100
---@field mass? number of the rod (kg); default 1, 0.01 to 100
---@field length? number of the rod (m); default 1, 0.1 to 10
---@field max_speed? number the hinge turns no faster (rad/s); default 8, 0.1 to 50
---@field time_step? number of an action (s); default 0.05, 0.001 to 0.1
---@field start_angle? number the angle begins within this of upright, evenly (rad); default 3.141593, 0 to 3.141593
---@field start_speed? number the speed begins within this of 0, evenly; max_speed holds too (rad/s); default 1, 0 to 50
---@field limit? integer after which an episode is truncated (steps); default 200, 1 to 1000000

---drive at the speed that is asked for: throttle, gear and brake at once, under masks
---@class rl.gears_state
---@field speed number of the car (m/s)
---@field asked number the speed that is asked for (m/s)
---@field gear number 1 to 5
---@field engine number how fast the engine turns (rad/s)
---@field shifting number until a shift is over, in which nothing drives the car (s)
---@field time number since the episode began (s)

---@class rl.gears_options: rl.common_options
---@field reward? fun(state: rl.gears_state, action: number[]): number|table<string, number>
---@field done? fun(state: rl.gears_state, action: number[]): boolean
---@field mass? number of the car (kg); default 1200, 300 to 5000
---@field torque? number of the engine, at most (N m); default 180, 10 to 1000
---@field changes? number after which another speed is asked for, on average (s); default 8, 0.5 to 1000
---@field time_step? number of an action (s); default 0.1, 0.01 to 0.5
---@field limit? integer after which an episode is truncated (steps); default 300, 1 to 1000000

---shape a movement primitive: reach with the least motor command, or pass through a point
---@class rl.stroke_state
---@field time number since the episode began (s)
---@field position number of the joint (rad)
---@field velocity number of the joint (rad/s)
---@field acceleration number of the joint in the last step: the motor command (rad/s^2)
---@field basis_1 number what weight 1 is multiplied by now
---@field basis_2 number what weight 2 is multiplied by now
---@field basis_3 number what weight 3 is multiplied by now
---@field basis_4 number what weight 4 is multiplied by now
---@field basis_5 number what weight 5 is multiplied by now
---@field basis_6 number what weight 6 is multiplied by now
---@field basis_7 number what weight 7 is multiplied by now
---@field basis_8 number what weight 8 is multiplied by now
---@field basis_9 number what weight 9 is multiplied by now
---@field basis_10 number what weight 10 is multiplied by now

---@class rl.stroke_options: rl.common_options
---@field reward? fun(state: rl.stroke_state, action: number[]): number|table<string, number>
---@field done? fun(state: rl.stroke_state, action: number[]): boolean
---@field task? "reach"|"pass" what costs; default "reach"
---@field duration? number of the stroke, and of the episode (s); default 1, 0.1 to 100
---@field time_step? number of an action, in durations; default 0.01, 0.001 to 0.1
---@field effort? number weight of squared acceleration, in units of the duration; default 0.01, 0 to 1000
---@field precision? number weight of being off the goal, and off the point; default 100, 0 to 1000000
---@field point? number to pass through (rad); default 0.5, -10 to 10
---@field point_time? number when, in durations; default 0.5, 0 to 1

---a linear system with a quadratic cost, of any matrices A, B, Q, R
---@class rl.lqr_state
---@field s1 number a coordinate of the state

---@class rl.lqr_options: rl.common_options, rl.lqr_problem
---@field reward? fun(state: rl.lqr_state, action: number[]): number|table<string, number>
---@field done? fun(state: rl.lqr_state, action: number[]): boolean
---@field noise? number standard deviation of what each step adds to each coordinate; default 0, 0 to 1000
---@field start? number standard deviation of each coordinate of the first state; default 1, 0 to 1000
---@field limit? integer after which an episode is truncated (steps); default 50, 1 to 1000000

---@param creature string|rl.creature a name of rl.envs(), or a description
---@param options? rl.env_options
---@return rl.env
---@overload fun(world: rl.world): rl.env
---@overload fun(name: "biped", options?: rl.biped_options): rl.env
---@overload fun(name: "hopper", options?: rl.hopper_options): rl.env
---@overload fun(name: "quadruped", options?: rl.quadruped_options): rl.env
---@overload fun(name: "human", options?: rl.human_options): rl.env
---@overload fun(name: "reflex_human", options?: rl.reflex_human_options): rl.env
---@overload fun(name: "bipedal_walker", options?: rl.bipedal_walker_options): rl.env
---@overload fun(name: "bipedal_walker_hardcore", options?: rl.bipedal_walker_hardcore_options): rl.env
---@overload fun(name: "cartpole", options?: rl.cartpole_options): rl.env
---@overload fun(name: "pendulum", options?: rl.pendulum_options): rl.env
---@overload fun(name: "gears", options?: rl.gears_options): rl.env
---@overload fun(name: "stroke", options?: rl.stroke_options): rl.env
---@overload fun(name: "lqr", options?: rl.lqr_options): rl.env
function rl.env(creature, options) end

-- Numbers in the description of a creature ----------------------------------------------------------------------------

---@class rl.creature_numbers
---@field name? string of the creature
---@field symmetric? boolean every body, motor and muscle whose name ends in _l gets a copy that ends in _r; default false
---@field position? number[] of the root body's origin, standing; y above the ground (m); default {0, 0}, -100 to 100
---@field target_speed? number default of the option of that name (m/s); default 1, -20 to 20
---@field clock? number period of the clock that it senses, from 0.02; 0: none (s); default 0, 0 to 100
---@field trunk? string the body that x, angle, height ... are of; left out: the root

---@class rl.head_numbers
---@field body? string that the head is on; left out: the trunk
---@field point? number[] where, in the body's frame (m); default {0, 0}, -100 to 100

---@class rl.start_numbers
---@field vx? number forward, of all bodies (m/s); default 0, -20 to 20
---@field vy? number upward (m/s); default 0, -20 to 20
---@field lean? number of the root, forward from upright (rad); default 0, -3.141593 to 3.141593

---@class rl.start_angle_numbers
---@field joint? string that begins bent
---@field angle? number from the standing pose, within the joint's limits (rad); default 0

---@class rl.body_numbers
---@field name? string of the body
---@field mass? number spread evenly over the shapes; left out: from the density (kg); 0 to 1000000
---@field density? number where there is no mass (kg/m^2); at least 0
---@field inertia? number about the centre of mass; left out: from mass and shapes (kg m^2); at least 0
---@field center? number[] the centre of mass in the body's frame; left out: from the shapes (m); -100 to 100
---@field friction? number Coulomb; default 0.9, 0 to 10

---@class rl.shape_numbers
---@field kind? "box"|"circle"|"capsule"|"polygon" what it is; a polygon has points, 3 to 8 of a convex one; default "box"
---@field center? number[] in the body's frame (m); default {0, 0}, -100 to 100
---@field width? number along x (m); 0.01 to 100
---@field height? number along y; of a capsule with its round ends (m); 0.01 to 100
---@field radius? number of a circle, or of the ends of a capsule, which is twice as wide (m); 0.01 to 100

---@class rl.joint_numbers
---@field name? string of the hinge
---@field parent? string the body that it hangs on
---@field at? number[] the hinge in the parent's frame (m); default {0, 0}, -100 to 100
---@field from? number[] the hinge in this body's frame (m); default {0, 0}, -100 to 100
---@field lower? number least angle, from the rest pose; not above 0 (rad); default 0
---@field upper? number greatest angle; not below 0 (rad); default 0
---@field rest? number of the body against the parent when standing (rad); default 0

---@class rl.soft_numbers
---@field lower? number where the joint is pushed back; left out: its limit (rad)
---@field upper? number the same (rad)
---@field stiffness? number 0: no soft stops (N m/rad); default 0, 0 to 1000000

---@class rl.motor_numbers
---@field joint? string that it drives
---@field torque? number the greatest (N m); 1e-06 to 1000000
---@field speed? number at which the motor stops pushing (rad/s); 1e-06 to 1000

---@class rl.muscle_numbers
---@field name? string of the muscle
---@field f_max? number greatest isometric force (N); 0.001 to 1000000
---@field l_opt? number length of the fibre at which it is strongest; left out: from the path (m); 0.001 to 10
---@field v_max? number fastest shortening (l_opt/s); default 12, 0.001 to 100
---@field l_slack? number length from which the tendon pulls; left out: from the path (m); 0.001 to 10
---@field tau_activation? number lag of activation behind a greater excitation (s); default 0.01, 0.001 to 1
---@field tau_deactivation? number behind a smaller one (s); default 0.01, 0.001 to 1
---@field slow_fibres? number share of slow-twitch fibres; for the metabolic rate only; default 0.5, 0 to 1
---@field delay? number after which the muscle is felt; 0 or from 1 ms on (s); default 0, 0 to 1

---@class rl.arm_numbers
---@field joint? string that it turns
---@field arm? number greatest; positive: the muscle turns the joint counter-clockwise (m); default 0, -1 to 1
---@field max? number angle at which the arm is greatest; left out: it is always (rad); -10 to 10
---@field reference? number angle at which the joint leaves the unit at l_opt + l_slack (rad); default 0, -10 to 10
---@field rho? number share of the way that the unit shortens; default 1, 0.01 to 10

---@class rl.point_numbers
---@field body? string that the point is on
---@field at? number[] in the body's frame (m); default {0, 0}, -100 to 100

---@class rl.transitions_numbers
---@field stance_load? number a foot that bears more stands (body weights); default 0.1, 0.001 to 2
---@field swing_load? number one that bears no more swings; left out: stance_load (body weights); default 0.1, 0.001 to 2
---@field late_stance? number late stance once the foot is less than this ahead of the hip (leg lengths); default 0, -1000 to 1000
---@field liftoff? number liftoff then; -1 is out of reach (leg lengths); default -1, -1000 to 1000
---@field landing? number landing once the foot is more than this ahead of the hip (leg lengths); default 0, -1000 to 1000
---@field delay? number of the loads and positions that move the states (s); default 0.005, 0.001 to 0.5

---@class rl.reflex_numbers
---@field name? string of the rule, for people
---@field muscle? string that it excites
---@field delay? number of all that it senses (s); default 0.01, 0.001 to 0.5
---@field constant? number excitation besides its terms; default 0, -1000 to 1000
---@field positive? boolean a sum below 0 counts 0; default false
---@field load_gain? number not 0: times this and the load of the leg (1/body weight); default 0, -1000 to 1000

---@class rl.term_numbers
---@field sense? "length"|"velocity"|"force"|"angle"|"speed"|"lean"|"lean_speed"|"load"|"position" what is sensed
---@field of? string muscle, joint or body; left out: the rule's muscle, or the trunk
---@field leg? "same"|"other" whose part it is; default "same"
---@field held? boolean as it was when the rule became active; default false
---@field gain? number excitation for each unit of sense - offset; default 0, -1000 to 1000
---@field offset? number in the unit of the sense; default 0, -1000 to 1000

---@class rl.condition_numbers
---@field sense? "length"|"velocity"|"force"|"angle"|"speed"|"lean"|"lean_speed"|"load"|"position" what is sensed
---@field of? string muscle, joint or body; left out: the rule's muscle, or the trunk
---@field leg? "same"|"other" whose part it is; default "same"
---@field above? number that the sense is above; -1000 to 1000
---@field below? number that the sense is below; -1000 to 1000

---@class rl.feature_numbers
---@field sense? "length"|"velocity"|"force"|"angle"|"speed"|"lean"|"lean_speed"|"load"|"position" what is sensed
---@field of? string muscle, joint or body; left out: the rule's muscle, or the trunk
---@field kp? number excitation for each radian below the target (1/rad); default 0, -1000 to 1000
---@field kd? number less excitation for each rad/s (s/rad); default 0, -1000 to 1000
---@field delay? number of what it senses (s); default 0.01, 0.001 to 0.5

---@class rl.target_numbers
---@field landing? number the target in this state; left out: there is none (rad); -1000 to 1000
---@field early_stance? number the target in this state; left out: there is none (rad); -1000 to 1000
---@field late_stance? number the target in this state; left out: there is none (rad); -1000 to 1000
---@field liftoff? number the target in this state; left out: there is none (rad); -1000 to 1000
---@field swing? number the target in this state; left out: there is none (rad); -1000 to 1000

---@class rl.follower_numbers
---@field muscle? string that follows the feature
---@field weight? number 1: it pulls the feature up; -1: down; default 0, -1000 to 1000

---@class rl.primitive_numbers
---@field joint? string that it moves, by its motor; hip stands for hip_l and, a rhythmic one half a cycle later, hip_r
---@field kind? "discrete"|"rhythmic" one stroke, or a cycle; default "discrete"
---@field duration? number of the stroke, or of the cycle (s); 0.01 to 1000
---@field goal? number where a discrete one ends, what a rhythmic one swings about (rad); default 0, -1000 to 1000
---@field amplitude? number what weights are multiplied by; left out: the way to the goal, or 1 of a rhythmic one (rad); -1000 to 1000
---@field phase? number of a rhythmic one when an episode begins; default 0, 0 to 1
---@field kp? number share of the motor's torque for each radian that the joint is behind (1/rad); default 5, 0 to 1000
---@field kd? number and for each rad/s (s/rad); default 0.2, 0 to 1000

return rl
