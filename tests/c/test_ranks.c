/* What ranks exchange, without processes: each rank in turn says what it would give, and then each gets what all gave. */
#include "base/memory.h"
#include "base/ranks.h"

#include "env/vec_env_ranks.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

enum { RANKS = 3, MOST = 16 };

static struct {
  int rank, next;
  bool listening;
  char *given[RANKS][MOST];
  size_t size[RANKS][MOST];
} talk;

static void gather(const void *own, const size_t *sizes, void *all) {
  const int k = talk.next++;
  assert_true(k < MOST);
  if (!talk.listening) {
    talk.size[talk.rank][k] = sizes[talk.rank];
    talk.given[talk.rank][k] = rl_allocate(sizes[talk.rank] + 1, 1);
    memcpy(talk.given[talk.rank][k], own, sizes[talk.rank]);
  }
  if (!talk.listening) return;
  char *at = all;
  for (int r = 0; r < RANKS; at += sizes[r++]) {
    assert_int_equal(sizes[r], talk.size[r][k]);
    memcpy(at, talk.given[r][k], sizes[r]);
  }
}

static void become(int rank, bool listening) {
  talk.rank = rank;
  talk.listening = listening;
  talk.next = 0;
  rl_ranks_use(&(rl_ranks_engine){.rank = rank, .count = RANKS, .of_local = 1, .gather = gather});
}

static void end_talk(void) {
  for (int r = 0; r < RANKS; r++)
    for (int k = 0; k < MOST; k++) rl_release(talk.given[r][k]);
  memset(&talk, 0, sizeof talk);
  rl_ranks_use(&(rl_ranks_engine){.count = 1, .of_local = 1});
}

/* The byte that belongs at a place of an array. */
static char right(size_t array, size_t at) { return (char)(array * 31 + at * 7 + at / 251 + 1); }

/* Each rank has what belongs to its columns, and zeros elsewhere. */
static void fill(char *data, size_t array, size_t rows, size_t columns, size_t size, size_t stride,
                 rl_ranks_part part) {
  for (size_t row = 0; row < rows; row++)
    for (size_t c = 0; c < columns; c++)
      for (size_t b = 0; b < size; b++) {
        const size_t at = (row * columns + c) * stride + b;
        data[at] = (int)c >= part.first && (int)c < part.end ? right(array, at) : 0;
      }
}

/* each: columns that belong together. */
static void check_share(size_t columns, size_t each, const rl_ranks_array *shapes, size_t n) {
  rl_ranks_array arrays[4];
  for (int pass = 0; pass < 2 * RANKS; pass++) {
    become(pass % RANKS, pass >= RANKS);
    rl_ranks_part part = rl_ranks_part_of((int)(columns / each), pass % RANKS);
    part = (rl_ranks_part){part.first * (int)each, part.end * (int)each};
    for (size_t k = 0; k < n; k++) {
      const size_t stride = shapes[k].stride ? shapes[k].stride : shapes[k].size;
      arrays[k] = shapes[k];
      arrays[k].data = rl_allocate(shapes[k].rows * columns * stride + 1, 1);
      fill(arrays[k].data, k, shapes[k].rows, columns, shapes[k].size, stride, part);
    }
    if (each == 1)
      rl_ranks_share(arrays, (int)n, (int)columns);
    else
      rl_ranks_share_groups(arrays, (int)n, (int)(columns / each), (int)each);
    for (size_t k = 0; k < n; k++) {
      const size_t stride = shapes[k].stride ? shapes[k].stride : shapes[k].size;
      const char *data = arrays[k].data;
      for (size_t cell = 0; cell < shapes[k].rows * columns && pass >= RANKS; cell++) {
        for (size_t b = 0; b < shapes[k].size; b++)
          if (data[cell * stride + b] != right(k, cell * stride + b))
            fail_msg("array %zu, cell %zu", k, cell);
        for (size_t b = shapes[k].size; b < stride; b++) assert_int_equal(data[cell * stride + b], 0);
      }
      rl_release(arrays[k].data);
    }
  }
  end_talk();
}

