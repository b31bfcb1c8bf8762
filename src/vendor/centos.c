/* SPDX-License-Identifier: Apache-2.0 */
/* CentOS Stream's own repositories. It publishes no notices of updates: which are for security, advisories must say.
 * CentOS Linux is over and its tree of another shape; what it has is not read. */
#include "vendor/archive-plan.h"

#include <string.h>

#define PUBLIC "https://mirror.stream.centos.org"

static const CrKnownArchive archives[] = {
    {.suffix = "baseos", .uri = PUBLIC "/$releasever-stream/BaseOS/$basearch/os", .label = "CentOS Stream"},
    {.suffix = "appstream", .uri = PUBLIC "/$releasever-stream/AppStream/$basearch/os", .label = "CentOS Stream"},
    {.suffix = "crb",
     .uri = PUBLIC "/$releasever-stream/CRB/$basearch/os",
     .label = "CentOS Stream",
     .stable_only = TRUE},
};

static const char *find_public_uri(const char *host, const char *path, const char *architecture)
{
  (void)path;
  (void)architecture;
  return g_str_has_suffix(host, ".centos.org") ? PUBLIC : NULL;
}

static const char *const keyrings[] = {"RPM-GPG-KEY-centosofficial-SHA256", "RPM-GPG-KEY-centosofficial", NULL};

const CrDistribution cr_distribution_centos = {
    .id = "centos",
    .name = "CentOS Stream",
    .kind = &cr_archive_kind_rpmmd,
    .origin = "CentOS",
    .archives = archives,
    .archive_count = G_N_ELEMENTS(archives),
    .rolling = cr_strv_empty,
    .keyrings = keyrings,
    .keyring_hint = "RPM-GPG-KEY-centosofficial (of the package centos-gpg-keys) into /usr/share/keyrings",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_public_uri,
};
