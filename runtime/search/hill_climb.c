/* Hill climbing: the mean is the best candidate there has been, and the next ones are around it. It moves to
 * the best candidate of an ask where that is not worse than the mean; sigma follows the one-fifth success
 * rule (Rechenberg 1973). The mean is the first candidate of the first ask, and of each one where it is
 * evaluated again.
 *
 * Whole numbers take steps of their own where sigma's would leave all of them as they are: on average one of them
 * changes in a candidate. */
#include "search/search_class.h"

#include <string.h>

typedef struct options {
  rl_search_common common;
  int popsize;
  bool adapt, reevaluate;
  double decay;
} options;

#define AT(field) offsetof(options, field)

static const rl_option table[] = {
    {"sigma", "",
     "how far candidates are from the mean at first, in units of scale; starts again from a changed value",
     0.1, 1e-150, 1e150, .type = RL_OPTION_NUMBER, .offset = AT(common.sigma), .live = true},
    {"popsize", "", "candidates an iteration", 8, 1, 1 << 20, .type = RL_OPTION_INTEGER,
     .offset = AT(popsize)},
    {"adapt", "", "sigma grows with success and shrinks without; else a random search about the best", 1, 0,
     1, .type = RL_OPTION_BOOLEAN, .offset = AT(adapt)},
    {"decay", "", "factor on sigma after an iteration", 1, 0, 1, .type = RL_OPTION_NUMBER,
     .offset = AT(decay), .live = true},
    {"reevaluate", "",
     "for noisy returns: the mean is a candidate of each ask, and counts by the average of all it has "
     "returned",
     0, 0, 1, .type = RL_OPTION_BOOLEAN, .offset = AT(reevaluate)},
    {"tolx", "", "ends the search when sigma times scale is not above it in any coordinate; 0: never", 1e-12,
     0, 1e300, .type = RL_OPTION_NUMBER, .offset = AT(common.tolx), .live = true},
    RL_SEARCH_MAX_ITERATIONS,
    RL_SEARCH_ROWS};

typedef struct climb {
  double width;              /* sigma of the last ask */
  double sigma, sigma_given; /* as adapted; the option that it began from */
  double incumbent;          /* the mean's value, negated when minimising; NAN: not known yet */
  int64_t counts[2];         /* candidates; how often the mean has been evaluated */
  double *direction;         /* [popsize, n] */
  int64_t steps_whole;       /* 0: a run of version 0.1, which knew no such steps */
  double least;              /* standard deviation of a whole number */
} climb;

static int parts(rl_search *s, rl_search_part *list) {
  const options *o = s->options;
  climb *c = s->state;
  const rl_search_part all[] = {{"direction", (size_t)o->popsize * (size_t)s->n, .array = &c->direction},
                                {"width", 1, .number = &c->width},
                                {"sigma", 1, .number = &c->sigma},
                                {"sigma_given", 1, .number = &c->sigma_given},
                                {"incumbent", 1, .number = &c->incumbent, .any = true},
                                {"counts", 2, .whole = c->counts},
                                {"steps_whole", 1, .whole = &c->steps_whole, .optional = true}};
  memcpy(list, all, sizeof all);
  return sizeof all / sizeof *all;
}

static rl_status create(rl_search *s, rl_error *error) {
  const options *o = s->options;
  climb *c = s->state;
  if (s->n > 1 << 24) return rl_fail(error, RL_BAD_ARGUMENT, "%d coordinates are not 1 to %d", s->n, 1 << 24);
  s->count = o->popsize + o->reevaluate;
  c->counts[0] = s->count;
  c->sigma = c->sigma_given = o->common.sigma;
  c->incumbent = (double)NAN;
  c->steps_whole = 1;
  int whole = 0;
  for (int i = 0; i < s->n; i++) whole += rl_search_is_whole(s, i);
  c->least = rl_search_whole_deviation(1.0 / (1.0 + whole));
  return RL_OK;
}

static bool mean_first(const rl_search *s) {
  const options *o = s->options;
  return o->reevaluate || s->iterations == 0;
}

static double sigma_now(const rl_search *s) {
  const climb *c = s->state;
  double given = rl_search_common_of(s)->sigma;
  return given == c->sigma_given ? c->sigma : given;
}

/* Around the whole number that the mean rounds to. */
static double step_whole(const rl_search *s, int i, double direction) {
  const climb *c = s->state;
  double x = rl_search_nearest_whole(s, i, s->mean[i]);
  return rl_search_nearest_whole(s, i, x + fmax(c->width * s->scale[i], c->least) * direction);
}

/* Mean, directions and width say all about the candidates. False when not all of them are finite. */
static bool place(rl_search *s) {
  const climb *c = s->state;
  size_t n = (size_t)s->n;
  int first = mean_first(s);
  if (first) memcpy(s->row, s->mean, n * sizeof *s->row);
  rl_search_limit_scale(s, c->width);
  for (int k = first; k < s->count; k++)
    for (size_t i = 0; i < n; i++) {
      double direction = c->direction[(size_t)(k - first) * n + i];
      s->row[(size_t)k * n + i] = c->steps_whole && rl_search_is_whole(s, (int)i)
                                      ? step_whole(s, (int)i, direction)
                                      : s->mean[i] + c->width * s->scale[i] * direction;
    }
  return rl_all_finite(s->row, n * (size_t)s->count);
}

