#include "base/status.h"

#include "base/elsewhere.h"
#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { MAX_NAME = 64 }; /* longer names are compared by their first characters */

rl_status rl_fail(rl_error *error, rl_status status, const char *format, ...) {
  if (error) {
    va_list arguments;
    const size_t size = sizeof error->message;
    size_t begun = status == RL_NO_MEMORY ? rl_budget_explain(error->message, size) : 0;
    error->status = status;
    va_start(arguments, format);
    rl_vformat(error->message + begun, size - begun, format, arguments);
    va_end(arguments);
    const char *rest = error->message + begun; /* of a message that has got a name, that says so already */
    if (begun && strstr(rest, "not enough memory: ")) memmove(error->message, rest, strlen(rest) + 1);
    /* The sign of a NaN has no meaning. */
    for (char *at; (at = strstr(error->message, "-nan"));) memmove(at, at + 1, strlen(at));
  }
  return status;
}

static bool alike(char a, char b) { return tolower((unsigned char)a) == tolower((unsigned char)b); }

/* Letters to put in, leave out or alter, and neighbours to exchange. */
static size_t edit_distance(const char *a, const char *b) {
  size_t rows[3][MAX_NAME + 1];
  size_t *before = rows[0], *above = rows[1], *row = rows[2];
  size_t length_a = strnlen(a, MAX_NAME), length_b = strnlen(b, MAX_NAME);
  for (size_t j = 0; j <= length_b; j++) row[j] = j;
  for (size_t i = 1; i <= length_a; i++) {
    size_t *oldest = before;
    before = above;
    above = row;
    row = oldest;
    row[0] = i;
    for (size_t j = 1; j <= length_b; j++) {
      size_t best = above[j - 1] + (alike(a[i - 1], b[j - 1]) ? 0 : 1);
      if (above[j] + 1 < best) best = above[j] + 1;
      if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
      if (i > 1 && j > 1 && alike(a[i - 1], b[j - 2]) && alike(a[i - 2], b[j - 1]) &&
          before[j - 2] + 1 < best)
        best = before[j - 2] + 1;
      row[j] = best;
    }
  }
  return row[length_b];
}

/* As "hip" is of "hip_l". */
static bool is_beginning(const char *name, size_t length, const char *of) {
  for (size_t i = 0; i < length; i++)
    if (!of[i] || !alike(name[i], of[i])) return false;
  return length > 2;
}

/* What `name` means: in another library, or else by the smallest edit distance; NULL when none is near. */
static const char *nearest_of(const char *name, const char *const *names, size_t n) {
  bool is_foreign;
  const char *nearest = rl_elsewhere_name(name, names, n, &is_foreign);
  if (is_foreign) return nearest;
  const size_t length = strnlen(name, MAX_NAME);
  /* A name that is as far away is no help: two of three letters are another word. */
  size_t best = 1 + (length < 4 ? 1 : length < 8 ? 2 : length / 4 + 1);
  for (size_t i = 0; i < n; i++) {
    size_t distance = is_beginning(name, length, names[i]) ? 1 : edit_distance(name, names[i]);
    if (distance < best) {
      best = distance;
      nearest = names[i];
    }
  }
  return nearest;
}

rl_status rl_fail_unknown(rl_error *error, const char *kind, const char *name, const char *const *names,
                          size_t n) {
  char list[768] = "";
  size_t used = 0;
  for (size_t i = 0; i < n && used < sizeof list - 80; i++)
    used += (size_t)snprintf(list + used, sizeof list - used, "%s%.64s", i ? ", " : "", names[i]);
  const char *nearest = nearest_of(name, names, n);
  return rl_fail(error, RL_BAD_ARGUMENT, "unknown %s \"%.64s\"%s%s%s known: %s", kind, name,
                 nearest ? "; did you mean \"" : ";", nearest ? nearest : "", nearest ? "\"?" : "", list);
}
