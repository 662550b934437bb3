/* The vectoriser with two environments small enough to work out by hand: a counter that ends at a set step,
 * and the noisy point of toy_env.h. Restarts, ends, sums, the judge, what is refused, and the bytes: the
 * same for any number of threads, and the same after saving and loading in the middle of episodes
 * as without. */
#include "env/vec_env.h"

#include "base/parallel.h"
#include "check.h"
#include "snapshot.h"
#include "toy_env.h"

#include <stdatomic.h>

/* A counter: observes its step and a tag drawn when the episode began, earns the step's number, odd steps
 * under one term and even ones under another, and ends at step `end`, with or without a successor. One of
 * three choices is asked for and not used. */
enum { END, KIND, COUNTER_OPTIONS };

typedef struct counter {
  int step, end;
  bool truncates;
  float tag;
} counter;

static void counter_show(const counter *c, rl_env_io *io) {
  io->observation[0] = io->fields[0] = (float)c->step;
  io->observation[1] = c->tag;
}

static rl_status counter_create(void **self, const rl_env_def *def, rl_error *error) {
  return rl_env_allocate(self, sizeof(counter), def, error);
}

static void counter_reset(void *self, const double *options, rl_rng *rng, rl_env_io *io) {
  counter *c = self;
  *c = (counter){0, (int)options[END], options[KIND] > 0.0, rl_rng_uniform(rng)};
  io->terms[0] = io->terms[1] = 0.0f;
  counter_show(c, io);
}

static void counter_step(void *self, const float *action, rl_env_io *io) {
  counter *c = self;
  (void)action;
  c->step++;
  io->reward = c->step;
  io->terms[c->step % 2 ? 0 : 1] = (float)c->step;
  io->terminated = c->step == c->end && !c->truncates;
  io->truncated = c->step == c->end && c->truncates;
  counter_show(c, io);
}

static const rl_field counter_fields[] = {{"step", "", "steps since the reset"}};
static const char *const kinds[] = {"terminated", "truncated", NULL};
static const rl_option counter_options[] = {
    {"end", "steps", "length of an episode", 3, 1, 100, .type = RL_OPTION_INTEGER, .live = true},
    {"kind", "", "how it ends", 0, 0, 1, kinds, RL_OPTION_CHOICE, .live = true}};
static const char *const counter_terms[] = {"odd", "even"};
static const rl_env_def counter_def = {.name = "counter",
                                       .observation = {.kind = RL_BOX, .size = 2, .low = 0.0f, .high = 1e9f},
                                       .action = {.kind = RL_DISCRETE, .size = 3},
                                       .fields = counter_fields,
                                       .n_fields = 1,
                                       .options = counter_options,
                                       .n_options = COUNTER_OPTIONS,
                                       .terms = counter_terms,
                                       .n_terms = 2,
                                       .create = counter_create,
                                       .free = rl_release,
                                       .repeatable = true,
                                       .reset = counter_reset,
                                       .step = counter_step,
                                       .dt = toy_dt};

static rl_vec_env *env_new(const rl_env_def *def, int n, const double *options) {
  rl_vec_env *env;
  rl_error error;
  assert_ok(rl_vec_env_create(&env, def, n, 1, 0, options, &error));
  return env;
}

static rl_vec_env *counter_new(int n, int end, int kind) {
  rl_vec_env *env = env_new(&counter_def, n, (double[]){end, kind});
  rl_vec_env_reset(env, NULL);
  return env;
}

static const float no_choice[16] = {0};

static void step(rl_vec_env *env, const float *action) {
  rl_error error;
  assert_ok(rl_vec_env_step(env, action, &error));
}

static void a_finished_copy_restarts_and_its_last_state_is_kept(void **state) {
  (void)state;
  rl_vec_env *env = counter_new(2, 3, 0);
  const rl_vec_view *view = rl_vec_env_view(env);
  float tags[2] = {view->observation[1], view->observation[3]};
  assert_true(tags[0] != tags[1]); /* copies have streams of their own */
  for (int t = 1; t <= 2; t++) {
    step(env, no_choice);
    assert_true(view->observation[0] == (float)t && view->reward[0] == (float)t && !view->terminated[0]);
  }
  step(env, no_choice);
  for (int i = 0; i < 2; i++) {
    assert_true(view->terminated[i] && !view->truncated[i] && !view->idle[i]);
    assert_true(view->reward[i] == 3.0f && view->terms[i * RL_MAX_TERMS] == 3.0f);
    assert_true(view->final_observation[2 * i] == 3.0f && view->final_observation[2 * i + 1] == tags[i]);
    assert_true(view->final_fields[i] == 3.0f);
    assert_true(view->observation[2 * i] == 0.0f && view->observation[2 * i + 1] != tags[i]);
    assert_true(view->fields[i] == 0.0f);
  }
  step(env, no_choice);
  assert_true(view->observation[0] == 1.0f && !view->terminated[0] && view->reward[0] == 1.0f);
  rl_vec_env_free(env);
}

