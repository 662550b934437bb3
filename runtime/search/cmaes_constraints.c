/* Constraints, for CMA-ES: an augmented Lagrangian (Atamna, Auger & Hansen 2017, "Linearly Convergent Evolution
 * Strategies via Augmented Lagrangian Constraint Handling"). Candidates are ranked by
 *
 *   cost + sum of  gamma g + omega g^2 / 2    where gamma + omega g >= 0,
 *                  -gamma^2 / (2 omega)       elsewhere
 *
 * over the constraints g <= 0. The multipliers gamma move the optimum of that onto the constraints, the penalties
 * omega say how fast. Both follow g at the mean as there, but that
 *
 * - the mean is not evaluated: g is averaged over the better candidates as the mean is, which is exact where g is
 *   linear;
 * - a penalty doubles where candidates have gathered far from the constraint compared to how much they differ in
 *   it. Without, sigma falls where the constraint is not met and much time goes until it has grown again;
 * - the constraint is met by a fifth of the deviation of the candidates more than it has to be. Where many are
 *   active some candidates are feasible then, and nothing is lost, as the deviation goes to 0.
 *
 * Scaling a constraint, or the cost, by a positive factor changes nothing. */
#include "search/cmaes_internal.h"

#include <string.h>

static const double DAMPING = 5.0;        /* of multipliers, and of decreasing penalties */
static const double FIRST_PENALTY = 4.0;  /* times what makes the penalty alike the cost, over n */
static const double MARGIN = 0.2;         /* in deviations of the candidates */
static const double FAR = 2.0;            /* in those deviations */
static const double DOMINATES = 1e3;      /* a penalty that outweighs the cost by so much has grown enough */
static const double K_1 = 3.0, K_2 = 5.0; /* of the article */
static const double QUARTILES = 1.34896;  /* between them, of a normal distribution, in deviations */

int rl_cmaes_limit_parts(rl_cmaes *es, rl_search_part *list) {
  rl_cmaes_limits *l = &es->limits;
  size_t k = (size_t)es->options->constraints, popsize = k ? (size_t)es->strategy.popsize : 0;
  const rl_search_part all[] = {
      {"multipliers", k, .array = &l->gamma}, {"penalties", k, .array = &l->omega},
      {"constraints", k, .array = &l->g},     {"constrained_cost", k > 0, .number = &l->cost},
      {NULL, k, .array = &l->g_new},          {NULL, k, .array = &l->width},
      {NULL, popsize, .array = &l->sample}};
  memcpy(list, all, sizeof all);
  return sizeof all / sizeof *all;
}

void rl_cmaes_limits_begin(rl_cmaes *es) {
  for (int i = 0; i < es->options->constraints; i++)
    es->limits.gamma[i] = es->limits.omega[i] = es->limits.g[i] = 0.0;
  es->limits.cost = 0.0;
}

bool rl_cmaes_limits_are_sound(const rl_cmaes *es) {
  for (int i = 0; i < es->options->constraints; i++)
    if (es->limits.gamma[i] < 0.0 || es->limits.omega[i] < 0.0 ||
        (es->limits.gamma[i] > 0.0 && es->limits.omega[i] == 0.0))
      return false;
  return true;
}

/* What is added to the cost; g [constraints] includes the margin. */
static double penalty(const rl_cmaes_limits *l, int i, double g) {
  if (l->omega[i] == 0.0) return 0.0;
  double at = fmax(g, -l->gamma[i] / l->omega[i]);
  return (l->gamma[i] + 0.5 * l->omega[i] * at) * at;
}

static double candidate_penalty(const rl_search *s, int candidate) {
  const rl_cmaes *es = s->state;
  const double *g = s->extra + (size_t)candidate * (size_t)s->extras;
  double sum = 0.0;
  for (int i = 0; i < s->extras; i++) sum += penalty(&es->limits, i, g[i] + MARGIN * es->limits.width[i]);
  return sum;
}

/* The deviation that a normal distribution with the same quartiles has; where these are equal, a range. */
static double width_of(double *x, int n) {
  double low = INFINITY, high = -INFINITY;
  if (n == 0) return 0.0;
  double lower = rl_select(x, n, n / 4), upper = rl_select(x, n, n - 1 - n / 4);
  if (upper > lower) return (upper - lower) / QUARTILES;
  for (int k = 0; k < n; k++) {
    low = fmin(low, x[k]);
    high = fmax(high, x[k]);
  }
  return high - low;
}

static double width_of_costs(const rl_search *s) {
  const rl_cmaes *es = s->state;
  int n = 0;
  for (int k = 0; k < es->strategy.popsize; k++)
    if (!isnan(s->value[k])) es->limits.sample[n++] = s->value[k];
  return width_of(es->limits.sample, n);
}

