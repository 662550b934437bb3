#include "env/vec_env_ranks.h"

#include "archive/archive.h"
#include "base/memory.h"
#include "env/vec_env_internal.h"

#include <stdio.h>
#include <string.h>

/* --- copies --- */

bool rl_vec_env_may_share(const rl_vec_env *env) {
  return rl_ranks_count() > 1 && !env->world && env->is_reset && !env->def->serial;
}

/* Of the worlds. */
static rl_ranks_part own_part(const rl_vec_env *env) { return rl_ranks_part_of(env->worlds, rl_ranks_own()); }

void rl_vec_env_begin_shared(rl_vec_env *env) {
  env->part = own_part(env);
  env->away = false;
}

void rl_vec_env_end_shared(rl_vec_env *env) {
  env->part = (rl_ranks_part){0, env->worlds};
  env->away = true;
}

#define COLUMN(data, width)                                                                                  \
  { (data), 1, (size_t)(width) * sizeof *(data), 0 }
#define OF_COPY(member)                                                                                      \
  { &env->copies->member, 1, sizeof env->copies->member, sizeof *env->copies }

void rl_vec_env_share(rl_vec_env *env) {
  const rl_ranks_array arrays[] = {COLUMN(env->observation, obs_size(env)),
                                   COLUMN(env->final_observation, obs_size(env)),
                                   COLUMN(env->terminated, 1),
                                   COLUMN(env->truncated, 1),
                                   COLUMN(env->idle, 1),
                                   COLUMN(env->episode_return, 1),
                                   COLUMN(env->episode_length, 1)};
  rl_ranks_share_groups(arrays, sizeof arrays / sizeof *arrays, env->worlds, env->agents);
}

static void share_books(rl_vec_env *env) {
  const size_t n_options = (size_t)env->def->n_options;
  const rl_ranks_array of_rows[] = {
      COLUMN(env->fields, n_fields(env)), COLUMN(env->final_fields, n_fields(env)), COLUMN(env->reward, 1),
      COLUMN(env->terms, RL_MAX_TERMS), COLUMN(env->episode_terms, RL_MAX_TERMS)};
  const rl_ranks_array arrays[] = {COLUMN(env->options_in_use, n_options),
                                   OF_COPY(rng),
                                   OF_COPY(start),
                                   OF_COPY(own),
                                   OF_COPY(borrowed),
                                   OF_COPY(loss)};
  rl_ranks_share_groups(of_rows, sizeof of_rows / sizeof *of_rows, env->worlds, env->agents);
  rl_ranks_share(arrays, sizeof arrays / sizeof *arrays, env->worlds);
}

/* Of copies that are saved as numbers: they are then here as they are there. */
static rl_status share_numbers(rl_vec_env *env, double *state) {
  const size_t n_state = (size_t)env->def->n_state;
  const rl_ranks_part own = own_part(env);
  for (int i = own.first; i < own.end; i++) env->def->save(env->copies[i].self, state + (size_t)i * n_state);
  const rl_ranks_array array = COLUMN(state, n_state);
  rl_ranks_share(&array, 1, env->worlds);
  for (int i = 0; i < env->worlds; i++) {
    rl_terms terms[RL_MAX_AGENTS];
    rl_env_io io[RL_MAX_AGENTS];
    if (i >= own.first && i < own.end) continue;
    rl_vec_env_io(env, i, io, terms);
    env->def->load(env->copies[i].self, options_in_use(env, i), &env->copies[i].rng,
                   state + (size_t)i * n_state, io);
  }
  env->away = false;
  return RL_OK;
}

/* Bytes of actions that world i is replayed from. */
static size_t history_size(const rl_vec_env *env, int i) {
  const bool kept = env->is_reset && !env->copies[i].loss && env->copies[i].history;
  return kept ? (size_t)rl_vec_env_age(env, i) * world_width(env) * sizeof(float) : 0;
}

static bool take_history(rl_vec_env *env, int i, const char *actions, size_t size) {
  rl_copy *c = &env->copies[i];
  const int64_t steps = (int64_t)(size / (world_width(env) * sizeof(float)));
  while (c->history_capacity < steps)
    if (!rl_vec_env_reserve(env, c, c->history_capacity)) return false;
  if (size) memcpy(c->history, actions, size);
  return true;
}

