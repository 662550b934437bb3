/* The environment made of a world; see world.h. Each creature has a handle on the one world of Box2D, in which it is at
 * home (box2d.h): what it is, does and sees is the same as when it is alone (creature_actor.h). */
#include "creature/world.h"

#include "base/memory.h"
#include "creature/creature_actor.h"
#include "creature/world_check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SEEN = 5, PLACED = 2, LOOSE = 6 }; /* fields of a sight, of where an agent is, of a loose body */

static const rl_field sight_fields[SEEN] = {
    {"_dx", "m", "from the middle of its trunk, forward"},
    {"_dy", "m", "from the middle of its trunk, upward"},
    {"_dvx", "m/s", "velocity against that of its trunk, forward"},
    {"_dvy", "m/s", "velocity against that of its trunk, upward"},
    {"_touch", "", "1 while it touches it, else 0"},
};
static const rl_field placed_fields[PLACED] = {
    {"world_x", "m", "trunk's centre of mass along the world's x"},
    {"world_vx", "m/s", "velocity of that"},
};
static const rl_field loose_fields[LOOSE] = {
    {"_x", "m", "centre of mass along the world's x"},
    {"_y", "m", "centre of mass, upward"},
    {"_angle", "rad", "counter-clockwise"},
    {"_vx", "m/s", "velocity along the world's x"},
    {"_vy", "m/s", "velocity upward"},
    {"_angular_speed", "rad/s", "counter-clockwise"},
};

/* Of teams, on light and on dark ground. */
static const char *const colours[] = {"#3d8bfd", "#f0662e", "#2fb56a", "#b36ae2", "#d9a520", "#e05a9d"};

/* An agent of the definition. */
typedef struct inhabitant {
  rl_env_def def;    /* what it sees and does */
  rl_env_def *alone; /* its creature's */
  const rl_creature_def *creature;
  char name[2 * RL_NAME + 2];
  rl_field *fields;
  rl_field_text *texts;
  const char **observation_names;
  rl_seen seen[RL_MAX_SIGHTS];
  int first_body; /* in replays */
} inhabitant;

typedef struct world_def {
  rl_env_def def;
  rl_world world; /* its creatures are not there any more */
  inhabitant *agents;
  const rl_env_def *list[RL_MAX_AGENTS];
  rl_model *things;        /* the loose bodies */
  float reach, half_width; /* m: the world's from its middle; the widest creature's */
  rl_option options[RL_LIVE_N_OPTIONS];
  char summary[256];
} world_def;

typedef struct world_copy {
  const world_def *def;
  rl_b2_world *stage, *things; /* things: loose bodies and balls */
  rl_actor *actors;            /* [n_agents] */
  bool gone[RL_MAX_AGENTS];    /* from the world */
  rl_throw balls;
  rl_rng *rng; /* the episode's */
  rl_ground ground;
  rl_b2_motion loose[RL_MAX_LOOSE];
} world_copy;

static int agents_of(const world_copy *copy) { return copy->def->world.n_agents; }

/* --- what is seen --- */

/* As the agent sees it, which is at `x` of the world. */
static rl_b2_motion from_world(const rl_inhabitant *agent, rl_b2_motion m) {
  const float side = agent->turned ? -1.0f : 1.0f;
  return (rl_b2_motion){(m.x - agent->x) * side, m.y, side * m.angle, side * m.vx, m.vy,
                        side * m.angular_speed};
}

static rl_b2_motion to_world(const rl_inhabitant *agent, rl_b2_motion m) {
  const float side = agent->turned ? -1.0f : 1.0f;
  return (rl_b2_motion){agent->x + side * m.x, m.y,  side * m.angle,
                        side * m.vx,           m.vy, side * m.angular_speed};
}

