/* SPDX-License-Identifier: Apache-2.0 */
/* CVSS vectors to scores, by FIRST's own formulas: 2.0 (guide §3.2), 3.0 and 3.1 (specification §7 and its Roundup),
 * 4.0 (specification §8: MacroVectors and severity distances). Temporal, threat and environmental metrics count where
 * the vector has them. */
#pragma once
#include "model/package.h"

/* VECTOR: "CVSS:3.1/AV:N/…", "CVSS:4.0/…", or a bare CVSS 2 vector with or without parentheses. -1: not a valid vector.
 * 0.0 to 10.0, one decimal. */
double cr_cvss_score(const char *vector);
/* "2.0", "3.0", "3.1", "4.0"; NULL: not a vector. */
const char *cr_cvss_get_version(const char *vector);
/* The word for a score: 3.x and 4.0 rating scale (§5): 0 negligible, <4 low, <7 medium, <9 high, else critical. 2.0 has
 * no critical by NVD's scale (low <4, medium <7, high). <0: unknown. */
CrSeverity cr_cvss_get_severity(double score, const char *version);
/* "CRITICAL", "moderate", "important", "Negligible", … to ours; the words of GitHub, Red Hat, Ubuntu, Debian. */
CrSeverity cr_severity_parse(const char *word);
