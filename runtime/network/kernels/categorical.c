/* Sixteen rows at a time, choice after choice: the inner loops go over rows, and the compiler vectorises them. */
#include "network/categorical_kernels.h"

#include "tensor/kernels/elementary.h"

enum { BLOCK = 16 };

#define FOR_ROWS _Pragma("omp simd") for (int r = 0; r < BLOCK; r++)

/* Rows of a block that begins with row `first`. */
static int rows_of_block(int first, int rows) { return rows - first < BLOCK ? rows - first : BLOCK; }

/* One number of each row; rows that a block lacks are like its first. */
INLINE void load(float out[BLOCK], const float *x, int stride, int rows) {
  if (rows == BLOCK && stride == 1) {
    memcpy(out, x, BLOCK * sizeof *out);
  } else if (rows == BLOCK) {
#pragma GCC unroll 16
    for (int r = 0; r < BLOCK; r++) out[r] = x[r * stride];
  } else {
    for (int r = 0; r < BLOCK; r++) out[r] = x[r < rows ? r * stride : 0];
  }
}

INLINE void store(float *x, const float in[BLOCK], int rows) {
  if (rows == BLOCK)
    memcpy(x, in, BLOCK * sizeof *x);
  else
    for (int r = 0; r < rows; r++) x[r] = in[r];
}

INLINE void add_to(float *x, int stride, const float in[BLOCK], int rows) {
  for (int r = 0; r < rows; r++) x[r * stride] += in[r];
}

/* The weights of rows that a block lacks are 0. */
INLINE void load_weights(float out[BLOCK], const float *weight, int rows) {
  for (int r = 0; r < BLOCK; r++) out[r] = r < rows ? weight[r] : 0.0f;
}

static const float *at(const float *x, int first, int stride, int i) {
  return x + (ptrdiff_t)first * stride + i;
}

/* The logsumexp of each row: the log-probability of choice i is logits[i] minus it. */
INLINE void log_normalizers(const rl_dist *dist, int first, int rows, float out[BLOCK]) {
  const int stride = dist->head_stride;
  float top[BLOCK], total[BLOCK] = {0}, x[BLOCK];
  load(top, at(dist->head, first, stride, 0), stride, rows);
  for (int i = 1; i < dist->size; i++) {
    load(x, at(dist->head, first, stride, i), stride, rows);
    FOR_ROWS top[r] = x[r] > top[r] ? x[r] : top[r];
  }
  for (int i = 0; i < dist->size; i++) {
    load(x, at(dist->head, first, stride, i), stride, rows);
    FOR_ROWS total[r] += exponential(x[r] - top[r]);
  }
  FOR_ROWS out[r] = top[r] + logarithm(total[r]);
}

/* The log-probabilities of choice i. */
INLINE void log_probs(const rl_dist *dist, int first, int rows, int i, const float normalizer[BLOCK],
                      float out[BLOCK]) {
  load(out, at(dist->head, first, dist->head_stride, i), dist->head_stride, rows);
  FOR_ROWS out[r] -= normalizer[r];
}

INLINE void entropies(const rl_dist *dist, int first, int rows, const float normalizer[BLOCK],
                      float out[BLOCK]) {
  float log_p[BLOCK];
  FOR_ROWS out[r] = 0.0f;
  for (int i = 0; i < dist->size; i++) {
    log_probs(dist, first, rows, i, normalizer, log_p);
    FOR_ROWS out[r] -= exponential(log_p[r]) * log_p[r];
  }
}

static void log_prob(const rl_dist *dist, int rows, const float *action, float *of_rows) {
  float normalizer[BLOCK];
  for (int first = 0; first < rows; first += BLOCK) {
    const int n = rows_of_block(first, rows);
    log_normalizers(dist, first, n, normalizer);
    for (int r = 0; r < n; r++)
      of_rows[first + r] =
          *at(dist->head, first + r, dist->head_stride, (int)action[first + r]) - normalizer[r];
  }
}

