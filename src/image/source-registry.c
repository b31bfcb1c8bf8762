/* SPDX-License-Identifier: Apache-2.0 */
/* registry:REF: an image in a registry. */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "image/manifest.h"
#include "image/registry.h"
#include "image/source-private.h"

/* An index may list an index; nobody nests deeper than two. */
#define INDEX_DEPTH 4

/* ---- opening ---- */

/* A proxy's or portal's page in place of the registry's answer. */
static gboolean check_is_json(const CrRegistry *registry, const char *name, const char *text, gsize size,
                              GError **error)
{
  gsize start = 0;
  while (start < size && g_ascii_isspace(text[start]))
    start++;
  if (start == size || text[start] != '<')
    return TRUE;
  GError *cause = g_error_new(CR_ERROR, CR_ERROR_ENVIRONMENT,
                              "cannot read manifest '%s' of '%s': a web page came back, not a manifest", name,
                              cr_registry_get_name(registry));
  cr_error_set_hint(cause, "that host is no registry, or a proxy or login portal answered in its place");
  g_propagate_error(error, cause);
  return FALSE;
}

static CrManifest *fetch_manifest(CrSource *source, const char *name, char **digest, GError **error)
{
  CrRegistry *registry = source->own;
  g_autoptr(CrHttpResponse) response = cr_registry_fetch_manifest(registry, name, "GET", digest, error);
  if (!response)
    return NULL;
  g_autofree char *what = g_strdup_printf("manifest '%s' of '%s'", name, cr_registry_get_name(registry));
  gsize size = 0;
  const char *text = g_bytes_get_data(response->body, &size);
  if (!check_is_json(registry, name, text, size, error))
    return NULL;
  CrManifest *manifest = source->as_is ? cr_manifest_parse_any(text ? text : "", size, what, source->arena, error)
                                       : cr_manifest_parse(text ? text : "", size, what, source->arena, error);
  if (manifest && !manifest->is_index)
    source->manifest = g_bytes_ref(response->body);
  else if (manifest && !source->index && !source->as_is) {
    source->index = g_bytes_ref(response->body);
    source->index_digest = cr_arena_strdup(source->arena, *digest);
  }
  return manifest;
}

static void add_repo_digest(CrSource *source, GPtrArray *digests, const char *digest)
{
  g_ptr_array_add(digests,
                  (gpointer)cr_arena_printf(source->arena, "%s@%s", cr_registry_get_name(source->own), digest));
}

/* From REFERENCE through indexes to the manifest of the one image; its digest goes to the image. */
static CrManifest *find_manifest(CrSource *source, const CrReference *reference, GError **error)
{
  g_autofree char *name = g_strdup(reference->digest ? reference->digest : reference->tag);
  g_autoptr(GPtrArray) digests = g_ptr_array_new();
  for (guint depth = 0; depth < INDEX_DEPTH; depth++) {
    g_autofree char *digest = NULL;
    CrManifest *manifest = fetch_manifest(source, name, &digest, error);
    if (!manifest)
      return NULL;
    add_repo_digest(source, digests, digest);
    if (!manifest->is_index) {
      source->image->digest = cr_arena_strdup(source->arena, digest);
      const char **all = cr_arena_alloc(source->arena, (digests->len + 1) * sizeof *all);
      memcpy(all, digests->pdata, digests->len * sizeof *all);
      source->image->repo_digests = all;
      return manifest;
    }
    g_autofree char *what = g_strdup_printf("'%s'", source->image->ref);
    const CrDescriptor *entry = cr_source_choose(manifest, &source->options, what, error);
    if (!entry)
      return NULL;
    g_free(name);
    name = g_strdup(entry->digest);
  }
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read '%s': its indexes are nested more than %d deep",
              source->image->ref, INDEX_DEPTH);
  return NULL;
}

/* Charts, signatures and other artifacts use the same manifests. */
static gboolean check_is_image(const CrSource *source, const CrManifest *manifest, GError **error)
{
  static const char *const types[] = {"application/vnd.oci.image.config.v1+json",
                                      "application/vnd.docker.container.image.v1+json", "application/json",
                                      "application/octet-stream", NULL};
  const char *type = manifest->config.media_type;
  if (!type || g_strv_contains(types, type))
    return TRUE;
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read '%s': not an image, its config is of type '%.100s'",
              source->image->ref, type);
  return FALSE;
}

static gboolean read_config(CrSource *source, const CrManifest *manifest, GError **error)
{
  g_autoptr(GBytes) config = cr_registry_fetch_blob(source->own, &manifest->config, error);
  if (!config)
    return FALSE;
  g_autofree char *what = g_strdup_printf("the config of '%s'", source->image->ref);
  return cr_source_describe(source, manifest, config, what, error);
}

static gboolean registry_open(CrSource *source, const char *rest, CrProblems *problems, GError **error)
{
  if (g_str_has_prefix(rest, "//"))
    rest += 2;
  CrReference reference;
  if (!cr_reference_parse(rest, source->arena, &reference, error))
    return FALSE;
  source->own = cr_registry_new(&reference, &source->options, problems, error);
  if (!source->own)
    return FALSE;
  source->image->name = cr_arena_strdup(source->arena, rest);
  const CrManifest *manifest = find_manifest(source, &reference, error);
  return manifest && check_is_image(source, manifest, error) && read_config(source, manifest, error);
}

static gboolean registry_open_member(CrSource *source, const CrSource *parent, const CrDescriptor *entry,
                                     GError **error);

