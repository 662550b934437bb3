/* Variables over tensors: every operation's gradient against differences of its own values, the graph
 * against what is known in closed form.
 *
 * Differences are of fourth order, (8 (f(x+h) - f(x-h)) - (f(x+2h) - f(x-2h))) / 12h, with h = 2^-7 and
 * inputs on a grid of 1/128, so that steps are exact. What is left is the rounding of the values, 6e-8 * 1.5
 * / h = 1.2e-5, and curvature below 1e-9 f^(5); gradients are held to 5e-5. Grids are laid so that no step of
 * 2h crosses a kink. */
#include "autodiff/variable.h"

#include "base/memory.h"
#include "check.h"

enum { MAX_IN = 3 };

static const float STEP = 0x1p-7f;

typedef struct shape {
  int ndim;
  int64_t size[4];
} shape;

/* out = f(x[0], ...), with what else there is to say in `context` */
typedef rl_status build(rl_variable **out, rl_variable *const *x, const void *context, rl_error *error);

/* Distinct numbers around 0 (one alone: .5; positive ones: from .75 up), 1/8 apart; those of different inputs
 * are 1/16 apart or more. */
static rl_tensor grid(const shape *s, int input, bool positive, uint64_t seed) {
  rl_tensor x;
  rl_rng rng;
  int order[64];
  assert_int_equal(rl_tensor_zeros(&x, s->ndim, s->size, NULL), RL_OK);
  int n = (int)rl_tensor_count(&x);
  assert_true(n <= 64);
  float first = positive ? 0.75f : n == 1 ? 0.5f : -0.125f * (float)(n / 2);
  rl_rng_init(&rng, seed, (uint64_t)input);
  for (int i = 0; i < n; i++) order[i] = i;
  rl_rng_shuffle(&rng, order, n);
  for (int i = 0; i < n; i++)
    x.data[i] = first + 0.125f * (float)order[i] + (1.0f + 2.0f * (float)input) / 32.0f;
  return x;
}

/* sum(weight * f(x)), in double */
static double objective(build *f, const void *context, int n, const rl_tensor *x, const rl_tensor *weight) {
  rl_variable *in[MAX_IN], *y;
  rl_error error;
  for (int k = 0; k < n; k++) assert_ok(rl_variable_constant(&in[k], &x[k], &error));
  assert_ok(f(&y, in, context, &error));
  double sum = inner(weight->data, rl_variable_tensor(y)->data, (size_t)rl_tensor_count(weight));
  for (int k = 0; k < n; k++) rl_variable_release(in[k]);
  rl_variable_release(y);
  return sum;
}

static double difference(build *f, const void *context, int n, const rl_tensor *x, const rl_tensor *weight,
                         float *element) {
  double at[4];
  float middle = *element;
  for (int i = 0; i < 4; i++) {
    *element = middle + (float)(i < 2 ? i - 2 : i - 1) * STEP;
    at[i] = objective(f, context, n, x, weight);
  }
  *element = middle;
  return (8.0 * (at[2] - at[1]) - (at[3] - at[0])) / (12.0 * (double)STEP);
}

/* loss = sum(weight * f(x)) as a variable */
static rl_variable *loss_of(build *f, const void *context, rl_variable *const *x, rl_tensor *weight,
                            uint64_t seed) {
  rl_variable *y, *w, *product, *loss;
  rl_error error;
  rl_rng rng;
  assert_ok(f(&y, x, context, &error));
  assert_ok(rl_tensor_clone(weight, rl_variable_tensor(y), &error));
  rl_rng_init(&rng, seed, 77);
  fill_normal(&rng, weight->data, (size_t)rl_tensor_count(weight), 1.0f);
  assert_ok(rl_variable_constant(&w, weight, &error));
  assert_ok(rl_variable_binary(&product, RL_OP_MUL, y, w, &error));
  assert_ok(rl_variable_reduce(&loss, RL_REDUCE_SUM, product, RL_ALL, &error));
  rl_variable_release(y);
  rl_variable_release(w);
  rl_variable_release(product);
  return loss;
}

