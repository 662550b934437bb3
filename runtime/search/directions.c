/* Search along directions: the mean is tried out with small steps away from it, and moves by what they
 * returned. Candidates are mean + sigma d for directions d, standard normal but where said otherwise.
 *
 *   method             step of the mean
 *   ars                lr / (b sigma_R) sum_k (r+_k - r-_k) d_k over the b best directions by max(r+, r-);
 *                      sigma_R is the standard deviation of the 2b returns (Mania, Guy & Recht 2018)
 *   openai_es          Adam along sum_k (u+_k - u-_k) d_k / (2N) - weight_decay mean; u are the ranks of all
 *                      2N returns, scaled to [-1/2, 1/2], equal returns sharing one (Salimans et al. 2017)
 *   finite_difference  lr times the gradient: along every coordinate, or fitted by least squares to
 *                      directions at random (Peters & Schaal 2008)
 *
 * ARS comes in four versions. `top` below `directions` makes V1-t and V2-t of V1 and V2. V2 normalises the
 * observations, which is the policy's business: evaluate with its normaliser observing once an iteration.
 *
 * r+ and r- are of the pair mean + sigma d, mean - sigma d, which lie together; forward differences begin
 * with the mean. All of it is done in units of `scale`. Values that are not finite count as the worst of
 * those that are.
 *
 * Whole numbers. Between them the returns say nothing: a step of sigma would be rounded away. So in such a
 * coordinate a direction reaches half a whole number at least (a third of all candidates then have another one),
 * and what is estimated is the gradient of the mean return over candidates about the mean, which is smooth
 * though they are rounded. ARS and OpenAI-ES step in units of that reach, as if it were the scale; differences
 * in units of 1 at least. Differences along coordinates take the whole numbers on either side. Candidates beyond
 * a bound are on it, and the mean, itself not rounded, stays between the bounds. */
#include "search/search_class.h"
#include "tensor/least_squares.h"

#include <string.h>

enum { ARS, OPENAI_ES, FINITE_DIFFERENCE };
enum { IS_ARS = 1 << ARS, IS_ES = 1 << OPENAI_ES, IS_FD = 1 << FINITE_DIFFERENCE };

typedef struct options {
  rl_search_common common;
  int directions, top;
  double lr, weight_decay;
  bool central, normalize;
} options;

#define AT(field) offsetof(options, field)

static const rl_option table[] = {
    {"sigma", "", "how far candidates are from the mean, in units of scale", 0.03, 1e-150, 1e150,
     .type = RL_OPTION_NUMBER, .offset = AT(common.sigma), .traits = IS_ARS, .live = true},
    {"sigma", "", "how far candidates are from the mean, in units of scale", 0.02, 1e-150, 1e150,
     .type = RL_OPTION_NUMBER, .offset = AT(common.sigma), .traits = IS_ES, .live = true},
    {"sigma", "", "how far candidates are from the mean, in units of scale", 0.01, 1e-150, 1e150,
     .type = RL_OPTION_NUMBER, .offset = AT(common.sigma), .traits = IS_FD, .live = true},
    {"directions", "", "directions an iteration, of two candidates each", 8, 0, 1 << 20,
     .type = RL_OPTION_INTEGER, .offset = AT(directions), .traits = IS_ARS},
    {"directions", "", "directions an iteration, of two candidates each", 50, 0, 1 << 20,
     .type = RL_OPTION_INTEGER, .offset = AT(directions), .traits = IS_ES},
    {"directions", "", "directions at random an iteration; 0: along every coordinate", 0, 0, 1 << 20,
     .type = RL_OPTION_INTEGER, .offset = AT(directions), .traits = IS_FD},
    {"top", "", "how many directions, the best, are used; 0: all", 0, 0, 1 << 20, .type = RL_OPTION_INTEGER,
     .offset = AT(top), .traits = IS_ARS},
    {"lr", "", "factor on the step of the mean", 0.02, 0, 1e150, .type = RL_OPTION_NUMBER, .offset = AT(lr),
     .traits = IS_ARS, .live = true},
    {"lr", "", "learning rate of Adam", 0.01, 0, 1e150, .type = RL_OPTION_NUMBER, .offset = AT(lr),
     .traits = IS_ES, .live = true},
    {"lr", "", "factor on the gradient, or the length of the step where it is normalized", 0.1, 0, 1e150,
     .type = RL_OPTION_NUMBER, .offset = AT(lr), .traits = IS_FD, .live = true},
    {"weight_decay", "", "how strongly the mean is pulled to 0", 0.005, 0, 1, .type = RL_OPTION_NUMBER,
     .offset = AT(weight_decay), .traits = IS_ES, .live = true},
    {"central", "", "differences from pairs of candidates, else from one candidate each and the mean", 1, 0,
     1, .type = RL_OPTION_BOOLEAN, .offset = AT(central), .traits = IS_FD},
    {"normalize", "", "the step has the length lr, in units of scale", 0, 0, 1, .type = RL_OPTION_BOOLEAN,
     .offset = AT(normalize), .traits = IS_FD},
    {"tolx", "", "ends the search when the mean moves no more than this in any coordinate; 0: never", 0, 0,
     1e300, .type = RL_OPTION_NUMBER, .offset = AT(common.tolx), .live = true},
    RL_SEARCH_MAX_ITERATIONS,
    RL_SEARCH_ROWS};

