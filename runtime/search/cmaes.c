/* CMA-ES: minimises or maximises a function of n numbers of which only the ranking of candidates is seen
 * (Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv:1604.00772; symbols and equations as there). */
#include "search/cmaes_internal.h"

#include "tensor/eigen.h"
#include "tensor/gemm.h"

#include <cblas.h>
#include <string.h>

/* LAPACK, inside OpenBLAS: all eigenvalues and eigenvectors of a symmetric matrix. No header of Debian's
 * declares it; the last two are the lengths of the strings, as Fortran passes them. */
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
             double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t jobz_length,
             size_t uplo_length);

/* Dimensions up to this are decomposed by rl_symmetric_eigen. */
enum { LARGEST_SMALL = 50 };

/* A whole number is left for the next with a probability of 1.2% (2.5 standard deviations) at least. */
static const double INTEGER_DEVIATION = 0.2;

#define AT(field) offsetof(rl_cmaes_options, field)

static const rl_option table[] = {
    {"sigma", "", "standard deviation of every coordinate at first, times its scale", 0.3, 1e-300, 1e150,
     .type = RL_OPTION_NUMBER, .offset = AT(common.sigma)},
    {"popsize", "", "candidates an iteration; 0: 4 + floor(3 ln n)", 0, 0, 1 << 24, .type = RL_OPTION_INTEGER,
     .offset = AT(popsize)},
    {"active", "", "the worse half of the candidates has negative weights", 1, 0, 1,
     .type = RL_OPTION_BOOLEAN, .offset = AT(active)},
    {"diagonal", "", "variances only, in time linear in n (sep-CMA-ES)", 0, 0, 1, .type = RL_OPTION_BOOLEAN,
     .offset = AT(diagonal)},
    {"restarts", "",
     "what follows when a run has ended for its own reasons: nothing, runs with a growing population, or two "
     "regimes",
     0, 0, RL_RESTARTS - 1, .type = RL_OPTION_CHOICE, .offset = AT(restarts), .choices = rl_restart_names},
    {"max_restarts", "", "restarts with a larger population than the first", 9, 0, 1000,
     .type = RL_OPTION_INTEGER, .offset = AT(max_restarts), .live = true},
    {"popsize_factor", "", "by which the population grows with a restart", 2, 1, 1000,
     .type = RL_OPTION_NUMBER, .offset = AT(popsize_factor)},
    {"reevaluate", "",
     "for noisy returns: share of the candidates, two at least, that is asked for twice; 0: none", 0, 0, 1,
     .type = RL_OPTION_NUMBER, .offset = AT(reevaluate)},
    {"max_noise_evaluations", "", "evaluations of a candidate beyond which noise is met by a wider sigma", 1,
     1, INT32_MAX, .type = RL_OPTION_INTEGER, .offset = AT(max_noise_evaluations)},
    {"tolfun", "", "ends a run when recent values differ by less", 1e-11, 0, HUGE_VAL,
     .type = RL_OPTION_NUMBER, .offset = AT(tolfun), .live = true},
    {"tolfunhist", "", "ends a run when the best values of recent iterations differ by less", 1e-12, 0,
     HUGE_VAL, .type = RL_OPTION_NUMBER, .offset = AT(tolfunhist), .live = true},
    {"tolx", "", "ends a run when it steps less than this in every coordinate", 1e-11, 0, HUGE_VAL,
     .type = RL_OPTION_NUMBER, .offset = AT(common.tolx), .live = true},
    {"tolupsigma", "", "ends a run when sigma has grown more than this and the eigenvalues have not", 1e20, 0,
     HUGE_VAL, .type = RL_OPTION_NUMBER, .offset = AT(tolupsigma), .live = true},
    {"conditioncov", "", "ends a run when the condition of the covariance is above it; 0: never", 1e14, 0,
     HUGE_VAL, .type = RL_OPTION_NUMBER, .offset = AT(conditioncov), .live = true},
    {"flatfitness", "", "ends a run after so many iterations in a row with equal values; 0: never", 2, 0,
     INT32_MAX, .type = RL_OPTION_INTEGER, .offset = AT(flatfitness), .live = true},
    {"stagnation", "", "ends a run whose values have not become better for long", 1, 0, 1,
     .type = RL_OPTION_BOOLEAN, .offset = AT(stagnation), .live = true},
    {"max_iterations", "", "ends a run after so many iterations; 0: 100 + 150 (n + 3)^2 / sqrt(popsize)", 0,
     0, 0x1p53, .type = RL_OPTION_COUNT, .offset = AT(common.max_iterations), .live = true},
    RL_SEARCH_ROWS};

