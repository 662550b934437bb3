/* A recurrent network (network.h) over some sequences of a batch: forward, and backpropagation through time. */
#ifndef RL_RECURRENT_H
#define RL_RECURRENT_H

#include "network/learner.h"

RL_C_BEGIN

/* Rows first_row[p] .. first_row[p + 1] - 1 of a minibatch are piece p: whole sequences, at most RL_ROWS rows. Returns how
 * many pieces there are, at most `rows`. */
int rl_recurrent_cut(const rl_sequences *sequences, const int *index, int rows, int *first_row);

/* The weights as backward reads them, of any network. */
size_t rl_recurrent_transposed(const rl_network *network); /* floats */
void rl_recurrent_transpose(const rl_network *network, const float *theta, float *transposed);

/* One piece. The arrays, which lie in the workspace, are by row; forward reads `input`, vjp reads `dy`. */
typedef struct rl_recurrent_pass {
  const rl_network *network;
  const rl_sequences *sequences;
  const float *transposed;
  const int *index;
  int rows, n_sequences, longest;
  int first[RL_ROWS], length[RL_ROWS]; /* [n_sequences] rows */
  float *input, *dy;                   /* [rows, inputs] normalised; [rows, outputs] */
  float *mlp_work, *cell_work, *head_work;
  float *gates, *u, *before, *after;      /* [rows, 3 units] twice; [rows, units] twice: of a step, of h */
  float *some, *du, *da, *dafter, *dsome; /* [rows, 3 units] thrice; [rows, units] twice */
} rl_recurrent_pass;

size_t rl_recurrent_workspace(const rl_network *network); /* floats */
void rl_recurrent_begin(rl_recurrent_pass *pass, const rl_network *network, const rl_sequences *sequences,
                        const float *transposed, const int *index, int rows, float *work);
float *rl_recurrent_forward(rl_recurrent_pass *pass);          /* y [rows, outputs] */
void rl_recurrent_vjp(rl_recurrent_pass *pass, float *dtheta); /* overwrites the net's own parameters */

RL_C_END

#endif
