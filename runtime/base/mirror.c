#include "base/mirror.h"

#include <string.h>

rl_status rl_mirror_check(const rl_mirror *mirror, int n, const char *what, rl_error *error) {
  if (mirror->n != n)
    return rl_fail(error, RL_BAD_ARGUMENT, "symmetry of the %s: %d numbers for %d", what, mirror->n, n);
  for (int i = 0; i < n; i++) {
    const int from = mirror->from[i];
    if (from < 0 || from >= n)
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "symmetry of the %s: number %d comes from %d, not one of 1 .. %d", what, i + 1, from + 1,
                     n);
    if (mirror->sign[i] != 1.0f && mirror->sign[i] != -1.0f)
      return rl_fail(error, RL_BAD_ARGUMENT, "symmetry of the %s: the sign of number %d is %g, not 1 or -1",
                     what, i + 1, (double)mirror->sign[i]);
  }
  for (int i = 0; i < n; i++) {
    const int from = mirror->from[i];
    if (mirror->from[from] != i)
      return rl_fail(error, RL_BAD_ARGUMENT, "symmetry of the %s: number %d comes from %d, but that from %d",
                     what, i + 1, from + 1, mirror->from[from] + 1);
    if (mirror->sign[from] != mirror->sign[i])
      return rl_fail(error, RL_BAD_ARGUMENT, "symmetry of the %s: numbers %d and %d have different signs",
                     what, i + 1, from + 1);
  }
  return RL_OK;
}

bool rl_mirror_same(const rl_mirror *a, const rl_mirror *b) {
  if (a->n != b->n) return false;
  for (int i = 0; i < a->n; i++)
    if (a->from[i] != b->from[i] || a->sign[i] != b->sign[i]) return false;
  return true;
}

rl_mirror rl_mirror_join(const rl_mirror *first, const rl_mirror *second, int *from, float *sign) {
  for (int i = 0; i < first->n; i++) {
    from[i] = first->from[i];
    sign[i] = first->sign[i];
  }
  for (int i = 0; i < second->n; i++) {
    from[first->n + i] = first->n + second->from[i];
    sign[first->n + i] = second->sign[i];
  }
  return (rl_mirror){first->n + second->n, from, sign};
}

void rl_mirror_apply(const rl_mirror *mirror, const float *x, int rows, float *y) {
  const int n = mirror->n;
  for (int r = 0; r < rows; r++, x += n, y += n)
    for (int i = 0; i < n; i++) y[i] = mirror->sign[i] * x[mirror->from[i]];
}

/* Where a factor begins: among the numbers that a policy gives, and in an action. */
typedef struct place {
  int head, column;
} place;

static place place_of(const rl_space *space, int factor) {
  place at = {0, 0};
  for (int f = 0; f < factor; f++) {
    const rl_factor before = rl_space_factor(space, f);
    at.head += before.size;
    at.column += rl_factor_width(&before);
  }
  return at;
}

/* The factor that number `head` belongs to. */
static int factor_of(const rl_space *space, int head) {
  int f = 0;
  while (head >= rl_space_factor(space, f).size) head -= rl_space_factor(space, f++).size;
  return f;
}

rl_status rl_mirror_check_actions(const rl_mirror *mirror, const rl_space *space, rl_error *error) {
  rl_status status = rl_mirror_check(mirror, space->size, "action", error);
  for (int f = 0, at = 0; !status && f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    const int end = at + factor.size, other = factor_of(space, mirror->from[at]);
    const rl_factor image = rl_space_factor(space, other);
    for (; at < end && !status; at++) {
      const int from = factor_of(space, mirror->from[at]);
      if (factor.kind != rl_space_factor(space, from).kind)
        status = rl_fail(error, RL_BAD_ARGUMENT,
                         "symmetry of the action: number %d comes from %d, one of the two is a choice",
                         at + 1, mirror->from[at] + 1);
      else if (factor.kind == RL_DISCRETE && (from != other || image.size != factor.size))
        status =
            rl_fail(error, RL_BAD_ARGUMENT,
                    "symmetry of the action: the choices of factor %d are not those of another one", f + 1);
      else if (factor.kind == RL_DISCRETE && mirror->sign[at] < 0.0f)
        status = rl_fail(error, RL_BAD_ARGUMENT,
                         "symmetry of the action: choices change places, and have no sign");
    }
  }
  return status;
}

void rl_mirror_actions(const rl_mirror *mirror, const rl_space *space, const float *x, int rows, float *y) {
  if (space->kind == RL_BOX) {
    rl_mirror_apply(mirror, x, rows, y);
    return;
  }
  const int width = rl_space_width(space);
  for (int r = 0; r < rows; r++, x += width, y += width)
    for (int f = 0; f < rl_space_factors(space); f++) {
      const rl_factor factor = rl_space_factor(space, f);
      const place to = place_of(space, f), from = place_of(space, factor_of(space, mirror->from[to.head]));
      if (factor.kind == RL_DISCRETE)
        y[to.column] = (float)(mirror->from[from.head + (int)x[from.column]] - to.head);
      for (int i = 0; factor.kind == RL_BOX && i < factor.size; i++) {
        const int head = mirror->from[to.head + i];
        const place at = place_of(space, factor_of(space, head));
        y[to.column + i] = mirror->sign[to.head + i] * x[at.column + head - at.head];
      }
    }
}
