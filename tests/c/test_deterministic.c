/* Deterministic policy gradients: what a memory of whole worlds keeps, targets and losses of linear networks worked out here by
 * their formulas, gradients against finite differences, slow copies, and what is refused. That a state goes on to the same
 * bytes is in test_central.c and test_method*.c. */
#include "method/agent.h"
#include "method/method_internal.h"
#include "learner_gradient.h"
#include "toy_agent.h"
#include "toy_team.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of a pair: what both observe, what both do, and whose step it is. */
enum { WIDTH = PAIR * PAIR_OBS + PAIR + PAIR, AT = PAIR * PAIR_OBS };

static pair_world box, choice, early;

/* Time ends the second one alone, halfway. */
static void early_step(void *self, const float *action, rl_env_io *io) {
  pair_step(self, action, io);
  io[1].truncated = ((pair *)self)->steps >= PAIR_LIMIT / 2;
}

static rl_network_options network_of(int hidden, bool normalize) {
  rl_network_options options = rl_network_defaults(0.8f);
  options.n_hidden = hidden > 0;
  options.hidden[0] = hidden;
  options.normalize = normalize;
  options.seed = 3;
  return options;
}

static rl_method_options options_of(const char *name) {
  rl_method_options options = rl_method_defaults(name, true);
  options.minibatch = 70; /* a piece and a short one */
  options.memory = 501;
  options.warmup = 0;
  options.replay = 0.05;
  options.sgd = true;
  options.lr = 0.05;
  options.collect.gamma = 0.9;
  options.output_coef = 0.03;
  return options;
}

static void team_new(team *t, int hidden, bool normalize, const rl_method_options *options) {
  const rl_network_options network = network_of(hidden, normalize);
  team_new_of(t, &box, &network, &network, options);
}

/* Stops in front of the critics' pass of the first gradient step on a batch. */
static void begin_step(team *t) {
  rl_error error;
  assert_ok(rl_method_begin_update(t->method, &error));
  assert_true(rl_replay_advance(t->method));
}

/* --- the memory --- */

/* What both have come to is repeated here from what was observed and done. */
static void a_memory_keeps_moments_of_whole_worlds(void **state) {
  (void)state;
  rl_method_options options = options_of("maddpg");
  options.replay = 0.0;
  team t;
  team_new(&t, 4, true, &options);
  const rl_memory *memory = &t.method->replay->memory;
  int64_t seen = 0, rests = 0, cut = 0, alone = 0, ended = 0;
  assert_int_equal(memory->capacity, 502);
  for (int round = 0; round < 4; round++) {
    const rl_rollout *r = team_collect(&t, STEPS);
    bool awake[STEPS * MEMBERS] = {false};
    for (int k = 0; k < r->n_rows; k++) awake[r->rows[k]] = true;
    team_update(&t);
    for (int world = 0; world < STEPS * MEMBERS; world += PAIR) {
      const bool *acts = awake + world;
      assert_true(acts[0] || acts[1]);
      double x[PAIR];
      float push[PAIR];
      bool any_cut = false, goes_on = false;
      for (int a = 0; a < PAIR; a++) {
        x[a] = (double)r->obs.data[(world + a) * PAIR_OBS];
        push[a] = acts[a] ? r->action.data[world + a] : 0.0f;
        any_cut = any_cut || (acts[a] && r->truncated[world + a]);
        goes_on = goes_on || (acts[a] && !r->terminated[world + a]);
      }
      pair_move(x, &box.world.action, push);
      for (int a = 0; a < PAIR; a++, seen++) {
        const int cell = world + a;
        const rl_memory_step step = rl_memory_at(memory, (int)(seen % memory->capacity));
        assert_memory_equal(step.obs, r->obs.data + cell * PAIR_OBS, PAIR_OBS * sizeof *step.obs);
        assert_true(step.rests == !acts[a]);
        assert_true(*step.action == push[a]);
        rests += !acts[a];
        if (acts[a]) {
          assert_true(step.reward == r->reward.data[cell] && step.log_prob == r->log_prob.data[cell]);
          assert_true(step.goes_on == !r->terminated[cell]);
        }
        cut += any_cut;
        alone += any_cut && !acts[a];
        ended += goes_on && r->terminated[cell];
        if (!goes_on) continue; /* nobody asks what came after */
        /* one that rested before the world ended is shown as it had ended */
        if (acts[a] || !any_cut) assert_near((double)step.after[0], x[a], 1e-5);
        assert_near((double)step.after[1], (double)(step.obs[1] + 1.0f / PAIR_LIMIT),
                    acts[a] || !any_cut ? 1e-6 : 1.0);
      }
    }
  }
  assert_int_equal(memory->count, 502);
  assert_true(rests > 20 && cut > 20 && alone > 5 && ended > 5);
  int drawn[PAIR] = {0};
  rl_rng rng;
  rl_rng_init(&rng, 1, 2);
  for (int k = 0; k < 1000; k++) {
    int place;
    rl_memory_draw(memory, &rng, 1, &place);
    assert_false(rl_memory_at(memory, place).rests);
    drawn[place % PAIR]++;
  }
  assert_true(drawn[0] > 300 && drawn[1] > 300);
  team_free(&t);
}

