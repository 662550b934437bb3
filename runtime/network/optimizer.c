#include "network/optimizer.h"

#include "base/memory.h"
#include "base/vector.h"
#include "network/optimizer_kernels.h"

#include <math.h>
#include <string.h>

#define AT(field) offsetof(rl_optimizer, field)

enum { ADAM = 1 << RL_ADAM, SGD = 1 << RL_SGD, RMSPROP = 1 << RL_RMSPROP };

/* name, unit, meaning, default, min, max, choices, type, place, whose, live */
static const rl_option table[] = {
    {"lr", "", "learning rate: how long a step is", 3e-4, 0, 10, NULL, RL_OPTION_NUMBER, AT(lr), ADAM, true,
     NULL},
    {"lr", "", "learning rate: a step is so many gradients", 0.01, 0, 10, NULL, RL_OPTION_NUMBER, AT(lr), SGD,
     true, NULL},
    {"lr", "", "learning rate: how long a step is", 7e-4, 0, 10, NULL, RL_OPTION_NUMBER, AT(lr), RMSPROP,
     true, NULL},
    {"max_grad_norm", "", "a longer gradient is scaled to this norm; 0: never", 0, 0, INFINITY, NULL,
     RL_OPTION_NUMBER, AT(max_grad_norm), ADAM | SGD | RMSPROP, true, NULL},
    {"beta1", "", "decay of the running mean of gradients", 0.9, 0, 1 - 1e-9, NULL, RL_OPTION_NUMBER,
     AT(beta1), ADAM, false, NULL},
    {"beta2", "", "decay of the running mean of squared gradients", 0.999, 0, 1 - 1e-9, NULL,
     RL_OPTION_NUMBER, AT(beta2), ADAM, false, NULL},
    {"epsilon", "", "added to the root of that mean: keeps steps finite", 1e-5, 1e-30, 1, NULL,
     RL_OPTION_NUMBER, AT(epsilon), ADAM, false, NULL},
    {"decay", "", "of the running mean of squared gradients", 0.99, 0, 1 - 1e-9, NULL, RL_OPTION_NUMBER,
     AT(beta2), RMSPROP, false, NULL},
    {"epsilon", "", "added to that mean, below the root: keeps steps finite", 1e-5, 1e-30, 1, NULL,
     RL_OPTION_NUMBER, AT(epsilon), RMSPROP, false, NULL},
};

rl_options rl_optimizer_options(rl_optimizer_kind kind) {
  return (rl_options){table, sizeof table / sizeof *table, 1U << kind};
}

rl_status rl_optimizer_init(rl_optimizer *optimizer, rl_optimizer_kind kind, size_t size, rl_error *error) {
  *optimizer = (rl_optimizer){.kind = kind, .size = size};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++)
    if (rl_option_has(&table[i], 1U << kind)) rl_option_set(optimizer, &table[i], table[i].value);
  if (kind == RL_ADAM) optimizer->m = rl_allocate(size, sizeof(float));
  if (kind != RL_SGD) optimizer->v = rl_allocate(size, sizeof(float));
  if ((optimizer->m || kind != RL_ADAM) && (optimizer->v || kind == RL_SGD)) return RL_OK;
  rl_optimizer_release(optimizer);
  return rl_fail(error, RL_NO_MEMORY, "out of memory for the moments of %zu parameters", size);
}

rl_status rl_optimizer_init_like(rl_optimizer *optimizer, const rl_optimizer *other, rl_error *error) {
  const rl_optimizer_kind kind = other->m ? RL_ADAM : other->v ? RL_RMSPROP : RL_SGD;
  return rl_optimizer_init(optimizer, kind, other->size, error);
}

void rl_optimizer_release(rl_optimizer *optimizer) {
  rl_release(optimizer->m);
  rl_release(optimizer->v);
  *optimizer = (rl_optimizer){0};
}

static void step_adam(rl_optimizer *adam, float *theta, const float *gradient, double scale) {
  adam->step++;
  double correction1 = 1.0 - pow(adam->beta1, (double)adam->step);
  double correction2 = 1.0 - pow(adam->beta2, (double)adam->step);
  const rl_adam_step step = {.beta1 = (float)adam->beta1,
                             .beta2 = (float)adam->beta2,
                             .scale = (float)scale,
                             .rate = (float)(adam->lr / correction1),
                             .inverse = (float)(1.0 / sqrt(correction2)),
                             .epsilon = (float)adam->epsilon};
  RL_KERNELS(rl_optimizer_table)->adam(&step, theta, adam->m, adam->v, gradient, adam->size);
}

