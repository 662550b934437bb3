#include "env/vec_env_ranks.h"

#include "base/memory.h"
#include "env/vec_env_internal.h"

#include <stdio.h>
#include <string.h>

/* --- terms --- */

enum { TERM_NAME = 64 };

typedef struct term_names {
  int count;
  char name[RL_MAX_TERMS][TERM_NAME];
} term_names;

static int find_term(const term_names *names, const char *name) {
  int k = 0;
  while (k < names->count && strcmp(names->name[k], name) != 0) k++;
  return k;
}

/* Those of rank 0, then what else the others have, rank after rank. */
static void unite(term_names *all, int ranks, term_names *united) {
  united->count = 0;
  for (int r = 0; r < ranks; r++)
    for (int k = 0; k < all[r].count; k++) {
      const int place = find_term(united, all[r].name[k]);
      if (place < united->count || united->count == RL_MAX_TERMS) continue;
      memcpy(united->name[united->count++], all[r].name[k], TERM_NAME);
    }
}

bool rl_judge_agree(const rl_judge *judge, rl_term_places *places) {
  if (!judge->place_terms) return false;
  term_names own = {.count = judge->n_terms(judge->context)}, united;
  for (int k = 0; k < own.count; k++)
    snprintf(own.name[k], TERM_NAME, "%s", judge->term_name(judge->context, k));
  if (!rl_ranks_other(rl_ranks_mark(&own, sizeof own, 0))) return false;
  size_t *sizes = rl_allocate((size_t)rl_ranks_count(), sizeof *sizes);
  if (!sizes) rl_ranks_abort(1);
  term_names *all = rl_ranks_gather(&own, sizeof own, sizes);
  unite(all, rl_ranks_count(), &united);
  rl_release(all);
  rl_release(sizes);
  const char *names[RL_MAX_TERMS];
  for (int k = 0; k < united.count; k++) names[k] = united.name[k];
  judge->place_terms(judge->context, names, united.count);
  places->count = own.count;
  for (int k = 0; k < own.count; k++) places->to[k] = find_term(&united, own.name[k]);
  return true;
}

void rl_terms_move(const rl_term_places *places, float *terms) {
  float moved[RL_MAX_TERMS] = {0};
  for (int k = 0; k < places->count; k++) moved[places->to[k]] = terms[k];
  memcpy(terms, moved, sizeof moved);
}

void rl_terms_move_f64(const rl_term_places *places, double *terms) {
  double moved[RL_MAX_TERMS] = {0};
  for (int k = 0; k < places->count; k++) moved[places->to[k]] = terms[k];
  memcpy(terms, moved, sizeof moved);
}
