/* What goes wrong in a run: numbers that are not finite are named and cost nothing that was trained; an
 * environment that fails, and memory that runs out anywhere, leave a method that can go on. */
#include "method/agent.h"

#include "base/memory.h"
#include "base/parallel.h"
#include "check.h"
#include "toy_agent.h"

static rl_env_def box_def;

/* What is trained, in one archive. */
static rl_archive *trained(const agent *a) {
  rl_error error;
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_method_save(a->method, archive, "method", &error));
  assert_ok(rl_network_save(&a->policy.network, archive, "policy", &error));
  if (a->has_value) assert_ok(rl_network_save(&a->value.network, archive, "value", &error));
  return archive;
}

/* All but the stream of the shuffles, which a failed update has drawn from, and the batch. */
static void assert_same_training(const rl_archive *x, const rl_archive *y) {
  for (int i = 0; i < rl_archive_count(x); i++) {
    const rl_array *a = rl_archive_at(x, i), *b = rl_archive_find(y, a->name);
    size_t size = a->dtype == RL_F32 || a->dtype == RL_I32 ? 4 : a->dtype == RL_U8 ? 1 : 8;
    if (strcmp(a->name, "method.shuffle") == 0 || strstr(a->name, ".rollout.") ||
        strstr(a->name, ".estimated.") || strstr(a->name, ".memory."))
      continue;
    assert_true(b && a->count == b->count);
    assert_memory_equal(a->data, b->data, (size_t)a->count * size);
  }
}

/* Spoils the batch after one good update; nothing that is trained may change. */
static void check_spoiled(const rl_method_options *options, void (*spoil)(rl_rollout *), const char *text) {
  rl_error error;
  rl_method_stats stats;
  agent a;
  agent_new(&a, &box_def, options);
  collect(&a, STEPS);
  update(&a);
  spoil(collect(&a, STEPS));
  rl_archive *before = trained(&a);
  assert_refused(rl_method_update(a.method, &stats, &error), RL_NOT_FINITE, text);
  rl_archive *after = trained(&a);
  assert_same_training(before, after);
  rl_archive_free(before);
  rl_archive_free(after);
  for (int k = 0; remembers(class_of(options)) && k < 2;
       k++) { /* until its memory has forgotten that batch */
    collect(&a, STEPS);
    rl_method_update(a.method, &stats, &error);
  }
  collect(&a, STEPS);
  update(&a); /* and it goes on with the next batch */
  agent_free(&a);
}

static void spoil_observation(rl_rollout *b) { b->obs.data[3] = NAN; }
static void spoil_action(rl_rollout *b) { b->action.data[7] = INFINITY; }
static void spoil_log_prob(rl_rollout *b) { b->log_prob.data[0] = -INFINITY; }
static void spoil_value(rl_rollout *b) { b->value.data[b->rows[b->n_rows - 1]] = NAN; }
static void spoil_advantage(rl_rollout *b) { b->advantage.data[COPIES + 2] = NAN; }
static void spoil_target(rl_rollout *b) { b->target.data[1] = INFINITY; }

static void what_is_not_finite_in_a_batch_is_named_and_costs_nothing(void **state) {
  (void)state;
  for (int kind = 0; kind < method_count(); kind++) {
    rl_method_options options = defaults_of(method_name(kind));
    options.epochs = 2;
    check_spoiled(&options, spoil_observation, "observation of step 1, copy 2");
    check_spoiled(&options, spoil_action, "action of step 2, copy 2");
    check_spoiled(&options, spoil_log_prob, "log_prob of step 1, copy 1");
    if (remembers(class_of(&options))) continue; /* values and advantages are none of its concern */
    check_spoiled(&options, spoil_value, "value of step");
    check_spoiled(&options, spoil_advantage, "advantage of step 2, copy 3");
    check_spoiled(&options, spoil_target, "target of step 1, copy 2");
  }
}

/* Finite, but the ratio times the advantage is not: e^20 * -3e38. One row, so good minibatches come first. */
static void spoil_ratio(rl_rollout *b) {
  b->log_prob.data[50] = -1e4f;
  b->advantage.data[50] = -3e38f;
}

/* Nor is the advantage times the gradient of a log-probability, of an action so far from the mean. */
static void spoil_score(rl_rollout *b) {
  b->action.data[50] = 1e6f;
  b->advantage.data[50] = -3e38f;
}

static void spoil_value_gradient(rl_rollout *b) { b->target.data[50] = 3e38f; }

static void spoil_rewards(rl_rollout *b) {
  for (int i = 0; i < ROWS; i++) b->reward.data[i] = 3e38f;
}

