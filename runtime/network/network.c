#include "network/network.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"

#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

const char *const rl_activation_names[4] = {"identity", "tanh", "relu", NULL};
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

static rl_network shape_of(const rl_network_options *options, int inputs, int outputs) {
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
  *network = shape_of(options, inputs > INT_MAX ? INT_MAX : (int)inputs, outputs);
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

void rl_network_observe(rl_network *network, const float *x, int stride, const int *index, int rows) {
  rl_normalizer *normalizer = &network->normalizer;
  if (!normalizer->size) return;
  rl_normalizer_update_all(&normalizer, 1, x, stride, index, rows);
  if (rl_network_is_symmetric(network)) rl_normalizer_mirror(&network->normalizer, &network->ties.input);
}

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
    const float moved = (n->center[k] - n->center_before[k]) * n->inverse_before[k];
    const float shift = fminf(fmaxf(moved, -n->clip), n->clip);
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

void rl_network_release(rl_network *network) {
  rl_ties_release(&network->ties);
  rl_tensor_release(&network->theta);
  rl_normalizer_release(&network->normalizer);
  rl_release(network->scratch);
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

/* A part of theta that has a name of its own in a file. */
enum { PARTS = 4 * RL_MAX_LAYERS + 5 };
typedef struct part {
  char name[32];
  size_t at; /* in theta */
  int ndim;
  int64_t shape[2];
} part;

static void add_part(part list[PARTS], int *n, const char *layer, const char *what, size_t at, int rows,
                     int columns) {
  part *p = &list[(*n)++];
  *p = rows ? (part){.at = at, .ndim = 2, .shape = {rows, columns}}
            : (part){.at = at, .ndim = 1, .shape = {columns}};
  snprintf(p->name, sizeof p->name, "%.20s.%.8s", layer, what);
}

/* Of layer l of a perceptron whose parameters begin at `from`. */
static void add_layer(part list[PARTS], int *n, const char *name, const rl_mlp *mlp, int l, size_t from) {
  const rl_mlp_layer at = rl_mlp_layer_at(mlp, l);
  add_part(list, n, name, "weight", from + at.weight, at.in, at.out);
  add_part(list, n, name, "bias", from + at.bias, 0, at.out);
  if (!at.normalized) return;
  add_part(list, n, name, "gain", from + at.gain, 0, at.out);
  add_part(list, n, name, "shift", from + at.shift, 0, at.out);
}

/* The parts of a network with `extra` parameters behind the layers; returns how many. */
static int parts_of(const rl_network *network, int64_t extra, part list[PARTS]) {
  const rl_mlp *mlp = &network->mlp;
  const int last = mlp->n_layers - 1;
  char name[32];
  int n = 0;
  for (int l = 0; l < last + !network->gru; l++) {
    snprintf(name, sizeof name, "layers.%d", l);
    add_layer(list, &n, name, mlp, l, 0);
  }
  if (network->gru) {
    snprintf(name, sizeof name, "layers.%d", last);
    add_layer(list, &n, "gru.input", mlp, last, 0);
    add_layer(list, &n, "gru.hidden", &network->cell, 0, rl_network_cell_at(network));
    add_layer(list, &n, name, &network->head, 0, rl_network_head_at(network));
  }
  if (extra) list[n++] = (part){"log_std", rl_network_parameters(network), 1, {extra}};
  return n;
}

static int parts_of_network(const rl_network *network, part list[PARTS]) {
  return parts_of(network, network->theta.shape[0] - (int64_t)rl_network_parameters(network), list);
}

/* The array of a part; NULL with an error when it is missing or another. */
static const rl_array *find_part(const rl_archive *archive, const char *prefix, const part *p,
                                 rl_error *error) {
  char name[RL_ARCHIVE_NAME], want[RL_SHAPE_TEXT], got[RL_SHAPE_TEXT];
  const rl_array *array = rl_archive_find(archive, rl_archive_key(name, prefix, p->name));
  if (!array) {
    rl_fail(error, RL_BAD_FORMAT, "array \"%s\" is missing", name);
  } else if (array->dtype != RL_F32) {
    rl_fail(error, RL_BAD_FORMAT, "array \"%s\" is not of float32", name);
  } else if (array->ndim != p->ndim ||
             memcmp(array->shape, p->shape, (size_t)p->ndim * sizeof *p->shape) != 0) {
    rl_fail(error, RL_BAD_FORMAT, "array \"%s\" has shape %s where %s is needed", name,
            rl_shape_text(array->ndim, array->shape, got), rl_shape_text(p->ndim, p->shape, want));
  } else {
    return array;
  }
  return NULL;
}

/* The architecture as strings of a file. */
enum { TEXTS = 6 };
typedef struct label {
  const char *suffix;
  char value[256];
} label;

static void texts_of(const rl_network *network, label texts[TEXTS]) {
  const rl_mlp *mlp = &network->mlp;
  static const char *const suffixes[TEXTS] = {"layers",    "activation", "layer_norm",
                                              "normalize", "history",    "gru"};
  for (int i = 0; i < TEXTS; i++) texts[i].suffix = suffixes[i];
  const size_t room = sizeof texts->value;
  size_t used = (size_t)snprintf(texts[0].value, room, "%d", mlp->inputs);
  for (int i = 0; i < mlp->n_layers; i++)
    used += (size_t)snprintf(texts[0].value + used, room - used, " %d",
                             i < mlp->n_layers - 1 ? mlp->width[i] : rl_network_outputs(network));
  snprintf(texts[1].value, room, "%s", rl_activation_names[mlp->activation]);
  snprintf(texts[2].value, room, "%s", mlp->layer_norm ? "true" : "false");
  snprintf(texts[3].value, room, "%s", network->normalizer.size ? "true" : "false");
  snprintf(texts[4].value, room, "%d", network->history);
  snprintf(texts[5].value, room, "%d", network->gru);
}

/* What the file says by not having it, as those of version 0.1 do. */
static const char *absent(const label *text) {
  if (strcmp(text->suffix, "history") == 0) return "1";
  return strcmp(text->suffix, "gru") == 0 ? "0" : "";
}

/* The mirrors of inputs, outputs and extra parameters, one after the other. */

enum { MIRRORS = 3 };

static rl_status save_mirror(const rl_network *network, rl_archive *archive, const char *prefix,
                             rl_error *error) {
  const rl_ties *ties = &network->ties;
  const rl_mirror *mirrors[MIRRORS] = {&ties->input, &ties->output, &ties->extra};
  const int64_t n = ties->input.n + ties->output.n + ties->extra.n;
  char name[RL_ARCHIVE_NAME];
  int32_t *numbers = rl_allocate((size_t)n, sizeof *numbers), *at = numbers;
  if (!numbers) return rl_fail(error, RL_NO_MEMORY, "out of memory to save a network");
  for (int k = 0; k < MIRRORS; k++)
    for (int i = 0; i < mirrors[k]->n; i++)
      *at++ = mirrors[k]->sign[i] < 0.0f ? -mirrors[k]->from[i] - 1 : mirrors[k]->from[i] + 1;
  rl_status status =
      rl_archive_put(archive, rl_archive_key(name, prefix, "mirror"), RL_I32, 1, &n, numbers, error);
  rl_release(numbers);
  return status;
}

/* Ties like those of `network`, by the mirrors of a file; none where the file has none. */
static rl_status read_ties(rl_ties *ties, const rl_network *network, const rl_archive *archive,
                           const char *prefix, rl_error *error) {
  static const char *const what[MIRRORS] = {"observation", "output", "deviation"};
  char name[RL_ARCHIVE_NAME];
  *ties = (rl_ties){0};
  const rl_array *array = rl_archive_find(archive, rl_archive_key(name, prefix, "mirror"));
  if (!array) return RL_OK;
  if (network->gru) return rl_fail(error, RL_BAD_FORMAT, "%s: of a network with a recurrent layer", name);
  const int own = (int)rl_network_parameters(network), inputs = network->mlp.inputs;
  const int sizes[MIRRORS] = {inputs, rl_network_outputs(network), (int)network->theta.shape[0] - own};
  const int n = sizes[0] + sizes[1] + sizes[2];
  if (array->dtype != RL_I32 || array->count != n)
    return rl_fail(error, RL_BAD_FORMAT, "array \"%s\" is not of %d numbers of int32", name, n);
  int *from = rl_allocate((size_t)n, sizeof *from);
  float *sign = rl_allocate((size_t)n, sizeof *sign);
  rl_status status = from && sign ? RL_OK : rl_fail(error, RL_NO_MEMORY, "out of memory to load a network");
  for (int i = 0; !status && i < n; i++) {
    const int32_t number = ((const int32_t *)array->data)[i];
    from[i] = number == INT32_MIN ? -1 : (number < 0 ? -number : number) - 1;
    sign[i] = number < 0 ? -1.0f : 1.0f;
  }
  rl_mirror mirrors[MIRRORS];
  for (int k = 0, first = 0; !status && k < MIRRORS; first += sizes[k++]) {
    rl_error bad;
    mirrors[k] = (rl_mirror){sizes[k], from + first, sign + first};
    if (rl_mirror_check(&mirrors[k], sizes[k], what[k], &bad))
      status = rl_fail(error, RL_BAD_FORMAT, "%s: %s", name, bad.message);
  }
  if (!status) status = rl_ties_init(ties, &network->mlp, &mirrors[0], &mirrors[1], &mirrors[2], error);
  rl_release(from);
  rl_release(sign);
  return status;
}

rl_status rl_network_save(const rl_network *network, rl_archive *archive, const char *prefix,
                          rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  label texts[TEXTS];
  texts_of(network, texts);
  rl_status status = RL_OK;
  for (int i = 0; !status && i < TEXTS; i++)
    if (strcmp(texts[i].value, absent(&texts[i])) != 0)
      status = rl_archive_put_string(archive, rl_archive_key(name, prefix, texts[i].suffix), texts[i].value,
                                     error);
  /* Numbers that are not whole go into arrays: their text would depend on the locale of the program. */
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "clip"), RL_F32, 1, (int64_t[]){1},
                            &network->clip, error);
  part list[PARTS];
  int n = parts_of_network(network, list);
  for (int i = 0; !status && i < n; i++)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, list[i].name), RL_F32, list[i].ndim,
                            list[i].shape, network->theta.data + list[i].at, error);
  if (!status && network->normalizer.size)
    status =
        rl_normalizer_save(&network->normalizer, archive, rl_archive_key(name, prefix, "normalizer"), error);
  if (!status && rl_network_is_symmetric(network)) status = save_mirror(network, archive, prefix, error);
  return status;
}

