/* A network's forward pass as a variable. Rows are cut into pieces of RL_ROWS: forward and backward run over
 * the pieces on all threads, and the gradients of the pieces are added up in their order. The forward pass
 * keeps the normalised inputs and the workspaces of the pieces, so that backward need not run it again. */
#include "autodiff/variable_internal.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"

#include <string.h>

enum { BLOCK = 32 }; /* pieces whose gradients are held at the same time */

/* One allocation: this, the inputs, the workspaces. */
typedef struct pass {
  rl_mlp mlp;
  int rows;
  size_t bytes, workspace; /* floats from one workspace to the next */
  float *input;            /* [rows, inputs] normalised */
  float *workspaces;       /* [pieces, workspace] */
} pass;

/* Pieces start on cache lines of their own. */
static size_t padded(size_t n) { return (n + 15) / 16 * 16; }

static pass *pass_new(const rl_mlp *mlp, int rows) {
  size_t head = padded((sizeof(pass) + sizeof(float) - 1) / sizeof(float));
  size_t input = padded((size_t)rows * (size_t)mlp->inputs);
  size_t workspace = padded(rl_mlp_workspace(mlp, rows < RL_ROWS ? rows : RL_ROWS));
  size_t total = head + input + workspace * (size_t)rl_pieces(rows, RL_ROWS);
  pass *self = rl_allocate(total, sizeof(float));
  if (!self) return NULL;
  float *start = (float *)(void *)self;
  *self = (pass){.mlp = *mlp,
                 .rows = rows,
                 .bytes = total * sizeof(float),
                 .workspace = workspace,
                 .input = start + head,
                 .workspaces = start + head + input};
  return self;
}

static size_t pass_bytes(const void *saved) { return ((const pass *)saved)->bytes; }

/* The rows of piece `index`. */
typedef struct piece {
  int first, rows;
  float *input, *workspace;
} piece;

static piece piece_at(const pass *self, int index) {
  int first = index * RL_ROWS, rows = self->rows - first < RL_ROWS ? self->rows - first : RL_ROWS;
  return (piece){first, rows, self->input + (size_t)first * (size_t)self->mlp.inputs,
                 self->workspaces + (size_t)index * self->workspace};
}

/* Forward. */

typedef struct forward {
  pass *pass;
  const rl_network *network;
  const float *theta, *obs;
  float *y; /* [rows, outputs] */
} forward;

static void forward_piece(void *context, int index, int worker) {
  const forward *job = context;
  const rl_mlp *mlp = &job->pass->mlp;
  piece at = piece_at(job->pass, index);
  (void)worker;
  size_t outputs = (size_t)rl_mlp_outputs(mlp);
  rl_network_normalize(job->network, job->obs + (size_t)at.first * (size_t)mlp->inputs, at.rows, at.input);
  const float *y = rl_mlp_forward(mlp, job->theta, NULL, at.input, at.rows, at.workspace);
  memcpy(job->y + (size_t)at.first * outputs, y, (size_t)at.rows * outputs * sizeof *y);
}

/* Backward, a block of pieces at a time. */

typedef struct backward {
  const pass *pass;
  const float *theta, *dy; /* [rows, outputs] */
  float *gradients;        /* [BLOCK, size] */
  float *transposed;       /* weights, behind them */
  size_t size;
  int first; /* piece of the block */
} backward;

static void backward_piece(void *context, int index, int worker) {
  const backward *job = context;
  const rl_mlp *mlp = &job->pass->mlp;
  piece at = piece_at(job->pass, job->first + index);
  (void)worker;
  rl_mlp_vjp(mlp, job->theta, job->transposed, at.input, at.rows, at.workspace,
             job->dy + (size_t)at.first * (size_t)rl_mlp_outputs(mlp),
             job->gradients + (size_t)index * job->size, NULL);
}

static rl_status network_vjp(const rl_variable *self, const rl_tensor *g, rl_tensor *const *d,
                             rl_error *error) {
  const rl_tensor *theta = &self->input[0]->value;
  const pass *saved = self->saved;
  size_t parameters = rl_mlp_parameters(&saved->mlp);
  int pieces = rl_pieces(saved->rows, RL_ROWS), block = pieces < BLOCK ? pieces : BLOCK;
  backward job = {.pass = saved, .theta = theta->data, .dy = g->data, .size = padded(parameters)};
  rl_status status = rl_tensor_zeros(d[0], theta->ndim, theta->shape, error);
  if (status) return status;
  job.gradients = rl_allocate((size_t)block * job.size + rl_mlp_transposed(&saved->mlp), sizeof(float));
  if (!job.gradients)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for the gradient of %zu parameters", parameters);
  job.transposed = job.gradients + (size_t)block * job.size;
  rl_mlp_transpose(&saved->mlp, theta->data, false, job.transposed);
  for (; job.first < pieces; job.first += block) {
    int n = pieces - job.first < block ? pieces - job.first : block;
    rl_parallel_for(n, backward_piece, &job);
    for (int p = 0; p < n; p++) rl_add(d[0]->data, job.gradients + (size_t)p * job.size, parameters);
  }
  rl_release(job.gradients);
  return RL_OK;
}

rl_status rl_variable_network(rl_variable **out, const rl_network *network, rl_variable *theta,
                              const float *obs, int rows, rl_error *error) {
  static const rl_operation operation = {network_vjp, rl_release, pass_bytes};
  const rl_mlp *mlp = &network->mlp;
  if (network->gru)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "networks with a recurrent layer (gru) cannot be differentiated here");
  if (rl_tensor_count(&theta->value) != network->theta.shape[0])
    return rl_fail(error, RL_BAD_SHAPE, "%lld parameters for a network that has %lld",
                   (long long)rl_tensor_count(&theta->value), (long long)network->theta.shape[0]);
  rl_tensor y;
  rl_status status = rl_tensor_zeros(&y, 2, (int64_t[]){rows, rl_mlp_outputs(mlp)}, error);
  if (status) return status;
  pass *saved = pass_new(mlp, rows);
  if (!saved) {
    rl_tensor_release(&y);
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a forward pass of %d rows", rows);
  }
  forward job = {saved, network, theta->value.data, obs, y.data};
  rl_parallel_for(rl_pieces(rows, RL_ROWS), forward_piece, &job);
  status = rl_variable_new(out, &operation, y, 1, &theta, error);
  if (!status && (*out)->operation)
    (*out)->saved = saved;
  else
    rl_release(saved);
  return status;
}

rl_status rl_variable_value(rl_variable **out, const rl_value *value, const float *obs, int rows,
                            rl_error *error) {
  rl_variable *theta, *y;
  rl_status status = rl_variable_leaf(&theta, &value->network.theta, error);
  if (status) return status;
  status = rl_variable_network(&y, &value->network, theta, obs, rows, error);
  rl_variable_release(theta);
  if (status) return status;
  status = rl_variable_reshape(out, y, 1, (int64_t[]){rows}, error);
  rl_variable_release(y);
  return status;
}