static void an_end_is_terminated_or_truncated_as_the_environment_says(void **state) {
  (void)state;
  for (int kind = 0; kind < 2; kind++) {
    rl_vec_env *env = counter_new(1, 1, kind);
    const rl_vec_view *view = rl_vec_env_view(env);
    step(env, no_choice);
    assert_int_equal(view->terminated[0], kind == 0);
    assert_int_equal(view->truncated[0], kind == 1);
    rl_vec_env_free(env);
  }
}

/* An episode of four steps earns 1, then 3, 6 and 10 so far; odd steps 1 + 3, even ones 2 + 4. */
static void the_books_are_right_over_several_episodes(void **state) {
  (void)state;
  rl_vec_env *env = counter_new(3, 4, 1);
  const rl_vec_view *view = rl_vec_env_view(env);
  const double totals[4] = {1, 3, 6, 10}, odd[4] = {1, 1, 4, 4}, even[4] = {0, 2, 2, 6};
  for (int t = 0; t < 12; t++) {
    step(env, no_choice);
    for (int i = 0; i < 3; i++) {
      assert_near(view->episode_return[i], totals[t % 4], 0.0);
      assert_near(view->episode_terms[i * RL_MAX_TERMS], odd[t % 4], 0.0);
      assert_near(view->episode_terms[i * RL_MAX_TERMS + 1], even[t % 4], 0.0);
      assert_int_equal(view->episode_length[i], t % 4 + 1);
      assert_int_equal(view->truncated[i], t % 4 == 3);
    }
  }
  rl_vec_env_free(env);
}

static void without_restart_a_finished_copy_rests_until_the_reset(void **state) {
  (void)state;
  rl_vec_env *env = counter_new(2, 2, 0);
  const rl_vec_view *view = rl_vec_env_view(env);
  rl_vec_env_set_restart(env, false);
  step(env, no_choice);
  step(env, no_choice);
  assert_true(view->terminated[0] && view->reward[0] == 2.0f && view->final_observation[0] == 2.0f);
  for (int t = 0; t < 3; t++) {
    step(env, no_choice);
    for (int i = 0; i < 2; i++) {
      assert_true(view->idle[i] && !view->terminated[i] && !view->truncated[i] && view->reward[i] == 0.0f);
      assert_true(view->terms[i * RL_MAX_TERMS] == 0.0f && view->observation[2 * i] == 2.0f);
      assert_near(view->episode_return[i], 3.0, 0.0);
      assert_int_equal(view->episode_length[i], 2);
    }
  }
  rl_vec_env_reset(env, NULL);
  assert_true(!view->idle[0] && view->observation[0] == 0.0f && view->episode_length[0] == 0);
  step(env, no_choice);
  assert_true(view->reward[0] == 1.0f && view->episode_length[0] == 1);
  rl_vec_env_free(env);
}

static void options_take_effect_at_each_copys_next_reset(void **state) {
  (void)state;
  rl_vec_env *env = counter_new(1, 3, 0);
  const rl_vec_view *view = rl_vec_env_view(env);
  rl_error error;
  step(env, no_choice);
  assert_ok(rl_env_set_option(&counter_def, rl_vec_env_options(env), "end", 2, NULL, &error));
  assert_ok(rl_env_set_option(&counter_def, rl_vec_env_options(env), "kind", 0, "truncated", &error));
  step(env, no_choice);
  assert_false(view->terminated[0] || view->truncated[0]); /* still the episode of three */
  step(env, no_choice);
  assert_true(view->terminated[0]);
  step(env, no_choice);
  step(env, no_choice);
  assert_true(view->truncated[0] && view->episode_length[0] == 2);
  rl_vec_env_free(env);
}

static void defaults_are_used_when_no_options_are_given(void **state) {
  (void)state;
  rl_vec_env *env = env_new(&counter_def, 1, NULL);
  rl_vec_env_reset(env, NULL);
  for (int t = 0; t < 3; t++) step(env, no_choice);
  assert_true(rl_vec_env_view(env)->terminated[0]);
  rl_vec_env_free(env);
}

