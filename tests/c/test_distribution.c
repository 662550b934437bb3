/* The two policy families against their formulas in double and numbers worked by hand; gradients against
 * central differences of those formulas; sampling against the moments and frequencies it should have. */
#include "distribution.h"

#include "check.h"

#include <float.h>

/* Sums of three terms below about 30 in float32. */
static const double tolerance = 1e-5;

enum { SIZE = 3, ROWS = 5 };

static const double pi = 3.14159265358979323846;

static rl_dist gaussian(int size, const float *mean, const float *log_std, int stride) {
  return (rl_dist){RL_BOX, size, mean, size, log_std, stride};
}

static rl_dist categorical(int size, const float *logits) {
  return (rl_dist){RL_DISCRETE, size, logits, size, NULL, 0};
}

/* The formulas, for one row of SIZE: parameters are head then (Gaussian) log_std. */

static void log_softmax(const double *logits, double *log_p) {
  double sum = 0.0;
  for (int i = 0; i < SIZE; i++) sum += exp(logits[i]);
  for (int i = 0; i < SIZE; i++) log_p[i] = logits[i] - log(sum);
}

static double log_prob_formula(rl_space_kind kind, const double *head, const double *log_std,
                               const float *action) {
  double log_p[SIZE], sum = 0.0;
  if (kind == RL_DISCRETE) {
    log_softmax(head, log_p);
    return log_p[(int)action[0]];
  }
  for (int i = 0; i < SIZE; i++) {
    double sigma = exp(log_std[i]), z = ((double)action[i] - head[i]) / sigma;
    sum += log(exp(-z * z / 2.0) / (sigma * sqrt(2.0 * pi)));
  }
  return sum;
}

static double entropy_formula(rl_space_kind kind, const double *head, const double *log_std) {
  double log_p[SIZE], sum = 0.0;
  if (kind == RL_DISCRETE) log_softmax(head, log_p);
  for (int i = 0; i < SIZE; i++)
    sum += kind == RL_DISCRETE ? -exp(log_p[i]) * log_p[i] : 0.5 * log(2.0 * pi * exp(1.0)) + log_std[i];
  return sum;
}

static double kl_formula(rl_space_kind kind, const double *p, const double *p_log_std, const double *q,
                         const double *q_log_std) {
  double log_p[SIZE], log_q[SIZE], sum = 0.0;
  if (kind == RL_DISCRETE) {
    log_softmax(p, log_p);
    log_softmax(q, log_q);
    for (int i = 0; i < SIZE; i++) sum += exp(log_p[i]) * (log_p[i] - log_q[i]);
    return sum;
  }
  for (int i = 0; i < SIZE; i++) {
    double s = exp(p_log_std[i]), t = exp(q_log_std[i]);
    sum += log(t / s) + (s * s + (p[i] - q[i]) * (p[i] - q[i])) / (2.0 * t * t) - 0.5;
  }
  return sum;
}

/* A batch of random distributions with actions, an older batch, and weights of the rows. */
typedef struct batch {
  rl_space_kind kind;
  int stride; /* of log_std */
  float head[ROWS * SIZE], log_std[ROWS * SIZE], old_head[ROWS * SIZE], old_log_std[ROWS * SIZE];
  float action[ROWS * SIZE], weight[ROWS];
} batch;

static batch batch_new(rl_space_kind kind, int stride) {
  batch b = {.kind = kind, .stride = stride};
  rl_rng rng;
  rl_rng_init(&rng, 11, (uint64_t)stride);
  fill_normal(&rng, b.head, ROWS * SIZE, 1.5f);
  fill_normal(&rng, b.old_head, ROWS * SIZE, 1.5f);
  fill_normal(&rng, b.log_std, ROWS * SIZE, 0.5f);
  fill_normal(&rng, b.old_log_std, ROWS * SIZE, 0.5f);
  fill_normal(&rng, b.action, ROWS * SIZE, 1.5f);
  fill_normal(&rng, b.weight, ROWS, 1.0f);
  for (int r = 0; r < ROWS && kind == RL_DISCRETE; r++) b.action[r] = (float)(r % SIZE);
  return b;
}

