/* SPDX-License-Identifier: Apache-2.0 */
/* What the pass learns of how a program was built: Go's build info (debug/buildinfo) with the names of the functions
 * that are linked in, cargo-auditable's list of crates. The collector "build" writes it for those files only. */
#pragma once
#include "image/tree.h"
#include "model/build.h"

extern const CrCollector cr_build_collector; /* among cr_inventory_get_collectors() */

/* FACTS as stored; strings in ARENA. NULL: damaged. */
const CrBuild *cr_build_parse(GBytes *facts, CrArena *arena);

typedef enum {
  CR_SYMBOL_UNKNOWN, /* the program has no table that could tell (before Go 1.16, packed, damaged) */
  CR_SYMBOL_ABSENT,  /* neither as a function of its own nor inlined into another */
  CR_SYMBOL_PRESENT,
} CrSymbolState;

/* Does the Go program with FACTS contain SYMBOL ("Transport.RoundTrip", "Parse") of PACKAGE_PATH
 * ("golang.org/x/net/html")? SYMBOL NULL: anything of it. Go's linker drops what nothing can call and writes the names
 * of all the rest, inlined ones too, into a table that survives stripping. Names are kept as hashes of 32 bits: ABSENT
 * is certain, PRESENT errs in one of 100,000 questions. */
CrSymbolState cr_build_find_symbol(GBytes *facts, const char *package_path, const char *symbol);
