/* SPDX-License-Identifier: Apache-2.0 */
/* An image whose operating system cannot be taken stock of: deleted databases, systems that never had one, Windows; and
 * images that have none because all they carry is a static program. The former are `blind`, with what is left to see.
 */
#include "inventory/private.h"

#include <string.h>

#include "base/limits.h"
#include "reach/elf.h"

/* Names shown of what the files tell; the rest is counted. */
#define NAMED 12

typedef struct {
  CrTree *tree;
  CrArena *arena;
  guint programs, dynamic, libraries;
  const char *program; /* the first */
  GString *sonames, *documented;
  guint soname_count, documented_count;
} Traces;

static void add_name(GString *names, guint *count, const char *name)
{
  if ((*count)++ < NAMED)
    g_string_append_printf(names, "%s%s", names->len ? ", " : "", name);
}

static gboolean look_at_elf(const CrNode *node, gpointer data)
{
  Traces *traces = data;
  g_autoptr(CrArena) arena = cr_arena_new();
  const CrElfFacts *facts = cr_elf_facts_get(traces->tree, node, arena);
  if (!facts)
    return TRUE;
  if (facts->is_pie_or_program) {
    if (!traces->programs++)
      traces->program = node->path;
    traces->dynamic += facts->interpreter != NULL || *facts->needed;
  } else if (facts->soname && strstr(facts->soname, ".so.")) { /* plug-ins have no version in their name */
    traces->libraries++;
    add_name(traces->sonames, &traces->soname_count, facts->soname);
  }
  return TRUE;
}

static gboolean look_at_documents(const CrNode *node, gpointer data)
{
  Traces *traces = data;
  if (node->type == CR_ENTRY_DIR || node->type == CR_ENTRY_SYMLINK)
    add_name(traces->documented, &traces->documented_count, strrchr(node->path, '/') + 1);
  return TRUE;
}

static gboolean exists(CrTree *tree, const char *path)
{
  return cr_tree_find(tree, path, NULL) == CR_TREE_FOUND;
}

static gboolean is_windows(CrTree *tree, const CrImage *image)
{
  return (image && image->os && !strcmp(image->os, "windows")) || exists(tree, "Files/Windows") ||
         exists(tree, "Windows/System32") || exists(tree, "Files/Program Files");
}

/* "; its files still tell of libraries a, b and of packages documented in usr/share/doc: c, d" */
static char *describe(const Traces *traces)
{
  g_autoptr(GString) out = g_string_new(NULL);
  if (traces->soname_count)
    g_string_append_printf(out, "; libraries that are there: %s", traces->sonames->str);
  if (traces->soname_count > NAMED)
    g_string_append_printf(out, " and %u more", traces->soname_count - NAMED);
  if (traces->documented_count)
    g_string_append_printf(out, "; named in usr/share/doc: %s", traces->documented->str);
  if (traces->documented_count > NAMED)
    g_string_append_printf(out, " and %u more", traces->documented_count - NAMED);
  return g_string_free(g_steal_pointer(&out), FALSE);
}

/* A database that a lower layer had: TRUE and said. */
static gboolean report_deleted(CrTree *tree, const CrDatabase *const *databases, const char *left, CrProblems *problems)
{
  for (guint i = 0; databases[i]; i++) {
    for (guint k = 0; databases[i]->places[k]; k++) {
      int layer = cr_tree_find_hidden(tree, databases[i]->places[k]);
      if (layer < 0)
        continue;
      cr_problems_add(problems, CR_PROBLEM_BLIND, databases[i]->places[k],
                      "cannot list the packages: %s's database was last in layer %d and deleted above it%s",
                      databases[i]->name, layer, left);
      return TRUE;
    }
  }
  return FALSE;
}

void cr_absent_report(CrTree *tree, const CrImage *image, const CrOs *os, const CrDatabase *const *databases,
                      gboolean broken, CrProblems *problems)
{
  if (is_windows(tree, image)) {
    cr_problems_add(problems, CR_PROBLEM_BLIND, "operating system",
                    "cannot list the packages: this is a Windows image, careen reads Linux packages only");
    return;
  }
  g_autoptr(GString) sonames = g_string_new(NULL);
  g_autoptr(GString) documented = g_string_new(NULL);
  Traces traces = {.tree = tree, .sonames = sonames, .documented = documented};
  cr_tree_foreach_facts(tree, "elf", look_at_elf, &traces);
  cr_tree_foreach_child(tree, "usr/share/doc", look_at_documents, &traces);
  g_autofree char *left = describe(&traces);
  if (!broken && report_deleted(tree, databases, left, problems))
    return;
  if (broken) {
    cr_problems_add(problems, CR_PROBLEM_BLIND, "operating system", "its packages could not be read%s",
                    *left ? left : "; no library and no documentation tells of them either");
    return;
  }
  gboolean shell = exists(tree, "bin/sh") || exists(tree, "usr/bin/sh");
  if (os->id || shell || traces.dynamic || traces.libraries) {
    cr_problems_add(problems, CR_PROBLEM_BLIND, "operating system",
                    "cannot list the packages: there is %s, but no package database%s",
                    os->name         ? os->name
                    : os->id         ? os->id
                    : traces.dynamic ? "a dynamically linked system"
                    : shell          ? "a system with a shell"
                                     : "a system with shared libraries",
                    left);
    return;
  }
  if (traces.programs == 1)
    cr_problems_add(problems, CR_PROBLEM_NOTE, traces.program,
                    "no operating system packages: the image is a single static program");
  else if (traces.programs)
    cr_problems_add(problems, CR_PROBLEM_NOTE, traces.program,
                    "no operating system packages: the image holds %u static programs, this is the first",
                    traces.programs);
  else
    cr_problems_add(problems, CR_PROBLEM_NOTE, "operating system",
                    "no operating system packages: the image holds no program");
}
