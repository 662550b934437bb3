/* Variables as nodes of a graph: reference counts, and the chain rule backward through the graph. A graph may
 * be a chain of any length, so nothing here recurses. */
#include "autodiff/variable_internal.h"

#include "base/memory.h"
#include "base/vector.h"

#include <math.h>
#include <string.h>

/* Life. */

rl_status rl_variable_new(rl_variable **out, const rl_operation *operation, rl_tensor value, int n,
                          rl_variable *const *input, rl_error *error) {
  rl_variable *self = rl_allocate(1, sizeof *self);
  rl_status status = self ? rl_tensor_contiguous(&self->value, &value, error)
                          : rl_fail(error, RL_NO_MEMORY, "out of memory for a variable");
  rl_tensor_release(&value);
  if (status) {
    rl_release(self);
    return status;
  }
  bool constant = n > 0;
  for (int k = 0; k < n; k++)
    if (input[k] && input[k]->operation) constant = false;
  self->references = 1;
  self->operation = constant ? NULL : operation;
  for (int k = 0; !constant && k < n; k++) self->input[k] = rl_variable_share(input[k]);
  *out = self;
  return RL_OK;
}

rl_variable *rl_variable_share(rl_variable *variable) {
  if (variable) variable->references++;
  return variable;
}

/* To release a node may release its inputs: nodes that are to be freed wait in a list. */
static rl_variable *drop(rl_variable *variable, rl_variable *dead) {
  if (!variable || --variable->references > 0) return dead;
  variable->next = dead;
  return variable;
}

void rl_variable_release(rl_variable *variable) {
  rl_variable *dead = drop(variable, NULL);
  while (dead) {
    rl_variable *node = dead;
    dead = node->next;
    for (int k = 0; k < RL_MAX_INPUTS; k++) dead = drop(node->input[k], dead);
    if (node->saved) node->operation->release(node->saved);
    rl_tensor_release(&node->value);
    rl_release(node);
  }
}

const rl_tensor *rl_variable_tensor(const rl_variable *variable) { return &variable->value; }

size_t rl_variable_own_bytes(const rl_variable *variable) {
  const rl_operation *operation = variable->operation;
  return sizeof *variable + rl_tensor_owned_bytes(&variable->value) +
         (variable->saved && operation->saved_bytes ? operation->saved_bytes(variable->saved) : 0);
}

/* What only this variable holds is a tree: each node is seen once. */
size_t rl_variable_bytes(rl_variable *variable) {
  size_t bytes = 0;
  rl_variable *list = variable->references == 1 ? variable : NULL;
  if (list) list->next = NULL;
  while (list) {
    rl_variable *node = list;
    list = node->next;
    bytes += rl_variable_own_bytes(node);
    for (int k = 0; k < RL_MAX_INPUTS; k++) {
      rl_variable *input = node->input[k];
      if (!input || input->references > 1) continue;
      input->next = list;
      list = input;
    }
  }
  return bytes;
}

/* Leaves and constants. */

static void release_source(void *saved) {
  rl_tensor_release(saved);
  rl_release(saved);
}

static const rl_operation leaf = {.vjp = NULL, .release = release_source};

static rl_status copy(rl_variable **out, const rl_operation *operation, const rl_tensor *x, rl_error *error) {
  rl_tensor value;
  rl_status status = rl_tensor_clone(&value, x, error);
  return status ? status : rl_variable_new(out, operation, value, 0, NULL, error);
}

rl_status rl_variable_constant(rl_variable **out, const rl_tensor *x, rl_error *error) {
  return copy(out, NULL, x, error);
}

rl_status rl_variable_detach(rl_variable **out, const rl_variable *x, rl_error *error) {
  return rl_variable_new(out, NULL, rl_tensor_share(&x->value), 0, NULL, error);
}

