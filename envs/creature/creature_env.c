/* The environment made of a creature: options, reset, step, its own reward, the scene. What an action does is
 * in creature.h (rl_motor), what is observed in creature_fields.h, how the world is built in
 * creature_model.h.
 *
 * The plain reward is the sum of three terms: speed = 1 - |vx - target_speed| / max(|target_speed|, 0.5), at
 * least -1; upright = 0.2 cos(trunk angle); effort = -0.05 times the field of that name. The other one that
 * `objective` chooses is in gait_objective.h. */
#include "base/memory.h"
#include "creature/creature_control.h"
#include "creature/creature_fields.h"
#include "physics/shape.h"
#include "physics/throw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

_Static_assert(RL_MAX_PARTS + RL_THROW_BALLS <= RL_B2_MAX_BODIES, "a world holds a creature and the balls");

enum {
  GRAVITY,
  CONTROL_RATE,
  SUBSTEPS,
  VELOCITY_ITERATIONS,
  POSITION_ITERATIONS,
  GROUND,
  ROUGHNESS,
  SLOPE,
  STEP_HEIGHT,
  STEP_LENGTH,
  GROUND_SEED,
  FRICTION,
  TARGET_SPEED,
  TIME_LIMIT,
  RESET_NOISE,
  OWN_OPTIONS,
  THROW = OWN_OPTIONS,             /* the first of RL_THROW_OPTIONS */
  GAIT = THROW + RL_THROW_OPTIONS, /* the first of RL_GAIT_OPTIONS */
  CONTINUOUS = GAIT + RL_GAIT_OPTIONS,
  START_PHASE, /* only of one that follows a motion: behind all others */
  N_OPTIONS    /* in files by their places: new ones come last */
};

static const rl_option continuous_option = RL_B2_CONTINUOUS_ROW;
static const rl_option start_phase_option = {
    "start_phase", "",          "where in the motion episodes begin, 0 to 1; -1: anywhere", -1.0, -1.0,
    1.0,           .live = true};
static const char *const ground_names[] = {"flat", "rough", "slope", "steps", NULL}; /* rl_ground_kind */

static const rl_option default_options[OWN_OPTIONS] = {
    [GRAVITY] = {"gravity", "m/s^2", "downward acceleration; 9.81 Earth, 3.71 Mars, 1.62 Moon, 0 in orbit",
                 9.81, 0.0, 100.0, .live = true},
    [CONTROL_RATE] = {"control_rate", "Hz", "actions a second", 50.0, 10.0, 200.0, .live = true},
    [SUBSTEPS] = {"substeps", "", "physics steps to an action", 4.0, 1.0, 32.0, .type = RL_OPTION_INTEGER,
                  .live = true},
    [VELOCITY_ITERATIONS] = {"velocity_iterations", "", "of Box2D's solver", 8.0, 1.0, 500.0,
                             .type = RL_OPTION_INTEGER, .live = true},
    [POSITION_ITERATIONS] = {"position_iterations", "", "of Box2D's solver", 3.0, 1.0, 500.0,
                             .type = RL_OPTION_INTEGER, .live = true},
    [GROUND] = {"ground", "", "its profile", RL_GROUND_FLAT, RL_GROUND_FLAT, RL_GROUND_STEPS,
                .choices = ground_names, .type = RL_OPTION_CHOICE, .live = true},
    [ROUGHNESS] = {"roughness", "m", "standard deviation of the height of rough ground", 0.03, 0.0, 0.5,
                   .live = true},
    [SLOPE] = {"slope", "degrees", "of sloping ground, uphill forward", 5.0, -45.0, 45.0, .live = true},
    [STEP_HEIGHT] = {"step_height", "m", "each step of stepped ground goes up or down by this", 0.05, 0.0,
                     0.5, .live = true},
    [STEP_LENGTH] = {"step_length", "m", "from one step to the next", 1.0, 0.2, 10.0, .live = true},
    [GROUND_SEED] = {"ground_seed", "", "0: new ground every episode; otherwise the same ground always", 0.0,
                     0.0, 4294967295.0, .type = RL_OPTION_SEED, .live = true},
    [FRICTION] = {"friction", "", "Coulomb coefficient of the ground; the contact has sqrt(ground * body)",
                  0.9, 0.0, 10.0, .live = true},
    [TARGET_SPEED] = {"target_speed", "m/s", "forward speed that the environment's own reward asks for", 1.0,
                      -20.0, 20.0, .live = true},
    [TIME_LIMIT] = {"time_limit", "s", "after which an episode is truncated", 20.0, 0.1, 3600.0,
                    .live = true},
    [RESET_NOISE] = {"reset_noise", "", "joint angles (rad) and velocity (m/s) start off by up to this", 0.05,
                     0.0, 1.0, .live = true},
};

