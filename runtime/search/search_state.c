/* A search to an archive and back: the problem, so that what differs can be named, then, under the method's
 * name, what every search keeps and the method's own parts. */
#include "search/search_class.h"

#include <stdio.h>
#include <string.h>

enum { ARRAYS = 4, SWITCHES = 2 };

typedef struct array {
  const char *name;
  const double *data;
} array;

static void list_arrays(const rl_search *s, array arrays[ARRAYS]) {
  const array list[ARRAYS] = {
      {"x0", s->space.x0}, {"lower", s->space.lower}, {"upper", s->space.upper}, {"scale", s->given_scale}};
  memcpy(arrays, list, sizeof list);
}

/* What cannot change during a run makes the problem; of the seed only the stream matters, which is state. */
static bool is_problem(const rl_search *s, const rl_option *option) {
  return rl_option_has(option, 1U << s->method->kind) && !option->live && option->type != RL_OPTION_SEED;
}

static rl_status put_options(const rl_search *s, rl_archive *archive, const char *prefix, rl_error *error) {
  char part[RL_ARCHIVE_NAME], name[RL_ARCHIVE_NAME];
  rl_status status = RL_OK;
  for (int i = 0; !status && i < s->method->n_options; i++) {
    const rl_option *option = &s->method->options[i];
    if (!is_problem(s, option)) continue;
    double value = rl_option_get(s->made, option);
    rl_archive_key(name, rl_archive_key(part, prefix, "option"), option->name);
    status = rl_archive_put(archive, name, RL_F64, 1, (int64_t[]){1}, &value, error);
  }
  return status;
}

/* What every search keeps, and its method's parts, by the names of version 0.1. */

enum { COUNTERS = 5, KEPT = 8 };

static int list_parts(rl_search *s, int64_t counters[COUNTERS], rl_search_part list[KEPT + RL_SEARCH_PARTS]) {
  const rl_search_part kept[KEPT] = {
      {.name = "counters", .count = COUNTERS, .whole = counters},
      {.name = "stream", .rng = &s->rng},
      {.name = "barren", .count = 1, .whole = &s->barren_asks, .optional = true},
      {.name = "best_point", .count = (size_t)s->space.n, .array = &s->best, .optional = true},
      {.name = "best_value", .count = 1, .number = &s->best_return, .any = true},
      {.name = "mean", .count = (size_t)s->n, .array = &s->mean},
      {.name = "best_violation", .count = s->extras > 0, .number = &s->best_violation},
      {.name = "best_extras", .count = (size_t)s->extras, .array = &s->best_extra, .any = true}};
  memcpy(list, kept, sizeof kept);
  return KEPT + s->method->parts(s, list + KEPT);
}

/* Where a part is, and of what it is; *count: of how many. */
static void *data_of(const rl_search_part *part, rl_dtype *dtype, int64_t *count) {
  *dtype = part->whole ? RL_I64 : part->rng ? RL_U64 : RL_F64;
  *count = part->rng ? RL_RNG_WORDS : (int64_t)part->count;
  if (part->whole) return part->whole;
  if (part->rng) return part->rng;
  return part->number ? part->number : *part->array;
}

static const char *inner_key(char name[RL_ARCHIVE_NAME], const char *prefix, int i) {
  char part[24];
  snprintf(part, sizeof part, "inner%d", i + 1);
  return rl_archive_key(name, prefix, part);
}

static rl_status put_state(const rl_search *search, rl_archive *archive, const char *prefix,
                           rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_search_part list[KEPT + RL_SEARCH_PARTS];
  rl_search *s = (rl_search *)search; /* its parts are only read */
  int64_t count,
      counters[COUNTERS] = {s->iterations, s->evaluations, s->not_finite, s->best_evaluation, s->asked};
  rl_status status = RL_OK;
  for (int i = 0, n = list_parts(s, counters, list); !status && i < n; i++) {
    rl_dtype dtype;
    if (!list[i].name) continue;
    const void *data = data_of(&list[i], &dtype, &count);
    if (count > 0)
      status =
          rl_archive_put(archive, rl_archive_key(name, prefix, list[i].name), dtype, 1, &count, data, error);
  }
  for (int i = 0; !status && i < s->n_inner; i++)
    status = put_state(s->inner[i], archive, inner_key(name, prefix, i), error);
  return status;
}

