#include "network/dist_factors.h"

#include <string.h>

/* A factor and where its part begins. */
typedef struct part {
  int index, head, real, column; /* real: in the log-std; column: in an action */
  int width;                     /* of its part of an action */
  rl_factor factor;
} part;

/* Goes through all parts, from one that is zeros on; false: that was the last. */
static bool next_part(const rl_dist *dist, part *p, bool first) {
  if (!first) {
    p->index++;
    p->head += p->factor.size;
    p->real += p->factor.kind == RL_BOX ? p->factor.size : 0;
    p->column += p->width;
  }
  if (p->index == dist->space->n_factors) return false;
  p->factor = dist->space->factor[p->index];
  p->width = rl_factor_width(&p->factor);
  return true;
}

#define FOR_PARTS(dist, p)                                                                                   \
  part p = {0};                                                                                              \
  for (bool p##_left = next_part(dist, &p, true); p##_left; p##_left = next_part(dist, &p, false))

/* Its distribution in the rows from `row` on. */
static rl_dist dist_of(const rl_dist *all, const part *p, int row) {
  const size_t r = (size_t)row;
  return (rl_dist){.kind = p->factor.kind,
                   .size = p->factor.size,
                   .head = all->head + r * (size_t)all->head_stride + p->head,
                   .head_stride = all->head_stride,
                   .log_std = all->log_std ? all->log_std + r * (size_t)all->log_std_stride + p->real : NULL,
                   .log_std_stride = all->log_std_stride};
}

static const float *shifted(const float *x, int by) { return x ? x + by : NULL; }
static float *shift(float *x, int by) { return x ? x + by : NULL; }

enum { ROWS = 64, ROOM = 1024 };

/* Rows that are looked at at a time: so many that a part's actions go into a buffer. */
static int rows_at_a_time(const part *p) { return ROOM / p->width < ROWS ? ROOM / p->width : ROWS; }

/* The part's actions of some rows, side by side. Where there is no room for two rows they lie so. */
static const float *actions_of(const part *p, const float *action, int width, int rows, float room[ROOM]) {
  if (p->width > ROOM) return action + p->column;
  for (int r = 0; r < rows; r++)
    for (int i = 0; i < p->width; i++)
      room[r * p->width + i] = action[(size_t)r * (size_t)width + (size_t)(p->column + i)];
  return room;
}

static void add(float *sums, const float *terms, int rows) {
  for (int r = 0; r < rows; r++) sums[r] += terms[r];
}

void rl_factors_sample(const rl_dist *dist, int rows, rl_rng *rng, bool per_row, float *action) {
  const int width = rl_space_width(dist->space);
  for (int r = 0; r < rows; r++, action += width) {
    FOR_PARTS(dist, p) {
      const rl_dist own = dist_of(dist, &p, r);
      rl_dist_sample(&own, 1, per_row ? &rng[r] : rng, false, action + p.column);
    }
  }
}

void rl_factors_mode(const rl_dist *dist, int rows, float *action) {
  const int width = rl_space_width(dist->space);
  for (int r = 0; r < rows; r++, action += width) {
    FOR_PARTS(dist, p) {
      const rl_dist own = dist_of(dist, &p, r);
      rl_dist_mode(&own, 1, action + p.column);
    }
  }
}

void rl_factors_log_prob(const rl_dist *dist, int rows, const float *action, float *log_prob) {
  const int width = rl_space_width(dist->space);
  float room[ROOM], term[ROWS];
  memset(log_prob, 0, (size_t)rows * sizeof *log_prob);
  FOR_PARTS(dist, p) {
    const int most = p.width > ROOM ? 1 : rows_at_a_time(&p);
    for (int first = 0; first < rows; first += most) {
      const int n = rows - first < most ? rows - first : most;
      const rl_dist own = dist_of(dist, &p, first);
      rl_dist_log_prob(&own, n, actions_of(&p, action + (size_t)first * (size_t)width, width, n, room), term);
      add(log_prob + first, term, n);
    }
  }
}

void rl_factors_log_prob_vjp(const rl_dist *dist, int rows, const float *action, const float *weight,
                             float *dhead, float *dlog_std) {
  const int width = rl_space_width(dist->space);
  float room[ROOM];
  FOR_PARTS(dist, p) {
    const int most = p.width > ROOM ? 1 : rows_at_a_time(&p);
    for (int first = 0; first < rows; first += most) {
      const int n = rows - first < most ? rows - first : most;
      const rl_dist own = dist_of(dist, &p, first);
      rl_dist_log_prob_vjp(&own, n, actions_of(&p, action + (size_t)first * (size_t)width, width, n, room),
                           weight + first, dhead + (size_t)first * (size_t)dist->head_stride + p.head,
                           shift(dlog_std, first * dist->log_std_stride + p.real));
    }
  }
}

void rl_factors_entropy(const rl_dist *dist, int rows, float *entropy) {
  float term[ROWS];
  memset(entropy, 0, (size_t)rows * sizeof *entropy);
  FOR_PARTS(dist, p)
  for (int first = 0; first < rows; first += ROWS) {
    const int n = rows - first < ROWS ? rows - first : ROWS;
    const rl_dist own = dist_of(dist, &p, first);
    rl_dist_entropy(&own, n, term);
    add(entropy + first, term, n);
  }
}

void rl_factors_kl(const rl_dist *old, const rl_dist *new_, int rows, float *kl) {
  float term[ROWS];
  memset(kl, 0, (size_t)rows * sizeof *kl);
  FOR_PARTS(old, p)
  for (int first = 0; first < rows; first += ROWS) {
    const int n = rows - first < ROWS ? rows - first : ROWS;
    const rl_dist was = dist_of(old, &p, first), now = dist_of(new_, &p, first);
    rl_dist_kl(&was, &now, n, term);
    add(kl + first, term, n);
  }
}

void rl_factors_entropy_vjp(const rl_dist *dist, int rows, const float *weight, float *dhead,
                            float *dlog_std) {
  FOR_PARTS(dist, p) {
    const rl_dist own = dist_of(dist, &p, 0);
    rl_dist_entropy_vjp(&own, rows, weight, dhead + p.head, shift(dlog_std, p.real));
  }
}

void rl_factors_kl_vjp(const rl_dist *old, const rl_dist *new_, int rows, const float *weight, float *dhead,
                       float *dlog_std) {
  FOR_PARTS(old, p) {
    const rl_dist was = dist_of(old, &p, 0), now = dist_of(new_, &p, 0);
    rl_dist_kl_vjp(&was, &now, rows, weight, dhead + p.head, shift(dlog_std, p.real));
  }
}

void rl_factors_kl_to_base_vjp(const rl_dist *dist, const rl_dist *base, int rows, const float *weight,
                               float *dhead, float *dlog_std) {
  FOR_PARTS(dist, p) {
    const rl_dist own = dist_of(dist, &p, 0), other = dist_of(base, &p, 0);
    rl_dist_kl_to_base_vjp(&own, &other, rows, weight, dhead + p.head, shift(dlog_std, p.real));
  }
}

void rl_factors_fisher(const rl_dist *dist, int rows, const float *weight, const float *vhead,
                       const float *vlog_std, float *dhead, float *dlog_std) {
  FOR_PARTS(dist, p) {
    const rl_dist own = dist_of(dist, &p, 0);
    rl_dist_fisher(&own, rows, weight, vhead + p.head, shifted(vlog_std, p.real), dhead + p.head,
                   shift(dlog_std, p.real));
  }
}
