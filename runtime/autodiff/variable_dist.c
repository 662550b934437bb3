/* Distributions over actions as variables: what a policy does in a batch of states, and the log-probability,
 * entropy and KL of it, with the analytic derivatives of dist.h. Rows are cut into pieces; where all
 * rows share one log-std, each piece sums its own gradient and the pieces are added up in order. */
#include "autodiff/variable_internal.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/vector.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* What a policy does. */

/* Columns of the network's output. */
static rl_status columns(rl_variable **out, rl_variable *y, int first, int count, rl_error *error) {
  if (count < rl_variable_tensor(y)->shape[1]) return rl_variable_narrow(out, y, 1, first, count, error);
  *out = rl_variable_share(y);
  return RL_OK;
}

static rl_status make_log_std(rl_variable **out, const rl_policy *policy, rl_variable *theta, rl_variable *y,
                              rl_error *error) {
  const int64_t size = policy->reals;
  if (policy->std == RL_STD_STATE) return columns(out, y, policy->action.size, (int)size, error);
  if (policy->std == RL_STD_FREE)
    return rl_variable_narrow(out, theta, 0, (int64_t)rl_network_parameters(&policy->network), size, error);
  rl_tensor fixed = rl_tensor_wrap(rl_policy_log_std(policy), 1, &size);
  return rl_variable_constant(out, &fixed, error);
}

/* The outputs with those of masked choices as rl_policy_mask has them. */
static rl_status mask_head(rl_variable **head, const rl_policy *policy, const float *obs, int rows,
                           rl_error *error) {
  const float never = RL_FORBIDDEN;
  const int64_t size = policy->action.size, outputs = rl_policy_outputs(policy);
  rl_tensor condition = {0}, none = rl_tensor_wrap((float *)&never, 0, NULL);
  rl_variable *forbidden = NULL, *masked = NULL;
  float *row = rl_allocate((size_t)outputs, sizeof *row);
  rl_status status =
      row ? RL_OK : rl_fail(error, RL_NO_MEMORY, "out of memory for the masks of %d rows", rows);
  if (!status) status = rl_tensor_zeros(&condition, 2, (int64_t[]){rows, size}, error);
  for (int r = 0; !status && r < rows; r++) {
    for (int64_t i = 0; i < size; i++) row[i] = 1.0f;
    rl_policy_mask(policy, obs + (size_t)r * (size_t)policy->observation.size, 1, row);
    for (int64_t i = 0; i < size; i++) condition.data[r * size + i] = row[i] > 0.0f ? 1.0f : 0.0f;
  }
  if (!status) status = rl_variable_constant(&forbidden, &none, error);
  if (!status) status = rl_variable_where(&masked, &condition, *head, forbidden, error);
  if (!status) {
    rl_variable_release(*head);
    *head = masked;
  }
  rl_variable_release(forbidden);
  rl_tensor_release(&condition);
  rl_release(row);
  return status;
}

rl_status rl_variable_policy(rl_dist_variable *out, const rl_policy *policy, const float *obs, int rows,
                             rl_error *error) {
  rl_dist_variable dist = {.space = policy->action};
  rl_variable *theta = NULL, *y = NULL;
  if (policy->squash)
    return rl_fail(error, RL_BAD_ARGUMENT, "a squashed policy has no entropy and KL in closed form");
  rl_status status = rl_variable_leaf(&theta, &policy->network.theta, error);
  if (!status) status = rl_variable_network(&y, &policy->network, theta, obs, rows, error);
  if (!status) status = columns(&dist.head, y, 0, dist.space.size, error);
  if (!status && policy->action.masked) status = mask_head(&dist.head, policy, obs, rows, error);
  if (!status && policy->reals) status = make_log_std(&dist.log_std, policy, theta, y, error);
  if (!status && policy->value_head)
    status = rl_variable_select(&dist.value, y, 1, rl_policy_outputs(policy) - 1, error);
  rl_variable_release(theta);
  rl_variable_release(y);
  if (status)
    rl_dist_variable_release(&dist);
  else
    *out = dist;
  return status;
}

rl_status rl_dist_variable_detach(rl_dist_variable *out, const rl_dist_variable *dist, rl_error *error) {
  rl_dist_variable copy = {.space = dist->space};
  rl_status status = rl_variable_detach(&copy.head, dist->head, error);
  if (!status && dist->log_std) status = rl_variable_detach(&copy.log_std, dist->log_std, error);
  if (!status && dist->value) status = rl_variable_detach(&copy.value, dist->value, error);
  if (status)
    rl_dist_variable_release(&copy);
  else
    *out = copy;
  return status;
}

