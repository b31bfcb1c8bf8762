/* SPDX-License-Identifier: Apache-2.0 */
/* The page over a record that anything may have written: INPUT is the report of an image, the plan, and a question. */
#include "web/web.h"

#include <string.h>

static void ask(CrRecord *record, const char *path, const char *q)
{
  const char *const names[] = {"q", "package", "file", "subject", "all", NULL}, *const values[] = {q, "",  q,
                                                                                                   q, "1", NULL};
  CrWebRequest request = {.path = path, .names = names, .values = values, .record = record, .now = 1795838400};
  g_auto(CrWebAnswer) answer = {0};
  cr_web_answer(&request, &answer);
  g_assert_true(answer.type && g_utf8_validate(answer.body->str, (gssize)answer.body->len, NULL));
  if (g_str_has_prefix(answer.type, "text/html"))
    g_assert_null(strstr(answer.body->str, "<script>")); /* ours has a source */
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const char *const paths[] = {"/",
                                      "/image/sha256:x",
                                      "/image/sha256:x.json",
                                      "/image/sha256:x.csv",
                                      "/reach/sha256:x",
                                      "/reach/sha256:x.json",
                                      "/plan",
                                      "/plan.csv",
                                      "/history",
                                      "/calendar",
                                      "/status"};
  g_autofree char *text = g_strndup((const char *)data, size), *valid = g_utf8_make_valid(text, -1);
  g_autoptr(CrRecord) record = cr_record_open("/nowhere/record.db", FALSE, NULL);
  CrSeenReport report = {.phase = valid, .until = valid, .text = text};
  CrObservation seen = {
      .image_id = "sha256:x", .name = text, .os = text, .verdict = text, .reason = text, .when = 1, .report = &report};
  CrSighting sighting = {"h", "image", "d", valid, "sha256:x", NULL, 1, 1};
  g_autoptr(GPtrArray) sightings = g_ptr_array_new();
  g_ptr_array_add(sightings, &sighting);
  cr_record_put_observation(record, &seen, NULL);
  cr_record_put_sightings(record, sightings, NULL);
  cr_record_set_mark(record, "plan", "", text, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(paths); i++)
    ask(record, paths[i], valid);
  g_autofree char *path = g_strconcat("/", valid, NULL);
  ask(record, path, valid);
  return 0;
}
