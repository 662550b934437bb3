/* Several costs at once: which points dominate which, and how much of the space below a reference they cover. A
 * point dominates another where none of its costs is higher and one is lower. Costs are [n, m]. */
#ifndef RL_PARETO_H
#define RL_PARETO_H

#include "base/rank.h"

#include <stdbool.h>
#include <stddef.h>

RL_C_BEGIN

bool rl_pareto_dominates(const double *a, const double *b, int m);

/* rank [n]: 0 where no point dominates, 1 where none but those of rank 0 do, and so on. order: room for n. */
void rl_pareto_ranks(const double *cost, int n, int m, int *rank, rl_rank *order);

/* Room to work for up to n points. */
typedef struct rl_pareto_room {
  double *numbers; /* [rl_pareto_numbers(n, m)] */
  rl_rank *order;  /* [rl_pareto_orders(n, m)] */
  int *rank;       /* [2 n] */
} rl_pareto_room;
size_t rl_pareto_numbers(int n, int m);
size_t rl_pareto_orders(int n, int m);

/* Of what is dominated by a point and dominates `reference` [m]; points that do not dominate it count nothing. */
double rl_hypervolume(const double *cost, int n, int m, const double *reference, const rl_pareto_room *room);

/* The `keep` points that stay: by rank, and of the last rank those that are left when the one that adds least to
 * the hypervolume goes, again and again. The best in each cost goes last. Finite costs come before others. */
void rl_pareto_select(const double *cost, int n, int m, int keep, bool *kept, const rl_pareto_room *room);

RL_C_END

#endif
