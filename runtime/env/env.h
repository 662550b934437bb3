/* What an environment is. Everything that steps, from cart-pole to a muscle-driven human, implements this
 * file; the vectoriser (vec_env.h) runs many copies of it, applies the user's reward, restarts finished
 * copies and keeps the sums over episodes. Adding an environment touches its own file and one row of
 * envs/registry.c.
 *
 * A definition (rl_env_def) says what all copies share: spaces, fields, options, terms. A copy (void *self)
 * is one simulation. Randomness comes only from the stream passed to reset, which the copy may keep a pointer
 * to for the length of the episode. Given stream, options and actions an episode is the same bits: that is
 * also how the state of a copy is saved, by replaying its episode (vec_env.h), where the implementation cannot say it
 * in a few numbers. */
#ifndef RL_ENV_H
#define RL_ENV_H

#include "base/mirror.h"
#include "base/option.h"
#include "base/rng.h"
#include "base/space.h"
#include "base/status.h"

#include <stdbool.h>

RL_C_BEGIN

/* Something that a reward can read, as one float. */
typedef struct rl_field {
  const char *name, *unit, *meaning;
} rl_field;

/* A matrix that an environment is made of (the A, B, Q, R of "lqr"), row-major. */
typedef struct rl_matrix {
  const char *name;
  int rows, cols;
  const double *data;
} rl_matrix;

enum { RL_MAX_AGENTS = 16 }; /* of a world */

/* Where a copy writes what it shows, after reset and after each step. In a world of several agents there is one for each of
 * them, in a row. */
typedef struct rl_env_io {
  float *observation; /* [observation.size], with the mask at its end: */
  float
      *action_mask; /* [rl_space_choices(action)] 1: allowed now, 0: not; NULL where actions are not masked */
  float *fields;    /* [n_fields] */
  float *terms;     /* [n_terms] of the environment's own reward, unweighted sum is `reward`; 0 at reset */
  double reward;
  bool terminated; /* the task ended: nothing comes after */
  bool truncated;  /* time or range ran out: something would come after. Set whether or not it terminated: a
                      judge may decide otherwise. The vectoriser shows a step that is both as terminated. */
  /* For an environment that can fail, because it calls into an interpreter; only a serial one may. It sets
   * `status` and writes `error`, which may be NULL. `copy` (0 .. n-1) is for its message. */
  rl_status status;
  rl_error *error;
  int copy;
  bool
      over; /* in: the agent has ended before this step, its world goes on; what it shows and gets is of no account, the
                action is one at rest */
} rl_env_io;

/* Receives the shapes of a scene, once an episode: what a replay draws. Lengths in metres, in the frame of
 * `body` (0 .. n_bodies-1), or of the world when body is -1. */
typedef struct rl_scene {
  void *context;
  void (*polygon)(void *context, int body, int n, const float *xy /* [n, 2] */, bool closed);
  void (*circle)(void *context, int body, float x, float y, float radius);
  /* A line from point to point of several bodies, coloured by a field that goes from 0 to 1; NULL: it
   * is not drawn. */
  void (*strand)(void *context, const char *name, int n, const int *bodies, const float *xy /* [n, 2] */,
                 int field);
  /* What polygons and circles from here on are called, and their colour, "#rrggbb"; a NULL: none. NULL: it is not told. */
  void (*style)(void *context, const char *name, const char *colour);
} rl_scene;

/* What somebody who watches does to a copy. No part of an episode: it cannot be replayed after that. */
typedef struct rl_disturbance {
  double ax,
      ay; /* m/s^2: a force on the trunk during the next step that is worth so much of all of its mass */
  double gravity; /* m/s^2 until the next reset; NaN: as it is */
} rl_disturbance;

typedef struct rl_env_def rl_env_def;

/* For a serial environment whose copies threads may try: what a reset or a step would come to is found beside the copy,
 * which does not change; the reset or step that follows in its order takes what was found, or does the work itself. */