static void look(const world_copy *copy, int a, const rl_seen *seen, float *out) {
  const rl_inhabitant *agents = copy->def->world.agents;
  const rl_actor *actor = &copy->actors[a];
  const rl_b2_motion *own = rl_actor_trunk(actor);
  memset(out, 0, SEEN * sizeof *out);
  if (seen->agent >= 0 && copy->gone[seen->agent]) return;
  const rl_b2_motion there =
      from_world(&agents[a], seen->agent < 0 ? copy->loose[seen->body]
                                             : to_world(&agents[seen->agent],
                                                        copy->actors[seen->agent].state.motions[seen->body]));
  const rl_b2_world *of = seen->agent < 0 ? copy->things : copy->actors[seen->agent].state.world;
  out[0] = there.x - own->x;
  out[1] = there.y - own->y;
  out[2] = there.vx - own->vx;
  out[3] = there.vy - own->vy;
  out[4] = rl_b2_meets(of, seen->body, actor->state.world) ? 1.0f : 0.0f;
}

/* What is behind the creature's own fields and observations. */
static void show_others(world_copy *copy, int a, rl_env_io *io) {
  const world_def *def = copy->def;
  const inhabitant *agent = &def->agents[a];
  const int n_sights = def->world.agents[a].n_sights;
  float *fields = io->fields + agent->alone->n_fields;
  const rl_b2_motion own = to_world(&def->world.agents[a], *rl_actor_trunk(&copy->actors[a]));
  if (copy->actors[a].broken) return;
  *fields++ = own.x;
  *fields++ = own.vx;
  for (int i = 0; i < n_sights; i++, fields += SEEN) look(copy, a, &agent->seen[i], fields);
  memcpy(io->observation + agent->alone->observation.size, fields - n_sights * SEEN,
         (size_t)(n_sights * SEEN) * sizeof(float));
  for (int i = 0; i < def->world.n_loose; i++) {
    const rl_b2_motion *m = &copy->loose[i];
    const float values[LOOSE] = {m->x, m->y, m->angle, m->vx, m->vy, m->angular_speed};
    memcpy(fields, values, sizeof values);
    fields += LOOSE;
  }
  rl_env_guard(&agent->def, &copy->actors[a].broken, io);
}

static void show_all(world_copy *copy, rl_env_io *io) {
  for (int i = 0; i < copy->def->world.n_loose; i++) copy->loose[i] = rl_b2_body_motion(copy->things, i);
  for (int a = 0; a < agents_of(copy); a++)
    if (!copy->gone[a]) show_others(copy, a, &io[a]);
}

/* Nothing is left of it. */
static void show_none(const world_copy *copy, int a, rl_env_io *io) {
  const rl_env_def *def = &copy->def->agents[a].def;
  memset(io->fields, 0, (size_t)def->n_fields * sizeof(float));
  memset(io->observation, 0, (size_t)def->observation.size * sizeof(float));
}

/* --- an episode --- */

static void add_loose(world_copy *copy, rl_b2_world *world) {
  const world_def *def = copy->def;
  for (int i = 0; i < def->world.n_loose; i++) {
    const rl_loose *loose = &def->world.loose[i];
    const rl_b2_motion move = {.vx = loose->vx, .vy = loose->vy};
    const rl_pose pose = {loose->x, rl_ground_height(&copy->ground, loose->x) + loose->y, loose->angle};
    rl_model_add_body(def->things, i, pose, &move, world);
  }
}

static void world_reset(void *self, const double *options, rl_rng *rng, rl_env_io *io) {
  world_copy *copy = self;
  const world_def *def = copy->def;
  const int n = agents_of(copy);
  rl_start starts[RL_MAX_AGENTS];
  copy->rng = rng;
  memset(copy->gone, 0, sizeof copy->gone);
  rl_live_ground(&copy->ground, options, def->reach + 1.0f, rng);
  for (int a = 0; a < n; a++) {
    const rl_inhabitant *agent = &def->world.agents[a];
    rl_actor_begin(&copy->actors[a], options);
    rl_ground_seen(&copy->ground, agent->x, agent->turned, &copy->actors[a].state.ground);
    starts[a] = rl_actor_start(&copy->actors[a], options, rng);
  }
  rl_b2_set_continuous(copy->stage, (rl_b2_continuous)options[RL_LIVE_CONTINUOUS]);
  rl_b2_clear(copy->stage, starts[0].gravity);
  rl_b2_add_ground(copy->stage, copy->ground.n, &copy->ground.xy[0][0], starts[0].friction);
  rl_b2_enter(copy->things, 0.0f, false);
  add_loose(copy, copy->things);
  rl_throw_reset(&copy->balls, options + RL_LIVE_THROW, def->half_width, copy->things);
  for (int a = 0; a < n; a++) {
    rl_creature_state *state = &copy->actors[a].state;
    rl_b2_enter(state->world, def->world.agents[a].x, def->world.agents[a].turned);
    rl_model_place(state->model, &state->ground, &starts[a], state->world);
  }
  rl_b2_step(copy->stage, 0.0f, 1, 1); /* takes no time, but the first observation knows the contacts */
  for (int a = 0; a < n; a++) rl_actor_wake(&copy->actors[a], &io[a]);
  show_all(copy, io);
}

