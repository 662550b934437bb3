/* A policy as an ONNX model (https://onnx.ai/onnx/repo-docs/IR.html), whose protocol buffers are written by hand: a
 * message is a list of fields, each a number, a kind and a value. IR 7 and opset 13 are those of onnx 1.8 (2020): every
 * runtime since takes them. */
#include "export/format.h"

#include "base/memory.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { IR_VERSION = 7, OPSET = 13, FLOAT = 1, INT64 = 7, BOOL = 9, ATTRIBUTE_INT = 2, ATTRIBUTE_INTS = 7 };

/* Protocol buffers */

static void put_varint(rl_text *message, uint64_t value) {
  unsigned char bytes[10];
  size_t n = 0;
  for (; value > 127; value >>= 7) bytes[n++] = (unsigned char)(value | 128);
  bytes[n++] = (unsigned char)value;
  rl_text_add(message, bytes, n);
}

static void put_integer(rl_text *message, unsigned field, int64_t value) {
  put_varint(message, field << 3);
  put_varint(message, (uint64_t)value);
}

static void put_bytes(rl_text *message, unsigned field, const void *data, size_t size) {
  put_varint(message, field << 3 | 2);
  put_varint(message, size);
  rl_text_add(message, data, size);
}

static void put_string(rl_text *message, unsigned field, const char *string) {
  put_bytes(message, field, string, strlen(string));
}

/* Adds a message that is complete, and ends it. */
static void put_message(rl_text *message, unsigned field, rl_text *part) {
  message->failed |= part->failed;
  put_bytes(message, field, part->data, part->size);
  rl_release(part->data);
  *part = (rl_text){0};
}

/* The parts of a graph */

/* x [rows, columns] of float32, or [columns] when rows is 0; `stride` numbers apart */
static void add_tensor(rl_text *graph, const char *name, const float *x, int rows, int columns, int stride) {
  rl_text tensor = {0}, data = {0};
  for (int r = 0; r < (rows ? rows : 1); r++)
    rl_text_add(&data, x + (size_t)r * (size_t)stride, (size_t)columns * sizeof *x);
  if (rows) put_integer(&tensor, 1, rows);
  if (columns && stride) put_integer(&tensor, 1, columns);
  put_integer(&tensor, 2, FLOAT);
  put_string(&tensor, 8, name);
  put_message(&tensor, 9, &data);
  put_message(graph, 5, &tensor);
}

static void add_scalar(rl_text *graph, const char *name, float x) { add_tensor(graph, name, &x, 0, 1, 0); }

/* A node of up to three inputs; `attribute`, unless NULL, gets `value`: a list where it is "axes". */
static void add_node(rl_text *graph, const char *type, const char *const inputs[3], const char *output,
                     const char *attribute, int value) {
  rl_text node = {0}, part = {0};
  for (int i = 0; i < 3 && inputs[i]; i++) put_string(&node, 1, inputs[i]);
  put_string(&node, 2, output);
  put_string(&node, 3, output);
  put_string(&node, 4, type);
  if (attribute) {
    bool list = !strcmp(attribute, "axes");
    put_string(&part, 1, attribute);
    put_integer(&part, list ? 8 : 3, value);
    put_integer(&part, 20, list ? ATTRIBUTE_INTS : ATTRIBUTE_INT);
    put_message(&node, 5, &part);
  }
  put_message(graph, 1, &node);
}

#define INPUTS(...) ((const char *const[3]){__VA_ARGS__})

/* An input or output of the graph: [batch, columns], or without one of the two */
static void add_value(rl_text *graph, unsigned field, const char *name, int type, bool batch, int columns) {
  rl_text value = {0}, kind = {0}, tensor = {0}, shape = {0}, dim = {0};
  if (batch) {
    put_string(&dim, 2, "batch");
    put_message(&shape, 1, &dim);
  }
  if (columns) {
    put_integer(&dim, 1, columns);
    put_message(&shape, 1, &dim);
  }
  put_integer(&tensor, 1, type);
  put_message(&tensor, 2, &shape);
  put_message(&kind, 1, &tensor);
  put_string(&value, 1, name);
  put_message(&value, 2, &kind);
  put_message(graph, field, &value);
}

