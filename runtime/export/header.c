/* A policy as a C99 header that needs math.h only. Numbers are written as hexadecimal floats, which are exact and look
 * the same in every locale. */
#include "export/format.h"

#include <math.h>

/* tanh as in tensor/activation.c */
static const char tanh_text[] =
    "static float %s_tanh(float x) {\n"
    "  const float limit = 7.90531110763549805f;\n"
    "  x = x < -limit ? -limit : x > limit ? limit : x;\n"
    "  const float s = x * x;\n"
    "  float p = -2.76076847742355e-16f * s + 2.00018790482477e-13f, q = 1.19825839466702e-06f;\n"
    "  p = ((p * s - 8.60467152213735e-11f) * s + 5.12229709037114e-08f) * s + 1.48572235717979e-05f;\n"
    "  p = (p * s + 6.37261928875436e-04f) * s + 4.89352455891786e-03f;\n"
    "  q = ((q * s + 1.18534705686654e-04f) * s + 2.26843463243900e-03f) * s + 4.89352518554385e-03f;\n"
    "  return x * p / q;\n"
    "}\n\n";

static const char affine_text[] =
    "static void %s_affine(const float *weight, const float *bias, int in, int out,\n"
    "    const float *x, float *y) {\n"
    "  for (int j = 0; j < out; j++) y[j] = bias[j];\n"
    "  for (int i = 0; i < in; i++)\n"
    "    for (int j = 0; j < out; j++) y[j] += x[i] * weight[i * out + j];\n"
    "}\n\n";

static const char layer_norm_text[] =
    "static void %s_layer_norm(const float *gain, const float *shift, int n, float *y) {\n"
    "  float mean = 0.0f, variance = 0.0f;\n"
    "  for (int i = 0; i < n; i++) mean += y[i] / (float)n;\n"
    "  for (int i = 0; i < n; i++) variance += (y[i] - mean) * (y[i] - mean) / (float)n;\n"
    "  for (int i = 0; i < n; i++)\n"
    "    y[i] = (y[i] - mean) / sqrtf(variance + 1e-5f) * gain[i] + shift[i];\n"
    "}\n\n";

/* mantissa and exponent, as in 0x1800000p-24f */
static void add_number(rl_text *text, float number) {
  int exponent;
  int bits = (int)ldexpf(fabsf(frexpf(number, &exponent)), 24);
  if (bits)
    rl_text_print(text, "%s0x%xp%df", number < 0.0f ? "-" : "", (unsigned)bits, exponent - 24);
  else
    rl_text_print(text, "0.0f");
}

/* An array of x [rows, stride], of which the first `columns` are taken. */
static void add_array(rl_text *text, const char *name, const char *part, const float *x, int rows,
                      int columns, int stride) {
  rl_text_print(text, "static const float %s_%s[] = {", name, part);
  for (int r = 0, n = 0; r < rows; r++)
    for (int c = 0; c < columns; c++, n++) {
      rl_text_print(text, n % 6 ? "," : n ? ",\n" : "\n");
      add_number(text, x[(size_t)r * (size_t)stride + (size_t)c]);
    }
  rl_text_print(text, "};\n");
}

/* "weight2" and "bias2" of a layer, of which `used` outputs are taken. */
static void add_layer(rl_text *text, const char *name, const char *number, const float *theta,
                      rl_mlp_layer at, int used) {
  char part[32];
  snprintf(part, sizeof part, "weight%s", number);
  add_array(text, name, part, theta + at.weight, at.in, used, at.out);
  snprintf(part, sizeof part, "bias%s", number);
  add_array(text, name, part, theta + at.bias, 1, used, used);
}

static void add_arrays(rl_text *text, const rl_policy *policy, const char *name) {
  const rl_network *network = &policy->network;
  const float *theta = network->theta.data;
  int n = network->normalizer.size;
  if (n) {
    add_array(text, name, "center", network->normalizer.center, 1, n, n);
    add_array(text, name, "inverse", network->normalizer.inverse, 1, n, n);
  }
  for (int l = 0; l < network->mlp.n_layers; l++) {
    rl_mlp_layer at = rl_mlp_layer_at(&network->mlp, l);
    int used = l < network->mlp.n_layers - 1 || network->gru ? at.out : policy->action.size;
    char part[32];
    snprintf(part, sizeof part, "%d", l);
    add_layer(text, name, part, theta, at, used);
    if (!at.normalized) continue;
    snprintf(part, sizeof part, "gain%d", l);
    add_array(text, name, part, theta + at.gain, 1, used, used);
    snprintf(part, sizeof part, "shift%d", l);
    add_array(text, name, part, theta + at.shift, 1, used, used);
  }
  if (!network->gru) return;
  add_layer(text, name, "_units", theta + rl_network_cell_at(network), rl_mlp_layer_at(&network->cell, 0),
            3 * network->gru);
  add_layer(text, name, "_out", theta + rl_network_head_at(network), rl_mlp_layer_at(&network->head, 0),
            policy->action.size);
}