enum {
  SPEED_TERM,
  UPRIGHT_TERM,
  EFFORT_TERM,
  ALIVE_TERM,
  ORIENTATION_TERM,
  VELOCITY_TERM,
  SLIDE_TERM,
  N_TERMS
};
static const char *const term_names[N_TERMS] = {/* those that the objective does not have stay 0 */
                                                "speed", "upright",          "effort",
                                                "alive", "head_orientation", "head_velocity",
                                                "slide"};

/* Tendons are stiff: with muscles, a step of physics is 1 ms. */
static const double MUSCLED_CONTROL_RATE = 100.0, MUSCLED_SUBSTEPS = 10.0;

typedef struct creature_def {
  rl_env_def def;
  rl_model model;
  char summary[256];
  rl_option options[N_OPTIONS];
  rl_field *fields; /* [n_fields + n_traces] */
  rl_field_text *texts;
  const char **observation_names;                          /* [observation.size] */
  const char *action_names[RL_MAX_PARTS + RL_MAX_MUSCLES]; /* joints of motors, muscles */
  rl_reference *reference;                                 /* the motion that it follows, or NULL */
  rl_symmetry symmetry;
  int *from;   /* [n_fields + observation.size + action.size] of its mirror images, */
  float *sign; /* with these signs */
  char asymmetry[256];
} creature_def;

typedef struct creature_copy {
  const creature_def *def;
  rl_creature_state state;
  rl_creature_control control;
  rl_throw balls;
  rl_rng *rng; /* the episode's */
  float options[N_OPTIONS];
  uint64_t ground_seed;
  float dt; /* s, of a physics step */
  int substeps, velocity_iterations, position_iterations;
  int64_t steps, last_step;
  float push[2]; /* m/s^2, during the next action: see rl_disturbance */
  bool broken;   /* the state was not finite: the episode is over whatever comes */
} creature_copy;

static const rl_model *model_of(const creature_copy *copy) { return &copy->def->model; }
static const rl_b2_motion *trunk_of(const creature_copy *copy) {
  return &copy->state.motions[model_of(copy)->trunk];
}

/* False when the state is not finite. */
static bool show(creature_copy *copy, rl_env_io *io) {
  if (!copy->broken) {
    copy->state.time = (float)((double)copy->steps * (double)copy->dt * copy->substeps);
    rl_creature_update(&copy->state);
    rl_creature_read(&copy->state, io->fields);
    rl_creature_observe(&copy->state, io->observation);
  }
  return rl_env_guard(&copy->def->def, &copy->broken, io);
}

static void draw_ground(creature_copy *copy, rl_rng *rng) {
  const float *value = copy->options;
  const rl_ground_options options = {
      .kind = (rl_ground_kind)value[GROUND],
      .level = fminf(model_of(copy)->half_width + 1.0f, 8.0f),
      .roughness = value[ROUGHNESS],
      .slope = value[SLOPE] * 0.0174532925f,
      .step_height = value[STEP_HEIGHT],
      .step_length = value[STEP_LENGTH],
  };
  rl_rng fixed;
  if (copy->ground_seed > 0) {
    rl_rng_init(&fixed, copy->ground_seed, UINT64_C(0x67726f756e64)); /* a stream of its own: "ground" */
    rng = &fixed;
  }
  rl_ground_make(&copy->state.ground, &options, rng);
}

static float noise(float size, rl_rng *rng) { return size * (2.0f * rl_rng_uniform(rng) - 1.0f); }

