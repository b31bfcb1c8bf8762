/* SPDX-License-Identifier: Apache-2.0 */
/* Debian's own archives: main, updates and security, since bullseye in suites of the same shape
 * (https://www.debian.org/releases/bullseye/amd64/release-notes/ch-information.en.html#security-archive). */
#include "vendor/archive-plan.h"

#include <string.h>

#define PUBLIC   "http://deb.debian.org/debian"
#define SECURITY "http://deb.debian.org/debian-security"

static const CrKnownArchive archives[] = {
    {.suffix = "", .uri = PUBLIC, .archived_uri = "http://archive.debian.org/debian", .label = "Debian"},
    {.suffix = "-updates",
     .uri = PUBLIC,
     .archived_uri = "http://archive.debian.org/debian",
     .label = "Debian",
     .stable_only = TRUE},
    {.suffix = "-security",
     .uri = SECURITY,
     .archived_uri = "http://archive.debian.org/debian-security",
     .label = "Debian-Security",
     .security = TRUE,
     .stable_only = TRUE},
};

/* Mirrors of Debian's own network: its names are Debian's to give (https://www.debian.org/mirror/list). */
static const char *find_public_uri(const char *host, const char *path, const char *architecture)
{
  gboolean mirror = strcmp(host, "debian.org") == 0 || g_str_has_suffix(host, ".debian.org") ||
                    strcmp(host, "http.debian.net") == 0 || strcmp(host, "cloudfront.debian.net") == 0;
  if (!mirror || strcmp(host, "snapshot.debian.org") == 0)
    return NULL;
  if (strcmp(path, "debian") == 0)
    return PUBLIC;
  if (strcmp(path, "debian-security") == 0 || (!*path && g_str_has_prefix(host, "security")))
    return SECURITY;
  return NULL;
}

static const char *format_suite(const CrKnownArchive *archive, const char *codename, CrArena *arena)
{
  static const char *const before_bullseye[] = {"wheezy", "jessie", "stretch", "buster", NULL};
  if (!archive->security || !g_strv_contains(before_bullseye, codename))
    return NULL;
  return cr_arena_printf(arena, "%s/updates", codename);
}

static const char *const rolling[] = {"sid", "experimental", "rc-buggy", NULL};
static const char *const keyrings[] = {"debian-archive-keyring.pgp|debian-archive-keyring.gpg", NULL};
static const char *const archived_keyrings[] = {"debian-archive-removed-keys.pgp|debian-archive-removed-keys.gpg",
                                                NULL};

const CrDistribution cr_distribution_debian = {
    .id = "debian",
    .name = "Debian",
    .kind = &cr_archive_kind_deb,
    .origin = "Debian",
    .archives = archives,
    .archive_count = G_N_ELEMENTS(archives),
    .rolling = rolling,
    .keyrings = keyrings,
    .keyring_hint = "debian-archive-keyring",
    .archived_keyrings = archived_keyrings,
    .find_public_uri = find_public_uri,
    .format_suite = format_suite,
};
