/* Recurrent networks: the gated unit by hand and against finite differences, through sequences with resets inside; batches that
 * carry the units from step to step; the same bytes on any number of threads; who cannot train them. */
#include "archive/archive_internal.h"
#include "base/parallel.h"
#include "check.h"
#include "method/agent.h"
#include "network/recurrent.h"
#include "same_archive.h"
#include "toy_agent.h"

#include <stdio.h>

enum { UNITS = 4, SEQUENCE = 5, LONG = 23 };

static rl_env_def box_def, choice_def, factors_def;

static double sigmoid(double x) { return 1.0 / (1.0 + exp(-x)); }

/* Cho et al. 2014 with the reset behind the product, as the documentation of cuDNN has it; x: what the hidden layers give. */
static void reference_step(const rl_network *network, const double *theta, const double *a, double *h) {
  const int n = network->gru;
  const double *u_weight = theta + rl_network_cell_at(network), *u_bias = u_weight + n * 3 * n;
  double u[3 * UNITS], next[UNITS];
  for (int j = 0; j < 3 * n; j++) {
    u[j] = u_bias[j];
    for (int i = 0; i < n; i++) u[j] += h[i] * u_weight[i * 3 * n + j];
  }
  for (int i = 0; i < n; i++) {
    const double r = sigmoid(a[i] + u[i]), z = sigmoid(a[n + i] + u[n + i]),
                 new = tanh(a[2 * n + i] + r * u[2 * n + i]);
    next[i] = (1.0 - z) * new + z *h[i];
  }
  memcpy(h, next, (size_t)n * sizeof *h);
}

/* One hidden layer of tanh, then the unit, then the head. */
static void reference_network(const rl_network *network, const double *theta, const float *x, double *h,
                              double *y) {
  double in[MOST_OBS], hidden[16], a[3 * UNITS];
  float normalised[MOST_OBS];
  const rl_mlp_layer first = rl_mlp_layer_at(&network->mlp, 0), gates = rl_mlp_layer_at(&network->mlp, 1);
  rl_network_normalize(network, x, 1, normalised);
  for (int i = 0; i < first.in; i++) in[i] = (double)normalised[i];
  for (int j = 0; j < first.out; j++) {
    double sum = theta[first.bias + (size_t)j];
    for (int i = 0; i < first.in; i++) sum += in[i] * theta[first.weight + (size_t)(i * first.out + j)];
    hidden[j] = tanh(sum);
  }
  for (int j = 0; j < gates.out; j++) {
    a[j] = theta[gates.bias + (size_t)j];
    for (int i = 0; i < gates.in; i++) a[j] += hidden[i] * theta[gates.weight + (size_t)(i * gates.out + j)];
  }
  reference_step(network, theta, a, h);
  const double *head = theta + rl_network_head_at(network);
  const int out = rl_network_outputs(network);
  for (int j = 0; j < out; j++) {
    y[j] = head[UNITS * out + j];
    for (int i = 0; i < UNITS; i++) y[j] += h[i] * head[i * out + j];
  }
}

static void make_network(rl_network *network, int inputs, int outputs) {
  rl_error error;
  rl_network_options options = rl_network_defaults(1.0f);
  options.n_hidden = 1;
  options.hidden[0] = 6;
  options.gru = UNITS;
  options.normalize = false;
  options.seed = 3;
  assert_ok(rl_network_init(network, inputs, outputs, 0, &options, 0, &error));
  disturb(network, 0.3f, 9);
}

static void it_steps_as_the_equations_say(void **state) {
  (void)state;
  enum { ROWS_AT_ONCE = 70, OUT = 2 };
  rl_error error;
  rl_network network;
  rl_rng rng;
  static double theta[1024], h[ROWS_AT_ONCE][UNITS];
  static float x[ROWS_AT_ONCE * 3], y[ROWS_AT_ONCE * OUT], memory[ROWS_AT_ONCE * UNITS];
  make_network(&network, 3, OUT);
  rl_rng_init(&rng, 1, 1);
  widen(network.theta.data, theta, count(&network));
  assert_int_equal(rl_network_memory(&network), UNITS);
  for (int t = 0; t < 6; t++) {
    rl_rng_fill_normal(&rng, x, ROWS_AT_ONCE * 3);
    rl_set_threads(1 + t % 2);
    assert_ok(rl_network_step(&network, x, ROWS_AT_ONCE, memory, y, &error));
    for (int r = 0; r < ROWS_AT_ONCE; r++) {
      double want[OUT];
      reference_network(&network, theta, x + r * 3, h[r], want);
      for (int j = 0; j < OUT; j++) assert_near(y[r * OUT + j], want[j], 2e-6);
      for (int i = 0; i < UNITS; i++) assert_near(memory[r * UNITS + i], h[r][i], 2e-6);
    }
  }
  rl_set_threads(1);
  rl_network_release(&network);
}

