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
 * opkg is deb's order: its code is dpkg's.
 *
 *   pypi      PEP 440; oracle: packaging
 *   semver    npm, cargo, hex: Semantic Versioning 2.0.0 §11, read as node-semver's `loose`; oracle: node-semver
 *   go        golang.org/x/mod/semver, and Go's own releases ("go1.21rc2"); oracle: that module
 *   maven     maven-artifact 3.9's ComparableVersion; oracle: that class
 *   gem       Gem::Version; oracle: RubyGems
 *   composer  composer/semver's normal form under PHP's version_compare(); oracle: both
 *   nuget     NuGet.Versioning: SemVer with a fourth number, pre-releases without regard to case
 *
 * Any other purl type (alpm, generic) is GENERIC. Maven's order is not transitive for odd versions (".0RC" < "" <
 * "x..0" < ".0RC"), by Maven's own word: who sorts by it needs a sort that bears that. */
#pragma once
#include <glib.h>

typedef enum {
  CR_SCHEME_DEB,
  CR_SCHEME_RPM,
  CR_SCHEME_APK,
  CR_SCHEME_PYPI,
  CR_SCHEME_SEMVER,
  CR_SCHEME_GO,
  CR_SCHEME_MAVEN,
  CR_SCHEME_GEM,
  CR_SCHEME_COMPOSER,
  CR_SCHEME_NUGET,
  CR_SCHEME_GENERIC
} CrVersionScheme;

/* <0, 0, >0 as strcmp. */
int cr_version_compare(CrVersionScheme scheme, const char *a, const char *b);
int cr_version_compare_deb(const char *a, const char *b);
int cr_version_compare_rpm(const char *a, const char *b); /* [epoch:]version[-release]; a missing epoch is 0 */
int cr_version_compare_apk(const char *a, const char *b);
int cr_version_compare_generic(const char *a, const char *b);
int cr_version_compare_pypi(const char *a, const char *b);
int cr_version_compare_semver(const char *a, const char *b);
int cr_version_compare_go(const char *a, const char *b);
int cr_version_compare_maven(const char *a, const char *b);
int cr_version_compare_gem(const char *a, const char *b);
int cr_version_compare_composer(const char *a, const char *b);
int cr_version_compare_nuget(const char *a, const char *b);
/* By purl type: "deb", "rpm", "pypi", "npm", …; GENERIC for those that have no order of their own here. */
CrVersionScheme cr_version_scheme_for(const char *purl_type);
