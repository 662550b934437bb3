/* The body and the terrain of BipedalWalker: against mechanics, against plain geometry, and against Gymnasium
 * 1.4 with Box2D 2.3.10, whose numbers were taken from a run of it with the forces and actions given here. */
#include "check.h"
#include "walker/walker.h"

#include <stdlib.h>

#define DT (1.0f / 50.0f)

/* m^2 and m^4 of the outlines: area and second moment about the centre, by the formulas for polygons. */
static double moments(int body, double *inertia) {
  const float *p;
  const int n = rl_walker_outline(body, &p);
  double area = 0.0, x = 0.0, y = 0.0, second = 0.0;
  for (int i = 0; i < n; i++) {
    const double ax = (double)p[2 * i], ay = (double)p[2 * i + 1];
    const double bx = (double)p[2 * ((i + 1) % n)], by = (double)p[2 * ((i + 1) % n) + 1];
    const double cross = bx * ay - ax * by; /* the hull runs clockwise */
    area += cross / 2.0;
    x += cross * (ax + bx) / 6.0;
    y += cross * (ay + by) / 6.0;
    second += cross * (ax * ax + ax * bx + bx * bx + ay * ay + ay * by + by * by) / 12.0;
  }
  *inertia = fabs(second) - (x * x + y * y) / fabs(area);
  return fabs(area);
}

static double mass_of(int body, double *inertia) {
  const double density = body == RL_WALKER_HULL ? 5.0 : 1.0, area = moments(body, inertia);
  *inertia *= density;
  return density * area;
}

/* Level ground in one edge of 80 m, `below` the usual height. */
static rl_walker_terrain level_ground(float below) {
  rl_walker_terrain terrain = {.n_boxes = 0};
  for (int i = 0; i < RL_WALKER_POINTS; i++) {
    terrain.xy[i][0] = i == 0 ? -20.0f : 60.0f + (float)i;
    terrain.xy[i][1] = (float)RL_WALKER_GROUND - below;
  }
  return terrain;
}

static rl_b2_world *start(const rl_walker_terrain *terrain, float gravity, float push) {
  const float still[RL_WALKER_JOINTS] = {0.0f};
  rl_b2_world *world;
  assert_int_equal(rl_b2_create(&world, NULL), RL_OK);
  assert_non_null(world);
  rl_walker_build(world, terrain, gravity);
  rl_b2_add_force(world, RL_WALKER_HULL, push, 0.0f);
  rl_walker_drive(world, still);
  rl_b2_step(world, DT, 180, 60);
  return world;
}

static void observe(const rl_b2_world *world, float *o) {
  const rl_b2_motion hull = rl_b2_body_motion(world, RL_WALKER_HULL);
  *o++ = hull.angle;
  *o++ = 2.0f * hull.angular_speed / 50.0f;
  *o++ = 0.3f * hull.vx * 20.0f / 50.0f;
  *o++ = 0.3f * hull.vy * (40.0f / 3.0f) / 50.0f;
  for (int leg = 0; leg < 2; leg++) {
    *o++ = rl_b2_joint_angle(world, 2 * leg);
    *o++ = rl_b2_joint_speed(world, 2 * leg) / 4.0f;
    *o++ = rl_b2_joint_angle(world, 2 * leg + 1) + 1.0f;
    *o++ = rl_b2_joint_speed(world, 2 * leg + 1) / 6.0f;
    *o++ = rl_b2_body_contact(world, leg ? RL_WALKER_LOWER_R : RL_WALKER_LOWER_L).began ? 1.0f : 0.0f;
  }
  rl_walker_look(world, o);
}

/* The hull's mass and its inertia about the origin that pybox2d gives for Gymnasium's walker. */
static void masses_follow_from_the_outlines(void **state) {
  (void)state;
  double inertia;
  assert_near(mass_of(RL_WALKER_HULL, &inertia), 5.42222261, 1e-6);
  assert_near(inertia, 2.00174475 - 5.42222261 * (0.0200364 * 0.0200364 + 0.00564664 * 0.00564664), 1e-5);
  assert_near(mass_of(RL_WALKER_UPPER_L, &inertia), 8.0 * 34.0 / 900.0, 1e-7);
  assert_near(inertia, 0.03413992, 1e-7);
  assert_near(mass_of(RL_WALKER_LOWER_R, &inertia), 0.8 * 8.0 * 34.0 / 900.0, 1e-7);
  assert_near(inertia, 0.02679614, 1e-7);
}

