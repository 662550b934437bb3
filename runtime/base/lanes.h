/* Sixteen floats at a time, for kernels (cpu.h): one register of AVX-512, two of AVX2, four of 128 bits otherwise.
 * All arithmetic is written out (kernels are compiled without contraction), and sums over lanes have one order, so
 * that a kernel gives the same bytes whatever it was compiled for. Only lanes_fma rounds twice in plain C for
 * processors that may have no fused multiply-add. */
#ifndef RL_LANES_H
#define RL_LANES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __AVX2__
#include <immintrin.h>
#endif

enum { LANES = 16 };

/* EACH(f): what f makes of each register. */
#if defined(__AVX512F__)
typedef __m512 rl_register;
typedef struct lanes {
  rl_register a;
} lanes;
typedef __mmask16 lanes_mask;
#define EACH(f) ((lanes){f(a)})
#elif defined(__AVX2__)
typedef __m256 rl_register;
typedef struct lanes {
  rl_register a, b;
} lanes;
typedef lanes lanes_mask;
#define EACH(f) ((lanes){f(a), f(b)})
#else
typedef float rl_register __attribute__((vector_size(16)));
typedef int32_t rl_whole_register __attribute__((vector_size(16)));
typedef struct lanes {
  rl_register a, b, c, d;
} lanes;
typedef lanes lanes_mask;
#define EACH(f) ((lanes){f(a), f(b), f(c), f(d)})
#endif

/* A register at any address. */
typedef struct rl_any_register {
  rl_register value;
} __attribute__((packed, may_alias)) rl_any_register;

enum { REGISTER = sizeof(rl_register) / sizeof(float) };

static inline lanes lanes_load(const float *x) {
  const rl_any_register *from = (const rl_any_register *)x;
  enum { a, b, c, d };
#define PART(p) from[p].value
  return EACH(PART);
#undef PART
}

static inline void lanes_store(float *x, lanes y) {
  rl_any_register *to = (rl_any_register *)x;
  to[0].value = y.a;
#if !defined(__AVX512F__)
  to[1].value = y.b;
#if !defined(__AVX2__)
  to[2].value = y.c;
  to[3].value = y.d;
#endif
#endif
}

#define PART(p) x.p + y.p
static inline lanes lanes_add(lanes x, lanes y) { return EACH(PART); }
#undef PART
#define PART(p) x.p - y.p
static inline lanes lanes_subtract(lanes x, lanes y) { return EACH(PART); }
#undef PART
#define PART(p) x.p *y.p
static inline lanes lanes_multiply(lanes x, lanes y) { return EACH(PART); }
#undef PART
#define PART(p) x.p / y.p
static inline lanes lanes_divide(lanes x, lanes y) { return EACH(PART); }
#undef PART
#define PART(p) -x.p
static inline lanes lanes_negate(lanes x) { return EACH(PART); }
#undef PART

#if defined(__AVX512F__)

static inline lanes lanes_set(float x) { return (lanes){_mm512_set1_ps(x)}; }
/* x y + z */
static inline lanes lanes_fma(lanes x, lanes y, lanes z) { return (lanes){_mm512_fmadd_ps(x.a, y.a, z.a)}; }
/* x > y ? x : y, and x < y ? x : y: the second where one of them is NaN */
static inline lanes lanes_max(lanes x, lanes y) { return (lanes){_mm512_max_ps(x.a, y.a)}; }
static inline lanes lanes_min(lanes x, lanes y) { return (lanes){_mm512_min_ps(x.a, y.a)}; }
static inline lanes lanes_sqrt(lanes x) { return (lanes){_mm512_sqrt_ps(x.a)}; }
static inline lanes_mask lanes_less(lanes x, lanes y) { return _mm512_cmp_ps_mask(x.a, y.a, _CMP_LT_OQ); }
static inline lanes_mask lanes_equal(lanes x, lanes y) { return _mm512_cmp_ps_mask(x.a, y.a, _CMP_EQ_OQ); }
static inline lanes lanes_select(lanes_mask where, lanes x, lanes y) { /* where ? x : y */
  return (lanes){_mm512_mask_blend_ps(where, y.a, x.a)};
}
/* The first n of at most sixteen; the others are 0, or left alone. */
static inline lanes lanes_load_first(const float *x, size_t n) {
  return (lanes){_mm512_maskz_loadu_ps((__mmask16)(0xFFFFU >> (LANES - n)), x)};
}
static inline void lanes_store_first(float *x, size_t n, lanes y) {
  _mm512_mask_storeu_ps(x, (__mmask16)(0xFFFFU >> (LANES - n)), y.a);
}

#elif defined(__AVX2__)

