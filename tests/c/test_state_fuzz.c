/* Files of states that somebody spoiled, at random: every load either takes what can be worked with or refuses it and
 * changes nothing; none allocates by a number in the file. Run under the sanitizers, as all tests are. */
#include "same_archive.h"
#include "toy_agent.h"
#include "toy_team.h"

#include "archive/archive_internal.h"
#include "base/file.h"
#include "base/parallel.h"
#include "episodes/players.h"
#include "method/agent.h"
#include "search_check.h"

#include <stdio.h>
#include <unistd.h>

enum { LIMIT = 8 << 20 }; /* bytes of one allocation: far above what these small objects need */

static size_t largest;

static void *limited_allocate(size_t size, size_t alignment, void *context) {
  (void)context;
  void *memory = NULL;
  if (size > largest) largest = size;
  return posix_memalign(&memory, alignment, size) ? NULL : memory;
}

static void limited_release(void *memory, void *context) {
  (void)context;
  free(memory);
}

static uint32_t below(rl_rng *rng, uint32_t n) { return rl_rng_below(rng, n); }

/* Spoiling. */

static void spoil_bytes(rl_rng *rng, unsigned char *bytes, size_t size, size_t element) {
  static const unsigned char fills[] = {0x00, 0xff, 0x7f, 0x80, 0x01};
  if (!size) return;
  const size_t at = below(rng, (uint32_t)size), first = at / element * element;
  const uint64_t huge[] = {INT64_MAX,
                           (uint64_t)INT64_MIN,
                           1,
                           1000000,
                           UINT64_C(0x7ff8000000000000),
                           UINT64_C(0x7fefffffffffffff),
                           UINT64_C(0x7f7fffff7f7fffff)};
  switch (below(rng, 3)) {
  case 0: bytes[at] ^= (unsigned char)(1u << below(rng, 8)); break;
  case 1: memset(bytes + first, fills[below(rng, 5)], element); break;
  default: memcpy(bytes + first, &huge[below(rng, 7)], element < 8 ? element : 8); break;
  }
}

static void put_spoiled(rl_rng *rng, rl_archive *out, const rl_array *array) {
  rl_error error;
  const size_t size = rl_array_size(array), room = 4 * size + 64, element = rl_dtypes[array->dtype].size;
  unsigned char *bytes = calloc(room, 1);
  memcpy(bytes, array->data, size);
  rl_array model = *array;
  switch (below(rng, 8)) {
  case 0: break; /* left out, below */
  case 1:
    model.dtype = (rl_dtype)below(rng, RL_DTYPES);
    model.ndim = 1;
    model.shape[0] = (int64_t)(size / rl_dtypes[model.dtype].size);
    break;
  case 2:
    model.ndim = 1;
    model.shape[0] = (int64_t)below(rng, (uint32_t)(2 * array->count + 2));
    break;
  default:
    for (uint32_t k = 0, n = 1 + below(rng, 4); k < n; k++) spoil_bytes(rng, bytes, size, element);
    assert_ok(rl_archive_put(out, array->name, model.dtype, model.ndim, model.shape, bytes, &error));
    break;
  }
  if (model.dtype != array->dtype || model.ndim != array->ndim || model.shape[0] != array->shape[0])
    assert_ok(rl_archive_put(out, array->name, model.dtype, model.ndim, model.shape, bytes, &error));
  free(bytes);
}

static void put_spoiled_string(rl_rng *rng, rl_archive *out, const rl_string *s) {
  rl_error error;
  char text[512];
  snprintf(text, sizeof text, "%s", s->value);
  switch (below(rng, 4)) {
  case 0: return;
  case 1: text[below(rng, (uint32_t)strlen(text) + 1)] = '\0'; break;
  case 2: snprintf(text, sizeof text, "%s 999999999 -1 x", s->value); break;
  default:
    if (*text) text[below(rng, (uint32_t)strlen(text))] = (char)(32 + below(rng, 90));
    break;
  }
  assert_ok(rl_archive_put_string(out, s->key, text, &error));
}

