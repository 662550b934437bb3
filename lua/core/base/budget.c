#include "core/base/budget.h"

#include "core/base/binding.h"

#include <stdatomic.h>

/* Whether any state of the process ever was limited: until then nothing is looked up. */
static atomic_bool any;

void rll_limit_memory(lua_State *L, rll_limit *limit) {
  lua_pushlightuserdata(L, limit);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &any);
  atomic_store(&any, true);
}

/* What is dropped may take half of what is free before it is looked for; after a refusal it is in any case. */
static void collect_dropped(lua_State *L, rll_limit *self) {
  size_t limit = rl_budget_limit(self->budget), used = rl_budget_used(self->budget);
  if (used < self->kept) self->kept = used;
  if (!rl_budget_refused(self->budget) && used - self->kept <= (limit - self->kept) / 2) return;
  lua_gc(L, LUA_GCCOLLECT, 0);
  self->kept = rl_budget_used(self->budget);
}

void rll_use_budget(lua_State *L, bool making) {
  if (!atomic_load_explicit(&any, memory_order_relaxed)) return;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &any);
  rll_limit *self = lua_touserdata(L, -1);
  lua_pop(L, 1);
  rl_budget *budget = self ? self->budget : NULL;
  if (budget && making) collect_dropped(L, self);
  rl_budget_use(budget);
}
