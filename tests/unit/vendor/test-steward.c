/* SPDX-License-Identifier: Apache-2.0 */
/* Every package of a made-up inventory lands in exactly one class, with the lists of a made-up archive set. */
#include "vendor/steward.h"

#include <string.h>

static const CrArchive bookworm = {.name = "bookworm",
                                   .origin = "Debian",
                                   .codename = "bookworm",
                                   .suite = "oldstable",
                                   .distribution = TRUE,
                                   .is_signed = TRUE},
                       security = {.name = "bookworm-security",
                                   .origin = "Debian",
                                   .codename = "bookworm-security",
                                   .distribution = TRUE,
                                   .security = TRUE,
                                   .is_signed = TRUE},
                       backports = {.name = "bookworm-backports",
                                    .origin = "Debian Backports",
                                    .codename = "bookworm-backports",
                                    .distribution = TRUE,
                                    .is_signed = TRUE},
                       sid = {.name = "sid",
                              .origin = "Debian",
                              .codename = "sid",
                              .suite = "unstable",
                              .distribution = TRUE,
                              .is_signed = TRUE},
                       bullseye = {.name = "bullseye",
                                   .origin = "Debian",
                                   .codename = "bullseye",
                                   .distribution = TRUE,
                                   .is_signed = TRUE},
                       nginx = {.name = "nginx bookworm",
                                .origin = "nginx",
                                .codename = "bookworm",
                                .uri = "https://nginx.org/packages/debian",
                                .is_signed = TRUE},
                       pgdg = {.name = "pgdg",
                               .origin = "apt.postgresql.org",
                               .codename = "bookworm-pgdg",
                               .uri = "http://mirror.example.org/pgdg",
                               .is_signed = TRUE},
                       house = {.name = "house",
                                .origin = NULL,
                                .uri = "https://user:secret@deb.example.com/debian",
                                .is_signed = TRUE},
                       loose = {.name = "loose", .origin = "Loose", .uri = "http://loose.example.org/"};
static const CrArchive *const archives[] = {&bookworm, &security, &backports, &sid,   &bullseye,
                                            &nginx,    &pgdg,     &house,     &loose, NULL};

/* What the lists hold: the newest version of a name in the distribution's, and exact hits. */
typedef struct {
  const char *name, *version;
  const CrArchive *archive;
} Listed;
static const Listed listed[] = {
    {"openssl", "3.0.18-1~deb12u2", &security},
    {"bash", "5.2.15-2+b9", &bookworm},
    {"curl", "8.14.1-1~bpo12+1", &backports},
    {"dpkg", "1.23.0", &sid},
    {"libssl1.1", "1.1.1w-0+deb11u2", &bullseye},
    {"nginx", "1.30.0-1~bookworm", &nginx},
    {"postgresql-16", "16.9-1.pgdg120+1", &pgdg},
    {"housekeeping", "1.0", &house},
    {"loose", "2", &loose},
    {"binutils-mips", "2.40-2cross2", &bookworm},
};

static const CrArchive *find_exact(gpointer data, const CrPackage *package, gboolean *same)
{
  *same = !strcmp(package->name, "rebuilt");
  for (guint i = 0; i < G_N_ELEMENTS(listed); i++)
    if (!strcmp(package->type, "deb") && !strcmp(listed[i].name, package->name) &&
        !strcmp(listed[i].version, package->version))
      return listed[i].archive;
  return NULL;
}

static const CrArchive *find_source(gpointer data, const char *source)
{
  return !strcmp(source, "openssl") || !strcmp(source, "bash") || !strcmp(source, "linux") ? &bookworm : NULL;
}

static gboolean has_name(gpointer data, const CrArchive *archive, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS(listed); i++)
    if (listed[i].archive == archive && !strcmp(listed[i].name, name))
      return TRUE;
  return FALSE;
}

static const char *find_newest(gpointer data, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS(listed); i++)
    if ((listed[i].archive == &security || listed[i].archive == &bookworm) && !strcmp(listed[i].name, name))
      return listed[i].version;
  return NULL;
}

static const CrStewardLists lists = {.archives = archives,
                                     .answering = TRUE,
                                     .find_exact = find_exact,
                                     .find_source = find_source,
                                     .has_name = has_name,
                                     .find_newest = find_newest},
                            nothing = {.archives = (const CrArchive *const[]){NULL},
                                       .find_exact = find_exact,
                                       .find_source = find_source,
                                       .has_name = has_name,
                                       .find_newest = find_newest};

