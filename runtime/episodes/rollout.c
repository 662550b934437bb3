#include "episodes/rollout.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "base/vector.h"
#include "env/vec_env_ranks.h"
#include "episodes/counterfactual.h"

#include <math.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>

rl_status rl_rollout_init(rl_rollout *rollout, int steps, const rl_vec_env *env, const rl_policy *policy,
                          uint64_t seed, rl_error *error) {
  const rl_env_def *def = rl_vec_env_def(env);
  const int inputs = policy->observation.size;
  int64_t copies = rl_vec_env_copies(env);
  *rollout = (rl_rollout){.steps = steps, .copies = (int)copies, .agents = rl_vec_env_agents(env)};
  rollout->rests = rollout->agents > 1 || rl_vec_env_seat(env) >= 0;
  if (steps < 1 || steps > 1 << 24 || (int64_t)steps * copies > 1 << 28)
    return rl_fail(error, RL_BAD_ARGUMENT, "%d steps of %d copies do not make a batch of 1 to %d", steps,
                   (int)copies, 1 << 28);
  struct {
    rl_tensor *tensor;
    int ndim;
    int64_t last;
  } parts[] = {{&rollout->obs, 3, inputs},
               {&rollout->action, def->action.kind == RL_DISCRETE ? 2 : 3, rl_space_width(&def->action)},
               {&rollout->output, 3, rl_policy_outputs(policy)},
               {&rollout->log_prob, 2, 0},
               {&rollout->reward, 2, 0},
               {&rollout->value, 2, 0},
               {&rollout->advantage, 2, 0},
               {&rollout->target, 2, 0},
               {&rollout->cut_value, 2, 0}};
  rl_status status = rl_tensor_zeros(&rollout->last_value, 1, &copies, error);
  if (!status) status = rl_tensor_zeros(&rollout->last_obs, 2, (int64_t[]){copies, inputs}, error);
  for (size_t i = 0; !status && i < sizeof parts / sizeof *parts; i++)
    status =
        rl_tensor_zeros(parts[i].tensor, parts[i].ndim, (int64_t[]){steps, copies, parts[i].last}, error);
  size_t rows = (size_t)steps * (size_t)copies;
  rollout->terminated = rl_allocate(rows, 1);
  rollout->truncated = rl_allocate(rows, 1);
  rollout->time = rl_allocate(rows, sizeof(int));
  rollout->rows = rl_allocate(rows, sizeof(int));
  rollout->length = rl_allocate((size_t)copies, sizeof(int));
  rollout->streams = rl_allocate((size_t)copies, sizeof(rl_rng));
  rollout->log_std = rl_allocate((size_t)def->action.size, sizeof(float));
  const size_t remembered = (size_t)copies * (size_t)rl_network_memory(&policy->network);
  rollout->memory = rl_allocate(2 * remembered + (size_t)inputs, sizeof(float));
  if (rollout->memory) {
    rollout->last_memory = rollout->memory + remembered;
    rollout->window = rollout->last_memory + remembered;
  }
  if (!status && !(rollout->log_std && rollout->memory && rollout->terminated && rollout->truncated &&
                   rollout->time && rollout->rows && rollout->length && rollout->streams))
    status = rl_fail(error, RL_NO_MEMORY, "out of memory for a batch of %d x %d steps", steps, (int)copies);
  if (status) {
    rl_rollout_release(rollout);
    return status;
  }
  for (int i = 0; i < rollout->copies; i++)
    rl_rng_init_use(&rollout->streams[i], seed, RL_STREAM_ACTION, (uint32_t)i);
  rollout->stats.mean_return = rollout->stats.mean_length = (double)NAN;
  return RL_OK;
}

static rl_status keep_states(rl_states *s, const rl_network *network, size_t sequences, size_t copies,
                             bool remembers, rl_error *error) {
  *s = (rl_states){.units = network->gru, .own = rl_network_memory(network)};
  const size_t own = remembers ? copies * (size_t)s->own : 0, begin = sequences * copies * (size_t)s->units;
  if (!s->units) return RL_OK;
  s->begin = rl_allocate(begin + 2 * own, sizeof *s->begin);
  if (!s->begin) return rl_fail(error, RL_NO_MEMORY, "out of memory for %zu states", sequences * copies);
  s->memory = s->begin + begin;
  s->last = s->memory + own;
  return RL_OK;
}

rl_status rl_rollout_keep_states(rl_rollout *r, const rl_policy *policy, const rl_value *value, int sequence,
                                 rl_error *error) {
  const size_t sequences = (size_t)rl_pieces(r->steps, sequence), copies = (size_t)r->copies;
  const int of_policy = rl_network_memory(&policy->network),
            of_value = value ? rl_network_memory(&value->network) : 0;
  r->sequence = sequence;
  rl_status status = keep_states(&r->states, &policy->network, sequences, copies, false, error);
  if (!status && value)
    status = keep_states(&r->value_states, &value->network, sequences, copies, true, error);
  if (status || !(r->states.units || r->value_states.units)) return status;
  r->spare =
      rl_allocate(copies * (size_t)(of_policy > of_value ? of_policy : of_value) + copies, sizeof *r->spare);
  return r->spare ? RL_OK
                  : rl_fail(error, RL_NO_MEMORY, "out of memory for the states of %d copies", r->copies);
}

