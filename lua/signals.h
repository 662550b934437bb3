/* How rlrun's script is asked to come to its end.
 *
 * SIGINT, SIGTERM and SIGHUP ask. While runs are open (rl.run) the script has a second to end its iteration, or longer
 * where the run knows that its iterations take longer (core.patience); then what runs is cut short, a call of the library (base/stop.h) or Lua itself, with the error "interrupted", and the runs
 * are saved. Without runs it is cut at once. Who has said that he is about to end (core.stopping) is left alone. A
 * script that catches the error has a second to save what it has; then the error comes again, until it ends. Where
 * neither is reached within a second (LuaJIT's machine code looks at no hook, a coroutine at none that came after it,
 * a call of another library at nothing) the process ends, unless there are runs to save. The second signal ends the
 * process whatever it does. On several ranks (base/ranks.h) all stop behind the same iteration, nothing is cut short, and
 * SIGUSR1 asks too. */
#ifndef RLRUN_SIGNALS_H
#define RLRUN_SIGNALS_H

#include "core/base/launch.h"

#include <lua.h>

rl_signals *rlrun_catch_signals(lua_State *L);
/* The script has ended: nothing interrupts what saves its runs, but for a second signal. */
void rlrun_end_interrupts(lua_State *L);
void rlrun_release_signals(void);

#endif
