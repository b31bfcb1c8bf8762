/* SPDX-License-Identifier: Apache-2.0 */
/* Inside advisory/: code of other source packages that is inside a package, and what the distribution knows of that.
 * Two witnesses say what is inside: the fields that Debian's builds write (Policy §7.8 "Built-Using";
 * Static-Built-Using; X-Cargo-Built-Using, which was that of Rust programs before), with exact versions; and for a Go
 * program the version of Go that its linker wrote into it, which tells the distribution's source but not which build of
 * that version.
 *
 * What is not concluded: modules of a Go program that were built from its own source's copies (its build info lists
 * them only then) are no other source package's code, and Rust programs do not say of which compiler they are. */
#pragma once
#include "advisory/matching.h"

/* How one vendor judges a source package by itself. */
typedef struct {
  const char *builder; /* who would have to build it again: "Debian" */
  CrVersionScheme scheme;
  /* Source package of the Go that calls itself VERSION ("1.19.8"), in ARENA. */
  const char *(*name_go)(CrArena *arena, const char *version);
  /* The lowest and the highest version that the distribution's build of upstream's VERSION can have, in ARENA. */
  const char *lowest, *highest; /* printf formats with one %s */
  /* Add to HITS what ECOSYSTEMS says of SOURCE in VERSION. */
  void (*judge_source)(CrMatching *matching, CrStrv ecosystems, const char *source, const char *version, GArray *hits);
} CrInsideRules;

/* Add to HITS the flaws of the sources inside PACKAGE. Those that the distribution has fixed since need a new build by
 * it; those that it has not are told with its own word on them. */
void cr_match_inside_judge(CrMatching *matching, const CrPackage *package, const CrInsideRules *rules,
                           CrStrv ecosystems, GArray *hits);

/* A `name_go`: "golang-1.19". */
const char *cr_match_inside_name_series(CrArena *arena, const char *version);
