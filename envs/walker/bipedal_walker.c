/* BipedalWalker-v3 of Gymnasium: a hull on two legs of two segments walks over uneven grass, or in hardcore
 * over stumps, stairs and pits, and sees the ground by ten rays. Body, terrain, observation, reward and ends
 * are the same; random numbers come from our streams, and the physics from Box2D 2.4 where Gymnasium has 2.3:
 * a joint that runs into its limit stops there instead of beyond, and contacts are solved in another order.
 * With 2.3 linked in, this code follows Gymnasium step by step (tests/c/test_walker.c).
 *
 * Observation (24): hull angle, angular speed / 25, velocity * 0.12 forward and * 0.08 upward; for each leg
 * hip angle, hip speed / 4, knee angle + 1, knee speed / 6, foot contact; ten fractions of the lidar's reach.
 * Action (4): hip and knee of leg l, then of leg r.
 *
 * The reward of a step is the sum of four terms: forward = 130/30 for a metre, posture = -5 for a radian that
 * the hull turned away from upright, effort = -0.028 sum |action|, and fall = -100, which comes alone. */
#include "env/env.h"

#include "base/memory.h"
#include "walker/walker.h"

#include <math.h>
#include <string.h>

static const double DT = 1.0 / 50.0; /* s */
static const float PUSH = 5.0f;      /* N: the hull is pushed by up to this in the first step */
static const double GOAL = RL_WALKER_STEP * (RL_WALKER_POINTS - RL_WALKER_END); /* m */

enum { GRAVITY, VELOCITY_ITERATIONS, POSITION_ITERATIONS, LIMIT, CONTINUOUS, N_OPTIONS };

#define COMMON_OPTIONS                                                                                       \
  [GRAVITY] = {"gravity", "m/s^2", "downward acceleration", 10.0, 0.01, 100.0, .live = true},                \
  [VELOCITY_ITERATIONS] = {"velocity_iterations",     "",          "of Box2D's solver", 180.0, 1.0, 500.0,   \
                           .type = RL_OPTION_INTEGER, .live = true},                                         \
  [POSITION_ITERATIONS] = {"position_iterations",     "",          "of Box2D's solver", 60.0, 1.0, 500.0,    \
                           .type = RL_OPTION_INTEGER, .live = true},                                         \
  [CONTINUOUS] = RL_B2_CONTINUOUS_ROW

static const rl_option easy_options[N_OPTIONS] = {
    COMMON_OPTIONS,
    [LIMIT] = {"limit", "steps", "after which an episode is truncated", 1600.0, 1.0, 1e6,
               .type = RL_OPTION_INTEGER, .live = true},
};
static const rl_option hardcore_options[N_OPTIONS] = {
    COMMON_OPTIONS,
    [LIMIT] = {"limit", "steps", "after which an episode is truncated", 2000.0, 1.0, 1e6,
               .type = RL_OPTION_INTEGER, .live = true},
};
static const bool easy = false, hardcore = true; /* the config of a definition: which terrain */

enum { FORWARD, POSTURE, EFFORT, FALL, N_TERMS };
static const char *const terms[N_TERMS] = {"forward", "posture", "effort", "fall"};

enum {
  TIME,
  X,
  Y,
  VX,
  VY,
  ANGLE,
  ANGULAR_SPEED,
  HEIGHT,
  FALLEN,
  ARRIVED,
  LEG_L, /* where its fields begin */
  LEG_R = LEG_L + 5,
  N_FIELDS = LEG_R + 5
};
enum { HIP_ANGLE, HIP_SPEED, KNEE_ANGLE, KNEE_SPEED, CONTACT }; /* of a leg */

