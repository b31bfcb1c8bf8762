/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. A family: one const struct per command, one file each, one table in cli.c; options come from one
 * option table that also makes --help, the man pages and the shell completion. */
#pragma once

int cr_cli_main(int argc, char **argv);
