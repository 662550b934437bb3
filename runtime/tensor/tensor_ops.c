/* Elementwise operations: one loop over any number of dimensions that hands rows to a row function, and a
 * table of row functions. Dimensions that lie one after the other in every operand are merged first, so
 * contiguous tensors are a single row, and a row with unit strides vectorises. */
#include "tensor/tensor.h"

#include "tensor/activation.h"

#include <math.h>
#include <string.h>

enum { MAX_OPERANDS = 4 }; /* the result first */

/* dest[i * stride[0]] = f(data[1][i * stride[1]], ...) for i < n */
typedef void row_function(int64_t n, float *const *data, const int64_t *stride);

/* Unary rows. */

#define INLINE static inline __attribute__((always_inline))

/* `simd` tells the compiler what it cannot see: operands are the same or apart, never shifted. */
INLINE void unary_row(int64_t n, float *const *data, const int64_t *stride, float (*f)(float)) {
  float *y = data[0];
  const float *x = data[1];
  int64_t sy = stride[0], sx = stride[1];
  if (sy == 1 && sx == 1) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) y[i] = f(x[i]);
  } else {
    for (int64_t i = 0; i < n; i++) y[i * sy] = f(x[i * sx]);
  }
}

INLINE float copy(float x) { return x; }
INLINE float neg(float x) { return -x; }
INLINE float sign(float x) { return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x; }
INLINE float square(float x) { return x * x; }
INLINE float sigmoid(float x) { return 1.0f / (1.0f + expf(-x)); }
INLINE float relu(float x) { return x < 0.0f ? 0.0f : x; }

#define UNARY(name, f)                                                                                       \
  static void name##_row(int64_t n, float *const *data, const int64_t *stride) {                             \
    unary_row(n, data, stride, f);                                                                           \
  }
UNARY(copy, copy)
UNARY(neg, neg)
UNARY(abs, fabsf)
UNARY(sign, sign)
UNARY(square, square)
UNARY(sqrt, sqrtf)
UNARY(exp, expf)
UNARY(log, logf)
UNARY(sigmoid, sigmoid)
UNARY(relu, relu)
UNARY(sin, sinf)
UNARY(cos, cosf)
UNARY(floor, floorf)

/* The networks' own tanh: vectorised, and the same numbers. */
static void tanh_row(int64_t n, float *const *data, const int64_t *stride) {
  copy_row(n, data, stride);
  if (stride[0] == 1)
    rl_activate(RL_TANH, data[0], (size_t)n);
  else
    for (int64_t i = 0; i < n; i++) rl_activate(RL_TANH, data[0] + i * stride[0], 1);
}

static row_function *const unary_rows[RL_UNARY_COUNT] = {
    [RL_OP_COPY] = copy_row,       [RL_OP_NEG] = neg_row,    [RL_OP_ABS] = abs_row, [RL_OP_SIGN] = sign_row,
    [RL_OP_SQUARE] = square_row,   [RL_OP_SQRT] = sqrt_row,  [RL_OP_EXP] = exp_row, [RL_OP_LOG] = log_row,
    [RL_OP_TANH] = tanh_row,       [RL_OP_RELU] = relu_row,  [RL_OP_SIN] = sin_row, [RL_OP_COS] = cos_row,
    [RL_OP_SIGMOID] = sigmoid_row, [RL_OP_FLOOR] = floor_row};

/* Binary rows. */

INLINE void binary_row(int64_t n, float *const *data, const int64_t *stride, float (*f)(float, float)) {
  float *z = data[0];
  const float *x = data[1], *y = data[2];
  int64_t sz = stride[0], sx = stride[1], sy = stride[2];
  if (sz == 1 && sx == 1 && sy == 1) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) z[i] = f(x[i], y[i]);
  } else if (sz == 1 && sx == 1 && sy == 0) {
    float scalar = *y;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) z[i] = f(x[i], scalar);
  } else if (sz == 1 && sx == 0 && sy == 1) {
    float scalar = *x;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) z[i] = f(scalar, y[i]);
  } else {
    for (int64_t i = 0; i < n; i++) z[i * sz] = f(x[i * sx], y[i * sy]);
  }
}

INLINE float add(float x, float y) { return x + y; }
INLINE float sub(float x, float y) { return x - y; }
INLINE float mul(float x, float y) { return x * y; }
INLINE float divide(float x, float y) { return x / y; }
INLINE float minimum(float x, float y) { return x < y || x != x ? x : y; }
INLINE float maximum(float x, float y) { return x > y || x != x ? x : y; }
INLINE float lt(float x, float y) { return x < y ? 1.0f : 0.0f; }
INLINE float le(float x, float y) { return x <= y ? 1.0f : 0.0f; }
INLINE float eq(float x, float y) { return x == y ? 1.0f : 0.0f; }

#define BINARY(name, f)                                                                                      \
  static void name##_row(int64_t n, float *const *data, const int64_t *stride) {                             \
    binary_row(n, data, stride, f);                                                                          \
  }
