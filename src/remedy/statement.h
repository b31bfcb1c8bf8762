/* SPDX-License-Identifier: Apache-2.0 */
/* in-toto Statements v1 (in-toto/attestation spec/v1/statement.md): what is said (the predicate) of what (the
 * subjects, by digest). */
#pragma once
#include "base/json.h"

#define CR_PREDICATE_SLSA      "https://slsa.dev/provenance/v1"
#define CR_PREDICATE_CYCLONEDX "https://cyclonedx.org/bom"
#define CR_PREDICATE_SPDX      "https://spdx.dev/Document"
#define CR_PREDICATE_OPENVEX   "https://openvex.dev/ns" /* without a version: so vexctl and trivy look for it */
#define CR_PREDICATE_REMEDY    "urn:careen:remedy:1"

typedef struct {
  const char *name;
  const char *digest; /* "sha256:…" */
} CrSubject;

/* A statement about SUBJECTS (COUNT) whose predicate is the JSON document PREDICATE. CR_ERROR_INPUT: it is none. */
GBytes *cr_statement_format(const CrSubject *subjects, guint count, const char *predicate_type, GBytes *predicate,
                            GError **error);

typedef struct {
  CrJsonDoc *doc;
  const char *predicate_type;
  const CrJson *subjects, *predicate;
} CrStatement;
/* Fill STATEMENT from BYTES. CR_ERROR_INPUT: no statement. */
gboolean cr_statement_parse(GBytes *bytes, const char *what, CrStatement *statement, GError **error);
void cr_statement_clear(CrStatement *statement);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(CrStatement, cr_statement_clear)
/* Is one of its subjects the thing with DIGEST ("sha256:…", may be NULL: no)? */
gboolean cr_statement_is_about(const CrStatement *statement, const char *digest);