/* A judge of the counter: pays ten times the step plus the action, and ends at its own step. */
typedef struct strict {
  float end;  /* terminates there; -1: leaves the environment's */
  double bad; /* if not 0: what step 2 of copy 1 earns */
  bool fails; /* at that same step */
  int calls;
} strict;

static rl_status strict_judge(void *context, rl_judgement *judgement, rl_error *error) {
  strict *s = context;
  s->calls++;
  judgement->terms[0] = 10.0f * judgement->fields[0];
  judgement->terms[1] = judgement->action[0];
  bool odd_case = judgement->copy == 1 && judgement->fields[0] == 2.0f;
  if (s->fails && odd_case) return rl_fail(error, RL_CALLBACK, "the judge has left");
  judgement->reward = (double)judgement->terms[0] + (double)judgement->terms[1];
  if (s->bad != 0.0 && odd_case) judgement->reward = s->bad;
  if (s->end >= 0.0f) judgement->terminated = judgement->fields[0] >= s->end;
  return RL_OK;
}

static int two_terms(void *context) {
  (void)context;
  return 2;
}

static const char *judge_term(void *context, int index) {
  (void)context;
  return index ? "action" : "tens";
}

static rl_vec_env *judged_new(strict *s, int end, int kind) {
  rl_vec_env *env = counter_new(2, end, kind);
  rl_vec_env_set_judge(
      env, &(rl_judge){.context = s, .judge = strict_judge, .n_terms = two_terms, .term_name = judge_term});
  return env;
}

static void a_judge_replaces_reward_and_terms(void **state) {
  (void)state;
  strict s = {.end = -1};
  rl_vec_env *env = judged_new(&s, 3, 0);
  const rl_vec_view *view = rl_vec_env_view(env);
  assert_int_equal(rl_vec_env_n_terms(env), 2);
  assert_string_equal(rl_vec_env_term_name(env, 1), "action");
  for (int t = 0; t < 3; t++) step(env, (float[]){2, 1});
  assert_true(view->terminated[0] && view->terminated[1]); /* the environment's own end holds */
  assert_true(view->reward[0] == 32.0f && view->reward[1] == 31.0f);
  assert_near(view->episode_return[0], 60 + 6, 0.0);
  assert_near(view->episode_terms[RL_MAX_TERMS], 60, 0.0);
  assert_near(view->episode_terms[RL_MAX_TERMS + 1], 3, 0.0);
  assert_int_equal(s.calls, 6);
  rl_vec_env_set_judge(env, NULL);
  assert_string_equal(rl_vec_env_term_name(env, 1), "even");
  step(env, no_choice);
  assert_true(view->reward[0] == 1.0f);
  rl_vec_env_free(env);
}

/* The same judge, asked by threads: it counts who asks, and accepts or not. */
typedef struct shared {
  strict alone; /* first: its context */
  atomic_int asked;
  bool may, accepts;
  rl_status ends; /* what accept returns */
} shared;

static bool shared_begin(void *context) { return ((shared *)context)->may; }

static void shared_ask(void *context, int worker, rl_judgement *judgement) {
  shared *s = context;
  strict copy = s->alone;
  rl_error error;
  (void)worker;
  atomic_fetch_add(&s->asked, 1);
  if (s->accepts)
    strict_judge(&copy, judgement, &error);
  else
    judgement->reward = judgement->terms[0] = 1e9f; /* to be thrown away */
}

static rl_status shared_accept(void *context, bool *accepted, rl_error *error) {
  const shared *s = context;
  *accepted = s->accepts && !s->ends;
  return s->ends ? rl_fail(error, s->ends, "interrupted") : RL_OK;
}