void rl_dist_variable_release(rl_dist_variable *dist) {
  rl_variable_release(dist->head);
  rl_variable_release(dist->log_std);
  rl_variable_release(dist->value);
  *dist = (rl_dist_variable){0};
}

/* The way from the head to the parameters is along first inputs. */
size_t rl_dist_variable_bytes(const rl_dist_variable *dist) {
  size_t bytes = 0;
  for (const rl_variable *node = dist->head; node; node = node->input[0])
    bytes += rl_variable_own_bytes(node);
  if (dist->log_std) bytes += rl_variable_own_bytes(dist->log_std);
  if (dist->value) bytes += rl_variable_own_bytes(dist->value);
  return bytes;
}

/* Questions to distributions, one answer a row. */

typedef enum question { LOG_PROB, ENTROPY, KL } question;

/* Inputs are the head and log-std of the first distribution and, for KL, those of the second. */
typedef struct saved {
  rl_tensor action; /* of LOG_PROB */
  rl_space space;   /* the last: there is room for its own factors, not for as many as there might be */
} saved;

static size_t saved_size(const rl_space *space) {
  return offsetof(saved, space.factor) + (size_t)space->n_factors * sizeof *space->factor;
}

static void release_saved(void *memory) {
  saved *self = memory;
  rl_tensor_release(&self->action);
  rl_release(self);
}

static size_t saved_bytes(const void *memory) {
  const saved *self = memory;
  return saved_size(&self->space) + rl_tensor_owned_bytes(&self->action);
}

/* The space must outlive it. */
static rl_dist dist_of(const rl_space *space, const rl_variable *head, const rl_variable *log_std) {
  return (rl_dist){.kind = space->kind,
                   .size = space->size,
                   .space = space,
                   .head = head->value.data,
                   .head_stride = space->size,
                   .log_std = log_std ? log_std->value.data : NULL,
                   .log_std_stride = log_std && log_std->value.ndim == 2 ? rl_space_reals(space) : 0};
}

typedef struct job {
  question what;
  rl_dist dist[2];
  int reals; /* of the log-std */
  size_t width;
  const float *action; /* [rows, width] */
  int rows;
  float *answer;       /* [rows] forward */
  int side;            /* backward: the distribution to differentiate by */
  const float *weight; /* [rows] */
  float *dhead;        /* [rows, size] */
  float *dlog_std;     /* [rows, reals], or [pieces, reals] when all rows share it; NULL: not wanted */
} job;

static rl_dist rows_from(const rl_dist *dist, size_t first) {
  rl_dist at = *dist;
  at.head += first * (size_t)dist->head_stride;
  if (at.log_std) at.log_std += first * (size_t)dist->log_std_stride;
  return at;
}

/* A piece is a few microseconds' work: waking other threads pays for many only. The pieces are the same. */
static void run(int pieces, rl_piece *piece, job *work) {
  if (pieces >= 32)
    rl_parallel_for(pieces, piece, work);
  else
    for (int i = 0; i < pieces; i++) piece(work, i, 0);
}

static void answer_piece(void *context, int index, int worker) {
  const job *self = context;
  (void)worker;
  int first = index * RL_ROWS, rows = self->rows - first < RL_ROWS ? self->rows - first : RL_ROWS;
  size_t at = (size_t)first;
  rl_dist p = rows_from(&self->dist[0], at);
  switch (self->what) {
  case LOG_PROB: rl_dist_log_prob(&p, rows, self->action + at * self->width, self->answer + at); break;
  case ENTROPY: rl_dist_entropy(&p, rows, self->answer + at); break;
  case KL: {
    rl_dist q = rows_from(&self->dist[1], at);
    rl_dist_kl(&p, &q, rows, self->answer + at);
  }
  }
}

