/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel that runs against those that are installed, as needrestart has it (NeedRestart::Kernel::Linux): by the
 * images in /boot, which say their version themselves, so no package manager is asked. */
#pragma once
#include "base/arena.h"

typedef enum {
  CR_KERNEL_UNKNOWN = 0, /* no kernel is installed here: a guest whose host has it, or one of its own */
  CR_KERNEL_CURRENT = 1,
  CR_KERNEL_ABI = 2,                                       /* the same release, built again: its modules still fit */
  CR_KERNEL_VERSION = 3,                                   /* a newer release is installed */
} CrKernelState;                                           /* the numbers are needrestart's KSTA */
const char *cr_kernel_state_get_name(CrKernelState state); /* unknown, current, rebuilt, newer */

typedef struct {
  CrKernelState state;
  const char *running;         /* uname -r: "6.1.0-28-amd64" */
  const char *running_build;   /* what tells builds of a release apart: "Debian 6.1.119-1 (2024-11-22)", uname -v */
  const char *installed;       /* release of the newest in /boot, or NULL */
  const char *installed_build; /* or NULL: its image does not say (only x86's do) */
  gboolean reboot_required;    /* /run/reboot-required is there */
  const char *const *reboot_packages; /* from reboot-required.pkgs; never NULL */
} CrKernel;

/* A newer build is installed than the one that runs, or packages ask for it. */
gboolean cr_kernel_needs_reboot(const CrKernel *kernel);
/* ROOT "/" (tests have their own); RUNNING and BUILD NULL: of uname(2). Strings in ARENA. */
CrKernel *cr_kernel_look(const char *root, const char *running, const char *build, CrArena *arena);