/* Whom the next ball is for: in turn, of those who are there; -1: nobody is. */
static int next_target(const world_copy *copy) {
  const int n = agents_of(copy);
  for (int k = 0; k < n; k++) {
    const int a = (int)((copy->balls.thrown + k) % n);
    if (!copy->gone[a] && !copy->actors[a].broken) return a;
  }
  return -1;
}

static void throw_ball(world_copy *copy) {
  static const rl_throw_side other[] = {RL_THROW_BOTH, RL_THROW_BACK, RL_THROW_FRONT};
  const int a = next_target(copy);
  if (a < 0) return;
  const rl_inhabitant *agent = &copy->def->world.agents[a];
  const rl_creature_state *state = &copy->actors[a].state;
  const rl_b2_motion trunk = to_world(agent, rl_b2_body_motion(state->world, state->model->trunk));
  const rl_throw_target target = {trunk.x, trunk.y, trunk.vx, state->gravity};
  const rl_throw_side side = copy->balls.side;
  if (agent->turned) copy->balls.side = other[side];
  rl_throw_ball(&copy->balls, &target, &copy->ground, copy->rng, copy->things);
  copy->balls.side = side;
}

static void simulate(world_copy *copy, int substep) {
  const rl_actor *any = &copy->actors[0];
  const double time = (double)(any->steps * any->substeps + substep) * (double)any->dt;
  const int n = agents_of(copy);
  if (rl_throw_due(&copy->balls, time)) throw_ball(copy);
  for (int a = 0; a < n; a++)
    if (!copy->gone[a]) rl_actor_before(&copy->actors[a]);
  rl_b2_step(copy->stage, any->dt, any->velocity_iterations, any->position_iterations);
  rl_throw_settle(&copy->balls, copy->things);
  for (int a = 0; a < n; a++)
    if (!copy->gone[a]) rl_actor_after(&copy->actors[a], substep);
}

static bool all_broken(const world_copy *copy) {
  for (int a = 0; a < agents_of(copy); a++)
    if (!copy->gone[a] && !copy->actors[a].broken) return false;
  return true;
}

static void leave(world_copy *copy, int a) {
  copy->gone[a] = true;
  rl_b2_remove(copy->actors[a].state.world);
}

static void finish_agent(world_copy *copy, int a, rl_env_io *io) {
  if (copy->gone[a]) {
    copy->actors[a].steps++;
    show_none(copy, a, io);
    return;
  }
  rl_actor_finish(&copy->actors[a], io);
  if (copy->def->world.agents[a].walks) return;
  io->reward = 0.0;
  memset(io->terms, 0, RL_CREATURE_TERMS * sizeof(float));
}

static void world_step(void *self, const float *action, rl_env_io *io) {
  world_copy *copy = self;
  const world_def *def = copy->def;
  const int n = agents_of(copy), width = def->def.action.size;
  rl_b2_begin_interval(copy->things);
  for (int a = 0; a < n; a++) {
    if (io[a].over && def->world.agents[a].leaves && !copy->gone[a]) leave(copy, a);
    if (!copy->gone[a]) rl_actor_act(&copy->actors[a], action + a * width);
  }
  for (int i = 0; i < copy->actors[0].substeps && !all_broken(copy); i++) simulate(copy, i);
  for (int a = 0; a < n; a++) finish_agent(copy, a, &io[a]);
  show_all(copy, io);
}

/* --- replays --- */