/* The constants: table 1 of the tutorial, equations (49) to (58). */

int rl_cmaes_default_popsize(int n) { return 4 + (int)floor(3.0 * log((double)n)); }

int64_t rl_cmaes_default_iterations(int n, int popsize) {
  double side = n + 3.0;
  return 100 + (int64_t)(150.0 * side * side / sqrt(fmax(1.0, popsize)));
}

/* (sum w)^2 / sum w^2 */
static double effective(const double *weights, int n) {
  double sum = 0.0, squares = 0.0;
  for (int i = 0; i < n; i++) {
    sum += weights[i];
    squares += weights[i] * weights[i];
  }
  return squares > 0.0 ? sum * sum / squares : 0.0;
}

static void scale_to(double *weights, int n, double total) {
  double sum = 0.0;
  for (int i = 0; i < n; i++) sum += weights[i];
  for (int i = 0; i < n; i++) weights[i] *= sum != 0.0 ? total / sum : 0.0;
}

void rl_cmaes_strategy_init(rl_cmaes_strategy *s, bool active, bool diagonal) {
  int popsize = s->popsize;
  s->mu = popsize / 2;
  for (int i = 0; i < popsize; i++) s->weights[i] = log((popsize + 1) / 2.0) - log(i + 1.0);

  double N = s->n, mu_eff = effective(s->weights, s->mu),
         mu_eff_negative = effective(s->weights + s->mu, popsize - s->mu);
  s->mu_eff = mu_eff;
  s->c_sigma = (mu_eff + 2.0) / (N + mu_eff + 5.0);
  s->d_sigma = 1.0 + 2.0 * fmax(0.0, sqrt((mu_eff - 1.0) / (N + 1.0)) - 1.0) + s->c_sigma;
  s->c_c = (4.0 + mu_eff / N) / (N + 4.0 + 2.0 * mu_eff / N);
  s->c_1 = 2.0 / ((N + 1.3) * (N + 1.3) + mu_eff);
  s->c_mu = 2.0 * (0.25 + mu_eff - 2.0 + 1.0 / mu_eff) / ((N + 2.0) * (N + 2.0) + mu_eff);
  if (diagonal) { /* N variances are learnt from as many samples as N^2 / 2 entries: Ros & Hansen 2008 */
    s->c_1 = fmin(1.0, s->c_1 * (N + 2.0) / 3.0);
    s->c_mu *= (N + 2.0) / 3.0;
  }
  s->c_mu = fmin(1.0 - s->c_1, s->c_mu);
  s->chi_n = sqrt(N) * (1.0 - 1.0 / (4.0 * N) + 1.0 / (21.0 * N * N));
  s->decompose_every = (int)fmax(1.0, fmin(1e9, ceil(1.0 / ((s->c_1 + s->c_mu) * N * 10.0))));

  scale_to(s->weights, s->mu, 1.0);
  double total = 0.0;
  if (active && s->c_mu > 0.0) /* the last keeps C positive definite */
    total = fmin(fmin(1.0 + s->c_1 / s->c_mu, 1.0 + 2.0 * mu_eff_negative / (mu_eff + 2.0)),
                 (1.0 - s->c_1 - s->c_mu) / (N * s->c_mu));
  scale_to(s->weights + s->mu, popsize - s->mu, -total);
}

/* Creating. */

