/* What a method refuses: options out of the range that the table gives them, parts that do not fit together
 * or that the method cannot do with, batches and samples that are none. Messages name the thing and what to
 * use. */
#include "method/method.h"

#include "base/parallel.h"
#include "check.h"
#include "toy_agent.h"

static rl_env_def box_def, choice_def;

static void the_defaults_of_every_method_are_in_range(void **state) {
  (void)state;
  rl_error error;
  for (int kind = 0; kind < method_count(); kind++)
    for (int with_value = 0; with_value < 2; with_value++) {
      rl_method_options options = rl_method_defaults(method_name(kind), with_value);
      assert_string_equal(options.name, method_name(kind));
      assert_ok(rl_method_check(&options, &error));
    }
}

/* Each default of a method's own is of an option there is, says something that the table of options does not,
 * and is of an option that the method has, or that it is what it is by (episodes, of groups; no advantage, of a memory). */
static void a_method_changes_defaults_that_there_are(void **state) {
  (void)state;
  rl_error error;
  for (int kind = 0; kind < method_count(); kind++) {
    const rl_method_class *c = rl_method_find(method_name(kind), &error);
    const rl_options all = rl_method_option_table(NULL), own = rl_method_option_table(c);
    assert_true(strlen(c->meaning) > 10 && strlen(c->source) > 5);
    for (size_t i = 0; i < 8 && c->defaults[i].option; i++) {
      const rl_option *option = rl_options_find(all, c->defaults[i].option, &error);
      assert_non_null(option);
      assert_true(option->value != c->defaults[i].value);
      assert_true(rl_option_has(option, own.traits) || c->groups || remembers(c));
    }
    for (size_t i = 0; i < 2 && c->with_critic[i].option; i++)
      assert_non_null(rl_options_find(own, c->with_critic[i].option, &error));
  }
}

static void a_method_that_there_is_not_is_named_with_the_nearest(void **state) {
  (void)state;
  rl_error error;
  rl_method_options options = rl_method_defaults("tpro", true);
  assert_null(rl_method_find("rollout", &error)); /* collects, and is no method */
  assert_refused(rl_method_check(&options, &error), RL_BAD_ARGUMENT, "did you mean \"trpo\"");
}

static void an_option_says_what_it_is_and_what_it_was_called(void **state) {
  (void)state;
  rl_error error;
  const rl_options all = rl_method_option_table(NULL);
  for (int i = 0; i < all.count; i++) {
    assert_true(strlen(all.rows[i].meaning) > 5);
    assert_ok(rl_option_check_value(&all.rows[i], all.rows[i].value, &error));
    if (!all.rows[i].was) continue;
    assert_null(rl_options_find(all, all.rows[i].was, &error));
    assert_non_null(strstr(error.message, all.rows[i].name));
  }
}

/* The nearest value outside the range on either side, as far as the option's type can hold one. */
static bool outside(const rl_option *option, bool above, double *value) {
  if (option->type == RL_OPTION_BOOLEAN) return false;
  if (option->type == RL_OPTION_CHOICE && !above) return false;
  double limit = above ? option->max : option->min;
  *value = option->type == RL_OPTION_NUMBER || option->type == RL_OPTION_SEED
               ? nextafter(limit, above ? INFINITY : -INFINITY)
               : limit + (above ? 1.0 : -1.0);
  return true;
}

static void every_option_is_held_to_its_range_by_the_methods_that_have_it(void **state) {
  (void)state;
  rl_error error;
  int refused = 0;
  const rl_option *table = rl_method_option_table(NULL).rows;
  const int n = rl_method_option_table(NULL).count;
  for (int kind = 0; kind < method_count(); kind++)
    for (int i = 0; i < n; i++) {
      const rl_method_options good = defaults_of(method_name(kind));
      rl_method_options options = good;
      double value;
      bool has = rl_option_has(&table[i], rl_method_option_table(class_of(&good)).traits);
      for (int above = 0; above < 2 && table[i].type != RL_OPTION_SEED; above++) { /* there is no other */
        if (!outside(&table[i], above, &value)) continue;
        rl_option_set(&options, &table[i], value);
        assert_near(rl_option_get(&options, &table[i]), value, 0.0);
        if (!has && table[i].offset < sizeof options.collect) continue; /* collecting looks at it */
        if (has) assert_refused(rl_method_check(&options, &error), RL_BAD_ARGUMENT, table[i].name);
        if (!has) assert_ok(rl_method_check(&options, &error)); /* it is not checked */
        refused += has;
      }
      if (!has || table[i].type != RL_OPTION_NUMBER) continue;
      rl_option_set(&options, &table[i], (double)NAN);
      assert_refused(rl_method_check(&options, &error), RL_BAD_ARGUMENT, table[i].name);
      options = good;
      rl_option_set(&options, &table[i], table[i].min);
      assert_ok(rl_method_check(&options, &error));
      rl_option_set(&options, &table[i], table[i].max);
      assert_ok(rl_method_check(&options, &error));
    }
  assert_true(refused > 200);
}

