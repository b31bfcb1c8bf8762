/* SPDX-License-Identifier: Apache-2.0 */
/* Names, the tree of layer prefixes, and graphs made of careen.yaml and Dockerfiles alone. */
#include "fleet/graph.h"
#include "fleet/kept-name.h"
#include "fleet/layer-trie.h"
#include "fleet/status.h"
#include "record/observe.h"

#include <glib/gstdio.h>
#include <string.h>

#include "../remove.h"

#define DIGEST "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_names(void)
{
  static const struct {
    const char *from, *to;
  } rows[] = {
      {"nginx", "nginx:latest"},
      {"nginx:1.25", "nginx:1.25"},
      {"docker.io/library/nginx:1", "nginx:1"},
      {"index.docker.io/library/nginx", "nginx:latest"},
      {"docker.io/nginx:1", "nginx:1"},
      {"docker://docker.io/library/debian:12", "debian:12"},
      {"shop/web", "shop/web:latest"},
      {"docker.io/shop/web:4", "shop/web:4"},
      {"localhost/shop/web:4", "shop/web:4"},
      {"localhost/web", "web:latest"},
      {"localhost:5000/web", "localhost:5000/web:latest"},
      {"registry.example:443/a/b:1", "registry.example:443/a/b:1"},
      {"quay.io/library/x:1", "quay.io/library/x:1"},
      {"docker.io/a.b/c:1", "docker.io/a.b/c:1"},
      {"nginx@" DIGEST, "nginx@" DIGEST},
      {"docker.io/library/nginx:1@" DIGEST, "nginx:1@" DIGEST},
      {DIGEST, DIGEST},
      {"No Name", "No Name"},
      {"", ""},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *once = cr_fleet_normalise_name(rows[i].from), *twice = cr_fleet_normalise_name(once);
    g_assert_cmpstr(once, ==, rows[i].to);
    g_assert_cmpstr(twice, ==, rows[i].to);
  }
}

static void test_kept_names(void)
{
  g_assert_true(cr_fleet_is_kept_name("shop/web:careen-keep-4"));
  g_assert_false(cr_fleet_is_kept_name("shop/careen-keep-web:4"));
  g_assert_true(cr_fleet_is_temporary_name("web.old-0123456789ab"));
  g_assert_true(cr_fleet_is_temporary_name("web.failed-0123456789ab"));
  g_assert_false(cr_fleet_is_temporary_name("web.old-0123456789aX"));
  g_assert_false(cr_fleet_is_temporary_name(".old-0123456789ab"));
  g_assert_false(cr_fleet_is_temporary_name("web.older-0123456789ab"));
}

static void test_prefixes(void)
{
  static const char *const a[] = {"1", NULL}, *const ab[] = {"1", "2", NULL}, *const abc[] = {"1", "2", "3", NULL},
                           *const ax[] = {"1", "x", "y", "z", NULL}, *const x[] = {"2", "1", NULL};
  g_autoptr(CrLayerTrie) trie = cr_layer_trie_new();
  guint depth = 0;
  cr_layer_trie_add(trie, a, (gpointer) "a");
  cr_layer_trie_add(trie, ab, (gpointer) "ab");
  cr_layer_trie_add(trie, ab, (gpointer) "ab again");
  cr_layer_trie_add(trie, abc, (gpointer) "abc");
  const GPtrArray *found = cr_layer_trie_find(trie, abc, 0, &depth);
  g_assert_cmpuint(depth, ==, 2); /* not itself */
  g_assert_cmpuint(found->len, ==, 2);
  g_assert_cmpstr(found->pdata[1], ==, "ab again");
  found = cr_layer_trie_find(trie, abc, depth, &depth);
  g_assert_cmpuint(depth, ==, 1);
  g_assert_cmpstr(found->pdata[0], ==, "a");
  g_assert_null(cr_layer_trie_find(trie, abc, depth, &depth));
  found = cr_layer_trie_find(trie, ax, 0, &depth);
  g_assert_cmpuint(depth, ==, 1);
  g_assert_cmpstr(found->pdata[0], ==, "a");
  g_assert_null(cr_layer_trie_find(trie, x, 0, &depth));
  g_assert_null(cr_layer_trie_find(trie, a, 0, &depth));
}

