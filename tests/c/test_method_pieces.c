/* Collecting and updating in pieces: the same bytes as at once for every method, batches that passes take in
 * several parts among them; what is refused while something is half done; what giving up leaves. And agents,
 * which are handed the steps of an environment that somebody else owns. */
#include "base/cpu.h"
#include "base/parallel.h"
#include "check.h"
#include "method/agent.h"
#include "toy_agent.h"

enum { MANY = 400 }; /* steps: 2400 rows, of which a part of a pass takes 1024 */

static rl_env_def box_def, choice_def, factors_def;

static rl_method_options options_of(const rl_method_class *method, const agent_parts *parts, int minibatch) {
  rl_method_options options = defaults_of(method->name);
  options.minibatch = minibatch;
  options.epochs = 2;
  options.symmetric = parts->mode;
  options.base_kl_coef = parts->with_base ? 0.1 : 0.0;
  options.fisher_fraction = minibatch ? 0.7 : 1.0;
  return options;
}

/* but, and_but: what the names of arrays that may differ contain. */
static void assert_same(rl_archive *x, rl_archive *y, const char *but, const char *and_but) {
  for (int i = 0; i < rl_archive_count(x); i++) {
    const rl_array *a = rl_archive_at(x, i), *b = rl_archive_find(y, a->name);
    size_t size = a->dtype == RL_F32 || a->dtype == RL_I32 ? 4 : a->dtype == RL_U8 ? 1 : 8;
    assert_non_null(b);
    if ((but && strstr(a->name, but)) || (and_but && strstr(a->name, and_but))) continue;
    assert_int_equal(a->count, b->count);
    assert_memory_equal(a->data, b->data, (size_t)a->count * size);
  }
  rl_archive_free(x);
  rl_archive_free(y);
}

/* Pieces until the phase ends; returns how many. */
static int advance(rl_method *method, rl_method_stats *stats) {
  rl_error error;
  const rl_method_phase phase = rl_method_phase_of(method);
  double last = 0.0;
  int pieces = 0;
  while (rl_method_phase_of(method) == phase) {
    assert_true(rl_method_fraction(method) >= last && rl_method_fraction(method) <= 1.0);
    last = rl_method_fraction(method);
    assert_ok(rl_method_advance(method, stats, &error));
    pieces++;
  }
  assert_int_equal(rl_method_phase_of(method), RL_IDLE);
  return pieces;
}

static void compare(const rl_method_class *method, const agent_parts *parts, const rl_env_def *def,
                    int minibatch, bool ahead) {
  rl_error error;
  rl_method_options options = options_of(method, parts, minibatch);
  if (ahead) rl_collect_ahead(&options.collect, 1, !method->groups);
  rl_method_stats at_once, in_pieces;
  agent a, b;
  def = suited(method, def, &box_def);
  options.baseline = ahead ? RL_BASELINE_STATE : baseline_of(method, parts, def);
  if (remembers(method) && (ahead || !minibatch)) return;
  agent_new_of(&a, parts, def, &options, 1);
  agent_new_of(&b, parts, def, &options, 1);
  for (int i = 0; i < 2; i++) {
    rl_set_threads(1 + i);
    collect(&a, MANY);
    at_once = update(&a);
    rl_set_threads(3 - i);
    assert_ok(rl_method_begin_collect(b.method, MANY, &error));
    assert_true(advance(b.method, NULL) > 5);
    assert_ok(rl_method_begin_update(b.method, &error));
    assert_true(advance(b.method, &in_pieces) > 3);
    assert_memory_equal(&at_once, &in_pieces,
                        offsetof(rl_method_stats, epochs_done) + sizeof at_once.epochs_done); /* no padding */
  }
  assert_same(state_of(&a), state_of(&b), NULL, NULL);
  agent_free(&a);
  agent_free(&b);
}

/* The address sanitizer, under which they take long, sees one of the three of each round, in turn. */
static bool is_seen(int number) {
#ifdef __SANITIZE_ADDRESS__
  return number % 3 == 0;
#else
  return number >= 0;
#endif
}