static rl_status get_part(const rl_search_part *part, const rl_archive *archive, const char *prefix,
                          rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_dtype dtype;
  int64_t count;
  if (!part->name) return RL_OK;
  void *data = data_of(part, &dtype, &count);
  rl_archive_key(name, prefix, part->name);
  bool missing = part->optional && !rl_archive_find(archive, name);
  if (missing && part->whole) memset(part->whole, 0, part->count * sizeof *part->whole);
  if (count == 0 || missing) return RL_OK;
  rl_status status = rl_archive_get(archive, name, dtype, count, data, error);
  if (status) return status;
  if (dtype == RL_F64 && !part->any && !rl_all_finite(data, (size_t)count))
    return rl_fail(error, RL_NOT_FINITE, "%s: not finite", name);
  if (part->rng && !rl_rng_is_sound(part->rng))
    return rl_fail(error, RL_BAD_FORMAT, "%s: not a random stream", name);
  return RL_OK;
}

/* The best as older files have it: as what is searched, but where the class has points. */
static rl_status get_old_best(rl_search *s, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  if (rl_archive_find(archive, rl_archive_key(name, prefix, "best_point"))) return RL_OK;
  double **kept = s->method->points ? &s->best : &s->view.mean; /* which has room, and is filled in anew */
  const rl_search_part part = {
      .name = "best", .array = kept, .count = (size_t)(s->method->points ? s->space.n : s->n)};
  rl_status status = get_part(&part, archive, prefix, error);
  if (!status && !s->method->points) rl_search_point(s, s->view.mean, s->best);
  return status;
}

/* Sizes of parts may depend on the counters. */
static rl_status get_state(rl_search *s, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  int64_t counters[COUNTERS];
  rl_search_part list[KEPT + RL_SEARCH_PARTS];
  const rl_search_part first = {.name = "counters", .count = COUNTERS, .whole = counters};
  rl_status status = get_part(&first, archive, prefix, error);
  if (status) return status;
  bool sensible = counters[3] <= counters[1] && counters[4] <= 1;
  for (int i = 0; i < COUNTERS; i++)
    sensible = sensible && counters[i] >= 0 && counters[i] <= INT64_C(1) << 53;
  if (!sensible) return rl_fail(error, RL_BAD_FORMAT, "%s: not sensible counters", prefix);
  s->iterations = counters[0];
  s->evaluations = counters[1];
  s->not_finite = counters[2];
  s->best_evaluation = counters[3];
  if (s->method->resize) status = s->method->resize(s, archive, prefix, error);
  for (int i = 1, n = status ? 0 : list_parts(s, counters, list); !status && i < n; i++)
    status = get_part(&list[i], archive, prefix, error);
  if (!status) status = get_old_best(s, archive, prefix, error);
  if (status) return status;
  for (int i = 0; !status && i < s->n_inner; i++)
    status = get_state(s->inner[i], archive, inner_key(name, prefix, i), error);
  if (status) return status;
  s->asked = counters[4] != 0;
  if (s->barren_asks < 0 || s->barren_asks > s->evaluations)
    return rl_fail(error, RL_BAD_FORMAT, "%s: not sensible counters", prefix);
  if (isfinite(s->best_return) != (s->best_evaluation > 0))
    return rl_fail(error, RL_BAD_FORMAT, "%s: not a sensible best value", prefix);
  if (s->method->loaded) status = s->method->loaded(s, prefix, error);
  if (!status) rl_search_place(s);
  return status;
}

