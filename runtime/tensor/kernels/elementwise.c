/* Functions of one element, each in a loop that the compiler vectorises: an element has the same result wherever in the
 * loop it stands. */
#include "tensor/elementwise.h"

#include "activation.h"
#include "elementary.h"

INLINE float copy(float x) { return x; }
INLINE float neg(float x) { return -x; }
INLINE float sign(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x; }
INLINE float square(float x) { return x * x; }
INLINE float maximum(float x, float y) { return x > y || x != x ? x : y; }
INLINE float minimum(float x, float y) { return x < y || x != x ? x : y; }
/* The bound where they are equal; NaN stays. */
INLINE float at_least(float x, float low) { return x <= low ? low : x; }
INLINE float at_most(float x, float high) { return x >= high ? high : x; }
INLINE float relu(float x) { return x < 0.0f ? 0.0f : x; }

INLINE float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

/* The sine of x (turn 0) or its cosine (turn 1), in double: x = r + m pi / 2 with r between -pi / 2 and pi / 2, where m is
 * even for the sine and odd for the cosine, and its products with the first part of pi / 2 are exact up to LARGE. */
static const float LARGE = 1e6f;

INLINE float turned_sine(float x, int turn) {
  const double ROUND = 0x1.8p52;
  double wide = (double)x, shifted = rl_fused_double(wide, 0.31830988618379067154, -0.5 * turn) + ROUND;
  double m = rl_fused_double(shifted - ROUND, 2.0, turn);
  double r = rl_fused_double(m, -6.0771005065061926e-11, rl_fused_double(m, -1.5707963267341256142, wide)),
         z = r * r;
  double p = -2.3888676457908416e-08;
  p = rl_fused_double(p, z, 2.7525371515060663e-06);
  p = rl_fused_double(p, z, -0.00019840867964750393);
  p = rl_fused_double(p, z, 0.008333331106781944);
  p = rl_fused_double(p, z, -0.16666666626107934);
  double y = r * rl_fused_double(p, z, 1.0);
  uint64_t half_turns, bits;
  memcpy(&half_turns, &shifted, sizeof half_turns);
  memcpy(&bits, &y, sizeof bits);
  bits ^= (half_turns + (uint64_t)turn) << 63;
  memcpy(&y, &bits, sizeof y);
  return (float)y;
}

INLINE float sine(float x) { return turned_sine(x, 0); }
INLINE float cosine(float x) { return turned_sine(x, 1); }

#define ARGUMENTS int64_t n, float *z, const float *a, const float *b, const float *c

/* `simd` tells the compiler what it cannot see: operands are the same or apart, never shifted. */
#define LOOP(name, result)                                                                                   \
  static void name##_loop(ARGUMENTS) {                                                                       \
    (void)a, (void)b, (void)c;                                                                               \
    _Pragma("omp simd") for (int64_t i = 0; i < n; i++) z[i] = result;                                       \
  }

LOOP(neg, neg(a[i]))
LOOP(abs, fabsf(a[i]))
LOOP(sign, sign(a[i]))
LOOP(square, square(a[i]))
LOOP(sqrt, sqrtf(a[i]))
LOOP(exp, exponential(a[i]))
LOOP(log, logarithm(a[i]))
LOOP(sigmoid, sigmoid(a[i]))
LOOP(relu, relu(a[i]))
LOOP(floor, floorf(a[i]))

static void copy_loop(ARGUMENTS) {
  (void)b, (void)c;
  if (n && z != a) memcpy(z, a, (size_t)n * sizeof *z); /* without elements there may be no memory */
}

/* The networks' own tanh. */
static void tanh_loop(ARGUMENTS) {
  (void)b, (void)c;
  int64_t i = 0;
  for (; i + LANES <= n; i += LANES) lanes_store(z + i, activated(RL_TANH, lanes_load(a + i)));
  if (i < n)
    lanes_store_first(z + i, (size_t)(n - i), activated(RL_TANH, lanes_load_first(a + i, (size_t)(n - i))));
}

/* Large angles are left to libm. */
INLINE void circle_loop(int64_t n, float *z, const float *a, float (*f)(float), float (*of_large)(float)) {
  enum { BLOCK = 512 };
  for (; n > 0; n -= BLOCK, z += BLOCK, a += BLOCK) {
    int64_t width = n < BLOCK ? n : BLOCK;
    int large = 0;
#pragma omp simd reduction(| : large)
    for (int64_t i = 0; i < width; i++) large |= fabsf(a[i]) > LARGE;
    if (large) {
      for (int64_t i = 0; i < width; i++) z[i] = fabsf(a[i]) > LARGE ? of_large(a[i]) : f(a[i]);
      continue;
    }
#pragma omp simd
    for (int64_t i = 0; i < width; i++) z[i] = f(a[i]);
  }
}

