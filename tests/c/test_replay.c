/* Soft actor-critic on the toy: what the memory keeps, the targets of the critics by their formula, the gradients of both
 * losses against finite differences, the temperature, the slow copies. Methods of every kind are in test_method*.c. */
#include "method/method_internal.h"
#include "learner_gradient.h"
#include "toy_agent.h"

#include <math.h>
#include <string.h>

static rl_env_def box_def;

static rl_method_options sac_options(void) {
  rl_method_options options = defaults_of("sac");
  options.minibatch = 70; /* a piece and a short one */
  options.sgd = true;
  return options;
}

static void a_memory_keeps_the_newest_steps_and_what_came_after_them(void **state) {
  (void)state;
  rl_method_options options = sac_options();
  options.replay = 0.0;
  agent a;
  agent_new(&a, &box_def, &options);
  const rl_memory *memory = &a.method->replay->memory;
  int64_t seen = 0, cut = 0, ended = 0;
  for (int k = 0; k < 3; k++) {
    rl_rollout *r = collect(&a, STEPS);
    r->terminated[9] = 1; /* which the toy seldom does by itself */
    r->truncated[9] = 0;
    update(&a);
    for (int row = 0; row < r->n_rows; row++, seen++) {
      const int place = (int)(seen % options.memory), cell = r->rows[row], copy = cell % COPIES;
      const rl_memory_step step = rl_memory_at(memory, place);
      assert_memory_equal(step.obs, r->obs.data + (size_t)cell * OBS, OBS * sizeof *step.obs);
      assert_memory_equal(step.action, r->action.data + cell, sizeof *step.action);
      assert_true(step.reward == r->reward.data[cell]);
      assert_true(step.log_prob == r->log_prob.data[cell]);
      assert_true(step.goes_on == !r->terminated[cell]);
      ended += r->terminated[cell];
      const float *next = cell / COPIES == r->steps - 1 ? r->last_obs.data + (size_t)copy * OBS
                                                        : r->obs.data + (size_t)(cell + COPIES) * OBS;
      for (int i = 0; r->truncated[cell] && i < r->n_cut; i++)
        if (r->cut_row[i] == cell) next = r->cut_obs + (size_t)i * OBS;
      cut += r->truncated[cell];
      if (!r->terminated[cell]) assert_memory_equal(step.after, next, OBS * sizeof *step.after);
    }
  }
  assert_true(cut > 10 && ended > 0);
  assert_int_equal(memory->count, options.memory);
  assert_int_equal(memory->next, seen % options.memory);
  agent_free(&a);
}

/* What the networks say of one row, in turn. */
static double q_of(const agent *a, const float *theta, const float *obs, const float *action) {
  rl_error error;
  float pair[OBS + 1], q;
  rl_value *value = (rl_value *)&a->value;
  float before[MAX_PARAMETERS];
  const size_t bytes = count(&value->network) * sizeof *before;
  memcpy(pair, obs, OBS * sizeof *obs);
  pair[OBS] = *action;
  memcpy(before, value->network.theta.data, bytes);
  memcpy(value->network.theta.data, theta, bytes);
  assert_ok(rl_network_apply(&value->network, pair, 1, &q, &error));
  memcpy(value->network.theta.data, before, bytes);
  return (double)q;
}

/* Stops in front of the critics' pass of the first gradient step on a batch. */
static void begin(agent *a) {
  rl_error error;
  assert_ok(rl_method_begin_update(a->method, &error));
  assert_true(rl_replay_advance(a->method));
  assert_int_equal(a->method->replay->stage, RL_REPLAY_CRITICS);
}

