/* SPDX-License-Identifier: Apache-2.0 */
#include "image/layout.h"

#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "image/manifest.h"

#define NESTED_INDEXES 4U /* an index of indexes is real (buildx), a fifth step is not */

#define SIBLINGS 100U /* other images of the same archive that are looked at for a base */

char *cr_layout_split_tag(const char *rest, const char **tag)
{
  *tag = NULL;
  if (access(rest, F_OK) == 0)
    return g_strdup(rest);
  for (const char *colon = strrchr(rest, ':'); colon;) {
    g_autofree char *path = g_strndup(rest, (gsize)(colon - rest));
    if (access(path, F_OK) == 0) {
      *tag = colon + 1;
      return g_steal_pointer(&path);
    }
    colon = g_strrstr_len(rest, colon - rest, ":");
  }
  return g_strdup(rest);
}

void cr_layout_set_choice(const char *path, const char *prefix, GPtrArray *names, const char *tag, GError **error)
{
  g_autoptr(GString) list = g_string_new(NULL);
  for (guint i = 0; i < names->len && i < 20; i++)
    g_string_append_printf(list, "%s%s", i ? ", " : "", (const char *)names->pdata[i]);
  if (names->len > 20)
    g_string_append_printf(list, " and %u more", names->len - 20);
  GError *cause = NULL;
  if (tag)
    g_set_error(&cause, CR_ERROR, CR_ERROR_USAGE, "cannot find '%s' in '%s': it has %s", tag, path,
                list->len ? list->str : "no image with a name");
  else
    g_set_error(&cause, CR_ERROR, CR_ERROR_USAGE, "cannot choose an image in '%s': it has several", path);
  if (list->len)
    cr_error_set_hint(cause, "name one as %s:%s:NAME, of %s", prefix, path, list->str);
  g_propagate_error(error, cause);
}

static char *get_blob_name(const char *digest)
{
  return g_strdup_printf("blobs/sha256/%s", cr_digest_get_hex(digest));
}

/* A blob by its descriptor: size and digest must hold before a byte of it is believed. */
static GBytes *load_blob(CrBlobs *blobs, const CrDescriptor *descriptor, GError **error)
{
  g_autofree char *name = get_blob_name(descriptor->digest);
  g_autoptr(GBytes) bytes = cr_blobs_load(blobs, name, error);
  if (!bytes)
    return NULL;
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  if ((gint64)size != descriptor->size_bytes) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT,
                "cannot read '%s' in '%s': it is %" G_GSIZE_FORMAT " bytes, but its descriptor says %" G_GINT64_FORMAT,
                name, cr_blobs_get_path(blobs), size, descriptor->size_bytes);
    return NULL;
  }
  g_autofree char *digest = cr_digest_of(data, size);
  if (strcmp(digest, descriptor->digest) != 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "cannot read '%s' in '%s': its digest is %s", name,
                cr_blobs_get_path(blobs), digest);
    return NULL;
  }
  return g_steal_pointer(&bytes);
}

static CrManifest *load_manifest(CrSource *source, CrLayout *layout, const CrDescriptor *descriptor, GError **error)
{
  g_autoptr(GBytes) bytes = load_blob(layout->blobs, descriptor, error);
  if (!bytes)
    return NULL;
  g_autofree char *what =
      g_strdup_printf("manifest %.19s… of '%s'", descriptor->digest, cr_blobs_get_path(layout->blobs));
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  CrManifest *manifest = source->as_is ? cr_manifest_parse_any(text, size, what, source->arena, error)
                                       : cr_manifest_parse(text, size, what, source->arena, error);
  if (manifest && !manifest->is_index)
    source->manifest = g_steal_pointer(&bytes);
  else if (manifest && !source->index && !source->as_is) {
    source->index = g_steal_pointer(&bytes);
    source->index_digest = descriptor->digest;
  }
  return manifest;
}

