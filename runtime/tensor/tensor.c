/* Storage and views. Strides are never negative, so a view spans from data[0] to its last element. */
#include "tensor/tensor.h"

#include "base/memory.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static const int64_t MAX_COUNT = INT64_C(1) << 40; /* 4 TB: more is a mistake of the caller */

/* One block: this, padded to a cache line, then the numbers. */
struct rl_storage {
  atomic_size_t references;
  size_t bytes;
};

const char *rl_shape_text(int ndim, const int64_t *shape, char text[RL_SHAPE_TEXT]) {
  size_t used = (size_t)snprintf(text, RL_SHAPE_TEXT, "[");
  for (int i = 0; i < ndim; i++) {
    const char *comma = i ? ", " : "";
    used += (size_t)(shape[i] == -1
                         ? snprintf(text + used, RL_SHAPE_TEXT - used, "%sn", comma)
                         : snprintf(text + used, RL_SHAPE_TEXT - used, "%s%lld", comma, (long long)shape[i]));
  }
  snprintf(text + used, RL_SHAPE_TEXT - used, "]");
  return text;
}

static rl_tensor contiguous_layout(int ndim, const int64_t *shape) {
  rl_tensor tensor = {.ndim = ndim};
  int64_t stride = 1;
  for (int i = ndim - 1; i >= 0; i--) {
    tensor.shape[i] = shape[i];
    tensor.stride[i] = stride;
    if (shape[i] > 1) stride *= shape[i];
  }
  return tensor;
}

rl_status rl_tensor_check_shape(int ndim, const int64_t *shape, rl_error *error) {
  if (ndim < 0 || ndim > RL_MAX_DIMS)
    return rl_fail(error, RL_BAD_SHAPE, "%d dimensions: at most %d", ndim, RL_MAX_DIMS);
  int64_t count = 1;
  for (int i = 0; i < ndim; i++) {
    char text[RL_SHAPE_TEXT];
    if (shape[i] < 0)
      return rl_fail(error, RL_BAD_SHAPE, "size %lld of dimension %d is negative", (long long)shape[i], i);
    if (shape[i] > 1 && (__builtin_mul_overflow(count, shape[i], &count) || count > MAX_COUNT))
      return rl_fail(error, RL_BAD_SHAPE, "shape %s is too large", rl_shape_text(ndim, shape, text));
  }
  return RL_OK;
}

rl_status rl_tensor_unset(rl_tensor *out, int ndim, const int64_t *shape, rl_error *error) {
  rl_status status = rl_tensor_check_shape(ndim, shape, error);
  if (status) return status;
  rl_tensor tensor = contiguous_layout(ndim, shape);
  size_t bytes = (size_t)rl_tensor_count(&tensor) * sizeof(float);
  tensor.storage = rl_allocate_unset(RL_ALIGNMENT + bytes, 0);
  if (!tensor.storage) {
    char text[RL_SHAPE_TEXT];
    return rl_fail(error, RL_NO_MEMORY, "out of memory: tensor of shape %s",
                   rl_shape_text(ndim, shape, text));
  }
  atomic_init(&tensor.storage->references, 1);
  tensor.storage->bytes = RL_ALIGNMENT + bytes;
  tensor.data = (float *)(void *)((char *)tensor.storage + RL_ALIGNMENT);
  *out = tensor;
  return RL_OK;
}

rl_status rl_tensor_zeros(rl_tensor *out, int ndim, const int64_t *shape, rl_error *error) {
  rl_status status = rl_tensor_unset(out, ndim, shape, error);
  if (!status) memset(out->data, 0, (size_t)rl_tensor_count(out) * sizeof *out->data);
  return status;
}

rl_status rl_tensor_from(rl_tensor *out, const float *data, int ndim, const int64_t *shape, rl_error *error) {
  rl_status status = rl_tensor_unset(out, ndim, shape, error);
  if (status == RL_OK) memcpy(out->data, data, (size_t)rl_tensor_count(out) * sizeof *data);
  return status;
}

rl_tensor rl_tensor_wrap(float *data, int ndim, const int64_t *shape) {
  assert(ndim >= 0 && ndim <= RL_MAX_DIMS);
  rl_tensor tensor = contiguous_layout(ndim, shape);
  tensor.data = data;
  return tensor;
}

rl_tensor rl_tensor_share(const rl_tensor *tensor) {
  if (tensor->storage) atomic_fetch_add_explicit(&tensor->storage->references, 1, memory_order_relaxed);
  return *tensor;
}