/* The network */

/* "layers.2.weight" */
enum { NAME = 96 };
static const char *part_name(char name[NAME], int layer, const char *part) {
  snprintf(name, NAME, "layers.%d.%s", layer, part);
  return name;
}

static void add_gemm(rl_text *graph, const float *theta, rl_mlp_layer at, int first, int columns,
                     const char *x, const char *y) {
  char weight[NAME], bias[NAME];
  snprintf(weight, sizeof weight, "%.70s.weight", y);
  snprintf(bias, sizeof bias, "%.70s.bias", y);
  add_tensor(graph, weight, theta + at.weight + first, at.in, columns, at.out);
  add_tensor(graph, bias, theta + at.bias + first, 0, columns, columns);
  add_node(graph, "Gemm", INPUTS(x, weight, bias), y, NULL, 0);
}

/* Adds y = x weight + bias for `columns` outputs from `first` on; of a recurrent network the last layer is that which reads
 * the units. */
static void add_affine(rl_text *graph, const rl_network *network, int l, int first, int columns,
                       const char *x, const char *y) {
  const bool head = network->gru && l == network->mlp.n_layers - 1;
  const rl_mlp_layer at = head ? rl_mlp_layer_at(&network->head, 0) : rl_mlp_layer_at(&network->mlp, l);
  add_gemm(graph, network->theta.data + (head ? rl_network_head_at(network) : 0), at, first, columns, x, y);
}

/* y = (x - mean) / sqrt(variance + epsilon) * gain + shift: opset 13 has no node for it. */
static void add_layer_norm(rl_text *graph, const rl_network *network, int l, const char *x, const char *y) {
  char mean[NAME], centered[NAME], square[NAME], variance[NAME], sum[NAME], deviation[NAME], hat[NAME],
      gain[NAME], shift[NAME], scaled[NAME];
  rl_mlp_layer at = rl_mlp_layer_at(&network->mlp, l);
  const float *theta = network->theta.data;
  add_tensor(graph, part_name(gain, l, "gain"), theta + at.gain, 0, at.out, at.out);
  add_tensor(graph, part_name(shift, l, "shift"), theta + at.shift, 0, at.out, at.out);
  add_node(graph, "ReduceMean", INPUTS(x), part_name(mean, l, "mean"), "axes", 1);
  add_node(graph, "Sub", INPUTS(x, mean), part_name(centered, l, "centered"), NULL, 0);
  add_node(graph, "Mul", INPUTS(centered, centered), part_name(square, l, "square"), NULL, 0);
  add_node(graph, "ReduceMean", INPUTS(square), part_name(variance, l, "variance"), "axes", 1);
  add_node(graph, "Add", INPUTS(variance, "layer_norm.epsilon"), part_name(sum, l, "sum"), NULL, 0);
  add_node(graph, "Sqrt", INPUTS(sum), part_name(deviation, l, "deviation"), NULL, 0);
  add_node(graph, "Div", INPUTS(centered, deviation), part_name(hat, l, "hat"), NULL, 0);
  add_node(graph, "Mul", INPUTS(hat, gain), part_name(scaled, l, "scaled"), NULL, 0);
  add_node(graph, "Add", INPUTS(scaled, shift), y, NULL, 0);
}

static void add_integers(rl_text *graph, const char *name, const int64_t *values, int n) {
  rl_text tensor = {0};
  put_integer(&tensor, 1, n);
  put_integer(&tensor, 2, INT64);
  put_string(&tensor, 8, name);
  put_bytes(&tensor, 9, values, (size_t)n * sizeof *values);
  put_message(graph, 5, &tensor);
}

/* Columns first .. end - 1 of x. */
static void add_slice(rl_text *graph, const char *x, int64_t first, int64_t end, const char *y) {
  char from[NAME], to[NAME];
  snprintf(from, sizeof from, "%.80s.first", y);
  snprintf(to, sizeof to, "%.80s.end", y);
  add_integers(graph, from, (int64_t[]){0, first}, 2);
  add_integers(graph, to, (int64_t[]){INT64_MAX, end}, 2);
  add_node(graph, "Slice", INPUTS(x, from, to), y, NULL, 0);
}

