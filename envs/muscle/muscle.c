/* The muscle-tendon unit; see muscle.h. */
#include "muscle/muscle.h"

#include <math.h>

static const float GREATEST_STRETCH = 4.0f; /* times l_opt + l_slack: longer than any living unit */
static const float SPECIFIC_TENSION = 0.25e6f, DENSITY = 1059.7f; /* Pa, kg/m^3 */
static const float ECCENTRIC_SHAPE = 7.56f * RL_VELOCITY_SHAPE;

static float clamp(float x, float low, float high) { return fminf(fmaxf(x, low), high); }
static float square(float x) { return x * x; }

/* --- the curves --- */

static const float LOG_REMAINDER = -2.99573227f; /* ln .05 */

float rl_force_length(float length) {
  const float d = fabsf(length - 1.0f) / RL_FIBRE_WIDTH;
  return expf(LOG_REMAINDER * d * d * d);
}

float rl_force_velocity(float u) {
  if (u < 0.0f) return (1.0f + u) / (1.0f - RL_VELOCITY_SHAPE * u);
  return RL_ECCENTRIC_FORCE + (RL_ECCENTRIC_FORCE - 1.0f) * (u - 1.0f) / (1.0f + ECCENTRIC_SHAPE * u);
}

float rl_tendon_force(float strain) { return strain > 0.0f ? square(strain / RL_TENDON_STRAIN) : 0.0f; }

float rl_parallel_force(float length) {
  return length > 1.0f ? square((length - 1.0f) / RL_FIBRE_WIDTH) : 0.0f;
}

float rl_buffer_force(float length) {
  const float least = 1.0f - RL_FIBRE_WIDTH;
  return length < least ? square((length - least) / (0.5f * RL_FIBRE_WIDTH)) : 0.0f;
}

/* The integral of f_max (strain / .04)^2 over the stretch. */
float rl_tendon_energy(const rl_physiology *p, float strain) {
  return strain > 0.0f ? p->f_max * p->l_slack * strain * rl_tendon_force(strain) / 3.0f : 0.0f;
}

/* --- the balance of forces --- */

/* The same curves with their slopes, for Newton's method. */
typedef struct graph {
  float value, slope;
} graph;

static graph force_length(float length) {
  const float d = (length - 1.0f) / RL_FIBRE_WIDTH, size = fabsf(d);
  const float value = expf(LOG_REMAINDER * size * size * size);
  return (graph){value, value * 3.0f * LOG_REMAINDER * d * size / RL_FIBRE_WIDTH};
}

static graph force_velocity(float u) {
  if (u < 0.0f) {
    const float below = 1.0f / (1.0f - RL_VELOCITY_SHAPE * u);
    return (graph){(1.0f + u) * below, (1.0f + RL_VELOCITY_SHAPE) * below * below};
  }
  const float gain = RL_ECCENTRIC_FORCE - 1.0f, below = 1.0f / (1.0f + ECCENTRIC_SHAPE * u);
  return (graph){RL_ECCENTRIC_FORCE + gain * (u - 1.0f) * below,
                 gain * (1.0f + ECCENTRIC_SHAPE) * below * below};
}

static graph tendon(float strain) {
  const float x = fmaxf(strain, 0.0f) / RL_TENDON_STRAIN;
  return (graph){x * x, 2.0f * x / RL_TENDON_STRAIN};
}

static graph parallel(float length) {
  const float x = fmaxf(length - 1.0f, 0.0f) / RL_FIBRE_WIDTH;
  return (graph){x * x, 2.0f * x / RL_FIBRE_WIDTH};
}

static graph buffer(float length) {
  const float width = 0.5f * RL_FIBRE_WIDTH, x = fminf(length - (1.0f - RL_FIBRE_WIDTH), 0.0f) / width;
  return (graph){x * x, 2.0f * x / width};
}

/* A finer step: from where the fibre begins, for dt v_max (l_opt), with fibre and tendon ending up `room`
 * (l_opt) longer than the slack tendon alone. */
typedef struct finer_step {
  float activation, from, reach, room, stiffness /* l_opt / l_slack */;
} finer_step;

/* By how much the fibre outpulls the tendon at the end of a step of relative velocity u: grows with u. */
static graph imbalance(const finer_step *step, float u, float *contractile) {
  const float length = step->from + step->reach * u;
  const graph active = force_length(length), passive = parallel(length), fv = force_velocity(u);
  const graph se = tendon((step->room - length) * step->stiffness), be = buffer(length);
  const float pull = step->activation * active.value + passive.value;
  const float stretch = step->activation * active.slope + passive.slope;
  *contractile = step->activation * active.value * fv.value;
  return (graph){pull * fv.value - se.value - be.value,
                 pull * fv.slope +
                     step->reach * (stretch * fv.value + se.slope * step->stiffness - be.slope)};
}

