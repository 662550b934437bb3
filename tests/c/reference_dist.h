/* Action distributions in double, one at a time and by the formulas of the textbook, against which
 * dist.h and the losses made of it are held. */
#ifndef REFERENCE_DIST_H
#define REFERENCE_DIST_H

#include "check.h"
#include "network/dist.h"

enum { REFERENCE_ACTIONS = 8 };

typedef struct reference_dist {
  rl_space_kind kind;
  int size;
  double head[REFERENCE_ACTIONS]; /* means, or logits */
  double log_std[REFERENCE_ACTIONS];
} reference_dist;

/* log_std: NULL for a categorical */
static inline reference_dist reference_of(rl_space_kind kind, int size, const double *head,
                                          const double *log_std) {
  reference_dist dist = {.kind = kind, .size = size};
  for (int i = 0; i < size; i++) dist.head[i] = head[i];
  for (int i = 0; i < size && kind == RL_BOX; i++) dist.log_std[i] = log_std[i];
  return dist;
}

static inline double reference_log_softmax(const reference_dist *dist, int action) {
  double sum = 0.0, top = dist->head[0];
  for (int i = 1; i < dist->size; i++) top = fmax(top, dist->head[i]);
  for (int i = 0; i < dist->size; i++) sum += exp(dist->head[i] - top);
  return dist->head[action] - top - log(sum);
}

static const double reference_pi = 3.14159265358979323846;

static inline double reference_log_prob(const reference_dist *dist, const float *action) {
  if (dist->kind == RL_DISCRETE) return reference_log_softmax(dist, (int)action[0]);
  double sum = 0.0;
  for (int i = 0; i < dist->size; i++) {
    double z = ((double)action[i] - dist->head[i]) / exp(dist->log_std[i]);
    sum += -0.5 * z * z - dist->log_std[i] - 0.5 * log(2.0 * reference_pi);
  }
  return sum;
}

static inline double reference_entropy(const reference_dist *dist) {
  double sum = 0.0;
  for (int i = 0; i < dist->size; i++) {
    const double log_p = dist->kind == RL_DISCRETE ? reference_log_softmax(dist, i) : 0.0;
    sum += dist->kind == RL_DISCRETE ? -exp(log_p) * log_p
                                     : 0.5 * log(2.0 * reference_pi * exp(1.0)) + dist->log_std[i];
  }
  return sum;
}

/* KL(p || q) */
static inline double reference_kl(const reference_dist *p, const reference_dist *q) {
  double sum = 0.0;
  if (p->kind == RL_DISCRETE) {
    for (int i = 0; i < p->size; i++) {
      const double log_p = reference_log_softmax(p, i);
      sum += exp(log_p) * (log_p - reference_log_softmax(q, i));
    }
    return sum;
  }
  for (int i = 0; i < p->size; i++) {
    double s = exp(p->log_std[i]), t = exp(q->log_std[i]), apart = p->head[i] - q->head[i];
    sum += log(t / s) + (s * s + apart * apart) / (2.0 * t * t) - 0.5;
  }
  return sum;
}

#endif
