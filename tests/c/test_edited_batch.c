/* A batch is the user's to change in place: what follows from rewards and values follows from what they are when the
 * batch is used. */
#include "toy_agent.h"

#include <string.h>

static rl_env_def box_def;

enum { CELLS = STEPS * COPIES };

static rl_method_options scaled(void) {
  rl_method_options options = rl_method_defaults("a2c", true);
  options.collect.reward_scaling = true;
  options.collect.reward_clip = 5.0;
  options.anneal = 3;
  return options;
}

static double bonus_of(int copy, int step) { return 0.3 * copy - 0.01 * step * step; }

/* The same bonus, given while the batch is collected. */
static rl_status give(void *context, rl_judgement *judgement, rl_error *error) {
  int *steps = context;
  (void)error;
  judgement->reward += bonus_of(judgement->copy, steps[judgement->copy]++);
  return RL_OK;
}

static int no_terms(void *context) {
  (void)context;
  return 0;
}

static void add_bonus(rl_rollout *r) {
  for (int t = 0; t < STEPS; t++)
    for (int c = 0; c < COPIES; c++) {
      float *reward = &r->reward.data[t * COPIES + c];
      *reward = (float)((double)*reward + bonus_of(c, t));
    }
}

static void a_bonus_in_the_batch_is_one_of_the_environment(void **state) {
  (void)state;
  rl_error error;
  agent a, b;
  int steps[COPIES] = {0};
  rl_method_options options = scaled();
  agent_new_of(&a, &(agent_parts){0}, &box_def, &options, 1);
  agent_new_of(&b, &(agent_parts){0}, &box_def, &options, 1);
  for (int i = 0; i < 3; i++) {
    memset(steps, 0, sizeof steps);
    rl_vec_env_set_judge(a.env, &(rl_judge){.context = steps, .judge = give, .n_terms = no_terms});
    rl_rollout *given = collect(&a, STEPS), *edited = collect(&b, STEPS);
    add_bonus(edited);
    for (int k = 0; k < CELLS; k++)
      assert_true(fabsf(given->reward.data[k] - edited->reward.data[k]) < 1e-5f);
    memcpy(edited->reward.data, given->reward.data, CELLS * sizeof(float)); /* to the bit */
    float gradient[MAX_PARAMETERS];
    assert_ok(rl_method_gradient(b.method, edited->rows, CELLS, gradient, NULL, &error)); /* counts once */
    update(&a);
    update(&b);
    assert_memory_equal(given->advantage.data, edited->advantage.data, CELLS * sizeof(float));
    assert_memory_equal(given->target.data, edited->target.data, CELLS * sizeof(float));
    assert_memory_equal(a.policy.network.theta.data, b.policy.network.theta.data,
                        count(&a.policy.network) * sizeof(float));
    assert_memory_equal(a.value.network.theta.data, b.value.network.theta.data,
                        count(&a.value.network) * sizeof(float));
  }
  agent_free(&a);
  agent_free(&b);
}

static void a_batch_that_nobody_edits_is_not_estimated_anew(void **state) {
  (void)state;
  agent a;
  rl_error error;
  rl_method_options options = scaled();
  agent_new_of(&a, &(agent_parts){0}, &box_def, &options, 1);
  const rl_rollout *r = collect(&a, STEPS);
  float advantage[CELLS];
  memcpy(advantage, r->advantage.data, sizeof advantage);
  options.collect.gamma = 0.5; /* of the next batch */
  assert_ok(rl_method_set_options(a.method, &options, &error));
  update(&a);
  assert_memory_equal(advantage, r->advantage.data, sizeof advantage);
  agent_free(&a);
}

static void what_is_edited_itself_stays(void **state) {
  (void)state;
  rl_method_options options = scaled();
  for (int which = 0; which < 2; which++) {
    agent a;
    agent_new_of(&a, &(agent_parts){0}, &box_def, &options, 1);
    rl_rollout *r = collect(&a, STEPS);
    rl_tensor *own = which ? &r->target : &r->advantage, *other = which ? &r->advantage : &r->target;
    float before[CELLS], edited[CELLS];
    memcpy(before, other->data, sizeof before);
    for (int k = 0; k < CELLS; k++) own->data[k] = 0.1f * (float)(k % 7);
    memcpy(edited, own->data, sizeof edited);
    r->reward.data[5] += 1.0f;
    update(&a);
    assert_memory_equal(edited, own->data, sizeof edited);
    assert_memory_not_equal(before, other->data, sizeof before);
    agent_free(&a);
  }
}

static void a_reward_that_is_no_number_is_named(void **state) {
  (void)state;
  agent a;
  rl_error error;
  rl_method_stats stats;
  rl_method_options options = scaled();
  agent_new_of(&a, &(agent_parts){0}, &box_def, &options, 1);
  collect(&a, STEPS)->reward.data[2 * COPIES + 1] = (float)NAN;
  assert_int_equal(rl_method_update(a.method, &stats, &error), RL_NOT_FINITE);
  assert_string_equal(error.message, "reward of step 3, copy 2 is not a finite number");
  agent_free(&a);
}

int main(void) {
  box_def = toy_box();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_bonus_in_the_batch_is_one_of_the_environment),
      cmocka_unit_test(a_batch_that_nobody_edits_is_not_estimated_anew),
      cmocka_unit_test(what_is_edited_itself_stays),
      cmocka_unit_test(a_reward_that_is_no_number_is_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