static void check_gradients(build *f, const void *context, int n, const shape *shapes, bool positive) {
  rl_tensor x[MAX_IN], gradient[MAX_IN], weight;
  rl_variable *in[MAX_IN];
  rl_target targets[MAX_IN];
  rl_error error;
  for (int k = 0; k < n; k++) {
    x[k] = grid(&shapes[k], k, positive, 3);
    assert_ok(rl_variable_leaf(&in[k], &x[k], &error));
    targets[k] = (rl_target){.name = "an input", .variable = in[k]};
  }
  rl_variable *loss = loss_of(f, context, in, &weight, 5);
  assert_ok(rl_variable_gradients(loss, n, targets, gradient, &error));
  for (int k = 0; k < n; k++) {
    size_t count = (size_t)rl_tensor_count(&x[k]);
    double want[64];
    assert_true(rl_tensor_same_shape(&gradient[k], &x[k]));
    for (size_t i = 0; i < count; i++) want[i] = difference(f, context, n, x, &weight, &x[k].data[i]);
    assert_relative(gradient[k].data, want, count, 5e-5);
  }
  for (int k = 0; k < n; k++) {
    rl_tensor_release(&x[k]);
    rl_tensor_release(&gradient[k]);
    rl_variable_release(in[k]);
  }
  rl_tensor_release(&weight);
  rl_variable_release(loss);
}

/* Operations. */

static rl_status unary(rl_variable **out, rl_variable *const *x, const void *context, rl_error *error) {
  return rl_variable_unary(out, *(const rl_unary *)context, x[0], error);
}

static void each_unary_operation_has_its_gradient(void **state) {
  (void)state;
  const rl_unary ops[] = {RL_OP_COPY, RL_OP_NEG,  RL_OP_ABS,     RL_OP_SQUARE, RL_OP_SQRT, RL_OP_EXP,
                          RL_OP_LOG,  RL_OP_TANH, RL_OP_SIGMOID, RL_OP_RELU,   RL_OP_SIN,  RL_OP_COS};
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
    bool positive = ops[i] == RL_OP_SQRT || ops[i] == RL_OP_LOG;
    check_gradients(unary, &ops[i], 1, &(shape){2, {3, 4}}, positive);
    check_gradients(unary, &ops[i], 1, &(shape){0, {0}}, positive);
  }
}

static rl_status binary(rl_variable **out, rl_variable *const *x, const void *context, rl_error *error) {
  return rl_variable_binary(out, *(const rl_binary *)context, x[0], x[1], error);
}

static const shape pairs[][2] = {{{2, {3, 4}}, {2, {3, 4}}},    {{2, {3, 4}}, {1, {4}}},
                                 {{2, {3, 1}}, {2, {1, 4}}},    {{0, {0}}, {2, {2, 3}}},
                                 {{2, {2, 3}}, {0, {0}}},       {{1, {1}}, {1, {1}}},
                                 {{3, {2, 1, 3}}, {2, {4, 1}}}, {{1, {3}}, {3, {2, 2, 3}}}};

static void each_binary_operation_has_its_gradients_summed_over_stretched_dimensions(void **state) {
  (void)state;
  const rl_binary ops[] = {RL_OP_ADD, RL_OP_SUB,     RL_OP_MUL,    RL_OP_DIV,
                           RL_OP_POW, RL_OP_MINIMUM, RL_OP_MAXIMUM};
  for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
    for (size_t p = 0; p < sizeof pairs / sizeof *pairs; p++)
      check_gradients(binary, &ops[i], 2, pairs[p], ops[i] == RL_OP_DIV || ops[i] == RL_OP_POW);
}

static rl_status clamp(rl_variable **out, rl_variable *const *x, const void *context, rl_error *error) {
  (void)context;
  return rl_variable_clamp(out, x[0], -0.4375f, 0.3125f, error);
}

