/* Creatures at work; see creature_actor.h. */
#include "creature/creature_actor.h"

#include "base/memory.h"
#include "physics/shape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const rl_option continuous_option = RL_B2_CONTINUOUS_ROW;
static const rl_option start_phase_option = {
    "start_phase", "",          "where in the motion episodes begin, 0 to 1; -1: anywhere", -1.0, -1.0,
    1.0,           .live = true};
static const char *const ground_names[] = {"flat", "rough", "slope", "steps", NULL}; /* rl_ground_kind */

static const rl_option own_options[RL_LIVE_OWN_OPTIONS] = {
    [RL_LIVE_GRAVITY] = {"gravity", "m/s^2",
                         "downward acceleration; 9.81 Earth, 3.71 Mars, 1.62 Moon, 0 in orbit", 9.81, 0.0,
                         100.0, .live = true},
    [RL_LIVE_CONTROL_RATE] = {"control_rate", "Hz", "actions a second", 50.0, 10.0, 200.0, .live = true},
    [RL_LIVE_SUBSTEPS] = {"substeps", "", "physics steps to an action", 4.0, 1.0, 32.0,
                          .type = RL_OPTION_INTEGER, .live = true},
    [RL_LIVE_VELOCITY_ITERATIONS] = {"velocity_iterations", "", "of Box2D's solver", 8.0, 1.0, 500.0,
                                     .type = RL_OPTION_INTEGER, .live = true},
    [RL_LIVE_POSITION_ITERATIONS] = {"position_iterations", "", "of Box2D's solver", 3.0, 1.0, 500.0,
                                     .type = RL_OPTION_INTEGER, .live = true},
    [RL_LIVE_GROUND] = {"ground", "", "its profile", RL_GROUND_FLAT, RL_GROUND_FLAT, RL_GROUND_STEPS,
                        .choices = ground_names, .type = RL_OPTION_CHOICE, .live = true},
    [RL_LIVE_ROUGHNESS] = {"roughness", "m", "standard deviation of the height of rough ground", 0.03, 0.0,
                           0.5, .live = true},
    [RL_LIVE_SLOPE] = {"slope", "degrees", "of sloping ground, uphill forward", 5.0, -45.0, 45.0,
                       .live = true},
    [RL_LIVE_STEP_HEIGHT] = {"step_height", "m", "each step of stepped ground goes up or down by this", 0.05,
                             0.0, 0.5, .live = true},
    [RL_LIVE_STEP_LENGTH] = {"step_length", "m", "from one step to the next", 1.0, 0.2, 10.0, .live = true},
    [RL_LIVE_GROUND_SEED] = {"ground_seed", "",
                             "0: new ground every episode; otherwise the same ground always", 0.0, 0.0,
                             4294967295.0, .type = RL_OPTION_SEED, .live = true},
    [RL_LIVE_FRICTION] = {"friction", "",
                          "Coulomb coefficient of the ground; the contact has sqrt(ground * body)", 0.9, 0.0,
                          10.0, .live = true},
    [RL_LIVE_TARGET_SPEED] = {"target_speed", "m/s",
                              "forward speed that the environment's own reward asks for", 1.0, -20.0, 20.0,
                              .live = true},
    [RL_LIVE_TIME_LIMIT] = {"time_limit", "s", "after which an episode is truncated", 20.0, 0.1, 3600.0,
                            .live = true},
    [RL_LIVE_RESET_NOISE] = {"reset_noise", "",
                             "joint angles (rad) and velocity (m/s) start off by up to this", 0.05, 0.0, 1.0,
                             .live = true},
};

void rl_live_rows(rl_option rows[RL_LIVE_N_OPTIONS]) {
  memcpy(rows, own_options, sizeof own_options);
  memcpy(rows + RL_LIVE_THROW, rl_throw_options, sizeof rl_throw_options);
  memcpy(rows + RL_LIVE_GAIT, rl_gait_options, sizeof rl_gait_options);
  rows[RL_LIVE_CONTINUOUS] = continuous_option;
  rows[RL_LIVE_START_PHASE] = start_phase_option;
}

