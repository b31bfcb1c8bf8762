/* SPDX-License-Identifier: Apache-2.0 */
/* Package URLs (purl-spec, ECMA-427): canonical form, percent-encoding, qualifiers sorted by name. */
#pragma once
#include "base/arena.h"

typedef struct {
  const char *type, *namespace, *name, *version; /* namespace and version may be NULL; decoded */
  const char *subpath;                           /* or NULL; decoded */
  const char *const *qualifiers;                 /* name, value, name, value, …, NULL; sorted, decoded */
} CrPurl;
/* Take TEXT apart (purl-spec, "How to parse"). FALSE: it is no package URL. In ARENA. */
gboolean cr_purl_parse(const char *text, CrArena *arena, CrPurl *purl);
/* Value of a qualifier or NULL. */
const char *cr_purl_find_qualifier(const CrPurl *purl, const char *name);

/* NAMESPACE, VERSION may be NULL; QUALIFIERS is name, value, name, value, …, NULL (pairs with a NULL value are left
 * out): cr_purl_format(a, "deb", "debian", "libssl3", "3.0.20-1~deb12u1", "arch", "amd64", "distro", "debian-12", NULL)
 */
const char *cr_purl_format(CrArena *arena, const char *type, const char *namespace, const char *name,
                           const char *version, ...) G_GNUC_NULL_TERMINATED;
