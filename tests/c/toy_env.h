/* A small environment for the tests of what steps, trains and saves: a point on a line is pushed left and
 * right with noise from its stream, and is to stay near 0. The push is a real number, the sum of several, or
 * one of three choices; or of several factors a number, one of three choices and a brake, of which not all can be chosen
 * everywhere. An episode is truncated after `limit` steps and terminated when the point is farther
 * than 2 from 0. */
#ifndef TOY_ENV_H
#define TOY_ENV_H

#include "base/memory.h"
#include "env/env.h"

#include <math.h>
#include <stdlib.h>

enum { TOY_NOISE, TOY_LIMIT, TOY_OPTIONS };
enum { TOY_X, TOY_V, TOY_FIELDS };

typedef struct toy {
  const rl_env_def *def;
  double x, v, noise;
  int steps, limit;
  rl_rng *rng;
} toy;

/* Of several factors: no push away from 0 when it is far, and a brake only when it moves. */
static inline void toy_mask(const toy *t, float *mask) {
  const bool all[] = {t->x > -0.4, true, t->x<0.4, true, fabs(t->v)> 0.1};
  for (int i = 0; i < 5; i++) mask[i] = all[i] ? 1.0f : 0.0f;
}

static inline void toy_show(const toy *t, rl_env_io *io) {
  if (io->action_mask) toy_mask(t, io->action_mask);
  io->observation[0] = io->fields[TOY_X] = (float)t->x;
  io->observation[1] = io->fields[TOY_V] = (float)t->v;
}

static inline rl_status toy_create(void **self, const rl_env_def *def, rl_error *error) {
  rl_status status = rl_env_allocate(self, sizeof(toy), def, error);
  if (!status) ((toy *)*self)->def = def;
  return status;
}

static inline void toy_reset(void *self, const double *options, rl_rng *rng, rl_env_io *io) {
  toy *t = self;
  t->rng = rng;
  t->noise = options[TOY_NOISE];
  t->limit = (int)options[TOY_LIMIT];
  t->steps = 0;
  t->x = 2.0 * (double)rl_rng_uniform(rng) - 1.0;
  t->v = 0.0;
  io->terms[0] = io->terms[1] = 0.0f;
  toy_show(t, io);
}

static inline void toy_step(void *self, const float *action, rl_env_io *io) {
  toy *t = self;
  double push = t->def->action.kind == RL_DISCRETE ? (double)action[0] - 1.0 : 0.0;
  if (t->def->action.kind == RL_FACTORS) {
    float mask[5];
    toy_mask(t, mask);
    if (mask[(int)action[1]] == 0.0f || mask[3 + (int)action[2]] == 0.0f)
      abort(); /* it may never come here */
    push = 0.5 * (double)action[0] + (double)action[1] - 1.0;
    if (action[2] == 1.0f) t->v *= 0.5;
  }
  for (int i = 0; i < t->def->action.size && t->def->action.kind == RL_BOX; i++) push += (double)action[i];
  t->v = 0.5 * t->v + 0.2 * push + t->noise * (double)rl_rng_normal(t->rng);
  t->x += t->v;
  io->terms[0] = (float)(1.0 - t->x * t->x); /* positive near 0, or the shortest life would be the best */
  io->terms[1] = (float)(-0.01 * push * push);
  io->reward = (double)io->terms[0] + (double)io->terms[1];
  io->terminated = fabs(t->x) > 2.0;
  io->truncated = ++t->steps >= t->limit;
  toy_show(t, io);
}

static inline double toy_dt(const double *options) {
  (void)options;
  return 0.1;
}

static const rl_field toy_fields[] = {{"x", "m", "where the point is"}, {"v", "m/step", "how it moves"}};
static const rl_option toy_options[] = {
    {"noise", "m/step", "deviation of the noise", 0.05, 0.0, 1.0, .live = true},
    {"limit", "steps", "length of an episode", 25.0, 1.0, 10000.0, .type = RL_OPTION_INTEGER, .live = true}};
static const char *const toy_terms[] = {"nearness", "effort"};

/* Left and right are alike; of two pushes one takes the place of the other. */
static const int toy_places[] = {0, 1}, toy_pushes[] = {1, 0}, toy_choices[] = {2, 1, 0};
static const float toy_turned[] = {-1.0f, -1.0f}, toy_kept[] = {1.0f, 1.0f, 1.0f};
#define TOY_SYMMETRY(n, places, signs)                                                                       \
  {                                                                                                          \
    .observation = {2, toy_places, toy_turned}, .action = {n, places, signs}, .fields = {                    \
      2,                                                                                                     \
      toy_places,                                                                                            \
      toy_turned                                                                                             \
    }                                                                                                        \
  }
static const int toy_masked_places[] = {0, 1, 4, 3, 2, 5, 6}, toy_factor_places[] = {0, 3, 2, 1, 4, 5};
static const float toy_masked_turned[] = {-1, -1, 1, 1, 1, 1, 1}, toy_factor_turned[] = {-1, 1, 1, 1, 1, 1};
static const rl_symmetry toy_factors_symmetry = {.observation = {7, toy_masked_places, toy_masked_turned},
                                                 .action = {6, toy_factor_places, toy_factor_turned},
                                                 .fields = {2, toy_places, toy_turned}};
static const rl_symmetry toy_box_symmetry = TOY_SYMMETRY(1, toy_places, toy_turned),
                         toy_pair_symmetry = TOY_SYMMETRY(2, toy_pushes, toy_turned),
                         toy_choice_symmetry = TOY_SYMMETRY(3, toy_choices, toy_kept);

static inline rl_env_def toy_def(const char *name, rl_space action) {
  return (rl_env_def){.name = name,
                      .summary = "a point on a line",
                      .observation = {.kind = RL_BOX, .size = 2, .low = -INFINITY, .high = INFINITY},
                      .action = action,
                      .fields = toy_fields,
                      .n_fields = TOY_FIELDS,
                      .options = toy_options,
                      .n_options = TOY_OPTIONS,
                      .symmetry = action.kind == RL_DISCRETE ? &toy_choice_symmetry
                                  : action.size == 2         ? &toy_pair_symmetry
                                                             : &toy_box_symmetry,
                      .terms = toy_terms,
                      .n_terms = 2,
                      .repeatable = true,
                      .create = toy_create,
                      .free = rl_release,
                      .reset = toy_reset,
                      .step = toy_step,
                      .dt = toy_dt};
}

static inline rl_env_def toy_box(void) {
  return toy_def("toy", (rl_space){.kind = RL_BOX, .size = 1, .low = -1.0f, .high = 1.0f});
}
static inline rl_env_def toy_pair(void) {
  return toy_def("toy_pair", (rl_space){.kind = RL_BOX, .size = 2, .low = -1.0f, .high = 1.0f});
}
static inline rl_env_def toy_discrete(void) {
  return toy_def("toy_choice", (rl_space){.kind = RL_DISCRETE, .size = 3});
}
static inline rl_env_def toy_factors(void) {
  const rl_space action = {.kind = RL_FACTORS,
                           .size = 6,
                           .masked = true,
                           .n_factors = 3,
                           .factor = {{"push", RL_BOX, 1, -1.0f, 1.0f},
                                      {"kick", RL_DISCRETE, 3, 0.0f, 0.0f},
                                      {"brake", RL_DISCRETE, 2, 0.0f, 0.0f}}};
  rl_env_def def = toy_def("toy_factors", action);
  def.observation.size = 7;
  def.symmetry = &toy_factors_symmetry;
  return def;
}

#endif
