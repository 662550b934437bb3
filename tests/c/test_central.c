/* Methods whose critic knows all agents of a world: what the critic reads, row by row, put together here by hand; its gradient
 * against central differences; the same bytes for any number of threads, in pieces, and from a save on; what is refused. */
#include "base/parallel.h"
#include "same_archive.h"
#include "toy_team.h"

enum { STEPS = 40, WIDTH = PAIR * PAIR_OBS + PAIR, CHOICES = 3, MOST = 256 };

static pair_world box, choice;

static int history = 1; /* of policies; their critic reads the newest observations */

static rl_network_options small(uint64_t seed) {
  rl_network_options options = rl_network_defaults(0.5f);
  options.n_hidden = 1;
  options.hidden[0] = 8;
  options.seed = seed;
  return options;
}

static rl_status team_create(team *t, const pair_world *world, bool acts, const rl_method_options *options,
                             rl_error *error) {
  rl_network_options policy = small(1);
  const rl_network_options value = small(2);
  policy.history = history;
  return team_create_of(t, world, &policy, &value, acts, options, error);
}

static rl_method_options options_of(const char *name) {
  rl_method_options options = rl_method_defaults(name, true);
  options.minibatch = 32;
  options.epochs = 2;
  options.memory = 5 * STEPS * MEMBERS / 3; /* full in the second batch */
  options.warmup = 0;
  options.replay = 0.03;
  return options;
}

static void team_new(team *t, const pair_world *world, const char *name) {
  rl_error error;
  const rl_method_options options = options_of(name);
  const bool acts = rl_method_values_actions(rl_method_find(name, &error));
  assert_ok(team_create(t, world, acts, &options, &error));
}

/* --- what it reads --- */

/* one, other: what the first and the second agent observe */
static double value_of(team *t, const float *one, const float *other, int agent) {
  rl_error error;
  float x[WIDTH] = {one[0], one[1], other[0], other[1], agent == 0, agent == 1}, v;
  assert_ok(rl_network_apply(&t->value.network, x, 1, &v, &error));
  return (double)v;
}

static void a_central_critic_reads_what_all_observe_and_who_it_is_for(void **state) {
  (void)state;
  team t;
  team_new(&t, &box, "mappo");
  for (int i = 0; i < 2; i++) { /* statistics of observations are there in the second */
    const rl_rollout *r = team_collect(&t, STEPS);
    for (int k = 0; k < r->n_rows; k++) {
      const int row = r->rows[k], agent = row % PAIR;
      const float *world = r->obs.data + (row - agent) * PAIR_OBS;
      assert_near(r->value.data[row], value_of(&t, world, world + PAIR_OBS, agent), 1e-6);
    }
    for (int row = 0; row < MEMBERS; row++) {
      const float *world = r->last_obs.data + (row - row % PAIR) * PAIR_OBS;
      assert_near(r->last_value.data[row], value_of(&t, world, world + PAIR_OBS, row % PAIR), 1e-6);
    }
    team_update(&t);
  }
  team_free(&t);
}

/* Steps are repeated here from what was observed. A point that had ended before its world is shown as it ended. */
static void where_time_ran_out_it_reads_how_all_ended(void **state) {
  (void)state;
  team t;
  int apart = 0, together = 0;
  team_new(&t, &box, "mappo");
  const rl_rollout *r = team_collect(&t, STEPS);
  bool awake[STEPS * MEMBERS] = {false};
  for (int k = 0; k < r->n_rows; k++) awake[r->rows[k]] = true;
  for (int w = 0; w < WORLDS; w++) {
    float end[PAIR][PAIR_OBS] = {{0}};
    for (int s = 0; s < STEPS; s++) {
      const int row = (s * WORLDS + w) * PAIR;
      const float *obs = r->obs.data + row * PAIR_OBS;
      const bool *act = awake + row;
      const float push[] = {act[0] ? fminf(fmaxf(r->action.data[row], -1.0f), 1.0f) : 0.0f,
                            act[1] ? fminf(fmaxf(r->action.data[row + 1], -1.0f), 1.0f) : 0.0f};
      double x[] = {(double)obs[0], (double)obs[PAIR_OBS]};
      pair_move(x, &box.world.action, push);
      for (int a = 0; a < PAIR; a++)
        if (act[a]) {
          end[a][0] = (float)x[a];
          end[a][1] = obs[1] + 1.0f / PAIR_LIMIT;
        }
      for (int a = 0; a < PAIR; a++) {
        if (!act[a] || !r->truncated[row + a]) continue;
        assert_near(r->cut_value.data[row + a], value_of(&t, end[0], end[1], a), 1e-5);
        apart += !act[1 - a] || r->terminated[row + 1 - a];
        together += act[1 - a] && r->truncated[row + 1 - a];
      }
    }
  }
  assert_true(apart > 0 && together > 0);
  team_free(&t);
}

