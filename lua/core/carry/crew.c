#define _GNU_SOURCE /* memmem */
#include "core/carry/crew.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "core/carry/hand.h"

#include <stdio.h>
#include <string.h>

enum { MOST_WANTED = 64 };

struct rll_crew {
  rll_load load;
  rll_hand **hands; /* [n_hands] */
  int n_hands;
  bool carried, expired, stays;
  bool suspect; /* a copy failed: was it the copy alone? */
  char notice[200];
  char wanted[MOST_WANTED][64]; /* globals to be carried next time */
  int n_wanted;
  rll_seen seen;
};

static const rll_type crew_type = {"rl.crew"};

/* In the uservalue: names of globals that are carried; functions whose addresses are in the image. */
enum { NAMES = 1, HELD };

static void release_codes(rll_code *codes, int n) {
  for (int i = 0; i < n; i++) rll_release_bytes(&codes[i].bytes);
  rl_release(codes);
}

static int release(lua_State *L) {
  rll_crew *crew = rll_check(L, 1, &crew_type);
  for (int i = 0; i < crew->n_hands; i++) rll_hand_free(crew->hands[i]);
  rl_release(crew->hands);
  release_codes(crew->load.codes, crew->load.n_codes);
  rll_release_bytes(&crew->load.image);
  rll_seen_release(&crew->seen);
  memset(crew, 0, sizeof *crew);
  return 0;
}

rll_crew *rll_crew_new(lua_State *L, rll_enter *enter, void *context) {
  static const luaL_Reg metamethods[] = {{"__gc", release}, {NULL, NULL}};
  rll_register(L, &crew_type, NULL, metamethods);
  rll_crew *crew = rll_new(L, &crew_type, sizeof *crew);
  crew->load.enter = enter;
  crew->load.context = context;
  lua_createtable(L, HELD, 0);
  lua_newtable(L);
  lua_rawseti(L, -2, NAMES);
  lua_setuservalue(L, -2);
  return crew;
}

/* --- carrying --- */

static void stay(rll_crew *crew, const char *why) {
  crew->stays = true;
  if (why == crew->notice) return;
  snprintf(crew->notice, sizeof crew->notice, "%s", why);
}

static int write_code(lua_State *L, const void *data, size_t size, void *context) {
  (void)L;
  return !rll_put_bytes(context, data, size);
}

static bool has_hands(rll_crew *crew) {
  const int n = rl_threads();
  if (crew->n_hands >= n) return true;
  rll_hand **hands = rl_allocate((size_t)n, sizeof(rll_hand *));
  if (!hands) return false;
  if (crew->n_hands) memcpy(hands, crew->hands, (size_t)crew->n_hands * sizeof(rll_hand *));
  rl_release(crew->hands);
  crew->hands = hands;
  while (crew->n_hands < n) {
    rll_hand *hand = rll_hand_new(&crew->load);
    if (!hand) return false;
    crew->hands[crew->n_hands++] = hand;
  }
  return true;
}

static bool walk(lua_State *L, rll_crew *crew, rll_bytes *out, const rll_bytes *was, int held, int names,
                 int first, int n, rll_walk *w) {
  *w = (rll_walk){.L = L, .kit = &crew->load.kit, .seen = &crew->seen, .out = out, .was = was, .held = held};
  return rll_walk_all(w, first, n, names);
}

/* The code of the functions in the list at `held`, that of known ones as it was. */
static bool dump(lua_State *L, rll_crew *crew, int held) {
  const int n = (int)lua_rawlen(L, held), known = crew->load.n_codes;
  rll_code *codes = rl_allocate((size_t)n + 1, sizeof *codes), *old = crew->load.codes;
  if (!codes) return false;
  bool good = true;
  for (int i = 0; good && i < n; i++) {
    lua_rawgeti(L, held, i + 1);
    codes[i].address = lua_topointer(L, -1);
    int k = 0;
    while (k < known && old[k].address != codes[i].address) k++;
    if (k < known) {
      codes[i] = old[k];
      old[k] = (rll_code){0};
    } else
      good = lua_dump(L, write_code, &codes[i].bytes, 0) == 0;
    lua_pop(L, 1);
  }
  release_codes(old, known);
  if (!good) release_codes(codes, n); /* of functions that nobody keeps: others may come to their addresses */
  crew->load.codes = good ? codes : NULL;
  crew->load.n_codes = good ? n : 0;
  return good;
}

