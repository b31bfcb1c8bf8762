/* SPDX-License-Identifier: Apache-2.0 */
/* The nouns of a report: operating system, package, steward, reach, update, finding, and the rest of careen.scan/1.
 *
 * All are plain data. Strings live in the arena of the CrScan (or of the module's own result) that holds them and are
 * constant after building; NULL is "unknown" and becomes JSON null, an empty vector is "none". Vectors are
 * NULL-terminated and never NULL unless the comment says so. Each module fills only the fields that the comment gives
 * it. */
#pragma once
#include <glib.h>

typedef const char *const *CrStrv;
extern const char *const cr_strv_empty[1];

/* ---- operating system (filled by inventory/, support by vendor/) ---- */

typedef enum {
  CR_PHASE_UNKNOWN,
  CR_PHASE_FULL,
  CR_PHASE_LTS,
  CR_PHASE_ELTS,
  CR_PHASE_ROLLING,
  CR_PHASE_ENDED,
} CrSupportPhase;
const char *cr_support_phase_get_name(CrSupportPhase phase);

typedef struct {
  const char *id;       /* os-release ID, "debian"; NULL without os-release */
  const char *version;  /* VERSION_ID; Debian testing and sid have none */
  const char *codename; /* VERSION_CODENAME, or found by the odd-case rules (debian_version, base-files) */
  const char *name;     /* PRETTY_NAME */
  CrStrv like;          /* ID_LIKE */
  const char *variant;  /* VARIANT_ID or NULL */
  const char *family;   /* "debian", "alpine", "rpm", "openwrt", "arch", NULL: by database and ID/ID_LIKE */
  struct {
    CrSupportPhase phase;
    const char *until;    /* last day of this phase, YYYY-MM-DD, or NULL */
    const char *steward;  /* "Debian LTS" */
    const char *evidence; /* "distro-info-data 0.58+deb12u5: debian.csv" */
  } support;
} CrOs;

/* ---- stewards ---- */

typedef enum {
  CR_STEWARD_NOBODY,
  CR_STEWARD_BUILDER,
  CR_STEWARD_UPSTREAM,
  CR_STEWARD_ARCHIVE,
  CR_STEWARD_DISTRIBUTION
} CrStewardKind;
typedef enum { CR_PROOF_UNKNOWN, CR_PROOF_LIKELY, CR_PROOF_SIGNED_LIST } CrProof;
const char *cr_steward_kind_get_name(CrStewardKind kind);
const char *cr_proof_get_name(CrProof proof);

typedef struct {
  CrStewardKind kind;
  const char *name;  /* "Debian LTS", "nginx.org", NULL with nobody */
  const char *until; /* YYYY-MM-DD or NULL */
  CrProof proof;
  const char *evidence; /* one phrase: "same name, version and control fields in bookworm main" */
} CrSteward;

typedef enum {
  CR_PACKAGE_SUPPORT_UNKNOWN,
  CR_PACKAGE_SUPPORT_FULL,
  CR_PACKAGE_SUPPORT_LIMITED,
  CR_PACKAGE_SUPPORT_ENDED
} CrPackageSupport;
const char *cr_package_support_get_name(CrPackageSupport support);

/* ---- reach ---- */

typedef enum {
  CR_REACH_UNREACHED,
  CR_REACH_UNKNOWN,
  CR_REACH_POSSIBLE,
  CR_REACH_LOADED
} CrReachLevel; /* in rising order */
const char *cr_reach_level_get_name(CrReachLevel level);

typedef struct {
  CrReachLevel level;
  CrStrv
      via; /* paths from the entrypoint to the file that gives the level: {"usr/sbin/nginx", "usr/lib/…/libssl.so.3"} */
} CrReachOf;

/* ---- packages (filled by inventory/; steward, support by vendor/; reach by scan/) ---- */

