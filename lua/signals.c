#include "signals.h"

#include "base/ranks.h"
#include "base/stop.h"

#include <errno.h>
#include <lauxlib.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static rl_signals signals;
static lua_State *state;
static struct timespec first;                /* signal */
static volatile sig_atomic_t warned, waited; /* seconds */

static const int asking[] = {SIGINT, SIGTERM, SIGHUP};
enum { ASKING = sizeof asking / sizeof *asking };

static void say(const char *text) {
  if (write(STDERR_FILENO, text, strlen(text)) < 0) return; /* closed: the status tells */
}

static void say_number(int n) {
  const char digit[] = {(char)('0' + n % 10), '\0'};
  if (n >= 10) say_number(n / 10);
  say(digit);
}

static void say_what_comes(void) {
  say("\nrlrun: stopping after this iteration");
  if (signals.patience > 1) {
    say(", within ");
    say_number(signals.patience);
    say(" s");
  }
  say("; once more stops at once\n");
}

static void end_process(int number) {
  signal(number, SIG_DFL);
  raise(number);
}

static void raise_always(lua_State *L, lua_Debug *record) {
  (void)record;
  signals.reached = 1;
  luaL_error(L, "interrupted");
}

static void raise_once(lua_State *L, lua_Debug *record) {
  lua_sethook(L, NULL, 0, 0);
  raise_always(L, record);
}

static void interrupt(void) {
  lua_sethook(state, signals.cut ? raise_always : raise_once,
              LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
  signals.cut = 1;
  signals.reached = 0;
  rl_stop();
}

/* Every second from the first signal on. */
static void on_alarm(int number) {
  const int saved = errno;
  const bool runs = signals.open_runs > 0;
  const bool patient = !signals.cut && ++waited < signals.patience;
  (void)number;
  if (!(runs && (signals.heeded || patient))) {
    if (signals.cut && !signals.reached && !runs) {
      say("rlrun: interrupted\n");
      end_process(signals.received);
    }
    if (signals.cut && !signals.reached && !warned++)
      say("rlrun: waiting for a call that cannot be cut short; once more stops at once\n");
    if (!signals.cut) say("rlrun: this iteration takes long: it is cut short\n");
    interrupt();
  }
  alarm(1);
  errno = saved;
}

/* All ranks must come to know of it before any of them ends an iteration: nothing is cut short. */
static void tell_ranks(int number) {
  rl_ranks_ask(number);
  if (!signals.open_runs)
    end_process(number);
  else if (rl_ranks_own() == 0)
    say_what_comes();
}

/* A process group may get the same signal twice in a moment (timeout(1) does that): only one that comes half
 * a second later is a second one. */
static void on_signal(int number) {
  const int saved = errno;
  static volatile sig_atomic_t before;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  if (before) {
    const double since = (double)(now.tv_sec - first.tv_sec) + 1e-9 * (double)(now.tv_nsec - first.tv_nsec);
    if (since > 0.5) end_process(number);
  } else {
    first = now;
    before = 1;
    if (rl_ranks_count() > 1) {
      tell_ranks(number);
    } else {
      signals.received = number;
      if (signals.open_runs)
        say_what_comes();
      else
        interrupt();
      alarm(1);
    }
  }
  errno = saved;
}

/* Nobody reads what the script prints: the end of a filter, but not of training. */
static void on_pipe(int number) {
  if (!signals.trained) end_process(number);
}

/* A file that may not be larger (ulimit -f) is one that cannot be written. No SIG_IGN: commands would inherit it. */
static void on_limit(int number) { (void)number; }

static void handle(int number, void (*handler)(int)) {
  struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  sigaction(number, &action, NULL);
}

rl_signals *rlrun_catch_signals(lua_State *L) {
  struct sigaction before;
  state = L;
  handle(SIGALRM, on_alarm);
  handle(SIGPIPE, on_pipe);
  handle(SIGXFSZ, on_limit);
  if (rl_ranks_count() > 1) handle(SIGUSR1, on_signal); /* which mpirun passes on, and lives */
  for (int i = 0; i < ASKING; i++) {
    const bool ignored = !sigaction(asking[i], NULL, &before) && before.sa_handler == SIG_IGN;
    if (!(ignored && asking[i] == SIGHUP)) handle(asking[i], on_signal); /* nohup(1) */
  }
  return &signals;
}

void rlrun_end_interrupts(lua_State *L) {
  signal(SIGALRM, SIG_IGN);
  alarm(0);
  lua_sethook(L, NULL, 0, 0);
  rl_stop_forget();
}

void rlrun_release_signals(void) {
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_DFL);
  for (int i = 0; i < ASKING; i++) signal(asking[i], SIG_DFL);
}
