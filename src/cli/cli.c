/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "config.h"

#include <stdio.h>

int cr_cli_main(int argc, char **argv)
{
  (void)argc;
  (void)argv;
  printf("careen " CR_VERSION "\n");
  return 0;
}