/* ---- whole graphs ---- */

typedef struct {
  char *folder;
  CrFleetConfig *config;
} Case;

static void write_file(const Case *made, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename(made->folder, name, NULL);
  g_autofree char *dir = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(dir, 0755), ==, 0);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static CrFleet *make_fleet(Case *made, const char *yaml, const char *const *only, GError **error)
{
  static const CrSourceOptions source = {0};
  GError *why = NULL;
  made->config = cr_fleet_config_parse(yaml, strlen(yaml), "careen.yaml", made->folder, &why);
  g_assert_no_error(why);
  CrFleetOptions options = {.source = &source, .no_daemons = TRUE, .only = only};
  return cr_fleet_new(made->config, &options, error);
}

static void begin(Case *made)
{
  GError *error = NULL;
  made->folder = g_dir_make_tmp("careen-graph-XXXXXX", &error);
  g_assert_no_error(error);
  made->config = NULL;
}

static void end(Case *made)
{
  cr_fleet_config_free(made->config);
  remove_all(made->folder);
  g_free(made->folder);
}

static void check_parent(const CrFleet *fleet, const char *name, guint i, const char *parent, const char *how,
                         gboolean copied)
{
  const CrFleetImage *image = cr_fleet_find_image(fleet, name);
  g_assert_nonnull(image);
  g_assert_cmpuint(image->parents->len, >, i);
  const CrFleetParent *edge = image->parents->pdata[i];
  g_assert_cmpstr(edge->image->name, ==, parent);
  g_assert_cmpstr(edge->how, ==, how);
  g_assert_cmpint(edge->copied, ==, copied);
}

static const char shop[] = "images:\n"
                           "  shop/base:1: {build: ./base}\n"
                           "  shop/web:4: {build: ./web}\n"
                           "  shop/tool: {from: 'shop/base:1'}\n"
                           "  postgres:16: {}\n"
                           "registries: ['debian:*']\n"
                           "compose: [compose.yaml]\n"
                           "dockerfiles: [.]\n";

static void write_shop(const Case *made)
{
  write_file(made, "base/Dockerfile", "ARG V=12\nFROM debian:$V\nRUN true\n");
  write_file(made, "web/Dockerfile",
             "FROM golang:1 AS b\nFROM docker.io/shop/base:1\nCOPY --from=b /x /x\nCOPY --from=busybox /y /y\n");
  write_file(made, "other/Containerfile", "FROM alpine:3\n");
  write_file(made, "compose.yaml",
             "name: shop\nservices:\n  web: {image: 'shop/web:4'}\n  db: {image: 'postgres:16'}\n  cron: {build: "
             "{context: ./base}}\n");
}