/* Does TAG name ENTRY: by its ref.name, by the tag of a full name, by the same full name written shorter, by digest. */
static gboolean has_name(const CrDescriptor *entry, const char *tag)
{
  if (!strcmp(entry->digest, tag))
    return TRUE;
  if (!entry->ref_name)
    return FALSE;
  if (!strcmp(entry->ref_name, tag))
    return TRUE;
  g_autoptr(CrArena) arena = cr_arena_new();
  CrReference a, b;
  if (!strpbrk(entry->ref_name, "/:") || !cr_reference_parse(entry->ref_name, arena, &a, NULL))
    return FALSE;
  if (a.tag && !strcmp(a.tag, tag))
    return TRUE;
  return cr_reference_parse(tag, arena, &b, NULL) && !strcmp(a.registry, b.registry) &&
         !strcmp(a.repository, b.repository) && a.tag && b.tag && !strcmp(a.tag, b.tag);
}

void cr_layout_set_names(CrLayout *layout, const GPtrArray *names, CrArena *arena)
{
  const char **copy = cr_arena_alloc(arena, ((gsize)names->len + 1) * sizeof *copy);
  for (guint i = 0; i < names->len; i++)
    copy[i] = names->pdata[i];
  copy[names->len] = NULL;
  layout->names = copy;
}

/* One image by several names, which is not the same for several platforms. */
static gboolean is_same(const CrDescriptor *a, const CrDescriptor *b)
{
  return !strcmp(a->digest, b->digest) && !g_strcmp0(a->os, b->os) && !g_strcmp0(a->architecture, b->architecture) &&
         !g_strcmp0(a->variant, b->variant);
}

/* The entries of INDEX that TAG names; without TAG all, or those tagged latest where names differ. */
static CrManifest *select_entries(CrSource *source, const CrManifest *index, const char *tag, GPtrArray *names)
{
  CrManifest *out = cr_arena_new0(source->arena, CrManifest);
  out->is_index = TRUE;
  out->entries = cr_arena_alloc(source->arena, ((gsize)index->count + 1) * sizeof *out->entries);
  gboolean same = TRUE;
  const CrDescriptor *first = NULL;
  for (guint i = 0; i < index->count; i++) {
    const CrDescriptor *entry = &index->entries[i];
    if (entry->attestation)
      continue;
    if (entry->ref_name)
      g_ptr_array_add(names, (gpointer)entry->ref_name);
    same =
        same && (!first || g_strcmp0(first->ref_name, entry->ref_name) == 0 || !strcmp(first->digest, entry->digest));
    first = first ? first : entry;
  }
  const char *want = tag ? tag : same ? NULL : "latest";
  for (guint i = 0; i < index->count; i++) {
    const CrDescriptor *entry = &index->entries[i];
    gboolean twice = FALSE;
    for (guint j = 0; j < out->count && !twice && out->count < 100; j++)
      twice = is_same(&out->entries[j], entry);
    if (!entry->attestation && !twice && (!want || has_name(entry, want)))
      out->entries[out->count++] = *entry;
  }
  return out;
}

static gboolean belongs(const CrManifest *selected, const CrDescriptor *entry)
{
  gboolean found = FALSE;
  for (guint i = 0; i < selected->count && !found; i++)
    found = entry->attestation ? !g_strcmp0(entry->subject, selected->entries[i].digest)
                               : is_same(&selected->entries[i], entry);
  return found;
}

/* A layout may list an image's platforms in index.json itself: those of SELECTED and what speaks of them, as an index
 * of their own. */
static void make_index(CrSource *source, const CrManifest *all, const CrManifest *selected, const char *text,
                       gsize size)
{
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, size, "index.json", NULL);
  const CrJson *list = doc ? cr_json_find(cr_json_get_root(doc), "manifests") : NULL;
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  cr_json_begin_object(writer);
  cr_json_key_integer(writer, "schemaVersion", 2);
  cr_json_key_string(writer, "mediaType", "application/vnd.oci.image.index.v1+json");
  cr_json_key(writer, "manifests");
  cr_json_begin_array(writer);
  for (guint i = 0; i < all->count; i++)
    if (belongs(selected, &all->entries[i]))
      cr_json_node(writer, cr_json_get_element(list, i));
  cr_json_end_array(writer);
  cr_json_end_object(writer);
  const char *made = cr_json_writer_get_text(writer, &size);
  g_autofree char *digest = cr_digest_of(made, size);
  source->index = g_bytes_new(made, size);
  source->index_digest = cr_arena_strdup(source->arena, digest);
}

