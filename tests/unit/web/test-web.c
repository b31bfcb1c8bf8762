/* SPDX-License-Identifier: Apache-2.0 */
/* Answers over a record in memory; over HTTP and in a browser they are tests/oracle/serve's and browser's. */
#include "web/web.h"

#include <string.h>

#include "base/json.h"

#define NOW 1795838400

static const char hostile[] = "\"><script>alert(1)</script>";

static CrRecord *make_record(void)
{
  CrRecord *record = cr_record_open("/nowhere/record.db", FALSE, NULL);
  static const char *const layers[] = {"sha256:a", NULL}, *const more[] = {"sha256:a", "sha256:b", NULL};
  CrObservation base = {.image_id = "sha256:0000000000001111111111111111111111111111111111111111111111111111",
                        .name = "debian:12",
                        .os = "debian 12",
                        .verdict = "current",
                        .when = NOW - 60,
                        .layers = layers};
  CrSeenReport report = {.phase = "lts", .until = "2028-06-30", .steward = "Debian LTS", .security = 2, .text = "{}"};
  CrObservation own = base;
  own.image_id = "sha256:2222222222222222222222222222222222222222222222222222222222222222";
  own.name = hostile;
  own.verdict = "patch";
  own.reason = hostile;
  own.layers = more;
  own.report = &report;
  g_assert_true(cr_record_put_observation(record, &base, NULL) && cr_record_put_observation(record, &own, NULL));
  CrSighting sightings[] = {{"h", "image", "d", "debian:12", base.image_id, NULL, 1, 1},
                            {"h", "image", "d", hostile, own.image_id, NULL, 1, 1},
                            {"h", "container", "d", "=web", own.image_id, "running", 1, 1}};
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  for (guint i = 0; i < G_N_ELEMENTS(sightings); i++)
    g_ptr_array_add(list, &sightings[i]);
  g_assert_true(cr_record_put_sightings(record, list, NULL));
  return record;
}

static char *ask_with(CrRecord *record, const char *path, const char *name, const char *value, guint status)
{
  const char *const names[] = {name, NULL}, *const values[] = {value, NULL};
  CrWebRequest request = {.path = path, .names = names, .values = values, .record = record, .now = NOW};
  g_auto(CrWebAnswer) answer = {0};
  cr_web_answer(&request, &answer);
  if (answer.status != status)
    g_error("%s: %u, expected %u: %s", path, answer.status, status, answer.body->str);
  return g_strdup(answer.body->str);
}

static void says(const char *text, const char *part)
{
  if (!strstr(text, part))
    g_error("does not say '%s': %s", part, text);
}

static void says_not(const char *text, const char *part)
{
  if (strstr(text, part))
    g_error("says '%s': %s", part, text);
}

static void test_pages(void)
{
  static const char *const paths[] = {"/", "/plan", "/history", "/calendar", "/status", "/where"};
  g_autoptr(CrRecord) empty = cr_record_open("/nowhere/record.db", FALSE, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
    g_autofree char *text = ask_with(empty, paths[i], NULL, NULL, 200);
    says(text, "<!DOCTYPE html>");
    says(text, "</html>");
  }
  static const char *const none[] = {"/nothing", "/image/", "/image/000000000000", "/run/1",
                                     "/run/x",   "/.json",  "/plan.json",          "/reach/1.csv",
                                     "/plan/",   "//",      "/fleet.json.csv"};
  for (guint i = 0; i < G_N_ELEMENTS(none); i++)
    g_free(ask_with(empty, none[i], NULL, NULL, 404));
  g_free(ask_with(empty, "/where.json", NULL, NULL, 400));
}

static void test_fleet(void)
{
  g_autoptr(CrRecord) record = make_record();
  g_autofree char *page = ask_with(record, "/", NULL, NULL, 200);
  says_not(page, "<script>alert");
  says(page, "&lt;script&gt;alert(1)");
  says(page, "<h2>debian:12 <span class=\"dim\">2</span>"); /* by its layers: inside the base's box */
  g_autofree char *json = ask_with(record, "/fleet.json", "verdict", "patch", 200);
  g_autoptr(CrJsonDoc) doc = cr_json_parse(json, strlen(json), "answer", NULL);
  const CrJson *images = cr_json_find(cr_json_get_root(doc), "images");
  g_assert_cmpuint(cr_json_get_length(images), ==, 1);
  const CrJson *own = cr_json_get_element(images, 0);
  g_assert_cmpstr(cr_json_find_string(own, "name", NULL), ==, hostile);
  g_assert_cmpstr(cr_json_find_string(own, "base", NULL), ==, "debian:12");
  g_assert_cmpint(cr_json_find_integer(own, "security_updates", -1), ==, 2);
  g_autofree char *csv = ask_with(record, "/fleet.csv", "q", "SCRIPT", 200);
  says(csv, "\"\"\"><script>");
}

static void test_image(void)
{
  g_autoptr(CrRecord) record = make_record();
  g_free(ask_with(record, "/image/000000000000", NULL, NULL, 200));
  g_free(ask_with(record, "/image/00000000000", NULL, NULL, 404)); /* too short to tell */
  g_free(ask_with(record, "/image/sha256:000000000000", NULL, NULL, 200));
  g_autofree char *page = ask_with(record, "/image/222222222222", NULL, NULL, 200);
  says_not(page, "<script>alert");
  says(page, "/image/000000000000"); /* what it is built on */
  g_autofree char *reach = ask_with(record, "/reach/222222222222", NULL, NULL, 200);
  says(reach, "Nothing that the image");
  g_autofree char *without = ask_with(record, "/reach/000000000000", NULL, NULL, 200);
  says(without, "are not on record");
  g_autofree char *calendar = ask_with(record, "/calendar.csv", NULL, NULL, 200);
  says(calendar, "debian 12,lts,Debian LTS,2028-06-30,1,1");
}

static void test_openapi(void)
{
  g_autofree char *text = cr_web_openapi_format("");
  g_autoptr(CrJsonDoc) doc = cr_json_parse(text, strlen(text), "openapi", NULL);
  g_assert_nonnull(doc);
  const CrJson *paths = cr_json_find(cr_json_get_root(doc), "paths");
  guint forms = 0;
  for (guint i = 0; cr_web_pages_get()[i]; i++)
    forms += (cr_web_pages_get()[i]->json != NULL) + (cr_web_pages_get()[i]->csv != NULL);
  g_assert_cmpuint(cr_json_get_length(paths), ==, forms); /* every one is described */
  g_assert_null(cr_json_find(cr_json_get_root(doc), "servers"));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/web/pages", test_pages);
  g_test_add_func("/web/fleet", test_fleet);
  g_test_add_func("/web/image", test_image);
  g_test_add_func("/web/openapi", test_openapi);
  return g_test_run();
}
