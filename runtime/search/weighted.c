/* Search by weighted maximum likelihood: candidates are drawn from a Gaussian, weighed by what they returned,
 * and the Gaussian moves to the likeliest one of the weighted candidates,
 *
 *   mu' = sum_k w_k x_k,   Sigma' = sum_k w_k (x_k - c)(x_k - c)^T,   sum_k w_k = 1.
 *
 *   method  weights                                                             centre c
 *   cem     1/K for the best K, the elite (Rubinstein 1999)                     mu'
 *   rwr     exp(beta r), r the return scaled to [0, 1] (Peters & Schaal 2007)   mu'
 *   pi2     the same (Theodorou et al. 2010; Stulp & Sigaud 2012)               mu; Sigma only where `adapt`
 *   power   proportional to the return, over the best K there have ever been (Kober & Peters 2009)   mu
 *
 * To each variance `noise` is added after an update, which keeps the noisy cross-entropy method (Szita &
 * Lorincz 2006) from closing in too early.
 *
 * Where the deviation of a whole number has become so small that no candidate of an ask would have another one,
 * candidates spread wider in it. The mean follows them; the covariance sees their steps as if they did not. */
#include "search/search_class.h"
#include "tensor/cholesky.h"

#include <string.h>

enum { CEM, RWR, PI2, POWER };
enum { HAS_BETA = 1 << RWR | 1 << PI2, NOT_POWER = 1 << CEM | HAS_BETA };

typedef struct options {
  rl_search_common common;
  int popsize;
  bool full, adapt;
  double elite, beta, rate, decay, noise;
} options;

#define AT(field) offsetof(options, field)

static const rl_option table[] = {
    {"sigma", "", "standard deviation of every coordinate at first, times its scale", 1, 1e-150, 1e150,
     .type = RL_OPTION_NUMBER, .offset = AT(common.sigma)},
    {"popsize", "", "candidates an iteration", 100, 2, 1 << 20, .type = RL_OPTION_INTEGER,
     .offset = AT(popsize), .traits = NOT_POWER},
    {"popsize", "", "candidates an iteration", 10, 2, 1 << 20, .type = RL_OPTION_INTEGER,
     .offset = AT(popsize), .traits = 1 << POWER},
    {"full", "", "the whole covariance, else variances only", 0, 0, 1, .type = RL_OPTION_BOOLEAN,
     .offset = AT(full)},
    {"elite", "", "share of popsize that the mean is fitted to", 0.1, 1e-6, 1, .type = RL_OPTION_NUMBER,
     .offset = AT(elite), .traits = 1 << CEM},
    {"elite", "", "how many of the best ever are kept, as a share of popsize", 1, 1e-6, 1,
     .type = RL_OPTION_NUMBER, .offset = AT(elite), .traits = 1 << POWER},
    {"beta", "", "weights are exp(beta r), with returns r scaled to [0, 1]", 10, 0, 1e6,
     .type = RL_OPTION_NUMBER, .offset = AT(beta), .traits = HAS_BETA, .live = true},
    {"adapt", "", "learns the covariance too, else keeps it", 0, 0, 1, .type = RL_OPTION_BOOLEAN,
     .offset = AT(adapt), .traits = 1 << PI2},
    {"rate", "", "share of the new covariance in an update", 1, 0, 1, .type = RL_OPTION_NUMBER,
     .offset = AT(rate), .live = true},
    {"decay", "", "factor on every standard deviation after an update", 1, 0, 1, .type = RL_OPTION_NUMBER,
     .offset = AT(decay), .live = true},
    {"noise", "", "added to every variance after an update", 0, 0, 1e300, .type = RL_OPTION_NUMBER,
     .offset = AT(noise), .live = true},
    {"tolx", "", "ends the search when no standard deviation is above it", 1e-12, 0, 1e300,
     .type = RL_OPTION_NUMBER, .offset = AT(common.tolx), .live = true},
    RL_SEARCH_MAX_ITERATIONS,
    RL_SEARCH_ROWS};