static void sin_loop(ARGUMENTS) {
  (void)b, (void)c;
  circle_loop(n, z, a, sine, sinf);
}

static void cos_loop(ARGUMENTS) {
  (void)b, (void)c;
  circle_loop(n, z, a, cosine, cosf);
}

LOOP(add, a[i] + b[i])
LOOP(sub, a[i] - b[i])
LOOP(mul, a[i] * b[i])
LOOP(div, a[i] / b[i])
LOOP(minimum, minimum(a[i], b[i]))
LOOP(maximum, maximum(a[i], b[i]))
LOOP(lt, a[i] < b[i] ? 1.0f : 0.0f)
LOOP(le, a[i] <= b[i] ? 1.0f : 0.0f)
LOOP(eq, a[i] == b[i] ? 1.0f : 0.0f)
LOOP(clamp, at_most(at_least(a[i], b[i]), c[i]))
LOOP(where, a[i] != 0.0f ? b[i] : c[i])

static void pow_loop(ARGUMENTS) {
  (void)c;
  for (int64_t i = 0; i < n; i++) z[i] = powf(a[i], b[i]);
}

/* Four rows and columns at a time. */
static void transpose_four(const float *x, int64_t column, float *z, int64_t row) {
  rl_four a = rl_load_four(x), b = rl_load_four(x + column), c = rl_load_four(x + 2 * column),
          d = rl_load_four(x + 3 * column);
  rl_four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  rl_four ba = __builtin_shufflevector(a, b, 2, 6, 3, 7), dc = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  rl_store_four(z, __builtin_shufflevector(ab, cd, 0, 1, 4, 5));
  rl_store_four(z + row, __builtin_shufflevector(ab, cd, 2, 3, 6, 7));
  rl_store_four(z + 2 * row, __builtin_shufflevector(ba, dc, 0, 1, 4, 5));
  rl_store_four(z + 3 * row, __builtin_shufflevector(ba, dc, 2, 3, 6, 7));
}

static void transpose(int64_t rows, int64_t columns, const float *x, int64_t column, float *z, int64_t row) {
  int64_t whole_rows = rows - rows % 4, whole_columns = columns - columns % 4;
  for (int64_t j = 0; j < whole_columns; j += 4)
    for (int64_t i = 0; i < whole_rows; i += 4)
      transpose_four(x + i + j * column, column, z + i * row + j, row);
  for (int64_t i = 0; i < rows; i++)
    for (int64_t j = i < whole_rows ? whole_columns : 0; j < columns; j++) z[i * row + j] = x[i + j * column];
}

const rl_elementwise_kernels RL_AT_LEVEL(rl_elementwise_table) = {.unary = {[RL_OP_COPY] = copy_loop,
                                                                            [RL_OP_NEG] = neg_loop,
                                                                            [RL_OP_ABS] = abs_loop,
                                                                            [RL_OP_SIGN] = sign_loop,
                                                                            [RL_OP_SQUARE] = square_loop,
                                                                            [RL_OP_SQRT] = sqrt_loop,
                                                                            [RL_OP_EXP] = exp_loop,
                                                                            [RL_OP_LOG] = log_loop,
                                                                            [RL_OP_TANH] = tanh_loop,
                                                                            [RL_OP_SIGMOID] = sigmoid_loop,
                                                                            [RL_OP_RELU] = relu_loop,
                                                                            [RL_OP_SIN] = sin_loop,
                                                                            [RL_OP_COS] = cos_loop,
                                                                            [RL_OP_FLOOR] = floor_loop},
                                                                  .binary = {[RL_OP_ADD] = add_loop,
                                                                             [RL_OP_SUB] = sub_loop,
                                                                             [RL_OP_MUL] = mul_loop,
                                                                             [RL_OP_DIV] = div_loop,
                                                                             [RL_OP_POW] = pow_loop,
                                                                             [RL_OP_MINIMUM] = minimum_loop,
                                                                             [RL_OP_MAXIMUM] = maximum_loop,
                                                                             [RL_OP_LT] = lt_loop,
                                                                             [RL_OP_LE] = le_loop,
                                                                             [RL_OP_EQ] = eq_loop},
                                                                  .where = where_loop,
                                                                  .clamp = clamp_loop,
                                                                  .transpose = transpose};