static void what_threads_asked_a_judge_counts_if_it_is_accepted(void **state) {
  (void)state;
  enum { N = 5 };
  for (int k = 0; k < 4; k++) { /* bit 0: threads may ask; bit 1: it is accepted */
    shared s = {.alone = {.end = 4}, .may = k & 1, .accepts = k & 2};
    strict alone = {.end = 4};
    rl_vec_env *env = counter_new(N, 6, 0), *other = counter_new(N, 6, 0);
    rl_vec_env_set_judge(
        other,
        &(rl_judge){.context = &alone, .judge = strict_judge, .n_terms = two_terms, .term_name = judge_term});
    rl_vec_env_set_judge(env, &(rl_judge){.context = &s,
                                          .judge = strict_judge,
                                          .n_terms = two_terms,
                                          .term_name = judge_term,
                                          .begin = shared_begin,
                                          .ask = shared_ask,
                                          .accept = shared_accept});
    rl_set_threads(3);
    const rl_vec_view *a = rl_vec_env_view(env), *b = rl_vec_env_view(other);
    for (int t = 0; t < 9; t++) {
      const float action[N] = {2, 1, 0, 1, 2};
      step(env, action);
      step(other, action);
      assert_memory_equal(a->reward, b->reward, N * sizeof(float));
      assert_memory_equal(a->terms, b->terms, N * RL_MAX_TERMS * sizeof(float));
      assert_memory_equal(a->terminated, b->terminated, N);
      assert_memory_equal(a->observation, b->observation, N * sizeof(float));
      assert_memory_equal(a->episode_return, b->episode_return, N * sizeof(double));
      assert_memory_equal(a->episode_terms, b->episode_terms, N * RL_MAX_TERMS * sizeof(double));
      assert_memory_equal(a->episode_length, b->episode_length, N * sizeof(int64_t));
    }
    assert_int_equal(atomic_load(&s.asked), s.may ? 9 * N : 0);
    assert_int_equal(s.alone.calls, s.may && s.accepts ? 0 : 9 * N);
    rl_vec_env_free(env);
    rl_vec_env_free(other);
  }
  rl_set_threads(1);
}

static void a_judge_that_threads_asked_may_fail(void **state) {
  (void)state;
  rl_error error;
  for (int k = 0; k < 2; k++) {
    shared s = {.alone = {.end = -1, .bad = k ? (double)NAN : 0.0}, .may = true, .accepts = true};
    if (!k) s.ends = RL_INTERRUPTED;
    rl_vec_env *env = counter_new(3, 6, 0);
    rl_vec_env_set_judge(env, &(rl_judge){.context = &s,
                                          .judge = strict_judge,
                                          .n_terms = two_terms,
                                          .term_name = judge_term,
                                          .begin = shared_begin,
                                          .ask = shared_ask,
                                          .accept = shared_accept});
    rl_set_threads(2);
    const float action[3] = {1, 1, 1};
    rl_status status = RL_OK;
    for (int t = 0; t < 2 && !status; t++) status = rl_vec_env_step(env, action, &error);
    assert_int_equal(status, k ? RL_NOT_FINITE : RL_INTERRUPTED);
    if (k) assert_string_equal(error.message, "reward of copy 2 is nan");
    assert_int_equal(rl_vec_env_step(env, action, &error), RL_BAD_ARGUMENT); /* reset first */
    rl_vec_env_free(env);
  }
  rl_set_threads(1);
}

static void a_judge_may_end_an_episode_or_let_it_go_on(void **state) {
  (void)state;
  strict s = {.end = 5};
  rl_vec_env *env = judged_new(&s, 3, 0);
  const rl_vec_view *view = rl_vec_env_view(env);
  for (int t = 0; t < 4; t++) step(env, no_choice);
  assert_true(!view->terminated[0] && view->observation[0] == 4.0f); /* past the environment's end at 3 */
  step(env, no_choice);
  assert_true(view->terminated[0] && view->episode_length[0] == 5);
  rl_vec_env_free(env);
  s.end = 2;
  env = judged_new(&s, 2, 1); /* both at step 2: the task has ended, nothing comes after */
  view = rl_vec_env_view(env);
  step(env, no_choice);
  step(env, no_choice);
  assert_true(view->terminated[0] && !view->truncated[0]);
  rl_vec_env_free(env);
}

static void a_reward_that_is_no_float_is_refused_and_asks_for_a_reset(void **state) {
  (void)state;
  const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 1e300};
  for (int i = 0; i < 4; i++) {
    strict s = {.end = -1, .bad = bad[i]};
    rl_error error;
    rl_vec_env *env = judged_new(&s, 3, 0);
    step(env, no_choice);
    assert_refused(rl_vec_env_step(env, no_choice, &error), RL_NOT_FINITE, "reward of copy 2");
    assert_false(rl_vec_env_is_reset(env));
    assert_refused(rl_vec_env_step(env, no_choice, &error), RL_BAD_ARGUMENT, "reset");
    s.bad = 0.0;
    rl_vec_env_reset(env, NULL);
    step(env, no_choice);
    assert_near(rl_vec_env_view(env)->episode_return[1], 10.0, 0.0);
    rl_vec_env_free(env);
  }
}

