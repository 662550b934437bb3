/* A vectoriser whose copies are stepped by several ranks (base/ranks.h), each its part of them. What all copies show is
 * shared after that; what they are stays with their ranks until somebody needs all of it. */
#ifndef RL_VEC_ENV_RANKS_H
#define RL_VEC_ENV_RANKS_H

#include "base/ranks.h"
#include "env/vec_env.h"

RL_C_BEGIN

/* Between begin and end a step is one of the copies (worlds) of this rank, [first, end) of rl_ranks_part_of, alone. Not where there is
 * one rank, or where copies call into an interpreter. After end and a meeting, share: all ranks see what all copies show
 * (observation, ends, lengths of episodes). What else there is of them comes when it is asked for: by a step of all
 * copies, a reset, or a save, on all ranks. */
bool rl_vec_env_may_share(const rl_vec_env *env);
void rl_vec_env_begin_shared(rl_vec_env *env);
void rl_vec_env_end_shared(rl_vec_env *env);
void rl_vec_env_share(rl_vec_env *env);

/* Terms of a reward have places in the order in which they come up, which is another one on each rank. */
typedef struct rl_term_places {
  bool changed;
  int count, to[RL_MAX_TERMS]; /* where what this rank has at a place is to be */
} rl_term_places;
/* After a meeting: all ranks have the terms of this judge at the same places. Fails on all of them, and changes nothing,
 * where those are more than RL_MAX_TERMS. */
rl_status rl_judge_agree(const rl_judge *judge, rl_term_places *places, rl_error *error);
/* Of its judge, and what its own copies show. */
rl_status rl_vec_env_agree(rl_vec_env *env, rl_term_places *places, rl_error *error);
void rl_terms_move(const rl_term_places *places, float *terms /* [RL_MAX_TERMS] */);
void rl_terms_move_f64(const rl_term_places *places, double *terms);

RL_C_END

#endif
