#include "method/replay_memory.h"

#include "base/memory.h"
#include "base/vector.h"

#include <string.h>

/* The numbers at the end of a row. */
enum { REWARD, LOG_PROB, GOES_ON, ENDS };

static float *row_of(const rl_memory *memory, int place) {
  return memory->rows + (size_t)place * memory->stride;
}

rl_status rl_memory_init(rl_memory *memory, int capacity, int obs_size, int width, rl_error *error) {
  *memory = (rl_memory){.obs_size = obs_size, .width = width, .capacity = capacity};
  memory->stride = 2 * (size_t)obs_size + (size_t)width + ENDS;
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

void rl_memory_put(rl_memory *memory, const rl_memory_step *step) {
  const size_t size = (size_t)memory->obs_size, width = (size_t)memory->width;
  float *row = row_of(memory, memory->next), *ends = row + 2 * size + width;
  memcpy(row, step->obs, size * sizeof *row);
  memcpy(row + size, step->action, width * sizeof *row);
  memcpy(row + size + width, step->after, size * sizeof *row);
  ends[REWARD] = step->reward;
  ends[LOG_PROB] = step->log_prob;
  ends[GOES_ON] = step->goes_on ? 1.0f : 0.0f;
  memory->next = memory->next + 1 == memory->capacity ? 0 : memory->next + 1;
  if (memory->count < memory->capacity) memory->count++;
}

void rl_memory_take(rl_memory *memory, const rl_rollout *r) {
  const size_t size = (size_t)memory->obs_size, width = (size_t)memory->width;
  for (int k = 0, cut = 0; k < r->n_rows; k++) {
    const size_t cell = (size_t)r->rows[k];
    const rl_memory_step step = {.obs = r->obs.data + cell * size,
                                 .action = r->action.data + cell * width,
                                 .after = after(r, r->rows[k], &cut),
                                 .reward = r->reward.data[cell],
                                 .log_prob = r->log_prob.data[cell],
                                 .goes_on = !r->terminated[cell]};
    if (step.after) rl_memory_put(memory, &step);
  }
}

rl_memory_step rl_memory_at(const rl_memory *memory, int place) {
  const size_t size = (size_t)memory->obs_size, width = (size_t)memory->width;
  const float *row = row_of(memory, place), *ends = row + 2 * size + width;
  return (rl_memory_step){.obs = row,
                          .action = row + size,
                          .after = row + size + width,
                          .reward = ends[REWARD],
                          .log_prob = ends[LOG_PROB],
                          .goes_on = ends[GOES_ON] != 0.0f};
}

void rl_memory_draw(const rl_memory *memory, rl_rng *rng, int rows, int *place) {
  for (int k = 0; k < rows; k++) {
    place[k] = (int)rl_rng_below(rng, (uint32_t)memory->count);
    const float *row = row_of(memory, place[k]);
    for (size_t i = 0; i < memory->stride; i += 16) __builtin_prefetch(row + i);
  }
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
    const float goes_on = row_of(memory, (int)i)[memory->stride - ENDS + GOES_ON];
    if (goes_on != 0.0f && goes_on != 1.0f) status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  }
  if (status) return status;
  memory->count = (int)count;
  memory->next = (int)next;
  return RL_OK;
}
