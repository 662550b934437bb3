/* Recordings as numbers; see track.h. */
#include "core/episodes/track.h"

#include "core/base/policy_object.h"

#include <string.h>

static const char methods_key; /* of what is behind the metatable of recordings */

static bool is_named(lua_State *L, int arg, const char *name) {
  return lua_type(L, arg) == LUA_TSTRING && strcmp(lua_tostring(L, arg), name) == 0;
}

bool rll_is_random(lua_State *L, int arg) { return is_named(L, arg, "random"); }

rl_policy *rll_check_player(lua_State *L, int arg) {
  if (rll_is_random(L, arg) || is_named(L, arg, "zero")) return NULL;
  if (!rll_test(L, arg, &rll_policy_type)) rll_type_error(L, arg, "rl.policy, \"random\" or \"zero\"");
  return rll_check_policy(L, arg);
}

void rll_check_agents(lua_State *L, int arg, const rl_env_def *def) {
  const char *names[RL_MAX_AGENTS];
  rl_error error;
  for (int a = 0; a < def->n_agents; a++) names[a] = def->agents[a]->agent;
  for (lua_pushnil(L); lua_next(L, arg); lua_pop(L, 1)) {
    if (lua_type(L, -2) == LUA_TSTRING && rl_env_find_agent(def, lua_tostring(L, -2)) >= 0) continue;
    rl_fail_unknown(&error, "agent", rll_text(L, -2), names, (size_t)def->n_agents);
    luaL_error(L, "%s: policies: %s", def->name, error.message);
  }
}

/* Sets field `name` of the table at the top: every stride-th number from `values` on. */
static void set_column(lua_State *L, const char *name, int length, const float *values, int stride) {
  rl_tensor *column = rll_new_tensor(L, 1, (int64_t[]){length});
  for (int t = 0; t < length; t++) column->data[t] = values[(size_t)t * (size_t)stride];
  lua_setfield(L, -2, name);
}

static void set_columns(lua_State *L, int length, const rl_field *fields, int n, const float *values,
                        int stride) {
  for (int k = 0; k < n; k++) set_column(L, fields[k].name, length, values + k, stride);
}

static void append_texts(lua_State *L, const rl_field *fields, int n) {
  for (int k = 0; k < n; k++) {
    lua_createtable(L, 0, 3);
    rll_set_string(L, "name", fields[k].name);
    rll_set_string(L, "unit", fields[k].unit);
    rll_set_string(L, "meaning", fields[k].meaning);
    lua_rawseti(L, -2, (int)lua_rawlen(L, -2) + 1);
  }
}

void rll_set_gravity(lua_State *L, const rll_env *env) {
  for (int i = 0; i < env->def->n_options; i++)
    if (strcmp(env->def->options[i].name, "gravity") == 0)
      rll_set_number(L, "gravity", rl_vec_env_options(env->vec)[i]);
}

void rll_push_track(lua_State *L, const rll_env *env, rl_vec_env *vec, const rl_recording *r) {
  const rl_env_def *def = rl_env_agent(env->def, r->agent);
  lua_createtable(L, 0, 14);
  rll_set_number(L, "dt", rl_vec_env_dt(vec));
  lua_pushboolean(L, r->terminated);
  lua_setfield(L, -2, "terminated");
  rll_set_gravity(L, env);
  lua_createtable(L, 0, def->n_fields + r->n_traces);
  set_columns(L, r->length, def->fields, def->n_fields, r->fields, r->n_fields);
  set_columns(L, r->length, def->traces, r->n_traces, r->traces, r->n_traces);
  lua_setfield(L, -2, "fields");
  lua_createtable(L, def->n_fields + r->n_traces, 0);
  append_texts(L, def->fields, def->n_fields);
  append_texts(L, def->traces, r->n_traces);
  lua_setfield(L, -2, "columns");
  set_column(L, "reward", r->length, r->reward, 1);
  lua_newtable(L);
  for (int k = 0; k < rl_vec_env_n_terms(vec); k++)
    set_column(L, rl_vec_env_term_name(vec, k), r->length, r->terms + k, RL_MAX_TERMS);
  lua_setfield(L, -2, "terms");
  if (def->agent) rll_set_string(L, "agent", def->agent);
  if (rll_push_creature_model(L, env->def, r->agent)) lua_setfield(L, -2, "creature");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &methods_key);
  lua_setmetatable(L, -2);
}

/* core.recording: the methods that recordings have, for rl/recording.lua to fill. */
void rll_open_track(lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setfield(L, -4, "recording");
  lua_setfield(L, -2, "__index");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &methods_key);
}