enum {
  SPEED_TERM,
  UPRIGHT_TERM,
  EFFORT_TERM,
  ALIVE_TERM,
  ORIENTATION_TERM,
  VELOCITY_TERM,
  SLIDE_TERM,
};
const char *const rl_creature_terms[RL_CREATURE_TERMS] = {/* those that the objective does not have stay 0 */
                                                          "speed", "upright",          "effort",
                                                          "alive", "head_orientation", "head_velocity",
                                                          "slide"};

static const rl_model *model_of(const rl_actor *actor) { return rl_actor_model(actor); }

/* False when the state is not finite. */
static bool show(rl_actor *actor, rl_env_io *io) {
  if (!actor->broken) {
    actor->state.time = (float)((double)actor->steps * (double)actor->dt * actor->substeps);
    rl_creature_update(&actor->state);
    rl_creature_read(&actor->state, io->fields);
    rl_creature_observe(&actor->state, io->observation);
  }
  return rl_env_guard(&actor->def->def, &actor->broken, io);
}

void rl_live_ground(rl_ground *ground, const double *options, float level, rl_rng *rng) {
  const rl_ground_options profile = {
      .kind = (rl_ground_kind)options[RL_LIVE_GROUND],
      .level = fminf(level, 8.0f),
      .roughness = (float)options[RL_LIVE_ROUGHNESS],
      .slope = (float)options[RL_LIVE_SLOPE] * 0.0174532925f,
      .step_height = (float)options[RL_LIVE_STEP_HEIGHT],
      .step_length = (float)options[RL_LIVE_STEP_LENGTH],
  };
  const uint64_t seed = (uint64_t)options[RL_LIVE_GROUND_SEED];
  rl_rng fixed;
  if (seed > 0) {
    rl_rng_init(&fixed, seed, UINT64_C(0x67726f756e64)); /* a stream of its own: "ground" */
    rng = &fixed;
  }
  rl_ground_make(ground, &profile, rng);
}

static float noise(float size, rl_rng *rng) { return size * (2.0f * rl_rng_uniform(rng) - 1.0f); }

