/* Movement primitives against their equations: solutions that are known, bases that add up to their gate, invariances, and a
 * forcing term that is worked out from the movement that it shall make. */
#include "check.h"
#include "muscle/primitive.h"

static rl_primitive made(rl_primitive_kind kind, float duration, int n) {
  rl_primitive p = {.n_weights = 0};
  rl_options_defaults(rl_primitive_rows, &p);
  strcpy(p.joint, "hip");
  p.kind = kind;
  p.duration = duration;
  p.n_weights = n;
  return p;
}

/* Where it is after `time`, in steps of dt. */
static rl_primitive_state run(const rl_primitive *p, double start, double time, double dt) {
  rl_primitive_state s;
  rl_primitive_begin(&s, start);
  for (int i = 0; i < (int)lround(time / dt); i++)
    rl_primitive_step(p, rl_primitive_forcing(p, s.time), dt, &s);
  return s;
}

/* A critically damped spring of frequency w = alpha / 2 tau: y = g - (g - y0) (1 + w t) exp(-w t). */
static void without_weights_it_is_a_spring(void **state) {
  (void)state;
  rl_primitive p = made(RL_PRIMITIVE_DISCRETE, 2.0f, 4);
  p.goal = 0.7f;
  for (double t = 0.2; t < 2.1; t += 0.3) {
    const double w = 0.5 * RL_PRIMITIVE_STIFFNESS / 2.0, g = (double)p.goal;
    const double exact = g - (g - 0.1) * (1.0 + w * t) * exp(-w * t);
    const double coarse = fabs(run(&p, 0.1, t, 1e-3).y - exact), fine = fabs(run(&p, 0.1, t, 1e-4).y - exact);
    assert_true(coarse < 3e-3);
    assert_true(fine < 0.11 * coarse + 1e-9); /* first order */
  }
}

static void bases_add_up_to_their_gate(void **state) {
  (void)state;
  double basis[RL_MAX_WEIGHTS];
  for (int kind = 0; kind < 2; kind++)
    for (int n = 1; n <= RL_MAX_WEIGHTS; n++) {
      const rl_primitive p = made((rl_primitive_kind)kind, 0.5f, n);
      for (double t = 0.0; t <= 0.5; t += 0.05) {
        double sum = 0.0;
        rl_primitive_basis(&p, t, basis);
        for (int i = 0; i < n; i++) {
          assert_true(basis[i] >= 0.0);
          sum += basis[i];
        }
        const double gate = kind == RL_PRIMITIVE_RHYTHMIC ? 1.0 : exp(-RL_PRIMITIVE_DECAY * t / 0.5);
        assert_true(fabs(sum - gate) < 1e-6);
      }
    }
}

/* Centres come in equal times: basis i is the greatest about i / (n - 1) of the duration, or i / n of the cycle. */
static void bases_take_turns(void **state) {
  (void)state;
  enum { N = 8 };
  double basis[RL_MAX_WEIGHTS];
  for (int kind = 0; kind < 2; kind++) {
    const rl_primitive p = made((rl_primitive_kind)kind, 3.0f, N);
    for (int i = 0; i < N; i++) {
      int most = 0;
      rl_primitive_basis(&p, 3.0 * i / (kind == RL_PRIMITIVE_RHYTHMIC ? N : N - 1), basis);
      for (int k = 1; k < N; k++)
        if (basis[k] > basis[most]) most = k;
      assert_int_equal(most, i);
    }
  }
}

static void a_stroke_has_one_shape_whatever_its_duration_start_and_goal(void **state) {
  (void)state;
  rl_primitive one = made(RL_PRIMITIVE_DISCRETE, 1.0f, 5);
  for (int i = 0; i < 5; i++) one.weights[i] = 2.0f * sinf(3.0f * (float)i);
  rl_primitive other = one;
  one.goal = 1.0f;
  other.duration = 4.0f;
  other.goal = -2.0f;
  for (double t = 0.1; t <= 1.0; t += 0.1) {
    const double y = run(&one, 0.0, t, 1e-3).y;
    assert_true(fabs(run(&other, 1.0, 4.0 * t, 4e-3).y - (1.0 - 3.0 * y)) < 1e-6);
  }
  assert_true(fabs(run(&one, 0.0, 1.0, 1e-3).y - 1.0) < 0.05); /* the goal has the last word */
}

static void a_rhythm_repeats_and_a_phase_is_ahead(void **state) {
  (void)state;
  rl_primitive p = made(RL_PRIMITIVE_RHYTHMIC, 0.8f, 6);
  p.goal = 0.2f;
  p.scaled = true;
  p.amplitude = 0.5f;
  for (int i = 0; i < 6; i++) p.weights[i] = cosf(6.2831853f * (float)i / 6.0f);
  const double first = run(&p, 0.0, 8.3, 1e-4).y;
  assert_true(fabs(run(&p, 0.0, 9.1, 1e-4).y - first) < 1e-6);
  assert_true(fabs(first - 0.2) > 0.02);
  rl_primitive ahead = p;
  ahead.phase = 0.25f;
  assert_true(fabs(run(&ahead, 0.0, 8.1, 1e-4).y - first) < 1e-6);
}

/* A constant forcing f is a goal that has moved by f amplitude. */
static void a_weight_moves_what_the_spring_pulls_to(void **state) {
  (void)state;
  rl_primitive p = made(RL_PRIMITIVE_RHYTHMIC, 1.0f, 3);
  p.goal = 0.1f;
  p.scaled = true;
  p.amplitude = 0.3f;
  for (int i = 0; i < 3; i++) p.weights[i] = 2.0f;
  assert_true(fabs(run(&p, 0.0, 20.0, 1e-2).y - 0.7) < 1e-6);
}

static void what_is_wrong_is_named(void **state) {
  (void)state;
  rl_error error;
  rl_primitive p = made(RL_PRIMITIVE_DISCRETE, 0.0f, 3);
  assert_int_equal(rl_primitive_check(&p, "primitive 1 on hip", &error), RL_BAD_ARGUMENT);
  assert_string_equal(error.message, "primitive 1 on hip: it has no duration; give it in seconds");
  p.duration = -1.0f;
  assert_int_equal(rl_primitive_check(&p, "primitive 1 on hip", &error), RL_BAD_ARGUMENT);
  assert_non_null(strstr(error.message, "duration"));
  p.duration = 1.0f;
  assert_ok(rl_primitive_check(&p, "primitive 1 on hip", &error));
  p.weights[1] = NAN;
  assert_int_equal(rl_primitive_check(&p, "primitive 1 on hip", &error), RL_BAD_ARGUMENT);
  assert_non_null(strstr(error.message, "weight 2 is"));
  p.n_weights = 0;
  assert_int_equal(rl_primitive_check(&p, "primitive 1 on hip", &error), RL_BAD_ARGUMENT);
  assert_non_null(strstr(error.message, "no weights"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_weights_it_is_a_spring),
      cmocka_unit_test(bases_add_up_to_their_gate),
      cmocka_unit_test(bases_take_turns),
      cmocka_unit_test(a_stroke_has_one_shape_whatever_its_duration_start_and_goal),
      cmocka_unit_test(a_rhythm_repeats_and_a_phase_is_ahead),
      cmocka_unit_test(a_weight_moves_what_the_spring_pulls_to),
      cmocka_unit_test(what_is_wrong_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
