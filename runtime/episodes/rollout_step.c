/* A step of all copies: what each observes and does, what comes of it, and what that makes of the batch. */
#include "episodes/rollout_internal.h"

#include "base/parallel.h"

#include <math.h>
#include <string.h>

void rl_rollout_account(rl_rollout_progress *p, rl_outcome o, const float *terms, int n_terms) {
  p->rewards += (double)o.reward;
  for (int k = 0; k < n_terms; k++) p->terms[k] += (double)terms[k];
  if (!o.terminated && !o.truncated) return;
  p->finished++;
  p->terminated += o.terminated;
  p->returns += o.episode_return;
  p->lengths += (double)o.episode_length;
}

static void summarize(rl_rollout *rollout, const rl_vec_view *view, int n_terms) {
  const rl_rollout_progress *p = &rollout->progress;
  rl_rollout_stats *stats = &rollout->stats;
  double steps = (double)rollout->n_rows;
  stats->total_steps += rollout->n_rows;
  stats->episodes = p->finished;
  stats->terminated = p->terminated;
  stats->mean_return = p->finished ? p->returns / (double)p->finished : (double)NAN;
  stats->mean_length = p->finished ? p->lengths / (double)p->finished : (double)NAN;
  stats->mean_reward = p->rewards / steps;
  stats->n_terms = n_terms;
  for (int k = 0; k < n_terms; k++) stats->terms[k] = p->terms[k] / steps;
  stats->cut = 0;
  for (int i = 0; i < rollout->copies; i++)
    stats->cut += !view->idle[i] && !view->terminated[i] && !view->truncated[i];
}

/* Steps of copy i since its episode began. */
static int64_t age(const rl_vec_view *view, size_t i) {
  return view->terminated[i] || view->truncated[i] ? 0 : view->episode_length[i];
}

const float *rl_rollout_actions(const rl_rollout *rollout) {
  size_t width = rollout->action.ndim == 3 ? (size_t)rollout->action.shape[2] : 1;
  return rollout->action.data + rl_rollout_row(rollout) * width;
}

void rl_rollout_see(const rl_rollout *r, const rl_vec_view *view, const rl_policy *policy, int first,
                    int rows, float *x) {
  const rl_network *network = &policy->network;
  const size_t own = (size_t)rl_network_memory(network), at = (size_t)first;
  for (size_t k = at; own && k < at + (size_t)rows; k++)
    if (age(view, k) == 0) memset(r->memory + k * own, 0, own * sizeof *r->memory);
  rl_network_see(network, view->observation + at * (size_t)rl_network_size(network), rows,
                 r->memory + at * own, x);
}

/* Of copies first .. first + rows - 1, where the step that begins at `row` begins a sequence. */
static void keep_begin(const rl_rollout *r, const rl_states *s, const float *memory, size_t row, size_t first,
                       size_t rows) {
  const size_t step = row / (size_t)r->copies, units = (size_t)s->units, own = (size_t)s->own;
  if (!units || step % (size_t)r->sequence) return;
  float *begin = s->begin + (step / (size_t)r->sequence * (size_t)r->copies + first) * units;
  for (size_t k = 0; k < rows; k++)
    memcpy(begin + k * units, memory + (first + k) * own + (own - units), units * sizeof *begin);
}

/* A recurrent value goes through the steps as they come. */
static rl_status value_step(rl_rollout *r, rl_value *value, const float *x, const int *time, float *out,
                            rl_error *error) {
  rl_states *v = &r->value_states;
  const size_t own = (size_t)v->own;
  for (size_t i = 0; i < (size_t)r->copies; i++)
    if (time[i] == 0) memset(v->memory + i * own, 0, own * sizeof *v->memory);
  keep_begin(r, v, v->memory, rl_rollout_row(r), 0, (size_t)r->copies);
  return rl_network_step(&value->network, x, r->copies, v->memory, out, error);
}

/* Uniformly random actions of those that are possible. */
static void act_by_chance(const rl_policy *policy, const float *obs, int rows, rl_rng *streams, float *action,
                          float *log_prob) {
  const rl_space *space = &policy->action;
  const int size = policy->observation.size;
  for (int k = 0; k < rows; k++)
    log_prob[k] = rl_space_sample(space, rl_space_mask(space, obs + k * size, size), &streams[k],
                                  action + k * rl_space_width(space));
}

