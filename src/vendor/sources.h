/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: which archives an image's apt is told to use, by sources.list(5): one-line files and deb822 ones.
 * What a line means is apt's; what may be believed of an archive is decided elsewhere (archive-trust.c). */
#pragma once
#include "vendor/vendor.h"

/* One URI with one suite. All strings in the arena. */
typedef struct {
  const char *file; /* "etc/apt/sources.list" */
  guint line;       /* of the line, or where the stanza starts */
  const char *uri;  /* as written, without '/' at its end; the scheme in lower case */
  const char *scheme;
  const char *suite;     /* $(ARCH) replaced; an exact path ends in '/' and has no components */
  CrStrv components;     /* in the order written */
  CrStrv architectures;  /* or NULL: dpkg's */
  CrStrv added, removed; /* architectures on top of that, or NULL */
  CrStrv signed_by;      /* paths and fingerprints; empty: whatever apt trusts */
  const char *key_block; /* key in the file itself, armored, or NULL */
  gboolean trusted, allow_insecure, no_valid_until;
  gboolean no_by_hash;
  guint order; /* place among all, from 0 */
} CrAptSource;

/* Parse one file into LIST (CrAptSource*). A line that apt would refuse is a `partial` problem: apt in the image does
 * not work then either. Disabled entries, comments and deb-src are left out. NATIVE replaces $(ARCH). */
void cr_sources_parse_oneline(const char *text, gsize size, const char *file, const char *native, CrArena *arena,
                              GPtrArray *list, CrProblems *problems);
void cr_sources_parse_deb822(const char *text, gsize size, const char *file, const char *native, CrArena *arena,
                             GPtrArray *list, CrProblems *problems);
/* All of the tree: sources.list, then sources.list.d/ *.list and *.sources by name. */
void cr_sources_read(CrTree *tree, const char *native, CrArena *arena, GPtrArray *list, CrProblems *problems);
/* The kept bytes of a file that the vendor's collectors keep, links followed; NULL: absent or not kept. */
GBytes *cr_vendor_read_file(CrTree *tree, const char *path);
/* The host of an address in lower case, without user and port, and the path behind it without '/' at its ends. Host is
 * "" for file:. */
void cr_uri_split(const char *uri, CrArena *arena, const char **host, const char **path);
