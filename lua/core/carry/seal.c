#include "core/carry/seal.h"

#include "base/memory.h"

#include <string.h>

enum { INTEGER = -2 }; /* beside LUA_TNUMBER */

static rll_slot slot_of(lua_State *W, int index) {
  rll_slot slot = {.type = lua_type(W, index)};
  switch (slot.type) {
  case LUA_TNUMBER:
    if (LUA_VERSION_NUM >= 503 && lua_isinteger(W, index)) {
      slot.type = INTEGER;
      slot.as.integer = (int64_t)lua_tointeger(W, index);
    } else
      slot.as.number = lua_tonumber(W, index);
    break;
  case LUA_TBOOLEAN: slot.as.integer = lua_toboolean(W, index); break;
  case LUA_TSTRING: slot.as.address = lua_tostring(W, index); break;
  case LUA_TNIL: break;
  default: slot.as.address = lua_topointer(W, index);
  }
  return slot;
}

static bool is_same(lua_State *W, int index, const rll_slot *was) {
  const rll_slot slot = slot_of(W, index);
  return slot.type == was->type && memcmp(&slot.as, &was->as, sizeof slot.as) == 0;
}

/* The room of an array, doubled where there is none for one more. */
static void *grown(void *array, int n, int *room, size_t size) {
  if (n < *room) return array;
  const int more = *room ? 2 * *room : 16;
  void *larger = rl_allocate((size_t)more, size);
  if (!larger) return NULL;
  if (n) memcpy(larger, array, (size_t)n * size);
  rl_release(array);
  *room = more;
  return larger;
}

static bool add_slot(lua_State *W, rll_seal *seal, int strings, int index) {
  rll_slot *slots = grown(seal->slots, seal->n_slots, &seal->slot_room, sizeof *slots);
  if (!slots) return false;
  seal->slots = slots;
  slots[seal->n_slots++] = slot_of(W, index);
  if (lua_type(W, index) != LUA_TSTRING) return true;
  lua_pushvalue(W, index);
  lua_rawseti(W, strings, (int)lua_rawlen(W, strings) + 1);
  return true;
}

static const void *metatable_of(lua_State *W, int index) {
  if (!lua_getmetatable(W, index)) return NULL;
  const void *address = lua_topointer(W, -1);
  lua_pop(W, 1);
  return address;
}

bool rll_seal_note(rll_seal *seal, bool large, int holder, int number) {
  rll_sealed *objects = grown(seal->objects, seal->n, &seal->room, sizeof *objects);
  if (!objects) return false;
  seal->objects = objects;
  objects[seal->n++] = (rll_sealed){.large = large, .holder = holder, .number = number};
  seal->n_large += large;
  return true;
}

/* The object at the top of the stack. */
static bool close_object(lua_State *W, rll_seal *seal, rll_sealed *object, int strings) {
  const int index = lua_gettop(W);
  bool good = true;
  object->function = lua_isfunction(W, index);
  object->first = seal->n_slots;
  if (object->function) {
    for (int i = 1; good && lua_getupvalue(W, index, i); i++) {
      good = add_slot(W, seal, strings, index + 1);
      lua_pop(W, 1);
    }
  } else {
    object->metatable = metatable_of(W, index);
    for (lua_pushnil(W); good && lua_next(W, index); lua_pop(W, 1))
      good = add_slot(W, seal, strings, index + 1) && add_slot(W, seal, strings, index + 2);
  }
  object->n = seal->n_slots - object->first;
  lua_settop(W, index);
  return good;
}

bool rll_seal_close(lua_State *W, rll_seal *seal, int objects, int strings) {
  bool good = true;
  for (int i = 0; good && i < seal->n; i++) {
    lua_rawgeti(W, objects, i + 1);
    good = close_object(W, seal, &seal->objects[i], strings);
    lua_pop(W, 1);
  }
  return good;
}

/* The object at the top of the stack. */
static bool holds(lua_State *W, const rll_sealed *object, const rll_slot *slots, int *slot) {
  const int index = lua_gettop(W);
  int k = 0;
  bool same = true;
  if (object->function) {
    for (; same && k < object->n; k++) {
      lua_getupvalue(W, index, k + 1);
      same = is_same(W, index + 1, &slots[k]);
      lua_pop(W, 1);
    }
    *slot = k - 1;
    return same;
  }
  *slot = object->n;
  if (metatable_of(W, index) != object->metatable) return false;
  for (lua_pushnil(W); same && lua_next(W, index); lua_pop(W, 1)) {
    same = k < object->n && is_same(W, index + 1, &slots[k]) && is_same(W, index + 2, &slots[k + 1]);
    *slot = k;
    k += 2;
  }
  lua_settop(W, index);
  return same && k == object->n;
}

bool rll_seal_holds(lua_State *W, const rll_seal *seal, int objects, bool large, int *found, int *slot) {
  for (int i = 0; i < seal->n; i++) {
    const rll_sealed *object = &seal->objects[i];
    if (object->large != large) continue;
    lua_rawgeti(W, objects, i + 1);
    const bool same = holds(W, object, seal->slots + object->first, slot);
    lua_pop(W, 1);
    *found = i;
    if (!same) return false;
  }
  return true;
}

void rll_seal_clear(rll_seal *seal) { seal->n = seal->n_slots = seal->n_large = 0; }

void rll_seal_release(rll_seal *seal) {
  rl_release(seal->objects);
  rl_release(seal->slots);
  *seal = (rll_seal){0};
}
