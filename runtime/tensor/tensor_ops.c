/* Elementwise operations: one loop over any number of dimensions that hands rows to a kernel, whose operands lie
 * one element after the other. Dimensions that do so in every operand are merged first, so contiguous tensors
 * are a single row; what lies otherwise is gathered block by block. */
#include "tensor/elementwise.h"

#include "base/parallel.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { MAX_OPERANDS = 4, MAX_INPUTS = MAX_OPERANDS - 1 }; /* the result first */

typedef struct loop {
  int operands, ndim;
  int64_t shape[RL_MAX_DIMS];
  int64_t stride[RL_MAX_DIMS][MAX_OPERANDS];
  float *data[MAX_OPERANDS];
  rl_element_loop *row;
} loop;

/* Whether index `outer` advances by exactly `inner_size` steps of the next dimension, in every operand. */
static bool follows(const loop *self, int outer, const int64_t *inner_stride, int64_t inner_size) {
  for (int k = 0; k < self->operands; k++)
    if (self->stride[outer][k] != inner_stride[k] * inner_size) return false;
  return true;
}

/* All operands have the shape of the first. */
static loop make_loop(int operands, const rl_tensor *const *operand) {
  loop self = {.operands = operands};
  int ndim = operand[0]->ndim, order[RL_MAX_DIMS]; /* elements are written in the order of memory */
  for (int k = 0; k < operands; k++) self.data[k] = operand[k]->data;
  for (int i = 0; i < ndim; i++) {
    int at = i;
    for (; at > 0 && operand[0]->stride[order[at - 1]] < operand[0]->stride[i]; at--)
      order[at] = order[at - 1];
    order[at] = i;
  }
  for (int i = 0; i < ndim; i++) {
    int64_t size = operand[0]->shape[order[i]], stride[MAX_OPERANDS] = {0};
    if (size == 1) continue;
    for (int k = 0; k < operands; k++) stride[k] = operand[k]->stride[order[i]];
    bool merge = self.ndim > 0 && follows(&self, self.ndim - 1, stride, size);
    if (!merge) self.shape[self.ndim++] = 1;
    self.shape[self.ndim - 1] *= size;
    memcpy(self.stride[self.ndim - 1], stride, sizeof stride);
  }
  if (self.ndim == 0) {
    self.shape[self.ndim++] = 1;
    for (int k = 0; k < operands; k++) self.stride[0][k] = 1;
  }
  return self;
}

/* Operands whose elements do not lie one after the other go through blocks of this size. */
enum {
  BLOCK = 512,
  TILE = 16,
  WIDE = BLOCK + TILE
}; /* rows of WIDE do not all fall into the same lines of the cache */

static void gather(int64_t n, float *to, const float *from, int64_t stride) {
  if (stride == 0)
    for (int64_t i = 0; i < n; i++) to[i] = *from;
  else
    for (int64_t i = 0; i < n; i++) to[i] = from[i * stride];
}

static void run_row(const loop *self, int64_t n, float *const *start, const int64_t *stride) {
  float *data[MAX_OPERANDS] = {NULL}, block[MAX_OPERANDS][BLOCK];
  bool plain = stride[0] == 1;
  memcpy(data, start, (size_t)self->operands * sizeof *data);
  for (int k = 1; k < self->operands; k++) {
    plain = plain && stride[k] == 1;
    if (stride[k] == 0) gather(n < BLOCK ? n : BLOCK, block[k], data[k], 0);
  }
  if (plain) {
    self->row(n, data[0], data[1], data[2], data[3]);
    return;
  }
  for (int64_t i = 0; i < n; i += BLOCK) {
    int64_t width = n - i < BLOCK ? n - i : BLOCK;
    const float *input[MAX_INPUTS] = {NULL};
    for (int k = 1; k < self->operands; k++) {
      if (stride[k] != 0 && stride[k] != 1) gather(width, block[k], data[k] + i * stride[k], stride[k]);
      input[k - 1] = stride[k] == 1 ? data[k] + i : block[k];
    }
    float *result = stride[0] == 1 ? data[0] + i : block[0];
    self->row(width, result, input[0], input[1], input[2]);
    if (stride[0] != 1)
      for (int64_t j = 0; j < width; j++) data[0][(i + j) * stride[0]] = result[j];
  }
}

