/* A stroke of one joint by a movement primitive (muscle/primitive.h), the two tasks on which Peters & Schaal compare policy
 * gradients ("Reinforcement learning of motor skills with policy gradients", 2008): from 0 to 1 rad
 *
 *   reach   with the least motor command: y''^2 costs, and from half of the duration on being off the goal and moving
 *   pass    the same, by way of a point: distance from `point` at `point_time` costs, and being off the goal at the end
 *
 * The action is the primitive's forcing term, and observed are the bases that its weights are multiplied by: a linear policy
 * has the weights as parameters, and its deviation is noise on the motor command. Nothing ends an episode but the stroke. */
#include "env/env.h"

#include "base/memory.h"
#include "muscle/primitive.h"
#include "physics/shape.h"

#include <math.h>
#include <string.h>

enum { TASK, DURATION, TIME_STEP, EFFORT, PRECISION, POINT, POINT_TIME, N_OPTIONS };
enum { REACH, PASS };

static const char *const tasks[] = {"reach", "pass", NULL};

static const rl_option options[N_OPTIONS] = {
    [TASK] = {"task", "", "what costs", REACH, REACH, PASS, .choices = tasks, .type = RL_OPTION_CHOICE,
              .live = true},
    [DURATION] = {"duration", "s", "of the stroke, and of the episode", 1.0, 0.1, 100.0, .live = true},
    [TIME_STEP] = {"time_step", "", "of an action, in durations", 0.01, 0.001, 0.1, .live = true},
    [EFFORT] = {"effort", "", "weight of squared acceleration, in units of the duration", 0.01, 0.0, 1e3,
                .live = true},
    [PRECISION] = {"precision", "", "weight of being off the goal, and off the point", 100.0, 0.0, 1e6,
                   .live = true},
    [POINT] = {"point", "rad", "to pass through", 0.5, -10.0, 10.0, .live = true},
    [POINT_TIME] = {"point_time", "", "when, in durations", 0.5, 0.0, 1.0, .live = true},
};

enum { BASES = 10 };
enum { TIME, POSITION, VELOCITY, ACCELERATION, BASIS, N_FIELDS = BASIS + BASES };

