#include "muscle/primitive.h"

#include <math.h>

static const double TAU = 6.283185307179586; /* of a circle */
#define GREATEST 1e3

static const char *const kind_names[3] = {"discrete", "rhythmic", NULL};

#define NUMBER(member, unit, meaning, ...)                                                                   \
  RL_ROW(rl_primitive, FLOAT, member, #member, unit, meaning, __VA_ARGS__)
static const rl_option rows[] = {
    RL_ROW(rl_primitive, NAME, joint, "joint", "",
           "that it moves, by its motor; hip stands for hip_l and, a rhythmic one half a cycle later, hip_r",
           0.0, 0.0, 0.0),
    RL_ROW(rl_primitive, CHOICE, kind, "kind", "", "one stroke, or a cycle", RL_PRIMITIVE_DISCRETE, 0.0, 1.0,
           kind_names),
    NUMBER(duration, "s", "of the stroke, or of the cycle", 0.0, 0.01, 1000.0),
    NUMBER(goal, "rad", "where a discrete one ends, what a rhythmic one swings about", 0.0, -GREATEST,
           GREATEST),
    NUMBER(amplitude, "rad",
           "what weights are multiplied by; left out: the way to the goal, or 1 of a rhythmic one",
           (double)NAN, -GREATEST, GREATEST, .traits = RL_ROW_AMPLITUDE),
    NUMBER(phase, "", "of a rhythmic one when an episode begins", 0.0, 0.0, 1.0),
    NUMBER(kp, "1/rad", "share of the motor's torque for each radian that the joint is behind", 5.0, 0.0,
           GREATEST),
    NUMBER(kd, "s/rad", "and for each rad/s", 0.2, 0.0, GREATEST),
};
const rl_options rl_primitive_rows = RL_ROWS(rows);

rl_options rl_primitive_rows_of(const rl_primitive *p) {
  return rl_options_of(rl_primitive_rows, p->scaled ? RL_ROW_AMPLITUDE : 0U);
}

rl_status rl_primitive_check(const rl_primitive *p, const char *where, rl_error *error) {
  if (p->duration == 0.0f)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: it has no duration; give it in seconds", where);
  if (p->n_weights < 1)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: it has no weights; give a list of 1 to %d numbers", where,
                   RL_MAX_WEIGHTS);
  if (p->n_weights > RL_MAX_WEIGHTS)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %d weights; there is room for %d", where, p->n_weights,
                   RL_MAX_WEIGHTS);
  for (int i = 0; i < p->n_weights; i++)
    if (!(fabs((double)p->weights[i]) <= GREATEST))
      return rl_fail(error, RL_BAD_ARGUMENT, "%s: weight %d is %g, outside [-1000, 1000]", where, i + 1,
                     (double)p->weights[i]);
  return rl_options_check_part(rl_primitive_rows_of(p), p, where, error);
}

void rl_primitive_begin(rl_primitive_state *state, double start) {
  *state = (rl_primitive_state){.y = start, .start = start};
}

static double phase_of(const rl_primitive *p, double time) {
  const double turns = time / (double)p->duration;
  if (p->kind == RL_PRIMITIVE_DISCRETE) return exp(-RL_PRIMITIVE_DECAY * turns);
  return TAU * (turns + (double)p->phase - floor(turns + (double)p->phase));
}

/* Neighbours are both at one half where they meet. */
static double activation(const rl_primitive *p, int i, double phase) {
  const double n = p->n_weights;
  if (p->kind == RL_PRIMITIVE_RHYTHMIC)
    return n < 2.0 ? 1.0 : exp(log(2.0) / (1.0 - cos(0.5 * TAU / n)) * (cos(phase - TAU * i / n) - 1.0));
  const double each = n < 2.0 ? RL_PRIMITIVE_DECAY : RL_PRIMITIVE_DECAY / (n - 1.0);
  const double center = exp(-each * i), apart = center - exp(-each * (i + 1)), off = phase - center;
  return exp(-4.0 * log(2.0) * off * off / (apart * apart));
}

void rl_primitive_basis(const rl_primitive *p, double time, double *basis) {
  const double phase = phase_of(p, time);
  double sum = 1e-10; /* a discrete one's phase leaves the last centre behind */
  for (int i = 0; i < p->n_weights; i++) sum += basis[i] = activation(p, i, phase);
  const double gate = p->kind == RL_PRIMITIVE_DISCRETE ? phase : 1.0;
  for (int i = 0; i < p->n_weights; i++) basis[i] *= gate / sum;
}

double rl_primitive_forcing(const rl_primitive *p, double time) {
  double basis[RL_MAX_WEIGHTS], forcing = 0.0;
  rl_primitive_basis(p, time, basis);
  for (int i = 0; i < p->n_weights; i++) forcing += basis[i] * (double)p->weights[i];
  return forcing;
}

static double amplitude_of(const rl_primitive *p, const rl_primitive_state *s) {
  if (p->scaled) return (double)p->amplitude;
  return p->kind == RL_PRIMITIVE_DISCRETE ? (double)p->goal - s->start : 1.0;
}

double rl_primitive_step(const rl_primitive *p, double forcing, double dt, rl_primitive_state *s) {
  const double tau = p->kind == RL_PRIMITIVE_DISCRETE ? (double)p->duration : (double)p->duration / TAU;
  const double alpha = RL_PRIMITIVE_STIFFNESS / tau;
  const double pull = (double)p->goal - s->y + amplitude_of(p, s) * forcing;
  /* Damping is taken at the end of the step: stable for any dt. */
  const double speed = (s->speed + dt * 0.25 * alpha * alpha * pull) / (1.0 + dt * alpha);
  const double acceleration = (speed - s->speed) / dt;
  s->speed = speed;
  s->y += dt * speed;
  s->time += dt;
  return acceleration;
}
