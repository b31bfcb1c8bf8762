/* SPDX-License-Identifier: Apache-2.0 */
/* Layers unpacked, honest and hostile. As root only: files get owners. */
#include "remedy/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"

typedef struct {
  const char *name;
  char kind; /* f, d, l (link), h (hard link), c (device) */
  const char *text;
} Entry;

static la_ssize_t on_write(struct archive *archive, void *data, const void *bytes, size_t size)
{
  (void)archive;
  g_byte_array_append(data, bytes, (guint)size);
  return (la_ssize_t)size;
}

static GBytes *make_tar(const Entry *entries, guint count)
{
  GByteArray *bytes = g_byte_array_new();
  struct archive *archive = archive_write_new();
  archive_write_set_format_pax_restricted(archive);
  archive_write_open(archive, bytes, NULL, on_write, NULL);
  for (guint i = 0; i < count && entries[i].name; i++) {
    struct archive_entry *entry = archive_entry_new();
    char kind = entries[i].kind;
    archive_entry_set_pathname(entry, entries[i].name);
    archive_entry_set_perm(entry, kind == 'd' ? 0755 : 0644);
    archive_entry_set_mtime(entry, 1000, 0);
    archive_entry_set_filetype(entry, kind == 'd'   ? AE_IFDIR
                                      : kind == 'l' ? AE_IFLNK
                                      : kind == 'c' ? AE_IFCHR
                                                    : AE_IFREG);
    if (kind == 'l')
      archive_entry_set_symlink(entry, entries[i].text);
    if (kind == 'h')
      archive_entry_set_hardlink(entry, entries[i].text);
    gsize size = kind == 'f' && entries[i].text ? strlen(entries[i].text) : 0;
    archive_entry_set_size(entry, (la_int64_t)size);
    archive_write_header(archive, entry);
    if (size)
      archive_write_data(archive, entries[i].text, size);
    archive_entry_free(entry);
  }
  archive_write_close(archive);
  archive_write_free(archive);
  return g_byte_array_free_to_bytes(bytes);
}

typedef struct {
  char *outer; /* OUTER/root is unpacked into, OUTER/witness must never change */
  char *root;
  int folder;
} Place;

static void open_place(Place *place)
{
  place->outer = g_dir_make_tmp("careen-unpack-XXXXXX", NULL);
  place->root = g_build_filename(place->outer, "root", NULL);
  g_autofree char *witness = g_build_filename(place->outer, "witness", NULL);
  g_assert_true(g_file_set_contents(witness, "untouched", -1, NULL));
  g_assert_cmpint(mkdir(place->root, 0755), ==, 0);
  place->folder = open(place->root, O_RDONLY | O_DIRECTORY);
}

static void close_place(Place *place)
{
  g_autofree char *witness = g_build_filename(place->outer, "witness", NULL);
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(witness, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, "untouched");
  g_autofree char *command = g_strdup_printf("rm -rf '%s'", place->outer);
  g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
  close(place->folder);
  g_free(place->root);
  g_free(place->outer);
}

static gboolean unpack(const Place *place, const Entry *entries, guint count, GError **error)
{
  g_autoptr(GBytes) tar = make_tar(entries, count);
  g_autoptr(CrStream) stream = cr_stream_new_bytes(tar);
  return cr_unpack_layer(stream, place->folder, FALSE, error);
}

static void assert_text(const Place *place, const char *name, const char *expected)
{
  g_autofree char *path = g_build_filename(place->root, name, NULL);
  g_autofree char *text = NULL;
  g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
  g_assert_cmpstr(text, ==, expected);
}