/* From "observation" and "memory" to all that is read, and what is remembered next but for hidden units; returns the
 * name of the first. */
static const char *add_history(rl_text *graph, const rl_network *network) {
  const int size = rl_network_size(network), before = network->mlp.inputs - size;
  if (!before) return "observation";
  add_slice(graph, "memory", 0, 1, "begun");
  add_slice(graph, "memory", 1, 1 + before, "remembered");
  add_integers(graph, "repeats", (int64_t[]){1, network->history - 1}, 2);
  add_scalar(graph, "zero", 0.0f);
  add_scalar(graph, "one", 1.0f);
  add_node(graph, "Cast", INPUTS("begun"), "goes_on", "to", BOOL);
  add_node(graph, "Tile", INPUTS("observation", "repeats"), "first", NULL, 0);
  add_node(graph, "Where", INPUTS("goes_on", "remembered", "first"), "before", NULL, 0);
  add_node(graph, "Concat", INPUTS("before", "observation"), "seen", "axis", 1);
  add_node(graph, "Mul", INPUTS("begun", "zero"), "none", NULL, 0);
  add_node(graph, "Add", INPUTS("none", "one"), "begins", NULL, 0);
  add_slice(graph, "seen", size, network->mlp.inputs, "kept");
  return "seen";
}

static void add_gate(rl_text *graph, int units, int gate, const char *name) {
  char a[NAME], u[NAME], sum[NAME];
  snprintf(a, sizeof a, "%s.input", name);
  snprintf(u, sizeof u, "%s.hidden", name);
  snprintf(sum, sizeof sum, "%s.sum", name);
  add_slice(graph, "gates.input", gate * units, (gate + 1) * units, a);
  add_slice(graph, "gates.hidden", gate * units, (gate + 1) * units, u);
  if (gate == 2) add_node(graph, "Mul", INPUTS("reset", u), "candidate.reset", NULL, 0);
  add_node(graph, "Add", INPUTS(a, gate == 2 ? "candidate.reset" : u), sum, NULL, 0);
  add_node(graph, gate == 2 ? "Tanh" : "Sigmoid", INPUTS(sum), name, NULL, 0);
}

/* From x to "units": what operator GRU does with linear_before_reset 1, its state a column of numbers here. */
static void add_units(rl_text *graph, const rl_network *network, const char *x) {
  const int n = network->gru, all = rl_network_memory(network);
  const float *theta = network->theta.data;
  add_slice(graph, "memory", all - n, all, "units.before");
  add_gemm(graph, theta, rl_mlp_layer_at(&network->mlp, network->mlp.n_layers - 1), 0, 3 * n, x,
           "gates.input");
  add_gemm(graph, theta + rl_network_cell_at(network), rl_mlp_layer_at(&network->cell, 0), 0, 3 * n,
           "units.before", "gates.hidden");
  add_gate(graph, n, 0, "reset");
  add_gate(graph, n, 1, "update");
  add_gate(graph, n, 2, "candidate");
  add_node(graph, "Sub", INPUTS("units.before", "candidate"), "units.apart", NULL, 0);
  add_node(graph, "Mul", INPUTS("update", "units.apart"), "units.kept", NULL, 0);
  add_node(graph, "Add", INPUTS("candidate", "units.kept"), "units", NULL, 0);
}

static void add_next_memory(rl_text *graph, const rl_network *network) {
  if (network->history > 1)
    add_node(graph, "Concat", INPUTS("begins", "kept", network->gru ? "units" : NULL), "next_memory", "axis",
             1);
  else if (network->gru)
    add_node(graph, "Identity", INPUTS("units"), "next_memory", NULL, 0);
}

