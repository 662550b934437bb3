/* Reverse-mode differentiation over tensors and networks, so that a loss can be written as the textbook
 * writes it.
 *
 * A variable is a tensor that remembers how it was computed. Every operation below makes a new one that holds
 * its value, its inputs and what its derivative needs; its numbers never change. rl_variable_gradients walks
 * from a loss (one number) backward through everything it was computed from and applies the chain rule: each
 * operation turns the gradient by its result into those by its inputs (a vector-Jacobian product), and where
 * a variable was used more than once the gradients add up.
 *
 *   - A leaf is what one differentiates by: a copy of a tensor as it was when the leaf was made. A constant
 *     is a number or tensor that one does not. What is computed from constants alone is a constant, and keeps
 *     no graph.
 *   - A policy or value enters through rl_variable_policy and rl_variable_value: one forward pass over
 *     observations, with a leaf of the parameters (theta) below it. Whatever happens to theta, normaliser or
 *     network afterwards, the gradient is the one at the parameters of that forward pass.
 *
 * A step along the gradient of the mean log-probability of some actions, as in REINFORCE:
 *
 *   rl_dist_variable dist = {0};
 *   rl_variable *log_prob = NULL, *loss = NULL;
 *   rl_tensor gradient, *theta = &policy.network.theta;
 *   rl_target target = {.name = "the policy", .source = theta};
 *   rl_status status = rl_variable_policy(&dist, &policy, obs, rows, &error);
 *   if (!status) status = rl_variable_log_prob(&log_prob, &dist, &actions, &error);             [rows]
 *   if (!status) status = rl_variable_reduce(&loss, RL_REDUCE_MEAN, log_prob, RL_ALL, &error);  []
 *   if (!status) status = rl_variable_gradients(loss, 1, &target, &gradient, &error);   [policy parameters]
 *   adam.lr = -3e-4;                                                                            uphill
 *   if (!status) status = rl_optimizer_descend(&adam, theta->data, gradient.data, &norm, &error);
 *   if (!status) rl_tensor_release(&gradient);
 *   rl_variable_release(loss), rl_variable_release(log_prob), rl_dist_variable_release(&dist);
 *
 * Functions that make a variable return it through `out`; the caller releases it, whenever it likes: a
 * variable lives as long as anything computed from it. On failure `out` is not touched. All of them can
 * return RL_NO_MEMORY, and RL_BAD_SHAPE with a message that prints the shapes. Values are the same as those
 * of tensor.h; `dim` and indices count from 0. Variables are not locked: a graph belongs to one thread at a
 * time. Large batches are cut into pieces of RL_ROWS rows over the threads of parallel.h, and the results are
 * the same bytes for any number of threads. */
#ifndef RL_VARIABLE_H
#define RL_VARIABLE_H

#include "network/policy.h"
#include "network/value.h"
#include "tensor/tensor.h"

RL_C_BEGIN

typedef struct rl_variable rl_variable; /* reference counted */

enum { RL_ALL = -1 }; /* in place of a dimension: over all elements */

/* Leaves, constants, life. */

/* A copy of x, to differentiate by. Gradients can also be asked for by `x` itself: see rl_target. */
rl_status rl_variable_leaf(rl_variable **out, const rl_tensor *x, rl_error *error);
rl_status rl_variable_constant(rl_variable **out, const rl_tensor *x, rl_error *error); /* a copy of x */
/* The same numbers, as a constant. */
rl_status rl_variable_detach(rl_variable **out, const rl_variable *x, rl_error *error);
rl_variable *rl_variable_share(rl_variable *variable); /* another reference */
void rl_variable_release(rl_variable *variable);       /* NULL is allowed */

const rl_tensor *rl_variable_tensor(const rl_variable *variable); /* contiguous; to be read, not written */
/* Bytes that the process gets back if this reference is released: those of the variable, if nobody else holds
 * it, and of what only it holds. */
size_t rl_variable_bytes(rl_variable *variable);

/* Gradients. */

/* What to differentiate by: one variable, or every leaf that was made of one tensor, as a policy's theta,
 * which has a leaf for each forward pass. */
typedef struct rl_target {
  const char *name; /* in messages: "the loss does not depend on NAME" */
  const rl_variable *variable;
  const rl_tensor *source; /* when variable is NULL */
} rl_target;

