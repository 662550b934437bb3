/* float32 tensors, row-major, with views that share memory.
 *
 * A tensor is plain data: a pointer, a shape, strides in elements, and a counted reference to its storage.
 * Functions that make a tensor return it through `out`; the caller releases it. Operators broadcast as NumPy
 * does: shapes are aligned at the last dimension, and a dimension of size 1 stretches. `dim` arguments count from 0 here
 * (from 1 in Lua). A tensor of ndim 0 holds one number. */
#ifndef RL_TENSOR_H
#define RL_TENSOR_H

#include "status.h"

#include <stdbool.h>
#include <stdint.h>

enum { RL_MAX_DIMS = 8 };

typedef struct rl_storage rl_storage; /* reference counted (atomically) */

typedef struct rl_tensor {
  float *data;
  int ndim;
  int64_t shape[RL_MAX_DIMS];
  int64_t stride[RL_MAX_DIMS]; /* in elements */
  rl_storage *storage;         /* NULL: memory that somebody else owns */
} rl_tensor;

/* A new tensor of zeros. RL_NO_MEMORY; RL_BAD_SHAPE for a negative size, too many dimensions or an overflow. */
rl_status rl_tensor_zeros(rl_tensor *out, int ndim, const int64_t *shape, rl_error *error);
rl_tensor rl_tensor_share(const rl_tensor *tensor); /* another reference to the same memory */
void rl_tensor_release(rl_tensor *tensor);          /* leaves an empty tensor */

int64_t rl_tensor_count(const rl_tensor *tensor); /* number of elements */
bool rl_tensor_is_contiguous(const rl_tensor *tensor);

#endif
