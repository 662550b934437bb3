#include "method/reward_filter.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

rl_status rl_reward_filter_init(rl_reward_filter *filter, int copies, rl_error *error) {
  *filter = (rl_reward_filter){.copies = copies, .rolling = rl_allocate((size_t)copies, sizeof(double))};
  return filter->rolling ? RL_OK : rl_fail(error, RL_NO_MEMORY, "out of memory for a reward filter");
}

void rl_reward_filter_release(rl_reward_filter *filter) {
  rl_release(filter->rolling);
  *filter = (rl_reward_filter){0};
}

void rl_reward_filter_copy(rl_reward_filter *to, const rl_reward_filter *from) {
  double *rolling = memcpy(to->rolling, from->rolling, (size_t)from->copies * sizeof *rolling);
  *to = *from;
  to->rolling = rolling;
}

static void take(rl_reward_filter *filter, double x) {
  double d = x - filter->mean;
  filter->count += 1.0;
  filter->mean += d / filter->count;
  filter->m2 += d * (x - filter->mean);
}

/* Sums that hardly differ (constant rewards, first steps) say nothing about the scale yet: 1. */
static double deviation_of(const rl_reward_filter *filter) {
  double deviation = filter->count > 0.0 ? sqrt(filter->m2 / filter->count) : 0.0;
  return deviation > 1e-3 * fabs(filter->mean) && deviation > 1e-8 ? deviation : 1.0;
}

void rl_reward_filter_apply(rl_reward_filter *filter, const rl_trajectories *batch, double gamma,
                            bool scaling, double clip, float *out) {
  for (int c = 0; scaling && c < batch->copies; c++) {
    for (int t = 0; t < (batch->length ? batch->length[c] : batch->steps); t++) {
      size_t i = (size_t)t * (size_t)batch->copies + (size_t)c;
      double before = batch->time[i] > 0 ? filter->rolling[c] : 0.0;
      filter->rolling[c] = gamma * before + (double)batch->reward[i];
      take(filter, filter->rolling[c]);
    }
  }
  double scale = scaling ? 1.0 / deviation_of(filter) : 1.0;
  for (size_t i = 0; i < (size_t)batch->steps * (size_t)batch->copies; i++) {
    double r = (double)batch->reward[i] * scale;
    out[i] = (float)(clip > 0.0 ? fmin(fmax(r, -clip), clip) : r);
  }
}

rl_status rl_reward_filter_save(const rl_reward_filter *filter, rl_archive *archive, const char *prefix,
                                rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const double moments[3] = {filter->count, filter->mean, filter->m2};
  rl_status status = rl_archive_put(archive, rl_archive_key(name, prefix, "moments"), RL_F64, 1,
                                    (int64_t[]){3}, moments, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "rolling"), RL_F64, 1,
                            (int64_t[]){filter->copies}, filter->rolling, error);
  return status;
}

rl_status rl_reward_filter_load(rl_reward_filter *filter, const rl_archive *archive, const char *prefix,
                                rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  double moments[3];
  rl_archive_key(name, prefix, "moments");
  rl_status status = rl_archive_get(archive, name, RL_F64, 3, moments, error);
  if (!status && !(moments[0] >= 0.0 && moments[2] >= 0.0 && isfinite(moments[0] + moments[1] + moments[2])))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: no moments", name);
  rl_archive_key(name, prefix, "rolling");
  if (!status) status = rl_archive_get(archive, name, RL_F64, filter->copies, filter->rolling, error);
  for (int c = 0; !status && c < filter->copies; c++)
    if (!isfinite(filter->rolling[c])) status = rl_fail(error, RL_NOT_FINITE, "%s: not finite", name);
  if (status) return status;
  filter->count = moments[0];
  filter->mean = moments[1];
  filter->m2 = moments[2];
  return RL_OK;
}
