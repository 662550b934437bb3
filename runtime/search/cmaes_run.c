/* One run of CMA-ES: its constants, its distribution, how candidates are drawn and what a ranked population
 * makes of it. */
#include "search/cmaes_internal.h"

#include "tensor/eigen.h"

#include <cblas.h>
#include <string.h>

/* LAPACK, inside OpenBLAS: all eigenvalues and eigenvectors of a symmetric matrix, with little room to work. No
 * header of Debian's declares it; the last ones are the lengths of the strings, as Fortran passes them. */
void dsyevr_(const char *jobz, const char *range, const char *uplo, const int *n, double *a, const int *lda,
             const double *vl, const double *vu, const int *il, const int *iu, const double *abstol,
             int *found, double *w, double *z, const int *ldz, int *isuppz, double *work, const int *lwork,
             int *iwork, const int *liwork, int *info, size_t jobz_length, size_t range_length,
             size_t uplo_length);

/* Scales of coordinates leave C when its condition is above the one and they make more than the other of it. */
static const double WORST_CONDITION = 1e12, WORST_SCALES = 1e8;

static const double TREND_RATE = 0.3; /* of the two ranks */
/* Exponent of a variance's factor: below 1, as exp(g) is above 1 + g. */
static const double VARIANCE_GROWTH = 0.75;

/* The constants: table 1 of the tutorial, equations (49) to (58). */

int rl_cmaes_default_popsize(int n, int whole) {
  return 4 + (int)floor(3.0 * log((double)n) + 3.0 * log(fmax(whole, 1.0)));
}

int64_t rl_cmaes_default_iterations(int n, int popsize) {
  double side = n + 3.0;
  return 100 + (int64_t)(150.0 * side * side / sqrt(fmax(1.0, popsize)));
}

static bool is_mirrored(int n, int popsize) {
  return popsize < 6 && popsize < rl_cmaes_default_popsize(n, 0);
}

