/* Worlds as data: several creatures, which are agents of their own, and loose bodies that they meet. The description is
 * plain data; rl_world_env checks all of it and makes an environment of it (its agents: env.h).
 *
 * Creatures stand side by side on one ground, each with the middle of its trunk at `x`. One that is turned looks the other
 * way, and all that it sees and does is the mirror image: to each agent forward is the way that it looks, and x counts
 * from where it starts. So two that face each other can share a policy.
 *
 * Creatures collide with each other and with loose bodies, as those do with all. The ground is the ground only: to stand
 * on a loose body or on somebody is neither a foot on the ground nor a fall. */
#ifndef RL_WORLD_H
#define RL_WORLD_H

#include "creature/creature_model.h"

RL_C_BEGIN

enum { RL_MAX_LOOSE = 16, RL_MAX_SIGHTS = 16 };

/* What an agent sees of another one, or of a loose body, from the middle of its own trunk: five numbers of its observation,
 * which are fields too, NAME_dx ... NAME_touch (world_env.c). Of somebody who has left the world they are 0. */
typedef struct rl_sight {
  char name[RL_NAME];
  char of[RL_NAME];   /* the agent or loose body */
  char body[RL_NAME]; /* of the agent; "": its trunk */
} rl_sight;

typedef struct rl_inhabitant {
  char name[RL_NAME];
  const rl_creature *creature;
  int team;    /* 1, 2, ...; 0: its own, as many as there are agents before it, and one */
  float x;     /* m */
  bool turned; /* it looks back along x */
  bool leaves; /* the world when it has ended; else it stays, limp */
  bool walks;  /* it has its creature's own reward; else the judge must give one */
  int n_sights;
  rl_sight sights[RL_MAX_SIGHTS];
} rl_inhabitant;

/* A body without joints. What its origin is above is the ground. */
typedef struct rl_loose {
  rl_body body;
  float x, y, angle; /* m, m, rad */
  float vx, vy;      /* m/s */
} rl_loose;

typedef struct rl_world {
  char name[RL_NAME];
  bool together; /* one agent's end is that of all */
  int n_agents;
  rl_inhabitant agents[RL_MAX_AGENTS];
  int n_loose;
  rl_loose loose[RL_MAX_LOOSE];
} rl_world;

/* Options are those of a creature. Fields of an agent are its creature's, then world_x and world_vx, its trunk's along the
 * world's x, then of every sight, then of every loose body in the world: NAME_x, _y, _angle, _vx, _vy, _angular_speed.
 *
 * Nothing that the world points to need last. The caller frees it with rl_env_def_free. RL_BAD_ARGUMENT naming world, agent
 * and fault: what rl_creature_check finds; no agent; a name that is none, or double; what is looked at is not there; agents
 * or bodies that overlap at the start, with how far apart they have to be. RL_NO_MEMORY. That agents have a reward is seen
 * when the environment is reset. */
rl_status rl_world_env(const rl_world *world, rl_env_def **def, rl_error *error);
/* What a definition was made of, whose creatures live as long as it does; false, and nothing, of what is no world. */
bool rl_world_of(const rl_env_def *def, rl_world *world);
/* Of one of its agents; NULL of what is no world. */
const rl_model *rl_world_model(const rl_env_def *def, int agent);

RL_C_END

#endif
