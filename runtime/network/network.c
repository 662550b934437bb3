/* Making a network, what it remembers between steps, and applying it; files are in network_state.c. */
#include "network/network.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"

#include <limits.h>
#include <math.h>
#include <string.h>

const char *const rl_activation_names[4] = {"identity", "tanh", "relu", NULL};
const char *const rl_normalizer_names[4] = {"standard", "scale", "large", NULL};
const char *const rl_init_names[3] = {"orthogonal", "xavier", NULL};

rl_network_options rl_network_defaults(float output_gain) {
  return (rl_network_options){.n_hidden = 2,
                              .hidden = {64, 64},
                              .activation = RL_TANH,
                              .normalize = true,
                              .clip = NAN,
                              .init = RL_INIT_ORTHOGONAL,
                              .hidden_gain = 1.41421356f,
                              .output_gain = output_gain,
                              .history = 1,
                              .seed = 1};
}

/* Of a recurrent network: to the gates. */
static rl_mlp mlp_of(const rl_network_options *options, int inputs, int outputs) {
  rl_mlp mlp = {.inputs = inputs,
                .n_layers = options->n_hidden + 1,
                .activation = options->activation,
                .layer_norm = options->layer_norm};
  for (int i = 0; i < options->n_hidden && i < RL_MAX_LAYERS - 1; i++) mlp.width[i] = options->hidden[i];
  if (mlp.n_layers >= 1 && mlp.n_layers <= RL_MAX_LAYERS)
    mlp.width[mlp.n_layers - 1] = options->gru ? 3 * options->gru : outputs;
  return mlp;
}

rl_network rl_network_of_shape(const rl_network_options *options, int inputs, int outputs) {
  return (rl_network){.mlp = mlp_of(options, inputs, outputs),
                      .history = options->history,
                      .gru = options->gru,
                      .cell = {.inputs = options->gru, .n_layers = 1, .width = {3 * options->gru}},
                      .head = {.inputs = options->gru, .n_layers = 1, .width = {outputs}}};
}

/* Each gate reads the units by a matrix of its own. Units begin as those that keep what they have for 1 to LONGEST steps (Tallec
 * & Ollivier 2018): by chance they would halve it with every step, and no gradient would come back from far. */
enum { LONGEST = 64 };
static rl_status draw_recurrent(rl_network *network, rl_init init, float hidden, float output, rl_rng *rng,
                                rl_error *error) {
  float *theta = network->theta.data, *weight = theta + rl_network_cell_at(network);
  const size_t n = (size_t)network->gru;
  rl_status status = rl_mlp_init(&network->mlp, init, hidden, 1.0f, rng, theta, error);
  float *gate = status ? NULL : rl_allocate(n * n, sizeof *gate);
  if (!status && !gate) status = rl_fail(error, RL_NO_MEMORY, "out of memory for a network");
  for (size_t k = 0; k < 3 && !status; k++) {
    status = rl_mlp_init_weight(gate, network->gru, network->gru, init, 1.0f, rng, error);
    for (size_t i = 0; i < n && !status; i++)
      memcpy(weight + i * 3 * n + k * n, gate + i * n, n * sizeof *gate);
  }
  rl_release(gate);
  if (status) return status;
  float *keep = weight + n * 3 * n + n; /* biases of z */
  rl_rng_fill_uniform(rng, keep, (int64_t)n, 1.0f, (float)LONGEST);
  for (size_t i = 0; i < n; i++) keep[i] = logf(keep[i]);
  return rl_mlp_init(&network->head, init, 1.0f, output, rng, theta + rl_network_head_at(network), error);
}

static rl_status draw(rl_network *network, const rl_network_options *options, uint32_t use_index,
                      rl_error *error) {
  const bool scaled = options->init == RL_INIT_ORTHOGONAL;
  const float hidden = scaled ? options->hidden_gain : 1.0f, output = scaled ? options->output_gain : 1.0f;
  float *theta = network->theta.data;
  rl_rng rng;
  rl_rng_init_use(&rng, options->seed, RL_STREAM_INIT, use_index);
  if (rl_network_is_symmetric(network))
    return rl_ties_init_theta(&network->ties, &network->mlp, options->init, hidden, output, &rng, theta,
                              error);
  if (network->gru) return draw_recurrent(network, options->init, hidden, output, &rng, error);
  return rl_mlp_init(&network->mlp, options->init, hidden, output, &rng, theta, error);
}

