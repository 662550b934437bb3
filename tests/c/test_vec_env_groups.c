/* The vectoriser with what not every environment is: copies in groups that begin alike, copies stepped
 * several to a piece, and a serial environment that can fail, as one that calls into an interpreter may. On
 * the noisy point of toy_env.h, whose every step draws from the copy's stream. */
#include "env/vec_env.h"

#include "base/parallel.h"
#include "check.h"
#include "episodes/evaluate.h"
#include "episodes/recording.h"
#include "snapshot.h"
#include "toy_env.h"

#include <pthread.h>

enum { COPIES = 8, GROUP = 4, OBS = 2, SNAPSHOT = COPIES * SNAPSHOT_OF_A_COPY };

static rl_vec_env *env_new(const rl_env_def *def, int n, const double *options) {
  rl_vec_env *env;
  rl_error error;
  assert_ok(rl_vec_env_create(&env, def, n, 1, 0, options, &error));
  return env;
}

static const float *observation(const rl_vec_env *env, int i) {
  return rl_vec_env_view(env)->observation + i * OBS;
}

static bool alike(const rl_vec_env *env, int i, int k) {
  return memcmp(observation(env, i), observation(env, k), OBS * sizeof(float)) == 0;
}

static void step(rl_vec_env *env, const float *action) {
  rl_error error;
  assert_ok(rl_vec_env_step(env, action, &error));
}

static void step_alike(rl_vec_env *env, float push) {
  float action[COPIES];
  for (int i = 0; i < COPIES; i++) action[i] = push;
  step(env, action);
}

static void random_steps(rl_vec_env *env, rl_rng *rng, int steps) {
  for (int t = 0; t < steps; t++) {
    float action[COPIES];
    fill_normal(rng, action, COPIES, 0.8f);
    step(env, action);
  }
}

static void reset_groups(rl_vec_env *env) {
  rl_error error;
  assert_ok(rl_vec_env_reset_groups(env, GROUP, &error));
}

/* Groups. */

static void copies_of_a_group_begin_alike_and_go_on_alike_with_the_same_actions(void **state) {
  (void)state;
  rl_env_def def = toy_box();
  rl_vec_env *env = env_new(&def, COPIES, NULL);
  reset_groups(env);
  for (int t = 0; t < 10; t++) {
    for (int i = 0; i < COPIES; i++) assert_true(alike(env, i, i - i % GROUP));
    assert_false(alike(env, 0, GROUP));
    step_alike(env, 0.1f);
  }
  float action[COPIES] = {0.5f};
  step(env, action);
  assert_false(alike(env, 0, 1)); /* another action, another way */
  for (int i = 2; i < GROUP; i++) assert_true(alike(env, 1, i));
  rl_vec_env_free(env);
}

/* The members of a group but the first have not drawn from their own streams, so what they show next is what
 * they would have shown at first. */
static void after_a_group_episode_copies_draw_from_their_own_streams(void **state) {
  (void)state;
  rl_env_def def = toy_box();
  const double short_episodes[] = {0.05, 5.0};
  rl_vec_env *plain = env_new(&def, COPIES, short_episodes);
  rl_vec_env_reset(plain, NULL);
  for (int restarts = 0; restarts < 2; restarts++) {
    rl_vec_env *env = env_new(&def, COPIES, short_episodes);
    reset_groups(env);
    for (int t = 0; t < 5 - !restarts; t++) step_alike(env, 0.0f);
    if (!restarts) rl_vec_env_reset(env, NULL);
    for (int i = 0; i < COPIES; i++) {
      if (restarts) assert_true(rl_vec_env_view(env)->truncated[i]);
      bool as_at_first = memcmp(observation(env, i), observation(plain, i), OBS * sizeof(float)) == 0;
      assert_int_equal(as_at_first, i % GROUP != 0);
    }
    rl_vec_env_free(env);
  }
  rl_vec_env_free(plain);
}

static void groups_of_one_are_a_plain_reset(void **state) {
  (void)state;
  rl_env_def def = toy_box();
  rl_error error;
  rl_vec_env *plain = env_new(&def, COPIES, NULL), *ones = env_new(&def, COPIES, NULL);
  rl_vec_env_reset(plain, NULL);
  assert_ok(rl_vec_env_reset_groups(ones, 1, &error));
  assert_memory_equal(observation(plain, 0), observation(ones, 0), COPIES * OBS * sizeof(float));
  rl_vec_env_free(plain);
  rl_vec_env_free(ones);
}

