/* How far the mean goes along the directions that were tried: ARS, OpenAI-ES and finite differences. Each
 * leaves the new mean in next_mean, which the caller takes over once it is known to be finite. */
#include "search/directions_internal.h"

#include "tensor/least_squares.h"

#include <math.h>
#include <string.h>

/* gradient += weight d_k */
static void add_direction(rl_directions *s, int k, double weight) {
  const double *d = s->direction + (size_t)k * (size_t)s->n;
  for (int i = 0; i < s->n; i++) s->gradient[i] += weight * d[i];
}

static void ascend(rl_directions *s, double lr) {
  for (int i = 0; i < s->n; i++) s->next_mean[i] = s->mean[i] + lr * s->scale[i] * s->gradient[i];
}

/* Algorithm 2 of the paper, with the directions in order of max(r+, r-). */
void rl_ars_step(rl_directions *s) {
  const double *r = s->value; /* [directions, 2] */
  int top = s->options.top ? s->options.top : s->directions;
  rl_rank *order = s->order + s->count;
  for (int k = 0; k < s->directions; k++) order[k] = (rl_rank){fmax(r[2 * k], r[2 * k + 1]), k};
  rl_rank_descending(order, s->directions);
  double mean = 0.0, variance = 0.0;
  for (int j = 0; j < top; j++) mean += (r[2 * order[j].index] + r[2 * order[j].index + 1]) / (2.0 * top);
  for (int j = 0; j < top; j++)
    for (int side = 0; side < 2; side++) {
      double apart = r[2 * order[j].index + side] - mean;
      variance += apart * apart / (2.0 * top);
    }
  memset(s->gradient, 0, (size_t)s->n * sizeof *s->gradient);
  for (int j = 0; variance > 0.0 && j < top; j++) { /* where all returns are equal no direction is better */
    int k = order[j].index;
    add_direction(s, k, (r[2 * k] - r[2 * k + 1]) / (top * sqrt(variance)));
  }
  ascend(s, s->options.lr);
}

static bool tied(const rl_rank *a, const rl_rank *b) {
  return a->value == b->value || (isnan(a->value) && isnan(b->value));
}

/* value: the rank of each candidate, 1/2 for the best to -1/2 for the worst. Equal ones share the mean of
 * their places, so that the order in which they were asked for pushes nowhere. */
static void rank_values(rl_directions *s) {
  for (int first = 0, end; first < s->count; first = end) {
    for (end = first + 1; end < s->count && tied(&s->order[first], &s->order[end]);) end++;
    double place = (first + (end - 1)) / 2.0;
    for (int j = first; j < end; j++) s->value[s->order[j].index] = 0.5 - place / (s->count - 1);
  }
}

/* Kingma & Ba 2015, algorithm 1, in units of scale. */
static void adam(rl_directions *s) {
  const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
  size_t n = (size_t)s->n;
  double t = (double)s->record.iterations + 1.0, correct1 = 1.0 - pow(beta1, t),
         correct2 = 1.0 - pow(beta2, t);
  for (size_t i = 0; i < n; i++) {
    double g = s->gradient[i], *m = &s->next_moment[i], *v = &s->next_moment[n + i];
    *m = beta1 * s->moment[i] + (1.0 - beta1) * g;
    *v = beta2 * s->moment[n + i] + (1.0 - beta2) * g * g;
    s->next_mean[i] =
        s->mean[i] + s->options.lr * s->scale[i] * (*m / correct1) / (sqrt(*v / correct2) + epsilon);
  }
}

/* As in the authors' program the sum is not divided by sigma, which Adam would undo but for the decay. */
void rl_openai_es_step(rl_directions *s) {
  rank_values(s);
  for (int i = 0; i < s->n; i++) s->gradient[i] = -s->options.weight_decay * s->mean[i] / s->scale[i];
  for (int k = 0; k < s->directions; k++)
    add_direction(s, k, (s->value[2 * k] - s->value[2 * k + 1]) / s->count);
  adam(s);
}

rl_status rl_finite_difference_step(rl_directions *s, int exponent, rl_error *error) {
  const rl_direction_options *o = &s->options;
  int count = s->directions ? s->directions : s->n;
  const double *r = s->value;
  for (int k = 0; k < count; k++)
    s->difference[k] =
        o->central ? (r[2 * k] - r[2 * k + 1]) / (2.0 * s->width) : (r[k + 1] - r[0]) / s->width;
  if (!s->directions)
    memcpy(s->gradient, s->difference, (size_t)s->n * sizeof *s->gradient);
  else if (!rl_least_squares(count, s->n, s->direction, s->difference, s->gram, s->factor, s->gradient))
    return rl_fail(error, RL_NOT_FINITE, "the directions say nothing about the gradient: use more of them");
  double length = 0.0;
  for (int i = 0; i < s->n; i++) {
    if (!o->normalize) s->gradient[i] = ldexp(s->gradient[i], exponent);
    length = hypot(length, s->gradient[i]);
  }
  ascend(s, !o->normalize ? o->lr : length > 0.0 ? o->lr / length : 0.0);
  return RL_OK;
}