static rl_start draw_start(const creature_copy *copy, rl_rng *rng) {
  const rl_model *model = model_of(copy);
  const float size = copy->options[RESET_NOISE];
  rl_start start = {.gravity = copy->options[GRAVITY], .friction = copy->options[FRICTION]};
  for (int j = 0; j < model->n_joints; j++) {
    const rl_joint *joint = &model->creature.bodies[j + 1].joint;
    start.joint_angles[j] =
        fminf(fmaxf(model->start_angles[j] + noise(size, rng), joint->lower), joint->upper);
  }
  start.vx = model->creature.start.vx + noise(size, rng);
  start.vy = model->creature.start.vy + noise(size, rng);
  start.lean = model->creature.start.lean;
  return start;
}

/* As the motion is at that moment, where it says: the joints with their speeds, the root's angle and velocity. */
static void start_in_motion(const rl_reference *reference, const rl_model *model, double phase,
                            rl_start *start) {
  const rl_motion *motion = &reference->motion;
  rl_reference_state at;
  rl_reference_at(reference, phase, &at);
  for (int k = 0; k < motion->n_joints; k++) {
    const int j = reference->joint[k];
    const rl_joint *joint = &model->creature.bodies[j + 1].joint;
    const float angle = start->joint_angles[j] - model->start_angles[j] + at.angle[k]; /* with its noise */
    start->joint_angles[j] = fminf(fmaxf(angle, joint->lower), joint->upper);
    start->joint_speeds[j] = at.speed[k];
  }
  if (motion->has_angle) {
    start->lean = -at.root[RL_ROOT_ANGLE];
    start->angular_speed = at.root_speed[RL_ROOT_ANGLE];
  }
  if (motion->has_x) start->vx += at.root_speed[RL_ROOT_X] - model->creature.start.vx;
  if (motion->has_y) start->vy += at.root_speed[RL_ROOT_Y] - model->creature.start.vy;
}

static void creature_reset(void *self, const double *options, rl_rng *rng, rl_env_io *io) {
  creature_copy *copy = self;
  for (int i = 0; i < copy->def->def.n_options; i++) copy->options[i] = (float)options[i];
  copy->substeps = (int)options[SUBSTEPS];
  copy->velocity_iterations = (int)options[VELOCITY_ITERATIONS];
  copy->position_iterations = (int)options[POSITION_ITERATIONS];
  copy->dt = (float)(1.0 / (options[CONTROL_RATE] * copy->substeps));
  copy->state.gravity = copy->options[GRAVITY];
  copy->state.interval = copy->dt * (float)copy->substeps;
  copy->ground_seed = (uint64_t)options[GROUND_SEED];
  copy->steps = 0;
  copy->push[0] = copy->push[1] = 0.0f;
  copy->last_step = (int64_t)ceil(options[TIME_LIMIT] * options[CONTROL_RATE] - 1e-6);
  copy->broken = false;
  copy->rng = rng;
  copy->state.effort = copy->state.power = 0.0f;
  copy->state.gait = (rl_gait){0};
  memset(copy->state.feet, 0, sizeof copy->state.feet);
  draw_ground(copy, rng);
  rl_start start = draw_start(copy, rng);
  copy->state.clock = model_of(copy)->creature.clock > 0.0f ? (double)rl_rng_uniform(rng) : 0.0;
  if (copy->state.reference) {
    copy->state.start_phase = options[START_PHASE] < 0.0 ? (double)rl_rng_uniform(rng) : options[START_PHASE];
    start_in_motion(copy->state.reference, model_of(copy), copy->state.start_phase, &start);
  }
  rl_b2_set_continuous(copy->state.world, (rl_b2_continuous)options[CONTINUOUS]);
  rl_model_build(model_of(copy), &copy->state.ground, &start, copy->state.world);
  rl_throw_reset(&copy->balls, options + THROW, model_of(copy)->half_width, copy->state.world);
  rl_b2_step(copy->state.world, 0.0f, 1, 1); /* takes no time, but the first observation knows the contacts */
  rl_b2_begin_interval(copy->state.world);
  rl_muscles_begin(&copy->state.muscles, copy->state.world, copy->dt);
  rl_creature_control_begin(&copy->control, &copy->state.muscles, copy->state.world, copy->state.gravity,
                            copy->dt);
  copy->state.metabolic_power = 0.0f;
  if (copy->state.traces.on) {
    rl_traces_begin(&copy->state.traces, model_of(copy));
    rl_traces_end(&copy->state.traces, model_of(copy), copy->state.world, &copy->state.ground, 0.0f);
  }
  io->reward = 0.0;
  memset(io->terms, 0, N_TERMS * sizeof(float));
  io->terminated = io->truncated = false;
  show(copy, io);
}

