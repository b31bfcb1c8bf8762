/* SPDX-License-Identifier: Apache-2.0 */
#include "model/version.h"

typedef struct {
  const char *purl_type;
  CrVersionScheme scheme;
} Type;

static int (*const orders[])(const char *a, const char *b) = {
    [CR_SCHEME_DEB] = cr_version_compare_deb,
    [CR_SCHEME_RPM] = cr_version_compare_rpm,
    [CR_SCHEME_APK] = cr_version_compare_apk,
    [CR_SCHEME_GENERIC] = cr_version_compare_generic,
};

static const Type types[] = {
    {"apk", CR_SCHEME_APK},
    {"deb", CR_SCHEME_DEB},
    {"opkg", CR_SCHEME_DEB},
    {"rpm", CR_SCHEME_RPM},
};

int cr_version_compare(CrVersionScheme scheme, const char *a, const char *b)
{
  return orders[scheme](a, b);
}

CrVersionScheme cr_version_scheme_for(const char *purl_type)
{
  for (guint i = 0; i < G_N_ELEMENTS(types); i++)
    if (!g_strcmp0(types[i].purl_type, purl_type))
      return types[i].scheme;
  return CR_SCHEME_GENERIC;
}