void rl_rollout_act_rows(const rl_rollout *r, const rl_vec_view *view, const rl_policy *policy, int first,
                         int rows, size_t row, int worker) {
  const size_t size = (size_t)r->obs.shape[2];
  float *obs = r->obs.data + row * size, *output = r->output.data + row * (size_t)r->output.shape[2];
  float *action = r->action.data + row * (size_t)rl_space_width(&policy->action);
  rl_rollout_see(r, view, policy, first, rows, obs);
  for (int k = 0; k < rows; k++) r->time[row + (size_t)k] = (int)age(view, (size_t)(first + k));
  keep_begin(r, &r->states, r->memory, row, (size_t)first, (size_t)rows);
  const size_t parameters = (size_t)policy->network.theta.shape[0];
  const size_t own = (size_t)rl_network_memory(&policy->network);
  const int each = r->actors ? 1 : rows; /* with the same parameters */
  for (int k = 0; k < rows; k += each) {
    const size_t at = (size_t)k, copy = (size_t)(first + k);
    const float *theta = r->actors ? r->actors + copy * parameters : policy->network.theta.data;
    float *y = output + at * (size_t)r->output.shape[2],
          *chosen = action + at * (size_t)rl_space_width(&policy->action),
          *log_prob = r->log_prob.data + row + at;
    rl_policy_apply_rows(policy, theta, obs + at * size, each, r->memory + copy * own, y, worker);
    if (r->stats.total_steps < r->random_until) {
      act_by_chance(policy, obs + at * size, each, r->streams + copy, chosen, log_prob);
      continue;
    }
    const rl_dist dist = rl_policy_read_of(policy, theta, y);
    rl_dist_sample(&dist, each, r->streams + copy, true, chosen);
    rl_dist_log_prob(&dist, each, chosen, log_prob);
  }
}

typedef struct acting {
  const rl_rollout *rollout;
  const rl_vec_view *view;
  const rl_policy *policy;
  rl_ranks_part part; /* of the copies */
  size_t row;
  int size; /* copies to a piece */
} acting;

static void act_piece(void *context, int index, int worker) {
  const acting *a = context;
  const int first = a->part.first + index * a->size, left = a->part.end - first;
  rl_rollout_act_rows(a->rollout, a->view, a->policy, first, left < a->size ? left : a->size,
                      a->row + (size_t)first, worker);
}

enum { ACTING = 8 }; /* copies to a piece at least */

rl_status rl_rollout_act_part(rl_rollout *rollout, const rl_vec_view *view, rl_policy *policy,
                              rl_ranks_part part, size_t row, rl_error *error) {
  const int copies = part.end - part.first, each = rl_pieces(copies, rl_threads());
  rl_status status = rl_network_reserve(&policy->network, error);
  if (status) return status;
  acting a = {rollout, view, policy, part, row, each < ACTING ? ACTING : each > RL_ROWS ? RL_ROWS : each};
  rl_parallel_for(rl_pieces(copies, a.size), act_piece, &a);
  const bool anew = rollout->rests && !rollout->progress.episodes; /* who is idle begins anew in this batch */
  for (int i = part.first; i < part.end; i++) {
    rollout->length[i] += anew || !view->idle[i];
    if (anew && view->idle[i])
      rollout->time[row + (size_t)i] = 0; /* no reward before it is of this episode */
  }
  return RL_OK;
}

/* An agent that rests is known to do nothing. */
static void rest_idle(rl_rollout *r, const rl_vec_view *view, const rl_policy *policy, size_t row) {
  const rl_space *space = r->whole ? &policy->action : r->central.action;
  const size_t inputs = (size_t)r->obs.shape[2];
  for (size_t i = 0; space && i < (size_t)r->copies; i++)
    if (view->idle[i])
      rl_space_rest(space, rl_space_mask(space, r->obs.data + (row + i) * inputs, (int)inputs),
                    r->action.data + (row + i) * (size_t)rl_space_width(space));
}

rl_status rl_rollout_act(rl_rollout *rollout, const rl_vec_view *view, rl_policy *policy, rl_error *error) {
  const size_t row = rl_rollout_row(rollout);
  for (int i = 0; i < rollout->copies; i++)
    if (!view->idle[i]) rollout->rows[rollout->n_rows++] = (int)row + i;
  rl_status status =
      rl_rollout_act_part(rollout, view, policy, (rl_ranks_part){0, rollout->copies}, row, error);
  if (!status) rest_idle(rollout, view, policy, row);
  return status;
}

