#include "search/weighted.h"

#include "base/memory.h"
#include "search/search_record.h"
#include "tensor/cholesky.h"

#include <math.h>
#include <string.h>

const char *const rl_weighting_names[RL_WEIGHTINGS + 1] = {"cem", "rwr", "pi2", "power", NULL};

struct rl_weighted {
  rl_weighted_options options;
  int n, popsize, elite;
  size_t covariance_size; /* n, or n x n when full */
  rl_search_record record;
  /* All of these are parts of one block. */
  double *mean, *next_mean, *covariance, *next_covariance, *factor, *deviation, *best, *normal; /* [n] ... */
  double *x;       /* [popsize, n] */
  double *weight;  /* [popsize] */
  double *history; /* [elite, n], power only: the best ever */
  double *returns; /* [elite] of them */
  int n_history;
  rl_rank *order; /* [popsize] what each returned, turned so that more is better; best first */
  double *block;
};

rl_weighted_options rl_weighted_defaults(rl_weighting kind) {
  rl_weighted_options o = {.kind = kind,
                           .popsize = 100,
                           .sigma = 1.0,
                           .elite = 0.1,
                           .beta = 10.0,
                           .rate = 1.0,
                           .decay = 1.0,
                           .seed = 1,
                           .tolx = 1e-12,
                           .target = (double)NAN};
  if (kind == RL_POWER) {
    o.popsize = 10;
    o.elite = 1.0;
  }
  return o;
}

static rl_status check(int n, const double *x0, const double *scale, const rl_weighted_options *o,
                       rl_error *error) {
  const struct {
    const char *name;
    double value, min, max;
  } ranges[] = {{"popsize", o->popsize, 2, 1 << 20},
                {"sigma", o->sigma, 1e-150, 1e150},
                {"elite", o->elite, 1e-6, 1},
                {"beta", o->beta, 0, 1e6},
                {"rate", o->rate, 0, 1},
                {"decay", o->decay, 0, 1},
                {"noise", o->noise, 0, 1e300},
                {"tolx", o->tolx, 0, 1e300}};
  for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
    if (!(ranges[i].value >= ranges[i].min && ranges[i].value <= ranges[i].max))
      return rl_fail(error, RL_BAD_ARGUMENT, "option %s: %g is outside [%g, %g]", ranges[i].name,
                     ranges[i].value, ranges[i].min, ranges[i].max);
  if (n < 1 || n > (o->full ? 1 << 12 : 1 << 24))
    return rl_fail(error, RL_BAD_ARGUMENT, "%d coordinates are not 1 to %d%s", n, o->full ? 1 << 12 : 1 << 24,
                   o->full ? " with a full covariance" : "");
  for (int i = 0; i < n; i++) {
    if (!isfinite(x0[i])) return rl_fail(error, RL_NOT_FINITE, "x0: coordinate %d is %g", i + 1, x0[i]);
    if (scale && !(scale[i] > 0.0 && isfinite(scale[i])))
      return rl_fail(error, RL_BAD_ARGUMENT, "option scale: coordinate %d is %g, not above 0", i + 1,
                     scale[i]);
    double variance = scale ? o->sigma * scale[i] * (o->sigma * scale[i]) : 1.0;
    if (!(variance > 0.0 && isfinite(variance)))
      return rl_fail(error, RL_BAD_ARGUMENT, "coordinate %d: sigma %g times scale %g is out of range", i + 1,
                     o->sigma, scale[i]);
  }
  return RL_OK;
}

/* Cuts the block into its arrays, or only counts when there is none yet. */
static size_t lay_out(rl_weighted *s) {
  size_t n = (size_t)s->n, elite = s->options.kind == RL_POWER ? (size_t)s->elite : 0, used = 0;
  struct {
    double **array;
    size_t size;
  } parts[] = {{&s->mean, n},
               {&s->next_mean, n},
               {&s->deviation, n},
               {&s->best, n},
               {&s->normal, n},
               {&s->covariance, s->covariance_size},
               {&s->next_covariance, s->covariance_size},
               {&s->factor, s->covariance_size},
               {&s->x, n * (size_t)s->popsize},
               {&s->weight, (size_t)s->popsize},
               {&s->history, n * elite},
               {&s->returns, elite}};
  for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
    if (s->block) *parts[i].array = s->block + used;
    used += parts[i].size;
  }
  return used;
}

static double *variance_at(const rl_weighted *s, double *covariance, int i) {
  return &covariance[s->options.full ? (size_t)i * (size_t)s->n + (size_t)i : (size_t)i];
}

