/* What the tests of searches share: a search by name with settings that are collected one by one. */
#ifndef SEARCH_CHECK_H
#define SEARCH_CHECK_H

#include "check.h"
#include "search/search_class.h"

typedef struct settings {
  const char *method;
  rl_search_setting list[32];
  int n;
} settings;

static inline settings settings_of(const char *method) { return (settings){.method = method}; }

/* The last one counts. */
static inline void set(settings *o, const char *name, double value) {
  assert_true(o->n < 31);
  o->list[o->n++] = (rl_search_setting){name, value};
}

static inline rl_status try_search(rl_search **search, rl_search_space space, const settings *o,
                                   rl_error *error) {
  return rl_search_create(search, rl_search_find(o->method, error), &space, o->list, error);
}

static inline rl_search *search_in(rl_search_space space, const settings *o) {
  rl_search *search;
  rl_error error;
  assert_ok(try_search(&search, space, o, &error));
  return search;
}

static inline rl_search *search_new(int n, const double *x0, const double *scale, const settings *o) {
  return search_in((rl_search_space){.n = n, .x0 = x0, .scale = scale}, o);
}

static inline int dim_of(const rl_search *search) { return rl_search_problem(search)->n; }
static inline int count_of(rl_search *search) { return rl_search_view(search)->popsize; }

/* The value of an option as it is now. */
static inline double option_of(const rl_search *search, const char *name) {
  rl_error error;
  const rl_option *option = rl_options_find(rl_search_option_table(rl_search_method(search)), name, &error);
  assert_non_null(option);
  return rl_option_get(rl_search_options(search), option);
}

static inline void change(rl_search *search, const char *name, double value) {
  rl_error error;
  assert_ok(rl_search_set(search, name, value, &error));
}

static inline bool stops_by(const rl_search *search, const char *name) {
  const char *names[RL_SEARCH_CRITERIA];
  int count = rl_search_stop(search, names);
  for (int i = 0; i < count; i++)
    if (strcmp(names[i], name) == 0) return true;
  return false;
}

/* One value a candidate as it is, or in as many columns as the search expects, with what it expects beside. */
static inline rl_status tell_columns(rl_search *search, const double *value, rl_error *error) {
  const rl_search_state *view = rl_search_view(search);
  int count, objectives = view->objectives, extras = view->extras;
  rl_search_candidates(search, &count);
  if (objectives == 1 && extras == 0) return rl_search_tell(search, value, error);
  double *rows = test_calloc((size_t)(count * objectives) + 1, sizeof *rows);
  double *more = test_calloc((size_t)(count * extras) + 1, sizeof *more);
  for (int k = 0; k < count; k++) {
    for (int j = 0; j < objectives; j++) rows[k * objectives + j] = value[k] * (1.0 + j * (k % 3) / 10.0);
    for (int j = 0; j < extras; j++) more[k * extras + j] = (k + j) % 5 / 5.0;
  }
  rl_status status = rl_search_tell_more(search, rows, more, error);
  test_free(rows);
  test_free(more);
  return status;
}

/* One iteration with these values; x, if it is not NULL, gets the candidates. */
static inline rl_search_state one_step(rl_search *search, const double *value, double *x) {
  rl_error error;
  const double *asked;
  int count;
  assert_ok(rl_search_ask(search, &asked, &count, &error));
  if (x) memcpy(x, asked, (size_t)(count * dim_of(search)) * sizeof *x);
  assert_ok(rl_search_tell(search, value, &error));
  return *rl_search_view(search);
}

#endif
