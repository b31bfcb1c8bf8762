/* SPDX-License-Identifier: Apache-2.0 */
/* Distributions that sign their packages and, as far as is known, not the metadata of their repositories: nothing but
 * the connection would prove that a list is whole and new. */
#include "vendor/archive-plan.h"

#include <string.h>

#define CR_UNSIGNED_METADATA                                                                                           \
  "it signs its packages and not the lists of them, so that nothing proves what could be installed"

/* Keys would not help, and an address without proof is none: what the image configures beside is read all the same. */
static const char *find_public_uri(const char *host, const char *path, const char *architecture)
{
  (void)host;
  (void)path;
  (void)architecture;
  return NULL;
}

const CrDistribution cr_distribution_fedora = {
    .id = "fedora",
    .name = "Fedora",
    .kind = &cr_archive_kind_rpmmd,
    .origin = "Fedora",
    .rolling = cr_strv_empty,
    .keyrings = cr_strv_empty,
    .keyring_hint = "keys",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_public_uri,
    .unread = CR_UNSIGNED_METADATA,
};

const CrDistribution cr_distribution_rhel = {
    .id = "rhel",
    .name = "Red Hat Enterprise Linux",
    .kind = &cr_archive_kind_rpmmd,
    .origin = "Red Hat Enterprise Linux",
    .rolling = cr_strv_empty,
    .keyrings = cr_strv_empty,
    .keyring_hint = "keys",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_public_uri,
    .unread = CR_UNSIGNED_METADATA,
};

const CrDistribution cr_distribution_oracle = {
    .id = "ol",
    .name = "Oracle Linux",
    .kind = &cr_archive_kind_rpmmd,
    .origin = "Oracle Linux",
    .rolling = cr_strv_empty,
    .keyrings = cr_strv_empty,
    .keyring_hint = "keys",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_public_uri,
    .unread = CR_UNSIGNED_METADATA,
};

const CrDistribution cr_distribution_amazon = {
    .id = "amzn",
    .name = "Amazon Linux",
    .kind = &cr_archive_kind_rpmmd,
    .origin = "Amazon Linux",
    .rolling = cr_strv_empty,
    .keyrings = cr_strv_empty,
    .keyring_hint = "keys",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_public_uri,
    .unread = CR_UNSIGNED_METADATA,
};

const CrDistribution cr_distribution_photon = {
    .id = "photon",
    .name = "Photon OS",
    .kind = &cr_archive_kind_rpmmd,
    .origin = "Photon OS",
    .rolling = cr_strv_empty,
    .keyrings = cr_strv_empty,
    .keyring_hint = "keys",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_public_uri,
    .unread = CR_UNSIGNED_METADATA,
};
