/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns a path. dpkg's own answers for whole images are compared in tests/oracle/inventory. */
#include "case.h"

#define ONE(name, arch) "Package: " name "\nStatus: install ok installed\nArchitecture: " arch "\nVersion: 1\n\n"

static const Member merged[] = {
    {'l', "bin", "usr/bin"},
    {'l', "lib", "usr/lib"},
    {'l', "var/run", "/run"},
    {'d', "usr/bin", NULL},
    {'d', "usr/lib", NULL},
    {'d', "run", NULL},
    {'f', "var/lib/dpkg/status",
     ONE("a", "amd64") ONE("libc", "amd64") ONE("libc", "i386") ONE("dash", "all") ONE("sum", "all")},
    {'f', "var/lib/dpkg/info/a.list", "/.\n/bin\n/bin/sh\n/bin/ls\n/usr/bin/new\n/var/run/a\n/var\n/etc/a b\n"},
    {'f', "var/lib/dpkg/info/libc:amd64.list", "/lib/x86_64/libc.so.6\n/usr/share/doc/libc/copyright\n"},
    {'f', "var/lib/dpkg/info/libc:i386.list", "/lib/i386/libc.so.6\n/usr/share/doc/libc/copyright\n"},
    {'f', "var/lib/dpkg/info/dash.list", "/bin/dash\n/bin/sh\n"},
    {'f', "var/lib/dpkg/diversions", "/bin/sh\n/bin/sh.distrib\ndash\n/etc/x\n/etc/x.local\n:\n"},
    {0}};

static const struct {
  const char *path, *owner; /* "name arch", NULL: nobody */
} owners[] = {
    {"bin/ls", "a amd64"},
    {"usr/bin/ls", "a amd64"},
    {"usr/bin/new", "a amd64"},
    {"bin/new", "a amd64"},
    {"usr/bin/sh", "dash all"},
    {"bin/sh", "dash all"},
    {"usr/bin/sh.distrib", "a amd64"},
    {"usr/lib/x86_64/libc.so.6", "libc amd64"},
    {"lib/i386/libc.so.6", "libc i386"},
    {"usr/share/doc/libc/copyright", "libc amd64"},
    {"run/a", "a amd64"},
    {"etc/a b", "a amd64"},
    {"etc/a", NULL},
    {"usr/bin/other", NULL},
    {"usr/bi", NULL},
    {"", NULL},
    {"usr/bin/ls/", NULL},
};

static void test_owners(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_auto(Made) made = make(&place, merged);
  for (guint i = 0; i < G_N_ELEMENTS(owners); i++) {
    const CrPackage *package = cr_inventory_find_owner(made.inventory, owners[i].path);
    g_autofree char *found = package ? g_strdup_printf("%s %s", package->name, package->arch) : NULL;
    g_test_message("%s", owners[i].path);
    g_assert_cmpstr(found, ==, owners[i].owner);
  }
  g_autofree char *longest = g_strnfill(5000, 'x');
  g_assert_null(cr_inventory_find_owner(made.inventory, longest));
}

static void test_files(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_auto(Made) made = make(&place, merged);
  GPtrArray *packages = cr_inventory_get_packages(made.inventory);
  CrStrv files = cr_inventory_get_files(made.inventory, packages->pdata[0]);
  g_autofree char *joined = g_strjoinv("|", (char **)files);
  g_assert_cmpstr(joined, ==, "bin|bin/sh.distrib|bin/ls|usr/bin/new|var/run/a|var|etc/a b");
  g_assert_null(cr_inventory_get_files(made.inventory, packages->pdata[packages->len - 1])[0]);
}

/* Of every other database: what its list says. */
static void test_others(void)
{
  static const struct {
    Member members[4];
    const char *path, *owner, *none;
  } rows[] = {
      {{{'F', "lib/apk/db/installed", "apk-installed"}}, "lib/ld-musl-x86_64.so.1", "musl", "lib/ld-musl"},
      {{{'F', "usr/lib/opkg/status", "opkg-status"}, {'F', "usr/lib/opkg/info/cgi-io.list", "opkg-list"}},
       "usr/libexec/cgi-io",
       "cgi-io",
       "usr/libexec/cgi"},
      {{{'F', "var/lib/pacman/local/c/desc", "pacman-desc"}, {'F', "var/lib/pacman/local/c/files", "pacman-files"}},
       "usr/bin/curl",
       "curl",
       "%FILES%"},
      {{{'F', "var/lib/chisel/manifest.wall", "chisel-manifest.zst"}}, "usr/bin/openssl", "openssl", "usr/bin/other"},
      {{{'f', "var/lib/dpkg/status.d/x", "Package: x\nVersion: 1\n"},
        {'f', "var/lib/dpkg/status.d/x.md5sums", "d41d8cd98f00b204e9800998ecf8427e  usr/x y\nshort  usr/z\n"}},
       "usr/x y",
       "x",
       "usr/z"},
  };
  g_auto(Place) place;
  place_init(&place);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_auto(Made) made = make(&place, rows[i].members);
    const CrPackage *owner = cr_inventory_find_owner(made.inventory, rows[i].path);
    g_assert_nonnull(owner);
    g_assert_cmpstr(owner->name, ==, rows[i].owner);
    g_assert_null(cr_inventory_find_owner(made.inventory, rows[i].none));
    gboolean listed = FALSE;
    CrStrv files = cr_inventory_get_files(made.inventory, owner);
    for (guint k = 0; files[k]; k++)
      listed |= !strcmp(files[k], rows[i].path);
    g_assert_true(listed);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/owners/owners", test_owners);
  g_test_add_func("/owners/files", test_files);
  g_test_add_func("/owners/others", test_others);
  return g_test_run();
}
