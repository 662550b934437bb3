/* The environment made of a creature: options, reset, step, its own reward, the scene. What an action does is
 * in creature.h (rl_motor), what is observed in creature_fields.h, how the world is built in
 * creature_model.h.
 *
 * The plain reward is the sum of three terms: speed = 1 - |vx - target_speed| / max(|target_speed|, 0.5), at
 * least -1; upright = 0.2 cos(trunk angle); effort = -0.05 times the field of that name. The other one that
 * `objective` chooses is in gait_objective.h. */
#include "base/memory.h"
#include "creature/creature_actor.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

_Static_assert(RL_MAX_PARTS + RL_THROW_BALLS <= RL_B2_MAX_BODIES, "a world holds a creature and the balls");

/* Tendons are stiff: with muscles, a step of physics is 1 ms. */
static const double MUSCLED_CONTROL_RATE = 100.0, MUSCLED_SUBSTEPS = 10.0;

typedef struct creature_copy {
  rl_actor actor;
  rl_throw balls;
  rl_rng *rng; /* the episode's */
} creature_copy;

static void creature_reset(void *self, const double *options, rl_rng *rng, rl_env_io *io) {
  creature_copy *copy = self;
  rl_creature_state *state = &copy->actor.state;
  const rl_model *model = state->model;
  copy->rng = rng;
  rl_actor_begin(&copy->actor, options);
  rl_live_ground(&state->ground, options, model->half_width + 1.0f, rng);
  const rl_start start = rl_actor_start(&copy->actor, options, rng);
  rl_b2_set_continuous(state->world, (rl_b2_continuous)options[RL_LIVE_CONTINUOUS]);
  rl_model_build(model, &state->ground, &start, state->world);
  rl_throw_reset(&copy->balls, options + RL_LIVE_THROW, model->half_width, state->world);
  rl_b2_step(state->world, 0.0f, 1, 1); /* takes no time, but the first observation knows the contacts */
  rl_actor_wake(&copy->actor, io);
}

static void throw_ball(creature_copy *copy) {
  const rl_creature_state *state = &copy->actor.state;
  const rl_b2_motion trunk = rl_b2_body_motion(state->world, state->model->trunk);
  const rl_throw_target target = {trunk.x, trunk.y, trunk.vx, state->gravity};
  rl_throw_ball(&copy->balls, &target, &state->ground, copy->rng, state->world);
}

static void simulate(creature_copy *copy, int substep) {
  rl_actor *actor = &copy->actor;
  const double time = (double)(actor->steps * actor->substeps + substep) * (double)actor->dt;
  if (rl_throw_due(&copy->balls, time)) throw_ball(copy);
  rl_actor_before(actor);
  rl_b2_step(actor->state.world, actor->dt, actor->velocity_iterations, actor->position_iterations);
  rl_throw_settle(&copy->balls, actor->state.world);
  rl_actor_after(actor, substep);
}

static void creature_step(void *self, const float *action, rl_env_io *io) {
  creature_copy *copy = self;
  rl_actor_act(&copy->actor, action);
  for (int i = 0; i < copy->actor.substeps && !copy->actor.broken; i++) simulate(copy, i);
  rl_actor_finish(&copy->actor, io);
}

static void creature_draw(void *self, const rl_scene *scene) {
  const creature_copy *copy = self;
  const rl_ground *ground = &copy->actor.state.ground;
  scene->polygon(scene->context, -1, ground->n, &ground->xy[0][0], false);
  rl_actor_draw(&copy->actor, 0, scene);
  rl_throw_draw(&copy->balls, copy->actor.state.model->creature.n_bodies, scene);
}

static void creature_poses(void *self, float *poses) {
  const creature_copy *copy = self;
  rl_actor_poses(&copy->actor, poses);
  rl_throw_poses(&copy->balls, copy->actor.state.world,
                 poses + 3 * copy->actor.state.model->creature.n_bodies);
}

static void creature_watch(void *self) { rl_actor_watch(&((creature_copy *)self)->actor); }

static void creature_read_traces(const void *self, int agent, float *values) {
  (void)agent;
  rl_actor_read_traces(&((const creature_copy *)self)->actor, values);
}