static void a_judge_that_fails_stops_the_step_with_its_message(void **state) {
  (void)state;
  strict s = {.end = -1, .fails = true};
  rl_error error;
  rl_vec_env *env = judged_new(&s, 3, 0);
  step(env, no_choice);
  assert_refused(rl_vec_env_step(env, no_choice, &error), RL_CALLBACK, "the judge has left");
  assert_false(rl_vec_env_is_reset(env));
  rl_vec_env_free(env);
}

static void bad_actions_are_refused_before_anything_moves(void **state) {
  (void)state;
  rl_error error;
  rl_env_def toy_env = toy_box();
  rl_vec_env *box = env_new(&toy_env, 2, NULL), *choice = counter_new(2, 9, 0);
  assert_refused(rl_vec_env_step(box, no_choice, &error), RL_BAD_ARGUMENT, "reset");
  rl_vec_env_reset(box, NULL);
  float before[4];
  memcpy(before, rl_vec_env_view(box)->observation, sizeof before);
  assert_refused(rl_vec_env_step(box, (float[]){0, NAN}, &error), RL_NOT_FINITE, "copy 2");
  assert_refused(rl_vec_env_step(box, (float[]){INFINITY, 0}, &error), RL_NOT_FINITE, "action 1 of copy 1");
  assert_memory_equal(before, rl_vec_env_view(box)->observation, sizeof before);
  const float bad[] = {3.0f, -1.0f, 0.5f, 1e10f};
  for (int i = 0; i < 4; i++)
    assert_refused(rl_vec_env_step(choice, (float[]){0, bad[i]}, &error), RL_BAD_ARGUMENT, "copy 2");
  assert_true(rl_vec_env_view(choice)->observation[0] == 0.0f &&
              rl_vec_env_view(choice)->episode_length[0] == 0);
  step(choice, (float[]){2, 0});
  assert_true(rl_vec_env_view(choice)->observation[0] == 1.0f);
  rl_vec_env_free(box);
  rl_vec_env_free(choice);
}

static void box_actions_are_clamped_to_the_bounds(void **state) {
  (void)state;
  rl_env_def def = toy_box();
  rl_vec_env *env = env_new(&def, 2, (double[]){0.0, 100.0});
  rl_vec_env_reset(env, NULL);
  const rl_vec_view *view = rl_vec_env_view(env);
  step(env, (float[]){50.0f, -1e30f});
  assert_true(view->fields[TOY_V] == 0.2f &&
              view->fields[TOY_FIELDS + TOY_V] == -0.2f); /* .2 times the push */
  rl_vec_env_free(env);
}

static void a_number_of_copies_out_of_range_is_refused(void **state) {
  (void)state;
  rl_vec_env *env;
  rl_error error;
  assert_refused(rl_vec_env_create(&env, &counter_def, 0, 1, 0, NULL, &error), RL_BAD_ARGUMENT, "0 copies");
  assert_null(env);
  assert_refused(rl_vec_env_create(&env, &counter_def, 65537, 1, 0, NULL, &error), RL_BAD_ARGUMENT, "65537");
}

enum { COPIES = 8, SNAPSHOT = COPIES * SNAPSHOT_OF_A_COPY };

/* Pushes towards 0 and a little at random, from a stream of their own. */
static void random_steps(rl_vec_env *env, rl_rng *rng, int steps) {
  for (int t = 0; t < steps; t++) {
    float action[COPIES];
    fill_normal(rng, action, COPIES, 0.8f);
    step(env, action);
  }
}

static void results_are_the_same_bytes_for_any_number_of_threads(void **state) {
  (void)state;
  static unsigned char seen[3][SNAPSHOT];
  rl_env_def def = toy_box();
  for (int threads = 1; threads <= 3; threads++) {
    rl_set_threads(threads);
    rl_rng rng;
    rl_rng_init(&rng, 77, 0);
    rl_vec_env *env = env_new(&def, COPIES, NULL);
    rl_vec_env_reset(env, NULL);
    random_steps(env, &rng, 60);
    size_t size = snapshot(env, seen[threads - 1]);
    assert_true(size < SNAPSHOT);
    assert_memory_equal(seen[0], seen[threads - 1], size);
    rl_vec_env_free(env);
  }
  rl_set_threads(1);
}

