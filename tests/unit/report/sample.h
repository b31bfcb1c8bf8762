/* SPDX-License-Identifier: Apache-2.0 */
/* A scan made by hand: every kind of row that a report can have, with names that a hostile image could choose. */
#pragma once
#include "report/report.h"

static const char *const sample_fixes_one[] = {"CVE-2023-0464", "CVE-2024-12345", "CVE-2026-1111", "CVE-2026-2222",
                                               NULL};
static const char *const sample_brings[] = {"libc6-dev-new", NULL};
static const char *const sample_entrypoint[] = {"nginx", NULL}, *const sample_cmd[] = {"-g", "daemon off;", NULL};
static const char *const sample_reasons[] = {"patch: 1 of 3 security updates reaches nginx", NULL};
static const char *const sample_via[] = {"usr/sbin/nginx", "usr/lib/x86_64-linux-gnu/libssl.so.3", NULL};

static CrArchive sample_archives[] = {
    {.name = "bookworm",
     .origin = "Debian",
     .configured = TRUE,
     .distribution = TRUE,
     .is_signed = TRUE,
     .date = "2026-09-05T09:00:00Z"},
    {.name = "bookworm-security",
     .origin = "Debian",
     .distribution = TRUE,
     .security = TRUE,
     .is_signed = TRUE,
     .date = "2026-11-24T20:00:00Z"},
};
static const CrArchive *const sample_archive_list[] = {&sample_archives[0], &sample_archives[1], NULL};

#define SAMPLE_LTS                                                                                                     \
  {                                                                                                                    \
    CR_STEWARD_DISTRIBUTION, "Debian LTS", "2028-06-30", CR_PROOF_SIGNED_LIST, "same control fields in bookworm"       \
  }

static CrPackage sample_packages[] = {
    {.type = "deb",
     .name = "bash",
     .version = "5.2.15-2",
     .arch = "amd64",
     .source_name = "bash",
     .source_version = "5.2.15-2",
     .purl = "pkg:deb/debian/bash@5.2.15-2?arch=amd64&distro=debian-12",
     .layer = 0,
     .status = "installed",
     .steward = SAMPLE_LTS,
     .support = CR_PACKAGE_SUPPORT_FULL,
     .reach = {CR_REACH_UNREACHED, cr_strv_empty}},
    {.type = "deb",
     .name = "libc6",
     .version = "2.36-9",
     .arch = "amd64",
     .source_name = "glibc",
     .source_version = "2.36-9",
     .purl = "pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=debian-12",
     .layer = 0,
     .status = "installed",
     .steward = SAMPLE_LTS,
     .support = CR_PACKAGE_SUPPORT_LIMITED,
     .support_note = "only for trusted input",
     .reach = {CR_REACH_LOADED, cr_strv_empty}},
    {.type = "deb",
     .name = "libssl3",
     .version = "3.0.20-1~deb12u1",
     .arch = "amd64",
     .source_name = "openssl",
     .source_version = "3.0.20-1~deb12u1",
     .purl = "pkg:deb/debian/libssl3@3.0.20-1~deb12u1?arch=amd64&distro=debian-12",
     .layer = 0,
     .status = "installed",
     .steward = SAMPLE_LTS,
     .support = CR_PACKAGE_SUPPORT_FULL,
     .reach = {CR_REACH_LOADED, sample_via}},
    {.type = "deb",
     .name = "local\033[31mtool",
     .version = "1",
     .arch = "all",
     .source_name = "local\033[31mtool",
     .source_version = "1",
     .purl = "pkg:deb/debian/local%1B%5B31mtool@1",
     .layer = 1,
     .status = "installed",
     .steward = {CR_STEWARD_NOBODY, NULL, NULL, CR_PROOF_UNKNOWN, "in no archive's lists"},
     .reach = {CR_REACH_UNREACHED, cr_strv_empty}},
    {.type = "deb",
     .name = "openssl",
     .version = "3.0.20-1~deb12u1",
     .arch = "amd64",
     .source_name = "openssl",
     .source_version = "3.0.20-1~deb12u1",
     .purl = "pkg:deb/debian/openssl@3.0.20-1~deb12u1?arch=amd64&distro=debian-12",
     .layer = 1,
     .status = "installed",
     .steward = SAMPLE_LTS,
     .support = CR_PACKAGE_SUPPORT_FULL,
     .reach = {CR_REACH_UNREACHED, cr_strv_empty}},
};

