#include "tensor/dense.h"

#include "activation.h"

/* A tile of a product stays in registers while it is summed: ROWS x COLUMNS lanes, and what goes into them. */
#if defined(__AVX512F__)
enum { ROWS = 6, COLUMNS = 4 };
#elif defined(__AVX2__) || defined(__aarch64__)
enum { ROWS = 6, COLUMNS = 1 };
#else
enum { ROWS = 2, COLUMNS = 1 };
#endif

#define INLINE static inline __attribute__((always_inline))

/* C [m, n] = start + A B; A[i, p] lies at a[i a_row + p a_column], one of which is 1. */
typedef struct product {
  int m, n, k;
  const float *a;
  ptrdiff_t a_row, a_column;
  const float *b; /* [k, n] */
  ptrdiff_t b_row;
  const float *bias; /* where sums start; NULL: at 0, or at what is there */
  bool add;
  float *c;
  ptrdiff_t c_row;
  rl_activation f;       /* of C; */
  const float *slope_of; /* unless NULL, C is multiplied by f' instead, where f has given this */
  ptrdiff_t slope_row;
} product;

/* y = f(y) of some rows; f is a constant where this is inlined. */
INLINE void activate_rows(const rl_activation f, float *y, ptrdiff_t stride, int rows, size_t columns) {
  for (int r = 0; r < rows; r++, y += stride) {
    size_t l = 0;
    for (; l + TOGETHER * LANES <= columns; l += TOGETHER * LANES) {
      lanes x[TOGETHER];
#pragma GCC unroll 4
      for (int i = 0; i < TOGETHER; i++) x[i] = lanes_load(y + l + i * LANES);
      activate_lanes(f, x, TOGETHER);
#pragma GCC unroll 4
      for (int i = 0; i < TOGETHER; i++) lanes_store(y + l + i * LANES, x[i]);
    }
    for (; l < columns; l += LANES) {
      const size_t n = columns - l < LANES ? columns - l : LANES;
      lanes_store_first(y + l, n, activated(f, lanes_load_first(y + l, n)));
    }
  }
}

/* y f'(.) of some rows */
static void multiply_by_slopes(rl_activation f, const float *of, ptrdiff_t of_stride, float *y,
                               ptrdiff_t stride, int rows, size_t columns) {
  for (int r = 0; r < rows; r++, y += stride, of += of_stride)
    for (size_t l = 0; l < columns; l += LANES) {
      const size_t n = columns - l < LANES ? columns - l : LANES;
      lanes_store_first(y + l, n, slope_times(f, lanes_load_first(of + l, n), lanes_load_first(y + l, n)));
    }
}

/* What is left to do with some rows of C. */
static void finish(const product *p, int first, int j, int rows, size_t columns) {
  float *c = p->c + first * p->c_row + j;
  if (p->slope_of)
    multiply_by_slopes(p->f, p->slope_of + first * p->slope_row + j, p->slope_row, c, p->c_row, rows,
                       columns);
  else if (p->f == RL_TANH)
    activate_rows(RL_TANH, c, p->c_row, rows, columns);
  else
    activate_rows(RL_RELU, c, p->c_row, rows, columns);
}

/* rows, columns, by_column (a_row is 1) and masked (B ends within the last lanes) are constants where this is
 * inlined. What a product says is read once: a compiler must think that a store may change it. */
INLINE void tile(const product *p, const int rows, const int columns, const bool by_column, const bool masked,
                 int i, int j) {
  lanes sum[ROWS][4];
  const ptrdiff_t a_row = by_column ? 1 : p->a_row, a_column = by_column ? p->a_column : 1, b_row = p->b_row,
                  c_row = p->c_row, slope_row = p->slope_row;
  const size_t left = (size_t)(p->n - j) - (size_t)(columns - 1) * LANES, last = left < LANES ? left : LANES;
  const rl_activation f = p->f;
  const bool room = c_row - j >= columns * LANES; /* what is behind the columns is ours */
  const float *a = p->a + i * a_row, *b = p->b + j, *bias = p->bias, *slope_of = p->slope_of;
  float *c = p->c + i * c_row + j;
  if (bias) {
#pragma GCC unroll 8
    for (int l = 0; l < columns; l++) {
      const lanes x = lanes_load_first(bias + j + l * LANES, l == columns - 1 ? last : LANES);
#pragma GCC unroll 8
      for (int r = 0; r < rows; r++) sum[r][l] = x;
    }
  } else {
    const bool add = p->add;
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
      for (int l = 0; l < columns; l++)
        sum[r][l] = add ? lanes_load_first(c + r * c_row + l * LANES, l == columns - 1 ? last : LANES)
                        : lanes_set(0.0f);
  }
  for (int q = p->k; q > 0; q--, a += a_column, b += b_row) {
    lanes y[4];
#pragma GCC unroll 8
    for (int l = 0; l < columns; l++)
      y[l] = masked && l == columns - 1 ? lanes_load_first(b + l * LANES, last) : lanes_load(b + l * LANES);
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++) {
      const lanes x = lanes_set(a[r * a_row]);
#pragma GCC unroll 8
      for (int l = 0; l < columns; l++) sum[r][l] = lanes_fma(x, y[l], sum[r][l]);
    }
  }
  const bool by_slope = !by_column && slope_of && room, cut = !by_column && !slope_of && f == RL_RELU;
  if (by_slope) {
    const float *slope = slope_of + i * slope_row + j;
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
      for (int l = 0; l < columns; l++)
        sum[r][l] = slope_times(f, lanes_load(slope + r * slope_row + l * LANES), sum[r][l]);
  }
  if (cut) {
#pragma GCC unroll 8
    for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
      for (int l = 0; l < columns; l++) sum[r][l] = activated(RL_RELU, sum[r][l]);
  }
