/* The natural direction: x = (F + damping)^-1 g by conjugate gradient, F the Fisher information matrix of the
 * policy on a set of states, of which only products with vectors are formed (Kakade 2002; Schulman et al.
 * 2015, appendix C). */
#ifndef RL_NATURAL_H
#define RL_NATURAL_H

#include "network/learner.h"

RL_C_BEGIN

typedef struct rl_natural {
  size_t size;
  float *x;               /* [size] the solution */
  float *residual;        /* [size] */
  float *along;           /* [size] the search direction */
  float *product;         /* [size] (F + damping) along */
  double squares, enough; /* of the residual: now, and when it ends */
  int left;               /* iterations */
} rl_natural;

rl_status rl_natural_init(rl_natural *natural, size_t size, rl_error *error);
void rl_natural_release(rl_natural *natural);

/* product = (F + damping) v, F over the samples `index` [rows]. Overwrites learner->gradient. */
void rl_natural_product(rl_learner *learner, const int *index, int rows, double damping, const float *v,
                        float *product);

/* Solves for `g` [size], which must not be learner->gradient, in at most `iterations` steps from 0: as long as
 * it goes on, learner->gradient is made F natural->along (rl_learner_fisher), which take takes. curvature: x^T
 * (F + damping) x. */
void rl_natural_begin(rl_natural *natural, const float *g, int iterations);
bool rl_natural_goes_on(const rl_natural *natural);
void rl_natural_take(rl_natural *natural, rl_learner *learner, double damping);
double rl_natural_curvature(const rl_natural *natural, const float *g);
/* All of it; returns the curvature. */
double rl_natural_solve(rl_natural *natural, rl_learner *learner, const int *index, int rows, const float *g,
                        double damping, int iterations);

RL_C_END

#endif
