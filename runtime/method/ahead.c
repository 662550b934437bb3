#include "method/ahead.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/ranks.h"
#include "base/stop.h"

#include <string.h>

rl_status rl_ahead_create(rl_ahead **out, rl_vec_env *env, rl_error *error) {
  *out = rl_allocate(1, sizeof **out);
  if (!*out) return rl_fail(error, RL_NO_MEMORY, "out of memory to collect ahead");
  (*out)->env = env;
  return RL_OK;
}

void rl_ahead_free(rl_ahead *a) {
  if (!a) return;
  rl_background_end(a->thread);
  rl_rollout_release(&a->rollout);
  if (a->has_actor) rl_policy_release(&a->actor);
  for (int i = 0; i < a->n_past; i++) rl_policy_release(&a->past[i]);
  rl_release(a->past);
  rl_release(a);
}

/* Room for a batch of `steps`: the old one, or a new one that takes its place. */
static rl_status make_room(rl_ahead *a, int steps, const rl_policy *policy, uint64_t seed, rl_error *error) {
  if (a->has_rollout && a->rollout.steps == steps) return RL_OK;
  rl_rollout room;
  rl_status status = rl_rollout_init(&room, steps, a->env, policy, seed, error);
  if (status) return status;
  rl_rollout_release(&a->rollout);
  a->rollout = room;
  a->has_rollout = true;
  return RL_OK;
}

rl_status rl_ahead_begin(rl_ahead *a, int steps, const rl_policy *policy, const rl_rollout *last,
                         uint64_t seed, bool episodes, int group, rl_error *error) {
  rl_status status = make_room(a, steps, policy, seed, error);
  if (status) return status;
  rl_rollout *r = &a->rollout;
  if (last) rl_rollout_follow(r, last, policy);
  rl_rollout_clear(r);
  r->late = true;
  r->at_once = false;
  status = rl_rollout_begin(r, a->env, policy, episodes, group, error);
  a->open = !status;
  return status;
}

rl_status rl_ahead_advance(rl_ahead *a, rl_policy *policy, rl_error *error) {
  rl_status status = rl_rollout_advance(&a->rollout, a->env, policy, NULL, &a->ready, error);
  a->open = !status;
  return status;
}

static rl_background_state piece(void *context) {
  rl_ahead *a = context;
  rl_use_second_team(a->share);
  a->status = rl_stop_check(&a->error);
  if (a->status)
    rl_ahead_stop(a);
  else
    a->status = rl_ahead_advance(a, &a->actor, &a->error);
  return a->status || a->ready ? RL_BACKGROUND_DONE : RL_BACKGROUND_MORE;
}

static void copy_policy(rl_policy *to, const rl_policy *from) {
  rl_network_copy(&to->network, &from->network);
  if (from->fixed_log_std.data)
    memcpy(to->fixed_log_std.data, from->fixed_log_std.data,
           (size_t)rl_tensor_count(&from->fixed_log_std) * sizeof(float));
}

rl_status rl_ahead_remember(rl_ahead *a, const rl_policy *policy, int most, rl_error *error) {
  if (!a->past) a->past = rl_allocate((size_t)most, sizeof *a->past);
  if (!a->past) return rl_fail(error, RL_NO_MEMORY, "out of memory for %d policies", most);
  if (a->n_past < most) {
    rl_status status = rl_policy_clone(&a->past[a->n_past], policy, error);
    if (!status) a->n_past++;
    return status;
  }
  const rl_policy oldest = a->past[0];
  memmove(a->past, a->past + 1, (size_t)(most - 1) * sizeof *a->past);
  a->past[most - 1] = oldest;
  copy_policy(&a->past[most - 1], policy);
  return RL_OK;
}

static rl_status copy_actor(rl_ahead *a, const rl_policy *policy) {
  rl_error error;
  if (a->has_actor) {
    copy_policy(&a->actor, policy);
    return RL_OK;
  }
  rl_status status = rl_policy_clone(&a->actor, policy, &error);
  a->has_actor = !status;
  return status;
}

bool rl_ahead_start(rl_ahead *a, const rl_policy *policy) {
  rl_error error;
  const int all = rl_threads();
  if (all < 2 || rl_ranks_count() > 1 || rl_background_context() || rl_vec_env_check_thread(a->env, &error) ||
      copy_actor(a, policy))
    return false;
  if (a->all != all) a->share = all / 2;
  a->all = all;
  a->rollout.at_once = true;
  return rl_background_start(&a->thread, piece, a, &error) == RL_OK;
}

static bool runs(void *thread) { return rl_background_runs(thread); }

void rl_ahead_wait(rl_ahead *a) {
  if (!a->thread) return;
  const int waited = rl_background_runs(a->thread) ? 1 : -1, share = a->share + waited;
  rl_help_second_team(rl_threads() > a->share ? rl_threads() - a->share : 1, runs, a->thread);
  rl_background_wait(a->thread);
  a->thread = NULL;
  while (a->open && !a->ready) a->status = rl_ahead_advance(a, &a->actor, &a->error); /* a child */
  a->rollout.at_once = false;
  a->share = share < 1 ? 1 : share < a->all ? share : a->all - 1;
}

rl_status rl_ahead_tell(rl_ahead *a, rl_error *error) {
  const rl_status status = a->status;
  if (status) *error = a->error;
  a->status = RL_OK;
  return status;
}

void rl_ahead_stop(rl_ahead *a) {
  if (a->open && !a->ready && a->rollout.progress.episodes) rl_vec_env_abandon(a->env);
  a->open = a->ready = false;
}
