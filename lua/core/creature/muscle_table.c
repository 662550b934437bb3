/* The muscles of a creature as Lua tables:
 *
 *   muscles = {
 *     { name = "sol_l", f_max = 4000, l_opt = .04, v_max = 6, l_slack = .26, delay = .02,
 *       path = { { body = "shank_l", at = {-.04, -.1} }, { body = "foot_l", at = {-.04, .03} } } },
 *     { name = "ta_l", f_max = 800, l_opt = .06, l_slack = .24,   -- turns joints with moment arms instead
 *       arms = { { joint = "ankle_l", arm = .04, max = .17, reference = -.35, rho = .7 } } },
 *   }
 *
 * Also tau_activation, tau_deactivation and slow_fibres. An arm without `max` is constant; reference is 0 and
 * rho 1 where they are not given; a path beside arms is only drawn. Units are those of envs/creature.h. */
#include "core/creature/muscle_table.h"

#include "core/creature/part_table.h"
#include "creature/parts.h"

#include <stdio.h>

static void read_point(lua_State *L, void *point, const char *what) {
  rll_read_part(L, rl_point_rows, NULL, point, what);
}

static void set_point(lua_State *L, const void *point) { rll_set_part(L, rl_point_rows, point); }

static void read_arm(lua_State *L, void *element, const char *what) {
  rl_moment_arm *arm = element;
  rl_options_defaults(rl_options_of(rl_arm_rows, 0), arm);
  rll_read_part(L, rl_arm_rows, NULL, arm, what);
  arm->constant = !rll_is_given(L, "max");
}

static void set_arm(lua_State *L, const void *element) {
  const rl_moment_arm *arm = element;
  rll_set_part(L, rl_options_of(rl_arm_rows, arm->constant ? 0 : RL_ROW_MAX), arm);
}

static const rll_list path = {"path",     "points",  "point", RL_MAX_POINTS, sizeof(rl_path_point),
                              read_point, set_point, false};
static const rll_list arms = {"arms",   "arms",  "arm", RL_MAX_ARMS, sizeof(rl_moment_arm),
                              read_arm, set_arm, false};

static void read_muscle(lua_State *L, void *element, const char *creature) {
  static const char *const more[] = {"path", "arms", NULL};
  char what[128];
  rl_muscle *muscle = element;
  *muscle = rl_muscle_defaults();
  rll_read_name(L, "name", muscle->name, creature);
  snprintf(what, sizeof what, "%s: muscle %s", creature, muscle->name);
  rll_read_part(L, rl_muscle_rows, more, muscle, what);
  muscle->n_points = rll_read_list(L, &path, muscle->path, what);
  muscle->n_arms = rll_read_list(L, &arms, muscle->arms, what);
}

static void set_muscle(lua_State *L, const void *element) {
  const rl_muscle *muscle = element;
  rll_set_part(L, rl_muscle_rows, muscle);
  if (muscle->n_points > 0) rll_set_list(L, &path, muscle->path, muscle->n_points);
  if (muscle->n_arms > 0) rll_set_list(L, &arms, muscle->arms, muscle->n_arms);
}

const rll_list rll_muscle_list = {"muscles",         "muscles",   "muscle",   RL_MAX_MUSCLES,
                                  sizeof(rl_muscle), read_muscle, set_muscle, false};
