/* SPDX-License-Identifier: Apache-2.0 */
/* Removing what a test made. */
#pragma once
#include <glib.h>
#include <glib/gstdio.h>

static inline void remove_all(const char *path)
{
  GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
  for (const char *name = dir ? g_dir_read_name(dir) : NULL; name; name = g_dir_read_name(dir)) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    remove_all(child);
  }
  if (dir)
    g_dir_close(dir);
  g_remove(path);
}

/* g_autofree for the name of a folder that goes with it. */
static inline void folder_clear(char **folder)
{
  if (*folder)
    remove_all(*folder);
  g_free(*folder);
}
#define autofolder __attribute__((cleanup(folder_clear)))
