/* SPDX-License-Identifier: Apache-2.0 */
/* A program's configuration (nginx, Apache, PHP, PAM, …) that names libraries, programs and further files. */
#include <elf.h>

#include "reach-image.h"

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  static const Elf64_Ehdr program = {
      .e_ident = ELFMAG "\2\1\1", .e_type = ET_EXEC, .e_machine = EM_X86_64, .e_version = 1, .e_ehsize = 64};
  static const char *const programs[] = {"usr/sbin/server", "usr/lib/server/mod_x.so", "usr/lib/server/extra.so"};
  static const char *const configured[] = {"etc/server/server.conf", "etc/server/conf.d/x.conf", "etc/pam.d/server"};
  const CrCollector *const *collectors = cr_reach_get_collectors();
  g_autoptr(CrLayerWriter) writer = begin_image(collectors);
  for (guint i = 0; i < G_N_ELEMENTS(programs); i++)
    add_file(writer, collectors, programs[i], &program, sizeof program);
  for (guint i = 0; i < G_N_ELEMENTS(configured); i++)
    add_file(writer, collectors, configured[i], data, size);
  g_autoptr(CrTree) tree = end_image(writer);
  g_autofree char *text = g_strndup((const char *)data, MIN(size, 200));
  compute_reach(tree, (const char *const[]){"/usr/sbin/server", "/etc/server/server.conf", text, NULL});
  return 0;
}