/* action: [n_motors + n_muscles] */
static void drive(creature_copy *copy, const float *action) {
  const rl_model *model = model_of(copy);
  for (int m = 0; m < model->creature.n_motors; m++) {
    const rl_motor *motor = &model->creature.motors[m];
    rl_b2_set_motor(copy->state.world, model->motor_joint[m], copysignf(motor->speed, action[m]),
                    motor->torque * fabsf(action[m]));
  }
  memcpy(copy->control.action, action + model->creature.n_motors,
         (size_t)model->creature.n_muscles * sizeof *action);
}

static void motor_speeds(const creature_copy *copy, float *speeds) {
  const rl_model *model = model_of(copy);
  for (int m = 0; m < model->creature.n_motors; m++)
    speeds[m] = rl_b2_joint_speed(copy->state.world, model->motor_joint[m]);
}

/* After a physics step, adds up what the motors did in it: the mean of the squared share of its torque that each
 * gave, and W of those that do work and do not brake. A torque that is constant during a step does work at the
 * mean of the speeds before and after; speeds: [n_motors] before, brought up to date. */
static void add_motors(creature_copy *copy, float *speeds) {
  const rl_model *model = model_of(copy);
  const int n = model->creature.n_motors;
  float squares = 0.0f, power = 0.0f;
  for (int m = 0; m < n; m++) {
    const int joint = model->motor_joint[m];
    const float torque = rl_b2_motor_torque(copy->state.world, joint, copy->dt);
    const float share = torque / model->creature.motors[m].torque;
    const float after = rl_b2_joint_speed(copy->state.world, joint);
    squares += share * share;
    power += fmaxf(torque * (0.5f * (speeds[m] + after)), 0.0f);
    speeds[m] = after;
  }
  if (n > 0) copy->state.effort += squares / (float)n;
  copy->state.power += power;
}

/* One step of physics, the i-th of the action; effort and power are summed over them. */
static void simulate(creature_copy *copy, int i, float *speeds) {
  rl_b2_world *world = copy->state.world;
  const double time = (double)(copy->steps * copy->substeps + i) * (double)copy->dt;
  if (rl_throw_due(&copy->balls, time)) {
    const rl_b2_motion trunk = rl_b2_body_motion(world, model_of(copy)->trunk);
    const rl_throw_target target = {trunk.x, trunk.y, trunk.vx, copy->state.gravity};
    rl_throw_ball(&copy->balls, &target, &copy->state.ground, copy->rng, world);
  }
  rl_creature_control_step(&copy->control, &copy->state.muscles, world);
  rl_soft_stops(model_of(copy), world, copy->dt);
  rl_muscles_pull(&copy->state.muscles, world);
  if (copy->push[0] != 0.0f || copy->push[1] != 0.0f)
    rl_b2_push(world, model_of(copy)->trunk, model_of(copy)->creature.n_bodies, copy->push[0], copy->push[1]);
  if (copy->state.traces.on) rl_traces_before(&copy->state.traces, &copy->state.muscles, world);
  rl_b2_step(world, copy->dt, copy->velocity_iterations, copy->position_iterations);
  if (copy->state.traces.on)
    rl_traces_after(&copy->state.traces, model_of(copy), world, copy->dt, copy->substeps);
  rl_throw_settle(&copy->balls, world);
  rl_creature_control_feel(&copy->control, world, i == 0);
  add_motors(copy, speeds);
  rl_muscles_follow(&copy->state.muscles, world);
}

/* J burnt during the action. */
static void add_metabolism(creature_copy *copy, double burnt) {
  copy->state.metabolic_power = (float)(burnt / (double)copy->state.interval);
  copy->state.effort += copy->state.metabolic_power / model_of(copy)->total_mass;
  copy->state.power += copy->state.metabolic_power;
}

