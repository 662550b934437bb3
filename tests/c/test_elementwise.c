/* Elementwise operations and reductions at all levels of kernels: accuracy over all floats, any size and layout, any
 * number of threads. */
#include "base/memory.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "tensor/tensor.h"

#include "check.h"
#include "levels.h"

#include <float.h>

enum { MANY = 4096 };

static double sigmoid(double x) { return 1.0 / (1.0 + exp(-x)); }

/* In units of the last place of the true value. */
static double error_of(float y, double truth) {
  float nearest = (float)truth;
  if (isnan(truth) || isinf(nearest)) return isnan(truth) ? !isnan(y) : y != nearest ? INFINITY : 0.0;
  float size = fabsf(nearest);
  return fabs((double)y - truth) / (size < FLT_MIN ? 0x1p-149 : (double)(nextafterf(size, INFINITY) - size));
}

static void functions_are_accurate_for_all_floats(void **state) {
  (void)state;
  static const struct {
    rl_unary op;
    double (*truth)(double);
    double most; /* units of the last place */
  } cases[] = {{RL_OP_EXP, exp, 1.2},   {RL_OP_LOG, log, 1.0}, {RL_OP_SIGMOID, sigmoid, 2.6},
               {RL_OP_SIN, sin, 0.6},   {RL_OP_COS, cos, 0.6}, {RL_OP_SQRT, sqrt, 0.51},
               {RL_OP_FLOOR, floor, 0}, {RL_OP_ABS, fabs, 0.0}};
  static float x[MANY];
  rl_tensor wrapped = rl_tensor_wrap(x, 1, (int64_t[]){MANY}), y;
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    for (uint64_t first = 0; first <= UINT32_MAX; first += (uint64_t)MANY * 4099) {
      for (int i = 0; i < MANY; i++) {
        uint32_t bits = (uint32_t)(first + (uint64_t)i * 4099);
        memcpy(&x[i], &bits, sizeof bits);
        /* Below it the sum of 1 and exp(-x) loses what a denormal number keeps. */
        if (cases[c].op == RL_OP_SIGMOID && x[i] < -87.0f) x[i] = -87.0f;
      }
      assert_int_equal(rl_tensor_unary(&y, cases[c].op, &wrapped, NULL), RL_OK);
      for (int i = 0; i < MANY; i++)
        if (!(error_of(y.data[i], cases[c].truth((double)x[i])) <= cases[c].most))
          fail_msg("operation %d of %a is %a", (int)cases[c].op, (double)x[i], (double)y.data[i]);
      rl_tensor_release(&y);
    }
  }
}

static float apply(rl_unary op, float x) {
  rl_tensor wrapped = rl_tensor_wrap(&x, 0, NULL);
  assert_int_equal(rl_tensor_unary_into(&wrapped, op, &wrapped, NULL), RL_OK);
  return x;
}

static void edges_of_functions_are_those_of_libm(void **state) {
  (void)state;
  assert_true(apply(RL_OP_EXP, -INFINITY) == 0.0f && apply(RL_OP_EXP, INFINITY) == INFINITY);
  assert_true(apply(RL_OP_EXP, 0.0f) == 1.0f && isnan(apply(RL_OP_EXP, NAN)));
  assert_true(apply(RL_OP_EXP, 88.72283f) < INFINITY && apply(RL_OP_EXP, 88.7229f) == INFINITY);
  assert_true(apply(RL_OP_EXP, -103.9f) == 0x1p-149f && apply(RL_OP_EXP, -104.0f) == 0.0f);
  assert_true(apply(RL_OP_LOG, 0.0f) == -INFINITY && apply(RL_OP_LOG, -0.0f) == -INFINITY);
  assert_true(apply(RL_OP_LOG, INFINITY) == INFINITY && apply(RL_OP_LOG, 1.0f) == 0.0f);
  assert_true(isnan(apply(RL_OP_LOG, -1.0f)) && isnan(apply(RL_OP_LOG, -INFINITY)) &&
              isnan(apply(RL_OP_LOG, NAN)));
  assert_true(apply(RL_OP_SIGMOID, -INFINITY) == 0.0f && apply(RL_OP_SIGMOID, INFINITY) == 1.0f);
  assert_true(signbit(apply(RL_OP_SIN, -0.0f)) && signbit(apply(RL_OP_FLOOR, -0.0f)));
  assert_true(isnan(apply(RL_OP_SIN, INFINITY)) && isnan(apply(RL_OP_COS, NAN)));
  assert_true(apply(RL_OP_SIGN, -3.0f) == -1.0f && isnan(apply(RL_OP_SIGN, NAN)));
}

