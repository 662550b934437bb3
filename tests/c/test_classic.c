/* Cart-pole, pendulum and the linear-quadratic regulator: single steps against the equations written another
 * way, episodes against figures worked out elsewhere, ends, rewards, and the matrices that are refused.
 *
 * The long figures of cart-pole and pendulum were computed with mpmath at 40 digits from Gymnasium's
 * published equations, the gains with scipy.linalg.solve_discrete_are (SciPy 1.17). */
#include "base/vector.h"
#include "classic/lqr.h"
#include "env/vec_env.h"
#include "registry.h"

#include "base/parallel.h"
#include "check.h"

#include <stdio.h>

enum { MOST = 64 };

/* One copy of an environment with its buffers. */
typedef struct sim {
  rl_env_def *def;
  void *copy;
  double options[MOST];
  float observation[MOST], fields[MOST], terms[RL_MAX_TERMS];
  rl_env_io io;
  rl_rng rng;
} sim;

static void open_with(sim *s, const char *name, const rl_matrix *matrices, int n_matrices) {
  rl_error error;
  memset(s, 0, sizeof *s);
  assert_ok(rl_registry_open(name, matrices, n_matrices, &s->def, &error));
  assert_ok(s->def->create(&s->copy, s->def, &error));
  rl_env_defaults(s->def, s->options);
  s->io = (rl_env_io){.observation = s->observation, .fields = s->fields, .terms = s->terms};
  s->io.action_mask = rl_env_mask(s->def, s->observation);
}

static void open_named(sim *s, const char *name) { open_with(s, name, NULL, 0); }

static void set(sim *s, const char *name, double value) {
  rl_error error;
  assert_ok(rl_env_set_option(s->def, s->options, name, value, NULL, &error));
}

static void begin(sim *s, uint64_t seed) {
  rl_rng_init(&s->rng, seed, 1);
  s->def->reset(s->copy, s->options, &s->rng, &s->io);
}

static void step(sim *s, float action) { s->def->step(s->copy, &action, &s->io); }

static void close_sim(sim *s) {
  s->def->free(s->copy);
  rl_env_def_free(s->def);
}

static double field(const sim *s, const char *name) {
  const int i = rl_env_find_field(s->def, name);
  if (i < 0) fail_msg("no field %s", name);
  return (double)s->fields[i];
}

/* Each observed number to float32's rounding. */
static void assert_observed(const sim *s, const double *want, int n) {
  for (int i = 0; i < n; i++) assert_near(s->observation[i], want[i], 1e-7 * fmax(1.0, fabs(want[i])));
}

/* Cart-pole. */

static void cartpole_follows_eight_steps_worked_out_elsewhere(void **state) {
  (void)state;
  const float actions[8] = {1, 1, 0, 1, 0, 0, 0, 1};
  const double want[8][4] = {
      {0.0, 0.195121951219512195, 0.0, -0.292682926829268293},
      {0.0039024390243902439, 0.39024390243902439, -0.00585365853658536585, -0.585365853658536585},
      {0.0117073170731707317, 0.195204431490302635, -0.0175609756097560976, -0.294532625319777773},
      {0.0156114057029767844, 0.390572286835436982, -0.023451628116151653, -0.592701884161329343},
      {0.0234228514396855241, 0.195786343410523199, -0.0353056657993782399, -0.307497458141599806},
      {0.027338578307895988, 0.00118479180224266361, -0.041455614962210236, -0.0261547479835450528},
      {0.0273622741439408413, -0.193318889210030744, -0.0419787099218811371, 0.253165648454937501},
      {0.0234958963597402264, 0.002376548362618998, -0.036915396952782387, -0.0524570194769789377}};
  sim s;
  open_named(&s, "cartpole");
  set(&s, "start", 0.0);
  begin(&s, 1);
  for (int t = 0; t < 8; t++) {
    step(&s, actions[t]);
    assert_observed(&s, want[t], 4);
    assert_true(s.io.reward == 1.0 && s.terms[0] == 1.0f && !s.io.terminated && !s.io.truncated);
  }
  close_sim(&s);
}

