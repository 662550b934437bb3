/* Gradients of elementwise operations, by the levels of cpu.h: element by element the gradient g of the result times the
 * slope. NULL where the result has none, or where operations of tensors give it. */
#ifndef RL_SLOPE_H
#define RL_SLOPE_H

#include "tensor/elementwise.h"

RL_C_BEGIN

typedef struct rl_slope_kernels {
  rl_element_loop *unary[RL_UNARY_COUNT];      /* of g, x and y = op(x) */
  rl_element_loop *binary[2][RL_BINARY_COUNT]; /* of g, a and b, by either of them */
  rl_element_loop *quotient, *power;           /* by b, of g, b and a / b; of g, a and a^b */
  rl_element_loop *clamp;                      /* of g, x and what it became */
} rl_slope_kernels;
RL_KERNEL_TABLE(rl_slope_kernels, rl_slope_table);

RL_C_END

#endif