void rl_cmaes_size_up(rl_search *s, int popsize) {
  rl_cmaes *es = s->state;
  int N = s->n;
  bool diagonal = es->options->diagonal;
  es->strategy.n = N;
  es->strategy.popsize = popsize;
  es->repeats = rl_cmaes_repeats(es->options->reevaluate, popsize);
  es->history = rl_cmaes_history(N, popsize);
  es->lwork = diagonal ? 1 : 1 + 6 * N + 2 * N * N;
  es->liwork = diagonal ? 1 : 3 + 5 * N;
  s->count = popsize + es->repeats;
}

static int parts(rl_search *s, rl_search_part *list) {
  rl_cmaes *es = s->state;
  bool diagonal = es->options->diagonal;
  size_t n = (size_t)s->space.n, N = (size_t)s->n, popsize = (size_t)es->strategy.popsize,
         square = diagonal ? N : N * N, history = (size_t)es->history, twice = es->repeats ? 2 * popsize : 0,
         kept = es->iterations < es->history ? (size_t)es->iterations : history,
         work = (size_t)es->lwork > history ? (size_t)es->lwork : history;
  const rl_search_part all[] = {{"course", RL_COURSE_WORDS, .whole = (int64_t *)&es->course},
                                {"rng", 1, .rng = &es->rng},
                                {"sigma", 1, .number = &es->sigma},
                                {"first_sigma", 1, .number = &es->first_sigma},
                                {"condition", 1, .number = &es->condition, .any = true},
                                {"noise_evaluations", 1, .number = &es->noise_evaluations},
                                {"decomposed", 1, .whole = &es->decomposed},
                                {"flat", 1, .whole = &es->flat},
                                {"criteria", 1, .whole = &es->criteria},
                                {"lost", 1, .whole = &es->lost, .optional = true},
                                {"n_injected", 1, .whole = &es->n_injected},
                                {"p_sigma", N, .array = &es->p_sigma},
                                {"p_c", N, .array = &es->p_c},
                                {"C", square, .array = &es->C},
                                {"B", diagonal ? 0 : square, .array = &es->B},
                                {"D", N, .array = &es->D},
                                {"z", popsize * N, .array = &es->z},
                                {"y", popsize * N, .array = &es->y},
                                {"x", (size_t)s->count * n, .number = s->x},
                                {"injected", popsize * n, .array = &es->injected},
                                {"history_best", kept, .number = es->history_best},
                                {"history_median", kept, .number = es->history_median, .any = true},
                                {NULL, history, .array = &es->history_best},
                                {NULL, history, .array = &es->history_median},
                                {NULL, popsize, .array = &es->strategy.weights},
                                {"spread", N, .array = &es->spread, .optional = true},
                                {NULL, (size_t)s->count, .array = &es->cost},
                                {NULL, popsize, .ranks = &es->order},
                                {NULL, N, .array = &es->y_mean},
                                {NULL, N, .array = &es->z_mean},
                                {NULL, twice, .ranks = &es->pairs},
                                {NULL, twice, .array = &es->ranks},
                                {NULL, (popsize + 1) * N, .array = &es->rows},
                                {NULL, work, .array = &es->work},
                                {NULL, (size_t)es->liwork, .array = &es->iwork}};
  memcpy(list, all, sizeof all);
  return sizeof all / sizeof *all;
}

static rl_status create(rl_search *s, rl_error *error) {
  rl_cmaes *es = s->state;
  rl_cmaes_options *o = s->options;
  es->options = o;
  es->mean = s->mean;
  if (o->popsize == 0) o->popsize = rl_cmaes_default_popsize(s->n);
  if (o->popsize < 2)
    return rl_fail(error, RL_BAD_ARGUMENT, "popsize: at least 2 candidates, got %d", o->popsize);
  if (!o->diagonal && s->n > 20000)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "a full covariance of %d coordinates is too large: search with diagonal", s->n);
  if (o->common.max_iterations == 0 && o->restarts == RL_RESTARTS_NONE)
    o->common.max_iterations = rl_cmaes_default_iterations(s->n, o->popsize);
  rl_gemm_use_one_thread();
  rl_cmaes_size_up(s, o->popsize);
  return RL_OK;
}

