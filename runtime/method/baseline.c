#include "method/baseline.h"

#include "base/memory.h"
#include "base/parallel.h"

#include <math.h>
#include <string.h>

static size_t inputs_of(const rl_baseline *b) { return (size_t)b->network.mlp.inputs; }
static size_t observed(const rl_baseline *b) { return inputs_of(b) - (size_t)b->numbers; }

static void list_factors(rl_baseline *b, const rl_space *space) {
  int n = 0, place = 0, column = 0, real = 0;
  for (int f = 0; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    for (int i = 0; factor.kind == RL_BOX && i < factor.size; i++)
      b->factor[n++] = (rl_baseline_factor){place++, 0, column++, real++};
    if (factor.kind == RL_BOX) continue;
    b->factor[n++] = (rl_baseline_factor){place, factor.size, column++, 0};
    place += factor.size;
  }
}

static rl_status check(rl_baseline_kind kind, const rl_policy *policy, const char *env, rl_error *error) {
  const rl_space *space = &policy->action;
  if (kind == RL_BASELINE_FACTORISED && rl_space_width(space) < 2)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option baseline: \"factorised\" is for actions of several numbers or choices, those of "
                   "%s are one %s: use %sbaseline = \"state\"",
                   env, space->kind == RL_BOX ? "number" : "choice",
                   space->kind == RL_BOX ? "baseline = \"q_prop\" or " : "");
  if (kind == RL_BASELINE_Q_PROP && rl_space_reals(space) < space->size)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "option baseline: \"q_prop\" goes along a slope, and actions of %s have choices: use "
                   "baseline = \"%s\"",
                   env, rl_space_width(space) > 1 ? "factorised" : "state");
  if (policy->network.gru)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "option baseline: the policy has a recurrent layer (gru): use baseline = \"state\", or a history");
  return RL_OK;
}

static size_t padded(size_t n) { return (n + 15) / 16 * 16; }

static void fit_loss(void *context, const int *index, int rows, int total, const float *y, float *dy,
                     float *dextra, double *stats) {
  const rl_baseline *b = context;
  (void)dextra;
  for (int r = 0; r < rows; r++) {
    const float apart = y[r] - b->batch->advantage.data[index[r]];
    dy[r] = apart / (float)total;
    stats[0] += 0.5 * (double)apart * (double)apart;
  }
}

static rl_status make(rl_baseline *b, const rl_network *like, rl_error *error) {
  const rl_space *space = &b->policy->action;
  rl_network_options shape = rl_network_defaults(0.01f);
  rl_network_read_shape(like, &shape);
  shape.init = RL_INIT_ORTHOGONAL;
  shape.history = 1; /* an observation is all that the policy reads */
  shape.gru = 0;
  shape.seed = like->seed == RL_NO_SEED ? 1 : like->seed;
  const int width = rl_space_width(space), inputs = b->policy->observation.size + space->size;
  rl_status status = rl_network_init(&b->network, inputs, 1, 0, &shape, 2, error);
  if (!status) status = rl_learner_init(&b->learner, &b->network, RL_ADAM, fit_loss, NULL, b, error);
  if (status) return status;
  b->factor = rl_allocate((size_t)width, sizeof *b->factor);
  b->transposed = rl_allocate(rl_mlp_transposed(&b->network.mlp), sizeof *b->transposed);
  b->work_size = padded(2 * RL_ROWS * (size_t)inputs) + padded(2 * RL_ROWS) +
                 padded(rl_mlp_workspace(&b->network.mlp, RL_ROWS));
  b->work = rl_allocate(RL_BASELINE_CELLS / RL_ROWS * b->work_size, sizeof *b->work);
  if (!b->factor || !b->transposed || !b->work)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a critic of actions");
  b->numbers = space->size;
  b->factors = b->kind == RL_BASELINE_FACTORISED ? width : 1;
  list_factors(b, space);
  return RL_OK;
}

rl_status rl_baseline_init(rl_baseline *b, rl_baseline_kind kind, const rl_policy *policy,
                           const rl_network *like, const char *env, rl_error *error) {
  *b = (rl_baseline){.kind = kind, .policy = policy};
  if (kind == RL_BASELINE_STATE) return RL_OK;
  rl_status status = check(kind, policy, env, error);
  if (!status) status = make(b, like, error);
  if (status) rl_baseline_release(b);
  return status;
}

