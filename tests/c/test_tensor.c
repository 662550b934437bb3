/* Tensors and matrix products, the larger of them against a naive model over shapes and layouts drawn at
 * random. */
#include "base/memory.h"
#include "base/rng.h"
#include "tensor/gemm.h"
#include "tensor/tensor.h"

#include "check.h"

static rl_tensor counting(int ndim, const int64_t *shape) {
  rl_tensor x;
  assert_int_equal(rl_tensor_zeros(&x, ndim, shape, NULL), RL_OK);
  for (int64_t i = 0; i < rl_tensor_count(&x); i++) x.data[i] = (float)i;
  return x;
}

static float at(const rl_tensor *x, const int64_t *index) {
  const float *element = x->data;
  for (int i = 0; i < x->ndim; i++) element += index[i] * x->stride[i];
  return *element;
}

static void assert_values(const rl_tensor *x, const float *expected) {
  rl_tensor flat;
  assert_int_equal(rl_tensor_contiguous(&flat, x, NULL), RL_OK);
  for (int64_t i = 0; i < rl_tensor_count(&flat); i++) assert_float_equal(flat.data[i], expected[i], 0.0f);
  rl_tensor_release(&flat);
}

static void a_new_tensor_is_zero_contiguous_and_aligned(void **state) {
  (void)state;
  rl_tensor x;
  assert_int_equal(rl_tensor_zeros(&x, 3, (int64_t[]){2, 3, 4}, NULL), RL_OK);
  assert_int_equal(rl_tensor_count(&x), 24);
  assert_true(rl_tensor_is_contiguous(&x));
  assert_int_equal((uintptr_t)x.data % RL_ALIGNMENT, 0);
  for (int i = 0; i < 24; i++) assert_true(x.data[i] == 0.0f);
  rl_tensor_release(&x);
  assert_int_equal(rl_tensor_count(&x), 0);
  rl_tensor_release(&x);
}

static void impossible_shapes_are_refused_and_named(void **state) {
  (void)state;
  rl_tensor x;
  rl_error error;
  assert_int_equal(rl_tensor_zeros(&x, 1, (int64_t[]){-3}, &error), RL_BAD_SHAPE);
  assert_string_equal(error.message, "size -3 of dimension 0 is negative");
  int64_t huge[] = {INT64_MAX, 0, INT64_MAX};
  assert_int_equal(rl_tensor_zeros(&x, 3, huge, &error), RL_BAD_SHAPE);
  assert_int_equal(rl_tensor_zeros(&x, 9, (int64_t[9]){0}, &error), RL_BAD_SHAPE);
  assert_int_equal(rl_tensor_zeros(&x, -1, NULL, &error), RL_BAD_SHAPE);
}

static void *no_memory(size_t size, size_t alignment, void *context) {
  (void)size, (void)alignment, (void)context;
  return NULL;
}

static void *own_allocate(size_t size, size_t alignment, void *context) {
  (void)context;
  return aligned_alloc(alignment, size);
}

static void own_release(void *memory, void *context) {
  (void)context;
  free(memory);
}

static void out_of_memory_is_a_status_and_leaves_nothing_behind(void **state) {
  (void)state;
  rl_set_allocator((rl_allocator){own_allocate, own_release, NULL});
  rl_tensor x = counting(2, (int64_t[]){2, 3}), y, view;
  rl_error error;
  assert_int_equal(rl_tensor_transpose(&view, &x, 0, 1, NULL), RL_OK);
  rl_set_allocator((rl_allocator){no_memory, own_release, NULL});
  assert_int_equal(rl_tensor_zeros(&y, 2, (int64_t[]){2, 3}, &error), RL_NO_MEMORY);
  assert_string_equal(error.message, "out of memory: tensor of shape [2, 3]");
  assert_int_equal(rl_tensor_binary(&y, RL_OP_ADD, &x, &x, &error), RL_NO_MEMORY);
  assert_int_equal(rl_tensor_reduce(&y, RL_REDUCE_SUM, &view, 0, &error), RL_NO_MEMORY);
  assert_int_equal(rl_tensor_matmul(&y, &x, &view, &error), RL_NO_MEMORY);
  assert_int_equal(rl_tensor_reshape(&y, &view, 1, (int64_t[]){6}, &error), RL_NO_MEMORY);
  rl_set_allocator((rl_allocator){own_allocate, own_release, NULL});
  rl_tensor_release(&view);
  assert_int_equal(rl_tensor_owned_bytes(&x), RL_ALIGNMENT + 24);
  rl_tensor_release(&x);
}

