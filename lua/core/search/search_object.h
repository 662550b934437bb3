/* Inside the search object: what is behind rl.search, shared by search.c (what changes it) and search_view.c (what it shows). */
#ifndef RLL_SEARCH_OBJECT_H
#define RLL_SEARCH_OBJECT_H

#include "core/base/binding.h"
#include "core/base/callback.h"
#include "search/search_class.h"

extern const rll_type rll_search_type;

typedef struct rll_search {
  rl_search *search;
  char name[32]; /* "rl.cem" */
  double max_seconds;
  bool has_schedules;
  rll_callback schedules; /* busy while one of them is running */
  int64_t scheduled;      /* the iteration that they were asked for, 0: none */
  ptrdiff_t reported;     /* bytes, to rll_track */
} rll_search;

/* In the uservalue: option space; functions of the iteration by option. */
enum { RLL_SEARCH_SPACE = 1, RLL_SEARCH_SCHEDULES };

/* The search at 1. An error when it is closed: finalised objects can still be reached, by other finalisers. */
rll_search *rll_check_open_search(lua_State *L);

/* Pushes rows of numbers as lists. */
void rll_push_lists(lua_State *L, const double *x, int rows, int columns);
/* Pushes a list of names, or nil for none; returns 1. */
int rll_push_names(lua_State *L, const char *const *names, int count);

int rll_search_front(lua_State *L);
int rll_search_front_lists(lua_State *L);
int rll_search_hypervolume(lua_State *L);
int rll_search_mean_list(lua_State *L);
int rll_search_best_list(lua_State *L);
int rll_search_archive(lua_State *L);
int rll_search_archive_lists(lua_State *L);
int rll_search_index(lua_State *L);
int rll_search_tostring(lua_State *L);

#endif
