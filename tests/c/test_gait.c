/* The state machine of a leg: each transition, and a whole stride of two legs. */
#include "muscle/controller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static const rl_gait_leg in_air = {0.0f, 0.5f};

static void every_transition_happens_on_its_own_condition(void **state) {
  (void)state;
  const rl_gait_transitions t = {
      .stance_load = 0.1f, .swing_load = 0.05f, .late_stance = -0.02f, .liftoff = -0.3f, .landing = 0.2f};
  const rl_gait_leg ahead = {0.5f, 0.4f}, behind = {0.5f, -0.4f};
  const struct {
    rl_gait_state from;
    rl_gait_leg own, other;
    rl_gait_state to;
  } cases[] = {
      {RL_GAIT_LANDING, {0.10f, 0.3f}, in_air, RL_GAIT_LANDING},
      {RL_GAIT_LANDING, {0.11f, 0.3f}, in_air, RL_GAIT_EARLY_STANCE},
      {RL_GAIT_EARLY_STANCE, {1.0f, -0.01f}, in_air, RL_GAIT_EARLY_STANCE},
      {RL_GAIT_EARLY_STANCE, {1.0f, -0.03f}, in_air, RL_GAIT_LATE_STANCE},
      {RL_GAIT_EARLY_STANCE, {1.0f, 0.3f}, behind, RL_GAIT_EARLY_STANCE}, /* the other one trails */
      {RL_GAIT_EARLY_STANCE, {1.0f, 0.1f}, ahead, RL_GAIT_LIFTOFF},
      {RL_GAIT_LATE_STANCE, {1.0f, -0.29f}, in_air, RL_GAIT_LATE_STANCE},
      {RL_GAIT_LATE_STANCE, {1.0f, -0.31f}, in_air, RL_GAIT_LIFTOFF},
      {RL_GAIT_LATE_STANCE, {1.0f, -0.1f}, ahead, RL_GAIT_LIFTOFF},
      {RL_GAIT_LATE_STANCE, {0.0f, -0.1f}, in_air, RL_GAIT_LATE_STANCE}, /* a hop is no swing */
      {RL_GAIT_LIFTOFF, {0.06f, -0.4f}, ahead, RL_GAIT_LIFTOFF},
      {RL_GAIT_LIFTOFF, {0.05f, -0.4f}, ahead, RL_GAIT_SWING},
      {RL_GAIT_SWING, {0.0f, 0.19f}, ahead, RL_GAIT_SWING},
      {RL_GAIT_SWING, {0.0f, 0.21f}, ahead, RL_GAIT_LANDING},
      {RL_GAIT_SWING, {0.5f, -0.2f}, ahead, RL_GAIT_SWING}, /* it scuffs behind the other foot */
      {RL_GAIT_SWING, {0.5f, 0.1f}, behind, RL_GAIT_EARLY_STANCE},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
    assert_int_equal(rl_gait_next(&t, cases[i].from, cases[i].own, cases[i].other), cases[i].to);
}

static void a_leg_is_found_in_the_state_of_its_load_and_place(void **state) {
  (void)state;
  const rl_gait_transitions t = rl_gait_defaults();
  const rl_gait_leg ahead = {0.5f, 0.3f};
  assert_int_equal(rl_gait_begin(&t, (rl_gait_leg){1.0f, 0.1f}, in_air), RL_GAIT_EARLY_STANCE);
  assert_int_equal(rl_gait_begin(&t, (rl_gait_leg){1.0f, -0.1f}, in_air), RL_GAIT_LATE_STANCE);
  assert_int_equal(rl_gait_begin(&t, (rl_gait_leg){0.5f, -0.1f}, ahead), RL_GAIT_LIFTOFF);
  assert_int_equal(rl_gait_begin(&t, (rl_gait_leg){0.0f, -0.1f}, ahead), RL_GAIT_SWING);
  assert_int_equal(rl_gait_begin(&t, (rl_gait_leg){0.0f, 0.1f}, ahead), RL_GAIT_LANDING);
}

/* Feet move back under a body that goes forward while they bear it, and forward in the air: the five states
 * come round in order, and the other leg's half a stride later. */
static void a_stride_passes_through_the_states_in_order(void **state) {
  (void)state;
  const rl_gait_transitions t = rl_gait_defaults();
  const int n = 1000; /* of a stride, stance 60% */
  rl_gait_state now[2] = {RL_GAIT_EARLY_STANCE, RL_GAIT_LIFTOFF};
  int n_changes[2] = {0, 0}, first[2][RL_GAIT_STATES] = {{0}};
  for (int k = 1; k <= n; k++) {
    rl_gait_leg legs[2];
    for (int leg = 0; leg < 2; leg++) {
      const int phase = (k + leg * n / 2) % n;
      const bool stance = phase < 600;
      const float share = stance ? (float)phase / 600.0f : (float)(phase - 600) / 400.0f;
      const bool doubled = phase < 100 || (phase >= 500 && stance);
      legs[leg].load = !stance ? 0.0f : doubled ? 0.5f : 1.0f;
      legs[leg].position = stance ? 0.3f - 0.6f * share : -0.3f + 0.6f * share;
    }
    for (int leg = 0; leg < 2; leg++) {
      const rl_gait_state next = rl_gait_next(&t, now[leg], legs[leg], legs[1 - leg]);
      if (next != now[leg]) {
        assert_int_equal(next, (now[leg] + 1) % RL_GAIT_STATES);
        first[leg][next] = k;
        n_changes[leg]++;
      }
      now[leg] = next;
    }
  }
  /* left: under the hip at 300, the right foot lands at 500, off at 600, under the hip again at 800 */
  assert_int_equal(first[0][RL_GAIT_LATE_STANCE], 301);
  assert_int_equal(first[0][RL_GAIT_LIFTOFF], 500);
  assert_int_equal(first[0][RL_GAIT_SWING], 600);
  assert_int_equal(first[0][RL_GAIT_LANDING], 801);
  assert_int_equal(first[0][RL_GAIT_EARLY_STANCE], 1000);
  assert_int_equal(n_changes[0], 5);
  assert_int_equal(first[1][RL_GAIT_SWING], 100);
  assert_int_equal(first[1][RL_GAIT_LANDING], 301);
  assert_int_equal(first[1][RL_GAIT_EARLY_STANCE], 500);
  assert_int_equal(first[1][RL_GAIT_LATE_STANCE], 801);
  assert_int_equal(first[1][RL_GAIT_LIFTOFF], 1000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_transition_happens_on_its_own_condition),
      cmocka_unit_test(a_leg_is_found_in_the_state_of_its_load_and_place),
      cmocka_unit_test(a_stride_passes_through_the_states_in_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
