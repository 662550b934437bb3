/* A step of all worlds: actions are taken in, each world is stepped and its sums kept; the judge is asked, on threads or here; and
 * where an episode has ended the next begins. */
#include "env/vec_env_internal.h"

#include "base/memory.h"

#include <limits.h>
#include <math.h>
#include <string.h>
#include <time.h>

bool rl_vec_env_is_over(const rl_vec_env *env, int row) {
  if (env->world) return rl_vec_env_is_over(env->world, first_row(env->world, row));
  const int first = first_row(env, row / env->agents);
  for (int i = first; i < first + env->agents; i++)
    if (!env->idle[i]) return false;
  return true;
}

rl_env_io rl_vec_env_row_io(rl_vec_env *env, int row) {
  size_t k = (size_t)row;
  return (rl_env_io){.observation = env->observation + k * obs_size(env),
                     .action_mask = rl_env_mask(env->def, env->observation + k * obs_size(env)),
                     .fields = env->fields + k * n_fields(env),
                     .terms = env->terms + k * RL_MAX_TERMS,
                     .error = env->error,
                     .copy = row / env->agents,
                     .over = env->agents > 1 && env->idle[k]};
}

void rl_vec_env_io(rl_vec_env *env, int world, rl_env_io io[RL_MAX_AGENTS], rl_terms *terms) {
  for (int a = 0; a < env->agents; a++) {
    io[a] = rl_vec_env_row_io(env, first_row(env, world) + a);
    if (terms) io[a].terms = terms[a];
  }
}

/* Adds the reward of a step to the sums of its episode; false when it is not finite. */
static bool settle(rl_vec_env *env, int i) {
  env->reward[i] = (float)env->judged_reward[i];
  if (!isfinite(env->reward[i])) return false; /* a double may be too large for a float */
  if (env->terminated[i]) env->truncated[i] = 0;
  env->episode_return[i] += env->judged_reward[i];
  env->episode_length[i]++;
  const int n_terms = rl_vec_env_n_terms(env);
  for (int k = 0; k < n_terms; k++) {
    size_t at = (size_t)i * RL_MAX_TERMS + (size_t)k;
    env->episode_terms[at] += (double)env->terms[at];
  }
  return true;
}

static bool has_ended(const rl_vec_env *env, int i) { return env->terminated[i] || env->truncated[i]; }

/* The end of one is that of all who are still there. */
static void end_together(rl_vec_env *env, int world) {
  const int first = first_row(env, world), end = first_row(env, world + 1);
  bool terminated = false, truncated = false;
  for (int i = first; i < end; i++) {
    terminated = terminated || env->terminated[i];
    truncated = truncated || env->truncated[i];
  }
  for (int i = first; i < end && (terminated || truncated); i++) {
    if (env->idle[i]) continue;
    env->terminated[i] = terminated;
    env->truncated[i] = !terminated;
  }
}

/* The last states of those who have ended are kept; where all have, the next episode begins. */
static void finish(rl_vec_env *env, int world) {
  const int first = first_row(env, world), end = first_row(env, world + 1);
  bool any = false, over = true;
  if (env->def->together) end_together(env, world);
  for (int i = first; i < end; i++) {
    over = over && (env->idle[i] || has_ended(env, i));
    if (!has_ended(env, i)) continue;
    const rl_env_io io = rl_vec_env_row_io(env, i);
    memcpy(env->final_observation + (size_t)i * obs_size(env), io.observation, obs_size(env) * sizeof(float));
    memcpy(env->final_fields + (size_t)i * n_fields(env), io.fields, n_fields(env) * sizeof(float));
    any = true;
  }
  if (any && over && env->restart) {
    for (int i = first; i < end; i++)
      if (env->idle[i]) rl_vec_env_clear_books(env, i); /* of who has just ended they are shown */
    rl_vec_env_reset_copy(env, world);
  }
  for (int i = first; any && !(over && env->restart) && i < end; i++)
    if (has_ended(env, i)) env->idle[i] = 1;
}

