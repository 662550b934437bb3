/* Whole numbers, for CMA-ES.
 *
 * Where the deviation of a whole number is small beside 1, rounding hides what C and the step size would learn
 * from it: nearly all candidates have the same value. Such a number is held: its mean is the weighted mean of the
 * values that the better candidates have, its deviation follows from that mean, so that every candidate may leave
 * the value with a probability of 1/n at least (a margin: Hamano, Saito, Nomura & Shirakawa 2022, "CMA-ES with
 * Margin"), and it has no part in the length of the step size's path, which would see steps being undone
 * that only the margin has made. */
#include "search/cmaes_internal.h"

/* Held numbers have a deviation of at most this. */
static const double WIDEST_HELD = 0.5;
/* How often each neighbour of a value should have been tried, over the weight of doing so in one generation, before
 * values that do not change say something. */
static const double PATIENCE = 12.0;

double rl_cmaes_margin(int n) { return 0.5 / rl_search_whole_deviation(1.0 / fmax(n, 2.0)); }

int rl_cmaes_count_whole(const rl_search *s) {
  int count = 0;
  for (int i = 0; i < s->n; i++) count += rl_search_is_whole(s, i);
  return count;
}

int rl_cmaes_count_held(const rl_cmaes *es) {
  int count = 0;
  for (int i = 0; i < es->strategy.n; i++) count += es->held[i] != 0.0;
  return count;
}

double rl_cmaes_patience(const rl_cmaes *es) {
  return PATIENCE * rl_cmaes_count_held(es) / es->strategy.popsize;
}

void rl_cmaes_recombine_held(rl_search *s) {
  rl_cmaes *es = s->state;
  for (int i = 0; i < s->n; i++) {
    if (es->held[i] == 0.0) continue;
    const double *x = s->x + s->coordinate[i];
    es->mean[i] = 0.0;
    for (int k = 0; k < es->strategy.mu; k++)
      es->mean[i] += es->strategy.weights[k] * x[(size_t)es->order[k].index * (size_t)s->space.n];
  }
}

void rl_cmaes_hold(rl_search *s) {
  rl_cmaes *es = s->state;
  for (int i = 0; i < s->n; i++) {
    int c = s->coordinate[i];
    es->held[i] = 0.0;
    if (!rl_search_is_whole(s, i)) continue;
    double least = ceil(s->space.lower[c]), most = floor(s->space.upper[c]),
           deviation = es->sigma * rl_cmaes_deviation(es, i);
    if (!(deviation > 0.0) || (deviation > WIDEST_HELD && most - least > 1.0)) continue;
    es->mean[i] = fmin(fmax(es->mean[i], least), most);
    double off = fabs(es->mean[i] - rl_search_round(es->mean[i], least, most));
    es->spread[i] *=
        (0.5 + off) / es->strategy.margin / deviation; /* the farther neighbour is at the margin */
    es->held[i] = 1.0;
  }
}
