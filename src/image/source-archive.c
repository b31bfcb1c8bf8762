/* SPDX-License-Identifier: Apache-2.0 */
/* docker-archive:FILE[:REF] and oci-archive:FILE[:TAG].
 *
 * `docker save`'s manifest.json is [{"Config": PATH, "RepoTags": [REF…], "Layers": [PATH…]}…] (moby
 * image/tarexport/tarexport.go). Paths are members or links to members (older daemons repeat a layer as a link), layers
 * may be compressed (kaniko, crane). Newer daemons write an OCI layout beside it with the same blobs; where
 * manifest.json is missing that is read. */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/number.h"
#include "image/document.h"
#include "image/layout.h"
#include "image/manifest.h"

/* ---- which image ---- */

typedef struct {
  const char *config;
  CrStrv tags, layers;
} Saved;

static gboolean same_reference(const char *a, const char *b)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrReference x, y;
  return cr_reference_parse(a, arena, &x, NULL) && cr_reference_parse(b, arena, &y, NULL) &&
         !strcmp(x.registry, y.registry) && !strcmp(x.repository, y.repository) && g_strcmp0(x.tag, y.tag) == 0;
}

static gboolean is_latest(const char *ref)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrReference parsed;
  return cr_reference_parse(ref, arena, &parsed, NULL) && g_strcmp0(parsed.tag, "latest") == 0;
}

/* The member of IMAGES that WANT names (a reference, or "@N" by number from 0 as skopeo writes it); without WANT the
 * only one, else the only one tagged latest. */
static const Saved *choose_saved(const Saved *images, guint count, const char *want)
{
  const Saved *found = NULL;
  if (want && want[0] == '@') {
    guint64 number = 0;
    return cr_number_parse_unsigned(want + 1, 0, G_MAXUINT, &number) && number < count ? &images[number] : NULL;
  }
  if (!want && count == 1)
    return images;
  for (guint i = 0; i < count; i++)
    for (guint t = 0; images[i].tags[t]; t++) {
      if (want ? !same_reference(want, images[i].tags[t]) : !is_latest(images[i].tags[t]))
        continue;
      if (found && found != &images[i] && !want)
        return NULL;
      found = &images[i];
    }
  return found;
}

static void set_choice(const char *path, const Saved *images, guint count, const char *want, GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < count; i++)
    g_ptr_array_add(names, images[i].tags[0] ? g_strdup(images[i].tags[0]) : g_strdup_printf("@%u", i));
  cr_layout_set_choice(path, "docker-archive", names, want, error);
}

static Saved *parse_saved(CrDocument *document, const CrJson *root, guint *count)
{
  if (!cr_json_is(root, CR_JSON_ARRAY) || !cr_json_get_length(root)) {
    cr_document_fail(document, cr_json_is(root, CR_JSON_ARRAY) ? "it lists no image" : "it is not an array");
    return NULL;
  }
  *count = cr_json_get_length(root);
  if (*count > CR_LIMIT_INDEX_MANIFESTS) {
    cr_document_fail(document, "it lists more than %u images", CR_LIMIT_INDEX_MANIFESTS);
    return NULL;
  }
  Saved *images = cr_arena_alloc(document->arena, *count * sizeof *images);
  for (guint i = 0; i < *count; i++) {
    const CrJson *item = cr_json_get_element(root, i);
    g_autofree char *place = g_strdup_printf("[%u].", i);
    if (!cr_json_is(item, CR_JSON_OBJECT))
      cr_document_fail(document, "'[%u]' is not an object", i);
    cr_document_get(document, item, place, "Config", CR_JSON_STRING, TRUE);
    images[i].config = cr_document_get_string(document, item, place, "Config", "");
    images[i].tags = cr_document_get_strings(document, item, place, "RepoTags", FALSE);
    images[i].layers = cr_document_get_strings(document, item, place, "Layers", FALSE);
  }
  return images;
}

static void keep_names(CrLayout *layout, const Saved *images, guint count, CrArena *arena)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < count; i++)
    if (images[i].tags[0])
      g_ptr_array_add(names, (gpointer)images[i].tags[0]);
  cr_layout_set_names(layout, names, arena);
}