/* Balanced by a linear law an episode ends at its limit, where Gymnasium 1.4 puts the cart under the same
 * law. */
static void cartpole_that_is_balanced_is_truncated_after_500_steps(void **state) {
  (void)state;
  const double at_100[4] = {-3.02824787e-06, 0.000140643402, 6.69711226e-05, -0.0031025263};
  const double at_500[4] = {1.38773876e-05, -0.000143346158, -0.000306302973, 0.00316214655};
  sim s;
  open_named(&s, "cartpole");
  set(&s, "start", 0.0);
  begin(&s, 1);
  for (int t = 1; t <= 500; t++) {
    const float *o = s.observation;
    assert_false(s.io.truncated);
    step(&s, o[2] + 0.3f * o[3] + 0.02f * (o[0] + o[1]) > 0.0f ? 1.0f : 0.0f);
    assert_false(s.io.terminated);
    if (t == 100) assert_observed(&s, at_100, 4);
  }
  assert_observed(&s, at_500, 4);
  assert_true(s.io.truncated);
  assert_near(field(&s, "time"), 10.0, 1e-6);
  close_sim(&s);
}

/* Pushed to the right all the time, the pole passes 12 degrees in step 9; where it may turn all round, the
 * half turn in step 32. The episode that a judge lets go on stays finite. */
static void cartpole_ends_when_the_pole_has_fallen(void **state) {
  (void)state;
  const double at_12[4] = {0.140650972033061868, 1.76038112576830998, -0.215186049885009646,
                           -2.77788649401281359};
  const double at_180[4] = {1.81331139314481152, 5.43699081272508394, -3.21667854163861508,
                            -8.35268337286232222};
  sim s;
  open_named(&s, "cartpole");
  set(&s, "start", 0.0);
  for (int wide = 0; wide < 2; wide++) {
    const int end = wide ? 32 : 9;
    if (wide) set(&s, "angle_limit", 180.0);
    begin(&s, 1);
    for (int t = 1; t <= end; t++) {
      assert_false(s.io.terminated);
      step(&s, 1.0f);
    }
    assert_true(s.io.terminated && !s.io.truncated && s.io.reward == 1.0);
    assert_observed(&s, wide ? at_180 : at_12, 4);
  }
  close_sim(&s);
}

static void cartpole_ends_when_the_cart_leaves_the_track(void **state) {
  (void)state;
  sim s;
  open_named(&s, "cartpole");
  set(&s, "angle_limit", 180.0);
  set(&s, "start", 1.0);
  set(&s, "x_limit", 1.1);
  int left = 0, right = 0;
  for (uint64_t seed = 1; seed <= 20; seed++) {
    begin(&s, seed);
    while (!s.io.terminated) {
      assert_true(fabs(field(&s, "x")) <= 1.1);
      step(&s, (float)(seed % 2));
    }
    const double x = field(&s, "x");
    if (fabs(field(&s, "angle")) <= 3.14159) assert_true(fabs(x) > 1.1);
    left += x < -1.1;
    right += x > 1.1;
  }
  assert_true(left > 5 && right > 5);
  close_sim(&s);
}

/* One step from random states with large angles, against the equations of Lagrange for cart and uniform rod,
 *   (M + m) x" + m l cos th" = F + m l w^2 sin,   m l cos x" + 4/3 m l^2 th" = m g l sin,
 * solved by Cramer's rule in long double. */