BINARY(add, add)
BINARY(sub, sub)
BINARY(mul, mul)
BINARY(div, divide)
BINARY(any_pow, powf)
BINARY(minimum, minimum)
BINARY(maximum, maximum)
BINARY(lt, lt)
BINARY(le, le)
BINARY(eq, eq)

static void pow_row(int64_t n, float *const *data, const int64_t *stride) {
  bool is_square = stride[2] == 0 && n > 0 && *data[2] == 2.0f; /* by far the most frequent */
  (is_square ? square_row : any_pow_row)(n, data, stride);
}

static row_function *const binary_rows[RL_BINARY_COUNT] = {
    [RL_OP_ADD] = add_row,         [RL_OP_SUB] = sub_row,
    [RL_OP_MUL] = mul_row,         [RL_OP_DIV] = div_row,
    [RL_OP_POW] = pow_row,         [RL_OP_LT] = lt_row,
    [RL_OP_MINIMUM] = minimum_row, [RL_OP_MAXIMUM] = maximum_row,
    [RL_OP_LE] = le_row,           [RL_OP_EQ] = eq_row};

/* The loop. */

typedef struct loop {
  int operands, ndim;
  int64_t shape[RL_MAX_DIMS];
  int64_t stride[RL_MAX_DIMS][MAX_OPERANDS];
  float *data[MAX_OPERANDS];
} loop;

static bool follows(const loop *self, int outer, const int64_t *inner_stride, int64_t inner_size) {
  for (int k = 0; k < self->operands; k++)
    if (self->stride[outer][k] != inner_stride[k] * inner_size) return false;
  return true;
}

/* All operands have the shape of the first. */
static loop make_loop(int operands, const rl_tensor *const *operand) {
  loop self = {.operands = operands};
  for (int k = 0; k < operands; k++) self.data[k] = operand[k]->data;
  for (int i = 0; i < operand[0]->ndim; i++) {
    int64_t size = operand[0]->shape[i], stride[MAX_OPERANDS] = {0};
    if (size == 1) continue;
    for (int k = 0; k < operands; k++) stride[k] = operand[k]->stride[i];
    bool merge = self.ndim > 0 && follows(&self, self.ndim - 1, stride, size);
    if (!merge) self.shape[self.ndim++] = 1;
    self.shape[self.ndim - 1] *= size;
    memcpy(self.stride[self.ndim - 1], stride, sizeof stride);
  }
  if (self.ndim == 0) self.shape[self.ndim++] = 1;
  return self;
}

static void run_dimension(const loop *self, int dim, float *const *start, row_function *row) {
  if (dim == self->ndim - 1) {
    row(self->shape[dim], start, self->stride[dim]);
    return;
  }
  float *data[MAX_OPERANDS];
  memcpy(data, start, (size_t)self->operands * sizeof *data);
  for (int64_t i = 0; i < self->shape[dim]; i++) {
    run_dimension(self, dim + 1, data, row);
    for (int k = 0; k < self->operands; k++) data[k] += self->stride[dim][k];
  }
}

static void run(int operands, const rl_tensor *const *operand, row_function *row) {
  if (rl_tensor_count(operand[0]) == 0) return;
  loop self = make_loop(operands, operand);
  run_dimension(&self, 0, self.data, row);
}

/* Broadcasting and overlap. */

/* Widens `shape`, of which only the shape counts, to what it and `other` broadcast to. */
static rl_status broadcast(rl_tensor *shape, const rl_tensor *other, rl_error *error) {
  rl_tensor wide = {.ndim = shape->ndim > other->ndim ? shape->ndim : other->ndim};
  for (int i = 1; i <= wide.ndim; i++) { /* from the last dimension */
    int64_t a = i <= shape->ndim ? shape->shape[shape->ndim - i] : 1;
    int64_t b = i <= other->ndim ? other->shape[other->ndim - i] : 1;
    if (a != b && a != 1 && b != 1) {
      char text_a[RL_SHAPE_TEXT], text_b[RL_SHAPE_TEXT];
      return rl_fail(error, RL_BAD_SHAPE, "shapes %s and %s do not broadcast",
                     rl_shape_text(shape->ndim, shape->shape, text_a),
                     rl_shape_text(other->ndim, other->shape, text_b));
    }
    wide.shape[wide.ndim - i] = a == 1 ? b : a;
  }
  *shape = wide;
  return RL_OK;
}

static const float *last_element(const rl_tensor *tensor) {
  const float *last = tensor->data;
  for (int i = 0; i < tensor->ndim; i++) last += (tensor->shape[i] - 1) * tensor->stride[i];
  return last;
}

/* Whether writing dest element by element could change an element of x before it is read. Both have one
 * shape. */
static bool is_disturbed(const rl_tensor *dest, const rl_tensor *x) {
  if (rl_tensor_count(dest) == 0) return false;
  if (last_element(dest) < x->data || last_element(x) < dest->data) return false;
  if (dest->data != x->data) return true;
  for (int i = 0; i < dest->ndim; i++)
    if (dest->shape[i] > 1 && dest->stride[i] != x->stride[i]) return true;
  return false;
}

/* x with the shape of dest, in memory that writing dest does not disturb: a borrowed view (without storage,
 * so that releasing it does nothing) or a copy. */
