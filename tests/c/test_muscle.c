/* One muscle-tendon unit against its equations. Tabulated numbers were computed in double precision with a
 * separate program from the equations of Geyer & Herr 2010 and Wang et al. 2012; the muscles are theirs. */
#include "check.h"
#include "creature/creature.h"
#include "muscle/delay.h"
#include "muscle/muscle.h"

static rl_physiology made(float f_max, float l_opt, float v_max, float l_slack) {
  rl_physiology p = rl_muscle_defaults().physiology;
  p.f_max = f_max;
  p.l_opt = l_opt;
  p.v_max = v_max;
  p.l_slack = l_slack;
  return p;
}
static rl_physiology soleus(void) { return made(4000.0f, 0.04f, 6.0f, 0.26f); }
static rl_physiology vasti(void) { return made(6000.0f, 0.08f, 12.0f, 0.23f); }

static double strain_of(const rl_physiology *p, const rl_muscle_state *s) {
  return ((double)s->unit_length - (double)s->length * (double)p->l_opt) / (double)p->l_slack - 1.0;
}

/* --- curves --- */

static void the_curves_go_through_the_tabulated_points(void **state) {
  static const struct {
    float l;
    double f_l, f_pe, f_be;
  } fibre[] = {
      {0.3f, 0.002876906779884864, 0.0, 0.25},
      {0.44f, 0.05, 0.0, 0.0},
      {0.7f, 0.6309192090737824, 0.0, 0.0},
      {1.0f, 1.0, 0.0, 0.0},
      {1.2f, 0.8724347647956222, 0.12755102040816318, 0.0},
      {1.56f, 0.05, 1.0, 0.0},
      {1.8f, 0.00016103105329386632, 2.0408163265306123, 0.0},
  };
  static const float velocity[][2] = {{-1.0f, 0.0f}, {-0.5f, 0.14285714f}, {-0.1f, 0.6f},
                                      {0.0f, 1.0f},  {0.1f, 1.40585774f},  {0.5f, 1.48743719f},
                                      {1.0f, 1.5f},  {2.0f, 1.50652742f}};
  static const float tendon[][2] = {
      {-0.01f, 0.0f}, {0.0f, 0.0f}, {0.01f, 0.0625f}, {0.04f, 1.0f}, {0.06f, 2.25f}};
  (void)state;
  for (size_t i = 0; i < sizeof fibre / sizeof *fibre; i++) {
    assert_near(rl_force_length(fibre[i].l), fibre[i].f_l, 1e-6);
    assert_near(rl_parallel_force(fibre[i].l), fibre[i].f_pe, 1e-6);
    assert_near(rl_buffer_force(fibre[i].l), fibre[i].f_be, 1e-6);
  }
  for (size_t i = 0; i < sizeof velocity / sizeof *velocity; i++)
    assert_near(rl_force_velocity(velocity[i][0]), velocity[i][1], 1e-6);
  for (size_t i = 0; i < sizeof tendon / sizeof *tendon; i++)
    assert_near(rl_tendon_force(tendon[i][0]), tendon[i][1], 1e-6);
}

static void activation_follows_excitation_exponentially_with_its_own_lag_up_and_down(void **state) {
  rl_physiology p = soleus();
  rl_muscle_state s;
  (void)state;
  p.tau_deactivation = 0.04f;
  rl_muscle_begin(&p, 0.30f, 0.0f, &s);
  for (int i = 0; i < 5; i++) rl_muscle_step(&p, &s, 1.0f, 0.30f, 0.004f, 4);
  assert_near(s.activation, 1.0 - 0.99 * exp(-0.020 / 0.010), 1e-6);
  const double from = (double)s.activation;
  for (int i = 0; i < 5; i++) rl_muscle_step(&p, &s, -3.0f, 0.30f, 0.004f, 1);
  assert_near(s.activation, 0.01 + (from - 0.01) * exp(-0.020 / 0.040), 1e-6);
}

/* --- experiments --- */

