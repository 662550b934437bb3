/* Dense layers: what forward, backward and tangent of a layer y = f(x W + b) come to, each fused with what goes
 * with it, by the levels of cpu.h.
 *
 * Every number is a sum over one index in its order, begun with what is added to it and fused where the level fuses;
 * in a narrow layer the sixteen lanes of the input are summed apart, then together. So a row's results do not depend
 * on the rows beside it, and AVX2 and AVX-512 give the same bytes.
 *
 * Rows of activations lie `stride` floats apart: rl_dense_stride(width), and zeros behind the width, except where a
 * caller's own array has none. */
#ifndef RL_DENSE_H
#define RL_DENSE_H

#include "tensor/activation.h"

RL_C_BEGIN

enum { RL_DENSE_NARROW = 8 }; /* outputs, at most, of a layer whose rows are too short for a register */

static inline size_t rl_dense_padded(int width) { return ((size_t)width + 15) / 16 * 16; }

/* Not a multiple of 1024 bytes: rows would share few places of a cache. */
static inline size_t rl_dense_stride(int width) {
  size_t padded = rl_dense_padded(width);
  return padded % 256 ? padded : padded + 16;
}

typedef struct rl_dense {
  int rows, in, out;
  const float *x; /* [rows, in] */
  size_t x_stride;
} rl_dense;

/* transposed: [out, in] with the stride of `in`, zeros behind. */
typedef struct rl_dense_kernels {
  /* y = f(x W + bias), or, where slope_of is given, (x W + bias) f'(.), f(.) being what lies there as y does. bias
   * NULL: x W is added to y. Only narrow layers need `transposed`. */
  void (*forward)(const rl_dense *layer, const float *weight, const float *transposed, const float *bias,
                  rl_activation f, const float *slope_of, float *y, size_t y_stride);
  /* dweight [in, out] = x^T d, dbias [out] = sum of the rows of d. d: zeros behind `out`, unless narrow, which need
   * scratch as large as `transposed`. */
  void (*gradient)(const rl_dense *layer, const float *d, size_t d_stride, float *dweight, float *dbias,
                   float *scratch);
  /* dx = d W^T f'(.), x = f(.) being the layer's input; with f the identity d W^T. */
  void (*input_gradient)(const rl_dense *layer, const float *d, size_t d_stride, const float *transposed,
                         rl_activation f, float *dx, size_t dx_stride);
  void (*transpose)(int in, int out, const float *weight, float *transposed);
} rl_dense_kernels;
RL_KERNEL_TABLE(rl_dense_kernels, rl_dense_table);

RL_C_END

#endif