static void finish_piece(void *context, int world, int worker) {
  (void)worker;
  finish(context, world);
}

/* Whether the step has left somebody in the world, whose end is not to end all. */
static bool goes_on(const rl_vec_env *env, int world) {
  bool any = false, all = true;
  for (int i = first_row(env, world); i < first_row(env, world + 1); i++) {
    any = any || has_ended(env, i);
    all = all && (env->idle[i] || has_ended(env, i));
  }
  return !all && !(any && env->def->together);
}

static void try_finish(void *context, int world, int worker) {
  rl_vec_env *env = context;
  const rl_copy *c = &env->copies[world];
  if (env->restart && !rl_vec_env_is_over(env, first_row(env, world)) && !goes_on(env, world))
    env->def->rehearsal->reset(c->self, worker, env->options, c->borrowed ? &c->own : &c->rng);
}

static bool fail(rl_vec_env *env) {
  atomic_store_explicit(&env->failed, true, memory_order_relaxed);
  return false;
}

/* What several copies share the lines of is written once. */
static void begin_row(rl_vec_env *env, int i) {
  memset(env->terms + (size_t)i * RL_MAX_TERMS, 0, RL_MAX_TERMS * sizeof(float));
  if (env->idle[i]) { /* one that finished in the last step without a restart now rests */
    env->terminated[i] = env->truncated[i] = 0;
    env->reward[i] = 0.0f;
  } else if (env->terminated[i] || env->truncated[i]) {
    rl_vec_env_clear_books(env, i); /* the copy restarted in the last step */
  }
}

/* An agent that has ended does nothing more. */
static void rest(rl_vec_env *env, int i) {
  const float *mask = rl_env_mask(env->def, env->observation + (size_t)i * obs_size(env));
  rl_space_rest(&env->def->action, mask, env->action + (size_t)i * width(env));
}

static bool settle_rows(rl_vec_env *env, int world) {
  bool finite = true;
  for (int i = first_row(env, world); i < first_row(env, world + 1); i++)
    if (!env->idle[i]) finite = settle(env, i) && finite;
  return finite;
}

/* All of a world's step, up to the judge where there is one. */
static bool step_copy(rl_vec_env *env, int world) {
  rl_copy *c = &env->copies[world];
  const int first = first_row(env, world), end = first_row(env, world + 1);
  int resting = 0;
  for (int i = first; i < end; i++) {
    begin_row(env, i);
    resting += env->idle[i];
  }
  if (resting == env->agents) return true;
  for (int i = first; resting && i < end; i++)
    if (env->idle[i]) rest(env, i);
  const float *action = env->action + (size_t)first * width(env);
  c->refused = false;
  c->out_of_memory = !rl_vec_env_remember(env, world, action);
  if (c->out_of_memory) return fail(env);
  rl_env_io io[RL_MAX_AGENTS];
  rl_vec_env_io(env, world, io, NULL);
  env->def->step(c->self, action, io);
  c->status = io[0].status;
  for (int i = first; i < end; i++) {
    if (env->idle[i]) continue;
    env->judged_reward[i] = io[i - first].reward;
    env->terminated[i] = io[i - first].terminated;
    env->truncated[i] = io[i - first].truncated;
  }
  if (env->judge.judge || c->status) return !c->status;
  c->finite = settle_rows(env, world);
  if (!c->finite) return fail(env);
  if (!env->def->serial) finish(env, world); /* who steps in order begins anew when all have stepped */
  return true;
}

static rl_judgement judgement_of(const rl_vec_env *env, int i) {
  return (rl_judgement){.copy = i / env->agents,
                        .agent = i % env->agents,
                        .fields = env->fields + (size_t)i * n_fields(env),
                        .action = env->action + (size_t)i * width(env),
                        .reward = env->judged_reward[i],
                        .terminated = env->terminated[i],
                        .terms = env->terms + (size_t)i * RL_MAX_TERMS};
}

