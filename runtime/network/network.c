#include "network/network.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"

#include <assert.h>
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
                              .seed = 1};
}

static rl_mlp mlp_of(const rl_network_options *options, int inputs, int outputs) {
  rl_mlp mlp = {.inputs = inputs,
                .n_layers = options->n_hidden + 1,
                .activation = options->activation,
                .layer_norm = options->layer_norm};
  for (int i = 0; i < options->n_hidden && i < RL_MAX_LAYERS - 1; i++) mlp.width[i] = options->hidden[i];
  if (mlp.n_layers >= 1 && mlp.n_layers <= RL_MAX_LAYERS) mlp.width[mlp.n_layers - 1] = outputs;
  return mlp;
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
  return rl_mlp_init(&network->mlp, options->init, hidden, output, &rng, theta, error);
}

rl_status rl_network_init(rl_network *network, int inputs, int outputs, int extra,
                          const rl_network_options *options, uint32_t use_index, rl_error *error) {
  *network =
      (rl_network){.mlp = mlp_of(options, inputs, outputs), .clip = options->clip, .seed = options->seed};
  if (isnan(options->clip)) network->clip = options->normalize ? 10.0f : INFINITY;
  const rl_mlp *mlp = &network->mlp;
  rl_status status = rl_mlp_check(mlp, error);
  if (status) return status;
  if (!(network->clip > 0.0f))
    return rl_fail(error, RL_BAD_ARGUMENT, "option clip: %g is not above 0", (double)options->clip);
  int64_t size = (int64_t)rl_mlp_parameters(mlp) + extra;
  status = rl_tensor_zeros(&network->theta, 1, &size, error);
  if (!status && options->normalize)
    status = rl_normalizer_init(&network->normalizer, inputs, network->clip, error);
  if (!status) status = draw(network, options, use_index, error);
  if (status) rl_network_release(network);
  return status;
}

rl_status rl_network_tie(rl_network *network, const rl_mirror *input, const rl_mirror *output,
                         const rl_mirror *extra, rl_error *error) {
  rl_ties_release(&network->ties);
  return rl_ties_init(&network->ties, &network->mlp, input, output, extra, error);
}

rl_status rl_network_init_tied(rl_network *network, const rl_network_options *options, uint32_t use_index,
                               rl_error *error) {
  return draw(network, options, use_index, error);
}

/* The map of the inputs has changed: with this first layer the network is the function that it was. Where the range of an
 * input has grown, weights stay, and it is that only at the new centre: as steep as before over a wider range, units would
 * saturate (A2C, whose first batches see little of the cart-pole's track, then ended at 341 of 500). */
static void follow_normalizer(rl_network *network) {
  const rl_normalizer *n = &network->normalizer;
  const rl_mlp_layer first = rl_mlp_layer_at(&network->mlp, 0);
  float *weight = network->theta.data + first.weight, *bias = network->theta.data + first.bias;
  if (!n->known_before) return;
  for (int i = 0; i < first.in; i++, weight += first.out) {
    const float factor = fminf(n->inverse_before[i] / n->inverse[i], 1.0f);
    const float moved = (n->center[i] - n->center_before[i]) * n->inverse_before[i];
    const float shift = fminf(fmaxf(moved, -n->clip), n->clip);
    for (int j = 0; j < first.out; j++) {
      bias[j] += shift * weight[j];
      weight[j] *= factor;
    }
  }
  if (rl_network_is_symmetric(network)) rl_ties_restore(&network->ties, network->theta.data);
}

void rl_network_observe(rl_network *const *networks, int count, const float *x, const int *index, int rows,
                        const rl_mirror *mirror) {
  rl_normalizer *all[RL_OBSERVING] = {NULL};
  int normalizers = 0;
  assert(count <= RL_OBSERVING);
  for (int i = 0; i < count; i++)
    if (networks[i]->normalizer.size) rl_normalizer_remember(all[normalizers++] = &networks[i]->normalizer);
  rl_normalizer_update_all(all, normalizers, x, index, rows);
  for (int i = 0; i < count; i++) {
    rl_network *network = networks[i];
    const rl_mirror *image = rl_network_is_symmetric(network) ? &network->ties.input : mirror;
    if (!network->normalizer.size) continue;
    if (image) rl_normalizer_mirror(&network->normalizer, image);
    follow_normalizer(network);
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
    rl_normalizer_apply(&network->normalizer, x, rows, y);
    return;
  }
#pragma omp simd
  for (size_t i = 0; i < n; i++) y[i] = x[i] > clip ? clip : x[i] < -clip ? -clip : x[i];
}

/* A worker's scratch: normalised inputs, then the net's workspace, rounded up to whole cache lines. */
static size_t scratch_size(const rl_network *network) {
  size_t size = (size_t)RL_ROWS * (size_t)network->mlp.inputs + rl_mlp_workspace(&network->mlp, RL_ROWS);
  return (size + 15) / 16 * 16;
}

