/* Option lag: a batch that is collected, by the policy as it is or was, while the one before it is learnt from. The same bytes for
 * any number of threads and where a judge forbids a thread; what V-trace is given; values; errors, stopping, forks. */
#include "archive/archive_internal.h"
#include "base/parallel.h"
#include "base/stop.h"
#include "method/agent.h"
#include "same_archive.h"
#include "toy_agent.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LONG = 300, CELLS = LONG * COPIES, MOST_LAG = 3 }; /* LONG: steps, more than one piece of a thread's */

static rl_env_def box_def, choice_def, factors_def;

static rl_method_options ahead_of(const char *name, const agent_parts *parts) {
  rl_method_options options = defaults_of(name);
  options.minibatch = 50;
  options.epochs = 2;
  options.base_kl_coef = parts->with_base ? 0.1 : 0.0;
  options.collect.reward_scaling = true;
  rl_collect_ahead(&options.collect, 1, !parts->no_value || parts->value_head);
  return options;
}

static rl_status keep(void *context, rl_judgement *judgement, rl_error *error) {
  (void)context, (void)judgement, (void)error;
  return RL_OK;
}

static int toy_terms_count(void *context) {
  (void)context;
  return 2;
}

static const char *toy_term(void *context, int index) {
  (void)context;
  return toy_terms[index];
}

static const rl_judge unjudging = {.judge = keep, .n_terms = toy_terms_count, .term_name = toy_term};

static atomic_bool held;

static void step_when_let(void *self, const float *action, rl_env_io *io) {
  while (atomic_load(&held)) sched_yield();
  toy_step(self, action, io);
}

/* FREE: as it comes. JUDGED: nothing may be done on a thread. HELD: the thread collects when an update begins. */
typedef enum company { FREE, JUDGED, HELD } company;

/* State after some iterations. */
static rl_archive *train(const rl_method_class *method, int round, int threads, company mode) {
  const agent_parts parts = parts_of(method, round);
  rl_method_options options = ahead_of(method->name, &parts);
  if (round) options.collect.lag = MOST_LAG;
  agent a;
  rl_set_threads(threads);
  rl_env_def def = round == 0 ? box_def : round % 2 ? factors_def : choice_def;
  def.step = step_when_let;
  agent_new_of(&a, &parts, &def, &options, 1);
  if (mode == JUDGED) rl_vec_env_set_judge(a.env, &unjudging);
  for (int i = 0; i < 3; i++) {
    rl_method_wait(a.method);
    atomic_store(&held, mode == HELD && i > 0); /* the first batch is no thread's */
    collect(&a, i == 1 ? LONG / 2 : LONG);      /* lengths may change, a batch later */
    atomic_store(&held, false);
    update(&a);
  }
  collect(&a, LONG);
  rl_archive *archive = state_of(&a);
  agent_free(&a);
  rl_set_threads(1);
  return archive;
}

static void the_bytes_are_the_same_for_any_number_of_threads_and_without_one(void **state) {
  (void)state;
  int count;
  const rl_method_class *methods = rl_method_classes(&count);
  for (int i = 0; i < count; i++)
    for (int round = 0; round < 2 && can_lag(&methods[i]); round++) {
      rl_archive *one = train(&methods[i], round, 1, FREE), *judged = train(&methods[i], round, 3, JUDGED);
      assert_same_bytes(one, judged);
      for (int k = 0; k < 4; k++) {
        rl_archive *more = train(&methods[i], round, k < 2 ? 2 : 4, k % 2 ? HELD : FREE);
        assert_same_bytes(one, more);
        rl_archive_free(more);
      }
      rl_archive_free(one);
      rl_archive_free(judged);
    }
}

static void log_probs(rl_policy *policy, const rl_rollout *r, float *out) {
  rl_error error;
  rl_dist dist;
  assert_ok(rl_policy_dist(policy, r->obs.data, CELLS, &dist, &error));
  rl_dist_log_prob(&dist, CELLS, r->action.data, out);
}

/* The first batch is of the policy as it is; each later one of the policy before the last `lag` updates, its normaliser too,
 * or of the first that there was. */