static void an_isometric_muscle_comes_to_the_force_of_its_activation_and_length(void **state) {
  static const struct {
    float activation, unit;
    double length, force;
  } steady[] = {
      /* A f_l + f_pe = f_se + f_be, by bisection */
      {0.01f, 0.29f, 0.728096629372254, 28.388026322862977},
      {0.01f, 0.32f, 1.3407228238689486, 1501.137209247429},
      {0.50f, 0.30f, 0.8244437479722762, 1823.6684985811376},
      {0.50f, 0.32f, 1.2983227704501492, 2406.7281017102596},
      {1.00f, 0.29f, 0.5996116833229412, 1338.2630646721407},
      {1.00f, 0.30f, 0.7666911433335621, 3220.8889111834524},
  };
  const rl_physiology p = soleus();
  (void)state;
  for (size_t i = 0; i < sizeof steady / sizeof *steady; i++) {
    rl_muscle_state begun, s;
    rl_muscle_begin(&p, steady[i].unit, steady[i].activation, &begun);
    assert_near(begun.length, steady[i].length, 1e-5);
    assert_near(begun.force, steady[i].force, 0.02);
    rl_muscle_begin(&p, 0.31f, 0.2f, &s); /* and from elsewhere */
    for (int k = 0; k < 3000; k++) rl_muscle_step(&p, &s, steady[i].activation, steady[i].unit, 0.001f, 1);
    /* A float's length stops creeping at half a bit a step, 6e-8 / (6 l_opt/s * 1 ms) = 1e-5 v_max: there f_v
     * is 1 + 1.9e-4. */
    assert_near(s.force, steady[i].force, 2e-4 * steady[i].force);
    assert_near(s.velocity, 0.0, 1e-3);
  }
}

/* Under a constant load the tendon keeps its length: the unit goes as fast as the fibre. The experimenter's
 * hand moves the end so. Hill's relation gives the speed: u = (P - 1) / (1 + K P) of the load P in isometric
 * forces at that length, and Geyer's for a load above 1. */
static void under_a_constant_load_the_fibre_moves_at_the_speed_of_hills_relation(void **state) {
  static const double loads[] = {0.2, 0.5, 0.8, 1.2};
  const rl_physiology p = vasti();
  (void)state;
  for (int i = 0; i < 4; i++) {
    rl_muscle_state s;
    const double strain = 0.04 * sqrt(loads[i]), dt = 1e-4;
    const double taut = 0.23 * (1.0 + strain);
    rl_muscle_begin(&p, 0.31f, 1.0f, &s);
    for (int k = 0; k < 400; k++) { /* the fibre gives way for 5 ms at first */
      const double unit = taut + 0.08 * ((double)s.length + dt * (double)s.velocity);
      rl_muscle_step(&p, &s, 1.0f, (float)unit, (float)dt, 1);
      if (k < 50) continue;
      const double length = (double)s.length;
      const double active = exp(log(0.05) * pow(fabs(length - 1.0) / 0.56, 3.0));
      const double passive = length > 1.0 ? pow((length - 1.0) / 0.56, 2.0) : 0.0;
      const double load = (double)s.force / 6000.0 / (active + passive);
      const double u =
          load < 1.0 ? (load - 1.0) / (1.0 + 5.0 * load) : (load - 1.0) / (0.5 - 37.8 * (load - 1.5));
      assert_near(s.velocity, 12.0 * u, 0.01);
      assert_near((double)s.force / 6000.0, loads[i], 0.02 * loads[i]);
    }
  }
}

/* Released by more than its tendon's stretch, the muscle goes slack, takes the slack up at v_max, which
 * nothing unloaded exceeds, and pulls again, up to the isometric force of its new length. */
static void a_released_muscle_takes_up_its_slack_at_v_max_and_recovers(void **state) {
  const rl_physiology p = vasti();
  rl_muscle_state s, steady;
  int slack = 0;
  (void)state;
  rl_muscle_begin(&p, 0.315f, 1.0f, &s);
  assert_true(s.force > 4000.0f);
  rl_muscle_begin(&p, 0.295f, 1.0f, &steady);
  float before = 0.0f;
  rl_muscle_step(&p, &s, 1.0f, 0.295f, 0.0005f, 1);
  const double gap =
      0.23 - (0.295 - 0.08 * (double)s.length); /* m between the tendon's ends and its length */
  for (int k = 0; k < 1000; k++) {
    rl_muscle_step(&p, &s, 1.0f, 0.295f, 0.0005f, 1);
    assert_true(s.velocity >= -12.0f);
    if (s.force <= 0.0f) {
      slack++;
      assert_near(s.velocity, -12.0, 1e-4);
    }
    assert_true(s.force >= before - 0.1f);
    before = s.force;
  }
  assert_near(slack * 0.0005, gap / (12.0 * 0.08), 0.0006);
  assert_near(s.force, steady.force, 0.5);
}

/* J that are missing after a stretch-shortening cycle of `seconds`: work of the fibre's elements, of the
 * force on the unit's end, and energy of the tendon, each added up by itself. */
