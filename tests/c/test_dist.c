/* The two policy families against their formulas in double and numbers worked by hand; gradients against
 * central differences of those formulas, the Fisher metric against the change of such a gradient. Sampling is
 * in test_sampling.c. */
#include "network/dist.h"

#include "check.h"
#include "levels.h"
#include "reference_dist.h"
#include "two_dists.h"

/* Sums of three terms below about 30 in float32. */
static const double tolerance = 1e-5;

enum { SIZE = 3, ROWS = 5, NUMBERS = ROWS * (2 * SIZE + 1) };

/* A choice of two and a number. */
static const rl_space product = {.kind = RL_FACTORS,
                                 .size = SIZE,
                                 .n_factors = 2,
                                 .factor = {{"", RL_DISCRETE, 2, 0.0f, 0.0f}, {"", RL_BOX, 1, -1.0f, 1.0f}}};

/* How a batch of distributions lies in an array: the heads from its start on. */
typedef struct layout {
  rl_space_kind kind;
  int head_stride, log_std, log_std_stride; /* log_std: where the first one begins */
} layout;

static const layout layouts[] = {
    {RL_BOX, SIZE, ROWS *SIZE, 0},              /* one log-std for all rows */
    {RL_BOX, SIZE, ROWS *SIZE, SIZE},           /* one a row, after the means of all */
    {RL_BOX, SIZE + 1, ROWS *(SIZE + 1), 0},    /* one for all; each row ends with a value */
    {RL_BOX, 2 * SIZE + 1, SIZE, 2 * SIZE + 1}, /* rows of mean, log-std and value */
    {RL_DISCRETE, SIZE, 0, 0},
    {RL_DISCRETE, SIZE + 1, 0, 0}, /* each row ends with a value */
    {RL_FACTORS, SIZE, ROWS *SIZE, 0},
    {RL_FACTORS, SIZE + 2, SIZE, SIZE + 2}, /* rows of head, log-std and value */
};
enum { LAYOUTS = sizeof layouts / sizeof *layouts };

static rl_dist dist_of(const layout *l, const float *x) {
  return (rl_dist){.kind = l->kind,
                   .size = SIZE,
                   .head = x,
                   .head_stride = l->head_stride,
                   .log_std = l->kind == RL_DISCRETE ? NULL : x + l->log_std,
                   .space = &product,
                   .log_std_stride = l->log_std_stride};
}

static reference_dist read_row(const layout *l, const double *x, int r) {
  const double *log_std = x + l->log_std + r * l->log_std_stride;
  reference_dist dist = reference_of(l->kind, SIZE, x + r * l->head_stride, log_std);
  dist.space = &product;
  if (l->kind == RL_FACTORS) dist.log_std[0] = log_std[0];
  return dist;
}

/* Where the gradient by the log-stds goes; NULL when there are none. */
static float *log_std_part(const layout *l, float *d) {
  return l->kind == RL_DISCRETE ? NULL : d + l->log_std;
}

/* Distributions, others to compare them with, which may lie otherwise, actions, and weights of the rows. */
typedef struct batch {
  const layout *mine, *theirs;
  float x[NUMBERS], other[NUMBERS], action[ROWS * SIZE], weight[ROWS];
} batch;

static batch batch_new(const layout *mine, const layout *theirs) {
  batch b = {.mine = mine, .theirs = theirs};
  rl_rng rng;
  rl_rng_init(&rng, 11, (uint64_t)(mine - layouts));
  fill_normal(&rng, b.x, NUMBERS, 0.8f);
  fill_normal(&rng, b.other, NUMBERS, 0.8f);
  fill_normal(&rng, b.action, ROWS * SIZE, 1.5f);
  fill_normal(&rng, b.weight, ROWS, 1.0f);
  for (int r = 0; r < ROWS && mine->kind == RL_DISCRETE; r++) b.action[r] = (float)(r % SIZE);
  for (int r = 0; r < ROWS && mine->kind == RL_FACTORS; r++) b.action[2 * r] = (float)(r % 2);
  return b;
}

/* Width of a row of actions. */
static int width(const layout *l) { return l->kind == RL_BOX ? SIZE : l->kind == RL_FACTORS ? 2 : 1; }

typedef enum quantity { LOG_PROB, ENTROPY, KL, KL_TO_BASE, QUANTITIES } quantity;

typedef struct objective {
  const batch *batch;
  quantity quantity;
} objective;

