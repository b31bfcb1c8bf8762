/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "fleet/kept-name.h"
#include "fleet/rebuild-private.h"

typedef struct {
  CrRebuilding work;
  CrBuildRecipe recipe;
  CrRebuildOptions options;
  CrRebuild rebuild;
} Fixture;

static void set_up(Fixture *it, const char *text)
{
  it->rebuild.arena = cr_arena_new();
  it->work = (CrRebuilding){.recipe = &it->recipe, .options = &it->options, .rebuild = &it->rebuild};
  it->work.text = g_strdup(text);
  it->work.size = strlen(text);
  it->work.result = "careen-rebuild:x";
  g_autoptr(GError) error = NULL;
  it->work.file = cr_dockerfile_parse(text, strlen(text), "Dockerfile", NULL, NULL, NULL, &error);
  g_assert_no_error(error);
}

static void tear_down(Fixture *it)
{
  cr_dockerfile_free(it->work.file);
  cr_arena_free(it->rebuild.arena);
  g_free(it->work.text);
}

/* ---- what the classic builder cannot do ---- */

static const struct {
  const char *text, *found;
} modern[] = {
    {"FROM a\nRUN apt-get install -y x <<< y && echo $((1<<2))\nCOPY --from=b --chown=1 x y\n", NULL},
    {"# syntax=docker/dockerfile:1\nFROM a\nRUN x\n", NULL},
    {"FROM a\nRUN --mount=type=cache,target=/c x\n", "RUN --mount in line 2"},
    {"FROM a\nRUN x\nRUN --network=none x\n", "RUN --network in line 3"},
    {"FROM a\nRUN <<EOF\nx\nEOF\n", "a here-document in line 2"},
    {"FROM a\nCOPY <<-'E' /x\ny\nE\n", "a here-document in line 2"},
    {"FROM a\nCOPY --chmod=755 x y\n", "COPY --chmod in line 2"},
    {"FROM a\nCOPY --chown=0:0 --link x y\n", "COPY --link in line 2"},
    {"FROM a\nADD --checksum=sha256:0 https://x/y z\n", "ADD --checksum in line 2"},
    {"FROM a\nRUN echo --mount=x\nENV A=--mount=x\n", NULL},
    {"FROM --platform=$BUILDPLATFORM a\nRUN x\n", "FROM --platform with a variable in line 1"},
    {"FROM --platform=linux/amd64 a\nRUN x\n", NULL},
};

static void test_modern(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(modern); i++) {
    Fixture it = {0};
    set_up(&it, modern[i].text);
    g_assert_cmpstr(cr_rebuild_find_modern(&it.work), ==, modern[i].found);
    tear_down(&it);
  }
  Fixture it = {0};
  const char *secrets[] = {"id=a,src=/a", NULL};
  it.recipe.secrets = secrets;
  set_up(&it, "FROM a\n");
  g_assert_cmpstr(cr_rebuild_find_modern(&it.work), ==, "secrets");
  tear_down(&it);
}

/* ---- the query ---- */

static void test_query(void)
{
  static const char *const args[] = {"V=1 & 2", "EMPTY=", "UNSET_HERE", "TARGETOS=plan9", NULL};
  static const char *const labels[] = {"a=b", NULL}, *const hosts[] = {"h:1.2.3.4", NULL},
                           *const cache[] = {"c:1", NULL};
  static const char *const whole[] = {NULL};
  Fixture it = {.recipe = {.args = args, .labels = labels, .extra_hosts = hosts, .cache_from = cache}};
  g_unsetenv("UNSET_HERE");
  set_up(&it, "FROM a\nARG TARGETARCH\nARG TARGETOS\nARG V\n");
  it.recipe.platform = "linux/arm64/v8";
  it.recipe.target = "t";
  it.recipe.network = "host";
  g_autofree char *query = cr_rebuild_format_query(&it.work, "D f");
  g_autofree char *plain = g_uri_unescape_string(query, NULL);
  g_assert_cmpstr(plain, ==,
                  "dockerfile=D f&t=careen-rebuild:x&rm=1&forcerm=1&cachefrom=[\"c:1\"]&buildargs={\"V\":\"1 & 2\","
                  "\"EMPTY\":\"\",\"TARGETOS\":\"plan9\",\"TARGETARCH\":\"arm64\"}&labels={\"a\":\"b\"}&extrahosts=h:"
                  "1.2.3.4&networkmode=host&platform=linux/arm64/v8&target=t");
  g_assert_null(strstr(query, "1 & 2")); /* it would be two parameters */
  it.options.outdated = whole;
  g_autofree char *fresh = cr_rebuild_format_query(&it.work, "Dockerfile");
  g_assert_nonnull(strstr(fresh, "&nocache=1&"));
  g_assert_null(strstr(fresh, "cachefrom")); /* nothing comes from any cache */
  tear_down(&it);
}

