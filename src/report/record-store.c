/* SPDX-License-Identifier: Apache-2.0 */
/* Where a record goes: a folder, and beside the image in a registry. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/whole-file.h"
#include "base/write-all.h"
#include "report/record.h"

#define PREDICATE_ANNOTATION "in-toto.io/predicate-type" /* buildkit's, for statements */

/* ---- a folder ---- */

static gboolean store(const char *folder, const char *name, GBytes *bytes, GError **error)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  gsize size = 0;
  const char *data = g_bytes_get_data(bytes, &size);
  CrWholeFile *file = cr_whole_file_create(folder, ".tmp-record-", 0644);
  gboolean ok = file && cr_write_fully(cr_whole_file_get_fd(file), data, size) && cr_whole_file_publish(file, path);
  int errnum = errno;
  if (file)
    cr_whole_file_free(file);
  if (!ok)
    cr_error_set_errno(error, errnum, "cannot write '%s'", path);
  return ok;
}

static gboolean discard(const char *folder, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  if (unlink(path) == 0 || errno == ENOENT)
    return TRUE;
  cr_error_set_errno(error, errno, "cannot remove '%s' of an earlier record", path);
  return FALSE;
}

/* "sbom.cdx.json" → "sbom.cdx.dsse.json". Free with g_free. */
static char *name_envelope(const char *file)
{
  return g_strdup_printf("%.*s.dsse.json", (int)(strlen(file) - strlen(".json")), file);
}

static gboolean store_or_discard(const char *folder, const char *name, GBytes *bytes, GError **error)
{
  return bytes ? store(folder, name, bytes, error) : discard(folder, name, error);
}

static GBytes *encode_signature(const CrPatchRecord *record)
{
  if (!record->signature)
    return NULL;
  gsize size = 0;
  const guchar *data = g_bytes_get_data(record->signature, &size);
  char *text = g_base64_encode(data, size);
  return g_bytes_new_take(text, strlen(text));
}

gboolean cr_patch_record_store(const CrPatchRecord *record, const char *folder, GError **error)
{
  if (g_mkdir_with_parents(folder, 0755) != 0) {
    cr_error_set_errno(error, errno, "cannot make the folder '%s'", folder);
    return FALSE;
  }
  if (!discard(folder, "openvex.json", error) || !discard(folder, "openvex.dsse.json", error))
    return FALSE;
  for (guint i = 0; i < record->parts->len; i++) {
    const CrRecordPart *part = record->parts->pdata[i];
    g_autofree char *envelope = name_envelope(part->file);
    if (!store(folder, part->file, part->content, error) || !store_or_discard(folder, envelope, part->envelope, error))
      return FALSE;
  }
  g_autoptr(GBytes) signature = encode_signature(record);
  return store_or_discard(folder, "signature.json", record->payload, error) &&
         store_or_discard(folder, "signature.sig", signature, error);
}

/* ---- a registry ---- */

typedef struct {
  const CrPatchRecord *record;
  CrImageSink *sink;
  guint count;
} Attaching;

static gboolean attach(Attaching *attaching, const CrRecordPart *part, const char *type, GBytes *content,
                       GError **error)
{
  const char *const names[] = {"org.opencontainers.image.title", PREDICATE_ANNOTATION, NULL};
  gboolean is_envelope = !strcmp(type, CR_TYPE_DSSE);
  g_autofree char *title = is_envelope ? name_envelope(part->file) : g_strdup(part->file);
  const char *const values[] = {title, part->predicate_type, NULL};
  attaching->count++;
  return cr_image_sink_attach(attaching->sink, attaching->record->draft, type, type, content, names, values, NULL,
                              error);
}

static gboolean attach_documents(Attaching *attaching, GError **error)
{
  for (guint i = 0; i < attaching->record->parts->len; i++) {
    const CrRecordPart *part = attaching->record->parts->pdata[i];
    if (!attach(attaching, part, part->artifact_type, part->content, error) ||
        (part->envelope && !attach(attaching, part, CR_TYPE_DSSE, part->envelope, error)))
      return FALSE;
  }
  return TRUE;
}

static gboolean attach_signature(const Attaching *attaching, GError **error)
{
  const CrPatchRecord *record = attaching->record;
  g_autoptr(GBytes) signature = encode_signature(record);
  const char *const names[] = {"dev.cosignproject.cosign/signature", NULL};
  const char *const values[] = {g_bytes_get_data(signature, NULL), NULL};
  const CrAttachment attachment = {CR_TYPE_SIGNING, record->payload, names, values};
  return cr_image_sink_attach_tagged(attaching->sink, record->draft, ".sig", &attachment, 1, error);
}

/* For `cosign verify-attestation` and trivy's `--vex oci`, which look there and not among the referrers. */
static gboolean attach_attestations(const Attaching *attaching, GError **error)
{
  const CrPatchRecord *record = attaching->record;
  static const char *const names[] = {"dev.cosignproject.cosign/signature", "predicateType", NULL};
  g_autofree CrAttachment *attachments = g_new0(CrAttachment, record->parts->len);
  g_autofree const char **values = g_new0(const char *, 3 * (gsize)record->parts->len);
  for (guint i = 0; i < record->parts->len; i++) {
    const CrRecordPart *part = record->parts->pdata[i];
    const char **own = values + 3 * (gsize)i;
    own[0] = "";
    own[1] = part->predicate_type;
    attachments[i] = (CrAttachment){CR_TYPE_DSSE, part->envelope, names, own};
  }
  return cr_image_sink_attach_tagged(attaching->sink, record->draft, ".att", attachments, record->parts->len, error);
}

gboolean cr_patch_record_attach(const CrPatchRecord *record, CrImageSink *sink, guint *count, GError **error)
{
  Attaching attaching = {.record = record, .sink = sink};
  gboolean ok = attach_documents(&attaching, error) &&
                (!record->signature || (attach_signature(&attaching, error) && attach_attestations(&attaching, error)));
  if (count)
    *count = attaching.count;
  return ok;
}
