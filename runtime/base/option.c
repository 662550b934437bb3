#include "base/option.h"

#include <math.h>
#include <stdint.h>

double rl_option_get(const void *options, const rl_option_def *option) {
  const void *at = (const char *)options + option->offset;
  switch (option->type) {
  case RL_OPTION_NUMBER: return *(const double *)at;
  case RL_OPTION_INTEGER: return *(const int *)at;
  case RL_OPTION_COUNT: return (double)*(const int64_t *)at;
  case RL_OPTION_SEED: return (double)*(const uint64_t *)at;
  case RL_OPTION_BOOLEAN: return *(const bool *)at;
  default: return *(const int *)at;
  }
}

void rl_option_set(void *options, const rl_option_def *option, double value) {
  void *at = (char *)options + option->offset;
  switch (option->type) {
  case RL_OPTION_NUMBER: *(double *)at = value; break;
  case RL_OPTION_INTEGER: *(int *)at = (int)value; break;
  case RL_OPTION_COUNT: *(int64_t *)at = (int64_t)value; break;
  case RL_OPTION_SEED: *(uint64_t *)at = (uint64_t)value; break;
  case RL_OPTION_BOOLEAN: *(bool *)at = value != 0.0; break;
  default: *(int *)at = (int)value;
  }
}

rl_status rl_option_check_value(const rl_option_def *option, double value, rl_error *error) {
  bool number = option->type == RL_OPTION_NUMBER;
  if (number && isnan(value) && option->min == -INFINITY && option->max == INFINITY) return RL_OK;
  if (!(value >= option->min && value <= option->max))
    return rl_fail(error, RL_BAD_ARGUMENT, "option %s: %g is outside [%g, %g]", option->name, value,
                   option->min, option->max);
  if (!number && value != floor(value))
    return rl_fail(error, RL_BAD_ARGUMENT, "option %s: %g is not a whole number", option->name, value);
  return RL_OK;
}

rl_status rl_option_check(const rl_option_def *table, int count, int kind, const void *options,
                          rl_error *error) {
  rl_status status = RL_OK;
  for (int i = 0; !status && i < count; i++)
    if (rl_option_has(&table[i], kind))
      status = rl_option_check_value(&table[i], rl_option_get(options, &table[i]), error);
  return status;
}