/* Measures: a row of bytes for each name, and of lower, upper and cells. */
static rl_status put_measures(const rl_search *s, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const int n = s->space.n_measures;
  double ranges[3 * RL_SEARCH_MEASURES];
  char letters[RL_SEARCH_MEASURES * RL_MEASURE_NAME];
  if (n == 0) return RL_OK;
  for (int i = 0; i < n; i++) {
    const rl_search_measure *m = &s->space.measures[i];
    memcpy(letters + (size_t)i * RL_MEASURE_NAME, m->name, RL_MEASURE_NAME);
    memcpy(ranges + (size_t)i * 3, (double[]){m->lower, m->upper, m->cells}, 3 * sizeof *ranges);
  }
  rl_status status = rl_archive_put(archive, rl_archive_key(name, prefix, "measures"), RL_F64, 2,
                                    (int64_t[]){n, 3}, ranges, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "measure_names"), RL_U8, 2,
                            (int64_t[]){n, RL_MEASURE_NAME}, letters, error);
  return status;
}

rl_status rl_search_save(const rl_search *s, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  int64_t n = s->space.n, letters = (int64_t)s->letter_count;
  array arrays[ARRAYS];
  list_arrays(s, arrays);
  rl_status status =
      rl_archive_put_string(archive, rl_archive_key(name, prefix, "method"), s->method->name, error);
  for (int i = 0; !status && i < ARRAYS; i++)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, arrays[i].name), RL_F64, 1, &n,
                            arrays[i].data, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "fixed"), RL_U8, 1, &n, s->fixed, error);
  if (!status)
    status =
        rl_archive_put(archive, rl_archive_key(name, prefix, "integer"), RL_U8, 1, &n, s->integer, error);
  if (!status && letters)
    status =
        rl_archive_put(archive, rl_archive_key(name, prefix, "names"), RL_U8, 1, &letters, s->letters, error);
  if (!status) status = put_measures(s, archive, prefix, error);
  if (!status) status = put_options(s, archive, prefix, error);
  if (!status)
    status = rl_options_save(rl_search_option_table(s->method), s->made, s->options, archive,
                             rl_archive_key(name, prefix, "set"), error);
  if (!status) status = put_state(s, archive, rl_archive_key(name, prefix, s->method->name), error);
  return status;
}

/* Loading: the first thing that differs. */

static rl_status differs(rl_error *error, const char *prefix, const char *what, const char *there,
                         const char *here) {
  return rl_fail(error, RL_BAD_FORMAT, "%s: saved from another problem: %s is %.64s there, %.64s here",
                 prefix, what, there, here);
}

static rl_status check_size(const rl_search *s, const rl_archive *archive, const char *prefix,
                            rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const char *method = rl_archive_string(archive, rl_archive_key(name, prefix, "method"));
  if (!method) return rl_fail(error, RL_BAD_FORMAT, "%s: the file holds no search", name);
  if (strcmp(method, s->method->name) != 0)
    return differs(error, prefix, "the method", method, s->method->name);
  const rl_array *x0 = rl_archive_find(archive, rl_archive_key(name, prefix, "x0"));
  if (x0 && x0->count != s->space.n)
    return rl_fail(error, RL_BAD_FORMAT, "%s: saved from another problem: %lld coordinates there, %d here",
                   prefix, (long long)x0->count, s->space.n);
  return RL_OK;
}

/* The names in the file, a zero after each. */
static rl_status check_names(const rl_search *s, const rl_archive *archive, const char *prefix,
                             rl_error *error) {
  char name[RL_ARCHIVE_NAME], what[48];
  const rl_array *saved = rl_archive_find(archive, rl_archive_key(name, prefix, "names"));
  if (!saved && !s->names) return RL_OK;
  if (!saved || !s->names)
    return differs(error, prefix, "what it searches", saved ? "a space" : "a list",
                   saved ? "a list" : "a space");
  if (saved->dtype != RL_U8) return rl_fail(error, RL_BAD_FORMAT, "%s: not of bytes", name);
  const char *at = saved->data, *end = at + saved->count;
  for (int i = 0; i < s->space.n; i++) {
    const char *stop = at < end ? memchr(at, '\0', (size_t)(end - at)) : NULL;
    if (!stop) return rl_fail(error, RL_BAD_FORMAT, "%s: fewer than %d names", name, s->space.n);
    if (strcmp(at, s->names[i]) != 0) {
      snprintf(what, sizeof what, "the name of coordinate %d", i + 1);
      return differs(error, prefix, what, at, s->names[i]);
    }
    at = stop + 1;
  }
  return RL_OK;
}

