/* The gradient that explains best what a function did along some directions: regression of differences of
 * values on steps (Peters & Schaal 2008, "Reinforcement learning of motor skills with policy gradients"). */
#ifndef RL_LEAST_SQUARES_H
#define RL_LEAST_SQUARES_H

#include "base/linkage.h"

#include <stdbool.h>

RL_C_BEGIN

/* gradient [n] with the least |direction gradient - difference|, and of those the shortest. direction [m, n];
 * difference [m] is used up; gram and factor [k, k], k = min(m, n), are for its use. By the normal equations:
 * directions at random are far from parallel. False when they are not. */
bool rl_least_squares(int m, int n, const double *direction, double *difference, double *gram, double *factor,
                      double *gradient);

RL_C_END

#endif
