/* Reductions and matrix products. A reduction sees its input as [outer, n, inner] and walks it in memory
 * order: BLOCK columns of `inner` at a time, all n of them before the next block. Every result is the sum of
 * its elements in one order that only depends on the shape. */
#include "tensor/tensor.h"

#include "tensor/gemm.h"

#include <limits.h>
#include <string.h>

enum { BLOCK = 64 };

static double sum_row(int64_t n, const float *x) {
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; i++) sum += (double)x[i];
  return sum;
}

static void sum_columns(int64_t n, int64_t inner, int64_t width, const float *x, double *result) {
  double sum[BLOCK] = {0};
  for (int64_t i = 0; i < n; i++, x += inner)
#pragma omp simd
    for (int64_t j = 0; j < width; j++) sum[j] += (double)x[j];
  memcpy(result, sum, (size_t)width * sizeof *sum);
}

/* A NaN wins over every number, and the first of equals. `sign` is -1 for the least. */
static void best_columns(int64_t n, int64_t inner, int64_t width, const float *x, float sign, bool position,
                         double *result) {
  float best[BLOCK];
  int64_t at[BLOCK] = {0};
  for (int64_t j = 0; j < width; j++) best[j] = sign * x[j];
  for (int64_t i = 1; i < n; i++) {
    x += inner;
    for (int64_t j = 0; j < width; j++) {
      float value = sign * x[j];
      if (value > best[j] || (value != value && best[j] == best[j])) {
        best[j] = value;
        at[j] = i;
      }
    }
  }
  for (int64_t j = 0; j < width; j++) result[j] = position ? (double)at[j] : (double)(sign * best[j]);
}

static void reduce_block(rl_reduction op, int64_t n, int64_t inner, int64_t width, const float *x,
                         double *result) {
  switch (op) {
  case RL_REDUCE_SUM:
  case RL_REDUCE_MEAN:
    if (inner == 1)
      result[0] = sum_row(n, x);
    else
      sum_columns(n, inner, width, x, result);
    for (int64_t j = 0; op == RL_REDUCE_MEAN && j < width; j++) result[j] /= (double)n;
    break;
  case RL_REDUCE_MAX: best_columns(n, inner, width, x, 1.0f, false, result); break;
  case RL_REDUCE_MIN: best_columns(n, inner, width, x, -1.0f, false, result); break;
  case RL_REDUCE_ARGMAX: best_columns(n, inner, width, x, 1.0f, true, result); break;
  case RL_REDUCE_ARGMIN: best_columns(n, inner, width, x, -1.0f, true, result); break;
  }
}

static rl_status check_reduction(rl_reduction op, int64_t n, rl_error *error) {
  static const char *const names[] = {"sum", "mean", "max", "min", "argmax", "argmin"};
  if (n > 0 || op == RL_REDUCE_SUM) return RL_OK;
  return rl_fail(error, RL_BAD_SHAPE, "%s of nothing", names[op]);
}

rl_status rl_tensor_reduce_all(double *out, rl_reduction op, const rl_tensor *x, rl_error *error) {
  rl_tensor flat;
  rl_status status = check_reduction(op, rl_tensor_count(x), error);
  if (!status) status = rl_tensor_contiguous(&flat, x, error);
  if (status) return status;
  reduce_block(op, rl_tensor_count(x), 1, 1, flat.data, out);
  rl_tensor_release(&flat);
  return RL_OK;
}

rl_status rl_tensor_reduce(rl_tensor *out, rl_reduction op, const rl_tensor *x, int dim, rl_error *error) {
  if (dim < 0 || dim >= x->ndim)
    return rl_fail(error, RL_BAD_ARGUMENT, "dimension %d of a tensor with %d", dim, x->ndim);
  int64_t shape[RL_MAX_DIMS], outer = 1, inner = 1, n = x->shape[dim];
  for (int i = 0, kept = 0; i < x->ndim; i++) {
    if (i == dim) continue;
    shape[kept++] = x->shape[i];
    *(i < dim ? &outer : &inner) *= x->shape[i];
  }
  rl_tensor flat, result;
  rl_status status = outer * inner > 0 ? check_reduction(op, n, error) : RL_OK;
  if (!status) status = rl_tensor_contiguous(&flat, x, error);
  if (status) return status;
  status = rl_tensor_zeros(&result, x->ndim - 1, shape, error);
  for (int64_t i = 0; !status && i < outer; i++) {
    for (int64_t j = 0; j < inner; j += BLOCK) {
      double block[BLOCK];
      int64_t width = inner - j < BLOCK ? inner - j : BLOCK;
      reduce_block(op, n, inner, width, flat.data + i * n * inner + j, block);
      for (int64_t k = 0; k < width; k++) result.data[i * inner + j + k] = (float)block[k];
    }
  }
  rl_tensor_release(&flat);
  if (!status) *out = result;
  return status;
}