/* Forces inside the walker cancel: momentum changes by what pushes and pulls from outside. */
static void a_push_and_the_weight_give_their_momentum(void **state) {
  (void)state;
  const float push = 4.0f, gravity = 3.7f;
  const rl_walker_terrain terrain = level_ground(50.0f);
  rl_b2_world *world = start(&terrain, gravity, push);
  double px = 0.0, py = 0.0, total = 0.0, inertia;
  for (int body = 0; body < RL_WALKER_BODIES; body++) {
    const rl_b2_motion motion = rl_b2_body_motion(world, body);
    const double mass = mass_of(body, &inertia);
    px += mass * (double)motion.vx;
    py += mass * (double)motion.vy;
    total += mass;
  }
  assert_near(px, (double)push / 50.0, 1e-6);
  assert_near(py, -total * (double)gravity / 50.0, 1e-5);
  rl_b2_free(world);
}

/* From rest, an impulse J = torque * dt in a joint gives the kinetic energy J * (speed of the joint) / 2,
 * however the rest moves: masses, inertias, lever arms and the torque must all be right. */
static void a_motor_does_the_work_of_its_torque(void **state) {
  (void)state;
  const float share = 0.05f;
  const rl_walker_terrain terrain = level_ground(50.0f);
  for (int joint = 0; joint < RL_WALKER_JOINTS; joint++) {
    rl_b2_world *world = start(&terrain, 0.0f, 0.0f);
    const bool is_hip = joint == RL_WALKER_HIP_L || joint == RL_WALKER_HIP_R;
    float action[RL_WALKER_JOINTS] = {0.0f};
    action[joint] = is_hip ? share : -share; /* a knee can only bend */
    rl_walker_drive(world, action);
    rl_b2_step(world, DT, 500, 60);
    double energy = 0.0, inertia;
    for (int body = 0; body < RL_WALKER_BODIES; body++) {
      const rl_b2_motion m = rl_b2_body_motion(world, body);
      const double mass = mass_of(body, &inertia), vx = (double)m.vx, vy = (double)m.vy;
      energy += 0.5 * mass * (vx * vx + vy * vy) + 0.5 * inertia * pow((double)m.angular_speed, 2.0);
    }
    const double speed = (double)rl_b2_joint_speed(world, joint);
    assert_true(fabs(speed) > 0.1 && fabs(speed) < 3.9);
    assert_near(energy, 80.0 * (double)action[joint] / 50.0 * speed / 2.0, 1e-3 * energy);
    rl_b2_free(world);
  }
}

static void motors_stop_pushing_at_their_speed(void **state) {
  (void)state;
  const float action[RL_WALKER_JOINTS] = {1.0f, -1.0f, -1.0f, -1.0f};
  const float speed[RL_WALKER_JOINTS] = {4.0f, -6.0f, -4.0f, -6.0f};
  const rl_walker_terrain terrain = level_ground(50.0f);
  rl_b2_world *world = start(&terrain, 0.0f, 0.0f);
  rl_walker_drive(world, action);
  for (int i = 0; i < 3; i++) rl_b2_step(world, DT, 180, 60);
  for (int j = 0; j < RL_WALKER_JOINTS; j++) assert_near(rl_b2_joint_speed(world, j), (double)speed[j], 1e-3);
  rl_b2_free(world);
}

/* Gymnasium's observations with this ground and these actions, after steps 1, 4, 8 and 12: feet land and
 * leave, motors push and saturate. To the rounding of float, where two things do not come in that Box2D 2.4
 * does otherwise than 2.3: the order in which a foot's contacts with two pieces of ground are solved (hence
 * one piece), and a joint that runs into its limit within a step, which 2.4 sees coming (hence these
 * actions). With Box2D 2.3 linked in place of 2.4 the same code follows Gymnasium through both. */
