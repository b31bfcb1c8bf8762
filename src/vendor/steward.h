/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: who publishes security fixes for a part of the image, on what evidence. Every part lands in exactly
 * one class; what cannot be matched is `unknown` and still counted. A package of another archive is never compared with
 * the distribution's. */
#pragma once
#include "vendor/support.h"

/* What the verified package lists can be asked: CrArchives in the program, a table in the tests. */
typedef struct {
  gpointer data;
  const CrArchive *const *archives; /* NULL-terminated */
  gboolean answering;               /* a verified list of the distribution itself is there */
  const CrArchive *(*find_exact)(gpointer data, const CrPackage *package, gboolean *same_name_version);
  const CrArchive *(*find_source)(gpointer data, const char *source_name);
  gboolean (*has_name)(gpointer data, const CrArchive *archive, const char *name);
  const char *(*find_newest)(gpointer data, const char *name); /* version in the distribution's own lists, or NULL */
} CrStewardLists;

typedef struct {
  const CrOs *os;                /* with support filled */
  const CrSupportFamily *family; /* or NULL */
  const CrStewardLists *lists;
  const char *builder;       /* who the image's labels say made it, or NULL */
  const char *builder_label; /* which label that was */
  CrArena *arena;
} CrStewardContext;

/* Fill PACKAGE->steward; a package that the distribution does not watch also loses the distribution's word on its
 * support. */
void cr_steward_judge_package(const CrStewardContext *context, CrPackage *package);
/* Fill FILE->steward from what built it and the image's labels. */
void cr_steward_judge_file(const CrStewardContext *context, CrUnowned *file);
/* The first of vendor, authors (org.opencontainers.image.*) and maintainer; NULL: the image names nobody. */
const char *cr_steward_find_builder(const CrImage *image, const char **label);

/* ---- members: steward-deb.c, steward-other.c ---- */

void cr_steward_judge_deb(const CrStewardContext *context, CrPackage *package);
void cr_steward_judge_other(const CrStewardContext *context, CrPackage *package);
/* "built here": the maintainer if there is one, else the image's builder, else nobody. EVIDENCE says why it is nobody
 * else's. */
CrSteward cr_steward_make_local(const CrStewardContext *context, const CrPackage *package, const char *evidence);

/* ---- known third-party archives: steward-archives.c ---- */

/* The name that people know: by the address (that is what was asked and whose key signed), else by its signed Origin,
 * else the Origin or host itself. Never NULL; in ARENA or static. */
const char *cr_steward_name_archive(const CrArchive *archive, CrArena *arena);
/* By what a package says of itself: maintainer and version suffix (".pgdg120+1", "+maria~deb12"). That is a hint, never
 * a proof. NULL: none known. *HINT: what told. */
const char *cr_steward_guess_archive(const CrPackage *package, const char **hint);
