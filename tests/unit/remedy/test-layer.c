/* SPDX-License-Identifier: Apache-2.0 */
/* What a layer takes of an upper folder. The folders are made by hand: no mount is needed. */
#include "remedy/layer.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const struct {
  const char *path;
  gboolean left_out;
} paths[] = {
    {"usr/bin/perl", FALSE},
    {"var/cache/apt/pkgcache.bin", TRUE},
    {"var/cache/ldconfig/aux-cache", TRUE},
    {"var/cache/debconf/templates.dat", FALSE},
    {"var/cache/debconf/templates.dat-old", TRUE},
    {"var/cache", FALSE},
    {"var/lib/apt/lists/x_InRelease", TRUE},
    {"var/lib/apt/extended_states", FALSE},
    {"var/lib/dpkg/status", FALSE},
    {"var/lib/dpkg/status-old", TRUE},
    {"etc/passwd-", TRUE},
    {"etc/passwd", FALSE},
    {"etc/x-", FALSE},
    {"tmp/x", TRUE},
    {"tmp", TRUE},
    {"tmpfiles", FALSE},
    {"usr/tmp/x", FALSE},
    {"run/x.pid", TRUE},
};

static void test_left_out(void)
{
  for (guint i = 0; i < G_N_ELEMENTS(paths); i++)
    g_assert_cmpint(cr_layer_leaves_out(paths[i].path, FALSE), ==, paths[i].left_out);
}

/* A folder that a package has for its logs or its cache is no log and no cache. */
static void test_places(void)
{
  static const struct {
    const char *path;
    gboolean left_out;
  } folders[] = {
      {"var/log/nginx", FALSE},
      {"var/cache/nginx/client", FALSE},
      {"var/cache/apt/archives", TRUE},
      {"var/cache/man/de", TRUE},
      {"var/cache/debconf", FALSE},
      {"var/lib/apt/lists/partial", TRUE},
      {"run/nginx", TRUE},
      {"tmp/x", TRUE},
  };
  for (guint i = 0; i < G_N_ELEMENTS(folders); i++)
    g_assert_cmpint(cr_layer_leaves_out(folders[i].path, TRUE), ==, folders[i].left_out);
}

typedef struct {
  char *folder, *lower, *upper, *merged;
} Place;

static void put(const char *root, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename(root, name, NULL);
  g_autofree char *folder = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
  g_assert_true(g_file_set_contents(path, text, -1, NULL));
  struct timespec times[2] = {{.tv_sec = 500}, {.tv_sec = 500}};
  g_assert_cmpint(utimensat(AT_FDCWD, path, times, 0), ==, 0);
}

static void put_whiteout(const char *root, const char *name)
{
  g_autofree char *path = g_build_filename(root, name, NULL);
  g_autofree char *folder = g_path_get_dirname(path);
  g_assert_cmpint(g_mkdir_with_parents(folder, 0755), ==, 0);
  g_assert_cmpint(mknod(path, S_IFCHR, makedev(0, 0)), ==, 0);
}

static void open_place(Place *place)
{
  place->folder = g_dir_make_tmp("careen-layer-XXXXXX", NULL);
  place->lower = g_build_filename(place->folder, "lower", NULL);
  place->upper = g_build_filename(place->folder, "upper", NULL);
  g_assert_cmpint(mkdir(place->lower, 0755) | mkdir(place->upper, 0755), ==, 0);
}

static void close_place(Place *place)
{
  g_autofree char *command = g_strdup_printf("rm -rf '%s'", place->folder);
  g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, NULL));
  g_free(place->folder);
  g_free(place->lower);
  g_free(place->upper);
}

static char *pack(const Place *place, const char *name, char **list)
{
  CrRoots roots = {.folder = place->folder, .lower = place->lower, .upper = place->upper, .user = TRUE};
  static const char *const left_out[] = {"usr/sbin/policy-rc.d", NULL};
  CrLayerPack options = {.epoch = 1000, .started = 2000, .left_out = left_out};
  char *path = g_build_filename(place->folder, name, NULL);
  g_autofree char *list_path = g_strconcat(path, ".list", NULL);
  int tar = open(path, O_WRONLY | O_CREAT, 0600);
  int listed = open(list_path, O_WRONLY | O_CREAT, 0600);
  guint count = 0;
  g_autoptr(GError) error = NULL;
  g_assert_true(cr_layer_pack(&roots, &options, tar, listed, &count, &error));
  g_assert_no_error(error);
  close(tar);
  close(listed);
  gsize size = 0;
  g_assert_true(g_file_get_contents(list_path, list, &size, NULL));
  for (gsize i = 0; i < size; i++)
    if (!(*list)[i])
      (*list)[i] = ' ';
  return path;
}

/* "name time" of each entry, in the order of the tar. */
static char *describe(const char *path)
{
  g_autoptr(GString) text = g_string_new(NULL);
  struct archive *archive = archive_read_new();
  archive_read_support_format_tar(archive);
  int fd = open(path, O_RDONLY);
  g_assert_cmpint(archive_read_open_fd(archive, fd, 512), ==, ARCHIVE_OK);
  struct archive_entry *entry = NULL;
  while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
    const char *link = archive_entry_hardlink(entry);
    g_string_append_printf(text, "%s %d%s%s\n", archive_entry_pathname(entry), (int)archive_entry_mtime(entry),
                           link ? " = " : "", link ? link : "");
  }
  archive_read_free(archive);
  close(fd);
  return g_string_free(g_steal_pointer(&text), FALSE);
}

