/* SPDX-License-Identifier: Apache-2.0 */
#include "remedy/config-check.h"

#include <string.h>

#include "base/json.h"
#include "remedy/publish.h"
#include "remedy/reasons.h"

static CrJsonDoc *parse(GBytes *text, CrReasons *reasons)
{
  g_autoptr(GError) error = NULL;
  gsize size = 0;
  const char *bytes = g_bytes_get_data(text, &size);
  CrJsonDoc *doc = cr_json_parse(bytes, size, "config", &error);
  if (!doc)
    cr_reasons_add(reasons, "%s", error->message);
  return doc;
}

static gboolean is_same(const CrJson *a, const CrJson *b)
{
  g_autoptr(CrJsonWriter) one = cr_json_writer_new(FALSE), other = cr_json_writer_new(FALSE);
  cr_json_node(one, a);
  cr_json_node(other, b);
  return !strcmp(cr_json_writer_get_text(one, NULL), cr_json_writer_get_text(other, NULL));
}

/* NOW is BEFORE with one more at its end; *LAST is that. */
static gboolean has_one_more(const CrJson *before, const CrJson *now, const CrJson **last)
{
  guint count = cr_json_get_length(before);
  if (cr_json_get_length(now) != count + 1)
    return FALSE;
  for (guint i = 0; i < count; i++)
    if (!is_same(cr_json_get_element(before, i), cr_json_get_element(now, i)))
      return FALSE;
  *last = cr_json_get_element(now, count);
  return TRUE;
}

static void check_root(const CrJson *before, const CrJson *now, const char *diff_id, CrReasons *reasons)
{
  const CrJson *last = NULL;
  if (!has_one_more(cr_json_find(cr_json_find(before, "rootfs"), "diff_ids"),
                    cr_json_find(cr_json_find(now, "rootfs"), "diff_ids"), &last) ||
      g_strcmp0(cr_json_get_string(last, NULL), diff_id) != 0)
    cr_reasons_add(reasons, "rootfs.diff_ids is not the original's with the new layer at the end");
  if (cr_json_find(now, "history") &&
      !has_one_more(cr_json_find(before, "history"), cr_json_find(now, "history"), &last))
    cr_reasons_add(reasons, "history is not the original's with one line at the end");
}

static gboolean is_ours(const char *label)
{
  return g_strv_contains(cr_patch_labels, label);
}

/* Every member of BEFORE is in NOW as it was, but those that EXCEPT says are looked at elsewhere. */
static void check_members(const CrJson *before, const CrJson *now, const char *place, gboolean (*except)(const char *),
                          CrReasons *reasons)
{
  for (guint i = 0; i < cr_json_get_length(before); i++) {
    const char *name = cr_json_get_member_name(before, i);
    if (!except(name) && !is_same(cr_json_get_element(before, i), cr_json_find(now, name)))
      cr_reasons_add(reasons, "%s%s is not as it was", place, name);
  }
  for (guint i = 0; i < cr_json_get_length(now); i++) {
    const char *name = cr_json_get_member_name(now, i);
    if (!except(name) && !cr_json_find(before, name))
      cr_reasons_add(reasons, "%s%s is new", place, name);
  }
}

static gboolean is_of_root(const char *name)
{
  return !strcmp(name, "config") || !strcmp(name, "rootfs") || !strcmp(name, "history");
}

static gboolean is_labels(const char *name)
{
  return !strcmp(name, "Labels");
}

void cr_config_check(CrPatchProof *proof, GBytes *before, GBytes *now, const char *diff_id)
{
  g_auto(CrReasons) reasons = {0};
  g_autoptr(CrJsonDoc) old_doc = parse(before, &reasons), new_doc = parse(now, &reasons);
  if (old_doc && new_doc) {
    const CrJson *old = cr_json_get_root(old_doc), *new = cr_json_get_root(new_doc);
    const CrJson *old_config = cr_json_find(old, "config"), *new_config = cr_json_find(new, "config");
    check_root(old, new, diff_id, &reasons);
    check_members(old, new, "", is_of_root, &reasons);
    check_members(old_config, new_config, "config.", is_labels, &reasons);
    check_members(cr_json_find(old_config, "Labels"), cr_json_find(new_config, "Labels"), "config.Labels.", is_ours,
                  &reasons);
  }
  cr_patch_proof_add_check(proof, "config", !reasons.count,
                           cr_reasons_get_text(&reasons, "the same but for the new layer, its line of history and "
                                                         "careen's labels"));
}