static const rl_field fields[N_FIELDS] = {
    [TIME] = {"time", "s", "since the start of the episode"},
    [X] = {"x", "m", "hull, forward from the left end of the terrain; it starts at 4.7, the goal is at 88.7"},
    [Y] = {"y", "m", "hull, upward; the terrain starts at 3.33"},
    [VX] = {"vx", "m/s", "hull's velocity forward"},
    [VY] = {"vy", "m/s", "hull's velocity upward"},
    [ANGLE] = {"angle", "rad", "of the hull, counter-clockwise (leaning back is positive)"},
    [ANGULAR_SPEED] = {"angular_speed", "rad/s", "of the hull, counter-clockwise"},
    [HEIGHT] = {"height", "m", "hull above what is straight below it, up to 5.33"},
    [FALLEN] = {"fallen", "", "1 once the hull has touched the ground"},
    [ARRIVED] = {"arrived", "", "1 beyond the goal"},
    [LEG_L + HIP_ANGLE] = {"hip_l_angle", "rad", "from -0.8 to 1.1; the leg forward is positive"},
    [LEG_L + HIP_SPEED] = {"hip_l_speed", "rad/s", "angular speed of the hip"},
    [LEG_L + KNEE_ANGLE] = {"knee_l_angle", "rad", "from -1.6, bent, to -0.1"},
    [LEG_L + KNEE_SPEED] = {"knee_l_speed", "rad/s", "angular speed of the knee"},
    [LEG_L +
        CONTACT] = {"foot_l_contact", "", "1 from a touch of the ground to the next leaving of any of it"},
    [LEG_R + HIP_ANGLE] = {"hip_r_angle", "rad", "from -0.8 to 1.1; the leg forward is positive"},
    [LEG_R + HIP_SPEED] = {"hip_r_speed", "rad/s", "angular speed of the hip"},
    [LEG_R + KNEE_ANGLE] = {"knee_r_angle", "rad", "from -1.6, bent, to -0.1"},
    [LEG_R + KNEE_SPEED] = {"knee_r_speed", "rad/s", "angular speed of the knee"},
    [LEG_R +
        CONTACT] = {"foot_r_contact", "", "1 from a touch of the ground to the next leaving of any of it"},
};

typedef struct walker_copy {
  const rl_env_def *def;
  rl_b2_world *world;
  rl_walker_terrain terrain;
  int velocity_iterations, position_iterations;
  int64_t steps, last_step;
  double x, angle; /* of the hull, as last shown: the reward is of their change */
  bool fallen;
  bool broken; /* the state was not finite: the episode is over whatever comes */
} walker_copy;

static void move(walker_copy *copy, const float *action) {
  rl_walker_drive(copy->world, action);
  rl_b2_begin_interval(copy->world);
  rl_b2_step(copy->world, (float)DT, copy->velocity_iterations, copy->position_iterations);
  if (rl_b2_body_contact(copy->world, RL_WALKER_HULL).touched) copy->fallen = true;
}

static void read_leg(const rl_b2_world *world, int hip, int lower_leg, float *f) {
  f[HIP_ANGLE] = rl_b2_joint_angle(world, hip);
  f[HIP_SPEED] = rl_b2_joint_speed(world, hip);
  f[KNEE_ANGLE] = rl_b2_joint_angle(world, hip + 1);
  f[KNEE_SPEED] = rl_b2_joint_speed(world, hip + 1);
  /* Gymnasium's flag goes down with the first edge that the foot leaves, though it may stand on another. */
  f[CONTACT] = rl_b2_body_contact(world, lower_leg).began ? 1.0f : 0.0f;
}

/* All but the height. */
static void read_fields(const walker_copy *copy, float *f) {
  const rl_b2_pose pose = rl_b2_body_pose(copy->world, RL_WALKER_HULL);
  const rl_b2_motion motion = rl_b2_body_motion(copy->world, RL_WALKER_HULL);
  f[TIME] = (float)((double)copy->steps * DT);
  f[X] = pose.x;
  f[Y] = pose.y;
  f[VX] = motion.vx;
  f[VY] = motion.vy;
  f[ANGLE] = motion.angle;
  f[ANGULAR_SPEED] = motion.angular_speed;
  read_leg(copy->world, RL_WALKER_HIP_L, RL_WALKER_LOWER_L, f + LEG_L);
  read_leg(copy->world, RL_WALKER_HIP_R, RL_WALKER_LOWER_R, f + LEG_R);
  f[FALLEN] = copy->fallen ? 1.0f : 0.0f;
  f[ARRIVED] = (double)pose.x > GOAL ? 1.0f : 0.0f;
}