rl_status rl_network_take(rl_network *network, const rl_archive *archive, const char *prefix,
                          rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  label texts[TEXTS];
  float clip;
  texts_of(network, texts);
  for (int i = 0; i < TEXTS; i++) {
    const char *saved = rl_archive_string(archive, rl_archive_key(name, prefix, texts[i].suffix));
    if (!saved) saved = absent(&texts[i]);
    if (!*saved) return rl_fail(error, RL_BAD_FORMAT, "\"%s\" is missing", name);
    if (strcmp(saved, texts[i].value) != 0)
      return rl_fail(error, RL_BAD_FORMAT, "%s: another network: %s is \"%.64s\" there, \"%.64s\" here",
                     prefix, texts[i].suffix, saved, texts[i].value);
  }
  rl_status status = rl_archive_get(archive, rl_archive_key(name, prefix, "clip"), RL_F32, 1, &clip, error);
  if (status) return status;
  if (clip != network->clip)
    return rl_fail(error, RL_BAD_FORMAT, "%s: another network: clip is %g there, %g here", prefix,
                   (double)clip, (double)network->clip);
  rl_ties ties;
  status = read_ties(&ties, network, archive, prefix, error);
  if (status) return status;
  if (!rl_mirror_same(&ties.input, &network->ties.input) ||
      !rl_mirror_same(&ties.output, &network->ties.output) ||
      !rl_mirror_same(&ties.extra, &network->ties.extra))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: another network: %s", prefix,
                     !rl_network_is_symmetric(network) ? "symmetric there, not here"
                     : ties.input.n == 0               ? "symmetric here, not there"
                                                       : "of other mirror images there");
  rl_ties_release(&ties);
  return status ? status : rl_network_load(network, archive, prefix, error);
}