static CrRegistry *find_registry(const CrSource *source)
{
  return source->own;
}

static void registry_close(CrSource *source)
{
  cr_registry_free(source->own);
}

/* ---- layers ---- */

typedef struct {
  CrSource *source;
  const gboolean *wanted;
  CrLayerVisit visit;
  gpointer data;
  CrProblems *problems;
  GMutex mutex;
  guint next;
  GError *error; /* the first one stops the rest */
} Reading;

/* The next layer to read, or -1. */
static int take_layer(Reading *reading)
{
  int layer = -1;
  g_mutex_lock(&reading->mutex);
  for (; !reading->error && layer < 0 && reading->next < reading->source->image->layer_count; reading->next++) {
    if (reading->wanted[reading->next])
      layer = (int)reading->next;
  }
  g_mutex_unlock(&reading->mutex);
  return layer;
}

static gboolean read_layer(Reading *reading, int index, GError **error)
{
  const CrLayerInfo *layer = &reading->source->image->layers[index];
  g_autoptr(GError) cause = NULL;
  CrRegistry *registry = reading->source->own;
  CrStream *stream = cr_registry_is_good_blob(registry, layer->digest, &cause)
                         ? cr_registry_open_blob(registry, layer->digest, layer->size_bytes, &cause)
                         : NULL;
  if (stream && reading->visit(index, stream, layer->digest, reading->data, &cause))
    return TRUE;
  if (stream) {
    cr_registry_mark_bad_blob(registry, layer->digest, cause);
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  if (!g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND)) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  g_autofree char *where = g_strdup_printf("layer %d", index + 1);
  cr_problems_add(reading->problems, CR_PROBLEM_BLIND, where, "%s (%s): nothing of it is known",
                  layer->foreign ? "is a foreign layer, which the registry does not hold"
                                 : "the registry does not have it",
                  layer->digest);
  return TRUE;
}

static gpointer read_some(gpointer data)
{
  Reading *reading = data;
  for (int index; (index = take_layer(reading)) >= 0;) {
    GError *error = NULL;
    if (read_layer(reading, index, &error))
      continue;
    g_mutex_lock(&reading->mutex);
    if (reading->error)
      g_error_free(error);
    else
      reading->error = error;
    g_mutex_unlock(&reading->mutex);
  }
  return NULL;
}

static gboolean registry_read_layers(CrSource *source, const gboolean *wanted, guint jobs, CrLayerVisit visit,
                                     gpointer data, CrProblems *problems, GError **error)
{
  Reading reading = {.source = source, .wanted = wanted, .visit = visit, .data = data, .problems = problems};
  g_mutex_init(&reading.mutex);
  g_autoptr(GPtrArray) threads = g_ptr_array_new();
  for (guint i = 1; i < MIN(jobs, source->image->layer_count); i++)
    g_ptr_array_add(threads, g_thread_new("layer", read_some, &reading));
  read_some(&reading);
  for (guint i = 0; i < threads->len; i++)
    g_thread_join(threads->pdata[i]);
  g_mutex_clear(&reading.mutex);
  if (reading.error)
    g_propagate_error(error, reading.error);
  return !reading.error;
}

const CrSourceClass cr_source_registry = {
    .name = "registry",
    .prefix = "registry",
    .open = registry_open,
    .read_layers = registry_read_layers,
    .close = registry_close,
    .open_member = registry_open_member,
    .find_registry = find_registry,
};

/* The connection is the parent's. */
static const CrSourceClass member_class = {
    .name = "registry", .prefix = "registry", .read_layers = registry_read_layers, .find_registry = find_registry};

static gboolean registry_open_member(CrSource *source, const CrSource *parent, const CrDescriptor *entry,
                                     GError **error)
{
  g_autofree char *digest = NULL;
  source->class = &member_class;
  source->own = parent->own;
  const CrManifest *manifest = fetch_manifest(source, entry->digest, &digest, error);
  if (!manifest)
    return FALSE;
  if (manifest->is_index) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read manifest '%s' of '%s': it is an index in an index",
                entry->digest, source->image->ref);
    return FALSE;
  }
  g_autoptr(GPtrArray) digests = g_ptr_array_new();
  if (parent->index_digest)
    add_repo_digest(source, digests, parent->index_digest);
  add_repo_digest(source, digests, entry->digest);
  const char **all = cr_arena_alloc(source->arena, ((gsize)digests->len + 1) * sizeof *all);
  memcpy(all, digests->pdata, digests->len * sizeof *all);
  source->image->repo_digests = all;
  return (source->as_is || check_is_image(source, manifest, error)) && read_config(source, manifest, error);
}

/* ---- for lineage ---- */

gboolean cr_source_resolve_tag(const char *ref, const CrSourceOptions *options, char **digest, GError **error)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrReference reference;
  if (!cr_reference_parse(ref, arena, &reference, error))
    return FALSE;
  g_autoptr(CrRegistry) registry = cr_registry_new(&reference, options, NULL, error);
  if (!registry)
    return FALSE;
  const char *name = reference.tag ? reference.tag : reference.digest;
  *digest = NULL;
  g_autoptr(CrHttpResponse) head = cr_registry_fetch_manifest(registry, name, "HEAD", digest, error);
  if (!head || *digest)
    return head != NULL;
  /* the header is only a SHOULD of the specification */
  g_autoptr(CrHttpResponse) whole = cr_registry_fetch_manifest(registry, name, "GET", digest, error);
  return whole != NULL;
}
