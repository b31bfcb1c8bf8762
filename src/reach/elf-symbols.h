/* SPDX-License-Identifier: Apache-2.0 */
/* What one ELF file wants of others and offers to them, by name and version: whether a program still starts with a
 * library in another version can be told from it (remedy/symbols.h).
 *
 * Rules: gABI ch. 5 (symbol table), LSB core "Symbol Versioning" (DT_VERNEED, DT_VERDEF, DT_VERSYM), and how glibc's
 * loader takes them (elf/dl-version.c): a version that a needed library does not define ends the start, unless it is
 * weak or the library has no versions at all. Not part of the layer index: tables of symbols are most of a small
 * library. */
#pragma once
#include "base/arena.h"
#include "image/collect.h"

typedef struct {
  const char *library; /* its soname, "libssl.so.3" */
  const char *version; /* "OPENSSL_3.0.0" */
} CrElfVersionNeed;

typedef struct {
  const char *name, *version; /* VERSION NULL: any */
} CrElfSymbol;

typedef struct {
  const char *soname;       /* or NULL */
  gboolean damaged;         /* tables that point outside the file, or larger than any real one: not all is here */
  GPtrArray *version_needs; /* CrElfVersionNeed*, weak ones left out */
  GPtrArray *versions;      /* const char*: those it defines; none: it has no versions */
  GPtrArray *wanted;        /* CrElfSymbol*: undefined and not weak */
  GPtrArray *offered;       /* CrElfSymbol*: what others may use */
  GBytes *strings;          /* all texts are in it */
} CrElfSymbols;

/* NULL: no ELF file with a dynamic section. The elements of the arrays are in ARENA. */
CrElfSymbols *cr_elf_symbols_read(CrFile *file, CrArena *arena);
void cr_elf_symbols_free(CrElfSymbols *symbols);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrElfSymbols, cr_elf_symbols_free)
