/* CartPole-v1: a pole hinged on a cart is to be kept upright by pushing the cart left or right. The equations
 * are those of Barto, Sutton & Anderson 1983 as Gymnasium integrates them: explicit Euler with the old
 * velocities, in double and in the same order of operations, so that an episode is the same to the last bit.
 *
 * Observed are x, its speed, the pole's angle (positive to the right) and its speed. Every step earns 1, the
 * one that loses the pole included. */
#include "env/env.h"

#include "base/memory.h"
#include "physics/shape.h"

#include <math.h>
#include <string.h>

enum {
  GRAVITY,
  MASSCART,
  MASSPOLE,
  HALF_LENGTH,
  FORCE,
  TIME_STEP,
  X_LIMIT,
  ANGLE_LIMIT,
  START,
  LIMIT,
  N_OPTIONS
};

static const rl_option options[N_OPTIONS] = {
    [GRAVITY] = {"gravity", "m/s^2", "downward acceleration", 9.8, 0.0, 100.0, .live = true},
    [MASSCART] = {"masscart", "kg", "of the cart", 1.0, 0.01, 100.0, .live = true},
    [MASSPOLE] = {"masspole", "kg", "of the pole", 0.1, 0.001, 100.0, .live = true},
    [HALF_LENGTH] = {"half_length", "m", "from the hinge to the middle of the pole", 0.5, 0.05, 10.0,
                     .live = true},
    [FORCE] = {"force", "N", "that an action pushes with", 10.0, 0.0, 1000.0, .live = true},
    [TIME_STEP] = {"time_step", "s", "of an action", 0.02, 0.001, 0.1, .live = true},
    [X_LIMIT] = {"x_limit", "m", "half the track: a cart beyond it ends the episode", 2.4, 0.1, 100.0,
                 .live = true},
    [ANGLE_LIMIT] = {"angle_limit", "degrees", "a pole that leans more has fallen", 12.0, 1.0, 180.0,
                     .live = true},
    [START] = {"start", "", "position, angle and speeds begin within this of 0, evenly", 0.05, 0.0, 1.0,
               .live = true},
    [LIMIT] = {"limit", "steps", "after which an episode is truncated", 500.0, 1.0, 1e6,
               .type = RL_OPTION_INTEGER, .live = true},
};

enum { TIME, X, VX, ANGLE, ANGULAR_SPEED, N_FIELDS };

static const rl_field fields[N_FIELDS] = {
    [TIME] = {"time", "s", "since the episode began"},
    [X] = {"x", "m", "the cart's place on the track"},
    [VX] = {"vx", "m/s", "the cart's speed"},
    [ANGLE] = {"angle", "rad", "of the pole from upright, positive to the right"},
    [ANGULAR_SPEED] = {"angular_speed", "rad/s", "of the pole"},
};

static const char *const terms[] = {"balance"};

/* A judge may let an episode go on after the fall, and Euler's method feeds energy to a pole that swings
 * round: beyond this the range has run out, long before a number could overflow. */
static const double RANGE = 1e4; /* m, rad/s */

typedef struct cartpole {
  double x, vx, angle, angular_speed;
  double gravity, masspole, half_length, force, dt, x_limit, angle_limit;
  double mass, moment; /* kg of both; masspole * half_length */
  int steps, limit;
} cartpole;

static void show(const cartpole *c, rl_env_io *io) {
  io->observation[0] = io->fields[X] = (float)c->x;
  io->observation[1] = io->fields[VX] = (float)c->vx;
  io->observation[2] = io->fields[ANGLE] = (float)c->angle;
  io->observation[3] = io->fields[ANGULAR_SPEED] = (float)c->angular_speed;
  io->fields[TIME] = (float)(c->steps * c->dt);
}

static rl_status create(void **self, const rl_env_def *def, rl_error *error) {
  return rl_env_allocate(self, sizeof(cartpole), def, error);
}

static cartpole made_of(const double *option) {
  return (cartpole){
      .gravity = option[GRAVITY],
      .masspole = option[MASSPOLE],
      .half_length = option[HALF_LENGTH],
      .force = option[FORCE],
      .dt = option[TIME_STEP],
      .x_limit = option[X_LIMIT],
      .angle_limit = option[ANGLE_LIMIT] * (3.14159265358979323846 / 180.0),
      .moment = option[MASSPOLE] * option[HALF_LENGTH],
      .mass = option[MASSCART] + option[MASSPOLE],
      .limit = (int)option[LIMIT],
  };
}