/* What is of no step is read too: it is part of the moment of the others. */
static void what_is_no_number_is_named_where_an_agent_rests(void **state) {
  (void)state;
  rl_error error;
  rl_method_stats stats;
  const rl_method_options options = options_of("maddpg");
  for (int part = 0; part < 4; part++) {
    team t;
    team_new(&t, 4, true, &options);
    rl_rollout *r = team_collect(&t, STEPS);
    int cell = 0;
    while (cell < r->n_rows && r->rows[cell] == cell) cell++; /* the first that is no step */
    assert_true(cell < STEPS * MEMBERS);
    const rl_tensor *tensors[] = {&r->obs, &r->action, &r->log_prob, &r->reward};
    const char *const names[] = {"observation", "action", "log_prob", "reward"};
    tensors[part]->data[cell * (part == 0 ? PAIR_OBS : 1)] = (float)NAN;
    char want[80];
    snprintf(want, sizeof want, "%s of step %d, copy %d is not a finite number", names[part],
             cell / MEMBERS + 1, cell % MEMBERS + 1);
    assert_refused(rl_method_update(t.method, &stats, &error), RL_NOT_FINITE, want);
    assert_int_equal(rl_method_remembered(t.method), 0);
    team_free(&t);
  }
}

/* --- targets and losses by their formulas, of linear networks --- */

static double linear(const float *theta, const double *x, int n) {
  double y = (double)theta[n];
  for (int i = 0; i < n; i++) y += (double)theta[i] * x[i];
  return y;
}

static double mean_of(const float *theta, const float *obs) {
  return linear(theta, (double[]){(double)obs[0], (double)obs[1]}, PAIR_OBS);
}

/* The place in the memory of the step that a row of the minibatch is of. */
static int place_of(const rl_memory *memory, const float *x, int who) {
  for (int place = who; place < memory->count; place += PAIR) {
    bool same = !rl_memory_at(memory, place).rests;
    for (int a = 0; a < PAIR && same; a++) {
      const rl_memory_step step = rl_memory_at(memory, place - who + a);
      same = memcmp(step.obs, x + a * PAIR_OBS, PAIR_OBS * sizeof *x) == 0 && *step.action == x[AT + a];
    }
    if (same) return place;
  }
  fail_msg("no such step");
  return -1;
}

/* In the `early` world, of a step of agent a, whose neighbour goes on. */
static bool is_cut_alone(const rl_memory_step *step, int a) {
  return a == 1 && !step->rests && lround((double)step->obs[1] * PAIR_LIMIT) + 1 == PAIR_LIMIT / 2;
}

