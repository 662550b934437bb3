#include "network/normalizer.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>
#include <stdbool.h>

static void refresh(rl_normalizer *normalizer) {
  for (int i = 0; i < normalizer->size; i++) {
    bool known = normalizer->count > 0.0;
    double variance = known ? normalizer->m2[i] / normalizer->count : 1.0;
    normalizer->center[i] = known ? (float)normalizer->mean[i] : 0.0f;
    normalizer->inverse[i] = (float)(1.0 / sqrt(variance + 1e-8));
  }
}

rl_status rl_normalizer_init(rl_normalizer *normalizer, int size, float clip, rl_error *error) {
  size_t n = (size_t)size;
  *normalizer = (rl_normalizer){.size = size, .clip = clip};
  normalizer->mean = rl_allocate(2 * n, sizeof(double));
  normalizer->center = rl_allocate(4 * n, sizeof(float));
  if (!normalizer->mean || !normalizer->center) {
    rl_normalizer_release(normalizer);
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a normaliser of %d observations", size);
  }
  normalizer->m2 = normalizer->mean + n;
  normalizer->inverse = normalizer->center + n;
  normalizer->center_before = normalizer->inverse + n;
  normalizer->inverse_before = normalizer->center_before + n;
  refresh(normalizer);
  return RL_OK;
}

void rl_normalizer_release(rl_normalizer *normalizer) {
  rl_release(normalizer->mean);
  rl_release(normalizer->center);
  *normalizer = (rl_normalizer){0};
}

static size_t row_of(const int *index, int r) { return (size_t)(index ? index[r] : r); }

static void merge(rl_normalizer *normalizer, int i, double rows, double mean, double squares) {
  double total = normalizer->count + rows, delta = mean - normalizer->mean[i];
  normalizer->mean[i] += delta * rows / total;
  normalizer->m2[i] += squares + delta * delta * normalizer->count * rows / total;
}

void rl_normalizer_merge(rl_normalizer *normalizer, double count, const double *mean, const double *m2) {
  if (!(count > 0.0)) return;
  for (int i = 0; i < normalizer->size; i++) merge(normalizer, i, count, mean[i], m2[i]);
  normalizer->count += count;
  refresh(normalizer);
}

static void keep_map(rl_normalizer *normalizer) {
  normalizer->known_before = normalizer->count > 0.0;
  memcpy(normalizer->center_before, normalizer->center,
         2 * (size_t)normalizer->size * sizeof *normalizer->center); /* and inverse */
}

enum { COLUMNS = 16 }; /* that are summed side by side: rows lie in a row in memory */

void rl_normalizer_update_all(rl_normalizer *const *all, int count, const float *x, int stride,
                              const int *index, int rows) {
  for (int k = 0; k < count; k++) keep_map(all[k]);
  if (rows <= 0 || count <= 0) return;
  const int size = all[0]->size;
  const size_t apart = (size_t)stride;
  x += stride - size;
  for (int first = 0; first < size; first += COLUMNS) {
    const int n = size - first < COLUMNS ? size - first : COLUMNS;
    const float *column = x + first;
    double mean[COLUMNS] = {0}, squares[COLUMNS] = {0};
    for (int r = 0; r < rows; r++)
      for (int i = 0; i < n; i++) mean[i] += (double)column[row_of(index, r) * apart + (size_t)i];
    for (int i = 0; i < n; i++) mean[i] /= rows;
    for (int r = 0; r < rows; r++)
      for (int i = 0; i < n; i++) {
        double deviation = (double)column[row_of(index, r) * apart + (size_t)i] - mean[i];
        squares[i] += deviation * deviation;
      }
    for (int k = 0; k < count; k++)
      for (int i = 0; i < n; i++) merge(all[k], first + i, rows, mean[i], squares[i]);
  }
  for (int k = 0; k < count; k++) {
    all[k]->count += rows;
    refresh(all[k]);
  }
}

void rl_normalizer_update(rl_normalizer *normalizer, const float *x, const int *index, int rows) {
  rl_normalizer_update_all(&normalizer, 1, x, normalizer->size, index, rows);
}

/* Short rows, several in one loop. */
enum { TOGETHER = 16, SHORT = 16 };

