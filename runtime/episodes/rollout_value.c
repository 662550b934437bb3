/* The values of a batch: of its steps, of what truncated ones ended at, and of what comes after the last. */
#include "episodes/rollout_internal.h"

#include "base/memory.h"
#include "episodes/counterfactual.h"

#include <string.h>

rl_status rl_rollout_evaluate(rl_policy *policy, rl_value *value, const float *obs, int rows, float *out,
                              rl_error *error) {
  if (value) return rl_network_apply(&value->network, obs, rows, out, error);
  return policy->value_head ? rl_policy_value(policy, obs, rows, out, error) : RL_OK;
}

/* By a central critic: of rows of obs, as those of a batch lie. */
static rl_status evaluate_joined(rl_rollout *r, rl_value *value, const float *obs, int first, int rows,
                                 float *out, rl_error *error) {
  rl_status status = RL_OK;
  for (int k = 0; k < rows && !status; k += RL_VALUED) {
    const int n = rows - k < RL_VALUED ? rows - k : RL_VALUED;
    rl_central_join(&r->central, obs, NULL, first + k, n, r->joined);
    status = rl_network_apply(&value->network, r->joined, n, out + k, error);
  }
  return status;
}

/* V of what these copies come to, which are whole worlds, by a central critic. number: of the first. */
static rl_status evaluate_worlds(rl_rollout *r, rl_policy *policy, rl_value *value, const float *obs,
                                 int rows, uint32_t number, float *out, rl_error *error) {
  if (r->central.action) return rl_counterfactual_expect(r, policy, value, obs, rows, number, out, error);
  return evaluate_joined(r, value, obs, 0, rows, out, error);
}

/* V of what rows of copies come to, which remember what is in these; that does not change. */
static rl_status evaluate_next(rl_rollout *r, rl_policy *policy, rl_value *value, const float *obs, int rows,
                               const float *memory, const float *of_value, float *out, rl_error *error) {
  const bool by_value = value != NULL;
  const rl_network *network = by_value ? &value->network : &policy->network;
  if (!network->gru) return rl_rollout_evaluate(policy, value, obs, rows, out, error);
  memcpy(r->spare, by_value ? of_value : memory,
         (size_t)rows * (size_t)rl_network_memory(network) * sizeof *memory);
  if (by_value) return rl_network_step(&value->network, obs, rows, r->spare, out, error);
  return policy->value_head ? rl_policy_value_step(policy, obs, rows, r->spare, out, error) : RL_OK;
}

static rl_status make_room_for_cuts(rl_rollout *r, rl_error *error) {
  if (r->n_cut < r->cut_room) return RL_OK;
  const size_t size = (size_t)r->obs.shape[2], used = (size_t)r->n_cut, room = 2 * used + 16;
  float *obs = rl_allocate_unset(room * size * sizeof *obs, 0);
  int *row = rl_allocate_unset(room * sizeof *row, 0);
  if (!obs || !row) {
    rl_release(obs);
    rl_release(row);
    return rl_fail(error, RL_NO_MEMORY, "out of memory for the ends of episodes");
  }
  if (used) memcpy(obs, r->cut_obs, used * size * sizeof *obs);
  if (used) memcpy(row, r->cut_row, used * sizeof *row);
  rl_release(r->cut_obs);
  rl_release(r->cut_row);
  r->cut_obs = obs;
  r->cut_row = row;
  r->cut_room = (int)room;
  return RL_OK;
}

rl_status rl_rollout_take_cut(rl_rollout *r, rl_policy *policy, rl_value *value, const float *obs, size_t row,
                              rl_error *error) {
  const size_t size = (size_t)r->obs.shape[2];
  const size_t copy = row % (size_t)r->copies;
  if (!r->late)
    return evaluate_next(r, policy, value, obs, 1,
                         policy ? r->memory + copy * (size_t)rl_network_memory(&policy->network) : NULL,
                         r->value_states.memory + copy * (size_t)r->value_states.own, r->cut_value.data + row,
                         error);
  rl_status status = make_room_for_cuts(r, error);
  if (status) return status;
  memcpy(r->cut_obs + (size_t)r->n_cut * size, obs, size * sizeof *obs);
  r->cut_row[r->n_cut++] = (int)row;
  return RL_OK;
}

static void recall_last(rl_rollout *r, const rl_policy *policy, const rl_vec_view *view) {
  const size_t inputs = (size_t)r->obs.shape[2];
  for (size_t i = 0; i < (size_t)r->copies; i++)
    rl_rollout_recall(policy, r->last_memory, i, view->observation, r->last_obs.data + i * inputs);
}

/* Of a truncated step by a central critic: it reads, of all agents, what they have come to. */
static rl_status take_central_cut(rl_rollout *r, const rl_vec_view *view, rl_policy *policy, rl_value *value,
                                  int copy, size_t row, rl_error *error) {
  const int agents = r->central.agents, agent = copy % agents, world = copy - agent;
  float values[RL_MAX_AGENTS];
  for (int a = 0; a < agents; a++)
    rl_rollout_recall(policy, r->memory + (size_t)(world + a) * (size_t)rl_network_memory(&policy->network),
                      0, rl_central_end(&r->central, view, world + a),
                      r->ends + (size_t)a * (size_t)r->central.inputs);
  rl_status status =
      evaluate_worlds(r, policy, value, r->ends, agents, (uint32_t)row | 1u << 31, values, error);
  r->cut_value.data[row] = values[agent];
  return status;
}

