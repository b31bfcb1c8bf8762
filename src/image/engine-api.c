/* SPDX-License-Identifier: Apache-2.0 */
#include "image/engine-api.h"

#include <string.h>

#include "base/error.h"

guint cr_engine_api_parse(const char *text)
{
  gsize major = text ? strspn(text, "0123456789") : 0;
  gsize minor = major && text[major] == '.' ? strspn(text + major + 1, "0123456789") : 0;
  if (!minor || major > 2 || minor > 2 || text[major + 1 + minor])
    return 0;
  return (guint)(g_ascii_strtoull(text, NULL, 10) * 100 + g_ascii_strtoull(text + major + 1, NULL, 10));
}

char *cr_engine_api_format(guint api)
{
  return g_strdup_printf("%u.%u", api / 100, api % 100);
}

guint cr_engine_api_choose(const char *name, const char *newest, const char *oldest, GError **error)
{
  guint most = cr_engine_api_parse(newest), least = cr_engine_api_parse(oldest);
  if (!most || (oldest && *oldest && !least) || least > most) {
    g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot use %s: it does not say which API it speaks", name);
    return 0;
  }
  if (least <= CR_ENGINE_API_NEWEST)
    return MIN(most, CR_ENGINE_API_NEWEST);
  g_autofree char *known = cr_engine_api_format(CR_ENGINE_API_NEWEST);
  g_set_error(error, CR_ERROR, CR_ERROR_ENVIRONMENT, "cannot use %s: it speaks API %s and newer, careen knows up to %s",
              name, oldest, known);
  if (error)
    cr_error_set_hint(*error, "a newer careen may know it; scanning its images still works");
  return 0;
}