/* One unit whose candidate is its input and whose gates are open by half, by hand: a = 0 but for n, U = 0 but for z.
 * h1 = tanh(x1) / 2; h2 = (1 - z) tanh(x2) + z h1 with z = sigmoid(w h1); L = h2. */
static void it_goes_back_by_hand(void **state) {
  (void)state;
  const double w = 0.7, x[2] = {0.4, -1.1};
  const double n1 = tanh(x[0]), n2 = tanh(x[1]), h1 = n1 / 2.0, z = 1.0 / (1.0 + exp(-w * h1)),
               h2 = (1.0 - z) * n2 + z * h1;
  float a1[3] = {0, 0, (float)x[0]}, a2[3] = {0, 0, (float)x[1]}, u1[3] = {0},
        u2[3] = {0, (float)(w * h1), 0};
  float zero = 0.0f, first, second, g1[3], g2[3];
  rl_gru_step(1, a1, u1, &zero, g1, &first);
  rl_gru_step(1, a2, u2, &first, g2, &second);
  assert_near(first, h1, 1e-7);
  assert_near(second, h2, 1e-7);
  float da[3], du[3], dh, one = 1.0f;
  rl_gru_back(1, g2, u2 + 2, &first, &one, da, du, &dh);
  const double dz = (h1 - n2) * z * (1.0 - z);
  assert_near(da[2], (1.0 - z) * (1.0 - n2 * n2), 1e-6);
  assert_near(du[1], dz, 1e-7);
  assert_near(dh, z, 1e-7);
  const double to_h1 = (double)dh + (double)du[1] * w; /* dL/dh1 by both ways */
  const double step = 1e-6, moved = h1 + step, zm = 1.0 / (1.0 + exp(-w * moved));
  assert_near(to_h1, ((1.0 - zm) * n2 + zm * moved - h2) / step, 1e-4);
}

/* loss of a sample: y . weight of it */
typedef struct linear {
  const float *weight;
  int outputs;
} linear;

static void linear_loss(void *context, const int *index, int rows, int total, const float *y, float *dy,
                        float *dextra, double *stats) {
  const linear *l = context;
  (void)total, (void)dextra;
  for (int k = 0; k < rows * l->outputs; k++) {
    const size_t at = (size_t)index[k / l->outputs] * (size_t)l->outputs + (size_t)(k % l->outputs);
    dy[k] = l->weight[at];
    stats[0] += (double)(y[k] * l->weight[at]);
  }
}