void rl_tensor_release(rl_tensor *tensor) {
  rl_storage *storage = tensor->storage;
  *tensor = (rl_tensor){.ndim = 1, .stride = {1}}; /* no elements */
  if (storage && atomic_fetch_sub_explicit(&storage->references, 1, memory_order_acq_rel) == 1)
    rl_release(storage);
}

int64_t rl_tensor_count(const rl_tensor *tensor) {
  int64_t count = 1;
  for (int i = 0; i < tensor->ndim; i++) count *= tensor->shape[i];
  return count;
}

bool rl_tensor_is_contiguous(const rl_tensor *tensor) {
  int64_t stride = 1;
  for (int i = tensor->ndim - 1; i >= 0; i--) {
    if (tensor->shape[i] == 0) return true;
    if (tensor->shape[i] > 1 && tensor->stride[i] != stride) return false;
    stride *= tensor->shape[i];
  }
  return true;
}

bool rl_tensor_same_shape(const rl_tensor *a, const rl_tensor *b) {
  return a->ndim == b->ndim && memcmp(a->shape, b->shape, (size_t)a->ndim * sizeof *a->shape) == 0;
}

size_t rl_tensor_owned_bytes(const rl_tensor *tensor) {
  const rl_storage *storage = tensor->storage;
  return storage && atomic_load(&storage->references) == 1 ? storage->bytes : 0;
}

/* Views. */

static rl_status check_dim(const rl_tensor *tensor, int dim, rl_error *error) {
  if (dim >= 0 && dim < tensor->ndim) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "dimension %d of a tensor with %d", dim, tensor->ndim);
}

rl_status rl_tensor_select(rl_tensor *out, const rl_tensor *tensor, int dim, int64_t index, rl_error *error) {
  rl_status status = rl_tensor_narrow(out, tensor, dim, index, 1, error);
  if (status) return status;
  out->ndim--;
  for (int i = dim; i < out->ndim; i++) {
    out->shape[i] = out->shape[i + 1];
    out->stride[i] = out->stride[i + 1];
  }
  return RL_OK;
}

rl_status rl_tensor_narrow(rl_tensor *out, const rl_tensor *tensor, int dim, int64_t first, int64_t count,
                           rl_error *error) {
  rl_status status = check_dim(tensor, dim, error);
  if (status) return status;
  if (first < 0 || count < 0 || first > tensor->shape[dim] || count > tensor->shape[dim] - first)
    return rl_fail(error, RL_BAD_ARGUMENT, "%lld elements from %lld of dimension %d, which has %lld",
                   (long long)count, (long long)first, dim, (long long)tensor->shape[dim]);
  *out = rl_tensor_share(tensor);
  out->data += first * tensor->stride[dim];
  out->shape[dim] = count;
  return RL_OK;
}

rl_status rl_tensor_transpose(rl_tensor *out, const rl_tensor *tensor, int dim_a, int dim_b,
                              rl_error *error) {
  rl_status status = check_dim(tensor, dim_a, error);
  if (!status) status = check_dim(tensor, dim_b, error);
  if (status) return status;
  *out = rl_tensor_share(tensor);
  out->shape[dim_a] = tensor->shape[dim_b];
  out->stride[dim_a] = tensor->stride[dim_b];
  out->shape[dim_b] = tensor->shape[dim_a];
  out->stride[dim_b] = tensor->stride[dim_a];
  return RL_OK;
}

rl_status rl_tensor_expand(rl_tensor *out, const rl_tensor *tensor, int ndim, const int64_t *shape,
                           rl_error *error) {
  rl_status status = rl_tensor_check_shape(ndim, shape, error);
  if (status) return status;
  rl_tensor wide = {.data = tensor->data, .ndim = ndim, .storage = tensor->storage};
  int missing = ndim - tensor->ndim;
  bool fits = missing >= 0;
  for (int i = 0; fits && i < ndim; i++) {
    wide.shape[i] = shape[i];
    int64_t size = i < missing ? 1 : tensor->shape[i - missing];
    if (size != 1) wide.stride[i] = tensor->stride[i - missing];
    fits = size == 1 || size == shape[i];
  }
  if (!fits) {
    char from[RL_SHAPE_TEXT], to[RL_SHAPE_TEXT];
    return rl_fail(error, RL_BAD_SHAPE, "shape %s does not broadcast to %s",
                   rl_shape_text(tensor->ndim, tensor->shape, from), rl_shape_text(ndim, shape, to));
  }
  *out = rl_tensor_share(&wide);
  return RL_OK;
}