/* Down from index.json to the manifest of one image. */
static CrManifest *choose_manifest(CrSource *source, CrLayout *layout, const char *tag, GError **error)
{
  const char *path = cr_blobs_get_path(layout->blobs);
  g_autoptr(GBytes) bytes = cr_blobs_load(layout->blobs, "index.json", error);
  if (!bytes)
    return NULL;
  g_autofree char *what = g_strdup_printf("index.json of '%s'", path);
  gsize size = 0;
  const char *text = g_bytes_get_data(bytes, &size);
  CrManifest *manifest = cr_manifest_parse(text, size, what, source->arena, error);
  if (!manifest)
    return NULL;
  if (!manifest->is_index) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read %s: it is not an index", what);
    return NULL;
  }
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  const CrManifest *all = source->root = manifest;
  manifest = select_entries(source, all, tag, names);
  cr_layout_set_names(layout, names, source->arena);
  if (!manifest->count && (tag || names->len)) {
    cr_layout_set_choice(path, source->class->name, names, tag, error);
    return NULL;
  }
  if (manifest->count > 1)
    make_index(source, all, manifest, text, size);
  for (guint depth = 0; manifest && manifest->is_index; depth++) {
    if (depth == NESTED_INDEXES) {
      g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read %s: its indexes lead to indexes without end", what);
      return NULL;
    }
    const CrDescriptor *entry = cr_source_choose(manifest, &source->options, path, error);
    if (!entry)
      return NULL;
    source->image->digest = entry->digest;
    if (entry->ref_name && !depth)
      source->image->name = entry->ref_name;
    manifest = load_manifest(source, layout, entry, error);
  }
  return manifest;
}

/* What the report calls it: a full name as it is, a bare tag behind the file's own name, else the file's name. */
static void set_name(CrSource *source, const CrLayout *layout)
{
  CrImage *image = source->image;
  g_autofree char *base = g_path_get_basename(cr_blobs_get_path(layout->blobs));
  const char *ref = *image->name ? image->name : NULL;
  if (ref && strpbrk(ref, "/:")) {
    const char **tags = cr_arena_alloc(source->arena, 2 * sizeof *tags);
    tags[0] = ref;
    image->repo_tags = tags;
  } else {
    image->name = cr_arena_printf(source->arena, "%s%s%s", base, ref ? ":" : "", ref ? ref : "");
  }
}

/* The image of MANIFEST, whose bytes are there. */
static gboolean describe(CrSource *source, CrLayout *layout, const CrManifest *manifest, GError **error)
{
  CrImage *image = source->image;
  g_autoptr(GBytes) config = load_blob(layout->blobs, &manifest->config, error);
  if (!config)
    return FALSE;
  g_autofree char *what =
      g_strdup_printf("config %.19s… of '%s'", manifest->config.digest, cr_blobs_get_path(layout->blobs));
  if (!cr_source_describe(source, manifest, config, what, error))
    return FALSE;
  layout->by_digest = TRUE;
  layout->layer_names = cr_arena_alloc(source->arena, ((gsize)image->layer_count + 1) * sizeof(char *));
  for (guint i = 0; i < image->layer_count; i++)
    layout->layer_names[i] =
        cr_arena_printf(source->arena, "blobs/sha256/%s", cr_digest_get_hex(image->layers[i].digest));
  return TRUE;
}

gboolean cr_layout_open(CrSource *source, CrLayout *layout, const char *tag, GError **error)
{
  source->image->name = "";
  layout->open = cr_layout_open;
  CrManifest *manifest = choose_manifest(source, layout, tag, error);
  if (!manifest)
    return FALSE;
  set_name(source, layout);
  return describe(source, layout, manifest, error);
}

/* The blobs are the parent's. */
static void close_member(CrSource *source)
{
  g_free(source->own);
}

static const CrSourceClass member_class = {
    .name = "oci", .prefix = "oci", .read_layers = cr_layout_read_layers, .close = close_member};

