/* float32 tensors, row-major, with views that share memory.
 *
 * A tensor is plain data: a pointer, a shape, strides in elements, and a counted reference to its storage.
 * Functions that make a tensor return it through `out`; the caller releases it. `out` is overwritten, not
 * released, and is never one of the inputs; functions that write into a tensor the caller has call it `dest`,
 * and `dest` may be or overlap an input. Operators broadcast as NumPy does: shapes are aligned at the last
 * dimension, and a dimension of size 1 stretches. `dim` arguments and indices count from 0 here (from 1 in
 * Lua). A tensor of ndim 0 holds one number.
 *
 *   rl_tensor x, y;
 *   rl_tensor_zeros(&x, 2, (int64_t[]){3, 4}, &error);
 *   rl_tensor_unary(&y, RL_OP_EXP, &x, &error);     y = exp(x)
 *   rl_tensor_release(&y);
 *   rl_tensor_release(&x);
 *
 * Every function that returns a status can return RL_NO_MEMORY, and RL_BAD_SHAPE with a message that prints
 * the shapes when they do not fit; on failure `out` is not touched and `dest` is unchanged. */
#ifndef RL_TENSOR_H
#define RL_TENSOR_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

RL_C_BEGIN

enum { RL_MAX_DIMS = 8, RL_SHAPE_TEXT = 192 };

typedef struct rl_storage rl_storage; /* reference counted (atomically) */

typedef struct rl_tensor {
  float *data;
  int ndim;
  int64_t shape[RL_MAX_DIMS];
  int64_t stride[RL_MAX_DIMS]; /* in elements */
  rl_storage *storage;         /* NULL: memory that somebody else owns */
} rl_tensor;

/* Making and sharing. */

/* A new tensor of zeros. RL_BAD_SHAPE for a negative size, too many dimensions, or more than
 * 2^40 elements. */
rl_status rl_tensor_zeros(rl_tensor *out, int ndim, const int64_t *shape, rl_error *error);
/* The same with any numbers in it, for whoever writes all of them. */
rl_status rl_tensor_unset(rl_tensor *out, int ndim, const int64_t *shape, rl_error *error);
/* A new tensor with a copy of `data`, row-major. */
rl_status rl_tensor_from(rl_tensor *out, const float *data, int ndim, const int64_t *shape, rl_error *error);
/* RL_BAD_SHAPE for what no tensor can be: more than RL_MAX_DIMS dimensions, a size below 0, or sizes whose product, apart
 * from those that are 0, is above 2^40. */
rl_status rl_tensor_check_shape(int ndim, const int64_t *shape, rl_error *error);
/* A tensor over memory that the caller owns and that outlives every view of it. */
rl_tensor rl_tensor_wrap(float *data, int ndim, const int64_t *shape);
rl_tensor rl_tensor_share(const rl_tensor *tensor); /* another reference to the same memory */
void rl_tensor_release(rl_tensor *tensor);          /* leaves an empty tensor */

int64_t rl_tensor_count(const rl_tensor *tensor); /* number of elements */
bool rl_tensor_is_contiguous(const rl_tensor *tensor);
bool rl_tensor_same_shape(const rl_tensor *a, const rl_tensor *b);
/* Bytes that the process gets back if this reference is released: 0 while others hold the memory. */
size_t rl_tensor_owned_bytes(const rl_tensor *tensor);
/* Writes "[2, 3]", with `n` for a size of -1, and returns `text`. */
const char *rl_shape_text(int ndim, const int64_t *shape, char text[RL_SHAPE_TEXT]);

/* Views: they share the memory of `tensor`. RL_BAD_ARGUMENT when dim or index is out of range. */

rl_status rl_tensor_select(rl_tensor *out, const rl_tensor *tensor, int dim, int64_t index, rl_error *error);
rl_status rl_tensor_narrow(rl_tensor *out, const rl_tensor *tensor, int dim, int64_t first, int64_t count,
                           rl_error *error);
rl_status rl_tensor_transpose(rl_tensor *out, const rl_tensor *tensor, int dim_a, int dim_b, rl_error *error);
/* Stretches to `shape` with strides of 0: to be read, not written. */
rl_status rl_tensor_expand(rl_tensor *out, const rl_tensor *tensor, int ndim, const int64_t *shape,
                           rl_error *error);
/* One size may be -1: what is left. A view when the tensor is contiguous, else a copy. */
rl_status rl_tensor_reshape(rl_tensor *out, const rl_tensor *tensor, int ndim, const int64_t *shape,
                            rl_error *error);

/* Copies. */

