/* Training in a thread of its own: the same bytes as collect and update, with the program at work meanwhile; policies
 * that are handed over whole; stopping and going on in the middle of anything; what is refused; errors, memory, forks and
 * ends while the thread is at work. */
#include "base/background.h"
#include "base/memory.h"
#include "base/parallel.h"
#include "check.h"
#include "method/agent.h"
#include "method/trainer.h"
#include "toy_agent.h"

#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ITERATIONS = 4 };

static rl_env_def box_def, choice_def, factors_def;

static void pause_briefly(void) { nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL); }

static rl_method_options options_of(const rl_method_class *method, const agent_parts *parts) {
  rl_method_options options = defaults_of(method->name);
  options.minibatch = 50;
  options.epochs = 2;
  options.base_kl_coef = parts->with_base ? 0.1 : 0.0;
  options.symmetric = parts->mode;
  return options;
}

/* A loop of the program's own, as large as one of training. */
static void square(void *context, int index, int worker) {
  (void)worker;
  ((double *)context)[index] = (double)index * index;
}

static void work_meanwhile(void) {
  double squares[64];
  rl_parallel_for(64, square, squares);
  for (int i = 0; i < 64; i++) assert_true(squares[i] == (double)i * i);
}

/* The next iteration that there is. */
static rl_iteration wait_for_news(rl_trainer *trainer) {
  rl_error error;
  rl_iteration iteration;
  bool news = false;
  while (!news) {
    assert_ok(rl_trainer_poll(trainer, &iteration, &news, &error));
    if (!news) work_meanwhile();
  }
  return iteration;
}

static void assert_same(const agent *a, const agent *b) {
  rl_archive *x = state_of(a), *y = state_of(b);
  for (int i = 0; i < rl_archive_count(x); i++) {
    const rl_array *p = rl_archive_at(x, i), *q = rl_archive_find(y, p->name);
    size_t size = p->dtype == RL_F32 || p->dtype == RL_I32 ? 4 : p->dtype == RL_U8 ? 1 : 8;
    assert_true(q && p->count == q->count);
    assert_memory_equal(p->data, q->data, (size_t)p->count * size);
  }
  rl_archive_free(x);
  rl_archive_free(y);
}

static void assert_same_iteration(const rl_iteration *a, const rl_rollout_stats *batch,
                                  const rl_method_stats *update) {
  assert_memory_equal(&a->update, update,
                      offsetof(rl_method_stats, epochs_done) + sizeof update->epochs_done);
  assert_int_equal(a->batch.total_steps, batch->total_steps);
  assert_memory_equal(&a->batch.mean_reward, &batch->mean_reward, sizeof batch->mean_reward);
}

/* The two agents that are to become the same; `by` is the trainer of the second. */
typedef struct pair {
  agent at_once, threaded;
  rl_trainer *by;
} pair;

static void pair_new(pair *p, const agent_parts *parts, const rl_env_def *def,
                     const rl_method_options *options) {
  rl_error error;
  agent_new_of(&p->at_once, parts, def, options, 1);
  agent_new_of(&p->threaded, parts, def, options, 1);
  assert_ok(rl_trainer_create(&p->by, p->threaded.method, STEPS, &error));
}

static void pair_free(pair *p) {
  rl_trainer_free(p->by);
  agent_free(&p->at_once);
  agent_free(&p->threaded);
}

static void pair_of_ppo(pair *p) {
  const agent_parts parts = {0};
  const rl_method_options options = options_of(rl_method_find("ppo", &(rl_error){0}), &parts);
  pair_new(p, &parts, &box_def, &options);
}

