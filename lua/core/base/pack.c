#include "core/base/pack.h"

#include <stdio.h>
#include <string.h>

enum { DEPTH = 100 };                                   /* of tables in tables */
enum { MOST_KEYS = 8, MOST_LETTERS = 40, ESCAPED = 4 }; /* in messages; \010 */
enum {
  NIL = 'n',
  FALSE = 'f',
  TRUE = 't',
  DOUBLE = 'd',
  INTEGER = 'i',
  STRING = 's',
  TABLE = '{',
  END = '}'
};

/* The bytes lie in a userdata at the stack place `at`, for what raises. */
typedef struct packer {
  lua_State *L;
  const char *what;
  int at;
  char *bytes;
  size_t used, room;
} packer;

static void put(packer *p, const void *data, size_t size) {
  if (p->used + size > p->room) {
    const size_t room = 2 * (p->used + size);
    char *bytes = lua_newuserdata(p->L, room);
    if (p->used) memcpy(bytes, p->bytes, p->used);
    lua_replace(p->L, p->at);
    p->bytes = bytes;
    p->room = room;
  }
  if (size) memcpy(p->bytes + p->used, data, size);
  p->used += size;
}

static void put_tag(packer *p, char tag) { put(p, &tag, 1); }

/* Before 5.3 there are no integers, and what stands for lua_isinteger there does not see the sign of -0. */
static bool is_integer(lua_State *L, int index) { return LUA_VERSION_NUM >= 503 && lua_isinteger(L, index); }

static void put_number(packer *p, int index) {
  if (is_integer(p->L, index)) {
    const int64_t number = (int64_t)lua_tointeger(p->L, index);
    put_tag(p, INTEGER);
    put(p, &number, sizeof number);
  } else {
    const double number = lua_tonumber(p->L, index);
    put_tag(p, DOUBLE);
    put(p, &number, sizeof number);
  }
}

/* Writes the beginning of a key, with control characters as Lua escapes them. Returns the end. */
static char *write_key(char *end, lua_State *L, int index) {
  rll_text(L, index);
  size_t length, kept = MOST_LETTERS;
  const char *key = lua_tolstring(L, -1, &length);
  if (length <= kept)
    kept = length;
  else
    while (kept > 0 && ((unsigned char)key[kept] & 0xC0) == 0x80) kept--; /* no part of a letter */
  for (size_t i = 0; i < kept; i++) {
    const unsigned char letter = (unsigned char)key[i];
    if (letter < 32 || letter == 127)
      end += snprintf(end, ESCAPED + 1, "\\%03d", letter);
    else
      *end++ = key[i];
  }
  lua_pop(L, 1);
  return kept < length ? end + snprintf(end, 4, "...") : end;
}

/* Pushes " at a.b", where what is at `index` lies, by the keys and tables from p->at on; "" for the whole. */
static const char *push_place(packer *p, int index) {
  const int n = index > p->at ? (index - p->at) / 2 : 0;
  const bool is_key = index > p->at && (index - p->at) % 2 == 1;
  char text[64 + MOST_KEYS * (ESCAPED * MOST_LETTERS + 8)];
  char *end = text;
  if (is_key) end += snprintf(end, 32, " as a key");
  if (n > 0) end += snprintf(end, 32, "%s", is_key ? " of " : " at ");
  luaL_checkstack(p->L, 8, "plain data");
  for (int i = 0; i < n; i++) {
    if (i > 0) *end++ = '.';
    if (i == MOST_KEYS - 1 && n > MOST_KEYS) { /* the last one says most */
      end += snprintf(end, 3, "..");
      i = n - 1;
    }
    end = write_key(end, p->L, p->at + 1 + 2 * i);
  }
  lua_pushlstring(p->L, text, (size_t)(end - text));
  return lua_tostring(p->L, -1);
}

static void refuse(packer *p, int index) {
  const char *type = rll_type_name(p->L, index);
  luaL_error(p->L, "%s: plain data expected (numbers, strings, booleans, tables of these), got %s%s", p->what,
             type, push_place(p, index));
}