typedef struct search {
  int directions;               /* drawn for an ask; 0: the coordinates */
  double width;                 /* sigma of the last ask */
  double moved;                 /* the largest step of a coordinate in the last iteration */
  int64_t steps_whole;          /* 0: a run of version 0.1, which rounded all steps away */
  double *unit, *reach;         /* [n] of a step of the mean; how far a direction of 1 goes, over sigma */
  double *next_mean, *gradient; /* [n] */
  double *moment, *next_moment; /* [2, n] of Adam */
  double *direction;            /* [directions, n] */
  double *difference;           /* [directions or n] of a pair, or from the mean */
  double *gram, *factor;        /* [k, k], k = min(directions, n): least squares */
  rl_rank *best;                /* [directions] of ARS */
} search;

static bool in_pairs(const rl_search *s) {
  const options *o = s->options;
  return s->method->kind != FINITE_DIFFERENCE || o->central;
}

static int parts(rl_search *s, rl_search_part *list) {
  search *d = s->state;
  size_t n = (size_t)s->n, directions = (size_t)d->directions, tried = directions ? directions : n;
  bool differences = s->method->kind == FINITE_DIFFERENCE;
  size_t system = differences ? (directions < n ? directions : n) : 0;
  size_t moments = s->method->kind == OPENAI_ES ? 2 * n : 0;
  const rl_search_part all[] = {{"moment", moments, .array = &d->moment},
                                {"direction", directions * n, .array = &d->direction},
                                {"width", 1, .number = &d->width},
                                {"moved", 1, .number = &d->moved},
                                {"steps_whole", 1, .whole = &d->steps_whole, .optional = true},
                                {NULL, n, .array = &d->unit},
                                {NULL, n, .array = &d->reach},
                                {NULL, moments, .array = &d->next_moment},
                                {NULL, n, .array = &d->next_mean},
                                {NULL, n, .array = &d->gradient},
                                {NULL, differences ? tried : 0, .array = &d->difference},
                                {NULL, system * system, .array = &d->gram},
                                {NULL, system * system, .array = &d->factor},
                                {NULL, s->method->kind == ARS ? directions : 0, .ranks = &d->best}};
  memcpy(list, all, sizeof all);
  return sizeof all / sizeof *all;
}

static rl_status create(rl_search *s, rl_error *error) {
  enum { REGRESSION = 1 << 12 }; /* the largest system of least squares */
  const options *o = s->options;
  search *d = s->state;
  bool differences = s->method->kind == FINITE_DIFFERENCE;
  if (s->n > 1 << 24) return rl_fail(error, RL_BAD_ARGUMENT, "%d coordinates are not 1 to %d", s->n, 1 << 24);
  if (!differences && o->directions < 1)
    return rl_fail(error, RL_BAD_ARGUMENT, "option directions: %d, at least 1 expected", o->directions);
  if (s->method->kind == ARS && o->top > o->directions)
    return rl_fail(error, RL_BAD_ARGUMENT, "option top: %d is more than the %d directions", o->top,
                   o->directions);
  if (o->directions > REGRESSION && s->n > REGRESSION && differences)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option directions: least squares with %d directions in %d coordinates: one of the "
                   "numbers must be at most %d",
                   o->directions, s->n, REGRESSION);
  int tried = o->directions ? o->directions : s->n;
  d->directions = o->directions;
  d->steps_whole = 1;
  s->count = in_pairs(s) ? 2 * tried : tried + 1;
  return RL_OK;
}

static bool steps_whole(const rl_search *s, int i) {
  return ((const search *)s->state)->steps_whole && rl_search_is_whole(s, i);
}