/* The judge writes beside what it was given, which is there for another time. */
static void ask_judge(rl_vec_env *env, int i, int worker) {
  rl_judgement *judgement = &env->judged[i];
  *judgement = judgement_of(env, i);
  judgement->terms = env->judged_terms + (size_t)i * RL_MAX_TERMS;
  memcpy(judgement->terms, env->terms + (size_t)i * RL_MAX_TERMS, RL_MAX_TERMS * sizeof(float));
  env->judge.ask(env->judge.context, worker, judgement);
}

static void step_piece(void *context, int world, int worker) {
  rl_vec_env *env = context;
  if (!step_copy(env, world) || !env->asking) return;
  for (int i = first_row(env, world); i < first_row(env, world + 1); i++)
    if (!env->idle[i]) ask_judge(env, i, worker);
}

static void try_step(void *context, int world, int worker) {
  rl_vec_env *env = context;
  const int first = first_row(env, world);
  if (rl_vec_env_is_over(env, first)) return;
  for (int i = first; i < first + env->agents; i++)
    if (env->idle[i]) rest(env, i);
  env->def->rehearsal->step(env->copies[world].self, worker, env->action + (size_t)first * width(env));
}

/* What threads got is accepted. */
static void settle_piece(void *context, int world, int worker) {
  rl_vec_env *env = context;
  (void)worker;
  if (rl_vec_env_is_over(env, first_row(env, world))) return;
  for (int i = first_row(env, world); i < first_row(env, world + 1); i++) {
    if (env->idle[i]) continue;
    env->judged_reward[i] = env->judged[i].reward;
    env->terminated[i] = env->judged[i].terminated;
    memcpy(env->terms + (size_t)i * RL_MAX_TERMS, env->judged[i].terms, RL_MAX_TERMS * sizeof(float));
  }
  env->copies[world].finite = settle_rows(env, world);
  if (!env->copies[world].finite)
    fail(env);
  else if (!env->action_file) /* or when the actions are in it */
    finish(env, world);
}

bool rl_judge_begin(const rl_judge *judge, int pieces) {
  return judge && judge->begin && pieces > 1 && rl_threads() > 1 && judge->begin(judge->context);
}

/* Whether threads are asked in this step. */
static bool begin_asking(rl_vec_env *env) {
  const size_t n = (size_t)env->n;
  if (env->def->serial || !rl_judge_begin(&env->judge, rl_pieces(env->part.end - env->part.first,
                                                                 rl_vec_env_piece_size(env, true))))
    return false;
  if (!env->judged) env->judged = rl_allocate(n, sizeof *env->judged);
  if (!env->judged_terms) env->judged_terms = rl_allocate(n * RL_MAX_TERMS, sizeof *env->judged_terms);
  return env->judged && env->judged_terms;
}

static rl_status judge_world(rl_vec_env *env, int world, rl_error *error) {
  bool finite = true;
  for (int i = first_row(env, world); i < first_row(env, world + 1); i++) {
    if (env->idle[i]) continue;
    rl_judgement judgement = judgement_of(env, i);
    rl_status status = env->judge.judge(env->judge.context, &judgement, error);
    if (status) return status;
    env->judged_reward[i] = judgement.reward;
    env->terminated[i] = judgement.terminated;
    finite = settle(env, i) && finite;
  }
  env->copies[world].finite = finite;
  return RL_OK;
}

static rl_status check_action(const rl_space *space, float a, int copy, int number, rl_error *error) {
  if (!isfinite(a))
    return rl_fail(error, RL_NOT_FINITE, "action %d of copy %d is %g", number + 1, copy + 1, (double)a);
  if (space->kind == RL_BOX || is_choice(space, a)) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "action of copy %d is %g, not one of 0 .. %d", copy + 1, (double)a,
                 space->size - 1);
}

/* The mask that copy i shows. */
static const float *mask_of(const rl_vec_env *env, int i) {
  return rl_env_mask(env->def, env->observation + (size_t)i * obs_size(env));
}

/* Steps before the next one of copy i in its episode. */
static int64_t steps_before(const rl_vec_env *env, int i) {
  return env->terminated[i] || env->truncated[i] ? 0 : env->episode_length[i];
}

