/* A policy as one file of plain Lua. How it came to look like this, by measurement:
 *
 * A number is five printable characters: the 24 bits of a float32's mantissa as four digits of base 64, and one for sign
 * and exponent, counted down from the largest of its table. They lie in long strings, which have no limit of constants
 * and load in a tenth of the time of a table of numbers; no text becomes a number by way of the locale. The characters
 * are "?" to "~": without "=", so the string cannot end early.
 *
 * A layer is cut into pieces of up to 64 inputs, which are held in local variables while all rows are gone through with
 * constant indices: three instructions a weight on the interpreters and no bounds to check. Its functions are written
 * for the widths that the network has. */
#include "export/format.h"
#include "network/squash.h"

#include <math.h>

enum { PIECE = 64, DIGIT = '?', EXPONENTS = 32 };

static const char opening[] =
    "local byte, exp, log, cos, sqrt = string.byte, math.exp, math.log, math.cos, math.sqrt\n"
    "\n"
    "-- Lines of `width` numbers of five characters: 24 bits in base 64, then 2^exponent or less of that, "
    "positive or\n"
    "-- negative.\n"
    "local function rows(width, exponent, text)\n"
    "  local scale, list, at = {}, {}, 1\n"
    "  for k = 0, 31 do\n"
    "    scale[63 + k] = 2 ^ (exponent - k)\n"
    "    scale[95 + k] = -2 ^ (exponent - k)\n"
    "  end\n"
    "  for i = 1, #text / (5 * width + 1) do\n"
    "    local row = {}\n"
    "    for j = 1, width do\n"
    "      local a, b, c, d, e = byte(text, at, at + 4)\n"
    "      row[j] = (((a * 64 + b) * 64 + c) * 64 + d - 16777215) * scale[e]\n"
    "      at = at + 5\n"
    "    end\n"
    "    list[i] = row\n"
    "    at = at + 1\n"
    "  end\n"
    "  return list\n"
    "end\n";

static const char box_end[] =
    "  local action = {}\n"
    "  for i = 1, %d do\n"
    "    local value = y[i]\n"
    "    if random then\n"
    "      value = value + exp(%s) * sqrt(-2 * log(1 - random())) * cos(6.283185307179586 * random())\n"
    "    end\n"
    "    action[i] = %s\n"
    "  end\n"
    "  return action\n"
    "end\n";

/* Squashed into the bounds. */
static const char squash_text[] = "local function squash(x)\n"
                                  "  local e = exp(-2 * (x < 0 and -x or x))\n"
                                  "  local t = (1 - e) / (1 + e)\n"
                                  "  return middle + half * (x < 0 and -t or t)\n"
                                  "end\n"
                                  "local function within(x) return x < %d and %d or x > %d and %d or x end\n";

/* Of several factors: the choice of outputs first + 1 .. first + n. */
static const char choose_text[] =
    "local function choose(y, first, n, random)\n"
    "  local best = 1\n"
    "  for i = 2, n do if y[first + i] > y[first + best] then best = i end end\n"
    "  if not random then return best - 1 end\n"
    "  local top, total, sum = y[first + best], 0, 0\n"
    "  for i = 1, n do total = total + exp(y[first + i] - top) end\n"
    "  local at = random() * total\n"
    "  for i = 1, n do\n"
    "    sum = sum + exp(y[first + i] - top)\n"
    "    if at < sum then return i - 1 end\n"
    "  end\n"
    "  return best - 1\n"
    "end\n";

static const char discrete_end[] = "  local best = 1\n"
                                   "  for i = 2, %d do if y[i] > y[best] then best = i end end\n"
                                   "  if not random then return best - 1 end\n"
                                   "  local top, total, sum = y[best], 0, 0\n"
                                   "  for i = 1, %d do total = total + exp(y[i] - top) end\n"
                                   "  local at = random() * total\n"
                                   "  for i = 1, %d do\n"
                                   "    sum = sum + exp(y[i] - top)\n"
                                   "    if at < sum then return i - 1 end\n"
                                   "  end\n"
                                   "  return best - 1\n"
                                   "end\n";

/* By exp, which is quicker on the interpreters than tensor/activation.c's fraction, and no further from tanh. */
static const char tanh_text[] = "local function activate(y, n)\n"
                                "  for i = 1, n do y[i] = 1 - 2 / (exp(2 * y[i]) + 1) end\n"
                                "end\n";

static const char relu_text[] = "local function activate(y, n)\n"
                                "  for i = 1, n do if y[i] < 0 then y[i] = 0 end end\n"
                                "end\n";

