/* SPDX-License-Identifier: Apache-2.0 */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>
#include <sys/stat.h>

#include "../remove.h"
#include "base/stream.h"
#include "recipe/remote.h"

/* ---- what git ls-remote says ---- */

#define ONE   "1111111111111111111111111111111111111111"
#define TWO   "2222222222222222222222222222222222222222"
#define THREE "3333333333333333333333333333333333333333"

static void test_refs(void)
{
  static const struct {
    const char *output, *ref, *commit;
  } rows[] = {
      {ONE "\tHEAD\n" TWO "\trefs/heads/main\n", NULL, ONE},
      {ONE "\trefs/heads/main\n" TWO "\trefs/heads/old/main\n", "main", ONE},
      {ONE "\trefs/heads/v1\n" TWO "\trefs/tags/v1\n", "v1", TWO},
      {TWO "\trefs/tags/v1\n" THREE "\trefs/tags/v1^{}\n", "v1", THREE},
      {ONE "\trefs/pull/1/head\n", "refs/pull/1/head", ONE},
      {ONE "\trefs/heads/x\n", "main", NULL},
      {"short\trefs/heads/main\n", "main", NULL},
      {"", NULL, NULL},
      {ONE, "main", NULL},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *commit = cr_remote_parse_refs(rows[i].output, rows[i].ref);
    g_assert_cmpstr(commit, ==, rows[i].commit);
  }
}

/* ---- addresses ---- */

static const struct {
  const char *text;
  gboolean git;
  const char *url, *ref, *folder, *why;
} addresses[] = {
    {"https://h/x.git", TRUE, "https://h/x.git", NULL, NULL, NULL},
    {"https://h/x.git#v1", TRUE, "https://h/x.git", "v1", NULL, NULL},
    {"https://h/x.git#v1:a/b", TRUE, "https://h/x.git", "v1", "a/b", NULL},
    {"https://h/x.git#:a", TRUE, "https://h/x.git", NULL, "a", NULL},
    {"https://h/x.git#", TRUE, "https://h/x.git", NULL, NULL, NULL},
    {"git@h:team/x.git#main", TRUE, "git@h:team/x.git", "main", NULL, NULL},
    {"ssh://git@h/x", TRUE, "ssh://git@h/x", NULL, NULL, NULL},
    {"git://h/x", TRUE, "git://h/x", NULL, NULL, NULL},
    {"file:///srv/x", TRUE, "file:///srv/x", NULL, NULL, NULL},
    {"github.com/a/b#c", TRUE, "https://github.com/a/b", "c", NULL, NULL},
    {"https://h/x.tar.gz", FALSE, "https://h/x.tar.gz", NULL, NULL, NULL},
    {"http://h/Dockerfile", FALSE, "http://h/Dockerfile", NULL, NULL, NULL},
    {"https://h/x.tar#a", FALSE, NULL, NULL, NULL, "only a git repository"},
    {"https://h/x.git#--upload-pack=x", TRUE, NULL, NULL, NULL, "its ref is none"},
    {"https://h/x.git#a..b", TRUE, NULL, NULL, NULL, "its ref is none"},
    {"https://h/x.git#a b", TRUE, NULL, NULL, NULL, "its ref is none"},
    {"https://h/x.git#a:../b", TRUE, NULL, NULL, NULL, "its folder must be below"},
    {"https://h/x.git#a:/b", TRUE, NULL, NULL, NULL, "its folder must be below"},
    {"ext::sh -c x", TRUE, NULL, NULL, NULL, "can be fetched"},
    {"ftp://h/x.git", TRUE, NULL, NULL, NULL, "can be fetched"},
    {"https://", FALSE, NULL, NULL, NULL, "it has no host"},
    {"https://h/a\nb.git", TRUE, NULL, NULL, NULL, "control character"},
    {"https://u:p@h/x.tar#a", FALSE, NULL, NULL, NULL, "'https://***@h/x.tar#a'"},
};

static void test_addresses(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(addresses); i++) {
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(GError) error = NULL;
    CrRemote remote;
    gboolean good = cr_remote_parse(addresses[i].text, arena, &remote, &error);
    g_test_message("%s", addresses[i].text);
    g_assert_true(good == !addresses[i].why);
    if (error) {
      g_assert_nonnull(strstr(error->message, addresses[i].why));
      continue;
    }
    g_assert_true(remote.git == addresses[i].git);
    g_assert_cmpstr(remote.url, ==, addresses[i].url);
    g_assert_cmpstr(remote.ref, ==, addresses[i].ref);
    g_assert_cmpstr(remote.folder, ==, addresses[i].folder);
  }
}

static void test_paths(void)
{
  g_assert_true(cr_remote_is_address("https://h/x"));
  g_assert_true(cr_remote_is_address("git@h:x"));
  g_assert_true(cr_remote_is_address("github.com/a/b"));
  g_assert_false(cr_remote_is_address("./web"));
  g_assert_false(cr_remote_is_address("github.community/a"));
}

