/* Elementwise operations of variables. The forward pass is tensor.h's; a derivative is the gradient times a
 * slope, element by element, summed over the dimensions that an input was stretched along. */
#include "autodiff/slope.h"
#include "autodiff/variable_internal.h"

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

/* One input. */

static rl_status unary_vjp(const rl_variable *self, const rl_tensor *g, rl_tensor *const *d,
                           rl_error *error) {
  const rl_tensor *x = &self->input[0]->value, *y = &self->value;
  rl_status status;
  switch ((rl_unary)self->op) {
  case RL_OP_COPY: *d[0] = rl_tensor_share(g); return RL_OK;
  case RL_OP_EXP: return rl_tensor_binary(d[0], RL_OP_MUL, g, y, error);
  case RL_OP_NEG: return rl_tensor_unary(d[0], RL_OP_NEG, g, error);
  case RL_OP_SIN:
    status = rl_tensor_unary(d[0], RL_OP_COS, x, error);
    return status ? status : rl_tensor_binary_into(d[0], RL_OP_MUL, g, d[0], error);
  case RL_OP_COS:
    status = rl_tensor_unary(d[0], RL_OP_SIN, x, error);
    if (!status) status = rl_tensor_unary_into(d[0], RL_OP_NEG, d[0], error);
    return status ? status : rl_tensor_binary_into(d[0], RL_OP_MUL, g, d[0], error);
  default:
    return rl_tensor_elementwise(d[0], RL_KERNELS(rl_slope_table)->unary[self->op], 3,
                                 (const rl_tensor *[]){g, x, y}, error);
  }
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
  return rl_tensor_elementwise(d[0], RL_KERNELS(rl_slope_table)->clamp, 3,
                               (const rl_tensor *[]){g, &self->input[0]->value, &self->value}, error);
}

rl_status rl_variable_clamp(rl_variable **out, rl_variable *x, float low, float high, rl_error *error) {
  static const rl_operation clamp = {.vjp = clamp_vjp};
  if (!(low <= high))
    return rl_fail(error, RL_BAD_ARGUMENT, "clamp: no number is between %g and %g", (double)low,
                   (double)high);
  rl_tensor value;
  rl_status status = rl_tensor_clamp(&value, &x->value, low, high, error);
  if (status) return status;
  return rl_variable_new(out, &clamp, value, 1, &x, error);
}

/* Two inputs. */

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
  const rl_slope_kernels *kernels = RL_KERNELS(rl_slope_table);
  if (side && self->op == RL_OP_DIV)
    return rl_tensor_elementwise(full, kernels->quotient, 3, (const rl_tensor *[]){g, y, &self->value},
                                 error);
  if (side && self->op == RL_OP_POW)
    return rl_tensor_elementwise(full, kernels->power, 3, (const rl_tensor *[]){g, x, &self->value}, error);
  return rl_tensor_elementwise(full, kernels->binary[side][self->op], 3, (const rl_tensor *[]){g, x, y},
                               error);
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