/* 7 copies of 23 steps in sequences of 5, where episodes begin anywhere; some copies are shorter. */
static void gradients_are_those_of_finite_differences(void **state) {
  (void)state;
  enum { MANY = 7, IN = 3, OUT = 2, CELLS = MANY * LONG, SEQUENCES = (LONG + SEQUENCE - 1) / SEQUENCE };
  rl_error error;
  rl_network network;
  rl_learner learner;
  rl_rng rng;
  static float x[CELLS * IN], weight[CELLS * OUT], begin[SEQUENCES * MANY * UNITS];
  static double theta[1024], numeric;
  int time[CELLS], index[CELLS], rows = 0, resets = 0;
  make_network(&network, IN, OUT);
  rl_rng_init(&rng, 1, 1);
  rl_rng_fill_normal(&rng, x, CELLS * IN);
  rl_rng_fill_normal(&rng, weight, CELLS * OUT);
  rl_rng_fill_uniform(&rng, begin, SEQUENCES * MANY * UNITS, -0.8f, 0.8f);
  for (int c = 0; c < MANY; c++)
    for (int t = 0; t < LONG; t++) {
      const bool fresh = rl_rng_uniform(&rng) < 0.15f;
      time[t * MANY + c] = fresh ? 0 : t ? time[(t - 1) * MANY + c] + 1 : 3;
      resets += fresh && t % SEQUENCE;
    }
  assert_true(resets > 5);
  for (int s = SEQUENCES - 1; s >= 0; s--) /* in any order */
    for (int c = 0; c < MANY; c++)
      for (int t = s * SEQUENCE; t < LONG - c && t < (s + 1) * SEQUENCE; t++) index[rows++] = t * MANY + c;
  linear loss = {weight, OUT};
  assert_ok(rl_learner_init(&learner, &network, RL_ADAM, linear_loss, NULL, &loss, &error));
  learner.sequences = (rl_sequences){MANY, SEQUENCE, time, begin};
  assert_ok(rl_learner_begin(&learner, x, CELLS, rows, &error));
  static float one[1024];
  for (int threads = 1; threads <= 3; threads++) {
    rl_set_threads(threads);
    rl_learner_gradient(&learner, index, rows);
    if (threads == 1) memcpy(one, learner.gradient, count(&network) * sizeof *one);
    assert_memory_equal(one, learner.gradient, count(&network) * sizeof *one);
  }
  rl_set_threads(1);
  widen(network.theta.data, theta, count(&network));
  for (size_t p = 0; p < count(&network); p++) {
    double sides[2], was = theta[p];
    for (int side = 0; side < 2; side++) {
      theta[p] = was + (side ? 1e-5 : -1e-5);
      sides[side] = 0.0;
      double h[UNITS], y[OUT];
      for (int k = 0; k < rows; k++) {
        const int i = index[k], t = i / MANY, c = i % MANY;
        for (int u = 0; u < UNITS && t % SEQUENCE == 0; u++)
          h[u] = (double)begin[(t / SEQUENCE * MANY + c) * UNITS + u];
        for (int u = 0; u < UNITS && time[i] == 0; u++) h[u] = 0.0;
        reference_network(&network, theta, x + i * IN, h, y);
        for (int j = 0; j < OUT; j++) sides[side] += y[j] * (double)weight[i * OUT + j];
      }
    }
    theta[p] = was;
    numeric = (sides[1] - sides[0]) / 2e-5;
    assert_near(one[p], numeric, 2e-4 * (1.0 + fabs(numeric)));
  }
  rl_learner_release(&learner);
  rl_network_release(&network);
}

/* --- methods --- */

static rl_status recurrent_create(agent *a, const rl_env_def *def, rl_method_options *options, bool head,
                                  bool no_value, rl_error *error) {
  rl_policy_options policy = rl_policy_defaults();
  rl_network_options network = small_network(3, &(agent_parts){0});
  *a = (agent){.has_value = !no_value && !head};
  network.gru = UNITS;
  policy.network = network;
  policy.value_head = head;
  options->collect.sequence = SEQUENCE;
  options->minibatch = 32;
  rl_status status = rl_vec_env_create(&a->env, def, COPIES, 7, 0, NULL, error);
  if (!status) status = rl_policy_init(&a->policy, &def->observation, &def->action, &policy, error);
  if (!status && a->has_value) status = rl_value_init(&a->value, &def->observation, &network, error);
  if (!status)
    status = rl_method_create(&a->method, a->env, &a->policy, a->has_value ? &a->value : NULL, NULL, NULL,
                              options, error);
  return status;
}

