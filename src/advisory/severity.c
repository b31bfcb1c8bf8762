/* SPDX-License-Identifier: Apache-2.0 */
/* How bad: one order of trust, in doc/advisories.md. The steward's own word for its own package; the CVSS vector of an
 * advisory (the highest version of CVSS; a later one says more); the vector of CISA or of the CVE's own authority. */
#include "advisory/matching.h"

#include "model/cvss.h"

#include <string.h>

typedef struct {
  const char *vector, *by;
  double score;
  const char *version;
} Vector;

static void take_vector(Vector *best, const char *vector, const char *by)
{
  const char *version = vector ? cr_cvss_get_version(vector) : NULL;
  if (!version || (best->version && strcmp(version, best->version) <= 0))
    return;
  double score = cr_cvss_score(vector);
  if (score >= 0)
    *best = (Vector){vector, by, score, version};
}

/* AlmaLinux and Rocky name it before their title: "Important: firefox security update". */
static CrSeverity parse_title(CrMatching *matching, const CrAdvisory *advisory)
{
  if (!cr_name_is_erratum(advisory->id))
    return CR_SEVERITY_UNKNOWN;
  const char *title = cr_matching_get_summary(matching, advisory);
  const char *colon = title ? strchr(title, ':') : NULL;
  if (!colon || colon - title > 16)
    return CR_SEVERITY_UNKNOWN;
  g_autofree char *word = g_strndup(title, (gsize)(colon - title));
  return cr_severity_parse(word);
}

static CrSeverity get_word(CrMatching *matching, const CrHit *hit)
{
  static const char *const harmless[] = {"unimportant", "unmaintained", "notice", NULL}; /* Debian; RustSec */
  if (hit->vendor_status && g_strv_contains(harmless, hit->vendor_status))
    return CR_SEVERITY_NEGLIGIBLE;
  const CrAdvisory *advisory = hit->advisory;
  CrSeverity word = advisory->urgency ? cr_severity_parse(advisory->urgency) : CR_SEVERITY_UNKNOWN;
  return word ? word : parse_title(matching, advisory);
}

/* Debian and Ubuntu give words, no scores: the vectors in their records at OSV are copied from the CVE's. */
static const char *describe(CrArena *arena, const Vector *vector)
{
  if (!strcmp(vector->by, "Debian") || !strcmp(vector->by, "Ubuntu"))
    return cr_arena_printf(arena, "CVSS %s in OSV's %s record", vector->version, vector->by);
  return cr_arena_printf(arena, "CVSS %s by %s", vector->version, vector->by);
}

void cr_severity_judge(CrMatching *matching, const CrHitGroup *group, gboolean raise, CrFinding *finding)
{
  Vector best = {0};
  const char *word_source = NULL;
  CrSeverity word = CR_SEVERITY_UNKNOWN;
  for (guint i = 0; i < group->hits->len; i++) {
    const CrHit *hit = group->hits->pdata[i];
    CrSeverity said = get_word(matching, hit);
    if (said == CR_SEVERITY_NEGLIGIBLE)
      raise = FALSE; /* that it is no hole was said for good */
    if (!word && said) {
      word = said;
      word_source = hit->advisory->source;
    }
    for (guint k = 0; hit->advisory->cvss && hit->advisory->cvss[k]; k++)
      take_vector(&best, hit->advisory->cvss[k], hit->advisory->source);
  }
  const CrFlawNote *note = cr_name_is_cve(group->id) ? cr_matching_get_flaw(matching, group->id) : NULL;
  if (note && note->known && !best.vector)
    take_vector(&best, note->flaw.cvss, note->flaw.cvss_source ? note->flaw.cvss_source : "the CVE record");
  finding->cvss = best.vector ? best.score : -1;
  finding->cvss_vector = best.vector;
  finding->epss = note && note->known ? note->flaw.epss : -1;
  finding->exploited = note && note->known && note->flaw.exploited;
  CrSeverity scored = best.vector ? cr_cvss_get_severity(best.score, best.version) : CR_SEVERITY_UNKNOWN;
  if (word && !(raise && scored > word)) {
    finding->severity = word;
    finding->severity_source = word_source;
  } else {
    finding->severity = scored;
    finding->severity_source = best.vector ? describe(matching->arena, &best) : NULL;
  }
}
