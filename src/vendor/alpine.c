/* SPDX-License-Identifier: Apache-2.0 */
/* Alpine's own repositories: a branch per release, "edge" for what comes next (https://wiki.alpinelinux.org/wiki/
 * Repositories). `testing` is of edge alone and nobody's promise, so it counts only where it is configured. */
#include "vendor/archive-plan.h"

#include <string.h>

#define PUBLIC "https://dl-cdn.alpinelinux.org/alpine"

static const CrKnownArchive archives[] = {
    {.suffix = "main", .uri = PUBLIC "/$branch/main", .label = "Alpine"},
    {.suffix = "community", .uri = PUBLIC "/$branch/community", .label = "Alpine"},
};

static const char *find_public_uri(const char *host, const char *path, const char *architecture)
{
  (void)architecture;
  gboolean own = g_str_has_suffix(host, ".alpinelinux.org") || !strcmp(host, "alpinelinux.org");
  return own && g_str_has_prefix(path, "alpine/") ? PUBLIC : NULL;
}

static const char *const keyrings[] = {"alpine-devel@lists.alpinelinux.org-*.rsa.pub", NULL};

const CrDistribution cr_distribution_alpine = {
    .id = "alpine",
    .name = "Alpine Linux",
    .kind = &cr_archive_kind_apk,
    .origin = "Alpine",
    .archives = archives,
    .archive_count = G_N_ELEMENTS(archives),
    .rolling = cr_strv_empty,
    .keyrings = keyrings,
    .keyring_hint = "Alpine's public keys (usr/share/apk/keys of its package alpine-keys) in /usr/share/apk/keys",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_public_uri,
};