static void read_deviations(rl_weighted *s) {
  for (int i = 0; i < s->n; i++) s->deviation[i] = sqrt(*variance_at(s, s->covariance, i));
}

rl_status rl_weighted_create(rl_weighted **out, int n, const double *x0, const double *scale,
                             const rl_weighted_options *options, rl_error *error) {
  *out = NULL;
  rl_status status = check(n, x0, scale, options, error);
  if (status) return status;
  rl_weighted *s = rl_allocate(1, sizeof *s);
  if (!s) return rl_fail(error, RL_NO_MEMORY, "out of memory for a search");
  s->options = *options;
  s->n = n;
  s->popsize = options->popsize;
  s->elite = (int)fmax(1.0, floor(options->elite * options->popsize + 0.5));
  s->covariance_size = options->full ? (size_t)n * (size_t)n : (size_t)n;
  s->block = rl_allocate(lay_out(s), sizeof(double));
  s->order = rl_allocate((size_t)s->popsize, sizeof *s->order);
  if (!s->block || !s->order) {
    rl_weighted_free(s);
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a search of %d coordinates", n);
  }
  lay_out(s);
  memcpy(s->mean, x0, (size_t)n * sizeof *x0);
  for (int i = 0; i < n; i++) {
    double deviation = options->sigma * (scale ? scale[i] : 1.0);
    *variance_at(s, s->covariance, i) = deviation * deviation;
  }
  read_deviations(s);
  rl_search_record_init(&s->record, n, s->best, x0, options->seed);
  *out = s;
  return RL_OK;
}

size_t rl_weighted_bytes(const rl_weighted *s) {
  rl_weighted empty = {.n = s->n,
                       .popsize = s->popsize,
                       .elite = s->elite,
                       .options = s->options,
                       .covariance_size = s->covariance_size};
  return sizeof *s + lay_out(&empty) * sizeof(double) + (size_t)s->popsize * sizeof *s->order;
}

void rl_weighted_free(rl_weighted *s) {
  if (!s) return;
  rl_release(s->block);
  rl_release(s->order);
  rl_release(s);
}

int rl_weighted_size(const rl_weighted *s) { return s->n; }
const double *rl_weighted_candidates(const rl_weighted *s) { return s->record.asked ? s->x : NULL; }
rl_weighted_options *rl_weighted_get_options(rl_weighted *s) { return &s->options; }

/* Asking. */

static void draw(rl_weighted *s, double *x) {
  size_t n = (size_t)s->n;
  for (size_t i = 0; i < n; i++) s->normal[i] = (double)rl_rng_normal(&s->record.rng);
  for (size_t i = 0; i < n; i++) {
    double step = 0.0;
    if (s->options.full)
      for (size_t k = 0; k <= i; k++) step += s->factor[i * n + k] * s->normal[k];
    else
      step = s->deviation[i] * s->normal[i];
    x[i] = s->mean[i] + step;
  }
}

rl_status rl_weighted_ask(rl_weighted *s, const double **x, rl_error *error) {
  if (s->options.full && !rl_cholesky(s->n, s->covariance, s->factor))
    return rl_fail(error, RL_NOT_FINITE,
                   "the covariance is no longer positive definite: add noise, or search "
                   "with variances only");
  for (int k = 0; k < s->popsize; k++) draw(s, s->x + (size_t)k * (size_t)s->n);
  s->record.asked = true;
  *x = s->x;
  return RL_OK;
}

/* Telling: the values become an order, the order weights, the weights an update. */

/* How many candidates have a weight: those are first in the order. */
static int weigh(rl_weighted *s, int finite) {
  double sum = 0.0;
  int count = finite;
  if (s->options.kind == RL_CEM) count = s->elite < finite ? s->elite : finite;
  double best = s->order[0].value / 2.0,
         range = best - s->order[finite - 1].value / 2.0; /* halves: no overflow */
  for (int k = 0; k < count; k++) {
    double r = range > 0.0 ? (s->order[k].value / 2.0 - best) / range : 0.0; /* in [-1, 0] */
    s->weight[k] = s->options.kind == RL_CEM ? 1.0 : exp(s->options.beta * r);
    sum += s->weight[k];
  }
  for (int k = 0; k < count; k++) s->weight[k] /= sum;
  return count;
}

