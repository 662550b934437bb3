#include "network/mlp.h"

#include "base/memory.h"
#include "base/vector.h"
#include "tensor/gemm.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const float layer_norm_epsilon = 1e-5f;

/* Where a layer's parts lie in theta. gain and shift are NULL when the layer is not normalised. */
typedef struct layer {
  int in, out;
  bool normalized;
  size_t weight, bias, gain, shift; /* offsets into theta */
  /* offsets into the workspace */
  size_t output;    /* [rows, out] after the activation */
  size_t hat;       /* [rows, out] normalised, before gain and shift */
  size_t deviation; /* [rows] 1 / standard deviation */
} layer;

/* The offsets of layer `l`, found by walking from the first: layers are few. */
static layer layer_at(const rl_mlp *mlp, int l, int rows) {
  layer at = {.out = mlp->inputs};
  size_t theta = 0, work = 0, n = (size_t)rows;
  for (int i = 0; i <= l; i++) {
    at.in = at.out;
    at.out = mlp->width[i];
    at.normalized = mlp->layer_norm && i < mlp->n_layers - 1;
    size_t out = (size_t)at.out;
    at.weight = theta;
    at.bias = at.weight + (size_t)at.in * out;
    at.gain = at.bias + out;
    at.shift = at.gain + (at.normalized ? out : 0);
    theta = at.shift + (at.normalized ? out : 0);
    at.output = work;
    at.hat = at.output + n * out;
    at.deviation = at.hat + (at.normalized ? n * out : 0);
    work = at.deviation + (at.normalized ? n : 0);
  }
  return at;
}

rl_mlp_layer rl_mlp_layer_at(const rl_mlp *mlp, int index) {
  layer at = layer_at(mlp, index, 0);
  return (rl_mlp_layer){at.in, at.out, at.normalized, at.weight, at.bias, at.gain, at.shift};
}

static size_t widest(const rl_mlp *mlp) {
  int width = mlp->inputs;
  for (int i = 0; i < mlp->n_layers; i++)
    if (mlp->width[i] > width) width = mlp->width[i];
  return (size_t)width;
}

rl_status rl_mlp_check(const rl_mlp *mlp, rl_error *error) {
  if (mlp->n_layers < 1 || mlp->n_layers > RL_MAX_LAYERS)
    return rl_fail(error, RL_BAD_ARGUMENT, "a network has 0 to %d hidden layers, not %d", RL_MAX_LAYERS - 1,
                   mlp->n_layers - 1);
  if (mlp->inputs < 1 || mlp->inputs > RL_MAX_WIDTH)
    return rl_fail(error, RL_BAD_ARGUMENT, "a network has 1 to %d inputs, not %d", RL_MAX_WIDTH, mlp->inputs);
  for (int i = 0; i < mlp->n_layers; i++)
    if (mlp->width[i] < 1 || mlp->width[i] > RL_MAX_WIDTH)
      return rl_fail(error, RL_BAD_ARGUMENT, "layer %d has a width of 1 to %d, not %d", i + 1, RL_MAX_WIDTH,
                     mlp->width[i]);
  return RL_OK;
}

size_t rl_mlp_parameters(const rl_mlp *mlp) {
  layer last = layer_at(mlp, mlp->n_layers - 1, 0);
  return last.shift; /* the last layer is never normalised: its parts end here */
}

size_t rl_mlp_workspace(const rl_mlp *mlp, int rows) {
  layer last = layer_at(mlp, mlp->n_layers - 1, rows);
  return last.deviation + 2 * (size_t)rows * widest(mlp); /* and two buffers for derivatives */
}

/* Fills q [m, n], m >= n, with orthonormal columns: modified Gram-Schmidt, twice, on normal deviates. q is
 * stored by columns, so each is contiguous. */
static void orthonormal_columns(double *q, int m, int n, rl_rng *rng) {
  for (int j = 0; j < n; j++) {
    double *column = q + (size_t)j * (size_t)m;
    for (int i = 0; i < m; i++) column[i] = (double)rl_rng_normal(rng);
    for (int pass = 0; pass < 2; pass++) {
      for (int k = 0; k < j; k++) {
        const double *other = q + (size_t)k * (size_t)m;
        double product = 0.0;
        for (int i = 0; i < m; i++) product += column[i] * other[i];
        for (int i = 0; i < m; i++) column[i] -= product * other[i];
      }
    }
    double norm = 0.0;
    for (int i = 0; i < m; i++) norm += column[i] * column[i];
    norm = sqrt(norm);
    for (int i = 0; i < m; i++) column[i] /= norm;
  }
}

