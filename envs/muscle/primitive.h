/* Dynamic movement primitives (Ijspeert, Nakanishi & Schaal 2002; Ijspeert et al. 2013): a movement as a spring that is drawn
 * to its goal, and a forcing term, linear in its weights, that shapes the way there:
 *
 *   tau z' = alpha (alpha/4 (goal - y) - z) + f,   tau y' = z
 *   f      = alpha^2/4 amplitude gate sum_i psi_i w_i / sum_i psi_i
 *
 *   discrete   one stroke: tau is the duration, the phase x falls from 1 to exp(-RL_PRIMITIVE_DECAY) in that time and is the
 *              gate too, so that the spring has the last word; psi_i = exp(-h_i (x - c_i)^2), with centres that come one
 *              after the other in equal times
 *   rhythmic   a cycle about `goal`: the phase is an angle that goes round once in `duration`, tau that for one radian, the
 *              gate is 1; psi_i = exp(h (cos(angle - c_i) - 1))
 *
 * A weight w_i therefore shifts the point that the spring pulls to by w_i amplitude while its basis is on. Movements keep
 * their shape under any duration, goal and amplitude. */
#ifndef RL_PRIMITIVE_H
#define RL_PRIMITIVE_H

#include "base/option.h"

RL_C_BEGIN

enum { RL_MAX_WEIGHTS = 32 };

typedef enum rl_primitive_kind { RL_PRIMITIVE_DISCRETE, RL_PRIMITIVE_RHYTHMIC } rl_primitive_kind;

#define RL_PRIMITIVE_STIFFNESS 25.0         /* alpha: critically damped */
#define RL_PRIMITIVE_DECAY     (25.0 / 3.0) /* of the phase of a discrete one, in its duration */

/* Of a joint with a motor, in rad; or of anything, in its unit. */
typedef struct rl_primitive {
  char joint[RL_NAME];
  rl_primitive_kind kind;
  float duration; /* s */
  float goal;     /* where a discrete one ends, what a rhythmic one swings about */
  bool scaled;    /* by its amplitude; otherwise goal - start of a discrete one, 1 of a rhythmic one */
  float amplitude;
  float phase;  /* of a rhythmic one at the start of an episode: 0 to 1 */
  float kp, kd; /* share of the motor's torque per rad and per rad/s of what the joint is behind */
  int n_weights;
  float weights[RL_MAX_WEIGHTS];
} rl_primitive;

/* All but the weights. Trait of a row that may be left out: */
enum { RL_ROW_AMPLITUDE = 1 };
extern const rl_options rl_primitive_rows;
/* Those that the primitive has. */
rl_options rl_primitive_rows_of(const rl_primitive *primitive);

/* RL_BAD_ARGUMENT beginning with `where`: no duration, no weights or too many, one that is not finite or beyond 1000; a number outside
 * the range of its row. */
rl_status rl_primitive_check(const rl_primitive *primitive, const char *where, rl_error *error);

typedef struct rl_primitive_state {
  double time;     /* s since it began */
  double y, speed; /* where it is, and y' */
  double start;    /* where it began */
} rl_primitive_state;

void rl_primitive_begin(rl_primitive_state *state, double start);

/* basis [n_weights]: gate psi_i / sum psi at that time: what the weights are multiplied by. */
void rl_primitive_basis(const rl_primitive *primitive, double time, double *basis);
/* sum of basis_i w_i */
double rl_primitive_forcing(const rl_primitive *primitive, double time);

/* One step of dt seconds with this forcing, in units of the amplitude; returns y''. Velocity first, then place: energy does not
 * grow by the step. */
double rl_primitive_step(const rl_primitive *primitive, double forcing, double dt, rl_primitive_state *state);

RL_C_END

#endif