#pragma GCC unroll 8
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 8
    for (int l = 0; l < columns; l++) {
      if (l < columns - 1 || room)
        lanes_store(c + r * c_row + l * LANES, sum[r][l]);
      else
        lanes_store_first(c + r * c_row + l * LANES, last, sum[r][l]);
    }
  if (f != RL_IDENTITY && !by_slope && !cut)
    finish(p, i, j, rows, room ? (size_t)columns * LANES : (size_t)(columns - 1) * LANES + last);
}

/* All rows of some columns. */
INLINE void strip(const product *p, const int columns, const bool by_column, const bool masked, int j) {
  int i = 0;
  for (; i + ROWS <= p->m; i += ROWS) tile(p, ROWS, columns, by_column, masked, i, j);
  switch (p->m - i) {
  case 1: tile(p, 1, columns, by_column, masked, i, j); break;
#if defined(__AVX2__) || defined(__aarch64__)
  case 2: tile(p, 2, columns, by_column, masked, i, j); break;
  case 3: tile(p, 3, columns, by_column, masked, i, j); break;
  case 4: tile(p, 4, columns, by_column, masked, i, j); break;
  case 5: tile(p, 5, columns, by_column, masked, i, j); break;
#endif
  default: break;
  }
}

INLINE void multiply(const product *p, const bool by_column) {
  int j = 0;
  if (COLUMNS < 4 && p->m == 1) /* wider, or each sum would wait for the one before it */
    for (; p->n - j >= 4 * LANES; j += 4 * LANES) tile(p, 1, 4, by_column, false, 0, j);
  if (COLUMNS == 4)
    for (; p->n - j >= 4 * LANES; j += 4 * LANES) strip(p, COLUMNS, by_column, false, j);
  if (COLUMNS == 4)
    for (; p->n - j >= 2 * LANES; j += 2 * LANES) strip(p, COLUMNS / 2, by_column, false, j);
  for (; j < p->n && p->b_row - j >= LANES; j += LANES) strip(p, 1, by_column, false, j);
  if (j < p->n) strip(p, 1, by_column, true, j);
}

static void multiply_rows(const product *p) { multiply(p, false); }
static void multiply_columns(const product *p) { multiply(p, true); }

/* Narrow layers: a dot product over the input for each row and output. */

#if defined(__AVX512F__)
enum { DOTS = 16, WIDEST = RL_DENSE_NARROW }; /* at a time; outputs among them */
#else
enum { DOTS = 4, WIDEST = 4 };
#endif

/* `wide` outputs of some rows, from row i and output j on; all rows x wide of them, at most DOTS, side by side. Both are
 * constants where this is inlined. */