static rl_status check_arrays(const rl_search *s, const rl_archive *archive, const char *prefix,
                              rl_error *error) {
  char name[RL_ARCHIVE_NAME], label[RL_COORDINATE_TEXT];
  array arrays[ARRAYS];
  list_arrays(s, arrays);
  for (int k = 0; k < ARRAYS; k++) {
    const rl_array *saved = rl_archive_find(archive, rl_archive_key(name, prefix, arrays[k].name));
    if (!saved || saved->dtype != RL_F64 || saved->count != s->space.n)
      return rl_fail(error, RL_BAD_FORMAT, "%s: missing, or not %d doubles", name, s->space.n);
    const double *there = saved->data;
    for (int i = 0; i < s->space.n; i++)
      if (there[i] != arrays[k].data[i])
        return rl_fail(
            error, RL_BAD_FORMAT, "%s: saved from another problem: %s of coordinate %s is %g there, %g here",
            prefix, arrays[k].name, rl_search_space_label(&s->space, i, label), there[i], arrays[k].data[i]);
  }
  return RL_OK;
}

static rl_status check_switches(const rl_search *s, const rl_archive *archive, const char *prefix,
                                rl_error *error) {
  char name[RL_ARCHIVE_NAME], label[RL_COORDINATE_TEXT];
  const struct {
    const char *name;
    const bool *here;
  } switches[SWITCHES] = {{"fixed", s->fixed}, {"integer", s->integer}};
  for (int k = 0; k < SWITCHES; k++) {
    const rl_array *saved = rl_archive_find(archive, rl_archive_key(name, prefix, switches[k].name));
    if (!saved || saved->dtype != RL_U8 || saved->count != s->space.n)
      return rl_fail(error, RL_BAD_FORMAT, "%s: missing, or not %d bytes", name, s->space.n);
    const uint8_t *there = saved->data;
    for (int i = 0; i < s->space.n; i++)
      if ((there[i] != 0) != switches[k].here[i])
        return rl_fail(error, RL_BAD_FORMAT, "%s: saved from another problem: coordinate %s is%s %s there",
                       prefix, rl_search_space_label(&s->space, i, label), there[i] ? "" : " not",
                       switches[k].name);
  }
  return RL_OK;
}

/* As put_measures has written them. */
static rl_status check_measures(const rl_search *s, const rl_archive *archive, const char *prefix,
                                rl_error *error) {
  static const char *const numbers[] = {"lower", "upper", "cells"};
  char key[RL_ARCHIVE_NAME], what[RL_MEASURE_NAME + 16];
  const int here = s->space.n_measures;
  const rl_array *ranges = rl_archive_find(archive, rl_archive_key(key, prefix, "measures"));
  const int64_t there = ranges ? ranges->count / 3 : 0;
  if (there != here)
    return rl_fail(error, RL_BAD_FORMAT, "%s: saved from another problem: %lld measures there, %d here",
                   prefix, (long long)there, here);
  if (here == 0) return RL_OK;
  const rl_array *letters = rl_archive_find(archive, rl_archive_key(key, prefix, "measure_names"));
  if (!letters || ranges->dtype != RL_F64 || letters->dtype != RL_U8 || ranges->count % 3 != 0 ||
      letters->count != (int64_t)here * RL_MEASURE_NAME)
    return rl_fail(error, RL_BAD_FORMAT, "%s: not the measures of an archive", prefix);
  for (int i = 0; i < here; i++) {
    const rl_search_measure *m = &s->space.measures[i];
    const char *name = (const char *)letters->data + (size_t)i * RL_MEASURE_NAME;
    const double *range = (const double *)ranges->data + 3 * (size_t)i,
                 mine[] = {m->lower, m->upper, m->cells};
    if (strncmp(name, m->name, RL_MEASURE_NAME) != 0) {
      char other[RL_MEASURE_NAME + 1] = "";
      memcpy(other, name, RL_MEASURE_NAME);
      snprintf(what, sizeof what, "measure %d", i + 1);
      return differs(error, prefix, what, other, m->name);
    }
    for (int j = 0; j < 3; j++)
      if (range[j] != mine[j])
        return rl_fail(error, RL_BAD_FORMAT,
                       "%s: saved from another problem: %s of measure %s is %g there, %g here", prefix,
                       numbers[j], m->name, range[j], mine[j]);
  }
  return RL_OK;
}