static void options_have_names_of_their_own(void **state) {
  (void)state;
  const rl_option *table = rl_method_option_table(NULL).rows;
  const int n = rl_method_option_table(NULL).count;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < i; j++) {
      assert_string_not_equal(table[i].name, table[j].name);
      assert_true(table[i].offset != table[j].offset);
    }
}

static void groups_are_compared_in_batches_of_episodes_only(void **state) {
  (void)state;
  rl_error error;
  rl_method_options options = defaults_of("ppo");
  options.collect.advantage = RL_GROUP;
  assert_refused(rl_method_check(&options, &error), RL_BAD_ARGUMENT, "use rl.grpo");
  options = defaults_of("grpo");
  options.collect.group = 1;
  assert_refused(rl_method_check(&options, &error), RL_BAD_ARGUMENT, "groups of 2 or more");
  options.collect.advantage = RL_REWARD_TO_GO; /* without groups there is no need of them */
  assert_ok(rl_method_check(&options, &error));
  rl_collect_options alone = rl_collect_defaults(true);
  alone.group = 3;
  assert_refused(rl_collect_check(&alone, &error), RL_BAD_ARGUMENT, "episodes = true");
  alone.episodes = true;
  assert_ok(rl_collect_check(&alone, &error));
}

/* The agent is made with the method, or not at all. */
static void assert_no_agent(const agent_parts *parts, const rl_env_def *def, const rl_method_options *options,
                            rl_status want, const char *text) {
  rl_error error;
  agent a;
  assert_refused(agent_create_of(&a, parts, def, options, 1, &error), want, text);
  assert_null(a.method);
  agent_free(&a);
}

static void estimates_that_need_a_critic_want_one(void **state) {
  (void)state;
  for (int kind = 0; kind < method_count(); kind++)
    for (int estimator = 0; estimator < RL_GROUP; estimator++) {
      rl_method_options options = defaults_of(method_name(kind));
      rl_error error;
      agent a;
      options.collect.advantage = (rl_estimator)estimator;
      if (remembers(class_of(&options))) {
        assert_no_agent(&(agent_parts){.no_value = true}, &box_def, &options, RL_BAD_ARGUMENT,
                        values_actions(class_of(&options)) ? "action = true" : "a value of states");
        break;
      }
      if (rl_estimator_needs_value(options.collect.advantage)) {
        assert_no_agent(&(agent_parts){.no_value = true}, &box_def, &options, RL_BAD_ARGUMENT,
                        "needs a critic");
        continue;
      }
      assert_ok(agent_create_of(&a, &(agent_parts){.no_value = true}, &box_def, &options, 1, &error));
      agent_free(&a);
    }
}

static void a_natural_method_wants_a_critic_apart_from_the_policy(void **state) {
  (void)state;
  const agent_parts shared = {.no_value = true, .value_head = true};
  for (int kind = 0; kind < method_count(); kind++) {
    rl_method_options options = defaults_of(method_name(kind));
    if (class_of(&options)->step != RL_STEP_NATURAL) continue;
    assert_no_agent(&shared, &box_def, &options, RL_BAD_ARGUMENT, "give value = rl.value(env)");
  }
}

static void there_is_one_critic_and_none_that_nothing_asks_for(void **state) {
  (void)state;
  for (int kind = 0; kind < method_count(); kind++) {
    rl_method_options options = defaults_of(method_name(kind));
    assert_no_agent(&(agent_parts){.value_head = true}, &box_def, &options, RL_BAD_ARGUMENT,
                    remembers(class_of(&options)) ? "of no use" : "a value besides: leave one out");
    if (!class_of(&options)->groups) continue;
    assert_no_agent(&(agent_parts){0}, &box_def, &options, RL_BAD_ARGUMENT, "needs no critic");
    assert_no_agent(&(agent_parts){.no_value = true, .value_head = true}, &box_def, &options, RL_BAD_ARGUMENT,
                    "needs no critic");
  }
}