typedef struct weighted {
  int elite;
  size_t covariance_size;     /* n, or n x n when full */
  double *next_mean, *normal; /* [n] */
  double *wide, *shrink;      /* [n] deviation of candidates, and the distribution's over that */
  double *covariance, *next_covariance, *factor; /* [covariance_size] */
  double *weight;                                /* [count] */
  double *history, *returns; /* [elite, n], [elite]: the best ever and what they returned; power only */
  int64_t n_history;
  int64_t widens; /* 0: a run of version 0.1, whose whole numbers could freeze */
} weighted;

static int parts(rl_search *s, rl_search_part *list) {
  weighted *w = s->state;
  size_t n = (size_t)s->n, elite = s->method->kind == POWER ? (size_t)w->elite : 0;
  const rl_search_part all[] = {{"covariance", w->covariance_size, .array = &w->covariance},
                                {"history", elite * n, .array = &w->history},
                                {"returns", elite, .array = &w->returns},
                                {"x", (size_t)s->count * n, .number = s->row},
                                {"n_history", 1, .whole = &w->n_history},
                                {"widens", 1, .whole = &w->widens, .optional = true},
                                {NULL, n, .array = &w->next_mean},
                                {NULL, n, .array = &w->normal},
                                {NULL, n, .array = &w->wide},
                                {NULL, n, .array = &w->shrink},
                                {NULL, w->covariance_size, .array = &w->next_covariance},
                                {NULL, w->covariance_size, .array = &w->factor},
                                {NULL, (size_t)s->count, .array = &w->weight}};
  memcpy(list, all, sizeof all);
  return sizeof all / sizeof *all;
}

static rl_status create(rl_search *s, rl_error *error) {
  const options *o = s->options;
  weighted *w = s->state;
  const int most = o->full ? 1 << 12 : 1 << 24;
  if (s->n > most)
    return rl_fail(error, RL_BAD_ARGUMENT, "%d coordinates are not 1 to %d%s", s->n, most,
                   o->full ? " with a full covariance" : "");
  for (int i = 0; i < s->n; i++) {
    double variance = o->common.sigma * s->scale[i] * (o->common.sigma * s->scale[i]);
    if (!(variance > 0.0 && isfinite(variance)))
      return rl_fail(error, RL_BAD_ARGUMENT, "coordinate %d: sigma %g times scale %g is out of range",
                     s->coordinate[i] + 1, o->common.sigma, s->scale[i]);
  }
  s->count = o->popsize;
  w->widens = 1;
  w->elite = (int)fmax(1.0, floor(o->elite * o->popsize + 0.5));
  w->covariance_size = o->full ? (size_t)s->n * (size_t)s->n : (size_t)s->n;
  return RL_OK;
}

static double *variance_at(const rl_search *s, double *covariance, int i) {
  const options *o = s->options;
  return &covariance[o->full ? (size_t)i * (size_t)s->n + (size_t)i : (size_t)i];
}

static void read_deviations(rl_search *s) {
  weighted *w = s->state;
  for (int i = 0; i < s->n; i++) s->deviation[i] = sqrt(*variance_at(s, w->covariance, i));
}

static void begin(rl_search *s) {
  weighted *w = s->state;
  for (int i = 0; i < s->n; i++) *variance_at(s, w->covariance, i) = s->deviation[i] * s->deviation[i];
  read_deviations(s);
}

/* Follows from mean and deviation. A whole number is left by one candidate of an ask, or by one in 80. */
static void widen(rl_search *s) {
  weighted *w = s->state;
  const double least = rl_search_whole_deviation(fmax(1.0 / s->count, 1.0 / 80.0));
  for (int i = 0; i < s->n; i++) {
    double deviation = s->deviation[i];
    w->wide[i] = deviation;
    if (w->widens && rl_search_is_whole(s, i)) w->wide[i] = fmax(deviation, least);
    w->shrink[i] = w->wide[i] > deviation ? deviation / w->wide[i] : 1.0;
  }
}

