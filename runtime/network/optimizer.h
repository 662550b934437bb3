/* Steps downhill on one flat parameter vector, along a gradient whose norm is clipped: Adam's (Kingma & Ba
 * 2015, algorithm 1), plain ones, or RMSProp's (Mnih et al. 2016, equation 1). */
#ifndef RL_OPTIMIZER_H
#define RL_OPTIMIZER_H

#include "archive/archive.h"
#include "base/option.h"

RL_C_BEGIN

typedef enum rl_optimizer_kind { RL_ADAM, RL_SGD, RL_RMSPROP } rl_optimizer_kind;

typedef struct rl_optimizer {
  rl_optimizer_kind kind; /* one made for another may also take plain steps, which leave the moments alone */
  size_t size;
  double lr, max_grad_norm;     /* options, by the table in optimizer.c */
  double beta1, beta2, epsilon; /* beta1: of Adam */
  int64_t step;
  float *m, *v; /* [size] first moment, of Adam, and second moment estimates; NULL where there are none */
} rl_optimizer;

rl_options rl_optimizer_options(rl_optimizer_kind kind); /* of the struct above */

/* With the defaults of that table. RL_NO_MEMORY. */
rl_status rl_optimizer_init(rl_optimizer *optimizer, rl_optimizer_kind kind, size_t size, rl_error *error);
/* Another with moments of the same kind. */
rl_status rl_optimizer_init_like(rl_optimizer *optimizer, const rl_optimizer *other, rl_error *error);
void rl_optimizer_release(rl_optimizer *optimizer);

/* One step along the gradient, which is scaled to max_grad_norm if its norm is larger:
 *   Adam      theta -= lr m_hat / (sqrt(v_hat) + epsilon)
 *   plain     theta -= lr gradient
 *   RMSProp   theta -= lr gradient / sqrt(v + epsilon) */
void rl_optimizer_step(rl_optimizer *optimizer, float *theta, const float *gradient, double norm);
/* The same for a gradient that nobody has looked at yet; gives its norm. RL_NOT_FINITE, and nothing changes,
 * when it is not finite or too long for Adam. */
rl_status rl_optimizer_descend(rl_optimizer *optimizer, float *theta, const float *gradient, double *norm,
                               rl_error *error);
/* Beyond this a squared gradient overflows Adam's second moment, and its parameter would never move again. */
#define RL_MAX_GRADIENT 1e18

void rl_optimizer_copy(rl_optimizer *to, const rl_optimizer *from); /* the moments; same size */
/* The moments that there are: arrays "<prefix>.m", ".v", ".step". A failed load changes nothing. */
rl_status rl_optimizer_save(const rl_optimizer *optimizer, rl_archive *archive, const char *prefix,
                            rl_error *error);
rl_status rl_optimizer_load(rl_optimizer *optimizer, const rl_archive *archive, const char *prefix,
                            rl_error *error);

RL_C_END

#endif