static void write_plain(const creature_copy *copy, rl_env_io *io) {
  const float target = copy->options[TARGET_SPEED];
  io->terms[SPEED_TERM] =
      fmaxf(1.0f - fabsf(trunk_of(copy)->vx - target) / fmaxf(fabsf(target), 0.5f), -1.0f);
  io->terms[UPRIGHT_TERM] = 0.2f * cosf(trunk_of(copy)->angle);
  io->terms[EFFORT_TERM] = -0.05f * copy->state.effort;
}

static void write_gait(const creature_copy *copy, rl_env_io *io) {
  static const int term[RL_GAIT_PENALTIES] = {[RL_GAIT_SPEED] = SPEED_TERM,
                                              [RL_GAIT_HEAD_ORIENTATION] = ORIENTATION_TERM,
                                              [RL_GAIT_HEAD_VELOCITY] = VELOCITY_TERM,
                                              [RL_GAIT_SLIDE] = SLIDE_TERM,
                                              [RL_GAIT_EFFORT] = EFFORT_TERM};
  const rl_gait *gait = &copy->state.gait;
  const float target = copy->options[TARGET_SPEED];
  const float quantities[RL_GAIT_PENALTIES] = {
      [RL_GAIT_SPEED] = fabsf(gait->recent_speed - target),
      [RL_GAIT_HEAD_ORIENTATION] = fabsf(gait->head_angle),
      [RL_GAIT_HEAD_VELOCITY] = gait->head_speed,
      [RL_GAIT_SLIDE] = gait->slide,
      [RL_GAIT_EFFORT] = gait->recent_cost,
  };
  float penalties[RL_GAIT_PENALTIES];
  io->terms[ALIVE_TERM] =
      rl_gait_judge(copy->options + GAIT, quantities, target, copy->state.interval, penalties);
  for (int k = 0; k < RL_GAIT_PENALTIES; k++) io->terms[term[k]] = penalties[k];
}

static void write_reward(const creature_copy *copy, rl_env_io *io) {
  memset(io->terms, 0, N_TERMS * sizeof(float));
  if ((rl_creature_objective)copy->options[GAIT + RL_GAIT_OBJECTIVE] == RL_CREATURE_GAIT)
    write_gait(copy, io);
  else
    write_plain(copy, io);
  io->reward = 0.0;
  for (int i = 0; i < N_TERMS; i++) io->reward += (double)io->terms[i];
}

static void creature_step(void *self, const float *action, rl_env_io *io) {
  creature_copy *copy = self;
  if (!copy->broken) {
    drive(copy, action);
    rl_b2_begin_interval(copy->state.world);
    const double burnt = copy->state.muscles.energy;
    copy->state.effort = copy->state.power = 0.0f;
    float speeds[RL_MAX_PARTS];
    motor_speeds(copy, speeds);
    copy->control.steps = 0;
    if (copy->state.traces.on) rl_traces_begin(&copy->state.traces, model_of(copy));
    for (int i = 0; i < copy->substeps; i++) simulate(copy, i, speeds);
    if (copy->state.traces.on)
      rl_traces_end(&copy->state.traces, model_of(copy), copy->state.world, &copy->state.ground,
                    copy->state.interval);
    copy->push[0] = copy->push[1] = 0.0f;
    copy->state.effort /= (float)copy->substeps;
    copy->state.power /= (float)copy->substeps;
    if (model_of(copy)->creature.n_muscles > 0) add_metabolism(copy, copy->state.muscles.energy - burnt);
  }
  copy->steps++;
  if (!show(copy, io)) return;
  write_reward(copy, io);
  io->terminated = rl_creature_fallen(&copy->state);
  const rl_reference *reference = copy->state.reference;
  const bool over =
      reference && !reference->motion.periodic && copy->state.phase > 1.0 - 1e-6; /* the motion */
  io->truncated =
      over || copy->steps >= copy->last_step || !rl_ground_inside(&copy->state.ground, trunk_of(copy)->x);
}

