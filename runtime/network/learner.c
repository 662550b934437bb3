#include "network/learner.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"
#include "network/optimizer_kernels.h"
#include "network/recurrent.h"

#include <math.h>
#include <string.h>

static size_t parameters(const rl_learner *learner) { return (size_t)learner->network->theta.shape[0]; }

static const float *theta_of(const rl_learner *learner) {
  return learner->theta ? learner->theta : learner->network->theta.data;
}

/* Pieces start on cache lines of their own. */
static size_t padded(size_t n) { return (n + 15) / 16 * 16; }

static size_t work_size(const rl_network *network) {
  const rl_mlp *mlp = &network->mlp;
  size_t rows = RL_ROWS;
  if (network->gru) return rl_recurrent_workspace(network);
  return padded(rows * (size_t)mlp->inputs) + 2 * padded(rows * (size_t)rl_mlp_outputs(mlp)) +
         padded(rl_mlp_workspace(mlp, RL_ROWS));
}

static rl_status check_memory(rl_learner *learner, bool complete, rl_error *error) {
  const size_t size = parameters(learner);
  if (complete) return RL_OK;
  rl_learner_release(learner);
  return rl_fail(error, RL_NO_MEMORY, "out of memory to train %zu parameters", size);
}

rl_status rl_learner_init_beside(rl_learner *learner, const rl_learner *other, const float *theta,
                                 void *context, rl_error *error) {
  *learner = (rl_learner){.network = other->network,
                          .theta = theta,
                          .loss = other->loss,
                          .amend = other->amend,
                          .context = context,
                          .own = other->own,
                          .work_size = other->work_size};
  learner->gradient = rl_allocate(parameters(learner), sizeof(float));
  learner->transposed = rl_allocate(rl_mlp_transposed(&other->network->mlp), sizeof(float));
  return check_memory(learner, learner->gradient && learner->transposed, error);
}

rl_status rl_learner_init(rl_learner *learner, rl_network *network, rl_optimizer_kind kind, rl_loss *loss,
                          rl_metric *metric, void *context, rl_error *error) {
  size_t size = (size_t)network->theta.shape[0];
  *learner = (rl_learner){.network = network,
                          .loss = loss,
                          .metric = metric,
                          .context = context,
                          .own = rl_network_parameters(network),
                          .work_size = work_size(network)};
  rl_status status = rl_optimizer_init(&learner->optimizer, kind, size, error);
  if (!status) status = rl_optimizer_init(&learner->saved_optimizer, kind, size, error);
  if (status) {
    rl_learner_release(learner);
    return status;
  }
  learner->saved_theta = rl_allocate(size, sizeof(float));
  learner->gradient = rl_allocate(size, sizeof(float));
  learner->transposed = rl_allocate(rl_recurrent_transposed(network), sizeof(float));
  return check_memory(learner, learner->saved_theta && learner->gradient && learner->transposed, error);
}

void rl_learner_release(rl_learner *learner) {
  rl_optimizer_release(&learner->optimizer);
  rl_optimizer_release(&learner->saved_optimizer);
  rl_release(learner->input);
  rl_release(learner->work);
  rl_release(learner->partial);
  rl_release(learner->gradient);
  rl_release(learner->transposed);
  rl_release(learner->saved_theta);
  rl_release(learner->piece_stats);
  rl_release(learner->first_row);
  *learner = (rl_learner){0};
}

static bool grow_batch(rl_learner *learner, int rows) {
  if (rows <= learner->capacity) return true;
  rl_release(learner->input);
  learner->input = rl_allocate((size_t)rows * (size_t)learner->network->mlp.inputs, sizeof(float));
  learner->capacity = learner->input ? rows : 0;
  return learner->input != NULL;
}

/* Large batches go through in waves of some pieces, or they would need a gradient for every 64 rows. Sums do
 * not depend on how many. */
static int wave(void) {
  int n = 2 * rl_threads();
  return n < 16 ? 16 : n > 64 ? 64 : n;
}

static bool grow_pieces(rl_learner *learner, int pieces) {
  if (pieces > wave()) pieces = wave();
  if (pieces <= learner->max_pieces) return true;
  rl_release(learner->work);
  rl_release(learner->partial);
  rl_release(learner->piece_stats);
  size_t n = (size_t)pieces;
  learner->work = rl_allocate(n * learner->work_size, sizeof(float));
  learner->partial = rl_allocate(n * padded(parameters(learner)), sizeof(float));
  learner->piece_stats = rl_allocate(n, sizeof *learner->piece_stats);
  bool complete = learner->work && learner->partial && learner->piece_stats;
  learner->max_pieces = complete ? pieces : 0;
  return complete;
}

/* Of a recurrent network a piece is of whole sequences, so that there may be as many as sequences. */
static bool grow_first_row(rl_learner *learner, int rows) {
  const int room = learner->network->gru ? rows + 1 : 0;
  if (room <= learner->room) return true;
  rl_release(learner->first_row);
  learner->first_row = rl_allocate((size_t)room, sizeof(int));
  learner->room = learner->first_row ? room : 0;
  return learner->room > 0;
}