static void release_room(rl_baseline *b) {
  rl_release(b->pair);
  rl_release(b->amount);
  rl_release(b->slope);
  rl_release(b->scale);
  b->room = 0;
}

void rl_baseline_release(rl_baseline *b) {
  rl_learner_release(&b->learner);
  rl_network_release(&b->network);
  release_room(b);
  rl_release(b->factor);
  rl_release(b->work);
  rl_release(b->transposed);
  *b = (rl_baseline){0};
}

/* --- a batch --- */

static rl_status make_room(rl_baseline *b, int cells, rl_error *error) {
  const size_t n = (size_t)cells;
  if (cells <= b->room) return RL_OK;
  release_room(b);
  b->pair = rl_allocate(n * inputs_of(b), sizeof(float));
  b->amount = rl_allocate(n * (size_t)b->factors, sizeof(float));
  b->slope = rl_allocate(b->kind == RL_BASELINE_Q_PROP ? n * (size_t)b->numbers : 1, sizeof(float));
  b->scale = rl_allocate(n, sizeof(float));
  if (!b->pair || !b->amount || !b->slope || !b->scale) {
    release_room(b);
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a critic of %d actions", cells);
  }
  b->room = cells;
  return RL_OK;
}

/* An action as the critic takes it: of a cell that is no part of the batch it may be anything. */
static void put_action(const rl_baseline *b, const float *action, float *numbers) {
  const int width = rl_space_width(&b->policy->action);
  memset(numbers, 0, (size_t)b->numbers * sizeof *numbers);
  for (int f = 0; f < width; f++) {
    const rl_baseline_factor *factor = &b->factor[f];
    const float x = action[factor->column];
    if (!factor->choices)
      numbers[factor->place] = x;
    else if (x >= 0.0f && x < (float)factor->choices)
      numbers[factor->place + (int)x] = 1.0f;
  }
}

rl_status rl_baseline_begin(rl_baseline *b, const rl_rollout *batch, int minibatch, rl_error *error) {
  const int cells = batch->steps * batch->copies;
  const size_t width = (size_t)rl_space_width(&b->policy->action), obs = observed(b), all = inputs_of(b);
  rl_status status = make_room(b, cells, error);
  if (status) return status;
  b->batch = batch;
  b->next = 0;
  b->bad = false;
  for (size_t i = 0; i < (size_t)cells; i++) {
    memcpy(b->pair + i * all, batch->obs.data + i * obs, obs * sizeof *b->pair);
    put_action(b, batch->action.data + i * width, b->pair + i * all + obs);
  }
  rl_mlp_transpose(&b->network.mlp, b->network.theta.data, true, b->transposed);
  return rl_learner_begin(&b->learner, b->pair, cells, minibatch, error);
}

/* The mean of a factor, as the critic takes it, of the policy with these outputs. */
static void put_mean(const rl_baseline_factor *factor, const float *output, float *numbers) {
  const float *own = output + factor->place;
  float *to = numbers + factor->place, top = own[0], total = 0.0f;
  if (!factor->choices) {
    *to = *own;
    return;
  }
  for (int i = 1; i < factor->choices; i++) top = fmaxf(top, own[i]);
  for (int i = 0; i < factor->choices; i++) total += to[i] = expf(own[i] - top);
  for (int i = 0; i < factor->choices; i++) to[i] /= total;
}

/* Of a piece: raw and normalised rows, what the critic gives and the slope of that, its workspace. */
typedef struct scratch {
  float *pair, *normal, *q, *dq, *mlp;
} scratch;

static scratch scratch_of(const rl_baseline *b, int piece) {
  const size_t rows = RL_ROWS * inputs_of(b);
  float *base = b->work + (size_t)piece * b->work_size;
  float *q = base + padded(2 * rows);
  return (scratch){base, base + rows, q, q + RL_ROWS, q + padded(2 * RL_ROWS)};
}

static const float *value(const rl_baseline *b, const scratch *s, int rows) {
  rl_network_normalize(&b->network, s->pair, rows, s->normal);
  return rl_mlp_forward(&b->network.mlp, b->network.theta.data, NULL, s->normal, rows, s->mlp);
}

static void take_pairs(const rl_baseline *b, const scratch *s, int cell, int rows) {
  memcpy(s->pair, b->pair + (size_t)cell * inputs_of(b), (size_t)rows * inputs_of(b) * sizeof *s->pair);
}

