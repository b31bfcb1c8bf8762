/* SPDX-License-Identifier: Apache-2.0 */
/* Bills of materials as an inventory. Private to inventory/: a format is one file, one const struct, one line in
 * sbom.c.
 *
 * What a document says is taken as it is and checked by nobody: no file stands behind it, so there is no reach, no
 * layer that brought a package, and what apt would do is only known by name and version. */
#pragma once
#include "base/json.h"
#include "inventory/private.h"

typedef struct {
  CrInventory *inventory;
  CrArena *arena; /* the inventory's */
  CrProblems *problems;
  guint skipped; /* entries that name no package of a kind that is known */
} CrSbomReading;

typedef struct {
  const char *name; /* "CycloneDX", for messages */
  gboolean (*is)(const CrJson *root);
  void (*read)(CrSbomReading *reading, const CrJson *root);
} CrSbomReader;

/* What a document may say of a package beside its purl; NULL where it does not. */
typedef struct {
  const char *purl; /* needed: type, name, version and architecture are taken from it */
  const char *name; /* the document's own spelling of the purl's: "Django" of pkg:pypi/django */
  const char *source_name, *source_version;
  const char *licence, *supplier, *status;
  CrStrv paths; /* NULL: none */
} CrSbomPackage;
/* Take over one package (copied). What has no purl, or one of a type that is no package here, is counted. */
void cr_sbom_add(CrSbomReading *reading, const CrSbomPackage *package);
/* The operating system; values may be NULL and do not replace what is known already. */
void cr_sbom_set_os(CrSbomReading *reading, const char *id, const char *version, const char *codename,
                    const char *name);

extern const CrSbomReader cr_sbom_reader_cyclonedx, cr_sbom_reader_spdx, cr_sbom_reader_careen;