static void log_prob_vjp(const rl_dist *dist, int rows, const float *action, const float *weight,
                         float *dhead) {
  const int stride = dist->head_stride;
  float normalizer[BLOCK], log_p[BLOCK], w[BLOCK], d[BLOCK];
  for (int first = 0; first < rows; first += BLOCK) {
    const int n = rows_of_block(first, rows);
    float *block = dhead + (ptrdiff_t)first * stride;
    log_normalizers(dist, first, n, normalizer);
    load_weights(w, weight + first, n);
    for (int i = 0; i < dist->size; i++) {
      log_probs(dist, first, n, i, normalizer, log_p);
      FOR_ROWS d[r] = -w[r] * exponential(log_p[r]);
      add_to(block + i, stride, d, n);
    }
    for (int r = 0; r < n; r++) block[r * stride + (int)action[first + r]] += w[r];
  }
}

static void entropy(const rl_dist *dist, int rows, float *of_rows) {
  float normalizer[BLOCK], out[BLOCK];
  for (int first = 0; first < rows; first += BLOCK) {
    const int n = rows_of_block(first, rows);
    log_normalizers(dist, first, n, normalizer);
    entropies(dist, first, n, normalizer, out);
    store(of_rows + first, out, n);
  }
}

static void entropy_vjp(const rl_dist *dist, int rows, const float *weight, float *dhead) {
  float normalizer[BLOCK], h[BLOCK], log_p[BLOCK], w[BLOCK], d[BLOCK];
  for (int first = 0; first < rows; first += BLOCK) {
    const int n = rows_of_block(first, rows);
    log_normalizers(dist, first, n, normalizer);
    entropies(dist, first, n, normalizer, h);
    load_weights(w, weight + first, n);
    for (int i = 0; i < dist->size; i++) {
      log_probs(dist, first, n, i, normalizer, log_p);
      FOR_ROWS d[r] = -w[r] * exponential(log_p[r]) * (log_p[r] + h[r]);
      add_to(dhead + (ptrdiff_t)first * dist->head_stride + i, dist->head_stride, d, n);
    }
  }
}

static void kl(const rl_dist *old, const rl_dist *new_, int rows, float *of_rows) {
  float p_normalizer[BLOCK], q_normalizer[BLOCK], p[BLOCK], q[BLOCK];
  for (int first = 0; first < rows; first += BLOCK) {
    const int n = rows_of_block(first, rows);
    float sum[BLOCK] = {0};
    log_normalizers(old, first, n, p_normalizer);
    log_normalizers(new_, first, n, q_normalizer);
    for (int i = 0; i < old->size; i++) {
      log_probs(old, first, n, i, p_normalizer, p);
      log_probs(new_, first, n, i, q_normalizer, q);
      FOR_ROWS sum[r] += exponential(p[r]) * (p[r] - q[r]);
    }
    store(of_rows + first, sum, n);
  }
}

static void fisher(const rl_dist *dist, int rows, const float *weight, const float *vhead, float *dhead) {
  const int stride = dist->head_stride;
  float normalizer[BLOCK], log_p[BLOCK], v[BLOCK], w[BLOCK], d[BLOCK];
  for (int first = 0; first < rows; first += BLOCK) {
    const int n = rows_of_block(first, rows);
    float mean[BLOCK] = {0};
    log_normalizers(dist, first, n, normalizer);
    load_weights(w, weight + first, n);
    for (int i = 0; i < dist->size; i++) {
      log_probs(dist, first, n, i, normalizer, log_p);
      load(v, at(vhead, first, stride, i), stride, n);
      FOR_ROWS mean[r] = rl_fused(exponential(log_p[r]), v[r], mean[r]);
    }
    for (int i = 0; i < dist->size; i++) {
      log_probs(dist, first, n, i, normalizer, log_p);
      load(v, at(vhead, first, stride, i), stride, n);
      FOR_ROWS d[r] = w[r] * exponential(log_p[r]) * (v[r] - mean[r]);
      add_to(dhead + (ptrdiff_t)first * stride + i, stride, d, n);
    }
  }
}

const rl_categorical_kernels RL_AT_LEVEL(rl_categorical_table) = {log_prob,     entropy,     kl,
                                                                  log_prob_vjp, entropy_vjp, fisher};