/* From the gates' part of the input, the last layer's, to the outputs. */
static void add_recurrent(rl_text *text, const rl_policy *policy, const char *name, int last) {
  const rl_network *network = &policy->network;
  const int n = network->gru, at = rl_network_memory(network) - n;
  rl_text_print(text, "  float u[%d], *h = memory + %d;\n", 3 * n, at);
  rl_text_print(text, "  %s_affine(%s_weight_units, %s_bias_units, %d, %d, h, u);\n", name, name, name, n,
                3 * n);
  rl_text_print(text,
                "  for (int i = 0; i < %d; i++) {\n"
                "    const float r = 0.5f + 0.5f * %s_tanh(0.5f * (y%d[i] + u[i]));\n"
                "    const float z = 0.5f + 0.5f * %s_tanh(0.5f * (y%d[%d + i] + u[%d + i]));\n"
                "    const float n = %s_tanh(y%d[%d + i] + r * u[%d + i]);\n"
                "    h[i] = (1.0f - z) * n + z * h[i];\n  }\n",
                n, name, last, name, last, n, n, name, last, 2 * n, 2 * n);
  rl_text_print(text, "  %s_affine(%s_weight_out, %s_bias_out, %d, %d, h, y%d);\n", name, name, name, n,
                policy->action.size, last + 1);
}

static void add_hidden(rl_text *text, const rl_mlp *mlp, const char *name, int l) {
  int n = mlp->width[l];
  if (mlp->layer_norm)
    rl_text_print(text, "  %s_layer_norm(%s_gain%d, %s_shift%d, %d, y%d);\n", name, name, l, name, l, n, l);
  if (mlp->activation == RL_TANH)
    rl_text_print(text, "  for (int i = 0; i < %d; i++) y%d[i] = %s_tanh(y%d[i]);\n", n, l, name, l);
  if (mlp->activation == RL_RELU)
    rl_text_print(text, "  for (int i = 0; i < %d; i++) y%d[i] = y%d[i] < 0.0f ? 0.0f : y%d[i];\n", n, l, l,
                  l);
}

/* What the outputs, those of the last layer, say is done. */
static void add_action(rl_text *text, const rl_policy *policy) {
  const int last = policy->network.mlp.n_layers - !policy->network.gru, size = policy->action.size;
  if (policy->squash) {
    rl_text_print(text, "  for (int i = 0; i < %d; i++) action[i] = ", size);
    add_number(text, rl_export_middle(policy));
    rl_text_print(text, " + ");
    add_number(text, rl_export_half(policy));
    rl_text_print(text, " * tanhf(y%d[i]);\n", last);
  } else if (policy->action.kind == RL_BOX) {
    rl_text_print(text, "  for (int i = 0; i < %d; i++) action[i] = y%d[i];\n", size, last);
  }
  if (policy->action.kind == RL_DISCRETE) {
    const int mask = rl_export_factor(policy, 0).mask;
    if (mask >= 0)
      rl_text_print(text,
                    "  for (int i = 0; i < %d; i++)\n    if (observation[%d + i] == 0.0f) y%d[i] = -1e30f;\n",
                    size, mask, last);
    rl_text_print(text,
                  "  int best = 0;\n  for (int i = 1; i < %d; i++) best = y%d[i] > y%d[best] ? i : best;\n"
                  "  action[0] = (float)best;\n",
                  size, last, last);
  }
  for (int f = 0; policy->action.kind == RL_FACTORS && f < policy->action.n_factors; f++) {
    const rl_exported_factor at = rl_export_factor(policy, f);
    const int n = at.factor.size, end = at.head + n;
    if (at.factor.kind == RL_BOX) {
      rl_text_print(text, "  for (int i = 0; i < %d; i++) action[%d + i] = y%d[%d + i];\n", n, at.column,
                    last, at.head);
      continue;
    }
    if (at.mask >= 0)
      rl_text_print(
          text,
          "  for (int i = 0; i < %d; i++)\n    if (observation[%d + i] == 0.0f) y%d[%d + i] = -1e30f;\n", n,
          at.mask, last, at.head);
    rl_text_print(text,
                  "  {\n    int best = %d;\n"
                  "    for (int i = %d; i < %d; i++) best = y%d[i] > y%d[best] ? i : best;\n"
                  "    action[%d] = (float)(best - %d);\n  }\n",
                  at.head, at.head + 1, end, last, last, at.column, at.head);
  }
}

/* From `now` and what is remembered to `observation`, all that is read. */
static void add_history(rl_text *text, const rl_network *network) {
  const int inputs = network->mlp.inputs, size = rl_network_size(network), before = inputs - size;
  rl_text_print(text, "  float observation[%d];\n", inputs);
  rl_text_print(
      text,
      "  for (int i = 0; i < %d; i++) observation[i] = memory[0] != 0.0f ? memory[1 + i] : now[i %% %d];\n",
      before, size);
  rl_text_print(text, "  for (int i = 0; i < %d; i++) observation[%d + i] = now[i];\n", size, before);
  rl_text_print(text,
                "  memory[0] = 1.0f;\n  for (int i = 0; i < %d; i++) memory[1 + i] = observation[%d + i];\n",
                before, size);
}