/* A scene in which x is turned. */
static void turned_polygon(void *context, int body, int n, const float *xy, bool closed) {
  const rl_scene *scene = context;
  float turned[64][2];
  if (n > 64) n = 64; /* shapes have fewer corners */
  for (int i = 0; i < n; i++) {
    turned[i][0] = -xy[2 * i];
    turned[i][1] = xy[2 * i + 1];
  }
  scene->polygon(scene->context, body, n, &turned[0][0], closed);
}

static void turned_circle(void *context, int body, float x, float y, float radius) {
  const rl_scene *scene = context;
  scene->circle(scene->context, body, -x, y, radius);
}

static void style(const rl_scene *scene, const char *name, const char *colour) {
  if (scene->style) scene->style(scene->context, name, colour);
}

static void world_draw(void *self, const rl_scene *scene) {
  const world_copy *copy = self;
  const world_def *def = copy->def;
  const int n = agents_of(copy);
  int body = 0;
  scene->polygon(scene->context, -1, copy->ground.n, &copy->ground.xy[0][0], false);
  for (int a = 0; a < n; a++) {
    const rl_scene turned = {(void *)scene, turned_polygon, turned_circle, NULL, NULL};
    rl_scene plain = *scene;
    if (a > 0) plain.strand = NULL; /* what is recorded beside is the first agent's */
    style(scene, def->world.agents[a].name,
          colours[(size_t)(def->list[a]->team - 1) % (sizeof colours / sizeof *colours)]);
    rl_actor_draw(&copy->actors[a], body, def->world.agents[a].turned ? &turned : &plain);
    body += def->agents[a].creature->model.creature.n_bodies;
  }
  for (int i = 0; i < def->world.n_loose; i++, body++) {
    const rl_body *loose = &def->things->creature.bodies[i];
    style(scene, loose->name, NULL);
    for (int k = 0; k < loose->n_shapes; k++) rl_shape_draw(&loose->shapes[k], body, scene);
  }
  style(scene, NULL, NULL);
  rl_throw_draw(&copy->balls, body, scene);
}

static void agent_poses(const world_copy *copy, int a, float *poses) {
  static const float OUT_OF_SIGHT = -1000.0f; /* m */
  const rl_inhabitant *agent = &copy->def->world.agents[a];
  const float side = agent->turned ? -1.0f : 1.0f;
  rl_actor_poses(&copy->actors[a], poses);
  for (int i = 0; i < copy->actors[a].state.model->creature.n_bodies; i++, poses += 3) {
    poses[0] = agent->x + side * poses[0];
    poses[1] = copy->gone[a] ? OUT_OF_SIGHT : poses[1];
    poses[2] = side * poses[2];
  }
}

static void world_poses(void *self, float *poses) {
  const world_copy *copy = self;
  const world_def *def = copy->def;
  for (int a = 0; a < agents_of(copy); a++) {
    agent_poses(copy, a, poses);
    poses += 3 * def->agents[a].creature->model.creature.n_bodies;
  }
  for (int i = 0; i < def->world.n_loose; i++, poses += 3) {
    const rl_point center = def->things->center[i];
    const rl_b2_motion frame = rl_point_motion(&copy->loose[i], (rl_point){-center.x, -center.y});
    const bool finite = isfinite(frame.x + frame.y + frame.angle);
    poses[0] = finite ? frame.x : 0.0f;
    poses[1] = finite ? frame.y : 0.0f;
    poses[2] = finite ? frame.angle : 0.0f;
  }
  rl_throw_poses(&copy->balls, copy->things, poses);
}

static void world_watch(void *self) {
  const world_copy *copy = self;
  for (int a = 0; a < agents_of(copy); a++) rl_actor_watch(&copy->actors[a]);
}

static void world_read_traces(const void *self, int agent, float *values) {
  const world_copy *copy = self;
  if (copy->gone[agent])
    memset(values, 0, (size_t)copy->def->agents[agent].def.n_traces * sizeof *values);
  else
    rl_actor_read_traces(&copy->actors[agent], values);
}

/* All feel it, each along the world's x. */
static void world_disturb(void *self, const rl_disturbance *disturbance) {
  world_copy *copy = self;
  const bool pulls = !isnan(disturbance->gravity);
  for (int a = 0; a < agents_of(copy); a++) {
    rl_actor *actor = &copy->actors[a];
    actor->push[0] = (copy->def->world.agents[a].turned ? -1.0f : 1.0f) * (float)disturbance->ax;
    actor->push[1] = (float)disturbance->ay;
    if (pulls) actor->state.gravity = (float)disturbance->gravity;
  }
  if (pulls) rl_b2_set_gravity(copy->stage, (float)disturbance->gravity);
}

