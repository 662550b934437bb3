/* What senses told a while ago: nerves take time. A line keeps the rows of the last moments in a ring; each
 * reader asks for the row of as many steps ago as its own nerve is long. Before the first row there is none
 * older than it: at the start of an episode the world has always been as it is. */
#ifndef RL_DELAY_H
#define RL_DELAY_H

#include "base/status.h"

RL_C_BEGIN

typedef struct rl_delay_line {
  float *rows;      /* [capacity, width] */
  int width;        /* numbers of one moment */
  int capacity;     /* moments kept: the longest delay in steps, and 1 */
  int newest, held; /* row written last; rows written since the line was emptied, at most capacity */
} rl_delay_line;

/* Steps of dt seconds nearest to a delay; at least 1 for a delay above 0. */
int rl_delay_steps(float delay, float dt);

rl_status rl_delay_init(rl_delay_line *line, int width, int longest /* steps */, rl_error *error);
void rl_delay_release(rl_delay_line *line);

void rl_delay_empty(rl_delay_line *line);
/* The row of the present moment, [width], to be filled. */
float *rl_delay_push(rl_delay_line *line);
/* The row of `steps` pushes ago, 0 the newest; the oldest kept when that is too far. After a push. */
const float *rl_delay_read(const rl_delay_line *line, int steps);

RL_C_END

#endif
