/* The linear-quadratic regulator: the control problem with an exact answer, against which methods are
 * checked.
 *
 *   s' = A s + B a + noise,  cost = s'Q s + a'R a,
 *
 * with state s [n], action a [m]. The best action is linear in the state, a = K s, whatever the noise. */
#ifndef RL_LQR_H
#define RL_LQR_H

#include "env/env.h"

RL_C_BEGIN

enum { RL_LQR_MAX = 16 }; /* greatest n and m */

typedef struct rl_lqr {
  int n, m;
  double A[RL_LQR_MAX * RL_LQR_MAX]; /* [n, n] */
  double B[RL_LQR_MAX * RL_LQR_MAX]; /* [n, m] */
  double Q[RL_LQR_MAX * RL_LQR_MAX]; /* [n, n], symmetric, positive semidefinite */
  double R[RL_LQR_MAX * RL_LQR_MAX]; /* [m, m], symmetric, positive definite */
} rl_lqr;

/* The problem of the matrices named A, B, Q and R. One that is missing is the identity, of the size that the
 * others ask for; without any the problem is the scalar one, A = B = Q = R = 1. RL_BAD_ARGUMENT names the
 * matrix and its shape: unknown, twice, sizes that do not fit or are outside 1 .. RL_LQR_MAX, an entry that
 * is no number or beyond 1e6, Q not symmetric or not positive semidefinite (to 1e-6 of its largest entry), R
 * not symmetric or not positive definite. */
rl_status rl_lqr_make(rl_lqr *lqr, const rl_matrix *matrices, int n_matrices, rl_error *error);

/* K [m, n] of the best action a = K s under a discount gamma in [0, 1], without noise or with, by iterating
 * the discrete Riccati equation: K = -(R + gamma B'P B)^-1 gamma B'P A, P = Q + gamma A'P (A + B K), from P =
 * Q on. RL_BAD_ARGUMENT when gamma is out of range, or when the cost grows without bound because the actions
 * do not reach a part of the state that does not decay. */
rl_status rl_lqr_gain(const rl_lqr *lqr, double gamma, double *K, rl_error *error);

/* The environment "lqr" (lqr.c): errors as rl_lqr_make, RL_NO_MEMORY. */
extern const char rl_lqr_summary[];
rl_status rl_lqr_open(const rl_matrix *matrices, int n_matrices, rl_env_def **def, rl_error *error);
const rl_lqr *rl_lqr_of(const rl_env_def *def); /* its problem; NULL of another definition */

RL_C_END

#endif
