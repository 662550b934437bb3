/* CMA-ME (Fontaine, Togelius, Nikolaidis & Hoover 2020, "Covariance matrix adaptation for the rapid
 * illumination of behavior space"): several CMA-ES, the improvement emitters, fill an archive of elites. What
 * an emitter learns from are its candidates that changed the archive: those that found a new cell first, by
 * value, then those that were better than an elite, by how much. One that changed nothing, or that a criterion
 * of CMA-ES ends, begins again from an elite that is drawn at random.
 *
 * All candidates of an ask are judged by the archive before it, so that their order does not matter. */
#include "search/cmaes_internal.h"
#include "search/elites.h"

#include <string.h>

typedef struct options {
  rl_search_common common;
  int popsize, emitters;
  bool diagonal;
  double score_from;
} options;

#define AT(field) offsetof(options, field)

static const rl_option table[] = {
    {"sigma", "", "standard deviation of every coordinate with which an emitter begins, times its scale", 0.3,
     1e-300, 1e150, .type = RL_OPTION_NUMBER, .offset = AT(common.sigma)},
    {"emitters", "", "that search at the same time", 5, 1, RL_SEARCH_INNER, .type = RL_OPTION_INTEGER,
     .offset = AT(emitters)},
    {"popsize", "", "candidates an iteration, of all emitters together; 0: 36 of each", 0, 0, 1 << 20,
     .type = RL_OPTION_INTEGER, .offset = AT(popsize)},
    {"diagonal", "", "variances only, in time linear in n (sep-CMA-ES)", 0, 0, 1, .type = RL_OPTION_BOOLEAN,
     .offset = AT(diagonal)},
    RL_ELITES_SCORE_FROM(AT(score_from)),
    {"tolx", "", "an emitter begins again when it steps less than this in every coordinate", 1e-11, 0, 1e300,
     .type = RL_OPTION_NUMBER, .offset = AT(common.tolx)},
    RL_SEARCH_MAX_ITERATIONS,
    RL_SEARCH_ROWS};

enum { OF_EACH = 36 };

typedef struct cma_me {
  rl_elites elites;
  int64_t restarts;
  double *preference; /* [count] what an emitter is told: greater is better */
  rl_rank *order;     /* [count] */
} cma_me;

static int popsize_of(const rl_search *s, int emitter) {
  const options *o = s->options;
  return o->popsize / o->emitters + (emitter < o->popsize % o->emitters);
}

/* Its values are ranks: criteria that compare values mean nothing. */
static rl_status create_emitter(rl_search *s, int emitter, rl_error *error) {
  const options *o = s->options;
  const rl_search_setting settings[] = {{"sigma", o->common.sigma},
                                        {"popsize", popsize_of(s, emitter)},
                                        {"diagonal", o->diagonal},
                                        {"active", 0},
                                        {"tolx", o->common.tolx},
                                        {"tolfun", 0},
                                        {"tolfunhist", 0},
                                        {"flatfitness", 0},
                                        {"stagnation", 0},
                                        {"max_iterations", 0x1p53},
                                        {NULL, 0}};
  rl_search_space space = s->space;
  space.n_measures = 0;
  rl_search **inner = &s->inner[s->n_inner];
  rl_status status = rl_search_create(inner, &rl_search_cmaes, &space, settings, error);
  if (!status)
    rl_cmaes_choose(*inner, popsize_of(s, emitter) / 2); /* from the first ask on, as after a load */
  return status;
}

static rl_status create(rl_search *s, rl_error *error) {
  options *o = s->options;
  cma_me *m = s->state;
  if (o->popsize == 0) o->popsize = OF_EACH * o->emitters;
  if (o->popsize < 2 * o->emitters)
    return rl_fail(error, RL_BAD_ARGUMENT, "popsize: at least 2 candidates for each of %d emitters, got %d",
                   o->emitters, o->popsize);
  s->count = o->popsize;
  rl_cmaes_advise(s, o->diagonal, o->emitters);
  rl_status status = rl_elites_init(&m->elites, s, error);
  for (; !status && s->n_inner < o->emitters; s->n_inner += !status)
    status = create_emitter(s, s->n_inner, error);
  return status;
}

static int parts(rl_search *s, rl_search_part *list) {
  cma_me *m = s->state;
  const size_t count = (size_t)s->count;
  const rl_search_part mine[] = {{"restarts", 1, .whole = &m->restarts},
                                 {"x", count * (size_t)s->space.n, .number = s->x},
                                 {NULL, count, .array = &m->preference},
                                 {NULL, count, .ranks = &m->order}};
  memcpy(list, mine, sizeof mine);
  const int n = sizeof mine / sizeof *mine;
  return n + rl_elites_parts(&m->elites, list + n);
}

static void begin(rl_search *s) {
  for (int i = 0; i < s->n_inner; i++)
    rl_rng_init_use(&s->inner[i]->rng, rl_search_common_of(s)->seed, RL_STREAM_SEARCH, (uint32_t)i + 2);
}

/* Asking. */

