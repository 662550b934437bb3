/* The Cholesky factor of a small symmetric matrix that is positive definite but for rounding. */
#ifndef RL_CHOLESKY_H
#define RL_CHOLESKY_H

#include "base/linkage.h"

#include <stdbool.h>

RL_C_BEGIN

/* factor factor^T = matrix, both [n, n] row-major; factor is lower triangular, zeros above. Where directions
 * are lost to rounding, a trace of the identity is added, at most 1e-4 of the largest diagonal element. False
 * when that is not enough. */
bool rl_cholesky(int n, const double *matrix, double *factor);

/* x [n] = matrix^-1 x. */
void rl_cholesky_solve(int n, const double *factor, double *x);

RL_C_END

#endif