static void check_who_acted(int lag, bool corrected) {
  rl_error error;
  agent a;
  rl_method_options options = ahead_of("ppo", &(agent_parts){0});
  options.lr = 1e-2;
  options.collect.lag = lag;
  if (!corrected) options.collect.advantage = RL_GAE;
  agent_new(&a, &box_def, &options);
  static float now[CELLS], then[CELLS];
  rl_policy before[MOST_LAG] = {{.reals = 0}}; /* the oldest first */
  for (int i = 0; i < lag; i++) assert_ok(rl_policy_clone(&before[i], &a.policy, &error));
  for (int i = 0; i < lag + 3; i++) {
    const rl_rollout *r = collect(&a, LONG);
    const float *ratio = rl_method_collector(a.method)->ratio;
    log_probs(&a.policy, r, now);
    log_probs(&before[0], r, then);
    double largest = 0.0;
    for (int k = 0; k < CELLS; k++) {
      assert_near(r->log_prob.data[k], corrected ? now[k] : then[k], 1e-5);
      if (corrected) assert_near(ratio[k], exp((double)now[k] - (double)then[k]), 1e-4 * (double)ratio[k]);
      largest = fmax(largest, fabs((double)now[k] - (double)then[k]));
    }
    assert_true(i ? largest > 1e-2 : largest == 0.0);
    rl_policy_release(&before[0]);
    memmove(before, before + 1, (size_t)(lag - 1) * sizeof *before);
    assert_ok(rl_policy_clone(&before[lag - 1], &a.policy, &error));
    update(&a);
  }
  for (int i = 0; i < lag; i++) rl_policy_release(&before[i]);
  agent_free(&a);
}

static void a_batch_is_of_the_policy_before_the_last_updates(void **state) {
  (void)state;
  for (int lag = 1; lag <= MOST_LAG; lag += 2)
    for (int threads = 1; threads <= 2; threads++) {
      rl_set_threads(threads);
      check_who_acted(lag, false);
      check_who_acted(lag, true);
    }
  rl_set_threads(1);
}

/* Saved before all the policies that act are known, and after; each time before a batch and before its update. */
static void a_lag_of_several_batches_goes_on_after_a_load(void **state) {
  (void)state;
  const rl_method_options options = ahead_of("a2c", &(agent_parts){0});
  for (int before = 1; before <= 10; before++) {
    rl_method_options three = options;
    three.collect.lag = MOST_LAG;
    agent a, b;
    agent_new(&a, &box_def, &three);
    agent_new_of(&b, &(agent_parts){0}, &box_def, &three, 7);
    for (int half = 0; half < before; half++) half % 2 ? (void)update(&a) : (void)collect(&a, LONG);
    rl_archive *archive = state_of(&a);
    load_state(&b, archive);
    for (int half = before; half < before + 10; half++)
      for (int k = 0; k < 2; k++) {
        agent *each = k ? &b : &a;
        half % 2 ? (void)update(each) : (void)collect(each, LONG);
      }
    rl_archive *x = state_of(&a), *y = state_of(&b);
    assert_same_bytes(x, y);
    rl_archive_free(archive);
    rl_archive_free(x);
    rl_archive_free(y);
    agent_free(&a);
    agent_free(&b);
  }
}

