/* Elementwise operations of variables. The forward pass is tensor.h's; a derivative is the gradient times a
 * slope, element by element, summed over the dimensions that an input was stretched along. */
#include "autodiff/variable_internal.h"

#include "base/memory.h"

#include <math.h>

/* out = full summed to the shape of `like`, which had broadcast to it. */
static rl_status sum_to(rl_tensor *out, const rl_tensor *full, const rl_tensor *like, rl_error *error) {
  rl_tensor sum = rl_tensor_share(full), less;
  rl_status status = RL_OK;
  int missing = full->ndim - like->ndim;
  for (int dim = full->ndim - 1; !status && dim >= 0; dim--) {
    if (dim >= missing && like->shape[dim - missing] == full->shape[dim]) continue;
    status = rl_tensor_reduce(&less, RL_REDUCE_SUM, &sum, dim, error);
    if (status) break;
    rl_tensor_release(&sum);
    sum = less;
  }
  if (!status) status = rl_tensor_reshape(out, &sum, like->ndim, like->shape, error);
  rl_tensor_release(&sum);
  return status;
}

/* x stretched to the shape of `like`, contiguous. */
static rl_status stretch(rl_tensor *out, const rl_tensor *x, const rl_tensor *like, rl_error *error) {
  rl_tensor wide;
  rl_status status = rl_tensor_expand(&wide, x, like->ndim, like->shape, error);
  if (status) return status;
  status = rl_tensor_contiguous(out, &wide, error);
  rl_tensor_release(&wide);
  return status;
}

/* One input. */

/* dy / dx, where y = op(x) */
static inline float unary_slope(rl_unary op, float x, float y) {
  switch (op) {
  case RL_OP_NEG: return -1.0f;
  case RL_OP_ABS: return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f;
  case RL_OP_SQUARE: return 2.0f * x;
  case RL_OP_SQRT: return 0.5f / y;
  case RL_OP_EXP: return y;
  case RL_OP_LOG: return 1.0f / x;
  case RL_OP_TANH: return 1.0f - y * y;
  case RL_OP_SIGMOID: return y * (1.0f - y);
  case RL_OP_RELU: return x > 0.0f ? 1.0f : 0.0f;
  case RL_OP_SIN: return cosf(x);
  case RL_OP_COS: return -sinf(x);
  case RL_OP_COPY: return 1.0f;
  case RL_OP_SIGN:
  case RL_OP_FLOOR:
  case RL_UNARY_COUNT: break;
  }
  return 0.0f;
}

/* A loop for each operation, so that the compiler sees which it is and vectorises it. */
static rl_status unary_vjp(const rl_variable *self, const rl_tensor *g, rl_tensor *const *d,
                           rl_error *error) {
  if (self->op == RL_OP_EXP) return rl_tensor_binary(d[0], RL_OP_MUL, g, &self->value, error);
  if (self->op == RL_OP_NEG) return rl_tensor_unary(d[0], RL_OP_NEG, g, error);
  rl_status status = rl_tensor_unset(d[0], g->ndim, g->shape, error);
  if (status) return status;
  const float *x = self->input[0]->value.data, *y = self->value.data, *slope = g->data;
  float *result = d[0]->data;
  int64_t n = rl_tensor_count(g);
#define LOOP(op)                                                                                             \
  case op: {                                                                                                 \
    _Pragma("omp simd") for (int64_t i = 0; i < n; i++) result[i] = slope[i] * unary_slope(op, x[i], y[i]);  \
  } break;
  switch ((rl_unary)self->op) {
    LOOP(RL_OP_ABS)
    LOOP(RL_OP_SQUARE)
    LOOP(RL_OP_SQRT)
    LOOP(RL_OP_LOG)
    LOOP(RL_OP_TANH)
    LOOP(RL_OP_SIGMOID)
    LOOP(RL_OP_RELU)
  default:
    for (int64_t i = 0; i < n; i++) result[i] = slope[i] * unary_slope((rl_unary)self->op, x[i], y[i]);
  }
#undef LOOP
  return RL_OK;
}

rl_status rl_variable_unary(rl_variable **out, rl_unary op, rl_variable *x, rl_error *error) {
  static const rl_operation unary = {.vjp = unary_vjp};
  bool flat = op == RL_OP_SIGN || op == RL_OP_FLOOR; /* nothing goes through */
  rl_tensor value;
  rl_status status = rl_tensor_unary(&value, op, &x->value, error);
  if (!status) status = rl_variable_new(out, flat ? NULL : &unary, value, flat ? 0 : 1, &x, error);
  if (!status) (*out)->op = (int)op;
  return status;
}

static rl_status clamp_vjp(const rl_variable *self, const rl_tensor *g, rl_tensor *const *d,
                           rl_error *error) {
  rl_status status = rl_tensor_unset(d[0], g->ndim, g->shape, error);
  if (status) return status;
  const float *x = self->input[0]->value.data;
  int64_t n = rl_tensor_count(g);
  for (int64_t i = 0; i < n; i++) d[0]->data[i] = x[i] >= self->low && x[i] <= self->high ? g->data[i] : 0.0f;
  return RL_OK;
}