static void test_redact(void)
{
  static const char *const rows[][2] = {
      {"https://u:p@h/x.git", "https://***@h/x.git"},
      {"https://h/x@y", "https://h/x@y"},
      {"git@h:x", "git@h:x"},
      {"https://u:p@w@h/x", "https://***@h/x"},
      {"fatal: 'https://t@h/x/' not found", "fatal: 'https://***@h/x/' not found"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *safe = cr_remote_redact(rows[i][0]);
    g_assert_cmpstr(safe, ==, rows[i][1]);
  }
}

/* ---- what comes ---- */

static char *unpack(GBytes *bytes, const char *folder)
{
  g_autoptr(CrStream) stream = cr_stream_new_bytes(bytes);
  g_autofree char *revision = NULL;
  GError *error = NULL;
  if (cr_remote_unpack(stream, folder, "https://h/x", &revision, &error)) {
    g_assert_true(g_str_has_prefix(revision, "sha256:"));
    return NULL;
  }
  char *why = g_strdup(error->message);
  g_error_free(error);
  return why;
}

typedef struct {
  const char *name, *link;
  mode_t type;
} Entry;

static la_ssize_t on_write(struct archive *out, void *data, const void *bytes, size_t size)
{
  (void)out;
  g_byte_array_append(data, bytes, (guint)size);
  return (la_ssize_t)size;
}

static GBytes *make_tar(const Entry *entries)
{
  GByteArray *bytes = g_byte_array_new();
  struct archive *out = archive_write_new();
  archive_write_set_format_pax_restricted(out);
  g_assert_cmpint(archive_write_open(out, bytes, NULL, on_write, NULL), ==, ARCHIVE_OK);
  for (; entries->name; entries++) {
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, entries->name);
    archive_entry_set_perm(entry, 0644);
    if (entries->type)
      archive_entry_set_filetype(entry, entries->type);
    if (entries->link && entries->type == S_IFLNK)
      archive_entry_set_symlink(entry, entries->link);
    else if (entries->link)
      archive_entry_set_hardlink(entry, entries->link);
    archive_entry_set_size(entry, entries->type == S_IFREG ? 5 : 0);
    g_assert_cmpint(archive_write_header(out, entry), ==, ARCHIVE_OK);
    if (entries->type == S_IFREG)
      archive_write_data(out, "FROM\n", 5);
    archive_entry_free(entry);
  }
  archive_write_close(out);
  archive_write_free(out);
  return g_byte_array_free_to_bytes(bytes);
}

static const struct {
  Entry entries[4];
  const char *why;
} tars[] = {
    {{{"Dockerfile", NULL, S_IFREG}, {"a/b", NULL, S_IFREG}}, NULL},
    {{{"../x", NULL, S_IFREG}}, "entry 1, '../x', is outside of it"},
    {{{"a", NULL, S_IFREG}, {"/etc/x", NULL, S_IFREG}}, "entry 2, '/etc/x', is outside of it"},
    {{{"a", "..", S_IFLNK}, {"a/x", NULL, S_IFREG}}, "entry 2, 'a/x'"},
    {{{"a", "../../etc/passwd", 0}}, "is outside of it"},
    {{{"null", NULL, S_IFCHR}, {"Dockerfile", NULL, S_IFREG}}, NULL},
};

static void test_unpack(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(tars); i++) {
    g_autofree char *folder = g_dir_make_tmp("careen-remote-XXXXXX", NULL);
    g_autofree char *below = g_build_filename(folder, "below", NULL), *device = g_build_filename(below, "null", NULL);
    g_assert_cmpint(mkdir(below, 0755), ==, 0);
    g_autoptr(GBytes) tar = make_tar(tars[i].entries);
    g_autofree char *why = unpack(tar, below);
    g_autofree char *outside = g_build_filename(folder, "x", NULL);
    g_test_message("%u: %s", i, why ? why : "unpacked");
    g_assert_true(!why == !tars[i].why);
    g_assert_true(!why || strstr(why, tars[i].why));
    g_assert_false(g_file_test(outside, G_FILE_TEST_EXISTS));
    g_assert_false(g_file_test(device, G_FILE_TEST_EXISTS));
    remove_all(folder);
  }
}

static const struct {
  const char *bytes, *why;
} bodies[] = {
    {"# syntax\nFROM debian:12\nRUN true\n", NULL},
    {"<html>not from here</html>", NULL}, /* a text that says from: the builder says what it is */
    {"<html>404</html>", "it is no tar"},
    {"", "it is empty"},
    {"\x1f\x8b\x08 broken", "cannot use the context"},
};

static void test_bodies(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(bodies); i++) {
    g_autofree char *folder = g_dir_make_tmp("careen-remote-XXXXXX", NULL);
    g_autoptr(GBytes) bytes = g_bytes_new_static(bodies[i].bytes, strlen(bodies[i].bytes));
    g_autofree char *why = unpack(bytes, folder), *file = g_build_filename(folder, "Dockerfile", NULL), *text = NULL;
    g_test_message("%u: %s", i, why ? why : "taken");
    g_assert_true(!why == !bodies[i].why);
    g_assert_true(!why || strstr(why, bodies[i].why));
    if (!why) {
      g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
      g_assert_cmpstr(text, ==, bodies[i].bytes);
    }
    remove_all(folder);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/recipe/remote/refs", test_refs);
  g_test_add_func("/recipe/remote/addresses", test_addresses);
  g_test_add_func("/recipe/remote/paths", test_paths);
  g_test_add_func("/recipe/remote/redact", test_redact);
  g_test_add_func("/recipe/remote/unpack", test_unpack);
  g_test_add_func("/recipe/remote/bodies", test_bodies);
  return g_test_run();
}
