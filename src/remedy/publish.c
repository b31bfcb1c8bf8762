/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/publish.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/error.h"

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

static void set(CrDraft *draft, const char *name, const char *value)
{
  if (!value)
    return;
  cr_draft_set_label(draft, name, value);
  cr_draft_set_annotation(draft, name, value);
}

static gboolean add_layer(CrDraft *draft, const CrPatch *patch, const CrPlan *plan, GError **error)
{
  int fd = open(patch->layer_path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    cr_error_set_errno(error, errno, "cannot read the new layer");
    return FALSE;
  }
  g_autoptr(GDateTime) date = g_date_time_new_from_unix_utc(patch->epoch);
  g_autofree char *created = g_date_time_format(date, "%Y-%m-%dT%H:%M:%SZ");
  g_autofree char *by = g_strdup_printf("careen patch: %u packages", plan->changes->len);
  CrDraftHistory history = {.created = created, .created_by = by};
  return cr_draft_add_layer(draft, cr_stream_new_pipe(fd, TRUE), &history, error);
}

CrDraft *cr_patch_make_draft(const CrPatch *patch, const CrScan *scan, const CrPlan *plan,
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
  if (!draft || !add_layer(draft, patch, plan, error))
    return NULL;
  const CrImage *image = scan->image;
  g_autofree char *packages = cr_patch_format_packages(plan);
  set(draft, CR_PATCH_LABEL_ORIGINAL, image->digest ? image->digest : image->id);
  set(draft, CR_PATCH_LABEL_PACKAGES, packages);
  set(draft, "org.opencontainers.image.base.name", image->name);
  set(draft, "org.opencontainers.image.base.digest", image->digest);
  return cr_draft_seal(draft, scan->problems, error) ? g_steal_pointer(&draft) : NULL;
}
