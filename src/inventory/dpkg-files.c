/* SPDX-License-Identifier: Apache-2.0 */
/* Which files dpkg's packages have: info/NAME.list, or NAME:ARCH.list where several architectures can stand side by
 * side; of distroless' records the md5sums beside them. Diversions move a file of one package out of the way of
 * another's. */
#include "inventory/dpkg.h"

#include <string.h>

#include "base/limits.h"

#define INFO "var/lib/dpkg/info"
/* Package names in one message. */
#define NAMED 8

/* ---- lists and their packages ---- */

typedef struct {
  CrDatabaseWork *work;
  GHashTable *packages; /* "name" and "name:arch" → CrDatabasePackage */
  GHashTable *names;
  GString *orphans;
  guint orphan_count;
} Matching;

static gboolean match_list(const CrNode *node, gpointer data)
{
  Matching *matching = data;
  const char *base = strrchr(node->path, '/') + 1;
  g_autofree char *key = g_strndup(base, strlen(base) - strlen(".list"));
  CrDatabasePackage *package = g_hash_table_lookup(matching->packages, key);
  if (package) {
    gsize size = 0;
    package->own = cr_database_keep(matching->work, cr_tree_get_facts(matching->work->tree, node, CR_DPKG_LIST), &size);
    package->locator = size;
    return TRUE;
  }
  char *colon = strchr(key, ':');
  if (colon)
    *colon = 0;
  if (!g_hash_table_contains(matching->names, key) && matching->orphan_count++ < NAMED)
    g_string_append_printf(matching->orphans, "%s%s", matching->orphans->len ? ", " : "", key);
  return TRUE;
}

static gboolean match_child(const CrNode *node, gpointer data)
{
  return g_str_has_suffix(node->path, ".list") && node->type == CR_ENTRY_FILE ? match_list(node, data) : TRUE;
}

static void report_missing(CrDatabaseWork *work)
{
  g_autoptr(GString) named = g_string_new(NULL);
  guint missing = 0, expected = 0;
  for (guint i = 0; i < work->packages->len; i++) {
    const CrDatabasePackage *package = work->packages->pdata[i];
    if (!strcmp(package->package.status, "half-installed"))
      continue; /* one whose unpacking failed has no list, rightly */
    expected++;
    if (!package->own && missing++ < NAMED)
      g_string_append_printf(named, "%s%s", named->len ? ", " : "", package->package.name);
  }
  if (!missing)
    return;
  gboolean all = missing == expected;
  gboolean folder = cr_tree_find(work->tree, "var/lib/dpkg/status.d", NULL) == CR_TREE_FOUND;
  int layer = cr_tree_find_hidden(work->tree, INFO);
  g_autofree char *where = layer >= 0 ? g_strdup_printf(" (deleted above layer %d)", layer) : g_strdup("");
  cr_problems_add(work->problems, all && !folder ? CR_PROBLEM_BLIND : CR_PROBLEM_PARTIAL, INFO,
                  "cannot tell which files belong to %s%u packages%s: their file lists are missing%s%s%s",
                  all ? "all " : "", missing, where, all ? "" : ": ", all ? "" : named->str,
                  !all && missing > NAMED ? ", …" : "");
}

guint cr_dpkg_match_lists(CrDatabaseWork *work, GHashTable *names)
{
  g_autoptr(GHashTable) packages = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < work->packages->len; i++) {
    CrDatabasePackage *package = work->packages->pdata[i];
    const char *arch = package->package.arch ? package->package.arch : "";
    g_hash_table_insert(packages, g_strdup(package->package.name), package);
    g_hash_table_insert(packages, g_strdup_printf("%s:%s", package->package.name, arch), package);
  }
  g_autoptr(GString) orphans = g_string_new(NULL);
  Matching matching = {.work = work, .packages = packages, .names = names, .orphans = orphans};
  CrNode info;
  if (cr_tree_find(work->tree, INFO, &info) == CR_TREE_FOUND && info.type == CR_ENTRY_DIR)
    cr_tree_foreach_child(work->tree, info.path, match_child, &matching);
  if (matching.orphan_count)
    cr_problems_add(work->problems, CR_PROBLEM_PARTIAL, INFO,
                    "%u packages have a file list but no record in the database, so their versions are not known: %s%s",
                    matching.orphan_count, orphans->str, matching.orphan_count > NAMED ? ", …" : "");
  report_missing(work);
  return matching.orphan_count;
}

