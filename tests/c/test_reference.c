/* A motion to follow: values and speeds between its moments, its clock, what is refused, and which motions are their
 * own mirror image. */
#include "creature/reference.h"

#include "check.h"

#include <stdio.h>

enum { WIDTH = 2 + RL_ROOT_CURVES, MOMENTS = 40 };
static const double TURN = 6.283185307179586;

typedef struct scene {
  rl_model model;
  rl_motion motion;
  float values[MOMENTS * WIDTH];
  rl_reference *reference;
} scene;

/* Hips of a creature that has a trunk before and a head behind them; the motion has them the other way round. */
static scene *hips_of(bool periodic, int n) {
  scene *s = calloc(1, sizeof *s);
  static const char *const names[] = {"", "neck", "hip_l", "hip_r"};
  snprintf(s->model.creature.name, RL_NAME, "pair");
  s->model.creature.n_bodies = 4;
  s->model.n_joints = 3;
  for (int i = 1; i < 4; i++) snprintf(s->model.creature.bodies[i].joint.name, RL_NAME, "%s", names[i]);
  s->model.creature.bodies[0].is_root = true;
  snprintf(s->motion.joints[0], RL_NAME, "hip_r");
  snprintf(s->motion.joints[1], RL_NAME, "hip_l");
  s->motion.n = n;
  s->motion.n_joints = 2;
  s->motion.rate = 100.0f;
  s->motion.periodic = periodic;
  s->motion.advance = periodic ? 0.6f : 0.0f;
  for (int i = 0; i < n; i++) {
    float *row = s->values + i * WIDTH;
    row[0] = (float)sin(TURN * i / n);
    row[1] = (float)sin(TURN * i / n + TURN / 2);
    row[2 + RL_ROOT_ANGLE] = 0.1f;
    row[2 + RL_ROOT_X] = 0.6f * (float)i / (float)n;
    row[2 + RL_ROOT_Y] = 1.0f;
  }
  s->motion.values = s->values;
  s->model.creature.motion = &s->motion;
  return s;
}

static scene *open_hips(bool periodic, int n) {
  rl_error error;
  scene *s = hips_of(periodic, n);
  assert_ok(rl_motion_check(&s->model.creature, &error));
  assert_ok(rl_reference_create(&s->reference, &s->model, &error));
  return s;
}

static void close_hips(scene *s) {
  rl_reference_free(s->reference);
  free(s);
}

/* A sine in 40 moments: straight lines between them are off by (w h)^2 / 8 at most, central differences by
 * (w h)^2 / 6 of the greatest speed. */
static void a_cycle_follows_its_curve(void **state) {
  (void)state;
  scene *s = open_hips(true, MOMENTS);
  assert_int_equal(s->reference->joint[0], 1); /* in the order of the model: hip_l */
  assert_int_equal(s->reference->joint[1], 2);
  const double h = TURN / MOMENTS, speed = TURN / 0.4;
  for (int i = -70; i <= 130; i++) {
    rl_reference_state at;
    const double phase = i / 100.0;
    rl_reference_at(s->reference, phase, &at);
    assert_near(at.angle[1], sin(TURN * phase), h * h / 8 + 1e-6);
    assert_near(at.angle[0], -sin(TURN * phase), h * h / 8 + 1e-6);
    assert_near(at.speed[1], speed * cos(TURN * phase), speed * (h * h / 6 + h * h / 8) + 1e-4);
    assert_near(at.root[RL_ROOT_ANGLE], 0.1, 1e-6);
    assert_near(at.root[RL_ROOT_X], 0.6 * phase, 1e-6); /* on and on, and back before the start */
    assert_near(at.root_speed[RL_ROOT_X], 1.5, 1e-4);
    assert_near(at.root_speed[RL_ROOT_Y], 0.0, 1e-6);
  }
  assert_near(rl_reference_phase(s->reference, 0.25, 0.1), 0.5, 1e-7);
  assert_near(rl_reference_phase(s->reference, 0.75, 0.2), 0.25, 1e-7); /* within the cycle */
  close_hips(s);
}