static double row_value(const objective *o, const double *x, int r) {
  const batch *b = o->batch;
  double other[NUMBERS];
  widen(b->other, other, NUMBERS);
  reference_dist dist = read_row(b->mine, x, r), old = read_row(b->theirs, other, r);
  switch (o->quantity) {
  case LOG_PROB: return reference_log_prob(&dist, b->action + r * width(b->mine));
  case ENTROPY: return reference_entropy(&dist);
  case KL: return reference_kl(&old, &dist);
  default: return reference_kl(&dist, &old);
  }
}

static double weighted_sum(const double *x, void *context) {
  const objective *o = context;
  double sum = 0.0;
  for (int r = 0; r < ROWS; r++) sum += (double)o->batch->weight[r] * row_value(o, x, r);
  return sum;
}

static void check_values(const batch *b) {
  double x[NUMBERS];
  float got[QUANTITIES][ROWS];
  rl_dist dist = dist_of(b->mine, b->x), other = dist_of(b->theirs, b->other);
  widen(b->x, x, NUMBERS);
  rl_dist_log_prob(&dist, ROWS, b->action, got[LOG_PROB]);
  rl_dist_entropy(&dist, ROWS, got[ENTROPY]);
  rl_dist_kl(&other, &dist, ROWS, got[KL]);
  rl_dist_kl(&dist, &other, ROWS, got[KL_TO_BASE]);
  for (int r = 0; r < ROWS; r++)
    for (quantity q = LOG_PROB; q < QUANTITIES; q++) {
      double want = row_value(&(objective){b, q}, x, r);
      assert_near(got[q][r], want, tolerance * (1.0 + fabs(want)));
    }
}

static void call_vjp(const batch *b, quantity q, float *d, float *dlog_std) {
  rl_dist dist = dist_of(b->mine, b->x), other = dist_of(b->theirs, b->other);
  switch (q) {
  case LOG_PROB: rl_dist_log_prob_vjp(&dist, ROWS, b->action, b->weight, d, dlog_std); break;
  case ENTROPY: rl_dist_entropy_vjp(&dist, ROWS, b->weight, d, dlog_std); break;
  case KL: rl_dist_kl_vjp(&other, &dist, ROWS, b->weight, d, dlog_std); break;
  default: rl_dist_kl_to_base_vjp(&dist, &other, ROWS, b->weight, d, dlog_std);
  }
}

/* Central differences go over the whole array: where there is a value column both sides are 0. */
static void check_gradients(const batch *b) {
  double x[NUMBERS], want[NUMBERS];
  for (quantity q = LOG_PROB; q < QUANTITIES; q++) {
    float d[NUMBERS], only_head[NUMBERS] = {0};
    widen(b->x, x, NUMBERS);
    central_differences(weighted_sum, &(objective){b, q}, x, NUMBERS, want);
    for (int i = 0; i < NUMBERS; i++) d[i] = 0.25f; /* to be added to */
    call_vjp(b, q, d, log_std_part(b->mine, d));
    for (int i = 0; i < NUMBERS; i++) d[i] -= 0.25f;
    assert_relative(d, want, NUMBERS, tolerance);
    call_vjp(b, q, only_head, NULL);
    for (int r = 0; r < ROWS; r++)
      assert_relative(only_head + r * b->mine->head_stride, want + r * b->mine->head_stride, SIZE, tolerance);
  }
}

static void for_all_layouts(void (*check)(const batch *b)) {
  for (int i = 0; i < LAYOUTS; i++)
    for (int j = 0; j < LAYOUTS; j++) {
      batch b = batch_new(&layouts[i], &layouts[j]);
      if (layouts[i].kind == layouts[j].kind) check(&b);
    }
}

static void values_agree_with_the_formulas_in_double(void **state) {
  (void)state;
  for_all_layouts(check_values);
}

static void gradients_agree_with_central_differences_and_are_added(void **state) {
  (void)state;
  for_all_layouts(check_gradients);
}

/* The gradient of sum_r weight[r] KL(dist || .) at x + length v. */
static void kl_gradient_at(const batch *b, const float *v, double length, double *gradient) {
  double x[NUMBERS];
  for (int i = 0; i < NUMBERS; i++) x[i] = (double)b->x[i] + length * (double)v[i];
  central_differences(weighted_sum, &(objective){b, KL}, x, NUMBERS, gradient);
}

/* The metric is the second derivative of KL(dist || .) at dist: how its gradient changes along the tangent.
 * Steps of 3e-4 leave an error of 1e-7 from the third derivative and 3e-7 of rounding. */