static void copies_of_later_streams_are_other_copies(void **state) {
  (void)state;
  rl_env_def def = toy_box();
  rl_vec_env *all = env_new(&def, 4, NULL), *later;
  rl_error error;
  assert_ok(rl_vec_env_create(&later, &def, 2, 1, 2, NULL, &error));
  rl_vec_env_reset(all, NULL);
  rl_vec_env_reset(later, NULL);
  assert_memory_equal(rl_vec_env_view(all)->observation + 4, rl_vec_env_view(later)->observation,
                      4 * sizeof(float));
  rl_vec_env_free(all);
  rl_vec_env_free(later);
}

/* Saves after `before` steps, loads into a fresh vectoriser of another seed and other options, and lets both
 * go on. */
static void check_continuation(bool restart, int before, int threads) {
  static unsigned char want[SNAPSHOT], got[SNAPSHOT];
  rl_env_def def = toy_box();
  rl_error error;
  rl_rng rng;
  rl_rng_init(&rng, 78, 0);
  rl_set_threads(threads);
  rl_vec_env *first = env_new(&def, COPIES, (double[]){0.2, 12.0}), *second;
  assert_ok(rl_vec_env_create(&second, &def, COPIES, 999, 0, NULL, &error));
  rl_vec_env_set_restart(first, restart);
  rl_vec_env_set_restart(second, restart);
  rl_vec_env_reset(first, NULL);
  random_steps(first, &rng, before);
  rl_vec_env_options(first)[TOY_LIMIT] = 17.0; /* set, and not yet taken up by every copy */
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_vec_env_save(first, archive, "env", &error));
  assert_ok(rl_vec_env_load(second, archive, "env", &error));
  for (int part = 0; part < 3; part++) {
    size_t size = snapshot(first, want);
    snapshot(second, got);
    assert_memory_equal(got, want, size);
    rl_rng again = rng;
    random_steps(first, &rng, 9);
    random_steps(second, &again, 9);
  }
  rl_archive_free(archive);
  rl_vec_env_free(first);
  rl_vec_env_free(second);
  rl_set_threads(1);
}

/* With a limit of 12 all copies have just restarted after 12 steps if none fell out; with this noise some do,
 * so most counts of steps leave some copies restarted and others in mid-episode, or idle and others not. */
static void a_loaded_state_continues_with_the_same_bytes_as_one_that_never_stopped(void **state) {
  (void)state;
  for (int before = 0; before <= 26; before++) {
    int threads = before % 9 == 5 ? 2 : 1;
    check_continuation(true, before, threads);
    check_continuation(false, before, threads);
  }
}

static void a_long_episode_is_saved_whole(void **state) {
  (void)state;
  rl_env_def def = toy_box();
  rl_error error;
  const double options[] = {0.0, 10000.0};
  const float left[] = {-0.01f}, right[] = {0.01f};
  rl_vec_env *first = env_new(&def, 1, options), *second = env_new(&def, 1, NULL);
  rl_archive *archive = rl_archive_new();
  rl_vec_env_reset(first, NULL);
  for (int t = 0; t < 5000; t++) step(first, t % 3 == 0 ? left : t % 3 == 1 ? right : no_choice);
  assert_int_equal(rl_vec_env_view(first)->episode_length[0], 5000); /* the history has grown several times */
  assert_ok(rl_vec_env_save(first, archive, "env", &error));
  assert_ok(rl_vec_env_load(second, archive, "env", &error));
  assert_memory_equal(rl_vec_env_view(first)->observation, rl_vec_env_view(second)->observation,
                      2 * sizeof(float));
  rl_archive_free(archive);
  rl_vec_env_free(first);
  rl_vec_env_free(second);
}

/* Before the first reset, after episodes that nothing follows, and after a group's, which leaves the copies
 * with streams that are not their own: both then begin the same episodes. */
