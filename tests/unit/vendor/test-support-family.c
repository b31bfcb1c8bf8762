/* SPDX-License-Identifier: Apache-2.0 */
/* Day by day: each phase's last day, and the day after. The dates are those that Debian and Canonical announced. */
#include <string.h>
#include "support-common.h"

typedef struct {
  const char *version, *architecture, *day, *phase, *until, *steward;
} Row;

static const CrArchive *const no_archives[] = {NULL};

static CrSupportAnswer judge(CrArena *arena, const CrOs *os, const char *table, const char *architecture,
                             const char *day_text, const char *today_text, const CrArchive *const *archives)
{
  g_autoptr(CrDistroInfo) info = table ? read_table(table) : NULL;
  CrSupportData data = {.distro_info = info, .distro_info_name = "distro-info-data"};
  GDate day = make_day(day_text), today = make_day(today_text);
  CrSupportQuery query = {
      .os = os,
      .architecture = architecture,
      .day = &day,
      .today = &today,
      .data = &data,
      .archives = archives,
      .arena = arena,
  };
  CrSupportAnswer answer;
  cr_support_judge(&query, &answer);
  g_assert_nonnull(answer.evidence);
  return answer;
}

static void check(const char *id, const char *table, const Row *row, const CrArchive *const *archives)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  CrOs os = {.id = id, .version = row->version};
  CrSupportAnswer answer = judge(arena, &os, table, row->architecture, row->day, "2026-11-24", archives);
  g_test_message("%s %s %s on %s: %s", id, row->version, row->architecture, row->day, answer.evidence);
  g_assert_cmpstr(cr_support_phase_get_name(answer.phase), ==, row->phase);
  g_assert_cmpstr(cr_support_format_date(&answer.until, arena), ==, row->until);
  g_assert_cmpstr(answer.steward, ==, row->steward);
}

