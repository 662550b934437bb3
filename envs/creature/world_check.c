/* The check of a world; see world_check.h. */
#include "creature/world_check.h"

#include "creature/check_part.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const float TOUCH = 0.01f; /* m that boxes around bodies may reach into each other */

/* --- names and numbers --- */

static const char *name_of(const rl_world *w, int i) {
  return i < w->n_agents ? w->agents[i].name : w->loose[i - w->n_agents].body.name;
}

static rl_status check_names(const rl_world *w, rl_error *error) {
  char whose[RL_NAME + 16];
  rl_status status = rl_check_name_of("rl_world", w->name, "world", 0, error);
  if (status) return status;
  snprintf(whose, sizeof whose, "world %s", w->name);
  if (w->n_agents < 1) return rl_fail(error, RL_BAD_ARGUMENT, "%s: no agents", whose);
  if (w->n_agents > RL_MAX_AGENTS)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %d agents; there is room for %d", whose, w->n_agents,
                   RL_MAX_AGENTS);
  if (w->n_loose > RL_MAX_LOOSE)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %d loose bodies; there is room for %d", whose, w->n_loose,
                   RL_MAX_LOOSE);
  for (int i = 0; !status && i < w->n_agents + w->n_loose; i++) {
    const bool agent = i < w->n_agents;
    status =
        rl_check_name_of(whose, name_of(w, i), agent ? "agent" : "body", agent ? i : i - w->n_agents, error);
    for (int k = 0; !status && k < i; k++)
      if (strcmp(name_of(w, k), name_of(w, i)) == 0)
        status = rl_fail(error, RL_BAD_ARGUMENT,
                         "%s: two are named \"%s\"; rename one, for rewards and sights go by names", whose,
                         name_of(w, i));
  }
  return status;
}

static rl_status check_agent(const rl_world *w, const rl_inhabitant *agent, rl_error *error) {
  char where[RL_WHERE];
  snprintf(where, sizeof where, "world %s: agent %s", w->name, agent->name);
  if (!agent->creature) return rl_fail(error, RL_BAD_ARGUMENT, "%s: it has no creature", where);
  if (agent->creature->motion)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: its creature follows a motion, which it does only when alone",
                   where);
  if (agent->n_sights > RL_MAX_SIGHTS)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %d sights; there is room for %d", where, agent->n_sights,
                   RL_MAX_SIGHTS);
  rl_status status = rl_options_check_part(rl_inhabitant_rows, agent, where, error);
  for (int i = 0; !status && i < agent->n_sights; i++) {
    status = rl_check_name_of(where, agent->sights[i].name, "sight", i, error);
    for (int k = 0; !status && k < i; k++)
      if (strcmp(agent->sights[k].name, agent->sights[i].name) == 0)
        status =
            rl_fail(error, RL_BAD_ARGUMENT, "%s: two sights are named \"%s\"", where, agent->sights[i].name);
  }
  return status;
}

static rl_status check_loose(const rl_world *w, const rl_loose *loose, rl_error *error) {
  char where[RL_WHERE];
  snprintf(where, sizeof where, "world %s: body %s", w->name, loose->body.name);
  rl_status status = rl_check_body(&loose->body, where, error);
  return status ? status : rl_options_check_part(rl_loose_rows, loose, where, error);
}

rl_status rl_world_check(const rl_world *w, rl_error *error) {
  rl_status status = check_names(w, error);
  for (int i = 0; !status && i < w->n_agents; i++) status = check_agent(w, &w->agents[i], error);
  for (int i = 0; !status && i < w->n_loose; i++) status = check_loose(w, &w->loose[i], error);
  return status;
}

/* --- sights --- */

static rl_status resolve_sight(const rl_world *w, const rl_inhabitant *agent, const rl_sight *sight,
                               const rl_model *const *models, rl_seen *seen, rl_error *error) {
  char what[RL_WHERE];
  const char *names[RL_MAX_AGENTS + RL_MAX_LOOSE];
  const int n = w->n_agents + w->n_loose;
  int of = -1;
  for (int i = 0; i < n; i++) {
    names[i] = name_of(w, i);
    if (strcmp(names[i], sight->of) == 0) of = i;
  }
  if (of < 0) {
    snprintf(what, sizeof what, "world %s: agent %s: sight %s: agent or body", w->name, agent->name,
             sight->name);
    return rl_fail_unknown(error, what, sight->of, names, (size_t)n);
  }
  *seen = (rl_seen){of < w->n_agents ? of : -1, of < w->n_agents ? 0 : of - w->n_agents};
  if (seen->agent < 0)
    return sight->body[0] ? rl_fail(error, RL_BAD_ARGUMENT,
                                    "world %s: agent %s: sight %s: %s is a body itself and has no %s",
                                    w->name, agent->name, sight->name, sight->of, sight->body)
                          : RL_OK;
  const rl_model *model = models[seen->agent];
  seen->body = sight->body[0] ? rl_creature_find_body(&model->creature, sight->body) : model->trunk;
  if (seen->body >= 0) return RL_OK;
  snprintf(what, sizeof what, "world %.31s: agent %.31s: sight %.31s", w->name, agent->name, sight->name);
  return rl_unknown_body(&model->creature, what, sight->body, error);
}

/* --- what overlaps --- */

typedef struct box {
  float left, low, right, high;
} box;

static const box nothing = {INFINITY, INFINITY, -INFINITY, -INFINITY};