static void test_declared(void)
{
  Case made;
  begin(&made);
  write_shop(&made);
  GError *error = NULL;
  CrFleet *fleet = make_fleet(&made, shop, NULL, &error);
  g_assert_no_error(error);
  check_parent(fleet, "shop/base:1", 0, "debian:12", "declared", FALSE);
  check_parent(fleet, "shop/web:4", 0, "shop/base:1", "declared", FALSE);
  check_parent(fleet, "shop/web:4", 1, "golang:1", "declared", TRUE);
  check_parent(fleet, "shop/web:4", 2, "busybox:latest", "declared", TRUE);
  check_parent(fleet, "shop/tool", 0, "shop/base:1", "config", FALSE);
  check_parent(fleet, "shop-cron", 0, "debian:12", "declared", FALSE);
  g_assert_cmpuint(cr_fleet_find_image(fleet, "shop/web:4")->level, ==, 2);
  g_assert_cmpuint(cr_fleet_find_image(fleet, "golang:1")->level, ==, 0);
  g_assert_true(cr_fleet_find_image(fleet, "docker.io/library/postgres:16")->ours);
  g_assert_true(cr_fleet_find_image(fleet, "debian:12")->ours); /* registries: */
  g_assert_false(cr_fleet_find_image(fleet, "busybox")->ours);
  g_assert_cmpuint(cr_fleet_find_image(fleet, "debian:12")->children->len, ==, 2);
  g_assert_cmpuint(cr_fleet_find_image(fleet, "alpine:3")->uses->len, ==, 1); /* of a Dockerfile without a name */
  g_assert_cmpuint(cr_fleet_find_image(fleet, "postgres:16")->uses->len, ==, 1);
  g_assert_null(cr_fleet_find_image(fleet, "nothing"));
  for (guint i = 1; i < fleet->images->len; i++) {
    const CrFleetImage *before = fleet->images->pdata[i - 1], *image = fleet->images->pdata[i];
    g_assert_cmpuint(before->level, <=, image->level);
  }
  cr_fleet_free(fleet);
  end(&made);
}

static void test_only(void)
{
  static const char *const only[] = {"shop/web:*", NULL};
  Case made;
  begin(&made);
  write_shop(&made);
  CrFleet *fleet = make_fleet(&made, shop, only, NULL);
  g_assert_nonnull(cr_fleet_find_image(fleet, "debian:12"));
  g_assert_nonnull(cr_fleet_find_image(fleet, "golang:1"));
  g_assert_null(cr_fleet_find_image(fleet, "postgres:16"));
  g_assert_null(cr_fleet_find_image(fleet, "shop/tool")); /* a sister, not a relation */
  g_assert_cmpuint(cr_fleet_find_image(fleet, "shop/base:1")->children->len, ==, 1);
  cr_fleet_free(fleet);
  end(&made);
}

static gboolean has_problem(const CrFleet *fleet, const char *words)
{
  for (guint i = 0; i < cr_problems_get_count(fleet->problems); i++)
    if (strstr(cr_problems_get(fleet->problems, i)->what, words))
      return TRUE;
  return FALSE;
}

static void test_circles(void)
{
  Case made;
  begin(&made);
  GError *error = NULL;
  g_assert_null(
      make_fleet(&made, "images:\n  a:1: {from: 'b:1'}\n  b:1: {from: 'c:1'}\n  c:1: {from: 'a:1'}\n", NULL, &error));
  g_assert_cmpstr(error->message, ==,
                  "cannot use careen.yaml line 4: from: goes in a circle: a:1 on b:1 on c:1 on a:1");
  g_clear_error(&error);
  cr_fleet_config_free(made.config);
  write_file(&made, "a/Dockerfile", "FROM b:1\n");
  write_file(&made, "b/Dockerfile", "FROM a:1\nCOPY --from=b:1 /x /x\n");
  CrFleet *fleet = make_fleet(&made, "images:\n  a:1: {build: ./a}\n  b:1: {build: ./b}\n", NULL, &error);
  g_assert_no_error(error);
  g_assert_true(has_problem(fleet, "a:1 on b:1 on a:1"));
  check_parent(fleet, "a:1", 0, "b:1", "declared", FALSE);
  g_assert_cmpuint(cr_fleet_find_image(fleet, "a:1")->level, ==, 1);
  g_assert_cmpuint(cr_fleet_find_image(fleet, "b:1")->parents->len, ==, 0);
  cr_fleet_free(fleet);
  end(&made);
}