#define TEAM "Debian security team"
#define LTS  "Debian LTS"
static void test_debian(void)
{
  const Row rows[] = {
      /* stretch */
      {"9", "amd64", "2017-06-16", "rolling", NULL, "Debian's uploaders"},
      {"9", "amd64", "2017-06-17", "full", "2020-07-18", TEAM},
      {"9", "amd64", "2020-07-18", "full", "2020-07-18", TEAM},
      {"9", "amd64", "2020-07-19", "lts", "2022-06-30", LTS},
      {"9", "armel", "2020-07-19", "lts", "2022-06-30", LTS},
      {"9", "arm64", "2022-06-30", "lts", "2022-06-30", LTS},
      {"9", "mips", "2020-07-18", "full", "2020-07-18", TEAM},
      {"9", "mips", "2020-07-19", "ended", "2020-07-18", TEAM},
      {"9", "amd64", "2022-06-30", "lts", "2022-06-30", LTS},
      {"9", "amd64", "2022-07-01", "ended", "2022-06-30", LTS},
      {"9", "amd64", "2027-06-30", "ended", "2022-06-30", LTS},
      {"9", "amd64", "2027-07-01", "ended", "2022-06-30", LTS},
      /* buster */
      {"10", "amd64", "2022-09-10", "full", "2022-09-10", TEAM},
      {"10", "amd64", "2022-09-11", "lts", "2024-06-30", LTS},
      {"10", "armel", "2022-09-11", "ended", "2022-09-10", TEAM},
      {"10", "arm64", "2024-06-30", "lts", "2024-06-30", LTS},
      {"10", "arm64", "2024-07-01", "ended", "2024-06-30", LTS},
      /* bullseye */
      {"11", "s390x", "2024-08-14", "full", "2024-08-14", TEAM},
      {"11", "s390x", "2024-08-15", "ended", "2024-08-14", TEAM},
      {"11", "i386", "2024-08-15", "lts", "2026-08-31", LTS},
      {"11", "amd64", "2026-08-31", "lts", "2026-08-31", LTS},
      {"11", "amd64", "2026-09-01", "ended", "2026-08-31", LTS},
      /* bookworm */
      {"12", "amd64", "2023-06-09", "rolling", NULL, "Debian's uploaders"},
      {"12", "amd64", "2023-06-10", "full", "2026-07-11", TEAM},
      {"12", "amd64", "2026-07-11", "full", "2026-07-11", TEAM},
      {"12", "s390x", "2026-07-11", "full", "2026-07-11", TEAM},
      {"12", "amd64", "2026-07-12", "lts", "2028-06-30", LTS},
      {"12", "ppc64el", "2026-07-12", "lts", "2028-06-30", LTS},
      {"12", "s390x", "2026-07-12", "ended", "2026-07-11", TEAM},
      {"12", "mipsel", "2026-07-12", "ended", "2026-07-11", TEAM},
      {"12", NULL, "2026-11-24", "lts", "2028-06-30", LTS},
      {"12", "amd64", "2028-06-30", "lts", "2028-06-30", LTS},
      {"12", "amd64", "2028-07-01", "ended", "2028-06-30", LTS},
      {"12", "amd64", "2033-06-30", "ended", "2028-06-30", LTS},
      /* trixie; which architectures its LTS takes is not known yet */
      {"13", "riscv64", "2025-08-09", "full", "2028-08-09", TEAM},
      {"13", "amd64", "2028-08-09", "full", "2028-08-09", TEAM},
      {"13", "amd64", "2028-08-10", "lts", "2030-06-30", LTS},
      {"13", "amd64", "2030-06-30", "lts", "2030-06-30", LTS},
      {"13", "amd64", "2030-07-01", "ended", "2030-06-30", LTS},
      /* forky is not released, etch never had LTS, 99 does not exist */
      {"14", "amd64", "2026-11-24", "rolling", NULL, "Debian's uploaders"},
      {"4.0", "amd64", "2010-02-15", "full", "2010-02-15", TEAM},
      {"4.0", "amd64", "2010-02-16", "ended", "2010-02-15", TEAM},
      {"99", "amd64", "2026-11-24", "unknown", NULL, "Debian"},
      {NULL, "amd64", "2026-11-24", "unknown", NULL, "Debian"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    check("debian", "debian.csv", &rows[i], no_archives);
}

/* What the signed Release of the security archive lists beats careen's own table, for the days since LTS began. */
static void test_architectures_of_the_archive(void)
{
  const char *const few[] = {"amd64", "s390x", NULL}, *const all[] = {"amd64", "mips64el", NULL};
  const CrArchive bookworm = {.name = "bookworm-security",
                              .codename = "bookworm-security",
                              .distribution = TRUE,
                              .security = TRUE,
                              .is_signed = TRUE,
                              .architectures = few};
  const CrArchive trixie = {.name = "trixie-security",
                            .codename = "trixie-security",
                            .distribution = TRUE,
                            .security = TRUE,
                            .is_signed = TRUE,
                            .architectures = all};
  CrArchive forged = bookworm;
  forged.is_signed = FALSE;
  const CrArchive *const signed_ones[] = {&bookworm, &trixie, NULL}, *const unsigned_ones[] = {&forged, NULL};
  const struct {
    Row row;
    const CrArchive *const *archives;
  } rows[] = {
      {{"12", "s390x", "2026-11-24", "lts", "2028-06-30", LTS}, signed_ones},
      {{"12", "i386", "2026-11-24", "ended", "2026-07-11", TEAM}, signed_ones},
      {{"12", "i386", "2026-07-11", "full", "2026-07-11", TEAM}, signed_ones},
      {{"12", "s390x", "2026-11-24", "ended", "2026-07-11", TEAM}, unsigned_ones},
      /* today trixie-security still lists what its own team has: no word about LTS */
      {{"13", "mips64el", "2029-01-01", "lts", "2030-06-30", LTS}, signed_ones},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    check("debian", "debian.csv", &rows[i].row, rows[i].archives);
}

/* ELTS counts where its archive is configured and verified, and nowhere else. */
static void test_elts(void)
{
  const CrArchive elts = {
      .name = "freexian stretch", .uri = "http://deb.freexian.com/extended-lts", .configured = TRUE, .is_signed = TRUE};
  CrArchive not_signed = elts, not_configured = elts, broken = elts;
  not_signed.is_signed = FALSE;
  not_configured.configured = FALSE;
  broken.error = "expired";
  const CrArchive *const good[] = {&elts, NULL}, *const bad[][2] = {{&not_signed}, {&not_configured}, {&broken}};
  const Row rows[] = {
      {"9", "amd64", "2022-06-30", "lts", "2022-06-30", LTS},
      {"9", "amd64", "2022-07-01", "elts", "2027-06-30", "Freexian ELTS"},
      {"9", "amd64", "2027-06-30", "elts", "2027-06-30", "Freexian ELTS"},
      {"9", "amd64", "2027-07-01", "ended", "2022-06-30", LTS},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    check("debian", "debian.csv", &rows[i], good);
  const Row without = {"9", "amd64", "2022-07-01", "ended", "2022-06-30", LTS};
  for (guint i = 0; i < G_N_ELEMENTS(bad); i++)
    check("debian", "debian.csv", &without, bad[i]);
  g_autoptr(CrArena) arena = cr_arena_new();
  CrOs os = {.id = "debian", .version = "9"};
  CrSupportAnswer answer = judge(arena, &os, "debian.csv", "amd64", "2022-07-01", "2026-11-24", no_archives);
  g_assert_nonnull(strstr(answer.evidence, "Freexian offers ELTS until 2027-06-30"));
}

static void test_ubuntu(void)
{
  const CrArchive esm = {.name = "esm",
                         .uri = "https://esm.ubuntu.com/infra/ubuntu",
                         .origin = "UbuntuESM",
                         .configured = TRUE,
                         .is_signed = TRUE};
  const CrArchive *const with_esm[] = {&esm, NULL};
  const struct {
    Row row;
    const CrArchive *const *archives;
  } rows[] = {
      {{"20.04", "amd64", "2020-04-22", "rolling", NULL, "Ubuntu's uploaders"}, no_archives},
      {{"20.04", "amd64", "2020-04-23", "full", "2025-05-29", "Ubuntu security team"}, no_archives},
      {{"20.04", "amd64", "2025-05-29", "full", "2025-05-29", "Ubuntu security team"}, no_archives},
      {{"20.04", "amd64", "2025-05-30", "ended", "2025-05-29", "Ubuntu security team"}, no_archives},
      {{"20.04", "amd64", "2025-05-30", "elts", "2030-04-23", "Ubuntu Pro (ESM)"}, with_esm},
      {{"20.04", "amd64", "2030-04-23", "elts", "2030-04-23", "Ubuntu Pro (ESM)"}, with_esm},
      {{"20.04", "amd64", "2030-04-24", "ended", "2025-05-29", "Ubuntu security team"}, with_esm},
      {{"22.04", "amd64", "2027-06-01", "full", "2027-06-01", "Ubuntu security team"}, no_archives},
      {{"22.04", "amd64", "2027-06-02", "ended", "2027-06-01", "Ubuntu security team"}, no_archives},
      {{"23.10", "amd64", "2024-07-11", "full", "2024-07-11", "Ubuntu security team"}, no_archives},
      {{"23.10", "amd64", "2024-07-12", "ended", "2024-07-11", "Ubuntu security team"}, with_esm},
      {{"24.04", "amd64", "2029-05-31", "full", "2029-05-31", "Ubuntu security team"}, with_esm},
      {{"24.04", "amd64", "2029-06-01", "ended", "2029-05-31", "Ubuntu security team"}, no_archives},
  };
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
    check("ubuntu", "ubuntu.csv", &rows[i].row, rows[i].archives);
}

static void test_no_data(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  const CrOs systems[] = {{.id = "debian", .version = "12"},
                          {.id = "ubuntu", .version = "24.04"},
                          {.id = "alpine", .version = "3.18.9"},
                          {.id = "nobody-knows", .version = "1"},
                          {.id = NULL}};
  for (guint i = 0; i < G_N_ELEMENTS(systems); i++) {
    CrSupportAnswer answer = judge(arena, &systems[i], NULL, "amd64", "2026-11-24", "2026-11-24", no_archives);
    g_assert_cmpint(answer.phase, ==, CR_PHASE_UNKNOWN);
  }
}

static void test_rolling(void)
{
  g_autoptr(CrArena) arena = cr_arena_new();
  const CrOs systems[] = {
      {.id = "arch"},
      {.id = "wolfi", .version = "20230201"},
      {.id = "alpine", .version = "3.21.0_alpha20240923"},
      {.id = "fedora", .version = "45", .name = "Fedora Linux 45 (Rawhide Prerelease)"},
      {.id = "opensuse-tumbleweed", .version = "20241010"},
  };
  for (guint i = 0; i < G_N_ELEMENTS(systems); i++) {
    CrSupportAnswer answer = judge(arena, &systems[i], NULL, "amd64", "2026-11-24", "2026-11-24", no_archives);
    g_assert_cmpint(answer.phase, ==, CR_PHASE_ROLLING);
  }
  const CrOs sid = {.id = "debian", .codename = "sid"};
  g_assert_cmpint(judge(arena, &sid, "debian.csv", "amd64", "2026-11-24", "2026-11-24", no_archives).phase, ==,
                  CR_PHASE_ROLLING);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  g_test_add_func("/support-family/debian", test_debian);
  g_test_add_func("/support-family/architectures-of-the-archive", test_architectures_of_the_archive);
  g_test_add_func("/support-family/elts", test_elts);
  g_test_add_func("/support-family/ubuntu", test_ubuntu);
  g_test_add_func("/support-family/no-data", test_no_data);
  g_test_add_func("/support-family/rolling", test_rolling);
  return g_test_run();
}