static void steps_on_level_ground_are_gymnasiums(void **state) {
  (void)state;
  enum { STEPS = 12, SHOWN = 4 };
  static const float actions[STEPS][RL_WALKER_JOINTS] = {
      {0.5f, -0.6f, 0.2f, -1.0f},  {0.8f, -0.0f, -0.3f, -0.2f}, {0.6f, 0.0f, 0.7f, 0.5f},
      {0.4f, 0.8f, 0.1f, -0.5f},   {0.7f, -0.8f, -0.5f, -0.2f}, {0.5f, 0.4f, -0.3f, -0.5f},
      {0.9f, -0.9f, -0.2f, 0.1f},  {0.2f, 0.9f, -0.3f, 0.5f},   {0.4f, -0.3f, -0.8f, -0.0f},
      {-0.2f, -0.5f, 0.2f, -0.5f}, {-0.9f, 1.0f, 0.8f, -0.7f},  {0.4f, -0.7f, -0.0f, 0.6f}};
  static const int shown[SHOWN] = {1, 4, 8, 12};
  static const float want[SHOWN][24] = {
      {-0.01557997f, -0.02885586f, -0.02952475f, -0.01366447f, 0.3464612f, 0.9834575f,
       0.1343738f,   -1.000573f,   1.0f,         0.2708453f,   0.9818434f, 0.1250398f,
       -0.9991394f,  1.0f,         0.4437217f,   0.4487608f,   0.4644664f, 0.4927793f,
       0.5376258f,   0.606435f,    0.7138266f,   0.8917756f,   1.0f,       1.0f},
      {-0.0777413f,  -0.05515771f, -0.03491526f, -0.05917722f, 0.553076f,  0.6651138f,
       0.003783345f, -0.7633369f,  1.0f,         0.4802713f,   1.152507f,  -0.06508434f,
       -0.9999998f,  1.0f,         0.4365066f,   0.4414638f,   0.4569139f, 0.4847665f,
       0.5288838f,   0.596574f,    0.7022194f,   0.8772749f,   1.0f,       1.0f},
      {-0.1364393f, -0.01790644f, -0.003763886f, -0.09728131f, 0.807582f,   0.3076753f,
       -0.1640989f, -0.7703392f,  1.0f,          0.5240936f,   -0.7069246f, -0.2229123f,
       1.0f,        0.0f,         0.418238f,     0.4229877f,   0.4377913f,  0.4644781f,
       0.506749f,   0.5716063f,   0.6728302f,    0.8405593f,   1.0f,        1.0f},
      {-0.1788126f, -0.03089231f, -0.0149578f, -0.1475983f, 1.029388f,   0.8715453f, -0.4060497f, -1.0f,
       1.0f,        0.6004708f,   0.2944102f,  -0.370741f,  -0.7931187f, 1.0f,       0.3920588f,  0.3965112f,
       0.4103882f,  0.4354046f,   0.4750296f,  0.5358272f,  0.6307151f,  0.7879454f, 1.0f,        1.0f}};
  const rl_walker_terrain terrain = level_ground(0.0f);
  rl_b2_world *world = start(&terrain, 10.0f, 0.0f);
  for (int step = 1, k = 0; step <= STEPS; step++) {
    rl_walker_drive(world, actions[step - 1]);
    rl_b2_step(world, DT, 180, 60);
    if (step != shown[k]) continue;
    float got[24];
    observe(world, got);
    for (int i = 0; i < 24; i++) assert_near(got[i], (double)want[k][i], 1e-5);
    k++;
  }
  rl_b2_free(world);
}

/* Share of the way from (x, y) along (dx, dy) before the segment from a to b; 1: it is not met. */
static double before_segment(double x, double y, double dx, double dy, const float *a, const float *b) {
  const double ex = (double)b[0] - (double)a[0], ey = (double)b[1] - (double)a[1];
  const double ax = (double)a[0] - x, ay = (double)a[1] - y, cross = dx * ey - dy * ex;
  const double along = (ax * ey - ay * ex) / cross, across = (ax * dy - ay * dx) / cross;
  return along >= 0.0 && along < 1.0 && across >= 0.0 && across <= 1.0 ? along : 1.0;
}