static void a_thread_gives_the_same_bytes_as_all_at_once(void **state) {
  (void)state;
  for (int i = 0; i < ROUNDS * method_count(); i++) {
    rl_error error;
    const rl_method_class *method = rl_method_find(method_name(i / ROUNDS), &error);
    const agent_parts parts = parts_of(method, i % ROUNDS);
    const rl_method_options options = options_of(method, &parts);
    pair p;
    pair_new(&p, &parts,
             suited(method,
                    i % 3 == 2 ? &factors_def
                    : i % 2    ? &choice_def
                               : &box_def,
                    &box_def),
             &options);
    rl_set_threads(1 + i % 3);
    assert_ok(rl_trainer_start(p.by, ITERATIONS, &error));
    rl_set_threads(3 - i % 3);
    for (int k = 0; k < ITERATIONS; k++) {
      const rl_iteration got = wait_for_news(p.by);
      const rl_rollout_stats batch = collect(&p.at_once, STEPS)->stats;
      const rl_method_stats stats = update(&p.at_once);
      assert_same_iteration(&got, &batch, &stats);
    }
    rl_trainer_stop(p.by);
    assert_false(rl_trainer_runs(p.by));
    assert_same(&p.at_once, &p.threaded);
    pair_free(&p);
  }
  rl_set_threads(1);
}

/* Whatever is polled when, the program's policy is one of those that there are between iterations, and never older than
 * one before. */
static void a_policy_is_handed_over_whole(void **state) {
  (void)state;
  enum { MANY = 30 };
  static float after[MANY + 1][MAX_PARAMETERS];
  rl_error error;
  pair p;
  pair_of_ppo(&p);
  const size_t size = count(&p.threaded.policy.network) * sizeof(float);
  for (int k = 0; k <= MANY; k++) {
    memcpy(after[k], p.at_once.policy.network.theta.data, size);
    if (k == MANY) break;
    collect(&p.at_once, STEPS);
    update(&p.at_once);
  }
  assert_ok(rl_trainer_start(p.by, MANY, &error));
  int now = 0, told = 0;
  for (rl_iteration iteration; rl_trainer_runs(p.by) || told < MANY; pause_briefly()) {
    bool news;
    assert_ok(rl_trainer_poll(p.by, &iteration, &news, &error));
    told += news;
    while (now < MANY && memcmp(after[now], p.threaded.policy.network.theta.data, size) != 0) now++;
    assert_memory_equal(after[now], p.threaded.policy.network.theta.data, size);
    assert_true(now >= told);
  }
  assert_same(&p.at_once, &p.threaded);
  pair_free(&p);
}

static void it_can_be_stopped_anywhere_and_goes_on_in_a_thread_or_without(void **state) {
  (void)state;
  rl_error error;
  rl_iteration iteration;
  pair p;
  pair_of_ppo(&p);
  for (int round = 0, told = 0; told < 12; round++) {
    bool done = false;
    if (round % 3 == 2) {
      for (int k = 0; k < 17 && !done; k++) assert_ok(rl_trainer_advance(p.by, &iteration, &done, &error));
    } else {
      assert_ok(rl_trainer_start(p.by, 0, &error));
      for (int k = 0; k < round % 5; k++) pause_briefly();
      rl_trainer_stop(p.by);
    }
    told += done;
    for (bool news = true; news; told += news) {
      assert_ok(rl_trainer_poll(p.by, &iteration, &news, &error));
      assert_true(rl_trainer_fraction(p.by) >= 0.0 && rl_trainer_fraction(p.by) <= 1.0);
    }
  }
  for (bool done = false; rl_method_phase_of(p.threaded.method) != RL_IDLE;)
    assert_ok(rl_trainer_advance(p.by, &iteration, &done, &error));
  while (rl_method_rollout(p.at_once.method) == NULL ||
         rl_method_rollout(p.at_once.method)->stats.total_steps <
             rl_method_rollout(p.threaded.method)->stats.total_steps) {
    collect(&p.at_once, STEPS);
    update(&p.at_once);
  }
  assert_same(&p.at_once, &p.threaded);
  pair_free(&p);
}