static rl_status where(rl_variable **out, rl_variable *const *x, const void *context, rl_error *error) {
  rl_tensor condition = rl_tensor_wrap((float[]){1, 0, 0, 2}, 1, (int64_t[]){4});
  (void)context;
  return rl_variable_where(out, &condition, x[0], x[1], error);
}

static void clamp_and_where_hand_the_gradient_to_what_they_chose(void **state) {
  (void)state;
  check_gradients(clamp, NULL, 1, &(shape){2, {3, 4}}, false);
  check_gradients(where, NULL, 2, (shape[]){{2, {3, 4}}, {2, {3, 4}}}, false);
  check_gradients(where, NULL, 2, (shape[]){{0, {0}}, {2, {3, 1}}}, false);
}

typedef struct reduction {
  rl_reduction op;
  int dim;
} reduction;

static rl_status reduce(rl_variable **out, rl_variable *const *x, const void *context, rl_error *error) {
  const reduction *how = context;
  return rl_variable_reduce(out, how->op, x[0], how->dim, error);
}

static void reductions_over_one_dimension_and_over_all_have_their_gradient(void **state) {
  (void)state;
  const rl_reduction ops[] = {RL_REDUCE_SUM, RL_REDUCE_MEAN, RL_REDUCE_MAX, RL_REDUCE_MIN};
  for (int i = 0; i < 4; i++) {
    for (int dim = RL_ALL; dim < 3; dim++)
      check_gradients(reduce, &(reduction){ops[i], dim}, 1, &(shape){3, {2, 3, 4}}, false);
    check_gradients(reduce, &(reduction){ops[i], RL_ALL}, 1, &(shape){0, {0}}, false);
  }
}

static rl_status matmul(rl_variable **out, rl_variable *const *x, const void *context, rl_error *error) {
  (void)context;
  return rl_variable_matmul(out, x[0], x[1], error);
}

static void matrix_products_have_their_gradients(void **state) {
  (void)state;
  check_gradients(matmul, NULL, 2, (shape[]){{2, {2, 3}}, {2, {3, 4}}}, false);
  check_gradients(matmul, NULL, 2, (shape[]){{2, {2, 3}}, {1, {3}}}, false);
  check_gradients(matmul, NULL, 2, (shape[]){{1, {3}}, {2, {3, 4}}}, false);
  check_gradients(matmul, NULL, 2, (shape[]){{1, {3}}, {1, {3}}}, false);
}

static rl_status transpose(rl_variable **out, rl_variable *const *x, const void *context, rl_error *error) {
  (void)context;
  return rl_variable_transpose(out, x[0], 0, 2, error);
}

static rl_status reshape(rl_variable **out, rl_variable *const *x, const void *context, rl_error *error) {
  (void)context;
  return rl_variable_reshape(out, x[0], 2, (int64_t[]){-1, 6}, error);
}

static rl_status narrow(rl_variable **out, rl_variable *const *x, const void *context, rl_error *error) {
  (void)context;
  return rl_variable_narrow(out, x[0], 1, 1, 2, error);
}

static rl_status slice(rl_variable **out, rl_variable *const *x, const void *context, rl_error *error) {
  return rl_variable_select(out, x[0], *(const int *)context, 1, error);
}

static rl_status rows(rl_variable **out, rl_variable *const *x, const void *context, rl_error *error) {
  (void)context;
  return rl_variable_rows(out, x[0], 4, (int64_t[]){1, 0, 1, 1}, error);
}

static void views_and_rows_have_their_gradient(void **state) {
  (void)state;
  const shape cube = {3, {2, 3, 4}};
  check_gradients(transpose, NULL, 1, &cube, false);
  check_gradients(reshape, NULL, 1, &cube, false);
  check_gradients(narrow, NULL, 1, &cube, false);
  check_gradients(rows, NULL, 1, &cube, false);
  for (int dim = 0; dim < 3; dim++) check_gradients(slice, &dim, 1, &cube, false);
}

/* Where derivatives jump. */