/* The distribution. */

double rl_cmaes_deviation(const rl_cmaes *es, int i) {
  size_t at = (size_t)i;
  double variance = es->C[es->options->diagonal ? at : at * (size_t)es->strategy.n + at];
  return sqrt(fmax(variance, 0.0)) * es->spread[i]; /* below 0 by rounding, until it is next decomposed */
}

/* Spreading an integer wider at sampling leaves C and the paths as they are: they see steps as if it were
 * not. */
static void spread(rl_search *s) {
  rl_cmaes *es = s->state;
  for (int i = 0; i < s->n; i++) {
    es->spread[i] = s->scale[i];
    if (!s->space.integer[s->coordinate[i]]) continue;
    double deviation = es->sigma * rl_cmaes_deviation(es, i);
    if (deviation > 0.0 && deviation < INTEGER_DEVIATION) es->spread[i] *= INTEGER_DEVIATION / deviation;
  }
}

static void identity(rl_cmaes *es) {
  size_t N = (size_t)es->strategy.n;
  for (size_t i = 0; i < N; i++) es->D[i] = 1.0;
  if (es->options->diagonal) {
    for (size_t i = 0; i < N; i++) es->C[i] = 1.0;
    return;
  }
  memset(es->C, 0, N * N * sizeof *es->C);
  memset(es->B, 0, N * N * sizeof *es->B);
  for (size_t i = 0; i < N; i++) es->C[i * N + i] = es->B[i * N + i] = 1.0;
}

/* Rounding can make the smallest eigenvalue negative when the condition is near 1e16. */
static void take_roots(rl_cmaes *es) {
  double least = INFINITY, greatest = 0.0;
  for (int i = 0; i < es->strategy.n; i++) {
    least = fmin(least, es->D[i]);
    greatest = fmax(greatest, es->D[i]);
  }
  es->condition = least > 0.0 ? greatest / least : INFINITY;
  for (int i = 0; i < es->strategy.n; i++) es->D[i] = sqrt(fmax(es->D[i], 1e-15 * greatest));
}

/* Finite numbers with variances above 0. What is not finite is not given to LAPACK, which need not return
 * from it. */
static bool is_covariance(const rl_cmaes *es, const double *C) {
  size_t N = (size_t)es->strategy.n, size = es->options->diagonal ? N : N * N;
  for (size_t i = 0; i < size; i++)
    if (!isfinite(C[i])) return false;
  for (size_t i = 0; i < size; i += es->options->diagonal ? 1 : N + 1)
    if (!(C[i] > 0.0)) return false;
  return true;
}

static bool find_eigenvectors(rl_cmaes *es) {
  int N = es->strategy.n, info = 0;
  if (!is_covariance(es, es->C)) return false;
  if (es->options->diagonal) {
    memcpy(es->D, es->C, (size_t)N * sizeof *es->D);
    return true;
  }
  memcpy(es->B, es->C, (size_t)N * (size_t)N * sizeof *es->B); /* upper by rows is lower by columns */
  if (N <= LARGEST_SMALL) return rl_symmetric_eigen(N, es->B, es->D, es->work);
  dsyevd_("V", "L", &N, es->B, &N, es->D, es->work, &es->lwork, (int *)(void *)es->iwork, &es->liwork, &info,
          1, 1);
  return info == 0;
}

/* C to B, D and condition. A covariance without eigenvectors is given up, and what led to it. */
static void decompose(rl_cmaes *es) {
  es->lost = !find_eigenvectors(es);
  if (es->lost) {
    identity(es);
    memset(es->p_c, 0, (size_t)es->strategy.n * sizeof *es->p_c);
    memset(es->p_sigma, 0, (size_t)es->strategy.n * sizeof *es->p_sigma);
  }
  take_roots(es);
  es->decomposed = es->iterations;
}

