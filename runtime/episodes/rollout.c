#include "episodes/rollout_internal.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "env/vec_env_ranks.h"
#include "episodes/counterfactual.h"

#include <math.h>
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

void rl_rollout_keep_memory(rl_rollout *r, const rl_policy *policy) {
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
  keep_begin(r, v, v->memory, rl_rollout_row(r), 0, (size_t)r->copies);
  return rl_network_step(&value->network, x, r->copies, v->memory, out, error);
}

static void recall_last(rl_rollout *r, const rl_policy *policy, const rl_vec_view *view) {
  const size_t inputs = (size_t)r->obs.shape[2];
  for (size_t i = 0; i < (size_t)r->copies; i++)
    rl_rollout_recall(policy, r->last_memory, i, view->observation, r->last_obs.data + i * inputs);
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
  const size_t agents = (size_t)rollout->agents;
  for (size_t i = 0; i < copies && rollout->whole && !status; i += agents)
    if (any_truncated(view, i, agents)) status = take_whole_cut(rollout, view, policy, i, row + i, error);
  for (size_t i = 0; i < copies && !rollout->whole && !status; i++)
    if (view->truncated[i] && rollout->central.agents) {
      status = take_central_cut(rollout, view, policy, value, (int)i, row + i, error);
    } else if (view->truncated[i]) {
      rl_rollout_recall(policy, rollout->memory, i, view->final_observation, rollout->window);
      status = rl_rollout_take_cut(rollout, policy, value, rollout->window, row + i, error);
    }
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
  adoption a = {r, policy, ratio, (int)rl_rollout_row(r)};
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

rl_status rl_rollout_check_moves(const rl_rollout *rollout, const rl_vec_env *env, rl_error *error) {
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
  rl_status status = rl_rollout_check_moves(rollout, env, error);
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

/* Recurrent networks, and critics that know all agents, go through a step of all copies at a time. */
static bool must_keep_pace(const rl_rollout *r) {
  return !r->at_once || r->states.units || r->value_states.units || r->central.agents || r->whole;
}

static bool may_share(const rl_rollout *rollout, const rl_vec_env *env) {
  const bool all_begin_anew = rollout->agents == 1 || rollout->progress.episodes || rl_vec_env_restart(env);
  return !must_keep_pace(rollout) && all_begin_anew && rollout->progress.steps == 0 &&
         rl_vec_env_may_share(env);
}

static bool may_step_many(const rl_rollout *rollout, const rl_vec_env *env) {
  return !must_keep_pace(rollout) && !rollout->progress.episodes && rl_vec_env_restart(env) &&
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
    status = rl_rollout_step_shared(rollout, env, policy, value, error);
  else if (may_step_many(rollout, env))
    status = rl_rollout_step_many(rollout, env, policy, value, error);
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
