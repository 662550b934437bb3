#include "episodes/demonstration.h"

#include "base/memory.h"
#include "base/vector.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char format[] = "rl-demonstration-1";

static size_t width_of(const rl_demonstration *demo) { return (size_t)rl_space_width(&demo->action); }
static size_t size_of(const rl_demonstration *demo) { return (size_t)demo->observation.size; }

/* --- making one --- */

/* One a line; NULL without names, or without memory, which *failed then says. */
static char *join(const char *const *names, int count, bool *failed) {
  size_t length = 1;
  if (!names) return NULL;
  for (int i = 0; i < count; i++) length += strlen(names[i]) + 1;
  char *text = rl_allocate(length, 1), *at = text;
  *failed = *failed || !text;
  for (int i = 0; text && i < count; i++) {
    const size_t n = strlen(names[i]);
    memcpy(at, names[i], n);
    at[n] = '\n';
    at += n + (i + 1 < count ? 1 : 0);
  }
  if (text) *at = '\0';
  return text;
}

rl_status rl_demonstration_init(rl_demonstration *demo, const rl_demonstrated *of, rl_error *error) {
  bool failed = false;
  *demo = (rl_demonstration){
      .from = "the demonstration", .observation = of->observation, .action = of->action, .next_seed = -1};
  if (strlen(of->environment) >= sizeof demo->environment)
    return rl_fail(error, RL_BAD_ARGUMENT, "\"%.80s\": a name of up to %d letters expected", of->environment,
                   RL_DEMONSTRATION_NAME - 1);
  snprintf(demo->environment, sizeof demo->environment, "%s", of->environment);
  demo->observation_names = join(of->observation_names, of->observation.size, &failed);
  demo->action_names = join(of->action_names, of->action.size, &failed);
  if (!failed) return RL_OK;
  rl_demonstration_release(demo);
  return rl_fail(error, RL_NO_MEMORY, "out of memory for a demonstration");
}

void rl_demonstration_release(rl_demonstration *demo) {
  rl_release(demo->observation_names);
  rl_release(demo->action_names);
  rl_release(demo->obs);
  rl_release(demo->actions);
  rl_release(demo->reward);
  rl_release(demo->terminated);
  rl_release(demo->truncated);
  rl_release(demo->last_obs);
  rl_release(demo->seed);
  rl_release(demo->end);
  *demo = (rl_demonstration){0};
}

/* Makes an array of `used` elements one of `room`; its address is at `array`. */
static bool grow(void *array, int64_t used, int64_t room, size_t bytes) {
  void **at = array, *larger = rl_allocate((size_t)room, bytes);
  if (!larger) return false;
  if (used) memcpy(larger, *at, (size_t)used * bytes);
  rl_release(*at);
  *at = larger;
  return true;
}

static int64_t enlarged(int64_t room, int64_t wanted) {
  if (room < 256) room = 256;
  while (room < wanted) room *= 2;
  return room;
}

static rl_status reserve(rl_demonstration *d, int64_t steps, int64_t episodes, rl_error *error) {
  bool good = true;
  if (steps > d->room) {
    const int64_t room = enlarged(d->room, steps), n = d->steps;
    good = grow(&d->obs, n, room, size_of(d) * sizeof(float)) &&
           grow(&d->actions, n, room, width_of(d) * sizeof(float)) &&
           grow(&d->reward, n, room, sizeof(float)) && grow(&d->terminated, n, room, 1) &&
           grow(&d->truncated, n, room, 1);
    if (good) d->room = room;
  }
  if (good && episodes > d->episode_room) {
    const int64_t room = enlarged(d->episode_room, episodes), n = d->episodes;
    good = grow(&d->last_obs, n, room, size_of(d) * sizeof(float)) &&
           grow(&d->seed, n, room, sizeof(int64_t)) && grow(&d->end, n, room, sizeof(int64_t));
    if (good) d->episode_room = room;
  }
  return good ? RL_OK
              : rl_fail(error, RL_NO_MEMORY, "out of memory to demonstrate %lld steps", (long long)steps);
}

/* --- adding --- */

static rl_status check_observation(const rl_demonstration *d, const float *obs, const char *what,
                                   rl_error *error) {
  const size_t bad = rl_first_not_finite(obs, size_of(d));
  if (bad == size_of(d)) return RL_OK;
  return rl_fail(error, RL_NOT_FINITE, "number %zu of %s is not finite", bad + 1, what);
}