static void cartpole_obeys_the_equations_of_lagrange_for_any_parameters(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 5, 0);
  sim s;
  open_named(&s, "cartpole");
  for (int trial = 0; trial < 200; trial++) {
    const double M = 0.1 + 3.0 * (double)rl_rng_uniform(&rng), m = 0.01 + (double)rl_rng_uniform(&rng);
    const double l = 0.1 + (double)rl_rng_uniform(&rng), g = 20.0 * (double)rl_rng_uniform(&rng);
    const double force = 30.0 * (double)rl_rng_uniform(&rng),
                 dt = 0.001 + 0.09 * (double)rl_rng_uniform(&rng);
    set(&s, "masscart", M);
    set(&s, "masspole", m);
    set(&s, "half_length", l);
    set(&s, "gravity", g);
    set(&s, "force", force);
    set(&s, "time_step", dt);
    set(&s, "start", 1.0);
    begin(&s, (uint64_t)trial);
    const double x = (double)s.observation[0], v = (double)s.observation[1]; /* starts are float32 numbers */
    const double angle = (double)s.observation[2], w = (double)s.observation[3];
    const float action = (float)(trial % 2);
    step(&s, action);
    const long double sine = sinl((long double)angle), cosine = cosl((long double)angle);
    const long double a = M + m, b = m * l * cosine, d = 4.0L / 3.0L * m * l * l;
    const long double p = (action > 0.0f ? force : -force) + m * l * w * w * sine, q = m * g * l * sine;
    const long double det = a * d - b * b, xx = (p * d - q * b) / det, tt = (a * q - b * p) / det;
    const double want[4] = {x + dt * v, (double)(v + dt * xx), angle + dt * w, (double)(w + dt * tt)};
    assert_observed(&s, want, 4);
  }
  close_sim(&s);
}

static void cartpole_starts_evenly_within_its_option(void **state) {
  (void)state;
  sim s;
  open_named(&s, "cartpole");
  double sum = 0.0, squares = 0.0;
  enum { N = 2000 };
  for (int i = 0; i < N; i++) {
    begin(&s, (uint64_t)i);
    for (int k = 0; k < 4; k++) {
      assert_true(fabsf(s.observation[k]) <= 0.05f);
      sum += (double)s.observation[k] / (4.0 * N);
      squares += (double)s.observation[k] * (double)s.observation[k] / (4.0 * N);
    }
  }
  assert_near(sum, 0.0, 5.0 * 0.05 / sqrt(3.0 * 4.0 * N)); /* five standard errors */
  assert_near(squares / (0.05 * 0.05 / 3.0), 1.0, 5.0 * sqrt(0.8 / (4.0 * N)));
  close_sim(&s);
}

/* A judge may let the episode go on: every number stays one, and the range runs out. */
static void cartpole_stays_finite_when_nobody_ends_it(void **state) {
  (void)state;
  sim s;
  open_named(&s, "cartpole");
  set(&s, "limit", 1e6);
  set(&s, "time_step", 0.1);
  set(&s, "gravity", 100.0);
  set(&s, "masscart", 0.01);
  set(&s, "force", 1000.0);
  begin(&s, 3);
  int steps = 0;
  while (!s.io.truncated && steps++ < 1000000) {
    step(&s, (float)(steps / 7 % 2));
    assert_int_equal(rl_first_not_finite(s.observation, 4), 4);
  }
  assert_true(s.io.truncated && steps < 1000000);
  close_sim(&s);
}

/* Pendulum. */

static double wrapped(double angle) { return remainder(angle, 2.0 * 3.14159265358979323846); }

/* th, w, reward of the step and sum of rewards. Torque 2 for six steps, then -1. Over 20 steps the float32
 * sine (rounding 6e-8 of it) adds up to some 1e-6. */