/* --- what an agent might have done --- */

/* Q of a row of the batch where its agent had done this. */
static double q_of(team *t, const pair_world *world, int row, float chosen) {
  rl_error error;
  const rl_rollout *r = rl_method_rollout(t->method);
  const int agent = row % PAIR, first = row - agent, size = world->world.action.size;
  float x[WIDTH + PAIR * CHOICES] = {0}, *at = x, q;
  memcpy(at, r->obs.data + first * PAIR_OBS, PAIR * PAIR_OBS * sizeof *at);
  at += PAIR * PAIR_OBS;
  for (int a = 0; a < PAIR; a++, at += size) {
    const float did = a == agent ? chosen : r->action.data[first + a];
    if (size == 1)
      at[0] = fminf(fmaxf(did, -1.0f), 1.0f);
    else
      at[(int)did] = 1.0f;
  }
  at[agent] = 1.0f;
  assert_ok(rl_network_apply(&t->value.network, x, 1, &q, &error));
  return (double)q;
}

static void of_one_choice_the_expectation_is_a_sum(void **state) {
  (void)state;
  team t;
  team_new(&t, &choice, "coma");
  for (int i = 0; i < 2; i++) {
    const rl_rollout *r = team_collect(&t, STEPS);
    for (int k = 0; k < r->n_rows; k++) {
      const int row = r->rows[k];
      const float *logits = r->output.data + row * CHOICES;
      double sum = 0.0, expected = 0.0;
      for (int c = 0; c < CHOICES; c++) sum += exp((double)logits[c]);
      for (int c = 0; c < CHOICES; c++)
        expected += exp((double)logits[c]) / sum * q_of(&t, &choice, row, (float)c);
      const double q = q_of(&t, &choice, row, r->action.data[row]);
      assert_near(r->value.data[row], q, 1e-6);
      assert_near(r->baseline[row], expected, 1e-6);
      assert_near(r->advantage.data[row], q - expected, 2e-6);
    }
    team_update(&t);
  }
  team_free(&t);
}

/* The integral over a Gaussian by its midpoints, with the variance; the critic reads actions within their bounds. */
static double expect(team *t, int row, double *variance) {
  const rl_rollout *r = rl_method_rollout(t->method);
  const double mean = (double)r->output.data[row], deviation = exp((double)r->log_std[0]), step = 0.05;
  double sum = 0.0, squares = 0.0;
  for (double z = -5.0 + step / 2; z < 5.0; z += step) {
    const double weight = exp(-0.5 * z * z) / sqrt(2.0 * acos(-1.0)) * step;
    const double q = q_of(t, &box, row, (float)(mean + deviation * z));
    sum += weight * q;
    squares += weight * q * q;
  }
  *variance = squares - sum * sum;
  return sum;
}

/* The mean of 4096 draws is within four of its deviations; of the errors of all rows the mean square is one. */
static void of_numbers_it_is_the_mean_over_draws(void **state) {
  (void)state;
  rl_error error;
  team t;
  rl_method_options options = options_of("coma");
  options.collect.samples = 4096;
  assert_ok(team_create(&t, &box, true, &options, &error));
  const rl_rollout *r = team_collect(&t, STEPS);
  double squares = 0.0;
  for (int k = 0; k < r->n_rows; k++) {
    double variance;
    const double expected = expect(&t, r->rows[k], &variance);
    const double off = ((double)r->baseline[r->rows[k]] - expected) / sqrt(variance / 4096.0);
    if (!(fabs(off) < 4.5)) fail_msg("row %d is %g deviations off", r->rows[k], off);
    squares += off * off / r->n_rows;
  }
  assert_near(squares, 1.0, 0.4);
  team_free(&t);
}