static rl_variable *leaf_of(const float *x, int64_t n) {
  rl_variable *leaf;
  rl_tensor tensor = rl_tensor_wrap((float *)x, 1, &n);
  assert_int_equal(rl_variable_leaf(&leaf, &tensor, NULL), RL_OK);
  return leaf;
}

/* The gradient of sum(y) by x; takes y over. */
static void assert_gradient(rl_variable *y, const rl_variable *x, const float *want) {
  rl_variable *sum;
  rl_tensor gradient;
  rl_error error;
  rl_target target = {.name = "x", .variable = x};
  assert_ok(rl_variable_reduce(&sum, RL_REDUCE_SUM, y, RL_ALL, &error));
  assert_ok(rl_variable_gradients(sum, 1, &target, &gradient, &error));
  for (int64_t i = 0; i < rl_tensor_count(&gradient); i++)
    assert_float_equal(gradient.data[i], want[i], 0.0f);
  rl_tensor_release(&gradient);
  rl_variable_release(sum);
  rl_variable_release(y);
}

static void equals_share_the_gradient_of_a_minimum_and_kinks_have_the_one_that_is_said(void **state) {
  (void)state;
  rl_variable *x = leaf_of((float[]){0, 1, -1}, 3), *b = leaf_of((float[]){0, 2, -3}, 3), *y;
  rl_error error;
  assert_ok(rl_variable_binary(&y, RL_OP_MINIMUM, x, b, &error));
  assert_gradient(y, x, (float[]){0.5f, 1, 0});
  assert_ok(rl_variable_binary(&y, RL_OP_MAXIMUM, b, x, &error));
  assert_gradient(y, x, (float[]){0.5f, 0, 1});
  assert_ok(rl_variable_binary(&y, RL_OP_MINIMUM, x, x, &error)); /* both halves come back to x */
  assert_gradient(y, x, (float[]){1, 1, 1});
  assert_ok(rl_variable_clamp(&y, x, -1.0f, 0.0f, &error));
  assert_gradient(y, x, (float[]){1, 0, 1});
  assert_ok(rl_variable_unary(&y, RL_OP_ABS, x, &error));
  assert_gradient(y, x, (float[]){0, 1, -1});
  assert_ok(rl_variable_unary(&y, RL_OP_RELU, x, &error));
  assert_gradient(y, x, (float[]){0, 1, 0});
  rl_variable_release(x);
  rl_variable_release(b);
  x = leaf_of((float[]){2, 5, 5}, 3);
  assert_ok(rl_variable_reduce(&y, RL_REDUCE_MAX, x, 0, &error));
  assert_gradient(y, x, (float[]){0, 1, 0});
  rl_variable_release(x);
}

static void powers_of_zero_have_finite_gradients(void **state) {
  (void)state;
  rl_variable *x = leaf_of((float[]){0, 0, 0}, 3), *p = leaf_of((float[]){0, 1, 2}, 3), *y;
  rl_error error;
  assert_ok(rl_variable_binary(&y, RL_OP_POW, x, p, &error));
  assert_gradient(rl_variable_share(y), x, (float[]){0, 1, 0});
  rl_variable_release(y);
  rl_variable_release(x);
  rl_variable_release(p);
}

/* ratio and advantage of four samples: inside the range, above it with a good and a bad advantage, on its
 * edge. Schulman et al. 2017, figure 1: the gradient is the advantage, or 0 where clipping binds. */
static void the_clipped_objective_counts_its_gradient_once(void **state) {
  (void)state;
  rl_error error;
  float a[] = {3, 3, -3, -3, 3};
  rl_tensor advantages = rl_tensor_wrap(a, 1, (int64_t[]){5});
  rl_variable *ratio = leaf_of((float[]){1, 1.5f, 1.5f, 0.5f, 1.25f}, 5), *advantage, *clipped, *left, *right,
              *y;
  assert_ok(rl_variable_constant(&advantage, &advantages, &error));
  assert_ok(rl_variable_clamp(&clipped, ratio, 0.75f, 1.25f, &error));
  assert_ok(rl_variable_binary(&left, RL_OP_MUL, ratio, advantage, &error));
  assert_ok(rl_variable_binary(&right, RL_OP_MUL, clipped, advantage, &error));
  assert_ok(rl_variable_binary(&y, RL_OP_MINIMUM, left, right, &error));
  assert_gradient(y, ratio, (float[]){3, 0, -3, 0, 3});
  rl_variable_release(ratio);
  rl_variable_release(advantage);
  rl_variable_release(clipped);
  rl_variable_release(left);
  rl_variable_release(right);
}