/* A copy in which one thing, or two, are other than they were. */
static rl_archive *spoiled(rl_rng *rng, const rl_archive *in) {
  rl_error error;
  rl_archive *out = rl_archive_new();
  const uint32_t all = (uint32_t)(in->n_arrays + in->n_strings), one = below(rng, all),
                 other = below(rng, 3) ? one : below(rng, all);
  for (uint32_t i = 0; i < all; i++) {
    const bool bad = i == one || i == other;
    if (i < (uint32_t)in->n_arrays) {
      const rl_array *a = in->arrays[i];
      if (bad)
        put_spoiled(rng, out, a);
      else
        assert_ok(rl_archive_put(out, a->name, a->dtype, a->ndim, a->shape, a->data, &error));
    } else {
      const rl_string *s = &in->strings[i - (uint32_t)in->n_arrays];
      if (bad)
        put_spoiled_string(rng, out, s);
      else
        assert_ok(rl_archive_put_string(out, s->key, s->value, &error));
    }
  }
  return out;
}

/* Loads, and what is then done with what was taken. */

typedef struct world {
  agent a;
  rl_agent *played; /* or NULL */
} world;

enum { PARTS = 5 };

static rl_status part(world *w, int k, rl_archive *out, const rl_archive *in, rl_error *error) {
  agent *a = &w->a;
  switch (k) {
  case 0: return out ? rl_vec_env_save(a->env, out, "env", error) : rl_vec_env_load(a->env, in, "env", error);
  case 1:
    return out ? rl_policy_put(&a->policy, out, "policy", error)
               : rl_policy_take(&a->policy, in, "policy", error);
  case 2:
    if (!a->has_value) return RL_OK;
    return out ? rl_network_save(&a->value.network, out, "value", error)
               : rl_network_take(&a->value.network, in, "value", error);
  case 3:
    return out ? rl_method_save(a->method, out, "method", error)
               : rl_method_load(a->method, in, "method", error);
  default:
    if (!w->played) return RL_OK;
    return out ? rl_agent_save(w->played, out, "agent", error) : rl_agent_load(w->played, in, "agent", error);
  }
}

static void save_all(world *w, rl_archive *out) {
  rl_error error;
  for (int k = 0; k < PARTS; k++) assert_ok(part(w, k, out, NULL, &error));
}

/* What every copy sees: a mask in it allows all. */
static const float *ones(void) {
  static float seen[COPIES * MOST_OBS];
  for (int i = 0; i < COPIES * MOST_OBS; i++) seen[i] = 1.0f;
  return seen;
}

/* It may fail, but it must come back. */
static void go_on(world *w) {
  rl_error error;
  rl_method_stats stats;
  const float *action;
  static const float reward[COPIES];
  const float *seen = ones();
  for (int k = 0; w->played && k < 6; k++) {
    if (rl_agent_learns(w->played) && rl_agent_advance(w->played, &stats, &error)) break;
    if (rl_agent_see(w->played, seen, &error)) rl_agent_reward(w->played, reward, NULL, NULL, NULL, &error);
    if (!rl_agent_act(w->played, &action, &error))
      rl_agent_reward(w->played, reward, NULL, NULL, NULL, &error);
  }
  for (int k = 0; k < 6 && rl_method_phase_of(w->a.method) != RL_IDLE; k++)
    if (rl_method_advance(w->a.method, &stats, &error)) break;
  rl_method_stop(w->a.method);
  if (rl_method_has_batch(w->a.method)) rl_method_update(w->a.method, &stats, &error);
  if (!rl_method_collect(w->a.method, 3, &error)) rl_method_update(w->a.method, &stats, &error);
}

static void load_all(world *w, const rl_archive *in) {
  rl_error error;
  for (int k = 0; k < PARTS; k++) {
    rl_archive *before = rl_archive_new(), *after = rl_archive_new();
    const bool sound =
        !part(w, k, before, NULL, &error); /* a policy that was trained to death is not saved */
    largest = 0;
    const rl_status status = part(w, k, NULL, in, &error);
    assert_true(largest < LIMIT);
    if (status && sound) {
      assert_ok(part(w, k, after, NULL, &error));
      assert_same_bytes(before, after);
    }
    rl_archive_free(before);
    rl_archive_free(after);
  }
  go_on(w);
}

enum { BETWEEN, FRESH, COLLECTING, UPDATING, PLAYED, AHEAD, AHEAD_COLLECTING, MOMENTS };

static rl_symmetric mode_at(const rl_method_class *c, int moment) {
  const rl_symmetric mode =
      c->of_actions ? RL_SYMMETRIC_OFF : (rl_symmetric)(moment % (RL_SYMMETRIC_NETWORK + 1));
  return mode == RL_SYMMETRIC_LOSS && remembers(c) ? RL_SYMMETRIC_DATA : mode;
}

