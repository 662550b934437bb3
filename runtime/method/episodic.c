#include "method/episodic.h"

#include "base/memory.h"

#include <string.h>

static rl_status reserve(rl_episodic *e, int episodes, int rows, size_t size, rl_error *error) {
  if ((size_t)episodes * size > e->score_room) {
    rl_release(e->score);
    e->score = rl_allocate((size_t)episodes * size, sizeof *e->score);
    e->score_room = e->score ? (size_t)episodes * size : 0;
  }
  if (rows > e->rows_room) {
    rl_release(e->rows);
    e->rows = rl_allocate((size_t)rows, sizeof *e->rows);
    e->rows_room = e->rows ? rows : 0;
  }
  if (episodes >= e->first_room) {
    rl_release(e->first);
    e->first = rl_allocate((size_t)episodes + 1, sizeof *e->first);
    e->first_room = e->first ? episodes + 1 : 0;
  }
  if (e->score_room && e->rows_room && e->first_room) return RL_OK;
  return rl_fail(error, RL_NO_MEMORY, "out of memory for the scores of %d episodes", episodes);
}

rl_status rl_episodic_begin(rl_episodic *e, const rl_rollout *batch, size_t size, const rl_images *images,
                            rl_error *error) {
  const int each = images ? 2 : 1;
  rl_status status = reserve(e, batch->copies, each * batch->n_rows, size, error);
  if (status) return status;
  e->episodes = batch->copies;
  e->next = 0;
  e->n_rows = each * batch->n_rows;
  e->size = size;
  int n = 0;
  for (int c = 0; c < batch->copies; c++) {
    e->first[c] = each * n;
    for (int t = 0; t < batch->length[c]; t++) e->rows[n++] = t * batch->copies + c;
  }
  e->first[batch->copies] = each * n;
  if (images) rl_images_pair_up(images, e->rows, n, e->rows);
  return RL_OK;
}

void rl_episodic_release(rl_episodic *e) {
  rl_release(e->score);
  rl_release(e->rows);
  rl_release(e->first);
  *e = (rl_episodic){0};
}

const int *rl_episodic_rows(const rl_episodic *e, int *rows) {
  *rows = e->first[e->next + 1] - e->first[e->next];
  return e->rows + e->first[e->next];
}

static void center(rl_episodic *e) {
  for (size_t i = 0; i < e->size; i++) {
    double mean = 0.0;
    for (int k = 0; k < e->episodes; k++) mean += (double)e->score[(size_t)k * e->size + i] / e->episodes;
    for (int k = 0; k < e->episodes; k++) {
      float *score = &e->score[(size_t)k * e->size + i];
      *score = (float)((double)*score - mean);
    }
  }
}

bool rl_episodic_take(rl_episodic *e, const float *gradient) {
  const int rows = e->first[e->next + 1] - e->first[e->next];
  float *score = e->score + (size_t)e->next * e->size;
  for (size_t i = 0; i < e->size; i++) score[i] = (float)-rows * gradient[i];
  if (++e->next < e->episodes) return false;
  center(e);
  return true;
}

void rl_episodic_product(const rl_episodic *e, const float *v, double share, float *product) {
  for (size_t i = 0; i < e->size; i++) product[i] = share < 1.0 ? (float)(1.0 - share) * product[i] : 0.0f;
  for (int k = 0; k < e->episodes; k++) {
    const float *score = e->score + (size_t)k * e->size;
    double along = 0.0;
    for (size_t i = 0; i < e->size; i++) along += (double)score[i] * (double)v[i];
    const float weight = (float)(share * along / e->n_rows);
    for (size_t i = 0; i < e->size; i++) product[i] += weight * score[i];
  }
}