/* The best ever keep their returns: a new one takes a free place, or that of the worst. */
static void remember(rl_weighted *s, const double *x, double value) {
  int place = s->n_history;
  if (place == s->elite) {
    place = 0;
    for (int k = 1; k < s->elite; k++)
      if (s->returns[k] < s->returns[place]) place = k;
    if (value <= s->returns[place]) return;
  } else {
    s->n_history++;
  }
  memcpy(s->history + (size_t)place * (size_t)s->n, x, (size_t)s->n * sizeof *x);
  s->returns[place] = value;
}

static int weigh_history(rl_weighted *s, int finite) {
  double sum = 0.0;
  for (int k = 0; k < finite; k++)
    remember(s, s->x + (size_t)s->order[k].index * (size_t)s->n, s->order[k].value);
  double largest = 0.0; /* returns over it cannot overflow in the sum */
  for (int k = 0; k < s->n_history; k++) largest = fmax(largest, s->returns[k]);
  for (int k = 0; k < s->n_history; k++) s->weight[k] = largest > 0.0 ? s->returns[k] / largest : 1.0;
  for (int k = 0; k < s->n_history; k++) sum += s->weight[k];
  for (int k = 0; k < s->n_history; k++) s->weight[k] /= sum;
  return s->n_history;
}

/* The candidate that weight k is of. */
static const double *weighted_row(const rl_weighted *s, int k) {
  if (s->options.kind == RL_POWER) return s->history + (size_t)k * (size_t)s->n;
  return s->x + (size_t)s->order[k].index * (size_t)s->n;
}

/* next_covariance = sum_k w_k (x_k - center)(x_k - center)^T, or its diagonal. */
static void scatter(rl_weighted *s, int count, const double *center) {
  size_t n = (size_t)s->n;
  memset(s->next_covariance, 0, s->covariance_size * sizeof *s->next_covariance);
  for (int k = 0; k < count; k++) {
    const double *x = weighted_row(s, k), w = s->weight[k];
    for (size_t i = 0; i < n; i++) {
      double d = w * (x[i] - center[i]);
      if (!s->options.full) s->next_covariance[i] += d * (x[i] - center[i]);
      for (size_t j = 0; s->options.full && j < n; j++)
        s->next_covariance[i * n + j] += d * (x[j] - center[j]);
    }
  }
}

/* The one update of all these methods; false, and nothing is updated, where it leaves the range of numbers.
 */
static bool update(rl_weighted *s, int count) {
  const rl_weighted_options *o = &s->options;
  size_t n = (size_t)s->n;
  memset(s->next_mean, 0, n * sizeof *s->next_mean);
  for (int k = 0; k < count; k++) {
    const double *x = weighted_row(s, k);
    for (size_t i = 0; i < n; i++) s->next_mean[i] += s->weight[k] * x[i];
  }
  bool about_old = o->kind == RL_PI2 || o->kind == RL_POWER;
  if (o->kind != RL_PI2 || o->adapt) {
    scatter(s, count, about_old ? s->mean : s->next_mean);
    for (size_t i = 0; i < s->covariance_size; i++)
      s->next_covariance[i] = s->covariance[i] + o->rate * (s->next_covariance[i] - s->covariance[i]);
  } else {
    memcpy(s->next_covariance, s->covariance, s->covariance_size * sizeof *s->covariance);
  }
  for (size_t i = 0; i < s->covariance_size; i++) s->next_covariance[i] *= o->decay * o->decay;
  for (int i = 0; i < s->n; i++) *variance_at(s, s->next_covariance, i) += o->noise;
  if (!rl_all_finite(s->next_mean, n) || !rl_all_finite(s->next_covariance, s->covariance_size)) return false;
  memcpy(s->mean, s->next_mean, n * sizeof *s->mean);
  memcpy(s->covariance, s->next_covariance, s->covariance_size * sizeof *s->covariance);
  read_deviations(s);
  return true;
}

rl_status rl_weighted_tell(rl_weighted *s, const double *value, rl_error *error) {
  int finite;
  const rl_weighted_options *o = &s->options;
  rl_status status =
      rl_search_record_rank(&s->record, value, s->popsize, o->minimize, s->order, &finite, error);
  if (status) return status;
  const rl_rank *worst = &s->order[finite - 1];
  if (o->kind == RL_POWER && worst->value < 0.0)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "value %d is %g: power weighs by the return, which must not be negative: add a constant",
                   worst->index + 1, value[worst->index]);
  if (!update(s, o->kind == RL_POWER ? weigh_history(s, finite) : weigh(s, finite)))
    return rl_fail(error, RL_NOT_FINITE,
                   "the squared distance between candidates is beyond the range of numbers");
  rl_search_record_end(&s->record, s->x, s->popsize, o->minimize, s->order, finite);
  return RL_OK;
}