rl_status rl_rollout_keep_central(rl_rollout *r, const rl_central *central, rl_error *error) {
  const size_t rows = RL_VALUED, acts = central->action ? 1 : 0, outputs = acts * (size_t)r->output.shape[2];
  const size_t width = acts ? (size_t)rl_space_width(central->action) : 0;
  const size_t ends = (size_t)central->agents * (size_t)central->inputs;
  r->central = *central;
  if (!central->agents) return RL_OK;
  r->joined = rl_allocate(rows * ((size_t)central->width + width + 2 + outputs) + ends, sizeof(float));
  r->baseline = rl_allocate(acts * (size_t)r->steps * (size_t)r->copies + 1, sizeof(float));
  r->drawn = rl_allocate(acts * rows + 1, sizeof *r->drawn);
  if (!r->joined || !r->baseline || !r->drawn)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a critic of %d agents", central->agents);
  r->chosen = r->joined + rows * (size_t)central->width;
  r->q = r->chosen + rows * width;
  r->weight = r->q + rows;
  r->outputs = r->weight + rows;
  r->ends = r->outputs + rows * outputs;
  return RL_OK;
}

void rl_rollout_release(rl_rollout *rollout) {
  rl_tensor *tensors[] = {&rollout->obs,       &rollout->action,     &rollout->output,    &rollout->log_prob,
                          &rollout->reward,    &rollout->value,      &rollout->advantage, &rollout->target,
                          &rollout->cut_value, &rollout->last_value, &rollout->last_obs};
  for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++) rl_tensor_release(tensors[i]);
  rl_release(rollout->terminated);
  rl_release(rollout->truncated);
  rl_release(rollout->time);
  rl_release(rollout->rows);
  rl_release(rollout->length);
  rl_release(rollout->streams);
  rl_release(rollout->log_std);
  rl_release(rollout->memory); /* and what is behind it */
  rl_release(rollout->states.begin);
  rl_release(rollout->value_states.begin);
  rl_release(rollout->spare);
  rl_release(rollout->joined); /* and what is behind it */
  rl_release(rollout->baseline);
  rl_release(rollout->drawn);
  rl_release(rollout->cut_obs);
  rl_release(rollout->cut_row);
  *rollout = (rl_rollout){0};
}

static size_t remembered(const rl_rollout *r, const rl_policy *policy) {
  return (size_t)r->copies * (size_t)rl_network_memory(&policy->network);
}

static size_t of_value(const rl_rollout *r) { return (size_t)r->copies * (size_t)r->value_states.own; }

void rl_rollout_follow(rl_rollout *r, const rl_rollout *last, const rl_policy *policy) {
  memcpy(r->streams, last->streams, (size_t)r->copies * sizeof *r->streams);
  memcpy(r->memory, last->memory, remembered(r, policy) * sizeof *r->memory);
  if (r->value_states.units)
    memcpy(r->value_states.memory, last->value_states.memory, of_value(r) * sizeof *r->memory);
  r->moves = last->moves;
  r->stats = last->stats;
}

void rl_rollout_recollect(rl_rollout *r, const rl_policy *policy, uint64_t moves) {
  if (r->moves != moves && r->moves != RL_ANY_MOVES) {
    memset(r->memory, 0, remembered(r, policy) * sizeof *r->memory);
    if (r->value_states.units) memset(r->value_states.memory, 0, of_value(r) * sizeof *r->memory);
  }
  r->moves = moves;
}

void rl_rollout_clear(rl_rollout *r) {
  const rl_tensor *tensors[] = {&r->obs,   &r->action,    &r->output, &r->log_prob,  &r->reward,
                                &r->value, &r->advantage, &r->target, &r->cut_value, &r->last_value};
  const size_t rows = (size_t)r->steps * (size_t)r->copies;
  for (size_t i = 0; i < sizeof tensors / sizeof *tensors; i++)
    memset(tensors[i]->data, 0, (size_t)rl_tensor_count(tensors[i]) * sizeof(float));
  memset(r->terminated, 0, rows);
  memset(r->truncated, 0, rows);
  memset(r->time, 0, rows * sizeof *r->time);
  memset(r->rows, 0, rows * sizeof *r->rows);
}

/* What a step came to. */
typedef struct outcome {
  float reward;
  uint8_t terminated, truncated;
  double episode_return;
  int64_t episode_length;
} outcome;

static outcome outcome_of(const rl_vec_view *view, size_t i) {
  return (outcome){view->reward[i], view->terminated[i], view->truncated[i], view->episode_return[i],
                   view->episode_length[i]};
}

