/* Action distributions in double, one at a time and by the formulas of the textbook, against which
 * dist.h and the losses made of it are held. */
#ifndef REFERENCE_DIST_H
#define REFERENCE_DIST_H

#include "check.h"
#include "network/dist.h"

enum { REFERENCE_ACTIONS = 8 };

/* The logit of a choice that cannot be taken: it is left out of all sums. */
static const double reference_never = -1e300;

typedef struct reference_dist {
  rl_space_kind kind;
  int size;
  double head[REFERENCE_ACTIONS]; /* means, or logits */
  double log_std[REFERENCE_ACTIONS];
  const rl_space *space; /* of RL_FACTORS */
} reference_dist;

/* log_std: NULL for a categorical */
static inline reference_dist reference_of(rl_space_kind kind, int size, const double *head,
                                          const double *log_std) {
  reference_dist dist = {.kind = kind, .size = size};
  for (int i = 0; i < size; i++) dist.head[i] = head[i];
  for (int i = 0; i < size && kind == RL_BOX; i++) dist.log_std[i] = log_std[i];
  return dist;
}

/* Factor `index`, and where its part of an action begins. */
static inline reference_dist reference_part(const reference_dist *dist, int index, int *column) {
  int head = 0, real = 0;
  *column = 0;
  for (int f = 0; f < index; f++) {
    const rl_factor *before = &dist->space->factor[f];
    head += before->size;
    real += before->kind == RL_BOX ? before->size : 0;
    *column += before->kind == RL_BOX ? before->size : 1;
  }
  const rl_factor *factor = &dist->space->factor[index];
  return reference_of(factor->kind, factor->size, dist->head + head, dist->log_std + real);
}

static inline double reference_log_softmax(const reference_dist *dist, int action) {
  double sum = 0.0, top = reference_never;
  for (int i = 0; i < dist->size; i++) top = fmax(top, dist->head[i]);
  for (int i = 0; i < dist->size; i++)
    if (dist->head[i] != reference_never) sum += exp(dist->head[i] - top);
  return dist->head[action] - top - log(sum);
}

static const double reference_pi = 3.14159265358979323846;

static inline double reference_log_prob(const reference_dist *dist, const float *action) {
  if (dist->kind == RL_DISCRETE) return reference_log_softmax(dist, (int)action[0]);
  double sum = 0.0;
  for (int f = 0, column; dist->kind == RL_FACTORS && f < dist->space->n_factors; f++) {
    const reference_dist part = reference_part(dist, f, &column);
    sum += reference_log_prob(&part, action + column);
  }
  if (dist->kind == RL_FACTORS) return sum;
  for (int i = 0; i < dist->size; i++) {
    double z = ((double)action[i] - dist->head[i]) / exp(dist->log_std[i]);
    sum += -0.5 * z * z - dist->log_std[i] - 0.5 * log(2.0 * reference_pi);
  }
  return sum;
}

static inline double reference_entropy(const reference_dist *dist) {
  double sum = 0.0;
  for (int f = 0, column; dist->kind == RL_FACTORS && f < dist->space->n_factors; f++) {
    const reference_dist part = reference_part(dist, f, &column);
    sum += reference_entropy(&part);
  }
  for (int i = 0; i < dist->size && dist->kind != RL_FACTORS; i++) {
    if (dist->kind == RL_DISCRETE && dist->head[i] == reference_never) continue;
    const double log_p = dist->kind == RL_DISCRETE ? reference_log_softmax(dist, i) : 0.0;
    sum += dist->kind == RL_DISCRETE ? -exp(log_p) * log_p
                                     : 0.5 * log(2.0 * reference_pi * exp(1.0)) + dist->log_std[i];
  }
  return sum;
}

/* KL(p || q) */
static inline double reference_kl(const reference_dist *p, const reference_dist *q) {
  double sum = 0.0;
  for (int f = 0, column; p->kind == RL_FACTORS && f < p->space->n_factors; f++) {
    const reference_dist one = reference_part(p, f, &column), other = reference_part(q, f, &column);
    sum += reference_kl(&one, &other);
  }
  if (p->kind == RL_FACTORS) return sum;
  if (p->kind == RL_DISCRETE) {
    for (int i = 0; i < p->size; i++) {
      if (p->head[i] == reference_never) continue;
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