static const char layer_norm_text[] =
    "local function layer_norm(y, n, gain, shift)\n"
    "  local mean, variance = 0, 0\n"
    "  for i = 1, n do mean = mean + y[i] end\n"
    "  mean = mean / n\n"
    "  for i = 1, n do variance = variance + (y[i] - mean) * (y[i] - mean) end\n"
    "  local inverse = 1 / sqrt(variance / n + 1e-5)\n"
    "  for i = 1, n do y[i] = (y[i] - mean) * inverse * gain[i] + shift[i] end\n"
    "end\n";

/* The inputs of a layer in pieces of equal width, the last filled up with zeros. */
static int pieces_of(int in) { return (in + PIECE - 1) / PIECE; }
static int width_of(int in) { return (in + pieces_of(in) - 1) / pieces_of(in); }

static void add_number(rl_text *text, float number, int exponent) {
  char digits[5];
  int own;
  int bits = (int)ldexpf(fabsf(frexpf(number, &own)), 24), down = exponent - (own - 24);
  if (!bits) down = 0;
  if (down >= EXPONENTS) { /* 2^-56 of the largest and less: bits are lost */
    int lost = down - EXPONENTS + 1;
    bits = lost > 24 ? 0 : bits >> lost;
    down = EXPONENTS - 1;
  }
  for (int i = 3; i >= 0; i--, bits >>= 6) digits[i] = (char)(DIGIT + (bits & 63));
  digits[4] = (char)(DIGIT + down + (number < 0.0f ? EXPONENTS : 0));
  rl_text_add(text, digits, sizeof digits);
}

/* rows(...) of x [n], or of a weight [in, out] of which `used` outputs are taken: a line holds the weights of one output
 * from the inputs of one piece. */
static void add_rows(rl_text *text, const float *x, int in, int out, int used, int pieces) {
  float top = 0.0f;
  int exponent = 0, width = (in + pieces - 1) / pieces;
  for (size_t i = 0; i < (size_t)in * (size_t)out; i++) top = fmaxf(top, fabsf(x[i]));
  frexpf(top, &exponent);
  exponent -= 24;
  rl_text_print(text, "rows(%d, %d, [=[\n", width, exponent);
  for (int first = 0; first < pieces * width; first += width)
    for (int j = 0; j < used; j++) {
      for (int i = first; i < first + width; i++)
        add_number(text, i < in ? x[(size_t)i * (size_t)out + (size_t)j] : 0.0f, exponent);
      rl_text_print(text, "\n");
    }
  rl_text_print(text, "]=])");
}

static void add_vector(rl_text *text, const char *name, const float *x, int n) {
  rl_text_print(text, "%s = ", name);
  add_rows(text, x, n, 1, 1, 1);
  rl_text_print(text, "[1]");
}

/* y [rows] = bias + the product of the rows with x[at + 1 .. at + width] */
static void add_product(rl_text *text, int width) {
  rl_text_print(text, "local function product%d(list, first, n, x, at, bias, y)\n  local ", width);
  for (int i = 1; i <= width; i++) rl_text_print(text, "%sx%d", i > 1 ? ", " : "", i);
  rl_text_print(text, " =\n    ");
  for (int i = 1; i <= width; i++) rl_text_print(text, "%sx[at + %d]", i > 1 ? ", " : "", i);
  rl_text_print(text, "\n  for i = 1, n do\n    local r = list[first + i]\n    y[i] = bias[i]");
  int half = (width + 1) / 2; /* two sums, which may be added up at the same time */
  for (int i = 1; i <= half; i++) rl_text_print(text, " + x%d * r[%d]", i, i);
  for (int i = half + 1; i <= width; i++)
    rl_text_print(text, "%sx%d * r[%d]", i > half + 1 ? " + " : "\n      + (", i, i);
  rl_text_print(text, "%s\n  end\nend\n", width > half ? ")" : "");
}

static void add_products(rl_text *text, const rl_network *network) {
  const rl_mlp *mlp = &network->mlp;
  bool written[PIECE + 1] = {false};
  for (int l = 0; l < mlp->n_layers + (network->gru > 0); l++) {
    const int in = l == mlp->n_layers ? network->gru
                   : l                ? mlp->width[l - 1]
                                      : mlp->inputs,
              width = width_of(in);
    if (!written[width]) add_product(text, width);
    written[width] = true;
  }
}

