/* A gated recurrent unit (Cho et al. 2014), in the convention of cuDNN and PyTorch, which ONNX calls linear_before_reset:
 *
 *   r = sigmoid(a_r + u_r)     a = x W + b, u = h U + c: [3 units], for r, z and n in this order
 *   z = sigmoid(a_z + u_z)
 *   n = tanh(a_n + r u_n)
 *   h' = (1 - z) n + z h
 *
 * The two affine maps are perceptrons of one layer (network.h); here is what stands between them, for one row. */
#ifndef RL_GRU_H
#define RL_GRU_H

#include "base/linkage.h"

#include <stddef.h>

RL_C_BEGIN

/* a, u [3 units], h [units] -> gates r, z, n [3 units], which may be a, and next [units], which may be h. */
void rl_gru_step(int units, const float *a, const float *u, const float *h, float *gates, float *next);

/* Of the gradient dnext [units]: da, du [3 units], and what reaches h but through u, dh [units]. u_n: [units] of u. */
void rl_gru_back(int units, const float *gates, const float *u_n, const float *h, const float *dnext,
                 float *da, float *du, float *dh);

RL_C_END

#endif