/* What a critic thinks of no account has no advantage. */
static void who_changes_nothing_gets_nothing(void **state) {
  (void)state;
  rl_error error;
  team t;
  float most = 0.0f;
  const rl_method_options options = options_of("coma");
  assert_ok(team_create(&t, &box, true, &options, &error));
  float *of_first = t.value.network.theta.data + PAIR * PAIR_OBS * 8; /* weights of its action, [inputs, 8] */
  memset(of_first, 0, 8 * sizeof *of_first);
  const rl_rollout *r = team_collect(&t, STEPS);
  for (int k = 0; k < r->n_rows; k++) {
    const float advantage = fabsf(r->advantage.data[r->rows[k]]);
    if (r->rows[k] % PAIR == 0) assert_near(advantage, 0.0, 1e-6);
    most = fmaxf(most, advantage);
  }
  assert_true(most > 1e-2f);
  team_free(&t);
}

/* --- its gradient --- */

enum { SAMPLES = 50 };

/* Mean over the batch's first samples of value_coef / 2 (V - target)^2. */
static double value_loss(void *context) {
  rl_error error;
  team *t = context;
  const rl_rollout *r = rl_method_rollout(t->method);
  const rl_method_options *options = rl_method_settings(t->method);
  const bool acts = rl_method_values_actions(rl_method_find(options->name, &error));
  double sum = 0.0;
  for (int k = 0; k < SAMPLES; k++) {
    const int row = r->rows[k];
    const float *world = r->obs.data + (row - row % PAIR) * PAIR_OBS;
    const double v = acts ? q_of(t, &choice, row, r->action.data[row])
                          : value_of(t, world, world + PAIR_OBS, row % PAIR),
                 target = (double)r->target.data[row];
    sum += 0.5 * options->value_coef * (v - target) * (v - target) / SAMPLES;
  }
  return sum;
}

static void check_gradient(const char *name) {
  rl_error error;
  team t;
  team_new(&t, &choice, name);
  team_collect(&t, STEPS);
  team_update(&t);
  const rl_rollout *r = team_collect(&t, STEPS);
  float dpolicy[MOST], dvalue[MOST];
  double want[MOST];
  rl_tensor *theta = &t.value.network.theta;
  const size_t n = (size_t)theta->shape[0];
  assert_true(n <= MOST && r->n_rows > SAMPLES);
  assert_ok(rl_method_gradient(t.method, r->rows, SAMPLES, dpolicy, dvalue, &error));
  float_differences(value_loss, &t, theta->data, n, 1e-2f, want);
  assert_relative(dvalue, want, n, 1e-3);
  team_free(&t);
}

static void its_gradient_is_that_of_its_loss(void **state) {
  (void)state;
  check_gradient("mappo");
  check_gradient("coma");
}

/* --- the same bytes --- */

static void advance(team *t, int pieces) {
  rl_error error;
  rl_method_stats stats;
  for (int i = 0; i < pieces && rl_method_phase_of(t->method) != RL_IDLE; i++)
    assert_ok(rl_method_advance(t->method, &stats, &error));
}

static rl_archive *state_of(const team *t) {
  rl_error error;
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_method_save(t->method, archive, "method", &error));
  assert_ok(rl_network_save(&t->policy.network, archive, "policy", &error));
  assert_ok(rl_network_save(&t->value.network, archive, "value", &error));
  assert_ok(rl_vec_env_save(t->env, archive, "env", &error));
  return archive;
}

/* Saved, and gone on with by another. */
static void move_to_another(team *t, const pair_world *world, const char *name) {
  rl_error error;
  rl_archive *archive = state_of(t);
  team_free(t);
  team_new(t, world, name);
  assert_ok(rl_network_load(&t->policy.network, archive, "policy", &error));
  assert_ok(rl_network_load(&t->value.network, archive, "value", &error));
  assert_ok(rl_vec_env_load(t->env, archive, "env", &error));
  assert_ok(rl_method_load(t->method, archive, "method", &error));
  rl_archive_free(archive);
}

static void assert_same(rl_archive *x, rl_archive *y) {
  assert_same_bytes(x, y);
  rl_archive_free(x);
  rl_archive_free(y);
}

