/* SPDX-License-Identifier: Apache-2.0 */
/* Rows were checked against `docker create --pull=never` (which refuses with "invalid reference format" or looks for
 * the name that it made of it). */
#include <string.h>

#include "base/error.h"
#include "image/manifest.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct {
  const char *text, *registry, *repository, *tag, *digest;
} good[] = {
    {"debian", "docker.io", "library/debian", "latest", NULL},
    {"debian:12", "docker.io", "library/debian", "12", NULL},
    {"docker.io/debian", "docker.io", "library/debian", "latest", NULL},
    {"index.docker.io/library/debian:12", "docker.io", "library/debian", "12", NULL},
    {"user/app:1.2_x-y", "docker.io", "user/app", "1.2_x-y", NULL},
    {"localhost/app", "localhost", "app", "latest", NULL},
    {"localhost:5000/app", "localhost:5000", "app", "latest", NULL},
    {"registry.example.org:5000/a/b/c:tag", "registry.example.org:5000", "a/b/c", "tag", NULL},
    {"[2001:db8::1]:5000/app", "[2001:db8::1]:5000", "app", "latest", NULL},
    {"Example.org/app", "Example.org", "app", "latest", NULL},
    {"a__b/c---d.e:_x.", "docker.io", "a__b/c---d.e", "_x.", NULL},
    {"foo.com:8080", "docker.io", "library/foo.com", "8080", NULL},
    {"ab@sha256:" HEX, "docker.io", "library/ab", NULL, "sha256:" HEX},
    {"ab:1@sha256:" HEX, "docker.io", "library/ab", "1", "sha256:" HEX},
};

static const struct {
  const char *text, *why;
} bad[] = {
    {"", "empty"},
    {"Debian", "lower case"},
    {"user/App", "lower case"},
    {HEX, "id"},
    {"a___b", "well formed"},
    {"a..b", "well formed"},
    {"a-", "well formed"},
    {"_a", "well formed"},
    {"a/b/", "well formed"},
    {"/a", "well formed"},
    {"a//b", "well formed"},
    {"a b", "well formed"},
    {"a:", "tag"},
    {"a:-x", "tag"},
    {"a:.x", "tag"},
    {"a:b:c", "well formed"},
    {"host:port/x", "registry"},
    {"host-.com/x", "registry"},
    {"[::1/app", "registry"},
    {".docker/docker", "registry"},
    {"docker./docker", "registry"},
    {"ab@sha256:0123", "digest"},
    {"ab@sha512:" HEX HEX, "digest"},
    {"\xff/x", "UTF-8"},
};

static void test_good(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
    CrReference reference;
    g_autoptr(GError) error = NULL;
    gboolean ok = cr_reference_parse(good[i].text, arena, &reference, &error);
    g_assert_no_error(error);
    g_assert_true(ok);
    g_assert_cmpstr(reference.registry, ==, good[i].registry);
    g_assert_cmpstr(reference.repository, ==, good[i].repository);
    g_assert_cmpstr(reference.tag, ==, good[i].tag);
    g_assert_cmpstr(reference.digest, ==, good[i].digest);
  }
}

static void test_bad(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
    CrReference reference;
    g_autoptr(GError) error = NULL;
    g_assert_false(cr_reference_parse(bad[i].text, arena, &reference, &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
    g_assert_nonnull(strstr(error->message, bad[i].why));
  }
}

static void test_lengths(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autofree char *tag = g_strnfill(128, 'x'), *name = g_strnfill(255 - 8, 'y');
  g_autofree char *long_tag = g_strdup_printf("a:%s", tag), *too_long_tag = g_strdup_printf("a:%sx", tag);
  g_autofree char *too_long_name = g_strdup_printf("%sy", name);
  CrReference reference;
  g_assert_true(cr_reference_parse(long_tag, arena, &reference, NULL));
  g_assert_false(cr_reference_parse(too_long_tag, arena, &reference, NULL));
  g_assert_true(cr_reference_parse(name, arena, &reference, NULL)); /* with "library/" in front: 255 */
  g_assert_false(cr_reference_parse(too_long_name, arena, &reference, NULL));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/image/reference/good", test_good);
  g_test_add_func("/image/reference/bad", test_bad);
  g_test_add_func("/image/reference/lengths", test_lengths);
  return g_test_run();
}
