/* SPDX-License-Identifier: Apache-2.0 */
#include "model/version.h"

typedef struct {
  const char *purl_type;
  CrVersionScheme scheme;
} Type;

static int (*const orders[])(const char *a, const char *b) = {
    [CR_SCHEME_DEB] = cr_version_compare_deb,           [CR_SCHEME_RPM] = cr_version_compare_rpm,
    [CR_SCHEME_APK] = cr_version_compare_apk,           [CR_SCHEME_PYPI] = cr_version_compare_pypi,
    [CR_SCHEME_SEMVER] = cr_version_compare_semver,     [CR_SCHEME_GO] = cr_version_compare_go,
    [CR_SCHEME_MAVEN] = cr_version_compare_maven,       [CR_SCHEME_GEM] = cr_version_compare_gem,
    [CR_SCHEME_COMPOSER] = cr_version_compare_composer, [CR_SCHEME_NUGET] = cr_version_compare_nuget,
    [CR_SCHEME_GENERIC] = cr_version_compare_generic,
};

static const Type types[] = {
    {"apk", CR_SCHEME_APK},     {"cargo", CR_SCHEME_SEMVER}, {"composer", CR_SCHEME_COMPOSER},
    {"deb", CR_SCHEME_DEB},     {"gem", CR_SCHEME_GEM},      {"golang", CR_SCHEME_GO},
    {"hex", CR_SCHEME_SEMVER},  {"maven", CR_SCHEME_MAVEN},  {"npm", CR_SCHEME_SEMVER},
    {"nuget", CR_SCHEME_NUGET}, {"opkg", CR_SCHEME_DEB},     {"pypi", CR_SCHEME_PYPI},
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