typedef struct application {
  const rl_network *network;
  const float *x;
  float *y;
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

void rl_network_apply_rows(const rl_network *network, const float *x, int rows, float *y, int worker) {
  const rl_mlp *mlp = &network->mlp;
  float *input = network->scratch + (size_t)worker * network->scratch_size;
  rl_network_normalize(network, x, rows, input);
  const float *out =
      rl_mlp_forward(mlp, network->theta.data, NULL, input, rows, input + RL_ROWS * mlp->inputs);
  memcpy(y, out, (size_t)rows * (size_t)rl_mlp_outputs(mlp) * sizeof *y);
}

static void apply_piece(void *context, int index, int worker) {
  const application *a = context;
  const rl_mlp *mlp = &a->network->mlp;
  int first = index * RL_ROWS, rows = a->rows - first < RL_ROWS ? a->rows - first : RL_ROWS;
  rl_network_apply_rows(a->network, a->x + (size_t)first * (size_t)mlp->inputs, rows,
                        a->y + (size_t)first * (size_t)rl_mlp_outputs(mlp), worker);
}

rl_status rl_network_apply(rl_network *network, const float *x, int rows, float *y, rl_error *error) {
  rl_status status = rl_network_reserve(network, error);
  if (status) return status;
  application a = {network, x, y, rows};
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
  options->init = RL_INIT_XAVIER;
}

void rl_network_copy(rl_network *to, const rl_network *from) {
  memcpy(to->theta.data, from->theta.data, (size_t)from->theta.shape[0] * sizeof(float));
  if (from->normalizer.size) rl_normalizer_copy(&to->normalizer, &from->normalizer);
}

/* A part of theta that has a name of its own in a file. */
enum { PARTS = 4 * RL_MAX_LAYERS + 1 };
typedef struct part {
  char name[32];
  size_t at; /* in theta */
  int ndim;
  int64_t shape[2];
} part;

/* The parts of a network with `extra` parameters behind the layers; returns how many. */
static int parts_of(const rl_mlp *mlp, int64_t extra, part list[PARTS]) {
  int n = 0;
  for (int l = 0; l < mlp->n_layers; l++) {
    const rl_mlp_layer at = rl_mlp_layer_at(mlp, l);
    const part own[] = {{"weight", at.weight, 2, {at.in, at.out}},
                        {"bias", at.bias, 1, {at.out}},
                        {"gain", at.gain, 1, {at.out}},
                        {"shift", at.shift, 1, {at.out}}};
    for (int i = 0; i < (at.normalized ? 4 : 2); i++) {
      list[n] = own[i];
      snprintf(list[n++].name, sizeof list->name, "layers.%d.%.8s", l, own[i].name);
    }
  }
  if (extra) list[n++] = (part){"log_std", rl_mlp_parameters(mlp), 1, {extra}};
  return n;
}

static int parts_of_network(const rl_network *network, part list[PARTS]) {
  int64_t own = (int64_t)rl_mlp_parameters(&network->mlp);
  return parts_of(&network->mlp, network->theta.shape[0] - own, list);
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
enum { TEXTS = 4 };
typedef struct label {
  const char *suffix;
  char value[256];
} label;

static void texts_of(const rl_network *network, label texts[TEXTS]) {
  const rl_mlp *mlp = &network->mlp;
  static const char *const suffixes[TEXTS] = {"layers", "activation", "layer_norm", "normalize"};
  for (int i = 0; i < TEXTS; i++) texts[i].suffix = suffixes[i];
  const size_t room = sizeof texts->value;
  size_t used = (size_t)snprintf(texts[0].value, room, "%d", mlp->inputs);
  for (int i = 0; i < mlp->n_layers; i++)
    used += (size_t)snprintf(texts[0].value + used, room - used, " %d", mlp->width[i]);
  snprintf(texts[1].value, room, "%s", rl_activation_names[mlp->activation]);
  snprintf(texts[2].value, room, "%s", mlp->layer_norm ? "true" : "false");
  snprintf(texts[3].value, room, "%s", network->normalizer.size ? "true" : "false");
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
  const int own = (int)rl_mlp_parameters(&network->mlp), inputs = network->mlp.inputs;
  const int sizes[MIRRORS] = {inputs, rl_mlp_outputs(&network->mlp), (int)network->theta.shape[0] - own};
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
    status =
        rl_archive_put_string(archive, rl_archive_key(name, prefix, texts[i].suffix), texts[i].value, error);
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
    if (!saved) return rl_fail(error, RL_BAD_FORMAT, "\"%s\" is missing", name);
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

rl_status rl_network_read_options(const rl_archive *archive, const char *prefix, rl_network_options *options,
                                  int *inputs, int *outputs, rl_error *error) {
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
  *inputs = sizes[0];
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
  rl_mlp mlp = mlp_of(options, *inputs, *outputs);
  const rl_array *theta = rl_archive_find(archive, rl_archive_key(name, prefix, "theta"));
  if (theta && (size_t)theta->count < rl_mlp_parameters(&mlp)) /* before a size of a file is allocated */
    return rl_fail(error, RL_BAD_FORMAT, "%s is shorter than its layers need", name);
  part list[PARTS];
  int parts = theta ? 0 : parts_of(&mlp, 0, list);
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
