/* Delay lines; see delay.h. */
#include "muscle/delay.h"

#include "base/memory.h"

#include <math.h>

int rl_delay_steps(float delay, float dt) {
  if (!(delay > 0.0f)) return 0;
  const float steps = roundf(delay / dt);
  return steps > 1.0f ? (int)steps : 1;
}

rl_status rl_delay_init(rl_delay_line *line, int width, int longest, rl_error *error) {
  *line = (rl_delay_line){.width = width, .capacity = longest + 1};
  line->rows = rl_allocate((size_t)line->capacity * (size_t)width, sizeof *line->rows);
  return line->rows ? RL_OK : rl_fail(error, RL_NO_MEMORY, "out of memory for delays");
}

void rl_delay_release(rl_delay_line *line) {
  rl_release(line->rows);
  *line = (rl_delay_line){0};
}

void rl_delay_empty(rl_delay_line *line) { line->held = line->newest = 0; }

float *rl_delay_push(rl_delay_line *line) {
  line->newest = line->held > 0 ? (line->newest + 1) % line->capacity : 0;
  if (line->held < line->capacity) line->held++;
  return line->rows + (size_t)line->newest * (size_t)line->width;
}

const float *rl_delay_read(const rl_delay_line *line, int steps) {
  const int back = steps < line->held ? steps : line->held - 1;
  const int row = (line->newest - back + line->capacity) % line->capacity;
  return line->rows + (size_t)row * (size_t)line->width;
}
