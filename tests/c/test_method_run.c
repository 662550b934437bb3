/* Every method over whole runs: the same bytes for any number of threads and through a checkpoint, what is
 * refused of a checkpoint, and that it learns. What goes wrong in a run is in test_method_failures.c. */
#include "method/method.h"

#include "base/parallel.h"
#include "check.h"
#include "same_archive.h"
#include "toy_agent.h"

#include <stdio.h>
#include <unistd.h>

static rl_env_def box_def, choice_def, factors_def;

/* A run of each method, with several kinds of networks, and what has a state of its own switched on. */
typedef struct variant {
  const rl_method_class *method;
  agent_parts parts;
} variant;

static int variants(void) { return ROUNDS * method_count(); }

static variant variant_of(int v) {
  int count;
  const rl_method_class *method = &rl_method_classes(&count)[v / ROUNDS];
  return (variant){method, parts_of(method, v % ROUNDS)};
}

/* 100 of 240 rows: minibatches of two pieces and a short one; 50 are less than a piece. */
static rl_method_options options_of(const variant *v) {
  rl_method_options options = defaults_of(v->method->name);
  options.minibatch = v->method->adaptive_penalty ? 50 : 100;
  options.epochs = 3;
  options.symmetric = v->parts.mode;
  options.entropy_coef = 0.01;
  options.collect.reward_scaling = true;
  options.anneal = 10;
  options.fisher_fraction = 0.5;
  options.base_kl_coef = v->parts.with_base ? 0.1 : 0.0;
  return options;
}

static void assert_same_stats(const rl_method_stats *a, const rl_method_stats *b) {
  assert_memory_equal(a, b, offsetof(rl_method_stats, epochs_done) + sizeof a->epochs_done); /* no padding */
}

/* On three threads the pieces of a minibatch are spread, on two, or where there is one piece, the policy and
 * the value are. */
static void results_are_the_same_bytes_for_any_number_of_threads(void **state) {
  (void)state;
  for (int i = 0; i < variants(); i++) {
    const variant v = variant_of(i);
    rl_method_options options = options_of(&v);
    const rl_env_def *def = suited(v.method, i % 2 ? &factors_def : &box_def, &box_def);
    options.baseline = baseline_of(v.method, &v.parts, def);
    rl_archive *first = NULL;
    rl_method_stats stats[3];
    for (int threads = 1; threads <= 3; threads++) {
      agent a;
      rl_set_threads(threads);
      agent_new_of(&a, &v.parts, def, &options, 1);
      for (int k = 0; k < 2; k++) {
        collect(&a, STEPS);
        stats[threads - 1] = update(&a);
      }
      rl_archive *seen = state_of(&a);
      if (first) assert_same_bytes(first, seen);
      if (first) rl_archive_free(seen);
      first = first ? first : seen;
      assert_same_stats(&stats[0], &stats[threads - 1]);
      agent_free(&a);
    }
    rl_archive_free(first);
  }
  rl_set_threads(1);
}

/* Episodes are 25 long, so after batches of 33 some copies are in the middle of one. The second agent is of
 * other seeds: nothing of its own may remain. */
static void check_continuation(const variant *v, const rl_env_def *def, const char *path) {
  rl_error error;
  agent first, second;
  rl_method_options options = options_of(v);
  options.baseline = baseline_of(v->method, &v->parts, def);
  rl_method_options other = options;
  other.collect.seed = 77;
  agent_new_of(&first, &v->parts, def, &options, 1);
  agent_new_of(&second, &v->parts, def, &other, 4321);
  if (first.has_base) /* a base is part of what the run is made with */
    memcpy(second.base.network.theta.data, first.base.network.theta.data,
           count(&first.base.network) * sizeof(float));
  for (int i = 0; i < 2; i++) {
    collect(&first, STEPS - 7);
    update(&first);
  }
  rl_archive *archive = state_of(&first);
  assert_ok(rl_archive_save(archive, path, &error));
  rl_archive_free(archive);
  assert_ok(rl_archive_load(&archive, path, &error));
  load_state(&second, archive);
  rl_archive_free(archive);
  for (int i = 0; i < 2; i++) {
    collect(&first, STEPS);
    collect(&second, STEPS);
    rl_method_stats a = update(&first), b = update(&second);
    assert_same_stats(&a, &b);
  }
  rl_archive *x = state_of(&first), *y = state_of(&second);
  assert_same_bytes(x, y);
  rl_archive_free(x);
  rl_archive_free(y);
  agent_free(&first);
  agent_free(&second);
}

static void a_checkpoint_continues_with_the_same_bytes(void **state) {
  (void)state;
  char path[] = "/tmp/rl-method-XXXXXX";
  close(mkstemp(path));
  for (int i = 0; i < variants(); i++) {
    const variant v = variant_of(i);
    check_continuation(&v, &box_def, path);
    check_continuation(&v, suited(v.method, &choice_def, &box_def), path);
    check_continuation(&v, suited(v.method, &factors_def, &box_def), path);
  }
  unlink(path);
}

static void a_run_that_has_not_begun_is_saved_as_such(void **state) {
  (void)state;
  const variant v = variant_of(0);
  rl_method_options options = options_of(&v);
  agent first, second;
  agent_new_of(&first, &v.parts, &box_def, &options, 1);
  options.collect.seed = 77;
  agent_new_of(&second, &v.parts, &box_def, &options, 4321);
  collect(&second, STEPS);
  update(&second);
  rl_archive *archive = state_of(&first);
  load_state(&second, archive);
  assert_null(rl_method_rollout(second.method));
  rl_archive *again = state_of(&second);
  assert_same_bytes(archive, again);
  rl_archive_free(archive);
  rl_archive_free(again);
  agent_free(&first);
  agent_free(&second);
}

