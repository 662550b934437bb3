/* What an update makes ready: room, the objective, the learners, and, in pieces, what base, baseline and policy say about the
 * samples. */
#include "base/memory.h"
#include "method/update.h"

static rl_status make_room(rl_method *m, rl_error *error) {
  const int cells = rl_update_cells(m), rows = rl_update_rows(m);
  size_t order = (size_t)rl_update_epochs(m) * (size_t)rows;
  if (cells > m->capacity) {
    rl_release(m->advantage);
    rl_release(m->base_output);
    m->advantage = rl_allocate((size_t)cells, sizeof(float));
    size_t width = m->base ? (size_t)rl_policy_outputs(m->base) : 1;
    m->base_output = rl_allocate((m->base ? (size_t)cells : 1) * width, sizeof(float));
    m->capacity = m->advantage && m->base_output ? cells : 0;
  }
  if (order > m->order_capacity) {
    rl_release(m->order);
    m->order = rl_allocate(order, sizeof(int));
    m->order_capacity = m->order ? order : 0;
  }
  if (!m->capacity || !m->order_capacity)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a batch of %d steps", rows);
  rl_status status = rl_objective_reserve(&m->objective, m->policy, rows, error);
  if (status || !m->is->of_episodes) return status;
  return rl_episodic_begin(&m->episodic, &m->collector.rollout, m->policy_learner.optimizer.size,
                           rl_update_has_images(m) ? &m->images : NULL, error);
}

static const float *observations(const rl_method *m) {
  return rl_update_has_images(m) ? m->images.obs : m->collector.rollout.obs.data;
}

static rl_samples samples_of(const rl_method *m) {
  const rl_rollout *r = &m->collector.rollout;
  if (rl_update_has_images(m)) return rl_images_samples(&m->images, r->log_std);
  return (rl_samples){rl_update_cells(m), r->obs.data,   r->action.data, r->log_prob.data,
                      r->output.data,     r->value.data, r->target.data, r->log_std};
}

void rl_update_weigh_extras(rl_method *m, bool on) {
  const rl_method_options *o = &m->options;
  m->objective.entropy_coef = on ? o->entropy_coef : 0.0;
  m->objective.symmetry_coef = on && o->symmetric == RL_SYMMETRIC_LOSS ? o->symmetry_coef : 0.0;
  m->objective.base = on ? m->base : NULL;
}

static void set_objective(rl_method *m) {
  const rl_method_options *o = &m->options;
  rl_objective *objective = &m->objective;
  rl_update_weigh_extras(m, true);
  objective->kind = m->is->objective;
  if (objective->kind == RL_CLIPPED && o->clip == 0.0) objective->kind = RL_SURROGATE;
  objective->clip = o->clip;
  objective->kl_coef = o->kl_coef;
  objective->base_kl_coef = o->base_kl_coef;
  objective->value_clip = o->value_clip;
  objective->value_coef = o->value_coef;
  objective->value_head = m->policy->value_head;
  objective->theta = NULL;
  objective->exact_kl = false;
  objective->samples = samples_of(m);
  objective->mirror = rl_update_has_images(m) ? &m->images.symmetry->action : NULL;
  objective->images_act = o->symmetric == RL_SYMMETRIC_DATA;
  objective->base_output = m->base_output;
  objective->baseline = rl_update_has_baseline(m) ? &m->baseline : NULL;
  m->prepared = m->base || rl_update_has_baseline(m) ? 0 : objective->samples.cells;
}

bool rl_update_is_prepared(const rl_method *m) { return m->prepared == rl_update_cells(m); }

rl_status rl_update_prepare_piece(rl_method *m, rl_error *error) {
  const int cells = m->objective.samples.cells, first = m->prepared;
  const int left = (first < cells ? cells : rl_update_cells(m)) - first,
            n = left < RL_PREPARED ? left : RL_PREPARED;
  const size_t at = (size_t)first;
  rl_status status = RL_OK;
  m->prepared += n;
  if (rl_update_has_baseline(m)) rl_baseline_judge(&m->baseline, first, n);
  if (m->base)
    status = rl_policy_apply(m->base, observations(m) + at * (size_t)m->policy->observation.size, n,
                             m->base_output + at * (size_t)rl_policy_outputs(m->base), error);
  return status || first < cells ? status : rl_images_judge(&m->images, m->policy, m->value, first, n, error);
}

/* What the value learns from: what a central critic reads is put together for the whole batch. */
static rl_status join(rl_method *m, const float **input, rl_error *error) {
  const rl_rollout *r = &m->collector.rollout;
  const int cells = r->steps * r->copies;
  *input = observations(m);
  if (!r->central.agents) return RL_OK;
  if (cells > m->joined_capacity) {
    rl_release(m->joined);
    m->joined = rl_allocate((size_t)cells * (size_t)r->central.width, sizeof *m->joined);
    m->joined_capacity = m->joined ? cells : 0;
    if (!m->joined)
      return rl_fail(error, RL_NO_MEMORY, "out of memory for what %d agents see", r->central.agents);
  }
  rl_central_join(&r->central, r->obs.data, r->action.data, 0, cells, m->joined);
  *input = m->joined;
  return RL_OK;
}

static rl_status begin_workers(rl_method *m, rl_error *error) {
  const int *lengths = m->collector.rollout.length, each = rl_update_has_images(m) ? 2 : 1;
  rl_status status = rl_crew_begin(&m->workers.policy, &m->policy_learner, m->order, lengths, each, error);
  if (!status && m->value)
    status = rl_crew_begin(&m->workers.value, &m->value_learner, m->order, lengths, each, error);
  return status;
}

rl_status rl_update_prepare(rl_method *m, int rows, rl_error *error) {
  rl_status status = rl_update_check(m, error);
  if (status) return status;   /* whose it may be */
  m->objective.base = m->base; /* decides about the scratch */
  status = rl_update_make_images(m, error);
  if (!status) status = rl_update_make_sequences(m, error);
  if (!status) status = make_room(m, error);
  if (status) return status;
  set_objective(m);
  const int cells = rl_update_cells(m), most = rl_update_has_images(m) ? 2 * rows : rows;
  const float *of_value;
  status = rl_update_begin_imitation(m, most, error);
  if (!status && rl_update_has_baseline(m))
    status = rl_baseline_begin(&m->baseline, &m->collector.rollout, rl_update_minibatch(m), error);
  if (!status) status = join(m, &of_value, error);
  if (!status) status = rl_learner_begin(&m->policy_learner, observations(m), cells, most, error);
  if (!status && m->value) status = rl_learner_begin(&m->value_learner, of_value, cells, most, error);
  return status || !rl_update_has_workers(m) ? status : begin_workers(m, error);
}
