#include "method/replay_memory.h"

#include "base/memory.h"
#include "base/vector.h"

#include <string.h>

rl_status rl_memory_init(rl_memory *memory, int capacity, int obs_size, int width, rl_error *error) {
  *memory = (rl_memory){.obs_size = obs_size, .width = width, .capacity = capacity};
  memory->stride = rl_memory_ends(memory) + RL_MEMORY_ENDS;
  const size_t bytes = (size_t)capacity * memory->stride * sizeof(float);
  memory->rows = rl_allocate_unset(bytes, 0);
  if (memory->rows) return RL_OK;
  return rl_fail(error, RL_NO_MEMORY, "out of memory to remember %d steps: %.0f MB", capacity,
                 1e-6 * (double)bytes);
}

void rl_memory_release(rl_memory *memory) {
  rl_release(memory->rows);
  *memory = (rl_memory){0};
}

/* What the copy saw after the step at `cell`; NULL: a file did not say. */
static const float *after(const rl_rollout *r, int cell, int *cut) {
  const size_t size = (size_t)r->obs.shape[2];
  const int copies = r->copies, copy = cell % copies;
  if (r->truncated[cell]) {
    while (*cut < r->n_cut && r->cut_row[*cut] < cell) ++*cut;
    return *cut < r->n_cut && r->cut_row[*cut] == cell ? r->cut_obs + (size_t)*cut * size : NULL;
  }
  if (r->terminated[cell]) return r->obs.data + (size_t)cell * size; /* whatever: it does not count */
  const bool last = cell / copies == r->progress.steps - 1;
  return last ? r->last_obs.data + (size_t)copy * size : r->obs.data + (size_t)(cell + copies) * size;
}

/* Room for the newest step. */
static float *next_row(rl_memory *memory) {
  float *row = memory->rows + (size_t)memory->next * memory->stride;
  memory->next = memory->next + 1 == memory->capacity ? 0 : memory->next + 1;
  if (memory->count < memory->capacity) memory->count++;
  return row;
}

static void put(rl_memory *memory, const float *obs, const float *action, const float *next, float reward,
                float log_prob, bool terminated) {
  const size_t size = (size_t)memory->obs_size, width = (size_t)memory->width;
  float *row = next_row(memory), *ends = row + rl_memory_ends(memory);
  memcpy(row, obs, size * sizeof *row);
  memcpy(row + size, action, width * sizeof *row);
  memcpy(row + rl_memory_after(memory), next, size * sizeof *row);
  ends[RL_MEMORY_REWARD] = reward;
  ends[RL_MEMORY_LOG_PROB] = log_prob;
  ends[RL_MEMORY_GOES_ON] = terminated ? 0.0f : 1.0f;
}

void rl_memory_take(rl_memory *memory, const rl_rollout *r) {
  const size_t size = (size_t)memory->obs_size, width = (size_t)memory->width;
  for (int k = 0, cut = 0; k < r->n_rows; k++) {
    const int cell = r->rows[k];
    const float *next = after(r, cell, &cut);
    if (next)
      put(memory, r->obs.data + (size_t)cell * size, r->action.data + (size_t)cell * width, next,
          r->reward.data[cell], r->log_prob.data[cell], r->terminated[cell]);
  }
}

void rl_memory_add(rl_memory *memory, const rl_steps *s) {
  const size_t size = (size_t)memory->obs_size, width = (size_t)memory->width;
  for (size_t k = 0; k < (size_t)s->count; k++)
    put(memory, s->obs + k * size, s->action + k * width, s->next_obs + k * size, s->reward[k],
        s->log_prob ? s->log_prob[k] : 0.0f, s->terminated[k] != 0.0f);
}

rl_status rl_memory_save(const rl_memory *memory, rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  const int64_t shape[] = {memory->count, (int64_t)memory->stride},
                place[] = {memory->capacity, memory->count, memory->next};
  rl_status status =
      rl_archive_put(archive, rl_archive_key(name, prefix, "place"), RL_I64, 1, (int64_t[]){3}, place, error);
  if (status || !memory->count) return status;
  return rl_archive_put(archive, rl_archive_key(name, prefix, "steps"), RL_F32, 2, shape, memory->rows,
                        error);
}

rl_status rl_memory_load(rl_memory *memory, const rl_archive *archive, const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  int64_t place[3];
  rl_status status = rl_archive_get(archive, rl_archive_key(name, prefix, "place"), RL_I64, 3, place, error);
  if (status) return status;
  if (place[0] != memory->capacity)
    return rl_fail(error, RL_BAD_FORMAT, "%s: a memory of %lld steps there, of %d here", prefix,
                   (long long)place[0], memory->capacity);
  const int64_t next = place[2], count = place[1];
  if (count < 0 || count > memory->capacity || next < 0 || next >= memory->capacity ||
      (count < memory->capacity && next != count))
    return rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  const int64_t n = count * (int64_t)memory->stride;
  if (n)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "steps"), RL_F32, n, memory->rows, error);
  if (!status && rl_first_not_finite(memory->rows, (size_t)n) < (size_t)n)
    status = rl_fail(error, RL_NOT_FINITE, "%s: not finite", name);
  for (int64_t i = 0; !status && i < count; i++) {
    const float goes_on = rl_memory_row(memory, (int)i)[rl_memory_ends(memory) + RL_MEMORY_GOES_ON];
    if (goes_on != 0.0f && goes_on != 1.0f) status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  }
  if (status) return status;
  memory->count = (int)count;
  memory->next = (int)next;
  return RL_OK;
}
