/* What the tests of the vectoriser compare byte by byte. */
#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "env/vec_env.h"

#include <string.h>

enum { SNAPSHOT_OF_A_COPY = 1024 }; /* room enough for a small environment */

/* Everything the view shows, in one piece of memory to compare. */
static inline size_t snapshot(const rl_vec_env *env, unsigned char *out) {
  const rl_vec_view *view = rl_vec_env_view(env);
  const rl_env_def *def = rl_vec_env_def(env);
  size_t n = (size_t)rl_vec_env_copies(env), used = 0;
  size_t obs = n * (size_t)def->observation.size * sizeof(float),
         fields = n * (size_t)def->n_fields * sizeof(float);
  const struct {
    const void *data;
    size_t size;
  } parts[] = {{view->observation, obs},
               {view->fields, fields},
               {view->final_observation, obs},
               {view->final_fields, fields},
               {view->reward, n * sizeof(float)},
               {view->terms, n * RL_MAX_TERMS * sizeof(float)},
               {view->terminated, n},
               {view->truncated, n},
               {view->idle, n},
               {view->episode_return, n * sizeof(double)},
               {view->episode_length, n * sizeof(int64_t)},
               {view->episode_terms, n * RL_MAX_TERMS * sizeof(double)}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    memcpy(out + used, parts[i].data, parts[i].size);
    used += parts[i].size;
  }
  return used;
}

#endif
