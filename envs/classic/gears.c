/* A car with gears that is to drive at a speed that changes: an action of three factors (throttle, gear, brake), of which
 * not every choice can be made at any time. The next gear is there only where the engine then turns neither too fast nor
 * too slowly, and not while the last shift goes on. The smallest environment with several factors and masks.
 *
 * The engine turns at v ratio / radius; its torque is most in the middle of its range and nothing at the end of that:
 * m v' = throttle torque ratio / radius - brake - drag v^2. A step costs the squared distance to the speed that is asked
 * for, and the fuel. Nothing ends an episode but its limit. */
#include "env/env.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

enum { MASS, TORQUE, CHANGES, TIME_STEP, LIMIT, N_OPTIONS };

static const rl_option options[N_OPTIONS] = {
    [MASS] = {"mass", "kg", "of the car", 1200.0, 300.0, 5000.0, .live = true},
    [TORQUE] = {"torque", "N m", "of the engine, at most", 180.0, 10.0, 1000.0, .live = true},
    [CHANGES] = {"changes", "s", "after which another speed is asked for, on average", 8.0, 0.5, 1000.0,
                 .live = true},
    [TIME_STEP] = {"time_step", "s", "of an action", 0.1, 0.01, 0.5, .live = true},
    [LIMIT] = {"limit", "steps", "after which an episode is truncated", 300.0, 1.0, 1e6,
               .type = RL_OPTION_INTEGER, .live = true},
};

enum { SPEED, ASKED, GEAR, ENGINE, SHIFTING, SEEN, TIME = SEEN, N_FIELDS }; /* the first are observed */

static const rl_field fields[N_FIELDS] = {
    [SPEED] = {"speed", "m/s", "of the car"},
    [ASKED] = {"asked", "m/s", "the speed that is asked for"},
    [GEAR] = {"gear", "", "1 to 5"},
    [ENGINE] = {"engine", "rad/s", "how fast the engine turns"},
    [SHIFTING] = {"shifting", "s", "until a shift is over, in which nothing drives the car"},
    [TIME] = {"time", "s", "since the episode began"},
};

enum { SPEED_TERM, FUEL_TERM, N_TERMS };
static const char *const terms[N_TERMS] = {"speed", "fuel"};

enum { DOWN, STAY, UP };                /* of the factor "gear" */
enum { THROTTLE, SHIFT, BRAKE, WIDTH }; /* of an action */
enum { CHOICES = 3 + 2, GEARS = 5 };

static const double ratios[GEARS] = {13.0, 7.8, 5.4, 4.1, 3.3};
static const double RADIUS = 0.3, IDLE = 80.0, MOST = 600.0, BRAKING = 8000.0, DRAG = 0.45, SHIFT_TIME = 0.4;

typedef struct car {
  double speed, asked, shifting; /* m/s, m/s, s until the shift is over */
  int gear, steps, limit;        /* gear: from 0 */
  double mass, torque, changes, dt;
  rl_rng *rng;
} car;

static double engine_in(const car *c, int gear) { return c->speed * ratios[gear] / RADIUS; }

/* Of its range the engine has its torque in the middle; it idles below. */
static double torque(const car *c) {
  const double turns = fmax(engine_in(c, c->gear), IDLE), middle = 0.5 * MOST;
  const double apart = (turns - middle) / middle;
  return c->torque * fmax(0.0, 1.0 - apart * apart * 0.9) * (turns < MOST ? 1.0 : 0.0);
}

static void show(const car *c, rl_env_io *io) {
  const bool free = c->shifting <= 0.0;
  io->fields[TIME] = (float)(c->steps * c->dt);
  io->fields[SPEED] = (float)c->speed;
  io->fields[ASKED] = (float)c->asked;
  io->fields[GEAR] = (float)(c->gear + 1);
  io->fields[ENGINE] = (float)engine_in(c, c->gear);
  io->fields[SHIFTING] = (float)c->shifting;
  memcpy(io->observation, io->fields, SEEN * sizeof *io->observation);
  io->action_mask[DOWN] = free && c->gear > 0 && engine_in(c, c->gear - 1) < MOST ? 1.0f : 0.0f;
  io->action_mask[STAY] = 1.0f;
  io->action_mask[UP] = free && c->gear < GEARS - 1 && engine_in(c, c->gear + 1) > IDLE ? 1.0f : 0.0f;
  io->action_mask[3] = 1.0f;                         /* no brake */
  io->action_mask[4] = c->speed > 0.0 ? 1.0f : 0.0f; /* a car that stands has none to take */
}