/* Motors have no controller. */
static void creature_own_action(const void *self, float *action) {
  const creature_copy *copy = self;
  const int n_motors = model_of(copy)->creature.n_motors;
  memset(action, 0, (size_t)n_motors * sizeof *action);
  rl_creature_control_own(&copy->control, action + n_motors);
}

static void draw_muscle(const creature_copy *copy, int m, const rl_scene *scene) {
  const rl_model *model = model_of(copy);
  const rl_muscle *muscle = &model->creature.muscles[m];
  float xy[RL_MAX_POINTS][2];
  char field[RL_NAME + 16];
  snprintf(field, sizeof field, "%s_activation", muscle->name);
  for (int k = 0; k < muscle->n_points; k++) memcpy(xy[k], muscle->path[k].at, sizeof xy[k]);
  if (muscle->n_points > 1)
    scene->strand(scene->context, muscle->name, muscle->n_points, model->routes[m].body, &xy[0][0],
                  rl_env_find_field(&copy->def->def, field));
}

static void creature_draw(void *self, const rl_scene *scene) {
  const creature_copy *copy = self;
  const rl_creature *creature = &model_of(copy)->creature;
  scene->polygon(scene->context, -1, copy->state.ground.n, &copy->state.ground.xy[0][0], false);
  for (int i = 0; i < creature->n_bodies; i++)
    for (int j = 0; j < creature->bodies[i].n_shapes; j++)
      rl_shape_draw(&creature->bodies[i].shapes[j], i, scene);
  for (int m = 0; scene->strand && m < creature->n_muscles; m++) draw_muscle(copy, m, scene);
  rl_throw_draw(&copy->balls, creature->n_bodies, scene);
}

static void creature_poses(void *self, float *poses) {
  const creature_copy *copy = self;
  const rl_model *model = model_of(copy);
  for (int i = 0; i < model->creature.n_bodies; i++) {
    const rl_b2_motion *body = &copy->state.motions[i];
    const rl_b2_motion frame = rl_point_motion(body, (rl_point){-model->center[i].x, -model->center[i].y});
    poses[3 * i] = copy->broken ? 0.0f : frame.x;
    poses[3 * i + 1] = copy->broken ? 0.0f : frame.y;
    poses[3 * i + 2] = copy->broken ? 0.0f : frame.angle;
  }
  rl_throw_poses(&copy->balls, copy->state.world, poses + 3 * model->creature.n_bodies);
}

static void creature_watch(void *self) {
  creature_copy *copy = self;
  copy->state.traces.on = true;
  rl_b2_watch(copy->state.world);
}

static void creature_read_traces(const void *self, float *values) {
  const creature_copy *copy = self;
  const int n = copy->def->def.n_traces;
  if (!copy->broken) rl_creature_read_traces(&copy->state, values);
  for (int i = 0; i < n; i++)
    if (copy->broken || !isfinite(values[i])) values[i] = 0.0f;
}

static void creature_disturb(void *self, const rl_disturbance *disturbance) {
  creature_copy *copy = self;
  copy->push[0] = (float)disturbance->ax;
  copy->push[1] = (float)disturbance->ay;
  if (isnan(disturbance->gravity) || copy->broken) return;
  copy->state.gravity = (float)disturbance->gravity;
  rl_b2_set_gravity(copy->state.world, copy->state.gravity);
}

static void creature_free(void *self) {
  creature_copy *copy = self;
  rl_creature_control_release(&copy->control);
  rl_muscles_release(&copy->state.muscles);
  rl_b2_free(copy->state.world);
  rl_release(copy);
}

static rl_status creature_create(void **self, const rl_env_def *def, rl_error *error) {
  const float shortest = (float)(1.0 / (default_options[CONTROL_RATE].max * default_options[SUBSTEPS].max));
  rl_status status = rl_env_allocate(self, sizeof(creature_copy), def, error);
  if (status) return status;
  creature_copy *copy = *self;
  copy->def = def->config;
  copy->state.model = model_of(copy);
  copy->state.reference = copy->def->reference;
  status = rl_b2_create(&copy->state.world, error);
  if (!status) status = rl_muscles_init(&copy->state.muscles, model_of(copy), shortest, error);
  if (!status) status = rl_creature_control_init(&copy->control, model_of(copy), shortest, error);
  if (!status) return RL_OK;
  creature_free(copy);
  *self = NULL;
  return status;
}