static rl_status share_histories(rl_vec_env *env, rl_error *error) {
  const rl_ranks_part own = own_part(env);
  size_t *size = rl_allocate((size_t)env->worlds, sizeof *size),
         *sizes = rl_allocate((size_t)rl_ranks_count(), sizeof *sizes);
  size_t total = 0;
  for (int i = own.first; size && i < own.end; i++) total += size[i] = history_size(env, i);
  char *mine = rl_allocate(total + 1, 1);
  rl_status status = size && sizes && mine
                         ? RL_OK
                         : rl_fail(error, RL_NO_MEMORY, "out of memory to share %s", env->def->name);
  status = rl_ranks_meet("histories", 0, 0, status, error);
  if (!status) {
    char *at = mine;
    for (int i = own.first; i < own.end; at += size[i++])
      if (size[i]) memcpy(at, env->copies[i].history, size[i]);
    const rl_ranks_array array = COLUMN(size, 1);
    rl_ranks_share(&array, 1, env->worlds);
    char *all = rl_ranks_gather(mine, total, sizes);
    at = all;
    for (int i = 0; i < env->worlds; at += size[i++])
      if ((i < own.first || i >= own.end) && !take_history(env, i, at, size[i]))
        status = rl_fail(error, RL_NO_MEMORY, "out of memory to share %s", env->def->name);
    rl_release(all);
  }
  rl_release(size);
  rl_release(sizes);
  rl_release(mine);
  return status;
}

rl_status rl_vec_env_fetch(rl_vec_env *env, rl_error *error) {
  double *state =
      env->def->load ? rl_allocate((size_t)env->worlds * (size_t)env->def->n_state, sizeof *state) : NULL;
  rl_status status = env->def->load && !state
                         ? rl_fail(error, RL_NO_MEMORY, "out of memory to share %s", env->def->name)
                         : RL_OK;
  status = rl_ranks_meet("copies", 0, 0, status, error);
  if (!status) {
    share_books(env);
    if (rl_vec_env_is_replayed(env))
      status = share_histories(env, error);
    else if (state && env->is_reset)
      status = share_numbers(env, state);
  }
  rl_release(state);
  return status;
}

rl_status rl_vec_env_bring_home(rl_vec_env *env, rl_error *error) {
  const uint64_t moves = env->moves;
  rl_status status = rl_vec_env_fetch(env, error);
  if (status || !env->away) return status;
  rl_archive *archive = rl_archive_new();
  if (!archive) return rl_fail(error, RL_NO_MEMORY, "out of memory to share %s", env->def->name);
  env->away = false; /* it is all there */
  status = rl_vec_env_save(env, archive, "env", error);
  if (!status) status = rl_vec_env_load(env, archive, "env", error); /* replays them */
  env->moves = moves;
  env->away = status != RL_OK;
  rl_archive_free(archive);
  return status;
}

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
static rl_status unite(const term_names *all, int ranks, term_names *united, rl_error *error) {
  united->count = 0;
  for (int r = 0; r < ranks; r++)
    for (int k = 0; k < all[r].count; k++) {
      const char *name = all[r].name[k];
      if (find_term(united, name) < united->count) continue;
      if (united->count == RL_MAX_TERMS)
        return rl_fail(error, RL_BAD_ARGUMENT, "reward: more than %d terms on all ranks together: \"%s\"",
                       RL_MAX_TERMS, name);
      memcpy(united->name[united->count++], name, TERM_NAME);
    }
  return RL_OK;
}

rl_status rl_judge_agree(const rl_judge *judge, rl_term_places *places, rl_error *error) {
  *places = (rl_term_places){0};
  if (!judge->place_terms) return RL_OK;
  term_names own = {.count = judge->n_terms(judge->context)}, united;
  for (int k = 0; k < own.count; k++)
    snprintf(own.name[k], TERM_NAME, "%s", judge->term_name(judge->context, k));
  if (!rl_ranks_other(rl_ranks_mark(&own, sizeof own, 0))) return RL_OK;
  size_t *sizes = rl_allocate((size_t)rl_ranks_count(), sizeof *sizes);
  if (!sizes) rl_ranks_abort(1);
  term_names *all = rl_ranks_gather(&own, sizeof own, sizes);
  rl_status status = unite(all, rl_ranks_count(), &united, error);
  rl_release(all);
  rl_release(sizes);
  if (status) return status;
  const char *names[RL_MAX_TERMS];
  for (int k = 0; k < united.count; k++) names[k] = united.name[k];
  judge->place_terms(judge->context, names, united.count);
  places->changed = true;
  places->count = own.count;
  for (int k = 0; k < own.count; k++) places->to[k] = find_term(&united, own.name[k]);
  return RL_OK;
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

rl_status rl_vec_env_agree(rl_vec_env *env, rl_term_places *places, rl_error *error) {
  const rl_ranks_part own = own_part(env);
  *places = (rl_term_places){0};
  rl_status status = env->judge.judge ? rl_judge_agree(&env->judge, places, error) : RL_OK;
  for (int i = first_row(env, own.first); places->changed && i < first_row(env, own.end); i++) {
    rl_terms_move(places, env->terms + (size_t)i * RL_MAX_TERMS);
    rl_terms_move_f64(places, env->episode_terms + (size_t)i * RL_MAX_TERMS);
  }
  return status;
}