static const float *output_of(const rl_baseline *b, int cell) {
  return b->batch->output.data + (size_t)cell * (size_t)rl_policy_outputs(b->policy);
}

static void judge_factors(rl_baseline *b, const scratch *s, int cell, int rows) {
  for (int f = 0; f < b->factors; f++) {
    take_pairs(b, s, cell, rows);
    for (int r = 0; r < rows; r++)
      put_mean(&b->factor[f], output_of(b, cell + r), s->pair + (size_t)r * inputs_of(b) + observed(b));
    const float *q = value(b, s, rows);
    for (int r = 0; r < rows; r++) b->amount[(size_t)(cell + r) * (size_t)b->factors + (size_t)f] = q[r];
  }
}

/* The slope by the action as it was, not as the critic normalises it: s->pair becomes that by the normalised one. */
static void take_slope(rl_baseline *b, const scratch *s, int cell, int rows) {
  const size_t obs = observed(b), size = (size_t)b->numbers;
  const float *inverse = b->network.normalizer.size ? b->network.normalizer.inverse + obs : NULL;
  for (int r = 0; r < rows; r++) {
    const float *d = s->pair + (size_t)r * inputs_of(b) + obs,
                *x = s->normal + (size_t)r * inputs_of(b) + obs, *mean = output_of(b, cell + r),
                *action = b->pair + (size_t)(cell + r) * inputs_of(b) + obs;
    float *slope = b->slope + (size_t)(cell + r) * size, along = 0.0f;
    for (size_t i = 0; i < size; i++) {
      slope[i] = fabsf(x[i]) >= b->network.clip ? 0.0f : inverse ? d[i] * inverse[i] : d[i];
      along += slope[i] * (action[i] - mean[i]);
    }
    b->amount[cell + r] = along;
  }
}

static void judge_slope(rl_baseline *b, const scratch *s, int cell, int rows) {
  const rl_mlp *mlp = &b->network.mlp;
  take_pairs(b, s, cell, rows);
  for (int r = 0; r < rows; r++)
    memcpy(s->pair + (size_t)r * inputs_of(b) + observed(b), output_of(b, cell + r),
           (size_t)b->numbers * sizeof *s->pair);
  value(b, s, rows);
  for (int r = 0; r < rows; r++) s->dq[r] = 1.0f;
  rl_mlp_vjp(mlp, b->network.theta.data, b->transposed, s->normal, rows, s->mlp, s->dq, NULL, s->pair);
  take_slope(b, s, cell, rows);
}

typedef struct judging {
  rl_baseline *baseline;
  int first, n;
} judging;

static void judge_piece(void *context, int piece, int worker) {
  const judging *j = context;
  const scratch s = scratch_of(j->baseline, piece);
  const int at = piece * RL_ROWS, rows = j->n - at < RL_ROWS ? j->n - at : RL_ROWS;
  (void)worker;
  if (j->baseline->kind == RL_BASELINE_FACTORISED)
    judge_factors(j->baseline, &s, j->first + at, rows);
  else
    judge_slope(j->baseline, &s, j->first + at, rows);
}

void rl_baseline_judge(rl_baseline *b, int first, int n) {
  judging j = {b, first, n};
  rl_parallel_for(rl_pieces(n, RL_ROWS), judge_piece, &j);
}

/* --- the gradient of the policy --- */

/* One of them alone. */
static rl_dist dist_of(const rl_dist *all, const rl_baseline_factor *factor) {
  rl_dist own = *all;
  own.kind = factor->choices ? RL_DISCRETE : RL_BOX;
  own.size = factor->choices ? factor->choices : 1;
  own.head = all->head + factor->place;
  own.log_std = all->log_std ? all->log_std + factor->real : NULL;
  own.space = NULL;
  return own;
}

/* Weights [rows] of the log-probabilities of factor f. */
static void weigh(const rl_baseline *b, int f, const rl_weighing *how, const int *index, int rows,
                  const float *log_prob, const float *old_log_prob, const float *advantage,
                  const float *scale, float *weight) {
  float left[RL_ROWS];
  for (int r = 0; r < rows; r++)
    left[r] = advantage[r] - scale[r] * b->amount[(size_t)index[r] * (size_t)b->factors + (size_t)f];
  RL_KERNELS(rl_objective_table)->weigh(how, rows, log_prob, old_log_prob, left, weight);
}