static bool all_idle(const rl_vec_view *view, int copies) {
  for (int i = 0; i < copies; i++)
    if (!view->idle[i]) return false;
  return true;
}

/* Where the rows of those who have acted in the step at `row` begin. */
static int first_acted(const rl_rollout *r, size_t row) {
  int k = r->n_rows;
  while (k > 0 && (size_t)r->rows[k - 1] >= row) k--;
  return k;
}

/* Steps that an agent rested, while its world went on, are no part of an episode: each is cut off from what is before and
 * behind it. */
static void cut_off_rests(rl_rollout *r, size_t row) {
  if (!r->rests || r->progress.episodes) return;
  int k = first_acted(r, row);
  for (int i = 0; i < r->copies; i++) {
    if (k < r->n_rows && (size_t)r->rows[k] == row + (size_t)i)
      k++;
    else
      r->terminated[row + (size_t)i] = 1;
  }
}

rl_status rl_rollout_take(rl_rollout *rollout, const rl_vec_view *view, int n_terms, rl_policy *policy,
                          rl_value *value, rl_error *error) {
  size_t copies = (size_t)rollout->copies, row = rl_rollout_row(rollout);
  rl_status status = RL_OK;
  memcpy(rollout->reward.data + row, view->reward, copies * sizeof(float));
  memcpy(rollout->terminated + row, view->terminated, copies);
  memcpy(rollout->truncated + row, view->truncated, copies);
  if (value && value->network.gru)
    status = value_step(rollout, value, rollout->obs.data + row * (size_t)rollout->obs.shape[2],
                        rollout->time + row, rollout->value.data + row, error);
  if (!status) status = rl_rollout_take_cuts(rollout, view, policy, value, row, error);
  if (status) return status;
  cut_off_rests(rollout, row);
  for (int k = first_acted(rollout, row); k < rollout->n_rows; k++) {
    const size_t i = (size_t)rollout->rows[k] - row;
    rl_rollout_account(&rollout->progress, rl_outcome_of(view, i), view->terms + i * RL_MAX_TERMS, n_terms);
  }
  rollout->progress.steps++;
  const bool seat = rollout->rests && rollout->agents == 1; /* its worlds may go on */
  rollout->progress.full = rollout->progress.steps == rollout->steps ||
                           (all_idle(view, rollout->copies) && (rollout->progress.episodes || !seat));
  if (rollout->progress.full) rl_rollout_keep_memory(rollout, policy);
  return RL_OK;
}

void rl_rollout_finish_steps(rl_rollout *rollout, const rl_vec_view *view, int n_terms, bool by_head) {
  size_t rows = rl_rollout_row(rollout), all = (size_t)rollout->steps * (size_t)rollout->copies,
         rest = all - rows;
  memset(rollout->reward.data + rows, 0, rest * sizeof(float));
  if (rollout->value_states.units) /* it has valued them already */
    memset(rollout->value.data + rows, 0, rest * sizeof(float));
  else
    memset(rollout->value.data, 0, all * sizeof(float));
  memset(rollout->last_value.data, 0, (size_t)rollout->copies * sizeof(float));
  memset(rollout->terminated + rows, 0, rest);
  memset(rollout->truncated + rows, 0, rest);
  summarize(rollout, view, n_terms);
  size_t outputs = (size_t)rollout->output.shape[2];
  for (size_t r = 0; by_head && r < rows; r++) /* the value head has given it already */
    rollout->value.data[r] = rollout->output.data[(r + 1) * outputs - 1];
}

rl_status rl_rollout_act_aside(rl_rollout *r, const rl_vec_view *view, rl_policy *policy, rl_value *value,
                               float *x, float *y, rl_error *error) {
  rl_rollout_see(r, view, policy, 0, r->copies, x);
  rl_status status = rl_network_step(&policy->network, x, r->copies, r->memory, y, error);
  if (status) return status;
  rl_policy_mask(policy, x, r->copies, y);
  if (!value || !value->network.gru) return RL_OK;
  rl_states *v = &r->value_states;
  for (size_t i = 0; i < (size_t)r->copies; i++)
    if (age(view, i) == 0) memset(v->memory + i * (size_t)v->own, 0, (size_t)v->own * sizeof *v->memory);
  return rl_network_step(&value->network, x, r->copies, v->memory, r->spare, error);
}