/* A view of this shape with its dimensions in any order of memory, and gaps. */
static rl_tensor random_view(rl_rng *rng, int64_t rows, int64_t columns) {
  bool turned = rl_rng_below(rng, 2);
  int64_t shape[2] = {turned ? columns : rows, turned ? rows : columns}, gap = rl_rng_below(rng, 3);
  rl_tensor base, part, view;
  assert_int_equal(rl_tensor_zeros(&base, 2, (int64_t[]){shape[0], shape[1] + gap}, NULL), RL_OK);
  rl_rng_fill_normal(rng, base.data, rl_tensor_count(&base));
  assert_int_equal(rl_tensor_narrow(&part, &base, 1, gap, shape[1], NULL), RL_OK);
  assert_int_equal(rl_tensor_transpose(&view, &part, 0, turned ? 1 : 0, NULL), RL_OK);
  rl_tensor_release(&base);
  rl_tensor_release(&part);
  return view;
}

static float at(const rl_tensor *x, int64_t i, int64_t j) {
  return x->data[(x->shape[0] > 1 ? i : 0) * x->stride[0] + (x->shape[1] > 1 ? j : 0) * x->stride[1]];
}

static void any_size_layout_and_number_of_threads_gives_the_numbers_of_a_loop(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 5, 0);
  for (int trial = 0; trial < 120; trial++) {
    bool large = trial % 20 == 0; /* on all threads */
    int64_t rows = large ? 300 + rl_rng_below(&rng, 50) : rl_rng_below(&rng, 40);
    int64_t columns = large ? 500 + rl_rng_below(&rng, 50) : rl_rng_below(&rng, 700);
    rl_set_threads(1 + trial / 20 % 3);
    rl_tensor a = random_view(&rng, rows, columns), c = random_view(&rng, rows, columns), z, dest;
    rl_tensor b = random_view(&rng, rl_rng_below(&rng, 3) ? rows : 1, rl_rng_below(&rng, 3) ? columns : 1);
    assert_int_equal(rl_tensor_where(&z, &a, &b, &c, NULL), RL_OK);
    for (int64_t i = 0; i < rows; i++)
      for (int64_t j = 0; j < columns; j++)
        assert_true(z.data[i * columns + j] == (at(&a, i, j) != 0.0f ? at(&b, i, j) : at(&c, i, j)));
    dest = random_view(&rng, rows, columns); /* written where it lies */
    assert_int_equal(rl_tensor_binary_into(&dest, RL_OP_SUB, &a, &b, NULL), RL_OK);
    rl_tensor_release(&z);
    assert_int_equal(rl_tensor_clone(&z, &dest, NULL), RL_OK);
    for (int64_t i = 0; i < rows; i++)
      for (int64_t j = 0; j < columns; j++) {
        assert_true(at(&dest, i, j) == at(&a, i, j) - at(&b, i, j));
        assert_true(z.data[i * columns + j] == at(&dest, i, j));
      }
    rl_tensor_release(&a);
    rl_tensor_release(&b);
    rl_tensor_release(&c);
    rl_tensor_release(&z);
    rl_tensor_release(&dest);
  }
  rl_set_threads(0);
}

static void large_tensors_may_be_added_to_their_own_transpose(void **state) {
  (void)state;
  enum { N = 400 };
  rl_tensor x, turned;
  assert_int_equal(rl_tensor_zeros(&x, 2, (int64_t[]){N, N}, NULL), RL_OK);
  for (int i = 0; i < N * N; i++) x.data[i] = (float)i;
  rl_set_threads(2);
  assert_int_equal(rl_tensor_transpose(&turned, &x, 0, 1, NULL), RL_OK);
  assert_int_equal(rl_tensor_binary_into(&x, RL_OP_ADD, &x, &turned, NULL), RL_OK);
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++) assert_true(x.data[i * N + j] == (float)((i + j) * (N + 1)));
  rl_set_threads(0);
  rl_tensor_release(&x);
  rl_tensor_release(&turned);
}