static void parts_cover_all(void **state) {
  (void)state;
  become(0, false);
  for (int total = 0; total < 20; total++) {
    int end = 0;
    for (int r = 0; r < RANKS; r++) {
      const rl_ranks_part part = rl_ranks_part_of(total, r);
      assert_int_equal(part.first, end);
      assert_true(part.end >= part.first && part.end - part.first <= total / RANKS + 1);
      end = part.end;
    }
    assert_int_equal(end, total);
  }
  assert_int_equal(rl_ranks_part_of(1 << 24, RANKS - 1).end, 1 << 24);
  end_talk();
}

static void arrays_are_shared(void **state) {
  (void)state;
  const rl_ranks_array shapes[] = {{NULL, 3, 4, 0}, {NULL, 1, 1, 0}, {NULL, 5, 3, 8}, {NULL, 0, 4, 0}};
  for (size_t columns = 1; columns <= 8; columns++) check_share(columns, 1, shapes, 4);
  for (size_t groups = 1; groups <= 8; groups++) check_share(3 * groups, 3, shapes, 4);
}

static void many_bytes_go_in_several_messages(void **state) {
  (void)state;
  const rl_ranks_array shapes[] = {{NULL, 2, 8, 0}, {NULL, 30, 4096, 0}, {NULL, 2, 4, 0}};
  check_share(700, 1, shapes, 3);
}

static void nothing_happens_alone(void **state) {
  (void)state;
  rl_error error = {.message = "as it was"};
  char data[4] = "abc";
  const rl_ranks_array array = {data, 1, 1, 0};
  rl_ranks_share(&array, 1, 3);
  assert_string_equal(data, "abc");
  assert_int_equal(rl_ranks_meet("nothing", 1, 2, RL_NO_MEMORY, &error), RL_NO_MEMORY);
  assert_string_equal(error.message, "as it was");
  assert_true(rl_ranks_agree(0.5) == 0.5);
  assert_int_equal(rl_ranks_other(7), 0);
  assert_int_equal(rl_ranks_spent().bytes, 0);
}

/* What each rank gives at a meeting, and what that comes to for all. */
typedef struct comer {
  const char *what;
  uint64_t mark;
  rl_status status;
} comer;

static void meet(const comer *comers, rl_status *status, rl_error *error) {
  for (int pass = 0; pass < 2 * RANKS; pass++) {
    const int r = pass % RANKS;
    become(r, pass >= RANKS);
    error[r] = (rl_error){.message = ""};
    if (comers[r].status) rl_fail(&error[r], comers[r].status, "what %d says", r);
    if (pass < RANKS) { /* the second thing that is said: only where somebody has failed */
      size_t sizes[RANKS];
      for (int k = 0; k < RANKS; k++) sizes[k] = sizeof error->message;
      char all[RANKS][sizeof error->message];
      const rl_error own = error[r];
      rl_ranks_meet(comers[r].what, 1, comers[r].mark, comers[r].status, &error[r]);
      talk.next = 1;
      if (!talk.given[r][1]) gather(own.message, sizes, all);
    } else {
      status[r] = rl_ranks_meet(comers[r].what, 1, comers[r].mark, comers[r].status, &error[r]);
    }
  }
  end_talk();
}

static void meetings_compare(void **state) {
  (void)state;
  rl_status status[RANKS];
  rl_error error[RANKS];
  meet((comer[]){{"a", 1, RL_OK}, {"a", 1, RL_OK}, {"a", 1, RL_OK}}, status, error);
  for (int r = 0; r < RANKS; r++) assert_int_equal(status[r], RL_OK);
  meet((comer[]){{"a", 1, RL_OK}, {"a", 1, RL_OK}, {"a", 2, RL_OK}}, status, error);
  for (int r = 0; r < RANKS; r++) {
    assert_int_equal(status[r], RL_BAD_ARGUMENT);
    assert_non_null(strstr(error[r].message, "a 1 of rank 2 is not that of rank 0"));
  }
  meet((comer[]){{"a", 1, RL_OK}, {"b", 1, RL_OK}, {"a", 1, RL_OK}}, status, error);
  for (int r = 0; r < RANKS; r++)
    assert_non_null(strstr(error[r].message, "rank 0 is at a 1, rank 1 at b 1"));
  meet((comer[]){{"a", 1, RL_OK}, {"a", 1, RL_CALLBACK}, {"a", 1, RL_NOT_FINITE}}, status, error);
  assert_int_equal(status[0], RL_BAD_ARGUMENT);
  assert_string_equal(error[0].message, "rank 1: what 1 says");
  assert_int_equal(status[1], RL_CALLBACK); /* each keeps its own */
  assert_string_equal(error[1].message, "what 1 says");
  assert_int_equal(status[2], RL_NOT_FINITE);
  assert_string_equal(error[2].message, "what 2 says");
}