/* Nothing of the method changes. */
static void an_altered_checkpoint_is_refused(void **state) {
  (void)state;
  rl_error error;
  rl_method_options options = defaults_of("ppo");
  agent a;
  agent_new(&a, &box_def, &options);
  collect(&a, STEPS);
  update(&a);
  const int64_t negative[2] = {1, -1}, huge[2] = {1, INT64_MAX}, backward[2] = {-1, STEPS};
  const double beta = -1.0, moments[3] = {-1.0, 0.0, 0.0};
  const uint64_t stream[RL_RNG_WORDS] = {0, 0, 0, 0, 0, UINT64_MAX};
  const double stats[7] = {(double)NAN};
  const float few[1] = {0.0f};
  const struct {
    const char *name;
    rl_dtype dtype;
    int64_t count;
    const void *data;
  } changes[] = {{"method.counters", RL_I64, 2, negative},
                 {"method.counters", RL_I64, 2, huge},
                 {"method.counters", RL_I64, 2, backward},
                 {"method.beta", RL_F64, 1, &beta},
                 {"method.rewards.moments", RL_F64, 3, moments},
                 {"method.shuffle", RL_U64, RL_RNG_WORDS, stream},
                 {"method.policy_adam.m", RL_F32, 1, few},
                 {"method.value_adam.v", RL_F32, 1, few},
                 {"method.rollout.stats", RL_F64, 7, stats},
                 {"method.rollout.streams", RL_U64, RL_RNG_WORDS, stream}};
  rl_archive *before = state_of(&a);
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    rl_archive *archive = state_of(&a);
    assert_ok(rl_archive_put(archive, changes[i].name, changes[i].dtype, 1, &changes[i].count,
                             changes[i].data, &error));
    assert_refused(rl_method_load(a.method, archive, "method", &error), RL_BAD_FORMAT, "method");
    rl_archive *after = state_of(&a);
    assert_same_bytes(before, after);
    rl_archive_free(after);
    rl_archive_free(archive);
  }
  rl_archive_free(before);
  agent_free(&a);
}

/* Mean reward of a step after about 11000 steps. A point that starts in [-1, 1] and is never pushed earns 1 -
 * E[x^2] = 2/3 a step less what the noise takes; one pushed straight to 0 about .95. */
static double learn(const rl_method_class *method, const rl_env_def *def, uint64_t seed) {
  rl_method_options options = defaults_of(method->name);
  bool once = method->step == RL_STEP_ONCE, workers = method->step == RL_STEP_WORKERS;
  bool episodes = options.collect.episodes;
  int steps = episodes  ? 25
              : once    ? 16
              : workers ? 8
                        : 64,
      batches = episodes  ? 60
                : once    ? 100
                : workers ? 200
                          : 20;
  agent a;
  options.lr = !once ? 3e-3 : episodes ? 0.02 : 0.01;
  options.value_lr = 0.0;
  if (method->step == RL_STEP_NATURAL) options.max_kl = 0.03;
  if (remembers(method)) {
    options.memory = 10000;
    options.replay = 0.25;
    options.temperature = 0.1;
  }
  def = suited(method, def, &box_def);
  options.collect.seed = seed;
  agent_new_of(&a, &(agent_parts){.no_value = method->groups}, def, &options, seed);
  for (int i = 0; i < batches; i++) {
    collect(&a, steps);
    update(&a);
  }
  double reward = collect(&a, 256)->stats.mean_reward;
  agent_free(&a);
  return reward;
}

/* Of seeds 1 to 12 all end above .88 on both, but for one of REINFORCE and one of GRPO on the box: these
 * begin by pushing outward, where every step costs and so the shortest life is the best. A3C has one of .847.
 * The address sanitizer sees one seed of each: what runs is the same. */
static void three_seeds_of_three_learn_to_stay_near_the_middle(void **state) {
  (void)state;
  int count;
  const rl_method_class *methods = rl_method_classes(&count);
  for (int i = 0; i < count; i++)
    for (uint64_t seed = 1; seed <= 3; seed++) {
#ifdef __SANITIZE_ADDRESS__
      if (seed != 1 + (uint64_t)i % 3) continue;
#endif
      double reward = learn(&methods[i], seed == 2 ? &choice_def : seed == 3 ? &factors_def : &box_def, seed);
      if (!(reward > 0.85)) print_error("rl.%s, seed %d: %g\n", methods[i].name, (int)seed, reward);
      assert_true(reward > 0.85);
    }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(results_are_the_same_bytes_for_any_number_of_threads),
      cmocka_unit_test(a_checkpoint_continues_with_the_same_bytes),
      cmocka_unit_test(a_run_that_has_not_begun_is_saved_as_such),
      cmocka_unit_test(an_altered_checkpoint_is_refused),
      cmocka_unit_test(three_seeds_of_three_learn_to_stay_near_the_middle),
  };
  box_def = toy_box();
  choice_def = toy_discrete();
  factors_def = toy_factors();
  rl_set_threads(
      1); /* but where threads are the question: waiting ones spin, which a busy machine makes slow */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
