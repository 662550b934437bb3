/* What the binding files share: typed userdata, arguments that are tensors, option tables, errors, memory
 * accounting.
 *
 * One file binds one type. It has a `static const rll_type`, registers it once with methods and metamethods,
 * makes objects with rll_new (zeroed, metatable set; then it acquires what it holds, so that an error
 * in between leaves something that __gc can release), and takes them with rll_check. Bindings convert and
 * check, they compute nothing.
 *
 *   static const rll_type counter_type = {"rl.counter"};
 *   static int counter_new(lua_State *L) {
 *     counter *self = rll_new(L, &counter_type, sizeof *self);
 *     rl_error error;
 *     double step = rll_number(L, 1, "step", 1, 0, 10, "rl.counter");
 *     if (counter_init(self, step, &error)) return rll_raise(L, &error);
 *     return 1;
 *   }
 *
 * Everything here and in the binding files stays within what Lua 5.4 and LuaJIT with compat-5.3 share. Errors
 * of misuse are raised with the position of the calling Lua line. Lua errors jump: whatever a function holds
 * when it may raise must hang on a userdata. */
#ifndef RLL_BINDING_H
#define RLL_BINDING_H

#include "base/rng.h"
#include "base/status.h"
#include "tensor/tensor.h"

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#if LUA_VERSION_NUM < 503
#include "compat-5.3.h"
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Typed userdata. The address of the rll_type is the registry key of the metatable: several states and
 * repeated opening just work. */

typedef struct rll_type {
  const char *name; /* "rl.tensor" */
} rll_type;

/* Creates the metatable of `type`, once per state; both lists may be NULL. __index is the methods table
 * unless `metamethods` has an __index; every metamethod has the methods table as upvalue 1
 * (lua_upvalueindex(1)). */
void rll_register(lua_State *L, const rll_type *type, const luaL_Reg *methods, const luaL_Reg *metamethods);
/* More methods of a registered type, from a file that builds on it. */
void rll_add_methods(lua_State *L, const rll_type *type, const luaL_Reg *methods);
/* Ends the objects that Lua will not, but for the one at place 1: a state that closes finalises what there was, and not what a
 * finaliser makes then. */
void rll_end_late(lua_State *L);
/* No object of any type can be made or used any more: nothing would end it. */
void rll_end_types(lua_State *L);
/* Pushes a zeroed userdata of a registered type. */
void *rll_new(lua_State *L, const rll_type *type, size_t size);
void *rll_check(lua_State *L, int arg, const rll_type *type);  /* raises */
void *rll_test(lua_State *L, int index, const rll_type *type); /* NULL if it is something else */

/* Errors. */

/* Raises error->message with the position of the calling Lua line. */
int rll_raise(lua_State *L, const rl_error *error);
/* An argument that must be a whole number in [min, max]. */
int64_t rll_check_integer(lua_State *L, int arg, int64_t min, int64_t max);
/* Sizes as arguments from `first` on, or one table of them; returns how many. */
int rll_check_sizes(lua_State *L, int first, int64_t shape[RL_MAX_DIMS]);
/* As luaL_argerror, luaL_argcheck and luaL_checktype; but a method has its name also where Lua finds none, called by
 * pcall for one: "bad argument #2 to 'rl.policy:act' (...)", counted from behind the object. */
int rll_argument_error(lua_State *L, int arg, const char *message);
void rll_check_argument(lua_State *L, bool good, int arg, const char *message);
void rll_check_kind(lua_State *L, int arg, int type);
/* Raises "bad argument #arg to 'f' (EXPECTED expected, got TYPE)". */
int rll_type_error(lua_State *L, int arg, const char *expected);
/* A number for a message, the same under each Lua: "7", not "7.0". May leave a value on the stack. */
const char *rll_number_text(lua_State *L, double value);
/* Any value for a message, as tostring has it but for that. Leaves a value on the stack. */
const char *rll_text(lua_State *L, int index);
/* "rl.value", "number" ...: what a message says that it got. May leave a value on the stack. */
const char *rll_type_name(lua_State *L, int index);
/* The type of the value, which is replaced by a plain one if it is a number or truth value of another language: numpy's
 * scalars are objects to Lua. */
int rll_plain_type(lua_State *L, int index);
/* A function, or what can be called like one: an object of another language, a table with __call. */
bool rll_is_callable(lua_State *L, int index);

/* Tensors and random streams as arguments and results. */

extern const rll_type rll_tensor_type; /* starts with an rl_tensor */
extern const rll_type rll_rng_type;    /* an rl_rng */
/* Pushes one in a state that has no other objects, where it draws single numbers; the methods that make objects are
 * `refuse`. */
rl_rng *rll_new_lone_rng(lua_State *L, lua_CFunction refuse);

/* Pushes another reference to the tensor's elements. The pointer lives as long as the userdata. */
rl_tensor *rll_push_shared(lua_State *L, const rl_tensor *tensor);
rl_tensor *rll_new_tensor(lua_State *L, int ndim, const int64_t *shape); /* zeros */
/* The same in two steps, for results that a function writes to `out`: hold pushes a place for one; finish
 * raises the error, or reports the memory to the collector and returns 1.
 *
 *   rl_tensor *out = rll_hold_tensor(L);
 *   return rll_finish_tensor(L, rl_tensor_clone(out, x, &error), &error); */