static const Saved *load_saved(CrSource *source, CrLayout *layout, const char *want, GError **error)
{
  const char *path = cr_blobs_get_path(layout->blobs);
  g_autoptr(GBytes) bytes = cr_blobs_load(layout->blobs, "manifest.json", error);
  if (!bytes)
    return NULL;
  g_autofree char *what = g_strdup_printf("manifest.json of '%s'", path);
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  g_autoptr(CrJsonDoc) json = cr_json_parse(text, size, what, error);
  if (!json)
    return NULL;
  CrDocument document = {.what = what, .arena = source->arena};
  guint count = 0;
  const Saved *images = parse_saved(&document, cr_json_get_root(json), &count);
  if (!cr_document_finish(&document, error) || !images)
    return NULL;
  keep_names(layout, images, count, source->arena);
  const Saved *saved = choose_saved(images, count, want);
  if (!saved)
    set_choice(path, images, count, want, error);
  return saved;
}

/* ---- the image ---- */

/* The 64 hexadecimal digits in a path such as HEX.json, sha256:HEX or blobs/sha256/HEX; NULL: named otherwise. */
static char *find_digest(const char *path)
{
  const char *base = strrchr(path, '/');
  base = base ? base + 1 : path;
  if (g_str_has_prefix(base, "sha256:"))
    base += 7;
  if (strspn(base, "0123456789abcdef") != 64 || (base[64] && base[64] != '.'))
    return NULL;
  return g_strdup_printf("sha256:%.64s", base);
}

/* Paths as cr_blobs names members; "./x" and "/x" are written by some tools. */
static const char *get_member_name(const char *path)
{
  while (*path == '/' || g_str_has_prefix(path, "./"))
    path += *path == '/' ? 1 : 2;
  return path;
}

static gboolean take_layers(CrSource *source, CrLayout *layout, const Saved *saved, GError **error)
{
  CrImage *image = source->image;
  guint count = g_strv_length((char **)saved->layers);
  if (count != image->layer_count) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read '%s': manifest.json names %u layers, but the config %u",
                cr_blobs_get_path(layout->blobs), count, image->layer_count);
    return FALSE;
  }
  layout->layer_names = cr_arena_alloc(source->arena, ((gsize)count + 1) * sizeof(char *));
  for (guint i = 0; i < count; i++) {
    const char *name = layout->layer_names[i] = get_member_name(saved->layers[i]);
    guint64 size = 0;
    if (cr_blobs_find(layout->blobs, name, &size))
      image->layers[i].size_bytes = (gint64)MIN(size, G_MAXINT64 / (CR_LIMIT_LAYERS + 1));
    image->size_bytes += image->layers[i].size_bytes;
    g_autofree char *digest = g_str_has_prefix(name, "blobs/sha256/") ? find_digest(name) : NULL;
    image->layers[i].digest = cr_arena_strdup(source->arena, digest); /* elsewhere a name promises nothing */
  }
  return TRUE;
}

static gboolean apply_config(CrSource *source, const CrLayout *layout, const Saved *saved, GError **error)
{
  CrImage *image = source->image;
  g_autoptr(GBytes) config = cr_blobs_load(layout->blobs, get_member_name(saved->config), error);
  if (!config)
    return FALSE;
  gsize size = 0;
  const char *text = g_bytes_get_data(config, &size);
  g_autofree char *digest = cr_digest_of(text, size), *named = find_digest(saved->config);
  if (named && strcmp(named, digest) != 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "cannot read '%s' in '%s': its digest is %s", saved->config,
                cr_blobs_get_path(layout->blobs), digest);
    return FALSE;
  }
  image->id = cr_arena_strdup(source->arena, digest);
  g_autofree char *what = g_strdup_printf("config '%.100s' of '%s'", saved->config, cr_blobs_get_path(layout->blobs));
  return cr_manifest_apply_config(text, size, what, NULL, source->arena, image, error);
}