static rl_status check_step(const rl_demonstration *d, const rl_transition *s, rl_error *error) {
  rl_status status = check_observation(d, s->obs, "the observation", error);
  if (!status)
    status = rl_space_check_action(&d->action, rl_space_mask(&d->action, s->obs, d->observation.size),
                                   s->action, error);
  if (status) return status;
  if (rl_first_not_finite(&s->reward, 1) == 0)
    return rl_fail(error, RL_NOT_FINITE, "the reward is not finite");
  if (s->terminated && s->truncated)
    return rl_fail(error, RL_BAD_ARGUMENT, "a step that terminated the episode did not truncate it");
  if (!s->terminated && !s->truncated) return RL_OK;
  if (!s->last)
    return rl_fail(error, RL_BAD_ARGUMENT, "what was observed after an episode's last step is missing");
  return check_observation(d, s->last, "what was observed after the last step", error);
}

static void end_episode(rl_demonstration *d, const float *last) {
  memcpy(d->last_obs + (size_t)d->episodes * size_of(d), last, size_of(d) * sizeof *last);
  d->seed[d->episodes] = d->next_seed;
  d->end[d->episodes++] = d->steps;
  d->next_seed = -1;
}

rl_status rl_demonstration_add(rl_demonstration *d, const rl_transition *s, rl_error *error) {
  rl_status status = check_step(d, s, error);
  if (!status) status = reserve(d, d->steps + 1, d->episodes + 1, error);
  if (status) return status;
  const size_t at = (size_t)d->steps++;
  memcpy(d->obs + at * size_of(d), s->obs, size_of(d) * sizeof *s->obs);
  memcpy(d->actions + at * width_of(d), s->action, width_of(d) * sizeof *s->action);
  d->reward[at] = s->reward;
  d->terminated[at] = s->terminated;
  d->truncated[at] = s->truncated;
  if (s->terminated || s->truncated) end_episode(d, s->last);
  return RL_OK;
}

void rl_demonstration_seed(rl_demonstration *demo, int64_t seed) { demo->next_seed = seed; }

static int64_t ended_steps(const rl_demonstration *d) { return d->episodes ? d->end[d->episodes - 1] : 0; }

bool rl_demonstration_open(const rl_demonstration *d) { return d->steps > ended_steps(d); }

rl_status rl_demonstration_cut(rl_demonstration *d, const float *last, rl_error *error) {
  if (!rl_demonstration_open(d)) return RL_OK;
  rl_status status =
      last ? check_observation(d, last, "what was observed after the last step", error) : RL_OK;
  if (status) return status;
  if (!last) last = d->obs + (size_t)--d->steps * size_of(d);
  d->next_seed = rl_demonstration_open(d) ? d->next_seed : -1;
  if (!rl_demonstration_open(d)) return RL_OK; /* it was the only step */
  d->truncated[d->steps - 1] = 1;
  end_episode(d, last);
  return RL_OK;
}

rl_status rl_demonstration_append(rl_demonstration *to, const rl_demonstration *from, rl_error *error) {
  assert(!rl_demonstration_open(to) && !rl_demonstration_open(from));
  const rl_demonstrated same = {NULL, to->observation, to->action, NULL, NULL};
  rl_status status = rl_demonstration_fits(from, &same, error);
  if (!status) status = reserve(to, to->steps + from->steps, to->episodes + from->episodes, error);
  if (status || from->steps == 0) return status;
  const size_t at = (size_t)to->steps, n = (size_t)from->steps, e = (size_t)to->episodes;
  memcpy(to->obs + at * size_of(to), from->obs, n * size_of(to) * sizeof(float));
  memcpy(to->actions + at * width_of(to), from->actions, n * width_of(to) * sizeof(float));
  memcpy(to->reward + at, from->reward, n * sizeof(float));
  memcpy(to->terminated + at, from->terminated, n);
  memcpy(to->truncated + at, from->truncated, n);
  memcpy(to->last_obs + e * size_of(to), from->last_obs,
         (size_t)from->episodes * size_of(to) * sizeof(float));
  for (int64_t i = 0; i < from->episodes; i++) {
    to->seed[to->episodes + i] = from->seed[i];
    to->end[to->episodes + i] = from->end[i] + to->steps;
  }
  to->steps += from->steps;
  to->episodes += from->episodes;
  return RL_OK;
}

/* --- reading --- */

