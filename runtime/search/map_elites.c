/* MAP-Elites (Mouret & Clune 2015, "Illuminating search spaces by mapping elites"): candidates are elites of an
 * archive, moved at random and towards another elite, of which each cell keeps the best (Vassiliades & Mouret
 * 2018, "Discovering the elite hypervolume by leveraging interspecies correlation"). The first candidates are
 * x0 and points that are drawn at random. */
#include "search/elites.h"

#include <string.h>

typedef struct options {
  rl_search_common common;
  int popsize;
  int64_t initial;
  double initial_sigma, line, score_from;
} options;

#define AT(field) offsetof(options, field)

static const rl_option table[] = {
    {"sigma", "", "standard deviation by which an elite is moved at random, in units of scale", 0.1, 1e-150,
     1e150, .type = RL_OPTION_NUMBER, .offset = AT(common.sigma), .live = true},
    {"line", "", "standard deviation of the share of the way to another elite by which it is moved too", 0.2,
     0, 1e3, .type = RL_OPTION_NUMBER, .offset = AT(line), .live = true},
    {"popsize", "", "candidates an iteration", 32, 1, 1 << 20, .type = RL_OPTION_INTEGER,
     .offset = AT(popsize)},
    {"initial", "", "candidates that are drawn before elites are moved, x0 the first of them", 100, 1, 0x1p53,
     .type = RL_OPTION_COUNT, .offset = AT(initial), .live = true},
    {"initial_sigma", "",
     "their standard deviation about x0, in units of scale; 0: anywhere between the bounds, or as sigma says",
     0, 0, 1e150, .type = RL_OPTION_NUMBER, .offset = AT(initial_sigma), .live = true},
    RL_ELITES_SCORE_FROM(AT(score_from)),
    {"tolx", "", "ends the search when sigma times scale is not above it in any coordinate; 0: never", 0, 0,
     1e300, .type = RL_OPTION_NUMBER, .offset = AT(common.tolx), .live = true},
    RL_SEARCH_MAX_ITERATIONS,
    RL_SEARCH_ROWS};

typedef struct map_elites {
  rl_elites elites;
  double *elite, *other; /* [n] of the two that a candidate is made of */
} map_elites;

static rl_status create(rl_search *s, rl_error *error) {
  map_elites *m = s->state;
  s->count = ((const options *)s->options)->popsize;
  return rl_elites_init(&m->elites, s, error);
}

static int parts(rl_search *s, rl_search_part *list) {
  map_elites *m = s->state;
  const size_t n = (size_t)s->n;
  const rl_search_part mine[] = {{"candidates", (size_t)s->count * n, .number = s->row},
                                 {NULL, n, .array = &m->elite},
                                 {NULL, n, .array = &m->other}};
  memcpy(list, mine, sizeof mine);
  const int count = sizeof mine / sizeof *mine;
  return count + rl_elites_parts(&m->elites, list + count);
}

static void draw(rl_search *s, double *g) {
  const options *o = s->options;
  if (o->initial_sigma == 0.0) {
    rl_search_draw(s, &s->rng, o->common.sigma, -INFINITY, INFINITY, g);
    return;
  }
  for (int i = 0; i < s->n; i++)
    g[i] = s->start[i] + o->initial_sigma * s->scale[i] * (double)rl_rng_normal(&s->rng);
}

static void move(rl_search *s, double *g) {
  const options *o = s->options;
  const map_elites *m = s->state;
  rl_search_coordinates(s, rl_elites_draw(s->elites, &s->rng), m->elite);
  rl_search_coordinates(s, rl_elites_draw(s->elites, &s->rng), m->other);
  double share = o->line * (double)rl_rng_normal(&s->rng);
  for (int i = 0; i < s->n; i++)
    g[i] = m->elite[i] + share * (m->other[i] - m->elite[i]) +
           o->common.sigma * s->scale[i] * (double)rl_rng_normal(&s->rng);
}

static rl_status ask(rl_search *s, rl_error *error) {
  const options *o = s->options;
  for (int k = 0; k < s->count; k++) {
    double *g = s->row + (size_t)k * (size_t)s->n;
    const int64_t number = s->evaluations + k;
    if (number == 0)
      memcpy(g, s->start, (size_t)s->n * sizeof *g);
    else if (number < o->initial || s->elites->filled == 0)
      draw(s, g);
    else
      move(s, g);
  }
  if (!rl_all_finite(s->row, (size_t)s->count * (size_t)s->n))
    return rl_fail(error, RL_NOT_FINITE, "sigma %g makes candidates that are not finite", o->common.sigma);
  return RL_OK;
}

static rl_status tell(rl_search *s, rl_error *error) {
  (void)error;
  rl_elites_tell(s->elites, s);
  return RL_OK;
}

static void view(rl_search *s, rl_search_state *v) {
  const options *o = s->options;
  rl_search_coordinates(s, s->best, s->mean);
  for (int i = 0; i < s->n; i++) s->deviation[i] = o->common.sigma * s->scale[i];
  v->sigma = o->common.sigma;
  rl_elites_view(s->elites, s, o->score_from, v);
}

static int stop(const rl_search *s, const char **names) {
  const rl_search_common *o = rl_search_common_of(s);
  double widest = 0.0;
  for (int i = 0; i < s->n; i++) widest = fmax(widest, o->sigma * s->scale[i]);
  return rl_search_met(s, o->tolx > 0.0 ? widest : HUGE_VAL, names);
}

static rl_status resize(rl_search *s, const rl_archive *archive, const char *prefix, rl_error *error) {
  return rl_elites_resize(s->elites, archive, prefix, error);
}

static rl_status loaded(rl_search *s, const char *prefix, rl_error *error) {
  return rl_elites_loaded(s->elites, prefix, error);
}

const rl_search_class rl_search_map_elites = {.name = "map_elites",
                                              .meaning = "many good candidates that differ by measures: the "
                                                         "best in each cell of an archive, moved at random",
                                              .source = "Mouret & Clune 2015, Vassiliades & Mouret 2018",
                                              .options = table,
                                              .n_options = sizeof table / sizeof *table,
                                              .options_size = sizeof(options),
                                              .state_size = sizeof(map_elites),
                                              .extras = "measures",
                                              .elites = true,
                                              .create = create,
                                              .parts = parts,
                                              .ask = ask,
                                              .tell = tell,
                                              .stop = stop,
                                              .view = view,
                                              .resize = resize,
                                              .loaded = loaded};
