/* Adam against three steps of algorithm 1 of Kingma & Ba in double, with a worked first step, and through a
 * save; plain steps and clipping by hand. */
#include "network/optimizer.h"

#include "check.h"

enum { N = 19 }; /* full SIMD lanes and a rest */

/* In float32 1 - .999 is off by 1.3e-5 of itself, so sqrt(v) by half of that, and so is a step. */
static const double tolerance = 1e-5;

/* A step whose gradient is scaled, as clipping does it. */
static void step(rl_optimizer *optimizer, float *theta, const float *gradient, double scale, double lr) {
  optimizer->lr = lr;
  optimizer->max_grad_norm = scale;
  rl_optimizer_step(optimizer, theta, gradient, 1.0);
}

/* The first step by hand: m_hat = g, v_hat = g^2, so theta moves by lr g / (|g| + 1e-5) against
 * the gradient. */
static void the_first_step_is_the_rate_against_the_sign_of_the_gradient(void **state) {
  (void)state;
  rl_optimizer adam;
  rl_error error;
  float theta[3] = {1.0f, 1.0f, 1.0f};
  const float gradient[3] = {2.0f, -0.5f, 0.0f};
  assert_ok(rl_optimizer_init(&adam, RL_ADAM, 3, &error));
  step(&adam, theta, gradient, 1.0, 0.1);
  assert_near(theta[0], 1.0 - 0.1 * 2.0 / 2.00001, 0.1 * tolerance + 6e-8);
  assert_near(theta[1], 1.0 + 0.1 * 0.5 / 0.50001, 0.1 * tolerance + 6e-8);
  assert_true(theta[2] == 1.0f);
  rl_optimizer_release(&adam);
}

/* Algorithm 1, one coordinate, as the paper writes it. */
typedef struct reference {
  double m, v, theta;
} reference;

static void reference_step(reference *x, int t, double g, double lr) {
  x->m = 0.9 * x->m + 0.1 * g;
  x->v = 0.999 * x->v + 0.001 * g * g;
  double m_hat = x->m / (1.0 - pow(0.9, t)), v_hat = x->v / (1.0 - pow(0.999, t));
  x->theta -= lr * m_hat / (sqrt(v_hat) + 1e-5);
}

static void three_steps_follow_the_paper_with_the_gradient_scaled(void **state) {
  (void)state;
  rl_optimizer adam;
  rl_error error;
  rl_rng rng;
  float theta[N], gradient[N], moved[N];
  double want[N];
  reference x[N] = {{0}};
  assert_ok(rl_optimizer_init(&adam, RL_ADAM, N, &error));
  rl_rng_init(&rng, 4, 0);
  memset(theta, 0, sizeof theta);
  for (int t = 1; t <= 3; t++) {
    const double scale = t == 2 ? 0.125 : 1.0, lr = 0.01 * t;
    fill_normal(&rng, gradient, N, 3.0f);
    gradient[5] *= 1e-6f; /* where epsilon matters */
    step(&adam, theta, gradient, scale, lr);
    for (int i = 0; i < N; i++) reference_step(&x[i], t, scale * (double)gradient[i], lr);
  }
  for (int i = 0; i < N; i++) {
    moved[i] = theta[i];
    want[i] = x[i].theta;
    assert_near(theta[i], x[i].theta, 3 * 0.03 * tolerance + 1e-7); /* three steps of at most about .03 */
  }
  assert_relative(moved, want, N, 2 * tolerance);
  assert_int_equal(adam.step, 3);
  rl_optimizer_release(&adam);
}

static void steps_with_one_gradient(rl_optimizer *adam, float *theta, int steps) {
  rl_rng rng;
  float gradient[N];
  rl_rng_init(&rng, 8, (uint64_t)adam->step);
  for (int t = 0; t < steps; t++) {
    fill_normal(&rng, gradient, N, 1.0f);
    step(adam, theta, gradient, 1.0, 0.01);
  }
}

/* theta -= lr g, where g is cut to a norm of 5: (6, 8, 0) becomes (3, 4, 0). One made for Adam takes the same
 * plain steps, and has its moments as before. */
static void plain_steps_go_along_the_clipped_gradient(void **state) {
  (void)state;
  const float gradient[3] = {6.0f, 8.0f, 0.0f}, want[3] = {1.0f - 1.5f, 1.0f - 2.0f, 1.0f};
  for (int k = 0; k < 2; k++) {
    rl_optimizer sgd;
    rl_error error;
    float theta[3] = {1.0f, 1.0f, 1.0f};
    double norm;
    assert_ok(rl_optimizer_init(&sgd, k ? RL_ADAM : RL_SGD, 3, &error));
    sgd.kind = RL_SGD;
    sgd.lr = 0.5;
    sgd.max_grad_norm = 5.0;
    assert_ok(rl_optimizer_descend(&sgd, theta, gradient, &norm, &error));
    assert_near(norm, 10.0, 1e-12);
    assert_memory_equal(theta, want, sizeof theta);
    assert_true(sgd.step == 0 && (k ? sgd.m[0] == 0.0f : !sgd.m));
    rl_optimizer_release(&sgd);
  }
}