static void gradients_that_are_not_finite_cost_nothing(void **state) {
  (void)state;
  for (int kind = 0; kind < method_count(); kind++) {
    rl_method_options options = defaults_of(method_name(kind));
    options.epochs = 2;
    options.normalize_advantage = false;
    if (remembers(class_of(&options))) {
      check_spoiled(&options, spoil_rewards, "gradient of a critic is not finite (gradient step ");
      continue;
    }
    bool score = class_of(&options)->objective == RL_SCORE;
    check_spoiled(&options, score ? spoil_score : spoil_ratio, "gradient of the policy");
    options.value_coef = 1e6;
    if (!class_of(&options)->groups) /* which has no critic */
      check_spoiled(&options, spoil_value_gradient, "gradient of the value");
  }
}

/* A step so long that the parameters overflow. */
static void parameters_that_overflow_are_taken_back(void **state) {
  (void)state;
  rl_method_options options = defaults_of("a2c");
  rl_method_stats stats;
  rl_error error;
  agent a;
  options.sgd = true;
  options.lr = 10.0;
  options.max_grad_norm = 0.0;
  options.normalize_advantage = false;
  agent_new(&a, &box_def, &options);
  rl_rollout *b = collect(&a, STEPS);
  for (int i = 0; i < ROWS; i++) b->advantage.data[i] = b->action.data[i] > 0.0f ? 1e17f : -1e17f;
  rl_archive *before = trained(&a);
  assert_refused(rl_method_update(a.method, &stats, &error), RL_NOT_FINITE, "KL to the new policy");
  rl_archive *after = trained(&a);
  assert_same_training(before, after);
  rl_archive_free(before);
  rl_archive_free(after);
  agent_free(&a);
}

static void parameters_that_somebody_spoiled_are_named(void **state) {
  (void)state;
  for (int k = 0; k < 3; k++) {
    rl_method_options options = defaults_of("ppo");
    rl_method_stats stats;
    rl_error error;
    agent a;
    const char *const text[] = {"parameter 4 of the policy", "parameter 4 of the value",
                                "parameter 4 of the base"};
    agent_new_of(&a, &(agent_parts){.with_base = true}, &box_def, &options, 1);
    rl_network *networks[] = {&a.policy.network, &a.value.network, &a.base.network};
    collect(&a, STEPS);
    float good = networks[k]->theta.data[3];
    networks[k]->theta.data[3] = NAN;
    assert_refused(rl_method_update(a.method, &stats, &error), RL_NOT_FINITE, text[k]);
    assert_refused(rl_method_collect(a.method, STEPS, &error), RL_NOT_FINITE, text[k]);
    networks[k]->theta.data[3] = good;
    collect(&a, STEPS);
    update(&a);
    agent_free(&a);
  }
}

/* An environment that can fail, in the step that is `left` steps away. */
static int left;

static void failing_step(void *self, const float *action, rl_env_io *io) {
  toy_step(self, action, io);
  if (left-- == 0) io->status = rl_fail(io->error, RL_CALLBACK, "the callback failed");
}

static void an_environment_that_fails_costs_the_batch_only(void **state) {
  (void)state;
  rl_env_def def = box_def;
  def.serial = true;
  def.step = failing_step;
  for (int kind = 0; kind < method_count(); kind++) {
    rl_method_options options = defaults_of(method_name(kind));
    rl_method_stats stats;
    rl_error error;
    agent a;
    agent_new(&a, &def, &options);
    left = 1 << 30;
    collect(&a, STEPS);
    left = 50;
    assert_refused(rl_method_collect(a.method, STEPS, &error), RL_CALLBACK, "the callback failed");
    assert_refused(rl_method_update(a.method, &stats, &error), RL_BAD_ARGUMENT, "collect");
    assert_true(rl_vec_env_restart(a.env));
    left = 1 << 30;
    const rl_rollout *b = collect(&a, STEPS);
    for (int c = 0; c < COPIES; c++) assert_int_equal(b->time[c], 0); /* all begin anew */
    update(&a);
    agent_free(&a);
  }
}

/* An allocator that refuses one allocation, or all from it on, and knows what is still in use. */
typedef struct limited {
  int left, in_use;
  bool once;
} limited;

static void *limited_allocate(size_t size, size_t alignment, void *context) {
  limited *l = context;
  int before = l->left--;
  if (l->once ? before == 0 : before <= 0) return NULL;
  l->in_use++;
  return aligned_alloc(alignment, size);
}

static void limited_release(void *memory, void *context) {
  limited *l = context;
  l->in_use--;
  free(memory);
}

static void *plain_allocate(size_t size, size_t alignment, void *context) {
  (void)context;
  return aligned_alloc(alignment, size);
}

