/* SPDX-License-Identifier: Apache-2.0 */
/* apk's repositories: lines of configuration, words of dependencies, what is kept of an index. What apk does with them
 * is tests/oracle/archives-apk. */
#include <string.h>

#include "base/digest.h"
#include "base/error.h"
#include "vendor/apk-file.h"
#include "vendor/apk-repository.h"

static void test_words(void)
{
  static const struct {
    const char *word, *version;
    gboolean accepts;
  } rows[] = {
      {"foo", "1", TRUE},          {"foo", NULL, TRUE},           {"foo=1.2-r0", "1.2-r0", TRUE},
      {"foo=1.2-r0", NULL, FALSE}, {"foo=1.2", "1.2-r1", FALSE},  {"foo<2", "1.9-r3", TRUE},
      {"foo<2", "2", FALSE},       {"foo<=2", "2", TRUE},         {"foo>1_rc1", "1", TRUE},
      {"foo>=1.10", "1.9", FALSE}, {"foo~1.2", "1.2.7-r0", TRUE}, {"foo~1.2", "1.20-r0", FALSE},
      {"foo=~1.2", "1.2", TRUE},   {"foo~=1.2", "1.3", FALSE},    {"foo=1@edge", "1", TRUE},
  };
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s of %s", rows[i].version, rows[i].word);
    CrApkWord word = cr_apk_word_parse(rows[i].word, strlen(rows[i].word), arena);
    g_assert_cmpstr(word.name, ==, "foo");
    g_assert_false(word.conflict);
    g_assert_cmpint(cr_apk_word_accepts(&word, rows[i].version), ==, rows[i].accepts);
  }
  CrApkWord word = cr_apk_word_parse("!so:x.so.1>=2@edge", 18, arena);
  g_assert_true(word.conflict);
  g_assert_cmpstr(word.name, ==, "so:x.so.1");
  g_assert_cmpstr(word.op, ==, ">=");
  g_assert_cmpstr(word.version, ==, "2");
  g_assert_cmpstr(word.tag, ==, "edge");
}

static void test_repositories(void)
{
  static const char text[] = "# comment\n"
                             "https://dl-cdn.alpinelinux.org/alpine/v3.18/main/\n"
                             "\n"
                             "  @edge   https://example.org/edge//\n"
                             "@lone\n"
                             "/local\n"
                             "http://two words\n";
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrProblems) problems = cr_problems_new();
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  cr_apk_repositories_parse(text, strlen(text), "etc/apk/repositories", arena, list, problems);
  static const char *const wanted[][2] = {
      {NULL, "https://dl-cdn.alpinelinux.org/alpine/v3.18/main"},
      {"edge", "https://example.org/edge"},
      {NULL, "/local"},
  };
  g_assert_cmpuint(list->len, ==, G_N_ELEMENTS(wanted));
  for (guint i = 0; i < list->len; i++) {
    const CrApkRepository *repository = list->pdata[i];
    g_assert_cmpstr(repository->tag, ==, wanted[i][0]);
    g_assert_cmpstr(repository->uri, ==, wanted[i][1]);
  }
  g_assert_cmpuint(cr_problems_get_count(problems), ==, 1);
  g_assert_cmpstr(cr_problems_get(problems, 0)->what, ==, "line 7 is no repository that can be asked");
}

/* Real bytes: Alpine's own index of 3.16 and 3.17, by the keys that its images hold. The second
 * file is named for x86_64 and is of aarch64, as its key and its packages say. */
