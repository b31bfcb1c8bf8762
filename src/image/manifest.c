/* SPDX-License-Identifier: Apache-2.0 */
#include "image/manifest.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "image/document.h"

#define REF_NAME        "org.opencontainers.image.ref.name"
#define CONTAINERD_NAME "io.containerd.image.name"
#define BUILDKIT_TYPE   "vnd.docker.reference.type"
#define BUILDKIT_OF     "vnd.docker.reference.digest"

/* Layers that a registry may not hold: Windows' base layers (image-spec layer.md, non-distributable). */
static gboolean is_foreign_type(const char *media_type)
{
  return media_type && (strstr(media_type, ".nondistributable.") || strstr(media_type, ".foreign."));
}

/* The digest of a descriptor. Another algorithm than sha256 is allowed by the specification, and said to be unknown
 * here. */
static const char *read_digest(CrDocument *document, const CrJson *object, const char *place)
{
  const CrJson *member = cr_document_get(document, object, place, "digest", CR_JSON_STRING, TRUE);
  const char *digest = cr_json_get_string(member, NULL);
  if (!digest)
    return NULL;
  if (!cr_digest_is_valid(digest)) {
    gboolean other = g_str_has_prefix(digest, "sha512:") || g_str_has_prefix(digest, "blake3:");
    cr_document_fail(document, "'%sdigest' is '%.100s', which %s", place, digest,
                     other ? "careen cannot check: it knows sha256" : "is not 'sha256:' and 64 hexadecimal digits");
    return NULL;
  }
  return cr_arena_strdup(document->arena, digest);
}

static void read_annotations(CrDocument *document, const CrJson *object, const char *place, CrDescriptor *out)
{
  const CrJson *annotations = cr_document_get(document, object, place, "annotations", CR_JSON_OBJECT, FALSE);
  const char *name = cr_json_find_string(annotations, REF_NAME, NULL);
  if (!name)
    name = cr_json_find_string(annotations, CONTAINERD_NAME, NULL);
  out->ref_name = cr_arena_strdup(document->arena, name);
  const char *type = cr_json_find_string(annotations, BUILDKIT_TYPE, NULL);
  out->attestation = type && !strcmp(type, "attestation-manifest");
  out->subject = cr_arena_strdup(document->arena, cr_json_find_string(annotations, BUILDKIT_OF, NULL));
}

static void read_platform(CrDocument *document, const CrJson *object, const char *place, CrDescriptor *out)
{
  const CrJson *platform = cr_document_get(document, object, place, "platform", CR_JSON_OBJECT, FALSE);
  out->os = cr_document_get_string(document, platform, place, "os", NULL);
  out->architecture = cr_document_get_string(document, platform, place, "architecture", NULL);
  out->variant = cr_document_get_string(document, platform, place, "variant", NULL);
  if (out->variant && !*out->variant)
    out->variant = NULL;
  if (out->os && out->architecture && !strcmp(out->os, "unknown") && !strcmp(out->architecture, "unknown"))
    out->attestation = TRUE;
}

static void read_descriptor(CrDocument *document, const CrJson *object, const char *place, CrDescriptor *out)
{
  if (!cr_json_is(object, CR_JSON_OBJECT)) {
    cr_document_fail(document, "'%.*s' is not an object", (int)strlen(place) - 1, place);
    return;
  }
  out->media_type = cr_document_get_string(document, object, place, "mediaType", NULL);
  out->artifact_type = cr_document_get_string(document, object, place, "artifactType", NULL);
  out->digest = read_digest(document, object, place);
  const CrJson *size = cr_document_get(document, object, place, "size", CR_JSON_INTEGER, TRUE);
  out->size_bytes = cr_json_get_integer(size, 0);
  if (out->size_bytes < 0)
    cr_document_fail(document, "'%ssize' is negative", place);
  read_platform(document, object, place, out);
  read_annotations(document, object, place, out);
  const CrJson *urls = cr_document_get(document, object, place, "urls", CR_JSON_ARRAY, FALSE);
  out->foreign = is_foreign_type(out->media_type) || cr_json_get_length(urls) > 0;
}

