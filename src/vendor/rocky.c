/* SPDX-License-Identifier: Apache-2.0 */
/* Rocky Linux's own repositories (https://dl.rockylinux.org). */
#include "vendor/archive-plan.h"

#include <string.h>

#define PUBLIC "https://dl.rockylinux.org/pub/rocky"

static const CrKnownArchive archives[] = {
    {.suffix = "baseos", .uri = PUBLIC "/$releasever/BaseOS/$basearch/os", .label = "Rocky Linux"},
    {.suffix = "appstream", .uri = PUBLIC "/$releasever/AppStream/$basearch/os", .label = "Rocky Linux"},
    {.suffix = "extras", .uri = PUBLIC "/$releasever/extras/$basearch/os", .label = "Rocky Linux", .stable_only = TRUE},
    {.suffix = "crb", .uri = PUBLIC "/$releasever/CRB/$basearch/os", .label = "Rocky Linux", .stable_only = TRUE},
    {.suffix = "powertools",
     .uri = PUBLIC "/$releasever/PowerTools/$basearch/os",
     .label = "Rocky Linux",
     .stable_only = TRUE},
};

static const char *find_public_uri(const char *host, const char *path, const char *architecture)
{
  (void)path;
  (void)architecture;
  return g_str_has_suffix(host, ".rockylinux.org") ? PUBLIC : NULL;
}

static const char *const keyrings[] = {"RPM-GPG-KEY-Rocky-10", "RPM-GPG-KEY-Rocky-9", "RPM-GPG-KEY-rockyofficial",
                                       NULL};

const CrDistribution cr_distribution_rocky = {
    .id = "rocky",
    .name = "Rocky Linux",
    .kind = &cr_archive_kind_rpmmd,
    .origin = "Rocky Linux",
    .archives = archives,
    .archive_count = G_N_ELEMENTS(archives),
    .rolling = cr_strv_empty,
    .keyrings = keyrings,
    .keyring_hint = "RPM-GPG-KEY-Rocky-9 (of https://dl.rockylinux.org/pub/rocky) into /usr/share/keyrings",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_public_uri,
};
