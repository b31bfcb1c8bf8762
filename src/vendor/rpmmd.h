/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: repositories of rpm packages. repodata/repomd.xml names the other files with their hashes; it is
 * signed by repomd.xml.asc beside it, where the distribution does that at all (many sign only the packages: then
 * nothing proves that the list is whole, and it is not used). XML is read by GMarkup as it comes in: no entity is
 * expanded, no DTD obeyed. */
#pragma once
#include "vendor/archive-plan.h"

/* ---- rpmmd-index.c ---- */

/* repomd.xml: release->files by type ("primary", "updateinfo") with their place relative to the repository, date from
 * its revision or the newest file. CR_ERROR_INPUT, CR_ERROR_TRUST (only weak hashes). */
CrRelease *cr_rpmmd_parse(const char *text, gsize size, CrArena *arena, GError **error);

/* ---- list-rpmmd.c ---- */

/* primary.xml as stanzas for cr_list_compile: versions as in the database ("1:2.3-4.el9", no epoch 0). */
CrStream *cr_list_translate_primary(CrStream *stream);
/* updateinfo.xml: one stanza per package of an update, with the kind, the flaws and the day of the update. */
CrStream *cr_list_translate_updateinfo(CrStream *stream);

/* ---- list-modules.c ---- */

/* modules.yaml: one stanza per package that is part of a module, with its "module:stream" as Advisory. */
CrStream *cr_list_translate_modules(CrStream *stream);

/* ---- rpmmd-config.c ---- */

/* A section of a .repo file (dnf.conf(5), zypper(8)). */
typedef struct {
  const char *id, *file;
  const char *baseurl;  /* the first, variables replaced, no '/' at the end; NULL: none */
  const char *list;     /* mirrorlist or metalink, or NULL */
  const char *priority; /* or NULL: 99 */
  CrStrv excludes;      /* globs of names */
  CrStrv keys;          /* paths in the image */
  gboolean enabled;
} CrRpmRepository;

/* $releasever, $basearch and what etc/dnf/vars and etc/yum/vars hold. */
char *cr_rpmmd_expand(const char *text, GHashTable *variables);
void cr_rpmmd_repositories_parse(const char *text, gsize size, const char *file, GHashTable *variables, CrArena *arena,
                                 GPtrArray *list, CrProblems *problems);
/* All of the tree; *EXCLUDES: of dnf.conf or yum.conf. */
void cr_rpmmd_repositories_read(CrTree *tree, GHashTable *variables, CrArena *arena, GPtrArray *list, CrStrv *excludes,
                                CrProblems *problems);

/* ---- rpmmd-updates.c ---- */

void cr_rpmmd_find_updates(CrArchives *archives, const GPtrArray *packages, CrArena *arena, GPtrArray *updates,
                           CrProblems *problems);