const float *rl_demonstration_next(const rl_demonstration *d, int64_t step) {
  assert(step >= 0 && step < d->steps && !rl_demonstration_open(d));
  if (!d->terminated[step] && !d->truncated[step]) return d->obs + (size_t)(step + 1) * size_of(d);
  int64_t first = 0, last = d->episodes - 1; /* the one with end == step + 1 */
  while (first < last) {
    const int64_t middle = first + (last - first) / 2;
    if (d->end[middle] < step + 1)
      first = middle + 1;
    else
      last = middle;
  }
  return d->last_obs + (size_t)first * size_of(d);
}

uint64_t rl_demonstration_mark(const rl_demonstration *d) {
  const size_t n = (size_t)d->steps;
  uint64_t mark = rl_mark(d->obs, n * size_of(d), 0);
  mark = rl_mark(d->actions, n * width_of(d), mark);
  mark = rl_mark(d->reward, n, mark);
  return rl_mark(d->last_obs, (size_t)d->episodes * size_of(d), mark);
}

/* Whether the lines of `text` are these names; the first that differs otherwise. */
static bool same_names(const char *text, const char *const *names, int count, int *first) {
  const char *at = text;
  for (*first = 0; text && names && *first < count; ++*first) {
    const size_t n = strcspn(at, "\n");
    if (n != strlen(names[*first]) || strncmp(at, names[*first], n) != 0) return false;
    at += n + (at[n] == '\n');
  }
  return true; /* where one has no names they may be the same */
}

static rl_status check_names(const rl_demonstration *d, const char *what, const char *text,
                             const char *const *names, int count, rl_error *error) {
  int first;
  if (same_names(text, names, count, &first)) return RL_OK;
  for (int i = 0; i < first; i++) text += strcspn(text, "\n") + 1;
  return rl_fail(error, RL_BAD_SHAPE, "%s: number %d of %s is called \"%.*s\", wanted is \"%s\"", d->from,
                 first + 1, what, (int)strcspn(text, "\n"), text, names[first]);
}

static bool same_bounds(const rl_space *a, const rl_space *b) {
  for (int f = 0; f < rl_space_factors(a); f++) {
    const rl_factor one = rl_space_factor(a, f), other = rl_space_factor(b, f);
    if (one.kind == RL_BOX && (one.low != other.low || one.high != other.high)) return false;
  }
  return true;
}

rl_status rl_demonstration_fits(const rl_demonstration *d, const rl_demonstrated *of, rl_error *error) {
  char given[RL_SPACE_TEXT], wanted[RL_SPACE_TEXT];
  if (of->environment && strcmp(d->environment, of->environment) != 0)
    return rl_fail(error, RL_BAD_SHAPE, "%s: demonstrations of environment %s, wanted is %s", d->from,
                   d->environment, of->environment);
  if (d->observation.size != of->observation.size)
    return rl_fail(error, RL_BAD_SHAPE, "%s: observations of %d numbers, wanted are %d", d->from,
                   d->observation.size, of->observation.size);
  rl_space_text(&d->action, given);
  rl_space_text(&of->action, wanted);
  if (strcmp(given, wanted) != 0)
    return rl_fail(error, RL_BAD_SHAPE, "%s: actions \"%.300s\", wanted are \"%.300s\"", d->from, given,
                   wanted);
  if (!same_bounds(&d->action, &of->action))
    return rl_fail(error, RL_BAD_SHAPE, "%s: actions \"%.300s\" of other bounds than those that are wanted",
                   d->from, given);
  rl_status status = check_names(d, "an observation", d->observation_names, of->observation_names,
                                 d->observation.size, error);
  return status ? status
                : check_names(d, "an action", d->action_names, of->action_names, d->action.size, error);
}

/* --- files --- */

static rl_status put_arrays(const rl_demonstration *d, rl_archive *archive, rl_error *error) {
  float bounds[2 * RL_MAX_FACTORS];
  rl_space_bounds(&d->action, bounds);
  const int64_t steps = d->steps, episodes = d->episodes, size = d->observation.size;
  const struct {
    const char *name;
    rl_dtype dtype;
    int64_t rows, cols; /* cols: 0 for a vector */
    const void *data;
  } arrays[] = {{"observation", RL_F32, steps, size, d->obs},
                {"action", RL_F32, steps, rl_space_width(&d->action), d->actions},
                {"reward", RL_F32, steps, 0, d->reward},
                {"terminated", RL_U8, steps, 0, d->terminated},
                {"truncated", RL_U8, steps, 0, d->truncated},
                {"last_observation", RL_F32, episodes, size, d->last_obs},
                {"seed", RL_I64, episodes, 0, d->seed},
                {"action_bounds", RL_F32, rl_space_factors(&d->action), 2, bounds}};
  rl_status status = RL_OK;
  for (size_t i = 0; !status && i < sizeof arrays / sizeof *arrays; i++)
    status = rl_archive_put(archive, arrays[i].name, arrays[i].dtype, arrays[i].cols ? 2 : 1,
                            (int64_t[]){arrays[i].rows, arrays[i].cols}, arrays[i].data, error);
  return status;
}

