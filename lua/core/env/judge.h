/* The user's `reward` and `done` functions as the judge of a vectoriser: what they read (named fields), what
 * they may return (a number, or named terms), and what happens when they fail. In a world of several agents each may have
 * functions of its own, and reads the fields of others as s.NAME.field. Threads ask copies of them, where there
 * can be any (core/carry/crew.h). */
#ifndef RLL_JUDGE_H
#define RLL_JUDGE_H

#include "core/base/callback.h"
#include "core/carry/crew.h"
#include "core/env/marks.h"
#include "env/vec_env.h"

typedef enum rll_judge_part { RLL_REWARD, RLL_DONE, RLL_JUDGE_PARTS } rll_judge_part;

typedef struct rll_judge rll_judge;

/* Where the functions run: the user's own state, or that of a thread. */
typedef struct rll_bench {
  rll_judge *judge;
  void **now;  /* an rl_judgement: what the functions may read; NULL outside of them */
  bool copies; /* a thread's */
} rll_bench;

struct rll_judge {
  rll_bench bench; /* first: the judge is one */
  const rl_env_def *def;
  rll_callback *callback; /* the environment's, while it is stepping */
  int closure;            /* stack place */
  int agents;
  bool has[RLL_JUDGE_PARTS][RL_MAX_AGENTS], any[RLL_JUDGE_PARTS]; /* functions; any: of all agents */
  rll_marks marks[RLL_JUDGE_PARTS][RL_MAX_AGENTS];                /* of the functions, when they were given */
  void *now;
  int n_terms, carried_terms; /* carried: that the threads know */
  char names[RL_MAX_TERMS][64];
  int order[RL_MAX_TERMS]; /* of the names: sums run in it, whatever order a table gives */
  rll_crew *crew;
  bool told; /* why the functions stay on the calling thread */
};

/* Makes a judge of the functions at `reward` and `done` (nil: none; of a world a function for all agents or a table of them,
 * by name) and pushes the closure that calls them.
 * The judge lives as long as the closure, which the caller keeps (in the environment's uservalue) and passes
 * to rll_judge_begin. `def` must outlive every step. */
rll_judge *rll_judge_new(lua_State *L, const rl_env_def *def, int reward, int done);

/* From here on, as long as `callback` is stepping, the vectoriser may call the judge. */
void rll_judge_begin(rll_judge *judge, rll_callback *callback, int closure);

/* Raises unless there is such a thing at `place`; false is one as well where `own` says so. */
void rll_judge_check(lua_State *L, const rl_env_def *def, int place, rll_judge_part part, bool own);
/* `function`: a stack place; nil: the environment's own reward, or end. `closure`: of rll_judge_new, a stack place. */
extern const char *const rll_judge_names[RLL_JUDGE_PARTS]; /* "reward", "done" */
void rll_judge_set(lua_State *L, rll_judge *judge, int closure, rll_judge_part part, int function);
/* The function, or nil. */
void rll_judge_push(lua_State *L, const rll_judge *judge, int closure, rll_judge_part part, int agent);

/* Terms get their places in the order in which rewards name them, which another process may do in another one: the names
 * so far, in that order. */
void rll_judge_set_terms(lua_State *L, rll_judge *judge, int closure, const char *const *names, int count);

/* Pushes why copies of the functions cannot be asked by threads, or nil: they can, or nobody has tried. */
void rll_judge_push_notice(lua_State *L, const rll_judge *judge, int closure);

/* NULL when the user gave no function. */
const rl_judge *rll_judge_face(rll_judge *judge, rl_judge *face);

#endif