/* --- copies --- */

static void world_free(void *self) {
  world_copy *copy = self;
  for (int a = 0; copy->actors && a < agents_of(copy); a++) {
    rl_actor_release(&copy->actors[a]);
    rl_b2_free(copy->actors[a].state.world);
  }
  rl_release(copy->actors);
  rl_b2_free(copy->things);
  rl_b2_free(copy->stage);
  rl_release(copy);
}

static rl_status world_create(void **self, const rl_env_def *def, rl_error *error) {
  rl_status status = rl_env_allocate(self, sizeof(world_copy), def, error);
  if (status) return status;
  world_copy *copy = *self;
  copy->def = def->config;
  const int n = agents_of(copy);
  copy->actors = rl_allocate((size_t)n, sizeof *copy->actors);
  if (!copy->actors) status = rl_fail(error, RL_NO_MEMORY, "%s: out of memory", def->name);
  if (!status) status = rl_b2_create(&copy->stage, error);
  if (!status) status = rl_b2_join(&copy->things, copy->stage, true, error);
  for (int a = 0; !status && a < n; a++) {
    status = rl_b2_join(&copy->actors[a].state.world, copy->stage, false, error);
    if (!status) status = rl_actor_init(&copy->actors[a], copy->def->agents[a].creature, error);
  }
  if (!status) return RL_OK;
  world_free(copy);
  *self = NULL;
  return status;
}

static double world_dt(const double *options) { return 1.0 / options[RL_LIVE_CONTROL_RATE]; }

static double world_physics_seconds(const void *self) {
  return rl_b2_seconds(((const world_copy *)self)->stage);
}

/* --- the definition --- */

static void free_made(world_def *made) {
  if (!made) return;
  for (int a = 0; made->agents && a < made->world.n_agents; a++) {
    rl_release(made->agents[a].fields);
    rl_release(made->agents[a].texts);
    rl_release(made->agents[a].observation_names);
    rl_env_def_free(made->agents[a].alone);
  }
  rl_release(made->agents);
  rl_release(made->things);
  rl_release(made);
}

static void world_free_def(rl_env_def *def) { free_made((world_def *)def->config); }

/* Fields "NAME_dx" ... of whom they are of; returns what is behind them. */
static int name_fields(inhabitant *agent, int at, const char *name, const rl_field *rows, int n) {
  for (int i = 0; i < n; i++, at++) {
    rl_field_text *text = &agent->texts[at];
    snprintf(text->name, sizeof text->name, "%s%s", name, rows[i].name);
    snprintf(text->meaning, sizeof text->meaning, "%s%s%s", name, *name ? ": " : "", rows[i].meaning);
    agent->fields[at] = (rl_field){text->name, rows[i].unit, text->meaning};
  }
  return at;
}

static rl_status check_fields(const world_def *made, const inhabitant *agent, rl_error *error) {
  const rl_env_def *def = &agent->def;
  const char *twice = NULL;
  for (int i = 0; i < def->n_fields; i++)
    if (rl_env_find_field(def, agent->fields[i].name) != i) twice = agent->fields[i].name;
  for (int i = 0; i < def->n_traces; i++) /* recordings have both */
    if (rl_env_find_field(def, def->traces[i].name) >= 0) twice = def->traces[i].name;
  if (!twice) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT,
                 "world %s: agent %s: two fields would be called %s; rename the sight or body behind it",
                 made->world.name, def->agent, twice);
}