static rl_dist new_of(const batch *b) {
  return (rl_dist){b->kind, SIZE, b->head, SIZE, b->kind == RL_BOX ? b->log_std : NULL, b->stride};
}

static rl_dist old_of(const batch *b) {
  return (rl_dist){b->kind, SIZE, b->old_head, SIZE, b->kind == RL_BOX ? b->old_log_std : NULL, b->stride};
}

/* Width of a row of actions. */
static int width(const batch *b) { return b->kind == RL_BOX ? SIZE : 1; }

typedef enum quantity { LOG_PROB, ENTROPY, KL } quantity;

typedef struct objective {
  const batch *batch;
  quantity quantity;
} objective;

/* Quantity of row r; theta holds all heads, then all log-stds. */
static double row_value(const objective *o, const double *theta, int r) {
  const batch *b = o->batch;
  const double *head = theta + r * SIZE, *log_std = theta + ROWS * SIZE + r * b->stride;
  double old[SIZE], old_log_std[SIZE];
  widen(b->old_head + r * SIZE, old, SIZE);
  widen(b->old_log_std + r * b->stride, old_log_std, SIZE);
  if (o->quantity == LOG_PROB) return log_prob_formula(b->kind, head, log_std, b->action + r * width(b));
  if (o->quantity == ENTROPY) return entropy_formula(b->kind, head, log_std);
  return kl_formula(b->kind, old, old_log_std, head, log_std);
}

static double weighted_sum(const double *theta, void *context) {
  const objective *o = context;
  double sum = 0.0;
  for (int r = 0; r < ROWS; r++) sum += (double)o->batch->weight[r] * row_value(o, theta, r);
  return sum;
}

static void take_parameters(const batch *b, double *theta) {
  widen(b->head, theta, ROWS * SIZE);
  widen(b->log_std, theta + ROWS * SIZE, ROWS * SIZE);
}

static void check_values(const batch *b) {
  double theta[2 * ROWS * SIZE];
  float got[3][ROWS];
  rl_dist new_ = new_of(b), old = old_of(b);
  take_parameters(b, theta);
  rl_dist_log_prob(&new_, ROWS, b->action, got[LOG_PROB]);
  rl_dist_entropy(&new_, ROWS, got[ENTROPY]);
  rl_dist_kl(&old, &new_, ROWS, got[KL]);
  for (int r = 0; r < ROWS; r++)
    for (quantity q = LOG_PROB; q <= KL; q++) {
      double want = row_value(&(objective){b, q}, theta, r);
      assert_near(got[q][r], want, tolerance * (1.0 + fabs(want)));
    }
}

static void call_vjp(const batch *b, quantity q, float *dhead, float *dlog_std) {
  rl_dist new_ = new_of(b), old = old_of(b);
  if (q == LOG_PROB) rl_dist_log_prob_vjp(&new_, ROWS, b->action, b->weight, dhead, dlog_std);
  if (q == ENTROPY) rl_dist_entropy_vjp(&new_, ROWS, b->weight, dhead, dlog_std);
  if (q == KL) rl_dist_kl_vjp(&old, &new_, ROWS, b->weight, dhead, dlog_std);
}

static void check_gradients(const batch *b) {
  double theta[2 * ROWS * SIZE], want[2 * ROWS * SIZE];
  size_t n_log_std = b->kind == RL_DISCRETE ? 0 : b->stride ? ROWS * SIZE : SIZE, n = ROWS * SIZE + n_log_std;
  for (quantity q = LOG_PROB; q <= KL; q++) {
    float d[2 * ROWS * SIZE], only_head[ROWS * SIZE] = {0};
    take_parameters(b, theta);
    central_differences(weighted_sum, &(objective){b, q}, theta, n, want);
    for (size_t i = 0; i < n; i++) d[i] = 0.25f; /* to be added to */
    call_vjp(b, q, d, n_log_std ? d + ROWS * SIZE : NULL);
    for (size_t i = 0; i < n; i++) d[i] -= 0.25f;
    assert_relative(d, want, n, tolerance);
    call_vjp(b, q, only_head, NULL);
    assert_relative(only_head, want, ROWS * SIZE, tolerance);
  }
}