rl_status rl_network_init(rl_network *network, int size, int outputs, int extra,
                          const rl_network_options *options, uint32_t use_index, rl_error *error) {
  const int64_t inputs = (int64_t)size * options->history;
  *network = rl_network_of_shape(options, inputs > INT_MAX ? INT_MAX : (int)inputs, outputs);
  network->clip = options->clip;
  network->seed = options->seed;
  if (isnan(options->clip)) network->clip = options->normalize ? 10.0f : INFINITY;
  const rl_mlp *mlp = &network->mlp;
  rl_status status = rl_mlp_check(mlp, error);
  if (!status && options->gru) status = rl_mlp_check(&network->head, error);
  if (!status && options->gru && options->symmetric)
    status =
        rl_fail(error, RL_BAD_ARGUMENT, "option symmetric: not of a network with a recurrent layer (gru)");
  if (status) return status;
  if (!(network->clip > 0.0f))
    return rl_fail(error, RL_BAD_ARGUMENT, "option clip: %g is not above 0", (double)options->clip);
  int64_t parameters = (int64_t)rl_network_parameters(network) + extra;
  status = rl_tensor_zeros(&network->theta, 1, &parameters, error);
  if (!status && options->normalize)
    status = rl_normalizer_init(&network->normalizer, size, network->clip, error);
  if (options->normalize) network->normalizer.map = options->normalizer; /* else it makes no other network */
  if (!status) status = draw(network, options, use_index, error);
  if (status) rl_network_release(network);
  return status;
}

rl_status rl_network_tie(rl_network *network, const rl_mirror *input, const rl_mirror *output,
                         const rl_mirror *extra, rl_error *error) {
  rl_ties_release(&network->ties);
  if (network->history == 1) return rl_ties_init(&network->ties, &network->mlp, input, output, extra, error);
  const int n = input->n, all = n * network->history;
  int *from = rl_allocate((size_t)all, sizeof *from);
  float *sign = rl_allocate((size_t)all, sizeof *sign);
  rl_status status = from && sign ? RL_OK : rl_fail(error, RL_NO_MEMORY, "out of memory for a network");
  for (int i = 0; !status && i < all; i++) {
    from[i] = i / n * n + input->from[i % n];
    sign[i] = input->sign[i % n];
  }
  if (!status)
    status = rl_ties_init(&network->ties, &network->mlp, &(rl_mirror){all, from, sign}, output, extra, error);
  rl_release(from);
  rl_release(sign);
  return status;
}

rl_status rl_network_init_tied(rl_network *network, const rl_network_options *options, uint32_t use_index,
                               rl_error *error) {
  return draw(network, options, use_index, error);
}

rl_status rl_network_check_symmetry(const rl_network_options *options, int inputs, const rl_space *action,
                                    rl_error *error) {
  const rl_symmetry *symmetry = options->symmetry;
  if (!symmetry)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option symmetric: nothing is known of mirror images of the environment");
  rl_status status = rl_mirror_check(&symmetry->observation, inputs, "observation", error);
  return status || !action ? status : rl_mirror_check_actions(&symmetry->action, action, error);
}

rl_status rl_network_copy_ties(rl_network *to, const rl_network *from, rl_error *error) {
  const rl_ties *ties = &from->ties;
  const rl_mirror input = rl_network_mirror(from);
  return rl_network_is_symmetric(from) ? rl_network_tie(to, &input, &ties->output, &ties->extra, error)
                                       : RL_OK;
}

void rl_network_observe(rl_network *network, const float *x, int stride, const int *index, int rows) {
  rl_normalizer *normalizer = &network->normalizer;
  if (!normalizer->size) return;
  rl_normalizer_update_all(&normalizer, 1, x, stride, index, rows);
  if (rl_network_is_symmetric(network)) rl_normalizer_mirror(&network->normalizer, &network->ties.input);
}

static float clipped(float x, float clip) { return fminf(fmaxf(x, -clip), clip); }

/* Where a range has grown, weights stay: as steep as before over a wider range, units would saturate (A2C, whose first
 * batches see little of the cart-pole's track, then ended at 341 of 500). */
void rl_network_follow(const rl_network *network, float *theta) {
  const rl_normalizer *n = &network->normalizer;
  const rl_mlp_layer first = rl_mlp_layer_at(&network->mlp, 0);
  float *weight = theta + first.weight, *bias = theta + first.bias;
  if (!n->size || !n->known_before) return;
  for (int i = 0; i < first.in; i++, weight += first.out) {
    const int k = i % n->size;
    const float factor = fminf(n->inverse_before[k] / n->inverse[k], 1.0f);
    const float mean = (float)n->mean[k];
    const float before = clipped((mean - n->center_before[k]) * n->inverse_before[k], n->clip);
    const float shift = before - factor * clipped((mean - n->center[k]) * n->inverse[k], n->clip);
    for (int j = 0; j < first.out; j++) {
      bias[j] += shift * weight[j];
      weight[j] *= factor;
    }
  }
  if (rl_network_is_symmetric(network)) rl_ties_restore(&network->ties, theta);
}