rl_status rl_variable_clamp(rl_variable **out, rl_variable *x, float low, float high, rl_error *error) {
  static const rl_operation clamp = {.vjp = clamp_vjp};
  if (!(low <= high))
    return rl_fail(error, RL_BAD_ARGUMENT, "clamp: no number is between %g and %g", (double)low,
                   (double)high);
  rl_tensor value, least = rl_tensor_wrap(&low, 0, NULL), most = rl_tensor_wrap(&high, 0, NULL);
  rl_status status = rl_tensor_binary(&value, RL_OP_MAXIMUM, &x->value, &least, error);
  if (status) return status;
  rl_tensor_binary_into(&value, RL_OP_MINIMUM, &value, &most, NULL); /* takes no memory: cannot fail */
  status = rl_variable_new(out, &clamp, value, 1, &x, error);
  if (status) return status;
  (*out)->low = low;
  (*out)->high = high;
  return RL_OK;
}

/* Two inputs. */

/* dz / da (side 0) or dz / db (side 1), where z = op(a, b) */
static inline float binary_slope(rl_binary op, int side, float a, float b, float z) {
  switch (op) {
  case RL_OP_ADD: return 1.0f;
  case RL_OP_SUB: return side ? -1.0f : 1.0f;
  case RL_OP_MUL: return side ? a : b;
  case RL_OP_DIV: return side ? -z / b : 1.0f / b;
  case RL_OP_POW:
    if (side) return z == 0.0f ? 0.0f : z * logf(a);
    return b == 0.0f ? 0.0f : b == 2.0f ? 2.0f * a : b * powf(a, b - 1.0f);
  case RL_OP_MINIMUM: return a == b ? 0.5f : (a < b) == (side == 0) ? 1.0f : 0.0f;
  case RL_OP_MAXIMUM: return a == b ? 0.5f : (a > b) == (side == 0) ? 1.0f : 0.0f;
  case RL_OP_LT:
  case RL_OP_LE:
  case RL_OP_EQ:
  case RL_BINARY_COUNT: break;
  }
  return 0.0f;
}

/* The gradient of one side before it is summed to the shape of that. */
static rl_status side_slope(rl_tensor *full, const rl_variable *self, int side, const rl_tensor *g,
                            rl_error *error) {
  const rl_tensor *x = &self->input[0]->value, *y = &self->input[1]->value;
  if (self->op == RL_OP_MUL) return rl_tensor_binary(full, RL_OP_MUL, g, side ? x : y, error);
  if (self->op == RL_OP_SUB && side) return rl_tensor_unary(full, RL_OP_NEG, g, error);
  if (self->op == RL_OP_ADD || self->op == RL_OP_SUB) {
    *full = rl_tensor_share(g);
    return RL_OK;
  }
  rl_tensor a = {0}, b = {0};
  rl_status status = stretch(&a, x, g, error);
  if (!status) status = stretch(&b, y, g, error);
  if (!status) status = rl_tensor_unset(full, g->ndim, g->shape, error);
  int64_t n = status ? 0 : rl_tensor_count(g);
  const float *z = self->value.data;
  for (int64_t i = 0; i < n; i++)
    full->data[i] = g->data[i] * binary_slope((rl_binary)self->op, side, a.data[i], b.data[i], z[i]);
  rl_tensor_release(&a);
  rl_tensor_release(&b);
  return status;
}

static rl_status binary_vjp(const rl_variable *self, const rl_tensor *g, rl_tensor *const *d,
                            rl_error *error) {
  rl_status status = RL_OK;
  for (int side = 0; !status && side < 2; side++) {
    rl_tensor full;
    if (!d[side]) continue;
    status = side_slope(&full, self, side, g, error);
    if (status) break;
    status = sum_to(d[side], &full, &self->input[side]->value, error);
    rl_tensor_release(&full);
  }
  return status;
}

rl_status rl_variable_binary(rl_variable **out, rl_binary op, rl_variable *a, rl_variable *b,
                             rl_error *error) {
  static const rl_operation binary = {.vjp = binary_vjp};
  bool flat = op == RL_OP_LT || op == RL_OP_LE || op == RL_OP_EQ;
  rl_tensor value;
  rl_status status = rl_tensor_binary(&value, op, &a->value, &b->value, error);
  if (!status)
    status = rl_variable_new(out, flat ? NULL : &binary, value, flat ? 0 : 2, (rl_variable *[]){a, b}, error);
  if (!status) (*out)->op = (int)op;
  return status;
}

/* Each side gets the gradient where it was chosen. */
static rl_status where_vjp(const rl_variable *self, const rl_tensor *g, rl_tensor *const *d,
                           rl_error *error) {
  const rl_tensor *condition = &self->input[2]->value;
  float zero = 0.0f;
  rl_tensor none = rl_tensor_wrap(&zero, 0, NULL), full;
  for (int side = 0; side < 2; side++) {
    if (!d[side]) continue;
    rl_status status = rl_tensor_where(&full, condition, side ? &none : g, side ? g : &none, error);
    if (status) return status;
    status = sum_to(d[side], &full, &self->input[side]->value, error);
    rl_tensor_release(&full);
    if (status) return status;
  }
  return RL_OK;
}

rl_status rl_variable_where(rl_variable **out, const rl_tensor *condition, rl_variable *a, rl_variable *b,
                            rl_error *error) {
  static const rl_operation where = {.vjp = where_vjp};
  rl_tensor value;
  rl_variable *chosen;
  rl_status status = rl_tensor_where(&value, condition, &a->value, &b->value, error);
  if (status) return status;
  status = rl_variable_constant(&chosen, condition, error);
  if (status) {
    rl_tensor_release(&value);
    return status;
  }
  status = rl_variable_new(out, &where, value, 3, (rl_variable *[]){a, b, chosen}, error);
  rl_variable_release(chosen);
  return status;
}
