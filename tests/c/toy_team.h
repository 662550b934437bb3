/* The points of toy_world.h as a team that learns: one policy for both, a critic that knows both, and a method. What the
 * method wants of the policy is so: squashed, of a fixed deviation. */
#ifndef TOY_TEAM_H
#define TOY_TEAM_H

#include "check.h"
#include "method/method.h"
#include "toy_world.h"

enum { WORLDS = 3, MEMBERS = WORLDS * PAIR };

typedef struct team {
  rl_vec_env *env;
  rl_policy policy;
  rl_value value;
  rl_method *method;
} team;

/* acts: the critic reads actions, too. Where it fails, what there is of the team is for team_free. */
static inline rl_status team_create_of(team *t, const pair_world *world, const rl_network_options *of_policy,
                                       const rl_network_options *of_value, bool acts,
                                       const rl_method_options *options, rl_error *error) {
  const rl_space *observation = &world->world.observation, *action = &world->world.action;
  rl_policy_options policy = rl_policy_defaults();
  *t = (team){0};
  const rl_method_class *c = rl_method_find(options->name, error);
  policy.network = *of_policy;
  policy.squash = rl_method_goes_through_actions(c);
  policy.std = rl_method_wants_fixed_std(c) ? RL_STD_FIXED : RL_STD_FREE;
  rl_status status = rl_vec_env_create(&t->env, &world->world, WORLDS, 5, 0, NULL, error);
  if (!status) status = rl_policy_init(&t->policy, observation, action, &policy, error);
  if (!status)
    status = rl_central_value_init(&t->value, observation, acts ? action : NULL, PAIR, of_value, error);
  return status ? status
                : rl_method_create(&t->method, t->env, &t->policy, &t->value, NULL, NULL, options, error);
}

/* With the critic that the method asks for. */
static inline void team_new_of(team *t, const pair_world *world, const rl_network_options *of_policy,
                               const rl_network_options *of_value, const rl_method_options *options) {
  rl_error error;
  const bool acts = rl_method_values_actions(rl_method_find(options->name, &error));
  assert_ok(team_create_of(t, world, of_policy, of_value, acts, options, &error));
}

static inline void team_free(team *t) {
  rl_method_free(t->method);
  rl_policy_release(&t->policy);
  rl_value_release(&t->value);
  rl_vec_env_free(t->env);
}

static inline rl_rollout *team_collect(team *t, int steps) {
  rl_error error;
  assert_ok(rl_method_collect(t->method, steps, &error));
  return rl_method_rollout(t->method);
}

static inline rl_method_stats team_update(team *t) {
  rl_error error;
  rl_method_stats stats;
  assert_ok(rl_method_update(t->method, &stats, &error));
  return stats;
}

#endif
