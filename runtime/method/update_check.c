/* What must hold before an update: finite parameters, nothing half done, and a batch that can be learnt from. */
#include "base/vector.h"
#include "method/update.h"

rl_status rl_method_check_parameters(const rl_method *m, rl_error *error) {
  rl_status status = rl_policy_check_finite(m->policy, "policy", error);
  if (!status && m->value) status = rl_network_check_finite(&m->value->network, "value", error);
  if (!status && m->base) status = rl_policy_check_finite(m->base, "base", error);
  if (!status && m->baseline.kind) status = rl_network_check_finite(&m->baseline.network, "baseline", error);
  return status;
}

rl_status rl_method_check_idle(const rl_method *m, rl_error *error) {
  rl_status status = rl_method_check_here(m, error);
  if (status || m->phase == RL_IDLE) return status;
  return rl_fail(error, RL_BAD_ARGUMENT,
                 "%s is half done, by %s: let it come to its end, or give it up with its reset()",
                 m->phase == RL_COLLECTING ? "a batch" : "an update",
                 m->agent ? "an agent" : "a trainer or by the call that this one is made from");
}

/* The cells that are read, in their order: those of steps, or all, where critics read those of agents that rest too. */
static int read_cells(const rl_rollout *r, bool of_all) {
  return of_all ? r->progress.steps * r->copies : r->n_rows;
}
static size_t read_cell(const rl_rollout *r, bool of_all, int k) {
  return of_all ? (size_t)k : (size_t)r->rows[k];
}

/* Batches are the user's to change, and a choice is an index. */
static rl_status check_choices(const rl_method *m, rl_error *error) {
  const rl_rollout *r = &m->collector.rollout;
  const bool of_all = r->whole || r->central.action;
  const rl_space *space = &m->policy->action;
  const int size = m->policy->observation.size;
  rl_error why;
  for (int k = 0, steps = 0; space->kind != RL_BOX && k < read_cells(r, of_all); k++) {
    const size_t row = read_cell(r, of_all, k);
    const bool taken = steps < r->n_rows && (size_t)r->rows[steps] == row; /* who rests may have no choice */
    steps += taken;
    const float *mask = taken ? rl_space_mask(space, r->obs.data + row * (size_t)size, size) : NULL,
                *action = r->action.data + row * (size_t)rl_space_width(space);
    if (rl_space_has(space, mask, action)) continue;
    const int step = (int)row / r->copies + 1, copy = (int)row % r->copies + 1;
    if (space->kind == RL_DISCRETE && !mask)
      return rl_fail(error, RL_BAD_ARGUMENT, "action of step %d, copy %d is %g, not one of 0 .. %d", step,
                     copy, (double)*action, space->size - 1);
    rl_space_check_action(space, mask, action, &why);
    return rl_fail(error, RL_BAD_ARGUMENT, "step %d, copy %d: %s", step, copy, why.message);
  }
  return RL_OK;
}

static rl_status check_batch(const rl_method *m, rl_error *error) {
  const rl_rollout *r = &m->collector.rollout;
  const struct {
    const char *name;
    const rl_tensor *tensor;
    bool of_all;
  } parts[] = {{"observation", &r->obs, r->whole || r->central.agents},
               {"action", &r->action, r->whole || r->central.action},
               {"log_prob", &r->log_prob, r->whole},
               {"reward", &r->reward, r->whole},
               {"value", &r->value, false},
               {"advantage", &r->advantage, false},
               {"target", &r->target, false}};
  const size_t n = m->replay ? 4 : sizeof parts / sizeof *parts; /* nobody estimated the others */
  for (size_t i = 0; i < n; i++) {
    size_t cells = (size_t)r->steps * (size_t)r->copies, count = (size_t)rl_tensor_count(parts[i].tensor);
    size_t width = count / cells;
    if (rl_first_not_finite(parts[i].tensor->data, count) == count) continue;
    const bool of_all = parts[i].of_all;
    for (int k = 0; k < read_cells(r, of_all); k++) { /* what is not of the batch does not matter */
      const size_t cell = read_cell(r, of_all, k);
      if (rl_first_not_finite(parts[i].tensor->data + cell * width, width) < width)
        return rl_fail(error, RL_NOT_FINITE, "%s of step %d, copy %d is not a finite number", parts[i].name,
                       (int)cell / r->copies + 1, (int)cell % r->copies + 1);
    }
  }
  return check_choices(m, error);
}

rl_status rl_update_check(rl_method *m, rl_error *error) {
  rl_status status = rl_method_check_idle(m, error);
  if (status) return status;
  if (!m->fresh) return rl_fail(error, RL_BAD_ARGUMENT, "collect a batch before each update");
  if (!m->collector.rollout.n_rows)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "the batch has no step: its agent has rested all the time, while its world went on; make "
                   "batches longer, or the world with together = true");
  status = rl_method_check_parameters(m, error);
  if (!status) status = rl_collector_renew(&m->collector, error);
  return status ? status : check_batch(m, error);
}
