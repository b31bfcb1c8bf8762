/* SPDX-License-Identifier: Apache-2.0 */
/* What the user asked for, from three places: careen.yaml, then the CAREEN_* variables, then the flags; the later wins.
 * One field for each row of the option table (options.h), filled by cr_settings_set whatever place the text is from. */
#pragma once
#include <glib.h>

typedef struct {
  /* output */
  char *format, *output, *color, *author;
  gboolean quiet, verbose, no_progress, all;
  /* what is done */
  char *updates, *from, *remove_unused, *to, *tag, *compression, *in_memory;
  char *record, *sign, *password_file, *key;
  GPtrArray *only, *hold; /* char*: names of packages (commas between several), globs */
  gboolean allow_removals, dry_run, push, no_record, now, yes, write, diff;
  char *smoke;
  char *builder;
  gboolean no_pull, no_children;
  gboolean no_smoke, allow_new_secrets, twice, minimal_steps;
  guint64 smoke_time, program_time, time_limit; /* seconds; 0: the default */
  guint64 disk_limit;                           /* bytes; 0: the default */
  /* what is judged, and how */
  char *platform, *fail_on, *command;
  GPtrArray *environment; /* char*, "NAME=VALUE" */
  GDate as_of;            /* invalid: today */
  gboolean no_changelogs;
  GPtrArray *ignore_files, *vex; /* char*, paths */
  char *rules_config;            /* the one of ignore_files that is careen.yaml, with ignore: in it; or NULL */
  gboolean show_suppressed;
  gboolean confined; /* this process has given up its rights itself (confine.h) */
  gboolean remember;
  char *new_since; /* path of an earlier JSON report */
  char *at;        /* of policy test: the time that is asked about */
  GDate since;     /* of history; invalid: from the beginning */
  guint limit;     /* of history, runs; 0: the default */
  /* where data come from */
  gboolean offline, plain_http;
  char *ca_file;
  char *keyrings;           /* folder; NULL: the system's */
  GPtrArray *allow_expired; /* char*, archive names or "all" */
  GPtrArray *mirrors;       /* char*, "NAME=URI" or "URI"; of one name the last wins */
  guint64 max_age;          /* of advisories, seconds; 0: any */
  /* this machine */
  char *config, *cache_dir;
  guint jobs;         /* 0: as many as there are processors */
  guint64 cache_size; /* bytes; 0: the default */
  /* watch */
  gboolean once;
  guint64 interval; /* seconds; 0: the default */
  char *listen;
  /* serve */
  char *bind, *base_path, *token_file, *user_header;
  GPtrArray *hosts;  /* char* */
  char *allow_apply; /* folder for what is asked for */
  char *asked;       /* of apply: the same folder */
  char *lock_dir;
  /* cache prune */
  gboolean layers, archives, advisories;
  /* everywhere */
  gboolean help, version;
} CrSettings;

CrSettings *cr_settings_new(void);
void cr_settings_free(CrSettings *settings);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrSettings, cr_settings_free)
/* --in-memory: may an image that is patched be unpacked in memory, where there is plenty? */
gboolean cr_settings_allow_memory(const CrSettings *settings);
