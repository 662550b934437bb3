/* A network in an archive: its architecture as strings, each layer under a name of its own, the mirrors of a symmetric one, and
 * the statistics of its normaliser. network.h lists what is there. */
#include "network/network.h"

#include "base/memory.h"
#include "base/vector.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

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
enum { TEXTS = 7 };
typedef struct label {
  const char *suffix;
  char value[256];
} label;

static void texts_of(const rl_network *network, label texts[TEXTS]) {
  const rl_mlp *mlp = &network->mlp;
  static const char *const suffixes[TEXTS] = {"layers",  "activation", "layer_norm", "normalize",
                                              "history", "gru",        "normalizer"};
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
  snprintf(texts[6].value, room, "%s", rl_normalizer_names[network->normalizer.map]);
}

/* What the file says by not having it, as those of version 0.1 do. */
static const char *absent(const char *suffix) {
  if (strcmp(suffix, "history") == 0) return "1";
  if (strcmp(suffix, "normalizer") == 0) return rl_normalizer_names[RL_NORMALIZER_STANDARD];
  return strcmp(suffix, "gru") == 0 ? "0" : "";
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
    if (strcmp(texts[i].value, absent(texts[i].suffix)) != 0)
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
    if (!saved) saved = absent(texts[i].suffix);
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
  return value ? value : absent(suffix);
}

/* Which of `names`, which NULL ends, a string of the file is: *choice. RL_BAD_FORMAT naming it. */
static rl_status read_choice(const rl_archive *archive, const char *prefix, const char *suffix,
                             const char *const *names, int *choice, rl_error *error) {
  const char *text = need(archive, prefix, suffix);
  for (*choice = 0; names[*choice]; ++*choice)
    if (strcmp(text, names[*choice]) == 0) return RL_OK;
  return rl_fail(error, RL_BAD_FORMAT, "%s: unknown %s \"%.32s\"", prefix, suffix, text);
}

/* least .. RL_MAX_WIDTH */
static bool read_count(const rl_archive *archive, const char *prefix, const char *suffix, int least,
                       int *count) {
  const char *text = need(archive, prefix, suffix);
  int length = 0;
  return sscanf(text, "%9d%n", count, &length) == 1 && !text[length] && *count >= least &&
         *count <= RL_MAX_WIDTH;
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
  int activation, map;
  if (read_choice(archive, prefix, "activation", rl_activation_names, &activation, error) ||
      read_choice(archive, prefix, "normalizer", rl_normalizer_names, &map, error))
    return RL_BAD_FORMAT;
  options->activation = (rl_activation)activation;
  options->normalizer = (rl_normalizer_map)map;
  options->layer_norm = strcmp(need(archive, prefix, "layer_norm"), "true") == 0;
  options->normalize = strcmp(need(archive, prefix, "normalize"), "true") == 0;
  if (rl_archive_get(archive, rl_archive_key(name, prefix, "clip"), RL_F32, 1, &options->clip, error))
    return RL_BAD_FORMAT;
  if (!(options->clip > 0.0f))
    return rl_fail(error, RL_BAD_FORMAT, "%s is %g, not above 0", name, (double)options->clip);
  options->seed = RL_NO_SEED;
  options->init = RL_INIT_XAVIER; /* the quicker one: what is in the file goes over it */
  const rl_network network = rl_network_of_shape(options, sizes[0], *outputs);
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
