/* SPDX-License-Identifier: Apache-2.0 */
/* AlmaLinux's own repositories (https://repo.almalinux.org). `crb`, `powertools` and the like count where they are
 * enabled, as in dnf. */
#include "vendor/archive-plan.h"

#include <string.h>

#define PUBLIC "https://repo.almalinux.org/almalinux"

static const CrKnownArchive archives[] = {
    {.suffix = "baseos", .uri = PUBLIC "/$releasever/BaseOS/$basearch/os", .label = "AlmaLinux"},
    {.suffix = "appstream", .uri = PUBLIC "/$releasever/AppStream/$basearch/os", .label = "AlmaLinux"},
    {.suffix = "extras", .uri = PUBLIC "/$releasever/extras/$basearch/os", .label = "AlmaLinux", .stable_only = TRUE},
    {.suffix = "crb", .uri = PUBLIC "/$releasever/CRB/$basearch/os", .label = "AlmaLinux", .stable_only = TRUE},
    {.suffix = "powertools",
     .uri = PUBLIC "/$releasever/PowerTools/$basearch/os",
     .label = "AlmaLinux",
     .stable_only = TRUE},
};

static const char *find_public_uri(const char *host, const char *path, const char *architecture)
{
  (void)path;
  (void)architecture;
  return g_str_has_suffix(host, ".almalinux.org") ? PUBLIC : NULL;
}

static const char *const keyrings[] = {"RPM-GPG-KEY-AlmaLinux-10", "RPM-GPG-KEY-AlmaLinux-9", "RPM-GPG-KEY-AlmaLinux-8",
                                       "RPM-GPG-KEY-AlmaLinux", NULL};

const CrDistribution cr_distribution_almalinux = {
    .id = "almalinux",
    .name = "AlmaLinux",
    .kind = &cr_archive_kind_rpmmd,
    .origin = "AlmaLinux",
    .archives = archives,
    .archive_count = G_N_ELEMENTS(archives),
    .rolling = cr_strv_empty,
    .keyrings = keyrings,
    .keyring_hint = "RPM-GPG-KEY-AlmaLinux-9 (of https://repo.almalinux.org/almalinux) into /usr/share/keyrings",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_public_uri,
};
