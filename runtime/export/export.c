#include "export/export.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "export/format.h"

#include <assert.h>
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
  const char *extension;
  void (*write)(const rl_policy *policy, const char *name, rl_text *text);
} forms[] = {{".lua", rl_export_lua}, {".onnx", rl_export_onnx}, {".h", rl_export_header}};

enum { FORMS = sizeof forms / sizeof *forms };

void rl_text_add(rl_text *text, const void *data, size_t size) {
  if (text->failed) return;
  if (text->room - text->size < size) {
    size_t room = 2 * text->room + size + 4096;
    char *larger = rl_allocate(room, 1);
    text->failed = !larger;
    if (!larger) return;
    if (text->size) memcpy(larger, text->data, text->size);
    rl_release(text->data);
    text->data = larger;
    text->room = room;
  }
  if (size) memcpy(text->data + text->size, data, size);
  text->size += size;
}

void rl_text_print(rl_text *text, const char *format, ...) {
  char line[2048];
  va_list arguments;
  va_start(arguments, format);
  int size = rl_vformat(line, sizeof line, format, arguments);
  va_end(arguments);
  assert(size >= 0 && (size_t)size < sizeof line);
  rl_text_add(text, line, (size_t)size);
}

void rl_text_number(rl_text *text, double number) {
  char digits[32];
  int size = rl_format(digits, sizeof digits, "%.9g", number);
  rl_text_add(text, digits, (size_t)size);
}

/* "brain" for "folder/brain.lua": what a C compiler takes as a name. */
enum { NAME = 64 };

static void take_name(const char *path, char name[NAME]) {
  const char *slash = strrchr(path, '/'), *from = slash ? slash + 1 : path;
  int n = 0;
  if (isdigit((unsigned char)*from)) name[n++] = '_';
  for (; *from && *from != '.' && n < NAME - 1; from++) {
    bool letter = (*from >= 'a' && *from <= 'z') || (*from >= 'A' && *from <= 'Z');
    name[n++] = letter || isdigit((unsigned char)*from) ? *from : '_';
  }
  name[n] = '\0';
  if (!n) strcpy(name, "brain");
}

rl_status rl_policy_export(const rl_policy *policy, const char *path, rl_error *error) {
  const char *dot = strrchr(path, '.');
  int form = 0;
  while (form < FORMS && (!dot || strcmp(dot, forms[form].extension) != 0)) form++;
  if (form == FORMS) {
    char known[64] = "";
    for (int i = 0; i < FORMS; i++) {
      if (i) strcat(known, ", ");
      strcat(known, forms[i].extension);
    }
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "cannot export to %.512s: the file's extension chooses the form: %s", path, known);
  }
  rl_status status = rl_policy_check_finite(policy, "policy", error);
  if (status) return status;
  char name[NAME];
  rl_text text = {0};
  take_name(path, name);
  forms[form].write(policy, name, &text);
  status = text.failed ? rl_fail(error, RL_NO_MEMORY, "out of memory exporting to %s", path)
                       : rl_write_file(path, text.data, text.size, error);
  rl_release(text.data);
  return status;
}

rl_exported_factor rl_export_factor(const rl_policy *policy, int index) {
  const rl_space *space = &policy->action;
  rl_exported_factor at = {.mask = space->masked ? policy->observation.size - rl_space_choices(space) : -1};
  for (int f = 0;; f++) {
    at.factor = rl_space_factor(space, f);
    const bool box = at.factor.kind == RL_BOX;
    if (f == index) {
      if (box) at.mask = -1;
      snprintf(at.label, sizeof at.label, "%s", at.factor.name);
      if (!at.label[0]) snprintf(at.label, sizeof at.label, "factor%d", index + 1);
      return at;
    }
    at.head += at.factor.size;
    at.column += rl_factor_width(&at.factor);
    if (box)
      at.real += at.factor.size;
    else if (at.mask >= 0)
      at.mask += at.factor.size;
  }
}

static void describe_box(rl_text *text, const rl_factor *box) {
  rl_text_number(text, (double)box->low);
  rl_text_print(text, " .. ");
  rl_text_number(text, (double)box->high);
}

void rl_export_describe_factors(rl_text *text, const rl_policy *policy, int first, const char *line) {
  const rl_space *space = &policy->action;
  for (int f = 0; space->kind == RL_FACTORS && f < space->n_factors; f++) {
    const rl_exported_factor at = rl_export_factor(policy, f);
    rl_text_print(text, "%s  %s: ", line, at.label);
    if (at.factor.kind == RL_DISCRETE) {
      rl_text_print(text, "number %d, 0 to %d", first + at.column, at.factor.size - 1);
      continue;
    }
    rl_text_print(text, "numbers %d to %d, not yet limited to ", first + at.column,
                  first + at.column + at.factor.size - 1);
    describe_box(text, &at.factor);
  }
  if (!space->masked) return;
  rl_text_print(text,
                "%sThe observation ends with a mask: 1 for a choice that can be taken, 0 for one that cannot",
                line);
}