static double missing_energy(double dt, double *turned_over) {
  const rl_physiology p = soleus();
  const int n = (int)(0.5 / dt + 0.5);
  double fibre = 0.0, delivered = 0.0;
  rl_muscle_state s;
  rl_muscle_begin(&p, 0.30f, 0.3f, &s);
  const double stored = (double)rl_tendon_energy(&p, (float)strain_of(&p, &s));
  *turned_over = 0.0;
  for (int k = 1; k <= n; k++) {
    const rl_muscle_state old = s;
    const double t = k * dt, unit = 0.30 + 0.006 * sin(2.0 * 3.14159265358979 * 4.0 * t);
    rl_muscle_step(&p, &s, (float)(0.5 + 0.4 * sin(25.0 * t)), (float)unit, (float)dt, 1);
    const float u = s.velocity / 6.0f;
    const double elements = (double)s.contractile +
                            4000.0 * (double)rl_parallel_force(s.length) * (double)rl_force_velocity(u) -
                            4000.0 * (double)rl_buffer_force(s.length);
    fibre -= elements * (double)(s.length - old.length) * 0.04;
    delivered -= (double)s.force * (double)(s.unit_length - old.unit_length);
    *turned_over += fabs((double)s.force * (double)(s.unit_length - old.unit_length));
  }
  return fibre - delivered - ((double)rl_tendon_energy(&p, (float)strain_of(&p, &s)) - stored);
}

static void the_books_of_energy_close_the_better_the_finer_the_step(void **state) {
  double turned_over;
  (void)state;
  const double coarse = fabs(missing_energy(2e-3, &turned_over));
  const double middle = fabs(missing_energy(1e-3, &turned_over));
  const double fine = fabs(missing_energy(2.5e-4, &turned_over));
  print_message("missing %.3g %.3g %.3g of %.3g J\n", coarse, middle, fine, turned_over);
  assert_true(coarse < 0.1 * turned_over);
  assert_near(middle, 0.5 * coarse, 0.1 * coarse); /* first order */
  assert_near(fine, 0.25 * middle, 0.1 * middle);
}

/* --- stability --- */

/* The planar human's stiffest unit for the least activation: at 200 Hz without finer steps an explicit step
 * would be unstable by orders of magnitude. Held still, it must settle without a swing. */
static void the_stiffest_tendon_settles_without_a_swing_at_200_hz(void **state) {
  const rl_physiology units[] = {soleus(), made(800.0f, 0.06f, 12.0f, 0.24f),
                                 made(1500.0f, 0.05f, 12.0f, 0.40f), vasti()};
  (void)state;
  for (int m = 0; m < 4; m++)
    for (int n = 1; n <= 8; n *= 2) {
      const rl_physiology *p = &units[m];
      const float rest = p->l_opt + p->l_slack;
      rl_muscle_state s;
      rl_muscle_begin(p, rest, 0.01f, &s);
      rl_muscle_step(p, &s, 0.0f, rest * 1.01f, 0.005f,
                     n); /* a pull at the end, by twice the fibre's reach */
      float before = s.force;
      for (int k = 0; k < 200; k++) {
        rl_muscle_step(p, &s, 0.0f, rest * 1.01f, 0.005f, n);
        assert_true(s.force <= before + 1e-4f * p->f_max);
        before = s.force;
      }
      rl_muscle_state steady;
      rl_muscle_begin(p, rest * 1.01f, 0.01f, &steady);
      assert_near(s.force, steady.force, 2e-3 * (double)p->f_max); /* creeps: f_v is steep at 0 */
    }
}

static void finer_steps_come_nearer_to_the_solution(void **state) {
  const rl_physiology p = soleus();
  double error[3], truth = 0.0;
  (void)state;
  for (int i = 0; i < 4; i++) {
    const int n = (int[]){256, 1, 2, 4}[i];
    rl_muscle_state s;
    double mean = 0.0;
    rl_muscle_begin(&p, 0.30f, 0.1f, &s);
    for (int k = 1; k <= 100; k++) {
      rl_muscle_step(&p, &s, k % 50 < 25 ? 0.9f : 0.1f, 0.30f + 0.005f * sinf(0.1f * (float)k), 0.005f, n);
      mean += (double)s.force / 100.0;
    }
    if (i == 0)
      truth = mean;
    else
      error[i - 1] = fabs(mean - truth);
  }
  print_message("mean force off by %.3g %.3g %.3g of %.4g N\n", error[0], error[1], error[2], truth);
  assert_true(error[0] < 0.1 * truth);
  assert_true(error[1] < 0.7 * error[0] && error[2] < 0.7 * error[1]);
}

