/* Copies, and the shapes that may need one. */
#include "tensor/tensor.h"

#include <string.h>

/* Replaces a size of -1 by what the other sizes leave of `count`; false if that does not come out. */
static bool complete_shape(int64_t count, int ndim, int64_t *shape) {
  int open = -1;
  int64_t known = 1;
  for (int i = 0; i < ndim; i++) {
    if (shape[i] == -1 && open < 0)
      open = i;
    else if (shape[i] < 0 || (shape[i] > 0 && known > INT64_MAX / shape[i]))
      return false;
    else
      known *= shape[i];
  }
  if (open < 0) return known == count;
  if (known == 0 || count % known != 0) return false;
  shape[open] = count / known;
  return true;
}

rl_status rl_tensor_reshape(rl_tensor *out, const rl_tensor *tensor, int ndim, const int64_t *shape,
                            rl_error *error) {
  if (ndim < 0 || ndim > RL_MAX_DIMS)
    return rl_fail(error, RL_BAD_SHAPE, "%d dimensions: at most %d", ndim, RL_MAX_DIMS);
  int64_t full[RL_MAX_DIMS] = {0};
  for (int i = 0; i < ndim; i++) full[i] = shape[i];
  if (!complete_shape(rl_tensor_count(tensor), ndim, full)) {
    char from[RL_SHAPE_TEXT], to[RL_SHAPE_TEXT];
    return rl_fail(error, RL_BAD_SHAPE, "shape %s (%lld elements) cannot become %s",
                   rl_shape_text(tensor->ndim, tensor->shape, from), (long long)rl_tensor_count(tensor),
                   rl_shape_text(ndim, shape, to));
  }
  rl_tensor flat;
  rl_status status = rl_tensor_check_shape(ndim, full, error); /* beside a 0 any size fits */
  if (!status) status = rl_tensor_contiguous(&flat, tensor, error);
  if (status) return status;
  *out = rl_tensor_wrap(flat.data, ndim, full);
  out->storage = flat.storage;
  return RL_OK;
}

rl_status rl_tensor_clone(rl_tensor *out, const rl_tensor *tensor, rl_error *error) {
  return rl_tensor_unary(out, RL_OP_COPY, tensor, error);
}

rl_status rl_tensor_contiguous(rl_tensor *out, const rl_tensor *tensor, rl_error *error) {
  if (!rl_tensor_is_contiguous(tensor)) return rl_tensor_clone(out, tensor, error);
  *out = rl_tensor_share(tensor);
  return RL_OK;
}

rl_status rl_tensor_copy(rl_tensor *dest, const rl_tensor *source, rl_error *error) {
  return rl_tensor_unary_into(dest, RL_OP_COPY, source, error);
}

void rl_tensor_fill(rl_tensor *dest, float value) {
  rl_tensor source = rl_tensor_wrap(&value, 0, NULL);
  rl_tensor_copy(dest, &source, NULL); /* one number fits any shape and overlaps nothing: cannot fail */
}

rl_status rl_tensor_rows(rl_tensor *out, const rl_tensor *tensor, int64_t n, const int64_t *index,
                         rl_error *error) {
  rl_status status = RL_OK;
  if (tensor->ndim == 0) status = rl_fail(error, RL_BAD_ARGUMENT, "dimension 0 of a tensor with 0");
  for (int64_t i = 0; !status && i < n; i++)
    if (index[i] < 0 || index[i] >= tensor->shape[0])
      status = rl_fail(error, RL_BAD_ARGUMENT, "row %lld of a tensor with %lld", (long long)index[i],
                       (long long)tensor->shape[0]);
  if (status) return status;
  int64_t shape[RL_MAX_DIMS];
  memcpy(shape, tensor->shape, sizeof shape);
  shape[0] = n;
  rl_tensor rows;
  status = rl_tensor_unset(&rows, tensor->ndim, shape, error);
  size_t width = status || n == 0 ? 0 : (size_t)(rl_tensor_count(&rows) / n);
  bool whole = rl_tensor_is_contiguous(tensor);
  for (int64_t i = 0; !status && i < n; i++) {
    if (whole) {
      memcpy(rows.data + (size_t)i * width, tensor->data + (size_t)index[i] * width, width * sizeof(float));
      continue;
    }
    rl_tensor to = rows, from = *tensor; /* borrowed: row 0 moved along */
    to.shape[0] = from.shape[0] = 1;
    to.data += i * rows.stride[0];
    from.data += index[i] * tensor->stride[0];
    rl_tensor_copy(&to, &from, NULL);
  }
  if (!status) *out = rows;
  return status;
}
