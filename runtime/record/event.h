/* TensorBoard's event files: records of named numbers at a step, as its servers read them (2.21).
 *
 * A file is a sequence of records, each framed with its length and checksums (TFRecord), each holding a message Event
 * of protocol buffers. This writes such records, and cuts a file where a run is resumed. It opens no file: what it
 * gives are bytes to append. */
#ifndef RL_EVENT_H
#define RL_EVENT_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

RL_C_BEGIN

/* Grows as it is written; zeroed it is empty. */
typedef struct rl_event {
  unsigned char *bytes; /* from the last rl_event_end on: the record */
  size_t size, capacity;
  bool failed; /* out of memory: rl_event_end says so */
} rl_event;

void rl_event_release(rl_event *event);

/* Forgets what is there, and begins a record; numbers and settings follow in any order. */
void rl_event_begin(rl_event *event);
void rl_event_number(rl_event *event, const char *tag, float value);

/* A setting of the run, for the tab HPARAMS; `text` NULL: a number. They make a record of their own. */
void rl_event_setting(rl_event *event, const char *name, double number, const char *text);
void rl_event_end_settings(rl_event *event);

/* wall_time: seconds since 1970. RL_NO_MEMORY. */
rl_status rl_event_end(rl_event *event, double wall_time, int64_t step, rl_error *error);

/* Of the records of a file, the first ones that are whole and at `step` at most: how many bytes they take. */
size_t rl_event_cut(const unsigned char *bytes, size_t size, int64_t step);

RL_C_END

#endif
