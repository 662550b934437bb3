#include "network/natural.h"

#include "base/memory.h"
#include "base/vector.h"

#include <string.h>

rl_status rl_natural_init(rl_natural *natural, size_t size, rl_error *error) {
  *natural = (rl_natural){.size = size,
                          .x = rl_allocate(size, sizeof(float)),
                          .residual = rl_allocate(size, sizeof(float)),
                          .along = rl_allocate(size, sizeof(float)),
                          .product = rl_allocate(size, sizeof(float))};
  if (natural->x && natural->residual && natural->along && natural->product) return RL_OK;
  rl_natural_release(natural);
  return rl_fail(error, RL_NO_MEMORY, "out of memory for a natural gradient of %zu parameters", size);
}

void rl_natural_release(rl_natural *natural) {
  rl_release(natural->x);
  rl_release(natural->residual);
  rl_release(natural->along);
  rl_release(natural->product);
  *natural = (rl_natural){0};
}

static void add_scaled(float *y, double factor, const float *x, size_t n) {
  float f = (float)factor;
  for (size_t i = 0; i < n; i++) y[i] += f * x[i];
}

static void finish_product(rl_learner *learner, double damping, const float *v, float *product) {
  memcpy(product, learner->gradient, learner->optimizer.size * sizeof *product);
  add_scaled(product, damping, v, learner->optimizer.size);
}

void rl_natural_product(rl_learner *learner, const int *index, int rows, double damping, const float *v,
                        float *product) {
  rl_learner_fisher(learner, index, rows, v);
  finish_product(learner, damping, v, product);
}

/* Ends early when the residual has shrunk to this share of g, squared. */
static const double tolerance = 1e-10;

void rl_natural_begin(rl_natural *natural, const float *g, int iterations) {
  size_t n = natural->size;
  memset(natural->x, 0, n * sizeof *natural->x);
  memcpy(natural->residual, g, n * sizeof *g);
  memcpy(natural->along, g, n * sizeof *g);
  natural->squares = rl_sum_squares(natural->residual, n);
  natural->enough = tolerance * natural->squares;
  natural->left = iterations;
}

bool rl_natural_goes_on(const rl_natural *natural) {
  return natural->left > 0 && natural->squares > natural->enough;
}

void rl_natural_take(rl_natural *natural, rl_learner *learner, double damping) {
  size_t n = natural->size;
  float *residual = natural->residual, *along = natural->along, *product = natural->product;
  double squares = natural->squares;
  finish_product(learner, damping, along, product);
  double curvature = rl_dot(along, product, n);
  natural->left = curvature > 0.0 ? natural->left - 1 : 0;
  if (!(curvature > 0.0)) return; /* rounding has used up the direction */
  double step = squares / curvature;
  add_scaled(natural->x, step, along, n);
  add_scaled(residual, -step, product, n);
  natural->squares = rl_sum_squares(residual, n);
  rl_scale(along, (float)(natural->squares / squares), n);
  rl_add(along, residual, n);
}

double rl_natural_curvature(const rl_natural *natural, const float *g) {
  const float *x = natural->x; /* the residual is g - (F + damping) x */
  return rl_dot(x, g, natural->size) - rl_dot(x, natural->residual, natural->size);
}

double rl_natural_solve(rl_natural *natural, rl_learner *learner, const int *index, int rows, const float *g,
                        double damping, int iterations) {
  rl_natural_begin(natural, g, iterations);
  while (rl_natural_goes_on(natural)) {
    rl_learner_fisher(learner, index, rows, natural->along);
    rl_natural_take(natural, learner, damping);
  }
  return rl_natural_curvature(natural, g);
}