const rl_creature *rl_creature_of(const rl_env_def *def) {
  return def->create == creature_create ? &((const creature_def *)def->config)->model.creature : NULL;
}

static double creature_dt(const double *options) { return 1.0 / options[CONTROL_RATE]; }

static double creature_physics_seconds(const void *self) {
  return rl_b2_seconds(((const creature_copy *)self)->state.world);
}

static void free_made(creature_def *made) {
  if (!made) return;
  rl_release(made->fields);
  rl_release(made->texts);
  rl_release(made->observation_names);
  rl_release(made->from);
  rl_release(made->sign);
  rl_reference_free(made->reference);
  rl_release(made);
}

static void creature_free_def(rl_env_def *def) { free_made((creature_def *)def->config); }

static rl_status check_fields(const creature_def *made, rl_error *error) {
  rl_env_def all = made->def;
  all.n_fields += all.n_traces; /* recordings have both */
  for (int i = 0; i < all.n_fields; i++)
    if (rl_env_find_field(&all, made->fields[i].name) != i)
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "creature %s: two fields would be called %s; rename the joint, foot or muscle behind it",
                     made->def.name, made->fields[i].name);
  return RL_OK;
}

static void name_actions(creature_def *made) {
  const rl_creature *creature = &made->model.creature;
  const char **name = made->action_names;
  for (int i = 0; i < creature->n_motors; i++) *name++ = creature->motors[i].joint;
  for (int i = 0; i < creature->n_muscles; i++) *name++ = creature->muscles[i].name;
}

static void mirror_actions(const rl_creature *creature, const rl_counterparts *counterparts, int *from) {
  for (int i = 0; i < creature->n_motors; i++) *from++ = counterparts->motor[i];
  for (int i = 0; i < creature->n_muscles; i++) *from++ = creature->n_motors + counterparts->muscle[i];
}

/* Of a definition that is otherwise complete. */
static rl_status find_symmetry(creature_def *made, rl_error *error) {
  const int sizes[] = {made->def.n_fields, made->def.observation.size, made->def.action.size};
  const int n = sizes[0] + sizes[1] + sizes[2];
  rl_counterparts counterparts;
  rl_error why;
  rl_status status = rl_creature_counterparts(&made->model, &counterparts, &why);
  if (!status && made->reference)
    status = rl_reference_check_symmetry(made->reference, &made->model, counterparts.joint, &why);
  if (status) {
    snprintf(made->asymmetry, sizeof made->asymmetry, "%.255s", why.message);
    made->def.asymmetry = made->asymmetry;
    return RL_OK;
  }
  made->from = rl_allocate((size_t)n, sizeof *made->from);
  made->sign = rl_allocate((size_t)n, sizeof *made->sign);
  if (!made->from || !made->sign)
    return rl_fail(error, RL_NO_MEMORY, "creature %s: out of memory", made->def.name);
  const int of_observation = sizes[0], of_action = sizes[0] + sizes[1];
  rl_creature_mirror_fields(&made->model, &counterparts, made->from, made->sign);
  rl_creature_mirror_observation(&made->model, &counterparts, made->from + of_observation,
                                 made->sign + of_observation);
  mirror_actions(&made->model.creature, &counterparts, made->from + of_action);
  for (int i = of_action; i < n; i++) made->sign[i] = 1.0f;
  made->symmetry =
      (rl_symmetry){.observation = {sizes[1], made->from + of_observation, made->sign + of_observation},
                    .action = {sizes[2], made->from + of_action, made->sign + of_action},
                    .fields = {sizes[0], made->from, made->sign}};
  if (made->reference) made->symmetry.fields.n = 0; /* half a cycle later is no change of sign of the phase */
  made->def.symmetry = &made->symmetry;
  return RL_OK;
}

