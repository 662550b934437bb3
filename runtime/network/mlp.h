/* Multi-layer perceptrons as three maps of one flat parameter vector.
 *
 *   y = f(x; theta)              rl_mlp_forward     batched over rows
 *   dtheta, dx = (dy)^T J        rl_mlp_vjp         reverse mode
 *   dy = J (dtheta, dx)          rl_mlp_jvp         forward mode
 *
 * Layer l holds, one after the other in theta: weight [in, out] (y = x W + b), bias [out] and, when
 * layer_norm is on and it is not the last, gain [out] and shift [out] of a layer normalisation (Ba et al.
 * 2016) that stands between the affine map and the activation. The last layer has no activation. Forward
 * leaves what the other two need in the workspace, which the caller owns: one for each piece of work that
 * runs at the same time. */
#ifndef RL_MLP_H
#define RL_MLP_H

#include "base/rng.h"
#include "base/status.h"
#include "tensor/activation.h"

#include <stdbool.h>

RL_C_BEGIN

enum { RL_MAX_LAYERS = 8, RL_MAX_WIDTH = 1 << 16 };

typedef enum rl_init { RL_INIT_ORTHOGONAL, RL_INIT_XAVIER } rl_init;

typedef struct rl_mlp {
  int inputs;
  int n_layers;             /* hidden layers + 1 */
  int width[RL_MAX_LAYERS]; /* outputs of each layer; the last is the output of the net */
  rl_activation activation; /* of the hidden layers */
  bool layer_norm;
} rl_mlp;

/* Where a layer's parts lie in theta; gain and shift are there when it is normalised. */
typedef struct rl_mlp_layer {
  int in, out;
  bool normalized;
  size_t weight, bias, gain, shift;
} rl_mlp_layer;

/* layer: from 0, the last is the output's. */
rl_mlp_layer rl_mlp_layer_at(const rl_mlp *mlp, int layer);

/* RL_BAD_ARGUMENT for sizes out of range. */
rl_status rl_mlp_check(const rl_mlp *mlp, rl_error *error);
size_t rl_mlp_parameters(const rl_mlp *mlp);          /* length of theta */
size_t rl_mlp_workspace(const rl_mlp *mlp, int rows); /* floats */
static inline int rl_mlp_outputs(const rl_mlp *mlp) { return mlp->width[mlp->n_layers - 1]; }

/* Orthogonal (Saxe et al. 2014) or Xavier uniform (Glorot & Bengio 2010) weights, zero biases, unit gains.
 * `hidden_gain` scales the hidden layers, `output_gain` the last. RL_NO_MEMORY. */
rl_status rl_mlp_init(const rl_mlp *mlp, rl_init init, float hidden_gain, float output_gain, rl_rng *rng,
                      float *theta, rl_error *error);

/* One weight [in, out]. RL_NO_MEMORY. */
rl_status rl_mlp_init_weight(float *weight, int in, int out, rl_init init, float gain, rl_rng *rng,
                             rl_error *error);

/* The weights as backward reads them; made of theta once for all rows. `inputs`: also those that lead to dx. */
size_t rl_mlp_transposed(const rl_mlp *mlp); /* floats */
void rl_mlp_transpose(const rl_mlp *mlp, const float *theta, bool inputs, float *transposed);

/* x [rows, inputs]; transposed may be NULL. Returns y [rows, outputs], which lies in the workspace and may be
 * changed: no derivative looks at it. A row of y does not depend on the other rows. */
float *rl_mlp_forward(const rl_mlp *mlp, const float *theta, const float *transposed, const float *x,
                      int rows, float *workspace);

/* After rl_mlp_forward with the same arguments. dy [rows, outputs]; overwrites, unless NULL, dtheta
 * [parameters] and dx [rows, inputs]. */
void rl_mlp_vjp(const rl_mlp *mlp, const float *theta, const float *transposed, const float *x, int rows,
                float *workspace, const float *dy, float *dtheta, float *dx);

/* After rl_mlp_forward with the same arguments. vtheta [parameters], vx [rows, inputs] or NULL for 0, transposed may be NULL; writes
 * vy [rows, outputs]. */
void rl_mlp_jvp(const rl_mlp *mlp, const float *theta, const float *transposed, const float *x, int rows,
                float *workspace, const float *vtheta, const float *vx, float *vy);

RL_C_END

#endif