static void reductions_of_any_size_agree_with_a_loop(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 6, 0);
  const int64_t sizes[][3] = {{1, 200001, 1}, {3, 70000, 2}, {2, 300, 1025}, {700, 129, 1},
                              {5, 63, 7},     {1, 1, 1},     {0, 3, 4},      {2, 64, 600}};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    int64_t outer = sizes[s][0], n = sizes[s][1], inner = sizes[s][2];
    rl_tensor x, result[4], again;
    assert_int_equal(rl_tensor_zeros(&x, 3, sizes[s], NULL), RL_OK);
    rl_rng_fill_normal(&rng, x.data, rl_tensor_count(&x));
    for (int64_t i = 0; i < rl_tensor_count(&x); i++) x.data[i] = floorf(16.0f * x.data[i]); /* ties */
    if (s % 2) x.data[rl_tensor_count(&x) / 2] = NAN;
    const rl_reduction ops[4] = {RL_REDUCE_SUM, RL_REDUCE_MAX, RL_REDUCE_ARGMAX, RL_REDUCE_ARGMIN};
    for (int k = 0; k < 4; k++) {
      rl_set_threads(1);
      assert_int_equal(rl_tensor_reduce(&result[k], ops[k], &x, 1, NULL), RL_OK);
      rl_set_threads(3);
      assert_int_equal(rl_tensor_reduce(&again, ops[k], &x, 1, NULL), RL_OK);
      assert_memory_equal(again.data, result[k].data, (size_t)rl_tensor_count(&again) * sizeof(float));
      rl_tensor_release(&again);
    }
    for (int64_t o = 0; o < outer; o++) {
      for (int64_t i = 0; i < inner; i++) {
        const float *first = x.data + o * n * inner + i;
        double sum = 0.0;
        int64_t most = 0, least = 0;
        for (int64_t k = 0; k < n; k++) {
          float value = first[k * inner];
          sum += (double)value;
          if (value > first[most * inner] || (isnan(value) && !isnan(first[most * inner]))) most = k;
          if (value < first[least * inner] || (isnan(value) && !isnan(first[least * inner]))) least = k;
        }
        int64_t place = o * inner + i;
        assert_true(result[0].data[place] == (float)sum || isnan(sum)); /* whole numbers: exact */
        assert_int_equal(isnan(result[0].data[place]), isnan(sum));
        assert_true(result[1].data[place] == first[most * inner] || isnan(first[most * inner]));
        assert_int_equal(isnan(result[1].data[place]), isnan(first[most * inner]));
        assert_int_equal((int64_t)result[2].data[place], most);
        assert_int_equal((int64_t)result[3].data[place], least);
      }
    }
    for (int k = 0; k < 4; k++) rl_tensor_release(&result[k]);
    rl_tensor_release(&x);
  }
  rl_set_threads(0);
}

/* All operations of x and y, one after the other. */
static void compute_all(const rl_tensor *x, const rl_tensor *y, bool exact, rl_tensor *out, int *n) {
  *n = 0;
  for (int op = 0; op < RL_UNARY_COUNT; op++) {
    bool rounds = op == RL_OP_EXP || op == RL_OP_LOG || op == RL_OP_SIGMOID || op == RL_OP_TANH ||
                  op == RL_OP_SIN || op == RL_OP_COS;
    if (rounds && exact) continue;
    assert_int_equal(rl_tensor_unary(&out[(*n)++], (rl_unary)op, x, NULL), RL_OK);
  }
  for (int op = 0; op < RL_BINARY_COUNT; op++)
    assert_int_equal(rl_tensor_binary(&out[(*n)++], (rl_binary)op, x, y, NULL), RL_OK);
  for (int op = RL_REDUCE_SUM; op <= RL_REDUCE_ARGMIN; op++)
    for (int dim = 0; dim < 2; dim++)
      assert_int_equal(rl_tensor_reduce(&out[(*n)++], (rl_reduction)op, x, dim, NULL), RL_OK);
}

static void assert_levels_agree(rl_cpu_level one, rl_cpu_level other, bool exact) {
  if (rl_cpu_best() < other) skip();
  rl_rng rng;
  rl_rng_init(&rng, 7, 0);
  rl_tensor x = random_view(&rng, 61, 613), y = random_view(&rng, 61, 613), left[64], right[64];
  int n, m;
  rl_cpu_use(one);
  compute_all(&x, &y, exact, left, &n);
  rl_cpu_use(other);
  compute_all(&x, &y, exact, right, &m);
  assert_int_equal(n, m);
  for (int k = 0; k < n; k++) {
    for (int64_t i = 0; i < rl_tensor_count(&left[k]); i++)
      if (!isnan(left[k].data[i]) || !isnan(right[k].data[i]))
        assert_memory_equal(&left[k].data[i], &right[k].data[i], sizeof(float));
    rl_tensor_release(&left[k]);
    rl_tensor_release(&right[k]);
  }
  rl_tensor_release(&x);
  rl_tensor_release(&y);
  rl_cpu_use(RL_CPU_AVX512);
}

static void avx2_and_avx512_give_the_same_bytes(void **state) {
  (void)state;
  assert_levels_agree(RL_CPU_AVX2, RL_CPU_AVX512, false);
}

static void plain_c_gives_them_too_but_where_it_cannot_fuse(void **state) {
  (void)state;
  assert_levels_agree(RL_CPU_PLAIN, RL_CPU_AVX2, true);
}

int main(void) {
  const struct CMUnitTest each[] = {
      cmocka_unit_test(functions_are_accurate_for_all_floats),
      cmocka_unit_test(edges_of_functions_are_those_of_libm),
      cmocka_unit_test(any_size_layout_and_number_of_threads_gives_the_numbers_of_a_loop),
      cmocka_unit_test(large_tensors_may_be_added_to_their_own_transpose),
      cmocka_unit_test(reductions_of_any_size_agree_with_a_loop),
  };
  const struct CMUnitTest once[] = {
      cmocka_unit_test(avx2_and_avx512_give_the_same_bytes),
      cmocka_unit_test(plain_c_gives_them_too_but_where_it_cannot_fuse),
  };
  return run_at_all_levels(each) + cmocka_run_group_tests(once, NULL, NULL);
}