typedef struct {
  const char *type, *name, *version, *source, *maintainer, *origin;
  const char *kind, *steward, *until, *proof, *support;
} Row;

#define DEBIAN "Debian OpenSSL Team <pkg-openssl-devel@alioth-lists.debian.net>"
#define UNTIL  "2028-06-30"

static void check(const CrOs *os, const CrStewardLists *with, const char *builder, const Row *row)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrStewardContext context = {.os = os,
                              .family = cr_support_family_find(os),
                              .lists = with,
                              .builder = builder,
                              .builder_label = builder ? "maintainer" : NULL,
                              .arena = arena};
  CrPackage package = {.type = row->type,
                       .name = row->name,
                       .version = row->version,
                       .source_name = row->source ? row->source : row->name,
                       .source_version = row->version,
                       .maintainer = row->maintainer,
                       .origin = row->origin,
                       .control = "Package: x\n",
                       .control_bytes = strlen("Package: x\n"),
                       .support = CR_PACKAGE_SUPPORT_FULL,
                       .support_note = "a note"};
  cr_steward_judge_package(&context, &package);
  g_test_message("%s %s: %s", row->name, row->version, package.steward.evidence);
  g_assert_cmpstr(cr_steward_kind_get_name(package.steward.kind), ==, row->kind);
  g_assert_cmpstr(package.steward.name, ==, row->steward);
  g_assert_cmpstr(package.steward.until, ==, row->until);
  g_assert_cmpstr(cr_proof_get_name(package.steward.proof), ==, row->proof);
  g_assert_cmpstr(cr_package_support_get_name(package.support), ==, row->support);
  g_assert_nonnull(package.steward.evidence);
  if (package.support == CR_PACKAGE_SUPPORT_UNKNOWN)
    g_assert_null(package.support_note);
}

static const CrOs os_bookworm = {.id = "debian",
                                 .version = "12",
                                 .codename = "bookworm",
                                 .support = {.phase = CR_PHASE_LTS, .until = UNTIL, .steward = "Debian LTS"}};

