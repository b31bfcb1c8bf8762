/* SPDX-License-Identifier: Apache-2.0 */
/* Images without dpkg: which scripts are harmless, which paths such an image would have. Whole images: the oracle
 * patch-status. */
#include "remedy/status.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <string.h>
#include <unistd.h>

static const char ldconfig[] =
    "#!/bin/sh\nset -e\n# Automatically added by dh_makeshlibs/13\n"
    "if [ \"$1\" = \"configure\" ]; then\n\tldconfig\nfi\n# End automatically added section\nexit 0\n";

static void test_objections(void)
{
  static const struct {
    CrStatusDeb deb;
    const char *says; /* or NULL */
  } rows[] = {
      {{.md5sums = "x"}, NULL},
      {{.md5sums = "x", .triggers = "# Triggers added by dh_makeshlibs/13\nactivate-noawait ldconfig\n"}, NULL},
      {{.md5sums = "x", .postinst = ldconfig}, NULL},
      {{.md5sums = "x", .postinst = "#!/bin/sh\nldconfig; rm -rf /var/lib/x\n"},
       "its postinst does more than ldconfig"},
      {{.md5sums = "x", .postinst = "#!/usr/bin/perl\nexit 0\n"}, "its postinst does more than ldconfig"},
      {{.md5sums = "x",
        .postinst = "#!/bin/sh\nif [ \"$1\" = \"configure\" ]; then\n. /usr/share/debconf/confmodule\nfi\n"},
       "its postinst does more than ldconfig"},
      {{.md5sums = "x", .preinst = "#!/bin/sh\nuseradd x\n"}, "its preinst does more than ldconfig"},
      {{.md5sums = "x", .triggers = "activate-noawait ldconfig\nactivate update-initramfs\n"},
       "it has a trigger that nothing in the image would run: activate update-initramfs"},
      {{.md5sums = "x", .triggers = "interest /usr/share/mime\n"},
       "it has a trigger that nothing in the image would run: interest /usr/share/mime"},
      {{.md5sums = "x", .config = TRUE}, "it is configured by questions"},
      {{.md5sums = "x", .conffiles = "/etc/x\n"},
       "it has configuration files, and the image does not tell whether they were changed"},
      {{0}, "it does not list its files"},
  };
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    g_assert_cmpstr(cr_status_deb_find_objection(&rows[i].deb, arena), ==, rows[i].says);
}

static gboolean is_there(const char *path, gpointer image)
{
  return g_strv_contains(image, path);
}

static void test_paths(void)
{
  static const char *const old[] = {"usr/lib/libx.so.1.0",
                                    "usr/lib/x/engine.so",
                                    "usr/lib/x/other.so",
                                    "usr/lib/y/a.so",
                                    "usr/share/doc/x/changelog.gz",
                                    "usr/share/doc/x/copyright",
                                    "usr/share/doc/y/copyright",
                                    "usr/share/man/man1/x.1.gz",
                                    NULL};
  static const char *const image[] = {"usr/lib/libx.so.1.0",
                                      "usr/lib/x/engine.so",
                                      "usr/share/doc/x/copyright",
                                      "usr/share/doc/y/copyright",
                                      "etc/x",
                                      NULL};
  static const struct {
    const char *path;
    gboolean taken;
  } rows[] = {
      {"usr/lib/libx.so.1.0", TRUE},           /* replaced */
      {"usr/share/doc/x/copyright", TRUE},     /* likewise */
      {"etc/x", TRUE},                         /* there, of whomever */
      {"usr/lib/x/other.so", FALSE},           /* left out by the builder */
      {"usr/share/doc/x/changelog.gz", FALSE}, /* likewise */
      {"usr/lib/libx.so.1.1", TRUE},           /* new, beside files that are there */
      {"usr/lib/x/new.so", TRUE},              /* beside one that is there and one that is not */
      {"usr/lib/y/b.so", FALSE},               /* all of that folder was left out */
      {"usr/lib/z/c.so", TRUE},                /* a new folder: the one above decides */
      {"usr/share/doc/x/NEWS.gz", FALSE},      /* a document, beside one that was left out */
      {"usr/share/doc/y/NEWS.gz", TRUE},       /* beside none */
      {"usr/share/man/man1/new.1.gz", FALSE},
      {"usr/share/locale/de/x.mo", FALSE}, /* usr/share decides: something of it is missing */
      {"opt/new", TRUE},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_test_message("%s", rows[i].path);
    g_assert_cmpint(cr_status_layer_takes(old, rows[i].path, is_there, (gpointer)image), ==, rows[i].taken);
  }
  static const char *const none[] = {NULL};
  g_assert_false(cr_status_layer_takes(none, "usr/share/info/x.gz", is_there, (gpointer)image));
}

static void test_fields(void)
{
  static const char control[] = "Package: x\nDepends: a (>= 1),\n b | c,\n\td\ndescription: one\n two\n";
  g_autoptr(CrArena) arena = cr_arena_new();
  g_assert_cmpstr(cr_status_deb_find_field(control, "Depends", arena), ==, "a (>= 1), b | c,\td");
  g_assert_cmpstr(cr_status_deb_find_field(control, "Description", arena), ==, "one two");
  g_assert_null(cr_status_deb_find_field(control, "Depend", arena));
  g_assert_null(cr_status_deb_find_field("", "Package", arena));
}

/* What is no package is refused, however it begins. */
static void test_foreign(void)
{
  static const char *const texts[] = {"", "!<arch>\n",
                                      "!<arch>\ndebian-binary   1342943816  0     0     100644  4         `\n2.0\n",
                                      "\x1f\x8b\x08 nothing"};
  for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
    int fd = memfd_create("deb", MFD_CLOEXEC);
    g_assert_cmpint(write(fd, texts[i], strlen(texts[i])), ==, (gssize)strlen(texts[i]));
    g_autoptr(CrArena) arena = cr_arena_new();
    g_autoptr(GError) error = NULL;
    CrStatusDeb deb;
    g_assert_false(cr_status_deb_read(fd, arena, &deb, &error));
    g_assert_nonnull(error);
    close(fd);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/remedy/status/objections", test_objections);
  g_test_add_func("/remedy/status/paths", test_paths);
  g_test_add_func("/remedy/status/fields", test_fields);
  g_test_add_func("/remedy/status/foreign", test_foreign);
  return g_test_run();
}
