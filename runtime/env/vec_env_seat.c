/* Seats: one agent of the worlds of a vectoriser, as an environment by itself; and the players of the others. A seat has
 * rows of its own that show what the world's rows of its agent show; its state is the world's. */
#include "env/vec_env_internal.h"

#include "base/memory.h"
#include "base/stop.h"

#include <string.h>

static const uint32_t first_player = 1u << 30; /* stream of actions: no rollout has it */

rl_status rl_vec_env_create_seat(rl_vec_env **out, rl_vec_env *world, int agent, rl_error *error) {
  rl_vec_env *seat;
  rl_status status =
      rl_vec_env_create(&seat, world->def->agents[agent], world->worlds, world->seed, 0, NULL, error);
  *out = NULL;
  if (status) return status;
  if (!world->given) world->given = rl_allocate((size_t)world->n * width(world), sizeof *world->given);
  if (!world->given) {
    rl_vec_env_free(seat);
    return rl_fail(error, RL_NO_MEMORY, "out of memory for the actions of %s", world->def->name);
  }
  seat->world = world;
  seat->agent = agent;
  seat->looked = world->moves - 1;
  *out = seat;
  return RL_OK;
}

void rl_vec_env_set_players(rl_vec_env *world, const rl_players *players) {
  if (world->players.free) world->players.free(world->players.context);
  world->players = players ? *players : (rl_players){0};
}

rl_rng *rl_vec_env_player_streams(rl_vec_env *world) {
  if (world->streams) return world->streams;
  world->streams = rl_allocate((size_t)world->n, sizeof *world->streams);
  for (int i = 0; world->streams && i < world->n; i++)
    rl_rng_init_use(&world->streams[i], world->seed, RL_STREAM_ACTION, first_player + (uint32_t)i);
  return world->streams;
}

const rl_players *rl_vec_env_players(const rl_vec_env *world) {
  return world->players.act ? &world->players : NULL;
}

rl_vec_env *rl_vec_env_world(rl_vec_env *env) { return world_of(env); }
int rl_vec_env_seat(const rl_vec_env *env) { return env->world ? env->agent : -1; }

/* Rows of a seat from those of its agent; the first numbers of each are its own. */
static void take_rows(const rl_vec_env *seat, void *to, const void *from, size_t own, size_t all) {
  const size_t agents = (size_t)seat->world->agents, agent = (size_t)seat->agent;
  for (size_t w = 0; w < (size_t)seat->worlds; w++)
    memcpy((char *)to + w * own, (const char *)from + (w * agents + agent) * all, own);
}

#define TAKE(member, own, all)                                                                               \
  take_rows(seat, seat->member, world->member, (own) * sizeof *seat->member, (all) * sizeof *seat->member)

void rl_vec_env_look(rl_vec_env *seat) {
  const rl_vec_env *world = seat->world;
  TAKE(observation, obs_size(seat), obs_size(world));
  TAKE(final_observation, obs_size(seat), obs_size(world));
  TAKE(fields, n_fields(seat), n_fields(world));
  TAKE(final_fields, n_fields(seat), n_fields(world));
  TAKE(reward, 1, 1);
  TAKE(terms, RL_MAX_TERMS, RL_MAX_TERMS);
  TAKE(terminated, 1, 1);
  TAKE(truncated, 1, 1);
  TAKE(idle, 1, 1);
  TAKE(episode_return, 1, 1);
  TAKE(episode_terms, RL_MAX_TERMS, RL_MAX_TERMS);
  TAKE(episode_length, 1, 1);
  seat->looked = world->moves;
}

void rl_vec_env_give(rl_vec_env *seat, const float *action) {
  rl_vec_env *world = seat->world;
  const size_t own = width(seat), all = width(world), agents = (size_t)world->agents;
  for (size_t w = 0; w < (size_t)seat->worlds; w++) {
    float *row = world->given + (w * agents + (size_t)seat->agent) * all;
    memset(row, 0, all * sizeof *row);
    memcpy(row, action + w * own, own * sizeof *row);
  }
  world->givers |= 1u << seat->agent;
}

