/* Noise, for CMA-ES: the first few candidates are evaluated twice, and how far they move among all values
 * says whether the ranking can be trusted (Hansen, Niederberger, Guzzella & Koumoutsakos 2009, "A Method for
 * Handling Uncertainty in Evolutionary Optimization With an Application to Feedback Control of Combustion":
 * UH-CMA-ES; symbols and constants as there, but that as many are evaluated twice in every generation and
 * that they are the same points exactly). */
#include "search/cmaes_internal.h"

static const double THETA = 0.2;   /* how much of a random change of rank is accepted */
static const double ALPHA_T = 1.5; /* factor on the evaluations of a candidate */

int rl_cmaes_repeats(double share, int popsize) {
  return share > 0.0 ? (int)fmin(popsize, fmax(2.0, floor(share * popsize + 0.5))) : 0;
}

double rl_cmaes_change_limit(double rank, int popsize) {
  double among = 2.0 * popsize - 1.0, twice = 2.0 * fmin(rank - 1.0, among - rank);
  double place = THETA * 0.5 * among - 0.5, low = floor(fmax(place, 0.0)),
         high = fmin(low + 1.0, among - 1.0);
  /* |1 - rank|, |2 - rank|, ... in order are 0, 1, 1, 2, 2, ..., and once each beyond the nearer end */
  double at_low = low <= twice ? ceil(low / 2.0) : low - twice / 2.0;
  double at_high = high <= twice ? ceil(high / 2.0) : high - twice / 2.0;
  return at_low + (fmax(place, 0.0) - low) * (at_high - at_low);
}

/* The ranks, from 1, of both values of each candidate among all 2 popsize of them: es->ranks [2 popsize],
 * the old before the new. Candidates that were evaluated once have theirs twice. Equal values of one
 * candidate are neighbours. */
static void rank_values(rl_cmaes *es, const double *cost) {
  int popsize = es->strategy.popsize;
  for (int k = 0; k < popsize; k++) {
    es->pairs[2 * k] = (rl_rank){cost[k], 2 * k};
    es->pairs[2 * k + 1] = (rl_rank){k < es->repeats ? cost[popsize + k] : cost[k], 2 * k + 1};
  }
  rl_rank_ascending(es->pairs, 2 * popsize);
  for (int at = 0; at < 2 * popsize; at++) es->ranks[es->pairs[at].index] = at + 1.0;
}

/* Of candidate k, without the one rank that its own other value takes. */
static double rank_change(const rl_cmaes *es, int k) {
  return fabs(es->ranks[2 * k + 1] - es->ranks[2 * k]) - 1.0;
}

double rl_cmaes_rank_twice(rl_cmaes *es, const double *cost) {
  int popsize = es->strategy.popsize;
  double s = 0.0, mean_change = 0.0;
  rank_values(es, cost);
  for (int k = 0; k < es->repeats; k++) {
    double old = es->ranks[2 * k], new = es->ranks[2 * k + 1];
    s += 2.0 * rank_change(es, k) - rl_cmaes_change_limit(new - (new > old), popsize) -
         rl_cmaes_change_limit(old - (old > new), popsize);
    mean_change += rank_change(es, k) / es->repeats;
  }
  for (int k = 0; k < popsize; k++) { /* by the sum of ranks; where it is equal, by the change */
    double change = k < es->repeats ? rank_change(es, k) : mean_change;
    es->pairs[k] = (rl_rank){es->ranks[2 * k] + es->ranks[2 * k + 1] + change / (2.0 * popsize), k};
  }
  rl_rank_ascending(es->pairs, popsize);
  for (int k = 0; k < popsize; k++) {
    int i = es->pairs[k].index;
    es->order[k] = (rl_rank){i < es->repeats ? cost[i] / 2.0 + cost[popsize + i] / 2.0 : cost[i], i};
  }
  return s / es->repeats;
}

void rl_cmaes_treat_noise(rl_cmaes *es, double s) {
  double most = es->options->max_noise_evaluations;
  if (s <= 0.0)
    es->noise_evaluations = fmax(es->noise_evaluations / ALPHA_T, 1.0);
  else if (es->noise_evaluations < most)
    es->noise_evaluations = fmin(es->noise_evaluations * ALPHA_T, most);
  else
    es->sigma *= 1.0 + 2.0 / (es->strategy.n + 10.0);
}
