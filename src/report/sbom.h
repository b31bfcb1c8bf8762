/* SPDX-License-Identifier: Apache-2.0 */
/* Bills of materials: what is in an image, not what is wrong with it. A family like the reports' formats, with a table
 * of its own in sbom.c; one image a document. The same image gives the same bytes, but for the date where
 * SOURCE_DATE_EPOCH does not fix it. */
#pragma once
#include "report/report.h"

typedef struct {
  const char *name; /* of --format */
  void (*write)(const CrScan *scan, CrReport *report);
} CrSbomFormat;

/* NAME NULL: CycloneDX. Never NULL for a name that the command allows. */
const CrSbomFormat *cr_sbom_format_get(const char *name);

/* cyclonedx: CycloneDX 1.6. spdx: SPDX 2.3. json: careen.sbom/1, which is careen.scan/1's packages with licences and
 * dependencies. */
extern const CrSbomFormat cr_sbom_cyclonedx, cr_sbom_spdx, cr_sbom_json;

/* ---- for the members ---- */

/* A reference for PACKAGE that no other component of the document has: its purl, with the index behind it where a purl
 * comes again (a module that is installed twice). References of all, by index. Free with g_ptr_array_unref. */
GPtrArray *cr_sbom_references_new(const CrScan *scan);
/* "urn:uuid:…" made of what the document lists (RFC 9562 version 8): the same content has the same name. Free with
 * g_free. */
char *cr_sbom_format_uuid(const CrScan *scan, const char *salt);
/* "layer 2 (sha256:…)" or NULL. Free with g_free. */
char *cr_sbom_format_layer(const CrScan *scan, int layer);
