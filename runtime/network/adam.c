#include "network/adam.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

rl_status rl_adam_init(rl_adam *adam, size_t size, rl_error *error) {
  *adam = (rl_adam){.size = size, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-5};
  adam->m = rl_allocate(size, sizeof(float));
  adam->v = rl_allocate(size, sizeof(float));
  if (adam->m && adam->v) return RL_OK;
  rl_adam_release(adam);
  return rl_fail(error, RL_NO_MEMORY, "out of memory for Adam on %zu parameters", size);
}

void rl_adam_release(rl_adam *adam) {
  rl_release(adam->m);
  rl_release(adam->v);
  *adam = (rl_adam){0};
}

void rl_adam_step(rl_adam *adam, float *restrict theta, const float *restrict gradient, double scale,
                  double lr) {
  adam->step++;
  double correction1 = 1.0 - pow(adam->beta1, (double)adam->step);
  double correction2 = 1.0 - pow(adam->beta2, (double)adam->step);
  float beta1 = (float)adam->beta1, beta2 = (float)adam->beta2, factor = (float)scale;
  float rate = (float)(lr / correction1), inverse = (float)(1.0 / sqrt(correction2)),
        epsilon = (float)adam->epsilon;
  float *restrict m = adam->m, *restrict v = adam->v;
  size_t n = adam->size;
#pragma omp simd
  for (size_t i = 0; i < n; i++) {
    float g = gradient[i] * factor;
    m[i] = beta1 * m[i] + (1.0f - beta1) * g;
    v[i] = beta2 * v[i] + (1.0f - beta2) * g * g;
    theta[i] -= rate * m[i] / (sqrtf(v[i]) * inverse + epsilon);
  }
}

void rl_adam_copy(rl_adam *to, const rl_adam *from) {
  memcpy(to->m, from->m, from->size * sizeof(float));
  memcpy(to->v, from->v, from->size * sizeof(float));
  to->step = from->step;
}

rl_status rl_adam_save(const rl_adam *adam, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  int64_t size = (int64_t)adam->size, one = 1;
  rl_archive_key(name, prefix, "m");
  rl_status status = rl_archive_put(archive, name, RL_F32, 1, &size, adam->m, error);
  rl_archive_key(name, prefix, "v");
  if (!status) status = rl_archive_put(archive, name, RL_F32, 1, &size, adam->v, error);
  rl_archive_key(name, prefix, "step");
  if (!status) status = rl_archive_put(archive, name, RL_I64, 1, &one, &adam->step, error);
  return status;
}

rl_status rl_adam_load(rl_adam *adam, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_adam loaded;
  rl_status status = rl_adam_init(&loaded, adam->size, error);
  if (status) return status;
  rl_archive_key(name, prefix, "m");
  status = rl_archive_get(archive, name, RL_F32, (int64_t)adam->size, loaded.m, error);
  rl_archive_key(name, prefix, "v");
  if (!status) status = rl_archive_get(archive, name, RL_F32, (int64_t)adam->size, loaded.v, error);
  rl_archive_key(name, prefix, "step");
  if (!status) status = rl_archive_get(archive, name, RL_I64, 1, &loaded.step, error);
  if (!status && loaded.step < 0)
    status = rl_fail(error, RL_BAD_FORMAT, "%s: a negative number of steps", name);
  for (size_t i = 0; !status && i < adam->size; i++)
    if (!isfinite(loaded.m[i]) || !isfinite(loaded.v[i]) || loaded.v[i] < 0.0f)
      status =
          rl_fail(error, RL_BAD_FORMAT, "%s: the moments of parameter %zu are impossible", prefix, i + 1);
  if (!status) rl_adam_copy(adam, &loaded);
  rl_adam_release(&loaded);
  return status;
}