static void plain_release(void *memory, void *context) {
  (void)context;
  free(memory);
}

typedef struct life {
  const rl_method_class *method;
  agent_parts parts;
  agent agent;
  rl_archive *archive;
} life;

static rl_status be_made(life *l, rl_error *error) {
  rl_method_options options = defaults_of(l->method->name);
  options.epochs = 1;
  options.minibatch = remembers(l->method) ? 64 : 0;
  agent_free(&l->agent); /* of an attempt before */
  return agent_create_of(&l->agent, &l->parts, &box_def, &options, 1, error);
}

/* An agent begins a batch, and gives it up. */
static rl_status hire(life *l, rl_error *error) {
  const float seen[COPIES * OBS] = {0}, reward[COPIES] = {0}, *action;
  rl_method *method = l->agent.method;
  rl_agent *hired;
  if (rl_method_settings(method)->collect.episodes) return RL_OK;
  rl_status status = rl_agent_create(&hired, method, 2, error);
  if (status) return status;
  status = rl_agent_see(hired, seen, error);
  if (!status) status = rl_agent_act(hired, &action, error);
  if (!status) status = rl_agent_reward(hired, reward, NULL, NULL, NULL, error);
  rl_agent_reset(hired);
  rl_agent_free(hired);
  return status;
}

static rl_status collect_few(life *l, rl_error *error) {
  return rl_method_collect(l->agent.method, 2, error);
}
static rl_status collect_more(life *l, rl_error *error) {
  return rl_method_collect(l->agent.method, 6, error);
}

static rl_status update_once(life *l, rl_error *error) {
  rl_method_stats stats;
  return rl_method_update(l->agent.method, &stats, error);
}

static rl_status save(life *l, rl_error *error) {
  if (!l->archive && !(l->archive = rl_archive_new())) return RL_NO_MEMORY;
  rl_status status = rl_method_save(l->agent.method, l->archive, "method", error);
  return status ? status : rl_vec_env_save(l->agent.env, l->archive, "env", error);
}

static rl_status load(life *l, rl_error *error) {
  rl_status status = rl_method_load(l->agent.method, l->archive, "method", error);
  return status ? status : rl_vec_env_load(l->agent.env, l->archive, "env", error);
}

typedef rl_status act(life *l, rl_error *error);
static act *const acts[] = {be_made, hire, collect_few, update_once, collect_more, update_once, save, load};

/* patient: does what failed for want of memory once more */
static rl_status live(life *l, bool patient, rl_error *error) {
  rl_status status = RL_OK;
  for (size_t i = 0; i < sizeof acts / sizeof *acts && !status; i++) {
    status = acts[i](l, error);
    if (status == RL_NO_MEMORY && patient) status = acts[i](l, error);
  }
  rl_archive_free(l->archive);
  agent_free(&l->agent);
  return status;
}

static void check_lives(const rl_method_class *method, const agent_parts *parts) {
  rl_error error;
  rl_status status = RL_NO_MEMORY;
  int allowed = 0;
  for (; status == RL_NO_MEMORY && allowed < 10000; allowed++) {
    limited impatient = {allowed, 0, false}, patient = {allowed, 0, true};
    life one = {method, *parts, {0}, NULL}, other = one;
    rl_set_allocator((rl_allocator){limited_allocate, limited_release, &impatient});
    status = live(&one, false, &error);
    rl_set_allocator((rl_allocator){limited_allocate, limited_release, &patient});
    rl_status in_the_end = live(&other, true, &error);
    rl_set_allocator((rl_allocator){plain_allocate, plain_release, NULL});
    assert_int_equal(impatient.in_use, 0);
    assert_int_equal(patient.in_use, 0);
    assert_ok(in_the_end);
  }
  assert_ok(status);
  assert_true(allowed > 100); /* that many allocations were refused, one by one */
}

static void every_allocation_may_fail_and_nothing_leaks(void **state) {
  (void)state;
  int count;
  const rl_method_class *methods = rl_method_classes(&count);
  for (int i = 0; i < count; i++) {
    const agent_parts parts = parts_of(&methods[i], i % 2);
    check_lives(&methods[i], &parts);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_is_not_finite_in_a_batch_is_named_and_costs_nothing),
      cmocka_unit_test(gradients_that_are_not_finite_cost_nothing),
      cmocka_unit_test(parameters_that_overflow_are_taken_back),
      cmocka_unit_test(parameters_that_somebody_spoiled_are_named),
      cmocka_unit_test(an_environment_that_fails_costs_the_batch_only),
      cmocka_unit_test(every_allocation_may_fail_and_nothing_leaks),
  };
  box_def = toy_box();
  rl_set_threads(1);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
