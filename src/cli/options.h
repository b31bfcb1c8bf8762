/* SPDX-License-Identifier: Apache-2.0 */
/* The option table: one row an option, and from it come parsing, --help, the CAREEN_* variables, the keys of
 * careen.yaml, the man pages and the shell completion. A new option is one row in option-rows.c and one field in
 * settings.h. */
#pragma once
#include "cli/settings.h"

typedef enum {
  CR_OPTION_SWITCH, /* gboolean; takes no argument, but =no or =yes */
  CR_OPTION_TEXT,   /* char * */
  CR_OPTION_CHOICE, /* char *, one of `choices` */
  CR_OPTION_LIST,   /* GPtrArray *; may be given again */
  CR_OPTION_NUMBER, /* guint, at least 1 */
  CR_OPTION_SIZE,   /* guint64, bytes: 500M, 4GiB */
  CR_OPTION_DATE,   /* GDate */
  CR_OPTION_AGE,    /* guint64, seconds: 36h, 7d */
  CR_OPTION_TIME,   /* guint64, seconds: 90s, 10m, 2h */
} CrOptionKind;

/* Where --help and the man page put it. */
typedef enum {
  CR_OPTION_GROUP_OUTPUT,
  CR_OPTION_GROUP_ACT,
  CR_OPTION_GROUP_JUDGE,
  CR_OPTION_GROUP_DATA,
  CR_OPTION_GROUP_MACHINE,
  CR_OPTION_GROUP_COUNT
} CrOptionGroup;
const char *cr_option_group_get_title(CrOptionGroup group);

typedef struct {
  const char *name; /* "fail-on": flag --fail-on, key fail-on:, variable CAREEN_FAIL_ON */
  char letter;      /* 'f' or 0 */
  CrOptionKind kind;
  const char *argument; /* "GATES"; NULL with a switch. With '=' in it a pair; NAME may be left out of "[NAME=]URI" */
  const char *choices;  /* space separated, or NULL */
  const char *commands; /* space separated, with '-' for the space in a command's name; NULL: every command */
  gboolean everywhere;  /* every command takes it, also where it means nothing and help does not show it */
  CrOptionGroup group;
  gboolean flag_only;   /* no variable and no key: it makes sense on one command line only */
  const char *key;      /* of careen.yaml where it is not the name: a list of NAME=URI is a map there */
  const char *complete; /* "file", "folder" or NULL: what a shell offers for the argument */
  gsize offset;         /* of the field in CrSettings */
  const char *help;     /* for --help: short, no full stop */
  const char *more;     /* for the man page, after help; or NULL */
} CrOption;

/* All rows; *COUNT of them. */
const CrOption *cr_options_get(guint *count);
const CrOption *cr_options_find(const char *name);
const CrOption *cr_options_find_letter(char letter);
/* Row of the key NAME in careen.yaml, or NULL. */
const CrOption *cr_options_find_key(const char *name);
/* Does OPTION mean something to COMMAND ("cache ls")? COMMAND NULL: to every command? For help and completion; what is
 * `everywhere` is taken all the same. */
gboolean cr_option_fits(const CrOption *option, const char *command);
/* "CAREEN_FAIL_ON". Free with g_free. */
char *cr_option_format_variable(const CrOption *option);

/* Set OPTION's field from TEXT (NULL for a bare switch). CR_ERROR_USAGE with WHERE ("--jobs", "CAREEN_JOBS",
 * "careen.yaml line 3, column 7") in the message. A list grows. */
gboolean cr_option_set(const CrOption *option, CrSettings *settings, const char *text, const char *where,
                       GError **error);
/* Empty a list, for a place that replaces what a weaker one said. Not one that is a map in careen.yaml: there a name is
 * replaced and the other names stay. */
void cr_option_reset(const CrOption *option, CrSettings *settings);

/* Every CAREEN_* variable that is set. A CAREEN_ variable that no option has is left alone: it may be for another
 * program's careen. */
gboolean cr_settings_load_environment(CrSettings *settings, GError **error);