void rl_cmaes_begin_run(rl_search *s, double sigma) {
  rl_cmaes *es = s->state;
  rl_cmaes_strategy_init(&es->strategy, es->options->active, es->options->diagonal);
  identity(es);
  es->sigma = es->first_sigma = sigma;
  es->condition = es->noise_evaluations = 1.0;
  es->lost = 0;
  es->iterations = es->decomposed = es->flat = es->criteria = es->n_injected = 0;
  spread(s);
}

static void begin(rl_search *s) {
  rl_cmaes_plan_first(s);
  rl_cmaes_begin_run(s, rl_search_common_of(s)->sigma);
}

/* From a ranked population to the next distribution. */

static double length(const double *x, int n) {
  double squares = 0.0;
  for (int i = 0; i < n; i++) squares += x[i] * x[i];
  return sqrt(squares);
}

/* Equations (41) to (43): the mean of the better half, in y and in z. */
static void recombine(rl_cmaes *es) {
  const rl_cmaes_strategy *s = &es->strategy;
  memset(es->y_mean, 0, (size_t)s->n * sizeof *es->y_mean);
  memset(es->z_mean, 0, (size_t)s->n * sizeof *es->z_mean);
  for (int k = 0; k < s->mu; k++) {
    const double *y = es->y + (size_t)es->order[k].index * (size_t)s->n;
    const double *z = es->z + (size_t)es->order[k].index * (size_t)s->n;
    for (int i = 0; i < s->n; i++) {
      es->y_mean[i] += s->weights[k] * y[i];
      es->z_mean[i] += s->weights[k] * z[i];
    }
  }
  for (int i = 0; i < s->n; i++) es->mean[i] += es->sigma * es->spread[i] * es->y_mean[i];
}

/* Equations (44) and (45); C^-1/2 y = B z. Returns h_sigma: whether the path is of the usual length, and not
 * one of a step size that is still far too small. */
static bool adapt_step(rl_cmaes *es) {
  const rl_cmaes_strategy *s = &es->strategy;
  double keep = 1.0 - s->c_sigma, add = sqrt(s->c_sigma * (2.0 - s->c_sigma) * s->mu_eff);
  if (es->options->diagonal)
    for (int i = 0; i < s->n; i++) es->p_sigma[i] = keep * es->p_sigma[i] + add * es->z_mean[i];
  else
    cblas_dgemv(CblasRowMajor, CblasTrans, s->n, s->n, add, es->B, s->n, es->z_mean, 1, keep, es->p_sigma, 1);
  double norm = length(es->p_sigma, s->n);
  double unbiased = norm / sqrt(1.0 - pow(keep, 2.0 * (double)(es->iterations + 1)));
  es->sigma *= exp(fmin(1.0, s->c_sigma / s->d_sigma * (norm / s->chi_n - 1.0)));
  return unbiased < (1.4 + 2.0 / (s->n + 1.0)) * s->chi_n;
}

/* The weight of rank k in the covariance: equation (46). */
static double covariance_weight(const rl_cmaes *es, int k) {
  const rl_cmaes_strategy *s = &es->strategy;
  double w = s->weights[k];
  if (w >= 0.0) return w;
  double norm = length(es->z + (size_t)es->order[k].index * (size_t)s->n, s->n);
  return w * s->n / fmax(norm * norm, 1e-12);
}

/* Rows of y of ranks [first, end), each times sqrt(|c_mu w|), into es->rows. */
static int gather(rl_cmaes *es, int first, int end) {
  int N = es->strategy.n;
  for (int k = first; k < end; k++) {
    double factor = sqrt(fabs(es->strategy.c_mu * covariance_weight(es, k)));
    const double *y = es->y + (size_t)es->order[k].index * (size_t)N;
    double *row = es->rows + (size_t)(k - first) * (size_t)N;
    for (int i = 0; i < N; i++) row[i] = factor * y[i];
  }
  return end - first;
}

