/* SPDX-License-Identifier: Apache-2.0 */
/* Inside cli/: a command that only reads gives up its rights before it opens an image (base/confine.h,
 * doc/security.md). */
#pragma once
#include "cli/command.h"

/* scan, why, sbom and diff of files and folders (docker-archive:, oci-archive:, oci:, rootfs:, sbom:, named so). All
 * other commands and images need a program of an engine, its namespaces or other processes, and keep their rights.
 * FALSE with ERROR: the kernel has the means and refused. */
gboolean cr_cli_confine(const CrCommand *command, const CrCall *call, GError **error);
/* Is it one of those? */
gboolean cr_cli_is_confined(const CrCommand *command, const CrCall *call);