/* Where it stands. */

int rl_weighted_stop(const rl_weighted *s, const char *names[RL_WEIGHTED_STOPS]) {
  const rl_weighted_options *o = &s->options;
  int count = 0;
  double widest = 0.0;
  for (int i = 0; i < s->n; i++) widest = fmax(widest, s->deviation[i]);
  if (widest <= o->tolx) names[count++] = "tolx";
  const rl_search_limits limits = {o->minimize, o->max_iterations, o->max_evaluations, o->target};
  return count + rl_search_record_stop(&s->record, limits, names + count);
}

rl_weighted_state rl_weighted_get_state(const rl_weighted *s) {
  return (rl_weighted_state){.mean = s->mean,
                             .deviation = s->deviation,
                             .best = s->best,
                             .best_value = s->record.best_value,
                             .best_evaluation = s->record.best_evaluation,
                             .iterations = s->record.iterations,
                             .evaluations = s->record.evaluations,
                             .not_finite = s->record.not_finite};
}

/* Saving. */

/* The arrays that are the state besides the record, for both ways. */
enum { ARRAYS = 5 };

static void list_arrays(rl_weighted *s, rl_saved_array arrays[ARRAYS]) {
  size_t n = (size_t)s->n, elite = s->options.kind == RL_POWER ? (size_t)s->elite : 0;
  const rl_saved_array list[ARRAYS] = {{"mean", s->mean, n},
                                       {"covariance", s->covariance, s->covariance_size},
                                       {"history", s->history, n * elite},
                                       {"returns", s->returns, elite},
                                       {"x", s->x, n * (size_t)s->popsize}};
  memcpy(arrays, list, sizeof list);
}

rl_status rl_weighted_save(const rl_weighted *s, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_saved_array arrays[ARRAYS];
  list_arrays((rl_weighted *)s, arrays);
  const int64_t n_history = s->n_history;
  rl_status status = rl_archive_put_string(archive, rl_archive_key(name, prefix, "method"),
                                           rl_weighting_names[s->options.kind], error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "n_history"), RL_I64, 1, (int64_t[]){1},
                            &n_history, error);
  if (!status) status = rl_search_record_save(&s->record, archive, prefix, error);
  if (!status) status = rl_saved_arrays_put(arrays, ARRAYS, archive, prefix, error);
  return status;
}

static rl_status read_state(rl_weighted *s, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_saved_array arrays[ARRAYS];
  int64_t n_history;
  list_arrays(s, arrays);
  const char *method = rl_archive_string(archive, rl_archive_key(name, prefix, "method"));
  if (!method || strcmp(method, rl_weighting_names[s->options.kind]) != 0)
    return rl_fail(error, RL_BAD_FORMAT, "%s: state of \"%.32s\", not of %s", prefix, method ? method : "",
                   rl_weighting_names[s->options.kind]);
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "n_history"), RL_I64, 1, &n_history, error);
  if (!status) status = rl_search_record_load(&s->record, archive, prefix, error);
  if (!status) status = rl_saved_arrays_get(arrays, ARRAYS, archive, prefix, error);
  if (status) return status;
  for (int i = 0; i < s->n; i++)
    if (!(*variance_at(s, s->covariance, i) >= 0.0))
      return rl_fail(error, RL_BAD_FORMAT, "%s: variance %d is negative", prefix, i + 1);
  bool sensible = n_history >= 0 && n_history <= s->elite;
  for (int i = 0; s->options.kind == RL_POWER && i < s->elite; i++)
    sensible = sensible && s->returns[i] >= 0.0;
  if (!sensible) return rl_fail(error, RL_BAD_FORMAT, "%s: not a sensible state", prefix);
  s->n_history = (int)n_history;
  read_deviations(s);
  return RL_OK;
}

rl_status rl_weighted_load(rl_weighted *s, const rl_archive *archive, const char *prefix, rl_error *error) {
  rl_weighted *loaded;
  rl_status status = rl_weighted_create(&loaded, s->n, s->mean, NULL, &s->options, error);
  if (status) return status;
  status = read_state(loaded, archive, prefix, error);
  if (!status) {
    rl_weighted old = *s;
    *s = *loaded;
    *loaded = old;
  }
  rl_weighted_free(loaded);
  return status;
}
