/* SPDX-License-Identifier: Apache-2.0 */
/* What a program says it was built from: Go's build info, cargo-auditable's list. Plain data, for inventory/ (packages)
 * and for whoever asks what a distribution's program embeds. */
#pragma once
#include "base/arena.h"
#include "model/package.h"

typedef enum {
  CR_BUILD_GO = 'g',
  CR_BUILD_RUST = 'r',
  CR_BUILD_PACKED = 'p', /* packed by UPX: what it was built from cannot be read */
} CrBuildKind;

/* A module or crate. */
typedef struct {
  const char *name, *version; /* Go: what is really linked, also where a replacement is */
  const char *replaces;       /* "PATH@VERSION" that go.mod asked for and replaced; or NULL */
  gboolean is_main;           /* the program's own: its version is often "(devel)" */
  const char *source;         /* "crates.io", "git", "local", …; NULL: not said */
} CrBuildPart;

typedef struct {
  CrBuildKind kind;
  const char *toolchain; /* "go1.22.3"; NULL: not said */
  const CrBuildPart *parts;
  guint count;
} CrBuild;

/* TEXT: lines of fields with tabs between them as `go version -m` prints, "mod", "dep" and "=>" with name and version
 * (runtime/debug.ParseBuildInfo); others are passed over. A fourth field is the source. In ARENA. */
void cr_build_parse_lines(CrBuild *build, const char *text, gsize size, CrArena *arena);
