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

void rl_mirror_apply(const rl_mirror *mirror, const float *x, int rows, float *y) {
  const int n = mirror->n;
  for (int r = 0; r < rows; r++, x += n, y += n)
    for (int i = 0; i < n; i++) y[i] = mirror->sign[i] * x[mirror->from[i]];
}

void rl_mirror_actions(const rl_mirror *mirror, const rl_space *space, const float *x, int rows, float *y) {
  if (space->kind == RL_BOX) {
    rl_mirror_apply(mirror, x, rows, y);
    return;
  }
  for (int r = 0; r < rows; r++) y[r] = (float)mirror->from[(int)x[r]];
}