/* ---- names ---- */

static void test_names(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  const char *one = cr_rebuild_make_name("base", arena), *other = cr_rebuild_make_name("base", arena);
  g_assert_cmpstr(one, !=, other);
  g_assert_true(cr_rebuild_is_name(one));
  g_assert_true(cr_rebuild_is_name(cr_rebuild_make_name("rebuild", arena)));
  g_assert_false(cr_rebuild_is_name("shop/careen-base:1"));
  g_assert_false(cr_fleet_is_kept_name(one));
}

/* ---- what its maker took out ---- */

static CrPackage *add_package(CrScan *scan, const char *name, const char *source)
{
  CrPackage *package = cr_arena_new0(scan->arena, CrPackage);
  *package = (CrPackage){.type = "deb", .name = name, .version = "1", .arch = "amd64", .source_name = source};
  g_ptr_array_add(scan->packages, package);
  return package;
}

static char *list_dropped(const char *const *before, const char *const *after, const char *old_line,
                          const char *new_line)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  const char *old_history[] = {"/bin/sh -c #(nop) ADD file:x", old_line, NULL};
  const char *new_history[] = {"/bin/sh -c #(nop) ADD file:x", new_line, NULL};
  CrImage old_image = {.history = old_history}, new_image = {.history = new_history};
  CrScan old = {.arena = arena, .image = &old_image, .packages = g_ptr_array_new()};
  CrScan now = {.arena = arena, .image = &new_image, .packages = g_ptr_array_new()};
  for (guint i = 0; before[i]; i += 2)
    add_package(&old, before[i], before[i + 1]);
  for (guint i = 0; after[i]; i += 2)
    add_package(&now, after[i], after[i + 1]);
  g_autoptr(GPtrArray) changes = g_ptr_array_new();
  cr_rebuild_find_dropped(&old, &now, arena, changes);
  GString *names = g_string_new(NULL);
  for (guint i = 0; i < changes->len; i++)
    g_string_append_printf(names, "%s%s", i ? " " : "", ((const CrChange *)changes->pdata[i])->name);
  g_ptr_array_unref(old.packages);
  g_ptr_array_unref(now.packages);
  return g_string_free(names, FALSE);
}

static void test_dropped(void)
{
  static const char *const two[] = {"curl", "curl", "libcurl4", "curl-lib", NULL}, *const none[] = {NULL};
  static const char *const ssl[] = {"libssl3", "openssl", NULL}, *const t64[] = {"libssl3t64", "openssl", NULL};
  struct {
    const char *const *before, *const *after;
    const char *old_line, *new_line, *dropped;
  } rows[] = {
      /* lost, and nobody said so */
      {two, none, "RUN apt-get install nginx", "RUN apt-get install nginx", ""},
      /* …nor is a word of another name a word of it */
      {two, none, "RUN install curlftpfs", "RUN install x", ""},
      /* taken out, with what came along */
      {two, none, "RUN apt-get install -y curl=1 nginx", "RUN apt-get install -y nginx", "curl libcurl4"},
      /* still asked for */
      {two, none, "RUN install curl", "RUN install curl # again", ""},
      /* another name of the same source */
      {ssl, t64, "RUN x", "RUN x", "libssl3"},
      {two, two, "RUN install curl", "RUN x", ""},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *names = list_dropped(rows[i].before, rows[i].after, rows[i].old_line, rows[i].new_line);
    g_assert_cmpstr(names, ==, rows[i].dropped);
  }
}

/* ---- what the build said ---- */

static void test_redact(void)
{
  static const char *const args[] = {
      "V=1.2.3", "NPM_TOKEN=abcdef", "Password=x", "http_proxy=http://me:word@proxy:1/", "PLAIN=http://proxy/x@y",
      NULL};
  g_autofree char *text =
      cr_rebuild_redact(args, "abcdef 1.2.3 x http://me:word@proxy:1/ abcdefabcdef http://proxy/x@y");
  g_assert_cmpstr(text, ==, "*** 1.2.3 x http://***@proxy:1/ ****** http://proxy/x@y");
}

static void test_log(void)
{
  Fixture it = {0};
  set_up(&it, "FROM a\n");
  const char text[] = "\x1b[91mred\x1b[0m\nplain \xff\x1b[";
  cr_rebuild_keep_log(&it.work, text, sizeof text - 1);
  g_assert_cmpstr(it.rebuild.log, ==, "red\nplain \xef\xbf\xbd");
  tear_down(&it);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/rebuild/modern", test_modern);
  g_test_add_func("/rebuild/query", test_query);
  g_test_add_func("/rebuild/names", test_names);
  g_test_add_func("/rebuild/dropped", test_dropped);
  g_test_add_func("/rebuild/log", test_log);
  g_test_add_func("/rebuild/redact", test_redact);
  return g_test_run();
}
