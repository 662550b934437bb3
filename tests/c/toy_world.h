/* A world of two points on a line, for the tests of methods that know several agents: each is pushed, by a real number or one
 * of three choices, and drawn a little to the other. All is shown to the test: no noise. Both are paid for keeping their middle
 * near 0. A point that comes farther than .8 from 0 has ended, and is drawn on; time ends both. */
#ifndef TOY_WORLD_H
#define TOY_WORLD_H

#include "base/memory.h"
#include "env/env.h"

#include <math.h>

enum { PAIR = 2, PAIR_OBS = 2, PAIR_LIMIT = 12 };

typedef struct pair {
  const rl_env_def *def;
  double x[PAIR];
  int steps;
} pair;

static inline void pair_show(const pair *p, rl_env_io *io) {
  for (int a = 0; a < PAIR; a++) {
    io[a].observation[0] = io[a].fields[0] = (float)p->x[a];
    io[a].observation[1] = (float)p->steps / PAIR_LIMIT;
  }
}

static inline rl_status pair_create(void **self, const rl_env_def *def, rl_error *error) {
  rl_status status = rl_env_allocate(self, sizeof(pair), def, error);
  if (!status) ((pair *)*self)->def = def;
  return status;
}

static inline void pair_reset(void *self, const double *options, rl_rng *rng, rl_env_io *io) {
  pair *p = self;
  (void)options;
  p->steps = 0;
  for (int a = 0; a < PAIR; a++) p->x[a] = 1.4 * (double)rl_rng_uniform(rng) - 0.7;
  pair_show(p, io);
}

/* One step from x, as a test repeats it. */
static inline void pair_move(double *x, const rl_space *action, const float *chosen) {
  const double middle = 0.5 * (x[0] + x[1]);
  for (int a = 0; a < PAIR; a++) {
    const double push = action->kind == RL_DISCRETE ? (double)chosen[a] - 1.0 : (double)chosen[a];
    x[a] += 0.3 * push + 0.2 * (middle - x[a]);
  }
}

static inline void pair_step(void *self, const float *action, rl_env_io *io) {
  pair *p = self;
  pair_move(p->x, &p->def->action, action);
  p->steps++;
  for (int a = 0; a < PAIR; a++) {
    io[a].terms[0] = (float)(1.0 - fabs(p->x[0] + p->x[1]));
    io[a].reward = (double)io[a].terms[0];
    io[a].terminated = fabs(p->x[a]) > 0.8;
    io[a].truncated = p->steps >= PAIR_LIMIT;
  }
  pair_show(p, io);
}

static inline double pair_dt(const double *options) { return (void)options, 0.1; }

static const rl_field pair_fields[] = {{"x", "m", "where the point is"}};
static const char *const pair_terms[] = {"nearness"};

typedef struct pair_world {
  rl_env_def world, each[PAIR];
  const rl_env_def *agents[PAIR];
} pair_world;

static inline void pair_make(pair_world *w, rl_space action) {
  const rl_env_def def = {
      .name = "pair",
      .summary = "two points on a line",
      .observation = {.kind = RL_BOX, .size = PAIR_OBS, .low = -INFINITY, .high = INFINITY},
      .action = action,
      .fields = pair_fields,
      .n_fields = 1,
      .terms = pair_terms,
      .n_terms = 1,
      .repeatable = true,
      .create = pair_create,
      .free = rl_release,
      .reset = pair_reset,
      .step = pair_step,
      .dt = pair_dt};
  w->world = def;
  for (int a = 0; a < PAIR; a++) {
    w->each[a] = def;
    w->each[a].agent = a ? "b" : "a";
    w->each[a].team = 1;
    w->agents[a] = &w->each[a];
  }
  w->world.agents = w->agents;
  w->world.n_agents = PAIR;
}

#endif