static void a_gradient_that_is_not_finite_or_too_long_changes_nothing(void **state) {
  (void)state;
  const float bad[2] = {1.0f, INFINITY}, large[2] = {2e18f, 0.0f};
  for (int k = 0; k < 2; k++) {
    rl_optimizer optimizer;
    rl_error error;
    float theta[2] = {1.0f, 2.0f};
    double norm;
    assert_ok(rl_optimizer_init(&optimizer, k ? RL_ADAM : RL_SGD, 2, &error));
    assert_refused(rl_optimizer_descend(&optimizer, theta, bad, &norm, &error), RL_NOT_FINITE, "element 2");
    assert_refused(rl_optimizer_descend(&optimizer, theta, large, &norm, &error), RL_NOT_FINITE, "1e18");
    assert_true(theta[0] == 1.0f && theta[1] == 2.0f && optimizer.step == 0);
    rl_optimizer_release(&optimizer);
  }
}

static void a_loaded_optimiser_continues_with_the_same_bits(void **state) {
  (void)state;
  rl_optimizer first, second;
  rl_error error;
  float a[N] = {0}, b[N];
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_optimizer_init(&first, RL_ADAM, N, &error));
  assert_ok(rl_optimizer_init(&second, RL_ADAM, N, &error));
  steps_with_one_gradient(&first, a, 5);
  memcpy(b, a, sizeof b);
  assert_ok(rl_optimizer_save(&first, archive, "adam", &error));
  assert_ok(rl_optimizer_load(&second, archive, "adam", &error));
  steps_with_one_gradient(&first, a, 5);
  steps_with_one_gradient(&second, b, 5);
  assert_memory_equal(a, b, sizeof a);
  rl_optimizer_copy(&second, &first);
  steps_with_one_gradient(&first, a, 2);
  steps_with_one_gradient(&second, b, 2);
  assert_memory_equal(a, b, sizeof a);
  rl_optimizer_release(&first);
  rl_optimizer_release(&second);
  rl_archive_free(archive);
}

static void an_altered_state_is_refused_and_the_optimiser_stays_as_it_was(void **state) {
  (void)state;
  rl_optimizer adam;
  rl_error error;
  float theta[N] = {0}, m[N];
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_optimizer_init(&adam, RL_ADAM, N, &error));
  steps_with_one_gradient(&adam, theta, 3);
  memcpy(m, adam.m, sizeof m);
  assert_refused(rl_optimizer_load(&adam, archive, "adam", &error), RL_BAD_FORMAT, "adam.m");
  float bad[N] = {0};
  bad[7] = NAN;
  const float negative_v[N] = {-1.0f};
  const int64_t one = 1, size = N, other = N - 1, negative = -1;
  const struct {
    const char *name, *text;
    rl_dtype dtype;
    int64_t count;
    const void *data;
  } changes[] = {{"adam.m", "adam.m", RL_F32, other, bad},
                 {"adam.m", "adam", RL_F32, size, bad},
                 {"adam.v", "adam", RL_F32, size, bad},
                 {"adam.v", "adam", RL_F32, size, negative_v},
                 {"adam.step", "adam.step", RL_I64, one, &negative}};
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    assert_ok(rl_optimizer_save(&adam, archive, "adam", &error));
    assert_ok(rl_archive_put(archive, changes[i].name, changes[i].dtype, 1, &changes[i].count,
                             changes[i].data, &error));
    assert_refused(rl_optimizer_load(&adam, archive, "adam", &error), RL_BAD_FORMAT, changes[i].text);
    assert_memory_equal(adam.m, m, sizeof m);
    assert_int_equal(adam.step, 3);
  }
  rl_optimizer_release(&adam);
  rl_archive_free(archive);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_first_step_is_the_rate_against_the_sign_of_the_gradient),
      cmocka_unit_test(three_steps_follow_the_paper_with_the_gradient_scaled),
      cmocka_unit_test(plain_steps_go_along_the_clipped_gradient),
      cmocka_unit_test(a_gradient_that_is_not_finite_or_too_long_changes_nothing),
      cmocka_unit_test(a_loaded_optimiser_continues_with_the_same_bits),
      cmocka_unit_test(an_altered_state_is_refused_and_the_optimiser_stays_as_it_was),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
