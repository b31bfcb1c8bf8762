/* SPDX-License-Identifier: Apache-2.0 */
/* dpkg's database in all its states. What dpkg itself says of whole images is compared in tests/oracle/inventory. */
#include "case.h"

#define OS                                                                                                             \
  {                                                                                                                    \
    'f', "etc/os-release", "ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm\n"                                     \
  }
#define STATUS "var/lib/dpkg/status"
#define LIST(name)                                                                                                     \
  {                                                                                                                    \
    'f', "var/lib/dpkg/info/" name ".list", "/.\n"                                                                     \
  }
#define ONE(name, version, state) "Package: " name "\nStatus: " state "\nArchitecture: amd64\nVersion: " version "\n\n"

static const Case cases[] = {
    {"real stanzas: own source, another's, a binary rebuild",
     {OS,
      {'F', STATUS, "dpkg-status"},
      {'F', "var/lib/dpkg/info/hostname.list", "dpkg-list"},
      LIST("libxxhash0:amd64"),
      LIST("nginx-light"),
      LIST("python3-minimal"),
      {'f', "var/lib/apt/extended_states",
       "Package: libxxhash0\nArchitecture: amd64\nAuto-Installed: 1\n\nPackage: nginx-light\nArchitecture: "
       "amd64\nAuto-Installed: 1\n\n"
       "Package: hostname\nArchitecture: amd64\nAuto-Installed: 0\n\n"}},
     "hostname 3.23+nmu1 amd64 hostname 3.23+nmu1 installed 0 e\n"
     "libxxhash0 0.8.1-1 amd64 xxhash 0.8.1-1 installed 0 a\n"
     "nginx-light 1.22.1-9+deb12u9 all nginx 1.22.1-9+deb12u9 installed 0 a\n"
     "python3-minimal 3.11.2-1+b1 amd64 python3-defaults 3.11.2-1 installed 0 \n",
     "",
     "debian 12 bookworm debian"},
    {"states",
     {OS,
      {'f', STATUS,
       ONE("held", "1", "hold ok installed") ONE("gone", "1", "deinstall ok config-files")
           ONE("never", "1", "unknown ok not-installed") ONE("half", "1", "install reinstreq half-installed")
               ONE("unpacked", "1", "install ok unpacked") ONE("waiting", "2:1-1", "install ok triggers-pending")},
      LIST("held"),
      LIST("gone"),
      LIST("unpacked"),
      LIST("waiting")},
     "half 1 amd64 half 1 half-installed 0 \n"
     "held 1 amd64 held 1 installed 0 h\n"
     "unpacked 1 amd64 unpacked 1 unpacked 0 \n"
     "waiting 2:1-1 amd64 waiting 2:1-1 triggers-pending 0 \n",
     ""},
    {"two architectures of one name, each with its list",
     {OS,
      {'f', STATUS,
       ONE("libc6", "2",
           "install ok installed") "Package: libc6\nStatus: install ok installed\nArchitecture: i386\nVersion: 2\n\n"},
      LIST("libc6:amd64"),
      LIST("libc6:i386")},
     "libc6 2 amd64 libc6 2 installed 0 \nlibc6 2 i386 libc6 2 installed 0 \n",
     ""},
    {"distroless: one file a package, no status, sums beside them",
     {OS,
      {'f', "var/lib/dpkg/status.d/base", "Package: base-files\nVersion: 12.4+deb12u5\nArchitecture: amd64\n"},
      {'f', "var/lib/dpkg/status.d/base.md5sums", "d41d8cd98f00b204e9800998ecf8427e  etc/host.conf\n"}},
     "base-files 12.4+deb12u5 amd64 base-files 12.4+deb12u5 installed 0 \n",
     ""},
    {"distroless without sums",
     {OS, {'f', "var/lib/dpkg/status.d/tz", "Package: tzdata\nVersion: 1\nArchitecture: all\n"}},
     "tzdata 1 all tzdata 1 installed 0 \n",
     "partial: file lists are missing"},
    {"which layer: the newest unbroken run",
     {OS,
      {'f', STATUS, ONE("a", "1", "install ok installed") ONE("b", "1", "install ok installed")},
      LIST("a"),
      LIST("b"),
      LIST("c"),
      {'|', NULL, NULL},
      {'f', STATUS,
       ONE("a", "2", "install ok installed") ONE("b", "1", "install ok installed")
           ONE("c", "1", "install ok installed")},
      {'|', NULL, NULL},
      {'f', "etc/motd", "x"},
      {'|', NULL, NULL},
      {'f', STATUS,
       ONE("a", "1", "install ok installed") ONE("b", "1", "install ok installed")
           ONE("c", "1", "install ok installed")}},
     "a 1 amd64 a 1 installed 3 \nb 1 amd64 b 1 installed 0 \nc 1 amd64 c 1 installed 1 \n",
     ""},
    {"cut in the middle of a line",
     {OS, {'f', STATUS, ONE("a", "1", "install ok installed") "Package: b\nVersi"}, LIST("a"), LIST("b"), LIST("c")},
     "a 1 amd64 a 1 installed 0 \n",
     "partial: ends in the middle of a line\npartial: 1 packages without a version were left out: b\npartial: file "
     "list but no record in the database, so their versions are not known: c"},
    {"a version that begins with a NUL byte is none",
     {OS, {'F', STATUS, "dpkg-status-nul"}, LIST("a"), LIST("b")},
     "a 1 amd64 a 1 installed 0 \nb 2 amd64 b 2 installed 0 \n",
     "partial: 1 packages without a version were left out: a"},
    {"cut between two records: only the file lists tell",
     {OS, {'f', STATUS, ONE("a", "1", "install ok installed")}, LIST("a"), LIST("z")},
     "a 1 amd64 a 1 installed 0 \n",
     "partial: 1 packages have a file list but no record in the database, so their versions are not known: z"},
    {"no text",
     {OS, {'f', STATUS, "\x01\x02\xff\xfe binary\n\n\x03:"}},
     "",
     "blind: no package record is in it\nblind: its packages could not be read"},
    {"empty", {OS, {'f', STATUS, NULL}}, "", "blind: it is empty\nblind: its packages could not be read"},
    {"a link to nothing",
     {OS, {'l', STATUS, "gone"}},
     "",
     "blind: a link on the way leads nowhere\nblind: its packages"},
    {"a folder", {OS, {'d', STATUS, NULL}}, "", "blind: it is not a file\nblind: its packages"},
    {"status deleted",
     {OS,
      {'f', STATUS, ONE("a", "1", "install ok installed")},
      LIST("a"),
      {'|', NULL, NULL},
      {'f', "var/lib/dpkg/.wh.status", NULL}},
     "",
     "partial: so their versions are not known: a\nblind: last in layer 0 and deleted above it\nblind: its packages"},
    {"everything deleted",
     {OS,
      {'f', STATUS, ONE("a", "1", "install ok installed")},
      {'d', "usr/share/doc/bash", NULL},
      {'|', NULL, NULL},
      {'f', "var/lib/.wh.dpkg", NULL}},
     "",
     "blind: last in layer 0 and deleted above it; named in usr/share/doc: bash"},
    {"file lists deleted",
     {OS,
      {'f', STATUS, ONE("a", "1", "install ok installed") ONE("h", "1", "install ok half-installed")},
      LIST("a"),
      {'|', NULL, NULL},
      {'f', "var/lib/dpkg/.wh.info", NULL}},
     "a 1 amd64 a 1 installed 0 \nh 1 amd64 h 1 half-installed 0 \n",
     "blind: all 1 packages (deleted above layer 0)"},
    {"the folder is a link",
     {OS,
      {'l', "var/lib/dpkg", "/usr/lib/dpkg"},
      {'f', "usr/lib/dpkg/status", ONE("a", "1", "install ok installed")},
      {'f', "usr/lib/dpkg/info/a.list", "/.\n"}},
     "a 1 amd64 a 1 installed 0 \n",
     ""},
    {"a name that is no UTF-8",
     {OS, {'f', STATUS, ONE("b\xffse", "1", "install ok installed")}, {'f', "var/lib/dpkg/info/b\xffse.list", "/.\n"}},
     "b\xffse 1 amd64 b\xffse 1 installed 0 \n",
     ""},
    {"fields in any case, folded lines, no state",
     {OS,
      {'f', STATUS, "package: a\nDESCRIPTION: x\n Version: 9\nversion:\t1\nArchitecture: all\nSource: src (0.5)\n\n"},
      LIST("a")},
     "a 1 all src 0.5 installed 0 \n",
     "note: 1 records have no Status field"},
};

static void test_cases(void)
{
  check_cases(cases, G_N_ELEMENTS(cases));
}

/* A field and a stanza beyond any limit are left out, the rest is read. */
static void test_large(void)
{
  g_auto(Place) place;
  place_init(&place);
  g_autoptr(GString) status = g_string_new(
      ONE("a", "1", "install ok installed") "Package: huge\nStatus: install ok installed\nVersion: 1\nDescription: ");
  for (guint i = 0; i < 10 * 1024 * 1024 / 8; i++)
    g_string_append(status, "xxxxxxxx");
  g_string_append(status, "\n\n" ONE("b", "1", "install ok installed"));
  const Member members[] = {OS, {'f', STATUS, status->str}, LIST("a"), LIST("b"), {0}};
  g_auto(Made) made = make(&place, members);
  g_autofree char *packages = list_packages(&made);
  g_assert_cmpstr(packages, ==, "a 1 amd64 a 1 installed 0 \nb 1 amd64 b 1 installed 0 \n");
  check_problems(&made, "partial: 1 records above 4 MiB were not read");
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/dpkg/cases", test_cases);
  g_test_add_func("/dpkg/large", test_large);
  return g_test_run();
}
