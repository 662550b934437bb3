/* Eigenvalues and eigenvectors of a symmetric tridiagonal matrix. */
#ifndef RL_TRIDIAGONAL_H
#define RL_TRIDIAGONAL_H

#include "base/linkage.h"

#include <stdbool.h>
#include <stddef.h>

RL_C_BEGIN

/* d [n] diagonal, e [n - 1] beside it, of magnitudes about 1; d becomes the eigenvalues, in no order, u [n,
 * rl_tridiagonal_stride] their vectors, a row each. e is lost. False where the QL algorithm does not converge. Allocates nothing: work has as many
 * numbers as rl_tridiagonal_work says. */
size_t rl_tridiagonal_work(int n);
int rl_tridiagonal_stride(int n);
bool rl_tridiagonal_eigen(int n, double *d, double *e, double *u, double *work);

RL_C_END

#endif
