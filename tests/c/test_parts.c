/* The rows of a creature's parts, each of them: values go in and come out, ranges hold, messages
 * name them. */
#include "check.h"
#include "creature/parts.h"

#include <stdio.h>

static char part_memory[sizeof(rl_creature)];

static rl_options alone(const rl_option *row) { return (rl_options){row, 1, ~0U}; }

static bool is_real(const rl_option *row) {
  return row->type == RL_OPTION_FLOAT || row->type == RL_OPTION_PAIR;
}

/* Calls `check` with every row of every part, on zeroed memory of the part's size. */
static void for_each(void (*check)(const rl_part *part, const rl_option *row, void *memory)) {
  for (int p = 0; p < RL_PARTS; p++) {
    for (int i = 0; i < rl_parts[p].rows->count; i++) {
      memset(part_memory, 0, sizeof part_memory);
      check(&rl_parts[p], &rl_parts[p].rows->rows[i], part_memory);
    }
  }
}

static void check_words(const rl_part *part, const rl_option *row, void *memory) {
  const size_t size = row->type == RL_OPTION_NAME ? RL_NAME : row->type == RL_OPTION_PAIR ? 8 : 1;
  (void)memory;
  assert_true(part->size <= sizeof part_memory && row->offset + size <= part->size);
  assert_true(row->name && *row->name && row->unit && row->meaning && *row->meaning);
  assert_true(row->min <= row->max);
  for (const rl_option *other = part->rows->rows; other < row; other++) {
    assert_string_not_equal(other->name, row->name);
    /* two rows of one place would overwrite each other, unless a part has only one of them */
    assert_true(other->offset != row->offset || (other->traits & row->traits) == 0);
  }
}

static void every_row_has_its_name_unit_meaning_and_place(void **state) {
  (void)state;
  for_each(check_words);
}

static void check_value(const rl_part *part, const rl_option *row, void *memory) {
  (void)part;
  const double ends[] = {isfinite(row->min) ? row->min : -3.0, isfinite(row->max) ? row->max : 3.0};
  for (int k = 0; k < 2 && row->type != RL_OPTION_NAME; k++) {
    rl_error error;
    rl_option_set(memory, row, ends[k]);
    assert_near(rl_option_get(memory, row), is_real(row) ? (double)(float)ends[k] : ends[k], 0.0);
    assert_ok(rl_options_check_part(alone(row), memory, "here", &error));
  }
  rl_options_defaults(alone(row), memory);
  const double value = rl_option_get(memory, row);
  if (isnan(row->value))
    assert_true(isnan(value));
  else
    assert_near(value, is_real(row) ? (double)(float)row->value : row->value, 0.0);
}

static void every_row_gives_back_what_it_was_given(void **state) {
  (void)state;
  for_each(check_value);
}

static void assert_named(const rl_option *row, const void *memory, const char *fault) {
  rl_error error;
  char text[128];
  snprintf(text, sizeof text, "creature ant: leg: %s%s", row->name, fault);
  assert_refused(rl_options_check_part(alone(row), memory, "creature ant: leg", &error), RL_BAD_ARGUMENT,
                 text);
  if (isfinite(row->min) && isfinite(row->max) && *row->unit && *fault == ' ' && fault[1] == '\0')
    assert_non_null(strstr(error.message, row->unit));
}

static void check_range(const rl_part *part, const rl_option *row, void *memory) {
  (void)part;
  if (row->type == RL_OPTION_NAME) {
    memset((char *)memory + row->offset, 'x', RL_NAME);
    assert_named(row, memory, " is longer than 31 characters");
  }
  if (!is_real(row)) return;
  float *number = (float *)((char *)memory + row->offset) + (row->type == RL_OPTION_PAIR ? 1 : 0);
  *number = NAN;
  assert_named(row, memory, " is not finite");
  *number = INFINITY;
  assert_named(row, memory, " is not finite");
  *number = nextafterf((float)row->max, INFINITY);
  if (isfinite(row->max)) assert_named(row, memory, " ");
  *number = nextafterf((float)row->min, -INFINITY);
  if (isfinite(row->min)) assert_named(row, memory, " ");
}

static void every_row_holds_its_range_and_is_named_beyond_it(void **state) {
  (void)state;
  for_each(check_range);
}

static void a_part_has_the_defaults_of_its_rows(void **state) {
  (void)state;
  const rl_body body = rl_body_defaults();
  const rl_muscle muscle = rl_muscle_defaults();
  assert_near(body.friction, 0.9f, 0.0);
  assert_near(muscle.physiology.v_max, 12.0, 0.0); /* Geyer & Herr 2010 */
  assert_near(muscle.physiology.tau_activation, 0.01f, 0.0);
  assert_near(rl_gait_defaults().stance_load, 0.1f, 0.0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_has_its_name_unit_meaning_and_place),
      cmocka_unit_test(every_row_gives_back_what_it_was_given),
      cmocka_unit_test(every_row_holds_its_range_and_is_named_beyond_it),
      cmocka_unit_test(a_part_has_the_defaults_of_its_rows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
