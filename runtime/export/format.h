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

/* "brain" for "folder/brain.lua": what a C compiler takes as a name. */
enum { RL_EXPORT_NAME = 64 };
void rl_export_name(const char *path, char name[RL_EXPORT_NAME]);

void rl_export_lua(const rl_policy *policy, const char *name, rl_text *text);
void rl_export_onnx(const rl_policy *policy, const char *name, rl_text *text);
void rl_export_header(const rl_policy *policy, const char *name, rl_text *text);

#endif
