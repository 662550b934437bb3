/* Loops over elements that lie one after the other, by the levels of cpu.h. All levels give the same bytes but for
 * exp, log, sigmoid, tanh, sin and cos, which plain C for processors without a fused multiply-add rounds a little differently. */
#ifndef RL_ELEMENTWISE_H
#define RL_ELEMENTWISE_H

#include "base/cpu.h"
#include "tensor/tensor.h"

RL_C_BEGIN

/* z[i] = f(a[i], b[i], c[i]) for i < n, of which f reads those that it needs. z may be one of the others, but not
 * shifted against it. */
typedef void rl_element_loop(int64_t n, float *z, const float *a, const float *b, const float *c);

typedef struct rl_elementwise_kernels {
  rl_element_loop *unary[RL_UNARY_COUNT], *binary[RL_BINARY_COUNT], *where, *clamp;
  /* z[i * row + j] = x[i + j * column] for i < rows and j < columns */
  void (*transpose)(int64_t rows, int64_t columns, const float *x, int64_t column, float *z, int64_t row);
} rl_elementwise_kernels;
RL_KERNEL_TABLE(rl_elementwise_kernels, rl_elementwise_table);

/* A new tensor of what a loop makes of one to three inputs, which broadcast. */
rl_status rl_tensor_elementwise(rl_tensor *out, rl_element_loop *loop, int inputs,
                                const rl_tensor *const *input, rl_error *error);

RL_C_END

#endif
