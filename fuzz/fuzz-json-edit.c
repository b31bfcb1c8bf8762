/* SPDX-License-Identifier: Apache-2.0 */
/* Any document that can be changed is still a document, and says what was put into it. */
#include "base/json-edit.h"
#include "base/json.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const char *const list[] = {"rootfs", "diff_ids", NULL}, *const label[] = {"config", "Labels", "x", NULL};
  g_autoptr(CrJsonEdit) edit = cr_json_edit_new((const char *)data, size, "input", NULL);
  if (!edit || !cr_json_edit_append(edit, list, "\"new\"", NULL) || !cr_json_edit_set(edit, label, "\"v\"", NULL))
    return 0;
  g_autoptr(GBytes) bytes = cr_json_edit_get_bytes(edit);
  gsize length = 0;
  const char *text = g_bytes_get_data(bytes, &length);
  g_autofree char *valid = g_utf8_make_valid(text, (gssize)length);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(valid, strlen(valid), "output", NULL);
  if (!doc) /* one node too many for the limits */
    return 0;
  const CrJson *root = cr_json_get_root(doc), *ids = cr_json_find(cr_json_find(root, "rootfs"), "diff_ids");
  g_assert_cmpstr(cr_json_get_string(cr_json_get_element(ids, cr_json_get_length(ids) - 1), ""), ==, "new");
  g_assert_cmpstr(cr_json_find_string(cr_json_find(cr_json_find(root, "config"), "Labels"), "x", ""), ==, "v");
  return 0;
}