typedef struct rl_rehearsal {
  bool (*begin)(const rl_env_def *def); /* calling thread: whether threads may try now */
  /* Any thread, each copy at most once; `worker` as in a loop (base/parallel.h). They cannot fail: what was found does not
   * count then. */
  void (*reset)(void *self, int worker, const double *options, const rl_rng *rng);
  void (*step)(void *self, int worker, const float *action);
  bool (*again)(const rl_env_def *def); /* calling thread, after: all of it is to be tried once more */
  void (*end)(const rl_env_def *def);   /* what was found and not taken is void */
} rl_rehearsal;

struct rl_env_def {
  const char *name, *summary;
  rl_space observation, action;         /* action.masked: observation.size counts the mask, too */
  const char *const *observation_names; /* [observation.size]; NULL: its numbers have no names */
  const char *const *action_names;      /* [action.size]: numbers and choices, in the same way */
  const rl_field *fields;
  int n_fields;
  /* What the user can set, as an array of double in this order; one takes effect at a copy's next reset, so
   * all are live. */
  const rl_option *options;
  int n_options;
  const char *const *terms; /* names of the terms of the environment's own reward */
  int n_terms;
  /* Actions and states have mirror images: what such an action does in such a state is the image of what the action does
   * in the state. NULL: there is none, or nothing is known; `asymmetry` then says why, or is NULL. */
  const rl_symmetry *symmetry;
  const char *asymmetry;
  /* A world of several agents: what each of them sees and does, whose create only refuses. Spaces and fields of the world are
   * as wide as the widest; reset and step get [n_agents] of io, and actions [n_agents, width]. NULL: one, which is the
   * definition itself. */
  const struct rl_env_def *const *agents;
  int n_agents;
  bool unlike;        /* agents do not all see and do the same, so they cannot share a policy */
  bool together;      /* where one ends all do; else each by itself, and its world when the last has ended */
  const char *agent;  /* of one of several: what it is called, */
  int team;           /* and which agents it plays with: 1, 2, ... */
  bool unrewarded;    /* it has no reward of its own: the judge must give one */
  int n_bodies;       /* that a replay moves */
  int n_props;        /* the last of them: things about the scene that the replay's camera does not follow */
  bool above;         /* x and y are a plane: a replay shows all of it from above, and no ground */
  int copies_a_piece; /* that one thread steps in turn, for steps too short to be worth a thread; 0: one */
  bool serial;        /* all copies run on the calling thread: it calls into an interpreter */
  const rl_rehearsal *rehearsal; /* of a serial one; NULL: there is none */
  bool repeatable;               /* the stream decides an episode; without it no groups of equal starts */
  const void *config;            /* the implementation's own data, shared by the copies, read only */

  rl_status (*create)(void **self, const rl_env_def *def, rl_error *error);
  void (*free)(void *self);
  /* options: [n_options], checked against their ranges. `rng` stays valid until the next reset. */
  void (*reset)(void *self, const double *options, rl_rng *rng, rl_env_io *io);
  /* action: [rl_space_width(action)], and so for each agent; real numbers are clamped to their bounds before they come here, and
   * finite; choices are such as the last mask allowed. */
  void (*step)(void *self, const float *action, rl_env_io *io);
  /* For one whose copies are some numbers besides stream and options: they are saved as these [n_state], and not by
   * replaying their episodes. load stands for a reset, and shows what the copy that was saved shows; the numbers are
   * finite (rl_env_whole for those that are to be whole). */
  int n_state;
  void (*save)(const void *self, double *state);
  void (*load)(void *self, const double *options, rl_rng *rng, const double *state, rl_env_io *io);
  /* The same for one that calls into an interpreter: bytes, valid until the next call of any copy. Both may fail. */
  const void *(*save_bytes)(void *self, size_t *size, rl_env_io *io);
  void (*load_bytes)(void *self, const double *options, rl_rng *rng, const void *bytes, size_t size,
                     rl_env_io *io);
  /* Of an environment with a controller of its own, to which actions are additions: the action [width] that came to the same
   * in the last step where there is none, without what was added; NULL: it has none. */
  void (*own_action)(const void *self, float *action);
  void (*draw)(void *self, const rl_scene *scene); /* NULL: there is nothing to draw */
  /* NULL when n_bodies is 0 */
  void (*poses)(void *self, float *poses /* [n_bodies, 3]: x m, y m, angle rad */);
  /* What a recording has beside the fields, too dear to be taken in every step: taken in a copy from the reset on that
   * follows `watch`, and its episodes stay the same to the bit. Of a world each agent has its own, and the world the
   * functions. */
  const rl_field *traces;
  int n_traces; /* 0: none, and no functions */
  void (*watch)(void *self);
  void (*read_traces)(const void *self, int agent, float *values /* [n_traces] */);
  void (*disturb)(void *self, const rl_disturbance *disturbance); /* NULL: nothing does */
  double (*dt)(const double *options);                            /* seconds of one step */
  double (*physics_seconds)(
      const void
          *self); /* wall-clock time spent in the physics engine since it was first asked for; NULL: none */
  void (*free_def)(rl_env_def *def); /* releases the definition itself; NULL: it is static */
};