/* C = keep C + sign * rows^T rows */
static void add_products(rl_cmaes *es, int n_rows, double sign, double keep) {
  int N = es->strategy.n;
  if (!es->options->diagonal) {
    cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, N, n_rows, sign, es->rows, N, keep, es->C, N);
    return;
  }
  for (int i = 0; i < N; i++) es->C[i] *= keep;
  for (int k = 0; k < n_rows; k++)
    for (int i = 0; i < N; i++) {
      double y = es->rows[(size_t)k * (size_t)N + (size_t)i];
      es->C[i] += sign * y * y;
    }
}

/* Equation (47). */
static void adapt_covariance(rl_cmaes *es, bool h_sigma) {
  const rl_cmaes_strategy *s = &es->strategy;
  double sum = 0.0, lost = h_sigma ? 0.0 : s->c_c * (2.0 - s->c_c);
  for (int k = 0; k < s->popsize; k++) sum += s->weights[k];
  int n_rows = gather(es, 0, s->mu);
  double *row = es->rows + (size_t)n_rows * (size_t)s->n;
  for (int i = 0; i < s->n; i++) row[i] = sqrt(s->c_1) * es->p_c[i];
  add_products(es, n_rows + 1, 1.0, 1.0 + s->c_1 * lost - s->c_1 - s->c_mu * sum);
  if (s->weights[s->popsize - 1] < 0.0) add_products(es, gather(es, s->mu, s->popsize), -1.0, 1.0);
}

static void update(rl_cmaes *es) {
  const rl_cmaes_strategy *s = &es->strategy;
  recombine(es);
  bool h_sigma = adapt_step(es);
  double add = h_sigma ? sqrt(s->c_c * (2.0 - s->c_c) * s->mu_eff) : 0.0;
  for (int i = 0; i < s->n; i++) es->p_c[i] = (1.0 - s->c_c) * es->p_c[i] + add * es->y_mean[i];
  adapt_covariance(es, h_sigma);
  es->iterations++;
  if (es->options->diagonal || es->iterations - es->decomposed >= s->decompose_every) decompose(es);
}

/* Asking and telling. */

/* y = B D z for the whole population. */
static void transform_samples(rl_cmaes *es) {
  int N = es->strategy.n, popsize = es->strategy.popsize;
  double *scaled = es->options->diagonal ? es->y : es->rows;
  for (int k = 0; k < popsize; k++)
    for (int i = 0; i < N; i++)
      scaled[(size_t)k * (size_t)N + (size_t)i] = es->D[i] * es->z[(size_t)k * (size_t)N + (size_t)i];
  if (!es->options->diagonal)
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, popsize, N, N, 1.0, scaled, N, es->B, N, 0.0,
                es->y, N);
}

/* Candidate k becomes an injected point. The step that the update sees is shortened to the length of a long
 * sample. */
static void place_injected(rl_search *s, int k) {
  rl_cmaes *es = s->state;
  int N = s->n, n = s->space.n;
  double *z = es->z + (size_t)k * (size_t)N, *y = es->y + (size_t)k * (size_t)N,
         *x = s->x + (size_t)k * (size_t)n;
  double squares = 0.0, longest = sqrt((double)N) + 2.0 * N / (N + 2.0);
  memcpy(x, es->injected + (size_t)k * (size_t)n, (size_t)n * sizeof *x);
  for (int i = 0; i < N; i++) {
    int c = s->coordinate[i];
    y[i] = (rl_bounds_inverse(x[c], s->space.lower[c], s->space.upper[c]) - es->mean[i]) /
           (es->sigma * es->spread[i]);
  }
  if (es->options->diagonal)
    memcpy(z, y, (size_t)N * sizeof *z);
  else
    cblas_dgemv(CblasRowMajor, CblasNoTrans, N, N, 1.0, es->B, N, y, 1, 0.0, z, 1);
  for (int i = 0; i < N; i++) {
    z[i] /= es->D[i];
    squares += z[i] * z[i];
  }
  double shorten = squares > longest * longest ? longest / sqrt(squares) : 1.0;
  for (int i = 0; i < N; i++) {
    z[i] *= shorten;
    y[i] *= shorten;
  }
}