static void test_real_index(void)
{
  static const struct {
    const char *file, *arch, *other, *key, *description;
    gint64 date;
    const char *first;
  } rows[] = {
      {"apkindex-3.16-main-x86_64.tar.gz", "x86_64", "aarch64", "alpine-devel@lists.alpinelinux.org-6165ee59.rsa.pub",
       "v3.16.3-13-g4d933a1fa3", 1669068262, "Checksum:Q1ZX+on7zBgcokTctj4tLSmx7q5O4=\nPackage:git-zsh-completion\n"},
      {"apkindex-3.17-main-x86_64.tar.gz", "aarch64", "x86_64", "alpine-devel@lists.alpinelinux.org-616ae350.rsa.pub",
       "v3.17.3-216-g54a39ace82a", 1685173753, "Checksum:Q1tduNGDYV/KwvztK0sMium7UfSj0=\nPackage:nasm-doc\n"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *path = g_build_filename(g_getenv("CAREEN_SHARED"), "images", rows[i].file, NULL);
    char *text = NULL;
    gsize size = 0, signed_from = 0;
    if (!g_file_get_contents(path, &text, &size, NULL)) {
      g_test_skip("no shared images");
      return;
    }
    g_autoptr(GBytes) file = g_bytes_new_take(text, size);
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(GError) error = NULL;
    CrApkSeal seal;
    g_assert_true(cr_apk_index_read_signatures(file, arena, &seal, &signed_from, &error));
    g_assert_cmpuint(seal.count, ==, 1);
    g_assert_cmpstr(seal.signatures[0].key, ==, rows[i].key);
    g_assert_cmpstr(seal.signatures[0].digest, ==, "SHA1");
    g_autoptr(GBytes) index = cr_apk_index_read(file, signed_from, arena, &seal, &error);
    g_assert_no_error(error);
    g_assert_cmpstr(seal.description, ==, rows[i].description);
    g_assert_cmpint(seal.date, ==, rows[i].date);
    g_autofree char *keys = g_build_filename(g_getenv("CAREEN_SHARED"), "images", "alpine-3.18.9-x86_64.tar.gz", NULL);
    g_autofree char *folder = g_dir_make_tmp("careen-apk-XXXXXX", NULL);
    const char *argv[] = {"tar", "-xzf", keys, "-C", folder, "--strip-components=5", "./usr/share/apk/keys", NULL};
    g_assert_true(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, &error));
    g_assert_false(cr_apk_has_keys(&cr_distribution_wolfi, folder, "x86_64"));
    g_assert_true(cr_apk_has_keys(&cr_distribution_alpine, folder, rows[i].arch));
    g_assert_null(cr_apk_key_find(&cr_distribution_alpine, folder, rows[i].other, rows[i].key));
    g_autoptr(GBytes) key = cr_apk_key_find(&cr_distribution_alpine, folder, rows[i].arch, rows[i].key);
    g_assert_true(cr_apk_key_verify(key, &seal.signatures[0], &error));
    seal.signatures[0].value[0] ^= 1;
    g_assert_false(cr_apk_key_verify(key, &seal.signatures[0], &error));
    g_assert_error(error, CR_ERROR, CR_ERROR_TRUST);
    g_clear_error(&error);
    const char *remove[] = {"rm", "-r", folder, NULL};
    g_assert_true(g_spawn_sync(NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, &error));
    g_autoptr(GBytes) kept = cr_apk_seal_format(&seal);
    CrApkSeal again;
    g_assert_true(cr_apk_seal_parse(kept, arena, &again, &error));
    g_assert_cmpmem(again.signatures[0].value, again.signatures[0].value_bytes, seal.signatures[0].value, 20);
    g_autoptr(CrStream) stream = cr_list_translate_apk(index);
    const guint8 *data = NULL;
    gssize count = cr_stream_next(stream, &data, &error);
    g_assert_cmpint(count, >, (gssize)strlen(rows[i].first));
    g_assert_cmpint(memcmp(data, rows[i].first, strlen(rows[i].first)), ==, 0);
  }
}

/* What is signed for a run is what everybody else reads. */
static void test_signer(void)
{
  static const char records[] = "C:Q1AAAAAAAAAAAAAAAAAAAAAAAAAAA=\nP:zlib\nV:1-r0\nA:x86_64\nS:1\n\n";
  g_autoptr(GError) error = NULL;
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(CrApkSigner) signer = cr_apk_signer_new(&error);
  g_assert_no_error(error);
  g_autoptr(GBytes) file = cr_apk_signer_make_index(signer, records, &error);
  g_assert_no_error(error);
  CrApkSeal seal;
  gsize signed_from = 0;
  g_assert_true(cr_apk_index_read_signatures(file, arena, &seal, &signed_from, &error));
  g_assert_cmpuint(seal.count, ==, 1);
  g_assert_cmpstr(seal.signatures[0].key, ==, CR_APK_SIGNER_KEY);
  g_assert_true(cr_apk_key_verify(cr_apk_signer_get_key(signer), &seal.signatures[0], &error));
  g_autoptr(CrApkSigner) other = cr_apk_signer_new(&error);
  g_assert_false(cr_apk_key_verify(cr_apk_signer_get_key(other), &seal.signatures[0], NULL));
  g_autoptr(GBytes) index = cr_apk_index_read(file, signed_from, arena, &seal, &error);
  g_assert_no_error(error);
  gsize size = 0;
  const char *text = g_bytes_get_data(index, &size);
  g_assert_cmpuint(size, ==, strlen(records));
  g_assert_cmpint(memcmp(text, records, size), ==, 0);
}