/* The graph. */

/* y = op(y, x), releasing the old y */
static rl_variable *chain(rl_binary op, rl_variable *y, rl_variable *x) {
  rl_variable *next;
  assert_int_equal(rl_variable_binary(&next, op, y, x, NULL), RL_OK);
  rl_variable_release(y);
  return next;
}

static void what_is_used_twice_gets_both_gradients(void **state) {
  (void)state;
  float at = 0.5f;
  rl_variable *x = leaf_of(&at, 1), *y = chain(RL_OP_MUL, rl_variable_share(x), x);
  y = chain(RL_OP_ADD, y, x); /* x^2 + x */
  y = chain(RL_OP_MUL, y, y);
  assert_gradient(y, x, (float[]){2.0f * (0.25f + 0.5f) * (2.0f * 0.5f + 1.0f)});
  y = rl_variable_share(x);
  for (int i = 0; i < 100; i++) y = chain(RL_OP_ADD, y, y); /* 2^100 ways from y to x */
  assert_gradient(y, x, (float[]){0x1p100f});
  rl_variable_release(x);
}

static void a_graph_may_be_a_chain_of_any_length(void **state) {
  (void)state;
  enum { LENGTH = 300000 };
  float at = 1.0f;
  rl_variable *x = leaf_of(&at, 1), *y = rl_variable_share(x);
  for (int i = 0; i < LENGTH; i++) y = chain(RL_OP_ADD, y, x);
  assert_gradient(y, x, (float[]){LENGTH + 1});
  rl_variable_release(x);
}

static void a_leaf_is_a_copy_and_known_by_what_it_was_made_of(void **state) {
  (void)state;
  rl_error error;
  float data[] = {1, 2};
  rl_tensor w, gradient;
  assert_ok(rl_tensor_from(&w, data, 1, (int64_t[]){2}, &error));
  rl_target target = {.name = "the weights", .source = &w};
  rl_variable *a, *b, *product, *loss;
  assert_ok(rl_variable_leaf(&a, &w, &error));
  assert_ok(rl_variable_leaf(&b, &w, &error));
  w.data[0] = 100.0f;
  assert_ok(rl_variable_binary(&product, RL_OP_MUL, a, b, &error));
  assert_ok(rl_variable_reduce(&loss, RL_REDUCE_SUM, product, RL_ALL, &error));
  assert_ok(rl_variable_gradients(loss, 1, &target, &gradient, &error)); /* of sum w^2, where w was */
  assert_float_equal(gradient.data[0], 2.0f, 0.0f);
  assert_float_equal(gradient.data[1], 4.0f, 0.0f);
  rl_tensor_release(&gradient);
  rl_variable_release(b);
  rl_variable_release(product);
  rl_variable_release(loss);
  assert_ok(rl_variable_leaf(&b, &w, &error));
  assert_ok(rl_variable_binary(&product, RL_OP_MUL, a, b, &error));
  assert_ok(rl_variable_reduce(&loss, RL_REDUCE_SUM, product, RL_ALL, &error));
  assert_refused(rl_variable_gradients(loss, 1, &target, &gradient, &error), RL_BAD_ARGUMENT,
                 "two states of the weights");
  rl_variable_release(a);
  rl_variable_release(b);
  rl_variable_release(product);
  rl_variable_release(loss);
  rl_tensor_release(&w);
}