/* Motors have no controller. */
static void creature_own_action(const void *self, float *action) {
  const creature_copy *copy = self;
  const int n_motors = copy->actor.state.model->creature.n_motors;
  memset(action, 0, (size_t)n_motors * sizeof *action);
  rl_creature_control_own(&copy->actor.control, action + n_motors);
}

static void creature_disturb(void *self, const rl_disturbance *disturbance) {
  rl_actor *actor = &((creature_copy *)self)->actor;
  actor->push[0] = (float)disturbance->ax;
  actor->push[1] = (float)disturbance->ay;
  if (isnan(disturbance->gravity) || actor->broken) return;
  actor->state.gravity = (float)disturbance->gravity;
  rl_b2_set_gravity(actor->state.world, actor->state.gravity);
}

static void creature_free(void *self) {
  creature_copy *copy = self;
  rl_actor_release(&copy->actor);
  rl_b2_free(copy->actor.state.world);
  rl_release(copy);
}

static rl_status creature_create(void **self, const rl_env_def *def, rl_error *error) {
  rl_status status = rl_env_allocate(self, sizeof(creature_copy), def, error);
  if (status) return status;
  creature_copy *copy = *self;
  status = rl_b2_create(&copy->actor.state.world, error);
  if (!status) status = rl_actor_init(&copy->actor, def->config, error);
  if (!status) return RL_OK;
  creature_free(copy);
  *self = NULL;
  return status;
}

const rl_creature *rl_creature_of(const rl_env_def *def) {
  return def->create == creature_create ? &((const rl_creature_def *)def->config)->model.creature : NULL;
}

static double creature_dt(const double *options) { return 1.0 / options[RL_LIVE_CONTROL_RATE]; }

static double creature_physics_seconds(const void *self) {
  return rl_b2_seconds(((const creature_copy *)self)->actor.state.world);
}

static void free_made(rl_creature_def *made) {
  if (!made) return;
  rl_release(made->fields);
  rl_release(made->texts);
  rl_release(made->observation_names);
  rl_release(made->from);
  rl_release(made->sign);
  rl_reference_free(made->reference);
  rl_release(made);
}

static void creature_free_def(rl_env_def *def) { free_made((rl_creature_def *)def->config); }

static rl_status check_fields(const rl_creature_def *made, rl_error *error) {
  rl_env_def all = made->def;
  all.n_fields += all.n_traces; /* recordings have both */
  for (int i = 0; i < all.n_fields; i++)
    if (rl_env_find_field(&all, made->fields[i].name) != i)
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "creature %s: two fields would be called %s; rename the joint, foot or muscle behind it",
                     made->def.name, made->fields[i].name);
  return RL_OK;
}

static void name_actions(rl_creature_def *made) {
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
static rl_status find_symmetry(rl_creature_def *made, rl_error *error) {
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

static rl_status define(rl_creature_def *made, rl_error *error) {
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
  rl_live_rows(made->options);
  /* Shown as it was written, 1.3, where that is the same float. */
  const double speed = (double)creature->target_speed, decimal = round(speed * 1e6) / 1e6;
  made->options[RL_LIVE_TARGET_SPEED].value = (float)decimal == creature->target_speed ? decimal : speed;
  if (creature->n_muscles > 0) {
    made->options[RL_LIVE_CONTROL_RATE].value = MUSCLED_CONTROL_RATE;
    made->options[RL_LIVE_SUBSTEPS].value = MUSCLED_SUBSTEPS;
    made->options[RL_LIVE_GAIT + RL_GAIT_OBJECTIVE].value = RL_CREATURE_GAIT;
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
      .n_options = made->reference ? RL_LIVE_N_OPTIONS : RL_LIVE_START_PHASE,
      .terms = rl_creature_terms,
      .n_terms = RL_CREATURE_TERMS,
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
  return def->create == creature_create ? &((const rl_creature_def *)def->config)->model : NULL;
}

rl_status rl_creature_env(const rl_creature *creature, rl_env_def **def, rl_error *error) {
  *def = NULL;
  rl_creature_def *made = rl_allocate(1, sizeof *made);
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
