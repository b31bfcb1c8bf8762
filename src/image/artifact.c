/* SPDX-License-Identifier: Apache-2.0 */
#include "image/artifact.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "base/limits.h"
#include "image/registry.h"

/* Pages of referrers, and artifacts that are fetched: a registry may list as many as anybody pushed. */
#define MAX_PAGES     50U
#define MAX_ARTIFACTS 200U

static const char *const index_type[] = {"Accept: application/vnd.oci.image.index.v1+json", NULL};

typedef struct {
  CrArtifacts *artifacts;
  CrRegistry *registry;
  const char *const *types; /* or NULL: any */
} Listing;

static void clear_listing(Listing *listing)
{
  g_clear_pointer(&listing->registry, cr_registry_free);
  g_clear_pointer(&listing->artifacts, cr_artifacts_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Listing, clear_listing)

static gboolean begin(Listing *listing, const CrImage *image, const CrSourceOptions *options, GError **error)
{
  CrReference reference;
  listing->artifacts = g_new0(CrArtifacts, 1);
  listing->artifacts->arena = cr_arena_new();
  listing->artifacts->list = g_ptr_array_new();
  if (!image->digest || strcmp(image->source, "registry") != 0) {
    g_set_error(error, CR_ERROR, CR_ERROR_USAGE, "cannot look beside '%s': it is in no registry", image->ref);
    return FALSE;
  }
  if (!cr_reference_parse(image->name, listing->artifacts->arena, &reference, error))
    return FALSE;
  listing->registry = cr_registry_new(&reference, options, NULL, error);
  return listing->registry != NULL;
}

void cr_artifacts_free(CrArtifacts *artifacts)
{
  if (!artifacts)
    return;
  for (guint i = 0; i < artifacts->list->len; i++)
    g_bytes_unref(((CrArtifact *)artifacts->list->pdata[i])->content);
  g_ptr_array_unref(artifacts->list);
  cr_arena_free(artifacts->arena);
  g_free(artifacts);
}

const char *cr_artifact_find_annotation(const CrArtifact *artifact, const char *name)
{
  for (guint i = 0; artifact->annotation_names[i]; i++)
    if (!strcmp(artifact->annotation_names[i], name))
      return artifact->annotation_values[i];
  return NULL;
}

/* ---- one manifest ---- */

static void read_annotations(const CrJson *layer, CrArena *arena, CrArtifact *artifact)
{
  const CrJson *annotations = cr_json_find(layer, "annotations");
  guint count = cr_json_is(annotations, CR_JSON_OBJECT) ? cr_json_get_length(annotations) : 0, used = 0;
  const char **names = cr_arena_alloc(arena, (count + 1) * sizeof *names);
  const char **values = cr_arena_alloc(arena, (count + 1) * sizeof *values);
  for (guint i = 0; i < count; i++) {
    const char *value = cr_json_get_string(cr_json_get_element(annotations, i), NULL);
    if (!value)
      continue;
    names[used] = cr_arena_strdup(arena, cr_json_get_member_name(annotations, i));
    values[used++] = cr_arena_strdup(arena, value);
  }
  names[used] = values[used] = NULL;
  artifact->annotation_names = names;
  artifact->annotation_values = values;
}

static GBytes *fetch_content(CrRegistry *registry, const char *digest, GError **error)
{
  g_autoptr(CrStream) stream = cr_registry_open_blob(registry, digest, 0, error);
  g_autoptr(GBytes) bytes = stream ? cr_stream_read_all(stream, CR_LIMIT_SBOM_BYTES, error) : NULL;
  if (!bytes)
    return NULL;
  gsize size = 0;
  const void *data = g_bytes_get_data(bytes, &size);
  g_autofree char *is = cr_digest_of(data ? data : "", size);
  if (!strcmp(is, digest))
    return g_steal_pointer(&bytes);
  g_set_error(error, CR_ERROR, CR_ERROR_TRUST, "cannot read '%s' beside the image: its bytes have another digest",
              digest);
  return NULL;
}

static gboolean add_layer(Listing *listing, const CrJson *layer, const char *type, const char *digest, GError **error)
{
  CrArena *arena = listing->artifacts->arena;
  const char *content_digest = cr_json_find_string(layer, "digest", NULL);
  if (!content_digest || !cr_digest_is_valid(content_digest)) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read the record '%s': a layer of it has no digest", digest);
    return FALSE;
  }
  CrArtifact *artifact = cr_arena_new0(arena, CrArtifact);
  artifact->type = cr_arena_strdup(arena, type ? type : cr_json_find_string(layer, "mediaType", ""));
  artifact->digest = cr_arena_strdup(arena, digest);
  artifact->content_digest = cr_arena_strdup(arena, content_digest);
  read_annotations(layer, arena, artifact);
  artifact->content = fetch_content(listing->registry, content_digest, error);
  if (!artifact->content)
    return FALSE;
  g_ptr_array_add(listing->artifacts->list, artifact);
  return TRUE;
}

