/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "base/json.h"
#include "config.h"

char *cr_patch_format_packages(const CrPlan *plan)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < plan->changes->len; i++) {
    const CrChange *change = plan->changes->pdata[i];
    g_string_append_printf(text, "%s%s %s %s", i ? ", " : "", change->name,
                           change->package ? change->package->version : "-",
                           change->file.name ? change->file.version : "-");
  }
  return g_string_free(text, FALSE);
}

const char *const cr_patch_labels[] = {CR_PATCH_LABEL_ORIGINAL,
                                       CR_PATCH_LABEL_CONFIG,
                                       CR_PATCH_LABEL_LAYER,
                                       CR_PATCH_LABEL_PACKAGES,
                                       CR_PATCH_LABEL_DATE,
                                       CR_PATCH_LABEL_TOOL,
                                       CR_PATCH_LABEL_BASE_NAME,
                                       CR_PATCH_LABEL_BASE_DIGEST,
                                       CR_PATCH_LABEL_REPLACED,
                                       CR_PATCH_LABEL_NAME,
                                       NULL};

/* ---- labels ---- */

/* What the original says under names that are ours now, as a JSON object; NULL: nothing. Labels that the original's
 * build inherited from a patched base are among them. */
static char *format_replaced(const CrImage *image, const char *(*find)(const CrImage *image, const char *name))
{
  g_autoptr(CrJsonWriter) writer = cr_json_writer_new(FALSE);
  gboolean any = FALSE;
  cr_json_begin_object(writer);
  for (guint i = 0; cr_patch_labels[i]; i++) {
    const char *old = find(image, cr_patch_labels[i]);
    any = any || old;
    if (old)
      cr_json_key_string(writer, cr_patch_labels[i], old);
  }
  cr_json_end_object(writer);
  return any ? g_strdup(cr_json_writer_get_text(writer, NULL)) : NULL;
}

/* As a label and as an annotation. */
static void set(CrDraft *draft, const char *name, const char *value)
{
  cr_draft_set_label(draft, name, value);
  cr_draft_set_annotation(draft, name, value);
}

/* What the original says of its own base stays true where the original has no name to put in its place. */
static void set_base(CrDraft *draft, const CrImage *image, const CrOriginal *original)
{
  gboolean told = cr_image_find_label(image, CR_PATCH_LABEL_BASE_DIGEST) ||
                  cr_image_find_annotation(image, CR_PATCH_LABEL_BASE_DIGEST);
  if (!original->name)
    return;
  set(draft, CR_PATCH_LABEL_NAME, original->name);
  set(draft, CR_PATCH_LABEL_BASE_NAME, original->name);
  if (original->digest || told) /* another image's digest beside this name would be a lie */
    set(draft, CR_PATCH_LABEL_BASE_DIGEST, original->digest ? original->digest : "");
}

static char *format_date(gint64 epoch)
{
  g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(epoch);
  return g_date_time_format(date, "%Y-%m-%dT%H:%M:%SZ");
}

static char *digest_config(const CrImage *image)
{
  gsize size = 0;
  const void *data = g_bytes_get_data((GBytes *)image->raw_config, &size);
  return cr_digest_of(data, size);
}

static void set_labels(CrDraft *draft, const CrPatch *patch, const CrImage *image, const CrPlan *plan,
                       const CrOriginal *original)
{
  g_autofree char *config = digest_config(image), *packages = cr_patch_format_packages(plan),
                  *date = format_date(patch->epoch), *labels = format_replaced(image, cr_image_find_label),
                  *annotations = format_replaced(image, cr_image_find_annotation);
  set(draft, CR_PATCH_LABEL_ORIGINAL, original->digest ? original->digest : config);
  set(draft, CR_PATCH_LABEL_CONFIG, config);
  set(draft, CR_PATCH_LABEL_LAYER, patch->diff_id);
  set(draft, CR_PATCH_LABEL_PACKAGES, packages);
  set(draft, CR_PATCH_LABEL_DATE, date);
  set(draft, CR_PATCH_LABEL_TOOL, "careen " CR_VERSION);
  set_base(draft, image, original);
  if (labels)
    cr_draft_set_label(draft, CR_PATCH_LABEL_REPLACED, labels);
  if (annotations)
    cr_draft_set_annotation(draft, CR_PATCH_LABEL_REPLACED, annotations);
}

/* ---- the draft ---- */

static gboolean add_layer(CrDraft *draft, const CrPatch *patch, const CrPlan *plan, GError **error)
{
  int fd = open(patch->layer_path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    cr_error_set_errno(error, errno, "cannot read the new layer");
    return FALSE;
  }
  g_autofree char *created = format_date(patch->epoch);
  g_autofree char *by =
      g_strdup_printf("careen patch: %u package%s", plan->changes->len, plan->changes->len == 1 ? "" : "s");
  CrDraftHistory history = {.created = created, .created_by = by};
  return cr_draft_add_layer(draft, cr_stream_new_pipe(fd, TRUE), &history, error);
}

CrDraft *cr_patch_make_draft(const CrPatch *patch, const CrScan *scan, const CrPlan *plan, const CrOriginal *original,
                             const CrDraftOptions *options, GError **error)
{
  for (guint i = 0; i < patch->proof->checks->len; i++) {
    const CrCheck *check = patch->proof->checks->pdata[i];
    if (check->passed)
      continue;
    g_set_error(error, CR_ERROR, CR_ERROR_GATE, "cannot publish the patch of '%s': %s: %s", scan->image->ref,
                check->name, check->detail);
    return NULL;
  }
  g_autoptr(CrDraft) draft = cr_draft_new(scan->source, options, error);
  if (!draft || !add_layer(draft, patch, plan, error) || !cr_draft_load(draft, scan->problems, error))
    return NULL;
  set_labels(draft, patch, scan->image, plan, original);
  return cr_draft_seal(draft, scan->problems, error) ? g_steal_pointer(&draft) : NULL;
}