static void check_targets(const pair_world *world) {
  rl_method_options options = options_of("maddpg");
  const rl_network_options network = network_of(0, false);
  options.minibatch = 300; /* some of which end, or are beside one who rests */
  team t;
  team_new_of(&t, world, &network, &network, &options);
  team_collect(&t, STEPS);
  team_update(&t); /* which moves all off their slow copies */
  team_collect(&t, STEPS);
  begin_step(&t);
  rl_replay *r = t.method->replay;
  const float *mu = t.policy.network.theta.data, *q[] = {t.value.network.theta.data, r->twin.theta.data};
  int rested = 0, ended = 0, left = 0, whose[PAIR] = {0};
  double loss = 0.0;
  assert_memory_not_equal(mu, r->slow_policy, (PAIR_OBS + 1) * sizeof *mu);
  for (int row = 0; row < options.minibatch; row++) {
    const float *x = r->pair + row * WIDTH;
    const int who = r->agent[row], place = place_of(&r->memory, x, who);
    assert_true(x[AT + PAIR + who] == 1.0f && x[AT + PAIR + 1 - who] == 0.0f);
    double next[WIDTH] = {0}, now[WIDTH];
    for (int a = 0; a < PAIR; a++) {
      const rl_memory_step step = rl_memory_at(&r->memory, place - who + a);
      const bool alone = world == &early && is_cut_alone(&step, a),
                 there = step.goes_on && !step.rests && !(alone && a != who);
      left += alone && a != who;
      for (int i = 0; i < PAIR_OBS; i++) next[a * PAIR_OBS + i] = (double)step.after[i];
      next[AT + a] = there ? tanh(mean_of(r->slow_policy, step.after)) : 0.0;
      rested += a != who && !there;
    }
    next[AT + PAIR + who] = 1.0;
    const rl_memory_step own = rl_memory_at(&r->memory, place);
    const double worth = fmin(linear(r->slow[0], next, WIDTH), linear(r->slow[1], next, WIDTH));
    assert_near((double)r->target[row], (double)own.reward + (own.goes_on ? 0.9 * worth : 0.0), 1e-5);
    ended += !own.goes_on;
    whose[who]++;
    for (int i = 0; i < WIDTH; i++) now[i] = (double)x[i];
    const double u = mean_of(mu, own.obs);
    now[AT + who] = tanh(u);
    loss += options.output_coef * u * u - fmin(linear(q[0], now, WIDTH), linear(q[1], now, WIDTH));
  }
  assert_true((left > 3) == (world == &early));
  assert_true(rested > 3 && ended > (world == &early ? 1 : 3) && whose[0] > 20 && whose[1] > 20);
  rl_replay_transpose_critics(t.method);
  rl_learner_evaluate(&t.method->policy_learner, r->index, r->rows);
  assert_near(t.method->policy_learner.stats[RL_STAT_POLICY_LOSS] / r->rows, loss / r->rows, 1e-5);
  rl_method_stop(t.method);
  team_free(&t);
}

static void targets_and_losses_are_what_the_formulas_say(void **state) {
  (void)state;
  check_targets(&box);
  check_targets(&early);
}

/* --- gradients --- */

#define KINKS 1e-2 /* where the critics change places the loss has one */

static void all_losses_have_their_gradients(void **state) {
  (void)state;
  for (int normalize = 0; normalize < 2; normalize++) {
    const rl_method_options options = options_of("maddpg");
    team t;
    team_new(&t, 8, normalize, &options);
    team_collect(&t, STEPS);
    team_update(&t);
    team_collect(&t, STEPS);
    begin_step(&t);
    rl_replay *r = t.method->replay;
    check_learner_gradient(&t.method->value_learner, r, value_loss_of, 1e-3f, KINKS);
    check_learner_gradient(&r->twin_learner, r, value_loss_of, 1e-3f, KINKS);
    rl_replay_transpose_critics(t.method);
    check_learner_gradient(&t.method->policy_learner, r, policy_loss_of, 1e-3f, KINKS);
    rl_method_stop(t.method);
    team_free(&t);
  }
}

/* --- what follows --- */

static void slow_copies_follow_policy_and_critics(void **state) {
  (void)state;
  rl_method_options options = options_of("maddpg");
  options.tau = 0.25;
  options.replay = 1.5 / (STEPS * MEMBERS); /* one gradient step, or two */
  team t;
  team_new(&t, 8, true, &options);
  float was[2][MAX_PARAMETERS], slow[2][MAX_PARAMETERS];
  const rl_network *networks[] = {&t.policy.network, &t.value.network};
  const float *const copies[] = {t.method->replay->slow_policy, t.method->replay->slow[0]};
  for (int k = 0; k < 2; k++) {
    memcpy(was[k], networks[k]->theta.data, count(networks[k]) * sizeof(float));
    memcpy(slow[k], copies[k], count(networks[k]) * sizeof(float));
    assert_memory_equal(was[k], slow[k], count(networks[k]) * sizeof(float));
  }
  team_collect(&t, STEPS);
  assert_near(team_update(&t).gradient_steps, 1.0, 0.0);
  for (int k = 0; k < 2; k++) {
    assert_memory_not_equal(was[k], networks[k]->theta.data, count(networks[k]) * sizeof(float));
    for (size_t i = 0; i < count(networks[k]); i++)
      assert_near((double)copies[k][i], 0.75 * (double)slow[k][i] + 0.25 * (double)networks[k]->theta.data[i],
                  1e-6);
  }
  team_free(&t);
}

