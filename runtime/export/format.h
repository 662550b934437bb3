/* What the forms of an exported policy share: a text that grows, and the policy as they write it. */
#ifndef RL_EXPORT_FORMAT_H
#define RL_EXPORT_FORMAT_H

#include "network/policy.h"

#include <stdio.h>

typedef struct rl_text {
  char *data;
  size_t size, room; /* bytes */
  bool failed;       /* out of memory: nothing more is added */
} rl_text;

void rl_text_add(rl_text *text, const void *data, size_t size);
/* For whole numbers and strings: others would depend on the locale of the program. */
void rl_text_print(rl_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void rl_text_number(rl_text *text, double number); /* as %.9g, with a point */

/* Outputs that are exported: all but the value. They are the first of the network's. */
static inline int rl_exported_outputs(const rl_policy *policy) {
  return rl_policy_outputs(policy) - policy->value_head;
}

/* A factor, and where its numbers begin: among the outputs, in the log-std, in an action, and in an observation its mask
 * (-1: it has none). */
typedef struct rl_exported_factor {
  rl_factor factor;
  int head, real, column, mask;
  char label[RL_FACTOR_NAME]; /* its name, or "factor2" */
} rl_exported_factor;
rl_exported_factor rl_export_factor(const rl_policy *policy, int index);
/* Says in the words of a comment what an action of several factors is, and what observations end with. */
void rl_export_describe_factors(rl_text *text, const rl_policy *policy, int first, const char *line);

void rl_export_lua(const rl_policy *policy, const char *name, rl_text *text);
void rl_export_onnx(const rl_policy *policy, const char *name, rl_text *text);
void rl_export_header(const rl_policy *policy, const char *name, rl_text *text);

/* Of a squashed policy: actions are middle + half tanh(mean). */
static inline float rl_export_middle(const rl_policy *policy) {
  return 0.5f * (policy->action.low + policy->action.high);
}
static inline float rl_export_half(const rl_policy *policy) {
  return 0.5f * (policy->action.high - policy->action.low);
}

#endif