static rl_status init_orthogonal(float *weight, int in, int out, float gain, rl_rng *rng, rl_error *error) {
  int m = in > out ? in : out, n = in > out ? out : in;
  double *q = rl_allocate((size_t)m * (size_t)n, sizeof *q);
  if (!q) return rl_fail(error, RL_NO_MEMORY, "out of memory for a layer of %d x %d", in, out);
  orthonormal_columns(q, m, n, rng);
  for (int i = 0; i < in; i++)
    for (int j = 0; j < out; j++)
      weight[(size_t)i * (size_t)out + (size_t)j] =
          gain *
          (float)(in > out ? q[(size_t)j * (size_t)m + (size_t)i] : q[(size_t)i * (size_t)m + (size_t)j]);
  rl_release(q);
  return RL_OK;
}

rl_status rl_mlp_init(const rl_mlp *mlp, rl_init init, float hidden_gain, float output_gain, rl_rng *rng,
                      float *theta, rl_error *error) {
  memset(theta, 0, rl_mlp_parameters(mlp) * sizeof *theta);
  for (int l = 0; l < mlp->n_layers; l++) {
    layer at = layer_at(mlp, l, 0);
    float gain = l < mlp->n_layers - 1 ? hidden_gain : output_gain;
    if (init == RL_INIT_ORTHOGONAL) {
      rl_status status = init_orthogonal(theta + at.weight, at.in, at.out, gain, rng, error);
      if (status) return status;
    } else {
      float limit = gain * sqrtf(6.0f / (float)(at.in + at.out));
      rl_rng_fill_uniform(rng, theta + at.weight, (int64_t)at.in * at.out, -limit, limit);
    }
    if (at.normalized)
      for (int j = 0; j < at.out; j++) theta[at.gain + (size_t)j] = 1.0f;
  }
  return RL_OK;
}

/* y [rows, out]: in place hat = (y - mean) / std by row, then y = hat * gain + shift. */
static void layer_norm_forward(const layer *at, const float *theta, int rows, float *workspace) {
  const float *gain = theta + at->gain, *shift = theta + at->shift;
  size_t out = (size_t)at->out;
  for (int r = 0; r < rows; r++) {
    float *y = workspace + at->output + (size_t)r * out, *hat = workspace + at->hat + (size_t)r * out;
    double mean, variance;
    rl_mean_variance(y, out, &mean, &variance);
    float inverse = 1.0f / sqrtf((float)variance + layer_norm_epsilon), center = (float)mean;
    workspace[at->deviation + (size_t)r] = inverse;
#pragma omp simd
    for (size_t j = 0; j < out; j++) {
      hat[j] = (y[j] - center) * inverse;
      y[j] = hat[j] * gain[j] + shift[j];
    }
  }
}

const float *rl_mlp_forward(const rl_mlp *mlp, const float *theta, const float *x, int rows,
                            float *workspace) {
  const float *input = x;
  for (int l = 0; l < mlp->n_layers; l++) {
    layer at = layer_at(mlp, l, rows);
    rl_activation activation = l < mlp->n_layers - 1 ? mlp->activation : RL_IDENTITY;
    float *output = workspace + at.output;
    rl_gemm(false, false, rows, at.out, at.in, 1.0f, input, at.in, theta + at.weight, at.out, 0.0f, output,
            at.out);
    if (at.normalized) {
      rl_activate_rows(RL_IDENTITY, theta + at.bias, output, rows, at.out);
      layer_norm_forward(&at, theta, rows, workspace);
      rl_activate(activation, output, (size_t)rows * (size_t)at.out);
    } else {
      rl_activate_rows(activation, theta + at.bias, output, rows, at.out);
    }
    input = output;
  }
  return input;
}

/* The projection that both directions of a layer normalisation's derivative share:
 * d = (d - mean(d) - hat mean(hat d)) / std, for one row. */
static void layer_norm_project(const float *hat, float inverse, float *d, size_t n) {
  float mean = (float)(rl_sum(d, n) / (double)n), along = (float)(rl_dot(d, hat, n) / (double)n);
#pragma omp simd
  for (size_t j = 0; j < n; j++) d[j] = (d[j] - mean - hat[j] * along) * inverse;
}

