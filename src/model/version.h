/* SPDX-License-Identifier: Apache-2.0 */
/* Version orders, exactly as the package managers have them. All are total orders over arbitrary bytes
 * (NUL-terminated); malformed versions compare somehow but always the same way.
 *
 *   deb  Debian Policy §5.6.12; oracle: dpkg --compare-versions
 *   rpm  rpmvercmp with epochs, ~ and ^ (rpm's lib/rpmvercmp); oracle: librpm's rpmVersionCompare
 *   apk  apk-tools 2.14 version.c (suffixes _alpha _beta _pre _rc, _cvs _svn _git _hg _p, -rN); oracle: its test list
 */
#pragma once
#include <glib.h>

typedef enum { CR_SCHEME_DEB, CR_SCHEME_RPM, CR_SCHEME_APK, CR_SCHEME_GENERIC } CrVersionScheme;

/* <0, 0, >0 as strcmp. GENERIC (opkg, pacman) is rpm's order with pkgver's epoch, which vercmp(8) of pacman shares. */
int cr_version_compare(CrVersionScheme scheme, const char *a, const char *b);
int cr_version_compare_deb(const char *a, const char *b);
int cr_version_compare_rpm(const char *a, const char *b); /* [epoch:]version[-release]; a missing epoch is 0 */
int cr_version_compare_apk(const char *a, const char *b);
/* By purl type: "deb", "rpm", "apk", else GENERIC. */
CrVersionScheme cr_version_scheme_for(const char *purl_type);
