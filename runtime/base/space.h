/* What observations and actions are made of.
 *
 * A game's action is often several things at once: where to steer, which gear, whether to fire. Such a space is a list of
 * factors, each real numbers or a choice. Where not every choice can be taken in every state the environment says which:
 * its mask has a number for each choice of each factor, 1 for what is allowed and 0 for what is not, and lies at the end of
 * the observation: whatever keeps, moves or saves observations has the masks too, and a network sees them. */
#ifndef RL_SPACE_H
#define RL_SPACE_H

#include "base/rng.h"
#include "base/status.h"

#include <stdbool.h>

RL_C_BEGIN

typedef enum rl_space_kind {
  RL_BOX,      /* `size` real numbers, each within [low, high] */
  RL_DISCRETE, /* one of `size` choices, stored as 0 .. size-1 in one float */
  RL_FACTORS   /* several of those at once; size: real numbers and choices of all of them */
} rl_space_kind;

enum { RL_MAX_FACTORS = 64, RL_FACTOR_NAME = 32 };

typedef struct rl_factor {
  char name[RL_FACTOR_NAME]; /* "": it has none */
  rl_space_kind kind;        /* RL_BOX or RL_DISCRETE */
  int size;
  float low, high; /* of a box */
} rl_factor;

typedef struct rl_space {
  rl_space_kind kind;
  int size;
  float low, high; /* bounds of every coordinate of a box; infinite where there is none */
  bool masked;     /* of actions: observations end with a mask */
  int n_factors;   /* of RL_FACTORS */
  rl_factor factor[RL_MAX_FACTORS];
} rl_space;

/* Every space as factors: a box or a choice is one, without a name. */
static inline int rl_space_factors(const rl_space *space) {
  return space->kind == RL_FACTORS ? space->n_factors : 1;
}
rl_factor rl_space_factor(const rl_space *space, int index);

/* Floats that an action of this factor takes. */
static inline int rl_factor_width(const rl_factor *factor) {
  return factor->kind == RL_BOX ? factor->size : 1;
}

/* Over the factors: of what rl_space_width and rl_space_reals give. */
int rl_space_sum_widths(const rl_space *space);
int rl_space_sum_reals(const rl_space *space);

/* Floats that one action takes: of a box its numbers, of a choice 1, factor after factor. */
static inline int rl_space_width(const rl_space *space) {
  return space->kind == RL_FACTORS ? rl_space_sum_widths(space) : space->kind == RL_BOX ? space->size : 1;
}

/* How many of `size` are real numbers. */
static inline int rl_space_reals(const rl_space *space) {
  return space->kind == RL_FACTORS ? rl_space_sum_reals(space) : space->kind == RL_BOX ? space->size : 0;
}

/* Numbers of a mask. */
static inline int rl_space_choices(const rl_space *space) { return space->size - rl_space_reals(space); }

/* Of the `size` numbers that a policy gives for an action, the places [reals] of those that are real numbers. */
void rl_space_real_places(const rl_space *space, int *places);

/* RL_BAD_ARGUMENT saying what is wrong with it: sizes, bounds, two factors of one name, a mask without a choice. */
rl_status rl_space_check(const rl_space *space, const char *what, rl_error *error);
bool rl_space_same(const rl_space *a, const rl_space *b);
/* "box 4", "discrete 3", "throttle box 1, gear discrete 3, masked": for messages and files, without bounds. */
enum { RL_SPACE_TEXT = RL_MAX_FACTORS * (RL_FACTOR_NAME + 24) };
const char *rl_space_text(const rl_space *space, char text[RL_SPACE_TEXT]);
/* Reads what text gave, bounds 0; false when it is none. */
bool rl_space_from_text(rl_space *space, const char *text);

/* Lower and upper bound of each factor, [factors, 2], to a file and back; choices have 0. */
void rl_space_bounds(const rl_space *space, float bounds[2 * RL_MAX_FACTORS]);
void rl_space_set_bounds(rl_space *space, const float *bounds);

/* The mask of these `size` observations; NULL when there is none. */
static inline const float *rl_space_mask(const rl_space *action, const float *observation, int size) {
  return action->masked ? observation + size - rl_space_choices(action) : NULL;
}
/* RL_BAD_ARGUMENT naming the factor when a mask allows none of its choices. mask: NULL for none. */
rl_status rl_space_check_mask(const rl_space *space, const float *mask, rl_error *error);
/* Whether an action is one of this space that the mask allows: its real numbers are finite. */
rl_status rl_space_check_action(const rl_space *space, const float *mask, const float *action,
                                rl_error *error);
bool rl_space_has(const rl_space *space, const float *mask, const float *action); /* the same, for many */
bool rl_space_is_within(const rl_space *space,
                        const float *action);              /* and within the bounds, without a mask */
void rl_space_clamp(const rl_space *space, float *action); /* its real numbers, to their bounds */

/* An action as `size` numbers, as networks take it: its real numbers within their bounds; of a choice 1 at its place among those
 * that there are, 0 elsewhere. */
void rl_space_encode(const rl_space *space, const float *action, float *numbers);

/* A uniformly random action [rl_space_width(space)] of those that the mask (NULL: none) allows; where a box has no bounds, or
 * bounds so wide that they mean nothing (a range above 1e6), a standard normal one. Returns its log-probability. */
float rl_space_sample(const rl_space *space, const float *mask, rl_rng *rng, float *action);
/* Zeros, and of each choice the first that is allowed. */
void rl_space_rest(const rl_space *space, const float *mask, float *action);

RL_C_END

#endif
