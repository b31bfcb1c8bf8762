/* SPDX-License-Identifier: Apache-2.0 */
#include "image/tar-header.h"

#include <string.h>

#include "tar.h"

static const struct {
  const char *what;
  char type;
  const char *name, *link;
  guint size;
  guint change_at; /* a byte of the header to set before its sum is taken; 0: none */
  char change;
  CrTarKind kind;
  const char *says;
} rows[] = {
    {"a file", '0', "blobs/sha256/ab", NULL, 5, 0, 0, CR_TAR_FILE, "blobs/sha256/ab"},
    {"a folder", '5', "blobs/", NULL, 0, 0, 0, CR_TAR_FOLDER, "blobs/"},
    {"a hard link", '1', "a/layer.tar", "b/layer.tar", 0, 0, 0, CR_TAR_HARD_LINK, "a/layer.tar"},
    {"a symbolic link", '2', "a/layer.tar", "../b/layer.tar", 0, 0, 0, CR_TAR_SOFT_LINK, "a/layer.tar"},
    {"a prefix", '0', "layer.tar", NULL, 5, 345, 'p', CR_TAR_FILE, "p/layer.tar"},
    {"a link with content", '1', "a", "b", 5, 0, 0, CR_TAR_UNKNOWN, NULL},
    {"a link to nothing", '2', "a", NULL, 0, 0, 0, CR_TAR_UNKNOWN, NULL},
    {"a folder with content", '5', "a/", NULL, 5, 0, 0, CR_TAR_UNKNOWN, NULL},
    {"a file named as a folder", '0', "a/", NULL, 5, 0, 0, CR_TAR_UNKNOWN, NULL},
    {"a pax header", 'x', "a", NULL, 5, 0, 0, CR_TAR_UNKNOWN, NULL},
    {"a long name of GNU", 'L', "a", NULL, 5, 0, 0, CR_TAR_UNKNOWN, NULL},
    {"a device", '3', "a", NULL, 0, 0, 0, CR_TAR_UNKNOWN, NULL},
    {"no name", '0', "", NULL, 5, 0, 0, CR_TAR_UNKNOWN, NULL},
    {"a name that is not ASCII", '0', "caf\xc3\xa9", NULL, 5, 0, 0, CR_TAR_UNKNOWN, NULL},
    {"a size in base 256", '0', "a", NULL, 5, 124, '\x80', CR_TAR_UNKNOWN, NULL},
    {"a size that is no number", '0', "a", NULL, 5, 130, 'z', CR_TAR_UNKNOWN, NULL},
    {"an older tar", '0', "a", NULL, 5, 257, 'x', CR_TAR_UNKNOWN, NULL},
};

static void write_sum(guint8 *block)
{
  guint sum = 0;
  memset(block + 148, ' ', 8);
  for (guint i = 0; i < CR_TAR_BLOCK_BYTES; i++)
    sum += block[i];
  g_snprintf((char *)block + 148, 8, "%06o", sum);
}

static void test_header(gconstpointer data)
{
  guint i = GPOINTER_TO_UINT(data);
  g_autoptr(GByteArray) tar = g_byte_array_new();
  tar_add(tar, rows[i].type, rows[i].name, rows[i].link, "12345", rows[i].size);
  if (rows[i].change_at) {
    tar->data[rows[i].change_at] = (guint8)rows[i].change;
    write_sum(tar->data);
  }
  CrTarHeader header;
  g_assert_cmpint(cr_tar_header_read(tar->data, &header), ==, rows[i].kind);
  if (!rows[i].says)
    return;
  g_assert_cmpstr(header.name, ==, rows[i].says);
  g_assert_cmpuint(header.size, ==, rows[i].size);
  if (rows[i].link)
    g_assert_cmpstr(header.link, ==, rows[i].link);
}

/* A header whose sum is wrong is damaged; a block of zeros is the end. */
static void test_sum(void)
{
  guint8 block[CR_TAR_BLOCK_BYTES] = {0};
  CrTarHeader header;
  g_assert_cmpint(cr_tar_header_read(block, &header), ==, CR_TAR_END);
  g_autoptr(GByteArray) tar = g_byte_array_new();
  tar_add(tar, '0', "a", NULL, NULL, 0);
  g_assert_cmpint(cr_tar_header_read(tar->data, &header), ==, CR_TAR_FILE);
  tar->data[0]++;
  g_assert_cmpint(cr_tar_header_read(tar->data, &header), ==, CR_TAR_UNKNOWN);
}

int main(int argc, char **argv)
{
  g_test_init(&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *path = g_strdup_printf("/tar-header/%s", rows[i].what);
    g_test_add_data_func(path, GUINT_TO_POINTER(i), test_header);
  }
  g_test_add_func("/tar-header/sum", test_sum);
  return g_test_run();
}
