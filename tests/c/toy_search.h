/* Searches for tests of every class: two small classes that are not in the list, a space of four coordinates, a hill. */
#ifndef TOY_SEARCH_H
#define TOY_SEARCH_H

#include "base/memory.h"

#include "search_check.h"

/* A separable natural evolution strategy (Wierstra et al. 2014, "Natural Evolution Strategies", SNES): the
 * smallest class that there can be. */

typedef struct snes_options {
  rl_search_common common;
  int popsize;
} snes_options;

static const rl_option snes_table[] = {
    {"sigma", "", "standard deviation at first", 1, 1e-150, 1e150, .type = RL_OPTION_NUMBER,
     .offset = offsetof(snes_options, common.sigma)},
    {"popsize", "", "candidates an iteration", 20, 2, 1 << 20, .type = RL_OPTION_INTEGER,
     .offset = offsetof(snes_options, popsize)},
    {"tolx", "", "ends the search when no standard deviation is above it", 1e-12, 0, 1e300,
     .type = RL_OPTION_NUMBER, .offset = offsetof(snes_options, common.tolx), .live = true},
    RL_SEARCH_MAX_ITERATIONS,
    RL_SEARCH_ROWS};

typedef struct snes {
  double *normal; /* [count, n] */
} snes;

static inline rl_status snes_create(rl_search *s, rl_error *error) {
  (void)error;
  s->count = ((const snes_options *)s->options)->popsize;
  return RL_OK;
}

static inline int snes_parts(rl_search *s, rl_search_part *list) {
  snes *m = s->state;
  list[0] = (rl_search_part){"normal", (size_t)s->count * (size_t)s->n, .array = &m->normal};
  list[1] = (rl_search_part){"deviation", (size_t)s->n, .number = s->deviation};
  return 2;
}

/* Candidates follow from the rest of the state. */
static inline rl_status snes_place(rl_search *s, const char *prefix, rl_error *error) {
  const snes *m = s->state;
  for (int at = 0, n = s->n; at < s->count * n; at++)
    s->row[at] = s->mean[at % n] + s->deviation[at % n] * m->normal[at];
  bool finite = rl_all_finite(s->row, (size_t)s->count * (size_t)s->n);
  return finite ? RL_OK : rl_fail(error, RL_NOT_FINITE, "%s: candidates that are not finite", prefix);
}

static inline rl_status snes_ask(rl_search *s, rl_error *error) {
  snes *m = s->state;
  for (int at = 0; at < s->count * s->n; at++) m->normal[at] = (double)rl_rng_normal(&s->rng);
  return snes_place(s, "snes", error);
}

static inline rl_status snes_tell(rl_search *s, rl_error *error) {
  (void)error;
  const snes *m = s->state;
  double sum = 0.0, rate = (3.0 + log(s->n)) / (5.0 * sqrt(s->n));
  for (int k = 0; k < s->count; k++) sum += fmax(0.0, log(s->count / 2.0 + 1.0) - log(k + 1.0));
  for (int i = 0; i < s->n; i++) {
    double along = 0.0, wider = 0.0;
    for (int k = 0; k < s->count; k++) {
      double z = m->normal[s->order[k].index * s->n + i];
      double utility = fmax(0.0, log(s->count / 2.0 + 1.0) - log(k + 1.0)) / sum - 1.0 / s->count;
      along += utility * z;
      wider += utility * (z * z - 1.0);
    }
    s->mean[i] += s->deviation[i] * along;
    s->deviation[i] *= exp(rate / 2.0 * wider);
  }
  return RL_OK;
}

static const rl_search_class snes_class = {.name = "snes",
                                           .meaning = "separable natural evolution strategy",
                                           .source = "Schaul, Glasmachers & Schmidhuber 2011",
                                           .options = snes_table,
                                           .n_options = sizeof snes_table / sizeof *snes_table,
                                           .options_size = sizeof(snes_options),
                                           .state_size = sizeof(snes),
                                           .create = snes_create,
                                           .parts = snes_parts,
                                           .ask = snes_ask,
                                           .tell = snes_tell,
                                           .loaded = snes_place};

/* The same, of which a candidate has two values and one number beside. */

static inline rl_status pairs_create(rl_search *s, rl_error *error) {
  s->objectives = 2;
  s->extras = 1;
  return snes_create(s, error);
}

static const rl_search_class pairs_class = {.name = "pairs",
                                            .meaning = "ranks by the first objective",
                                            .source = "none",
                                            .options = snes_table,
                                            .n_options = sizeof snes_table / sizeof *snes_table,
                                            .options_size = sizeof(snes_options),
                                            .state_size = sizeof(snes),
                                            .extras = "limits",
                                            .create = pairs_create,
                                            .parts = snes_parts,
                                            .ask = snes_ask,
                                            .tell = snes_tell,
                                            .loaded = snes_place};

/* All there are, and the two above. */
static inline const rl_search_class *const *all_classes(int *count) {
  static const rl_search_class *all[64];
  const rl_search_class *const *listed = rl_search_classes(count);
  assert_true(*count < 63);
  memcpy(all, listed, (size_t)*count * sizeof *all);
  all[(*count)++] = &snes_class;
  all[(*count)++] = &pairs_class;
  return all;
}

enum { DIM = 4 };

static const double start[DIM] = {1.0, 5.0, 2.0, 0.5};
/* 0.1 and 0.7 are not float32. */
static const double low[DIM] = {0.1, -INFINITY, -3.0, 0.0}, high[DIM] = {4.0, INFINITY, 6.0, 0.7};
static const bool fixed[DIM] = {false, true, false, false}, whole[DIM] = {false, false, true, false};
static const char *const names[DIM] = {"hip", "mass", "strands", "phase"};

static inline rl_search_space bounded_space(void) {
  return (rl_search_space){
      .n = DIM, .x0 = start, .lower = low, .upper = high, .fixed = fixed, .integer = whole, .names = names};
}

static inline rl_search *make_with(const rl_search_class *class, const rl_search_space *space,
                                   const rl_search_setting *list) {
  rl_search *search;
  rl_error error;
  assert_ok(rl_search_create(&search, class, space, list, &error));
  return search;
}

static inline rl_search *make(const rl_search_class *class, const rl_search_space *space) {
  return make_with(class, space, NULL);
}

static inline double hill(const double *x) {
  double sum = 0.0;
  for (int i = 0; i < DIM; i++) sum += (x[i] - 1.0) * (x[i] - 1.0);
  return exp(-0.05 * sum);
}

static inline void advance(rl_search *search, int iterations) {
  rl_error error;
  for (int t = 0; t < iterations; t++) {
    const double *x;
    int count;
    assert_ok(rl_search_ask(search, &x, &count, &error));
    double *value = test_calloc((size_t)count, sizeof *value);
    for (int k = 0; k < count; k++) value[k] = hill(x + k * DIM);
    assert_ok(tell_columns(search, value, &error));
    test_free(value);
  }
}

#endif
