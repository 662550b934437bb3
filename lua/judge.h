/* The user's `reward` and `done` functions as the judge of a vectoriser: what they read (named fields), what
 * they may return (a number, or named terms), and what happens when they fail. */
#ifndef RLL_JUDGE_H
#define RLL_JUDGE_H

#include "binding.h"
#include "vec_env.h"

typedef struct rll_judge {
  const rl_env_def *def;
  lua_State *L;         /* the state that is stepping; NULL when nobody is */
  int handler, closure; /* stack places while stepping */
  bool has_reward, has_done;
  rl_judgement *now; /* what the functions may read; NULL outside of them */
  int n_terms;
  char names[RL_MAX_TERMS][64];
  int order[RL_MAX_TERMS]; /* of the names: sums run in it, whatever order a table gives */
} rll_judge;

/* Makes a judge of the functions at `reward` and `done` (nil: none) and pushes the closure that calls them.
 * The judge lives as long as the closure, which the caller keeps (in the environment's uservalue) and passes
 * to rll_judge_begin. `def` must outlive every step. */
rll_judge *rll_judge_new(lua_State *L, const rl_env_def *def, int reward, int done);

/* Between begin and end the vectoriser may call the judge. begin raises when the environment is already
 * stepping (its own reward called it). */
void rll_judge_begin(lua_State *L, rll_judge *judge, int closure);

/* Raises the error that `status` and `error` describe; the user's own failure with its traceback. */
void rll_judge_end(lua_State *L, rll_judge *judge, rl_status status, const rl_error *error);

/* NULL when the user gave no function. */
const rl_judge *rll_judge_face(rll_judge *judge, rl_judge *face);

#endif