static void threads_pieces_and_saves_change_no_byte(void **state) {
  (void)state;
  rl_error error;
  int count;
  const rl_method_class *methods = rl_method_classes(&count);
  for (int i = 0; i < 2 * count; i++) {
    const char *name = methods[i / 2].name;
    const pair_world *world = i % 2 && !rl_method_goes_through_actions(&methods[i / 2]) ? &choice : &box;
    if (!methods[i / 2].central) continue;
    team whole, cut;
    history = 1 + i % 2;
    team_new(&whole, world, name);
    team_new(&cut, world, name);
    for (int k = 0; k < 3; k++) {
      rl_set_threads(1);
      team_collect(&whole, STEPS);
      team_update(&whole);
      rl_set_threads(3);
      assert_ok(rl_method_begin_collect(cut.method, STEPS, &error));
      advance(&cut, 7 + k);
      move_to_another(&cut, world, name);
      advance(&cut, 1 << 20);
      move_to_another(&cut, world, name);
      assert_ok(rl_method_begin_update(cut.method, &error));
      advance(&cut, 5 + k);
      move_to_another(&cut, world, name);
      advance(&cut, 1 << 20);
    }
    rl_set_threads(1);
    assert_same(state_of(&whole), state_of(&cut));
    team_free(&whole);
    team_free(&cut);
  }
  history = 1;
}

/* --- bad input --- */

static void what_cannot_have_one_says_so(void **state) {
  (void)state;
  rl_error error;
  rl_value value;
  team t;
  const rl_space *observation = &box.world.observation;
  rl_network_options network = small(1);
  network.history = 2;
  assert_refused(rl_central_value_init(&value, observation, NULL, PAIR, &network, &error), RL_BAD_ARGUMENT,
                 "option history: not of a central value");
  rl_method_options options = options_of("a3c");
  assert_refused(team_create(&t, &box, false, &options, &error), RL_BAD_ARGUMENT,
                 "the workers of a3c value their own");
  team_free(&t);
  options = options_of("ppo");
  options.collect.lag = 1;
  assert_refused(team_create(&t, &box, false, &options, &error), RL_BAD_ARGUMENT,
                 "option lag: a central value");
  team_free(&t);
  options = options_of("ppo");
  assert_refused(team_create(&t, &box, true, &options, &error), RL_BAD_ARGUMENT, "asks for, not \"gae\"");
  team_free(&t);
  options = options_of("coma");
  assert_refused(team_create(&t, &box, false, &options, &error), RL_BAD_ARGUMENT,
                 "give value = rl.value(env, { central = true, action = true })");
  team_free(&t);
  options = options_of("mappo");
  rl_method *method;
  assert_ok(rl_vec_env_create(&t.env, &box.world, WORLDS, 5, 0, NULL, &error));
  const rl_policy_options policy = rl_policy_defaults();
  assert_ok(rl_policy_init(&t.policy, observation, &box.world.action, &policy, &error));
  network.history = 1;
  assert_ok(rl_value_init(&t.value, observation, &network, &error));
  assert_refused(rl_method_create(&method, t.env, &t.policy, &t.value, NULL, NULL, &options, &error),
                 RL_BAD_ARGUMENT,
                 "reads the observations of all agents: give value = rl.value(env, { central");
  assert_refused(rl_method_create(&method, t.env, &t.policy, NULL, NULL, NULL, &options, &error),
                 RL_BAD_ARGUMENT, "give value = rl.value(env, { central = true })");
  options = options_of("coma");
  assert_refused(rl_method_create(&method, t.env, &t.policy, NULL, NULL, NULL, &options, &error),
                 RL_BAD_ARGUMENT, "give value = rl.value(env, { central = true, action = true })");
  t.method = NULL;
  team_free(&t);
}

int main(void) {
  pair_make(&box, (rl_space){.kind = RL_BOX, .size = 1, .low = -1.0f, .high = 1.0f});
  pair_make(&choice, (rl_space){.kind = RL_DISCRETE, .size = 3});
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_central_critic_reads_what_all_observe_and_who_it_is_for),
      cmocka_unit_test(where_time_ran_out_it_reads_how_all_ended),
      cmocka_unit_test(of_one_choice_the_expectation_is_a_sum),
      cmocka_unit_test(of_numbers_it_is_the_mean_over_draws),
      cmocka_unit_test(who_changes_nothing_gets_nothing),
      cmocka_unit_test(its_gradient_is_that_of_its_loss),
      cmocka_unit_test(threads_pieces_and_saves_change_no_byte),
      cmocka_unit_test(what_cannot_have_one_says_so),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
