#include "base/space.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char factors_text[] = "factors: ", masked_text[] = "masked", separator[] = ", ";

rl_factor rl_space_factor(const rl_space *space, int index) {
  if (space->kind == RL_FACTORS) return space->factor[index];
  return (rl_factor){.kind = space->kind, .size = space->size, .low = space->low, .high = space->high};
}

int rl_space_sum_widths(const rl_space *space) {
  int sum = 0;
  for (int i = 0; i < space->n_factors; i++) sum += rl_factor_width(&space->factor[i]);
  return sum;
}

int rl_space_sum_reals(const rl_space *space) {
  int sum = 0;
  for (int i = 0; i < space->n_factors; i++)
    if (space->factor[i].kind == RL_BOX) sum += space->factor[i].size;
  return sum;
}

void rl_space_real_places(const rl_space *space, int *places) {
  for (int f = 0, at = 0, n = 0; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    for (int i = 0; i < factor.size; i++, at++)
      if (factor.kind == RL_BOX) places[n++] = at;
  }
}

static bool is_name(const char *name) {
  for (; *name; name++)
    if (!isalnum((unsigned char)*name) && *name != '_') return false;
  return true;
}

static rl_status check_factor(const rl_space *space, int index, const char *what, rl_error *error) {
  const rl_factor factor = rl_space_factor(space, index);
  const int number = index + 1;
  if (factor.kind != RL_BOX && factor.kind != RL_DISCRETE)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: factor %d is neither a box nor a choice", what, number);
  if (factor.size < 1)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: factor %d has a size of %d", what, number, factor.size);
  if (factor.kind == RL_BOX && !(factor.low < factor.high))
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "%s: the lower bound %g of factor %d is not below the upper one, %g", what,
                   (double)factor.low, number, (double)factor.high);
  if (!memchr(factor.name, 0, RL_FACTOR_NAME) || !is_name(factor.name))
    return rl_fail(error, RL_BAD_ARGUMENT,
                   "%s: the name of factor %d is not of up to %d letters, digits and _", what, number,
                   RL_FACTOR_NAME - 1);
  for (int k = 0; k < index && factor.name[0]; k++)
    if (strcmp(space->factor[k].name, factor.name) == 0)
      return rl_fail(error, RL_BAD_ARGUMENT, "%s: two factors are named \"%s\"", what, factor.name);
  return RL_OK;
}

rl_status rl_space_check(const rl_space *space, const char *what, rl_error *error) {
  if (space->kind == RL_FACTORS && (space->n_factors < 1 || space->n_factors > RL_MAX_FACTORS))
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: %d factors, not 1 to %d", what, space->n_factors,
                   RL_MAX_FACTORS);
  int64_t size = 0;
  for (int i = 0; i < rl_space_factors(space); i++) {
    rl_status status = check_factor(space, i, what, error);
    if (status) return status;
    size += rl_space_factor(space, i).size;
  }
  if (size != space->size)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: its size is %d, that of its factors %lld", what, space->size,
                   (long long)size);
  if (space->masked && rl_space_choices(space) == 0)
    return rl_fail(error, RL_BAD_ARGUMENT, "%s: it has no choice that a mask could forbid", what);
  return RL_OK;
}

bool rl_space_same(const rl_space *a, const rl_space *b) {
  if (a->kind != b->kind || a->size != b->size || a->masked != b->masked ||
      rl_space_factors(a) != rl_space_factors(b))
    return false;
  for (int i = 0; i < rl_space_factors(a); i++) {
    const rl_factor p = rl_space_factor(a, i), q = rl_space_factor(b, i);
    if (p.kind != q.kind || p.size != q.size || strcmp(p.name, q.name) != 0) return false;
  }
  return true;
}

static void append(char text[RL_SPACE_TEXT], const char *more) {
  strncat(text, more, RL_SPACE_TEXT - strlen(text) - 1);
}

const char *rl_space_text(const rl_space *space, char text[RL_SPACE_TEXT]) {
  strcpy(text, space->kind == RL_FACTORS ? factors_text : "");
  for (int i = 0; i < rl_space_factors(space); i++) {
    const rl_factor factor = rl_space_factor(space, i);
    char part[RL_FACTOR_NAME + 24];
    snprintf(part, sizeof part, "%s%s%s%s %d", i ? separator : "", factor.name, factor.name[0] ? " " : "",
             factor.kind == RL_BOX ? "box" : "discrete", factor.size);
    append(text, part);
  }
  if (space->masked) {
    append(text, separator);
    append(text, masked_text);
  }
  return text;
}

