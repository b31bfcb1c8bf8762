/* SPDX-License-Identifier: Apache-2.0 */
/* openSUSE's own repositories (https://download.opensuse.org). Leap has SUSE's packages beside its own. */
#include "vendor/archive-plan.h"

#include <string.h>

#define PUBLIC "https://download.opensuse.org"
#define LEAP   PUBLIC "/update/leap/$releasever"

static const CrKnownArchive leap[] = {
    {.suffix = "repo-oss", .uri = PUBLIC "/distribution/leap/$releasever/repo/oss", .label = "openSUSE"},
    {.suffix = "repo-update", .uri = LEAP "/oss", .label = "openSUSE"},
    {.suffix = "repo-sle-update", .uri = LEAP "/sle", .label = "openSUSE"},
    {.suffix = "repo-backports-update", .uri = LEAP "/backports", .label = "openSUSE"},
    {.suffix = "repo-non-oss",
     .uri = PUBLIC "/distribution/leap/$releasever/repo/non-oss",
     .label = "openSUSE",
     .stable_only = TRUE},
    {.suffix = "repo-update-non-oss", .uri = LEAP "/non-oss", .label = "openSUSE", .stable_only = TRUE},
};

static const CrKnownArchive tumbleweed[] = {
    {.suffix = "repo-oss", .uri = PUBLIC "/tumbleweed/repo/oss", .label = "openSUSE"},
    {.suffix = "repo-update", .uri = PUBLIC "/update/tumbleweed", .label = "openSUSE", .stable_only = TRUE},
    {.suffix = "repo-non-oss", .uri = PUBLIC "/tumbleweed/repo/non-oss", .label = "openSUSE", .stable_only = TRUE},
};

static const char *find_public_uri(const char *host, const char *path, const char *architecture)
{
  (void)path;
  (void)architecture;
  return g_str_has_suffix(host, ".opensuse.org") ? PUBLIC : NULL;
}

static const char *const keyrings[] = {"RPM-GPG-KEY-openSUSE", "RPM-GPG-KEY-openSUSE-Leap",
                                       "RPM-GPG-KEY-openSUSE-Tumbleweed", NULL};

const CrDistribution cr_distribution_leap = {
    .id = "opensuse-leap",
    .name = "openSUSE Leap",
    .kind = &cr_archive_kind_rpmmd,
    .origin = "openSUSE",
    .archives = leap,
    .archive_count = G_N_ELEMENTS(leap),
    .rolling = cr_strv_empty,
    .keyrings = keyrings,
    .keyring_hint =
        "RPM-GPG-KEY-openSUSE (repodata/repomd.xml.key of https://download.opensuse.org) into /usr/share/keyrings",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_public_uri,
};

const CrDistribution cr_distribution_tumbleweed = {
    .id = "opensuse-tumbleweed",
    .name = "openSUSE Tumbleweed",
    .kind = &cr_archive_kind_rpmmd,
    .origin = "openSUSE",
    .archives = tumbleweed,
    .archive_count = G_N_ELEMENTS(tumbleweed),
    .rolling = cr_strv_empty,
    .keyrings = keyrings,
    .keyring_hint =
        "RPM-GPG-KEY-openSUSE (repodata/repomd.xml.key of https://download.opensuse.org) into /usr/share/keyrings",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_public_uri,
};
