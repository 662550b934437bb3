#include "network/ties.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

/* The image of number i of a layer: place and sign. */
typedef struct image {
  int from;
  float sign;
} image;

static image image_at(const rl_mirror *mirror, int i) { return (image){mirror->from[i], mirror->sign[i]}; }

static image hidden_image(int width, int i) {
  const int half = width / 2;
  return (image){i < half ? i + half : i < 2 * half ? i - half : i, 1.0f};
}

/* l: -1 for the inputs. */
static image image_of(const rl_ties *ties, const rl_mlp *mlp, int l, int i) {
  if (l < 0) return image_at(&ties->input, i);
  return l == mlp->n_layers - 1 ? image_at(&ties->output, i) : hidden_image(mlp->width[l], i);
}

/* Lists a pair once, when the first of the two comes. */
static void tie(rl_ties *ties, size_t one, size_t other, float sign) {
  const bool zero = one == other && sign < 0.0f;
  if (one < other || zero) ties->pairs[ties->n++] = (rl_tied){(uint32_t)one, (uint32_t)other, sign};
  if (one <= other && !zero) ties->free[ties->n_free++] = (uint32_t)one;
}

static void tie_layer(rl_ties *ties, const rl_mlp *mlp, int l) {
  const rl_mlp_layer at = rl_mlp_layer_at(mlp, l);
  const size_t out = (size_t)at.out;
  for (int i = 0; i < at.in; i++) {
    const image input = image_of(ties, mlp, l - 1, i);
    for (int j = 0; j < at.out; j++) {
      const image output = image_of(ties, mlp, l, j);
      tie(ties, at.weight + (size_t)i * out + (size_t)j,
          at.weight + (size_t)input.from * out + (size_t)output.from, input.sign * output.sign);
    }
  }
  const size_t rows[] = {at.bias, at.gain, at.shift};
  for (int k = 0; k < (at.normalized ? 3 : 1); k++)
    for (int j = 0; j < at.out; j++) {
      const image output = image_of(ties, mlp, l, j);
      tie(ties, rows[k] + (size_t)j, rows[k] + (size_t)output.from, output.sign);
    }
}

static void copy_mirror(rl_ties *ties, rl_mirror *to, const rl_mirror *from, int *used) {
  *to = (rl_mirror){from->n, ties->places + *used, ties->signs + *used};
  for (int i = 0; i < from->n; i++) {
    ties->places[*used + i] = from->from[i];
    ties->signs[*used + i] = from->sign[i];
  }
  *used += from->n;
}

rl_status rl_ties_init(rl_ties *ties, const rl_mlp *mlp, const rl_mirror *input, const rl_mirror *output,
                       const rl_mirror *extra, rl_error *error) {
  const size_t own = rl_mlp_parameters(mlp), size = own + (size_t)extra->n;
  const size_t numbers = (size_t)input->n + (size_t)output->n + (size_t)extra->n;
  *ties = (rl_ties){.pairs = rl_allocate(size, sizeof *ties->pairs),
                    .free = rl_allocate(size, sizeof *ties->free),
                    .places = rl_allocate(numbers, sizeof *ties->places),
                    .signs = rl_allocate(numbers, sizeof *ties->signs)};
  if (!ties->pairs || !ties->free || !ties->places || !ties->signs) {
    rl_ties_release(ties);
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a symmetric network of %zu parameters", size);
  }
  int used = 0;
  copy_mirror(ties, &ties->input, input, &used);
  copy_mirror(ties, &ties->output, output, &used);
  copy_mirror(ties, &ties->extra, extra, &used);
  for (int l = 0; l < mlp->n_layers; l++) tie_layer(ties, mlp, l);
  for (int i = 0; i < extra->n; i++) tie(ties, own + (size_t)i, own + (size_t)extra->from[i], extra->sign[i]);
  return RL_OK;
}

void rl_ties_release(rl_ties *ties) {
  rl_release(ties->pairs);
  rl_release(ties->free);
  rl_release(ties->places);
  rl_release(ties->signs);
  *ties = (rl_ties){0};
}

void rl_ties_project(const rl_ties *ties, float *gradient) {
  for (size_t k = 0; k < ties->n; k++) {
    const rl_tied *t = &ties->pairs[k];
    const float mean = 0.5f * (gradient[t->one] + t->sign * gradient[t->other]);
    gradient[t->other] = t->sign * mean;
    gradient[t->one] = mean;
  }
}

size_t rl_ties_first_loose(const rl_ties *ties, const float *theta) {
  for (size_t k = 0; k < ties->n; k++)
    if (theta[ties->pairs[k].other] != ties->pairs[k].sign * theta[ties->pairs[k].one]) return k;
  return ties->n;
}