static void gradients_have_memory_of_their_own_and_can_be_asked_for_again(void **state) {
  (void)state;
  rl_error error;
  rl_variable *x = leaf_of((float[]){1, 2}, 2), *y = leaf_of((float[]){3, 4}, 2), *both, *loss;
  rl_target targets[] = {{.name = "x", .variable = x}, {.name = "y", .variable = y}};
  rl_tensor first[2], again[2];
  assert_ok(rl_variable_binary(&both, RL_OP_ADD, x, y, &error));
  assert_ok(rl_variable_reduce(&loss, RL_REDUCE_SUM, both, RL_ALL, &error));
  assert_ok(rl_variable_gradients(loss, 2, targets, first, &error));
  first[0].data[0] = 9.0f;
  assert_float_equal(first[1].data[0], 1.0f, 0.0f);
  assert_ok(rl_variable_gradients(loss, 2, targets, again, &error));
  assert_float_equal(again[0].data[0], 1.0f, 0.0f);
  for (int i = 0; i < 2; i++) {
    rl_tensor_release(&first[i]);
    rl_tensor_release(&again[i]);
  }
  rl_variable_release(x);
  rl_variable_release(y);
  rl_variable_release(both);
  rl_variable_release(loss);
}

/* Refusals. */

static void a_loss_of_another_shape_is_refused_with_its_shape(void **state) {
  (void)state;
  rl_error error;
  rl_tensor gradient;
  rl_variable *x = leaf_of((float[]){1, 2}, 2);
  rl_target target = {.name = "x", .variable = x};
  assert_refused(rl_variable_gradients(x, 1, &target, &gradient, &error), RL_BAD_SHAPE,
                 "not a scalar: shape [2]");
  rl_variable_release(x);
}

static void a_target_that_the_loss_does_not_depend_on_is_named(void **state) {
  (void)state;
  rl_error error;
  rl_tensor gradient[2];
  float at = 2.0f;
  rl_variable *x = leaf_of(&at, 1), *other = leaf_of(&at, 1), *detached, *loss;
  rl_target targets[] = {{.name = "x", .variable = x}, {.name = "the other one", .variable = other}};
  assert_ok(rl_variable_detach(&detached, other, &error));
  assert_ok(rl_variable_binary(&loss, RL_OP_MUL, x, detached, &error));
  assert_refused(rl_variable_gradients(loss, 2, targets, gradient, &error), RL_BAD_ARGUMENT,
                 "does not depend on the other one");
  assert_ok(rl_variable_gradients(loss, 1, targets, gradient, &error));
  assert_float_equal(gradient[0].data[0], 2.0f, 0.0f);
  rl_tensor_release(gradient);
  rl_variable_release(loss);
  assert_ok(rl_variable_binary(&loss, RL_OP_LT, x, other, &error)); /* a step function: constant */
  assert_refused(rl_variable_gradients(loss, 1, targets, gradient, &error), RL_BAD_ARGUMENT, "depend on x");
  rl_variable_release(loss);
  rl_variable_release(detached);
  rl_variable_release(other);
  rl_variable_release(x);
}

static void what_is_not_finite_is_named(void **state) {
  (void)state;
  rl_error error;
  rl_tensor gradient;
  float at = 0.0f;
  rl_variable *x = leaf_of(&at, 1), *y;
  rl_target target = {.name = "x", .variable = x};
  assert_ok(rl_variable_unary(&y, RL_OP_LOG, x, &error));
  assert_refused(rl_variable_gradients(y, 1, &target, &gradient, &error), RL_NOT_FINITE,
                 "the loss is not finite (-inf)");
  rl_variable_release(y);
  assert_ok(rl_variable_unary(&y, RL_OP_SQRT, x, &error));
  assert_refused(rl_variable_gradients(y, 1, &target, &gradient, &error), RL_NOT_FINITE, "the gradient by x");
  rl_variable_release(y);
  rl_variable_release(x);
}