static void what_is_half_done_can_be_given_up(void **state) {
  (void)state;
  for (int round = 0; round < 20; round++) {
    rl_error error;
    rl_method_stats stats;
    pair p;
    pair_of_ppo(&p);
    assert_ok(rl_trainer_start(p.by, 0, &error));
    for (int k = 0; k < round; k++) pause_briefly();
    rl_method_stop(p.threaded.method); /* in the middle of its thread, too */
    assert_false(rl_trainer_runs(p.by));
    assert_int_equal(rl_method_phase_of(p.threaded.method), RL_IDLE);
    float *theta = p.threaded.policy.network.theta.data, before = theta[0];
    collect(&p.threaded, STEPS);
    assert_ok(rl_method_update(p.threaded.method, &stats, &error));
    assert_true(theta[0] != before); /* it is the program's own again that is trained */
    pair_free(&p);
  }
}

static void while_a_thread_has_it_a_method_refuses_what_would_change_it(void **state) {
  (void)state;
  rl_error error;
  rl_method_stats stats;
  rl_iteration iteration;
  bool done;
  const char *what = "the thread of a trainer has it";
  pair p;
  pair_of_ppo(&p);
  rl_method *method = p.threaded.method;
  const rl_method_options options = *rl_method_settings(method);
  rl_archive *archive = rl_archive_new();
  rl_agent *hired;
  rl_trainer *other;
  float gradient[MAX_PARAMETERS], observation[COPIES * OBS] = {0};
  const float *action;
  assert_ok(rl_agent_create(&hired, method, STEPS, &error));
  assert_ok(rl_trainer_create(&other, method, STEPS, &error));
  assert_ok(rl_trainer_start(p.by, 0, &error));
  assert_refused(rl_method_collect(method, STEPS, &error), RL_BAD_ARGUMENT, what);
  assert_refused(rl_method_begin_collect(method, STEPS, &error), RL_BAD_ARGUMENT, what);
  assert_refused(rl_method_advance(method, &stats, &error), RL_BAD_ARGUMENT, what);
  assert_refused(rl_method_update(method, &stats, &error), RL_BAD_ARGUMENT, what);
  assert_refused(rl_method_gradient(method, (const int[]){0}, 1, gradient, NULL, &error), RL_BAD_ARGUMENT,
                 what);
  assert_refused(rl_method_set_options(method, &options, &error), RL_BAD_ARGUMENT, what);
  assert_refused(rl_method_save(method, archive, "method", &error), RL_BAD_ARGUMENT, what);
  assert_refused(rl_method_load(method, archive, "method", &error), RL_BAD_ARGUMENT, what);
  assert_refused(rl_agent_see(hired, observation, &error), RL_BAD_ARGUMENT, what);
  assert_refused(rl_trainer_start(p.by, 0, &error), RL_BAD_ARGUMENT, what);
  assert_refused(rl_trainer_advance(p.by, &iteration, &done, &error), RL_BAD_ARGUMENT, what);
  assert_refused(rl_trainer_start(other, 0, &error), RL_BAD_ARGUMENT, what);
  assert_refused(rl_trainer_advance(other, &iteration, &done, &error), RL_BAD_ARGUMENT, what);
  rl_method_stop(method);
  assert_ok(rl_agent_see(hired, observation, &error));
  assert_ok(rl_agent_act(hired, &action, &error));
  assert_refused(rl_trainer_start(other, 0, &error), RL_BAD_ARGUMENT, "half done, by an agent");
  rl_agent_reset(hired);
  assert_ok(rl_trainer_start(other, 1, &error));
  wait_for_news(other);
  rl_trainer_free(other);
  rl_agent_free(hired);
  rl_archive_free(archive);
  pair_free(&p);
}

static rl_status judge(void *context, rl_judgement *judgement, rl_error *error) {
  (void)context;
  (void)error;
  judgement->reward = 1.0;
  return RL_OK;
}