static CrUpdate sample_updates[] = {
    {.package = &sample_packages[0],
     .candidate = "5.2.15-2+b7",
     .source = "bash",
     .archive = &sample_archives[0],
     .configured = TRUE,
     .by = CR_UPDATE_BY_UPGRADE,
     .brings = cr_strv_empty,
     .removes = cr_strv_empty,
     .fixes = cr_strv_empty,
     .from = CR_FROM_BASE},
    {.package = &sample_packages[1],
     .candidate = "2.36-9+deb12u9",
     .source = "glibc",
     .archive = &sample_archives[1],
     .security = TRUE,
     .by = CR_UPDATE_BY_NOTHING,
     .kept_back = "held by the image",
     .held = TRUE,
     .brings = sample_brings,
     .removes = cr_strv_empty,
     .from = CR_FROM_BASE},
    {.package = &sample_packages[2],
     .candidate = "3.0.22-1~deb12u1",
     .source = "openssl",
     .archive = &sample_archives[1],
     .security = TRUE,
     .by = CR_UPDATE_BY_UPGRADE,
     .brings = cr_strv_empty,
     .removes = cr_strv_empty,
     .fixes = sample_fixes_one,
     .fix_since = "2026-11-01",
     .from = CR_FROM_BASE},
    {.package = &sample_packages[4],
     .candidate = "3.0.22-1~deb12u1",
     .source = "openssl",
     .archive = &sample_archives[1],
     .security = TRUE,
     .by = CR_UPDATE_BY_UPGRADE,
     .brings = cr_strv_empty,
     .removes = cr_strv_empty,
     .fixes = sample_fixes_one,
     .from = CR_FROM_OWN},
};

static const char *const sample_aliases[] = {"DSA-1-1", NULL};
/* Not in the scan unless sample_add_findings put them there. */
static CrFinding sample_findings[] = {
    {.id = "CVE-2026-1111",
     .aliases = sample_aliases,
     .package = &sample_packages[2],
     .fixed = "3.0.22-1~deb12u1",
     .status = "fixable",
     .severity = CR_SEVERITY_CRITICAL,
     .severity_source = "NVD",
     .cvss = 9.8,
     .cvss_vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
     .epss = 0.91,
     .exploited = TRUE,
     .reach = CR_REACH_LOADED,
     .source = "Debian",
     .summary = "A \"<script>alert(1)</script>\" & | `x` | in *TLS*"},
    {.id = "CVE-2025-3",
     .aliases = cr_strv_empty,
     .package = &sample_packages[3],
     .status = "unfixed",
     .vendor_status = "no-dsa",
     .severity = CR_SEVERITY_LOW,
     .severity_source = "Debian",
     .cvss = -1,
     .epss = -1,
     .reach = CR_REACH_UNREACHED,
     .source = "Debian",
     .urgency = "low",
     .summary = "=cmd()|'/C calc'!A0, \033[2J and \342\200\256 gnp.exe"},
    {.id = "GO-2023-5",
     .aliases = cr_strv_empty,
     .package = &sample_packages[4],
     .status = "unfixed",
     .severity = CR_SEVERITY_HIGH,
     .cvss = 7.5,
     .epss = -1,
     .reach = CR_REACH_UNREACHED,
     .absent = "none of its functions (x/net/html.Parse) is in usr/local/bin/gosu",
     .source = "Go"},
    {.id = "CVE-2024-4",
     .aliases = cr_strv_empty,
     .package = &sample_packages[1],
     .status = "wont_fix",
     .severity = CR_SEVERITY_MEDIUM,
     .severity_source = "Debian",
     .cvss = 5.5,
     .epss = 0.01,
     .reach = CR_REACH_LOADED,
     .source = "Debian",
     .suppressed = "not used here; ops@example.org; until 2027-01-01"},
};

static CrUnowned sample_unowned[] = {
    {.path = "usr/local/bin/gosu",
     .kind = "elf",
     .built_with = "go1.18",
     .layer = 1,
     .steward = {CR_STEWARD_BUILDER, "the image's builder (shop)", NULL, CR_PROOF_UNKNOWN, "label maintainer"},
     .reach = {CR_REACH_POSSIBLE, cr_strv_empty}},
};

static CrLayerInfo sample_layers[] = {
    {.digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111",
     .diff_id = "sha256:2222222222222222222222222222222222222222222222222222222222222222",
     .size_bytes = 1000,
     .created_by = "debian.sh"},
    {.digest = "sha256:3333333333333333333333333333333333333333333333333333333333333333",
     .diff_id = "sha256:4444444444444444444444444444444444444444444444444444444444444444",
     .size_bytes = 500,
     .created_by = "RUN apt-get install"},
};