static void groups_want_copies_that_can_repeat_a_start(void **state) {
  (void)state;
  rl_method_options options = defaults_of("grpo");
  rl_env_def once = box_def;
  once.repeatable = false;
  const agent_parts parts = {.no_value = true};
  assert_no_agent(&parts, &once, &options, RL_BAD_ARGUMENT, "cannot repeat a start state");
  options.collect.group = 4;
  assert_no_agent(&parts, &box_def, &options, RL_BAD_ARGUMENT, "6 copies do not make groups of 4");
}

static void nearness_to_a_base_wants_one(void **state) {
  (void)state;
  for (int kind = 0; kind < method_count(); kind++) {
    rl_method_options options = defaults_of(method_name(kind));
    const agent_parts parts = {.no_value = class_of(&options)->groups};
    options.base_kl_coef = 0.1;
    if (remembers(class_of(&options))) {
      assert_no_agent(&(agent_parts){.with_base = true}, &box_def, &options, RL_BAD_ARGUMENT, "option base");
      continue;
    }
    assert_no_agent(&parts, &box_def, &options, RL_BAD_ARGUMENT, "base_kl_coef");
  }
}

static void networks_of_other_spaces_are_refused(void **state) {
  (void)state;
  rl_error error;
  agent a;
  rl_method *method;
  rl_method_options options = defaults_of("ppo");
  rl_policy_options network = rl_policy_defaults();
  rl_value wide;
  rl_policy choice;
  agent_new(&a, &box_def, &options);
  assert_ok(rl_value_init(&wide, &(rl_space){.kind = RL_BOX, .size = 7, .low = 0.0f, .high = 1.0f},
                          &network.network, &error));
  assert_ok(rl_policy_init(&choice, &box_def.observation, &choice_def.action, &network, &error));
  assert_refused(rl_method_create(&method, a.env, &a.policy, &wide, NULL, NULL, &options, &error),
                 RL_BAD_SHAPE, "7");
  assert_refused(rl_method_create(&method, a.env, &choice, &a.value, NULL, NULL, &options, &error),
                 RL_BAD_SHAPE, "discrete");
  assert_refused(rl_method_create(&method, a.env, &a.policy, &a.value, &choice, NULL, &options, &error),
                 RL_BAD_SHAPE, "discrete");
  assert_null(method);
  rl_value_release(&wide);
  rl_policy_release(&choice);
  agent_free(&a);
}

static void a_minibatch_is_no_larger_than_the_batch_or_the_memory(void **state) {
  (void)state;
  for (int kind = 0; kind < method_count(); kind++) {
    rl_method_options options = defaults_of(method_name(kind));
    rl_method_stats stats;
    rl_error error;
    agent a;
    if (class_of(&options)->step == RL_STEP_WORKERS) continue; /* has no minibatches */
    if (remembers(class_of(&options))) {
      options.minibatch = options.memory + 1;
      assert_no_agent(&(agent_parts){0}, &box_def, &options, RL_BAD_ARGUMENT,
                      "option memory: 320 steps are fewer");
      continue;
    }
    options.minibatch = ROWS + 1;
    agent_new(&a, &box_def, &options);
    collect(&a, STEPS);
    if (options.collect.episodes) /* their length is not known before */
      assert_ok(rl_method_update(a.method, &stats, &error));
    else
      assert_refused(rl_method_update(a.method, &stats, &error), RL_BAD_ARGUMENT, "minibatch");
    agent_free(&a);
  }
}