static const char *need(const rl_archive *archive, const char *prefix, const char *suffix) {
  char name[RL_ARCHIVE_NAME];
  const char *value = rl_archive_string(archive, rl_archive_key(name, prefix, suffix));
  return value ? value : "";
}

/* 1 .. RL_MAX_WIDTH; `missing` where the file does not have it. */
static bool read_count(const rl_archive *archive, const char *prefix, const char *suffix, int missing,
                       int *count) {
  const char *text = need(archive, prefix, suffix);
  int length = 0;
  *count = missing;
  return !*text || (sscanf(text, "%9d%n", count, &length) == 1 && !text[length] && *count >= 1 &&
                    *count <= RL_MAX_WIDTH);
}

rl_status rl_network_read_options(const rl_archive *archive, const char *prefix, rl_network_options *options,
                                  int *size, int *outputs, rl_error *error) {
  *options = rl_network_defaults(1.0f);
  char name[RL_ARCHIVE_NAME];
  int sizes[RL_MAX_LAYERS + 1], n = 0, length = 0;
  const char *text = need(archive, prefix, "layers");
  while (n <= RL_MAX_LAYERS && sscanf(text, "%9d%n", &sizes[n], &length) == 1) {
    if (sizes[n] < 1 || sizes[n] > RL_MAX_WIDTH) n = RL_MAX_LAYERS + 1;
    text += length;
    n++;
  }
  if (n < 2 || n > RL_MAX_LAYERS + 1 || *text)
    return rl_fail(error, RL_BAD_FORMAT, "%s: the layer sizes in the metadata are missing or impossible",
                   prefix);
  if (!read_count(archive, prefix, "history", 1, &options->history) || sizes[0] % options->history)
    return rl_fail(error, RL_BAD_FORMAT, "%s: its history does not divide its %d inputs", prefix, sizes[0]);
  if (!read_count(archive, prefix, "gru", 0, &options->gru))
    return rl_fail(error, RL_BAD_FORMAT, "%s: its gru is not a number of units", prefix);
  *size = sizes[0] / options->history;
  *outputs = sizes[n - 1];
  options->n_hidden = n - 2;
  for (int i = 0; i < n - 2; i++) options->hidden[i] = sizes[i + 1];
  const char *activation = need(archive, prefix, "activation");
  int choice = 0;
  while (choice < 3 && strcmp(activation, rl_activation_names[choice]) != 0) choice++;
  if (choice == 3)
    return rl_fail(error, RL_BAD_FORMAT, "%s: unknown activation \"%.32s\"", prefix, activation);
  options->activation = (rl_activation)choice;
  options->layer_norm = strcmp(need(archive, prefix, "layer_norm"), "true") == 0;
  options->normalize = strcmp(need(archive, prefix, "normalize"), "true") == 0;
  if (rl_archive_get(archive, rl_archive_key(name, prefix, "clip"), RL_F32, 1, &options->clip, error))
    return RL_BAD_FORMAT;
  if (!(options->clip > 0.0f))
    return rl_fail(error, RL_BAD_FORMAT, "%s is %g, not above 0", name, (double)options->clip);
  options->seed = RL_NO_SEED;
  options->init = RL_INIT_XAVIER; /* the quicker one: what is in the file goes over it */
  const rl_network network = shape_of(options, sizes[0], *outputs);
  const rl_array *theta = rl_archive_find(archive, rl_archive_key(name, prefix, "theta"));
  if (theta &&
      (size_t)theta->count < rl_network_parameters(&network)) /* before a size of a file is allocated */
    return rl_fail(error, RL_BAD_FORMAT, "%s is shorter than its layers need", name);
  part list[PARTS];
  int parts = theta ? 0 : parts_of(&network, 0, list);
  for (int i = 0; i < parts; i++)
    if (!find_part(archive, prefix, &list[i], error)) return RL_BAD_FORMAT;
  return RL_OK;
}

