/* What computes for long ends when the program asks for it, and leaves its objects in order. */
#include "base/stop.h"
#include "base/parallel.h"
#include "episodes/evaluate.h"
#include "episodes/population.h"
#include "episodes/recording.h"
#include "toy_agent.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

static rl_env_def box_def;

static int forget(void **state) {
  (void)state;
  rl_stop_forget();
  return 0;
}

/* So many passes that an update takes seconds. */
static rl_method_options long_options(const rl_method_class *method) {
  rl_method_options options = defaults_of(method->name);
  options.epochs = method->step == RL_STEP_EPOCHS ? 1000 : 1;
  options.cg_iterations = 1000;
  options.replay = 1.0;
  options.minibatch = 10;
  return options;
}

static void *ask_soon(void *unused) {
  (void)unused;
  nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
  rl_stop();
  return NULL;
}

/* A reward that asks after some calls. */
static rl_status ask_after(void *context, rl_judgement *judgement, rl_error *error) {
  (void)judgement, (void)error;
  if (--*(int *)context == 0) rl_stop();
  return RL_OK;
}

static int no_terms(void *context) {
  (void)context;
  return 0;
}

static void a_batch_ends_between_two_steps(void **state) {
  (void)state;
  int calls = 10 * COPIES;
  rl_error error;
  agent a;
  rl_method_options options = rl_method_defaults("a2c", true);
  agent_new_of(&a, &(agent_parts){0}, &box_def, &options, 1);
  rl_vec_env_set_judge(a.env, &(rl_judge){.context = &calls, .judge = ask_after, .n_terms = no_terms});
  assert_int_equal(rl_method_collect(a.method, STEPS, &error), RL_INTERRUPTED);
  assert_string_equal(error.message, "interrupted");
  assert_int_equal(calls, 0);
  assert_true(rl_vec_env_is_reset(a.env)); /* the copies stand where they are */
  assert_int_equal(rl_method_phase_of(a.method), RL_IDLE);
  rl_method_stats stats;
  assert_int_equal(rl_method_update(a.method, &stats, &error), RL_BAD_ARGUMENT); /* there is no batch */
  rl_stop_forget();
  assert_ok(rl_method_collect(a.method, STEPS, &error));
  assert_ok(rl_method_update(a.method, &stats, &error));
  agent_free(&a);
}

/* Of every method, in the middle of an update, on one thread and more. */
static void an_update_that_is_cut_leaves_the_networks_as_they_were(void **state) {
  (void)state;
  int count;
  const rl_method_class *classes = rl_method_classes(&count);
  for (int k = 0; k < count; k++) {
    const rl_method_class *method = &classes[k];
    const bool once = method->step == RL_STEP_ONCE || method->step == RL_STEP_WORKERS ||
                      method->of_episodes; /* too short to be caught */
    rl_error error;
    agent a;
    agent_parts parts = parts_of(method, 0);
    rl_method_options options = long_options(method);
    rl_set_threads(1 + k % 3);
    agent_new_of(&a, &parts, &box_def, &options, 1);
    assert_ok(rl_method_collect(a.method, method->step == RL_STEP_NATURAL ? 20000 : 4000, &error));
    rl_tensor before;
    assert_ok(rl_tensor_clone(&before, &a.policy.network.theta, &error));
    pthread_t thread;
    rl_method_stats stats;
    if (once)
      rl_stop();
    else
      assert_int_equal(pthread_create(&thread, NULL, ask_soon, NULL), 0);
    assert_int_equal(rl_method_update(a.method, &stats, &error), RL_INTERRUPTED);
    if (!once) pthread_join(thread, NULL);
    assert_memory_equal(before.data, a.policy.network.theta.data, (size_t)before.shape[0] * sizeof(float));
    assert_int_equal(rl_method_phase_of(a.method), RL_IDLE);
    rl_stop_forget();
    options.epochs = options.cg_iterations = 1;
    assert_ok(rl_method_set_options(a.method, &options, &error));
    assert_ok(rl_method_update(a.method, &stats, &error)); /* of the same batch */
    rl_tensor_release(&before);
    agent_free(&a);
  }
  rl_set_threads(0);
}

/* Episodes of 10000 steps, of which some are taken. */
static void evaluations_end(void **state) {
  (void)state;
  rl_error error;
  rl_policy policy;
  rl_policy_options options = rl_policy_defaults();
  double values[TOY_OPTIONS] = {0.0, 10000.0};
  assert_ok(rl_policy_init(&policy, &box_def.observation, &box_def.action, &options, &error));
  for (int threads = 1; threads <= 2; threads++) {
    rl_set_threads(threads);
    int calls = 100;
    rl_judge judge = {.context = &calls, .judge = ask_after, .n_terms = no_terms};
    rl_evaluation evaluation;
    assert_int_equal(rl_evaluate(&evaluation, &box_def, values, &judge, &policy, 4, true, 1, NULL, 0, &error),
                     RL_INTERRUPTED);
    rl_evaluation_release(&evaluation);
    rl_stop_forget();
    double returns[2] = {0};
    rl_population_result result = {.returns = returns};
    rl_population_options how = rl_population_defaults();
    how.episodes = 1 << 22; /* hours */
    rl_population who = {.def = &box_def, .options = values, .n = 2, .policy = &policy};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, ask_soon, NULL), 0);
    assert_int_equal(rl_evaluate_population(&who, &how, &result, &error), RL_INTERRUPTED);
    pthread_join(thread, NULL);
    rl_stop_forget();
    calls = 100;
    who.judge = &judge;
    assert_int_equal(rl_evaluate_population(&who, &how, &result, &error), RL_INTERRUPTED);
    rl_stop_forget();
  }
  rl_set_threads(0);
  rl_policy_release(&policy);
}

static void a_recording_ends(void **state) {
  (void)state;
  rl_error error;
  rl_vec_env *env;
  rl_recording recording;
  rl_rng rng;
  int calls = 100;
  rl_rng_init(&rng, 1, 0);
  assert_ok(rl_vec_env_create(&env, &box_def, 1, 1, 0, (double[]){0.0, 10000.0}, &error));
  rl_vec_env_set_restart(env, false);
  rl_vec_env_set_judge(env, &(rl_judge){.context = &calls, .judge = ask_after, .n_terms = no_terms});
  assert_int_equal(rl_record(&recording, env, NULL, true, &rng, 10000, &error), RL_INTERRUPTED);
  assert_int_equal(recording.length, 101);
  rl_recording_release(&recording);
  rl_vec_env_free(env);
}

int main(void) {
  box_def = toy_box();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_teardown(a_batch_ends_between_two_steps, forget),
      cmocka_unit_test_teardown(an_update_that_is_cut_leaves_the_networks_as_they_were, forget),
      cmocka_unit_test_teardown(evaluations_end, forget),
      cmocka_unit_test_teardown(a_recording_ends, forget),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