static void vjp_piece(void *context, int index, int worker) {
  const job *self = context;
  (void)worker;
  int first = index * RL_ROWS, rows = self->rows - first < RL_ROWS ? self->rows - first : RL_ROWS;
  size_t at = (size_t)first, size = (size_t)self->dist[0].size, reals = (size_t)self->reals;
  size_t place = self->dist[self->side].log_std_stride ? at : (size_t)index;
  const float *weight = self->weight + at;
  float *dhead = self->dhead + at * size, *dlog_std = self->dlog_std ? self->dlog_std + place * reals : NULL;
  rl_dist p = rows_from(&self->dist[0], at);
  switch (self->what) {
  case LOG_PROB:
    rl_dist_log_prob_vjp(&p, rows, self->action + at * self->width, weight, dhead, dlog_std);
    break;
  case ENTROPY: rl_dist_entropy_vjp(&p, rows, weight, dhead, dlog_std); break;
  case KL: {
    rl_dist q = rows_from(&self->dist[1], at);
    if (self->side == 0)
      rl_dist_kl_to_base_vjp(&p, &q, rows, weight, dhead, dlog_std);
    else
      rl_dist_kl_vjp(&p, &q, rows, weight, dhead, dlog_std);
  }
  }
}

static job job_of(const rl_variable *self) {
  const saved *known = self->saved;
  job result = {.what = (question)self->op, .action = known->action.data};
  result.reals = rl_space_reals(&known->space);
  result.width = (size_t)rl_space_width(&known->space);
  for (int side = 0; side < (self->op == KL ? 2 : 1); side++)
    result.dist[side] = dist_of(&known->space, self->input[2 * side], self->input[2 * side + 1]);
  result.rows = (int)self->input[0]->value.shape[0];
  return result;
}

/* The gradient by the head and the log-std of one side; one of the two may not be wanted. */
static rl_status side_vjp(job *self, rl_tensor *dhead, rl_tensor *dlog_std, const rl_tensor *log_std,
                          rl_error *error) {
  int64_t rows = self->rows, size = self->dist[0].size, reals = self->reals,
          pieces = rl_pieces(self->rows, RL_ROWS);
  bool shared = self->dist[self->side].log_std_stride == 0;
  rl_tensor head = {0}, parts = {0};
  rl_status status = rl_tensor_zeros(&head, 2, (int64_t[]){rows, size}, error);
  if (!status && dlog_std)
    status = rl_tensor_zeros(&parts, 2, (int64_t[]){shared ? pieces : rows, reals}, error);
  if (!status) {
    self->dhead = head.data;
    self->dlog_std = parts.data;
    run((int)pieces, vjp_piece, self);
  }
  if (!status && dlog_std) {
    if (shared)
      status = rl_tensor_zeros(dlog_std, 1, log_std->shape, error);
    else
      *dlog_std = rl_tensor_share(&parts);
    for (int64_t p = 0; !status && shared && p < pieces; p++)
      rl_add(dlog_std->data, parts.data + p * reals, (size_t)reals);
  }
  if (!status && dhead) *dhead = rl_tensor_share(&head);
  rl_tensor_release(&head);
  rl_tensor_release(&parts);
  return status;
}

static rl_status vjp(const rl_variable *self, const rl_tensor *g, rl_tensor *const *d, rl_error *error) {
  job work = job_of(self);
  work.weight = g->data;
  rl_status status = RL_OK;
  for (work.side = 0; !status && work.side < 2; work.side++) {
    rl_tensor *dhead = d[2 * work.side], *dlog_std = d[2 * work.side + 1];
    const rl_variable *log_std = self->input[2 * work.side + 1];
    if (dhead || dlog_std) status = side_vjp(&work, dhead, dlog_std, log_std ? &log_std->value : NULL, error);
  }
  return status;
}

/* Takes `action` over, also on failure. */
static rl_status ask(rl_variable **out, question what, const rl_dist_variable *p, const rl_dist_variable *q,
                     rl_tensor action, rl_error *error) {
  static const rl_operation operation = {vjp, release_saved, saved_bytes};
  rl_tensor answer;
  rl_variable *self;
  rl_status status = rl_tensor_zeros(&answer, 1, rl_variable_tensor(p->head)->shape, error);
  if (!status)
    status = rl_variable_new(
        &self, &operation, answer, 4,
        (rl_variable *[]){p->head, p->log_std, q ? q->head : NULL, q ? q->log_std : NULL}, error);
  if (status) {
    rl_tensor_release(&action);
    return status;
  }
  job work = {.what = what, .rows = (int)answer.shape[0], .action = action.data, .answer = self->value.data};
  work.width = (size_t)rl_space_width(&p->space);
  work.dist[0] = dist_of(&p->space, p->head, p->log_std);
  if (q) work.dist[1] = dist_of(&q->space, q->head, q->log_std);
  run(rl_pieces(work.rows, RL_ROWS), answer_piece, &work);
  saved *known = self->operation ? rl_allocate(1, saved_size(&p->space)) : NULL;
  if (known) {
    memcpy(&known->space, &p->space, saved_size(&p->space) - offsetof(saved, space));
    known->action = action;
  } else {
    rl_tensor_release(&action);
  }
  if (self->operation && !known) {
    rl_variable_release(self);
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a distribution of %d rows", work.rows);
  }
  self->op = (int)what;
  self->saved = known;
  *out = self;
  return RL_OK;
}

