/* Saving and loading a search along directions. Candidates are not written: mean, directions and width make
 * them again, bit for bit. */
#include "search/directions_internal.h"

#include <math.h>
#include <string.h>

enum { ARRAYS = 7 };

static void list_arrays(rl_directions *s, rl_saved_array arrays[ARRAYS]) {
  size_t n = (size_t)s->n, moments = s->options.kind == RL_OPENAI_ES ? 2 * n : 0;
  const rl_saved_array list[ARRAYS] = {{"mean", s->mean, n},
                                       {"moment", s->moment, moments},
                                       {"direction", s->direction, n * (size_t)s->directions},
                                       {"width", &s->width, 1},
                                       {"sigma", &s->sigma, 1},
                                       {"sigma_given", &s->sigma_given, 1},
                                       {"moved", &s->moved, 1}};
  memcpy(arrays, list, sizeof list);
}

enum { COUNTS = 2 };

rl_status rl_directions_save(const rl_directions *s, rl_archive *archive, const char *prefix,
                             rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_saved_array arrays[ARRAYS];
  list_arrays((rl_directions *)s, arrays);
  const int64_t counts[COUNTS] = {s->count, s->incumbent_evaluations};
  rl_status status = rl_archive_put_string(archive, rl_archive_key(name, prefix, "method"),
                                           rl_direction_names[s->options.kind], error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "counts"), RL_I64, 1, (int64_t[]){COUNTS},
                            counts, error);
  if (!status)
    status = rl_archive_put(archive, rl_archive_key(name, prefix, "incumbent"), RL_F64, 1, (int64_t[]){1},
                            &s->incumbent, error);
  if (!status) status = rl_search_record_save(&s->record, archive, prefix, error);
  if (!status) status = rl_saved_arrays_put(arrays, ARRAYS, archive, prefix, error);
  return status;
}

static rl_status read_state(rl_directions *s, const rl_archive *archive, const char *prefix,
                            rl_error *error) {
  char name[RL_ARCHIVE_NAME];
  rl_saved_array arrays[ARRAYS];
  int64_t counts[COUNTS];
  list_arrays(s, arrays);
  const char *want = rl_direction_names[s->options.kind],
             *method = rl_archive_string(archive, rl_archive_key(name, prefix, "method"));
  if (!method || strcmp(method, want) != 0)
    return rl_fail(error, RL_BAD_FORMAT, "%s: state of \"%.32s\", not of %s", prefix, method ? method : "",
                   want);
  rl_status status =
      rl_archive_get(archive, rl_archive_key(name, prefix, "counts"), RL_I64, COUNTS, counts, error);
  if (!status)
    status =
        rl_archive_get(archive, rl_archive_key(name, prefix, "incumbent"), RL_F64, 1, &s->incumbent, error);
  if (!status) status = rl_search_record_load(&s->record, archive, prefix, error);
  if (!status) status = rl_saved_arrays_get(arrays, ARRAYS, archive, prefix, error);
  if (status) return status;
  if (counts[0] != s->count)
    return rl_fail(error, RL_BAD_FORMAT, "%s: state with %lld candidates, not %d", prefix,
                   (long long)counts[0], s->count);
  bool climbs = s->options.kind == RL_HILL_CLIMB, begun = s->record.iterations > 0;
  bool sensible = counts[1] >= 0 && counts[1] <= s->record.evaluations &&
                  (counts[1] > 0) == (climbs && begun) && isfinite(s->incumbent) == (counts[1] > 0) &&
                  s->sigma > 0.0 && s->width >= (s->record.asked ? 1e-300 : 0.0) && s->moved >= 0.0;
  for (size_t i = 0; i < arrays[1].count / 2; i++) sensible = sensible && s->moment[(size_t)s->n + i] >= 0.0;
  if (!sensible) return rl_fail(error, RL_BAD_FORMAT, "%s: not a sensible state", prefix);
  s->incumbent_evaluations = counts[1];
  return RL_OK;
}

rl_status rl_directions_load(rl_directions *s, const rl_archive *archive, const char *prefix,
                             rl_error *error) {
  rl_directions *loaded;
  rl_status status = rl_directions_create(&loaded, s->n, s->mean, s->scale, &s->options, error);
  if (status) return status;
  status = read_state(loaded, archive, prefix, error);
  if (!status && !rl_directions_place(loaded) && loaded->record.asked)
    status = rl_fail(error, RL_NOT_FINITE, "%s: candidates that are not finite", prefix);
  if (!status) {
    rl_directions old = *s;
    *s = *loaded;
    *loaded = old;
  }
  rl_directions_free(loaded);
  return status;
}