static void for_all_families(void (*check)(const batch *b)) {
  const batch all[] = {batch_new(RL_BOX, 0), batch_new(RL_BOX, SIZE), batch_new(RL_DISCRETE, 0)};
  for (int i = 0; i < 3; i++) check(&all[i]);
}

static void values_agree_with_the_formulas_in_double(void **state) {
  (void)state;
  for_all_families(check_values);
}

static void gradients_agree_with_central_differences_and_are_added(void **state) {
  (void)state;
  for_all_families(check_gradients);
}

static void a_standard_normal_has_the_values_of_the_tables(void **state) {
  (void)state;
  const float zero[2] = {0, 0}, one[2] = {1, 1}, log2s[2] = {0.69314718f, 0.69314718f};
  rl_dist standard = gaussian(1, zero, zero, 0), wide = gaussian(2, one, log2s, 0),
          unit = gaussian(2, zero, zero, 0);
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
  float value, d[3] = {0};
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
}

static void kl_of_equals_is_zero_with_a_gradient_of_zero(void **state) {
  (void)state;
  const float head[3] = {-2.0f, 0.1f, 30.0f}, log_std[3] = {-50.0f, 0.3f, 40.0f}, weight = 1.0f;
  const rl_dist all[] = {gaussian(3, head, log_std, 0), categorical(3, head)};
  for (int k = 0; k < 2; k++) {
    float value, d[3] = {0}, dlog_std[3] = {0};
    rl_dist_kl(&all[k], &all[k], 1, &value);
    rl_dist_kl_vjp(&all[k], &all[k], 1, &weight, d, dlog_std);
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
    rl_dist a = box ? gaussian(SIZE, p, p_log, 0) : categorical(SIZE, p);
    rl_dist b = box ? gaussian(SIZE, q, q_log, 0) : categorical(SIZE, q);
    rl_dist_kl(&a, &b, 1, &value);
    assert_true(value > -5e-7f);
  }
}

static void extreme_logits_give_finite_values(void **state) {
  (void)state;
  const float rows[][SIZE] = {
      {1e4f, 0, -1e4f}, {-1e30f, 1e30f, 0}, {-1e30f, -1e30f, -1e30f}, {1e30f, 1e30f, 0}};
  const float weight = 1.0f, even[SIZE] = {0};
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
      for (int i = 0; i < 4; i++) assert_true(isfinite(value[i]));
      for (int i = 0; i < SIZE; i++) assert_true(isfinite(d[i]));
      assert_true(value[1] >= 0.0f && value[1] <= 1.0987f); /* log 3 */
    }
  }
}

static void the_mode_is_the_mean_or_the_likeliest_choice(void **state) {
  (void)state;
  const float head[6] = {0.5f, -2.0f, 0.25f, 3.0f, 9.0f, -1.0f}, log_std[3] = {0};
  float action[6];
  rl_dist box = gaussian(3, head, log_std, 0), discrete = categorical(3, head);
  rl_dist_mode(&box, 2, action);
  assert_memory_equal(action, head, sizeof head);
  rl_dist_mode(&discrete, 2, action);
  assert_true(action[0] == 0.0f && action[1] == 1.0f);
}

enum { SAMPLES = 100000 };

/* Of n samples the mean has a standard error of sigma / sqrt n, the variance one of sigma^2 sqrt(2 / n), the
 * correlation of independent ones 1 / sqrt n; bounds are four of each. */