/* [inputs], which each observation of a history has. */
static void add_of_each(rl_text *graph, const char *name, const float *x, const rl_network *network) {
  const int size = network->normalizer.size;
  rl_text tensor = {0}, data = {0};
  for (int k = 0; k < network->history; k++) rl_text_add(&data, x, (size_t)size * sizeof *x);
  put_integer(&tensor, 1, (int64_t)size * network->history);
  put_integer(&tensor, 2, FLOAT);
  put_string(&tensor, 8, name);
  put_message(&tensor, 9, &data);
  put_message(graph, 5, &tensor);
}

/* From x to "normalized". */
static void add_normalizer(rl_text *graph, const rl_network *network, const char *x) {
  const rl_normalizer *normalizer = &network->normalizer;
  if (normalizer->size) {
    add_of_each(graph, "normalizer.center", normalizer->center, network);
    add_of_each(graph, "normalizer.inverse", normalizer->inverse, network);
    add_node(graph, "Sub", INPUTS(x, "normalizer.center"), "normalizer.centered", NULL, 0);
    add_node(graph, "Mul", INPUTS("normalizer.centered", "normalizer.inverse"), "normalizer.scaled", NULL, 0);
    x = "normalizer.scaled";
  }
  if (isfinite(network->clip)) {
    add_scalar(graph, "normalizer.low", -network->clip);
    add_scalar(graph, "normalizer.high", network->clip);
    add_node(graph, "Clip", INPUTS(x, "normalizer.low", "normalizer.high"), "normalized", NULL, 0);
  } else {
    add_node(graph, "Identity", INPUTS(x), "normalized", NULL, 0);
  }
}

/* From "normalized" to the name that it writes, what the last layer takes. */
static void add_hidden(rl_text *graph, const rl_network *network, char x[NAME]) {
  static const char *const nodes[] = {[RL_IDENTITY] = "Identity", [RL_TANH] = "Tanh", [RL_RELU] = "Relu"};
  const rl_mlp *mlp = &network->mlp;
  strcpy(x, "normalized");
  if (mlp->layer_norm && mlp->n_layers > 1) add_scalar(graph, "layer_norm.epsilon", 1e-5f);
  for (int l = 0; l < mlp->n_layers - 1; l++) {
    char affine[NAME], normed[NAME];
    add_affine(graph, network, l, 0, mlp->width[l], x, part_name(affine, l, "affine"));
    if (mlp->layer_norm) add_layer_norm(graph, network, l, affine, part_name(normed, l, "normed"));
    add_node(graph, nodes[mlp->activation], INPUTS(mlp->layer_norm ? normed : affine),
             part_name(x, l, "output"), NULL, 0);
  }
}

/* "gear.logits", or without the factor where it is the only one */
static const char *head_name(char name[NAME], const rl_policy *policy, const rl_exported_factor *at,
                             const char *part) {
  const bool many = policy->action.kind == RL_FACTORS;
  snprintf(name, NAME, "%s%s%s", many ? at->label : "", many ? "." : "", part);
  return name;
}

/* From `raw` to `logits`, which a mask at the end of the observation forbids some of. */
static void add_mask(rl_text *graph, const rl_policy *policy, const rl_exported_factor *at, const char *raw,
                     const char *logits) {
  char mask[NAME], allowed[NAME], never[NAME];
  const int first = at->mask - (policy->network.mlp.inputs - rl_network_size(&policy->network));
  add_slice(graph, "observation", first, first + at->factor.size, head_name(mask, policy, at, "mask"));
  add_scalar(graph, head_name(never, policy, at, "mask.never"), RL_FORBIDDEN);
  add_node(graph, "Cast", INPUTS(mask), head_name(allowed, policy, at, "mask.allowed"), "to", BOOL);
  add_node(graph, "Where", INPUTS(allowed, raw, never), logits, NULL, 0);
}

