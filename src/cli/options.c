/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include "base/day.h"
#include "base/error.h"
#include "report/near.h"

#include <errno.h>
#include <string.h>

const CrOption *cr_options_find(const char *name)
{
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  for (guint i = 0; i < count; i++)
    if (!strcmp(options[i].name, name))
      return &options[i];
  return NULL;
}

const CrOption *cr_options_find_letter(char letter)
{
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  for (guint i = 0; i < count; i++)
    if (letter && options[i].letter == letter)
      return &options[i];
  return NULL;
}

const CrOption *cr_options_find_key(const char *name)
{
  guint count = 0;
  const CrOption *options = cr_options_get(&count);
  for (guint i = 0; i < count; i++)
    if (!options[i].flag_only && !strcmp(options[i].key ? options[i].key : options[i].name, name))
      return &options[i];
  return NULL;
}

gboolean cr_option_fits(const CrOption *option, const char *command)
{
  if (!option->commands)
    return TRUE;
  if (!command)
    return FALSE;
  g_autofree char *name = g_strdelimit(g_strdup(command), " ", '-');
  g_auto(GStrv) words = g_strsplit(option->commands, " ", -1);
  return g_strv_contains((const char *const *)words, name);
}

char *cr_option_format_variable(const CrOption *option)
{
  g_autofree char *upper = g_ascii_strup(option->name, -1);
  return g_strconcat("CAREEN_", g_strdelimit(upper, "-", '_'), NULL);
}

/* ---- from text to field ---- */

static gboolean refuse(const CrOption *option, const char *where, const char *text, const char *why, GError **error)
{
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot understand '%s' for %s: %s", text, where, why);
  return FALSE;
}

static gboolean parse_switch(const char *text, gboolean *value)
{
  static const char *const yes[] = {"1", "true", "yes", "on", NULL}, *const no[] = {"0",   "false", "no",
                                                                                    "off", "",      NULL};
  g_autofree char *lower = g_ascii_strdown(text, -1);
  *value = g_strv_contains(yes, lower);
  return *value || g_strv_contains(no, lower);
}

static gboolean parse_size(const char *text, guint64 *bytes)
{
  static const struct {
    const char *unit;
    guint64 bytes;
  } units[] = {{"", 1},
               {"B", 1},
               {"K", 1ULL << 10},
               {"KiB", 1ULL << 10},
               {"kB", 1000},
               {"M", 1ULL << 20},
               {"MiB", 1ULL << 20},
               {"MB", 1000000},
               {"G", 1ULL << 30},
               {"GiB", 1ULL << 30},
               {"GB", 1000000000},
               {"T", 1ULL << 40},
               {"TiB", 1ULL << 40},
               {"TB", 1000000000000}};
  if (!g_ascii_isdigit(*text))
    return FALSE;
  char *end = NULL;
  errno = 0;
  guint64 number = g_ascii_strtoull(text, &end, 10);
  while (*end == ' ')
    end++;
  for (guint i = 0; i < G_N_ELEMENTS(units); i++)
    if (!g_ascii_strcasecmp(end, units[i].unit))
      return !errno && number && g_uint64_checked_mul(bytes, number, units[i].bytes);
  return FALSE;
}

static gboolean parse_age(const char *text, guint64 *seconds)
{
  char *end = NULL;
  guint64 number = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : 0;
  guint64 unit = !end ? 0 : !strcmp(end, "h") ? 3600 : !strcmp(end, "d") ? 86400 : !strcmp(end, "w") ? 604800 : 0;
  *seconds = number * unit;
  return unit && number && number <= 10000;
}

static gboolean parse_time(const char *text, guint64 *seconds)
{
  char *end = NULL;
  guint64 number = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : 0;
  guint64 unit = !end ? 0 : !strcmp(end, "s") ? 1 : !strcmp(end, "m") ? 60 : !strcmp(end, "h") ? 3600 : 0;
  *seconds = number * unit;
  return unit && number && number <= 10000;
}

static gboolean is_choice(const CrOption *option, const char *text)
{
  g_auto(GStrv) words = g_strsplit(option->choices, " ", -1);
  return g_strv_contains((const char *const *)words, text);
}

static gboolean set_text(const CrOption *option, char **field, const char *text, const char *where, GError **error)
{
  if (option->kind == CR_OPTION_CHOICE && !is_choice(option, text)) {
    g_auto(GStrv) words = g_strsplit(option->choices, " ", -1);
    g_autofree char *list = g_strjoinv(", ", words);
    g_autofree char *near = cr_near_format(text, (const char *const *)words, g_strv_length(words));
    g_autofree char *why = g_strdup_printf("it is one of %s", list);
    refuse(option, where, text, why, error);
    if (near && error)
      cr_error_set_hint(*error, "did you mean %s?", near);
    return FALSE;
  }
  if (!*text)
    return refuse(option, where, text, "it is empty", error);
  g_free(*field);
  *field = g_strdup(text);
  return TRUE;
}

static gboolean add_to_list(const CrOption *option, GPtrArray *list, const char *text, const char *where,
                            GError **error)
{
  gboolean pair = strchr(option->argument, '=') && *option->argument != '[';
  if (pair && (!strchr(text, '=') || *text == '='))
    return refuse(option, where, text, "it is written NAME=VALUE", error);
  if (!*text)
    return refuse(option, where, text, "it is empty", error);
  g_ptr_array_add(list, g_strdup(text));
  return TRUE;
}

gboolean cr_option_set(const CrOption *option, CrSettings *settings, const char *text, const char *where,
                       GError **error)
{
  void *field = (char *)settings + option->offset;
  char *end = NULL;
  switch (option->kind) {
  case CR_OPTION_SWITCH:
    if (!text)
      *(gboolean *)field = TRUE;
    else if (!parse_switch(text, field))
      return refuse(option, where, text, "it is yes or no", error);
    return TRUE;
  case CR_OPTION_TEXT:
  case CR_OPTION_CHOICE:
    return set_text(option, field, text, where, error);
  case CR_OPTION_LIST:
    return add_to_list(option, *(GPtrArray **)field, text, where, error);
  case CR_OPTION_NUMBER: {
    guint64 number = g_ascii_isdigit(*text) ? g_ascii_strtoull(text, &end, 10) : 0;
    if (!number || *end || number > 1024)
      return refuse(option, where, text, "it is a number from 1 to 1024", error);
    *(guint *)field = (guint)number;
    return TRUE;
  }
  case CR_OPTION_SIZE:
    return parse_size(text, field) || refuse(option, where, text, "it is a size such as 500M or 4GiB", error);
  case CR_OPTION_AGE:
    return parse_age(text, field) || refuse(option, where, text, "it is an age such as 36h or 7d", error);
  case CR_OPTION_TIME:
    return parse_time(text, field) || refuse(option, where, text, "it is a time such as 90s, 10m or 2h", error);
  case CR_OPTION_DATE:
    return cr_day_parse(text, field) || refuse(option, where, text, "it is a day such as 2026-07-01", error);
  }
  g_assert_not_reached();
}

void cr_option_reset(const CrOption *option, CrSettings *settings)
{
  void *field = (char *)settings + option->offset;
  if (option->kind == CR_OPTION_LIST && !option->key)
    g_ptr_array_set_size(*(GPtrArray **)field, 0);
}