static rl_status ask(rl_search *s, rl_error *error) {
  rl_cmaes *es = s->state;
  rl_status status = rl_cmaes_restart_if_due(s, error);
  if (status) return status;
  size_t N = (size_t)s->n, n = (size_t)s->space.n, popsize = (size_t)es->strategy.popsize;
  for (size_t i = 0; i < popsize * N; i++) es->z[i] = (double)rl_rng_normal(&s->rng);
  transform_samples(es);
  for (size_t k = (size_t)es->n_injected; k < popsize; k++) {
    double *g = es->y_mean;
    for (size_t i = 0; i < N; i++) g[i] = es->mean[i] + es->sigma * es->spread[i] * es->y[k * N + i];
    if (!rl_all_finite(g, N))
      return rl_fail(error, RL_NOT_FINITE,
                     "the search has left the range of numbers (sigma %g): it should have been stopped",
                     es->sigma);
    rl_search_point(s, g, s->x + k * n);
  }
  for (int k = 0; k < es->n_injected; k++) place_injected(s, k);
  memcpy(s->x + popsize * n, s->x, (size_t)es->repeats * n * sizeof *s->x);
  es->n_injected = 0;
  return RL_OK;
}

/* Where a point is far away it moves the distribution no more than a good sample would (Hansen 2011,
 * "Injecting external solutions into CMA-ES"). */
static rl_status inject(rl_search *s, const double *x, rl_error *error) {
  rl_cmaes *es = s->state;
  if (es->n_injected == es->strategy.popsize)
    return rl_fail(error, RL_BAD_ARGUMENT, "inject: a generation has only %d candidates",
                   es->strategy.popsize);
  double *place = es->injected + (size_t)es->n_injected++ * (size_t)s->space.n;
  for (int i = 0; i < s->space.n; i++) place[i] = s->space.fixed[i] ? s->space.x0[i] : x[i];
  return RL_OK;
}

/* What is told as a cost: infinite where it is not finite. */
static double cost_of(double value) { return isnan(value) ? INFINITY : -value; }

/* Fills in the order; returns how much noise is in the way. */
static double rank_population(const rl_search *s) {
  rl_cmaes *es = s->state;
  if (es->repeats > 0) return rl_cmaes_rank_twice(es, es->cost);
  for (int k = 0; k < s->count; k++) es->order[k] = (rl_rank){cost_of(s->order[k].value), s->order[k].index};
  return 0.0;
}

/* Where ranks have been averaged, the best value need not come first. */
static rl_rank best_candidate(const rl_cmaes *es) {
  rl_rank best = es->order[0];
  for (int k = 1; k < es->strategy.popsize; k++)
    if (es->order[k].value < best.value) best = es->order[k];
  return (rl_rank){-best.value, best.index};
}

static rl_status tell(rl_search *s, rl_error *error) {
  rl_cmaes *es = s->state;
  int popsize = es->strategy.popsize, sound = 0;
  for (int k = 0; k < s->count; k++) es->cost[k] = cost_of(s->value[k]);
  for (int k = 0; k < popsize; k++)
    sound += isfinite(es->cost[k]) && (k >= es->repeats || isfinite(es->cost[popsize + k]));
  if (sound == 0)
    return rl_fail(error, RL_NOT_FINITE,
                   "tell: none of the %d values is a finite number; nothing was changed", popsize);
  double noise = rank_population(s);
  s->first = best_candidate(es);
  update(es);
  spread(s);
  if (es->repeats > 0) rl_cmaes_treat_noise(es, noise);
  rl_cmaes_check_stop(es);
  return RL_OK;
}

static void view(rl_search *s, rl_search_state *v) {
  const rl_cmaes *es = s->state;
  for (int i = 0; i < s->n; i++) s->deviation[i] = es->sigma * rl_cmaes_deviation(es, i);
  v->sigma = es->sigma;
  v->noise_evaluations = (int)(es->noise_evaluations + 0.5);
  v->restarts = (int)es->course.restarts;
  v->n_ended = rl_cmaes_criteria_names(es->course.ended, v->ended);
}

