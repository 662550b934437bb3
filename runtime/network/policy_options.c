/* What a policy and a value can be told: one table for both, whose rows say which of them has it. */
#include "network/policy.h"
#include "network/value.h"

#include <math.h>

const char *const rl_std_names[4] = {"free", "state", "fixed", NULL};

#define AT(field) offsetof(rl_policy_options, network.field)

enum { OF_POLICY = 1, OF_VALUE = 2 };

/* name, unit, meaning, default, min, max, choices, type, place, whose */
static const rl_option table[] = {
    {"activation", "", "of the hidden layers", RL_TANH, 0, 2, rl_activation_names, RL_OPTION_CHOICE,
     AT(activation), 0, false, NULL},
    {"normalize", "", "observations get mean 0 and deviation 1, over all that were seen", true, 0, 1, NULL,
     RL_OPTION_BOOLEAN, AT(normalize), 0, false, NULL},
    {"normalizer", "",
     "how they are normalised: as said there (standard), divided by the root of their mean square, so that 0 "
     "stays 0 (scale), or so only where that makes them smaller (large)",
     RL_NORMALIZER_STANDARD, 0, 2, rl_normalizer_names, RL_OPTION_CHOICE, AT(normalizer), 0, false, NULL},
    {"clip", "", "observations are clipped to plus or minus this; not given: 10 where they are normalised",
     (double)NAN, 0, INFINITY, NULL, RL_OPTION_FLOAT, AT(clip), 0, false, NULL},
    {"layer_norm", "", "hidden layers are normalised, each row over its units", false, 0, 1, NULL,
     RL_OPTION_BOOLEAN, AT(layer_norm), 0, false, NULL},
    {"init", "", "the first weights; orthogonal ones have a small last layer in a policy", RL_INIT_ORTHOGONAL,
     0, 1, rl_init_names, RL_OPTION_CHOICE, AT(init), 0, false, NULL},
    {"seed", "", "of the first weights", 1, 0, 0x1p53, NULL, RL_OPTION_SEED, AT(seed), 0, false, NULL},
    {"history", "",
     "observations that it reads: the last ones, at an episode's start its first again and again", 1, 1, 1024,
     NULL, RL_OPTION_INTEGER, AT(history), 0, false, NULL},
    {"gru", "units", "of a recurrent layer between the hidden layers and the output; 0: there is none", 0, 0,
     4096, NULL, RL_OPTION_INTEGER, AT(gru), 0, false, NULL},
    {"symmetric", "",
     "what it gives for a mirror image is the image of what it gives: hidden units are in pairs, half of the "
     "parameters "
     "are free",
     false, 0, 1, NULL, RL_OPTION_BOOLEAN, AT(symmetric), 0, false, NULL},
    {"action", "", "the value is of an action in a state, and takes both", false, 0, 1, NULL,
     RL_OPTION_BOOLEAN, AT(action), OF_VALUE, false, NULL},
    {"central", "",
     "the value reads what all agents of a world observe, with action also what they do, and which of them "
     "it is for",
     false, 0, 1, NULL, RL_OPTION_BOOLEAN, AT(central), OF_VALUE, false, NULL},
    {"log_std", "", "logarithm of the standard deviation of actions, at first", -0.5, -20, 5, NULL,
     RL_OPTION_FLOAT, offsetof(rl_policy_options, log_std), OF_POLICY, false, NULL},
    {"std", "", "the deviation is a parameter (free), an output (state) or stays (fixed)", RL_STD_FREE, 0, 2,
     rl_std_names, RL_OPTION_CHOICE, offsetof(rl_policy_options, std), OF_POLICY, false, NULL},
    {"value_head", "", "the policy's network also gives the value of the state", false, 0, 1, NULL,
     RL_OPTION_BOOLEAN, offsetof(rl_policy_options, value_head), OF_POLICY, false, NULL},
    {"squash", "",
     "actions are within their bounds, by tanh; the deviation is an output then, unless std says otherwise",
     false, 0, 1, NULL, RL_OPTION_BOOLEAN, offsetof(rl_policy_options, squash), OF_POLICY, false, NULL},
};

rl_options rl_policy_option_table(void) {
  return (rl_options){table, sizeof table / sizeof *table, OF_POLICY};
}

rl_options rl_value_option_table(void) { return (rl_options){table, sizeof table / sizeof *table, OF_VALUE}; }

rl_policy_options rl_policy_defaults(void) {
  return (rl_policy_options){.network = rl_network_defaults(0.01f), .std = RL_STD_FREE, .log_std = -0.5f};
}

rl_network_options rl_value_defaults(void) { return rl_network_defaults(1.0f); }
