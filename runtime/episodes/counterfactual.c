#include "episodes/counterfactual.h"

#include <math.h>
#include <string.h>

/* Batches are told apart by the steps before them. */
static void open_streams(rl_rollout *r, uint32_t number, int rows) {
  const uint64_t seed = r->streams->seed + (uint64_t)r->stats.total_steps * 0x9e3779b97f4a7c15u;
  for (int k = 0; k < rows; k++)
    rl_rng_init_use(&r->drawn[k], seed, RL_STREAM_OTHERWISE, number + (uint32_t)k);
}

/* Rows that have been joined are read once more, with what their agents choose: adds weight x Q to sum [rows]. */
static rl_status add_chosen(rl_rollout *r, rl_value *value, int first, int rows, bool weighed, float *sum,
                            rl_error *error) {
  const rl_central *c = &r->central;
  const int width = rl_space_width(c->action);
  for (int k = 0; k < rows; k++)
    rl_space_encode(c->action, r->chosen + k * width,
                    r->joined + (size_t)k * (size_t)c->width +
                        rl_central_action_at(c, (first + k) % c->agents));
  rl_status status = rl_network_apply(&value->network, r->joined, rows, r->q, error);
  for (int k = 0; k < rows && !status; k++)
    sum[k] += (weighed ? r->weight[k] : 1.0f / (float)r->samples) * r->q[k];
  return status;
}

static rl_status sum_choices(rl_rollout *r, const rl_dist *dist, rl_value *value, int first, int rows,
                             float *sum, rl_error *error) {
  rl_status status = RL_OK;
  for (int choice = 0; choice < dist->size && !status; choice++) {
    for (int k = 0; k < rows; k++) r->chosen[k] = (float)choice;
    rl_dist_log_prob(dist, rows, r->chosen, r->weight);
    for (int k = 0; k < rows; k++) r->weight[k] = expf(r->weight[k]);
    status = add_chosen(r, value, first, rows, true, sum, error);
  }
  return status;
}

static rl_status sum_samples(rl_rollout *r, const rl_dist *dist, rl_value *value, int first, int rows,
                             float *sum, rl_error *error) {
  rl_status status = RL_OK;
  open_streams(r, (uint32_t)first, rows);
  for (int s = 0; s < r->samples && !status; s++) {
    rl_dist_sample(dist, rows, r->drawn, true, r->chosen);
    status = add_chosen(r, value, first, rows, false, sum, error);
  }
  return status;
}

static rl_status some_rows(rl_rollout *r, rl_policy *policy, rl_value *value, int first, int rows,
                           rl_error *error) {
  const rl_central *c = &r->central;
  float *baseline = r->baseline + first;
  const rl_dist dist = rl_policy_read(policy, r->output.data + (size_t)first * (size_t)r->output.shape[2]);
  memset(baseline, 0, (size_t)rows * sizeof *baseline);
  rl_central_join(c, r->obs.data, r->action.data, first, rows, r->joined);
  rl_status status = rl_network_apply(&value->network, r->joined, rows, r->value.data + first, error);
  if (status) return status;
  return c->action->kind == RL_DISCRETE ? sum_choices(r, &dist, value, first, rows, baseline, error)
                                        : sum_samples(r, &dist, value, first, rows, baseline, error);
}

rl_status rl_counterfactual_rows(rl_rollout *r, rl_policy *policy, rl_value *value, int first, int rows,
                                 rl_error *error) {
  rl_status status = RL_OK;
  for (int k = 0; k < rows && !status; k += RL_VALUED)
    status = some_rows(r, policy, value, first + k, rows - k < RL_VALUED ? rows - k : RL_VALUED, error);
  return status;
}

static rl_status expect_some(rl_rollout *r, rl_policy *policy, rl_value *value, const float *obs, int rows,
                             uint32_t number, float *out, rl_error *error) {
  rl_status status = rl_policy_apply(policy, obs, rows, r->outputs, error);
  const rl_dist dist = rl_policy_read(policy, r->outputs);
  open_streams(r, number, rows);
  memset(out, 0, (size_t)rows * sizeof *out);
  for (int s = 0; s < r->samples && !status; s++) {
    rl_dist_sample(&dist, rows, r->drawn, true, r->chosen);
    rl_central_join(&r->central, obs, r->chosen, 0, rows, r->joined);
    status = rl_network_apply(&value->network, r->joined, rows, r->q, error);
    for (int k = 0; k < rows && !status; k++) out[k] += r->q[k] / (float)r->samples;
  }
  return status;
}

rl_status rl_counterfactual_expect(rl_rollout *r, rl_policy *policy, rl_value *value, const float *obs,
                                   int rows, uint32_t number, float *out, rl_error *error) {
  const int worlds = RL_VALUED / r->central.agents * r->central.agents;
  rl_status status = RL_OK;
  for (int k = 0; k < rows && !status; k += worlds)
    status = expect_some(r, policy, value, obs + (size_t)k * (size_t)r->central.inputs,
                         rows - k < worlds ? rows - k : worlds, number + (uint32_t)k, out + k, error);
  return status;
}
