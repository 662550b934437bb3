/* What rl.cairo draws on and rl.window shows: a userdata that begins with this. */
#ifndef RL_CANVAS_H
#define RL_CANVAS_H

#define RL_CANVAS_TYPE "rl.canvas"

typedef struct rl_canvas {
  unsigned char *pixels; /* 4 bytes each: blue, green, red, and one without a meaning */
  int width, height, stride;
} rl_canvas;

#endif
