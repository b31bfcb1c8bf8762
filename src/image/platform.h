/* SPDX-License-Identifier: Apache-2.0 */
/* Platforms: "os/architecture[/variant]" with GOARCH names (OCI image-spec config.md, "architecture"). */
#pragma once
#include "model/image.h"

/* uname's or Debian's name of an architecture as GOARCH: "x86_64" → "amd64"; an unknown one comes back as it is. */
const char *cr_platform_get_architecture(const char *machine);
/* Is PLATFORM written as one? CR_ERROR_USAGE. */
gboolean cr_platform_check(const char *platform, GError **error);
/* Is IMAGE of PLATFORM, or of a variant that serves it? CR_ERROR_USAGE if not. */
gboolean cr_platform_check_image(const CrImage *image, const char *platform, GError **error);
