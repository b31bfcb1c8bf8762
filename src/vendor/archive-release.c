/* SPDX-License-Identifier: Apache-2.0 */
/* The file by which an archive was believed, for records of what was made of it: its public address and digest. */
#include "vendor/archive-plan.h"

#include <string.h>

#include "base/digest.h"
#include "vendor/apk.h"

/* Where the signature stands beside the file, site->hash is of both. */
static const char *hash_kept(const CrCache *cache, const CrSite *site, CrArena *arena)
{
  g_autofree char *name = g_strdup_printf("releases/%s", site->hash);
  g_autoptr(GBytes) bytes = cr_cache_load(cache, "archives", name);
  gsize size = 0;
  const void *data = bytes ? g_bytes_get_data(bytes, &size) : NULL;
  g_autofree char *digest = data ? cr_digest_of(data, size) : NULL;
  return digest ? cr_arena_strdup(arena, cr_digest_get_hex(digest)) : NULL;
}

/* What is kept of an apk archive is not its index, but names it. */
static const char *hash_index(const CrCache *cache, const CrSite *site, CrArena *arena)
{
  g_autofree char *name = g_strdup_printf("releases/%s", site->hash);
  g_autoptr(GBytes) bytes = cr_cache_load(cache, "archives", name);
  CrApkSeal seal = {0};
  return bytes && cr_apk_seal_parse(bytes, arena, &seal, NULL) ? seal.list : NULL;
}

void cr_suite_note_release(const CrArchivePlan *plan, CrSuite *suite, const CrSite *site, const char *uri)
{
  const char *type = plan->set->kind->type, *name = site->signature ? "Release" : "InRelease";
  const CrCache *cache = plan->options->cache;
  if (!site->hash || !uri)
    return;
  g_autofree char *folder = cr_suite_format_folder(suite, uri);
  CrArchive *archive = &suite->data.archive;
  if (!strcmp(type, "apk")) {
    name = "APKINDEX.tar.gz";
    archive->release_sha256 = hash_index(cache, site, suite->arena);
  } else if (site->signature) {
    archive->release_sha256 = hash_kept(cache, site, suite->arena);
  } else {
    archive->release_sha256 = cr_arena_strdup(suite->arena, site->hash);
  }
  if (!strcmp(type, "rpm"))
    name = "repodata/repomd.xml";
  archive->release = cr_arena_printf(suite->arena, "%s/%s", folder, name);
}