rl_status rl_learner_reserve(rl_learner *learner, int rows, int minibatch, rl_error *error) {
  if (grow_batch(learner, rows) && grow_first_row(learner, rows) &&
      grow_pieces(learner, rl_pieces(minibatch, RL_ROWS)))
    return RL_OK;
  return rl_fail(error, RL_NO_MEMORY, "out of memory for a batch of %d rows", rows);
}

rl_status rl_learner_begin(rl_learner *learner, const float *obs, int rows, int minibatch, rl_error *error) {
  rl_status status = rl_learner_reserve(learner, rows, minibatch, error);
  if (status) return status;
  rl_network_normalize(learner->network, obs, rows, learner->input);
  rl_learner_remember(learner);
  return RL_OK;
}

void rl_learner_remember(rl_learner *learner) {
  memcpy(learner->saved_theta, learner->network->theta.data, parameters(learner) * sizeof(float));
  rl_optimizer_copy(&learner->saved_optimizer, &learner->optimizer);
}

rl_status rl_learner_begin_beside(rl_learner *learner, const rl_learner *other, int minibatch,
                                  rl_error *error) {
  learner->network = other->network;
  learner->lent = other->input;
  if (grow_pieces(learner, rl_pieces(minibatch, RL_ROWS))) return RL_OK;
  return rl_fail(error, RL_NO_MEMORY, "out of memory for a batch of %d rows", minibatch);
}

void rl_learner_restore(rl_learner *learner) {
  memcpy(learner->network->theta.data, learner->saved_theta, parameters(learner) * sizeof(float));
  rl_optimizer_copy(&learner->optimizer, &learner->saved_optimizer);
}

enum { AHEAD = 16 }; /* rows: they lie anywhere, and are asked for early */

static void gather(float *out, const float *from, const int *index, int rows, int cols) {
  for (int r = 0; r < rows; r++) {
    const float *row = from + (size_t)index[r] * (size_t)cols,
                *later = from + (size_t)index[r + AHEAD < rows ? r + AHEAD : r] * (size_t)cols;
    for (int c = 0; c < cols; c += 16) __builtin_prefetch(later + c);
    int c = 0;
    for (; c + 4 <= cols; c += 4) memcpy(out + c, row + c, 4 * sizeof *out);
    for (; c < cols; c++) out[c] = row[c];
    out += cols;
  }
}

/* dy of one piece: the gradient of the loss, or the metric times the tangent of the outputs. */
static void output_gradient(rl_learner *learner, const int *index, int rows, const float *input,
                            float *workspace, const float *y, float *vy, float *dy, float *dextra,
                            double *stats) {
  const rl_mlp *mlp = &learner->network->mlp;
  if (!learner->tangent) {
    learner->loss(learner->context, index, rows, learner->rows, y, dy, dextra, stats);
    return;
  }
  rl_mlp_jvp(mlp, theta_of(learner), learner->transposed, input, rows, workspace, learner->tangent, NULL, vy);
  learner->metric(learner->context, rows, learner->rows, y, vy, learner->tangent + learner->own, dy, dextra);
}

/* Where the gradient of a piece goes: that of the only one is all of it. */
static float *gradient_of(const rl_learner *learner, int place) {
  return learner->pieces == 1 ? learner->gradient
                              : learner->partial + (size_t)place * padded(parameters(learner));
}

static void recurrent_piece(rl_learner *learner, int place) {
  const int *first = learner->first_row + learner->first_piece + place, rows = first[1] - first[0];
  const int *index = learner->index + first[0];
  const size_t inputs = (size_t)learner->network->mlp.inputs, own = learner->own;
  float *work = learner->work + (size_t)place * learner->work_size, *gradient = gradient_of(learner, place);
  memset(gradient + own, 0, (parameters(learner) - own) * sizeof(float));
  memset(learner->piece_stats[place], 0, sizeof learner->piece_stats[place]);
  rl_recurrent_pass pass;
  rl_recurrent_begin(&pass, learner->network, &learner->sequences, learner->transposed, index, rows, work);
  gather(pass.input, learner->input, index, rows, (int)inputs);
  float *y = rl_recurrent_forward(&pass);
  if (learner->amend) learner->amend(learner->context, index, rows, y);
  learner->loss(learner->context, index, rows, learner->rows, y, pass.dy, gradient + own,
                learner->piece_stats[place]);
  if (learner->backward) rl_recurrent_vjp(&pass, gradient);
}