/* "gear discrete 3", with or without the name. */
static bool factor_from_text(rl_factor *factor, const char *text) {
  char kind[RL_FACTOR_NAME], more[RL_FACTOR_NAME], name[RL_FACTOR_NAME] = "";
  int size, used = 0;
  *factor = (rl_factor){.kind = RL_BOX};
  if (sscanf(text, "%31s %9d%n", kind, &size, &used) != 2 &&
      (sscanf(text, "%31s %31s %9d%n", name, more, &size, &used) != 3 || !strcpy(kind, more)))
    return false;
  if (strcmp(kind, "discrete") == 0)
    factor->kind = RL_DISCRETE;
  else if (strcmp(kind, "box") != 0)
    return false;
  strcpy(factor->name, name);
  factor->size = size;
  return text[used] == 0 && size >= 1 && is_name(name);
}

bool rl_space_from_text(rl_space *space, const char *text) {
  const bool many = strncmp(text, factors_text, strlen(factors_text)) == 0;
  *space = (rl_space){.kind = RL_FACTORS};
  if (many) text += strlen(factors_text);
  while (*text) {
    char part[2 * RL_FACTOR_NAME + 16];
    const char *end = strstr(text, separator);
    const size_t length = end ? (size_t)(end - text) : strlen(text);
    if (length >= sizeof part || space->masked) return false;
    memcpy(part, text, length);
    part[length] = 0;
    text += length + (end ? strlen(separator) : 0);
    space->masked = strcmp(part, masked_text) == 0;
    if (space->masked) continue;
    rl_factor *factor = &space->factor[space->n_factors];
    if (space->n_factors == RL_MAX_FACTORS || !factor_from_text(factor, part)) return false;
    if (factor->size > INT32_MAX - space->size) return false;
    space->size += factor->size;
    space->n_factors++;
  }
  if (many || space->n_factors != 1) return many && space->n_factors > 0;
  space->kind = space->factor[0].kind;
  space->n_factors = 0;
  return !space->factor[0].name[0];
}

/* "gear", "factor 2", of a single one "it": as messages call a factor. */
static const char *called(const rl_space *space, int index, char text[RL_FACTOR_NAME + 16]) {
  if (space->kind != RL_FACTORS) return "the action";
  if (space->factor[index].name[0]) return space->factor[index].name;
  snprintf(text, RL_FACTOR_NAME + 16, "factor %d", index + 1);
  return text;
}

static int count_allowed(const float *mask, int n) {
  int count = 0;
  for (int i = 0; i < n; i++) count += mask[i] != 0.0f;
  return count;
}

rl_status rl_space_check_mask(const rl_space *space, const float *mask, rl_error *error) {
  char name[RL_FACTOR_NAME + 16];
  for (int f = 0; mask && f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    if (factor.kind == RL_BOX) continue;
    if (!count_allowed(mask, factor.size))
      return rl_fail(error, RL_BAD_ARGUMENT, "the mask%s%s allows none of %d choices",
                     space->kind == RL_FACTORS ? " of " : "",
                     space->kind == RL_FACTORS ? called(space, f, name) : "", factor.size);
    mask += factor.size;
  }
  return RL_OK;
}

bool rl_space_has(const rl_space *space, const float *mask, const float *action) {
  for (int f = 0; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    const int width = rl_factor_width(&factor);
    for (int i = 0; i < width; i++)
      if (!(fabsf(action[i]) < INFINITY)) return false;
    if (factor.kind == RL_DISCRETE) {
      if (!(*action >= 0.0f && *action < (float)factor.size) || *action != floorf(*action)) return false;
      if (mask && mask[(int)*action] == 0.0f) return false;
      if (mask) mask += factor.size;
    }
    action += width;
  }
  return true;
}