static void layer_norm_vjp(const layer *at, const float *theta, int rows, const float *workspace, float *d,
                           float *dtheta) {
  const float *gain = theta + at->gain;
  float *dgain = dtheta + at->gain, *dshift = dtheta + at->shift;
  size_t out = (size_t)at->out;
  memset(dgain, 0, out * sizeof *dgain);
  memset(dshift, 0, out * sizeof *dshift);
  for (int r = 0; r < rows; r++) {
    const float *hat = workspace + at->hat + (size_t)r * out;
    float *row = d + (size_t)r * out;
#pragma omp simd
    for (size_t j = 0; j < out; j++) {
      dgain[j] += row[j] * hat[j];
      dshift[j] += row[j];
      row[j] *= gain[j];
    }
    layer_norm_project(hat, workspace[at->deviation + (size_t)r], row, out);
  }
}

static void sum_rows(const float *x, int rows, int cols, float *out) {
  memset(out, 0, (size_t)cols * sizeof *out);
  for (int r = 0; r < rows; r++) rl_add(out, x + (size_t)r * (size_t)cols, (size_t)cols);
}

void rl_mlp_vjp(const rl_mlp *mlp, const float *theta, const float *x, int rows, float *workspace,
                const float *dy, float *dtheta, float *dx) {
  layer last = layer_at(mlp, mlp->n_layers - 1, rows);
  size_t buffer = (size_t)rows * widest(mlp);
  float *d = workspace + last.deviation, *next = d + buffer;
  memcpy(d, dy, (size_t)rows * (size_t)last.out * sizeof *d);
  for (int l = mlp->n_layers - 1; l >= 0; l--) {
    layer at = layer_at(mlp, l, rows);
    const float *input = l > 0 ? workspace + layer_at(mlp, l - 1, rows).output : x;
    if (l < mlp->n_layers - 1)
      rl_activation_gradient(mlp->activation, workspace + at.output, d, (size_t)rows * (size_t)at.out);
    if (at.normalized) layer_norm_vjp(&at, theta, rows, workspace, d, dtheta);
    rl_gemm(true, false, at.in, at.out, rows, 1.0f, input, at.in, d, at.out, 0.0f, dtheta + at.weight,
            at.out);
    sum_rows(d, rows, at.out, dtheta + at.bias);
    float *dinput = l > 0 ? next : dx;
    if (dinput)
      rl_gemm(false, true, rows, at.in, at.out, 1.0f, d, at.out, theta + at.weight, at.out, 0.0f, dinput,
              at.in);
    next = d;
    d = dinput;
  }
}

static void layer_norm_jvp(const layer *at, const float *theta, int rows, const float *workspace,
                           const float *vtheta, float *v) {
  const float *gain = theta + at->gain, *vgain = vtheta + at->gain, *vshift = vtheta + at->shift;
  size_t out = (size_t)at->out;
  for (int r = 0; r < rows; r++) {
    const float *hat = workspace + at->hat + (size_t)r * out;
    float *row = v + (size_t)r * out;
    layer_norm_project(hat, workspace[at->deviation + (size_t)r], row, out);
#pragma omp simd
    for (size_t j = 0; j < out; j++) row[j] = row[j] * gain[j] + hat[j] * vgain[j] + vshift[j];
  }
}

void rl_mlp_jvp(const rl_mlp *mlp, const float *theta, const float *x, int rows, float *workspace,
                const float *vtheta, const float *vx, float *vy) {
  layer last = layer_at(mlp, mlp->n_layers - 1, rows);
  size_t buffer = (size_t)rows * widest(mlp);
  float *buffers[2] = {workspace + last.deviation, workspace + last.deviation + buffer};
  const float *input = x, *vinput = vx;
  for (int l = 0; l < mlp->n_layers; l++) {
    layer at = layer_at(mlp, l, rows);
    float *v = l < mlp->n_layers - 1 ? buffers[l % 2] : vy;
    rl_gemm(false, false, rows, at.out, at.in, 1.0f, input, at.in, vtheta + at.weight, at.out, 0.0f, v,
            at.out);
    if (vinput)
      rl_gemm(false, false, rows, at.out, at.in, 1.0f, vinput, at.in, theta + at.weight, at.out, 1.0f, v,
              at.out);
    rl_activate_rows(RL_IDENTITY, vtheta + at.bias, v, rows, at.out);
    if (at.normalized) layer_norm_jvp(&at, theta, rows, workspace, vtheta, v);
    input = workspace + at.output;
    if (l < mlp->n_layers - 1)
      rl_activation_gradient(mlp->activation, input, v, (size_t)rows * (size_t)at.out);
    vinput = v;
  }
}