static rl_method_options options_at(const char *name, int moment) {
  rl_method_options options = defaults_of(name);
  options.symmetric = mode_at(class_of(&options), moment);
  options.minibatch = 16;
  options.epochs = 2;
  options.collect.reward_scaling = true;
  if (moment >= AHEAD) rl_collect_ahead(&options.collect, 1, !class_of(&options)->groups);
  if (moment == PLAYED) {
    options.collect.episodes = false;
    options.collect.group = 1;
    if (options.collect.advantage == RL_GROUP) options.collect.advantage = RL_REWARD_TO_GO;
  }
  return options;
}

static void make_world(world *w, const rl_env_def *def, const char *name, int moment) {
  rl_error error;
  rl_method_options options = options_at(name, moment);
  const rl_method_class *c = class_of(&options);
  const agent_parts parts = {.no_value = c->groups, .with_base = c->groups, .mode = mode_at(c, moment)};
  if (moment < AHEAD) options.baseline = baseline_of(c, &parts, def);
  *w = (world){0};
  agent_new_of(&w->a, &parts, def, &options, 1);
  if (moment == PLAYED) assert_ok(rl_agent_create(&w->played, w->a.method, 4, &error));
}

static void live(world *w, int moment) {
  rl_error error;
  rl_method_stats stats;
  static const float reward[COPIES];
  const float *seen = ones();
  const float *action;
  if (moment == PLAYED) {
    for (int k = 0; k < 3; k++) {
      assert_ok(rl_agent_see(w->played, seen, &error));
      assert_ok(rl_agent_act(w->played, &action, &error));
      assert_ok(rl_agent_reward(w->played, reward, NULL, NULL, NULL, &error));
    }
    return;
  }
  collect(&w->a, 8);
  update(&w->a);
  if (moment == FRESH || moment == AHEAD) collect(&w->a, 8);
  if (moment == COLLECTING || moment == AHEAD_COLLECTING)
    assert_ok(rl_method_begin_collect(w->a.method, 8, &error));
  if (moment == UPDATING) {
    collect(&w->a, 8);
    assert_ok(rl_method_begin_update(w->a.method, &error));
  }
  for (int k = 0; k < 4 && rl_method_phase_of(w->a.method) != RL_IDLE; k++)
    assert_ok(rl_method_advance(w->a.method, &stats, &error));
}

static void free_world(world *w) {
  rl_agent_free(w->played);
  agent_free(&w->a);
}

static void check_world(const rl_env_def *def, const char *name, int moment, int rounds) {
  rl_rng rng;
  world first, second;
  rl_rng_init(&rng, 99, (uint64_t)moment);
  make_world(&first, def, name, moment);
  make_world(&second, def, name, moment);
  live(&first, moment);
  rl_archive *good = rl_archive_new();
  save_all(&first, good);
  for (int round = 0; round < rounds; round++) {
    rl_archive *bad = spoiled(&rng, good);
    load_all(&second, bad);
    rl_archive_free(bad);
  }
  load_all(&second, good); /* it still can */
  rl_archive_free(good);
  free_world(&first);
  free_world(&second);
}

static bool can_play(const char *name) {
  const rl_method_options options = options_at(name, PLAYED);
  return !class_of(&options)->groups;
}

static void methods_and_all_they_need(void **state) {
  (void)state;
  const rl_env_def box = toy_box(), choice = toy_discrete(), factors = toy_factors();
  for (int i = 0; i < method_count(); i++)
    for (int moment = 0; moment < MOMENTS; moment++)
      if (moment != PLAYED || can_play(method_name(i))) {
        const rl_method_options options = defaults_of(method_name(i));
        if (!can_lag(class_of(&options)) && moment >= AHEAD) continue;
        check_world(suited(class_of(&options),
                           i % 3 == 0   ? &factors
                           : i % 3 == 1 ? &box
                                        : &choice,
                           &box),
                    method_name(i), moment, 60);
      }
}

/* A memory of whole worlds, of two agents. */

static void make_team(team *t, const pair_world *def) {
  rl_method_options options = defaults_of("maddpg");
  const rl_network_options network = small_network(3, &(agent_parts){0});
  options.minibatch = 16;
  team_new_of(t, def, &network, &network, &options);
}

