#define _GNU_SOURCE /* newlocale, uselocale */
#include "base/text.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>

static locale_t plain;

static void make_plain(void) { plain = newlocale(LC_ALL_MASK, "C", (locale_t)0); }

void *rl_point_begin(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, make_plain);
  return plain ? uselocale(plain) : (locale_t)0;
}

void rl_point_end(void *before) {
  if (before) uselocale(before);
}

int rl_vformat(char *text, size_t size, const char *format, va_list arguments) {
  void *before = rl_point_begin();
  int length = vsnprintf(text, size, format, arguments);
  rl_point_end(before);
  return length;
}

int rl_format(char *text, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = rl_vformat(text, size, format, arguments);
  va_end(arguments);
  return length;
}
