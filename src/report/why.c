/* SPDX-License-Identifier: Apache-2.0 */
#include "report/report.h"

#include "report/near.h"

#include <string.h>

/* ---- finding the subject ---- */

static void take_package(CrWhy *why, const CrPackage *package)
{
  for (guint i = 0; i < why->packages->len; i++)
    if (why->packages->pdata[i] == package)
      return;
  g_ptr_array_add(why->packages, (gpointer)package);
}

static gboolean has_word(CrStrv words, const char *word)
{
  for (guint i = 0; words && words[i]; i++)
    if (!g_ascii_strcasecmp(words[i], word))
      return TRUE;
  return FALSE;
}

static gboolean find_advisory(CrWhy *why)
{
  for (guint i = 0; i < why->scan->updates->len; i++) {
    const CrUpdate *update = why->scan->updates->pdata[i];
    if (!has_word(update->fixes, why->subject))
      continue;
    g_ptr_array_add(why->updates, (gpointer)update);
    take_package(why, update->package);
  }
  for (guint i = 0; i < why->scan->findings->len; i++) {
    const CrFinding *finding = why->scan->findings->pdata[i];
    if (g_ascii_strcasecmp(finding->id, why->subject) != 0 && !has_word(finding->aliases, why->subject))
      continue;
    g_ptr_array_add(why->findings, (gpointer)finding);
    if (finding->package)
      take_package(why, finding->package);
  }
  why->kind = "advisory";
  return why->packages->len > 0;
}

/* NAME, NAME:ARCH, or the name of a source package, in this order: a name that is both is the binary one. */
static gboolean find_packages(CrWhy *why)
{
  why->kind = "package";
  const char *colon = strrchr(why->subject, ':');
  g_autofree char *name = colon ? g_strndup(why->subject, (gsize)(colon - why->subject)) : NULL;
  for (guint i = 0; i < why->scan->packages->len; i++) {
    const CrPackage *package = why->scan->packages->pdata[i];
    gboolean whole = !strcmp(package->name, why->subject);
    if (whole || (name && !strcmp(package->name, name) && !g_strcmp0(package->arch, colon + 1)))
      take_package(why, package);
  }
  for (guint i = 0; !why->packages->len && i < why->scan->packages->len; i++) {
    const CrPackage *package = why->scan->packages->pdata[i];
    if (!strcmp(package->source_name, why->subject))
      g_ptr_array_add(why->packages, (gpointer)package);
  }
  return why->packages->len > 0;
}

static gboolean find_path(CrWhy *why)
{
  CrNode node;
  if (cr_tree_find(why->scan->tree, why->subject, &node) != CR_TREE_FOUND)
    return FALSE;
  why->kind = "path";
  why->path = cr_arena_strdup(why->arena, node.path);
  const CrPackage *owner = cr_inventory_find_owner(why->scan->inventory, why->path);
  if (owner)
    take_package(why, owner);
  for (guint i = 0; i < why->scan->unowned->len; i++) {
    const CrUnowned *file = why->scan->unowned->pdata[i];
    if (!strcmp(file->path, why->path))
      why->unowned = file;
  }
  return TRUE;
}

static void add_package_updates(CrWhy *why)
{
  for (guint p = 0; p < why->packages->len; p++) {
    const CrPackage *package = why->packages->pdata[p];
    for (guint i = 0; i < why->scan->updates->len; i++) {
      const CrUpdate *update = why->scan->updates->pdata[i];
      if (update->package == package)
        g_ptr_array_add(why->updates, (gpointer)update);
    }
    for (guint i = 0; i < why->scan->findings->len; i++) {
      const CrFinding *finding = why->scan->findings->pdata[i];
      if (finding->package == package)
        g_ptr_array_add(why->findings, (gpointer)finding);
    }
  }
}