static void groups_that_cannot_be_are_refused_and_the_episodes_go_on(void **state) {
  (void)state;
  rl_env_def def = toy_box(), once = toy_box();
  rl_error error;
  once.repeatable = false;
  rl_vec_env *env = env_new(&def, COPIES, NULL), *single = env_new(&once, COPIES, NULL);
  rl_vec_env_reset(env, NULL);
  rl_vec_env_reset(single, NULL);
  step_alike(env, 0.3f);
  const int sizes[] = {3, 0, -2, 16};
  for (int k = 0; k < 4; k++)
    assert_refused(rl_vec_env_reset_groups(env, sizes[k], &error), RL_BAD_ARGUMENT, "8 copies of toy");
  assert_refused(rl_vec_env_reset_groups(single, GROUP, &error), RL_BAD_ARGUMENT, "toy cannot repeat");
  step_alike(env, 0.3f);
  step_alike(single, 0.3f);
  assert_int_equal(rl_vec_env_view(env)->episode_length[0], 2);
  rl_vec_env_free(env);
  rl_vec_env_free(single);
}

/* With a limit of 12, and noise that throws some copies out before, `before` leaves groups in their first
 * episode, some copies in their own second and all beyond. */
static void check_continuation(bool restart, int before) {
  static unsigned char want[SNAPSHOT], got[SNAPSHOT];
  rl_env_def def = toy_box();
  rl_error error;
  rl_rng rng;
  rl_rng_init(&rng, 78, 0);
  rl_vec_env *first = env_new(&def, COPIES, (double[]){0.2, 12.0}), *second;
  assert_ok(rl_vec_env_create(&second, &def, COPIES, 999, 0, NULL, &error));
  rl_vec_env_set_restart(first, restart);
  rl_vec_env_set_restart(second, restart);
  reset_groups(first);
  random_steps(first, &rng, before);
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_vec_env_save(first, archive, "env", &error));
  assert_ok(rl_vec_env_load(second, archive, "env", &error));
  for (int part = 0; part < 4; part++) {
    size_t size = snapshot(first, want);
    assert_true(size < SNAPSHOT);
    snapshot(second, got);
    assert_memory_equal(got, want, size);
    rl_rng again = rng;
    random_steps(first, &rng, 7);
    random_steps(second, &again, 7);
    if (part == 2) {
      rl_vec_env_reset(first, NULL);
      rl_vec_env_reset(second, NULL);
    }
  }
  rl_archive_free(archive);
  rl_vec_env_free(first);
  rl_vec_env_free(second);
}

static void a_state_saved_in_a_group_episode_continues_with_the_same_bytes(void **state) {
  (void)state;
  for (int before = 0; before <= 26; before++) {
    check_continuation(true, before);
    check_continuation(false, before);
  }
}

/* What cannot be repeated begins its next episode, which is said; the sums and streams are there. */
static void copies_that_cannot_be_repeated_begin_their_next_episode(void **state) {
  (void)state;
  rl_env_def once = toy_box();
  rl_error error;
  rl_rng rng;
  rl_rng_init(&rng, 81, 0);
  once.repeatable = false;
  rl_vec_env *first = env_new(&once, COPIES, NULL), *second = env_new(&once, COPIES, NULL);
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_vec_env_reset(first, &error));
  random_steps(first, &rng, 5);
  assert_ok(rl_vec_env_save(first, archive, "env", &error));
  assert_string_equal(rl_vec_env_notice(first),
                      "toy: not bit for bit: 8 of 8 copies begin their next episode: it is "
                      "not repeatable and has no save and load");
  assert_ok(rl_vec_env_load(second, archive, "env", &error));
  assert_non_null(strstr(rl_vec_env_notice(second), "8 of 8 copies have begun their next episode"));
  assert_true(rl_vec_env_is_reset(second));
  assert_ok(rl_vec_env_reset(first, &error)); /* draws from the same streams */
  assert_memory_equal(observation(first, 0), observation(second, 0), COPIES * OBS * sizeof(float));
  for (int i = 0; i < COPIES; i++) assert_int_equal(rl_vec_env_view(second)->episode_length[i], 0);
  rl_archive_free(archive);
  rl_vec_env_free(first);
  rl_vec_env_free(second);
}

/* Copies to a piece. */

static void results_are_the_same_bytes_for_any_number_of_copies_to_a_piece(void **state) {
  (void)state;
  static unsigned char want[SNAPSHOT], got[SNAPSHOT];
  const int sizes[] = {0, 1, 3, 64};
  for (int k = 0; k < 4; k++) {
    rl_env_def def = toy_box();
    rl_rng rng;
    rl_rng_init(&rng, 77, 0);
    def.copies_a_piece = sizes[k];
    rl_set_threads(1 + k % 2);
    rl_vec_env *env = env_new(&def, COPIES, NULL);
    rl_vec_env_reset(env, NULL);
    random_steps(env, &rng, 60);
    size_t size = snapshot(env, k ? got : want);
    if (k) assert_memory_equal(got, want, size);
    rl_vec_env_free(env);
  }
  rl_set_threads(1);
}