/* 100 images in one chain, each on the one before, named so that their names say nothing of the order. */
static void test_chain(void)
{
  Case made;
  begin(&made);
  g_autoptr(GString) yaml = g_string_new("images:\n");
  for (guint i = 0; i < 100; i++)
    g_string_append_printf(yaml, "  c%u:1: {from: 'c%u:1'}\n", (i * 37) % 101, ((i + 1) * 37) % 101);
  CrFleet *fleet = make_fleet(&made, yaml->str, NULL, NULL);
  g_assert_cmpuint(fleet->images->len, ==, 101);
  for (guint i = 0; i < fleet->images->len; i++)
    g_assert_cmpuint(((const CrFleetImage *)fleet->images->pdata[i])->level, ==, i);
  g_autoptr(GString) svg = g_string_new(NULL);
  cr_graph_write_svg(fleet, svg);
  g_assert_true(g_str_has_suffix(svg->str, "</svg>\n"));
  cr_fleet_free(fleet);
  end(&made);
}

static void test_unknown(void)
{
  Case made;
  begin(&made);
  write_file(&made, "a/Dockerfile", "ARG BASE\nFROM $BASE\n");
  CrFleet *fleet = make_fleet(&made, "images:\n  a:1: {build: ./a}\n  b:1: {build: ./nowhere}\n", NULL, NULL);
  g_assert_cmpuint(cr_fleet_find_image(fleet, "a:1")->parents->len, ==, 0); /* a root, not a guess */
  g_assert_true(has_problem(fleet, "BASE has no value"));
  g_assert_cmpuint(cr_problems_get_count(fleet->problems), ==, 2);
  cr_fleet_free(fleet);
  end(&made);
}

/* ---- status ---- */

static void test_status(void)
{
  Case made;
  begin(&made);
  write_file(&made, "freeze", "");
  g_autofree char *path = g_build_filename(made.folder, "record.db", NULL);
  g_autofree char *yaml = g_strdup_printf("images:\n  a:1: {}\npolicy: {freeze-file: '%s/freeze'}\n", made.folder);
  GError *error = NULL;
  CrRecord *record = cr_record_open(path, TRUE, &error);
  g_assert_no_error(error);
  gint64 run = 0;
  g_assert_true(cr_record_begin_run(record, "apply", 0, &run, &error));
  CrStep step = {
      .run = run, .number = 1, .id = "patch a:1", .kind = "patch", .subject = "a:1", .state = CR_STEP_ROLLED_BACK};
  g_assert_true(cr_record_put_step(record, &step, &error));
  g_assert_true(cr_record_end_run(record, run, "rolled-back", "1 rolled back", &error));
  g_assert_true(cr_record_set_mark(record, "bad", DIGEST, "unhealthy", &error));
  CrFleet *fleet = make_fleet(&made, yaml, NULL, &error);
  g_assert_no_error(error);
  g_autoptr(CrStatus) status = cr_status_new(fleet, record, NULL, NULL, 1700000000);
  g_assert_cmpuint(status->steps[CR_STEP_ROLLED_BACK], ==, 1);
  g_assert_cmpuint(status->bad->len, ==, 1);
  g_assert_false(status->may_act);
  g_assert_false(status->watching);
  g_autoptr(CrText) text = cr_text_new(200, FALSE);
  cr_status_write_text(status, text);
  g_assert_nonnull(strstr(text->out->str, "the last run ended as rolled-back"));
  g_assert_nonnull(strstr(text->out->str, "not now: frozen: '"));
  g_assert_nonnull(strstr(text->out->str, "rolled-back; 1 rolled-back\n"));
  g_assert_nonnull(strstr(text->out->str, "sha256:0123456789ab  unhealthy"));
  cr_record_free(record);
  cr_fleet_free(fleet);
  end(&made);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/graph/names", test_names);
  g_test_add_func("/graph/kept-names", test_kept_names);
  g_test_add_func("/graph/prefixes", test_prefixes);
  g_test_add_func("/graph/declared", test_declared);
  g_test_add_func("/graph/only", test_only);
  g_test_add_func("/graph/circles", test_circles);
  g_test_add_func("/graph/chain", test_chain);
  g_test_add_func("/graph/unknown", test_unknown);
  g_test_add_func("/graph/status", test_status);
  return g_test_run();
}