void rl_baseline_vjp(const rl_baseline *b, const rl_weighing *how, const rl_dist *dist, const int *index,
                     int rows, const float *action, const float *log_prob, const float *old_log_prob,
                     const float *advantage, const float *scale, float *dy, float *dlog_std) {
  const size_t width = (size_t)rl_space_width(&b->policy->action), outputs = (size_t)dist->head_stride;
  float weight[RL_ROWS], own[RL_ROWS];
  if (b->kind == RL_BASELINE_Q_PROP) {
    weigh(b, 0, how, index, rows, log_prob, old_log_prob, advantage, scale, weight);
    rl_dist_log_prob_vjp(dist, rows, action, weight, dy, dlog_std);
    for (size_t r = 0; r < (size_t)rows; r++)
      for (size_t i = 0; i < (size_t)b->numbers; i++)
        dy[r * outputs + i] -= how->per_row * scale[r] * b->slope[(size_t)index[r] * (size_t)b->numbers + i];
    return;
  }
  for (int f = 0; f < b->factors; f++) {
    const rl_baseline_factor *factor = &b->factor[f];
    const rl_dist alone = dist_of(dist, factor);
    for (size_t r = 0; r < (size_t)rows; r++) own[r] = action[r * width + (size_t)factor->column];
    weigh(b, f, how, index, rows, log_prob, old_log_prob, advantage, scale, weight);
    rl_dist_log_prob_vjp(&alone, rows, own, weight, dy + factor->place,
                         dlog_std ? dlog_std + factor->real : NULL);
  }
}

/* --- the critic --- */

const int *rl_baseline_next(const rl_baseline *b, const rl_baseline_fit *fit, int *rows) {
  const int left = fit->rows - b->next;
  *rows = left < fit->minibatch ? left : fit->minibatch;
  return fit->order + b->next;
}

bool rl_baseline_step(rl_baseline *b, const rl_baseline_fit *fit) {
  b->bad = !(b->learner.gradient_norm < RL_MAX_GRADIENT);
  if (b->bad) return false;
  rl_learner_step(&b->learner, fit->kind, fit->lr, fit->max_grad_norm);
  b->next += fit->minibatch;
  return b->next < fit->rows;
}

void rl_baseline_observe(rl_baseline *b) {
  const rl_rollout *r = b->batch;
  const int *rows = r->n_rows == r->steps * r->copies ? NULL : r->rows;
  rl_network_observe(&b->network, b->pair, (int)inputs_of(b), rows, r->n_rows);
  rl_network_follow(&b->network, b->network.theta.data);
}

/* --- to a file and back --- */

rl_status rl_baseline_save(const rl_baseline *b, bool before, rl_archive *archive, const char *prefix,
                           rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_network network = b->network; /* parameters of another time */
  if (before) network.theta.data = b->learner.saved_theta;
  rl_status status = rl_network_save(&network, archive, rl_archive_key(name, prefix, "baseline"), error);
  return status ? status
                : rl_optimizer_save(before ? &b->learner.saved_optimizer : &b->learner.optimizer, archive,
                                    rl_archive_key(name, prefix, "baseline_adam"), error);
}

rl_status rl_baseline_read(const rl_baseline *b, rl_baseline *loaded, const rl_archive *archive,
                           const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_network_options shape = rl_network_defaults(0.01f);
  rl_network_read_shape(&b->network, &shape);
  loaded->kind = b->kind;
  rl_status status = rl_network_init(&loaded->network, b->network.mlp.inputs, 1, 0, &shape, 2, error);
  if (!status)
    status = rl_network_take(&loaded->network, archive, rl_archive_key(name, prefix, "baseline"), error);
  if (!status) status = rl_optimizer_init_like(&loaded->learner.optimizer, &b->learner.optimizer, error);
  return status ? status
                : rl_optimizer_load(&loaded->learner.optimizer, archive,
                                    rl_archive_key(name, prefix, "baseline_adam"), error);
}

void rl_baseline_adopt(rl_baseline *b, const rl_baseline *loaded) {
  rl_network_copy(&b->network, &loaded->network);
  rl_optimizer_copy(&b->learner.optimizer, &loaded->learner.optimizer);
}