/* Units and reaches, for candidates of this sigma. */
static void measure(rl_search *s, double sigma) {
  search *d = s->state;
  bool differences = s->method->kind == FINITE_DIFFERENCE;
  rl_search_limit_scale(s, sigma);
  for (int i = 0; i < s->n; i++) {
    d->unit[i] = d->reach[i] = s->scale[i];
    if (!steps_whole(s, i)) continue;
    double least = differences && !d->directions ? 1.0 : 0.5;
    d->reach[i] = fmax(s->scale[i], least / sigma);
    d->unit[i] = differences ? fmax(s->scale[i], 1.0) : d->reach[i];
  }
}

/* Coordinate i of the mean and a step. */
static double step_mean(const rl_search *s, int i, double step) {
  if (!steps_whole(s, i)) return s->mean[i] + step;
  return rl_search_within(s, i, s->mean[i] + step);
}

static double step_candidate(const rl_search *s, int i, double step) {
  if (!steps_whole(s, i)) return s->mean[i] + step;
  return rl_search_nearest_whole(s, i, s->mean[i] + step);
}

/* The whole number on one side (1 or -1) of the mean, or further off where sigma is larger; on a bound the mean
 * may be it. */
static double beside(const rl_search *s, int i, int side) {
  const search *d = s->state;
  double at = s->mean[i], step = d->width * d->reach[i];
  double next = side > 0 ? floor(at) + 1.0 : ceil(at) - 1.0;
  return rl_search_nearest_whole(s, i, step > 1.0 ? at + side * step : next);
}

/* The same from the whole number that the mean rounds to: one that differs from it. */
static double beyond(const rl_search *s, int i) {
  const search *d = s->state;
  double at = rl_search_nearest_whole(s, i, s->mean[i]);
  double step = fmax(1.0, nearbyint(d->width * d->reach[i])), next = rl_search_nearest_whole(s, i, at + step);
  return next > at ? next : rl_search_nearest_whole(s, i, at - step);
}

/* x = mean + side sigma d_k */
static void place_one(const rl_search *s, double *x, int k, int side) {
  const search *d = s->state;
  size_t n = (size_t)s->n;
  memcpy(x, s->mean, n * sizeof *x);
  if (!d->directions) {
    if (!steps_whole(s, k))
      x[k] += side * d->width * s->scale[k];
    else
      x[k] = in_pairs(s) ? beside(s, k, side) : beyond(s, k);
    return;
  }
  const double *direction = d->direction + (size_t)k * n;
  for (size_t i = 0; i < n; i++)
    x[i] = step_candidate(s, (int)i, side * d->width * d->reach[i] * direction[i]);
}

/* Mean, directions and width say all about the candidates. False when not all of them are finite. */
static bool place(rl_search *s) {
  const search *d = s->state;
  size_t n = (size_t)s->n;
  bool pairs = in_pairs(s);
  measure(s, d->width);
  if (!pairs) memcpy(s->row, s->mean, n * sizeof *s->row);
  for (int row = !pairs; row < s->count; row++)
    place_one(s, s->row + (size_t)row * n, pairs ? row / 2 : row - 1, pairs && row % 2 ? -1 : 1);
  return rl_all_finite(s->row, n * (size_t)s->count);
}

static rl_status ask(rl_search *s, rl_error *error) {
  search *d = s->state;
  d->width = rl_search_common_of(s)->sigma;
  rl_rng_fill_normal_f64(&s->rng, d->direction, (size_t)s->n * (size_t)d->directions);
  if (!place(s))
    return rl_fail(error, RL_NOT_FINITE, "sigma %g makes candidates that are not finite", d->width);
  return RL_OK;
}

/* How far the mean goes; each leaves the new one in next_mean. `value` has what was told, finite. */

/* gradient += weight d_k */
static void add_direction(rl_search *s, int k, double weight) {
  search *d = s->state;
  const double *direction = d->direction + (size_t)k * (size_t)s->n;
  for (int i = 0; i < s->n; i++) d->gradient[i] += weight * direction[i];
}

static void ascend(rl_search *s, double lr) {
  search *d = s->state;
  for (int i = 0; i < s->n; i++) d->next_mean[i] = step_mean(s, i, lr * d->unit[i] * d->gradient[i]);
}

