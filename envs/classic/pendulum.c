/* Pendulum-v1: a rod on a hinge is to be swung up and held there by a torque too weak to lift it at once.
 * w' = clip(w + (3 g sin(th) / (2 l) + 3 u / (m l^2)) dt, +-max_speed), th' = th + w' dt; th = 0 is upright.
 *
 * Observed are cos(th), sin(th) and w. A step costs th^2 + 0.1 w^2 + 0.001 u^2, of the state before it and
 * with th in [-pi, pi). Nothing ends an episode but its limit.
 *
 * A step takes some 20 ns, most of it for sine and cosine. They are computed once, in float as they are
 * observed, and the sine is kept for the next step. */
#include "env/env.h"

#include "base/memory.h"
#include "physics/shape.h"

#include <math.h>
#include <string.h>

enum { GRAVITY, MASS, LENGTH, MAX_SPEED, TIME_STEP, START_ANGLE, START_SPEED, LIMIT, N_OPTIONS };

static const double PI = 3.14159265358979323846;

static const rl_option options[N_OPTIONS] = {
    [GRAVITY] = {"gravity", "m/s^2", "downward acceleration", 10.0, 0.0, 100.0, .live = true},
    [MASS] = {"mass", "kg", "of the rod", 1.0, 0.01, 100.0, .live = true},
    [LENGTH] = {"length", "m", "of the rod", 1.0, 0.1, 10.0, .live = true},
    [MAX_SPEED] = {"max_speed", "rad/s", "the hinge turns no faster", 8.0, 0.1, 50.0, .live = true},
    [TIME_STEP] = {"time_step", "s", "of an action", 0.05, 0.001, 0.1, .live = true},
    [START_ANGLE] = {"start_angle", "rad", "the angle begins within this of upright, evenly",
                     3.141592653589793, 0.0, 3.141592653589793, .live = true},
    [START_SPEED] = {"start_speed", "rad/s", "the speed begins within this of 0, evenly; max_speed holds too",
                     1.0, 0.0, 50.0, .live = true},
    [LIMIT] = {"limit", "steps", "after which an episode is truncated", 200.0, 1.0, 1e6,
               .type = RL_OPTION_INTEGER, .live = true},
};

enum { TIME, ANGLE, ANGULAR_SPEED, UPRIGHT, N_FIELDS };

static const rl_field fields[N_FIELDS] = {
    [TIME] = {"time", "s", "since the episode began"},
    [ANGLE] = {"angle", "rad", "from upright, counter-clockwise, in [-pi, pi]"},
    [ANGULAR_SPEED] = {"angular_speed", "rad/s", "counter-clockwise"},
    [UPRIGHT] = {"upright", "", "cosine of the angle: 1 upright, -1 hanging"},
};

enum { ANGLE_TERM, SPEED_TERM, EFFORT_TERM, N_TERMS };
static const char *const terms[N_TERMS] = {"angle", "speed", "effort"};

typedef struct pendulum {
  double angle, speed; /* rad in [-pi, pi), rad/s */
  float sine;          /* of the angle */
  double fall, push;   /* rad/s in a step for a sine, for a torque of 1 */
  double max_speed, dt;
  int turns; /* for the replay: how often the angle has wrapped */
  int steps, limit;
  float length;
} pendulum;

static void show(pendulum *p, rl_env_io *io) {
  const float angle = (float)p->angle, speed = (float)p->speed;
  p->sine = sinf(angle); /* with the cosine one call of sincosf: the compiler sees to it */
  io->observation[0] = io->fields[UPRIGHT] = cosf(angle);
  io->observation[1] = p->sine;
  io->observation[2] = io->fields[ANGULAR_SPEED] = speed;
  io->fields[ANGLE] = angle;
  io->fields[TIME] = (float)(p->steps * p->dt);
}

static rl_status create(void **self, const rl_env_def *def, rl_error *error) {
  return rl_env_allocate(self, sizeof(pendulum), def, error);
}

static double clip(double x, double most) { return x > most ? most : x < -most ? -most : x; }

/* Wraps the angle. Less than a turn is made in a step: 50 rad/s * 0.1 s. */
static void turn(pendulum *p, double angle) {
  const int turns = angle >= PI ? 1 : angle < -PI ? -1 : 0;
  p->angle = turns ? angle - 2.0 * PI * turns : angle;
  p->turns += turns;
}

static pendulum made_of(const double *option) {
  const double m = option[MASS], l = option[LENGTH];
  return (pendulum){
      .fall = 3.0 * option[GRAVITY] / (2.0 * l) * option[TIME_STEP],
      .push = 3.0 / (m * l * l) * option[TIME_STEP],
      .max_speed = option[MAX_SPEED],
      .dt = option[TIME_STEP],
      .limit = (int)option[LIMIT],
      .length = (float)l,
  };
}

