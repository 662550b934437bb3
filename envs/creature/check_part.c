/* What the checks of a creature and of its muscles share; see check_part.h. */
#include "creature/check_part.h"

#include <stdio.h>
#include <string.h>

bool rl_is_left(const char *name) { return rl_anatomy_leg(name) == 0; }

void rl_mirror_name(char *name) {
  if (rl_is_left(name)) name[strlen(name) - 1] = 'r';
}

rl_status rl_too_many(const rl_creature *c, const char *what, int n, int room, rl_error *error) {
  return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: %d %s; there is room for %d", c->name, n, what, room);
}

/* Names become parts of field names, which Lua reads as s.hip_l_angle. */
rl_status rl_check_name_of(const char *whose, const char name[RL_NAME], const char *kind, int index,
                           rl_error *error) {
  if (!memchr(name, '\0', RL_NAME))
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s %d: name is longer than %d characters", whose, kind,
                   index + 1, RL_NAME - 1);
  if (!name[0]) return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s %d has no name", whose, kind, index + 1);
  for (const char *p = name; *p; p++) {
    const bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '_';
    if (!letter && !(p > name && *p >= '0' && *p <= '9'))
      return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s \"%s\": a name is letters, digits and _", whose, kind,
                     name);
  }
  return RL_OK;
}

rl_status rl_check_name(const rl_creature *c, const char name[RL_NAME], const char *kind, int index,
                        rl_error *error) {
  char whose[RL_NAME + 16];
  snprintf(whose, sizeof whose, "creature %s", c->name);
  return rl_check_name_of(whose, name, kind, index, error);
}

/* "creature X: PART: unknown KIND ..." with the nearest name and all that exist. */
static rl_status unknown(const rl_creature *c, const char *part, const char *kind, const char *name,
                         const char *const *names, size_t n, rl_error *error) {
  rl_error plain;
  rl_fail_unknown(&plain, kind, name, names, n);
  return rl_fail(error, RL_BAD_ARGUMENT, "creature %s: %s: %s", c->name, part, plain.message);
}

rl_status rl_unknown_body(const rl_creature *c, const char *part, const char *name, rl_error *error) {
  const char *names[RL_MAX_PARTS];
  for (int i = 0; i < c->n_bodies; i++) names[i] = c->bodies[i].name;
  return unknown(c, part, "body", name, names, (size_t)c->n_bodies, error);
}

rl_status rl_unknown_joint(const rl_creature *c, const char *part, const char *name, rl_error *error) {
  const char *names[RL_MAX_PARTS];
  size_t n = 0;
  for (int i = 0; i < c->n_bodies; i++)
    if (!c->bodies[i].is_root) names[n++] = c->bodies[i].joint.name;
  return unknown(c, part, "joint", name, names, n, error);
}