/* The leaf keeps a reference to the memory that it is a copy of: the address identifies its source. */
rl_status rl_variable_leaf(rl_variable **out, const rl_tensor *x, rl_error *error) {
  rl_variable *self;
  rl_status status = copy(&self, &leaf, x, error);
  if (status) return status;
  self->saved = rl_allocate(1, sizeof *x);
  if (!self->saved) {
    rl_variable_release(self);
    return rl_fail(error, RL_NO_MEMORY, "out of memory for a variable");
  }
  *(rl_tensor *)self->saved = rl_tensor_share(x);
  *out = self;
  return RL_OK;
}

/* Gradients. */

typedef struct graph {
  rl_variable **node; /* [count] the loss first, inputs after all that use them */
  size_t count, capacity;
} graph;

static rl_status push(graph *self, rl_variable *node, rl_error *error) {
  if (self->count == self->capacity) {
    size_t capacity = self->capacity ? 2 * self->capacity : 64;
    rl_variable **grown = rl_allocate(capacity, sizeof(rl_variable *));
    if (!grown) return rl_fail(error, RL_NO_MEMORY, "out of memory for a graph of %zu variables", capacity);
    if (self->count) memcpy(grown, self->node, self->count * sizeof(rl_variable *));
    rl_release(self->node);
    self->node = grown;
    self->capacity = capacity;
  }
  self->node[self->count++] = node;
  return RL_OK;
}

/* Everything the loss was computed from, and how often each was used. */
static rl_status collect(graph *self, rl_variable *loss, rl_error *error) {
  rl_status status = push(self, loss, error);
  for (size_t i = 0; !status && i < self->count; i++) {
    for (int k = 0; !status && k < RL_MAX_INPUTS; k++) {
      rl_variable *input = self->node[i]->input[k];
      if (!input) continue;
      if (input->pending == 0) status = push(self, input, error);
      if (!status) input->pending++;
    }
  }
  return status;
}

/* Puts the nodes in order (Kahn 1962): one follows when all its uses are through. */
static void sort(graph *self) {
  size_t sorted = 1;
  for (size_t i = 0; i < sorted; i++) {
    for (int k = 0; k < RL_MAX_INPUTS; k++) {
      rl_variable *input = self->node[i]->input[k];
      if (input && --input->pending == 0) self->node[sorted++] = input;
    }
  }
}

static void leave(graph *self) {
  for (size_t i = 0; i < self->count; i++) {
    rl_variable *node = self->node[i];
    node->pending = 0;
    node->wanted = node->has_gradient = false;
    rl_tensor_release(&node->gradient);
  }
  rl_release(self->node);
}

static bool is_target(const rl_variable *node, const rl_target *target) {
  if (target->variable) return node == target->variable;
  const rl_tensor *source = node->operation == &leaf ? node->saved : NULL;
  return source && source->data == target->source->data && rl_tensor_same_shape(source, target->source);
}

/* Marks what the gradient has to go through to reach the target. */
static rl_status mark(graph *self, const rl_target *target, rl_error *error) {
  const rl_variable *found = NULL;
  for (size_t i = self->count; i-- > 0;) {
    rl_variable *node = self->node[i];
    for (int k = 0; k < RL_MAX_INPUTS; k++)
      if (node->input[k] && node->input[k]->wanted) node->wanted = true;
    if (!is_target(node, target)) continue;
    if (found && !rl_tensor_equal(&found->value, &node->value))
      return rl_fail(error, RL_BAD_ARGUMENT,
                     "the loss was computed from two states of %s, before and after a step: the older one "
                     "must be detached",
                     target->name);
    found = node;
    node->wanted = true;
  }
  if (!found) return rl_fail(error, RL_BAD_ARGUMENT, "the loss does not depend on %s", target->name);
  return RL_OK;
}

/* Adds d, which it takes over, to the gradient of the node. The old sum may be shared with other nodes. */
static rl_status accumulate(rl_variable *node, rl_tensor *d, rl_error *error) {
  rl_tensor sum;
  rl_status status = node->has_gradient ? rl_tensor_binary(&sum, RL_OP_ADD, &node->gradient, d, error)
                                        : rl_tensor_contiguous(&sum, d, error);
  rl_tensor_release(d);
  if (status) return status;
  rl_tensor_release(&node->gradient);
  node->gradient = sum;
  node->has_gradient = true;
  return RL_OK;
}

