/* SPDX-License-Identifier: Apache-2.0 */
/* Which platforms' programs this machine runs, for a patch runs the image's own package manager. In this order:
 *
 *   "native"      linux, this machine's architecture, and a variant that its processor has (amd64/v3: AVX2 and so on)
 *   "compatible"  386 on amd64, where the kernel runs such a program (tried); arm on arm64, where the kernel says so
 *   NAME          an entry of binfmt_misc that is enabled, whose magic fits, and that has the flag F: its interpreter
 * is open in the kernel already, so that it works where the sandbox has no such file (the kernel's
 *                 admin-guide/binfmt-misc.rst). qemu-user-static of Debian and tonistiigi/binfmt register so */
#pragma once
#include "base/arena.h"

#define CR_BINFMT_FOLDER "/proc/sys/fs/binfmt_misc"

/* How programs of OS, ARCHITECTURE (GOARCH) and VARIANT (or NULL) run, as above, in ARENA; NULL: not here, and *WHY
 * says what is missing. BINFMT is CR_BINFMT_FOLDER but in tests. */
const char *cr_runner_find(const char *os, const char *architecture, const char *variant, const char *binfmt,
                           CrArena *arena, const char **why);
