#include "episodes/players.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <string.h>

enum { TOGETHER = 32 }; /* rows of one policy to a piece of work at most */

/* Worlds that one policy plays in, in a row of `order`. */
typedef struct piece {
  rl_policy *policy; /* NULL: none, the kind says what to do */
  int first, rows;
  size_t memory; /* where that of the first begins */
} piece;

typedef struct player {
  rl_player_kind kind;
  rl_policy **policies; /* [count], as they were given */
  int count, n_pieces;
  piece *pieces;
  int *order;    /* [worlds] policy by policy */
  float *memory; /* of the rows, in that order */
  size_t n_memory;
  float *obs, *input, *output, *action; /* [worlds, ...] in that order, the widest of all policies */
  size_t inputs, outputs;
  rl_rng *gathered; /* [worlds] */
} player;

typedef struct players {
  int worlds, agents;
  rl_rng *streams; /* [worlds, agents] of the world's */
  player each[RL_MAX_AGENTS];
} players;

static void release_player(player *p) {
  void *arrays[] = {p->policies, p->pieces, p->order,  p->memory,  p->obs,
                    p->input,    p->output, p->action, p->gathered};
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) rl_release(arrays[i]);
  *p = (player){0};
}

static bool plays(void *context, int agent) {
  return ((const players *)context)->each[agent].kind != RL_PLAYER_NONE;
}

/* --- a step --- */

typedef struct acting {
  const players *all;
  const player *player;
  const rl_vec_env *world;
  int agent;
  float *action; /* [n, width] of the world */
} acting;

static void rest_or_try(const acting *a, const rl_env_def *own, const float *obs, rl_rng *stream,
                        float *action) {
  const float *mask = rl_space_mask(&own->action, obs, own->observation.size);
  if (a->player->kind == RL_PLAYER_RANDOM)
    rl_space_sample(&own->action, mask, stream, action);
  else
    rl_space_rest(&own->action, mask, action);
}

/* The rows of a piece lie in a row from `first` on, in what the player has. */
static void choose(const acting *a, const piece *of, int worker) {
  const player *p = a->player;
  const rl_policy *policy = of->policy;
  const size_t first = (size_t)of->first, width = (size_t)rl_space_width(&policy->action);
  float *memory = p->memory + of->memory, *x = p->input + first * p->inputs,
        *y = p->output + first * p->outputs, *action = p->action + first * width;
  rl_network_see(&policy->network, p->obs + first * (size_t)rl_network_size(&policy->network), of->rows,
                 memory, x);
  rl_policy_apply_rows(policy, policy->network.theta.data, x, of->rows, memory, y, worker);
  const rl_dist dist = rl_policy_read(policy, y);
  if (p->kind == RL_PLAYER_MODE)
    rl_dist_mode(&dist, of->rows, action);
  else
    rl_dist_sample(&dist, of->rows, p->gathered + first, true, action);
}

static void act_piece(void *context, int index, int worker) {
  const acting *a = context;
  const player *p = a->player;
  const piece *of = &p->pieces[index];
  const rl_env_def *def = rl_vec_env_def(a->world), *own = def->agents[a->agent];
  const rl_vec_view *view = rl_vec_env_view(a->world);
  const size_t size = (size_t)own->observation.size, all_size = (size_t)def->observation.size;
  const size_t width = (size_t)rl_space_width(&own->action), all_width = (size_t)rl_space_width(&def->action);
  const size_t remembered = of->policy ? (size_t)rl_network_memory(&of->policy->network) : 0;
  for (int k = 0; k < of->rows; k++) {
    const size_t at = (size_t)(of->first + k), row = (size_t)(p->order[at] * a->all->agents + a->agent);
    memcpy(p->obs + at * size, view->observation + row * all_size, size * sizeof(float));
    p->gathered[at] = a->all->streams[row];
    if (remembered && (view->terminated[row] || view->truncated[row] || view->episode_length[row] == 0))
      memset(p->memory + of->memory + (size_t)k * remembered, 0, remembered * sizeof(float));
  }
  if (of->policy) choose(a, of, worker);
  for (int k = 0; k < of->rows; k++) {
    const size_t at = (size_t)(of->first + k), row = (size_t)(p->order[at] * a->all->agents + a->agent);
    float *action = a->action + row * all_width;
    if (!of->policy) rest_or_try(a, own, p->obs + at * size, &p->gathered[at], p->action + at * width);
    memset(action, 0, all_width * sizeof *action);
    memcpy(action, p->action + at * width, width * sizeof *action);
    a->all->streams[row] = p->gathered[at];
  }
}