INLINE void dots(const product *p, const int rows, const int wide, int i, int j) {
  const int n_dots = (rows * wide + 3) / 4 * 4;
  const size_t k = (size_t)p->k;
  const float *w = p->b + j * p->b_row, *x[DOTS];
#pragma GCC unroll 16
  for (int r = 0; r < rows; r++) x[r] = p->a + (i + r) * p->a_row;
  lanes sum[DOTS];
#pragma GCC unroll 16
  for (int t = 0; t < n_dots; t++) sum[t] = lanes_set(0.0f);
  for (size_t q = 0; q < k; q += LANES) {
    const size_t n = k - q < LANES ? k - q : LANES;
    lanes v[WIDEST];
#pragma GCC unroll 16
    for (int t = 0; t < wide; t++) v[t] = lanes_load(w + t * p->b_row + q);
#pragma GCC unroll 16
    for (int r = 0; r < rows; r++) {
      const lanes u = n < LANES ? lanes_load_first(x[r] + q, n) : lanes_load(x[r] + q);
#pragma GCC unroll 16
      for (int t = 0; t < wide; t++) sum[r * wide + t] = lanes_fma(u, v[t], sum[r * wide + t]);
    }
  }
  float total[DOTS];
#pragma GCC unroll 16
  for (int t = 0; t < n_dots; t += 4) lanes_sums(sum[t], sum[t + 1], sum[t + 2], sum[t + 3], total + t);
  for (int r = 0; r < rows; r++)
    for (int t = 0; t < wide; t++) {
      float *c = p->c + (i + r) * p->c_row + j + t;
      *c = (p->bias ? p->bias[j + t] : *c) + total[r * wide + t];
    }
}

INLINE void dots_of_all_rows(const product *p, const int wide, int j) {
  int i = 0;
  for (; p->m - i >= DOTS / wide; i += DOTS / wide) dots(p, DOTS / wide, wide, i, j);
  for (; i < p->m; i++) dots(p, 1, wide, i, j);
}

/* B is [n, k]. */
static void multiply_narrow(const product *p) {
  for (int j = 0; j < p->n; j += WIDEST) switch (p->n - j < WIDEST ? p->n - j : WIDEST) {
    case 1: dots_of_all_rows(p, 1, j); break;
    case 2: dots_of_all_rows(p, 2, j); break;
    case 3: dots_of_all_rows(p, 3, j); break;
    case 4: dots_of_all_rows(p, 4, j); break;
#if defined(__AVX512F__)
    case 5: dots_of_all_rows(p, 5, j); break;
    case 6: dots_of_all_rows(p, 6, j); break;
    case 7: dots_of_all_rows(p, 7, j); break;
    case 8: dots_of_all_rows(p, 8, j); break;
#endif
    default: break;
    }
  const int end = p->c_row > p->n ? (int)rl_dense_padded(p->n) : p->n;
  for (int i = 0; i < p->m && end > p->n; i++)
    for (int j = p->n; j < end; j++) p->c[i * p->c_row + j] = 0.0f;
  if (p->f != RL_IDENTITY) finish(p, 0, 0, p->m, (size_t)p->n);
}

/* The table. */

static void forward(const rl_dense *layer, const float *weight, const float *transposed, const float *bias,
                    rl_activation f, const float *slope_of, float *y, size_t y_stride) {
  const bool narrow = layer->out <= RL_DENSE_NARROW;
  const product p = {
      .m = layer->rows,
      .n = layer->out,
      .k = layer->in,
      .a = layer->x,
      .a_row = (ptrdiff_t)layer->x_stride,
      .a_column = 1,
      .b = narrow ? transposed : weight,
      .b_row = narrow ? (ptrdiff_t)rl_dense_stride(layer->in) : layer->out,
      .bias = bias,
      .add = !bias,
      .c = y,
      .c_row = (ptrdiff_t)y_stride,
      .f = f,
      .slope_of = slope_of,
      .slope_row = (ptrdiff_t)y_stride,
  };
  if (narrow)
    multiply_narrow(&p);
  else
    multiply_rows(&p);
}

/* Even and odd rows apart, for an addition waits for the one before it; of one column sixteen rows at a time. */
static void sum_rows(int rows, size_t n, const float *d, size_t stride, float *sum) {
  if (n == 1 && stride == 1) {
    lanes total = lanes_set(0.0f);
    for (int r = 0; r < rows; r += LANES)
      total = lanes_add(total, lanes_load_first(d + r, (size_t)(rows - r < LANES ? rows - r : LANES)));
    *sum = lanes_sum(total);
    return;
  }
  size_t j = 0;
  for (; n - j >= 4 * LANES; j += 4 * LANES) {
    lanes even[4] = {lanes_set(0.0f), lanes_set(0.0f), lanes_set(0.0f), lanes_set(0.0f)};
    lanes odd[4] = {lanes_set(0.0f), lanes_set(0.0f), lanes_set(0.0f), lanes_set(0.0f)};
    const float *row = d + j;
    int r = 0;
    for (; r + 2 <= rows; r += 2, row += 2 * stride)
#pragma GCC unroll 4
      for (int l = 0; l < 4; l++) {
        even[l] = lanes_add(even[l], lanes_load(row + l * LANES));
        odd[l] = lanes_add(odd[l], lanes_load(row + stride + l * LANES));
      }
#pragma GCC unroll 4
    for (int l = 0; l < 4; l++) {
      if (r < rows) even[l] = lanes_add(even[l], lanes_load(row + l * LANES));
      lanes_store(sum + j + l * LANES, lanes_add(even[l], odd[l]));
    }
  }
  for (; j < n; j += LANES) {
    const size_t left = n - j < LANES ? n - j : LANES;
    lanes total = lanes_set(0.0f);
    for (int r = 0; r < rows; r++)
      total = lanes_add(total, lanes_load_first(d + (size_t)r * stride + j, left));
    lanes_store_first(sum + j, left, total);
  }
}