/* All in one array: files of version 0.1. */
static rl_status read_theta(const rl_tensor *theta, const rl_archive *archive, const char *name,
                            rl_error *error) {
  size_t size = (size_t)theta->shape[0];
  rl_status status = rl_archive_get(archive, name, RL_F32, (int64_t)size, theta->data, error);
  size_t bad = status ? size : rl_first_not_finite(theta->data, size);
  if (bad == size) return status;
  return rl_fail(error, RL_NOT_FINITE, "%s: parameter %zu is not a finite number", name, bad + 1);
}

static rl_status read_parts(const rl_network *network, const rl_tensor *theta, const rl_archive *archive,
                            const char *prefix, rl_error *error) {
  part list[PARTS];
  int n = parts_of_network(network, list);
  for (int i = 0; i < n; i++) {
    const rl_array *array = find_part(archive, prefix, &list[i], error);
    if (!array) return RL_BAD_FORMAT;
    size_t size = (size_t)array->count, bad = rl_first_not_finite(array->data, size);
    if (bad < size)
      return rl_fail(error, RL_NOT_FINITE, "%s: number %zu is not finite", array->name, bad + 1);
    memcpy(theta->data + list[i].at, array->data, size * sizeof(float));
  }
  return RL_OK;
}

rl_status rl_network_load(rl_network *network, const rl_archive *archive, const char *prefix,
                          rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_tensor theta;
  rl_ties ties;
  rl_status status = read_ties(&ties, network, archive, prefix, error);
  if (status) return status;
  status = rl_tensor_zeros(&theta, 1, network->theta.shape, error);
  if (!status && rl_archive_find(archive, rl_archive_key(name, prefix, "theta")))
    status = read_theta(&theta, archive, name, error);
  else if (!status)
    status = read_parts(network, &theta, archive, prefix, error);
  if (!status && network->normalizer.size)
    status =
        rl_normalizer_load(&network->normalizer, archive, rl_archive_key(name, prefix, "normalizer"), error);
  if (!status) {
    memcpy(network->theta.data, theta.data,
           (size_t)theta.shape[0] * sizeof(float)); /* in place: views of theta stay alive */
    rl_ties_release(&network->ties);
    network->ties = ties;
    ties = (rl_ties){0};
  }
  rl_ties_release(&ties);
  rl_tensor_release(&theta);
  return status;
}
