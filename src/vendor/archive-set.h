/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: the archives of one image, verified and with their lists at hand. archive-set.c builds it (sources →
 * InRelease → lists); apt*.c reads it. */
#pragma once
#include "vendor/list.h"
#include "vendor/vendor.h"

typedef struct {
  CrList *list;
  const char *component;    /* "main" */
  const char *architecture; /* "amd64"; records of "all" are in each, or in a list "all" of its own */
  gboolean configured;      /* the image's apt reads this list (an archive may be configured without its component) */
} CrArchiveList;

/* One suite of one archive. */
typedef struct {
  CrArchive archive;   /* what reports show */
  const char *site;    /* host of the URI, for pins by origin; "" for file: */
  const char *version; /* Version of the Release file, or NULL */
  gboolean not_automatic, but_automatic_upgrades;
  gboolean trusted_yes; /* [trusted=yes] in the image: it is said, never honoured */
  guint list_count;
  CrArchiveList *lists;
  guint order; /* place among the sources, for ties as apt breaks them */
  /* rpm-md */
  guint priority;                       /* lower goes before */
  CrStrv excludes, repository_excludes; /* globs of packages, or NULL */
  gboolean listed;                      /* its address is that of a list of mirrors */
  gboolean hotfixes;                    /* its packages are seen beside any module's */
  CrList *modules;                      /* of packages that are part of one, with their streams, or NULL */
  CrList *notices;                      /* of updates, or NULL */
  const char *tag;                      /* apk: "edge" of "@edge URL"; or NULL */
} CrArchiveData;

typedef struct CrArchiveKind CrArchiveKind;   /* archive-plan.h */
typedef struct CrDistribution CrDistribution; /* distribution.h */

struct CrArchives {
  CrArena *arena;
  GPtrArray
      *archives; /* CrArchiveData*: the distribution's own first, then as configured. Unusable ones have no lists */
  const char *native;   /* architecture of dpkg, "amd64" */
  CrStrv architectures; /* native first, then dpkg's foreign ones */
  gboolean answering;
  const CrArchiveKind *kind;
  CrStrv world;                    /* apk: the words of etc/apk/world; NULL: not there */
  const struct CrRpmSettings *rpm; /* rpm-md: what the image tells dnf or zypper; NULL: another kind */
  const CrCache *cache;            /* borrowed, as are the two below */
  CrTree *tree;
  const CrDistribution *distribution; /* or NULL */
  /* The image's own apt settings, read by apt-config.c: NAME → value, names in lower case ("apt::install-recommends")
   */
  GHashTable *settings;
  const char *machine_id; /* or NULL */
  gpointer pins;          /* apt-pins.c: parsed preferences; freed by cr_apt_pins_free */
  gboolean keeps_line;    /* cr_archives_keep_to_line */
  gboolean unsettled;     /* a file that they name did not come: cr_archives_list_states */
};

/* ---- apt-config.c: apt.conf(5) of the tree, apt_preferences(5) ---- */
GHashTable *cr_apt_config_read(CrTree *tree, CrProblems *problems);
/* APT::Machine-ID or the first line of /etc/machine-id; NULL: neither. */
const char *cr_apt_machine_id_read(CrTree *tree, GHashTable *settings, CrArena *arena);
gpointer cr_apt_pins_read(CrTree *tree, GHashTable *settings, CrArena *arena, CrProblems *problems);
void cr_apt_pins_free(gpointer pins);
