/* SPDX-License-Identifier: Apache-2.0 */
#include "image/referrers.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "image/registry.h"
#include "image/source-private.h"

#define PAGES 20U

/* What cosign keeps under a tag of its own. */
static const struct {
  const char *suffix, *type;
} cosign[] = {
    {".sig", "cosign signature"},
    {".att", "cosign attestation"},
    {".sbom", "cosign bill of materials"},
};

typedef struct {
  CrArena *arena;
  GPtrArray *out;
  const char *subject;
  guint count; /* listed by this call */
  gboolean more;
} Listing;

static void add(Listing *listing, const char *digest, const char *type, const char *place)
{
  for (guint i = 0; i < listing->out->len; i++) {
    const CrDropped *other = listing->out->pdata[i];
    if (digest && !g_strcmp0(other->digest, digest) && !strcmp(other->type, type)) /* by the API and by a tag */
      return;
  }
  if (listing->count++ >= CR_LIMIT_REFERRERS) {
    listing->more = TRUE;
    return;
  }
  CrDropped *dropped = cr_arena_new0(listing->arena, CrDropped);
  *dropped = (CrDropped){.digest = cr_arena_strdup(listing->arena, digest),
                         .type = cr_arena_strdup(listing->arena, type),
                         .subject = listing->subject,
                         .place = cr_arena_strdup(listing->arena, place)};
  g_ptr_array_add(listing->out, dropped);
}

/* An index of referrers, whoever keeps it. */
static gboolean add_list(Listing *listing, GBytes *body, const char *what, const char *place, GError **error)
{
  gsize size = 0;
  const char *text = g_bytes_get_data(body, &size);
  const CrManifest *list = cr_manifest_parse(text ? text : "", size, what, listing->arena, error);
  if (list && !list->is_index) {
    g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "cannot read %s: it is not an index", what);
    return FALSE;
  }
  for (guint i = 0; list && i < list->count; i++) {
    const CrDescriptor *entry = &list->entries[i];
    const char *type = entry->artifact_type ? entry->artifact_type : entry->media_type;
    add(listing, entry->digest, type ? type : "unknown", place);
  }
  return list != NULL;
}

/* ---- a registry ---- */

/* FALSE without an error: it has no such API. */
static gboolean list_by_api(CrRegistry *registry, Listing *listing, GError **error)
{
  g_autofree char *path = g_strconcat("referrers/", listing->subject, NULL);
  g_autofree char *url = cr_registry_format_url(registry, path);
  g_autofree char *what = g_strdup_printf("the list of what refers to '%s'", cr_registry_get_name(registry));
  static const char *const accept[] = {"Accept: application/vnd.oci.image.index.v1+json", NULL};
  for (guint page = 0; url; page++) {
    if (page == PAGES || listing->more) {
      listing->more = TRUE;
      return TRUE;
    }
    CrHttpRequest request = {.url = url, .max_bytes = CR_LIMIT_DOCUMENT_BYTES};
    g_autoptr(CrStream) stream = NULL;
    g_autoptr(CrHttpResponse) response = cr_registry_ask(registry, &request, accept, &stream, error);
    if (!response)
      return FALSE;
    if (response->status != 200) {
      if (response->status != 404 && response->status != 405 && response->status != 400 && response->status != 501)
        cr_registry_set_status_error(registry, "the referrers", response->status, stream, error);
      return FALSE;
    }
    g_autoptr(GBytes) body = cr_stream_read_all(stream, CR_LIMIT_DOCUMENT_BYTES, error);
    if (!body || !add_list(listing, body, what, "referrers", error))
      return FALSE;
    g_free(url);
    url = cr_registry_find_next(registry, response);
  }
  return TRUE;
}

/* NULL without an error: there is no such tag. */
static CrHttpResponse *find_tag(CrRegistry *registry, const char *tag, const char *method, char **digest,
                                GError **error)
{
  GError *cause = NULL;
  CrHttpResponse *response = cr_registry_fetch_manifest(registry, tag, method, digest, &cause);
  if (cause && g_error_matches(cause, CR_ERROR, CR_ERROR_NOT_FOUND))
    g_clear_error(&cause);
  if (cause)
    g_propagate_error(error, cause);
  return response;
}

static gboolean list_by_tags(CrRegistry *registry, gboolean listed, Listing *listing, GError **error)
{
  g_autofree char *base = g_strdup_printf("sha256-%s", cr_digest_get_hex(listing->subject));
  GError *cause = NULL;
  if (!listed) {
    g_autofree char *digest = NULL;
    g_autoptr(CrHttpResponse) response = find_tag(registry, base, "GET", &digest, &cause);
    if (response && !cause)
      add_list(listing, response->body, base, base, &cause);
  }
  for (guint i = 0; !cause && i < G_N_ELEMENTS(cosign); i++) {
    g_autofree char *tag = g_strconcat(base, cosign[i].suffix, NULL), *digest = NULL;
    g_autoptr(CrHttpResponse) response = find_tag(registry, tag, "HEAD", &digest, &cause);
    if (response)
      add(listing, digest, cosign[i].type, tag);
  }
  if (cause)
    g_propagate_error(error, cause);
  return !cause;
}

static gboolean list_registry(CrRegistry *registry, Listing *listing, GError **error)
{
  GError *cause = NULL;
  gboolean listed = list_by_api(registry, listing, &cause);
  if (cause)
    g_propagate_error(error, cause);
  return !cause && list_by_tags(registry, listed, listing, error);
}

/* ---- a layout ---- */

static void list_layout(const CrManifest *index, Listing *listing)
{
  g_autofree char *base = g_strdup_printf("sha256-%s", cr_digest_get_hex(listing->subject));
  for (guint i = 0; i < index->count; i++) {
    const CrDescriptor *entry = &index->entries[i];
    const char *name = entry->ref_name && g_str_has_prefix(entry->ref_name, base) ? entry->ref_name : NULL;
    if (name && !name[strlen(base)])
      add(listing, entry->digest, entry->artifact_type ? entry->artifact_type : "a list of referrers", name);
    for (guint k = 0; name && k < G_N_ELEMENTS(cosign); k++)
      if (!strcmp(name + strlen(base), cosign[k].suffix))
        add(listing, entry->digest, cosign[k].type, name);
  }
}

/* ---- either ---- */

void cr_source_list_referrers(CrSource *source, const char *digest, CrArena *arena, GPtrArray *out,
                              CrProblems *problems)
{
  Listing listing = {.arena = arena, .out = out, .subject = cr_arena_strdup(arena, digest)};
  g_autoptr(GError) error = NULL;
  if (source->class->find_registry)
    list_registry(source->class->find_registry(source), &listing, &error);
  else if (source->root)
    list_layout(source->root, &listing);
  if (error)
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, "referrers", "what else speaks of it is not known: %s",
                    error->message);
  if (listing.more)
    cr_problems_add(problems, CR_PROBLEM_PARTIAL, "referrers",
                    "more than %u things speak of it; the others are not named", CR_LIMIT_REFERRERS);
}
