/* Mirror images. What is symmetric, as a walker is when its left and right legs are exchanged, has an image of
 * every state: the same numbers in other places, some of them with the opposite sign. The image of an image is
 * what there was. */
#ifndef RL_MIRROR_H
#define RL_MIRROR_H

#include "base/space.h"
#include "base/status.h"

#include <stdbool.h>

RL_C_BEGIN

typedef struct rl_mirror { /* number i of the image is sign[i] times number from[i] */
  int n;
  const int *from;   /* [n] from 0 on */
  const float *sign; /* [n] 1 or -1 */
} rl_mirror;

/* Of an environment: of discrete actions the choices are exchanged, and signs are 1. */
typedef struct rl_symmetry {
  rl_mirror observation, action, fields; /* fields.n 0: nothing is known of them */
} rl_symmetry;

/* RL_BAD_ARGUMENT: not n numbers, a place out of range or a sign that is neither, not its own inverse. */
rl_status rl_mirror_check(const rl_mirror *mirror, int n, const char *what, rl_error *error);
bool rl_mirror_same(const rl_mirror *a, const rl_mirror *b);
/* That of two things side by side. from and sign [first->n + second->n]: where it is written, to last as long. */
rl_mirror rl_mirror_join(const rl_mirror *first, const rl_mirror *second, int *from, float *sign);
/* Rows x [rows, n] -> y [rows, n], another array. */
void rl_mirror_apply(const rl_mirror *mirror, const float *x, int rows, float *y);
/* Of the `size` numbers of an action: of choices the places are exchanged, without a sign, and factors as a whole.
 * RL_BAD_ARGUMENT as above. */
rl_status rl_mirror_check_actions(const rl_mirror *mirror, const rl_space *space, rl_error *error);
/* Actions of a space [rows, rl_space_width]. */
void rl_mirror_actions(const rl_mirror *mirror, const rl_space *space, const float *x, int rows, float *y);

RL_C_END

#endif