static rl_status prepare(rl_tensor *out, const rl_tensor *x, const rl_tensor *dest, rl_error *error) {
  rl_tensor borrowed = *x, copy;
  borrowed.storage = NULL;
  rl_status status = rl_tensor_expand(out, &borrowed, dest->ndim, dest->shape, error);
  if (status || !is_disturbed(dest, out)) return status;
  status = rl_tensor_unary(&copy, RL_OP_COPY, x, error);
  if (status) return status;
  status = rl_tensor_expand(out, &copy, dest->ndim, dest->shape, error);
  rl_tensor_release(&copy);
  return status;
}

static void release(int n, rl_tensor *tensors) {
  for (int i = 0; i < n; i++) rl_tensor_release(&tensors[i]);
}

static rl_status run_into(rl_tensor *dest, int inputs, const rl_tensor *const *input, row_function *row,
                          rl_error *error) {
  rl_tensor wide[MAX_OPERANDS];
  const rl_tensor *operand[MAX_OPERANDS] = {dest, &wide[0], &wide[1], &wide[2]};
  for (int k = 0; k < inputs; k++) {
    rl_status status = prepare(&wide[k], input[k], dest, error);
    if (status) {
      release(k, wide);
      return status;
    }
  }
  run(inputs + 1, operand, row);
  release(inputs, wide);
  return RL_OK;
}

/* The same with a new tensor of the shape that the inputs broadcast to. */
static rl_status run_new(rl_tensor *out, int inputs, const rl_tensor *const *input, row_function *row,
                         rl_error *error) {
  rl_tensor shape = *input[0], result;
  rl_status status = RL_OK;
  for (int k = 1; !status && k < inputs; k++) status = broadcast(&shape, input[k], error);
  if (!status) status = rl_tensor_zeros(&result, shape.ndim, shape.shape, error);
  if (status) return status;
  status = run_into(&result, inputs, input, row, error);
  if (status)
    rl_tensor_release(&result);
  else
    *out = result;
  return status;
}

rl_status rl_tensor_unary(rl_tensor *out, rl_unary op, const rl_tensor *x, rl_error *error) {
  return run_new(out, 1, (const rl_tensor *[]){x}, unary_rows[op], error);
}

rl_status rl_tensor_unary_into(rl_tensor *dest, rl_unary op, const rl_tensor *x, rl_error *error) {
  return run_into(dest, 1, (const rl_tensor *[]){x}, unary_rows[op], error);
}

rl_status rl_tensor_binary(rl_tensor *out, rl_binary op, const rl_tensor *a, const rl_tensor *b,
                           rl_error *error) {
  return run_new(out, 2, (const rl_tensor *[]){a, b}, binary_rows[op], error);
}

rl_status rl_tensor_binary_into(rl_tensor *dest, rl_binary op, const rl_tensor *a, const rl_tensor *b,
                                rl_error *error) {
  return run_into(dest, 2, (const rl_tensor *[]){a, b}, binary_rows[op], error);
}

static void where_row(int64_t n, float *const *data, const int64_t *stride) {
  for (int64_t i = 0; i < n; i++)
    data[0][i * stride[0]] = data[1][i * stride[1]] != 0.0f ? data[2][i * stride[2]] : data[3][i * stride[3]];
}

rl_status rl_tensor_where(rl_tensor *out, const rl_tensor *condition, const rl_tensor *a, const rl_tensor *b,
                          rl_error *error) {
  return run_new(out, 3, (const rl_tensor *[]){condition, a, b}, where_row, error);
}

/* Comparison of whole tensors, which stops at the first difference. */

typedef bool close_function(float x, float y, double tolerance);

static bool is_equal(float x, float y, double tolerance) {
  (void)tolerance;
  return x == y;
}

static bool is_close(float x, float y, double tolerance) {
  double scale = fabs((double)y) > 1.0 ? fabs((double)y) : 1.0;
  return x == y || fabs((double)x - (double)y) <= tolerance * scale;
}

static bool all_close(const loop *self, int dim, float *const *start, close_function *close,
                      double tolerance) {
  float *x = start[0], *y = start[1];
  const int64_t *stride = self->stride[dim];
  for (int64_t i = 0; i < self->shape[dim]; i++, x += stride[0], y += stride[1]) {
    bool good = dim == self->ndim - 1 ? close(*x, *y, tolerance)
                                      : all_close(self, dim + 1, (float *const[]){x, y}, close, tolerance);
    if (!good) return false;
  }
  return true;
}

static bool compare(const rl_tensor *a, const rl_tensor *b, close_function *close, double tolerance) {
  if (!rl_tensor_same_shape(a, b)) return false;
  if (rl_tensor_count(a) == 0) return true;
  loop self = make_loop(2, (const rl_tensor *[]){a, b});
  return all_close(&self, 0, self.data, close, tolerance);
}

bool rl_tensor_equal(const rl_tensor *a, const rl_tensor *b) { return compare(a, b, is_equal, 0.0); }

bool rl_tensor_allclose(const rl_tensor *a, const rl_tensor *b, double tolerance) {
  return compare(a, b, is_close, tolerance);
}
