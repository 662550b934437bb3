/* Eigenvalues and eigenvectors of a small symmetric matrix. LAPACK spends most of its time on calls there:
 * this takes two thirds of dsyevd's (measured: 4.1 to 6.3 us at 10 rows, 22 to 36 at 24, 107 to 173 at 50).
 * From 64 rows on, or from 100 where the compiler may use AVX, dsyevd is faster. */
#ifndef RL_EIGEN_H
#define RL_EIGEN_H

#include "base/linkage.h"

#include <stdbool.h>

RL_C_BEGIN

/* a [n, n]: of the matrix its upper triangle by rows; becomes the eigenvectors, row i that of value[i]. In no
 * order. work [2 n]. Allocates nothing. False where a number is not finite or 50 iterations do not find an
 * eigenvalue (two are usual). */
bool rl_symmetric_eigen(int n, double *a, double *value, double *work);

RL_C_END

#endif