static void enclose(box *b, const box *other) {
  b->left = fminf(b->left, other->left);
  b->low = fminf(b->low, other->low);
  b->right = fmaxf(b->right, other->right);
  b->high = fmaxf(b->high, other->high);
}

static box box_of(const rl_body *body, rl_pose pose) {
  box b = nothing;
  for (int s = 0; s < body->n_shapes; s++) {
    const rl_core core = rl_shape_core(&body->shapes[s]);
    for (int k = 0; k < core.n; k++) {
      const rl_point p = rl_pose_apply(pose, core.points[k]);
      enclose(&b, &(box){p.x - core.radius, p.y - core.radius, p.x + core.radius, p.y + core.radius});
    }
  }
  return b;
}

/* Boxes around the bodies of an agent on level ground, in the world; returns the one around them all. */
static box boxes_of(const rl_inhabitant *agent, const rl_model *model, box *boxes) {
  const rl_creature *c = &model->creature;
  rl_pose poses[RL_MAX_PARTS];
  box all = nothing;
  rl_creature_pose(c, model->start_angles, c->start.lean, poses);
  const rl_point trunk = rl_pose_apply(
      poses[model->trunk], (const float[2]){model->center[model->trunk].x, model->center[model->trunk].y});
  for (int i = 0; i < c->n_bodies; i++) {
    boxes[i] = box_of(&c->bodies[i], poses[i]);
    enclose(&all, &boxes[i]);
  }
  for (int i = 0; i < c->n_bodies; i++) {
    const box b = boxes[i];
    const float left = b.left - trunk.x, right = b.right - trunk.x;
    boxes[i] = (box){agent->x + (agent->turned ? -right : left), b.low - all.low,
                     agent->x + (agent->turned ? -left : right), b.high - all.low};
  }
  all = nothing;
  for (int i = 0; i < c->n_bodies; i++) enclose(&all, &boxes[i]);
  return all;
}

static bool overlap(const box *a, const box *b) {
  return fminf(a->right, b->right) - fmaxf(a->left, b->left) > TOUCH &&
         fminf(a->high, b->high) - fmaxf(a->low, b->low) > TOUCH;
}

/* Who is there already. */
typedef struct crowd {
  int n, owner[RL_B2_MAX_BODIES]; /* agents, then loose bodies */
  box boxes[RL_B2_MAX_BODIES], around[RL_MAX_AGENTS];
} crowd;

static rl_status complain(const rl_world *w, const crowd *there, int a, int b, rl_error *error) {
  if (b >= w->n_agents)
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "world %s: body %s overlaps %s %s at the start: give it another x or y", w->name,
                   name_of(w, b), a < w->n_agents ? "agent" : "body", name_of(w, a));
  const rl_inhabitant *one = &w->agents[a], *two = &w->agents[b];
  const box *p = &there->around[a], *q = &there->around[b];
  const float apart =
      one->x <= two->x ? (p->right - one->x) + (two->x - q->left) : (one->x - p->left) + (q->right - two->x);
  return rl_fail(
      error, RL_BAD_ARGUMENT,
      "world %s: agents %s and %s overlap at the start: they are %.3g m apart; give them x that are %.3g m "
      "apart",
      w->name, one->name, two->name, (double)fabsf(one->x - two->x), ceil((double)apart * 100.0) / 100.0);
}

static rl_status add(const rl_world *w, crowd *there, int owner, const box *boxes, int n, rl_error *error) {
  const int before = there->n;
  if (before + n > RL_B2_MAX_BODIES - 8)
    return rl_fail(error, RL_BAD_ARGUMENT, "world %s: more than %d bodies in all", w->name,
                   RL_B2_MAX_BODIES - 8);
  for (int i = 0; i < n; i++) {
    for (int k = 0; k < before; k++)
      if (overlap(&boxes[i], &there->boxes[k])) return complain(w, there, there->owner[k], owner, error);
    there->boxes[there->n] = boxes[i];
    there->owner[there->n++] = owner;
  }
  return RL_OK;
}

static rl_status check_places(const rl_world *w, const rl_model *const *models, const rl_model *things,
                              rl_error *error) {
  crowd there = {0};
  rl_status status = RL_OK;
  for (int a = 0; !status && a < w->n_agents; a++) {
    box boxes[RL_MAX_PARTS];
    there.around[a] = boxes_of(&w->agents[a], models[a], boxes);
    status = add(w, &there, a, boxes, models[a]->creature.n_bodies, error);
  }
  for (int i = 0; !status && i < w->n_loose; i++) {
    const rl_loose *loose = &w->loose[i];
    const box b = box_of(&things->creature.bodies[i], (rl_pose){loose->x, loose->y, loose->angle});
    if (b.low < -TOUCH)
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "world %s: body %s reaches %.3g m below the ground: give it a y of %.3g", w->name,
                     loose->body.name, (double)-b.low, ceil((double)(loose->y - b.low) * 1000.0) / 1000.0);
    status = add(w, &there, w->n_agents + i, &b, 1, error);
  }
  return status;
}

rl_status rl_world_resolve(const rl_world *w, const rl_model *const *models, const rl_model *things,
                           rl_seen (*seen)[RL_MAX_SIGHTS], rl_error *error) {
  rl_status status = RL_OK;
  for (int a = 0; a < w->n_agents; a++)
    for (int i = 0; !status && i < w->agents[a].n_sights; i++)
      status = resolve_sight(w, &w->agents[a], &w->agents[a].sights[i], models, &seen[a][i], error);
  return status ? status : check_places(w, models, things, error);
}
