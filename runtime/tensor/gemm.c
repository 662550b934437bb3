#include "tensor/gemm.h"

#include "base/cpu.h"

#include <assert.h>
#include <cblas.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

/* Products of at most this many rows are ours. One row times a 64 x 64 matrix takes 106 ns here, 102 ns in
 * OpenBLAS 0.3.21 with its AVX-512 kernels and 609 ns with its Haswell kernels; two rows 206, 161, 650; four
 * 402, 307, 586; one row times 64 x 1 takes 18, 50, 133. */
enum { SMALL_ROWS = 2 };

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void use_one_blas_thread(void) { openblas_set_num_threads(1); }

void rl_gemm_use_one_thread(void) { pthread_once(&once, use_one_blas_thread); }

const char *rl_gemm_kernels(void) { return openblas_get_corename(); }

/* Its names for x86-64 processors that have no AVX2. */
static bool is_old(const char *kernels) {
  static const char *const old[] = {
      "Katmai",     "Coppermine", "Northwood",   "Prescott",   "Banias",      "Core2",   "Penryn",
      "Dunnington", "Nehalem",    "Sandybridge", "Atom",       "Athlon",      "Opteron", "Opteron_SSE3",
      "Barcelona",  "Bobcat",     "Bulldozer",   "Piledriver", "Steamroller", "Nano",    NULL};
  for (int i = 0; old[i]; i++)
    if (strcasecmp(old[i], kernels) == 0) return true;
  return false;
}

const char *rl_gemm_advice(void) {
  const rl_cpu_level level = rl_cpu_best();
  if (level == RL_CPU_PLAIN || !is_old(rl_gemm_kernels())) return NULL;
  return level == RL_CPU_AVX512
             ? "OpenBLAS takes this processor for a far older one: large products of tensors and "
               "decompositions are "
               "slow. The environment variable OPENBLAS_CORETYPE=SkylakeX tells it (networks do not use it)"
             : "OpenBLAS takes this processor for a far older one: large products of tensors and "
               "decompositions are "
               "slow. The environment variable OPENBLAS_CORETYPE=Haswell tells it (networks do not use it)";
}

static void scale(int n, float beta, float *c) {
  if (beta == 0.0f)
    for (int j = 0; j < n; j++) c[j] = 0.0f; /* 0 * NaN would be NaN */
  else if (beta != 1.0f)
    for (int j = 0; j < n; j++) c[j] *= beta;
}

/* Eight floats at any address: one register of AVX, two of SSE or NEON. */
typedef float vector __attribute__((vector_size(32), aligned(4), may_alias));
enum { LANES = 8, WIDE = 4 * LANES };

#if defined(__x86_64__) && !(defined(__AVX2__) && defined(__FMA__))
#define WITH_AVX2 __attribute__((target("avx2,fma")))
static bool cpu_has_avx2(void) { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#else
#define WITH_AVX2
static bool cpu_has_avx2(void) { return true; }
#endif

/* c[j] += alpha * sum over p of x[p * stride] * B[p, j], for 32 columns held in registers. Even and odd p are
 * summed apart, because an addition waits for the one before it. */
WITH_AVX2 static void row_times_32_columns(int k, float alpha, const float *x, ptrdiff_t stride,
                                           const float *b, ptrdiff_t ldb, float *c) {
  vector even0 = {0}, even1 = {0}, even2 = {0}, even3 = {0}, odd0 = {0}, odd1 = {0}, odd2 = {0}, odd3 = {0};
  int p = 0;
  for (; p + 2 <= k; p += 2, b += 2 * ldb, x += 2 * stride) {
    const float *next = b + ldb;
    float x0 = x[0], x1 = x[stride];
    even0 += x0 * *(const vector *)b;
    even1 += x0 * *(const vector *)(b + LANES);
    even2 += x0 * *(const vector *)(b + 2 * LANES);
    even3 += x0 * *(const vector *)(b + 3 * LANES);
    odd0 += x1 * *(const vector *)next;
    odd1 += x1 * *(const vector *)(next + LANES);
    odd2 += x1 * *(const vector *)(next + 2 * LANES);
    odd3 += x1 * *(const vector *)(next + 3 * LANES);
  }
  if (p < k) {
    even0 += x[0] * *(const vector *)b;
    even1 += x[0] * *(const vector *)(b + LANES);
    even2 += x[0] * *(const vector *)(b + 2 * LANES);
    even3 += x[0] * *(const vector *)(b + 3 * LANES);
  }
  *(vector *)c += alpha * (even0 + odd0);
  *(vector *)(c + LANES) += alpha * (even1 + odd1);
  *(vector *)(c + 2 * LANES) += alpha * (even2 + odd2);
  *(vector *)(c + 3 * LANES) += alpha * (even3 + odd3);
}

/* The same for any number of columns: four rows of B at a time, so that c is read and written a quarter as
 * often. */
static void row_times_columns(int n, int k, float alpha, const float *x, ptrdiff_t stride, const float *b,
                              ptrdiff_t ldb, float *c) {
  int p = 0;
  for (; p + 4 <= k; p += 4, b += 4 * ldb, x += 4 * stride) {
    const float *b1 = b + ldb, *b2 = b1 + ldb, *b3 = b2 + ldb;
    float x0 = alpha * x[0], x1 = alpha * x[stride], x2 = alpha * x[2 * stride], x3 = alpha * x[3 * stride];
#pragma omp simd
    for (int j = 0; j < n; j++) c[j] += x0 * b[j] + x1 * b1[j] + x2 * b2[j] + x3 * b3[j];
  }
  for (; p < k; p++, b += ldb, x += stride) {
    float x0 = alpha * x[0];
#pragma omp simd
    for (int j = 0; j < n; j++) c[j] += x0 * b[j];
  }
}

static void row_times_matrix(int n, int k, float alpha, const float *x, ptrdiff_t stride, const float *b,
                             ptrdiff_t ldb, float *c) {
  int j = 0;
  if (cpu_has_avx2())
    for (; j + WIDE <= n; j += WIDE) row_times_32_columns(k, alpha, x, stride, b + j, ldb, c + j);
  if (j < n) row_times_columns(n - j, k, alpha, x, stride, b + j, ldb, c + j);
}

static float dot(int k, const float *x, const float *y) {
  float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
  for (int p = 0; p < k; p++) sum += x[p] * y[p];
  return sum;
}

void rl_gemm(bool trans_a, bool trans_b, int m, int n, int k, float alpha, const float *a, int lda,
             const float *b, int ldb, float beta, float *c, int ldc) {
  assert(m >= 0 && n >= 0 && k >= 0);
  bool column = n == 1 && ldb == 1 && !trans_a && !trans_b;
  if (m > SMALL_ROWS || trans_b) {
    rl_gemm_use_one_thread();
    cblas_sgemm(CblasRowMajor, trans_a ? CblasTrans : CblasNoTrans, trans_b ? CblasTrans : CblasNoTrans, m, n,
                k, alpha, a, lda, b, ldb, beta, c, ldc);
    return;
  }
  for (int i = 0; i < m; i++, c += ldc) {
    const float *x = trans_a ? a + i : a + (ptrdiff_t)i * lda;
    scale(n, beta, c);
    if (column)
      *c += alpha * dot(k, x, b);
    else
      row_times_matrix(n, k, alpha, x, trans_a ? lda : 1, b, ldb, c);
  }
}
