/* Eight doubles that are computed with at once: one instruction where the processor has it, several elsewhere, the same
 * numbers everywhere. */
#ifndef RL_LANES8_H
#define RL_LANES8_H

enum { LANES = 8 };

typedef double lanes __attribute__((vector_size(64), aligned(8)));
typedef long long lanes_mask __attribute__((vector_size(64)));

static inline lanes lanes_load(const double *x) { return *(const lanes *)(const void *)x; }
static inline void lanes_store(double *x, lanes value) { *(lanes *)(void *)x = value; }

static inline double lanes_total(lanes x) {
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

#endif