static void shapes_that_do_not_fit_are_refused_with_both(void **state) {
  (void)state;
  rl_error error;
  rl_variable *x = leaf_of((float[]){1, 2}, 2), *y = leaf_of((float[]){1, 2, 3}, 3), *out;
  assert_refused(rl_variable_binary(&out, RL_OP_ADD, x, y, &error), RL_BAD_SHAPE, "[2] and [3]");
  assert_refused(rl_variable_matmul(&out, x, y, &error), RL_BAD_SHAPE, "[2] and [3]");
  assert_refused(rl_variable_reshape(&out, y, 1, (int64_t[]){4}, &error), RL_BAD_SHAPE, "[3]");
  assert_refused(rl_variable_reduce(&out, RL_REDUCE_SUM, y, 1, &error), RL_BAD_ARGUMENT, "dimension 1");
  assert_refused(rl_variable_select(&out, y, 0, 3, &error), RL_BAD_ARGUMENT, "dimension 0, which has 3");
  assert_refused(rl_variable_rows(&out, y, 1, (int64_t[]){3}, &error), RL_BAD_ARGUMENT, "row 3");
  assert_refused(rl_variable_clamp(&out, y, 1.0f, 0.0f, &error), RL_BAD_ARGUMENT, "no number is between");
  rl_variable_release(x);
  rl_variable_release(y);
}

/* Memory: an allocator that gives out `left` blocks more, and counts what is out. */

static int left, held;

static void *counted_allocate(size_t size, size_t alignment, void *context) {
  (void)context;
  if (left-- <= 0) return NULL;
  held++;
  return aligned_alloc(alignment, size);
}

static void counted_release(void *memory, void *context) {
  (void)context;
  held--;
  free(memory);
}

static void *default_allocate(size_t size, size_t alignment, void *context) {
  (void)context;
  return aligned_alloc(alignment, size);
}

static void default_release(void *memory, void *context) {
  (void)context;
  free(memory);
}

/* Every kind of operation once; errors are passed on. */
static rl_status everything(rl_variable *x, rl_tensor *gradient, rl_error *error) {
  rl_variable *v[12] = {0};
  int n = 0;
  rl_tensor condition = rl_tensor_wrap((float[]){1, 0}, 1, (int64_t[]){2});
  rl_target target = {.name = "x", .variable = x};
  rl_status status = rl_variable_unary(&v[n], RL_OP_EXP, x, error);
  if (!status) n++, status = rl_variable_reshape(&v[n], v[n - 1], 2, (int64_t[]){2, 2}, error);
  if (!status) n++, status = rl_variable_transpose(&v[n], v[n - 1], 0, 1, error);
  if (!status) n++, status = rl_variable_matmul(&v[n], v[n - 1], v[n - 2], error);
  if (!status) n++, status = rl_variable_clamp(&v[n], v[n - 1], -10.0f, 10.0f, error);
  if (!status) n++, status = rl_variable_where(&v[n], &condition, v[n - 1], v[n - 2], error);
  if (!status) n++, status = rl_variable_rows(&v[n], v[n - 1], 2, (int64_t[]){1, 1}, error);
  if (!status) n++, status = rl_variable_narrow(&v[n], v[n - 1], 1, 0, 1, error);
  if (!status) n++, status = rl_variable_binary(&v[n], RL_OP_MUL, v[n - 1], v[1], error);
  if (!status) n++, status = rl_variable_select(&v[n], v[n - 1], 0, 1, error);
  if (!status) n++, status = rl_variable_reduce(&v[n], RL_REDUCE_MEAN, v[n - 1], RL_ALL, error);
  if (!status) status = rl_variable_gradients(v[n], 1, &target, gradient, error);
  for (int i = 0; i <= n; i++) rl_variable_release(v[i]);
  return status;
}