static inline lanes lanes_set(float x) { return (lanes){_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
static inline lanes lanes_fma(lanes x, lanes y, lanes z) {
  return (lanes){_mm256_fmadd_ps(x.a, y.a, z.a), _mm256_fmadd_ps(x.b, y.b, z.b)};
}
static inline lanes lanes_max(lanes x, lanes y) {
  return (lanes){_mm256_max_ps(x.a, y.a), _mm256_max_ps(x.b, y.b)};
}
static inline lanes lanes_min(lanes x, lanes y) {
  return (lanes){_mm256_min_ps(x.a, y.a), _mm256_min_ps(x.b, y.b)};
}
static inline lanes lanes_sqrt(lanes x) { return (lanes){_mm256_sqrt_ps(x.a), _mm256_sqrt_ps(x.b)}; }
static inline lanes_mask lanes_less(lanes x, lanes y) {
  return (lanes){_mm256_cmp_ps(x.a, y.a, _CMP_LT_OQ), _mm256_cmp_ps(x.b, y.b, _CMP_LT_OQ)};
}
static inline lanes lanes_select(lanes_mask where, lanes x, lanes y) {
  return (lanes){_mm256_blendv_ps(y.a, x.a, where.a), _mm256_blendv_ps(y.b, x.b, where.b)};
}
static inline lanes_mask lanes_equal(lanes x, lanes y) {
  return (lanes){_mm256_cmp_ps(x.a, y.a, _CMP_EQ_OQ), _mm256_cmp_ps(x.b, y.b, _CMP_EQ_OQ)};
}
static inline __m256i rl_first_of_register(size_t n) {
  return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)n), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline lanes lanes_load_first(const float *x, size_t n) {
  if (n <= REGISTER) return (lanes){_mm256_maskload_ps(x, rl_first_of_register(n)), _mm256_setzero_ps()};
  return (lanes){_mm256_loadu_ps(x), _mm256_maskload_ps(x + REGISTER, rl_first_of_register(n - REGISTER))};
}
static inline void lanes_store_first(float *x, size_t n, lanes y) {
  _mm256_maskstore_ps(x, rl_first_of_register(n), y.a);
  if (n > REGISTER) _mm256_maskstore_ps(x + REGISTER, rl_first_of_register(n - REGISTER), y.b);
}

#else

static inline lanes lanes_set(float x) {
  rl_register r = {x, x, x, x};
  return (lanes){r, r, r, r};
}
#if defined(__FP_FAST_FMAF) || defined(__aarch64__)
static inline rl_register rl_fma(rl_register x, rl_register y, rl_register z) {
  for (int i = 0; i < REGISTER; i++) z[i] = __builtin_fmaf(x[i], y[i], z[i]);
  return z;
}
#else
static inline rl_register rl_fma(rl_register x, rl_register y, rl_register z) { return x * y + z; }
#endif
static inline rl_register rl_pick(rl_whole_register where, rl_register x, rl_register y) {
  return (rl_register)((where & (rl_whole_register)x) | (~where & (rl_whole_register)y));
}
static inline rl_register rl_sqrt(rl_register x) {
  for (int i = 0; i < REGISTER; i++) x[i] = __builtin_sqrtf(x[i]);
  return x;
}
#define PART(p) rl_fma(x.p, y.p, z.p)
static inline lanes lanes_fma(lanes x, lanes y, lanes z) { return EACH(PART); }
#undef PART
#define PART(p) rl_pick(x.p > y.p, x.p, y.p)
static inline lanes lanes_max(lanes x, lanes y) { return EACH(PART); }
#undef PART
#define PART(p) rl_pick(x.p < y.p, x.p, y.p)
static inline lanes lanes_min(lanes x, lanes y) { return EACH(PART); }
#undef PART
#define PART(p) rl_sqrt(x.p)
static inline lanes lanes_sqrt(lanes x) { return EACH(PART); }
#undef PART
#define PART(p) (rl_register)(x.p < y.p)
static inline lanes_mask lanes_less(lanes x, lanes y) { return EACH(PART); }
#undef PART
#define PART(p) (rl_register)(x.p == y.p)
static inline lanes_mask lanes_equal(lanes x, lanes y) { return EACH(PART); }
#undef PART
#define PART(p) rl_pick((rl_whole_register)where.p, x.p, y.p)
static inline lanes lanes_select(lanes_mask where, lanes x, lanes y) { return EACH(PART); }
#undef PART
static inline lanes lanes_load_first(const float *x, size_t n) {
  if (n == LANES) return lanes_load(x);
  float all[LANES] = {0};
  for (size_t i = 0; i < n; i++) all[i] = x[i];
  return lanes_load(all);
}
static inline void lanes_store_first(float *x, size_t n, lanes y) {
  if (n == LANES) {
    lanes_store(x, y);
    return;
  }
  float all[LANES];
  lanes_store(all, y);
  for (size_t i = 0; i < n; i++) x[i] = all[i];
}

#endif

/* RL_LANES_POWER + x rounds x to a whole number n, from -126 to 127. */
#define RL_LANES_POWER (0x1.8p23f + 127.0f)

typedef uint32_t rl_whole __attribute__((vector_size(sizeof(rl_register))));
#define PART(p) (rl_register)((rl_whole)rounded.p << 23)
static inline lanes lanes_power(lanes rounded) { return EACH(PART); } /* 2^n of those sums */
#undef PART

/* Sixteen sums in double. */
typedef float rl_half_register __attribute__((vector_size(sizeof(rl_register) / 2)));
typedef double rl_doubles __attribute__((vector_size(sizeof(rl_register))));

enum { REGISTERS = LANES / REGISTER };

typedef struct lanes_doubles {
  rl_doubles low[REGISTERS], high[REGISTERS]; /* of each register */
} lanes_doubles;

#if defined(__AVX512F__)
#define RL_LOW(x)  __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7)
#define RL_HIGH(x) __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15)
#elif defined(__AVX2__)
#define RL_LOW(x)  __builtin_shufflevector(x, x, 0, 1, 2, 3)
#define RL_HIGH(x) __builtin_shufflevector(x, x, 4, 5, 6, 7)
#else
#define RL_LOW(x)  __builtin_shufflevector(x, x, 0, 1)
#define RL_HIGH(x) __builtin_shufflevector(x, x, 2, 3)
#endif

/* GCC 12 converts vectors in pieces where it is not told the instruction. */
static inline rl_doubles rl_widen(rl_half_register x) {
#if defined(__AVX512F__)
  return (rl_doubles)_mm512_cvtps_pd((__m256)x);
#elif defined(__AVX2__)
  return (rl_doubles)_mm256_cvtps_pd((__m128)x);
#else
  return __builtin_convertvector(x, rl_doubles);
#endif
}

/* In the order of lanes_sum. */
static inline double lanes_sum_doubles(const lanes_doubles *sum) {
  enum { HALF = REGISTER / 2 };
  double s[LANES];
  for (int i = 0; i < LANES; i++) {
    const rl_doubles *half = i / HALF % 2 ? sum->high : sum->low;
    s[i] = half[i / REGISTER][i % HALF];
  }
  for (int n = LANES / 2; n > 0; n /= 2)
    for (int i = 0; i < n; i++) s[i] += s[i + n];
  return s[0];
}

/* x y + z of one number, rounded as lanes_fma rounds. */
#if defined(__FMA__) || defined(__FP_FAST_FMAF) || defined(__aarch64__)
static inline float rl_fused(float x, float y, float z) { return __builtin_fmaf(x, y, z); }
static inline double rl_fused_double(double x, double y, double z) { return __builtin_fma(x, y, z); }
#else
static inline float rl_fused(float x, float y, float z) { return x * y + z; }
static inline double rl_fused_double(double x, double y, double z) { return x * y + z; }
#endif

/* The sum over lanes, in one order: lane i and lane i + 8, then i + 4, i + 2, i + 1. */
typedef float rl_four __attribute__((vector_size(16)));
typedef struct rl_any_four {
  rl_four value;
} __attribute__((packed, may_alias)) rl_any_four;

static inline rl_four rl_load_four(const float *x) { return ((const rl_any_four *)x)->value; }
static inline void rl_store_four(float *x, rl_four y) { ((rl_any_four *)x)->value = y; }

static inline rl_four rl_sum_to_four(lanes x) {
#if defined(__AVX512F__)
  __m256 eight = _mm256_add_ps(_mm512_castps512_ps256(x.a), _mm512_extractf32x8_ps(x.a, 1));
  return _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
#elif defined(__AVX2__)
  __m256 eight = _mm256_add_ps(x.a, x.b);
  return _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
#else
  return (x.a + x.c) + (x.b + x.d);
#endif
}

static inline float lanes_sum(lanes x) {
  rl_four s = rl_sum_to_four(x);
  return (s[0] + s[2]) + (s[1] + s[3]);
}

/* Of four at a time. */
static inline void lanes_sums(lanes x, lanes y, lanes z, lanes w, float sum[4]) {
  rl_four a = rl_sum_to_four(x), b = rl_sum_to_four(y), c = rl_sum_to_four(z), d = rl_sum_to_four(w);
  rl_four ab = __builtin_shufflevector(a, b, 0, 1, 4, 5) + __builtin_shufflevector(a, b, 2, 3, 6, 7);
  rl_four cd = __builtin_shufflevector(c, d, 0, 1, 4, 5) + __builtin_shufflevector(c, d, 2, 3, 6, 7);
  rl_four all = __builtin_shufflevector(ab, cd, 0, 2, 4, 6) + __builtin_shufflevector(ab, cd, 1, 3, 5, 7);
  for (int i = 0; i < 4; i++) sum[i] = all[i];
}

#endif
