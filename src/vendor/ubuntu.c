/* SPDX-License-Identifier: Apache-2.0 */
/* Ubuntu's own archives. One server has all pockets; amd64 and i386 are on another than the rest
 * (https://wiki.ubuntu.com/ArchitectureSpecificHandling/ports). */
#include "vendor/archive-plan.h"

#include <string.h>

#define PUBLIC   "http://archive.ubuntu.com/ubuntu"
#define PORTS    "http://ports.ubuntu.com/ubuntu-ports"
#define ARCHIVED "http://old-releases.ubuntu.com/ubuntu"

static const CrKnownArchive archives[] = {
    {.suffix = "", .uri = PUBLIC, .archived_uri = ARCHIVED, .label = "Ubuntu"},
    {.suffix = "-updates", .uri = PUBLIC, .archived_uri = ARCHIVED, .label = "Ubuntu"},
    {.suffix = "-security", .uri = PUBLIC, .archived_uri = ARCHIVED, .label = "Ubuntu", .security = TRUE},
};

static gboolean is_port(const char *architecture)
{
  return architecture && strcmp(architecture, "amd64") != 0 && strcmp(architecture, "i386") != 0;
}

static const char *find_uri(const CrKnownArchive *archive, const char *architecture)
{
  return is_port(architecture) ? PORTS : NULL;
}

static const char *find_public_uri(const char *host, const char *path, const char *architecture)
{
  gboolean mirror = strcmp(host, "archive.ubuntu.com") == 0 || g_str_has_suffix(host, ".archive.ubuntu.com") ||
                    strcmp(host, "security.ubuntu.com") == 0 || g_str_has_suffix(host, ".clouds.archive.ubuntu.com") ||
                    strcmp(host, "ports.ubuntu.com") == 0 || strcmp(host, "old-releases.ubuntu.com") == 0;
  if (!mirror || (strcmp(path, "ubuntu") != 0 && strcmp(path, "ubuntu-ports") != 0))
    return NULL;
  return is_port(architecture) ? PORTS : PUBLIC;
}

static const char *const keyrings[] = {"ubuntu-archive-keyring.pgp|ubuntu-archive-keyring.gpg", NULL};
static const char *const archived_keyrings[] = {"ubuntu-archive-removed-keys.pgp|ubuntu-archive-removed-keys.gpg",
                                                NULL};

const CrDistribution cr_distribution_ubuntu = {
    .id = "ubuntu",
    .name = "Ubuntu",
    .kind = &cr_archive_kind_deb,
    .origin = "Ubuntu",
    .archives = archives,
    .archive_count = G_N_ELEMENTS(archives),
    .rolling = cr_strv_empty,
    .keyrings = keyrings,
    .keyring_hint = "ubuntu-keyring",
    .archived_keyrings = archived_keyrings,
    .find_public_uri = find_public_uri,
    .find_uri = find_uri,
};