static void what_is_no_cycle_ends(void **state) {
  (void)state;
  scene *s = open_hips(false, 11); /* a tenth of a second */
  for (int i = 0; i < 11; i++)
    for (int k = 0; k < WIDTH; k++)
      s->values[i * WIDTH + k] = (float)(k + 1) * (float)i; /* the reference has its own */
  rl_reference_state at;
  rl_reference_at(s->reference, 1.0, &at);
  assert_near(at.angle[1], sin(TURN * 10 / 11), 1e-6);
  assert_near(at.speed[1], 100.0 * (sin(TURN * 10 / 11) - sin(TURN * 9 / 11)), 1e-3); /* of one side */
  rl_reference_at(s->reference, 0.0, &at);
  assert_near(at.speed[1], 100.0 * sin(TURN / 11), 1e-3);
  assert_near(rl_reference_phase(s->reference, 0.5, 0.05), 1.0, 1e-7);
  assert_near(rl_reference_phase(s->reference, 0.5, 7.0), 1.0, 0.0);
  close_hips(s);
}

/* hip_l is hip_r half a cycle later. */
static void images_are_half_a_cycle_later(void **state) {
  (void)state;
  rl_error error;
  const int counterpart[] = {0, 2, 1};
  scene *even = open_hips(true, MOMENTS);
  assert_ok(rl_reference_check_symmetry(even->reference, &even->model, counterpart, &error));
  ((float *)even->reference->motion.values)[0] += 0.01f;
  assert_refused(rl_reference_check_symmetry(even->reference, &even->model, counterpart, &error),
                 RL_BAD_ARGUMENT, "hip_l is up to 0.01 rad from where hip_r is half a cycle later");
  close_hips(even);
  scene *once = open_hips(false, MOMENTS);
  assert_refused(rl_reference_check_symmetry(once->reference, &once->model, counterpart, &error),
                 RL_BAD_ARGUMENT, "no cycle");
  close_hips(once);
}

static void what_is_wrong_is_named(void **state) {
  (void)state;
  rl_error error;
  scene *s = hips_of(true, MOMENTS);
  const rl_motion good = s->motion;
#define REFUSED(change, text)                                                                                \
  do {                                                                                                       \
    s->motion = good;                                                                                        \
    change;                                                                                                  \
    assert_refused(rl_motion_check(&s->model.creature, &error), RL_BAD_ARGUMENT, text);                      \
  } while (0)
  REFUSED(s->motion.n_joints = 0, "no joint");
  REFUSED(snprintf(s->motion.joints[1], RL_NAME, "elbow"), "no joint elbow of its column elbow_angle");
  REFUSED(snprintf(s->motion.joints[1], RL_NAME, "hip_r"), "hip_r comes twice");
  REFUSED(s->model.creature.clock = 1.2f, "leave clock out");
  s->model.creature.clock = 0.0f;
  REFUSED(s->motion.n = 1, "two at least");
  REFUSED(s->motion.n = RL_MAX_MOMENTS + 1, "at most");
  REFUSED(s->motion.rate = 0.0f, "rate is 0 Hz");
  REFUSED(s->motion.rate = NAN, "rate");
  REFUSED(s->motion.advance = INFINITY, "advances");
  s->motion = good;
  s->values[3 * WIDTH + 1] = NAN;
  assert_refused(rl_motion_check(&s->model.creature, &error), RL_BAD_ARGUMENT,
                 "hip_l is nan at moment 4; metres and radians up to 1000 are meant");
  s->model.creature.motion = NULL;
  assert_ok(rl_motion_check(&s->model.creature, &error));
  close_hips(s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_cycle_follows_its_curve),
      cmocka_unit_test(what_is_no_cycle_ends),
      cmocka_unit_test(images_are_half_a_cycle_later),
      cmocka_unit_test(what_is_wrong_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
