/* A batch by several ranks.
 *
 * Each steps its copies through the whole batch; then all have all of it, and sum it up in the order of the steps. */
#include "episodes/rollout_internal.h"

#include "base/memory.h"
#include "base/vector.h"
#include "env/vec_env_ranks.h"

#include <string.h>

static bool all_rest(const rl_vec_view *view, rl_ranks_part part) {
  for (int i = part.first; i < part.end; i++)
    if (!view->idle[i]) return false;
  return true;
}

/* The steps up to `last`, or until all copies of this rank rest; returns how many there are then. */
static int step_in_turn(rl_march *m, rl_policy *policy, int first, int last, bool may_rest, rl_status *status,
                        rl_error *error) {
  rl_rollout *r = m->rollout;
  const rl_vec_view *view = rl_vec_env_view(m->env);
  const size_t copies = (size_t)r->copies, width = (size_t)rl_space_width(&policy->action);
  int s = first;
  for (; s < last && !*status; s++) {
    const size_t row = (size_t)s * copies;
    if (may_rest && all_rest(view, m->part)) break;
    *status = rl_rollout_act_part(r, view, policy, m->part, row, error);
    for (int i = m->part.first; i < m->part.end; i++) rl_march_begin_step(m, (size_t)i, row + (size_t)i);
    if (!*status) *status = rl_vec_env_step(m->env, r->action.data + row * width, error);
    for (int i = m->part.first; i < m->part.end && !*status; i++)
      rl_march_keep_step(m, (size_t)i, row + (size_t)i, row + (size_t)i);
  }
  return s;
}

/* Where copies may rest, those of all ranks go on with those that take longest: actions are drawn for all. */
static rl_status step_till_all_rest(rl_march *m, rl_policy *policy, uint64_t number, uint64_t mark,
                                    bool *over, rl_error *error) {
  rl_rollout *r = m->rollout;
  rl_status status = RL_OK;
  const int steps = step_in_turn(m, policy, 0, m->steps, true, &status, error);
  status = rl_ranks_meet("batch of episodes", number, mark, status, error);
  *over = status != RL_OK;
  if (*over) return status;
  const rl_ranks_array lengths = {r->length, 1, sizeof *r->length, 0};
  rl_ranks_share_groups(&lengths, 1, r->copies / r->agents, r->agents);
  m->steps = 0;
  for (int i = 0; i < r->copies; i++)
    if (r->length[i] > m->steps) m->steps = r->length[i];
  step_in_turn(m, policy, steps, m->steps, false, &status, error);
  return status;
}

/* What the owner of a copy can say alone: values of its states. */
static rl_status value_own(rl_march *m, rl_policy *policy, rl_value *value, float *values, rl_error *error) {
  const rl_rollout *r = m->rollout;
  const size_t size = (size_t)r->obs.shape[2], first = (size_t)m->part.first;
  rl_status status = RL_OK;
  for (int s = 0; s < m->steps && m->part.end > m->part.first && !status; s++) {
    const size_t row = (size_t)s * (size_t)r->copies;
    for (size_t k = row + first; k < row + (size_t)m->part.end && !status; k++)
      if (m->outcomes[k].truncated)
        status = rl_rollout_evaluate(policy, value, m->last + k * size, 1, r->cut_value.data + k, error);
    if (value && !status)
      status = rl_rollout_evaluate(policy, value, r->obs.data + (row + first) * size,
                                   m->part.end - m->part.first, values + row + first, error);
  }
  return status;
}

static void share_batch(rl_march *m, float *values) {
  rl_rollout *r = m->rollout;
  const size_t steps = (size_t)m->steps, each = sizeof(float), terms = (size_t)m->n_terms,
               own = (size_t)rl_network_memory(&m->policy->network);
  const rl_ranks_array arrays[] = {
      {r->obs.data, steps, (size_t)r->obs.shape[2] * each, 0},
      {r->action.data, steps, (size_t)rl_space_width(&m->policy->action) * each, 0},
      {r->output.data, steps, (size_t)r->output.shape[2] * each, 0},
      {r->log_prob.data, steps, each, 0},
      {r->reward.data, steps, each, 0},
      {r->cut_value.data, steps, each, 0},
      {values, steps, each, 0},
      {m->last, r->late ? steps : 0, (size_t)r->obs.shape[2] * each, 0},
      {r->terminated, steps, 1, 0},
      {r->truncated, steps, 1, 0},
      {r->time, steps, sizeof *r->time, 0},
      {&m->outcomes->episode_return, steps, sizeof m->outcomes->episode_return, sizeof *m->outcomes},
      {&m->outcomes->rests, steps, 1, sizeof *m->outcomes},
      {&m->outcomes->episode_length, steps, sizeof m->outcomes->episode_length, sizeof *m->outcomes},
      {m->terms, terms ? steps : 0, terms * each, RL_MAX_TERMS * each},
      {r->streams, 1, sizeof *r->streams, 0},
      {r->memory, own ? 1 : 0, own * each, 0},
      {r->length, 1, sizeof *r->length, 0}};
  rl_ranks_share_groups(arrays, sizeof arrays / sizeof *arrays, r->copies / r->agents, r->agents);
  rl_vec_env_share(m->env);
}