static rl_status act(void *context, const rl_vec_env *world, uint32_t agents, float *action,
                     rl_error *error) {
  players *all = context;
  rl_status status = RL_OK;
  for (int agent = 0; agent < all->agents && !status; agent++) {
    if (!(agents >> agent & 1)) continue;
    const player *p = &all->each[agent];
    acting a = {all, p, world, agent, action};
    for (int i = 0; i < p->n_pieces && !status; i++)
      if (p->pieces[i].policy) status = rl_network_reserve(&p->pieces[i].policy->network, error);
    if (!status) rl_parallel_for(p->n_pieces, act_piece, &a);
  }
  return status;
}

/* --- who plays --- */

static rl_status check(const rl_env_def *own, rl_policy *const *policies, int count, rl_error *error) {
  rl_status status = RL_OK;
  for (int i = 0; i < count && !status; i++) {
    status = rl_policy_fits(policies[i], &own->observation, &own->action, own->name, error);
    if (!status) status = rl_policy_check_finite(policies[i], own->name, error);
  }
  return status;
}

/* Worlds 0, 1, ... have policies 0 .. count - 1 in turn; the same policy given twice is one. */
static void deal(player *p, int worlds, rl_policy *const *policies, int count) {
  int placed = 0;
  for (int i = 0; i < count; i++) {
    int before = 0;
    while (before < i && policies[before] != policies[i]) before++;
    if (before < i) continue;
    const int first = placed;
    const size_t memory = count && policies[i] ? (size_t)rl_network_memory(&policies[i]->network) : 0;
    for (int w = 0; w < worlds; w++)
      if (policies[w % count] == policies[i]) p->order[placed++] = w;
    for (int at = first; at < placed; at += TOGETHER) {
      const int rows = placed - at < TOGETHER ? placed - at : TOGETHER;
      p->pieces[p->n_pieces++] = (piece){policies[i], at, rows, p->n_memory};
      p->n_memory += memory * (size_t)rows;
    }
    if (!policies[i]) continue;
    const size_t inputs = (size_t)policies[i]->observation.size,
                 outputs = (size_t)rl_policy_outputs(policies[i]);
    if (inputs > p->inputs) p->inputs = inputs;
    if (outputs > p->outputs) p->outputs = outputs;
  }
}

static rl_status make_player(player *p, const players *all, const rl_env_def *own, rl_player_kind kind,
                             rl_policy *const *policies, int count, rl_error *error) {
  const size_t worlds = (size_t)all->worlds;
  *p = (player){.kind = kind, .count = count};
  if (kind == RL_PLAYER_NONE) return RL_OK;
  p->policies = rl_allocate((size_t)count, sizeof *p->policies);
  if (p->policies) memcpy(p->policies, policies, (size_t)count * sizeof(rl_policy *));
  p->pieces = rl_allocate(worlds, sizeof *p->pieces);
  p->order = rl_allocate(worlds, sizeof *p->order);
  if (p->pieces && p->order) deal(p, all->worlds, policies, count);
  p->memory = rl_allocate(p->n_memory + 1, sizeof(float));
  p->obs = rl_allocate(worlds * (size_t)own->observation.size, sizeof(float));
  p->input = rl_allocate(worlds * p->inputs + 1, sizeof(float));
  p->output = rl_allocate(worlds * p->outputs + 1, sizeof(float));
  p->action = rl_allocate(worlds * (size_t)rl_space_width(&own->action), sizeof(float));
  p->gathered = rl_allocate(worlds, sizeof *p->gathered);
  if (p->policies && p->pieces && p->order && p->memory && p->obs && p->input && p->output && p->action &&
      p->gathered)
    return RL_OK;
  release_player(p);
  return rl_fail(error, RL_NO_MEMORY, "out of memory for the players of %s", own->name);
}

/* --- saving what is remembered: streams are the world's --- */

static size_t remembered(const players *all) {
  size_t total = 0;
  for (int a = 0; a < all->agents; a++) total += all->each[a].n_memory;
  return total;
}

