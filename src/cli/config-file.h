/* SPDX-License-Identifier: Apache-2.0 */
/* Inside cli/: careen.yaml. Every option that is not for one command line only has a key of its own name; `mirrors:` is
 * a map. The keys of the fleet (images, containers, policy, notify, compose, dockerfiles) are checked for their shape
 * and left to the commands that will read them. Any other key is an error with line and column. */
#pragma once
#include "cli/settings.h"

/* FILE (--config) must be there; NULL: the first of the usual places, and none is fine. CR_ERROR_USAGE. */
gboolean cr_config_load(const char *file, CrSettings *settings, GError **error);
/* For the fuzz target and the tests: TEXT named NAME. */
gboolean cr_config_parse(const char *text, gsize size, const char *name, CrSettings *settings, GError **error);
/* Names and one-line meanings of the fleet's keys, NULL-terminated pairs: for careen.yaml(5). */
const char *const *cr_config_get_fleet_keys(void);