static void load_team(team *t, const rl_archive *in) {
  rl_error error;
  rl_method_stats stats;
  rl_archive *before = rl_archive_new(), *after = rl_archive_new();
  assert_ok(rl_method_save(t->method, before, "method", &error));
  largest = 0;
  const rl_status status = rl_method_load(t->method, in, "method", &error);
  assert_true(largest < LIMIT);
  if (status) {
    assert_ok(rl_method_save(t->method, after, "method", &error));
    assert_same_bytes(before, after);
  }
  rl_archive_free(before);
  rl_archive_free(after);
  for (int k = 0; k < 6 && rl_method_phase_of(t->method) != RL_IDLE; k++)
    if (rl_method_advance(t->method, &stats, &error)) break;
  rl_method_stop(t->method);
  if (rl_method_has_batch(t->method)) rl_method_update(t->method, &stats, &error);
  if (!rl_method_collect(t->method, 3, &error)) rl_method_update(t->method, &stats, &error);
}

static void memories_of_whole_worlds(void **state) {
  (void)state;
  rl_error error;
  rl_method_stats stats;
  rl_rng rng;
  pair_world def;
  team first, second;
  pair_make(&def, (rl_space){.kind = RL_BOX, .size = 1, .low = -1.0f, .high = 1.0f});
  rl_rng_init(&rng, 99, 7);
  make_team(&first, &def);
  make_team(&second, &def);
  for (int moment = 0; moment < 3; moment++) {
    assert_ok(rl_method_collect(first.method, 15, &error));
    if (moment == 1) assert_ok(rl_method_begin_update(first.method, &error));
    if (moment == 1) assert_ok(rl_method_advance(first.method, &stats, &error));
    if (moment == 2) assert_ok(rl_method_update(first.method, &stats, &error));
    rl_archive *good = rl_archive_new();
    assert_ok(rl_method_save(first.method, good, "method", &error));
    for (int round = 0; round < 200; round++) {
      rl_archive *bad = spoiled(&rng, good);
      load_team(&second, bad);
      rl_archive_free(bad);
    }
    rl_method_stop(first.method);
    assert_ok(rl_method_load(second.method, good, "method", &error)); /* it still can */
    rl_archive_free(good);
    rl_method_stop(second.method);
  }
  team_free(&first);
  team_free(&second);
}

/* Worlds of two agents, of which one is played by a policy that remembers. */

typedef struct played_world {
  rl_vec_env *env, *seat;
  rl_policy policy;
} played_world;

static void make_played(played_world *w, const pair_world *def) {
  rl_error error;
  rl_policy_options options = rl_policy_defaults();
  options.network.history = 3;
  assert_ok(rl_vec_env_create(&w->env, &def->world, 5, 3, 0, NULL, &error));
  assert_ok(rl_vec_env_create_seat(&w->seat, w->env, 0, &error));
  assert_ok(rl_policy_init(&w->policy, &def->world.observation, &def->world.action, &options, &error));
  assert_ok(rl_vec_env_play(w->seat, 1, RL_PLAYER_POLICY, (rl_policy *const[]){&w->policy}, 1, &error));
}

/* Of a file that was taken every step must come back. */
static void play_on(played_world *w, int steps) {
  rl_error error;
  const float action[5] = {0.9f, -0.9f, 0.1f, 0.5f, 0.0f};
  if (!rl_vec_env_is_reset(w->seat)) assert_ok(rl_vec_env_reset(w->seat, &error));
  for (int i = 0; i < steps; i++) assert_ok(rl_vec_env_step(w->seat, action, &error));
}

static void free_played(played_world *w) {
  rl_vec_env_free(w->seat);
  rl_vec_env_free(w->env);
  rl_policy_release(&w->policy);
}