static rl_status ask(rl_search *s, rl_error *error) {
  const options *o = s->options;
  climb *c = s->state;
  c->width = c->sigma = sigma_now(s);
  c->sigma_given = o->common.sigma;
  rl_rng_fill_normal_f64(&s->rng, c->direction, (size_t)s->n * (size_t)o->popsize);
  if (!place(s))
    return rl_fail(error, RL_NOT_FINITE, "sigma %g makes candidates that are not finite", c->width);
  return RL_OK;
}

/* The mean was the first candidate: its value is the average of all it has returned. */
static void value_incumbent(rl_search *s) {
  climb *c = s->state;
  double value = s->order[s->finite - 1].value; /* the worst, where it returned nothing finite */
  if (!isnan(s->value[0])) value = s->value[0];
  double share = 1.0 / (double)++c->counts[1];
  c->incumbent = c->counts[1] == 1 ? value : (1.0 - share) * c->incumbent + share * value;
}

/* The one-fifth rule as a factor a step (Kern et al. 2004, "Learning probability distributions in continuous
 * evolutionary algorithms"): 1.5 for a success and 1.5^(-1/4) for a failure leave sigma as it is at one
 * success in five; several candidates count by their mean. */
static void adapt(rl_search *s, int successes, int candidates) {
  const options *o = s->options;
  climb *c = s->state;
  if (o->adapt && candidates > 0) c->sigma *= pow(1.5, (5.0 * successes / candidates - 1.0) / 4.0);
  c->sigma = rl_search_limit_sigma(s, fmin(fmax(c->sigma * o->decay, 1e-150), 1e150));
}

static rl_status tell(rl_search *s, rl_error *error) {
  (void)error;
  climb *c = s->state;
  bool first = mean_first(s);
  if (first) value_incumbent(s);
  int successes = 0, best = -1;
  for (int j = s->finite - 1; j >= 0; j--) { /* the best comes last, of equal ones the first that was asked */
    if (first && s->order[j].index == 0) continue;
    best = j;
    successes += s->order[j].value > c->incumbent;
  }
  if (best >= 0 && s->order[best].value >= c->incumbent) { /* equal ones too: it drifts over plateaus */
    memcpy(s->mean, s->row + (size_t)s->order[best].index * (size_t)s->n, (size_t)s->n * sizeof *s->mean);
    c->incumbent = s->order[best].value;
    c->counts[1] = 1;
  }
  adapt(s, successes, s->count - first);
  return RL_OK;
}

static void view(rl_search *s, rl_search_state *v) {
  const climb *c = s->state;
  v->sigma = sigma_now(s);
  rl_search_limit_scale(s, v->sigma);
  for (int i = 0; i < s->n; i++) {
    s->deviation[i] = v->sigma * s->scale[i];
    if (c->steps_whole && rl_search_is_whole(s, i)) s->deviation[i] = fmax(s->deviation[i], c->least);
  }
}

static int stop(const rl_search *s, const char **names) {
  double widest = 0.0;
  for (int i = 0; i < s->n; i++) widest = fmax(widest, sigma_now(s) * s->scale[i]);
  bool looks = rl_search_common_of(s)->tolx > 0.0 && s->iterations > 0;
  return rl_search_met(s, looks ? widest : HUGE_VAL, names);
}

static rl_status loaded(rl_search *s, const char *prefix, rl_error *error) {
  const climb *c = s->state;
  int64_t evaluated = c->counts[1];
  if (c->counts[0] != s->count || evaluated < 0 || evaluated > s->evaluations ||
      (evaluated > 0) != (s->iterations > 0) || isfinite(c->incumbent) != (evaluated > 0) ||
      !(c->sigma > 0.0) || (c->steps_whole != 0 && c->steps_whole != 1) ||
      !(c->width >= (s->asked ? 1e-300 : 0.0)))
    return rl_fail(error, RL_BAD_FORMAT, "%s: not a sensible state", prefix);
  if (!place(s) && s->asked)
    return rl_fail(error, RL_NOT_FINITE, "%s: candidates that are not finite", prefix);
  return RL_OK;
}

const rl_search_class rl_search_hill_climb = {.name = "hill_climb",
                                              .meaning =
                                                  "to the best of some candidates around the best so far",
                                              .source = "step size by the one-fifth rule, Kern et al. 2004",
                                              .options = table,
                                              .n_options = sizeof table / sizeof *table,
                                              .options_size = sizeof(options),
                                              .state_size = sizeof(climb),
                                              .steps_whole = true,
                                              .create = create,
                                              .parts = parts,
                                              .ask = ask,
                                              .tell = tell,
                                              .stop = stop,
                                              .view = view,
                                              .loaded = loaded};
