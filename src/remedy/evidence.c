/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/evidence.h"

#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/read-file.h"

/* ---- a folder ---- */

static CrEvidence *new_evidence(char *place)
{
  CrEvidence *evidence = g_new0(CrEvidence, 1);
  evidence->place = place;
  evidence->documents = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
  evidence->envelopes = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
  evidence->signatures = g_ptr_array_new();
  return evidence;
}

void cr_evidence_free(CrEvidence *evidence)
{
  if (!evidence)
    return;
  for (guint i = 0; i < evidence->signatures->len; i++) {
    CrEvidenceSignature *signature = evidence->signatures->pdata[i];
    g_bytes_unref(signature->payload);
    g_bytes_unref(signature->signature);
    g_free(signature);
  }
  g_ptr_array_unref(evidence->signatures);
  g_ptr_array_unref(evidence->documents);
  g_ptr_array_unref(evidence->envelopes);
  g_free(evidence->place);
  g_free(evidence);
}

/* A signature in base64 that is none verifies nothing. */
static void add_signature(CrEvidence *evidence, GBytes *payload, const char *base64)
{
  gsize size = 0;
  guchar *data = g_base64_decode(base64, &size);
  CrEvidenceSignature *signature = g_new(CrEvidenceSignature, 1);
  *signature = (CrEvidenceSignature){g_bytes_ref(payload), g_bytes_new_take(data, size)};
  g_ptr_array_add(evidence->signatures, signature);
}

/* NULL without ERROR: no such file. */
static GBytes *load(const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  return g_file_test(path, G_FILE_TEST_EXISTS) ? cr_read_file(path, CR_LIMIT_SBOM_BYTES, error) : NULL;
}

static gboolean load_into(GPtrArray *list, const char *folder, const char *const *names, GError **error)
{
  for (guint i = 0; names[i]; i++) {
    g_autoptr(GError) cause = NULL;
    GBytes *bytes = load(folder, names[i], &cause);
    if (bytes)
      g_ptr_array_add(list, bytes);
    if (!cause)
      continue;
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  return TRUE;
}

static gboolean load_signature(CrEvidence *evidence, const char *folder, GError **error)
{
  g_autoptr(GError) cause = NULL;
  g_autoptr(GBytes) payload = load(folder, "signature.json", &cause);
  g_autoptr(GBytes) signature = cause ? NULL : load(folder, "signature.sig", &cause);
  if (cause) {
    g_propagate_error(error, g_steal_pointer(&cause));
    return FALSE;
  }
  if (payload && signature) {
    g_autofree char *text = g_strndup(g_bytes_get_data(signature, NULL), g_bytes_get_size(signature));
    add_signature(evidence, payload, text);
  }
  return TRUE;
}

CrEvidence *cr_evidence_load_folder(const char *folder, GError **error)
{
  static const char *const documents[] = {"provenance.json", "remedy.json",  "sbom.cdx.json",
                                          "sbom.spdx.json",  "openvex.json", NULL};
  static const char *const envelopes[] = {"provenance.dsse.json", "remedy.dsse.json",  "sbom.cdx.dsse.json",
                                          "sbom.spdx.dsse.json",  "openvex.dsse.json", NULL};
  g_autoptr(CrEvidence) evidence = new_evidence(g_strdup_printf("in '%s'", folder));
  if (!load_into(evidence->documents, folder, documents, error) ||
      !load_into(evidence->envelopes, folder, envelopes, error) || !load_signature(evidence, folder, error))
    return NULL;
  if (evidence->documents->len || evidence->envelopes->len)
    return g_steal_pointer(&evidence);
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "there is no record of a patch in '%s'", folder);
  return NULL;
}

/* ---- a registry ---- */

static gboolean load_cosign(CrEvidence *evidence, const CrImage *image, const CrSourceOptions *options, GError **error)
{
  g_autoptr(CrArtifacts) artifacts = cr_artifacts_list_tagged(image, ".sig", options, error);
  for (guint i = 0; artifacts && i < artifacts->list->len; i++) {
    const CrArtifact *artifact = artifacts->list->pdata[i];
    const char *signature = cr_artifact_find_annotation(artifact, "dev.cosignproject.cosign/signature");
    if (signature && !strcmp(artifact->type, CR_TYPE_SIGNING))
      add_signature(evidence, artifact->content, signature);
  }
  return artifacts != NULL;
}

