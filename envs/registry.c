/* The table of environments: one row each. A creature needs its description only, an environment that is
 * always the same its definition; anything else, a function that makes its definition. */
#include "lqr.h"
#include "registry.h"

#include <string.h>

typedef struct row {
  const char *name, *summary;                           /* NULL: the creature's or the definition's */
  const rl_creature *creature;                          /* or */
  const rl_env_def *def;                                /* or */
  rl_status (*open)(rl_env_def **def, rl_error *error); /* an environment that is no creature; or */
  rl_status (*open_with)(const rl_matrix *matrices, int n_matrices, rl_env_def **def, rl_error *error);
} row;

/* A row a line. */
/* clang-format off */
static const row rows[] = {
    {.creature = &rl_biped},
    {.creature = &rl_hopper},
    {.creature = &rl_quadruped},
    {.creature = &rl_human},
    {.creature = &rl_reflex_human},
    {.def = &rl_bipedal_walker},
    {.def = &rl_bipedal_walker_hardcore},
    {.def = &rl_cartpole},
    {.def = &rl_pendulum},
    {.name = "lqr", .summary = rl_lqr_summary, .open_with = rl_lqr_open},
};
/* clang-format on */

enum { N_ROWS = sizeof rows / sizeof rows[0] };

int rl_registry_count(void) { return N_ROWS; }

const char *rl_registry_name(int index) {
  const row *r = &rows[index];
  return r->creature ? r->creature->name : r->def ? r->def->name : r->name;
}

const char *rl_registry_summary(int index) {
  const row *r = &rows[index];
  return r->creature ? r->creature->summary : r->def ? r->def->summary : r->summary;
}

static const row *find(const char *name) {
  for (int i = 0; i < N_ROWS; i++)
    if (strcmp(rl_registry_name(i), name) == 0) return &rows[i];
  return NULL;
}

rl_status rl_registry_open(const char *name, const rl_matrix *matrices, int n_matrices, rl_env_def **def,
                           rl_error *error) {
  const row *found = find(name);
  *def = NULL;
  if (!found) {
    const char *names[N_ROWS];
    for (int i = 0; i < N_ROWS; i++) names[i] = rl_registry_name(i);
    return rl_fail_unknown(error, "environment", name, names, N_ROWS);
  }
  if (found->open_with) return found->open_with(matrices, n_matrices, def, error);
  if (n_matrices)
    return rl_fail(error, RL_BAD_ARGUMENT, "option %s: %s takes no matrices", matrices[0].name, name);
  if (found->creature) return rl_creature_env(found->creature, def, error);
  if (found->open) return found->open(def, error);
  *def = (rl_env_def *)found->def; /* nobody writes to it, and without a free_def nobody frees it */
  return RL_OK;
}

const rl_creature *rl_registry_creature(const char *name) {
  const row *found = find(name);
  return found ? found->creature : NULL;
}
