/* One copy of an environment with its buffers, for tests that step it by hand. */
#ifndef TEST_SIM_H
#define TEST_SIM_H

#include "check.h"
#include "registry.h"

#include <string.h>

enum { MOST = 512, MOST_BODIES = 64 };

typedef struct sim {
  rl_env_def *def;
  void *copy;
  double options[MOST];
  float observation[MOST], fields[MOST], terms[MOST], poses[MOST_BODIES][3];
  rl_env_io io;
  rl_rng rng, actions;
} sim;

static inline void open_def(sim *s, rl_env_def *def) {
  rl_error error;
  memset(s, 0, sizeof *s);
  s->def = def;
  assert_ok(def->create(&s->copy, def, &error));
  rl_env_defaults(def, s->options);
  s->io = (rl_env_io){.observation = s->observation, .fields = s->fields, .terms = s->terms};
  s->io.action_mask = rl_env_mask(s->def, s->observation);
}

static inline void open_named(sim *s, const char *name) {
  rl_error error;
  rl_env_def *def;
  assert_ok(rl_registry_open(name, NULL, 0, &def, &error));
  open_def(s, def);
}

static inline void close_sim(sim *s) {
  s->def->free(s->copy);
  rl_env_def_free(s->def);
}

static inline void set(sim *s, const char *name, double value, const char *choice) {
  rl_error error;
  assert_ok(rl_env_set_option(s->def, s->options, name, value, choice, &error));
}

static inline float field(const sim *s, const char *name) {
  const int i = rl_env_find_field(s->def, name);
  if (i < 0) fail_msg("no field %s", name);
  return s->fields[i];
}

static inline void start(sim *s, uint64_t seed) {
  rl_rng_init(&s->rng, seed, 1);
  rl_rng_init(&s->actions, seed, 2);
  s->def->reset(s->copy, s->options, &s->rng, &s->io);
  s->def->poses(s->copy, &s->poses[0][0]);
}

/* With random actions within [-scale, scale]. */
static inline void step(sim *s, float scale) {
  float action[MOST] = {0};
  for (int i = 0; i < s->def->action.size; i++)
    action[i] = scale * (2.0f * rl_rng_uniform(&s->actions) - 1.0f);
  s->def->step(s->copy, action, &s->io);
  s->def->poses(s->copy, &s->poses[0][0]);
}

#endif