static void reset(void *self, const double *option, rl_rng *rng, rl_env_io *io) {
  pendulum *p = self;
  const double angle = option[START_ANGLE] * (2.0 * (double)rl_rng_uniform(rng) - 1.0);
  const double speed = option[START_SPEED] * (2.0 * (double)rl_rng_uniform(rng) - 1.0);
  *p = made_of(option);
  p->speed = clip(speed, option[MAX_SPEED]);
  turn(p, angle);
  io->reward = 0.0;
  for (int i = 0; i < N_TERMS; i++) io->terms[i] = 0.0f;
  io->terminated = io->truncated = false;
  show(p, io);
}

enum { N_STATE = 4 };

static void save(const void *self, double *state) {
  const pendulum *p = self;
  memcpy(state, (double[N_STATE]){p->angle, p->speed, p->turns, p->steps}, N_STATE * sizeof *state);
}

static void load(void *self, const double *option, rl_rng *rng, const double *state, rl_env_io *io) {
  pendulum *p = self;
  (void)rng;
  *p = made_of(option);
  p->angle = state[0];
  p->speed = state[1];
  p->turns = rl_env_whole(state[2]);
  p->steps = rl_env_whole(state[3]);
  show(p, io);
}

static void step(void *self, const float *action, rl_env_io *io) {
  pendulum *p = self;
  const double torque = (double)action[0];
  const double angle = -p->angle * p->angle, speed = -0.1 * p->speed * p->speed;
  const double effort = -0.001 * torque * torque;
  io->terms[ANGLE_TERM] = (float)angle;
  io->terms[SPEED_TERM] = (float)speed;
  io->terms[EFFORT_TERM] = (float)effort;
  io->reward = angle + speed + effort;
  p->speed = clip(p->speed + p->fall * (double)p->sine + p->push * torque, p->max_speed);
  turn(p, p->angle + p->speed * p->dt);
  p->steps++;
  io->terminated = false;
  io->truncated = p->steps >= p->limit;
  show(p, io);
}

/* Left and right change places. */
static const int same_place[N_FIELDS] = {0, 1, 2, 3};
static const float turned[] = {1.0f, -1.0f, -1.0f}, turned_action[] = {-1.0f},
                   turned_fields[N_FIELDS] = {1.0f, -1.0f, -1.0f, 1.0f};
static const rl_symmetry symmetry = {.observation = {3, same_place, turned},
                                     .action = {1, same_place, turned_action},
                                     .fields = {N_FIELDS, same_place, turned_fields}};

enum { STAND, ROD, N_BODIES };

/* The origin of either body is the hinge. */
static void draw(void *self, const rl_scene *scene) {
  const float length = ((const pendulum *)self)->length, ground = -1.2f * length;
  const rl_shape rod = {.kind = RL_SHAPE_CAPSULE,
                        .center = {0.0f, 0.5f * length},
                        .height = 1.1f * length,
                        .radius = 0.05f * length};
  const float foot = 0.2f * length, top = 0.06f * length;
  scene->polygon(scene->context, -1, 2, (float[]){-100.0f, ground, 100.0f, ground}, false);
  scene->polygon(scene->context, STAND, 4, (float[]){-foot, ground, foot, ground, top, top, -top, top}, true);
  rl_shape_draw(&rod, ROD, scene);
}

static void poses(void *self, float *pose) {
  const pendulum *p = self;
  for (int i = 0; i < 3 * N_BODIES; i++) pose[i] = 0.0f;
  pose[3 * ROD + 2] = (float)(p->angle + 2.0 * PI * p->turns);
}

static double dt(const double *option) { return option[TIME_STEP]; }

const rl_env_def rl_pendulum = {
    .name = "pendulum",
    .summary = "swing a rod up and hold it there with a weak torque (Pendulum-v1)",
    .observation = {.kind = RL_BOX, .size = 3, .low = -INFINITY, .high = INFINITY},
    .action = {.kind = RL_BOX, .size = 1, .low = -2.0f, .high = 2.0f}, /* N m */
    .fields = fields,
    .n_fields = N_FIELDS,
    .options = options,
    .n_options = N_OPTIONS,
    .terms = terms,
    .n_terms = N_TERMS,
    .symmetry = &symmetry,
    .n_bodies = N_BODIES,
    .copies_a_piece = 256,
    .repeatable = true,
    .create = create,
    .free = rl_release,
    .reset = reset,
    .step = step,
    .n_state = N_STATE,
    .save = save,
    .load = load,
    .draw = draw,
    .poses = poses,
    .dt = dt,
};
