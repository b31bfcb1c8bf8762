/* SPDX-License-Identifier: Apache-2.0 */
/* Inside advisory/: what match.c, the vendors' matchers and the parts that make findings of their hits share. */
#pragma once
#include "advisory/match.h"
#include "advisory/range.h"

/* What is known of a flaw by its CVE, asked once in a scan. */
typedef struct {
  CrFlaw flaw;
  gboolean known;
  CrStrv aliases;
} CrFlawNote;

typedef struct {
  const CrMatchInput *input;
  CrAdvisories *advisories;
  CrArena *arena;
  const CrOs *os;
  CrProblems *problems;
  GHashTable *updates;   /* const CrPackage* → const CrUpdate* */
  gboolean answering;    /* a verified archive of the distribution says what can be installed */
  GHashTable *questions; /* "ECOSYSTEM\nPACKAGE" → GPtrArray* of CrAdvisory*: one source has many packages */
  GHashTable *flaws;     /* CVE → CrFlawNote* */
  GHashTable *summaries; /* CrAdvisory.text → const char*, "" none */
  GHashTable *seen;      /* ecosystems of the image, for the next update of the database */
  guint foreign;         /* packages of another archive than the matcher's, not checked */
  guint esm_only;        /* findings that only Ubuntu Pro's archive fixes */
} CrMatching;

/* One flaw that one advisory says one package has. A finding is made of all hits with a common name. */
typedef struct {
  const CrAdvisory *advisory;
  const char *name;   /* the flaw, where the advisory is an erratum for several; NULL: the advisory's own names */
  const char *fixed;  /* by the steward's word; or NULL */
  const char *status; /* CrFinding's, or NULL: by `fixed` and what the archives have */
  const char *vendor_status; /* or NULL */
  const char *absent;        /* CrFinding's */
  gboolean looked;           /* `absent` says whether its code is there: it was looked for */
  gboolean mute;             /* gives names, scores and words to a finding, and is none by itself */
} CrHit;

/* Where a fix comes from, and so who proves that it is there. */
typedef enum {
  CR_OFFER_ARCHIVE,  /* a package archive that careen reads: a fix is one when a verified list has it */
  CR_OFFER_ADVISORY, /* an archive too; where no verified one answered, by the advisory's word, and that is said */
  CR_OFFER_REGISTRY, /* a language's registry: published with the advisory */
} CrOffer;

/* One vendor or group of languages. */
typedef struct {
  const char *name;
  CrOffer offer;
  /* Does PACKAGE belong here? By purl type and operating system alone. */
  gboolean (*takes)(const CrMatching *matching, const CrPackage *package);
  /* The ecosystems in which PACKAGE is looked up, the steward's own first, NULL-terminated in the arena; none: it is
   * not this vendor's, and counted as that. */
  CrStrv (*list_ecosystems)(CrMatching *matching, const CrPackage *package);
  /* Add to HITS (CrHit) what any of ECOSYSTEMS says. */
  void (*judge)(CrMatching *matching, const CrPackage *package, CrStrv ecosystems, GArray *hits);
} CrMatcher;

extern const CrMatcher cr_matcher_debian, cr_matcher_ubuntu, cr_matcher_alpine, cr_matcher_alma, cr_matcher_rocky,
    cr_matcher_redhat, cr_matcher_osv;

/* ---- match.c ---- */

/* MATCHING with its input, arena and problems given; what it holds is freed by cr_matching_end. */
void cr_matching_begin(CrMatching *matching, const CrOs *os);
void cr_matching_end(CrMatching *matching);
/* Add the findings of one package. The feed that covers it, or NULL: not checked. */
const CrFeedState *cr_matching_match(CrMatching *matching, const CrPackage *package, GPtrArray *findings);

const CrMatcher *cr_matching_find_matcher(const CrMatching *matching, const CrPackage *package); /* or NULL */
/* The advisories of PACKAGE in ECOSYSTEM, asked once. */
const GPtrArray *cr_matching_find(CrMatching *matching, const char *ecosystem, const char *package);
/* One line on ADVISORY's flaw, asked once; or NULL. */
const char *cr_matching_get_summary(CrMatching *matching, const CrAdvisory *advisory);
const CrFlawNote *cr_matching_get_flaw(CrMatching *matching, const char *cve);
const CrUpdate *cr_matching_find_update(const CrMatching *matching, const CrPackage *package);
/* The version of the source package that the archives offer for PACKAGE, or NULL: nothing newer than installed. */
const char *cr_matching_get_offer(const CrMatching *matching, const CrPackage *package);
void cr_matching_add_hit(GArray *hits, const CrAdvisory *advisory, const char *name, const CrRangeAnswer *answer);

/* ---- language.c ---- */

/* OSV's ecosystem of a purl type, "PyPI" of "pypi"; NULL: no language's. */
const char *cr_language_find_ecosystem(const char *type);

/* ---- names.c: the names of flaws ---- */

gboolean cr_name_is_cve(const char *name);
/* "DEBIAN-CVE-2024-1" is CVE-2024-1 under its publisher's prefix and no other name. In NAME itself. */
const char *cr_name_strip(const char *name);
/* An erratum: one record for what may be several flaws (DSA, DLA, USN, RHSA, ALSA, RLSA, …). */
gboolean cr_name_is_erratum(const char *name);
/* CVEs by year and number, then the rest by their bytes. */
int cr_name_compare(const char *a, const char *b);
/* Groups of HITS with a common name: CrHitGroup*, in ARENA, sorted by id. */
typedef struct {
  const char *id;
  CrStrv aliases;  /* sorted, without id */
  GPtrArray *hits; /* const CrHit*; the steward's own first */
} CrHitGroup;
GPtrArray *cr_names_group(const GArray *hits, CrArena *arena);

/* ---- severity.c ---- */

/* Fill severity, its source, cvss, epss and exploited of FINDING from the advisories of GROUP and what is known of the
 * flaw. RAISE: the steward no longer judges (support ended); the worst word counts. */
void cr_severity_judge(CrMatching *matching, const CrHitGroup *group, gboolean raise, CrFinding *finding);

/* ---- witness.c ---- */

/* Where advisories and archives disagree, as notes. */
void cr_witness_compare(CrMatching *matching, const GPtrArray *findings);
