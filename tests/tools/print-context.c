/* SPDX-License-Identifier: Apache-2.0 */
/* The build context of a folder as a tar to standard output, for oracles; the Dockerfile's name to standard error. */
#include "recipe/context.h"

#include <stdio.h>
#include <unistd.h>

#include "base/write-all.h"

int main(int argc, char **argv)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *name = NULL;
  int fd = argc > 1 ? cr_context_pack(argv[1], argc > 2 ? argv[2] : NULL, NULL, &name, &error) : -1;
  if (fd < 0) {
    fprintf(stderr, "%s\n", error ? error->message : "usage: print-context FOLDER [DOCKERFILE]");
    return 2;
  }
  char buffer[65536];
  for (gssize n; (n = read(fd, buffer, sizeof buffer)) > 0;)
    if (!cr_write_fully(STDOUT_FILENO, buffer, (gsize)n))
      return 4;
  close(fd);
  fprintf(stderr, "%s\n", name);
  return 0;
}