/* { ... }: of which `used` outputs are taken */
static void add_layer(rl_text *text, const float *theta, rl_mlp_layer at, int used) {
  const int width = width_of(at.in);
  rl_text_print(text, "{ inputs = %d, outputs = %d, width = %d, product = product%d, y = {},\n", at.in, used,
                width, width);
  add_vector(text, "bias", theta + at.bias, used);
  if (at.normalized) {
    add_vector(text, ",\ngain", theta + at.gain, at.out);
    add_vector(text, ",\nshift", theta + at.shift, at.out);
  }
  rl_text_print(text, ",\nweight = ");
  add_rows(text, theta + at.weight, at.in, at.out, used, pieces_of(at.in));
  rl_text_print(text, " }");
}

/* The recurrent layer: `recur` from the gates' part of the input and what is remembered to the outputs. */
static void add_units(rl_text *text, const rl_policy *policy) {
  const rl_network *network = &policy->network;
  const int n = network->gru, at = rl_network_memory(network) - n;
  rl_text_print(text, "local units = ");
  add_layer(text, network->theta.data + rl_network_cell_at(network), rl_mlp_layer_at(&network->cell, 0),
            3 * n);
  rl_text_print(text, "\nlocal last = ");
  add_layer(text, network->theta.data + rl_network_head_at(network), rl_mlp_layer_at(&network->head, 0),
            rl_exported_outputs(policy));
  rl_text_print(text,
                "\nlocal h = {}\nfor i = 1, %d do h[i] = 0 end\n"
                "local function affine(layer, x)\n"
                "  local n, from, first = layer.outputs, layer.bias, 0\n"
                "  for at = 0, layer.inputs - 1, layer.width do\n"
                "    layer.product(layer.weight, first, n, x, at, from, layer.y)\n"
                "    first, from = first + n, layer.y\n"
                "  end\n  return layer.y\nend\n"
                "local function recur(a, memory)\n"
                "  for i = 1, %d do h[i] = memory[%d + i] or 0 end\n"
                "  local u = affine(units, h)\n"
                "  for i = 1, %d do\n"
                "    local r = 1 / (1 + exp(-a[i] - u[i]))\n"
                "    local z = 1 / (1 + exp(-a[%d + i] - u[%d + i]))\n"
                "    local n = 1 - 2 / (exp(2 * (a[%d + i] + r * u[%d + i])) + 1)\n"
                "    h[i] = (1 - z) * n + z * h[i]\n    memory[%d + i] = h[i]\n"
                "  end\n  return affine(last, h)\nend\n",
                pieces_of(n) * width_of(n), n, at, n, n, n, 2 * n, 2 * n, at);
}

static void add_layers(rl_text *text, const rl_policy *policy) {
  const rl_mlp *mlp = &policy->network.mlp;
  rl_text_print(text, "local layers = {\n");
  for (int l = 0; l < mlp->n_layers; l++) {
    const rl_mlp_layer at = rl_mlp_layer_at(mlp, l);
    const bool last = l == mlp->n_layers - 1 && !policy->network.gru;
    add_layer(text, policy->network.theta.data, at, last ? rl_exported_outputs(policy) : at.out);
    rl_text_print(text, ",\n");
  }
  rl_text_print(text, "}\n");
  if (policy->network.gru) add_units(text, policy);
}

/* `see`: an observation and what is remembered to all that is read. */
static void add_history(rl_text *text, const rl_network *network) {
  const int size = rl_network_size(network), before = network->mlp.inputs - size;
  rl_text_print(
      text,
      "\nlocal seen = {}\nlocal function see(observation, memory)\n"
      "  local begun = (memory[1] or 0) ~= 0\n"
      "  for i = 1, %d do seen[i] = begun and memory[1 + i] or observation[(i - 1) %% %d + 1] end\n",
      before, size);
  rl_text_print(text, "  for i = 1, %d do seen[%d + i] = observation[i] end\n", size, before);
  rl_text_print(text,
                "  memory[1] = 1\n  for i = 1, %d do memory[1 + i] = seen[%d + i] end\n  return seen\nend\n",
                before, size);
}

static void add_inputs(rl_text *text, const rl_network *network) {
  const char *value = "observation[i]";
  if (network->normalizer.size) value = "(observation[i] - center[i]) * inverse[i]";
  if (network->normalizer.size && network->history > 1) value = "(observation[i] - center[k]) * inverse[k]";
  rl_text_print(text, "  for i = 1, %d do\n", network->mlp.inputs);
  if (network->normalizer.size && network->history > 1)
    rl_text_print(text, "    local k = (i - 1) %% %d + 1\n", rl_network_size(network));
  rl_text_print(text, "    local v = %s\n", value);
  if (isfinite(network->clip))
    rl_text_print(text, "    if v > clip then v = clip elseif v < -clip then v = -clip end\n");
  rl_text_print(text, "    input[i] = v\n  end\n");
}