static void the_lidar_sees_the_nearest_ground(void **state) {
  (void)state;
  int seen = 0;
  for (uint64_t seed = 1; seed <= 20; seed++) {
    rl_rng rng;
    rl_rng_init(&rng, seed, 0);
    rl_walker_terrain terrain = {.n_boxes = 1};
    for (int i = 0; i < RL_WALKER_POINTS; i++) {
      terrain.xy[i][0] = (float)(i * RL_WALKER_STEP);
      terrain.xy[i][1] = (float)RL_WALKER_GROUND - 1.0f + rl_rng_uniform(&rng);
    }
    const float x = 6.0f + 3.0f * rl_rng_uniform(&rng), top = 4.0f + 2.0f * rl_rng_uniform(&rng);
    const float box[5][2] = {{x, 2.0f}, {x + 1.0f, 2.0f}, {x + 1.0f, top}, {x, top}, {x, 2.0f}};
    memcpy(terrain.boxes[0], box, sizeof terrain.boxes[0]);
    rl_b2_world *world;
    assert_int_equal(rl_b2_create(&world, NULL), RL_OK);
    rl_walker_build(world, &terrain, 10.0f);
    float fractions[RL_WALKER_RAYS];
    rl_walker_look(world, fractions);
    const rl_b2_pose eye = rl_b2_body_pose(world, RL_WALKER_HULL);
    for (int ray = 0; ray < RL_WALKER_RAYS; ray++) {
      const double dx = 160.0 / 30.0 * sin(0.15 * ray), dy = -160.0 / 30.0 * cos(0.15 * ray);
      double want = 1.0;
      for (int i = 0; i + 1 < RL_WALKER_POINTS; i++)
        want = fmin(want,
                    before_segment((double)eye.x, (double)eye.y, dx, dy, terrain.xy[i], terrain.xy[i + 1]));
      for (int i = 0; i < 4; i++)
        want = fmin(want, before_segment((double)eye.x, (double)eye.y, dx, dy, box[i], box[i + 1]));
      assert_near(fractions[ray], want, 2e-6);
      seen += want < 1.0;
    }
    rl_b2_free(world);
  }
  assert_true(seen > 140); /* of 200 */
}

static int steps_of(float length) { return (int)lround((double)length / RL_WALKER_STEP); }

static void easy_terrain_is_level_and_then_slightly_uneven(void **state) {
  (void)state;
  enum { TERRAINS = 300, FIRST = 30 };
  double square = 0.0;
  rl_rng rng;
  rl_rng_init(&rng, 1, 0);
  for (int k = 0; k < TERRAINS; k++) {
    rl_walker_terrain t;
    rl_walker_terrain_make(&t, false, &rng);
    assert_int_equal(t.n_boxes, 0);
    int level = 0; /* steps since the last level one */
    for (int i = 0; i < RL_WALKER_POINTS; i++) {
      assert_near(t.xy[i][0], i * 14.0 / 30.0, 1e-5);
      if (i <= RL_WALKER_START) assert_near(t.xy[i][1], 10.0 / 3.0, 1e-6);
      if (i == 0) continue;
      const double rise = (double)t.xy[i][1] - (double)t.xy[i - 1][1];
      assert_true(fabs(rise) < 5.0 * (1.0 / 30.0 + 0.01) + 1e-6); /* sum of .8^k times the greatest push */
      if (i > FIRST) square += rise * rise;
      if (i < RL_WALKER_START) continue;
      level = rise == 0.0 ? 0 : level + 1;
      assert_true(level < 9);
    }
  }
  /* 0.03030 over 1500 terrains of Gymnasium; rises follow one another, so these are about 5000 independent
   * ones: a standard error of 1%. */
  assert_near(sqrt(square / (TERRAINS * (RL_WALKER_POINTS - 1 - FIRST))), 0.0303, 0.04 * 0.0303);
}

typedef struct obstacles {
  int stumps[3], stairs[5], pits[5], boxes; /* by width of the stump, number of stairs, width of the pit */
  int up, down;
} obstacles;

static const float *corner(const rl_walker_terrain *t, int box) { return t->boxes[box][0]; }