static int no_terms(void *context) {
  (void)context;
  return 0;
}

static void what_calls_the_program_is_not_for_a_thread(void **state) {
  (void)state;
  rl_error error;
  pair p;
  pair_of_ppo(&p);
  rl_vec_env_set_judge(p.threaded.env, &(rl_judge){.judge = judge, .n_terms = no_terms});
  assert_refused(rl_trainer_start(p.by, 0, &error), RL_BAD_ARGUMENT, "in slices there, with advance");
  rl_vec_env_set_judge(p.threaded.env, NULL);
  box_def.serial = true;
  assert_refused(rl_trainer_start(p.by, 0, &error), RL_BAD_ARGUMENT, "what it does is a function");
  box_def.serial = false;
  assert_ok(rl_trainer_start(p.by, 1, &error));
  pair_free(&p);
}

static void an_error_ends_the_thread_and_arrives_when_all_else_is_told(void **state) {
  (void)state;
  rl_error error;
  rl_iteration iteration;
  rl_status status = RL_OK;
  bool news;
  pair p;
  pair_of_ppo(&p);
  float *weight = p.threaded.policy.network.theta.data, good = *weight;
  *weight = NAN;
  assert_ok(rl_trainer_start(p.by, 0, &error));
  while (!status) status = rl_trainer_poll(p.by, &iteration, &news, &error);
  assert_refused(status, RL_NOT_FINITE, "parameter");
  assert_ok(rl_trainer_poll(p.by, &iteration, &news, &error)); /* once */
  assert_false(news || rl_trainer_runs(p.by));
  *weight = good;
  assert_ok(rl_trainer_start(p.by, 1, &error));
  wait_for_news(p.by);
  pair_free(&p);
}

static void a_thread_that_nobody_polls_waits(void **state) {
  (void)state;
  rl_error error;
  rl_iteration iteration;
  bool news = true;
  int told = 0;
  pair p;
  pair_of_ppo(&p);
  assert_ok(rl_trainer_start(p.by, 2 * RL_UNTOLD, &error));
  for (int i = 0; i < 20; i++) pause_briefly();
  for (; rl_trainer_runs(p.by) || news; told += news)
    assert_ok(rl_trainer_poll(p.by, &iteration, &news, &error));
  assert_int_equal(told, 2 * RL_UNTOLD);
  pair_free(&p);
}

/* What the thread takes counts for who has started it, and comes back. */
static void the_memory_of_a_thread_is_that_of_the_program(void **state) {
  (void)state;
  rl_error error;
  rl_iteration iteration;
  rl_status status = RL_OK;
  bool news;
  rl_budget *budget = rl_budget_create("the test", 1000000);
  pair p;
  pair_of_ppo(&p);
  rl_trainer *large;
  rl_budget_use(budget);
  assert_ok(rl_trainer_create(&large, p.threaded.method, 1 << 20, &error));
  assert_ok(rl_trainer_start(large, 0, &error));
  while (!status) status = rl_trainer_poll(large, &iteration, &news, &error);
  assert_refused(status, RL_NO_MEMORY, "the test allows 1000000 bytes");
  rl_trainer_free(large);
  assert_int_equal(rl_budget_used(budget), 0);
  rl_budget_use(NULL);
  rl_budget_free(budget);
  assert_ok(rl_trainer_start(p.by, 1, &error));
  wait_for_news(p.by);
  pair_free(&p);
}

/* From nothing to enough, some bytes more at a time: wherever memory is refused it is said, by start or by poll, and all comes
 * back. */