static void put_value(packer *p, int index, int depth) {
  lua_State *L = p->L;
  size_t length;
  const char *text;
  switch (lua_type(L, index)) {
  case LUA_TNIL: put_tag(p, NIL); break;
  case LUA_TBOOLEAN: put_tag(p, lua_toboolean(L, index) ? TRUE : FALSE); break;
  case LUA_TNUMBER: put_number(p, index); break;
  case LUA_TSTRING:
    text = lua_tolstring(L, index, &length);
    put_tag(p, STRING);
    put(p, &(uint64_t){length}, sizeof(uint64_t));
    put(p, text, length);
    break;
  case LUA_TTABLE:
    if (depth == DEPTH)
      luaL_error(L, "%s: tables are nested too deep (one that holds itself?)%s", p->what,
                 push_place(p, index));
    luaL_checkstack(L, 6, "plain data");
    put_tag(p, TABLE);
    lua_pushnil(L);
    while (lua_next(L, index)) {
      put_value(p, lua_gettop(L) - 1, depth + 1);
      put_value(p, lua_gettop(L), depth + 1);
      lua_pop(L, 1);
    }
    put_tag(p, END);
    break;
  default: refuse(p, index);
  }
}

void rll_pack(lua_State *L, int index, const char *what) {
  packer p = {.L = L, .what = what};
  index = lua_absindex(L, index);
  lua_pushnil(L);
  p.at = lua_gettop(L);
  put_value(&p, index, 0);
  lua_pushlstring(L, p.bytes, p.used);
  lua_replace(L, p.at);
}

typedef struct reader {
  const char *at;
  size_t left;
} reader;

static bool take(reader *r, void *out, size_t size) {
  if (size > r->left) return false;
  memcpy(out, r->at, size);
  r->at += size;
  r->left -= size;
  return true;
}

static bool push_value(lua_State *L, reader *r, int depth);

/* A key must be one, and there is no value that is nil. */
static bool push_table(lua_State *L, reader *r, int depth) {
  if (depth > DEPTH || !lua_checkstack(L, 6)) return false;
  lua_newtable(L);
  while (r->left && *r->at != END) {
    if (!push_value(L, r, depth)) return false;
    const bool is_nan = lua_type(L, -1) == LUA_TNUMBER && lua_tonumber(L, -1) != lua_tonumber(L, -1);
    if (lua_isnil(L, -1) || is_nan || !push_value(L, r, depth)) return false;
    lua_rawset(L, -3);
  }
  return take(r, &(char){0}, 1);
}

static bool push_value(lua_State *L, reader *r, int depth) {
  char tag;
  double number;
  int64_t integer;
  uint64_t length;
  if (!take(r, &tag, 1)) return false;
  switch (tag) {
  case NIL: lua_pushnil(L); return true;
  case FALSE: lua_pushboolean(L, 0); return true;
  case TRUE: lua_pushboolean(L, 1); return true;
  case DOUBLE:
    if (!take(r, &number, sizeof number)) return false;
    lua_pushnumber(L, number);
    return true;
  case INTEGER:
    if (!take(r, &integer, sizeof integer)) return false;
    lua_pushinteger(L, (lua_Integer)integer);
    return true;
  case STRING:
    if (!take(r, &length, sizeof length) || length > r->left) return false;
    lua_pushlstring(L, r->at, (size_t)length);
    r->at += length;
    r->left -= (size_t)length;
    return true;
  case TABLE: return push_table(L, r, depth + 1);
  default: return false;
  }
}

bool rll_unpack(lua_State *L, const char *bytes, size_t size) {
  const int top = lua_gettop(L);
  reader r = {bytes, size};
  if (push_value(L, &r, 0) && r.left == 0) return true;
  lua_settop(L, top);
  return false;
}

/* core.pack(plain data[, what]) -> string. what: for messages. */
static int pack(lua_State *L) {
  luaL_checkany(L, 1);
  rll_pack(L, 1, luaL_optstring(L, 2, "pack"));
  return 1;
}

/* core.unpack(string) -> true, the value; or false */
static int unpack(lua_State *L) {
  size_t size;
  const char *bytes = luaL_checklstring(L, 1, &size);
  lua_pushboolean(L, 1);
  if (rll_unpack(L, bytes, size)) return 2;
  lua_pushboolean(L, 0);
  return 1;
}

void rll_open_pack(lua_State *L) {
  static const luaL_Reg functions[] = {{"pack", pack}, {"unpack", unpack}, {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
}