static void pieces_give_the_same_bytes_as_all_at_once(void **state) {
  (void)state;
  int count;
  const rl_method_class *methods = rl_method_classes(&count);
  for (int i = 0; i < count; i++)
    for (int round = 0; round < ROUNDS; round++) {
      const agent_parts parts = parts_of(&methods[i], round);
      const bool odd = round % 2;
      const int seen = i + round;
      if (is_seen(seen)) compare(&methods[i], &parts, odd ? &choice_def : &box_def, odd ? 0 : 100, false);
      if (is_seen(seen + 1))
        compare(&methods[i], &parts, odd ? &box_def : &choice_def, odd ? 30 : 0, can_lag(&methods[i]));
      if (is_seen(seen + 2))
        compare(&methods[i], &parts, &factors_def, odd ? 30 : 100, odd && can_lag(&methods[i]));
    }
  rl_set_threads(1);
}

static void avx2_and_avx512_learn_the_same_bytes(void **state) {
  (void)state;
  int count;
  const rl_method_class *methods = rl_method_classes(&count);
  if (rl_cpu_best() != RL_CPU_AVX512) skip();
  for (int i = 0; i < 2 * count; i++) {
    const agent_parts parts = parts_of(&methods[i / 2], i % 2);
    const rl_method_options options = options_of(&methods[i / 2], &parts, 100);
    agent each[2];
    for (int k = 0; k < 2; k++) {
      rl_cpu_use(k ? RL_CPU_AVX512 : RL_CPU_AVX2);
      agent_new_of(&each[k], &parts,
                   suited(&methods[i / 2],
                          i % 3 == 2 ? &factors_def
                          : i % 2    ? &choice_def
                                     : &box_def,
                          &box_def),
                   &options, 1);
      for (int updates = 0; updates < 2; updates++) {
        collect(&each[k], STEPS);
        update(&each[k]);
      }
    }
    assert_same(state_of(&each[0]), state_of(&each[1]), NULL, NULL);
    agent_free(&each[0]);
    agent_free(&each[1]);
  }
}

static void a_method_with_something_half_done_is_left_alone(void **state) {
  (void)state;
  rl_error error;
  rl_method_stats stats;
  rl_method_options options = defaults_of("ppo");
  options.minibatch = 64;
  agent a;
  agent_new(&a, &box_def, &options);
  rl_archive *archive = rl_archive_new();
  const int index[] = {0};
  float gradient[MAX_PARAMETERS];
  assert_refused(rl_method_advance(a.method, &stats, &error), RL_BAD_ARGUMENT, "is begun");
  for (int phase = 0; phase < 2; phase++) {
    const char *what = phase ? "an update is half done" : "a batch is half done";
    if (phase == 0) assert_ok(rl_method_begin_collect(a.method, STEPS, &error));
    if (phase == 1) assert_ok(rl_method_begin_update(a.method, &error));
    assert_ok(rl_method_advance(a.method, &stats, &error));
    assert_refused(rl_method_collect(a.method, STEPS, &error), RL_BAD_ARGUMENT, what);
    assert_refused(rl_method_begin_collect(a.method, STEPS, &error), RL_BAD_ARGUMENT, what);
    assert_refused(rl_method_update(a.method, &stats, &error), RL_BAD_ARGUMENT, what);
    assert_refused(rl_method_gradient(a.method, index, 1, gradient, NULL, &error), RL_BAD_ARGUMENT, what);
    assert_refused(rl_method_set_options(a.method, &options, &error), RL_BAD_ARGUMENT, what);
    assert_ok(rl_method_save(a.method, archive, "method", &error));
    assert_refused(rl_method_load(a.method, archive, "method", &error), RL_BAD_ARGUMENT, what);
    advance(a.method, &stats);
  }
  rl_archive_free(archive);
  agent_free(&a);
}