rl_tensor *rll_hold_tensor(lua_State *L);
int rll_finish_tensor(lua_State *L, rl_status status, const rl_error *error);
/* Gives the memory back at once; the tensor is then one without elements. What __gc does. */
void rll_close_tensor(lua_State *L, int index);
/* A tensor; a number or a (nested) table of numbers is converted and takes its place in the stack. */
rl_tensor *rll_check_tensor(lua_State *L, int arg);
/* Contiguous data of exactly this shape, -1: any size. Leading dimensions that may be 1 can be missing. The
 * stack slot then holds a contiguous tensor of the full shape, from which -1 sizes can be read:
 *   const float *actions = rll_check_floats(L, 2, 2, (int64_t[]){-1, 6}, "actions");
 *   int64_t n = rll_check_tensor(L, 2)->shape[0];
 * Raises "actions: shape [16, 6] expected, got [16, 4]". What is written through it may be lost in a copy. */
const float *rll_check_floats(lua_State *L, int arg, int ndim, const int64_t *shape, const char *what);

/* Memory that C holds for Lua objects, which the collector does not see: objects of some size report what
 * they take and give back (negative). Runs a full collection when much has come since the last; so every
 * object must be complete. */
void rll_track(lua_State *L, ptrdiff_t bytes);
ptrdiff_t rll_tracked(lua_State *L);
/* For a program that owns the state: from now on the collector works by generations, where this Lua can. */
void rll_use_generations(lua_State *L);
/* The collector stands still: while a finaliser runs, or because the host has stopped it. */
bool rll_is_stopped(lua_State *L);

/* Option tables. `table` is the stack index of a table, or of nil or nothing for "all defaults". `what` names
 * the function in messages: "rl.ppo: option clip: 3 is outside [0, 1]". Values are read raw, without
 * metamethods. */

/* Raises for keys that are not among `names` (NULL-terminated), or are not strings. */
void rll_check_options(lua_State *L, int table, const char *what, const char *const *names);
/* Whether it is given. */
bool rll_has_option(lua_State *L, int table, const char *name);
/* NaN is an error; so is infinity unless a bound is infinite. */
double rll_number(lua_State *L, int table, const char *name, double fallback, double min, double max,
                  const char *what);
int64_t rll_integer(lua_State *L, int table, const char *name, int64_t fallback, int64_t min, int64_t max,
                    const char *what);
bool rll_boolean(lua_State *L, int table, const char *name, bool fallback, const char *what);
/* The string lives as long as it stays in the table. */
const char *rll_string(lua_State *L, int table, const char *name, const char *fallback, const char *what);
/* The position of the string among `choices` (NULL-terminated). */
int rll_choice(lua_State *L, int table, const char *name, int fallback, const char *const *choices,
               const char *what);

/* Set field `name` of the table at the top of the stack. */
void rll_set_number(lua_State *L, const char *name, double value); /* a NaN is left out */
void rll_set_integer(lua_State *L, const char *name, int64_t value);
void rll_set_string(lua_State *L, const char *name, const char *value);

/* One per binding file: adds its functions to the module table on the top of the stack (listed in core.c). */
void rll_open_archive(lua_State *L);
void rll_open_ranks(lua_State *L);
void rll_open_pack(lua_State *L);
void rll_open_tensor(lua_State *L);
void rll_open_rng(lua_State *L);
void rll_open_map(lua_State *L);
void rll_open_creature(lua_State *L);
void rll_open_muscle(lua_State *L);
void rll_open_env(lua_State *L);
void rll_open_env_state(lua_State *L);
void rll_open_facts(lua_State *L);
void rll_open_symmetry(lua_State *L);
void rll_open_creature_model(lua_State *L);
void rll_open_lqr(lua_State *L);
void rll_open_tetris(lua_State *L);
void rll_open_lua_env(lua_State *L);
void rll_open_track(lua_State *L);
void rll_open_players(lua_State *L);
void rll_open_recording(lua_State *L);
void rll_open_evaluate(lua_State *L);
void rll_open_demonstration(lua_State *L);
void rll_open_population(lua_State *L);
void rll_open_policy(lua_State *L);
void rll_open_value(lua_State *L);
void rll_open_variable(lua_State *L);
void rll_open_dist(lua_State *L);
void rll_open_optimizer(lua_State *L);
void rll_open_method(lua_State *L);
void rll_open_trainer(lua_State *L);
void rll_open_remember(lua_State *L);
void rll_open_agent(lua_State *L);
void rll_open_beside(lua_State *L);
void rll_open_cloning(lua_State *L);
void rll_open_search(lua_State *L);
void rll_open_confine(lua_State *L);
void rll_open_folder(lua_State *L);
void rll_open_from_env(lua_State *L);
void rll_open_launch(lua_State *L);
void rll_open_json(lua_State *L);
void rll_open_event(lua_State *L);
void rll_open_text(lua_State *L);
void rll_open_bench(lua_State *L);

#endif