static rl_status check_actions(const rl_vec_env *env, int copy, const float *action, rl_error *error) {
  const rl_space *space = &env->def->action;
  rl_status status = RL_OK;
  rl_error why;
  if (space->kind == RL_FACTORS || space->masked) {
    if (env->idle[copy]) return RL_OK;
    status = rl_space_check_action(space, mask_of(env, copy), action, &why);
    return status ? rl_fail(error, status, "copy %d, step %lld: %s", copy + 1,
                            (long long)steps_before(env, copy) + 1, why.message)
                  : RL_OK;
  }
  for (int k = 0; !status && k < (int)width(env); k++)
    status = check_action(&env->def->action, action[k], copy, k, error);
  return status;
}

/* Of a world of several agents, with the one whose reward it is. */
static rl_status not_finite(const rl_vec_env *env, int world, rl_error *error) {
  int i = first_row(env, world);
  while (env->idle[i] || isfinite((float)env->judged_reward[i])) i++;
  if (!env->def->agents)
    return rl_fail(error, RL_NOT_FINITE, "reward of copy %d is %g", world + 1, env->judged_reward[i]);
  return rl_fail(error, RL_NOT_FINITE, "reward of agent %s in copy %d is %g",
                 env->def->agents[i % env->agents]->agent, world + 1, env->judged_reward[i]);
}

static rl_status check_rows(const rl_vec_env *env, int world, rl_error *error) {
  rl_status status = RL_OK;
  for (int i = first_row(env, world); !status && i < first_row(env, world + 1); i++)
    status = check_actions(env, i, env->action + (size_t)i * width(env), error);
  return status;
}

/* After its step; asks the judge where there is one and it has not been asked. */
static rl_status conclude(rl_vec_env *env, int world, bool judged, rl_error *error) {
  const rl_copy *c = &env->copies[world];
  if (c->refused) return check_rows(env, world, error);
  if (c->out_of_memory)
    return rl_fail(error, RL_NO_MEMORY, "out of memory for the actions of copy %d", world + 1);
  rl_status status = env->judge.judge && !judged ? judge_world(env, world, error) : RL_OK;
  return !status && !c->finite ? not_finite(env, world, error) : status;
}

/* Of several factors, or under masks. */
static bool take_factors(rl_vec_env *env, int first, int copies, const float *action) {
  const rl_space *space = &env->def->action;
  const size_t size = width(env);
  bool good = true;
  for (int i = first; i < first + copies; i++, action += size) {
    float *taken = env->action + (size_t)i * size;
    memcpy(taken, action, size * sizeof *action);
    rl_space_clamp(space, taken);
    if (env->idle[i] || rl_space_has(space, mask_of(env, i), action)) continue;
    memcpy(taken, action, size * sizeof *action);
    good = false;
  }
  return good;
}

/* Copies the actions of copies from `first` on in, clamped to a box's bounds; false, as they are, where one is not
 * finite or no choice, or the mask does not allow it. */
static bool take_actions(rl_vec_env *env, int first, int copies, const float *action) {
  const rl_space *space = &env->def->action;
  if (space->kind == RL_FACTORS || space->masked) return take_factors(env, first, copies, action);
  const size_t n = (size_t)copies * width(env);
  const float low = space->low, high = space->high;
  float *taken = env->action + (size_t)first * width(env);
  int wrong = 0;
  for (size_t k = 0; k < n; k++) wrong |= !(fabsf(action[k]) < INFINITY);
  for (size_t k = 0; k < n && space->kind == RL_DISCRETE; k++) wrong |= !is_choice(space, action[k]);
  if (wrong || space->kind == RL_DISCRETE)
    memcpy(taken, action, n * sizeof *action);
  else
    for (size_t k = 0; k < n; k++) taken[k] = fminf(fmaxf(action[k], low), high);
  return !wrong;
}

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Of PERIOD steps the first TRIED are rehearsed, as many are not, and all others go the quicker way. The first of each way
 * is not timed: the states change their form. */