static void reset(void *self, const double *option, rl_rng *rng, rl_env_io *io) {
  cartpole *c = self;
  float start[4];
  rl_rng_fill_uniform(rng, start, 4, (float)-option[START], (float)option[START]);
  *c = made_of(option);
  c->x = (double)start[0];
  c->vx = (double)start[1];
  c->angle = (double)start[2];
  c->angular_speed = (double)start[3];
  io->reward = 0.0;
  io->terms[0] = 0.0f;
  io->terminated = io->truncated = false;
  show(c, io);
}

enum { N_STATE = 5 };

static void save(const void *self, double *state) {
  const cartpole *c = self;
  memcpy(state, (double[N_STATE]){c->x, c->vx, c->angle, c->angular_speed, c->steps},
         N_STATE * sizeof *state);
}

static void load(void *self, const double *option, rl_rng *rng, const double *state, rl_env_io *io) {
  cartpole *c = self;
  (void)rng;
  *c = made_of(option);
  c->x = state[0];
  c->vx = state[1];
  c->angle = state[2];
  c->angular_speed = state[3];
  c->steps = rl_env_whole(state[4]);
  show(c, io);
}

static void step(void *self, const float *action, rl_env_io *io) {
  cartpole *c = self;
  const double sine = sin(c->angle), cosine = cos(c->angle);
  const double force = c->force * (2.0 * (double)action[0] - 1.0); /* 0: to the left, 1: to the right */
  const double push = (force + c->moment * (c->angular_speed * c->angular_speed) * sine) / c->mass;
  const double turn = (c->gravity * sine - cosine * push) /
                      (c->half_length * (4.0 / 3.0 - c->masspole * (cosine * cosine) / c->mass));
  const double acceleration = push - c->moment * turn * cosine / c->mass;
  c->x += c->dt * c->vx;
  c->vx += c->dt * acceleration;
  c->angle += c->dt * c->angular_speed;
  c->angular_speed += c->dt * turn;
  c->steps++;
  io->reward = 1.0;
  io->terms[0] = 1.0f;
  io->terminated = fabs(c->x) > c->x_limit || fabs(c->angle) > c->angle_limit;
  io->truncated = c->steps >= c->limit || fabs(c->x) > RANGE || fabs(c->angular_speed) > RANGE;
  show(c, io);
}

/* Left and right change places. */
static const int same_place[N_FIELDS] = {0, 1, 2, 3, 4}, other_push[] = {1, 0};
static const float turned[N_FIELDS] = {-1.0f, -1.0f, -1.0f, -1.0f, -1.0f}, kept[] = {1.0f, 1.0f},
                   turned_fields[N_FIELDS] = {1.0f, -1.0f, -1.0f, -1.0f, -1.0f};
static const rl_symmetry symmetry = {.observation = {4, same_place, turned},
                                     .action = {2, other_push, kept},
                                     .fields = {N_FIELDS, same_place, turned_fields}};

enum { CART, POLE, N_BODIES };

/* The origin of either body is the hinge. */
static void draw(void *self, const rl_scene *scene) {
  const cartpole *c = self;
  const float half = (float)c->half_length, track = (float)c->x_limit;
  const rl_shape cart = {.kind = RL_SHAPE_BOX, .center = {0.0f, -0.06f}, .width = 0.4f, .height = 0.24f};
  const rl_shape pole = {
      .kind = RL_SHAPE_CAPSULE, .center = {0.0f, half}, .height = 2.0f * half + 0.06f, .radius = 0.03f};
  scene->polygon(scene->context, -1, 2, (float[]){-track - 0.2f, -0.18f, track + 0.2f, -0.18f}, false);
  rl_shape_draw(&cart, CART, scene);
  rl_shape_draw(&pole, POLE, scene);
}

static void poses(void *self, float *pose) {
  const cartpole *c = self;
  for (int i = 0; i < N_BODIES; i++) {
    pose[3 * i] = (float)c->x;
    pose[3 * i + 1] = 0.0f;
    pose[3 * i + 2] = i == POLE ? (float)-c->angle : 0.0f;
  }
}

static void disturb(void *self, const rl_disturbance *disturbance) {
  cartpole *c = self;
  c->vx += c->dt * disturbance->ax;
  if (!isnan(disturbance->gravity)) c->gravity = disturbance->gravity;
}

static double dt(const double *option) { return option[TIME_STEP]; }

const rl_env_def rl_cartpole = {
    .name = "cartpole",
    .summary = "keep a pole upright on a cart that is pushed left or right (CartPole-v1)",
    .observation = {.kind = RL_BOX, .size = 4, .low = -INFINITY, .high = INFINITY},
    .action = {.kind = RL_DISCRETE, .size = 2},
    .fields = fields,
    .n_fields = N_FIELDS,
    .options = options,
    .n_options = N_OPTIONS,
    .terms = terms,
    .n_terms = 1,
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
    .disturb = disturb,
    .dt = dt,
};