/* Contiguous, in memory of its own. */
rl_status rl_tensor_clone(rl_tensor *out, const rl_tensor *tensor, rl_error *error);
/* The tensor itself when contiguous, else a contiguous copy. */
rl_status rl_tensor_contiguous(rl_tensor *out, const rl_tensor *tensor, rl_error *error);
/* Rows of the first dimension, in the order of `index` (n entries, each checked). */
rl_status rl_tensor_rows(rl_tensor *out, const rl_tensor *tensor, int64_t n, const int64_t *index,
                         rl_error *error);
void rl_tensor_fill(rl_tensor *dest, float value);
rl_status rl_tensor_copy(rl_tensor *dest, const rl_tensor *source, rl_error *error); /* source broadcasts */

/* Elementwise. Large tensors use all threads. The same bytes for any number of threads and with AVX2 and AVX-512; plain
 * C without a fused multiply-add rounds exp, log, sigmoid, tanh, sin and cos differently. In units of the last place exp and log
 * are within 1.2, sigmoid within 2.6 (above -87; it is 0 from -88.8 on), sin and cos within 0.6. */

typedef enum rl_unary {
  RL_OP_COPY,
  RL_OP_NEG,
  RL_OP_ABS,
  RL_OP_SIGN, /* -1, 0 or 1 */
  RL_OP_SQUARE,
  RL_OP_SQRT,
  RL_OP_EXP,
  RL_OP_LOG,
  RL_OP_TANH,
  RL_OP_SIGMOID, /* 1 / (1 + exp(-x)) */
  RL_OP_RELU,
  RL_OP_SIN,
  RL_OP_COS,
  RL_OP_FLOOR,
  RL_UNARY_COUNT
} rl_unary;

typedef enum rl_binary {
  RL_OP_ADD,
  RL_OP_SUB,
  RL_OP_MUL,
  RL_OP_DIV,
  RL_OP_POW,
  RL_OP_MINIMUM, /* NaN if either is */
  RL_OP_MAXIMUM,
  RL_OP_LT, /* comparisons give 1 or 0 */
  RL_OP_LE,
  RL_OP_EQ,
  RL_BINARY_COUNT
} rl_binary;

rl_status rl_tensor_unary(rl_tensor *out, rl_unary op, const rl_tensor *x, rl_error *error);
rl_status rl_tensor_binary(rl_tensor *out, rl_binary op, const rl_tensor *a, const rl_tensor *b,
                           rl_error *error);
/* a where the condition is not 0, b elsewhere. */
rl_status rl_tensor_where(rl_tensor *out, const rl_tensor *condition, const rl_tensor *a, const rl_tensor *b,
                          rl_error *error);
/* The nearest number between low and high; NaN stays. */
rl_status rl_tensor_clamp(rl_tensor *out, const rl_tensor *x, float low, float high, rl_error *error);
rl_status rl_tensor_clamp_into(rl_tensor *dest, const rl_tensor *x, float low, float high, rl_error *error);
/* dest = op(x), dest = op(a, b): the inputs broadcast to the shape of dest. */
rl_status rl_tensor_unary_into(rl_tensor *dest, rl_unary op, const rl_tensor *x, rl_error *error);
rl_status rl_tensor_binary_into(rl_tensor *dest, rl_binary op, const rl_tensor *a, const rl_tensor *b,
                                rl_error *error);
/* Same shape, same numbers; NaN equals nothing. */
bool rl_tensor_equal(const rl_tensor *a, const rl_tensor *b);
/* Same shape and |a - b| <= tolerance * max(1, |b|) everywhere; equal infinities are close. */
bool rl_tensor_allclose(const rl_tensor *a, const rl_tensor *b, double tolerance);

/* Reductions, in double and in a fixed order. */

typedef enum rl_reduction {
  RL_REDUCE_SUM,
  RL_REDUCE_MEAN,
  RL_REDUCE_MAX,
  RL_REDUCE_MIN,
  RL_REDUCE_ARGMAX,
  RL_REDUCE_ARGMIN
} rl_reduction;

/* Over one dimension, which goes; arg* give the first index, from 0. Only the sum of nothing is defined. */
rl_status rl_tensor_reduce(rl_tensor *out, rl_reduction op, const rl_tensor *x, int dim, rl_error *error);
/* Over all elements; arg* give the row-major position. */
rl_status rl_tensor_reduce_all(double *out, rl_reduction op, const rl_tensor *x, rl_error *error);

/* [m, k] x [k, n] -> [m, n];  [m, k] x [k] -> [m];  [k] x [k, n] -> [n];  [k] x [k] -> [] (gemm.h) */
rl_status rl_tensor_matmul(rl_tensor *out, const rl_tensor *a, const rl_tensor *b, rl_error *error);

RL_C_END

#endif