/* gradient[i] = d loss / d target[i], in memory of its own, with the shape of the target.
 *
 * RL_BAD_SHAPE when the loss has not one element. RL_BAD_ARGUMENT naming the target when the loss does not
 * depend on it, or when it was made from several states of one source: forward passes before and after a
 * step, of which the older wants to be detached. RL_NOT_FINITE naming the loss or the target. On failure no
 * gradient is written. The graph stays as it was; asking twice gives the same bytes. */
rl_status rl_variable_gradients(rl_variable *loss, int n, const rl_target *target, rl_tensor *gradient,
                                rl_error *error);

/* Elementwise; a and b broadcast. Where a derivative jumps: 0 for abs, sign, floor and relu at 0; minimum and
 * maximum of equals give half to each side; clamp passes the gradient at its bounds. Comparisons, sign and
 * floor have derivative 0 and give constants. */

rl_status rl_variable_unary(rl_variable **out, rl_unary op, rl_variable *x, rl_error *error);
rl_status rl_variable_binary(rl_variable **out, rl_binary op, rl_variable *a, rl_variable *b,
                             rl_error *error);
/* RL_BAD_ARGUMENT unless low <= high; either may be infinite. */
rl_status rl_variable_clamp(rl_variable **out, rl_variable *x, float low, float high, rl_error *error);
/* a where the condition is not 0, b elsewhere; no gradient goes into the condition. */
rl_status rl_variable_where(rl_variable **out, const rl_tensor *condition, rl_variable *a, rl_variable *b,
                            rl_error *error);

/* Reductions, products and views. */

/* Over one dimension, which goes, or RL_ALL. sum, mean, max and min; the gradient of a max goes to the first
 * of equals. */
rl_status rl_variable_reduce(rl_variable **out, rl_reduction op, rl_variable *x, int dim, rl_error *error);
rl_status rl_variable_matmul(rl_variable **out, rl_variable *a, rl_variable *b, rl_error *error);
rl_status rl_variable_transpose(rl_variable **out, rl_variable *x, int dim_a, int dim_b, rl_error *error);
rl_status rl_variable_reshape(rl_variable **out, rl_variable *x, int ndim, const int64_t *shape,
                              rl_error *error);
rl_status rl_variable_narrow(rl_variable **out, rl_variable *x, int dim, int64_t first, int64_t count,
                             rl_error *error);
rl_status rl_variable_select(rl_variable **out, rl_variable *x, int dim, int64_t index, rl_error *error);
rl_status rl_variable_rows(rl_variable **out, rl_variable *x, int64_t n, const int64_t *index,
                           rl_error *error);

/* Networks. */

/* The outputs [rows, outputs] for raw observations [rows, inputs], which the network's normaliser and clip
 * are applied to, at the parameters theta: a variable with as many elements as the network's theta. */
rl_status rl_variable_network(rl_variable **out, const rl_network *network, rl_variable *theta,
                              const float *obs, int rows, rl_error *error);
/* The values [rows] of a value network at its parameters. */
rl_status rl_variable_value(rl_variable **out, const rl_value *value, const float *obs, int rows,
                            rl_error *error);

/* Distributions over actions: one a row. */
typedef struct rl_dist_variable {
  rl_space space;
  rl_variable *head;    /* [rows, size] means and logits */
  rl_variable *log_std; /* [rows, reals] or [reals]; NULL without real numbers */
  rl_variable *value;   /* [rows] of the policy's value head; NULL when it has none */
} rl_dist_variable;

/* What a policy does in these states, at its parameters. To be released. */
rl_status rl_variable_policy(rl_dist_variable *out, const rl_policy *policy, const float *obs, int rows,
                             rl_error *error);
/* The same with constants: a distribution to compare with. */
rl_status rl_dist_variable_detach(rl_dist_variable *out, const rl_dist_variable *dist, rl_error *error);
void rl_dist_variable_release(rl_dist_variable *dist);
size_t rl_dist_variable_bytes(const rl_dist_variable *dist); /* with the forward pass that it keeps */

/* All [rows]. Actions are [rows, width], and [rows] for a single choice; a choice is its number, from 0:
 * RL_BAD_ARGUMENT naming the row when it is none. */
rl_status rl_variable_log_prob(rl_variable **out, const rl_dist_variable *dist, const rl_tensor *action,
                               rl_error *error);
rl_status rl_variable_entropy(rl_variable **out, const rl_dist_variable *dist, rl_error *error);
/* KL(p || q), by both. */
rl_status rl_variable_kl(rl_variable **out, const rl_dist_variable *p, const rl_dist_variable *q,
                         rl_error *error);

RL_C_END

#endif