static void gradient(const rl_dense *layer, const float *d, size_t d_stride, float *dweight, float *dbias,
                     float *scratch) {
  const int in = layer->in, out = layer->out;
  const bool narrow = out <= RL_DENSE_NARROW;
  const product wide_gradient = {.m = in,
                                 .n = out,
                                 .k = layer->rows,
                                 .a = layer->x,
                                 .a_row = 1,
                                 .a_column = (ptrdiff_t)layer->x_stride,
                                 .b = d,
                                 .b_row = (ptrdiff_t)d_stride,
                                 .c = dweight,
                                 .c_row = out};
  const product narrow_gradient = {.m = out, /* transposed */
                                   .n = in,
                                   .k = layer->rows,
                                   .a = d,
                                   .a_row = 1,
                                   .a_column = (ptrdiff_t)d_stride,
                                   .b = layer->x,
                                   .b_row = (ptrdiff_t)layer->x_stride,
                                   .c = out == 1 ? dweight : scratch,
                                   .c_row = out == 1 ? in : (ptrdiff_t)rl_dense_stride(in)};
  sum_rows(layer->rows, (size_t)out, d, d_stride, dbias);
  multiply_columns(narrow ? &narrow_gradient : &wide_gradient);
  for (int i = 0; narrow && out > 1 && i < in; i++)
    for (int j = 0; j < out; j++) dweight[i * out + j] = scratch[j * narrow_gradient.c_row + i];
}

static void input_gradient(const rl_dense *layer, const float *d, size_t d_stride, const float *transposed,
                           rl_activation f, float *dx, size_t dx_stride) {
  const product p = {.m = layer->rows,
                     .n = layer->in,
                     .k = layer->out,
                     .a = d,
                     .a_row = (ptrdiff_t)d_stride,
                     .a_column = 1,
                     .b = transposed,
                     .b_row = (ptrdiff_t)rl_dense_stride(layer->in),
                     .c = dx,
                     .c_row = (ptrdiff_t)dx_stride,
                     .f = f,
                     .slope_of = layer->x,
                     .slope_row = (ptrdiff_t)layer->x_stride};
  multiply_rows(&p);
}

/* Four rows of four. */
static void transpose_block(const float *from, size_t from_row, float *to, size_t to_row) {
  rl_four a = rl_load_four(from), b = rl_load_four(from + from_row), c = rl_load_four(from + 2 * from_row),
          d = rl_load_four(from + 3 * from_row);
  rl_four low = __builtin_shufflevector(a, b, 0, 4, 1, 5), high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  rl_four low2 = __builtin_shufflevector(c, d, 0, 4, 1, 5), high2 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  rl_store_four(to, __builtin_shufflevector(low, low2, 0, 1, 4, 5));
  rl_store_four(to + to_row, __builtin_shufflevector(low, low2, 2, 3, 6, 7));
  rl_store_four(to + 2 * to_row, __builtin_shufflevector(high, high2, 0, 1, 4, 5));
  rl_store_four(to + 3 * to_row, __builtin_shufflevector(high, high2, 2, 3, 6, 7));
}

static void transpose(int in, int out, const float *weight, float *transposed) {
  const size_t rows = (size_t)in, columns = (size_t)out, stride = rl_dense_stride(in);
  size_t i = 0;
  for (; i + 4 <= rows; i += 4, weight += 4 * columns) {
    size_t j = 0;
    for (; j + 4 <= columns; j += 4)
      transpose_block(weight + j, columns, transposed + j * stride + i, stride);
    for (; j < columns; j++)
      for (size_t r = 0; r < 4; r++) transposed[j * stride + i + r] = weight[r * columns + j];
  }
  for (; i < rl_dense_padded(in); i++, weight += columns)
    for (size_t j = 0; j < columns; j++) transposed[j * stride + i] = i < rows ? weight[j] : 0.0f;
}

const rl_dense_kernels RL_AT_LEVEL(rl_dense_table) = {forward, gradient, input_gradient, transpose};