static rl_status create(void **self, const rl_env_def *def, rl_error *error) {
  return rl_env_allocate(self, sizeof(car), def, error);
}

static car made_of(const double *option, rl_rng *rng) {
  return (car){.mass = option[MASS],
               .torque = option[TORQUE],
               .changes = option[CHANGES],
               .dt = option[TIME_STEP],
               .limit = (int)option[LIMIT],
               .rng = rng};
}

static double ask(rl_rng *rng) { return 30.0 * (double)rl_rng_uniform(rng); }

static void reset(void *self, const double *option, rl_rng *rng, rl_env_io *io) {
  car *c = self;
  *c = made_of(option, rng);
  c->asked = ask(rng);
  io->reward = 0.0;
  for (int i = 0; i < N_TERMS; i++) io->terms[i] = 0.0f;
  io->terminated = io->truncated = false;
  show(c, io);
}

static void step(void *self, const float *action, rl_env_io *io) {
  car *c = self;
  const int shift = (int)action[SHIFT] - STAY;
  const bool brake = action[BRAKE] == 1.0f;
  c->gear += shift;
  c->shifting = shift ? SHIFT_TIME : fmax(c->shifting - c->dt, 0.0);
  const double throttle = c->shifting > 0.0 ? 0.0 : (double)action[THROTTLE];
  const double force =
      throttle * torque(c) * ratios[c->gear] / RADIUS - (brake ? BRAKING : 0.0) - DRAG * c->speed * c->speed;
  c->speed = fmax(0.0, c->speed + force / c->mass * c->dt);
  const double apart = (c->speed - c->asked) / 10.0,
               fuel = 2e-4 * throttle * fmax(engine_in(c, c->gear), IDLE);
  io->terms[SPEED_TERM] = (float)(-apart * apart);
  io->terms[FUEL_TERM] = (float)-fuel;
  io->reward = -apart * apart - fuel;
  if ((double)rl_rng_uniform(c->rng) < c->dt / c->changes) c->asked = ask(c->rng);
  io->terminated = false;
  io->truncated = ++c->steps >= c->limit;
  show(c, io);
}

enum { N_STATE = 5 };

static void save(const void *self, double *state) {
  const car *c = self;
  memcpy(state, (double[N_STATE]){c->speed, c->asked, c->shifting, c->gear, c->steps},
         N_STATE * sizeof *state);
}

static void load(void *self, const double *option, rl_rng *rng, const double *state, rl_env_io *io) {
  car *c = self;
  const int gear = rl_env_whole(state[3]);
  *c = made_of(option, rng);
  c->speed = fmax(state[0], 0.0);
  c->asked = state[1];
  c->shifting = state[2];
  c->gear = gear < 0 ? 0 : gear >= GEARS ? GEARS - 1 : gear;
  c->steps = rl_env_whole(state[4]);
  show(c, io);
}

static double dt(const double *option) { return option[TIME_STEP]; }

static const char *const observation_names[SEEN + CHOICES] = {
    "speed",         "asked",         "gear",        "engine",        "shifting",
    "can.gear.down", "can.gear.stay", "can.gear.up", "can.brake.off", "can.brake.on"};
static const char *const action_names[] = {"throttle", "gear.down", "gear.stay",
                                           "gear.up",  "brake.off", "brake.on"};

const rl_env_def rl_gears = {
    .name = "gears",
    .summary = "drive at the speed that is asked for: throttle, gear and brake at once, under masks",
    .observation = {.kind = RL_BOX, .size = SEEN + CHOICES, .low = -INFINITY, .high = INFINITY},
    .action = {.kind = RL_FACTORS,
               .size = 1 + CHOICES,
               .masked = true,
               .n_factors = WIDTH,
               .factor = {[THROTTLE] = {"throttle", RL_BOX, 1, 0.0f, 1.0f},
                          [SHIFT] = {"gear", RL_DISCRETE, 3, 0.0f, 0.0f},
                          [BRAKE] = {"brake", RL_DISCRETE, 2, 0.0f, 0.0f}}},
    .observation_names = observation_names,
    .action_names = action_names,
    .fields = fields,
    .n_fields = N_FIELDS,
    .options = options,
    .n_options = N_OPTIONS,
    .terms = terms,
    .n_terms = N_TERMS,
    .asymmetry = "a gear up is not the image of a gear down",
    .copies_a_piece = 128,
    .repeatable = true,
    .create = create,
    .free = rl_release,
    .reset = reset,
    .step = step,
    .n_state = N_STATE,
    .save = save,
    .load = load,
    .dt = dt,
};