/* The step whose observation and action a pair has, or the image of which it has. */
static rl_memory_step step_of(const rl_memory *memory, const float *pair, bool *image) {
  const rl_symmetry *symmetry = box_def.symmetry;
  float turned[OBS + 1];
  rl_mirror_apply(&symmetry->observation, pair, 1, turned);
  rl_mirror_apply(&symmetry->action, pair + OBS, 1, turned + OBS);
  for (int place = 0; place < memory->count; place++) {
    const rl_memory_step step = rl_memory_at(memory, place);
    const float *both[] = {pair, turned};
    for (int k = 0; k < 2; k++)
      if (memcmp(step.obs, both[k], sizeof(float[OBS])) == 0 && *step.action == both[k][OBS]) {
        *image = k;
        return step;
      }
  }
  fail_msg("no such step");
  return (rl_memory_step){0};
}

/* y = r + gamma (min Q' - temperature log pi) for a' as the policy's noise gives it; 0 after an end. */
static void check_targets(rl_symmetric mode) {
  rl_method_options options = sac_options();
  options.collect.gamma = 0.9;
  options.temperature = 0.3;
  options.symmetric = mode;
  agent a;
  agent_new(&a, &box_def, &options);
  collect(&a, STEPS);
  update(&a); /* which moves the critics off their slow copies, and fills the normalisers */
  rl_rollout *batch = collect(&a, STEPS);
  for (int row = 0; row < batch->n_rows; row += 3) batch->terminated[batch->rows[row]] = 1; /* often enough */
  begin(&a);
  rl_replay *r = a.method->replay;
  rl_rng noise;
  rl_rng_init_use(&noise, options.collect.seed, RL_STREAM_REPLAY, 1);
  noise.position = (uint64_t)r->steps << 24;
  int ended = 0, images = 0;
  for (int row = 0; row < RL_ROWS; row++) {
    const float n = rl_rng_normal(&noise);
    bool image;
    const rl_memory_step step = step_of(&r->memory, r->pair + row * (OBS + 1), &image);
    float after[OBS];
    memcpy(after, step.after, sizeof after);
    if (image) rl_mirror_apply(&box_def.symmetry->observation, step.after, 1, after);
    rl_error error;
    rl_dist dist;
    assert_ok(rl_policy_dist(&a.policy, after, 1, &dist, &error));
    const double mean = (double)dist.head[0], log_std = (double)dist.log_std[0],
                 u = mean + exp(log_std) * (double)n;
    const double t = tanh(u), half = 0.5 * (double)(box_def.action.high - box_def.action.low);
    const float action = (float)(half * t) + 0.5f * (box_def.action.high + box_def.action.low);
    const double log_prob =
        -0.5 * (double)n * (double)n - log_std - 0.91893853320467274 - log(half) - log1p(-t * t);
    const double q = fmin(q_of(&a, r->slow[0], after, &action), q_of(&a, r->slow[1], after, &action));
    const double y = (double)step.reward +
                     0.9 * (step.goes_on ? 1.0 : 0.0) * (q - exp((double)r->log_temperature) * log_prob);
    assert_near((double)r->target[row], y, 2e-4);
    ended += !step.goes_on;
    images += image;
  }
  assert_true(ended > RL_ROWS / 8);
  assert_true(mode ? images > RL_ROWS / 4 && images < RL_ROWS - RL_ROWS / 4 : images == 0);
  rl_method_stop(a.method);
  agent_free(&a);
}

static void targets_are_what_the_formula_says(void **state) {
  (void)state;
  check_targets(RL_SYMMETRIC_OFF);
  check_targets(RL_SYMMETRIC_DATA);
}

#define KINKS 1e-2 /* where the critics change places the loss has one */

static void both_losses_have_their_gradients(void **state) {
  (void)state;
  for (int k = 0; k < 6; k++) {
    rl_method_options options = sac_options();
    options.temperature = 0.2;
    agent a;
    agent_new_of(&a, &(agent_parts){.std = (rl_std_kind)(k % 3), .layer_norm = k >= 3}, &box_def, &options,
                 1);
    collect(&a, STEPS);
    update(&a);
    collect(&a, STEPS);
    begin(&a);
    rl_replay *r = a.method->replay;
    check_learner_gradient(&a.method->value_learner, r, value_loss_of, 1e-4f, KINKS);
    check_learner_gradient(&r->twin_learner, r, value_loss_of, 1e-4f, KINKS);
    for (int c = 0; c < RL_CRITICS; c++) {
      const rl_learner *critic = c ? &r->twin_learner : &a.method->value_learner;
      rl_mlp_transpose(&critic->network->mlp, critic->network->theta.data, true, critic->transposed);
    }
    check_learner_gradient(&a.method->policy_learner, r, policy_loss_of, 1e-4f, KINKS);
    rl_method_stop(a.method);
    agent_free(&a);
  }
}