static void worlds_with_players(void **state) {
  (void)state;
  rl_error error;
  rl_rng rng;
  static pair_world def;
  played_world first, second;
  int taken = 0, refused = 0;
  pair_make(&def, (rl_space){.kind = RL_BOX, .size = 1, .low = -1.0f, .high = 1.0f});
  rl_rng_init(&rng, 96, 0);
  make_played(&first, &def);
  make_played(&second, &def);
  play_on(&first, 7);
  rl_archive *good = rl_archive_new();
  assert_ok(rl_vec_env_save(first.seat, good, "env", &error));
  assert_non_null(rl_archive_find(good, "env.players.memory"));
  for (int round = 0; round < 400; round++) {
    rl_archive *bad = spoiled(&rng, good), *before = rl_archive_new(), *after = rl_archive_new();
    assert_ok(rl_vec_env_save(second.seat, before, "env", &error));
    largest = 0;
    const rl_status status = rl_vec_env_load(second.seat, bad, "env", &error);
    assert_true(largest < LIMIT);
    if (status) {
      assert_ok(rl_vec_env_save(second.seat, after, "env", &error));
      assert_same_bytes(before, after);
      refused++;
    } else {
      play_on(&second, 3);
      taken++;
    }
    rl_archive_free(bad);
    rl_archive_free(before);
    rl_archive_free(after);
  }
  assert_true(taken > 50 && refused > 50);
  assert_ok(rl_vec_env_load(second.seat, good, "env", &error)); /* it still can, and goes on bit for bit */
  play_on(&first, 20);
  play_on(&second, 20);
  const size_t seen = 5 * PAIR_OBS * sizeof(float);
  assert_memory_equal(rl_vec_env_view(first.seat)->observation, rl_vec_env_view(second.seat)->observation,
                      seen);
  rl_archive_free(good);
  free_played(&first);
  free_played(&second);
}

/* Searches. */

static void search_on(rl_search *s) {
  rl_error error;
  const double *x;
  double values[4096];
  int count;
  for (int k = 0; k < 3; k++) {
    if (!rl_search_candidates(s, &count) && rl_search_ask(s, &x, &count, &error)) return;
    rl_search_candidates(s, &count);
    if (count > 4096) return;
    for (int i = 0; i < count; i++) values[i] = 100.0 - i;
    if (tell_columns(s, values, &error)) return;
    rl_search_view(s);
  }
}

static void check_search(const char *name) {
  rl_error error;
  rl_rng rng;
  rl_rng_init(&rng, 98, 0);
  const double x0[] = {1.0, -2.0, 3.0, 0.5}, lower[] = {-5.0, -5.0, -5.0, -5.0},
               upper[] = {5.0, 5.0, 5.0, 5.0};
  const rl_search_measure measures[] = {{"a", 0.0, 1.0, 5}, {"b", 0.0, 1.0, 3}};
  const int n_measures = rl_search_find(name, &error)->elites ? 2 : 0;
  const rl_search_space space = {
      .n = 4, .x0 = x0, .lower = lower, .upper = upper, .n_measures = n_measures, .measures = measures};
  const settings o = settings_of(name);
  rl_search *first = search_in(space, &o), *second = search_in(space, &o);
  search_on(first);
  const double *x;
  int count;
  assert_ok(rl_search_ask(first, &x, &count, &error));
  rl_archive *good = rl_archive_new();
  assert_ok(rl_search_save(first, good, "search", &error));
  for (int round = 0; round < 300; round++) {
    rl_archive *bad = spoiled(&rng, good), *before = rl_archive_new(), *after = rl_archive_new();
    assert_ok(rl_search_save(second, before, "search", &error));
    largest = 0;
    const rl_status status = rl_search_load(second, bad, "search", &error);
    assert_true(largest < LIMIT);
    if (status) {
      assert_ok(rl_search_save(second, after, "search", &error));
      assert_same_bytes(before, after);
    } else {
      search_on(second);
    }
    rl_archive_free(bad);
    rl_archive_free(before);
    rl_archive_free(after);
  }
  assert_ok(rl_search_load(second, good, "search", &error));
  rl_archive_free(good);
  rl_search_free(first);
  rl_search_free(second);
}

static void searches(void **state) {
  (void)state;
  int count;
  const rl_search_class *const *classes = rl_search_classes(&count);
  for (int i = 0; i < count; i++) check_search(classes[i]->name);
}

