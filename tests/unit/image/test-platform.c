/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/utsname.h>

#include "base/error.h"
#include "image/manifest.h"

#define MAX_ENTRIES 6

typedef struct {
  const char *platforms; /* "linux/amd64 linux/arm64/v8", "-" for none, "?" for an attestation */
  const char *want;
  int chosen; /* -1: none */
} Row;

static void make_index(CrManifest *index, CrDescriptor *entries, const char *platforms, CrArena *arena)
{
  g_auto(GStrv) words = g_strsplit(platforms, " ", MAX_ENTRIES);
  *index = (CrManifest){.is_index = TRUE, .entries = entries};
  for (guint i = 0; words[i] && *words[i]; i++) {
    g_auto(GStrv) parts = g_strsplit(words[i], "/", 3);
    entries[i] = (CrDescriptor){.digest = "sha256:x"};
    entries[i].attestation = words[i][0] == '?';
    if (parts[1]) {
      entries[i].os = cr_arena_strdup(arena, parts[0]);
      entries[i].architecture = cr_arena_strdup(arena, parts[1]);
      entries[i].variant = cr_arena_strdup(arena, parts[2]);
    }
    index->count++;
  }
}

static void test_choose(void)
{
  static const Row rows[] = {
      {"linux/amd64 linux/arm64/v8", "linux/arm64", 1},
      {"linux/amd64 linux/arm64/v8", "arm64", 1},
      {"linux/amd64 linux/arm64", "linux/arm64/v8", 1},
      {"linux/amd64 linux/arm64/v8", "linux/aarch64", 1},
      {"linux/amd64 linux/arm64/v8", "linux/amd64", 0},
      {"linux/amd64 linux/arm64/v8", "linux/s390x", -1},
      {"linux/amd64 linux/arm64/v8", "windows/amd64", -1},
      {"linux/arm/v5 linux/arm/v6 linux/arm/v7", "linux/arm/v7", 2},
      {"linux/arm/v5 linux/arm/v6", "linux/arm/v7", 1}, /* the best that still runs */
      {"linux/arm/v5 linux/arm/v6", "linux/arm", 1},
      {"linux/arm/v6 linux/arm/v7", "linux/arm/v5", -1},
      {"linux/arm/v7 linux/arm64/v8", "linux/armhf", 0},
      {"linux/386", "linux/amd64", -1}, /* never across architectures */
      {"linux/amd64/v3 linux/amd64", "linux/amd64", 1},
      {"linux/amd64 linux/amd64/v2", "linux/amd64/v3", 1},
      {"? linux/riscv64", NULL, 1}, /* the only one there is */
      {"?", NULL, -1},
      {"", NULL, -1},
      {"-", NULL, 0},
      {"-", "linux/arm64", 0}, /* its config will say */
      {"linux/mips64le linux/s390x", NULL, -1},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(GError) error = NULL;
    CrManifest index;
    CrDescriptor entries[MAX_ENTRIES];
    make_index(&index, entries, rows[i].platforms, arena);
    const CrDescriptor *chosen = cr_manifest_choose(&index, rows[i].want, "I", &error);
    int at = chosen ? (int)(chosen - entries) : -1;
    if (at != rows[i].chosen)
      g_error("row %u: chose %d of '%s'", i, at, rows[i].platforms);
    if (!chosen && rows[i].want) {
      g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
      g_auto(GStrv) words = g_strsplit(rows[i].platforms, " ", -1);
      for (guint w = 0; words[w]; w++) /* the hint lists all there are */
        g_assert_nonnull(strstr(cr_error_get_hint(error), words[w]));
    }
  }
}

static void test_own(void)
{
  struct utsname name;
  g_assert_cmpint(uname(&name), ==, 0);
  g_autoptr(CrArena) arena = cr_arena_new();
  CrManifest index;
  CrDescriptor entries[MAX_ENTRIES];
  g_autofree char *platforms =
      g_strdup_printf("linux/none linux/%s linux/other", cr_platform_get_architecture(name.machine));
  make_index(&index, entries, platforms, arena);
  g_assert_true(cr_manifest_choose(&index, NULL, "I", NULL) == &entries[1]);
}

static void test_bad(void)
{
  static const char *const rows[] = {
      "", "/", "linux/", "a/b/c/d", "linux/amd 64", "\x1b[31m", "linux/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
  g_autoptr(CrArena) arena = cr_arena_new();
  CrManifest index;
  CrDescriptor entries[MAX_ENTRIES];
  make_index(&index, entries, "linux/amd64", arena);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    g_assert_null(cr_manifest_choose(&index, rows[i], "I", &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
  }
}

static void test_check(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrImage *image = cr_image_new(arena);
  image->os = "linux";
  image->architecture = "arm64";
  image->platform = "linux/arm64";
  g_assert_true(cr_manifest_check_platform(image, NULL, NULL));
  g_assert_true(cr_manifest_check_platform(image, "linux/arm64/v8", NULL));
  g_autoptr(GError) error = NULL;
  g_assert_false(cr_manifest_check_platform(image, "linux/amd64", &error));
  g_assert_error(error, CR_ERROR, CR_ERROR_USAGE);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/image/platform/choose", test_choose);
  g_test_add_func("/image/platform/own", test_own);
  g_test_add_func("/image/platform/bad", test_bad);
  g_test_add_func("/image/platform/check", test_check);
  return g_test_run();
}
