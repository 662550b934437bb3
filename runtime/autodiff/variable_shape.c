/* Operations of variables that change the shape: reductions, matrix products, views, rows. */
#include "autodiff/variable_internal.h"

#include "base/memory.h"
#include "base/vector.h"
#include "tensor/reduction.h"

#include <assert.h>
#include <string.h>

/* Reductions. */

/* The input as [outer, n, inner] around the dimension that goes. */
typedef struct layout {
  int64_t outer, n, inner;
} layout;

static layout layout_of(const rl_tensor *x, int dim) {
  layout at = {1, 1, 1};
  if (dim == RL_ALL) return (layout){1, rl_tensor_count(x), 1};
  for (int i = 0; i < x->ndim; i++) *(i < dim ? &at.outer : i > dim ? &at.inner : &at.n) *= x->shape[i];
  return at;
}

/* d = g stretched along the dimension that went. */
static rl_status stretch(rl_tensor *d, const rl_tensor *g, const rl_tensor *x, int dim, rl_error *error) {
  rl_tensor kept = *g, wide; /* borrowed */
  kept.storage = NULL;
  for (int i = x->ndim - 1; dim != RL_ALL && i >= dim; i--) {
    kept.shape[i] = i > dim ? g->shape[i - 1] : 1;
    kept.stride[i] = i > dim ? g->stride[i - 1] : 0;
  }
  if (dim != RL_ALL) kept.ndim = x->ndim;
  rl_status status = rl_tensor_expand(&wide, &kept, x->ndim, x->shape, error);
  return status ? status : rl_tensor_clone(d, &wide, error);
}

/* Along each line the first element that has its value takes the gradient. */
static rl_status choose(rl_tensor *d, const rl_tensor *g, const rl_variable *self, rl_error *error) {
  const rl_tensor *x = &self->input[0]->value;
  const float *y = self->value.data, *slope = g->data;
  layout at = layout_of(x, self->dim);
  int32_t *taken = at.inner > 1 ? rl_allocate_unset((size_t)at.inner * sizeof *taken, 0) : NULL;
  if (at.inner > 1 && !taken) return rl_fail(error, RL_NO_MEMORY, "out of memory for a gradient");
  rl_status status = rl_tensor_zeros(d, x->ndim, x->shape, error);
  int64_t outer = status || at.inner == 0 ? 0 : at.outer;
  const float *from = x->data;
  float *to = d->data;
  for (int64_t o = 0; o < outer; o++, y += at.inner, slope += at.inner) {
    if (at.inner == 1) {
      int64_t k = RL_KERNELS(rl_reduction_table)->find(at.n, from, *y);
      if (k < at.n && *y == *y) to[k] = *slope; /* none is NaN */
      from += at.n, to += at.n;
      continue;
    }
    memset(taken, 0, (size_t)at.inner * sizeof *taken);
    for (int64_t k = 0; k < at.n; k++, from += at.inner, to += at.inner) {
#pragma omp simd
      for (int64_t i = 0; i < at.inner; i++) {
        bool takes = (from[i] == y[i]) & !taken[i];
        to[i] = takes ? slope[i] : 0.0f;
        taken[i] |= takes;
      }
    }
  }
  rl_release(taken);
  return status;
}

/* A max or min hands its gradient to one element, a sum to all, a mean to each its part. */
static rl_status reduce_vjp(const rl_variable *self, const rl_tensor *g, rl_tensor *const *d,
                            rl_error *error) {
  const rl_tensor *x = &self->input[0]->value;
  if (self->op == RL_REDUCE_MAX || self->op == RL_REDUCE_MIN) return choose(d[0], g, self, error);
  if (self->op == RL_REDUCE_SUM) return stretch(d[0], g, x, self->dim, error);
  rl_tensor part;
  rl_status status = rl_tensor_clone(&part, g, error);
  if (status) return status;
  double n = (double)layout_of(x, self->dim).n;
  for (int64_t i = 0, count = rl_tensor_count(g); i < count; i++)
    part.data[i] = (float)((double)g->data[i] / n);
  status = stretch(d[0], &part, x, self->dim, error);
  rl_tensor_release(&part);
  return status;
}

