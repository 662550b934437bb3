#include "creature/creature_symmetry.h"

#include "creature/parts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* --- names --- */

/* What names say of a side: as an end, as a beginning, or as a word anywhere. Left and right decide; the others only say
 * what is compared in a message. */
static const struct {
  const char *one, *other;
  bool end, decides;
} sides[] = {{"_l", "_r", true, true},
             {"left", "right", false, true},
             {"front", "back", false, false},
             {"fore", "hind", false, false},
             {"_1", "_2", true, false}};
enum { SIDES = sizeof sides / sizeof *sides };

/* `name` with `one` in it exchanged for `other`; false: it is not in it. */
static bool exchange(const char *name, const char *one, const char *other, bool end, char out[RL_NAME]) {
  const size_t length = strlen(name), n = strlen(one);
  const char *at = end ? (length > n ? name + length - n : NULL) : strstr(name, one);
  if (!at || strncmp(at, one, n) != 0) return false;
  snprintf(out, RL_NAME, "%.*s%s%s", (int)(at - name), name, other, at + n);
  return true;
}

/* The body that a name says is on the other side; -1. deciding: only left and right. */
static int named_counterpart(const rl_creature *c, int body, bool deciding) {
  const char *name = c->bodies[body].name;
  char other[RL_NAME];
  for (int i = 0; i < SIDES; i++) {
    if (deciding && !sides[i].decides) continue;
    if (!exchange(name, sides[i].one, sides[i].other, sides[i].end, other) &&
        !exchange(name, sides[i].other, sides[i].one, sides[i].end, other))
      continue;
    const int found = rl_creature_find_body(c, other);
    if (found >= 0 && found != body) return found;
  }
  return -1;
}

/* --- are two parts alike? --- */

static rl_status differ(rl_error *error, const rl_option *row, const char *a, double x, const char *b,
                        double y) {
  if (!error) return RL_BAD_ARGUMENT;
  char values[2][32];
  const double numbers[] = {x, y};
  for (int i = 0; i < 2; i++) {
    if (row->choices)
      snprintf(values[i], sizeof values[i], "%s", row->choices[(int)numbers[i]]);
    else if (isnan(numbers[i]))
      snprintf(values[i], sizeof values[i], "left out");
    else
      snprintf(values[i], sizeof values[i], "%g%s%s", numbers[i], row->unit[0] ? " " : "", row->unit);
  }
  return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s is %s, of %s %s", b, row->name, values[1], a, values[0]);
}

static bool same_number(float x, float y) { return x == y || (isnan(x) && isnan(y)); }

/* By the rows, but for names. */
static rl_status same_rows(rl_options rows, const void *a, const char *name, const void *b, const char *other,
                           rl_error *error) {
  for (int i = 0; i < rows.count; i++) {
    const rl_option *row = &rows.rows[i];
    if (row->type == RL_OPTION_NAME || !rl_option_has(row, rows.traits)) continue;
    const float *x = (const float *)((const char *)a + row->offset),
                *y = (const float *)((const char *)b + row->offset);
    if (row->type == RL_OPTION_PAIR || row->type == RL_OPTION_FLOAT) {
      for (int k = 0; k < (row->type == RL_OPTION_PAIR ? 2 : 1); k++)
        if (!same_number(x[k], y[k])) return differ(error, row, name, (double)x[k], other, (double)y[k]);
    } else if (rl_option_get(a, row) != rl_option_get(b, row)) {
      return differ(error, row, name, rl_option_get(a, row), other, rl_option_get(b, row));
    }
  }
  return RL_OK;
}

static rl_status same_count(int n, const char *name, int m, const char *other, const char *what,
                            rl_error *error) {
  if (n == m) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "%s has %d %s, %s %d", other, m, what, name, n);
}

static rl_status same_shapes(const rl_body *a, const rl_body *b, rl_error *error) {
  rl_status status = same_count(a->n_shapes, a->name, b->n_shapes, b->name, "shapes", error);
  for (int i = 0; !status && i < a->n_shapes; i++) {
    const rl_shape *x = &a->shapes[i], *y = &b->shapes[i];
    status = same_rows(rl_options_of(rl_shape_rows, x->kind == y->kind ? 1U << x->kind : ~0U), x, a->name, y,
                       b->name, error);
    if (status || x->kind != RL_SHAPE_POLYGON) continue;
    status = same_count(x->n_vertices, a->name, y->n_vertices, b->name, "points of a polygon", error);
    for (int k = 0; !status && k < x->n_vertices; k++)
      if (x->vertices[k][0] != y->vertices[k][0] || x->vertices[k][1] != y->vertices[k][1])
        status = rl_fail(error, RL_BAD_ARGUMENT, "%s: point %d of a polygon is (%g, %g), of %s (%g, %g)",
                         b->name, k + 1, (double)y->vertices[k][0], (double)y->vertices[k][1], a->name,
                         (double)x->vertices[k][0], (double)x->vertices[k][1]);
  }
  return status;
}