static void pendulum_follows_steps_worked_out_elsewhere(void **state) {
  (void)state;
  static const struct {
    int step;
    double angle, speed, reward, sum;
  } want[] = {{1, 0.015, 0.3, -0.004, -0.004},
              {2, 0.0455624789064873034, 0.611249578129746068, -0.013225, -0.017225},
              {6, 0.35602169878824136, 2.21546913373098199, -0.364604297624244199, -0.729318489588138093},
              {7, 0.472365712072212496, 2.32688026567942272, -0.618581798259536036, -1.34790028784767413},
              {12, 1.27853977477750726, 4.08957102339957455, -2.43640049422385101, -8.65818850657594456},
              {16, 2.38383815321354021, 6.35077490439530223, -7.68229528115494212, -30.0154906647284516},
              {20, 3.72435331202964761, 6.43862696167125497, -12.8994019081697899, -78.6493864524882241},
              {24, 4.66351932746650742, 3.43808551782075968, -5.07686178391475081, -109.687476815185111}};
  sim s;
  open_named(&s, "pendulum");
  set(&s, "start_angle", 0.0);
  set(&s, "start_speed", 0.0);
  begin(&s, 1);
  double sum = 0.0;
  for (int t = 1, k = 0; t <= 24; t++) {
    step(&s, t <= 6 ? 2.0f : -1.0f);
    sum += s.io.reward;
    if (t != want[k].step) continue;
    const double near = t <= 2 ? 1e-7 : 4e-6;
    assert_near(s.observation[0], cos(want[k].angle), near);
    assert_near(s.observation[1], sin(want[k].angle), near);
    assert_near(s.observation[2], want[k].speed, near);
    assert_near(field(&s, "angle"), wrapped(want[k].angle), near);
    assert_near(field(&s, "upright"), cos(want[k].angle), near);
    assert_near(s.io.reward, want[k].reward, near * 10.0);
    assert_near(sum, want[k].sum, near * 30.0);
    k++;
  }
  close_sim(&s);
}

/* One step from random states, clipped in some, against the equations in long double. The start draws first
 * the angle, then the speed, each evenly within its option. Sine and cosine are of the angle in float32,
 * which near pi is rounded by up to 1.2e-7. */
static void pendulum_obeys_its_equations_for_any_parameters(void **state) {
  (void)state;
  const double pi = 3.14159265358979323846, rounded = 1.9e-7;
  rl_rng rng;
  rl_rng_init(&rng, 6, 0);
  sim s;
  open_named(&s, "pendulum");
  int clipped = 0, wraps = 0;
  for (int trial = 0; trial < 400; trial++) {
    const double m = 0.5 + (double)rl_rng_uniform(&rng), l = 0.5 + (double)rl_rng_uniform(&rng);
    const double g = 20.0 * (double)rl_rng_uniform(&rng), dt = 0.001 + 0.09 * (double)rl_rng_uniform(&rng);
    const double most = 1.0 + 8.0 * (double)rl_rng_uniform(&rng);
    set(&s, "mass", m);
    set(&s, "length", l);
    set(&s, "gravity", g);
    set(&s, "time_step", dt);
    set(&s, "max_speed", most);
    set(&s, "start_angle", 3.14);
    set(&s, "start_speed", 8.0);
    begin(&s, (uint64_t)trial);
    rl_rng same;
    rl_rng_init(&same, (uint64_t)trial, 1);
    const double angle = 3.14 * (2.0 * (double)rl_rng_uniform(&same) - 1.0);
    const double w = fmin(fmax(8.0 * (2.0 * (double)rl_rng_uniform(&same) - 1.0), -most), most);
    assert_near(s.observation[0], cos(angle), rounded);
    assert_near(s.observation[1], sin(angle), rounded);
    assert_near(s.observation[2], w, 5e-7);
    const float u = 4.0f * rl_rng_uniform(&rng) - 2.0f;
    step(&s, u);
    const double fall = 3.0 * g / (2.0 * l) * dt;
    const long double turn = w + fall * sinl((long double)angle) + 3.0L * u / (m * l * l) * dt;
    const double speed = (double)fminl(fmaxl(turn, -most), most), next = angle + dt * speed;
    assert_near(s.observation[0], cos(next), rounded + fall * rounded * dt);
    assert_near(s.observation[1], sin(next), rounded + fall * rounded * dt);
    assert_near(s.observation[2], speed, 5e-7 + fall * rounded);
    assert_near(field(&s, "angle"), wrapped(next), 4e-7);
    assert_true(fabs(field(&s, "angle")) <= 3.1415928);
    const double torque = (double)u, cost = angle * angle + 0.1 * w * w + 0.001 * torque * torque;
    assert_near(s.io.reward, -cost, 1e-14 * fmax(1.0, cost));
    assert_near((double)s.terms[0] + (double)s.terms[1] + (double)s.terms[2], -cost, 1e-6 * fmax(1.0, cost));
    assert_false(s.io.terminated);
    clipped += fabs(speed) == most;
    wraps += fabs(next) > pi;
  }
  assert_true(clipped > 20 && wraps > 5);
  close_sim(&s);
}