static void add_choice(rl_text *graph, const rl_policy *policy, const rl_exported_factor *at, const char *x) {
  const rl_network *network = &policy->network;
  char raw[NAME], logits[NAME], choice[NAME], axis[NAME], action[NAME];
  const int64_t one = 1;
  head_name(logits, policy, at, "logits");
  head_name(raw, policy, at, at->mask >= 0 ? "raw" : "logits");
  add_affine(graph, network, network->mlp.n_layers - 1, at->head, at->factor.size, x, raw);
  if (at->mask >= 0) add_mask(graph, policy, at, raw, logits);
  add_node(graph, "ArgMax", INPUTS(logits), head_name(choice, policy, at, "choice"), "axis", 1);
  head_name(axis, policy, at, "choice.axis");
  add_node(graph, "Squeeze", INPUTS(choice, axis), head_name(action, policy, at, "action"), NULL, 0);
  add_integers(graph, axis, &one, 1);
}

static void add_heads(rl_text *graph, const rl_policy *policy, const char *x) {
  const rl_network *network = &policy->network;
  const float *log_std = rl_policy_log_std(policy);
  const int l = network->mlp.n_layers - 1, reals = policy->reals;
  for (int f = 0; f < rl_space_factors(&policy->action); f++) {
    const rl_exported_factor at = rl_export_factor(policy, f);
    char mean[NAME];
    if (at.factor.kind == RL_DISCRETE)
      add_choice(graph, policy, &at, x);
    else
      add_affine(graph, network, l, at.head, at.factor.size, x, head_name(mean, policy, &at, "mean"));
  }
  if (policy->squash) {
    add_scalar(graph, "squash.middle", rl_export_middle(policy));
    add_scalar(graph, "squash.half", rl_export_half(policy));
    add_node(graph, "Tanh", INPUTS("mean"), "squash.tanh", NULL, 0);
    add_node(graph, "Mul", INPUTS("squash.tanh", "squash.half"), "squash.size", NULL, 0);
    add_node(graph, "Add", INPUTS("squash.size", "squash.middle"), "action", NULL, 0);
  }
  if (!reals) return;
  if (log_std) {
    add_tensor(graph, "log_std.all", log_std, 0, reals, reals);
    add_node(graph, "Identity", INPUTS("log_std.all"), "log_std", NULL, 0);
  } else {
    add_affine(graph, network, l, policy->action.size, reals, x, "log_std");
  }
}

static void add_values(rl_text *graph, const rl_policy *policy) {
  const int remembered = rl_network_memory(&policy->network);
  add_value(graph, 11, "observation", FLOAT, true, rl_network_size(&policy->network));
  if (remembered) add_value(graph, 11, "memory", FLOAT, true, remembered);
  for (int f = 0; f < rl_space_factors(&policy->action); f++) {
    const rl_exported_factor at = rl_export_factor(policy, f);
    const bool choice = at.factor.kind == RL_DISCRETE;
    char name[NAME];
    add_value(graph, 12, head_name(name, policy, &at, choice ? "logits" : "mean"), FLOAT, true,
              at.factor.size);
    if (choice) add_value(graph, 12, head_name(name, policy, &at, "action"), INT64, true, 0);
    if (policy->squash) add_value(graph, 12, "action", FLOAT, true, at.factor.size);
  }
  if (remembered) add_value(graph, 12, "next_memory", FLOAT, true, remembered);
  if (policy->reals) add_value(graph, 12, "log_std", FLOAT, policy->std == RL_STD_STATE, policy->reals);
}

void rl_export_onnx(const rl_policy *policy, const char *name, rl_text *text) {
  rl_text graph = {0}, opset = {0};
  char x[NAME];
  add_normalizer(&graph, &policy->network, add_history(&graph, &policy->network));
  add_hidden(&graph, &policy->network, x);
  if (policy->network.gru) {
    add_units(&graph, &policy->network, x);
    strcpy(x, "units");
  }
  add_next_memory(&graph, &policy->network);
  add_heads(&graph, policy, x);
  put_string(&graph, 2, name);
  add_values(&graph, policy);
  put_string(&opset, 1, "");
  put_integer(&opset, 2, OPSET);
  put_integer(text, 1, IR_VERSION);
  put_string(text, 2, "rlrun");
  put_message(text, 7, &graph);
  put_message(text, 8, &opset);
}