/* Steps, values and advantages of the first batch are those without the option: nothing has been learnt yet. */
static void the_first_batch_is_as_without_the_option(void **state) {
  (void)state;
  agent a, b;
  rl_method_options plain = ahead_of("a2c", &(agent_parts){0}), lagging = plain;
  plain.collect.lag = 0;
  plain.collect.advantage = lagging.collect.advantage = RL_GAE;
  agent_new(&a, &box_def, &plain);
  agent_new(&b, &box_def, &lagging);
  const rl_rollout *x = collect(&a, LONG), *y = collect(&b, LONG);
  int cuts = 0;
  for (int k = 0; k < CELLS; k++) cuts += x->truncated[k];
  assert_true(cuts > 10);
  const rl_tensor *of_x[] = {&x->obs,   &x->action,    &x->output,     &x->log_prob,  &x->reward,
                             &x->value, &x->cut_value, &x->last_value, &x->advantage, &x->target};
  const rl_tensor *of_y[] = {&y->obs,   &y->action,    &y->output,     &y->log_prob,  &y->reward,
                             &y->value, &y->cut_value, &y->last_value, &y->advantage, &y->target};
  for (size_t i = 0; i < sizeof of_x / sizeof *of_x; i++)
    assert_memory_equal(of_x[i]->data, of_y[i]->data, (size_t)rl_tensor_count(of_x[i]) * sizeof(float));
  assert_memory_equal(&x->stats, &y->stats, offsetof(rl_rollout_stats, terms));
  agent_free(&a);
  agent_free(&b);
}

/* Values are of the critic as it is when the batch is handed over, those of cut episodes among them. */
static void values_are_those_of_now(void **state) {
  (void)state;
  rl_error error;
  agent a;
  rl_method_options options = ahead_of("ppo", &(agent_parts){0});
  options.value_lr = 1e-2;
  agent_new(&a, &box_def, &options);
  collect(&a, LONG);
  update(&a);
  const rl_rollout *r = collect(&a, LONG);
  static float value[CELLS];
  assert_ok(rl_network_apply(&a.value.network, r->obs.data, CELLS, value, &error));
  assert_memory_equal(value, r->value.data, sizeof value);
  assert_true(r->n_cut > 10);
  for (int k = 0; k < r->n_cut; k++) {
    assert_ok(rl_network_apply(&a.value.network, r->cut_obs + k * OBS, 1, value, &error));
    assert_float_equal(value[0], r->cut_value.data[r->cut_row[k]], 0.0f);
    assert_true(r->truncated[r->cut_row[k]]);
  }
  agent_free(&a);
}

/* A2C, with lambda 1 and its ratios: the mean of -rho (r + gamma v - V) grad log pi, from the batch itself. */
static void the_gradient_is_weighed(void **state) {
  (void)state;
  rl_error error;
  agent a;
  rl_method_options options = ahead_of("a2c", &(agent_parts){0});
  options.lr = 0.05;
  options.collect.lambda = 1.0;
  options.collect.reward_scaling = false;
  agent_new(&a, &box_def, &options);
  collect(&a, LONG);
  update(&a);
  const rl_rollout *r = collect(&a, LONG);
  const float *ratio = rl_method_collector(a.method)->ratio;
  static float moved[CELLS];
  float gradient[MAX_PARAMETERS];
  assert_ok(rl_method_gradient(a.method, r->rows, CELLS, gradient, NULL, &error));
  const size_t n = count(&a.policy.network);
  for (size_t p = 0; p < n; p++) {
    float *theta = &a.policy.network.theta.data[p], kept = *theta;
    double loss[2];
    for (int side = 0; side < 2; side++) {
      *theta = kept + (side ? 1e-2f : -1e-2f);
      log_probs(&a.policy, r, moved);
      loss[side] = 0.0;
      for (int k = 0; k < CELLS; k++) {
        const double after = r->terminated[k]      ? 0.0
                             : r->truncated[k]     ? (double)r->cut_value.data[k]
                             : k >= CELLS - COPIES ? (double)r->last_value.data[k % COPIES]
                                                   : (double)r->target.data[k + COPIES];
        const double rho = fmin(1.0, (double)ratio[k]);
        loss[side] -= rho *
                      ((double)r->reward.data[k] + options.collect.gamma * after - (double)r->value.data[k]) *
                      (double)moved[k] / CELLS;
      }
    }
    *theta = kept;
    const double slope = (loss[1] - loss[0]) / 2e-2;
    assert_near(gradient[p], slope, 2e-3 * (1.0 + fabs(slope)));
  }
  agent_free(&a);
}

/* Where advantages are normalised, a baseline makes no difference: not a constant, which would draw the policy to the one
 * that has acted, but one that is weighed as the advantages are. */
