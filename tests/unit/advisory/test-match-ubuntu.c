/* SPDX-License-Identifier: Apache-2.0 */
#include "match-case.h"

static const MatchRow rows[] = {
    /* released */
    {"ubuntu", "22.04", "deb", "libc6", "2.35-0ubuntu3.1", "glibc", .offer = "2.35-0ubuntu3.8",
     .findings = "CVE-2024-2961 fixable 2.35-0ubuntu3.7 medium\n"},
    {"ubuntu", "22.04", "deb", "libc6", "2.35-0ubuntu3.7", "glibc", .findings = ""},
    {"ubuntu", "22.04", "deb", "duplicity", "0.8.21-1", .findings = "CVE-2014-3495 deferred - low [deferred]\n"},
    /* only Pro fixes it: no fix for who has not Pro's archive */
    {"ubuntu", "22.04", "deb", "docker-registry", "2.8.0+ds1-4",
     .findings = "CVE-2023-2253 wont_fix - medium [ignored; fixed by 2.8.0+ds1-4ubuntu0.1~esm2 in Ubuntu Pro (ESM)]\n"},
    {"ubuntu", "22.04", "deb", "docker-registry", "2.8.0+ds1-4", .offer = "2.8.0+ds1-4ubuntu0.1~esm2",
     .findings = "CVE-2023-2253 fixable 2.8.0+ds1-4ubuntu0.1~esm2 medium [ignored]\n"},
    {"ubuntu", "22.04", "deb", "docker-registry", "2.8.0+ds1-4ubuntu0.1~esm2", .findings = ""},
    {"ubuntu", "20.04", "deb", "ansible", "2.9.6+dfsg-1",
     .findings = "CVE-2020-10744 wont_fix - low [fixed by 2.9.6+dfsg-1ubuntu0.1~esm1 in Ubuntu Pro (ESM)]\n"},
    /* both have a fix: everybody's counts, and Pro's version has it already */
    {"ubuntu", "20.04", "deb", "graphicsmagick", "1.4+really1.3.35-1", .offer = "1.4+really1.3.35-1ubuntu0.1",
     .findings = "CVE-2020-12672 fixable 1.4+really1.3.35-1ubuntu0.1 medium\n"},
    {"ubuntu", "20.04", "deb", "graphicsmagick", "1.4+really1.3.35-1ubuntu0.1~esm1", .findings = ""},
    /* code inside: of a fixed source, of one that waits, of one that only Pro fixes */
    {"ubuntu", "22.04", "deb", "static", "1",
     .control = "Package: static\nBuilt-Using: glibc (= 2.35-0ubuntu3.1), docker-registry (= 2.8.0+ds1-4)\n"
                "Static-Built-Using: duplicity (= 0.8.21-1)\n",
     .findings = "CVE-2014-3495 deferred - low [in duplicity inside: deferred]\n"
                 "CVE-2023-2253 wont_fix - medium [in docker-registry inside: ignored; fixed by "
                 "2.8.0+ds1-4ubuntu0.1~esm2 in Ubuntu Pro (ESM)]\n"
                 "CVE-2024-2961 pending_archive - medium [needs a rebuild by Ubuntu]\n"},
    {"ubuntu", "22.04", "deb", "static", "1",
     .control = "Package: static\nX-Cargo-Built-Using: glibc (= 2.35-0ubuntu3.1)\n",
     .findings = "CVE-2024-2961 pending_archive - medium [needs a rebuild by Ubuntu]\n"},
    {"ubuntu", "18.04", "deb", "libc6", "2.27-3", "glibc", .findings = NULL},
};

int main(int argc, char **argv)
{
  return match_main(argc, argv, "/match-ubuntu/rows", rows, G_N_ELEMENTS(rows), TRUE);
}
