/* SPDX-License-Identifier: Apache-2.0 */
#include "fleet/fleet.h"
#include "fleet/kept-name.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const guint8 *data, gsize size);
int LLVMFuzzerTestOneInput(const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup((const char *)data, size);
  g_autofree char *once = cr_fleet_normalise_name(text);
  g_autofree char *twice = cr_fleet_normalise_name(once);
  /* a normal name is its own normal name, and never longer than with ":latest" behind it */
  g_assert_cmpstr(once, ==, twice);
  g_assert_cmpuint(strlen(once), <=, strlen(text) + strlen(":latest"));
  cr_fleet_is_kept_name(once);
  cr_fleet_is_temporary_name(text);
  return 0;
}
