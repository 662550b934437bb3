/* A crew: Lua states, one for each thread of a loop, in which copies of the user's functions run.
 *
 * Copies are optimistic. A function is carried with all that it reads and is taken to write nothing that outlives its
 * call. Whether that holds is found out afterwards, without a look at its code: each hand of the crew compares, after
 * each call, what was carried with what it was. Where anything differs, fails or cannot be had in another state, what
 * the crew has computed is thrown away and the user's own function computes it, on the calling thread and in its order,
 * as if there had been no crew. A function that writes stays there.
 *
 *   rll_crew_carry(L, crew, ...)     calling thread, before: false where the functions stay
 *   rll_crew_call(crew, worker, x)   on any thread: runs the hand's function
 *   rll_crew_accept(crew)            calling thread, after: whether all of it counts
 *
 * Tables of more than RLL_LARGE entries are compared by accept, all else after each call: a table that large which a function
 * writes to and restores, before accept and on the same thread, would not be noticed. */
#ifndef RLL_CREW_H
#define RLL_CREW_H

#include "core/base/binding.h"

typedef struct rll_crew rll_crew;

/* Pushes what the hand calls, from the carried functions at stack places 1 .. n of the state (nil: none): a function
 * without arguments that finds what it works at in *now. May raise. */
typedef void rll_enter(lua_State *W, int n, void *context, void **now);

/* Leaves its userdata at the top of the stack. */
rll_crew *rll_crew_new(lua_State *L, rll_enter *enter, void *context);

/* Takes the functions at the n stack places from `first` on (nil: none) along, as they are now. Cheap when nothing has
 * changed. `crew_place`: that of its userdata. False: they stay on the calling thread, as they do while a hook is set
 * (lua_sethook), which would not be called for copies. Raises nothing. */
bool rll_crew_carry(lua_State *L, int crew_place, int first, int n);
/* Whether what the last rll_crew_carry has taken along holds the object of this address (lua_topointer). */
bool rll_crew_holds(const rll_crew *crew, const void *address);
/* What was carried may be out of date: functions in Lua have run since. */
void rll_crew_expire(rll_crew *crew);
/* Others are to be carried: nothing is known of these. */
void rll_crew_forget(rll_crew *crew);
/* Hands enter anew before their next call. */
void rll_crew_enter_again(rll_crew *crew);

/* `now`: what the hand works at. False: what comes of this crew will not be accepted. */
bool rll_crew_call(rll_crew *crew, int worker, void *now);
/* For the hand's function, before it raises: it cannot be done here this once, but later. */
void rll_crew_pass(lua_State *W);
/* The same, for good; raises. */
int rll_crew_refuse(lua_State *W, const char *why);
/* After a refusal the calling thread does all of it. Functions of which a copy failed stay there, unless they fail too. */
bool rll_crew_accept(rll_crew *crew);
void rll_crew_failed_too(rll_crew *crew);

/* They did not have a global which they will have when they are carried again. */
bool rll_crew_wants(const rll_crew *crew);
/* They cannot be carried, for a reason that their user knows. */
void rll_crew_stay(rll_crew *crew, const char *why);
/* Whether this table or function of the caller's state was met when they were last carried. */
bool rll_crew_reaches(const rll_crew *crew, const void *address);
/* For the hand's function: whether the table at `index` is one that was carried. */
bool rll_crew_has_carried(lua_State *W, int index);

/* Why the functions stay; "": they do not, or nothing was tried. */
const char *rll_crew_notice(const rll_crew *crew);

#endif