static void of_one_agent_it_is_ddpg(void **state) {
  (void)state;
  const rl_env_def def = toy_box();
  agent both[2];
  for (int k = 0; k < 2; k++) {
    const rl_method_options options = defaults_of(k ? "maddpg" : "ddpg");
    agent_new(&both[k], &def, &options);
    for (int i = 0; i < 3; i++) {
      collect(&both[k], STEPS);
      update(&both[k]);
    }
  }
  assert_memory_equal(both[0].policy.network.theta.data, both[1].policy.network.theta.data,
                      count(&both[0].policy.network) * sizeof(float));
  assert_memory_equal(both[0].value.network.theta.data, both[1].value.network.theta.data,
                      count(&both[0].value.network) * sizeof(float));
  for (int k = 0; k < 2; k++) agent_free(&both[k]);
}

/* Through an agent too: who ends in the step in which another is cut is shown to that one's critic as it ended. */
static void an_agent_hands_in_the_ends_of_neighbours(void **state) {
  (void)state;
  rl_error error;
  rl_method_options options = options_of("maddpg");
  options.replay = 0.0;
  team t;
  rl_agent *one;
  const float *action;
  rl_method_stats stats;
  float obs[MEMBERS * PAIR_OBS], end[MEMBERS * PAIR_OBS];
  const float reward[MEMBERS] = {0};
  const uint8_t terminated[MEMBERS] = {0, 1}, truncated[MEMBERS] = {1};
  for (int k = 0; k < MEMBERS * PAIR_OBS; k++) obs[k] = 0.01f * (float)k, end[k] = 0.5f + obs[k];
  team_new(&t, 4, true, &options);
  assert_ok(rl_agent_create(&one, t.method, 1, &error));
  assert_ok(rl_agent_see(one, obs, &error));
  assert_ok(rl_agent_act(one, &action, &error));
  end[PAIR_OBS] = (float)NAN;
  assert_refused(rl_agent_reward(one, reward, terminated, truncated, end, &error), RL_NOT_FINITE,
                 "the final observation of copy 2 is not finite");
  end[PAIR_OBS] = 0.75f;
  assert_ok(rl_agent_reward(one, reward, terminated, truncated, end, &error));
  assert_ok(rl_agent_see(one, obs, &error));
  while (rl_agent_learns(one)) assert_ok(rl_agent_advance(one, &stats, &error));
  for (int a = 0; a < PAIR; a++)
    assert_memory_equal(rl_memory_at(&t.method->replay->memory, a).after, end + a * PAIR_OBS,
                        PAIR_OBS * sizeof *end);
  rl_agent_free(one);
  team_free(&t);
}

/* Steps of whoever took them are those of all agents of a world. */
static void it_remembers_whole_worlds(void **state) {
  (void)state;
  rl_error error;
  rl_method_options options = options_of("maddpg");
  team t;
  team_new(&t, 8, true, &options);
  static float zeros[100 * PAIR_OBS];
  rl_steps steps = {100, zeros, zeros, zeros, zeros, zeros, NULL, NULL};
  assert_ok(rl_method_remember(t.method, &steps, &error));
  rl_method_stats stats;
  assert_ok(rl_method_update_offline(t.method, 3, &stats, &error));
  assert_near(stats.gradient_steps, 3.0, 0.0);
  steps.count = 99;
  assert_refused(rl_method_remember(t.method, &steps, &error), RL_BAD_ARGUMENT,
                 "99 steps are not those of all agents of some worlds");
  assert_int_equal(rl_method_remembered(t.method), 100);
  team_free(&t);
  /* One who rests is part of its world's moment, whatever is said of it, and nobody learns from it. */
  team_new(&t, 8, true, &options);
  const float valid[] = {1, 0, 0, 0, 1, 1}, far[] = {0.5f, 7.0f, 0.5f, 0.5f, 0.5f, 0.5f};
  const rl_memory *memory = &t.method->replay->memory;
  steps = (rl_steps){6, zeros, far, zeros, zeros, zeros, NULL, valid};
  assert_ok(rl_method_remember(t.method, &steps, &error));
  assert_int_equal(memory->count, 4); /* nobody took a step in the second world */
  for (int k = 0; k < 4; k++) {
    const rl_memory_step step = rl_memory_at(memory, k);
    assert_true(step.rests == (k == 1) && *step.action == (k == 1 ? 0.0f : 0.5f));
  }
  assert_near(t.policy.network.normalizer.count, 3.0, 0.0);
  steps.valid = far;
  assert_refused(rl_method_remember(t.method, &steps, &error), RL_BAD_ARGUMENT,
                 "valid of step 1 is 0.5, not 0 or 1");
  team_free(&t);
}