/* A contiguous copy of the actions, each one possible. */
static rl_status check_action(rl_tensor *out, const rl_dist_variable *dist, const rl_tensor *action,
                              rl_error *error) {
  int64_t rows = rl_variable_tensor(dist->head)->shape[0], width = rl_space_width(&dist->space);
  bool fits = action->ndim >= 1 && action->ndim <= 2 && action->shape[0] == rows &&
              (action->ndim == 2 ? action->shape[1] : 1) == width;
  if (!fits) {
    char want[RL_SHAPE_TEXT], got[RL_SHAPE_TEXT];
    return rl_fail(error, RL_BAD_SHAPE, "actions of shape %s expected, got %s",
                   rl_shape_text(dist->space.kind == RL_DISCRETE ? 1 : 2, (int64_t[]){rows, width}, want),
                   rl_shape_text(action->ndim, action->shape, got));
  }
  rl_status status = rl_tensor_clone(out, action, error);
  for (int64_t r = 0; !status && dist->space.kind == RL_DISCRETE && r < rows; r++) {
    float choice = out->data[r];
    if (choice >= 0.0f && choice < (float)dist->space.size && choice == floorf(choice)) continue;
    status = rl_fail(error, RL_BAD_ARGUMENT, "action %g of row %lld is not one of the %d choices, 0 to %d",
                     (double)choice, (long long)r + 1, dist->space.size, dist->space.size - 1);
  }
  for (int64_t r = 0; !status && dist->space.kind == RL_FACTORS && r < rows; r++) {
    rl_error why;
    status = rl_space_check_action(&dist->space, NULL, out->data + r * width, &why);
    if (status) rl_fail(error, status, "row %lld: %s", (long long)r + 1, why.message);
  }
  if (status) rl_tensor_release(out);
  return status;
}

rl_status rl_variable_log_prob(rl_variable **out, const rl_dist_variable *dist, const rl_tensor *action,
                               rl_error *error) {
  rl_tensor known;
  rl_status status = check_action(&known, dist, action, error);
  return status ? status : ask(out, LOG_PROB, dist, NULL, known, error);
}

rl_status rl_variable_entropy(rl_variable **out, const rl_dist_variable *dist, rl_error *error) {
  if (rl_space_choices(&dist->space)) return ask(out, ENTROPY, dist, NULL, (rl_tensor){0}, error);
  rl_dist_variable spread = *dist; /* of a Gaussian the means do not matter */
  rl_status status = rl_variable_detach(&spread.head, dist->head, error);
  if (status) return status;
  status = ask(out, ENTROPY, &spread, NULL, (rl_tensor){0}, error);
  rl_variable_release(spread.head);
  return status;
}

rl_status rl_variable_kl(rl_variable **out, const rl_dist_variable *p, const rl_dist_variable *q,
                         rl_error *error) {
  const rl_tensor *a = rl_variable_tensor(p->head), *b = rl_variable_tensor(q->head);
  if (!rl_space_same(&p->space, &q->space) || !rl_tensor_same_shape(a, b)) {
    static const char *const kinds[] = {"Gaussian", "categorical", "product"};
    char of_p[RL_SHAPE_TEXT], of_q[RL_SHAPE_TEXT];
    return rl_fail(error, RL_BAD_SHAPE, "KL of a %s distribution of shape %s and a %s one of shape %s",
                   kinds[p->space.kind], rl_shape_text(a->ndim, a->shape, of_p), kinds[q->space.kind],
                   rl_shape_text(b->ndim, b->shape, of_q));
  }
  return ask(out, KL, p, q, (rl_tensor){0}, error);
}
