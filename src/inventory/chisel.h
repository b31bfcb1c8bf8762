/* SPDX-License-Identifier: Apache-2.0 */
/* Inside chisel.c, for its tests and fuzz target. */
#pragma once
#include "image/collect.h"

/* TEXT, an unpacked manifest, as the records that the collector stores: "p", name, version, arch, and "f", path,
 * package; every text ends with NUL. FALSE with ERROR: no manifest. */
gboolean cr_chisel_convert(const char *text, gsize size, GByteArray *out, GError **error);