/* An input that lies along `outer` while the result lies along `inner`. */
static bool is_turned(const loop *self, int outer, int inner, int k) {
  return self->stride[inner][0] == 1 && self->stride[outer][k] == 1 && self->stride[inner][k] > 1;
}

/* The last two dimensions in tiles, which stay in the cache while inputs that lie across are turned. */
static void run_tiles(const loop *self, float *const *start) {
  int outer = self->ndim - 2, inner = self->ndim - 1;
  const int64_t *down = self->stride[outer], *along = self->stride[inner];
  float turned[MAX_INPUTS][TILE * WIDE];
  const rl_elementwise_kernels *kernels = RL_KERNELS(rl_elementwise_table);
  bool copies = self->row == kernels->unary[RL_OP_COPY];
  for (int64_t j = 0; j < self->shape[inner]; j += BLOCK) {
    int64_t columns = self->shape[inner] - j < BLOCK ? self->shape[inner] - j : BLOCK;
    for (int64_t i = 0; i < self->shape[outer]; i += TILE) {
      int64_t rows = self->shape[outer] - i < TILE ? self->shape[outer] - i : TILE;
      float *data[MAX_OPERANDS];
      int64_t row[MAX_OPERANDS], stride[MAX_OPERANDS];
      for (int k = 0; k < self->operands; k++) {
        data[k] = start[k] + i * down[k] + j * along[k];
        row[k] = down[k];
        stride[k] = along[k];
        if (k == 0 || !is_turned(self, outer, inner, k)) continue;
        float *to = copies ? data[0] : turned[k - 1];
        int64_t width = copies ? down[0] : WIDE;
        kernels->transpose(rows, columns, data[k], along[k], to, width);
        data[k] = to;
        row[k] = width;
        stride[k] = 1;
      }
      for (int64_t r = 0; r < rows && !copies; r++) {
        run_row(self, columns, data, stride);
        for (int k = 0; k < self->operands; k++) data[k] += row[k];
      }
    }
  }
}

static void run_dimension(const loop *self, int dim, float *const *start) {
  if (dim == self->ndim - 1) {
    run_row(self, self->shape[dim], start, self->stride[dim]);
    return;
  }
  if (dim == self->ndim - 2 && self->shape[dim] > 1)
    for (int k = 1; k < self->operands; k++)
      if (is_turned(self, dim, dim + 1, k)) {
        run_tiles(self, start);
        return;
      }
  float *data[MAX_OPERANDS];
  memcpy(data, start, (size_t)self->operands * sizeof *data);
  for (int64_t i = 0; i < self->shape[dim]; i++) {
    run_dimension(self, dim + 1, data);
    for (int k = 0; k < self->operands; k++) data[k] += self->stride[dim][k];
  }
}

/* Large loops are cut along their first dimension, and run on all threads. */
enum { PIECE = 32768, FEWEST_PIECES = 4 };

typedef struct pieces {
  const loop *whole;
  int64_t size;
} pieces;

static void run_piece(void *context, int index, int worker) {
  (void)worker;
  const pieces *self = context;
  loop part = *self->whole;
  int64_t first = index * self->size, left = part.shape[0] - first;
  part.shape[0] = left < self->size ? left : self->size;
  for (int k = 0; k < part.operands; k++) part.data[k] += first * part.stride[0][k];
  run_dimension(&part, 0, part.data);
}

