/* SPDX-License-Identifier: Apache-2.0 */
/* Names are bytes, but JSON and terminals know only UTF-8: what is not appears there with U+FFFD, and its exact bytes
 * in a note here, so that two such names can be told apart and the file be found (CONTRACT.md §3). */
#include "scan/parts.h"

#include <string.h>

#include "base/limits.h"

typedef struct {
  CrScan *scan;
  GHashTable *seen; /* texts, borrowed */
  guint untold;
} Names;

static void tell(Names *names, const char *where, const char *text, gsize size)
{
  g_autofree char *shown = g_utf8_make_valid(text, (gssize)size);
  g_autoptr(GString) hex = g_string_sized_new(2 * size);
  for (gsize i = 0; i < size; i++)
    g_string_append_printf(hex, "%02x", (guint8)text[i]);
  cr_problems_add(names->scan->problems, CR_PROBLEM_NOTE, where, "'%s' is not UTF-8; its bytes are %s", shown,
                  hex->str);
}

/* WHERE NULL: the text is its own place. */
static void look_at(Names *names, const char *where, const char *text)
{
  if (!text || g_utf8_validate(text, -1, NULL) || !g_hash_table_add(names->seen, (gpointer)text))
    return;
  if (g_hash_table_size(names->seen) > CR_LIMIT_ODD_NAMES) {
    names->untold++;
    return;
  }
  g_autofree char *place = g_utf8_make_valid(where ? where : text, -1);
  tell(names, place, text, strlen(text));
}

static void look_at_all(Names *names, const char *where, CrStrv texts)
{
  for (guint i = 0; texts && texts[i]; i++)
    look_at(names, where, texts[i]);
}

static void look_at_steward(Names *names, const char *where, const CrSteward *steward)
{
  look_at(names, where, steward->name);
  look_at(names, where, steward->evidence);
}

static void look_at_package(Names *names, const CrPackage *package)
{
  const char *where = package->paths[0] ? package->paths[0] : package->type;
  const char *const texts[] = {package->name,        package->version,        package->arch,
                               package->source_name, package->source_version, package->status};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
    look_at(names, where, texts[i]);
  look_at_all(names, NULL, package->paths);
  look_at_all(names, NULL, package->reach.via);
  look_at_steward(names, where, &package->steward);
}

static void look_at_unowned(Names *names, const CrUnowned *file)
{
  look_at(names, NULL, file->path);
  look_at(names, file->path, file->built_with);
  look_at_all(names, NULL, file->reach.via);
  look_at_steward(names, file->path, &file->steward);
}

/* What other problems name, a path for the most part: those that are there when this begins. */
static void look_at_problems(Names *names)
{
  CrProblems *problems = names->scan->problems;
  for (guint i = 0, count = cr_problems_get_count(problems); i < count; i++) {
    const CrProblem *problem = cr_problems_get(problems, i);
    look_at(names, NULL, problem->where);
    look_at(names, problem->where, problem->what);
  }
}

/* The config was read as if it held U+FFFD already (image/config.c); what stood there is told by the quoted words of
 * its text that are not UTF-8, as they are written. */
static void look_at_config(Names *names)
{
  gsize size = 0;
  const GBytes *raw = names->scan->image->raw_config;
  const char *text = raw ? g_bytes_get_data((GBytes *)raw, &size) : NULL;
  const char *end = text ? text + size : NULL, *at = text, *bad = NULL;
  while (at < end && !g_utf8_validate_len(at, (gsize)(end - at), &bad)) {
    const char *from = bad, *to = bad;
    while (from > text && from[-1] != '"' && bad - from < (gssize)CR_LIMIT_PATH_BYTES)
      from--;
    while (to < end && *to != '"' && to - bad < (gssize)CR_LIMIT_PATH_BYTES)
      to++;
    if (g_hash_table_add(names->seen, (gpointer)from) && g_hash_table_size(names->seen) <= CR_LIMIT_ODD_NAMES)
      tell(names, "config", from, (gsize)(to - from));
    else
      names->untold++;
    at = MAX(to, bad + 1);
  }
}

void cr_scan_tell_odd_names(CrScan *scan)
{
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  Names names = {.scan = scan, .seen = seen};
  look_at_config(&names);
  const char *const os[] = {scan->os->id, scan->os->version, scan->os->codename, scan->os->name};
  for (guint i = 0; i < G_N_ELEMENTS(os); i++)
    look_at(&names, "os-release", os[i]);
  for (guint i = 0; i < scan->archive_count; i++) {
    look_at(&names, NULL, scan->archives[i]->name);
    look_at(&names, scan->archives[i]->name, scan->archives[i]->origin);
    look_at(&names, scan->archives[i]->name, scan->archives[i]->error);
  }
  for (guint i = 0; i < scan->packages->len; i++)
    look_at_package(&names, scan->packages->pdata[i]);
  for (guint i = 0; i < scan->unowned->len; i++)
    look_at_unowned(&names, scan->unowned->pdata[i]);
  look_at_problems(&names);
  if (names.untold)
    cr_problems_add(scan->problems, CR_PROBLEM_NOTE, "", "%u more names are not UTF-8; their bytes are not listed",
                    names.untold);
}