static rl_status define_agent(world_def *made, int a, rl_error *error) {
  const rl_inhabitant *given = &made->world.agents[a];
  inhabitant *agent = &made->agents[a];
  const rl_env_def *alone = agent->alone;
  const int own = alone->n_fields, sights = SEEN * given->n_sights,
            n = own + PLACED + sights + LOOSE * made->world.n_loose;
  agent->fields = rl_allocate((size_t)n, sizeof *agent->fields);
  agent->texts = rl_allocate((size_t)n, sizeof *agent->texts);
  agent->observation_names =
      rl_allocate((size_t)(alone->observation.size + sights), sizeof *agent->observation_names);
  if (!agent->fields || !agent->texts || !agent->observation_names)
    return rl_fail(error, RL_NO_MEMORY, "world %s: out of memory", made->world.name);
  memcpy(agent->fields, alone->fields, (size_t)own * sizeof *agent->fields);
  memcpy(agent->observation_names, alone->observation_names,
         (size_t)alone->observation.size * sizeof *agent->observation_names);
  int at = name_fields(agent, own, "", placed_fields, PLACED);
  for (int i = 0; i < given->n_sights; i++)
    at = name_fields(agent, at, given->sights[i].name, sight_fields, SEEN);
  for (int i = 0; i < made->world.n_loose; i++)
    at = name_fields(agent, at, made->world.loose[i].body.name, loose_fields, LOOSE);
  for (int i = 0; i < sights; i++)
    agent->observation_names[alone->observation.size + i] = agent->fields[own + PLACED + i].name;
  snprintf(agent->name, sizeof agent->name, "%s.%s", made->world.name, given->name);
  rl_env_def *def = &agent->def;
  *def = (rl_env_def){
      .name = agent->name,
      .summary = "an agent of a world",
      .observation = alone->observation,
      .action = alone->action,
      .observation_names = agent->observation_names,
      .action_names = alone->action_names,
      .fields = agent->fields,
      .n_fields = n,
      .options = made->options,
      .n_options = RL_LIVE_START_PHASE,
      .terms = rl_creature_terms,
      .n_terms = RL_CREATURE_TERMS,
      .traces = alone->traces,
      .n_traces = alone->n_traces,
      .asymmetry = "it is not alone in its world",
      .agent = given->name,
      .team = given->team > 0 ? given->team : a + 1,
      .unrewarded = !given->walks,
      .config = made,
      .dt = world_dt,
  };
  rl_env_seat(def);
  def->observation.size += sights;
  return check_fields(made, agent, error);
}

/* Whether all agents can have one policy. */
static bool are_alike(const world_def *made) {
  rl_error error;
  for (int a = 1; a < made->world.n_agents; a++)
    if (rl_env_alike(made->agents[0].alone, made->agents[a].alone, &error) ||
        made->world.agents[0].n_sights != made->world.agents[a].n_sights)
      return false;
  return true;
}

static rl_status make_creatures(world_def *made, const rl_world *world, rl_error *error) {
  rl_status status = RL_OK;
  int body = 0;
  for (int a = 0; !status && a < world->n_agents; a++) {
    inhabitant *agent = &made->agents[a];
    rl_error why;
    status = rl_creature_env(world->agents[a].creature, &agent->alone, &why);
    if (status)
      return rl_fail(error, status, "world %s: agent %s: %s", world->name, world->agents[a].name,
                     why.message);
    agent->creature = agent->alone->config;
    agent->first_body = body;
    body += agent->creature->model.creature.n_bodies;
    made->world.agents[a].creature = NULL; /* the caller's need not last */
  }
  made->def.n_bodies = body + world->n_loose + RL_THROW_BALLS;
  made->things->creature.n_bodies = world->n_loose;
  for (int i = 0; i < world->n_loose; i++) {
    made->things->creature.bodies[i] = world->loose[i].body;
    rl_model_weigh(made->things, i);
  }
  return status;
}

static rl_status resolve(world_def *made, rl_error *error) {
  const rl_model *models[RL_MAX_AGENTS];
  rl_seen seen[RL_MAX_AGENTS][RL_MAX_SIGHTS];
  for (int a = 0; a < made->world.n_agents; a++) models[a] = &made->agents[a].creature->model;
  rl_status status = rl_world_resolve(&made->world, models, made->things, seen, error);
  for (int a = 0; !status && a < made->world.n_agents; a++)
    memcpy(made->agents[a].seen, seen[a], sizeof *seen);
  return status;
}