static void normalised_advantages_have_no_baseline_left(void **state) {
  (void)state;
  rl_error error;
  agent a;
  rl_method_options options = ahead_of("ppo", &(agent_parts){0});
  options.lr = 0.02;
  agent_new(&a, &box_def, &options);
  collect(&a, LONG);
  update(&a);
  rl_rollout *r = collect(&a, LONG);
  float gradient[3][MAX_PARAMETERS];
  double difference[3] = {0}, least = 1.0, length = 0.0;
  for (int round = 0; round < 3; round++) {
    for (int k = 0; k < CELLS; k++) {
      const double weight = rl_collector_weight(rl_method_collector(a.method), k);
      least = fmin(least, weight);
      if (round) r->advantage.data[k] += (float)(round == 1 ? 2.0 * weight : 2.0);
    }
    assert_ok(rl_method_gradient(a.method, r->rows, CELLS, gradient[round], NULL, &error));
    for (size_t p = 0; p < count(&a.policy.network); p++) {
      difference[round] += fabs((double)gradient[round][p] - (double)gradient[0][p]);
      length += fabs((double)gradient[0][p]);
    }
  }
  assert_true(least < 0.7);
  assert_true(difference[1] < 1e-4 * length);
  assert_true(difference[2] > 1e-2 * length);
  agent_free(&a);
}

static atomic_int steps_taken, threads_ahead;
static _Thread_local bool came;

/* In the batch ahead a thread goes on when another one steps it, too. */
static void step_in_company(void *self, const float *action, rl_env_io *io) {
  const time_t until = time(NULL) + 60;
  if (atomic_fetch_add(&steps_taken, 1) >= CELLS) {
    if (!came) atomic_fetch_add(&threads_ahead, 1);
    came = true;
    while (atomic_load(&threads_ahead) < 2 && time(NULL) < until) sched_yield();
  }
  toy_step(self, action, io);
}

static void who_waits_for_a_batch_helps_to_collect_it(void **state) {
  (void)state;
  agent a;
  rl_env_def def = box_def;
  def.step = step_in_company;
  rl_method_options options = ahead_of("ppo", &(agent_parts){0});
  rl_set_threads(2); /* one of them collects beside an update */
  agent_new(&a, &def, &options);
  collect(&a, LONG);
  assert_true(atomic_load(&threads_ahead) < 2);
  rl_method_wait(a.method);
  assert_int_equal(atomic_load(&threads_ahead), 2);
  assert_int_equal(atomic_load(&steps_taken), 2 * CELLS);
  update(&a);
  rl_set_threads(1);
  agent_free(&a);
}

/* A thread that is asked to stop gives its batch up, which the call that would have handed it over says. */
static void what_ends_the_thread_is_told_by_the_next_collect(void **state) {
  (void)state;
  rl_error error;
  agent a;
  rl_method_options options = ahead_of("ppo", &(agent_parts){0});
  rl_set_threads(2);
  agent_new(&a, &box_def, &options);
  collect(&a, 1 << 17);
  rl_stop();
  rl_method_wait(a.method);
  rl_stop_forget();
  assert_true(rl_method_has_batch(a.method));
  update(&a);
  assert_refused(rl_method_collect(a.method, LONG, &error), RL_INTERRUPTED, "interrupted");
  assert_int_equal(rl_method_phase_of(a.method), RL_IDLE);
  assert_false(rl_method_has_batch(a.method));
  collect(&a, LONG);
  update(&a);
  rl_set_threads(1);
  agent_free(&a);
}

/* What is told of the batch ahead, too. */
static void what_is_told_of_batches_is_saved(void **state) {
  (void)state;
  rl_error error;
  agent a, b;
  rl_method_options options = ahead_of("ppo", &(agent_parts){0});
  agent_new(&a, &box_def, &options);
  agent_new(&b, &box_def, &options);
  collect(&a, LONG - 7);
  rl_archive *archive = state_of(&a);
  assert_ok(rl_vec_env_load(b.env, archive, "env", &error));
  assert_ok(rl_method_load(b.method, archive, "method", &error));
  for (int i = 0; i < 2; i++) {
    const rl_rollout_stats *x = &rl_method_rollout(a.method)->stats, *y = &rl_method_rollout(b.method)->stats;
    assert_true(x->cut > 0);
    assert_int_equal(x->cut, y->cut);
    assert_int_equal(x->total_steps, y->total_steps);
    collect(&a, LONG - 7);
    collect(&b, LONG - 7);
  }
  rl_archive_free(archive);
  agent_free(&a);
  agent_free(&b);
}