static void test_pack(void)
{
  Place place;
  open_place(&place);
  put(place.lower, "usr/bin/same", "same");
  put(place.lower, "usr/bin/changed", "old");
  put(place.lower, "usr/bin/gone", "gone");
  put(place.lower, "var/log/dpkg.log", "old");
  put(place.lower, "usr/sbin/x", "x");
  put(place.upper, "usr/bin/same", "same");
  put(place.upper, "usr/bin/changed", "new");
  put(place.upper, "usr/bin/added", "added");
  put(place.upper, "usr/sbin/policy-rc.d", "");
  put(place.upper, "var/log/dpkg.log", "new");
  put_whiteout(place.upper, "usr/bin/gone");
  put_whiteout(place.upper, "usr/bin/never"); /* was made and removed in the run */
  g_autofree char *one = g_build_filename(place.upper, "usr/bin/added", NULL);
  g_autofree char *two = g_build_filename(place.upper, "usr/bin/z-link", NULL);
  g_assert_cmpint(link(one, two), ==, 0);

  g_autofree char *list = NULL;
  g_autofree char *path = pack(&place, "a.tar", &list);
  g_assert_cmpstr(list, ==, "+usr/bin/added ~usr/bin/changed -usr/bin/gone +usr/bin/z-link ");
  g_autofree char *text = describe(path);
  g_assert_cmpstr(text, ==,
                  "usr/ 1000\nusr/bin/ 1000\nusr/bin/added 500\nusr/bin/changed 500\nusr/bin/.wh.gone 1000\n"
                  "usr/bin/z-link 500 = usr/bin/added\n");

  g_autofree char *again = NULL;
  g_autofree char *second = pack(&place, "b.tar", &again);
  g_autofree char *first_bytes = NULL, *second_bytes = NULL;
  gsize first_size = 0, second_size = 0;
  g_assert_true(g_file_get_contents(path, &first_bytes, &first_size, NULL));
  g_assert_true(g_file_get_contents(second, &second_bytes, &second_size, NULL));
  g_assert_cmpuint(first_size, ==, second_size);
  g_assert_cmpint(memcmp(first_bytes, second_bytes, first_size), ==, 0);
  close_place(&place);
}

/* A mode alone is a change; nothing else is: no entry for what is only on the way to it. */
static void test_mode(void)
{
  Place place;
  open_place(&place);
  put(place.lower, "a/x", "same");
  put(place.upper, "a/x", "same");
  g_autofree char *path = g_build_filename(place.upper, "a/x", NULL);
  g_assert_cmpint(chmod(path, 04755), ==, 0);
  g_autofree char *list = NULL;
  g_autofree char *tar = pack(&place, "a.tar", &list);
  g_assert_cmpstr(list, ==, "~a/x ");
  close_place(&place);
}

static void put_link(const char *root, const char *from, const char *to)
{
  g_autofree char *one = g_build_filename(root, from, NULL);
  g_autofree char *two = g_build_filename(root, to, NULL);
  g_assert_cmpint(link(one, two), ==, 0);
}

/* Hard links are part of what a file is: joined, split, and changed beside names that are as they were. */
static void test_links(void)
{
  Place place;
  open_place(&place);
  put(place.lower, "a/joined1", "same");
  put(place.lower, "a/joined2", "same");
  put(place.upper, "a/joined1", "same");
  put_link(place.upper, "a/joined1", "a/joined2");
  put(place.lower, "b/split1", "same");
  put_link(place.lower, "b/split1", "b/split2");
  put(place.upper, "b/split1", "same");
  put(place.upper, "b/split2", "same");
  put(place.lower, "c/kept1", "same");
  put_link(place.lower, "c/kept1", "c/kept2");
  put(place.upper, "c/kept1", "same");
  put_link(place.upper, "c/kept1", "c/kept2");
  put(place.lower, "d/one", "same");
  put(place.upper, "d/one", "same");
  put_link(place.upper, "d/one", "d/two");
  g_autofree char *list = NULL;
  g_autofree char *tar = pack(&place, "a.tar", &list);
  g_assert_cmpstr(list, ==, "~a/joined1 ~a/joined2 ~b/split1 ~b/split2 ~d/one +d/two ");
  g_autofree char *text = describe(tar);
  g_assert_cmpstr(text, ==,
                  "a/ 1000\na/joined1 500\na/joined2 500 = a/joined1\nb/ 1000\nb/split1 500\nb/split2 500\n"
                  "d/ 1000\nd/one 500\nd/two 500 = d/one\n");
  close_place(&place);
}

/* A name is bytes. */
static void test_name(void)
{
  Place place;
  open_place(&place);
  put(place.upper, "a/caf\xe9", "x");
  g_autofree char *list = NULL;
  g_autofree char *tar = pack(&place, "a.tar", &list);
  g_autofree char *text = describe(tar);
  g_assert_cmpstr(text, ==, "a/ 1000\na/caf\xe9 500\n");
  close_place(&place);
}

static void test_nothing(void)
{
  Place place;
  open_place(&place);
  put(place.lower, "a/x", "same");
  put(place.upper, "a/x", "same");
  g_autofree char *list = NULL;
  g_autofree char *tar = pack(&place, "a.tar", &list);
  g_autofree char *text = describe(tar);
  g_assert_cmpstr(text, ==, "");
  close_place(&place);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/remedy/layer/left-out", test_left_out);
  g_test_add_func("/remedy/layer/places", test_places);
  g_test_add_func("/remedy/layer/pack", test_pack);
  g_test_add_func("/remedy/layer/links", test_links);
  g_test_add_func("/remedy/layer/name", test_name);
  g_test_add_func("/remedy/layer/mode", test_mode);
  g_test_add_func("/remedy/layer/nothing", test_nothing);
  return g_test_run();
}
