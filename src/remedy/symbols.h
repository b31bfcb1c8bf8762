/* SPDX-License-Identifier: Apache-2.0 */
/* Do the programs that start with the image still find every symbol, in the version they want?
 *
 * Over what reach says is loaded at start, before and after: a version that a library does not define any more ends the
 * start (elf-symbols.h); a symbol that no loaded file offers ends it too, or the first call. What was missing before
 * already is no news: plug-ins and lazy binding leave such in images that work. */
#pragma once
#include "remedy/check-list.h"
#include "remedy/workspace.h"

/* One side: the root folder and what is loaded from it. */
typedef struct {
  const char *root;
  const CrReach *reach;
} CrSymbolSide;

/* Adds the check "symbols". */
void cr_symbols_check(const CrSymbolSide *before, const CrSymbolSide *after, CrCheckList *list);