/* Loading. */

static bool is_course(const rl_cmaes_course *c) {
  const int64_t *words = (const int64_t *)c;
  for (int i = 0; i < RL_COURSE_WORDS; i++) /* but the seed */
    if (&words[i] != &c->seed && (words[i] < 0 || words[i] > INT64_C(1) << 53)) return false;
  return c->restarts <= INT32_MAX && c->large <= c->restarts && c->ended < 1 << RL_CMAES_CRITERIA &&
         c->regime < RL_REGIMES && c->popsize >= 2 && c->popsize <= 1 << 24;
}

/* The run that was on. The file, not a number in it, says how much memory that takes. */
static rl_status resize(rl_search *s, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_cmaes *es = s->state;
  rl_status status = rl_archive_get(archive, rl_archive_key(name, prefix, "course"), RL_I64, RL_COURSE_WORDS,
                                    &es->course, error);
  if (status) return status;
  if (!is_course(&es->course) || es->course.iterations > s->iterations ||
      es->course.evaluations > s->evaluations)
    return rl_fail(error, RL_BAD_FORMAT, "%s: not the course of a search", name);
  const rl_array *x = rl_archive_find(archive, rl_archive_key(name, prefix, "x"));
  if (!x || x->count < es->course.popsize * s->space.n)
    return rl_fail(error, RL_BAD_FORMAT, "%s: missing, or not of %d candidates", name,
                   (int)es->course.popsize);
  rl_cmaes_size_up(s, (int)es->course.popsize);
  status = rl_search_reserve(s, error);
  if (status) return status;
  rl_cmaes_begin_run(s, es->first_sigma);
  es->spread[0] = 0.0; /* not known, where the file does not say */
  es->iterations = s->iterations - es->course.iterations;
  return RL_OK;
}

static rl_status loaded(rl_search *s, const char *prefix, rl_error *error) {
  rl_cmaes *es = s->state;
  int64_t evaluations = s->evaluations - es->course.evaluations;
  bool sound = es->iterations <= (INT64_C(1) << 53) / s->count && evaluations == es->iterations * s->count &&
               es->decomposed >= 0 && es->decomposed <= es->iterations && es->flat >= 0 &&
               (es->lost == 0 || es->lost == 1) && es->n_injected >= 0 &&
               es->n_injected <= es->strategy.popsize && es->criteria >= 0 &&
               es->criteria < 1 << RL_CMAES_CRITERIA && es->sigma > 0.0 && es->first_sigma > 0.0 &&
               es->condition >= 1.0 && es->noise_evaluations >= 1.0 &&
               es->noise_evaluations <= es->options->max_noise_evaluations && is_covariance(es, es->C);
  if (es->spread[0] == 0.0) spread(s);
  for (int i = 0; i < s->n; i++) sound = sound && es->D[i] > 0.0 && es->spread[i] > 0.0;
  for (int i = 0; i < es->history; i++) sound = sound && !isnan(es->history_median[i]);
  return sound ? RL_OK : rl_fail(error, RL_BAD_FORMAT, "%s: not a sensible state", prefix);
}

const rl_search_class rl_search_cmaes = {.name = "cmaes",
                                         .options = table,
                                         .n_options = sizeof table / sizeof *table,
                                         .options_size = sizeof(rl_cmaes_options),
                                         .state_size = sizeof(rl_cmaes),
                                         .points = true,
                                         .create = create,
                                         .parts = parts,
                                         .begin = begin,
                                         .ask = ask,
                                         .tell = tell,
                                         .told = rl_cmaes_restart_if_due,
                                         .inject = inject,
                                         .stop = rl_cmaes_stop,
                                         .view = view,
                                         .resize = resize,
                                         .loaded = loaded,
                                         .modernize = rl_cmaes_modernize};