static void add_function(rl_text *text, const rl_policy *policy, const char *name) {
  const rl_network *network = &policy->network;
  const rl_mlp *mlp = &network->mlp;
  const int remembered = rl_network_memory(network);
  if (remembered) {
    rl_text_print(text, "\nenum { %s_memory = %d };\n\n", name, remembered);
    rl_text_print(text,
                  "static inline void %s_reset(float *memory) {\n"
                  "  for (int i = 0; i < %d; i++) memory[i] = 0.0f;\n}\n",
                  name, remembered);
  }
  rl_text_print(text, "\nstatic void %s(const float *%s, %sfloat *action) {\n", name,
                network->history > 1 ? "now" : "observation", remembered ? "float *memory, " : "");
  if (network->history > 1) add_history(text, network);
  rl_text_print(text, "  float x[%d]", mlp->inputs);
  for (int l = 0; l < mlp->n_layers; l++)
    rl_text_print(text, ", y%d[%d]", l,
                  l < mlp->n_layers - 1 || network->gru ? mlp->width[l] : policy->action.size);
  if (network->gru) rl_text_print(text, ", y%d[%d]", mlp->n_layers, policy->action.size);
  rl_text_print(text, ";\n  for (int i = 0; i < %d; i++) {\n    x[i] = observation[i];\n", mlp->inputs);
  char place[32] = "i";
  if (network->history > 1) snprintf(place, sizeof place, "i %% %d", rl_network_size(network));
  if (network->normalizer.size)
    rl_text_print(text, "    x[i] = (x[i] - %s_center[%s]) * %s_inverse[%s];\n", name, place, name, place);
  if (isfinite(network->clip)) {
    rl_text_print(text, "    const float clip = ");
    add_number(text, network->clip);
    rl_text_print(text, ";\n    x[i] = x[i] > clip ? clip : x[i] < -clip ? -clip : x[i];\n");
  }
  rl_text_print(text, "  }\n");
  for (int l = 0; l < mlp->n_layers; l++) {
    char input[16] = "x";
    if (l) snprintf(input, sizeof input, "y%d", l - 1);
    bool hidden = l < mlp->n_layers - 1;
    rl_text_print(text, "  %s_affine(%s_weight%d, %s_bias%d, %d, %d, %s, y%d);\n", name, name, l, name, l,
                  l ? mlp->width[l - 1] : mlp->inputs,
                  hidden || network->gru ? mlp->width[l] : policy->action.size, input, l);
    if (hidden) add_hidden(text, mlp, name, l);
  }
  if (network->gru) add_recurrent(text, policy, name, mlp->n_layers - 1);
  add_action(text, policy);
  rl_text_print(text, "}\n");
}

static void add_comment(rl_text *text, const rl_policy *policy, const char *name) {
  const rl_space *action = &policy->action;
  const int remembered = rl_network_memory(&policy->network);
  rl_text_print(text,
                "/* A policy of rlrun in C99: %s(observation, %saction) writes the most likely action.\n",
                name, remembered ? "memory, " : "");
  rl_text_print(text, " * observation [%d]; ", rl_network_size(&policy->network));
  if (remembered)
    rl_text_print(
        text,
        "memory [%d]: what it remembers of one creature, zeros (%s_reset) at the start of an episode;\n * ",
        remembered, name);
  rl_text_print(text, "action ");
  if (action->kind == RL_BOX) {
    rl_text_print(text, policy->squash ? "[%d], within " : "[%d], not yet limited to ", action->size);
    rl_text_number(text, (double)action->low);
    rl_text_print(text, " .. ");
    rl_text_number(text, (double)action->high);
  } else if (action->kind == RL_DISCRETE) {
    rl_text_print(text, "[1]: 0 to %d", action->size - 1);
  } else {
    rl_text_print(text, "[%d], of which", rl_space_width(action));
  }
  rl_export_describe_factors(text, policy, 0, "\n * ");
  rl_text_print(text, ". No memory but the stack%s: threads may share it. */\n",
                remembered ? " and what is given" : ", no state");
}

void rl_export_header(const rl_policy *policy, const char *name, rl_text *text) {
  const rl_mlp *mlp = &policy->network.mlp;
  bool hidden = mlp->n_layers > 1;
  add_comment(text, policy, name);
  rl_text_print(text, "#ifndef RL_EXPORTED_%s\n#define RL_EXPORTED_%s\n\n#include <math.h>\n\n", name, name);
  add_arrays(text, policy, name);
  rl_text_print(text, "\n");
  if ((hidden && mlp->activation == RL_TANH) || policy->network.gru) rl_text_print(text, tanh_text, name);
  if (hidden && mlp->layer_norm) rl_text_print(text, layer_norm_text, name);
  rl_text_print(text, affine_text, name);
  add_function(text, policy, name);
  rl_text_print(text, "\n#endif\n");
}