/* ---- diversions ---- */

static CrSlice without_slash(CrSlice path)
{
  while (path.size && path.at[0] == '/') {
    path.at++;
    path.size--;
  }
  return path;
}

gboolean cr_dpkg_next_diversion(CrSlice *rest, CrDpkgDiversion *out)
{
  if (!cr_slice_next_line(rest, &out->from) || !cr_slice_next_line(rest, &out->to) ||
      !cr_slice_next_line(rest, &out->owner))
    return FALSE;
  out->from = without_slash(out->from);
  out->to = without_slash(out->to);
  return TRUE;
}

static guint hash_slice(gconstpointer key)
{
  const CrSlice *slice = key;
  guint hash = 5381;
  for (gsize i = 0; i < slice->size; i++)
    hash = hash * 33 + (guint8)slice->at[i];
  return hash;
}

static gboolean equal_slices(gconstpointer a, gconstpointer b)
{
  const CrSlice *x = a, *y = b;
  return x->size == y->size && (!x->size || !memcmp(x->at, y->at, x->size));
}

/* Path → CrDpkgDiversion, in WORK's arena; NULL: none. There are a dozen beside ten thousand paths: LENGTHS says for
 * each length of a path whether one of them has it. */
static GHashTable *load_diversions(CrDatabaseWork *work, guint8 lengths[CR_LIMIT_PATH_BYTES + 1])
{
  gsize size = 0;
  const guint8 *data =
      cr_database_keep(work, cr_tree_find_facts(work->tree, "var/lib/dpkg/diversions", CR_DPKG_STATUS), &size);
  CrSlice rest = cr_slice(data, size);
  if (!rest.size)
    return NULL;
  GHashTable *table = g_hash_table_new(hash_slice, equal_slices);
  CrDpkgDiversion diversion;
  while (cr_dpkg_next_diversion(&rest, &diversion)) {
    CrDpkgDiversion *kept = cr_arena_new0(work->arena, CrDpkgDiversion);
    *kept = diversion;
    g_hash_table_insert(table, &kept->from, kept);
    lengths[MIN(kept->from.size, CR_LIMIT_PATH_BYTES)] = TRUE;
  }
  return table;
}

/* ---- files ---- */

typedef struct {
  GHashTable *diversions;
  const guint8 *lengths; /* of their paths */
  CrDatabaseFileVisit visit;
  gpointer data;
} Listing;

static void give(const Listing *listing, const CrDatabasePackage *package, CrSlice path)
{
  path = without_slash(path);
  if (!path.size || cr_slice_is(path, ".") || path.size > CR_LIMIT_PATH_BYTES)
    return;
  const CrDpkgDiversion *diversion =
      listing->lengths[path.size] ? g_hash_table_lookup(listing->diversions, &path) : NULL;
  if (diversion && !cr_slice_is(diversion->owner, package->package.name))
    path = diversion->to;
  listing->visit(package, path.at, path.size, TRUE, listing->data);
}

/* "d41d8cd98f00b204e9800998ecf8427e  usr/bin/x" */
static CrSlice get_summed_path(CrSlice line)
{
  CrSlice sum;
  if (!cr_slice_next_word(&line, &sum) || sum.size != 32)
    return (CrSlice){0};
  return cr_slice_trim(line);
}

static void list_files(const Listing *listing, const CrDatabasePackage *package)
{
  CrSlice rest = cr_slice(package->own, (gsize)package->locator), line;
  gboolean sums = rest.size && rest.at[0] != '/';
  while (cr_slice_next_line(&rest, &line))
    give(listing, package, sums ? get_summed_path(line) : line);
}

void cr_dpkg_foreach_file(CrDatabaseWork *work, const CrDatabasePackage *only, CrDatabaseFileVisit visit, gpointer data)
{
  guint8 lengths[CR_LIMIT_PATH_BYTES + 1] = {0};
  g_autoptr(GHashTable) diversions = load_diversions(work, lengths);
  Listing listing = {diversions, lengths, visit, data};
  if (only) {
    list_files(&listing, only);
    return;
  }
  for (guint i = 0; i < work->packages->len; i++)
    list_files(&listing, work->packages->pdata[i]);
}
