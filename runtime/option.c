#include "option.h"

#include <math.h>
#include <stdint.h>

double rl_option_get(const void *options, const rl_option *option) {
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

void rl_option_set(void *options, const rl_option *option, double value) {
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

rl_status rl_option_check(const rl_option *table, int count, int kind, const void *options, rl_error *error) {
  for (int i = 0; i < count; i++) {
    double value = rl_option_get(options, &table[i]);
    bool absent = isnan(value) && table[i].min == -INFINITY && table[i].max == INFINITY;
    if (rl_option_has(&table[i], kind) && !absent && !(value >= table[i].min && value <= table[i].max))
      return rl_fail(error, RL_BAD_ARGUMENT, "option %s: %g is outside [%g, %g]", table[i].name, value,
                     table[i].min, table[i].max);
  }
  return RL_OK;
}