static gboolean is_advisory(const char *subject)
{
  static const char *const prefixes[] = {"CVE-",  "GHSA-", "DSA-",   "DLA-",     "USN-", "RHSA-",      "ALSA-",
                                         "RLSA-", "GO-",   "PYSEC-", "RUSTSEC-", "MAL-", "DEBIAN-CVE-"};
  for (guint i = 0; i < G_N_ELEMENTS(prefixes); i++)
    if (!g_ascii_strncasecmp(subject, prefixes[i], strlen(prefixes[i])))
      return TRUE;
  return FALSE;
}

static void refuse(const CrWhy *why, GError **error)
{
  const CrScan *scan = why->scan;
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < scan->packages->len; i++)
    g_ptr_array_add(names, (gpointer)((const CrPackage *)scan->packages->pdata[i])->name);
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot find '%s' in '%s': no package, advisory or path of that name",
              why->subject, scan->image->ref);
  g_autofree char *near = cr_near_format(why->subject, (const char *const *)names->pdata, names->len);
  if (error && near)
    cr_error_set_hint(*error, "did you mean %s?", near);
}

/* ---- the way ---- */

/* Is FILE the path asked for, or one of a package's: owned by it, or the program that it is a part of? */
static gboolean is_wanted(const CrWhy *why, const CrReachFile *file)
{
  if (why->path)
    return !strcmp(file->path, why->path);
  const CrPackage *owner = why->packages->len ? cr_inventory_find_owner(why->scan->inventory, file->path) : NULL;
  for (guint i = 0; i < why->packages->len; i++) {
    const CrPackage *package = why->packages->pdata[i];
    if (package == owner || (package->embedded && package->paths[0] && !strcmp(package->paths[0], file->path)))
      return TRUE;
  }
  return FALSE;
}

/* The file of PACKAGE (NULL: PATH) with the highest level; loaded before possible, then the shortest way, then by name:
 * what people can follow most easily. */
static void find_way(CrWhy *why)
{
  guint count = 0, shortest = G_MAXUINT;
  const CrReachFile *files = cr_reach_get_files(why->scan->reach, &count);
  for (guint i = 0; i < count; i++) {
    const CrReachFile *file = &files[i];
    if (!is_wanted(why, file) || file->level < why->level)
      continue;
    const CrReachFile *const *way = cr_reach_get_path(why->scan->reach, file->path, why->arena);
    guint length = 0;
    while (way && way[length])
      length++;
    if (!length || (file->level == why->level && length >= shortest))
      continue;
    why->level = file->level;
    why->way = way;
    shortest = length;
  }
  if (!why->way)
    why->level = cr_reach_is_known(why->scan->reach) ? CR_REACH_UNREACHED : CR_REACH_UNKNOWN;
  for (guint p = 0; !why->path && p < why->packages->len; p++) /* never less than the scan says */
    why->level = MAX(why->level, ((const CrPackage *)why->packages->pdata[p])->reach.level);
}

CrWhy *cr_why_new(const CrScan *scan, const char *subject, GError **error)
{
  if (!*subject) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot find '' in '%s': it is empty", scan->image->ref);
    return NULL;
  }
  g_autoptr(CrWhy) why = g_new0(CrWhy, 1);
  why->scan = scan;
  why->subject = subject;
  why->arena = cr_arena_new();
  why->packages = g_ptr_array_new();
  why->updates = g_ptr_array_new();
  why->findings = g_ptr_array_new();
  gboolean path_first = strchr(subject, '/') != NULL;
  gboolean found = (path_first && find_path(why)) || find_packages(why) || (!path_first && find_path(why));
  if (found)
    add_package_updates(why);
  else if (!find_advisory(why)) {
    if (!is_advisory(subject)) {
      refuse(why, error);
      return NULL;
    }
    why->absence = cr_scan_explain_absence(scan, subject, why->arena);
    return g_steal_pointer(&why); /* its level is unreached: nothing has it */
  }
  find_way(why);
  return g_steal_pointer(&why);
}

void cr_why_free(CrWhy *why)
{
  if (!why)
    return;
  g_ptr_array_unref(why->packages);
  g_ptr_array_unref(why->updates);
  g_ptr_array_unref(why->findings);
  cr_arena_free(why->arena);
  g_free(why);
}