static rl_status define(creature_def *made, rl_error *error) {
  rl_creature *creature = &made->model.creature;
  const int n_fields = rl_creature_count_fields(&made->model);
  const int n_traces = rl_creature_count_traces(&made->model);
  const int n_observations = rl_creature_observation_size(&made->model);
  made->fields = rl_allocate((size_t)(n_fields + n_traces), sizeof *made->fields);
  made->texts = rl_allocate((size_t)(n_fields + n_traces), sizeof *made->texts);
  made->observation_names = rl_allocate((size_t)n_observations, sizeof *made->observation_names);
  if (!made->fields || !made->texts || !made->observation_names)
    return rl_fail(error, RL_NO_MEMORY, "creature %s: out of memory", creature->name);
  rl_creature_name_fields(&made->model, made->fields, made->texts);
  rl_creature_name_traces(&made->model, made->fields + n_fields, made->texts + n_fields);
  memcpy(made->options, default_options, sizeof default_options);
  memcpy(made->options + THROW, rl_throw_options, sizeof rl_throw_options);
  memcpy(made->options + GAIT, rl_gait_options, sizeof rl_gait_options);
  made->options[CONTINUOUS] = continuous_option;
  made->options[START_PHASE] = start_phase_option;
  /* Shown as it was written, 1.3, where that is the same float. */
  const double speed = (double)creature->target_speed, decimal = round(speed * 1e6) / 1e6;
  made->options[TARGET_SPEED].value = (float)decimal == creature->target_speed ? decimal : speed;
  if (creature->n_muscles > 0) {
    made->options[CONTROL_RATE].value = MUSCLED_CONTROL_RATE;
    made->options[SUBSTEPS].value = MUSCLED_SUBSTEPS;
    made->options[GAIT + RL_GAIT_OBJECTIVE].value = RL_CREATURE_GAIT;
  }
  snprintf(made->summary, sizeof made->summary, "%s", creature->summary ? creature->summary : "");
  creature->summary = made->summary; /* the caller's need not last */
  made->def = (rl_env_def){
      .name = creature->name,
      .summary = made->summary,
      .observation = {.kind = RL_BOX, .size = n_observations, .low = -INFINITY, .high = INFINITY},
      .action = {.kind = RL_BOX,
                 .size = creature->n_motors + creature->n_muscles,
                 .low = -1.0f,
                 .high = 1.0f},
      .observation_names = made->observation_names,
      .action_names = made->action_names,
      .fields = made->fields,
      .n_fields = n_fields,
      .traces = made->fields + n_fields,
      .n_traces = n_traces,
      .watch = creature_watch,
      .read_traces = creature_read_traces,
      .options = made->options,
      .n_options = made->reference ? N_OPTIONS : START_PHASE,
      .terms = term_names,
      .n_terms = N_TERMS,
      .n_bodies = creature->n_bodies + RL_THROW_BALLS,
      .n_props = RL_THROW_BALLS,
      .config = made,
      .repeatable = true,
      .create = creature_create,
      .free = creature_free,
      .reset = creature_reset,
      .step = creature_step,
      .draw = creature_draw,
      .poses = creature_poses,
      .disturb = creature_disturb,
      .dt = creature_dt,
      .physics_seconds = creature_physics_seconds,
      .free_def = creature_free_def,
  };
  if (made->model.wiring.n_rules > 0) made->def.own_action = creature_own_action;
  rl_creature_name_observation(&made->model, &made->def, made->observation_names);
  name_actions(made);
  rl_status status = check_fields(made, error);
  return status ? status : find_symmetry(made, error);
}

const rl_model *rl_creature_env_model(const rl_env_def *def) {
  return def->create == creature_create ? &((const creature_def *)def->config)->model : NULL;
}

rl_status rl_creature_env(const rl_creature *creature, rl_env_def **def, rl_error *error) {
  *def = NULL;
  creature_def *made = rl_allocate(1, sizeof *made);
  rl_creature *complete = rl_allocate(1, sizeof *complete);
  rl_status status = made && complete
                         ? RL_OK
                         : rl_fail(error, RL_NO_MEMORY, "creature %.31s: out of memory", creature->name);
  if (!status) status = rl_creature_check(creature, complete, error);
  if (!status) {
    rl_model_make(&made->model, complete);
    status = rl_reference_create(&made->reference, &made->model, error);
    if (!status) status = define(made, error);
  }
  rl_release(complete);
  if (status)
    free_made(made);
  else
    *def = &made->def;
  return status;
}