/* Of a world in which a step was truncated: what all its agents have come to. */
static rl_status take_whole_cut(rl_rollout *r, const rl_vec_view *view, rl_policy *policy, size_t world,
                                size_t row, rl_error *error) {
  const rl_network *network = &policy->network;
  const rl_central shown = {.observation = rl_network_size(network)};
  const size_t own = (size_t)rl_network_memory(network), agents = (size_t)r->agents;
  rl_status status = RL_OK;
  for (size_t a = 0; a < agents && !status; a++) {
    rl_network_recall(network, r->memory + (world + a) * own, rl_central_end(&shown, view, (int)(world + a)),
                      r->window);
    status = rl_rollout_take_cut(r, policy, NULL, r->window, row + a, error);
  }
  return status;
}

static bool any_truncated(const rl_vec_view *view, size_t world, size_t agents) {
  for (size_t i = world; i < world + agents; i++)
    if (view->truncated[i]) return true;
  return false;
}

rl_status rl_rollout_take_cuts(rl_rollout *r, const rl_vec_view *view, rl_policy *policy, rl_value *value,
                               size_t row, rl_error *error) {
  const size_t copies = (size_t)r->copies, agents = (size_t)r->agents;
  rl_status status = RL_OK;
  for (size_t i = 0; i < copies && r->whole && !status; i += agents)
    if (any_truncated(view, i, agents)) status = take_whole_cut(r, view, policy, i, row + i, error);
  for (size_t i = 0; i < copies && !r->whole && !status; i++)
    if (view->truncated[i] && r->central.agents) {
      status = take_central_cut(r, view, policy, value, (int)i, row + i, error);
    } else if (view->truncated[i]) {
      rl_rollout_recall(policy, r->memory, i, view->final_observation, r->window);
      status = rl_rollout_take_cut(r, policy, value, r->window, row + i, error);
    }
  return status;
}

/* Everything at once: a batch that is late is complete before there are values. */
static void close_late(rl_rollout *rollout, const rl_vec_view *view, int n_terms, const rl_policy *policy) {
  if (!rollout->progress.valued)
    rl_rollout_finish_steps(rollout, view, n_terms, false); /* ranks have done it */
  recall_last(rollout, policy, view);
}

rl_status rl_rollout_close(rl_rollout *rollout, const rl_vec_view *view, int n_terms, rl_policy *policy,
                           rl_value *value, bool *done, rl_error *error) {
  rl_rollout_progress *p = &rollout->progress;
  int rows = (int)rl_rollout_row(rollout), first = p->valued, n = rows - first;
  if (n > RL_VALUED && !rollout->at_once) n = RL_VALUED;
  *done = rollout->late;
  if (rollout->late) {
    close_late(rollout, view, n_terms, policy);
    return RL_OK;
  }
  if (first == 0) rl_rollout_finish_steps(rollout, view, n_terms, !value && policy->value_head);
  rl_status status = RL_OK;
  if (rollout->central.action)
    status = rl_counterfactual_rows(rollout, policy, value, first, n, error);
  else if (rollout->central.agents)
    status = evaluate_joined(rollout, value, rollout->obs.data, first, n, rollout->value.data + first, error);
  else if (value && n > 0 && !value->network.gru)
    status =
        rl_rollout_evaluate(policy, value, rollout->obs.data + (size_t)first * (size_t)rollout->obs.shape[2],
                            n, rollout->value.data + first, error);
  p->valued = value && !value->network.gru ? first + n : rows;
  if (status || p->valued < rows) return status;
  *done = true;
  recall_last(rollout, policy, view);
  if (rollout->central.agents)
    return evaluate_worlds(rollout, policy, value, rollout->last_obs.data, rollout->copies,
                           (uint32_t)(rollout->steps * rollout->copies), rollout->last_value.data, error);
  return evaluate_next(rollout, policy, value, rollout->last_obs.data, rollout->copies, rollout->last_memory,
                       rollout->value_states.last, rollout->last_value.data, error);
}

rl_status rl_rollout_value(rl_rollout *r, rl_policy *policy, rl_value *value, rl_error *error) {
  const size_t size = (size_t)r->obs.shape[2];
  const int rows = (int)rl_rollout_row(r);
  rl_status status = rl_rollout_evaluate(policy, value, r->obs.data, rows, r->value.data, error);
  for (int k = 0; !status && k < r->n_cut; k++)
    status = rl_rollout_evaluate(policy, value, r->cut_obs + (size_t)k * size, 1,
                                 r->cut_value.data + r->cut_row[k], error);
  if (!status)
    status = rl_rollout_evaluate(policy, value, r->last_obs.data, r->copies, r->last_value.data, error);
  if (!status) r->progress.valued = rows;
  return status;
}