static void account(rl_rollout_progress *p, outcome o, const float *terms, int n_terms) {
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

/* V of these states, by the value, or else by the value head; nothing is written without either. */
static rl_status evaluate(rl_policy *policy, rl_value *value, const float *obs, int rows, float *out,
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
  if (!network->gru) return evaluate(policy, value, obs, rows, out, error);
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

/* The state that the truncated step `row` ended at is valued, or kept for that. */
static rl_status take_cut(rl_rollout *r, rl_policy *policy, rl_value *value, const float *obs, size_t row,
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

/* Steps of copy i since its episode began. */
static int64_t age(const rl_vec_view *view, size_t i) {
  return view->terminated[i] || view->truncated[i] ? 0 : view->episode_length[i];
}

static void take_log_std(rl_rollout *rollout, const rl_policy *policy) {
  const float *log_std = rl_policy_log_std(policy);
  if (log_std) memcpy(rollout->log_std, log_std, (size_t)policy->reals * sizeof *log_std);
}

void rl_rollout_open(rl_rollout *rollout, const rl_policy *policy) {
  rollout->progress = (rl_rollout_progress){.moves = RL_ANY_MOVES};
  rollout->n_rows = rollout->n_cut = 0;
  memset(rollout->cut_value.data, 0, (size_t)rl_tensor_count(&rollout->cut_value) * sizeof(float));
  memset(rollout->length, 0, (size_t)rollout->copies * sizeof(int));
  take_log_std(rollout, policy);
}

/* Where the step that is open begins in the arrays. */
static size_t row_now(const rl_rollout *rollout) {
  return (size_t)rollout->progress.steps * (size_t)rollout->copies;
}

const float *rl_rollout_actions(const rl_rollout *rollout) {
  size_t width = rollout->action.ndim == 3 ? (size_t)rollout->action.shape[2] : 1;
  return rollout->action.data + row_now(rollout) * width;
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

/* What copy i has come to, with what is remembered of it: [inputs]. */
static void recall(const rl_policy *policy, const float *memory, size_t i, const float *observations,
                   float *x) {
  const rl_network *network = &policy->network;
  rl_network_recall(network, memory + i * (size_t)rl_network_memory(network),
                    observations + i * (size_t)rl_network_size(network), x);
}

/* Of a batch that is full: later actions, which are no part of it, do not change this. */
static void keep_memory(rl_rollout *r, const rl_policy *policy) {
  const size_t own = (size_t)rl_network_memory(&policy->network), copies = (size_t)r->copies;
  const size_t last = (size_t)(r->progress.steps - 1) * copies;
  memcpy(r->last_memory, r->memory, copies * own * sizeof *r->memory);
  for (size_t i = 0; i < copies; i++)
    if (r->terminated[last + i] || r->truncated[last + i])
      memset(r->last_memory + i * own, 0, own * sizeof *r->memory);
  const rl_states *v = &r->value_states;
  if (!v->units) return;
  memcpy(v->last, v->memory, of_value(r) * sizeof *v->last);
  for (size_t i = 0; i < copies; i++)
    if (r->terminated[last + i] || r->truncated[last + i])
      memset(v->last + i * (size_t)v->own, 0, (size_t)v->own * sizeof *v->last);
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
  keep_begin(r, v, v->memory, row_now(r), 0, (size_t)r->copies);
  return rl_network_step(&value->network, x, r->copies, v->memory, out, error);
}

static void recall_last(rl_rollout *r, const rl_policy *policy, const rl_vec_view *view) {
  const size_t inputs = (size_t)r->obs.shape[2];
  for (size_t i = 0; i < (size_t)r->copies; i++)
    recall(policy, r->last_memory, i, view->observation, r->last_obs.data + i * inputs);
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

/* Actions of some copies on what they observe; row: the place of the first in the arrays. */
static void act_rows(const rl_rollout *r, const rl_vec_view *view, const rl_policy *policy, int first,
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
  act_rows(a->rollout, a->view, a->policy, first, left < a->size ? left : a->size, a->row + (size_t)first,
           worker);
}

enum { ACTING = 8 }; /* copies to a piece at least */

/* The observations of some copies and the actions on them, in the row of a step. */
static rl_status act(rl_rollout *rollout, const rl_vec_view *view, rl_policy *policy, rl_ranks_part part,
                     size_t row, rl_error *error) {
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
static void rest_idle(rl_rollout *r, const rl_vec_view *view, size_t row) {
  const rl_space *space = r->central.action;
  const size_t inputs = (size_t)r->obs.shape[2];
  for (size_t i = 0; space && i < (size_t)r->copies; i++)
    if (view->idle[i])
      rl_space_rest(space, rl_space_mask(space, r->obs.data + (row + i) * inputs, (int)inputs),
                    r->action.data + (row + i) * (size_t)rl_space_width(space));
}

rl_status rl_rollout_act(rl_rollout *rollout, const rl_vec_view *view, rl_policy *policy, rl_error *error) {
  const size_t row = row_now(rollout);
  for (int i = 0; i < rollout->copies; i++)
    if (!view->idle[i]) rollout->rows[rollout->n_rows++] = (int)row + i;
  rl_status status = act(rollout, view, policy, (rl_ranks_part){0, rollout->copies}, row, error);
  if (!status) rest_idle(rollout, view, row);
  return status;
}

static bool all_idle(const rl_vec_view *view, int copies) {
  for (int i = 0; i < copies; i++)
    if (!view->idle[i]) return false;
  return true;
}

/* Steps that an agent rested, while its world went on, are no part of an episode: each is cut off from what is before and
 * behind it. */
static void cut_off_rests(rl_rollout *r, size_t row) {
  if (!r->rests || r->progress.episodes) return;
  int k = r->n_rows;
  while (k > 0 && (size_t)r->rows[k - 1] >= row) k--;
  for (int i = 0; i < r->copies; i++) {
    if (k < r->n_rows && (size_t)r->rows[k] == row + (size_t)i)
      k++;
    else
      r->terminated[row + (size_t)i] = 1;
  }
}

/* Of a truncated step by a central critic: it reads, of all agents, what they have come to. */
static rl_status take_central_cut(rl_rollout *r, const rl_vec_view *view, rl_policy *policy, rl_value *value,
                                  int copy, size_t row, rl_error *error) {
  const int agents = r->central.agents, agent = copy % agents, world = copy - agent;
  float values[RL_MAX_AGENTS];
  for (int a = 0; a < agents; a++)
    recall(policy, r->memory + (size_t)(world + a) * (size_t)rl_network_memory(&policy->network), 0,
           rl_central_end(&r->central, view, world + a), r->ends + (size_t)a * (size_t)r->central.inputs);
  rl_status status =
      evaluate_worlds(r, policy, value, r->ends, agents, (uint32_t)row | 1u << 31, values, error);
  r->cut_value.data[row] = values[agent];
  return status;
}

rl_status rl_rollout_take(rl_rollout *rollout, const rl_vec_view *view, int n_terms, rl_policy *policy,
                          rl_value *value, rl_error *error) {
  size_t copies = (size_t)rollout->copies, row = row_now(rollout);
  rl_status status = RL_OK;
  memcpy(rollout->reward.data + row, view->reward, copies * sizeof(float));
  memcpy(rollout->terminated + row, view->terminated, copies);
  memcpy(rollout->truncated + row, view->truncated, copies);
  if (value && value->network.gru)
    status = value_step(rollout, value, rollout->obs.data + row * (size_t)rollout->obs.shape[2],
                        rollout->time + row, rollout->value.data + row, error);
  for (size_t i = 0; i < copies && !status; i++)
    if (view->truncated[i] && rollout->central.agents) {
      status = take_central_cut(rollout, view, policy, value, (int)i, row + i, error);
    } else if (view->truncated[i]) {
      recall(policy, rollout->memory, i, view->final_observation, rollout->window);
      status = take_cut(rollout, policy, value, rollout->window, row + i, error);
    }
  if (status) return status;
  cut_off_rests(rollout, row);
  for (size_t i = 0; i < copies; i++)
    if (!view->idle[i] || view->terminated[i] || view->truncated[i])
      account(&rollout->progress, outcome_of(view, i), view->terms + i * RL_MAX_TERMS, n_terms);
  rollout->progress.steps++;
  const bool seat = rollout->rests && rollout->agents == 1; /* its worlds may go on */
  rollout->progress.full = rollout->progress.steps == rollout->steps ||
                           (all_idle(view, rollout->copies) && (rollout->progress.episodes || !seat));
  if (rollout->progress.full) keep_memory(rollout, policy);
  return RL_OK;
}

/* After the last step. Places that this batch leaves empty must not show numbers of the last one, or what was
 * done to them. */
static void finish_steps(rl_rollout *rollout, const rl_vec_view *view, int n_terms, bool by_head) {
  size_t rows = row_now(rollout), all = (size_t)rollout->steps * (size_t)rollout->copies, rest = all - rows;
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

/* Everything at once: a batch that is late is complete before there are values. */
static void close_late(rl_rollout *rollout, const rl_vec_view *view, int n_terms, const rl_policy *policy) {
  if (!rollout->progress.valued) finish_steps(rollout, view, n_terms, false); /* ranks have done it */
  recall_last(rollout, policy, view);
}

rl_status rl_rollout_close(rl_rollout *rollout, const rl_vec_view *view, int n_terms, rl_policy *policy,
                           rl_value *value, bool *done, rl_error *error) {
  rl_rollout_progress *p = &rollout->progress;
  int rows = (int)row_now(rollout), first = p->valued, n = rows - first;
  if (n > RL_VALUED && !rollout->at_once) n = RL_VALUED;
  *done = rollout->late;
  if (rollout->late) {
    close_late(rollout, view, n_terms, policy);
    return RL_OK;
  }
  if (first == 0) finish_steps(rollout, view, n_terms, !value && policy->value_head);
  rl_status status = RL_OK;
  if (rollout->central.action)
    status = rl_counterfactual_rows(rollout, policy, value, first, n, error);
  else if (rollout->central.agents)
    status = evaluate_joined(rollout, value, rollout->obs.data, first, n, rollout->value.data + first, error);
  else if (value && n > 0 && !value->network.gru)
    status = evaluate(policy, value, rollout->obs.data + (size_t)first * (size_t)rollout->obs.shape[2], n,
                      rollout->value.data + first, error);
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
  const int rows = (int)row_now(r);
  rl_status status = evaluate(policy, value, r->obs.data, rows, r->value.data, error);
  for (int k = 0; !status && k < r->n_cut; k++)
    status =
        evaluate(policy, value, r->cut_obs + (size_t)k * size, 1, r->cut_value.data + r->cut_row[k], error);
  if (!status) status = evaluate(policy, value, r->last_obs.data, r->copies, r->last_value.data, error);
  if (!status) r->progress.valued = rows;
  return status;
}

typedef struct adoption {
  const rl_rollout *rollout;
  const rl_policy *policy;
  float *ratio;
  int rows;
} adoption;

static void adopt_piece(void *context, int index, int worker) {
  const adoption *a = context;
  const rl_rollout *r = a->rollout;
  const int left = a->rows - index * RL_ROWS, rows = left < RL_ROWS ? left : RL_ROWS;
  const size_t first = (size_t)index * RL_ROWS, width = (size_t)rl_space_width(&a->policy->action);
  float *log_prob = r->log_prob.data + first, before[RL_ROWS];
  (void)worker;
  memcpy(before, log_prob, (size_t)rows * sizeof *before);
  rl_dist dist = rl_policy_read(a->policy, r->output.data + first * (size_t)r->output.shape[2]);
  rl_dist_log_prob(&dist, rows, r->action.data + first * width, log_prob);
  for (int k = 0; k < rows; k++) a->ratio[first + (size_t)k] = expf(fminf(log_prob[k] - before[k], 20.0f));
}

rl_status rl_rollout_adopt(rl_rollout *r, rl_policy *policy, float *ratio, rl_error *error) {
  adoption a = {r, policy, ratio, (int)row_now(r)};
  rl_status status = rl_policy_apply(policy, r->obs.data, a.rows, r->output.data, error);
  if (status) return status;
  take_log_std(r, policy);
  rl_parallel_for(rl_pieces(a.rows, RL_ROWS), adopt_piece, &a);
  return RL_OK;
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

static rl_status check_running(const rl_vec_env *env, rl_error *error) {
  for (int i = 0; i < rl_vec_env_copies(env); i++)
    if (rl_vec_env_is_over(env, i))
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "copy %d has finished and does not restart: reset before collecting", i + 1);
  return RL_OK;
}

rl_status rl_rollout_begin(rl_rollout *rollout, rl_vec_env *env, const rl_policy *policy, bool episodes,
                           int group, rl_error *error) {
  rl_status status = RL_OK;
  if (episodes && group > 1)
    status = rl_vec_env_reset_groups(env, group, error);
  else if (episodes || !rl_vec_env_is_reset(env))
    status = rl_vec_env_reset(env, error);
  if (!status && !episodes) status = check_running(env, error);
  if (status) return status;
  rl_rollout_open(rollout, policy);
  rl_rollout_recollect(rollout, policy, rl_vec_env_moves(env));
  rollout->progress.episodes = episodes;
  rollout->progress.moves = rl_vec_env_moves(env);
  return RL_OK;
}

static rl_status check_moves(const rl_rollout *rollout, const rl_vec_env *env, rl_error *error) {
  if (rollout->progress.moves == RL_ANY_MOVES || rollout->progress.moves == rl_vec_env_moves(env))
    return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT,
                 "%s was reset or stepped while a batch is being collected in pieces: the batch is given up",
                 rl_vec_env_def(env)->name);
}

/* One step of all copies; where episodes are collected a copy that has finished rests. */
static rl_status step(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                      rl_error *error) {
  const rl_vec_view *view = rl_vec_env_view(env);
  bool restart = rl_vec_env_restart(env);
  rl_status status = check_moves(rollout, env, error);
  if (!status && !rollout->progress.episodes) status = rl_vec_env_pass(env, error);
  if (!status) status = rl_rollout_act(rollout, view, policy, error);
  if (status) return status;
  rl_vec_env_set_restart(env, restart && !rollout->progress.episodes);
  status = rl_vec_env_step(env, rl_rollout_actions(rollout), error);
  rl_vec_env_set_restart(env, restart);
  rollout->progress.moves = rollout->moves = rl_vec_env_moves(env);
  if (status) return status;
  return rl_rollout_take(rollout, view, rl_vec_env_n_terms(env), policy, value, error);
}

/* --- many steps at once ---
 *
 * Where copies need not wait for each other no thread waits for another but at the end: copies go on in bands, and who
 * has none of his own left takes those of others. What is summed in the order of the steps is kept until then. */

enum {
  TOGETHER = 1 << 14, /* steps of all copies at once: what is kept of them has to fit */
  BANDS = 4,          /* of a thread */
  TAKEN = 1 << 30
};

typedef struct band {
  alignas(RL_ALIGNMENT) atomic_int done; /* steps, and whether a thread is taking some */
} band;

typedef struct march {
  rl_rollout *rollout;
  rl_vec_env *env;
  const rl_policy *policy;
  int steps, n_terms;
  rl_ranks_part part;         /* of the copies */
  int size, n_bands, threads; /* size: copies to a band */
  band *bands;
  bool *failed;      /* [copies] */
  outcome *outcomes; /* [steps, copies] */
  float *terms;      /* [steps, copies, n_terms] */
  float *last;       /* [steps, copies, obs] where a step was truncated */
  atomic_bool cut;   /* the program has asked to stop: steps are missing */
} march;

static void keep_step(const march *m, size_t i, size_t row, size_t at) {
  const rl_rollout *r = m->rollout;
  const rl_vec_view *view = rl_vec_env_view(m->env);
  const size_t size = (size_t)r->obs.shape[2], n_terms = (size_t)m->n_terms;
  m->outcomes[at] = outcome_of(view, i);
  r->reward.data[row] = view->reward[i];
  r->terminated[row] = view->terminated[i];
  r->truncated[row] = view->truncated[i];
  memcpy(m->terms + at * n_terms, view->terms + i * RL_MAX_TERMS, n_terms * sizeof *m->terms);
  if (view->truncated[i]) recall(m->policy, r->memory, i, view->final_observation, m->last + at * size);
}

/* A copy that fails stops; the others go on, so that how far they come does not depend on the threads. */
static void step_band(march *m, int which, int from, int to, int worker) {
  const rl_rollout *r = m->rollout;
  const int first = m->part.first + which * m->size, left = m->part.end - first,
            rows = left < m->size ? left : m->size;
  const size_t width = (size_t)rl_space_width(&m->policy->action);
  for (int s = from; s < to; s++) {
    if (rl_stop_asked()) {
      atomic_store_explicit(&m->cut, true, memory_order_relaxed);
      return;
    }
    const size_t at = (size_t)s * (size_t)r->copies + (size_t)first, row = row_now(r) + at;
    act_rows(r, rl_vec_env_view(m->env), m->policy, first, rows, row, worker);
    for (int k = 0; k < rows; k++) {
      const size_t copy = (size_t)k;
      bool *failed = &m->failed[first + k];
      if (*failed) continue;
      *failed = !rl_vec_env_step_copy(m->env, first + k, s, r->action.data + (row + copy) * width);
      keep_step(m, (size_t)first + copy, row + copy, at + copy);
    }
  }
}

/* Takes the band of a thread that is furthest behind; -1: all are taken or done. */
static int take_band(march *m, int thread, int *done) {
  const int first = (int)((int64_t)m->n_bands * thread / m->threads);
  const int end = (int)((int64_t)m->n_bands * (thread + 1) / m->threads);
  for (;;) {
    int least = -1;
    *done = m->steps;
    for (int b = first; b < end; b++) {
      const int steps = atomic_load_explicit(&m->bands[b].done, memory_order_relaxed);
      if (steps >= *done) continue;
      least = b;
      *done = steps;
    }
    if (least < 0 || atomic_compare_exchange_strong(&m->bands[least].done, done, *done | TAKEN)) return least;
  }
}

/* What a thread does. The fewer steps are left the fewer it takes at a time, so that all threads end together. */
static void march_piece(void *context, int thread, int worker) {
  march *m = context;
  for (int k = 0; k < m->threads;) {
    int done;
    const int which = take_band(m, (thread + k) % m->threads, &done);
    if (which < 0) {
      k++;
      continue;
    }
    const int left = m->steps - done, to = m->threads > 1 ? done + (left + 3) / 4 : m->steps;
    step_band(m, which, done, to, worker);
    atomic_store(&m->bands[which].done, to);
    k = 0; /* his own may be there again */
  }
}

/* In the order of one step at a time. */
static rl_status take_march(const march *m, rl_policy *policy, rl_value *value, rl_error *error) {
  rl_rollout *r = m->rollout;
  const size_t n = (size_t)m->steps * (size_t)r->copies, row = row_now(r), size = (size_t)r->obs.shape[2];
  rl_status status = RL_OK;
  for (size_t k = 0; k < n && !status; k++) {
    r->rows[r->n_rows++] = (int)(row + k);
    if (m->outcomes[k].truncated) status = take_cut(r, policy, value, m->last + k * size, row + k, error);
    account(&r->progress, m->outcomes[k], m->terms + k * (size_t)m->n_terms, m->n_terms);
  }
  r->progress.steps += m->steps;
  r->progress.full = r->progress.steps == r->steps;
  if (r->progress.full) keep_memory(r, policy);
  return status;
}

/* Several bands to a thread, so that they come out even, unless steps are too short for that. */
static int band_size(int copies, const rl_env_def *def) {
  int size = rl_threads() > 1 ? copies / (BANDS * rl_threads()) : RL_ROWS;
  if (size < def->copies_a_piece) size = def->copies_a_piece;
  if (size > RL_ROWS) size = RL_ROWS;
  return size < 1 ? 1 : size;
}

static rl_status make_bands(march *m, rl_error *error) {
  const int copies = m->part.end - m->part.first;
  m->size = band_size(copies, rl_vec_env_def(m->env));
  m->n_bands = rl_pieces(copies, m->size);
  m->threads = rl_threads() < m->n_bands ? rl_threads() : m->n_bands;
  m->bands = rl_allocate((size_t)m->n_bands + 1, sizeof *m->bands);
  m->failed = rl_allocate((size_t)m->rollout->copies, sizeof *m->failed);
  if (m->bands && m->failed) return RL_OK;
  return rl_fail(error, RL_NO_MEMORY, "out of memory to collect from %d copies", copies);
}

static rl_status step_apart(march *m, rl_policy *policy, rl_error *error) {
  rl_rollout *r = m->rollout;
  rl_status status = check_moves(r, m->env, error);
  if (!status) status = rl_network_reserve(&policy->network, error);
  if (!status) status = make_bands(m, error);
  if (!status) {
    rl_vec_env_begin_apart(m->env);
    rl_parallel_for(m->threads, march_piece, m);
    status = rl_vec_env_end_apart(m->env, m->steps, error);
    r->progress.moves = r->moves = rl_vec_env_moves(m->env);
    for (int i = m->part.first; i < m->part.end; i++) r->length[i] += m->steps;
  }
  if (!status && atomic_load_explicit(&m->cut, memory_order_relaxed))
    status = rl_fail(error, RL_INTERRUPTED, "interrupted");
  rl_release(m->bands);
  rl_release(m->failed);
  return status;
}

static rl_status step_many(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                           rl_error *error) {
  const int left = rollout->steps - rollout->progress.steps, most = TOGETHER / rollout->copies;
  march m = {.rollout = rollout,
             .env = env,
             .policy = policy,
             .steps = most < 1      ? 1
                      : most < left ? most
                                    : left,
             .part = {0, rollout->copies},
             .n_terms = rl_vec_env_n_terms(env)};
  const size_t n = (size_t)m.steps * (size_t)rollout->copies;
  m.outcomes = rl_allocate_unset(n * sizeof *m.outcomes, 0);
  m.terms = rl_allocate_unset(n * (size_t)m.n_terms * sizeof *m.terms, 0);
  m.last = rl_allocate_unset(n * (size_t)rollout->obs.shape[2] * sizeof *m.last, 0);
  rl_status status =
      m.outcomes && m.terms && m.last
          ? step_apart(&m, policy, error)
          : rl_fail(error, RL_NO_MEMORY, "out of memory to collect from %d copies", rollout->copies);
  if (!status) status = take_march(&m, policy, value, error);
  rl_release(m.outcomes);
  rl_release(m.terms);
  rl_release(m.last);
  return status;
}

/* --- by several ranks ---
 *
 * Each steps its copies through the whole batch; then all have all of it, and sum it up in the order of the steps. */

static bool all_rest(const rl_vec_view *view, rl_ranks_part part) {
  for (int i = part.first; i < part.end; i++)
    if (!view->idle[i]) return false;
  return true;
}

/* The steps up to `last`, or until all copies of this rank rest; returns how many there are then. */
static int step_in_turn(march *m, rl_policy *policy, int first, int last, bool may_rest, rl_status *status,
                        rl_error *error) {
  rl_rollout *r = m->rollout;
  const rl_vec_view *view = rl_vec_env_view(m->env);
  const size_t copies = (size_t)r->copies, width = (size_t)rl_space_width(&policy->action);
  int s = first;
  for (; s < last && !*status; s++) {
    const size_t row = (size_t)s * copies;
    if (may_rest && all_rest(view, m->part)) break;
    *status = act(r, view, policy, m->part, row, error);
    if (!*status) *status = rl_vec_env_step(m->env, r->action.data + row * width, error);
    for (int i = m->part.first; i < m->part.end && !*status; i++)
      keep_step(m, (size_t)i, row + (size_t)i, row + (size_t)i);
  }
  return s;
}

/* Where copies may rest, those of all ranks go on with those that take longest: actions are drawn for all. */
static rl_status step_till_all_rest(march *m, rl_policy *policy, uint64_t number, uint64_t mark, bool *over,
                                    rl_error *error) {
  rl_rollout *r = m->rollout;
  rl_status status = RL_OK;
  const int steps = step_in_turn(m, policy, 0, m->steps, true, &status, error);
  status = rl_ranks_meet("batch of episodes", number, mark, status, error);
  *over = status != RL_OK;
  if (*over) return status;
  const rl_ranks_array lengths = {r->length, 1, sizeof *r->length, 0};
  rl_ranks_share(&lengths, 1, r->copies);
  m->steps = 0;
  for (int i = 0; i < r->copies; i++)
    if (r->length[i] > m->steps) m->steps = r->length[i];
  step_in_turn(m, policy, steps, m->steps, false, &status, error);
  return status;
}

/* What the owner of a copy can say alone: values of its states. */
static rl_status value_own(march *m, rl_policy *policy, rl_value *value, float *values, rl_error *error) {
  const rl_rollout *r = m->rollout;
  const size_t size = (size_t)r->obs.shape[2], first = (size_t)m->part.first;
  rl_status status = RL_OK;
  for (int s = 0; s < m->steps && m->part.end > m->part.first && !status; s++) {
    const size_t row = (size_t)s * (size_t)r->copies;
    for (size_t k = row + first; k < row + (size_t)m->part.end && !status; k++)
      if (m->outcomes[k].truncated)
        status = evaluate(policy, value, m->last + k * size, 1, r->cut_value.data + k, error);
    if (value && !status)
      status = evaluate(policy, value, r->obs.data + (row + first) * size, m->part.end - m->part.first,
                        values + row + first, error);
  }
  return status;
}

static void share_batch(march *m, float *values) {
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
      {&m->outcomes->episode_length, steps, sizeof m->outcomes->episode_length, sizeof *m->outcomes},
      {m->terms, terms ? steps : 0, terms * each, RL_MAX_TERMS * each},
      {r->streams, 1, sizeof *r->streams, 0},
      {r->memory, own ? 1 : 0, own * each, 0},
      {r->length, 1, sizeof *r->length, 0}};
  rl_ranks_share(arrays, sizeof arrays / sizeof *arrays, r->copies);
  rl_vec_env_share(m->env);
}

/* As if all copies had been stepped here. */
static rl_status take_shared(march *m, const float *values, bool by_head, rl_error *error) {
  rl_rollout *r = m->rollout;
  const size_t copies = (size_t)r->copies, size = (size_t)r->obs.shape[2];
  rl_status status = RL_OK;
  for (int s = 0; s < m->steps; s++)
    for (int i = 0; i < r->copies; i++) {
      const size_t k = (size_t)s * copies + (size_t)i;
      if (s >= r->length[i]) continue;
      r->rows[r->n_rows++] = (int)k;
      const outcome *o = &m->outcomes[k];
      if (r->late && r->truncated[k] && !status)
        status = take_cut(r, NULL, NULL, m->last + k * size, k, error);
      account(&r->progress,
              (outcome){r->reward.data[k], r->terminated[k], r->truncated[k], o->episode_return,
                        o->episode_length},
              m->terms + k * RL_MAX_TERMS, m->n_terms);
    }
  r->progress.steps = m->steps;
  r->progress.full = true;
  r->progress.moves = r->moves = rl_vec_env_moves(m->env);
  keep_memory(r, m->policy);
  finish_steps(r, rl_vec_env_view(m->env), m->n_terms, by_head);
  r->progress.valued = m->steps * r->copies;
  if (values) memcpy(r->value.data, values, (size_t)r->progress.valued * sizeof *values);
  return status;
}

static rl_status agree_on_terms(march *m, rl_error *error) {
  rl_term_places places;
  rl_status status = rl_vec_env_agree(m->env, &places, error);
  for (int s = 0; places.changed && s < m->steps; s++)
    for (int i = m->part.first; i < m->part.end; i++)
      rl_terms_move(&places, m->terms + ((size_t)s * (size_t)m->rollout->copies + (size_t)i) * RL_MAX_TERMS);
  m->n_terms = rl_vec_env_n_terms(m->env);
  return status;
}

static rl_status collect_shared(march *m, rl_policy *policy, rl_value *value, float *values,
                                rl_error *error) {
  rl_rollout *r = m->rollout;
  const bool restart = rl_vec_env_restart(m->env), rests = r->progress.episodes || !restart;
  const rl_tensor *theta = &policy->network.theta;
  const uint64_t mark = rl_mark(theta->data, (size_t)rl_tensor_count(theta), (uint64_t)r->steps),
                 number = (uint64_t)(r->stats.total_steps / r->steps / r->copies) + 1;
  rl_status status = check_moves(r, m->env, error);
  bool over = false; /* all ranks know that it failed */
  rl_vec_env_begin_shared(m->env);
  rl_vec_env_set_restart(m->env, !rests);
  if (!status && rests)
    status = step_till_all_rest(m, policy, number, mark, &over, error);
  else if (!status && rl_vec_env_may_part(m->env))
    status = step_apart(m, policy, error);
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

static rl_status step_shared(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                             rl_error *error) {
  march m = {.rollout = rollout,
             .env = env,
             .policy = policy,
             .steps = rollout->steps,
             .part = rl_ranks_part_of(rollout->copies, rl_ranks_own()),
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

static bool may_share(const rl_rollout *rollout, const rl_vec_env *env) {
  return rollout->at_once && !rollout->states.units && !rollout->value_states.units &&
         !rollout->central.agents && rollout->progress.steps == 0 && rl_vec_env_may_share(env);
}

/* Recurrent networks, and critics that know all agents, go through a step of all copies at a time. */
static bool may_step_many(const rl_rollout *rollout, const rl_vec_env *env) {
  return rollout->at_once && !rollout->states.units && !rollout->value_states.units &&
         !rollout->central.agents && !rollout->progress.episodes && rl_vec_env_restart(env) &&
         rl_vec_env_may_part(env);
}

rl_status rl_rollout_advance(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                             bool *done, rl_error *error) {
  *done = false;
  rl_status status = RL_OK;
  if (rollout->progress.full)
    status =
        rl_rollout_close(rollout, rl_vec_env_view(env), rl_vec_env_n_terms(env), policy, value, done, error);
  else if (may_share(rollout, env))
    status = step_shared(rollout, env, policy, value, error);
  else if (may_step_many(rollout, env))
    status = step_many(rollout, env, policy, value, error);
  else
    status = step(rollout, env, policy, value, error);
  if ((status || *done) && rollout->progress.episodes) rl_vec_env_abandon(env);
  return status;
}

rl_status rl_rollout_collect(rl_rollout *rollout, rl_vec_env *env, rl_policy *policy, rl_value *value,
                             bool episodes, int group, rl_error *error) {
  bool done = false;
  rl_status status = rl_rollout_begin(rollout, env, policy, episodes, group, error);
  rollout->at_once = true;
  while (!status && !done) status = rl_rollout_advance(rollout, env, policy, value, &done, error);
  rollout->at_once = false;
  return status;
}

double rl_rollout_fraction(const rl_rollout *rollout) {
  const rl_rollout_progress *p = &rollout->progress;
  const double rows = (double)p->steps * rollout->copies; /* to value one is about a tenth of the work */
  if (p->full) return 0.9 + 0.1 * (double)p->valued / rows;
  return 0.9 * p->steps / rollout->steps;
}

rl_trajectories rl_rollout_trajectories(const rl_rollout *rollout) {
  return (rl_trajectories){.steps = rollout->steps,
                           .copies = rollout->copies,
                           .length = rollout->length,
                           .time = rollout->time,
                           .reward = rollout->reward.data,
                           .value = rollout->value.data,
                           .terminated = rollout->terminated,
                           .truncated = rollout->truncated,
                           .cut_value = rollout->cut_value.data,
                           .last_value = rollout->last_value.data,
                           .baseline = rollout->baseline};
}