static int motor_of(const rl_model *model, int body) {
  for (int m = 0; m < model->creature.n_motors; m++)
    if (model->motor_joint[m] == body - 1) return m;
  return -1;
}

static rl_status same_motor(const rl_model *model, int a, int b, rl_error *error) {
  const rl_creature *c = &model->creature;
  const int x = motor_of(model, a), y = motor_of(model, b);
  const char *name = c->bodies[a].joint.name, *other = c->bodies[b].joint.name;
  rl_status status = same_count(x >= 0, name, y >= 0, other, "motors", error);
  return status || x < 0 ? status
                         : same_rows(rl_motor_rows, &c->motors[x], name, &c->motors[y], other, error);
}

/* The trunk and the head are what they are wherever they hang. */
static rl_status same_role(const rl_model *model, int a, int b, rl_error *error) {
  const rl_creature *c = &model->creature;
  if (a == model->trunk || a == model->head || b == model->trunk || b == model->head)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s and %s: one of them is the trunk or the head",
                   c->bodies[a].name, c->bodies[b].name);
  if (model->is_foot[a] != model->is_foot[b])
    return rl_fail(error, RL_BAD_ARGUMENT, "%s is a foot and %s is not",
                   c->bodies[model->is_foot[a] ? a : b].name, c->bodies[model->is_foot[a] ? b : a].name);
  return RL_OK;
}

static rl_status same_body(const rl_model *model, int a, int b, rl_error *error) {
  const rl_body *x = &model->creature.bodies[a], *y = &model->creature.bodies[b];
  const unsigned traits = RL_ROW_MASS | RL_ROW_DENSITY | RL_ROW_INERTIA | (x->centered ? RL_ROW_CENTER : 0U);
  rl_status status = same_role(model, a, b, error);
  if (!status) status = same_count(x->centered, x->name, y->centered, y->name, "centres given", error);
  if (!status) status = same_rows(rl_options_of(rl_body_rows, traits), x, x->name, y, y->name, error);
  if (!status) status = same_shapes(x, y, error);
  if (!status) status = same_rows(rl_joint_rows, &x->joint, x->joint.name, &y->joint, y->joint.name, error);
  if (!status) status = same_rows(rl_soft_rows, &x->joint, x->joint.name, &y->joint, y->joint.name, error);
  return status ? status : same_motor(model, a, b, error);
}

/* --- which parts change places --- */

enum { OPEN = -1 }; /* it has no counterpart yet */

static rl_status pair(const rl_model *model, int a, int b, int *map, rl_error *error);

/* Finds a counterpart for child a among the children of b's parent: the one that its name says, or the first. */
static rl_status find_child(const rl_model *model, int a, int parent, int *map, rl_error *error) {
  const rl_creature *c = &model->creature;
  const int named = named_counterpart(c, a, true);
  rl_status status = RL_BAD_ARGUMENT;
  if (named >= 0 && model->parent[named] == parent && map[named] == OPEN)
    status = pair(model, a, named, map, error);
  else
    rl_fail(error, RL_BAD_ARGUMENT, "%s: nothing like it hangs on %s", c->bodies[a].name,
            c->bodies[parent].name);
  for (int b = 1; status && b < c->n_bodies; b++)
    if (b != a && b != named && model->parent[b] == parent && map[b] == OPEN &&
        (named < 0 || named_counterpart(c, b, true) < 0))
      status = pair(model, a, b, map, named < 0 ? error : NULL);
  return status;
}

static int children(const rl_model *model, int body) {
  int n = 0;
  for (int i = 1; i < model->creature.n_bodies; i++) n += model->parent[i] == body;
  return n;
}

/* a and b, and what hangs on them, change places; `map` is as it was when they cannot. */
static rl_status pair(const rl_model *model, int a, int b, int *map, rl_error *error) {
  const rl_creature *c = &model->creature;
  int before[RL_MAX_PARTS];
  memcpy(before, map, sizeof before);
  map[a] = b;
  map[b] = a;
  rl_status status = same_body(model, a, b, error);
  if (!status)
    status = same_count(children(model, a), c->bodies[a].name, children(model, b), c->bodies[b].name,
                        "bodies hanging on it", error);
  for (int i = 1; !status && i < c->n_bodies; i++)
    if (model->parent[i] == a && map[i] == OPEN) status = find_child(model, i, b, map, error);
  if (status) memcpy(map, before, sizeof before);
  return status;
}

