/* SPDX-License-Identifier: Apache-2.0 */
/* A compiled package list of the cache, damaged: as it is, and then with check sums that say it is whole. */
#include <string.h>
#include <zlib.h>

#include "vendor/list-format.h"
#include "vendor/list.h"

static void seal(guint8 *data, gsize size)
{
  CrListHead head;
  memcpy(&head, data, sizeof head);
  memcpy(head.magic, CR_LIST_MAGIC, sizeof head.magic);
  head.crc = (guint32)crc32(0, (const guint8 *)&head, sizeof head - 4);
  for (guint64 i = 0, at = head.tables_at; i < head.record_count && at <= size - 8; i++, at += 8) {
    guint32 place[2]; /* offset and bytes of a record, its sum among them */
    memcpy(place, data + at, sizeof place);
    guint64 end = (guint64)place[0] + place[1];
    if (place[1] <= 4 || end > MIN(size, head.tables_at) || place[0] < sizeof head)
      continue;
    guint32 crc = (guint32)crc32(0, data + place[0], place[1] - 4);
    memcpy(data + end - 4, &crc, sizeof crc);
  }
  memcpy(data, &head, sizeof head);
}

static void read_list(const CrCache *cache, const guint8 *data, gsize size)
{
  g_assert_true(cr_cache_store(cache, "archives", "list-index", data, size, NULL));
  g_autoptr(CrList) list = cr_list_open(cache, "list-index");
  if (!list)
    return;
  CrListPackage package;
  guint32 first = 0;
  for (guint32 id = 0; id < MIN(cr_list_get_count(list), 100); id++) {
    cr_list_get(list, id, &package);
    guint count = cr_list_find_providers(list, package.name, &first);
    for (guint i = 0; i < MIN(count, 10); i++)
      cr_list_get_provider(list, first, i, &package);
    g_assert(package.name && package.version && package.source_name);
    cr_list_has_source(list, package.source_name);
    count = cr_list_find(list, package.name, &first);
    for (guint i = 0; i < MIN(count, 10); i++)
      cr_list_get_named(list, first, i, &package);
  }
}

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autofree char *folder = g_build_filename(g_get_tmp_dir(), "careen-fuzz", NULL);
  g_autoptr(CrCache) cache = cr_cache_new(folder);
  read_list(cache, data, size);
  if (size < sizeof(CrListHead))
    return 0;
  g_autofree guint8 *whole = g_memdup2(data, size);
  g_assert(whole); /* with UBSan the compiler warns of a copy from NULL otherwise */
  seal(whole, size);
  read_list(cache, whole, size);
  return 0;
}