static void add_mask(rl_text *text, const rl_exported_factor *at) {
  if (at->mask >= 0)
    rl_text_print(text,
                  "  for i = 1, %d do\n    if observation[%d + i] == 0 then y[%d + i] = -1e30 end\n  end\n",
                  at->factor.size, at->mask, at->head);
}

static void add_factors_end(rl_text *text, const rl_policy *policy, bool state) {
  rl_text_print(text, "  local action = {}\n");
  for (int f = 0; f < policy->action.n_factors; f++) {
    const rl_exported_factor at = rl_export_factor(policy, f);
    add_mask(text, &at);
    if (at.factor.kind == RL_DISCRETE) {
      rl_text_print(text, "  action[%d] = choose(y, %d, %d, random)\n", at.column + 1, at.head,
                    at.factor.size);
      continue;
    }
    rl_text_print(
        text,
        "  for i = 1, %d do\n"
        "    local value = y[%d + i]\n"
        "    if random then\n"
        "      value = value + exp(%s[%d + i]) * sqrt(-2 * log(1 - random())) * cos(6.283185307179586 * "
        "random())\n"
        "    end\n"
        "    action[%d + i] = value\n"
        "  end\n",
        at.factor.size, at.head, state ? "y" : "log_std", (state ? policy->action.size : 0) + at.real,
        at.column);
  }
  rl_text_print(text, "  return action\nend\n");
}

static void add_brain(rl_text *text, const rl_policy *policy, const char *name) {
  const rl_mlp *mlp = &policy->network.mlp;
  const float *log_std = rl_policy_log_std(policy);
  const int inputs = mlp->inputs, size = policy->action.size, observed = rl_network_size(&policy->network);
  const bool remembers = rl_network_memory(&policy->network) > 0;
  rl_text_print(
      text,
      "\nlocal input = {} -- and each layer's outputs: filled up with zeros to the last piece's width\n");
  rl_text_print(text, "for i = 1, %d do input[i] = 0 end\n", pieces_of(inputs) * width_of(inputs));
  rl_text_print(
      text, "for l = 1, #layers do\n  for i = 1, layers[l].outputs + %d do layers[l].y[i] = 0 end\nend\n\n",
      PIECE);
  if (remembers)
    rl_text_print(text, "local own = {}\nlocal function act(observation, random, memory)\n");
  else
    rl_text_print(text, "return function(observation, random)\n");
  rl_text_print(text, "  if #observation ~= %d then\n", observed);
  rl_text_print(text,
                "    error(\"%s: \" .. #observation .. \" observations given, %d needed\", %d)\n  end\n",
                name, observed, remembers ? 3 : 2);
  if (policy->network.history > 1) rl_text_print(text, "  observation = see(observation, memory)\n");
  add_inputs(text, &policy->network);
  rl_text_print(text,
                "  local y = input\n  for l = 1, %d do\n"
                "    local layer, x = layers[l], y\n"
                "    local n, from = layer.outputs, layer.bias\n"
                "    y = layer.y\n"
                "    local first = 0\n"
                "    for at = 0, layer.inputs - 1, layer.width do\n"
                "      layer.product(layer.weight, first, n, x, at, from, y)\n"
                "      first, from = first + n, y\n"
                "    end\n",
                mlp->n_layers);
  if (mlp->layer_norm)
    rl_text_print(text, "    if layer.gain then layer_norm(y, n, layer.gain, layer.shift) end\n");
  if (mlp->activation != RL_IDENTITY)
    rl_text_print(text, "    if l < %d then activate(y, n) end\n", mlp->n_layers);
  rl_text_print(text, "  end\n");
  if (policy->network.gru) rl_text_print(text, "  y = recur(y, memory)\n");
  char state[32], deviation[48];
  snprintf(state, sizeof state, "y[%d + i]", size);
  snprintf(deviation, sizeof deviation, policy->squash ? "within(%s)" : "%s", log_std ? "log_std[i]" : state);
  if (policy->action.kind == RL_BOX)
    rl_text_print(text, box_end, size, deviation, policy->squash ? "squash(value)" : "value");
  if (policy->action.kind == RL_DISCRETE) {
    const rl_exported_factor at = rl_export_factor(policy, 0);
    add_mask(text, &at);
    rl_text_print(text, discrete_end, size, size, size);
  }
  if (policy->action.kind == RL_FACTORS) add_factors_end(text, policy, !log_std);
  if (remembers)
    rl_text_print(text,
                  "\nlocal brain = {}\nfunction brain.reset(memory)\n  memory = memory or own\n"
                  "  for i = 1, %d do memory[i] = 0 end\nend\nbrain.reset()\n\n"
                  "return setmetatable(brain, { __call = function(_, observation, random, memory)\n"
                  "  return act(observation, random, memory or own)\nend })\n",
                  rl_network_memory(&policy->network));
}