static void views_share_memory_and_keep_it_alive(void **state) {
  (void)state;
  rl_tensor x = counting(2, (int64_t[]){3, 4}), row, block, turned, flat;
  assert_int_equal(rl_tensor_select(&row, &x, 0, 1, NULL), RL_OK);
  assert_int_equal(rl_tensor_narrow(&block, &x, 1, 1, 2, NULL), RL_OK);
  assert_int_equal(rl_tensor_transpose(&turned, &x, 0, 1, NULL), RL_OK);
  assert_int_equal(rl_tensor_reshape(&flat, &x, 1, (int64_t[]){-1}, NULL), RL_OK);
  assert_int_equal(rl_tensor_owned_bytes(&x), 0);
  rl_tensor_release(&x);
  row.data[0] = 40.0f;
  assert_values(&row, (float[]){40, 5, 6, 7});
  assert_values(&block, (float[]){1, 2, 5, 6, 9, 10});
  assert_values(&turned, (float[]){0, 40, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11});
  assert_float_equal(flat.data[4], 40.0f, 0.0f);
  rl_tensor_release(&row);
  rl_tensor_release(&block);
  rl_tensor_release(&turned);
  assert_true(rl_tensor_owned_bytes(&flat) > 0);
  rl_tensor_release(&flat);
}

static void views_out_of_range_are_refused(void **state) {
  (void)state;
  rl_tensor x = counting(2, (int64_t[]){3, 4}), y;
  rl_error error;
  assert_int_equal(rl_tensor_select(&y, &x, 0, 3, &error), RL_BAD_ARGUMENT);
  assert_int_equal(rl_tensor_select(&y, &x, 2, 0, &error), RL_BAD_ARGUMENT);
  assert_int_equal(rl_tensor_narrow(&y, &x, 1, 4, 1, &error), RL_BAD_ARGUMENT);
  assert_int_equal(rl_tensor_narrow(&y, &x, 1, 1, INT64_MAX, &error), RL_BAD_ARGUMENT);
  assert_int_equal(rl_tensor_reshape(&y, &x, 2, (int64_t[]){5, -1}, &error), RL_BAD_SHAPE);
  assert_string_equal(error.message, "shape [3, 4] (12 elements) cannot become [5, n]");
  assert_int_equal(rl_tensor_rows(&y, &x, 2, (int64_t[]){0, 3}, &error), RL_BAD_ARGUMENT);
  rl_tensor_release(&x);
}

static void shapes_that_do_not_broadcast_are_both_printed(void **state) {
  (void)state;
  rl_tensor x = counting(2, (int64_t[]){2, 3}), y = counting(1, (int64_t[]){4}), z;
  rl_error error;
  assert_int_equal(rl_tensor_binary(&z, RL_OP_ADD, &x, &y, &error), RL_BAD_SHAPE);
  assert_string_equal(error.message, "shapes [2, 3] and [4] do not broadcast");
  assert_int_equal(rl_tensor_copy(&y, &x, &error), RL_BAD_SHAPE);
  assert_string_equal(error.message, "shape [2, 3] does not broadcast to [4]");
  rl_tensor_release(&x);
  rl_tensor_release(&y);
}

/* A view of random shape: each size 1 to 3 (or 1, to broadcast), in a random order of strides, with gaps. */
static rl_tensor random_view(rl_rng *rng, int ndim, const int64_t *shape) {
  int order[RL_MAX_DIMS];
  int64_t wide[RL_MAX_DIMS];
  for (int i = 0; i < ndim; i++) order[i] = i;
  rl_rng_shuffle(rng, order, ndim);
  for (int i = 0; i < ndim; i++) wide[i] = shape[order[i]] + rl_rng_below(rng, 2);
  rl_tensor base, view;
  assert_int_equal(rl_tensor_zeros(&base, ndim, wide, NULL), RL_OK);
  rl_rng_fill_normal(rng, base.data, rl_tensor_count(&base));
  view = base;
  for (int i = 0; i < ndim; i++) {
    view.shape[order[i]] = shape[order[i]];
    view.stride[order[i]] = base.stride[i];
  }
  return view;
}