static rl_status ask(rl_search *s, rl_error *error) {
  double *at = s->x;
  for (int i = 0; i < s->n_inner; i++) {
    const double *x;
    int count;
    rl_status status = rl_search_ask(s->inner[i], &x, &count, error);
    if (status) return status;
    memcpy(at, x, (size_t)count * (size_t)s->space.n * sizeof *at);
    at += (size_t)count * (size_t)s->space.n;
  }
  return RL_OK;
}

/* Telling. */

/* Appends the candidates [first, first + count) that mean this change to the archive, in order. */
static int append(const rl_search *s, int first, int count, rl_elites_change change, rl_rank *order) {
  const cma_me *m = s->state;
  int n = 0;
  for (int k = 0; k < count; k++) {
    const double *measure = s->extra + (size_t)(first + k) * (size_t)s->extras;
    rl_elites_verdict verdict = rl_elites_judge(&m->elites, s->value[first + k], measure);
    if (verdict.change == change) order[n++] = (rl_rank){verdict.gain, k};
  }
  rl_rank_descending(order, n);
  return n;
}

/* *ended: it changed nothing, or CMA-ES says that it should end. */
static rl_status tell_emitter(rl_search *s, int emitter, int first, int count, bool *ended, rl_error *error) {
  cma_me *m = s->state;
  rl_search *inner = s->inner[emitter];
  int parents = append(s, first, count, RL_ELITES_NEW, m->order);
  parents += append(s, first, count, RL_ELITES_BETTER, m->order + parents);
  *ended = true;
  if (parents == 0) return RL_OK;
  append(s, first, count, RL_ELITES_NONE, m->order + parents);
  for (int k = 0; k < count; k++) m->preference[m->order[k].index] = -k;
  rl_cmaes_choose(inner, parents);
  rl_status status = rl_search_tell(inner, m->preference, error);
  *ended = rl_search_stop(inner, NULL) > 0;
  return status;
}

/* From an elite; where there is none yet from x0. */
static void begin_again(rl_search *s, int emitter) {
  cma_me *m = s->state;
  const double *elite = rl_elites_draw(&m->elites, &s->rng);
  rl_search_coordinates(s, elite ? elite : s->space.x0, s->mean);
  rl_cmaes_begin_at(s->inner[emitter], s->mean);
  m->restarts++;
}

static rl_status tell(rl_search *s, rl_error *error) {
  bool ended[RL_SEARCH_INNER];
  rl_status status = RL_OK;
  for (int i = 0, first = 0; !status && i < s->n_inner; first += popsize_of(s, i++))
    status = tell_emitter(s, i, first, popsize_of(s, i), &ended[i], error);
  if (status) return status;
  rl_elites_tell(s->elites, s);
  for (int i = 0; i < s->n_inner; i++)
    if (ended[i]) begin_again(s, i);
  return RL_OK;
}

/* Where it stands. */

static int stop(const rl_search *s, const char **names) { return rl_search_met(s, HUGE_VAL, names); }

/* The mean is the best candidate; deviations are the means of the emitters'. */
static void view(rl_search *s, rl_search_state *v) {
  const cma_me *m = s->state;
  double share = 1.0 / s->n_inner;
  memset(s->deviation, 0, (size_t)s->n * sizeof *s->deviation);
  v->sigma = 0.0;
  rl_search_coordinates(s, s->best, s->mean);
  for (int e = 0; e < s->n_inner; e++) {
    const rl_search_state *emitter = rl_search_view(s->inner[e]);
    v->sigma += share * emitter->sigma;
    for (int i = 0; i < s->n; i++) s->deviation[i] += share * emitter->deviation[s->coordinate[i]];
  }
  v->restarts = (int)m->restarts;
  rl_elites_view(s->elites, s, ((const options *)s->options)->score_from, v);
}

/* Loading. */

static rl_status resize(rl_search *s, const rl_archive *archive, const char *prefix, rl_error *error) {
  return rl_elites_resize(s->elites, archive, prefix, error);
}

static rl_status loaded(rl_search *s, const char *prefix, rl_error *error) {
  const cma_me *m = s->state;
  bool sound = m->restarts >= 0 && m->restarts <= INT32_MAX;
  for (int i = 0; i < s->n_inner; i++) sound = sound && (!s->asked || s->inner[i]->asked);
  if (!sound) return rl_fail(error, RL_BAD_FORMAT, "%s: not a sensible state", prefix);
  return rl_elites_loaded(s->elites, prefix, error);
}

const rl_search_class rl_search_cma_me = {.name = "cma_me",
                                          .meaning =
                                              "many good candidates that differ by measures: CMA-ES for "
                                              "what improves an archive, several at a time",
                                          .source = "Fontaine et al. 2020",
                                          .options = table,
                                          .n_options = sizeof table / sizeof *table,
                                          .options_size = sizeof(options),
                                          .state_size = sizeof(cma_me),
                                          .extras = "measures",
                                          .elites = true,
                                          .points = true,
                                          .steps_whole = true,
                                          .create = create,
                                          .parts = parts,
                                          .begin = begin,
                                          .ask = ask,
                                          .tell = tell,
                                          .stop = stop,
                                          .view = view,
                                          .resize = resize,
                                          .loaded = loaded};