static void run(int operands, const rl_tensor *const *operand, rl_element_loop *row) {
  int64_t count = rl_tensor_count(operand[0]);
  if (count == 0) return;
  loop self = make_loop(operands, operand);
  self.row = row;
  int64_t beside = count / self.shape[0], size = PIECE / beside / TILE * TILE;
  if (size < TILE) size = PIECE / beside ? PIECE / beside : 1;
  int64_t n = (self.shape[0] + size - 1) / size;
  if (count < PIECE * FEWEST_PIECES || n < 2 || n > INT_MAX)
    run_dimension(&self, 0, self.data);
  else
    rl_parallel_for((int)n, run_piece, &(pieces){&self, size});
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
  if (rl_tensor_same_shape(x, dest) && !is_disturbed(dest, x)) {
    *out = borrowed;
    return RL_OK;
  }
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

static rl_element_loop *unary_loop(rl_unary op) { return RL_KERNELS(rl_elementwise_table)->unary[op]; }

static rl_element_loop *binary_loop(rl_binary op, const rl_tensor *b) {
  bool is_square =
      op == RL_OP_POW && rl_tensor_count(b) == 1 && *b->data == 2.0f; /* by far the most frequent */
  return is_square ? unary_loop(RL_OP_SQUARE) : RL_KERNELS(rl_elementwise_table)->binary[op];
}

static rl_status run_into(rl_tensor *dest, int inputs, const rl_tensor *const *input, rl_element_loop *row,
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

/* Whether elements of all inputs lie as those of a new tensor of their shape, few enough for one thread: the commonest
 * case, and for small tensors what is left out here is most of the time. */
static bool is_one_row(int inputs, const rl_tensor *const *input) {
  for (int k = 0; k < inputs; k++)
    if (!rl_tensor_is_contiguous(input[k]) || (k > 0 && !rl_tensor_same_shape(input[0], input[k])))
      return false;
  return rl_tensor_count(input[0]) < PIECE * FEWEST_PIECES;
}

rl_status rl_tensor_elementwise(rl_tensor *out, rl_element_loop *row, int inputs,
                                const rl_tensor *const *input, rl_error *error) {
  rl_status status = RL_OK;
  if (is_one_row(inputs, input)) {
    status = rl_tensor_unset(out, input[0]->ndim, input[0]->shape, error);
    if (!status)
      row(rl_tensor_count(out), out->data, input[0]->data, inputs > 1 ? input[1]->data : NULL,
          inputs > 2 ? input[2]->data : NULL);
    return status;
  }
  rl_tensor shape = *input[0], result;
  for (int k = 1; !status && k < inputs; k++) status = broadcast(&shape, input[k], error);
  if (!status) status = rl_tensor_unset(&result, shape.ndim, shape.shape, error);
  if (status) return status;
  status = run_into(&result, inputs, input, row, error);
  if (status)
    rl_tensor_release(&result);
  else
    *out = result;
  return status;
}

rl_status rl_tensor_unary(rl_tensor *out, rl_unary op, const rl_tensor *x, rl_error *error) {
  return rl_tensor_elementwise(out, unary_loop(op), 1, (const rl_tensor *[]){x}, error);
}

rl_status rl_tensor_unary_into(rl_tensor *dest, rl_unary op, const rl_tensor *x, rl_error *error) {
  return run_into(dest, 1, (const rl_tensor *[]){x}, unary_loop(op), error);
}

rl_status rl_tensor_binary(rl_tensor *out, rl_binary op, const rl_tensor *a, const rl_tensor *b,
                           rl_error *error) {
  return rl_tensor_elementwise(out, binary_loop(op, b), 2, (const rl_tensor *[]){a, b}, error);
}

rl_status rl_tensor_binary_into(rl_tensor *dest, rl_binary op, const rl_tensor *a, const rl_tensor *b,
                                rl_error *error) {
  return run_into(dest, 2, (const rl_tensor *[]){a, b}, binary_loop(op, b), error);
}

rl_status rl_tensor_where(rl_tensor *out, const rl_tensor *condition, const rl_tensor *a, const rl_tensor *b,
                          rl_error *error) {
  return rl_tensor_elementwise(out, RL_KERNELS(rl_elementwise_table)->where, 3,
                               (const rl_tensor *[]){condition, a, b}, error);
}

static rl_element_loop *clamp_loop(void) { return RL_KERNELS(rl_elementwise_table)->clamp; }

rl_status rl_tensor_clamp(rl_tensor *out, const rl_tensor *x, float low, float high, rl_error *error) {
  rl_tensor least = rl_tensor_wrap(&low, 0, NULL), most = rl_tensor_wrap(&high, 0, NULL);
  return rl_tensor_elementwise(out, clamp_loop(), 3, (const rl_tensor *[]){x, &least, &most}, error);
}

rl_status rl_tensor_clamp_into(rl_tensor *dest, const rl_tensor *x, float low, float high, rl_error *error) {
  rl_tensor least = rl_tensor_wrap(&low, 0, NULL), most = rl_tensor_wrap(&high, 0, NULL);
  return run_into(dest, 3, (const rl_tensor *[]){x, &least, &most}, clamp_loop(), error);
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