/* Through the vectoriser. */

static rl_vec_env *vec_new(const char *name, int n, rl_env_def **def) {
  rl_vec_env *env;
  rl_error error;
  assert_ok(rl_registry_open(name, NULL, 0, def, &error));
  assert_ok(rl_vec_env_create(&env, *def, n, 1, 0, NULL, &error));
  assert_ok(rl_vec_env_reset(env, &error));
  return env;
}

static void vec_free(rl_vec_env *env, rl_env_def *def) {
  rl_vec_env_free(env);
  rl_env_def_free(def);
}

static void pendulum_is_truncated_after_200_steps_and_never_terminated(void **state) {
  (void)state;
  rl_env_def *def;
  rl_error error;
  rl_vec_env *env = vec_new("pendulum", 2, &def);
  const rl_vec_view *view = rl_vec_env_view(env);
  for (int t = 1; t <= 600; t++) {
    assert_ok(rl_vec_env_step(env, (float[]){2.0f, -2.0f}, &error));
    for (int i = 0; i < 2; i++) {
      assert_false(view->terminated[i]);
      assert_int_equal(view->truncated[i], t % 200 == 0);
      assert_int_equal(view->episode_length[i], (t - 1) % 200 + 1);
    }
  }
  vec_free(env, def);
}

static void the_same_stream_gives_the_same_bytes_for_any_number_of_threads(void **state) {
  (void)state;
  enum { N = 600, STEPS = 60 }; /* three pieces of work */
  static float seen[2][STEPS][N * 4], actions[N];
  for (int e = 0; e < 3; e++) {
    const char *name = (const char *[]){"cartpole", "pendulum", "lqr"}[e];
    for (int threads = 1; threads <= 2; threads++) {
      rl_env_def *def;
      rl_error error;
      rl_rng rng;
      rl_rng_init(&rng, 9, 0);
      rl_set_threads(threads);
      rl_vec_env *env = vec_new(name, N, &def);
      const int width = def->observation.size;
      for (int t = 0; t < STEPS; t++) {
        for (int i = 0; i < N; i++) actions[i] = (float)rl_rng_below(&rng, 2);
        assert_ok(rl_vec_env_step(env, actions, &error));
        memcpy(seen[threads - 1][t], rl_vec_env_view(env)->observation, sizeof(float) * (size_t)(N * width));
      }
      assert_memory_equal(seen[0], seen[threads - 1], sizeof seen[0]);
      assert_true(memcmp(seen[0][0], seen[0][0] + width, sizeof(float) * (size_t)width) !=
                  0); /* two copies */
      vec_free(env, def);
    }
  }
  rl_set_threads(1);
}

/* The linear-quadratic regulator. */

static const double A2[] = {1.0, 0.5, 0.0, 2.0}, B2[] = {0.0, 1.0}, Q2[] = {2.0, 0.5, 0.5, 1.0}, R1[] = {3.0};
static const rl_matrix two_states[] = {{"A", 2, 2, A2}, {"B", 2, 1, B2}, {"Q", 2, 2, Q2}, {"R", 1, 1, R1}};

/* With s = (x, y) and a = 0.5: s' = (x + y/2, 2 y + a), cost 2 x^2 + x y + y^2 + 3 a^2. */
static void lqr_makes_the_step_that_its_matrices_say(void **state) {
  (void)state;
  sim s;
  open_with(&s, "lqr", two_states, 4);
  assert_int_equal(s.def->observation.size, 2);
  assert_int_equal(s.def->action.size, 1);
  for (uint64_t seed = 1; seed < 20; seed++) {
    begin(&s, seed);
    const double x = (double)s.observation[0], y = (double)s.observation[1];
    step(&s, 0.5f);
    assert_observed(&s, (double[]){x + 0.5 * y, 2.0 * y + 0.5}, 2);
    const double cost = 2.0 * x * x + x * y + y * y;
    assert_near(s.io.reward, -cost - 0.75, 1e-12);
    assert_near(s.terms[0], -cost, 1e-6 * cost);
    assert_near(s.terms[1], -0.75, 0.0);
    assert_true(!s.io.terminated && !s.io.truncated);
    assert_near(field(&s, "s2"), s.observation[1], 0.0);
  }
  close_sim(&s);
}

