/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a fuzz target over every file of the folders and files named; the stand-in for libFuzzer's main in ordinary
 * builds. */
#include <glib.h>
#include <stdio.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);

static guint replay(const char *path)
{
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  if (!dir) {
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    gsize size = 0;
    if (!g_file_get_contents(path, &bytes, &size, &error))
      g_error("%s", error->message);
    LLVMFuzzerTestOneInput((const guint8 *)bytes, size);
    return 1;
  }
  guint count = 0;
  for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    count += replay(child);
  }
  return count;
}

int main(int argc, char **argv)
{
  guint count = 0;
  for (int i = 1; i < argc; i++)
    count += replay(argv[i]);
  printf("%u inputs replayed\n", count);
  return count ? 0 : 1; /* an empty corpus is a defect, not a pass */
}
