/* SPDX-License-Identifier: Apache-2.0 */
#include "match-case.h"

static const MatchRow rows[] = {
    /* an erratum's flaws are findings, its name theirs; Alma by binary package */
    {"rocky", "8.9", "rpm", "libssh-config", "0.9.6-2.el8", "libssh", "0.9.6-2.el8",
     .findings = "CVE-2021-3634 fixable 0:0.9.6-3.el8 low RLSA-2022:2031\n"},
    {"rocky", "8.9", "rpm", "libssh", "0.9.6-3.el8", .findings = ""},
    {"rhel", "8.6", "rpm", "expat", "2.2.5-8.el8_6.2",
     .findings = "CVE-2022-40674 fixable 0:2.2.5-8.el8_6.3 high RHSA-2022:6878\n"},
    {"rhel", "8.6", "rpm", "expat", "2.2.5-8.el8_6.3", .findings = ""},
    /* epochs */
    {"rhel", "8.6", "rpm", "expat", "1:2.2.4-1.el8", .findings = ""},
    /* the same package in two repositories is one finding */
    {"rhel", "8.6", "rpm", "python3-pillow", "5.1.1-16.el8",
     .findings = "CVE-2024-28219 fixable 0:5.1.1-21.el8_10 medium RHSA-2024:4227\n"},
    /* a module's stream is another line: nodejs:18 is not fixed by nodejs:20, nor is the plain package */
    {"almalinux", "9.5", "rpm", "npm", "1:10.8.2-1.20.19.0.1.module_el9.5.0+1+1",
     .module = "nodejs:20:9050020250101:rhel9",
     .findings =
         "CVE-2025-55130 fixable 1:10.8.2-1.20.20.0.1.module_el9.7.0+207+84573810 high ALSA-2026:2783\n"
         "CVE-2025-55131 fixable 1:10.8.2-1.20.20.0.1.module_el9.7.0+207+84573810 high ALSA-2026:2783\nCVE-2025-55132 "
         "fixable 1:10.8.2-1.20.20.0.1.module_el9.7.0+207+84573810 high ALSA-2026:2783\n"
         "CVE-2025-59465 fixable 1:10.8.2-1.20.20.0.1.module_el9.7.0+207+84573810 high ALSA-2026:2783\nCVE-2025-59466 "
         "fixable 1:10.8.2-1.20.20.0.1.module_el9.7.0+207+84573810 high ALSA-2026:2783\n"
         "CVE-2026-21637 fixable 1:10.8.2-1.20.20.0.1.module_el9.7.0+207+84573810 high ALSA-2026:2783\n"},
    {"almalinux", "9.5", "rpm", "nodejs", "1:18.20.4-1.module_el9.4.0+1+1", .module = "nodejs:18:9040020240807:rhel9",
     .findings = ""},
    {"almalinux", "9.5", "rpm", "nodejs", "1:18.20.4-1.module_el9.4.0+1+1", .findings = ""},
    {"almalinux", "9.5", "rpm", "nodejs", "1:16.20.2-8.el9_4", .findings = ""},
    {"rocky", "8.9", "rpm", "rubygem-json", "2.1.0-110.module+el8.9.0+1+1", "ruby", "2.5.9-110.module+el8.9.0+1+1",
     .module = "ruby:2.5:8090020230101:rhel8",
     .findings = "CVE-2024-49761 fixable 0:2.5.9-113.module+el8.10.0+1901+b9cac91a high RLSA-2024:10850\n"},
    {"rocky", "8.9", "rpm", "ruby", "2.5.9-110.module+el8.9.0+1+1", .module = "ruby:2.6:8090020230101:rhel8",
     .findings = ""},
    /* builds with marks are lines of their own */
    {"rhel", "8.6", "rpm", "expat", "2.2.5-4.ksplice1.el8", .findings = ""},
    {"rhel", "8.6", "rpm", "expat", "2.2.5-4.el8_fips", .findings = ""},
    /* bug fixes are no flaws */
    {"almalinux", "8.5", "rpm", "oci-umount", "2:2.3.4-1.git87f9237.module_el8.3.0+1+1",
     .module = "container-tools:rhel8:1:1", .findings = ""},
    {"almalinux", "7.9", "rpm", "expat", "2.2.5-4.el7", .findings = NULL},
    {"centos", "8", "rpm", "expat", "2.2.5-4.el8", .findings = NULL},
    {"rhel", "8.6", "rpm", "expat", "2.2.5-4.el8",
     .steward = {CR_STEWARD_ARCHIVE, "Fedora EPEL", NULL, CR_PROOF_LIKELY, NULL}},
};

int main(int argc, char **argv)
{
  return match_main(argc, argv, "/match-rpm/rows", rows, G_N_ELEMENTS(rows), FALSE);
}