/* An image may have 100,000: small members stand together, so that none is padded. */
typedef struct {
  const char *type; /* purl type: "deb", "apk", "rpm", "opkg", "alpm", … */
  const char *name;
  const char *version;        /* in full, with epoch */
  const char *arch;           /* "amd64", "all", "x86_64", "noarch" */
  const char *source_name;    /* never NULL: the package's own name where the database names none */
  const char *source_version; /* likewise */
  const char *purl;
  CrStrv paths; /* database files that record it */
  const char
      *status; /* "installed", or dpkg's word: "half-installed", "unpacked", "half-configured", "triggers-pending" … */
  const char *maintainer; /* or NULL */
  const char *origin;  /* dpkg's Origin field, rpm's Vendor; of languages the address that it was installed from where
                          that is no registry, "main" for a program's own module; or NULL */
  const char *licence; /* SPDX expression or the database's own words, or NULL */
  const char *module;  /* rpm's modularity label, "nodejs:18:…" (its advisories are per module stream), or NULL */
  int layer;           /* index of the layer that brought this version in; -1 unknown */
  gboolean held;       /* dpkg selection "hold" (apt: never upgraded) */
  gboolean automatic;  /* apt's extended_states Auto-Installed: 1 */
  gboolean embedded;   /* part of the file paths[0] (a module in a Go program, a library in a jar), which is reached
                          or not as a whole */
  gboolean essential;  /* Essential or Protected/Important: yes */
  guint index;         /* position in the inventory's array */
  CrPackageSupport support;
  const char
      *control; /* the raw database record (deb and apk stanza), for vendor/; not NUL-terminated; NULL elsewhere */
  gsize control_bytes;

  CrSteward steward;
  const char *support_note; /* debian-security-support's words, or NULL */
  const char *advisories;   /* the feed that answers for it, by advisory/; NULL: not checked */
  CrReachOf reach;
} CrPackage;

/* ---- archives and updates (filled by vendor/) ---- */

typedef struct {
  const char *name;   /* "bookworm", "bookworm-updates", "bookworm-security", "pgdg bookworm-pgdg" */
  const char *origin; /* Origin of the Release file */
  const char *label;
  const char *suite;
  const char *codename;
  const char *uri;       /* as the user knows it, before any mirror; not printed in reports of the distribution's own */
  gboolean configured;   /* in the image's own sources */
  gboolean distribution; /* one of the distribution's own archives */
  gboolean security;     /* labelled for security */
  gboolean line;         /* of the image's own release line: its main, -updates, -security, and what is sold to go on */
  gboolean is_signed;    /* verified with a key that may vouch for it */
  const char *date;      /* ISO 8601, of the release file in use; NULL: none usable */
  const char *valid_until;              /* or NULL */
  const char *fetched;                  /* when careen last asked the archive */
  const char *release, *release_sha256; /* public address and digest (64 hex) of the file whose signature was checked:
                                           InRelease, Release, APKINDEX, repomd.xml; or NULL */
  CrStrv architectures; /* of the verified release file (an archive in LTS drops some); NULL: not known */
  const char *error;    /* why it is not (fully) used, or NULL */
} CrArchive;

typedef enum { CR_UPDATE_BY_UPGRADE, CR_UPDATE_BY_DIST_UPGRADE, CR_UPDATE_BY_NOTHING } CrUpdateBy;
const char *cr_update_by_get_name(CrUpdateBy by); /* "upgrade", "dist-upgrade", "nothing" */
typedef enum { CR_FROM_UNKNOWN, CR_FROM_BASE, CR_FROM_OWN } CrFrom;
const char *cr_from_get_name(CrFrom from);