/* Slow copies take over tau of the difference; tau = 1 makes them the critics. */
static void slow_copies_follow_the_critics(void **state) {
  (void)state;
  for (int k = 0; k < 2; k++) {
    rl_method_options options = sac_options();
    options.tau = k ? 1.0 : 0.25;
    options.replay = 1.5 / ROWS; /* one gradient step */
    agent a;
    agent_new(&a, &box_def, &options);
    float before[MAX_PARAMETERS];
    const size_t n = count(&a.value.network);
    memcpy(before, a.value.network.theta.data, n * sizeof *before);
    collect(&a, STEPS);
    assert_near(update(&a).gradient_steps, 1.0, 0.0);
    for (size_t i = 0; i < n; i++) {
      const double now = (double)a.value.network.theta.data[i], was = (double)before[i];
      assert_near((double)a.method->replay->slow[0][i], was + options.tau * (now - was), 1e-6);
    }
    assert_memory_not_equal(before, a.value.network.theta.data, n * sizeof *before);
    agent_free(&a);
  }
}

/* Too little entropy makes it weigh more, too much less; with a rate of 0 it stays. */
static void the_temperature_aims_at_an_entropy(void **state) {
  (void)state;
  const struct {
    double target, rate;
    int way;
  } table[] = {{0.69, 1e-2, 1}, {-20.0, 1e-2, -1}, {-20.0, 0.0, 0}};
  for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
    rl_method_options options = sac_options();
    options.temperature = 0.5;
    options.target_entropy = table[i].target;
    options.temperature_lr = table[i].rate;
    agent a;
    agent_new(&a, &box_def, &options);
    collect(&a, STEPS);
    const double alpha = update(&a).alpha;
    assert_true(table[i].way == 0 ? fabs(alpha - 0.5) < 1e-6 : (alpha - 0.5) * table[i].way > 1e-3);
    agent_free(&a);
  }
}

/* As many gradient steps as are due, the rest later; none before `warmup`, and actions by chance until then. */
static void gradient_steps_follow_from_the_steps_collected(void **state) {
  (void)state;
  rl_method_options options = sac_options();
  options.warmup = 2 * ROWS;
  options.replay = 1.25 / ROWS;
  options.minibatch = 8;
  agent a;
  agent_new(&a, &box_def, &options);
  const double expected[] = {0, 1, 1, 1, 2, 1};
  for (int k = 0; k < 6; k++) {
    const rl_rollout *r = collect(&a, STEPS);
    const double density = -log((double)(box_def.action.high - box_def.action.low));
    assert_true((fabs((double)r->log_prob.data[5] - density) < 1e-6) == (k < 2));
    const rl_method_stats stats = update(&a);
    assert_near(stats.gradient_steps, expected[k], 0.0);
    assert_true(isnan(stats.value_loss) == (expected[k] == 0));
    assert_near(stats.remembered, fmin((k + 1.0) * ROWS, options.memory), 0.0);
  }
  agent_free(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_memory_keeps_the_newest_steps_and_what_came_after_them),
      cmocka_unit_test(targets_are_what_the_formula_says),
      cmocka_unit_test(both_losses_have_their_gradients),
      cmocka_unit_test(slow_copies_follow_the_critics),
      cmocka_unit_test(the_temperature_aims_at_an_entropy),
      cmocka_unit_test(gradient_steps_follow_from_the_steps_collected),
  };
  box_def = toy_box();
  return cmocka_run_group_tests(tests, NULL, NULL);
}