/* Of all of its inputs, the first of which come from the first. */
rl_mirror rl_network_mirror(const rl_network *network) {
  const rl_mirror *input = &network->ties.input;
  return (rl_mirror){input->n / network->history, input->from, input->sign};
}

/* Numbers of the observations that are remembered. */
static size_t remembered(const rl_network *network) {
  return (size_t)(network->mlp.inputs - rl_network_size(network));
}

int rl_network_memory(const rl_network *network) {
  return (network->history > 1 ? 1 + (int)remembered(network) : 0) + network->gru;
}

void rl_network_recall(const rl_network *network, const float *memory, const float *observation, float *x) {
  const size_t size = (size_t)rl_network_size(network), before = remembered(network);
  if (before && memory[0] != 0.0f)
    memcpy(x, memory + 1, before * sizeof *x);
  else
    for (size_t at = 0; at < before; at += size) memcpy(x + at, observation, size * sizeof *x);
  memcpy(x + before, observation, size * sizeof *x);
}

void rl_network_see(const rl_network *network, const float *observation, int rows, float *memory, float *x) {
  const size_t size = (size_t)rl_network_size(network), before = remembered(network),
               own = (size_t)rl_network_memory(network);
  if (!before) {
    memcpy(x, observation, (size_t)rows * size * sizeof *x);
    return;
  }
  for (int r = 0; r < rows; r++, observation += size, memory += own, x += before + size) {
    rl_network_recall(network, memory, observation, x);
    memory[0] = 1.0f;
    memcpy(memory + 1, x + size, before * sizeof *x);
  }
}

rl_status rl_network_see_own(rl_network *network, const float *observation, int rows, float *memory,
                             const float **x, rl_error *error) {
  if (rows > network->seen_rows) {
    rl_release(network->seen);
    network->seen = rl_allocate((size_t)rows * (size_t)network->mlp.inputs, sizeof *network->seen);
    network->seen_rows = network->seen ? rows : 0;
    if (!network->seen) return rl_fail(error, RL_NO_MEMORY, "out of memory for %d observations", rows);
  }
  rl_network_see(network, observation, rows, memory, network->seen);
  *x = network->seen;
  return RL_OK;
}

void rl_network_release(rl_network *network) {
  rl_ties_release(&network->ties);
  rl_tensor_release(&network->theta);
  rl_normalizer_release(&network->normalizer);
  rl_release(network->scratch);
  rl_release(network->seen);
  *network = (rl_network){0};
}

rl_status rl_network_check_finite(const rl_network *network, const char *what, rl_error *error) {
  size_t size = (size_t)network->theta.shape[0], bad = rl_first_not_finite(network->theta.data, size);
  if (bad == size) return RL_OK;
  return rl_fail(error, RL_NOT_FINITE, "parameter %zu of the %s is not a finite number", bad + 1, what);
}

void rl_network_normalize(const rl_network *network, const float *x, int rows, float *y) {
  const float clip = network->clip;
  size_t n = (size_t)rows * (size_t)network->mlp.inputs;
  if (network->normalizer.size) {
    rl_normalizer_apply(&network->normalizer, x, rows * network->history, y);
    return;
  }
#pragma omp simd
  for (size_t i = 0; i < n; i++) y[i] = x[i] > clip ? clip : x[i] < -clip ? -clip : x[i];
}

static size_t padded(size_t n) { return (n + 15) / 16 * 16; }

size_t rl_network_workspace(const rl_network *network, int rows) {
  const size_t size = padded(rl_mlp_workspace(&network->mlp, rows));
  if (!network->gru) return size;
  return size + padded(rl_mlp_workspace(&network->cell, rows)) +
         padded(rl_mlp_workspace(&network->head, rows)) + padded((size_t)rows * (size_t)network->gru);
}

/* What is remembered of a row that is not the units. */
static size_t before_units(const rl_network *network) {
  return (size_t)(rl_network_memory(network) - network->gru);
}