/* Algorithm 2 of the paper, with the directions in order of max(r+, r-). */
static void step_ars(rl_search *s) {
  const options *o = s->options;
  search *d = s->state;
  const double *r = s->value; /* [directions, 2] */
  int top = o->top ? o->top : d->directions;
  rl_rank *order = d->best;
  for (int k = 0; k < d->directions; k++) order[k] = (rl_rank){fmax(r[2 * k], r[2 * k + 1]), k};
  rl_rank_descending(order, d->directions);
  double mean = 0.0, variance = 0.0;
  for (int j = 0; j < top; j++) mean += (r[2 * order[j].index] + r[2 * order[j].index + 1]) / (2.0 * top);
  for (int j = 0; j < top; j++)
    for (int side = 0; side < 2; side++) {
      double apart = r[2 * order[j].index + side] - mean;
      variance += apart * apart / (2.0 * top);
    }
  memset(d->gradient, 0, (size_t)s->n * sizeof *d->gradient);
  for (int j = 0; variance > 0.0 && j < top; j++) { /* where all returns are equal no direction is better */
    int k = order[j].index;
    add_direction(s, k, (r[2 * k] - r[2 * k + 1]) / (top * sqrt(variance)));
  }
  ascend(s, o->lr);
}

static bool tied(const rl_rank *a, const rl_rank *b) {
  return a->value == b->value || (isnan(a->value) && isnan(b->value));
}

/* value: the rank of each candidate, 1/2 for the best to -1/2 for the worst. Equal ones share the mean of
 * their places, so that the order in which they were asked for pushes nowhere. */
static void rank_values(rl_search *s) {
  for (int first = 0, end; first < s->count; first = end) {
    for (end = first + 1; end < s->count && tied(&s->order[first], &s->order[end]);) end++;
    double place = (first + (end - 1)) / 2.0;
    for (int j = first; j < end; j++) s->value[s->order[j].index] = 0.5 - place / (s->count - 1);
  }
}

/* Kingma & Ba 2015, algorithm 1, in units of scale. */
static void adam(rl_search *s) {
  const options *o = s->options;
  search *d = s->state;
  const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  size_t n = (size_t)s->n;
  double t = (double)s->iterations + 1.0, correct1 = 1.0 - pow(beta1, t), correct2 = 1.0 - pow(beta2, t);
  for (size_t i = 0; i < n; i++) {
    double g = d->gradient[i], *m = &d->next_moment[i], *v = &d->next_moment[n + i];
    *m = beta1 * d->moment[i] + (1.0 - beta1) * g;
    *v = beta2 * d->moment[n + i] + (1.0 - beta2) * g * g;
    d->next_mean[i] =
        step_mean(s, (int)i, o->lr * d->unit[i] * (*m / correct1) / (sqrt(*v / correct2) + epsilon));
  }
}

/* As in the authors' program the sum is not divided by sigma, which Adam would undo but for the decay. */
static void step_openai_es(rl_search *s) {
  const options *o = s->options;
  search *d = s->state;
  rank_values(s);
  for (int i = 0; i < s->n; i++) d->gradient[i] = -o->weight_decay * s->mean[i] / d->unit[i];
  for (int k = 0; k < d->directions; k++)
    add_direction(s, k, (s->value[2 * k] - s->value[2 * k + 1]) / s->count);
  adam(s);
}

/* The distance between the candidates of difference k, in units. */
static double apart(const rl_search *s, int k) {
  const search *d = s->state;
  const options *o = s->options;
  if (d->directions || !steps_whole(s, k)) return o->central ? 2.0 * d->width : d->width;
  if (o->central) return (beside(s, k, 1) - beside(s, k, -1)) / d->unit[k];
  return (beyond(s, k) - rl_search_nearest_whole(s, k, s->mean[k])) / d->unit[k];
}

static rl_status step_finite_difference(rl_search *s, int exponent, rl_error *error) {
  const options *o = s->options;
  search *d = s->state;
  int count = d->directions ? d->directions : s->n;
  const double *r = s->value;
  for (int k = 0; k < count; k++)
    d->difference[k] = (o->central ? r[2 * k] - r[2 * k + 1] : r[k + 1] - r[0]) / apart(s, k);
  if (!d->directions)
    memcpy(d->gradient, d->difference, (size_t)s->n * sizeof *d->gradient);
  else if (!rl_least_squares(count, s->n, d->direction, d->difference, d->gram, d->factor, d->gradient))
    return rl_fail(error, RL_NOT_FINITE, "the directions say nothing about the gradient: use more of them");
  double length = 0.0;
  for (int i = 0; i < s->n; i++) {
    if (d->directions && steps_whole(s, i)) d->gradient[i] *= d->unit[i] / d->reach[i];
    if (!o->normalize) d->gradient[i] = ldexp(d->gradient[i], exponent);
    length = hypot(length, d->gradient[i]);
  }
  ascend(s, !o->normalize ? o->lr : length > 0.0 ? o->lr / length : 0.0);
  return RL_OK;
}