static void nothing_that_comes_makes_the_state_infinite(void **state) {
  static const float odd[] = {0.0f, -1.0f, 1e30f, -1e30f, INFINITY, -INFINITY, NAN, 1e-30f, 0.3f, 1.2f, 5.0f};
  const rl_physiology units[] = {soleus(), vasti(), made(1e6f, 0.005f, 50.0f, 2.0f),
                                 made(1.0f, 2.0f, 0.1f, 0.005f)};
  rl_rng rng;
  (void)state;
  rl_rng_init(&rng, 7, 1);
  for (int m = 0; m < 4; m++) {
    rl_muscle_state s;
    rl_muscle_begin(&units[m], 0.3f, 0.5f, &s);
    for (int k = 0; k < 20000; k++) {
      const float length = k % 3 ? 1.5f * rl_rng_uniform(&rng) : odd[k % 11];
      rl_muscle_step(&units[m], &s, odd[(k / 11) % 11], length, 0.0002f * (float)(1 + k % 40), 1 + k % 4);
      assert_true(isfinite(s.force) && isfinite(s.velocity) && isfinite(s.length) && isfinite(s.contractile));
      assert_true(s.activation >= 0.00999f && s.activation <= 1.0f && s.force >= 0.0f);
      assert_true(isfinite(rl_metabolic_rate(&units[m], &s, odd[k % 11])));
    }
    for (int i = 0; i < 11; i++) {
      rl_muscle_begin(&units[m], odd[i], odd[10 - i], &s);
      assert_true(isfinite(s.force) && isfinite(s.length) && isfinite(s.activation));
    }
  }
}

/* --- metabolic rate --- */

static void the_metabolic_rate_is_that_of_wang_et_al(void **state) {
  const rl_physiology v = vasti(), s = soleus();
  (void)state;
  assert_near(rl_muscle_mass(&v), 2.034624, 1e-5);
  assert_near(rl_metabolic_rate(&v, &(rl_muscle_state){0.0f, 0.6f, 0.9f, -3.0f, 2000.0f, 1800.0f}, 0.8f),
              780.8990510562362, 1e-3);
  assert_near(rl_metabolic_rate(&v, &(rl_muscle_state){0.0f, 0.4f, 1.2f, 2.0f, 2000.0f, 1800.0f}, 0.2f),
              58.685978960890516, 1e-4);
  assert_near(rl_metabolic_rate(&s, &(rl_muscle_state){0.0f, 0.05f, 1.6f, -1.0f, 100.0f, 100.0f}, 0.05f),
              6.203262541322069, 1e-5);
}

/* --- delays --- */

static void a_delayed_sense_is_the_row_of_exactly_so_many_steps_ago(void **state) {
  rl_delay_line line;
  (void)state;
  assert_int_equal(rl_delay_steps(0.020f, 0.001f), 20);
  assert_int_equal(rl_delay_steps(0.005f, 0.0025f), 2);
  assert_int_equal(rl_delay_steps(0.0001f, 0.001f), 1);
  assert_int_equal(rl_delay_steps(0.0f, 0.001f), 0);
  assert_int_equal(rl_delay_init(&line, 2, 7, NULL), RL_OK);
  for (int round = 0; round < 2; round++) {
    for (int t = 0; t < 30; t++) {
      float *row = rl_delay_push(&line);
      row[0] = (float)t;
      row[1] = -(float)t;
      for (int steps = 0; steps <= 7; steps++) {
        const float then = (float)(t > steps ? t - steps : 0);
        assert_near(rl_delay_read(&line, steps)[0], then, 0.0);
        assert_near(rl_delay_read(&line, steps)[1], -then, 0.0);
      }
    }
    assert_near(rl_delay_read(&line, 100)[0], 22.0, 0.0); /* the oldest that is kept */
    rl_delay_empty(&line);
  }
  rl_delay_release(&line);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_curves_go_through_the_tabulated_points),
      cmocka_unit_test(activation_follows_excitation_exponentially_with_its_own_lag_up_and_down),
      cmocka_unit_test(an_isometric_muscle_comes_to_the_force_of_its_activation_and_length),
      cmocka_unit_test(under_a_constant_load_the_fibre_moves_at_the_speed_of_hills_relation),
      cmocka_unit_test(a_released_muscle_takes_up_its_slack_at_v_max_and_recovers),
      cmocka_unit_test(the_books_of_energy_close_the_better_the_finer_the_step),
      cmocka_unit_test(the_stiffest_tendon_settles_without_a_swing_at_200_hz),
      cmocka_unit_test(finer_steps_come_nearer_to_the_solution),
      cmocka_unit_test(nothing_that_comes_makes_the_state_infinite),
      cmocka_unit_test(the_metabolic_rate_is_that_of_wang_et_al),
      cmocka_unit_test(a_delayed_sense_is_the_row_of_exactly_so_many_steps_ago),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