#define BASIS_FIELD(i)                                                                                       \
  { "basis_" #i, "", "what weight " #i " is multiplied by now" }
static const rl_field fields[N_FIELDS] = {
    [TIME] = {"time", "s", "since the episode began"},
    [POSITION] = {"position", "rad", "of the joint"},
    [VELOCITY] = {"velocity", "rad/s", "of the joint"},
    [ACCELERATION] = {"acceleration", "rad/s^2", "of the joint in the last step: the motor command"},
    [BASIS] = BASIS_FIELD(1),
    BASIS_FIELD(2),
    BASIS_FIELD(3),
    BASIS_FIELD(4),
    BASIS_FIELD(5),
    BASIS_FIELD(6),
    BASIS_FIELD(7),
    BASIS_FIELD(8),
    BASIS_FIELD(9),
    BASIS_FIELD(10),
};

enum { EFFORT_TERM, GOAL_TERM, POINT_TERM, N_TERMS };
static const char *const terms[N_TERMS] = {"effort", "goal", "point"};

static const char *const observation_names[BASES] = {"basis_1", "basis_2", "basis_3", "basis_4", "basis_5",
                                                     "basis_6", "basis_7", "basis_8", "basis_9", "basis_10"};

typedef struct stroke {
  rl_primitive primitive;
  rl_primitive_state state;
  double acceleration; /* rad/s^2 */
  double options[N_OPTIONS];
  int steps, limit, passing; /* passing: the step that ends at the point's time */
} stroke;

static void show(stroke *s, rl_env_io *io) {
  double basis[RL_MAX_WEIGHTS];
  rl_primitive_basis(&s->primitive, s->state.time, basis);
  for (int i = 0; i < BASES; i++) io->observation[i] = io->fields[BASIS + i] = (float)basis[i];
  io->fields[TIME] = (float)s->state.time;
  io->fields[POSITION] = (float)s->state.y;
  io->fields[VELOCITY] = (float)s->state.speed;
  io->fields[ACCELERATION] = (float)s->acceleration;
}

static rl_status create(void **self, const rl_env_def *def, rl_error *error) {
  return rl_env_allocate(self, sizeof(stroke), def, error);
}

static void make(stroke *s, const double *option) {
  memset(s, 0, sizeof *s);
  memcpy(s->options, option, sizeof s->options);
  s->primitive = (rl_primitive){.duration = (float)option[DURATION],
                                .goal = 1.0f,
                                .scaled = true,
                                .amplitude = 1.0f,
                                .n_weights = BASES};
  s->limit = (int)ceil(1.0 / option[TIME_STEP] - 1e-9);
  s->passing = (int)lround(option[POINT_TIME] / option[TIME_STEP]);
}

static void reset(void *self, const double *option, rl_rng *rng, rl_env_io *io) {
  stroke *s = self;
  (void)rng;
  make(s, option);
  rl_primitive_begin(&s->state, 0.0);
  io->reward = 0.0;
  for (int i = 0; i < N_TERMS; i++) io->terms[i] = 0.0f;
  io->terminated = io->truncated = false;
  show(s, io);
}

enum { N_STATE = 5 };

static void save(const void *self, double *state) {
  const stroke *s = self;
  memcpy(state, (double[N_STATE]){s->state.time, s->state.y, s->state.speed, s->acceleration, s->steps},
         N_STATE * sizeof *state);
}

static void load(void *self, const double *option, rl_rng *rng, const double *state, rl_env_io *io) {
  stroke *s = self;
  (void)rng;
  make(s, option);
  s->state = (rl_primitive_state){.time = state[0], .y = state[1], .speed = state[2]};
  s->acceleration = state[3];
  s->steps = rl_env_whole(state[4]);
  show(s, io);
}

/* Speeds and accelerations count in durations, so that the task is the same for a slow stroke. */
static void step(void *self, const float *action, rl_env_io *io) {
  stroke *s = self;
  const double *o = s->options, share = o[TIME_STEP], tau = o[DURATION];
  const bool pass = (int)o[TASK] == PASS;
  s->acceleration = rl_primitive_step(&s->primitive, (double)action[0], share * tau, &s->state);
  s->steps++;
  const double off = s->state.y - 1.0, speed = s->state.speed * tau, command = s->acceleration * tau * tau;
  const double past = s->state.y - o[POINT];
  const bool settled = s->steps * share > (pass ? 0.9 : 0.5) + 1e-9;
  const double effort = -o[EFFORT] * share * command * command;
  const double goal = settled ? -o[PRECISION] * share * (off * off + speed * speed) : 0.0;
  const double point = pass && s->steps == s->passing ? -o[PRECISION] * past * past : 0.0;
  io->terms[EFFORT_TERM] = (float)effort;
  io->terms[GOAL_TERM] = (float)goal;
  io->terms[POINT_TERM] = (float)point;
  io->reward = effort + goal + point;
  io->terminated = s->steps >= s->limit;
  io->truncated = false;
  show(s, io);
}

enum { ARM, N_BODIES };

static void draw(void *self, const rl_scene *scene) {
  const rl_shape arm = {.kind = RL_SHAPE_CAPSULE, .center = {0.0f, 0.5f}, .height = 1.0f, .radius = 0.05f};
  (void)self;
  scene->polygon(scene->context, -1, 2, (float[]){-100.0f, -1.2f, 100.0f, -1.2f}, false);
  rl_shape_draw(&arm, ARM, scene);
}

static void poses(void *self, float *pose) {
  const stroke *s = self;
  pose[0] = pose[1] = 0.0f;
  pose[2] = (float)s->state.y;
}

static double dt(const double *option) { return option[TIME_STEP] * option[DURATION]; }

const rl_env_def rl_stroke = {
    .name = "stroke",
    .summary = "shape a movement primitive: reach with the least motor command, or pass through a point",
    .observation = {.kind = RL_BOX, .size = BASES, .low = -INFINITY, .high = INFINITY},
    .observation_names = observation_names,
    .action = {.kind = RL_BOX, .size = 1, .low = -100.0f, .high = 100.0f},
    .fields = fields,
    .n_fields = N_FIELDS,
    .options = options,
    .n_options = N_OPTIONS,
    .terms = terms,
    .n_terms = N_TERMS,
    .asymmetry = "a stroke goes one way",
    .n_bodies = N_BODIES,
    .copies_a_piece = 64,
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