static void out_of_memory_anywhere_is_a_status_and_leaves_nothing_behind(void **state) {
  (void)state;
  rl_set_allocator((rl_allocator){counted_allocate, counted_release, NULL});
  left = 1000;
  held = 0;
  rl_variable *x = leaf_of((float[]){0.1f, 0.2f, 0.3f, 0.4f}, 4);
  int before = held, tries = 0;
  rl_status status = RL_NO_MEMORY;
  for (; status; tries++) {
    rl_tensor gradient;
    rl_error error;
    left = tries;
    status = everything(x, &gradient, &error);
    if (status == RL_OK)
      rl_tensor_release(&gradient);
    else
      assert_int_equal(status, RL_NO_MEMORY);
    assert_int_equal(held, before);
  }
  assert_true(tries > 40);
  rl_variable_release(x);
  assert_int_equal(held, 0);
  rl_set_allocator((rl_allocator){default_allocate, default_release, NULL});
}

static void what_is_computed_from_constants_keeps_nothing(void **state) {
  (void)state;
  rl_error error;
  float number = 1.0f;
  rl_variable *x, *y;
  rl_tensor one = rl_tensor_wrap(&number, 0, NULL);
  rl_set_allocator((rl_allocator){counted_allocate, counted_release, NULL});
  left = 1000;
  held = 0;
  assert_ok(rl_variable_constant(&x, &one, &error));
  assert_ok(rl_variable_unary(&y, RL_OP_EXP, x, &error));
  assert_int_equal(held, 4); /* two variables and their numbers */
  rl_variable_release(x);
  assert_int_equal(held, 2);
  rl_variable_release(y);
  assert_int_equal(held, 0);
  rl_set_allocator((rl_allocator){default_allocate, default_release, NULL});
}

static void a_variable_counts_the_bytes_that_only_it_holds(void **state) {
  (void)state;
  rl_error error;
  rl_tensor ones;
  rl_variable *x, *y;
  assert_ok(rl_tensor_zeros(&ones, 1, (int64_t[]){1000}, &error));
  assert_ok(rl_variable_leaf(&x, &ones, &error));
  assert_ok(rl_variable_unary(&y, RL_OP_EXP, x, &error));
  size_t alone = rl_variable_bytes(y);
  assert_true(alone > 4000 && alone < 8000);
  rl_variable_release(x);
  assert_true(rl_variable_bytes(y) >= alone + 4000);
  rl_variable *again = rl_variable_share(y);
  assert_int_equal(rl_variable_bytes(y), 0);
  rl_variable_release(again);
  rl_variable_release(y);
  rl_tensor_release(&ones);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_unary_operation_has_its_gradient),
      cmocka_unit_test(each_binary_operation_has_its_gradients_summed_over_stretched_dimensions),
      cmocka_unit_test(clamp_and_where_hand_the_gradient_to_what_they_chose),
      cmocka_unit_test(reductions_over_one_dimension_and_over_all_have_their_gradient),
      cmocka_unit_test(matrix_products_have_their_gradients),
      cmocka_unit_test(views_and_rows_have_their_gradient),
      cmocka_unit_test(equals_share_the_gradient_of_a_minimum_and_kinks_have_the_one_that_is_said),
      cmocka_unit_test(powers_of_zero_have_finite_gradients),
      cmocka_unit_test(the_clipped_objective_counts_its_gradient_once),
      cmocka_unit_test(what_is_used_twice_gets_both_gradients),
      cmocka_unit_test(a_graph_may_be_a_chain_of_any_length),
      cmocka_unit_test(a_leaf_is_a_copy_and_known_by_what_it_was_made_of),
      cmocka_unit_test(gradients_have_memory_of_their_own_and_can_be_asked_for_again),
      cmocka_unit_test(a_loss_of_another_shape_is_refused_with_its_shape),
      cmocka_unit_test(a_target_that_the_loss_does_not_depend_on_is_named),
      cmocka_unit_test(what_is_not_finite_is_named),
      cmocka_unit_test(shapes_that_do_not_fit_are_refused_with_both),
      cmocka_unit_test(out_of_memory_anywhere_is_a_status_and_leaves_nothing_behind),
      cmocka_unit_test(what_is_computed_from_constants_keeps_nothing),
      cmocka_unit_test(a_variable_counts_the_bytes_that_only_it_holds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
