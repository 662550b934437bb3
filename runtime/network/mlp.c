#include "network/mlp.h"

#include "base/memory.h"
#include "base/vector.h"
#include "tensor/dense.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const float layer_norm_epsilon = 1e-5f;

static size_t padded(size_t n) { return (n + 15) / 16 * 16; }

/* Where a layer's parts lie. */
typedef struct layer {
  int in, out;
  rl_activation activation;
  bool normalized, narrow;
  size_t weight, bias, gain, shift, theta_end; /* offsets into theta */
  size_t transposed, transposed_end;           /* into the weights of rl_mlp_transpose */
  /* offsets into the workspace */
  size_t stride;    /* of its rows there */
  size_t output;    /* [rows, out] after the activation */
  size_t hat;       /* [rows, out] normalised, before gain and shift */
  size_t deviation; /* [rows] 1 / standard deviation */
  size_t scratch;   /* of a narrow one: [out, in] with the stride of `in` */
  size_t end;
} layer;

/* What stands before the first. */
static layer before_first(const rl_mlp *mlp) {
  return (layer){.out = mlp->inputs, .stride = (size_t)mlp->inputs};
}

/* From the layer before to layer i; both may be the same. */
static inline void advance(const rl_mlp *mlp, int i, int rows, const layer *before, layer *at) {
  const bool last = i == mlp->n_layers - 1;
  const size_t theta = before->theta_end, turned = before->transposed_end, work = before->end;
  at->in = before->out;
  at->out = mlp->width[i];
  const size_t in = (size_t)at->in, out = (size_t)at->out, n = (size_t)rows,
               transposed = out * rl_dense_stride(at->in);
  at->activation = last ? RL_IDENTITY : mlp->activation;
  at->normalized = mlp->layer_norm && !last;
  at->narrow = at->out <= RL_DENSE_NARROW;
  at->weight = theta;
  at->bias = at->weight + in * out;
  at->gain = at->bias + out;
  at->shift = at->gain + (at->normalized ? out : 0);
  at->theta_end = at->shift + (at->normalized ? out : 0);
  at->transposed = turned;
  at->transposed_end = at->transposed + transposed;
  at->stride = last ? out : rl_dense_stride(at->out); /* what comes out is not padded */
  at->output = work;
  at->hat = padded(at->output + n * at->stride);
  at->deviation = at->hat + (at->normalized ? n * at->stride : 0);
  at->scratch = padded(at->deviation + (at->normalized ? n : 0));
  at->end = at->scratch + (at->narrow ? transposed : 0);
}

/* Behind the layers in the workspace lie two arrays for derivatives. */
typedef struct layers {
  layer at[RL_MAX_LAYERS];
  size_t buffer[2], end;
} layers;

static void find_layers(layers *all, const rl_mlp *mlp, int rows) {
  const layer first = before_first(mlp), *before = &first;
  size_t widest = 0;
  for (int i = 0; i < mlp->n_layers; before = &all->at[i++]) {
    advance(mlp, i, rows, before, &all->at[i]);
    if (rl_dense_stride(all->at[i].out) > widest) widest = rl_dense_stride(all->at[i].out);
  }
  all->buffer[0] = before->end;
  all->buffer[1] = all->buffer[0] + (size_t)rows * widest;
  all->end = all->buffer[1] + (size_t)rows * widest;
}

static layer layer_at(const rl_mlp *mlp, int l) {
  layer at = before_first(mlp);
  for (int i = 0; i <= l; i++) advance(mlp, i, 0, &at, &at);
  return at;
}