static rl_status step_back(rl_variable *node, rl_error *error) {
  rl_tensor results[RL_MAX_INPUTS] = {{0}}, *d[RL_MAX_INPUTS] = {0};
  for (int k = 0; k < RL_MAX_INPUTS; k++)
    if (node->input[k] && node->input[k]->wanted) d[k] = &results[k];
  rl_status status = node->operation->vjp(node, &node->gradient, d, error);
  for (int k = 0; k < RL_MAX_INPUTS; k++) {
    if (d[k] && !status)
      status = accumulate(node->input[k], d[k], error);
    else if (d[k])
      rl_tensor_release(d[k]);
  }
  return status;
}

static rl_status walk_back(graph *self, int n, const rl_target *target, rl_error *error) {
  rl_variable *loss = self->node[0];
  rl_tensor one;
  rl_status status = rl_tensor_zeros(&one, loss->value.ndim, loss->value.shape, error);
  if (status) return status;
  rl_tensor_fill(&one, 1.0f);
  status = accumulate(loss, &one, error);
  for (size_t i = 0; !status && i < self->count; i++) {
    rl_variable *node = self->node[i];
    if (!node->wanted || !node->operation || !node->operation->vjp) continue;
    status = step_back(node, error);
    bool keep = false;
    for (int t = 0; t < n; t++) keep = keep || is_target(node, &target[t]);
    if (keep) continue;
    rl_tensor_release(&node->gradient);
    node->has_gradient = false;
  }
  return status;
}

/* The sum over the target's nodes, in memory of its own. */
static rl_status take(rl_tensor *out, const graph *self, const rl_target *target, rl_error *error) {
  rl_tensor sum = {0};
  rl_status status = RL_OK;
  for (size_t i = 0; !status && i < self->count; i++) {
    const rl_variable *node = self->node[i];
    if (!is_target(node, target)) continue;
    rl_tensor more;
    status = sum.data ? rl_tensor_binary(&more, RL_OP_ADD, &sum, &node->gradient, error)
                      : rl_tensor_clone(&more, &node->gradient, error);
    rl_tensor_release(&sum);
    if (!status) sum = more;
  }
  if (status) return status;
  size_t count = (size_t)rl_tensor_count(&sum), bad = rl_first_not_finite(sum.data, count);
  if (bad < count) {
    status = rl_fail(error, RL_NOT_FINITE, "the gradient by %s is not finite (%g at element %zu)",
                     target->name, (double)sum.data[bad], bad + 1);
    rl_tensor_release(&sum);
    return status;
  }
  *out = sum;
  return RL_OK;
}

static rl_status check_loss(const rl_variable *loss, rl_error *error) {
  char shape[RL_SHAPE_TEXT];
  if (rl_tensor_count(&loss->value) != 1)
    return rl_fail(error, RL_BAD_SHAPE, "the loss is not a scalar: shape %s; take its mean or sum",
                   rl_shape_text(loss->value.ndim, loss->value.shape, shape));
  if (!isfinite(loss->value.data[0]))
    return rl_fail(error, RL_NOT_FINITE, "the loss is not finite (%g)", (double)loss->value.data[0]);
  return RL_OK;
}

rl_status rl_variable_gradients(rl_variable *loss, int n, const rl_target *target, rl_tensor *gradient,
                                rl_error *error) {
  graph self = {0};
  rl_status status = check_loss(loss, error);
  if (!status) status = collect(&self, loss, error);
  if (!status) {
    sort(&self);
    for (int t = 0; !status && t < n; t++) status = mark(&self, &target[t], error);
  }
  if (!status) status = walk_back(&self, n, target, error);
  int taken = 0;
  for (; !status && taken < n; taken += !status)
    status = take(&gradient[taken], &self, &target[taken], error);
  while (status && taken > 0) rl_tensor_release(&gradient[--taken]);
  leave(&self);
  return status;
}