static void what_cannot_be_says_so(void **state) {
  (void)state;
  rl_error error;
  team t;
  rl_method *method;
  rl_value own, states;
  rl_policy wide;
  rl_method_options options = options_of("maddpg");
  rl_network_options network = network_of(8, true);
  rl_policy_options policy = rl_policy_defaults();
  const rl_space *observation = &box.world.observation, *action = &box.world.action;
  team_new(&t, 8, true, &options);
  assert_ok(rl_action_value_init(&own, observation, action, &network, &error));
  assert_refused(rl_method_create(&method, t.env, &t.policy, &own, NULL, NULL, &options, &error),
                 RL_BAD_SHAPE, "what all 2 agents observe and do, 8 numbers with whose step it is");
  assert_refused(rl_method_create(&method, t.env, &t.policy, NULL, NULL, NULL, &options, &error),
                 RL_BAD_ARGUMENT, "give value = rl.value(env, { central = true, action = true })");
  assert_ok(rl_central_value_init(&states, observation, NULL, PAIR, &network, &error));
  assert_refused(rl_method_create(&method, t.env, &t.policy, &states, NULL, NULL, &options, &error),
                 RL_BAD_SHAPE, "give value = rl.value(env, { central = true, action = true })");
  options.symmetric = RL_SYMMETRIC_DATA;
  assert_refused(rl_method_create(&method, t.env, &t.policy, &t.value, NULL, NULL, &options, &error),
                 RL_BAD_ARGUMENT, "what a central value reads has no mirror images");
  options = options_of("ddpg");
  assert_ok(
      rl_method_create(&method, t.env, &t.policy, &own, NULL, NULL, &options, &error)); /* each for itself */
  rl_method_free(method);
  assert_refused(rl_method_create(&method, t.env, &t.policy, &t.value, NULL, NULL, &options, &error),
                 RL_BAD_SHAPE, "give value = rl.value(env, { action = true })");
  policy.network = network;
  policy.squash = true;
  policy.std = RL_STD_STATE;
  assert_ok(rl_policy_init(&wide, observation, action, &policy, &error));
  assert_refused(rl_method_create(&method, t.env, &wide, &own, NULL, NULL, &options, &error), RL_BAD_ARGUMENT,
                 "rl.policy(env, { squash = true, std = \"fixed\" })");
  rl_policy_release(&wide);
  policy.squash = false;
  assert_ok(rl_policy_init(&wide, observation, action, &policy, &error));
  assert_refused(
      rl_method_create(&method, t.env, &wide, &own, NULL, NULL, &options, &error), RL_BAD_ARGUMENT,
      "within their bounds: make the policy with rl.policy(env, { squash = true, std = \"fixed\" })");
  rl_policy_release(&wide);
  rl_value_release(&own);
  rl_value_release(&states);
  team_free(&t);
  options = options_of("maddpg");
  policy.squash = false;
  policy.std = RL_STD_FREE;
  assert_ok(rl_vec_env_create(&t.env, &choice.world, WORLDS, 5, 0, NULL, &error));
  assert_ok(rl_policy_init(&t.policy, observation, &choice.world.action, &policy, &error));
  assert_ok(rl_central_value_init(&t.value, observation, &choice.world.action, PAIR, &network, &error));
  assert_refused(rl_method_create(&t.method, t.env, &t.policy, &t.value, NULL, NULL, &options, &error),
                 RL_BAD_ARGUMENT, "are choices: use rl.ppo, rl.mappo or rl.coma");
  team_free(&t);
}

int main(void) {
  pair_make(&box, (rl_space){.kind = RL_BOX, .size = 1, .low = -1.0f, .high = 1.0f});
  pair_make(&early, box.world.action);
  early.world.step = early_step;
  pair_make(&choice, (rl_space){.kind = RL_DISCRETE, .size = 3});
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_memory_keeps_moments_of_whole_worlds),
      cmocka_unit_test(what_is_no_number_is_named_where_an_agent_rests),
      cmocka_unit_test(targets_and_losses_are_what_the_formulas_say),
      cmocka_unit_test(all_losses_have_their_gradients),
      cmocka_unit_test(slow_copies_follow_policy_and_critics),
      cmocka_unit_test(of_one_agent_it_is_ddpg),
      cmocka_unit_test(an_agent_hands_in_the_ends_of_neighbours),
      cmocka_unit_test(it_remembers_whole_worlds),
      cmocka_unit_test(what_cannot_be_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
