/* The constants of CMA-ES: table 1 of the tutorial, equations (49) to (58). */
#include "search/cmaes.h"

#include "base/memory.h"

#include <math.h>

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

rl_status rl_cmaes_strategy_init(rl_cmaes_strategy *s, int n, int popsize, bool active, bool diagonal,
                                 rl_error *error) {
  *s = (rl_cmaes_strategy){.n = n, .popsize = popsize, .mu = popsize / 2};
  if (n < 1) return rl_fail(error, RL_BAD_ARGUMENT, "no coordinate is searched");
  if (popsize < 2) return rl_fail(error, RL_BAD_ARGUMENT, "popsize: at least 2 candidates, got %d", popsize);
  s->weights = rl_allocate((size_t)popsize, sizeof *s->weights);
  if (!s->weights)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for the weights of %d candidates", popsize);
  for (int i = 0; i < popsize; i++) s->weights[i] = log((popsize + 1) / 2.0) - log(i + 1.0);

  double N = n, mu_eff = effective(s->weights, s->mu),
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
  return RL_OK;
}

void rl_cmaes_strategy_release(rl_cmaes_strategy *strategy) {
  rl_release(strategy->weights);
  *strategy = (rl_cmaes_strategy){0};
}