static void test_deb(void)
{
  const Row rows[] = {
      /* proved by a signed list */
      {"deb", "openssl", "3.0.18-1~deb12u2", NULL, DEBIAN, NULL, "distribution", "Debian LTS", UNTIL, "signed-list",
       "full"},
      {"deb", "bash", "5.2.15-2+b9", NULL, "Matthias Klose <doko@debian.org>", NULL, "distribution", "Debian LTS",
       UNTIL, "signed-list", "full"},
      {"deb", "curl", "8.14.1-1~bpo12+1", NULL, DEBIAN, NULL, "distribution", "uploaders of bookworm-backports", NULL,
       "signed-list", "unknown"},
      {"deb", "dpkg", "1.23.0", NULL, DEBIAN, NULL, "distribution", "uploaders of sid", NULL, "signed-list", "unknown"},
      {"deb", "libssl1.1", "1.1.1w-0+deb11u2", "openssl", DEBIAN, NULL, "distribution", "bullseye (another release)",
       NULL, "signed-list", "unknown"},
      {"deb", "nginx", "1.30.0-1~bookworm", NULL, "NGINX Packaging <nginx-packaging@f5.com>", NULL, "archive",
       "nginx.org", NULL, "signed-list", "unknown"},
      {"deb", "postgresql-16", "16.9-1.pgdg120+1", NULL, DEBIAN, NULL, "archive", "apt.postgresql.org (PGDG)", NULL,
       "signed-list", "unknown"},
      {"deb", "housekeeping", "1.0", NULL, "x", NULL, "archive", "deb.example.com", NULL, "signed-list", "unknown"},
      {"deb", "loose", "2", NULL, "x", NULL, "archive", "Loose", NULL, "likely", "unknown"},
      /* superseded: in no list any more */
      {"deb", "openssl", "3.0.11-1~deb12u1", NULL, DEBIAN, NULL, "distribution", "Debian LTS", UNTIL, "likely", "full"},
      {"deb", "bash", "5.2.15-2+b2", NULL, "Somebody <private@example.org>", NULL, "distribution", "Debian LTS", UNTIL,
       "likely", "full"},
      {"deb", "linux-image-6.1.0-18-amd64", "6.1.76-1", "linux", DEBIAN, NULL, "distribution", "Debian LTS", UNTIL,
       "likely", "full"},
      {"deb", "binutils-mips", "2.39-8cross1", NULL, DEBIAN, NULL, "distribution", "Debian LTS", UNTIL, "likely",
       "full"},
      /* other suites by their versions */
      {"deb", "curl", "8.5.0-2~bpo12+1", NULL, DEBIAN, NULL, "distribution", "uploaders of Debian's backports", NULL,
       "likely", "unknown"},
      {"deb", "openssl", "3.5.1-1+deb13u1", NULL, DEBIAN, NULL, "distribution", "Debian 13 (another release)", NULL,
       "likely", "unknown"},
      {"deb", "openssl", "3.5.4-1", NULL, DEBIAN, NULL, "distribution", "Debian LTS", NULL, "unknown", "unknown"},
      /* foreign archives, versions that no list has any more */
      {"deb", "nginx", "1.24.0-1~bookworm", NULL, "NGINX Packaging <nginx-packaging@f5.com>", NULL, "archive",
       "nginx.org", NULL, "likely", "unknown"},
      {"deb", "libpq5", "15.4-1.pgdg120+1", "postgresql-15", DEBIAN, NULL, "archive", "apt.postgresql.org (PGDG)", NULL,
       "likely", "unknown"},
      {"deb", "docker-ce", "5:24.0.7-1~debian.12~bookworm", NULL, "Docker <support@docker.com>", NULL, "archive",
       "Docker", NULL, "likely", "unknown"},
      {"deb", "nodejs", "20.10.0-1nodesource1", NULL, "Ivan Iguaran <ivan@nodesource.com>", NULL, "archive",
       "NodeSource", NULL, "likely", "unknown"},
      {"deb", "php8.3", "8.3.1-1+0~20231221.15+debian12~1.gbp5ad1ab+deb.sury.org", NULL,
       "Debian PHP Maintainers <team+pkg-php@tracker.debian.org>", NULL, "archive", "deb.sury.org", NULL, "likely",
       "unknown"},
      {"deb", "housekeeping", "0.9", NULL, "x", NULL, "archive", "deb.example.com", NULL, "likely", "unknown"},
      {"deb", "thing", "1", NULL, "x <x@example.org>", "Example Corp", "archive", "Example Corp", NULL, "likely",
       "unknown"},
      /* built by somebody */
      {"deb", "mytool", "1.0", NULL, "Jane <jane@example.org>", NULL, "builder", "Jane <jane@example.org>", NULL,
       "unknown", "unknown"},
      {"deb", "mytool", "1.0", NULL, NULL, NULL, "nobody", NULL, NULL, "unknown", "unknown"},
      {"deb", "openssl", "3.0.11-1~deb12u1+local1", NULL, DEBIAN, NULL, "nobody", NULL, NULL, "unknown", "unknown"},
      {"deb", "openssl", "3.0.11-1~acme3", NULL, "Acme <ops@acme.example>", NULL, "builder", "Acme <ops@acme.example>",
       NULL, "unknown", "unknown"},
      {"deb", "rebuilt", "5.2.15-2+b9", NULL, "Matthias Klose <doko@debian.org>", NULL, "nobody", NULL, NULL, "unknown",
       "unknown"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    check(&os_bookworm, &lists, NULL, &rows[i]);
  const Row labelled = {"deb",     "rebuilt",     "5.2.15-2+b9", NULL,      DEBIAN,   NULL,
                        "builder", "Acme Images", NULL,          "unknown", "unknown"};
  check(&os_bookworm, &lists, "Acme Images", &labelled);
}

static void test_deb_without_lists(void)
{
  const Row rows[] = {
      {"deb", "mytool", "1.0", NULL, "Jane <jane@example.org>", NULL, "distribution", "Debian LTS", UNTIL, "unknown",
       "full"},
      {"deb", "libpq5", "15.4-1.pgdg120+1", NULL, DEBIAN, NULL, "archive", "apt.postgresql.org (PGDG)", NULL, "likely",
       "unknown"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    check(&os_bookworm, &nothing, NULL, &rows[i]);
}

static void test_rolling_debian(void)
{
  const CrOs os = {
      .id = "debian", .codename = "sid", .support = {.phase = CR_PHASE_ROLLING, .steward = "Debian's uploaders"}};
  const Row row = {"deb", "dpkg",        "1.23.0", NULL, DEBIAN, NULL, "distribution", "Debian's uploaders",
                   NULL,  "signed-list", "full"};
  check(&os, &lists, NULL, &row);
}

static void test_ubuntu_component(void)
{
  const CrOs os = {.id = "ubuntu",
                   .version = "22.04",
                   .codename = "jammy",
                   .support = {.phase = CR_PHASE_FULL, .until = "2027-06-01", .steward = "Ubuntu security team"}};
  g_autoptr(CrArena) arena = cr_arena_new();
  CrStewardContext context = {.os = &os, .family = cr_support_family_find(&os), .lists = &nothing, .arena = arena};
  const char *const sections[] = {"Package: x\nSection: universe/net\n", "Package: x\nSection: net\n"};
  for (guint i = 0; i < G_N_ELEMENTS(sections); i++) {
    CrPackage package = {.type = "deb",
                         .name = "x",
                         .version = "1-1ubuntu2",
                         .source_name = "x",
                         .control = sections[i],
                         .control_bytes = strlen(sections[i])};
    cr_steward_judge_package(&context, &package);
    g_assert_cmpstr(package.steward.name, ==, i ? "Ubuntu security team" : "Ubuntu community (universe)");
  }
}

static void test_other_families(void)
{
  const CrOs alpine = {.id = "alpine",
                       .version = "3.18.9",
                       .support = {.phase = CR_PHASE_ENDED, .until = "2025-05-09", .steward = "Alpine Linux"}},
             alma = {.id = "almalinux",
                     .version = "9.1",
                     .support = {.phase = CR_PHASE_FULL, .until = "2032-05-31", .steward = "AlmaLinux"}},
             arch = {.id = "arch", .support = {.phase = CR_PHASE_ROLLING, .steward = "Arch Linux"}}, none = {0};
  const struct {
    const CrOs *os;
    Row row;
  } rows[] = {
      {&alpine,
       {"apk", "musl", "1.2.4-r2", NULL, "Timo Teräs <timo.teras@iki.fi>", NULL, "distribution", "Alpine Linux",
        "2025-05-09", "unknown", "full"}},
      {&alpine,
       {"apk", "apk-tools", "2.14", NULL, "Natanael Copa <ncopa@alpinelinux.org>", NULL, "distribution", "Alpine Linux",
        "2025-05-09", "likely", "full"}},
      {&alpine, {"apk", ".build-deps", "20240101", NULL, NULL, NULL, "nobody", NULL, NULL, "unknown", "unknown"}},
      {&alma,
       {"rpm", "bash", "5.1", NULL, NULL, "AlmaLinux", "distribution", "AlmaLinux", "2032-05-31", "likely", "full"}},
      {&alma, {"rpm", "htop", "3", NULL, NULL, "Fedora Project", "archive", "Fedora EPEL", NULL, "likely", "unknown"}},
      {&alma, {"rpm", "docker-ce", "24", NULL, NULL, "Docker", "archive", "Docker", NULL, "likely", "unknown"}},
      {&alma, {"rpm", "own", "1", NULL, NULL, NULL, "nobody", NULL, NULL, "unknown", "unknown"}},
      {&arch,
       {"alpm", "bash", "5", NULL, "Felix <x@archlinux.org>", NULL, "distribution", "Arch Linux", NULL, "likely",
        "full"}},
      {&arch, {"alpm", "own", "5", NULL, "Unknown Packager", NULL, "nobody", NULL, NULL, "unknown", "unknown"}},
      {&none, {"rpm", "libuuid", "2.32", NULL, NULL, "CentOS", "nobody", NULL, NULL, "unknown", "unknown"}},
      {&alma, {"golang", "stdlib", "1.20", NULL, NULL, NULL, "upstream", "Go project", NULL, "likely", "unknown"}},
      {&alma,
       {"golang", "golang.org/x/net", "v0.5.0", NULL, NULL, NULL, "upstream", "Go modules", NULL, "likely", "unknown"}},
      {&alma, {"golang", "example.org/x", "(devel)", NULL, NULL, "main", "nobody", NULL, NULL, "unknown", "unknown"}},
      {&alma, {"pypi", "own", "1", NULL, NULL, "file:///app", "nobody", NULL, NULL, "unknown", "unknown"}},
      {&alma,
       {"pypi", "fork", "1", NULL, NULL, "https://example.org/fork.git", "upstream", "https://example.org/fork.git",
        NULL, "likely", "unknown"}},
      {&alma,
       {"composer", "drupal/core", "9.1.0", NULL, NULL, NULL, "upstream", "Drupal security team", NULL, "likely",
        "unknown"}},
      {&none,
       {"generic", "wordpress/plugins/akismet", "5.3", NULL, NULL, NULL, "upstream",
        "WordPress.org plug-in and theme directory", NULL, "likely", "unknown"}},
      {&alma, {"pypi", "requests", "2.31", NULL, NULL, NULL, "upstream", "PyPI", NULL, "likely", "unknown"}},
      {&none, {"generic", "x", "1", NULL, NULL, NULL, "nobody", NULL, NULL, "unknown", "unknown"}},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    check(rows[i].os, &nothing, NULL, &rows[i].row);
}

/* A program that says its version is watched by who makes it, and that this is a guess is told. */
static void test_programs(void)
{
  const CrOs none = {0};
  g_autoptr(CrArena) arena = cr_arena_new();
  CrStewardContext context = {.os = &none, .lists = &nothing, .arena = arena};
  CrPackage package = {.type = "generic",
                       .name = "nginx",
                       .version = "1.25.3",
                       .source_name = "nginx",
                       .maintainer = "nginx.org",
                       .control = "nginx/1.25.3 and more",
                       .control_bytes = strlen("nginx/1.25.3")};
  cr_steward_judge_package(&context, &package);
  g_assert_cmpint(package.steward.kind, ==, CR_STEWARD_UPSTREAM);
  g_assert_cmpstr(package.steward.name, ==, "nginx.org");
  g_assert_cmpint(package.steward.proof, ==, CR_PROOF_UNKNOWN);
  g_assert_cmpstr(package.steward.evidence, ==, "guess: the program says 'nginx/1.25.3'");
}

static void test_files(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  const struct {
    const char *built_with, *builder, *kind, *name;
  } rows[] = {
      {"go1.18", NULL, "builder", "the image's builder"},
      {"go1.18", "Acme", "builder", "Acme"},
      {"rustc 1.70.0", NULL, "builder", "the image's builder"},
      {"GCC: (Debian 12.2.0-14) 12.2.0", NULL, "nobody", NULL},
      {NULL, "Acme", "builder", "Acme"},
      {NULL, NULL, "nobody", NULL},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    CrStewardContext context = {
        .os = &os_bookworm, .lists = &lists, .builder = rows[i].builder, .builder_label = "maintainer", .arena = arena};
    CrUnowned file = {.path = "usr/local/bin/x", .kind = "elf", .built_with = rows[i].built_with};
    cr_steward_judge_file(&context, &file);
    g_assert_cmpstr(cr_steward_kind_get_name(file.steward.kind), ==, rows[i].kind);
    g_assert_cmpstr(file.steward.name, ==, rows[i].name);
    g_assert_nonnull(file.steward.evidence);
  }
  const CrImage image = {.label_names = (const char *const[]){"maintainer", "org.opencontainers.image.vendor", NULL},
                         .label_values = (const char *const[]){"old <o@example.org>", "Acme", NULL}};
  const char *label = NULL;
  g_assert_cmpstr(cr_steward_find_builder(&image, &label), ==, "Acme");
  g_assert_cmpstr(label, ==, "org.opencontainers.image.vendor");
}

/* Nothing but name and version (a chisel manifest, a bill of materials): no proof, but no doubt either. */
static void test_without_control(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  static const CrOs os = {
      .id = "debian", .version = "12", .codename = "bookworm", .support = {.steward = "Debian LTS"}};
  CrStewardContext context = {.os = &os, .family = cr_support_family_find(&os), .lists = &lists, .arena = arena};
  CrPackage package = {.type = "deb",
                       .name = "openssl",
                       .version = "3.0.18-1~deb12u2",
                       .source_name = "openssl",
                       .source_version = "3.0.18-1~deb12u2"};
  cr_steward_judge_package(&context, &package);
  g_assert_cmpint(package.steward.kind, ==, CR_STEWARD_DISTRIBUTION);
  g_assert_cmpint(package.steward.proof, ==, CR_PROOF_LIKELY);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/steward/deb", test_deb);
  g_test_add_func("/steward/deb-without-lists", test_deb_without_lists);
  g_test_add_func("/steward/rolling-debian", test_rolling_debian);
  g_test_add_func("/steward/ubuntu-component", test_ubuntu_component);
  g_test_add_func("/steward/other-families", test_other_families);
  g_test_add_func("/steward/files", test_files);
  g_test_add_func("/steward/programs", test_programs);
  g_test_add_func("/steward/without-control", test_without_control);
  return g_test_run();
}