/* A matrix as BLAS wants it: rows or columns must be contiguous. */
typedef struct operand {
  rl_tensor tensor;
  bool transposed;
  int leading;
} operand;

static rl_status make_operand(operand *out, const rl_tensor *matrix, rl_error *error) {
  int64_t rows = matrix->shape[0], columns = matrix->shape[1];
  int64_t by_row = rows > 1 ? matrix->stride[0] : columns, by_column = columns > 1 ? matrix->stride[1] : 1;
  bool straight = by_column == 1 && by_row >= columns && by_row <= INT_MAX;
  bool transposed = !straight && matrix->stride[0] == 1 && by_column >= rows && by_column <= INT_MAX;
  rl_status status = straight || transposed ? RL_OK : rl_tensor_clone(&out->tensor, matrix, error);
  if (status) return status;
  if (straight || transposed) out->tensor = rl_tensor_share(matrix);
  out->transposed = transposed;
  int64_t leading = transposed ? by_column : straight ? by_row : columns;
  out->leading = leading > 1 ? (int)leading : 1;
  return RL_OK;
}

/* a as [m, k] and b as [k, n]: a vector is a row on the left and a column on the right. Borrowed. */
static rl_tensor as_matrix(const rl_tensor *tensor, bool row) {
  if (tensor->ndim == 2) return *tensor;
  rl_tensor matrix = *tensor;
  matrix.ndim = 2;
  matrix.shape[row ? 1 : 0] = tensor->shape[0];
  matrix.stride[row ? 1 : 0] = tensor->stride[0];
  matrix.shape[row ? 0 : 1] = 1;
  matrix.stride[row ? 0 : 1] = 1;
  return matrix;
}

rl_status rl_tensor_matmul(rl_tensor *out, const rl_tensor *a, const rl_tensor *b, rl_error *error) {
  bool possible = a->ndim >= 1 && a->ndim <= 2 && b->ndim >= 1 && b->ndim <= 2;
  rl_tensor left = as_matrix(a, true), right = as_matrix(b, false);
  if (!possible || left.shape[1] != right.shape[0]) {
    char text_a[RL_SHAPE_TEXT], text_b[RL_SHAPE_TEXT];
    return rl_fail(error, RL_BAD_SHAPE, "shapes %s and %s do not multiply",
                   rl_shape_text(a->ndim, a->shape, text_a), rl_shape_text(b->ndim, b->shape, text_b));
  }
  int64_t m = left.shape[0], k = left.shape[1], n = right.shape[1];
  if (m > INT_MAX || k > INT_MAX || n > INT_MAX)
    return rl_fail(error, RL_BAD_SHAPE, "matrix product with a size above %d", INT_MAX);
  int64_t shape[2];
  int ndim = 0;
  if (a->ndim == 2) shape[ndim++] = m;
  if (b->ndim == 2) shape[ndim++] = n;
  operand x, y;
  rl_tensor product;
  rl_status status = make_operand(&x, &left, error);
  if (status) return status;
  status = make_operand(&y, &right, error);
  if (!status) {
    status = rl_tensor_unset(&product, ndim, shape, error);
    if (!status) {
      rl_gemm(x.transposed, y.transposed, (int)m, (int)n, (int)k, 1.0f, x.tensor.data, x.leading,
              y.tensor.data, y.leading, 0.0f, product.data, n > 1 ? (int)n : 1);
      *out = product;
    }
    rl_tensor_release(&y.tensor);
  }
  rl_tensor_release(&x.tensor);
  return status;
}