/* What the file does not know was not there when it was written, and is at its default. */
/* An option that another version left to its method otherwise, and what it made of it. */
typedef struct former {
  const rl_option *option; /* NULL: there is none */
  double value;
} former;

static rl_status check_options(const rl_search *s, const rl_archive *archive, const char *prefix,
                               former *older, rl_error *error) {
  char part[RL_ARCHIVE_NAME], name[RL_ARCHIVE_NAME];
  rl_status status = RL_OK;
  for (int i = 0; !status && i < s->method->n_options; i++) {
    const rl_option *option = &s->method->options[i];
    if (!is_problem(s, option)) continue;
    double here = rl_option_get(s->made, option), there;
    rl_archive_key(name, rl_archive_key(part, prefix, "option"), option->name);
    there = option->value;
    if (rl_archive_find(archive, name)) status = rl_archive_get(archive, name, RL_F64, 1, &there, error);
    if (status || there == here || (isnan(there) && isnan(here))) continue;
    if (s->method->is_former && s->method->is_former(s, option, there))
      *older = (former){option, there};
    else
      status = rl_fail(error, RL_BAD_FORMAT, "%s: saved from another problem: %s is %g there, %g here",
                       prefix, option->name, there, here);
  }
  return status;
}

/* `archive` and `prefix` of the file; state and part: where the method's own is. */
static rl_status load_state(rl_search *s, const rl_archive *archive, const char *prefix,
                            const rl_archive *state, const char *part, const former *older, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_search *loaded;
  rl_status status = rl_search_twin(s, &loaded, error);
  if (status) return status;
  status = get_state(loaded, state, part, error);
  const double here = older->option ? rl_option_get(s->made, older->option) : 0.0;
  if (older->option) rl_option_set(s->made, older->option, older->value);
  if (!status)
    status = rl_options_load(rl_search_option_table(s->method), s->made, loaded->options, archive,
                             rl_archive_key(name, prefix, "set"), loaded->notice, error);
  if (status && older->option) rl_option_set(s->made, older->option, here);
  if (!status) {
    if (older->option) rl_option_set(loaded->options, older->option, older->value);
    rl_search_limit(loaded);
    rl_search was = *s;
    void *made = loaded->made;
    *s = *loaded;
    s->deadline = was.deadline;
    memcpy(s->limited, was.limited, sizeof s->limited);
    memcpy(s->advice, was.advice, sizeof s->advice);
    s->made = was.made;
    was.made = made;
    *loaded = was;
  }
  rl_search_free(loaded);
  return status;
}

rl_status rl_search_load(rl_search *s, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_archive *modern = NULL;
  former older = {NULL, 0.0};
  rl_status status = check_size(s, archive, prefix, error);
  if (!status) status = check_names(s, archive, prefix, error);
  if (!status) status = check_arrays(s, archive, prefix, error);
  if (!status) status = check_switches(s, archive, prefix, error);
  if (!status) status = check_measures(s, archive, prefix, error);
  if (!status) status = check_options(s, archive, prefix, &older, error);
  rl_archive_key(name, prefix, s->method->name);
  if (!status && s->method->modernize) status = s->method->modernize(s, archive, name, &modern, error);
  if (!status) status = load_state(s, archive, prefix, modern ? modern : archive, name, &older, error);
  rl_archive_free(modern);
  return status;
}