static float *observe_leg(const float *f, float *o) {
  *o++ = f[HIP_ANGLE];
  *o++ = f[HIP_SPEED] / RL_WALKER_HIP_SPEED;
  *o++ = f[KNEE_ANGLE] + 1.0f;
  *o++ = f[KNEE_SPEED] / RL_WALKER_KNEE_SPEED;
  *o++ = f[CONTACT];
  return o;
}

static void observe(const float *f, const float *lidar, float *o) {
  *o++ = f[ANGLE];
  *o++ = f[ANGULAR_SPEED] / 25.0f;
  *o++ = f[VX] * 0.12f;
  *o++ = f[VY] * 0.08f;
  o = observe_leg(f + LEG_L, o);
  o = observe_leg(f + LEG_R, o);
  memcpy(o, lidar, RL_WALKER_RAYS * sizeof *o);
}

/* False when the state is not finite. */
static bool show(walker_copy *copy, rl_env_io *io) {
  float lidar[RL_WALKER_RAYS] = {0.0f}, *f = io->fields;
  if (!copy->broken) {
    read_fields(copy, f);
    if (isfinite(f[X]) && isfinite(f[Y])) rl_walker_look(copy->world, lidar); /* Box2D asserts that it is */
    f[HEIGHT] = lidar[0] * (float)RL_WALKER_SIGHT;
    observe(f, lidar, io->observation);
  }
  return rl_env_guard(copy->def, &copy->broken, io);
}

static void remember(walker_copy *copy, const float *f) {
  copy->x = (double)f[X];
  copy->angle = (double)f[ANGLE];
}

static void walker_reset(void *self, const double *options, rl_rng *rng, rl_env_io *io) {
  static const float still[RL_WALKER_JOINTS] = {0.0f};
  walker_copy *copy = self;
  const float push = PUSH * (2.0f * rl_rng_uniform(rng) - 1.0f);
  copy->velocity_iterations = (int)options[VELOCITY_ITERATIONS];
  copy->position_iterations = (int)options[POSITION_ITERATIONS];
  copy->last_step = (int64_t)options[LIMIT];
  copy->steps = 0;
  copy->fallen = copy->broken = false;
  rl_walker_terrain_make(&copy->terrain, *(const bool *)copy->def->config, rng);
  rl_b2_set_continuous(copy->world, (rl_b2_continuous)options[CONTINUOUS]);
  rl_walker_build(copy->world, &copy->terrain, (float)options[GRAVITY]);
  rl_b2_add_force(copy->world, RL_WALKER_HULL, push, 0.0f);
  move(copy, still);
  memset(io->terms, 0, N_TERMS * sizeof(float));
  io->reward = 0.0;
  io->terminated = io->truncated = false;
  show(copy, io);
  remember(copy, io->fields);
}

static void write_reward(const float *action, double forward, double turn, bool fell, rl_env_io *io) {
  double effort = 0.0;
  for (int j = 0; j < RL_WALKER_JOINTS; j++) effort += (double)fabsf(action[j]);
  io->terms[FORWARD] = fell ? 0.0f : (float)(130.0 / 30.0 * forward);
  io->terms[POSTURE] = fell ? 0.0f : (float)(-5.0 * turn);
  io->terms[EFFORT] = fell ? 0.0f : (float)(-0.028 * effort);
  io->terms[FALL] = fell ? -100.0f : 0.0f;
  io->reward = 0.0;
  for (int i = 0; i < N_TERMS; i++) io->reward += (double)io->terms[i];
}

