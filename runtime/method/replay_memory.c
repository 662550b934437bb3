#include "method/replay_memory.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"

#include <string.h>

/* The numbers at the end of a row. */
enum { REWARD, LOG_PROB, GOES_ON, ENDS };

/* Of GOES_ON, beside 0 and 1. */
static const float at_rest = 2.0f, left = 3.0f;

static float *row_of(const rl_memory *memory, int place) {
  return memory->rows + (size_t)place * memory->stride;
}

rl_status rl_memory_init(rl_memory *memory, int capacity, int obs_size, int width, int agents,
                         rl_error *error) {
  capacity = rl_pieces(capacity, agents) * agents;
  *memory = (rl_memory){.obs_size = obs_size, .width = width, .agents = agents, .capacity = capacity};
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
  while (*cut < r->n_cut && r->cut_row[*cut] < cell) ++*cut;
  if (*cut < r->n_cut && r->cut_row[*cut] == cell) return r->cut_obs + (size_t)*cut * size;
  if (r->truncated[cell]) return NULL;
  if (r->terminated[cell] && !r->whole) return r->obs.data + (size_t)cell * size; /* it does not count */
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
  ends[GOES_ON] = step->rests ? at_rest : !step->goes_on ? 0.0f : step->leaves ? left : 1.0f;
  memory->next = memory->next + 1 == memory->capacity ? 0 : memory->next + 1;
  if (memory->count < memory->capacity) memory->count++;
}

static rl_memory_step step_at(const rl_memory *memory, const rl_rollout *r, int row, int *cut) {
  const size_t size = (size_t)memory->obs_size, width = (size_t)memory->width, cell = (size_t)row;
  return (rl_memory_step){.obs = r->obs.data + cell * size,
                          .action = r->action.data + cell * width,
                          .after = after(r, row, cut),
                          .reward = r->reward.data[cell],
                          .log_prob = r->log_prob.data[cell],
                          .goes_on = !r->terminated[cell]};
}

/* Moments of worlds, unless all rest there. */
static void take_worlds(rl_memory *memory, const rl_rollout *r) {
  const int agents = memory->agents, cells = r->progress.steps * r->copies;
  rl_memory_step steps[RL_MAX_AGENTS];
  for (int world = 0, k = 0, cut = 0; world < cells; world += agents) {
    bool known = true, any = false, over = true;
    for (int a = 0; a < agents; a++) {
      steps[a] = step_at(memory, r, world + a, &cut);
      known = known && steps[a].after;
      while (k < r->n_rows && r->rows[k] < world + a) k++;
      steps[a].rests = k == r->n_rows || r->rows[k] != world + a;
      any = any || !steps[a].rests;
      over = over && (steps[a].rests || r->terminated[world + a] || r->truncated[world + a]);
    }
    for (int a = 0; a < agents; a++) steps[a].leaves = !over && r->truncated[world + a];
    for (int a = 0; a < agents && known && any; a++) rl_memory_put(memory, &steps[a]);
  }
}

void rl_memory_take(rl_memory *memory, const rl_rollout *r) {
  if (memory->agents > 1) {
    take_worlds(memory, r);
    return;
  }
  for (int k = 0, cut = 0; k < r->n_rows; k++) {
    const rl_memory_step step = step_at(memory, r, r->rows[k], &cut);
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
                          .goes_on = ends[GOES_ON] == 1.0f || ends[GOES_ON] == left,
                          .rests = ends[GOES_ON] == at_rest,
                          .leaves = ends[GOES_ON] == left};
}

void rl_memory_draw(const rl_memory *memory, rl_rng *rng, int rows, int *place) {
  for (int k = 0; k < rows; k++) {
    do place[k] = (int)rl_rng_below(rng, (uint32_t)memory->count);
    while (row_of(memory, place[k])[memory->stride - ENDS + GOES_ON] == at_rest);
    const float *row = row_of(memory, place[k] - place[k] % memory->agents);
    for (size_t i = 0; i < (size_t)memory->agents * memory->stride; i += 16) __builtin_prefetch(row + i);
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

/* Is there somebody in each moment of a world who does not rest? */
static bool has_steps(const rl_memory *memory, int count) {
  for (int first = 0; first < count; first += memory->agents) {
    bool any = false;
    for (int a = 0; a < memory->agents; a++) {
      const float goes_on = row_of(memory, first + a)[memory->stride - ENDS + GOES_ON];
      any = any || goes_on != at_rest;
      if (goes_on != 0.0f && goes_on != 1.0f && goes_on != at_rest && goes_on != left) return false;
    }
    if (!any) return false;
  }
  return true;
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
      (count < memory->capacity && next != count) || count % memory->agents || next % memory->agents)
    return rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  const int64_t n = count * (int64_t)memory->stride;
  if (n)
    status = rl_archive_get(archive, rl_archive_key(name, prefix, "steps"), RL_F32, n, memory->rows, error);
  if (!status && rl_first_not_finite(memory->rows, (size_t)n) < (size_t)n)
    status = rl_fail(error, RL_NOT_FINITE, "%s: not finite", name);
  if (!status && !has_steps(memory, (int)count))
    status = rl_fail(error, RL_BAD_FORMAT, "%s: not sensible", name);
  if (status) return status;
  memory->count = (int)count;
  memory->next = (int)next;
  return RL_OK;
}
