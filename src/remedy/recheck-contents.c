/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of the files that changed packages own, against those in the packages that signed lists name: whoever wrote
 * image and record, what is loaded is what the distribution published. Configuration is the user's to change, and files
 * that the image leaves out (dpkg's path-exclude) or diverts are nobody's to compare. */
#include <string.h>

#include "remedy/contents.h"
#include "remedy/recheck-private.h"

typedef struct {
  char *path, *hash; /* as the package has it */
  const char *package, *version;
  guint layer; /* where the image has its content */
} Wanted;

static void free_wanted(gpointer data)
{
  Wanted *wanted = data;
  g_free(wanted->path);
  g_free(wanted->hash);
  g_free(wanted);
}

typedef struct {
  Rechecking *rechecking;
  GPtrArray *wanted;     /* Wanted* */
  CrContents **contents; /* by layer */
  guint packages, absent, compared;
  GError *failed;
} Comparing;

/* ---- what the packages have ---- */

static void add_file(Comparing *comparing, const CrArchiveFile *file, const char *path, const char *hash)
{
  CrScan *scan = comparing->rechecking->recheck->scan;
  CrNode node;
  if (g_str_has_prefix(path, "etc/") || cr_tree_find_nofollow(scan->tree, path, &node) != CR_TREE_FOUND)
    return;
  const CrPackage *owner = cr_inventory_find_owner(scan->inventory, node.path);
  if (!owner || strcmp(owner->name, file->name) != 0)
    return;
  if (node.type != CR_ENTRY_FILE) {
    cr_recheck_object(comparing->rechecking, "%s is no file, as it is in %s", path, file->name);
    return;
  }
  Wanted *wanted = g_new(Wanted, 1);
  *wanted = (Wanted){g_strdup(node.path), g_strdup(hash), file->name, file->version, node.content_layer};
  g_ptr_array_add(comparing->wanted, wanted);
}

static int compare_keys(gconstpointer a, gconstpointer b)
{
  return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* In one order, for the reasons that are told. */
static void add_files(Comparing *comparing, const CrArchiveFile *file, CrContents *contents)
{
  g_autoptr(GPtrArray) paths = g_ptr_array_new();
  GHashTableIter iter;
  gpointer path = NULL;
  g_hash_table_iter_init(&iter, contents);
  while (g_hash_table_iter_next(&iter, &path, NULL))
    g_ptr_array_add(paths, path);
  g_ptr_array_sort(paths, compare_keys);
  for (guint i = 0; i < paths->len; i++)
    add_file(comparing, file, paths->pdata[i], g_hash_table_lookup(contents, paths->pdata[i]));
}

static void open_package(Comparing *comparing, const CrJson *change)
{
  CrScan *original = comparing->rechecking->recheck->original;
  const char *name = cr_json_find_string(change, "package", ""), *to = cr_json_find_string(change, "to", NULL);
  CrArchiveFile file = {0};
  if (!to)
    return;
  g_autoptr(GError) cause = NULL;
  gboolean known =
      cr_archives_find_version(original->archive_set, name, to, cr_json_find_string(change, "arch", ""), &file);
  int fd = known ? cr_archives_open_file(original->archive_set, &file, &original->vendor, NULL, &cause) : -1;
  g_autoptr(GHashTable) contents = fd >= 0 ? cr_contents_read_deb(fd, &cause) : NULL;
  comparing->packages += contents != NULL;
  comparing->absent += contents == NULL;
  if (contents)
    add_files(comparing, &file, contents);
}

/* ---- what the image has ---- */

static gboolean read_layer(int layer, CrStream *stream, const char *digest, gpointer data, GError **error)
{
  Comparing *comparing = data;
  const CrImage *image = comparing->rechecking->recheck->scan->image;
  if (layer < 0 || (guint)layer >= image->layer_count) { /* a daemon of old that does not say which: not compared */
    cr_stream_free(stream);
    return TRUE;
  }
  comparing->contents[layer] = cr_contents_read_layer(stream, image->layers[layer].diff_id, error);
  return comparing->contents[layer] != NULL;
}

static gboolean read_layers(Comparing *comparing)
{
  CrScan *scan = comparing->rechecking->recheck->scan;
  g_autofree gboolean *needed = g_new0(gboolean, scan->image->layer_count + 1);
  for (guint i = 0; i < comparing->wanted->len; i++)
    needed[((const Wanted *)comparing->wanted->pdata[i])->layer] = TRUE;
  g_autoptr(CrProblems) problems = cr_problems_new();
  return cr_source_read_layers(scan->source, needed, 1, read_layer, comparing, problems, &comparing->failed);
}

static void compare(Comparing *comparing)
{
  for (guint i = 0; i < comparing->wanted->len; i++) {
    const Wanted *wanted = comparing->wanted->pdata[i];
    CrContents *contents = comparing->contents[wanted->layer];
    const char *is = contents ? g_hash_table_lookup(contents, wanted->path) : NULL;
    if (!is)
      continue;
    comparing->compared++;
    if (strcmp(is, wanted->hash) != 0)
      cr_recheck_object(comparing->rechecking, "%s is not what %s %s holds", wanted->path, wanted->package,
                        wanted->version);
  }
}

/* ---- the check ---- */

static void conclude(Comparing *comparing)
{
  Rechecking *rechecking = comparing->rechecking;
  g_autofree char *more =
      comparing->absent ? g_strdup_printf("; of %u packages the files are not to be had any more", comparing->absent)
                        : g_strdup("");
  if (comparing->failed)
    cr_recheck_leave(rechecking, "contents", CR_RECHECK_UNKNOWN, "%s", comparing->failed->message);
  else if (!comparing->packages && !rechecking->reasons.count)
    cr_recheck_leave(rechecking, "contents", CR_RECHECK_SKIPPED,
                     "the package files are not to be had: offline, replaced by newer ones, or not Debian's kind");
  else
    cr_recheck_conclude(rechecking, "contents", "%u files are byte for byte those of %u signed package%s%s",
                        comparing->compared, comparing->packages, comparing->packages == 1 ? "" : "s", more);
}

void cr_recheck_check_contents(Rechecking *rechecking)
{
  CrRecheck *recheck = rechecking->recheck;
  const CrJson *changes = cr_json_find(rechecking->root, "changes");
  Comparing comparing = {.rechecking = rechecking};
  comparing.wanted = g_ptr_array_new_with_free_func(free_wanted);
  comparing.contents = g_new0(CrContents *, recheck->scan->image->layer_count + 1);
  gboolean possible = recheck->original && recheck->original->archive_set &&
                      cr_archives_has_type(recheck->original->archive_set, "deb");
  for (guint i = 0; possible && i < cr_json_get_length(changes); i++)
    open_package(&comparing, cr_json_get_element(changes, i));
  if (comparing.wanted->len && read_layers(&comparing))
    compare(&comparing);
  conclude(&comparing);
  for (guint i = 0; i < recheck->scan->image->layer_count; i++)
    g_clear_pointer(&comparing.contents[i], g_hash_table_unref);
  g_free(comparing.contents);
  g_ptr_array_unref(comparing.wanted);
  g_clear_error(&comparing.failed);
}
