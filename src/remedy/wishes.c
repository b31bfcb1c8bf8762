/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/wishes.h"

#include <string.h>

#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/read-file.h"
#include "remedy/choose.h"

static gboolean is_of(const CrJson *report, const CrImage *image)
{
  const CrJson *told = cr_json_find(report, "image");
  const char *id = cr_json_find_string(told, "id", NULL), *digest = cr_json_find_string(told, "digest", NULL);
  return (id && !g_strcmp0(id, image->id)) || (digest && !g_strcmp0(digest, image->digest));
}

static gboolean is_named(const CrJson *report, const CrImage *image)
{
  return !g_strcmp0(cr_json_find_string(cr_json_find(report, "image"), "ref", NULL), image->ref);
}

static gboolean is_report(const CrJson *node)
{
  return !strcmp(cr_json_find_string(node, "schema", ""), "careen.scan/1") &&
         cr_json_is(cr_json_find(node, "updates"), CR_JSON_ARRAY);
}

static const CrJson *find_report(const CrJson *root, const CrImage *image,
                                 gboolean (*fits)(const CrJson *report, const CrImage *image))
{
  for (guint i = 0; i < cr_json_get_length(root); i++) {
    const CrJson *report = cr_json_get_element(root, i);
    if (is_report(report) && fits(report, image))
      return report;
  }
  return NULL;
}

static const CrJson *choose_report(const CrJson *root, const char *path, const CrImage *image, GError **error)
{
  if (is_report(root))
    return root;
  const CrJson *report = NULL;
  if (cr_json_is(root, CR_JSON_ARRAY))
    report = find_report(root, image, is_of);
  if (!report && cr_json_is(root, CR_JSON_ARRAY))
    report = find_report(root, image, is_named);
  if (report)
    return report;
  g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot use '%s' for --from: it has no report of '%s'", path,
              image->ref);
  if (error)
    cr_error_set_hint(*error, "careen scan -f json %s makes one", image->ref);
  return NULL;
}

static GPtrArray *read_wishes(const CrJson *report, CrArena *arena)
{
  const CrJson *updates = cr_json_find(report, "updates");
  GPtrArray *wishes = g_ptr_array_new();
  for (guint i = 0; i < cr_json_get_length(updates); i++) {
    const CrJson *update = cr_json_get_element(updates, i);
    const char *name = cr_json_find_string(update, "name", NULL),
               *candidate = cr_json_find_string(update, "candidate", NULL);
    if (!name || !candidate)
      continue;
    CrWish *wish = cr_arena_new0(arena, CrWish);
    wish->name = cr_arena_strdup(arena, name);
    wish->arch = cr_arena_strdup(arena, cr_json_find_string(update, "arch", NULL));
    wish->version = cr_arena_strdup(arena, candidate);
    g_ptr_array_add(wishes, wish);
  }
  return wishes;
}

GPtrArray *cr_wishes_load(const char *path, const CrImage *image, CrArena *arena, gboolean *other, GError **error)
{
  g_autoptr(GBytes) bytes = cr_read_file(path, CR_LIMIT_REPORT_BYTES, error);
  if (!bytes)
    return NULL;
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, path, error);
  const CrJson *report = doc ? choose_report(cr_json_get_root(doc), path, image, error) : NULL;
  if (!report)
    return NULL;
  *other = !is_of(report, image);
  return read_wishes(report, arena);
}
