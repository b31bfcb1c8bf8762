/* SPDX-License-Identifier: Apache-2.0 */
/* Inside vendor/: the family of distributions whose signed archives careen reads. One const struct each, one file each
 * (debian.c, ubuntu.c), one table in vendor.c. What a member knows is where its archives are, what they are called, and
 * whose keys may vouch for them: the image cannot tell us that, for a fix hidden from us is what an attacker would
 * want. How a kind of archive is read (deb: archive-set.c; apk and rpm-md: further files) is its `open`. */
#pragma once
#include "vendor/archive-set.h"

typedef struct CrDistribution CrDistribution;

/* One of a release's own archives. */
typedef struct {
  const char
      *suffix;     /* of the suite: "", "-updates", "-security"; of other kinds the archive's name: "main", "baseos" */
  const char *uri; /* public address; apk and rpm-md with $branch, $releasever, $basearch in it */
  const char *archived_uri; /* where it goes when the release is over; asked if `uri` has it no more; or NULL */
  const char *label;        /* that its Release must have */
  gboolean security;
  gboolean stable_only; /* development branches ("sid") have none; of rpm-md: only where the image enables it */
} CrKnownArchive;

struct CrDistribution {
  const char *id;   /* os-release ID */
  const char *name; /* for people */
  const CrArchiveKind *kind;
  const char *origin; /* Origin of its Release files */
  const CrKnownArchive *archives;
  guint archive_count;
  CrStrv rolling; /* codenames that have but one archive */
  CrStrv
      keyrings; /* file names in the folder of keyrings; the first of each group "a|b" that is there. apk: patterns */
  const char *keyring_hint; /* package that has them */
  CrStrv archived_keyrings; /* further ones that may vouch for archives of releases that are over */
  /* HOST and PATH of an address that the distribution or a mirror of its own network serves: the public address of
   * the same archive, else NULL. PATH has no '/' at either end. */
  const char *(*find_public_uri)(const char *host, const char *path, const char *architecture);
  /* The public address for ARCHITECTURE where it differs from the table ("ports"); NULL: as in the table. */
  const char *(*find_uri)(const CrKnownArchive *archive, const char *architecture);
  const char *unread; /* why none of its own archives is read, or NULL */
  /* The suite's directory where the table's rule does not hold (before bullseye "buster/updates"); NULL: it holds. */
  const char *(*format_suite)(const CrKnownArchive *archive, const char *codename, CrArena *arena);
};

extern const CrDistribution cr_distribution_debian, cr_distribution_ubuntu, cr_distribution_alpine,
    cr_distribution_wolfi, cr_distribution_chainguard, cr_distribution_almalinux, cr_distribution_rocky,
    cr_distribution_centos, cr_distribution_leap, cr_distribution_tumbleweed, cr_distribution_mariner,
    cr_distribution_azurelinux, cr_distribution_fedora, cr_distribution_rhel, cr_distribution_oracle,
    cr_distribution_amazon, cr_distribution_photon;

/* The member for OS, or NULL: no archive of it is read. */
const CrDistribution *cr_distribution_find(const CrOs *os);
