/* SPDX-License-Identifier: Apache-2.0 */
/* Findings for the sample's packages in the order of a scan: every status, exploited or not, one flaw in two packages.
 */
#pragma once
#include "sample.h"

#define SAMPLE_RANKED(name, of, score, chance, ...)                                                                    \
  {                                                                                                                    \
    .id = name, .aliases = cr_strv_empty, .package = &sample_packages[of], .source = "Debian", .cvss = score,          \
    .epss = chance, __VA_ARGS__                                                                                        \
  }
/* Sorted as a scan sorts them. */
static CrFinding sample_ranked[] = {
    SAMPLE_RANKED("CVE-2026-1111", 2, 9.8, 0.91, .fixed = "3.0.22-1~deb12u1", .status = "fixable",
                  .severity = CR_SEVERITY_CRITICAL, .severity_source = "CVSS 3.1 in OSV's Debian record",
                  .cvss_vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", .exploited = TRUE,
                  .reach = CR_REACH_LOADED, .summary = "remote code execution in TLS"),
    SAMPLE_RANKED("CVE-2026-1111", 4, -1, 0.91, .fixed = "3.0.22-1~deb12u1", .status = "fixable",
                  .severity = CR_SEVERITY_CRITICAL, .exploited = TRUE, .reach = CR_REACH_UNREACHED),
    SAMPLE_RANKED("CVE-2026-2222", 2, -1, 0.2, .fixed = "3.0.22-1~deb12u1", .status = "fixable",
                  .severity = CR_SEVERITY_HIGH, .reach = CR_REACH_LOADED),
    SAMPLE_RANKED("CVE-2026-4444", 1, -1, -1, .status = "deferred", .vendor_status = "no-dsa",
                  .severity = CR_SEVERITY_MEDIUM, .reach = CR_REACH_LOADED),
    SAMPLE_RANKED("CVE-2026-5555", 1, -1, -1, .fixed = "2.36-9+deb12u99", .status = "pending_archive",
                  .severity = CR_SEVERITY_LOW, .reach = CR_REACH_LOADED),
    SAMPLE_RANKED("CVE-2026-6666", 0, -1, -1, .status = "unfixed", .vendor_status = "unimportant",
                  .severity = CR_SEVERITY_NEGLIGIBLE, .reach = CR_REACH_UNREACHED),
};

static inline void sample_scan_add_findings(CrScan *scan)
{
  for (guint i = 0; i < G_N_ELEMENTS(sample_ranked); i++) {
    g_ptr_array_add(scan->findings, &sample_ranked[i]);
    scan->summary.findings[sample_ranked[i].severity]++;
    scan->summary.exploited += sample_ranked[i].exploited;
  }
  scan->data_advisories = "2026-11-24T06:00:00Z";
  scan->created = "2026-11-25T12:00:00Z";
}