/* What hangs on a body that stays where it is. */
static void place_children(const rl_model *model, int body, int *map) {
  for (int i = 1; i < model->creature.n_bodies; i++) {
    if (model->parent[i] != body || map[i] != OPEN) continue;
    if (find_child(model, i, body, map, NULL)) {
      map[i] = i;
      place_children(model, i, map);
    }
  }
}

/* Why a and b do not change places: `error` says it. */
static rl_status explain(const rl_model *model, int a, int b, rl_error *error) {
  const rl_creature *c = &model->creature;
  int map[RL_MAX_PARTS];
  for (int i = 0; i < RL_MAX_PARTS; i++) map[i] = OPEN;
  if (model->parent[a] < 0 || model->parent[b] < 0)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s and %s: one of them is the root", c->bodies[a].name,
                   c->bodies[b].name);
  if (pair(model, a, b, map, error)) return RL_BAD_ARGUMENT;
  return rl_fail(error, RL_BAD_ARGUMENT, "%s hangs on %s and %s on %s, which do not change places",
                 c->bodies[a].name, c->bodies[model->parent[a]].name, c->bodies[b].name,
                 c->bodies[model->parent[b]].name);
}

/* Nothing changes places: what differs between two that might have been meant. */
static rl_status explain_none(const rl_model *model, rl_error *error) {
  const rl_creature *c = &model->creature;
  for (int a = 1; a < c->n_bodies; a++) {
    const int b = named_counterpart(c, a, false);
    if (b >= 0) return explain(model, a, b, error);
  }
  for (int a = 1; a < c->n_bodies; a++)
    for (int b = a + 1; b < c->n_bodies; b++)
      if (model->parent[a] == model->parent[b]) return explain(model, a, b, error);
  return rl_fail(error, RL_BAD_ARGUMENT, "it has no two limbs that could change places");
}

static rl_status place_bodies(const rl_model *model, int *map, rl_error *error) {
  const rl_creature *c = &model->creature;
  bool moves = false;
  for (int i = 0; i < RL_MAX_PARTS; i++) map[i] = i < c->n_bodies ? OPEN : i;
  map[0] = 0;
  place_children(model, 0, map);
  for (int i = 1; i < c->n_bodies; i++) {
    const int named = named_counterpart(c, i, true);
    moves = moves || map[i] != i;
    if (named >= 0 && map[i] != named) return explain(model, i, named, error);
  }
  return moves ? RL_OK : explain_none(model, error);
}

/* --- muscles and what controls them --- */

static rl_status same_muscle(const rl_model *model, const rl_counterparts *to, int m, int n,
                             rl_error *error) {
  const rl_muscle *a = &model->creature.muscles[m], *b = &model->creature.muscles[n];
  const rl_route *x = &model->routes[m], *y = &model->routes[n];
  rl_status status = same_rows(rl_muscle_rows, a, a->name, b, b->name, error);
  if (!status) status = same_count(a->n_points, a->name, b->n_points, b->name, "points", error);
  if (!status) status = same_count(a->n_arms, a->name, b->n_arms, b->name, "arms", error);
  for (int k = 0; !status && k < a->n_points; k++) {
    status = same_rows(rl_point_rows, &a->path[k], a->name, &b->path[k], b->name, error);
    if (!status && to->body[x->body[k]] != y->body[k])
      status = rl_fail(error, RL_BAD_ARGUMENT, "%s: point %d is on %s, of %s on %s", b->name, k + 1,
                       b->path[k].body, a->name, a->path[k].body);
  }
  for (int k = 0; !status && k < a->n_arms; k++) {
    const rl_moment_arm *p = &a->arms[k], *q = &b->arms[k];
    const unsigned traits = p->constant ? 0U : RL_ROW_MAX;
    status = same_count(p->constant, a->name, q->constant, b->name, "constant arms", error);
    if (!status) status = same_rows(rl_options_of(rl_arm_rows, traits), p, a->name, q, b->name, error);
    if (!status && to->joint[x->joint[k]] != y->joint[k])
      status = rl_fail(error, RL_BAD_ARGUMENT, "%s turns %s, %s %s", b->name, q->joint, a->name, p->joint);
  }
  return status;
}

/* The muscle that a name says is on the other side; -1. */
static int named_muscle(const rl_creature *c, int m) {
  char name[RL_NAME];
  for (int i = 0; i < 2 * SIDES; i++) {
    const bool back = i >= SIDES;
    const char *one = sides[i % SIDES].one, *other = sides[i % SIDES].other;
    if (!exchange(c->muscles[m].name, back ? other : one, back ? one : other, sides[i % SIDES].end, name))
      continue;
    for (int n = 0; n < c->n_muscles; n++)
      if (strcmp(c->muscles[n].name, name) == 0) return n;
  }
  return -1;
}

