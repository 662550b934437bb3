/* Matrix product: OpenBLAS for the large, loops of our own for the small.
 *
 * At batch 1 a library call costs more than the arithmetic of a 64-wide layer, so products of few rows
 * never leave this file (rl_gemm's comment has the threshold). OpenBLAS is kept to one thread: whoever
 * has many rows cuts them into pieces of fixed size (parallel.h), so that the result never depends on the
 * number of threads. The first call sets OpenBLAS to one thread for the whole process. */
#ifndef RL_GEMM_H
#define RL_GEMM_H

#include "base/linkage.h"

#include <stdbool.h>

RL_C_BEGIN

/* C = alpha op(A) op(B) + beta C, row-major; op(A) is [m, k], op(B) is [k, n], C is [m, n]; op transposes
 * where asked. lda, ldb, ldc are the distances between the rows of A, B and C as they are stored. With beta =
 * 0, C is written without being read (it may hold NaN). C must not overlap A or B. m, n, k >= 0. */
void rl_gemm(bool trans_a, bool trans_b, int m, int n, int k, float alpha, const float *a, int lda,
             const float *b, int ldb, float beta, float *c, int ldc);

/* What the first rl_gemm does, for those who call OpenBLAS themselves. */
void rl_gemm_use_one_thread(void);

/* The name of the kernels that OpenBLAS has chosen for this processor; results differ between them in the last bits. */
const char *rl_gemm_kernels(void);
/* What to do where it did not know the processor and took kernels of an older kind; NULL: nothing. */
const char *rl_gemm_advice(void);

RL_C_END

#endif