static void read_entries(CrDocument *document, const CrJson *root, const char *name, guint max, CrManifest *out)
{
  const CrJson *all = cr_document_get(document, root, "", name, CR_JSON_ARRAY, FALSE);
  guint count = cr_json_get_length(all);
  if (count > max && !document->error) {
    g_set_error(&document->error, CR_ERROR, CR_ERROR_LIMIT, "cannot read %s: it lists %u %s, more than the %u allowed",
                document->what, count, name, max);
    return;
  }
  out->entries = cr_arena_alloc(document->arena, ((gsize)count + 1) * sizeof *out->entries);
  for (guint i = 0; i < count && !document->error; i++) {
    g_autofree char *place = g_strdup_printf("%s[%u].", name, i);
    read_descriptor(document, cr_json_get_element(all, i), place, &out->entries[i]);
  }
  out->count = count;
}

static void read_config_descriptor(CrDocument *document, const CrJson *root, gboolean any, CrManifest *out)
{
  const CrJson *config = cr_document_get(document, root, "", "config", CR_JSON_OBJECT, TRUE);
  if (!config)
    return;
  read_descriptor(document, config, "config.", &out->config);
  if (any)
    return;
  const char *artifact = cr_document_get_string(document, root, "", "artifactType", NULL);
  const char *type = out->config.media_type;
  if (!artifact && type && !strcmp(type, "application/vnd.oci.empty.v1+json"))
    artifact = type;
  if (artifact)
    cr_document_fail(document, "it is an artifact of type '%.100s', not an image", artifact);
}

/* A document that is an index to one reader and a manifest to another is refused (CVE-2021-41190). */
static gboolean check_kind(CrDocument *document, const CrJson *root, gboolean *is_index)
{
  const char *type = cr_document_get_string(document, root, "", "mediaType", "");
  const CrJson *version = cr_document_get(document, root, "", "schemaVersion", CR_JSON_INTEGER, FALSE);
  if (version && cr_json_get_integer(version, 2) == 1) {
    cr_document_fail(document,
                     "it is of Docker's manifest schema 1, which is retired and whose layers name no content; "
                     "push the image again with a current tool");
    return FALSE;
  }
  if (version && cr_json_get_integer(version, 2) != 2)
    cr_document_fail(document, "its schemaVersion is %" G_GINT64_FORMAT ", not 2", cr_json_get_integer(version, 2));
  gboolean many = cr_json_find(root, "manifests") != NULL;
  gboolean one = cr_json_find(root, "layers") || cr_json_find(root, "config");
  if (many && one)
    cr_document_fail(document, "it is an index and a manifest at once, so that two readers would see two images");
  else if (!many && !one)
    cr_document_fail(document, "it is neither an index nor a manifest of an image");
  else if ((many && strstr(type, ".manifest.v")) ||
           (one && (strstr(type, ".index.v") || strstr(type, "manifest.list"))))
    cr_document_fail(document, "its content is not of its own media type '%.100s'", type);
  *is_index = many;
  return document->error == NULL;
}

static CrManifest *parse(const char *text, gsize size, const char *what, gboolean any, CrArena *arena, GError **error)
{
  if (size > CR_LIMIT_DOCUMENT_BYTES) {
    g_set_error(error, CR_ERROR, CR_ERROR_LIMIT, "cannot read %s: larger than %u MiB", what,
                (guint)(CR_LIMIT_DOCUMENT_BYTES / CR_MIB));
    return NULL;
  }
  g_autoptr(CrJsonDoc) json = cr_json_parse(text, size, what, error);
  if (!json)
    return NULL;
  const CrJson *root = cr_json_get_root(json);
  CrDocument document = {.what = what, .arena = arena};
  CrManifest *manifest = cr_arena_new0(arena, CrManifest);
  if (!cr_json_is(root, CR_JSON_OBJECT))
    cr_document_fail(&document, "it is not an object");
  else if (check_kind(&document, root, &manifest->is_index)) {
    if (!manifest->is_index)
      read_config_descriptor(&document, root, any, manifest);
    read_entries(&document, root, manifest->is_index ? "manifests" : "layers",
                 manifest->is_index ? CR_LIMIT_INDEX_MANIFESTS : CR_LIMIT_LAYERS, manifest);
    manifest->annotation_names =
        cr_document_get_names(&document, root, "", "annotations", &manifest->annotation_values);
  }
  return cr_document_finish(&document, error) ? manifest : NULL;
}

CrManifest *cr_manifest_parse(const char *text, gsize size, const char *what, CrArena *arena, GError **error)
{
  return parse(text, size, what, FALSE, arena, error);
}

CrManifest *cr_manifest_parse_any(const char *text, gsize size, const char *what, CrArena *arena, GError **error)
{
  return parse(text, size, what, TRUE, arena, error);
}