/* Units of one copy through a batch: outputs, values, what sequences begin with, and ends. */
static void the_units_go_from_step_to_step_and_end_with_episodes(void **state) {
  (void)state;
  for (int head = 0; head < 2; head++) {
    rl_error error;
    agent a;
    rl_method_options options = defaults_of("ppo");
    assert_ok(recurrent_create(&a, &box_def, &options, head, false, &error));
    rl_policy *policy = &a.policy;
    static float of_policy[COPIES][UNITS], of_value[COPIES][UNITS];
    memset(of_policy, 0, sizeof of_policy);
    memset(of_value, 0, sizeof of_value);
    int ends = 0, cuts = 0, outputs = rl_policy_outputs(policy);
    rl_vec_env *twin; /* shows what truncated steps ended at */
    assert_ok(rl_vec_env_create(&twin, &box_def, COPIES, 7, 0, NULL, &error));
    assert_ok(rl_vec_env_reset(twin, &error));
    for (int batch = 0; batch < 3; batch++) {
      assert_ok(rl_method_collect(a.method, LONG, &error));
      const rl_rollout *r = rl_method_rollout(a.method);
      const rl_vec_view *view = rl_vec_env_view(twin);
      float y[4], v, spare[UNITS];
      for (int t = 0; t < LONG; t++) {
        for (int c = 0; c < COPIES; c++) {
          const int i = t * COPIES + c;
          if (r->time[i] == 0) memset(of_policy[c], 0, sizeof of_policy[c]);
          if (r->time[i] == 0) memset(of_value[c], 0, sizeof of_value[c]);
          ends += r->time[i] == 0 && t > 0;
          const size_t begin = (size_t)(t / SEQUENCE * COPIES + c) * UNITS;
          if (t % SEQUENCE == 0) assert_memory_equal(r->states.begin + begin, of_policy[c], sizeof spare);
          assert_ok(rl_network_step(&policy->network, r->obs.data + i * OBS, 1, of_policy[c], y, &error));
          for (int j = 0; j < outputs; j++) assert_float_equal(r->output.data[i * outputs + j], y[j], 0.0f);
          if (head) {
            assert_float_equal(r->value.data[i], y[outputs - 1], 0.0f);
            continue;
          }
          if (t % SEQUENCE == 0)
            assert_memory_equal(r->value_states.begin + begin, of_value[c], sizeof spare);
          assert_ok(rl_network_step(&a.value.network, r->obs.data + i * OBS, 1, of_value[c], &v, &error));
          assert_float_equal(r->value.data[i], v, 0.0f);
        }
        assert_ok(rl_vec_env_step(twin, r->action.data + t * COPIES, &error));
        for (int c = 0; c < COPIES; c++) {
          const int i = t * COPIES + c;
          const bool last = t == LONG - 1, ended = r->terminated[i] || r->truncated[i];
          if (!r->truncated[i] && !last) continue;
          const float *x = (r->truncated[i] ? view->final_observation : view->observation) + c * OBS;
          memcpy(spare, head ? of_policy[c] : of_value[c], sizeof spare);
          if (last && ended && !r->truncated[i]) memset(spare, 0, sizeof spare);
          assert_ok(rl_network_step(head ? &policy->network : &a.value.network, x, 1, spare, y, &error));
          const float want = head ? y[outputs - 1] : y[0];
          if (r->truncated[i]) assert_float_equal(r->cut_value.data[i], want, 0.0f);
          if (!ended) assert_float_equal(r->last_value.data[c], want, 0.0f);
          cuts += r->truncated[i];
        }
      }
      rl_method_stats stats;
      assert_ok(rl_method_update(a.method, &stats, &error));
      /* no step has been learnt from twice in the first epoch, whose policy is the one that acted */
      assert_true(isfinite(stats.approx_kl) && isfinite(stats.value_loss));
    }
    assert_true(ends > 5 && cuts > 5);
    rl_vec_env_free(twin);
    agent_free(&a);
  }
}

/* The policy's gradient at the parameters that acted is that of the score: the ratios are 1. */
static void ratios_are_one_where_nothing_has_been_learnt(void **state) {
  (void)state;
  rl_error error;
  agent a;
  rl_method_options options = defaults_of("a2c");
  options.lr = 0.0;
  options.collect.sequence = SEQUENCE;
  assert_ok(recurrent_create(&a, &factors_def, &options, false, false, &error));
  for (int batch = 0; batch < 3; batch++) {
    rl_method_stats stats;
    assert_ok(rl_method_collect(a.method, LONG, &error));
    assert_ok(rl_method_update(a.method, &stats, &error));
    if (batch == 0) assert_near(stats.approx_kl, 0.0, 1e-9); /* later the normaliser has moved */
  }
  agent_free(&a);
}

static void advance_to(agent *a, int pieces) {
  rl_error error;
  rl_method_stats stats;
  while (pieces-- > 0) {
    if (rl_method_phase_of(a->method) == RL_IDLE) break;
    assert_ok(rl_method_advance(a->method, &stats, &error));
  }
}

static void finish(const agent *a, rl_method_phase phase) {
  rl_error error;
  rl_method_stats stats;
  while (rl_method_phase_of(a->method) == phase) assert_ok(rl_method_advance(a->method, &stats, &error));
}

