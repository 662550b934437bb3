/* Reductions and matrix products. A reduction sees its input as [outer, n, inner] and cuts it into pieces: COLUMNS
 * columns of `inner` at a time, and so many of the n rows that there are ROOM elements. Every result is made from
 * those of its pieces in one order that only depends on the shape. */
#include "tensor/reduction.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "tensor/gemm.h"
#include "tensor/tensor.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { COLUMNS = 512, ROOM = 1 << 16 };

typedef struct reduction {
  rl_reduction op;
  const float *x;
  int64_t outer, n, inner;
  int64_t blocks, rows, cuts; /* of columns; of a piece; of n */
  int64_t pieces, together;   /* of these so many to a thread at a time */
  double *result;             /* [cuts, outer, inner] */
  double *place;              /* the same, for arg* */
} reduction;

/* Looks for the place only in the part where the best is. */
static int32_t find_best(int64_t n, const float *x, bool least, float *best) {
  enum { PART = 4096 };
  const rl_reduction_kernels *kernels = RL_KERNELS(rl_reduction_table);
  int64_t from = 0;
  for (int64_t i = 0; i < n; i += PART) {
    float y = kernels->best(n - i < PART ? n - i : PART, x + i, least);
    if (i > 0 && !(least ? y < *best : y > *best) && !(isnan(y) && !isnan(*best))) continue;
    *best = y;
    from = i;
  }
  return (int32_t)(from + kernels->find(n - from, x + from, *best));
}

static void reduce_piece(const reduction *self, int64_t piece) {
  const rl_reduction_kernels *kernels = RL_KERNELS(rl_reduction_table);
  int64_t block = 0, cut = 0, o = piece;
  if (self->blocks * self->cuts > 1) { /* divisions take longer than a short row */
    block = piece % self->blocks;
    cut = piece / self->blocks % self->cuts;
    o = piece / self->blocks / self->cuts;
  }
  int64_t inner = self->inner, first = block * COLUMNS, row = cut * self->rows;
  int64_t width = inner - first < COLUMNS ? inner - first : COLUMNS;
  int64_t n = self->n - row < self->rows ? self->n - row : self->rows;
  const float *x = self->x + (o * self->n + row) * inner + first;
  double *result = self->result + (cut * self->outer + o) * inner + first;
  double *place = self->place ? self->place + (result - self->result) : NULL;
  bool least = self->op == RL_REDUCE_MIN || self->op == RL_REDUCE_ARGMIN;
  float best[COLUMNS];
  int32_t at[COLUMNS];
  if (self->op <= RL_REDUCE_MEAN) {
    memset(result, 0, (size_t)width * sizeof *result);
    if (inner == 1)
      *result = kernels->sum(n, x);
    else
      kernels->add(n, width, x, inner, result);
    return;
  }
  if (inner == 1 && place) {
    *at = find_best(n, x, least, best);
  } else if (inner == 1) {
    *best = kernels->best(n, x, least);
  } else {
    memcpy(best, x, (size_t)width * sizeof *best);
    if (place) memset(at, 0, (size_t)width * sizeof *at);
    if (place)
      kernels->better_at(n - 1, width, x + inner, inner, least, 1, best, at);
    else
      kernels->better(n - 1, width, x + inner, inner, least, best);
  }
  for (int64_t j = 0; j < width; j++) result[j] = (double)best[j];
  for (int64_t j = 0; place && j < width; j++) place[j] = (double)(row + at[j]);
}

static void reduce_pieces(void *context, int index, int worker) {
  (void)worker;
  const reduction *self = context;
  int64_t first = index * self->together, last = first + self->together;
  for (int64_t i = first; i < last && i < self->pieces; i++) reduce_piece(self, i);
}

/* Cut 0 becomes the result of all. */
static void join(const reduction *self) {
  int64_t count = self->outer * self->inner;
  bool least = self->op == RL_REDUCE_MIN || self->op == RL_REDUCE_ARGMIN;
  for (int64_t cut = 1; cut < self->cuts; cut++) {
    const double *next = self->result + cut * count;
    for (int64_t i = 0; i < count; i++) {
      double *all = &self->result[i];
      if (self->op <= RL_REDUCE_MEAN) {
        *all += next[i];
      } else if ((least ? next[i] < *all : next[i] > *all) || (isnan(next[i]) && !isnan(*all))) {
        *all = next[i];
        if (self->place) self->place[i] = self->place[cut * count + i];
      }
    }
  }
  for (int64_t i = 0; self->op == RL_REDUCE_MEAN && i < count; i++) self->result[i] /= (double)self->n;
}

/* Leaves the results, in double, in self->result or, for arg*, in self->place; memory of both is *memory. Reductions
 * that are small take none: they use `small`. */
enum { SMALL = 256 };

static rl_status reduce(reduction *self, double **memory, double small[SMALL], rl_error *error) {
  bool places = self->op == RL_REDUCE_ARGMAX || self->op == RL_REDUCE_ARGMIN;
  int64_t width = self->inner < COLUMNS ? self->inner : COLUMNS, count = self->outer * self->inner;
  *memory = NULL;
  self->result = self->place = small;
  if (count == 0) return RL_OK;
  self->blocks = (self->inner + COLUMNS - 1) / COLUMNS;
  self->rows = ROOM / width;
  self->cuts = self->n > self->rows ? (self->n + self->rows - 1) / self->rows : 1;
  self->pieces = self->blocks * self->cuts * self->outer;
  int64_t size = (self->n < self->rows ? self->n : self->rows) * width;
  self->together = size < ROOM ? ROOM / (size + 1) + 1 : 1;
  if (self->pieces / self->together >= INT_MAX) self->together = self->pieces / INT_MAX + 1;
  int64_t room = count * self->cuts * (places ? 2 : 1);
  if (room > SMALL) {
    *memory = rl_allocate_unset((size_t)room * sizeof **memory, 0);
    if (!*memory) return rl_fail(error, RL_NO_MEMORY, "out of memory for a reduction");
    self->result = *memory;
  }
  self->place = places ? self->result + count * self->cuts : NULL;
  int64_t loops = (self->pieces + self->together - 1) / self->together;
  if (loops == 1)
    reduce_pieces(self, 0, 0);
  else
    rl_parallel_for((int)loops, reduce_pieces, self);
  join(self);
  if (places) self->result = self->place;
  return RL_OK;
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
  double small[SMALL], *memory;
  reduction self = {.op = op, .x = flat.data, .outer = 1, .n = rl_tensor_count(x), .inner = 1};
  status = reduce(&self, &memory, small, error);
  if (!status) *out = *self.result;
  rl_release(memory);
  rl_tensor_release(&flat);
  return status;
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
  rl_tensor flat, result = {0};
  rl_status status = outer * inner > 0 ? check_reduction(op, n, error) : RL_OK;
  if (!status) status = rl_tensor_contiguous(&flat, x, error);
  if (status) return status;
  double small[SMALL], *memory = NULL;
  reduction self = {.op = op, .x = flat.data, .outer = outer, .n = n, .inner = inner};
  status = rl_tensor_unset(&result, x->ndim - 1, shape, error);
  if (!status) status = reduce(&self, &memory, small, error);
  for (int64_t i = 0; !status && i < outer * inner; i++) result.data[i] = (float)self.result[i];
  rl_release(memory);
  rl_tensor_release(&flat);
  if (status)
    rl_tensor_release(&result);
  else
    *out = result;
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
