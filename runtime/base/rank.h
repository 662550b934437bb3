/* Order among values: who is best, and who is in the middle. In place and without memory or recursion (the
 * qsort of the C library may allocate), and the same everywhere: equal values keep the order of their
 * indices. */
#ifndef RL_RANK_H
#define RL_RANK_H

#include "base/linkage.h"

RL_C_BEGIN

typedef struct rl_rank {
  double value;
  int index;
} rl_rank;

/* Smallest or greatest value first; NaN last. */
void rl_rank_ascending(rl_rank *items, int n);
void rl_rank_descending(rl_rank *items, int n);

/* The k-th smallest, from 0, of x [n], which is left in another order. No NaN. */
double rl_select(double *x, int n, int k);

RL_C_END

#endif
