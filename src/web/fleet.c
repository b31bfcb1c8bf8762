/* SPDX-License-Identifier: Apache-2.0 */
#include "web/fleet.h"

#include <string.h>

#include "base/error.h"

/* ---- what there is ---- */

static CrWebImage *get_image(CrWebFleet *fleet, CrWeb *web, const char *id)
{
  CrWebImage *image = g_hash_table_lookup(fleet->by_id, id);
  if (image)
    return image;
  image = cr_arena_new0(web->arena, CrWebImage);
  image->id = id;
  image->verdict = "unseen";
  image->names = g_ptr_array_new();
  image->containers = g_ptr_array_new();
  image->children = g_ptr_array_new();
  g_hash_table_insert(fleet->by_id, (gpointer)id, image);
  return image;
}

static void add_sightings(CrWebFleet *fleet, CrWeb *web, const GPtrArray *sightings)
{
  for (guint i = 0; i < sightings->len; i++) {
    CrSighting *it = sightings->pdata[i];
    CrWebImage *image = get_image(fleet, web, it->image_id);
    gboolean container = !strcmp(it->kind, "container");
    g_ptr_array_add(container ? image->containers : image->names, it);
    fleet->containers += container;
  }
}

static void add_observations(CrWebFleet *fleet, CrWeb *web, const GPtrArray *seen)
{
  for (guint i = 0; i < seen->len; i++) {
    const CrObservation *it = seen->pdata[i];
    CrWebImage *image = get_image(fleet, web, it->image_id);
    image->seen = it;
    image->verdict = it->verdict ? it->verdict : "unseen";
    image->base_name = it->bases && it->bases[0] ? it->bases[0] : NULL;
  }
}

static void add_reports(CrWebFleet *fleet, const GPtrArray *reports)
{
  for (guint i = 0; i < reports->len; i++) {
    const CrSeenReport *it = reports->pdata[i];
    CrWebImage *image = g_hash_table_lookup(fleet->by_id, it->image_id);
    if (image)
      image->report = it;
  }
}

static void name_image(CrWebImage *image, CrWeb *web)
{
  const CrSighting *first = image->names->len ? image->names->pdata[0] : NULL;
  image->replaced = !first && image->containers->len;
  image->name = first                              ? first->name
                : image->seen && image->seen->name ? image->seen->name
                                                   : cr_web_shorten(web, image->id);
}

/* ---- what is built on what ---- */

static guint count_layers(const CrWebImage *image)
{
  return image->seen && image->seen->layers ? g_strv_length((char **)image->seen->layers) : 0;
}

/* Its lowest COUNT layers are all of BASE's. */
static gboolean has_layers(const CrWebImage *image, const CrWebImage *base, guint count)
{
  if (base == image || count_layers(base) != count)
    return FALSE;
  for (guint i = 0; i < count; i++)
    if (strcmp(image->seen->layers[i], base->seen->layers[i]) != 0)
      return FALSE;
  return TRUE;
}

/* The nearest image whose layers are all below its own; else the one that the look named. */
static CrWebImage *find_base(const CrWebImage *image, GHashTable *by_top, GHashTable *by_name)
{
  for (guint count = count_layers(image); count > 1; count--) {
    const GPtrArray *list = g_hash_table_lookup(by_top, image->seen->layers[count - 2]);
    for (guint i = 0; list && i < list->len; i++)
      if (has_layers(image, list->pdata[i], count - 1))
        return list->pdata[i];
  }
  CrWebImage *named = image->base_name ? g_hash_table_lookup(by_name, image->base_name) : NULL;
  return named != image ? named : NULL;
}

static gboolean is_above(const CrWebImage *image, const CrWebImage *other)
{
  for (guint depth = 0; image && depth < 1000; image = image->base, depth++)
    if (image == other)
      return TRUE;
  return FALSE;
}

static void index_images(const CrWebFleet *fleet, GHashTable *by_top, GHashTable *by_name)
{
  for (guint i = 0; i < fleet->images->len; i++) {
    CrWebImage *image = fleet->images->pdata[i];
    guint count = count_layers(image);
    g_hash_table_insert(by_name, (gpointer)image->name, image);
    if (!count)
      continue;
    const char *top = image->seen->layers[count - 1];
    GPtrArray *list = g_hash_table_lookup(by_top, top);
    if (!list)
      g_hash_table_insert(by_top, (gpointer)top, list = g_ptr_array_new());
    g_ptr_array_add(list, image);
  }
}

static void link_images(CrWebFleet *fleet)
{
  g_autoptr(GHashTable) by_top =
      g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);
  g_autoptr(GHashTable) by_name = g_hash_table_new(g_str_hash, g_str_equal);
  index_images(fleet, by_top, by_name);
  for (guint i = 0; i < fleet->images->len; i++) {
    CrWebImage *image = fleet->images->pdata[i];
    CrWebImage *base = find_base(image, by_top, by_name);
    if (base && !is_above(base, image)) { /* names may say anything, also a circle */
      image->base = base;
      g_ptr_array_add(base->children, image);
    }
  }
}

