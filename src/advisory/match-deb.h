/* SPDX-License-Identifier: Apache-2.0 */
/* Inside advisory/: what Debian's and Ubuntu's matchers share. */
#pragma once
#include "advisory/matching.h"

/* Is the distribution itself the steward, on evidence, so that its versions may be compared? Where no list could be
 * asked for evidence, its database's word is taken. */
gboolean cr_match_deb_is_own(const CrMatching *matching, const CrPackage *package);
