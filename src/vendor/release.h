/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: a Release file (wiki "DebianRepository/Format"), from its signed text and nothing else. Hashes weaker
 * than SHA256 are not read: they prove nothing. */
#pragma once
#include "base/arena.h"
#include "model/package.h"

/* A package list that the file names. */
typedef struct {
  const char *path; /* relative to the file's folder: "main/binary-amd64/Packages.xz" */
  const char *sha256;
  guint64 size_bytes;
} CrReleaseFile;

typedef struct {
  const char *origin, *label, *suite, *codename, *version; /* or NULL */
  gint64 date;                                             /* seconds */
  gint64 valid_until;                                      /* seconds, -1: no end named */
  CrStrv architectures, components;
  gboolean by_hash, not_automatic, but_automatic_upgrades;
  gboolean separate_all; /* records of architecture "all" are in lists of their own */
  GHashTable *files;     /* path → CrReleaseFile; package lists only. Of rpm-md by their type, "primary" */
  const char *list;      /* the compiled list in the cache, where the signed file is the list itself (apk); or NULL */
} CrRelease;

/* CR_ERROR_INPUT: no release file; CR_ERROR_TRUST: no date that can be understood, or only weak hashes. Strings in
 * ARENA. */
CrRelease *cr_release_parse(const char *text, gsize size, CrArena *arena, GError **error);
void cr_release_free(CrRelease *release);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrRelease, cr_release_free)
const CrReleaseFile *cr_release_find_file(const CrRelease *release, const char *path);
/* "Sat, 11 Jul 2026 10:16:37 UTC" in seconds; -1. Only UTC, as in apt. */
gint64 cr_release_parse_date(const char *text);
/* "2026-07-11T10:16:37Z", in ARENA. */
const char *cr_release_format_date(gint64 seconds, CrArena *arena);
