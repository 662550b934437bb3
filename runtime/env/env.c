#include "env/env.h"

#include "base/memory.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

void rl_env_def_free(rl_env_def *def) {
  if (def && def->free_def) def->free_def(def);
}

rl_options rl_env_options(const rl_env_def *def) { return (rl_options){def->options, def->n_options, 0}; }

void rl_env_defaults(const rl_env_def *def, double *values) {
  for (int i = 0; i < def->n_options; i++) values[i] = def->options[i].value;
}

rl_status rl_env_set_option(const rl_env_def *def, double *values, const char *name, double number,
                            const char *choice, rl_error *error) {
  const rl_option *option = rl_options_find(rl_env_options(def), name, error);
  if (!option) return RL_BAD_ARGUMENT;
  if (!option->choices != !choice)
    return rl_fail(error, RL_BAD_ARGUMENT, "option %s: %s expected", name,
                   option->choices ? "one of its names" : "a number");
  rl_status status = choice ? rl_option_choose(option, choice, &number, error)
                            : rl_option_check_value(option, number, error);
  if (!status) values[option - def->options] = number;
  return status;
}

static rl_status differ(const rl_env_def *def, const rl_env_def *other, const char *what, const char *name,
                        const char *other_name, rl_error *error) {
  return rl_fail(error, RL_BAD_ARGUMENT, "%s has the %s %s where %s has %s", other->name, what, other_name,
                 def->name, name);
}

static rl_status other_count(const rl_env_def *def, const rl_env_def *other, const char *what, int n,
                             int other_n, rl_error *error) {
  return rl_fail(error, RL_BAD_ARGUMENT, "%s has %d %s and %s has %d", other->name, other_n, what, def->name,
                 n);
}

rl_status rl_env_alike(const rl_env_def *def, const rl_env_def *other, rl_error *error) {
  for (int i = 0; i < def->n_fields && i < other->n_fields; i++)
    if (strcmp(def->fields[i].name, other->fields[i].name) != 0)
      return differ(def, other, "field", def->fields[i].name, other->fields[i].name, error);
  for (int i = 0; i < def->n_options && i < other->n_options; i++)
    if (strcmp(def->options[i].name, other->options[i].name) != 0)
      return differ(def, other, "option", def->options[i].name, other->options[i].name, error);
  for (int i = 0; i < def->n_terms && i < other->n_terms; i++)
    if (strcmp(def->terms[i], other->terms[i]) != 0)
      return differ(def, other, "term", def->terms[i], other->terms[i], error);
  const struct {
    const char *what;
    int n, other_n;
  } counts[] = {{"fields", def->n_fields, other->n_fields},
                {"options", def->n_options, other->n_options},
                {"terms", def->n_terms, other->n_terms},
                {"observations", def->observation.size, other->observation.size},
                {"actions", def->action.size, other->action.size}};
  for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
    if (counts[i].n != counts[i].other_n)
      return other_count(def, other, counts[i].what, counts[i].n, counts[i].other_n, error);
  if (!rl_space_same(&def->action, &other->action) || def->observation.kind != other->observation.kind ||
      def->serial != other->serial)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s is of another kind than %s", other->name, def->name);
  return RL_OK;
}

int rl_env_find_agent(const rl_env_def *def, const char *name) {
  for (int a = 0; a < def->n_agents; a++)
    if (strcmp(def->agents[a]->agent, name) == 0) return a;
  return -1;
}

rl_status rl_env_check_lone(const rl_env_def *def, const char *what, rl_error *error) {
  if (rl_env_agents(def) == 1) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "%s has %d agents, and %s knows of one only", def->name,
                 def->n_agents, what);
}

rl_status rl_env_check_shared(const rl_env_def *def, rl_error *error) {
  if (!def->unlike) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT,
                 "agents %s and others of %s do not see and do the same, so they cannot share a policy: make "
                 "one for each, of env:agent(name)",
                 def->agents[0]->agent, def->name);
}

rl_status rl_env_allocate(void **self, size_t size, const rl_env_def *def, rl_error *error) {
  *self = rl_allocate(1, size);
  return *self ? RL_OK : rl_fail(error, RL_NO_MEMORY, "%s: out of memory", def->name);
}

int rl_env_whole(double number) { return fabs(number) <= 1 << 30 ? (int)number : 0; }

rl_status rl_env_symmetry(const rl_env_def *def, const rl_symmetry **symmetry, rl_error *error) {
  *symmetry = def->symmetry;
  if (*symmetry) return RL_OK;
  return rl_fail(error, RL_BAD_ARGUMENT, "environment %s is not symmetric: %s", def->name,
                 def->asymmetry ? def->asymmetry : "it has told no mirror images");
}

int rl_env_find_field(const rl_env_def *def, const char *name) {
  for (int i = 0; i < def->n_fields; i++)
    if (strcmp(def->fields[i].name, name) == 0) return i;
  return -1;
}

/* By the bits of the exponent, which a compiler may look at many at a time: this is asked after every step. */
static bool all_finite(const float *values, int n) {
  const uint32_t exponent = 0x7f800000;
  uint32_t bad = 0;
  for (int i = 0; i < n; i++) {
    uint32_t bits;
    memcpy(&bits, &values[i], sizeof bits);
    bad |= (bits & exponent) == exponent;
  }
  return !bad;
}

bool rl_env_guard(const rl_env_def *def, bool *broken, rl_env_io *io) {
  if (!*broken && all_finite(io->fields, def->n_fields) && all_finite(io->observation, def->observation.size))
    return true;
  *broken = true;
  memset(io->fields, 0, (size_t)def->n_fields * sizeof(float));
  memset(io->observation, 0, (size_t)def->observation.size * sizeof(float));
  memset(io->terms, 0, (size_t)def->n_terms * sizeof(float));
  io->reward = 0.0;
  io->terminated = io->truncated = true;
  return false;
}

/* An agent of a world says what is seen and done. */
static rl_status seat_create(void **self, const rl_env_def *def, rl_error *error) {
  return rl_env_allocate(self, sizeof(double), def, error);
}

static void refuse(rl_env_io *io) {
  io->status =
      rl_fail(io->error, RL_BAD_ARGUMENT,
              "an agent of a world is not stepped by itself: step the world, env:agent(name) of it, or "
              "hand in what happens, to method:agent(n)");
}

static void seat_reset(void *self, const double *options, rl_rng *rng, rl_env_io *io) {
  (void)self, (void)options, (void)rng;
  refuse(io);
}

static void seat_step(void *self, const float *action, rl_env_io *io) {
  (void)self, (void)action;
  refuse(io);
}

void rl_env_seat(rl_env_def *agent) {
  agent->serial = true; /* so that it may refuse */
  agent->create = seat_create;
  agent->free = rl_release;
  agent->reset = seat_reset;
  agent->step = seat_step;
}
