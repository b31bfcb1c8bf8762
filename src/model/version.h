/* SPDX-License-Identifier: Apache-2.0 */
/* Version orders, exactly as the package managers have them: a family, one order a file (version-deb.c, …), one table
 * in version.c. Arbitrary bytes (NUL-terminated) are taken; malformed versions compare somehow, but always the same way
 * and a against b always opposite to b against a.
 *
 *   deb      Debian Policy §5.6.12; oracle: dpkg --compare-versions
 *   rpm      rpm-version(7) with epochs, ~ and ^; oracle: rpm.vercmp
 *   apk      apk-tools 2.14 (suffixes _alpha _beta _pre _rc, _cvs _svn _git _hg _p, -rN); oracle: `apk version -t` of
 *            Alpine 3.20, apk-tools' own test list
 *   generic  pacman's vercmp(8), which is rpm's order of old: no ~ and ^, trailing letters are older, a missing pkgrel
 *            equals every other
 * opkg is deb's order: its code is dpkg's. */
#pragma once
#include <glib.h>

typedef enum { CR_SCHEME_DEB, CR_SCHEME_RPM, CR_SCHEME_APK, CR_SCHEME_GENERIC } CrVersionScheme;

/* <0, 0, >0 as strcmp. */
int cr_version_compare(CrVersionScheme scheme, const char *a, const char *b);
int cr_version_compare_deb(const char *a, const char *b);
int cr_version_compare_rpm(const char *a, const char *b); /* [epoch:]version[-release]; a missing epoch is 0 */
int cr_version_compare_apk(const char *a, const char *b);
int cr_version_compare_generic(const char *a, const char *b);
/* By purl type: "deb", "opkg", "rpm", "apk", else GENERIC. */
CrVersionScheme cr_version_scheme_for(const char *purl_type);