/* The layers of manifest NAME (a digest or tag); of a referrer TYPE only the first. */
static gboolean add_manifest(Listing *listing, const char *name, const char *type, GError **error)
{
  g_autofree char *digest = NULL;
  g_autoptr(CrHttpResponse) response = cr_registry_fetch_manifest(listing->registry, name, "GET", &digest, error);
  if (!response)
    return FALSE;
  gsize size = 0;
  const char *text = g_bytes_get_data(response->body, &size);
  g_autofree char *what = g_strdup_printf("the record '%s'", name);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text ? text : "", size, what, error);
  if (!doc)
    return FALSE;
  const CrJson *layers = cr_json_find(cr_json_get_root(doc), "layers");
  guint count = MIN(cr_json_get_length(layers), type ? 1 : MAX_ARTIFACTS);
  for (guint i = 0; i < count; i++)
    if (!add_layer(listing, cr_json_get_element(layers, i), type, digest, error))
      return FALSE;
  return TRUE;
}

/* ---- the list of referrers ---- */

static gboolean add_index(Listing *listing, GBytes *body, GError **error)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(body, &size);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text ? text : "", size, "the list of referrers", error);
  if (!doc)
    return FALSE;
  const CrJson *entries = cr_json_find(cr_json_get_root(doc), "manifests");
  for (guint i = 0; i < cr_json_get_length(entries); i++) {
    const CrJson *entry = cr_json_get_element(entries, i);
    const char *type = cr_json_find_string(entry, "artifactType", "");
    const char *digest = cr_json_find_string(entry, "digest", "");
    if (!g_strv_contains(listing->types, type) || !cr_digest_is_valid(digest))
      continue;
    if (listing->artifacts->list->len >= MAX_ARTIFACTS) {
      g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot read what is beside the image: more than %u records",
                  MAX_ARTIFACTS);
      return FALSE;
    }
    if (!add_manifest(listing, digest, type, error))
      return FALSE;
  }
  return TRUE;
}

/* FALSE without ERROR: the registry has no such API. */
static gboolean list_by_api(Listing *listing, const char *digest, GError **error)
{
  g_autofree char *path = g_strdup_printf("referrers/%s", digest);
  g_autofree char *url = cr_registry_format_url(listing->registry, path);
  for (guint page = 0; url && page < MAX_PAGES; page++) {
    CrHttpRequest request = {.url = url, .max_bytes = CR_LIMIT_DOCUMENT_BYTES};
    g_autoptr(CrStream) stream = NULL;
    g_autoptr(CrHttpResponse) response = cr_registry_ask(listing->registry, &request, index_type, &stream, error);
    if (!response)
      return FALSE;
    if (response->status != 200) {
      if (response->status != 404)
        cr_registry_set_status_error(listing->registry, "the referrers", response->status, stream, error);
      return FALSE;
    }
    g_autoptr(GBytes) body = cr_stream_read_all(stream, CR_LIMIT_DOCUMENT_BYTES, error);
    if (!body || !add_index(listing, body, error))
      return FALSE;
    g_free(url);
    url = cr_registry_find_next(listing->registry, response);
  }
  return TRUE;
}

/* TRUE also where there is no such tag. */
static gboolean list_by_tag(Listing *listing, const char *digest, GError **error)
{
  g_autofree char *tag = g_strdup_printf("sha256-%s", cr_digest_get_hex(digest));
  g_autofree char *is = NULL;
  g_autoptr(GError) cause = NULL;
  g_autoptr(CrHttpResponse) response = cr_registry_fetch_manifest(listing->registry, tag, "GET", &is, &cause);
  if (response)
    return add_index(listing, response->body, error);
  if (g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error(error, g_steal_pointer(&cause));
  return FALSE;
}

CrArtifacts *cr_artifacts_list(const CrImage *image, const char *const *types, const CrSourceOptions *options,
                               GError **error)
{
  g_auto(Listing) listing = {.types = types};
  g_autoptr(GError) cause = NULL;
  if (!begin(&listing, image, options, error))
    return NULL;
  if (list_by_api(&listing, image->digest, &cause) || (!cause && list_by_tag(&listing, image->digest, &cause)))
    return g_steal_pointer(&listing.artifacts);
  g_propagate_error(error, g_steal_pointer(&cause));
  return NULL;
}

CrArtifacts *cr_artifacts_list_tagged(const CrImage *image, const char *suffix, const CrSourceOptions *options,
                                      GError **error)
{
  g_auto(Listing) listing = {0};
  g_autoptr(GError) cause = NULL;
  if (!begin(&listing, image, options, error))
    return NULL;
  g_autofree char *tag = g_strdup_printf("sha256-%s%s", cr_digest_get_hex(image->digest), suffix);
  if (add_manifest(&listing, tag, NULL, &cause) || g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND))
    return g_steal_pointer(&listing.artifacts);
  g_propagate_error(error, g_steal_pointer(&cause));
  return NULL;
}