void rl_ties_restore(const rl_ties *ties, float *theta) {
  for (size_t k = 0; k < ties->n; k++) {
    const rl_tied *t = &ties->pairs[k];
    theta[t->other] = t->one == t->other ? 0.0f : t->sign * theta[t->one];
  }
}

void rl_ties_spread(const rl_ties *ties, const float *free, float *theta) {
  for (size_t i = 0; i < ties->n_free; i++) theta[ties->free[i]] = free[i];
  rl_ties_restore(ties, theta);
}

void rl_ties_gather(const rl_ties *ties, const float *theta, float *free) {
  for (size_t i = 0; i < ties->n_free; i++) free[i] = theta[ties->free[i]];
}

/* Numbers of a layer in other coordinates: those that stay in an image, and those that change their sign. Number i is part
 * of coordinate `place` of either kind, with the factor `share`, 0: of none. */
typedef struct coordinate {
  int place[2];
  float share[2];
} coordinate;

static void find_coordinates(const rl_ties *ties, const rl_mlp *mlp, int l, int n, coordinate *of,
                             int counts[2]) {
  const float half = 0.70710678f;
  counts[0] = counts[1] = 0;
  for (int i = 0; i < n; i++) {
    const image at = image_of(ties, mlp, l, i);
    if (at.from == i) {
      const int kind = at.sign > 0.0f ? 0 : 1;
      of[i] = (coordinate){{0, 0}, {0.0f, 0.0f}};
      of[i].place[kind] = counts[kind]++;
      of[i].share[kind] = 1.0f;
    } else if (at.from > i) {
      of[i] = (coordinate){{counts[0], counts[1]}, {half, half}};
      of[at.from] = (coordinate){{counts[0]++, counts[1]++}, {at.sign * half, -at.sign * half}};
    }
  }
}

/* Adds the block of either kind, an orthogonal map of the coordinates, to the weight. */
static rl_status add_block(float *weight, const rl_mlp_layer *at, const coordinate *input,
                           const coordinate *output, int kind, int in, int out, float gain, rl_rng *rng,
                           rl_error *error) {
  if (in == 0 || out == 0) return RL_OK;
  float *block = rl_allocate((size_t)in * (size_t)out, sizeof *block);
  if (!block) return rl_fail(error, RL_NO_MEMORY, "out of memory for a layer of %d x %d", at->in, at->out);
  rl_status status = rl_mlp_init_weight(block, in, out, RL_INIT_ORTHOGONAL, gain, rng, error);
  for (int i = 0; !status && i < at->in; i++)
    for (int j = 0; j < at->out; j++)
      if (input[i].share[kind] != 0.0f && output[j].share[kind] != 0.0f)
        weight[(size_t)i * (size_t)at->out + (size_t)j] +=
            input[i].share[kind] * output[j].share[kind] *
            block[(size_t)input[i].place[kind] * (size_t)out + (size_t)output[j].place[kind]];
  rl_release(block);
  return status;
}

static rl_status init_orthogonal(const rl_ties *ties, const rl_mlp *mlp, int l, float gain, rl_rng *rng,
                                 float *theta, rl_error *error) {
  const rl_mlp_layer at = rl_mlp_layer_at(mlp, l);
  int in[2], out[2];
  coordinate *of = rl_allocate((size_t)at.in + (size_t)at.out, sizeof *of);
  if (!of) return rl_fail(error, RL_NO_MEMORY, "out of memory for a layer of %d x %d", at.in, at.out);
  find_coordinates(ties, mlp, l - 1, at.in, of, in);
  find_coordinates(ties, mlp, l, at.out, of + at.in, out);
  memset(theta + at.weight, 0, (size_t)at.in * (size_t)at.out * sizeof *theta);
  rl_status status = RL_OK;
  for (int kind = 0; !status && kind < 2; kind++)
    status = add_block(theta + at.weight, &at, of, of + at.in, kind, in[kind], out[kind], gain, rng, error);
  rl_release(of);
  return status;
}

rl_status rl_ties_init_theta(const rl_ties *ties, const rl_mlp *mlp, rl_init init, float hidden_gain,
                             float output_gain, rl_rng *rng, float *theta, rl_error *error) {
  rl_status status = RL_OK;
  if (init == RL_INIT_XAVIER) status = rl_mlp_init(mlp, init, hidden_gain, output_gain, rng, theta, error);
  for (int l = 0; !status && init == RL_INIT_ORTHOGONAL && l < mlp->n_layers; l++)
    status =
        init_orthogonal(ties, mlp, l, l < mlp->n_layers - 1 ? hidden_gain : output_gain, rng, theta, error);
  if (!status) rl_ties_restore(ties, theta); /* of sums, what they came to is equal but for rounding */
  return status;
}