/* The velocity that balances the forces: Newton's method, kept between a u at which the tendon wins (-1: f_v
 * is 0) and one at which the fibre does (the tendon slack, the buffer free). */
static float solve_velocity(const finer_step *step, float guess, float *contractile) {
  enum { MOST = 40 };
  const float tolerance = 4e-6f; /* f_max: what one bit of the fibre's length makes in a stiff tendon */
  float low = -1.0f;
  float high = fmaxf((fmaxf(step->room, 1.0f - RL_FIBRE_WIDTH) - step->from) / step->reach, 0.0f);
  float u = clamp(guess, low, high);
  for (int i = 0; i < MOST; i++) {
    const graph off = imbalance(step, u, contractile);
    if (fabsf(off.value) < tolerance) break;
    if (off.value < 0.0f)
      low = u;
    else
      high = u;
    float next = u - off.value / off.slope;
    if (!(next > low && next < high)) next = 0.5f * (low + high);
    if (next == u) break;
    u = next;
  }
  return u;
}

static float hold_length(const rl_physiology *p, float unit_length, float before) {
  if (!isfinite(unit_length)) return before;
  return clamp(unit_length, 0.0f, GREATEST_STRETCH * (p->l_opt + p->l_slack));
}

static float room_of(const rl_physiology *p, float unit_length) {
  return (unit_length - p->l_slack) / p->l_opt;
}

static float tendon_pull(const rl_physiology *p, const rl_muscle_state *state) {
  return rl_tendon_force((room_of(p, state->unit_length) - state->length) * p->l_opt / p->l_slack);
}

void rl_muscle_begin(const rl_physiology *p, float unit_length, float activation, rl_muscle_state *state) {
  enum { HALVINGS = 30 };
  *state = (rl_muscle_state){.activation = clamp(activation, RL_LEAST_ACTIVATION, 1.0f)};
  state->unit_length = hold_length(p, unit_length, p->l_opt + p->l_slack);
  float low = 0.0f, high = fmaxf(room_of(p, state->unit_length), 1.0f - RL_FIBRE_WIDTH);
  for (int i = 0; i < HALVINGS; i++) {
    state->length = 0.5f * (low + high);
    const float pull = state->activation * rl_force_length(state->length) + rl_parallel_force(state->length);
    if (pull < tendon_pull(p, state) + rl_buffer_force(state->length))
      low = state->length;
    else
      high = state->length;
  }
  state->force = p->f_max * tendon_pull(p, state);
  state->contractile = p->f_max * state->activation * rl_force_length(state->length);
}

void rl_muscle_step(const rl_physiology *p, rl_muscle_state *state, float excitation, float unit_length,
                    float dt, int n) {
  const float begin = state->unit_length, end = hold_length(p, unit_length, begin), h = dt / (float)n;
  const float goal = isfinite(excitation) ? clamp(excitation, RL_LEAST_ACTIVATION, 1.0f) : state->activation;
  const float tau = goal > state->activation ? p->tau_activation : p->tau_deactivation;
  const float approach = 1.0f - expf(-h / tau); /* tau A' = goal - A */
  finer_step step = {.reach = h * p->v_max, .stiffness = p->l_opt / p->l_slack};
  float contractile = 0.0f, u = state->velocity / p->v_max;
  for (int i = 1; i <= n; i++) {
    state->activation += approach * (goal - state->activation);
    state->unit_length = i == n ? end : begin + (end - begin) * (float)i / (float)n;
    step.activation = state->activation;
    step.from = state->length;
    step.room = room_of(p, state->unit_length);
    u = solve_velocity(&step, u, &contractile);
    state->length += step.reach * u;
  }
  state->velocity = u * p->v_max;
  state->force = p->f_max * tendon_pull(p, state);
  state->contractile = p->f_max * contractile;
}

/* --- metabolic rate --- */

float rl_muscle_mass(const rl_physiology *p) { return p->f_max / SPECIFIC_TENSION * DENSITY * p->l_opt; }

static float maintenance_length(float length) {
  if (length < 0.5f) return 0.5f;
  if (length < 1.0f) return length;
  return length < 1.5f ? 3.0f - 2.0f * length : 0.0f;
}

float rl_metabolic_rate(const rl_physiology *p, const rl_muscle_state *state, float excitation) {
  const float quarter = 1.57079633f, slow = p->slow_fibres, fast = 1.0f - slow;
  const float u = quarter * clamp(excitation, RL_LEAST_ACTIVATION, 1.0f), a = quarter * state->activation;
  const float activation = 40.0f * slow * sinf(u) + 133.0f * fast * (1.0f - cosf(u));
  const float maintenance = 74.0f * slow * sinf(a) + 111.0f * fast * (1.0f - cosf(a));
  const float shortening = fmaxf(-state->velocity, 0.0f) * p->l_opt; /* m/s */
  return rl_muscle_mass(p) * (activation + maintenance_length(state->length) * maintenance) +
         (0.25f * state->force + state->contractile) * shortening;
}