/* As if all copies had been stepped here. */
static rl_status take_shared(rl_march *m, const float *values, bool by_head, rl_error *error) {
  rl_rollout *r = m->rollout;
  const size_t copies = (size_t)r->copies, size = (size_t)r->obs.shape[2];
  rl_status status = RL_OK;
  for (int s = 0; s < m->steps; s++)
    for (int i = 0; i < r->copies; i++) {
      const size_t k = (size_t)s * copies + (size_t)i;
      if (s >= r->length[i]) continue;
      if (m->outcomes[k].rests &&
          !r->progress.episodes) { /* while its world went on: no part of an episode */
        r->terminated[k] = 1;
        continue;
      }
      r->rows[r->n_rows++] = (int)k;
      const rl_outcome *o = &m->outcomes[k];
      if (r->late && r->truncated[k] && !status)
        status = rl_rollout_take_cut(r, NULL, NULL, m->last + k * size, k, error);
      rl_rollout_account(&r->progress,
                         (rl_outcome){.reward = r->reward.data[k],
                                      .terminated = r->terminated[k],
                                      .truncated = r->truncated[k],
                                      .episode_return = o->episode_return,
                                      .episode_length = o->episode_length},
                         m->terms + k * RL_MAX_TERMS, m->n_terms);
    }
  r->progress.steps = m->steps;
  r->progress.full = true;
  r->progress.moves = r->moves = rl_vec_env_moves(m->env);
  rl_rollout_keep_memory(r, m->policy);
  rl_rollout_finish_steps(r, rl_vec_env_view(m->env), m->n_terms, by_head);
  r->progress.valued = m->steps * r->copies;
  if (values) memcpy(r->value.data, values, (size_t)r->progress.valued * sizeof *values);
  return status;
}

static rl_status agree_on_terms(rl_march *m, rl_error *error) {
  rl_term_places places;
  rl_status status = rl_vec_env_agree(m->env, &places, error);
  for (int s = 0; places.changed && s < m->steps; s++)
    for (int i = m->part.first; i < m->part.end; i++)
      rl_terms_move(&places, m->terms + ((size_t)s * (size_t)m->rollout->copies + (size_t)i) * RL_MAX_TERMS);
  m->n_terms = rl_vec_env_n_terms(m->env);
  return status;
}

static rl_status collect_shared(rl_march *m, rl_policy *policy, rl_value *value, float *values,
                                rl_error *error) {
  rl_rollout *r = m->rollout;
  const bool restart = rl_vec_env_restart(m->env), rests = r->progress.episodes || !restart;
  const rl_tensor *theta = &policy->network.theta;
  const uint64_t mark = rl_mark(theta->data, (size_t)rl_tensor_count(theta), (uint64_t)r->steps),
                 number = (uint64_t)(r->stats.total_steps / r->steps / r->copies) + 1;
  rl_status status = rl_rollout_check_moves(r, m->env, error);
  bool over = false; /* all ranks know that it failed */
  rl_vec_env_begin_shared(m->env);
  rl_vec_env_set_restart(m->env, !rests);
  if (!status && rests)
    status = step_till_all_rest(m, policy, number, mark, &over, error);
  else if (!status && rl_vec_env_may_part(m->env))
    status = rl_march_step_apart(m, policy, error);
  else if (!status)
    step_in_turn(m, policy, 0, m->steps, false, &status, error);
  rl_vec_env_set_restart(m->env, restart);
  if (!status && !r->late) status = value_own(m, policy, value, values, error);
  rl_vec_env_end_shared(m->env);
  if (!over) status = rl_ranks_meet("batch", number, mark, status, error);
  if (!status) status = agree_on_terms(m, error);
  if (status) {
    rl_vec_env_abandon(m->env);
    return status;
  }
  if (!value) values = NULL;
  share_batch(m, values);
  return take_shared(m, values, !value && policy->value_head, error);
}

/* Of the rows, those of whole worlds. */
static rl_ranks_part own_rows(const rl_rollout *r) {
  const rl_ranks_part worlds = rl_ranks_part_of(r->copies / r->agents, rl_ranks_own());
  return (rl_ranks_part){worlds.first * r->agents, worlds.end * r->agents};
}

rl_status rl_rollout_step_shared(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                                 rl_error *error) {
  rl_march m = {.rollout = rollout,
                .env = env,
                .policy = policy,
                .steps = rollout->steps,
                .part = own_rows(rollout),
                .n_terms = RL_MAX_TERMS};
  const size_t n = (size_t)m.steps * (size_t)rollout->copies;
  m.outcomes = rl_allocate(n, sizeof *m.outcomes);
  m.terms = rl_allocate(n * RL_MAX_TERMS, sizeof *m.terms);
  m.last = rl_allocate(n * (size_t)rollout->obs.shape[2], sizeof *m.last);
  float *values = rl_allocate(n, sizeof *values);
  rl_status status =
      m.outcomes && m.terms && m.last && values
          ? RL_OK
          : rl_fail(error, RL_NO_MEMORY, "out of memory to collect from %d copies", rollout->copies);
  status = rl_ranks_meet("room for batch", 0, 0, status, error);
  if (!status) status = collect_shared(&m, policy, value, values, error);
  rl_release(m.outcomes);
  rl_release(m.terms);
  rl_release(m.last);
  rl_release(values);
  return status;
}