float *rl_network_forward(const rl_network *network, const float *theta, const float *x, int rows,
                          float *memory, float *work) {
  if (!network->gru) return rl_mlp_forward(&network->mlp, theta, NULL, x, rows, work);
  const size_t n = (size_t)network->gru, own = (size_t)rl_network_memory(network), at = before_units(network);
  float *cell = work + padded(rl_mlp_workspace(&network->mlp, rows)),
        *head = cell + padded(rl_mlp_workspace(&network->cell, rows)),
        *units = head + padded(rl_mlp_workspace(&network->head, rows));
  for (size_t r = 0; r < (size_t)rows; r++)
    if (memory)
      memcpy(units + r * n, memory + r * own + at, n * sizeof *units);
    else
      memset(units + r * n, 0, n * sizeof *units);
  float *a = rl_mlp_forward(&network->mlp, theta, NULL, x, rows, work);
  const float *u =
      rl_mlp_forward(&network->cell, theta + rl_network_cell_at(network), NULL, units, rows, cell);
  for (size_t r = 0; r < (size_t)rows; r++) {
    float *gates = a + r * 3 * n;
    rl_gru_step(network->gru, gates, u + r * 3 * n, units + r * n, gates, units + r * n);
    if (memory) memcpy(memory + r * own + at, units + r * n, n * sizeof *units);
  }
  return rl_mlp_forward(&network->head, theta + rl_network_head_at(network), NULL, units, rows, head);
}

/* A worker's scratch: normalised inputs, then the net's workspace, rounded up to whole cache lines. */
static size_t scratch_size(const rl_network *network) {
  return padded((size_t)RL_ROWS * (size_t)network->mlp.inputs) + rl_network_workspace(network, RL_ROWS);
}

typedef struct application {
  const rl_network *network;
  const float *x;
  float *memory, *y;
  int rows;
} application;

rl_status rl_network_reserve(rl_network *network, rl_error *error) {
  int workers = rl_threads();
  if (workers <= network->workers) return RL_OK;
  rl_release(network->scratch);
  network->scratch_size = scratch_size(network);
  network->scratch = rl_allocate((size_t)workers * network->scratch_size, sizeof(float));
  network->workers = network->scratch ? workers : 0;
  return network->scratch ? RL_OK : rl_fail(error, RL_NO_MEMORY, "out of memory to apply a network");
}

void rl_network_step_rows(const rl_network *network, const float *theta, const float *x, int rows,
                          float *memory, float *y, int worker) {
  float *input = network->scratch + (size_t)worker * network->scratch_size;
  float *work = input + padded((size_t)RL_ROWS * (size_t)network->mlp.inputs);
  rl_network_normalize(network, x, rows, input);
  const float *out = rl_network_forward(network, theta, input, rows, memory, work);
  memcpy(y, out, (size_t)rows * (size_t)rl_network_outputs(network) * sizeof *y);
}

void rl_network_apply_rows(const rl_network *network, const float *theta, const float *x, int rows, float *y,
                           int worker) {
  rl_network_step_rows(network, theta, x, rows, NULL, y, worker);
}

static void apply_piece(void *context, int index, int worker) {
  const application *a = context;
  const rl_network *network = a->network;
  int first = index * RL_ROWS, rows = a->rows - first < RL_ROWS ? a->rows - first : RL_ROWS;
  float *memory = a->memory ? a->memory + (size_t)first * (size_t)rl_network_memory(network) : NULL;
  rl_network_step_rows(network, network->theta.data, a->x + (size_t)first * (size_t)network->mlp.inputs, rows,
                       memory, a->y + (size_t)first * (size_t)rl_network_outputs(network), worker);
}

rl_status rl_network_apply(rl_network *network, const float *x, int rows, float *y, rl_error *error) {
  return rl_network_step(network, x, rows, NULL, y, error);
}

rl_status rl_network_step(rl_network *network, const float *x, int rows, float *memory, float *y,
                          rl_error *error) {
  rl_status status = rl_network_reserve(network, error);
  if (status) return status;
  application a = {network, x, memory, y, rows};
  rl_parallel_for(rl_pieces(rows, RL_ROWS), apply_piece, &a);
  return RL_OK;
}

void rl_network_read_shape(const rl_network *network, rl_network_options *options) {
  const rl_mlp *mlp = &network->mlp;
  options->n_hidden = mlp->n_layers - 1;
  for (int i = 0; i < options->n_hidden; i++) options->hidden[i] = mlp->width[i];
  options->activation = mlp->activation;
  options->layer_norm = mlp->layer_norm;
  options->normalize = network->normalizer.size > 0;
  options->normalizer = network->normalizer.map;
  options->clip = network->clip;
  options->seed = network->seed;
  options->history = network->history;
  options->gru = network->gru;
  options->init = RL_INIT_XAVIER;
}

void rl_network_copy(rl_network *to, const rl_network *from) {
  memcpy(to->theta.data, from->theta.data, (size_t)from->theta.shape[0] * sizeof(float));
  if (from->normalizer.size) rl_normalizer_copy(&to->normalizer, &from->normalizer);
}