/* The start is `start` times normal deviates of the stream; each step adds `noise` times the next ones. */
static void lqr_starts_and_is_disturbed_by_normal_deviates(void **state) {
  (void)state;
  sim s;
  rl_rng same;
  open_with(&s, "lqr", two_states, 4);
  set(&s, "start", 3.0);
  set(&s, "noise", 0.25);
  begin(&s, 4);
  rl_rng_init(&same, 4, 1);
  double x = 3.0 * (double)rl_rng_normal(&same), y = 3.0 * (double)rl_rng_normal(&same);
  for (int t = 0; t < 5; t++) {
    assert_observed(&s, (double[]){x, y}, 2);
    step(&s, 0.0f);
    x = x + 0.5 * y + 0.25 * (double)rl_rng_normal(&same);
    y = 2.0 * y + 0.25 * (double)rl_rng_normal(&same);
  }
  close_sim(&s);
}

static void lqr_is_the_scalar_problem_of_50_steps_without_matrices(void **state) {
  (void)state;
  sim s;
  open_named(&s, "lqr");
  begin(&s, 1);
  const double start = (double)s.observation[0];
  for (int t = 1; t <= 50; t++) {
    assert_false(s.io.truncated);
    step(&s, t == 1 ? 1.0f : 0.0f);
    assert_near(s.io.reward, t == 1 ? -start * start - 1.0 : -(start + 1.0) * (start + 1.0), 1e-12);
  }
  assert_true(s.io.truncated && !s.io.terminated);
  close_sim(&s);
}

/* A state that doubles every step passes 1e6 in some 20: it is cut there, with numbers that are numbers. */
static void lqr_is_truncated_when_the_state_leaves_its_range(void **state) {
  (void)state;
  const double twice[] = {2.0}, huge[] = {1e6};
  sim s;
  open_with(&s, "lqr", (rl_matrix[]){{"A", 1, 1, twice}}, 1);
  begin(&s, 1);
  while (!s.io.truncated) step(&s, 0.0f);
  assert_true(!s.io.terminated && fabsf(s.observation[0]) == 1e6f);
  close_sim(&s);
  open_with(&s, "lqr",
            (rl_matrix[]){{"A", 1, 1, huge}, {"B", 1, 1, huge}, {"Q", 1, 1, huge}, {"R", 1, 1, huge}}, 4);
  begin(&s, 1);
  for (int t = 0; t < 3; t++) step(&s, 1e6f);
  assert_true(s.io.truncated && s.observation[0] == 1e6f && s.io.reward == -2e18);
  close_sim(&s);
}