static const CrImage sample_image = {
    .ref = "docker:shop/web:4",
    .source = "docker",
    .name = "shop/web:4",
    .id = "sha256:1f2e3d4c5b6a79880123456789abcdef0123456789abcdef0123456789abcdef",
    .platform = "linux/amd64",
    .created = "2026-03-02T10:00:00Z",
    .size_bytes = 1500,
    .entrypoint = sample_entrypoint,
    .cmd = sample_cmd,
    .env = cr_strv_empty,
    .shell = cr_strv_empty,
    .volumes = cr_strv_empty,
    .exposed_ports = cr_strv_empty,
    .onbuild = cr_strv_empty,
    .user = "",
    .workdir = "",
    .stop_signal = "",
    .health = {NULL, cr_strv_empty},
    .label_names = cr_strv_empty,
    .label_values = cr_strv_empty,
    .annotation_names = cr_strv_empty,
    .annotation_values = cr_strv_empty,
    .repo_tags = cr_strv_empty,
    .repo_digests = cr_strv_empty,
    .layer_count = 2,
    .layers = sample_layers,
    .history = cr_strv_empty,
    .has_config = TRUE,
};

static CrOs sample_os = {
    .id = "debian",
    .version = "12",
    .codename = "bookworm",
    .name = "Debian GNU/Linux 12 (bookworm)",
    .like = cr_strv_empty,
    .family = "debian",
    .support = {CR_PHASE_LTS, "2028-06-30", "Debian LTS", "distro-info-data 0.58"},
};

static CrCoverage sample_coverage = {.type = "deb", .release = "debian-12", .packages = 5, .archive = TRUE};

static inline CrScan *sample_scan_new(void)
{
  CrScan *scan = g_new0(CrScan, 1);
  scan->arena = cr_arena_new();
  scan->image = &sample_image;
  scan->os = &sample_os;
  scan->base = (CrBase){.name = "debian:12-slim",
                        .layers = 1,
                        .how = "layers",
                        .current = 0,
                        .pending = 2,
                        .pending_newest = 1,
                        .oldest_fix_days = 24};
  g_date_set_dmy(&scan->today, 25, 11, 2026);
  scan->archive_count = 2;
  scan->archives = sample_archive_list;
  scan->packages = g_ptr_array_new();
  scan->updates = g_ptr_array_new();
  scan->findings = g_ptr_array_new();
  scan->unowned = g_ptr_array_new();
  scan->coverage = g_ptr_array_new();
  for (guint i = 0; i < G_N_ELEMENTS(sample_packages); i++) {
    sample_packages[i].paths = cr_strv_empty;
    sample_packages[i].index = i;
    g_ptr_array_add(scan->packages, &sample_packages[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS(sample_updates); i++)
    g_ptr_array_add(scan->updates, &sample_updates[i]);
  g_ptr_array_add(scan->unowned, &sample_unowned[0]);
  g_ptr_array_add(scan->coverage, &sample_coverage);
  scan->problems = cr_problems_new();
  cr_problems_add(scan->problems, CR_PROBLEM_PARTIAL, "layer 2: opt/app.jar", "cut short: \033[2J not read");
  cr_problems_add(scan->problems, CR_PROBLEM_NOTE, "base", "the registry was not asked");
  cr_problems_sort(scan->problems);
  scan->summary = (CrSummary){.verdict = CR_VERDICT_PATCH,
                              .reason = "1 of 3 security updates reaches nginx",
                              .reasons = sample_reasons,
                              .packages = 5,
                              .updates = 4,
                              .security_updates = 3,
                              .reached_security_updates = 2,
                              .unwatched = 2};
  scan->command = "nginx -g 'daemon off;'";
  return scan;
}

static inline void sample_add_findings(CrScan *scan)
{
  for (guint i = 0; i < G_N_ELEMENTS(sample_findings); i++)
    g_ptr_array_add(scan->findings, &sample_findings[i]);
  scan->created = "2026-11-27T20:00:00Z";
}

static inline void sample_scan_free(CrScan *scan)
{
  g_ptr_array_unref(scan->packages);
  g_ptr_array_unref(scan->updates);
  g_ptr_array_unref(scan->findings);
  g_ptr_array_unref(scan->unowned);
  g_ptr_array_unref(scan->coverage);
  cr_problems_free(scan->problems);
  cr_arena_free(scan->arena);
  g_free(scan);
}