/* A judge of each rank, whose terms have come up there: `first` and those behind it. */
typedef struct terms {
  int first, count;
  char place[RL_MAX_TERMS][8];
} terms;

static int count_terms(void *context) { return ((const terms *)context)->count; }
static const char *term_name(void *context, int index) { return ((const terms *)context)->place[index]; }

static void place_terms(void *context, const char *const *names, int count) {
  terms *t = context;
  char copied[RL_MAX_TERMS][sizeof t->place[0]];
  for (int k = 0; k < count; k++) snprintf(copied[k], sizeof copied[k], "%s", names[k]);
  memcpy(t->place, copied, sizeof copied);
  t->count = count;
}

/* What becomes of terms that each rank has, of which the next has `common`. */
static void agree(int count, int common, terms of[RANKS], rl_status status[RANKS], rl_error errors[RANKS],
                  rl_term_places places[RANKS]) {
  for (int pass = 0; pass < 2 * RANKS; pass++) {
    const int r = pass % RANKS;
    terms *t = &of[r];
    *t = (terms){.first = r * (count - common), .count = count};
    for (int k = 0; k < count; k++) snprintf(t->place[k], sizeof t->place[k], "t%d", t->first + k);
    const rl_judge judge = {
        .context = t, .n_terms = count_terms, .term_name = term_name, .place_terms = place_terms};
    become(r, pass >= RANKS);
    status[r] = rl_judge_agree(&judge, &places[r], &errors[r]);
    if (pass >= RANKS) continue;
    /* What is said behind that, where terms differ: bytes of each rank, and the terms. */
    char said[sizeof(int) + RL_MAX_TERMS * 64] = {0};
    const size_t size = sizeof said, numbers[RANKS] = {sizeof size, sizeof size, sizeof size},
                 sizes[RANKS] = {size, size, size};
    memcpy(said, &t->count, sizeof t->count);
    for (int k = 0; k < count; k++) snprintf(said + sizeof(int) + (size_t)k * 64, 64, "t%d", t->first + k);
    talk.next = 1;
    gather(&size, numbers, NULL);
    gather(said, sizes, NULL);
  }
  end_talk();
}

static void terms_come_to_the_same_places(void **state) {
  (void)state;
  terms of[RANKS];
  rl_status status[RANKS];
  rl_error errors[RANKS];
  rl_term_places places[RANKS];
  agree(12, 2, of, status, errors, places);
  for (int r = 0; r < RANKS; r++) {
    assert_int_equal(status[r], RL_OK);
    assert_true(places[r].changed);
    assert_int_equal(of[r].count, RL_MAX_TERMS);
    for (int k = 0; k < RL_MAX_TERMS; k++) assert_string_equal(of[r].place[k], of[0].place[k]);
    float moved[RL_MAX_TERMS] = {0};
    for (int k = 0; k < 12; k++) moved[k] = (float)(k + 1);
    rl_terms_move(&places[r], moved);
    for (int k = 0; k < 12; k++) assert_true(moved[10 * r + k] == (float)(k + 1));
  }
}

static void more_terms_than_there_is_room_for_are_refused_by_all(void **state) {
  (void)state;
  terms of[RANKS];
  rl_status status[RANKS];
  rl_error errors[RANKS];
  rl_term_places places[RANKS];
  agree(12, 1, of, status, errors, places);
  for (int r = 0; r < RANKS; r++) {
    const rl_error error = errors[r];
    assert_refused(status[r], RL_BAD_ARGUMENT, "more than 32 terms on all ranks together: \"t32\"");
    assert_false(places[r].changed);
    assert_int_equal(of[r].count, 12);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(nothing_happens_alone),
                                     cmocka_unit_test(parts_cover_all),
                                     cmocka_unit_test(arrays_are_shared),
                                     cmocka_unit_test(many_bytes_go_in_several_messages),
                                     cmocka_unit_test(terms_come_to_the_same_places),
                                     cmocka_unit_test(more_terms_than_there_is_room_for_are_refused_by_all),
                                     cmocka_unit_test(meetings_compare)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