/* An environment that fails: the toy, but every call is counted and one of them, of one copy, fails. */

typedef struct trouble {
  int calls, last_copy, wrong_order;
  int copy, call;   /* which call of which copy fails, counted from 0; -1: none */
  int done[64];     /* calls of each copy */
  pthread_t thread; /* where all calls must be */
  bool other_thread;
} trouble;

static bool fails_now(trouble *t, rl_env_io *io) {
  t->calls++;
  t->other_thread = t->other_thread || !pthread_equal(t->thread, pthread_self());
  t->wrong_order += io->copy != 0 && io->copy != t->last_copy + 1;
  t->last_copy = io->copy;
  if (io->copy != t->copy || t->done[io->copy]++ != t->call) return false;
  io->status = rl_fail(io->error, RL_CALLBACK, "call %d of copy %d fails", t->call, io->copy);
  return true;
}

static trouble *trouble_of(const void *self) {
  return (trouble *)(uintptr_t)((const toy *)self)->def->config;
}

static void frail_reset(void *self, const double *options, rl_rng *rng, rl_env_io *io) {
  if (!fails_now(trouble_of(self), io)) toy_reset(self, options, rng, io);
}

static void frail_step(void *self, const float *action, rl_env_io *io) {
  if (!fails_now(trouble_of(self), io)) toy_step(self, action, io);
}

static rl_env_def frail_box(trouble *t, int copy, int call) {
  rl_env_def def = toy_box();
  *t = (trouble){.copy = copy, .call = call, .thread = pthread_self()};
  def.serial = true;
  def.config = t;
  def.reset = frail_reset;
  def.step = frail_step;
  return def;
}

static void a_serial_environment_runs_on_the_calling_thread_in_order(void **state) {
  (void)state;
  static unsigned char want[SNAPSHOT], got[SNAPSHOT];
  trouble t;
  rl_env_def plain = toy_box(), def = frail_box(&t, -1, 0);
  rl_rng rng, again;
  rl_rng_init(&rng, 79, 0);
  again = rng;
  rl_set_threads(2);
  rl_vec_env *a = env_new(&plain, COPIES, NULL), *b = env_new(&def, COPIES, NULL);
  rl_vec_env_reset(a, NULL);
  rl_vec_env_reset(b, NULL);
  random_steps(a, &rng, 20);
  random_steps(b, &again, 20);
  rl_set_threads(1);
  assert_false(t.other_thread);
  assert_int_equal(t.calls, COPIES * 21);
  assert_int_equal(t.wrong_order, 0);
  size_t size = snapshot(a, want);
  snapshot(b, got);
  assert_memory_equal(got, want, size);
  rl_vec_env_free(a);
  rl_vec_env_free(b);
}

/* Call 0 of a copy is its reset, call 3 its third step. */
static void a_failure_stops_the_call_and_asks_for_a_reset(void **state) {
  (void)state;
  const float action[COPIES] = {0};
  trouble t;
  rl_env_def def = frail_box(&t, 2, 3);
  rl_error error;
  rl_vec_env *env = env_new(&def, COPIES, NULL);
  assert_ok(rl_vec_env_reset(env, &error));
  step(env, action);
  step(env, action);
  t.calls = 0;
  assert_refused(rl_vec_env_step(env, action, &error), RL_CALLBACK, "call 3 of copy 2");
  assert_int_equal(t.calls, 3); /* copies 0, 1 and the one that failed */
  assert_false(rl_vec_env_is_reset(env));
  assert_refused(rl_vec_env_step(env, action, &error), RL_BAD_ARGUMENT, "reset");
  assert_ok(rl_vec_env_reset(env, &error)); /* the failure is forgotten */
  step(env, action);
  for (int i = 0; i < COPIES; i++) assert_int_equal(rl_vec_env_view(env)->episode_length[i], 1);
  rl_vec_env_free(env);
}

static void a_reset_may_fail_whether_or_not_anybody_asks_why(void **state) {
  (void)state;
  trouble t;
  rl_env_def def = frail_box(&t, 5, 0);
  rl_error error;
  for (int asks = 0; asks < 2; asks++) {
    t.done[5] = 0;
    rl_vec_env *env = env_new(&def, COPIES, NULL);
    assert_int_equal(rl_vec_env_reset(env, asks ? &error : NULL), RL_CALLBACK);
    assert_false(rl_vec_env_is_reset(env));
    if (asks) assert_non_null(strstr(error.message, "call 0 of copy 5"));
    assert_ok(rl_vec_env_reset(env, &error));
    rl_vec_env_free(env);
  }
}

