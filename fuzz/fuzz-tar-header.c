/* SPDX-License-Identifier: Apache-2.0 */
/* A header that we understand says the same to libarchive. Its sum is put right first, so that most inputs come far. */
#include <archive.h>
#include <archive_entry.h>
#include <string.h>

#include "image/tar-header.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  guint8 tar[3 * CR_TAR_BLOCK_BYTES] = {0};
  CrTarHeader header = {.kind = CR_TAR_UNKNOWN};
  memcpy(tar, data, MIN(size, CR_TAR_BLOCK_BYTES));
  guint sum = 0;
  for (guint i = 0; i < CR_TAR_BLOCK_BYTES; i++)
    sum += i >= 148 && i < 156 ? ' ' : tar[i];
  g_snprintf((char *)tar + 148, 8, "%06o", sum);
  struct archive *archive = archive_read_new();
  struct archive_entry *entry = NULL;
  archive_read_support_format_tar(archive);
  if (cr_tar_header_read(tar, &header) > CR_TAR_END) {
    g_assert_cmpint(archive_read_open_memory(archive, tar, sizeof tar), ==, ARCHIVE_OK);
    g_assert_cmpint(archive_read_next_header(archive, &entry), ==, ARCHIVE_OK);
    g_assert_cmpstr(archive_entry_pathname(entry), ==, header.name);
    g_assert_cmpint(archive_entry_size(entry), ==, (gint64)header.size);
    g_assert_cmpint(header.kind == CR_TAR_FILE, ==,
                    !archive_entry_hardlink(entry) && archive_entry_filetype(entry) == AE_IFREG);
    g_assert_cmpstr(archive_entry_hardlink(entry), ==, header.kind == CR_TAR_HARD_LINK ? header.link : NULL);
    g_assert_cmpstr(archive_entry_symlink(entry), ==, header.kind == CR_TAR_SOFT_LINK ? header.link : NULL);
  }
  archive_read_free(archive);
  return 0;
}