void rl_learner_piece(rl_learner *learner, int place) {
  if (learner->network->gru) {
    recurrent_piece(learner, place);
    return;
  }
  const rl_network *network = learner->network;
  const rl_mlp *mlp = &network->mlp;
  int first = (learner->first_piece + place) * RL_ROWS,
      rows = learner->rows - first < RL_ROWS ? learner->rows - first : RL_ROWS;
  const int *index = learner->index + first;
  float *input = learner->work + (size_t)place * learner->work_size;
  float *dy = input + padded((size_t)RL_ROWS * (size_t)mlp->inputs);
  float *vy = dy + padded((size_t)RL_ROWS * (size_t)rl_mlp_outputs(mlp));
  float *workspace = vy + padded((size_t)RL_ROWS * (size_t)rl_mlp_outputs(mlp));
  float *gradient = gradient_of(learner, place);
  const size_t own = learner->own;
  memset(gradient + own, 0, (parameters(learner) - own) * sizeof(float));
  memset(learner->piece_stats[place], 0, sizeof learner->piece_stats[place]);
  gather(input, learner->lent ? learner->lent : learner->input, index, rows, mlp->inputs);
  float *y = rl_mlp_forward(mlp, theta_of(learner), learner->transposed, input, rows, workspace);
  if (learner->amend) learner->amend(learner->context, index, rows, y);
  output_gradient(learner, index, rows, input, workspace, y, vy, dy, gradient + own,
                  learner->piece_stats[place]);
  if (learner->backward)
    rl_mlp_vjp(mlp, theta_of(learner), learner->transposed, input, rows, workspace, dy, gradient, NULL);
}

void rl_learner_start(rl_learner *learner, rl_pass pass, const int *index, int rows, const float *v) {
  learner->index = index;
  learner->rows = rows;
  learner->tangent = pass == RL_PASS_FISHER ? v : NULL;
  learner->backward = pass != RL_PASS_EVALUATE;
  learner->first_piece = 0;
  learner->pieces = rl_pieces(rows, RL_ROWS);
  if (learner->network->gru)
    learner->pieces = rl_recurrent_cut(&learner->sequences, index, rows, learner->first_row);
  rl_recurrent_transpose(learner->network, theta_of(learner), learner->transposed);
  memset(learner->stats, 0, sizeof learner->stats);
}

/* Those of `n` pieces, to those of the pieces before. */
static void add_gradients(rl_learner *learner, int n) {
  const size_t size = parameters(learner), stride = padded(size);
  if (learner->first_piece > 0) rl_add(learner->partial, learner->gradient, size);
  RL_KERNELS(rl_optimizer_table)->add(learner->gradient, learner->partial, stride, n, size);
}

int rl_learner_wave(const rl_learner *learner) {
  int left = learner->pieces - learner->first_piece;
  return left < learner->max_pieces ? left : learner->max_pieces;
}

bool rl_learner_end_wave(rl_learner *learner) {
  const int pieces = learner->pieces, n = rl_learner_wave(learner);
  for (int p = 0; p < n; p++)
    for (int k = 0; k < RL_LOSS_STATS; k++) learner->stats[k] += learner->piece_stats[p][k];
  if (learner->backward && pieces > 1) add_gradients(learner, n);
  learner->first_piece += n;
  if (learner->first_piece < pieces) return true;
  if (learner->backward) rl_ties_project(&learner->network->ties, learner->gradient);
  if (learner->backward && !learner->tangent)
    learner->gradient_norm =
        sqrt(RL_KERNELS(rl_optimizer_table)->sum_squares(learner->gradient, parameters(learner)));
  return false;
}

static void piece(void *context, int place, int worker) {
  (void)worker;
  rl_learner_piece(context, place);
}

bool rl_learner_go_on(rl_learner *learner) {
  rl_parallel_for(rl_learner_wave(learner), piece, learner);
  return rl_learner_end_wave(learner);
}

static void run(rl_learner *learner, rl_pass pass, const int *index, int rows, const float *v) {
  rl_learner_start(learner, pass, index, rows, v);
  while (rl_learner_go_on(learner)) continue;
}

void rl_learner_gradient(rl_learner *learner, const int *index, int rows) {
  run(learner, RL_PASS_GRADIENT, index, rows, NULL);
}

void rl_learner_evaluate(rl_learner *learner, const int *index, int rows) {
  run(learner, RL_PASS_EVALUATE, index, rows, NULL);
}

void rl_learner_fisher(rl_learner *learner, const int *index, int rows, const float *v) {
  run(learner, RL_PASS_FISHER, index, rows, v);
}

void rl_learner_step_by(rl_learner *learner, const rl_learner *other, rl_optimizer_kind kind, double lr,
                        double max_grad_norm) {
  learner->optimizer.kind = kind;
  learner->optimizer.lr = lr;
  learner->optimizer.max_grad_norm = max_grad_norm;
  rl_optimizer_step(&learner->optimizer, learner->network->theta.data, other->gradient, other->gradient_norm);
}

void rl_learner_step(rl_learner *learner, rl_optimizer_kind kind, double lr, double max_grad_norm) {
  rl_learner_step_by(learner, learner, kind, lr, max_grad_norm);
}