static rl_status place_muscle(const rl_model *model, rl_counterparts *to, int m, rl_error *error) {
  const rl_creature *c = &model->creature;
  for (int n = 0; n < c->n_muscles; n++) {
    if (to->muscle[n] != OPEN || same_muscle(model, to, m, n, NULL)) continue;
    to->muscle[m] = n;
    to->muscle[n] = m;
    return RL_OK;
  }
  const int named = named_muscle(c, m);
  if (named >= 0 && same_muscle(model, to, m, named, error)) return RL_BAD_ARGUMENT;
  return rl_fail(error, RL_BAD_ARGUMENT, "muscle %s: none on the other side pulls in the same way",
                 c->muscles[m].name);
}

static rl_status place_muscles(const rl_model *model, rl_counterparts *to, rl_error *error) {
  const int n = model->creature.n_muscles;
  rl_status status = RL_OK;
  for (int m = 0; m < n; m++) to->muscle[m] = OPEN;
  for (int m = 0; !status && m < n; m++)
    if (to->muscle[m] == OPEN) status = place_muscle(model, to, m, error);
  return status;
}

/* What the other leg senses where one senses this. */
static rl_sense mirrored(const rl_wiring *w, const rl_counterparts *to, int sense) {
  rl_sense s = w->senses[sense];
  switch (s.kind) {
  case RL_SENSE_ANGLE:
  case RL_SENSE_SPEED: s.of = to->joint[s.of]; break;
  case RL_SENSE_LEAN:
  case RL_SENSE_LEAN_SPEED: s.of = to->body[s.of]; break;
  case RL_SENSE_LOAD:
  case RL_SENSE_POSITION: s.of = 1 - s.of; break;
  default: s.of = to->muscle[s.of];
  }
  return s;
}

static bool same_sense(const rl_wiring *w, const rl_counterparts *to, int a, int b) {
  const rl_sense x = mirrored(w, to, a), y = w->senses[b];
  return x.kind == y.kind && x.of == y.of;
}

static bool same_rule(const rl_wiring *w, const rl_counterparts *to, const rl_rule *a, const rl_rule *b) {
  bool same = a->leg == 1 - b->leg && to->muscle[a->muscle] == b->muscle && a->states == b->states &&
              a->delay == b->delay && a->positive == b->positive && a->load_gain == b->load_gain &&
              a->n_terms == b->n_terms && a->n_conditions == b->n_conditions;
  for (int i = 0; same && i < RL_GAIT_STATES; i++) same = a->constant[i] == b->constant[i];
  for (int i = 0; same && i < a->n_terms; i++) {
    const rl_rule_term *x = &a->terms[i], *y = &b->terms[i];
    same = same_sense(w, to, x->sense, y->sense) && x->held == y->held && x->gain == y->gain &&
           x->offset == y->offset;
  }
  for (int i = 0; same && i < a->n_conditions; i++) {
    const rl_rule_condition *x = &a->conditions[i], *y = &b->conditions[i];
    same = same_sense(w, to, x->sense, y->sense) && x->below == y->below && x->threshold == y->threshold;
  }
  return same;
}

static rl_status check_rules(const rl_model *model, const rl_counterparts *to, rl_error *error) {
  const rl_wiring *w = &model->wiring;
  for (int i = 0; i < w->n_rules; i++) {
    bool found = false;
    for (int k = 0; !found && k < w->n_rules; k++) found = same_rule(w, to, &w->rules[i], &w->rules[k]);
    const int muscle = w->rules[i].muscle;
    if (!found)
      return rl_fail(error, RL_BAD_ARGUMENT, "the controller asks of %s what it does not ask of %s",
                     model->creature.muscles[muscle].name, model->creature.muscles[to->muscle[muscle]].name);
  }
  return RL_OK;
}

rl_status rl_creature_counterparts(const rl_model *model, rl_counterparts *to, rl_error *error) {
  const rl_creature *c = &model->creature;
  memset(to, 0, sizeof *to);
  rl_status status = place_bodies(model, to->body, error);
  if (status) return status;
  for (int j = 0; j < model->n_joints; j++) to->joint[j] = to->body[j + 1] - 1;
  for (int m = 0; m < c->n_motors; m++) to->motor[m] = motor_of(model, to->body[model->motor_joint[m] + 1]);
  for (int f = 0; f < c->n_feet; f++)
    for (int g = 0; g < c->n_feet; g++)
      if (model->foot[g] == to->body[model->foot[f]]) to->foot[f] = g;
  status = place_muscles(model, to, error);
  if (!status && model->n_driven > 0)
    status = rl_fail(error, RL_BAD_ARGUMENT,
                     "its primitives run on a clock of their own, which has no mirror image");
  return status ? status : check_rules(model, to, error);
}
