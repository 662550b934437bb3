/* Box bounds by a transformation of each coordinate. Near a bound the slope goes to zero, so that an optimum
 * on it is reached without a kink; the mirror images outside make every number a valid one. */
#include "search/cmaes.h"

#include <math.h>

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
