#include "method/images.h"

#include "base/memory.h"

#include <string.h>

void rl_images_release(rl_images *images) {
  rl_release(images->obs);
  rl_release(images->pairs);
  *images = (rl_images){0};
}

/* Numbers of one cell. */
typedef struct widths {
  size_t obs, action, output;
} widths;

static widths widths_of(const rl_policy *policy) {
  return (widths){(size_t)policy->observation.size, (size_t)rl_space_width(&policy->action),
                  (size_t)rl_policy_outputs(policy)};
}

static rl_status make_room(rl_images *images, int cells, int rows, widths width, rl_error *error) {
  const size_t n = 2 * (size_t)cells, pairs = 2 * (size_t)rows;
  if (cells > images->capacity) {
    rl_release(images->obs);
    images->obs = rl_allocate(n * (width.obs + width.action + width.output + 3), sizeof(float));
    images->capacity = images->obs ? cells : 0;
  }
  if (pairs > images->pairs_capacity) {
    rl_release(images->pairs);
    images->pairs = rl_allocate(pairs, sizeof(int));
    images->pairs_capacity = images->pairs ? pairs : 0;
  }
  if (!images->capacity || !images->pairs_capacity)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for the images of %d steps", rows);
  images->cells = cells;
  images->action = images->obs + n * width.obs;
  images->output = images->action + n * width.action;
  images->log_prob = images->output + n * width.output;
  images->value = images->log_prob + n;
  images->target = images->value + n;
  return RL_OK;
}

static void copy(float *to, const rl_tensor *from, size_t n) { memcpy(to, from->data, n * sizeof *to); }

static void copy_twice(float *to, const rl_tensor *from, size_t n) {
  copy(to, from, n);
  copy(to + n, from, n);
}

/* Where no step was taken there may be anything, which is no choice of an action. */
static void mirror_actions(const rl_images *images, const rl_rollout *batch, const rl_space *space,
                           size_t width) {
  float *action = images->action + (size_t)images->cells * width;
  memset(action, 0, (size_t)images->cells * width * sizeof *action);
  for (int k = 0; k < batch->n_rows; k++) {
    const size_t at = (size_t)batch->rows[k] * width;
    rl_mirror_actions(&images->symmetry->action, space, batch->action.data + at, 1, action + at);
  }
}

rl_status rl_images_make(rl_images *images, const rl_symmetry *symmetry, const rl_rollout *batch,
                         const rl_policy *policy, rl_error *error) {
  const int cells = batch->steps * batch->copies;
  const widths width = widths_of(policy);
  const size_t n = (size_t)cells;
  rl_status status = make_room(images, cells, batch->n_rows, width, error);
  if (status) return status;
  images->symmetry = symmetry;
  copy(images->obs, &batch->obs, n * width.obs);
  rl_mirror_apply(&symmetry->observation, batch->obs.data, cells * policy->network.history,
                  images->obs + n * width.obs);
  copy(images->action, &batch->action, n * width.action);
  mirror_actions(images, batch, &policy->action, width.action);
  copy(images->output, &batch->output, n * width.output);
  copy_twice(images->log_prob, &batch->log_prob, n);
  copy_twice(images->value, &batch->value, n);
  copy_twice(images->target, &batch->target, n);
  rl_images_pair_up(images, batch->rows, batch->n_rows, images->pairs);
  return RL_OK;
}

rl_samples rl_images_samples(const rl_images *i, const float *log_std) {
  return (rl_samples){i->cells, i->obs, i->action, i->log_prob, i->output, i->value, i->target, log_std};
}

rl_status rl_images_judge(rl_images *images, rl_policy *policy, rl_value *value, int first, int n,
                          rl_error *error) {
  const widths width = widths_of(policy);
  const size_t at = (size_t)first;
  const float *obs = images->obs + at * width.obs;
  float *output = images->output + at * width.output, *values = images->value + at;
  rl_status status = rl_policy_apply(policy, obs, n, output, error);
  if (!status && value) status = rl_network_apply(&value->network, obs, n, values, error);
  for (int r = 0; !status && policy->value_head && r < n; r++)
    values[r] = output[((size_t)r + 1) * width.output - 1];
  return status;
}

/* From the end on, as they may go where they come from. */
void rl_images_pair_up(const rl_images *images, const int *rows, int n, int *pairs) {
  for (int k = n - 1; k >= 0; k--) {
    const int row = rows[k];
    pairs[2 * k] = row;
    pairs[2 * k + 1] = row + images->cells;
  }
}