static gboolean open_saved(CrSource *source, CrLayout *layout, const char *want, GError **error)
{
  CrImage *image = source->image;
  layout->open = open_saved;
  const Saved *saved = load_saved(source, layout, want, error);
  if (!saved || !apply_config(source, layout, saved, error) || !take_layers(source, layout, saved, error))
    return FALSE;
  g_autofree char *base = g_path_get_basename(cr_blobs_get_path(layout->blobs));
  image->repo_tags = saved->tags;
  image->name = saved->tags[0] ? saved->tags[0] : cr_arena_strdup(source->arena, base);
  for (guint t = 0; want && saved->tags[t]; t++)
    if (same_reference(want, saved->tags[t]))
      image->name = saved->tags[t];
  return cr_manifest_check_platform(image, source->options.platform, error);
}

/* ---- the two members of the family ---- */

static CrLayout *open_file(CrSource *source, const char *rest, const char **tag, CrProblems *problems, GError **error)
{
  g_autofree char *file = cr_layout_split_tag(rest, tag);
  CrLayout *layout = source->own = g_new0(CrLayout, 1);
  layout->blobs = cr_blobs_open_archive(file, error);
  if (!layout->blobs)
    return NULL;
  const char *damage = cr_blobs_get_damage(layout->blobs);
  if (damage)
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, file, "the archive is damaged: %s", damage);
  return layout;
}

static gboolean refuse(const CrLayout *layout, const char *missing, const char *hint, GError **error)
{
  const char *path = cr_blobs_get_path(layout->blobs), *damage = cr_blobs_get_damage(layout->blobs);
  GError *cause = NULL;
  if (damage)
    g_set_error(&cause, CR_ERROR, CR_ERROR_INPUT, "cannot read '%s': %s", path, damage);
  else
    g_set_error(&cause, CR_ERROR, CR_ERROR_INPUT, "cannot read '%s': it has no %s", path, missing);
  if (!damage)
    cr_error_set_hint(cause, "%s%s", hint, path);
  g_propagate_error(error, cause);
  return FALSE;
}

static gboolean open_docker(CrSource *source, const char *rest, CrProblems *problems, GError **error)
{
  const char *tag = NULL;
  CrLayout *layout = open_file(source, rest, &tag, problems, error);
  if (!layout)
    return FALSE;
  if (cr_blobs_find(layout->blobs, "manifest.json", NULL))
    return open_saved(source, layout, tag, error);
  if (cr_blobs_find(layout->blobs, "index.json", NULL))
    return cr_layout_open(source, layout, tag, error);
  if (cr_blobs_find(layout->blobs, "repositories", NULL))
    return refuse(layout, "manifest.json: it was saved before Docker 1.10, with layers that name no content",
                  "load it into a current Docker and save it again: docker load -i ", error);
  return refuse(layout, "manifest.json, so `docker save` did not write it", "a root file system is rootfs:", error);
}

static gboolean open_oci(CrSource *source, const char *rest, CrProblems *problems, GError **error)
{
  const char *tag = NULL;
  CrLayout *layout = open_file(source, rest, &tag, problems, error);
  if (!layout)
    return FALSE;
  if (cr_blobs_find(layout->blobs, "index.json", NULL))
    return cr_layout_open(source, layout, tag, error);
  if (cr_blobs_find(layout->blobs, "manifest.json", NULL))
    return refuse(layout, "index.json", "what `docker save` writes is docker-archive:", error);
  return refuse(layout, "index.json, so it is no OCI layout", "a root file system is rootfs:", error);
}

const CrSourceClass cr_source_docker_archive = {
    .name = "docker-archive",
    .prefix = "docker-archive",
    .open = open_docker,
    .read_layers = cr_layout_read_layers,
    .close = cr_layout_close,
    .list_siblings = cr_layout_list_siblings,
    .open_member = cr_layout_open_member,
};
const CrSourceClass cr_source_oci_archive = {
    .name = "oci-archive",
    .prefix = "oci-archive",
    .open = open_oci,
    .read_layers = cr_layout_read_layers,
    .close = cr_layout_close,
    .list_siblings = cr_layout_list_siblings,
    .open_member = cr_layout_open_member,
};