/* Defaults are those of the creatures: with muscles, a step of physics is short. */
static void take_options(world_def *made) {
  rl_live_rows(made->options);
  for (int a = 0; a < made->world.n_agents; a++) {
    const rl_env_def *alone = made->agents[a].alone;
    static const int taken[] = {RL_LIVE_CONTROL_RATE, RL_LIVE_SUBSTEPS, RL_LIVE_GAIT + RL_GAIT_OBJECTIVE};
    for (size_t k = 0; k < sizeof taken / sizeof *taken; k++)
      if (alone->options[taken[k]].value > made->options[taken[k]].value)
        made->options[taken[k]].value = alone->options[taken[k]].value;
  }
}

static void define(world_def *made) {
  const rl_world *world = &made->world;
  const rl_env_def *widest = &made->agents[0].def;
  int observations = 0, actions = 0;
  for (int a = 0; a < world->n_agents; a++) {
    const rl_env_def *def = &made->agents[a].def;
    const float half_width = made->agents[a].creature->model.half_width;
    made->list[a] = def;
    if (def->n_fields > widest->n_fields) widest = def;
    if (def->observation.size > observations) observations = def->observation.size;
    if (def->action.size > actions) actions = def->action.size;
    made->half_width = fmaxf(made->half_width, half_width);
    made->reach = fmaxf(made->reach, fabsf(world->agents[a].x) + half_width);
  }
  snprintf(made->summary, sizeof made->summary, "a world of %d agents and %d loose bodies", world->n_agents,
           world->n_loose);
  made->def = (rl_env_def){
      .name = world->name,
      .summary = made->summary,
      .observation = {.kind = RL_BOX, .size = observations, .low = -INFINITY, .high = INFINITY},
      .action = {.kind = RL_BOX, .size = actions, .low = -1.0f, .high = 1.0f},
      .fields = widest->fields,
      .n_fields = widest->n_fields,
      .options = made->options,
      .n_options = RL_LIVE_START_PHASE,
      .terms = rl_creature_terms,
      .n_terms = RL_CREATURE_TERMS,
      .asymmetry = widest->asymmetry,
      .agents = made->list,
      .n_agents = world->n_agents,
      .unlike = !are_alike(made),
      .together = world->together,
      .n_bodies = made->def.n_bodies,
      .n_props = RL_THROW_BALLS,
      .config = made,
      .repeatable = true,
      .create = world_create,
      .free = world_free,
      .reset = world_reset,
      .step = world_step,
      .draw = world_draw,
      .poses = world_poses,
      .watch = world_watch,
      .read_traces = world_read_traces,
      .disturb = world_disturb,
      .dt = world_dt,
      .physics_seconds = world_physics_seconds,
      .free_def = world_free_def,
  };
  if (made->def.unlike) return;
  made->def.observation_names = widest->observation_names;
  made->def.action_names = widest->action_names;
}

const rl_model *rl_world_model(const rl_env_def *def, int agent) {
  return def->create == world_create ? &((const world_def *)def->config)->agents[agent].creature->model
                                     : NULL;
}

bool rl_world_of(const rl_env_def *def, rl_world *world) {
  if (def->create != world_create) return false;
  const world_def *made = def->config;
  *world = made->world;
  for (int a = 0; a < world->n_agents; a++) world->agents[a].creature = rl_creature_of(made->agents[a].alone);
  return true;
}

static rl_status make(world_def *made, const rl_world *world, rl_error *error) {
  rl_status status = rl_world_check(world, error);
  if (status) return status;
  made->world = *world;
  made->agents = rl_allocate((size_t)world->n_agents, sizeof *made->agents);
  made->things = rl_allocate(1, sizeof *made->things);
  if (!made->agents || !made->things)
    return rl_fail(error, RL_NO_MEMORY, "world %s: out of memory", world->name);
  status = make_creatures(made, world, error);
  if (!status) status = resolve(made, error);
  if (!status) take_options(made);
  for (int a = 0; !status && a < world->n_agents; a++) status = define_agent(made, a, error);
  if (!status) define(made);
  return status;
}

rl_status rl_world_env(const rl_world *world, rl_env_def **def, rl_error *error) {
  *def = NULL;
  world_def *made = rl_allocate(1, sizeof *made);
  rl_status status = made ? make(made, world, error)
                          : rl_fail(error, RL_NO_MEMORY, "world %.31s: out of memory", world->name);
  if (status)
    free_made(made);
  else
    *def = &made->def;
  return status;
}
