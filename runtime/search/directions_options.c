/* What can be chosen in search along directions, each option in one row. */
#include "search/directions.h"

#include <math.h>

const char *const rl_direction_names[RL_DIRECTION_METHODS + 1] = {"ars", "openai_es", "finite_difference",
                                                                  "hill_climb", NULL};

#define AT(field) offsetof(rl_direction_options, field)
enum {
  ARS = 1 << RL_ARS,
  ES = 1 << RL_OPENAI_ES,
  FD = 1 << RL_FINITE_DIFFERENCE,
  CLIMB = 1 << RL_HILL_CLIMB,
  ALL = ARS | ES | FD | CLIMB
};

const rl_option_def rl_direction_table[RL_DIRECTION_TABLE] = {
    {"sigma", RL_OPTION_NUMBER, AT(sigma), 1e-150, 1e150, ALL, true, NULL},
    {"directions", RL_OPTION_INTEGER, AT(directions), 0, 1 << 20, ARS | ES | FD, false, NULL},
    {"top", RL_OPTION_INTEGER, AT(top), 0, 1 << 20, ARS, false, NULL},
    {"popsize", RL_OPTION_INTEGER, AT(popsize), 1, 1 << 20, CLIMB, false, NULL},
    {"lr", RL_OPTION_NUMBER, AT(lr), 0, 1e150, ARS | ES | FD, true, NULL},
    {"weight_decay", RL_OPTION_NUMBER, AT(weight_decay), 0, 1, ES, true, NULL},
    {"central", RL_OPTION_BOOLEAN, AT(central), 0, 1, FD, false, NULL},
    {"normalize", RL_OPTION_BOOLEAN, AT(normalize), 0, 1, FD, false, NULL},
    {"adapt", RL_OPTION_BOOLEAN, AT(adapt), 0, 1, CLIMB, false, NULL},
    {"decay", RL_OPTION_NUMBER, AT(decay), 0, 1, CLIMB, true, NULL},
    {"reevaluate", RL_OPTION_BOOLEAN, AT(reevaluate), 0, 1, CLIMB, false, NULL},
    {"seed", RL_OPTION_SEED, AT(seed), 0, 0x1p53, ALL, false, NULL},
    {"minimize", RL_OPTION_BOOLEAN, AT(minimize), 0, 1, ALL, false, NULL},
    {"tolx", RL_OPTION_NUMBER, AT(tolx), 0, 1e300, ALL, true, NULL},
    {"max_iterations", RL_OPTION_COUNT, AT(max_iterations), 0, 0x1p53, ALL, true, NULL},
    {"max_evaluations", RL_OPTION_COUNT, AT(max_evaluations), 0, 0x1p53, ALL, true, NULL},
    {"target", RL_OPTION_NUMBER, AT(target), -HUGE_VAL, HUGE_VAL, ALL, true, NULL},
};

rl_direction_options rl_direction_defaults(rl_direction_method kind) {
  static const double sigma[RL_DIRECTION_METHODS] = {0.03, 0.02, 0.01, 0.1};
  static const double lr[RL_DIRECTION_METHODS] = {0.02, 0.01, 0.1, 0.0};
  static const int directions[RL_DIRECTION_METHODS] = {8, 50, 0, 0};
  return (rl_direction_options){.kind = kind,
                                .directions = directions[kind],
                                .popsize = 8,
                                .sigma = sigma[kind],
                                .lr = lr[kind],
                                .weight_decay = 0.005,
                                .central = true,
                                .adapt = true,
                                .decay = 1.0,
                                .seed = 1,
                                .tolx = kind == RL_HILL_CLIMB ? 1e-12 : 0.0,
                                .target = (double)NAN};
}
