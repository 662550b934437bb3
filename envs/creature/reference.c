#include "creature/reference.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

static const float GREATEST = 1000.0f;     /* rad, m */
static const float ALIKE = 1e-3f;          /* rad: a motion is symmetric */
static const float FASTEST_RATE = 1000.0f; /* Hz */

rl_status rl_motion_check(const rl_creature *c, rl_error *error) {
  const rl_motion *m = c->motion;
  if (!m) return RL_OK;
  if (c->clock > 0.0f)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "creature %s: motion: it has a clock of its own (phase_sin, phase_cos); leave clock out",
                   c->name);
  if (m->n_joints < 1 || m->n_joints > RL_MAX_PARTS)
    return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: motion: it has no joint", c->name);
  for (int i = 0; i < m->n_joints; i++) {
    if (rl_creature_find_joint(c, m->joints[i]) < 0)
      return rl_fail(
          error, RL_BAD_ARGUMENT,
          "creature %s: motion: there is no joint %s of its column %s_angle; options creature and map of "
          "rl.motion choose columns",
          c->name, m->joints[i], m->joints[i]);
    for (int k = 0; k < i; k++)
      if (strcmp(m->joints[k], m->joints[i]) == 0)
        return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: motion: joint %s comes twice", c->name,
                       m->joints[i]);
  }
  if (m->n < 2)
    return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: motion: %d moments; it has two at least", c->name,
                   m->n);
  if (m->n > RL_MAX_MOMENTS)
    return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: motion: %d moments; it has %d at most", c->name,
                   m->n, RL_MAX_MOMENTS);
  if (!(m->rate >= 1.0f && m->rate <= FASTEST_RATE))
    return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: motion: rate is %g Hz, outside [1, %g]", c->name,
                   (double)m->rate, (double)FASTEST_RATE);
  const int width = m->n_joints + RL_ROOT_CURVES;
  for (int i = 0; i < m->n * width; i++)
    if (!(fabsf(m->values[i]) <= GREATEST))
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "creature %s: motion: %s is %g at moment %d; metres and radians up to %g are meant",
                     c->name, i % width < m->n_joints ? m->joints[i % width] : "the root",
                     (double)m->values[i], i / width + 1, (double)GREATEST);
  if (!(fabsf(m->advance) <= GREATEST))
    return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: motion: it advances by %g m a cycle", c->name,
                   (double)m->advance);
  return RL_OK;
}

rl_status rl_reference_create(rl_reference **reference, rl_model *model, rl_error *error) {
  const rl_motion *from = model->creature.motion;
  *reference = NULL;
  if (!from) return RL_OK;
  const int width = from->n_joints + RL_ROOT_CURVES;
  rl_reference *made = rl_allocate(1, sizeof *made);
  float *values = rl_allocate((size_t)from->n * (size_t)width, sizeof *values);
  if (!made || !values) {
    rl_release(made);
    rl_release(values);
    return rl_fail(error, RL_NO_MEMORY, "creature %s: out of memory", model->creature.name);
  }
  made->motion = *from;
  made->motion.values = values;
  made->duration = (double)(from->periodic ? from->n : from->n - 1) / (double)from->rate;
  int place = 0;
  for (int j = 0; j < model->n_joints; j++) {
    const char *name = model->creature.bodies[j + 1].joint.name;
    for (int k = 0; k < from->n_joints; k++) {
      if (strcmp(from->joints[k], name) != 0) continue;
      memcpy(made->motion.joints[place], name, RL_NAME);
      made->joint[place] = j;
      for (int i = 0; i < from->n; i++) values[i * width + place] = from->values[i * width + k];
      place++;
    }
  }
  for (int i = 0; i < from->n; i++)
    memcpy(values + i * width + place, from->values + i * width + place, RL_ROOT_CURVES * sizeof *values);
  model->creature.motion = &made->motion;
  *reference = made;
  return RL_OK;
}

void rl_reference_free(rl_reference *reference) {
  if (!reference) return;
  rl_release((float *)reference->motion.values);
  rl_release(reference);
}

/* A moment by its number, of any cycle. */
static float value_of(const rl_motion *m, int moment, int curve) {
  const int width = m->n_joints + RL_ROOT_CURVES;
  int whole = 0;
  if (m->periodic) {
    while (moment < 0) moment += m->n, whole--;
    while (moment >= m->n) moment -= m->n, whole++;
  } else if (moment < 0 || moment >= m->n) {
    moment = moment < 0 ? 0 : m->n - 1;
  }
  return m->values[moment * width + curve] +
         (curve == m->n_joints + RL_ROOT_X ? m->advance * (float)whole : 0.0f);
}

double rl_reference_phase(const rl_reference *r, double start, double seconds) {
  const double phase = start + seconds / r->duration;
  return r->motion.periodic ? phase - floor(phase) : fmin(phase, 1.0);
}

/* By how much a curve changes in two moments, one to either side; at an end of what is no cycle there is one side. */
static float change_around(const rl_motion *m, int moment, int curve) {
  const float change = value_of(m, moment + 1, curve) - value_of(m, moment - 1, curve);
  return !m->periodic && (moment <= 0 || moment >= m->n - 1) ? 2.0f * change : change;
}

/* Values lie on straight lines from moment to moment, and so do speeds. */
void rl_reference_at(const rl_reference *r, double phase, rl_reference_state *state) {
  const rl_motion *m = &r->motion;
  const double place = phase * (double)(m->periodic ? m->n : m->n - 1);
  const int i = (int)floor(place);
  const float share = (float)(place - (double)i);
  for (int k = 0; k < m->n_joints + RL_ROOT_CURVES; k++) {
    const float x = value_of(m, i, k), value = x + share * (value_of(m, i + 1, k) - x);
    const float speed =
        0.5f * m->rate * ((1.0f - share) * change_around(m, i, k) + share * change_around(m, i + 1, k));
    if (k < m->n_joints) {
      state->angle[k] = value;
      state->speed[k] = speed;
    } else {
      state->root[k - m->n_joints] = value;
      state->root_speed[k - m->n_joints] = speed;
    }
  }
}

rl_status rl_reference_check_symmetry(const rl_reference *r, const rl_model *model, const int *counterpart,
                                      rl_error *error) {
  const rl_motion *m = &r->motion;
  if (!m->periodic) return rl_fail(error, RL_BAD_ARGUMENT, "its motion is no cycle, so that it has no image");
  for (int k = 0; k < m->n_joints; k++) {
    int other = -1;
    for (int l = 0; l < m->n_joints; l++)
      if (r->joint[l] == counterpart[r->joint[k]]) other = l;
    const char *name = model->creature.bodies[counterpart[r->joint[k]] + 1].joint.name;
    if (other < 0) return rl_fail(error, RL_BAD_ARGUMENT, "its motion has %s and not %s", m->joints[k], name);
    float most = 0.0f;
    for (int i = 0; i < m->n; i++) {
      const float here = value_of(m, i, k);
      const float half = 0.5f * (value_of(m, i + m->n / 2, other) + value_of(m, i + (m->n + 1) / 2, other));
      most = fmaxf(most, fabsf(here - half));
    }
    if (most > ALIKE)
      return rl_fail(
          error, RL_BAD_ARGUMENT,
          "its motion: %s is up to %.2g rad from where %s is half a cycle later; option symmetric of "
          "rl.motion makes them alike",
          m->joints[k], (double)most, name);
  }
  return RL_OK;
}
