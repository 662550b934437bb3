#include "search/search_space.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static double lower_of(const rl_search_space *s, int i) { return s->lower ? s->lower[i] : -INFINITY; }
static double upper_of(const rl_search_space *s, int i) { return s->upper ? s->upper[i] : INFINITY; }
static bool is_whole(const rl_search_space *s, int i) { return s->integer && s->integer[i]; }

const char *rl_search_space_label(const rl_search_space *space, int i, char text[RL_COORDINATE_TEXT]) {
  if (space->names)
    snprintf(text, RL_COORDINATE_TEXT, "%d (%s)", i + 1, space->names[i]);
  else
    snprintf(text, RL_COORDINATE_TEXT, "%d", i + 1);
  return text;
}

double rl_search_round(double x, double lower, double upper) {
  return fmin(fmax(nearbyint(x), ceil(lower)), floor(upper));
}

double rl_search_space_nearest(const rl_search_space *s, int i, double x) {
  double lower = lower_of(s, i), upper = upper_of(s, i);
  if (s->fixed && s->fixed[i]) return s->x0[i];
  return is_whole(s, i) ? rl_search_round(x, lower, upper) : fmin(fmax(x, lower), upper);
}

/* Of numbers beyond float32 its greatest. */
static float nearest_f32(double x) { return (float)fmin(fmax(x, -(double)FLT_MAX), (double)FLT_MAX); }

float rl_search_space_f32(const rl_search_space *s, int i, double x) {
  double lower = lower_of(s, i), upper = upper_of(s, i);
  float nearest = nearest_f32(x), inside = nearest;
  if ((double)nearest < lower) inside = nextafterf(nearest, INFINITY);
  if ((double)nearest > upper) inside = nextafterf(nearest, -INFINITY);
  return (double)inside >= lower && (double)inside <= upper ? inside : nearest;
}

bool rl_search_space_take(const rl_search_space *s, int i, double *x) {
  double lower = lower_of(s, i), upper = upper_of(s, i);
  bool within = *x >= lower && *x <= upper;
  bool rounded = *x == (double)nearest_f32(lower) || *x == (double)nearest_f32(upper);
  if (!isfinite(*x) || !(within || rounded)) return false;
  *x = fmin(fmax(*x, lower), upper);
  return true;
}

bool rl_search_space_is_single(const rl_search_space *s, int i) {
  return is_whole(s, i) && ceil(lower_of(s, i)) == floor(upper_of(s, i));
}

static rl_status check_coordinate(const rl_search_space *s, int i, rl_error *error) {
  char label[RL_COORDINATE_TEXT];
  double x0 = s->x0[i], lower = lower_of(s, i), upper = upper_of(s, i);
  rl_search_space_label(s, i, label);
  if (!isfinite(x0)) return rl_fail(error, RL_NOT_FINITE, "x0: coordinate %s is %g", label, x0);
  if (!(lower < upper || rl_search_space_is_single(s, i)) || lower == INFINITY || upper == -INFINITY)
    return rl_fail(
        error, RL_BAD_ARGUMENT,
        "bounds of coordinate %s: lower %g is not below upper %g (a coordinate that is not searched "
        "is a fixed one)",
        label, lower, upper);
  if (!rl_search_space_take(s, i, &x0))
    return rl_fail(error, RL_BAD_ARGUMENT, "x0: coordinate %s is %g, outside its bounds [%g, %g]", label, x0,
                   lower, upper);
  if (s->scale && !(s->scale[i] > 0.0 && isfinite(s->scale[i])))
    return rl_fail(error, RL_BAD_ARGUMENT, "scale of coordinate %s: a positive number, got %g", label,
                   s->scale[i]);
  if (is_whole(s, i) && ceil(lower) > floor(upper))
    return rl_fail(error, RL_BAD_ARGUMENT, "coordinate %s: no whole number in [%g, %g]", label, lower, upper);
  return RL_OK;
}

static rl_status check_measure(const rl_search_space *s, int i, rl_error *error) {
  const rl_search_measure *m = &s->measures[i];
  if (!memchr(m->name, '\0', sizeof m->name) || !*m->name)
    return rl_fail(error, RL_BAD_ARGUMENT, "measures: measure %d has no name of at most %d letters", i + 1,
                   RL_MEASURE_NAME - 1);
  for (int j = 0; j < i; j++)
    if (strcmp(m->name, s->measures[j].name) == 0)
      return rl_fail(error, RL_BAD_ARGUMENT, "measures: two are called %s", m->name);
  if (!(m->lower < m->upper) || !isfinite(m->upper - m->lower))
    return rl_fail(error, RL_BAD_ARGUMENT, "measures: %s: lower %g is not below upper %g", m->name, m->lower,
                   m->upper);
  if (m->cells < 1)
    return rl_fail(error, RL_BAD_ARGUMENT, "measures: %s: at least one cell, got %d", m->name, m->cells);
  return RL_OK;
}

rl_status rl_search_space_check(const rl_search_space *space, rl_error *error) {
  int searched = 0;
  if (space->n < 1) return rl_fail(error, RL_BAD_SHAPE, "x0: at least one number, got %d", space->n);
  rl_status status = RL_OK;
  for (int i = 0; !status && i < space->n; i++) {
    status = check_coordinate(space, i, error);
    searched += !(space->fixed && space->fixed[i]);
  }
  if (!status && searched == 0)
    status = rl_fail(error, RL_BAD_ARGUMENT, "no coordinate is searched: all of them are fixed");
  if (!status && (space->n_measures < 0 || space->n_measures > RL_SEARCH_MEASURES))
    status = rl_fail(error, RL_BAD_ARGUMENT, "measures: at most %d, got %d", RL_SEARCH_MEASURES,
                     space->n_measures);
  for (int i = 0; !status && i < space->n_measures; i++) status = check_measure(space, i, error);
  return status;
}

/* Half the width of the quadratic part at `bound`; 0 without bound. */
static double margin(double bound, double range) {
  return isfinite(bound) ? fmin(range / 2.0, (1.0 + fabs(bound)) / 20.0) : 0.0;
}

double rl_bounds_transform(double x, double lower, double upper) {
  if (lower == -INFINITY && upper == INFINITY) return x; /* the usual case, quickly */
  double range = upper - lower, al = margin(lower, range), au = margin(upper, range);
  if (isfinite(range)) { /* periodic: to the images next to the box */
    double period = 2.0 * (range + al + au), start = lower - 2.0 * al - range / 2.0;
    if (x < start || x > upper + 2.0 * au + range / 2.0) x -= period * floor((x - start) / period);
  }
  if (x > upper + au) x = 2.0 * (upper + au) - x;
  if (x < lower - al) x = 2.0 * (lower - al) - x;
  if (x < lower + al)
    x = lower + (x - (lower - al)) * (x - (lower - al)) / (4.0 * al);
  else if (x > upper - au)
    x = upper - (x - (upper + au)) * (x - (upper + au)) / (4.0 * au);
  return fmin(fmax(x, lower), upper);
}

double rl_bounds_inverse(double y, double lower, double upper) {
  double range = upper - lower, al = margin(lower, range), au = margin(upper, range);
  if (y < lower + al) return lower - al + 2.0 * sqrt(al * (y - lower));
  if (y > upper - au) return upper + au - 2.0 * sqrt(au * (upper - y));
  return y;
}