static void gaussian_samples_have_the_mean_and_the_deviation(void **state) {
  (void)state;
  static float action[2 * SAMPLES], heads[2 * SAMPLES];
  const float mean[2] = {3.0f, -1.0f}, log_std[2] = {-0.69314718f, 1.0986123f}; /* 1/2 and 3 */
  const double sigma[2] = {0.5, 3.0}, n = SAMPLES;
  for (int k = 0; k < 2 * SAMPLES; k++) heads[k] = mean[k % 2];
  rl_rng rng;
  rl_rng_init(&rng, 21, 0);
  rl_dist dist = gaussian(2, heads, log_std, 0);
  rl_dist_sample(&dist, SAMPLES, &rng, false, action);
  double sum[2] = {0}, squares[2] = {0}, cross = 0.0;
  for (int r = 0; r < SAMPLES; r++) {
    double z[2];
    for (int i = 0; i < 2; i++) {
      z[i] = ((double)action[2 * r + i] - (double)mean[i]) / sigma[i];
      sum[i] += z[i] / n;
      squares[i] += z[i] * z[i] / n;
    }
    cross += z[0] * z[1] / n;
  }
  for (int i = 0; i < 2; i++) assert_near(sum[i], 0.0, 4.0 / sqrt(n));
  for (int i = 0; i < 2; i++) assert_near(squares[i], 1.0, 4.0 * sqrt(2.0 / n));
  assert_near(cross, 0.0, 4.0 / sqrt(n));
}

static void categorical_samples_come_as_often_as_they_should(void **state) {
  (void)state;
  static float action[SAMPLES], heads[3 * SAMPLES];
  const float logits[3] = {0.0f, 1.0986123f, -30.0f}; /* 1/4, 3/4, 7e-14 */
  for (int k = 0; k < 3 * SAMPLES; k++) heads[k] = logits[k % 3];
  rl_rng rng;
  rl_rng_init(&rng, 22, 0);
  rl_dist dist = categorical(3, heads);
  rl_dist_sample(&dist, SAMPLES, &rng, false, action);
  int count[3] = {0};
  for (int r = 0; r < SAMPLES; r++) count[(int)action[r]]++;
  assert_near(count[0] / (double)SAMPLES, 0.25, 4.0 * sqrt(0.25 * 0.75 / SAMPLES));
  assert_int_equal(count[2], 0);
}

static void a_stream_a_row_gives_the_row_the_same_action_in_any_company(void **state) {
  (void)state;
  batch boxes = batch_new(RL_BOX, 0), choices = batch_new(RL_DISCRETE, 0);
  const batch *all[] = {&boxes, &choices};
  for (int k = 0; k < 2; k++) {
    rl_rng streams[ROWS], alone;
    float together[ROWS * SIZE], single[SIZE];
    for (int r = 0; r < ROWS; r++) rl_rng_init(&streams[r], 9, (uint64_t)r);
    rl_dist dist = new_of(all[k]);
    rl_dist_sample(&dist, ROWS, streams, true, together);
    rl_rng_init(&alone, 9, 3);
    dist.head += 3 * SIZE;
    rl_dist_sample(&dist, 1, &alone, true, single);
    assert_memory_equal(single, together + 3 * width(all[k]), (size_t)width(all[k]) * sizeof(float));
  }
}

/* The largest uniform deviate is 1 - 2^-24; rounding must not carry it over the sum of the probabilities that
 * are not 0 into a choice that has none. */
static void a_choice_without_probability_is_never_drawn(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 31, 0);
  for (int k = 0; k < 20000; k++) {
    float logits[6], action;
    fill_normal(&rng, logits, 5, 1.0f);
    logits[5] = -1e6f;
    rl_rng last = {.block = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX}, .used = 0};
    rl_dist dist = categorical(6, logits);
    rl_dist_sample(&dist, 1, &last, false, &action);
    assert_true(action < 5.0f);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(values_agree_with_the_formulas_in_double),
      cmocka_unit_test(gradients_agree_with_central_differences_and_are_added),
      cmocka_unit_test(a_standard_normal_has_the_values_of_the_tables),
      cmocka_unit_test(a_categorical_has_the_values_worked_by_hand),
      cmocka_unit_test(kl_of_equals_is_zero_with_a_gradient_of_zero),
      cmocka_unit_test(kl_is_never_negative),
      cmocka_unit_test(extreme_logits_give_finite_values),
      cmocka_unit_test(the_mode_is_the_mean_or_the_likeliest_choice),
      cmocka_unit_test(gaussian_samples_have_the_mean_and_the_deviation),
      cmocka_unit_test(categorical_samples_come_as_often_as_they_should),
      cmocka_unit_test(a_stream_a_row_gives_the_row_the_same_action_in_any_company),
      cmocka_unit_test(a_choice_without_probability_is_never_drawn),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