static void the_fisher_metric_is_the_second_derivative_of_the_kl(void **state) {
  (void)state;
  const double h = 3e-4;
  for (int i = 0; i < LAYOUTS; i++) {
    batch b = batch_new(&layouts[i], &layouts[i]);
    float v[NUMBERS], d[NUMBERS], only_head[NUMBERS] = {0};
    double above[NUMBERS], below[NUMBERS], want[NUMBERS];
    rl_rng rng;
    rl_rng_init(&rng, 12, 0);
    fill_normal(&rng, v, NUMBERS, 1.0f);
    memcpy(b.other, b.x, sizeof b.x);
    kl_gradient_at(&b, v, h, above);
    kl_gradient_at(&b, v, -h, below);
    for (int k = 0; k < NUMBERS; k++) want[k] = (above[k] - below[k]) / (2.0 * h);
    rl_dist dist = dist_of(&layouts[i], b.x);
    for (int k = 0; k < NUMBERS; k++) d[k] = 0.25f; /* to be added to */
    rl_dist_fisher(&dist, ROWS, b.weight, v, log_std_part(&layouts[i], v), d, log_std_part(&layouts[i], d));
    for (int k = 0; k < NUMBERS; k++) d[k] -= 0.25f;
    assert_relative(d, want, NUMBERS, tolerance);
    rl_dist_fisher(&dist, ROWS, b.weight, v, NULL, only_head, NULL);
    for (int r = 0; r < ROWS; r++)
      assert_relative(only_head + r * layouts[i].head_stride, want + r * layouts[i].head_stride, SIZE,
                      tolerance);
  }
}

static void a_standard_normal_has_the_values_of_the_tables(void **state) {
  (void)state;
  const float zero[2] = {0, 0}, one[2] = {1, 1}, log2s[2] = {0.69314718f, 0.69314718f};
  rl_dist standard = gaussian(1, zero, zero), wide = gaussian(2, one, log2s), unit = gaussian(2, zero, zero);
  float value;
  rl_dist_log_prob(&standard, 1, zero, &value);
  assert_near(value, -0.9189385332046727, 1e-6); /* -log(2 pi) / 2 */
  rl_dist_log_prob(&standard, 1, one, &value);
  assert_near(value, -1.4189385332046727, 1e-6);
  rl_dist_entropy(&standard, 1, &value);
  assert_near(value, 1.4189385332046727, 1e-6); /* log(2 pi e) / 2 */
  rl_dist_kl(&unit, &wide, 1, &value);          /* each: log 2 + (1 + 1) / 8 - 1/2 */
  assert_near(value, 2.0 * (log(2.0) - 0.25), 1e-6);
}

static void a_categorical_has_the_values_worked_by_hand(void **state) {
  (void)state;
  const float quarters[3] = {1.0f, 1.0f, 1.69314718f}, even[3] = {7, 7, 7}; /* 1/4, 1/4, 1/2 and thirds */
  rl_dist p = categorical(3, quarters), q = categorical(3, even);
  float value, d[3] = {0}, fisher[3] = {0};
  rl_dist_log_prob(&p, 1, (float[]){2}, &value);
  assert_near(value, -log(2.0), 1e-6);
  rl_dist_log_prob(&p, 1, (float[]){0}, &value);
  assert_near(value, -log(4.0), 1e-6);
  rl_dist_entropy(&p, 1, &value);
  assert_near(value, 1.5 * log(2.0), 1e-6);
  rl_dist_kl(&p, &q, 1, &value);
  assert_near(value, log(3.0) - 1.5 * log(2.0), 1e-6);
  rl_dist_log_prob_vjp(&p, 1, (float[]){2}, (float[]){1}, d, NULL); /* one-hot minus probabilities */
  assert_near(d[0], -0.25, 1e-6);
  assert_near(d[1], -0.25, 1e-6);
  assert_near(d[2], 0.5, 1e-6);
  rl_dist_fisher(&p, 1, (float[]){1}, (float[]){0, 0, 1}, NULL, fisher, NULL); /* diag(p) - p p^T */
  assert_near(fisher[0], -0.125, 1e-6);
  assert_near(fisher[1], -0.125, 1e-6);
  assert_near(fisher[2], 0.25, 1e-6);
}

static void kl_of_equals_is_zero_with_a_gradient_of_zero(void **state) {
  (void)state;
  const float head[3] = {-2.0f, 0.1f, 30.0f}, log_std[3] = {-50.0f, 0.3f, 40.0f}, weight = 1.0f;
  const rl_dist all[] = {gaussian(3, head, log_std), categorical(3, head)};
  for (int k = 0; k < 2; k++) {
    float value, d[3] = {0}, dlog_std[3] = {0};
    rl_dist_kl(&all[k], &all[k], 1, &value);
    rl_dist_kl_vjp(&all[k], &all[k], 1, &weight, d, dlog_std);
    rl_dist_kl_to_base_vjp(&all[k], &all[k], 1, &weight, d, dlog_std);
    assert_true(value == 0.0f);
    for (int i = 0; i < 3; i++) assert_true(d[i] == 0.0f && dlog_std[i] == 0.0f);
  }
}

