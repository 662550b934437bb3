#include "method/beside.h"

#include "base/stop.h"
#include "method/method_internal.h"

static rl_status check(rl_method *const *methods, int count, rl_error *error) {
  uint32_t seen = 0;
  const rl_vec_env *world = rl_vec_env_world(methods[0]->collector.env);
  for (int i = 0; i < count; i++) {
    const rl_method *m = methods[i];
    rl_vec_env *env = m->collector.env;
    const char *name = rl_vec_env_def(env)->name;
    const int agent = rl_vec_env_seat(env);
    if (agent < 0 || rl_vec_env_world(env) != world)
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "%s of %s: methods that learn side by side are made of env:agent(name) of one world",
                     m->is->name, name);
    if (seen >> agent & 1)
      return rl_fail(error, RL_BAD_ARGUMENT, "%s: two methods act for it: each needs an agent of its own",
                     name);
    if (m->options.collect.episodes || m->options.collect.lag)
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "%s of %s: methods that learn side by side take steps as they come: make it with "
                     "episodes = false and without lag",
                     m->is->name, name);
    seen |= 1u << agent;
  }
  return RL_OK;
}

static rl_status step(rl_method *const *methods, int count, rl_error *error) {
  rl_vec_env *world = rl_vec_env_world(methods[0]->collector.env);
  rl_status status = rl_stop_check(error);
  for (int i = 0; i < count && !status; i++) {
    rl_rollout *r = &methods[i]->collector.rollout;
    rl_vec_env *seat = methods[i]->collector.env;
    status = rl_rollout_act(r, rl_vec_env_view(seat), methods[i]->policy, error);
    if (!status) rl_vec_env_give(seat, rl_rollout_actions(r));
  }
  if (!status) status = rl_vec_env_step_given(world, error);
  for (int i = 0; i < count; i++) {
    const rl_collector *c = &methods[i]->collector;
    rl_rollout *r = &methods[i]->collector.rollout;
    r->progress.moves = r->moves = rl_vec_env_moves(world);
    if (!status)
      status = rl_rollout_take(r, rl_vec_env_view(c->env), rl_vec_env_n_terms(world), methods[i]->policy,
                               c->value, error);
  }
  return status;
}

rl_status rl_methods_collect(rl_method *const *methods, int count, int steps, rl_error *error) {
  int begun = 0;
  rl_status status = check(methods, count, error);
  if (status) return status;
  while (begun < count && !status) {
    status = rl_method_begin_collect(methods[begun], steps, error);
    begun += !status;
  }
  for (int s = 0; s < steps && !status; s++) status = step(methods, count, error);
  for (int i = 0; i < count && !status; i++) {
    methods[i]->collector.rollout.at_once = true;
    while (!status && rl_method_phase_of(methods[i]) == RL_COLLECTING)
      status = rl_method_advance(methods[i], NULL, error);
    methods[i]->collector.rollout.at_once = false;
  }
  for (int i = 0; i < begun && status; i++) {
    rl_method_stop(methods[i]);
    methods[i]->fresh = false;
  }
  return status;
}