static void lqr_refuses_matrices_that_do_not_fit_by_name_and_shape(void **state) {
  (void)state;
  static const double big[17 * 17] = {0};
  const double one[] = {1, 0, 0, 1}, nan[] = {1, NAN, 0, 1}, far[] = {1, 0, -1e7, 1}, skew[] = {1, 2, 0, 1};
  const double saddle[] = {1, 2, 2, 1}, flat[] = {1, 1, 1, 1};
  const struct {
    rl_matrix matrices[2];
    int n;
    const char *text;
  } cases[] = {
      {{{"A", 2, 1, one}}, 1, "A: shape [2, 2] expected, got [2, 1]"},
      {{{"A", 2, 2, one}, {"B", 1, 2, one}}, 2, "B: shape [2, 2] expected, got [1, 2]"},
      {{{"A", 2, 2, one}, {"Q", 1, 1, one}}, 2, "Q: shape [2, 2] expected, got [1, 1]"},
      {{{"B", 2, 1, one}, {"R", 2, 2, one}}, 2, "R: shape [1, 1] expected, got [2, 2]"},
      {{{"A", 17, 17, big}}, 1, "A [17, 17] has a size outside 1 .. 16"},
      {{{"A", 0, 0, one}}, 1, "A [0, 0]"},
      {{{"A", 2, 2, nan}}, 1, "A [2, 2] has nan in row 1, column 2"},
      {{{"B", 2, 2, far}}, 1, "B [2, 2] has -1e+07 in row 2, column 1"},
      {{{"Q", 2, 2, skew}}, 1, "Q [2, 2] is not symmetric"},
      {{{"R", 2, 2, skew}}, 1, "R [2, 2] is not symmetric"},
      {{{"Q", 2, 2, saddle}}, 1, "Q [2, 2] is not positive semidefinite"},
      {{{"R", 2, 2, flat}}, 1, "R [2, 2] is not positive definite"},
      {{{"C", 2, 2, one}}, 1, "unknown matrix \"C\"; did you mean \"A\"? known: A, B, Q, R"},
      {{{"A", 2, 2, one}, {"A", 2, 2, one}}, 2, "A [2, 2] is given twice"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rl_env_def *def;
    rl_error error;
    assert_refused(rl_registry_open("lqr", cases[i].matrices, cases[i].n, &def, &error), RL_BAD_ARGUMENT,
                   cases[i].text);
    assert_null(def);
  }
  sim s;
  open_with(&s, "lqr", (rl_matrix[]){{"Q", 2, 2, flat}}, 1); /* some directions may be free for the state */
  close_sim(&s);
}

static void other_environments_take_no_matrices(void **state) {
  (void)state;
  rl_env_def *def;
  rl_error error;
  for (int i = 0; i < 2; i++)
    assert_refused(rl_registry_open(i ? "pendulum" : "cartpole", two_states, 1, &def, &error),
                   RL_BAD_ARGUMENT, "takes no matrices");
}

static void gain_of(double *K, double gamma, const rl_matrix *matrices, int n_matrices) {
  rl_lqr lqr;
  rl_error error;
  assert_ok(rl_lqr_make(&lqr, matrices, n_matrices, &error));
  assert_ok(rl_lqr_gain(&lqr, gamma, K, &error));
}

/* P = 1 + P - P^2 / (1 + P) gives the golden ratio, K = -P / (1 + P) its inverse. */
static void the_gain_of_the_scalar_problem_is_the_golden_section(void **state) {
  (void)state;
  double K;
  gain_of(&K, 1.0, NULL, 0);
  assert_near(K, -0.6180339887498949, 1e-12);
  gain_of(&K, 0.9, NULL, 0); /* SciPy, with sqrt(gamma) A and sqrt(gamma) B */
  assert_near(K, -0.588403348998556, 1e-12);
  gain_of(&K, 0.0, NULL, 0);
  assert_near(K, 0.0, 0.0);
}

static void gains_of_matrices_agree_with_scipy(void **state) {
  (void)state;
  const double A[] = {1.1, 0.2, 0.0, -0.3, 0.9, 0.4, 0.1, 0.0, 1.05}, B[] = {1.0, 0.0, 0.0, 0.5, 0.2, -1.0};
  const double Q[] = {2.0, 0.5, 0.0, 0.5, 1.0, 0.1, 0.0, 0.1, 0.5}, R[] = {1.0, 0.2, 0.2, 0.5};
  const rl_matrix problem[] = {{"R", 2, 2, R}, {"Q", 3, 3, Q}, {"B", 3, 2, B}, {"A", 3, 3, A}};
  const double want[2][6] = {{-0.757198094776132, -0.30134790179871, -0.171788057642982, -0.244608893569572,
                              0.330827515372837, 1.222429593492186},
                             {-0.745987110338409, -0.297676745402206, -0.170768773722477, -0.224122879848967,
                              0.295456115252906, 1.167013736595671}};
  for (int discounted = 0; discounted < 2; discounted++) {
    double K[6];
    gain_of(K, discounted ? 0.95 : 1.0, problem, 4);
    for (int i = 0; i < 6; i++) assert_near(K[i], want[discounted][i], 1e-10);
  }
  const double mover[] = {1.0, 0.1, 0.0, 1.0}, push[] = {0.005, 0.1}, place[] = {1.0, 0.0, 0.0, 0.1};
  const double cheap[] = {0.01};
  double K[2]; /* a point mass that is pushed */
  gain_of(K, 1.0,
          (rl_matrix[]){{"A", 2, 2, mover}, {"B", 2, 1, push}, {"Q", 2, 2, place}, {"R", 1, 1, cheap}}, 4);
  assert_near(K[0], -7.612957972736009, 1e-10);
  assert_near(K[1], -4.584934989172306, 1e-10);
}

/* A state that grows and that no action reaches; with enough discount its cost is finite all the same. */
static void a_problem_without_a_best_gain_is_refused(void **state) {
  (void)state;
  const double A[] = {1.1, 0.0, 0.0, 1.0}, B[] = {0.0, 1.0}, still[] = {1.0}, none[] = {0.0};
  rl_lqr lqr;
  rl_error error;
  double K[2];
  assert_ok(rl_lqr_make(&lqr, (rl_matrix[]){{"A", 2, 2, A}, {"B", 2, 1, B}}, 2, &error));
  assert_refused(rl_lqr_gain(&lqr, 1.0, K, &error), RL_BAD_ARGUMENT, "A [2, 2], B [2, 1]");
  assert_ok(rl_lqr_gain(&lqr, 0.8, K, &error));
  assert_refused(rl_lqr_gain(&lqr, 1.1, K, &error), RL_BAD_ARGUMENT, "gamma");
  assert_refused(rl_lqr_gain(&lqr, NAN, K, &error), RL_BAD_ARGUMENT, "gamma");
  assert_ok(rl_lqr_make(&lqr, (rl_matrix[]){{"A", 1, 1, still}, {"B", 1, 1, none}}, 2, &error));
  assert_refused(rl_lqr_gain(&lqr, 1.0, K, &error), RL_BAD_ARGUMENT, "A [1, 1]"); /* grows by 1 a step */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(cartpole_follows_eight_steps_worked_out_elsewhere),
      cmocka_unit_test(cartpole_ends_when_the_pole_has_fallen),
      cmocka_unit_test(cartpole_ends_when_the_cart_leaves_the_track),
      cmocka_unit_test(cartpole_obeys_the_equations_of_lagrange_for_any_parameters),
      cmocka_unit_test(cartpole_starts_evenly_within_its_option),
      cmocka_unit_test(cartpole_stays_finite_when_nobody_ends_it),
      cmocka_unit_test(cartpole_that_is_balanced_is_truncated_after_500_steps),
      cmocka_unit_test(pendulum_follows_steps_worked_out_elsewhere),
      cmocka_unit_test(pendulum_obeys_its_equations_for_any_parameters),
      cmocka_unit_test(pendulum_is_truncated_after_200_steps_and_never_terminated),
      cmocka_unit_test(the_same_stream_gives_the_same_bytes_for_any_number_of_threads),
      cmocka_unit_test(lqr_makes_the_step_that_its_matrices_say),
      cmocka_unit_test(lqr_starts_and_is_disturbed_by_normal_deviates),
      cmocka_unit_test(lqr_is_the_scalar_problem_of_50_steps_without_matrices),
      cmocka_unit_test(lqr_is_truncated_when_the_state_leaves_its_range),
      cmocka_unit_test(lqr_refuses_matrices_that_do_not_fit_by_name_and_shape),
      cmocka_unit_test(other_environments_take_no_matrices),
      cmocka_unit_test(the_gain_of_the_scalar_problem_is_the_golden_section),
      cmocka_unit_test(gains_of_matrices_agree_with_scipy),
      cmocka_unit_test(a_problem_without_a_best_gain_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
