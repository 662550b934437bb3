/* The eigendecomposition against matrices whose eigenvalues are known, and against its definition. */
#include "check.h"

#include "tensor/eigen.h"

enum { MOST = 130 };

static double a[MOST * MOST], q[MOST * MOST], value[MOST], work[16 * MOST * MOST], known[MOST];

/* a = R diag(known) R^T, R a product of plane rotations. */
static void turn(int n, uint64_t seed) {
  rl_rng rng;
  rl_rng_init(&rng, seed, 0);
  memset(a, 0, sizeof a);
  for (int i = 0; i < n; i++) a[i * n + i] = known[i];
  for (int i = 0; i < n; i++)
    for (int j = i + 1; j < n; j++) {
      double angle = 6.28 * (double)rl_rng_uniform(&rng), c = cos(angle), s = sin(angle);
      for (int side = 0; side < 2; side++)
        for (int k = 0; k < n; k++) {
          double *x = side ? &a[k * n + i] : &a[i * n + k], *y = side ? &a[k * n + j] : &a[j * n + k],
                 old = *x;
          *x = c * old - s * *y;
          *y = s * old + c * *y;
        }
    }
}

static int compare(const void *x, const void *y) {
  double p = *(const double *)x, r = *(const double *)y;
  return (p > r) - (p < r);
}

/* Rows are orthonormal, A q = value q, and the values are the known ones: each within a few roundings a row
 * of the greatest value. */
static void decomposes(int n) {
  memcpy(q, a, sizeof a);
  for (int i = 0; i < n; i++)
    for (int j = 0; j < i; j++) q[i * n + j] = NAN; /* not looked at */
  assert_true(rl_symmetric_eigen(n, q, value, work));
  double greatest = 0.0, eps = 1e-15 * (n + 4);
  for (int i = 0; i < n; i++) greatest = fmax(greatest, fabs(known[i]));
  for (int i = 0; i < n; i++) {
    for (int j = 0; j < n; j++) {
      double product = 0.0, image = 0.0;
      for (int k = 0; k < n; k++) {
        product += q[i * n + k] * q[j * n + k];
        image += a[j * n + k] * q[i * n + k];
      }
      assert_near(product, i == j, eps);
      assert_near(image, value[i] * q[i * n + j], eps * greatest);
    }
  }
  qsort(value, (size_t)n, sizeof *value, compare);
  qsort(known, (size_t)n, sizeof *known, compare);
  for (int i = 0; i < n; i++) assert_near(value[i], known[i], eps * greatest);
}

static void spectra_of_all_kinds_are_found(void **state) {
  (void)state;
  for (int n = 1; n <= MOST; n += n < 12 ? 1 : 7)
    for (int kind = 0; kind < 6; kind++) {
      for (int i = 0; i < n; i++) {
        const double spectrum[6] = {i + 1.0,
                                    pow(1e14, n > 1 ? i / (n - 1.0) : 0.0), /* as ill as CMA-ES lets it be */
                                    3.0,                                    /* all equal */
                                    i == n / 2 ? 5.0 : 0.0,                 /* of rank one */
                                    i % 2 ? -1.0 : 1.0,
                                    1.0 + 1e-13 * i};
        known[i] = spectrum[kind];
      }
      turn(n, (uint64_t)(100 * n + kind));
      decomposes(n);
    }
}

static void a_diagonal_matrix_and_zero_are_their_own_decomposition(void **state) {
  (void)state;
  for (int zero = 0; zero < 2; zero++) {
    memset(a, 0, sizeof a);
    for (int i = 0; i < 5; i++) known[i] = a[i * 5 + i] = zero ? 0.0 : 5.0 - i;
    decomposes(5);
  }
}

/* 1e-300 and 1e300, the squares of which double does not hold. */
static void neither_great_nor_small_numbers_leave_the_range(void **state) {
  (void)state;
  for (int sign = -1; sign <= 1; sign += 2) {
    for (int i = 0; i < 8; i++) known[i] = pow(10.0, 300.0 * sign) * (i + 1.0);
    turn(8, 3);
    decomposes(8);
  }
}

static void what_is_not_finite_is_refused(void **state) {
  (void)state;
  const double bad[2] = {NAN, INFINITY};
  for (int k = 0; k < 2; k++) {
    double m[4] = {1.0, bad[k], 0.0, 1.0};
    assert_false(rl_symmetric_eigen(2, m, value, work));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(spectra_of_all_kinds_are_found),
      cmocka_unit_test(a_diagonal_matrix_and_zero_are_their_own_decomposition),
      cmocka_unit_test(neither_great_nor_small_numbers_leave_the_range),
      cmocka_unit_test(what_is_not_finite_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
