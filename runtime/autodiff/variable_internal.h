/* The structure of a variable, for the files that implement operations. */
#ifndef RL_VARIABLE_INTERNAL_H
#define RL_VARIABLE_INTERNAL_H

#include "autodiff/variable.h"

RL_C_BEGIN

enum { RL_MAX_INPUTS = 4 };

/* How the gradient goes through one kind of operation. */
typedef struct rl_operation {
  /* Given g, the gradient by self->value, fills in each d[k] that is not NULL with the gradient by input k: a
   * tensor with the shape of that input, which may share memory with g. d[k] comes empty; what is in it after
   * a failure is released by the caller. */
  rl_status (*vjp)(const rl_variable *self, const rl_tensor *g, rl_tensor *const *d, rl_error *error);
  void (*release)(void *saved);             /* NULL: there is nothing to release */
  size_t (*saved_bytes)(const void *saved); /* NULL: 0 */
} rl_operation;

struct rl_variable {
  int references;
  const rl_operation *operation; /* NULL: a constant */
  rl_variable *input[RL_MAX_INPUTS];
  rl_tensor value; /* contiguous */

  /* What the operation keeps. */
  int op, dim;
  int64_t first;
  void *saved;

  /* In use during rl_variable_gradients and rl_variable_release. */
  int pending; /* uses in the graph that have not given their gradient yet */
  bool wanted; /* a target depends on it */
  bool has_gradient;
  rl_tensor gradient;
  rl_variable *next;
};

/* A variable with this value, which it takes over (also on failure), made contiguous; `input` has n entries,
 * which may be NULL. When none of them leads to a leaf, it is a constant without inputs, and self->operation
 * is NULL: then there is nothing to keep. */
rl_status rl_variable_new(rl_variable **out, const rl_operation *operation, rl_tensor value, int n,
                          rl_variable *const *input, rl_error *error);

size_t rl_variable_own_bytes(const rl_variable *variable); /* without its inputs */

RL_C_END

#endif