/* Values that are not finite become the worst of those that are. A power of two is taken out, so that sums of
 * them stay finite; returns its exponent. */
static int scale_values(rl_search *s) {
  const rl_rank *order = s->order;
  int exponent;
  frexp(fmax(fabs(order[0].value), fabs(order[s->finite - 1].value)), &exponent);
  for (int j = 0; j < s->count; j++)
    s->value[order[j].index] = ldexp(order[j < s->finite ? j : s->finite - 1].value, -exponent);
  return exponent;
}

static rl_status tell(rl_search *s, rl_error *error) {
  const options *o = s->options;
  search *d = s->state;
  int exponent = scale_values(s);
  measure(s, d->width);
  rl_status status = RL_OK;
  if (s->method->kind == ARS)
    step_ars(s);
  else if (s->method->kind == OPENAI_ES)
    step_openai_es(s);
  else
    status = step_finite_difference(s, exponent, error);
  size_t n = (size_t)s->n, moments = s->method->kind == OPENAI_ES ? 2 * n : 0;
  if (!status && !(rl_all_finite(d->next_mean, n) && rl_all_finite(d->next_moment, moments)))
    status =
        rl_fail(error, RL_NOT_FINITE, "the step leads to a mean that is not finite: lower lr (%g)", o->lr);
  if (status) return status;
  d->moved = 0.0;
  for (size_t i = 0; i < n; i++) d->moved = fmax(d->moved, fabs(d->next_mean[i] - s->mean[i]));
  memcpy(s->mean, d->next_mean, n * sizeof *s->mean);
  memcpy(d->moment, d->next_moment, moments * sizeof *d->moment);
  return RL_OK;
}

static int stop(const rl_search *s, const char **names) {
  const search *d = s->state;
  bool looks = rl_search_common_of(s)->tolx > 0.0 && s->iterations > 0;
  return rl_search_met(s, looks ? d->moved : HUGE_VAL, names);
}

static void view(rl_search *s, rl_search_state *v) {
  const search *d = s->state;
  v->sigma = rl_search_common_of(s)->sigma;
  measure(s, v->sigma);
  for (int i = 0; i < s->n; i++) s->deviation[i] = v->sigma * d->reach[i];
}

static rl_status loaded(rl_search *s, const char *prefix, rl_error *error) {
  const search *d = s->state;
  bool sensible = d->width >= (s->asked ? 1e-300 : 0.0) && d->moved >= 0.0 &&
                  (d->steps_whole == 0 || d->steps_whole == 1);
  for (int i = 0; s->method->kind == OPENAI_ES && i < s->n; i++)
    sensible = sensible && d->moment[s->n + i] >= 0.0;
  if (!sensible) return rl_fail(error, RL_BAD_FORMAT, "%s: not a sensible state", prefix);
  if (!place(s) && s->asked)
    return rl_fail(error, RL_NOT_FINITE, "%s: candidates that are not finite", prefix);
  return RL_OK;
}

/* They differ in the kind alone. */
#define ALONG_DIRECTIONS(method_kind, method_name, method_meaning, method_source)                            \
  {                                                                                                          \
    .name = method_name, .meaning = method_meaning, .source = method_source, .kind = method_kind,            \
    .options = table, .n_options = sizeof table / sizeof *table, .options_size = sizeof(options),            \
    .state_size = sizeof(search), .steps_whole = true, .create = create, .parts = parts, .ask = ask,         \
    .tell = tell, .stop = stop, .view = view, .loaded = loaded                                               \
  }

const rl_search_class rl_search_ars = ALONG_DIRECTIONS(
    ARS, "ars",
    "augmented random search: V1-t and V2-t by `top`, V2 by a policy that normalises and observes",
    "Mania, Guy & Recht 2018");
const rl_search_class rl_search_openai_es =
    ALONG_DIRECTIONS(OPENAI_ES, "openai_es", "evolution strategy with mirrored sampling, ranks and Adam",
                     "Salimans et al. 2017");
const rl_search_class rl_search_finite_difference = ALONG_DIRECTIONS(
    FINITE_DIFFERENCE, "finite_difference",
    "the gradient by finite differences, along coordinates or by regression", "Peters & Schaal 2008");
