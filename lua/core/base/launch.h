/* What rlrun and the module say to each other, by way of the registry. In a program that is not rlrun the
 * entries are missing and the module uses defaults. */
#ifndef RL_LAUNCH_H
#define RL_LAUNCH_H

#include <lua.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#define RL_LAUNCH_KEY  "rl.launch"  /* table: how the script was started, see core.launch */
#define RL_SIGNALS_KEY "rl.signals" /* lightuserdata: rl_signals */
#define RL_ON_EXIT_KEY                                                                                       \
  "rl.on_exit" /* function(reason) -> message or nil; reason is nil, "error" or "interrupted" */
#define RL_EXIT_TYPE                                                                                         \
  "rl.exit" /* metatable of an error {status=, message=} that ends rlrun without a traceback */

typedef struct rl_signals {
  volatile sig_atomic_t received;  /* the signal that asked to stop, or 0 */
  volatile sig_atomic_t open_runs; /* that would save themselves */
  volatile sig_atomic_t trained;   /* there has been a run */
  volatile sig_atomic_t heeded;    /* the script knows and is about to end */
  volatile sig_atomic_t patience;  /* seconds that the iteration may go on, 0: one */
  volatile sig_atomic_t cut;       /* it was interrupted */
  volatile sig_atomic_t reached;   /* since the last time by the error */
} rl_signals;

/* The option `seed`, by default the one rlrun was started with (1 without rlrun); up to 2^53. */
uint64_t rll_seed(lua_State *L, int table, const char *what);

/* Whether the program is rlrun, which may say things on standard error. */
bool rll_in_rlrun(lua_State *L);

/* Before the error of a call that was cut short: what else would interrupt is taken away. */
void rll_heed_signal(lua_State *L);

#endif