/* Rounding may take a KL of nearly equal distributions below 0, by no more than the rounding of its terms. */
static void kl_is_never_negative(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 5, 0);
  for (int k = 0; k < 2000; k++) {
    float p[SIZE], q[SIZE], p_log[SIZE], q_log[SIZE], value, near = k % 2 ? 1e-3f : 1.0f;
    fill_normal(&rng, p, SIZE, 1.0f);
    fill_normal(&rng, p_log, SIZE, 0.5f);
    fill_normal(&rng, q, SIZE, near);
    fill_normal(&rng, q_log, SIZE, near);
    for (int i = 0; i < SIZE && k % 2; i++) q[i] += p[i], q_log[i] += p_log[i];
    bool box = k / 2 % 2;
    rl_dist a = box ? gaussian(SIZE, p, p_log) : categorical(SIZE, p);
    rl_dist b = box ? gaussian(SIZE, q, q_log) : categorical(SIZE, q);
    rl_dist_kl(&a, &b, 1, &value);
    assert_true(value > -5e-7f);
  }
}

static void extreme_logits_give_finite_values(void **state) {
  (void)state;
  const float rows[][SIZE] = {
      {1e4f, 0, -1e4f}, {-1e30f, 1e30f, 0}, {-1e30f, -1e30f, -1e30f}, {1e30f, 1e30f, 0}};
  const float weight = 1.0f, even[SIZE] = {0}, v[SIZE] = {1, -2, 3};
  for (int k = 0; k < 4; k++) {
    rl_dist dist = categorical(SIZE, rows[k]), uniform = categorical(SIZE, even);
    for (int choice = 0; choice < SIZE; choice++) {
      float action = (float)choice, value[4], d[SIZE] = {0};
      rl_dist_log_prob(&dist, 1, &action, &value[0]);
      rl_dist_entropy(&dist, 1, &value[1]);
      rl_dist_kl(&dist, &uniform, 1, &value[2]);
      rl_dist_kl(&uniform, &dist, 1, &value[3]);
      rl_dist_log_prob_vjp(&dist, 1, &action, &weight, d, NULL);
      rl_dist_entropy_vjp(&dist, 1, &weight, d, NULL);
      rl_dist_kl_vjp(&uniform, &dist, 1, &weight, d, NULL);
      rl_dist_kl_to_base_vjp(&dist, &uniform, 1, &weight, d, NULL);
      rl_dist_fisher(&dist, 1, &weight, v, NULL, d, NULL);
      for (int i = 0; i < 4; i++) assert_true(isfinite(value[i]));
      for (int i = 0; i < SIZE; i++) assert_true(isfinite(d[i]));
      assert_true(value[1] >= 0.0f && value[1] <= 1.0987f); /* log 3 */
    }
  }
}

static void the_mode_is_the_mean_or_the_likeliest_choice(void **state) {
  (void)state;
  const float head[8] = {0.5f, -2.0f, 0.25f, 77.0f, 3.0f, 9.0f, -1.0f, 77.0f}, log_std[3] = {0};
  float action[6];
  rl_dist box = {.kind = RL_BOX,
                 .size = 3,
                 .head = head,
                 .head_stride = 4,
                 .log_std = log_std,
                 .log_std_stride = 0},
          discrete = {.kind = RL_DISCRETE,
                      .size = 3,
                      .head = head,
                      .head_stride = 4,
                      .log_std = NULL,
                      .log_std_stride = 0};
  rl_dist_mode(&box, 2, action);
  assert_memory_equal(action, head, 3 * sizeof(float));
  assert_memory_equal(action + 3, head + 4, 3 * sizeof(float));
  rl_dist_mode(&discrete, 2, action);
  assert_true(action[0] == 0.0f && action[1] == 1.0f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_agree_with_the_formulas_in_double),
      cmocka_unit_test(gradients_agree_with_central_differences_and_are_added),
      cmocka_unit_test(the_fisher_metric_is_the_second_derivative_of_the_kl),
      cmocka_unit_test(a_standard_normal_has_the_values_of_the_tables),
      cmocka_unit_test(a_categorical_has_the_values_worked_by_hand),
      cmocka_unit_test(kl_of_equals_is_zero_with_a_gradient_of_zero),
      cmocka_unit_test(kl_is_never_negative),
      cmocka_unit_test(extreme_logits_give_finite_values),
      cmocka_unit_test(the_mode_is_the_mean_or_the_likeliest_choice),
  };
  return run_at_all_levels(tests);
}