rl_mlp_layer rl_mlp_layer_at(const rl_mlp *mlp, int index) {
  layer at = layer_at(mlp, index);
  return (rl_mlp_layer){at.in, at.out, at.normalized, at.weight, at.bias, at.gain, at.shift};
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

size_t rl_mlp_parameters(const rl_mlp *mlp) { return layer_at(mlp, mlp->n_layers - 1).theta_end; }

size_t rl_mlp_workspace(const rl_mlp *mlp, int rows) {
  layers all;
  find_layers(&all, mlp, rows);
  return all.end;
}

size_t rl_mlp_transposed(const rl_mlp *mlp) { return layer_at(mlp, mlp->n_layers - 1).transposed_end; }

void rl_mlp_transpose(const rl_mlp *mlp, const float *theta, bool inputs, float *transposed) {
  layer at = before_first(mlp);
  for (int l = 0; l < mlp->n_layers; l++) {
    advance(mlp, l, 0, &at, &at);
    if (l > 0 || inputs || at.narrow)
      RL_KERNELS(rl_dense_table)->transpose(at.in, at.out, theta + at.weight, transposed + at.transposed);
  }
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

rl_status rl_mlp_init_weight(float *weight, int in, int out, rl_init init, float gain, rl_rng *rng,
                             rl_error *error) {
  if (init == RL_INIT_ORTHOGONAL) return init_orthogonal(weight, in, out, gain, rng, error);
  const float limit = gain * sqrtf(6.0f / (float)(in + out));
  rl_rng_fill_uniform(rng, weight, (int64_t)in * out, -limit, limit);
  return RL_OK;
}

rl_status rl_mlp_init(const rl_mlp *mlp, rl_init init, float hidden_gain, float output_gain, rl_rng *rng,
                      float *theta, rl_error *error) {
  memset(theta, 0, rl_mlp_parameters(mlp) * sizeof *theta);
  for (int l = 0; l < mlp->n_layers; l++) {
    layer at = layer_at(mlp, l);
    float gain = l < mlp->n_layers - 1 ? hidden_gain : output_gain;
    rl_status status = rl_mlp_init_weight(theta + at.weight, at.in, at.out, init, gain, rng, error);
    if (status) return status;
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
    float *y = workspace + at->output + (size_t)r * at->stride,
          *hat = workspace + at->hat + (size_t)r * at->stride;
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

/* What a layer reads: x, or what the one before it gave. */
static rl_dense input_of(const layers *all, int l, const float *x, int rows, const float *workspace) {
  const layer *at = &all->at[l], *before = at - 1;
  if (l == 0) return (rl_dense){rows, at->in, at->out, x, (size_t)at->in};
  return (rl_dense){rows, at->in, at->out, workspace + before->output, before->stride};
}

/* weight: of this layer, as theta has it. */
static void multiply(const layer *at, const rl_dense *input, const float *weight, const float *transposed,
                     float *workspace, const float *bias, rl_activation f, const float *slope_of, float *y) {
  const rl_dense_kernels *kernels = RL_KERNELS(rl_dense_table);
  if (at->narrow && !transposed) {
    kernels->transpose(at->in, at->out, weight, workspace + at->scratch);
    transposed = workspace + at->scratch;
  }
  kernels->forward(input, weight, transposed, bias, f, slope_of, y, at->stride);
}

float *rl_mlp_forward(const rl_mlp *mlp, const float *theta, const float *transposed, const float *x,
                      int rows, float *workspace) {
  float *y = NULL;
  layer at = before_first(mlp);
  for (int l = 0; l < mlp->n_layers; l++) {
    rl_dense input = {.rows = rows, .x = x, .x_stride = at.stride};
    advance(mlp, l, rows, &at, &at);
    input.in = at.in;
    input.out = at.out;
    float *output = workspace + at.output;
    multiply(&at, &input, theta + at.weight, transposed ? transposed + at.transposed : NULL, workspace,
             theta + at.bias, at.normalized ? RL_IDENTITY : at.activation, NULL, output);
    x = y = output;
    if (!at.normalized) continue;
    layer_norm_forward(&at, theta, rows, workspace);
    for (int r = 0; r < rows; r++) rl_activate(at.activation, output + (size_t)r * at.stride, (size_t)at.out);
  }
  return y;
}

/* The projection that both directions of a layer normalisation's derivative share:
 * d = (d - mean(d) - hat mean(hat d)) / std, for one row. */
static void layer_norm_project(const float *hat, float inverse, float *d, size_t n) {
  float mean = (float)(rl_sum(d, n) / (double)n), along = (float)(rl_dot(d, hat, n) / (double)n);
#pragma omp simd
  for (size_t j = 0; j < n; j++) d[j] = (d[j] - mean - hat[j] * along) * inverse;
}

static void add_gain_gradient(const float *d, const float *hat, float *dgain, float *dshift, size_t n) {
#pragma omp simd
  for (size_t j = 0; j < n; j++) {
    dgain[j] += d[j] * hat[j];
    dshift[j] += d[j];
  }
}

static void layer_norm_vjp(const layer *at, const float *theta, int rows, const float *workspace, float *d,
                           float *dtheta) {
  const float *gain = theta + at->gain;
  size_t out = (size_t)at->out;
  if (dtheta) memset(dtheta + at->gain, 0, 2 * out * sizeof *dtheta); /* and the shift's */
  for (int r = 0; r < rows; r++) {
    const float *hat = workspace + at->hat + (size_t)r * at->stride;
    float *row = d + (size_t)r * at->stride;
    if (dtheta) add_gain_gradient(row, hat, dtheta + at->gain, dtheta + at->shift, out);
#pragma omp simd
    for (size_t j = 0; j < out; j++) row[j] *= gain[j];
    layer_norm_project(hat, workspace[at->deviation + (size_t)r], row, out);
  }
}

/* Rows that are not padded end within a register, which gradients of wide layers read whole. */
static const float *pad_rows(const float *dy, int rows, int out, float *padded_rows) {
  const size_t stride = rl_dense_stride(out), n = (size_t)out;
  for (int r = 0; r < rows; r++) {
    memcpy(padded_rows + (size_t)r * stride, dy + (size_t)r * n, n * sizeof *dy);
    memset(padded_rows + (size_t)r * stride + n, 0, (stride - n) * sizeof *dy);
  }
  return padded_rows;
}

void rl_mlp_vjp(const rl_mlp *mlp, const float *theta, const float *transposed, const float *x, int rows,
                float *workspace, const float *dy, float *dtheta, float *dx) {
  const rl_dense_kernels *kernels = RL_KERNELS(rl_dense_table);
  layers all;
  find_layers(&all, mlp, rows);
  const layer last = all.at[mlp->n_layers - 1];
  float *buffers[2] = {workspace + all.buffer[0], workspace + all.buffer[1]};
  const float *d = dy;
  size_t d_stride = last.stride;
  if (!last.narrow && last.out % 16 != 0) {
    d = pad_rows(dy, rows, last.out, buffers[(mlp->n_layers - 1) % 2]);
    d_stride = rl_dense_stride(last.out);
  }
  for (int l = mlp->n_layers - 1; l >= 0; l--) {
    const layer *at = &all.at[l];
    const rl_dense input = input_of(&all, l, x, rows, workspace);
    if (dtheta)
      kernels->gradient(&input, d, d_stride, dtheta + at->weight, dtheta + at->bias, workspace + at->scratch);
    if (l == 0) {
      if (dx) kernels->input_gradient(&input, d, d_stride, transposed, RL_IDENTITY, dx, (size_t)mlp->inputs);
      break;
    }
    const layer *before = at - 1;
    float *next = buffers[(l - 1) % 2];
    kernels->input_gradient(&input, d, d_stride, transposed + at->transposed, mlp->activation, next,
                            before->stride);
    if (before->normalized) layer_norm_vjp(before, theta, rows, workspace, next, dtheta);
    d = next;
    d_stride = before->stride;
  }
}

static void layer_norm_jvp(const layer *at, const float *theta, int rows, const float *workspace,
                           const float *vtheta, float *v) {
  const float *gain = theta + at->gain, *vgain = vtheta + at->gain, *vshift = vtheta + at->shift;
  size_t out = (size_t)at->out;
  for (int r = 0; r < rows; r++) {
    const float *hat = workspace + at->hat + (size_t)r * at->stride;
    float *row = v + (size_t)r * at->stride;
    layer_norm_project(hat, workspace[at->deviation + (size_t)r], row, out);
#pragma omp simd
    for (size_t j = 0; j < out; j++) row[j] = row[j] * gain[j] + hat[j] * vgain[j] + vshift[j];
  }
}

void rl_mlp_jvp(const rl_mlp *mlp, const float *theta, const float *transposed, const float *x, int rows,
                float *workspace, const float *vtheta, const float *vx, float *vy) {
  layers all;
  find_layers(&all, mlp, rows);
  float *buffers[2] = {workspace + all.buffer[0], workspace + all.buffer[1]};
  const float *vinput = vx;
  for (int l = 0; l < mlp->n_layers; l++) {
    const layer *at = &all.at[l];
    const rl_dense input = input_of(&all, l, x, rows, workspace);
    rl_dense tangent = input;
    tangent.x = vinput;
    float *v = l < mlp->n_layers - 1 ? buffers[l % 2] : vy;
    const float *output = workspace + at->output;
    const rl_activation f = at->normalized ? RL_IDENTITY : at->activation;
    multiply(at, &input, vtheta + at->weight, NULL, workspace, vtheta + at->bias, vinput ? RL_IDENTITY : f,
             output, v);
    if (vinput)
      multiply(at, &tangent, theta + at->weight, transposed ? transposed + at->transposed : NULL, workspace,
               NULL, f, output, v);
    if (at->normalized) {
      layer_norm_jvp(at, theta, rows, workspace, vtheta, v);
      for (int r = 0; r < rows; r++)
        rl_activation_gradient(at->activation, output + (size_t)r * at->stride, v + (size_t)r * at->stride,
                               (size_t)at->out);
    }
    vinput = v;
  }
}