static rl_status ask(rl_search *s, rl_error *error) {
  const options *o = s->options;
  weighted *w = s->state;
  size_t n = (size_t)s->n;
  widen(s);
  if (o->full && !rl_cholesky(s->n, w->covariance, w->factor))
    return rl_fail(error, RL_NOT_FINITE,
                   "the covariance is no longer positive definite: add noise, or search "
                   "with variances only");
  for (double *x = s->row; x < s->row + (size_t)s->count * n; x += n) {
    rl_rng_fill_normal_f64(&s->rng, w->normal, n);
    for (size_t i = 0; i < n; i++) {
      double step = 0.0;
      if (o->full)
        for (size_t k = 0; k <= i; k++) step += w->factor[i * n + k] * w->normal[k];
      else
        step = w->wide[i] * w->normal[i];
      if (o->full && w->shrink[i] != 1.0) step /= w->shrink[i];
      x[i] = s->mean[i] + step;
      if (w->widens && rl_search_is_whole(s, (int)i)) x[i] = rl_search_within(s, (int)i, x[i]);
    }
  }
  return RL_OK;
}

/* Telling: the values become an order, the order weights, the weights an update. */

/* How many candidates have a weight: those are first in the order. */
static int weigh(rl_search *s) {
  const options *o = s->options;
  weighted *w = s->state;
  bool cem = s->method->kind == CEM;
  int finite = s->finite;
  double sum = 0.0;
  int count = finite;
  if (cem) count = w->elite < finite ? w->elite : finite;
  double best = s->order[0].value / 2.0,
         range = best - s->order[finite - 1].value / 2.0; /* halves: no overflow */
  for (int k = 0; k < count; k++) {
    double r = range > 0.0 ? (s->order[k].value / 2.0 - best) / range : 0.0; /* in [-1, 0] */
    w->weight[k] = cem ? 1.0 : exp(o->beta * r);
    sum += w->weight[k];
  }
  for (int k = 0; k < count; k++) w->weight[k] /= sum;
  return count;
}

/* The best ever keep their returns: a new one takes a free place, or that of the worst. */
static void remember(rl_search *s, const double *x, double value) {
  weighted *w = s->state;
  int64_t place = w->n_history;
  if (place == w->elite) {
    place = 0;
    for (int k = 1; k < w->elite; k++)
      if (w->returns[k] < w->returns[place]) place = k;
    if (value <= w->returns[place]) return;
  } else {
    w->n_history++;
  }
  memcpy(w->history + (size_t)place * (size_t)s->n, x, (size_t)s->n * sizeof *x);
  w->returns[place] = value;
}

static int weigh_history(rl_search *s) {
  weighted *w = s->state;
  double sum = 0.0;
  for (int k = 0; k < s->finite; k++)
    remember(s, s->row + (size_t)s->order[k].index * (size_t)s->n, s->order[k].value);
  double largest = 0.0; /* returns over it cannot overflow in the sum */
  for (int k = 0; k < w->n_history; k++) largest = fmax(largest, w->returns[k]);
  for (int k = 0; k < w->n_history; k++) w->weight[k] = largest > 0.0 ? w->returns[k] / largest : 1.0;
  for (int k = 0; k < w->n_history; k++) sum += w->weight[k];
  for (int k = 0; k < w->n_history; k++) w->weight[k] /= sum;
  return (int)w->n_history;
}

/* The candidate that weight k is of. */
static const double *weighted_row(const rl_search *s, int k) {
  const weighted *w = s->state;
  if (s->method->kind == POWER) return w->history + (size_t)k * (size_t)s->n;
  return s->row + (size_t)s->order[k].index * (size_t)s->n;
}

/* next_covariance = sum_k w_k (x_k - center)(x_k - center)^T, or its diagonal. */
static void scatter(rl_search *s, int count, const double *center) {
  const options *o = s->options;
  weighted *w = s->state;
  size_t n = (size_t)s->n;
  memset(w->next_covariance, 0, w->covariance_size * sizeof *w->next_covariance);
  for (int k = 0; k < count; k++) {
    const double *x = weighted_row(s, k);
    for (size_t i = 0; i < n; i++) {
      double step = (x[i] - center[i]) * w->shrink[i], d = w->weight[k] * step;
      if (!o->full) w->next_covariance[i] += d * step;
      for (size_t j = 0; o->full && j < n; j++)
        w->next_covariance[i * n + j] += d * ((x[j] - center[j]) * w->shrink[j]);
    }
  }
}

