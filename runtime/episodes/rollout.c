/* What a batch is, and collecting one: steps are in rollout_step.c, values in rollout_value.c, files in rollout_state.c. */
#include "episodes/rollout_internal.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "env/vec_env_ranks.h"

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