static rl_status step_all(rl_vec_env *env, rl_error *error) {
  enum { TRIED = 4, PERIOD = 1024 };
  if (!env->def->rehearsal) return rl_vec_env_each(env, step_piece, try_step, error);
  rl_pace *p = &env->pace;
  const int k = p->steps++ % PERIOD;
  if (k == 0) p->least[0] = p->least[1] = INFINITY;
  p->plain = k < TRIED ? false : k < 2 * TRIED ? true : p->least[1] < p->least[0];
  const bool timed = k < 2 * TRIED && k % TRIED;
  const double began = timed ? seconds_now() : 0.0;
  rl_status status = rl_vec_env_each(env, step_piece, try_step, error);
  if (timed) p->least[p->plain] = fmin(p->least[p->plain], seconds_now() - began);
  return status;
}

rl_status rl_vec_env_step(rl_vec_env *env, const float *action, rl_error *error) {
  if (env->world) return rl_vec_env_step_seat(env, action, error);
  if (!env->is_reset)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: reset before the first step", env->def->name);
  const int first = first_row(env, env->part.first), end = first_row(env, env->part.end);
  rl_status status = env->away ? rl_vec_env_bring_home(env, error) : RL_OK;
  if (status) return status;
  const bool taken = take_actions(env, first, end - first, action + (size_t)first * width(env));
  for (int i = first; !taken && i < end && !status; i++)
    status = check_actions(env, i, action + (size_t)i * width(env), error);
  if (status) return status;
  env->moves++;
  atomic_store_explicit(&env->failed, false, memory_order_relaxed);
  bool judged = false, ended = false;
  env->asking = begin_asking(env);
  status = step_all(env, error);
  if (env->asking && !status) status = env->judge.accept(env->judge.context, &judged, error);
  env->asking = false;
  judged = judged && !atomic_load(&env->failed);
  if (judged) rl_vec_env_each(env, settle_piece, NULL, NULL);
  const bool look = (env->judge.judge && !judged) || (judged && env->action_file) || env->def->serial ||
                    atomic_load(&env->failed);
  for (int world = env->part.first; look && world < env->part.end && !status; world++) {
    if (rl_vec_env_is_over(env, first_row(env, world))) continue;
    status = conclude(env, world, judged, error);
    for (int i = first_row(env, world); i < first_row(env, world + 1); i++)
      ended = ended || has_ended(env, i);
  }
  for (int world = env->part.first; env->action_file && world < env->part.end && !status; world++)
    if (goes_on(env, world)) rl_vec_env_spill_copy(env, world);
  if (!status && ended) status = rl_vec_env_each(env, finish_piece, try_finish, error);
  if (status) env->is_reset = false; /* some copies are a step ahead of their sums */
  return status;
}

bool rl_vec_env_may_part(const rl_vec_env *env) {
  return !env->world && env->is_reset && !env->judge.judge && !env->def->serial && !env->action_file &&
         !env->away;
}

void rl_vec_env_begin_apart(rl_vec_env *env) {
  atomic_store_explicit(&env->failed, false, memory_order_relaxed);
  for (int i = 0; i < env->worlds; i++) env->copies[i].failed_at = INT_MAX;
}

bool rl_vec_env_step_copy(rl_vec_env *env, int i, int step, const float *action) {
  const bool taken = take_actions(env, first_row(env, i), env->agents, action);
  env->copies[i].refused = !taken;
  if (taken ? step_copy(env, i) : fail(env)) return true;
  env->copies[i].failed_at = step;
  return false;
}

rl_status rl_vec_env_end_apart(rl_vec_env *env, int steps, rl_error *error) {
  env->moves += (uint64_t)steps;
  if (!atomic_load(&env->failed)) return RL_OK;
  int first = 0;
  for (int i = 1; i < env->worlds; i++)
    if (env->copies[i].failed_at < env->copies[first].failed_at) first = i;
  env->is_reset = false;
  return conclude(env, first, false, error);
}