static void apply_to_short(const rl_normalizer *normalizer, const float *x, int rows, float *y) {
  const int size = normalizer->size, most = TOGETHER * size;
  const float clip = normalizer->clip;
  float center[TOGETHER * SHORT], inverse[TOGETHER * SHORT];
  for (int k = 0; k < most; k++) {
    center[k] = normalizer->center[k % size];
    inverse[k] = normalizer->inverse[k % size];
  }
  for (int first = 0, all = rows * size; first < all; first += most) {
    const int n = all - first < most ? all - first : most;
    const float *in = x + first;
    float *out = y + first;
#pragma omp simd
    for (int k = 0; k < n; k++) {
      float z = (in[k] - center[k]) * inverse[k];
      z = z > clip ? clip : z;
      out[k] = z < -clip ? -clip : z;
    }
  }
}

void rl_normalizer_mirror(rl_normalizer *normalizer, const rl_mirror *mirror) {
  double *mean = normalizer->mean, *m2 = normalizer->m2;
  for (int i = 0; i < normalizer->size; i++) {
    const int other = mirror->from[i];
    const double sign = (double)mirror->sign[i], apart = 0.5 * (mean[i] - sign * mean[other]);
    if (other < i) continue;
    m2[i] = m2[other] = 0.5 * (m2[i] + m2[other]) + normalizer->count * apart * apart;
    mean[i] -= apart;
    mean[other] = sign * mean[i];
  }
  refresh(normalizer);
}

void rl_normalizer_balance(rl_normalizer *normalizer) {
  for (int i = 0; i < normalizer->size; i++) {
    normalizer->m2[i] += normalizer->count * normalizer->mean[i] * normalizer->mean[i];
    normalizer->mean[i] = 0.0;
  }
  refresh(normalizer);
}

void rl_normalizer_apply(const rl_normalizer *normalizer, const float *x, int rows, float *y) {
  int size = normalizer->size;
  float clip = normalizer->clip;
  const float *center = normalizer->center, *inverse = normalizer->inverse;
  if (size <= SHORT && rows >= 4 * TOGETHER) {
    apply_to_short(normalizer, x, rows, y);
    return;
  }
  for (int r = 0; r < rows; r++) {
    const float *in = x + (size_t)r * (size_t)size;
    float *out = y + (size_t)r * (size_t)size;
#pragma omp simd
    for (int i = 0; i < size; i++) {
      float z = (in[i] - center[i]) * inverse[i];
      z = z > clip ? clip : z;
      out[i] = z < -clip ? -clip : z;
    }
  }
}

void rl_normalizer_copy(rl_normalizer *to, const rl_normalizer *from) {
  size_t n = (size_t)from->size;
  to->count = from->count;
  to->clip = from->clip;
  memcpy(to->mean, from->mean, 2 * n * sizeof *to->mean);       /* and m2 */
  memcpy(to->center, from->center, 2 * n * sizeof *to->center); /* and inverse */
}

rl_status rl_normalizer_save(const rl_normalizer *normalizer, rl_archive *archive, const char *prefix,
                             rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  int64_t size = normalizer->size, one = 1;
  rl_status status = rl_archive_put(archive, rl_archive_key(name, prefix, "mean"), RL_F64, 1, &size,
                                    normalizer->mean, error);
  if (!status)
    status =
        rl_archive_put(archive, rl_archive_key(name, prefix, "m2"), RL_F64, 1, &size, normalizer->m2, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "count"), RL_F64, 1, &one,
                            &normalizer->count, error);
  return status;
}

rl_status rl_normalizer_load(rl_normalizer *normalizer, const rl_archive *archive, const char *prefix,
                             rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_normalizer loaded;
  rl_status status = rl_normalizer_init(&loaded, normalizer->size, normalizer->clip, error);
  if (status) return status;
  status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "mean"), RL_F64, loaded.size, loaded.mean, error);
  if (!status)
    status =
        rl_archive_get(archive, rl_archive_key(name, prefix, "m2"), RL_F64, loaded.size, loaded.m2, error);
  if (!status)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "count"), RL_F64, 1, &loaded.count, error);
  for (int i = 0; !status && i < loaded.size; i++)
    if (!isfinite(loaded.mean[i]) || !isfinite(loaded.m2[i]) || loaded.m2[i] < 0.0 ||
        !isfinite(loaded.count) || loaded.count < 0.0)
      status = rl_fail(error, RL_BAD_FORMAT, "%s: statistics of observation %d are not finite numbers",
                       prefix, i + 1);
  if (status) {
    rl_normalizer_release(&loaded);
    return status;
  }
  rl_normalizer_release(normalizer);
  *normalizer = loaded;
  refresh(normalizer);
  return RL_OK;
}