static void an_update_that_is_given_up_has_changed_nothing_that_is_learnt(void **state) {
  (void)state;
  int count;
  const rl_method_class *methods = rl_method_classes(&count);
  for (int i = 0; i < count; i++) {
    rl_error error;
    rl_method_stats stats;
    const agent_parts parts = parts_of(&methods[i], 0);
    rl_method_options options = options_of(&methods[i], &parts, 64);
    agent a;
    agent_new_of(&a, &parts, &box_def, &options, 1);
    collect(&a, STEPS);
    update(&a);
    collect(&a, STEPS);
    rl_archive *before = state_of(&a);
    assert_ok(rl_method_begin_update(a.method, &error));
    const int some = methods[i].step == RL_STEP_WORKERS ? 4 : 7; /* pieces, in which parameters change */
    for (int k = 0; k < some && rl_method_phase_of(a.method) == RL_UPDATING; k++)
      assert_ok(rl_method_advance(a.method, &stats, &error));
    assert_int_equal(rl_method_phase_of(a.method), RL_UPDATING);
    rl_method_stop(a.method);
    assert_same(before, state_of(&a), ".shuffle", ".memory."); /* which has the batch */
    update(&a);                                                /* the batch is still there */
    agent_free(&a);
  }
}

static void a_batch_in_which_somebody_moves_the_copies_is_given_up(void **state) {
  (void)state;
  rl_error error;
  const rl_method_options options = defaults_of("ppo");
  agent a;
  agent_new(&a, &box_def, &options);
  assert_ok(rl_method_begin_collect(a.method, STEPS, &error));
  assert_ok(rl_method_advance(a.method, NULL, &error));
  assert_ok(rl_vec_env_reset(a.env, &error));
  assert_refused(rl_method_advance(a.method, NULL, &error), RL_BAD_ARGUMENT, "reset or stepped");
  assert_int_equal(rl_method_phase_of(a.method), RL_IDLE);
  collect(&a, STEPS);
  agent_free(&a);
}

/* Plays `batches` of the environment of `world` for the agent. */
static void play(rl_agent *hired, rl_vec_env *world, int batches) {
  rl_error error;
  rl_method_stats stats;
  const rl_vec_view *view = rl_vec_env_view(world);
  assert_ok(rl_vec_env_reset(world, &error));
  while (true) {
    const float *action;
    assert_ok(rl_agent_see(hired, view->observation, &error));
    if (rl_agent_learns(hired)) batches--;
    while (rl_agent_learns(hired)) assert_ok(rl_agent_advance(hired, &stats, &error));
    if (batches == 0) return;
    assert_ok(rl_agent_act(hired, &action, &error));
    assert_ok(rl_vec_env_step(world, action, &error));
    assert_ok(rl_agent_reward(hired, view->reward, view->terminated, view->truncated, view->final_observation,
                              &error));
  }
}

static void an_agent_learns_the_same_bytes_from_the_same_steps(void **state) {
  (void)state;
  int count;
  const rl_method_class *methods = rl_method_classes(&count);
  for (int i = 0; i < count; i++)
    for (int round = 0; round < 2 && !methods[i].groups; round++) {
      rl_error error;
      const agent_parts parts = parts_of(&methods[i], round);
      rl_method_options options = options_of(&methods[i], &parts, 50);
      options.collect.episodes = false;
      agent a, b;
      agent_new_of(&a, &parts, &box_def, &options, 1);
      agent_new_of(&b, &parts, &box_def, &options, 1);
      for (int k = 0; k < 3; k++) {
        collect(&a, STEPS);
        update(&a);
      }
      rl_agent *hired;
      assert_ok(rl_agent_create(&hired, b.method, STEPS, &error));
      play(hired, b.env, 3);
      rl_agent_free(hired);
      assert_same(state_of(&a), state_of(&b), ".terms",
                  ".stats"); /* of rewards as numbers of double precision */
      agent_free(&a);
      agent_free(&b);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pieces_give_the_same_bytes_as_all_at_once),
      cmocka_unit_test(avx2_and_avx512_learn_the_same_bytes),
      cmocka_unit_test(a_method_with_something_half_done_is_left_alone),
      cmocka_unit_test(an_update_that_is_given_up_has_changed_nothing_that_is_learnt),
      cmocka_unit_test(a_batch_in_which_somebody_moves_the_copies_is_given_up),
      cmocka_unit_test(an_agent_learns_the_same_bytes_from_the_same_steps),
  };
  box_def = toy_box();
  choice_def = toy_discrete();
  factors_def = toy_factors();
  rl_set_threads(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