/* *violated: the share of candidates that violate it. */
static double width_of_constraint(const rl_search *s, int i, double *violated) {
  const rl_cmaes *es = s->state;
  int n = 0, above = 0;
  for (int k = 0; k < es->strategy.popsize; k++) {
    double g = s->extra[(size_t)k * (size_t)s->extras + (size_t)i];
    if (isnan(s->value[k])) continue;
    above += g > 0.0;
    es->limits.sample[n++] = g;
  }
  *violated = n > 0 ? (double)above / n : 0.0;
  return width_of(es->limits.sample, n);
}

/* Penalties begin when a constraint is first violated by a tenth of the candidates. */
void rl_cmaes_penalise(rl_search *s) {
  rl_cmaes *es = s->state;
  rl_cmaes_limits *l = &es->limits;
  double violated;
  l->cost_width = width_of_costs(s);
  for (int i = 0; i < s->extras; i++) {
    double width = l->width[i] = width_of_constraint(s, i, &violated);
    if (l->omega[i] > 0.0 || !(width > 0.0) || violated < 0.1) continue;
    double slope = (l->cost_width > 0.0 ? l->cost_width : 1.0) / (s->n * width);
    l->gamma[i] = slope;
    l->omega[i] = FIRST_PENALTY * slope / width;
    if (!isfinite(l->omega[i])) l->gamma[i] = l->omega[i] = 0.0;
  }
  for (int k = 0; k < s->count; k++)
    if (isfinite(es->cost[k])) es->cost[k] += candidate_penalty(s, k);
}

/* Cost and constraints of the mean to be, by the order; false where they are not known. */
static bool average(const rl_search *s, double *cost) {
  const rl_cmaes *es = s->state;
  double sum = 0.0, *g = es->limits.g_new;
  *cost = 0.0;
  memset(g, 0, (size_t)s->extras * sizeof *g);
  for (int rank = 0; rank < es->strategy.mu; rank++) {
    size_t k = (size_t)es->order[rank].index;
    double weight = es->strategy.weights[rank];
    if (isnan(s->value[k])) continue;
    sum += weight;
    *cost -= weight * s->value[k];
    for (int i = 0; i < s->extras; i++) g[i] += weight * s->extra[k * (size_t)s->extras + (size_t)i];
  }
  if (sum == 0.0) return false;
  *cost /= sum;
  for (int i = 0; i < s->extras; i++) g[i] /= sum;
  return isfinite(*cost) && rl_all_finite(g, (size_t)s->extras);
}

static void adapt(rl_cmaes *es, int i, double change) {
  rl_cmaes_limits *l = &es->limits;
  double margin = MARGIN * l->width[i], was = l->g[i] + margin, g = l->g_new[i] + margin,
         slope = l->gamma[i] + l->omega[i] * g;
  double gamma = fmax(0.0, l->gamma[i] + l->omega[i] * g / DAMPING), omega = l->omega[i];
  if (slope > 0.0 && gamma > 0.0 && es->iterations > 0) { /* else the constraint is not active */
    double factor = pow(2.0, 1.0 / es->strategy.n);
    if (fabs(g) > FAR * l->width[i])
      omega *= slope * l->width[i] > DOMINATES * l->cost_width ? 1.0 : 2.0;
    else if (omega * g * g < K_1 * fabs(change) / es->strategy.n || K_2 * fabs(g - was) < fabs(was))
      omega *= pow(factor, 0.25);
    else
      omega /= factor;
  }
  if (!isfinite(gamma) || !(omega >= 1e-300 && omega <= 1e300)) return;
  l->gamma[i] = gamma;
  l->omega[i] = omega;
}

void rl_cmaes_adapt_limits(rl_search *s) {
  rl_cmaes *es = s->state;
  rl_cmaes_limits *l = &es->limits;
  double cost;
  if (!average(s, &cost)) return;
  double change = cost - l->cost;
  for (int i = 0; i < s->extras; i++) {
    double margin = MARGIN * l->width[i];
    change += penalty(l, i, l->g_new[i] + margin) - penalty(l, i, l->g[i] + margin);
  }
  for (int i = 0; i < s->extras; i++)
    if (l->omega[i] > 0.0) adapt(es, i, change);
  memcpy(l->g, l->g_new, (size_t)s->extras * sizeof *l->g);
  l->cost = cost;
}

static double violation(const rl_search *s, int candidate) {
  const double *g = s->extra + (size_t)candidate * (size_t)s->extras;
  double sum = 0.0;
  for (int i = 0; i < s->extras; i++) sum += fmax(g[i], 0.0);
  return sum;
}

void rl_cmaes_name_feasible(rl_search *s) {
  s->first_violation = INFINITY;
  for (int k = 0; k < s->count; k++) {
    if (isnan(s->value[k])) continue;
    double v = violation(s, k);
    if (v > s->first_violation || (v == s->first_violation && s->value[k] <= s->first.value)) continue;
    s->first_violation = v;
    s->first = (rl_rank){s->value[k], k};
  }
}
