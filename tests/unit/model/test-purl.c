/* SPDX-License-Identifier: Apache-2.0 */
/* Build cases of purl-spec's own test suite (tests/types, tests/spec), and what its rules say of odd bytes. */
#include "model/purl.h"

static const struct {
  const char *type, *namespace, *name, *version, *q[4], *purl;
} cases[] = {
    {"deb",
     "debian",
     "curl",
     "7.50.3-1",
     {"arch", "i386", "distro", "jessie"},
     "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie"},
    {"deb", "debian", "attr", "1:2.4.47-2+b1", {"arch", "amd64"}, "pkg:deb/debian/attr@1:2.4.47-2%2Bb1?arch=amd64"},
    {"deb",
     "debian",
     "dpkg",
     "1.19.0.4",
     {"distro", "stretch", "arch", "amd64"},
     "pkg:deb/debian/dpkg@1.19.0.4?arch=amd64&distro=stretch"},
    {"rpm",
     "fedora",
     "curl",
     "7.50.3-1.fc25",
     {"Distro", "fedora-25", "Arch", "i386"},
     "pkg:rpm/fedora/curl@7.50.3-1.fc25?arch=i386&distro=fedora-25"},
    {"rpm",
     NULL,
     "centerim",
     "4.22.10-1.el6",
     {"epoch", "1", "arch", "i686"},
     "pkg:rpm/centerim@4.22.10-1.el6?arch=i686&epoch=1"},
    {"Rpm", "openSUSE", "libX11-6", NULL, {NULL}, "pkg:rpm/opensuse/libX11-6"},
    {"apk", "alpine", "apk", "2.12.9-r3", {"arch", "x86"}, "pkg:apk/alpine/apk@2.12.9-r3?arch=x86"},
    {"apk",
     "alpine",
     ".python-rundeps",
     "20240101.1",
     {"arch", "noarch"},
     "pkg:apk/alpine/.python-rundeps@20240101.1?arch=noarch"},
    {"alpm", "arch", "python-pip", "21.0-1", {"arch", "any"}, "pkg:alpm/arch/python-pip@21.0-1?arch=any"},
    {"alpm",
     "arch",
     "containers-common",
     "1:0.47.4-4",
     {"arch", "x86_64"},
     "pkg:alpm/arch/containers-common@1:0.47.4-4?arch=x86_64"},
    {"npm", "@angular", "animation", "12.3.1", {NULL}, "pkg:npm/%40angular/animation@12.3.1"},
    {"pypi", NULL, "Django_allauth", "12.23", {NULL}, "pkg:pypi/django-allauth@12.23"},
    {"maven", "org.apache.commons", "io", "1.3.4", {NULL}, "pkg:maven/org.apache.commons/io@1.3.4"},
    {"golang", "github.com/Masterminds", "semver", "v3.1.0", {NULL}, "pkg:golang/github.com/masterminds/semver@v3.1.0"},
    {"golang", "/google.golang.org//grpc/", "x", NULL, {NULL}, "pkg:golang/google.golang.org/grpc/x"},
    {"generic",
     NULL,
     "openssl",
     "1.1.10g",
     {"checksum", "sha1:ad9503c3e994a4f,sha256:41bf9088b3a1e6c1ef1d"},
     "pkg:generic/openssl@1.1.10g?checksum=sha1:ad9503c3e994a4f%2Csha256:41bf9088b3a1e6c1ef1d"},
    /* empty and missing values say nothing */
    {"deb", "debian", "bash", "5.2", {"arch", "", "distro", NULL}, "pkg:deb/debian/bash@5.2"},
    /* bytes that would change the meaning, and bytes that are no text */
    {"generic",
     "a b",
     "n?#@/x",
     "1 2\xff",
     {"k", "a&b=c%"},
     "pkg:generic/a%20b/n%3F%23%40%2Fx@1%202%FF?k=a%26b%3Dc%25"},
};

static void test_cases(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
    g_assert_cmpstr(cr_purl_format(arena, cases[i].type, cases[i].namespace, cases[i].name, cases[i].version,
                                   cases[i].q[0], cases[i].q[1], cases[i].q[2], cases[i].q[3], NULL),
                    ==, cases[i].purl);
}

/* What is written is read as it was meant. */
static void test_parse(void)
{
  static const struct {
    const char *text, *type, *namespace, *name, *version, *arch, *subpath;
  } rows[] = {
      {"pkg:deb/debian/libssl3@1:3.0%2B1?distro=debian-12&arch=amd64", "deb", "debian", "libssl3", "1:3.0+1", "amd64",
       NULL},
      {"pkg:npm/%40scope/x@1.0.0#/lib/a", "npm", "@scope", "x", "1.0.0", NULL, "/lib/a"},
      {"pkg:npm/@scope/x", "npm", "@scope", "x", NULL, NULL, NULL},
      {"PKG:Golang/github.com/a/b@v1?arch=", "golang", "github.com/a", "b", "v1", NULL, NULL},
      {"pkg://pypi/django@2.2", "pypi", NULL, "django", "2.2", NULL, NULL},
  };
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    CrPurl purl;
    g_assert_true(cr_purl_parse(rows[i].text, arena, &purl));
    g_assert_cmpstr(purl.type, ==, rows[i].type);
    g_assert_cmpstr(purl.namespace, ==, rows[i].namespace);
    g_assert_cmpstr(purl.name, ==, rows[i].name);
    g_assert_cmpstr(purl.version, ==, rows[i].version);
    g_assert_cmpstr(cr_purl_find_qualifier(&purl, "arch"), ==, rows[i].arch);
    g_assert_cmpstr(purl.subpath, ==, rows[i].subpath);
  }
  static const char *const bad[] = {"",       "deb/a",     "pkg:",        "pkg:deb",    "pkg:deb/",
                                    "pkg:/a", "pkg:d b/a", "pkg:deb/a?b", "pkg:deb/%00"};
  for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
    CrPurl purl;
    if (cr_purl_parse(bad[i], arena, &purl))
      g_error("'%s' was taken", bad[i]);
  }
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/purl/cases", test_cases);
  g_test_add_func("/purl/parse", test_parse);
  return g_test_run();
}