bool rl_cmaes_is_directed(const rl_cmaes *es) {
  return es->options->diagonal || is_mirrored(es->strategy.n, es->strategy.popsize);
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

static rl_step_rates step_rates(int n, double mu_eff) {
  double N = n, c_sigma = (mu_eff + 2.0) / (N + mu_eff + 5.0);
  return (rl_step_rates){
      .c_sigma = c_sigma,
      .d_sigma = 1.0 + 2.0 * fmax(0.0, sqrt((mu_eff - 1.0) / (N + 1.0)) - 1.0) + c_sigma,
      .chi_n = sqrt(N) * (1.0 - 1.0 / (4.0 * N) + 1.0 / (21.0 * N * N)),
  };
}

void rl_cmaes_strategy_init(rl_cmaes_strategy *s, bool active, bool diagonal) {
  int popsize = s->popsize;
  s->mu = s->parents ? s->parents : popsize / 2;
  double end = s->parents ? s->parents + 0.5 : (popsize + 1) / 2.0; /* of ranks with positive weights */
  for (int i = 0; i < popsize; i++) s->weights[i] = s->parents && i >= s->mu ? 0.0 : log(end) - log(i + 1.0);

  double N = s->n, mu_eff = effective(s->weights, s->mu),
         mu_eff_negative = effective(s->weights + s->mu, popsize - s->mu);
  s->mu_eff = mu_eff;
  s->rates = step_rates(s->n, mu_eff);
  s->margin = rl_cmaes_margin(s->n);
  s->mirrored = s->parents == 0 && is_mirrored(s->n, popsize);
  s->two_point = s->parents == 0 && diagonal && !s->mirrored;
  s->c_c = (4.0 + mu_eff / N) / (N + 4.0 + 2.0 * mu_eff / N);
  s->c_1 = 2.0 / ((N + 1.3) * (N + 1.3) + mu_eff);
  if (s->mirrored) {
    s->rates.c_sigma = (mu_eff + 2.0) / (N + mu_eff + 3.0);
    s->rates.d_sigma = 1.2 - 0.135 * popsize + s->rates.c_sigma;
    s->c_1 *= popsize / 6.0;
  }
  s->c_mu = 2.0 * (0.25 + mu_eff - 2.0 + 1.0 / mu_eff) / ((N + 2.0) * (N + 2.0) + mu_eff);
  if (diagonal) { /* N variances are learnt from fewer samples than N^2 / 2 entries: Ros & Hansen 2008 */
    s->c_1 = 1.0 / (N + 2.0 * sqrt(N) + mu_eff / N);
    s->c_mu = (0.25 + mu_eff - 2.0 + 1.0 / mu_eff) / (N + 4.0 * sqrt(N) + mu_eff / 2.0);
  }
  s->c_mu = fmin(1.0 - s->c_1, s->c_mu);
  s->decompose_every = (int)fmax(1.0, fmin(1e9, ceil(1.0 / ((s->c_1 + s->c_mu) * N * 10.0))));

  scale_to(s->weights, s->mu, 1.0);
  double total = 0.0;
  if (active && s->c_mu > 0.0) /* the last keeps C positive definite */
    total = fmin(fmin(1.0 + s->c_1 / s->c_mu, 1.0 + 2.0 * mu_eff_negative / (mu_eff + 2.0)),
                 diagonal ? INFINITY : (1.0 - s->c_1 - s->c_mu) / (N * s->c_mu));
  scale_to(s->weights + s->mu, popsize - s->mu, -total);
}

/* The distribution. */

double rl_cmaes_deviation(const rl_cmaes *es, int i) {
  size_t at = (size_t)i;
  double variance = es->C[es->options->diagonal ? at : at * (size_t)es->strategy.n + at];
  return sqrt(fmax(variance, 0.0)) * es->spread[i]; /* below 0 by rounding, until it is next decomposed */
}

/* What has grown wider than its bounds is of use is narrowed for good: C and the paths see steps as if it were
 * not. */
void rl_cmaes_spread(rl_search *s) {
  rl_cmaes *es = s->state;
  for (int i = 0; i < s->n; i++) {
    double deviation = es->sigma * rl_cmaes_deviation(es, i), widest = rl_search_widest_step(s, i);
    if (deviation > widest) es->spread[i] *= widest / deviation;
  }
  rl_cmaes_hold(s);
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
bool rl_cmaes_is_covariance(const rl_cmaes *es, const double *C) {
  size_t N = (size_t)es->strategy.n, size = es->options->diagonal ? N : N * N;
  for (size_t i = 0; i < size; i++)
    if (!isfinite(C[i])) return false;
  for (size_t i = 0; i < size; i += es->options->diagonal ? 1 : N + 1)
    if (!(C[i] > 0.0)) return false;
  return true;
}

/* dsyevr destroys what it is given: it gets the lower triangle, which is otherwise not used. */
static bool find_eigenvectors_of_large(rl_cmaes *es) {
  int N = es->strategy.n, info = 0, found = 0, *whole = (int *)(void *)es->iwork;
  size_t n = (size_t)N;
  double *diagonal = es->z_mean, zero = 0.0; /* which is not in use here */
  for (size_t i = 0; i < n; i++) {
    diagonal[i] = es->C[i * n + i];
    for (size_t j = 0; j < i; j++) es->C[i * n + j] = es->C[j * n + i];
  }
  dsyevr_("V", "A", "U", &N, es->C, &N, &zero, &zero, &N, &N, &zero, &found, es->D, es->B, &N, whole,
          es->work, &es->lwork, whole + 2 * n, &(int){es->liwork - 2 * N}, &info, 1, 1, 1);
  for (size_t i = 0; i < n; i++) {
    es->C[i * n + i] = diagonal[i];
    memset(es->C + i * n, 0, i * sizeof *es->C);
  }
  return info == 0 && found == N;
}

static bool find_eigenvectors(rl_cmaes *es) {
  int N = es->strategy.n;
  if (!rl_cmaes_is_covariance(es, es->C)) return false;
  if (es->options->diagonal) {
    memcpy(es->D, es->C, (size_t)N * sizeof *es->D);
    return true;
  }
  if (N >= RL_CMAES_LARGE) return find_eigenvectors_of_large(es);
  memcpy(es->B, es->C, (size_t)N * (size_t)N * sizeof *es->B); /* upper by rows is lower by columns */
  return rl_symmetric_eigen(N, es->B, es->D, es->work);
}

/* C^(power/2) v for the eigenvectors that there are. */
static void apply_root(rl_cmaes *es, double *v, int power) {
  int N = es->strategy.n;
  bool diagonal = es->options->diagonal;
  double *turned = es->z_mean;
  memcpy(turned, v, (size_t)N * sizeof *v);
  if (!diagonal) cblas_dgemv(CblasRowMajor, CblasNoTrans, N, N, 1.0, es->B, N, v, 1, 0.0, turned, 1);
  for (int i = 0; i < N; i++) turned[i] *= power > 0 ? es->D[i] : 1.0 / es->D[i];
  memcpy(v, turned, (size_t)N * sizeof *v);
  if (!diagonal) cblas_dgemv(CblasRowMajor, CblasTrans, N, N, 1.0, es->B, N, turned, 1, 0.0, v, 1);
}

/* Where coordinates differ so much in scale that C will soon have no eigenvectors that can be computed, their
 * scales go from C to the spread. The distribution stays as it is, and what the paths say of it. */
static bool rescale(rl_cmaes *es) {
  size_t N = (size_t)es->strategy.n, next = es->options->diagonal ? 1 : N + 1;
  double least = INFINITY, greatest = 0.0, *root = es->y_mean;
  for (size_t i = 0; i < N; i++) {
    least = fmin(least, es->C[i * next]);
    greatest = fmax(greatest, es->C[i * next]);
    root[i] = sqrt(es->C[i * next]);
  }
  if (es->condition <= WORST_CONDITION || greatest <= WORST_SCALES * least) return false;
  apply_root(es, es->p_sigma, 1);
  for (size_t i = 0; i < N; i++) {
    es->spread[i] *= root[i];
    es->p_c[i] /= root[i];
    es->p_sigma[i] /= root[i];
    es->C[i * next] = 1.0;
    for (size_t k = i + 1; k < N && next > 1; k++) es->C[i * N + k] /= root[i] * root[k];
  }
  return true;
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
  if (rescale(es) && find_eigenvectors(es)) {
    take_roots(es);
    apply_root(es, es->p_sigma, -1);
  }
  es->decomposed = es->iterations;
}

void rl_cmaes_begin_run(rl_search *s, double sigma) {
  rl_cmaes *es = s->state;
  rl_cmaes_strategy_init(&es->strategy, es->options->active, es->options->diagonal);
  if (rl_cmaes_count_whole(s) > 0) es->strategy.two_point = false; /* a held mean does not go by sigma */
  identity(es);
  es->sigma = es->first_sigma = sigma;
  es->condition = es->noise_evaluations = 1.0;
  es->trend = 0.0;
  if (rl_cmaes_is_directed(es)) memset(es->direction, 0, (size_t)s->n * sizeof *es->direction);
  es->lost = 0;
  es->iterations = es->decomposed = es->flat = es->criteria = es->n_injected = 0;
  rl_cmaes_limits_begin(es);
  memcpy(es->spread, s->scale, (size_t)s->n * sizeof *es->spread);
  rl_cmaes_spread(s);
}

/* From a ranked population to the next distribution. */

static bool has_direction(const rl_cmaes *es) {
  bool any = false;
  for (int i = 0; i < es->strategy.n && (es->strategy.mirrored || es->strategy.two_point) && !any; i++)
    any = es->direction[i] != 0.0;
  return any;
}

static double length(const double *x, int n) {
  double squares = 0.0;
  for (int i = 0; i < n; i++) squares += x[i] * x[i];
  return sqrt(squares);
}

/* Equations (41) to (43): the mean of the better half, in y and in z. */
static void recombine(rl_search *search) {
  rl_cmaes *es = search->state;
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
  rl_cmaes_recombine_held(search);
}

/* How many candidates are better than candidate k. */
static int better_than(const rl_cmaes *es, int k) {
  double value = 0.0;
  int better = 0;
  for (int i = 0; i < es->strategy.popsize; i++)
    if (es->order[i].index == k) value = es->order[i].value;
  for (int i = 0; i < es->strategy.popsize; i++) better += es->order[i].value < value;
  return better;
}

/* Sigma grows where the candidate farther on in the direction of the latest step is better than the one back,
 * by the square root of the difference of their ranks. */
static void adapt_by_two_points(rl_cmaes *es) {
  int popsize = es->strategy.popsize;
  if (!has_direction(es)) return;
  double ahead = (better_than(es, popsize - 1) - better_than(es, popsize - 2)) / (popsize - 1.0);
  es->trend += TREND_RATE * (copysign(sqrt(fabs(ahead)), ahead) - es->trend);
  es->sigma *= exp(es->trend / (0.7 + 2.0 * log((double)es->strategy.n)));
}

/* Equations (44) and (45); C^-1/2 y = B z. Returns h_sigma: whether the path is of the usual length, and not
 * one of a step size that is still far too small. */
static bool adapt_step(rl_cmaes *es) {
  const rl_cmaes_strategy *s = &es->strategy;
  int free = s->n - rl_cmaes_count_held(es);
  rl_step_rates rates = free < s->n && free > 0 ? step_rates(free, s->mu_eff) : s->rates;
  double keep = 1.0 - rates.c_sigma, add = sqrt(rates.c_sigma * (2.0 - rates.c_sigma) * s->mu_eff);
  if (es->options->diagonal)
    for (int i = 0; i < s->n; i++) es->p_sigma[i] = keep * es->p_sigma[i] + add * es->z_mean[i];
  else
    cblas_dgemv(CblasRowMajor, CblasTrans, s->n, s->n, add, es->B, s->n, es->z_mean, 1, keep, es->p_sigma, 1);
  if (free == 0) return true;
  for (int i = 0; i < s->n; i++) /* z_mean is not needed any more */
    es->z_mean[i] = es->held[i] == 0.0 ? es->p_sigma[i] : 0.0;
  double norm = length(es->z_mean, s->n);
  double unbiased = norm / sqrt(1.0 - pow(keep, 2.0 * (double)(es->iterations + 1)));
  if (s->two_point)
    adapt_by_two_points(es);
  else
    es->sigma *= exp(fmin(1.0, rates.c_sigma / rates.d_sigma * (norm / rates.chi_n - 1.0)));
  return unbiased < (1.4 + 2.0 / (free + 1.0)) * rates.chi_n;
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
  cblas_dsyrk(CblasRowMajor, CblasUpper, CblasTrans, N, n_rows, sign, es->rows, N, keep, es->C, N);
}

/* Variances alone are adapted by factors: they stay positive whatever the weights. */
static void adapt_variances(rl_cmaes *es, bool h_sigma) {
  const rl_cmaes_strategy *s = &es->strategy;
  double *growth = es->rows, lost = h_sigma ? 0.0 : s->c_c * (2.0 - s->c_c), c_1 = s->c_1 * (1.0 - lost);
  for (int i = 0; i < s->n; i++) growth[i] = c_1 * (es->p_c[i] * es->p_c[i] / es->C[i] - 1.0);
  for (int k = 0; k < s->popsize; k++) {
    const double *z = es->z + (size_t)es->order[k].index * (size_t)s->n;
    double rate = s->c_mu * s->weights[k];
    for (int i = 0; i < s->n; i++) growth[i] += rate * (z[i] * z[i] - 1.0);
  }
  for (int i = 0; i < s->n; i++) es->C[i] *= exp(VARIANCE_GROWTH * growth[i]);
}

/* Equation (47). */
static void adapt_covariance(rl_cmaes *es, bool h_sigma) {
  const rl_cmaes_strategy *s = &es->strategy;
  if (es->options->diagonal) {
    adapt_variances(es, h_sigma);
    return;
  }
  double sum = 0.0, lost = h_sigma ? 0.0 : s->c_c * (2.0 - s->c_c);
  for (int k = 0; k < s->popsize; k++) sum += s->weights[k];
  int n_rows = gather(es, 0, s->mu);
  double *row = es->rows + (size_t)n_rows * (size_t)s->n;
  for (int i = 0; i < s->n; i++) row[i] = sqrt(s->c_1) * es->p_c[i];
  add_products(es, n_rows + 1, 1.0, 1.0 + s->c_1 * lost - s->c_1 - s->c_mu * sum);
  if (s->weights[s->popsize - 1] < 0.0) add_products(es, gather(es, s->mu, s->popsize), -1.0, 1.0);
}

/* An image of an image would go back and forth. */
static void remember_direction(rl_cmaes *es) {
  const rl_cmaes_strategy *s = &es->strategy;
  size_t size = (size_t)s->n * sizeof *es->direction;
  int worst = es->order[s->popsize - 1].index;
  if (s->two_point)
    memcpy(es->direction, es->y_mean, size);
  else if (worst == s->popsize - 1 && has_direction(es))
    memset(es->direction, 0, size);
  else if (s->mirrored)
    memcpy(es->direction, es->y + (size_t)worst * (size_t)s->n, size);
}

void rl_cmaes_update(rl_search *search) {
  rl_cmaes *es = search->state;
  const rl_cmaes_strategy *s = &es->strategy;
  recombine(search);
  bool h_sigma = adapt_step(es);
  double add = h_sigma ? sqrt(s->c_c * (2.0 - s->c_c) * s->mu_eff) : 0.0;
  for (int i = 0; i < s->n; i++) es->p_c[i] = (1.0 - s->c_c) * es->p_c[i] + add * es->y_mean[i];
  adapt_covariance(es, h_sigma);
  if (s->mirrored || s->two_point) remember_direction(es);
  es->iterations++;
  if (es->options->diagonal || es->iterations - es->decomposed >= s->decompose_every) decompose(es);
}

/* Drawing. */

/* y = B D z for the whole population. */
void rl_cmaes_transform_samples(rl_cmaes *es) {
  int N = es->strategy.n, popsize = es->strategy.popsize;
  double *scaled = es->options->diagonal ? es->y : es->rows;
  for (int k = 0; k < popsize; k++)
    for (int i = 0; i < N; i++)
      scaled[(size_t)k * (size_t)N + (size_t)i] = es->D[i] * es->z[(size_t)k * (size_t)N + (size_t)i];
  if (!es->options->diagonal)
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, popsize, N, N, 1.0, scaled, N, es->B, N, 0.0,
                es->y, N);
}

/* z = C^-1/2 y in the basis of eigenvectors; returns its length. */
static double to_isotropic(const rl_cmaes *es, const double *y, double *z) {
  int N = es->strategy.n;
  if (es->options->diagonal)
    memcpy(z, y, (size_t)N * sizeof *z);
  else
    cblas_dgemv(CblasRowMajor, CblasNoTrans, N, N, 1.0, es->B, N, y, 1, 0.0, z, 1);
  for (int i = 0; i < N; i++) z[i] /= es->D[i];
  return length(z, N);
}

/* Candidate k gets a direction, but keeps its own length. */
static void turn(const rl_cmaes *es, int k, const double *y, double sign) {
  int N = es->strategy.n;
  double *z = es->z + (size_t)k * (size_t)N, own = length(z, N), factor = sign * own / to_isotropic(es, y, z);
  for (int i = 0; i < N; i++) z[i] *= factor;
}

/* Where the population is tiny, the last candidate becomes the mirror image of the worst one of the generation
 * before, of two that of the first (Auger, Brockhoff & Hansen 2011, "Mirrored Sampling in Evolution Strategies
 * With Weighted Recombination"). Where sigma is told by two points, the last two lie ahead and back (Hansen,
 * Atamna & Auger 2014, "How to Assess Step-Size Adaptation Mechanisms in Randomised Search"). */
void rl_cmaes_direct(rl_cmaes *es) {
  int N = es->strategy.n, popsize = es->strategy.popsize, own = popsize - (int)es->n_injected;
  if (es->strategy.mirrored && popsize == 2 && own == 2) {
    double *last = es->z + N, factor = -length(last, N) / length(es->z, N);
    for (int i = 0; i < N; i++) last[i] = factor * es->z[i];
  } else if (has_direction(es) && own >= (es->strategy.two_point ? 2 : 1)) {
    turn(es, popsize - 1, es->direction, -1.0);
    if (es->strategy.two_point) turn(es, popsize - 2, es->direction, 1.0);
  } else if (es->strategy.mirrored || es->strategy.two_point)
    memset(es->direction, 0, (size_t)N * sizeof *es->direction);
}

/* Candidate k becomes an injected point. The step that the update sees is shortened to the length of a long
 * sample. */
void rl_cmaes_place_injected(rl_search *s, int k) {
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