CrEvidence *cr_evidence_load_registry(const CrImage *image, const CrSourceOptions *options, GError **error)
{
  static const char *const types[] = {
      CR_TYPE_INTOTO, CR_TYPE_REMEDY, CR_TYPE_CYCLONEDX, CR_TYPE_SPDX, CR_TYPE_OPENVEX, CR_TYPE_DSSE, NULL};
  g_autoptr(CrArtifacts) artifacts = cr_artifacts_list(image, types, options, error);
  g_autoptr(CrEvidence) evidence = artifacts ? new_evidence(g_strdup("beside the image")) : NULL;
  for (guint i = 0; evidence && i < artifacts->list->len; i++) {
    const CrArtifact *artifact = artifacts->list->pdata[i];
    gboolean is_envelope = !strcmp(artifact->type, CR_TYPE_DSSE);
    g_ptr_array_add(is_envelope ? evidence->envelopes : evidence->documents, g_bytes_ref(artifact->content));
  }
  if (!evidence || !load_cosign(evidence, image, options, error))
    return NULL;
  if (evidence->documents->len || evidence->envelopes->len)
    return g_steal_pointer(&evidence);
  g_set_error(error, CR_ERROR, CR_ERROR_INPUT, "there is no record of a patch beside it");
  return NULL;
}

/* ---- what is in it ---- */

static gboolean is_about(const CrStatement *statement, const char *predicate_type, const char *digest, const char *id)
{
  return !strcmp(statement->predicate_type, predicate_type) &&
         (cr_statement_is_about(statement, digest) || cr_statement_is_about(statement, id));
}

static gboolean is_patch(const CrStatement *statement, const char *digest, const char *id)
{
  const CrJson *definition = cr_json_find(statement->predicate, "buildDefinition");
  return is_about(statement, CR_PREDICATE_SLSA, digest, id) &&
         !g_strcmp0(cr_json_find_string(definition, "buildType", NULL), CR_PATCH_BUILD);
}

/* Most documents are no statements; that is no error. */
static gboolean take(GBytes *bytes, const char *digest, const char *id, CrStatement *provenance)
{
  if (!bytes || !cr_statement_parse(bytes, "the provenance", provenance, NULL))
    return FALSE;
  if (is_patch(provenance, digest, id))
    return TRUE;
  cr_statement_clear(provenance);
  return FALSE;
}

gboolean cr_evidence_find_provenance(const CrEvidence *evidence, const char *digest, const char *id, const CrKey *key,
                                     CrStatement *provenance)
{
  for (guint i = 0; i < evidence->envelopes->len; i++) {
    g_autoptr(GBytes) payload = cr_dsse_open(evidence->envelopes->pdata[i], CR_TYPE_INTOTO, key, NULL);
    if (take(payload, digest, id, provenance))
      return TRUE;
  }
  for (guint i = 0; !key && i < evidence->documents->len; i++)
    if (take(evidence->documents->pdata[i], digest, id, provenance))
      return TRUE;
  return FALSE;
}

static const char *find_hex(const CrStatement *provenance, const char *name)
{
  const CrJson *run = cr_json_find(provenance->predicate, "runDetails"), *list = cr_json_find(run, "byproducts");
  for (guint i = 0; i < cr_json_get_length(list); i++) {
    const CrJson *item = cr_json_get_element(list, i);
    if (!g_strcmp0(cr_json_find_string(item, "name", NULL), name))
      return cr_json_find_string(cr_json_find(item, "digest"), "sha256", "");
  }
  return NULL;
}

GBytes *cr_evidence_find(const CrEvidence *evidence, const CrStatement *provenance, const char *name, gboolean *named)
{
  const char *hex = find_hex(provenance, name);
  *named = hex != NULL;
  for (guint i = 0; hex && i < evidence->documents->len; i++) {
    gsize size = 0;
    const void *data = g_bytes_get_data(evidence->documents->pdata[i], &size);
    g_autofree char *digest = cr_digest_of(data, size);
    if (!strcmp(cr_digest_get_hex(digest), hex))
      return evidence->documents->pdata[i];
  }
  return NULL;
}

gboolean cr_evidence_is_signed(const CrEvidence *evidence, const char *predicate_type, const char *digest,
                               const char *id, const CrKey *key)
{
  for (guint i = 0; i < evidence->envelopes->len; i++) {
    g_autoptr(GBytes) payload = cr_dsse_open(evidence->envelopes->pdata[i], CR_TYPE_INTOTO, key, NULL);
    g_auto(CrStatement) statement = {0};
    if (payload && cr_statement_parse(payload, "it", &statement, NULL) &&
        is_about(&statement, predicate_type, digest, id))
      return TRUE;
  }
  return FALSE;
}

gboolean cr_evidence_has_signature(const CrEvidence *evidence, const char *digest, const CrKey *key)
{
  for (guint i = 0; i < evidence->signatures->len; i++) {
    const CrEvidenceSignature *signature = evidence->signatures->pdata[i];
    g_autofree char *of = cr_signing_read_digest(signature->payload, NULL);
    if (of && digest && !strcmp(of, digest) && cr_key_verify(key, signature->payload, signature->signature))
      return TRUE;
  }
  return FALSE;
}
