/* One muscle-tendon unit of the Hill type, after Geyer & Herr 2010 ("A muscle-reflex model that encodes
 * principles of legged mechanics produces human walking dynamics and muscle activities", appendix).
 *
 *     origin |--[ fibre: contractile element, parallel elasticity, buffer ]--[ tendon ]--| insertion
 *
 * Lengths of the fibre are in optimal fibre lengths (l_opt), its velocity in l_opt/s, positive when it
 * lengthens, forces of the curves in f_max; lengths of unit and tendon in m, force of the tendon in N.
 * Between fibre and tendon there is no mass: their forces are equal, which gives the velocity of the fibre,
 *
 *     (A f_l(l) + f_pe(l)) f_v(v / v_max) = f_se(strain) + f_be(l).
 *
 * The tendon is stiff and the equation stiffer still at low activation, so each finer step solves it for the
 * velocity at the step's end (implicit Euler): stable for steps of any size, accurate to first order. */
#ifndef RL_MUSCLE_H
#define RL_MUSCLE_H

#include "base/linkage.h"

RL_C_BEGIN

/* Geyer & Herr 2010, the same for every muscle. */
#define RL_FIBRE_WIDTH      0.56f /* w: f_l has fallen to 0.05 at l = 1 - w and 1 + w */
#define RL_ECCENTRIC_FORCE  1.5f  /* N: force while lengthening at v_max, in isometric forces */
#define RL_VELOCITY_SHAPE   5.0f  /* K: curvature of the force-velocity relation */
#define RL_TENDON_STRAIN    0.04f /* at which the tendon carries f_max */
#define RL_LEAST_ACTIVATION 0.01f /* excitation and activation never fall below */

typedef struct rl_physiology {
  float f_max;            /* N: greatest isometric force */
  float l_opt;            /* m: length of the fibre at which it is strongest */
  float v_max;            /* l_opt/s: fastest shortening */
  float l_slack;          /* m: length from which the tendon pulls */
  float tau_activation;   /* s: lag of activation behind a greater excitation */
  float tau_deactivation; /* s: behind a smaller one */
  float slow_fibres;      /* share of slow-twitch fibres; for the metabolic rate only */
} rl_physiology;

typedef struct rl_muscle_state {
  float unit_length; /* m: fibre and tendon together, at the end of the last step */
  float activation;  /* [0.01, 1] */
  float length;      /* l_opt */
  float velocity;    /* l_opt/s, during the last finer step */
  float force;       /* N: of the tendon */
  float contractile; /* N: A f_l f_v f_max, the part of the force that costs energy */
} rl_muscle_state;

/* --- the curves --- */

float rl_force_length(float length);   /* f_l: active force, 1 at l = 1 */
float rl_force_velocity(float u);      /* f_v, of u = v / v_max; 0 at -1, 1 at 0, 1.5 at 1 */
float rl_tendon_force(float strain);   /* f_se: ((l_se / l_slack - 1) / .04)^2 above slack */
float rl_parallel_force(float length); /* f_pe: passive, of a fibre longer than 1 */
float rl_buffer_force(float length);   /* f_be: keeps the fibre from collapsing below 1 - w */
float rl_tendon_energy(const rl_physiology *physiology, float strain); /* J stored */

/* --- one unit --- */

/* At rest with the given length (m) and activation: no velocity, forces in balance. */
void rl_muscle_begin(const rl_physiology *physiology, float unit_length, float activation,
                     rl_muscle_state *state);

/* Lets dt seconds pass in n finer steps, during which the unit goes evenly from its present length to
 * `unit_length` (m). Excitation is clamped to [.01, 1]; an excitation or length that is not a number leaves
 * things as they were, lengths are held within [0, 4 (l_opt + l_slack)]: the state stays finite whatever
 * comes. */
void rl_muscle_step(const rl_physiology *physiology, rl_muscle_state *state, float excitation,
                    float unit_length, float dt, int n);

/* W that the muscle burns above the basal rate (Wang, Hamner, Delp & Koltun 2012, after Umberger et al. 2003
 * and Anderson 1999): heat of activation and maintenance by its mass, heat of shortening, work. */
float rl_metabolic_rate(const rl_physiology *physiology, const rl_muscle_state *state, float excitation);
float rl_muscle_mass(const rl_physiology *physiology); /* kg: 1059.7 kg/m^3 at .25 MPa */
#define RL_BASAL_RATE 1.51f                            /* W/kg of the whole body */

RL_C_END

#endif