static void broadcasting_agrees_with_indexing_for_any_shape_and_layout(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 1, 0);
  for (int trial = 0; trial < 2000; trial++) {
    int ndim = (int)rl_rng_below(&rng, 5), ndim_b = (int)rl_rng_below(&rng, (uint32_t)ndim + 1);
    int64_t shape[4], shape_a[4], shape_b[4];
    for (int i = 0; i < ndim; i++) {
      shape[i] = 1 + rl_rng_below(&rng, 3);
      bool ones = rl_rng_below(&rng, 4) == 0;
      shape_a[i] = ones && i >= ndim - ndim_b ? 1 : shape[i];
      if (i >= ndim - ndim_b) shape_b[i - ndim + ndim_b] = !ones && rl_rng_below(&rng, 3) == 0 ? 1 : shape[i];
    }
    rl_tensor a = random_view(&rng, ndim, shape_a), b = random_view(&rng, ndim_b, shape_b), c;
    assert_int_equal(rl_tensor_binary(&c, RL_OP_SUB, &a, &b, NULL), RL_OK);
    assert_int_equal(c.ndim, ndim);
    for (int64_t flat = 0; flat < rl_tensor_count(&c); flat++) {
      int64_t index_a[4] = {0}, index_b[4] = {0}, rest = flat;
      for (int i = ndim - 1; i >= 0; i--) {
        int64_t index = rest % c.shape[i];
        rest /= c.shape[i];
        index_a[i] = shape_a[i] == 1 ? 0 : index;
        int j = i - ndim + ndim_b;
        if (j >= 0) index_b[j] = shape_b[j] == 1 ? 0 : index;
      }
      assert_true(c.data[flat] == at(&a, index_a) - at(&b, index_b));
    }
    rl_tensor_release(&a);
    rl_tensor_release(&b);
    rl_tensor_release(&c);
  }
}

static void writing_into_an_operand_reads_it_first(void **state) {
  (void)state;
  rl_tensor x = counting(2, (int64_t[]){3, 3}), turned;
  assert_int_equal(rl_tensor_transpose(&turned, &x, 0, 1, NULL), RL_OK);
  assert_int_equal(rl_tensor_binary_into(&x, RL_OP_ADD, &x, &turned, NULL), RL_OK);
  assert_values(&x, (float[]){0, 4, 8, 4, 8, 12, 8, 12, 16});
  rl_tensor head, tail, line = counting(1, (int64_t[]){5});
  assert_int_equal(rl_tensor_narrow(&head, &line, 0, 0, 4, NULL), RL_OK);
  assert_int_equal(rl_tensor_narrow(&tail, &line, 0, 1, 4, NULL), RL_OK);
  assert_int_equal(rl_tensor_copy(&tail, &head, NULL), RL_OK);
  assert_values(&line, (float[]){0, 0, 1, 2, 3});
  rl_tensor_release(&turned);
  rl_tensor_release(&x);
  rl_tensor_release(&head);
  rl_tensor_release(&tail);
  rl_tensor_release(&line);
}

static void reductions_agree_with_a_loop_for_any_dimension_and_layout(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 2, 0);
  for (int trial = 0; trial < 300; trial++) {
    int64_t shape[3] = {1 + rl_rng_below(&rng, 5), 1 + rl_rng_below(&rng, 5), 1 + rl_rng_below(&rng, 100)};
    int dim = (int)rl_rng_below(&rng, 3), first = dim == 0, second = dim == 2 ? 1 : 2;
    rl_tensor x = random_view(&rng, 3, shape), sum, most, where;
    assert_int_equal(rl_tensor_reduce(&sum, RL_REDUCE_SUM, &x, dim, NULL), RL_OK);
    assert_int_equal(rl_tensor_reduce(&most, RL_REDUCE_MAX, &x, dim, NULL), RL_OK);
    assert_int_equal(rl_tensor_reduce(&where, RL_REDUCE_ARGMIN, &x, dim, NULL), RL_OK);
    for (int64_t i = 0; i < shape[first]; i++) {
      for (int64_t j = 0; j < shape[second]; j++) {
        double total = 0.0;
        float best = -INFINITY, least = INFINITY;
        int64_t place = 0, index[3];
        index[first] = i, index[second] = j;
        for (index[dim] = 0; index[dim] < shape[dim]; index[dim]++) {
          float value = at(&x, index);
          total += (double)value;
          best = fmaxf(best, value);
          if (value < least) least = value, place = index[dim];
        }
        int64_t kept[2] = {i, j};
        assert_near((double)at(&sum, kept), total, 1e-5);
        assert_true(at(&most, kept) == best);
        assert_true(at(&where, kept) == (float)place);
      }
    }
    rl_tensor_release(&x);
    rl_tensor_release(&sum);
    rl_tensor_release(&most);
    rl_tensor_release(&where);
  }
}