rl_status rl_demonstration_save(const rl_demonstration *d, const char *path, rl_error *error) {
  assert(!rl_demonstration_open(d));
  if (d->steps == 0) return rl_fail(error, RL_BAD_ARGUMENT, "there is no step to save");
  char action[RL_SPACE_TEXT];
  rl_archive *archive = rl_archive_new();
  if (!archive) return rl_fail(error, RL_NO_MEMORY, "out of memory to save a demonstration");
  rl_space_text(&d->action, action);
  const char *const strings[][2] = {{"format", format},
                                    {"environment", d->environment},
                                    {"action", action},
                                    {"observation_names", d->observation_names},
                                    {"action_names", d->action_names}};
  rl_status status = put_arrays(d, archive, error);
  for (size_t i = 0; !status && i < sizeof strings / sizeof *strings; i++)
    if (strings[i][1]) status = rl_archive_put_string(archive, strings[i][0], strings[i][1], error);
  if (!status) status = rl_archive_save(archive, path, error);
  rl_archive_free(archive);
  return status;
}

/* What an archive holds; its errors do not name the file yet. */

static rl_status find(const rl_archive *archive, const char *name, rl_dtype dtype, int ndim, int64_t rows,
                      int64_t cols, const rl_array **out, rl_error *error) {
  const rl_array *a = *out = rl_archive_find(archive, name);
  if (!a) return rl_fail(error, RL_BAD_FORMAT, "it has no \"%s\"", name);
  if (a->dtype != dtype) return rl_fail(error, RL_BAD_FORMAT, "\"%s\" is of another type", name);
  if (a->ndim != ndim)
    return rl_fail(error, RL_BAD_FORMAT, "\"%s\" has %d dimensions, wanted are %d", name, a->ndim, ndim);
  if ((rows < 0 || a->shape[0] == rows) && (ndim < 2 || cols < 0 || a->shape[1] == cols)) return RL_OK;
  return rl_fail(error, RL_BAD_FORMAT, "\"%s\" has %lld rows of %lld, wanted are %lld of %lld", name,
                 (long long)a->shape[0], ndim < 2 ? 1LL : (long long)a->shape[1],
                 rows < 0 ? (long long)a->shape[0] : (long long)rows, ndim < 2 ? 1LL : (long long)cols);
}

/* Names, which must be `count` lines. */
static rl_status read_names(const rl_archive *archive, const char *key, int count, char **out,
                            rl_error *error) {
  const char *text = rl_archive_string(archive, key);
  if (!text) return RL_OK;
  int lines = 1;
  for (const char *at = text; *at; at++) lines += *at == '\n';
  if (lines != count)
    return rl_fail(error, RL_BAD_FORMAT, "\"%s\" has %d lines, wanted are %d", key, lines, count);
  *out = rl_allocate(strlen(text) + 1, 1);
  if (!*out) return rl_fail(error, RL_NO_MEMORY, "out of memory");
  memcpy(*out, text, strlen(text) + 1);
  return RL_OK;
}