static void add_name(lua_State *L, int names, const char *name) {
  lua_pushstring(L, name);
  lua_rawseti(L, names, (int)lua_rawlen(L, names) + 1);
}

static bool has_name(lua_State *L, int names, const char *name) {
  bool found = false;
  for (int i = 1; !found && i <= (int)lua_rawlen(L, names); i++) {
    lua_rawgeti(L, names, i);
    found = strcmp(lua_tostring(L, -1), name) == 0;
    lua_pop(L, 1);
  }
  return found;
}

/* Whether some code may read a global of this name. */
static bool is_named(const rll_crew *crew, const char *name) {
  for (int i = 0; i < crew->load.n_codes; i++)
    if (memmem(crew->load.codes[i].bytes.data, crew->load.codes[i].bytes.used, name, strlen(name)))
      return true;
  return false;
}

/* Globals that are read are found out by those who miss them, one by one; the usual ones are there from the start. */
static bool name_usual(lua_State *L, const rll_crew *crew, int names) {
  const rll_kit *kit = &crew->load.kit;
  const int before = (int)lua_rawlen(L, names);
  for (int i = 1; i < RLL_LIBRARIES; i++)
    if (is_named(crew, rll_libraries[i]) && !has_name(L, names, rll_libraries[i])) {
      lua_getglobal(L, rll_libraries[i]);
      if (!lua_isnil(L, -1)) add_name(L, names, rll_libraries[i]);
      lua_pop(L, 1);
    }
  for (int i = kit->begin[0]; i < kit->begin[1]; i++)
    if (is_named(crew, kit->entry[i].name) && !has_name(L, names, kit->entry[i].name))
      add_name(L, names, kit->entry[i].name);
  return (int)lua_rawlen(L, names) > before;
}

/* (crew, functions) */
static int carry(lua_State *L) {
  rll_crew *crew = lua_touserdata(L, 1);
  const int n = lua_gettop(L) - 1;
  rll_walk w;
  luaL_checkstack(L, 20, NULL);
  lua_getuservalue(L, 1);
  const int kept = lua_gettop(L);
  lua_rawgeti(L, kept, NAMES);
  const int names = kept + 1;
  if (!has_hands(crew)) {
    stay(crew, "there is no memory for states of more threads");
    return 0;
  }
  for (int i = 0; i < crew->n_wanted; i++)
    if (!has_name(L, names, crew->wanted[i])) add_name(L, names, crew->wanted[i]);
  crew->n_wanted = 0;
  if (crew->carried && walk(L, crew, NULL, &crew->load.image, 0, names, 2, n, &w)) return 0;
  crew->carried = false;
  crew->load.n = n;
  bool more = true;
  while (more) {
    lua_newtable(L);
    const int held = lua_gettop(L);
    if (!walk(L, crew, &crew->load.image, NULL, held, names, 2, n, &w)) {
      stay(crew, w.why);
      return 0;
    }
    if (!dump(L, crew, held)) {
      stay(crew, "its code cannot be read");
      return 0;
    }
    lua_rawseti(L, kept, HELD);
    more = name_usual(L, crew, names);
  }
  crew->carried = true;
  crew->load.generation++;
  return 0;
}