/* With episodes of two steps, call 3 is the reset at the end of the first. */
static void a_restart_may_fail(void **state) {
  (void)state;
  const float action[COPIES] = {0};
  trouble t;
  rl_env_def def = frail_box(&t, 7, 3);
  rl_error error;
  rl_vec_env *env = env_new(&def, COPIES, (double[]){0.0, 2.0});
  assert_ok(rl_vec_env_reset(env, &error));
  step(env, action);
  assert_refused(rl_vec_env_step(env, action, &error), RL_CALLBACK, "call 3 of copy 7");
  assert_false(rl_vec_env_is_reset(env));
  assert_ok(rl_vec_env_reset(env, &error));
  for (int k = 0; k < 4; k++) step(env, action);
  rl_vec_env_free(env);
}

static void a_failure_while_loading_changes_nothing(void **state) {
  (void)state;
  trouble t;
  rl_env_def plain = toy_box(), def = frail_box(&t, 3, 4);
  rl_error error;
  rl_rng rng;
  rl_rng_init(&rng, 80, 0);
  rl_vec_env *saved = env_new(&plain, COPIES, NULL), *env = env_new(&def, COPIES, NULL);
  rl_archive *archive = rl_archive_new();
  rl_vec_env_reset(saved, NULL);
  random_steps(saved, &rng, 6);
  assert_ok(rl_vec_env_save(saved, archive, "env", &error));
  assert_refused(rl_vec_env_load(env, archive, "env", &error), RL_CALLBACK, "call 4 of copy 3");
  assert_false(rl_vec_env_is_reset(env));
  assert_ok(rl_vec_env_load(env, archive, "env", &error));
  assert_memory_equal(observation(env, 0), observation(saved, 0), COPIES * OBS * sizeof(float));
  rl_archive_free(archive);
  rl_vec_env_free(saved);
  rl_vec_env_free(env);
}

static void a_failure_comes_out_of_an_evaluation_and_a_recording(void **state) {
  (void)state;
  trouble t;
  rl_error error;
  rl_policy policy;
  rl_policy_options options = rl_policy_defaults();
  rl_env_def plain = toy_box();
  assert_ok(rl_policy_init(&policy, &plain.observation, &plain.action, &options, &error));
  for (int call = 0; call < 6; call++) {
    rl_evaluation evaluation;
    rl_env_def def = frail_box(&t, 4, call);
    assert_refused(rl_evaluate(&evaluation, &def, NULL, NULL, &policy, COPIES, true, 1, NULL, 0, &error),
                   RL_CALLBACK, "of copy 4");
    rl_evaluation_release(&evaluation);
    rl_recording recording;
    rl_rng rng;
    rl_rng_init(&rng, 81, 0);
    def = frail_box(&t, 0, call);
    rl_vec_env *env = env_new(&def, 1, NULL);
    rl_vec_env_set_restart(env, false);
    assert_refused(rl_record(&recording, env, &policy, true, &rng, 100, &error), RL_CALLBACK, "of copy 0");
    assert_int_equal(recording.length, call);
    rl_recording_release(&recording);
    rl_vec_env_free(env);
  }
  rl_policy_release(&policy);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(copies_of_a_group_begin_alike_and_go_on_alike_with_the_same_actions),
      cmocka_unit_test(after_a_group_episode_copies_draw_from_their_own_streams),
      cmocka_unit_test(groups_of_one_are_a_plain_reset),
      cmocka_unit_test(groups_that_cannot_be_are_refused_and_the_episodes_go_on),
      cmocka_unit_test(a_state_saved_in_a_group_episode_continues_with_the_same_bytes),
      cmocka_unit_test(copies_that_cannot_be_repeated_begin_their_next_episode),
      cmocka_unit_test(results_are_the_same_bytes_for_any_number_of_copies_to_a_piece),
      cmocka_unit_test(a_serial_environment_runs_on_the_calling_thread_in_order),
      cmocka_unit_test(a_failure_stops_the_call_and_asks_for_a_reset),
      cmocka_unit_test(a_reset_may_fail_whether_or_not_anybody_asks_why),
      cmocka_unit_test(a_restart_may_fail),
      cmocka_unit_test(a_failure_while_loading_changes_nothing),
      cmocka_unit_test(a_failure_comes_out_of_an_evaluation_and_a_recording),
  };
  rl_set_threads(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
