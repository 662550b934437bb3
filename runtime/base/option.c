#include "base/option.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { MAX_NAMES = 96 };

double rl_option_get(const void *options, const rl_option *option) {
  const void *at = (const char *)options + option->offset;
  switch (option->type) {
  case RL_OPTION_NUMBER: return *(const double *)at;
  case RL_OPTION_FLOAT:
  case RL_OPTION_PAIR: return (double)*(const float *)at;
  case RL_OPTION_NAME: return 0.0;
  case RL_OPTION_INTEGER: return *(const int *)at;
  case RL_OPTION_COUNT: return (double)*(const int64_t *)at;
  case RL_OPTION_SEED: return (double)*(const uint64_t *)at;
  case RL_OPTION_BOOLEAN: return *(const bool *)at;
  default: return *(const int *)at;
  }
}

void rl_option_set(void *options, const rl_option *option, double value) {
  void *at = (char *)options + option->offset;
  switch (option->type) {
  case RL_OPTION_NUMBER: *(double *)at = value; break;
  case RL_OPTION_FLOAT: *(float *)at = (float)value; break;
  case RL_OPTION_PAIR: ((float *)at)[0] = ((float *)at)[1] = (float)value; break;
  case RL_OPTION_NAME: *(char *)at = '\0'; break;
  case RL_OPTION_INTEGER: *(int *)at = (int)value; break;
  case RL_OPTION_COUNT: *(int64_t *)at = (int64_t)value; break;
  case RL_OPTION_SEED: *(uint64_t *)at = (uint64_t)value; break;
  case RL_OPTION_BOOLEAN: *(bool *)at = value != 0.0; break;
  default: *(int *)at = (int)value;
  }
}

rl_status rl_option_check_value(const rl_option *option, double value, rl_error *error) {
  const bool real = option->type == RL_OPTION_NUMBER || option->type == RL_OPTION_FLOAT;
  const char *unit = option->unit ? option->unit : "";
  if (real && isnan(value) && option->min == -INFINITY && option->max == INFINITY) return RL_OK;
  if (!(value >= option->min && value <= option->max))
    return rl_fail(error, RL_BAD_ARGUMENT, "option %s: %g is outside [%g, %g]%s%s", option->name, value,
                   option->min, option->max, *unit ? " " : "", unit);
  if (!real && value != floor(value))
    return rl_fail(error, RL_BAD_ARGUMENT, "option %s: %g is not a whole number", option->name, value);
  return RL_OK;
}

rl_status rl_option_choose(const rl_option *option, const char *choice, double *value, rl_error *error) {
  size_t n = 0;
  for (; option->choices[n]; n++) {
    if (strcmp(option->choices[n], choice) == 0) {
      *value = (double)n;
      return RL_OK;
    }
  }
  return rl_fail_unknown(error, option->name, choice, option->choices, n);
}

void rl_options_defaults(rl_options list, void *options) {
  for (int i = 0; i < list.count; i++)
    if (rl_option_has(&list.rows[i], list.traits)) rl_option_set(options, &list.rows[i], list.rows[i].value);
}

rl_options rl_options_with(rl_options list, const void *defaults, rl_option *rows) {
  for (int i = 0; i < list.count; i++) {
    rows[i] = list.rows[i];
    rows[i].value = rl_option_get(defaults, &rows[i]);
  }
  return (rl_options){rows, list.count, list.traits};
}

rl_status rl_options_check(rl_options list, const void *options, rl_error *error) {
  rl_status status = RL_OK;
  for (int i = 0; !status && i < list.count; i++)
    if (rl_option_has(&list.rows[i], list.traits))
      status = rl_option_check_value(&list.rows[i], rl_option_get(options, &list.rows[i]), error);
  return status;
}

rl_status rl_check_number(float value, float min, float max, const char *name, const char *unit,
                          const char *where, rl_error *error) {
  if (value >= min && value <= max && isfinite(value)) return RL_OK;
  if (!isfinite(value)) return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s is not finite", where, name);
  return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s %g is outside [%g, %g]%s%s", where, name, (double)value,
                 (double)min, (double)max, *unit ? " " : "", unit);
}

static rl_status check_name(const char *name, const rl_option *option, const char *where, rl_error *error) {
  if (memchr(name, '\0', RL_NAME)) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "%s: %s is longer than %d characters", where, option->name,
                 RL_NAME - 1);
}

static rl_status check_choice(int value, const rl_option *option, const char *where, rl_error *error) {
  for (int i = 0; option->choices[i]; i++)
    if (value == i) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "%s: unknown %s", where, option->name);
}

static rl_status check_row(const rl_option *option, const void *part, const char *where, rl_error *error) {
  const void *at = (const char *)part + option->offset;
  if (option->type == RL_OPTION_NAME) return check_name(at, option, where, error);
  if (option->type == RL_OPTION_CHOICE) return check_choice(*(const int *)at, option, where, error);
  int n = option->type == RL_OPTION_PAIR ? 2 : option->type == RL_OPTION_FLOAT ? 1 : 0;
  rl_status status = RL_OK;
  for (int i = 0; !status && i < n; i++)
    status = rl_check_number(((const float *)at)[i], (float)option->min, (float)option->max, option->name,
                             option->unit ? option->unit : "", where, error);
  return status;
}

rl_status rl_options_check_part(rl_options list, const void *part, const char *where, rl_error *error) {
  rl_status status = RL_OK;
  for (int i = 0; !status && i < list.count; i++)
    if (rl_option_has(&list.rows[i], list.traits)) status = check_row(&list.rows[i], part, where, error);
  return status;
}

const rl_option *rl_options_find(rl_options list, const char *name, rl_error *error) {
  const char *names[MAX_NAMES];
  size_t n = 0;
  for (int i = 0; i < list.count; i++) {
    const rl_option *option = &list.rows[i];
    if (!rl_option_has(option, list.traits)) continue;
    if (strcmp(option->name, name) == 0) return option;
    if (option->was && strcmp(option->was, name) == 0) {
      rl_fail(error, RL_BAD_ARGUMENT, "option %s is called %s since version 0.2", name, option->name);
      return NULL;
    }
    if (n < MAX_NAMES) names[n++] = option->name;
  }
  rl_fail_unknown(error, "option", name, names, n);
  return NULL;
}