/* Files, byte by byte; without their checksum, which would notice all of it. */
static void files(void **state) {
  (void)state;
  rl_error error;
  rl_rng rng;
  char path[64];
  const rl_env_def def = toy_box();
  world first, second;
  rl_rng_init(&rng, 97, 0);
  snprintf(path, sizeof path, "/tmp/rl-state-%ld", (long)getpid());
  make_world(&first, &def, "ppo", UPDATING);
  make_world(&second, &def, "ppo", UPDATING);
  live(&first, UPDATING);
  rl_archive *good = rl_archive_new();
  save_all(&first, good);
  unsigned char *bytes, *changed;
  size_t size;
  assert_ok(rl_archive_save(good, path, &error));
  assert_ok(rl_read_file(path, &bytes, &size, &error));
  changed = malloc(size);
  int taken = 0;
  for (int round = 0; round < 600; round++) {
    rl_archive *bad;
    bool altered;
    size_t length = below(&rng, 10) ? size : below(&rng, (uint32_t)size);
    memcpy(changed, bytes, size);
    for (uint32_t k = 0, n = 1 + below(&rng, 3); k < n; k++)
      spoil_bytes(&rng, changed + (round % 2 ? 8 : 0),
                  round % 2 && length > 3000 ? 3000
                  : length > 8               ? length - 8
                                             : 0,
                  1);
    assert_ok(rl_write_file(path, changed, length, &error));
    largest = 0;
    const rl_status status = rl_archive_load_altered(&bad, path, &altered, &error);
    assert_true(largest < LIMIT);
    if (status) continue;
    taken++;
    load_all(&second, bad);
    rl_archive_free(bad);
  }
  assert_true(taken > 50);
  unlink(path);
  free(changed);
  rl_release(bytes);
  rl_archive_free(good);
  free_world(&first);
  free_world(&second);
}

/* Numbers that a file of 20 kB may hold: they decide neither memory nor what the next step counts to. */
static void numbers_that_are_not_believed(void **state) {
  (void)state;
  rl_error error;
  const rl_env_def def = toy_box();
  world w;
  make_world(&w, &def, "a2c", BETWEEN);
  live(&w, BETWEEN);
  rl_archive *good = rl_archive_new();
  save_all(&w, good);
  const int64_t updates[2] = {INT64_MAX, 3}, steps[2] = {1, 4000000}, huge = INT64_MAX;
  assert_ok(rl_archive_put(good, "method.counters", RL_I64, 1, (int64_t[]){2}, updates, &error));
  assert_refused(rl_method_load(w.a.method, good, "method", &error), RL_BAD_FORMAT,
                 "method.counters: not sensible");
  assert_ok(rl_archive_put(good, "method.counters", RL_I64, 1, (int64_t[]){2}, steps, &error));
  largest = 0;
  assert_ok(rl_method_load(w.a.method, good, "method", &error));
  assert_true(largest < 1 << 20);
  assert_ok(rl_archive_put(good, "method.policy_adam.step", RL_I64, 1, (int64_t[]){1}, &huge, &error));
  assert_refused(rl_method_load(w.a.method, good, "method", &error), RL_BAD_FORMAT,
                 "an impossible number of steps");
  rl_archive_free(good);
  free_world(&w);
}

/* Streams out of range: refused, and those that were there are still good to draw from. */
static void streams_that_are_none(void **state) {
  (void)state;
  rl_error error;
  const rl_env_def def = toy_box();
  world w;
  make_world(&w, &def, "a2c", BETWEEN);
  live(&w, BETWEEN);
  rl_rollout *r = rl_method_rollout(w.a.method);
  rl_archive *archive = rl_archive_new();
  rl_rng bad[COPIES];
  assert_ok(rl_rollout_save(r, w.a.env, &w.a.policy, archive, "rollout", &error));
  for (int i = 0; i < COPIES; i++) {
    bad[i] = r->streams[i];
    bad[i].used = 1000000;
  }
  assert_ok(
      rl_archive_put(archive, "rollout.streams", RL_U64, 2, (int64_t[]){COPIES, RL_RNG_WORDS}, bad, &error));
  assert_refused(rl_rollout_load(r, &w.a.policy, archive, "rollout", &error), RL_BAD_FORMAT,
                 "not random streams");
  for (int i = 0; i < COPIES; i++) assert_true(rl_rng_is_sound(&r->streams[i]));
  collect(&w.a, 8);
  rl_archive_free(archive);
  free_world(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(methods_and_all_they_need),
      cmocka_unit_test(memories_of_whole_worlds),
      cmocka_unit_test(worlds_with_players),
      cmocka_unit_test(searches),
      cmocka_unit_test(files),
      cmocka_unit_test(numbers_that_are_not_believed),
      cmocka_unit_test(streams_that_are_none),
  };
  rl_set_allocator((rl_allocator){limited_allocate, limited_release, NULL});
  rl_set_threads(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