typedef struct {
  const CrPackage *package; /* the installed one */
  const char *candidate;
  const char *source;                           /* the candidate's source package */
  const char *source_version;                   /* its version, or NULL: the candidate's own */
  const char *built_using, *static_built_using; /* the candidate's fields of that name, or NULL */
  const CrArchive *archive;                     /* that offers the candidate (the security one where several do) */
  const char *component; /* …in this part of it: "main"; or NULL: archives of its kind have none */
  gboolean security;
  gboolean configured;   /* the image's own apt would see it */
  gboolean held;         /* on hold, or pinned back */
  CrUpdateBy by;         /* the weakest command that installs it */
  const char *kept_back; /* why `upgrade`, or everything, leaves it: one phrase; NULL if by upgrade */
  CrStrv brings;         /* new packages that come with it (dist-upgrade) */
  CrStrv removes;
  CrStrv fixes;          /* CVE ids from the changelog; NULL: not looked up; empty: none named */
  const char *fix_since; /* date the fix appeared in the archive, or NULL */
  CrFrom from;           /* by scan/, from lineage */
} CrUpdate;

/* ---- findings (filled by advisory/) ---- */

typedef enum {
  CR_SEVERITY_UNKNOWN,
  CR_SEVERITY_NEGLIGIBLE,
  CR_SEVERITY_LOW,
  CR_SEVERITY_MEDIUM,
  CR_SEVERITY_HIGH,
  CR_SEVERITY_CRITICAL,
  CR_SEVERITY_COUNT
} CrSeverity;
const char *cr_severity_get_name(CrSeverity severity);

typedef struct {
  const char *id;
  CrStrv aliases;
  const CrPackage *package;
  const char *fixed;         /* or NULL */
  const char *status;        /* fixable, pending_archive, unfixed, wont_fix, deferred, disputed */
  const char *vendor_status; /* or NULL */
  CrSeverity severity;
  const char *severity_source;
  double cvss; /* <0: none */
  const char *cvss_vector;
  double epss; /* <0: none */
  gboolean exploited;
  CrReachLevel reach;
  const char *absent;  /* the code that has the flaw is not in the program: how that is known; or NULL */
  const char *source;  /* "Debian" */
  const char *summary; /* what the flaw is, one line; or NULL */
  const char *urgency; /* the steward's own word for how bad, or NULL: what debsecan's formats show */
  const char *seen_since;
  const char *suppressed; /* or NULL */
} CrFinding;

/* ---- files that no package owns (found by inventory/, steward by vendor/, reach by scan/) ---- */

typedef struct {
  const char *path;
  const char *kind;       /* "elf", "script", "jar", "other" */
  const char *built_with; /* "go1.18", "rustc 1.70.0", "GCC: (Debian 12.2.0-14) 12.2.0" or NULL */
  int layer;
  CrSteward steward;
  CrReachOf reach;
} CrUnowned;

/* ---- base (filled by lineage/) ---- */

typedef struct {
  const char *name;   /* "debian:12-slim" or NULL: unknown */
  const char *digest; /* or NULL */
  int layers;         /* how many of the image's layers are the base's; 0 unknown */
  const char *how;    /* annotation, label, layers, history, guess; NULL with name NULL */
  const char *asked;  /* the tag that a registry was asked for CURRENT, or NULL: nobody was asked… */
  const char *answer; /* …and the digest that it has there; NULL: no answer, by… */
  const char *unanswered_by, *unanswered; /* …which registry, and why in few words; NULL: it answered, or not known */
  int current;                            /* 1 the tag still names it, 0 it moved, -1 unknown */
  int pending;                            /* updates whose package came with the base; by scan/; -1 unknown */
  const char *newest; /* where the tag's present image is, as an IMAGE ("registry:debian:12"), when it moved; or NULL */
  int pending_newest; /* fixes that the newest base still lacks; -1 unknown */
  int oldest_fix_days; /* age of the oldest fix pending from the base; -1 unknown */
} CrBase;

/* ---- coverage ---- */

typedef struct {
  const char *type;    /* purl type */
  const char *release; /* "debian-12", NULL: unknown */
  guint packages;
  gboolean archive;       /* a verified archive answered for them */
  const char *advisories; /* source and date, or NULL: not checked */
} CrCoverage;
