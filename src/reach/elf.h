/* SPDX-License-Identifier: Apache-2.0 */
/* What the pass learns of an ELF file (program, library, plug-in), as plain data. The collector "elf" writes it, this
 * reads it back. Also for inventory/ (what built an unowned file). Rules: ELF gABI ch. 4-5, ld.so(8). */
#pragma once
#include "base/arena.h"
#include "image/tree.h"
#include "model/package.h"

/* What it calls of the C library: undefined symbols of these groups. A static program has no such table: for it the
 * group is set where its kind can be (Go's function names tell, else EXEC alone). */
enum {
  CR_ELF_CALLS_DLOPEN = 1 << 0, /* dlopen, dlmopen or a known wrapper */
  CR_ELF_CALLS_EXEC = 1 << 1,   /* execve, posix_spawn, …: a program by path */
  CR_ELF_CALLS_SEARCH = 1 << 2, /* execvp, posix_spawnp, …: a program by name, looked up in PATH */
  CR_ELF_CALLS_SHELL = 1 << 3,  /* system, popen, wordexp: /bin/sh with a text */
  CR_ELF_CALLS_NSS = 1 << 4,    /* getpwnam, getaddrinfo, …: what nsswitch.conf names */
  CR_ELF_CALLS_ICONV = 1 << 5,  /* iconv_open, or setlocale: gconv modules */
};

typedef struct {
  guint8 bits; /* 32, 64 */
  gboolean big_endian;
  guint16 machine;                      /* EM_* */
  guint16 type;                         /* ET_EXEC, ET_DYN */
  gboolean is_pie_or_program;           /* has an entry and an interpreter, or is static and executable */
  gboolean damaged;                     /* tables point outside the file: what it loads is not (fully) known */
  gboolean cut;                         /* it has more strings of interest than are kept */
  const char *interpreter;              /* PT_INTERP */
  const char *soname, *rpath, *runpath; /* DT_* */
  CrStrv needed;                        /* DT_NEEDED in order */
  guint calls;                          /* CR_ELF_CALLS_* */
  gboolean calls_dlopen;                /* an undefined dlopen, dlmopen or a wrapper of it */
  gboolean calls_exec;                  /* exec*, posix_spawn*, system, popen are undefined symbols */
  CrStrv dlopen_notes;                  /* sonames in .note.dlopen (systemd's ELF note) */
  CrStrv library_strings;               /* strings that name a library: "libfoo.so.3", "plugins/%s.so" */
  CrStrv path_strings; /* strings that are absolute paths, relative ones ("./helper", "bin/worker"), or words that may
                          be programs' names, those with arguments with a space behind them */
  gboolean no_default_folders; /* DF_1_NODEFLIB: the loader's own folders are not for what it needs */
  const char *built_with;      /* "go1.18", "rustc 1.70.0", "GCC: (Debian 12.2.0-14) 12.2.0", or NULL */
  gboolean is_go, is_rust;     /* strings of these languages have no end mark: words in them are not seen */
} CrElfFacts;

/* FACTS as stored by the collector; strings in ARENA. NULL: damaged. */
const CrElfFacts *cr_elf_facts_parse(GBytes *facts, CrArena *arena);
/* Facts of NODE, or NULL where it is no ELF file. */
const CrElfFacts *cr_elf_facts_get(CrTree *tree, const CrNode *node, CrArena *arena);
/* The same without library_strings and path_strings, which are most of it. */
const CrElfFacts *cr_elf_facts_get_head(CrTree *tree, const CrNode *node, CrArena *arena);
/* The collector itself; also among cr_reach_get_collectors(). */
extern const CrCollector cr_elf_collector;
