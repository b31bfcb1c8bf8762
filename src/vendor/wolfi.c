/* SPDX-License-Identifier: Apache-2.0 */
/* Wolfi's own repository, and Chainguard's, which its images have instead. Neither has releases. */
#include "vendor/archive-plan.h"

#include <string.h>

#define WOLFI      "https://packages.wolfi.dev/os"
#define CHAINGUARD "https://apk.cgr.dev/chainguard"

static const CrKnownArchive wolfi[] = {{.suffix = "os", .uri = WOLFI, .label = "Wolfi"}};
static const CrKnownArchive chainguard[] = {{.suffix = "chainguard", .uri = CHAINGUARD, .label = "Chainguard"}};

static const char *find_wolfi(const char *host, const char *path, const char *architecture)
{
  (void)path;
  (void)architecture;
  return !strcmp(host, "packages.wolfi.dev") ? "https://packages.wolfi.dev" : NULL;
}

static const char *find_chainguard(const char *host, const char *path, const char *architecture)
{
  (void)path;
  (void)architecture;
  if (!strcmp(host, "packages.wolfi.dev"))
    return "https://packages.wolfi.dev";
  return !strcmp(host, "apk.cgr.dev") ? "https://apk.cgr.dev" : NULL;
}

static const char *const wolfi_keys[] = {"wolfi-signing*.rsa.pub", NULL};
static const char *const chainguard_keys[] = {"chainguard*.rsa.pub", "wolfi-signing*.rsa.pub", NULL};

const CrDistribution cr_distribution_wolfi = {
    .id = "wolfi",
    .name = "Wolfi",
    .kind = &cr_archive_kind_apk,
    .origin = "Wolfi",
    .archives = wolfi,
    .archive_count = G_N_ELEMENTS(wolfi),
    .rolling = cr_strv_empty,
    .keyrings = wolfi_keys,
    .keyring_hint = "wolfi-signing.rsa.pub in /usr/share/apk/keys",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_wolfi,
};

const CrDistribution cr_distribution_chainguard = {
    .id = "chainguard",
    .name = "Chainguard",
    .kind = &cr_archive_kind_apk,
    .origin = "Chainguard",
    .archives = chainguard,
    .archive_count = G_N_ELEMENTS(chainguard),
    .rolling = cr_strv_empty,
    .keyrings = chainguard_keys,
    .keyring_hint = "chainguard.rsa.pub in /usr/share/apk/keys",
    .archived_keyrings = cr_strv_empty,
    .find_public_uri = find_chainguard,
};