/* C = alpha op(A) op(B) + beta C in double. */
static void gemm_agrees_with_three_loops_for_any_size_and_transposition(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 3, 0);
  static float a[80 * 80], b[80 * 80], c[80 * 80], before[80 * 80];
  for (int trial = 0; trial < 2000; trial++) {
    bool trans_a = rl_rng_below(&rng, 2), trans_b = rl_rng_below(&rng, 2);
    int m = (int)rl_rng_below(&rng, trial % 2 ? 4 : 20), n = (int)rl_rng_below(&rng, 70),
        k = (int)rl_rng_below(&rng, 70);
    int gap = (int)rl_rng_below(&rng, 3);
    int lda = (trans_a ? m : k) + gap + 1, ldb = (trans_b ? k : n) + gap + 1, ldc = n + gap + 1;
    if (trial % 5 == 0) n = 1, ldb = trans_b ? k + 1 : 1; /* a column */
    float alpha = trial % 3 ? 1.0f : -0.5f, beta = (float[]){0.0f, 1.0f, 0.25f}[rl_rng_below(&rng, 3)];
    rl_rng_fill_normal(&rng, a, 80 * 80);
    rl_rng_fill_normal(&rng, b, 80 * 80);
    rl_rng_fill_normal(&rng, c, 80 * 80);
    memcpy(before, c, sizeof c);
    if (beta == 0.0f)
      for (int i = 0; i < m; i++)
        for (int j = 0; j < n; j++) c[i * ldc + j] = NAN;
    rl_gemm(trans_a, trans_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
    for (int i = 0; i < 20; i++) {
      for (int j = 0; j < ldc; j++) {
        double expected = (double)before[i * ldc + j];
        if (i < m && j < n) {
          double sum = 0.0;
          for (int p = 0; p < k; p++)
            sum += (double)a[trans_a ? p * lda + i : i * lda + p] *
                   (double)b[trans_b ? j * ldb + p : p * ldb + j];
          expected = (double)alpha * sum + (double)beta * expected;
        }
        if (!(fabs((double)c[i * ldc + j] - expected) < 2e-4))
          fail_msg("trial %d: C[%d, %d] is %g, expected %g", trial, i, j, (double)c[i * ldc + j], expected);
      }
    }
  }
}

static void matmul_takes_any_layout(void **state) {
  (void)state;
  rl_rng rng;
  rl_rng_init(&rng, 4, 0);
  for (int trial = 0; trial < 500; trial++) {
    int64_t m = rl_rng_below(&rng, 6), k = rl_rng_below(&rng, 6), n = rl_rng_below(&rng, 6);
    rl_tensor a = random_view(&rng, 2, (int64_t[]){m, k}), b = random_view(&rng, 2, (int64_t[]){k, n}), c;
    assert_int_equal(rl_tensor_matmul(&c, &a, &b, NULL), RL_OK);
    for (int64_t i = 0; i < m; i++) {
      for (int64_t j = 0; j < n; j++) {
        double sum = 0.0;
        for (int64_t p = 0; p < k; p++)
          sum += (double)at(&a, (int64_t[]){i, p}) * (double)at(&b, (int64_t[]){p, j});
        assert_near((double)c.data[i * n + j], sum, 1e-5);
      }
    }
    rl_tensor_release(&a);
    rl_tensor_release(&b);
    rl_tensor_release(&c);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_new_tensor_is_zero_contiguous_and_aligned),
      cmocka_unit_test(impossible_shapes_are_refused_and_named),
      cmocka_unit_test(out_of_memory_is_a_status_and_leaves_nothing_behind),
      cmocka_unit_test(views_share_memory_and_keep_it_alive),
      cmocka_unit_test(views_out_of_range_are_refused),
      cmocka_unit_test(shapes_that_do_not_broadcast_are_both_printed),
      cmocka_unit_test(broadcasting_agrees_with_indexing_for_any_shape_and_layout),
      cmocka_unit_test(writing_into_an_operand_reads_it_first),
      cmocka_unit_test(reductions_agree_with_a_loop_for_any_dimension_and_layout),
      cmocka_unit_test(gemm_agrees_with_three_loops_for_any_size_and_transposition),
      cmocka_unit_test(matmul_takes_any_layout),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