rl_status rl_space_check_action(const rl_space *space, const float *mask, const float *action,
                                rl_error *error) {
  char name[RL_FACTOR_NAME + 16];
  rl_status status = rl_space_check_mask(space, mask, error);
  for (int f = 0, at = 0; !status && f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    const int end = at + rl_factor_width(&factor);
    for (; at < end && !status; at++)
      if (!isfinite(action[at]))
        status = rl_fail(error, RL_NOT_FINITE, "number %d is %g", at + 1, (double)action[at]);
    if (status || factor.kind == RL_BOX) continue;
    const float choice = action[at - 1];
    if (!(choice >= 0.0f && choice < (float)factor.size) || choice != floorf(choice))
      return rl_fail(error, RL_BAD_ARGUMENT, "%s is %g, not one of 0 .. %d", called(space, f, name),
                     (double)choice, factor.size - 1);
    if (mask && mask[(int)choice] == 0.0f)
      return rl_fail(error, RL_BAD_ARGUMENT, "%s is %d, which the mask does not allow",
                     called(space, f, name), (int)choice);
    if (mask) mask += factor.size;
  }
  return status;
}

bool rl_space_is_within(const rl_space *space, const float *action) {
  if (!rl_space_has(space, NULL, action)) return false;
  for (int f = 0; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    for (int i = 0; factor.kind == RL_BOX && i < factor.size; i++)
      if (action[i] < factor.low || action[i] > factor.high) return false;
    action += rl_factor_width(&factor);
  }
  return true;
}

void rl_space_clamp(const rl_space *space, float *action) {
  for (int f = 0; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    for (int i = 0; factor.kind == RL_BOX && i < factor.size; i++)
      action[i] = fminf(fmaxf(action[i], factor.low), factor.high);
    action += rl_factor_width(&factor);
  }
}

void rl_space_encode(const rl_space *space, const float *action, float *numbers) {
  for (int f = 0; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    for (int i = 0; i < factor.size; i++)
      numbers[i] = factor.kind == RL_BOX ? fminf(fmaxf(action[i], factor.low), factor.high)
                   : (int)*action == i   ? 1.0f
                                         : 0.0f;
    action += rl_factor_width(&factor);
    numbers += factor.size;
  }
}

/* The choice that `count` allowed ones come before. */
static float allowed_choice(const float *mask, int n, int count) {
  if (!mask) return (float)count;
  for (int i = 0; i < n; i++)
    if (mask[i] != 0.0f && count-- == 0) return (float)i;
  return 0.0f; /* none is allowed */
}

static float sample_box(const rl_factor *box, rl_rng *rng, float *action) {
  const float widest = 1e6f, range = box->high - box->low;
  if (range <= widest) {
    rl_rng_fill_uniform(rng, action, box->size, box->low, box->high);
    return -logf(range) * (float)box->size;
  }
  rl_rng_fill_normal(rng, action, box->size);
  float log_prob = -0.918938533f * (float)box->size; /* log(2 pi) / 2 */
  for (int i = 0; i < box->size; i++) log_prob -= 0.5f * action[i] * action[i];
  return log_prob;
}

float rl_space_sample(const rl_space *space, const float *mask, rl_rng *rng, float *action) {
  float log_prob = 0.0f;
  for (int f = 0; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    if (factor.kind == RL_BOX) {
      log_prob += sample_box(&factor, rng, action);
    } else {
      const int allowed = mask ? count_allowed(mask, factor.size) : factor.size,
                count = allowed ? allowed : 1;
      *action = allowed_choice(mask, factor.size, (int)rl_rng_below(rng, (uint32_t)count));
      log_prob -= logf((float)count);
      if (mask) mask += factor.size;
    }
    action += rl_factor_width(&factor);
  }
  return log_prob;
}

void rl_space_rest(const rl_space *space, const float *mask, float *action) {
  for (int f = 0; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    for (int i = 0; i < rl_factor_width(&factor); i++) action[i] = 0.0f;
    if (factor.kind == RL_DISCRETE && mask) {
      *action = allowed_choice(mask, factor.size, 0);
      mask += factor.size;
    }
    action += rl_factor_width(&factor);
  }
}

void rl_space_bounds(const rl_space *space, float bounds[2 * RL_MAX_FACTORS]) {
  for (int f = 0; f < rl_space_factors(space); f++) {
    const rl_factor factor = rl_space_factor(space, f);
    bounds[2 * f] = factor.low;
    bounds[2 * f + 1] = factor.high;
  }
}

void rl_space_set_bounds(rl_space *space, const float *bounds) {
  space->low = space->kind == RL_FACTORS ? 0.0f : bounds[0];
  space->high = space->kind == RL_FACTORS ? 0.0f : bounds[1];
  for (int f = 0; f < space->n_factors; f++) {
    space->factor[f].low = bounds[2 * f];
    space->factor[f].high = bounds[2 * f + 1];
  }
}
