/* A vectoriser whose copies are stepped by several ranks (base/ranks.h), each its part of them. What all copies show is
 * shared after that; what they are stays with their ranks until somebody needs all of it. */
#ifndef RL_VEC_ENV_RANKS_H
#define RL_VEC_ENV_RANKS_H

#include "base/ranks.h"
#include "env/vec_env.h"

RL_C_BEGIN

/* Terms of a reward have places in the order in which they come up, which is another one on each rank. */
typedef struct rl_term_places {
  int count, to[RL_MAX_TERMS]; /* where what this rank has at a place is to be */
} rl_term_places;
/* After a meeting: all ranks have the terms of this judge at the same places. True: here they have changed. */
bool rl_judge_agree(const rl_judge *judge, rl_term_places *places);
void rl_terms_move(const rl_term_places *places, float *terms /* [RL_MAX_TERMS] */);
void rl_terms_move_f64(const rl_term_places *places, double *terms);

RL_C_END

#endif