static void step_for_ever(void *self, const float *action, rl_env_io *io) {
  toy_step(self, action, io);
  io->terminated = io->truncated = false;
}

/* Whole episodes are collected step by step: in between the thread looks whether it shall stop. */
static void a_thread_stops_in_the_middle_of_episodes(void **state) {
  (void)state;
  rl_error error;
  agent a;
  rl_env_def def = toy_box();
  rl_method_options options = ahead_of("ppo", &(agent_parts){0});
  def.step = step_for_ever;
  options.collect.episodes = true;
  rl_set_threads(2);
  agent_new(&a, &def, &options);
  collect(&a, 1 << 15);
  rl_stop();
  rl_method_wait(a.method);
  rl_stop_forget();
  assert_refused(rl_method_collect(a.method, LONG, &error), RL_INTERRUPTED, "interrupted");
  collect(&a, LONG);
  update(&a);
  rl_set_threads(1);
  agent_free(&a);
}

/* Refuses the allocation that is so many away. */
static int allowed;

static void *limited_allocate(size_t size, size_t alignment, void *context) {
  (void)context;
  return allowed-- == 0 ? NULL : aligned_alloc(alignment, size);
}

static void plain_release(void *memory, void *context) {
  (void)context;
  free(memory);
}

static void check_ratio(const rl_collector *c, const float *before) {
  rl_error error;
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_collector_save(c, archive, "collector", true, &error));
  const rl_array *ratio = rl_archive_find(archive, "collector.ratio");
  assert_true(ratio && ratio->count == CELLS);
  assert_memory_equal(ratio->data, before, CELLS * sizeof *before);
  rl_archive_free(archive);
}

/* Memory runs out while a shorter batch takes the place of the one before: that one is as it was. */
static void a_batch_that_is_not_handed_over_leaves_the_one_before(void **state) {
  (void)state;
  rl_error error;
  agent a;
  rl_collector c;
  float before[CELLS];
  rl_method_options options = ahead_of("ppo", &(agent_parts){0});
  agent_new(&a, &box_def, &options);
  assert_ok(rl_collector_init(&c, a.env, &a.policy, &a.value, &options.collect, &error));
  assert_ok(rl_collector_collect(&c, LONG, &error));
  disturb(&a.policy.network, 0.05f, 1);
  assert_ok(
      rl_collector_collect(&c, 10, &error)); /* hands another long one over, and has a short one ahead */
  memcpy(before, c.ratio, sizeof before);
  rl_status status = RL_NO_MEMORY;
  int refused = 0;
  for (; status == RL_NO_MEMORY; refused++) {
    allowed = refused;
    rl_set_allocator((rl_allocator){limited_allocate, plain_release, NULL});
    status = rl_collector_collect(&c, 10, &error);
    allowed = -1;
    if (status && c.rollout.steps == LONG) check_ratio(&c, before);
  }
  assert_ok(status);
  assert_true(refused > 2);
  rl_collector_release(&c);
  agent_free(&a);
}

/* On one thread the call itself is interrupted; the batch that was there is still to be learnt from. */
static rl_status ask_after(void *context, rl_judgement *judgement, rl_error *error) {
  (void)judgement, (void)error;
  if (--*(int *)context == 0) rl_stop();
  return RL_OK;
}