static gboolean is_whiteout(const Place *place, const char *name)
{
  struct stat status;
  return fstatat(place->folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISCHR(status.st_mode) &&
         status.st_rdev == 0;
}

static gboolean is_opaque(const Place *place, const char *name)
{
  char value[2];
  g_autofree char *path = g_build_filename(place->root, name, NULL);
  return getxattr(path, "trusted.overlay.opaque", value, sizeof value) == 1;
}

static gboolean skip_unless_root(void)
{
  if (geteuid() == 0)
    return FALSE;
  g_test_skip("files get owners and trusted attributes as root only");
  return TRUE;
}

static void test_plain(void)
{
  if (skip_unless_root())
    return;
  static const Entry entries[] = {
      {"./usr/", 'd', NULL},     {"usr/a", 'f', "one"},    {"/usr/b", 'h', "usr/a"},  {"usr/c", 'l', "a"},
      {"deep/er/x", 'f', "two"}, {"usr/a2", 'f', "first"}, {"usr/a2", 'f', "second"},
  };
  Place place;
  g_autoptr(GError) error = NULL;
  open_place(&place);
  g_assert_true(unpack(&place, entries, G_N_ELEMENTS(entries), &error));
  assert_text(&place, "usr/b", "one");
  assert_text(&place, "usr/c", "one");
  assert_text(&place, "deep/er/x", "two");
  assert_text(&place, "usr/a2", "second");
  struct stat status;
  g_assert_cmpint(fstatat(place.folder, "usr", &status, 0), ==, 0);
  g_assert_cmpint(status.st_mtime, ==, 1000); /* although files were made in it later */
  close_place(&place);
}

/* Folders without an entry are told, so that they become what the layers below have. */
static void test_implied(void)
{
  if (skip_unless_root())
    return;
  static const Entry entries[] = {
      {"usr/bin/x", 'f', "x"}, {"usr/", 'd', NULL},         {"etc/", 'd', NULL},
      {"etc/y", 'f', "y"},     {"var/.wh.gone", 'f', NULL},
  };
  Place place;
  g_autoptr(GError) error = NULL;
  open_place(&place);
  g_autoptr(GBytes) tar = make_tar(entries, G_N_ELEMENTS(entries));
  g_autoptr(CrStream) stream = cr_stream_new_bytes(tar);
  g_autoptr(GHashTable) implied = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  g_assert_true(cr_unpack_layer_and_tell(stream, place.folder, FALSE, implied, &error));
  static const char *const expected[] = {"", "usr/bin", "var"};
  g_assert_cmpuint(g_hash_table_size(implied), ==, G_N_ELEMENTS(expected));
  for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
    g_assert_true(g_hash_table_contains(implied, expected[i]));
  close_place(&place);
}

static void test_marks(void)
{
  if (skip_unless_root())
    return;
  static const Entry entries[] = {
      {"a/.wh.gone", 'f', NULL}, {"b/.wh..wh..opq", 'f', NULL}, {"b/x", 'f', "x"},       {"c/kept", 'f', "k"},
      {"c/.wh.kept", 'f', NULL}, {"d/.wh.again", 'f', NULL},    {"d/again/", 'd', NULL}, {".wh..wh.plnk", 'f', NULL},
  };
  Place place;
  g_autoptr(GError) error = NULL;
  open_place(&place);
  g_assert_true(unpack(&place, entries, G_N_ELEMENTS(entries), &error));
  g_assert_true(is_whiteout(&place, "a/gone"));
  g_assert_true(is_opaque(&place, "b"));
  assert_text(&place, "c/kept", "k"); /* a whiteout hides lower layers only */
  g_assert_true(is_opaque(&place, "d/again"));
  g_assert_false(is_opaque(&place, "c"));
  close_place(&place);
}

static void test_hostile(void)
{
  if (skip_unless_root())
    return;
  static const struct {
    Entry entries[3];
    gboolean good; /* it is harmless inside the root; FALSE: refused */
  } rows[] = {
      {{{"../witness", 'f', "x"}}, FALSE},
      {{{"a/../../witness", 'f', "x"}}, FALSE},
      {{{"up", 'l', ".."}, {"up/witness", 'f', "x"}}, TRUE},
      {{{"up", 'l', "../../../.."}, {"up/tmp/x", 'f', "x"}}, TRUE},
      {{{"out", 'l', "/"}, {"out/witness", 'f', "x"}}, TRUE},
      {{{"link", 'l', "../witness"}, {"link", 'f', "x"}}, TRUE}, /* the link is replaced, not followed */
      {{{"hard", 'h', "../witness"}}, FALSE},
      {{{"link", 'l', ".."}, {"hard", 'h', "link/witness"}}, FALSE},
      {{{"a/.wh.", 'f', NULL}}, FALSE},
      {{{".wh...", 'f', NULL}}, FALSE}, /* would hide what is above */
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    Place place;
    g_autoptr(GError) error = NULL;
    open_place(&place);
    g_test_message("row %u", i);
    g_assert_cmpint(unpack(&place, rows[i].entries, 3, &error), ==, rows[i].good);
    g_assert_true(rows[i].good || error);
    close_place(&place);
  }
}

static void test_truncated(void)
{
  if (skip_unless_root())
    return;
  static const Entry entries[] = {{"a", 'f', "0123456789"}};
  g_autoptr(GBytes) tar = make_tar(entries, 1);
  Place place;
  open_place(&place);
  for (gsize size = 100; size < 1034; size += 100) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) part = g_bytes_new_from_bytes(tar, 0, size);
    g_autoptr(CrStream) stream = cr_stream_new_bytes(part);
    g_assert_false(cr_unpack_layer(stream, place.folder, FALSE, &error));
    g_assert_nonnull(error);
  }
  close_place(&place);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/remedy/unpack/plain", test_plain);
  g_test_add_func("/remedy/unpack/implied", test_implied);
  g_test_add_func("/remedy/unpack/marks", test_marks);
  g_test_add_func("/remedy/unpack/hostile", test_hostile);
  g_test_add_func("/remedy/unpack/truncated", test_truncated);
  return g_test_run();
}