static void add_comment(rl_text *text, const rl_policy *policy, const char *name) {
  const rl_space *action = &policy->action;
  rl_text_print(
      text,
      "-- A policy of rlrun in plain Lua, for 5.1 to 5.5, LuaJIT and Luau.\n--   local %s = require \"%s\"\n",
      name, name);
  rl_text_print(text, "--   local action = %s(observation)               the most likely one\n", name);
  rl_text_print(text, "--   local action = %s(observation, math.random)  one by chance\n", name);
  if (rl_network_memory(&policy->network)) {
    rl_text_print(text, "--   %s.reset()                                 at the start of an episode\n", name);
    rl_text_print(
        text,
        "-- It remembers what it has seen. Of several creatures each needs a memory, a table that is empty "
        "at first:\n--   %s(observation, math.random, memory), %s(observation, nil, memory), "
        "%s.reset(memory)\n",
        name, name, name);
  }
  rl_text_print(text, "-- observation: a list of %d numbers. action: ", rl_network_size(&policy->network));
  if (action->kind == RL_BOX) {
    rl_text_print(
        text, policy->squash ? "a list of %d numbers, within " : "a list of %d numbers, not yet limited to ",
        action->size);
    rl_text_number(text, (double)action->low);
    rl_text_print(text, " .. ");
    rl_text_number(text, (double)action->high);
  } else if (action->kind == RL_DISCRETE) {
    rl_text_print(text, "a number of 0 to %d", action->size - 1);
  } else {
    rl_text_print(text, "a list of %d numbers, of which", rl_space_width(action));
  }
  rl_export_describe_factors(text, policy, 1, "\n-- ");
  rl_text_print(text, ".\n-- luacheck: ignore\n");
}

void rl_export_lua(const rl_policy *policy, const char *name, rl_text *text) {
  const rl_network *network = &policy->network;
  const float *log_std = rl_policy_log_std(policy);
  const int size = network->normalizer.size;
  add_comment(text, policy, name);
  rl_text_add(text, opening, sizeof opening - 1);
  if (network->mlp.layer_norm) rl_text_add(text, layer_norm_text, sizeof layer_norm_text - 1);
  if (network->mlp.activation == RL_TANH) rl_text_add(text, tanh_text, sizeof tanh_text - 1);
  if (network->mlp.activation == RL_RELU) rl_text_add(text, relu_text, sizeof relu_text - 1);
  if (policy->action.kind == RL_FACTORS) rl_text_add(text, choose_text, sizeof choose_text - 1);
  add_products(text, network);
  rl_text_print(text, "\n");
  if (network->normalizer.size) {
    add_vector(text, "local center", network->normalizer.center, size);
    add_vector(text, "\nlocal inverse", network->normalizer.inverse, size);
    rl_text_print(text, "\n");
  }
  if (isfinite(network->clip)) {
    add_vector(text, "local clip", &network->clip, 1);
    rl_text_print(text, "[1]\n");
  }
  if (log_std) {
    add_vector(text, "local log_std", log_std, policy->reals);
    rl_text_print(text, "\n");
  }
  if (policy->squash) {
    const float bounds[2] = {rl_export_middle(policy), rl_export_half(policy)};
    add_vector(text, "local middle", bounds, 1);
    add_vector(text, "[1]\nlocal half", bounds + 1, 1);
    rl_text_print(text, "[1]\n");
    rl_text_print(text, squash_text, (int)RL_MIN_LOG_STD, (int)RL_MIN_LOG_STD, (int)RL_MAX_LOG_STD,
                  (int)RL_MAX_LOG_STD);
  }
  add_layers(text, policy);
  if (network->history > 1) add_history(text, network);
  add_brain(text, policy, name);
}