/* ---- the order ---- */

static int compare_names(gconstpointer a, gconstpointer b)
{
  const CrWebImage *x = *(const CrWebImage *const *)a, *y = *(const CrWebImage *const *)b;
  int order = strcmp(x->name, y->name);
  return order ? order : strcmp(x->id, y->id);
}

static int compare_images(gconstpointer a, gconstpointer b)
{
  const CrWebImage *x = *(const CrWebImage *const *)a, *y = *(const CrWebImage *const *)b;
  int order = cr_web_verdict_rank(x->verdict) - cr_web_verdict_rank(y->verdict);
  return order ? order : compare_names(a, b);
}

static void sort_images(CrWebFleet *fleet)
{
  g_ptr_array_sort(fleet->images, compare_images);
  for (guint i = 0; i < fleet->images->len; i++) {
    CrWebImage *image = fleet->images->pdata[i];
    g_ptr_array_sort(image->children, compare_names);
    if (!image->base)
      g_ptr_array_add(fleet->roots, image);
  }
  g_ptr_array_sort(fleet->roots, compare_names);
}

static void arrange(CrWebFleet *fleet, CrWeb *web)
{
  GHashTableIter iterator;
  gpointer value;
  g_hash_table_iter_init(&iterator, fleet->by_id);
  while (g_hash_table_iter_next(&iterator, NULL, &value)) {
    CrWebImage *image = value;
    name_image(image, web);
    if (image->names->len || image->containers->len)
      g_ptr_array_add(fleet->images, image);
  }
  g_ptr_array_sort(fleet->images, compare_images); /* a hash has no order that would last */
  link_images(fleet);
  sort_images(fleet);
}

CrWebFleet *cr_web_fleet_load(CrWeb *web, GError **error)
{
  CrRecord *record = web->request->record;
  g_autoptr(GPtrArray) sightings = cr_record_list_sightings(record, NULL, web->arena, error);
  g_autoptr(GPtrArray) seen = sightings ? cr_record_list_observations(record, web->arena, error) : NULL;
  g_autoptr(GPtrArray) reports = seen ? cr_record_list_reports(record, web->arena, error) : NULL;
  if (!reports)
    return NULL;
  CrWebFleet *fleet = g_new0(CrWebFleet, 1);
  fleet->images = g_ptr_array_new();
  fleet->roots = g_ptr_array_new();
  fleet->by_id = g_hash_table_new(g_str_hash, g_str_equal);
  add_sightings(fleet, web, sightings);
  add_observations(fleet, web, seen);
  add_reports(fleet, reports);
  arrange(fleet, web);
  return fleet;
}

void cr_web_fleet_free(CrWebFleet *fleet)
{
  if (!fleet)
    return;
  GHashTableIter iterator;
  gpointer value;
  g_hash_table_iter_init(&iterator, fleet->by_id);
  while (g_hash_table_iter_next(&iterator, NULL, &value)) {
    CrWebImage *image = value;
    g_ptr_array_unref(image->names);
    g_ptr_array_unref(image->containers);
    g_ptr_array_unref(image->children);
  }
  g_ptr_array_unref(fleet->images);
  g_ptr_array_unref(fleet->roots);
  g_hash_table_unref(fleet->by_id);
  g_free(fleet);
}

/* ---- questions ---- */

CrWebImage *cr_web_fleet_find(CrWebFleet *fleet, CrWeb *web, const char *text, GError **error)
{
  CrWebImage *found = g_hash_table_lookup(fleet->by_id, text);
  const char *digits = g_str_has_prefix(text, "sha256:") ? text + strlen("sha256:") : text;
  gsize length = strlen(digits);
  if (!found && length >= 12) {
    const char *whole = cr_arena_printf(web->arena, "sha256:%s", digits);
    GHashTableIter iterator;
    gpointer key, value;
    g_hash_table_iter_init(&iterator, fleet->by_id);
    while (g_hash_table_iter_next(&iterator, &key, &value))
      if (!strncmp(key, whole, length + strlen("sha256:"))) {
        if (found) {
          cr_error_refuse(error, CR_ERROR_NOT_FOUND, "give more digits of it", "several images begin with '%s'", text);
          return NULL;
        }
        found = value;
      }
  }
  if (!found)
    cr_error_refuse(error, CR_ERROR_NOT_FOUND, "careen plan and careen scan --remember put images on record",
                    "no image '%s' is on record", text);
  return found;
}

guint cr_web_image_count_running(const CrWebImage *image)
{
  guint count = 0;
  for (guint i = 0; i < image->containers->len; i++)
    count += !g_strcmp0(((const CrSighting *)image->containers->pdata[i])->state, "running");
  return count;
}