static rl_start draw_start(const rl_actor *actor, rl_rng *rng) {
  const rl_model *model = model_of(actor);
  const float size = actor->options[RL_LIVE_RESET_NOISE];
  rl_start start = {.gravity = actor->options[RL_LIVE_GRAVITY], .friction = actor->options[RL_LIVE_FRICTION]};
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

void rl_actor_begin(rl_actor *actor, const double *options) {
  for (int i = 0; i < actor->def->def.n_options; i++) actor->options[i] = (float)options[i];
  actor->substeps = (int)options[RL_LIVE_SUBSTEPS];
  actor->velocity_iterations = (int)options[RL_LIVE_VELOCITY_ITERATIONS];
  actor->position_iterations = (int)options[RL_LIVE_POSITION_ITERATIONS];
  actor->dt = (float)(1.0 / (options[RL_LIVE_CONTROL_RATE] * actor->substeps));
  actor->state.gravity = actor->options[RL_LIVE_GRAVITY];
  actor->state.interval = actor->dt * (float)actor->substeps;
  actor->steps = 0;
  actor->push[0] = actor->push[1] = 0.0f;
  actor->last_step = (int64_t)ceil(options[RL_LIVE_TIME_LIMIT] * options[RL_LIVE_CONTROL_RATE] - 1e-6);
  actor->broken = false;
  actor->state.effort = actor->state.power = 0.0f;
  actor->state.gait = (rl_gait){0};
  memset(actor->state.feet, 0, sizeof actor->state.feet);
}

rl_start rl_actor_start(rl_actor *actor, const double *options, rl_rng *rng) {
  rl_start start = draw_start(actor, rng);
  actor->state.clock = model_of(actor)->creature.clock > 0.0f ? (double)rl_rng_uniform(rng) : 0.0;
  if (!actor->state.reference) return start;
  actor->state.start_phase =
      options[RL_LIVE_START_PHASE] < 0.0 ? (double)rl_rng_uniform(rng) : options[RL_LIVE_START_PHASE];
  start_in_motion(actor->state.reference, model_of(actor), actor->state.start_phase, &start);
  return start;
}

void rl_actor_wake(rl_actor *actor, rl_env_io *io) {
  rl_b2_begin_interval(actor->state.world);
  rl_muscles_begin(&actor->state.muscles, actor->state.world, actor->dt);
  rl_creature_control_begin(&actor->control, &actor->state.muscles, actor->state.world, actor->state.gravity,
                            actor->dt);
  rl_primitives_begin(&actor->primitives, rl_actor_model(actor), actor->state.world);
  actor->state.metabolic_power = 0.0f;
  if (actor->state.traces.on) {
    rl_traces_begin(&actor->state.traces, model_of(actor));
    rl_traces_end(&actor->state.traces, model_of(actor), actor->state.world, &actor->state.ground, 0.0f);
  }
  io->reward = 0.0;
  memset(io->terms, 0, RL_CREATURE_TERMS * sizeof(float));
  io->terminated = io->truncated = false;
  show(actor, io);
}

/* action: [n_motors + n_muscles] */
static void drive(rl_actor *actor, const float *action) {
  const rl_model *model = model_of(actor);
  for (int m = 0; m < model->creature.n_motors; m++) {
    const rl_motor *motor = &model->creature.motors[m];
    rl_b2_set_motor(actor->state.world, model->motor_joint[m], copysignf(motor->speed, action[m]),
                    motor->torque * fabsf(action[m]));
  }
  memcpy(actor->primitives.action, action, (size_t)model->creature.n_motors * sizeof *action);
  memcpy(actor->control.action, action + model->creature.n_motors,
         (size_t)model->creature.n_muscles * sizeof *action);
}

static void take_motor_speeds(rl_actor *actor) {
  const rl_model *model = model_of(actor);
  for (int m = 0; m < model->creature.n_motors; m++)
    actor->speeds[m] = rl_b2_joint_speed(actor->state.world, model->motor_joint[m]);
}

/* After a physics step, adds up what the motors did in it: the mean of the squared share of its torque that each
 * gave, and W of those that do work and do not brake. A torque that is constant during a step does work at the
 * mean of the speeds before and after. */
static void add_motors(rl_actor *actor) {
  const rl_model *model = model_of(actor);
  const int n = model->creature.n_motors;
  float *speeds = actor->speeds;
  float squares = 0.0f, power = 0.0f;
  for (int m = 0; m < n; m++) {
    const int joint = model->motor_joint[m];
    const float torque = rl_b2_motor_torque(actor->state.world, joint, actor->dt);
    const float share = torque / model->creature.motors[m].torque;
    const float after = rl_b2_joint_speed(actor->state.world, joint);
    squares += share * share;
    power += fmaxf(torque * (0.5f * (speeds[m] + after)), 0.0f);
    speeds[m] = after;
  }
  if (n > 0) actor->state.effort += squares / (float)n;
  actor->state.power += power;
}

void rl_actor_act(rl_actor *actor, const float *action) {
  if (actor->broken) return;
  drive(actor, action);
  rl_b2_begin_interval(actor->state.world);
  actor->burnt = actor->state.muscles.energy;
  actor->state.effort = actor->state.power = 0.0f;
  take_motor_speeds(actor);
  actor->control.steps = 0;
  if (actor->state.traces.on) rl_traces_begin(&actor->state.traces, model_of(actor));
}

void rl_actor_before(rl_actor *actor) {
  rl_b2_world *world = actor->state.world;
  const rl_model *model = model_of(actor);
  if (actor->broken) return;
  rl_primitives_step(&actor->primitives, rl_actor_model(actor), actor->dt, world);
  rl_creature_control_step(&actor->control, &actor->state.muscles, world);
  rl_soft_stops(model, world, actor->dt);
  rl_muscles_pull(&actor->state.muscles, world);
  if (actor->push[0] != 0.0f || actor->push[1] != 0.0f)
    rl_b2_push(world, model->trunk, model->creature.n_bodies, actor->push[0], actor->push[1]);
  if (actor->state.traces.on) rl_traces_before(&actor->state.traces, &actor->state.muscles, world);
}

/* Effort and power are summed over the steps of the physics. */
void rl_actor_after(rl_actor *actor, int substep) {
  rl_b2_world *world = actor->state.world;
  if (actor->broken) return;
  if (actor->state.traces.on)
    rl_traces_after(&actor->state.traces, model_of(actor), world, actor->dt, actor->substeps);
  rl_creature_control_feel(&actor->control, world, substep == 0);
  add_motors(actor);
  rl_muscles_follow(&actor->state.muscles, world);
  if (actor->state.traces.on) rl_traces_burn(&actor->state.traces, &actor->state.muscles, actor->substeps);
}

/* J burnt during the action. */
static void add_metabolism(rl_actor *actor, double burnt) {
  actor->state.metabolic_power = (float)(burnt / (double)actor->state.interval);
  actor->state.effort += actor->state.metabolic_power / model_of(actor)->total_mass;
  actor->state.power += actor->state.metabolic_power;
}

static void write_plain(const rl_actor *actor, rl_env_io *io) {
  const float target = actor->options[RL_LIVE_TARGET_SPEED];
  io->terms[SPEED_TERM] =
      fmaxf(1.0f - fabsf(rl_actor_trunk(actor)->vx - target) / fmaxf(fabsf(target), 0.5f), -1.0f);
  io->terms[UPRIGHT_TERM] = 0.2f * cosf(rl_actor_trunk(actor)->angle);
  io->terms[EFFORT_TERM] = -0.05f * actor->state.effort;
}

static void write_gait(const rl_actor *actor, rl_env_io *io) {
  static const int term[RL_GAIT_PENALTIES] = {[RL_GAIT_SPEED] = SPEED_TERM,
                                              [RL_GAIT_HEAD_ORIENTATION] = ORIENTATION_TERM,
                                              [RL_GAIT_HEAD_VELOCITY] = VELOCITY_TERM,
                                              [RL_GAIT_SLIDE] = SLIDE_TERM,
                                              [RL_GAIT_EFFORT] = EFFORT_TERM};
  const rl_gait *gait = &actor->state.gait;
  const float target = actor->options[RL_LIVE_TARGET_SPEED];
  const float quantities[RL_GAIT_PENALTIES] = {
      [RL_GAIT_SPEED] = fabsf(gait->recent_speed - target),
      [RL_GAIT_HEAD_ORIENTATION] = fabsf(gait->head_angle),
      [RL_GAIT_HEAD_VELOCITY] = gait->head_speed,
      [RL_GAIT_SLIDE] = gait->slide,
      [RL_GAIT_EFFORT] = gait->recent_cost,
  };
  float penalties[RL_GAIT_PENALTIES];
  io->terms[ALIVE_TERM] =
      rl_gait_judge(actor->options + RL_LIVE_GAIT, quantities, target, actor->state.interval, penalties);
  for (int k = 0; k < RL_GAIT_PENALTIES; k++) io->terms[term[k]] = penalties[k];
}

static void write_reward(const rl_actor *actor, rl_env_io *io) {
  memset(io->terms, 0, RL_CREATURE_TERMS * sizeof(float));
  if ((rl_creature_objective)actor->options[RL_LIVE_GAIT + RL_GAIT_OBJECTIVE] == RL_CREATURE_GAIT)
    write_gait(actor, io);
  else
    write_plain(actor, io);
  io->reward = 0.0;
  for (int i = 0; i < RL_CREATURE_TERMS; i++) io->reward += (double)io->terms[i];
}

static void finish_interval(rl_actor *actor) {
  if (actor->state.traces.on)
    rl_traces_end(&actor->state.traces, model_of(actor), actor->state.world, &actor->state.ground,
                  actor->state.interval);
  actor->push[0] = actor->push[1] = 0.0f;
  actor->state.effort /= (float)actor->substeps;
  actor->state.power /= (float)actor->substeps;
  if (model_of(actor)->creature.n_muscles > 0)
    add_metabolism(actor, actor->state.muscles.energy - actor->burnt);
}

void rl_actor_finish(rl_actor *actor, rl_env_io *io) {
  if (!actor->broken) finish_interval(actor);
  actor->steps++;
  if (!show(actor, io)) return;
  write_reward(actor, io);
  io->terminated = rl_creature_fallen(&actor->state);
  const rl_reference *reference = actor->state.reference;
  const bool over =
      reference && !reference->motion.periodic && actor->state.phase > 1.0 - 1e-6; /* the motion */
  io->truncated = over || actor->steps >= actor->last_step ||
                  !rl_ground_inside(&actor->state.ground, rl_actor_trunk(actor)->x);
}

static void draw_muscle(const rl_actor *actor, int m, int first, const rl_scene *scene) {
  const rl_model *model = model_of(actor);
  const rl_muscle *muscle = &model->creature.muscles[m];
  float xy[RL_MAX_POINTS][2];
  int bodies[RL_MAX_POINTS];
  char field[RL_NAME + 16];
  snprintf(field, sizeof field, "%s_activation", muscle->name);
  for (int k = 0; k < muscle->n_points; k++) {
    memcpy(xy[k], muscle->path[k].at, sizeof xy[k]);
    bodies[k] = first + model->routes[m].body[k];
  }
  if (muscle->n_points > 1)
    scene->strand(scene->context, muscle->name, muscle->n_points, bodies, &xy[0][0],
                  rl_env_find_field(&actor->def->def, field));
}

void rl_actor_draw(const rl_actor *actor, int first, const rl_scene *scene) {
  const rl_creature *creature = &model_of(actor)->creature;
  for (int i = 0; i < creature->n_bodies; i++)
    for (int j = 0; j < creature->bodies[i].n_shapes; j++)
      rl_shape_draw(&creature->bodies[i].shapes[j], first + i, scene);
  for (int m = 0; scene->strand && m < creature->n_muscles; m++) draw_muscle(actor, m, first, scene);
}

void rl_actor_poses(const rl_actor *actor, float *poses) {
  const rl_model *model = model_of(actor);
  for (int i = 0; i < model->creature.n_bodies; i++) {
    const rl_b2_motion *body = &actor->state.motions[i];
    const rl_b2_motion frame = rl_point_motion(body, (rl_point){-model->center[i].x, -model->center[i].y});
    poses[3 * i] = actor->broken ? 0.0f : frame.x;
    poses[3 * i + 1] = actor->broken ? 0.0f : frame.y;
    poses[3 * i + 2] = actor->broken ? 0.0f : frame.angle;
  }
}

void rl_actor_watch(rl_actor *actor) {
  actor->state.traces.on = true;
  rl_b2_watch(actor->state.world);
}

void rl_actor_read_traces(const rl_actor *actor, float *values) {
  const int n = actor->def->def.n_traces;
  if (!actor->broken) rl_creature_read_traces(&actor->state, values);
  for (int i = 0; i < n; i++)
    if (actor->broken || !isfinite(values[i])) values[i] = 0.0f;
}

void rl_actor_release(rl_actor *actor) {
  rl_creature_control_release(&actor->control);
  rl_muscles_release(&actor->state.muscles);
}

rl_status rl_actor_init(rl_actor *actor, const rl_creature_def *def, rl_error *error) {
  const float shortest =
      (float)(1.0 / (own_options[RL_LIVE_CONTROL_RATE].max * own_options[RL_LIVE_SUBSTEPS].max));
  actor->def = def;
  actor->state.model = &def->model;
  actor->state.reference = def->reference;
  rl_status status = rl_muscles_init(&actor->state.muscles, &def->model, shortest, error);
  if (!status) status = rl_creature_control_init(&actor->control, &def->model, shortest, error);
  return status;
}
