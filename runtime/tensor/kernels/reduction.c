#include "tensor/reduction.h"

#include "base/lanes.h"

#include <math.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

/* STREAMS sums of sixteen lanes side by side, because an addition waits for the one before it. */
enum { STREAMS = 2, WIDE = STREAMS * LANES, STEP = 4 * LANES };

static inline void add_lanes(lanes_doubles *sum, lanes x) {
#define PART(p, i)                                                                                           \
  sum->low[i] += rl_widen(RL_LOW(x.p));                                                                      \
  sum->high[i] += rl_widen(RL_HIGH(x.p));
  PART(a, 0)
#if !defined(__AVX512F__)
  PART(b, 1)
#if !defined(__AVX2__)
  PART(c, 2)
  PART(d, 3)
#endif
#endif
#undef PART
}

static double sum(int64_t n, const float *x) {
  lanes_doubles even = {0}, odd = {0};
  int64_t i = 0;
  for (; i + WIDE <= n; i += WIDE) {
    add_lanes(&even, lanes_load(x + i));
    add_lanes(&odd, lanes_load(x + i + LANES));
  }
  double total = i ? lanes_sum_doubles(&even) + lanes_sum_doubles(&odd) : 0.0;
  for (; i < n; i++) total += (double)x[i];
  return total;
}

/* Four rows at a time, because the results of a row are as much to load and store as its numbers. */
static void add(int64_t rows, int64_t n, const float *x, int64_t row, double *total) {
  int64_t i = 0;
  for (; i + 4 <= rows; i += 4, x += 4 * row) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++)
      total[j] = (((total[j] + (double)x[j]) + (double)x[row + j]) + (double)x[2 * row + j]) +
                 (double)x[3 * row + j];
  }
  for (; i < rows; i++, x += row) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++) total[j] += (double)x[j];
  }
}

/* The second where they are equal. */
INLINE float greater(float x, float y) { return x > y || x != x ? x : y; }
INLINE float lesser(float x, float y) { return x < y || x != x ? x : y; }

/* STEP of them side by side, then sixteen, of which the last may be taken twice, then halves against each other. */
#define MERGE(choice, count, from)                                                                           \
  _Pragma("omp simd") for (int j = 0; j < count; j++) best[j] = choice((from)[j], best[j]);
#define BEST(name, choice)                                                                                   \
  static float name(int64_t n, const float *x) {                                                             \
    float best[STEP];                                                                                        \
    int64_t i = 1;                                                                                           \
    best[0] = x[0];                                                                                          \
    for (; n < LANES && i < n; i++) best[0] = choice(x[i], best[0]);                                         \
    if (n < LANES) return best[0];                                                                           \
    i = n < STEP ? LANES : STEP;                                                                             \
    memcpy(best, x, (size_t)i * sizeof *best);                                                               \
    if (n >= STEP) {                                                                                         \
      for (; i + STEP <= n; i += STEP) MERGE(choice, STEP, x + i)                                            \
      for (int half = STEP / 2; half >= LANES; half /= 2) MERGE(choice, half, best + half)                   \
    }                                                                                                        \
    for (; i < n; i += LANES) MERGE(choice, LANES, i + LANES <= n ? x + i : x + n - LANES)                   \
    for (int half = LANES / 2; half > 0; half /= 2) MERGE(choice, half, best + half)                         \
    return best[0];                                                                                          \
  }                                                                                                          \
  static void name##_of_rows(int64_t rows, int64_t n, const float *x, int64_t row, float *best) {            \
    int64_t i = 0;                                                                                           \
    for (; i + 4 <= rows; i += 4, x += 4 * row) {                                                            \
      _Pragma("omp simd") for (int64_t j = 0; j < n; j++) best[j] =                                          \
          choice(x[3 * row + j], choice(x[2 * row + j], choice(x[row + j], choice(x[j], best[j]))));         \
    }                                                                                                        \
    for (; i < rows; i++, x += row) {                                                                        \
      _Pragma("omp simd") for (int64_t j = 0; j < n; j++) best[j] = choice(x[j], best[j]);                   \
    }                                                                                                        \
  }

BEST(greatest, greater)
BEST(least, lesser)

static float best_of(int64_t n, const float *x, bool want_least) {
  return want_least ? least(n, x) : greatest(n, x);
}

static void better(int64_t rows, int64_t n, const float *x, int64_t row, bool want_least, float *best) {
  (want_least ? least_of_rows : greatest_of_rows)(rows, n, x, row, best);
}

static void better_at(int64_t rows, int64_t n, const float *x, int64_t row, bool want_least, int32_t first,
                      float *best, int32_t *at) {
  float sign = want_least ? -1.0f : 1.0f;
  for (int32_t i = 0; i < rows; i++, x += row) {
#pragma omp simd
    for (int64_t j = 0; j < n; j++) {
      bool wins = (sign * x[j] > sign * best[j]) | ((x[j] != x[j]) & (best[j] == best[j]));
      best[j] = wins ? x[j] : best[j];
      at[j] = wins ? first + i : at[j];
    }
  }
}

static int64_t find(int64_t n, const float *x, float value) {
  int64_t i = 0;
  bool nan = value != value;
  for (; i + LANES <= n; i += LANES) {
    int found = 0;
#pragma omp simd reduction(| : found)
    for (int j = 0; j < LANES; j++) found |= (x[i + j] == value) | (nan & (x[i + j] != x[i + j]));
    if (found) break;
  }
  while (i < n && x[i] != value && !(nan && x[i] != x[i])) i++;
  return i;
}

const rl_reduction_kernels RL_AT_LEVEL(rl_reduction_table) = {sum, best_of, add, better, better_at, find};