static void an_interrupted_call_keeps_the_batch_that_it_has_handed_over(void **state) {
  (void)state;
  rl_error error;
  agent a;
  int calls = CELLS + CELLS / 2;
  rl_method_options options = ahead_of("ppo", &(agent_parts){0});
  agent_new(&a, &box_def, &options);
  rl_judge judge = {.context = &calls, .judge = ask_after, .n_terms = toy_terms_count, .term_name = toy_term};
  rl_vec_env_set_judge(a.env, &judge);
  assert_int_equal(rl_method_collect(a.method, LONG, &error), RL_INTERRUPTED);
  rl_stop_forget();
  assert_true(rl_method_has_batch(a.method));
  update(&a);
  collect(&a, LONG);
  update(&a);
  agent_free(&a);
}

static void what_cannot_lag_says_so(void **state) {
  (void)state;
  rl_error error;
  rl_agent *played;
  agent a;
  rl_method_options options = ahead_of("ppo", &(agent_parts){0}), other = options;
  agent_new(&a, &box_def, &options);
  assert_refused(rl_agent_create(&played, a.method, 4, &error), RL_BAD_ARGUMENT, "without option lag");
  other.collect.lag = 0;
  assert_refused(rl_method_set_options(a.method, &other, &error), RL_BAD_ARGUMENT, "option lag: made with 1");
  agent_free(&a);
}

static uint64_t mark(const agent *a) {
  rl_archive *archive = state_of(a);
  uint64_t hash = 14695981039346656037u;
  for (int i = 0; i < rl_archive_count(archive); i++) {
    const rl_array *x = rl_archive_at(archive, i);
    const unsigned char *bytes = x->data;
    for (size_t k = 0; k < rl_array_size(x); k++) hash = (hash ^ bytes[k]) * 1099511628211u;
  }
  rl_archive_free(archive);
  return hash;
}

static void a_forked_child_collects_the_rest_itself(void **state) {
  (void)state;
#ifdef __SANITIZE_THREAD__
  skip(); /* the sanitizer allows no threads after a fork */
#endif
  agent a;
  rl_method_options options = ahead_of("a2c", &(agent_parts){0});
  int ends[2];
  rl_set_threads(2);
  agent_new(&a, &box_def, &options);
  collect(&a, 20000);
  assert_int_equal(pipe(ends), 0);
  const pid_t child = fork();
  update(&a);
  collect(&a, LONG);
  const uint64_t own = mark(&a);
  if (child == 0) {
    const bool sent = write(ends[1], &own, sizeof own) == sizeof own;
    _exit(sent ? 0 : 1);
  }
  uint64_t other = 0;
  int status = 1;
  assert_int_equal(read(ends[0], &other, sizeof other), sizeof other);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_int_equal(status, 0);
  assert_true(own == other);
  close(ends[0]);
  close(ends[1]);
  rl_set_threads(1);
  agent_free(&a);
}

static int forget(void **state) {
  (void)state;
  rl_stop_forget();
  rl_set_threads(1);
  return 0;
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_bytes_are_the_same_for_any_number_of_threads_and_without_one),
      cmocka_unit_test(a_batch_is_of_the_policy_before_the_last_updates),
      cmocka_unit_test(a_lag_of_several_batches_goes_on_after_a_load),
      cmocka_unit_test(the_first_batch_is_as_without_the_option),
      cmocka_unit_test(values_are_those_of_now),
      cmocka_unit_test(the_gradient_is_weighed),
      cmocka_unit_test(normalised_advantages_have_no_baseline_left),
      cmocka_unit_test(who_waits_for_a_batch_helps_to_collect_it),
      cmocka_unit_test_teardown(what_ends_the_thread_is_told_by_the_next_collect, forget),
      cmocka_unit_test(what_is_told_of_batches_is_saved),
      cmocka_unit_test_teardown(a_thread_stops_in_the_middle_of_episodes, forget),
      cmocka_unit_test(a_batch_that_is_not_handed_over_leaves_the_one_before),
      cmocka_unit_test_teardown(an_interrupted_call_keeps_the_batch_that_it_has_handed_over, forget),
      cmocka_unit_test(what_cannot_lag_says_so),
      cmocka_unit_test(a_forked_child_collects_the_rest_itself),
  };
  box_def = toy_box();
  choice_def = toy_discrete();
  factors_def = toy_factors();
  rl_set_threads(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