/* How many agents a copy has, and what one of them is. */
static inline int rl_env_agents(const rl_env_def *def) { return def->n_agents > 1 ? def->n_agents : 1; }
static inline const rl_env_def *rl_env_agent(const rl_env_def *def, int agent) {
  return def->agents ? def->agents[agent] : def;
}
int rl_env_find_agent(const rl_env_def *def, const char *name); /* index or -1 */

/* For what knows of one agent only, `what` it is: RL_BAD_ARGUMENT for a world of several. */
rl_status rl_env_check_lone(const rl_env_def *def, const char *what, rl_error *error);
/* For what gives all agents one policy: RL_BAD_ARGUMENT where they are not alike. */
rl_status rl_env_check_shared(const rl_env_def *def, rl_error *error);

/* Where in an observation its mask lies; NULL: there is none. */
static inline float *rl_env_mask(const rl_env_def *def, float *observation) {
  return def->action.masked ? observation + def->observation.size - rl_space_choices(&def->action) : NULL;
}

void rl_env_def_free(rl_env_def *def); /* NULL is allowed */

rl_options rl_env_options(const rl_env_def *def);

/* Fills values [n_options] with the defaults. */
void rl_env_defaults(const rl_env_def *def, double *values);

/* Sets one option in `values` from a number, or from a choice's name when `choice` is not NULL.
 * RL_BAD_ARGUMENT with the option's name: unknown (lists what exists), not finite, not whole or out of range
 * (gives the range). */
rl_status rl_env_set_option(const rl_env_def *def, double *values, const char *name, double number,
                            const char *choice, rl_error *error);

/* Can one stand in for the other: the same spaces, fields, options and terms, of the same names in the same
 * order, as two bodies of one creature? RL_BAD_ARGUMENT naming the first difference. */
rl_status rl_env_alike(const rl_env_def *def, const rl_env_def *other, rl_error *error);

/* For implementations, to begin `create` with: so many zeroed bytes, or RL_NO_MEMORY. */
rl_status rl_env_allocate(void **self, size_t size, const rl_env_def *def, rl_error *error);

/* For implementations, of an agent of a world: what makes, resets and steps it, all of which is refused. */
void rl_env_seat(rl_env_def *agent);

/* For `load`: a whole number of a state as an int, 0 for what is none. */
int rl_env_whole(double number);

/* Its symmetry; RL_BAD_ARGUMENT saying why it has none. */
rl_status rl_env_symmetry(const rl_env_def *def, const rl_symmetry **symmetry, rl_error *error);

int rl_env_find_field(const rl_env_def *def, const char *name); /* index or -1 */

/* For implementations, once observation and fields are written: no NaN may reach the policy or the reward.
 * When they are not finite, or were not before in this episode (`broken`), the copy shows zeros and has ended
 * both ways, even for a judge that would let it go on; false is returned. */
bool rl_env_guard(const rl_env_def *def, bool *broken, rl_env_io *io);

RL_C_END

#endif