/* A refused change leaves the options as they were, and the batch with them. */
static void options_change_between_updates_or_not_at_all(void **state) {
  (void)state;
  rl_error error;
  agent a;
  rl_method_options options = defaults_of("ppo"), changed = options;
  agent_new(&a, &box_def, &options);
  collect(&a, STEPS);
  changed.lr = (double)NAN;
  assert_refused(rl_method_set_options(a.method, &changed, &error), RL_BAD_ARGUMENT, "lr");
  changed = options;
  changed.base_kl_coef = 1.0;
  assert_refused(rl_method_set_options(a.method, &changed, &error), RL_BAD_ARGUMENT, "base");
  changed = defaults_of("trpo");
  assert_refused(rl_method_set_options(a.method, &changed, &error), RL_BAD_ARGUMENT,
                 "ppo cannot become trpo");
  assert_memory_equal(rl_method_settings(a.method), &options, sizeof options);
  changed = options;
  changed.lr = 0.0;
  assert_ok(rl_method_set_options(a.method, &changed, &error));
  float before[MAX_PARAMETERS];
  memcpy(before, a.policy.network.theta.data, count(&a.policy.network) * sizeof(float));
  update(&a);
  assert_memory_equal(before, a.policy.network.theta.data, count(&a.policy.network) * sizeof(float));
  agent_free(&a);
}

static void an_update_wants_a_fresh_batch(void **state) {
  (void)state;
  for (int kind = 0; kind < method_count(); kind++) {
    rl_method_options options = defaults_of(method_name(kind));
    rl_method_stats stats;
    rl_error error;
    agent a;
    agent_new(&a, &box_def, &options);
    assert_null(rl_method_rollout(a.method));
    assert_refused(rl_method_update(a.method, &stats, &error), RL_BAD_ARGUMENT, "collect");
    assert_refused(rl_method_collect(a.method, 0, &error), RL_BAD_ARGUMENT, "0 steps");
    collect(&a, STEPS);
    update(&a);
    assert_refused(rl_method_update(a.method, &stats, &error), RL_BAD_ARGUMENT, "collect");
    agent_free(&a);
  }
}

static void a_gradient_is_of_steps_that_were_taken(void **state) {
  (void)state;
  rl_error error;
  agent a;
  float d[MAX_PARAMETERS];
  rl_method_options options = defaults_of("ppo");
  options.collect.episodes = true;
  agent_new(&a, &box_def, &options);
  rl_vec_env_options(a.env)[TOY_LIMIT] = 7.0;
  const rl_rollout *b = collect(&a, STEPS);
  assert_int_equal(b->n_rows, 7 * COPIES);
  assert_refused(rl_method_gradient(a.method, b->rows, 0, d, d, &error), RL_BAD_ARGUMENT, "0 rows");
  assert_refused(rl_method_gradient(a.method, (int[]){ROWS}, 1, d, d, &error), RL_BAD_ARGUMENT, "240");
  assert_refused(rl_method_gradient(a.method, (int[]){0, -1}, 2, d, d, &error), RL_BAD_ARGUMENT, "-1");
  assert_refused(rl_method_gradient(a.method, b->rows, b->n_rows + 1, d, d, &error), RL_BAD_ARGUMENT, "43");
  assert_refused(rl_method_gradient(a.method, (int[]){7 * COPIES}, 1, d, d, &error), RL_BAD_ARGUMENT,
                 "step 8 of copy 1");
  assert_ok(rl_method_gradient(a.method, b->rows, b->n_rows, d, NULL, &error));
  agent_free(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_defaults_of_every_method_are_in_range),
      cmocka_unit_test(a_method_changes_defaults_that_there_are),
      cmocka_unit_test(a_method_that_there_is_not_is_named_with_the_nearest),
      cmocka_unit_test(an_option_says_what_it_is_and_what_it_was_called),
      cmocka_unit_test(every_option_is_held_to_its_range_by_the_methods_that_have_it),
      cmocka_unit_test(options_have_names_of_their_own),
      cmocka_unit_test(groups_are_compared_in_batches_of_episodes_only),
      cmocka_unit_test(estimates_that_need_a_critic_want_one),
      cmocka_unit_test(a_natural_method_wants_a_critic_apart_from_the_policy),
      cmocka_unit_test(there_is_one_critic_and_none_that_nothing_asks_for),
      cmocka_unit_test(groups_want_copies_that_can_repeat_a_start),
      cmocka_unit_test(nearness_to_a_base_wants_one),
      cmocka_unit_test(networks_of_other_spaces_are_refused),
      cmocka_unit_test(a_minibatch_is_no_larger_than_the_batch_or_the_memory),
      cmocka_unit_test(options_change_between_updates_or_not_at_all),
      cmocka_unit_test(an_update_wants_a_fresh_batch),
      cmocka_unit_test(a_gradient_is_of_steps_that_were_taken),
  };
  box_def = toy_box();
  choice_def = toy_discrete();
  rl_set_threads(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