static rl_status save(const void *context, rl_archive *archive, const char *prefix, rl_error *error) {
  const players *all = context;
  const int64_t total = (int64_t)remembered(all);
  char name[RL_ARCHIVE_NAME];
  float *memory = rl_allocate((size_t)total + 1, sizeof *memory), *at = memory;
  if (!memory) return rl_fail(error, RL_NO_MEMORY, "out of memory to save %s", prefix);
  for (int a = 0; a < all->agents; at += all->each[a++].n_memory)
    if (all->each[a].n_memory) memcpy(at, all->each[a].memory, all->each[a].n_memory * sizeof *at);
  rl_status status =
      rl_archive_put(archive, rl_archive_key(name, prefix, "memory"), RL_F32, 1, &total, memory, error);
  rl_release(memory);
  return status;
}

static bool is_finite(const float *x, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (!(x[i] - x[i] == 0.0f)) return false;
  return true;
}

/* A file of worlds in which nobody had played has none of these. */
static rl_status load(void *context, const rl_archive *archive, const char *prefix, bool apply,
                      rl_error *error) {
  players *all = context;
  const size_t total = remembered(all);
  char name[RL_ARCHIVE_NAME];
  if (!rl_archive_find(archive, rl_archive_key(name, prefix, "streams"))) return RL_OK;
  const rl_array *array = rl_archive_find(archive, rl_archive_key(name, prefix, "memory"));
  const int64_t there = array ? array->count : 0;
  if (there != (int64_t)total)
    return rl_fail(error, RL_BAD_FORMAT,
                   "%s: other players were set there, which remember %lld numbers, those here %zu: set the "
                   "same before loading",
                   name, (long long)there, total);
  if (!total) return RL_OK;
  float *memory = rl_allocate(total + 1, sizeof *memory), *at = memory;
  if (!memory) return rl_fail(error, RL_NO_MEMORY, "out of memory to load %s", prefix);
  rl_status status = rl_archive_get(archive, name, RL_F32, (int64_t)total, memory, error);
  if (!status && !is_finite(memory, total)) status = rl_fail(error, RL_NOT_FINITE, "%s: not finite", name);
  for (int a = 0; a < all->agents && !status && apply; at += all->each[a++].n_memory)
    if (all->each[a].n_memory) memcpy(all->each[a].memory, at, all->each[a].n_memory * sizeof *at);
  rl_release(memory);
  return status;
}

static void free_players(void *context) {
  players *all = context;
  for (int a = 0; a < all->agents; a++) release_player(&all->each[a]);
  rl_release(all);
}

/* --- */

static players *find_or_make(rl_vec_env *world) {
  const rl_players *there = rl_vec_env_players(world);
  if (there) return there->context;
  rl_rng *streams = rl_vec_env_player_streams(world);
  players *all = streams ? rl_allocate(1, sizeof *all) : NULL;
  if (!all) return NULL;
  *all = (players){rl_vec_env_worlds(world), rl_vec_env_agents(world), streams, {{0}}};
  rl_vec_env_set_players(world, &(rl_players){all, plays, act, save, load, free_players});
  return all;
}

rl_status rl_vec_env_play(rl_vec_env *env, int agent, rl_player_kind kind, rl_policy *const *policies,
                          int count, rl_error *error) {
  rl_vec_env *world = rl_vec_env_world(env);
  const rl_env_def *own = rl_env_agent(rl_vec_env_def(world), agent);
  const bool by_policy = kind == RL_PLAYER_POLICY || kind == RL_PLAYER_MODE;
  player made;
  rl_status status = by_policy ? check(own, policies, count, error) : RL_OK;
  if (status) return status;
  players *all = find_or_make(world);
  if (!all) return rl_fail(error, RL_NO_MEMORY, "out of memory for the players of %s", own->name);
  status = make_player(&made, all, own, kind, by_policy ? policies : (rl_policy *const[]){NULL},
                       by_policy ? count : 1, error);
  if (status) return status;
  release_player(&all->each[agent]);
  all->each[agent] = made;
  return RL_OK;
}

rl_status rl_vec_env_play_alike(rl_vec_env *env, const rl_vec_env *world, rl_error *error) {
  const rl_players *from = rl_vec_env_players(world);
  rl_status status = RL_OK;
  for (int a = 0; from && !status && a < rl_vec_env_agents(env); a++) {
    const rl_players *there = rl_vec_env_players(env);
    const player *p = &((const players *)from->context)->each[a];
    if (!(there && plays(there->context, a)) && p->kind != RL_PLAYER_NONE)
      status = rl_vec_env_play(env, a, p->kind, p->policies, p->count, error);
  }
  return status;
}