rl_status rl_variable_reduce(rl_variable **out, rl_reduction op, rl_variable *x, int dim, rl_error *error) {
  static const rl_operation reduce = {.vjp = reduce_vjp};
  assert(op != RL_REDUCE_ARGMAX && op != RL_REDUCE_ARGMIN);
  rl_tensor flat, value;
  rl_status status =
      dim == RL_ALL ? rl_tensor_reshape(&flat, &x->value, 1, (int64_t[]){rl_tensor_count(&x->value)}, error)
                    : RL_OK;
  if (status) return status;
  if (dim != RL_ALL) flat = rl_tensor_share(&x->value);
  status = rl_tensor_reduce(&value, op, &flat, dim == RL_ALL ? 0 : dim, error);
  rl_tensor_release(&flat);
  if (!status) status = rl_variable_new(out, &reduce, value, 1, &x, error);
  if (status) return status;
  (*out)->op = (int)op;
  (*out)->dim = dim;
  return RL_OK;
}

/* Matrix products: da = g b^T, db = a^T g, where a vector is a row on the left and a column on the right. */

static rl_status as_matrix(rl_tensor *out, const rl_tensor *x, int64_t rows, int64_t columns,
                           rl_error *error) {
  return rl_tensor_reshape(out, x, 2, (int64_t[]){rows, columns}, error);
}

/* d = left right, one of which is transposed, in the shape of `like`. */
static rl_status turned_product(rl_tensor *d, const rl_tensor *left, bool turn_left, const rl_tensor *right,
                                const rl_tensor *like, rl_error *error) {
  rl_tensor turned, product;
  rl_status status = rl_tensor_transpose(&turned, turn_left ? left : right, 0, 1, error);
  if (status) return status;
  status = rl_tensor_matmul(&product, turn_left ? &turned : left, turn_left ? right : &turned, error);
  rl_tensor_release(&turned);
  if (status) return status;
  status = rl_tensor_reshape(d, &product, like->ndim, like->shape, error);
  rl_tensor_release(&product);
  return status;
}

static rl_status matmul_vjp(const rl_variable *self, const rl_tensor *g, rl_tensor *const *d,
                            rl_error *error) {
  const rl_tensor *a = &self->input[0]->value, *b = &self->input[1]->value;
  int64_t m = a->ndim == 2 ? a->shape[0] : 1, k = a->shape[a->ndim - 1], n = b->ndim == 2 ? b->shape[1] : 1;
  rl_tensor left = {0}, right = {0}, slope = {0};
  rl_status status = as_matrix(&left, a, m, k, error);
  if (!status) status = as_matrix(&right, b, k, n, error);
  if (!status) status = as_matrix(&slope, g, m, n, error);
  if (!status && d[0]) status = turned_product(d[0], &slope, false, &right, a, error);
  if (!status && d[1]) status = turned_product(d[1], &left, true, &slope, b, error);
  rl_tensor_release(&left);
  rl_tensor_release(&right);
  rl_tensor_release(&slope);
  return status;
}

rl_status rl_variable_matmul(rl_variable **out, rl_variable *a, rl_variable *b, rl_error *error) {
  static const rl_operation matmul = {.vjp = matmul_vjp};
  rl_tensor value;
  rl_status status = rl_tensor_matmul(&value, &a->value, &b->value, error);
  return status ? status : rl_variable_new(out, &matmul, value, 2, (rl_variable *[]){a, b}, error);
}

/* Views. The gradient goes through the inverse of the view. */

static rl_status transpose_vjp(const rl_variable *self, const rl_tensor *g, rl_tensor *const *d,
                               rl_error *error) {
  return rl_tensor_transpose(d[0], g, self->op, self->dim, error);
}

rl_status rl_variable_transpose(rl_variable **out, rl_variable *x, int dim_a, int dim_b, rl_error *error) {
  static const rl_operation transpose = {.vjp = transpose_vjp};
  rl_tensor value;
  rl_status status = rl_tensor_transpose(&value, &x->value, dim_a, dim_b, error);
  if (!status) status = rl_variable_new(out, &transpose, value, 1, &x, error);
  if (status) return status;
  (*out)->op = dim_a;
  (*out)->dim = dim_b;
  return RL_OK;
}

