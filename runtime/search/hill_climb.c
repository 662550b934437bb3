/* Hill climbing: the mean is the best candidate there has been, and the next ones are around it. */
#include "search/directions_internal.h"

#include <math.h>
#include <string.h>

/* The mean was the first candidate: its value is the average of all it has returned. */
static void value_incumbent(rl_directions *s, int finite) {
  double value = s->order[finite - 1].value; /* the worst, where it returned nothing finite */
  for (int j = 0; j < finite; j++)
    if (s->order[j].index == 0) value = s->order[j].value;
  double share = 1.0 / (double)++s->incumbent_evaluations;
  s->incumbent = s->incumbent_evaluations == 1 ? value : (1.0 - share) * s->incumbent + share * value;
}

/* The one-fifth rule as a factor a step (Kern et al. 2004, "Learning probability distributions in continuous
 * evolutionary algorithms"): 1.5 for a success and 1.5^(-1/4) for a failure leave sigma as it is at one
 * success in five; several candidates count by their mean. */
static void adapt(rl_directions *s, int successes, int candidates) {
  if (s->options.adapt && candidates > 0) s->sigma *= pow(1.5, (5.0 * successes / candidates - 1.0) / 4.0);
  s->sigma = fmin(fmax(s->sigma * s->options.decay, 1e-150), 1e150);
}

void rl_hill_climb_step(rl_directions *s, int finite) {
  bool mean_first = rl_directions_mean_first(s);
  if (mean_first) value_incumbent(s, finite);
  int successes = 0, best = -1;
  for (int j = finite - 1; j >= 0; j--) { /* the best comes last, of equal ones the first that was asked */
    if (mean_first && s->order[j].index == 0) continue;
    best = j;
    successes += s->order[j].value > s->incumbent;
  }
  memcpy(s->next_mean, s->mean, (size_t)s->n * sizeof *s->mean);
  if (best >= 0 && s->order[best].value >= s->incumbent) { /* equal ones too: it drifts over plateaus */
    memcpy(s->next_mean, s->x + (size_t)s->order[best].index * (size_t)s->n, (size_t)s->n * sizeof *s->mean);
    s->incumbent = s->order[best].value;
    s->incumbent_evaluations = 1;
  }
  adapt(s, successes, s->count - (mean_first ? 1 : 0));
}
