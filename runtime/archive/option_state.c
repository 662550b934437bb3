#include "archive/option_state.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of a seed only the streams matter, which are state. */
static bool is_kept(const rl_option *option, unsigned traits) {
  return rl_option_has(option, traits) && option->type != RL_OPTION_SEED;
}

static const char *key(char name[RL_ARCHIVE_NAME], const char *prefix, const rl_option *option) {
  char part[RL_ARCHIVE_NAME];
  return rl_archive_key(name, rl_archive_key(part, prefix, "option"), option->name);
}

rl_status rl_options_save(rl_options list, const void *made, const void *now, rl_archive *archive,
                          const char *prefix, rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_status status = RL_OK;
  for (int i = 0; !status && i < list.count; i++) {
    const rl_option *option = &list.rows[i];
    if (!is_kept(option, list.traits)) continue;
    const double values[2] = {rl_option_get(made, option), rl_option_get(now, option)};
    status = rl_archive_put(archive, key(name, prefix, option), RL_F64, 1, (int64_t[]){2}, values, error);
  }
  return status;
}

static rl_status check(const rl_option *option, double value, rl_error *error) {
  rl_error bad;
  if (isnan(value) ? isnan(option->value) : value == option->value) return RL_OK;
  return rl_option_check_value(option, value, &bad) ? rl_fail(error, RL_BAD_FORMAT, "saved %s", bad.message)
                                                    : RL_OK;
}

static bool same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

static void describe(const rl_option *option, double value, char text[64]) {
  if (option->choices)
    snprintf(text, 64, "\"%s\"", option->choices[(int)value]);
  else if (option->type == RL_OPTION_BOOLEAN)
    snprintf(text, 64, "%s", value != 0.0 ? "true" : "false");
  else
    snprintf(text, 64, "%.10g", value);
}

static void add(char notice[RL_NOTICE], const char *text) {
  const size_t used = strlen(notice);
  snprintf(notice + used, RL_NOTICE - used, "%s%s", used ? "; " : "", text);
}

static rl_status load_option(const rl_option *option, const void *made, void *now, const double saved[2],
                             char notice[RL_NOTICE], rl_error *error) {
  char there[64], here[64], text[RL_NOTICE];
  const double mine = rl_option_get(made, option);
  for (int k = 0; k < 2; k++)
    if (check(option, saved[k], error)) return RL_BAD_FORMAT;
  if (same(saved[0], mine)) {
    if (option->live) rl_option_set(now, option, saved[1]);
    return RL_OK;
  }
  describe(option, saved[0], there);
  describe(option, mine, here);
  if (!option->live)
    return rl_fail(error, RL_BAD_FORMAT, "made otherwise: option %s is %s there, %s here", option->name,
                   there, here);
  snprintf(text, sizeof text, "option %s was made %s there and %s here, which it stays", option->name, there,
           here);
  add(notice, text);
  return RL_OK;
}

rl_status rl_options_load(rl_options list, const void *made, void *now, const rl_archive *archive,
                          const char *prefix, char notice[RL_NOTICE], rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_error failed;
  for (int i = 0; i < list.count; i++) {
    const rl_option *option = &list.rows[i];
    double saved[2];
    if (!is_kept(option, list.traits) || !rl_archive_find(archive, key(name, prefix, option))) continue;
    rl_status status = rl_archive_get(archive, name, RL_F64, 2, saved, error);
    if (status) return status;
    status = load_option(option, made, now, saved, notice, &failed);
    if (status) return rl_fail(error, status, "%s: %s", prefix, failed.message);
  }
  return RL_OK;
}

rl_status rl_options_restore(rl_options list, void *now, const rl_archive *archive, const char *prefix,
                             rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  for (int i = 0; i < list.count; i++) {
    const rl_option *option = &list.rows[i];
    double saved[2];
    if (!is_kept(option, list.traits) || !rl_archive_find(archive, key(name, prefix, option))) continue;
    rl_status status = rl_archive_get(archive, name, RL_F64, 2, saved, error);
    if (!status) status = check(option, saved[1], error);
    if (status) return status;
    rl_option_set(now, option, saved[1]);
  }
  return RL_OK;
}