static rl_status reshape_vjp(const rl_variable *self, const rl_tensor *g, rl_tensor *const *d,
                             rl_error *error) {
  const rl_tensor *x = &self->input[0]->value;
  return rl_tensor_reshape(d[0], g, x->ndim, x->shape, error);
}

rl_status rl_variable_reshape(rl_variable **out, rl_variable *x, int ndim, const int64_t *shape,
                              rl_error *error) {
  static const rl_operation reshape = {.vjp = reshape_vjp};
  rl_tensor value;
  rl_status status = rl_tensor_reshape(&value, &x->value, ndim, shape, error);
  return status ? status : rl_variable_new(out, &reshape, value, 1, &x, error);
}

static rl_status narrow_vjp(const rl_variable *self, const rl_tensor *g, rl_tensor *const *d,
                            rl_error *error) {
  const rl_tensor *x = &self->input[0]->value;
  rl_tensor part;
  rl_status status = rl_tensor_zeros(d[0], x->ndim, x->shape, error);
  if (!status) status = rl_tensor_narrow(&part, d[0], self->dim, self->first, g->shape[self->dim], error);
  if (status) return status;
  status = rl_tensor_copy(&part, g, error);
  rl_tensor_release(&part);
  return status;
}

rl_status rl_variable_narrow(rl_variable **out, rl_variable *x, int dim, int64_t first, int64_t count,
                             rl_error *error) {
  static const rl_operation narrow = {.vjp = narrow_vjp};
  rl_tensor value;
  rl_status status = rl_tensor_narrow(&value, &x->value, dim, first, count, error);
  if (!status) status = rl_variable_new(out, &narrow, value, 1, &x, error);
  if (status) return status;
  (*out)->dim = dim;
  (*out)->first = first;
  return RL_OK;
}

rl_status rl_variable_select(rl_variable **out, rl_variable *x, int dim, int64_t index, rl_error *error) {
  rl_variable *slice;
  rl_status status = rl_variable_narrow(&slice, x, dim, index, 1, error);
  if (status) return status;
  const rl_tensor *value = rl_variable_tensor(slice);
  int64_t shape[RL_MAX_DIMS];
  int ndim = 0;
  for (int i = 0; i < value->ndim; i++)
    if (i != dim) shape[ndim++] = value->shape[i];
  status = rl_variable_reshape(out, slice, ndim, shape, error);
  rl_variable_release(slice);
  return status;
}

/* Rows: saved is the index. A row taken twice gets both gradients. */

static rl_status rows_vjp(const rl_variable *self, const rl_tensor *g, rl_tensor *const *d, rl_error *error) {
  const rl_tensor *x = &self->input[0]->value;
  const int64_t *index = self->saved;
  rl_status status = rl_tensor_zeros(d[0], x->ndim, x->shape, error);
  if (status || rl_tensor_count(g) == 0) return status;
  size_t width = (size_t)(rl_tensor_count(g) / g->shape[0]);
  for (int64_t i = 0; i < g->shape[0]; i++)
    rl_add(d[0]->data + (size_t)index[i] * width, g->data + (size_t)i * width, width);
  return RL_OK;
}

rl_status rl_variable_rows(rl_variable **out, rl_variable *x, int64_t n, const int64_t *index,
                           rl_error *error) {
  static const rl_operation rows = {.vjp = rows_vjp, .release = rl_release};
  rl_tensor value;
  rl_variable *self;
  rl_status status = rl_tensor_rows(&value, &x->value, n, index, error);
  if (!status) status = rl_variable_new(&self, &rows, value, 1, &x, error);
  if (status) return status;
  if (self->operation) {
    self->saved = rl_allocate((size_t)n, sizeof *index);
    if (!self->saved) {
      rl_variable_release(self);
      return rl_fail(error, RL_NO_MEMORY, "out of memory for %lld rows", (long long)n);
    }
    if (n > 0) memcpy(self->saved, index, (size_t)n * sizeof *index);
  }
  *out = self;
  return RL_OK;
}