rl_status rl_vec_env_check_played(const rl_vec_env *world, uint32_t agents, rl_error *error) {
  const rl_players *p = &world->players;
  for (int a = 0; a < world->agents; a++)
    if ((agents >> a & 1) && !(p->act && p->plays(p->context, a)))
      return rl_fail(
          error, RL_BAD_ARGUMENT,
          "%s: nobody plays agent %s: say who, env:players { %s = policy }, or let it learn beside "
          "the others, env:collect",
          world->def->name, world->def->agents[a]->agent, world->def->agents[a]->agent);
  return RL_OK;
}

rl_status rl_vec_env_step_given(rl_vec_env *world, rl_error *error) {
  const uint32_t all = (1u << world->agents) - 1, others = all & ~world->givers;
  world->givers = 0;
  if (!world->is_reset)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: reset before the first step", world->def->name);
  rl_status status = rl_vec_env_check_played(world, others, error);
  if (!status && others)
    status = world->players.act(world->players.context, world, others, world->given, error);
  return status ? status : rl_vec_env_step(world, world->given, error);
}

static bool rests(const rl_vec_env *seat) {
  for (int w = 0; w < seat->worlds; w++)
    if (!seat->idle[w]) return false;
  return true;
}

static bool all_over(const rl_vec_env *seat) {
  for (int w = 0; w < seat->worlds; w++)
    if (!rl_vec_env_is_over(seat, w)) return false;
  return true;
}

rl_status rl_vec_env_step_seat(rl_vec_env *seat, const float *action, rl_error *error) {
  rl_vec_env_give(seat, action);
  rl_status status = rl_vec_env_step_given(seat->world, error);
  rl_vec_env_look(seat);
  return status;
}

rl_status rl_vec_env_pass(rl_vec_env *seat, rl_error *error) {
  rl_status status = RL_OK;
  if (!seat->world || !seat->world->restart) return RL_OK;
  rl_vec_env_look(seat);
  while (!status && rests(seat) && !all_over(seat)) {
    status = rl_stop_check(error);
    if (!status) status = rl_vec_env_step_seat(seat, seat->action, error); /* which are of no account */
  }
  return status;
}

rl_status rl_vec_env_save_players(const rl_vec_env *world, rl_archive *archive, const char *prefix,
                                  rl_error *error) {
  char part[RL_ARCHIVE_NAME], name[RL_ARCHIVE_NAME];
  rl_status status = RL_OK;
  rl_archive_key(part, prefix, "players");
  if (world->streams)
    status = rl_archive_put(archive, rl_archive_key(name, part, "streams"), RL_U64, 2,
                            (int64_t[]){world->n, RL_RNG_WORDS}, world->streams, error);
  if (status || !world->players.save) return status;
  return world->players.save(world->players.context, archive, part, error);
}

/* A file of worlds in which nobody had played begins with the streams that there are. */
static rl_status load_streams(rl_vec_env *world, const rl_archive *archive, const char *part, bool apply,
                              rl_error *error) {
  const size_t rows = (size_t)world->n;
  char name[RL_ARCHIVE_NAME];
  if (!rl_archive_find(archive, rl_archive_key(name, part, "streams"))) return RL_OK;
  rl_rng *streams = rl_allocate(rows, sizeof *streams);
  if (!streams) return rl_fail(error, RL_NO_MEMORY, "out of memory to load %s", part);
  rl_status status = rl_archive_get(archive, name, RL_U64, (int64_t)rows * RL_RNG_WORDS, streams, error);
  for (size_t i = 0; !status && i < rows; i++)
    if (!rl_rng_is_sound(&streams[i])) status = rl_fail(error, RL_BAD_FORMAT, "%s: not random streams", name);
  if (!status && apply && !world->streams) {
    world->streams = streams;
    return RL_OK;
  }
  if (!status && apply) memcpy(world->streams, streams, rows * sizeof *streams);
  rl_release(streams);
  return status;
}

/* Streams are for whoever plays, also for players that a script sets later, who then remember nothing, as in the run that was
 * saved. */
rl_status rl_vec_env_load_players(rl_vec_env *world, const rl_archive *archive, const char *prefix,
                                  bool apply, rl_error *error) {
  char part[RL_ARCHIVE_NAME];
  rl_status status = load_streams(world, archive, rl_archive_key(part, prefix, "players"), apply, error);
  if (status || !world->players.load) return status;
  return world->players.load(world->players.context, archive, part, apply, error);
}