static void memory_may_be_refused_anywhere(void **state) {
  (void)state;
  bool trained = false;
  int refused = 0;
  for (size_t limit = 0; !trained; limit += 700) {
    rl_error error;
    rl_iteration iteration;
    bool news = false;
    rl_budget *budget = rl_budget_create("the test", limit);
    pair p;
    pair_of_ppo(&p);
    rl_budget_use(budget);
    rl_status status = rl_trainer_start(p.by, 1, &error);
    while (!status && !news) status = rl_trainer_poll(p.by, &iteration, &news, &error);
    trained = !status;
    if (status) assert_refused(status, RL_NO_MEMORY, "not enough memory: the test allows");
    refused += !trained;
    pair_free(&p);
    rl_budget_use(NULL);
    assert_int_equal(rl_budget_used(budget), 0);
    rl_budget_free(budget);
  }
  assert_true(refused > 50);
}

static void trainer_or_method_may_end_while_the_thread_is_at_work(void **state) {
  (void)state;
  for (int round = 0; round < 20; round++) {
    rl_error error;
    pair p;
    pair_of_ppo(&p);
    assert_ok(rl_trainer_start(p.by, 0, &error));
    for (int k = 0; k < round % 5; k++) pause_briefly();
    if (round % 2) {
      rl_trainer_stop(p.by); /* something may be half done */
      for (int k = 0; k < round % 5; k++) pause_briefly();
    }
    if (round % 4 < 2) {
      rl_method_free(p.threaded.method);
      p.threaded.method = NULL;
    }
    pair_free(&p);
  }
}

/* Between two pieces: the child goes on to the same bytes, in a thread of its own or without. */
static void a_forked_child_goes_on_where_the_thread_was(void **state) {
  (void)state;
#if defined(__SANITIZE_THREAD__)
  skip(); /* the sanitizer allows no threads after a fork */
#endif
  for (int round = 0; round < 10; round++) {
    rl_error error;
    rl_iteration iteration;
    pair p;
    pair_of_ppo(&p);
    assert_ok(rl_trainer_start(p.by, ITERATIONS, &error));
    for (int k = 0; k < round; k++) pause_briefly();
    const pid_t child = fork();
    if (child == 0) {
      alarm(300);
      bool news = true;
      int told = -1;
      for (; news; told++) rl_trainer_poll(p.by, &iteration, &news, &error);
      if (rl_trainer_runs(p.by)) _exit(2);
      if (told < ITERATIONS && rl_trainer_start(p.by, ITERATIONS - told, &error)) _exit(3);
      for (; told < ITERATIONS; told += news)
        if (rl_trainer_poll(p.by, &iteration, &news, &error)) _exit(4);
      rl_trainer_stop(p.by);
    } else {
      for (int k = 0; k < ITERATIONS; k++) wait_for_news(p.by);
      rl_trainer_stop(p.by);
    }
    for (int k = 0; k < ITERATIONS; k++) {
      collect(&p.at_once, STEPS);
      update(&p.at_once);
    }
    assert_same(&p.at_once, &p.threaded);
    pair_free(&p);
    if (child == 0) _exit(0);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_thread_gives_the_same_bytes_as_all_at_once),
      cmocka_unit_test(a_policy_is_handed_over_whole),
      cmocka_unit_test(it_can_be_stopped_anywhere_and_goes_on_in_a_thread_or_without),
      cmocka_unit_test(what_is_half_done_can_be_given_up),
      cmocka_unit_test(while_a_thread_has_it_a_method_refuses_what_would_change_it),
      cmocka_unit_test(what_calls_the_program_is_not_for_a_thread),
      cmocka_unit_test(an_error_ends_the_thread_and_arrives_when_all_else_is_told),
      cmocka_unit_test(a_thread_that_nobody_polls_waits),
      cmocka_unit_test(the_memory_of_a_thread_is_that_of_the_program),
      cmocka_unit_test(memory_may_be_refused_anywhere),
      cmocka_unit_test(trainer_or_method_may_end_while_the_thread_is_at_work),
      cmocka_unit_test(a_forked_child_goes_on_where_the_thread_was),
  };
  box_def = toy_box();
  choice_def = toy_discrete();
  factors_def = toy_factors();
  rl_set_threads(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
