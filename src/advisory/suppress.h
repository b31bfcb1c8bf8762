/* SPDX-License-Identifier: Apache-2.0 */
/* What people have decided about findings: ignore rules of their own, and VEX documents of those who know better. A
 * finding that one of them hides stays in the report as `suppressed`, with the reason, the owner and the expiry; it
 * counts in no gate.
 *
 * Ignore rules are YAML, and strict: each has a reason, an owner and an expiry. An expired rule hides nothing and is
 * said; a rule that met nothing is listed.
 *
 *   ignore:
 *     - id: CVE-2024-1234        # any name of the flaw, or a glob; at least one of id, package, path
 *       package: openssl         # binary or source package, or a package URL; globs too
 *       path: opt/app.jar      # the file that records the package, or that it is
 *       reason: the vulnerable parser is not compiled in
 *       owner: ops@example.org
 *       expires: 2027-01-31      # the last day it holds
 *
 * VEX documents are a family: one const struct per format, one file each, one table in suppress.c. Statements say
 * `not_affected` or `fixed`, which hide, or `affected` or `under_investigation`, which do not; of several about the
 * same thing the newest holds. */
#pragma once
#include "base/json.h"
#include "base/yaml.h"
#include "model/image.h"
#include "model/package.h"
#include "model/problem.h"
#include "model/purl.h"

typedef struct CrSuppressions CrSuppressions;

CrSuppressions *cr_suppressions_new(void);
void cr_suppressions_free(CrSuppressions *suppressions);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(CrSuppressions, cr_suppressions_free)

/* Read PATH, a file of ignore rules; ALONE: and of nothing else (careen.yaml has other keys). CR_ERROR_USAGE with line
 * and column. */
gboolean cr_suppressions_add_rules(CrSuppressions *suppressions, const char *path, gboolean alone, GError **error);
/* Are the rules of DOC, which may have other keys, as they should be? */
gboolean cr_suppressions_check_rules(const CrYamlDoc *doc, GError **error);
/* Read PATH, a VEX document: OpenVEX, CSAF VEX or CycloneDX, told by its content. CR_ERROR_USAGE, CR_ERROR_INPUT. */
gboolean cr_suppressions_add_vex(CrSuppressions *suppressions, const char *path, GError **error);
gboolean cr_suppressions_is_empty(const CrSuppressions *suppressions);

/* Set `suppressed` of those FINDINGS (CrFinding*) of IMAGE that something hides, in ARENA; notes about rules that
 * expired before TODAY or met nothing go to PROBLEMS. */
void cr_suppressions_apply(CrSuppressions *suppressions, const CrImage *image, GPtrArray *findings, const GDate *today,
                           CrArena *arena, CrProblems *problems);

/* ---- for the members of the family ---- */

typedef enum { CR_VEX_UNDER_INVESTIGATION, CR_VEX_AFFECTED, CR_VEX_NOT_AFFECTED, CR_VEX_FIXED } CrVexStatus;

/* One statement about one flaw in one product. Strings live as long as the suppressions. */
typedef struct {
  CrStrv names; /* of the flaw: CVE, GHSA, … */
  CrVexStatus status;
  const char *component; /* package URL of what is not affected; NULL: all of PRODUCT */
  const char *product; /* "pkg:oci/…", a digest "sha256:…", or an image's name: only images that it names; NULL: any */
  const char *author; /* "Debian Security Team" */
  const char *why;    /* justification or impact, or NULL */
  const char *time;   /* ISO 8601, for which is newer; NULL: oldest */
} CrVexStatement;
void cr_suppressions_add_statement(CrSuppressions *suppressions, const CrVexStatement *statement);
CrArena *cr_suppressions_get_arena(CrSuppressions *suppressions);
/* "not_affected", "known_not_affected", "resolved", … in the words of all three formats. FALSE: no status. */
gboolean cr_vex_parse_status(const char *word, CrVexStatus *status);

typedef struct {
  const char *name; /* "OpenVEX" */
  gboolean (*is)(const CrJson *root);
  /* Add what ROOT says. CR_ERROR_INPUT when it is not as its format has it. */
  gboolean (*read)(const CrJson *root, CrSuppressions *suppressions, GError **error);
} CrVexFormat;

extern const CrVexFormat cr_vex_openvex, cr_vex_csaf, cr_vex_cyclonedx;
