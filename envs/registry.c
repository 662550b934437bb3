/* The table of environments: one row each. */
#include "registry.h"

#include "classic/lqr.h"

#include <string.h>

/* A creature is its description, an environment that is always the same its definition. */
#define CREATURES(row) row(rl_biped) row(rl_hopper) row(rl_quadruped) row(rl_human) row(rl_reflex_human)
#define DEFINITIONS(row)                                                                                     \
  row(rl_bipedal_walker) row(rl_bipedal_walker_hardcore) row(rl_cartpole) row(rl_pendulum) row(rl_gears)     \
      row(rl_stroke)

#define DECLARE_CREATURE(name)   extern const rl_creature name;
#define DECLARE_DEFINITION(name) extern const rl_env_def name;
CREATURES(DECLARE_CREATURE)
DEFINITIONS(DECLARE_DEFINITION)

typedef struct row {
  const rl_creature *creature; /* or */
  const rl_env_def *def;       /* or one that is made of matrices: */
  const char *name, *summary;
  rl_status (*open)(const rl_matrix *matrices, int n_matrices, rl_env_def **def, rl_error *error);
} row;

#define CREATURE_ROW(name_)   {.creature = &name_},
#define DEFINITION_ROW(name_) {.def = &name_},
static const row rows[] = {
    CREATURES(CREATURE_ROW) DEFINITIONS(DEFINITION_ROW) /* */
    {.name = "lqr", .summary = rl_lqr_summary, .open = rl_lqr_open},
};

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
  if (found->open) return found->open(matrices, n_matrices, def, error);
  if (n_matrices)
    return rl_fail(error, RL_BAD_ARGUMENT, "option %s: %s takes no matrices", matrices[0].name, name);
  if (found->creature) return rl_creature_env(found->creature, def, error);
  *def = (rl_env_def *)found->def; /* it is not written to, and without a free_def not freed */
  return RL_OK;
}

const rl_creature *rl_registry_creature(const char *name) {
  const row *found = find(name);
  return found ? found->creature : NULL;
}
