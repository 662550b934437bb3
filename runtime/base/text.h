/* Numbers as text that is the same in every locale: a host may have set one that writes 0,5, and files are read
 * elsewhere. */
#ifndef RL_TEXT_H
#define RL_TEXT_H

#include "base/linkage.h"

#include <stdarg.h>
#include <stddef.h>

RL_C_BEGIN

/* As snprintf and vsnprintf. */
int rl_format(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int rl_vformat(char *text, size_t size, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

/* Around calls of functions that know no rl_format, on this thread: end takes what begin gave. */
void *rl_point_begin(void);
void rl_point_end(void *before);

RL_C_END

#endif
