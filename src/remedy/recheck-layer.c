/* SPDX-License-Identifier: Apache-2.0 */
/* The patch layer against the recorded list of files: neither has anything that the other has not. */
#include <string.h>

#include "base/digest.h"
#include "remedy/publish.h"
#include "remedy/recheck-private.h"

static const char *find_layer_hex(const Rechecking *rechecking)
{
  const CrJson *run = cr_json_find(rechecking->provenance.predicate, "runDetails");
  const CrJson *list = cr_json_find(run, "byproducts");
  for (guint i = 0; i < cr_json_get_length(list); i++) {
    const CrJson *item = cr_json_get_element(list, i);
    if (!g_strcmp0(cr_json_find_string(item, "name", NULL), "layer"))
      return cr_json_find_string(cr_json_find(item, "digest"), "sha256", NULL);
  }
  return NULL;
}

static void check_identity(Rechecking *rechecking, const char *diff_id)
{
  const char *hex = find_layer_hex(rechecking);
  const char *recorded = cr_json_find_string(cr_json_find(rechecking->root, "layer"), "diff_id", NULL);
  if (!hex || strcmp(hex, cr_digest_get_hex(diff_id)) != 0)
    cr_recheck_object(rechecking, "the provenance is of another layer");
  if (g_strcmp0(recorded, diff_id) != 0)
    cr_recheck_object(rechecking, "remedy.json is of another layer");
}

/* The label in which the image itself says what changed. */
static void check_label(Rechecking *rechecking)
{
  g_autoptr(GString) text = g_string_new(NULL);
  const CrJson *changes = cr_json_find(rechecking->root, "changes");
  for (guint i = 0; i < cr_json_get_length(changes); i++) {
    const CrJson *change = cr_json_get_element(changes, i);
    g_string_append_printf(text, "%s%s %s %s", i ? ", " : "", cr_json_find_string(change, "package", ""),
                           cr_json_find_string(change, "from", "-"), cr_json_find_string(change, "to", "-"));
  }
  if (g_strcmp0(cr_image_find_label(rechecking->recheck->scan->image, CR_PATCH_LABEL_PACKAGES), text->str) != 0)
    cr_recheck_object(rechecking, "its label tells of other packages than the record");
}

/* ---- files ---- */

/* Path → mark, as recorded. */
static GHashTable *list_recorded(const Rechecking *rechecking)
{
  static const struct {
    const char *name, *mark;
  } kinds[] = {{"added", "+"}, {"changed", "~"}, {"removed", "-"}};
  GHashTable *recorded = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint k = 0; k < G_N_ELEMENTS(kinds); k++) {
    const CrJson *list = cr_json_find(cr_json_find(rechecking->root, "files"), kinds[k].name);
    for (guint i = 0; i < cr_json_get_length(list); i++) {
      const char *path = cr_json_find_string(cr_json_get_element(list, i), "path", NULL);
      if (path)
        g_hash_table_insert(recorded, (gpointer)path, (gpointer)kinds[k].mark);
    }
  }
  return recorded;
}

static char *find_mark(const Rechecking *rechecking, const CrEntry *entry)
{
  if (entry->type == CR_ENTRY_WHITEOUT)
    return g_strdup("-");
  CrTree *below = rechecking->recheck->original->tree;
  return g_strdup(cr_tree_find_nofollow(below, entry->path, NULL) == CR_TREE_FOUND ? "~" : "+");
}

/* A folder may be in a layer only because something in it is; what is not listed was there before. */
static void check_entry(Rechecking *rechecking, GHashTable *recorded, const CrEntry *entry)
{
  g_autofree char *path = g_strndup(entry->path, entry->path_bytes), *text = cr_recheck_format_text(path);
  const char *listed = g_hash_table_lookup(recorded, text);
  if (entry->type == CR_ENTRY_OPAQUE) {
    cr_recheck_object(rechecking, "%s hides what was in it", path);
    return;
  }
  g_autofree char *mark = find_mark(rechecking, entry);
  gboolean on_the_way = entry->type == CR_ENTRY_DIR && *mark == '~';
  if (!listed && !on_the_way)
    cr_recheck_object(rechecking, "%s is in the layer and not in the record", *path ? path : "/");
  else if (listed && strcmp(listed, mark) != 0)
    cr_recheck_object(rechecking, "%s is recorded as '%s' and is '%s'", path, listed, mark);
  g_hash_table_remove(recorded, text);
}

static void check_files(Rechecking *rechecking, const CrLayer *layer, guint *count)
{
  g_autoptr(GHashTable) recorded = list_recorded(rechecking);
  g_autoptr(CrLayerCursor) cursor = cr_layer_cursor_new(layer);
  CrLayerEntry entry;
  *count = g_hash_table_size(recorded);
  while (cr_layer_cursor_next(cursor, &entry))
    check_entry(rechecking, recorded, &entry.entry);
  GHashTableIter iter;
  gpointer path = NULL;
  g_hash_table_iter_init(&iter, recorded);
  while (g_hash_table_iter_next(&iter, &path, NULL))
    cr_recheck_object(rechecking, "%s is in the record and not in the layer", (const char *)path);
}

void cr_recheck_check_layer(Rechecking *rechecking)
{
  const CrScan *scan = rechecking->recheck->scan;
  guint last = cr_tree_get_layer_count(scan->tree) - 1, count = 0;
  const CrLayer *layer = cr_tree_get_layer(scan->tree, last);
  if (!rechecking->recheck->original || !rechecking->root || !layer) {
    cr_recheck_leave(rechecking, "layer", CR_RECHECK_UNKNOWN, "not without %s",
                     !layer             ? "its bytes"
                     : rechecking->root ? "the original"
                                        : "the recorded list of files");
    return;
  }
  check_identity(rechecking, scan->image->layers[last].diff_id);
  check_label(rechecking);
  check_files(rechecking, layer, &count);
  cr_recheck_conclude(rechecking, "layer", "one patch layer, with the %u recorded files and no others", count);
}
