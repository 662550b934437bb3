/* Eigenvalues and eigenvectors of a symmetric matrix of up to a thousand rows or so, for which LAPACK's dsyevd takes
 * half as long again to three times as long. */
#ifndef RL_EIGEN_H
#define RL_EIGEN_H

#include "base/linkage.h"

#include <stdbool.h>
#include <stddef.h>

RL_C_BEGIN

/* a [n, n]: of the matrix its upper triangle by rows; becomes the eigenvectors, row i that of value[i]. In no
 * order. work: as many numbers as rl_symmetric_work says. Allocates nothing. False where a number is not finite or
 * 50 iterations do not find an eigenvalue (two are usual). */
size_t rl_symmetric_work(int n);
bool rl_symmetric_eigen(int n, double *a, double *value, double *work);

RL_C_END

#endif
