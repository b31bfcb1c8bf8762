/* SPDX-License-Identifier: Apache-2.0 */
/* CBL-Mariner's and Azure Linux' own repositories (https://packages.microsoft.com). */
#include "vendor/archive-plan.h"

#include <string.h>

#define PUBLIC "https://packages.microsoft.com"

static const CrKnownArchive mariner[] = {
    {.suffix = "mariner-official-base",
     .uri = PUBLIC "/cbl-mariner/$releasever/prod/base/$basearch",
     .label = "Mariner"},
};

static const CrKnownArchive azurelinux[] = {
    {.suffix = "azurelinux-official-base",
     .uri = PUBLIC "/azurelinux/$releasever/prod/base/$basearch",
     .label = "Azure Linux"},
};

static const char *find_public_uri(const char *host, const char *path, const char *architecture)
{
  (void)path;
  (void)architecture;
  return !strcmp(host, "packages.microsoft.com") ? PUBLIC : NULL;
}

static const char *const keyrings[] = {"MICROSOFT-RPM-GPG-KEY", NULL};

const CrDistribution cr_distribution_mariner = {
    .id = "mariner",
    .name = "CBL-Mariner",
    .kind = &cr_archive_kind_rpmmd,
    .origin = "Mariner",
    .archives = mariner,
    .archive_count = G_N_ELEMENTS(mariner),
    .rolling = cr_strv_empty,
    .keyrings = keyrings,
    .keyring_hint = "MICROSOFT-RPM-GPG-KEY (of the package mariner-repos-shared) into /usr/share/keyrings",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_public_uri,
};

const CrDistribution cr_distribution_azurelinux = {
    .id = "azurelinux",
    .name = "Azure Linux",
    .kind = &cr_archive_kind_rpmmd,
    .origin = "Azure Linux",
    .archives = azurelinux,
    .archive_count = G_N_ELEMENTS(azurelinux),
    .rolling = cr_strv_empty,
    .keyrings = keyrings,
    .keyring_hint = "MICROSOFT-RPM-GPG-KEY (of the package azurelinux-repos-shared) into /usr/share/keyrings",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_public_uri,
};