static void copies_that_wait_for_a_reset_are_saved_as_such(void **state) {
  (void)state;
  static unsigned char want[SNAPSHOT], got[SNAPSHOT];
  rl_env_def def = toy_box();
  rl_error error;
  for (int k = 0; k < 3; k++) {
    rl_vec_env *first = env_new(&def, COPIES, NULL), *second;
    rl_archive *archive = rl_archive_new();
    rl_rng rng;
    rl_rng_init(&rng, 79, 0);
    assert_ok(rl_vec_env_create(&second, &def, COPIES, 999, 0, NULL, &error));
    if (k > 0) assert_ok(rl_vec_env_reset_groups(first, k == 1 ? 1 : 4, &error));
    if (k > 0) random_steps(first, &rng, 10);
    rl_vec_env_abandon(first);
    rl_vec_env_reset(second, NULL);
    assert_ok(rl_vec_env_save(first, archive, "env", &error));
    assert_ok(rl_vec_env_load(second, archive, "env", &error));
    assert_false(rl_vec_env_is_reset(second));
    assert_ok(rl_vec_env_reset(first, &error));
    assert_ok(rl_vec_env_reset(second, &error));
    assert_memory_equal(rl_vec_env_view(first)->observation, rl_vec_env_view(second)->observation,
                        COPIES * 2 * sizeof(float));
    rl_rng again = rng;
    random_steps(first, &rng, 40);
    random_steps(second, &again, 40);
    size_t size = snapshot(first, want);
    snapshot(second, got);
    assert_memory_equal(got, want, size);
    rl_archive_free(archive);
    rl_vec_env_free(first);
    rl_vec_env_free(second);
  }
}

/* A failed load changes nothing. */
/* Options are in files by their places: one that has come since is the last. */
static void a_state_without_the_latest_option_has_its_default(void **state) {
  (void)state;
  rl_error error;
  const rl_env_def def = toy_box();
  rl_option rows[TOY_OPTIONS + 1];
  rl_env_def later = def;
  memcpy(rows, def.options, TOY_OPTIONS * sizeof *rows);
  rows[TOY_OPTIONS] = (rl_option){"new", "", "", .value = 7.0, .min = 0.0, .max = 9.0};
  later.options = rows;
  later.n_options++;
  rl_vec_env *before = env_new(&def, COPIES, (double[]){0.2, 12.0});
  rl_vec_env *after = env_new(&later, COPIES, (double[]){0.1, 5.0, 3.0});
  rl_vec_env_reset(before, NULL);
  rl_archive *archive = rl_archive_new();
  assert_ok(rl_vec_env_save(before, archive, "env", &error));
  assert_ok(rl_vec_env_load(after, archive, "env", &error));
  assert_memory_equal(rl_vec_env_options(after), ((double[]){0.2, 12.0, 7.0}), 3 * sizeof(double));
  rl_archive_free(archive);
  rl_vec_env_free(before);
  rl_vec_env_free(after);
}

static void assert_load_refused(rl_vec_env *env, const rl_archive *archive, const char *text) {
  static unsigned char before[SNAPSHOT], after[SNAPSHOT];
  rl_error error;
  step(env, no_choice);
  rl_vec_env_options(env)[END] = 5;
  size_t size = snapshot(env, before);
  assert_refused(rl_vec_env_load(env, archive, "env", &error), RL_BAD_FORMAT, text);
  snapshot(env, after);
  assert_memory_equal(before, after, size);
  assert_near(rl_vec_env_options(env)[END], 5, 0.0);
}

/* Two copies of the counter; copy 1 has just restarted in the last of `steps` steps when `restarted`. */
static rl_archive *saved_counter(int n, int end, int steps) {
  rl_error error;
  rl_vec_env *env = counter_new(n, end, 0);
  rl_archive *archive = rl_archive_new();
  for (int t = 0; t < steps; t++) step(env, no_choice);
  assert_ok(rl_vec_env_save(env, archive, "env", &error));
  rl_vec_env_free(env);
  return archive;
}

static void states_of_others_are_refused(void **state) {
  (void)state;
  rl_error error;
  rl_vec_env *env = counter_new(2, 3, 0);
  rl_archive *empty = rl_archive_new(), *renamed = saved_counter(2, 3, 2), *of_three = saved_counter(3, 3, 2);
  assert_ok(rl_archive_put_string(renamed, "env.name", "pendulum", &error));
  assert_load_refused(env, empty, "counter");
  assert_load_refused(env, renamed, "pendulum");
  assert_load_refused(env, of_three, "env: 3 copies of counter there, 2 here");
  rl_archive_free(empty);
  rl_archive_free(renamed);
  rl_archive_free(of_three);
  rl_vec_env_free(env);
}

