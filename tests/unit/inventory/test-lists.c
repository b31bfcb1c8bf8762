/* SPDX-License-Identifier: Apache-2.0 */
/* The databases that are plain lists: apk, opkg, pacman, chisel; each with real records, damaged, and absent. */
#include "case.h"

static const Case cases[] = {
    {"apk",
     {{'f', "etc/os-release", "ID=alpine\nVERSION_ID=3.20.3\n"},
      {'F', "lib/apk/db/installed", "apk-installed"},
      {'f', "etc/apk/world", "musl>1 foo@edge\n"}},
     "musl 1.2.5-r0 x86_64 musl 1.2.5-r0 installed 0 \nssl_client 1.36.1-r29 x86_64 busybox 1.36.1-r29 installed 0 a\n",
     "",
     "alpine 3.20.3 - alpine"},
    {"apk in usr, lib a link to it",
     {{'l', "lib", "usr/lib"}, {'F', "usr/lib/apk/db/installed", "apk-installed"}},
     "musl 1.2.5-r0 x86_64 musl 1.2.5-r0 installed 0 \nssl_client 1.36.1-r29 x86_64 busybox 1.36.1-r29 installed 0 \n",
     "partial: cannot tell which distribution",
     "- - - alpine"},
    {"apk, cut",
     {{'f', "etc/os-release", "ID=alpine\n"}, {'f', "lib/apk/db/installed", "P:a\nV:1\nf:f\n\nP:b\n"}},
     "a 1 - a 1 broken 0 \n",
     "partial: a record without name or version was left out\npartial: the file was cut"},
    {"apk, no text",
     {{'f', "etc/os-release", "ID=alpine\n"}, {'f', "lib/apk/db/installed", "\x01\x02"}},
     "",
     "partial: a record without\nblind: no package record is in it\nblind: its packages could not be read"},
    {"apk deleted",
     {{'f', "etc/os-release", "ID=alpine\n"},
      {'F', "lib/apk/db/installed", "apk-installed"},
      {'|', NULL, NULL},
      {'f', "lib/.wh.apk", NULL}},
     "",
     "blind: apk's database was last in layer 0"},
    {"opkg",
     {{'f', "etc/os-release", "ID=\"openwrt\"\nVERSION_ID='19.07.7'\n"},
      {'F', "usr/lib/opkg/status", "opkg-status"},
      {'F', "usr/lib/opkg/info/cgi-io.control", "opkg-control"},
      {'F', "usr/lib/opkg/info/cgi-io.list", "opkg-list"}},
     "busybox 1.30.1-6 aarch64_generic busybox 1.30.1-6 installed 0 e\ncgi-io 19 aarch64_generic cgi-io 19 installed 0 "
     "a\n",
     "",
     "openwrt 19.07.7 - openwrt"},
    {"opkg, no text",
     {{'f', "var/lib/opkg/status", "nothing"}},
     "",
     "blind: no package record is in it\nblind: its packages"},
    {"pacman",
     {{'d', "var/lib/pacman/local", NULL},
      {'F', "var/lib/pacman/local/curl-7.57.0-1/desc", "pacman-desc"},
      {'F', "var/lib/pacman/local/curl-7.57.0-1/files", "pacman-files"}},
     "curl 7.57.0-1 x86_64 curl 7.57.0-1 installed 0 a\n",
     "partial: cannot tell which distribution",
     "- - - arch"},
    {"pacman, damaged",
     {{'f', "etc/os-release", "ID=arch\n"}, {'f', "var/lib/pacman/local/x-1/desc", "%NAME%\n"}},
     "",
     "partial: cannot read this package\nblind: none of its 1 packages\nblind: its packages could not be read"},
    {"chisel",
     {{'f', "etc/os-release", "ID=ubuntu\nVERSION_ID=24.04\n"},
      {'F', "var/lib/chisel/manifest.wall", "chisel-manifest.zst"}},
     "base-files 13ubuntu10.1 amd64 base-files 13ubuntu10.1 installed 0 \nopenssl 3.0.13-0ubuntu3.5 amd64 openssl "
     "3.0.13-0ubuntu3.5 installed 0 \n",
     "",
     "ubuntu 24.04 - debian"},
    {"chisel elsewhere",
     {{'f', "etc/os-release", "ID=ubuntu\n"}, {'F', "opt/manifest.wall", "chisel-manifest.zst"}},
     "base-files 13ubuntu10.1 amd64 base-files 13ubuntu10.1 installed 0 \nopenssl 3.0.13-0ubuntu3.5 amd64 openssl "
     "3.0.13-0ubuntu3.5 installed 0 \n",
     ""},
    {"chisel, damaged",
     {{'f', "etc/os-release", "ID=ubuntu\n"}, {'f', "var/lib/chisel/manifest.wall", "(\xb5/\xfd no frame"}},
     "",
     "blind: it is damaged or names no package\nblind: its packages"},
};

static void test_cases(void)
{
  check_cases(cases, G_N_ELEMENTS(cases));
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/lists/cases", test_cases);
  return g_test_run();
}