static rl_status read_head(rl_demonstration *d, const rl_archive *archive, rl_error *error) {
  const char *found = rl_archive_string(archive, "format"), *action = rl_archive_string(archive, "action"),
             *name = rl_archive_string(archive, "environment");
  const rl_array *observation, *bounds;
  if (!found || strcmp(found, format) != 0)
    return rl_fail(error, RL_BAD_FORMAT, "no demonstrations: its format is \"%.32s\", wanted is \"%s\"",
                   found ? found : "", format);
  if (!name || strlen(name) >= sizeof d->environment)
    return rl_fail(error, RL_BAD_FORMAT, "it does not say of which environment");
  if (!action || !rl_space_from_text(&d->action, action))
    return rl_fail(error, RL_BAD_FORMAT, "unknown action space \"%.64s\"", action ? action : "");
  snprintf(d->environment, sizeof d->environment, "%s", name);
  rl_status status = find(archive, "observation", RL_F32, 2, -1, -1, &observation, error);
  if (!status)
    status = find(archive, "action_bounds", RL_F32, 2, rl_space_factors(&d->action), 2, &bounds, error);
  if (status) return status;
  if (observation->shape[0] < 1) return rl_fail(error, RL_BAD_FORMAT, "it has no steps");
  if (observation->shape[1] < 1 || observation->shape[1] > 1 << 16)
    return rl_fail(error, RL_BAD_FORMAT, "observations of %lld numbers", (long long)observation->shape[1]);
  d->observation =
      (rl_space){.kind = RL_BOX, .size = (int)observation->shape[1], .low = -1e30f, .high = 1e30f};
  rl_space_set_bounds(&d->action, bounds->data);
  status = rl_space_check(&d->action, "\"action\"", error);
  if (!status && d->action.masked && rl_space_choices(&d->action) > d->observation.size)
    status = rl_fail(error, RL_BAD_FORMAT, "observations of %d numbers cannot hold a mask of %d",
                     d->observation.size, rl_space_choices(&d->action));
  if (!status)
    status = read_names(archive, "observation_names", d->observation.size, &d->observation_names, error);
  return status ? status : read_names(archive, "action_names", d->action.size, &d->action_names, error);
}

static rl_status read_steps(rl_demonstration *d, const rl_archive *archive, rl_error *error) {
  const rl_array *obs, *action, *reward, *terminated, *truncated, *last, *seed;
  rl_status status = find(archive, "observation", RL_F32, 2, -1, -1, &obs, error);
  const int64_t steps = obs->shape[0], size = d->observation.size;
  if (!status) status = find(archive, "action", RL_F32, 2, steps, rl_space_width(&d->action), &action, error);
  if (!status) status = find(archive, "reward", RL_F32, 1, steps, 1, &reward, error);
  if (!status) status = find(archive, "terminated", RL_U8, 1, steps, 1, &terminated, error);
  if (!status) status = find(archive, "truncated", RL_U8, 1, steps, 1, &truncated, error);
  if (!status) status = find(archive, "last_observation", RL_F32, 2, -1, size, &last, error);
  if (!status) status = find(archive, "seed", RL_I64, 1, last->shape[0], 1, &seed, error);
  if (!status) status = reserve(d, steps, last->shape[0], error);
  for (int64_t t = 0; !status && t < steps; t++) {
    const uint8_t ends[2] = {((const uint8_t *)terminated->data)[t], ((const uint8_t *)truncated->data)[t]};
    const bool over = ends[0] || ends[1];
    rl_error bad;
    const rl_transition step = {
        .obs = (const float *)obs->data + t * size,
        .action = (const float *)action->data + t * rl_space_width(&d->action),
        .reward = ((const float *)reward->data)[t],
        .terminated = ends[0],
        .truncated = ends[1],
        .last = over && d->episodes < last->shape[0] ? (const float *)last->data + d->episodes * size : NULL};
    if (over && step.last) d->next_seed = ((const int64_t *)seed->data)[d->episodes];
    if (ends[0] > 1 || ends[1] > 1)
      status =
          rl_fail(error, RL_BAD_FORMAT, "step %lld: terminated and truncated are 0 or 1", (long long)t + 1);
    else if ((status = rl_demonstration_add(d, &step, &bad)))
      rl_fail(error, status, "step %lld: %s", (long long)t + 1, bad.message);
  }
  if (status) return status;
  if (rl_demonstration_open(d)) return rl_fail(error, RL_BAD_FORMAT, "its last episode has no end");
  if (d->episodes != last->shape[0])
    return rl_fail(error, RL_BAD_FORMAT, "%lld episodes end, \"last_observation\" has %lld rows",
                   (long long)d->episodes, (long long)last->shape[0]);
  return RL_OK;
}

rl_status rl_demonstration_load(rl_demonstration *demo, const char *path, rl_error *error) {
  rl_archive *archive;
  rl_error bad;
  *demo = (rl_demonstration){.next_seed = -1};
  rl_status status = rl_archive_load(&archive, path, error);
  if (status) return status;
  status = read_head(demo, archive, &bad);
  if (!status) status = read_steps(demo, archive, &bad);
  rl_archive_free(archive);
  if (status) {
    rl_demonstration_release(demo);
    return rl_fail(error, status, "%s: %s", path, bad.message);
  }
  snprintf(demo->from, sizeof demo->from, "%s", path);
  return RL_OK;
}