gboolean cr_layout_open_member(CrSource *source, const CrSource *parent, const CrDescriptor *entry, GError **error)
{
  const CrLayout *whole = parent->own;
  CrLayout *layout = source->own = g_new0(CrLayout, 1);
  source->class = &member_class;
  layout->blobs = whole->blobs;
  const CrManifest *manifest = load_manifest(source, layout, entry, error);
  if (manifest && manifest->is_index)
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read manifest '%s' of '%s': it is an index in an index",
                entry->digest, source->image->ref);
  return manifest && !manifest->is_index && describe(source, layout, manifest, error);
}

/* TRUE: layer I can be read. Not there is a problem, another size than the descriptor's an error. */
static gboolean check_layer(CrSource *source, const CrLayout *layout, guint i, CrProblems *problems, gboolean *there,
                            GError **error)
{
  const CrLayerInfo *layer = &source->image->layers[i];
  const char *path = cr_blobs_get_path(layout->blobs), *damage = cr_blobs_get_damage(layout->blobs);
  guint64 size = 0;
  *there = cr_blobs_find(layout->blobs, layout->layer_names[i], &size);
  if (*there && layout->by_digest && (gint64)size != layer->size_bytes) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT,
                "cannot read layer %u of '%s': '%s' is %" G_GUINT64_FORMAT
                " bytes, but its descriptor says %" G_GINT64_FORMAT,
                i + 1, path, layout->layer_names[i], size, layer->size_bytes);
    return FALSE;
  }
  if (*there)
    return TRUE;
  g_autofree char *where = g_strdup_printf("layer %u", i + 1);
  if (layer->foreign)
    cr_problems_add(problems, CR_PROBLEM_BLIND, where,
                    "it is a foreign layer whose bytes are kept elsewhere: nothing in it was examined");
  else
    cr_problems_add(problems, CR_PROBLEM_BLIND, where, "'%s' is not in '%s'%s%s: nothing in it was examined",
                    layout->layer_names[i], path, damage ? ", which is " : "", damage ? damage : "");
  return TRUE;
}

gboolean cr_layout_read_layers(CrSource *source, const gboolean *wanted, guint jobs, CrLayerVisit visit, gpointer data,
                               CrProblems *problems, GError **error)
{
  const CrLayout *layout = source->own;
  CrBlobWanted *list = cr_arena_alloc(source->arena, ((gsize)source->image->layer_count + 1) * sizeof *list);
  guint count = 0;
  for (guint i = 0; i < source->image->layer_count; i++) {
    gboolean there = FALSE;
    if (!wanted[i])
      continue;
    if (!check_layer(source, layout, i, problems, &there, error))
      return FALSE;
    if (there)
      list[count++] = (CrBlobWanted){layout->layer_names[i], (int)i, source->image->layers[i].digest};
  }
  return cr_blobs_read(layout->blobs, list, count, jobs, visit, data, error);
}

/* Each is opened like the first, from the same blobs; one that cannot be opened is nobody's base. */
void cr_layout_list_siblings(const CrSource *source, GPtrArray *images, CrArena *arena)
{
  const CrLayout *layout = source->own;
  guint tries = 0;
  for (guint i = 0; layout->names && layout->names[i] && tries < SIBLINGS; i++) {
    const char *name = layout->names[i];
    if (!strpbrk(name, "/:") || !strcmp(name, source->image->name)) /* a bare tag names no repository */
      continue;
    tries++;
    CrLayout own = {.blobs = layout->blobs};
    CrSource sibling = {.class = source->class, .options = source->options, .arena = arena, .own = &own};
    sibling.image = cr_image_new(arena);
    sibling.image->ref = sibling.image->name = name;
    sibling.image->source = source->class->name;
    if (layout->open(&sibling, &own, name, NULL))
      g_ptr_array_add(images, sibling.image);
    g_clear_pointer((GBytes **)&sibling.image->raw_config, g_bytes_unref);
    g_clear_pointer(&sibling.manifest, g_bytes_unref);
    g_clear_pointer(&sibling.index, g_bytes_unref);
  }
}

void cr_layout_close(CrSource *source)
{
  CrLayout *layout = source->own;
  if (layout)
    cr_blobs_free(layout->blobs);
  g_free(layout);
}