/* The one update of all these methods; false, and nothing is updated, where it leaves the range
 * of numbers. */
static bool update(rl_search *s, int count) {
  const options *o = s->options;
  weighted *w = s->state;
  size_t n = (size_t)s->n;
  widen(s);
  memset(w->next_mean, 0, n * sizeof *w->next_mean);
  for (int k = 0; k < count; k++) {
    const double *x = weighted_row(s, k);
    for (size_t i = 0; i < n; i++) w->next_mean[i] += w->weight[k] * x[i];
  }
  bool pi2 = s->method->kind == PI2, about_old = pi2 || s->method->kind == POWER;
  if (!pi2 || o->adapt) {
    scatter(s, count, about_old ? s->mean : w->next_mean);
    for (size_t i = 0; i < w->covariance_size; i++)
      w->next_covariance[i] = w->covariance[i] + o->rate * (w->next_covariance[i] - w->covariance[i]);
  } else {
    memcpy(w->next_covariance, w->covariance, w->covariance_size * sizeof *w->covariance);
  }
  for (size_t i = 0; i < w->covariance_size; i++) w->next_covariance[i] *= o->decay * o->decay;
  for (int i = 0; i < s->n; i++) *variance_at(s, w->next_covariance, i) += o->noise;
  if (!rl_all_finite(w->next_mean, n) || !rl_all_finite(w->next_covariance, w->covariance_size)) return false;
  memcpy(s->mean, w->next_mean, n * sizeof *s->mean);
  memcpy(w->covariance, w->next_covariance, w->covariance_size * sizeof *w->covariance);
  read_deviations(s);
  return true;
}

static rl_status tell(rl_search *s, rl_error *error) {
  const rl_rank *worst = &s->order[s->finite - 1];
  bool power = s->method->kind == POWER;
  if (power && worst->value < 0.0)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "value %d is %g: power weighs by the return, which must not be negative: add a constant",
                   worst->index + 1, rl_search_common_of(s)->minimize ? -worst->value : worst->value);
  if (!update(s, power ? weigh_history(s) : weigh(s)))
    return rl_fail(error, RL_NOT_FINITE,
                   "the squared distance between candidates is beyond the range of numbers");
  return RL_OK;
}

static rl_status loaded(rl_search *s, const char *prefix, rl_error *error) {
  weighted *w = s->state;
  for (int i = 0; i < s->n; i++)
    if (!(*variance_at(s, w->covariance, i) >= 0.0))
      return rl_fail(error, RL_BAD_FORMAT, "%s: variance %d is negative", prefix, i + 1);
  bool sensible = w->n_history >= 0 && w->n_history <= w->elite && (w->widens == 0 || w->widens == 1);
  for (int i = 0; s->method->kind == POWER && i < w->elite; i++) sensible = sensible && w->returns[i] >= 0.0;
  if (!sensible) return rl_fail(error, RL_BAD_FORMAT, "%s: not a sensible state", prefix);
  read_deviations(s);
  return RL_OK;
}

/* They differ in the kind alone. */
#define WEIGHTED(method_kind, method_name, method_meaning, method_source)                                    \
  {                                                                                                          \
    .name = method_name, .meaning = method_meaning, .source = method_source, .kind = method_kind,            \
    .options = table, .n_options = sizeof table / sizeof *table, .options_size = sizeof(options),            \
    .state_size = sizeof(weighted), .create = create, .parts = parts, .begin = begin, .ask = ask,            \
    .tell = tell, .loaded = loaded                                                                           \
  }

const rl_search_class rl_search_cem =
    WEIGHTED(CEM, "cem", "cross-entropy method: the Gaussian of the best share",
             "Rubinstein 1999; with noise as Szita & Lorincz 2006");
const rl_search_class rl_search_rwr =
    WEIGHTED(RWR, "rwr", "reward-weighted regression", "Peters & Schaal 2007");
const rl_search_class rl_search_pi2 = WEIGHTED(
    PI2, "pi2", "policy improvement with path integrals, as black-box search", "Stulp & Sigaud 2012");
const rl_search_class rl_search_power =
    WEIGHTED(POWER, "power", "PoWER: weights proportional to the return, which must not be negative",
             "Kober & Peters 2009");