static void walker_step(void *self, const float *action, rl_env_io *io) {
  walker_copy *copy = self;
  if (!copy->broken) move(copy, action);
  copy->steps++;
  if (!show(copy, io)) return;
  const double x = copy->x, angle = copy->angle;
  remember(copy, io->fields);
  const bool fell = copy->fallen || copy->x < 0.0;
  write_reward(action, copy->x - x, fabs(copy->angle) - fabs(angle), fell, io);
  io->terminated = fell || io->fields[ARRIVED] > 0.0f;
  io->truncated = copy->steps >= copy->last_step;
}

static void walker_draw(void *self, const rl_scene *scene) {
  const walker_copy *copy = self;
  scene->polygon(scene->context, -1, RL_WALKER_POINTS, &copy->terrain.xy[0][0], false);
  for (int i = 0; i < copy->terrain.n_boxes; i++)
    scene->polygon(scene->context, -1, 4, &copy->terrain.boxes[i][0][0], true);
  for (int body = 0; body < RL_WALKER_BODIES; body++) {
    const float *xy;
    const int n = rl_walker_outline(body, &xy);
    scene->polygon(scene->context, body, n, xy, true);
  }
}

static void walker_poses(void *self, float *poses) {
  const walker_copy *copy = self;
  memset(poses, 0, 3 * RL_WALKER_BODIES * sizeof(float));
  for (int body = 0; body < RL_WALKER_BODIES && !copy->broken; body++) {
    const rl_b2_pose pose = rl_b2_body_pose(copy->world, body);
    poses[3 * body] = pose.x;
    poses[3 * body + 1] = pose.y;
    poses[3 * body + 2] = pose.angle;
  }
}

static void walker_disturb(void *self, const rl_disturbance *disturbance) {
  walker_copy *copy = self;
  rl_b2_push(copy->world, RL_WALKER_HULL, RL_WALKER_BODIES, (float)disturbance->ax, (float)disturbance->ay);
  if (!isnan(disturbance->gravity)) rl_b2_set_gravity(copy->world, (float)disturbance->gravity);
}

static void walker_free(void *self) {
  walker_copy *copy = self;
  rl_b2_free(copy->world);
  rl_release(copy);
}

static rl_status walker_create(void **self, const rl_env_def *def, rl_error *error) {
  rl_status status = rl_env_allocate(self, sizeof(walker_copy), def, error);
  if (status) return status;
  walker_copy *copy = *self;
  copy->def = def;
  status = rl_b2_create(&copy->world, error);
  if (!status) return RL_OK;
  walker_free(copy);
  *self = NULL;
  return status;
}

static double walker_dt(const double *options) {
  (void)options;
  return DT;
}

static double walker_physics_seconds(const void *self) {
  return rl_b2_seconds(((const walker_copy *)self)->world);
}

#define WALKER                                                                                               \
  .observation = {.kind = RL_BOX, .size = 14 + RL_WALKER_RAYS, .low = -INFINITY, .high = INFINITY},          \
  .action = {.kind = RL_BOX, .size = RL_WALKER_JOINTS, .low = -1.0f, .high = 1.0f}, .fields = fields,        \
  .n_fields = N_FIELDS, .n_options = N_OPTIONS, .terms = terms, .n_terms = N_TERMS,                          \
  .n_bodies = RL_WALKER_BODIES,                                                                              \
  .asymmetry = "its hips count their angles from different places, 0.1 rad apart", .repeatable = true,       \
  .create = walker_create, .free = walker_free, .reset = walker_reset, .step = walker_step,                  \
  .draw = walker_draw, .poses = walker_poses, .disturb = walker_disturb, .dt = walker_dt,                    \
  .physics_seconds = walker_physics_seconds

const rl_env_def rl_bipedal_walker = {
    .name = "bipedal_walker",
    .summary = "walk a two-legged robot over uneven ground that it sees by lidar (BipedalWalker-v3)",
    .options = easy_options,
    .config = &easy,
    WALKER,
};

const rl_env_def rl_bipedal_walker_hardcore = {
    .name = "bipedal_walker_hardcore",
    .summary = "the same over stumps, stairs and pits (BipedalWalkerHardcore-v3)",
    .options = hardcore_options,
    .config = &hardcore,
    WALKER,
};
