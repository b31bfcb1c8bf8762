/* SPDX-License-Identifier: Apache-2.0 */
/* Which operating system: os-release in its places and spellings, and systems that have none. */
#include "case.h"

#include "inventory/private.h"

#define APK                                                                                                            \
  {                                                                                                                    \
    'f', "lib/apk/db/installed", "P:alpine-release\nV:3.18.9-r0\n\n"                                                   \
  }
#define DEB(version)                                                                                                   \
  {                                                                                                                    \
    'f', "var/lib/dpkg/status.d/b", "Package: base-files\nVersion: " version "\nArchitecture: amd64\n"                 \
  }
#define SID                                                                                                            \
  {                                                                                                                    \
    'f', "usr/lib/os-release", "ID=debian\nVERSION_CODENAME=forky\nPRETTY_NAME=\"Debian GNU/Linux forky/sid\"\n"       \
  }

static const Case cases[] = {
    {"a link",
     {{'l', "etc/os-release", "../usr/lib/os-release"}, {'f', "usr/lib/os-release", "ID=debian\nVERSION_ID=\"12\"\n"}},
     "",
     NULL,
     "debian 12 - debian"},
    {"a link that leads nowhere",
     {{'l', "etc/os-release", "gone"}, {'f', "usr/lib/os-release", "ID=fedora\nVERSION_ID=40\n"}},
     "",
     NULL,
     "fedora 40 - rpm"},
    {"a chain of links",
     {{'l', "etc/os-release", "/run/a"},
      {'l', "run/a", "../opt/b"},
      {'f', "opt/os-release", "ID=x\n"},
      {'l', "opt/b", "os-release"}},
     "",
     NULL,
     "x - - -"},
    {"etc wins", {{'f', "etc/os-release", "ID=a\n"}, {'f', "usr/lib/os-release", "ID=b\n"}}, "", NULL, "a - - -"},
    {"derivatives",
     {{'f', "etc/os-release", "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\nVERSION_ID=21\n"}},
     "",
     NULL,
     "linuxmint 21 - debian"},
    {"likewise of rpm",
     {{'f', "etc/os-release", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\nVERSION_ID=\"9.3\"\n"}},
     "",
     NULL,
     "rocky 9.3 - rpm"},
    {"a codename only in VERSION",
     {{'f', "etc/os-release", "ID=debian\nVERSION_ID=\"8\"\nVERSION=\"8 (jessie)\"\n"}},
     "",
     NULL,
     "debian 8 jessie debian"},
    {"Ubuntu's way",
     {{'f', "etc/os-release", "ID=ubuntu\nVERSION_ID=\"14.04\"\nVERSION=\"14.04.5 LTS, Trusty Tahr\"\n"}},
     "",
     NULL,
     "ubuntu 14.04 trusty debian"},
    {"sid by its archive",
     {SID,
      {'f', "etc/apt/sources.list.d/debian.sources", "Types: deb\nURIs: http://deb.debian.org/debian\nSuites: sid\n"}},
     "",
     NULL,
     "debian - sid debian"},
    {"testing by its archive",
     {SID, {'f', "etc/apt/sources.list", "deb http://deb.debian.org/debian testing main\n"}},
     "",
     NULL,
     "debian - forky debian"},
    {"testing or sid",
     {SID, DEB("14")},
     "base-files 14 amd64 base-files 14 installed 0 \n",
     "partial: file lists\nnote: testing or sid",
     "debian - forky debian"},
    {"alpine-release", {{'f', "etc/alpine-release", "3.9.4\n"}}, "", NULL, "alpine 3.9.4 - alpine"},
    {"debian_version", {{'f', "etc/debian_version", "7.11\n"}}, "", NULL, "debian 7 - debian"},
    {"debian_version of testing",
     {{'f', "etc/debian_version", "bookworm/sid\n"},
      {'f', "etc/apt/sources.list", "deb http://deb.debian.org/debian unstable main\n"}},
     "",
     NULL,
     "debian - sid debian"},
    {"lsb-release",
     {{'f', "etc/lsb-release", "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=12.04\nDISTRIB_CODENAME=precise\n"}},
     "",
     NULL,
     "ubuntu 12.04 precise debian"},
    {"centos-release",
     {{'f', "etc/centos-release", "CentOS release 6.10 (Final)\n"}, {'l', "etc/redhat-release", "centos-release"}},
     "",
     NULL,
     "centos 6.10 - rpm"},
    {"redhat-release",
     {{'f', "etc/redhat-release", "Red Hat Enterprise Linux Server release 6.9 (Santiago)\n"}},
     "",
     NULL,
     "rhel 6.9 - rpm"},
    {"base-files",
     {DEB("12.4+deb12u5")},
     "base-files 12.4+deb12u5 amd64 base-files 12.4+deb12u5 installed 0 \n",
     "partial: file lists\nnote: taken for debian 12 by the version of its base package",
     "debian 12 - debian"},
    {"base-files of Ubuntu",
     {DEB("12ubuntu4.6")},
     "base-files 12ubuntu4.6 amd64 base-files 12ubuntu4.6 installed 0 \n",
     NULL,
     "ubuntu - - debian"},
    {"alpine-release, the package",
     {APK},
     "alpine-release 3.18.9-r0 - alpine-release 3.18.9-r0 installed 0 \n",
     NULL,
     "alpine 3.18.9 - alpine"},
    {"nothing at all", {{'d', "etc", NULL}}, "", "note: the image holds no program", "- - - -"},
    {"a shell and no database",
     {{'f', "bin/sh", "#!x"}},
     "",
     "blind: a system with a shell, but no package database",
     "- - - -"},
    {"Windows", {{'d', "Files/Windows/System32", NULL}}, "", "blind: this is a Windows image", "- - - -"},
};

static void test_cases(void)
{
  check_cases(cases, G_N_ELEMENTS(cases));
}

/* os-release(5): quotes, escapes, comments, the last assignment counts. */
static void test_values(void)
{
  static const struct {
    const char *text, *value;
  } values[] = {
      {"A=plain\n", "plain"},
      {"A=\"two words\"\n", "two words"},
      {"A='it is'\n", "it is"},
      {"A=\"a \\\"q\\\" \\$x\"\n", "a \"q\" $x"},
      {"A='\\n'\n", "\\n"},
      {"A=1\nA=2\n", "2"},
      {"#A=1\n", NULL},
      {"  A=1\n", "1"},
      {"AB=1\n", NULL},
      {"A=\n", NULL},
      {"A=\"\"\n", NULL},
      {"A=\"open", "open"},
      {"A=a\\ b\n", "a b"},
      {"A=one two\n", "one"},
      {"A=1\r\n", "1"},
      {"A=\"x\\", "x\\"},
      {"", NULL},
  };
  g_autoptr(CrArena) arena = cr_arena_new();
  for (guint i = 0; i < G_N_ELEMENTS(values); i++)
    g_assert_cmpstr(cr_os_find_value(values[i].text, strlen(values[i].text), "A", arena), ==, values[i].value);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/os/cases", test_cases);
  g_test_add_func("/os/values", test_values);
  return g_test_run();
}
