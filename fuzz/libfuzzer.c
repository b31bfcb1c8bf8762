/* SPDX-License-Identifier: Apache-2.0 */
/* Before libFuzzer's first input: GLib's own complaints are failures. They end in a trap, which libFuzzer does not know
 * and would keep no input of. */
#include <glib.h>
#include <signal.h>
#include <stdlib.h>

static void on_trap(int number)
{
  abort();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
  g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING);
  signal(SIGTRAP, on_trap);
  return 0;
}
