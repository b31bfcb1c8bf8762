/* SPDX-License-Identifier: Apache-2.0 */
/* Inside cli/: careen.yaml. Every option that is not for one command line only has a key of its own name; `mirrors:` is
 * a map. The keys of the fleet (fleet/config.h) are checked here too, whatever the command, and read by the
 * commands that need them. Any other key is an error with line and column. */
#pragma once
#include "cli/settings.h"

/* FILE (--config) must be there; NULL: the first of the usual places, and none is fine. CR_ERROR_USAGE. */
gboolean cr_config_load(const char *file, CrSettings *settings, GError **error);
/* For the fuzz target and the tests: TEXT named NAME. */
gboolean cr_config_parse(const char *text, gsize size, const char *name, CrSettings *settings, GError **error);