/* A package, as test_package makes it: signature, control, files. */
static GBytes *make_package(const char *info, const char *files)
{
  g_autoptr(GByteArray) all = g_byte_array_new();
  const char *const names[] = {".SIGN.RSA.some.rsa.pub", ".PKGINFO", "usr/x"};
  const char *const texts[] = {"signature", info, files};
  for (guint i = 0; i < 3; i++)
    cr_apk_append_member(all, names[i], texts[i], strlen(texts[i]));
  return g_byte_array_free_to_bytes(g_steal_pointer(&all));
}

static void test_package(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  g_autoptr(GBytes) plain = make_package("", "hello");
  gsize size = 0;
  const guint8 *data = g_bytes_get_data(plain, &size);
  gsize at = size;
  for (gsize i = 1; i + 3 < size; i++) /* where the last member begins */
    at = !memcmp(data + i, "\x1f\x8b\x08", 3) ? i : at;
  g_autofree char *digest = cr_digest_of(data + at, size - at);
  g_autofree char *good =
      g_strdup_printf("pkgname = x\npkgver = 1-r0\ndepend = a\ndepend = b>1\ndatahash = %s\n", digest + 7);
  g_autofree char *bad = g_strdup_printf("pkgname = x\ndatahash = %064d\n", 0);
  struct {
    GBytes *bytes;
    const char *says; /* or NULL: it is good */
  } rows[] = {
      {make_package(good, "hello"), NULL},
      {make_package(good, "hullo"), "its files are not those that its control data name"},
      {make_package(bad, "hello"), "its files are not those that its control data name"},
      {make_package("pkgname = x\n", "hello"), "its files are not those that its control data name"},
      {make_package("", "hello"), "it has no control data that can be read"},
      {g_bytes_new_static("ADBd....", 8), "it is a package of apk's version 3, which careen does not read"},
      {g_bytes_new_static("", 0), "it has no signature"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    CrApkPackageFile package;
    g_autoptr(GError) error = NULL;
    gboolean done = cr_apk_package_read(rows[i].bytes, arena, &package, &error);
    g_assert_cmpstr(error ? error->message : NULL, ==, rows[i].says);
    g_assert_cmpint(done, ==, !rows[i].says);
    if (done) {
      g_assert_true(g_str_has_prefix(package.identity, "Q1"));
      g_assert_cmpuint(package.seal.count, ==, 1);
      g_assert_cmpstr(cr_apk_package_find(&package, "depend", 1, arena), ==, "b>1");
      g_assert_null(cr_apk_package_find(&package, "depend", 2, arena));
      CrArchiveFile file = {.name = "x", .version = "1-r0", .arch = "x86_64", .size_bytes = 9};
      g_autoptr(GString) records = g_string_new(NULL);
      g_assert_true(cr_apk_record_append(records, &file, rows[i].bytes, &error));
      g_assert_true(g_str_has_suffix(records->str, "\nP:x\nV:1-r0\nA:x86_64\nS:9\nD:a b>1\n\n"));
      file.version = "2-r0";
      g_assert_false(cr_apk_record_append(records, &file, rows[i].bytes, &error));
      g_assert_error(error, CR_ERROR, CR_ERROR_TRUST);
    }
    g_bytes_unref(rows[i].bytes);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/apk/words", test_words);
  g_test_add_func("/apk/repositories", test_repositories);
  g_test_add_func("/apk/real-index", test_real_index);
  g_test_add_func("/apk/signer", test_signer);
  g_test_add_func("/apk/package", test_package);
  return g_test_run();
}
