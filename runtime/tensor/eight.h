/* Eight doubles that are computed with at once: one instruction where the processor has it, several elsewhere, the same
 * numbers everywhere. Loads and stores are macros because how functions take such a type differs between processors. */
#ifndef RL_EIGHT_H
#define RL_EIGHT_H

enum { EIGHT = 8 };

typedef double eight __attribute__((vector_size(64), aligned(8), may_alias));
typedef long long eight_mask __attribute__((vector_size(64)));

#define eight_load(x)         (*(const eight *)(const void *)(x))
#define eight_store(x, value) (*(eight *)(void *)(x) = (value))

static inline double eight_total(const eight *sum) {
  const double *x = (const double *)sum;
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

#endif