static void altered_states_are_refused(void **state) {
  (void)state;
  rl_error error;
  const float nan_actions[4] = {0, 0, NAN, 0}, choice_out_of_range[4] = {0, 0, 7, 0};
  const double end_of_zero[2] = {0, 0}, nan_options[4] = {3, 0, (double)NAN, 0};
  const int64_t negative[2] = {-1, 5}, too_long[2] = {2, 3}, too_short[2] = {2, 1};
  const uint8_t odd_flag[2] = {0, 7}, both[2] = {1, 0};
  const uint64_t bad_stream[4 * RL_RNG_WORDS] = {0, 0, 0, 0, 0, UINT64_MAX};
  const struct {
    const char *name;
    rl_dtype dtype;
    int ndim;
    int64_t shape[2];
    const void *data;
  } changes[] = {
      {"env.actions", RL_F32, 2, {4, 1}, nan_actions},
      {"env.actions", RL_F32, 2, {4, 1}, choice_out_of_range},
      {"env.actions", RL_F32, 2, {2, 2}, no_choice},
      {"env.actions", RL_F32, 2, {3, 1}, no_choice},
      {"env.options", RL_F64, 1, {2, 0}, end_of_zero},
      {"env.options_in_use", RL_F64, 2, {2, 2}, nan_options},
      {"env.episode_length", RL_I64, 1, {2, 0}, negative},
      {"env.episode_length", RL_I64, 1, {2, 0}, too_long},
      {"env.episode_length", RL_I64, 1, {2, 0}, too_short},
      {"env.terminated", RL_U8, 1, {2, 0}, odd_flag},
      {"env.idle", RL_U8, 1, {2, 0}, odd_flag},
      {"env.streams", RL_U64, 2, {2, 2 * RL_RNG_WORDS}, bad_stream},
      {"env.streams", RL_U64, 1, {RL_RNG_WORDS, 0}, bad_stream},
      {"env.episode_return", RL_F32, 1, {2, 0}, no_choice},
  };
  rl_vec_env *env = counter_new(2, 3, 0);
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    rl_archive *archive = saved_counter(2, 9, 2);
    assert_ok(rl_archive_put(archive, changes[i].name, changes[i].dtype, changes[i].ndim, changes[i].shape,
                             changes[i].data, &error));
    assert_load_refused(env, archive, "");
    rl_archive_free(archive);
  }
  rl_archive *archive =
      saved_counter(2, 2, 2); /* all copies restarted: the books show the finished episodes */
  assert_ok(rl_archive_put(archive, "env.episode_length", RL_I64, 1, (int64_t[]){2}, negative, &error));
  assert_load_refused(env, archive, "");
  assert_ok(rl_archive_put(archive, "env.truncated", RL_U8, 1, (int64_t[]){2}, both, &error));
  assert_load_refused(env, archive, "");
  rl_archive_free(archive);
  rl_vec_env_free(env);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_finished_copy_restarts_and_its_last_state_is_kept),
      cmocka_unit_test(an_end_is_terminated_or_truncated_as_the_environment_says),
      cmocka_unit_test(the_books_are_right_over_several_episodes),
      cmocka_unit_test(without_restart_a_finished_copy_rests_until_the_reset),
      cmocka_unit_test(options_take_effect_at_each_copys_next_reset),
      cmocka_unit_test(defaults_are_used_when_no_options_are_given),
      cmocka_unit_test(a_judge_replaces_reward_and_terms),
      cmocka_unit_test(what_threads_asked_a_judge_counts_if_it_is_accepted),
      cmocka_unit_test(a_judge_that_threads_asked_may_fail),
      cmocka_unit_test(a_judge_may_end_an_episode_or_let_it_go_on),
      cmocka_unit_test(a_reward_that_is_no_float_is_refused_and_asks_for_a_reset),
      cmocka_unit_test(a_judge_that_fails_stops_the_step_with_its_message),
      cmocka_unit_test(bad_actions_are_refused_before_anything_moves),
      cmocka_unit_test(box_actions_are_clamped_to_the_bounds),
      cmocka_unit_test(a_number_of_copies_out_of_range_is_refused),
      cmocka_unit_test(results_are_the_same_bytes_for_any_number_of_threads),
      cmocka_unit_test(copies_of_later_streams_are_other_copies),
      cmocka_unit_test(a_loaded_state_continues_with_the_same_bytes_as_one_that_never_stopped),
      cmocka_unit_test(a_long_episode_is_saved_whole),
      cmocka_unit_test(copies_that_wait_for_a_reset_are_saved_as_such),
      cmocka_unit_test(a_state_without_the_latest_option_has_its_default),
      cmocka_unit_test(states_of_others_are_refused),
      cmocka_unit_test(altered_states_are_refused),
  };
  rl_set_threads(
      1); /* but where threads are the question: waiting ones spin, and a busy machine makes that slow */
  return cmocka_run_group_tests(tests, NULL, NULL);
}
