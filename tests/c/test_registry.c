/* Every environment of the registry by its tables: fields and options are named and explained, fields stay
 * finite, options hold their ranges. */
#include "sim.h"

static void for_each(void (*check)(sim *s)) {
  static sim s;
  for (int i = 0; i < rl_registry_count(); i++) {
    open_named(&s, rl_registry_name(i));
    check(&s);
    close_sim(&s);
  }
}

static void check_words(const char *name, const char *unit, const char *meaning) {
  if (!name || !*name || !unit || !meaning || !*meaning) fail_msg("%s: a word is missing", name ? name : "?");
}

static void check_fields(sim *s) {
  const rl_env_def *def = s->def;
  for (int i = 0; i < def->n_fields; i++) {
    check_words(def->fields[i].name, def->fields[i].unit, def->fields[i].meaning);
    assert_int_equal(rl_env_find_field(def, def->fields[i].name), i); /* there is none other of the name */
    s->fields[i] = NAN;
  }
  rl_rng_init(&s->rng, 5, 1);
  def->reset(s->copy, s->options, &s->rng, &s->io);
  rl_rng_init(&s->actions, 6, 1);
  for (int step = 0; step < 20; step++) {
    float action[MOST];
    for (int i = 0; i < def->n_fields; i++)
      if (!isfinite(s->fields[i])) fail_msg("%s: field %s is not written", def->name, def->fields[i].name);
    if (def->action.kind != RL_BOX) rl_space_sample(&def->action, s->io.action_mask, &s->actions, action);
    for (int i = 0; i < def->action.size && def->action.kind == RL_BOX; i++)
      action[i] = 2.0f * rl_rng_uniform(&s->actions) - 1.0f;
    for (int i = 0; i < def->n_fields; i++) s->fields[i] = NAN;
    def->step(s->copy, action, &s->io);
  }
}

static void every_field_is_explained_and_written_at_every_step(void **state) {
  (void)state;
  for_each(check_fields);
}

/* But for those of a mask, which end it. */
static void check_observation(sim *s) {
  const int masks = s->def->action.masked ? rl_space_choices(&s->def->action) : 0;
  for (int i = 0; s->def->observation_names && i < s->def->observation.size - masks; i++)
    assert_true(rl_env_find_field(s->def, s->def->observation_names[i]) >= 0);
}

static void numbers_of_an_observation_are_called_as_fields(void **state) {
  (void)state;
  for_each(check_observation);
}

static void check_options(sim *s) {
  rl_error error;
  for (int i = 0; i < s->def->n_options; i++) {
    const rl_option *row = &s->def->options[i];
    check_words(row->name, row->unit, row->meaning);
    assert_true(row->live); /* env:set takes them all */
    assert_ptr_equal(rl_options_find(rl_env_options(s->def), row->name, &error), row);
    assert_true((row->type == RL_OPTION_CHOICE) == (row->choices != NULL));
    for (int k = 0; row->choices && row->choices[k]; k++) {
      assert_ok(rl_env_set_option(s->def, s->options, row->name, 0.0, row->choices[k], &error));
      assert_near(s->options[i], k, 0.0);
    }
    if (row->choices) continue;
    assert_ok(rl_env_set_option(s->def, s->options, row->name, row->max, NULL, &error));
    assert_near(s->options[i], row->max, 0.0);
    assert_ok(rl_env_set_option(s->def, s->options, row->name, row->value, NULL, &error));
    assert_refused(rl_env_set_option(s->def, s->options, row->name, row->min - 1.0, NULL, &error),
                   RL_BAD_ARGUMENT, row->name);
    if (row->type != RL_OPTION_NUMBER)
      assert_refused(rl_env_set_option(s->def, s->options, row->name, row->min + 0.5, NULL, &error),
                     RL_BAD_ARGUMENT, "is not a whole number");
    assert_near(s->options[i], row->value, 0.0);
  }
}

static void every_option_is_explained_and_holds_its_range(void **state) {
  (void)state;
  for_each(check_options);
}

static void an_old_name_of_an_option_gives_the_new_one(void **state) {
  (void)state;
  static const rl_option options[] = {{"gravity", "m/s^2", "downward", 9.81, 0.0, 20.0, .was = "g"}};
  const rl_env_def def = {.name = "falling", .options = options, .n_options = 1};
  double value = 1.0;
  rl_error error;
  assert_refused(rl_env_set_option(&def, &value, "g", 2.0, NULL, &error), RL_BAD_ARGUMENT,
                 "option g is called gravity since version 0.2");
  assert_near(value, 1.0, 0.0);
  assert_ok(rl_env_set_option(&def, &value, "gravity", 2.0, NULL, &error));
}

static void check_repeatable(sim *s) { assert_true(s->def->repeatable); }

static void all_of_them_repeat_an_episode(void **state) {
  (void)state;
  for_each(check_repeatable);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_field_is_explained_and_written_at_every_step),
      cmocka_unit_test(numbers_of_an_observation_are_called_as_fields),
      cmocka_unit_test(every_option_is_explained_and_holds_its_range),
      cmocka_unit_test(an_old_name_of_an_option_gives_the_new_one),
      cmocka_unit_test(all_of_them_repeat_an_episode),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