/* Reads the obstacle that begins with box i; returns the next box. `end` is where its points end. */
static int read_obstacle(const rl_walker_terrain *t, int i, obstacles *found, int *begin, int *end) {
  const float(*box)[2] = t->boxes[i];
  const int width = steps_of(box[1][0] - box[0][0]), height = steps_of(box[2][1] - box[1][1]);
  *begin = steps_of(box[0][0]);
  if (width == 4) { /* stairs */
    int n = 1;
    while (i + n < t->n_boxes && n < 4 && fabsf(corner(t, i + n)[0] - t->boxes[i + n - 1][1][0]) < 1e-3f) n++;
    const int rise = steps_of(corner(t, i + 1)[1] - corner(t, i)[1]);
    assert_int_equal(height, 1);
    assert_int_equal(abs(rise), 1);
    for (int k = 1; k < n; k++) {
      assert_int_equal(steps_of(t->boxes[i + k][1][0] - corner(t, i + k)[0]), 4);
      assert_int_equal(steps_of(corner(t, i + k)[1] - corner(t, i + k - 1)[1]), rise);
    }
    found->stairs[n]++;
    *(rise > 0 ? &found->up : &found->down) += 1;
    *end = *begin + 4 * n;
    return i + n;
  }
  if (height == 4) { /* the two walls of a pit, in the ground */
    assert_int_equal(width, 1);
    const int gap = steps_of(corner(t, i + 1)[0] - box[1][0]);
    assert_near(box[2][1], (double)t->xy[*begin][1], 1e-5);
    assert_near(t->boxes[i + 1][2][1], (double)box[2][1], 0.0);
    for (int p = *begin + 1; p <= *begin + gap + 1; p++) assert_near(t->xy[p][1], (double)box[0][1], 1e-5);
    found->pits[gap]++;
    *end = *begin + gap + 3;
    return i + 2;
  }
  assert_int_equal(width, height); /* a stump, on the ground */
  assert_near(box[0][1], (double)t->xy[*begin][1], 1e-5);
  found->stumps[width]++;
  *end = *begin + width;
  return i + 1;
}

/* Gymnasium's code: stumps 1 or 2 steps (of 14/30 m) wide and as high; 3 or 4 stairs 4 steps wide, a step up
 * or down each; pits 4 steps deep between walls a step wide, 2 or 3 steps apart; 5 to 9 points of grass
 * between them. How many there are is from 1500 terrains of Gymnasium. */
static void hardcore_terrain_has_stumps_stairs_and_pits(void **state) {
  (void)state;
  enum { TERRAINS = 400 };
  obstacles found = {.boxes = 0};
  rl_rng rng;
  rl_rng_init(&rng, 2, 0);
  for (int k = 0; k < TERRAINS; k++) {
    rl_walker_terrain t;
    rl_walker_terrain_make(&t, true, &rng);
    found.boxes += t.n_boxes;
    int end = RL_WALKER_START, begin;
    for (int i = 0; i < t.n_boxes;) {
      const int previous = end;
      if (t.boxes[i][0][0] > 170.0f * (float)RL_WALKER_STEP) break; /* the last may be cut */
      i = read_obstacle(&t, i, &found, &begin, &end);
      const int grass = begin - previous;
      assert_true(previous == RL_WALKER_START ? grass == 0 : grass >= 5 && grass <= 9);
    }
  }
  const double terrains = TERRAINS;
  assert_near(found.boxes / terrains, 29.10, 0.35); /* 1.59 between terrains: standard error 0.09 */
  for (int k = 1; k <= 2; k++) assert_near(found.stumps[k] / terrains, 2.2 * 150.0 / 180.0, 0.3);
  assert_near(found.stairs[3], found.stairs[4], 4.0 * sqrt(found.stairs[3] + found.stairs[4]));
  assert_near(found.pits[2], found.pits[3], 4.0 * sqrt(found.pits[2] + found.pits[3]));
  assert_near(found.up, found.down, 4.0 * sqrt(found.up + found.down));
  assert_true(found.stairs[3] > 100 && found.pits[2] > 100 && found.up > 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(masses_follow_from_the_outlines),
      cmocka_unit_test(a_push_and_the_weight_give_their_momentum),
      cmocka_unit_test(a_motor_does_the_work_of_its_torque),
      cmocka_unit_test(motors_stop_pushing_at_their_speed),
      cmocka_unit_test(steps_on_level_ground_are_gymnasiums),
      cmocka_unit_test(the_lidar_sees_the_nearest_ground),
      cmocka_unit_test(easy_terrain_is_level_and_then_slightly_uneven),
      cmocka_unit_test(hardcore_terrain_has_stumps_stairs_and_pits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