static rl_archive *train(const char *name, const rl_env_def *def, int threads, bool head, int stop_at) {
  rl_error error;
  agent a, b;
  rl_method_options options = defaults_of(name);
  const bool groups = class_of(&options)->groups;
  rl_set_threads(threads);
  assert_ok(recurrent_create(&a, def, &options, head && !groups, groups, &error));
  for (int i = 0; i < 3; i++) {
    rl_method_stats stats;
    assert_ok(rl_method_begin_collect(a.method, LONG, &error));
    if (i == 1 && stop_at > 0) { /* into another method, in the middle of it */
      advance_to(&a, stop_at);
      bool over = false;
      if (rl_method_phase_of(a.method) == RL_IDLE) {
        assert_ok(rl_method_begin_update(a.method, &error));
        advance_to(&a, stop_at % 7);
        over = rl_method_phase_of(a.method) == RL_IDLE;
      }
      rl_archive *archive = state_of(&a);
      rl_method_options again = defaults_of(name);
      assert_ok(recurrent_create(&b, def, &again, head && !groups, groups, &error));
      load_state(&b, archive);
      rl_archive_free(archive);
      agent_free(&a);
      finish(&b, RL_COLLECTING);
      if (!over && rl_method_phase_of(b.method) == RL_IDLE)
        assert_ok(rl_method_begin_update(b.method, &error));
      finish(&b, RL_UPDATING);
      assert_ok(rl_method_collect(b.method, LONG, &error));
      assert_ok(rl_method_update(b.method, &stats, &error));
      rl_archive *result = state_of(&b);
      agent_free(&b);
      rl_set_threads(1);
      return result;
    }
    finish(&a, RL_COLLECTING);
    assert_ok(rl_method_update(a.method, &stats, &error));
  }
  rl_archive *result = state_of(&a);
  agent_free(&a);
  rl_set_threads(1);
  return result;
}

static void every_method_that_can_gives_the_same_bytes_on_any_threads_and_goes_on_after_a_save(void **state) {
  (void)state;
  int count, tried = 0;
  const rl_method_class *classes = rl_method_classes(&count);
  for (int i = 0; i < count; i++) {
    if (!rl_method_goes_through_time(&classes[i])) continue;
    for (int head = 0; head < 2; head++) {
      const rl_env_def *def = head ? &factors_def : &box_def;
      rl_archive *one = train(classes[i].name, def, 1, head, 0);
      const int stops[] = {3, 17, LONG + 2, LONG + 6, 2 * LONG};
      for (int threads = 2; threads <= 4; threads += 2) {
        rl_archive *more = train(classes[i].name, def, threads, head, 0);
        assert_same_bytes(one, more);
        rl_archive_free(more);
      }
      for (size_t k = 0; k < sizeof stops / sizeof *stops; k++) {
        rl_archive *resumed = train(classes[i].name, def, 1, head, stops[k]);
        assert_same_bytes(one, resumed);
        rl_archive_free(resumed);
      }
      rl_archive_free(one);
      tried++;
    }
  }
  assert_true(tried >= 8);
}

static void who_cannot_says_who_can(void **state) {
  (void)state;
  int count, tried = 0;
  const rl_method_class *classes = rl_method_classes(&count);
  for (int i = 0; i < count; i++) {
    rl_error error;
    agent a;
    rl_method_options options = defaults_of(classes[i].name);
    if (rl_method_goes_through_time(&classes[i]) || classes[i].step == RL_STEP_REPLAY) continue;
    if (classes[i].of_actions) continue; /* it asks for its critic first */
    char text[128];
    snprintf(text, sizeof text, "%s cannot train networks with a recurrent layer (gru); these can: reinforce",
             classes[i].name);
    assert_refused(recurrent_create(&a, &box_def, &options, false, false, &error), RL_BAD_ARGUMENT, text);
    rl_policy_release(&a.policy);
    rl_value_release(&a.value);
    rl_vec_env_free(a.env);
    tried++;
  }
  assert_true(tried >= 2);
}

int main(void) {
  box_def = toy_box();
  choice_def = toy_discrete();
  factors_def = toy_factors();
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_steps_as_the_equations_say),
      cmocka_unit_test(it_goes_back_by_hand),
      cmocka_unit_test(gradients_are_those_of_finite_differences),
      cmocka_unit_test(the_units_go_from_step_to_step_and_end_with_episodes),
      cmocka_unit_test(ratios_are_one_where_nothing_has_been_learnt),
      cmocka_unit_test(every_method_that_can_gives_the_same_bytes_on_any_threads_and_goes_on_after_a_save),
      cmocka_unit_test(who_cannot_says_who_can)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
