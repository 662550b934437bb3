/* Brings the copies of a twin that is loaded to where they were: each is taken as it was, or takes its actions again, from memory
 * and from their file. */
#include "env/vec_env_state.h"

#include "base/memory.h"

#include <string.h>

/* The copy begins its next episode, with the stream as it was. */
static void lose(rl_vec_env *env, int i, rl_loss why) {
  rl_copy *c = &env->copies[i];
  const rl_books *b = &env->loading->books;
  c->rng = c->borrowed ? c->own : b->now[i];
  c->borrowed = 0;
  env->loading->books.loss[i] = (uint8_t)why;
  rl_vec_env_begin_anew(env, i);
}

static bool failed(const rl_copy *c) { return c->status || c->out_of_memory; }

/* Whether the masks allow what the agents of a world are to do. */
static bool is_allowed(const rl_vec_env *env, const rl_env_io *io, const float *action) {
  for (int a = 0; env->def->action.masked && a < env->agents; a++)
    if (!rl_space_has(&env->def->action, io[a].action_mask, action + (size_t)a * width(env))) return false;
  return true;
}

/* Steps that the copy has taken, from the `first`-th of its episode on, until it fails; they are then in its history where
 * they are `kept`. An agent that has ended did so after as many steps as its episode had. */
static rl_loss replay(rl_vec_env *env, int world, const float *actions, int64_t steps, int64_t first,
                      bool kept) {
  rl_copy *c = &env->copies[world];
  rl_terms terms[RL_MAX_AGENTS]; /* the environment's own, of no interest here */
  rl_env_io io[RL_MAX_AGENTS];
  rl_vec_env_io(env, world, io, terms);
  for (int64_t t = 0; t < steps && !c->status; t++) {
    const float *action = actions + (size_t)t * world_width(env);
    for (int a = 0; env->agents > 1 && a < env->agents; a++) {
      const int i = first_row(env, world) + a;
      io[a].over = env->idle[i] && first + t >= env->episode_length[i];
    }
    if (!is_allowed(env, io, action)) return RL_LOST_DIFFERENT;
    if (kept) {
      c->out_of_memory = !rl_vec_env_reserve(env, c, t);
      if (c->out_of_memory) return RL_KEPT;
      memcpy(c->history + (size_t)t * world_width(env), action, world_width(env) * sizeof *action);
    }
    env->def->step(c->self, action, io);
    c->status = io[0].status;
  }
  return RL_KEPT;
}

static rl_loss replay_pieces(rl_vec_env *env, int i) {
  rl_copy *c = &env->copies[i];
  const rl_loading *l = env->loading;
  const int64_t count = l->books.pieces[i], steps = rl_vec_env_piece_steps(env);
  if (!count) return RL_KEPT;
  if (!env->action_file || steps != l->piece_steps) return RL_LOST_FILE;
  float *bytes = rl_allocate(RL_ACTION_PIECE, 1);
  c->pieces = rl_allocate((size_t)count, sizeof *c->pieces);
  c->out_of_memory = !bytes || !c->pieces;
  rl_loss loss = RL_KEPT;
  for (int64_t k = 0; !failed(c) && !loss && k < count; k++) {
    const rl_action_piece *piece = &l->pieces[l->first_piece[i] + k];
    c->pieces[k] = *piece;
    if (!rl_action_file_read(env->action_file, piece, bytes) || !rl_vec_env_are_taken(env, bytes, steps))
      loss = RL_LOST_FILE;
    else
      loss = replay(env, i, bytes, steps, k * steps, false);
  }
  rl_release(bytes);
  if (c->out_of_memory) return RL_KEPT;
  c->n_pieces = loss ? 0 : (int)count;
  c->piece_room = (int)count;
  return loss;
}

static void replay_piece(void *context, int i, int worker) {
  rl_vec_env *env = context;
  const rl_loading *l = env->loading;
  rl_copy *c = &env->copies[i];
  (void)worker;
  c->out_of_memory = false;
  if (l->books.loss[i]) {
    lose(env, i, (rl_loss)l->books.loss[i]);
    return;
  }
  if (!env->def->repeatable) {
    lose(env, i, RL_LOST_REPEATABLE);
    return;
  }
  const int64_t steps = rl_vec_env_age(env, i) - l->books.pieces[i] * l->piece_steps;
  uint8_t idle[RL_MAX_AGENTS], *idles = env->idle + first_row(env, i);
  memcpy(idle, idles, (size_t)env->agents);
  rl_vec_env_begin(env, i);
  memcpy(idles, idle, (size_t)env->agents);
  rl_loss loss = c->status ? RL_KEPT : replay_pieces(env, i);
  if (!loss && !failed(c))
    loss = replay(env, i, l->actions + (size_t)l->first_action[i] * world_width(env), steps,
                  rl_vec_env_age(env, i) - steps, true);
  if (loss) {
    lose(env, i, loss);
    return;
  }
  if (failed(c)) return;
  const size_t size = (size_t)env->agents * obs_size(env), at = (size_t)i * size;
  if (l->observation && memcmp(env->observation + at, l->observation + at, size * sizeof(float)) != 0)
    lose(env, i, RL_LOST_DIFFERENT);
}

/* A copy as it was. */
static void take_piece(void *context, int i, int worker) {
  rl_vec_env *env = context;
  const rl_loading *l = env->loading;
  const rl_env_def *def = env->def;
  rl_copy *c = &env->copies[i];
  rl_env_io io[RL_MAX_AGENTS];
  rl_terms terms[RL_MAX_AGENTS];
  (void)worker;
  rl_vec_env_io(env, i, io, terms);
  c->out_of_memory = false;
  c->start = c->rng;
  c->rng = l->books.now[i];
  if (def->load)
    def->load(c->self, options_in_use(env, i), &c->rng, l->state + (size_t)i * (size_t)def->n_state, io);
  else
    def->load_bytes(c->self, options_in_use(env, i), &c->rng, l->bytes + l->first_byte[i],
                    (size_t)l->books.bytes[i], io);
  c->status = io[0].status;
}

rl_status rl_vec_env_load_copies(rl_vec_env *env, rl_loading *l, rl_error *error) {
  for (int i = 0; i < env->worlds; i++) {
    rl_copy *c = &env->copies[i];
    c->rng = l->books.streams[i].start;
    c->own = l->books.streams[i].own;
    c->borrowed = c->own.stream != c->rng.stream;
  }
  if (!env->is_reset) return RL_OK;
  if (env->action_file && rl_action_file_open(env->action_file, error)) return RL_BAD_FILE;
  env->loading = l;
  rl_status status =
      rl_vec_env_each(env, rl_vec_env_has_copies(env, l) ? take_piece : replay_piece, NULL, error);
  env->loading = NULL;
  for (int i = 0; !status && i < env->worlds; i++)
    if (env->copies[i].out_of_memory)
      status = rl_fail(error, RL_NO_MEMORY, "out of memory to load %s", env->def->name);
  return status;
}
