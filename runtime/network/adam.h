/* Adam (Kingma & Ba 2015, algorithm 1) on one flat parameter vector. */
#ifndef RL_ADAM_H
#define RL_ADAM_H

#include "archive/archive.h"

RL_C_BEGIN

typedef struct rl_adam {
  size_t size;
  int64_t step;
  float *m, *v; /* [size] first and second moment estimates */
  double beta1, beta2, epsilon;
} rl_adam;

/* beta1 .9, beta2 .999; epsilon 1e-5 as policy-gradient implementations have it. */
rl_status rl_adam_init(rl_adam *adam, size_t size, rl_error *error);
void rl_adam_release(rl_adam *adam);
/* theta -= lr * m_hat / (sqrt(v_hat) + epsilon): one descent step along `gradient` * `scale`. */
void rl_adam_step(rl_adam *adam, float *theta, const float *gradient, double scale, double lr);
void rl_adam_copy(rl_adam *to, const rl_adam *from); /* same size */
/* Arrays "<prefix>.m", ".v", ".step". */
rl_status rl_adam_save(const rl_adam *adam, rl_archive *archive, const char *prefix, rl_error *error);
rl_status rl_adam_load(rl_adam *adam, const rl_archive *archive, const char *prefix, rl_error *error);

RL_C_END

#endif