bool rll_crew_carry(lua_State *L, int crew_place, int first, int n) {
  rll_crew *crew = lua_touserdata(L, crew_place);
  if (crew->suspect) stay(crew, crew->notice);
  crew->suspect = false;
  if (!crew->load.enter) return false; /* a finaliser asks, and the state ends */
  if (lua_gethook(L)) return false;    /* a host's, which ends what takes too long, or counts lines */
  crew->load.caller = L;
  if (crew->stays || (crew->carried && !crew->expired && crew->n_hands >= rl_threads())) return !crew->stays;
  if (!lua_checkstack(L, n + 4)) return false;
  crew_place = lua_absindex(L, crew_place);
  lua_pushcfunction(L, carry);
  lua_pushvalue(L, crew_place);
  for (int i = 0; i < n; i++) lua_pushvalue(L, first + i);
  if (lua_pcall(L, n + 1, 0, 0)) {
    stay(crew, "there is no memory to carry it");
    lua_pop(L, 1);
  }
  crew->expired = false;
  return !crew->stays;
}

bool rll_crew_holds(const rll_crew *crew, const void *address) {
  return rll_seen_find(&crew->seen, address) >= 0;
}

void rll_crew_expire(rll_crew *crew) { crew->expired = true; }

void rll_crew_forget(rll_crew *crew) {
  crew->carried = crew->stays = crew->suspect = false;
  crew->notice[0] = '\0';
}

void rll_crew_enter_again(rll_crew *crew) { crew->load.generation++; }

bool rll_crew_wants(const rll_crew *crew) { return crew->n_wanted > 0; }

void rll_crew_stay(rll_crew *crew, const char *why) { stay(crew, why); }

bool rll_crew_reaches(const rll_crew *crew, const void *address) {
  return rll_seen_find(&crew->seen, address) >= 0;
}

const char *rll_crew_notice(const rll_crew *crew) { return crew->stays ? crew->notice : ""; }

/* --- at work --- */

bool rll_crew_call(rll_crew *crew, int worker, void *now) {
  if (atomic_load_explicit(&crew->load.spoiled, memory_order_relaxed)) return false;
  if (rll_hand_call(crew->hands[worker], now)) return true;
  atomic_store_explicit(&crew->load.spoiled, true, memory_order_relaxed);
  return false;
}

void rll_crew_pass(lua_State *W) { rll_hand_note(W, RLL_PASSES, "something new has come"); }

int rll_crew_refuse(lua_State *W, const char *why) {
  rll_hand_note(W, RLL_LASTS, why);
  return luaL_error(W, "%s", why);
}

static void check_piece(void *context, int index, int worker) {
  rll_crew *crew = context;
  (void)worker;
  if (crew->hands[index]->asked && !rll_hand_check(crew->hands[index]))
    atomic_store(&crew->load.spoiled, true);
}

/* Of the hands that found something, what weighs most. */
static void conclude(rll_crew *crew) {
  const rll_hand *worst = crew->hands[0];
  for (int i = 0; i < crew->n_hands; i++) {
    const rll_hand *hand = crew->hands[i];
    if (hand->fate > worst->fate) worst = hand;
    if (hand->fate != RLL_PASSES || !hand->wanted[0] || crew->n_wanted == MOST_WANTED) continue;
    memcpy(crew->wanted[crew->n_wanted++], hand->wanted, sizeof hand->wanted);
  }
  if (worst->fate == RLL_LASTS) stay(crew, worst->why);
  crew->suspect = worst->fate == RLL_FAILED;
  if (crew->suspect) snprintf(crew->notice, sizeof crew->notice, "a copy of it failed: %s", worst->why);
}

bool rll_crew_accept(rll_crew *crew) {
  bool large = false;
  for (int i = 0; i < crew->n_hands; i++)
    large = large || (crew->hands[i]->asked && crew->hands[i]->seal.n_large > 0);
  if (large && !atomic_load(&crew->load.spoiled)) rl_parallel_for(crew->n_hands, check_piece, crew);
  const bool accepted = !atomic_load(&crew->load.spoiled);
  if (!accepted) {
    conclude(crew);
    crew->expired = true;
  }
  for (int i = 0; i < crew->n_hands; i++) rll_hand_rest(crew->hands[i]);
  atomic_store(&crew->load.spoiled, false);
  return accepted;
}

void rll_crew_failed_too(rll_crew *crew) { crew->suspect = false; }