static void step_rmsprop(rl_optimizer *o, float *theta, const float *gradient, double scale) {
  o->step++;
  const rl_rmsprop_step step = {
      .decay = (float)o->beta2, .scale = (float)scale, .rate = (float)o->lr, .epsilon = (float)o->epsilon};
  RL_KERNELS(rl_optimizer_table)->rmsprop(&step, theta, o->v, gradient, o->size);
}

void rl_optimizer_step(rl_optimizer *optimizer, float *theta, const float *gradient, double norm) {
  double longest = optimizer->max_grad_norm, scale = longest > 0.0 && norm > longest ? longest / norm : 1.0;
  const float rate = (float)(optimizer->lr * scale);
  switch (optimizer->kind) {
  case RL_ADAM: step_adam(optimizer, theta, gradient, scale); break;
  case RL_RMSPROP: step_rmsprop(optimizer, theta, gradient, scale); break;
  case RL_SGD:
    for (size_t i = 0; i < optimizer->size; i++) theta[i] -= rate * gradient[i];
  }
}

rl_status rl_optimizer_descend(rl_optimizer *optimizer, float *theta, const float *gradient, double *norm,
                               rl_error *error) {
  size_t bad = rl_first_not_finite(gradient, optimizer->size);
  if (bad < optimizer->size)
    return rl_fail(error, RL_NOT_FINITE,
                   "element %zu of the gradient is not a finite number; nothing was changed", bad + 1);
  *norm = sqrt(RL_KERNELS(rl_optimizer_table)->sum_squares(gradient, optimizer->size));
  if (!(*norm < RL_MAX_GRADIENT))
    return rl_fail(error, RL_NOT_FINITE, "the norm of the gradient is beyond 1e18; nothing was changed");
  rl_optimizer_step(optimizer, theta, gradient, *norm);
  return RL_OK;
}

void rl_optimizer_copy(rl_optimizer *to, const rl_optimizer *from) {
  if (from->m) memcpy(to->m, from->m, from->size * sizeof(float));
  if (from->v) memcpy(to->v, from->v, from->size * sizeof(float));
  to->step = from->step;
}

/* Plain steps leave nothing behind but their number. */
rl_status rl_optimizer_save(const rl_optimizer *optimizer, rl_archive *archive, const char *prefix,
                            rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  int64_t size = (int64_t)optimizer->size, one = 1;
  rl_status status =
      rl_archive_put(archive, rl_archive_key(name, prefix, "step"), RL_I64, 1, &one, &optimizer->step, error);
  if (!status && optimizer->m)
    status =
        rl_archive_put(archive, rl_archive_key(name, prefix, "m"), RL_F32, 1, &size, optimizer->m, error);
  if (!status && optimizer->v)
    status =
        rl_archive_put(archive, rl_archive_key(name, prefix, "v"), RL_F32, 1, &size, optimizer->v, error);
  return status;
}

static rl_status read_moments(rl_optimizer *loaded, const rl_archive *archive, const char *prefix,
                              rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const int64_t size = (int64_t)loaded->size;
  rl_status status = RL_OK;
  if (loaded->m)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "m"), RL_F32, size, loaded->m, error);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "v"), RL_F32, size, loaded->v, error);
  for (size_t i = 0; !status && i < loaded->size; i++)
    if ((loaded->m && !isfinite(loaded->m[i])) || !isfinite(loaded->v[i]) || loaded->v[i] < 0.0f)
      status =
          rl_fail(error, RL_BAD_FORMAT, "%s: the moments of parameter %zu are impossible", prefix, i + 1);
  return status;
}

rl_status rl_optimizer_load(rl_optimizer *optimizer, const rl_archive *archive, const char *prefix,
                            rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_optimizer loaded;
  rl_status status = rl_optimizer_init_like(&loaded, optimizer, error);
  if (!status && loaded.v) status = read_moments(&loaded, archive, prefix, error);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "step"), RL_I64, 1, &loaded.step, error);
  if (!status && (loaded.step < 0 || loaded.step > RL_MAX_COUNT))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: an impossible number of steps", name);
  if (!status) rl_optimizer_copy(optimizer, &loaded);
  rl_optimizer_release(&loaded);
  return status;
}
